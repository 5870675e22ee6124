//! What a user runs into: every error has a way out that exists, and no option is without effect.

use crate::support::{Run, Space, wav};
use serde_json::Value;

/// Rows of a report of JSON lines.
fn rows(space: &Space, name: &str) -> Vec<Value> {
    let text = String::from_utf8(space.read(name)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A mono WAV of 32-bit floats, the tenth of them not a number.
fn with_nan(space: &Space, name: &str) {
    let mut bytes = wav(2_000);
    bytes[20] = 3;
    bytes[28..32].copy_from_slice(&32_000_u32.to_le_bytes());
    bytes[32] = 4;
    bytes[34] = 32;
    for sample in bytes[44..].as_chunks_mut::<4>().0 {
        *sample = 0.25_f32.to_le_bytes();
    }
    bytes[44 + 36..44 + 40].copy_from_slice(&f32::NAN.to_le_bytes());
    space.write(name, &bytes);
}

#[test]
fn every_reading_command_has_the_options_that_errors_name() {
    let space = Space::new();
    with_nan(&space, "nan.wav");
    let cut = wav(4_000);
    space.write("cut.wav", &cut[..cut.len() - 1_000]);
    for (file, option) in [("nan.wav", "--sanitize"), ("cut.wav", "--allow-truncated")] {
        for command in [
            &["measure", file][..],
            &["waveform", file, "-o", "o.wave"],
            &["convert", file, "-o", "o.wav", "--exists", "overwrite"],
        ] {
            space.segue(command).fails(1).says(option);
            space.segue(&[command, &[option]].concat()).ok();
        }
    }
    space.wav("good.wav", 4_000);
    for command in [&["measure", "good.wav"][..], &["waveform", "good.wav"]] {
        space.segue(&[command, &["--conceal"]].concat()).ok();
    }
}

/// What nothing can be read of has no option that helps.
#[test]
fn a_file_without_a_sound_is_not_promised_one() {
    let space = Space::new();
    let whole = wav(4_000);
    for len in [30, 40] {
        space.write("x.wav", &whole[..len]);
        let run = space.segue(&["convert", "x.wav", "-o", "o.wav", "--allow-truncated"]);
        let run = run.fails(1);
        run.says("nothing of it can be read");
        assert!(!run.stderr.contains("--allow-truncated"), "{}", run.stderr);
    }
}

/// The errors of a batch have the words of its manifest: it has no flags for them.
#[test]
fn errors_of_a_batch_have_the_words_of_a_manifest() {
    let space = Space::new();
    with_nan(&space, "nan.wav");
    let cut = wav(4_000);
    space.write("cut.wav", &cut[..cut.len() - 1_000]);
    space.wav("good.wav", 4_000);
    space.write("there.wav", b"x");
    let lines = [
        "nan.wav\", \"output\": \"n.wav",
        "cut.wav\", \"output\": \"c.wav",
    ];
    let there = "good.wav\", \"output\": \"there.wav";
    let lines = lines.into_iter().chain([there]);
    let lines: String = lines
        .map(|line| format!("{{\"input\": \"{line}\"}}\n"))
        .collect();
    space.write("jobs.jsonl", lines.as_bytes());
    let run = space.segue(&["batch", "jobs.jsonl"]).fails(1);
    for words in [
        "\"sanitize\": true",
        "\"allow_truncated\": true",
        "\"exists\": \"overwrite\"",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("--"), "{}", run.stderr);
}

#[test]
fn options_are_named_as_they_are_given() {
    let space = Space::new();
    space.wav("a.wav", 4_000);
    space.segue(&["convert", "a.wav"]).fails(2).says("--to");
    let most = [
        "convert",
        "a.wav",
        "-o",
        "o.wav",
        "--over",
        "limit",
        "--max-limiting",
        "30",
    ];
    let run = space.segue(&most);
    assert!(
        run.stderr.contains("--max-limiting 30 is not in 0..=24"),
        "{}",
        run.stderr
    );
    space.wav("one.wav", 1);
    let run = space.segue(&["measure", "one.wav"]).ok();
    assert!(!run.stdout.contains("3000 ms"), "{}", run.stdout);
}

#[test]
fn a_plot_that_cannot_be_written_is_told_before_anything_is_measured() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    for plot in ["nowhere/x.svg", "x.jpg"] {
        let run = space.segue(&["measure", "a.wav", "--plot", plot]);
        assert!(
            run.stdout.is_empty() && !run.stderr.is_empty(),
            "{plot}: {}",
            run.stdout
        );
    }
}

#[test]
fn a_report_of_measure_says_what_is_partial() {
    let space = Space::new();
    let cut = wav(4_000);
    space.write("cut.wav", &cut[..cut.len() - 1_000]);
    space.wav("a.wav", 8_000);
    let files = [
        "measure",
        "cut.wav",
        "a.wav",
        "--allow-truncated",
        "--report",
        "r.jsonl",
    ];
    space.segue(&files).ok();
    let rows = rows(&space, "r.jsonl");
    assert_eq!(rows[0]["status"], "partial");
    assert_eq!(rows[1].get("status"), None);
}

#[test]
fn a_report_of_measure_has_a_row_for_every_file() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    space.write("bad.wav", b"RIFF not really");
    space
        .segue(&["measure", "bad.wav", "a.wav", "--report", "r.jsonl"])
        .fails(1);
    let rows = rows(&space, "r.jsonl");
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["file"], &rows[0]["status"]),
        (&"bad.wav".into(), &"failed".into())
    );
    assert!(
        rows[0]["error"]
            .as_str()
            .unwrap()
            .contains("not an audio file")
    );
    assert!(rows[1]["lufs_i"].is_number());
}

