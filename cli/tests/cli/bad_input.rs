//! Bad input: a clear error, the right exit code, and nothing lost.

use crate::support::{Space, wav};
use std::fs::File;

#[test]
fn wrong_usage_is_told_from_failure() {
    let space = Space::new();
    for (arguments, words) in [
        (&["render", "game"][..], "--output <FILE>"),
        (
            &["render", "game", "-o", "a.wav", "--rate", "1"],
            "1 is not in 8000..=384000",
        ),
        (
            &["render", "game", "-o", "a.wav", "--rate", "fast"],
            "--rate",
        ),
        (
            &["render", "game", "-o", "a.wav", "--block", "0"],
            "1..=65536 frames",
        ),
        (
            &["render", "game", "-o", "a.wav", "--block", "65537"],
            "1..=65536 frames",
        ),
        (
            &["render", "game", "-o", "a.wav", "--seconds", "-1"],
            "above 0",
        ),
        (
            &["render", "game", "-o", "a.wav", "--seconds", "0"],
            "above 0",
        ),
        (
            &["render", "game", "-o", "a.wav", "--bits", "12"],
            "16, 24, 32f",
        ),
        (
            &["render", "game", "-o", "a.wav", "--seed", "x"],
            "hexadecimal",
        ),
        (&["new", "game"], "--from"),
        (
            &["new", "game", "--from", "a.wav", "--tempo", "0"],
            "1..=999",
        ),
        (&["sing"], "unrecognized subcommand"),
        (&[], "Usage"),
    ] {
        space.segue(arguments).fails(2).says(words);
    }
    assert!(space.names(".").is_empty());
}

#[test]
fn what_is_not_there_or_no_project() {
    let space = Space::new();
    space.wav("hit.wav", 100);
    space.write("empty", b"");
    space.write("noise", &[0xA5; 4096]);
    space.write("folder/readme.txt", b"hello");
    for (file, words) in [
        ("nothing", "nothing: cannot open"),
        ("hit.wav", "`segue new` makes one out of audio files"),
        ("empty", "the file is empty"),
        ("noise", "this is not a Segue project"),
        ("folder", "the folder has no project.json"),
    ] {
        for command in ["render", "play", "pack"] {
            let mut arguments = vec![command, file];
            if command == "render" {
                arguments.extend(["-o", "out.wav"]);
            }
            space.segue(&arguments).fails(1).says(words);
        }
    }
    space
        .segue(&["info", "empty"])
        .fails(1)
        .says("not an audio file");
    space
        .segue(&["unpack", "hit.wav", "x"])
        .fails(1)
        .says("a packed project was expected");
    space
        .segue(&["replay", "hit.wav", "-o", "x.wav"])
        .fails(1)
        .says("not a Segue session log");
    assert_eq!(space.names("."), ["empty", "folder", "hit.wav", "noise"]);
}

#[test]
fn audio_truncated_corrupt_mislabelled_and_oversized() {
    let space = Space::new();
    let whole = wav(4_000);
    space.write("cut.wav", &whole[..whole.len() / 2]);
    space.fixture("mono.flac", "corrupt.flac");
    let mut flac = space.read("corrupt.flac");
    let middle = flac.len() / 2;
    flac[middle..middle + 64].fill(0x55);
    space.write("corrupt.flac", &flac);
    space.write("page.wav", b"<!DOCTYPE html><title>404</title>");
    let mut fast = whole.clone();
    fast[24..28].copy_from_slice(&1_u32.to_le_bytes());
    space.write("slow.wav", &fast);
    for (file, words) in [
        ("cut.wav", "truncated"),
        ("corrupt.flac", "corrupt"),
        ("page.wav", "an HTML page"),
        ("slow.wav", "1 is not in 8000..=384000"),
    ] {
        space.segue(&["info", file, "--check"]).fails(1).says(words);
        let refused = space.segue(&["new", "game", "--from", file]).fails(1);
        refused.says("none of the 1 files can be played");
        refused.says(words);
        assert!(!space.path("game").exists());
    }
    // Its name lies, its bytes do not.
    space.fixture("mono.mp3", "liar.wav");
    let info = space.segue(&["info", "liar.wav", "--json"]).ok().json();
    assert_eq!(info["container"], "MP3");
    // The good ones are used, the bad ones listed.
    let files = [
        "new", "game", "--from", "liar.wav", "cut.wav", "page.wav", "gone.wav",
    ];
    let made = space.segue(&files).ok();
    for name in ["cut.wav", "page.wav", "gone.wav"] {
        made.says(&format!("warning: skipped {name}: "));
    }
    space.segue(&["render", "game", "-o", "game.wav"]).ok();
}

#[test]
fn missing_and_broken_assets_are_listed_and_the_rest_plays() {
    let space = Space::new();
    space.mixed_files("mine");
    space.segue(&["new", "game", "--from", "mine"]).ok();
    std::fs::remove_file(space.path("game/assets/hit.wav")).unwrap();
    space.write("game/assets/mono.flac", b"fLaC but not really");
    let run = space
        .segue(&["render", "game", "-o", "a.wav", "--json"])
        .ok();
    run.says("warning: assets/hit.wav was not heard: there is no such file");
    assert_eq!(run.json()["missing"].as_array().unwrap().len(), 2);
    assert!(run.json()["true_peak_dbtp"].is_f64(), "the theme is heard");
    space
        .segue(&["info", "game", "--check"])
        .fails(1)
        .says("some audio files cannot be used");

    let packing = space.segue(&["pack", "game"]).fails(1);
    packing.says("the audio file assets/hit.wav is missing");
    packing.says("hint: put the files back");
    assert!(!space.path("game.segue").exists());
    space
        .segue(&["pack", "game", "--allow-missing"])
        .ok()
        .says("assets/hit.wav is missing");
}

