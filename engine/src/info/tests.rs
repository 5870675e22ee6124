use super::*;
use crate::error::Error;
use crate::project::testing::{fixture, project, wav};
use crate::project::{PackOptions, pack};
use segue_format::session::{LogHeader, LogWriter, Row};
use std::fs;

fn look(path: &Path, check: bool) -> Result<Info> {
    inspect(path, check, &mut |_| ControlFlow::Continue(()))
}

#[test]
fn audio_by_its_header_and_by_its_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    wav(&path, 8_000);
    let Info::Audio(info) = look(&path, false).unwrap() else {
        panic!()
    };
    assert_eq!(
        (info.container, info.sample_rate, info.channels),
        ("WAV", 8_000, 1)
    );
    assert_eq!((info.seconds(), &info.check), (Some(1.0), &None));
    let Info::Audio(info) = look(&path, true).unwrap() else {
        panic!()
    };
    let check = info.check.unwrap();
    assert_eq!((check.frames, check.peak), (8_000, 0.25));
    assert!((check.peak_db().unwrap() + 12.04).abs() < 0.01);

    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(look(&path, true), Err(Error::Audio(_))));
    fs::write(&path, b"").unwrap();
    assert!(
        look(&path, false)
            .unwrap_err()
            .to_string()
            .contains("not an audio file")
    );
    let error = inspect(&fixture("mono.mp3"), true, &mut |_| ControlFlow::Break(()));
    assert!(matches!(error, Err(Error::Cancelled)));
}

#[test]
fn projects_list_what_is_wrong_with_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("game");
    project(&root, &["a", "b", "c"]);
    let packed = folder.path().join("game.segue");
    pack(&root, &packed, &PackOptions::default()).unwrap();
    fs::write(root.join("assets/a.wav"), b"%PDF").unwrap();
    fs::remove_file(root.join("assets/b.wav")).unwrap();
    let info = look(&root, false).unwrap();
    assert!(info.is_flawed());
    let Info::Project(info) = info else { panic!() };
    assert!(
        info.assets[0]
            .audio
            .as_ref()
            .unwrap_err()
            .contains("a PDF document")
    );
    assert_eq!(
        info.assets[1].audio.as_ref().unwrap_err(),
        "there is no such file"
    );
    assert_eq!(info.assets[2].audio.as_ref().unwrap().frames, Some(100));
    assert_eq!(info.container, None);

    let info = look(&packed, true).unwrap();
    assert!(!info.is_flawed());
    let Info::Project(info) = info else { panic!() };
    let container = info.container.unwrap();
    assert_eq!(container.version, "1.0");
    assert!(container.created_with.starts_with("segue "));
    assert_eq!(info.assets.len(), 3);
}

#[test]
fn logs_whole_cut_and_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.seglog");
    let header = LogHeader {
        sample_rate: 48_000,
        max_block: 512,
        engine_version: "0.1.0".into(),
        ..LogHeader::default()
    };
    let json = segue_format::Project::new("Logged").to_json().unwrap();
    let mut log = LogWriter::new(&header, &json).unwrap();
    log.push(Row {
        at: 0,
        seq: None,
        tag: 1,
        payload: b"x",
    })
    .unwrap();
    let bytes = log.finish(480);
    fs::write(&path, &bytes).unwrap();
    let Info::Log(info) = look(&path, false).unwrap() else {
        panic!()
    };
    assert_eq!(
        (info.rows, info.length),
        (1, LogLength::Complete { frames: 480 })
    );
    assert_eq!(info.project_name.as_deref(), Some("Logged"));

    fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
    let Info::Log(info) = look(&path, false).unwrap() else {
        panic!()
    };
    assert!(matches!(info.length, LogLength::CutShort { .. }));
    fs::write(&path, &bytes[..30]).unwrap();
    assert!(
        look(&path, false)
            .unwrap_err()
            .to_string()
            .contains("cut short")
    );
}
