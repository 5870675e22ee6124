//! Keys that an object has twice. A reader of JSON keeps one of them and says nothing.

use std::borrow::Cow;

use super::path::Segment;

/// A key that is written twice in one object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Twice {
    /// The path of the key.
    pub(super) segments: Vec<Segment>,
    /// Where the key is written first and again, in bytes from the start of the text.
    pub(super) at: [usize; 2],
}

/// The first object to close that has a key twice, and the first such key in it. `text` is valid
/// JSON; of other text something or nothing is found.
pub(super) fn find(text: &[u8]) -> Option<Twice> {
    let mut walk = Walk::default();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                let end = string_end(text, at);
                if walk.takes_key {
                    walk.keys.push((key(text.get(at..end)?)?, at));
                    walk.takes_key = false;
                }
                at = end;
                continue;
            }
            b'{' | b'[' => walk.open(*byte == b'{'),
            b',' => walk.next(),
            b'}' | b']' => {
                if let Some(twice) = walk.close() {
                    return Some(twice);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The objects and lists around the place where the walk stands.
#[derive(Default)]
struct Walk<'a> {
    open: Vec<Open>,
    /// The keys of all open objects, with their places; those of an inner one are behind.
    keys: Vec<(Cow<'a, [u8]>, usize)>,
    /// Whether the next string is a key.
    takes_key: bool,
}

#[derive(Clone, Copy)]
enum Open {
    /// Where its keys begin.
    Object(usize),
    /// The place in the list.
    List(usize),
}

impl Walk<'_> {
    fn open(&mut self, is_object: bool) {
        self.open.push(match is_object {
            true => Open::Object(self.keys.len()),
            false => Open::List(0),
        });
        self.takes_key = is_object;
    }

    fn next(&mut self) {
        match self.open.last_mut() {
            Some(Open::List(index)) => *index += 1,
            Some(Open::Object(_)) => self.takes_key = true,
            None => {}
        }
    }

    fn close(&mut self) -> Option<Twice> {
        self.takes_key = false;
        let Some(Open::Object(start)) = self.open.pop() else {
            return None;
        };
        let own = self.keys.get_mut(start..)?;
        own.sort_unstable();
        let pairs = own.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        let found = pairs.min_by_key(|pair| pair[1].1);
        let found = found.map(|pair| (text_of(&pair[0].0), [pair[0].1, pair[1].1]));
        self.keys.truncate(start);
        let (key, at) = found?;
        let mut segments = self.around();
        segments.push(Segment::Key(key));
        Some(Twice { segments, at })
    }

    /// The path of what was closed last.
    fn around(&self) -> Vec<Segment> {
        let mut end = self.keys.len();
        let mut segments = Vec::new();
        for open in self.open.iter().rev() {
            segments.push(match *open {
                Open::List(index) => Segment::Index(index),
                Open::Object(start) => {
                    // What is open in an object belongs to the last key that it has so far.
                    let key = end.checked_sub(1).and_then(|at| self.keys.get(at));
                    end = start;
                    Segment::Key(key.map_or_else(String::new, |(key, _)| text_of(key)))
                }
            });
        }
        segments.reverse();
        segments
    }
}

fn text_of(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

/// The key that is written as `literal`, with its quotes; escapes are what they stand for.
fn key(literal: &[u8]) -> Option<Cow<'_, [u8]>> {
    if literal.contains(&b'\\') {
        let text: String = serde_json::from_slice(literal).ok()?;
        return Some(Cow::Owned(text.into_bytes()));
    }
    literal.get(1..literal.len() - 1).map(Cow::Borrowed)
}

/// The place behind the string that begins at `start`.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        at += if *byte == b'\\' { 2 } else { 1 };
        if *byte == b'"' {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::path::display;

    fn found(text: &str) -> Option<(String, [usize; 2])> {
        find(text.as_bytes()).map(|twice| (display(&twice.segments), twice.at))
    }

    #[test]
    fn the_key_that_is_there_twice_is_found() {
        for (text, path, at) in [
            (r#"{"a": 1, "a": 2}"#, "a", [1, 9]),
            (
                r#"{"b":[{"x":1},{"y":[],"z":{},"y":2}]}"#,
                "b[1].y",
                [15, 29],
            ),
            (
                r#"{"a":{"b":1},"c":{"b":[{"d":1}],"b":0}}"#,
                "c.b",
                [18, 32],
            ),
            (
                r#"[[0,{"a":{"k":0}, "b":{"\"":1,"\"":2}}]]"#,
                r#"[0][1].b["\""]"#,
                [23, 30],
            ),
            (r#"{"ab":1,"a\u0062":2}"#, "ab", [1, 8]),
            (r#"{"z":1,"a":1,"z":2,"a":2,"a":3}"#, "z", [1, 13]),
        ] {
            assert_eq!(found(text), Some((path.to_owned(), at)), "{text}");
        }
    }

    #[test]
    fn the_same_word_elsewhere_is_no_second_key() {
        for text in [
            r#"{"a":{"a":1},"b":{"a":"a"},"c":["a","a",{"a":1},{"a":1}]}"#,
            r#"{"a":"\"a\":1,\"a\":2","b":"{\\"}"#,
            r#"["a","a"]"#,
            "{}",
            "7",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn any_text_is_survived() {
        let text = br#"{"a":[{"b\"":1,"b":"x\\"}],"a":{"]":2}}"#;
        for end in 0..text.len() {
            find(&text[..end]);
            find(&text[end..]);
        }
    }
}
