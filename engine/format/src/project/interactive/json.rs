//! Reading and writing the interactive part with the place of every fault.
//!
//! Objects are read from parsed JSON by hand-declared tables ([`object!`](super::object)), because
//! variants share one object with their neighbours (`{"type": "random", ...}`) and every fault shall
//! be reported, each with its place; a derived reader stops at the first and loses places there.

use super::super::check::Checker;
use crate::json::path::{self, Path, Segment};
use crate::json::{Extra, nearest, number};
use crate::limits;
use serde_json::Value;

/// What could not be read: a place and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Faults(Vec<(Vec<Segment>, String)>);

impl Faults {
    pub(super) fn push(&mut self, at: Path<'_>, message: impl Into<String>) {
        self.0.push((at.segments(), message.into()));
    }

    /// The first one, as a text.
    pub(super) fn first(&self) -> Option<String> {
        let (segments, message) = self.0.first()?;
        Some(format!("{}: {message}", path::display(segments)))
    }

    pub(super) fn report(&self, c: &mut Checker) {
        for (segments, message) in &self.0 {
            c.problem_at(segments.clone(), message.clone());
        }
    }
}

/// A value with a JSON form.
pub(crate) trait Json: Sized {
    /// Reads it; what cannot be read is a fault, and something else stands in its place.
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self;
    fn write(&self) -> Value;
    /// Checks shapes, sizes and the presence of names. Ranges and references are the compiler's.
    fn check(&self, at: Path<'_>, c: &mut Checker);
}

/// Keys of an object that may share it with others.
pub(crate) trait Fields: Sized {
    /// Takes its keys out of `map`.
    fn take(map: &mut Extra, at: Path<'_>, faults: &mut Faults) -> Self;
    /// Adds its keys to `map`, without those that have their default.
    fn put(&self, map: &mut Extra);
    fn check_fields(&self, at: Path<'_>, c: &mut Checker);
    /// Adds the names of its keys.
    fn keys(&self, known: &mut Vec<&'static str>);
    /// Keys that its other forms have, and the words for the form that was chosen.
    fn idle(&self) -> Option<Idle> {
        None
    }
}

/// Keys that mean something in another form than the one that was chosen.
pub(crate) struct Idle {
    /// The form that was chosen, in words: `"interp": "none"`.
    pub(crate) form: String,
    /// The keys of all forms.
    pub(crate) keys: Vec<&'static str>,
}

/// One of several forms, which a word chooses.
pub(super) trait Variants {
    fn word(&self) -> &'static str;
    /// The keys of all forms.
    fn all_keys() -> Vec<&'static str>;
}

/// Refuses keys of other forms than the one that was chosen.
pub(super) fn check_foreign<V: Variants>(chosen: &V, extra: &Extra, at: Path<'_>, c: &mut Checker) {
    c.foreign(at, chosen.word(), extra, &V::all_keys());
}

/// Takes the key `key` out of `map`; absent: `default`.
pub(super) fn take<T: Json>(
    map: &mut Extra,
    key: &str,
    default: T,
    at: Path<'_>,
    faults: &mut Faults,
) -> T {
    match map.shift_remove(key) {
        Some(value) => T::read(value, at.key(key), faults),
        None => default,
    }
}

/// Adds `value` to `map` unless it is the default.
pub(super) fn put<T: Json + PartialEq>(map: &mut Extra, key: &str, value: &T, default: &T) {
    if value != default {
        map.insert(key.to_owned(), value.write());
    }
}

/// The object that `value` should be.
pub(super) fn object(value: Value, at: Path<'_>, faults: &mut Faults) -> Extra {
    match value {
        Value::Object(map) => map,
        other => {
            faults.push(at, expected("an object { }", &other));
            Extra::new()
        }
    }
}

/// The text of a fault: what should be there and what is.
pub(super) fn expected(what: &str, found: &Value) -> String {
    let shown = super::super::brief(found);
    format!("{shown} is not {what}")
}

/// The text of a fault about a word that is none of `known`.
pub(super) fn no_word(word: &str, known: &[&str]) -> String {
    let shown: String = word.chars().take(limits::NAME_BYTES).collect();
    let all = known.join(", ");
    match nearest(&shown, known.iter().copied()) {
        Some(near) => format!("{shown:?} is not one of {all}; did you mean {near:?}?"),
        None => format!("{shown:?} is not one of {all}"),
    }
}

impl Json for String {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        match value {
            Value::String(text) => text,
            other => {
                faults.push(at, expected("a text", &other));
                Self::new()
            }
        }
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        c.text(at, self, limits::NAME_BYTES);
        if self.chars().any(char::is_control) {
            c.problem(at, || "this contains a control character; remove it".into());
        }
    }
}

impl Json for bool {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        value.as_bool().unwrap_or_else(|| {
            faults.push(at, expected("true or false", &value));
            false
        })
    }

    fn write(&self) -> Value {
        (*self).into()
    }

    fn check(&self, _: Path<'_>, _: &mut Checker) {}
}

impl Json for f64 {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        value.as_f64().unwrap_or_else(|| {
            faults.push(at, expected("a number", &value));
            0.0
        })
    }

    fn write(&self) -> Value {
        number::value(*self)
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        // What has to be given has no default: no number stands for it.
        if self.is_nan() {
            return c.problem(at, || "this number is missing".into());
        }
        // The compiler works on single precision; beyond this nothing has a meaning.
        c.range(at, *self, -1e9..=1e9);
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl Json for $type {
            fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
                let whole = value.as_i64().and_then(|n| Self::try_from(n).ok());
                let whole = whole.or_else(|| value.as_u64().and_then(|n| Self::try_from(n).ok()));
                whole.unwrap_or_else(|| {
                    let range = format!("a whole number in {}..={}", Self::MIN, Self::MAX);
                    faults.push(at, expected(&range, &value));
                    0
                })
            }

            fn write(&self) -> Value {
                (*self).into()
            }

            fn check(&self, _: Path<'_>, _: &mut Checker) {}
        }
    )*};
}

whole_numbers!(u8, u16, u32, u64, i32, i64);

impl<T: Json> Json for Option<T> {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        match value {
            Value::Null => None,
            value => Some(T::read(value, at, faults)),
        }
    }

    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::write)
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        if let Some(value) = self {
            value.check(at, c);
        }
    }
}

