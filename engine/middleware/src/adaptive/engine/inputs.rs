//! Updates of signals, and the slots that rules read.

use segue_rt::{Wide, widest};

use super::{Part, SignalCounts, slot};
use crate::adaptive::code::NEVER;
use crate::adaptive::form::AdaptiveForm;
use crate::adaptive::norms::Norms;
use crate::adaptive::signals::{LANES, Lanes, SLOTS};
use crate::ids::SignalIx;
use crate::limits::SIGNALS;

/// Raw values are kept within this, so that nothing that follows from them overflows.
const MOST: f32 = 1e12;
/// Share by which momentum follows at every update.
const FOLLOW: f32 = 0.2;
/// Groups of signals that are dealt with at once.
const GROUPS: usize = SIGNALS / LANES;
/// All parts of a signal.
const ALL: [Part; 4] = [Part::Raw, Part::Normal, Part::Momentum, Part::Velocity];

#[derive(Clone, Debug)]
pub(super) struct Inputs {
    /// Slots of this tick and of the one before.
    pub(super) now: Box<[f32; SLOTS]>,
    pub(super) before: Box<[f32; SLOTS]>,
    /// What the next tick takes, and a bit for each signal that has something there: one place for
    /// each, so it cannot overflow and a tick takes 256 at most.
    waiting: Box<[Lanes; GROUPS]>,
    touched: [u8; GROUPS],
    /// Groups of which slots moved in this tick.
    moved: [bool; GROUPS],
    /// Frame of the last update of each signal, and for which groups it is the same one for all.
    updated: Box<[[u64; LANES]; GROUPS]>,
    in_step: [bool; GROUPS],
    /// What rules added to the signal `momentum`; the next tick sees it.
    nudge: f32,
    pub(super) counts: SignalCounts,
    /// Values that ticks have taken.
    #[cfg(test)]
    pub(super) taken: u64,
}

impl Inputs {
    pub(super) fn new(form: &AdaptiveForm) -> Self {
        let mut now = Box::new([0.0; SLOTS]);
        for (n, signal) in form.signals.iter().enumerate() {
            let normal = signal.normalise.value(signal.default);
            now[slot(n, Part::Raw)] = signal.default;
            now[slot(n, Part::Normal)] = normal;
            now[slot(n, Part::Momentum)] = normal;
        }
        Self {
            before: now.clone(),
            now,
            waiting: Box::new([[0.0; LANES]; GROUPS]),
            touched: [0; GROUPS],
            moved: [false; GROUPS],
            updated: Box::new([[NEVER; LANES]; GROUPS]),
            in_step: [true; GROUPS],
            nudge: 0.0,
            counts: SignalCounts::default(),
            #[cfg(test)]
            taken: 0,
        }
    }

    pub(super) fn put(&mut self, signal: Option<SignalIx>, value: f32) -> bool {
        self.counts.updates += 1;
        let Some(signal) = signal.filter(|_| value.is_finite()) else {
            self.counts.refused += 1;
            return false;
        };
        let (group, lane) = place(signal.at());
        self.counts.dropped += u64::from(self.touched[group] >> lane & 1);
        self.touched[group] |= 1 << lane;
        self.waiting[group][lane] = value.clamp(-MOST, MOST);
        true
    }

    /// Takes what arrived since the last tick, in the order of the signals.
    pub(super) fn drain(&mut self, form: &AdaptiveForm, at: u64) {
        widest(Drain(self, form, at));
    }

