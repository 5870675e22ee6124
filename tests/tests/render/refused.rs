//! What cannot be done is said clearly, and nothing is lost by it.

use std::fs;
use std::ops::ControlFlow;

use integration_tests::rig::{Rig, check_same, peak};
use integration_tests::scene::{Scene, signal};
use integration_tests::wav;
use segue_engine::render::{BlockSize, RenderOptions, RenderProgress, RenderReport, render};
use segue_engine::rt::ids::VoiceId;
use segue_engine::{EngineConfig, ErrorKind, PlayOptions, Result, create, project};

/// A refusal of this kind whose text holds all of `words`.
#[track_caller]
pub(crate) fn check_refused<T>(result: Result<T>, kind: ErrorKind, words: &[&str]) {
    let Err(error) = result else {
        panic!("not refused: {words:?}");
    };
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
}

fn go_on(_: RenderProgress<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn sizes_out_of_range_are_named_before_memory_is_taken() {
    for rate in [0, 1, 7_999, 384_001, u32::MAX] {
        let created = create(EngineConfig::new(rate));
        let value = rate.to_string();
        check_refused(
            created,
            ErrorKind::Usage,
            &["sample_rate", &value, "8000..=384000"],
        );
    }
    type Change = fn(&mut EngineConfig, usize);
    let sizes: [(&str, Change, &[usize]); 8] = [
        ("buses", |c, n| c.limits.buses = n, &[0, 257]),
        ("inserts", |c, n| c.limits.inserts = n, &[1_025]),
        ("sends", |c, n| c.limits.sends = n, &[1_025]),
        ("sounds", |c, n| c.limits.sounds = n, &[0, 65_537]),
        ("real_voices", |c, n| c.limits.real_voices = n, &[0, 10_001]),
        (
            "virtual_voices",
            |c, n| c.limits.virtual_voices = n,
            &[65_537],
        ),
        ("commands", |c, n| c.limits.commands = n, &[0, 63, 65_537]),
        ("streams", |c, n| c.streams = n, &[257]),
    ];
    for (name, change, values) in sizes {
        for value in values.iter().copied().chain([usize::MAX]) {
            let mut config = EngineConfig::new(48_000);
            change(&mut config, value);
            let kind = match value {
                0..64 => ErrorKind::Usage,
                _ => ErrorKind::TooLarge,
            };
            check_refused(create(config), kind, &[name, &value.to_string()]);
        }
    }
}

/// A project with one good asset and one that is described by its name, a file, and why it does
/// not play.
fn with_asset(name: &str, write: impl FnOnce(&Scene)) -> Scene {
    let scene = Scene::new();
    scene.write_json(&format!(
        r#"{{"format": "segue.project", "version": 1, "name": "One of two", "sample_rate": 48000,
        "assets": [{{"id": "good", "file": "good.wav"}}, {{"id": "bad", "file": "{name}"}}],
        "sounds": [{{"id": "good", "asset": "good"}}, {{"id": "bad", "asset": "bad"}}],
        "clips": [{{"sound": "good", "at_beats": 0}}, {{"sound": "bad", "at_beats": 0}}]}}"#
    ));
    wav::write_f32(
        &scene.path("project/good.wav"),
        1,
        48_000,
        &signal(9_000, 1),
    );
    write(&scene);
    scene
}

#[track_caller]
fn check_unplayable(name: &str, write: impl FnOnce(&Scene), words: &str) {
    let scene = with_asset(name, write);
    let mut rig = Rig::new(&scene);
    let bad = &rig.report.unplayable;
    assert_eq!((bad.len(), rig.report.sounds), (1, 1), "{bad:?}");
    assert_eq!((bad[0].id.as_str(), bad[0].file.as_str()), ("bad", name));
    assert!(
        bad[0].reason.contains(words),
        "{words:?} is not in {:?}",
        bad[0].reason
    );
    let unknown = rig.control.play_sound("bad", &PlayOptions::default());
    check_refused(unknown, ErrorKind::Invalid, &["bad", "good"]);
    rig.control.play().unwrap();
    rig.run_to(9_000);
    assert!(peak(&rig.out[0]) > 0.1, "the rest does not play");
}

