//! What a director carries out: flat, immutable, in the units of the audio thread.

pub(crate) mod event;
pub mod file;
pub(crate) mod names;
pub(crate) mod node;
mod wire;

pub(crate) use names::NameTable;

use std::sync::Arc;

use segue_rt::game::NameId;
use segue_rt::ids::{BusId, InsertId, SendId};

use crate::adaptive::AdaptiveForm;
use crate::compile::names::Names;
use crate::ids::{EventIx, NodeIx, RtpcIx};
use crate::music::MusicForm;
use crate::stage::bind::StageTable;
use crate::values::curve::Curve;
use crate::values::duck::DuckRules;
use crate::values::hdr::HdrRules;
use crate::values::rtpc::Rtpcs;
use crate::values::states::{StateGroups, TargetIx};
use crate::values::switches::SwitchGroups;
use event::Event;
use node::Node;

/// The compiled interactive part of a project. Made by [`compile`](crate::compile()).
/// `[thread-safe]`
#[derive(Debug)]
pub struct Bank {
    pub(crate) rate: f64,
    pub(crate) seed: u64,
    pub(crate) session: u64,
    /// Containers, then sounds.
    pub(crate) nodes: Box<[Node]>,
    pub(crate) events: Box<[Event]>,
    /// Most voices of one game object; 0 is no limit.
    pub(crate) object_voices: u16,
    pub(crate) notes: Box<[Note]>,
    pub(crate) macros: Box<[MacroRtpc]>,
    pub(crate) host_params: Box<[HostParam]>,
    pub(crate) mixer: MixerParts,
    pub(crate) values: Values,
    pub(crate) music: MusicForm,
    pub(crate) adaptive: Option<AdaptiveForm>,
    pub(crate) names: Names,
    pub(crate) stages: Arc<StageTable>,
}

/// Game values and what follows them.
#[derive(Debug)]
pub(crate) struct Values {
    pub(crate) rtpcs: Rtpcs,
    pub(crate) states: StateGroups,
    pub(crate) switches: SwitchGroups,
    pub(crate) ducks: DuckRules,
    pub(crate) hdr: HdrRules,
    /// For each duck by the activity of a bus: that bus and all that go into it.
    pub(crate) duck_buses: Box<[Box<[BusId]>]>,
    /// For each bus with a high dynamic range: that bus and all that go into it.
    pub(crate) hdr_buses: Box<[Box<[BusId]>]>,
    /// For each bus whose voices change pitch or filters by states of that bus, or of one that it goes into:
    /// those targets.
    pub(crate) state_buses: Box<[(BusId, Box<[TargetIx]>)]>,
}

impl Values {
    /// What states of buses do to the voices on a bus.
    pub(crate) fn states_over(&self, bus: BusId) -> &[TargetIx] {
        let found = self.state_buses.iter().find(|it| it.0 == bus);
        found.map_or(&[], |it| &it.1)
    }
}

/// A note that posts events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    pub(crate) keys: [u8; 2],
    pub(crate) channel: Option<u8>,
    pub(crate) on: Option<EventIx>,
    pub(crate) off: Option<EventIx>,
    pub(crate) velocity: Option<RtpcIx>,
    pub(crate) key: Option<RtpcIx>,
}

/// A macro that moves an RTPC. `[thread-safe]`
#[derive(Clone, Debug, PartialEq)]
pub struct MacroRtpc {
    /// The macro's id.
    pub macro_id: String,
    /// The RTPC.
    pub rtpc: NameId,
    /// Its values while the macro is at 0 and at 1.
    pub range: [f32; 2],
}

/// An RTPC that a host may automate. `[thread-safe]`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HostParam {
    /// Number of the host's parameter, 0..64.
    pub number: u8,
    /// The RTPC.
    pub rtpc: NameId,
    /// Its values while the parameter is at 0 and at 1.
    pub range: [f32; 2],
}

/// What game values move in the mixer.
#[derive(Debug, Default)]
pub(crate) struct MixerParts {
    pub(crate) buses: Box<[BusPart]>,
    pub(crate) sends: Box<[SendPart]>,
    pub(crate) params: Box<[ParamPart]>,
}

