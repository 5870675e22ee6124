//! What game values move in the mixer.

use super::Compiler;
use super::names::unknown;
use crate::bank::{BusPart, Follow, MixerParts, ParamPart, SendPart, Values};
use crate::ids::RtpcIx;
use crate::limits;
use crate::source::{GlobalTarget, RtpcTarget};
use crate::values::check::{Resolve, index};
use crate::values::curve::Curve;
use crate::values::states::Target;
use segue_rt::ids::BusId;

#[derive(Default)]
struct Parts {
    buses: Vec<BusPart>,
    sends: Vec<SendPart>,
    params: Vec<ParamPart>,
}

impl Compiler<'_> {
    pub(super) fn mixer(&mut self, values: Option<&Values>) -> MixerParts {
        let mut parts = Parts {
            buses: self
                .names
                .bus_ids
                .iter()
                .map(|id| bus(*id, values))
                .collect(),
            ..Parts::default()
        };
        let source = self.source;
        for (n, rtpc) in source.rtpcs.iter().enumerate() {
            let path = format!("rtpcs[{n}].targets");
            self.count(&path, "targets", rtpc.targets.len(), limits::RTPC_TARGETS);
            for (m, target) in rtpc.targets.iter().enumerate() {
                self.target_of(
                    &format!("{path}[{m}]"),
                    RtpcIx(index(n)),
                    target,
                    &mut parts,
                );
            }
        }
        MixerParts {
            buses: parts.buses.into(),
            sends: parts.sends.into(),
            params: parts.params.into(),
        }
    }

    fn target_of(&mut self, path: &str, rtpc: RtpcIx, target: &RtpcTarget, parts: &mut Parts) {
        let curve = Curve::compile(&target.curve);
        let Some(curve) = self.checks.part(&format!("{path}.curve"), curve) else {
            return;
        };
        let follow = (rtpc, curve);
        let path = format!("{path}.target");
        let done = match &target.target {
            GlobalTarget::BusVolume(bus) => self.follow_bus(bus, follow, parts),
            GlobalTarget::Send(from, to) => self.follow_send(from, to, follow, parts),
            GlobalTarget::InsertParam(bus, insert, param) => {
                self.follow_param([bus, insert, param], follow, parts)
            }
        };
        if let Err(message) = done {
            self.checks.say(path, message);
        }
    }

    fn follow_bus(&self, bus: &str, follow: Follow, parts: &mut Parts) -> Result<(), String> {
        let id = self.names.bus(bus)?;
        if let Some(part) = parts.buses.iter_mut().find(|part| part.id == id) {
            part.rtpcs.push(follow);
        }
        Ok(())
    }

    fn follow_send(
        &self,
        from: &str,
        to: &str,
        follow: Follow,
        parts: &mut Parts,
    ) -> Result<(), String> {
        self.names.bus(from)?;
        self.names.bus(to)?;
        let mut sends = self.world.sends.iter();
        let found = sends.find(|(a, b, _)| a == from && b == to);
        let Some((_, _, id)) = found else {
            return Err(format!(
                "bus {from:?} has no send to {to:?}; make one in the mixer"
            ));
        };
        match parts.sends.iter_mut().find(|part| part.id == *id) {
            Some(part) => part.rtpcs.push(follow),
            None => parts.sends.push(SendPart {
                id: *id,
                rtpcs: vec![follow],
            }),
        }
        Ok(())
    }

    fn follow_param(
        &self,
        [bus, insert, param]: [&str; 3],
        follow: Follow,
        parts: &mut Parts,
    ) -> Result<(), String> {
        self.names.bus(bus)?;
        let on_bus = || self.world.inserts.iter().filter(|it| it.bus == bus);
        if !on_bus().any(|it| it.insert == insert) {
            let known = on_bus().map(|it| it.insert.as_str());
            return Err(unknown(
                &format!("insert on bus {bus:?} called"),
                insert,
                known,
            ));
        }
        let of_insert = || on_bus().filter(|it| it.insert == insert);
        let Some(found) = of_insert().find(|it| it.param == param) else {
            let known = of_insert().map(|it| it.param.as_str());
            return Err(unknown(
                &format!("parameter of {insert:?} called"),
                param,
                known,
            ));
        };
        let (low, high) = follow.1.range();
        let [least, most] = found.range;
        if low < least || high > most {
            return Err(format!(
                "the curve goes {low}..={high}, {param} is {least}..={most}"
            ));
        }
        let same = |part: &&mut ParamPart| part.id == found.id && part.row == found.row;
        match parts.params.iter_mut().find(same) {
            Some(part) => part.rtpcs.push(follow),
            None => parts.params.push(ParamPart {
                id: found.id,
                row: found.row,
                range: found.range,
                rtpcs: vec![follow],
            }),
        }
        Ok(())
    }
}

fn bus(id: BusId, values: Option<&Values>) -> BusPart {
    let ducked = |values: &Values| values.ducks.buses().iter().position(|bus| bus.0 == id);
    let window = |values: &Values| values.hdr.iter().position(|rule| rule.bus == id);
    BusPart {
        id,
        rtpcs: Vec::new(),
        state: values.and_then(|values| values.states.target(Target::Bus(id))),
        duck: values.and_then(ducked),
        hdr: values.and_then(window),
    }
}
