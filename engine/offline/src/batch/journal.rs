//! What was done: an append-only file of text, a line a job.
//!
//! `2 <input> <settings> <target> <name> <output> <row length> <crc> <row>`, fields separated by
//! spaces: BLAKE3 of the input, of the settings, of the path that the job asked for, the name that
//! the file got instead (its bytes as hexadecimal digits, `-` for the one asked for), BLAKE3 of the
//! output, the row of the report, and CRC-32C of everything but itself. A line that is cut off or
//! damaged counts as not written. Lines of version 1 have no name.
//!
//! A line with the output `-` says that the job began and nothing was in its way: what is there
//! later is its result, even if the run was killed before it could say so. A job that ends without
//! a result takes that back with the output `x`. A result that takes the place of its input is noted
//! before it does: nothing else tells afterwards that it is no input any more.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::atomic::{check_size, check_target, size_limit};
use crate::error::{Error, Result};
use crate::job::{Job, Report, is_in_place};

/// Longest line: a row is a few kilobytes.
const MAX_LINE: u64 = 1 << 20;

/// Output of a job that began and is not known to have ended, and of one that ended without any.
const BEGUN: &str = "-";
const NOTHING: &str = "x";
/// Name of an output that has the name it was asked for.
const AS_ASKED: &str = "-";

/// What a job is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    input: String,
    settings: String,
    pub(super) target: PathBuf,
    /// The result takes the place of the input.
    pub(super) is_in_place: bool,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Done {
    input: String,
    settings: String,
    /// In hexadecimal digits, or [`AS_ASKED`].
    name: String,
    pub(super) output: String,
    pub(super) row: String,
}

/// The newest line of every target, and the file open for more.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// By hash of the target's path.
    done: HashMap<String, Done>,
    /// What runs with other shards noted of targets of this one.
    others: HashMap<String, Vec<Done>>,
}

impl Key {
    /// `None` if the input cannot be read: the job will say why.
    pub(super) fn of(job: &Job, go_on: &mut dyn FnMut() -> ControlFlow<()>) -> Option<Self> {
        Some(Self {
            input: hash_while(&job.input, go_on)?,
            settings: job.settings.hash(),
            target: job.output.clone(),
            is_in_place: is_in_place(job),
        })
    }
}

/// BLAKE3 of a file; `None` if it cannot be read.
pub(super) fn hash(path: &Path) -> Option<String> {
    hash_while(path, &mut || ControlFlow::Continue(()))
}

fn hash_while(path: &Path, go_on: &mut dyn FnMut() -> ControlFlow<()>) -> Option<String> {
    let mut file = crate::input::open(path).ok()?;
    let mut hasher = blake3::Hasher::new();
    let mut bytes = vec![0; 256 * 1024];
    loop {
        match file.read(&mut bytes).ok()? {
            0 => return Some(hasher.finalize().to_hex().to_string()),
            n => hasher.update(&bytes[..n]),
        };
        if go_on().is_break() {
            return None;
        }
    }
}

fn path_hash(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    blake3::hash(absolute.as_os_str().as_encoded_bytes())
        .to_hex()
        .to_string()
}

