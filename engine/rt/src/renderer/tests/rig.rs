//! A renderer with three buses and five sounds, whose audio thread must not allocate.

use std::collections::VecDeque;

use segue_dsp::processor::{self, ProcessorKind, Setup};
use segue_dsp::simd::SimdLevel;

use super::*;
use crate::graph::{Graph, GraphCommit, InsertMeta, NewProcessor, SendTap, Strip};
use crate::ids::{InsertId, SendId, SoundId};
use crate::limits::LIMITS;
use crate::sound::{Planes, SoundSettings};
use crate::tempo::TimeSignature;

pub(super) const RATE: u32 = 48_000;
/// Frames of every sound.
pub(super) const FRAMES: usize = 9_000;

pub(super) struct Rig {
    pub(super) renderer: Renderer,
    pub(super) link: Link,
    pub(super) graph: Graph,
    commit: GraphCommit,
    pub(super) buses: [BusId; 3],
    pub(super) insert: InsertId,
    pub(super) send: SendId,
    /// Everything that was rendered, left and right.
    pub(super) out: [Vec<f32>; 2],
    pub(super) retired: Vec<Retired>,
}

pub(super) fn setup(simd: SimdLevel) -> RendererSetup {
    let rate = f64::from(RATE);
    RendererSetup {
        sample_rate: RATE,
        limits: Limits {
            real_voices: 6,
            virtual_voices: 32,
            sounds: 8,
            buses: 8,
            commands: 256,
            ..Limits::default()
        },
        policy: VoicePolicy::new(rate),
        simd,
        lanes: (2, 16_384),
        record: true,
        clock: || 0,
    }
}

impl Rig {
    pub(super) fn new(setup: &RendererSetup) -> Self {
        assert!(LIMITS.iter().any(|row| row.name == "real_voices"));
        let tempo = TempoMap::constant(RATE, 600.0, TimeSignature::default()).unwrap();
        let (renderer, link) = renderer(setup, tempo).unwrap();
        let mut graph = Graph::new(&setup.limits);
        let master = graph.master();
        let a = graph.add_bus("a", master).unwrap();
        let b = graph.add_bus("b", a).unwrap();
        let send = graph.add_send(b, master, 0.5, SendTap::PostFader).unwrap();
        let mixer = MixerSetup {
            sample_rate: f64::from(RATE),
            limits: setup.limits.clone(),
        };
        let mut rig = Self {
            renderer,
            link,
            graph,
            commit: GraphCommit::new(&mixer),
            buses: [master, a, b],
            insert: InsertId::new(0, 1),
            send,
            out: [vec![], vec![]],
            retired: vec![],
        };
        let (insert, processor) = rig.new_insert(a, ProcessorKind::Eq);
        rig.insert = insert;
        rig.commit(0, vec![processor]);
        rig.install(0, Install::Sounds(sounds()));
        rig
    }

    pub(super) fn new_insert(
        &mut self,
        bus: BusId,
        kind: ProcessorKind,
    ) -> (InsertId, NewProcessor) {
        self.new_insert_with(bus, kind, &[])
    }

    pub(super) fn new_insert_with(
        &mut self,
        bus: BusId,
        kind: ProcessorKind,
        values: &[(&str, f32)],
    ) -> (InsertId, NewProcessor) {
        let setup = Setup {
            sample_rate: f64::from(RATE),
            channels: 2,
        };
        let info = processor::info(kind);
        let values = values.iter();
        let values: Vec<_> = values
            .map(|(id, value)| (info.param(id).unwrap(), *value))
            .collect();
        let processor = processor::build(kind, setup, &values).unwrap();
        let meta = InsertMeta {
            kind: kind as u16,
            latency: processor.latency(),
            key: None,
            mix: 1.0,
            bypass: false,
        };
        let id = self.graph.add_insert(bus, 0, meta).unwrap();
        (id, (id, processor))
    }

    /// Queues the graph as it is for frame `at`.
    pub(super) fn commit(&mut self, at: u64, mut processors: Vec<NewProcessor>) {
        let update = self.commit.commit(&self.graph, &mut processors).unwrap();
        self.install(at, Install::Graph(update));
    }

