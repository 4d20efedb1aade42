//! The columns of the matrix: the actions of a handler.

/// Makes the enum, its names, and `for_each_column!` of one list.
macro_rules! columns {
    ($dollar:tt $($(#[$doc:meta])* $column:ident $name:ident $shown:literal,)*) => {
        /// An action of the handler.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Column {
            $($(#[$doc])* $column,)*
        }

        impl Column {
            /// All of them, with their names in tests and for readers.
            pub const ALL: &[(Self, &'static str, &'static str)] =
                &[$((Self::$column, stringify!($name), $shown)),*];
        }

        /// Calls a macro with a row and all columns: `row: name Column …`.
        #[macro_export]
        macro_rules! for_each_column {
            ($dollar callback:ident $dollar row:ident) => {
                $dollar callback! { $dollar row: $($name $column)* }
            };
        }
    };
}

columns! { $
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
