//! Segue: `Renderer` and `Link`, as the facade drives them. Every voice plays into the master bus.
//!
//! A retarget is three commands, each with a ramp of 10 ms. The rows differ in the interpolation of their voices and in the
//! instructions they may use; `segue` is the default of the engine on this machine.

use segue_dsp::pan;
use segue_dsp::simd::SimdLevel;
use segue_dsp::voice::Quality;
use segue_rt::command::{Command, Install, Plain};
use segue_rt::game::{GameCall, Program};
use segue_rt::graph::{Graph, GraphCommit};
use segue_rt::ids::{BusId, SoundId, VoiceId};
use segue_rt::limits::Limits;
use segue_rt::mixer::MixerSetup;
use segue_rt::renderer::{Link, Renderer, RendererSetup, Retired, renderer};
use segue_rt::sound::{Planes, Sound, SoundSettings};
use segue_rt::tempo::{TempoMap, TimeSignature};
use segue_rt::voices::{LoopSpec, VoiceCommand, VoiceParams, VoicePolicy};

use crate::asset::Asset;
use crate::subject::{
    BLOCK, Contender, Error, Heap, Mix, PanLaw, RAMP_FRAMES, RATE, Result, Role, Setup, Slot,
    Subject, count32,
};

/// The rows of this engine: the qualities, then the default quality with narrower instructions.
pub(crate) fn contenders() -> Vec<Contender> {
    let mut rows = vec![
        row("segue", "4-point Hermite", |setup| {
            boxed(setup, Quality::Hermite4, SimdLevel::detect())
        }),
        row("segue-linear", "linear", |setup| {
            boxed(setup, Quality::Linear, SimdLevel::detect())
        }),
        row("segue-sinc16", "16-tap sinc", |setup| {
            boxed(setup, Quality::Sinc16, SimdLevel::detect())
        }),
    ];
    if SimdLevel::detect() > SimdLevel::Avx2 {
        rows.push(row("segue-avx2", "4-point Hermite", |setup| {
            boxed(setup, Quality::Hermite4, SimdLevel::Avx2)
        }));
    }
    if SimdLevel::detect() > SimdLevel::Scalar {
        rows.push(row("segue-scalar", "4-point Hermite", |setup| {
            boxed(setup, Quality::Hermite4, SimdLevel::Scalar)
        }));
    }
    rows
}

fn row(
    name: &'static str,
    quality: &'static str,
    create: fn(&Setup) -> Result<Box<dyn Subject>>,
) -> Contender {
    const LAWS: [PanLaw; 2] = [
        |pan| pan::gains(pan::PanLaw::Minus3, pan).into(),
        |pan| pan::gains(pan::PanLaw::Balance, pan).into(),
    ];
    Contender {
        name,
        quality,
        role: Role::Own,
        heap: Heap::Rust,
        pan_gains: LAWS,
        supports: |_| Ok(()),
        create,
    }
}

fn boxed(setup: &Setup, quality: Quality, simd: SimdLevel) -> Result<Box<dyn Subject>> {
    Ok(Box::new(Segue::new(setup, quality, simd)?))
}

struct Segue {
    engine: Engine,
    /// What each slot starts with, but for its mix.
    slots: Vec<VoiceParams>,
    playing: Vec<VoiceId>,
    started: u64,
    out: [[f32; BLOCK]; 2],
}

impl Segue {
    fn new(setup: &Setup, quality: Quality, simd: SimdLevel) -> Result<Self> {
        let defaults = Limits::default();
        let limits = Limits {
            real_voices: setup.audible,
            virtual_voices: defaults.virtual_voices.max(setup.slots.len()),
            // Every voice may be retargeted before one block.
            commands: defaults.commands.max(3 * setup.slots.len()),
            ..defaults
        };
        let mut engine = Engine::new(limits, simd)?;
        let bus = engine.graph.master();
        engine.commit_graph(&mut vec![])?;
        engine.install(setup)?;
        let slots = setup.slots.iter();
        let slots = slots.map(|slot| params(setup, *slot, bus, quality));
        Ok(Self {
            engine,
            slots: slots.collect(),
            playing: vec![VoiceId(0); setup.slots.len()],
            started: 0,
            out: [[0.0; BLOCK]; 2],
        })
    }
}

impl Subject for Segue {
    fn start(&mut self, slot: usize, mix: Mix) -> Result<()> {
        self.started += 1;
        let voice = VoiceId(self.started);
        self.playing[slot] = voice;
        let params = VoiceParams {
            gain: mix.gain,
            pan: mix.pan,
            pitch: mix.ratio,
            ..self.slots[slot]
        };
        self.engine.voice(VoiceCommand::Start { voice, params })
    }

