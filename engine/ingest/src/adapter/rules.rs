//! Rules: conditions over what a message says and what the one before said.

use super::config::{ConfigError, File, Once, Predicate, Rule};
use super::emit::{self, Emit, Paths};
use super::path::Path;
use super::{Found, Made, TIME_MAX_MS, sure};
use regex::Regex;
use serde_json::Value as Json;

/// Conditions inside conditions.
const DEPTH_MAX: usize = 8;
/// Longest regular expression in characters.
const REGEX_MAX: usize = 256;
/// Rules of an adapter.
const RULES_MAX: usize = 1024;

#[derive(Clone, Debug)]
enum Test {
    Equals(Json),
    Changed(bool),
    Increased(bool),
    Decreased(bool),
    Matches(Regex),
    Present(bool),
}

#[derive(Clone, Debug)]
enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
    Sequence {
        steps: Vec<Condition>,
        within_ms: f64,
        /// When each step so far became true.
        reached_ms: Vec<f64>,
    },
    Elapsed(f64),
    At {
        path: Path,
        test: Test,
        before: Option<Json>,
    },
}

#[derive(Clone, Debug)]
struct Compiled {
    when: Condition,
    emit: Emit,
    once: Once,
    cooldown_ms: f64,
    goes_on: bool,
    sure: f64,
    /// Where it looks.
    paths: Vec<Path>,
    was_true: bool,
    fired_ms: Option<f64>,
}

/// The third layer. Knows what every condition saw before.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    rules: Vec<Compiled>,
    begun_ms: Option<f64>,
}

impl Rules {
    /// `payload` and `snapshot` are the paths of the file, which may be unsure.
    pub(super) fn compile(
        file: &File,
        payload: &Paths,
        snapshot: &Paths,
    ) -> Result<Self, ConfigError> {
        if file.rule.len() > RULES_MAX {
            let count = file.rule.len();
            return wrong(
                "rule",
                format!("{count} rules; at most {RULES_MAX} are taken"),
            );
        }
        let mut order: Vec<(usize, &Rule)> = file.rule.iter().enumerate().collect();
        order.sort_by_key(|(_, rule)| std::cmp::Reverse(rule.priority));
        let rules = order.into_iter().map(|(at, rule)| {
            let mut compiled = compile(rule, &format!("rule[{at}]"))?;
            let paths = compiled.when.paths();
            let looked = sure::of_paths(file, payload, snapshot, &paths);
            let fields = sure::of_fields(file, payload, &compiled.emit);
            compiled.sure = compiled.sure.min(looked).min(fields);
            compiled.paths = paths.into_iter().cloned().collect();
            Ok(compiled)
        });
        Ok(Self {
            rules: rules.collect::<Result<_, ConfigError>>()?,
            begun_ms: None,
        })
    }

    /// Every rule looks at every message, so that all know what changed; the first that fires and
    /// is heard ends the chain unless it goes on.
    pub(super) fn take(&mut self, message: &Json, now_ms: f64, made: &mut Made<'_>) -> Found {
        let begun = *self.begun_ms.get_or_insert(now_ms);
        let mut found = Found::Nothing;
        for rule in &mut self.rules {
            made.is_mapped |= !made.is_mapped && rule.knows(message);
            let since = rule.fired_ms.unwrap_or(begun);
            let is_true = rule.when.look(message, now_ms, now_ms - since);
            let was_true = std::mem::replace(&mut rule.was_true, is_true);
            let is_edge = is_true && !was_true;
            let is_wanted = if rule.once == Once::Edge {
                is_edge
            } else {
                is_true
            };
            let is_cool = rule
                .fired_ms
                .is_none_or(|fired| now_ms - fired >= rule.cooldown_ms);
            if !is_wanted || !is_cool || found == Found::Enough {
                continue;
            }
            rule.fired_ms = Some(now_ms);
            made.sure = rule.sure;
            let is_heard = made.emit(&rule.emit, message, None, None);
            found = match (is_heard, rule.goes_on) {
                (false, _) => found,
                (true, true) => Found::Some,
                (true, false) => Found::Enough,
            };
        }
        found
    }
}

