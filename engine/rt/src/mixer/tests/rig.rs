//! A mixer on a bench: graph, commit and mixer, a clock, and sources on every bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use assert_no_alloc::assert_no_alloc;
use segue_dsp::processor::{Processor, Tail};

use super::super::*;
use crate::graph::{Graph, GraphCommit, InsertMeta, NewProcessor};
use crate::ids::InsertId;

pub(super) const RATE: f64 = 48_000.0;

/// What voices play: a sample for a bus and an absolute frame.
pub(super) type Source = fn(BusId, u64) -> f32;

pub(super) struct Rig {
    pub(super) graph: Graph,
    pub(super) commit: GraphCommit,
    pub(super) mixer: Mixer,
    pub(super) at: u64,
    pub(super) source: Source,
    /// Buses that voices play on, with the frame of their first sound.
    heard: Vec<(BusId, Option<u64>)>,
    /// Frames within which the voices of a bus fade in.
    pub(super) onset: u64,
    /// True when spans are not cut where the mixer wants it.
    pub(super) uncut: bool,
    /// Left and right of the master since the beginning.
    pub(super) out: [Vec<f32>; 2],
    pub(super) new: Vec<NewProcessor>,
    /// Updates that were handed back.
    #[allow(clippy::vec_box, reason = "updates travel in boxes")]
    pub(super) refused: Vec<Box<GraphUpdate>>,
    /// Processors that were dropped.
    pub(super) dropped: Arc<AtomicUsize>,
}

impl Rig {
    pub(super) fn new(source: Source) -> Self {
        let setup = MixerSetup {
            sample_rate: RATE,
            limits: Limits::default(),
        };
        Self {
            graph: Graph::new(&setup.limits),
            commit: GraphCommit::new(&setup),
            mixer: Mixer::new(&setup),
            at: 0,
            source,
            heard: Vec::new(),
            onset: 0,
            uncut: false,
            out: [Vec::new(), Vec::new()],
            new: Vec::new(),
            refused: Vec::new(),
            dropped: Arc::default(),
        }
    }

    pub(super) fn bus(&mut self, name: &str, output: &str) -> BusId {
        let output = self.graph.find(output).unwrap();
        self.graph.add_bus(name, output).unwrap()
    }

    /// Adds an insert of this kind as the last one of a bus.
    pub(super) fn insert(&mut self, bus: BusId, kind: Kind, key: Option<BusId>) -> InsertId {
        let meta = InsertMeta {
            kind: 0,
            latency: kind.latency(),
            key,
            mix: 1.0,
            bypass: false,
        };
        let last = self.graph.bus(bus).unwrap().inserts.len();
        let id = self.graph.add_insert(bus, last, meta).unwrap();
        let processor = Probe::new(kind, Arc::clone(&self.dropped));
        self.new.push((id, Box::new(processor)));
        id
    }

    /// Commits the graph and installs it at the present frame.
    pub(super) fn install(&mut self) {
        let update = self.commit.commit(&self.graph, &mut self.new).unwrap();
        for bus in self.graph.buses() {
            if self.heard.iter().all(|(id, _)| *id != bus.id) {
                self.heard.push((bus.id, None));
            }
        }
        let (mixer, at) = (&mut self.mixer, self.at);
        let refused = assert_no_alloc(|| mixer.install(at, update));
        self.refused.extend(refused);
        self.retire();
    }

    pub(super) fn apply(&mut self, command: MixerCommand) -> Result<(), Reason> {
        let (mixer, at) = (&mut self.mixer, self.at);
        assert_no_alloc(|| mixer.apply(at, &command))
    }

    /// Runs `frames` in spans of 64.
    pub(super) fn run(&mut self, frames: u64) {
        self.run_split(frames, &mut std::iter::repeat(64));
    }

    /// Runs `frames` in spans of the given lengths, cut where the mixer wants it unless `uncut`.
    #[allow(clippy::cast_possible_truncation, reason = "at most MAX_SPAN")]
    pub(super) fn run_split(&mut self, frames: u64, spans: &mut dyn Iterator<Item = usize>) {
        let end = self.at + frames;
        while self.at < end {
            let wish = spans.next().unwrap_or(64).min(MAX_SPAN) as u64;
            let mut stop = end.min(self.at + wish);
            if !self.uncut {
                stop = stop.min(self.mixer.next_boundary(self.at));
            }
            self.span((stop - self.at) as usize);
            self.retire();
        }
    }

