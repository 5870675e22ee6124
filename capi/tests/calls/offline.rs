//! Measuring, converting, batches, waveforms.

use crate::common::*;
use segue::SEGUE_ABI;
use segue::job::{segue_job, segue_job_cancel};
use segue::offline::batch::segue_batch;
use segue::offline::convert::{segue_convert, segue_normalize};
use segue::offline::measure::segue_measure;
use segue::offline::waveform::segue_waveform;
use segue::status::segue_status;
use serde_json::{Value, json};
use std::ffi::c_char;

type Call = unsafe extern "C" fn(u32, *const c_char, usize, *mut *mut segue_job) -> segue_status;
type Ended = Result<Value, (segue_status, String)>;

fn run(call: Call, options: &Value) -> Ended {
    let text = options.to_string();
    let (text, length) = c(&text);
    job(|out| unsafe { call(SEGUE_ABI, text, length, out) })
}

/// Is refused before there is a job.
#[track_caller]
fn refused(call: Call, options: &str, status: segue_status) -> String {
    let (text, length) = c(options);
    let mut none = std::ptr::null_mut();
    let called = unsafe { call(SEGUE_ABI, text, length, &mut none) };
    let error = fails(called, status);
    assert!(none.is_null());
    error
}

#[test]
fn files_are_measured_and_one_that_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (tone, text) = (folder.path().join("tone.wav"), folder.path().join("no.wav"));
    wav(&tone, 16_000);
    std::fs::write(&text, "no audio").unwrap();
    let report = run(segue_measure, &json!({"files": [tone, text]})).unwrap();
    assert_eq!(
        (&report["files"], &report["failed"]),
        (&json!(2), &json!(1))
    );
    let row = &report["rows"][0];
    assert_eq!(row["file"], tone.to_str().unwrap());
    assert_eq!(
        (&row["sample_rate"], &row["channels"], &row["seconds"]),
        (&json!(8_000), &json!(1), &json!(2.0))
    );
    // A sine of half of full scale: -6.02 dBFS, and 3.01 dB below that in loudness, K-weighted.
    let peak = row["sample_peak_dbfs"].as_f64().unwrap();
    assert!((peak + 6.02).abs() < 0.05, "{row}");
    let loudness = row["lufs_i"].as_f64().unwrap();
    assert!((loudness + 9.7).abs() < 0.5, "{row}");
    assert!(
        report["rows"][1]["error"]
            .as_str()
            .unwrap()
            .contains("no.wav")
    );

    let plot = folder.path().join("tone.svg");
    run(segue_measure, &json!({"files": [tone], "plot": plot})).unwrap();
    assert!(std::fs::read_to_string(plot).unwrap().starts_with("<svg"));
    refused(segue_measure, "{}", SEGUE_STATUS_INVALID_ARGUMENT);
    let error = refused(
        segue_measure,
        r#"{"file": ["a"]}"#,
        SEGUE_STATUS_INVALID_DOCUMENT,
    );
    assert!(
        error.contains("`file` is not known; did you mean `files`?"),
        "{error}"
    );
    let two = json!({"files": [tone, tone], "plot": "x.png"}).to_string();
    refused(segue_measure, &two, SEGUE_STATUS_INVALID_ARGUMENT);
    let bmp = json!({"files": [tone], "plot": "x.bmp"}).to_string();
    refused(segue_measure, &bmp, SEGUE_STATUS_INVALID_ARGUMENT);
}

#[test]
fn files_are_converted_with_words_and_chains() {
    let folder = tempfile::tempdir().unwrap();
    let tone = folder.path().join("tone.wav");
    wav(&tone, 8_000);
    let out = folder.path().join("tone.flac");
    let options = json!({
        "inputs": [tone], "output": out, "rate": 16_000, "channels": "stereo", "bits": "24",
        "chain": {"inserts": [{"kind": "gain", "params": {"gain": -6.0}}]},
        "tags": ["title=A"], "workers": 1,
    });
    let report = run(segue_convert, &options).unwrap();
    assert_eq!(
        (&report["jobs"], &report["failed"]),
        (&json!(1), &json!(0)),
        "{report}"
    );
    let row = &report["rows"][0];
    assert_eq!((&row["index"], &row["status"]), (&json!(0), &json!("done")));
    let measured = run(segue_measure, &json!({"files": [out]})).unwrap();
    let row = &measured["rows"][0];
    assert_eq!(
        (&row["sample_rate"], &row["channels"]),
        (&json!(16_000), &json!(2))
    );
    let peak = row["sample_peak_dbfs"].as_f64().unwrap();
    assert!((peak + 12.04).abs() < 0.2, "{row}");

    // Nothing is overwritten unless it is asked for, and the other files go on.
    let none = folder.path().join("none.wav");
    let again = json!({"inputs": [tone, none], "to": folder.path().join("to")});
    let report = run(segue_convert, &again).unwrap();
    assert_eq!(report["failed"], 1);
    assert!(
        report["rows"][1]["error"]
            .as_str()
            .unwrap()
            .contains("none.wav")
    );
    let report = run(segue_convert, &options).unwrap();
    assert_eq!(report["rows"][0]["status"], "failed");
}

