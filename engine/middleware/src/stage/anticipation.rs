//! Which reels are awaited. The rule looks at what has landed only: whether reel r is awaited does
//! not depend on what reels r and later will show, so the wait gives no result away.

use super::field::Reason;

/// When a reel is awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnticipationRule {
    /// What starts it: scatters, bonus symbols. Wilds never do.
    pub triggers: Vec<Reason>,
    /// So many reels show a trigger before a reel is awaited.
    pub min_trigger_count: usize,
    /// So many triggers give the award.
    pub need: usize,
    /// Reels on which triggers count; `None` is all.
    pub allowed_reels: Option<Vec<u8>>,
    /// Awaited reels land one after the other, each awaited in its turn.
    pub sequential_stop: bool,
    /// The tension rises from reel to reel.
    pub tension_escalation: bool,
    /// A reel that could bring the last missing trigger is awaited, however few the rule asks for.
    pub near_miss_anticipation: bool,
    /// Reels are awaited though the award is certain.
    pub continue_after_award: bool,
    /// For games made so: reads the final grid and awaits the reels behind the last trigger. This
    /// gives results away.
    pub final_grid: bool,
}

impl Default for AnticipationRule {
    fn default() -> Self {
        Self {
            triggers: vec![Reason::Scatter, Reason::Bonus],
            min_trigger_count: 2,
            need: 3,
            allowed_reels: None,
            sequential_stop: true,
            tension_escalation: true,
            near_miss_anticipation: false,
            continue_after_award: false,
            final_grid: false,
        }
    }
}

/// What the sound and the show of a level of tension are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tension {
    /// 1..=4.
    pub level: u8,
    /// Linear gain.
    pub volume_lin: f64,
    /// Semitones.
    pub pitch_st: f64,
    /// Name of a colour.
    pub colour: &'static str,
    /// How much of it.
    pub intensity: f64,
    /// The reel turns so much faster than usual.
    pub reel_speed: f64,
    /// The sound begins so much earlier, in milliseconds.
    pub pre_trigger_ms: f64,
}

/// Largest level of tension.
pub const LEVELS: u8 = 4;

impl Tension {
    /// The tension of a level; levels are limited to 1..=4.
    pub fn of(level: u8) -> Self {
        let level = level.clamp(1, LEVELS);
        let step = f64::from(level - 1);
        Self {
            level,
            volume_lin: 0.6 + 0.1 * step,
            pitch_st: f64::from(level),
            colour: ["gold", "orange", "tomato", "red"][usize::from(level - 1)],
            intensity: 0.7 * 1.15_f64.powf(step),
            reel_speed: 0.3,
            pre_trigger_ms: 50.0,
        }
    }
}

impl AnticipationRule {
    /// Which reels are awaited, where `shows[r]` says whether reel r shows a trigger. Reels land in
    /// their order.
    pub fn awaited(&self, shows: &[bool]) -> Vec<bool> {
        if self.final_grid {
            return self.awaited_by_final_grid(shows);
        }
        let mut seen = 0;
        let mut left = (0..shows.len()).filter(|reel| self.allows(*reel)).count();
        let mut awaited = Vec::with_capacity(shows.len());
        for (reel, shows) in shows.iter().enumerate() {
            if !self.allows(reel) {
                awaited.push(false);
                continue;
            }
            awaited.push(self.awaits(seen, left));
            seen += usize::from(*shows);
            left -= 1;
        }
        awaited
    }

    /// Whether a reel is awaited after `seen` triggers, when it and those behind it are `left`.
    fn awaits(&self, seen: usize, left: usize) -> bool {
        let near = self.near_miss_anticipation && seen + 1 == self.need;
        (seen >= self.min_trigger_count || near)
            && seen + left >= self.need
            && (seen < self.need || self.continue_after_award)
    }

    fn allows(&self, reel: usize) -> bool {
        let among = |reels: &Vec<u8>| reels.iter().any(|it| usize::from(*it) == reel);
        self.allowed_reels.as_ref().is_none_or(among)
    }

    fn awaited_by_final_grid(&self, shows: &[bool]) -> Vec<bool> {
        let hits: Vec<usize> = (0..shows.len())
            .filter(|reel| shows[*reel] && self.allows(*reel))
            .collect();
        let last = hits.last().copied().unwrap_or(0);
        let enough = hits.len() >= self.min_trigger_count;
        (0..shows.len())
            .map(|reel| enough && reel > last && self.allows(reel))
            .collect()
    }
}
