//! Which event a stage posts: the compiled table of a project.

use std::collections::{BTreeMap, BTreeSet};

use segue_rt::game::NameId;

use super::anticipation::Tension;
use super::event::StageEvent;
use super::names::{NameContext, Qualified, chain, exact, number_of};
use super::table::{STAGES, Stage, StageId};
use super::tiers::WinTiers;
use super::timing::TimingProfile;
use crate::source::{Event, Posts};

/// A stage and what it posts.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// As the project names it.
    pub stage: String,
    /// The event.
    pub event: String,
    /// A stage that goes on posts every time it comes.
    pub each: bool,
    /// What a stage that goes on plays ends with this fade, in seconds.
    pub fade_s: f64,
    /// Fields of the stage and the RTPCs that follow them.
    pub rtpcs: Vec<(String, String)>,
    /// The event that celebrates: the one above, or one that it posts, if that is tagged `celebration`.
    pub celebration: Option<String>,
}

/// How many times as slow a profile may be made by its name.
pub const SCALES: std::ops::RangeInclusive<f64> = 0.05..=20.0;

/// The profile of `NAME@K`, and how many times as slow it is.
pub(super) fn times_as_slow(name: &str) -> Option<(&str, f64)> {
    let (base, times) = name.rsplit_once('@')?;
    let times = times.parse().ok()?;
    SCALES.contains(&times).then_some((base, times))
}

/// The tag of events that celebrate a win.
pub const CELEBRATION: &str = "celebration";

/// The nearest event that is tagged `celebration`, of an event and those that it posts.
pub fn celebration(posts: &Posts<'_>, event: &str) -> Option<String> {
    let tagged = |event: &&Event| event.tags.iter().any(|tag| tag == CELEBRATION);
    let found = posts.of(event).into_iter().find(tagged);
    found.map(|event| event.name.clone())
}

/// The bindings of a project. `[thread-safe]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageTable {
    bound: Vec<Bound>,
    /// Plain names in capitals.
    names: BTreeMap<String, usize>,
    /// Those with the most conditions first.
    qualified: Vec<(Qualified, usize)>,
    tiers: WinTiers,
    profiles: Vec<TimingProfile>,
}

impl StageTable {
    /// A table of these bindings; each stands under the name or qualified name that it has.
    pub fn new(
        bound: Vec<Bound>,
        tiers: Option<WinTiers>,
        profiles: Vec<TimingProfile>,
    ) -> StageTable {
        let mut table = StageTable {
            tiers: tiers.unwrap_or_default(),
            profiles,
            ..StageTable::default()
        };
        for (at, it) in bound.iter().enumerate() {
            match Qualified::parse(&it.stage) {
                Ok(Some(qualified)) => table.qualified.push((qualified, at)),
                _ => _ = table.names.entry(chain(&it.stage)[0].clone()).or_insert(at),
            }
        }
        let conditions = |(it, _): &(Qualified, usize)| std::cmp::Reverse(it.wanted.len());
        table.qualified.sort_by_key(conditions);
        table.bound = bound;
        table
    }

    /// All bindings, in the project's order.
    pub fn bound(&self) -> &[Bound] {
        &self.bound
    }

    /// The stages to which something is bound.
    pub fn bound_stages(&self) -> BTreeSet<StageId> {
        let stage = |it: &Bound| stage_of(&it.stage);
        self.bound.iter().filter_map(stage).collect()
    }

    /// The win tiers that hold.
    pub fn tiers(&self) -> &WinTiers {
        &self.tiers
    }

    /// A timing profile: the project's, else a built-in one. `NAME@K` is that profile K times as
    /// slow, K in [`SCALES`].
    pub fn profile(&self, name: &str) -> Option<TimingProfile> {
        let named = |name: &str| {
            let own = self.profiles.iter().find(|profile| profile.name == name);
            own.cloned().or_else(|| TimingProfile::built_in(name))
        };
        named(name).or_else(|| {
            let (base, times) = times_as_slow(name)?;
            let base = named(base)?;
            let name = name.to_owned();
            Some(TimingProfile {
                name,
                ..base.scaled(times)
            })
        })
    }

