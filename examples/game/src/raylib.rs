//! The functions of raylib that the game uses, made safe.
//!
//! raylib has one window and one audio device, which its functions use without being told.
//! [`Window`] stands for them: while there is one, they are open. The program opens one, once, and
//! keeps it on its thread.
#![expect(unsafe_code, reason = "raylib is C")]

use std::ffi::CString;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

use raylib_sys as ffi;
pub(crate) use raylib_sys::{Color, Rectangle, Vector2};

/// The window and the sound.
pub(crate) struct Window {
    has_sound: bool,
    _stays: PhantomData<*const ()>,
}

/// A picture that can be drawn.
pub(crate) struct Texture(ffi::Texture2D);

/// A sound that can be played, unless the machine cannot play any.
pub(crate) struct Sound(Option<ffi::Sound>);

/// What is drawn between two frames.
pub(crate) struct Canvas<'a>(&'a Window);

impl Window {
    /// Opens the window.
    ///
    /// # Panics
    /// If it was called before.
    pub(crate) fn open(width: i32, height: i32, title: &str) -> Self {
        static IS_OPEN: AtomicBool = AtomicBool::new(false);
        assert!(!IS_OPEN.swap(true, Ordering::Relaxed), "there is one window");
        let title = CString::new(title).unwrap_or_default();
        let quiet = ffi::TraceLogLevel::LOG_WARNING as i32;
        // SAFETY: it sets a number.
        unsafe { ffi::SetTraceLogLevel(quiet) };
        // SAFETY: raylib copies the title or keeps it for as long as the window; it is leaked.
        unsafe { ffi::InitWindow(width, height, title.into_raw()) };
        let has_sound = !cfg!(feature = "memory") && {
            // SAFETY: it has not been called before: see above.
            unsafe { ffi::InitAudioDevice() };
            // SAFETY: it reads a flag.
            unsafe { ffi::IsAudioDeviceReady() }
        };
        Self { has_sound, _stays: PhantomData }
    }

    /// Whether the player has closed it. A page is closed by the browser.
    pub(crate) fn is_closed(&self) -> bool {
        // On the web, the function would wait for the next frame.
        // SAFETY: the window is open: `self` is the proof.
        cfg!(not(target_os = "emscripten")) && unsafe { ffi::WindowShouldClose() }
    }

    /// The seconds since the last frame.
    pub(crate) fn frame_time(&self) -> f32 {
        // SAFETY: the window is open: `self` is the proof.
        unsafe { ffi::GetFrameTime() }
    }

    pub(crate) fn is_down(&self, key: ffi::KeyboardKey) -> bool {
        // SAFETY: the window is open, and the enum has no other keys than raylib's.
        unsafe { ffi::IsKeyDown(key as i32) }
    }

    /// Whether the player has just pressed the space bar, the mouse's button, or the screen.
    pub(crate) fn is_fired(&self) -> bool {
        // SAFETY: the window is open, and this is one of raylib's keys.
        let key = unsafe { ffi::IsKeyPressed(ffi::KeyboardKey::KEY_SPACE as i32) };
        // SAFETY: the window is open, and this is one of raylib's buttons.
        key || unsafe { ffi::IsMouseButtonPressed(ffi::MouseButton::MOUSE_BUTTON_LEFT as i32) }
    }

    /// Where the pointer is, if it has moved since the last frame.
    pub(crate) fn pointer(&self) -> Option<f32> {
        // SAFETY: the window is open: `self` is the proof.
        let moved = unsafe { ffi::GetMouseDelta() };
        // SAFETY: as above.
        let position = unsafe { ffi::GetMousePosition() };
        (moved.x != 0.0).then_some(position.x)
    }

