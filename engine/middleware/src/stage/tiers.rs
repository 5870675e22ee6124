//! Win tiers: how large a win is against its bet, by whole numbers only.

use std::cmp::Ordering;
use std::fmt;

/// A ratio of win to bet. Both parts are positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// Numerator.
    pub num: u32,
    /// Denominator.
    pub den: u32,
}

impl Ratio {
    /// So many times the bet.
    pub const fn whole(num: u32) -> Self {
        Self { num, den: 1 }
    }

    /// Whether a win is at least this many times the bet.
    pub fn reached(self, win: i64, bet: i64) -> bool {
        i128::from(win) * i128::from(self.den) >= i128::from(bet) * i128::from(self.num)
    }

    fn order(self, other: Self) -> Ordering {
        let (left, right) = (
            u64::from(self.num) * u64::from(other.den),
            u64::from(other.num) * u64::from(self.den),
        );
        left.cmp(&right)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.den {
            1 => write!(f, "{}", self.num),
            den => write!(f, "{}/{den}", self.num),
        }
    }
}

/// A tier between "more than the bet" and the big wins.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// What the names of its sounds end with: `3` in `WIN_3`.
    pub label: String,
    /// The smallest ratio in it; that of the first tier is 1 and itself not in it.
    pub from: Ratio,
    /// The smallest ratio above it; `None` is no end.
    pub to: Option<Ratio>,
    /// How long the win counts up, in milliseconds.
    pub rollup_ms: f64,
    /// Ticks a second while it does.
    pub ticks_per_s: f64,
}

/// A tier of big wins. A win of the k-th plays the first k.
#[derive(Clone, Debug, PartialEq)]
pub struct BigTier {
    /// What people call it.
    pub label: String,
    /// The smallest ratio in it.
    pub from: Ratio,
    /// The smallest ratio above it; `None` is no end.
    pub to: Option<Ratio>,
    /// How long it plays, in milliseconds.
    pub duration_ms: f64,
    /// Ticks a second while the win counts up.
    pub ticks_per_s: f64,
    /// How much of the show there is, 1 is usual.
    pub visual: f64,
    /// How much of the sound there is, 1 is usual.
    pub audio_intensity: f64,
}

/// The table of tiers.
#[derive(Clone, Debug, PartialEq)]
pub struct WinTiers {
    /// How long a win that equals its bet counts up, in milliseconds.
    pub equal_rollup_ms: f64,
    /// Ticks a second while it does.
    pub equal_ticks_per_s: f64,
    /// Regular tiers, in their order.
    pub tiers: Vec<Tier>,
    /// Big wins, in their order, at most 5.
    pub big: Vec<BigTier>,
    /// Before the first tier of a big win, in milliseconds.
    pub intro_ms: f64,
    /// After the last one.
    pub end_ms: f64,
    /// And then until the game goes on.
    pub fade_out_ms: f64,
}

/// How large a win is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WinClass {
    /// No win.
    None,
    /// Less than the bet.
    Low,
    /// Exactly the bet.
    Equal,
    /// A regular tier, by its place from 0.
    Tier(usize),
    /// A big win, by its place from 0.
    Big(usize),
}

impl Default for WinTiers {
    fn default() -> Self {
        let regular = [
            ("1", 1, 800.0, 18.0),
            ("2", 2, 1000.0, 16.0),
            ("3", 3, 1200.0, 15.0),
            ("4", 5, 1500.0, 14.0),
            ("5", 8, 2000.0, 12.0),
            ("6", 12, 2500.0, 10.0),
        ];
        let big = [
            ("BIG WIN", 20, 12.0, 1.0, 1.0),
            ("SUPER WIN", 50, 10.0, 1.2, 1.1),
            ("MEGA WIN", 100, 8.0, 1.4, 1.2),
            ("EPIC WIN", 250, 6.0, 1.6, 1.3),
            ("ULTRA WIN", 500, 4.0, 2.0, 1.5),
        ];
        let end_of = |at: usize, list: &[u32], last: Option<u32>| {
            list.get(at + 1).copied().or(last).map(Ratio::whole)
        };
        let starts = regular.map(|row| row.1);
        let big_starts = big.map(|row| row.1);
        let regular = regular.iter().enumerate();
        let tiers = regular.map(|(at, &(label, from, rollup_ms, ticks_per_s))| Tier {
            label: label.to_owned(),
            from: Ratio::whole(from),
            to: end_of(at, &starts, Some(big_starts[0])),
            rollup_ms,
            ticks_per_s,
        });
        let tiers = tiers.collect();
        let rows = big.iter().enumerate();
        let big = rows.map(
            |(at, &(label, from, ticks_per_s, visual, audio_intensity))| BigTier {
                label: label.to_owned(),
                from: Ratio::whole(from),
                to: end_of(at, &big_starts, None),
                duration_ms: 4000.0,
                ticks_per_s,
                visual,
                audio_intensity,
            },
        );
        Self {
            equal_rollup_ms: 500.0,
            equal_ticks_per_s: 20.0,
            tiers,
            big: big.collect(),
            intro_ms: 500.0,
            end_ms: 4000.0,
            fade_out_ms: 1000.0,
        }
    }
}

impl WinTiers {
    /// Big tiers at most.
    pub const MOST_BIG: usize = 5;
    /// Regular tiers at most.
    pub const MOST_TIERS: usize = 32;

