//! Looking at files before they are read.

use crate::error::{Error, Result};
use crate::files;
use segue_format::{container, session};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Bytes looked at to tell what a file is.
const HEAD_BYTES: u64 = 64;

/// What a file or folder seems to be, told from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A folder.
    Folder,
    /// JSON text.
    Json,
    /// A packed project.
    Container,
    /// A session log.
    Log,
    /// An empty file.
    Empty,
    /// Something else, maybe audio.
    Other,
}

/// What is at `path`.
///
/// # Errors
/// [`Error::Io`] if there is nothing, or it cannot be read; [`Error::NotAProject`] for devices and
/// pipes, which are not opened.
pub(crate) fn kind_of(path: &Path) -> Result<Kind> {
    let metadata = fs::metadata(path).map_err(|error| Error::io(path, "open", error))?;
    if metadata.is_dir() {
        return Ok(Kind::Folder);
    }
    if !metadata.is_file() {
        let found = "a device or pipe".to_owned();
        return Err(Error::NotAProject {
            path: path.to_owned(),
            found,
        });
    }
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head))
        .map_err(|error| Error::io(path, "read", error))?;
    Ok(kind_of_head(&head))
}

/// Reads a whole file after its size was compared with the limit of this name.
///
/// # Errors
/// As [`files::read`].
pub(crate) fn read_all(path: &Path, limit: &'static str, max: usize) -> Result<Vec<u8>> {
    files::read(path, limit, max as u64)
}

fn kind_of_head(head: &[u8]) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    if head.starts_with(&container::MAGIC) {
        return Kind::Container;
    }
    if head.starts_with(&session::MAGIC) {
        return Kind::Log;
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match text.trim_ascii_start().first() {
        Some(b'{' | b'[') => Kind::Json,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        for (head, kind) in [
            (&b""[..], Kind::Empty),
            (b"SEGU", Kind::Container),
            (b"SEGL\x01", Kind::Log),
            (b"\xef\xbb\xbf \n{\"a\"", Kind::Json),
            (b"RIFF", Kind::Other),
        ] {
            assert_eq!(kind_of_head(head), kind, "{head:?}");
        }
    }
}
