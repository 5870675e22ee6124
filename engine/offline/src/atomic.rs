//! Files that appear whole or not at all.

mod leftovers;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

pub use leftovers::remove_leftovers;

/// Start of every temporary name; a left-over of a killed run can be recognised by it.
pub const TEMPORARY_PREFIX: &str = ".segue-tmp-";

/// Writes go through a buffer of this many bytes; larger ones go straight to the file.
const BUFFER_BYTES: usize = 16 * 1024;

/// A file written under a temporary name in the destination folder and published by a rename.
///
/// 1. [`AtomicFile::create`] opens the temporary file. The target is not touched.
/// 2. Write and seek.
/// 3. [`AtomicFile::finish`] flushes, syncs the file, renames it over the target and syncs the
///    folder. Dropping instead removes the temporary file.
///
/// At any instant, a crash included, the target is the old file or the new one. `[thread-safe]`;
/// every call blocks.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    temporary: PathBuf,
    /// `None` once published.
    file: Option<BufWriter<File>>,
    /// Where the next byte goes.
    position: u64,
    /// Largest size that it may have, bytes.
    most: u64,
    body: Option<Body>,
}

/// What was written behind the header, and its check sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    /// Where it begins.
    pub(crate) start: u64,
    /// Its length in bytes.
    pub(crate) bytes: u64,
    /// CRC-32C of them.
    pub(crate) crc: u32,
}

/// Refuses a target in a folder that is not there.
pub(crate) fn check_folder(target: &Path) -> Result<()> {
    let folder = folder_of(target);
    match folder.metadata() {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(Error::NoFolder {
            path: target.to_owned(),
            folder,
        }),
        _ => Ok(()),
    }
}

