//! The plug-ins as VST3, driven by the host of `segue-vst3-host`.

mod busses;
mod same;

use std::ffi::c_void;

use segue_plugin::{Kind, Param};
use segue_vst3_host::{Block, Rig};
use vst3::ComPtr;
use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;

use crate::host::{Event, Stereo};
use crate::unit::{Song, Unit};

unsafe extern "system" {
    /// What the library exports.
    fn GetPluginFactory() -> *mut c_void;
}

/// One instance.
pub(crate) struct Vst {
    pub(crate) rig: Rig,
    is_running: bool,
    inputs: usize,
    /// Busses that the host passes.
    pub(crate) outputs: usize,
}

pub(crate) fn factory() -> ComPtr<IPluginFactory> {
    // SAFETY: the library returns a factory with one reference.
    unsafe { segue_vst3_host::factory(GetPluginFactory()) }
}

/// The class of a plug-in, which the factory lists in the order of [`Kind::ALL`].
fn class(factory: &ComPtr<IPluginFactory>, kind: Kind) -> TUID {
    let index = Kind::ALL.iter().position(|other| *other == kind).unwrap();
    // SAFETY: plain numbers, for which zero is valid; the place is on the stack.
    unsafe {
        let mut info: PClassInfo = std::mem::zeroed();
        let result = factory.getClassInfo(i32::try_from(index).unwrap(), &raw mut info);
        assert_eq!(result, kResultOk);
        info.cid
    }
}

impl Vst {
    pub(crate) fn new(kind: Kind) -> Self {
        let factory = factory();
        let mut rig = Rig::new(&factory, &class(&factory, kind));
        rig.part = 1_000;
        Self {
            rig,
            is_running: false,
            inputs: if kind == Kind::Effect { 2 } else { 0 },
            outputs: 1,
        }
    }

    /// A value between 0 and 1.
    pub(crate) fn normalized(param: Param, value: f64) -> f64 {
        let (min, max, _) = param.range();
        (value - min) / (max - min)
    }

    /// The parameter that stands for a MIDI controller.
    fn proxy(&self, controller: i16) -> Option<u32> {
        let mapping = self.rig.component.cast::<IMidiMapping>().unwrap();
        let mut id = 0;
        // SAFETY: the place is on the stack.
        let result = unsafe { mapping.getMidiControllerAssignment(0, 0, controller, &raw mut id) };
        (result == kResultOk).then_some(id)
    }

    /// A block of this host with all its busses.
    pub(crate) fn block(&self, frames: usize, inputs: &[Stereo]) -> Block {
        let bus = |pair: &Stereo| pair.iter().map(|side| Some(side.clone())).collect();
        let silence = || segue_vst3_host::stereo(frames, 0.0);
        Block {
            frames,
            inputs: (0..self.inputs)
                .map(|port| inputs.get(port).map_or_else(silence, bus))
                .collect(),
            outputs: (0..self.outputs)
                .map(|_| segue_vst3_host::stereo(frames, 9.0))
                .collect(),
            ..Block::default()
        }
    }

    /// Puts an event into the lists of a block, as far as VST3 has it.
    pub(crate) fn add(&self, block: &mut Block, time: usize, event: Event) {
        let time = i32::try_from(time).unwrap();
        let mut change = |id, value| block.changes.push((id, time, value));
        match event {
            Event::Value(param, value) => change(param.number(), Self::normalized(param, value)),
            Event::Midi([status, a, b]) => match status >> 4 {
                9 if b > 0 => block.events.push(on(time, a, f32::from(b) / 127.0)),
                8 | 9 => block.events.push(off(time, a)),
                11 => {
                    if let Some(id) = self.proxy(i16::from(a)) {
                        change(id, f64::from(b) / 127.0);
                    }
                }
                _ => {}
            },
            Event::On(key, velocity) => {
                block
                    .events
                    .push(on(time, key, segue_engine::to_f32(velocity)))
            }
            Event::Off(key) => block.events.push(off(time, key)),
            Event::Mod(..) | Event::Choke(_) => {}
        }
    }

