//! The order of inputs and outputs: timeouts, timers, lookups, nested inputs; and requests as they
//! are sent.

use super::*;

/// A transfer that ended in time does not time out, even if its thread handles the end late.
#[test]
fn a_timeout_that_comes_after_the_end() {
    let mut scenario = Scenario::new();
    let [in_time, late] = [(); 2].map(|()| scenario.start(GET));
    scenario.machine.push_event(in_time.unwrap(), head(200, "OK"));
    scenario.machine.push_event(in_time.unwrap(), loaded("bytes"));
    scenario.machine.push_event(late.unwrap(), Event::Progress(2));
    scenario.wait(TIMEOUT);
    scenario.saw([
        "cancel",
        "rsc(2) 200",
        "rsc(4) 200",
        r#"success: n 4 200 "OK" data 5: frees"#,
        "rsc(3) 0",
        "progress 2 of 0, null 0",
        "rsc(4) 0",
        r#"error: n 4 0 "" null 0: frees"#,
    ]);
}

#[test]
fn a_timeout_that_is_over() {
    let mut scenario = Scenario::new();
    let id = scenario.start(GET);
    assert_eq!(scenario.machine.poll_timeout(), Some(scenario.now + TIMEOUT));
    scenario.wait(TIMEOUT - Duration::from_millis(1));
    scenario.saw([]);
    // `readyState` 4 clears it.
    scenario.machine.push_event(id.unwrap(), loaded(""));
    let done = scenario.machine.take_step(None).unwrap();
    scenario.machine.handle(done);
    scenario.drain();
    assert_eq!(scenario.machine.poll_timeout(), None);
    scenario.wait(TIMEOUT);
    scenario.saw(["rsc(4) 0", r#"error: n 4 0 "" null 0: frees"#]);
}

#[test]
fn no_timeout() {
    let mut scenario = Scenario::new();
    let id = scenario.start(Request { timeout: Duration::ZERO, ..GET });
    assert_eq!(scenario.exchanges[0].timeout, None);
    assert_eq!(scenario.machine.poll_timeout(), None);
    assert!(!scenario.machine.is_idle());
    scenario.close_guarded(scenario.pointer(id));
}

/// Upstream ignores the timeout of a synchronous fetch. The layer does not.
#[test]
fn a_synchronous_timeout() {
    for has_synchronous_timeout in [false, true] {
        let mut scenario = Scenario::new();
        let extras = Extras { has_synchronous_timeout, ..Extras::default() };
        let id = scenario.start_with(get(LOAD | REPLACE | SYNCHRONOUS), extras);
        assert_eq!(scenario.machine.poll_timeout().is_some(), has_synchronous_timeout);
        assert_eq!(scenario.exchanges[0].timeout, has_synchronous_timeout.then_some(TIMEOUT));
        scenario.wait(TIMEOUT);
        assert_eq!(scenario.machine.is_in_flight(id.unwrap()), !has_synchronous_timeout);
        assert_eq!(scenario.machine.take_timed_out(), has_synchronous_timeout);
        assert!(!scenario.machine.take_timed_out());
    }
}

unsafe extern "C" fn nothing(_: *mut c_void) {}

#[test]
fn timers() {
    let mut scenario = Scenario::new();
    let at = |ms| Some(scenario.now + Duration::from_millis(ms));
    let times = [at(20), None, at(10), None, at(10)];
    let ids = times.map(|due| scenario.machine.set_timer(due, nothing, std::ptr::null_mut()));
    assert_eq!(ids, [1, 2, 3, 4, 5]);
    scenario.machine.clear_timer(4);
    scenario.machine.clear_timer(5);
    scenario.do_steps();
    scenario.saw(["timer 2"]);
    assert!(!scenario.machine.is_idle());
    scenario.wait(Duration::from_millis(10));
    scenario.saw(["timer 3"]);
    scenario.wait(Duration::from_millis(10));
    scenario.saw(["timer 1"]);
    assert!(scenario.machine.is_idle());
}

/// It ends once, after the callback, whether or not there was one.
#[test]
fn the_end_of_a_lookup() {
    for (event, last) in [
        (found("bytes"), vec![r#"success: 0 4 200 "OK" data 5: refused"#, "lookup ended"]),
        (Event::Missing, vec!["lookup ended"]),
        // Not the answer to a lookup, but the end of the fetch.
        (Event::Deleted(true), vec![r#"success: 0 4 200 "OK" null 0: refused"#, "lookup ended"]),
    ] {
        let mut scenario = Scenario::new();
        let id = scenario.start_with(get(LOAD), lookup());
        scenario.saw([]);
        scenario.tell(id, [event]);
        assert_eq!(scenario.log, last);
    }
    let mut scenario = Scenario::new();
    let id = scenario.start_with(get(LOAD), lookup());
    scenario.close_guarded(scenario.pointer(id));
    scenario.saw(["lookup ended"]);
    let mut scenario = Scenario::without_cache();
    scenario.start_with(get(LOAD), lookup());
    scenario.saw(["lookup ended"]);
    scenario.start_with(get(NO_DOWNLOAD), lookup());
    scenario.saw([r#"error, inside: 0 0 0 "" null 0: refused"#, "lookup ended"]);
    scenario.start_with(get(LOAD | REPLACE), lookup());
    scenario.saw(["lookup ended"]);
}

/// The outputs of an input inside a callback come before the remaining outputs of the outer input.
#[test]
fn a_start_inside_a_callback() {
    let mut scenario = Scenario::keeping();
    let id = scenario.start(get(REPLACE | STREAM));
    scenario.machine.push_event(id.unwrap(), failed());
    while let Some(step) = scenario.machine.take_step(None) {
        scenario.machine.handle(step);
    }
    let Some(Output::Call(_, fetch)) = scenario.machine.poll_output() else {
        panic!("onerror is due")
    };
    // Acts as a handler that starts a fetch. `readyState` 4 and the second call of the stream are
    // still to come.
    scenario.throws = Some(Thrown::Send);
    scenario.start(GET);
    scenario.saw([r#"error, inside: n 0 0 "" null 0"#]);
    scenario.drain();
    scenario.saw(["rsc(4) 0", r#"error: n 4 0 "" null 0"#]);
    assert_eq!(scenario.kept[1], fetch);
    while scenario.machine.poll_output().is_some() {}
}

/// Only the terminal callback that reports a store says so.
#[test]
fn a_store_is_reported_once() {
    let mut scenario = Scenario::keeping();
    let id = scenario.start(Request { method: STORE, flags: 0, body: b"bytes", ..GET });
    let body = scenario.stored.pop().unwrap();
    scenario.machine.push_event(id.unwrap(), Event::Stored { body, stored: true });
    let step = scenario.machine.take_step(None).unwrap();
    scenario.machine.handle(step);
    let Some(Output::Call(_, fetch)) = scenario.machine.poll_output() else {
        panic!("onsuccess is due")
    };
    assert!(scenario.machine.take_has_stored());
    assert!(!scenario.machine.take_has_stored());
    scenario.kept.push(fetch);
    scenario.drain();
    assert!(!scenario.machine.take_has_stored());
}

#[test]
fn the_request_as_it_is_sent() {
    let mut scenario = Scenario::new();
    let headers = [c"X-A", c"1", c"Host", c"x", c"x-a", c"2", c"sec-x", c"y"];
    let post = Request { method: "post", body: b"body", headers: &headers, ..GET };
    scenario.start(post);
    scenario.start(Request { headers: &headers, ..get(REPLACE | STREAM) });
    let [post, stream] = &scenario.exchanges[..] else { panic!("two requests") };
    assert_eq!(
        (&*post.method, &*post.url, post.body.as_deref()),
        ("POST", "/x", Some(&b"body"[..]))
    );
    assert_eq!(post.headers, [("x-a".to_owned(), b"1, 2".to_vec())]);
    // `FetchXHR` replaces a value, and a GET has no body.
    assert_eq!(stream.headers, [("x-a".to_owned(), b"2".to_vec())]);
    assert_eq!((stream.body.is_none(), stream.timeout), (true, Some(TIMEOUT)));
}

/// A header takes precedence over the user name and the password.
#[test]
fn the_credentials_as_they_are_sent() {
    let both = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
    for (auth, sent) in [
        ([None, None], None),
        ([Some(c"user"), None], both("user", "")),
        ([None, Some(c"password")], both("", "password")),
        ([Some(c"user"), Some(c"password")], both("user", "password")),
    ] {
        let mut scenario = Scenario::new();
        scenario.start(Request { auth, ..GET });
        scenario.start(Request { auth, headers: &[c"Authorization", c"x"], ..GET });
        let sent_with = scenario.exchanges.iter().map(|exchange| exchange.auth.clone());
        assert_eq!(sent_with.collect::<Vec<_>>(), [sent, None]);
    }
}

#[test]
fn the_key_of_the_cache() {
    for (cache_key, expected) in [(None, "/x"), (Some(c"key"), "key")] {
        let mut scenario = Scenario::new();
        let id = scenario.start(Request { cache_key, ..get(LOAD) }).unwrap();
        assert_eq!(scenario.machine.fetch(id).unwrap().cache_key(), expected);
    }
}

/// A thread that waits for one fetch does the steps of that fetch alone.
#[test]
fn the_steps_of_one_fetch() {
    let mut scenario = Scenario::new();
    let [first, second] = [(); 2].map(|()| scenario.start(GET).unwrap());
    scenario.machine.push_event(first, head(200, "OK"));
    scenario.machine.push_event(second, loaded(""));
    assert_eq!(scenario.machine.queued(), 3);
    for queued in [2, 1] {
        let step = scenario.machine.take_step(Some(second)).unwrap();
        assert_eq!((step.fetch(), scenario.machine.queued()), (Some(second), queued));
    }
    assert!(scenario.machine.take_step(Some(second)).is_none());
    assert_eq!(scenario.machine.in_flight(), [first, second]);
    assert_eq!(scenario.machine.fetch(second).unwrap().id, second);
    scenario.do_steps();
    assert_eq!(scenario.machine.response_headers(1), Some("a: b\r\n"));
}

/// Permits are released when the program is about to get their chunks.
#[test]
fn a_permit_is_held_until_its_chunk_is_delivered() {
    use super::super::event::Permit;
    use std::sync::Arc;

    let mut scenario = Scenario::new();
    let id = scenario.start(get(REPLACE | STREAM)).unwrap();
    let permit = Arc::new(());
    let held = Permit::new(Arc::clone(&permit));
    let bytes = Buffer::copy_of(b"ab");
    scenario.machine.push_event(id, Event::Chunk { bytes, permit: Some(held) });
    assert_eq!(Arc::strong_count(&permit), 2);
    scenario.do_steps();
    assert_eq!(Arc::strong_count(&permit), 1);
    scenario.saw(["progress 0 of 0, data 2"]);

    // The program may take it during the callback.
    let bytes = Buffer::copy_of(b"c");
    let held = Permit::new(Arc::clone(&permit));
    scenario.machine.push_event(id, Event::Chunk { bytes, permit: Some(held) });
    let step = scenario.machine.take_step(None).unwrap();
    scenario.machine.handle(step);
    assert!(matches!(scenario.machine.poll_output(), Some(Output::Call(..))));
    let taken = scenario.machine.take_permit();
    assert!(taken.is_some() && scenario.machine.take_permit().is_none());
    scenario.drain();
    assert_eq!(Arc::strong_count(&permit), 2);
    drop(taken);
    assert_eq!(Arc::strong_count(&permit), 1);
}

#[test]
fn a_long_text_is_cut_between_characters() {
    let mut scenario = Scenario::new();
    let id = scenario.start(GET);
    let long = format!("{}é", "a".repeat(62));
    scenario.tell(id, [head(200, &long), loaded("")]);
    let expected = format!(r#"success: n 4 200 "{}" null 0: frees"#, "a".repeat(62));
    assert_eq!(scenario.log.pop(), Some(expected));
}
