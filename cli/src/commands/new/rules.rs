//! Rules for the names of files, from a file.

use crate::failure::Failure;
use segue_engine::files;
use segue_engine::project::{GroupKind, Naming, NamingRule};
use serde_json::Value;
use std::path::Path;

/// Bytes of a file of rules at most.
const MAX_BYTES: u64 = 1 << 20;

/// Reads rules: JSON where the file is called so, else TOML.
pub(super) fn read(path: &Path) -> Result<Naming, Failure> {
    let refuse = |text: String| Failure::new(format!("{}: {text}", path.display()));
    let text = files::read_text(path, "rules_bytes", MAX_BYTES)?;
    let is_json = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let value = match is_json {
        true => serde_json::from_str(&text).map_err(|error| error.to_string()),
        false => toml::from_str(&text).map_err(|error| error.to_string()),
    };
    let rules = rules(&value.map_err(refuse)?).map_err(refuse)?;
    Naming::new(&rules).map_err(|error| refuse(error.to_string()))
}

fn rules(value: &Value) -> Result<Vec<NamingRule>, String> {
    let form = "rules are a list `rule` of tables with `match` and `bus` or `group`";
    let object = value
        .as_object()
        .filter(|object| object.keys().all(|key| key == "rule"));
    let list = object
        .and_then(|object| object.get("rule"))
        .and_then(Value::as_array);
    let list = list.ok_or(form)?;
    let named = |(number, value)| rule(value).map_err(|text| format!("rule {number}: {text}"));
    (1_usize..).zip(list).map(named).collect()
}

fn rule(value: &Value) -> Result<NamingRule, String> {
    let object = value.as_object().ok_or("it is not a table")?;
    let mut rule = NamingRule::default();
    for (key, value) in object {
        let text = value
            .as_str()
            .ok_or_else(|| format!("{key} is not a text"))?
            .to_owned();
        match key.as_str() {
            "match" => rule.pattern = text,
            "bus" => rule.bus = Some(text),
            "group" if text == "variants" => rule.group = Some(GroupKind::Variants),
            "group" if text == "layers" => rule.group = Some(GroupKind::Layers),
            "group" => return Err(format!("group {text:?} is neither variants nor layers")),
            other => return Err(format!("{other:?} is not one of match, bus, group")),
        }
    }
    match rule.pattern.is_empty() {
        true => Err("match is missing".to_owned()),
        false => Ok(rule),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read_text(name: &str, text: &str) -> Result<Naming, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn both_forms_are_read() {
        let toml = "[[rule]]\nmatch = '^wpn_'\nbus = 'weapons'\n\
                    [[rule]]\nmatch = '^(?<base>.+)_v(?<index>[0-9]+)$'\ngroup = 'variants'\n";
        assert!(read_text("rules.toml", toml).is_ok());
        let json = r#"{"rule": [{"match": "^wpn_", "bus": "weapons"}]}"#;
        assert!(read_text("rules.json", json).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, words) in [
            ("rule = 3", "rules are a list"),
            ("other = 1", "rules are a list"),
            ("[[rule]]\nbus = 'x'", "rule 1: match is missing"),
            ("[[rule]]\nmatch = 3", "rule 1: match is not a text"),
            (
                "[[rule]]\nmatch = 'x'\ngroup = 'mix'",
                "neither variants nor layers",
            ),
            ("[[rule]]\nmatch = 'x'\nto = 'y'", "\"to\" is not one of"),
            ("[[rule]]\nmatch = '('\nbus = 'x'", "naming rule 1"),
            ("[[rule", "rules.toml"),
        ] {
            let failure = read_text("rules.toml", text).unwrap_err();
            assert!(
                failure.message.contains(words),
                "{text}: {}",
                failure.message
            );
        }
    }
}
