//! The rules of the game: the ball, the paddle and the bricks. It draws nothing.

use crate::level::{COLUMNS, Level};

pub(crate) const WIDTH: f32 = 640.0;
pub(crate) const HEIGHT: f32 = 400.0;
pub(crate) const BRICK: (f32, f32) = (48.0, 18.0);
pub(crate) const PADDLE: (f32, f32) = (96.0, 14.0);
pub(crate) const PADDLE_Y: f32 = HEIGHT - 32.0;
pub(crate) const RADIUS: f32 = 7.0;
const TOP: f32 = 56.0;
const LEFT: f32 = (WIDTH - BRICK.0 * COLUMNS as f32) / 2.0;
const SPEED: f32 = 300.0;
/// How far to the side a ball goes that the end of the paddle hits, against how far up.
const TO_SIDE: f32 = 1.1;
const LIVES: u32 = 3;
/// The longest step, in seconds: a page that was hidden does not lose its ball.
const LONGEST: f32 = 1.0 / 30.0;
const SPARKS: usize = 10;

pub(crate) struct Brick {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) colour: u8,
}

/// A piece of a broken brick.
pub(crate) struct Spark {
    pub(crate) x: f32,
    pub(crate) y: f32,
    speed: (f32, f32),
    pub(crate) colour: u8,
    /// From 1 to 0.
    pub(crate) life: f32,
}

/// What happened in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Bounced,
    Broke,
    Lost,
    Cleared,
    Over,
}

/// What the player does.
#[derive(Clone, Copy, Default)]
pub(crate) struct Input {
    /// The new centre of the paddle.
    pub(crate) paddle: f32,
    pub(crate) launch: bool,
}

pub(crate) struct World {
    pub(crate) name: String,
    pub(crate) bricks: Vec<Brick>,
    pub(crate) sparks: Vec<Spark>,
    /// The centre of the paddle.
    pub(crate) paddle: f32,
    pub(crate) ball: (f32, f32),
    speed: (f32, f32),
    is_held: bool,
    pub(crate) score: u32,
    pub(crate) lives: u32,
    random: u32,
}

impl World {
    pub(crate) fn new(level: &Level, score: u32) -> Self {
        let mut bricks = Vec::new();
        for (row, y) in level.rows.iter().zip((0u8..).map(|row| TOP + f32::from(row) * BRICK.1)) {
            for (brick, x) in row.iter().zip((0u8..).map(|at| LEFT + f32::from(at) * BRICK.0)) {
                bricks.extend(brick.map(|colour| Brick { x, y, colour }));
            }
        }
        let mut world = Self {
            name: level.name.clone(),
            bricks,
            sparks: Vec::new(),
            paddle: WIDTH / 2.0,
            ball: (0.0, 0.0),
            speed: (0.0, 0.0),
            is_held: true,
            score,
            lives: LIVES,
            random: 0x2545_F491,
        };
        world.hold();
        world
    }

    /// Puts the ball onto the paddle.
    fn hold(&mut self) {
        self.is_held = true;
        self.ball = (self.paddle, PADDLE_Y - RADIUS);
    }

    /// Moves all on by this many seconds.
    pub(crate) fn step(&mut self, seconds: f32, input: Input) -> Option<Event> {
        let seconds = seconds.min(LONGEST);
        self.paddle = input.paddle.clamp(PADDLE.0 / 2.0, WIDTH - PADDLE.0 / 2.0);
        for spark in &mut self.sparks {
            spark.x += spark.speed.0 * seconds;
            spark.y += spark.speed.1 * seconds;
            spark.speed.1 += 400.0 * seconds;
            spark.life -= 1.6 * seconds;
        }
        self.sparks.retain(|spark| spark.life > 0.0);
        if self.is_held {
            self.hold();
            if !input.launch {
                return None;
            }
            self.is_held = false;
            self.speed = (SPEED * 0.5, -SPEED);
            return Some(Event::Bounced);
        }
        self.ball.0 += self.speed.0 * seconds;
        self.ball.1 += self.speed.1 * seconds;
        self.walls().or_else(|| self.paddle()).or_else(|| self.bricks())
    }

    fn walls(&mut self) -> Option<Event> {
        if self.ball.1 > HEIGHT + RADIUS {
            self.lives -= 1;
            self.hold();
            return Some(if self.lives == 0 { Event::Over } else { Event::Lost });
        }
        let (x, y) = self.ball;
        let (dx, dy) = self.speed;
        if x < RADIUS && dx < 0.0 || x > WIDTH - RADIUS && dx > 0.0 {
            self.speed.0 = -dx;
        } else if y < RADIUS && dy < 0.0 {
            self.speed.1 = -dy;
        } else {
            return None;
        }
        Some(Event::Bounced)
    }

