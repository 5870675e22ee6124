//! Ducking: buses that make way while others play.

mod rules;

pub use rules::{DuckRule, DuckRules, MAX_DUCKS, RuleSource, slot_matrix};

use super::check::{db_to_gain, narrow};

/// A source that is silent for so long while it counts as playing is reported, in seconds.
pub const STUCK_S: f64 = 120.0;

/// How far all rules are. `[audio-thread]`, made on the main thread.
#[derive(Clone, Debug)]
pub struct Ducks {
    rules: Box<[Now]>,
    still: u64,
}

/// The envelope as a function of the frame: up from `start`, down from `release`.
#[derive(Clone, Copy, Debug)]
struct Now {
    active: bool,
    start: u64,
    /// Where it was at `start`.
    from: f64,
    /// First frame of the way down, and where it is then.
    release: u64,
    top: f64,
    /// Since when the source is silent while it is active; [`u64::MAX`] while it sounds.
    silent: u64,
    warned: bool,
}

impl Default for Now {
    fn default() -> Self {
        Self {
            active: false,
            start: 0,
            from: 0.0,
            release: 0,
            top: 0.0,
            silent: u64::MAX,
            warned: false,
        }
    }
}

impl Now {
    /// 0 none to 1 full.
    fn envelope(&self, rule: &DuckRule, at: u64) -> f64 {
        if at < self.release {
            return self.up(rule, at);
        }
        (self.top - way(0.0, at - self.release, rule.release)).max(0.0)
    }

    fn up(&self, rule: &DuckRule, at: u64) -> f64 {
        way(self.from, at.saturating_sub(self.start), rule.attack).min(1.0)
    }

    /// Down from frame `at` on.
    fn let_go(&mut self, rule: &DuckRule, at: u64) {
        self.release = at;
        self.top = self.up(rule, at);
    }

    fn set(&mut self, rule: &DuckRule, at: u64, active: bool) {
        if active == self.active {
            return;
        }
        self.active = active;
        if active {
            // Up from wherever the way down is.
            *self = Self {
                active,
                from: self.envelope(rule, at),
                start: at,
                release: u64::MAX,
                ..Self::default()
            };
        } else {
            self.let_go(rule, at.saturating_add(rule.hold));
        }
    }

    fn still_at(&self, rule: &DuckRule) -> u64 {
        match self.release {
            u64::MAX => self.start.saturating_add(rule.attack),
            release => release.saturating_add(rule.release),
        }
    }
}

/// `from` plus what is added in `t` frames when 1 takes `whole`.
fn way(from: f64, t: u64, whole: u64) -> f64 {
    match whole {
        0 => 1.0,
        whole => from + t as f64 / whole as f64,
    }
}

impl Ducks {
    /// Nothing is pushed.
    pub fn new(rules: &DuckRules) -> Self {
        Self {
            rules: vec![Now::default(); rules.len()].into(),
            still: 0,
        }
    }

    /// For rules with [`DuckTrigger::Activity`](crate::source::DuckTrigger): whether the source
    /// plays, from frame `at` on. True if that changed something.
    pub fn source_active(&mut self, rules: &DuckRules, at: u64, rule: usize, active: bool) -> bool {
        let now = &mut self.rules[rule];
        let changed = now.active != active;
        now.set(rules.at(rule), at, active);
        self.still = self.still.max(now.still_at(rules.at(rule)));
        changed
    }

    /// Every tick: the mean square of the source over the last 10 ms. Rules with
    /// [`DuckTrigger::Level`](crate::source::DuckTrigger) begin at the threshold and end 3 dB below
    /// it; for the others it only tells silence. True if that changed something.
    pub fn source_level(&mut self, rules: &DuckRules, at: u64, rule: usize, power: f32) -> bool {
        let about = rules.at(rule);
        let active = self.rules[rule].active;
        let least = if active {
            about.off_power
        } else {
            about.on_power
        };
        let changed = about.by_level && self.source_active(rules, at, rule, power >= least);
        let now = &mut self.rules[rule];
        match power < about.off_power && now.active {
            true => now.silent = now.silent.min(at),
            false => now.silent = u64::MAX,
        }
        changed
    }

    /// The next rule that is active with a silent source for [`STUCK_S`]; each is told once for
    /// each time it is active.
    pub fn stuck(&mut self, rules: &DuckRules, at: u64) -> Option<usize> {
        let limit = rules.stuck_frames;
        let stuck = |now: &Now| !now.warned && now.active && at.saturating_sub(now.silent) > limit;
        let rule = self.rules.iter().position(stuck)?;
        self.rules[rule].warned = true;
        Some(rule)
    }

    /// Whether the source of a rule counts as playing.
    pub fn active(&self, rule: usize) -> bool {
        self.rules[rule].active
    }

    /// Envelope of a rule at a frame: 0 none to 1 full.
    pub fn envelope(&self, rules: &DuckRules, at: u64, rule: usize) -> f64 {
        self.rules[rule].envelope(rules.at(rule), at)
    }

    /// What one rule takes away at a frame, dB.
    pub fn rule_db(&self, rules: &DuckRules, at: u64, rule: usize) -> f32 {
        let about = rules.at(rule);
        let depth = f64::from(about.depth_db);
        narrow(depth * about.curve.at(self.envelope(rules, at, rule)))
    }

    /// Linear gain of a bus of [`DuckRules::buses`] at a frame: all its rules multiplied.
    pub fn gain(&self, rules: &DuckRules, at: u64, bus: usize) -> f32 {
        let of_bus = rules.buses()[bus].1.clone();
        let db = |rule| f64::from(self.rule_db(rules, at, rule));
        db_to_gain(of_bus.map(db).sum())
    }

    /// Whether any envelope moves after frame `at`.
    pub fn moving(&self, at: u64) -> bool {
        at < self.still
    }

    /// Takes over the envelopes of another bank at frame `at`; `map` gives the old place of a new
    /// rule.
    pub fn carry_over(
        &mut self,
        rules: &DuckRules,
        at: u64,
        (old, old_rules): (&Self, &DuckRules),
        map: &impl Fn(usize) -> Option<usize>,
    ) {
        for (place, now) in self.rules.iter_mut().enumerate() {
            let Some(before) = map(place) else { continue };
            let was = &old.rules[before];
            let about = rules.at(place);
            // From where it is, with the new times.
            *now = Now {
                from: was.envelope(old_rules.at(before), at),
                start: at,
                ..*was
            };
            match was.release {
                u64::MAX => {}
                release if release > at => now.let_go(about, release),
                _ => (now.release, now.top) = (at, now.from),
            }
            self.still = self.still.max(now.still_at(about));
        }
    }
}

#[cfg(test)]
mod tests;
