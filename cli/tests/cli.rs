//! `segue` as a user runs it.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[cfg(target_os = "linux")]
#[path = "cli/alsa.rs"]
mod alsa;
#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/dead_ends.rs"]
mod dead_ends;
#[path = "cli/delivery.rs"]
mod delivery;
#[path = "cli/disk.rs"]
mod disk;
#[path = "cli/game.rs"]
mod game;
#[path = "cli/ingest.rs"]
mod ingest;
#[path = "cli/inserts.rs"]
mod inserts;
#[cfg(target_os = "linux")]
#[path = "cli/jack.rs"]
mod jack;
#[path = "cli/lantern.rs"]
mod lantern;
#[path = "cli/offline.rs"]
mod offline;
#[path = "cli/slot.rs"]
mod slot;
#[path = "cli/stages.rs"]
mod stages;
#[path = "cli/support.rs"]
mod support;
#[path = "cli/wizard.rs"]
mod wizard;

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::process::Stdio;
use support::{Run, Space};

#[test]
fn from_mixed_files_to_a_render_and_back() {
    let space = Space::new();
    space.mixed_files("mine");
    let made = space.segue(&["new", "game", "--from", "mine"]).ok();
    assert!(made.stdout.contains("5 sounds") && made.stdout.contains("Next: segue play game"));
    assert!(
        made.stderr
            .contains("warning: skipped mine/notes.txt: not an audio file")
    );

    let info = space
        .segue(&["info", "game", "--check", "--json"])
        .ok()
        .json();
    assert_eq!(
        (&info["kind"], &info["name"]),
        (&"project".into(), &"game".into())
    );
    let assets = info["assets"].as_array().unwrap();
    let files: Vec<_> = assets
        .iter()
        .map(|asset| asset["file"].as_str().unwrap())
        .collect();
    assert_eq!(
        files,
        [
            "assets/hit.wav",
            "assets/mono.flac",
            "assets/mono-2.mp3",
            "assets/stereo.ogg",
            "assets/theme.wav"
        ]
    );
    assert!(
        assets
            .iter()
            .all(|asset| asset["audio"]["check"]["peak_db"].is_f64())
    );

    let packed = space.segue(&["pack", "game", "--json"]).ok().json();
    assert_eq!(packed["bytes"], space.read("game.segue").len());
    space.segue(&["unpack", "game.segue", "copy"]).ok();
    assert_eq!(space.tree("copy"), space.tree("game"));

    let report = space
        .segue(&["render", "game", "-o", "a.wav", "--json"])
        .ok()
        .json();
    assert_eq!(report["missing"], Value::Array(Vec::new()));
    assert_eq!(report["sample_rate"], 48_000);
    assert!(report["loudness_lufs"].as_f64().unwrap() < 0.0);
    space
        .segue(&["render", "game.segue", "-o", "b.wav", "--block", "random"])
        .ok();
    space
        .segue(&["render", "copy", "-o", "c.wav", "--block", "1"])
        .ok();
    assert_eq!(space.read("b.wav"), space.read("a.wav"));
    assert_eq!(space.read("c.wav"), space.read("a.wav"));
    let wav = space.segue(&["info", "a.wav", "--json"]).ok().json();
    assert_eq!(
        (&wav["frames"], &wav["channels"]),
        (&report["frames"], &2.into())
    );
}

#[test]
fn a_project_becomes_a_preset_of_vst3_hosts() {
    let space = Space::new();
    space.project("game");
    space.segue(&["pack", "game"]).ok();
    for (plugin, id) in [("segue", b"86D8"), ("segue-fx", b"0E0D")] {
        let words = ["pack", "game", "-o", "a.vstpreset", "--plugin", plugin];
        space.segue(&words).ok();
        let preset = space.read("a.vstpreset");
        assert_eq!((&preset[..4], &preset[8..12]), (&b"VST3"[..], &id[..]));
        let state = space.read("game.segue");
        assert_eq!(preset[48..48 + state.len()], state);
    }
    space
        .segue(&["pack", "game", "--plugin", "segue-fx"])
        .fails(2)
        .says(".vstpreset");
}