/// Refuses what no result can be: a name in a folder that is not there, a folder, a device, a pipe, a
/// socket, also behind a link. Publishing would put a file in its place. `[thread-safe]`
///
/// # Errors
/// [`Error::NoFolder`], [`Error::NotFile`], [`Error::Io`] for a folder.
pub fn check_target(target: &Path) -> Result<()> {
    check_folder(target)?;
    match target.metadata() {
        Ok(meta) if meta.is_dir() => {
            let source = io::Error::from(io::ErrorKind::IsADirectory);
            Err(Error::io(target, "write", source))
        }
        Ok(meta) if !meta.is_file() => Err(Error::NotFile {
            path: target.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Largest file that this process may write, in bytes.
#[cfg(unix)]
pub(crate) fn size_limit() -> u64 {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Fsize).current.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
pub(crate) fn size_limit() -> u64 {
    u64::MAX
}

/// Refuses to write up to `end` where `most` is the limit: the system would end the program for it.
pub(crate) fn check_size(end: u64, most: u64) -> io::Result<()> {
    if end <= most {
        return Ok(());
    }
    let text = format!("a file may have {most} bytes here (ulimit -f), and this one needs more");
    Err(io::Error::new(io::ErrorKind::FileTooLarge, text))
}

impl AtomicFile {
    /// Opens a temporary file next to `target`.
    ///
    /// # Errors
    /// Those of [`check_target`]; [`Error::Io`] if the folder is not writable.
    pub fn create(target: &Path) -> Result<Self> {
        check_target(target)?;
        let folder = folder_of(target);
        loop {
            let temporary = folder.join(leftovers::temporary_name());
            match OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&temporary)
            {
                Ok(file) => {
                    leftovers::claim(&file);
                    let file = Some(BufWriter::with_capacity(BUFFER_BYTES, file));
                    return Ok(Self {
                        target: target.to_owned(),
                        temporary,
                        file,
                        position: 0,
                        most: size_limit(),
                        body: None,
                    });
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    // The folder was there: it is gone now, or makes up what is in it (/proc).
                    check_folder(target)?;
                    let text = "no file can be made in this folder";
                    let refused = io::Error::new(io::ErrorKind::PermissionDenied, text);
                    return Err(Error::io(target, "create", refused));
                }
                Err(e) => return Err(Error::io(target, "create", e)),
            }
        }
    }

    /// Where the file will appear.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the file is until then, for reading back what was written (flush first).
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Flushes, syncs, renames over the target, syncs the folder.
    ///
    /// # Errors
    /// [`Error::Io`]; the temporary file is removed and the target keeps its old content.
    pub fn finish(mut self) -> Result<()> {
        let file = self.file.take();
        let done = file.map_or(Ok(()), |f| publish(f, &self.temporary, &self.target));
        if done.is_err() {
            remove_quietly(&self.temporary);
        }
        done.map_err(|e| Error::io(&self.target, "publish", e))
    }

    /// From here on a check sum is kept of what is written, which only grows; what lies in front
    /// may still be written anew.
    pub(crate) fn begin_body(&mut self) {
        self.body = Some(Body {
            start: self.position,
            bytes: 0,
            crc: 0,
        });
    }

    /// What is behind the header; `None` without one, or if a part of it was written twice.
    pub(crate) fn body(&self) -> Option<Body> {
        self.body
    }

    /// Notes that these bytes were written.
    fn wrote(&mut self, bytes: &[u8]) {
        let end = self.position + bytes.len() as u64;
        if let Some(body) = &mut self.body {
            if self.position == body.start + body.bytes {
                body.crc = crc32c::crc32c_append(body.crc, bytes);
                body.bytes += bytes.len() as u64;
            } else if end > body.start {
                self.body = None;
            }
        }
        self.position = end;
    }

    /// As [`AtomicFile::finish`], but never replaces a file: if one is in the way, the next name of
    /// `others` is taken, and there is an error when there is none. Where the file went.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::Io`]; the temporary file is removed.
    pub fn finish_new(mut self, others: &mut dyn FnMut() -> Option<PathBuf>) -> Result<PathBuf> {
        let file = self.file.take();
        let done = file.map_or(Ok(()), synced);
        let done = done.and_then(|()| {
            while !rename_new(&self.temporary, &self.target)? {
                match others() {
                    Some(target) => self.target = target,
                    None => return Ok(false),
                }
            }
            sync_folder(&folder_of(&self.target)).map(|()| true)
        });
        let path = self.target.clone();
        if !matches!(done, Ok(true)) {
            remove_quietly(&self.temporary);
        }
        match done {
            Ok(true) => Ok(path),
            Ok(false) => Err(Error::Exists { path }),
            Err(e) => Err(Error::io(&path, "publish", e)),
        }
    }

    /// Turns an I/O error of this file into one that names the target.
    pub(crate) fn error(&self, source: io::Error) -> Error {
        Error::io(&self.target, "write", source)
    }

    fn open(&mut self) -> io::Result<&mut BufWriter<File>> {
        self.file
            .as_mut()
            .ok_or_else(|| io::Error::other("already published"))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        check_size(self.position.saturating_add(buf.len() as u64), self.most)?;
        let bytes = self.open()?.write(buf)?;
        self.wrote(&buf[..bytes]);
        Ok(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open()?.flush()
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        self.position = self.open()?.seek(pos)?;
        Ok(self.position)
    }
}

impl Read for AtomicFile {
    /// Reads back what was written; flushes first.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let file = self.open()?;
        file.flush()?;
        let bytes = file.get_mut().read(buf)?;
        self.position += bytes as u64;
        Ok(bytes)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // `into_parts` drops the buffer without writing it: the file is about to vanish.
            drop(file.into_parts());
            remove_quietly(&self.temporary);
        }
    }
}

/// Writes `bytes` to `target` as one atomic step.
///
/// # Errors
/// [`Error::Io`]; the target keeps its old content.
pub fn write_atomic(target: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = AtomicFile::create(target)?;
    file.write_all(bytes)
        .map_err(|e| Error::io(target, "write", e))?;
    file.finish()
}

fn publish(file: BufWriter<File>, temporary: &Path, target: &Path) -> io::Result<()> {
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    if let Ok(old) = fs::metadata(target) {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, target)?;
    sync_folder(&folder_of(target))
}

/// Flushes and syncs a file that replaces none.
fn synced(file: BufWriter<File>) -> io::Result<()> {
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()
}

/// Gives a file its name unless one of that name is there; `false` if there is.
fn rename_new(from: &Path, to: &Path) -> io::Result<bool> {
    match rename_exclusive(from, to) {
        Some(done) => return done,
        None if to.symlink_metadata().is_ok() => return Ok(false),
        None => {}
    }
    // A second name is never given over another file either; not every file system has them.
    match fs::hard_link(from, to) {
        Ok(()) => {
            remove_quietly(from);
            Ok(true)
        }
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(_) => fs::rename(from, to).map(|()| true),
    }
}

/// In one step, where system and file system know how; else `None`.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_exclusive(from: &Path, to: &Path) -> Option<io::Result<bool>> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Some(Ok(true)),
        Err(Errno::EXIST) => Some(Ok(false)),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => None,
        Err(e) => Some(Err(e.into())),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn rename_exclusive(_from: &Path, _to: &Path) -> Option<io::Result<bool>> {
    None
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some file systems (FUSE, network shares) cannot sync a folder: the rename stands.
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    // Folders cannot be opened for syncing here; the file system journals the rename.
    Ok(())
}

fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Clean-up after a failure: the failure itself is the error worth reporting.
fn remove_quietly(path: &Path) {
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn publishes_whole_and_leaves_no_temporary() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("ünï çödé.bin");
        fs::write(&target, b"old").unwrap();
        let mut f = AtomicFile::create(&target).unwrap();
        f.write_all(b"newer").unwrap();
        f.flush().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(entries(dir.path()).len(), 2);
        f.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"newer");
        assert_eq!(entries(dir.path()), ["ünï çödé.bin"]);
    }

    #[test]
    fn drop_keeps_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        write_atomic(&target, b"old").unwrap();
        let mut f = AtomicFile::create(&target).unwrap();
        f.write_all(b"half").unwrap();
        drop(f);
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(entries(dir.path()), ["a"]);
    }

    #[test]
    fn failure_to_publish_cleans_up() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        let mut f = AtomicFile::create(&target).unwrap();
        f.write_all(b"x").unwrap();
        // A non-empty folder appears under the target's name: the rename cannot succeed.
        fs::create_dir(&target).unwrap();
        fs::write(target.join("in"), b"").unwrap();
        assert!(matches!(
            f.finish(),
            Err(Error::Io {
                action: "publish",
                ..
            })
        ));
        assert_eq!(entries(dir.path()), ["a"]);
    }

    #[test]
    fn a_file_that_came_meanwhile_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        let new = || {
            let mut f = AtomicFile::create(&target).unwrap();
            f.write_all(b"new").unwrap();
            f
        };
        assert_eq!(new().finish_new(&mut || None).unwrap(), target);
        fs::write(&target, b"somebody's").unwrap();
        let error = new().finish_new(&mut || None).unwrap_err();
        assert!(matches!(error, Error::Exists { .. }), "{error}");
        let other = dir.path().join("b");
        assert_eq!(
            new().finish_new(&mut || Some(other.clone())).unwrap(),
            other
        );
        assert_eq!(fs::read(&target).unwrap(), b"somebody's");
        assert_eq!(fs::read(&other).unwrap(), b"new");
        assert_eq!(entries(dir.path()), ["a", "b"]);
    }

    #[test]
    fn missing_folder_names_the_target() {
        let text = AtomicFile::create(Path::new("/nonexistent-folder/x.wav")).unwrap_err();
        assert!(
            text.to_string()
                .starts_with("/nonexistent-folder/x.wav: there is no folder")
        );
        let dir = tempfile::tempdir().unwrap();
        assert!(AtomicFile::create(dir.path()).is_err());
    }

    #[test]
    fn the_body_has_a_check_sum() {
        let dir = tempfile::tempdir().unwrap();
        let mut f = AtomicFile::create(&dir.path().join("a")).unwrap();
        f.write_all(b"head").unwrap();
        assert_eq!(f.body(), None);
        f.begin_body();
        f.write_all(b"some ").unwrap();
        f.write_all(b"bytes").unwrap();
        f.seek(SeekFrom::Start(0)).unwrap();
        f.write_all(b"HEAD").unwrap();
        f.seek(SeekFrom::End(0)).unwrap();
        f.write_all(b"!").unwrap();
        let whole = Body {
            start: 4,
            bytes: 11,
            crc: crc32c::crc32c(b"some bytes!"),
        };
        assert_eq!(f.body(), Some(whole));
        f.seek(SeekFrom::Start(3)).unwrap();
        f.write_all(b"xx").unwrap();
        assert_eq!(f.body(), None, "the sum no longer holds");
    }

    #[test]
    fn seeks_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut f = AtomicFile::create(&dir.path().join("a")).unwrap();
        f.write_all(b"hello").unwrap();
        f.seek(SeekFrom::Start(1)).unwrap();
        f.write_all(b"E").unwrap();
        f.seek(SeekFrom::Start(0)).unwrap();
        let mut text = String::new();
        f.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hEllo");
    }
}
