//! One suite over the table of processors: what holds for every one of them.

mod changes;
mod exactness;
mod latency;
mod readings;
mod recovery;
mod robustness;

use assert_no_alloc::assert_no_alloc;

use super::{Clock, PROCESSORS, ParamInfo, ProcessorInfo, ProcessorKind, Scale, Setup, build};
use crate::convolution::{Convolution, Latency, Response};
use crate::insert::Insert;
use crate::testing::noise;

/// Aborts the test when code under `assert_no_alloc` allocates or frees.
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

/// Something that happens to an insert.
#[derive(Clone, Copy, Debug)]
enum Event {
    Param(u16, f32),
    Bypass(bool),
    Mix(f32),
    /// The song is here, at 120 to 240 beats a minute.
    Song(f64, bool),
}

/// An insert, its input and what happens to it when.
#[derive(Clone, Debug)]
struct Scene {
    row: &'static ProcessorInfo,
    setup: Setup,
    values: Vec<(u16, f32)>,
    input: Vec<Vec<f32>>,
    key: Option<[Vec<f32>; 2]>,
    /// Sorted by frame.
    events: Vec<(usize, Event)>,
    /// Absolute frame of the first one.
    start: u64,
    /// What a convolution convolves with, mono; empty: nothing.
    response: Vec<f32>,
}

impl Scene {
    /// `frames` of noise at -12 dBFS through the defaults of `row`.
    fn new(row: &'static ProcessorInfo, channels: usize, frames: usize) -> Self {
        let channel = |c| noise(c).take(frames).map(|x| 0.25 * x).collect();
        Self {
            row,
            setup: Setup::new(48_000.0, channels).unwrap(),
            values: Vec::new(),
            input: (1..=channels as u64).map(channel).collect(),
            key: None,
            events: Vec::new(),
            start: 0,
            response: decay(3_000),
        }
    }

    fn frames(&self) -> usize {
        self.input[0].len()
    }

    fn insert(&self, max_block: usize) -> Insert {
        let mut processor = build(self.row.kind, self.setup, &self.values).unwrap();
        if self.row.kind == ProcessorKind::Convolution && !self.response.is_empty() {
            let row = |(row, _): &&(u16, f32)| *row == Convolution::LATENCY;
            let latency = self.values.iter().find(row).map_or(0.0, |row| row.1);
            let (channels, rate) = (self.setup.channels, self.setup.sample_rate);
            let latency = Latency::from_value(latency);
            let own = std::slice::from_ref(&self.response);
            let response = Response::new(own, channels, rate, latency);
            assert!(processor.exchange(Box::new(response.unwrap())).is_none());
        }
        Insert::new(processor, self.setup, max_block)
    }

    /// The output of a fresh insert, called at every event and in pieces of at most the `cuts`,
    /// in turn.
    fn render(&self, cuts: &[usize]) -> Vec<Vec<f32>> {
        let longest = cuts.iter().copied().max().unwrap_or(1);
        self.render_with(&mut self.insert(longest.min(1000)), cuts)
    }

    fn render_with(&self, insert: &mut Insert, cuts: &[usize]) -> Vec<Vec<f32>> {
        let mut output = self.input.clone();
        apply(insert, Event::Song(1.25, true), self.start);
        let (mut frame, mut events) = (0, self.events.iter().peekable());
        for cut in cuts.iter().cycle() {
            while let Some((_, event)) = events.next_if(|(when, _)| *when <= frame) {
                apply(insert, *event, self.start + frame as u64);
            }
            let next = events.peek().map_or(self.frames(), |(when, _)| *when);
            let end = next.min(frame + cut).min(self.frames());
            self.process(insert, &mut output, frame..end);
            frame = end;
            if frame == self.frames() {
                break;
            }
        }
        output
    }

