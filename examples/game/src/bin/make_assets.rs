//! Makes the textures, the sounds and the levels' digests:
//! `cargo run --features make-assets,memory --bin make-assets` in the folder of this package.
#![expect(unsafe_code, reason = "raylib is C")]

use std::ffi::{CStr, CString};
use std::fs;
use std::io;
use std::path::Path;

use raylib_sys as ffi;
use raylib_sys::{Color, Image};

const ASSETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
const RATE: u16 = 22_050;

/// The next of a series of numbers from 0 to 1, which is the same each time.
fn random(state: &mut u32) -> f32 {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    (*state >> 8) as f32 / (1 << 24) as f32
}

/// Makes a PNG: each pixel is what the function says of its place.
fn picture(name: &str, width: i32, height: i32, pixel: impl Fn(f32, f32) -> [f32; 4]) {
    // SAFETY: it allocates a picture.
    let mut image: Image =
        unsafe { ffi::GenImageColor(width, height, Color { r: 0, g: 0, b: 0, a: 0 }) };
    for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
        let [r, g, b, a] = pixel(x as f32 + 0.5, y as f32 + 0.5)
            .map(|value| (value.clamp(0.0, 1.0) * 255.0) as u8);
        // SAFETY: the image was just made, and the place is in it.
        unsafe { ffi::ImageDrawPixel(&raw mut image, x, y, Color { r, g, b, a }) };
    }
    let file = CString::new(format!("{ASSETS}/textures/{name}.png")).expect("no NUL");
    // SAFETY: the image is valid, and the name ends with NUL.
    assert!(unsafe { ffi::ExportImage(image, file.as_ptr()) }, "{name} cannot be written");
}

/// Makes a WAV: the function says the pitch and the loudness at each time from 0 to 1.
fn tone(name: &str, seconds: f32, at: impl Fn(f32) -> (f32, f32)) -> io::Result<()> {
    let count = (seconds * f32::from(RATE)) as u32;
    let (mut phase, mut noise) = (0.0f32, 0x2545_F491);
    let mut data = Vec::new();
    for index in 0..count {
        let (pitch, loudness) = at(index as f32 / count as f32);
        phase = (phase + pitch / f32::from(RATE)).fract();
        // A pitch of 0 is noise.
        let wave = if pitch == 0.0 {
            random(&mut noise) * 2.0 - 1.0
        } else {
            (phase * std::f32::consts::TAU).sin()
        };
        data.push(((wave * loudness * 0.5 + 0.5) * 255.0) as u8);
    }
    let rate = u32::from(RATE);
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + count).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(rate.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend(b"\x01\0\x08\0data");
    file.extend(count.to_le_bytes());
    file.extend(data);
    fs::write(format!("{ASSETS}/sounds/{name}.wav"), file)
}

