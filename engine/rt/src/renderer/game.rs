//! How the renderer lets a program work.

use super::{Inputs, Renderer};
use crate::command::MixerCommand;
use crate::game::{Desk, GameCall, Program};
use crate::ids::{BusId, InsertId, SendId, SoundId, VoiceId};
use crate::tempo::Grid;
use crate::timeline::Part;
use crate::transport::{GridPoint, Transport};
use crate::voices::{BusInputs, Owner, VoiceCommand, VoiceParams, VoiceReport, Voices};

impl Renderer {
    /// Lets the program do something with what it plays on.
    pub(super) fn with_program<T>(
        &mut self,
        act: impl FnOnce(&mut dyn Program, &mut GameDesk<'_>) -> T,
    ) -> Option<T> {
        let mut program = self.program.take()?;
        let done = act(program.as_mut(), &mut self.desk());
        self.program = Some(program);
        Some(done)
    }

    pub(super) fn desk(&mut self) -> GameDesk<'_> {
        self.mixer.update_path_gains(self.now);
        GameDesk {
            at: self.now,
            voices: &mut self.voices,
            inputs: Inputs {
                mixer: &mut self.mixer,
                frames: 0,
            },
            transport: &self.transport,
            next_voice: &mut self.game_voices,
            late: self.call_late,
        }
    }

    pub(super) fn game(&mut self, call: &GameCall) {
        let at = self.now;
        let done = self.with_program(|program, desk| program.call(at, call, desk));
        self.state.stale += u64::from(done.is_none());
    }

    /// Makes the calls of the time line from the first to the last place; `are_ended` ends first what
    /// earlier ones have begun.
    pub(super) fn cue(&mut self, are_ended: bool, due: Option<(u32, u32)>) {
        let at = self.now;
        let ends = self.transport.timeline().cues().ends.len();
        for place in 0..if are_ended { ends } else { 0 } {
            let end = self.transport.timeline().cues().ends.get(place).copied();
            end.and_then(|end| self.with_program(|program, desk| program.call(at, &end, desk)));
        }
        let Some((first, last)) = due else { return };
        for place in first..=last {
            let calls = &self.transport.timeline().cues().calls;
            let call = calls.get(place as usize).copied();
            call.and_then(|call| self.with_program(|program, desk| program.call(at, &call, desk)));
        }
    }

    pub(super) fn run_program(&mut self) {
        let at = self.now;
        if self.transport.take_turned() {
            self.with_program(|program, desk| program.transport_turned(at, desk));
        }
        let program = self.program.as_deref();
        if program.is_some_and(|program| program.next_boundary(at) <= at) {
            self.with_program(|program, desk| program.run(at, desk));
        }
    }
}

/// What a program plays on, at one frame.
pub(super) struct GameDesk<'a> {
    at: u64,
    voices: &'a mut Voices,
    inputs: Inputs<'a>,
    transport: &'a Transport<Part>,
    next_voice: &'a mut u64,
    late: u64,
}

impl Desk for GameDesk<'_> {
    fn start(&mut self, params: &VoiceParams) -> VoiceId {
        *self.next_voice += 1;
        let voice = VoiceId(*self.next_voice);
        let params = VoiceParams {
            owner: Owner::Game,
            ..*params
        };
        let command = VoiceCommand::Start { voice, params };
        self.voices.apply(self.at, &command, &self.inputs);
        voice
    }

    fn voice(&mut self, command: &VoiceCommand) {
        self.voices.apply(self.at, command, &self.inputs);
    }

    fn bus_trim(&mut self, bus: BusId, gain: f32, ramp: u32) {
        self.inputs.mixer.trim_bus(self.at, bus, gain, ramp);
    }

    fn send_trim(&mut self, send: SendId, gain: f32, ramp: u32) {
        self.inputs.mixer.trim_send(self.at, send, gain, ramp);
    }

    fn insert_param(&mut self, insert: InsertId, param: u16, value: f32) {
        let command = MixerCommand::InsertParam {
            insert,
            param,
            value,
        };
        // One that is gone hears nothing of it.
        _ = self.inputs.mixer.apply(self.at, &command);
    }

    fn bus_power(&self, bus: BusId) -> f32 {
        self.inputs.mixer.bus_power(self.at, bus)
    }

    fn path_gain(&self, bus: BusId) -> f32 {
        self.inputs.path_gain(bus)
    }

    fn late(&self) -> u64 {
        self.late
    }

    fn sound_frames(&self, sound: SoundId) -> Option<u64> {
        self.voices.sound_frames(sound)
    }

    fn voice_place(&self, voice: VoiceId) -> Option<u64> {
        self.voices.place(self.at, voice)
    }

    fn next_report(&mut self) -> Option<VoiceReport> {
        self.voices.next_news()
    }

    fn reports_lost(&mut self) -> bool {
        self.voices.take_news_lost()
    }

    fn is_rolling(&self) -> bool {
        self.transport.is_running()
    }

    fn grid_point(&self, grid: Grid, earliest: u64) -> Option<GridPoint> {
        self.transport.next_grid(earliest, grid)
    }
}
