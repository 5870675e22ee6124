//! Buses with a high dynamic range: a window that its loudest voice moves up.

use segue_rt::ids::BusId;

use super::check::{Checks, Found, Resolve, frames, narrow};
use crate::source;

/// Most buses with a high dynamic range.
pub const MAX_HDR: usize = 16;

/// All windows of a bank.
#[derive(Clone, Debug, Default)]
pub struct HdrRules {
    rules: Box<[HdrRule]>,
}

/// A checked window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HdrRule {
    /// Its bus.
    pub bus: BusId,
    threshold_db: f64,
    /// The share of what is above the threshold that is taken away.
    taken: f64,
    release: u64,
    range_db: f64,
}

impl HdrRules {
    /// Checks all windows. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `[n].ratio` and the like.
    pub fn compile(source: &[source::Hdr], names: &impl Resolve, sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        if source.len() > MAX_HDR {
            let count = source.len();
            checks.say(
                "",
                format!("{count} HDR buses; at most {MAX_HDR} are allowed"),
            );
        }
        let mut rules: Vec<HdrRule> = Vec::new();
        for (n, hdr) in source.iter().enumerate() {
            let rule = HdrRule::compile(hdr, names, sample_rate);
            let Some(rule) = checks.part(&format!("[{n}]"), rule) else {
                continue;
            };
            if rules.iter().any(|other| other.bus == rule.bus) {
                let message = format!("{:?} has a window already: leave one of them", hdr.bus);
                checks.say(format!("[{n}].bus"), message);
            }
            rules.push(rule);
        }
        checks.finish(Some(Self {
            rules: rules.into(),
        }))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &HdrRule> {
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
}

impl HdrRule {
    fn compile(source: &source::Hdr, names: &impl Resolve, sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        checks.within("threshold_db", source.threshold_db, -96.0..=24.0);
        checks.within("ratio", source.ratio, 1.0..=100.0);
        checks.within("release_ms", source.release_ms, 0.0..=10_000.0);
        checks.within("range_db", source.range_db, 1.0..=192.0);
        let bus = checks.take("bus", names.bus(&source.bus));
        checks.finish(bus.map(|bus| Self {
            bus,
            threshold_db: f64::from(source.threshold_db),
            taken: 1.0 - 1.0 / f64::from(source.ratio),
            release: frames(f64::from(source.release_ms), sample_rate),
            range_db: f64::from(source.range_db),
        }))
    }
}

/// Where all windows are. `[audio-thread]`, made on the main thread.
#[derive(Clone, Debug)]
pub struct Hdrs {
    windows: Box<[Window]>,
}

/// The window's top as a function of the frame: down from `top` since `start`, but not below
/// `floor`.
#[derive(Clone, Copy, Debug)]
struct Window {
    start: u64,
    top: f64,
    floor: f64,
}

impl Window {
    fn top(&self, rule: &HdrRule, at: u64) -> f64 {
        let t = at.saturating_sub(self.start);
        if t >= rule.release {
            return self.floor;
        }
        // All the way to the threshold takes the release, so it is there in time wherever it stops.
        let share = t as f64 / rule.release as f64;
        let line = self.top - (self.top - rule.threshold_db) * share;
        line.max(self.floor)
    }

    fn loudest(&mut self, rule: &HdrRule, at: u64, level: f64) {
        let now = self.top(rule, at);
        let level = level.max(rule.threshold_db);
        let held = now <= self.floor;
        if level >= now || held {
            *self = Self {
                start: at,
                top: now.max(level),
                floor: level,
            };
        } else {
            self.floor = level;
        }
    }
}

impl Hdrs {
    /// All windows at their thresholds.
    pub fn new(rules: &HdrRules) -> Self {
        let windows = rules.iter().map(|rule| Window {
            start: 0,
            top: rule.threshold_db,
            floor: rule.threshold_db,
        });
        Self {
            windows: windows.collect(),
        }
    }

    /// The level in dB of the loudest voice on the bus, [`f32::NEG_INFINITY`] for none; to be told
    /// at every tick, and when a voice starts. Louder moves the window at once.
    pub fn loudest(&mut self, rules: &HdrRules, at: u64, rule: usize, level_db: f32) {
        let level = match level_db.is_nan() {
            true => f64::NEG_INFINITY,
            false => f64::from(level_db),
        };
        self.windows[rule].loudest(&rules.rules[rule], at, level);
    }

    /// What the bus makes of it at a frame, dB, at most 0.
    pub fn gain_db(&self, rules: &HdrRules, at: u64, rule: usize) -> f32 {
        let about = &rules.rules[rule];
        let top = self.windows[rule].top(about, at);
        narrow((about.threshold_db - top) * about.taken)
    }

    /// Whether a window is open at a frame, above its threshold, and where its top is, dB.
    pub fn top_db(&self, rules: &HdrRules, at: u64, rule: usize) -> (bool, f32) {
        let about = &rules.rules[rule];
        let top = self.windows[rule].top(about, at);
        (top > about.threshold_db, narrow(top))
    }

    /// Whether a voice of this level is in the window.
    pub fn audible(&self, rules: &HdrRules, at: u64, rule: usize, level_db: f32) -> bool {
        let about = &rules.rules[rule];
        f64::from(level_db) >= self.windows[rule].top(about, at) - about.range_db
    }

    /// Whether any window moves after frame `at`.
    pub fn moving(&self, rules: &HdrRules, at: u64) -> bool {
        let mut all = self.windows.iter().zip(rules.iter());
        all.any(|(window, rule)| window.top(rule, at) > window.floor)
    }

    /// Takes over the windows of another bank at frame `at`; `map` gives the old place of a new one.
    pub fn carry_over(
        &mut self,
        rules: &HdrRules,
        at: u64,
        (old, old_rules): (&Self, &HdrRules),
        map: &impl Fn(usize) -> Option<usize>,
    ) {
        for (place, window) in self.windows.iter_mut().enumerate() {
            let Some(before) = map(place) else { continue };
            let was = &old.windows[before];
            let least = rules.rules[place].threshold_db;
            let floor = was.floor.max(least);
            *window = Window {
                start: at,
                top: was.top(&old_rules.rules[before], at).max(floor),
                floor,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Names;
    use super::*;

    fn rules(ratio: f32) -> HdrRules {
        let hdr = source::Hdr {
            bus: "sfx".into(),
            threshold_db: -20.0,
            ratio,
            release_ms: 1000.0,
            range_db: 40.0,
        };
        HdrRules::compile(&[hdr], &Names, 48_000.0).unwrap()
    }

    #[test]
    fn the_loudest_voice_moves_the_window_at_once() {
        let rules = rules(100.0);
        let mut hdrs = Hdrs::new(&rules);
        assert_eq!(hdrs.gain_db(&rules, 0, 0), 0.0);
        assert!(hdrs.audible(&rules, 0, 0, -60.0));
        hdrs.loudest(&rules, 100, 0, 0.0);
        assert!((hdrs.gain_db(&rules, 100, 0) + 19.8).abs() < 1e-5);
        assert!(!hdrs.audible(&rules, 100, 0, -41.0) && hdrs.audible(&rules, 100, 0, -40.0));
    }

    #[test]
    fn it_falls_back_within_its_time_however_often_it_is_told() {
        let rules = rules(2.0);
        let told = |every: usize| {
            let mut hdrs = Hdrs::new(&rules);
            hdrs.loudest(&rules, 0, 0, 0.0);
            for at in (480..=48_480).step_by(every) {
                hdrs.loudest(&rules, at, 0, f32::NEG_INFINITY);
            }
            [480, 24_480, 48_480].map(|at| hdrs.gain_db(&rules, at, 0))
        };
        let mut hdrs = Hdrs::new(&rules);
        hdrs.loudest(&rules, 0, 0, 0.0);
        hdrs.loudest(&rules, 480, 0, f32::NEG_INFINITY);
        let once = [480, 24_480, 48_480].map(|at| hdrs.gain_db(&rules, at, 0));
        assert_eq!(once, [-10.0, -5.0, 0.0]);
        assert!(hdrs.moving(&rules, 48_479) && !hdrs.moving(&rules, 48_480));
        assert_eq!(told(480)[2], 0.0);
        hdrs.loudest(&rules, 60_000, 0, -10.0);
        assert_eq!(
            hdrs.gain_db(&rules, 1_000_000, 0),
            -5.0,
            "held while it sounds"
        );
    }

    #[test]
    fn it_stops_falling_at_the_next_loudest_voice() {
        let rules = rules(2.0);
        let mut hdrs = Hdrs::new(&rules);
        hdrs.loudest(&rules, 0, 0, 0.0);
        hdrs.loudest(&rules, 0, 0, -10.0);
        assert_eq!(hdrs.gain_db(&rules, 12_000, 0), -7.5);
        assert_eq!(hdrs.gain_db(&rules, 40_000, 0), -5.0);
        hdrs.loudest(&rules, 40_000, 0, -4.0);
        assert_eq!(hdrs.gain_db(&rules, 40_000, 0), -8.0);
    }
}
