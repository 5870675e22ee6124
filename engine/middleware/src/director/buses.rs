//! What game values do in the mixer: buses, sends, parameters of inserts, ducks, HDR.
//!
//! The game's gain over a bus is a product: what actions set, states, RTPCs, ducks and HDR. It is
//! looked at on every 32nd frame while something of it moves.

use segue_rt::ids::{BusId, VoiceId};

use super::line::Line;
use super::pool::{NONE, Run};
use super::state::{Cx, Dirty, State, next_quantum};
use super::voices::Record;
use crate::bank::event::Fade;
use crate::bank::{Bank, BusPart, Follow};
use crate::telemetry::What;
use crate::values::duck::{Ducks, RuleSource};
use crate::values::hdr::Hdrs;
use crate::values::rtpc::Who;

/// The mixer as the game has it.
pub(super) struct Buses {
    buses: Box<[BusState]>,
    sends: Box<[f32]>,
    params: Box<[f32]>,
    ducks: Ducks,
    /// How many voices count for each rule of ducking.
    pushers: Box<[u32]>,
    /// Rules whose envelope was told last.
    told: Box<[f32]>,
    hdrs: Hdrs,
    /// Windows that were told to be open.
    told_open: Box<[bool]>,
    /// Frame at which the last change by an action is over.
    set_until: u64,
}

#[derive(Clone, Copy, Debug)]
struct BusState {
    set_db: Line,
    sent: f32,
}

impl Buses {
    pub(super) fn new(bank: &Bank) -> Self {
        let bus = BusState {
            set_db: Line::rest(0.0),
            sent: 1.0,
        };
        let rules = bank.values.ducks.len();
        Self {
            buses: vec![bus; bank.mixer.buses.len()].into(),
            sends: vec![1.0; bank.mixer.sends.len()].into(),
            params: vec![f32::NAN; bank.mixer.params.len()].into(),
            ducks: Ducks::new(&bank.values.ducks),
            pushers: vec![0; rules].into(),
            told: vec![0.0; rules].into(),
            hdrs: Hdrs::new(&bank.values.hdr),
            told_open: vec![false; bank.values.hdr.len()].into(),
            set_until: 0,
        }
    }
}

impl Buses {
    /// Takes over where everything is. How many voices push is counted anew.
    pub(super) fn take_over(&mut self, at: u64, (bank, old_bank): (&Bank, &Bank), old: &Self) {
        for (part, state) in bank.mixer.buses.iter().zip(&mut self.buses) {
            let place = old_bank.mixer.buses.iter().position(|it| it.id == part.id);
            if let Some(place) = place {
                *state = old.buses[place];
            }
        }
        for (part, sent) in bank.mixer.sends.iter().zip(&mut self.sends) {
            let place = old_bank.mixer.sends.iter().position(|it| it.id == part.id);
            *sent = place.map_or(*sent, |place| old.sends[place]);
        }
        self.set_until = old.set_until;
        let (rules, was) = (&bank.values.ducks, &old_bank.values.ducks);
        let same = |rule: usize| (0..was.len()).find(|n| was.at(*n).name == rules.at(rule).name);
        self.ducks.carry_over(rules, at, (&old.ducks, was), &same);
        let (rules, was) = (&bank.values.hdr, &old_bank.values.hdr);
        let bus_of = |rule: usize| rules.iter().nth(rule).map(|rule| rule.bus);
        let same = |rule: usize| was.iter().position(|it| Some(it.bus) == bus_of(rule));
        self.hdrs.carry_over(rules, at, (&old.hdrs, was), &same);
        for (rule, is_open) in self.told_open.iter_mut().enumerate() {
            *is_open = same(rule).is_some_and(|before| old.told_open[before]);
        }
    }
}

impl State {
    /// Tells the desk where everything begins.
    pub(super) fn begin_buses(&mut self, cx: &mut Cx<'_>) {
        self.update_buses(cx, cx.at);
    }