/// The user stops during a long file: what was measured is in the report, and what was not too.
#[cfg(unix)]
#[test]
fn an_interrupted_measure_writes_its_report() {
    use std::io::{BufRead, BufReader};
    let space = Space::new();
    space.wav("a.wav", 8_000);
    crate::offline::sparse(&space, "long.wav", 12_000, 48_000);
    let mut child = space
        .command(&[
            "measure", "--json", "a.wav", "long.wav", "z.wav", "--report", "r.jsonl",
        ])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    answers.read_line(&mut line).unwrap();
    std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let states: Vec<_> = rows(&space, "r.jsonl")
        .iter()
        .map(|row| row["status"].clone())
        .collect();
    assert_eq!(
        states,
        [Value::Null, "cancelled".into(), "cancelled".into()]
    );
}

#[test]
fn a_report_that_cannot_be_written_stops_before_the_work() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    space.write(
        "jobs.jsonl",
        b"{\"input\": \"a.wav\", \"output\": \"b.wav\"}\n",
    );
    for command in [
        &["convert", "a.wav", "-o", "b.wav"][..],
        &["measure", "a.wav"],
        &["batch", "jobs.jsonl"],
    ] {
        let run = space.segue(&[command, &["--report", "no/where/r.csv"]].concat());
        let run: Run = run.fails(1);
        run.says("there is no folder no/where");
        assert_eq!(run.stdout, "", "nothing was done");
    }
    assert_eq!(space.names("."), ["a.wav", "jobs.jsonl"]);
}

#[test]
fn merging_misses_no_shard() {
    let space = Space::new();
    let mut manifest = String::new();
    for n in 0..7 {
        space.wav(&format!("{n}.wav"), 400);
        manifest += &format!("{{\"input\": \"{n}.wav\", \"output\": \"o{n}.wav\"}}\n");
    }
    space.write("jobs.jsonl", manifest.as_bytes());
    for shard in 1..=3 {
        let (shard, report) = (format!("{shard}/3"), format!("p{shard}.jsonl"));
        let command = ["batch", "jobs.jsonl", "--no-journal", "--shard", &shard];
        space
            .segue(&[&command[..], &["--report", &report]].concat())
            .ok();
    }
    let merge = |reports: &[&str], more: &[&str]| {
        space.segue(&[&["batch", "merge"], reports, &["-o", "all.jsonl"], more].concat())
    };
    // A gap in the middle, and a missing end, which only the number of all jobs shows.
    for (reports, missing) in [
        (
            ["p1.jsonl", "p3.jsonl"],
            "2 of 7 jobs are in no report, the first of them at index 1",
        ),
        (
            ["p1.jsonl", "p2.jsonl"],
            "2 of 7 jobs are in no report, the first of them at index 2",
        ),
    ] {
        let run = merge(&reports, &[]).fails(1);
        run.says(missing);
        run.says("--partial");
        assert!(!space.path("all.jsonl").exists());
    }
    merge(&["p1.jsonl", "p3.jsonl"], &["--partial"])
        .ok()
        .says("2 missing");
    assert_eq!(rows(&space, "all.jsonl").len(), 5);
    merge(&["p1.jsonl", "p3.jsonl", "p2.jsonl"], &[]).ok();
    assert_eq!(rows(&space, "all.jsonl").len(), 7);
    space.write(
        "other.jsonl",
        b"{\"index\": 0, \"of\": 3, \"status\": \"done\"}\n",
    );
    merge(&["p1.jsonl", "other.jsonl"], &[])
        .fails(1)
        .says("a batch of 3 jobs, the others of 7");
}

