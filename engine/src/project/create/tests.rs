use super::*;
use crate::error::ErrorKind;
use crate::project::open;
use crate::project::testing::{fixture, tree, wav};

fn go(_: NewProgress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn make(folder: &Path, files: &[PathBuf]) -> Result<NewReport> {
    new_from_files(folder, files, &NewOptions::default(), &mut go)
}

#[test]
fn a_folder_of_mixed_files_becomes_a_playable_project() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("mine");
    wav(&source.join("theme.wav"), 80_000);
    wav(&source.join("drums/theme.wav"), 80_000);
    wav(&source.join("amb forest.wav"), 72_000);
    for name in [
        "mono.mp3",
        "stereo.ogg",
        "mono.flac",
        "mono.aiff",
        "mono.m4a",
        "six.flac",
    ] {
        fs::copy(fixture(name), source.join(name)).unwrap();
    }
    // Its name lies; its bytes do not.
    fs::copy(fixture("stereo.mp3"), source.join("liar.wav")).unwrap();
    fs::write(source.join("readme.txt"), b"hello").unwrap();
    fs::write(source.join("broken.wav"), b"RIFF\x10\0\0\0WAVEfmt ").unwrap();
    let before = tree(&source);

    let target = folder.path().join("game");
    let report = make(&target, &[source.clone(), folder.path().join("gone.wav")]).unwrap();
    assert_eq!(tree(&source), before);
    assert_eq!(report.name, "game");
    assert_eq!(report.seconds, 10.0);
    let skipped: Vec<_> = report
        .skipped
        .iter()
        .map(|s| s.path.file_name().unwrap())
        .collect();
    assert_eq!(skipped, ["gone.wav", "broken.wav", "readme.txt"]);
    assert!(
        report
            .skipped
            .iter()
            .all(|s| !s.reason.is_empty() && !s.reason.contains("mine"))
    );

    let opened = open(&target).unwrap();
    assert!(opened.missing.is_empty() && opened.warnings.is_empty());
    assert_eq!(opened.assets.len(), 10);
    assert_eq!(opened.project.clips.len(), 10);
    let of = |id: &str| report.sounds.iter().find(|sound| sound.id == id).unwrap();
    assert_eq!(of("theme").role, Role::Music);
    assert_eq!(
        (of("drums_theme").role, of("drums_theme").at_beats),
        (Role::Music, 0.0)
    );
    assert_eq!(of("amb-forest").role, Role::Ambience);
    assert_eq!(
        (of("liar").role, &*of("liar").file),
        (Role::OneShot, "assets/liar.mp3")
    );
    let kick = opened.asset_path("mono").unwrap();
    assert_eq!(
        fs::read(kick).unwrap(),
        fs::read(&of("mono").source).unwrap()
    );
    let buses: Vec<_> = opened.project.buses.iter().map(|bus| &*bus.id).collect();
    assert_eq!(buses, ["master", "music", "sfx", "ambience"]);
}

#[test]
fn folders_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("mine");
    for name in ["en/yes_1", "en/yes_2", "de/yes_1", "de/yes_2", "de/no"] {
        wav(&source.join(format!("{name}.wav")), 4_000);
    }
    let given = [source.join("en"), source.join("de")];
    let report = make(&folder.path().join("game"), &given).unwrap();
    let ids: Vec<_> = report.sounds.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["en_yes_1", "en_yes_2", "no", "de_yes_1", "de_yes_2"]);
    let groups: Vec<_> = report
        .groups
        .iter()
        .map(|it| (it.name.as_str(), it.sounds.join(" ")))
        .collect();
    let expected = [
        ("de_yes", "de_yes_1 de_yes_2".to_owned()),
        ("en_yes", "en_yes_1 en_yes_2".to_owned()),
    ];
    assert_eq!(groups, expected);
    let opened = open(&report.path).unwrap();
    assert!(opened.missing.is_empty() && opened.warnings.is_empty());
}

#[test]
fn nothing_is_left_behind_by_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, b"hello").unwrap();
    let target = folder.path().join("game");
    let error = make(&target, std::slice::from_ref(&text)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongFile);
    assert!(
        error.to_string().contains("notes.txt: not an audio file"),
        "{error}"
    );

    let stop = &mut |_: NewProgress<'_>| ControlFlow::Break(());
    let files = [fixture("mono.mp3")];
    let error = new_from_files(&target, &files, &NewOptions::default(), stop).unwrap_err();
    assert!(matches!(error, Error::Cancelled));

    let fast = NewOptions {
        tempo_bpm: f64::NAN,
        ..NewOptions::default()
    };
    assert!(matches!(
        new_from_files(&target, &files, &fast, &mut go),
        Err(Error::Argument { .. })
    ));
    assert_eq!(tree(folder.path()).len(), 1);

    make(&target, &files).unwrap();
    let before = tree(&target);
    assert_eq!(make(&target, &files).unwrap_err().kind(), ErrorKind::Exists);
    assert_eq!(tree(&target), before);
}

