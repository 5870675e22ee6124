//! What a host's session keeps, and projects that come and go.

use crate::host::{Event, Host, built_library, text};
use crate::projects::{project, rich_state, state, wav};
use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use clack_extensions::preset_discovery::prelude::{Location, PluginPresetLoad};
use clack_host::events::io::EventBuffer;
use clack_host::utils::ClapId;
use segue_engine::format::container::{Package, PluginState, Tag};
use segue_plugin::{Kind, Param};
use std::ffi::CString;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

#[test]
fn a_state_saved_again_has_the_same_bytes() {
    for kind in Kind::ALL {
        let fresh = Host::new(kind).save();
        for state in [fresh, state(), rich_state()] {
            let mut host = Host::new(kind);
            host.load(&state).unwrap();
            let saved = host.save();
            let mut again = Host::playing(kind, &saved);
            assert_eq!(again.save(), saved);
            again.stop();
            assert_eq!(again.save(), saved);
            assert_eq!(project(&saved), project(&state));
        }
    }
}

#[test]
fn values_layout_and_unknown_parts_survive() {
    let mut package = Package::from_bytes(&rich_state()).unwrap().into_owned();
    let plugin = r#"{"params": {"macro_01": 0.1, "master_gain": -6, "of_later": 3},
        "editor": {"width": 900, "height": 500}, "later": {"a": [1]}}"#;
    let plugin = PluginState::from_json(plugin.as_bytes()).unwrap();
    package.set_plugin_state(&plugin).unwrap();
    let mut bytes = package.to_bytes().unwrap();
    bytes = with_chunk(&bytes, Tag(*b"LATR"), b"not known here");

    let mut host = Host::playing(Kind::Instrument, &bytes);
    assert_eq!(host.value(Param::Macro(0)), 0.1);
    assert_eq!(host.value(Param::MasterGain), -6.0);
    let saved = host.save();
    let package = Package::from_bytes(&saved).unwrap();
    let kept = package.plugin_state().unwrap().unwrap();
    assert_eq!((kept.editor, &kept.extra), (plugin.editor, &plugin.extra));
    assert_eq!(kept.params["of_later"], 3.0);
    assert_eq!(
        package.unknown().collect::<Vec<_>>(),
        [(Tag(*b"LATR"), &b"not known here"[..])]
    );
}

/// What the VU meter calls 0 in a saved session.
fn vu_zero(saved: &[u8]) -> Option<f32> {
    let package = Package::from_bytes(saved).unwrap();
    package.plugin_state().unwrap().unwrap().vu_zero_dbfs
}

#[test]
fn what_0_vu_is_goes_with_the_session() {
    let old = rich_state();
    let mut package = Package::from_bytes(&old).unwrap().into_owned();
    let mut state = package.plugin_state().unwrap().unwrap_or_default();
    state.vu_zero_dbfs = Some(-14.0);
    package.set_plugin_state(&state).unwrap();
    let mut host = Host::playing(Kind::Instrument, &package.to_bytes().unwrap());
    assert_eq!(vu_zero(&host.save()), Some(-14.0));
    // One of before has none.
    host.load(&old).unwrap();
    assert_eq!(vu_zero(&host.save()), None);
}

/// The container with one more chunk before its end.
fn with_chunk(bytes: &[u8], tag: Tag, payload: &[u8]) -> Vec<u8> {
    use segue_engine::format::Version;
    use segue_engine::format::container::{Caps, Reader, Writer};
    let reader = Reader::new(bytes, &Caps::default()).unwrap();
    let mut writer = Writer::new(Caps::default());
    for chunk in reader.chunks() {
        writer
            .chunk(chunk.tag, chunk.version, chunk.flags, chunk.payload)
            .unwrap();
    }
    writer.chunk(tag, Version::new(7, 3), 5, payload).unwrap();
    writer.finish()
}

