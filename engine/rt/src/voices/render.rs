//! Renders one voice over a span: segment by segment, piece by piece.

use segue_dsp::voice::sinc::{Band, HALF_BAND_REACH, SincBank};
use segue_dsp::voice::{Path, Quality, TAPS_AFTER, TAPS_BEFORE, VoiceKernels, WINDOW_PAD};
use segue_dsp::{CELL, math};

use super::filter::VoiceFilter;
use super::lanes::Lane;
use super::real::{Place, Voice, next_cell};
use super::window::Source;
use crate::command::Reason;
use crate::limits::MAX_SPAN;
use crate::sound::Sound;

/// Frames of the largest window: a cell at 8 source frames each, two octaves of half-band reach.
const WINDOW: usize = 1_024;

/// Buffers and kernels that all voices share.
pub(super) struct Bench {
    kernels: VoiceKernels,
    bank: &'static SincBank,
    rate: f64,
    window: Box<[f32; WINDOW]>,
    halves: [Box<[f32; WINDOW]>; 2],
    signal: Box<[f32; MAX_SPAN]>,
    other: Box<[f32; MAX_SPAN]>,
    /// Waits a little for the I/O thread; only where there is no real time to keep.
    wait: Option<fn()>,
}

/// What a voice reads from.
pub(super) struct Feed<'a> {
    pub(super) sound: &'a Sound,
    pub(super) lane: Option<&'a mut Lane>,
}

/// How a voice's span ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Plays,
    Ended { at: u64, reason: Reason },
}

impl Bench {
    pub(super) fn new(kernels: VoiceKernels, rate: f64) -> Self {
        Self {
            kernels,
            bank: SincBank::shared(),
            rate,
            window: Box::new([0.0; WINDOW]),
            halves: [Box::new([0.0; WINDOW]), Box::new([0.0; WINDOW])],
            signal: Box::new([0.0; MAX_SPAN]),
            other: Box::new([0.0; MAX_SPAN]),
            wait: None,
        }
    }

    pub(super) fn set_wait(&mut self, wait: Option<fn()>) {
        self.wait = wait;
    }

    /// Adds `voice` over `at..at + bus.len()` to the two sides of `bus`.
    pub(super) fn render(
        &mut self,
        voice: &mut Voice,
        filter: &mut VoiceFilter,
        feed: &mut Feed<'_>,
        at: u64,
        bus: [&mut [f32]; 2],
    ) -> Outcome {
        let sound = feed.sound;
        let [left, right] = bus;
        let frames = left.len().min(right.len());
        let mut done = 0;
        while done < frames {
            let now = at + done as u64;
            let frozen = voice.is_frozen(now);
            if now >= voice.stop_at && (!frozen || voice.stopping) {
                return Outcome::Ended {
                    at: voice.stop_at,
                    reason: voice.ending,
                };
            }
            if frozen {
                return Outcome::Plays;
            }
            if now >= voice.segment.end {
                voice.begin_segment(now);
            }
            if filter.is_on() && now.is_multiple_of(CELL as u64) {
                filter.next_cell(self.rate);
            }
            let wanted = piece_len(voice, filter, now, frames - done);
            let length = voice.params.looping.unrolled(sound.frames());
            let path = voice.path(now);
            let count = outputs_before_end(voice, path, length, wanted);
            if count > 0 {
                let part = [
                    &mut left[done..done + count],
                    &mut right[done..done + count],
                ];
                self.await_stream(voice, feed, path, count);
                self.piece(voice, filter, feed, now, path, part);
                voice.place = advanced(voice.place, path, count);
                if let Some(lane) = feed.lane.as_deref_mut() {
                    lane.release_to(voice.place.frame);
                }
            }
            done += count;
            if count < wanted {
                return Outcome::Ended {
                    at: at + done as u64,
                    reason: Reason::NaturalEnd,
                };
            }
        }
        Outcome::Plays
    }

    /// One piece: inside one segment, and inside one cell where filters or octaves need that.
    fn piece(
        &mut self,
        voice: &Voice,
        filter: &mut VoiceFilter,
        feed: &mut Feed<'_>,
        now: u64,
        path: Path,
        bus: [&mut [f32]; 2],
    ) {
        let sound = feed.sound;
        let count = bus[0].len();
        let [left, right] = bus;
        let lines = [voice.segment.line(0, now), voice.segment.line(1, now)];
        for channel in 0..sound.channels() {
            let lane = feed.lane.as_deref_mut();
            let looping = voice.params.looping;
            let source = &mut Source {
                sound,
                looping,
                channel,
                lane,
            };
            self.read(voice, source, path, voice.segment.band, count);
            if voice.segment.is_blending() {
                self.blend(voice, source, path, count, now);
            }
            let offset = math::slot(now, CELL);
            filter.process(channel, offset, &mut self.signal[..count]);
            let signal = &self.signal[..count];
            if sound.channels() == 1 {
                self.kernels.mix(left, signal, lines[0]);
                self.kernels.mix(right, signal, lines[1]);
            } else if channel == 0 {
                self.kernels.mix(left, signal, lines[0]);
            } else {
                self.kernels.mix(right, signal, lines[1]);
            }
        }
    }

