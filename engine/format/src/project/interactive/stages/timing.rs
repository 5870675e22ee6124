//! Timing profiles: `{"name": "mine", "first_stop_ms": 700}`.

use super::super::super::check::Checker;
use super::super::json::{Faults, Json, object, take};
use crate::json::path::Path;
use crate::json::{Extra, nearest};
use segue_middleware::stage::timing::{TIMING_FIELDS, TimingProfile};
use serde_json::Value;

/// A timing profile in JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing(pub(super) TimingProfile);

impl Json for Timing {
    fn read(value: Value, at: Path<'_>, faults: &mut Faults) -> Self {
        let mut map = object(value, at, faults);
        let mut profile = TimingProfile::normal();
        profile.name = take(&mut map, "name", String::new(), at, faults);
        for field in TIMING_FIELDS {
            if let Some(place) = profile.field_mut(field.name) {
                *place = take(&mut map, field.name, *place, at, faults);
            }
        }
        // A field that is not known would silently leave the usual time in place.
        for key in map.keys() {
            let near = nearest(key, TIMING_FIELDS.iter().map(|field| field.name));
            let meant = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            let message = format!("a timing profile has no such field{meant}");
            faults.push(at.key(key), message);
        }
        Self(profile)
    }

    fn write(&self) -> Value {
        let mut map = Extra::new();
        map.insert("name".to_owned(), self.0.name.write());
        self.0.each_field(&mut |field, value| {
            map.insert(field.name.to_owned(), value.write());
        });
        Value::Object(map)
    }

    fn check(&self, at: Path<'_>, c: &mut Checker) {
        c.name(at.key("name"), &self.0.name);
        for problem in self.0.problems() {
            c.problem(at, || problem);
        }
    }
}
