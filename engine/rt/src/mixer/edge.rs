//! The running side of an edge: compensation delay, fade and change of length.

use segue_dsp::CELL;

use super::glide::{Gains, Glide};

/// One piece of a stereo signal, at most a cell long.
pub(super) type Cell = [[f32; CELL]; 2];

/// Frames `at..at + len` of absolute time, which lie in one cell and start at `offset` of the
/// span. `bit` is its place in the [`live`](super::bus::BusState) masks.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) at: u64,
    pub(super) offset: usize,
    pub(super) len: usize,
    pub(super) bit: u32,
}

/// Stereo delay memory, addressed by absolute frame.
pub(crate) struct Ring {
    channels: [Box<[f32]>; 2],
}

impl Ring {
    /// Memory for delays of up to `delay` frames. Allocates. `[main-thread]`
    pub(crate) fn new(delay: u32) -> Self {
        let silence = || vec![0.0; Self::capacity_for(delay)].into_boxed_slice();
        Self {
            channels: [silence(), silence()],
        }
    }

    /// Frames that a delay needs: a power of two that also holds the piece being written.
    pub(crate) fn capacity_for(delay: u32) -> usize {
        (delay as usize + CELL).next_power_of_two()
    }

    fn capacity(&self) -> usize {
        self.channels[0].len()
    }

    fn clear(&mut self) {
        self.channels.iter_mut().for_each(|c| c.fill(0.0));
    }

    /// Index of an absolute frame.
    #[allow(clippy::cast_possible_truncation, reason = "masked to the capacity")]
    fn index(&self, at: u64) -> usize {
        at as usize & (self.capacity() - 1)
    }

    fn write(&mut self, at: u64, len: usize, signal: Option<[&[f32]; 2]>) {
        let start = self.index(at);
        for (c, memory) in self.channels.iter_mut().enumerate() {
            let head = len.min(memory.len() - start);
            match signal {
                Some(signal) => {
                    memory[start..start + head].copy_from_slice(&signal[c][..head]);
                    memory[..len - head].copy_from_slice(&signal[c][head..len]);
                }
                None => {
                    memory[start..start + head].fill(0.0);
                    memory[..len - head].fill(0.0);
                }
            }
        }
    }

    /// The `len` frames from `at - delay` on.
    fn read(&self, at: u64, delay: u32, len: usize, out: &mut Cell) {
        let start = self.index(at.wrapping_sub(u64::from(delay)));
        for (memory, out) in self.channels.iter().zip(out) {
            let head = len.min(memory.len() - start);
            out[..head].copy_from_slice(&memory[start..start + head]);
            out[head..len].copy_from_slice(&memory[..len - head]);
        }
    }

    /// Takes over the past of a shorter ring, up to frame `at`.
    fn continue_from(&mut self, other: &Self, at: u64) {
        for back in 1..=other.capacity().min(self.capacity()) as u64 {
            let frame = at.wrapping_sub(back);
            let (to, from) = (self.index(frame), other.index(frame));
            for (memory, past) in self.channels.iter_mut().zip(&other.channels) {
                memory[to] = past[from];
            }
        }
    }
}

/// State of one edge slot.
pub(super) struct EdgeState {
    ring: Option<Ring>,
    delay: u32,
    /// The delay it comes from while `taps` moves from 0 to 1.
    delay_before: u32,
    taps: Glide,
    fade: Glide,
    /// True while the ring is written though `delay` is 0, because it will grow.
    recording: bool,
    /// From this frame on the ring holds only zeros.
    drained_at: u64,
}

impl Default for EdgeState {
    fn default() -> Self {
        Self {
            ring: None,
            delay: 0,
            delay_before: 0,
            taps: Glide::rest(1.0),
            fade: Glide::rest(1.0),
            recording: false,
            drained_at: 0,
        }
    }
}

impl EdgeState {
    /// Exchanges its ring for a longer one with the same past. The old one comes back in `ring`.
    pub(super) fn lengthen(&mut self, at: u64, ring: &mut Option<Ring>) {
        if let (Some(old), Some(new)) = (&self.ring, ring.as_mut()) {
            new.continue_from(old, at);
        }
        if let Some(new) = ring {
            self.drained_at = self.drained_at.max(at + new.capacity() as u64);
        }
        std::mem::swap(&mut self.ring, ring);
    }

    /// Begins to remember the signal, ahead of a delay. `[audio-thread]`
    pub(super) fn record(&mut self) {
        if self.delay == 0 && !self.recording {
            self.clear();
        }
        self.recording = true;
    }

    pub(super) fn fade_out(&mut self, at: u64, frames: u32) {
        self.fade.set(at, 0.0, frames);
    }

    /// Starts the slot's next life, silent memory included; `rise` is its fade-in.
    pub(super) fn start(&mut self, delay: u32, rise: Glide) {
        self.clear();
        self.delay = delay;
        self.delay_before = delay;
        self.taps = Glide::rest(1.0);
        self.fade = rise;
        self.recording = false;
    }

    /// Changes the delay with a cross-fade of `frames` between the two taps.
    pub(super) fn set_delay(&mut self, at: u64, delay: u32, frames: u32) {
        self.delay_before = self.delay;
        self.delay = delay;
        self.taps = Glide::new(0.0, 1.0, at, frames);
        self.recording = false;
    }

    /// Empties the memory and finishes every fade.
    pub(super) fn reset(&mut self) {
        self.clear();
        self.taps = Glide::rest(1.0);
        self.fade = Glide::rest(self.fade.target());
        self.delay_before = self.delay;
    }

    fn clear(&mut self) {
        self.ring.iter_mut().for_each(Ring::clear);
        self.drained_at = 0;
    }

