//! Lint profiles: rules of regulators as data.

use super::super::super::check::Checker;
use super::super::json::{Faults, Json, no_word};
use crate::json::path::Path;
use segue_middleware::stage::lint::{LintProfile, LintRule, RuleKind};
use serde_json::Value;

object! {
    /// The rules of one place or one publisher.
    pub(super) struct Lint {
        /// What it is called.
        name: String = String::new() => needed,
        /// Its rules.
        rules: Vec<Rule> = Vec::new(),
    }
}

object! {
    /// A rule.
    pub(super) struct Rule {
        /// What it looks at.
        rule: RuleKind = RuleKind::LdwRate,
        /// It is looked at.
        on: bool = true,
        /// Its limit, where it has one.
        limit: f64 = 0.0,
        /// The text it comes from.
        citation: String = String::new(),
        /// Where in it.
        clause: String = String::new(),
        /// Of when.
        date: String = String::new(),
    }
}

impl Json for RuleKind {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        let word = value.as_str().unwrap_or_default();
        let found = Self::ALL.iter().find(|rule| rule.name() == word);
        found.copied().unwrap_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|rule| rule.name()).collect();
            faults.push(at, no_word(word, &names));
            Self::Ldw
        })
    }

    fn write(&self) -> Value {
        self.name().into()
    }

    fn check(&self, _: Path<'_>, _: &mut Checker) {}
}

impl Lint {
    pub(super) fn of(profile: &LintProfile) -> Self {
        let rule = |rule: &LintRule| Rule {
            rule: rule.rule,
            on: rule.on,
            limit: rule.limit,
            citation: rule.citation.clone(),
            clause: rule.clause.clone(),
            date: rule.date.clone(),
            ..Rule::default()
        };
        Self {
            name: profile.name.clone(),
            rules: profile.rules.iter().map(rule).collect(),
            ..Self::default()
        }
    }

    pub(super) fn lower(self) -> LintProfile {
        let rule = |rule: Rule| LintRule {
            rule: rule.rule,
            on: rule.on,
            limit: rule.limit,
            citation: rule.citation,
            clause: rule.clause,
            date: rule.date,
        };
        LintProfile {
            name: self.name,
            rules: self.rules.into_iter().map(rule).collect(),
        }
    }
}
