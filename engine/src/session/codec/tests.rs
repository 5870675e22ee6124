use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};
use segue_rt::graph::MAX_GAIN;
use segue_rt::ids::{BusId, InsertId, SendId, SoundId};

use super::*;

/// The numbers of all commands, and of all edits.
const PLAIN: [std::ops::RangeInclusive<u8>; 6] =
    [1..=18, 21..=28, 41..=44, 51..=51, 60..=63, 71..=89];
const EDITS: [std::ops::RangeInclusive<u8>; 1] = [1..=11];

/// The same cases in every run.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(0x5e90e),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn id<K>() -> impl Strategy<Value = Id<K>> + Clone {
    any::<u64>().prop_map(Id::from_bits)
}

fn number() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![-1e9..1e9_f64, Just(0.0), Just(-0.0), Just(f64::MAX)]
}

fn single() -> impl Strategy<Value = f32> + Clone {
    prop_oneof![
        0.0..MAX_GAIN,
        -1e9..1e9_f32,
        Just(-0.0),
        Just(f32::MIN_POSITIVE)
    ]
}

fn params() -> impl Strategy<Value = VoiceParams> {
    let owner = prop_oneof![
        Just(Owner::Call),
        any::<u32>().prop_map(Owner::Clip),
        any::<(u8, u8, i32)>().prop_map(|(channel, key, note_id)| Owner::Note {
            channel,
            key,
            note_id
        }),
    ];
    let quality = prop_oneof![
        Just(Quality::Linear),
        Just(Quality::Hermite4),
        Just(Quality::Sinc16)
    ];
    let looping =
        any::<(u64, u64, u32)>().prop_map(|(start, end, count)| LoopSpec { start, end, count });
    let what = (
        id::<segue_rt::ids::kind::Sound>(),
        id(),
        owner,
        quality,
        looping,
    );
    let levels = (
        single(),
        single(),
        number(),
        single(),
        single(),
        any::<u8>(),
    );
    let shape = (
        prop_oneof![Just(1.0_f32), single()],
        prop_oneof![Just([(0, 0); 3]), any::<[(u32, u16); 3]>()],
        prop_oneof![Just(u64::MAX), any::<u64>()],
        prop_oneof![Just([(0, 0); OUTER]), any::<[(u32, u16); OUTER]>()],
    );
    let times = any::<(u32, u32, u64, u64)>();
    (what, levels, times, shape).prop_map(|(what, levels, times, (width, groups, end, outer))| {
        let (sound, bus, owner, quality, looping) = what;
        let (gain, pan, pitch, lpf_hz, hpf_hz, priority) = levels;
        let (fade_in, fade_out, start, length) = times;
        VoiceParams {
            sound,
            bus,
            gain,
            pan,
            pitch,
            lpf_hz,
            hpf_hz,
            quality,
            priority,
            owner,
            fade_in,
            fade_out,
            start,
            end,
            length,
            looping,
            width,
            groups: groups.map(|(key, limit)| VoiceGroup { key, limit }),
            outer: outer.map(|(key, limit)| VoiceGroup { key, limit }),
        }
    })
}

fn voice() -> impl Strategy<Value = VoiceCommand> {
    use VoiceCommand as V;
    let v = || any::<u64>().prop_map(VoiceId);
    let n = any::<u32>;
    prop_oneof![
        (v(), params()).prop_map(|(voice, params)| V::Start { voice, params }),
        (v(), n()).prop_map(|(voice, fade)| V::Stop { voice, fade }),
        (v(), n()).prop_map(|(voice, fade)| V::Pause { voice, fade }),
        (v(), n()).prop_map(|(voice, fade)| V::Resume { voice, fade }),
        (v(), single(), n()).prop_map(|(voice, gain, ramp)| V::Gain { voice, gain, ramp }),
        (v(), single(), n()).prop_map(|(voice, pan, ramp)| V::Pan { voice, pan, ramp }),
        (v(), number(), n()).prop_map(|(voice, ratio, ramp)| V::Pitch { voice, ratio, ramp }),
        (v(), single(), single()).prop_map(|(voice, lpf_hz, hpf_hz)| V::Filter {
            voice,
            lpf_hz,
            hpf_hz
        }),
        (v(), any::<u8>()).prop_map(|(voice, priority)| V::Priority { voice, priority }),
        (v(), any::<u64>()).prop_map(|(voice, frame)| V::Seek { voice, frame }),
        v().prop_map(|voice| V::LeaveLoop { voice }),
        v().prop_map(|voice| V::Leave { voice }),
        n().prop_map(|fade| V::StopAll { fade }),
        (id(), n()).prop_map(|(bus, limit)| V::BusLimit { bus, limit }),
        (v(), single(), n()).prop_map(|(voice, width, ramp)| V::Width { voice, width, ramp }),
    ]
}

