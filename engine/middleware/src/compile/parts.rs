//! Game values, music and adaptive layers.

use super::Compiler;
use super::names::{place, unknown};
use crate::adaptive::AdaptiveForm;
use crate::adaptive::lookup::{Found, Lookup};
use crate::bank::Values;
use crate::bank::node::{Kind, Node};
use crate::ids::{EventIx, NodeIx};
use crate::music::MusicForm;
use crate::values::check::Resolve;
use crate::values::duck::{DuckRule, DuckRules, RuleSource};
use crate::values::hdr::HdrRules;
use crate::values::rtpc::Rtpcs;
use crate::values::states::{StateGroups, TargetIx};
use crate::values::switches::SwitchGroups;
use segue_rt::ids::BusId;

impl Compiler<'_> {
    pub(super) fn values(&mut self) -> Option<Values> {
        let (source, rate) = (self.source, self.world.sample_rate);
        let (checks, names) = (&mut self.checks, &self.names);
        let rtpcs = checks.part("rtpcs", Rtpcs::compile(&source.rtpcs, rate));
        let states = checks.part("states", StateGroups::compile(&source.states, names, rate));
        let switches = checks.part("switches", SwitchGroups::compile(&source.switches, names));
        let ducks = checks.part("ducks", DuckRules::compile(&source.ducks, names, rate));
        let hdr = checks.part("hdr", HdrRules::compile(&source.hdr, names, rate));
        let ducks = ducks?;
        let duck_buses = (0..ducks.len()).map(|n| self.duck_buses(ducks.at(n)));
        let duck_buses = duck_buses.collect();
        let hdr = hdr?;
        let hdr_buses = hdr.iter().map(|rule| self.buses_into(rule.bus).collect());
        let hdr_buses = hdr_buses.collect();
        let states = states?;
        let state_buses = self.state_buses(&states);
        Some(Values {
            duck_buses,
            hdr_buses,
            state_buses,
            rtpcs: rtpcs?,
            states,
            switches: switches?,
            ducks,
            hdr,
        })
    }

    /// The source of a duck with all buses that go into it; what makes way, and what goes into that,
    /// pushes nobody.
    fn duck_buses(&self, rule: &DuckRule) -> Box<[BusId]> {
        let RuleSource::Bus(source) = rule.source else {
            return Box::default();
        };
        let target_above = self.leads_to(source, rule.target);
        self.buses_into(source)
            .filter(|bus| target_above || !self.leads_to(*bus, rule.target))
            .collect()
    }

    /// For each bus whose voices states move by a bus: what it is, or goes into.
    fn state_buses(&self, states: &StateGroups) -> Box<[(BusId, Box<[TargetIx]>)]> {
        let heard: Vec<_> = states.heard_buses().collect();
        let above = |bus: BusId| {
            let above = heard.iter().filter(|(end, _)| self.leads_to(bus, *end));
            above.map(|(_, target)| *target).collect::<Box<_>>()
        };
        let buses = self.names.bus_ids.iter().map(|bus| (*bus, above(*bus)));
        buses.filter(|(_, above)| !above.is_empty()).collect()
    }

    /// A bus and all that go into it.
    fn buses_into(&self, end: BusId) -> impl Iterator<Item = BusId> {
        let buses = self.names.bus_ids.iter().copied();
        buses.filter(move |bus| self.leads_to(*bus, end))
    }

    /// Whether what a bus plays comes through another one, or is that one's own.
    fn leads_to(&self, bus: BusId, end: BusId) -> bool {
        let outputs = &self.world.outputs;
        // As many steps as there are buses, should they go in a circle.
        let mut way = std::iter::successors(Some(bus), |at| {
            outputs.iter().find(|it| it.0 == *at).map(|it| it.1)
        });
        way.by_ref().take(outputs.len() + 1).any(|at| at == end)
    }

    pub(super) fn music(&mut self, nodes: &[Node]) -> Option<MusicForm> {
        let (source, world) = (self.source, self.world);
        let form = self.look_up(nodes, |lookup| {
            MusicForm::new(&source.music, lookup, world.sample_rate)
        });
        self.found("music", form)
    }

    /// The adaptive layers; the outer `None` when something is wrong with them.
    pub(super) fn adaptive(&mut self, nodes: &[Node]) -> Option<Option<AdaptiveForm>> {
        let Some(source) = &self.source.adaptive else {
            return Some(None);
        };
        let rate = self.world.sample_rate;
        let form = self.look_up(nodes, |lookup| AdaptiveForm::new(source, lookup, rate));
        self.found("adaptive", form).map(Some)
    }

    fn found<T>(&mut self, path: &str, form: Result<T, Vec<Found>>) -> Option<T> {
        form.map_err(|problems| {
            for (below, message) in problems {
                self.checks.say(format!("{path}.{below}"), message);
            }
        })
        .ok()
    }

    fn look_up<T>(&self, nodes: &[Node], make: impl FnOnce(&Lookup<'_>) -> T) -> T {
        let names = &self.names;
        make(&Lookup {
            node: &|name| names.node(name),
            event: &|name| place(&names.events, "event", name).map(EventIx),
            unknown: &|what, name, known| unknown(what, name, known.iter().copied()),
            frame: &|node, frame| engine_frame(nodes, node, frame),
            length: &|node| nodes.get(node.at())?.length,
        })
    }
}

/// A frame of a sound's asset as a frame of the engine.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "far below 2^53; a float cast saturates"
)]
fn engine_frame(nodes: &[Node], node: NodeIx, frame: u64) -> u64 {
    match nodes.get(node.at()).map(|node| &node.kind) {
        Some(Kind::Sound(sound)) => (frame as f64 * sound.scale).round() as u64,
        _ => frame,
    }
}