#[test]
fn chains_know_every_word_in_them() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    let convert = ["convert", "a.wav", "-o", "b.wav", "--chain", "c.json"];
    for (chain, words) in [
        (r#"{"inserts": [], "insert": []}"#, "unknown field `insert`"),
        (
            r#"{"inserts": [{"kind": "gain", "parms": {}}]}"#,
            "unknown field `parms`",
        ),
        (
            r#"{"inserts": [{"kind": "compressor", "key": "voice"}]}"#,
            "remove the key",
        ),
        (
            r#"{"inserts": [{"kind": "gain"}, {"kind": "convolution", "ir": "hall.wav"}]}"#,
            "c.json, insert 2 (convolution): hall.wav",
        ),
        (
            r#"{"inserts": [{"kind": "gain"}, {"kind": "gain", "mix": 2}]}"#,
            "c.json, insert 2 (gain): mix 2 is not in 0..=1",
        ),
        (
            r#"{"inserts": [{"kind": "gain", "params": {"gain": 999}}]}"#,
            "c.json, insert 1 (gain): gain 999 is not in",
        ),
        (
            r#"{"inserts": [{"kind": "eq", "params": {"band1_type": 0.5}}]}"#,
            "c.json, insert 1 (eq): there is no band1_type called \"0.5\"",
        ),
    ] {
        space.write("c.json", chain.as_bytes());
        space.segue(&convert).fails(1).says(words);
    }
    space.write(
        "c.json",
        br#"{"inserts": [{"id": "x", "kind": "gain", "params": {"gain": -3}}]}"#,
    );
    space.segue(&convert).ok();
}

#[test]
fn no_option_is_without_effect() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    for (output, options, words) in [
        (
            "b.flac",
            &["--bitrate", "96"][..],
            "bitrate is for Opus, MP3 and AAC, not for FLAC",
        ),
        (
            "b.wav",
            &["--quality", "3"],
            "quality is for FLAC, Ogg Vorbis and MP3, not for WAV",
        ),
        ("b.flac", &["--bext"], "bext is for WAV and BW64"),
        (
            "b.opus",
            &["--bits", "24"],
            "bits is for WAV, BW64, AIFF and FLAC",
        ),
        ("b.wav", &["--tempo", "90"], "tempo is for inserts"),
        ("b.wav", &["--trim-keep", "1"], "--trim-keep is for --trim"),
        ("b.wav", &["--mode", "peak"], "mode needs a target"),
        ("b.wav", &["--group"], "without a target"),
        (
            "b.ogg",
            &["--quality", "11"],
            "quality 11 is not in -1..=10",
        ),
    ] {
        let run = space.segue(&[&["convert", "a.wav", "-o", output], options].concat());
        run.fails(2).says(words);
    }
    let late = ["convert", "a.wav", "-o", "b.wav", "--start", "5"];
    space.segue(&late).fails(1).says("the file is 1.000 s long");
    assert_eq!(space.names("."), ["a.wav"]);
}

