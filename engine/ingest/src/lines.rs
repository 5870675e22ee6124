//! Lines of a file, one at a time: whatever they are, one is held and no more.

use std::io::{self, BufRead};

/// Reads lines of at most so many bytes.
#[derive(Debug)]
pub(crate) struct LineReader<R> {
    reader: R,
    most: usize,
    line: Vec<u8>,
}

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// What it says, without its end; `None` for one that is too long.
    pub(crate) text: Option<&'a [u8]>,
    /// False for the last of a file that ends within it.
    pub(crate) is_ended: bool,
}

impl<R: BufRead> LineReader<R> {
    /// Lines are at most `most` bytes long, their end not counted.
    pub(crate) const fn new(reader: R, most: usize) -> Self {
        let line = Vec::new();
        Self { reader, most, line }
    }

    /// The next line; what is too long is passed over, not held.
    pub(crate) fn line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let mut seen = 0_usize;
        let is_ended = loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() && seen == 0 {
                return Ok(None);
            }
            if chunk.is_empty() {
                break false;
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            seen = seen.saturating_add(part.len());
            if seen <= self.most {
                self.line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some() {
                break true;
            }
        };
        let text = (seen <= self.most).then_some(&self.line[..]);
        Ok(Some(Line { text, is_ended }))
    }

    /// Bytes that are taken for the line.
    #[cfg(test)]
    pub(crate) const fn held(&self) -> usize {
        self.line.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    #[test]
    fn lines_are_told_from_what_is_cut_short_or_too_long() {
        let mut lines = LineReader::new(&b"ab\n\nabcd\nabc\nab"[..], 3);
        let expected: [(Option<&[u8]>, bool); 5] = [
            (Some(b"ab"), true),
            (Some(b""), true),
            (None, true),
            (Some(b"abc"), true),
            (Some(b"ab"), false),
        ];
        for (text, is_ended) in expected {
            assert_eq!(lines.line().unwrap(), Some(Line { text, is_ended }));
        }
        assert_eq!(lines.line().unwrap(), None);
    }

    #[test]
    fn no_line_is_held_beyond_its_limit() {
        let endless = io::repeat(b'x').take(8 << 20).chain(&b"\nab\n"[..]);
        let mut lines = LineReader::new(BufReader::new(endless), 1000);
        assert_eq!(lines.line().unwrap().unwrap().text, None);
        assert_eq!(lines.line().unwrap().unwrap().text, Some(&b"ab"[..]));
        assert!(lines.held() <= 16_384, "{}", lines.held());
    }
}
