//! The progress of a body whose length is unknown or wrong.

use std::cell::RefCell;
use std::rc::Rc;

use fetch_runtime::Request;
use fetch_runtime::native::script::{Answer, Script};
use fetch_shared::raw_server::RawServer;

use super::codings::{gzip, raw_deflate};
use super::response;
use crate::backend::outcome_of;

/// The length is that of the coded body, and says nothing about the decoded one.
#[test]
fn the_progress_of_a_coded_body_has_no_total() {
    let plain = vec![7; 300_000];
    for (codings, body) in [("gzip", gzip(&plain)), ("deflate", raw_deflate(&plain))] {
        let server = RawServer::of(response(&format!("Content-Encoding: {codings}\r\n"), &body));
        let seen: Rc<RefCell<Vec<_>>> = Rc::default();
        let (progress, chunks) = (Rc::clone(&seen), Rc::clone(&seen));
        let request = Request::get(server.url("/"));
        let response = outcome_of(request.on_progress(move |progress_| {
            progress.borrow_mut().push((progress_.loaded, progress_.total));
        }));
        assert_eq!(response.body(), plain);
        let on_chunk = move |chunk: fetch_runtime::Chunk| {
            let loaded = chunk.offset() + chunk.len() as u64;
            chunks.borrow_mut().push((loaded, chunk.total()));
        };
        assert!(outcome_of(Request::get(server.url("/")).on_chunk(on_chunk)).is_success());
        let seen = seen.borrow();
        assert!(seen.iter().filter(|(loaded, _)| *loaded == 300_000).count() >= 2, "{seen:?}");
        assert!(seen.iter().all(|(_, total)| total.is_none()), "{seen:?}");
    }
}

/// The server says too little.
#[test]
fn progress_never_has_more_than_all() {
    let script = Script::install();
    script.answer(
        "GET",
        "/",
        Answer::new(200).header("Content-Length", "4").body("abc").body("defghi"),
    );
    let seen: Rc<RefCell<Vec<_>>> = Rc::default();
    let progress = Rc::clone(&seen);
    outcome_of(
        Request::get("/")
            .on_progress(move |all| progress.borrow_mut().push((all.loaded, all.total))),
    );
    assert_eq!(*seen.borrow(), [(3, Some(4)), (9, None)]);
}