#[test]
fn manifests_of_any_editor_and_broken_ones() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    let line =
        |n: u8, more: &str| format!("{{\"input\": \"a.wav\", \"output\": \"o{n}.wav\"{more}}}\r\n");
    space.write(
        "jobs.jsonl",
        ("\u{feff}".to_owned() + &line(1, "")).as_bytes(),
    );
    space.segue(&["batch", "jobs.jsonl", "--no-journal"]).ok();
    space.write("empty.jsonl", b"");
    space
        .segue(&["batch", "empty.jsonl"])
        .fails(2)
        .says("there is no job in this manifest");
    // A chain that is not there is the trouble of its own job.
    let text = line(2, ", \"chain\": \"gone.json\"") + &line(3, "");
    space.write("jobs.jsonl", text.as_bytes());
    let batch = ["batch", "jobs.jsonl", "--no-journal", "--report", "r.jsonl"];
    space.segue(&batch).fails(1).says("gone.json");
    let rows = rows(&space, "r.jsonl");
    assert_eq!(rows[0]["status"], "failed");
    assert!(rows[1]["error"].is_null() && space.path("o3.wav").exists());
    assert!(!space.path("o2.wav").exists());
    // Folders of results are made, and those without a result are not left.
    space.write("none.wav", b"no sound");
    space.write(
        "folders.jsonl",
        b"{\"input\": \"a.wav\", \"output\": \"new/deep/o.wav\"}\n\
          {\"input\": \"none.wav\", \"output\": \"new/other/o.wav\"}\n",
    );
    space
        .segue(&["batch", "folders.jsonl", "--no-journal"])
        .fails(1);
    assert!(space.path("new/deep/o.wav").is_file() && !space.path("new/other").exists());
    space.write("jobs.jsonl", line(4, ", \"group\": \"album\"").as_bytes());
    space
        .segue(&["batch", "jobs.jsonl"])
        .fails(2)
        .says("no profile and no target");
}

