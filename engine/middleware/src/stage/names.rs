//! The names under which the sound of a stage is looked up.
//!
//! A name is a stage in capitals with what makes it special behind it: `REEL_STOP_2`,
//! `REEL_STOP_CHERRY_2`, `FEATURE_ENTER_FREE_SPINS`. Where nothing is bound to it, its last number is
//! left out, then its word, then both: [`chain`]. A game's own stage `lamp` is `CUSTOM_LAMP`. A *qualified* name says exactly which payload it
//! means: `feature_enter.free_spins:multiplier=2`, see [`Qualified`]. It is tried with all of what it says, then with
//! less, before the plain names of its stage.

use super::event::StageEvent;
use super::field::{FieldValue, Value};
use super::table::{STAGES, Stage, StageInfo, Suffix, named, parse};
use std::fmt;

/// What besides the stage makes a name.
#[derive(Clone, Copy, Debug, Default)]
pub struct NameContext<'a> {
    /// The symbol it is about.
    pub symbol: Option<&'a str>,
    /// The label of the win's tier: `LOW`, `3`, `BIG`.
    pub win: Option<&'a str>,
}

/// Stages whose names may have the win's tier behind them.
const WIN_NAMES: [&str; 4] = ["win_present", "rollup_start", "rollup_tick", "rollup_end"];
/// Stages whose names may have a symbol behind them.
const SYMBOL_NAMES: [&str; 5] = [
    "reel_stop",
    "win_present",
    "win_line_show",
    "near_miss",
    "mystery_reveal",
];

/// The name of a stage with all that makes it special.
pub fn exact(stage: &Stage, context: NameContext<'_>) -> String {
    if let Stage::AnticipationTensionLayer { reel, tension, .. } = stage {
        return format!("{TENSION}_R{reel}_L{tension}");
    }
    let info = stage.info();
    let mut name = upper(info.name);
    if let Stage::Custom { name: own, .. } = stage {
        return format!("{name}_{}", upper(own));
    }
    let mut push = |part: &str| {
        name.push('_');
        name.push_str(&upper(part));
    };
    if let (Some(symbol), true) = (context.symbol, SYMBOL_NAMES.contains(&info.name)) {
        push(symbol);
    }
    if let (Some(win), true) = (context.win, WIN_NAMES.contains(&info.name)) {
        push(win);
    }
    stage.each_field(&mut |field, value| {
        if field.suffix != Suffix::None {
            push(&value.to_string());
        }
    });
    name
}

/// The names that are tried for `name`, the most special first, `name` itself included. Numbers are
/// left out only where the table gives the stage one. An alias is the stage's own name. A qualified name comes first
/// with all of its conditions, then with fewer, then the plain names of its stage.
pub fn chain(name: &str) -> Vec<String> {
    match Qualified::parse(name) {
        Ok(Some(qualified)) => {
            let mut names: Vec<String> = qualified.parts().map(|it| it.to_string()).collect();
            names.extend(plain_chain(&qualified.plain()));
            let mut seen = std::collections::BTreeSet::new();
            names.retain(|name| seen.insert(name.clone()));
            names
        }
        _ => plain_chain(name),
    }
}

fn plain_chain(name: &str) -> Vec<String> {
    let name = canonical(upper(name));
    let mut chain = vec![name.clone()];
    if let Some(rest) = name.strip_prefix(TENSION) {
        let reel = rest.split_once("_L").map_or("", |(reel, _)| reel);
        if reel.starts_with("_R") {
            chain.push(format!("{TENSION}{reel}"));
        }
        chain.extend([TENSION.to_owned(), "ANTICIPATION_ON".to_owned()]);
    } else if let Some((base, info)) = base_of(&name) {
        let rest = &name[base.len()..];
        let (word, number) = split_number(rest, info);
        chain.extend([
            win_name(&base, rest),
            format!("{base}{word}"),
            format!("{base}{number}"),
            base,
        ]);
    } else if name.starts_with("WIN_") {
        chain.push("WIN_PRESENT".to_owned());
    }
    chain.retain(|name| !name.is_empty());
    let mut seen = std::collections::BTreeSet::new();
    chain.retain(|name| seen.insert(name.clone()));
    chain
}

