//! Rust source as the rules see it: without comments, without strings, without test code.

use std::collections::HashSet;
use std::ops::Range;

/// One file in three forms of equal length, so that an offset means the same place in each.
pub(super) struct Source {
    /// Relative to the root, with forward slashes.
    pub(super) path: String,
    pub(super) text: String,
    /// Comments and the contents of strings and characters are blank.
    pub(super) code: String,
    /// Only the contents of strings and characters are blank.
    pub(super) unquoted: String,
    tests: Vec<Range<usize>>,
}

/// All Rust files of the project.
pub(super) struct Tree {
    pub(super) sources: Vec<Source>,
    test_files: HashSet<String>,
}

impl Tree {
    pub(super) fn new(sources: Vec<Source>) -> Self {
        let test_files = sources.iter().flat_map(Source::test_modules).collect();
        Self {
            sources,
            test_files,
        }
    }

    pub(super) fn find(&self, path: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.path == path)
    }

    /// Whether the place is compiled for tests only.
    pub(super) fn is_test(&self, source: &Source, offset: usize) -> bool {
        source.path.starts_with("tests/")
            || source.path.contains("/tests/")
            || self.test_files.contains(&source.path)
            || source.tests.iter().any(|range| range.contains(&offset))
    }
}

impl Source {
    pub(super) fn new(path: &str, text: String) -> Self {
        let regions = regions(text.as_bytes());
        let code = blank(&text, regions.iter().map(|region| region.range.clone()));
        let quoted = regions.iter().filter(|region| region.kind == Kind::Quoted);
        let unquoted = blank(&text, quoted.map(|region| region.range.clone()));
        let tests = test_items(&code);
        Self {
            path: path.to_owned(),
            text,
            code,
            unquoted,
            tests,
        }
    }

    /// 1 for the first line.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        1 + self.text.as_bytes()[..offset]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
    }

    /// `path:line: text`
    pub(super) fn finding(&self, offset: usize, text: &str) -> super::Finding {
        format!("{}:{}: {text}", self.path, self.line_of(offset))
    }

    /// Files of `#[cfg(test)] mod name;`, whose body is elsewhere.
    fn test_modules(&self) -> Vec<String> {
        let folder = self.module_folder();
        let items = self
            .tests
            .iter()
            .map(|range| self.code[range.clone()].trim_end());
        items
            .filter_map(|item| {
                item.strip_suffix(';')?
                    .rsplit_once("mod ")
                    .map(|(_, name)| name)
            })
            .map(|name| format!("{folder}{}.rs", name.trim()))
            .collect()
    }

    fn module_folder(&self) -> String {
        let stem = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        match name {
            "lib" | "main" => format!("{folder}/"),
            _ => format!("{stem}/"),
        }
    }
}

/// Offsets at which `word` stands on its own: not as a part of a longer identifier.
pub(super) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let joins = |left: Option<&u8>, right: Option<&u8>| {
        left.is_some_and(is_identifier) && right.is_some_and(is_identifier)
    };
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let (before, rest) = text.as_bytes().split_at(*at);
            let after = &rest[word.len()..];
            !joins(before.last(), word.as_bytes().first())
                && !joins(word.as_bytes().last(), after.first())
        })
}

