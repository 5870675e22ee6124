//! Disks and paths as they are: full, read-only, odd.

use crate::support::Space;
use std::process::Command;

/// Runs `segue` where no file may become larger than `blocks` of 512 bytes: a disk that gets full.
#[cfg(target_os = "linux")]
fn on_a_full_disk(space: &Space, blocks: u32, words: &[&str]) -> (Option<i32>, String) {
    limited(space, &format!("trap '' XFSZ; ulimit -f {blocks}"), words)
}

/// Runs `segue` behind commands of a shell.
#[cfg(target_os = "linux")]
fn limited(space: &Space, first: &str, words: &[&str]) -> (Option<i32>, String) {
    let command = space.command(words);
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("{first}; exec \"$0\" \"$@\""))
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(space.path("."));
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), text)
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_what_does_not_fit_and_leaves_nothing() {
    let space = Space::new();
    space.wav("small.wav", 4_000);
    space.wav("large.wav", 400_000);
    let line = |name: &str| format!("{{\"input\": \"{name}.wav\", \"output\": \"{name}.aiff\"}}\n");
    let manifest: String =
        ["small", "large"].map(line).concat() + &line("small").replace("small.aiff", "other.aiff");
    space.write("jobs.jsonl", manifest.as_bytes());
    let words = ["batch", "jobs.jsonl", "--report", "report.jsonl"];
    let (code, text) = on_a_full_disk(&space, 500, &words);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("large.aiff: cannot write"), "{text}");
    let names = space.names(".");
    let made: Vec<&String> = names.iter().filter(|name| name.ends_with("aiff")).collect();
    assert_eq!(made, ["other.aiff", "small.aiff"]);
    assert!(
        names.iter().all(|name| !name.starts_with(".segue")),
        "{names:?}"
    );
    let report = String::from_utf8(space.read("report.jsonl")).unwrap();
    let failed: Vec<&str> = report
        .lines()
        .filter(|line| line.contains("\"failed\""))
        .collect();
    assert!(
        failed.len() == 1 && failed[0].contains("large.wav"),
        "{report}"
    );
    // With room again, the rest is done.
    space.segue(&words).ok();
    assert!(space.path("large.aiff").is_file());
}

#[test]
fn a_folder_that_is_not_there_is_named_with_the_way_out() {
    let space = Space::new();
    space.wav("a.wav", 100);
    let run = space
        .segue(&["convert", "a.wav", "-o", "out/b.wav"])
        .fails(1);
    run.says("there is no folder out; make it, or write elsewhere");
    space.segue(&["convert", "a.wav", "--to", "out"]).ok();
    assert_eq!(space.names("out"), ["a.wav"]);
}

/// Names that shells, CSV and JSON trip over.
#[cfg(unix)]
#[test]
fn odd_names_are_names_like_others() {
    let space = Space::new();
    for name in [
        "-dash.wav",
        "ü 世界.wav",
        "quote\"'.wav",
        "new\nline, comma;.wav",
        "%s{hash}.wav",
    ] {
        space.wav(name, 4_000);
        let input = format!("./{name}");
        let output = format!("out/{name}");
        space.write("out/.keep", b"");
        space.segue(&["convert", &input, "-o", &output]).ok();
        let measured = space.segue(&["measure", "--json", &output]).ok().json();
        assert_eq!(measured["file"], output);
        let line = serde_json::json!({"input": name, "output": format!("batch/{}", name.replace("{hash}", ""))});
        space.write("batch/.keep", b"");
        space.write("jobs.jsonl", format!("{line}\n").as_bytes());
        let words = ["batch", "jobs.jsonl", "--no-journal", "--report", "r.csv"];
        space.segue(&words).ok();
    }
    assert_eq!(space.names("batch").len(), 6);
}

/// A limit for the size of files ends no program, and no other job.
#[cfg(target_os = "linux")]
#[test]
fn a_limit_for_the_size_of_files_fails_what_is_larger() {
    let space = Space::new();
    space.wav("small.wav", 4_000);
    space.wav("large.wav", 400_000);
    let line = |name: &str| format!("{{\"input\": \"{name}.wav\", \"output\": \"{name}.aiff\"}}\n");
    space.write(
        "jobs.jsonl",
        ["large", "small"].map(line).concat().as_bytes(),
    );
    let (code, text) = limited(&space, "ulimit -f 500", &["batch", "jobs.jsonl"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("large.aiff: cannot write"), "{text}");
    assert!(text.contains("ulimit"), "{text}");
    assert_eq!(
        space.names("."),
        [
            "jobs.jsonl",
            "jobs.jsonl.journal",
            "large.wav",
            "small.aiff",
            "small.wav"
        ]
    );
}

/// What is no regular file is refused at once: a pipe has no end to look at.
#[cfg(target_os = "linux")]
#[test]
fn pipes_and_devices_are_refused() {
    let space = Space::new();
    space.wav("a.wav", 100);
    let fifo = Command::new("mkfifo").arg(space.path("pipe.wav")).status();
    assert!(fifo.unwrap().success());
    for input in ["pipe.wav", "/dev/zero", "/dev/null"] {
        for command in [&["convert", input, "-o", "b.wav"][..], &["measure", input]] {
            space.segue(command).fails(1).says("a device or pipe");
        }
        let job = format!("{{\"input\": \"{input}\", \"output\": \"b.wav\"}}\n");
        space.write("jobs.jsonl", job.as_bytes());
        space
            .segue(&["batch", "jobs.jsonl"])
            .fails(1)
            .says("a device or pipe");
    }
    // Files that are read whole, too.
    for file in ["pipe.wav", "/dev/zero"] {
        for words in [
            &["convert", "a.wav", "-o", "b.wav", "--chain", file][..],
            &["batch", file],
            &["slot", "spin", file],
            &["replay", file, "-o", "b.wav"],
        ] {
            space.segue(words).fails(1).says("a device or pipe");
        }
    }
    space.project("game");
    for output in ["/dev/full", "pipe.wav"] {
        let words = ["convert", "a.wav", "-f", "wav", "-o", output];
        for exists in ["fail", "overwrite", "suffix"] {
            let run = space.segue(&[&words[..], &["--exists", exists]].concat());
            run.fails(1).says("a device or pipe");
        }
    }
    for words in [
        &["render", "game", "--seconds", "0.1", "-o", "pipe.wav"][..],
        &["measure", "a.wav", "--plot", "pipe.svg"],
        &["measure", "a.wav", "--report", "pipe.csv"],
        &["waveform", "a.wav", "-o", "pipe.wav"],
        &["batch", "jobs.jsonl", "--journal", "pipe.wav"],
    ] {
        std::fs::rename(space.path("pipe.wav"), space.path(words.last().unwrap())).unwrap();
        space.segue(words).fails(1).says("a device or pipe");
        let kind = space
            .path(words.last().unwrap())
            .metadata()
            .unwrap()
            .file_type();
        assert!(!kind.is_file(), "{words:?}");
        std::fs::rename(space.path(words.last().unwrap()), space.path("pipe.wav")).unwrap();
    }
    let made = space.names(".");
    assert!(!made.contains(&"b.wav".to_owned()), "{made:?}");
}
