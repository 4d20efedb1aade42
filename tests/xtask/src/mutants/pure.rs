//! A small crate of those parts of fetch-runtime that use nothing else of it. Its unit tests are
//! built in a second.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{Copy, SOURCE, copy_file};
use crate::project;

/// In fetch-runtime/src; a folder with all that is in it.
const PARTS: &[&str] = &[
    "request/validate/",
    "sys/abi.rs",
    "sys/forbidden_headers.rs",
    "sys/native/machine/",
    "sys/null_body_status.rs",
    "sys/token.rs",
];

/// Its root, with the paths that the parts have in fetch-runtime.
const ROOT: &str = "\
#![allow(warnings)]
mod request {
    mod validate;
}
mod sys {
    pub(crate) mod abi;
    pub(crate) mod forbidden_headers;
    pub(crate) mod null_body_status;
    pub(crate) mod token;
    pub(crate) mod native {
        mod machine;
    }
    pub(crate) use abi::*;
    pub(crate) type Lookup = unsafe extern \"C\" fn(*mut core::ffi::c_void, f64) -> usize;
}
";

const MANIFEST: &str = "\
[package]
name = 'fetch-runtime'
version = '0.1.0'
edition = '2024'

[features]
script = []

[dependencies]
libc = '0.2'
";

/// Makes the crate, in a workspace of its own, where the paths are those of the project.
pub(super) fn copy() -> Result<Copy> {
    let copy = Copy(project::target_dir().join("mutations-of-parts"));
    if copy.0.exists() {
        fs::remove_dir_all(&copy.0)?;
    }
    let source = copy.0.join(SOURCE);
    fs::create_dir_all(&source)?;
    let workspace = "[workspace]\nresolver = '3'\nmembers = ['fetch-runtime']\n";
    fs::write(copy.0.join("Cargo.toml"), workspace)?;
    // The same libc.
    copy_file(&project::root().join("Cargo.lock"), &copy.0.join("Cargo.lock"))?;
    fs::write(copy.0.join("fetch-runtime/Cargo.toml"), MANIFEST)?;
    fs::write(source.join("lib.rs"), ROOT)?;
    for file in project::files()? {
        if file.strip_prefix(SOURCE).is_ok_and(is_part) {
            let to = copy.0.join(&file);
            fs::create_dir_all(to.parent().context("a file is in a folder")?)?;
            copy_file(&project::root().join(&file), &to)?;
        }
    }
    Ok(copy)
}

fn is_part(file: &Path) -> bool {
    PARTS.iter().any(|part| {
        if part.ends_with('/') { file.starts_with(part) } else { file == Path::new(part) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_files_are_parts() {
        let parts = ["request/validate/url.rs", "sys/native/machine/tests/mod.rs", "sys/abi.rs"];
        assert!(parts.iter().all(|file| is_part(file.as_ref())));
        let others = ["request/mod.rs", "sys/native/machine.rs", "sys/abi_of.rs", "lib.rs"];
        assert!(!others.iter().any(|file| is_part(file.as_ref())));
    }
}
