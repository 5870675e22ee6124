//! The voices that were started and are not over yet, and what happens to them.

use segue_rt::command::Reason;
use segue_rt::game::{NameId, ObjectId};
use segue_rt::ids::{BusId, VoiceId};
use segue_rt::voices::{VoiceEvent, VoiceReport};

use super::pool::{NONE, Run};
use super::state::{Cx, State};
use crate::ids::NodeIx;
use crate::telemetry::What;
use crate::values::sparse::Sparse;

/// What has to be known of a voice until it is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) voice: VoiceId,
    /// Its leaf; [`NONE`] after that is gone.
    pub(super) inst: u32,
    pub(super) asset: NameId,
    pub(super) event: NameId,
    pub(super) event_ix: Option<u32>,
    pub(super) object: ObjectId,
    pub(super) bus: BusId,
    pub(super) priority: u8,
    pub(super) loudness_db: f32,
    /// Its gain, whether or not it is masked.
    pub(super) gain: f32,
    pub(super) paused: bool,
    /// Why it was stopped; none while it was not.
    pub(super) reason: Reason,
}

impl Record {
    /// Its level on its bus, dB; minus infinity for a silent file.
    pub(super) fn level_db(&self) -> f32 {
        self.loudness_db + 20.0 * self.gain.max(1e-6).log10()
    }
}

/// All of them.
pub(super) struct Voices {
    records: Sparse<VoiceId, Record>,
    capacity: usize,
}

impl Voices {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            records: Sparse::new(capacity),
            capacity,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.records.len() < self.capacity
    }

    pub(super) fn add(&mut self, record: Record) {
        self.records.insert(record.voice, record);
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// One of them, by number.
    pub(super) fn get(&self, n: usize) -> &Record {
        &self.records.entries()[n].1
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.records.entries().iter().map(|(_, record)| record)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.records.values_mut().map(|(_, record)| record)
    }

    pub(super) fn set_gain(&mut self, voice: VoiceId, gain: f32) {
        if let Some(record) = self.records.get_mut(voice) {
            record.gain = gain;
        }
    }

    /// Its pause begins or ends; what is known of it, when that is news.
    pub(super) fn set_paused(&mut self, voice: VoiceId, on: bool) -> Option<Record> {
        let record = self.records.get_mut(voice)?;
        let news = std::mem::replace(&mut record.paused, on) != on;
        news.then_some(*record)
    }

    /// Its leaf is gone; why it ends, unless that was said before.
    pub(super) fn leave(&mut self, voice: VoiceId, reason: Reason) {
        if let Some(record) = self.records.get_mut(voice) {
            record.inst = NONE;
            if record.reason == Reason::None {
                record.reason = reason;
            }
        }
    }

    /// Says why it will end.
    pub(super) fn blame(&mut self, voice: VoiceId, reason: Reason) {
        if let Some(record) = self.records.get_mut(voice) {
            record.reason = reason;
        }
    }
}

impl State {
    /// Takes in what happened to voices since the last tick.
    pub(super) fn take_reports(&mut self, cx: &mut Cx<'_>) {
        while let Some(report) = cx.desk.next_report() {
            let Some(record) = self.voices.records.get(report.voice).copied() else {
                continue;
            };
            self.tell_voice(cx, &record, &report);
            if report.event == VoiceEvent::Refused && report.reason.is_limit() {
                self.tell_no_room(cx, report.at, record.inst);
            }
            if matches!(report.event, VoiceEvent::Ended | VoiceEvent::Refused) {
                self.forget_voice(cx, &record);
            }
        }
        if cx.desk.reports_lost() {
            self.find_ends(cx);
        }
    }

    /// What a container chose found no room: it is told once more. Nothing at the top.
    fn tell_no_room(&mut self, cx: &Cx<'_>, at: u64, inst: u32) {
        if inst == NONE {
            return;
        }
        let it = self.pool.get(inst);
        self.tell_limit(cx, at, (it.parent, it.node));
    }

    /// The same for a child that did not become an instance.
    pub(super) fn tell_limit(&mut self, cx: &Cx<'_>, at: u64, (parent, child): (u32, NodeIx)) {
        if parent == NONE || !self.teller.wanted() {
            return;
        }
        let above = self.pool.get(parent);
        let play = self.plays.get(above.play);
        let names = &cx.bank.names.nodes;
        let what = What::Decision {
            container: names.id(above.node.0),
            child: names.id(child.0),
            object: play.object,
            playing: play.root,
            reason: crate::containers::decision::Reason::Limit,
            weight_or_gain: 0.0,
            cost_ns: 0,
        };
        self.teller.tell(at, what);
    }

    /// Looks at every voice: of some that are over nobody said it.
    fn find_ends(&mut self, cx: &mut Cx<'_>) {
        // What leaves the list makes room for its last one, which was looked at already.
        for n in (0..self.voices.len()).rev() {
            let record = *self.voices.get(n);
            if cx.desk.voice_place(record.voice).is_none() {
                let report = VoiceReport {
                    at: cx.at,
                    voice: record.voice,
                    event: VoiceEvent::Ended,
                    reason: Reason::QueueFull,
                    age: 0,
                };
                self.tell_voice(cx, &record, &report);
                self.forget_voice(cx, &record);
            }
        }
    }

    fn forget_voice(&mut self, cx: &mut Cx<'_>, record: &Record) {
        self.voices.records.remove(record.voice);
        self.voice_over(cx, record);
        if record.inst != NONE {
            // There is no voice left to stop.
            self.pool.get_mut(record.inst).run = Run::Chosen;
            self.end(cx, record.inst, Reason::NaturalEnd);
        }
    }

    fn tell_voice(&mut self, cx: &Cx<'_>, record: &Record, report: &VoiceReport) {
        let stopped = report.reason == Reason::StopAction && record.reason != Reason::None;
        let reason = if stopped {
            record.reason
        } else {
            report.reason
        };
        if report.event == VoiceEvent::Refused {
            self.counts.refuse(reason);
        }
        let what = What::Voice {
            voice: report.voice,
            asset: record.asset,
            event: record.event,
            object: record.object,
            age_smp: report.age,
            aud_db: record.level_db() + 20.0 * cx.desk.path_gain(record.bus).log10(),
            bus: u16::try_from(record.bus.index()).unwrap_or(u16::MAX),
            priority: record.priority,
            event_kind: report.event,
            reason,
        };
        self.teller.tell(report.at, what);
    }
}