fn pictures() {
    let mut state = 0x9E37_79B9;
    let stars: Vec<_> = (0..170)
        .map(|_| (random(&mut state) * 640.0, random(&mut state) * 400.0, random(&mut state)))
        .collect();
    picture("background", 640, 400, |x, y| {
        let star: f32 = stars
            .iter()
            .map(|&(sx, sy, size)| {
                let radius = 0.4 + size * size * 1.3;
                let away = ((x - sx).powi(2) + (y - sy).powi(2)).sqrt();
                (1.0 - (away - radius).max(0.0)).clamp(0.0, 1.0) * (0.25 + 0.6 * size)
            })
            .sum();
        // Bands, not a fine gradient: a smaller file.
        let wave = (x / 97.0).sin() * 26.0 + (x / 41.0 + 1.0).sin() * 9.0;
        let band = ((y + wave) / 40.0).floor() / 10.0;
        [0.04 + 0.10 * band + star, 0.05 + 0.05 * band + star, 0.11 + 0.17 * band + star, 1.0]
    });
    picture("brick", 48, 18, |x, y| {
        let edge = x.min(48.0 - x).min(y).min(18.0 - y);
        let shade = if edge < 1.0 {
            return [0.0; 4];
        } else if edge < 3.0 {
            if y < 9.0 && y < x && y < 48.0 - x { 1.0 } else { 0.6 }
        } else {
            0.86
        };
        [shade, shade, shade, 1.0]
    });
    picture("paddle", 96, 14, |x, y| {
        let to_end = (x - 7.0).min(89.0 - x).min(0.0);
        let away = (to_end * to_end + (y - 7.0).powi(2)).sqrt();
        let alpha = (7.0 - away).clamp(0.0, 1.0);
        let shade = 1.0 - y / 28.0;
        let is_end = !(16.0..80.0).contains(&x);
        let [r, g, b] = if is_end { [1.0, 0.82, 0.40] } else { [0.86, 0.89, 1.0] };
        [r * shade, g * shade, b * shade, alpha]
    });
    picture("ball", 32, 32, |x, y| {
        let away = ((x - 16.0).powi(2) + (y - 16.0).powi(2)).sqrt();
        let core = (7.5 - away).clamp(0.0, 1.0);
        let glow = (1.0 - away / 16.0).max(0.0).powi(2) * 0.7;
        [1.0, 0.93 - 0.1 * (1.0 - core), 0.80 - 0.4 * (1.0 - core), core.max(glow)]
    });
}

fn sounds() -> io::Result<()> {
    tone("bounce", 0.06, |time| (520.0, 1.0 - time))?;
    tone("shatter", 0.18, |time| {
        (if time < 0.2 { 0.0 } else { 900.0 - 500.0 * time }, (1.0 - time).powi(2))
    })?;
    tone("lose", 0.5, |time| (300.0 - 200.0 * time, 1.0 - time))?;
    tone("win", 0.6, |time| ([523.0, 659.0, 784.0, 1047.0][(time * 4.0) as usize % 4], 1.0 - time))
}

/// The digest of a body, as `integrity` takes it.
fn integrity(body: &[u8]) -> String {
    let length = i32::try_from(body.len()).expect("a small file");
    let mut copy = body.to_vec();
    // SAFETY: it reads `length` bytes, and returns eight words of its own.
    let words = unsafe { ffi::ComputeSHA256(copy.as_mut_ptr(), length) };
    // SAFETY: there are eight, until the next call.
    let words = unsafe { std::slice::from_raw_parts(words, 8) };
    let digest: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    let mut size = 0;
    // SAFETY: it reads 32 bytes, which are there.
    let text = unsafe { ffi::EncodeDataBase64(digest.as_ptr(), 32, &raw mut size) };
    // SAFETY: the text ends with NUL; it is never freed, by a program that soon ends.
    let text = unsafe { CStr::from_ptr(text) };
    format!("sha256-{}", text.to_string_lossy())
}

fn names(folder: &str) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(Path::new(ASSETS).join(folder))?;
    let name =
        |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    entries.map(name).map(|name: io::Result<_>| Ok(format!("{folder}/{}", name?))).collect()
}

fn main() -> io::Result<()> {
    for folder in ["textures", "sounds"] {
        fs::create_dir_all(Path::new(ASSETS).join(folder))?;
    }
    pictures();
    sounds()?;
    let mut all = Vec::new();
    for folder in ["levels", "sounds", "textures"] {
        all.extend(names(folder)?);
    }
    all.sort();
    let mut text = "//! The files of the game: `make-assets` writes this.\n\n\
         /// The name, the size and the integrity of each.\n\
         pub(crate) const FILES: &[(&str, u64, &str)] = &[\n"
        .to_owned();
    for name in all {
        let body = fs::read(Path::new(ASSETS).join(&name))?;
        text += &format!("    ({name:?}, {}, {:?}),\n", body.len(), integrity(&body));
    }
    fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/files.rs"), text + "];\n")
}
