//! A cascade of bands, grouped into lanes.

use super::design::{Band, BandKind, MAX_SECTIONS};
use crate::CELL;
use crate::planar::{self, MAX_CHANNELS};
use crate::processor::Setup;
use crate::smooth::{CellSmoother, LogSmoother};
use crate::svf::{self, GroupCoefs, GroupState, SvfCoefs, run_group};

/// Most groups a chain can need: each begins with another band.
const MAX_BANDS: usize = 16;
/// Pairs of channels.
const PAIRS: usize = MAX_CHANNELS / 2;
/// Level at which a band's ringing counts as gone; it may have started at +60 dB.
const SILENCE: f64 = 1e-9;

/// Which part of the signal a band works on. All but `Stereo` concern the first two channels
/// only; on a mono bus left and mid are the channel, right and side are nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// Every channel.
    #[default]
    Stereo,
    /// The first channel.
    Left,
    /// The second channel.
    Right,
    /// (L + R)/2.
    Mid,
    /// (L − R)/2.
    Side,
}

impl Placement {
    /// All placements in the order of the parameter's choices.
    pub const ALL: [Self; 5] = [Self::Stereo, Self::Left, Self::Right, Self::Mid, Self::Side];

    fn is_mid_side(self) -> bool {
        matches!(self, Self::Mid | Self::Side)
    }

    /// Whether it includes channel `side` (0 or 1) of the first pair.
    fn includes(self, side: usize) -> bool {
        match self {
            Self::Stereo => true,
            Self::Left | Self::Mid => side == 0,
            Self::Right | Self::Side => side == 1,
        }
    }
}

/// What cannot move smoothly in a band: a change cross-fades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BandShape {
    /// In use.
    pub on: bool,
    /// Mutes all bands that are not soloed.
    pub solo: bool,
    /// What it does.
    pub kind: BandKind,
    /// Order of low- and high-passes, 1 to 8.
    pub order: usize,
    /// Where it does it.
    pub placement: Placement,
}

/// All numbers of a band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandSettings {
    /// What cross-fades.
    pub shape: BandShape,
    /// Centre or corner frequency, Hz.
    pub freq: f64,
    /// Gain, dB.
    pub gain_db: f64,
    /// Quality factor.
    pub q: f64,
}

/// The shapes that are heard: `None` for a band that is off or muted by another's solo.
pub(super) fn heard(shapes: &[BandShape], band: usize) -> Option<BandShape> {
    let any_solo = shapes.iter().any(|s| s.on && s.solo);
    let shape = shapes.get(band)?;
    let order = if shape.kind.has_slope() {
        shape.order
    } else {
        2
    };
    (shape.on && (shape.solo || !any_solo)).then_some(BandShape {
        order,
        solo: false,
        ..*shape
    })
}

/// One band in a chain.
#[derive(Clone, Copy, Debug)]
struct Link {
    shape: Option<BandShape>,
    freq: LogSmoother,
    gain: CellSmoother,
    q: LogSmoother,
    /// Coefficients at the end of the current cell.
    coefs: [SvfCoefs; MAX_SECTIONS],
    count: usize,
    /// Magnitude of the slowest pole.
    pole: f64,
    /// Its first section's place in the plan.
    place: Option<(usize, usize)>,
}

/// Up to eight sections that run side by side.
#[derive(Clone, Copy, Debug)]
struct Group {
    mid_side: bool,
    used: usize,
    front: GroupCoefs,
    rest: GroupCoefs,
    state: [GroupState; PAIRS],
}

/// A cascade of bands without cross-fades: one of the two instances of a bank.
#[derive(Debug)]
pub(super) struct Chain {
    sample_rate: f64,
    channels: usize,
    links: Vec<Link>,
    groups: Vec<Group>,
    used: usize,
    moving: bool,
}

