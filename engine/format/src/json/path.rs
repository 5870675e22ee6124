//! JSON paths: borrowed while walking a document, owned in an error.

use std::fmt::Write as _;

/// Where a walk through a document stands. Costs nothing until an error needs it.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

/// One step of an owned path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Key(String),
    Index(usize),
}

impl<'a> Path<'a> {
    pub(crate) fn key(&'a self, key: &'a str) -> Path<'a> {
        Path::Key(self, key)
    }

    pub(crate) fn index(&'a self, index: usize) -> Path<'a> {
        Path::Index(self, index)
    }

    pub(crate) fn segments(&self) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut path = self;
        loop {
            path = match path {
                Path::Root => break,
                Path::Key(parent, key) => {
                    segments.push(Segment::Key((*key).to_owned()));
                    parent
                }
                Path::Index(parent, index) => {
                    segments.push(Segment::Index(*index));
                    parent
                }
            };
        }
        segments.reverse();
        segments
    }
}

/// `buses[2].sends[0].to`; a key that is no plain word is quoted: `params["a b"]`.
pub(crate) fn display(segments: &[Segment]) -> String {
    let mut text = String::new();
    for segment in segments {
        // Writing to a String cannot fail.
        let _ = match segment {
            Segment::Index(index) => write!(text, "[{index}]"),
            Segment::Key(key) if !is_word(key) => write!(text, "[{key:?}]"),
            Segment::Key(key) if text.is_empty() => write!(text, "{key}"),
            Segment::Key(key) => write!(text, ".{key}"),
        };
    }
    text
}

/// The segments of a displayed path; what is no path gives what could be read.
pub(crate) fn parse(text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(inner) = rest.strip_prefix("[\"") {
            let end = inner.find("\"]").unwrap_or(inner.len());
            segments.push(Segment::Key(inner[..end].to_owned()));
            rest = inner.get(end + 2..).unwrap_or_default();
        } else if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').unwrap_or(inner.len());
            let Ok(index) = inner[..end].parse() else {
                return segments;
            };
            segments.push(Segment::Index(index));
            rest = inner.get(end + 1..).unwrap_or_default();
        } else if rest.is_empty() {
            return segments;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return segments;
            }
            segments.push(Segment::Key(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_like_code() {
        let buses = Path::Root.key("buses");
        let bus = buses.index(2);
        let params = bus.key("params");
        assert_eq!(
            display(&params.key("gain_db").segments()),
            "buses[2].params.gain_db"
        );
        assert_eq!(
            display(&params.key("a.b").segments()),
            "buses[2].params[\"a.b\"]"
        );
        assert_eq!(display(&Path::Root.segments()), "");
    }

    #[test]
    fn what_is_displayed_is_parsed() {
        for path in [
            "",
            "a",
            "a[3].b[0][1].c",
            "params[\"a b\"].x",
            "[2]",
            "[\"*\"][\"x.y\"]",
        ] {
            assert_eq!(display(&parse(path)), path);
        }
        for odd in ["..", "a..b", "a[x]", "a[", "[\"", "a[1", "."] {
            assert!(parse(odd).len() <= 2, "{odd}");
        }
    }
}
