//! Offline jobs as a user runs them.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "test signals are made by casts of known values"
)]

use crate::support::{Run, Space, wav};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

/// Stereo 16-bit noise at 48 kHz with a slow swell.
pub(crate) fn noise(space: &Space, name: &str, seconds: u32, seed: u64) {
    let frames = seconds * 48_000;
    let mut bytes = wav(0);
    bytes[4..8].copy_from_slice(&(36 + frames * 4).to_le_bytes());
    bytes[22] = 2;
    bytes[24..28].copy_from_slice(&48_000_u32.to_le_bytes());
    bytes[28..32].copy_from_slice(&192_000_u32.to_le_bytes());
    bytes[32] = 4;
    bytes[40..44].copy_from_slice(&(frames * 4).to_le_bytes());
    let mut state = seed;
    for n in 0..frames {
        let swell = 3000.0 + 2500.0 * (f64::from(n) / 30_000.0).sin();
        for _ in 0..2 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let x = f64::from((state >> 33) as u32) / f64::from(1_u32 << 30) - 1.0;
            bytes.extend(((x * swell) as i16).to_le_bytes());
        }
    }
    space.write(name, &bytes);
}

/// What an oracle prints, or `None` if it is not installed and `SEGUE_ORACLES` does not ask for it.
fn oracle(space: &Space, program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(space.path("."))
        .output();
    let Ok(output) = output else {
        let required = std::env::var_os("SEGUE_ORACLES").is_some_and(|word| word == "required");
        assert!(!required, "{program} is not installed: cargo xtask setup");
        return None;
    };
    Some(
        String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout),
    )
}

fn lines(run: &Run) -> Vec<Value> {
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn measure_prints_an_object_a_file_with_exactly_its_keys() {
    let space = Space::new();
    noise(&space, "a.wav", 8, 1);
    noise(&space, "b.wav", 4, 2);
    let run = space.segue(&["measure", "--json", "a.wav", "b.wav"]).ok();
    let rows = lines(&run);
    assert_eq!(rows.len(), 2);
    for (row, (file, seconds)) in rows.iter().zip([("a.wav", 8.0), ("b.wav", 4.0)]) {
        let keys: Vec<&str> = row
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            keys,
            [
                "file",
                "sample_rate",
                "channels",
                "seconds",
                "lufs_i",
                "lufs_m_max",
                "lufs_s_max",
                "lra",
                "true_peak_dbtp",
                "sample_peak_dbfs",
                "dr"
            ]
        );
        assert_eq!(
            (&row["file"], &row["seconds"]),
            (&file.into(), &seconds.into())
        );
        assert_eq!(
            (&row["sample_rate"], &row["channels"]),
            (&48_000.into(), &2.into())
        );
    }
    let arguments = [
        "-nostats",
        "-i",
        "a.wav",
        "-af",
        "ebur128=peak=true",
        "-f",
        "null",
        "-",
    ];
    let Some(log) = oracle(&space, "ffmpeg", &arguments) else {
        return;
    };
    let value = |key: &str| -> f64 {
        let at = log.rfind(key).unwrap() + key.len();
        log[at..]
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap()
    };
    let close = |ours: &str, theirs: &str, by: f64| {
        let (ours, theirs) = (rows[0][ours].as_f64().unwrap(), value(theirs));
        assert!((ours - theirs).abs() <= by, "{ours} {theirs}");
    };
    close("lufs_i", "I:", 0.1);
    // Noise up to fs/2: ffmpeg's fewer points a frame read it lower.
    close("true_peak_dbtp", "Peak:", 0.5);
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let space = Space::new();
    noise(&space, "a.wav", 1, 1);
    space.write("bad.wav", b"RIFF not really");
    let run = space
        .segue(&["measure", "--json", "bad.wav", "a.wav"])
        .fails(1);
    assert_eq!(lines(&run).len(), 1);
    run.says("bad.wav");
    let run = space
        .segue(&["convert", "bad.wav", "a.wav", "--to", "out", "-f", "flac"])
        .fails(1);
    run.says("bad.wav");
    assert_eq!(space.names("out"), ["a.flac"]);
    space
        .segue(&["convert", "a.wav", "-o", "a.xyz"])
        .fails(2)
        .says("none of wav");
    space
        .segue(&["convert", "a.wav", "-o", "b.wav", "--rate", "1"])
        .fails(2)
        .says("8000..=384000");
    space
        .segue(&["convert", "a.wav", "-o", "b.mp3"])
        .fails(1)
        .says("feature `mp3`");
}