    pub(super) fn install(&mut self, at: u64, install: Install) {
        assert!(self.push(at, Command::Install(install)).is_ok());
    }

    pub(super) fn at(&mut self, at: u64, plain: Plain) {
        assert!(self.push(at, Command::Plain(plain)).is_ok());
    }

    pub(super) fn start(&mut self, at: u64, id: u64, params: VoiceParams) {
        let voice = VoiceId(id);
        self.at(at, Plain::Voice(VoiceCommand::Start { voice, params }));
    }

    pub(super) fn push(&mut self, at: u64, command: Command) -> Result<(), Box<Command>> {
        self.link.commands.push(at, command).map(|_| ())
    }

    /// A quiet voice of a sound on a bus.
    pub(super) fn sound(&self, index: u32, bus: usize) -> VoiceParams {
        VoiceParams {
            gain: 0.1,
            ..VoiceParams::new(SoundId::new(index, 1), self.buses[bus])
        }
    }

    /// Renders `frames` frames in one block.
    pub(super) fn block(&mut self, frames: usize) {
        let mut sides = [vec![0.0; frames], vec![0.0; frames]];
        let [left, right] = &mut sides;
        let out = &mut [left.as_mut_slice(), right.as_mut_slice()];
        // Freeing aborts the test as allocating does.
        assert_no_alloc::assert_no_alloc(|| self.renderer.process(out));
        for (all, side) in self.out.iter_mut().zip(sides) {
            all.extend(side);
        }
        while let Ok(retired) = self.link.retired.pop() {
            self.retired.push(retired);
        }
    }

    /// Renders up to frame `end` in blocks of the given sizes, over and over.
    pub(super) fn run(&mut self, end: u64, blocks: &[usize]) {
        let mut sizes: VecDeque<usize> = blocks.iter().copied().collect();
        while self.renderer.now() < end {
            sizes.rotate_left(1);
            let left = usize::try_from(end - self.renderer.now()).unwrap();
            self.block(sizes.back().copied().unwrap_or(64).min(left));
        }
    }

    pub(super) fn reports(&mut self) -> Vec<VoiceReport> {
        std::iter::from_fn(|| self.link.reports.pop().ok()).collect()
    }

    pub(super) fn log(&mut self) -> Vec<LogRow> {
        let log = self.link.log.as_mut().unwrap();
        std::iter::from_fn(|| log.pop().ok()).collect()
    }

    pub(super) fn bits(&self) -> Vec<u32> {
        self.out.iter().flatten().map(|x| x.to_bits()).collect()
    }
}

/// Sample `n` of channel `channel` of every sound.
pub(super) fn sample(channel: usize, n: usize) -> f32 {
    let n = n + 4_000 * channel;
    (n as f32 * 0.03).sin() * 0.5 + ((n * 7_919) % 101) as f32 / 500.0
}

pub(super) fn plane(channel: usize, frames: usize) -> Vec<f32> {
    (0..frames).map(|n| sample(channel, n)).collect()
}

/// 0 mono, 1 stereo, 2 mono of 16 bits, 3 stereo with a head of 1,000 frames, 4 mono likewise.
fn sounds() -> SoundBatch {
    let (left, right) = (plane(0, FRAMES), plane(1, FRAMES));
    let short: Vec<i16> = left.iter().map(|x| (x * 30_000.0) as i16).collect();
    let settings = SoundSettings::default();
    let resident = |planes: &Planes| Sound::resident(planes, settings).unwrap();
    let head = |planes: &Planes| Sound::streamed(planes, FRAMES as u64, settings).unwrap();
    let all = [
        resident(&Planes::F32(&[&left])),
        resident(&Planes::F32(&[&left, &right])),
        resident(&Planes::I16(&[&short])),
        head(&Planes::F32(&[&left[..1_000], &right[..1_000]])),
        head(&Planes::F32(&[&left[..1_000]])),
    ];
    let numbered = (0..).zip(all);
    let batch = numbered.map(|(n, sound)| Some((SoundId::new(n, 1), Box::new(sound))));
    batch.collect()
}

/// A strip that differs from the default.
pub(super) fn quiet() -> Strip {
    Strip {
        gain: 0.25,
        ..Strip::default()
    }
}
