//! Documents and files that are refused: at once, with the place, and with a way out.

use crate::common::*;
use segue::SEGUE_ABI;
use segue::job::segue_job;
use segue::offline::batch::segue_batch;
use segue::offline::convert::{segue_convert, segue_normalize};
use segue::project::{segue_project_open, segue_project_open_memory};
use segue::render::segue_replay;
use segue::slot::segue_slot_open;
use segue::status::segue_status;
use serde_json::json;
use std::ffi::c_char;
use std::path::Path;
use std::ptr::{null, null_mut};

type Call = unsafe extern "C" fn(u32, *const c_char, usize, *mut *mut segue_job) -> segue_status;

/// The text of a refusal; no job was started.
#[track_caller]
fn refused(call: Call, options: &str, status: segue_status) -> String {
    let (text, length) = c(options);
    let mut none = null_mut();
    let called = unsafe { call(SEGUE_ABI, text, length, &mut none) };
    let error = fails(called, status);
    assert!(none.is_null());
    error
}

/// Nobody writes into the pipe, and the device has no end: a call that opens them never comes back.
#[cfg(target_os = "linux")]
#[test]
fn pipes_and_devices_are_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for path in [pipe.as_path(), Path::new("/dev/zero")] {
        let options = json!({"inputs": ["a.wav"], "output": "b.wav", "chain": path}).to_string();
        let error = refused(segue_convert, &options, SEGUE_STATUS_WRONG_FILE);
        assert!(error.contains("a device or pipe"), "{error}");
        let options = json!({"manifest": path, "no_journal": true}).to_string();
        let (text, length) = c(&options);
        let ended = job(|out| unsafe { segue_batch(SEGUE_ABI, text, length, out) });
        let (status, error) = ended.unwrap_err();
        assert_eq!(status, SEGUE_STATUS_WRONG_FILE, "{error}");
        assert!(error.contains("a device or pipe"), "{error}");

        let (log, length) = p(path);
        let (out, out_length) = c("b.wav");
        let ended = job(|job| unsafe {
            segue_replay(SEGUE_ABI, log, length, out, out_length, null(), 0, job)
        });
        let (status, error) = ended.unwrap_err();
        assert_eq!(status, SEGUE_STATUS_WRONG_FILE, "{error}");
        let mut slot = null_mut();
        let opened = unsafe { segue_slot_open(SEGUE_ABI, log, length, &mut slot) };
        let error = fails(opened, SEGUE_STATUS_WRONG_FILE);
        assert!(
            slot.is_null() && error.contains("a device or pipe"),
            "{error}"
        );
    }
}

#[test]
fn what_is_misspelt_is_told_with_its_place() {
    let head = "{\"inputs\": [\"a.wav\"], \"output\": \"b.wav\",\n";
    for (rest, said) in [
        (
            "\"formt\": \"wav\"}",
            "line 2, column 7: the key `formt` is not known; did you mean `format`?",
        ),
        (
            "\"rate\": \"x\"}",
            "line 2, column 11: rate: invalid type: string \"x\"; give a whole number",
        ),
        (
            "\"output\": \"c.wav\"}",
            "the key `output` is given twice; give it once",
        ),
        (
            "\"chain\": 7}",
            "chain: invalid type: integer `7`; give the path of a file, or an object with `inserts`",
        ),
        (
            "\"chain\": {\"inserts\": [], \"insrts\": 1}}",
            "chain: the key `insrts` is not known; did you mean `inserts`?",
        ),
        (
            "\"chain\": {\"inserts\": [{\"kind\": \"gain\", \"parms\": {\"gain\": -20}}]}}",
            "chain.inserts[0]: the key `parms` is not known; did you mean `params`?",
        ),
        (
            "\"chain\": {\"inserts\": [{\"kind\": \"gain\"}, {\"kind\": \"gain\", \"mixx\": 1}]}}",
            "chain.inserts[1]: the key `mixx` is not known; did you mean `mix`?",
        ),
        (
            "\"chain\": {\"inserts\": [{\"kind\": \"gain\", \"params\": {\"gain\": 1, \"gain\": 2}}]}}",
            "chain.inserts[0].params: the key `gain` is given twice",
        ),
        (
            "\"chain\": {\"inserts\": [{\"kind\": \"gain\", \"params\": {\"gian\": 1}}]}}",
            "chain.inserts[0]: there is no parameter called \"gian\"; did you mean \"gain\"?",
        ),
        (
            "\"chain\": {\"inserts\": [{\"kind\": \"gain\", \"key\": \"drums\"}]}}",
            "key \"drums\" is a bus, and an offline job has no other bus; remove the key",
        ),
    ] {
        for call in [segue_convert as Call, segue_normalize] {
            let error = refused(
                call,
                &format!("{head}{rest}"),
                SEGUE_STATUS_INVALID_DOCUMENT,
            );
            assert!(error.contains(said), "{error}");
        }
    }
}