    fn retarget(&mut self, slot: usize, mix: Mix) -> Result<()> {
        let voice = self.playing[slot];
        let ramp = count32(RAMP_FRAMES);
        let Mix { gain, pan, ratio } = mix;
        self.engine
            .voice(VoiceCommand::Gain { voice, gain, ramp })?;
        self.engine.voice(VoiceCommand::Pan { voice, pan, ramp })?;
        self.engine
            .voice(VoiceCommand::Pitch { voice, ratio, ramp })
    }

    fn commit(&mut self) -> Result<()> {
        self.engine.collect();
        Ok(())
    }

    fn render_block(&mut self, out: &mut [f32]) -> Result<()> {
        let [left, right] = &mut self.out;
        self.engine.render(left, right);
        let pairs = left.iter().zip(&*right);
        for (frame, (left, right)) in out.chunks_exact_mut(2).zip(pairs) {
            frame[0] = *left;
            frame[1] = *right;
        }
        Ok(())
    }
}

/// A renderer with its link and its graph.
pub(crate) struct Engine {
    renderer: Renderer,
    link: Link,
    pub(crate) graph: Graph,
    commit: GraphCommit,
}

impl Engine {
    pub(crate) fn new(limits: Limits, simd: SimdLevel) -> Result<Self> {
        let rate = f64::from(RATE);
        let mixer = MixerSetup {
            sample_rate: rate,
            limits: limits.clone(),
        };
        let setup = RendererSetup {
            sample_rate: RATE,
            policy: VoicePolicy {
                max_real: limits.real_voices,
                max_virtual: limits.virtual_voices,
                ..VoicePolicy::new(rate)
            },
            limits,
            simd,
            lanes: (16, 65_536),
            record: false,
            clock: || 0,
        };
        let tempo = TempoMap::constant(RATE, 120.0, TimeSignature::default()).map_err(failed)?;
        let graph = Graph::new(&setup.limits);
        let (renderer, link) = renderer(&setup, tempo).map_err(failed)?;
        Ok(Self {
            renderer,
            link,
            graph,
            commit: GraphCommit::new(&mixer),
        })
    }

    /// Sends the graph as it is, with the processors of its new inserts.
    pub(crate) fn commit_graph(
        &mut self,
        processors: &mut Vec<segue_rt::graph::NewProcessor>,
    ) -> Result<()> {
        let update = self
            .commit
            .commit(&self.graph, processors)
            .map_err(failed)?;
        self.send(Command::Install(Install::Graph(update)))
    }

    /// Loads the assets of `setup`; the number of an asset is the index of its sound.
    pub(crate) fn install(&mut self, setup: &Setup) -> Result<()> {
        let sounds = (0..).zip(&setup.assets).map(|(index, asset)| {
            let sound = sound(asset)?;
            Ok(Some((SoundId::new(index, 1), Box::new(sound))))
        });
        let batch = sounds.collect::<Result<_>>()?;
        self.send(Command::Install(Install::Sounds(batch)))
    }

    pub(crate) fn voice(&mut self, command: VoiceCommand) -> Result<()> {
        self.send(Command::Plain(Plain::Voice(command)))
    }

    /// What carries out game calls from now on.
    pub(crate) fn program(&mut self, program: Box<dyn Program>) -> Result<()> {
        self.send(Command::Install(Install::Program(program)))
    }

    /// A game call at an absolute frame.
    pub(crate) fn game(&mut self, at: u64, call: GameCall) -> Result<()> {
        self.send_at(at, Command::Plain(Plain::Game(call)))
    }

    /// The frame of the next block.
    pub(crate) fn now(&self) -> u64 {
        self.renderer.now()
    }

    fn send(&mut self, command: Command) -> Result<()> {
        self.send_at(0, command)
    }

    fn send_at(&mut self, at: u64, command: Command) -> Result<()> {
        self.link
            .commands
            .push(at, command)
            .map(|_| ())
            .map_err(|_| failed("the command queue is full"))
    }

    /// What a control thread does now and then: reads the reports, drops what came back.
    pub(crate) fn collect(&mut self) {
        while self.link.reports.pop().is_ok() {}
        while let Ok(retired) = self.link.retired.pop() {
            match retired {
                Retired::Graph(update) => self.commit.retire(update),
                other => drop(other),
            }
        }
    }

    pub(crate) fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.renderer.process(&mut [left, right]);
    }
}

fn sound(asset: &Asset) -> Result<Sound> {
    let planes = asset.planar();
    let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
    Sound::resident(&Planes::F32(&planes), SoundSettings::default()).map_err(failed)
}

fn params(setup: &Setup, slot: Slot, bus: BusId, quality: Quality) -> VoiceParams {
    let mut params = VoiceParams::new(SoundId::new(count32(slot.asset), 1), bus);
    params.quality = quality;
    if slot.looping {
        params.looping = LoopSpec {
            start: 0,
            end: setup.assets[slot.asset].frames as u64,
            count: 0,
        };
    }
    params
}

pub(crate) fn failed(what: impl std::fmt::Display) -> Error {
    Error::Engine {
        subject: "segue",
        what: what.to_string(),
    }
}
