//! The host's transport: the clip of [`state`] begins at beat 4, on the frame that arithmetic says.

use crate::host::Host;
use crate::projects::state;
use crate::unit::{Song, Unit, playing};
use clack_host::events::io::EventBuffer;
use segue_plugin::Kind;

/// Frames of a beat at 150 bpm and 48 kHz.
const BEAT: usize = 19_200;

/// Frames at which sound follows on silence.
fn onsets(signal: &[f32]) -> Vec<usize> {
    let is_onset = |n: &usize| signal[*n] != 0.0 && (*n == 0 || signal[n - 1] == 0.0);
    (0..signal.len()).filter(is_onset).collect()
}

/// The song of a host that plays on from `beats` at 150 bpm.
fn from(beats: f64) -> impl Fn(usize) -> Option<Song> {
    move |at| Some(Song::at(beats + at as f64 / BEAT as f64))
}

#[test]
fn a_clip_starts_on_its_frame_for_any_blocks_in_both_formats() {
    for sizes in [&[64][..], &[1_000], &[30_000], &[1, 999, 17]] {
        for mut unit in playing(Kind::Instrument, &state()) {
            let out = unit.play(30_000, &[], &[], sizes, &from(3.0));
            assert_eq!(onsets(&out[0]), [BEAT], "{sizes:?}");
        }
    }
}

#[test]
fn a_stopped_host_and_none_play_no_clips() {
    for mut unit in playing(Kind::Instrument, &state()) {
        let still = |at: usize| {
            from(3.0)(at).map(|song| Song {
                playing: false,
                ..song
            })
        };
        let out = unit.play(30_000, &[], &[], &[512], &still);
        assert!(onsets(&out[0]).is_empty());
        // The song starts in the middle: the clip's first frame is found at its time.
        let later = |at: usize| match at {
            0..10_240 => still(0),
            _ => from(3.0)(at - 10_240),
        };
        let out = unit.play(40_000, &[], &[], &[512], &later);
        assert_eq!(onsets(&out[0]), [10_240 + BEAT]);
    }
    for mut unit in playing(Kind::Instrument, &state()) {
        let out = unit.play(200_000, &[], &[], &[2_048], &|_| None);
        assert!(onsets(&out[0]).is_empty());
    }
}

#[test]
fn a_jump_ends_what_sounds_and_finds_what_is_there() {
    for mut unit in playing(Kind::Instrument, &state()) {
        // 1,000 frames into the clip the host jumps to just before it, at a tempo of its own.
        let song = |at: usize| match at {
            0..20_480 => from(3.0)(at),
            _ => from(4.0 - 5_000.0 / BEAT as f64)(at - 20_480),
        };
        let out = unit.play(35_000, &[], &[], &[512], &song);
        assert_eq!(onsets(&out[0]), [BEAT, 20_480 + 5_000]);
        // The first one has faded out after 5 ms, with no step of more than its level / 240.
        assert!(
            out[0][20_480 + 240..20_480 + 5_000]
                .iter()
                .all(|x| *x == 0.0)
        );
        let fade = &out[0][20_400..20_800];
        let steps = fade.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.01);
    }
}

#[test]
fn a_loop_is_wrapped_inside_of_blocks() {
    for sizes in [&[480][..], &[48_000], &[7_000, 1]] {
        for mut unit in playing(Kind::Instrument, &state()) {
            // From beat 4 to 4.5: 9,600 frames; the sound lasts 4,800.
            let song = |at: usize| {
                let lap = BEAT / 2;
                let beats = 4.0 + (at % lap) as f64 / BEAT as f64;
                let range = Some((4.0, 4.5));
                Some(Song {
                    range,
                    ..Song::at(beats)
                })
            };
            let out = unit.play(48_000, &[], &[], sizes, &song);
            let laps: Vec<usize> = (0..5).map(|lap| lap * BEAT / 2).collect();
            assert_eq!(onsets(&out[0]), laps, "{sizes:?}");
        }
    }
}

#[test]
fn a_change_of_tempo_moves_what_comes() {
    for mut unit in playing(Kind::Instrument, &state()) {
        // Half a beat at 150 bpm, then 75 bpm: half a beat lasts as long as a whole one did.
        let song = |at: usize| match at {
            0..9_600 => from(3.0)(at),
            _ => Some(Song {
                bpm: 75.0,
                ..Song::at(3.5 + (at - 9_600) as f64 / (2 * BEAT) as f64)
            }),
        };
        let out = unit.play(40_000, &[], &[], &[480], &song);
        assert_eq!(onsets(&out[0]), [9_600 + BEAT]);
    }
}

#[test]
fn transport_events_count_from_their_frame_in_the_block() {
    let mut host = Host::playing(Kind::Instrument, &state());
    let mut events = EventBuffer::new();
    events.push(&Song::at(4.0 - 100.0 / BEAT as f64).event(300));
    let stop = Song {
        playing: false,
        ..Song::at(4.0)
    };
    events.push(&stop.event(2_000));
    let start = Song::at(0.0).event(0);
    let (outs, _) = host.block(4_000, &[], &events, Some(&start));
    assert_eq!(onsets(&outs[0][0]), [400]);
    assert!(outs[0][0][1_999] != 0.0 && outs[0][0][2_240..].iter().all(|x| *x == 0.0));
}

#[test]
fn a_tempo_ramp_is_followed_inside_of_a_block() {
    for sizes in [&[60_000][..], &[64], &[1_000, 3]] {
        let mut host = Host::playing(Kind::Instrument, &state());
        // From 60 bpm, 120 more each second: t + t * t beats after t seconds. One beat later it is
        // (sqrt(5) - 1) / 2 s.
        let song = |at: usize| {
            let seconds = at as f64 / 48_000.0;
            Some(Song {
                bpm: 60.0 + 120.0 * seconds,
                ramp: 120.0 / 48_000.0,
                ..Song::at(3.0 + seconds + seconds * seconds)
            })
        };
        let out = host.play(60_000, &[], &[], sizes, &song);
        let frame = (5_f64.sqrt() - 1.0) / 2.0 * 48_000.0;
        assert_eq!(onsets(&out[0]), [frame.round() as usize], "{sizes:?}");
    }
}

#[test]
fn a_host_that_goes_leaves_the_song_running() {
    for mut unit in playing(Kind::Instrument, &state()) {
        // At the project's own 120 bpm from there on: half a beat is 12,000 frames.
        let song = |at: usize| if at < 9_600 { from(3.0)(at) } else { None };
        let out = unit.play(30_000, &[], &[], &[480], &song);
        assert_eq!(onsets(&out[0]), [9_600 + 12_000]);
    }
}

#[test]
fn no_transport_is_taken_at_its_word_when_it_makes_no_sense() {
    for mut unit in playing(Kind::Instrument, &state()) {
        for bad in [f64::NAN, f64::INFINITY, -1e300, 0.0] {
            let song = Song {
                bpm: bad,
                beats: bad,
                range: Some((bad, 0.0)),
                signature: (0, 3),
                ..Song::at(0.0)
            };
            let outs = unit.run(512, &[], &[], Some(song));
            assert!(outs[0].iter().flatten().all(|x| x.is_finite()));
        }
        let out = unit.play(30_000, &[], &[], &[512], &from(3.0));
        assert_eq!(onsets(&out[0]), [BEAT]);
    }
}
