//! Session logs: recording everything that reaches the renderer, and reading it back.

pub(crate) mod codec;

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use rtrb::Consumer;
use segue_format::project::Seed;
use segue_format::session::{LogAsset, LogEnd, LogHeader, LogReader, LogWriter, MAGIC, Row};
use segue_rt::renderer::{LogRow, Logged};

use crate::config::EngineConfig;
use crate::control::Edit;
use crate::error::{Error, Result};
use crate::files;
use crate::info::LOG_BYTES;
use crate::load::LoadReport;
use crate::project::{OpenProject, read_all};
use codec::{decode_edit, decode_plain, encode_edit, encode_plain};
pub(crate) use segue_rt::command::Plain;

const TAG_PLAIN: u16 = 1;
const TAG_INSTALL: u16 = 2;
const TAG_EDIT: u16 = 3;

/// Writes a session log as the session goes on. What was written survives a crash.
pub(crate) struct Recorder {
    path: PathBuf,
    file: File,
    writer: LogWriter,
    /// Which install a command number was.
    installs: HashMap<u64, u32>,
}

/// A session log, read whole.
pub(crate) struct Session {
    pub(crate) header: LogHeader,
    pub(crate) project: Vec<u8>,
    pub(crate) rows: Vec<(u64, Entry)>,
    /// Frames that were rendered, if the session ended in order.
    pub(crate) frames: Option<u64>,
}

/// One row of a session log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// A plain command.
    Plain(Plain),
    /// The install of this number.
    Install(u32),
    /// An edit of the mixer's graph.
    Edit(Edit),
}

impl Recorder {
    /// Begins a log at `path`, replacing the log that is there.
    pub(crate) fn create(
        path: &Path,
        config: &EngineConfig,
        open: &OpenProject,
        report: &LoadReport,
    ) -> Result<Self> {
        let json = open
            .whole()
            .to_json()
            .map_err(|e| Error::format(&open.source, e))?;
        let writer = LogWriter::new(&header(config, open, report), &json)
            .map_err(|e| Error::format(path, e))?;
        files::check_over(path, &MAGIC)?;
        let file = File::create(path).map_err(|e| Error::io(path, "create", e))?;
        let installs = HashMap::new();
        let mut recorder = Self {
            path: path.to_owned(),
            file,
            writer,
            installs,
        };
        recorder.flush()?;
        Ok(recorder)
    }

    /// Notes that the command of this number is the install `index`.
    pub(crate) fn note_install(&mut self, number: u64, index: u32) {
        self.installs.insert(number, index);
    }

    pub(crate) fn edit(&mut self, edit: &Edit) -> Result<()> {
        self.push(0, TAG_EDIT, &encode_edit(edit))
    }

    /// Writes what the renderer has recorded since the last call.
    pub(crate) fn collect(&mut self, rows: &mut Consumer<LogRow>) -> Result<()> {
        while let Ok(row) = rows.pop() {
            match row.what {
                Logged::Plain(plain) => self.push(row.at, TAG_PLAIN, &encode_plain(&plain))?,
                Logged::Install(number) => {
                    if let Some(index) = self.installs.remove(&number) {
                        self.push(row.at, TAG_INSTALL, &index.to_le_bytes())?;
                    }
                }
            }
        }
        self.flush()
    }

    /// Ends the log after `frames` rendered frames.
    pub(crate) fn finish(mut self, frames: u64) -> Result<()> {
        let bytes = self.writer.finish(frames);
        let written = self
            .file
            .write_all(&bytes)
            .and_then(|()| self.file.sync_all());
        written.map_err(|e| Error::io(&self.path, "write", e))
    }

    fn push(&mut self, at: u64, tag: u16, payload: &[u8]) -> Result<()> {
        let row = Row {
            at,
            seq: None,
            tag,
            payload,
        };
        self.writer
            .push(row)
            .map_err(|e| Error::format(&self.path, e))
    }

    fn flush(&mut self) -> Result<()> {
        self.writer.flush();
        let bytes = self.writer.take_bytes();
        self.file
            .write_all(&bytes)
            .map_err(|e| Error::io(&self.path, "write", e))
    }
}

impl Session {
    /// Reads a log. One that was cut short gives what is whole.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = read_all(path, "session_log_bytes", LOG_BYTES)?;
        let format = |e| Error::format(path, e);
        let reader = LogReader::new(&bytes).map_err(format)?;
        let mut rows = Vec::new();
        let mut iterator = reader.rows();
        for row in &mut iterator {
            let row = row.map_err(format)?;
            let entry = entry(&row).ok_or_else(|| Error::UnknownRow {
                path: path.to_owned(),
                row: rows.len(),
                tag: row.tag,
            })?;
            rows.push((row.at, entry));
        }
        let frames = match iterator.end() {
            Some(LogEnd::Complete { total_frames, .. }) => Some(total_frames),
            _ => None,
        };
        let (header, project) = (reader.header().clone(), reader.project_json().to_vec());
        Ok(Self {
            header,
            project,
            rows,
            frames,
        })
    }
}

fn entry(row: &Row<'_>) -> Option<Entry> {
    match row.tag {
        TAG_PLAIN => decode_plain(row.payload).map(Entry::Plain),
        TAG_INSTALL => row
            .payload
            .try_into()
            .ok()
            .map(u32::from_le_bytes)
            .map(Entry::Install),
        TAG_EDIT => decode_edit(row.payload).map(Entry::Edit),
        _ => None,
    }
}

fn header(config: &EngineConfig, open: &OpenProject, report: &LoadReport) -> LogHeader {
    let asset = |(file, hash): &(String, String)| LogAsset {
        file: file.clone(),
        hash: hash.clone(),
        ..LogAsset::default()
    };
    LogHeader {
        sample_rate: config.sample_rate,
        seed: Seed(config.seed),
        max_block: config.max_block.max(1),
        simd: config.simd.name().to_owned(),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        project_path: open.source.to_string_lossy().into_owned(),
        assets: report.hashes.iter().map(asset).collect(),
        limits: config
            .sizes()
            .map(|(name, size)| (name.to_owned(), size as u64))
            .into(),
        ..LogHeader::default()
    }
}
