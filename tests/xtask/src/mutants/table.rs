//! The mutations: clauses of the rules about closing, aborting and completing, each broken by
//! itself.
//!
//! After a rename, `cargo xtask check mutants` says which texts are gone: give the new one, as long
//! as it has to be to occur once in its file.

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
        file: "trampoline.rs",
        from: "std::mem::replace(&mut fetch.data, ptr::null())",
        to: "fetch.data",
        red: MATRIX,
    },
    Mutation {
        what: "the close: readyState is not set",
        file: "close.rs",
        from: "fetch.readyState = DONE;",
        to: "",
        red: MATRIX,
    },
    Mutation {
        what: "the close: an id of 0 stays",
        file: "close.rs",
        from: "fetch.id = SENTINEL;",
        to: "",
        red: MATRIX,
    },
    Mutation {
        what: "the close: every id is replaced",
        file: "close.rs",
        from: "if guarded {",
        to: "if true {",
        red: MATRIX,
    },
    Mutation {
        what: "the close: 0xffff for nobody's id",
        file: "close.rs",
        from: "SENTINEL: u32 = u32::MAX",
        to: "SENTINEL: u32 = 0xffff",
        red: MATRIX,
    },
    Mutation {
        what: "the close: nothing is closed",
        file: "close.rs",
        from: "unsafe { backend::emscripten_fetch_close(fetch.as_ptr()) }",
        to: "{ let _ = fetch; EMSCRIPTEN_RESULT_SUCCESS }",
        red: MATRIX,
    },
    Mutation {
        what: "the close: inside the one of C code, too",
        file: "trampoline.rs",
        from: "return (response, false);",
        to: "",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: without a handle, too",
        file: "close.rs",
        from: "fetch.id != 0 && ",
        to: "",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: at readyState 4, too",
        file: "close.rs",
        from: "Phase::Lookup | Phase::Transfer",
        to: "Phase::Lookup | Phase::Transfer | Phase::Ending",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: while it is stored, too",
        file: "close.rs",
        from: "Phase::Lookup | Phase::Transfer",
        to: "Phase::Lookup | Phase::Transfer | Phase::Storing",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: not after a miss",
        file: "close.rs",
        from: "Phase::Lookup | Phase::Transfer",
        to: "Phase::Transfer",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: inside a callback, too",
        file: "inflight.rs",
        from: "!self.in_callback.get() && backend",
        to: "backend",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: not when its callback has returned",
        file: "inflight.rs",
        from: "None if core.in_callback.get() => {",
        to: "None if false => {",
        red: MATRIX,
    },
    Mutation {
        what: "the abort: not when its lookup is over",
        file: "inflight.rs",
        from: "core.closable().filter(|_| core.verdict.get().is_some())",
        to: "None",
        red: MATRIX,
    },
    Mutation {
        what: "the call: inside the start, too",
        file: "trampoline.rs",
        from: "(response, phase != Phase::Starting)",
        to: "(response, true)",
        red: MATRIX,
    },
    Mutation {
        what: "the response: the status is what the store has written",
        file: "inflight.rs",
        from: "head: self.head.get(),",
        to: "head: None,",
        red: MATRIX,
    },
    Mutation {
        what: "the response: the text of a miss stays",
        file: "trampoline.rs",
        from: "fetch.statusText[0] = 0;",
        to: "",
        red: MATRIX,
    },
    Mutation {
        what: "the deadline: not for the cache",
        file: "started.rs",
        from: "if deadline_ms > 0 {",
        to: "if false {",
        red: &["deadline::"],
    },
    Mutation {
        what: "the deadline: it is an abort",
        file: "deadline.rs",
        from: "Outcome::Timeout",
        to: "Outcome::Aborted",
        red: &["deadline::"],
    },
    Mutation {
        what: "the deadline: it waits for a worker",
        file: "sys/native/owner.rs",
        from: "if !self.steps.iter().any(is_its_end)",
        to: "if false",
        red: &["deadline::"],
    },
    Mutation {
        what: "the stream: a broken one has a status",
        file: "stream.rs",
        from: ".filter(|status| is_null_body_status(*status))",
        to: ".filter(|status| is_null_body_status(*status) || true)",
        red: &["matrix::stream"],
    },
    Mutation {
        what: "the stream: without a body it is broken",
        file: "stream.rs",
        from: "matches!(status, 101 | 103 | 204 | 205 | 304)",
        to: "matches!(status, 101 | 103)",
        red: &["matrix::stream"],
    },
    Mutation {
        what: "the stream: its chunks are not taken out",
        file: "stream.rs",
        from: "(unsafe { take_data(fetch) }, is_lost)",
        to: "(Body::EMPTY, is_lost)",
        red: &["matrix::stream"],
    },
    Mutation {
        what: "the stream: a panic does not stop it",
        file: "inflight.rs",
        from: "if self.has_gap.get() {",
        to: "if false {",
        red: &["matrix::stream"],
    },
    Mutation {
        what: "the stream: headers are not joined",
        file: "stream.rs",
        from: "join_headers(&mut request.headers);",
        to: "",
        red: &["matrix::stream"],
    },
    Mutation {
        what: "the stream: its time is not told",
        file: "stream.rs",
        from: "mem::replace(&mut fetch.dataOffset, TIMED_OUT)",
        to: "fetch.dataOffset",
        red: &["matrix::stream"],
    },
    Mutation {
        what: "the synchronous: its handler is called later",
        file: "start.rs",
        from: "state.core().phase.set(Phase::Transfer);",
        to: "",
        red: &["blocking::"],
    },
    Mutation {
        what: "the synchronous: its time is not told",
        file: "blocking.rs",
        from: "if timed_out &&",
        to: "if false && timed_out &&",
        red: &["blocking::"],
    },
    Mutation {
        what: "the synchronous: its headers are not heard of",
        file: "trampoline.rs",
        from: "if fetch.status != 0 {",
        to: "if false {",
        red: &["blocking::"],
    },
    Mutation {
        what: "the synchronous: others do not wait",
        file: "sys/native/owner.rs",
        from: "Step::React(of, _) if *of == key",
        to: "Step::React(..) if key > 0",
        red: &["blocking::"],
    },
    Mutation {
        what: "the controller: it aborts nobody",
        file: "abort.rs",
        from: "inflight::abort(&state);",
        to: "drop(state);",
        red: &["controller::"],
    },
    Mutation {
        what: "the controller: what it has aborted can be started",
        file: "abort.rs",
        from: "if signal.aborted() {",
        to: "if false {",
        red: &["controller::"],
    },
    Mutation {
        what: "the controller: what is over is not forgotten",
        file: "abort.rs",
        from: "requests.retain(is_in_flight);",
        to: "let _ = is_in_flight;",
        red: &["controller::"],
    },
];
