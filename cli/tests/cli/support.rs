//! A folder to work in, and runs of `segue` in it.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder for one test, with its own cache of decoded sounds.
pub(crate) struct Space {
    folder: tempfile::TempDir,
    cache: tempfile::TempDir,
}

/// A run that has ended.
pub(crate) struct Run {
    arguments: String,
    code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Space {
    pub(crate) fn new() -> Space {
        let folder = || tempfile::tempdir().unwrap();
        Space {
            folder: folder(),
            cache: folder(),
        }
    }

    /// Runs `segue` with these arguments to its end.
    pub(crate) fn segue(&self, arguments: &[&str]) -> Run {
        Run::new(arguments, self.command(arguments).output().unwrap())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segue"));
        command.args(arguments).current_dir(self.folder.path());
        command.env("XDG_CACHE_HOME", self.cache.path());
        command
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A mono 16-bit WAV at 8 kHz with a quiet saw in it.
    pub(crate) fn wav(&self, name: &str, frames: u32) {
        self.write(name, &wav(frames));
    }

    /// Copies an audio file of the decoder's tests.
    pub(crate) fn fixture(&self, fixture: &str, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/offline/tests-data");
        self.write(name, &fs::read(folder.join(fixture)).unwrap());
    }

    /// A folder of WAV, FLAC, MP3 and Ogg files, and a text.
    pub(crate) fn mixed_files(&self, name: &str) {
        self.wav(&format!("{name}/theme.wav"), 80_000);
        self.wav(&format!("{name}/hit.wav"), 4_000);
        for fixture in ["mono.flac", "mono.mp3", "stereo.ogg"] {
            self.fixture(fixture, &format!("{name}/{fixture}"));
        }
        self.write(&format!("{name}/notes.txt"), b"not audio");
    }

    /// A project with one short sound, made from `hit.wav`.
    pub(crate) fn project(&self, name: &str) {
        self.wav("hit.wav", 4_000);
        self.segue(&["new", name, "--from", "hit.wav", "--tempo", "90"])
            .ok();
    }

    /// Names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Every file below a folder with its bytes.
    pub(crate) fn tree(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for name in self.names(folder) {
            let inner = format!("{folder}/{name}");
            if self.path(&inner).is_dir() {
                let deeper = self.tree(&inner).into_iter();
                files.extend(deeper.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
            } else {
                files.insert(name, self.read(&inner));
            }
        }
        files
    }
}

impl Run {
    fn new(arguments: &[&str], output: Output) -> Run {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run {
            arguments: arguments.join(" "),
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Asserts that it worked.
    #[track_caller]
    pub(crate) fn ok(self) -> Run {
        self.fails(0)
    }

    /// Asserts its exit code.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Run {
        let Run {
            arguments,
            stdout,
            stderr,
            ..
        } = &self;
        assert_eq!(
            self.code,
            Some(code),
            "segue {arguments}\n{stdout}\n{stderr}"
        );
        self
    }

    /// Asserts what it says on standard error.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        assert!(
            self.stderr.contains(words),
            "segue {}\n{}",
            self.arguments,
            self.stderr
        );
    }

    /// The one object on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "{}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// The bytes of a mono 16-bit WAV at 8 kHz.
pub(crate) fn wav(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + frames * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8_000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((frames * 2).to_le_bytes());
    for n in 0..frames {
        let sample = i16::try_from(n % 80).unwrap() * 100 - 4_000;
        bytes.extend(sample.to_le_bytes());
    }
    bytes
}
