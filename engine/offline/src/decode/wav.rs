//! Own reader of WAV, RF64 and BW64.

mod chunks;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Block, Container, DecodeOptions, FileInfo, Source, Warning};
use crate::error::{Error, Result};
use crate::sample::Sample;
use crate::wav::WavFormat;
pub(crate) use chunks::is_placeholder;
use chunks::{Encoding, Header};

/// Frames decoded per block.
const BLOCK_FRAMES: usize = 4096;
/// Room for headers; blocks of samples are larger and come straight from the file.
const HEADER_BUFFER: usize = 4096;

/// Streams the `data` chunk.
pub(super) struct WavSource {
    path: PathBuf,
    file: BufReader<File>,
    encoding: Encoding,
    frame_bytes: usize,
    frames_left: u64,
    bytes: Vec<u8>,
}

/// Reads the header and positions the reader at the first frame.
///
/// A data size of 0 or 0xFFFFFFFF, another one of a stream (0x7FFFF000, 0x80000000) that no chunk
/// follows, or one that only the `data` chunk believes in, is read to the end of the file with a
/// warning; so is one that is too long in a file whose `RIFF` size is 0xFFFFFFFF. If the `RIFF` size agrees with the data size and both reach
/// beyond the end, the file was cut: that is [`Error::Truncated`] unless allowed.
pub(super) fn open(
    path: &Path,
    file: File,
    offset: u64,
    options: &DecodeOptions,
) -> Result<(WavSource, FileInfo, Vec<Warning>)> {
    let mut file = BufReader::with_capacity(HEADER_BUFFER, file);
    let mut warnings = Vec::new();
    let header = chunks::read(path, &mut file, offset, options, &mut warnings)?;
    file.seek(SeekFrom::Start(header.data_start))
        .map_err(|e| Error::io(path, "read", e))?;
    let info = info(&header);
    let source = WavSource {
        path: path.to_owned(),
        file,
        encoding: header.encoding,
        frame_bytes: header.frame_bytes,
        frames_left: header.frames,
        bytes: Vec::new(),
    };
    Ok((source, info, warnings))
}

/// The bytes of the `data` chunk and their format; `None` for other files, and for those about which
/// a decoder would have something to say.
pub(crate) fn raw(
    path: &Path,
    options: &DecodeOptions,
) -> Result<Option<(WavFormat, std::io::Take<File>)>> {
    let (file, container, offset) = super::identify(path)?;
    if !matches!(container, Container::Wav | Container::Rf64) {
        return Ok(None);
    }
    let mut file = BufReader::with_capacity(HEADER_BUFFER, file);
    let mut warnings = Vec::new();
    let header = chunks::read(path, &mut file, offset, options, &mut warnings)?;
    if !warnings.is_empty() {
        return Ok(None);
    }
    let format = match header.encoding {
        Encoding::Unsigned8 => WavFormat::U8,
        Encoding::Int(2) => WavFormat::I16,
        Encoding::Int(3) => WavFormat::I24,
        Encoding::Int(_) => WavFormat::I32,
        Encoding::Float32 => WavFormat::F32,
        Encoding::Float64 => WavFormat::F64,
        Encoding::ALaw | Encoding::MuLaw => return Ok(None),
    };
    let mut file = file.into_inner();
    file.seek(SeekFrom::Start(header.data_start))
        .map_err(|e| Error::io(path, "read", e))?;
    let bytes = header.frames * header.frame_bytes as u64;
    Ok(Some((format, file.take(bytes))))
}

fn info(header: &Header) -> FileInfo {
    FileInfo {
        container: if header.is_64 {
            Container::Rf64
        } else {
            Container::Wav
        },
        codec: header.encoding.name(header.bits),
        sample_rate: header.rate,
        layout: header.layout,
        frames: Some(header.frames),
        bits: header.bits,
        exact_i16: header.encoding.fits_i16(),
        loops: header.loops.clone(),
    }
}

impl<T: Sample> Source<T> for WavSource {
    fn read(&mut self, block: &mut Block<T>) -> Result<bool> {
        let frames = self.frames_left.min(BLOCK_FRAMES as u64);
        // `frames` is at most BLOCK_FRAMES.
        let len = usize::try_from(frames).unwrap_or(BLOCK_FRAMES) * self.frame_bytes;
        if len == 0 {
            return Ok(false);
        }
        self.bytes.resize(len, 0);
        let got = read_full(&mut self.file, &mut self.bytes)
            .map_err(|e| Error::io(&self.path, "read", e))?;
        let whole = got - got % self.frame_bytes;
        self.encoding
            .decode(&self.bytes[..whole], &mut block.samples);
        // A file that shrank since it was opened ends here; the caller sees the missing frames.
        self.frames_left = if whole < len {
            0
        } else {
            self.frames_left - frames
        };
        Ok(whole > 0)
    }
}

/// Fills as much of `buf` as the reader has.
pub(crate) fn read_full(reader: &mut impl Read, buf: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buf.len() {
        match reader.read(&mut buf[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}
