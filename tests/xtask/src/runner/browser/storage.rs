//! The data of pages in a browser's folder.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// The folders below this one that are named for an origin of this host: each browser names that of
/// an IndexedDB so.
pub(crate) fn folders(folder: &Path, host: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        // The browser deletes files meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("http") && name.contains(host) {
            found.push(entry.path());
        } else {
            found.extend(folders(&entry.path(), host)?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn each_browser_names_a_folder_for_the_origin() {
        for name in [
            "Default/IndexedDB/http_127.0.0.1_44497.indexeddb.leveldb",
            "profile/storage/default/http+++127.0.0.1+45741",
            "databases/indexeddb/v1/http_127.0.0.1_40729",
        ] {
            let folder = TempDir::new().unwrap();
            assert_eq!(folders(folder.path(), "127.0.0.1").unwrap(), [""; 0].map(PathBuf::from));
            let data = folder.path().join(name);
            fs::create_dir_all(data.join("below")).unwrap();
            assert_eq!(folders(folder.path(), "127.0.0.1").unwrap(), [data]);
        }
    }
}
