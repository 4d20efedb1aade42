//! Files to download. Natively a local server serves them; on the web, the server of the page does.

/// The length of the big file: 64 MiB.
pub const BIG: usize = 64 * 1024 * 1024;
/// The length of the small file: 10 kB.
pub const SMALL: usize = 10_000;

/// The server and its directory. Dropping it stops the server and deletes the directory.
#[derive(Debug)]
pub struct Files {
    #[cfg(not(target_os = "emscripten"))]
    server: fetch_shared::server::Server,
    #[cfg(not(target_os = "emscripten"))]
    folder: tempfile::TempDir,
}

/// The byte at index `i` of every file.
fn byte(i: usize) -> u8 {
    (i % 251) as u8
}

impl Files {
    /// Whether `bytes` are the contents of the file of this length.
    #[must_use]
    pub fn verify(length: usize, bytes: &[u8]) -> bool {
        bytes.len() == length && bytes.iter().enumerate().all(|(i, &found)| found == byte(i))
    }
}

#[cfg(not(target_os = "emscripten"))]
impl Files {
    /// Writes the files, serves them, and makes the server the base of relative URLs. The cache is
    /// in the same temporary directory, so each run begins with an empty one.
    ///
    /// # Errors
    /// If the files cannot be written, or the server cannot listen.
    pub fn serve() -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let files = folder.path().join("files");
        std::fs::create_dir_all(files.join("files"))?;
        for (name, length) in [("big.bin", BIG), ("small.bin", SMALL)] {
            std::fs::write(
                files.join("files").join(name),
                (0..length).map(byte).collect::<Vec<_>>(),
            )?;
        }
        let server = fetch_shared::server::Server::start(Some(&files))?;
        fetch_runtime::set_base_url(&server.url("/"))?;
        fetch_runtime::native::set_cache_dir(folder.path().join("cache"));
        Ok(Self { server, folder })
    }

    /// How many requests for this path the server has received.
    #[must_use]
    pub fn requests(&self, path: &str) -> Option<usize> {
        debug_assert!(self.folder.path().exists());
        Some(self.server.requests(path))
    }
}

#[cfg(target_os = "emscripten")]
impl Files {
    /// Does nothing: the server of the page has the files.
    ///
    /// # Errors
    /// Never.
    pub fn serve() -> Result<Self, Box<dyn std::error::Error>> {
        Ok(Self {})
    }

    /// `None`: the program cannot ask the server.
    #[must_use]
    pub fn requests(&self, _path: &str) -> Option<usize> {
        None
    }
}
