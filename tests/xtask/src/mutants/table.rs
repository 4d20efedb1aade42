//! The mutations: clauses of the rules about closing, aborting and completing, each broken by
//! itself.
//!
//! After a rename, `cargo xtask check mutants` says which texts are gone. Give the new text, long
//! enough to occur exactly once in its file.

/// A clause that is broken.
pub(super) struct Mutation {
    pub(super) what: &'static str,
    /// In fetch-runtime/src.
    pub(super) file: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    /// Groups of native tests, each of which must have a test that fails.
    pub(super) red: &'static [&'static str],
}

/// The groups that run a request of every kind to its end.
const MATRIX: &[&str] = &["matrix::"];

pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        what: "the close: the body is not taken out",
        file: "raw/snapshot.rs",
        from: "mem::replace(&mut fetch.data, ptr::null())",
        to: "fetch.data",
        red: MATRIX,
    },
    Mutation {
        what: "the close: readyState is not set",
        file: "raw/close.rs",
        from: "fetch.readyState = DONE;",
        to: "",
        red: MATRIX,
    },
    Mutation {
        what: "the close: an id of 0 stays",
        file: "raw/close.rs",
        from: "fetch.id = SENTINEL;",
        to: "",
        red: MATRIX,
    },
    Mutation {
        what: "the close: every id is replaced",
        file: "raw/close.rs",
        from: "if guarded {",
        to: "if true {",
        red: MATRIX,
    },
    Mutation {
        what: "the close: 0xffff stands for no handle",
        file: "raw/close.rs",
        from: "SENTINEL: u32 = u32::MAX",
        to: "SENTINEL: u32 = 0xffff",
        red: &["script::nobody_else_is_closed"],
    },
    Mutation {
        what: "the close: nothing is closed",
        file: "raw/close.rs",
        from: "unsafe { backend::emscripten_fetch_close(fetch.as_ptr()) }",
        to: "{ let _ = fetch; EMSCRIPTEN_RESULT_SUCCESS }",
        red: MATRIX,
    },
    Mutation {
        what: "the close: inside the one of C code, too",
        file: "bridge/completion.rs",
        from: "    if is_being_closed {\n",
        to: "    if false {
",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: without a handle, too",
        file: "flight/closable.rs",
        from: "fetch.id != 0 && ",
        to: "",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: at readyState 4, too",
        file: "flight/closable.rs",
        from: "Phase::Lookup | Phase::Transfer",
        to: "Phase::Lookup | Phase::Transfer | Phase::Ending",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: while it is stored, too",
        file: "flight/closable.rs",
        from: "Phase::Lookup | Phase::Transfer",
        to: "Phase::Lookup | Phase::Transfer | Phase::Storing",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: not after a miss",
        file: "flight/closable.rs",
        from: "Phase::Lookup | Phase::Transfer",
        to: "Phase::Transfer",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: inside a callback, too",
        file: "flight/closable.rs",
        from: "!self.in_callback.get() && backend",
        to: "backend",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: not when its callback has returned",
        file: "flight/cancel.rs",
        from: "} else if self.in_callback.get() {",
        to: "} else if false {",
        red: &["controller::"],
    },
    Mutation {
        what: "the abort: not when its lookup is over",
        file: "flight/cancel.rs",
        from: "self.closable().filter(|_| self.forced_outcome.get().is_some())",
        to: "None",
        red: MATRIX,
    },
    Mutation {
        what: "the call: inside the start, too",
        file: "bridge/completion.rs",
        from: "!is_being_closed && phase != Phase::Starting",
        to: "!is_being_closed",
        red: MATRIX,
    },
    Mutation {
        what: "the response: the status is that of the store",
        file: "flight/mod.rs",
        from: "        self.received_status.get()\n",
        to: "        None
",
        red: MATRIX,
    },
    Mutation {
        what: "the response: the text of a miss stays",
        file: "bridge/trampoline.rs",
        from: "fetch.statusText[0] = 0;",
        to: "",
        red: MATRIX,
    },
    Mutation {
        what: "the deadline: not for the cache",
        file: "extras/deadline.rs",
        from: "self.timeout_ms = request.timeout_ms;",
        to: "self.timeout_ms = 0;",
        red: &["deadline::"],
    },
    Mutation {
        what: "the deadline: it is an abort",
        file: "extras/deadline.rs",
        from: "flight.cancel(Outcome::Timeout)",
        to: "flight.cancel(Outcome::Aborted)",
        red: &["deadline::"],
    },
    Mutation {
        what: "the deadline: it waits for a worker",
        file: "sys/native/machine/timeouts.rs",
        from: "if !self.steps.iter().any(is_its_end)",
        to: "if false",
        red: &["sys::native::machine::"],
    },
    Mutation {
        what: "the stream: a broken one has a status",
        file: "extras/stream.rs",
        from: ".filter(|status| is_null_body_status(*status))",
        to: ".filter(|status| is_null_body_status(*status) || true)",
        red: &["matrix::stream"],
    },
    Mutation {
        what: "the stream: without a body it is broken",
        file: "extras/stream.rs",
        from: "received_status.filter(|status| is_null_body_status(*status))",
        to: "received_status.filter(|status| is_null_body_status(*status) && false)",
        red: &["scenarios::streaming"],
    },
    Mutation {
        what: "the stream: its chunks are not taken out",
        file: "extras/stream.rs",
        from: "(unsafe { take_data(fetch) }, is_lost)",
        to: "(Body::EMPTY, is_lost)",
        red: &["matrix::stream"],
    },
    Mutation {
        what: "the stream: a panic does not stop it",
        file: "extras/stream.rs",
        from: "ControlFlow::Break(Outcome::Aborted)",
        to: "ControlFlow::Continue(())",
        red: &["panics::"],
    },
    Mutation {
        what: "the stream: headers are not joined",
        file: "extras/stream.rs",
        from: "join_headers(&mut request.headers);",
        to: "",
        red: &["scenarios::streaming"],
    },
    Mutation {
        what: "the stream: its time is not told",
        file: "raw/timeout.rs",
        from: "mem::replace(&mut fetch.dataOffset, MARK)",
        to: "fetch.dataOffset",
        red: &["matrix::stream"],
    },
    Mutation {
        what: "the synchronous: its handler is called later",
        file: "bridge/start.rs",
        from: "flight.set_synchronous();",
        to: "",
        red: &["scenarios::blocking::"],
    },
    Mutation {
        what: "the synchronous: its time is not told",
        file: "bridge/blocking.rs",
        from: "if timed_out &&",
        to: "if false && timed_out &&",
        red: &["scenarios::blocking::"],
    },
    Mutation {
        what: "the synchronous: its headers are not heard of",
        file: "bridge/trampoline.rs",
        from: "if fetch.status != 0 {",
        to: "if false {",
        red: &["scenarios::blocking::"],
    },
    Mutation {
        what: "the synchronous: others do not wait",
        file: "sys/native/machine/state.rs",
        from: "let Some(id) = of else { return self.steps.pop_front() };",
        to: "let Some(id) = of.filter(|_| false) else { return self.steps.pop_front() };",
        red: &["scenarios::blocking::"],
    },
    Mutation {
        what: "the controller: it aborts no request",
        file: "extras/signal.rs",
        from: "            if let Some(flight) = request.upgrade() {\n",
        to: "            if let (true, Some(flight)) = (false, request.upgrade()) {
",
        red: &["controller::"],
    },
    Mutation {
        what: "the controller: an aborted signal can start requests",
        file: "extras/signal.rs",
        from: "if signal.aborted() {",
        to: "if false {",
        red: &["controller::"],
    },
    Mutation {
        what: "the controller: finished requests are not forgotten",
        file: "extras/signal.rs",
        from: "requests.retain(is_in_flight);",
        to: "let _ = is_in_flight;",
        red: &["controller::"],
    },
];
