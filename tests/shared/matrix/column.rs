//! The columns of the matrix: the actions of a handler, and of a task that awaits the request.

/// Makes the enum, its names, and the macros that call another one with columns, of one list.
macro_rules! columns {
    (
        $dollar:tt
        handler { $($(#[$doc:meta])* $column:ident $name:ident $shown:literal,)* }
        task {
            $(#[$awaited_doc:meta])* $awaited:ident $awaited_name:ident $awaited_shown:literal,
            $(#[$dropped_doc:meta])* $dropped:ident $dropped_name:ident $dropped_shown:literal,
        }
    ) => {
        /// An action of the handler, or of the task in the place of a handler.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Column {
            $($(#[$doc])* $column,)*
            $(#[$awaited_doc])* $awaited,
            $(#[$dropped_doc])* $dropped,
        }

        impl Column {
            /// Those with a handler, with their names in tests and for readers.
            pub const OF_HANDLERS: &[(Self, &'static str, &'static str)] =
                &[$((Self::$column, stringify!($name), $shown)),*];

            /// Those with a task.
            pub const OF_TASKS: &[(Self, &'static str, &'static str)] = &[
                (Self::$awaited, stringify!($awaited_name), $awaited_shown),
                (Self::$dropped, stringify!($dropped_name), $dropped_shown),
            ];
        }

        /// Calls a macro with a row and all columns: `row: name Column …`.
        #[macro_export]
        macro_rules! for_each_column {
            ($dollar callback:ident $dollar row:ident) => {
                $dollar callback! {
                    $dollar row:
                    $($name $column)* $awaited_name $awaited $dropped_name $dropped
                }
            };
        }

        /// As `for_each_column!`, for rows whose thread is blocked: no task can drop a future.
        #[macro_export]
        macro_rules! for_each_column_of_a_blocked_thread {
            ($dollar callback:ident $dollar row:ident) => {
                $dollar callback! { $dollar row: $($name $column)* $awaited_name $awaited }
            };
        }

        /// As `for_each_column!`, for rows of C code, which has no future.
        #[macro_export]
        macro_rules! for_each_column_of_c {
            ($dollar callback:ident $dollar row:ident) => {
                $dollar callback! { $dollar row: $($name $column)* }
            };
        }
    };
}

columns! { $
    handler {
        /// Returns.
        Returns returns "returns",
        /// Panics.
        Panics panics "panics",
        /// Aborts the request whose handler it is.
        AbortsItself aborts_itself "aborts its own request",
        /// Aborts another request, which is in flight.
        AbortsAnother aborts_another "aborts another request",
        /// Starts the same request again.
        StartsAgain starts_again "starts the same request again",
        /// Drops the last owner of its context, with the handle of its request in it.
        DropsTheLastOwner drops_the_last_owner "drops the last owner of its context",
        /// Never returns: its stack stays as it is.
        NeverReturns never_returns "never returns",
    }
    task {
        /// Awaits the request. In the rows of aborts, a controller aborts it.
        Awaited awaited "awaits the request",
        /// Drops the request's future: at the moment of the abort, or at the row's own.
        FutureDropped future_dropped "drops the request's future",
    }
}

impl Column {
    /// All of them, with their names in tests and for readers.
    pub fn all() -> impl Iterator<Item = (Self, &'static str, &'static str)> {
        Self::OF_HANDLERS.iter().chain(Self::OF_TASKS).copied()
    }
}
