//! The scenarios, and the one list of them.

pub mod blocking;
pub mod cache;
pub mod controller;
pub mod from_c;
pub mod http;
pub mod invalid;
pub mod lifecycle;
pub mod streaming;

/// Calls a macro with every scenario of streaming, as `module::name`. On the web they need
/// `-sFETCH_STREAMING`.
#[macro_export]
macro_rules! for_each_streaming_scenario {
    ($callback:ident) => {
        $callback! {
            streaming::in_order_without_gaps
            streaming::without_a_body
            streaming::error_status
            streaming::post
            streaming::compressed
            streaming::broken
            streaming::timeout
            streaming::a_broken_one_beside_another
            streaming::abort
            streaming::abort_ends_the_transfer
            streaming::progress
            streaming::chunks_can_be_kept
            streaming::closures_are_dropped_once
            streaming::literals
            streaming::request_headers
            streaming::redirects
            streaming::what_does_not_go_with_it
        }
    };
}

/// Calls a macro with every scenario of a thread that waits. On the web it has to be a pthread.
#[macro_export]
macro_rules! for_each_blocking_scenario {
    ($callback:ident) => {
        $callback! {
            blocking::every_status
            blocking::what_is_sent
            blocking::redirects
            blocking::network_errors
            blocking::timeout
            blocking::others_wait
            blocking::inside_a_handler
            blocking::many
            blocking::on_a_thread_of_its_own
            blocking::what_does_not_go_with_it
            blocking::literals
        }
    };
}

/// Calls a macro with every other scenario, as `module::name`.
#[macro_export]
macro_rules! for_each_scenario {
    ($callback:ident) => {
        $callback! {
            http::get_to_memory
            http::every_method
            http::every_kind_of_body
            http::error_status_with_body
            http::empty_bodies
            http::redirects
            http::redirect_loop
            http::request_headers
            http::response_headers
            http::reason_phrase
            http::body_without_length
            http::compressed_body
            http::large_body
            http::progress
            http::timeout
            http::connection_refused
            http::reset_in_mid_body
            http::authentication
            http::literals
            http::text
            http::templates
            cache::no_store
            cache::reload
            cache::force_cache
            cache::only_if_cached
            cache::cache_key
            cache::error_status_is_not_stored
            cache::only_a_200_is_stored
            cache::a_range_without_the_cache
            cache::a_download_is_kept_under_its_absolute_url
            cache::a_record_comes_before_a_download
            cache::true_status_of_what_is_stored
            cache::no_reason_phrase_after_a_miss
            cache::store_load_delete
            cache::replace_a_record
            cache::empty_record
            cache::keys_are_data
            cache::templates_find_what_they_stored
            cache::stored_in_order
            cache::status_text_of_an_empty_body
            cache::an_aborted_store_tells_the_truth
            lifecycle::never_before_start_returns
            lifecycle::abort_in_flight
            lifecycle::abort_in_progress
            lifecycle::abort_while_the_cache_is_asked
            lifecycle::abort_another
            lifecycle::abort_after_the_end
            lifecycle::dropped_handle_runs_on
            lifecycle::contexts_are_dropped_once
            lifecycle::request_bodies_are_dropped_once
            lifecycle::handlers_start_the_next
            lifecycle::a_thousand_at_once
            lifecycle::handlers_have_progress
            controller::many_at_once
            controller::before_the_start
            controller::inside_a_handler_of_its_own
            from_c::c_code_uses_the_trampolines
            from_c::c_code_uses_the_symbols
            from_c::c_code_closes_in_flight
            from_c::handles_are_recycled
            invalid::methods
            invalid::urls
            invalid::values_in_templates
            invalid::keys
            invalid::headers
            invalid::a_range_of_what_is_cached
            invalid::other_options
            invalid::the_first_error_counts
        }
    };
}