fn mixer() -> impl Strategy<Value = MixerCommand> {
    use MixerCommand as M;
    let on = any::<bool>;
    prop_oneof![
        (id(), single(), any::<u32>()).prop_map(|(bus, gain, ramp)| M::BusGain { bus, gain, ramp }),
        (id(), single()).prop_map(|(bus, pan)| M::BusPan { bus, pan }),
        (id(), on()).prop_map(|(bus, on)| M::BusMute { bus, on }),
        (id(), on()).prop_map(|(bus, on)| M::BusSolo { bus, on }),
        (id(), single()).prop_map(|(send, gain)| M::SendGain { send, gain }),
        (id(), any::<u16>(), single()).prop_map(|(insert, param, value)| M::InsertParam {
            insert,
            param,
            value
        }),
        (id(), single()).prop_map(|(insert, mix)| M::InsertMix { insert, mix }),
        (id(), on()).prop_map(|(insert, on)| M::InsertBypass { insert, on }),
    ]
}

fn transport() -> impl Strategy<Value = TransportCommand> {
    use TransportCommand as T;
    prop_oneof![
        Just(T::Play),
        Just(T::Stop),
        number().prop_map(|beats| T::Seek { beats }),
        (any::<bool>(), number(), number()).prop_map(|(enabled, start_beats, end_beats)| {
            T::Loop {
                enabled,
                start_beats,
                end_beats,
            }
        }),
    ]
}

fn note() -> impl Strategy<Value = NoteEvent> {
    let kind = prop_oneof![
        Just(NoteKind::On),
        Just(NoteKind::Off),
        Just(NoteKind::Choke)
    ];
    (kind, any::<(u8, u8, i32, u64)>(), single()).prop_map(
        |(kind, (channel, key, note_id, at), velocity)| NoteEvent {
            kind,
            channel,
            key,
            velocity,
            note_id,
            at,
        },
    )
}

fn host() -> impl Strategy<Value = HostTransport> {
    let maybe = || prop::option::of(number());
    let signature =
        (1..=32_u8, 0..6_u32).prop_map(|(top, power)| TimeSignature::new(top, 1 << power).ok());
    let range = (number(), number()).prop_map(|(start_beats, end_beats)| LoopRange {
        start_beats,
        end_beats,
    });
    let ramp = prop_oneof![Just(0.0), number()];
    let numbers = (maybe(), maybe(), ramp, maybe(), any::<Option<i64>>());
    (any::<bool>(), numbers, signature, prop::option::of(range)).prop_map(
        |(playing, (beats, bpm, bpm_per_frame, bar_start_beats, bar), signature, range)| {
            HostTransport {
                playing,
                beats,
                bpm,
                bpm_per_frame,
                signature,
                bar_start_beats,
                bar,
                range,
            }
        },
    )
}