    pub(super) fn set_bus_volume(&mut self, cx: &mut Cx<'_>, bus: u32, db: f32, fade: Fade) {
        let Some(state) = self.buses.buses.get_mut(bus as usize) else {
            return;
        };
        let fade = Fade {
            frames: fade.frames.max(cx.bank.declick()),
            ..fade
        };
        state.set_db = state.set_db.towards(db, cx.at, fade);
        self.buses.set_until = self.buses.set_until.max(state.set_db.end());
        self.control = self.control.min(next_quantum(cx.at));
        self.update_buses(cx, self.control);
    }

    /// A voice began on a bus: those that it pushes make way on the same frame.
    pub(super) fn voice_began(&mut self, cx: &mut Cx<'_>, bus: BusId, event: Option<u32>) {
        self.count_voice(cx, bus, event, true);
    }

    pub(super) fn voice_over(&mut self, cx: &mut Cx<'_>, record: &Record) {
        if !record.paused {
            self.count_voice(cx, record.bus, record.event_ix, false);
        }
    }

    /// One that is paused pushes nobody, from the first frame of its pause to the last.
    pub(super) fn voice_paused(&mut self, cx: &mut Cx<'_>, voice: VoiceId, on: bool) {
        if let Some(record) = self.voices.set_paused(voice, on) {
            self.count_voice(cx, record.bus, record.event_ix, !on);
        }
    }

    /// Counts the voices that there are, for rules that know of none.
    pub(super) fn count_voices(&mut self, cx: &mut Cx<'_>) {
        let rules = &cx.bank.values.ducks;
        for rule in 0..rules.len() {
            let about = rules.at(rule);
            let voices = self.voices.iter();
            let pushers = voices
                .filter(|it| !it.paused && pushes(cx.bank, rule, it.bus, it.event_ix))
                .count();
            self.buses.pushers[rule] = u32::try_from(pushers).unwrap_or(u32::MAX);
            if !about.by_level {
                self.buses
                    .ducks
                    .source_active(rules, cx.at, rule, pushers > 0);
            }
        }
    }

    fn count_voice(&mut self, cx: &mut Cx<'_>, bus: BusId, event: Option<u32>, more: bool) {
        let rules = &cx.bank.values.ducks;
        let mut changed = false;
        for rule in 0..rules.len() {
            let about = rules.at(rule);
            if !pushes(cx.bank, rule, bus, event) {
                continue;
            }
            let pushers = &mut self.buses.pushers[rule];
            *pushers = if more {
                *pushers + 1
            } else {
                pushers.saturating_sub(1)
            };
            if !about.by_level {
                let active = *pushers > 0;
                changed |= self.buses.ducks.source_active(rules, cx.at, rule, active);
            }
        }
        if changed {
            self.ducks_changed(cx);
        }
    }

    /// A duck without attack is at its full depth on the same frame.
    fn ducks_changed(&mut self, cx: &mut Cx<'_>) {
        self.jump_ducks(cx);
        self.control = self.control.min(next_quantum(cx.at));
        self.update_buses(cx, self.control);
    }

    fn jump_ducks(&mut self, cx: &mut Cx<'_>) {
        for (n, part) in cx.bank.mixer.buses.iter().enumerate() {
            if part.duck.is_some() {
                let gain = self.bus_gain(cx.bank, n, part, cx.at);
                if gain < self.buses.buses[n].sent {
                    self.buses.buses[n].sent = gain;
                    cx.desk.bus_trim(part.id, gain, 0);
                }
            }
        }
    }

    /// Whether something of the mixer is on its way.
    pub(super) fn buses_move(&self, cx: &Cx<'_>) -> bool {
        cx.at < self.buses.set_until
            || self.buses.ducks.moving(cx.at)
            || self.buses.hdrs.moving(&cx.bank.values.hdr, cx.at)
    }

