//! What a project makes of stages: which were heard, which were forgotten, what must not be.

mod assets;
mod games;
mod live;
mod play;
#[cfg(test)]
mod tests;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use crate::check::endless_events;
use crate::control::Control;
use crate::game::telemetry::{Row, What};
use crate::project::OpenProject;
use assets::Assets;
use games::Part;
use segue_middleware::source::Posts;
use segue_middleware::stage::bind::{Bound, StageTable};
use segue_middleware::stage::fsm::{Fsm, Violation};
use segue_middleware::stage::lint::{LintFinding, LintProfile, Spin, spins};
use segue_middleware::stage::loops::{Loop, Loops};
use segue_middleware::stage::{StageEvent, StageId, StageTrace};
use segue_rt::command::Reason;
use segue_rt::game::{NameId, PlayingId};
use segue_rt::voices::VoiceEvent;

pub use games::Games;
pub use live::{LIVE_STAGES, LiveStages, is_live, live_stages};
pub use play::{Told, own_profile, report};

/// What became of one stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageCount {
    /// How often it came.
    pub seen: u64,
    /// How often something was bound to it.
    pub bound: u64,
    /// How many posts it made; a loop that goes on makes none.
    pub posted: u64,
    /// How many of them were heard: a voice of theirs began. Those of an event that starts no sounds
    /// of its own count when they were carried out.
    pub played: u64,
}

/// A stage that went on until nothing or only the end of the spin ended it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLoop {
    /// The stage.
    pub stage: StageId,
    /// Its reel.
    pub reel: Option<u8>,
    /// Place of the event that ended it without being meant to; `None`: it was never ended.
    pub cut_at: Option<usize>,
}

/// The report of a trace on a project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageReport {
    /// Stages by their id.
    pub stages: BTreeMap<StageId, StageCount>,
    /// Bindings that no stage of the trace found, as the project names them.
    pub never_triggered: Vec<String>,
    /// Events of bindings, and those that they post, that have no sound: a file of theirs is missing or cannot be
    /// read, or they do nothing. With how often that was noticed while the trace played; also 0.
    pub without_asset: BTreeMap<String, u64>,
    /// Loops without their own end.
    pub open_loops: Vec<OpenLoop>,
    /// Posts of sounds that go on for ever and still played at the end, by event: what nothing stops, or what
    /// is to go on, such as music.
    pub open_posts: BTreeMap<String, u64>,
    /// Loops that were ended because their game was gone, or said `stop`.
    pub gone_loops: Vec<Loop>,
    /// Stages that may not come where they came.
    pub violations: Vec<Violation>,
    /// What the lint profile objects to.
    pub lint: Vec<LintFinding>,
    /// Spins.
    pub spins: usize,
    /// Spins that won, but not more than their bet, and that a stage of theirs celebrated: it posts an
    /// event tagged `celebration`, directly or through others.
    pub losses_as_wins: usize,
    /// Spins that won something but whose bet the game did not say: whether they are losses shown as wins
    /// cannot be told.
    pub unknown_bets: usize,
    /// Spins of which nothing says what they won.
    pub unknown_wins: usize,
    /// The shortest spin, in milliseconds.
    pub min_cycle_ms: Option<f64>,
    /// Voices that were taken for others: ended, refused or made virtual by a limit.
    pub voice_steals: u64,
    /// Posts that were refused.
    pub refused: u64,
    /// Rules of ducking that stayed down.
    pub stuck_ducks: Vec<String>,
    /// By binding: stages that posted it, with how many posts.
    posts: BTreeMap<usize, Vec<(StageId, u64)>>,
    /// By event: posts that were heard.
    played: BTreeMap<NameId, u64>,
    /// Posts of which nothing was heard yet.
    silent: BTreeMap<PlayingId, NameId>,
    /// Names of the events that are bound, and of those that they post.
    events: BTreeMap<NameId, String>,
    /// Events that start something endless by themselves.
    endless: BTreeMap<NameId, String>,
    /// Posts of theirs that play.
    going_on: BTreeMap<PlayingId, NameId>,
    /// Those that start sounds of their own.
    sounding: BTreeSet<NameId>,
}