fn game() -> impl Strategy<Value = GameCall> {
    use GameCall as G;
    let name = || any::<u64>().prop_map(NameId);
    let object = || any::<u64>().prop_map(ObjectId);
    let playing = || any::<u64>().prop_map(PlayingId);
    let n = any::<u32>;
    prop_oneof![
        (object(), single(), single(), any::<bool>()).prop_map(
            |(object, pan, width, stop_on_unregister)| G::Register {
                object,
                pan,
                width,
                stop_on_unregister
            }
        ),
        (object(), any::<u8>(), single(), single()).prop_map(|(object, emitter, pan, width)| {
            G::Place {
                object,
                emitter,
                pan,
                width,
            }
        }),
        object().prop_map(|object| G::Unregister { object }),
        (name(), object(), any::<u8>(), single(), playing()).prop_map(
            |(event, object, emitter, gain, playing)| G::Post {
                event,
                object,
                emitter,
                gain,
                playing,
            }
        ),
        (playing(), n()).prop_map(|(playing, fade)| G::StopPlaying { playing, fade }),
        (playing(), any::<bool>(), n()).prop_map(|(playing, on, fade)| G::PausePlaying {
            playing,
            on,
            fade
        }),
        (object(), n()).prop_map(|(object, fade)| G::StopAll { object, fade }),
        (name(), object(), playing(), single(), n()).prop_map(
            |(rtpc, object, playing, value, ramp)| G::SetRtpc {
                rtpc,
                object,
                playing,
                value,
                ramp
            }
        ),
        (name(), object(), playing()).prop_map(|(rtpc, object, playing)| G::ResetRtpc {
            rtpc,
            object,
            playing
        }),
        (name(), name()).prop_map(|(group, value)| G::SetState { group, value }),
        (name(), object(), name()).prop_map(|(group, object, value)| G::SetSwitch {
            group,
            object,
            value
        }),
        (name(), single()).prop_map(|(signal, value)| G::Signal { signal, value }),
        (name(), single()).prop_map(|(context, strength)| G::EnterContext { context, strength }),
        any::<u8>().prop_map(|summary| G::LeaveContext { summary }),
        any::<u8>().prop_map(|level| G::SetLevel { level }),
        Just(G::NewSpin),
        name().prop_map(|stinger| G::Stinger { stinger }),
        (name(), object(), any::<u64>()).prop_map(|(container, object, play_n)| {
            G::SetPlayCount {
                container,
                object,
                play_n,
            }
        }),
        any::<u64>().prop_map(|seed| G::Reseed { seed }),
    ]
}

