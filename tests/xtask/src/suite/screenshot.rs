//! A check of the pictures that the runner writes.

use std::fs;
use std::io::Read;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::ZlibDecoder;
use tempfile::TempDir;

use super::checks::{GOES_ON, ends};
use crate::engine::Engine;

/// The window of the check.
const WIDTH: usize = 640;
const HEIGHT: usize = 480;
/// The colour of the page of `paints` in tests/browser/endings.
const PAINTED: [u8; 3] = [10, 120, 200];

/// The picture is a PNG that shows the page of this program, `paints`.
pub(super) fn shows_the_page(mut command: Command, engine: Engine) -> Result<()> {
    let folder = TempDir::new()?;
    let file = folder.path().join("page.png");
    command.env("FETCH_RUNNER_WINDOW", format!("{WIDTH}x{HEIGHT}"));
    ends(command.env("FETCH_RUNNER_SCREENSHOT", &file), 0, GOES_ON)?;
    let Picture { width, height, pixels } = Picture::of(&fs::read(file)?)?;
    let is_window = match engine {
        // The page alone, without the bars of the window.
        Engine::Chromium => width == WIDTH && (HEIGHT / 2..=HEIGHT).contains(&height),
        _ => (width, height) == (WIDTH, HEIGHT),
    };
    ensure!(is_window, "the picture is {width}x{height}");
    let painted = pixels.iter().filter(|pixel| **pixel == PAINTED).count();
    // The rest is text, and the bars of WebKitGTK's window.
    let is_page = painted > pixels.len() / 2 && painted < pixels.len();
    ensure!(is_page, "{painted} of {} pixels have the page's colour", pixels.len());
    Ok(())
}

struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// Reads a PNG with eight bits of each of red, green and blue.
    fn of(png: &[u8]) -> Result<Self> {
        let mut rest = png.strip_prefix(b"\x89PNG\r\n\x1a\n").context("this is no PNG")?;
        let (mut header, mut data) = (&[][..], Vec::new());
        while !rest.is_empty() {
            let cut = "the PNG is cut";
            let length = usize::try_from(number(rest, 0).context(cut)?)?;
            let chunk = rest.get(8..8 + length).context(cut)?;
            match &rest[4..8] {
                b"IHDR" => header = chunk,
                b"IDAT" => data.extend(chunk),
                _ => {}
            }
            rest = rest.get(12 + length..).context(cut)?;
        }
        let [width, height] = [0, 4].map(|place| number(header, place).unwrap_or_default());
        let (width, height) = (usize::try_from(width)?, usize::try_from(height)?);
        let size = match header.get(8..) {
            Some([8, 2, 0, 0, 0]) => 3,
            Some([8, 6, 0, 0, 0]) => 4, // with alpha
            format => bail!("the PNG has the format {format:?}"),
        };
        let mut lines = Vec::new();
        ZlibDecoder::new(&*data).read_to_end(&mut lines)?;
        ensure!(lines.len() == height * (1 + width * size), "the PNG has {} bytes", lines.len());
        let mut above = vec![0; width * size];
        let mut pixels = Vec::new();
        for line in lines.chunks_exact(1 + width * size) {
            let now = unfiltered(line[0], &line[1..], &above, size)?;
            pixels.extend(now.chunks_exact(size).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
            above = now;
        }
        Ok(Self { width, height, pixels })
    }
}

fn number(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(place..place + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// A line of a PNG, each byte of which is the difference from a guess by those before it.
fn unfiltered(filter: u8, line: &[u8], above: &[u8], size: usize) -> Result<Vec<u8>> {
    let mut now: Vec<u8> = Vec::new();
    for (place, &byte) in line.iter().enumerate() {
        let [left, corner] = match place.checked_sub(size) {
            Some(before) => [now[before], above[before]],
            None => [0, 0],
        };
        let up = above[place];
        let guess = match filter {
            0 => 0,
            1 => left,
            2 => up,
            3 => left.midpoint(up),
            4 => nearest(left, up, corner),
            _ => bail!("the PNG has a line with the filter {filter}"),
        };
        now.push(byte.wrapping_add(guess));
    }
    Ok(now)
}

/// The one of the three that is the nearest to `left + up - corner`.
fn nearest(left: u8, up: u8, corner: u8) -> u8 {
    let target = i32::from(left) + i32::from(up) - i32::from(corner);
    let all = [left, up, corner];
    all.into_iter().min_by_key(|value| (i32::from(*value) - target).abs()).unwrap_or(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_differences() {
        let above = [10, 20, 30, 40];
        let line = |filter| unfiltered(filter, &[1, 2, 3, 255], &above, 2).unwrap();
        assert_eq!(line(0), [1, 2, 3, 255]);
        assert_eq!(line(1), [1, 2, 4, 1]);
        assert_eq!(line(2), [11, 22, 33, 39]);
        assert_eq!(line(3), [6, 12, 21, 25]);
        assert_eq!(line(4), [11, 22, 33, 39]);
        assert!(unfiltered(5, &[0], &[0], 1).is_err());
        assert_eq!(nearest(5, 4, 9), 4);
        assert_eq!(nearest(1, 9, 5), 5);
    }

    #[test]
    fn what_is_no_png_is_refused() {
        assert!(Picture::of(b"").is_err());
        assert!(Picture::of(b"\x89PNG\r\n\x1a\n").is_err());
        assert!(Picture::of(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR").is_err());
    }
}