impl<T: Json> Json for Box<T> {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        Box::new(T::read(value, at, faults))
    }

    fn write(&self) -> Value {
        T::write(self)
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        T::check(self, at, c);
    }
}

impl<T: Json> Json for Vec<T> {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        let Value::Array(list) = value else {
            faults.push(at, expected("a list [ ]", &value));
            return Self::new();
        };
        let read = |(index, value)| T::read(value, at.index(index), faults);
        list.into_iter().enumerate().map(read).collect()
    }

    fn write(&self) -> Value {
        self.iter().map(T::write).collect()
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        if c.count(at, "entries", self.len(), limits::INTERACTIVE_LIST) {
            for (index, value) in self.iter().enumerate() {
                value.check(at.index(index), c);
            }
        }
    }
}

impl<T: Json + Copy + Default, const N: usize> Json for [T; N] {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        let list = match value {
            Value::Array(list) if list.len() == N => list,
            other => {
                faults.push(at, expected(&format!("a list of {N} values"), &other));
                return [T::default(); N];
            }
        };
        let mut read = [T::default(); N];
        for (index, (place, value)) in read.iter_mut().zip(list).enumerate() {
            *place = T::read(value, at.index(index), faults);
        }
        read
    }

    fn write(&self) -> Value {
        self.iter().map(T::write).collect()
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        for (index, value) in self.iter().enumerate() {
            value.check(at.index(index), c);
        }
    }
}
