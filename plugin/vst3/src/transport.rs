//! The host's transport.

use clap_sys::events::*;
use clap_sys::fixedpoint::{CLAP_BEATTIME_FACTOR, CLAP_SECTIME_FACTOR};
use vst3::Steinberg::Vst::ProcessContext;
use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_::*;

/// `[audio-thread]` The transport `offset` frames into the host's block. `rate` is that of the set-up.
pub(crate) fn transport(context: &ProcessContext, offset: u32, rate: f64) -> clap_event_transport {
    let has = |flag: u32| context.state & flag != 0;
    let is_playing = has(kPlaying as u32);
    let tempo = context.tempo;
    let has_tempo = has(kTempoValid as u32) && tempo.is_finite() && tempo > 0.0;
    let passed = if is_playing {
        f64::from(offset) / rate
    } else {
        0.0
    };
    let mut transport = stopped();
    let mut set = |is_set: bool, flag| {
        if is_set {
            transport.flags |= flag;
        }
    };
    let has_beats = has(kProjectTimeMusicValid as u32);
    let has_signature =
        has(kTimeSigValid as u32) && context.timeSigNumerator > 0 && context.timeSigDenominator > 0;
    set(is_playing, CLAP_TRANSPORT_IS_PLAYING);
    set(has(kRecording as u32), CLAP_TRANSPORT_IS_RECORDING);
    set(has(kCycleActive as u32), CLAP_TRANSPORT_IS_LOOP_ACTIVE);
    set(true, CLAP_TRANSPORT_HAS_SECONDS_TIMELINE);
    set(has_tempo, CLAP_TRANSPORT_HAS_TEMPO);
    set(has_beats, CLAP_TRANSPORT_HAS_BEATS_TIMELINE);
    set(has_signature, CLAP_TRANSPORT_HAS_TIME_SIGNATURE);

    transport.song_pos_seconds = seconds(context.projectTimeSamples as f64 / rate + passed);
    if has_tempo {
        transport.tempo = tempo;
    }
    if has_beats {
        let moved = if has_tempo {
            passed * tempo / 60.0
        } else {
            0.0
        };
        transport.song_pos_beats = beats(wrapped(context, context.projectTimeMusic + moved));
    }
    if has_signature {
        transport.tsig_num = context.timeSigNumerator.min(i32::from(u16::MAX)) as u16;
        transport.tsig_denom = context.timeSigDenominator.min(i32::from(u16::MAX)) as u16;
    }
    if has(kBarPositionValid as u32) {
        transport.bar_start = beats(context.barPositionMusic);
        if has_signature {
            transport.bar_number = bar_number(context);
        }
    }
    if has(kCycleValid as u32) {
        set_loop(&mut transport, context, has_tempo);
    }
    transport
}

/// A position that the host's block has come to, back at the loop's start where it has passed its
/// end.
fn wrapped(context: &ProcessContext, position: f64) -> f64 {
    let has = |flag: u32| context.state & flag != 0;
    let (start, end) = (context.cycleStartMusic, context.cycleEndMusic);
    let is_loop = has(kCycleActive as u32) && has(kCycleValid as u32) && start < end;
    // A block that began behind the end runs on.
    if !is_loop || context.projectTimeMusic >= end || position < end {
        return position;
    }
    start + (position - start) % (end - start)
}

fn set_loop(transport: &mut clap_event_transport, context: &ProcessContext, has_tempo: bool) {
    let (start, end) = (context.cycleStartMusic, context.cycleEndMusic);
    transport.loop_start_beats = beats(start);
    transport.loop_end_beats = beats(end);
    if has_tempo {
        transport.loop_start_seconds = seconds(start * 60.0 / context.tempo);
        transport.loop_end_seconds = seconds(end * 60.0 / context.tempo);
    }
}

/// VST3 gives the bar's start only; the number follows if the signature never changed.
fn bar_number(context: &ProcessContext) -> i32 {
    let quarters =
        4.0 * f64::from(context.timeSigNumerator) / f64::from(context.timeSigDenominator);
    (context.barPositionMusic / quarters).round() as i32
}

/// Fixed point; too large values stop at the end, not a number is zero.
fn beats(quarters: f64) -> i64 {
    (quarters * CLAP_BEATTIME_FACTOR as f64).round() as i64
}

