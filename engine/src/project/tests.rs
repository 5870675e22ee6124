use super::testing::{project, tree};
use super::*;
use crate::error::ErrorKind;
use segue_format::container::{Caps, Package, Tag, Writer};
use segue_format::limits;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_folder_its_json_and_its_container_open_alike() {
    let folder = folder();
    let root = folder.path().join("game");
    let made = project(&root, &["kick", "pad"]);
    let packed = folder.path().join("game.segue");
    pack(&root, &packed, &PackOptions::default()).unwrap();
    for path in [&root, &root.join(PROJECT_FILE), &packed] {
        let opened = open(path).unwrap();
        assert_eq!(opened.project, made);
        assert!(opened.missing.is_empty() && opened.warnings.is_empty());
        assert_eq!(opened.is_packed(), path == &packed);
        let kick = opened.asset_path("kick").unwrap();
        assert!(kick.is_absolute() && kick.is_file());
        assert_eq!(opened.asset_path("nobody"), None);
    }
}

#[test]
fn an_unpacked_copy_is_private_and_goes_with_the_project() {
    let folder = folder();
    let root = folder.path().join("game");
    project(&root, &["kick"]);
    let packed = folder.path().join("game.segue");
    pack(&root, &packed, &PackOptions::default()).unwrap();
    let opened = open(&packed).unwrap();
    let copy = opened.root.clone();
    assert_eq!(opened.source, packed);
    assert_eq!(tree(&copy), tree(&root));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&copy).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
    drop(opened);
    assert!(!copy.exists());
}

#[test]
fn another_project_is_looked_for_in_the_same_place() {
    let folder = folder();
    let root = folder.path().join("game");
    let mut other = project(&root, &["kick"]);
    let packed = folder.path().join("game.segue");
    pack(&root, &packed, &PackOptions::default()).unwrap();
    other.assets[0].id = "snare".into();
    let opened = open(&packed).unwrap().with_project(other);
    assert_eq!(opened.source, packed);
    assert!(opened.asset_path("snare").is_some_and(Path::is_file));
}

#[test]
fn missing_assets_are_listed_and_the_rest_is_found() {
    let folder = folder();
    project(folder.path(), &["a", "b", "c"]);
    fs::remove_file(folder.path().join("assets/a.wav")).unwrap();
    fs::remove_file(folder.path().join("assets/b.wav")).unwrap();
    fs::create_dir(folder.path().join("assets/b.wav")).unwrap();
    let opened = open(folder.path()).unwrap();
    let missing: Vec<_> = opened
        .missing
        .iter()
        .map(|m| (&*m.id, &*m.reason))
        .collect();
    assert_eq!(
        missing,
        [("a", "there is no such file"), ("b", "it is a folder")]
    );
    assert_eq!(opened.asset_path("a"), None);
    assert!(opened.asset_path("c").is_some());

    let out = folder.path().join("out.segue");
    let error = pack(folder.path(), &out, &PackOptions::default()).unwrap_err();
    assert!(
        matches!(&error, Error::Missing { files, .. } if files.len() == 2),
        "{error}"
    );
    assert!(!out.exists());
    let report = pack(
        folder.path(),
        &out,
        &PackOptions {
            allow_missing: true,
            ..PackOptions::default()
        },
    )
    .unwrap();
    assert_eq!((report.assets, report.missing.len()), (1, 2));
    assert_eq!(open(&out).unwrap().missing.len(), 2);
}

