//! The native backend: upstream's C functions, over an HTTP client and a cache on disk.
//!
//! State that upstream keeps per page or worker is kept per thread: handles, the base URL, the
//! folder of the cache. A fetch belongs to the thread that started it; its callbacks run there,
//! inside `run` and `poll`.

mod awaiting;
mod c_api;
mod cache_dir;
mod driver;
mod engine;
mod event_loop;
mod extensions;
mod gate;
mod housekeeping;
mod live;
// Without the cache, nothing does its tasks.
#[cfg_attr(not(feature = "native-cache"), allow(dead_code))]
mod machine;
mod mailbox;
mod parts;
mod replier;
#[cfg(feature = "script")]
pub mod script;
mod settings;
mod target;
#[cfg(debug_assertions)]
mod uncalled;

use std::path::PathBuf;

pub(crate) use awaiting::{ThreadHandle, Waiting, hold, is_running, release};
pub use c_api::{
    emscripten_fetch, emscripten_fetch_attr_init, emscripten_fetch_close,
    emscripten_fetch_get_response_headers, emscripten_fetch_get_response_headers_length,
};
pub(crate) use engine::is_alive;
pub(crate) use event_loop::{poll, run, run_until};
pub(crate) use extensions::{
    absolute_url, cause, check_host, drop_parts, emscripten_clear_timeout, emscripten_set_timeout,
    fetch_cache_supported, fetch_streaming_supported, fetch_upload_supported, guard_chunks,
    has_read_parts, keep_alive, keep_entry, loaded_url, prepare_store, response_headers,
    response_url, start, start_cached, start_resumable, start_synchronous, start_upload,
    start_with_entry, take_chunk, take_entry, take_record, take_response, unix_time, update_entry,
    was_stored,
};
pub(crate) use gate::{Gate, Permit};
pub(crate) use housekeeping::{ask_storage, on_namespace, set_budget, work_on_records};
pub(crate) use machine::event::Cause;
pub use settings::cache_dir;
pub(crate) use settings::set_base_url;

/// The mark of the crate's own fetches. This backend needs none.
pub(crate) const OWN: u32 = 0;

/// Sets the folder of this thread's cache, which is made when it is needed. The cache of a folder
/// is the same for all threads and processes that use it. If another program's database or a
/// symlink is in its place, there is no cache, and the backend does not change it.
///
/// In the destructors of the thread's thread-locals this may do nothing.
///
/// ```
/// fetch_runtime::native::set_cache_dir("/var/tmp/game");
/// assert_eq!(fetch_runtime::native::cache_dir().unwrap().to_str(), Some("/var/tmp/game"));
/// ```
pub fn set_cache_dir(folder: impl Into<PathBuf>) {
    if settings::set_cache_dir(folder.into()) && engine::is_alive() {
        // Its drop may wait for tasks. Meanwhile the engine is not borrowed.
        drop(engine::with(|engine| engine.close_cache()));
    }
}
