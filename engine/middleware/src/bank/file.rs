//! The interactive part of a project as one binary file.
//!
//! ```text
//! magic "SEGB", version u16, flags u16, total length u64, CRC-32C of these 16 bytes
//! chunks: tag u32, length u32, CRC-32C of what follows, that many bytes
//! CRC-32C of everything before it
//! ```
//! All numbers are little-endian. Chunks that a reader does not know are kept and written again.

use thiserror::Error;

use super::wire::{Reader, Wire};
use crate::limits;
use crate::source::Interactive;

const MAGIC: [u8; 4] = *b"SEGB";
/// The version that is written, and the newest that is read.
const VERSION: u16 = 1;
const HEADER: usize = 20;
const CHUNK_HEADER: usize = 12;
const CRC: usize = 4;
/// The author's plain description.
const SOURCE: u32 = u32::from_le_bytes(*b"SRCE");

/// What a binary bank holds: what [`compile`](crate::compile()) takes. `[main-thread]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BankFile {
    /// The interactive part of a project.
    pub source: Interactive,
    /// Chunks of newer versions: tag and bytes.
    pub unknown: Vec<(u32, Vec<u8>)>,
}

/// Why bytes are no bank.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BankError {
    /// It does not begin as one.
    #[error("this is no Segue bank: it does not begin with SEGB")]
    Magic,
    /// A newer Segue wrote it.
    #[error("bank version {version} is newer than {VERSION}; use a newer Segue")]
    Version {
        /// The file's.
        version: u16,
    },
    /// It is longer than any bank may be.
    #[error("bank_bytes: {value} is over the limit of {max}")]
    Size {
        /// Bytes.
        value: u64,
        /// The most.
        max: u64,
    },
    /// Its length is not the one it tells.
    #[error("the bank says it has {told} bytes, but there are {found}: it was cut or glued")]
    Length {
        /// By its header.
        told: u64,
        /// There.
        found: u64,
    },
    /// A checksum does not fit.
    #[error("the checksum of the bank's {part} is wrong: it was damaged")]
    Checksum {
        /// Of what.
        part: &'static str,
    },
    /// It has more chunks than any bank may have.
    #[error("bank_chunks: more than the limit of {max}")]
    Chunks {
        /// The most.
        max: usize,
    },
    /// It has no description, or two.
    #[error("the bank has {found} SRCE chunks, it must have one")]
    Source {
        /// How many.
        found: usize,
    },
    /// Something ends too early.
    #[error("the bank ends within something, at byte {at} of its chunk")]
    Short {
        /// Where.
        at: usize,
    },
    /// Something is left over.
    #[error("{count} bytes are left behind the bank's description")]
    Rest {
        /// How many.
        count: usize,
    },
    /// A value that means nothing.
    #[error("{value} is no {what}, before byte {at} of the bank's chunk")]
    Value {
        /// What it should be.
        what: &'static str,
        /// What it is.
        value: u64,
        /// Where.
        at: usize,
    },
    /// A text that is none.
    #[error("a text before byte {at} of the bank's chunk is not UTF-8")]
    Text {
        /// Where.
        at: usize,
    },
    /// Variants inside one another.
    #[error("something in the bank is nested more than {max} deep")]
    Deep {
        /// The most.
        max: usize,
    },
}

impl BankFile {
    /// The bytes of the file.
    ///
    /// # Errors
    /// [`BankError::Size`] when they would be too many.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BankError> {
        let mut source = Vec::new();
        self.source.put(&mut source);
        let known = std::iter::once((SOURCE, &source));
        let unknown = self.unknown.iter().map(|(tag, bytes)| (*tag, bytes));
        let mut body = Vec::new();
        for (tag, bytes) in known.chain(unknown) {
            let length = u32::try_from(bytes.len()).map_err(|_| size(bytes.len()))?;
            for number in [tag, length, crc32c::crc32c(bytes)] {
                number.put(&mut body);
            }
            body.extend_from_slice(bytes);
        }
        let total = HEADER + body.len() + CRC;
        check_size(total as u64)?;
        let mut out = Vec::with_capacity(total);
        out.extend_from_slice(&MAGIC);
        VERSION.put(&mut out);
        0_u16.put(&mut out);
        (total as u64).put(&mut out);
        crc32c::crc32c(&out).put(&mut out);
        out.append(&mut body);
        crc32c::crc32c(&out).put(&mut out);
        Ok(out)
    }

    /// Reads a file. Every size is checked before memory is taken for it.
    ///
    /// # Errors
    /// Why it is no bank.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BankError> {
        check_header(bytes)?;
        let (body, crc) = bytes.split_at(bytes.len() - CRC);
        if crc != crc32c::crc32c(body).to_le_bytes() {
            return Err(BankError::Checksum { part: "file" });
        }
        let mut from = Reader::new(&body[HEADER..]);
        let (mut source, mut found, mut unknown) = (&[][..], 0, Vec::new());
        while from.left() > 0 {
            let (tag, chunk) = chunk(&mut from)?;
            if found + unknown.len() == limits::BANK_CHUNKS {
                let max = limits::BANK_CHUNKS;
                return Err(BankError::Chunks { max });
            }
            if tag == SOURCE {
                (source, found) = (chunk, found + 1);
            } else {
                unknown.push((tag, chunk.to_vec()));
            }
        }
        if found != 1 {
            return Err(BankError::Source { found });
        }
        let mut from = Reader::new(source);
        let source = Interactive::get(&mut from)?;
        match from.left() {
            0 => Ok(Self { source, unknown }),
            count => Err(BankError::Rest { count }),
        }
    }
}