#[test]
fn broken_projects_say_where() {
    let space = Space::new();
    space.project("game");
    let json = String::from_utf8(space.read("game/project.json")).unwrap();
    let refuse = |text: &str, words: &str| {
        space.write("game/project.json", text.as_bytes());
        for command in [&["info", "game"][..], &["render", "game", "-o", "a.wav"]] {
            space.segue(command).fails(1).says(words);
        }
    };
    refuse(&json[..json.len() / 2], "/game: project.json, ");
    refuse(
        &json.replace("\"bpm\": 90", "\"bpm\": 0"),
        "0 is not in 1..=999",
    );
    refuse(
        &json.replace("\"at_beats\": 0", "\"at_beats\": \"soon\""),
        "line ",
    );
    refuse(
        &json.replace("\"version\": 1", "\"version\": 2"),
        "open it with a newer Segue",
    );
    refuse(
        &json.replace("assets/hit.wav", "../hit.wav"),
        "use a relative path",
    );
    refuse("", "project.json, line 1, column 1: EOF");
    let magic = json.replace("\"kind\": \"limiter\"", "\"kind\": \"magic\"");
    space.write("game/project.json", magic.as_bytes());
    let refused = space.segue(&["render", "game", "-o", "a.wav"]).fails(1);
    refused.says("there is no insert kind called \"magic\"; there are: ");
    let file = File::options()
        .write(true)
        .open(space.path("game/project.json"))
        .unwrap();
    file.set_len(17 << 20).unwrap();
    drop(file);
    space
        .segue(&["info", "game"])
        .fails(1)
        .says("(project_json_bytes)");
    assert!(!space.path("a.wav").exists());
}

#[test]
fn broken_containers_say_where() {
    let space = Space::new();
    space.project("game");
    space.segue(&["pack", "game"]).ok();
    let whole = space.read("game.segue");
    space.write("cut.segue", &whole[..whole.len() - 100]);
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    space.write("damaged.segue", &damaged);
    let mut newer = whole.clone();
    newer[5] = 9;
    space.write("newer.segue", &newer);
    space.write("large.segue", &whole);
    File::options()
        .write(true)
        .open(space.path("large.segue"))
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    for (file, words) in [
        ("cut.segue", "cut short"),
        ("damaged.segue", "damaged in chunk"),
        ("newer.segue", "damaged in header"),
        ("large.segue", "(container_bytes)"),
    ] {
        space.segue(&["unpack", file, "copy"]).fails(1).says(words);
        space
            .segue(&["render", file, "-o", "a.wav"])
            .fails(1)
            .says(words);
        space.segue(&["info", file]).fails(1).says(words);
    }
    assert!(!space.path("copy").exists() && !space.path("a.wav").exists());
}

#[test]
fn broken_logs_and_changed_assets_are_not_replayed() {
    let space = Space::new();
    space.project("game");
    space
        .segue(&["render", "game", "-o", "a.wav", "--log", "a.seglog"])
        .ok();
    let mut log = space.read("a.seglog");
    let last = log.len() - 30;
    log[last] ^= 1;
    space.write("damaged.seglog", &log);
    space
        .segue(&["replay", "damaged.seglog", "-o", "b.wav"])
        .fails(1)
        .says("damaged");
    space
        .segue(&["replay", "a.seglog", "-o", "a.seglog"])
        .fails(2)
        .says("the same file");
    space.wav("game/assets/hit.wav", 3_999);
    let changed = space.segue(&["replay", "a.seglog", "-o", "b.wav"]).fails(1);
    changed.says("hit.wav: the file has changed: it has the hash");
    changed.says("put the file of the recording back");
    space.write("game/assets/hit.wav", b"no sound");
    space
        .segue(&["replay", "a.seglog", "-o", "b.wav"])
        .fails(1)
        .says("hit.wav: it played when the session was recorded, and does not now");
    std::fs::remove_file(space.path("game/assets/hit.wav")).unwrap();
    space
        .segue(&["replay", "a.seglog", "-o", "b.wav"])
        .fails(1)
        .says("the audio file assets/hit.wav is missing");
    assert!(!space.path("b.wav").exists());
}

#[test]
fn results_never_take_the_place_of_the_project() {
    let space = Space::new();
    space.project("game");
    let before = space.tree("game");
    for out in ["game/project.json", "game/assets/hit.wav"] {
        let run = space.segue(&["render", "game", "-o", out]).fails(1);
        run.says("a file of the project itself is in the way");
        space.segue(&["pack", "game", "-o", out]).fails(1);
        space
            .segue(&["render", "game", "-o", "a.wav", "--log", out])
            .fails(1);
    }
    space
        .segue(&["render", "game", "-o", "x", "--log", "./x"])
        .fails(2);
    space
        .segue(&["render", "game", "-o", "gone/a.wav"])
        .fails(1)
        .says("gone/a.wav: there is no folder gone; make it, or write elsewhere");
    space
        .segue(&["render", "game", "-o", "game"])
        .fails(1)
        .says("is in the way");
    assert_eq!(space.tree("game"), before);
    space
        .segue(&["new", "game", "--from", "hit.wav"])
        .fails(1)
        .says("a project is in the way");
    space
        .segue(&["new", "hit.wav", "--from", "hit.wav"])
        .fails(1)
        .says("a file is in the way");
    assert_eq!(space.tree("game"), before);
    assert_eq!(space.names("."), ["game", "hit.wav"]);
}

#[test]
fn an_output_that_is_not_there() {
    let space = Space::new();
    space.project("game");
    let run = space
        .segue(&["play", "game", "--device", "no such output"])
        .fails(1);
    run.says("error: there is no audio output \"no such output\"");
    run.says("hint: ");
}