impl Chain {
    /// A chain at rest with all `bands` (at most 16). `[main-thread]`
    pub(super) fn new(setup: Setup, bands: &[BandSettings]) -> Self {
        let rate = setup.sample_rate;
        let links = bands
            .iter()
            .take(MAX_BANDS)
            .map(|band| Link::new(band, rate));
        Self {
            sample_rate: rate,
            channels: setup.channels,
            links: links.collect(),
            groups: vec![Group::empty(false); MAX_BANDS],
            used: 0,
            moving: false,
        }
    }

    /// Becomes a copy of `other`, which has as many bands. `[audio-thread]`
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.links.copy_from_slice(&other.links);
        self.groups[..other.used].copy_from_slice(&other.groups[..other.used]);
        self.used = other.used;
        self.moving = other.moving;
    }

    /// What `band` does and what it would do as `next`; `None` when it is not heard or passes
    /// everything.
    pub(super) fn turn(
        &self,
        band: usize,
        next: Option<BandShape>,
    ) -> (Option<BandShape>, Option<BandShape>) {
        let Some(link) = self.links.get(band) else {
            return (None, None);
        };
        let zero = link.gain.value() == 0.0 && link.gain.is_steady();
        let audible = |shape: &BandShape| !(zero && shape.kind.has_gain());
        (link.shape.filter(audible), next.filter(audible))
    }

    pub(super) fn set_freq(&mut self, band: usize, hertz: f64) {
        self.set(band, |link| link.freq.set(hertz));
    }

    pub(super) fn set_gain(&mut self, band: usize, db: f64) {
        self.set(band, |link| link.gain.set(db));
    }

    pub(super) fn set_q(&mut self, band: usize, q: f64) {
        self.set(band, |link| link.q.set(q));
    }

    fn set(&mut self, band: usize, change: impl FnOnce(&mut Link)) {
        if let Some(link) = self.links.get_mut(band) {
            change(link);
            self.moving |= !link.is_steady();
        }
    }

    /// Takes over `shapes` at once. Bands that are heard in another way than before start silent
    /// at their targets, the others go on. `[audio-thread]`
    pub(super) fn adopt(&mut self, shapes: &[BandShape]) {
        let memory = self.take_memory();
        for (band, link) in self.links.iter_mut().enumerate() {
            let shape = heard(shapes, band);
            if shape != link.shape {
                link.shape = shape;
                link.place = None;
                link.finish();
                link.redesign(self.sample_rate);
            }
        }
        self.plan(&memory);
    }

    /// Forgets the signal and jumps to all targets. `[audio-thread]`
    pub(super) fn reset(&mut self, shapes: &[BandShape]) {
        for (band, link) in self.links.iter_mut().enumerate() {
            link.shape = heard(shapes, band);
            link.place = None;
            link.finish();
            link.redesign(self.sample_rate);
        }
        self.moving = false;
        self.plan(&[[[[0.0; 2]; MAX_CHANNELS]; MAX_SECTIONS]; MAX_BANDS]);
    }

    /// Frames until it is silent.
    pub(super) fn tail(&self) -> f64 {
        let active = self.links.iter().filter(|link| link.is_active());
        let frames = active.map(|link| {
            let decay = crate::math::ln_f64(link.pole.max(f64::MIN_POSITIVE));
            link.count as f64 * crate::math::ln_f64(SILENCE) / decay.min(-1e-12)
        });
        frames.sum()
    }

    /// Whether [`Self::process`] changes nothing, neither the signal nor a band.
    pub(super) fn is_idle(&self) -> bool {
        self.used == 0 && !self.moving
    }

    /// Processes `io` in place from absolute frame `at`. `[audio-thread]`
    pub(super) fn process(&mut self, at: u64, io: &mut [&mut [f32]]) {
        let (channels, frames) = (io.len(), planar::len(io));
        let mut start = 0;
        while start < frames {
            let phase = planar::cell_phase(at, start);
            if phase == 0 && self.moving {
                self.cross_cell();
            }
            let cell_end = start + CELL - phase;
            let end = if self.moving {
                cell_end.min(frames)
            } else {
                frames
            };
            let mut part = planar::frames(io, &(start..end));
            self.run(&mut part[..channels], self.moving.then_some(phase));
            start = end;
        }
    }

    /// Moves every smoothed number on by a cell.
    fn cross_cell(&mut self) {
        for group in &mut self.groups[..self.used] {
            group.front.finish_cell();
            group.rest.finish_cell();
        }
        let mut moved = [false; MAX_BANDS];
        let mut plan_changes = false;
        for (link, moved) in self.links.iter_mut().zip(&mut moved) {
            let was_neutral = link.is_neutral();
            *moved = link.tick();
            let active = link.shape.is_some() && !(was_neutral && link.is_neutral());
            plan_changes |= active != link.place.is_some();
        }
        if plan_changes {
            let memory = self.take_memory();
            self.plan(&memory);
        }
        for (link, _) in self.links.iter_mut().zip(moved).filter(|(_, moved)| *moved) {
            link.redesign(self.sample_rate);
            if let (Some((group, slot)), Some(shape)) = (link.place, link.shape) {
                let coefs = &link.coefs[..link.count];
                self.groups[group].place(slot, coefs, shape.placement, GroupCoefs::ramp_to);
            }
        }
        self.moving = moved.contains(&true);
    }

    /// Signal memory of every planned band: per section and channel.
    fn take_memory(&self) -> Memory {
        let mut memory = [[[[0.0; 2]; MAX_CHANNELS]; MAX_SECTIONS]; MAX_BANDS];
        for (link, memory) in self.links.iter().zip(&mut memory) {
            let Some((group, slot)) = link.place else {
                continue;
            };
            for (section, memory) in memory.iter_mut().enumerate().take(link.count) {
                for (channel, memory) in memory.iter_mut().enumerate().take(self.channels) {
                    let pair = &self.groups[group].state[channel / 2];
                    *memory = pair.get(slot + section, channel % 2);
                }
            }
        }
        memory
    }

    /// Distributes the active bands over groups, in their order. Bands that had a place keep
    /// their memory.
    fn plan(&mut self, memory: &Memory) {
        self.used = 0;
        for (link, memory) in self.links.iter_mut().zip(memory) {
            let kept = link.place.take().map(|_| memory);
            let (true, Some(shape)) = (link.is_active(), link.shape) else {
                continue;
            };
            let mid_side = shape.placement.is_mid_side() && self.channels > 1;
            let fits = self.used > 0
                && self.groups[self.used - 1].takes(link.count, mid_side, shape.placement);
            if !fits {
                self.groups[self.used] = Group::empty(mid_side);
                self.used += 1;
            }
            let index = self.used - 1;
            let group = &mut self.groups[index];
            let slot = group.used;
            group.used += link.count;
            group.place(
                slot,
                &link.coefs[..link.count],
                shape.placement,
                GroupCoefs::jump,
            );
            if let Some(memory) = kept {
                group.remember(slot, &memory[..link.count]);
            }
            link.place = Some((index, slot));
        }
    }

    /// Runs all groups; `phase` as in [`run_group`].
    fn run(&mut self, io: &mut [&mut [f32]], phase: Option<usize>) {
        let mut encoded = false;
        for group in &mut self.groups[..self.used] {
            if group.mid_side != encoded {
                turn(io, group.mid_side);
                encoded = group.mid_side;
            }
            for (pair, channels) in io.chunks_mut(2).enumerate() {
                let coefs = if pair == 0 { &group.front } else { &group.rest };
                let state = &mut group.state[pair];
                match channels {
                    [left, right] => {
                        run_group(group.used, coefs, state, left, Some(right), phase);
                    }
                    [left] => run_group(group.used, coefs, state, left, None, phase),
                    _ => {}
                }
            }
        }
        if encoded {
            turn(io, false);
        }
    }
}