fn plain() -> impl Strategy<Value = Plain> {
    prop_oneof![
        13 => voice().prop_map(Plain::Voice),
        8 => mixer().prop_map(Plain::Mixer),
        4 => transport().prop_map(Plain::Transport),
        1 => note().prop_map(Plain::Note),
        3 => host().prop_map(Plain::Host),
        1 => Just(Plain::ReleaseHost),
        1 => id().prop_map(|sound: SoundId| Plain::RemoveSound(sound)),
        18 => game().prop_map(Plain::Game),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    let bus = || id::<segue_rt::ids::kind::Bus>();
    let insert = || id::<segue_rt::ids::kind::Insert>();
    let text = || "\\PC{0,40}";
    let params = prop::collection::vec((text(), number()), 0..5);
    let position = || (0..100_usize).boxed();
    let tap = prop_oneof![Just(SendTap::PreFader), Just(SendTap::PostFader)];
    prop_oneof![
        (text(), bus()).prop_map(|(name, output)| Edit::AddBus { name, output }),
        bus().prop_map(|bus: BusId| Edit::RemoveBus { bus }),
        (bus(), bus()).prop_map(|(bus, output)| Edit::SetOutput { bus, output }),
        (bus(), bus(), single(), tap).prop_map(|(from, to, gain, tap)| Edit::AddSend {
            from,
            to,
            gain,
            tap
        }),
        id().prop_map(|send: SendId| Edit::RemoveSend { send }),
        (bus(), position(), text(), params, prop::option::of(bus())).prop_map(
            |(bus, position, kind, params, key)| Edit::AddInsert {
                bus,
                position,
                kind,
                params,
                key,
            }
        ),
        insert().prop_map(|insert: InsertId| Edit::RemoveInsert { insert }),
        (insert(), position()).prop_map(|(insert, position)| Edit::MoveInsert { insert, position }),
        (insert(), prop::option::of(bus())).prop_map(|(insert, key)| Edit::SetKey { insert, key }),
        Just(Edit::Commit),
        (bus(), prop::option::of(any::<u32>()))
            .prop_map(|(bus, frames)| Edit::SetMaxLatency { bus, frames }),
    ]
}

/// What was encoded comes back; no beginning of it and nothing longer is taken for something.
fn check_round_trip<T: PartialEq + std::fmt::Debug>(
    value: &T,
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Option<T>,
) {
    assert_eq!(decode(bytes).as_ref(), Some(value));
    for len in 0..bytes.len() {
        assert_eq!(
            decode(&bytes[..len]),
            None,
            "{len} of {} bytes",
            bytes.len()
        );
    }
    assert_eq!(decode(&[bytes, &[0]].concat()), None, "a byte too many");
}

/// Draws values until all `numbers` have come, and fails when one does not.
fn check_all<T: std::fmt::Debug>(
    numbers: &[std::ops::RangeInclusive<u8>],
    values: impl Strategy<Value = T>,
    check: impl Fn(&T) -> Vec<u8>,
) {
    let missing: BTreeSet<u8> = numbers.iter().cloned().flatten().collect();
    let missing = RefCell::new(missing);
    proptest!(cases(1_500), |(value in values)| {
        let bytes = check(&value);
        missing.borrow_mut().remove(&bytes[0]);
    });
    assert!(missing.borrow().is_empty(), "never drawn: {missing:?}");
}

#[test]
fn every_command_comes_back_whole() {
    check_all(&PLAIN, plain(), |plain| {
        let bytes = encode_plain(plain);
        check_round_trip(plain, &bytes, decode_plain);
        bytes
    });
}

#[test]
fn every_edit_comes_back_whole() {
    check_all(&EDITS, edit(), |edit| {
        let bytes = encode_edit(edit);
        check_round_trip(edit, &bytes, decode_edit);
        bytes
    });
}

#[test]
fn other_numbers_are_nothing() {
    let is_known = |known: &[std::ops::RangeInclusive<u8>], kind| {
        known.iter().any(|numbers| numbers.contains(&kind))
    };
    for kind in 0..=u8::MAX {
        for len in 0..200 {
            let mut bytes = vec![0; len + 1];
            bytes[0] = kind;
            assert!(
                decode_plain(&bytes).is_none() || is_known(&PLAIN, kind),
                "{kind}"
            );
            assert!(
                decode_edit(&bytes).is_none() || is_known(&EDITS, kind),
                "{kind}"
            );
        }
    }
}

#[test]
fn texts_and_counts_over_the_limit_take_no_memory() {
    let huge = u32::MAX.to_le_bytes();
    let bus = [1, 0, 0, 0, 1, 0, 0, 0];
    assert_eq!(
        decode_edit(&[&[1][..], &huge, b"name", &bus].concat()),
        None
    );
    let insert = [&[6][..], &bus, &[0; 8], &[2, 0, 0, 0], b"eq", &[0], &huge].concat();
    assert_eq!(decode_edit(&insert), None);
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// Whatever happens to the bytes, what they decode to is written as bytes that mean the same.
    #[test]
    fn damaged_bytes_are_nothing_or_something_whole(
        plain in plain(),
        edit in edit(),
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let damaged = |mut bytes: Vec<u8>| {
            for (at, value) in &hits {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            bytes
        };
        if let Some(plain) = decode_plain(&damaged(encode_plain(&plain))) {
            let bytes = encode_plain(&plain);
            // A value that is no number equals nothing, so its bytes are compared.
            prop_assert_eq!(decode_plain(&bytes).map(|plain| encode_plain(&plain)), Some(bytes));
        }
        if let Some(edit) = decode_edit(&damaged(encode_edit(&edit))) {
            let bytes = encode_edit(&edit);
            prop_assert_eq!(decode_edit(&bytes).map(|edit| encode_edit(&edit)), Some(bytes));
        }
    }
}
