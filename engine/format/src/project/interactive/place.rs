//! From the compiler's paths to those in the author's text.
//!
//! The compiler names what is wrong by its own structures. An author knows the keys that were
//! written: contexts by name, a curve that is a list, the bus of a duck. What is no key of the text
//! leads to what it stands for there.

use crate::error::Place;
use crate::json::path::{self, Segment};
use crate::json::place as json_place;
use serde_json::Value;

/// Words of the compiler, and the keys under which the same may stand in the text.
const WORDS: [(&str, &[&str]); 11] = [
    ("fade_ms", &["fade_in_ms", "fade_out_ms"]),
    ("group", &["state", "switch"]),
    ("source", &["source_bus", "source_tag"]),
    ("target", &["object", "bus"]),
    ("per_s", &["slew_per_s"]),
    ("back", &["return"]),
    ("and", &["of"]),
    ("or", &["of"]),
    ("not", &["of"]),
    ("held_for", &["of"]),
    ("sequence", &["of"]),
];

/// Structures of the compiler that are no objects of the text: what is in them lies around them.
const INNER: [&str; 2] = ["kind", "props"];

/// Where the compiler's `path` below the keys `base` lies in `text`.
pub(super) fn place(base: &[&str], path: &str, text: &[u8]) -> Place {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let root: Value = serde_json::from_slice(text).unwrap_or_default();
    let mut walk = Walk {
        way: vec![&root],
        segments: Vec::new(),
    };
    let base = base.iter().map(|key| Segment::Key((*key).to_owned()));
    for segment in base.chain(path::parse(path)) {
        if !walk.step(segment) {
            break;
        }
    }
    json_place(&walk.segments, text)
}

struct Walk<'a> {
    /// The document, and what was entered since.
    way: Vec<&'a Value>,
    /// The steps that led there.
    segments: Vec<Segment>,
}

impl<'a> Walk<'a> {
    /// Goes one step on; false at a key that the author did not write, where the way ends.
    fn step(&mut self, segment: Segment) -> bool {
        let Some(&here) = self.way.last() else {
            return false;
        };
        match (segment, here) {
            (Segment::Key(key), Value::Object(_)) => self.key(key),
            (Segment::Index(index), Value::Array(list)) => match list.get(index) {
                Some(value) => self.enter(Segment::Index(index), value),
                None => false,
            },
            (Segment::Index(index), Value::Object(_)) => self.entry(index),
            // A list is the `points` of a curve and the `children` of a value by itself.
            (Segment::Key(_), Value::Array(_)) => true,
            // The keys of a variant lie beside the word that chooses it.
            (Segment::Key(key), _) => self.beside(key),
            (Segment::Index(_), _) => false,
        }
    }

    fn enter(&mut self, segment: Segment, value: &'a Value) -> bool {
        self.segments.push(segment);
        self.way.push(value);
        true
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.way.last()?.as_object()?.get(key)
    }

    fn key(&mut self, key: String) -> bool {
        if INNER.contains(&key.as_str()) {
            return true;
        }
        if let Some(value) = self.get(&key) {
            return self.enter(Segment::Key(key), value);
        }
        if key == "stingers"
            && let Some(manifest) = self.get("asset_manifest")
        {
            self.enter(Segment::Key("asset_manifest".to_owned()), manifest);
            return self.key(key);
        }
        let words = WORDS.iter().find(|(word, _)| *word == key);
        let mut words = words.into_iter().flat_map(|(_, words)| *words);
        let found = words.find_map(|word| Some((*word, self.get(word)?)));
        if let Some((word, value)) = found {
            return self.enter(Segment::Key(word.to_owned()), value);
        }
        // Variants without a word have their usual one, and their keys stand right here.
        if matches!(key.as_str(), "interp" | "normalise") {
            return true;
        }
        self.segments.push(Segment::Key(key));
        false
    }

    /// An entry of an object whose keys are names; times between states are such objects of objects.
    fn entry(&mut self, index: usize) -> bool {
        let Some(entries) = self.way.last().and_then(|here| here.as_object()) else {
            return false;
        };
        let is_table =
            matches!(self.segments.last(), Some(Segment::Key(key)) if key == "transition_ms");
        if !is_table {
            let entry = entries.iter().nth(index);
            return entry.is_some_and(|(key, value)| self.enter(Segment::Key(key.clone()), value));
        }
        let mut cells = entries.iter().flat_map(|(from, row)| {
            let cells = row.as_object().into_iter().flatten();
            cells.map(move |(to, value)| (from, row, to, value))
        });
        cells.nth(index).is_some_and(|(from, row, to, value)| {
            self.enter(Segment::Key(from.clone()), row);
            self.enter(Segment::Key(to.clone()), value)
        })
    }

