//! Where in a message something stands: JSON Pointer (RFC 6901), or the part of JSONPath (RFC 9535)
//! without filters, slices, recursion and scripts: `$`, `.name`, `['name']`, `[n]`, `[*]`.

use serde_json::Value;
use std::str::FromStr;

/// Steps of a path.
pub(super) const DEPTH_MAX: usize = 10;
/// Values that `[*]` looks into.
const FOUND_MAX: usize = 1000;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    All,
}

/// A path, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no path: {what}; write /a/b/0, or $.a.b[0]")]
pub(super) struct PathError {
    text: String,
    what: &'static str,
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let steps = match text.as_bytes().first() {
            None => Ok(Vec::new()),
            Some(b'/') => pointer(text),
            Some(b'$') => json_path(&text[1..]),
            Some(_) => Err("it begins with / or $"),
        };
        let steps = steps.and_then(|steps| match steps.len() {
            0..=DEPTH_MAX => Ok(steps),
            _ => Err("it has more than 10 steps"),
        });
        steps.map(Self).map_err(|what| PathError {
            text: text.chars().take(128).collect(),
            what,
        })
    }
}

impl Path {
    /// A path of one key.
    #[must_use]
    pub(super) fn key(name: &str) -> Self {
        Self(vec![Step::Key(name.to_owned())])
    }

    /// The first value there.
    #[must_use]
    pub(super) fn first<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        first(&self.0, value)
    }
}

/// The first value that the steps lead to; takes no memory, as every message is asked for many.
fn first<'a>(steps: &[Step], value: &'a Value) -> Option<&'a Value> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(value);
    };
    match (step, value) {
        (Step::All, Value::Array(array)) => {
            let mut values = array.iter().take(FOUND_MAX);
            values.find_map(|value| first(rest, value))
        }
        (Step::All, Value::Object(object)) => {
            let mut values = object.values().take(FOUND_MAX);
            values.find_map(|value| first(rest, value))
        }
        _ => first(rest, step.one(value)?),
    }
}

impl Step {
    /// What a step leads to that is not all.
    fn one<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match (self, value) {
            (Self::Key(key), Value::Object(object)) => object.get(key),
            (Self::Index(at), Value::Array(array)) => array.get(*at),
            // A pointer does not tell keys from places.
            (Self::Key(key), Value::Array(array)) => array.get(key.parse::<usize>().ok()?),
            _ => None,
        }
    }
}

fn pointer(text: &str) -> Result<Vec<Step>, &'static str> {
    let step = |part: &str| {
        let rest = part.replace("~0", "").replace("~1", "");
        if rest.contains('~') {
            return Err("~ stands before 0 or 1");
        }
        Ok(Step::Key(part.replace("~1", "/").replace("~0", "~")))
    };
    text[1..].split('/').map(step).collect()
}

fn json_path(mut rest: &str) -> Result<Vec<Step>, &'static str> {
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (name, after) = name.split_at(end);
            let is_name = name
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-');
            if name.is_empty() || !is_name {
                return Err("a name follows the dot; others stand in ['…']");
            }
            (Step::Key(name.to_owned()), after)
        } else if let Some(quoted) = rest.strip_prefix("['") {
            let (name, after) = quoted.split_once("']").ok_or("'] is missing")?;
            (Step::Key(name.to_owned()), after)
        } else if let Some(inside) = rest.strip_prefix('[') {
            let (inside, after) = inside.split_once(']').ok_or("] is missing")?;
            let step = match inside {
                "*" => Step::All,
                number => Step::Index(number.parse().map_err(|_| "a number or * stands in []")?),
            };
            (step, after)
        } else {
            return Err(". or [ follows");
        };
        steps.push(step);
        rest = after;
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_ways_find_the_same() {
        let message = json!({"a": {"b/c": [{"d": 1}, {"d": 2}], "~": 3}});
        for (path, expected) in [
            ("/a/b~1c/0/d", Some(json!(1))),
            ("$.a['b/c'][0].d", Some(json!(1))),
            ("$.a['b/c'][*].d", Some(json!(1))),
            ("/a/~0", Some(json!(3))),
            ("$.a.x", None),
            ("/a/b~1c/2", None),
            ("", Some(message.clone())),
            ("$", Some(message.clone())),
        ] {
            let found = path.parse::<Path>().unwrap();
            assert_eq!(found.first(&message), expected.as_ref(), "{path}");
        }
    }

    #[test]
    fn all_is_the_first_that_leads_somewhere() {
        let value = json!({"a": [{"c": 1}, {"b": [2, 3]}, {"b": {"x": 4}}], "z": {"b": 5}});
        for (text, expected) in [
            ("$.a[*].b", Some(json!([2, 3]))),
            ("$.a[*].b[*]", Some(json!(2))),
            ("$.a[*].b.x", Some(json!(4))),
            ("$[*].b", Some(json!(5))),
            ("$[*][*].c", Some(json!(1))),
            ("$.a[2].b[*]", Some(json!(4))),
            ("$.a[*].q", None),
        ] {
            let path: Path = text.parse().unwrap();
            assert_eq!(path.first(&value), expected.as_ref(), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_paths() {
        for text in [
            "a",
            "/a~2",
            "$a",
            "$..a",
            "$.a[?(@.b)]",
            "$.a[1:2]",
            "$.a[",
            "$['a'",
            "$.",
        ] {
            let error = text.parse::<Path>().unwrap_err().to_string();
            assert!(error.contains("is no path"), "{error}");
        }
        let deep = "/a".repeat(DEPTH_MAX);
        deep.parse::<Path>().unwrap();
        assert!(format!("{deep}/a").parse::<Path>().is_err());
    }
}
