//! The same bits for any blocks and for every SIMD level.

use proptest::prelude::*;
use segue_dsp::simd::SimdLevel;
use segue_dsp::voice::Quality;

use super::rig::{Rig, small, sound};
use crate::ids::VoiceId;
use crate::voices::{LoopSpec, VoiceCommand, VoiceParams};

/// A command of any kind for one of a few voices.
fn any_command() -> impl Strategy<Value = VoiceCommand> {
    let voice = (1_u64..12).prop_map(VoiceId);
    let params = (
        0_u32..4,
        -1_f32..1.0,
        0.125_f64..8.0,
        0_usize..3,
        0_u8..100,
        0_u32..900,
        0_u64..2_000,
        any::<(bool, bool, bool)>(),
        1_u64..5_000,
    )
        .prop_map(
            |(index, pan, pitch, quality, priority, fade, start, (a, b, c), length)| VoiceParams {
                pan,
                pitch: if a { 1.0 } else { pitch },
                quality: [Quality::Linear, Quality::Hermite4, Quality::Sinc16][quality],
                priority,
                fade_in: fade,
                fade_out: fade / 2,
                start,
                length: if b { u64::MAX } else { length },
                looping: LoopSpec {
                    start: 700,
                    end: 2_700,
                    count: u32::from(c) * 4,
                },
                lpf_hz: if c { 2_000.0 } else { 0.0 },
                ..sound(index)
            },
        );
    (voice, params, 0_u8..12, 0_u32..700).prop_map(|(voice, params, kind, ramp)| match kind {
        0..=3 => VoiceCommand::Start { voice, params },
        4 => VoiceCommand::Stop { voice, fade: ramp },
        5 => VoiceCommand::Gain {
            voice,
            gain: params.pan.abs(),
            ramp,
        },
        6 => VoiceCommand::Pan {
            voice,
            pan: params.pan,
            ramp,
        },
        7 => VoiceCommand::Pitch {
            voice,
            ratio: params.pitch,
            ramp,
        },
        8 => VoiceCommand::Filter {
            voice,
            lpf_hz: 100.0 + ramp as f32,
            hpf_hz: params.lpf_hz / 40.0,
        },
        9 => VoiceCommand::Seek {
            voice,
            frame: params.start,
        },
        10 if ramp % 2 == 0 => VoiceCommand::Pause { voice, fade: ramp },
        10 => VoiceCommand::Resume { voice, fade: ramp },
        _ => VoiceCommand::LeaveLoop { voice },
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn blocks_and_levels_do_not_change_a_bit(
        commands in prop::collection::vec((0_u64..6_000, any_command()), 1..40),
        blocks in prop::collection::vec(0_usize..700, 1..50),
        max_real in 1_usize..6,
    ) {
        let mut results = vec![];
        for (fixed, level) in [(true, SimdLevel::Scalar), (false, SimdLevel::Scalar), (false, SimdLevel::detect())] {
            let mut rig = Rig::at_level(small(max_real), level);
            rig.install_all();
            rig.commands.clone_from(&commands);
            let mut n = 0;
            rig.run(7_000, || {
                n += 1;
                if fixed { 64 } else { blocks[n % blocks.len()].max(usize::from(n % 7 == 0)) }
            });
            let bits: Vec<u32> = rig.left.iter().chain(&rig.right).map(|x| x.to_bits()).collect();
            let mut events = rig.events();
            events.sort_by_key(|e| (e.0, e.1, e.2 as u8));
            results.push((bits, events));
        }
        prop_assert!(results[0].0 == results[1].0, "blocks");
        prop_assert!(results[1].0 == results[2].0, "levels");
        prop_assert_eq!(&results[0].1, &results[1].1);
    }
}