#[test]
fn a_short_file_with_a_loop_becomes_a_looping_bed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hum.wav");
    wav(&path, 8_000);
    append_smpl(&path, 1_000, 6_999);
    let report = make(&folder.path().join("game"), &[path]).unwrap();
    assert_eq!(report.sounds[0].role, Role::Ambience);
    let project = open(&report.path).unwrap().project;
    let points = project.sounds[0].loop_points.as_ref().unwrap();
    assert_eq!(
        (points.start_smp, points.end_smp, points.count),
        (1_000, Some(7_000), 0)
    );
    assert!(project.clips[0].looped);
    assert!(project.notes.is_empty());
}

/// The largest sample of 0.1 s, twice the longest file of `files` after an event was posted.
fn peak_after(project: &Path, event: &str, rtpc: &str) -> f32 {
    let cache = tempfile::tempdir().unwrap();
    let opened = open(project).unwrap();
    let mut config = crate::EngineConfig::for_project(&opened.project, Some(8_000));
    config.cache = Some(cache.path().to_owned());
    let (mut control, mut renderer, _) = crate::create(config).unwrap();
    let go_on = &mut |_: crate::LoadProgress<'_>| ControlFlow::Continue(());
    control.load_project(&opened, go_on).unwrap();
    if !rtpc.is_empty() {
        let call = crate::game::Call::Rtpc {
            rtpc: rtpc.to_owned(),
            value: 1.0,
            object: String::new(),
            label: None,
            ramp: 0.0,
        };
        control.call(&call, crate::NOW).unwrap();
    }
    control.post(event, "", crate::NOW).unwrap();
    let mut peak = 0.0;
    // 16 s; the file is 8 s.
    for _ in 0..170 {
        let (mut left, mut right) = (vec![0.0; 800], vec![0.0; 800]);
        renderer.process(&mut [&mut left, &mut right]);
        control.update().unwrap();
        peak = left.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    }
    peak
}

#[test]
fn music_ambience_and_layers_go_on_until_they_are_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("mine");
    for (name, frames) in [
        ("theme", 64_000),
        ("amb_rain", 64_000),
        ("vo_tale", 64_000),
        ("hum_layer1", 4_000),
        ("hum_layer2", 4_000),
        ("hit", 4_000),
    ] {
        wav(&source.join(format!("{name}.wav")), frames);
    }
    let report = make(&folder.path().join("game"), &[source]).unwrap();
    let heard = |event: &str, rtpc: &str| peak_after(&report.path, event, rtpc) > 0.05;
    assert!(heard("Play_theme", ""));
    assert!(heard("Play_amb_rain", ""));
    assert!(heard("Play_hum", "hum_layer"));
    assert!(!heard("Play_vo_tale", "") && !heard("Play_hit", ""));
    let project = open(&report.path).unwrap().project;
    let layer = project.sounds.iter().position(|it| it.id == "hum_layer1");
    let clip = &project.clips[layer.unwrap()];
    assert_eq!((clip.length_beats, clip.looped), (Some(1.0), false));
}

/// Appends a `smpl` chunk with one endless loop; the last frame is included, as the chunk has it.
fn append_smpl(path: &Path, first: u32, last: u32) {
    let mut bytes = fs::read(path).unwrap();
    let numbers = [0, 0, 0, 60, 0, 0, 0, 1, 0, 0, 0, first, last, 0, 0];
    bytes.extend_from_slice(b"smpl");
    bytes.extend(60_u32.to_le_bytes());
    bytes.extend(numbers.iter().flat_map(|number: &u32| number.to_le_bytes()));
    let riff = u32::try_from(bytes.len() - 8).unwrap();
    bytes[4..8].copy_from_slice(&riff.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

#[test]
fn names_come_from_the_folder_or_the_caller() {
    let named = |name: &str| {
        let options = NewOptions {
            name: Some(name.to_owned()),
            ..NewOptions::default()
        };
        project_name(Path::new("/x/folder"), &options)
    };
    assert_eq!(
        project_name(Path::new("/x/folder"), &NewOptions::default()),
        "folder"
    );
    assert_eq!(named(" Night\ndrive "), "Nightdrive");
    assert_eq!(named(&"n".repeat(500)).len(), NAME_BYTES);
    assert_eq!(named("\u{7}"), "Untitled");
}
