//! Which reels are awaited. The rule looks at what has landed only: whether reel r is awaited does
//! not depend on what reels r and later will show, so the wait gives no result away.

use super::field::Reason;

/// When the reels are awaited that can bring one award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnticipationRule {
    /// What is awaited. Wilds never are.
    pub reason: Reason,
    /// So many triggers give the award.
    pub need: usize,
    /// By reel: the most triggers that it can show. A reel with 0 does not count.
    pub most: Vec<usize>,
    /// So many triggers have landed before a reel is awaited. `None`: two, or one where two give the
    /// award, and the reel by itself can bring all that are missing.
    pub min_trigger_count: Option<usize>,
    /// A reel that could bring the last missing trigger is awaited, however many the rule asks for.
    pub near_miss_anticipation: bool,
    /// Reels are awaited though the award is certain.
    pub continue_after_award: bool,
    /// For games made so: reads the final grid and awaits the reels behind the last trigger. This
    /// gives results away.
    pub final_grid: bool,
}

/// What the sound and the show of a level of tension are. How much earlier the sound begins is in the
/// timing profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tension {
    /// 1..=4.
    pub level: u8,
    /// Linear gain.
    pub volume_lin: f64,
    /// Semitones.
    pub pitch_st: f64,
    /// Name of a colour, for whoever draws the reels.
    pub colour: &'static str,
    /// How much of it.
    pub intensity: f64,
    /// The reel turns so much faster than usual.
    pub reel_speed: f64,
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
        }
    }
}

impl AnticipationRule {
    /// The usual rule of an award.
    pub fn new(reason: Reason, need: usize, most: Vec<usize>) -> Self {
        Self {
            reason,
            need,
            most,
            min_trigger_count: None,
            near_miss_anticipation: false,
            continue_after_award: false,
            final_grid: false,
        }
    }

    /// Which reels are awaited, where reel r shows `shows[r]` triggers. Reels land in their order.
    pub fn awaited(&self, shows: &[usize]) -> Vec<bool> {
        self.awaited_together(shows, shows.len())
    }

    /// As [`awaited`](Self::awaited), where the reels from `first` on are awaited all together: each of
    /// them by what the reels before `first` show.
    pub fn awaited_together(&self, shows: &[usize], first: usize) -> Vec<bool> {
        if self.final_grid {
            return self.awaited_by_final_grid(shows);
        }
        let mut seen = 0;
        let mut left: usize = (0..shows.len()).map(|reel| self.most(reel)).sum();
        let mut awaited = Vec::with_capacity(shows.len());
        for (reel, shows) in shows.iter().enumerate() {
            let here = self.most(reel);
            awaited.push(here > 0 && self.awaits(seen, here, left));
            if reel >= first {
                continue;
            }
            if here > 0 {
                seen += shows;
            }
            left -= here;
        }
        awaited
    }

    /// Whether a reel is awaited after `seen` triggers, when it can show `here` more, and it and
    /// those behind it `left`.
    fn awaits(&self, seen: usize, here: usize, left: usize) -> bool {
        let missing = self.need.saturating_sub(seen);
        let enough = match self.min_trigger_count {
            Some(least) => seen >= least,
            None => seen >= self.usual_least() && missing <= here,
        };
        let near = self.near_miss_anticipation && missing == 1;
        (enough || near) && missing <= left && (missing > 0 || self.continue_after_award)
    }

    fn usual_least(&self) -> usize {
        self.need.saturating_sub(1).clamp(1, 2)
    }

    fn most(&self, reel: usize) -> usize {
        self.most.get(reel).copied().unwrap_or(0)
    }

    fn awaited_by_final_grid(&self, shows: &[usize]) -> Vec<bool> {
        let counts = |reel: &usize| shows[*reel] > 0 && self.most(*reel) > 0;
        let hits: Vec<usize> = (0..shows.len()).filter(counts).collect();
        let last = hits.last().copied().unwrap_or(0);
        let seen: usize = hits.iter().map(|reel| shows[*reel]).sum();
        let least = self.min_trigger_count.unwrap_or(self.usual_least());
        (0..shows.len())
            .map(|reel| seen >= least && reel > last && self.most(reel) > 0)
            .collect()
    }
}
