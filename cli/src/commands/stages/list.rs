//! The stages themselves: as a list, a schema, a page.

use crate::commands::Output;
use crate::console::Console;
use crate::failure::Failure;
use clap::Args;
use segue_engine::game::stage_value;
use segue_engine::ingest::frame_schema;
use segue_engine::middleware::stage::docs;
use segue_engine::middleware::stage::table::{STAGES, StageInfo};
use serde_json::json;

/// All stages with their ids and payloads
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) output: Output,
}

/// The JSON Schema of a stage
#[derive(Debug, Args)]
pub(super) struct Schema {
    /// That of the frames that live games send
    #[arg(long)]
    frames: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

/// The table of the documentation
#[derive(Debug, Args)]
pub(super) struct Docs {
    #[command(flatten)]
    pub(super) output: Output,
}

impl List {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let text = || STAGES.iter().map(line).collect();
        let object = || json!({"stages": STAGES.iter().map(stage_value).collect::<Vec<_>>()});
        console.answer(text, object)
    }
}

impl Schema {
    /// The schema is JSON for people too.
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let text = match self.frames {
            true => format!("{:#}\n", frame_schema()),
            false => docs::schema(),
        };
        console.write(text.as_bytes())
    }
}

impl Docs {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        console.answer(docs::page_table, || json!({"table": docs::page_table()}))
    }
}

fn line(info: &StageInfo) -> String {
    let mark = |on: bool, mark| if on { mark } else { " " };
    let (loops, ducks) = (mark(info.loops, "L"), mark(info.ducks, "D"));
    let fields = info.fields.iter().map(|field| {
        let optional = if field.optional { "?" } else { "" };
        format!(" {}{optional}", field.name)
    });
    let fields: String = fields.collect();
    format!("{}  {loops}{ducks}  {:<28}{fields}\n", info.id, info.name)
}
