//! The same bits, reports and log for any blocks and for every SIMD level.

use proptest::prelude::*;
use segue_dsp::processor::ProcessorKind;

use super::rig::{FRAMES, Rig, setup};
use super::*;
use crate::command::{MixerCommand, TransportCommand};
use crate::keymap::KeyZone;
use crate::voices::LoopSpec;

const END: u64 = 12_000;

/// Random numbers of one command; [`command`] makes it.
type Dice = (u64, u8, u8, u32, f32, bool);

fn dice() -> impl Strategy<Value = Dice> {
    (
        0..END,
        0_u8..26,
        1_u8..12,
        0_u32..2_000,
        0_f32..1.0,
        any::<bool>(),
    )
}

fn params(rig: &Rig, (_, _, id, n, x, flag): Dice) -> VoiceParams {
    let qualities = [Quality::Linear, Quality::Hermite4, Quality::Sinc16];
    VoiceParams {
        pan: x * 2.0 - 1.0,
        pitch: if flag { 1.0 } else { 0.2 + f64::from(x) * 5.0 },
        quality: qualities[n as usize % 3],
        priority: id * 8,
        fade_in: n % 3 * 100,
        fade_out: n % 5 * 50,
        length: if n % 2 == 0 {
            u64::MAX
        } else {
            3_000 + u64::from(n)
        },
        lpf_hz: if id % 4 == 0 { 900.0 } else { 0.0 },
        looping: LoopSpec {
            start: u64::from(n),
            end: FRAMES as u64 - u64::from(n),
            count: u32::from(id) % 3,
        },
        ..rig.sound(u32::from(id) % 3, usize::from(id) % 3)
    }
}

fn command(rig: &Rig, dice: Dice) -> Plain {
    let (at, kind, id, n, x, flag) = dice;
    let voice = VoiceId(u64::from(id));
    let bus = rig.buses[usize::from(id) % 3];
    let params = params(rig, dice);
    let ramp = n;
    let note = |kind| NoteEvent {
        kind,
        channel: 0,
        key: 55 + id,
        velocity: x,
        note_id: -1,
        at,
    };
    let (insert, send) = (rig.insert, rig.send);
    let beats = f64::from(x) * 4.0;
    match kind {
        0..=4 => Plain::Voice(VoiceCommand::Start { voice, params }),
        5 => Plain::Voice(VoiceCommand::Stop { voice, fade: n }),
        6 => Plain::Voice(VoiceCommand::Gain {
            voice,
            gain: x * 0.1,
            ramp,
        }),
        7 => Plain::Voice(VoiceCommand::Pan {
            voice,
            pan: params.pan,
            ramp,
        }),
        8 | 9 => Plain::Voice(VoiceCommand::Pitch {
            voice,
            ratio: params.pitch,
            ramp,
        }),
        10 => Plain::Voice(VoiceCommand::Filter {
            voice,
            lpf_hz: 9_000.0 * x,
            hpf_hz: x * 99.0,
        }),
        11 => Plain::Voice(VoiceCommand::Seek {
            voice,
            frame: u64::from(n),
        }),
        12 if flag => Plain::Voice(VoiceCommand::Pause { voice, fade: n }),
        12 => Plain::Voice(VoiceCommand::Resume { voice, fade: n }),
        13 => Plain::Voice(VoiceCommand::StopAll { fade: n }),
        14 => Plain::Voice(VoiceCommand::BusLimit {
            bus,
            limit: u32::from(id) % 4,
        }),
        15 => Plain::Mixer(MixerCommand::BusGain { bus, gain: x, ramp }),
        16 => Plain::Mixer(MixerCommand::BusPan {
            bus,
            pan: params.pan,
        }),
        17 if flag => Plain::Mixer(MixerCommand::BusMute { bus, on: x > 0.5 }),
        17 => Plain::Mixer(MixerCommand::BusSolo { bus, on: x > 0.5 }),
        18 => Plain::Mixer(MixerCommand::SendGain { send, gain: x }),
        19 if flag => Plain::Mixer(MixerCommand::InsertBypass {
            insert,
            on: x > 0.5,
        }),
        19 => Plain::Mixer(MixerCommand::InsertMix { insert, mix: x }),
        // Gain of the first band.
        20 => Plain::Mixer(MixerCommand::InsertParam {
            insert,
            param: 3,
            value: x * 20.0,
        }),
        21 => Plain::Transport(TransportCommand::Play),
        22 if flag => Plain::Transport(TransportCommand::Stop),
        22 => Plain::Transport(TransportCommand::Seek { beats }),
        23 => Plain::Transport(TransportCommand::Loop {
            enabled: flag,
            start_beats: 0.5,
            end_beats: 0.6 + beats,
        }),
        24 => Plain::Note(note(NoteKind::On)),
        _ => Plain::Note(note(if flag { NoteKind::Off } else { NoteKind::Choke })),
    }
}