#[test]
fn what_cannot_be_converted_is_said_first() {
    for (options, expected, status) in [
        (r#"{"inputs": []}"#, "inputs", SEGUE_STATUS_INVALID_ARGUMENT),
        (
            r#"{"inputs": ["a.wav"]}"#,
            "output",
            SEGUE_STATUS_INVALID_ARGUMENT,
        ),
        (
            r#"{"inputs": ["a.wav", "b.wav"], "output": "c.wav"}"#,
            "several",
            SEGUE_STATUS_INVALID_ARGUMENT,
        ),
        (
            r#"{"inputs": ["a.wav"], "output": "c.wav", "quallity": 3}"#,
            "quallity",
            SEGUE_STATUS_INVALID_DOCUMENT,
        ),
        (
            r#"{"inputs": ["a.wav"], "output": "c.wav", "chain": {"inserts": [{"kind": "eqq"}]}}"#,
            "eqq",
            SEGUE_STATUS_INVALID_DOCUMENT,
        ),
        (r#"{"inputs": 3}"#, "inputs", SEGUE_STATUS_INVALID_DOCUMENT),
    ] {
        let error = refused(segue_convert, options, status);
        assert!(error.contains(expected), "{error}");
    }
    let many = json!({"inputs": vec!["a"; segue::offline::MAX_FILES + 1], "to": "b"});
    refused(
        segue_convert,
        &many.to_string(),
        SEGUE_STATUS_LIMIT_EXCEEDED,
    );
    let many = json!({"files": vec!["a"; segue::offline::MAX_FILES + 1]});
    refused(
        segue_measure,
        &many.to_string(),
        SEGUE_STATUS_LIMIT_EXCEEDED,
    );
    let plain = r#"{"inputs": ["a.wav"], "output": "c.wav"}"#;
    let error = refused(segue_normalize, plain, SEGUE_STATUS_INVALID_ARGUMENT);
    assert!(error.contains("ebu-r128"), "{error}");
    let (status, text) = run(
        segue_convert,
        &json!({"inputs": ["a.wav"], "output": "c.wav", "dither": "pink"}),
    )
    .unwrap_err();
    assert_eq!(status, SEGUE_STATUS_INVALID_ARGUMENT);
    assert!(text.contains("tpdf, none, rectangular, shaped"), "{text}");
}

/// The chain, the response it names, and a manifest are what makes results, and none of them.
#[test]
fn no_result_replaces_what_makes_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    wav(&at("tone.wav"), 8_000);
    wav(&at("room.wav"), 80);
    let chain = json!({"inserts": [{"kind": "convolution", "ir": "room.wav"}]});
    std::fs::write(at("chain.json"), chain.to_string()).unwrap();
    let room = std::fs::read(at("room.wav")).unwrap();
    for (output, what) in [
        ("room.wav", "an impulse response"),
        ("chain.json", "a chain"),
    ] {
        let job = json!({
            "input": at("tone.wav"), "output": at(output), "chain": at("chain.json"),
            "format": "wav", "exists": "overwrite",
        });
        let mut one = job.clone();
        one["inputs"] = json!([one.as_object_mut().unwrap().remove("input")]);
        let (status, text) = run(segue_convert, &one).unwrap_err();
        assert_eq!(status, SEGUE_STATUS_INVALID_ARGUMENT, "{text}");
        assert!(text.contains(what), "{text}");
        let (status, text) = run(segue_batch, &json!({"jobs": [job]})).unwrap_err();
        assert_eq!(status, SEGUE_STATUS_INVALID_ARGUMENT, "{text}");
        assert!(text.contains(what), "{text}");
    }
    let line =
        r#"{"input": "tone.wav", "output": "m.jsonl", "format": "wav", "exists": "overwrite"}"#;
    std::fs::write(at("m.jsonl"), line).unwrap();
    let batch = json!({"manifest": at("m.jsonl"), "no_journal": true});
    assert!(
        run(segue_batch, &batch)
            .unwrap_err()
            .1
            .contains("the manifest")
    );
    assert_eq!(std::fs::read(at("room.wav")).unwrap(), room);
    assert_eq!(
        std::fs::read_to_string(at("chain.json")).unwrap(),
        chain.to_string()
    );
    let inline = json!({
        "inputs": [at("tone.wav")], "output": at("room.wav"), "exists": "overwrite",
        "chain": {"inserts": [{"kind": "convolution", "ir": at("room.wav")}]},
    });
    let (_, text) = run(segue_convert, &inline).unwrap_err();
    assert!(text.contains("an impulse response"), "{text}");
    // A name of its own is all it needs.
    let mut fine = inline.clone();
    fine["output"] = json!(at("wet.wav"));
    assert_eq!(run(segue_convert, &fine).unwrap()["failed"], 0);
}

#[test]
fn a_loudness_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let tone = folder.path().join("tone.wav");
    wav(&tone, 16_000);
    let out = folder.path().join("quiet.wav");
    let options = json!({"inputs": [tone], "output": out, "target": -23.0});
    let report = run(segue_normalize, &options).unwrap();
    let level = report["rows"][0]["result_level"].as_f64().unwrap();
    assert!((level + 23.0).abs() < 0.1, "{report}");
}

