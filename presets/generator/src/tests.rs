//! What the files have to be: the same everywhere, clean, seamless, and well levelled.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use ebur128::{EbuR128, Mode};
use segue_dsp::pan::{PanLaw, gains};
use segue_dsp::processor::PROCESSORS;
use segue_format::project::{Project, Warning};

mod lantern;

use crate::catalogue::{ITEMS, Item, Pcm, Role};
use crate::clock::{BAR, LOOP, RATE};
use crate::output::PROJECT_FILE;

/// Most bytes of the whole folder.
const FOLDER_BYTES: u64 = 4_000_000;
/// Size of a 16-bit step.
const STEP: f64 = 1.0 / 32_768.0;

/// BLAKE3 of the first second of each file's samples (16 bits, little-endian), first 16 digits.
/// A change here is a change of the music: made on purpose or not at all.
const FIRST_SECONDS: &[(&str, &str)] = &[
    ("pad", "86e7ac791fb28dd8"),
    ("bass", "f9763a4acad085f8"),
    ("drums_light", "e0b3a3142aa3b35c"),
    ("drums_full", "a1ed0ad6e60582eb"),
    ("arp", "0b5594df581adc99"),
    ("lead", "91bd2ec76b9c0937"),
    ("wind", "fc9fc1e91bacafad"),
    ("ui_tick", "b8b30c5dac4e556c"),
    ("ui_confirm", "58146bd105f6ffd8"),
    ("ui_cancel", "3eae5059a435eb5e"),
    ("coin", "4aafad7133a8f24c"),
    ("bell", "df31de8c92a1c49a"),
    ("boost", "d9c4d66dd9351513"),
    ("footstep_a", "df1f7b13c83452bd"),
    ("footstep_b", "76bb5bbde5ad3e74"),
    ("impact", "71476838420ef0c1"),
    ("whoosh", "9c996227a150f747"),
    ("riser", "b81cc86b9d5030c9"),
    ("stinger", "ccc127cf3eaaba00"),
    ("vo_near", "032fa02944f630f3"),
    ("vo_go", "9054e11a87d56d0e"),
    ("vo_clear", "b072255c1427ca4a"),
];

#[test]
fn the_first_seconds_are_the_same_everywhere() {
    let found: Vec<(&str, String)> = all()
        .map(|(item, pcm)| (item.id, first_second(pcm)))
        .collect();
    let shown: Vec<String> = found
        .iter()
        .map(|(id, hash)| format!("    (\"{id}\", \"{hash}\"),"))
        .collect();
    let expected = FIRST_SECONDS
        .iter()
        .map(|(id, hash)| (*id, (*hash).to_owned()));
    assert!(
        found.iter().cloned().eq(expected),
        "it is now\n{}",
        shown.join("\n")
    );
}

#[test]
fn nothing_clips_and_levels_leave_room() {
    for (item, pcm) in every() {
        let peak = pcm.interleaved.iter().fold(0, |high, x| high.max(x.abs()));
        let db = 20.0 * (f64::from(peak) * STEP).log10();
        let range = match item.role {
            Role::Stem => -20.0..-3.0,
            // Reels that turn are louder than a night.
            Role::Ambience => -36.0..-8.0,
            Role::Shot => -9.1..-3.9,
        };
        assert!(
            pcm.clips == 0 && range.contains(&db),
            "{}: {db:.1} dBFS",
            item.id
        );
    }
}

#[test]
fn nothing_has_a_constant_part() {
    for (item, pcm) in every() {
        for channel in channels(pcm) {
            let mean = channel.iter().sum::<f64>() / channel.len() as f64;
            assert!(mean.abs() < STEP, "{}: {mean:e}", item.id);
        }
    }
}

