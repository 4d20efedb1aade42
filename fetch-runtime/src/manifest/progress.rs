//! The progress over all files of a manifest.

/// How much of a manifest is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManifestProgress {
    /// The bytes of the files that are loaded, and those that have arrived of the others. It
    /// decreases if the load of a file fails.
    pub loaded: u64,
    /// The bytes of all files.
    pub total: u64,
    /// The number of files that are loaded.
    pub files_loaded: usize,
    /// The number of all files.
    pub files: usize,
}