#[test]
fn a_recorded_render_replays_to_the_same_bytes() {
    let space = Space::new();
    space.project("game");
    let render = [
        "render",
        "game",
        "-o",
        "a.wav",
        "--log",
        "a.seglog",
        "--seconds",
        "0.5",
    ];
    space.segue(&render).ok();
    space.segue(&["replay", "a.seglog", "-o", "b.wav"]).ok();
    assert_eq!(space.read("a.wav"), space.read("b.wav"));

    let info = space.segue(&["info", "a.seglog", "--json"]).ok().json();
    assert_eq!(
        (&info["kind"], &info["complete"]),
        (&"session_log".into(), &true.into())
    );
    assert_eq!(info["sample_rate"], 48_000);

    // A recording that a crash cut short: what is there is rendered.
    let log = space.read("a.seglog");
    space.write("cut.seglog", &log[..log.len() - 5]);
    let cut = space
        .segue(&["replay", "cut.seglog", "-o", "c.wav", "--json"])
        .ok();
    assert_eq!(cut.json()["cut_short"], true);
    assert!(cut.stderr.contains("cut short"), "{}", cut.stderr);
}

#[test]
fn options_of_a_render_do_what_they_say() {
    let space = Space::new();
    space.project("game");
    let render = |options: &[&str]| {
        let all = [&["render", "game", "-o", "a.wav", "--json"], options].concat();
        let report = space.segue(&all).ok().json();
        let info = space.segue(&["info", "a.wav", "--json"]).ok().json();
        assert_eq!(info["frames"], report["frames"]);
        info
    };
    for (bits, codec) in [
        ("16", "PCM 16-bit"),
        ("24", "PCM 24-bit"),
        ("32f", "PCM 32-bit float"),
    ] {
        assert_eq!(render(&["--bits", bits])["codec"], codec);
    }
    let info = render(&["--seconds", "0.25", "--rate", "96000", "--seed", "0xabc"]);
    assert_eq!(
        (&info["frames"], &info["sample_rate"]),
        (&24_000.into(), &96_000.into())
    );
}

#[test]
fn the_output_is_replaced_and_no_temporary_file_stays() {
    let space = Space::new();
    space.project("game");
    space.write("a.wav", b"old");
    space
        .segue(&["render", "game", "-o", "a.wav", "--seconds", "0.1"])
        .ok();
    assert!(space.read("a.wav").starts_with(b"RIFF"));
    assert_eq!(space.names("."), ["a.wav", "game", "hit.wav"]);
}

#[test]
fn unpacking_replaces_only_when_forced() {
    let space = Space::new();
    space.project("game");
    space.segue(&["pack", "game"]).ok();
    let refused = space.segue(&["unpack", "game.segue"]).fails(1);
    refused.says("a project is in the way; nothing was changed");
    refused.says("hint: name another folder; --force replaces a project");
    space.write("game/notes.txt", b"mine");
    space.segue(&["unpack", "game.segue", "--force"]).ok();
    assert_eq!(space.names("game"), ["assets", "project.json"]);
}

#[test]
fn names_and_tempo_are_taken_over() {
    let space = Space::new();
    space.wav("hit.wav", 4_000);
    let options = ["--name", "Night drive", "--tempo", "98.5", "--json"];
    let new = [&["new", "game", "--from", "hit.wav"][..], &options].concat();
    let made = space.segue(&new).ok().json();
    assert_eq!(
        (&made["name"], &made["sounds"][0]["note"]),
        (&"Night drive".into(), &36.into())
    );
    let info = space.segue(&["info", "game", "--json"]).ok().json();
    assert_eq!(info["tempo_bpm"], 98.5);
}

