//! The screens of the game.

use fetch_runtime::ManifestProgress;

use crate::assets::Assets;
use crate::raylib::{Canvas, Color};
use crate::world::{BRICK, HEIGHT, PADDLE, PADDLE_Y, RADIUS, WIDTH, World};

const WHITE: Color = colour(255, 255, 255);
const NIGHT: Color = colour(11, 14, 29);
const DIM: Color = colour(120, 132, 170);
const GOLD: Color = colour(255, 209, 102);
const RED: Color = colour(239, 83, 101);
const BRICKS: [Color; 6] = [
    colour(96, 132, 255),
    colour(76, 201, 240),
    colour(82, 214, 140),
    GOLD,
    colour(255, 147, 79),
    RED,
];
const MIDDLE: i32 = WIDTH as i32 / 2;
/// The width and the height of the loading bar.
const BAR: (f32, f32) = (360.0, 14.0);
/// The size of the ball's picture, which has a glow.
const BALL: f32 = 32.0;

const fn colour(r: u8, g: u8, b: u8) -> Color {
    Color { r, g, b, a: 255 }
}

fn title(canvas: &Canvas<'_>) {
    canvas.rectangle(0.0, 0.0, (WIDTH, HEIGHT), NIGHT);
    canvas.centred("STARBREAK", MIDDLE, 120, 50, GOLD);
}

pub(crate) fn loading(canvas: &Canvas<'_>, progress: ManifestProgress) {
    title(canvas);
    let (x, y) = ((WIDTH - BAR.0) / 2.0, 210.0);
    let share = progress.loaded as f32 / progress.total.max(1) as f32;
    canvas.rectangle(x - 3.0, y - 3.0, (BAR.0 + 6.0, BAR.1 + 6.0), DIM);
    canvas.rectangle(x, y, BAR, NIGHT);
    canvas.rectangle(x, y, (BAR.0 * share.min(1.0), BAR.1), GOLD);
    let ManifestProgress { loaded, total, files_loaded, files, .. } = progress;
    let text = format!("{files_loaded} of {files} files, {} of {} kB", loaded / 1000, total / 1000);
    canvas.centred(&text, MIDDLE, 240, 20, DIM);
}

pub(crate) fn failed(canvas: &Canvas<'_>, error: &str) {
    title(canvas);
    canvas.centred("The game could not be loaded.", MIDDLE, 200, 20, RED);
    canvas.centred(error, MIDDLE, 230, 10, DIM);
    canvas.centred("Press the space bar, or touch, to try again.", MIDDLE, 270, 20, WHITE);
}

pub(crate) fn world(canvas: &Canvas<'_>, assets: &Assets, world: &World, best: u32) {
    canvas.texture(&assets.background, 0.0, 0.0, WHITE);
    for brick in &world.bricks {
        canvas.texture(&assets.brick, brick.x, brick.y, BRICKS[usize::from(brick.colour)]);
    }
    for spark in &world.sparks {
        let alpha = (spark.life.clamp(0.0, 1.0) * 255.0) as u8;
        let side = BRICK.1 * 0.3 * spark.life;
        let shade = Color { a: alpha, ..BRICKS[usize::from(spark.colour)] };
        canvas.rectangle(spark.x, spark.y, (side, side), shade);
    }
    canvas.texture(&assets.paddle, world.paddle - PADDLE.0 / 2.0, PADDLE_Y, WHITE);
    let (x, y) = world.ball;
    canvas.texture(&assets.ball, x - BALL / 2.0, y - BALL / 2.0, WHITE);

    canvas.text(&format!("SCORE {}", world.score), 16, 12, 20, WHITE);
    canvas.centred(&world.name, MIDDLE, 12, 20, GOLD);
    canvas.text(&format!("BEST {}", best.max(world.score)), WIDTH as i32 - 140, 12, 20, DIM);
    for life in 0..world.lives {
        let x = 18.0 + 18.0 * life as f32;
        canvas.rectangle(x, HEIGHT - 12.0, (RADIUS * 2.0, 4.0), RED);
    }
}