fn check_header(bytes: &[u8]) -> Result<(), BankError> {
    let mut from = Reader::new(bytes);
    if from.take(MAGIC.len())? != MAGIC {
        return Err(BankError::Magic);
    }
    let (version, _flags, told) = (
        u16::get(&mut from)?,
        u16::get(&mut from)?,
        u64::get(&mut from)?,
    );
    if u32::get(&mut from)? != crc32c::crc32c(&bytes[..HEADER - CRC]) {
        return Err(BankError::Checksum { part: "header" });
    }
    if version > VERSION {
        return Err(BankError::Version { version });
    }
    check_size(told)?;
    let found = bytes.len() as u64;
    if told != found || bytes.len() < HEADER + CRC {
        return Err(BankError::Length { told, found });
    }
    Ok(())
}

fn chunk<'a>(from: &mut Reader<'a>) -> Result<(u32, &'a [u8]), BankError> {
    if from.left() < CHUNK_HEADER {
        return Err(BankError::Short { at: 0 });
    }
    let (tag, length, crc) = (u32::get(from)?, u32::get(from)?, u32::get(from)?);
    let chunk = from.take(usize::try_from(length).unwrap_or(usize::MAX))?;
    if crc != crc32c::crc32c(chunk) {
        return Err(BankError::Checksum { part: "chunk" });
    }
    Ok((tag, chunk))
}

fn check_size(value: u64) -> Result<(), BankError> {
    let max = limits::BANK_BYTES as u64;
    if value > max {
        return Err(BankError::Size { value, max });
    }
    Ok(())
}

fn size(bytes: usize) -> BankError {
    BankError::Size {
        value: bytes as u64,
        max: limits::BANK_BYTES as u64,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::director::tests::everything;

    fn file() -> BankFile {
        BankFile {
            source: everything(),
            unknown: vec![(7, vec![1, 2, 3])],
        }
    }

    /// Bytes with both checksums of the file mended, so that what is behind them is reached.
    fn mended(mut bytes: Vec<u8>) -> Vec<u8> {
        let end = bytes.len() - CRC;
        let head = crc32c::crc32c(&bytes[..HEADER - CRC]).to_le_bytes();
        bytes[HEADER - CRC..HEADER].copy_from_slice(&head);
        let length = u32::from_le_bytes([bytes[24], bytes[25], bytes[26], bytes[27]]) as usize;
        let first = HEADER + CHUNK_HEADER;
        if let Some(chunk) = bytes.get(first..first.saturating_add(length)) {
            let crc = crc32c::crc32c(chunk).to_le_bytes();
            bytes[first - CRC..first].copy_from_slice(&crc);
        }
        let whole = crc32c::crc32c(&bytes[..end]).to_le_bytes();
        bytes[end..].copy_from_slice(&whole);
        bytes
    }

    #[test]
    fn everything_comes_back_and_unknown_chunks_are_kept() {
        let bytes = file().to_bytes().unwrap();
        assert_eq!(BankFile::from_bytes(&bytes).unwrap(), file());
    }

    #[test]
    fn two_to_the_63_bytes_are_refused_without_taking_memory() {
        let mut bytes = file().to_bytes().unwrap();
        bytes[8..16].copy_from_slice(&(1_u64 << 63).to_le_bytes());
        let bytes = mended(bytes);
        let error = assert_no_alloc::assert_no_alloc(|| BankFile::from_bytes(&bytes)).unwrap_err();
        let value = 1 << 63;
        let max = 100_000_000;
        assert_eq!(error, BankError::Size { value, max });
        // A list that is longer than the file.
        let alone = BankFile {
            unknown: Vec::new(),
            ..file()
        };
        let mut bytes = alone.to_bytes().unwrap();
        bytes[HEADER + CHUNK_HEADER..][..4].copy_from_slice(&u32::MAX.to_le_bytes());
        let bytes = mended(bytes);
        let error = assert_no_alloc::assert_no_alloc(|| match BankFile::from_bytes(&bytes) {
            Err(BankError::Value { what, .. }) => what,
            _ => "",
        });
        assert_eq!(error, "length");
    }

    #[test]
    fn damage_and_newer_versions_are_named() {
        let good = file().to_bytes().unwrap();
        let with = |at: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[at] = value;
            bytes
        };
        let error = |bytes: &[u8]| BankFile::from_bytes(bytes).unwrap_err().to_string();
        assert_eq!(error(&with(0, b'X')), BankError::Magic.to_string());
        assert_eq!(
            error(&with(6, 1)),
            "the checksum of the bank's header is wrong: it was damaged"
        );
        assert_eq!(
            error(&mended(with(4, 9))),
            "bank version 9 is newer than 1; use a newer Segue"
        );
        assert_eq!(
            error(&with(60, !good[60])),
            "the checksum of the bank's file is wrong: it was damaged"
        );
        let cut = &good[..good.len() - 1];
        assert!(error(cut).contains("it was cut or glued"), "{}", error(cut));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn no_bytes_make_it_panic(edits in prop::collection::vec((0_usize..4_000, any::<u8>()), 1..8), mend: bool) {
            let mut bytes = file().to_bytes().unwrap();
            for (at, value) in edits {
                let length = bytes.len();
                bytes[at % length] = value;
            }
            let bytes = if mend { mended(bytes) } else { bytes };
            _ = BankFile::from_bytes(&bytes);
        }
    }
}
