//! A director on the real renderer: what is heard does not depend on blocks, and another bank is
//! not heard at all.

use segue_dsp::simd::SimdLevel;
use segue_rt::command::{Command, Install, Plain, Timed};
use segue_rt::game::{GameCall, ObjectId};
use segue_rt::graph::{Graph, GraphCommit};
use segue_rt::ids::SoundId;
use segue_rt::limits::Limits;
use segue_rt::mixer::MixerSetup;
use segue_rt::renderer::{Link, Renderer, RendererSetup, renderer};
use segue_rt::sound::{Planes, Sound, SoundSettings};
use segue_rt::tempo::{TempoMap, TimeSignature};
use segue_rt::voices::VoicePolicy;

use super::splits::{everything, random_calls};
use super::stage::{RATE, SOUNDS, Stage, bank, event, play};
use crate::director::{Config, Director};
use crate::source::Interactive;

/// The renderer with the buses and sounds of the stage.
pub(super) struct Real {
    renderer: Renderer,
    link: Link,
    number: u64,
    out: Vec<f32>,
}

impl Real {
    pub(super) fn new(source: &Interactive) -> Self {
        let rate = 48_000;
        let setup = RendererSetup {
            sample_rate: rate,
            limits: Limits::default(),
            policy: VoicePolicy::new(RATE),
            simd: SimdLevel::detect(),
            lanes: (2, 16_384),
            record: false,
            clock: || 0,
        };
        let tempo = TempoMap::constant(rate, 120.0, TimeSignature::default()).unwrap();
        let (renderer, link) = renderer(&setup, tempo).unwrap();
        let mut graph = Graph::new(&setup.limits);
        let master = graph.master();
        for name in ["sfx", "music", "vo"] {
            graph.add_bus(name, master).unwrap();
        }
        let mixer = MixerSetup {
            sample_rate: RATE,
            limits: setup.limits.clone(),
        };
        let mut real = Self {
            renderer,
            link,
            number: 0,
            out: Vec::new(),
        };
        let update = GraphCommit::new(&mixer)
            .commit(&graph, &mut Vec::new())
            .unwrap();
        real.queue(0, Command::Install(Install::Graph(update)));
        let sounds = SOUNDS.iter().zip(0..).map(|((_, frames), n)| {
            let wave = |n: u64| (n as f32 * 0.013).sin() * 0.1;
            let plane: Vec<f32> = (0..*frames).map(wave).collect();
            let sound = Sound::resident(&Planes::F32(&[&plane]), SoundSettings::default());
            Some((SoundId::new(n, 1), Box::new(sound.unwrap())))
        });
        real.queue(0, Command::Install(Install::Sounds(sounds.collect())));
        real.swap(0, source);
        real
    }

    fn swap(&mut self, at: u64, source: &Interactive) {
        let (director, _listener) = Director::new(bank(source), &Config::default());
        self.queue(at, Command::Install(Install::Program(Box::new(director))));
    }

    pub(super) fn queue(&mut self, at: u64, command: Command) {
        self.number += 1;
        let timed = Timed {
            at,
            number: self.number,
            command,
        };
        assert!(self.link.commands.push(timed).is_ok());
    }

    pub(super) fn calls(&mut self, calls: &[(u64, GameCall)]) {
        for (at, call) in calls {
            self.queue(*at, Command::Plain(Plain::Game(*call)));
        }
    }

    pub(super) fn run(&mut self, until: u64, block: usize) -> Vec<u32> {
        let mut sides = [vec![0.0; block], vec![0.0; block]];
        while self.renderer.now() < until {
            let left = usize::try_from(until - self.renderer.now())
                .unwrap()
                .min(block);
            let [a, b] = &mut sides;
            let out = &mut [&mut a[..left], &mut b[..left]];
            assert_no_alloc::assert_no_alloc(|| self.renderer.process(out));
            self.out.extend(&sides[0][..left]);
            while self.link.retired.pop().is_ok() {}
        }
        self.out.iter().map(|x| x.to_bits()).collect()
    }
}

#[test]
fn the_same_bits_for_any_blocks() {
    let source = everything();
    let mut stage = Stage::new(&source);
    random_calls(&mut stage, 300, 90_000);
    let calls = stage.take_calls();
    let run = |block| {
        let mut real = Real::new(&source);
        real.calls(&calls);
        real.run(96_000, block)
    };
    let whole = run(2_048);
    assert!(whole.iter().filter(|bits| **bits != 0).count() > 50_000);
    for block in [16, 31, 128, 1_000] {
        let differs = whole.iter().zip(run(block)).position(|(a, b)| *a != b);
        assert_eq!(differs, None, "block {block}");
    }
}

#[test]
fn an_equal_bank_is_not_heard() {
    let source = Interactive {
        adaptive: None,
        ..everything()
    };
    let mut stage = Stage::new(&source);
    random_calls(&mut stage, 200, 90_000);
    let calls = stage.take_calls();
    let run = |swaps: &[u64]| {
        let mut real = Real::new(&source);
        real.calls(&calls);
        for at in swaps {
            real.swap(*at, &source);
        }
        real.run(96_000, 512);
        real.out
    };
    let (once, other) = (run(&[]), run(&[24_000, 48_007]));
    // What was on its way aims anew, and is back on the same line within 10 ms of the next grid.
    let near = |n: usize| {
        [24_000, 48_007]
            .iter()
            .any(|at| (0..544).contains(&(n as i64 - at)))
    };
    for (n, (a, b)) in once.iter().zip(&other).enumerate() {
        if near(n) {
            assert!((a - b).abs() < 0.01, "{n}: {a} {b}");
        } else {
            assert_eq!(a.to_bits(), b.to_bits(), "{n}");
        }
    }
}

#[test]
fn another_bank_makes_no_click() {
    let source = |names: &[&str]| Interactive {
        events: names
            .iter()
            .map(|name| event(name, vec![play(name)]))
            .collect(),
        ..Interactive::default()
    };
    let mut real = Real::new(&source(&["long", "loop"]));
    let mut stage = Stage::new(&source(&["long", "loop"]));
    stage.post(0, "long");
    stage.post(0, "loop");
    real.calls(&stage.take_calls());
    real.swap(10_001, &source(&["long"]));
    real.swap(14_003, &Interactive::default());
    let playing = ObjectId::GLOBAL;
    real.calls(&[(
        20_000,
        GameCall::StopAll {
            object: playing,
            fade: 960,
        },
    )]);
    real.run(30_000, 512);
    let bend = |three: &[f32]| (three[0] - 2.0 * three[1] + three[2]).abs();
    // The sine itself bends by 2·0.1·0.013²; the loop's own seam and its start are left out.
    let swaps = real.out[9_700..14_300].windows(3).map(bend);
    assert!(swaps.fold(0.0, f32::max) < 5e-4);
    assert!(real.out[22_000..].iter().all(|x| *x == 0.0));
}
