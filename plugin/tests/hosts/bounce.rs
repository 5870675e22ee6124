//! An offline bounce has the bits of real time, streamed sounds and all.

use crate::host::Event;
use crate::projects::state;
use crate::unit::{FORMATS, Song};
use segue_engine::format::container::Package;
use segue_engine::format::project::Streaming;
use segue_plugin::{Kind, Param};
use std::time::{Duration, Instant};

/// The clip of [`state`] twenty times as long, and streamed from the disk.
fn streamed() -> Vec<u8> {
    let package = Package::from_bytes(&state()).unwrap().into_owned();
    let (mut project, _) = package.project().unwrap();
    for asset in &mut project.assets {
        asset.stream = Streaming::Always;
    }
    let mut again = Package::new(project.to_json().unwrap()).unwrap();
    again
        .add_asset("assets/step.wav", &crate::projects::wav_of(20 * 4_800))
        .unwrap();
    again.to_bytes().unwrap()
}

#[test]
fn a_bounce_of_a_streamed_song_has_the_bits_of_real_time() {
    let state = streamed();
    let song = |at: usize| Some(Song::at(3.9 + at as f64 / 19_200.0));
    let events = [
        (500, Event::Value(Param::MasterGain, -42.0)),
        (30_000, Event::Value(Param::MasterGain, 12.0)),
    ];
    let mut first = None;
    for make in FORMATS {
        for (is_offline, sizes) in [
            (false, &[64][..]),
            (true, &[8_192]),
            (true, &[64]),
            (true, &[1_000, 1, 77]),
        ] {
            let mut unit = make(Kind::Instrument);
            unit.set_offline(is_offline);
            assert!(unit.load(&state));
            unit.start(48_000.0, 8_192);
            // A device would ask for its next block when the last one has been heard.
            let start = Instant::now();
            let timed = |at: usize| {
                let due = Duration::from_secs_f64(at as f64 / 48_000.0);
                while !is_offline && start.elapsed() < due {
                    std::thread::yield_now();
                }
                song(at)
            };
            let out = unit.play(90_000, &[], &events, sizes, &timed);
            let end = &out[0][80_000..];
            assert!(end.iter().all(|x| (x - end[0]).abs() < 1e-3 && *x > 0.5));
            let first = first.get_or_insert_with(|| out.clone());
            assert!(*first == out, "{is_offline} {sizes:?}");
        }
    }
}
