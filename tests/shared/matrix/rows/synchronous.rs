//! The rows of synchronous requests: the thread waits.

use fetch_runtime::Outcome::{NetworkError, Timeout};

use super::synchronous;
use crate::matrix::Ends;
use crate::matrix::ends::{BODY_LOST, NO_CONTENT, NOT_FOUND, OK, PAGE_LOST};
use crate::matrix::request::post_in_100_ms;
use crate::matrix::setup::Fault::{NoMemory, SendThrows};
use crate::matrix::setup::Reply;
use crate::matrix::setup::Server::{Breaks, IsSilent, Refuses, Replies, Stalls};

rows! { $ for_each_synchronous_row:
    synchronous_2xx: synchronous("synchronous: HTTP 2xx", OK),
    synchronous_2xx_empty: synchronous("synchronous: HTTP 204, no body", NO_CONTENT)
        .server(Replies(Reply::NO_CONTENT)),
    synchronous_http_error: synchronous("synchronous: HTTP error", NOT_FOUND)
        .server(Replies(Reply::NOT_FOUND)),
    synchronous_network_error:
        synchronous("synchronous: network error", Ends::without_response(NetworkError))
            .server(Refuses),
    synchronous_network_error_in_body:
        synchronous("synchronous: network error in the body", Ends::without_response(NetworkError))
            .server(Breaks),
    synchronous_timeout: synchronous("synchronous: timeout", Ends::without_response(Timeout))
        .request(post_in_100_ms).server(IsSilent),
    synchronous_timeout_in_body:
        synchronous("synchronous: timeout in the body", Ends::without_response(Timeout))
            .request(post_in_100_ms).server(Stalls),
    synchronous_send_throws:
        synchronous("synchronous: `send()` throws", Ends::without_response(NetworkError))
            .fault(SendThrows),
    synchronous_body_lost: synchronous("synchronous: no memory for the body", BODY_LOST)
        .fault(NoMemory),
    synchronous_body_lost_of_an_error:
        synchronous("synchronous: no memory for an error's body", PAGE_LOST)
            .server(Replies(Reply::NOT_FOUND)).fault(NoMemory),
}
