//! A desk that keeps what it is told, and lets voices end when their sounds do.

use segue_rt::command::Reason;
use segue_rt::game::{Desk, TransportPlace};
use segue_rt::ids::{BusId, InsertId, SendId, SoundId, VoiceId};
use segue_rt::voices::{VoiceCommand, VoiceEvent, VoiceParams, VoiceReport};

/// Something a desk was told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Told {
    Start(VoiceId, VoiceParams),
    Voice(VoiceCommand),
    Bus(BusId, f32, u32),
    Send(SendId, f32, u32),
    Param(InsertId, u16, f32),
}

#[derive(Clone, Copy)]
struct Playing {
    id: VoiceId,
    started: u64,
    paused: Option<u64>,
    /// Unrolled frame it started at.
    start: u64,
    pitch: f64,
    end: u64,
    reason: Reason,
}

/// The desk. All its memory is there from the beginning.
pub(super) struct Recorder {
    pub(super) now: u64,
    pub(super) told: Vec<(u64, Told)>,
    pub(super) lengths: Vec<u64>,
    pub(super) powers: Vec<f32>,
    pub(super) transport: Option<TransportPlace>,
    playing: Vec<Playing>,
    reports: Vec<VoiceReport>,
    next: usize,
    ids: u64,
}

impl Recorder {
    pub(super) fn new(lengths: Vec<u64>) -> Self {
        Self {
            now: 0,
            told: Vec::with_capacity(1 << 18),
            lengths,
            powers: vec![0.0; 16],
            transport: None,
            playing: Vec::with_capacity(1 << 14),
            reports: Vec::with_capacity(1 << 14),
            next: 0,
            ids: 0,
        }
    }

    /// Puts what happened up to now on the desk.
    pub(super) fn settle(&mut self) {
        self.reports.drain(..self.next);
        self.next = 0;
        let now = self.now;
        for voice in self.playing.iter().filter(|voice| voice.end <= now) {
            self.reports.push(VoiceReport {
                at: voice.end,
                voice: voice.id,
                event: VoiceEvent::Ended,
                reason: voice.reason,
                age: voice.end - voice.started,
            });
        }
        self.playing.retain(|voice| voice.end > now);
    }

    fn tell(&mut self, told: Told) {
        self.told.push((self.now, told));
    }
}

fn natural_end(at: u64, from: u64, params: &VoiceParams, frames: u64) -> u64 {
    let unrolled = params.looping.unrolled(frames);
    if unrolled == u64::MAX {
        return u64::MAX;
    }
    at + (unrolled.saturating_sub(from) as f64 / params.pitch).ceil() as u64
}

impl Desk for Recorder {
    fn start(&mut self, params: &VoiceParams) -> VoiceId {
        self.ids += 1;
        let id = VoiceId(self.ids);
        self.tell(Told::Start(id, *params));
        let natural = natural_end(
            self.now,
            params.start,
            params,
            self.lengths[params.sound.index()],
        );
        self.playing.push(Playing {
            id,
            started: self.now,
            paused: None,
            start: params.start,
            pitch: params.pitch,
            end: natural.min(self.now.saturating_add(params.length)),
            reason: Reason::NaturalEnd,
        });
        id
    }

    fn voice(&mut self, command: &VoiceCommand) {
        self.tell(Told::Voice(*command));
        let now = self.now;
        match *command {
            VoiceCommand::Stop { voice, fade } => {
                for it in self.playing.iter_mut().filter(|it| it.id == voice) {
                    let end = now + u64::from(fade);
                    if end < it.end {
                        (it.end, it.reason) = (end, Reason::StopAction);
                    }
                }
            }
            VoiceCommand::Pause { voice, .. } => {
                for it in self.playing.iter_mut().filter(|it| it.id == voice) {
                    it.paused = Some(it.end - now);
                    it.end = u64::MAX;
                }
            }
            VoiceCommand::Resume { voice, .. } => {
                for it in self.playing.iter_mut().filter(|it| it.id == voice) {
                    if let Some(left) = it.paused.take() {
                        it.end = now.saturating_add(left);
                    }
                }
            }
            _ => {}
        }
    }

    fn bus_trim(&mut self, bus: BusId, gain: f32, ramp: u32) {
        self.tell(Told::Bus(bus, gain, ramp));
    }

    fn send_trim(&mut self, send: SendId, gain: f32, ramp: u32) {
        self.tell(Told::Send(send, gain, ramp));
    }

    fn insert_param(&mut self, insert: InsertId, param: u16, value: f32) {
        self.tell(Told::Param(insert, param, value));
    }

    fn bus_power(&self, bus: BusId) -> f32 {
        self.powers[bus.index()]
    }

    fn path_gain(&self, _bus: BusId) -> f32 {
        1.0
    }

    fn sound_frames(&self, sound: SoundId) -> Option<u64> {
        self.lengths.get(sound.index()).copied()
    }

    fn voice_place(&self, voice: VoiceId) -> Option<u64> {
        let it = self.playing.iter().find(|it| it.id == voice)?;
        Some(it.start + ((self.now - it.started) as f64 * it.pitch) as u64)
    }

    fn next_report(&mut self) -> Option<VoiceReport> {
        let report = self.reports.get(self.next).copied();
        self.next += usize::from(report.is_some());
        report
    }

    fn transport(&self) -> Option<TransportPlace> {
        self.transport
    }
}