    #[inline(always)]
    fn take(&mut self, form: &AdaptiveForm, at: u64) {
        let nudge = std::mem::take(&mut self.nudge);
        let known = &form.known;
        let mut global = Global {
            momentum: self.now[slot(known.momentum, Part::Raw)] + nudge,
            velocity: None,
        };
        let mut any = nudge != 0.0;
        let mut pace = Pace::new(form.sample_rate, at);
        for group in 0..form.norms.len().min(GROUPS) {
            let mut bits = std::mem::take(&mut self.touched[group]);
            if bits == 0 {
                continue;
            }
            any = true;
            #[cfg(test)]
            {
                self.taken += u64::from(bits.count_ones());
            }
            let (normal, velocity) = self.update(&form.norms[group], group, bits, &mut pace);
            let own = [known.momentum, known.velocity].map(|signal| place(signal).0);
            if bits == u8::MAX && !own.contains(&group) {
                global.follow_all(&normal, &velocity);
                continue;
            }
            while bits != 0 {
                let lane = bits.trailing_zeros() as usize;
                let signal = group * LANES + lane;
                bits &= bits - 1;
                if signal == known.momentum {
                    global.momentum = self.now[slot(signal, Part::Raw)];
                } else if signal != known.velocity {
                    global.follow(normal[lane], velocity[lane]);
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
        for group in 0..GROUPS {
            if std::mem::take(&mut self.moved[group]) {
                for part in ALL {
                    let first = slot(group * LANES, part);
                    let now: &Lanes = lanes(&self.now, first);
                    *lanes_mut(&mut self.before, first) = *now;
                }
            }
        }
    }

    /// Adds to the signal `momentum`.
    pub(super) fn nudge_momentum(&mut self, delta: f32) {
        self.nudge += delta;
    }

    /// Takes over the value of a signal of another bank.
    pub(super) fn carry(&mut self, to: usize, old: &Self, from: usize) {
        for part in ALL {
            let [to, from] = [to, from].map(|signal| slot(signal, part));
            self.now[to] = old.now[from];
            self.before[to] = old.before[from];
        }
        let ((old_group, old_lane), (group, lane)) = (place(from), place(to));
        self.updated[group][lane] = old.updated[old_group][old_lane];
        self.in_step[group] = false;
        if old.touched[old_group] >> old_lane & 1 == 1 {
            self.touched[group] |= 1 << lane;
            self.waiting[group][lane] = old.waiting[old_group][old_lane];
        }
    }

    /// Takes over what rules have added since the last tick.
    pub(super) fn carry_nudge(&mut self, old: &Self) {
        self.nudge = old.nudge;
    }

    /// The raw value of a signal under the normalisation of this bank. The game did not change it.
    pub(super) fn renormalise(&mut self, form: &AdaptiveForm, signal: usize) {
        self.normalise(form, signal);
        let at = slot(signal, Part::Normal);
        self.before[at] = self.now[at];
    }

    fn normalise(&mut self, form: &AdaptiveForm, signal: usize) {
        let raw = self.now[slot(signal, Part::Raw)];
        self.now[slot(signal, Part::Normal)] = form.signals[signal].normalise.value(raw);
    }

    /// One update of each signal of a group whose bit is set; the normalised values and the
    /// velocities. All eight are made, and those kept that are meant.
    #[inline(always)]
    fn update(&mut self, norms: &Norms, group: usize, bits: u8, pace: &mut Pace) -> (Lanes, Lanes) {
        let first = group * LANES;
        let raw = self.waiting[group];
        let normal = norms.values(&raw);
        let before = *lanes(&self.now, slot(first, Part::Normal));
        let momentum = *lanes(&self.now, slot(first, Part::Momentum));
        let updated = &mut self.updated[group];
        let per_s = if self.in_step[group] {
            [pace.since(updated[0]); LANES]
        } else {
            updated.map(|last| pace.since(last))
        };
        let velocity = velocities(&normal, &before, &per_s);
        let momentum = std::array::from_fn(|n| momentum[n] + FOLLOW * (normal[n] - momentum[n]));
        let mut new: [Lanes; 4] = [raw, normal, momentum, velocity];
        let all = bits == u8::MAX;
        if all {
            *updated = [pace.at; LANES];
        } else {
            let meant: [bool; LANES] = std::array::from_fn(|n| bits >> n & 1 == 1);
            for (part, new) in ALL.into_iter().zip(&mut new) {
                let old = lanes(&self.now, slot(first, part));
                *new = std::array::from_fn(|n| if meant[n] { new[n] } else { old[n] });
            }
            *updated = std::array::from_fn(|n| if meant[n] { pace.at } else { updated[n] });
        }
        for (part, new) in ALL.into_iter().zip(&new) {
            *lanes_mut(&mut self.now, slot(first, part)) = *new;
        }
        self.in_step[group] = all;
        self.moved[group] = true;
        (normal, velocity)
    }

    fn set(&mut self, form: &AdaptiveForm, signal: usize, raw: f32) {
        self.moved[place(signal).0] = true;
        self.now[slot(signal, Part::Raw)] = finite(raw);
        self.normalise(form, signal);
    }
}

/// [`Inputs::take`].
struct Drain<'a>(&'a mut Inputs, &'a AdaptiveForm, u64);

impl Wide for Drain<'_> {
    type Out = ();

    #[inline(always)]
    fn run(self) {
        let Self(inputs, form, at) = self;
        inputs.take(form, at);
    }
}

/// How often a second something happened that happened at two frames.
struct Pace {
    sample_rate: f64,
    at: u64,
    /// The last question and its answer: most signals come in step.
    frames: u64,
    per_s: f64,
}

impl Pace {
    fn new(sample_rate: f64, at: u64) -> Self {
        Self {
            sample_rate,
            at,
            frames: 0,
            per_s: 0.0,
        }
    }

    /// Between `last` and now; 0 where there is no time between them.
    fn since(&mut self, last: u64) -> f64 {
        let frames = if last == NEVER {
            0
        } else {
            self.at.saturating_sub(last)
        };
        if frames != self.frames {
            self.frames = frames;
            self.per_s = if frames == 0 {
                0.0
            } else {
                self.sample_rate / frames as f64
            };
        }
        self.per_s
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
        self.outrun(velocity);
    }

    /// Eight steps of the momentum in one, so that they do not wait for each other.
    #[inline(always)]
    fn follow_all(&mut self, normal: &Lanes, velocity: &Lanes) {
        let shares: Lanes = std::array::from_fn(|n| normal[n] * SHARES[n]);
        let [a, b, c, d, e, f, g, h] = shares;
        self.momentum = self.momentum * KEPT + (((a + b) + (c + d)) + ((e + f) + (g + h)));
        // Few groups have a faster one than all before them.
        if self
            .velocity
            .is_none_or(|fastest| most(velocity) > fastest.abs())
        {
            velocity.iter().for_each(|it| self.outrun(*it));
        }
    }

    fn outrun(&mut self, velocity: f32) {
        let faster = |fastest: f32| velocity.abs() > fastest.abs();
        if self.velocity.is_none_or(faster) {
            self.velocity = Some(velocity);
        }
    }
}

/// What eight steps leave of the momentum before them.
const KEPT: f32 = power(1.0 - FOLLOW, LANES);
/// The share that each of eight steps has in the momentum behind them.
const SHARES: Lanes = {
    let mut shares = [0.0; LANES];
    let mut n = 0;
    while n < LANES {
        shares[n] = FOLLOW * power(1.0 - FOLLOW, LANES - 1 - n);
        n += 1;
    }
    shares
};

const fn power(x: f32, n: usize) -> f32 {
    let (mut power, mut k) = (1.0, 0);
    while k < n {
        power *= x;
        k += 1;
    }
    power
}

/// Group of a signal, and its lane there.
fn place(signal: usize) -> (usize, usize) {
    (signal / LANES, signal % LANES)
}

/// Eight slots from a multiple of eight on.
#[inline(always)]
fn lanes(slots: &[f32; SLOTS], first: usize) -> &Lanes {
    &slots.as_chunks::<LANES>().0[first / LANES]
}

#[inline(always)]
fn lanes_mut(slots: &mut [f32; SLOTS], first: usize) -> &mut Lanes {
    &mut slots.as_chunks_mut::<LANES>().0[first / LANES]
}

/// Changes of normalised values a second.
#[expect(clippy::cast_possible_truncation, reason = "a velocity needs no more")]
#[inline(always)]
fn velocities(now: &Lanes, before: &Lanes, per_s: &[f64; LANES]) -> Lanes {
    let mut velocities = [0.0; LANES];
    for n in 0..LANES {
        velocities[n] = finite((f64::from(now[n] - before[n]) * per_s[n]) as f32);
    }
    velocities
}

/// The largest of eight finite numbers, without their signs. Two halves and then pairs, so that
/// they are compared at once.
#[inline(always)]
fn most(list: &Lanes) -> f32 {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let [a, b, c, d, e, f, g, h] = list.map(f32::abs);
    let [a, b, c, d] = [larger(a, e), larger(b, f), larger(c, g), larger(d, h)];
    larger(larger(a, c), larger(b, d))
}

#[inline(always)]
fn finite(x: f32) -> f32 {
    if x.is_finite() { x } else { 0.0 }
}
