//! Files that are read whole, and those that are written over: regular ones, without a wait for somebody at the other end.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Result};

/// Reads a regular file of at most `max` bytes; `limit` is the limit's name in docs/limits.md. Anything else is refused
/// before it is opened: a pipe would wait for somebody to write, a device has no end. `[thread-safe]`, blocks
/// while it reads.
///
/// # Errors
/// [`Error::Io`], [`Error::NotAFile`], [`Error::TooLarge`] before memory is taken.
pub fn read(path: &Path, limit: &'static str, max: u64) -> Result<Vec<u8>> {
    let metadata = fs::metadata(path).map_err(|error| Error::io(path, "open", error))?;
    check_kind(path, &metadata)?;
    let check = |value: u64| match value <= max {
        true => Ok(()),
        false => Err(Error::TooLarge {
            path: path.to_owned(),
            limit,
            subject: "its size in bytes",
            value,
            max,
        }),
    };
    check(metadata.len())?;
    let file = File::open(path).map_err(|error| Error::io(path, "open", error))?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // The file may grow while it is read.
    file.take(max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Error::io(path, "read", error))?;
    check(bytes.len() as u64)?;
    Ok(bytes)
}

/// The same as text, without the mark that some editors put before UTF-8. `[thread-safe]`, blocks while it reads.
///
/// # Errors
/// As [`read`]; [`Error::NotText`] for what is no UTF-8.
pub fn read_text(path: &Path, limit: &'static str, max: u64) -> Result<String> {
    let bytes = read(path, limit, max)?;
    let mut text = String::from_utf8(bytes).map_err(|error| Error::NotText {
        path: path.to_owned(),
        byte: error.utf8_error().valid_up_to(),
    })?;
    let mark = '\u{feff}';
    if text.starts_with(mark) {
        text.drain(..mark.len_utf8());
    }
    Ok(text)
}

/// Opens a regular file, however large. `[thread-safe]`
pub(crate) fn open(path: &Path) -> Result<File> {
    let failed = |error| Error::io(path, "open", error);
    check_kind(path, &fs::metadata(path).map_err(failed)?)?;
    File::open(path).map_err(failed)
}

/// Refuses a place in which there is something else than a regular file that begins with `head`, as what is about to be
/// written there does: who mistook a name would lose a project for a picture. Nothing, and a file without a byte, may be
/// there. `[thread-safe]`
///
/// # Errors
/// [`Error::NotAFile`], [`Error::Exists`]; [`Error::Io`] if what is there cannot be read.
pub(crate) fn check_over(path: &Path, head: &[u8]) -> Result<()> {
    match fs::metadata(path) {
        Ok(metadata) => check_kind(path, &metadata)?,
        // Writing will tell.
        Err(_) => return Ok(()),
    }
    let mut there = Vec::new();
    let file = File::open(path).map_err(|error| Error::io(path, "open", error))?;
    file.take(head.len() as u64)
        .read_to_end(&mut there)
        .map_err(|error| Error::io(path, "read", error))?;
    match there.is_empty() || there == head {
        true => Ok(()),
        false => Err(Error::Exists {
            path: path.to_owned(),
            what: "a file of another kind",
        }),
    }
}

fn check_kind(path: &Path, metadata: &fs::Metadata) -> Result<()> {
    match metadata.is_file() {
        true => Ok(()),
        false => Err(Error::NotAFile {
            path: path.to_owned(),
            found: match metadata.is_dir() {
                true => "a folder",
                false => "a device or pipe",
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_is_refused_by_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        let file = File::create(&path).unwrap();
        file.set_len(1 << 40).unwrap();
        let error = read(&path, "project_json_bytes", 100).unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { value, .. } if value == 1 << 40),
            "{error}"
        );
        file.set_len(100).unwrap();
        assert_eq!(read(&path, "project_json_bytes", 100).unwrap().len(), 100);
    }

    /// Nobody writes into the pipe and the device has no end: whoever reads them never comes back.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_no_regular_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for (path, found) in [
            (pipe.as_path(), "a device or pipe"),
            (Path::new("/dev/zero"), "a device or pipe"),
            (folder.path(), "a folder"),
        ] {
            let text = read(path, "chain_bytes", 100).unwrap_err().to_string();
            assert!(text.contains(found), "{text}");
            for error in [open(path).unwrap_err(), check_over(path, b"x").unwrap_err()] {
                assert!(error.to_string().contains(found), "{error}");
            }
        }
        // Its size is said to be 0, and is not.
        let text = read(Path::new("/proc/self/maps"), "chain_bytes", 10).unwrap_err();
        assert!(matches!(text, Error::TooLarge { value: 11, .. }), "{text}");
    }

    #[test]
    fn what_is_of_another_kind_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert!(check_over(&path, b"SEGL").is_ok(), "nothing is there");
        for (text, is_fine) in [
            ("", true),
            ("SEGL rest", true),
            ("SEG", false),
            ("{}", false),
        ] {
            fs::write(&path, text).unwrap();
            let result = check_over(&path, b"SEGL");
            assert_eq!(result.is_ok(), is_fine, "{text}: {result:?}");
        }
    }

    #[test]
    fn texts_have_no_mark_and_only_letters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "\u{feff}a\u{feff}").unwrap();
        assert_eq!(read_text(&path, "chain_bytes", 10).unwrap(), "a\u{feff}");
        fs::write(&path, b"ab\xff").unwrap();
        let text = read_text(&path, "chain_bytes", 10).unwrap_err().to_string();
        assert!(
            text.contains("no UTF-8 text") && text.contains("byte 2"),
            "{text}"
        );
    }
}
