//! The rows of streams: the body goes to `on_chunk`.

use fetch_runtime::Outcome::{NetworkError, OutOfMemory, Timeout};

use super::streamed;
use crate::matrix::ends::{ABORTED, NO_CONTENT, NOT_FOUND, OK};
use crate::matrix::request::stream_in_a_minute;
use crate::matrix::setup::Fault::NoMemory;
use crate::matrix::setup::Server::{Breaks, IsSilent, Refuses, Replies, Stalls};
use crate::matrix::setup::{BODY, PAGE, Reply};
use crate::matrix::{At, Ends};

rows! { $ for_each_stream_row:
    stream_2xx: streamed("stream: HTTP 2xx", BODY, OK),
    // Some browsers have no stream for a 204. Emscripten keeps its reason phrase to itself then,
    // so the server sends none.
    stream_2xx_empty:
        streamed("stream: HTTP 204, no body", b"", Ends { status: (204, ""), ..NO_CONTENT })
            .server(Replies(Reply { reason: "", ..Reply::NO_CONTENT })),
    stream_http_error: streamed("stream: HTTP error", PAGE, NOT_FOUND)
        .server(Replies(Reply::NOT_FOUND)).dropped(At::Body),
    // Firefox refuses at once, before any other moment.
    stream_network_error:
        streamed("stream: network error", b"", Ends::without_response(NetworkError))
            .server(Refuses).dropped(At::End),
    stream_network_error_in_body:
        streamed("stream: network error in the body", BODY, Ends::without_response(NetworkError))
            .server(Breaks).dropped(At::Done),
    stream_timeout: streamed("stream: timeout", b"", Ends::without_response(Timeout))
        .request(stream_in_a_minute).server(IsSilent),
    stream_timeout_in_body:
        streamed("stream: timeout in the body", BODY, Ends::without_response(Timeout))
            .request(stream_in_a_minute).server(Stalls).dropped(At::Body),
    stream_chunk_lost:
        streamed("stream: no memory for a chunk", b"", Ends::without_response(OutOfMemory))
            .fault(NoMemory),
    stream_abort_before_headers: streamed("stream: abort before the headers", BODY, OK)
        .abort(At::Headers, ABORTED),
    stream_abort_after_headers: streamed("stream: abort after the headers", BODY, OK)
        .abort(At::Body, ABORTED),
    stream_abort_in_chunk: streamed("stream: abort in `on_chunk`", BODY, OK)
        .abort(At::Chunk, ABORTED),
    stream_abort_in_progress: streamed("stream: abort in `on_progress`", BODY, OK)
        .abort(At::Progress, ABORTED),
    stream_abort_in_body: streamed("stream: abort in the body", BODY, OK)
        .abort(At::Done, ABORTED),
    stream_abort_after_the_end: streamed("stream: abort after the end", BODY, OK)
        .abort(At::End, Ends { body: b"", ..OK }),
}
