//! Win tiers. A ratio is a whole number, or a text like `"3/2"`.

use super::super::super::check::Checker;
use super::super::json::{Faults, Json, expected};
use crate::json::path::Path;
use segue_middleware::stage::tiers::{BigTier, Ratio, Tier, WinTiers};
use serde_json::Value;

object! {
    /// A table of win tiers.
    pub struct Tiers {
        /// How long a win that equals its bet counts up.
        equal_rollup_ms: f64 = 500.0,
        /// Ticks a second while it does.
        equal_ticks_per_s: f64 = 20.0,
        /// Before the first tier of a big win.
        intro_ms: f64 = 500.0,
        /// After the last one.
        end_ms: f64 = 4000.0,
        /// And then until the game goes on.
        fade_out_ms: f64 = 1000.0,
        /// Regular tiers, from 1 on.
        tiers: Vec<Regular> = Vec::new(),
        /// Big wins.
        big: Vec<Big> = Vec::new(),
    }
}

object! {
    /// A regular tier.
    pub struct Regular {
        /// What the names of its sounds end with.
        label: String = String::new() => needed,
        /// The smallest ratio in it.
        from: Ratio = Ratio::whole(0),
        /// The smallest above it; absent: no end.
        to: Option<Ratio> = None,
        /// How long the win counts up.
        rollup_ms: f64 = 1000.0,
        /// Ticks a second while it does.
        ticks_per_s: f64 = 12.0,
    }
}

object! {
    /// A tier of big wins.
    pub struct Big {
        /// What people call it.
        label: String = String::new() => needed,
        /// The smallest ratio in it.
        from: Ratio = Ratio::whole(0),
        /// The smallest above it; absent: no end.
        to: Option<Ratio> = None,
        /// How long it plays.
        duration_ms: f64 = 4000.0,
        /// Ticks a second while the win counts up.
        ticks_per_s: f64 = 8.0,
        /// How much of the show there is.
        visual: f64 = 1.0,
        /// How much of the sound there is.
        audio_intensity: f64 = 1.0,
    }
}

impl Json for Ratio {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        let whole = |n: u64| u32::try_from(n).ok().map(Self::whole);
        let parts = |text: &str| {
            let (num, den) = text.split_once('/')?;
            Some(Self {
                num: num.trim().parse().ok()?,
                den: den.trim().parse().ok()?,
            })
        };
        let read = value.as_u64().and_then(whole);
        let read = read.or_else(|| value.as_str().and_then(parts));
        read.unwrap_or_else(|| {
            faults.push(
                at,
                expected("a whole number or a ratio like \"3/2\"", &value),
            );
            Self::whole(1)
        })
    }

    fn write(&self) -> Value {
        match self.den {
            1 => self.num.into(),
            _ => self.to_string().into(),
        }
    }

    fn check(&self, _: Path<'_>, _: &mut Checker) {}
}

impl Tiers {
    pub(super) fn of(tiers: &WinTiers) -> Self {
        let regular = |it: &Tier| Regular {
            label: it.label.clone(),
            from: it.from,
            to: it.to,
            rollup_ms: it.rollup_ms,
            ticks_per_s: it.ticks_per_s,
            ..Regular::default()
        };
        let big = |it: &BigTier| Big {
            label: it.label.clone(),
            from: it.from,
            to: it.to,
            duration_ms: it.duration_ms,
            ticks_per_s: it.ticks_per_s,
            visual: it.visual,
            audio_intensity: it.audio_intensity,
            ..Big::default()
        };
        Self {
            equal_rollup_ms: tiers.equal_rollup_ms,
            equal_ticks_per_s: tiers.equal_ticks_per_s,
            intro_ms: tiers.intro_ms,
            end_ms: tiers.end_ms,
            fade_out_ms: tiers.fade_out_ms,
            tiers: tiers.tiers.iter().map(regular).collect(),
            big: tiers.big.iter().map(big).collect(),
            ..Self::default()
        }
    }

    pub(super) fn lower(&self) -> WinTiers {
        let regular = |it: &Regular| Tier {
            label: it.label.clone(),
            from: it.from,
            to: it.to,
            rollup_ms: it.rollup_ms,
            ticks_per_s: it.ticks_per_s,
        };
        let big = |it: &Big| BigTier {
            label: it.label.clone(),
            from: it.from,
            to: it.to,
            duration_ms: it.duration_ms,
            ticks_per_s: it.ticks_per_s,
            visual: it.visual,
            audio_intensity: it.audio_intensity,
        };
        WinTiers {
            equal_rollup_ms: self.equal_rollup_ms,
            equal_ticks_per_s: self.equal_ticks_per_s,
            tiers: self.tiers.iter().map(regular).collect(),
            big: self.big.iter().map(big).collect(),
            intro_ms: self.intro_ms,
            end_ms: self.end_ms,
            fade_out_ms: self.fade_out_ms,
        }
    }
}
