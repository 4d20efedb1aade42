//! The files of the game: loads them, and makes textures, sounds and levels of them.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use fetch_runtime::{CacheStatus, Manifest, ManifestProgress};

use crate::files::FILES;
use crate::level::Level;
use crate::raylib::{Sound, Texture, Window};

/// The bodies of all files.
pub(crate) struct Files {
    bodies: HashMap<&'static str, Vec<u8>>,
    /// How many of them the cache had when they were asked for.
    pub(crate) hits: usize,
}

/// What the files hold.
pub(crate) struct Assets {
    pub(crate) background: Texture,
    pub(crate) ball: Texture,
    pub(crate) brick: Texture,
    pub(crate) paddle: Texture,
    pub(crate) bounce: Sound,
    pub(crate) shatter: Sound,
    pub(crate) lose: Sound,
    pub(crate) win: Sound,
    pub(crate) levels: Vec<Level>,
}

/// The files that the program was built for. An older version of one, in the cache or on the
/// server, has another digest.
fn manifest(base: &str) -> Manifest {
    let add = |manifest: Manifest, &(name, size, integrity): &(&str, u64, &str)| {
        manifest.file(name, size, integrity)
    };
    FILES.iter().fold(Manifest::new(), add).base(base)
}

/// Loads those that are missing into the cache, and then reads all of them. `base` comes before
/// each name.
pub(crate) async fn load(
    base: &str,
    progress: Rc<Cell<ManifestProgress>>,
) -> Result<Files, String> {
    let manifest = manifest(base);
    let loaded = manifest
        .load()
        .limit(4)
        .retries(2)
        .with_options(|request| request.timeout(Duration::from_secs(30)))
        .on_progress(move |now| progress.set(now))
        .await;
    if let Err(error) = loaded {
        // The cache may be full, or denied: then each file comes from the network below.
        eprintln!("{error}");
    }
    let mut files = Files { bodies: HashMap::new(), hits: 0 };
    for &(name, ..) in FILES {
        let request = manifest.request(name).ok_or("it is in the manifest")?;
        let response = request.await.map_err(|error| error.to_string())?;
        let response = response.into_result().map_err(|error| format!("{name}: {error}"))?;
        files.hits += usize::from(response.cache_status() == CacheStatus::Hit);
        files.bodies.insert(name, response.into_body().into());
    }
    Ok(files)
}

impl Assets {
    pub(crate) fn new(window: &Window, files: &Files) -> Result<Self, String> {
        let body = |name: &str| files.bodies.get(name).ok_or(format!("{name} is missing"));
        let texture = |name: &str| window.texture(body(name)?).ok_or(format!("{name} is no PNG"));
        let sound = |name: &str| window.sound(body(name)?).ok_or(format!("{name} is no WAV"));
        let level = |&(name, ..): &(&'static str, u64, &str)| {
            let text = String::from_utf8_lossy(files.bodies.get(name)?);
            let is_level = name.starts_with("levels/");
            is_level.then(|| Level::parse(&text).map_err(|error| format!("{name}: {error}")))
        };
        Ok(Self {
            background: texture("textures/background.png")?,
            ball: texture("textures/ball.png")?,
            brick: texture("textures/brick.png")?,
            paddle: texture("textures/paddle.png")?,
            bounce: sound("sounds/bounce.wav")?,
            shatter: sound("sounds/shatter.wav")?,
            lose: sound("sounds/lose.wav")?,
            win: sound("sounds/win.wav")?,
            levels: FILES.iter().filter_map(level).collect::<Result<_, _>>()?,
        })
    }
}