    fn bus_gain(&self, bank: &Bank, n: usize, part: &BusPart, t: u64) -> f32 {
        let mut db = self.buses.buses[n].set_db.value(t) + self.follow_sum(bank, &part.rtpcs, t);
        if let Some(target) = part.state {
            db += self
                .values
                .states
                .effect(&bank.values.states, t, target)
                .volume_db;
        }
        if let Some(rule) = part.hdr {
            db += self.buses.hdrs.gain_db(&bank.values.hdr, t, rule);
        }
        let duck = part.duck.map_or(1.0, |place| {
            self.buses.ducks.gain(&bank.values.ducks, t, place)
        });
        if db == 0.0 {
            return duck;
        }
        (10_f32.powf(db / 20.0) * duck).clamp(0.0, 16.0)
    }

    fn follow_sum(&self, bank: &Bank, follows: &[Follow], t: u64) -> f32 {
        let rtpcs = &bank.values.rtpcs;
        let value = |(rtpc, curve): &Follow| {
            curve.value(self.values.rtpcs.get(rtpcs, t, *rtpc, Who::GLOBAL))
        };
        follows.iter().map(value).sum()
    }

    /// Tells the desk where everything will be at frame `until`, as far as that is news.
    pub(super) fn update_buses(&mut self, cx: &mut Cx<'_>, until: u64) {
        let ramp = u32::try_from(until.saturating_sub(cx.at)).unwrap_or(u32::MAX);
        let bank = cx.bank;
        for (n, part) in bank.mixer.buses.iter().enumerate() {
            let gain = self.bus_gain(bank, n, part, until);
            if gain != self.buses.buses[n].sent {
                self.buses.buses[n].sent = gain;
                cx.desk.bus_trim(part.id, gain, ramp);
            }
        }
        for (n, part) in bank.mixer.sends.iter().enumerate() {
            let db = self.follow_sum(bank, &part.rtpcs, until);
            let gain = 10_f32.powf(db / 20.0).min(16.0);
            if gain != self.buses.sends[n] {
                self.buses.sends[n] = gain;
                cx.desk.send_trim(part.id, gain, ramp);
            }
        }
        for (n, part) in bank.mixer.params.iter().enumerate() {
            let [least, most] = part.range;
            let value = self.follow_sum(bank, &part.rtpcs, until).clamp(least, most);
            if value != self.buses.params[n] {
                self.buses.params[n] = value;
                cx.desk.insert_param(part.id, part.row, value);
            }
        }
    }

    /// Levels of sources, HDR windows, and telemetry of both.
    pub(super) fn tick_buses(&mut self, cx: &mut Cx<'_>) {
        self.hear_sources(cx);
        self.open_windows(cx);
        self.tell_ducks(cx);
        self.tell_windows(cx);
    }

    fn hear_sources(&mut self, cx: &mut Cx<'_>) {
        let rules = &cx.bank.values.ducks;
        let mut changed = false;
        for rule in 0..rules.len() {
            let power = match rules.at(rule).source {
                RuleSource::Bus(bus) => cx.desk.bus_power(bus),
                RuleSource::Tag(_) if self.buses.pushers[rule] > 0 => self.loudest(cx.bank, rule),
                RuleSource::Tag(_) => 0.0,
            };
            changed |= self.buses.ducks.source_level(rules, cx.at, rule, power);
        }
        if changed {
            self.ducks_changed(cx);
        }
        while let Some(rule) = self.buses.ducks.stuck(rules, cx.at) {
            let duck = rules.at(rule).name;
            self.teller.tell(cx.at, What::DuckStuck { duck });
        }
    }

    /// Power of the loudest voice that pushes for a rule: its file's and its gain, since nobody
    /// measures a voice by itself.
    fn loudest(&self, bank: &Bank, rule: usize) -> f32 {
        let voices = self.voices.iter();
        let pushers = voices.filter(|it| !it.paused && pushes(bank, rule, it.bus, it.event_ix));
        let levels = pushers.map(Record::level_db);
        10_f32.powf(levels.fold(f32::NEG_INFINITY, f32::max) / 10.0)
    }

