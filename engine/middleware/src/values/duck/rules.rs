//! Duck rules as the bank holds them.

use std::ops::Range;

use segue_rt::game::NameId;
use segue_rt::ids::BusId;

use super::super::check::{Checks, Found, Resolve, frames};
use super::STUCK_S;
use crate::ids::TagIx;
use crate::source::{Duck, DuckSource, DuckTrigger, Shape};

/// Most duck rules.
pub const MAX_DUCKS: usize = 256;
/// Power of 3 dB.
const HYSTERESIS: f32 = 0.501_187_2;

/// All duck rules of a bank, those of one target next to each other.
#[derive(Clone, Debug, Default)]
pub struct DuckRules {
    rules: Box<[DuckRule]>,
    buses: Box<[(BusId, Range<usize>)]>,
    pub(super) stuck_frames: u64,
}

/// A checked rule; times in frames.
#[derive(Clone, Debug, PartialEq)]
pub struct DuckRule {
    /// Its name.
    pub name: NameId,
    /// Its place in the project.
    pub place: usize,
    /// Who pushes.
    pub source: RuleSource,
    /// Which bus makes way.
    pub target: BusId,
    /// At the full envelope, dB.
    pub depth_db: f32,
    /// From nothing to full.
    pub attack: u64,
    /// Between the end of the source and the way back.
    pub hold: u64,
    /// From full to nothing.
    pub release: u64,
    /// Of the envelope.
    pub curve: Shape,
    /// The level of the source triggers it; else, that it plays.
    pub by_level: bool,
    /// Mean square from which on the source counts as playing.
    pub on_power: f32,
    /// Mean square below which it does not, 3 dB lower.
    pub off_power: f32,
}

/// Who pushes others away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleSource {
    /// A bus.
    Bus(BusId),
    /// Everything started by events with this tag.
    Tag(TagIx),
}

impl DuckRules {
    /// Checks all rules. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `[n].depth_db` and the like.
    pub fn compile(source: &[Duck], names: &impl Resolve, sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        if source.len() > MAX_DUCKS {
            let count = source.len();
            checks.say(
                "",
                format!("{count} ducks; at most {MAX_DUCKS} are allowed"),
            );
        }
        let rules = source.iter().enumerate().filter_map(|(n, duck)| {
            let rule = DuckRule::compile(n, duck, names, sample_rate);
            checks.part(&format!("[{n}]"), rule)
        });
        let mut rules: Vec<_> = rules.collect();
        rules.sort_by_key(|rule| rule.target.to_bits());
        let mut buses: Vec<(BusId, Range<usize>)> = Vec::new();
        for (n, rule) in rules.iter().enumerate() {
            match buses.last_mut() {
                Some((bus, of_bus)) if *bus == rule.target => of_bus.end = n + 1,
                _ => buses.push((rule.target, n..n + 1)),
            }
        }
        checks.finish(Some(Self {
            rules: rules.into(),
            buses: buses.into(),
            stuck_frames: frames(STUCK_S * 1000.0, sample_rate),
        }))
    }

    /// One of them.
    pub fn at(&self, rule: usize) -> &DuckRule {
        &self.rules[rule]
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &DuckRule> {
        self.rules.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The buses that make way, once each, and their rules.
    pub fn buses(&self) -> &[(BusId, Range<usize>)] {
        &self.buses
    }
}

impl DuckRule {
    fn compile(place: usize, source: &Duck, names: &impl Resolve, sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        checks.within("depth_db", source.depth_db, -96.0..=0.0);
        checks.within("attack_ms", source.attack_ms, 0.0..=5_000.0);
        checks.within("hold_ms", source.hold_ms, 0.0..=60_000.0);
        checks.within("release_ms", source.release_ms, 0.0..=10_000.0);
        checks.within("threshold_lin", source.threshold_lin, 0.0..=16.0);
        let target = checks.take("target_bus", names.bus(&source.target_bus));
        let from = match &source.source {
            DuckSource::Bus(bus) => names.bus(bus).map(RuleSource::Bus),
            DuckSource::Tag(tag) => names.tag(tag).map(RuleSource::Tag),
        };
        let from = checks.take("source", from);
        if from.is_some() && from == target.map(RuleSource::Bus) {
            checks.say(
                "target_bus",
                "a bus cannot make way for itself: name another bus",
            );
        }
        let by_level =
            source.trigger == DuckTrigger::Level && !matches!(from, Some(RuleSource::Tag(_)));
        let time = |ms: f32| frames(f64::from(ms), sample_rate);
        let on_power = source.threshold_lin * source.threshold_lin;
        checks.finish(from.zip(target).map(|(from, target)| Self {
            name: NameId::of(&source.name),
            place,
            source: from,
            target,
            depth_db: source.depth_db,
            attack: time(source.attack_ms),
            hold: time(source.hold_ms),
            release: time(source.release_ms),
            curve: source.curve,
            by_level,
            on_power,
            off_power: on_power * HYSTERESIS,
        }))
    }
}

/// The slots of a game, loudest claim first (jackpot, big win, win, feature, gameplay, UI,
/// ambient), as rules: each bus pushes all below it, by 6 dB for every slot between, the last one to
/// silence when more than one is above it. `[main-thread]`
#[must_use]
pub fn slot_matrix(buses: &[&str]) -> Vec<Duck> {
    let pairs =
        (0..buses.len()).flat_map(|above| (above + 1..buses.len()).map(move |n| (above, n)));
    pairs
        .map(|(above, below)| {
            let last = below + 1 == buses.len() && below - above > 1;
            let steps = u8::try_from(below - above).unwrap_or(u8::MAX);
            Duck {
                name: format!("{} over {}", buses[above], buses[below]),
                source: DuckSource::Bus(buses[above].to_owned()),
                target_bus: buses[below].to_owned(),
                depth_db: if last {
                    -96.0
                } else {
                    (-6.0 * f32::from(steps)).max(-96.0)
                },
                attack_ms: 50.0,
                hold_ms: 0.0,
                release_ms: 500.0,
                trigger: DuckTrigger::Activity,
                threshold_lin: 0.01,
                curve: Shape::Linear,
            }
        })
        .collect()
}
