//! Proposes an adapter from recorded messages.
//!
//! 1. [`Samples`] reads the messages, or a fair part of them.
//! 2. Where the events are: messages themselves, or a list in them; else messages are snapshots.
//! 3. Every field is scored for every [`Purpose`]: c = 0.5·N + 0.3·T + 0.2·B.
//! 4. Names of events are matched to stages and scored alike: T is the share of such events that
//!    the adapter makes a stage of, B the share whose stage may come where it came.
//! 5. The file is written, read back by the real adapter, and run over the samples for its coverage.
//!
//! Nothing here writes a file: a proposal is a text, and a diff where there is a file already.
//! The same samples and seed give the same text.

mod draft;
mod fill;
mod names;
mod purpose;
mod samples;
mod score;
mod timing;
mod view;
mod walk;

use crate::adapter::{Adapter, ConfigError, Coverage, File, MoneyFile, MoneySource};
use draft::{Draft, Event, Place, Rule};
use names::Meaning;
use segue_middleware::stage::fsm::Fsm;
use segue_middleware::stage::{StageInfo, table};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use view::View;

pub use purpose::Purpose;
pub use samples::{
    BYTES_MAX, LINE_MAX_BYTES, LineError, REFUSED_MAX, SAMPLES_MAX, Sample, Samples,
};
pub use score::Guess;

/// Fields that are less sure are not proposed.
pub const PROPOSE_MIN: f64 = 0.5;
/// Fields and events that are less sure are not told.
const TELL_MIN: f64 = 0.2;
/// So many of the messages without an event make them snapshots worth a layer.
const SNAPSHOT_SHARE: f64 = 0.05;

/// What is proposed.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The file, which [`Adapter::read`] takes as it is.
    pub toml: String,
    /// Fields, by purpose; those of events first, then those of snapshots.
    pub fields: Vec<Found>,
    /// Events by name.
    pub events: Vec<EventGuess>,
    /// Where the list of events stands in a message, if in one: a JSON Pointer, empty for messages
    /// that are lists.
    pub list: Option<String>,
    /// What a person should look at.
    pub warnings: Vec<String>,
    /// The samples through the proposed adapter.
    pub coverage: Coverage,
}

/// A field with its purpose.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What and where.
    pub guess: Guess,
    /// It stands in snapshots; else in events.
    pub in_snapshot: bool,
    /// The file has it.
    pub is_proposed: bool,
}

/// An event and its stage.
#[derive(Clone, Debug, PartialEq)]
pub struct EventGuess {
    /// Its name.
    pub name: String,
    /// Its stage; `None` for one that is ignored.
    pub stage: Option<&'static str>,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// How often it came in the samples.
    pub count: u64,
}

/// Why nothing can be proposed.
#[derive(Debug, thiserror::Error)]
pub enum WizardError {
    /// There is nothing to look at.
    #[error("there are no messages{}", first(refused))]
    NoMessages {
        /// Lines that are none, at most [`REFUSED_MAX`].
        refused: Vec<LineError>,
    },
    /// Nothing in the messages is like anything that Segue knows.
    #[error(
        "nothing in {messages} messages looks like events or a state of a slot game; \
         write an adapter by hand, or add hints to one and give it as the current one"
    )]
    NothingFound {
        /// So many were looked at.
        messages: u64,
    },
    /// The file that is there is not one.
    #[error("the current adapter: {0}")]
    Current(ConfigError),
    /// The proposal is none; a defect of the wizard.
    #[error("the proposal is not taken: {0}")]
    Proposal(ConfigError),
}

fn first(refused: &[LineError]) -> String {
    refused
        .first()
        .map_or_else(String::new, |error| format!(": {error}"))
}

/// Proposes an adapter. `adapter_id` names a new one; what a person wrote in `current` is kept.
/// `[thread-safe]`
///
/// # Errors
/// [`WizardError`].
pub fn propose(
    samples: &Samples,
    adapter_id: &str,
    current: Option<&str>,
) -> Result<Proposal, WizardError> {
    let current = current.map(read_current).transpose()?;
    let messages = samples.messages().count() as u64;
    if messages == 0 {
        return Err(WizardError::NoMessages {
            refused: samples.refused().to_vec(),
        });
    }
    let mut wizard = Wizard::new(samples, adapter_id, current);
    wizard.find_events();
    wizard.find_snapshots();
    if wizard.is_empty() {
        return Err(WizardError::NothingFound { messages });
    }
    wizard.measure()?;
    wizard.finish()
}

