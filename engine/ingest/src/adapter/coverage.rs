//! What an adapter has seen and made, and what of it never.

use super::emit::Paths;
use super::path::Path;
use segue_middleware::stage::StageId;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Unknown names that are listed; further ones are counted only.
const UNKNOWN_MAX: usize = 1000;
/// Wrong fields that are listed; further ones are counted under `others`.
const MISMATCHES_MAX: usize = 100;
/// Longest sample in characters.
const SAMPLE_MAX: usize = 300;
/// Longest name of a wrong field in characters.
const FIELD_MAX: usize = 128;

/// How often an event came, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// When it came first, in ms of the clock of receipt.
    pub first_ms: f64,
    /// When it came last.
    pub last_ms: f64,
    /// The first of them, cut to 300 characters.
    pub sample: String,
}

impl Seen {
    fn note(&mut self, now_ms: f64, event: &Json) {
        if self.count == 0 {
            self.first_ms = now_ms;
            self.sample = event.to_string().chars().take(SAMPLE_MAX).collect();
        }
        self.count += 1;
        self.last_ms = now_ms;
    }
}

/// Counts since the adapter was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    messages: u64,
    mapped: u64,
    violations: u64,
    unsure: u64,
    now_ms: f64,
    known: BTreeMap<String, Seen>,
    unknown: BTreeMap<String, Seen>,
    unknown_events: u64,
    stages: BTreeMap<StageId, u64>,
    /// Paths at which nothing was found so far.
    unused: BTreeMap<String, Path>,
    mismatches: BTreeMap<String, u64>,
    /// The last project of a game that is another one.
    other_project: Option<String>,
}

impl Coverage {
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self {
            known: names
                .map(|name| (name.to_owned(), Seen::default()))
                .collect(),
            ..Self::default()
        }
    }

    /// Paths of the file at which something is looked for.
    pub(super) fn watch(&mut self, table: &str, paths: &Paths) {
        let path = |(name, path): (&String, &Path)| (format!("{table}.{name}"), path.clone());
        self.unused.extend(paths.iter().map(path));
    }

    /// Notes which paths lead somewhere in a value.
    pub(super) fn look(&mut self, value: &Json) {
        self.unused.retain(|_, path| path.first(value).is_none());
    }

    /// Paths of the file at which nothing was ever found.
    pub fn unused_paths(&self) -> impl Iterator<Item = &str> {
        self.unused.keys().map(String::as_str)
    }

    /// Fields that could not hold what came, as `stage: field`, and how often; at most 100 and
    /// `others`.
    #[must_use]
    pub const fn mismatches(&self) -> &BTreeMap<String, u64> {
        &self.mismatches
    }

    pub(super) fn mismatch(&mut self, text: &str) {
        // What is wrong with it comes last.
        let parts: Vec<&str> = text.splitn(3, ": ").collect();
        let named = parts.len().saturating_sub(1).max(1);
        let key = parts[..named].join(": ");
        let key: String = key.chars().take(FIELD_MAX).collect();
        let is_listed = self.mismatches.contains_key(&key);
        let key = if is_listed || self.mismatches.len() < MISMATCHES_MAX {
            key
        } else {
            "others".to_owned()
        };
        *self.mismatches.entry(key).or_default() += 1;
    }

    /// Says that what is counted here comes from a game that was built with another project: its
    /// hash, cut to 128 characters.
    pub fn flag_project(&mut self, hash: &str) {
        self.other_project = Some(hash.chars().take(FIELD_MAX).collect());
    }

    /// The hash of the other project with which the game was built, where it was.
    #[must_use]
    pub fn other_project(&self) -> Option<&str> {
        self.other_project.as_deref()
    }

    /// Mapped messages over all; 0 without any. A message is mapped if the file says what it means, be it
    /// nothing: it has an event of a known name (ignored ones too) or of which a hint made a stage, it is a
    /// state in which a path was found, or everything is there at which a rule looks. One that had to be
    /// refused is not.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    pub fn share(&self) -> f64 {
        if self.messages == 0 {
            return 0.0;
        }
        self.mapped as f64 / self.messages as f64
    }

    /// Messages in all.
    #[must_use]
    pub const fn messages(&self) -> u64 {
        self.messages
    }

    /// Stages that came where they may not.
    #[must_use]
    pub const fn violations(&self) -> u64 {
        self.violations
    }

    /// Stages that were not sure enough to be heard.
    #[must_use]
    pub const fn unsure(&self) -> u64 {
        self.unsure
    }

    /// Events of the file and how often each came.
    #[must_use]
    pub const fn known(&self) -> &BTreeMap<String, Seen> {
        &self.known
    }

    /// Events that the file does not know and how often each came; at most 1000 names.
    #[must_use]
    pub const fn unknown(&self) -> &BTreeMap<String, Seen> {
        &self.unknown
    }

    /// How often any event came that the file does not know.
    #[must_use]
    pub const fn unknown_events(&self) -> u64 {
        self.unknown_events
    }

    /// Events of the file that never came.
    pub fn never_seen(&self) -> impl Iterator<Item = &str> {
        let never = self.known.iter().filter(|(_, seen)| seen.count == 0);
        never.map(|(name, _)| name.as_str())
    }

    /// Stages and how often each was made.
    #[must_use]
    pub const fn stages(&self) -> &BTreeMap<StageId, u64> {
        &self.stages
    }

    /// Of the stages in `bound`, those that were never made; of those made, what is not in
    /// `bound`.
    #[must_use]
    pub fn against(&self, bound: &BTreeSet<StageId>) -> (Vec<StageId>, Vec<StageId>) {
        let made: BTreeSet<StageId> = self.stages.keys().copied().collect();
        let silent = bound.difference(&made).copied().collect();
        let unheard = made.difference(bound).copied().collect();
        (silent, unheard)
    }

    pub(super) fn message(&mut self, is_mapped: bool) {
        self.messages += 1;
        self.mapped += u64::from(is_mapped);
    }

    /// The time of what follows, in ms.
    pub(super) const fn at(&mut self, now_ms: f64) {
        self.now_ms = now_ms;
    }

    pub(super) fn seen(&mut self, name: &str, event: &Json) {
        if let Some(seen) = self.known.get_mut(name) {
            seen.note(self.now_ms, event);
        }
    }

    pub(super) fn skip(&mut self, name: &str, event: &Json) {
        self.unknown_events += 1;
        if !self.unknown.contains_key(name) && self.unknown.len() >= UNKNOWN_MAX {
            return;
        }
        let seen = self.unknown.entry(name.to_owned()).or_default();
        seen.note(self.now_ms, event);
    }

    pub(super) fn stage(&mut self, stage: StageId) {
        *self.stages.entry(stage).or_default() += 1;
    }

    pub(super) fn is_unsure(&mut self) {
        self.unsure += 1;
    }

    pub(super) fn violation(&mut self) {
        self.violations += 1;
    }
}
