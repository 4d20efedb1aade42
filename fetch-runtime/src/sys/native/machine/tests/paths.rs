//! Every way a fetch ends: a test for each path. A terminal callback's line has C's fields: `id` (n
//! is a handle), `readyState`, `status` and its text, `data` and `numBytes`; then the result of a
//! plain close.

use super::*;

#[test]
fn xhr_2xx() {
    let mut scenario = Scenario::new();
    let id = scenario.start(GET);
    scenario.saw([]);
    scenario.tell(id, [head(201, "Created"), Event::Progress(2), loaded("bytes")]);
    scenario.saw([
        "rsc(2) 201",
        "rsc(3) 201",
        "progress 2 of 5, null 0",
        "rsc(4) 201",
        r#"success: n 4 201 "Created" data 5: frees"#,
    ]);
}

/// It grows, and is over when the headers have come.
#[test]
fn xhr_upload() {
    let mut scenario = Scenario::new();
    let extras = Extras { reports_upload: true, ..Extras::default() };
    let id = scenario.start_with(POST, extras);
    assert!(scenario.exchanges[0].reports_upload);
    scenario.tell(id, [1, 3, 3, 2, 5, 4].map(Event::Upload));
    scenario.saw(["progress 1 of 4, null 0", "progress 3 of 4, null 0", "progress 4 of 4, null 0"]);
    scenario.tell(id, [head(200, "OK"), Event::Upload(4), Event::Progress(2), loaded("bytes")]);
    scenario.saw([
        "rsc(2) 200",
        "rsc(3) 200",
        "progress 2 of 5, null 0",
        "rsc(4) 200",
        r#"success: n 4 200 "OK" data 5: frees"#,
    ]);
}

