//! Manifests: the files that a program needs.

use std::collections::BTreeMap;

mod error;
mod load;
mod progress;
mod running;

pub use error::{FailedFile, ManifestError};
pub use load::ManifestLoad;
pub use progress::ManifestProgress;

use crate::{CacheMode, Request, StartError, encode_component};

/// The files that a program needs: the name, the size and the integrity of each.
///
/// [`load`](Self::load) brings those that are missing into the cache.
/// [`request`](Self::request) makes the request for one of them. A file whose integrity has changed
/// is loaded again, as its stored body no longer matches.
///
/// With the feature `json`, it implements `Deserialize`. In JSON, it is a map of names:
///
/// ```
/// # #[cfg(feature = "json")] {
/// use fetch_runtime::Manifest;
///
/// let manifest: Manifest = serde_json::from_str(r#"{
///     "level/1.pak": {
///         "size": 3,
///         "integrity": "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
///     }
/// }"#).unwrap();
/// let level = manifest.request("level/1.pak").unwrap();
/// assert_eq!(level.view().url(), "level/1.pak");
/// # }
/// ```
///
/// The guide [*Integrity*](crate::guide::integrity) shows how to make one. It needs the feature
/// `integrity`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    base: String,
    files: BTreeMap<String, File>,
}

/// The size from which on the download of a file is resumed.
const RESUMED: u64 = 1 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Deserialize))]
struct File {
    size: u64,
    integrity: String,
}

/// Of several files of one name, the last one counts.
#[cfg(feature = "json")]
impl<'de> serde::Deserialize<'de> for Manifest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let files = BTreeMap::deserialize(deserializer)?;
        Ok(Self { base: String::new(), files })
    }
}

impl Manifest {
    /// A manifest without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file, in place of one of the same name. The name is a relative path: segments between
    /// slashes, none of which is empty, `.` or `..`. `size` is in bytes. `integrity` is as
    /// [`Request::integrity`] takes it. A file whose name or integrity is invalid cannot be loaded.
    ///
    /// ```
    /// let manifest = fetch_runtime::Manifest::new()
    ///     .file("a b.txt", 3, "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    ///     .base("https://cdn.example.com/");
    /// assert_eq!(manifest.size(), 3);
    /// let request = manifest.request("a b.txt").unwrap();
    /// assert_eq!(request.view().url(), "https://cdn.example.com/a%20b.txt");
    /// ```
    #[must_use]
    pub fn file(
        mut self,
        name: impl Into<String>,
        size: u64,
        integrity: impl Into<String>,
    ) -> Self {
        self.files.insert(name.into(), File { size, integrity: integrity.into() });
        self
    }

    /// Sets the URL that comes before each name, as it is: `https://cdn.example.com/game/`, for
    /// example. Without it, the names are relative URLs.
    #[must_use]
    pub fn base(mut self, url: impl Into<String>) -> Self {
        self.base = url.into();
        self
    }

    /// The names of the files, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The size of all files, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.files.values().fold(0, |sum, file| sum.saturating_add(file.size))
    }

    /// The request for a file: with its integrity, and [`CacheMode::ForceCache`]. In its URL, each
    /// segment of the name is percent-encoded. `None` if there is no such file.
    #[must_use]
    pub fn request(&self, name: &str) -> Option<Request> {
        let file = self.files.get(name)?;
        Some(self.configured(name, file, |request| request))
    }

    /// The request for a file, whose other options come first.
    fn configured(
        &self,
        name: &str,
        file: &File,
        options: impl FnOnce(Request) -> Request,
    ) -> Request {
        let mut url = self.base.clone();
        for (index, segment) in name.split('/').enumerate() {
            url.extend([if index > 0 { "/" } else { "" }, &encode_component(segment)]);
        }
        let mut request = Request::get(url);
        if file.size >= RESUMED {
            request = request.resume_if_allowed();
        }
        request = options(request);
        if name.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            let reason = "a name in a manifest has no segment that is empty, `.` or `..`";
            let url = name.to_owned();
            request.parts.record_error(StartError::InvalidUrl { url, reason });
        }
        request.cache(CacheMode::ForceCache).integrity(&file.integrity)
    }
}
