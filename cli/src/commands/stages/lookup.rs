//! Which names are tried for a sound, and which one a project has.

use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use clap::Args;
use segue_engine::middleware::stage::bind::check_name;
use segue_engine::middleware::stage::names::chain;
use segue_engine::project::open;
use serde_json::json;
use std::path::PathBuf;

/// The names that are tried for a stage's sound, and what a project has for it
#[derive(Debug, Args)]
pub(super) struct Lookup {
    /// A name: `REEL_STOP_2`, or a qualified one: `jackpot_present.grand`
    name: String,
    /// The project folder or packed project
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Lookup {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        check_name(&self.name).map_err(Failure::usage)?;
        let mut names = chain(&self.name);
        let found = match &self.project {
            None => None,
            Some(path) => {
                let table = open(path)?.stage_table();
                let found = table.find_name(&self.name);
                found.map(|(name, at)| (name, table.bound()[at].event.clone()))
            }
        };
        // One without conditions, `reel_stop:`, is tried behind all others.
        if let Some((name, _)) = found.as_ref().filter(|(name, _)| !names.contains(name)) {
            let qualified = names
                .iter()
                .filter(|name| name.contains(['.', ':']))
                .count();
            names.insert(qualified, name.clone());
        }
        let text = || {
            let mark = |name: &String| match &found {
                Some((hit, event)) if hit == name => format!("{name}  -> {event}\n"),
                _ => format!("{name}\n"),
            };
            names.iter().map(mark).collect()
        };
        console.answer(text, || {
            let (name, event) = found.clone().unzip();
            json!({"names": names, "bound": name, "event": event})
        })
    }
}
