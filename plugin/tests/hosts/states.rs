//! States that are broken in every place, newer than this Segue, or without their files: what plays
//! goes on, and the error says what is wrong and where.

use crate::host::{Event, Host};
use crate::projects::{rich_state, state};
use crate::unit::playing;
use segue_engine::format::Version;
use segue_engine::format::container::{Caps, Package, PluginState, Reader, Tag, Writer};
use segue_plugin::{Kind, Param};
use std::sync::atomic::Ordering::Relaxed;

/// Bytes before the first chunk.
const HEADER: usize = 20;

/// `(tag, first byte, end)` of each chunk's header and payload.
fn chunks(bytes: &[u8]) -> Vec<(Tag, usize, usize)> {
    let reader = Reader::new(bytes, &Caps::default()).unwrap();
    let place = |payload: &[u8]| payload.as_ptr().addr() - bytes.as_ptr().addr();
    let mut start = HEADER;
    let mut list = Vec::new();
    for chunk in reader.chunks() {
        let end = place(chunk.payload) + chunk.payload.len();
        list.push((chunk.tag, start, end));
        start = end;
    }
    list
}

/// A running instance that must not notice what is loaded into it.
struct Witness {
    host: Host,
    before: Vec<u8>,
}

impl Witness {
    fn new() -> Self {
        let mut host = Host::playing(Kind::Instrument, &rich_state());
        host.idle();
        let before = host.save();
        Self { host, before }
    }

    /// Refuses these bytes with a text that has `words` in it.
    #[track_caller]
    fn refuses(&mut self, bytes: &[u8], words: &[&str]) {
        assert!(self.host.load(bytes).is_err());
        let error = self.host.error().expect("an error is told");
        for word in words {
            assert!(error.contains(word), "{error:?} lacks {word:?}");
        }
        assert!(self.host.save() == self.before);
    }

    fn still_plays(mut self) {
        let out = self
            .host
            .render(4_000, &[], &[(0, Event::On(60, 1.0))], &[512]);
        assert!(out[0][3_000] > 0.1);
        assert_eq!(self.host.asked.restart.load(Relaxed), 0);
    }
}

#[test]
fn damage_and_cuts_in_every_chunk_are_named() {
    let good = rich_state();
    let mut witness = Witness::new();
    let list = chunks(&good);
    assert!(list.len() >= 2);
    for (tag, start, end) in list {
        let name = tag.to_string();
        for at in (start..end).step_by(7).chain([end - 1]) {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            witness.refuses(&bad, &["offset"]);
        }
        let mut bad = good.clone();
        bad[end - 1] ^= 1;
        witness.refuses(&bad, &[&name, "offset"]);
        for cut in [start, start + 1, start + 20, (start + end) / 2, end - 1] {
            witness.refuses(&good[..cut], &["offset"]);
        }
    }
    for at in 0..HEADER {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        witness.refuses(&bad, &[]);
    }
    witness.still_plays();
}

#[test]
fn what_is_too_large_or_no_state_at_all_is_refused() {
    let mut witness = Witness::new();
    let mut number = 1_u32;
    let noise: Vec<u8> = (0..1 << 20)
        .map(|_| {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            number.to_be_bytes()[0]
        })
        .collect();
    witness.refuses(&noise, &["not a"]);
    witness.refuses(&[], &[]);
    witness.refuses(&vec![0; 100_000_001], &["100000000", "container_bytes"]);
    // A chunk that says it is larger than any may be is not even allocated.
    let mut bad = rich_state();
    let (_, start, _) = chunks(&bad)[0];
    bad[start + 8..start + 16].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    witness.refuses(&bad, &["offset"]);
    witness.still_plays();
}

/// The state written by a Segue of another version, with a chunk that nobody knows yet.
fn written_by(major: u8, minor: u8) -> Vec<u8> {
    let bytes = rich_state();
    let reader = Reader::new(&bytes, &Caps::default()).unwrap();
    let mut writer = Writer::new(Caps::default());
    for chunk in reader.chunks() {
        writer
            .chunk(chunk.tag, chunk.version, chunk.flags, chunk.payload)
            .unwrap();
    }
    let later = Version::new(7, 3);
    writer.chunk(Tag(*b"NEWS"), later, 0, b"new").unwrap();
    let mut bytes = writer.finish();
    bytes[4..6].copy_from_slice(&[minor, major]);
    let head = crc32c::crc32c(&bytes[..16]);
    bytes[16..HEADER].copy_from_slice(&head.to_le_bytes());
    let end = bytes.len() - 4;
    let whole = crc32c::crc32c(&bytes[..end]);
    bytes[end..].copy_from_slice(&whole.to_le_bytes());
    bytes
}