fn zone(rig: &Rig) -> KeyZone<VoiceParams> {
    KeyZone {
        keys: (50, 70),
        velocities: (0.0, 1.0),
        channel: None,
        root: Some(60),
        sensitivity: 0.5,
        payload: rig.sound(1, 2),
    }
}

fn clip(rig: &Rig, index: u32) -> Clip<Part> {
    let payload = rig.sound(index % 3, index as usize % 3);
    Clip {
        index,
        start_beats: f64::from(index) * 0.37,
        length_beats: index.is_multiple_of(2).then_some(0.8),
        length_frames: Some(FRAMES as u64),
        sound: payload.sound,
        payload: Part::Sound(payload),
    }
}

/// Everything that came out: bits, reports, log.
type Outcome = (Vec<u32>, Vec<VoiceReport>, Vec<LogRow>);

fn play(simd: SimdLevel, blocks: &[usize], all: &[Dice], exchange: u64) -> Outcome {
    let mut rig = Rig::new(&setup(simd));
    let keymap = KeyMap::new(vec![zone(&rig)]).unwrap();
    rig.install(0, Install::KeyMap(Box::new(keymap)));
    let clips = (0..5).map(|n| clip(&rig, n)).collect();
    rig.install(
        0,
        Install::Timeline(Box::new(Timeline::new(clips).unwrap())),
    );
    for dice in all {
        let plain = command(&rig, *dice);
        rig.at(dice.0, plain);
    }
    // While all that plays: a new bus in the way, a new insert with latency.
    let bus = rig.graph.add_bus("new", rig.buses[0]).unwrap();
    rig.graph.set_output(rig.buses[2], bus).unwrap();
    let (_, limiter) = rig.new_insert(bus, ProcessorKind::Limiter);
    // And two in time with the song.
    let beats = [("sync", 1.0), ("beats", 0.5)];
    let (_, flanger) = rig.new_insert_with(bus, ProcessorKind::Flanger, &beats);
    let (_, delay) = rig.new_insert_with(bus, ProcessorKind::Delay, &beats);
    rig.commit(exchange, vec![limiter, flanger, delay]);
    rig.start(
        exchange + 10,
        99,
        VoiceParams {
            bus,
            ..rig.sound(1, 0)
        },
    );
    rig.run(END, blocks);
    let mut reports = rig.reports();
    // Voices that end in one span are reported in the order in which they are summed.
    reports.sort_by_key(|report| (report.at, report.voice));
    (rig.bits(), reports, rig.log())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn blocks_and_levels_change_nothing(
        all in prop::collection::vec(dice(), 1..60),
        blocks in prop::collection::vec(prop_oneof![0_usize..70, 0_usize..4_097], 1..30),
        exchange in 1_u64..END,
    ) {
        prop_assume!(blocks.iter().any(|frames| *frames > 0));
        let best = SimdLevel::detect();
        let fixed = play(best, &[64], &all, exchange);
        let random = play(best, &blocks, &all, exchange);
        prop_assert!(fixed.0 == random.0, "blocks");
        prop_assert_eq!(&fixed.1, &random.1);
        prop_assert_eq!(&fixed.2, &random.2);
        for &level in SimdLevel::available() {
            let other = play(level, &blocks, &all, exchange);
            prop_assert!(fixed.0 == other.0, "{:?}", level);
        }
        prop_assert!(fixed.0.iter().all(|bits| f32::from_bits(*bits).is_finite()));
    }
}
