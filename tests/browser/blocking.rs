//! The ends of a synchronous request in other browsers.

use std::time::Duration;

use fetch_runtime::{Outcome, Request, stats};
use fetch_shared::heap;
use fetch_shared::scenario::Test;

use crate::driver::Run;
use crate::js;

pub(crate) fn tests() -> Vec<(String, Run)> {
    tests![an_end_that_is_told_twice, an_end_that_is_not_told]
}

/// Makes `send` behave as in another browser, waits for a request, and checks that nothing is left.
fn wait_where(send: &str, expected: Outcome, t: &Test) {
    let url = t.url("/bytes/13");
    // The first round may allocate what stays.
    let mut after_the_first = None;
    for _round in 0..50 {
        let before = (stats(), js::evaluate("String(runtimeKeepaliveCounter)"));
        js::run(&format!(
            "globalThis.realSend ??= XMLHttpRequest.prototype.send;
            XMLHttpRequest.prototype.send = function (body) {{ {send} }};"
        ));
        let waited = Request::post(url.as_str())
            .body("body")
            .timeout(Duration::from_secs(60))
            .send_blocking();
        js::run("XMLHttpRequest.prototype.send = realSend");
        let response = waited.expect("it begins");
        assert_eq!((response.outcome(), response.body()), (expected, &b""[..]));
        drop(response);
        assert_eq!((stats().closed - before.0.closed, stats().live), (1, before.0.live));
        assert_eq!(js::evaluate("String(runtimeKeepaliveCounter)"), before.1);
        after_the_first.get_or_insert_with(heap::in_use);
    }
    // malloc may round up by a few bytes; a leak in each round is more.
    let left = heap::in_use() - after_the_first.unwrap_or_default();
    assert!(left < 50, "{left} bytes are left");
}

/// Firefox and Safari send an event and throw an exception, which Emscripten takes for two ends.
fn an_end_that_is_told_twice(t: &Test) {
    let both = "this.dispatchEvent(new ProgressEvent('error'));
        throw new DOMException('', 'NetworkError');";
    wait_where(both, Outcome::NetworkError, t);
    let late = "this.dispatchEvent(new ProgressEvent('timeout'));
        throw new DOMException('', 'TimeoutError');";
    wait_where(late, Outcome::Timeout, t);
}

/// There is neither an event nor an exception; or an exception after the response was complete,
/// where Emscripten does not expect one.
fn an_end_that_is_not_told(t: &Test) {
    wait_where("", Outcome::NetworkError, t);
    wait_where("this.onload = null; return realSend.call(this, body);", Outcome::HttpError, t);
}
