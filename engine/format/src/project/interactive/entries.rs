//! Objects whose keys are names.

use super::super::check::Checker;
use super::json::{Faults, Json, object};
use super::lower::Lower;
use crate::json::path::Path;
use crate::limits;
use serde_json::Value;

/// Values by name, in the order they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct Entries<T>(pub Vec<(String, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Entries<T> {
    /// The value of this name. `[thread-safe]`
    pub fn get(&self, name: &str) -> Option<&T> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }
}

impl<T: Json> Json for Entries<T> {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        let map = object(value, at, faults);
        let read = |(name, value): (String, Value)| {
            let entry = T::read(value, at.key(&name), faults);
            (name, entry)
        };
        Self(map.into_iter().map(read).collect())
    }

    fn write(&self) -> Value {
        let entry = |(name, value): &(String, T)| (name.clone(), value.write());
        Value::Object(self.0.iter().map(entry).collect())
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        if !c.count(at, "entries", self.0.len(), limits::INTERACTIVE_LIST) {
            return;
        }
        for (index, (name, value)) in self.0.iter().enumerate() {
            let place = at.key(name);
            c.name(place, name);
            if self.0[..index].iter().any(|(other, _)| other == name) {
                c.problem(place, || {
                    format!("there are two entries {name:?}; leave one out")
                });
            }
            value.check(place, c);
        }
    }
}

impl<A: Lower<B>, B> Lower<Vec<(String, B)>> for Entries<A> {
    fn lower(&self) -> Vec<(String, B)> {
        let entry = |(name, value): &(String, A)| (name.clone(), value.lower());
        self.0.iter().map(entry).collect()
    }
}