/// The lines that differ between the file that is there and the proposal, as a unified diff; empty
/// where none do. `[thread-safe]`
#[must_use]
pub fn diff(current: &str, proposed: &str) -> String {
    let diff = similar::TextDiff::from_lines(current, proposed);
    let mut lines = diff.unified_diff();
    lines
        .context_radius(3)
        .header("current", "proposed")
        .to_string()
}

fn read_current(text: &str) -> Result<File, WizardError> {
    Adapter::read(text).map_err(WizardError::Current)?;
    File::read(text).map_err(WizardError::Current)
}

struct Wizard<'a> {
    samples: &'a Samples,
    draft: Draft,
    list: Option<String>,
    /// The keys to an event's name.
    event_name: Option<String>,
    fields: Vec<Found>,
    counts: BTreeMap<String, u64>,
    warnings: Vec<String>,
    /// The stages of names, and how near the names are.
    near: BTreeMap<String, Near>,
}

struct Near {
    name_match: f64,
    /// A hint's own confidence goes before what is measured.
    hint: Option<f64>,
}

impl<'a> Wizard<'a> {
    fn new(samples: &'a Samples, adapter_id: &str, current: Option<File>) -> Self {
        let id = current.as_ref().map_or(adapter_id, |file| &file.adapter_id);
        let draft = Draft {
            adapter_id: id.to_owned(),
            current,
            ..Draft::default()
        };
        Self {
            samples,
            draft,
            list: None,
            event_name: None,
            fields: Vec::new(),
            counts: BTreeMap::new(),
            warnings: Vec::new(),
            near: BTreeMap::new(),
        }
    }

    fn is_empty(&self) -> bool {
        let draft = &self.draft;
        let has_event = draft.events.values().any(|event| event.stage.is_some());
        !has_event && draft.snapshot.is_empty() && draft.rules.is_empty()
    }

    fn find_events(&mut self) {
        let list = view::find_list(self.samples);
        let view = View::events(self.samples, list.as_deref());
        let starts = |name: &str| match names::meaning(name, &[]) {
            Meaning::Stage {
                stage, name_match, ..
            } => stage.name == "ui_spin_press" && name_match >= 0.7,
            _ => false,
        };
        let scorer = score::Scorer::look(&|each| view.each(each), &starts);
        let hints = self.hints();
        let guesses = scorer.guesses(&|names| names::known_share(names.iter(), &hints));
        let name = guesses.iter().find(|it| it.purpose == Purpose::EventType);
        let is_named = name.is_some_and(|guess| {
            let known = names::known_share(scorer.values(&guess.path), &hints);
            known > 0.0 && (guess.name_match > 0.0 || known >= 0.5)
        });
        if !is_named {
            return;
        }
        self.list = list;
        self.event_name = name.map(|guess| guess.path.clone());
        self.take_fields(guesses, false);
        self.find_money();
        self.place_payload(&scorer);
        self.find_time();
        self.map_names();
        if scorer.paths.is_full {
            self.warn_full();
        }
    }

    fn hints(&self) -> Vec<crate::adapter::Heuristic> {
        let current = self.draft.current.as_ref();
        current.map_or_else(Vec::new, |file| file.heuristics.clone())
    }

    fn take_fields(&mut self, guesses: Vec<Guess>, in_snapshot: bool) {
        let told = guesses.into_iter().filter(|it| it.confidence >= TELL_MIN);
        self.fields.extend(told.map(|guess| Found {
            guess,
            in_snapshot,
            is_proposed: false,
        }));
    }

    /// Fields of a purpose that are sure enough for the file.
    fn sure(&self, purpose: Purpose, in_snapshot: bool) -> Option<&Guess> {
        let found = self
            .fields
            .iter()
            .find(|found| found.guess.purpose == purpose && found.in_snapshot == in_snapshot);
        let guess = &found?.guess;
        let is_sure = guess.confidence >= PROPOSE_MIN && guess.name_match > 0.0;
        (is_sure || purpose == Purpose::EventType).then_some(guess)
    }

