//! Adapters: what a game's messages mean, as stages.
//!
//! Three layers look at each message, in the order of the file: events by name ([`File`]'s
//! `event_mapping`), what differs from the snapshot before, and rules. The first that makes a
//! stage that is heard ends the chain, unless it says `continue`. Then the FSM looks whether the stage may come.
//! A file that is wrong is refused as a whole, so the adapter before it stays.

mod config;
mod coverage;
mod direct;
mod emit;
pub(crate) mod money;
mod path;
mod probe;
mod rules;
mod snapshot;
mod sure;

use crate::stage_json::{self, WrongMessage};
use direct::Direct;
use emit::{Emit, Fields, Paths};
use money::Money;
use rules::Rules;
use segue_middleware::stage::bind::StageTable;
use segue_middleware::stage::fsm::{Fsm, Violation};
use segue_middleware::stage::resolve::ResolverProfile;
use segue_middleware::stage::{FeatureType, Stage, StageEvent, StageId, StagePayload};
use serde_json::{Map, Value as Json};
use snapshot::Snapshots;
use std::collections::BTreeMap;
use sure::Band;

pub use config::{
    Clock, ConfigError, FILE_MAX_BYTES, File, Heuristic, Layer, Mapping, MoneyFile, MoneySource,
    Unit,
};
pub use coverage::{Coverage, Seen};
pub use money::WIN_MAX;
pub(crate) use probe::Probe;
pub use snapshot::HOLD_MS;
pub use sure::{TRIGGER_MIN, UNSURE_GAIN_DB, WARNING_MIN};

/// Names of `payload_paths`.
const PAYLOAD_KEYS: &[&str] = &[
    "events",
    "event_name",
    "timestamp",
    "win",
    "bet",
    "balance",
    "reel",
    "reel_data",
    "symbol",
    "feature",
    "tier",
    "multiplier",
    "spins_remaining",
];

/// Latest time within a spin in milliseconds.
pub const TIME_MAX_MS: f64 = 3_600_000.0;

/// Least time in milliseconds that counts as one since 1970: what lies between it and [`TIME_MAX_MS`] is
/// neither a time within a spin nor such a clock.
pub const EPOCH_MIN_MS: f64 = 1e11;

/// When a stage of a message is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// So many ms after the message.
    After(f64),
    /// So many ms after the message, and not before what was planned so by the messages before.
    Behind(f64),
    /// At this time of the game's own within the spin, in ms.
    Spin {
        /// 0 to [`TIME_MAX_MS`].
        ms: f64,
        /// The message is a list of events; its own time is that of the spin's beginning where it
        /// begins one.
        in_list: bool,
    },
}

/// What a layer made of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Nothing,
    /// Stages, and the next layer may make more.
    Some,
    /// Stages, and no layer after this one looks.
    Enough,
}

/// Something about a message that a report tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// It, or a part, was not taken.
    Refused {
        /// Why, with the field.
        text: String,
    },
    /// An event that the adapter does not know; only where `allow_unknown` is off.
    Unknown {
        /// Its name.
        name: String,
    },
    /// A stage came where it may not. It passed, unless `strict_fsm` is on.
    Violation {
        /// What.
        violation: Violation,
        /// It was refused.
        is_refused: bool,
    },
    /// A mapping that is not sure enough to be heard.
    Unsure {
        /// The stage that it would have made.
        stage: StageId,
        /// The event's name.
        source: Option<String>,
        /// How sure it is.
        confidence: f64,
    },
    /// The game's state does not move within a spin.
    Stuck {
        /// So many equal snapshots.
        snapshots: u32,
    },
}

/// What an adapter made of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// In order.
    pub stages: Vec<StageEvent>,
    /// When each of them is seen.
    pub times: Vec<When>,
    /// What is to be told.
    pub reports: Vec<Report>,
}

/// What the names of events mean. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct EventNames(Direct);

impl EventNames {
    /// The stage of each event of a message that has one.
    #[must_use]
    pub fn stages(&self, message: &Json) -> Vec<StageId> {
        self.0.stages_of(message)
    }
}

/// A file at work, for any number of games: what it saw of each is a [`Game`]. `[thread-safe]`
#[derive(Clone, Debug)]
pub struct Adapter {
    id: String,
    layers: Vec<Layer>,
    settings: Settings,
    paths: Paths,
    direct: Direct,
    /// A game of which nothing was seen.
    fresh: Game,
    /// The game of [`take`](Self::take), once it said something.
    own: Option<Box<Game>>,
    /// The timing profiles that there are.
    profiles: BTreeMap<String, ResolverProfile>,
    is_strict: bool,
    /// Of all games.
    coverage: Coverage,
}