#[test]
fn a_batch_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    wav(&folder.path().join("a.wav"), 800);
    wav(&folder.path().join("b.wav"), 1_600);
    let manifest = folder.path().join("jobs.jsonl");
    let text = "# two files\n{\"input\": \"a.wav\", \"output\": \"out-{hash}.flac\"}\n\
                {\"input\": \"b.wav\", \"output\": \"b.aiff\", \"fade_in\": 0.01}\n";
    std::fs::write(&manifest, text).unwrap();
    let options = json!({"manifest": manifest, "workers": 2});
    let report = run(segue_batch, &options).unwrap();
    assert_eq!(
        (&report["jobs"], &report["failed"]),
        (&json!(2), &json!(0)),
        "{report}"
    );
    let name = report["rows"][0]["output"].as_str().unwrap();
    assert!(folder.path().join(name).is_file() && name.len() == "out-.flac".len() + 32);
    assert!(folder.path().join("jobs.jsonl.journal").is_file());
    // Nothing is done again, and the rows are the same.
    let before = std::fs::metadata(folder.path().join("b.aiff"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(run(segue_batch, &options).unwrap(), report);
    let after = std::fs::metadata(folder.path().join("b.aiff"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(before, after);

    std::fs::write(&manifest, "{\"input\": \"a.wav\"}").unwrap();
    let (status, text) = run(segue_batch, &options).unwrap_err();
    assert_eq!(status, SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(
        text.contains("line 1") && text.contains("`output` is missing"),
        "{text}"
    );
    let none = json!({"manifest": folder.path().join("none")});
    assert_eq!(
        run(segue_batch, &none).unwrap_err().0,
        SEGUE_STATUS_NOT_FOUND
    );
    refused(
        segue_batch,
        r#"{"jobs": [], "shard": "3/2"}"#,
        SEGUE_STATUS_INVALID_ARGUMENT,
    );
    refused(segue_batch, "{}", SEGUE_STATUS_INVALID_ARGUMENT);
}

#[test]
fn a_cancelled_conversion_leaves_no_part_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let tone = folder.path().join("tone.wav");
    wav(&tone, 8_000 * 600);
    let out = folder.path().join("out/tone.flac");
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let text = json!({"inputs": [tone], "output": out, "rate": 48_000}).to_string();
    let (text, length) = c(&text);
    let job = made(|out| unsafe { segue_convert(SEGUE_ABI, text, length, out) });
    ok(unsafe { segue_job_cancel(job) });
    assert_eq!(end_of(job).unwrap_err().0, SEGUE_STATUS_CANCELLED);
    assert_eq!(
        std::fs::read_dir(folder.path().join("out"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn a_waveform_is_written_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let tone = folder.path().join("tone.wav");
    wav(&tone, 8_000);
    let png = folder.path().join("tone.png");
    let options = json!({"file": tone, "png": png, "width": 200, "height": 60});
    let report = run(segue_waveform, &options).unwrap();
    assert_eq!(
        report["path"],
        folder.path().join("tone.wave").to_str().unwrap()
    );
    assert_eq!(
        (&report["frames"], &report["channels"]),
        (&json!(8_000), &json!(1))
    );
    assert!(
        report["frames_per_bin"]
            .as_array()
            .is_some_and(|it| !it.is_empty())
    );
    assert!(std::fs::read(png).unwrap().starts_with(b"\x89PNG"));
    refused(segue_waveform, "", SEGUE_STATUS_INVALID_ARGUMENT);
    let none = json!({"file": folder.path().join("none.wav")});
    assert_eq!(
        run(segue_waveform, &none).unwrap_err().0,
        SEGUE_STATUS_NOT_FOUND
    );
}