impl Journal {
    /// Reads what is there and opens the file for appending; makes it if it is not there. Nobody else
    /// can open it until this is dropped.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let io = |action| move |e| Error::io(path, action, e);
        check_target(path)?;
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(io("open"))?;
        // File systems without locks have none here either.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            let path = path.to_owned();
            return Err(Error::InUse { path });
        }
        let mut done = HashMap::new();
        let mut reader = BufReader::new(&file);
        let mut head = None;
        each_line(&mut reader, |line| {
            if let Some((target, row)) = parse(line) {
                done.insert(target, row);
            }
            head.get_or_insert_with(|| is_begun(line));
        })
        .map_err(io("read"))?;
        if done.is_empty() && head == Some(false) {
            let path = path.to_owned();
            return Err(Error::NotAJournal { path });
        }
        // A line that a killed run has left half gets an end, so that the next one is whole.
        let mut last = [b'\n'];
        if file.seek(SeekFrom::End(-1)).is_ok() {
            file.read_exact(&mut last).map_err(io("read"))?;
        }
        if last != [b'\n'] {
            file.write_all(b"\n").map_err(io("write"))?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            done,
            others: HashMap::new(),
        })
    }

    /// Reads what runs with other shards of the same manifest noted of these targets. What only began
    /// there does not count: nothing tells which of several journals is the newest.
    pub(super) fn read_others<'a>(&mut self, targets: impl Iterator<Item = &'a Path>) {
        let own: HashSet<String> = targets.map(path_hash).collect();
        for path in beside(&self.path) {
            // One that cannot be read tells nothing.
            let Ok(file) = File::open(&path) else {
                continue;
            };
            let mut rows = HashMap::new();
            _ = each_line(&mut BufReader::new(file), |line| {
                if let Some((target, row)) = parse(line)
                    && own.contains(&target)
                {
                    rows.insert(target, row);
                }
            });
            for (target, row) in rows {
                if ![BEGUN, NOTHING].contains(&row.output.as_str()) {
                    self.others.entry(target).or_default().push(row);
                }
            }
        }
    }

    /// All lines that count of a target, its own first.
    fn rows(&self, target: &Path) -> impl Iterator<Item = &Done> {
        let target = path_hash(target);
        let others = self.others.get(&target).into_iter().flatten();
        self.done.get(&target).into_iter().chain(others)
    }

    /// The line of a job whose input and settings are what they were.
    pub(super) fn find(&self, key: &Key) -> Option<Done> {
        let mut rows = self.rows(&key.target);
        let is_same = |done: &&Done| {
            (done.input == key.input || done.has_replaced(key)) && done.settings == key.settings
        };
        rows.find(is_same).cloned()
    }

    /// Whether a former run put a result in the place of this input, which is gone.
    pub(super) fn has_replaced(&self, key: &Key) -> bool {
        let found = self.find(key);
        found.is_some_and(|done| done.input != key.input && done.has_replaced(key))
    }

    /// The file that a former run wrote for this target, if nobody changed it since.
    pub(super) fn ours(&self, target: &Path) -> Option<PathBuf> {
        self.rows(target).find_map(|done| {
            let path = done.path(target)?;
            let is_ours = match done.output.as_str() {
                BEGUN => path.symlink_metadata().is_ok(),
                output => hash(&path).is_some_and(|found| found == output),
            };
            is_ours.then_some(path)
        })
    }

    /// Notes that a job begins whose result will be at `path`, where nothing is.
    pub(super) fn begin(&mut self, key: &Key, path: &Path) -> Result<()> {
        let target = path_hash(&key.target);
        let begun = Done {
            input: key.input.clone(),
            settings: key.settings.clone(),
            name: name_of(&key.target, path),
            output: BEGUN.to_owned(),
            row: String::new(),
        };
        let is_noted = self.done.get(&target) == Some(&begun);
        if is_noted {
            return Ok(());
        }
        self.append(target, begun)
    }

    /// Takes a [`Journal::begin`] back: the job ended and left nothing.
    pub(super) fn end(&mut self, key: &Key) -> Result<()> {
        let target = path_hash(&key.target);
        match self.done.get(&target) {
            Some(done) if done.output == BEGUN => {
                let ended = Done {
                    output: NOTHING.to_owned(),
                    ..done.clone()
                };
                self.append(target, ended)
            }
            _ => Ok(()),
        }
    }

    /// Notes the result of the job with this target, with one write, and makes sure that it stays.
    pub(super) fn add(&mut self, target: &Path, report: &Report, row: &str) -> Result<()> {
        let done = Done {
            input: report.input_hash.clone(),
            settings: report.settings_hash.clone(),
            name: name_of(target, &report.output),
            output: report.output_hash.clone(),
            row: row.replace(['\n', '\r'], " "),
        };
        let target = path_hash(target);
        let is_noted = self.done.get(&target) == Some(&done);
        match is_noted {
            true => Ok(()),
            false => self.append(target, done),
        }
    }

    fn append(&mut self, target: String, done: Done) -> Result<()> {
        let line = format(&target, &done);
        let mut append = || {
            let end = self.file.metadata()?.len() + line.len() as u64;
            check_size(end, size_limit())?;
            self.file.write_all(line.as_bytes())?;
            self.file.sync_data()
        };
        append().map_err(|e| Error::io(&self.path, "write", e))?;
        self.done.insert(target, done);
        Ok(())
    }
}

/// Hands every line to `each`, a longer one than there is in pieces.
fn each_line(reader: &mut impl BufRead, mut each: impl FnMut(&[u8])) -> std::io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let limited = &mut Read::by_ref(reader).take(MAX_LINE);
        if limited.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        each(&line);
    }
}

