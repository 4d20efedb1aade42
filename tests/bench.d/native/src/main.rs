//! Carries out a plan on the desktop: `bench-native PLAN`. It prints the milliseconds of each step.
//!
//! The server is in this process, and the clients are in another one.

use std::env;
use std::fs;
use std::process::Command;
use std::rc::Rc;
use std::time::Instant;

use bench_work::{Kind, in_lanes};
use fetch_runtime::{CacheMode, Request, Response, native};
use fetch_shared::server::Server;
use tokio::runtime::{Builder, Runtime};

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &arguments[..] {
        [plan] => {
            let server = Server::start(None).expect("a port and a thread");
            let this = env::current_exe().expect("its own path");
            let status = Command::new(this).args([plan, &server.url("")]).status();
            assert!(status.expect("it starts").success());
        }
        [plan, server] => carry_out(&fs::read_to_string(plan).expect("the plan"), server),
        _ => panic!("bench-native PLAN"),
    }
}

/// Each line of the plan is a step: the round, the figure, the client, the kind, the length of the
/// body, the number of requests, and how many of them are made at a time.
fn carry_out(plan: &str, server: &str) {
    let clients = Clients::new(server);
    for step in plan.lines() {
        let words: Vec<_> = step.split(' ').collect();
        let [round, figure, client, kind, length, count, lanes] = words[..] else {
            panic!("what is {step:?}?")
        };
        let number = |word: &str| word.parse::<u32>().expect("a number");
        let work = Work {
            kind: Kind::new(number(kind)),
            length: number(length),
            count: number(count),
            lanes: number(lanes),
        };
        let start = Instant::now();
        match client {
            "ours" => clients.ours(&work),
            "handlers" => clients.handlers(&work),
            "reqwest" => clients.reqwest(&work),
            "ehttp" => clients.ehttp(&work),
            _ => panic!("there is no client {client:?}"),
        }
        let ms = start.elapsed().as_secs_f64() * 1e3;
        println!("measured {round} {figure} {client} {ms}");
    }
}

#[derive(Clone, Copy)]
struct Work {
    kind: Kind,
    length: u32,
    count: u32,
    lanes: u32,
}

impl Work {
    fn mode(&self) -> CacheMode {
        match self.kind {
            Kind::Cached => CacheMode::ForceCache,
            Kind::Validated => CacheMode::NoCache,
            Kind::Small | Kind::Whole | Kind::Stream => CacheMode::NoStore,
        }
    }

    fn check(&self, received: usize) {
        assert_eq!(received, self.length as usize);
    }
}

/// The length of the body.
fn succeeded(response: &Response) -> usize {
    assert!(response.is_success(), "{response:?}");
    response.body().len()
}

struct Clients<'a> {
    server: &'a str,
    runtime: Runtime,
    reqwest: reqwest::Client,
    _cache: tempfile::TempDir,
}

impl<'a> Clients<'a> {
    fn new(server: &'a str) -> Self {
        let cache = tempfile::tempdir().expect("a temporary folder");
        native::set_cache_dir(cache.path());
        // It makes the client.
        let first = fetch_runtime::block_on(Request::get(format!("{server}/empty")));
        assert!(first.expect("it may wait").expect("it starts").is_success());
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("threads");
        let provider = rustls::crypto::ring::default_provider();
        provider.install_default().expect("there is no other");
        let reqwest = reqwest::Client::builder().build().expect("a TLS provider");
        Self { server, runtime, reqwest, _cache: cache }
    }

    fn url(&self, work: &Work) -> String {
        format!("{}{}", self.server, work.kind.path(work.length))
    }

    fn ours(&self, work: &Work) {
        let url = self.url(work);
        let all = in_lanes(work.count, work.lanes, async || {
            let request = Request::get(&url).cache(work.mode());
            work.check(succeeded(&request.await.expect("it starts")));
        });
        fetch_runtime::block_on(all).expect("it may wait");
    }

    /// Each handler starts the next request of its lane.
    fn handlers(&self, work: &Work) {
        fn next(url: Rc<str>, work: Work, left: u32) {
            if left > 0 {
                let request = Request::get(&*url).cache(work.mode());
                let handler = move |response: Response| {
                    work.check(succeeded(&response));
                    next(url, work, left - 1);
                };
                request.send_fn(handler).expect("it starts");
            }
        }
        let url: Rc<str> = self.url(work).into();
        for _ in 0..work.lanes {
            next(Rc::clone(&url), *work, work.count / work.lanes);
        }
        fetch_runtime::run();
    }

    fn reqwest(&self, work: &Work) {
        let url = self.url(work);
        self.runtime.block_on(in_lanes(work.count, work.lanes, async || {
            let response = self.reqwest.get(&url).send().await.expect("a response");
            assert!(response.status().is_success());
            work.check(response.bytes().await.expect("the whole body").len());
        }));
    }

    fn ehttp(&self, work: &Work) {
        let url = self.url(work);
        self.runtime.block_on(in_lanes(work.count, work.lanes, async || {
            let response = ehttp::fetch_async(ehttp::Request::get(&url)).await;
            let response = response.expect("a response");
            assert!(response.ok);
            work.check(response.bytes.len());
        }));
    }
}