    fn place(&mut self, key: &str, purpose: Purpose, in_snapshot: bool) {
        let Some(guess) = self.sure(purpose, in_snapshot) else {
            return;
        };
        let place = Place {
            path: guess.path.clone(),
            confidence: guess.confidence,
        };
        let places = match in_snapshot {
            true => &mut self.draft.snapshot,
            false => &mut self.draft.payload,
        };
        places.insert(key.to_owned(), place);
        for found in &mut self.fields {
            found.is_proposed |= found.guess.purpose == purpose && found.in_snapshot == in_snapshot;
        }
    }

    fn place_payload(&mut self, scorer: &score::Scorer) {
        for (key, purpose) in [
            ("event_name", Purpose::EventType),
            ("win", Purpose::Win),
            ("bet", Purpose::Bet),
            ("balance", Purpose::Balance),
            ("reel", Purpose::Reel),
            ("multiplier", Purpose::Multiplier),
        ] {
            self.place(key, purpose, false);
        }
        if let Some(list) = self.list.clone().filter(|list| !list.is_empty()) {
            let place = Place {
                path: list,
                confidence: 1.0,
            };
            self.draft.payload.insert("events".to_owned(), place);
        }
        // Symbols are numbers, features are words of the table; others would be refused.
        let are = |guess: Option<&Guess>, is: &dyn Fn(&str) -> bool| {
            guess.is_some_and(|guess| scorer.values(&guess.path).all(|value| is(value)))
        };
        let numbers = |text: &str| serde_json::from_str::<Vec<u16>>(text).is_ok();
        if are(self.sure(Purpose::Symbols, false), &numbers) {
            self.place("reel_data", Purpose::Symbols, false);
        }
        let word = |text: &str| segue_middleware::stage::FeatureType::of_word(text).is_some();
        if are(self.sure(Purpose::Feature, false), &word) {
            self.place("feature", Purpose::Feature, false);
        }
    }

    fn find_time(&mut self) {
        let Some(guess) = self.sure(Purpose::Time, false).cloned() else {
            self.draft.clock = crate::adapter::Clock::Receive;
            return;
        };
        let view = View::events(self.samples, self.list.as_deref());
        let found = timing::find(&guess.path, &|each| view.each(each));
        (self.draft.unit, self.draft.clock) = (found.unit, found.clock);
        self.place("timestamp", Purpose::Time, false);
        if guess.test_share < 1.0 {
            let share = (1.0 - guess.test_share) * 100.0;
            let path = &guess.path;
            let text = format!("the time {path} goes back within spins in {share:.1} % of events");
            self.warnings.push(text);
        }
    }

    /// How amounts are written, by all fields of amounts.
    fn find_money(&mut self) {
        let is_money = |found: &&Found| {
            let purpose = found.guess.purpose;
            let is_it = matches!(purpose, Purpose::Balance | Purpose::Bet | Purpose::Win);
            is_it && found.guess.name_match > 0.0
        };
        let examples = self.fields.iter().filter(is_money);
        let guesses: Vec<&Guess> = examples.map(|found| &found.guess).collect();
        let text = guesses
            .iter()
            .filter(|guess| guess.example.starts_with('"'));
        let digits = |guess: &&Guess| {
            let part = guess.example.trim_matches('"').split_once('.')?.1;
            u32::try_from(part.len()).ok()
        };
        let exponent = guesses.iter().filter_map(digits).max();
        let is_decimal = text.count() > 0 && exponent.is_some();
        if is_decimal {
            self.draft.money = MoneyFile {
                exponent: exponent.unwrap_or(2).clamp(2, 6),
                source: MoneySource::DecimalString,
            };
        }
        let broken = guesses.iter().find(|guess| guess.type_share < 1.0);
        let broken = broken.map(|guess| {
            let (path, share) = (&guess.path, guess.type_share * 100.0);
            format!(
                "{path} is an amount in {share:.1} % of its values; others are refused: amounts are \
                 whole minor units, or texts such as \"12.50\""
            )
        });
        self.warnings.extend(broken);
    }

    fn map_names(&mut self) {
        let Some(path) = self.event_name.clone() else {
            return;
        };
        let view = View::events(self.samples, self.list.as_deref());
        let gathered = view::gather(&view, &path);
        self.keep_current();
        let hints = self.hints();
        let probe = crate::adapter::Probe::new(&self.draft.payload_paths(), &self.draft.money);
        for (name, (count, events)) in gathered {
            self.counts.insert(name.clone(), count);
            if self.draft.events.contains_key(&name) {
                continue;
            }
            let (event, near) = match names::meaning(&name, &hints) {
                Meaning::Unknown => continue,
                Meaning::Silent => (ignored(), None),
                Meaning::Stage {
                    stage,
                    name_match,
                    number,
                    hint,
                } => {
                    let Ok(probe) = &probe else { continue };
                    let filled = fill::fill(stage, &name, number, &events, probe);
                    self.warnings.extend(filled.warnings);
                    let near = Near { name_match, hint };
                    (mapped(stage, filled.params), Some(near))
                }
            };
            self.draft.events.insert(name.clone(), event);
            self.near.extend(near.map(|near| (name, near)));
        }
    }