#[test]
fn bad_states_are_refused_and_what_plays_goes_on() {
    let good = rich_state();
    let mut newer = good.clone();
    newer[5] = 9;
    let mut noise = good.clone();
    for (n, byte) in noise.iter_mut().enumerate().skip(24) {
        *byte = n.wrapping_mul(2_654_435_761).to_le_bytes()[3];
    }
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 0x40;
        bytes
    };
    let unknown_insert = br#"{"format": "segue.project", "version": 1, "name": "x",
        "buses": [{"id": "a", "inserts": [{"id": "i", "kind": "no such thing"}]}]}"#;
    let bad: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("cut in the header", good[..10].to_vec()),
        ("cut in the middle", good[..good.len() / 2].to_vec()),
        ("cut at the end", good[..good.len() - 1].to_vec()),
        ("newer", newer),
        ("random", noise),
        ("a flipped bit", flipped(good.len() / 2)),
        ("a length that lies", flipped(15)),
        ("a megabyte of text", vec![b'x'; 1 << 20]),
        ("an oversized one", vec![0; 100_000_001]),
        (
            "a project that cannot be built",
            Package::new(&unknown_insert[..])
                .unwrap()
                .to_bytes()
                .unwrap(),
        ),
    ];
    let mut host = Host::playing(Kind::Instrument, &good);
    let before = host.save();
    for (name, bytes) in bad {
        assert!(host.load(&bytes).is_err(), "{name}");
        assert_eq!(host.save(), before, "{name}");
    }
    let out = host.render(4_000, &[], &[(0, Event::On(60, 1.0))], &[512]);
    assert!(out[0][3_000] > 0.1, "it still plays");
}

/// Runs silent blocks until the load that is under way is over.
fn settle(host: &mut Host) {
    let until = Instant::now() + Duration::from_secs(10);
    let before = host.asked.callback.load(Relaxed);
    while host.asked.callback.load(Relaxed) == before && Instant::now() < until {
        host.block(64, &[], &EventBuffer::new(), None);
        std::thread::yield_now();
    }
    host.idle();
    host.block(64, &[], &EventBuffer::new(), None);
}

#[test]
fn a_state_set_while_playing_takes_over_without_a_gap() {
    let mut host = Host::playing(Kind::Instrument, &state());
    host.idle();
    host.load(&rich_state()).unwrap();
    settle(&mut host);
    host.block(2_000, &[], &EventBuffer::new(), None);
    assert_eq!(project(&host.save()).macros[0].name, "Drive");
    assert!(
        host.asked.restart.load(Relaxed) > 0,
        "another latency asks for a restart"
    );
    assert!(
        host.asked.rescan.load(Relaxed) > 0,
        "names and values are new"
    );
    host.stop();
    host.start(48_000.0, 512);
    assert!(host.latency() > 0 && host.asked.latency.load(Relaxed) > 0);
    let out = host.render(4_000, &[], &[(0, Event::On(60, 1.0))], &[512]);
    assert!(out[0][3_000] > 0.1);
}

#[test]
fn what_passes_through_has_no_gap_while_projects_change() {
    let mut host = Host::playing(Kind::Effect, &Host::new(Kind::Effect).save());
    host.idle();
    let ones = [[vec![0.25; 64], vec![0.25; 64]]];
    let loaded = |host: &Host| host.asked.callback.load(Relaxed) > 0;
    let until = Instant::now() + Duration::from_secs(10);
    host.load(&state()).unwrap();
    let mut after = 0;
    while after < 40 && Instant::now() < until {
        let (outs, _) = host.block(64, &ones, &EventBuffer::new(), None);
        let steady = |x: &f32| (x - 0.25).abs() < 1e-6;
        assert!(outs[0].iter().flatten().all(steady));
        after += usize::from(loaded(&host));
        std::thread::yield_now();
    }
    assert_eq!(after, 40, "the load was over");
}

#[test]
fn names_and_texts_follow_the_project() {
    let mut host = Host::new(Kind::Instrument);
    host.load(&rich_state()).unwrap();
    let handle = host.instance.plugin_handle();
    let params: PluginParams = handle.get_extension().unwrap();
    let mut names = Vec::new();
    for index in 0..params.count(&handle) {
        let mut buffer = ParamInfoBuffer::new();
        let info = params.get_info(&handle, index, &mut buffer).unwrap();
        names.push(String::from_utf8_lossy(info.name).into_owned());
    }
    assert_eq!(names[..4], ["Bypass", "Master gain", "Drive", "Macro 2"]);
    assert_eq!(names.len(), segue_plugin::PARAM_COUNT);
    let id = ClapId::new(Param::MasterGain.number());
    let mut space = [0; 64];
    let shown = params.value_to_text(&handle, id, -6.0, &mut space).unwrap();
    assert_eq!(String::from_utf8_lossy(shown), "-6.00 dB");
    assert_eq!(params.text_to_value(&handle, id, c"-12 dB"), Some(-12.0));
}

