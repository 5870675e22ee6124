//! Streamed sounds: what the lanes carry sounds like what lies in memory.

use super::rig::{FRAMES, Rig, sample, setup};
use super::*;
use crate::voices::lanes::LaneJob;
use crate::voices::{LoopSpec, VoiceEvent};

/// The I/O thread, by hand: keeps every lane full of what its voice asked for.
struct Writer {
    jobs: Vec<Option<LaneJob>>,
    stereo: bool,
    /// Frames a call may write.
    speed: usize,
}

impl Writer {
    fn new(stereo: bool, speed: usize) -> Self {
        Self {
            jobs: vec![None; 2],
            stereo,
            speed,
        }
    }

    fn work(&mut self, rig: &mut Rig) {
        for (lane, job) in rig.link.lanes.iter_mut().zip(&mut self.jobs) {
            if let Some(new) = lane.take_job() {
                *job = Some(new);
            }
            let Some(job) = job else { continue };
            let end = job.looping.unrolled(FRAMES as u64);
            for _ in 0..self.speed.min(lane.room()) {
                let at = lane.position();
                if at >= end {
                    lane.set_end(end);
                    break;
                }
                let (frame, _) = job.looping.locate(at, FRAMES as u64);
                let frame = usize::try_from(frame).unwrap();
                let right = usize::from(self.stereo);
                lane.write(&[sample(0, frame), sample(right, frame)]);
            }
        }
    }

    fn run(&mut self, rig: &mut Rig, end: u64) {
        while rig.renderer.now() < end {
            self.work(rig);
            rig.block(100);
        }
    }
}

/// Plays the same on a resident and on a streamed sound and compares bits.
fn check(params: impl Fn(VoiceParams) -> VoiceParams, more: &[(u64, VoiceCommand)], end: u64) {
    for (resident, streamed, stereo) in [(1, 3, true), (0, 4, false)] {
        let play = |index| {
            let mut rig = Rig::new(&setup(SimdLevel::detect()));
            rig.start(130, 1, params(rig.sound(index, 0)));
            for (at, command) in more {
                rig.at(*at, Plain::Voice(*command));
            }
            Writer::new(stereo, usize::MAX).run(&mut rig, end);
            assert_eq!(rig.link.snapshots.read().voices.missing_frames, 0);
            rig.bits()
        };
        assert!(play(resident) == play(streamed), "stereo: {stereo}");
    }
}

#[test]
fn a_streamed_sound_is_the_resident_one() {
    check(|params| params, &[], 11_000);
    check(
        |params| VoiceParams {
            pitch: 1.37,
            quality: Quality::Sinc16,
            start: 300,
            ..params
        },
        &[],
        9_000,
    );
    check(
        |params| VoiceParams {
            pitch: 3.1,
            ..params
        },
        &[],
        5_000,
    );
}

#[test]
fn loops_and_jumps_stream_likewise() {
    let voice = VoiceId(1);
    for (start, end) in [(500, 800), (2_000, 5_000), (200, 7_000)] {
        let looping = LoopSpec {
            start,
            end,
            count: 0,
        };
        check(
            |params| VoiceParams {
                looping,
                pitch: 0.83,
                ..params
            },
            // To where memory bridges the time until the lane has followed.
            &[(9_000, VoiceCommand::Seek { voice, frame: 400 })],
            30_000,
        );
    }
}

#[test]
fn a_left_loop_streams_on_without_a_gap() {
    let looping = LoopSpec {
        start: 200,
        end: 7_000,
        count: 0,
    };
    check(
        |params| VoiceParams {
            looping,
            pitch: 0.83,
            ..params
        },
        &[(11_000, VoiceCommand::LeaveLoop { voice: VoiceId(1) })],
        30_000,
    );
}

#[test]
fn seeking_paused_streams_uses_up_no_lane() {
    let mut rig = Rig::new(&setup(SimdLevel::detect()));
    let voice = VoiceId(1);
    rig.start(0, 1, rig.sound(3, 0));
    rig.at(100, Plain::Voice(VoiceCommand::Pause { voice, fade: 0 }));
    for n in 0..100 {
        rig.at(
            200 + n,
            Plain::Voice(VoiceCommand::Seek { voice, frame: n }),
        );
    }
    rig.start(1_000, 2, rig.sound(3, 0));
    Writer::new(true, usize::MAX).run(&mut rig, 2_000);
    let refused = std::iter::from_fn(|| rig.link.reports.pop().ok())
        .any(|report| report.event == VoiceEvent::Refused);
    assert!(!refused);
}

#[test]
fn an_underrun_is_counted_and_silent_and_nobody_elses() {
    let play = |streams: bool, writes: bool| {
        let mut rig = Rig::new(&setup(SimdLevel::detect()));
        rig.start(0, 1, rig.sound(1, 0));
        if streams {
            rig.start(0, 2, rig.sound(3, 0));
        }
        if writes {
            Writer::new(true, 70).run(&mut rig, 8_000);
        } else {
            rig.run(8_000, &[100]);
        }
        rig
    };
    let (alone, nothing, slow) = (play(false, false), play(true, false), play(true, true));
    let missing = |rig: &Rig| rig.link.snapshots.read().voices.missing_frames;
    assert_eq!(missing(&alone), 0);
    assert!(missing(&nothing) > 0);
    assert!(missing(&slow) > 0 && missing(&slow) < missing(&nothing));
    // After the head, less the taps that still see it.
    assert_eq!(nothing.out[0][1_010..], alone.out[0][1_010..]);
    assert_ne!(nothing.out[0][..900], alone.out[0][..900]);
    assert!(slow.out.iter().flatten().all(|x| x.is_finite()));
}