    /// What a person wrote goes before all guesses.
    fn keep_current(&mut self) {
        let Some(file) = &self.draft.current else {
            return;
        };
        for (name, mapping) in &file.event_mapping {
            match Event::of(mapping) {
                Some(event) => _ = self.draft.events.insert(name.clone(), event),
                None => {
                    let text = format!("{name:?} of the current adapter is not in the proposal");
                    self.warnings.push(text);
                }
            }
        }
        if !file.rule.is_empty() {
            let count = file.rule.len();
            let text = format!("the {count} rules of the current adapter are not in the proposal");
            self.warnings.push(text);
        }
    }

    fn find_snapshots(&mut self) {
        let view = match &self.event_name {
            None => View::messages(self.samples),
            Some(name) => View::without_events(self.samples, self.list.as_deref(), name),
        };
        let scorer = score::Scorer::look(&|each| view.each(each), &|_| false);
        let all = self.samples.messages().count();
        #[expect(clippy::cast_precision_loss, reason = "at most some millions")]
        let share = scorer.records() as f64 / all.max(1) as f64;
        if share < SNAPSHOT_SHARE {
            return;
        }
        let mut guesses = scorer.guesses(&|_| 0.0);
        guesses.retain(|it| !matches!(it.purpose, Purpose::EventType | Purpose::Time));
        self.take_fields(guesses, true);
        if self.event_name.is_none() {
            self.find_money();
            self.draft.clock = crate::adapter::Clock::Receive;
        }
        self.place_snapshot(&scorer);
        self.find_phases(&scorer);
        if scorer.paths.is_full {
            self.warn_full();
        }
    }

    fn place_snapshot(&mut self, scorer: &score::Scorer) {
        for (key, purpose) in [
            ("balance", Purpose::Balance),
            ("bet", Purpose::Bet),
            ("win", Purpose::Win),
            ("multiplier", Purpose::Multiplier),
            ("feature_active", Purpose::Feature),
        ] {
            self.place(key, purpose, true);
        }
        let confidence = |purpose| self.sure(purpose, true).map_or(0.0, |it| it.confidence);
        // Symbols tell of reels that land only where a reel that turns has none.
        let turns = self.sure(Purpose::Symbols, true).is_some_and(|guess| {
            let mut values = scorer.values(&guess.path);
            values.any(|value| value.contains("null") || value.contains("false"))
        });
        let symbols = confidence(Purpose::Symbols);
        if turns && symbols >= confidence(Purpose::Reel) {
            self.place("reels", Purpose::Symbols, true);
        } else if confidence(Purpose::Reel) > 0.0 {
            self.place("reels", Purpose::Reel, true);
        } else if symbols > 0.0 {
            let text = "nothing tells which reels stand: symbols are always complete".to_owned();
            self.warnings.push(text);
        }
    }

    /// Phases whose names mean stages that no other path of a snapshot makes.
    fn find_phases(&mut self, scorer: &score::Scorer) {
        let Some(phase) = self.sure(Purpose::Phase, true).cloned() else {
            return;
        };
        let made = |stage: &str| {
            let from = match stage {
                "ui_spin_press" => "balance",
                "reel_stop" => "reels",
                "win_present" | "rollup_tick" | "big_win_tier" => "win",
                "feature_enter" | "feature_exit" => "feature_active",
                _ => return false,
            };
            self.draft.snapshot.contains_key(from)
        };
        let mut rules = Vec::new();
        let mut missing = Vec::new();
        let probe = crate::adapter::Probe::new(&BTreeMap::new(), &self.draft.money);
        for value in scorer.values(&phase.path) {
            let Meaning::Stage {
                stage, name_match, ..
            } = names::meaning(value, &self.hints())
            else {
                continue;
            };
            let Ok(probe) = &probe else { continue };
            if made(stage.name) || name_match < 0.7 {
                continue;
            }
            let filled = fill::fill(stage, value, None, &[], probe);
            let is_whole = stage.fields.iter().all(|field| {
                field.optional || filled.params.iter().any(|(name, _)| *name == field.name)
            });
            if !is_whole {
                missing.extend(filled.warnings);
                continue;
            }
            let params = filled.params.into_iter();
            rules.push(Rule {
                path: phase.path.clone(),
                phase: value.clone(),
                stage: stage.name,
                params: params
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
                confidence: phase.confidence.min(0.5 * name_match + 0.5),
            });
        }
        for found in &mut self.fields {
            let is_phase = found.guess.purpose == Purpose::Phase && found.in_snapshot;
            found.is_proposed |= is_phase && !rules.is_empty();
        }
        self.draft.rules = rules;
        self.warnings.extend(missing);
    }