#[test]
fn a_batch_tells_its_misspelt_keys_before_it_starts() {
    for (jobs, said) in [
        (
            r#"{"input": "a", "output": "b.wav", "ratee": 1}"#,
            "jobs[0]: the key `ratee` is not known; did you mean `rate`?",
        ),
        (
            r#"{"input": "a", "output": "b.flac", "bits": 3}"#,
            "jobs[0].bits: invalid type: integer `3`; give a text",
        ),
        (
            r#"{"input": "a"}"#,
            "jobs[0]: this is no job: the key `output` is missing",
        ),
    ] {
        let options = format!("{{\"jobs\": [{jobs}]}}");
        let error = refused(segue_batch, &options, SEGUE_STATUS_INVALID_DOCUMENT);
        assert!(error.contains(said), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("jobs.jsonl");
    let lines = "# one\n{\"input\": \"a\", \"output\": \"b.wav\", \"ratee\": 1}\n";
    std::fs::write(&manifest, lines).unwrap();
    let options = json!({"manifest": manifest}).to_string();
    let (text, length) = c(&options);
    let ended = job(|out| unsafe { segue_batch(SEGUE_ABI, text, length, out) });
    let (status, error) = ended.unwrap_err();
    assert_eq!(status, SEGUE_STATUS_INVALID_DOCUMENT);
    let said = "jobs.jsonl, line 2, column 41: the key `ratee` is not known; did you mean `rate`?";
    assert!(error.contains(said), "{error}");
}

/// A chain in a file is read like one in the options, and told by its own lines.
#[test]
fn a_chain_file_is_told_by_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let chain = folder.path().join("chain.json");
    let options = json!({"inputs": ["a.wav"], "output": "b.wav", "chain": chain}).to_string();
    let error = refused(segue_convert, &options, SEGUE_STATUS_NOT_FOUND);
    assert!(error.contains("chain.json"), "{error}");
    std::fs::write(
        &chain,
        "{\"inserts\": [\n{\"kind\": \"gain\", \"parms\": {}}]}",
    )
    .unwrap();
    let error = refused(segue_convert, &options, SEGUE_STATUS_INVALID_DOCUMENT);
    let said = "chain.json, line 2, column 24: inserts[0]: the key `parms` is not known";
    assert!(error.contains(said), "{error}");
    std::fs::File::create(&chain)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let error = refused(segue_convert, &options, SEGUE_STATUS_LIMIT_EXCEEDED);
    assert!(error.contains("chain_bytes"), "{error}");
}

/// Whatever file somebody names by mistake, nothing of it is in the error.
#[test]
fn no_bytes_of_another_file_are_told() {
    let secret = b"s3cret s3cret s3cret";
    let mut project = null_mut();
    let opened = unsafe {
        segue_project_open_memory(SEGUE_ABI, secret.as_ptr(), secret.len(), &mut project)
    };
    let mut texts = vec![fails(opened, SEGUE_STATUS_WRONG_FILE)];
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.log", "a.segue", "a.json", "a.wav"] {
        let path = folder.path().join(name);
        std::fs::write(&path, secret).unwrap();
        let (path, length) = p(&path);
        let (out, out_length) = c("b.wav");
        let replayed = job(|job| unsafe {
            segue_replay(SEGUE_ABI, path, length, out, out_length, null(), 0, job)
        });
        texts.push(replayed.unwrap_err().1);
        let opened = unsafe { segue_project_open(SEGUE_ABI, path, length, &mut project) };
        assert_ne!(opened, SEGUE_STATUS_OK);
        texts.push(last_error());
    }
    for text in texts {
        assert!(!text.contains("s3c"), "{text}");
    }
}