    fn beside(&mut self, key: String) -> bool {
        let above = self.way.len().checked_sub(2).map(|at| self.way[at]);
        let Some(above) = above.and_then(Value::as_object) else {
            return true;
        };
        let words = WORDS.iter().find(|(word, _)| *word == key);
        let words = words.into_iter().flat_map(|(_, words)| *words).copied();
        let mut names = std::iter::once(key.as_str()).chain(words);
        let found = names.find_map(|name| Some((name.to_owned(), above.get(name)?)));
        if let Some((name, value)) = found {
            self.way.pop();
            self.segments.pop();
            return self.enter(Segment::Key(name), value);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_compiler_says_is_found_where_it_was_written() {
        let text = br#"{"interactive": {
            "rtpcs": [{"interp": "slew", "slew_per_s": 0, "targets": [{"curve": [{"x": 0}, {"x": 1}]}]}],
            "states": [{"values": [{"changes": [{"bus": "b"}]}], "transition_ms": {"a": {"b": 1, "c": 2}, "*": {"onn": 3}}}],
            "containers": [{"values": {"ice": ["s"], "sno w": ["t", "u"]}}],
            "ducks": [{"source_tag": "t"}],
            "events": [{"actions": [{"fade_out_ms": 1, "conditions": [{"switch": "s"}]}]}],
            "adaptive": {"contexts": {"BASE": {"bpm": 1}, "B": {"bpm": 2}},
                "signals": [{"normalise": "sigmoid", "k": 1}],
                "rules": [{"condition": {"op": "and", "of": [{"op": "not", "of": {"signal": "x"}}]}, "action": {"return": 9}}],
                "asset_manifest": {"stingers": [{"asset": "a"}]}}}}"#;
        for (said, written) in [
            ("rtpcs[0].interp.per_s", "rtpcs[0].slew_per_s"),
            (
                "rtpcs[0].targets[0].curve.points[1].x",
                "rtpcs[0].targets[0].curve[1].x",
            ),
            (
                "states[0].values[0].changes[0].target",
                "states[0].values[0].changes[0].bus",
            ),
            ("states[0].transition_ms[1]", "states[0].transition_ms.a.c"),
            (
                "states[0].transition_ms[2]",
                "states[0].transition_ms[\"*\"].onn",
            ),
            (
                "containers[0].values[1].value",
                "containers[0].values[\"sno w\"]",
            ),
            (
                "containers[0].values[1].children[1]",
                "containers[0].values[\"sno w\"][1]",
            ),
            ("ducks[0].source", "ducks[0].source_tag"),
            (
                "events[0].actions[0].fade_ms",
                "events[0].actions[0].fade_out_ms",
            ),
            (
                "events[0].actions[0].conditions[0].group",
                "events[0].actions[0].conditions[0].switch",
            ),
            ("events[0].actions[0].target", "events[0].actions[0].target"),
            ("adaptive.contexts[1].bpm", "adaptive.contexts.B.bpm"),
            ("adaptive.signals[0].normalise.k", "adaptive.signals[0].k"),
            (
                "adaptive.rules[0].condition.and[0].not.signal",
                "adaptive.rules[0].condition.of[0].of.signal",
            ),
            (
                "adaptive.rules[0].action.back",
                "adaptive.rules[0].action.return",
            ),
            (
                "adaptive.stingers[0].asset",
                "adaptive.asset_manifest.stingers[0].asset",
            ),
            ("containers[7]", "containers"),
        ] {
            let place = place(&["interactive"], said, text);
            assert_eq!(place.path, format!("interactive.{written}"), "{said}");
            assert!(place.line > 1, "{said}");
        }
        let profile = br#"{"contexts": {"BASE": {"bpm": 1}}}"#;
        let place = place(&[], "contexts[0].bpm", profile);
        assert_eq!(
            (place.path.as_str(), place.column),
            ("contexts.BASE.bpm", 31)
        );
    }
}
