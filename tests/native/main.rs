//! The native suite: the scenarios, the matrix, and the tests of the native backend alone.

mod alloc;
mod async_handlers;
mod awaiting;
mod backend;
mod body_reader;
mod c_level;
mod cache_keys;
#[cfg(unix)]
mod commands;
mod controller;
mod deadline;
mod documents;
mod ecosystem;
mod housekeeping;
mod http_cache;
mod integrity;
mod limit;
mod matrix;
mod panics;
mod plain_close;
mod process;
mod readme;
mod resume;
mod scenarios;
mod script;
mod security;
mod wire;

use std::sync::{Arc, Mutex, Weak};

use fetch_shared::server::Server;

/// The server that all running tests share. It ends with the last of them, so that nothing is left
/// at the end.
fn server() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    thread_local! {
        static MINE: Arc<Server> = {
            let mut shared = SHARED.lock().expect("no test panics while it starts the server");
            shared.upgrade().unwrap_or_else(|| {
                let server = Arc::new(Server::start(None).expect("a port and a thread"));
                *shared = Arc::downgrade(&server);
                server
            })
        };
    }
    MINE.with(Arc::clone)
}
