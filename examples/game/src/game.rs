//! The game: loads its files, shows how far it is, and then lets the player play.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use fetch_runtime::ManifestProgress;
use raylib_sys::KeyboardKey;

use crate::assets::{Assets, Files, load};
use crate::demo::{self, Demo, check};
use crate::draw;
use crate::files::FILES;
use crate::pending::Pending;
use crate::raylib::{Canvas, Window};
use crate::save::{Save, forget};
use crate::world::{Event, HEIGHT, Input, WIDTH, World};

/// The speed of the paddle, in pixels a second.
const PADDLE_SPEED: f32 = 520.0;

type Loaded = Result<(Files, Save), String>;

enum Screen {
    Loading { progress: Rc<Cell<ManifestProgress>>, task: Pending<Loaded> },
    Failed(String),
    Playing(Box<Playing>),
}

struct Playing {
    assets: Assets,
    save: Save,
    level: usize,
    world: World,
    /// A save that is being written.
    saving: Option<Pending<Result<(), String>>>,
    /// At the end of the demo: the save, read back.
    read: Option<Pending<Option<Save>>>,
}

pub(crate) struct Game {
    window: Window,
    screen: Screen,
    demo: Option<Demo>,
}

impl Game {
    pub(crate) fn new(is_demo: bool) -> Self {
        let base = if is_demo { demo::MISSING } else { "" };
        Self {
            window: Window::open(WIDTH as i32, HEIGHT as i32, "Starbreak"),
            screen: Screen::load(base, is_demo),
            demo: is_demo.then(Demo::default),
        }
    }

    /// Does what is due, and draws a frame.
    pub(crate) fn frame(&mut self) -> ControlFlow<()> {
        if self.window.is_closed() {
            return ControlFlow::Break(());
        }
        if let Some(demo) = &mut self.demo {
            demo.frame();
        }
        let flow = self.update();
        self.window.draw(|canvas| self.screen.draw(canvas));
        flow
    }

    fn update(&mut self) -> ControlFlow<()> {
        let is_fired = self.window.is_fired();
        match &mut self.screen {
            Screen::Loading { task, .. } => {
                if let Some(result) = task.take() {
                    self.screen = self.loaded(result);
                }
            }
            Screen::Failed(error) => {
                if let Some(demo) = &mut self.demo {
                    demo.failed_to_load(error);
                }
                if is_fired || self.demo.is_some() {
                    self.screen = Screen::load("", self.demo.is_some());
                }
            }
            Screen::Playing(playing) => return playing.update(&self.window, self.demo.as_ref()),
        }
        ControlFlow::Continue(())
    }

    fn loaded(&self, result: Loaded) -> Screen {
        let assets = |(files, save): (Files, Save)| {
            if let Some(demo) = &self.demo {
                demo.loaded(FILES.len(), files.hits);
            }
            Ok(Playing::new(Assets::new(&self.window, &files)?, save))
        };
        match result.and_then(assets) {
            Ok(playing) => Screen::Playing(Box::new(playing)),
            Err(error) => Screen::Failed(error),
        }
    }
}

impl Screen {
    /// Starts to load the files, and the save.
    fn load(base: &'static str, is_demo: bool) -> Self {
        let progress = Rc::default();
        let shown = Rc::clone(&progress);
        let task = Pending::start(async move {
            if is_demo {
                forget().await?;
            }
            let save = Save::load().await.unwrap_or_default();
            Ok((load(base, shown).await?, save))
        });
        Self::Loading { progress, task }
    }

    fn draw(&self, canvas: &Canvas<'_>) {
        match self {
            Self::Loading { progress, .. } => draw::loading(canvas, progress.get()),
            Self::Failed(error) => draw::failed(canvas, error),
            Self::Playing(playing) => {
                draw::world(canvas, &playing.assets, &playing.world, playing.save.best);
            }
        }
    }
}

impl Playing {
    fn new(assets: Assets, save: Save) -> Self {
        let level = save.level % assets.levels.len();
        let world = World::new(&assets.levels[level], 0);
        Self { assets, save, level, world, saving: None, read: None }
    }

    fn update(&mut self, window: &Window, demo: Option<&Demo>) -> ControlFlow<()> {
        if let Some(Err(error)) = self.saving.as_ref().and_then(Pending::take) {
            // The game goes on without it.
            eprintln!("the game is not saved: {error}");
        }
        let Some(demo) = demo else {
            let input = self.input(window);
            self.step(window, window.frame_time(), input);
            return ControlFlow::Continue(());
        };
        if demo.is_over(self.level, &self.world) {
            return self.end();
        }
        for _ in 0..demo::STEPS {
            if !demo.is_over(self.level, &self.world) {
                let input = demo.input(&self.world);
                self.step(window, 1.0 / 120.0, input);
            }
        }
        ControlFlow::Continue(())
    }

    /// What the player wants: the keys move the paddle, and the pointer takes it along.
    fn input(&self, window: &Window) -> Input {
        let left = window.is_down(KeyboardKey::KEY_LEFT);
        let right = window.is_down(KeyboardKey::KEY_RIGHT);
        let by = PADDLE_SPEED * window.frame_time() * (f32::from(right) - f32::from(left));
        let paddle = window.pointer().unwrap_or(self.world.paddle + by);
        Input { paddle, launch: window.is_fired() }
    }

    fn step(&mut self, window: &Window, seconds: f32, input: Input) {
        let Some(event) = self.world.step(seconds, input) else { return };
        let assets = &self.assets;
        window.play(match event {
            Event::Bounced => &assets.bounce,
            Event::Broke => &assets.shatter,
            Event::Lost | Event::Over => &assets.lose,
            Event::Cleared => &assets.win,
        });
        let score = match event {
            Event::Bounced | Event::Broke | Event::Lost => return,
            Event::Over => 0,
            Event::Cleared => {
                self.level = (self.level + 1) % assets.levels.len();
                self.world.score
            }
        };
        let best = self.save.best.max(self.world.score);
        self.save = Save { level: self.level, best };
        self.saving = Some(Pending::start(self.save.store()));
        self.world = World::new(&assets.levels[self.level], score);
    }

    /// Reads the save back, and compares.
    fn end(&mut self) -> ControlFlow<()> {
        let read = self.read.get_or_insert_with(|| Pending::start(Save::load()));
        let Some(found) = read.take() else { return ControlFlow::Continue(()) };
        let (name, score) = (&self.world.name, self.world.score);
        check(score > 0, &format!("the level {name:?} is reached, with {score} points"));
        check(found == Some(self.save), &format!("the save was written and read: {found:?}"));
        ControlFlow::Break(())
    }
}