#[test]
fn normalised_files_have_their_loudness() {
    let space = Space::new();
    noise(&space, "a.wav", 6, 3);
    let report = space
        .segue(&[
            "normalize",
            "a.wav",
            "-o",
            "b.wav",
            "--profile",
            "ebu-r128",
            "--bext",
            "--json",
        ])
        .ok()
        .json();
    assert_eq!(
        (&report["rule"], &report["measure"]),
        (&"target".into(), &"i".into())
    );
    let measured = space.segue(&["measure", "--json", "b.wav"]).ok().json();
    assert!(
        (measured["lufs_i"].as_f64().unwrap() + 23.0).abs() < 0.1,
        "{measured}"
    );
    space
        .segue(&["normalize", "a.wav", "-o", "b.wav", "--target", "-20"])
        .fails(1)
        .says("exists already; choose another name, or give --exists overwrite");
    for (words, says) in [
        ("convert - -o d.wav", "pipes"),
        ("convert a.wav -o -", "pipes"),
        ("convert a.wav -o .", "--to FOLDER"),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        space.segue(&words).fails(2).says(says);
    }
    space
        .segue(&["normalize", "a.wav", "-o", "c.wav"])
        .fails(2)
        .says("no target");
}

#[test]
fn presets_in_chains_are_their_parameters() {
    let space = Space::new();
    noise(&space, "a.wav", 1, 4);
    let run = |name: &str, inserts: &str| {
        space.write(
            "chain.json",
            format!(r#"{{"inserts": [{inserts}]}}"#).as_bytes(),
        );
        let words = [
            "convert",
            "a.wav",
            "-o",
            name,
            "--bits",
            "32f",
            "--chain",
            "chain.json",
        ];
        space.segue(&words)
    };
    run(
        "preset.wav",
        r#"{"kind": "eq", "preset": "rumble_filter", "params": {"band1_freq": 90}}"#,
    )
    .ok();
    let written_out = r#"{"kind": "eq", "params":
        {"band1_on": 1, "band1_type": 5, "band1_freq": 90, "band1_slope": 3}}"#;
    run("params.wav", written_out).ok();
    assert_eq!(space.read("preset.wav"), space.read("params.wav"));
    run("none.wav", r#"{"kind": "eq"}"#).ok();
    assert_ne!(space.read("preset.wav"), space.read("none.wav"));
    run("bad.wav", r#"{"kind": "eq", "preset": "rumble"}"#)
        .fails(1)
        .says("rumble_filter");
}

#[test]
fn chains_come_from_a_project_and_from_a_file() {
    let space = Space::new();
    noise(&space, "a.wav", 2, 4);
    let chain = r#"{"inserts": [{"kind": "gain", "params": {"gain": -6}}]}"#;
    space.write("chain.json", chain.as_bytes());
    let peak = |name: &str| {
        let row = space.segue(&["measure", "--json", name]).ok().json();
        row["sample_peak_dbfs"].as_f64().unwrap()
    };
    space
        .segue(&[
            "convert",
            "a.wav",
            "-o",
            "b.wav",
            "--bits",
            "32f",
            "--chain",
            "chain.json",
        ])
        .ok();
    assert!((peak("a.wav") - 6.0 - peak("b.wav")).abs() < 0.01);
    space.project("game");
    let project = String::from_utf8(space.read("game/project.json")).unwrap();
    let mut project: Value = serde_json::from_str(&project).unwrap();
    let inserts: Value =
        serde_json::from_str(r#"[{"id": "x", "kind": "gain", "params": {"gain": -12}}]"#).unwrap();
    let bus = serde_json::json!({"id": "quiet", "inserts": inserts});
    match project["buses"].as_array_mut() {
        Some(buses) => buses.push(bus),
        None => project["buses"] = serde_json::json!([bus]),
    }
    space.write("game/project.json", project.to_string().as_bytes());
    let from_bus = [
        "convert",
        "a.wav",
        "-o",
        "c.wav",
        "--bits",
        "32f",
        "--project",
        "game",
        "--bus",
        "quiet",
    ];
    space.segue(&from_bus).ok();
    assert!((peak("a.wav") - 12.0 - peak("c.wav")).abs() < 0.01);
    let unknown = [
        "convert",
        "a.wav",
        "-o",
        "d.wav",
        "--project",
        "game",
        "--bus",
        "quite",
    ];
    space
        .segue(&unknown)
        .fails(1)
        .says("did you mean \"quiet\"");
}

/// The chain that the documentation shows is heard, its first insert by itself as well.
#[test]
fn the_chain_of_the_documentation_changes_the_sound() {
    let space = Space::new();
    noise(&space, "a.wav", 1, 1);
    let docs = include_str!("../../../docs/offline.md");
    let start = docs.find("{\"inserts\"").unwrap();
    let line = docs[start..].lines().next().unwrap();
    let mut chain: Value = serde_json::from_str(line).unwrap();
    chain["inserts"].as_array_mut().unwrap().truncate(1);
    space.write("whole.json", line.as_bytes());
    space.write("first.json", chain.to_string().as_bytes());
    for name in ["whole", "first"] {
        let (out, chain) = (format!("{name}.wav"), format!("{name}.json"));
        let arguments = ["convert", "a.wav", "-o", &out, "--dither", "none"];
        let arguments = [&arguments[..], &["--chain", &chain]].concat();
        space.segue(&arguments).ok();
        let (before, after) = (space.read("a.wav"), space.read(&out));
        let tail = |bytes: &[u8]| bytes[bytes.len() - 100_000..].to_vec();
        let pairs = tail(&before).into_iter().zip(tail(&after));
        let differing = pairs.filter(|(a, b)| a != b).count();
        assert!(differing > 10_000, "{name}: {differing}");
    }
}

/// The number of shards may change: what other shards noted counts.
#[test]
fn other_shards_go_on_from_what_was_done() {
    let space = Space::new();
    manifest(&space);
    for shard in ["1/3", "2/3", "3/3"] {
        space.segue(&["batch", "jobs.jsonl", "--shard", shard]);
    }
    let before = space.tree("out");
    for arguments in [&["--shard", "1/4"][..], &[]] {
        let run = space.segue(&[&["batch", "jobs.jsonl"], arguments].concat());
        assert!(!run.stderr.contains("exists already"), "{}", run.stderr);
    }
    assert_eq!(space.tree("out"), before);
}

#[test]
fn waveforms_and_plots_are_drawn() {
    let space = Space::new();
    noise(&space, "a.wav", 4, 5);
    let row = space
        .segue(&[
            "waveform", "a.wav", "-o", "a.wave", "--png", "a.png", "--json",
        ])
        .ok()
        .json();
    assert_eq!(
        row["bytes"].as_u64().unwrap(),
        space.read("a.wave").len() as u64
    );
    assert!(space.read("a.png").starts_with(b"\x89PNG"));
    space
        .segue(&["measure", "a.wav", "--plot", "a.svg", "--report", "a.csv"])
        .ok();
    assert!(space.read("a.svg").starts_with(b"<svg"));
    let csv = String::from_utf8(space.read("a.csv")).unwrap();
    assert!(
        csv.starts_with("file,status,error,sample_rate,channels,seconds,lufs_i"),
        "{csv}"
    );
    space.segue(&["measure", "a.wav", "--plot", "b.png"]).ok();
    assert!(space.read("b.png").starts_with(b"\x89PNG"));
}

/// A manifest of several files with different work, one of them broken.
fn manifest(space: &Space) {
    let mut text = String::from("# what we ship\n\n");
    for n in 0..6_u64 {
        noise(space, &format!("in/{n}.wav"), 2, n + 10);
        let more = match n {
            0 => r#", "profile": "ebu-r128""#,
            1 => r#", "rate": 44100, "dither": "shaped""#,
            2 => r#", "trim": -60, "fade_out": 0.5"#,
            _ => r#", "target": -20, "over": "limit""#,
        };
        let extension = ["wav", "flac", "opus", "ogg", "aiff", "wav"][n as usize];
        text +=
            &format!("{{\"input\": \"in/{n}.wav\", \"output\": \"out/{n}.{extension}\"{more}}}\n");
    }
    text += "{\"input\": \"in/broken.wav\", \"output\": \"out/broken.wav\"}\n";
    text += "{\"input\": \"in/5.wav\", \"output\": \"out/{hash}.flac\"}\n";
    space.write("in/broken.wav", b"nothing");
    space.write("jobs.jsonl", text.as_bytes());
    std::fs::create_dir_all(space.path("out")).unwrap();
}

fn take(space: &Space) -> BTreeMap<String, Vec<u8>> {
    let tree = space.tree("out");
    std::fs::remove_dir_all(space.path("out")).unwrap();
    std::fs::create_dir_all(space.path("out")).unwrap();
    tree
}

/// n shards as n processes at the same time, their reports merged: the files and the report of one
/// run.
#[test]
fn shards_as_processes_equal_one_run() {
    let space = Space::new();
    manifest(&space);
    space
        .segue(&[
            "batch",
            "jobs.jsonl",
            "--report",
            "whole.jsonl",
            "--no-journal",
        ])
        .fails(1);
    let whole = take(&space);
    assert_eq!(whole.len(), 7, "{:?}", whole.keys());
    let shards = 3;
    let parts: Vec<_> = (1..=shards)
        .map(|shard| {
            let (shard_of, report) = (format!("{shard}/{shards}"), format!("part-{shard}.jsonl"));
            space
                .command(&[
                    "batch",
                    "jobs.jsonl",
                    "--shard",
                    &shard_of,
                    "--report",
                    &report,
                ])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let codes: Vec<_> = parts
        .into_iter()
        .map(|mut part| part.wait().unwrap().code())
        .collect();
    assert!(
        codes.contains(&Some(1)) && codes.contains(&Some(0)),
        "{codes:?}"
    );
    space
        .segue(&[
            "batch",
            "merge",
            "part-3.jsonl",
            "part-1.jsonl",
            "part-2.jsonl",
            "-o",
            "all.jsonl",
        ])
        .ok();
    assert_eq!(space.read("all.jsonl"), space.read("whole.jsonl"));
    assert_eq!(space.tree("out"), whole);
    // Again: nothing is left to do but what failed, and the report is the same.
    space.segue(&[
        "batch",
        "jobs.jsonl",
        "--shard",
        "2/3",
        "--report",
        "again.jsonl",
    ]);
    assert_eq!(space.read("again.jsonl"), space.read("part-2.jsonl"));
    let rows = String::from_utf8(space.read("all.jsonl")).unwrap();
    assert_eq!(
        rows.lines()
            .filter(|row| row.contains("\"failed\""))
            .count(),
        1
    );
    space
        .segue(&["batch", "merge", "all.jsonl", "-o", "all.csv"])
        .ok();
    assert_eq!(
        String::from_utf8(space.read("all.csv"))
            .unwrap()
            .lines()
            .count(),
        9
    );
}

/// Killed at any moment: old targets stay whole, and going on gives what one run gives.
#[cfg(target_os = "linux")]
#[test]
fn killed_batches_go_on_to_the_same_end() {
    let space = Space::new();
    manifest(&space);
    space
        .segue(&[
            "batch",
            "jobs.jsonl",
            "--report",
            "whole.jsonl",
            "--no-journal",
        ])
        .fails(1);
    let whole = take(&space);
    let mut kills = 0;
    for round in 0..20 {
        let mut child = space
            .command(&["batch", "jobs.jsonl", "--workers", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Until the journal or the folder has grown a little: a different moment each time.
        let size = |space: &Space| {
            let entries = std::fs::read_dir(space.path("out")).unwrap().flatten();
            entries
                .map(|entry| entry.metadata().map_or(1, |m| m.len()))
                .sum::<u64>()
        };
        let start = size(&space);
        while child.try_wait().unwrap().is_none() && size(&space) <= start + 20_000 * round {
            std::thread::yield_now();
        }
        if child.try_wait().unwrap().is_none() {
            kills += 1;
        }
        _ = child.kill();
        child.wait().unwrap();
        for name in space
            .names("out")
            .iter()
            .filter(|name| !name.starts_with(".segue"))
        {
            assert_eq!(
                Some(&space.read(&format!("out/{name}"))),
                whole.get(name),
                "{name}"
            );
        }
        if round % 5 == 4 {
            std::fs::remove_file(space.path("jobs.jsonl.journal")).unwrap();
            take(&space);
        }
    }
    assert!(kills > 5, "{kills}");
    space
        .segue(&["batch", "jobs.jsonl", "--report", "end.jsonl"])
        .fails(1);
    assert_eq!(space.tree("out"), whole);
    assert_eq!(space.read("end.jsonl"), space.read("whole.jsonl"));
}

/// What was killed while it made a new target leaves the old one, and what it left beside it goes with the
/// next run.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_overwrite_leaves_the_old_target() {
    let space = Space::new();
    sparse(&space, "long.wav", 1800, 48_000);
    noise(&space, "short.wav", 1, 3);
    space.write("out.flac", b"the old one");
    let overwrite = |input| ["convert", input, "-o", "out.flac", "--exists", "overwrite"];
    let is_left = |space: &Space| {
        let names = space.names(".");
        names.iter().any(|name| name.starts_with(".segue-tmp"))
    };
    let mut child = space
        .command(&overwrite("long.wav"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !is_left(&space) && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(9)
    );
    assert_eq!(space.read("out.flac"), b"the old one");
    assert!(is_left(&space), "it was in the middle");
    let line = r#"{"input": "short.wav", "output": "out.flac", "exists": "overwrite"}"#;
    space.write("m.jsonl", line.as_bytes());
    space.segue(&["batch", "m.jsonl", "--no-journal"]).ok();
    assert_eq!(
        space.names("."),
        ["long.wav", "m.jsonl", "out.flac", "short.wav"]
    );
}

/// A number of bits needs no quotes, and what is none says what there is.
#[test]
fn bits_of_a_manifest_are_a_number_or_a_text() {
    let space = Space::new();
    noise(&space, "a.wav", 1, 3);
    let manifest = |bits: &str| {
        let line = format!(
            r#"{{"input": "a.wav", "output": "o.wav", "bits": {bits}, "exists": "overwrite"}}"#
        );
        space.write("m.jsonl", line.as_bytes());
        space.segue(&["batch", "m.jsonl", "--no-journal"])
    };
    for bits in ["24", "\"24\""] {
        manifest(bits).ok();
        let bytes = space.read("o.wav");
        let format = bytes.windows(4).position(|id| id == b"fmt ").unwrap();
        assert_eq!(bytes[format + 22], 24, "{bits}");
    }
    let run = manifest("[24]").fails(2);
    run.says("m.jsonl, line 1");
    run.says("32f");
}

#[cfg(unix)]
#[test]
fn an_interrupted_conversion_says_130_and_leaves_nothing() {
    let space = Space::new();
    sparse(&space, "long.wav", 1800, 48_000);
    let mut child = space
        .command(&["convert", "long.wav", "-o", "out.flac", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_writing = || {
        space
            .names(".")
            .iter()
            .any(|name| name.starts_with(".segue-tmp"))
    };
    while !is_writing() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(space.names("."), ["long.wav"]);
    // One object: the row of the file.
    let row: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(row["status"], "cancelled");
}

/// A mono 16-bit WAV of this length that takes no room on the disk.
pub(crate) fn sparse(space: &Space, name: &str, seconds: u64, rate: u32) {
    let data = seconds * u64::from(rate) * 2;
    let mut header = wav(0);
    header[4..8].copy_from_slice(&u32::try_from(36 + data).unwrap().to_le_bytes());
    header[24..28].copy_from_slice(&rate.to_le_bytes());
    header[28..32].copy_from_slice(&(2 * rate).to_le_bytes());
    header[40..44].copy_from_slice(&u32::try_from(data).unwrap().to_le_bytes());
    let mut file = File::create(space.path(name)).unwrap();
    file.write_all(&header).unwrap();
    for n in 0..40_000_u32 {
        file.write_all(
            &i16::try_from(n % 200)
                .unwrap()
                .wrapping_mul(50)
                .to_le_bytes(),
        )
        .unwrap();
    }
    file.set_len(header.len() as u64 + data).unwrap();
}

/// Peak resident memory of a run in bytes.
#[cfg(target_os = "linux")]
fn peak_memory(space: &Space, arguments: &[&str]) -> u64 {
    let mut child = space
        .command(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) * 1024);
        if let Some(code) = child.try_wait().unwrap() {
            assert!(code.success(), "{arguments:?}");
            return peak;
        }
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_hour_takes_less_than_64_mb() {
    let space = Space::new();
    // 635 MB once decoded: what grew with the length would show.
    sparse(&space, "long.wav", 3600, 44_100);
    let limit = 64 << 20;
    for arguments in [
        &["measure", "long.wav"][..],
        &[
            "normalize",
            "long.wav",
            "-o",
            "o.flac",
            "--target",
            "-23",
            "--no-verify",
            "--quality",
            "0",
        ],
        &["waveform", "long.wav", "-o", "o.wave"],
    ] {
        let peak = peak_memory(&space, arguments);
        assert!(peak > 0 && peak < limit, "{arguments:?}: {peak} bytes");
    }
}

/// 5 GB that take no room: the length is told by us and by ffmpeg.
#[cfg(target_os = "linux")]
#[test]
fn files_above_four_gigabytes_have_their_length() {
    let space = Space::new();
    let data: u64 = 5_000_000_000;
    let mut header = b"RF64\xFF\xFF\xFF\xFFWAVEds64\x1c\0\0\0".to_vec();
    header.extend((data + 72).to_le_bytes());
    header.extend(data.to_le_bytes());
    header.extend((data / 4).to_le_bytes());
    header.extend([0; 4]);
    header.extend(b"fmt \x10\0\0\0\x01\0\x02\0");
    header.extend(48_000_u32.to_le_bytes());
    header.extend(192_000_u32.to_le_bytes());
    header.extend(b"\x04\0\x10\0data\xFF\xFF\xFF\xFF");
    let mut file = File::create(space.path("big.wav")).unwrap();
    file.write_all(&header).unwrap();
    file.set_len(header.len() as u64 + data).unwrap();
    let info = space.segue(&["info", "big.wav", "--json"]).ok().json();
    assert_eq!(info["frames"], data / 4);
    let probe = [
        "-v",
        "error",
        "-show_entries",
        "stream=duration_ts",
        "-of",
        "csv=p=0",
        "big.wav",
    ];
    let Some(text) = oracle(&space, "ffprobe", &probe) else {
        return;
    };
    assert_eq!(text.trim(), (data / 4).to_string());
}
