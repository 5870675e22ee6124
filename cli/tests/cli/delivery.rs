//! What offline jobs promise about files: none is lost, and what went wrong is said.

use crate::offline::noise;
use crate::support::Space;
use serde_json::Value;

fn arguments(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// No plot, report, journal or picture is written over a file of the same command.
#[test]
fn side_files_replace_no_input_and_no_output() {
    let space = Space::new();
    noise(&space, "a.wav", 1, 1);
    let sound = space.read("a.wav");
    space.write("v.svg", &sound);
    space.write("x.png", &sound);
    let line = br#"{"input": "a.wav", "output": "aa.flac"}"#;
    space.write("m.jsonl", line);
    space.write("other.wave", b"not an overview");
    for line in [
        "waveform a.wav -o a.wav",
        "waveform a.wav -o ./a.wav",
        "waveform x.png --png x.png",
        "waveform a.wav -o p.png --png p.png",
        "measure v.svg --plot v.svg",
        "measure a.wav --report a.wav",
        "measure a.wav --plot r.svg --report r.svg",
        "convert a.wav -o b.wav --report a.wav",
        "convert a.wav -o b.wav --report b.wav",
        "batch m.jsonl --report m.jsonl",
        "batch m.jsonl --report aa.flac",
        "batch m.jsonl --journal m.jsonl",
        "batch m.jsonl --journal a.wav",
        "batch m.jsonl --journal r.csv --report r.csv",
        "batch merge m.jsonl -o m.jsonl",
    ] {
        space
            .segue(&arguments(line))
            .fails(2)
            .says("of this command");
    }
    space
        .segue(&arguments("waveform a.wav -o other.wave"))
        .fails(2)
        .says("no waveform overview");
    assert_eq!(space.read("a.wav"), sound);
    assert_eq!(space.read("v.svg"), sound);
    assert_eq!(space.read("x.png"), sound);
    assert_eq!(space.read("m.jsonl"), line);
    assert_eq!(space.read("other.wave"), b"not an overview");
    assert_eq!(
        space.names("."),
        ["a.wav", "m.jsonl", "other.wave", "v.svg", "x.png"]
    );
    // An overview may be made again.
    space.segue(&arguments("waveform a.wav -o a.wave")).ok();
    space.segue(&arguments("waveform a.wav -o a.wave")).ok();
}

/// A ceiling counts without a target; what would do nothing is refused.
#[test]
fn clipping_is_told_and_a_ceiling_prevents_it() {
    let space = Space::new();
    noise(&space, "a.wav", 2, 4);
    let chain = r#"{"inserts": [{"kind": "gain", "params": {"gain": 24}}]}"#;
    space.write("chain.json", chain.as_bytes());
    let loud = "convert a.wav -o loud.wav --bits 32f --chain chain.json";
    space.segue(&arguments(loud)).ok();
    let run = space
        .segue(&arguments(
            "convert loud.wav -o c.wav --bits 16 --report r.csv",
        ))
        .ok();
    assert!(run.stdout.contains("look at"), "{}", run.stdout);
    run.says("were clipped");
    let csv = String::from_utf8(space.read("r.csv")).unwrap();
    let (head, row) = csv.split_once("\r\n").unwrap();
    let cells: Vec<&str> = row.trim_end().split(',').collect();
    let cell = |name: &str| {
        let column = head.split(',').position(|it| it == name).unwrap();
        cells[column]
    };
    assert!(cell("clips").parse::<u64>().unwrap() > 1000);
    assert!(cell("flags").contains("clips") && cell("dc").contains("; "));
    let peak = |name: &str| {
        let row = space.segue(&["measure", "--json", name]).ok().json();
        row["true_peak_dbtp"].as_f64().unwrap()
    };
    let said: f64 = cell("result_true_peak_dbtp").parse().unwrap();
    assert!((said - peak("c.wav")).abs() < 0.1, "{said}");
    let below = "convert loud.wav -o d.wav --bits 16 --ceiling -1";
    let run = space.segue(&arguments(below)).ok();
    assert!(run.stdout.contains("(ceiling)"), "{}", run.stdout);
    assert!((peak("d.wav") + 1.0).abs() < 0.05);
    space
        .segue(&arguments(
            "convert loud.wav -o e.wav --ceiling -2 --over limit",
        ))
        .ok();
    // White noise, of which the limiter does not know the top.
    assert!(peak("e.wav") <= -2.0 + 0.05);
    let target = "normalize loud.wav -o t.wav --over limit --ceiling -2 --target -8";
    space.segue(&arguments(target)).ok();
    assert!(peak("t.wav") <= -2.0 + 0.05);
    space
        .segue(&arguments(
            "convert loud.wav -o f.wav --ceiling -1 --over fail",
        ))
        .fails(1);
    for (stray, what) in [
        ("--mode peak", "mode needs a target"),
        ("--loop", "loop needs a target"),
        ("--no-ceiling", "no ceiling needs a target"),
    ] {
        space
            .segue(&arguments(&format!("convert loud.wav -o g.wav {stray}")))
            .fails(2)
            .says(what);
    }
}

/// A name that was taken: the result beside it is found again, and named.
#[test]
fn suffixed_outputs_are_named_and_made_once() {
    let space = Space::new();
    noise(&space, "in.wav", 1, 4);
    space.write("a.flac", b"the user's");
    space.write(
        "m.jsonl",
        br#"{"input": "in.wav", "output": "a.flac", "exists": "suffix"}"#,
    );
    for _ in 0..3 {
        let run = space
            .segue(&["batch", "m.jsonl", "--report", "r.jsonl"])
            .ok();
        drop(run);
        let report = String::from_utf8(space.read("r.jsonl")).unwrap();
        let row: Value = serde_json::from_str(report.trim()).unwrap();
        assert_eq!(row["output"], "a-2.flac");
    }
    assert_eq!(
        space.names("."),
        [
            "a-2.flac",
            "a.flac",
            "in.wav",
            "m.jsonl",
            "m.jsonl.journal",
            "r.jsonl"
        ]
    );
    assert_eq!(space.read("a.flac"), b"the user's");
}

/// Momentary loudness of a sound that is shorter than its window.
#[test]
fn short_sounds_have_a_momentary_loudness() {
    let space = Space::new();
    space.wav("short.wav", 2_000);
    let row = space.segue(&["measure", "--json", "short.wav"]).ok().json();
    assert!(row["lufs_i"].is_null(), "{row}");
    assert!(row["lufs_m_max"].as_f64().unwrap() > -60.0, "{row}");
}

/// A convolution in a chain needs its response, and gets it from the chain's folder.
#[test]
fn chains_convolve() {
    let space = Space::new();
    noise(&space, "a.wav", 1, 4);
    noise(&space, "room.wav", 1, 9);
    let chain = |ir: &str| format!(r#"{{"inserts": [{{"kind": "convolution"{ir}}}]}}"#);
    space.write("dry.json", chain("").as_bytes());
    space
        .segue(&arguments("convert a.wav -o b.wav --chain dry.json"))
        .fails(2)
        .says("\"ir\"");
    space.write("wet.json", chain(r#", "ir": "room.wav""#).as_bytes());
    space
        .segue(&arguments("convert a.wav -o b.wav --chain wet.json"))
        .ok();
    let row = space.segue(&["measure", "--json", "b.wav"]).ok().json();
    assert!(row["seconds"].as_f64().unwrap() > 1.5, "{row}");
}

/// Nor is a result written over a chain, a project or an impulse response that makes it.
#[test]
fn results_replace_nothing_that_makes_them() {
    let space = Space::new();
    noise(&space, "a.wav", 1, 1);
    noise(&space, "room.wav", 2, 1);
    let chain = br#"{"inserts": [{"kind": "convolution", "ir": "room.wav"}]}"#;
    space.write("chain.json", chain);
    let room = space.read("room.wav");
    let job = |output: &str| {
        format!(
            r#"{{"input": "a.wav", "output": "{output}", "chain": "chain.json", "exists": "overwrite", "format": "wav"}}"#
        )
    };
    for output in ["chain.json", "room.wav", "./ROOM.wav"] {
        let manifest = [job("fine.wav"), job(output)].join("\n");
        space.write("m.jsonl", manifest.as_bytes());
        let line =
            format!("convert a.wav -f wav --chain chain.json --exists overwrite -o {output}");
        for line in ["batch m.jsonl --no-journal", &line] {
            space
                .segue(&arguments(line))
                .fails(2)
                .says("of this command");
        }
    }
    for line in [
        "convert a.wav -o b.wav --chain chain.json --report room.wav",
        "convert a.wav -o b.wav --chain chain.json --report chain.json",
    ] {
        space
            .segue(&arguments(line))
            .fails(2)
            .says("of this command");
    }
    assert_eq!(space.read("chain.json"), chain);
    assert_eq!(space.read("room.wav"), room);
    assert_eq!(
        space.names("."),
        ["a.wav", "chain.json", "m.jsonl", "room.wav"]
    );
}

/// The words of precision, resampler and dynamic range reach the job; those without effect do not.
#[test]
fn precision_and_dynamic_range_are_words() {
    let space = Space::new();
    noise(&space, "a.wav", 8, 1);
    // Strokes over a bed: something stands out.
    let mut bytes = space.read("a.wav");
    for (n, frame) in bytes[44..].as_chunks_mut::<4>().0.iter_mut().enumerate() {
        for sample in frame.as_chunks_mut::<2>().0 {
            let share = if n % 24_000 < 500 { 4 } else { 1 };
            *sample = (i16::from_le_bytes(*sample) / 8 * share).to_le_bytes();
        }
    }
    space.write("a.wav", &bytes);
    for line in [
        "convert a.wav -o best.wav --bits 64f --rate 44100 --precision best",
        "convert a.wav -o single.wav --bits 64f --rate 44100",
        "convert a.wav -o stream.wav --bits 64f --rate 44100 --resampler stream",
    ] {
        space.segue(&arguments(line)).ok();
    }
    let [best, single, stream] =
        ["best", "single", "stream"].map(|n| space.read(&format!("{n}.wav")));
    assert!(best != single && single != stream);
    for (line, code, why) in [
        ("convert a.wav -o x.wav --resampler stream", 2, "not given"),
        ("convert a.wav -o x.wav --precision good", 2, "single, best"),
        (
            "normalize a.wav -o x.wav --mode dr --target 50",
            2,
            "0..=40",
        ),
        (
            "normalize a.wav -o x.wav --mode dr --target 39.5",
            1,
            "cannot be reached",
        ),
    ] {
        space.segue(&arguments(line)).fails(code).says(why);
    }
    let before = space.segue(&arguments("measure a.wav --json")).ok().json();
    let target = before["dr"].as_f64().unwrap() - 2.0;
    let line = format!("normalize a.wav -o dr.wav --bits 24 --mode dr --target {target} --json");
    let row = space.segue(&arguments(&line)).ok().json();
    assert!(row["slope"].as_f64().unwrap() < 1.0, "{row}");
    let after = space.segue(&arguments("measure dr.wav --json")).ok().json();
    assert_eq!(after["dr"].as_f64().unwrap(), target);
}
