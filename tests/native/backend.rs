//! What only the native backend has: its settings, its files, its threads.