impl StageReport {
    /// What can be said of a project and a trace without playing it: each of its games on its own.
    /// [`StageReport::row`] adds what was heard, and [`StageReport::finish`] closes it. `[thread-safe]`
    pub fn new(
        project: &OpenProject,
        trace: &StageTrace,
        games: &Games,
        lint: &LintProfile,
    ) -> Self {
        let mut report = Self::default();
        let table = &project.stage_table();
        let bound = table.bound();
        report.look(bound, project);
        for part in games.parts() {
            report.follow(table, trace, part);
        }
        report.violations.sort_by_key(|it| it.index);
        let forgotten = bound.iter().enumerate();
        let forgotten = forgotten.filter(|(at, _)| !report.posts.contains_key(at));
        report.never_triggered = forgotten.map(|(_, it)| it.stage.clone()).collect();
        let celebrates = |event: &StageEvent| bound[table.find(event)?].celebration.clone();
        for part in games.parts() {
            report.judge(&part.of(trace), part, lint, &celebrates);
        }
        report
    }

    /// What the lint profile and the spins of one game say.
    fn judge(
        &mut self,
        its: &StageTrace,
        part: &Part,
        lint: &LintProfile,
        celebrates: &dyn Fn(&StageEvent) -> Option<String>,
    ) {
        for mut finding in lint.check(its, celebrates) {
            finding.event = finding.event.map(|event| part.place(event));
            // What is said of the trace as a whole is said once; every event is of one game only.
            if finding.event.is_some() || !self.lint.contains(&finding) {
                self.lint.push(finding);
            }
        }
        let all = spins(its);
        self.spins += all.len();
        let is_shown =
            |spin: &&Spin| spin.is_ldw() && spin.celebrations(its, celebrates).next().is_some();
        self.losses_as_wins += all.iter().filter(is_shown).count();
        let unknown = || all.iter().filter(|spin| spin.loss_as_win().is_none());
        let unknown_wins = unknown().filter(|spin| spin.win.is_none()).count();
        self.unknown_wins += unknown_wins;
        self.unknown_bets += unknown().count() - unknown_wins;
        let cycles = all.iter().filter_map(|spin: &Spin| spin.cycle_ms);
        let cycles = cycles.chain(self.min_cycle_ms);
        self.min_cycle_ms = cycles.min_by(f64::total_cmp);
    }

    /// What of the bindings can be heard at all.
    fn look(&mut self, bound: &[Bound], project: &OpenProject) {
        let source = project.interactive();
        let (assets, posts) = (Assets::of(project), Posts::among(&source.events));
        for binding in bound {
            if assets.sounding.contains(&binding.event) {
                self.sounding.insert(binding.event_id());
            }
            for event in posts.of(&binding.event) {
                let name = event.name.clone();
                if assets.missing.contains(&name) {
                    self.without_asset.insert(name.clone(), 0);
                }
                self.events.insert(NameId::of(&name), name);
            }
        }
        let endless = endless_events(&project.project, &source).into_iter();
        let endless = endless.map(|name| (NameId::of(name), name.to_owned()));
        self.endless = endless.collect();
    }

    fn follow(&mut self, table: &StageTable, trace: &StageTrace, part: &Part) {
        let (mut order, mut loops) = (Fsm::new(false), Loops::new());
        for (index, event) in part.in_trace(trace) {
            let violation = order.take(&event.stage).err();
            let placed = |it: Violation| Violation { index, ..it };
            self.violations.extend(violation.map(placed));
            let change = loops.take(&event.stage);
            let cut = change.cut.iter().map(|it| OpenLoop {
                stage: it.stage,
                reel: it.reel,
                cut_at: Some(index),
            });
            self.open_loops.extend(cut);
            let id = event.stage.id();
            let count = self.stages.entry(id).or_default();
            count.seen += 1;
            let Some(at) = table.find(event) else {
                continue;
            };
            count.bound += 1;
            let posts = self.posts.entry(at).or_default();
            if change.goes_on && !table.bound()[at].each {
                continue;
            }
            count.posted += 1;
            match posts.iter_mut().find(|(stage, _)| *stage == id) {
                Some((_, count)) => *count += 1,
                None => posts.push((id, 1)),
            }
        }
        let open = loops.open().iter().map(|(it, _)| *it);
        if part.gone.is_some() {
            self.gone_loops.extend(open);
            return;
        }
        self.open_loops.extend(open.map(|it| OpenLoop {
            stage: it.stage,
            reel: it.reel,
            cut_at: None,
        }));
    }

