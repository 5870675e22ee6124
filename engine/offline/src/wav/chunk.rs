//! Chunks of a WAV file beside `fmt ` and `data`.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::atomic::AtomicFile;
use crate::decode::is_placeholder;
use crate::error::{Error, Result, check_limit};

/// More chunks than this are refused.
const MAX_CHUNKS: u64 = 10_000;
/// Chunks up to this size may be looked into and changed; 16 MiB, as texts.
pub const MAX_EDITABLE: u64 = 16 << 20;

/// One chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its four characters.
    pub id: [u8; 4],
    /// What is in it.
    pub body: ChunkBody,
}

/// The bytes of a [`Chunk`], without the pad byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkBody {
    /// In memory.
    Bytes(Vec<u8>),
    /// Still in a file, from which they are copied in pieces.
    InFile {
        /// The file.
        path: PathBuf,
        /// Offset in bytes.
        start: u64,
        /// How many bytes.
        len: u32,
    },
}

/// What a WAV file holds besides the audio.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WavChunks {
    /// Chunks before `fmt `, in memory: `bext`, which readers want to find early.
    pub front: Vec<Chunk>,
    /// Chunks behind `data`: everything else.
    pub behind: Vec<Chunk>,
    /// Above 4 GiB the file calls itself BW64 instead of RF64.
    pub large_is_bw64: bool,
}

impl Chunk {
    /// A chunk in memory.
    pub fn new(id: [u8; 4], bytes: Vec<u8>) -> Self {
        Self {
            id,
            body: ChunkBody::Bytes(bytes),
        }
    }

    /// Length of the body in bytes.
    pub fn len(&self) -> u64 {
        match &self.body {
            ChunkBody::Bytes(bytes) => bytes.len() as u64,
            ChunkBody::InFile { len, .. } => u64::from(*len),
        }
    }

    /// Whether the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Header, body and pad byte.
    pub(crate) fn stored_bytes(&self) -> u64 {
        8 + self.len() + self.len() % 2
    }

    fn head(&self) -> [u8; 8] {
        let [a, b, c, d] = self.id;
        // Bodies in memory are at most MAX_EDITABLE, those in files come with their u32.
        let [e, f, g, h] = u32::try_from(self.len()).unwrap_or(u32::MAX).to_le_bytes();
        [a, b, c, d, e, f, g, h]
    }

    /// Appends a chunk that is in memory.
    pub(super) fn append_to(&self, out: &mut Vec<u8>) {
        if let ChunkBody::Bytes(bytes) = &self.body {
            out.extend(self.head());
            out.extend(bytes);
            out.extend(vec![0; bytes.len() % 2]);
        }
    }

    /// Writes header, body and pad byte.
    pub(super) fn write(&self, file: &mut AtomicFile) -> Result<()> {
        let failed = |file: &AtomicFile, e| file.error(e);
        file.write_all(&self.head()).map_err(|e| failed(file, e))?;
        match &self.body {
            ChunkBody::Bytes(bytes) => file.write_all(bytes).map_err(|e| failed(file, e))?,
            ChunkBody::InFile { path, start, len } => copy(path, *start, *len, file)?,
        }
        if self.len() % 2 == 1 {
            file.write_all(&[0]).map_err(|e| failed(file, e))?;
        }
        Ok(())
    }

    /// Whether the body begins with these bytes, of which there are few.
    pub(crate) fn starts_with(&self, start: &[u8]) -> Result<bool> {
        match &self.body {
            ChunkBody::Bytes(bytes) => Ok(bytes.starts_with(start)),
            ChunkBody::InFile { len, .. } if (*len as usize) < start.len() => Ok(false),
            ChunkBody::InFile {
                path, start: at, ..
            } => {
                let mut bytes = Vec::new();
                open_at(path, *at)
                    .and_then(|file| file.take(start.len() as u64).read_to_end(&mut bytes))
                    .map_err(|e| Error::io(path, "read", e))?;
                Ok(bytes == start)
            }
        }
    }

