//! The scenarios: the things that a program does and sees on all platforms, one function each.
//!
//! A scenario is a private function that its module's `scenarios!` list names. The list makes its
//! tests on all platforms; a function that no list names does not compile, as it is unused.

#![deny(dead_code)]

use crate::scenario::Scenario;

/// Makes the list of a module, `ALL`, and the macro that calls another one with the module's name
/// and the scenarios' names.
macro_rules! scenarios {
    ($dollar:tt $for_each:ident: $($name:ident)*) => {
        pub(super) const ALL: &[(&str, $crate::scenario::Scenario)] =
            &[$((stringify!($name), $name)),*];

        /// Calls a macro with the module's scenarios: `module: name …`.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $for_each {
            ($dollar callback:ident $dollar module:ident) => {
                $dollar callback! { $dollar module: $($name)* }
            };
        }
    };
}

mod async_handlers;
mod awaiting;
mod block_on;
mod blocking;
mod body_stream;
mod cache;
mod client_streams;
mod controller;
mod entries;
mod from_c;
mod grpc;
mod housekeeping;
mod http;
mod http_cache;
mod integrity;
mod invalid;
mod lifecycle;
mod limit;
mod main_loop;
mod manifest;
mod oauth;
mod observer;
mod requests;
mod resume;
mod streaming;
mod tokio_clock;
mod tower;
mod uploads;

/// Joins the modules. A module that is not named here does not compile, as its list is unused.
macro_rules! modules {
    ($dollar:tt $($module:ident $for_each:ident $needs:ident,)*) => {
        /// The modules.
        pub const MODULES: &[Module] = &[$(Module {
            name: stringify!($module),
            needs: Needs::$needs,
            scenarios: $module::ALL,
        }),*];

        /// Calls a macro for each module: `module: name …`.
        #[macro_export]
        macro_rules! for_each_scenario {
            ($dollar callback:ident) => { $($crate::$for_each! { $dollar callback $module })* };
        }
    };
}

modules! { $
    // First: after a challenge, browsers send the password to all other paths, too.
    oauth for_each_oauth_scenario Nothing,
    http for_each_http_scenario Nothing,
    cache for_each_cache_scenario Nothing,
    housekeeping for_each_housekeeping_scenario Nothing,
    http_cache for_each_http_cache_scenario Nothing,
    entries for_each_entries_scenario Nothing,
    integrity for_each_integrity_scenario Nothing,
    manifest for_each_manifest_scenario Nothing,
    resume for_each_resume_scenario Nothing,
    lifecycle for_each_lifecycle_scenario Nothing,
    limit for_each_limit_scenario Nothing,
    async_handlers for_each_async_handlers_scenario Nothing,
    controller for_each_controller_scenario Nothing,
    from_c for_each_from_c_scenario Nothing,
    invalid for_each_invalid_scenario Nothing,
    observer for_each_observer_scenario Nothing,
    requests for_each_requests_scenario Nothing,
    uploads for_each_uploads_scenario Nothing,
    main_loop for_each_main_loop_scenario Nothing,
    awaiting for_each_awaiting_scenario Nothing,
    tower for_each_tower_scenario Nothing,
    tokio_clock for_each_tokio_clock_scenario Nothing,
    grpc for_each_grpc_scenario Nothing,
    streaming for_each_streaming_scenario Streaming,
    body_stream for_each_body_stream_scenario Streaming,
    client_streams for_each_client_streams_scenario Streaming,
    blocking for_each_blocking_scenario Blocking,
    block_on for_each_block_on_scenario Blocking,
}

/// Scenarios of one subject.
#[derive(Debug)]
pub struct Module {
    /// Its name.
    pub name: &'static str,
    /// The needs of a program in a browser.
    pub needs: Needs,
    /// Their names, and themselves.
    pub scenarios: &'static [(&'static str, Scenario)],
}

/// The needs of a module's program in a browser. The native backend has all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// `-sFETCH_STREAMING`.
    Streaming,
    /// A thread that may block: a pthread.
    Blocking,
}

/// The scenario of this name in this module.
#[must_use]
pub fn named(module: &str, name: &str) -> Option<Scenario> {
    let module = MODULES.iter().find(|found| found.name == module)?;
    module.scenarios.iter().find(|(found, _)| *found == name).map(|(_, scenario)| *scenario)
}
