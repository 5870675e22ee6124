//! Renders one voice over a span: segment by segment, piece by piece.

use segue_dsp::voice::sinc::{Band, HALF_BAND_REACH, SincBank};
use segue_dsp::voice::{
    GainLine, Path, Quality, Reader, TAPS_AFTER, TAPS_BEFORE, VoiceKernels, WINDOW_PAD,
};
use segue_dsp::{CELL, math};

use super::LoopSpec;
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
    /// One a channel.
    scratch: [Scratch; 2],
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
            scratch: [Scratch::new(), Scratch::new()],
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
                if voice.is_reshaped(now) {
                    self.reshape(voice, filter, feed, now, path, part);
                } else {
                    self.piece(voice, filter, feed, now, path, part);
                }
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

    /// A piece whose sides are mixed with each other: width scales their difference.
    fn reshape(
        &mut self,
        voice: &Voice,
        filter: &mut VoiceFilter,
        feed: &mut Feed<'_>,
        now: u64,
        path: Path,
        bus: [&mut [f32]; 2],
    ) {
        let [left, right] = bus;
        let count = left.len();
        let mut own_left = [0.0; MAX_SPAN];
        let mut own_right = [0.0; MAX_SPAN];
        let own = [&mut own_left[..count], &mut own_right[..count]];
        self.piece(voice, filter, feed, now, path, own);
        let sides = own_left.iter().zip(own_right.iter());
        for (at, ((l, r), (own_l, own_r))) in (now..).zip(left.iter_mut().zip(right).zip(sides)) {
            let middle = 0.5 * (own_l + own_r);
            let side = 0.5 * (own_l - own_r) * voice.width.at(at);
            *l += middle + side;
            *r += middle - side;
        }
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
        let gains = voice.segment.lines(now);
        if !filter.is_on() && !voice.segment.is_blending() {
            self.mix(voice, feed, path, bus, gains);
            return;
        }
        let [left, right] = bus;
        let count = left.len();
        for channel in 0..feed.sound.channels() {
            self.read(voice, feed, channel, path, voice.segment.band, count);
            if voice.segment.is_blending() {
                self.blend(voice, feed, channel, path, count, now);
            }
            let signal = &mut self.signal[..count];
            filter.process(channel, math::slot(now, CELL), signal);
            if channel == 0 {
                self.kernels.mix(left, signal, gains[0]);
            }
            if channel + 1 == feed.sound.channels() {
                self.kernels.mix(right, signal, gains[1]);
            }
        }
    }

    /// The plain case in one pass: nothing between the interpolation and the bus.
    fn mix(
        &mut self,
        voice: &Voice,
        feed: &mut Feed<'_>,
        path: Path,
        bus: [&mut [f32]; 2],
        gains: [GainLine; 2],
    ) {
        let view = View::new(voice.place, path, voice.segment.band.octaves, bus[0].len());
        let reader = self.reader(voice, &view, voice.segment.band);
        let (kernels, bank) = (&self.kernels, self.bank);
        let [a, b] = &mut self.scratch;
        let looping = voice.params.looping;
        let first = a.window(kernels, bank, feed.channel(0, looping), &view);
        if feed.sound.channels() == 1 {
            kernels.mix_window(bus, [first], &reader, gains);
        } else {
            let second = b.window(kernels, bank, feed.channel(1, looping), &view);
            kernels.mix_window(bus, [first, second], &reader, gains);
        }
    }

    fn reader(&self, voice: &Voice, view: &View, band: Band) -> Reader<'static> {
        Reader {
            path: view.path,
            quality: voice.params.quality,
            sinc: self.bank.table(band.row),
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
        feed: &mut Feed<'_>,
        channel: usize,
        path: Path,
        band: Band,
        count: usize,
    ) {
        let view = View::new(voice.place, path, band.octaves, count);
        let reader = self.reader(voice, &view, band);
        let source = feed.channel(channel, voice.params.looping);
        let window = self.scratch[0].window(&self.kernels, self.bank, source, &view);
        let out = &mut self.signal[..count];
        self.kernels.interpolate(window, &reader, out);
    }

    /// Cross-fades from the band before to the present one over the segment.
    #[allow(clippy::cast_precision_loss, reason = "at most a cell")]
    fn blend(
        &mut self,
        voice: &Voice,
        feed: &mut Feed<'_>,
        channel: usize,
        path: Path,
        count: usize,
        now: u64,
    ) {
        self.other[..count].copy_from_slice(&self.signal[..count]);
        self.read(voice, feed, channel, path, voice.segment.old_band, count);
        let whole = (voice.segment.end - voice.segment.start) as f32;
        let offset = math::slot(now - voice.segment.start, CELL);
        let pairs = self.signal[..count].iter_mut().zip(&self.other[..count]);
        for (n, (signal, new)) in pairs.enumerate() {
            let share = (offset + n) as f32 / whole;
            *signal += share * (*new - *signal);
        }
    }
}

