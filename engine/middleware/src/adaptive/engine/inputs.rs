//! Updates of signals, and the slots that rules read.

use super::{Part, SignalCounts, slot};
use crate::adaptive::code::NEVER;
use crate::adaptive::form::AdaptiveForm;
use crate::adaptive::signals::{PARTS, SIGNALS};
use crate::ids::SignalIx;

/// Raw values are kept within this, so that nothing that follows from them overflows.
const MOST: f32 = 1e12;
/// Share by which momentum follows at every update.
const FOLLOW: f32 = 0.2;
/// Words of a set of signals.
const WORDS: usize = SIGNALS / 64;

#[derive(Clone, Debug)]
pub(super) struct Inputs {
    /// Slots of this tick and of the one before.
    pub(super) now: Box<[f32]>,
    pub(super) before: Box<[f32]>,
    /// What the next tick takes, and a bit for each signal that has something there: one place for
    /// each, so it cannot overflow and a tick takes 256 at most.
    waiting: Box<[f32]>,
    touched: [u64; WORDS],
    /// Signals whose slots moved in this tick.
    moved: [u64; WORDS],
    /// Frame of the last update of each signal.
    updated: Box<[u64]>,
    /// What rules added to the signal `momentum`; the next tick sees it.
    nudge: f32,
    pub(super) counts: SignalCounts,
}

impl Inputs {
    pub(super) fn new(form: &AdaptiveForm) -> Self {
        let count = form.signals.len();
        let mut now = vec![0.0; count * PARTS].into_boxed_slice();
        for (n, signal) in form.signals.iter().enumerate() {
            let normal = signal.normalise.value(signal.default);
            now[slot(n, Part::Raw)] = signal.default;
            now[slot(n, Part::Normal)] = normal;
            now[slot(n, Part::Momentum)] = normal;
        }
        Self {
            before: now.clone(),
            now,
            waiting: vec![0.0; count].into_boxed_slice(),
            touched: [0; WORDS],
            moved: [0; WORDS],
            updated: vec![NEVER; count].into_boxed_slice(),
            nudge: 0.0,
            counts: SignalCounts::default(),
        }
    }

    pub(super) fn put(&mut self, signal: Option<SignalIx>, value: f32) -> bool {
        self.counts.updates += 1;
        let Some(signal) = signal.filter(|_| value.is_finite()) else {
            self.counts.refused += 1;
            return false;
        };
        let (word, bit) = place(signal.at());
        self.counts.dropped += u64::from(self.touched[word] & bit != 0);
        self.touched[word] |= bit;
        self.waiting[signal.at()] = value.clamp(-MOST, MOST);
        true
    }

    /// Takes what arrived since the last tick, in the order of the signals.
    pub(super) fn drain(&mut self, form: &AdaptiveForm, at: u64) {
        let nudge = std::mem::take(&mut self.nudge);
        let known = &form.known;
        let mut global = Global {
            momentum: self.now[slot(known.momentum, Part::Raw)] + nudge,
            velocity: None,
        };
        let mut any = nudge != 0.0;
        for word in 0..WORDS {
            let mut bits = std::mem::take(&mut self.touched[word]);
            any |= bits != 0;
            self.moved[word] |= bits;
            while bits != 0 {
                let signal = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let (normal, velocity) = self.update(form, signal, at);
                if signal == known.momentum {
                    global.momentum = self.now[slot(signal, Part::Raw)];
                } else if signal != known.velocity {
                    global.follow(normal, velocity);
                }
            }
        }
        if any {
            self.set(form, known.momentum, global.momentum);
        }
        if let Some(velocity) = global.velocity {
            self.set(form, known.velocity, velocity);
        }
    }

    /// What was in this tick is what was before, from now on.
    pub(super) fn remember(&mut self) {
        for word in 0..WORDS {
            let mut bits = std::mem::take(&mut self.moved[word]);
            while bits != 0 {
                let first = slot(word * 64 + bits.trailing_zeros() as usize, Part::Raw);
                bits &= bits - 1;
                let slots = first..first + PARTS;
                self.before[slots.clone()].copy_from_slice(&self.now[slots]);
            }
        }
    }

    /// Adds to the signal `momentum`.
    pub(super) fn nudge_momentum(&mut self, delta: f32) {
        self.nudge += delta;
    }

    /// Takes over the value of a signal of another bank.
    pub(super) fn carry(&mut self, to: usize, old: &Self, from: usize) {
        let [to_slot, from_slot] = [to, from].map(|signal| slot(signal, Part::Raw));
        let from_slots = from_slot..from_slot + PARTS;
        self.now[to_slot..to_slot + PARTS].copy_from_slice(&old.now[from_slots.clone()]);
        self.before[to_slot..to_slot + PARTS].copy_from_slice(&old.before[from_slots]);
        self.updated[to] = old.updated[from];
        let ((old_word, old_bit), (word, bit)) = (place(from), place(to));
        if old.touched[old_word] & old_bit != 0 {
            self.touched[word] |= bit;
            self.waiting[to] = old.waiting[from];
        }
    }

    /// Takes over what rules have added since the last tick.
    pub(super) fn carry_nudge(&mut self, old: &Self) {
        self.nudge = old.nudge;
    }

    /// The raw value of a signal under the normalisation of this bank.
    pub(super) fn normalise(&mut self, form: &AdaptiveForm, signal: usize) {
        let raw = self.now[slot(signal, Part::Raw)];
        self.now[slot(signal, Part::Normal)] = form.signals[signal].normalise.value(raw);
    }

    /// One update; the normalised value and the velocity.
    #[expect(clippy::cast_possible_truncation, reason = "a velocity needs no more")]
    fn update(&mut self, form: &AdaptiveForm, signal: usize, at: u64) -> (f32, f32) {
        let raw = self.waiting[signal];
        let first = slot(signal, Part::Raw);
        let slots = &mut self.now[first..first + PARTS];
        let before = slots[Part::Normal as usize];
        let normal = form.signals[signal].normalise.value(raw);
        let last = std::mem::replace(&mut self.updated[signal], at);
        let velocity = if last == NEVER || at <= last {
            0.0
        } else {
            let seconds = (at - last) as f64 / form.sample_rate;
            finite((f64::from(normal - before) / seconds) as f32)
        };
        let momentum = slots[Part::Momentum as usize];
        let momentum = momentum + FOLLOW * (normal - momentum);
        slots.copy_from_slice(&[raw, normal, momentum, velocity]);
        (normal, velocity)
    }

    fn set(&mut self, form: &AdaptiveForm, signal: usize, raw: f32) {
        let (word, bit) = place(signal);
        self.moved[word] |= bit;
        self.now[slot(signal, Part::Raw)] = finite(raw);
        self.normalise(form, signal);
    }
}

/// The signals `momentum` and `velocity` while a tick takes updates of the others.
struct Global {
    momentum: f32,
    /// The largest one, without its sign.
    velocity: Option<f32>,
}

impl Global {
    fn follow(&mut self, normal: f32, velocity: f32) {
        self.momentum += FOLLOW * (normal - self.momentum);
        let faster = |fastest: f32| velocity.abs() > fastest.abs();
        if self.velocity.is_none_or(faster) {
            self.velocity = Some(velocity);
        }
    }
}

/// Word and bit of a signal in a set.
fn place(signal: usize) -> (usize, u64) {
    (signal / 64, 1 << (signal % 64))
}

fn finite(x: f32) -> f32 {
    if x.is_finite() { x } else { 0.0 }
}