/// The stage's own name in place of its alias, with the number behind it.
fn canonical(name: String) -> String {
    let digits = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    let aliases = STAGES.iter().flat_map(|info| {
        let aliases = info.aliases.iter();
        aliases.map(move |(alias, _)| (upper(alias), info.name))
    });
    for (alias, own) in aliases {
        let Some(rest) = name.strip_prefix(&alias) else {
            continue;
        };
        if rest.is_empty() || rest.strip_prefix('_').is_some_and(digits) {
            return format!("{}{rest}", upper(own));
        }
    }
    name
}

const TENSION: &str = "ANTICIPATION_TENSION";
/// Conditions of a qualified name that are left out one by one; no stage has more fields.
const CONDITIONS_SHOWN: usize = 6;

/// The stage that a plain name is about, if it is one. `[thread-safe]`
pub fn stage_of(name: &str) -> Option<&'static StageInfo> {
    // The chain of tension ends at another stage, from which it only takes the sound.
    if upper(name).starts_with(TENSION) {
        return named("anticipation_tension_layer").ok();
    }
    let names = chain(name);
    names.iter().rev().find_map(|name| parse(name).ok())
}

/// `WIN_3` for `WIN_PRESENT_3`.
fn win_name(base: &str, rest: &str) -> String {
    match base {
        "WIN_PRESENT" if !rest.is_empty() => format!("WIN{rest}"),
        _ => String::new(),
    }
}

/// The longest stage at the front of a name.
fn base_of(name: &str) -> Option<(String, &'static StageInfo)> {
    let is_base = |info: &&StageInfo| {
        let (base, rest) = name.split_at_checked(info.name.len()).unwrap_or_default();
        base.eq_ignore_ascii_case(info.name) && (rest.is_empty() || rest.starts_with('_'))
    };
    let longest = STAGES.iter().filter(is_base);
    let info = longest.max_by_key(|info| info.name.len())?;
    Some((upper(info.name), info))
}

/// What stands behind a stage, as word and number: `_CHERRY_2` is `_CHERRY` and `_2`.
fn split_number<'a>(rest: &'a str, info: &StageInfo) -> (&'a str, &'a str) {
    let numbered =
        info.fields.iter().any(|it| it.suffix == Suffix::Number) || WIN_NAMES.contains(&info.name);
    let at = rest.rfind('_').unwrap_or(0);
    let digits = rest.get(at + 1..).unwrap_or_default();
    if numbered && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        rest.split_at(at)
    } else {
        (rest, "")
    }
}

fn upper(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    name.chars().map(plain).collect()
}

/// A stage with what its payload must be: `STAGE.subtype:key=value,key=value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Qualified {
    /// Which stage.
    pub stage: &'static StageInfo,
    /// Fields and their values. A subtype is the first field that is a word.
    pub wanted: Vec<(&'static str, Value)>,
}

impl Qualified {
    /// Reads a qualified name; `None` for a plain one, which has neither a dot nor a colon.
    ///
    /// # Errors
    /// What of it is unknown, with the nearest name or what is allowed.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let (head, conditions) = text.split_once(':').unwrap_or((text, ""));
        let (name, subtype) = match head.split_once('.') {
            Some((name, subtype)) => (name, Some(subtype)),
            None if text.contains(':') => (head, None),
            None => return Ok(None),
        };
        let stage = parse(name).map_err(|error| error.to_string())?;
        let mut wanted = Vec::new();
        if let Some(subtype) = subtype {
            let field = stage.fields.iter().find(|it| it.kind.is_word());
            let field = field.ok_or_else(|| {
                format!(
                    "{} has no kinds, so nothing stands behind a dot",
                    stage.name
                )
            })?;
            wanted.push((field.name, field.kind.read(subtype)?));
        }
        for condition in conditions.split(',').filter(|it| !it.is_empty()) {
            let (key, value) = condition
                .split_once('=')
                .ok_or_else(|| format!("{condition:?} is not key=value"))?;
            let field = stage.field(key).map_err(|error| error.to_string())?;
            let value = field.kind.read(value);
            wanted.push((
                field.name,
                value.map_err(|error| format!("{key}: {error}"))?,
            ));
        }
        Ok(Some(Self { stage, wanted }))
    }

    /// Whether whatever `other` means is meant, too: all that this one asks for is said there.
    pub fn covers(&self, other: &Self) -> bool {
        let is_said = |condition| other.wanted.contains(condition);
        self.stage.id == other.stage.id && self.wanted.iter().all(is_said)
    }

    /// It with all of its conditions, then with fewer and fewer, at least one.
    fn parts(&self) -> impl Iterator<Item = Self> {
        let count = self.wanted.len().min(CONDITIONS_SHOWN);
        let mut sets: Vec<u32> = (1..1 << count).collect();
        // Those that are written first are kept longest.
        sets.sort_by_key(|set| (std::cmp::Reverse(set.count_ones()), *set));
        sets.into_iter().map(move |set| {
            let kept = self.wanted.iter().enumerate();
            let kept = kept.filter(move |(at, _)| set >> at & 1 == 1);
            Self {
                stage: self.stage,
                wanted: kept.map(|(_, condition)| condition.clone()).collect(),
            }
        })
    }

    /// The plain name with as much of it as those say.
    fn plain(&self) -> String {
        let said = |name: &str| {
            let found = self.wanted.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.to_string())
        };
        let mut name = upper(self.stage.name);
        if name.starts_with(TENSION) {
            name = TENSION.to_owned();
            if let Some(reel) = said("reel") {
                name += &format!("_R{reel}");
                name += &said("tension").map_or(String::new(), |level| format!("_L{level}"));
            }
            return name;
        }
        for field in self.stage.fields {
            let is_in_names = field.suffix != Suffix::None || is_own_name(self.stage, field.name);
            if let Some(value) = said(field.name).filter(|_| is_in_names) {
                name += &format!("_{}", upper(&value));
            }
        }
        name
    }

    /// Whether a stage is meant.
    pub fn matches(&self, stage: &Stage) -> bool {
        let is = |(key, value): &(&str, Value)| stage.field(key).as_ref() == Some(value);
        stage.info().id == self.stage.id && self.wanted.iter().all(is)
    }
}