    /// A number that an RTPC can take of an event: a field of its payload, something of what is around
    /// it, or what its tension or its big-win tier says ([`derived`](super::names::derived)).
    pub fn number_of(&self, event: &StageEvent, field: &str) -> Option<f64> {
        match event.stage {
            Stage::AnticipationTensionLayer { tension, .. } => {
                let tension = Tension::of(tension);
                match field {
                    "volume_lin" => return Some(tension.volume_lin),
                    "pitch_st" => return Some(tension.pitch_st),
                    "intensity" => return Some(tension.intensity),
                    "reel_speed" => return Some(tension.reel_speed),
                    _ => {}
                }
            }
            Stage::BigWinTier { tier, .. } => {
                let at = usize::from(tier).saturating_sub(1);
                let tier = self.tiers.big.get(at).or(self.tiers.big.last());
                match field {
                    "visual" => return tier.map(|tier| tier.visual),
                    "audio_intensity" => return tier.map(|tier| tier.audio_intensity),
                    _ => {}
                }
            }
            _ => {}
        }
        number_of(event, field)
    }

    /// The names of all timing profiles.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        let own = self.profiles.iter().map(|profile| profile.name.as_str());
        own.chain(super::timing::PROFILES)
    }

    /// The name of an event's sound with all that makes it special.
    pub fn name_of(&self, event: &StageEvent) -> String {
        let payload = &event.payload;
        let class = payload.win.zip(payload.bet);
        let class = class.map(|(win, bet)| self.tiers.class(win, bet));
        let context = NameContext {
            symbol: payload.symbol.as_deref(),
            win: class.and_then(|class| self.tiers.label(class)),
        };
        exact(&event.stage, context)
    }

    /// What an event posts, as the place of its binding: the qualified name with the most
    /// conditions, else the first name of its chain.
    pub fn find(&self, event: &StageEvent) -> Option<usize> {
        let meant = self.qualified.iter();
        let meant = meant.clone().find(|(it, _)| it.matches(&event.stage));
        if let Some((_, at)) = meant {
            return Some(*at);
        }
        if self.names.is_empty() {
            return None;
        }
        let name = self.name_of(event);
        let exact = self.names.get(&name).copied();
        exact.or_else(|| self.find_name(&name).map(|(_, at)| at))
    }

    /// The first name of a chain that is bound, and the place of its binding. For a qualified name these are the
    /// qualified ones that ask for nothing besides, those with the most conditions first, then its stage's plain ones.
    pub fn find_name(&self, name: &str) -> Option<(String, usize)> {
        if let Ok(Some(asked)) = Qualified::parse(name)
            && let Some((found, at)) = self.qualified.iter().find(|(it, _)| it.covers(&asked))
        {
            return Some((found.to_string(), *at));
        }
        chain(name)
            .into_iter()
            .find_map(|name| self.names.get(&name).map(|at| (name.clone(), *at)))
    }
}

impl Bound {
    /// The event's name as the audio thread knows it.
    pub fn event_id(&self) -> NameId {
        NameId::of(&self.event)
    }
}

/// The stage that a name or a qualified one begins with.
fn stage_of(name: &str) -> Option<StageId> {
    let plain = name.split(['.', ':']).next().unwrap_or(name);
    let names = chain(plain);
    let mut known = names.iter().rev();
    let found = known.find_map(|name| super::parse(name).ok());
    let found = found.map(|info| info.id);
    found.or_else(|| {
        let tension = names[0].starts_with("ANTICIPATION_TENSION");
        tension.then_some(StageId(0x0203))
    })
}

/// Whether a name can ever be that of a stage.
///
/// # Errors
/// The nearest name, or what of a qualified one is unknown.
pub fn check_name(name: &str) -> Result<(), String> {
    if Qualified::parse(name)?.is_some() {
        return Ok(());
    }
    let names = chain(name);
    let is = |name: Option<&String>, info: &super::StageInfo| {
        name.is_some_and(|it| it.eq_ignore_ascii_case(info.name))
    };
    let known = |info: &super::StageInfo| {
        is(names.last(), info) && (names.len() > 1 || is(names.first(), info))
    };
    if STAGES.iter().any(known) || names[0].starts_with("ANTICIPATION_TENSION") {
        return Ok(());
    }
    let lower = name.to_ascii_lowercase();
    let near = super::nearest(&lower, STAGES.iter().map(|info| info.name));
    Err(match near {
        Some(near) => format!("there is no stage {name:?}; did you mean {near:?}?"),
        None => format!("there is no stage {name:?}; `segue stages list` shows them"),
    })
}
