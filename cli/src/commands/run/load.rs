//! How long threads and buses take, as rows.

use segue_engine::Control;
use segue_engine::rt::profiler::{Cost, LoadReport, Stage, ThreadKind};
use serde_json::{Map, Value, json};

/// A row for each thread and each bus, as of the frame `at`: type `thread` and `node`, docs/interactive.md has their
/// fields.
pub(super) fn rows(control: &mut Control, at: u64) -> Vec<Value> {
    let loads = control.loads();
    let mut rows: Vec<Value> = loads.iter().map(|load| thread(load, at)).collect();
    let nodes = control.buses().map(|(name, id)| {
        let cost = control.shared().bus_cost(id).unwrap_or_default();
        json!({"t_smp": at, "type": "node", "bus": name, "ns": mean(cost), "worst_ns": cost.worst_ns})
    });
    rows.extend(nodes);
    rows
}

fn thread(load: &LoadReport, at: u64) -> Value {
    let mut row = json!({"t_smp": at, "type": "thread", "thread": name(load.thread),
        "total_us": microseconds(load.total), "worst_us": f64::from(load.total.worst_ns) / 1_000.0,
        "load": load.mean_load, "worst_load": load.worst_load,
        "blocks": load.blocks, "overloads": load.overloads});
    if load.thread == ThreadKind::Audio {
        let stages = Stage::ALL.iter().zip(load.stages);
        let stages =
            stages.map(|(stage, cost)| (stage.name().to_owned(), microseconds(cost).into()));
        row["stages_us"] = Value::Object(stages.collect::<Map<_, _>>());
    }
    row
}

const fn name(thread: ThreadKind) -> &'static str {
    match thread {
        ThreadKind::Audio => "audio",
        ThreadKind::Control => "control",
        ThreadKind::Disk => "disk",
        ThreadKind::Net => "net",
    }
}

/// The mean block, in whole nanoseconds.
fn mean(cost: Cost) -> f64 {
    f64::from(cost.mean_ns).round()
}

/// The same in microseconds, with what nanoseconds add.
fn microseconds(cost: Cost) -> f64 {
    mean(cost) / 1_000.0
}