impl<'a> Feed<'a> {
    /// One channel, unrolled.
    fn channel(&mut self, channel: usize, looping: LoopSpec) -> Source<'a, '_> {
        Source {
            sound: self.sound,
            looping,
            channel,
            lane: self.lane.as_deref_mut(),
        }
    }
}

/// What a run of outputs needs of the source after it was halved some times.
struct View {
    octaves: u8,
    /// Unrolled frame where the window starts, and its length.
    first: i64,
    len: usize,
    /// The outputs in that window.
    path: Path,
}

impl View {
    fn new(place: Place, path: Path, octaves: u8, count: usize) -> Self {
        let path = match octaves {
            0 => path,
            _ => halved_path(place, path, octaves),
        };
        Self {
            octaves,
            first: (place.frame.cast_signed() >> octaves) - TAPS_BEFORE as i64,
            len: path.window_len(count),
            path,
        }
    }
}

/// Where the window of one channel is put together, when it cannot be read where it lies.
struct Scratch {
    window: Box<[f32; WINDOW]>,
    halves: [Box<[f32; WINDOW]>; 2],
}

impl Scratch {
    fn new() -> Self {
        let buffer = || Box::new([0.0; WINDOW]);
        Self {
            window: buffer(),
            halves: [buffer(), buffer()],
        }
    }

    /// The window of `view`.
    fn window<'a>(
        &'a mut self,
        kernels: &VoiceKernels,
        bank: &SincBank,
        source: Source<'a, '_>,
        view: &View,
    ) -> &'a [f32] {
        let needed = view.len - WINDOW_PAD;
        if view.octaves == 0 {
            return source.window(kernels, view.first, needed, WINDOW_PAD, &mut *self.window);
        }
        let reach = HALF_BAND_REACH as i64;
        let (mut start, mut count) = (view.first, needed);
        for _ in 0..view.octaves {
            start = 2 * start - reach;
            count = 2 * count + 2 * HALF_BAND_REACH;
        }
        let window = source.window(kernels, start, count.min(WINDOW), 0, &mut *self.window);
        let [a, b] = &mut self.halves;
        let mut have = bank.halve(window, &mut a[..]);
        for octave in 1..view.octaves {
            let (from, to) = if octave % 2 == 1 {
                (&*a, &mut *b)
            } else {
                (&*b, &mut *a)
            };
            have = bank.halve(&from[..have], &mut to[..]);
        }
        &self.halves[usize::from(view.octaves.is_multiple_of(2))][..view.len]
    }
}

/// Asks for what `voice` will read in its next `frames` frames to be brought close, so that it is
/// there when its turn comes.
pub(super) fn prefetch(voice: &Voice, sound: &Sound, frames: usize) {
    let source = Source {
        sound,
        looping: voice.params.looping,
        channel: 0,
        lane: None,
    };
    let whole = |step: u64| usize::try_from((step * frames as u64) >> 32).unwrap_or(0);
    let needed = whole(voice.segment.step) + TAPS_BEFORE + TAPS_AFTER;
    let first = voice.place.frame.cast_signed() - TAPS_BEFORE as i64;
    source.prefetch(first, needed);
}

/// Frames of the next piece.
fn piece_len(voice: &Voice, filter: &VoiceFilter, now: u64, left: usize) -> usize {
    let segment = voice.segment;
    let mut end = segment.end;
    let octaves = segment.band.octaves.max(segment.old_band.octaves);
    if filter.is_on() || octaves > 0 {
        end = end.min(next_cell(now));
    }
    if voice.width.end() > now {
        end = end.min(voice.width.end());
    }
    usize::try_from(end - now).unwrap_or(usize::MAX).min(left)
}

/// How many of `wanted` outputs read before the sound has died away.
fn outputs_before_end(voice: &Voice, path: Path, length: u64, wanted: usize) -> usize {
    if length == u64::MAX {
        return wanted;
    }
    let Some(left) = length
        .saturating_add(if is_copy(voice, path) {
            0
        } else {
            ringing(voice.params.quality)
        })
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

/// Whether every output is a frame of the sound as it is: nothing sounds behind the last one.
fn is_copy(voice: &Voice, path: Path) -> bool {
    let is_even = path.step == 1 << 32 && path.slope == 0 && voice.place.fraction == 0;
    is_even && !voice.segment.is_blending()
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
    place.after(path.position(count).wrapping_sub(path.start))
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