#[test]
fn what_is_no_project_is_said() {
    let folder = folder();
    let root = folder.path();
    let check = |name: &str, bytes: &[u8], kind: ErrorKind, words: &str| {
        let path = root.join(name);
        fs::write(&path, bytes).unwrap();
        let error = open(&path).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let text = error.to_string();
        assert!(text.contains(words) && text.contains(name), "{text}");
    };
    check("empty", b"", ErrorKind::WrongFile, "the file is empty");
    check("log.seglog", b"SEGL", ErrorKind::WrongFile, "session log");
    check("a.wav", b"RIFF", ErrorKind::WrongFile, "`segue new`");
    check("a.json", b"{}", ErrorKind::WrongFile, "\"format\"");
    check("b.json", b"{\n \"a\": tru", ErrorKind::Invalid, "line 2");
    check("c.segue", b"SEGU", ErrorKind::Damaged, "cut short");
    let newer = br#"{"format": "segue.project", "version": 99, "name": "x"}"#;
    check("d.json", newer, ErrorKind::NewerVersion, "newer Segue");

    let error = open(root).unwrap_err();
    assert!(error.to_string().contains("has no project.json"), "{error}");
    let error = open(&root.join("nothing")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    fs::create_dir(root.join(PROJECT_FILE)).unwrap();
    assert!(open(root).unwrap_err().to_string().contains("is a folder"));
}

#[test]
fn oversized_files_are_refused_before_they_are_read() {
    let folder = folder();
    let json = folder.path().join(PROJECT_FILE);
    fs::write(&json, b"{").unwrap();
    let file = fs::File::options().write(true).open(&json).unwrap();
    file.set_len(limits::PROJECT_JSON_BYTES as u64 + 1).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(
        error.to_string().contains("(project_json_bytes)"),
        "{error}"
    );

    let container = folder.path().join("large.segue");
    fs::write(&container, b"SEGU").unwrap();
    let file = fs::File::options().write(true).open(&container).unwrap();
    file.set_len(limits::CONTAINER_BYTES as u64 + 1).unwrap();
    for error in [
        open(&container).map(drop).unwrap_err(),
        unpack(&container, &folder.path().join("out"), false)
            .map(drop)
            .unwrap_err(),
    ] {
        assert!(error.to_string().contains("(container_bytes)"), "{error}");
    }

    let root = folder.path().join("game");
    project(&root, &["huge"]);
    let huge = fs::File::options()
        .write(true)
        .open(root.join("assets/huge.wav"))
        .unwrap();
    huge.set_len(limits::CONTAINER_BYTES as u64 + 1).unwrap();
    let error = pack(&root, &container, &PackOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert!(
        fs::read(&container).unwrap().starts_with(b"SEGU"),
        "the old file is there"
    );
}

#[test]
fn packing_and_unpacking_keeps_every_byte() {
    let folder = folder();
    let root = folder.path().join("game");
    project(&root, &["kick", "sub folder/ünï"]);
    // Not as Segue would write it.
    let mut json = fs::read(root.join(PROJECT_FILE)).unwrap();
    json.extend_from_slice(b"\n\n");
    fs::write(root.join(PROJECT_FILE), &json).unwrap();

    let packed = folder.path().join("game.segue");
    let report = pack(&root, &packed, &PackOptions::default()).unwrap();
    assert_eq!(report.assets, 2);
    assert_eq!(report.bytes, fs::metadata(&packed).unwrap().len());
    let copy = folder.path().join("copy");
    let report = unpack(&packed, &copy, false).unwrap();
    assert_eq!((report.assets, report.warnings.len()), (2, 0));
    assert_eq!(tree(&copy), tree(&root));
    let again = folder.path().join("again.segue");
    pack(&copy, &again, &PackOptions::default()).unwrap();
    assert_eq!(fs::read(&again).unwrap(), fs::read(&packed).unwrap());
}

#[test]
fn unpacking_never_touches_what_it_should_not() {
    let folder = folder();
    let root = folder.path().join("game");
    project(&root, &["kick"]);
    let packed = folder.path().join("game.segue");
    pack(&root, &packed, &PackOptions::default()).unwrap();
    fs::write(root.join("notes.txt"), b"mine").unwrap();
    let before = tree(&root);
    assert!(matches!(
        unpack(&packed, &root, false),
        Err(Error::Exists { .. })
    ));
    assert_eq!(tree(&root), before);

    let mut damaged = fs::read(&packed).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let bad = folder.path().join("bad.segue");
    fs::write(&bad, damaged).unwrap();
    let error = unpack(&bad, &root, true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    assert_eq!(tree(&root), before);

    unpack(&packed, &root, true).unwrap();
    assert!(!root.join("notes.txt").exists());
    assert!(
        unpack(
            &root.join("assets/kick.wav"),
            &folder.path().join("x"),
            false
        )
        .is_err()
    );
}

#[test]
fn paths_that_leave_the_folder_are_refused() {
    let folder = folder();
    for path in [
        "../evil.wav",
        "/abs/evil.wav",
        "a/../../evil.wav",
        "C:evil.wav",
        "a\\b.wav",
    ] {
        let mut writer = Writer::new(Caps::default());
        let version = segue_format::Version::new(1, 0);
        let json = Project::new("Evil").to_json().unwrap();
        writer.chunk(Tag::PROJECT, version, 0, &json).unwrap();
        let mut payload = u16::try_from(path.len()).unwrap().to_le_bytes().to_vec();
        payload.extend_from_slice(path.as_bytes());
        writer.chunk(Tag::ASSET, version, 0, &payload).unwrap();
        let container = folder.path().join("evil.segue");
        fs::write(&container, writer.finish()).unwrap();
        let target = folder.path().join("inner/out");
        assert_eq!(
            unpack(&container, &target, false).unwrap_err().kind(),
            ErrorKind::Damaged
        );
        assert!(open(&container).is_err());
        assert_eq!(tree(folder.path()).len(), 1, "only the container itself");
    }
}

#[test]
fn two_names_of_one_file_are_refused_or_kept_apart() {
    let folder = folder();
    let json = Project::new("Clash").to_json().unwrap();
    let mut package = Package::new(json).unwrap();
    package.add_asset("a", b"a file").unwrap();
    package.add_asset("a/b", b"needs a folder").unwrap();
    let container = folder.path().join("clash.segue");
    fs::write(&container, package.to_bytes().unwrap()).unwrap();
    let error = unpack(&container, &folder.path().join("out"), false).unwrap_err();
    assert!(error.to_string().contains("cannot unpack"), "{error}");
    assert_eq!(tree(folder.path()).len(), 1);
}

#[test]
fn unknown_parts_and_broken_projects_are_reported() {
    let folder = folder();
    let container = folder.path().join("future.segue");
    let package = Package::new(b"{}".to_vec()).unwrap();
    let mut writer = Writer::new(Caps::default());
    let version = segue_format::Version::new(1, 0);
    writer
        .chunk(Tag::PROJECT, version, 0, package.project_json())
        .unwrap();
    writer.chunk(Tag(*b"NEWS"), version, 0, b"12345").unwrap();
    fs::write(&container, writer.finish()).unwrap();
    let report = unpack(&container, &folder.path().join("out"), false).unwrap();
    assert_eq!(report.warnings.len(), 2);
    assert!(
        report.warnings[0].contains("NEWS (5 bytes)"),
        "{:?}",
        report.warnings
    );
    assert!(
        report.warnings[1].starts_with("project.json: "),
        "{:?}",
        report.warnings
    );
}

#[test]
fn results_do_not_overwrite_the_project() {
    let folder = folder();
    project(folder.path(), &["kick"]);
    for own in [
        "project.json",
        "assets/kick.wav",
        "assets/../assets/kick.wav",
    ] {
        let out = folder.path().join(own);
        let before = fs::read(&out).unwrap();
        let error = pack(folder.path(), &out, &PackOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exists, "{error}");
        assert_eq!(fs::read(&out).unwrap(), before);
    }
}

#[test]
fn a_bad_project_is_refused_before_the_disk_is_touched() {
    let folder = folder();
    let mut bad = project(folder.path(), &["kick"]);
    let before = tree(folder.path());
    bad.clips[0].sound = "nobody".into();
    assert_eq!(
        save(&bad, folder.path()).unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert_eq!(tree(folder.path()), before);
    let gone = save(&Project::new("x"), &folder.path().join("gone")).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

/// Set for the child process of the next test: the folder to save into.
const CHILD: &str = "SEGUE_TEST_SAVE_INTO";

/// The two projects that the child saves in turn; large enough for a save to take a while.
fn turn(odd: bool) -> Project {
    let mut project = Project::new(if odd { "Odd" } else { "Even" });
    project.description = Some(if odd { "o" } else { "e" }.repeat(4000));
    project
}

#[test]
fn saves_in_a_loop_as_a_child_process() {
    let Some(folder) = std::env::var_os(CHILD) else {
        return;
    };
    for n in 0_u64.. {
        save(&turn(n % 2 == 1), Path::new(&folder)).unwrap();
        println!("saved");
    }
}

#[test]
fn killed_while_saving_leaves_the_old_or_the_new_project() {
    let folder = folder();
    save(&turn(false), folder.path()).unwrap();
    for round in 0..20 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "project::tests::saves_in_a_loop_as_a_child_process",
                "--nocapture",
            ])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // After a different number of saves each time, while the next one is under way.
        let saves = lines
            .map_while(Result::ok)
            .filter(|line| line.ends_with("saved"));
        assert_eq!(saves.take(1 + round % 7).count(), 1 + round % 7);
        child.kill().unwrap();
        child.wait().unwrap();
        let found = open(folder.path()).unwrap().project;
        assert!(found == turn(false) || found == turn(true), "{found:?}");
    }
    // What a kill leaves behind does not get in the way.
    save(&turn(true), folder.path()).unwrap();
    assert_eq!(open(folder.path()).unwrap().project, turn(true));
}

/// A project that has its adaptive profile in a file of its own.
fn with_profile(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let project = r#"{"format": "segue.project", "version": 1, "name": "P",
        "interactive": {"adaptive": "music/chase.json"}}"#;
    fs::write(folder.join(PROJECT_FILE), project).unwrap();
    fs::create_dir_all(folder.join("music")).unwrap();
    let profile = r#"{"format": "segue.adaptive", "version": 1, "contexts": {"BASE": {}}, "y": 1}"#;
    fs::write(folder.join("music/chase.json"), profile).unwrap();
}

#[test]
fn an_adaptive_profile_has_a_file_of_its_own_and_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let game = folder.path().join("game");
    with_profile(&game);
    let opened = open(&game).unwrap();
    let adaptive = opened.interactive().adaptive.unwrap();
    assert_eq!(adaptive.contexts[0].name, "BASE");
    let (path, nearest) = ("y".into(), None);
    assert_eq!(opened.warnings, [Warning::UnknownKey { path, nearest }]);
    assert!(
        opened
            .refuse_as_output(&game.join("music/chase.json"))
            .is_err()
    );

    let packed = folder.path().join("game.segue");
    pack(&game, &packed, &PackOptions::default()).unwrap();
    let again = open(&packed).unwrap();
    assert_eq!(again.interactive(), opened.interactive());
    assert_eq!(again.profile, None, "it is in the project");
}

#[test]
fn a_profile_that_cannot_be_read_names_its_file() {
    let folder = tempfile::tempdir().unwrap();
    with_profile(folder.path());
    let path = folder.path().join("music/chase.json");
    let newer = r#"{"format": "segue.adaptive", "version": 2}"#;
    fs::write(&path, newer).unwrap();
    let text = open(folder.path()).unwrap_err().to_string();
    assert!(
        text.contains("chase.json: this adaptive profile has version 2"),
        "{text}"
    );
    fs::remove_file(&path).unwrap();
    let text = open(folder.path()).unwrap_err().to_string();
    assert!(text.contains("chase.json: cannot open"), "{text}");
}
