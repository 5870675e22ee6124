//! How well each field fits each purpose: c = 0.5·N + 0.3·T + 0.2·B.
//!
//! N is how near the name is to a usual one, T the share of values of the right type, B the share
//! that passes the purpose's test. What is tested and never passes is not proposed, whatever its
//! name.

use super::purpose::Purpose;
use super::walk::{PATHS_MAX, Paths};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Different values of a field that are told apart.
const DISTINCT_MAX: usize = 201;
/// Longest example in characters.
const EXAMPLE_MAX: usize = 48;
const PURPOSES: usize = Purpose::ALL.len();
/// Amounts are compared in millionths.
const AMOUNT_SCALE: i128 = 1_000_000;

/// A field and what it seems to be for.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// For what.
    pub purpose: Purpose,
    /// Where it stands: a JSON Pointer, in the event or the snapshot.
    pub path: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
    /// N: how near its name is to a usual one, 0 to 1.
    pub name_match: f64,
    /// T: share of its values that have the right type, 0 to 1.
    pub type_share: f64,
    /// B: share of its values that pass the purpose's test, 0 to 1.
    pub test_share: f64,
    /// One of its values.
    pub example: String,
}

/// What begins a spin.
#[derive(Clone, Debug)]
enum Begins {
    /// An event with one of these names, at this path.
    Event(usize, BTreeSet<String>),
    /// Another value there.
    Field(usize),
    /// Less there.
    Balance(usize),
    Never,
}

/// A way through records, the same each time; tells the run and the record.
pub(super) type Each<'a> = dyn Fn(&mut dyn FnMut(u64, &Json)) + 'a;

/// Scores every field of the records for every purpose. `starts` says whether an event's name is
/// that of the start of a spin, `fit` how much of a set of names is known.
pub(super) struct Scorer {
    pub(super) paths: Paths,
    fields: Vec<Field>,
    records: u64,
}

#[derive(Clone, Debug, Default)]
struct Field {
    count: u64,
    typed: [u64; PURPOSES],
    tested: [u64; PURPOSES],
    passed: [u64; PURPOSES],
    values: BTreeSet<String>,
    example: String,
    track: Track,
}

/// What a field was before.
#[derive(Clone, Debug, Default)]
struct Track {
    run: Option<u64>,
    spin: u64,
    amount: Option<i128>,
    time: Option<f64>,
    /// The amount that came first in this spin.
    first: Option<i128>,
    shape: Option<Shape>,
}

impl Scorer {
    /// Looks at all records twice.
    pub(super) fn look(each: &Each<'_>, starts: &dyn Fn(&str) -> bool) -> Self {
        let mut scorer = Self {
            paths: Paths::default(),
            fields: Vec::new(),
            records: 0,
        };
        each(&mut |_, record| scorer.take_types(record));
        let begins = scorer.begins(starts);
        let amounts = |purpose| scorer.likely(purpose);
        let (bets, wins) = (amounts(Purpose::Bet), amounts(Purpose::Win));
        let mut spins = Spins::new(begins, bets, wins);
        each(&mut |run, record| scorer.take_tests(run, record, &mut spins));
        scorer
    }

    /// How many records there were.
    pub(super) const fn records(&self) -> u64 {
        self.records
    }

    /// Different values of a path, at most 201.
    pub(super) fn values(&self, path: &str) -> impl Iterator<Item = &String> {
        let number = (0..self.paths.len()).find(|number| self.paths.pointer(*number) == path);
        number
            .into_iter()
            .flat_map(|number| &self.fields[number].values)
    }

    /// The best field of each purpose; no field has two. `fit` says how well the values of a field
    /// are names of events, where two are equal else.
    pub(super) fn guesses(&self, fit: &dyn Fn(&BTreeSet<String>) -> f64) -> Vec<Guess> {
        let mut all = Vec::new();
        for number in 0..self.paths.len() {
            for purpose in Purpose::ALL {
                all.extend(self.guess(number, *purpose, fit));
            }
        }
        all.sort_by(|(left, _), (right, _)| left.total_cmp(right));
        let (mut taken, mut found) = (BTreeSet::new(), BTreeMap::new());
        for (_, (number, guess)) in all {
            if !found.contains_key(&guess.purpose) && taken.insert(number) {
                found.insert(guess.purpose, guess);
            }
        }
        found.into_values().collect()
    }