fn seconds(seconds: f64) -> i64 {
    (seconds * CLAP_SECTIME_FACTOR as f64).round() as i64
}

fn stopped() -> clap_event_transport {
    clap_event_transport {
        header: clap_event_header {
            size: size_of::<clap_event_transport>() as u32,
            time: 0,
            space_id: CLAP_CORE_EVENT_SPACE_ID,
            type_: CLAP_EVENT_TRANSPORT,
            flags: 0,
        },
        flags: 0,
        song_pos_beats: 0,
        song_pos_seconds: 0,
        tempo: 120.0,
        tempo_inc: 0.0,
        loop_start_beats: 0,
        loop_end_beats: 0,
        loop_start_seconds: 0,
        loop_end_seconds: 0,
        bar_start: 0,
        bar_number: 0,
        tsig_num: 4,
        tsig_denom: 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(state: u32) -> ProcessContext {
        // SAFETY: plain numbers, for which zero is valid.
        let mut context: ProcessContext = unsafe { std::mem::zeroed() };
        context.state = state;
        context.tempo = 90.0;
        context.timeSigNumerator = 3;
        context.timeSigDenominator = 4;
        context.projectTimeSamples = 48_000;
        context.projectTimeMusic = 7.5;
        context.barPositionMusic = 6.0;
        context.cycleStartMusic = 3.0;
        context.cycleEndMusic = 9.0;
        context
    }

    #[test]
    fn everything_valid_arrives() {
        let all = kPlaying | kRecording | kCycleActive | kTempoValid | kProjectTimeMusicValid;
        let all = all | kTimeSigValid | kBarPositionValid | kCycleValid;
        let transport = transport(&context(all as u32), 24_000, 48_000.0);
        assert_eq!(transport.flags, 0x7f);
        assert_eq!(transport.tempo, 90.0);
        assert_eq!(transport.song_pos_seconds, 3 * CLAP_SECTIME_FACTOR / 2);
        assert_eq!(transport.song_pos_beats, beats(7.5 + 0.75));
        assert_eq!(transport.bar_start, 6 * CLAP_BEATTIME_FACTOR);
        assert_eq!(
            (
                transport.bar_number,
                transport.tsig_num,
                transport.tsig_denom
            ),
            (2, 3, 4)
        );
        assert_eq!(transport.loop_end_beats, 9 * CLAP_BEATTIME_FACTOR);
        assert_eq!(transport.loop_end_seconds, 6 * CLAP_SECTIME_FACTOR);
    }

    #[test]
    fn a_long_block_comes_back_to_the_loops_start() {
        let all = kPlaying | kTempoValid | kProjectTimeMusicValid | kCycleActive | kCycleValid;
        let mut context = context(all as u32);
        let at = |context: &ProcessContext, beats: f64| {
            transport(context, (beats * 32_000.0) as u32, 48_000.0).song_pos_beats
        };
        // 32,000 frames a beat, from 7.5 in a loop from 3 to 9.
        assert_eq!(at(&context, 1.0), beats(8.5));
        assert_eq!(at(&context, 1.5), beats(3.0));
        assert_eq!(at(&context, 8.0), beats(3.5));
        context.projectTimeMusic = 9.5;
        assert_eq!(at(&context, 1.0), beats(10.5));
    }

    #[test]
    fn a_stopped_transport_stands_still_and_lies_are_ignored() {
        let transport_of = |context: &ProcessContext| transport(context, 24_000, 48_000.0);
        let still = transport_of(&context(kProjectTimeMusicValid as u32));
        assert_eq!(still.song_pos_beats, beats(7.5));
        let mut lie = context((kTempoValid | kProjectTimeMusicValid | kTimeSigValid) as u32);
        (lie.tempo, lie.projectTimeMusic, lie.timeSigDenominator) = (f64::NAN, f64::INFINITY, 0);
        let lie = transport_of(&lie);
        assert_eq!(
            lie.flags,
            CLAP_TRANSPORT_HAS_BEATS_TIMELINE | CLAP_TRANSPORT_HAS_SECONDS_TIMELINE
        );
        assert_eq!((lie.tempo, lie.song_pos_beats), (120.0, i64::MAX));
    }
}