/// Offset of the bracket that closes the one at `open`, in text without comments and strings.
pub(super) fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Offset of the `{` or `;` that ends a signature or item header from `start` on.
pub(super) fn end_of_header(code: &str, start: usize) -> Option<usize> {
    let mut at = start;
    while let Some(byte) = code.as_bytes().get(at) {
        match byte {
            b'{' | b';' => return Some(at),
            b'(' | b'[' => at = closing(code, at)?,
            b')' | b']' | b'}' => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

fn is_identifier(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Comment,
    Quoted,
}

struct Region {
    kind: Kind,
    range: Range<usize>,
}

/// Comments, and the insides of string and character literals.
fn regions(text: &[u8]) -> Vec<Region> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (region, next) = match text[at] {
            b'/' if text[at..].starts_with(b"//") => comment(at, end_of_line(text, at)),
            b'/' if text[at..].starts_with(b"/*") => comment(at, end_of_block_comment(text, at)),
            b'"' => string(text, at),
            b'\'' => character(text, at),
            _ => (None, at + 1),
        };
        found.extend(region);
        at = next;
    }
    found
}

fn comment(start: usize, end: usize) -> (Option<Region>, usize) {
    (
        Some(Region {
            kind: Kind::Comment,
            range: start..end,
        }),
        end,
    )
}

fn quoted(start: usize, end: usize, next: usize) -> (Option<Region>, usize) {
    (
        Some(Region {
            kind: Kind::Quoted,
            range: start..end,
        }),
        next,
    )
}

fn end_of_line(text: &[u8], start: usize) -> usize {
    text[start..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(text.len(), |length| start + length)
}

/// Block comments nest in Rust.
fn end_of_block_comment(text: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at < text.len() {
        if text[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// A string from its opening quote; the prefix before it tells whether it is raw.
fn string(text: &[u8], open: usize) -> (Option<Region>, usize) {
    let hashes = text[..open]
        .iter()
        .rev()
        .take_while(|byte| **byte == b'#')
        .count();
    let before = &text[..open - hashes];
    let prefix = before
        .iter()
        .rev()
        .take_while(|byte| is_identifier(byte))
        .count();
    let is_raw = matches!(&before[before.len() - prefix..], b"r" | b"br" | b"cr");
    if is_raw {
        return raw_string(text, open, hashes);
    }
    let mut at = open + 1;
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    let end = at.min(text.len());
    quoted(open + 1, end, end + 1)
}

fn raw_string(text: &[u8], open: usize, hashes: usize) -> (Option<Region>, usize) {
    let mut end = vec![b'#'; hashes + 1];
    end[0] = b'"';
    let inside = &text[open + 1..];
    let length = inside.windows(end.len()).position(|window| window == end);
    let close = length.map_or(text.len(), |length| open + 1 + length);
    quoted(open + 1, close, close + end.len())
}

/// `'x'` and `'\n'` are characters, `'a` without a second quote is a lifetime.
fn character(text: &[u8], open: usize) -> (Option<Region>, usize) {
    let inside = &text[open + 1..];
    let first = match inside.first() {
        Some(b'\\') => 2,
        Some(lead) => match lead {
            0xF0.. => 4,
            0xE0.. => 3,
            0xC0.. => 2,
            _ => 1,
        },
        None => return (None, open + 1),
    };
    let is_escape = inside[0] == b'\\';
    let close = inside.iter().skip(first).position(|byte| *byte == b'\'');
    match close {
        Some(0) => quoted(open + 1, open + 1 + first, open + 2 + first),
        Some(more) if is_escape => {
            quoted(open + 1, open + 1 + first + more, open + 2 + first + more)
        }
        _ => (None, open + 1),
    }
}

fn blank(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for byte in ranges.flat_map(|range| range.start..range.end) {
        if bytes[byte] != b'\n' {
            bytes[byte] = b' ';
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The items behind `#[cfg(test)]`, with their attributes.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let attribute = "#[cfg(test)]";
    let starts = code.match_indices(attribute).map(|(start, _)| start);
    starts
        .filter_map(|start| Some(start..end_of_item(code, start + attribute.len())?))
        .collect()
}

fn end_of_item(code: &str, start: usize) -> Option<usize> {
    let header = end_of_header(code, start)?;
    let last = if code.as_bytes()[header] == b'{' {
        closing(code, header)?
    } else {
        header
    };
    Some(last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Source::new("a.rs", text.to_owned()).code
    }

    #[test]
    fn comments_and_strings_are_blank_in_code() {
        assert_eq!(code("a // b\nc"), "a     \nc");
        assert_eq!(code("a /* b /* c */ d */ e"), "a                   e");
        assert_eq!(code(r#"f("a\"b", c)"#), r#"f("    ", c)"#);
        assert_eq!(code(r##"f(r#"a"b"#, c)"##), r##"f(r#"   "#, c)"##);
        assert_eq!(code(r#"f(r"a\", c)"#), r#"f(r"  ", c)"#);
        assert_eq!(code("\"// no\" x"), "\"     \" x");
    }

    #[test]
    fn characters_are_not_lifetimes() {
        assert_eq!(code("'{' 'a: 'b"), "' ' 'a: 'b");
        assert_eq!(code(r"'\'' '\\' '\u{7f}' x"), r"'  ' '  ' '      ' x");
        assert_eq!(
            code("fn f<'a>(x: &'a str, y: &'a str)"),
            "fn f<'a>(x: &'a str, y: &'a str)"
        );
        assert_eq!(code("'é' '“'"), "'  ' '   '");
    }

    #[test]
    fn unfinished_literals_reach_the_end() {
        for text in ["\"abc", "\"abc\\", "r#\"abc\"", "/* abc", "'", "'\\"] {
            assert_eq!(code(text).len(), text.len(), "{text}");
        }
    }

    #[test]
    fn unquoted_keeps_comments() {
        let source = Source::new("a.rs", "\"b\" // c".to_owned());
        assert_eq!(source.unquoted, "\" \" // c");
    }

    #[test]
    fn words_have_borders() {
        let text = "Mutex MyMutex Mutexes a.Mutex<u8> Mutex";
        assert_eq!(words(text, "Mutex").collect::<Vec<_>>(), [0, 24, 34]);
        assert_eq!(words("#[ignore] x", "#[ignore").count(), 1);
    }

    #[test]
    fn test_code_is_known() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}\n";
        let tree = Tree::new(vec![Source::new("x/src/lib.rs", text.to_owned())]);
        let at = |name: &str| text.find(name).map(|at| tree.is_test(&tree.sources[0], at));
        assert_eq!(
            (at("fn a"), at("fn b"), at("fn c")),
            (Some(false), Some(true), Some(false))
        );
    }

    #[test]
    fn test_modules_in_their_own_file_are_known() {
        let parent = Source::new(
            "x/src/lib.rs",
            "#[cfg(test)]\nmod probes;\nmod real;".to_owned(),
        );
        let nested = Source::new("x/src/real.rs", "#[cfg(test)]\nmod deep;".to_owned());
        let file = |path| Source::new(path, "fn a() {}".to_owned());
        let (probes, deep) = (file("x/src/probes.rs"), file("x/src/real/deep.rs"));
        let tree = Tree::new(vec![parent, nested, probes, deep, file("x/src/other.rs")]);
        let is_test = |index: usize| {
            let source: &Source = &tree.sources[index];
            tree.is_test(source, source.text.len())
        };
        assert_eq!(
            (is_test(0), is_test(1), is_test(2), is_test(3)),
            (false, false, true, true)
        );
        assert!(!is_test(4));
    }
}