    /// Decodes a PNG. `None` if it is none.
    pub(crate) fn texture(&self, png: &[u8]) -> Option<Texture> {
        let length = i32::try_from(png.len()).ok()?;
        // SAFETY: it reads `length` bytes, which are there, and keeps nothing of them.
        let image = unsafe { ffi::LoadImageFromMemory(c".png".as_ptr(), png.as_ptr(), length) };
        if image.data.is_null() {
            return None;
        }
        // SAFETY: the window is open, and the image was just loaded.
        let texture = unsafe { ffi::LoadTextureFromImage(image) };
        // SAFETY: the image is not used again.
        unsafe { ffi::UnloadImage(image) };
        (texture.id != 0).then_some(Texture(texture))
    }

    /// Decodes a WAV. `None` if it is none.
    pub(crate) fn sound(&self, wav: &[u8]) -> Option<Sound> {
        let length = i32::try_from(wav.len()).ok()?;
        // SAFETY: it reads `length` bytes, which are there, and keeps nothing of them.
        let wave = unsafe { ffi::LoadWaveFromMemory(c".wav".as_ptr(), wav.as_ptr(), length) };
        // SAFETY: it reads the struct.
        if !unsafe { ffi::IsWaveValid(wave) } {
            return None;
        }
        // SAFETY: the device is ready, and the wave was just loaded.
        let sound = self.has_sound.then(|| unsafe { ffi::LoadSoundFromWave(wave) });
        // SAFETY: the wave is not used again; the sound has its own samples.
        unsafe { ffi::UnloadWave(wave) };
        Some(Sound(sound))
    }

    pub(crate) fn play(&self, sound: &Sound) {
        if let Some(sound) = sound.0 {
            // SAFETY: it was loaded for this device, which `self` keeps open, and is not unloaded.
            unsafe { ffi::PlaySound(sound) };
        }
    }

    /// Draws a frame.
    pub(crate) fn draw(&self, frame: impl FnOnce(&Canvas<'_>)) {
        // SAFETY: the window is open: `self` is the proof.
        unsafe { ffi::BeginDrawing() };
        frame(&Canvas(self));
        // SAFETY: as above, and `BeginDrawing` was called.
        unsafe { ffi::EndDrawing() };
    }
}

// A page keeps its last picture, and the browser closes the rest: it starts the sound at the first
// click, and a device that is closed before rejects a promise of raylib's, without a handler.
#[cfg(not(target_os = "emscripten"))]
impl Drop for Window {
    fn drop(&mut self) {
        if self.has_sound {
            // SAFETY: the device is ready, and is closed once.
            unsafe { ffi::CloseAudioDevice() };
        }
        // SAFETY: the window is open, and is closed once.
        unsafe { ffi::CloseWindow() };
    }
}

impl Canvas<'_> {
    pub(crate) fn texture(&self, texture: &Texture, x: f32, y: f32, tint: Color) {
        let _open = self.0;
        // SAFETY: a frame is being drawn, and the texture was loaded in this window.
        unsafe { ffi::DrawTextureV(texture.0, Vector2 { x, y }, tint) };
    }

    pub(crate) fn rectangle(&self, x: f32, y: f32, size: (f32, f32), colour: Color) {
        let rectangle = Rectangle { x, y, width: size.0, height: size.1 };
        // SAFETY: a frame is being drawn: `self` is the proof.
        unsafe { ffi::DrawRectangleRec(rectangle, colour) };
    }

    /// Writes a text, from `x` to the right.
    pub(crate) fn text(&self, text: &str, x: i32, y: i32, size: i32, colour: Color) {
        let text = CString::new(text).unwrap_or_default();
        // SAFETY: a frame is being drawn, and the text ends with NUL.
        unsafe { ffi::DrawText(text.as_ptr(), x, y, size, colour) };
    }

    /// Writes a text in the middle of a line that has its middle at `x`.
    pub(crate) fn centred(&self, text: &str, x: i32, y: i32, size: i32, colour: Color) {
        let line = CString::new(text).unwrap_or_default();
        // SAFETY: the window has loaded raylib's own font, and the text ends with NUL.
        let width = unsafe { ffi::MeasureText(line.as_ptr(), size) };
        self.text(text, x - width / 2, y, size, colour);
    }
}
