//! The running side of buses, sends and inserts.

use segue_dsp::insert::Insert;
use segue_dsp::meter::BusMeter;
use segue_dsp::pan::{self, PanLaw};
use segue_dsp::processor::Tail;
use segue_dsp::{CELL, math};

use super::edge::{Cell, Piece};
use super::glide::{Gains, Glide};
use crate::graph::Strip;
use crate::ids::{BusId, InsertId, SendId};
use crate::profiler::Tally;

/// A sample of this size or more, or NaN, is no signal: 600 dB over full scale. The room above it
/// keeps every sum of buses finite.
const BAD: f32 = 1e30;
/// Seconds of silence after the tails of its inserts before a bus with inserts falls asleep: the
/// longest release of a dynamics processor, so that it wakes with its gain at rest.
const SETTLE_SECONDS: f64 = 5.0;
/// Seconds that a meter needs to forget a signal: its window and two bins.
const METER_SECONDS: f64 = 0.32;

/// An id that no object has.
pub(super) const NO_BUS: BusId = BusId::new(0, 0);
/// An id that no object has.
pub(super) const NO_SEND: SendId = SendId::new(0, 0);

/// Durations of one engine, in frames.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// Of every fade: 10 ms.
    pub(super) fade: u32,
    settle: u64,
    meter: u64,
}

impl Times {
    pub(super) fn new(sample_rate: f64) -> Self {
        Self {
            fade: fade_frames(sample_rate),
            settle: math::to_count(SETTLE_SECONDS * sample_rate) as u64,
            meter: math::to_count(METER_SECONDS * sample_rate) as u64,
        }
    }
}

/// Frames of a 10 ms fade, as long as the one in [`Insert`].
#[allow(
    clippy::cast_possible_truncation,
    reason = "10 ms are a few thousand frames"
)]
pub(crate) fn fade_frames(sample_rate: f64) -> u32 {
    math::to_count(segue_dsp::smooth::RAMP_MS * 0.001 * sample_rate).max(1) as u32
}

/// State of one bus slot.
pub(super) struct BusState {
    pub(super) id: BusId,
    pub(super) mute: bool,
    pub(super) solo: bool,
    /// True until its mute and solo were first looked at.
    pub(super) is_new: bool,
    /// 0 while muted, or while others are soloed; also on all its sends.
    pub(super) cut: Glide,
    /// 0 while its chain of inserts is exchanged; also on what keys others.
    pub(super) dip: Glide,
    gain: Glide,
    /// What the game does on top of the fader.
    trim: Glide,
    pan: [Glide; 2],
    position: f32,
    law: PanLaw,
    /// Number of the last span in which a voice has written to its input.
    pub(super) fed: u64,
    /// Pieces of this segment whose signal before the fader is not known to be silent.
    pub(super) live_pre: u32,
    /// The same after the fader.
    pub(super) live_post: u32,
    /// True when the buffer after the fader holds only zeros.
    clean: bool,
    /// It does not work from this frame on, a multiple of a cell.
    sleep_at: u64,
    /// Silent input frames until it may sleep.
    patience: u64,
    /// Muted by the guard until this frame, a multiple of a cell.
    bad_until: u64,
    /// Cells the guard has muted since the last publication.
    pub(super) bad_cells: u32,
    pub(super) meter: BusMeter,
    /// From this frame on the meter reads nothing but zeros.
    meter_until: u64,
    /// Nanoseconds of this block, while the profiler is on.
    pub(super) spent_ns: u64,
    /// Those of the blocks before.
    pub(super) costs: Tally,
}

impl BusState {
    pub(super) fn new(sample_rate: f64) -> Self {
        Self {
            id: NO_BUS,
            mute: false,
            solo: false,
            is_new: false,
            cut: Glide::rest(1.0),
            dip: Glide::rest(1.0),
            gain: Glide::rest(1.0),
            trim: Glide::rest(1.0),
            pan: [Glide::rest(1.0); 2],
            position: 0.0,
            law: PanLaw::Balance,
            fed: 0,
            live_pre: 0,
            live_post: 0,
            clean: true,
            sleep_at: 0,
            patience: 0,
            bad_until: 0,
            bad_cells: 0,
            meter: BusMeter::new(sample_rate),
            meter_until: 0,
            spent_ns: 0,
            costs: Tally::default(),
        }
    }

    /// Starts the slot's next life; `trim` is the game's gain on top of the fader.
    pub(super) fn start(&mut self, id: BusId, strip: &Strip, trim: f32) {
        (self.id, self.mute, self.solo) = (id, strip.mute, strip.solo);
        (self.law, self.position) = (strip.law, strip.pan);
        self.gain = Glide::rest(strip.gain);
        self.trim = Glide::rest(trim);
        self.pan = pan_gains(strip.law, strip.pan).map(Glide::rest);
        self.is_new = true;
        self.dip = Glide::rest(1.0);
        (self.sleep_at, self.bad_until, self.meter_until) = (0, 0, 0);
        self.bad_cells = 0;
        self.fed = 0;
        self.meter.reset();
        (self.spent_ns, self.costs) = (0, Tally::default());
    }