#[test]
fn a_newer_minor_version_loads_and_a_major_one_says_so() {
    let mut host = Host::playing(Kind::Instrument, &written_by(1, 7));
    let saved = host.save();
    let kept = Package::from_bytes(&saved).unwrap();
    assert_eq!(kept.unknown().count(), 1);
    let out = host.render(4_000, &[], &[(0, Event::On(60, 1.0))], &[512]);
    assert!(out[0][3_000] > 0.1);

    let mut witness = Witness::new();
    witness.refuses(&written_by(2, 0), &["2.0", "1.x"]);
    witness.still_plays();
}

#[test]
fn a_project_that_cannot_be_built_is_refused() {
    let mut witness = Witness::new();
    let json = br#"{"format": "segue.project", "version": 1, "name": "x",
        "buses": [{"id": "a", "inserts": [{"id": "i", "kind": "no such thing"}]}]}"#;
    let package = Package::new(&json[..]).unwrap();
    witness.refuses(&package.to_bytes().unwrap(), &["no such thing"]);
    witness.still_plays();
}

#[test]
fn a_session_whose_folder_is_gone_keeps_its_reference_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    let (project, _) = Package::from_bytes(&state()).unwrap().project().unwrap();
    let mut package = Package::new(project.to_json().unwrap()).unwrap();
    let plugin = PluginState {
        assets_root: Some(gone.to_str().unwrap().to_owned()),
        ..PluginState::default()
    };
    package.set_plugin_state(&plugin).unwrap();
    let bytes = package.to_bytes().unwrap();
    for mut unit in playing(Kind::Instrument, &bytes) {
        unit.idle();
        let out = unit.play(2_000, &[], &[(0, Event::On(60, 1.0))], &[500], &|_| None);
        assert!(out[0].iter().all(|x| *x == 0.0));
        let saved = unit.save();
        let kept = Package::from_bytes(&saved).unwrap();
        let root = kept.plugin_state().unwrap().unwrap().assets_root;
        assert_eq!(root.as_deref(), gone.to_str());
        assert_eq!(kept.project().unwrap().0, project);
    }
    // Back in its place, it plays.
    std::fs::create_dir_all(gone.join("assets")).unwrap();
    std::fs::write(gone.join("assets/step.wav"), crate::projects::wav()).unwrap();
    for mut unit in playing(Kind::Instrument, &bytes) {
        let out = unit.play(2_000, &[], &[(0, Event::On(60, 1.0))], &[500], &|_| None);
        assert!(out[0][1_000] > 0.1);
    }
}

#[test]
fn a_duplicated_track_is_the_same_while_the_first_one_plays() {
    for [mut one, mut two] in [0, 1].map(|format| {
        let [clap, vst3] = playing(Kind::Instrument, &rich_state());
        let mut one = if format == 0 { clap } else { vst3 };
        let events = [
            (0, Event::Value(Param::Macro(0), 0.25)),
            (1, Event::On(60, 1.0)),
        ];
        one.play(700, &[], &events, &[64], &|_| None);
        let saved = one.save();
        let [clap, vst3] = playing(Kind::Instrument, &saved);
        [one, if format == 0 { clap } else { vst3 }]
    }) {
        assert_eq!(
            (one.value(Param::Macro(0)), two.value(Param::Macro(0))),
            (0.25, 0.25)
        );
        assert!(one.save() == two.save());
        // The first one ends; then both play the same.
        one.play(9_300, &[], &[], &[64], &|_| None);
        let events = [(32, Event::On(60, 1.0))];
        let mut heard = [&mut one, &mut two]
            .map(|unit| unit.play(4_000, &[], &events, &[512], &|_| None)[0][3_000]);
        heard.sort_by(f32::total_cmp);
        assert!(heard[0] > 0.1 && heard[1] - heard[0] < 1e-4, "{heard:?}");
    }
}
