//! Notes that post events, and macros that move RTPCs.

use super::Compiler;
use super::names::{place, unknown};
use crate::bank::{HostParam, MacroRtpc, Note};
use crate::ids::EventIx;
use crate::limits;
use crate::source;
use crate::values::check::{Resolve, narrow};
use crate::values::rtpc::Rtpcs;
use segue_rt::game::NameId;

impl Compiler<'_> {
    pub(super) fn notes(&mut self) -> Box<[Note]> {
        let notes = self.source.notes.iter().enumerate();
        notes
            .map(|(n, note)| self.note(&format!("notes[{n}]"), note))
            .collect()
    }

    fn note(&mut self, path: &str, note: &source::NoteEvent) -> Note {
        let checks = &mut self.checks;
        let [low, high] = note.keys;
        checks.within(format!("{path}.keys[0]"), low, 0..=127);
        checks.within(format!("{path}.keys[1]"), high, low..=127);
        if let Some(channel) = note.channel {
            checks.within(format!("{path}.channel"), channel, 0..=15);
        }
        if note.on.is_none() && note.off.is_none() {
            checks.say(path, "it posts nothing: name an event for `on` or `off`");
        }
        let names = &self.names;
        let mut event = |key: &str, name: &Option<String>| {
            let event = place(&names.events, "event", name.as_ref()?).map(EventIx);
            checks.take(format!("{path}.{key}"), event)
        };
        let (on, off) = (event("on", &note.on), event("off", &note.off));
        let mut rtpc = |key: &str, name: &Option<String>| {
            checks.take(format!("{path}.{key}"), names.rtpc(name.as_ref()?))
        };
        Note {
            keys: note.keys,
            channel: note.channel,
            on,
            off,
            velocity: rtpc("velocity", &note.velocity),
            key: rtpc("key", &note.key),
        }
    }

    pub(super) fn host_params(&mut self) -> Box<[HostParam]> {
        let mut params: Vec<HostParam> = Vec::new();
        for (n, rtpc) in self.source.rtpcs.iter().enumerate() {
            let Some(number) = rtpc.host_param else {
                continue;
            };
            let path = format!("rtpcs[{n}].host_param");
            let last = limits::HOST_PARAMS - 1;
            if usize::from(number) > last {
                self.checks
                    .say(&path, format!("{number} is not in 0..={last}"));
            }
            if params.iter().any(|param| param.number == number) {
                let message = format!("{number} moves another RTPC already; take a free number");
                self.checks.say(&path, message);
            }
            params.push(HostParam {
                number,
                rtpc: NameId::of(&rtpc.name),
                range: [rtpc.min, rtpc.max],
            });
        }
        params.into()
    }

    pub(super) fn macros(&mut self) -> Box<[MacroRtpc]> {
        let macros = self.source.macros.iter().enumerate();
        macros
            .filter_map(|(n, it)| self.macro_rtpc(&format!("macros[{n}]"), it))
            .collect()
    }

    /// Lets the RTPCs that macros move begin where the macros stand; of several macros the last one counts.
    pub(super) fn begin(&self, rtpcs: &mut Rtpcs) {
        for it in &self.source.macros {
            let mut known = self.world.macros.iter();
            let found = known.find(|(id, _)| *id == it.macro_id);
            let (Some((_, at)), Ok(rtpc)) = (found, self.names.rtpc(&it.rtpc)) else {
                continue;
            };
            let own = rtpcs.at(rtpc);
            let [low, high] = it.range.unwrap_or([own.min, own.max]).map(f64::from);
            rtpcs.begin(rtpc, narrow(low + (high - low) * at.clamp(0.0, 1.0)));
        }
    }

    fn macro_rtpc(&mut self, path: &str, it: &source::MacroRtpc) -> Option<MacroRtpc> {
        let mut known = self.world.macros.iter().map(|(id, _)| id.as_str());
        if !known.clone().any(|id| id == it.macro_id) {
            let message = unknown("macro", &it.macro_id, &mut known);
            self.checks.say(format!("{path}.macro_id"), message);
        }
        let rtpc = self
            .checks
            .take(format!("{path}.rtpc"), self.names.rtpc(&it.rtpc))?;
        let own = &self.source.rtpcs[rtpc.at()];
        let range = it.range.unwrap_or([own.min, own.max]);
        for (n, value) in range.into_iter().enumerate() {
            self.checks
                .within(format!("{path}.range[{n}]"), value, own.min..=own.max);
        }
        Some(MacroRtpc {
            macro_id: it.macro_id.clone(),
            rtpc: NameId::of(&it.rtpc),
            range,
        })
    }
}