#[test]
fn assets_that_cannot_be_played_are_listed_and_the_rest_plays() {
    let file = |scene: &Scene, bytes: &[u8]| fs::write(scene.path("project/bad.wav"), bytes);
    let whole = |scene: &Scene| {
        let path = scene.path("project/bad.wav");
        wav::write_i16(&path, 1, 48_000, &[1_000; 5_000]);
        fs::read(path).unwrap()
    };
    check_unplayable("bad.wav", |_| {}, "no such file");
    check_unplayable(
        "bad.wav",
        |s| fs::create_dir(s.path("project/bad.wav")).unwrap(),
        "folder",
    );
    check_unplayable("bad.wav", |s| file(s, b"").unwrap(), "empty");
    check_unplayable(
        "bad.wav",
        |s| file(s, b"Not audio at all, just a text.").unwrap(),
        "",
    );
    check_unplayable(
        "bad.wav",
        |s| file(s, &whole(s)[..3_000]).unwrap(),
        "truncated",
    );
    let patched = |at: usize, bytes: &'static [u8]| {
        move |scene: &Scene| {
            let mut data = whole(scene);
            data[at..at + bytes.len()].copy_from_slice(bytes);
            file(scene, &data).unwrap();
        }
    };
    // 65,535 channels; 2^31 hertz.
    check_unplayable("bad.wav", patched(22, &[255, 255]), "channels");
    check_unplayable("bad.wav", patched(24, &[0, 0, 0, 128]), "rate");
    // More than a day at 8 kHz, all of it holes.
    let day = |scene: &Scene| {
        let path = scene.path("project/bad.wav");
        wav::write_i16(&path, 1, 8_000, &[]);
        let size = 1_400_000_000_u32;
        let mut head = fs::read(&path).unwrap();
        head[4..8].copy_from_slice(&(size + 36).to_le_bytes());
        head[40..44].copy_from_slice(&size.to_le_bytes());
        fs::write(&path, head).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(u64::from(size) + 44).unwrap();
    };
    check_unplayable("bad.wav", day, "frames");
    check_unplayable(
        "bad.flac",
        |s| fs::write(s.path("project/bad.flac"), b"fLaC\0").unwrap(),
        "",
    );
    let nan = |s: &Scene| wav::write_f32(&s.path("project/bad.wav"), 1, 48_000, &[f32::NAN; 99]);
    check_unplayable("bad.wav", nan, "NaN");
}

