//! Emscripten's compiler, and the files that change with its version.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The names of the compiler, in the order of the search. On Windows, Emscripten 6.0.0 replaced
/// `emcc.bat` by `emcc.exe`.
pub(crate) const NAMES: &[&str] = if cfg!(windows) { WINDOWS_NAMES } else { &["emcc"] };

/// [`NAMES`] on Windows.
pub(crate) const WINDOWS_NAMES: &[&str] = &["emcc.exe", "emcc.bat"];

/// The environment variables that select the compiler.
pub(crate) const VARIABLES: &[&str] =
    &["PATH", "EMSDK", "EM_CONFIG", "CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_LINKER"];

/// The compiler that will link the program: the linker of cargo's configuration if that is an emcc,
/// else the first emcc on `PATH`, else that of `EMSDK`.
pub(crate) fn find_in_environment() -> Option<PathBuf> {
    let linker = env::var_os("RUSTC_LINKER").map(PathBuf::from);
    if let Some(linker) =
        linker.filter(|linker| linker.is_file() && linker.file_stem() == Some("emcc".as_ref()))
    {
        return Some(linker);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let emsdk = env::var_os("EMSDK").map(|emsdk| Path::new(&emsdk).join("upstream/emscripten"));
    find(env::split_paths(&path).chain(emsdk), NAMES)
}

/// The first of `names` in the first of `folders` that contains one.
pub(crate) fn find(folders: impl IntoIterator<Item = PathBuf>, names: &[&str]) -> Option<PathBuf> {
    folders
        .into_iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|program| program.is_file())
}

/// The version that `emcc -dumpversion` prints.
pub(crate) fn version(emcc: &Path) -> Option<String> {
    let output = Command::new(emcc).arg("-dumpversion").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The files whose modification time changes when another version replaces this one.
///
/// cargo compares modification times only. Neither dpkg nor tar, with which emsdk unpacks, sets a
/// file's time to that of unpacking, so a new `emscripten-version.txt` may be older than the last
/// build. So the list also has the files that emsdk and dpkg write themselves.
pub(crate) fn witnesses(emcc: &Path) -> Vec<PathBuf> {
    let real = emcc.canonicalize().unwrap_or_else(|_| emcc.to_owned());
    let mut all = vec![emcc.to_owned(), real.clone()];
    if let Some(root) = real.parent() {
        all.push(root.join("emscripten-version.txt"));
        all.push(root.join("emcc.py"));
        // The version that `emsdk install` unpacked in this folder.
        all.push(root.with_file_name(".emsdk_version"));
    }
    // The version that `emsdk activate` selected.
    all.extend(env::var_os("EM_CONFIG").map(PathBuf::from));
    all.extend(env::var_os("EMSDK").map(|emsdk| Path::new(&emsdk).join(".emscripten")));
    all.push("/var/lib/dpkg/info/emscripten.list".into());
    // cargo treats a missing file as changed.
    all.retain(|path| path.is_file());
    all.dedup();
    all
}

/// The numbers of `4.0.10`, or of `4.0.10-git`.
pub(crate) fn parse(version: &str) -> Option<[u32; 3]> {
    let mut numbers = version.split(['.', '-']).map(|number| number.parse().ok());
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}

/// The program `name` of the same Emscripten as `emcc`.
pub(crate) fn beside(emcc: &Path, name: &str) -> PathBuf {
    let extension = emcc.extension().unwrap_or_default();
    emcc.with_file_name(name).with_extension(extension)
}