/// Signal memory per band, section and channel.
type Memory = [[[[f32; 2]; MAX_CHANNELS]; MAX_SECTIONS]; MAX_BANDS];

/// Turns the first pair into mid and side, or back.
fn turn(io: &mut [&mut [f32]], to_mid_side: bool) {
    let [left, right, ..] = io else { return };
    let scale = if to_mid_side { 0.5 } else { 1.0 };
    for (l, r) in left.iter_mut().zip(right.iter_mut()) {
        (*l, *r) = (scale * (*l + *r), scale * (*l - *r));
    }
}

impl Link {
    fn new(band: &BandSettings, sample_rate: f64) -> Self {
        Self {
            shape: None,
            freq: LogSmoother::new(band.freq, sample_rate),
            gain: CellSmoother::new(band.gain_db, sample_rate),
            q: LogSmoother::new(band.q, sample_rate),
            coefs: [SvfCoefs::IDENTITY; MAX_SECTIONS],
            count: 0,
            pole: 0.0,
            place: None,
        }
    }

    fn is_steady(&self) -> bool {
        self.freq.is_steady() && self.gain.is_steady() && self.q.is_steady()
    }

    fn finish(&mut self) {
        self.freq.finish();
        self.gain.finish();
        self.q.finish();
    }

    fn tick(&mut self) -> bool {
        let freq = self.freq.tick();
        let gain = self.gain.tick();
        let q = self.q.tick();
        freq || gain || q
    }