    fn guess(
        &self,
        number: usize,
        purpose: Purpose,
        fit: &dyn Fn(&BTreeSet<String>) -> f64,
    ) -> Option<(Rank, (usize, Guess))> {
        let field = &self.fields[number];
        let keys = self.paths.keys(number);
        let (name_match, place) = purpose.name_match(keys);
        let at = purpose as usize;
        let (tested, passed) = match purpose {
            Purpose::EventType => share_of_kinds(field, 2..=200),
            Purpose::Feature | Purpose::Phase => share_of_kinds(field, 2..=50),
            _ => (field.tested[at], field.passed[at]),
        };
        if field.typed[at] == 0 || (tested > 0 && passed == 0) {
            return None;
        }
        let type_share = share(field.typed[at], field.count);
        let test_share = share(passed, tested);
        let confidence = 0.5 * name_match + 0.3 * type_share + 0.2 * test_share;
        let is_varied = field.values.len() > 1;
        let evidence = match purpose {
            Purpose::EventType => fit(&field.values),
            _ => f64::from(u8::from(is_varied)),
        };
        let rank = Rank {
            confidence,
            evidence,
            place,
            presence: field.count,
            depth: keys.len(),
            number,
        };
        let guess = Guess {
            purpose,
            path: self.paths.pointer(number),
            confidence,
            name_match,
            type_share,
            test_share,
            example: field.example.clone(),
        };
        Some((rank, (number, guess)))
    }

    fn take_types(&mut self, record: &Json) {
        self.records += 1;
        let fields = &mut self.fields;
        self.paths.walk(record, &mut |number, value| {
            if fields.len() <= number {
                fields.resize_with((number + 1).min(PATHS_MAX), Field::default);
            }
            if value.is_null() {
                return;
            }
            let field = &mut fields[number];
            field.count += 1;
            for purpose in Purpose::ALL {
                field.typed[*purpose as usize] += u64::from(has_type(*purpose, value));
            }
            if field.values.len() < DISTINCT_MAX {
                field.values.insert(text(value));
            }
            if field.example.is_empty() {
                field.example = value.to_string().chars().take(EXAMPLE_MAX).collect();
            }
        });
    }

    fn take_tests(&mut self, run: u64, record: &Json, spins: &mut Spins) {
        let mut values = Vec::new();
        self.paths.walk(record, &mut |number, value| {
            if !value.is_null() {
                values.push((number, value));
            }
        });
        spins.step(run, &values);
        for (number, value) in values {
            if let Some(field) = self.fields.get_mut(number) {
                field.test(run, value, spins);
            }
        }
    }

    /// Fields that a purpose's name and type speak for.
    fn likely(&self, purpose: Purpose) -> Vec<usize> {
        let is_likely = |number: &usize| {
            let field = &self.fields[*number];
            let typed = share(field.typed[purpose as usize], field.count);
            typed >= 0.9 && purpose.name_match(self.paths.keys(*number)).0 >= 0.5
        };
        (0..self.fields.len()).filter(is_likely).collect()
    }

    fn best(&self, purpose: Purpose) -> Option<usize> {
        let match_of = |number: &usize| purpose.name_match(self.paths.keys(*number));
        let likely = self.likely(purpose).into_iter();
        likely.min_by(|left, right| {
            let (left, right) = (match_of(left), match_of(right));
            right.0.total_cmp(&left.0).then(left.1.cmp(&right.1))
        })
    }

    fn begins(&self, starts: &dyn Fn(&str) -> bool) -> Begins {
        for number in self.likely(Purpose::EventType) {
            let names = self.fields[number].values.iter();
            let names: BTreeSet<String> = names.filter(|name| starts(name)).cloned().collect();
            if !names.is_empty() {
                return Begins::Event(number, names);
            }
        }
        if let Some(number) = self.best(Purpose::SpinNumber) {
            return Begins::Field(number);
        }
        self.best(Purpose::Balance)
            .map_or(Begins::Never, Begins::Balance)
    }
}