    fn span(&mut self, frames: usize) {
        let (mixer, at, source) = (&mut self.mixer, self.at, self.source);
        let (heard, onset) = (&mut self.heard, self.onset);
        assert_no_alloc(|| {
            mixer.begin(frames);
            for (bus, first) in heard {
                if let Some(input) = mixer.input(*bus) {
                    let first = *first.get_or_insert(at);
                    feed(input, at, |n| source(*bus, n) * fade_in(n - first, onset));
                }
            }
            mixer.process(at, frames);
        });
        for (all, channel) in self.out.iter_mut().zip(mixer.output()) {
            all.extend_from_slice(&channel[..frames]);
        }
        self.at += frames as u64;
    }

    pub(super) fn retire(&mut self) {
        while let Some(update) = self.mixer.take_retired() {
            self.commit.retire(update);
        }
    }

    /// Bits of everything that was put out.
    pub(super) fn bits(&self) -> Vec<u32> {
        self.out.iter().flatten().map(|x| x.to_bits()).collect()
    }

    /// The last frame of the left channel.
    pub(super) fn last(&self) -> f32 {
        *self.out[0].last().unwrap()
    }
}

/// Adds the source to both channels of a bus, the right one at half level.
fn feed([left, right]: [&mut [f32]; 2], at: u64, source: impl Fn(u64) -> f32) {
    for ((n, l), r) in (at..).zip(left).zip(right) {
        let x = source(n);
        *l += x;
        *r += 0.5 * x;
    }
}

#[allow(clippy::cast_precision_loss, reason = "a short fade")]
fn fade_in(frame: u64, frames: u64) -> f32 {
    if frame < frames {
        frame as f32 / frames as f32
    } else {
        1.0
    }
}

/// What a [`Probe`] does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Delays by so many frames, and reports it as latency.
    Delay(u32),
    /// y = x - key.
    Minus,
    /// One-pole low-pass, which never quite falls silent.
    Smooth,
    /// NaN at this frame, and at every later one until it is reset.
    Poison(u64),
    /// Gain.
    Times(f32),
    /// Adds how many frames it has seen, so that each one too many shows.
    Count,
}

impl Kind {
    fn latency(self) -> u32 {
        match self {
            Self::Delay(frames) => frames,
            _ => 0,
        }
    }
}

/// A processor that shows what happens to it.
pub(super) struct Probe {
    kind: Kind,
    memory: [Vec<f32>; 2],
    place: usize,
    ill: bool,
    dropped: Arc<AtomicUsize>,
}

impl Probe {
    pub(super) fn new(kind: Kind, dropped: Arc<AtomicUsize>) -> Self {
        let len = kind.latency().max(1) as usize;
        Self {
            kind,
            memory: [vec![0.0; len], vec![0.0; len]],
            place: 0,
            ill: false,
            dropped,
        }
    }

    fn frame(&mut self, at: u64, x: [&mut f32; 2], key: [f32; 2]) {
        let ill = self.ill;
        for (c, x) in x.into_iter().enumerate() {
            let memory = &mut self.memory[c][self.place];
            *x = match self.kind {
                Kind::Delay(0) => *x,
                Kind::Delay(_) => std::mem::replace(memory, *x),
                Kind::Minus => *x - key[c],
                Kind::Smooth => {
                    *memory += 0.1 * (*x - *memory);
                    *memory
                }
                Kind::Poison(when) if ill || at == when => f32::NAN,
                Kind::Poison(_) => *x,
                Kind::Times(gain) => *x * gain,
                Kind::Count => {
                    *memory += 1.0;
                    *x + *memory
                }
            };
        }
        self.ill |= matches!(self.kind, Kind::Poison(when) if at == when);
        self.place = (self.place + 1) % self.memory[0].len();
    }
}

impl Processor for Probe {
    fn latency(&self) -> u32 {
        self.kind.latency()
    }

    fn tail(&self) -> Tail {
        Tail::Frames(u64::from(self.kind.latency()))
    }

    fn reset(&mut self) {
        self.memory.iter_mut().for_each(|m| m.fill(0.0));
        (self.place, self.ill) = (0, false);
    }

    fn set_param(&mut self, _: u16, value: f32) {
        self.kind = Kind::Times(value);
    }

    fn process(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>) {
        let [left, right] = io else { return };
        for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            let key = key.map_or([*l, *r], |key| [key[0][i], key[1][i]]);
            self.frame(at + i as u64, [l, r], key);
        }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Relaxed);
    }
}