    /// Lets the I/O thread catch up, where that is allowed.
    fn await_stream(&self, voice: &Voice, feed: &Feed<'_>, path: Path, count: usize) {
        let (Some(wait), Some(lane)) = (self.wait, feed.lane.as_deref()) else {
            return;
        };
        let length = voice.params.looping.unrolled(feed.sound.frames());
        let end = advanced(voice.place, path, count).frame + WINDOW as u64;
        while !lane.has(end.min(length)) {
            wait();
        }
    }

    /// Fills `signal` with `count` outputs along `path`.
    fn read(
        &mut self,
        voice: &Voice,
        source: &mut Source<'_>,
        path: Path,
        band: Band,
        count: usize,
    ) {
        let table = self.bank.table(band.row);
        let quality = voice.params.quality;
        let frame = voice.place.frame.cast_signed();
        if band.octaves == 0 {
            let first = frame - TAPS_BEFORE as i64;
            let len = path.window_len(count);
            let window = source.window(&self.kernels, first, len, &mut self.window[..]);
            let out = &mut self.signal[..count];
            self.kernels.interpolate(window, path, quality, table, out);
            return;
        }
        let halved = halved_path(voice.place, path, band.octaves);
        let first = (frame >> band.octaves) - TAPS_BEFORE as i64;
        let len = halved.window_len(count);
        let window = self.halve(source, first, len, band.octaves);
        let window = &self.halves[window][..len];
        let out = &mut self.signal[..count];
        self.kernels
            .interpolate(window, halved, quality, table, out);
    }

    /// Frames `first..first + len` of the source halved `octaves` times; returns which of the two
    /// buffers holds them. The pad at the end of a window is left as it is.
    fn halve(&mut self, source: &mut Source<'_>, first: i64, len: usize, octaves: u8) -> usize {
        let needed = len - WINDOW_PAD;
        let reach = HALF_BAND_REACH as i64;
        let (mut start, mut count) = (first, needed);
        for _ in 0..octaves {
            start = 2 * start - reach;
            count = 2 * count + 2 * HALF_BAND_REACH;
        }
        let window = source.window(
            &self.kernels,
            start,
            count.min(WINDOW),
            &mut self.window[..],
        );
        let [a, b] = &mut self.halves;
        let mut have = self.bank.halve(window, &mut a[..]);
        for octave in 1..octaves {
            let (from, to) = if octave % 2 == 1 {
                (&*a, &mut *b)
            } else {
                (&*b, &mut *a)
            };
            have = self.bank.halve(&from[..have], &mut to[..]);
        }
        usize::from(octaves.is_multiple_of(2))
    }

    /// Cross-fades from the band before to the present one over the segment.
    #[allow(clippy::cast_precision_loss, reason = "at most a cell")]
    fn blend(
        &mut self,
        voice: &Voice,
        source: &mut Source<'_>,
        path: Path,
        count: usize,
        now: u64,
    ) {
        self.other[..count].copy_from_slice(&self.signal[..count]);
        self.read(voice, source, path, voice.segment.old_band, count);
        let whole = (voice.segment.end - voice.segment.start) as f32;
        let offset = math::slot(now - voice.segment.start, CELL);
        let pairs = self.signal[..count].iter_mut().zip(&self.other[..count]);
        for (n, (signal, new)) in pairs.enumerate() {
            let share = (offset + n) as f32 / whole;
            *signal += share * (*new - *signal);
        }
    }
}

/// Frames of the next piece.
fn piece_len(voice: &Voice, filter: &VoiceFilter, now: u64, left: usize) -> usize {
    let segment = voice.segment;
    let mut end = segment.end;
    let octaves = segment.band.octaves.max(segment.old_band.octaves);
    if filter.is_on() || octaves > 0 {
        end = end.min(next_cell(now));
    }
    usize::try_from(end - now).unwrap_or(usize::MAX).min(left)
}

/// How many of `wanted` outputs read before the sound has died away.
fn outputs_before_end(voice: &Voice, path: Path, length: u64, wanted: usize) -> usize {
    let Some(left) = length
        .saturating_add(ringing(voice.params.quality))
        .checked_sub(voice.place.frame)
    else {
        return 0;
    };
    let end = left
        .saturating_add(TAPS_BEFORE as u64)
        .saturating_mul(1 << 32);
    let ends_inside = |count: usize| path.position(count) >= end;
    if wanted == 0 || !ends_inside(wanted - 1) {
        return wanted;
    }
    let (mut low, mut high) = (0, wanted - 1);
    while low < high {
        let middle = (low + high) / 2;
        if ends_inside(middle) {
            high = middle
        } else {
            low = middle + 1
        }
    }
    low
}

/// Frames an interpolator still sounds behind the last frame.
const fn ringing(quality: Quality) -> u64 {
    match quality {
        Quality::Linear => 0,
        Quality::Hermite4 => 1,
        Quality::Sinc16 => TAPS_AFTER as u64 - 1,
    }
}

fn advanced(place: Place, path: Path, count: usize) -> Place {
    place.plus(u128::from(path.position(count).wrapping_sub(path.start)))
}

/// `path` after the source was halved `octaves` times. Exact, since steps are multiples of 8 and
/// so is every fraction.
fn halved_path(place: Place, path: Path, octaves: u8) -> Path {
    let low_frames = place.frame & ((1 << octaves) - 1);
    let fraction = ((low_frames << 32) | u64::from(place.fraction)) >> octaves;
    Path {
        start: ((TAPS_BEFORE as u64) << 32) + fraction,
        step: path.step >> octaves,
        slope: path.slope >> octaves,
    }
}
