//! What an adapter has seen and made, and what of it never.

use segue_middleware::stage::StageId;
use std::collections::{BTreeMap, BTreeSet};

/// Unknown names that are listed; further ones are counted only.
const UNKNOWN_MAX: usize = 1000;

/// Counts since the adapter was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    messages: u64,
    mapped: u64,
    violations: u64,
    unsure: u64,
    known: BTreeMap<String, u64>,
    unknown: BTreeMap<String, u64>,
    unknown_events: u64,
    stages: BTreeMap<StageId, u64>,
}

impl Coverage {
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self {
            known: names.map(|name| (name.to_owned(), 0)).collect(),
            ..Self::default()
        }
    }

    /// Messages of which stages were made, over all; 0 without any.
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
    pub const fn known(&self) -> &BTreeMap<String, u64> {
        &self.known
    }

    /// Events that the file does not know and how often each came; at most 1000 names.
    #[must_use]
    pub const fn unknown(&self) -> &BTreeMap<String, u64> {
        &self.unknown
    }

    /// How often any event came that the file does not know.
    #[must_use]
    pub const fn unknown_events(&self) -> u64 {
        self.unknown_events
    }

    /// Events of the file that never came.
    pub fn never_seen(&self) -> impl Iterator<Item = &str> {
        let never = self.known.iter().filter(|(_, count)| **count == 0);
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

    pub(super) fn seen(&mut self, name: &str) {
        if let Some(count) = self.known.get_mut(name) {
            *count += 1;
        }
    }

    pub(super) fn skip(&mut self, name: &str) {
        self.unknown_events += 1;
        if let Some(count) = self.unknown.get_mut(name) {
            *count += 1;
        } else if self.unknown.len() < UNKNOWN_MAX {
            self.unknown.insert(name.to_owned(), 1);
        }
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
