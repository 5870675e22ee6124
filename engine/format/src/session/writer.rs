//! Turns rows into the bytes to append to a session log.

use super::{DONE, DONE_BYTES, HEAD_BYTES, LogHeader, MAGIC, ROWS, Row, VERSION, varint};
use crate::error::{Error, Result};
use crate::limits;

/// A group is closed by itself when its rows take this many bytes.
const GROUP_TARGET: usize = 32 << 10;

/// A row besides its payload takes at most this many bytes.
const ROW_OVERHEAD: usize = 3 + 10 + 10 + 3;

const _: () =
    assert!(GROUP_TARGET + limits::LOG_ROW_BYTES + ROW_OVERHEAD <= limits::LOG_GROUP_BYTES);

/// Encodes a session log. The caller appends [`LogWriter::take_bytes`] to the file whenever it
/// likes; what was appended after a [`LogWriter::flush`] survives a crash.
///
/// Keeps every row until it is taken: the caller decides how often, and so how much memory it
/// needs.
#[derive(Debug)]
pub struct LogWriter {
    ready: Vec<u8>,
    group: Vec<u8>,
    group_rows: u32,
    rows: u64,
    last_at: u64,
    last_seq: u64,
}

impl LogWriter {
    /// Begins a log of a session that plays this `project.json`. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`]; [`Error::Json`] if the sample rate or the block size is out of range.
    pub fn new(header: &LogHeader, project_json: &[u8]) -> Result<LogWriter> {
        let header = header.to_json()?;
        let project_len = project_json.len() as u64;
        let max = limits::PROJECT_JSON_BYTES as u64;
        let subject = || "the size of project.json in bytes".to_owned();
        Error::check_limit("project_json_bytes", subject, project_len, max)?;
        let mut ready = Vec::with_capacity(HEAD_BYTES + header.len() + project_json.len() + 4);
        ready.extend_from_slice(&MAGIC);
        ready.extend_from_slice(&VERSION.0.to_le_bytes());
        ready.extend_from_slice(&0_u16.to_le_bytes());
        ready.extend_from_slice(&len_u32(&header));
        ready.extend_from_slice(&len_u32(project_json));
        let crc = crc32c::crc32c(&ready);
        ready.extend_from_slice(&crc.to_le_bytes());
        ready.extend_from_slice(&header);
        ready.extend_from_slice(project_json);
        let crc = crc32c::crc32c(&ready[HEAD_BYTES..]);
        ready.extend_from_slice(&crc.to_le_bytes());
        let group = Vec::new();
        Ok(LogWriter {
            ready,
            group,
            group_rows: 0,
            rows: 0,
            last_at: 0,
            last_seq: 0,
        })
    }

    /// Adds a row. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Limit`] if the payload is above 65536 bytes; then nothing is added.
    pub fn push(&mut self, row: Row<'_>) -> Result<()> {
        let subject = || format!("the size of the row of tag {} at frame {}", row.tag, row.at);
        let len = row.payload.len() as u64;
        Error::check_limit("log_row_bytes", subject, len, limits::LOG_ROW_BYTES as u64)?;
        let has_seq = u64::from(row.seq.is_some());
        varint::push(&mut self.group, u64::from(row.tag) << 1 | has_seq);
        varint::push(&mut self.group, varint::difference(row.at, self.last_at));
        if let Some(seq) = row.seq {
            varint::push(&mut self.group, varint::difference(seq, self.last_seq));
            self.last_seq = seq;
        }
        varint::push(&mut self.group, len);
        self.group.extend_from_slice(row.payload);
        self.last_at = row.at;
        self.group_rows += 1;
        self.rows += 1;
        if self.group.len() >= GROUP_TARGET {
            self.flush();
        }
        Ok(())
    }

    /// Closes the group of rows that were added since the last one, so that the next
    /// [`LogWriter::take_bytes`] holds them. `[thread-safe]`
    pub fn flush(&mut self) {
        if self.group_rows == 0 {
            return;
        }
        push_group(&mut self.ready, ROWS, self.group_rows, &self.group);
        self.group.clear();
        (self.group_rows, self.last_at, self.last_seq) = (0, 0, 0);
    }

    /// The bytes to append to the log: those of all groups closed since the last call.
    /// `[thread-safe]`
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.ready)
    }

    /// Rows added so far. `[thread-safe]`
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The last bytes to append, after `total_frames` frames were rendered. `[thread-safe]`
    pub fn finish(mut self, total_frames: u64) -> Vec<u8> {
        self.flush();
        let mut payload = [0; DONE_BYTES];
        payload[..8].copy_from_slice(&total_frames.to_le_bytes());
        payload[8..].copy_from_slice(&self.rows.to_le_bytes());
        push_group(&mut self.ready, DONE, 0, &payload);
        self.ready
    }
}

fn push_group(out: &mut Vec<u8>, tag: [u8; 4], rows: u32, payload: &[u8]) {
    let start = out.len();
    out.extend_from_slice(&tag);
    out.extend_from_slice(&len_u32(payload));
    out.extend_from_slice(&rows.to_le_bytes());
    out.extend_from_slice(&crc32c::crc32c(payload).to_le_bytes());
    let crc = crc32c::crc32c(&out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(payload);
}

/// The length of something whose limit is below 4 GiB.
fn len_u32(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes()
}