    /// True when it passes everything unchanged.
    fn is_neutral(&self) -> bool {
        self.shape.is_none_or(|s| s.kind.has_gain()) && self.gain.value() == 0.0
    }

    fn is_active(&self) -> bool {
        self.shape.is_some() && !self.is_neutral()
    }

    /// Computes the coefficients for the current values.
    fn redesign(&mut self, sample_rate: f64) {
        let Some(shape) = self.shape else { return };
        let band = Band {
            kind: shape.kind,
            freq: self.freq.value(),
            gain_db: self.gain.value(),
            q: self.q.value(),
            order: shape.order,
        };
        let sections = band.design(sample_rate);
        self.pole = 0.0;
        self.count = sections.as_slice().len();
        for (coefs, section) in self.coefs.iter_mut().zip(sections.as_slice()) {
            let (converted, pole) = SvfCoefs::new(section);
            *coefs = converted;
            self.pole = self.pole.max(pole);
        }
    }
}

impl Group {
    fn empty(mid_side: bool) -> Self {
        Self {
            mid_side,
            used: 0,
            front: GroupCoefs::identity(),
            rest: GroupCoefs::identity(),
            state: [GroupState::SILENT; PAIRS],
        }
    }

    /// Whether a band of `count` sections may join.
    fn takes(&self, count: usize, mid_side: bool, placement: Placement) -> bool {
        let same = placement == Placement::Stereo || mid_side == self.mid_side;
        same && self.used + count <= svf::SECTIONS
    }

    /// Hands `coefs` to the lanes of a band that begins at `slot`.
    fn place(
        &mut self,
        slot: usize,
        coefs: &[SvfCoefs],
        placement: Placement,
        put: fn(&mut GroupCoefs, usize, usize, SvfCoefs),
    ) {
        for (section, &coefs) in coefs.iter().enumerate() {
            for side in 0..2 {
                if placement.includes(side) {
                    put(&mut self.front, slot + section, side, coefs);
                }
                if placement == Placement::Stereo {
                    put(&mut self.rest, slot + section, side, coefs);
                }
            }
        }
    }

    fn remember(&mut self, slot: usize, memory: &[[[f32; 2]; MAX_CHANNELS]]) {
        for (section, channels) in memory.iter().enumerate() {
            for (channel, memory) in channels.iter().enumerate() {
                self.state[channel / 2].set(slot + section, channel % 2, *memory);
            }
        }
    }
}