    fn process(&self, insert: &mut Insert, output: &mut [Vec<f32>], range: std::ops::Range<usize>) {
        let at = self.start + range.start as u64;
        let mut io: Vec<&mut [f32]> = output.iter_mut().map(|c| &mut c[range.clone()]).collect();
        let key = self
            .key
            .as_ref()
            .map(|[l, r]| [&l[range.clone()], &r[range.clone()]]);
        let key = key.as_ref().map(|key| &key[..]);
        assert_no_alloc(|| insert.process(at, &mut io, key));
    }

    /// The input, delayed by the insert's latency.
    fn delayed(&self) -> Vec<Vec<f32>> {
        let latency = self.insert(1).latency() as usize;
        let delay = |channel: &Vec<f32>| {
            let silence = std::iter::repeat_n(0.0, latency);
            silence
                .chain(channel.iter().copied())
                .take(channel.len())
                .collect()
        };
        self.input.iter().map(delay).collect()
    }

    /// Values under which the processor does nothing but delay; `None` when there are none.
    fn neutral(mut self) -> Option<Self> {
        let param = |id| self.row.param(id).unwrap();
        self.values = match self.row.id {
            "compressor" | "gate" | "deesser" => vec![(param("ratio"), 1.0)],
            "saturator" => vec![(param("shape"), 0.0)],
            "eq" => (0..16).map(|band| (band * 8, 1.0)).collect(),
            "chorus" | "flanger" | "phaser" => vec![(param("amount"), 0.0)],
            "convolution" => {
                self.response.clear();
                Vec::new()
            }
            "delay" | "reverb" => return None,
            _ => Vec::new(),
        };
        Some(self)
    }
}

/// A short room: decaying noise of an energy of about 1.
fn decay(frames: usize) -> Vec<f32> {
    let level = |n: usize| 0.06 * (-6.0 * n as f32 / frames as f32).exp();
    let noise = noise(5).take(frames).enumerate();
    noise.map(|(n, x)| x * level(n)).collect()
}

fn apply(insert: &mut Insert, event: Event, at: u64) {
    assert_no_alloc(|| match event {
        Event::Param(row, value) => insert.set_param(row, value),
        Event::Bypass(bypass) => insert.set_bypass(bypass),
        Event::Mix(mix) => insert.set_mix(mix),
        Event::Song(beats, playing) => insert.set_clock(Clock {
            at,
            bpm: 120.0 * (1.0 + beats.fract()),
            beats,
            playing,
        }),
    });
}

/// True for processors whose channels are not to sound alike.
fn tells_channels_apart(row: &ProcessorInfo) -> bool {
    matches!(row.id, "reverb" | "stereo")
}

/// The value of a parameter at `position`, 0..1, of its range.
fn value_at(row: &ParamInfo, position: f32) -> f32 {
    let value = match row.scale {
        Scale::Linear => row.min + (row.max - row.min) * position,
        Scale::Log => row.min * (row.max / row.min).powf(position),
        Scale::Choice(_) | Scale::Toggle => (row.max * position).round(),
    };
    value.clamp(row.min, row.max)
}

/// A random setting of every parameter; a third keep their default.
fn random_values(row: &ProcessorInfo, seed: u64) -> Vec<(u16, f32)> {
    let mut random = noise(seed).map(|x| 0.5 * x + 0.5);
    let mut values = Vec::new();
    for (number, info) in (0..).zip(row.params) {
        let (keep, position) = (random.next().unwrap(), random.next().unwrap());
        if keep > 0.33 {
            values.push((number, value_at(info, position)));
        }
    }
    values
}

fn assert_same(a: &[Vec<f32>], b: &[Vec<f32>], what: &str) {
    for (channel, (a, b)) in a.iter().zip(b).enumerate() {
        let differs = |(a, b): (&f32, &f32)| a.to_bits() != b.to_bits() && a != b;
        let frame = a.iter().zip(b).position(differs);
        assert_eq!(frame, None, "{what}: first difference on channel {channel}");
        assert_eq!(a.len(), b.len());
    }
}