    fn warn_full(&mut self) {
        let most = walk::PATHS_MAX;
        let text = format!("more than {most} different fields; further ones are left aside");
        self.warnings.push(text);
    }

    /// Runs the draft over the samples and says how sure its events are.
    fn measure(&mut self) -> Result<(), WizardError> {
        if self.near.is_empty() {
            return Ok(());
        }
        let mut adapter = Adapter::read(&self.draft.toml()).map_err(WizardError::Proposal)?;
        let mut fsm = Fsm::new(false);
        let mut made: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for_each_message(self.samples, |message, now_ms| {
            for event in adapter.take(message, now_ms).stages {
                let may = fsm.take(&event.stage).is_ok();
                if let Some(name) = event.source_event {
                    let (all, allowed) = made.entry(name).or_default();
                    *all += 1;
                    *allowed += u64::from(may);
                }
            }
        });
        let seen = adapter.coverage().known();
        for (name, near) in &self.near {
            let seen = seen.get(name).map_or(1, |seen| seen.count.max(1));
            let (all, allowed) = made.get(name).copied().unwrap_or_default();
            #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
            let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
            let measured =
                0.5 * near.name_match + 0.3 * share(all, seen) + 0.2 * share(allowed, all);
            if let Some(event) = self.draft.events.get_mut(name) {
                event.confidence = near.hint.unwrap_or(measured);
            }
        }
        // What a person wrote stays, however sure they are.
        let near = &self.near;
        let events = &mut self.draft.events;
        events.retain(|name, event| !near.contains_key(name) || event.confidence >= TELL_MIN);
        Ok(())
    }

    fn finish(mut self) -> Result<Proposal, WizardError> {
        let toml = self.draft.toml();
        let mut adapter = Adapter::read(&toml).map_err(WizardError::Proposal)?;
        let mut refused: BTreeSet<String> = BTreeSet::new();
        for_each_message(self.samples, |message, now_ms| {
            for report in adapter.take(message, now_ms).reports {
                if let crate::adapter::Report::Refused { text } = report
                    && refused.len() < REFUSED_MAX
                {
                    refused.insert(text);
                }
            }
        });
        self.warnings.extend(refused);
        let lines = self.samples.refused_count();
        if lines > 0 {
            self.warnings
                .extend(self.samples.refused().iter().map(LineError::to_string));
        }
        let counts = self.counts;
        let events = self
            .draft
            .events
            .into_iter()
            .map(|(name, event)| EventGuess {
                count: counts.get(&name).copied().unwrap_or(0),
                name,
                stage: event.stage,
                confidence: event.confidence,
            });
        Ok(Proposal {
            toml,
            fields: self.fields,
            events: events.collect(),
            list: self.list,
            warnings: self.warnings,
            coverage: adapter.coverage().clone(),
        })
    }
}

fn ignored() -> Event {
    Event {
        stage: None,
        params: Vec::new(),
        goes_on: false,
        confidence: 1.0,
    }
}

fn mapped(stage: &StageInfo, params: Vec<(&'static str, String)>) -> Event {
    let params = params.into_iter();
    Event {
        stage: table::named(stage.name).ok().map(|info| info.name),
        params: params
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        goes_on: false,
        confidence: 1.0,
    }
}

/// All messages with their times in ms; without a recorded time they are 10 ms apart.
fn for_each_message(samples: &Samples, mut each: impl FnMut(&Json, f64)) {
    let mut count = 0.0;
    for sample in samples.messages() {
        each(&sample.message, sample.at_ms.unwrap_or(count * 10.0));
        count += 1.0;
    }
}

#[cfg(test)]
mod tests;
