//! Opens files to be read from start to end.

use std::fs::File;
use std::path::Path;

use crate::error::{Error, Result};

/// Opens a regular file. Anything else is refused before it is opened: a pipe would wait for
/// somebody to write, a device has no end.
pub(crate) fn open(path: &Path) -> Result<File> {
    let io = |e| Error::io(path, "open", e);
    let meta = path.metadata().map_err(io)?;
    if meta.is_file() {
        return File::open(path).map_err(io);
    }
    let found = if meta.is_dir() {
        "a folder"
    } else {
        "a device or pipe"
    };
    Err(Error::NotAudio {
        path: path.to_owned(),
        found: found.to_owned(),
    })
}