/// What an adapter saw of one game: its state, its last bet, what its messages said before.
/// `[thread-safe]`
#[derive(Clone, Debug)]
pub struct Game {
    snapshots: Snapshots,
    rules: Rules,
    fsm: Fsm,
    /// The last bet that was told.
    bet: Option<i64>,
}

impl Game {
    /// When the win grew that counts up now, in ms as messages were taken, and to what.
    #[must_use]
    pub fn rolls_since(&self) -> Option<(f64, i64)> {
        self.snapshots.rolls_since()
    }
}

/// How messages are read.
#[derive(Clone, Copy, Debug)]
struct Settings {
    money: Money,
    allow_unknown: bool,
    /// Sound begins at this confidence.
    least_sure: f64,
    /// Times of the game do not count.
    by_receipt: bool,
}

impl Adapter {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`] with line or field; the first that is wrong.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        Self::read_for(text, &StageTable::default())
    }

    /// Reads and checks a file for a project: it may name the project's timing profiles too.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_for(text: &str, project: &StageTable) -> Result<Self, ConfigError> {
        Self::new(&File::read(text)?, project)
    }

    fn new(file: &File, project: &StageTable) -> Result<Self, ConfigError> {
        let paths = emit::paths(&file.payload_paths, "payload_paths", PAYLOAD_KEYS)?;
        let seen = emit::paths(&file.snapshot_paths, "snapshot_paths", snapshot::KEYS)?;
        let profile = profile(&file.timing.profile, project)?;
        check(file)?;
        let profiles = project.profile_names().filter_map(|name| {
            let timing = project.profile(name)?;
            Some((name.to_owned(), ResolverProfile::of(&timing)))
        });
        let profiles = profiles.collect();
        let direct = Direct::compile(file, &paths)?;
        let mut coverage = Coverage::new(direct.names());
        coverage.watch("payload_paths", &paths);
        coverage.watch("snapshot_paths", &seen);
        let fresh = Game {
            rules: Rules::compile(file, &paths, &seen)?,
            snapshots: Snapshots::new(
                seen,
                snapshot_sures(file),
                file.bigwin_thresholds.clone(),
                file.stuck_snapshots,
                file.reel_count,
                &profile,
            ),
            fsm: Fsm::new(file.validation.strict_fsm),
            bet: None,
        };
        Ok(Self {
            id: file.adapter_id.clone(),
            layers: file.layers.clone(),
            settings: Settings {
                money: Money {
                    exponent: file.money.exponent,
                    is_minor: file.money.source == config::MoneySource::Integer,
                },
                allow_unknown: file.validation.allow_unknown,
                least_sure: file.validation.min_confidence,
                by_receipt: file.timing.clock == config::Clock::Receive,
            },
            direct,
            paths,
            fresh,
            own: None,
            profiles,
            is_strict: file.validation.strict_fsm,
            coverage,
        })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The stages of a message's events, as far as their names say them; for the sorting of
    /// messages before they are taken.
    #[must_use]
    pub fn names(&self) -> EventNames {
        EventNames(self.direct.clone())
    }

    /// What it has seen and made so far.
    #[must_use]
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Says in its coverage that a game was built with another project, of this hash.
    pub fn flag_project(&mut self, hash: &str) {
        self.coverage.flag_project(hash);
    }

    /// A game of which nothing was seen yet.
    #[must_use]
    pub fn game(&self) -> Game {
        self.fresh.clone()
    }

    /// Makes stages of a message that came at `now_ms`, where there is one game only. A win that stood for
    /// [`HOLD_MS`] by then is ended before.
    pub fn take(&mut self, message: &Json, now_ms: f64) -> Answer {
        let mut own = self.own.take().unwrap_or_else(|| self.game().into());
        let grew = own.rolls_since();
        let mut answer = match grew.is_some_and(|(at_ms, _)| now_ms - at_ms >= HOLD_MS) {
            true => self.settle(&mut own),
            false => Answer::default(),
        };
        let more = self.take_of(&mut own, message, now_ms);
        answer.stages.extend(more.stages);
        answer.times.extend(more.times);
        answer.reports.extend(more.reports);
        self.own = Some(own);
        answer
    }

    /// Makes stages of a message of `game` that came at `now_ms`.
    pub fn take_of(&mut self, game: &mut Game, message: &Json, now_ms: f64) -> Answer {
        self.coverage.at(now_ms);
        self.coverage.look(message);
        let (settings, fsm) = (self.settings, game.fsm.clone());
        let mut made = Made::new(settings, &self.paths, &mut self.coverage, fsm);
        for layer in &self.layers {
            let found = match layer {
                Layer::DirectEvent => self.direct.take(message, &mut made),
                Layer::SnapshotDiff => {
                    let money = settings.money;
                    game.snapshots.take(message, money, now_ms, &mut made)
                }
                Layer::RuleBased => game.rules.take(message, now_ms, &mut made),
            };
            if found == Found::Enough {
                break;
            }
        }
        let is_mapped = made.is_mapped;
        let (mut stages, sures, mut reports) = (made.stages, made.sures, made.reports);
        self.weigh(&mut stages, &sures, &mut reports);
        self.coverage.message(is_mapped);
        self.follow(game, stages, reports)
    }

    /// Nothing was said for [`HOLD_MS`] since a win of `game` grew: it counts up no more.
    pub fn settle(&mut self, game: &mut Game) -> Answer {
        let (settings, fsm) = (self.settings, game.fsm.clone());
        let mut made = Made::new(settings, &self.paths, &mut self.coverage, fsm);
        game.snapshots.hold_ends(&mut made);
        let (mut stages, sures, mut reports) = (made.stages, made.sures, made.reports);
        self.weigh(&mut stages, &sures, &mut reports);
        self.follow(game, stages, reports)
    }

    /// Leaves what is sure enough.
    fn weigh(
        &mut self,
        stages: &mut Vec<(StageEvent, When)>,
        sures: &[f64],
        reports: &mut Vec<Report>,
    ) {
        let mut sures = sures.iter();
        stages.retain_mut(|(event, _)| {
            let confidence = sures.next().copied().unwrap_or(1.0);
            match sure::band(confidence, self.settings.least_sure) {
                Band::Trigger => return true,
                Band::Quieter => {
                    event.gain_db = UNSURE_GAIN_DB;
                    return true;
                }
                Band::Warning => reports.push(Report::Unsure {
                    stage: event.stage.id(),
                    source: event.source_event.clone(),
                    confidence,
                }),
                Band::Ignored => {}
            }
            self.coverage.is_unsure();
            false
        });
    }

    /// What of `game` has no times of its own takes those of this timing profile from now on: a built-in one, or
    /// one of the project.
    ///
    /// # Errors
    /// The names that there are.
    pub fn set_profile(&self, game: &mut Game, name: &str) -> Result<(), String> {
        match self.profiles.get(name) {
            Some(profile) => {
                game.snapshots.set_profile(profile);
                Ok(())
            }
            None => {
                let names: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
                let name: String = name.chars().take(128).collect();
                Err(format!(
                    "there is no timing profile {name:?}; there are {}",
                    names.join(", ")
                ))
            }
        }
    }

    /// The one that knows Segue's own messages and no others.
    #[must_use]
    pub fn native() -> Self {
        Self::native_for(&StageTable::default())
    }

    /// As [`native`](Self::native), for a project: its timing profiles can be chosen too.
    #[must_use]
    pub fn native_for(project: &StageTable) -> Self {
        let file = File::read("schema = 1\nadapter_id = \"segue\"\nlayers = []");
        // The text is right, as a test says.
        #[expect(clippy::expect_used, reason = "a constant text")]
        let made = file
            .and_then(|file| Self::new(&file, project))
            .expect("right");
        made
    }

    /// Takes over from another one: see [`go_on`](Self::go_on) for its games.
    pub fn follow_up(&mut self, before: &Self) {
        self.own = before.own.as_deref().map(|own| self.go_on(own).into());
        if let Some(hash) = before.coverage.other_project() {
            self.coverage.flag_project(hash);
        }
    }

    /// A game that another adapter followed: its state, its last bet, and what is to be ended.
    #[must_use]
    pub fn go_on(&self, before: &Game) -> Game {
        let mut game = self.game();
        game.fsm = before.fsm.clone().with_strict(self.is_strict);
        game.bet = before.bet;
        game.snapshots.follow_up(&before.snapshots);
        game
    }

    /// Counts a message in Segue's own words that is not taken.
    pub fn refuse_stage(&mut self, error: &WrongMessage, message: &Map<String, Json>, now_ms: f64) {
        self.coverage.at(now_ms);
        self.coverage.message(false);
        match error {
            WrongMessage::UnknownStage { name, .. } => {
                let message = Json::Object(message.clone());
                self.coverage.skip(name, &message);
            }
            WrongMessage::Other(text) => self.coverage.mismatch(text),
        }
    }

    /// Takes a stage that `game` says in Segue's own words.
    pub fn take_stage(&mut self, game: &mut Game, event: StageEvent, when: When) -> Answer {
        self.coverage.message(true);
        self.follow(game, vec![(event, when)], Vec::new())
    }

    /// Lets the FSM look at what was made.
    fn follow(
        &mut self,
        game: &mut Game,
        stages: Vec<(StageEvent, When)>,
        mut reports: Vec<Report>,
    ) -> Answer {
        let mut taken = Vec::with_capacity(stages.len());
        let mut times = Vec::with_capacity(stages.len());
        for (mut event, when) in stages {
            let is_refused = match game.fsm.take(&event.stage) {
                Ok(()) => false,
                Err(violation) => {
                    self.coverage.violation();
                    let is_refused = self.is_strict;
                    reports.push(Report::Violation {
                        violation,
                        is_refused,
                    });
                    is_refused
                }
            };
            if !is_refused {
                self.coverage.stage(event.stage.id());
                game.bet = event.payload.bet.or(game.bet);
                event.payload.bet = game.bet;
                stage_json::derive(&mut event);
                taken.push(event);
                times.push(when);
            }
        }
        Answer {
            stages: taken,
            times,
            reports,
        }
    }
}

/// The timing profile of this name, with the times that messages have none of.
fn profile(name: &str, project: &StageTable) -> Result<ResolverProfile, ConfigError> {
    let Some(timing) = project.profile(name) else {
        let names: Vec<&str> = project.profile_names().collect();
        let near = |known: &&str| strsim::normalized_damerau_levenshtein(known, name);
        let nearest = names
            .iter()
            .copied()
            .max_by(|a, b| near(a).total_cmp(&near(b)));
        let nearest = nearest.filter(|known| near(known) >= 0.5);
        let meant = nearest.map_or_else(String::new, |it| format!("; did you mean {it:?}?"));
        return Err(ConfigError::Field {
            field: "timing.profile".to_owned(),
            message: format!("{name:?} is not one of {}{meant}", names.join(", ")),
        });
    };
    Ok(ResolverProfile::of(&timing))
}

fn check(file: &File) -> Result<(), ConfigError> {
    let wrong = |field: &str, message: String| {
        Err(ConfigError::Field {
            field: field.to_owned(),
            message,
        })
    };
    if file.adapter_id.is_empty() || file.adapter_id.chars().count() > 128 {
        return wrong("adapter_id", "is to have 1 to 128 characters".to_owned());
    }
    if file.money.exponent > 6 {
        let text = format!("{} is not in 0..=6", file.money.exponent);
        return wrong("money.exponent", text);
    }
    if file.stuck_snapshots < 2 {
        let text = format!("{} is not from 2 on", file.stuck_snapshots);
        return wrong("stuck_snapshots", text);
    }
    if let Some(reels) = file.reel_count.filter(|reels| !(1..=10).contains(reels)) {
        return wrong("reel_count", format!("{reels} is not in 1..=10"));
    }
    if !file
        .bigwin_thresholds
        .is_sorted_by(|left, right| left < right)
    {
        let text = "are to ascend".to_owned();
        return wrong("bigwin_thresholds", text);
    }
    sure::check(file)
}

fn snapshot_sures(file: &File) -> BTreeMap<String, f64> {
    let of = |name: &String| (name.clone(), sure::of_path(file, "snapshot_paths", name));
    file.snapshot_paths.keys().map(of).collect()
}

/// What layers make of one message.
struct Made<'a> {
    money: Money,
    paths: &'a Paths,
    allow_unknown: bool,
    coverage: &'a mut Coverage,
    stages: Vec<(StageEvent, When)>,
    /// How sure each of them is.
    sures: Vec<f64>,
    /// How sure what comes next is.
    sure: f64,
    /// Sound begins at this confidence.
    least_sure: f64,
    /// What the game is doing after these stages.
    fsm: Fsm,
    reports: Vec<Report>,
    /// The events are one list.
    in_list: bool,
    /// Times are those of receipt.
    by_receipt: bool,
    /// A layer knew what to make of the message, be it nothing.
    is_mapped: bool,
}

impl<'a> Made<'a> {
    fn new(settings: Settings, paths: &'a Paths, coverage: &'a mut Coverage, fsm: Fsm) -> Self {
        Self {
            money: settings.money,
            paths,
            allow_unknown: settings.allow_unknown,
            coverage,
            stages: Vec::new(),
            sures: Vec::new(),
            sure: 1.0,
            least_sure: settings.least_sure,
            fsm,
            reports: Vec::new(),
            in_list: false,
            by_receipt: settings.by_receipt,
            is_mapped: false,
        }
    }
}

impl Made<'_> {
    fn count(&self) -> usize {
        self.stages.len()
    }

    /// Whether one of the stages from `count` on is sure enough to be heard.
    fn is_heard_from(&self, count: usize) -> bool {
        let mut sures = self.sures.iter().skip(count);
        sures.any(|sure| *sure >= self.least_sure)
    }

    /// What is known around the stages from `count` on. The end of a spin has its own already.
    fn around_from(&mut self, count: usize, win: i64, bet: i64, feature: Option<FeatureType>) {
        for (event, _) in self.stages.iter_mut().skip(count) {
            if event.stage == (Stage::SpinEnd {}) {
                continue;
            }
            event.payload.win = Some(win).filter(|win| *win > 0);
            event.payload.bet = Some(bet).filter(|bet| *bet > 0);
            event.payload.feature = feature;
        }
    }

    /// What is known around the stage that was made last.
    fn around_last(&mut self, payload: StagePayload) {
        if let Some((event, _)) = self.stages.last_mut() {
            event.payload = payload;
        }
    }

    fn report(&mut self, report: Report) {
        self.reports.push(report);
    }

    fn seen(&mut self, name: &str, event: &Json) {
        self.coverage.seen(name, event);
        // A message that is its only event was looked at as a message.
        if self.in_list {
            self.coverage.look(event);
        }
    }

    fn unknown(&mut self, name: &str, event: &Json) {
        self.coverage.skip(name, event);
        if !self.allow_unknown {
            self.report(Report::Unknown {
                name: name.to_owned(),
            });
        }
    }

    /// A stage of a state, behind those of the states before.
    fn stage(&mut self, stage: Stage, after_ms: f64) {
        self.follows(&stage);
        let event = StageEvent::new(stage, after_ms);
        self.stages.push((event, When::Behind(after_ms)));
        self.sures.push(self.sure);
    }

    /// Where a stage leads that may come. One that may not is told when its message is whole.
    fn follows(&mut self, stage: &Stage) {
        let _ = self.fsm.take(stage);
    }

    /// True when it made a stage that is heard.
    fn emit(
        &mut self,
        emit: &Emit,
        event: &Json,
        time_ms: Option<f64>,
        source: Option<&str>,
    ) -> bool {
        let count = self.count();
        let fields = Fields::of(event);
        match emit.make(fields, self.paths, self.money) {
            Ok(stage) => {
                self.is_mapped = true;
                self.follows(&stage);
                let time_ms = time_ms.filter(|_| !self.by_receipt);
                let in_list = self.in_list;
                let when = time_ms.map_or(When::After(0.0), |ms| When::Spin { ms, in_list });
                let mut made = StageEvent::new(stage, time_ms.unwrap_or(0.0));
                made.source_event = source.map(str::to_owned);
                emit::around(fields, self.paths, self.money, &mut made.payload);
                self.stages.push((made, when));
                self.sures.push(self.sure);
            }
            Err(text) => {
                self.coverage.mismatch(&text);
                self.report(Report::Refused { text });
            }
        }
        self.is_heard_from(count)
    }

    /// As [`stage`](Self::stage), with fields that are those of `event`.
    fn named(&mut self, stage: &str, event: &Json, after_ms: f64) {
        match Emit::compile(stage, &Default::default(), stage) {
            Ok(emit) => {
                let count = self.count();
                self.emit(&emit, event, None, None);
                for (event, when) in self.stages.iter_mut().skip(count) {
                    event.timestamp_ms = after_ms;
                    *when = When::Behind(after_ms);
                }
            }
            Err(error) => self.report(Report::Refused {
                text: error.to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
