//! fetch-runtime's build script, with an Emscripten of the test's own: cargo really runs it.
#![cfg(unix)]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

#[allow(dead_code)]
#[path = "../../fetch-runtime/build/emcc.rs"]
mod emcc;

/// A package that is built by fetch-runtime's build script, beside an emsdk.
struct Probe {
    folder: TempDir,
}

/// The modification times of unpacked files. emsdk and dpkg keep those of the release.
#[derive(Clone, Copy)]
enum Time {
    Now,
    OfTheRelease,
}

impl Probe {
    fn new() -> Self {
        let probe = Self { folder: TempDir::new().unwrap() };
        let crate_ = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fetch-runtime");
        for file in ["build.rs", "build/emcc.rs"] {
            let text = fs::read_to_string(crate_.join(file)).unwrap();
            // cargo itself sets the target's variable, to this machine.
            probe.write(
                &format!("probe/{file}"),
                &text.replace("CARGO_CFG_TARGET_OS", "PROBE_TARGET_OS"),
            );
        }
        for entry in fs::read_dir(crate_.join("src/sys/emscripten")).unwrap() {
            let file = entry.unwrap().path();
            if file.extension() == Some("c".as_ref()) {
                let name = file.file_name().unwrap().to_str().unwrap();
                let text = fs::read_to_string(&file).unwrap();
                probe.write(&format!("probe/src/sys/emscripten/{name}"), &text);
            }
        }
        probe.write(
            "probe/Cargo.toml",
            "[package]\nname = \"probe\"\nedition = \"2024\"\n[workspace]\n",
        );
        probe.write(
            "probe/src/main.rs",
            "fn main() { println!(\"{} {}\", cfg!(emscripten_response_url), \
             cfg!(emscripten_heap_views)) }",
        );
        probe
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Puts another Emscripten into the place of the one that is there; `emcc` is its shell script.
    fn unpack(&self, version: &str, emcc: &str, time: Time) {
        let text = format!("#!/bin/sh\necho \"$1\" >> \"$0.log\"\n{emcc}\n");
        for (name, text) in [("emcc", text.as_str()), ("emscripten-version.txt", version)] {
            let name = format!("emsdk/upstream/emscripten/{name}");
            let path = self.path(&name);
            self.write(&name, text);
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
            if let Time::OfTheRelease = time {
                let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
                File::open(path).unwrap().set_modified(time).unwrap();
            }
        }
    }

    /// As `emsdk install` and `emsdk activate` do it.
    fn switch_emsdk(&self, version: &str) {
        self.unpack(version, "cat \"${0%/*}/emscripten-version.txt\"", Time::OfTheRelease);
        self.write("emsdk/upstream/.emsdk_version", version);
        self.write("emsdk/.emscripten", "");
    }

    /// Builds and runs the program. Returns whether its Emscripten has `responseUrl`, and whether
    /// JS gets views of the heap.
    fn run(&self) -> String {
        let emscripten = self.path("emsdk/upstream/emscripten");
        let path = std::env::var_os("PATH").unwrap();
        let path =
            std::env::join_paths([emscripten].into_iter().chain(std::env::split_paths(&path)))
                .unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["run", "--offline"])
            .current_dir(self.path("probe"))
            .env("PATH", path)
            .env("EMSDK", self.path("emsdk"))
            .env("PROBE_TARGET_OS", "emscripten")
            .env("CARGO_TARGET_DIR", self.path("target"))
            .env_remove("EM_CONFIG")
            .env_remove("FETCH_EMSCRIPTEN_VERSION")
            .env_remove("RUSTC_LINKER")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// How often the compiler was asked for its version.
    fn asked(&self) -> usize {
        fs::read_to_string(self.path("emsdk/upstream/emscripten/emcc.log"))
            .unwrap()
            .lines()
            .filter(|line| *line == "-dumpversion")
            .count()
    }
}

/// `PATH` and `EMSDK` stay as they are, and no file that is unpacked is newer than the last build.
#[test]
fn an_emsdk_that_is_switched_in_place_is_noticed() {
    let probe = Probe::new();
    probe.switch_emsdk("6.0.5");
    assert_eq!(probe.run(), "true false");
    assert_eq!(probe.run(), "true false");
    assert_eq!(probe.asked(), 1, "only a change is a reason to ask again");
    probe.switch_emsdk("3.1.69");
    assert_eq!(probe.run(), "false false");
    probe.switch_emsdk("6.0.2");
    assert_eq!(probe.run(), "true true");
}

/// As with a checkout of git, or with Windows, where emsdk unpacks without the times.
#[test]
fn a_version_file_that_changes_is_noticed() {
    let probe = Probe::new();
    probe.switch_emsdk("4.0.9");
    assert_eq!(probe.run(), "false false");
    probe.unpack("4.0.10-git", "cat \"${0%/*}/emscripten-version.txt\"", Time::Now);
    assert_eq!(probe.run(), "true false");
}

/// A compiler that does not answer is asked each time, until it does.
#[test]
fn a_compiler_that_begins_to_answer_is_noticed() {
    let probe = Probe::new();
    probe.unpack("6.0.5", "exit 1", Time::OfTheRelease);
    assert_eq!(probe.run(), "false false");
    probe.unpack("6.0.5", "echo 6.0.5", Time::OfTheRelease);
    assert_eq!(probe.run(), "true false");
}

/// Debian's `/usr/bin/emcc` is a symbolic link into the folder of the other files.
#[test]
fn the_files_beside_the_real_compiler_are_watched() {
    let folder = TempDir::new().unwrap();
    let [bin, share] = ["bin", "share/emscripten"].map(|name| folder.path().join(name));
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(&share).unwrap();
    for name in ["emcc", "emscripten-version.txt"] {
        fs::write(share.join(name), "").unwrap();
    }
    std::os::unix::fs::symlink("../share/emscripten/emcc", bin.join("emcc")).unwrap();
    let found = emcc::find([folder.path().to_owned(), bin.clone()], &["emcc"]).unwrap();
    assert_eq!(found, bin.join("emcc"));
    let witnesses = emcc::witnesses(&found);
    let share = share.canonicalize().unwrap();
    for path in [bin.join("emcc"), share.join("emcc"), share.join("emscripten-version.txt")] {
        assert!(witnesses.contains(&path), "{} is not in {witnesses:?}", path.display());
    }
    assert!(
        witnesses.iter().all(|path| path.is_file()),
        "one that is not there is a change: {witnesses:?}"
    );
}

/// Emscripten for Windows has `emcc.bat` up to 5, and `emcc.exe` from 6.0.0 on.
#[test]
fn on_windows_the_compiler_has_one_of_two_names() {
    let folder = TempDir::new().unwrap();
    let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
    for (folder, name) in [(&old, "emcc.bat"), (&new, "emcc.exe")] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join(name), "").unwrap();
    }
    let find =
        |folders: &[&PathBuf]| emcc::find(folders.iter().copied().cloned(), emcc::WINDOWS_NAMES);
    assert_eq!(find(&[&new, &old]), Some(new.join("emcc.exe")));
    assert_eq!(find(&[&old, &new]), Some(old.join("emcc.bat")), "the first folder of PATH wins");
    fs::write(old.join("emcc.exe"), "").unwrap();
    assert_eq!(find(&[&old, &new]), Some(old.join("emcc.exe")));
    assert_eq!(find(&[]), None);
}
