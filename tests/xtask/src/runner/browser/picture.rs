//! Makes a PNG of an XWD, the format in which Xvfb keeps its screen.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// The places of an XWD's numbers among those of its header.
const HEADER_SIZE: usize = 0;
const WIDTH: usize = 4;
const HEIGHT: usize = 5;
const BYTE_ORDER: usize = 7;
const BITS_PER_PIXEL: usize = 11;
const BYTES_PER_LINE: usize = 12;
const COLOURS: usize = 19;
/// The size of a colour in its table of colours.
const COLOUR: usize = 12;
/// A byte order of the least significant byte first.
const LITTLE: usize = 0;

/// Reads pixels of 32 bits, of which the first byte is blue: what Xvfb has on our machines.
pub(super) fn png_of_xwd(xwd: &[u8]) -> Result<Vec<u8>> {
    let number = |place: usize| -> Result<usize> {
        let bytes = xwd.get(place * 4..place * 4 + 4).context("the screen has no header")?;
        Ok(u32::from_be_bytes(bytes.try_into()?).try_into()?)
    };
    let (width, height) = (number(WIDTH)?, number(HEIGHT)?);
    let format = (number(BYTE_ORDER)?, number(BITS_PER_PIXEL)?);
    ensure!(format == (LITTLE, 32), "the screen's pixels have an unknown format: {format:?}");
    let pixels = xwd.get(number(HEADER_SIZE)? + number(COLOURS)? * COLOUR..);
    let mut data = ZlibEncoder::new(Vec::new(), Compression::best());
    let lines = pixels.unwrap_or_default().chunks_exact(number(BYTES_PER_LINE)?.max(1));
    ensure!(lines.len() >= height, "the screen is cut");
    for line in lines.take(height) {
        data.write_all(&[0])?; // no filter
        for pixel in line.chunks_exact(4).take(width) {
            data.write_all(&[pixel[2], pixel[1], pixel[0]])?;
        }
    }
    let mut header = Vec::new();
    header.extend(u32::try_from(width)?.to_be_bytes());
    header.extend(u32::try_from(height)?.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]); // eight bits of each of red, green and blue
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header)?;
    chunk(&mut png, *b"IDAT", &data.finish()?)?;
    chunk(&mut png, *b"IEND", &[])?;
    Ok(png)
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> Result<()> {
    png.extend(u32::try_from(data.len())?.to_be_bytes());
    let mut crc = Crc::new();
    for part in [&kind[..], data] {
        crc.update(part);
        png.extend(part);
    }
    png.extend(crc.sum().to_be_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::ZlibDecoder;

    use super::*;

    /// A screen of two pixels, with a table of one colour, and four bytes after each line.
    fn screen() -> Vec<u8> {
        let mut numbers = [0u32; 25];
        numbers[HEADER_SIZE] = 100;
        numbers[WIDTH] = 1;
        numbers[HEIGHT] = 2;
        numbers[BITS_PER_PIXEL] = 32;
        numbers[BYTES_PER_LINE] = 8;
        numbers[COLOURS] = 1;
        let mut xwd: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        xwd.extend([0; COLOUR]);
        xwd.extend([3, 2, 1, 0, 9, 9, 9, 9, 6, 5, 4, 0, 9, 9, 9, 9]);
        xwd
    }

    #[test]
    fn pixels_keep_their_places_and_colours() {
        let png = png_of_xwd(&screen()).unwrap();
        let at = png.windows(4).position(|bytes| bytes == b"IDAT").unwrap() + 4;
        let mut lines = Vec::new();
        ZlibDecoder::new(&png[at..]).read_to_end(&mut lines).unwrap();
        assert_eq!(lines, [0, 1, 2, 3, 0, 4, 5, 6]);
        assert_eq!(png[16..24], [0, 0, 0, 1, 0, 0, 0, 2]);
        // The checksum of the last chunk is the same in every PNG.
        assert!(png.ends_with(b"IEND\xAE\x42\x60\x82"));
    }

    #[test]
    fn what_is_no_screen_is_refused() {
        assert!(png_of_xwd(b"").is_err());
        let xwd = screen();
        assert!(png_of_xwd(&xwd[..xwd.len() - 1]).is_err());
        let mut big_endian = xwd;
        big_endian[BYTE_ORDER * 4 + 3] = 1;
        assert!(png_of_xwd(&big_endian).is_err());
    }
}
