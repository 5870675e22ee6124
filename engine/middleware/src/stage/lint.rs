//! Regulatory rules as data, and what of a trace they object to. Not legal advice: the profiles name
//! their sources so that a person can read them.

mod spin;

use super::event::{StageEvent, StageTrace};
use super::table::Stage;

pub use spin::{Spin, spins};

macro_rules! rules {
    ($($(#[$about:meta])* $variant:ident $word:literal,)*) => {
        /// What a rule looks at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RuleKind {
            $($(#[$about])* $variant,)*
        }

        impl RuleKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in files and reports.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

rules! {
    /// A win that does not exceed its bet is not celebrated.
    Ldw "ldw",
    /// A spin takes at least `limit` milliseconds.
    MinCycle "min_cycle",
    /// No turbo.
    Turbo "turbo",
    /// Nobody ends a spin early.
    SlamStop "slam_stop",
    /// The game does not play by itself.
    Autoplay "autoplay",
    /// An advertised award that is rarer than 1 in `limit` has its odds stated.
    Odds "odds",
    /// At most this share of spins is a win that does not exceed its bet.
    LdwRate "ldw_rate",
    /// At most this share of spins is a near miss.
    NearMissRate "near_miss_rate",
}

/// A rule of a profile.
#[derive(Clone, Debug, PartialEq)]
pub struct LintRule {
    /// What it looks at.
    pub rule: RuleKind,
    /// It is looked at.
    pub on: bool,
    /// Its limit, where it has one.
    pub limit: f64,
    /// The text it comes from.
    pub citation: String,
    /// Where in it.
    pub clause: String,
    /// Of when.
    pub date: String,
}

/// The rules of one place or one publisher.
#[derive(Clone, Debug, PartialEq)]
pub struct LintProfile {
    /// What it is called.
    pub name: String,
    /// Its rules.
    pub rules: Vec<LintRule>,
}

/// An award that a game advertises.
#[derive(Clone, Debug, PartialEq)]
pub struct Award {
    /// What it is called.
    pub name: String,
    /// It falls once in so many games.
    pub one_in: f64,
    /// The game says so.
    pub stated: bool,
}

/// What a rule objects to.
#[derive(Clone, Debug, PartialEq)]
pub struct LintFinding {
    /// The rule.
    pub rule: RuleKind,
    /// Place of the event, where there is one.
    pub event: Option<usize>,
    /// What, and what is allowed.
    pub message: String,
    /// Where the rule comes from.
    pub source: String,
}

impl LintProfile {
    /// The profile that is always there: what the UK and GLI-11 say, user limits off.
    pub fn uk() -> Self {
        const RTS: &str =
            "UK Gambling Commission, Remote gambling and software technical standards";
        const GLI: &str = "GLI-11, Gaming devices, v3.0";
        let rule = |rule, on, limit, citation: &str, clause: &str, date: &str| LintRule {
            rule,
            on,
            limit,
            citation: citation.to_owned(),
            clause: clause.to_owned(),
            date: date.to_owned(),
        };
        let own = "a limit of your own";
        Self {
            name: "uk".to_owned(),
            rules: vec![
                rule(RuleKind::Ldw, true, 0.0, RTS, "RTS 14F", "2021-10-31"),
                rule(
                    RuleKind::MinCycle,
                    true,
                    2500.0,
                    RTS,
                    "RTS 14D",
                    "2021-10-31",
                ),
                rule(RuleKind::Turbo, true, 0.0, RTS, "RTS 14E", "2021-10-31"),
                rule(RuleKind::SlamStop, true, 0.0, RTS, "RTS 14E", "2021-10-31"),
                rule(RuleKind::Autoplay, true, 0.0, RTS, "RTS 8C", "2021-10-31"),
                rule(RuleKind::Odds, true, 1e8, GLI, "4.8.2", "2016-09-21"),
                rule(RuleKind::LdwRate, false, 0.2, own, "", ""),
                rule(RuleKind::NearMissRate, false, 0.3, own, "", ""),
            ],
        }
    }

    /// What it objects to in a trace. `celebrates` gives the event that a stage posts where that
    /// one is tagged `celebration`.
    pub fn check(
        &self,
        trace: &StageTrace,
        celebrates: &dyn Fn(&StageEvent) -> Option<String>,
    ) -> Vec<LintFinding> {
        let spins = spins(trace);
        let mut found = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.on) {
            let mut say = |event: Option<usize>, message: String| {
                found.push(LintFinding {
                    rule: rule.rule,
                    event,
                    message,
                    source: rule.source(),
                });
            };
            match rule.rule {
                RuleKind::Ldw => ldw(trace, &spins, celebrates, &mut say),
                RuleKind::MinCycle => min_cycle(&spins, rule.limit, &mut say),
                RuleKind::Turbo if trace.timing_profile.as_deref() == Some("turbo") => {
                    say(
                        None,
                        "the trace was timed with the profile turbo".to_owned(),
                    );
                }
                RuleKind::SlamStop => slam_stops(trace, &spins, &mut say),
                RuleKind::Autoplay => {
                    let is =
                        |event: &StageEvent| matches!(event.stage, Stage::AutoplayStart { .. });
                    if let Some(at) = trace.events.iter().position(is) {
                        say(Some(at), "the game plays by itself".to_owned());
                    }
                }
                RuleKind::LdwRate => {
                    let known = spins.iter().filter_map(Spin::loss_as_win);
                    let share = share(known);
                    rate(
                        "wins that do not exceed the bet",
                        share,
                        rule.limit,
                        &mut say,
                    );
                }
                RuleKind::NearMissRate => {
                    let share = share(spins.iter().map(|spin| spin.near_miss));
                    rate("near misses", share, rule.limit, &mut say);
                }
                RuleKind::Turbo | RuleKind::Odds => {}
            }
        }
        found
    }

    /// Awards that are rarer than may be advertised without their odds.
    pub fn check_awards(&self, awards: &[Award]) -> Vec<LintFinding> {
        let rules = self.rules.iter();
        let rules = rules.filter(|rule| rule.on && rule.rule == RuleKind::Odds);
        let findings = rules.flat_map(|rule| {
            let rare = awards
                .iter()
                .filter(|it| !it.stated && it.one_in > rule.limit);
            rare.map(|award| LintFinding {
                rule: rule.rule,
                event: None,
                message: format!(
                    "{} falls once in {:.0} games, rarer than 1 in {:.0}: state its odds",
                    award.name, award.one_in, rule.limit
                ),
                source: rule.source(),
            })
        });
        findings.collect()
    }
}

impl LintRule {
    fn source(&self) -> String {
        let parts = [&self.citation, &self.clause, &self.date];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).collect();
        let there: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        there.join(", ")
    }
}

type Say<'a> = &'a mut dyn FnMut(Option<usize>, String);

fn ldw(
    trace: &StageTrace,
    spins: &[Spin],
    celebrates: &dyn Fn(&StageEvent) -> Option<String>,
    say: Say<'_>,
) {
    for spin in spins.iter().filter(|spin| spin.is_ldw()) {
        let (win, bet) = (spin.win.unwrap_or(0), spin.bet.unwrap_or(0));
        for (at, event, posted) in spin.celebrations(trace, celebrates) {
            let stage = event.stage.name();
            say(
                Some(at),
                format!(
                    "{stage} posts {posted}, tagged celebration, for a win of {win} on a bet of {bet}"
                ),
            );
        }
    }
}

/// One finding for all, at the shortest.
fn min_cycle(spins: &[Spin], limit: f64, say: Say<'_>) {
    let over = spins
        .iter()
        .filter_map(|spin| Some((spin.cycle_ms?, spin.first)));
    let all = over.clone().count();
    let quick = over.filter(|(cycle, _)| *cycle < limit);
    let count = quick.clone().count();
    let Some((cycle, first)) = quick.min_by(|a, b| a.0.total_cmp(&b.0)) else {
        return;
    };
    let are = match all {
        1 => "the spin is",
        _ => &format!("{count} of {all} spins are"),
    };
    say(
        Some(first),
        format!(
            "{are} over in less than {limit:.0} ms, from the press to the spin's end or the next press; the \
             shortest takes {cycle:.0} ms"
        ),
    );
}

fn slam_stops(trace: &StageTrace, spins: &[Spin], say: Say<'_>) {
    for spin in spins {
        let mut turning = false;
        for (at, event) in trace
            .events
            .iter()
            .enumerate()
            .take(spin.end)
            .skip(spin.first)
        {
            match event.stage {
                Stage::UiSpinPress {} => turning = true,
                Stage::EvaluateWins {} => turning = false,
                Stage::UiSkipPress { .. } if turning => {
                    say(Some(at), "the player ends the spin early".to_owned());
                }
                _ => {}
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53 spins")]
fn share(spins: impl Iterator<Item = bool>) -> f64 {
    let (mut hits, mut all) = (0_u64, 0_u64);
    for is_it in spins {
        hits += u64::from(is_it);
        all += 1;
    }
    hits as f64 / all.max(1) as f64
}

fn rate(what: &str, share: f64, limit: f64, say: Say<'_>) {
    if share > limit {
        let (share, limit) = (100.0 * share, 100.0 * limit);
        say(
            None,
            format!("{share:.1} % of the spins are {what}, more than {limit:.1} %"),
        );
    }
}
