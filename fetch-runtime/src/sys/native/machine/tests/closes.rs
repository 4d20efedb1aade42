//! Closes: handles, and the closes that are undefined behaviour upstream. The audit finds these.

use super::*;

const TOO_EARLY: &str =
    "native::script: GET /x was closed too early: JS would write into freed memory";

fn force_id(fetch: NonNull<emscripten_fetch_t>, id: u32) {
    // SAFETY: its callers have a live fetch.
    unsafe { (*fetch.as_ptr()).id = id };
}

#[test]
fn handles_are_reused_and_the_sentinel_is_none() {
    let mut scenario = Scenario::new();
    let [first, second] = [(); 2].map(|()| scenario.start(GET));
    let handle = |scenario: &Scenario, id| {
        // SAFETY: it is in flight, and no callback runs.
        unsafe { scenario.pointer(id).as_ref() }.id
    };
    assert_eq!((handle(&scenario, first), handle(&scenario, second)), (1, 2));
    assert!(scenario.close(scenario.pointer(first)));
    let third = scenario.start(GET);
    assert_eq!(handle(&scenario, third), 1);
    // A cached fetch is closed with an id that is no handle: all others go on.
    let cached = scenario.start(get(LOAD));
    scenario.tell(cached, [found("bytes")]);
    assert!(scenario.machine.is_in_flight(second.unwrap()));
    assert!(scenario.machine.is_in_flight(third.unwrap()));
}

#[test]
fn while_the_cache_is_read() {
    let mut scenario = Scenario::audited();
    let id = scenario.start(get(LOAD));
    let fetch = scenario.pointer(id);
    assert!(!scenario.close(fetch), "without an id, it refuses");
    force_id(fetch, u32::MAX);
    assert!(scenario.close(fetch));
    scenario.found(&[]);
    scenario.tell(id, [found("bytes")]);
    scenario.found(&[TOO_EARLY]);
}

#[test]
fn while_the_cache_is_written() {
    let mut scenario = Scenario::audited();
    let id = scenario.start(get(LOAD | REPLACE | PERSIST));
    scenario.tell(id, [head(200, "OK"), loaded("bytes")]);
    assert!(scenario.close(scenario.pointer(id)));
    let body = scenario.stored.pop().unwrap();
    scenario.found(&[]);
    scenario.tell(id, [Event::Stored { body, stored: true }]);
    scenario.found(&[TOO_EARLY]);
}

/// JS writes whatever follows `readyState` 4 in the same task.
#[test]
fn inside_ready_state_4() {
    for end in [loaded("bytes"), failed(), Event::TimedOut] {
        let mut scenario = Scenario::audited();
        let id = scenario.start(GET);
        scenario.machine.push_event(id.unwrap(), end);
        let done = scenario.machine.take_step(None).unwrap();
        assert!(done.continues_task());
        scenario.machine.handle(done);
        scenario.drain();
        assert!(scenario.close(scenario.pointer(id)));
        let last = scenario.machine.take_step(None).unwrap();
        assert!(!last.continues_task());
        scenario.machine.handle(last);
        scenario.drain();
        scenario.found(&[TOO_EARLY]);
    }
}

/// JS ignores the events of a handle that has been freed.
#[test]
fn before_ready_state_4() {
    let mut scenario = Scenario::audited();
    let id = scenario.start(GET);
    scenario.tell(id, [head(200, "OK"), Event::Progress(2)]);
    assert!(scenario.close(scenario.pointer(id)));
    scenario.tell(id, [Event::Progress(3), loaded("bytes")]);
    scenario.found(&[]);
}

#[test]
fn twice() {
    let mut scenario = Scenario::audited();
    scenario.program = Program::Keeps;
    let id = scenario.start(GET);
    scenario.tell(id, [head(200, "OK"), loaded("bytes")]);
    let fetch = scenario.kept.pop().unwrap();
    assert!(scenario.close(fetch));
    assert!(!scenario.close(fetch), "the audit does not look at the struct");
    scenario.found(&["native::script: a fetch was closed twice"]);
}

#[test]
fn that_would_call_onerror_again() {
    let mut scenario = Scenario::audited();
    scenario.program = Program::Keeps;
    scenario.throws = Some(Thrown::Send);
    scenario.start(GET);
    scenario.saw([r#"error, inside: n 0 0 "" null 0"#]);
    let fetch = scenario.kept.pop().unwrap();
    assert!(scenario.close(fetch));
    scenario.saw([]);
    scenario.found(&["native::script: closing GET /x would call its onerror again"]);
}

#[test]
fn with_the_handle_of_another() {
    let mut scenario = Scenario::audited();
    scenario.program = Program::Keeps;
    let cached = scenario.start(Request { url: c"/cached", ..get(LOAD) });
    let other = scenario.start(GET);
    scenario.tell(cached, [found("bytes")]);
    let (cached, other) = (scenario.kept.pop().unwrap(), scenario.pointer(other));
    // SAFETY: it is in flight.
    force_id(cached, unsafe { other.as_ref() }.id);
    assert!(scenario.close(cached));
    scenario.found(&["native::script: GET /x was aborted by the close of another fetch"]);
    assert!(scenario.machine.is_idle(), "the other never completes");
    scenario.close_guarded(other);
    scenario.found(&[]);
}

/// Its transfer has ended. JS stores the body, and then calls `onsuccess`.
#[test]
fn with_the_handle_of_another_that_is_being_stored() {
    let mut scenario = Scenario::audited();
    scenario.program = Program::Keeps;
    let cached = scenario.start(Request { url: c"/cached", ..get(LOAD) });
    let other = scenario.start(get(LOAD | REPLACE | PERSIST));
    scenario.tell(cached, [found("bytes")]);
    scenario.tell(other, [head(200, "OK"), loaded("bytes")]);
    let cached = scenario.kept.pop().unwrap();
    // SAFETY: it is in flight.
    force_id(cached, unsafe { scenario.pointer(other).as_ref() }.id);
    assert!(scenario.close(cached));
    let body = scenario.stored.pop().unwrap();
    scenario.tell(other, [Event::Stored { body, stored: true }]);
    scenario.found(&[]);
    assert_eq!(scenario.log.pop().unwrap(), r#"success: n 4 200 "OK" data 5"#);
}