/// The step from the last frame to the first is no larger than those around it.
#[test]
fn loops_have_no_seam() {
    for (item, pcm) in every().filter(|(item, _)| item.role != Role::Shot) {
        for channel in channels(pcm) {
            let end = channel.len() - 64;
            let around: Vec<f64> = channel[end..]
                .iter()
                .chain(&channel[..64])
                .copied()
                .collect();
            let steps: Vec<f64> = around
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).abs())
                .collect();
            let (seam, others) = (steps[63], [&steps[..63], &steps[64..]].concat());
            let largest = others.into_iter().fold(0.0, f64::max);
            assert!(seam <= largest + STEP, "{}: {seam:e} {largest:e}", item.id);
        }
    }
}

#[test]
fn shots_begin_and_end_in_silence() {
    for (item, pcm) in every().filter(|(item, _)| item.role == Role::Shot) {
        for channel in channels(pcm) {
            let (first, last) = (channel[0].abs(), channel[channel.len() - 1].abs());
            assert!(
                first < 400.0 * STEP && last < 2.0 * STEP,
                "{}: {first} {last}",
                item.id
            );
        }
    }
}

#[test]
fn stems_repeat_within_the_loop() {
    for (item, pcm) in all().filter(|(item, _)| item.role == Role::Stem) {
        assert!(
            LOOP.is_multiple_of(pcm.frames()) && pcm.frames().is_multiple_of(4 * BAR),
            "{}",
            item.id
        );
    }
}

#[test]
fn the_stems_grow_to_their_loudness() {
    let order = ["pad", "drums_light", "bass", "arp", "lead", "drums_full"];
    let mut loudness = f64::NEG_INFINITY;
    let mut peak = 0.0;
    for count in 1..=order.len() {
        let (next, high) = measure(&mix(&order[..count]));
        assert!(
            next > loudness + 0.3,
            "{:?}: {next:.1} after {loudness:.1} LUFS",
            &order[..count]
        );
        (loudness, peak) = (next, high);
    }
    assert!((loudness + 18.0).abs() < 0.5, "{loudness:.2} LUFS");
    assert!(20.0 * f64::log10(peak) < -1.0, "{peak} true peak");
}

#[test]
fn every_stem_is_heard_alone() {
    for (item, _) in all().filter(|(item, _)| item.role == Role::Stem) {
        let (loudness, _) = measure(&mix(&[item.id]));
        assert!(
            (-31.0..-20.0).contains(&loudness),
            "{}: {loudness:.1} LUFS",
            item.id
        );
    }
}

#[test]
fn the_project_is_valid_and_uses_everything() {
    let project = project();
    let used: BTreeSet<&str> = project
        .sounds
        .iter()
        .map(|sound| sound.asset.as_str())
        .collect();
    assert!(
        project
            .assets
            .iter()
            .all(|asset| used.contains(asset.id.as_str()))
    );
    let clips = project.clips.iter().map(|clip| clip.sound.as_str());
    let played: BTreeSet<&str> = clips
        .chain(project.notes.iter().map(|note| note.sound.as_str()))
        .collect();
    let mut named = BTreeSet::new();
    names(
        &serde_json::to_value(&project.interactive).unwrap(),
        &mut named,
    );
    for sound in &project.sounds {
        let id = sound.id.as_str();
        assert!(played.contains(id) || named.contains(id), "{id}");
    }
}

/// Every text in a value.
fn names(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) => _ = found.insert(text.clone()),
        serde_json::Value::Array(list) => list.iter().for_each(|value| names(value, found)),
        serde_json::Value::Object(map) => map.values().for_each(|value| names(value, found)),
        _ => {}
    }
}

/// A layer that enters elsewhere plays another chord than the others.
#[test]
fn layers_enter_where_the_harmony_does() {
    let project = project();
    for clip in project.clips.iter().filter(|clip| clip.looped) {
        let bars = if clip.sound.starts_with("drums") || clip.sound == "wind" {
            4.0
        } else {
            8.0
        };
        assert_eq!(clip.at_beats % (4.0 * bars), 0.0, "{}", clip.sound);
    }
}

