//! The rows of the network: no cache takes part.

use fetch_runtime::Outcome::{NetworkError, Timeout};

use super::download;
use crate::matrix::ends::{BODY_LOST, NO_CONTENT, NOT_FOUND, OK, PAGE_LOST};
use crate::matrix::request::{post, post_in_a_minute};
use crate::matrix::setup::Fault::{NoMemory, SendThrows};
use crate::matrix::setup::Reply;
use crate::matrix::setup::Server::{Breaks, IsSilent, Refuses, Replies, Stalls};
use crate::matrix::{At, Ends};

rows! { $ for_each_network_row:
    http_2xx: download("HTTP 2xx", post, OK),
    http_2xx_empty: download("HTTP 204, no body", post, NO_CONTENT)
        .server(Replies(Reply::NO_CONTENT)),
    http_error: download("HTTP error", post, NOT_FOUND)
        .server(Replies(Reply::NOT_FOUND)).dropped(At::Body),
    network_error: download("network error", post, Ends::without_response(NetworkError))
        .server(Refuses),
    network_error_in_body:
        download("network error in the body", post, Ends::without_response(NetworkError))
            .server(Breaks).dropped(At::Body),
    timeout: download("timeout", post_in_a_minute, Ends::without_response(Timeout))
        .server(IsSilent),
    timeout_in_body:
        download("timeout in the body", post_in_a_minute, Ends::without_response(Timeout))
            .server(Stalls).dropped(At::Body),
    send_throws: download("`send()` throws", post, Ends::without_response(NetworkError))
        .fault(SendThrows).dropped(At::Start),
    body_lost: download("no memory for the body", post, BODY_LOST)
        .fault(NoMemory).dropped(At::Done),
    body_lost_of_an_error: download("no memory for an error's body", post, PAGE_LOST)
        .server(Replies(Reply::NOT_FOUND)).fault(NoMemory).dropped(At::Done),
}
