//! What a live game tells.

use super::{Carried, StageCounts};
use crate::adapter::Coverage;
use crate::effect::Effect;
use crate::hub::Drops;
use segue_middleware::stage::StageId;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRow {
    /// What: `stage`, `rtpc`, `state`, `switch`, `event`, `end_stages`, `pause`, `resume`,
    /// `listening`, `connection`, `opened`, `closed`, `refused`, `late`, `gap`, `duplicate`, `command`, `ack`, `custom`,
    /// `timing_profile` and others.
    pub kind: &'static str,
    /// One object, with `t_smp` where it has a frame.
    pub value: Value,
}

impl LiveRow {
    pub(super) fn new(kind: &'static str, at: Option<u64>, fields: Value) -> Self {
        let mut object = Map::new();
        if let Some(at) = at {
            object.insert("t_smp".to_owned(), at.into());
        }
        object.insert("type".to_owned(), kind.into());
        if let Value::Object(fields) = fields {
            object.extend(fields);
        }
        Self {
            kind,
            value: object.into(),
        }
    }

    /// A problem that a person should hear of.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let text = |key: &str| self.value.get(key).and_then(Value::as_str).unwrap_or("");
        match self.kind {
            "refused" => Some(format!(
                "{}: {}: {}",
                text("src"),
                text("code"),
                text("text")
            )),
            "fsm_violation" => Some(format!("{}: out of order: {}", text("src"), text("text"))),
            "ack" if self.value["success"] != true => Some(format!(
                "{} did not do {}: {}",
                text("src"),
                text("name"),
                text("error")
            )),
            "gap" => Some(format!("{}: messages were lost", text("src"))),
            "other_project" => Some(format!(
                "{}: the game was built with another version of the project",
                text("src")
            )),
            _ => None,
        }
    }
}

pub(super) fn effect_row(
    n: u64,
    source: &str,
    at: u64,
    effect: &Effect,
    carried: &Carried,
) -> LiveRow {
    let mut fields = Map::new();
    fields.insert("n".to_owned(), n.into());
    fields.insert("src".to_owned(), source.into());
    match effect {
        Effect::Stage(event) => {
            fields.insert("id".to_owned(), event.stage.id().to_string().into());
            fields.insert("stage".to_owned(), event.stage.info().name.into());
            if let Value::Object(mut whole) = effect.write() {
                if let Some(Value::Object(mut own)) = whole.remove("stage") {
                    own.remove("type");
                    fields.insert("fields".to_owned(), own.into());
                }
                fields.extend(whole);
            }
            fields.insert("event".to_owned(), json!(carried.event));
            fields.insert("playing".to_owned(), json!(carried.playing));
        }
        other => fields.extend(match other.write() {
            Value::Object(object) => object,
            _ => Map::new(),
        }),
    }
    LiveRow::new(effect.kind(), Some(at), fields.into())
}

/// What became of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageCount {
    /// How often it came.
    pub seen: u64,
    /// How often an event was bound to it.
    pub bound: u64,
    /// How many posts it made; a loop that goes on makes none.
    pub posted: u64,
}

/// What happened in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Messages that were taken.
    pub messages: u64,
    /// Conversations that were opened.
    pub opened: u64,
    /// Those of them that ended.
    pub gone: u64,
    /// Conversations that ended, also before they were opened, by reason.
    pub closed: BTreeMap<String, u64>,
    /// Stages by their id.
    pub stages: StageCounts,
    /// RTPCs, states, switches and events that were carried out.
    pub other: u64,
    /// What was refused, by code.
    pub refused: BTreeMap<String, u64>,
    /// Messages that came after their time.
    pub late: u64,
    /// Stages that came where they may not, and were carried out.
    pub violations: u64,
    /// How often the queue to the audio thread had no room.
    pub queue_full: u64,
    /// Loops that were ended because their game was gone.
    pub loops_cut: usize,
    /// Loops that still go on: stage and reel.
    pub open_loops: Vec<(StageId, Option<u8>)>,
    /// Messages that were lost before they were taken.
    pub drops: Drops,
    /// Rows that nobody read in time.
    pub rows_lost: u64,
    /// Notices that nobody took in time.
    pub notices_lost: u64,
}