/// As a project writes it, the word in front.
impl fmt::Display for Qualified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.stage.name)?;
        let word = self.stage.fields.iter().find(|it| it.kind.is_word());
        let word = self
            .wanted
            .iter()
            .position(|(key, _)| word.is_some_and(|it| it.name == *key));
        if let Some(at) = word {
            write!(f, ".{}", self.wanted[at].1)?;
        }
        let others = self
            .wanted
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != word);
        for (n, (_, (key, value))) in others.enumerate() {
            let before = if n == 0 { ':' } else { ',' };
            write!(f, "{before}{key}={value}")?;
        }
        Ok(())
    }
}

/// A game's own stage has its own name behind it.
fn is_own_name(stage: &StageInfo, field: &str) -> bool {
    stage.name == "custom" && field == "name"
}

impl super::field::Kind {
    fn is_word(&self) -> bool {
        matches!(self, Self::Word(_) | Self::WordOrCustom(_))
    }
}

/// What is known of a stage besides its payload, by the stage's name: numbers that an RTPC can take,
/// see [`StageTable::number_of`](super::bind::StageTable::number_of).
pub fn derived(stage: &str) -> &'static [&'static str] {
    match stage {
        "anticipation_tension_layer" => &["volume_lin", "pitch_st", "intensity", "reel_speed"],
        "big_win_tier" => &["visual", "audio_intensity"],
        _ => &[],
    }
}

/// The value of a field of the payload, or of the event around it, as a number: what an RTPC can
/// take. Words are their place among the words of their field.
pub fn number_of(event: &StageEvent, field: &str) -> Option<f64> {
    let payload = &event.payload;
    let around = match field {
        "win" => payload.win.and_then(|it| it.put()),
        "bet" => payload.bet.and_then(|it| it.put()),
        "ratio" => payload.ratio.map(Value::Number),
        "spins_remaining" => payload.spins_remaining.and_then(|it| it.put()),
        _ => None,
    };
    let value = event.stage.field(field).or(around)?;
    #[expect(clippy::cast_precision_loss, reason = "an RTPC is of single precision")]
    match value {
        Value::Int(n) => Some(n as f64),
        Value::Number(x) => Some(x),
        Value::Bool(on) => Some(f64::from(u8::from(on))),
        Value::Text(word) => {
            let field = event.stage.info().field(field).ok()?;
            let (super::Kind::Word(words) | super::Kind::WordOrCustom(words)) = field.kind else {
                return None;
            };
            let at = words.iter().position(|known| *known == word)?;
            Some(at as f64)
        }
        Value::List(list) => Some(list.len() as f64),
    }
}

/// Fields of [`number_of`] that every stage has.
pub const AROUND: [&str; 4] = ["win", "bet", "ratio", "spins_remaining"];
