//! What Rust files may not contain.

use super::Finding;
use super::source::{Source, Tree, closing, end_of_header, words};

const LONGEST_FILE: usize = 800;
const LONGEST_FUNCTION: usize = 100;

/// Words in code or comments that say a thing is not finished. Split, so that a search for them
/// does not find this list.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
];
const UNFINISHED_CODE: &[&str] = &[concat!("todo", "!"), concat!("unimplemented", "!")];
const IGNORED_TEST: &str = concat!("#[", "ignore");

/// Waiting for a time instead of for an event.
const SLEEP: &str = concat!("thread::", "sleep");
/// Files that may sleep, each with the reason.
const SLEEPERS: &[(&str, &str)] = &[];

/// Words that the code of a folder may not contain outside of its tests.
const BANNED: &[(&str, &[&str], &str)] = &[
    (
        "engine/rt/src/",
        &[
            "Mutex",
            "RwLock",
            "println!",
            "eprintln!",
            "format!",
            "Instant::now",
            "SystemTime::now",
            "std::fs",
        ],
        "the audio thread never waits, formats, reads a clock or touches a file",
    ),
    (
        "engine/dsp/src/",
        &[
            "Mutex",
            "RwLock",
            "println!",
            "eprintln!",
            "Instant::now",
            "std::fs",
            "std::thread",
        ],
        "a kernel knows neither threads nor files",
    ),
    (
        "engine/middleware/src/",
        &[
            "Mutex",
            "RwLock",
            "Condvar",
            "mpsc",
            "println!",
            "eprintln!",
            "Instant::now",
            "SystemTime::now",
            "std::fs",
            "std::net",
            "std::thread",
        ],
        "the director is on the audio thread: it never waits, prints, reads a clock or touches a file",
    ),
    (
        "engine/format/src/",
        &["std::fs", "std::net"],
        "bytes in, bytes out: the caller has the file",
    ),
];

/// Files of the plug-ins that run inside of a block, and what they may not name. Elsewhere in these
/// crates every lock is taken by one function, which a debug build stops inside of a block.
const IN_BLOCK: &[&str] = &[
    "plugin/src/deck.rs",
    "plugin/src/edits.rs",
    "plugin/src/events.rs",
    "plugin/src/line.rs",
    "plugin/src/processor.rs",
    "plugin/src/ramp.rs",
    "plugin/src/swap.rs",
    "plugin/src/thru.rs",
    "plugin/src/transport.rs",
    "plugin/vst3/src/events.rs",
    "plugin/vst3/src/midi.rs",
    "plugin/vst3/src/notes.rs",
    "plugin/vst3/src/output.rs",
    "plugin/vst3/src/ports.rs",
    "plugin/vst3/src/process.rs",
    "plugin/vst3/src/transport.rs",
];
const LOCKS: &[&str] = &[
    "Mutex",
    "RwLock",
    "Condvar",
    "lock",
    ".status()",
    "mpsc",
    "std::fs",
];
/// The files of the two crates that may take a lock.
const LOCKERS: &[&str] = &["plugin/src/shared.rs", "plugin/vst3/src/guard.rs"];
const LOCK: &str = ".lock()";