    /// Takes something that happened while the trace was played. `[main-thread]`
    pub fn row(&mut self, control: &Control, row: &Row) {
        self.follow_endless(&row.what);
        match row.what {
            What::Posted { event, playing, .. } if self.sounding.contains(&event) => {
                self.silent.insert(playing, event);
            }
            What::Posted { event, .. } => self.heard(event),
            What::Finished { playing, .. } => _ = self.silent.remove(&playing),
            What::Refused {
                event,
                reason: Reason::AssetMissing,
                ..
            } => {
                if let Some(event) = self.events.get(&event) {
                    *self.without_asset.entry(event.clone()).or_default() += 1;
                }
            }
            What::Refused { .. } => self.refused += 1,
            What::Voice {
                event,
                event_kind: VoiceEvent::Started | VoiceEvent::Real,
                ..
            } => {
                let post = self.silent.iter().find(|(_, posted)| **posted == event);
                if let Some(playing) = post.map(|(playing, _)| *playing) {
                    self.silent.remove(&playing);
                    self.heard(event);
                }
            }
            What::Voice {
                event_kind: VoiceEvent::Ended | VoiceEvent::Refused | VoiceEvent::Virtual,
                reason,
                ..
            } if reason.is_limit() => self.voice_steals += 1,
            What::DuckStuck { duck } => {
                let name = control.game_names().text(duck).unwrap_or_default();
                if !self.stuck_ducks.iter().any(|known| known == name) {
                    self.stuck_ducks.push(name.to_owned());
                }
            }
            _ => {}
        }
    }

    fn follow_endless(&mut self, what: &What) {
        match *what {
            What::Posted { event, playing, .. } if self.endless.contains_key(&event) => {
                self.going_on.insert(playing, event);
            }
            What::Finished { playing, .. } => _ = self.going_on.remove(&playing),
            _ => {}
        }
    }

    fn heard(&mut self, event: NameId) {
        *self.played.entry(event).or_default() += 1;
    }

    /// Counts what was played, once everything has happened.
    pub fn finish(&mut self, table: &StageTable) {
        for event in std::mem::take(&mut self.going_on).into_values() {
            if let Some(name) = self.endless.get(&event) {
                *self.open_posts.entry(name.clone()).or_default() += 1;
            }
        }
        for (at, posts) in &self.posts {
            let Some(binding) = table.bound().get(*at) else {
                continue;
            };
            let left = self.played.entry(binding.event_id()).or_default();
            for (stage, posted) in posts {
                let played = (*left).min(*posted);
                *left -= played;
                if let Some(count) = self.stages.get_mut(stage) {
                    count.played += played;
                }
            }
        }
    }

    /// Stages that came and to which nothing is bound.
    pub fn unbound(&self) -> impl Iterator<Item = StageId> {
        let unbound = self.stages.iter().filter(|(_, count)| count.bound == 0);
        unbound.map(|(id, _)| *id)
    }

    /// Nothing that must not be: no open loop, no violation, no finding, no missing sound. What still plays at the
    /// end may be meant to.
    pub fn is_clean(&self) -> bool {
        self.open_loops.is_empty()
            && self.violations.is_empty()
            && self.lint.is_empty()
            && self.without_asset.is_empty()
            && self.stuck_ducks.is_empty()
    }
}

/// What is out of order in a trace: stages that may not come where they came, loops without an end
/// of their own. Nothing for a sound one. `[thread-safe]`
pub fn disorder(trace: &StageTrace) -> Vec<String> {
    disorder_of(trace, &Games::one(trace))
}

/// As [`disorder`], each of these games on its own. What was ended because its game was gone is in
/// order. `[thread-safe]`
pub fn disorder_of(trace: &StageTrace, games: &Games) -> Vec<String> {
    let mut found = Vec::new();
    for part in games.parts() {
        let (mut order, mut loops) = (Fsm::new(false), Loops::new());
        for (index, event) in part.in_trace(trace) {
            let violation = order.take(&event.stage).err();
            let placed = |it: Violation| Violation { index, ..it }.to_string();
            found.extend(violation.map(|it| (index, placed(it))));
            for it in loops.take(&event.stage).cut {
                let (name, on) = (it.stage.name(), on(it.reel));
                let text = format!("event {index}: {name}{on} had no end of its own");
                found.push((index, text));
            }
        }
        let open = loops.open().iter().filter(|_| part.gone.is_none());
        found.extend(open.map(|(it, began)| {
            let (name, on, began) = (it.stage.name(), on(it.reel), part.place(*began));
            (began, format!("event {began}: {name}{on} never ends"))
        }));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, text)| text).collect()
}

/// ` of reel 2`
fn on(reel: Option<u8>) -> String {
    reel.map_or_else(String::new, |reel| format!(" of reel {reel}"))
}