impl Compiled {
    /// Everything at which it looks is there.
    fn knows(&self, message: &Json) -> bool {
        let mut paths = self.paths.iter();
        !self.paths.is_empty() && paths.all(|path| path.first(message).is_some())
    }
}

fn compile(rule: &Rule, field: &str) -> Result<Compiled, ConfigError> {
    if !(0.0..=TIME_MAX_MS).contains(&rule.cooldown_ms) {
        let text = format!("{} is not in 0..={TIME_MAX_MS}", rule.cooldown_ms);
        return wrong(&format!("{field}.cooldown_ms"), text);
    }
    Ok(Compiled {
        when: condition(&rule.when, &format!("{field}.when"), DEPTH_MAX)?,
        emit: Emit::compile(&rule.emit, &rule.params, field)?,
        once: rule.once,
        cooldown_ms: rule.cooldown_ms,
        goes_on: rule.goes_on,
        sure: rule.confidence,
        paths: Vec::new(),
        was_true: false,
        fired_ms: None,
    })
}

fn condition(source: &Predicate, field: &str, levels: usize) -> Result<Condition, ConfigError> {
    let Some(levels) = levels.checked_sub(1) else {
        return wrong(field, format!("conditions nested deeper than {DEPTH_MAX}"));
    };
    let list = |items: &[Predicate], name: &str| {
        let items = items.iter().enumerate();
        let item = |(at, item)| condition(item, &format!("{field}.{name}[{at}]"), levels);
        items.map(item).collect::<Result<Vec<_>, _>>()
    };
    let mut found = Vec::new();
    if let Some(items) = &source.any {
        found.push(Condition::Any(list(items, "any")?));
    }
    if let Some(items) = &source.all {
        found.push(Condition::All(list(items, "all")?));
    }
    if let Some(item) = &source.not {
        let item = condition(item, &format!("{field}.not"), levels)?;
        found.push(Condition::Not(Box::new(item)));
    }
    if let Some(items) = &source.sequence {
        found.push(Condition::Sequence {
            steps: list(items, "sequence")?,
            within_ms: time(source.within_ms, &format!("{field}.within_ms"))?,
            reached_ms: Vec::new(),
        });
    }
    if source.time_elapsed_ms.is_some() {
        let ms = time(source.time_elapsed_ms, &format!("{field}.time_elapsed_ms"))?;
        found.push(Condition::Elapsed(ms));
    }
    found.extend(at_path(source, field)?);
    match (found.pop(), found.is_empty()) {
        (Some(condition), true) => Ok(condition),
        _ => wrong(
            field,
            "exactly one condition stands here; several stand in `all` or `any`".to_owned(),
        ),
    }
}

fn at_path(source: &Predicate, field: &str) -> Result<Option<Condition>, ConfigError> {
    let mut tests = Vec::new();
    if let Some(value) = &source.equals {
        let Some(value) = emit::json(value) else {
            return wrong(&format!("{field}.equals"), "a time or table".to_owned());
        };
        tests.push(Test::Equals(value));
    }
    tests.extend(source.changed.map(Test::Changed));
    tests.extend(source.increased.map(Test::Increased));
    tests.extend(source.decreased.map(Test::Decreased));
    tests.extend(source.present.map(Test::Present));
    tests.extend(source.absent.map(|is_absent| Test::Present(!is_absent)));
    if let Some(text) = &source.matches {
        tests.push(Test::Matches(regex(text, &format!("{field}.matches"))?));
    }
    let (Some(test), true) = (tests.pop(), tests.is_empty()) else {
        return match &source.path {
            None => Ok(None),
            Some(_) => wrong(field, "a path has exactly one test beside it".to_owned()),
        };
    };
    let Some(path) = &source.path else {
        return wrong(field, "this test needs a path".to_owned());
    };
    let path = path.parse::<Path>().map_err(|error| ConfigError::Field {
        field: format!("{field}.path"),
        message: error.to_string(),
    })?;
    Ok(Some(Condition::At {
        path,
        test,
        before: None,
    }))
}