/// Packages that may contain unsafe code anywhere.
const UNSAFE_PACKAGES: &[&str] = &[
    "segue-infer",
    "segue-capi",
    "segue-node",
    "segue-python",
    "segue-plugin",
    "segue-probe",
    "segue-vst3",
    "segue-vst3-host",
];
/// Packages that deny unsafe code at the root and allow it in the files listed below.
const UNSAFE_FILE_PACKAGES: &[&str] = &["segue-dsp", "segue-rt", "segue-offline"];
/// Their files with unsafe code, each with the reason.
const UNSAFE_FILES: &[(&str, &str)] = &[
    (
        "engine/dsp/src/denormals.rs",
        "sets the flush-to-zero mode of the CPU",
    ),
    (
        "engine/dsp/src/meter.rs",
        "calls the vector kernel that the CPU has",
    ),
    (
        "engine/dsp/src/reverb/tank.rs",
        "calls the vector kernel that the CPU has",
    ),
    (
        "engine/dsp/src/reverb/tank/avx2.rs",
        "a vector as the numbers in it",
    ),
    (
        "engine/dsp/src/simd.rs",
        "calls what is compiled for the vectors that the CPU has",
    ),
    (
        "engine/dsp/src/sliding.rs",
        "calls the vector kernels that the CPU has",
    ),
    (
        "engine/dsp/src/sliding/avx2.rs",
        "256-bit vector instructions",
    ),
    (
        "engine/dsp/src/svf.rs",
        "calls the vector kernel that the CPU has",
    ),
    (
        "engine/dsp/src/true_peak.rs",
        "calls the vector kernels that the CPU has",
    ),
    (
        "engine/dsp/src/true_peak/x86.rs",
        "256- and 512-bit vector instructions",
    ),
    (
        "engine/dsp/src/voice.rs",
        "calls the vector kernels that the CPU has",
    ),
    (
        "engine/dsp/src/voice/avx2.rs",
        "256-bit vector instructions",
    ),
    (
        "engine/dsp/src/voice/avx512.rs",
        "512-bit vector instructions",
    ),
    (
        "engine/rt/src/line.rs",
        "the slots of the queue that every call of a game goes through",
    ),
    (
        "engine/offline/src/flac/encoder.rs",
        "the binding of libFLAC",
    ),
    (
        "engine/offline/src/memory_tests.rs",
        "an allocator that counts, for tests",
    ),
    (
        "engine/offline/src/flac/metadata.rs",
        "the binding of libFLAC",
    ),
    (
        "engine/offline/src/decode/opus.rs",
        "libopus' decoder goes to another thread with its file",
    ),
];

/// `roots` are the `(package, file)` pairs of the workspace's crates.
pub(super) fn check(tree: &Tree, roots: &[(String, String)]) -> Vec<Finding> {
    let mut findings = rules(tree, roots);
    let is_gone = |path: &&&str| tree.find(path).is_none();
    let gone = IN_BLOCK.iter().filter(is_gone);
    findings.extend(gone.map(|path| format!("{path}: gone; take it off the list of blocks")));
    findings.extend(stale(tree, SLEEPERS, SLEEP));
    findings.extend(stale(tree, UNSAFE_FILES, "unsafe"));
    findings
}

fn rules(tree: &Tree, roots: &[(String, String)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        findings.extend(long_file(source));
        findings.extend(long_functions(source));
        findings.extend(unfinished(source));
        findings.extend(silent_allows(source));
        findings.extend(banned(tree, source));
        findings.extend(locks(tree, source));
    }
    findings.extend(sleeps(tree, SLEEPERS));
    for (package, root) in roots {
        findings.extend(
            tree.find(root)
                .and_then(|source| open_root(package, source)),
        );
    }
    let closed = roots
        .iter()
        .filter(|(name, _)| UNSAFE_FILE_PACKAGES.contains(&name.as_str()));
    for (_, root) in closed {
        findings.extend(unsafe_code(tree, root, UNSAFE_FILES));
    }
    findings
}

fn long_file(source: &Source) -> Option<Finding> {
    let lines = source.text.lines().count();
    (lines > LONGEST_FILE)
        .then(|| format!("{}: {lines} lines, more than {LONGEST_FILE}", source.path))
}

fn long_functions(source: &Source) -> Vec<Finding> {
    let starts = words(&source.code, "fn");
    starts
        .filter_map(|start| long_function(source, start))
        .collect()
}

