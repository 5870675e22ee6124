//! The scene of the factory project, played by a host's notes, has the bits of `segue run`.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::host::Event;
use crate::unit::FORMATS;
use segue_engine::format::container::Package;
use segue_engine::format::project::Project;
use segue_engine::game::Call;
use segue_engine::project::{open, tempo_map};
use segue_engine::render::{RenderOptions, WavFormat, render_scene};
use segue_engine::scene::Scene;
use segue_plugin::Kind;

const RATE: u32 = 48_000;

fn factory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/factory")
}

/// The factory project as a plug-in's state.
fn state() -> Vec<u8> {
    let mut files = segue_presets::NIGHT_CHASE.iter();
    let (_, json) = files.next().unwrap();
    let mut package = Package::new(json.to_vec()).unwrap();
    for (name, bytes) in files {
        package.add_asset(name, bytes).unwrap();
    }
    package.to_bytes().unwrap()
}

/// Each post of the scene as the note that the project has for its event.
fn notes(project: &Project, scene: &Scene) -> Vec<(usize, Event)> {
    let bindings = project.interactive.notes.iter();
    let keys: HashMap<&str, u8> = bindings
        .filter_map(|note| Some((note.on.as_deref()?, note.keys[0])))
        .collect();
    let tempo = tempo_map(project, RATE).unwrap();
    let calls = scene.timed(&tempo).unwrap().into_iter();
    calls
        .filter_map(|timed| match timed.call {
            Some(Call::Post { event, .. }) => {
                let at = usize::try_from(timed.at).unwrap();
                Some((at, Event::On(keys[event.as_str()], 1.0)))
            }
            Some(call) => panic!("{call:?} has no note"),
            None => None,
        })
        .collect()
}

/// Both sides of a stereo WAV of 32-bit floats.
fn sides(path: &Path) -> [Vec<f32>; 2] {
    let bytes = std::fs::read(path).unwrap();
    let mut at = 12;
    while &bytes[at..at + 4] != b"data" {
        at += 8 + u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
    }
    let samples = bytes[at + 8..].as_chunks::<4>().0.iter();
    let samples: Vec<f32> = samples.map(|four| f32::from_le_bytes(*four)).collect();
    let side = |n: usize| samples.iter().skip(n).step_by(2).copied().collect();
    [side(0), side(1)]
}

#[test]
fn a_scene_has_the_same_bits_in_the_plug_ins_and_on_the_command_line() {
    let project = open(&factory()).unwrap();
    let text = std::fs::read_to_string(factory().join("scenes/chase.txt")).unwrap();
    let scene = Scene::parse("chase.txt", &text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("chase.wav");
    let options = RenderOptions {
        rate: Some(RATE),
        format: WavFormat::F32,
        cache: Some(folder.path().join("cache")),
        ..RenderOptions::default()
    };
    let go_on = &mut |_: segue_engine::render::RenderProgress<'_>| ControlFlow::Continue(());
    let rendered = render_scene(&project, &scene, &options, Some(&wav), None, go_on).unwrap();
    assert!(rendered.render.loudness_lufs > -30.0);
    let wanted = sides(&wav);
    let notes = notes(&project.project, &scene);
    assert!(notes.len() > 100);
    for make in FORMATS {
        let mut unit = make(Kind::Instrument);
        // Nobody waits for the disk otherwise.
        unit.set_offline(true);
        assert!(unit.load(&state()));
        unit.start(f64::from(RATE), 4_096);
        let latency = unit.latency() as usize;
        let frames = wanted[0].len() + latency;
        let out = unit.play(frames, &[], &notes, &[512, 33, 4_096], &|_| None);
        for (out, wanted) in out.iter().zip(&wanted) {
            let differ = out[latency..].iter().zip(wanted).position(|(a, b)| a != b);
            assert_eq!(differ, None, "the first frame that differs");
        }
    }
}