/// The headers may come before all of the body has left.
#[test]
fn xhr_upload_that_is_late() {
    let mut scenario = Scenario::new();
    let extras = || Extras { reports_upload: true, ..Extras::default() };
    let id = scenario.start_with(POST, extras());
    scenario.tell(id, [head(413, "No"), Event::Upload(4), loaded(""), Event::Upload(4)]);
    scenario.saw(["rsc(2) 413", "rsc(4) 413", r#"error: n 4 413 "No" null 0: frees"#]);
}

/// Upstream does not report it.
#[test]
fn uploads_that_are_not_reported() {
    let mut scenario = Scenario::new();
    scenario.start(POST);
    let extras = Extras { reports_upload: true, ..Extras::default() };
    scenario.start_with(Request { body: b"", ..POST }, extras);
    assert!(scenario.exchanges.iter().all(|exchange| !exchange.reports_upload));
    let stream = Request { flags: LOAD | REPLACE | STREAM, ..POST };
    let extras = Extras { reports_upload: true, ..Extras::default() };
    let id = scenario.start_with(stream, extras);
    scenario.tell(id, [Event::Upload(4)]);
    scenario.saw([]);
}

#[test]
fn xhr_without_load_to_memory() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(REPLACE));
    scenario.tell(id, [head(200, "OK"), loaded("")]);
    scenario.saw(["rsc(2) 200", "rsc(4) 200", r#"success: n 4 200 "OK" null 0: frees"#]);
}

/// The length of the body, if bytes came; otherwise that of the `Content-Length`.
#[test]
fn total_bytes() {
    for (loaded, total) in [(7, 7), (0, 5)] {
        let mut scenario = Scenario::keeping();
        let id = scenario.start(GET);
        let body = Buffer::new();
        let end = Event::Loaded { body, loaded };
        scenario.tell(id, [head(200, "OK"), Event::Progress(2), end]);
        // SAFETY: the program has kept it.
        assert_eq!(unsafe { scenario.kept[0].as_ref() }.totalBytes, total);
    }
}

#[test]
fn http_error() {
    let mut scenario = Scenario::new();
    let id = scenario.start(GET);
    scenario.tell(id, [head(404, "Not Found"), loaded("page")]);
    scenario.saw(["rsc(2) 404", "rsc(4) 404", r#"error: n 4 404 "Not Found" data 4: frees"#]);
}

#[test]
fn network_error() {
    let mut scenario = Scenario::new();
    let id = scenario.start(GET);
    scenario.tell(id, [failed()]);
    scenario.saw(["rsc(4) 0", r#"error: n 4 0 "" null 0: frees"#]);
}

/// The text that `onprogress` has seen stays.
#[test]
fn network_error_in_the_body() {
    let mut scenario = Scenario::new();
    let id = scenario.start(GET);
    scenario.tell(id, [head(200, "OK"), Event::Progress(2), failed()]);
    scenario.saw([
        "rsc(2) 200",
        "rsc(3) 200",
        "progress 2 of 5, null 0",
        "rsc(4) 0",
        r#"error: n 4 0 "OK" null 0: frees"#,
    ]);
}

/// It looks like a network error, but does not write `dataOffset`.
#[test]
fn timeout() {
    for (event, offset) in [(Event::TimedOut, 7), (failed(), 0)] {
        let mut scenario = Scenario::keeping();
        let id = scenario.start(GET);
        let fetch = scenario.pointer(id);
        // SAFETY: it is in flight, and no callback runs.
        unsafe { (*fetch.as_ptr()).dataOffset = 7 };
        scenario.tell(id, [event]);
        scenario.saw(["rsc(4) 0", r#"error: n 4 0 "" null 0"#]);
        // SAFETY: the program has kept it.
        assert_eq!(unsafe { fetch.as_ref() }.dataOffset, offset);
    }
}

#[test]
fn send_throws() {
    let mut scenario = Scenario::throwing(Thrown::Send);
    scenario.start(GET);
    scenario.saw([r#"error, inside: n 0 0 "" null 0: recursion"#]);
}

#[test]
fn send_throws_after_a_miss() {
    let mut scenario = Scenario::throwing(Thrown::Send);
    let id = scenario.start(get(LOAD));
    scenario.saw([]);
    scenario.tell(id, [Event::Missing]);
    scenario.saw([r#"error: n 4 404 "Not Found" null 0: frees"#]);
}

/// No callback, ever, and no struct is left.
#[test]
fn open_throws() {
    let mut scenario = Scenario::audited();
    scenario.throws = Some(Thrown::Open("invalid URL".to_owned()));
    scenario.start(GET);
    scenario.saw(["throws invalid URL"]);
    scenario.start(Request { method: "TRACE", ..GET });
    scenario.saw([r#"throws invalid method "TRACE""#]);
    scenario.start(Request { headers: &[c"a b", c"c"], ..GET });
    scenario.saw([r#"throws invalid header name "a b""#]);
    scenario.start(Request { headers: &[c"a", c"\xe2\x82\xac"], ..GET });
    scenario.saw([r#"throws invalid header value "€""#]);
    scenario.start(get(REPLACE | STREAM | SYNCHRONOUS));
    scenario.saw(["throws FetchXHR cannot be synchronous"]);
    assert_eq!(scenario.machine.audit().unwrap().live_structs(), 0);
    assert!(scenario.machine.is_idle());
}

/// As upstream, the fetch never completes: the program keeps the struct.
#[test]
fn open_throws_after_a_miss() {
    let mut scenario = Scenario::throwing(Thrown::Open("invalid URL".to_owned()));
    let id = scenario.start(get(LOAD));
    let fetch = scenario.pointer(id);
    scenario.tell(id, [Event::Missing]);
    scenario.saw(["throws invalid URL"]);
    // SAFETY: it is the program's.
    let abi = unsafe { fetch.as_ref() };
    assert_eq!((abi.id, abi.readyState, abi.status), (0, 4, 404));
    scenario.close_guarded(fetch);
    scenario.saw([]);
}

#[test]
fn cache_hit() {
    for flags in [LOAD, 0, NO_DOWNLOAD] {
        let mut scenario = Scenario::new();
        let id = scenario.start(get(flags));
        scenario.tell(id, [found("bytes")]);
        scenario.saw([r#"success: 0 4 200 "OK" data 5: refused"#]);
    }
}

#[test]
fn cache_miss_then_xhr() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(LOAD));
    let fetch = scenario.pointer(id);
    scenario.tell(id, [Event::Missing]);
    // SAFETY: it is in flight, and no callback runs.
    let abi = unsafe { fetch.as_ref() };
    assert_eq!((abi.readyState, abi.status, &*text(abi)), (4, 404, "Not Found"));
    // The text sticks if the server's reason is empty.
    scenario.tell(id, [head(200, ""), loaded("bytes")]);
    scenario.saw(["rsc(2) 200", "rsc(4) 200", r#"success: n 4 200 "Not Found" data 5: frees"#]);
}

/// The second answer takes the place of the first request.
#[test]
fn a_cache_that_misses_twice() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(LOAD));
    scenario.tell(id, [Event::Missing, Event::Missing]);
    // SAFETY: it is in flight, and no callback runs.
    assert_eq!(unsafe { scenario.pointer(id).as_ref() }.id, 1);
    scenario.tell(id, [head(200, "OK"), loaded("bytes")]);
    scenario.saw(["rsc(2) 200", "rsc(4) 200", r#"success: n 4 200 "OK" data 5: frees"#]);
    assert!(scenario.machine.is_idle(), "the timeout of the first is cleared");
}

#[test]
fn cache_miss_without_download() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(NO_DOWNLOAD));
    scenario.tell(id, [Event::Missing]);
    scenario.saw([r#"error: 0 4 404 "Not Found" null 0: refused"#]);
}

/// The status and text of the store replace those of the server.
#[test]
fn persist_stored() {
    for (stored, end) in [
        (true, r#"success: n 4 200 "OK" data 5: frees"#),
        (false, r#"success: n 4 413 "Payload Too Large" data 5: frees"#),
    ] {
        let mut scenario = Scenario::new();
        let id = scenario.start(get(LOAD | REPLACE | PERSIST));
        scenario.tell(id, [head(200, "Fine"), loaded("bytes")]);
        scenario.saw(["rsc(2) 200", "rsc(4) 200"]);
        let body = scenario.stored.pop().expect("the body goes to the cache");
        assert_eq!(body.as_slice(), b"bytes");
        scenario.tell(id, [Event::Stored { body, stored }]);
        scenario.saw([end]);
    }
}

/// The body is stored, and the program does not get it.
#[test]
fn persist_without_load_to_memory() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(REPLACE | PERSIST));
    scenario.tell(id, [head(200, "OK"), loaded("bytes")]);
    let body = scenario.stored.pop().expect("the body goes to the cache");
    scenario.tell(id, [Event::Stored { body, stored: true }]);
    scenario.saw(["rsc(2) 200", "rsc(4) 200", r#"success: n 4 200 "OK" null 0: frees"#]);
}

/// Upstream stores any 2xx, and then a part answers for the whole.
#[test]
fn persist_stores_a_200_alone() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(LOAD | REPLACE | PERSIST));
    scenario.tell(id, [head(206, "Partial Content"), loaded("by")]);
    scenario.saw([
        "rsc(2) 206",
        "rsc(4) 206",
        r#"success: n 4 206 "Partial Content" data 2: frees"#,
    ]);
    assert!(scenario.stored.is_empty());
}

#[test]
fn persist_without_a_cache() {
    let mut scenario = Scenario::without_cache();
    let id = scenario.start(get(LOAD | PERSIST));
    scenario.tell(id, [head(200, "Fine"), loaded("bytes")]);
    scenario.saw(["rsc(2) 200", "rsc(4) 200", r#"success: n 4 200 "Fine" data 5: frees"#]);
}

#[test]
fn no_cache() {
    let store = Request { method: STORE, flags: 0, body: b"bytes", ..GET };
    let delete = Request { method: "EM_IDB_DELETE", flags: 0, ..GET };
    for request in [get(NO_DOWNLOAD), store, delete] {
        let mut scenario = Scenario::without_cache();
        scenario.start(request);
        scenario.saw([r#"error, inside: 0 0 0 "" null 0: refused"#]);
    }
}

#[test]
fn idb_store() {
    for (stored, end) in [
        (true, r#"success: 0 4 200 "OK" null 0: refused"#),
        (false, r#"error: 0 4 413 "Payload Too Large" null 0: refused"#),
    ] {
        let mut scenario = Scenario::new();
        let id = scenario.start(Request { method: STORE, flags: 0, body: b"bytes", ..GET });
        let body = scenario.stored.pop().expect("a body");
        assert_eq!(body.as_slice(), b"bytes");
        scenario.tell(id, [Event::Stored { body, stored }]);
        scenario.saw([end]);
    }
}

#[test]
fn idb_delete() {
    for (deleted, end) in [
        (true, r#"success: 0 4 200 "OK" null 0: refused"#),
        (false, r#"error: 0 4 404 "Not Found" null 0: refused"#),
    ] {
        let mut scenario = Scenario::new();
        let id = scenario.start(Request { method: "EM_IDB_DELETE", flags: 0, ..GET });
        scenario.tell(id, [Event::Deleted(deleted)]);
        scenario.saw([end]);
    }
}

/// Nothing ever comes of it, so it is not started.
#[test]
fn replace_without_download() {
    let mut scenario = Scenario::audited();
    assert!(scenario.start(get(REPLACE | NO_DOWNLOAD)).is_none());
    scenario.saw([]);
    assert_eq!(scenario.machine.audit().unwrap().live_structs(), 0);
}

#[test]
fn synchronous() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(LOAD | REPLACE | SYNCHRONOUS));
    scenario.tell(id, [head(201, "Created"), Event::Progress(2), loaded("bytes")]);
    scenario.saw(["rsc(4) 201", r#"success: n 4 201 "Created" data 5: frees"#]);
}

#[test]
fn synchronous_network_error() {
    for event in [failed(), Event::TimedOut] {
        let mut scenario = Scenario::new();
        let id = scenario.start(get(LOAD | REPLACE | SYNCHRONOUS));
        scenario.tell(id, [head(200, "OK"), Event::Progress(2), event]);
        scenario.saw([r#"error: n 0 0 "" null 0: recursion"#]);
    }
}

#[test]
fn stream() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(REPLACE | STREAM));
    scenario.tell(id, [head(200, "OK")]);
    scenario.saw(["rsc(2) 200", "rsc(3) 200"]);
    let fetch = scenario.pointer(id);
    for (bytes, progress) in [("abc", "progress 0 of 5, data 3"), ("de", "progress 3 of 5, data 2")]
    {
        scenario.tell(id, [chunk(bytes)]);
        scenario.saw([progress]);
    }
    take_chunk(fetch);
    scenario.tell(id, [loaded("")]);
    scenario.saw(["rsc(4) 200", r#"success: n 4 200 "OK" null 0: frees"#]);
}

/// Frees the chunk, as a program does that has moved it out.
fn take_chunk(fetch: NonNull<emscripten_fetch_t>) {
    // SAFETY: its callers have a fetch in flight, and no callback runs.
    let fetch = unsafe { &mut *fetch.as_ptr() };
    let data = std::mem::replace(&mut fetch.data, std::ptr::null());
    // SAFETY: the data is from malloc, and was moved out.
    unsafe { libc::free(data.cast_mut().cast()) };
}

#[test]
fn stream_network_error() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(REPLACE | STREAM));
    scenario.tell(id, [failed()]);
    scenario.saw([r#"error: n 1 0 "" null 0: recursion"#]);

    let mut scenario = Scenario::keeping();
    let id = scenario.start(get(REPLACE | STREAM));
    scenario.tell(id, [failed()]);
    scenario.saw([r#"error: n 1 0 "" null 0"#, "rsc(4) 0", r#"error: n 4 0 "" null 0"#]);
}

/// The last chunk poses as the body if the program has moved it out.
#[test]
fn stream_with_a_broken_body() {
    for (event, posing) in [(failed(), "data 2"), (Event::TimedOut, "null 2")] {
        let mut scenario = Scenario::keeping();
        let id = scenario.start(get(REPLACE | STREAM));
        scenario.tell(id, [head(200, "OK"), chunk("ab")]);
        scenario.saw(["rsc(2) 200", "rsc(3) 200", "progress 0 of 5, data 2"]);
        take_chunk(scenario.pointer(id));
        scenario.tell(id, [event]);
        scenario.saw([
            &*format!(r#"error: n 3 200 "OK" {posing}"#),
            "rsc(4) 200",
            r#"success: n 4 200 "OK" null 0"#,
        ]);
    }
}

/// A null body cannot be read, which upstream reports as an error, with its message as the text.
#[test]
fn stream_with_a_null_body() {
    for status in [204, 205, 304] {
        let mut scenario = Scenario::keeping();
        let id = scenario.start(get(REPLACE | STREAM));
        scenario.tell(id, [head(status, "No Content"), loaded("")]);
        let first = format!(r#"error: n 3 {status} "Response has no body to read." null 0"#);
        assert_eq!(scenario.log[2], first);
        assert_eq!(scenario.log[3], format!("rsc(4) {status}"));
        assert_eq!(scenario.log.len(), 5);
    }
}

#[test]
fn closed_in_flight() {
    let mut scenario = Scenario::audited();
    let id = scenario.start(GET);
    scenario.tell(id, [head(200, "OK")]);
    scenario.saw(["rsc(2) 200"]);
    assert!(scenario.close(scenario.pointer(id)));
    scenario.saw([r#"error: n 2 65535 "aborted with emscripten_fetch_close()" null 0"#, "cancel"]);
    assert!(scenario.machine.is_idle(), "its timeout is cleared, too");
    scenario.tell(id, [loaded("bytes")]);
    scenario.saw([]);
    scenario.found(&[]);
    assert_eq!(scenario.machine.audit().unwrap().live_structs(), 0);
}

#[test]
fn no_memory_for_the_body() {
    let mut scenario = Scenario::new();
    let id = scenario.start(GET);
    scenario.tell(id, [head(200, "OK"), Event::Loaded { body: Buffer::lost(5), loaded: 5 }]);
    scenario.saw(["rsc(2) 200", "rsc(4) 200", r#"success: n 4 200 "OK" null 5: frees"#]);
}

#[test]
fn no_memory_for_a_chunk() {
    let mut scenario = Scenario::new();
    let id = scenario.start(get(REPLACE | STREAM));
    let bytes = Buffer::lost(5);
    scenario.tell(id, [head(200, "OK"), Event::Chunk { bytes, permit: None }]);
    scenario.saw(["rsc(2) 200", "rsc(3) 200", "progress 0 of 5, null 5"]);
}