/// An RTPC and the curve over it.
pub(crate) type Follow = (RtpcIx, Curve);

/// A bus.
#[derive(Debug)]
pub(crate) struct BusPart {
    pub(crate) id: BusId,
    pub(crate) rtpcs: Vec<Follow>,
    pub(crate) state: Option<TargetIx>,
    /// Place among the buses that are ducked.
    pub(crate) duck: Option<usize>,
    /// Rules of high dynamic range on it.
    pub(crate) hdr: Option<usize>,
}

/// A send.
#[derive(Debug)]
pub(crate) struct SendPart {
    pub(crate) id: SendId,
    pub(crate) rtpcs: Vec<Follow>,
}

/// A parameter of an insert.
#[derive(Debug)]
pub(crate) struct ParamPart {
    pub(crate) id: InsertId,
    pub(crate) row: u16,
    pub(crate) range: [f32; 2],
    pub(crate) rtpcs: Vec<Follow>,
}

impl Bank {
    /// The text of a name of this bank, whatever it names.
    pub fn name(&self, id: NameId) -> Option<&str> {
        self.names.text_of(id)
    }

    /// Every name that can be posted.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.names.events.texts()
    }

    /// The RTPCs: name, least, largest and first value.
    pub fn rtpcs(&self) -> impl Iterator<Item = (&str, [f32; 3])> {
        let names = (0..).zip(self.names.rtpcs.texts());
        names.map(|(at, name)| {
            let rtpc = self.values.rtpcs.at(RtpcIx(at));
            (name, [rtpc.min, rtpc.max, rtpc.first])
        })
    }

    /// RTPCs that a host may automate: number of the host's parameter, name, least and largest.
    pub fn host_params(&self) -> &[HostParam] {
        &self.host_params
    }

    /// State groups and their values, `none` first.
    pub fn states(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        let values = self.names.state_values.iter();
        self.names.states.texts().zip(values.map(NameTable::texts))
    }

    /// Switch groups and their values.
    pub fn switches(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        let values = self.names.switch_values.iter();
        self.names
            .switches
            .texts()
            .zip(values.map(NameTable::texts))
    }

    /// Adaptive contexts, in the order of the profile.
    pub fn contexts(&self) -> impl Iterator<Item = &str> {
        self.names.contexts.texts()
    }

    /// Adaptive signals, the built-in ones too.
    pub fn signals(&self) -> impl Iterator<Item = &str> {
        self.names.signals.texts()
    }

    /// Which event a stage posts.
    pub fn stages(&self) -> &Arc<StageTable> {
        &self.stages
    }

    /// Stingers of the music.
    pub fn stingers(&self) -> impl Iterator<Item = &str> {
        self.names.stingers.texts()
    }

    /// The place that a node of another bank has in this one, by its name.
    pub(crate) fn node_of(&self, other: &Self, node: NodeIx) -> Option<NodeIx> {
        self.names
            .nodes
            .find(other.names.nodes.id(node.0))
            .map(NodeIx)
    }

    /// Names of the containers, which are the first nodes.
    pub(crate) fn container_names(&self) -> &[NameId] {
        let is_sound = |node: &Node| matches!(node.kind, node::Kind::Sound(_));
        let count = self
            .nodes
            .iter()
            .position(is_sound)
            .unwrap_or(self.nodes.len());
        &self.names.nodes.ids()[..count]
    }

    /// Macros that move RTPCs.
    pub fn macros(&self) -> &[MacroRtpc] {
        &self.macros
    }

    /// Frames of a time in seconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates"
    )]
    pub(crate) fn frames(&self, seconds: f64) -> u32 {
        (seconds * self.rate).round() as u32
    }

    /// The same for long times.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float cast saturates"
    )]
    pub(crate) fn frames64(&self, seconds: f64) -> u64 {
        (seconds * self.rate).round() as u64
    }

    /// Frames of the shortest fade: 5 ms.
    pub(crate) fn declick(&self) -> u32 {
        self.frames(0.005).max(1)
    }
}