/// The better comes first.
struct Rank {
    confidence: f64,
    evidence: f64,
    place: usize,
    presence: u64,
    depth: usize,
    number: usize,
}

impl Rank {
    fn total_cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by_confidence = other.confidence.total_cmp(&self.confidence);
        by_confidence
            .then(other.evidence.total_cmp(&self.evidence))
            .then(self.place.cmp(&other.place))
            .then(other.presence.cmp(&self.presence))
            .then(self.depth.cmp(&other.depth))
            .then(self.number.cmp(&other.number))
    }
}

/// Follows the spins, and what was bet and won last.
struct Spins {
    begins: Begins,
    run: Option<u64>,
    spin: u64,
    before: Option<String>,
    balance: Option<i128>,
    bets: Vec<(usize, Option<i128>)>,
    wins: Vec<(usize, Option<i128>)>,
}

impl Spins {
    fn new(begins: Begins, bets: Vec<usize>, wins: Vec<usize>) -> Self {
        let unknown = |numbers: Vec<usize>| numbers.into_iter().map(|it| (it, None)).collect();
        Self {
            begins,
            run: None,
            spin: 0,
            before: None,
            balance: None,
            bets: unknown(bets),
            wins: unknown(wins),
        }
    }

    fn step(&mut self, run: u64, values: &[(usize, &Json)]) {
        if self.run != Some(run) {
            (self.run, self.before, self.balance) = (Some(run), None, None);
            let all = self.bets.iter_mut().chain(&mut self.wins);
            all.for_each(|(_, amount)| *amount = None);
            self.spin += 1;
        }
        let at = |number: usize| values.iter().find(|(it, _)| *it == number);
        let is_new = match &self.begins {
            Begins::Event(number, names) => {
                at(*number).is_some_and(|(_, value)| names.contains(&text(value)))
            }
            Begins::Field(number) => match at(*number).map(|(_, value)| text(value)) {
                Some(now) => self.before.replace(now.clone()).is_some_and(|it| it != now),
                None => false,
            },
            Begins::Balance(number) => match at(*number).and_then(|(_, value)| amount(value)) {
                Some(now) => self.balance.replace(now).is_some_and(|it| it > now),
                None => false,
            },
            Begins::Never => false,
        };
        self.spin += u64::from(is_new);
        for (number, known) in self.bets.iter_mut().chain(&mut self.wins) {
            if let Some(now) = at(*number).and_then(|(_, value)| amount(value)) {
                *known = Some(now);
            }
        }
    }

    /// Whether a balance may change by so much: a bet less, a win more, or both; `None` where
    /// neither is known.
    fn explain(&self, change: i128) -> Option<bool> {
        let bets = self.bets.iter().filter_map(|(_, amount)| *amount);
        let wins = self.wins.iter().filter_map(|(_, amount)| *amount);
        let (bets, wins): (Vec<i128>, Vec<i128>) = (bets.collect(), wins.collect());
        if bets.is_empty() && wins.is_empty() {
            return None;
        }
        let is_both = bets.iter().any(|bet| wins.contains(&(change + bet)));
        Some(bets.contains(&-change) || wins.contains(&change) || is_both)
    }
}