#[test]
fn silence_is_silence_in_any_format() {
    let space = Space::new();
    let mut silent = wav(16_000);
    silent[44..].fill(0);
    space.write("a.wav", &silent);
    let convert = ["convert", "a.wav", "-o", "b.opus", "--target", "-20"];
    let run = space.segue(&convert).ok();
    assert!(
        run.stdout.contains("silence") && !run.stdout.contains("dBTP"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_befalls_a_group_is_said_once() {
    let space = Space::new();
    for name in ["a.wav", "b.wav", "c.wav"] {
        space.wav(name, 8_000);
    }
    space.write("b.wav", b"RIFF not really");
    let files = ["normalize", "a.wav", "b.wav", "c.wav", "--to", "out"];
    let run = space
        .segue(&[&files[..], &["--target", "-20", "--group"]].concat())
        .fails(1);
    assert_eq!(
        run.stderr.matches("not an audio file").count(),
        1,
        "{}",
        run.stderr
    );
}

#[test]
fn reports_have_one_of_two_endings_and_the_same_columns() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    for words in [
        &["measure", "a.wav", "--report", "r.txt"][..],
        &["convert", "a.wav", "-o", "b.flac", "--report", "r"],
    ] {
        space.segue(words).fails(2).says("ends with .csv or .jsonl");
    }
    assert_eq!(space.names("."), ["a.wav"]);
    space.segue(&["measure", "a.wav", "--report", "r.csv"]).ok();
    let text = String::from_utf8(space.read("r.csv")).unwrap();
    assert!(text.starts_with("file,status,error,"), "{text}");
}

#[test]
fn refusals_leave_nothing_and_speak_plainly() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    space.write("x/a.wav", &space.read("a.wav"));
    for (words, says) in [
        (&["measure", "a.wav", "--width", "10"][..], "--plot"),
        (&["waveform", "a.wav", "--width", "10"], "--png"),
        (
            &["convert", "a.wav", "-o", "b.opus", "--bitrate", "1"],
            "bitrate 1 is not in 6..=2048 kbit/s",
        ),
        (
            &[
                "convert", "a.wav", "x/a.wav", "--to", "out/new", "-f", "flac",
            ],
            "two jobs write this file",
        ),
    ] {
        space.segue(words).fails(2).says(says);
    }
    let inserts = "{\"kind\": \"gain\"},".repeat(33);
    let chain = format!("{{\"inserts\": [{}]}}", inserts.trim_end_matches(','));
    space.write("many.json", chain.as_bytes());
    space.write("wrong.json", b"[1]");
    space.write(
        "number.jsonl",
        br#"{"input": "a.wav", "output": "b.wav", "rate": "x"}"#,
    );
    space.write("list.jsonl", br#"[["a.wav"]]"#);
    for (words, code, says) in [
        (
            &["convert", "a.wav", "-o", "b.wav", "--chain", "many.json"][..],
            1,
            "at most 32",
        ),
        (
            &["convert", "a.wav", "-o", "b.wav", "--chain", "wrong.json"],
            1,
            "no chain",
        ),
        (&["batch", "number.jsonl"], 2, "expected a whole number"),
        (&["batch", "list.jsonl"], 2, "an object"),
    ] {
        let run = space.segue(words).fails(code);
        for word in ["struct", "u32"] {
            assert!(!run.stderr.contains(word), "{}", run.stderr);
        }
        if says != "no chain" {
            run.says(says);
        }
    }
    space.wav("short.wav", 800);
    let short = space.segue(&["measure", "short.wav"]).ok();
    assert!(
        short.stdout.contains("loudness  too short (below 400 ms)"),
        "{}",
        short.stdout
    );
    assert!(!space.path("out").exists());
}

#[test]
fn merging_refuses_what_contradicts() {
    let space = Space::new();
    let row = |input: &str, hash: &str| {
        format!(
            "{{\"index\": 0, \"of\": 1, \"input\": \"{input}\", \"status\": \"done\", \
             \"output_hash\": \"{hash}\"}}\n"
        )
    };
    for (name, text) in [
        ("a", row("a.wav", "1")),
        ("b", row("b.wav", "1")),
        ("c", row("a.wav", "2")),
    ] {
        space.write(&format!("{name}.jsonl"), text.as_bytes());
    }
    let merge = |other: &str| space.segue(&["batch", "merge", "a.jsonl", other, "-o", "r.jsonl"]);
    merge("b.jsonl").fails(1).says("no reports of one batch");
    merge("c.jsonl").fails(1).says("contradict one another");
    assert!(!space.path("r.jsonl").exists());
    space.write("d.jsonl", row("a.wav", "1").as_bytes());
    merge("d.jsonl").ok();
}

#[test]
fn batches_refuse_foreign_journals_and_chains_of_jobs() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    space.wav("other.wav", 800);
    let other = space.read("other.wav");
    space.write("one.jsonl", br#"{"input": "a.wav", "output": "b.wav"}"#);
    space
        .segue(&["batch", "one.jsonl", "--journal", "other.wav"])
        .fails(1)
        .says("this is no journal");
    assert!(space.read("other.wav") == other && !space.path("b.wav").exists());
    let text = "# first\n{\"input\": \"a.wav\", \"output\": \"b.wav\"}\n\
                {\"input\": \"b.wav\", \"output\": \"c.wav\"}\n";
    space.write("two.jsonl", text.as_bytes());
    let run = space.segue(&["batch", "two.jsonl"]).fails(2);
    run.says("two.jsonl, line 3: this job reads");
    run.says("and line 2 writes it");
    assert!(!space.path("b.wav").exists());
}

/// Equal inputs with equal settings have one name: alone and as shards.
#[test]
fn equal_inputs_share_a_name_by_content() {
    let space = Space::new();
    space.wav("a.wav", 8_000);
    space.write("b.wav", &space.read("a.wav"));
    let line =
        |name: &str| format!("{{\"input\": \"{name}.wav\", \"output\": \"{{hash}}.flac\"}}\n");
    space.write("jobs.jsonl", ["a", "b"].map(line).concat().as_bytes());
    let batch = |shard: &str, report: &str| {
        let words = [
            "batch",
            "jobs.jsonl",
            "--no-journal",
            "--shard",
            shard,
            "--report",
            report,
        ];
        space.segue(&words).ok();
    };
    batch("1/1", "all.jsonl");
    let all = rows(&space, "all.jsonl");
    batch("1/2", "p1.jsonl");
    batch("2/2", "p2.jsonl");
    let parts = [rows(&space, "p1.jsonl"), rows(&space, "p2.jsonl")].concat();
    assert_eq!(all, parts);
    assert_eq!(all[1]["input"], "b.wav");
    let made = space
        .names(".")
        .into_iter()
        .filter(|name| name.ends_with(".flac"));
    assert_eq!(made.count(), 1);
}
