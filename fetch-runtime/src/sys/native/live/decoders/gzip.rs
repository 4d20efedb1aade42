//! The decoder of gzip (RFC 1952), of any number of members.

use std::io;

use flate2::Crc;

use super::deflate::Deflate;
use super::step::{Decode, Step};

/// The first bytes of a member: its magic number, and the only method.
const BEGIN: [u8; 3] = [0x1f, 0x8b, 8];

// The flags of the fields that a header may have, and those that have no meaning.
const CHECK: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;

pub(super) struct Gzip {
    place: Place,
    /// The first bytes of the place.
    bytes: [u8; 10],
    count: usize,
    /// The flags of the fields that follow.
    fields: u8,
    /// The checksum of the header, and then that of the data.
    sum: Crc,
    data: Deflate,
}

/// The place in a member of the next byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    ExtraLength,
    /// So many bytes are left of it.
    Extra(u16),
    /// The name or the comment, which a NUL ends.
    Text,
    Check,
    Data,
    Trailer,
    /// After a member. Another may follow.
    End,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self {
            place: Place::Head,
            bytes: [0; 10],
            count: 0,
            fields: 0,
            sum: Crc::new(),
            data: Deflate::new(false),
        }
    }

    /// Takes a byte that is not data.
    fn byte(&mut self, byte: u8) -> io::Result<()> {
        if self.place == Place::End {
            *self = Self::new();
        }
        let length = match self.place {
            Place::Head => 10,
            Place::ExtraLength | Place::Check => 2,
            Place::Trailer => 8,
            Place::Extra(_) | Place::Text | Place::Data | Place::End => 1,
        };
        if !matches!(self.place, Place::Check | Place::Trailer) {
            self.sum.update(&[byte]);
        }
        self.bytes[self.count] = byte;
        self.count += 1;
        if self.count < length {
            return Ok(());
        }
        self.count = 0;
        match self.place {
            Place::Head if self.bytes[..3] != BEGIN || self.bytes[3] & RESERVED != 0 => {
                return Err(io::Error::other("the data are not gzip"));
            }
            Place::Head => {
                self.fields = self.bytes[3];
                self.next_field();
            }
            Place::ExtraLength => match u16::from_le_bytes([self.bytes[0], self.bytes[1]]) {
                0 => self.next_field(),
                length => self.place = Place::Extra(length),
            },
            Place::Extra(1) => self.next_field(),
            Place::Extra(left) => self.place = Place::Extra(left - 1),
            Place::Text if byte == 0 => self.next_field(),
            Place::Text | Place::Data | Place::End => {}
            // The lower half of the checksum.
            Place::Check if self.bytes[..2] != self.sum.sum().to_le_bytes()[..2] => {
                return Err(io::Error::other("the header of the gzip data is corrupt"));
            }
            Place::Check => self.next_field(),
            Place::Trailer => {
                let expected = [self.sum.sum().to_le_bytes(), self.sum.amount().to_le_bytes()];
                if self.bytes[..8] != *expected.as_flattened() {
                    return Err(io::Error::other("the gzip data are corrupt"));
                }
                self.place = Place::End;
            }
        }
        Ok(())
    }

    /// Goes to the next field of the header, or to the data.
    fn next_field(&mut self) {
        let fields = [
            (EXTRA, Place::ExtraLength),
            (NAME, Place::Text),
            (COMMENT, Place::Text),
            (CHECK, Place::Check),
        ];
        let next = fields.into_iter().find(|(flag, _)| self.fields & flag != 0);
        self.place = match next {
            Some((flag, place)) => {
                self.fields &= !flag;
                place
            }
            None => {
                self.sum.reset();
                Place::Data
            }
        };
    }
}

impl Decode for Gzip {
    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        let mut read = 0;
        while self.place != Place::Data {
            let Some(&byte) = input.get(read) else { return Ok(Step { read, written: 0 }) };
            read += 1;
            self.byte(byte)?;
        }
        let mut step = self.data.decode(&input[read..], output)?;
        self.sum.update(&output[..step.written]);
        step.read += read;
        if self.data.is_complete() {
            self.place = Place::Trailer;
        }
        Ok(step)
    }

    fn is_complete(&self) -> bool {
        self.place == Place::End
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hello`, stored as it is.
    const DATA: &[u8] = &[1, 5, 0, 0xfa, 0xff, b'h', b'e', b'l', b'l', b'o'];

    /// A member with all fields.
    fn member() -> Vec<u8> {
        let mut member = BEGIN.to_vec();
        member.extend([CHECK | EXTRA | NAME | COMMENT, 0, 0, 0, 0, 0, 3, 2, 0, 1, 2]);
        member.extend(b"name\0a comment\0");
        let mut sum = Crc::new();
        sum.update(&member);
        member.extend(&sum.sum().to_le_bytes()[..2]);
        member.extend(DATA);
        sum.reset();
        sum.update(b"hello");
        member.extend(sum.sum().to_le_bytes());
        member.extend(5_u32.to_le_bytes());
        member
    }

    /// Decodes pieces of so many bytes. `None` if it is not complete.
    fn decode(input: &[u8], piece: usize) -> io::Result<Option<Vec<u8>>> {
        let (mut gzip, mut decoded) = (Gzip::new(), Vec::new());
        for mut piece in input.chunks(piece) {
            while !piece.is_empty() {
                let mut output = [0; 3];
                let step = gzip.decode(piece, &mut output)?;
                decoded.extend(&output[..step.written]);
                piece = &piece[step.read..];
            }
        }
        Ok(gzip.is_complete().then_some(decoded))
    }

    #[test]
    fn a_member_with_all_fields() {
        for piece in [1, 2, 7, 1000] {
            assert_eq!(decode(&member(), piece).unwrap().unwrap(), b"hello");
            let two = decode(&[member(), member()].concat(), piece).unwrap();
            assert_eq!(two.unwrap(), b"hellohello");
        }
    }

    /// Each bit counts, but for five that are left over before the stored data. The header has a
    /// checksum, too.
    #[test]
    fn a_member_that_is_corrupt() {
        let member = member();
        let data = member.len() - 8 - DATA.len();
        let is_left_over = |at| (data * 8 + 3..data * 8 + 8).contains(&at);
        for at in (0..member.len() * 8).filter(|at| !is_left_over(*at)) {
            let mut corrupt = member.clone();
            corrupt[at / 8] ^= 1 << (at % 8);
            let decoded = decode(&corrupt, 1000).ok().flatten();
            assert_eq!(decoded, None, "bit {at}");
        }
        for end in 1..member.len() {
            assert_eq!(decode(&member[..end], 1000).unwrap(), None, "{end} bytes");
        }
    }

    #[test]
    fn bytes_after_a_member() {
        assert!(decode(&[member(), b"0123456789".to_vec()].concat(), 1000).is_err());
        // It may be the beginning of a member.
        assert_eq!(decode(&[member(), vec![0x1f]].concat(), 1000).unwrap(), None);
    }
}
