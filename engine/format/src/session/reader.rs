//! Reads a session log that is in memory, without copying the rows.

use super::{DONE, DONE_BYTES, HEAD_BYTES, LogHeader, MAGIC, ROWS, Row, VERSION, WHAT, varint};
use crate::error::{Error, Result, begins_otherwise};
use crate::limits;
use crate::version::Version;

/// A session log whose header has been verified.
#[derive(Clone, Debug)]
pub struct LogReader<'a> {
    version: Version,
    header: LogHeader,
    project_json: &'a [u8],
    body: &'a [u8],
    body_offset: u64,
}

/// How a session log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogEnd {
    /// With its end marker.
    Complete {
        /// Frames that were rendered.
        total_frames: u64,
        /// Rows in the log.
        rows: u64,
    },
    /// Without: the recording was cut short, by a crash or a full disk. All rows up to there are
    /// whole.
    Truncated {
        /// Where the last whole group ends, in bytes.
        offset: u64,
        /// Rows up to there.
        rows: u64,
    },
}

impl<'a> LogReader<'a> {
    /// Verifies the beginning of a session log. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Unrecognised`], [`Error::Newer`], [`Error::Limit`], [`Error::Truncated`] if not even
    /// the header is whole, [`Error::Corrupt`], [`Error::Json`].
    pub fn new(data: &'a [u8]) -> Result<LogReader<'a>> {
        let prelude = Prelude::parse(data)?;
        let (header_len, project_len) = (prelude.header_len, prelude.project_len);
        let end = HEAD_BYTES + header_len + project_len + 4;
        let Some((start, body)) = data.split_at_checked(end) else {
            return Err(truncated("the header", 0, end as u64, data.len()));
        };
        let (start, crc) = start.split_last_chunk().unwrap_or((start, &[0; 4]));
        let content = start.get(HEAD_BYTES..).unwrap_or_default();
        if u32::from_le_bytes(*crc) != crc32c::crc32c(content) {
            let offset = HEAD_BYTES as u64;
            return Err(corrupt("the header", offset, "its checksum does not match"));
        }
        let (header, project_json) = content.split_at_checked(header_len).unwrap_or_default();
        let header = LogHeader::from_json(header)?;
        let body_offset = end as u64;
        Ok(LogReader {
            version: prelude.version,
            header,
            project_json,
            body,
            body_offset,
        })
    }

    /// The version the log was written in. `[thread-safe]`
    pub fn version(&self) -> Version {
        self.version
    }

    /// How the log was recorded. `[thread-safe]`
    pub fn header(&self) -> &LogHeader {
        &self.header
    }

    /// The bytes of the project that was played. `[thread-safe]`
    pub fn project_json(&self) -> &'a [u8] {
        self.project_json
    }

    /// The rows in order. `[thread-safe]`
    pub fn rows(&self) -> Rows<'a> {
        Rows {
            body: self.body,
            offset: self.body_offset,
            group: Group::default(),
            rows: 0,
            end: None,
        }
    }
}

/// Iterates over the rows of a log. After the last one, or the first error, [`Rows::end`] tells how
/// the log ends.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    body: &'a [u8],
    offset: u64,
    group: Group<'a>,
    rows: u64,
    end: Option<Result<LogEnd, ()>>,
}

/// The rows of a group that have not been read yet.
#[derive(Clone, Debug, Default)]
struct Group<'a> {
    offset: u64,
    payload: &'a [u8],
    rows: u32,
    last_at: u64,
    last_seq: u64,
}

