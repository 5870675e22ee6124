//! Containers: which children play, when, and how they change.

use segue_rt::game::ObjectId;

use super::start::Start;
use super::state::{Cx, State};
use crate::bank::Bank;
use crate::ids::NodeIx;
use crate::telemetry::Outcome;

impl State {
    pub(super) fn start_container(&mut self, _cx: &mut Cx<'_>, _at: u32, _start: &Start) -> Outcome { Outcome::Nothing }
    pub(super) fn run_container(&mut self, _cx: &mut Cx<'_>, _at: u32, _own: u64) {}
    pub(super) fn has_more(&mut self, _cx: &mut Cx<'_>, _at: u32) -> bool { false }
    pub(super) fn switches_changed(&mut self, _cx: &mut Cx<'_>) {}
    pub(super) fn follow_switches(&mut self, _cx: &mut Cx<'_>) {}
    pub(super) fn aim_blends(&mut self, _cx: &mut Cx<'_>) {}
    pub(super) fn blends_move(&self, _cx: &Cx<'_>) -> bool { false }
    pub(super) fn set_random_count(&mut self, _bank: &Bank, _node: NodeIx, _object: ObjectId, _n: u64) -> bool { false }
}
