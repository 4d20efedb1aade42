//! Futures in processes of their own: at the ends of threads, after a fork, and while they wait.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use fetch_runtime::{
    Request, Response, StartError, block_on, run, sleep, spawn_local, stats, timeout,
};
use futures_executor::LocalPool;
use futures_util::future::join;

/// Futures, and more of them when it is dropped.
struct AtTheEnd {
    name: &'static str,
    url: String,
    futures: Vec<Pin<Box<dyn Future<Output = ()>>>>,
}

fn first_poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn shown(response: Result<Response, StartError>) -> String {
    response.map_or_else(|error| error.to_string(), |response| response.status().to_string())
}

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        let Self { name, url, futures } = self;
        let mut late = pin!(Request::get(url.as_str()).into_future());
        match first_poll(late.as_mut()) {
            Poll::Ready(response) => println!("{name}: {}", shown(response)),
            Poll::Pending => println!("{name}: pending"),
        }
        let mut nap = pin!(sleep(Duration::from_millis(1)));
        assert!(first_poll(nap.as_mut()).is_pending());
        let mut limited = pin!(timeout(Duration::ZERO, Request::get(url.as_str())));
        let _either = first_poll(limited.as_mut());
        match block_on(Request::get(url.as_str())) {
            Ok(response) => println!("{name}: waited: {}", shown(response)),
            Err(StartError::WouldBlock) => println!("{name}: it may not wait"),
            Err(error) => panic!("{error}"),
        }
        let task = spawn_local(async { println!("a task runs at the end of its thread") });
        task.abort();
        futures.clear();
        run();
        println!("{name}: dropped");
    }
}

thread_local! {
    static END: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
}

/// Drops futures in the destructors of thread-locals: after those of the backend and the executor,
/// and before.
pub(crate) fn futures_at_the_end(url: &str) {
    let at_the_end = |name| {
        let slow = || Request::get(format!("{url}/slow/60000"));
        let (one, two) = (slow(), slow());
        let mut futures: Vec<Pin<Box<dyn Future<Output = ()>>>> = vec![
            Box::pin(async { drop(one.await) }),
            Box::pin(async { drop(timeout(Duration::from_secs(60), two).await) }),
            Box::pin(sleep(Duration::from_secs(60))),
        ];
        for future in &mut futures {
            assert!(first_poll(future.as_mut()).is_pending());
        }
        assert_eq!(stats().live, 2);
        AtTheEnd { name, url: format!("{url}/empty"), futures }
    };
    let gone = || {
        // Touched first, dropped last.
        END.with_borrow_mut(|end| assert!(end.is_none()));
        END.set(Some(at_the_end("gone")));
    };
    let there = || {
        assert!(block_on(Request::get(format!("{url}/empty"))).expect("it may wait").is_ok());
        END.set(Some(at_the_end("there")));
    };
    // The executor's tasks are dropped with it.
    let task = || {
        struct Told;
        impl Drop for Told {
            fn drop(&mut self) {
                println!("task: dropped");
            }
        }
        let told = Told;
        let slow = Request::get(format!("{url}/slow/60000"));
        spawn_local(async {
            let _told = told;
            drop(slow.await);
        });
        spawn_local(sleep(Duration::from_secs(60)));
        while stats().live == 0 {
            fetch_runtime::poll();
        }
    };
    for end in [&gone as &(dyn Fn() + Sync), &there, &task] {
        thread::scope(|scope| scope.spawn(end).join().expect("no panic"));
    }
    // And at the end of `main`.
    there();
}

/// Forks when this thread has awaited a request.
#[cfg(unix)]
#[allow(unsafe_code)]
pub(crate) fn fork(url: &str) {
    let get = || Request::get(format!("{url}/bytes/10"));
    assert!(block_on(get()).expect("it may wait").is_ok());
    let mut slow = pin!(Request::get(format!("{url}/slow/60000")).into_future());
    assert!(first_poll(slow.as_mut()).is_pending());
    // SAFETY: the test is about the child; it uses no lock that another thread may have held.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // A child that hangs is killed by this.
        // SAFETY: it touches nothing of ours.
        unsafe { libc::alarm(20) };
        println!("child: {}", shown(futures_executor::block_on(get().into_future())));
        assert!(first_poll(slow.as_mut()).is_pending());
        let mut nap = pin!(sleep(Duration::from_millis(1)));
        assert!(first_poll(nap.as_mut()).is_pending());
        match block_on(get()) {
            Err(StartError::WouldBlock) => println!("child: it may not wait"),
            other => panic!("{other:?}"),
        }
        spawn_local(async { println!("a task runs") });
        run();
        println!("child: returns");
        return;
    }
    super::alone::wait_for(child);
    println!("parent: {}", shown(block_on(get()).expect("it may wait")));
}

/// Waits for a request and a timer, and prints the processor time that all threads took meanwhile,
/// in milliseconds.
#[cfg(unix)]
#[allow(unsafe_code)]
pub(crate) fn slowly(executor: &str, url: &str) {
    let url = url.to_owned();
    let waits = async move {
        // Makes connections and threads.
        Request::head(url.as_str()).await.expect("it begins");
        let before = processor_time();
        let nap = sleep(Duration::from_millis(300));
        let (slow, ()) = join(Request::get(url.as_str()).into_future(), nap).await;
        assert!(slow.expect("it begins").is_success());
        println!("{}", (processor_time() - before).as_millis());
    };
    match executor {
        "block_on" => block_on(waits).expect("it may wait"),
        "run" => {
            spawn_local(waits);
            run();
        }
        _ => LocalPool::new().run_until(waits),
    }
}

#[cfg(unix)]
#[allow(unsafe_code)]
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: there is room for the time.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) }, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
