//! `segue inserts`: the processors that a bus or a chain can have.

use super::Output;
use crate::console::Console;
use crate::failure::Failure;
use clap::Args;
use segue_engine::inserts::{INSERTS, ParamInfo, Preset, ProcessorInfo, Scale, insert, presets};
use serde_json::{Map, Value, json};
use std::fmt::Write;

const EXAMPLES: &str = "\
Examples:
  segue inserts
  segue inserts compressor
  segue inserts --json | jq -r '.inserts[].kind'";

/// List the inserts, or one with its parameters and presets
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Inserts {
    /// Its kind, as in a project: eq, compressor, reverb, ...
    name: Option<String>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Inserts {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let Some(name) = &self.name else {
            let objects = || INSERTS.iter().map(object).collect::<Vec<_>>();
            return console.answer(list, || json!({ "inserts": objects() }));
        };
        let found = insert(name).ok_or_else(|| {
            let kinds: Vec<&str> = INSERTS.iter().map(|row| row.id).collect();
            let known = kinds.join(", ");
            Failure::usage(format!("insert {name:?} is not in {known}"))
        })?;
        console.answer(|| describe(found), || object(found))
    }
}

fn list() -> String {
    let mut text = String::new();
    for row in INSERTS {
        let names: Vec<&str> = presets(row.id).iter().map(|preset| preset.name).collect();
        let _ = writeln!(text, "{:<12} {:<14} {}", row.id, row.name, names.join(", "));
    }
    text + "\n`segue inserts NAME` shows parameters"
}

fn describe(row: &ProcessorInfo) -> String {
    let mut text = format!("{} ({})\n\nParameters\n", row.name, row.id);
    for param in row.params {
        let _ = writeln!(text, "  {:<16} {}", param.id, values(param));
    }
    if !presets(row.id).is_empty() {
        text += "\nPresets\n";
    }
    for preset in presets(row.id) {
        let values: Vec<String> = preset
            .values
            .iter()
            .map(|(id, value)| format!("{id} {}", number(*value)))
            .collect();
        let _ = writeln!(text, "  {:<16} {}", preset.name, values.join(", "));
    }
    text
}

/// What a parameter can be, and what it is when nobody says.
fn values(param: &ParamInfo) -> String {
    let default = number(param.default);
    let range = match param.scale {
        Scale::Toggle => "0 or 1".to_owned(),
        Scale::Choice(names) => {
            let names = names.iter().enumerate();
            let names: Vec<String> = names.map(|(n, name)| format!("{n} {name}")).collect();
            names.join(", ")
        }
        Scale::Linear | Scale::Log => {
            let (min, max) = (number(param.min), number(param.max));
            format!("{min} to {max} {}", param.unit)
                .trim_end()
                .to_owned()
        }
    };
    format!("{range}; {default}")
}

/// As people write it: an f32 has about seven digits.
fn number(value: f32) -> String {
    let rounded = (f64::from(value) * 1e5).round() / 1e5;
    rounded.to_string()
}

fn object(row: &ProcessorInfo) -> Value {
    let params: Vec<Value> = row.params.iter().map(param_object).collect();
    let presets: Vec<Value> = presets(row.id).iter().map(preset_object).collect();
    json!({"kind": row.id, "name": row.name, "params": params, "presets": presets})
}

fn param_object(param: &ParamInfo) -> Value {
    let choices = match param.scale {
        Scale::Choice(names) => Some(names),
        _ => None,
    };
    json!({
        "id": param.id,
        "name": param.name,
        "min": param.min,
        "max": param.max,
        "default": param.default,
        "unit": param.unit,
        "choices": choices,
        "changes_latency": param.structural,
    })
}

fn preset_object(preset: &Preset) -> Value {
    let values = preset.values.iter();
    let values: Map<String, Value> = values
        .map(|(id, value)| ((*id).to_owned(), json!(value)))
        .collect();
    json!({"name": preset.name, "params": values})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_says_what_it_can_be() {
        let params = insert("compressor").expect("there").params;
        let text = |id: &str| values(params.iter().find(|row| row.id == id).expect("there"));
        assert_eq!(text("threshold"), "-60 to 0 dB; -18");
        assert_eq!(text("detector"), "0 peak, 1 rms; 0");
        assert_eq!(text("auto_make_up"), "0 or 1; 0");
    }
}
