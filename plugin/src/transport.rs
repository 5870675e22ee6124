//! The host's transport as the engine wants it.

use clack_plugin::events::event_types::{TransportEvent, TransportFlags};
use segue_engine::rt::tempo::TimeSignature;
use segue_engine::rt::transport::{HostTransport, LoopRange};

/// What a host says, with exact beats; what it does not say, or what makes no sense, is left out.
/// `[audio-thread]`
pub(crate) fn read(event: &TransportEvent) -> HostTransport {
    let has = |flag| event.flags.contains(flag);
    let beats = has(TransportFlags::HAS_BEATS_TIMELINE);
    let bars = beats && has(TransportFlags::HAS_TIME_SIGNATURE);
    let range = LoopRange {
        start_beats: event.loop_start_beats.to_float(),
        end_beats: event.loop_end_beats.to_float(),
    };
    HostTransport {
        playing: has(TransportFlags::IS_PLAYING),
        beats: beats.then(|| event.song_pos_beats.to_float()),
        bpm: has(TransportFlags::HAS_TEMPO).then_some(event.tempo),
        bpm_per_frame: if has(TransportFlags::HAS_TEMPO) {
            event.tempo_inc
        } else {
            0.0
        },
        signature: signature(event).filter(|_| has(TransportFlags::HAS_TIME_SIGNATURE)),
        bar_start_beats: bars.then(|| event.bar_start.to_float()),
        bar: bars.then(|| i64::from(event.bar_number)),
        range: (beats && has(TransportFlags::IS_LOOP_ACTIVE)).then_some(range),
    }
}

fn signature(event: &TransportEvent) -> Option<TimeSignature> {
    let numerator = u8::try_from(event.time_signature_numerator).ok()?;
    let denominator = u8::try_from(event.time_signature_denominator).ok()?;
    TimeSignature::new(numerator, denominator).ok()
}
