//! What the built library says about itself, against what its source says.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

use segue_plugin::Kind;
use serde_json::{Value, json};

/// Cargo builds the library beside the tests that depend on it.
fn library() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let name = libloading::library_filename("segue_plugin");
    test.parent().unwrap().join(name)
}

fn probe(words: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segue-probe"));
    let output = command.arg(words[0]).arg(library()).args(&words[1..]);
    let output = output.output().unwrap();
    let said = if output.status.success() {
        output.stdout
    } else {
        output.stderr
    };
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn the_module_info_names_the_plug_ins_of_the_source() {
    let (done, text) = probe(&["describe", "Segue", "1.2.3"]);
    assert!(done, "{text}");
    let said: Value = serde_json::from_str(&text).unwrap();
    let ids = Kind::ALL.map(|kind| kind.id().to_str().unwrap());
    assert_eq!(said["clap_ids"], json!(ids));
    let info = &said["module_info"];
    assert_eq!([&info["Name"], &info["Version"]], ["Segue", "1.2.3"]);
    assert_eq!(info["Factory Info"]["Vendor"], "Segue");
    assert_eq!(info["Factory Info"]["Flags"]["Unicode"], true);
    let classes = info["Classes"].as_array().unwrap();
    assert_eq!(classes.len(), Kind::ALL.len());
    for (class, kind) in classes.iter().zip(Kind::ALL) {
        let id = segue_vst3::class_id(kind.id().to_str().unwrap());
        let id: String = id.iter().map(|byte| format!("{byte:02X}")).collect();
        let categories = match kind {
            Kind::Instrument => json!(["Instrument", "Sampler", "Stereo"]),
            Kind::Effect => json!(["Fx", "Tools", "Stereo"]),
        };
        assert_eq!(
            *class,
            json!({
                "CID": id,
                "Category": "Audio Module Class",
                "Name": kind.name(),
                "Vendor": "Segue",
                "Version": env!("CARGO_PKG_VERSION"),
                "SDKVersion": "VST 3.8.0",
                "Sub Categories": categories,
                "Class Flags": 0,
                "Cardinality": 0x7FFF_FFFF,
                "Snapshots": [],
            })
        );
    }
}

#[test]
fn scanning_leaves_nothing_behind() {
    let (done, text) = probe(&["scan", "20"]);
    assert!(done && text.contains("20 times"), "{text}");
}

#[test]
fn a_crowd_lives_in_one_process() {
    let (done, text) = probe(&["crowd", "32"]);
    assert!(done && text.contains("32 instances"), "{text}");
}

#[test]
fn both_formats_are_timed() {
    for format in ["clap", "vst3"] {
        let (done, text) = probe(&["time", format]);
        assert!(done && text.trim().parse::<u64>().is_ok(), "{text}");
    }
    assert!(!probe(&["time", "vst2"]).0);
}

#[test]
fn what_is_no_plug_in_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_segue-probe"))
        .args(["describe", "no-such-file", "Segue", "1"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no-such-file"));
}