#[test]
fn every_command_helps_with_examples() {
    let space = Space::new();
    let all = space.segue(&["--help"]).ok();
    let commands = [
        "new",
        "play",
        "render",
        "replay",
        "convert",
        "normalize",
        "measure",
        "batch",
        "waveform",
        "info",
        "pack",
        "unpack",
        "devices",
        "completions",
        "man",
    ];
    for command in commands {
        assert!(all.stdout.contains(&format!("\n  {command} ")), "{command}");
        let help = space.segue(&["help", command]).ok();
        assert!(
            help.stdout.contains("Examples:\n  segue "),
            "{command}: {}",
            help.stdout
        );
    }
    assert!(
        space
            .segue(&["--version"])
            .ok()
            .stdout
            .starts_with("segue ")
    );
}

#[test]
fn completions_and_manual_pages_know_the_commands() {
    let space = Space::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = space.segue(&["completions", shell]).ok().stdout;
        assert!(
            script.contains("unpack") && script.contains("allow-missing"),
            "{shell}"
        );
    }
    space
        .segue(&["completions", "cobol"])
        .fails(2)
        .says("cobol");
    space.segue(&["man", "pages/man1"]).ok();
    let names = space.names("pages/man1");
    assert!(names.contains(&"segue.1".to_owned()) && names.contains(&"segue-render.1".to_owned()));
    assert!(space.read("pages/man1/segue-render.1").starts_with(b".ie"));
}

#[test]
fn outputs_are_listed_even_if_there_are_none() {
    let space = Space::new();
    let devices = space.segue(&["devices", "--json"]).ok();
    assert!(devices.json()["devices"].is_array());
    assert_eq!(devices.stderr, "", "no chatter of audio libraries");
    space.segue(&["devices"]).ok();
}

#[test]
fn a_reader_that_goes_is_no_failure() {
    let space = Space::new();
    let mut child = space
        .command(&["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    let mut errors = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut errors)
        .unwrap();
    assert_eq!(errors, "");
}

#[test]
fn quiet_says_only_what_matters() {
    let space = Space::new();
    space.mixed_files("mine");
    let made = space
        .segue(&["new", "game", "--from", "mine", "--quiet"])
        .ok();
    assert_eq!(made.stderr, "");
    space
        .segue(&["info", "nothing", "--quiet"])
        .fails(1)
        .says("error: nothing: cannot open");
}

#[test]
fn failures_are_objects_for_scripts() {
    let space = Space::new();
    let run = space.segue(&["info", "nothing", "--json"]).fails(1);
    let object = run.json();
    assert!(
        object["error"]
            .as_str()
            .unwrap()
            .starts_with("nothing: cannot open")
    );
    assert_eq!(
        (&object["exit_code"], object["hint"].is_string()),
        (&1.into(), true)
    );
    run.says("hint: check the spelling of the path");
}

/// Ctrl-C during a long render: the exit code of a cancelled job, and nothing left behind.
#[cfg(unix)]
#[test]
fn a_cancelled_render_leaves_nothing() {
    let space = Space::new();
    space.project("game");
    space.write("a.wav", b"old");
    let mut child = space
        .command(&[
            "render",
            "game",
            "-o",
            "a.wav",
            "--seconds",
            "86400",
            "--block",
            "64",
            "--quiet",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The temporary file of the output shows that it renders.
    while !space
        .names(".")
        .iter()
        .any(|name| name.starts_with(".segue-tmp-"))
    {
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut errors = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut errors)
        .unwrap();
    assert_eq!(errors, "error: cancelled\n");
    assert_eq!(space.read("a.wav"), b"old");
    assert_eq!(space.names("."), ["a.wav", "game", "hit.wav"]);
}

/// The factory project is what a new user hears first.
#[test]
fn the_factory_project_is_whole() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../presets/factory");
    let run: Run = Space::new()
        .segue(&["info", root, "--check", "--json"])
        .ok();
    assert_eq!(run.json()["warnings"], Value::Array(Vec::new()));
    assert!(fs::metadata(root).unwrap().is_dir());
}
