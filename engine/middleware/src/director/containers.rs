//! Containers: which children play, when, and how they change.

use segue_rt::game::{NameId, ObjectId};

use super::pool::{Base, NONE, Run, Switching};
use super::start::Start;
use super::state::{Cx, State};
use crate::bank::Bank;
use crate::bank::node::Kind;
use crate::containers::blend::{BlendPlan, BlendState};
use crate::containers::decision::{ChildRow, Reason as Choice};
use crate::containers::group::GroupPlan;
use crate::containers::random::RandomPlan;
use crate::containers::rng::container_key;
use crate::containers::sequence::{SequencePlan, SequenceState, StepStart};
use crate::containers::switch::SwitchPlan;
use crate::ids::{NodeIx, RtpcIx};
use crate::source::OnChange;
use crate::telemetry::{Outcome, What};
use crate::values::check::db_to_gain;
use crate::values::rtpc::Who;
