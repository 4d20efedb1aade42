//! The row of the close by which C code aborts.

use super::download;
use crate::matrix::At;
use crate::matrix::ends::{ABORTED, OK};
use crate::matrix::request::get;

rows! { $ for_each_from_c_row:
    closed_by_c: download("closed in flight by C code", get, OK)
        .closed_by_c().abort(At::Headers, ABORTED),
}