    /// The body in memory.
    ///
    /// # Errors
    /// [`Error::Limit`] above [`MAX_EDITABLE`], [`Error::Io`].
    pub fn bytes(&self) -> Result<Vec<u8>> {
        match &self.body {
            ChunkBody::Bytes(bytes) => Ok(bytes.clone()),
            ChunkBody::InFile { path, start, len } => {
                check_limit(path, "bytes of a chunk", u64::from(*len), 0, MAX_EDITABLE)?;
                let mut bytes = Vec::new();
                open_at(path, *start)
                    .and_then(|file| file.take(u64::from(*len)).read_to_end(&mut bytes))
                    .map_err(|e| Error::io(path, "read", e))?;
                Ok(bytes)
            }
        }
    }
}

fn copy(path: &Path, start: u64, len: u32, to: &mut AtomicFile) -> Result<()> {
    let file = open_at(path, start).map_err(|e| Error::io(path, "read", e))?;
    let copied = io::copy(&mut file.take(u64::from(len)), to).map_err(|e| to.error(e))?;
    if copied < u64::from(len) {
        return Err(Error::Truncated {
            path: path.to_owned(),
            what: "a chunk",
            found: copied,
            expected: u64::from(len),
            unit: "bytes",
        });
    }
    Ok(())
}

fn open_at(path: &Path, start: u64) -> io::Result<File> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    Ok(file)
}

/// Everything in a WAV, RF64 or BW64 file but `fmt `, `fact`, `data` and padding, in its order; of
/// another file nothing. A last chunk that is cut off is left out. `[thread-safe]`, blocks.
///
/// # Errors
/// [`Error::Io`]; [`Error::Limit`] for too many chunks.
pub fn read_chunks(path: &Path) -> Result<Vec<Chunk>> {
    let io = |e| Error::io(path, "read", e);
    let file = File::open(path).map_err(io)?;
    let len = file.metadata().map_err(io)?.len();
    let mut file = BufReader::new(file);
    let mut head = [0; 12];
    if len < 12 || file.read_exact(&mut head).is_err() {
        return Ok(Vec::new());
    }
    let is_riff = [b"RIFF", b"RF64", b"BW64"]
        .iter()
        .any(|id| head.starts_with(*id));
    if !is_riff || &head[8..] != b"WAVE" {
        return Ok(Vec::new());
    }
    walk(path, &mut file, len)
}

fn walk(path: &Path, file: &mut BufReader<File>, file_len: u64) -> Result<Vec<Chunk>> {
    let io = |e| Error::io(path, "read", e);
    let (mut chunks, mut at, mut count, mut data_64) = (Vec::new(), 12u64, 0, None);
    while at.saturating_add(8) <= file_len {
        count += 1;
        check_limit(path, "number of chunks", count, 0, MAX_CHUNKS)?;
        file.seek(SeekFrom::Start(at)).map_err(io)?;
        let mut head = [0; 16];
        let got = (file_len - at).min(16);
        let got = usize::try_from(got).unwrap_or(16);
        file.read_exact(&mut head[..got]).map_err(io)?;
        let [a, b, c, d, e, f, g, h, ..] = head;
        let (id, len) = ([a, b, c, d], u32::from_le_bytes([e, f, g, h]));
        let mut skip = u64::from(len);
        match &id {
            b"ds64" => data_64 = data_size(file, at).map_err(io)?,
            b"data" if len == u32::MAX => skip = data_64.unwrap_or(file_len),
            b"data" if is_placeholder(file, at + 8, skip, file_len).map_err(io)? => skip = file_len,
            b"fmt " | b"fact" | b"data" | b"JUNK" | b"junk" | b"PAD " | b"FLLR" => {}
            _ if at + 8 + skip > file_len => {}
            _ => chunks.push(Chunk {
                id,
                body: ChunkBody::InFile {
                    path: path.to_owned(),
                    start: at + 8,
                    len,
                },
            }),
        }
        at = at
            .saturating_add(8)
            .saturating_add(skip)
            .saturating_add(skip & 1);
    }
    Ok(chunks)
}

/// Size of `data` in the `ds64` chunk that starts at `at`.
fn data_size(file: &mut BufReader<File>, at: u64) -> io::Result<Option<u64>> {
    file.seek(SeekFrom::Start(at + 16))?;
    let mut size = [0; 8];
    match file.read_exact(&mut size) {
        Ok(()) => Ok(Some(u64::from_le_bytes(size))),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}
