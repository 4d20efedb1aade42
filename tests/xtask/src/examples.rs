//! The template, the examples and the game, natively.

use std::fs;

use anyhow::Result;
use tempfile::TempDir;

use crate::command::{cargo, run};
use crate::project;

/// Runs the template and the examples. What they have in common with other programs of the gate is
/// in the one target folder, and is built once.
pub(crate) fn natively() -> Result<()> {
    let template = "run --locked --manifest-path template/Cargo.toml --target-dir";
    run(cargo(template).arg(project::target_dir()))?;
    run(&mut cargo("run --locked --example get"))?;
    run(&mut cargo("run --locked --example quickstart"))?;
    run(&mut cargo("run --locked --example save_game"))?;
    run(&mut cargo("run --locked --example grpc"))?;
    run(&mut cargo("run --locked --example oauth"))?;
    run(&mut cargo("run --locked --example asset_loader"))?;
    run(&mut cargo("run --locked --example cache_lab"))?;
    run(&mut cargo("run --locked --example chat"))
}

/// Lints the game, and lets it play by itself without a window. A second time, there are no files:
/// it starts from the cache.
pub(crate) fn game() -> Result<()> {
    let cargo_for_game = |arguments: &str| {
        let mut command = cargo(arguments);
        command.args(["--locked", "--manifest-path", "examples/game/Cargo.toml", "--target-dir"]);
        command.arg(project::target_dir());
        command
    };
    let features = "memory,make-assets";
    let mut lints = cargo_for_game("clippy --all-targets");
    run(lints.args(["--features", features, "--", "-D", "warnings"]))?;
    run(cargo_for_game("test").args(["--features", features]))?;
    let folder = TempDir::new()?;
    let (from, assets) =
        (project::root().join("examples/game/assets"), folder.path().join("assets"));
    for part in ["levels", "sounds", "textures"] {
        fs::create_dir_all(assets.join(part))?;
        for entry in fs::read_dir(from.join(part))? {
            let file = entry?;
            fs::copy(file.path(), assets.join(part).join(file.file_name()))?;
        }
    }
    let play = || {
        let mut game = cargo_for_game("run");
        game.args(["--features", features, "--bin", "starbreak", "--", "--demo", "--assets"]);
        run(game.arg(&assets).arg("--cache").arg(folder.path().join("cache")))
    };
    play()?;
    fs::remove_dir_all(&assets)?;
    play()
}