    /// Pairs of all outputs after a block.
    pub(crate) fn outs(block: &Block) -> Vec<Stereo> {
        let pair = |bus: usize| [0, 1].map(|side| block.out(bus, side).to_vec());
        (0..block.outputs.len()).map(pair).collect()
    }
}

fn on(time: i32, key: u8, velocity: f32) -> vst3::Steinberg::Vst::Event {
    segue_vst3_host::note(time, i16::from(key), velocity, i32::from(key))
}

fn off(time: i32, key: u8) -> vst3::Steinberg::Vst::Event {
    let mut event = segue_vst3_host::note(time, 0, 0.0, 0);
    event.r#type = Event_::EventTypes_::kNoteOffEvent as u16;
    event.__field0 = Event__type0 {
        noteOff: NoteOffEvent {
            channel: 0,
            pitch: i16::from(key),
            velocity: 0.0,
            noteId: i32::from(key),
            tuning: 0.0,
        },
    };
    event
}

fn context(song: Song) -> ProcessContext {
    use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_::*;
    // SAFETY: plain numbers, for which zero is valid.
    let mut context: ProcessContext = unsafe { std::mem::zeroed() };
    let state = [
        (true, kTempoValid | kProjectTimeMusicValid | kTimeSigValid),
        (song.playing, kPlaying),
        (song.range.is_some(), kCycleActive | kCycleValid),
    ];
    let set = state.iter().filter(|(is_set, _)| *is_set);
    context.state = set.fold(0, |all, (_, flag)| all | *flag as u32);
    context.sampleRate = 48_000.0;
    context.tempo = song.bpm;
    context.projectTimeMusic = song.beats;
    (context.cycleStartMusic, context.cycleEndMusic) = song.range.unwrap_or_default();
    context.timeSigNumerator = i32::from(song.signature.0);
    context.timeSigDenominator = i32::from(song.signature.1);
    context
}

impl Unit for Vst {
    fn start(&mut self, rate: f64, max: usize) {
        self.rig.start(rate, max);
        self.is_running = true;
    }
    fn stop(&mut self) {
        self.rig.deactivate();
        self.is_running = false;
    }
    fn is_running(&self) -> bool {
        self.is_running
    }
    fn load(&mut self, state: &[u8]) -> bool {
        self.rig.load(state) == kResultOk
    }
    fn save(&mut self) -> Vec<u8> {
        self.rig.save()
    }
    fn value(&mut self, param: Param) -> f64 {
        let (min, max, _) = param.range();
        min + self.rig.value(param.number()) * (max - min)
    }
    fn latency(&mut self) -> u32 {
        // SAFETY: no pointers.
        unsafe { self.rig.processor.getLatencySamples() }
    }
    fn idle(&mut self) {
        self.rig.ear.turn();
        self.rig.ear.heard();
    }
    fn reset(&mut self) {
        // SAFETY: no pointers.
        unsafe {
            self.rig.processor.setProcessing(0);
            self.rig.processor.setProcessing(1);
        }
    }
    fn set_offline(&mut self, is_offline: bool) {
        self.rig.mode = if is_offline { 2 } else { 0 };
    }
    fn select(&mut self, is_multi: bool) {
        for bus in 0..17 {
            self.rig.activate_bus(false, bus, bus == 0 || is_multi);
        }
        self.outputs = if is_multi { 17 } else { 1 };
    }
    fn run(
        &mut self,
        frames: usize,
        inputs: &[Stereo],
        events: &[(usize, Event)],
        song: Option<Song>,
    ) -> Vec<Stereo> {
        let mut block = self.block(frames, inputs);
        for (time, event) in events {
            self.add(&mut block, *time, *event);
        }
        block.changes.sort_by_key(|(id, time, _)| (*id, *time));
        block.context = song.map(context);
        assert_eq!(self.rig.process(&mut block), kResultOk);
        Vst::outs(&block)
    }
}

impl Drop for Vst {
    fn drop(&mut self) {
        if self.is_running {
            self.stop();
        }
    }
}