impl Summary {
    pub(super) fn stage(&mut self, id: StageId, carried: &Carried) {
        let count = self.stages.entry(id).or_default();
        count.seen += 1;
        count.bound += u64::from(carried.event.is_some());
        count.posted += u64::from(carried.playing.is_some());
    }

    /// Stages in all.
    #[must_use]
    pub fn stage_count(&self) -> u64 {
        self.stages.values().map(|count| count.seen).sum()
    }

    /// Frames that were dropped for this reason before they were read.
    fn frames(&self, reason: &str) -> u64 {
        let frames = self.drops.iter().filter(|((_, why, _), _)| *why == reason);
        frames.fold(0, |all, (_, count)| all.saturating_add(*count))
    }

    /// As one object; `connectors` are their names.
    #[must_use]
    pub fn write(&self, connectors: &[(String, bool)]) -> Value {
        let stages = self.stages.iter().map(|(id, count)| {
            json!({"id": id.to_string(), "stage": id.name(), "seen": count.seen,
                "bound": count.bound, "posted": count.posted})
        });
        let loops = self.open_loops.iter();
        let loops = loops.map(|(id, reel)| json!({"stage": id.name(), "reel": reel}));
        let drops = self.drops.iter().map(|((connector, reason, kind), count)| {
            let name = connectors.get(usize::from(*connector));
            json!({"connector": name.map(|(name, _)| name), "reason": reason, "kind": kind,
                "count": count})
        });
        json!({
            "messages": self.messages,
            "opened": self.opened,
            "closed": self.closed,
            "stages": stages.collect::<Vec<_>>(),
            "other": self.other,
            "refused": self.refused,
            "late": self.late,
            "duplicates": self.frames("duplicate"),
            "missing": self.frames("gap"),
            "violations": self.violations,
            "queue_full": self.queue_full,
            "loops_cut": self.loops_cut,
            "open_loops": loops.collect::<Vec<_>>(),
            "drops": drops.collect::<Vec<_>>(),
            "rows_lost": self.rows_lost,
            "notices_lost": self.notices_lost,
        })
    }
}

/// A coverage report as one object. `bound` are the stages to which the project binds a sound.
#[must_use]
pub fn coverage_value(coverage: &Coverage, bound: &BTreeSet<StageId>) -> Value {
    let (silent, unheard) = coverage.against(bound);
    let names = |ids: Vec<StageId>| ids.iter().map(|id| id.name()).collect::<Vec<_>>();
    let seen = |(name, seen): (&String, &crate::adapter::Seen)| {
        json!({"name": name, "count": seen.count, "first_ms": seen.first_ms,
            "last_ms": seen.last_ms, "sample": seen.sample})
    };
    let known = coverage.known().iter().filter(|(_, it)| it.count > 0);
    let stages = coverage.stages().iter();
    let stages = stages.map(|(id, count)| json!({"stage": id.name(), "count": count}));
    json!({
        "messages": coverage.messages(),
        "other_project": coverage.other_project(),
        "coverage": coverage.share(),
        "mapped": known.map(seen).collect::<Vec<_>>(),
        "unmapped": coverage.unknown().iter().map(seen).collect::<Vec<_>>(),
        "unmapped_events": coverage.unknown_events(),
        "never_seen": coverage.never_seen().collect::<Vec<_>>(),
        "stages": stages.collect::<Vec<_>>(),
        "bound_never_produced": if bound.is_empty() { Vec::new() } else { names(silent) },
        "produced_without_audio": if bound.is_empty() { Vec::new() } else { names(unheard) },
        "unused_paths": coverage.unused_paths().collect::<Vec<_>>(),
        "type_mismatches": coverage.mismatches(),
        "unsure": coverage.unsure(),
        "fsm_violations": coverage.violations(),
    })
}
