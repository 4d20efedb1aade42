//! The layers of tower that need tokio's clock, which a task lets go on.

use std::time::{Duration, Instant};

use fetch_runtime::{Client, spawn_local, stats};
use tokio::runtime::{Builder, Runtime};
use tower::{Service, ServiceBuilder, ServiceExt};

use super::tower::{Request, get, read};
use crate::scenario::Test;

scenarios! { $ for_each_tokio_clock_scenario:
    a_late_call_is_aborted
    calls_are_spread_over_time
}

/// Runs a task in a runtime of tokio. Another task lets the runtime's timers expire meanwhile.
fn run(t: &Test, task: impl Future<Output = ()> + 'static) {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let handle = runtime.handle().clone();
    let ticks = spawn_local(tick(runtime));
    t.spawn(async move {
        let mut task = std::pin::pin!(task);
        std::future::poll_fn(|context| {
            let _entered = handle.enter();
            task.as_mut().poll(context)
        })
        .await;
        ticks.abort();
    });
}

async fn tick(runtime: Runtime) {
    loop {
        runtime.block_on(tokio::task::yield_now());
        fetch_runtime::sleep(Duration::from_millis(10)).await;
    }
}

fn a_late_call_is_aborted(t: &Test) {
    let (late, soon) = (t.url("/slow/20000"), t.url("/slow/10"));
    run(t, async move {
        let live = stats().live;
        let limit = Duration::from_millis(500);
        let within = |limit| ServiceBuilder::new().timeout(limit).service(Client::new());
        let begin = Instant::now();
        let error = within(limit).oneshot(get(late)).await.unwrap_err();
        assert!(error.is::<tower::timeout::error::Elapsed>(), "{error:?}");
        assert!(begin.elapsed() >= limit);
        assert_eq!(stats().live, live, "the request has ended");
        // A busy browser may need longer than the first limit.
        let response = within(Duration::from_secs(60)).oneshot(get(soon)).await.unwrap();
        assert_eq!(read(response).await, "after 10 ms");
    });
}

fn calls_are_spread_over_time(t: &Test) {
    let url = t.url("/empty");
    run(t, async move {
        let window = Duration::from_millis(300);
        let mut service = ServiceBuilder::new().rate_limit(2, window).service(Client::new());
        let begin = Instant::now();
        for _ in 0..5 {
            let service = ServiceExt::<Request>::ready(&mut service).await.unwrap();
            let response = service.call(get(url.clone())).await.unwrap();
            assert_eq!(response.status(), 200);
        }
        assert!(begin.elapsed() >= 2 * window, "{:?}", begin.elapsed());
    });
}