    pub(super) fn set_gain(&mut self, at: u64, gain: f32, frames: u32) {
        self.gain.set(at, gain, frames);
    }

    pub(super) fn set_trim(&mut self, at: u64, gain: f32, frames: u32) {
        self.trim.set(at, gain, frames);
    }

    pub(super) fn set_pan(&mut self, at: u64, position: f32, frames: u32) {
        self.position = position;
        let gains = pan_gains(self.law, position);
        for (glide, gain) in self.pan.iter_mut().zip(gains) {
            glide.set(at, gain, frames);
        }
    }

    pub(super) fn set_law(&mut self, at: u64, law: PanLaw, frames: u32) {
        self.law = law;
        self.set_pan(at, self.position, frames);
    }

    /// Finishes every fade and forgets the signal.
    pub(super) fn reset(&mut self) {
        let glides = [&mut self.cut, &mut self.dip, &mut self.gain, &mut self.trim];
        for glide in glides.into_iter().chain(&mut self.pan) {
            *glide = Glide::rest(glide.target());
        }
        (self.sleep_at, self.bad_until, self.meter_until) = (0, 0, 0);
        (self.fed, self.bad_cells) = (0, 0);
        self.meter.reset();
    }

    /// True when no glide of the fader moves at `at`.
    pub(super) fn is_settled(&self, at: u64) -> bool {
        let glides = [
            &self.cut,
            &self.gain,
            &self.trim,
            &self.pan[0],
            &self.pan[1],
        ];
        glides.into_iter().all(|glide| glide.is_settled(at))
    }

    /// Largest gain from before to after the fader, now or where it heads for. The second number
    /// is without gain and pan.
    pub(super) fn loudest(&self, at: u64) -> [f32; 2] {
        let most = |glide: &Glide| glide.most(at);
        let cut = most(&self.cut);
        let pan = most(&self.pan[0]).max(most(&self.pan[1]));
        [cut * most(&self.gain) * most(&self.trim) * pan, cut]
    }

    /// Sets for how long it works on after its input fell silent. `tails` are those of its
    /// inserts.
    pub(super) fn set_tails(&mut self, tails: impl Iterator<Item = Tail>, times: &Times) {
        let mut patience = 0_u64;
        for tail in tails {
            let frames = match tail {
                Tail::Frames(frames) => frames,
                Tail::Infinite => u64::MAX,
            };
            patience = patience.max(times.settle).saturating_add(frames);
        }
        self.patience = patience;
    }

    /// Wakes it as if there was a signal until `at`.
    pub(super) fn stir(&mut self, at: u64) {
        let sleep_at = next_cell(at.saturating_add(self.patience));
        self.sleep_at = self.sleep_at.max(sleep_at);
    }

    pub(super) fn is_awake(&self, at: u64) -> bool {
        at < self.sleep_at
    }

    /// The frame of the piece from which it works, or `None` if it sleeps. `active` are the first
    /// and the last frame that are not zero in its input or a key. It wakes at the exact frame and
    /// falls asleep at an absolute cell, so that no partition of time changes a bit.
    pub(super) fn wake(&mut self, piece: Piece, active: Option<(usize, usize)>) -> Option<usize> {
        let awake = self.is_awake(piece.at);
        if let Some((_, last)) = active {
            self.stir(piece.at + last as u64 + 1);
        }
        match active {
            _ if awake => Some(0),
            Some((first, _)) => Some(first),
            None => None,
        }
    }

    /// True while the guard mutes it.
    pub(super) fn is_bad(&self, at: u64) -> bool {
        at < self.bad_until
    }

    /// Silences the signal from its first bad frame to the end of the cell. Returns true if there
    /// was one: the inserts have to be reset.
    pub(super) fn guard(&mut self, piece: Piece, io: &mut Cell) -> bool {
        let [left, right] = io;
        let (left, right) = (&mut left[..piece.len], &mut right[..piece.len]);
        if is_good(left) & is_good(right) {
            return false;
        }
        let frames = left.iter().zip(right.iter());
        let good = frames.take_while(|(l, r)| is_good(&[**l, **r])).count();
        left[good..].fill(0.0);
        right[good..].fill(0.0);
        self.bad_until = next_cell(piece.at + 1);
        self.bad_cells = self.bad_cells.saturating_add(1);
        true
    }

