//! The rows of requests whose upload is reported.

use fetch_runtime::Outcome::{NetworkError, Timeout};

use super::download;
use crate::matrix::ends::{ABORTED, OK};
use crate::matrix::request::{post, post_in_a_minute};
use crate::matrix::setup::Fault::SendThrows;
use crate::matrix::setup::Server::{IsSilent, Refuses};
use crate::matrix::{At, Ends};

rows! { $ for_each_upload_row:
    upload_2xx: download("upload: HTTP 2xx", post, OK).uploads(),
    upload_network_error:
        download("upload: network error", post, Ends::without_response(NetworkError))
            .uploads().server(Refuses),
    upload_timeout:
        download("upload: timeout", post_in_a_minute, Ends::without_response(Timeout))
            .uploads().server(IsSilent),
    upload_send_throws:
        download("upload: `send()` throws", post, Ends::without_response(NetworkError))
            .uploads().fault(SendThrows).dropped(At::Start),
    upload_abort_before_headers: download("upload: abort before the headers", post, OK)
        .uploads().abort(At::Headers, ABORTED),
    upload_abort_in_upload: download("upload: abort in `on_upload`", post, OK)
        .uploads().abort(At::Upload, ABORTED),
}