    /// How large a win is. A bet below 1 counts as 1.
    pub fn class(&self, win: i64, bet: i64) -> WinClass {
        let bet = bet.max(1);
        if win <= 0 {
            return WinClass::None;
        }
        match win.cmp(&bet) {
            Ordering::Less => return WinClass::Low,
            Ordering::Equal => return WinClass::Equal,
            Ordering::Greater => {}
        }
        let big = self
            .big
            .iter()
            .rposition(|tier| tier.from.reached(win, bet));
        if let Some(at) = big {
            return WinClass::Big(at);
        }
        let regular = self
            .tiers
            .iter()
            .rposition(|tier| tier.from.reached(win, bet));
        regular.map_or(WinClass::Equal, WinClass::Tier)
    }

    /// What the names of sounds end with: `LOW`, `EQUAL`, `3`, `BIG`; nothing without a win.
    pub fn label(&self, class: WinClass) -> Option<&str> {
        match class {
            WinClass::None => None,
            WinClass::Low => Some("LOW"),
            WinClass::Equal => Some("EQUAL"),
            WinClass::Tier(at) => self.tiers.get(at).map(|tier| tier.label.as_str()),
            WinClass::Big(_) => Some("BIG"),
        }
    }

    /// How long the win of a class counts up in milliseconds, and its ticks a second; `None` where
    /// it is there at once.
    pub fn rollup(&self, class: WinClass) -> Option<(f64, f64)> {
        match class {
            WinClass::None | WinClass::Low => None,
            WinClass::Equal => Some((self.equal_rollup_ms, self.equal_ticks_per_s)),
            WinClass::Tier(at) => {
                let tier = self.tiers.get(at)?;
                Some((tier.rollup_ms, tier.ticks_per_s))
            }
            WinClass::Big(at) => {
                let spans: f64 = self.big.iter().take(at + 1).map(|it| it.duration_ms).sum();
                Some((self.intro_ms + spans, self.big.get(at)?.ticks_per_s))
            }
        }
    }

    /// Everything that is wrong with the table: path and message. Tiers ascend from 1 without gap
    /// or overlap, and the last one has no end.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let mut say = |path: String, message: String| problems.push((path, message));
        for (list, count, most) in [
            ("tiers", self.tiers.len(), Self::MOST_TIERS),
            ("big", self.big.len(), Self::MOST_BIG),
        ] {
            if count == 0 || count > most {
                say(
                    list.to_owned(),
                    format!("there are {count}, not 1..={most}"),
                );
            }
        }
        let regular = self.tiers.iter().enumerate();
        let regular = regular.map(|(at, tier)| (format!("tiers[{at}]"), tier.from, tier.to));
        let big = self.big.iter().enumerate();
        let big = big.map(|(at, tier)| (format!("big[{at}]"), tier.from, tier.to));
        let bounds: Vec<_> = regular.chain(big).collect();
        let mut start = Ratio::whole(1);
        for (at, (path, from, to)) in bounds.iter().enumerate() {
            let is_last = at + 1 == bounds.len();
            let parts = [Some(*from), *to];
            if parts
                .into_iter()
                .flatten()
                .any(|it| it.num == 0 || it.den == 0)
            {
                say(path.clone(), "a ratio has two positive parts".to_owned());
                break;
            }
            if from.order(start) != Ordering::Equal {
                let wanted = "the tier before ends there, or 1 where it is the first";
                say(
                    format!("{path}.from"),
                    format!("{from} is not {start}: {wanted}"),
                );
            }
            match to {
                Some(to) if is_last => {
                    let message = format!("{to} ends the last tier; leave it out, it has no end");
                    say(format!("{path}.to"), message);
                }
                None if !is_last => {
                    let message = "only the last tier has no end; say where the next begins";
                    say(format!("{path}.to"), message.to_owned());
                }
                Some(to) if to.order(*from) != Ordering::Greater => {
                    say(format!("{path}.to"), format!("{to} is not above {from}"));
                }
                _ => {}
            }
            start = to.unwrap_or(start);
        }
        self.time_problems(&mut say);
        problems
    }

    fn time_problems(&self, say: &mut dyn FnMut(String, String)) {
        let mut check = |path: String, value: f64, least: f64, most: f64| {
            if !(least..=most).contains(&value) {
                say(path, format!("{value} is not in {least}..={most}"));
            }
        };
        let longest = super::timing::LONGEST_MS;
        check("equal_rollup_ms".into(), self.equal_rollup_ms, 0.0, longest);
        check(
            "equal_ticks_per_s".into(),
            self.equal_ticks_per_s,
            0.1,
            100.0,
        );
        check("intro_ms".into(), self.intro_ms, 0.0, longest);
        check("end_ms".into(), self.end_ms, 0.0, longest);
        check("fade_out_ms".into(), self.fade_out_ms, 0.0, longest);
        for (at, tier) in self.tiers.iter().enumerate() {
            check(
                format!("tiers[{at}].rollup_ms"),
                tier.rollup_ms,
                0.0,
                longest,
            );
            check(
                format!("tiers[{at}].ticks_per_s"),
                tier.ticks_per_s,
                0.1,
                100.0,
            );
        }
        for (at, tier) in self.big.iter().enumerate() {
            check(
                format!("big[{at}].duration_ms"),
                tier.duration_ms,
                0.0,
                longest,
            );
            check(
                format!("big[{at}].ticks_per_s"),
                tier.ticks_per_s,
                0.1,
                100.0,
            );
            check(format!("big[{at}].visual"), tier.visual, 0.0, 10.0);
            check(
                format!("big[{at}].audio_intensity"),
                tier.audio_intensity,
                0.0,
                10.0,
            );
        }
    }
}
