//! `engine`: what Segue costs besides its voices. The peers have no counterpart to most of this.
//!
//! | row | meaning |
//! |---|---|
//! | `set-parameter` | one gain command for a running voice, as the caller sees it |
//! | `64 buses busy` | a block of 64 buses in a graph with a send each, an equaliser of four bands and a compressor on each, one voice into each |
//! | `64 buses idle` | the same after its voices have ended and everything has rung out |
//! | `voice`, `virtual voice` | bytes of the pools for one voice, indices not counted |

use segue_dsp::processor::{self, ProcessorKind, Setup};
use segue_dsp::simd::SimdLevel;
use segue_rt::graph::{InsertMeta, NewProcessor, SendTap};
use segue_rt::ids::{BusId, SoundId, VoiceId};
use segue_rt::limits::Limits;
use segue_rt::voices::{LoopSpec, VoiceCommand, VoiceParams, Voices};

use crate::clock::{Plan, median, nanos, overhead};
use crate::report::Report;
use crate::subject::{BLOCK, Contender, RATE, Result};
use crate::subjects::segue::{Engine, failed};
use crate::workload::Workload;

/// Runs everything for the row `segue`, where it takes part.
pub(crate) fn engine(contenders: &[Contender], plan: Plan, report: &mut Report) -> Result<()> {
    let Some(segue) = contenders.iter().find(|c| c.name == "segue") else {
        return Ok(());
    };
    let mut row = |name, unit, value| report.value("engine", name, segue, unit, value);
    row("set-parameter", "ns/call", set_parameter(plan)?);
    let [busy, idle] = buses(plan)?;
    row("64 buses busy", "us/block", busy);
    row("64 buses idle", "us/block", idle);
    row("voice", "bytes", Voices::BYTES_PER_VOICE as f64);
    let bytes = Voices::BYTES_PER_VIRTUAL_VOICE as f64;
    row("virtual voice", "bytes", bytes);
    Ok(())
}

fn set_parameter(plan: Plan) -> Result<f64> {
    const CALLS: u32 = 1_000;
    let mut studio = Studio::new()?;
    studio.engine.commit_graph(&mut vec![])?;
    studio.start(1, studio.engine.graph.master())?;
    let cost = overhead();
    let mut each = Vec::new();
    for _ in 0..plan.rounds * plan.blocks {
        studio.block();
        let (spent, done) = nanos(cost, || {
            (0..CALLS).try_for_each(|n| {
                studio.engine.voice(VoiceCommand::Gain {
                    voice: VoiceId(1),
                    gain: if n % 2 == 0 { 0.1 } else { 0.2 },
                    ramp: 480,
                })
            })
        });
        done?;
        each.push(spent / f64::from(CALLS));
    }
    Ok(median(&mut each))
}

fn buses(plan: Plan) -> Result<[f64; 2]> {
    let mut studio = Studio::new()?;
    let mut processors = Vec::new();
    let mut all = vec![studio.engine.graph.master()];
    studio.dress(all[0], &mut processors)?;
    for n in 1..Limits::default().buses {
        let output = all[(n - 1) / 2];
        let graph = &mut studio.engine.graph;
        let bus = graph.add_bus(&format!("bus {n}"), output).map_err(failed)?;
        graph
            .add_send(bus, all[n / 3], 0.1, SendTap::PostFader)
            .map_err(failed)?;
        studio.dress(bus, &mut processors)?;
        all.push(bus);
    }
    studio.engine.commit_graph(&mut processors)?;
    for (voice, bus) in (1..).zip(&all) {
        studio.start(voice, *bus)?;
    }
    let busy = studio.blocks(plan);
    studio.engine.voice(VoiceCommand::StopAll { fade: 480 })?;
    for _ in 0..20 * RATE as usize / BLOCK {
        studio.block();
    }
    Ok([busy, studio.blocks(plan)])
}

/// An engine with the sounds of W1 and somewhere to put its blocks.
struct Studio {
    engine: Engine,
    frames: u64,
    out: [[f32; BLOCK]; 2],
}

impl Studio {
    fn new() -> Result<Self> {
        let setup = Workload::statics(64).setup;
        let mut engine = Engine::new(Limits::default(), SimdLevel::detect())?;
        engine.install(&setup)?;
        Ok(Self {
            engine,
            frames: setup.assets[1].frames as u64,
            out: [[0.0; BLOCK]; 2],
        })
    }

    /// A stereo loop.
    fn start(&mut self, voice: u64, bus: BusId) -> Result<()> {
        let mut params = VoiceParams::new(SoundId::new(1, 1), bus);
        params.gain = 0.1;
        params.pitch = 1.1;
        params.looping = LoopSpec {
            start: 0,
            end: self.frames,
            count: 0,
        };
        let voice = VoiceId(voice);
        self.engine.voice(VoiceCommand::Start { voice, params })
    }

    /// Puts an equaliser and a compressor on a bus.
    fn dress(&mut self, bus: BusId, processors: &mut Vec<NewProcessor>) -> Result<()> {
        // On and gain of the first four bands of eight rows each.
        let bands: Vec<(u16, f32)> = (0..4_u16)
            .flat_map(|band| [(8 * band, 1.0), (8 * band + 3, 3.0)])
            .collect();
        for (kind, values) in [
            (ProcessorKind::Eq, bands.as_slice()),
            (ProcessorKind::Compressor, &[]),
        ] {
            let setup = Setup {
                sample_rate: f64::from(RATE),
                channels: 2,
            };
            let processor = processor::build(kind, setup, values).map_err(failed)?;
            let meta = InsertMeta {
                kind: kind as u16,
                latency: processor.latency(),
                key: None,
                mix: 1.0,
                bypass: false,
            };
            let graph = &mut self.engine.graph;
            let position = graph.bus(bus).map_err(failed)?.inserts.len();
            let id = graph.add_insert(bus, position, meta).map_err(failed)?;
            processors.push((id, processor));
        }
        Ok(())
    }

    fn block(&mut self) {
        let [left, right] = &mut self.out;
        self.engine.render(left, right);
        self.engine.collect();
    }

    /// Median microseconds of a block, after a second.
    fn blocks(&mut self, plan: Plan) -> f64 {
        let cost = overhead();
        for _ in 0..RATE as usize / BLOCK {
            self.block();
        }
        let times = (0..plan.rounds * plan.blocks).map(|_| nanos(cost, || self.block()).0 / 1e3);
        median(&mut times.collect::<Vec<_>>())
    }
}
