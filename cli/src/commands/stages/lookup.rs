//! Which names are tried for a sound, and which one a project has.

use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use clap::Args;
use segue_engine::middleware::stage::bind::{StageTable, check_name};
use segue_engine::middleware::stage::names::chain;
use segue_engine::project::open;
use serde_json::json;
use std::path::PathBuf;

/// The names that are tried for a stage's sound, and what a project has for it
#[derive(Debug, Args)]
pub(super) struct Lookup {
    /// A name: `REEL_STOP_2`
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
        let names = chain(&self.name);
        let found = match &self.project {
            None => None,
            Some(path) => {
                let bindings = open(path)?.interactive().stages.bindings;
                let plain = |name: &str| !name.contains(['.', ':']);
                let plain = bindings.iter().filter(|it| plain(&it.stage));
                let by_name: Vec<_> = plain.collect();
                names.iter().find_map(|name| {
                    let is_it = |it: &&&_| chain(&stage_of(it))[0] == *name;
                    let it = by_name.iter().find(is_it)?;
                    Some((name.clone(), it.event.clone()))
                })
            }
        };
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

fn stage_of(binding: &segue_engine::middleware::source::StageBinding) -> String {
    binding.stage.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_finds_the_same_name() {
        let table = StageTable::default();
        assert_eq!(table.find_name("REEL_STOP_2"), None);
        assert!(check_name("REEL_STP").is_err());
    }
}