    /// Writes the signal after the fader.
    pub(super) fn fade(&mut self, piece: Piece, io: &Cell, post: &mut Span) {
        let gains = |pan| Gains::of(piece.at, &[&self.cut, &self.gain, &self.trim, pan]);
        let gains = [gains(&self.pan[0]), gains(&self.pan[1])];
        if gains.iter().all(Gains::is_zero) {
            return self.silence(piece, post);
        }
        let frames = piece.offset..piece.offset + piece.len;
        for ((gains, signal), out) in gains.iter().zip(io).zip(post) {
            gains.write(&mut out[frames.clone()], &signal[..piece.len]);
        }
        self.live_post |= piece.bit;
        self.clean = false;
    }

    /// Writes silence after the fader, from this piece on.
    pub(super) fn silence(&mut self, piece: Piece, post: &mut Span) {
        if self.clean {
            return;
        }
        post.iter_mut().for_each(|c| c[piece.offset..].fill(0.0));
        self.clean = piece.offset == 0;
    }

    /// Measures `frames` frames after the fader; nothing once it has forgotten the last signal.
    pub(super) fn measure(
        &mut self,
        at: u64,
        offset: usize,
        frames: usize,
        post: &Span,
        times: &Times,
    ) {
        if self.live_post != 0 {
            self.meter_until = at + frames as u64 + times.meter;
        }
        if at < self.meter_until {
            let [left, right] = post;
            let part = offset..offset + frames;
            self.meter.process(at, &left[part.clone()], &right[part]);
        }
    }

    /// Mean square after the fader over the 10 ms that end at `at`.
    pub(super) fn power(&self, at: u64) -> f32 {
        self.meter.power(at)
    }

    /// True while its meter has something to tell at `at`.
    pub(super) fn is_measured(&self, at: u64) -> bool {
        at <= self.meter_until
    }
}

/// Stereo buffer of one span.
pub(super) type Span = [[f32; crate::limits::MAX_SPAN]; 2];

/// State of one send slot.
#[derive(Clone, Copy)]
pub(super) struct SendState {
    pub(super) id: SendId,
    pub(super) gain: Glide,
    /// What the game does on top of it.
    pub(super) trim: Glide,
}

impl SendState {
    pub(super) const fn none() -> Self {
        Self {
            id: NO_SEND,
            gain: Glide::rest(0.0),
            trim: Glide::rest(1.0),
        }
    }

    pub(super) fn is_settled(&self, at: u64) -> bool {
        self.gain.is_settled(at) && self.trim.is_settled(at)
    }
}

/// State of one insert slot.
pub(crate) struct InsertState {
    pub(crate) id: InsertId,
    /// The bus it is on.
    pub(crate) bus: BusId,
    pub(crate) insert: Insert,
    /// What the user wants.
    pub(crate) bypass: bool,
    /// True when a transition keeps it bypassed.
    pub(crate) held: bool,
    /// The key of the current piece.
    pub(super) key: Cell,
}

impl InsertState {
    pub(crate) fn new(id: InsertId, bus: BusId, insert: Insert, bypass: bool) -> Self {
        Self {
            id,
            bus,
            insert,
            bypass,
            held: false,
            key: [[0.0; CELL]; 2],
        }
    }

    pub(super) fn set_bypass(&mut self, on: bool) {
        self.bypass = on;
        self.update_bypass();
    }

    /// Keeps it bypassed, whatever the user wants, or no longer.
    pub(super) fn hold(&mut self, on: bool) {
        self.held = on;
        self.update_bypass();
    }

    fn update_bypass(&mut self) {
        self.insert.set_bypass(self.bypass || self.held);
    }

    /// Processes frames `from..` of a piece.
    pub(super) fn process(&mut self, piece: Piece, from: usize, io: &mut Cell, keyed: bool) {
        let [left, right] = io;
        let frames = from..piece.len;
        let mut io = [&mut left[frames.clone()], &mut right[frames.clone()]];
        let key = [&self.key[0][frames.clone()], &self.key[1][frames]];
        let key = keyed.then_some(&key[..]);
        self.insert.process(piece.at + from as u64, &mut io, key);
    }
}

fn pan_gains(law: PanLaw, position: f32) -> [f32; 2] {
    pan::gains(law, position).into()
}

/// The first multiple of a cell at or after `at`.
fn next_cell(at: u64) -> u64 {
    at.checked_next_multiple_of(CELL as u64).unwrap_or(u64::MAX)
}

/// True when all samples are finite and in bounds. NaN fails the comparison.
fn is_good(signal: &[f32]) -> bool {
    signal.iter().fold(true, |good, x| good & (x.abs() < BAD))
}

/// First and last frame of `signal[..len]` that are not zero.
pub(super) fn active_frames(signal: &Cell, len: usize) -> Option<(usize, usize)> {
    let sounds = |frame: &usize| signal[0][*frame] != 0.0 || signal[1][*frame] != 0.0;
    let first = (0..len).find(sounds)?;
    let last = (first..len).rev().find(sounds)?;
    Some((first, last))
}
