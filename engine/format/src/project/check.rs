//! Collects what is wrong with a project while its rules walk through it.

use super::Warning;
use super::interactive::Idle;
use crate::error::{Error, Place, Problem, Problems, Result};
use crate::json::path::{self, Path, Segment};
use crate::json::{self, Extra};
use crate::limits::NAME_BYTES;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// How many unknown keys are named before the rest is only counted.
const WARNINGS_SHOWN: usize = 100;

/// The ids of one list: where each was defined.
pub(super) type Ids<'a> = BTreeMap<&'a str, usize>;

/// Collects problems and unknown keys.
#[derive(Default)]
pub(super) struct Checker {
    found: Found,
    warnings: Vec<Warning>,
    more_warnings: usize,
}

/// The problems, at most [`Problems::SHOWN`], and how many more there are.
#[derive(Default)]
struct Found {
    list: Vec<Finding>,
    more: usize,
}

/// A problem that has not been located in a text yet.
struct Finding {
    segments: Vec<Segment>,
    message: String,
}

impl Finding {
    /// The problem, with line and column if there is a text.
    fn into_problem(self, text: Option<&[u8]>) -> Problem {
        let place = match text {
            Some(text) => json::place(&self.segments, text),
            None => Place {
                path: path::display(&self.segments),
                ..Place::default()
            },
        };
        Problem {
            place,
            message: self.message,
        }
    }
}

impl Checker {
    fn finish(mut self) -> (Found, Vec<Warning>) {
        if self.more_warnings > 0 {
            self.warnings
                .push(Warning::MoreUnknownKeys(self.more_warnings));
        }
        (self.found, self.warnings)
    }

    /// The unknown keys; or the problems, located in `text` if there is one.
    pub(super) fn into_result(self, text: Option<&[u8]>) -> Result<Vec<Warning>> {
        let (found, unknown) = self.finish();
        if found.list.is_empty() {
            return Ok(unknown);
        }
        let list = found.list.into_iter();
        let list = list.map(|finding| finding.into_problem(text)).collect();
        Err(Error::Invalid(Problems {
            list,
            more: found.more,
        }))
    }

    pub(super) fn problem(&mut self, at: Path<'_>, message: impl FnOnce() -> String) {
        if self.found.list.len() < Problems::SHOWN {
            self.problem_at(at.segments(), message());
        } else {
            self.found.more += 1;
        }
    }

    pub(super) fn problem_at(&mut self, segments: Vec<Segment>, message: String) {
        if self.found.list.len() < Problems::SHOWN {
            self.found.list.push(Finding { segments, message });
        } else {
            self.found.more += 1;
        }
    }

    /// Whether nothing is wrong so far.
    pub(super) fn is_clean(&self) -> bool {
        self.found.list.is_empty()
    }

    /// Notes the unknown keys of an object that has these `known` ones.
    pub(super) fn unknown(
        &mut self,
        at: Path<'_>,
        extra: &Extra,
        known: impl Fn() -> Vec<&'static str>,
    ) {
        for key in extra.keys() {
            self.warn(at.key(key), |path| Warning::UnknownKey {
                path,
                nearest: json::nearest(key, known()).map(str::to_owned),
            });
        }
    }

    /// The same for an object of several forms: a key of another form than the one that was chosen is
    /// known, and means nothing.
    pub(super) fn leftover(
        &mut self,
        at: Path<'_>,
        extra: &Extra,
        known: impl Fn() -> Vec<&'static str>,
        forms: impl Fn() -> Vec<Idle>,
    ) {
        if extra.is_empty() {
            return;
        }
        let forms = forms();
        for key in extra.keys() {
            let form = forms.iter().find(|it| it.keys.contains(&key.as_str()));
            match form {
                Some(Idle { form, .. }) => self.idle(at.key(key), || {
                    format!("this has no effect with {form}; remove it, or choose another form")
                }),
                None => self.warn(at.key(key), |path| Warning::UnknownKey {
                    path,
                    nearest: json::nearest(key, known()).map(str::to_owned),
                }),
            }
        }
    }

    /// Notes a known key that means nothing where it stands.
    pub(super) fn idle(&mut self, at: Path<'_>, reason: impl FnOnce() -> String) {
        self.warn(at, |path| Warning::IdleKey {
            path,
            reason: reason(),
        });
    }

    /// Notes a key that should be there: what happens without it may not be what was meant.
    pub(super) fn missing(&mut self, at: Path<'_>, reason: impl FnOnce() -> String) {
        self.warn(at, |path| Warning::MissingKey {
            path,
            reason: reason(),
        });
    }

    fn warn(&mut self, at: Path<'_>, warning: impl FnOnce(String) -> Warning) {
        if self.warnings.len() < WARNINGS_SHOWN {
            self.warnings.push(warning(path::display(&at.segments())));
        } else {
            self.more_warnings += 1;
        }
    }

    /// Refuses keys of a variant that belong to another one than the `word` that was chosen.
    pub(super) fn foreign(&mut self, at: Path<'_>, word: &str, extra: &Extra, all: &[&str]) {
        for key in extra.keys().filter(|key| all.contains(&key.as_str())) {
            self.problem(at.key(key), || {
                format!(
                    "{word} has no use for this; remove it or choose another word than {word:?}"
                )
            });
        }
    }

    pub(super) fn range<T: PartialOrd + Display>(
        &mut self,
        at: Path<'_>,
        value: T,
        range: RangeInclusive<T>,
    ) {
        if !range.contains(&value) {
            let (low, high) = (range.start(), range.end());
            self.problem(at, || format!("{value} is not in {low}..={high}"));
        }
    }

    pub(super) fn range_if<T: PartialOrd + Display>(
        &mut self,
        at: Path<'_>,
        value: Option<T>,
        range: RangeInclusive<T>,
    ) {
        if let Some(value) = value {
            self.range(at, value, range);
        }
    }

    /// A count against its limit. False if the list is too long to be looked at.
    pub(super) fn count(&mut self, at: Path<'_>, what: &str, count: usize, max: usize) -> bool {
        if count > max {
            self.problem(at, || {
                format!("{count} {what} are above the limit of {max}")
            });
        }
        count <= max
    }

    pub(super) fn text(&mut self, at: Path<'_>, text: &str, max: usize) {
        if text.len() > max {
            let len = text.len();
            self.problem(at, || {
                format!("the text has {len} bytes, above the limit of {max}")
            });
        }
    }

    /// A text that names something: not empty, no control characters.
    pub(super) fn name(&mut self, at: Path<'_>, name: &str) {
        self.text(at, name, NAME_BYTES);
        if name.is_empty() {
            self.problem(at, || "this must not be empty".into());
        }
        if name.chars().any(char::is_control) {
            self.problem(at, || "this contains a control character; remove it".into());
        }
    }

    /// An id that must be new in its list.
    pub(super) fn id<'a>(&mut self, at: Path<'_>, id: &'a str, index: usize, ids: &mut Ids<'a>) {
        self.name(at, id);
        match ids.get(id) {
            Some(first) => {
                let first = *first;
                self.problem(at, || {
                    format!("the id {id:?} is taken by entry {first}; give it another one")
                });
            }
            None => {
                ids.insert(id, index);
            }
        }
    }

    /// A reference to an id of a list.
    pub(super) fn reference(&mut self, at: Path<'_>, what: &str, id: &str, ids: &Ids<'_>) {
        if !ids.contains_key(id) {
            let shown: String = id.chars().take(NAME_BYTES).collect();
            self.problem(at, || {
                format!("there is no {what} {shown:?}; add it or name another one")
            });
        }
    }
}