impl Rows<'_> {
    /// How the log ends; `None` before the iteration has got there, and after an error.
    /// `[thread-safe]`
    pub fn end(&self) -> Option<LogEnd> {
        self.end.and_then(Result::ok)
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>>;

    fn next(&mut self) -> Option<Result<Row<'a>>> {
        while self.end.is_none() {
            match self.step() {
                Ok(Some(row)) => return Some(Ok(row)),
                Ok(None) => {}
                Err(error) => {
                    self.end = Some(Err(()));
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

impl<'a> Rows<'a> {
    /// Takes the next row, or moves to the next group or the end.
    fn step(&mut self) -> Result<Option<Row<'a>>> {
        if self.group.rows > 0 {
            let row = self.group.take_row().ok_or_else(|| self.bad_row())?;
            self.rows += 1;
            return Ok(Some(row));
        }
        if !self.group.payload.is_empty() {
            return Err(self.bad_row());
        }
        self.next_group().map(|()| None)
    }

    fn bad_row(&self) -> Error {
        let reason = format!("row {} of the log is malformed", self.rows);
        corrupt("a group of rows", self.group.offset, &reason)
    }

    fn next_group(&mut self) -> Result<()> {
        let (offset, rows) = (self.offset, self.rows);
        let Some(head) = GroupHead::parse(self.body, offset)? else {
            self.end = Some(Ok(LogEnd::Truncated { offset, rows }));
            return Ok(());
        };
        let payload = self.body.get(HEAD_BYTES..HEAD_BYTES + head.len);
        let Some(payload) = payload else {
            self.end = Some(Ok(LogEnd::Truncated { offset, rows }));
            return Ok(());
        };
        if crc32c::crc32c(payload) != head.crc {
            return Err(corrupt(
                "a group of rows",
                offset,
                "its checksum does not match",
            ));
        }
        let size = HEAD_BYTES + head.len;
        self.body = self.body.get(size..).unwrap_or_default();
        self.offset += size as u64;
        match head.tag {
            DONE => return self.finish(payload, offset),
            ROWS => {
                self.group = Group {
                    offset,
                    payload,
                    rows: head.rows,
                    ..Group::default()
                }
            }
            // From a newer minor version.
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, payload: &[u8], offset: u64) -> Result<()> {
        let part = "the end marker";
        let numbers = payload
            .split_first_chunk::<8>()
            .map(|(first, rest)| (first, rest.try_into()));
        let Some((frames, Ok(rows))) = numbers else {
            return Err(corrupt(part, offset, "it has the wrong length"));
        };
        let (total_frames, rows) = (u64::from_le_bytes(*frames), u64::from_le_bytes(rows));
        if rows != self.rows {
            let reason = format!("it counts {rows} rows, but the log has {}", self.rows);
            return Err(corrupt(part, offset, &reason));
        }
        if !self.body.is_empty() {
            let reason = format!("{} bytes follow it", self.body.len());
            return Err(corrupt(part, offset, &reason));
        }
        self.end = Some(Ok(LogEnd::Complete { total_frames, rows }));
        Ok(())
    }
}

impl<'a> Group<'a> {
    fn take_row(&mut self) -> Option<Row<'a>> {
        let head = varint::take(&mut self.payload)?;
        let tag = u16::try_from(head >> 1).ok()?;
        let at = varint::apply(varint::take(&mut self.payload)?, self.last_at);
        let mut seq = None;
        if head & 1 == 1 {
            self.last_seq = varint::apply(varint::take(&mut self.payload)?, self.last_seq);
            seq = Some(self.last_seq);
        }
        let len = usize::try_from(varint::take(&mut self.payload)?).ok()?;
        if len > limits::LOG_ROW_BYTES {
            return None;
        }
        let (payload, rest) = self.payload.split_at_checked(len)?;
        self.payload = rest;
        self.last_at = at;
        self.rows -= 1;
        Some(Row {
            at,
            seq,
            tag,
            payload,
        })
    }
}

/// The first 20 bytes of a log.
struct Prelude {
    version: Version,
    header_len: usize,
    project_len: usize,
}

impl Prelude {
    fn parse(data: &[u8]) -> Result<Prelude> {
        let magic_len = data.len().min(MAGIC.len());
        if data.is_empty() || data[..magic_len] != MAGIC[..magic_len] {
            let found = begins_otherwise(data);
            return Err(Error::Unrecognised {
                expected: "Segue session log",
                found,
            });
        }
        let Some(head) = data.first_chunk::<HEAD_BYTES>() else {
            return Err(truncated("the header", 0, HEAD_BYTES as u64, data.len()));
        };
        let [_, _, _, _, v0, v1, _, _, rest @ ..] = *head;
        let [h0, h1, h2, h3, p0, p1, p2, p3, c0, c1, c2, c3] = rest;
        if u32::from_le_bytes([c0, c1, c2, c3]) != crc32c::crc32c(&head[..16]) {
            return Err(corrupt("the header", 0, "its checksum does not match"));
        }
        let version = Version(u16::from_le_bytes([v0, v1]));
        if version.major() > VERSION.major() {
            return Err(Error::Newer {
                what: WHAT,
                found: version.to_string(),
                supported: format!("{}.x", VERSION.major()),
            });
        }
        let header_len = checked_len(
            [h0, h1, h2, h3],
            "log_header_bytes",
            limits::LOG_HEADER_BYTES,
        )?;
        let project_len = checked_len(
            [p0, p1, p2, p3],
            "project_json_bytes",
            limits::PROJECT_JSON_BYTES,
        )?;
        Ok(Prelude {
            version,
            header_len,
            project_len,
        })
    }
}

fn checked_len(bytes: [u8; 4], limit: &'static str, max: usize) -> Result<usize> {
    let len = u32::from_le_bytes(bytes);
    let subject = || format!("a length in the header of the {WHAT}");
    Error::check_limit(limit, subject, u64::from(len), max as u64)?;
    Ok(usize::try_from(len).unwrap_or(usize::MAX))
}

/// The first 20 bytes of a group.
struct GroupHead {
    tag: [u8; 4],
    len: usize,
    rows: u32,
    crc: u32,
}

impl GroupHead {
    /// `None` if the log was cut short before or within it.
    fn parse(body: &[u8], offset: u64) -> Result<Option<GroupHead>> {
        if body.iter().all(|&byte| byte == 0) {
            return Ok(None);
        }
        let Some(head) = body.first_chunk::<HEAD_BYTES>() else {
            return Ok(None);
        };
        let part = "a group of rows";
        let [t0, t1, t2, t3, l0, l1, l2, l3, rest @ ..] = *head;
        let [r0, r1, r2, r3, c0, c1, c2, c3, h0, h1, h2, h3] = rest;
        if u32::from_le_bytes([h0, h1, h2, h3]) != crc32c::crc32c(&head[..16]) {
            return Err(corrupt(
                part,
                offset,
                "the checksum of its header does not match",
            ));
        }
        let tag = [t0, t1, t2, t3];
        let len = checked_len([l0, l1, l2, l3], "log_group_bytes", limits::LOG_GROUP_BYTES)?;
        if tag == DONE && len != DONE_BYTES {
            return Err(corrupt("the end marker", offset, "it has the wrong length"));
        }
        let rows = u32::from_le_bytes([r0, r1, r2, r3]);
        let crc = u32::from_le_bytes([c0, c1, c2, c3]);
        Ok(Some(GroupHead {
            tag,
            len,
            rows,
            crc,
        }))
    }
}

fn truncated(part: &str, offset: u64, needed: u64, have: usize) -> Error {
    Error::Truncated {
        what: WHAT,
        part: part.to_owned(),
        offset,
        needed,
        have: have as u64,
    }
}

fn corrupt(part: &str, offset: u64, reason: &str) -> Error {
    Error::Corrupt {
        what: WHAT,
        part: part.to_owned(),
        offset,
        reason: reason.to_owned(),
    }
}
