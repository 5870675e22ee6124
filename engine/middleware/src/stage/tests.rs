mod bind;
mod lint;
mod names;
mod order;
mod tables;
mod times;

use super::field::FeatureType;
use super::table::STAGES;
use super::{Kind, Stage, StageEvent, Value};

/// A value that a field may hold; `n` chooses among them.
fn some_value(kind: &Kind, n: usize) -> Value {
    let n64 = i64::try_from(n).unwrap();
    match *kind {
        Kind::Bool => Value::Bool(n.is_multiple_of(2)),
        Kind::Int { min, max } => Value::Int(min + n64 % (max - min).max(1)),
        Kind::Number { min, max } => Value::Number(min + (max - min) * (n % 5) as f64 / 4.0),
        Kind::Text { .. } => Value::Text(format!("t{n}")),
        Kind::Word(words) | Kind::WordOrCustom(words) => {
            Value::Text(words[n % words.len()].to_owned())
        }
        Kind::Ints { min, .. } => Value::List(vec![Value::Int(min), Value::Int(n64 % 100)]),
    }
}

/// A stage of every row, with all its fields.
pub(super) fn one_of_each(n: usize) -> Vec<Stage> {
    let rows = STAGES.iter();
    rows.map(|info| Stage::build(info, &mut |it| Some(some_value(&it.kind, n))).unwrap())
        .collect()
}

fn at(ms: f64, stage: Stage) -> StageEvent {
    StageEvent::new(stage, ms)
}

fn free_spins() -> Stage {
    Stage::FeatureEnter {
        feature: FeatureType::FreeSpins,
        total_steps: Some(8),
        multiplier: 2.0,
    }
}
