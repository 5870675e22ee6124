//! `segue devices`: the audio outputs of this machine.

use super::Output;
use crate::audio::{Listed, outputs};
use crate::console::Console;
use crate::failure::Failure;
use clap::Args;
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  segue devices
  segue play game --device \"USB Audio\"
  segue devices --json | jq -r '.devices[].id'";

/// List the audio outputs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Devices {
    #[command(flatten)]
    pub(super) output: Output,
}

impl Devices {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let outputs = outputs();
        console.answer(
            || text(&outputs),
            || json!({"devices": outputs.iter().map(object).collect::<Vec<_>>()}),
        )
    }
}

fn text(outputs: &[Listed]) -> String {
    if outputs.is_empty() {
        return "no audio outputs; plug one in, or start an audio server".to_owned();
    }
    outputs.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(output: &Listed) -> String {
    let mark = if output.is_default { '*' } else { ' ' };
    let rates = match output.rates {
        Some((low, high)) if low == high => format!(", {low} Hz"),
        Some((low, high)) => format!(", {low} to {high} Hz"),
        None => String::new(),
    };
    let (system, name, id) = (output.system, &output.name, &output.id);
    format!(
        "{mark} {name}\n    {id} ({system}), {} channels{rates}",
        output.channels
    )
}

fn object(output: &Listed) -> Value {
    json!({
        "id": output.id,
        "name": output.name,
        "system": output.system,
        "default": output.is_default,
        "channels": output.channels,
        "min_rate": output.rates.map(|(low, _)| low),
        "max_rate": output.rates.map(|(_, high)| high),
    })
}