fn regex(text: &str, field: &str) -> Result<Regex, ConfigError> {
    if text.chars().count() > REGEX_MAX {
        let message = format!("an expression of more than {REGEX_MAX} characters");
        return wrong(field, message);
    }
    Regex::new(text).map_err(|error| ConfigError::Field {
        field: field.to_owned(),
        message: error.to_string(),
    })
}

fn time(ms: Option<f64>, field: &str) -> Result<f64, ConfigError> {
    match ms {
        Some(ms) if (0.0..=TIME_MAX_MS).contains(&ms) => Ok(ms),
        Some(ms) => wrong(field, format!("{ms} is not in 0..={TIME_MAX_MS}")),
        None => wrong(field, "is missing".to_owned()),
    }
}

fn wrong<T>(field: &str, message: String) -> Result<T, ConfigError> {
    Err(ConfigError::Field {
        field: field.to_owned(),
        message,
    })
}

impl Condition {
    /// The conditions in it.
    fn inner(&self) -> &[Self] {
        match self {
            Self::Any(items) | Self::All(items) | Self::Sequence { steps: items, .. } => items,
            Self::Not(item) => std::slice::from_ref(item),
            Self::Elapsed(_) | Self::At { .. } => &[],
        }
    }

    /// Every path at which it looks.
    fn paths(&self) -> Vec<&Path> {
        let own = match self {
            Self::At { path, .. } => Some(path),
            _ => None,
        };
        own.into_iter()
            .chain(self.inner().iter().flat_map(Self::paths))
            .collect()
    }

    /// Looks at a message. Every part looks, also when the answer is known already.
    fn look(&mut self, message: &Json, now_ms: f64, since_ms: f64) -> bool {
        let each = |items: &mut Vec<Self>| {
            let looked = items
                .iter_mut()
                .map(|item| item.look(message, now_ms, since_ms));
            looked.collect::<Vec<bool>>()
        };
        match self {
            Self::Any(items) => each(items).contains(&true),
            Self::All(items) => !each(items).contains(&false),
            Self::Not(item) => !item.look(message, now_ms, since_ms),
            Self::Elapsed(ms) => since_ms >= *ms,
            Self::Sequence {
                steps,
                within_ms,
                reached_ms,
            } => {
                let looked = each(steps);
                if reached_ms
                    .first()
                    .is_some_and(|first| now_ms - first > *within_ms)
                {
                    reached_ms.clear();
                }
                if looked.get(reached_ms.len()) == Some(&true) {
                    reached_ms.push(now_ms);
                }
                let is_done = reached_ms.len() == steps.len();
                if is_done {
                    reached_ms.clear();
                }
                is_done
            }
            Self::At { path, test, before } => {
                let now = path.first(message).cloned();
                let is_true = test.holds(now.as_ref(), before.as_ref());
                if now.is_some() {
                    *before = now;
                }
                is_true
            }
        }
    }
}

impl Test {
    fn holds(&self, now: Option<&Json>, before: Option<&Json>) -> bool {
        let step = || {
            let (now, before) = (now?.as_f64()?, before?.as_f64()?);
            now.partial_cmp(&before)
        };
        match self {
            Self::Equals(value) => now.is_some_and(|now| is_equal(now, value)),
            Self::Changed(wanted) => {
                let changed = matches!((now, before), (Some(now), Some(before)) if now != before);
                changed == *wanted
            }
            Self::Increased(wanted) => (step() == Some(std::cmp::Ordering::Greater)) == *wanted,
            Self::Decreased(wanted) => (step() == Some(std::cmp::Ordering::Less)) == *wanted,
            Self::Matches(regex) => now
                .and_then(Json::as_str)
                .is_some_and(|text| regex.is_match(text)),
            Self::Present(wanted) => now.is_some_and(|now| !now.is_null()) == *wanted,
        }
    }
}

/// 2 is 2.0.
fn is_equal(left: &Json, right: &Json) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}