fn long_function(source: &Source, start: usize) -> Option<Finding> {
    let name = source.code[start + 2..].trim_start();
    let length = name.find(|sign: char| !sign.is_alphanumeric() && sign != '_' && sign != '$')?;
    // `fn(…)` is a type.
    if length == 0 {
        return None;
    }
    let open = end_of_header(&source.code, start)?;
    let end = if source.code.as_bytes()[open] == b'{' {
        closing(&source.code, open)?
    } else {
        open
    };
    let lines = 1 + source.line_of(end) - source.line_of(start);
    let text = format!(
        "fn {} has {lines} lines, more than {LONGEST_FUNCTION}",
        &name[..length]
    );
    (lines > LONGEST_FUNCTION).then(|| source.finding(start, &text))
}

fn unfinished(source: &Source) -> Vec<Finding> {
    let report = |at, word: &str| source.finding(at, &format!("`{word}` is not finished"));
    let mut findings = Vec::new();
    for word in UNFINISHED {
        findings.extend(words(&source.unquoted, word).map(|at| report(at, word)));
    }
    for word in UNFINISHED_CODE {
        findings.extend(words(&source.code, word).map(|at| report(at, word)));
    }
    let ignored = words(&source.code, IGNORED_TEST);
    findings.extend(ignored.map(|at| source.finding(at, "a test that never runs guards nothing")));
    findings
}

fn sleeps(tree: &Tree, sleepers: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        let is_sleeper = sleepers.iter().any(|(path, _)| *path == source.path);
        let offsets = words(&source.code, SLEEP).filter(|_| !is_sleeper);
        findings.extend(offsets.map(|at| source.finding(at, "wait for the event, not for a time")));
    }
    findings
}

fn banned(tree: &Tree, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, list, reason) in BANNED {
        if !source.path.starts_with(folder) {
            continue;
        }
        for word in *list {
            let offsets = words(&source.code, word).filter(|at| !tree.is_test(source, *at));
            findings.extend(offsets.map(|at| source.finding(at, &format!("`{word}`: {reason}"))));
        }
    }
    findings
}

/// Locks inside of a block, and locks of the plug-ins that no debug build would notice there.
fn locks(tree: &Tree, source: &Source) -> Vec<Finding> {
    let path = source.path.as_str();
    let is_plugin = path.starts_with("plugin/src/") || path.starts_with("plugin/vst3/src/");
    let words_here: &[&str] = match path {
        _ if IN_BLOCK.contains(&path) => LOCKS,
        _ if is_plugin && !LOCKERS.contains(&path) => &[LOCK],
        _ => &[],
    };
    let found = words_here.iter().flat_map(|word| {
        let offsets = words(&source.code, word).filter(|at| !tree.is_test(source, *at));
        offsets.map(move |at| (at, *word))
    });
    found
        .map(|(at, word)| source.finding(at, &format!("`{word}`: a block never waits")))
        .collect()
}

/// Attributes that allow or expect a lint without saying why.
fn silent_allows(source: &Source) -> Vec<Finding> {
    let has_call = |attribute: &str, name: &str| {
        words(attribute, name).any(|at| attribute[at + name.len()..].trim_start().starts_with('('))
    };
    attributes(&source.code)
        .filter(|(_, text)| has_call(text, "allow") || has_call(text, "expect"))
        .filter(|(_, text)| words(text, "reason").next().is_none())
        .map(|(at, _)| source.finding(at, "an allowed lint needs its reason"))
        .collect()
}

/// Offsets and texts of `#[…]` and `#![…]`.
fn attributes(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.match_indices('#').filter_map(|(at, _)| {
        let open = at + 1 + usize::from(code[at + 1..].starts_with('!'));
        let is_attribute = code[open..].starts_with('[');
        let close = is_attribute.then(|| closing(code, open)).flatten()?;
        Some((at, &code[at..=close]))
    })
}