    /// The farther from the centre the ball hits, the farther to the side it goes.
    fn paddle(&mut self) -> Option<Event> {
        let (x, y) = self.ball;
        let from_centre = (x - self.paddle) / (PADDLE.0 / 2.0 + RADIUS);
        let is_hit = (PADDLE_Y - RADIUS..PADDLE_Y + PADDLE.1).contains(&y);
        if !is_hit || from_centre.abs() > 1.0 || self.speed.1 < 0.0 {
            return None;
        }
        self.speed = (SPEED * TO_SIDE * from_centre, -SPEED);
        Some(Event::Bounced)
    }

    /// Where the paddle has to be for the ball to go to the lowest brick.
    pub(crate) fn aim(&self) -> f32 {
        let lowest = self.bricks.iter().max_by(|a, b| a.y.total_cmp(&b.y));
        let slope = lowest
            .map_or(0.0, |brick| (brick.x + BRICK.0 / 2.0 - self.ball.0) / (PADDLE_Y - brick.y));
        self.ball.0 - (slope / TO_SIDE).clamp(-0.9, 0.9) * (PADDLE.0 / 2.0 + RADIUS)
    }

    fn bricks(&mut self) -> Option<Event> {
        let (x, y) = self.ball;
        let is_hit = |brick: &Brick| {
            (brick.x - RADIUS..brick.x + BRICK.0 + RADIUS).contains(&x)
                && (brick.y - RADIUS..brick.y + BRICK.1 + RADIUS).contains(&y)
        };
        let at = self.bricks.iter().position(is_hit)?;
        let brick = self.bricks.swap_remove(at);
        // It came from the side that it is nearer to.
        let (to_side, to_end) = (x - brick.x - BRICK.0 / 2.0, y - brick.y - BRICK.1 / 2.0);
        if to_side.abs() / BRICK.0 > to_end.abs() / BRICK.1 {
            self.speed.0 = self.speed.0.abs().copysign(to_side);
        } else {
            self.speed.1 = self.speed.1.abs().copysign(to_end);
        }
        self.score += 10 * (u32::from(brick.colour) + 1);
        self.shatter(&brick);
        Some(if self.bricks.is_empty() { Event::Cleared } else { Event::Broke })
    }

    fn shatter(&mut self, brick: &Brick) {
        for _ in 0..SPARKS {
            let (right, down, life) = (self.random(), self.random(), self.random());
            self.sparks.push(Spark {
                x: brick.x + right * BRICK.0,
                y: brick.y + down * BRICK.1,
                speed: ((right - 0.5) * 240.0, (down - 0.8) * 200.0),
                colour: brick.colour,
                life: 0.6 + 0.4 * life,
            });
        }
    }

    /// A number from 0 to 1: each game has the same ones.
    fn random(&mut self) -> f32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        f32::from((self.random >> 16) as u16) / f32::from(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: f32 = 1.0 / 60.0;

    fn world(text: &str) -> World {
        World::new(&Level::parse(text).unwrap(), 0)
    }

    /// Plays until something other than a bounce happens, with the paddle where it is told.
    fn play(world: &mut World, paddle: impl Fn(&World) -> f32) -> Event {
        for _ in 0..60 * 60 {
            let input = Input { paddle: paddle(world), launch: true };
            if let Some(event) = world.step(STEP, input).filter(|event| *event != Event::Bounced) {
                return event;
            }
        }
        panic!("nothing happens for a minute");
    }

    #[test]
    fn the_last_brick_ends_the_level() {
        let mut world = world("One\n11..........\n");
        assert_eq!(play(&mut world, World::aim), Event::Broke);
        assert_eq!((world.score, world.sparks.len()), (10, SPARKS));
        assert_eq!(play(&mut world, World::aim), Event::Cleared);
        assert_eq!((world.score, world.lives), (20, LIVES));
    }

    #[test]
    fn a_ball_that_falls_costs_a_life() {
        let mut world = world("One\n1...........\n");
        let away = |world: &World| if world.ball.0 < WIDTH / 2.0 { WIDTH } else { 0.0 };
        for _ in 1..LIVES {
            assert_eq!(play(&mut world, away), Event::Lost);
        }
        assert_eq!((play(&mut world, away), world.lives), (Event::Over, 0));
    }

    #[test]
    fn the_paddle_stays_inside() {
        let mut world = world("One\n1...........\n");
        world.step(STEP, Input { paddle: -50.0, launch: false });
        assert_eq!(world.paddle, PADDLE.0 / 2.0);
        assert!(world.ball.0 == world.paddle, "the ball lies on it");
    }
}