#[test]
fn presets_load_from_the_library_and_from_files_and_mark_the_session() {
    let mut host = Host::new(Kind::Instrument);
    host.start(48_000.0, 512);
    host.render(
        64,
        &[],
        &[(0, Event::Value(Param::MasterGain, -3.0))],
        &[64],
    );
    host.stop();
    let load = |host: &mut Host, location: Location<'_>, key| {
        let handle = host.instance.plugin_handle();
        let preset: PluginPresetLoad = handle.get_extension().unwrap();
        preset.load_from_location(&handle, location, key).is_ok()
    };
    assert!(load(
        &mut host,
        Location::Plugin,
        Some(c"factory/night-chase")
    ));
    assert_eq!(project(&host.save()).name, "Night chase");
    assert_eq!(host.asked.dirty.load(Relaxed), 1);
    assert_eq!(host.value(Param::MasterGain), -3.0, "a preset leaves it");
    assert!(!load(&mut host, Location::Plugin, Some(c"factory/none")));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steps.segue");
    std::fs::write(&path, state()).unwrap();
    let path = CString::new(path.to_str().unwrap()).unwrap();
    assert!(load(&mut host, Location::File { path: &path }, None));
    assert_eq!(project(&host.save()).name, "Steps");
    assert!(!load(
        &mut host,
        Location::File {
            path: c"/no/such/file"
        },
        None
    ));
    assert_eq!(project(&host.save()).name, "Steps", "what was there stays");
}

#[test]
fn a_project_folder_is_embedded_while_small_and_missing_files_keep_their_reference() {
    let folder = tempfile::tempdir().unwrap();
    let json = project(&state()).to_json().unwrap();
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    std::fs::write(folder.path().join("project.json"), json).unwrap();
    std::fs::write(folder.path().join("assets/step.wav"), wav()).unwrap();
    let path = CString::new(folder.path().to_str().unwrap()).unwrap();
    let open = |host: &mut Host| {
        let handle = host.instance.plugin_handle();
        let preset: PluginPresetLoad = handle.get_extension().unwrap();
        let location = Location::File { path: &path };
        preset.load_from_location(&handle, location, None).unwrap();
    };
    let mut host = Host::new(Kind::Instrument);
    open(&mut host);
    assert_eq!(
        Package::from_bytes(&host.save()).unwrap().assets().count(),
        1
    );

    std::fs::remove_file(folder.path().join("assets/step.wav")).unwrap();
    open(&mut host);
    let saved = host.save();
    let package = Package::from_bytes(&saved).unwrap();
    assert_eq!(package.assets().count(), 0);
    let root = package.plugin_state().unwrap().unwrap().assets_root;
    assert_eq!(root.as_deref(), folder.path().to_str());
    // It loads, is silent where the file is missing, and keeps the reference.
    let mut again = Host::playing(Kind::Instrument, &saved);
    let out = again.render(2_000, &[], &[(0, Event::On(60, 1.0))], &[500]);
    assert!(out[0].iter().all(|x| *x == 0.0));
    assert_eq!(again.save(), saved);
    again.stop();
    // Back in its place it plays again.
    std::fs::write(folder.path().join("assets/step.wav"), wav()).unwrap();
    again.start(48_000.0, 512);
    let out = again.render(2_000, &[], &[(0, Event::On(60, 1.0))], &[500]);
    assert!(out[0][1_000] > 0.1);
}

#[test]
fn the_built_file_has_both_plug_ins() {
    let Some(entry) = built_library() else {
        panic!("cargo has built the library beside this test");
    };
    let factory = entry.get_plugin_factory().unwrap();
    let ids: Vec<String> = factory
        .plugin_descriptors()
        .map(|descriptor| text(descriptor.id().unwrap()))
        .collect();
    assert_eq!(ids, Kind::ALL.map(|kind| text(kind.id())));
    let mut host = Host::of(&entry, Kind::Instrument);
    host.load(&state()).unwrap();
    host.start(48_000.0, 512);
    let out = host.render(2_000, &[], &[(99, Event::On(60, 1.0))], &[512]);
    assert_eq!(out[0].iter().position(|x| *x != 0.0), Some(99));
}