/// A crate root that does not rule unsafe code out.
fn open_root(package: &str, source: &Source) -> Option<Finding> {
    let has = |level: &str| {
        let attribute = format!("#![{level}(unsafe_code)]");
        source.code.contains(&attribute)
    };
    let name = &package;
    if UNSAFE_PACKAGES.contains(name) || has("forbid") {
        return None;
    }
    if UNSAFE_FILE_PACKAGES.contains(name) && has("deny") {
        return None;
    }
    Some(format!(
        "{}: a crate root without #![forbid(unsafe_code)]",
        source.path
    ))
}

/// Unsafe code beside or below a crate root, outside of the listed files.
fn unsafe_code(tree: &Tree, root: &str, listed: &[(&str, &str)]) -> Vec<Finding> {
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_closed = |source: &&Source| {
        source.path.starts_with(folder) && !listed.iter().any(|(path, _)| *path == source.path)
    };
    let sources = tree.sources.iter().filter(is_closed);
    let text = "unsafe code outside of the files listed in rules.rs";
    sources
        .flat_map(|source| words(&source.code, "unsafe").map(|at| source.finding(at, text)))
        .collect()
}

/// Exceptions that are no longer needed.
fn stale(tree: &Tree, listed: &[(&str, &str)], word: &str) -> Vec<Finding> {
    let needs_it = |path: &str| {
        tree.find(path)
            .is_some_and(|source| words(&source.code, word).next().is_some())
    };
    let unneeded = listed.iter().filter(|(path, _)| !needs_it(path));
    unneeded
        .map(|(path, _)| format!("{path}: without `{word}`; take it off its list"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        Tree::new(
            files
                .iter()
                .map(|(path, text)| Source::new(path, (*text).to_owned()))
                .collect(),
        )
    }

    fn findings(path: &str, text: &str) -> Vec<Finding> {
        rules(&tree(&[(path, text)]), &[])
    }

    #[track_caller]
    fn red(path: &str, text: &str, expected: &str) {
        let findings = findings(path, text);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].contains(expected), "{}", findings[0]);
    }

    #[track_caller]
    fn green(path: &str, text: &str) {
        assert_eq!(findings(path, text), [""; 0]);
    }

    #[test]
    fn long_files_go_red() {
        green("a.rs", &"//\n".repeat(LONGEST_FILE));
        red("a.rs", &"//\n".repeat(LONGEST_FILE + 1), "801 lines");
    }

    #[test]
    fn long_functions_go_red() {
        let function = |lines: usize| {
            format!(
                "pub fn long<T>(x: [u8; {{ 3 }}])\nwhere T: Fn() {{\n{}}}",
                "x;\n".repeat(lines)
            )
        };
        green("a.rs", &function(LONGEST_FUNCTION - 3));
        red(
            "a.rs",
            &function(LONGEST_FUNCTION - 2),
            "a.rs:1: fn long has 101 lines",
        );
        green(
            "a.rs",
            &format!("type F = fn(u8);\nmod m {{\n{}}}", "x;\n".repeat(200)),
        );
        green(
            "a.rs",
            &format!("trait T {{ fn a(); }}\n{}", "x;\n".repeat(200)),
        );
        let braces_in_text = format!(
            "fn a() {{ \"{{\"; '{{'; /* {{ */ }}\n{}",
            "x;\n".repeat(200)
        );
        green("a.rs", &braces_in_text);
    }

    #[test]
    fn unfinished_things_go_red() {
        for word in UNFINISHED {
            red("a.rs", &format!("// {word}: later"), "not finished");
            green("a.rs", &format!("let a = \"{word}\"; // {word}S"));
        }
        for word in UNFINISHED_CODE {
            red("a.rs", &format!("fn a() {{ {word}() }}"), "not finished");
        }
        red(
            "a.rs",
            &format!("{IGNORED_TEST} = \"slow\"]\nfn a() {{}}"),
            "never runs",
        );
    }

    #[test]
    fn sleeping_goes_red_unless_listed() {
        let text = format!("fn a() {{ std::{SLEEP}(x) }}");
        red("tests/a.rs", &text, "wait for the event");
        let listed = [("tests/a.rs", "a reason")];
        assert!(sleeps(&tree(&[("tests/a.rs", &text)]), &listed).is_empty());
        assert!(
            stale(&tree(&[("tests/a.rs", "")]), &listed, SLEEP)[0].contains("take it off its list")
        );
    }

    #[test]
    fn locks_of_the_plug_ins_go_red() {
        for path in IN_BLOCK {
            for word in LOCKS {
                red(path, &format!("fn a() {{ x {word} y }}"), "never waits");
            }
            green(path, "#[cfg(test)]\nmod tests { use std::sync::Mutex; }");
        }
        red("plugin/src/worker.rs", "fn a() { m.lock() }", "never waits");
        green("plugin/src/shared.rs", "fn a() { m.lock() }");
        green("cli/src/main.rs", "fn a() { m.lock() }");
    }

    #[test]
    fn banned_words_go_red_outside_of_tests() {
        for (folder, list, _) in BANNED {
            for word in *list {
                let path = format!("{folder}clock.rs");
                red(&path, &format!("fn a() {{ {word}() }}"), word);
                green(
                    &path,
                    &format!("#[cfg(test)]\nmod tests {{ fn a() {{ {word}() }} }}"),
                );
                green(&path, &format!("// {word}\nfn a() {{ \"{word}\" }}"));
                green("engine/src/lib.rs", &format!("fn a() {{ {word}() }}"));
            }
        }
    }

    #[test]
    fn allows_without_a_reason_go_red() {
        red(
            "a.rs",
            "#[allow(dead_code)]\nfn a() {}",
            "a.rs:1: an allowed lint",
        );
        red("a.rs", "#![allow(\n dead_code\n)]", "an allowed lint");
        red(
            "a.rs",
            "#[cfg_attr(test, allow(dead_code))]",
            "an allowed lint",
        );
        red("a.rs", "#[expect(dead_code)]", "an allowed lint");
        green("a.rs", "#[allow(dead_code, reason = \"data\")]\nfn a() {}");
        green(
            "a.rs",
            "#[derive(Debug)]\n#[arg(allow_hyphen_values = true)]\nfn a() { x.expect(y) }",
        );
    }

    #[test]
    fn crate_roots_without_forbid_go_red() {
        let count = |package: &str, text: &str| {
            let roots = [(package.to_owned(), "x/src/lib.rs".to_owned())];
            rules(&tree(&[("x/src/lib.rs", text)]), &roots).len()
        };
        assert_eq!(
            count("segue-format", "//! Docs.\n#![forbid(unsafe_code)]"),
            0
        );
        assert_eq!(
            count("segue-format", "//! Docs.\n// #![forbid(unsafe_code)]"),
            1
        );
        assert_eq!(count("segue-format", "#![deny(unsafe_code)]"), 1);
        assert_eq!(count("segue-capi", ""), 0);
        assert_eq!(count("segue-rt", ""), 1);
        assert_eq!(count("segue-dsp", "#![deny(unsafe_code)]"), 0);
        assert_eq!(count("segue-dsp", ""), 1);
    }

    #[test]
    fn unsafe_code_outside_of_its_files_goes_red() {
        let files = [
            ("d/src/lib.rs", "#![deny(unsafe_code)]\n// unsafe\n"),
            ("d/src/a.rs", "fn a() { unsafe {} }"),
            ("e/src/a.rs", "fn a() { unsafe {} }"),
        ];
        let listed = [("d/src/a.rs", "a reason")];
        assert!(unsafe_code(&tree(&files), "d/src/lib.rs", &listed).is_empty());
        let findings = unsafe_code(&tree(&files), "d/src/lib.rs", &[]);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].starts_with("d/src/a.rs:1: unsafe code"));
        assert!(stale(&tree(&files), &listed, "unsafe").is_empty());
        assert_eq!(stale(&tree(&files[..1]), &listed, "unsafe").len(), 1);
    }
}