#[test]
fn the_inserts_know_their_parameters() {
    for bus in &project().buses {
        for insert in &bus.inserts {
            let kind = PROCESSORS
                .iter()
                .find(|processor| processor.id == insert.kind);
            let rows = kind
                .unwrap_or_else(|| panic!("no processor {}", insert.kind))
                .params;
            for (name, value) in &insert.params {
                let row = rows.iter().find(|row| row.id == name);
                let row = row.unwrap_or_else(|| panic!("{}: no parameter {name}", insert.kind));
                assert_eq!(row.check(segue_dsp::math::to_f32(*value)), Ok(()));
            }
        }
    }
}

#[test]
fn the_folder_is_small_and_complete() {
    let folder = folder();
    let project = project();
    let size = |path: PathBuf| fs::metadata(path).unwrap().len();
    let assets = fs::read_dir(folder.join("assets")).unwrap();
    let files: Vec<PathBuf> = assets.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), project.assets.len());
    let total: u64 = files.into_iter().map(size).sum::<u64>() + size(folder.join(PROJECT_FILE));
    assert!(total < FOLDER_BYTES, "{total} bytes");
    for asset in &project.assets {
        let bytes = fs::read(folder.join(&asset.file)).unwrap();
        let hash = blake3::hash(&bytes).to_hex().to_string();
        assert_eq!(asset.hash.as_deref(), Some(hash.as_str()), "{}", asset.file);
    }
}

/// Every file of both projects.
fn every() -> impl Iterator<Item = (&'static Item, &'static Pcm)> {
    all().chain(lantern::all())
}

/// Every file, rendered once for all tests.
fn all() -> impl Iterator<Item = (&'static Item, &'static Pcm)> {
    static RENDERED: OnceLock<Vec<Pcm>> = OnceLock::new();
    ITEMS
        .iter()
        .zip(RENDERED.get_or_init(|| ITEMS.iter().map(Item::render).collect()))
}

fn first_second(pcm: &Pcm) -> String {
    let samples = pcm
        .interleaved
        .iter()
        .take(RATE as usize * usize::from(pcm.channels));
    let bytes: Vec<u8> = samples
        .flat_map(|x| i16::try_from(*x).unwrap().to_le_bytes())
        .collect();
    blake3::hash(&bytes).to_hex()[..16].to_owned()
}

fn channels(pcm: &Pcm) -> Vec<Vec<f64>> {
    let count = usize::from(pcm.channels);
    let channel = |c: usize| pcm.interleaved.iter().skip(c).step_by(count);
    (0..count)
        .map(|c| channel(c).map(|x| f64::from(*x) * STEP).collect())
        .collect()
}

/// The whole loop of some stems as the engine mixes them: mono in the centre, stereo as it is.
fn mix(stems: &[&str]) -> [Vec<f64>; 2] {
    let mut sides = [vec![0.0; LOOP], vec![0.0; LOOP]];
    let centre = f64::from(gains(PanLaw::Minus3, 0.0).0);
    for (_, pcm) in all().filter(|(item, _)| stems.contains(&item.id)) {
        let planes = channels(pcm);
        for (index, side) in sides.iter_mut().enumerate() {
            let (plane, gain) = if planes.len() == 2 {
                (&planes[index], 1.0)
            } else {
                (&planes[0], centre)
            };
            let source = plane.iter().cycle();
            side.iter_mut()
                .zip(source)
                .for_each(|(sum, x)| *sum += gain * x);
        }
    }
    sides
}

/// Integrated loudness in LUFS and the true peak, by a meter that is not ours.
fn measure([left, right]: &[Vec<f64>; 2]) -> (f64, f64) {
    let mut meter = EbuR128::new(2, RATE, Mode::I | Mode::TRUE_PEAK).unwrap();
    meter.add_frames_planar_f64(&[left, right]).unwrap();
    let peak = (0..2)
        .map(|c| meter.true_peak(c).unwrap())
        .fold(0.0, f64::max);
    (meter.loudness_global().unwrap(), peak)
}

/// The project in the tree.
fn project() -> Project {
    let bytes = fs::read(folder().join(PROJECT_FILE)).unwrap();
    let (project, warnings) = Project::from_json(&bytes).unwrap();
    assert_eq!(warnings, [] as [Warning; 0]);
    project
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "factory"]
        .iter()
        .collect()
}