#[test]
fn an_asset_with_another_hash_is_not_played() {
    let scene = with_asset("bad.wav", |scene| {
        wav::write_i16(&scene.path("project/bad.wav"), 1, 48_000, &[1_000; 5_000]);
    });
    let json = fs::read_to_string(scene.path("project/project.json")).unwrap();
    let hash = "0123456789abcdef".repeat(4);
    let with_hash = format!(r#""file": "bad.wav", "hash": "{hash}""#);
    scene.write_json(&json.replace(r#""file": "bad.wav""#, &with_hash));
    let rig = Rig::new(&scene);
    assert_eq!(rig.report.unplayable.len(), 1);
    assert!(
        rig.report.unplayable[0].reason.contains("changed"),
        "{:?}",
        rig.report.unplayable
    );
}

#[test]
fn projects_that_cannot_be_read_say_where_and_why() {
    let scene = Scene::band();
    let json = fs::read_to_string(scene.path("project/project.json")).unwrap();
    let cases: [(&str, &str, ErrorKind, &[&str]); 5] = [
        (
            r#""version": 1"#,
            r#""version": 2"#,
            ErrorKind::NewerVersion,
            &["newer"],
        ),
        (
            r#""bpm": 480"#,
            r#""bpm": -480"#,
            ErrorKind::Invalid,
            &["bpm", "-480"],
        ),
        (
            r#""to": "fx""#,
            r#""to": "efx""#,
            ErrorKind::Invalid,
            &["efx"],
        ),
        (
            r#""gain_db": -3, "pan""#,
            r#""gain_db": 1e9, "pan""#,
            ErrorKind::Invalid,
            &["gain_db"],
        ),
        (
            "segue.project",
            "other.project",
            ErrorKind::WrongFile,
            &["not a Segue project"],
        ),
    ];
    for (from, to, kind, words) in cases {
        scene.write_json(&json.replace(from, to));
        check_refused(project::open(&scene.path("project")), kind, words);
    }
}

#[test]
fn inserts_that_do_not_exist_are_refused_and_the_engine_takes_another_project() {
    let scene = Scene::band();
    let json = fs::read_to_string(scene.path("project/project.json")).unwrap();
    let cases: [(&str, &str, &[&str]); 3] = [
        (
            r#""kind": "gain""#,
            r#""kind": "grain""#,
            &["insert kind", "grain", "gain"],
        ),
        (
            r#"{"gain": -3}"#,
            r#"{"grain": -3}"#,
            &["parameter", "grain", "gain"],
        ),
        (r#"{"gain": -3}"#, r#"{"gain": -300}"#, &["gain", "-300"]),
    ];
    for (from, to, words) in cases {
        scene.write_json(&json.replace(from, to));
        let open = scene.open();
        let mut config = EngineConfig::for_project(&open.project, None);
        config.cache = Some(scene.cache());
        let (mut control, ..) = create(config).unwrap();
        let loaded = control.load_project(&open, &mut |_| ControlFlow::Continue(()));
        check_refused(loaded, ErrorKind::Invalid, words);
        scene.write_json(&json);
        let cancelled = control.load_project(&scene.open(), &mut |_| ControlFlow::Break(()));
        check_refused(cancelled, ErrorKind::Cancelled, &[]);
        let mut load = || control.load_project(&scene.open(), &mut |_| ControlFlow::Continue(()));
        assert_eq!(load().unwrap().sounds, 8);
        check_refused(load(), ErrorKind::Usage, &["another engine"]);
    }
}

#[test]
fn a_full_queue_hands_everything_back_and_the_engine_goes_on() {
    let scene = Scene::band();
    let mut rig = Rig::with(&scene, |config| config.limits.commands = 64);
    rig.block(0);
    let mut sent = 0;
    let full = loop {
        let options = PlayOptions {
            at: 1_000 + sent,
            ..PlayOptions::default()
        };
        match rig.control.play_sound("noise", &options) {
            Ok(voice) => assert_eq!(voice, VoiceId(sent + 1), "a number was lost"),
            Err(error) => break error,
        }
        sent += 1;
    };
    check_refused(
        Err::<(), _>(full),
        ErrorKind::System,
        &["queue is full", "64"],
    );
    let master = rig.control.bus("master").unwrap();
    let insert = rig
        .control
        .add_insert(master, 0, "gain", &[("gain", -120.0)])
        .unwrap();
    for _ in 0..3 {
        check_refused(rig.control.commit(), ErrorKind::System, &["queue is full"]);
        check_refused(rig.control.play(), ErrorKind::System, &["queue is full"]);
    }
    rig.run_to(20_000);
    let started = std::iter::from_fn(|| rig.control.next_report());
    let voices: std::collections::BTreeSet<u64> = started.map(|report| report.voice.0).collect();
    assert_eq!(voices, (1..=sent).collect(), "what was taken has happened");
    assert_eq!(rig.shared.snapshot().waiting, 0);
    // The commit that was refused has lost neither its edit nor its processor.
    rig.control.commit().unwrap();
    rig.control
        .play_sound("noise", &PlayOptions::default())
        .unwrap();
    rig.run_to(30_000);
    assert!(peak(&rig.out[0][..20_000]) > 0.05);
    assert_eq!(
        peak(&rig.out[0][22_000..]),
        0.0,
        "the new insert does not silence it"
    );
    rig.control.set_insert(insert, "gain", 0.0).unwrap();
}

#[test]
fn a_project_that_finds_the_queue_full_loads_later() {
    let scene = Scene::band();
    let open = scene.open();
    let mut config = EngineConfig::for_project(&open.project, None);
    config.cache = Some(scene.cache());
    config.limits.commands = 64;
    let (mut control, mut renderer, _) = create(config).unwrap();
    while control.stop().is_ok() {}
    let mut load = || control.load_project(&open, &mut |_| ControlFlow::Continue(()));
    check_refused(load(), ErrorKind::System, &["queue is full"]);
    renderer.process(&mut [&mut [0.0; 8]]);
    assert_eq!(load().unwrap().sounds, 8);
}

#[test]
fn empty_and_huge_blocks_and_any_number_of_channels() {
    let scene = Scene::band();
    let huge = 1 << 18;
    let mut steady = Rig::new(&scene);
    steady.control.play().unwrap();
    steady.run_to(huge as u64);
    let mut rig = Rig::new(&scene);
    rig.control.play().unwrap();
    (0..100).for_each(|_| rig.block(0));
    rig.renderer.process(&mut []);
    assert_eq!(rig.renderer.now(), 0);
    rig.block(huge);
    check_same("one huge block", &steady.out, &rig.out);

    let mut many = Rig::new(&scene);
    many.control.play().unwrap();
    let mut out = [9.0_f32; 5 * 3_000];
    let mut planes: Vec<&mut [f32]> = out.chunks_mut(3_000).collect();
    many.renderer.process(&mut planes);
    let mut mono = vec![9.0; 3_000];
    many.renderer.process(&mut [&mut mono]);
    let [left, right] = &steady.out;
    assert!(out[..3_000] == left[..3_000] && out[3_000..6_000] == right[..3_000]);
    assert!(
        out[6_000..].iter().all(|x| *x == 0.0),
        "further channels are silent"
    );
    let mean = |n: usize| 0.5 * (left[3_000 + n] + right[3_000 + n]);
    assert!(
        (0..3_000).all(|n| mono[n] == mean(n)),
        "one channel is the mean"
    );
}

fn options(scene: &Scene) -> RenderOptions {
    RenderOptions {
        seconds: Some(0.5),
        cache: Some(scene.cache()),
        log: Some(scene.path("session.log")),
        ..RenderOptions::default()
    }
}

fn render_to(scene: &Scene, options: &RenderOptions, out: &str) -> Result<RenderReport> {
    render(&scene.open(), options, &scene.path(out), &mut go_on)
}

#[test]
fn a_cancelled_render_leaves_no_file() {
    let scene = Scene::band();
    let before = scene.files();
    for last in [0, 1, 5, 20, 40] {
        let mut calls = 0;
        let mut progress = |_: RenderProgress<'_>| {
            calls += 1;
            if calls > last {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let out = scene.path("out.wav");
        let cancelled = render(&scene.open(), &options(&scene), &out, &mut progress);
        check_refused(cancelled, ErrorKind::Cancelled, &[]);
        assert_eq!(scene.files(), before, "after {last} steps");
    }
    assert_eq!(
        render_to(&scene, &options(&scene), "out.wav")
            .unwrap()
            .frames,
        24_000
    );
}

#[test]
fn renders_to_where_nothing_can_be_written() {
    let scene = Scene::band();
    fs::create_dir(scene.path("folder")).unwrap();
    let before = scene.files();
    let plain = options(&scene);
    check_refused(
        render_to(&scene, &plain, "none/out.wav"),
        ErrorKind::NotFound,
        &["none"],
    );
    assert!(render_to(&scene, &plain, "folder").is_err());
    let log = RenderOptions {
        log: Some(scene.path("none/session.log")),
        ..plain.clone()
    };
    check_refused(
        render_to(&scene, &log, "out.wav"),
        ErrorKind::NotFound,
        &["session.log"],
    );
    assert_eq!(scene.files(), before);
    if cfg!(target_os = "linux") {
        let full = RenderOptions {
            log: Some("/dev/full".into()),
            ..plain
        };
        check_refused(
            render_to(&scene, &full, "out.wav"),
            ErrorKind::WrongFile,
            &["/dev/full", "a device or pipe"],
        );
        assert!(std::path::Path::new("/dev/full").exists());
        assert_eq!(scene.files(), before);
    }
}

#[test]
fn options_out_of_range() {
    let scene = Scene::band();
    let before = scene.files();
    let plain = options(&scene);
    for seconds in [-1.0, 86_401.0, f64::NAN, f64::INFINITY] {
        let bad = RenderOptions {
            seconds: Some(seconds),
            ..plain.clone()
        };
        check_refused(
            render_to(&scene, &bad, "out.wav"),
            ErrorKind::Usage,
            &["seconds"],
        );
    }
    for frames in [0, 65_537, usize::MAX] {
        let bad = RenderOptions {
            block: BlockSize::Fixed(frames),
            ..plain.clone()
        };
        check_refused(
            render_to(&scene, &bad, "out.wav"),
            ErrorKind::Usage,
            &["block"],
        );
    }
    let bad = RenderOptions {
        rate: Some(1),
        ..plain
    };
    check_refused(
        render_to(&scene, &bad, "out.wav"),
        ErrorKind::Usage,
        &["sample_rate"],
    );
    assert_eq!(scene.files(), before);
}