impl Field {
    fn test(&mut self, run: u64, value: &Json, spins: &Spins) {
        if self.track.run != Some(run) {
            let shape = self.track.shape.take();
            self.track = Track {
                run: Some(run),
                spin: spins.spin,
                shape,
                ..Track::default()
            };
        }
        let is_same = self.track.spin == spins.spin;
        let now = amount(value);
        if !is_same || self.track.first.is_none() {
            self.track.first = now;
        }
        let mut tell = |purpose: Purpose, passes: Option<bool>| {
            if has_type(purpose, value)
                && let Some(passes) = passes
            {
                self.tested[purpose as usize] += 1;
                self.passed[purpose as usize] += u64::from(passes);
            }
        };
        let track = &self.track;
        let change = now.zip(track.amount).map(|(now, before)| now - before);
        let time = value.as_f64();
        let forward = time.zip(track.time).map(|(now, before)| now >= before);
        tell(Purpose::Time, forward.filter(|_| is_same));
        let moved = change.filter(|change| *change != 0);
        tell(Purpose::Balance, moved.and_then(|it| spins.explain(it)));
        let is_bet = now.map(|now| now > 0 && track.first == Some(now));
        tell(Purpose::Bet, is_bet);
        tell(Purpose::Win, now.map(|now| now >= 0));
        tell(Purpose::Multiplier, now.map(|now| now >= AMOUNT_SCALE));
        tell(Purpose::Reel, Some(are_reels(value)));
        let shape = shape(value);
        let is_shape = track.shape.is_none_or(|before| before.is_like(shape));
        tell(Purpose::Symbols, Some(is_shape));
        let spins_between = i128::from(spins.spin - track.spin) * AMOUNT_SCALE;
        let counts = change.map(|change| change == spins_between);
        tell(Purpose::SpinNumber, counts);
        let track = &mut self.track;
        track.spin = spins.spin;
        track.amount = now.or(track.amount);
        track.time = time.or(track.time);
        let known = track.shape.filter(|known| known.inner.is_some());
        track.shape = known.or(Some(shape));
    }
}

fn has_type(purpose: Purpose, value: &Json) -> bool {
    match purpose {
        Purpose::EventType => value
            .as_str()
            .is_some_and(|name| (1..=128).contains(&name.len())),
        Purpose::Phase => value.is_string(),
        Purpose::Time => value.as_f64().is_some_and(|time| time >= 0.0),
        Purpose::Balance | Purpose::Bet | Purpose::Win => is_money(value),
        Purpose::Multiplier => value.is_number(),
        Purpose::Reel => match value {
            Json::Array(items) => items.iter().all(Json::is_u64),
            value => value.is_u64(),
        },
        Purpose::Symbols => value.is_array(),
        Purpose::Feature => value.is_boolean() || value.is_string(),
        Purpose::SpinNumber => value.is_u64(),
    }
}

/// An amount that an adapter takes: whole, or a text of digits with a point.
fn is_money(value: &Json) -> bool {
    match value {
        Json::Number(number) => number.as_u64().is_some(),
        Json::String(text) => decimal(text).is_some(),
        _ => false,
    }
}

fn decimal(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || part.len() > 6 {
        return None;
    }
    if !is_digits(whole) || !is_digits(part) {
        return None;
    }
    format!("{whole}{part:0<6}").parse().ok()
}

/// A number in millionths.
fn amount(value: &Json) -> Option<i128> {
    match value {
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Some(i128::from(whole) * AMOUNT_SCALE),
            None => number.as_f64().filter(|x| x.abs() < 1e15).map(millionths),
        },
        Json::String(text) => decimal(text),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be below 10^21")]
fn millionths(x: f64) -> i128 {
    (x * 1e6).round() as i128
}

/// A reel, or reels one after the other.
fn are_reels(value: &Json) -> bool {
    let reel = |value: &Json| value.as_u64().filter(|reel| *reel <= 9);
    match value {
        Json::Array(items) => {
            let reels: Option<Vec<u64>> = items.iter().map(reel).collect();
            reels.is_some_and(|reels| reels.is_sorted_by(|left, right| left < right))
        }
        value => reel(value).is_some(),
    }
}

/// The length of a list, and of the lists in it where there are any.
#[derive(Clone, Copy, Debug)]
struct Shape {
    length: usize,
    inner: Option<usize>,
}

impl Shape {
    /// An empty place has any length.
    fn is_like(self, other: Self) -> bool {
        let inner = self.inner.zip(other.inner);
        self.length == other.length && inner.is_none_or(|(left, right)| left == right)
    }
}

fn shape(value: &Json) -> Shape {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    Shape {
        length: items.len(),
        inner: items.iter().find_map(|item| Some(item.as_array()?.len())),
    }
}

/// A test of a whole field: how many different values it has.
fn share_of_kinds(field: &Field, kinds: std::ops::RangeInclusive<usize>) -> (u64, u64) {
    (1, u64::from(kinds.contains(&field.values.len())))
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.chars().take(128).collect(),
        value => value.to_string().chars().take(128).collect(),
    }
}
