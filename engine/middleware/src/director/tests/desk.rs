//! A desk that keeps what it is told, and lets voices end when their sounds do.

use crate::music::Grid;
use crate::source::Sync;
use segue_rt::command::Reason;
use segue_rt::game::Desk;
use segue_rt::ids::{BusId, InsertId, SendId, SoundId, VoiceId};
use segue_rt::tempo;
use segue_rt::transport::GridPoint;
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
    /// Unrolled frame at which it was at frame `since`.
    place: f64,
    since: u64,
    /// It stands still from this frame on: the end of the fade of its pause.
    still_from: u64,
    pitch: f64,
    /// Unrolled frame at which it ends by itself.
    length: u64,
    /// Frame of its set end, or of a stop.
    stop_at: u64,
    reason: Reason,
}

impl Playing {
    fn place(&self, at: u64) -> f64 {
        let run = at.min(self.still_from).saturating_sub(self.since);
        self.place + run as f64 * self.pitch
    }

    fn anchor(&mut self, at: u64) {
        (self.place, self.since) = (self.place(at), at);
    }

    fn end(&self) -> u64 {
        let left = (self.length as f64 - self.place).max(0.0);
        let natural = match self.length {
            u64::MAX => u64::MAX,
            _ => self.since + (left / self.pitch).ceil() as u64,
        };
        let end = self.stop_at.min(natural);
        if end < self.still_from { end } else { u64::MAX }
    }
}

/// The desk. All its memory is there from the beginning.
pub(super) struct Recorder {
    pub(super) now: u64,
    pub(super) told: Vec<(u64, Told)>,
    pub(super) lengths: Vec<u64>,
    pub(super) powers: Vec<f32>,
    /// Of a transport of one tempo, while it runs.
    pub(super) transport: Option<Grid>,
    /// Gain of every bus to the output.
    pub(super) path: f32,
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
            path: 1.0,
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
        for voice in self.playing.iter().filter(|voice| voice.end() <= now) {
            self.reports.push(VoiceReport {
                at: voice.end(),
                voice: voice.id,
                event: VoiceEvent::Ended,
                reason: voice.reason,
                age: voice.end() - voice.started,
            });
        }
        self.playing.retain(|voice| voice.end() > now);
    }

    /// Voices that sound now.
    pub(super) fn sounding(&self) -> usize {
        let playing = self.playing.iter();
        playing.filter(|voice| voice.end() > self.now).count()
    }

    fn tell(&mut self, told: Told) {
        self.told.push((self.now, told));
    }
}

impl Desk for Recorder {
    fn start(&mut self, params: &VoiceParams) -> VoiceId {
        self.ids += 1;
        let id = VoiceId(self.ids);
        self.tell(Told::Start(id, *params));
        self.playing.push(Playing {
            id,
            started: self.now,
            place: params.start as f64,
            since: self.now,
            still_from: u64::MAX,
            pitch: params.pitch,
            length: params.unrolled(self.lengths[params.sound.index()]),
            stop_at: self.now.saturating_add(params.length),
            reason: Reason::NaturalEnd,
        });
        id
    }

    fn voice(&mut self, command: &VoiceCommand) {
        self.tell(Told::Voice(*command));
        let now = self.now;
        let (VoiceCommand::Stop { voice, .. }
        | VoiceCommand::Pause { voice, .. }
        | VoiceCommand::Resume { voice, .. }
        | VoiceCommand::Seek { voice, .. }
        | VoiceCommand::Pitch { voice, .. }) = *command
        else {
            return;
        };
        for it in self.playing.iter_mut().filter(|it| it.id == voice) {
            match *command {
                VoiceCommand::Stop { fade, .. } if now + u64::from(fade) < it.end() => {
                    it.anchor(now);
                    it.still_from = u64::MAX;
                    (it.stop_at, it.reason) = (now + u64::from(fade), Reason::StopAction);
                }
                VoiceCommand::Pause { fade, .. } => {
                    it.still_from = now + u64::from(fade);
                }
                VoiceCommand::Resume { .. } => {
                    it.anchor(now);
                    it.still_from = u64::MAX;
                }
                VoiceCommand::Seek { frame, .. } => {
                    (it.place, it.since) = (frame as f64, now);
                }
                VoiceCommand::Pitch { ratio, .. } => {
                    it.anchor(now);
                    it.pitch = ratio;
                }
                _ => {}
            }
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
        self.path
    }

    fn sound_frames(&self, sound: SoundId) -> Option<u64> {
        self.lengths.get(sound.index()).copied()
    }

    fn voice_place(&self, voice: VoiceId) -> Option<u64> {
        let it = self.playing.iter().find(|it| it.id == voice)?;
        Some(it.place(self.now) as u64)
    }

    fn next_report(&mut self) -> Option<VoiceReport> {
        let report = self.reports.get(self.next).copied();
        self.next += usize::from(report.is_some());
        report
    }

    fn is_rolling(&self) -> bool {
        self.transport.is_some()
    }

    fn grid_point(&self, grid: tempo::Grid, earliest: u64) -> Option<GridPoint> {
        let sync = match grid {
            tempo::Grid::Beat => Sync::Beat,
            tempo::Grid::Bar => Sync::Bar,
            tempo::Grid::Bars(_) => Sync::Phrase,
            tempo::Grid::Beats(beats) => Sync::Grid(beats),
        };
        let point = self.transport?.next(sync, earliest)?;
        Some(GridPoint {
            frame: point.frame,
            exact: point.exact,
        })
    }
}