/// Journals of other shards, or of all, beside this one: `jobs.jsonl.journal`,
/// `jobs.jsonl.2-of-8.journal`, ...
fn beside(path: &Path) -> Vec<PathBuf> {
    let stem = |name: &OsStr| Some(name.to_str()?.strip_suffix(".journal")?.to_owned());
    let Some(own) = path.file_name().and_then(stem) else {
        return Vec::new();
    };
    let manifest = without_shard(&own);
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let Ok(entries) = std::fs::read_dir(folder.unwrap_or(Path::new("."))) else {
        return Vec::new();
    };
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    let mut names: Vec<_> = names
        .filter(|name| stem(name).is_some_and(|it| it != own && without_shard(&it) == manifest))
        .collect();
    names.sort();
    names.iter().map(|name| path.with_file_name(name)).collect()
}

/// `jobs.jsonl` of `jobs.jsonl.2-of-8`.
fn without_shard(stem: &str) -> &str {
    let is_shard = |ending: &str| {
        let numbers = ending.split_once("-of-");
        numbers.is_some_and(|(i, n)| i.parse::<u32>().is_ok() && n.parse::<u32>().is_ok())
    };
    match stem.rsplit_once('.') {
        Some((manifest, ending)) if is_shard(ending) => manifest,
        _ => stem,
    }
}

impl Done {
    /// Whether the input is its result.
    fn has_replaced(&self, key: &Key) -> bool {
        key.is_in_place && self.output == key.input
    }

    /// Where the result of a job with this target is.
    pub(super) fn path(&self, target: &Path) -> Option<PathBuf> {
        if self.name == AS_ASKED {
            return Some(target.to_owned());
        }
        let digits = self.name.as_bytes().as_chunks::<2>().0.iter();
        let bytes: Vec<u8> = digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect::<Option<_>>()?;
        Some(target.with_file_name(os_name(&bytes)?))
    }
}

/// The name of these bytes; on Unix any bytes are one.
#[cfg(unix)]
fn os_name(bytes: &[u8]) -> Option<&OsStr> {
    Some(std::os::unix::ffi::OsStrExt::from_bytes(bytes))
}

#[cfg(not(unix))]
fn os_name(bytes: &[u8]) -> Option<&OsStr> {
    std::str::from_utf8(bytes).ok().map(OsStr::new)
}

/// What [`Done::name`] says of a file that was written for `target`.
fn name_of(target: &Path, path: &Path) -> String {
    match path.file_name() {
        Some(name) if target.file_name() != Some(name) => name
            .as_encoded_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        _ => AS_ASKED.to_owned(),
    }
}

/// Whether a line begins as those of journals do, be it cut off: a version, and hexadecimal digits.
fn is_begun(line: &[u8]) -> bool {
    const DIGITS: usize = 64;
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let mut bytes = line.iter().take("2 ".len() + DIGITS);
    let is_version = bytes.next().is_none_or(|byte| matches!(byte, b'1' | b'2'));
    let is_space = bytes.next().is_none_or(|byte| *byte == b' ');
    is_version && is_space && bytes.all(u8::is_ascii_hexdigit)
}

fn format(target: &str, done: &Done) -> String {
    let Done {
        input,
        settings,
        name,
        output,
        row,
    } = done;
    let len = row.len();
    sealed(
        &format!("2 {input} {settings} {target} {name} {output} {len}"),
        row,
    )
}

/// A line: fields, their check sum, and the row.
fn sealed(fields: &str, row: &str) -> String {
    let crc = crc32c::crc32c(format!("{fields} {row}").as_bytes());
    format!("{fields} {crc:08x} {row}\n")
}

