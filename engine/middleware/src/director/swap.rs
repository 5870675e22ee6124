//! Another bank takes over.
use super::state::{Cx, State};
use crate::bank::Bank;
impl State {
    pub(super) fn take_over(&mut self, _cx: &mut Cx<'_>, _old_bank: &Bank, _old: &mut State) {}
}
