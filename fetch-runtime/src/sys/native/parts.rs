//! The parts of the backend that are features, and what is said where one is missing.
//!
//! `live/mod.rs` lists the files of each part, and those that stand in for it.

/// Whether URLs can be `https:`.
pub(super) const HTTPS: Result<(), &str> = match cfg!(feature = "native-https") {
    true => Ok(()),
    false => Err("https: needs the feature `native-https` of fetch-runtime"),
};

/// Whether there is a cache on disk.
pub(super) const CACHE: Result<(), &str> = match cfg!(feature = "native-cache") {
    true => Ok(()),
    false => Err("it needs the feature `native-cache` of fetch-runtime"),
};