fn parse(line: &[u8]) -> Option<(String, Done)> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (version, _) = line.split_once(' ')?;
    let is_old = version == "1";
    let mut fields = line.splitn(if is_old { 8 } else { 9 }, ' ').skip(1);
    let mut field = || fields.next().map(str::to_owned);
    let (input, settings, target) = (field()?, field()?, field()?);
    let name = if is_old {
        AS_ASKED.to_owned()
    } else {
        field()?
    };
    let (output, _len, _crc, row) = (field()?, field()?, field()?, field()?);
    let done = Done {
        input,
        settings,
        name,
        output,
        row,
    };
    let whole = if is_old {
        let Done {
            input,
            settings,
            output,
            row,
            ..
        } = &done;
        let len = row.len();
        sealed(
            &format!("1 {input} {settings} {target} {output} {len}"),
            row,
        )
    } else {
        format(&target, &done)
    };
    (whole.strip_suffix('\n') == Some(line)).then_some((target, done))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(n: u8) -> Done {
        let text = |what: &str| format!("{what}{n}");
        Done {
            input: text("i"),
            settings: text("s"),
            name: AS_ASKED.to_owned(),
            output: text("o"),
            row: format!("{{\"a row\": {n}}}"),
        }
    }

    #[test]
    fn lines_survive_and_damaged_ones_do_not_count() {
        let whole = format("t", &done(1));
        assert_eq!(parse(whole.as_bytes()), Some(("t".to_owned(), done(1))));
        for at in 0..whole.len() {
            let mut bad = whole.clone().into_bytes();
            bad[at] ^= 1;
            assert_eq!(parse(&bad), None, "byte {at}");
            assert_eq!(parse(&whole.as_bytes()[..at]), None, "{at} bytes");
        }
    }

    /// As version 1 wrote it.
    #[test]
    fn lines_without_a_name_are_read() {
        let line = sealed("1 i1 s1 t o1 12", "{\"a row\": 1}");
        assert_eq!(parse(line.as_bytes()), Some(("t".to_owned(), done(1))));
    }

    #[test]
    fn other_names_survive() {
        let (asked, got) = (Path::new("x/ä b.wav"), Path::new("x/ä b-2.wav"));
        let found = Done {
            name: name_of(asked, got),
            ..done(1)
        };
        let (_, found) = parse(format("t", &found).as_bytes()).unwrap();
        assert_eq!(found.path(asked).unwrap(), got);
        assert_eq!(done(1).path(asked).unwrap(), asked);
    }

    #[cfg(unix)]
    #[test]
    fn names_of_any_bytes_survive() {
        use std::os::unix::ffi::OsStrExt;
        let asked = Path::new(OsStr::from_bytes(b"x/\xFF\xC0 b.wav"));
        let got = Path::new(OsStr::from_bytes(b"x/\xFF\xC0 b-2.wav"));
        let found = Done {
            name: name_of(asked, got),
            ..done(1)
        };
        let (_, found) = parse(format("t", &found).as_bytes()).unwrap();
        assert_eq!(found.path(asked).unwrap(), got);
    }

    #[test]
    fn a_torn_line_is_forgotten_and_the_next_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let (a, b) = (format("ta", &done(1)), format("tb", &done(2)));
        std::fs::write(&path, format!("{a}{}", &b[..b.len() / 2])).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert_eq!(journal.done.len(), 1);
        journal.file.write_all(b.as_bytes()).unwrap();
        drop(journal);
        let again = Journal::open(&path).unwrap();
        assert_eq!(again.done.get("tb"), Some(&done(2)));
        assert_eq!(again.done.get("ta"), Some(&done(1)));
    }

    #[test]
    fn what_is_no_journal_is_refused_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let mut noise = crate::testing::Noise(1);
        let mut files: Vec<Vec<u8>> = [1usize, 100, 70_000]
            .map(|len| (0..len).map(|_| noise.next() as u8).collect())
            .into();
        files.push(b"RIFF\0\0\0\0WAVEfmt ".to_vec());
        files.push(b"{\"input\": \"a.wav\"}\n".to_vec());
        files.push(b"2 jobs are left\n".to_vec());
        for bytes in files {
            std::fs::write(&path, &bytes).unwrap();
            let refused = Journal::open(&path).err();
            assert!(
                matches!(refused, Some(Error::NotAJournal { .. })),
                "{refused:?}"
            );
            assert!(std::fs::read(&path).unwrap() == bytes);
        }
    }

    /// A run that was killed at its first line.
    #[test]
    fn half_a_first_line_is_a_journal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let hash = blake3::hash(b"").to_hex().to_string();
        let line = format!("2 {hash} {hash} {hash} - - 0");
        for bytes in 0..line.len() {
            std::fs::write(&path, &line[..bytes]).unwrap();
            // The first time ends the line.
            for _ in 0..2 {
                assert!(Journal::open(&path).unwrap().done.is_empty(), "{bytes}");
            }
        }
    }

    #[test]
    fn one_batch_at_a_time_has_a_journal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("j");
        let first = Journal::open(&path).unwrap();
        let second = Journal::open(&path).err();
        assert!(matches!(second, Some(Error::InUse { .. })), "{second:?}");
        drop(first);
        Journal::open(&path).unwrap();
    }
}