    /// True when it adds nothing at `at` and after it as long as its source is silent.
    pub(super) fn is_drained(&self, at: u64) -> bool {
        self.ring.is_none() || at >= self.drained_at
    }

    /// The fade of this edge, for its product of gains.
    pub(super) fn fade(&self) -> &Glide {
        &self.fade
    }

    /// Takes one piece of its source (`None`: silent) and adds what leaves the delay to `out`.
    /// Returns false when that was silent. `[audio-thread]`
    pub(super) fn pass(
        &mut self,
        piece: Piece,
        source: Option<[&[f32]; 2]>,
        gains: &Gains,
        out: &mut Cell,
    ) -> bool {
        let used = self.delay > 0 || self.recording || !self.taps.is_settled(piece.at);
        let Some(ring) = self.ring.as_mut().filter(|_| used) else {
            return add_direct(piece, source, gains, out);
        };
        if source.is_some() {
            self.drained_at = piece.at + (piece.len + ring.capacity()) as u64;
        } else if piece.at >= self.drained_at {
            return false;
        }
        ring.write(piece.at, piece.len, source);
        if gains.is_zero() {
            return false;
        }
        let mut signal = [[0.0; CELL]; 2];
        ring.read(piece.at, self.delay, piece.len, &mut signal);
        if !self.taps.is_settled(piece.at) {
            let mut before = [[0.0; CELL]; 2];
            ring.read(piece.at, self.delay_before, piece.len, &mut before);
            cross_fade(&self.taps, piece.at, &before, &mut signal);
        }
        for (out, signal) in out.iter_mut().zip(&signal) {
            gains.add(&mut out[..piece.len], &signal[..piece.len]);
        }
        true
    }
}

fn add_direct(piece: Piece, source: Option<[&[f32]; 2]>, gains: &Gains, out: &mut Cell) -> bool {
    let Some(source) = source.filter(|_| !gains.is_zero()) else {
        return false;
    };
    for (out, signal) in out.iter_mut().zip(source) {
        gains.add(&mut out[..piece.len], signal);
    }
    true
}

/// `signal = before + w·(signal - before)`, exactly `signal` once w is 1.
fn cross_fade(taps: &Glide, at: u64, before: &Cell, signal: &mut Cell) {
    let mut weights = [1.0; CELL];
    taps.scale(at, &mut weights);
    for (signal, before) in signal.iter_mut().zip(before) {
        for ((new, old), w) in signal.iter_mut().zip(before).zip(&weights) {
            *new = (1.0 - w) * old + w * *new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(at: u64, len: usize) -> Piece {
        Piece {
            at,
            offset: 0,
            len,
            bit: 0,
        }
    }

    /// Passes the ramp 0, 1, 2, … through `edge`, frames `from..to`.
    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    fn run(edge: &mut EdgeState, from: u64, to: u64) -> Vec<f32> {
        let mut all = Vec::new();
        for at in (from..to).step_by(7) {
            let len = usize::try_from(7.min(to - at)).unwrap();
            let signal: Vec<f32> = (at..).take(len).map(|n| n as f32).collect();
            let mut out = [[0.0; CELL]; 2];
            let gains = Gains::Steady(1.0);
            edge.pass(piece(at, len), Some([&signal, &signal]), &gains, &mut out);
            all.extend_from_slice(&out[0][..len]);
        }
        all
    }

    #[test]
    fn delays_to_the_frame_and_keeps_the_past() {
        let mut edge = EdgeState::default();
        edge.lengthen(0, &mut Some(Ring::new(5)));
        edge.start(5, Glide::rest(1.0));
        let out = run(&mut edge, 0, 40);
        assert_eq!((out[4], out[5], out[39]), (0.0, 0.0, 34.0));
        let mut longer = Some(Ring::new(300));
        edge.lengthen(40, &mut longer);
        assert_eq!(longer.map(|r| r.capacity()), Some(64));
        assert_eq!(run(&mut edge, 40, 41), [35.0]);
        edge.set_delay(41, 20, 10);
        let out = run(&mut edge, 41, 60);
        assert_eq!(out[0], 36.0);
        assert!((out[5] - (0.5 * 41.0 + 0.5 * 26.0)).abs() < 1e-4);
        assert_eq!(out[10..], (31..40).map(|n| n as f32).collect::<Vec<_>>());
    }

    #[test]
    fn a_drained_edge_is_silent_and_stays_exact() {
        let mut edge = EdgeState::default();
        edge.lengthen(0, &mut Some(Ring::new(5)));
        edge.start(5, Glide::rest(1.0));
        run(&mut edge, 0, 7);
        let mut out = [[0.0; CELL]; 2];
        let gains = Gains::Steady(1.0);
        let mut heard = 0.0;
        let mut at = 7;
        while edge.pass(piece(at, 8), None, &gains, &mut out) {
            heard += out[0].iter().sum::<f32>();
            out = [[0.0; CELL]; 2];
            at += 8;
        }
        assert_eq!(heard, 2.0 + 3.0 + 4.0 + 5.0 + 6.0);
        assert!(edge.is_drained(at));
        let out = run(&mut edge, 1007, 1021);
        assert_eq!(out[..6], [0.0, 0.0, 0.0, 0.0, 0.0, 1007.0]);
    }

    #[test]
    fn recording_prepares_a_longer_delay() {
        let mut edge = EdgeState::default();
        edge.lengthen(0, &mut Some(Ring::new(16)));
        edge.record();
        assert_eq!(run(&mut edge, 0, 20)[19], 19.0);
        edge.set_delay(20, 16, 1);
        assert_eq!(run(&mut edge, 20, 22), [20.0, 5.0]);
    }
}