    fn tell_ducks(&mut self, cx: &Cx<'_>) {
        if !self.teller.wanted() {
            // Who looks next is told of all that are active.
            return self.buses.told.fill(0.0);
        }
        let rules = &cx.bank.values.ducks;
        for rule in 0..rules.len() {
            let envelope =
                crate::values::check::narrow(self.buses.ducks.envelope(rules, cx.at, rule));
            if envelope == self.buses.told[rule] {
                continue;
            }
            let what = What::Duck {
                duck: rules.at(rule).name,
                envelope,
                gain_db: self.buses.ducks.rule_db(rules, cx.at, rule),
            };
            // One that found no room is told at the next tick.
            if self.teller.tell(cx.at, what) {
                self.buses.told[rule] = envelope;
            }
        }
    }

    /// Windows that open or close.
    fn tell_windows(&mut self, cx: &Cx<'_>) {
        if !self.teller.wanted() {
            // Who looks next is told of all that are open.
            return self.buses.told_open.fill(false);
        }
        let rules = &cx.bank.values.hdr;
        for (rule, about) in rules.iter().enumerate() {
            let (is_open, top_db) = self.buses.hdrs.top_db(rules, cx.at, rule);
            if is_open == self.buses.told_open[rule] {
                continue;
            }
            let what = What::Hdr {
                bus: about.bus,
                is_open,
                top_db,
                gain_db: self.buses.hdrs.gain_db(rules, cx.at, rule),
            };
            if self.teller.tell(cx.at, what) {
                self.buses.told_open[rule] = is_open;
            }
        }
    }

    /// The loudest voice that goes through a bus with a high dynamic range sets its window; what is far
    /// below it is not heard.
    fn open_windows(&mut self, cx: &mut Cx<'_>) {
        let rules = &cx.bank.values.hdr;
        if rules.is_empty() {
            return;
        }
        for rule in 0..rules.len() {
            let levels = self.voices.iter().filter(|voice| {
                voice.inst != NONE && !voice.paused && is_in_window(cx.bank, rule, voice.bus)
            });
            let levels = levels.map(Record::level_db);
            let loudest = levels.fold(f32::NEG_INFINITY, f32::max);
            let before = self.buses.hdrs.gain_db(rules, cx.at, rule);
            let rested = !self.buses.hdrs.moving(rules, cx.at);
            self.buses.hdrs.loudest(rules, cx.at, rule, loudest);
            let sets_off = rested && self.buses.hdrs.moving(rules, cx.at);
            if sets_off || self.buses.hdrs.gain_db(rules, cx.at, rule) != before {
                self.touch(cx.at, Dirty::Followers);
            }
        }
        for n in 0..self.voices.len() {
            self.mask(cx, n);
        }
    }

    fn mask(&mut self, cx: &mut Cx<'_>, n: usize) {
        let voice = *self.voices.get(n);
        if voice.inst == NONE {
            return;
        }
        let rules = &cx.bank.values.hdr;
        let level = voice.level_db();
        let masked = (0..rules.len())
            .filter(|rule| is_in_window(cx.bank, *rule, voice.bus))
            .any(|rule| !self.buses.hdrs.audible(rules, cx.at, rule, level));
        let Run::Leaf(leaf) = &mut self.pool.get_mut(voice.inst).run else {
            return;
        };
        if std::mem::replace(&mut leaf.masked, masked) != masked {
            let until = cx.at + u64::from(cx.bank.frames(segue_rt::voices::RAMP_SECONDS));
            self.update(cx, voice.inst, until);
        }
    }
}

/// Whether what a bus plays goes through a bus with a high dynamic range.
fn is_in_window(bank: &Bank, rule: usize, bus: BusId) -> bool {
    bank.values.hdr_buses[rule].contains(&bus)
}

/// Whether a voice on a bus, started by an event, counts for a rule.
fn pushes(bank: &Bank, rule: usize, bus: BusId, event: Option<u32>) -> bool {
    match bank.values.ducks.at(rule).source {
        RuleSource::Bus(_) => bank.values.duck_buses[rule].contains(&bus),
        RuleSource::Tag(tag) => {
            let event = event.and_then(|event| bank.events.get(event as usize));
            event.is_some_and(|event| event.tags.contains(&tag))
        }
    }
}
