//! A director on the real renderer: what is heard does not depend on blocks, and another bank is
//! not heard at all.

use std::sync::Arc;

use segue_dsp::simd::SimdLevel;
use segue_rt::command::{Command, Install, Plain, TransportCommand};
use segue_rt::game::{FNV_BASIS, GameCall, NameId, ObjectId, fnv1a};
use segue_rt::graph::{Graph, GraphCommit};
use segue_rt::ids::SoundId;
use segue_rt::limits::Limits;
use segue_rt::mixer::MixerSetup;
use segue_rt::renderer::{Link, Renderer, RendererSetup, renderer};
use segue_rt::sound::{Planes, Sound, SoundSettings};
use segue_rt::tempo::{TempoMap, TimeSignature};
use segue_rt::voices::VoicePolicy;

use super::containers::{container, random};
use super::long::Deed;
use super::music::{segment, transition};
use super::splits::{everything, random_calls};
use super::stage::{RATE, SOUNDS, Stage, action, bank, event, play};
use crate::director::{Config, Director};
use crate::source::{
    Action, ActionKind, Duck, DuckSource, DuckTrigger, Interactive, Music, Shape, StateChange,
    StateGroup, StateTarget, StateValue, Sync,
};
use crate::telemetry::{Listener, Row, What};

/// The renderer with the buses and sounds of the stage.
pub(super) struct Real {
    renderer: Renderer,
    link: Link,
    listener: Option<Listener>,
    pub(super) out: Vec<f32>,
    pub(super) right: Vec<f32>,
}

/// Frame `n` of a sound, by its place in [`SOUNDS`], on one side or both.
pub(super) type Wave = fn(usize, u64) -> Vec<f32>;

impl Real {
    pub(super) fn new(source: &Interactive) -> Self {
        Self::under(VoicePolicy::new(RATE), source)
    }

    pub(super) fn under(policy: VoicePolicy, source: &Interactive) -> Self {
        Self::at_tempo(120.0, policy, source)
    }

    pub(super) fn at_tempo(bpm: f64, policy: VoicePolicy, source: &Interactive) -> Self {
        let wave: Wave = |_, n| vec![(n as f32 * 0.013).sin() * 0.1];
        Self::with_waves(bpm, policy, source, wave)
    }

    pub(super) fn with_waves(
        bpm: f64,
        policy: VoicePolicy,
        source: &Interactive,
        wave: Wave,
    ) -> Self {
        let tempo = TempoMap::constant(48_000, bpm, TimeSignature::default()).unwrap();
        Self::of(tempo, policy, source, wave)
    }

    /// On a transport of this tempo map.
    pub(super) fn with_map(tempo: TempoMap, policy: VoicePolicy, source: &Interactive) -> Self {
        let wave: Wave = |_, n| vec![((n + 1) as f32 * 0.013).sin() * 0.1];
        Self::of(tempo, policy, source, wave)
    }

    fn of(tempo: TempoMap, policy: VoicePolicy, source: &Interactive, wave: Wave) -> Self {
        let rate = 48_000;
        let setup = RendererSetup {
            sample_rate: rate,
            limits: Limits::default(),
            policy,
            simd: SimdLevel::detect(),
            lanes: (2, 16_384),
            record: false,
            clock: || 0,
        };
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
            listener: None,
            out: Vec::new(),
            right: Vec::new(),
        };
        let update = GraphCommit::new(&mixer)
            .commit(&graph, &mut Vec::new())
            .unwrap();
        real.queue(0, Command::Install(Install::Graph(update)));
        let sounds = SOUNDS.iter().zip(0_u32..).map(|((_, frames), n)| {
            let mut planes = vec![Vec::new(); wave(n as usize, 0).len()];
            for frame in 0..*frames {
                for (plane, x) in planes.iter_mut().zip(wave(n as usize, frame)) {
                    plane.push(x);
                }
            }
            let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
            let sound = Sound::resident(&Planes::F32(&planes), SoundSettings::default());
            Some((SoundId::new(n, 1), Box::new(sound.unwrap())))
        });
        real.queue(0, Command::Install(Install::Sounds(sounds.collect())));
        real.swap(0, source);
        real
    }

    pub(super) fn swap(&mut self, at: u64, source: &Interactive) {
        let (director, listener) = Director::new(bank(source), &Config::default());
        listener.listen(true);
        self.listener = Some(listener);
        self.queue(at, Command::Install(Install::Program(Box::new(director))));
    }

    pub(super) fn queue(&mut self, at: u64, command: Command) {
        assert!(self.link.commands.push(at, command).is_ok());
    }

    /// What the newest director told.
    pub(super) fn rows(&mut self) -> Vec<Row> {
        let listener = self.listener.as_mut();
        let rows = listener.map(|it| std::iter::from_fn(move || it.next_row()));
        rows.into_iter().flatten().collect()
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
            self.right.extend(&sides[1][..left]);
            while self.link.retired.pop().is_ok() {}
        }
        self.out.iter().map(|x| x.to_bits()).collect()
    }
}

/// What a long scene came to.
#[derive(Debug, PartialEq)]
pub(super) struct Take {
    /// FNV-1a-64 of all samples of both sides.
    pub(super) hash: u64,
    /// Frames that are not silent.
    pub(super) heard: u64,
    /// Everything that was told.
    pub(super) rows: Vec<String>,
}

impl Real {
    /// Carries deeds out, each queued before the block in which it falls. The second bank is for
    /// [`Deed::Swap`] of true, the first one for false.
    pub(super) fn take(
        &mut self,
        deeds: Vec<(u64, Deed)>,
        until: u64,
        block: usize,
        banks: &[Interactive; 2],
    ) -> Take {
        let mut take = Take {
            hash: FNV_BASIS,
            heard: 0,
            rows: Vec::new(),
        };
        let mut deeds = deeds.into_iter().peekable();
        let mut listeners: Vec<_> = self.listener.take().into_iter().collect();
        while self.renderer.now() < until {
            let end = until.min(self.renderer.now() + block as u64);
            while let Some((at, deed)) = deeds.next_if(|(at, _)| *at < end) {
                match deed {
                    Deed::Call(call) => self.calls(&[(at, call)]),
                    Deed::Swap(second) => {
                        self.swap(at, &banks[usize::from(second)]);
                        listeners.extend(self.listener.take());
                    }
                }
            }
            self.out.clear();
            self.right.clear();
            self.run(end, block);
            for (left, right) in self.out.iter().zip(&self.right) {
                for x in [left, right] {
                    take.hash = fnv1a(&x.to_bits().to_le_bytes(), take.hash);
                }
                take.heard += u64::from(*left != 0.0 || *right != 0.0);
            }
            // An old bank tells until its frame, a new one from then on.
            for listener in &mut listeners {
                let rows = std::iter::from_fn(|| listener.next_row());
                take.rows.extend(rows.map(|row| format!("{row:?}")));
            }
        }
        take
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

/// Music begins on the bars of the real transport, to the frame, however long it has run.
#[test]
fn music_is_on_the_grid_of_the_transport() {
    let mut bar = transition(Sync::Bar);
    bar.max_wait_ms = 60_000.0;
    let source = Interactive {
        music: Music {
            segments: vec![segment("calm", "long")],
            transitions: vec![bar],
            ..Music::default()
        },
        events: vec![event(
            "calm",
            vec![action(ActionKind::PlayMusic("calm".into()))],
        )],
        ..Interactive::default()
    };
    for (bpm, begun, asked) in [
        (97.3, 1_234, 1_300),
        (97.3, 7, 2_000_011),
        (143.7, 48_001, 900_000),
        (60.0, 0, 480_000),
    ] {
        let mut real = Real::at_tempo(bpm, VoicePolicy::new(RATE), &source);
        let play = Plain::Transport(TransportCommand::Play);
        real.queue(begun, Command::Plain(play));
        let mut stage = Stage::new(&source);
        stage.post(asked, "calm");
        real.calls(&stage.take_calls());
        real.run(asked + 400_000, 512);
        let (at, error) = real
            .rows()
            .into_iter()
            .find_map(|row| match row.what {
                What::Sync {
                    granted_at,
                    error_smp,
                    ..
                } => Some((granted_at, error_smp)),
                _ => None,
            })
            .unwrap();
        let bar = 4.0 * 60.0 * RATE / bpm;
        let exact = begun as f64 + ((asked - begun) as f64 / bar).ceil() * bar;
        let off = at as f64 - exact;
        assert!(
            off.abs() <= 1.0 && error.abs() <= 1.0,
            "{bpm}: {off} {error}"
        );
        // It is heard from there on, and not a frame before.
        let first = real.out.iter().position(|x| *x != 0.0).unwrap() as u64;
        assert!((at..at + 3).contains(&first), "{first} for {at}");
    }
}

/// The same project with things in front that nobody uses: all numbers are others.
fn shifted(source: &Interactive) -> Interactive {
    let mut other = source.clone();
    other
        .containers
        .insert(0, container("aside", random(&[("a", 1)])));
    other.events.insert(0, event("aside", vec![play("aside")]));
    other
}

#[test]
fn a_bank_with_the_same_in_it_is_not_heard() {
    let source = everything();
    let other = shifted(&source);
    let mut stage = Stage::new(&source);
    random_calls(&mut stage, 900, 280_000);
    let calls = stage.take_calls();
    let run = |swaps: &[u64], block: usize| {
        let mut real = Real::new(&source);
        let (mut calls, mut swaps) = (calls.as_slice(), swaps);
        // Changes and calls are queued in the order of their frames.
        while let Some((at, _)) = calls.first() {
            match swaps.split_first() {
                Some((swap, rest)) if swap <= at => {
                    let next = if rest.len().is_multiple_of(2) {
                        &other
                    } else {
                        &source
                    };
                    real.swap(*swap, next);
                    swaps = rest;
                }
                _ => {
                    real.calls(&calls[..1]);
                    calls = &calls[1..];
                }
            }
            if real.link.commands.number().is_multiple_of(256) {
                let until = calls.first().map_or(0, |it| it.0.saturating_sub(1));
                real.run(until, block);
            }
        }
        real.run(288_000, block)
    };
    let never = run(&[], 512);
    assert!(never.iter().filter(|bits| **bits != 0).count() > 150_000);
    let mut draw = 7_u64;
    for (round, block) in [512, 64, 311, 2_048].into_iter().enumerate() {
        let mut at = 0;
        let swaps: Vec<u64> = std::iter::from_fn(|| {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(3);
            at += 1_000 + (draw >> 33) % 40_000;
            // Some of them where something may be due anyway.
            Some(if at.is_multiple_of(3) {
                at / 480 * 480
            } else {
                at
            })
            .filter(|at| *at < 279_000)
        })
        .collect();
        let differs = never
            .iter()
            .zip(run(&swaps, block))
            .position(|(a, b)| *a != b);
        let before = differs.and_then(|at| swaps.iter().rev().find(|swap| **swap <= at as u64));
        assert_eq!(
            differs, None,
            "round {round}, after {before:?} of {swaps:?}"
        );
    }
}

#[test]
fn a_bank_goes_with_its_director_off_the_audio_thread() {
    let source = everything();
    let mut real = Real::new(&source);
    let mut stage = Stage::new(&source);
    stage.post(0, "m");
    real.calls(&stage.take_calls());
    let banks: Vec<_> = (1..=20)
        .map(|n| {
            let bank = bank(&source);
            let (director, _listener) = Director::new(Arc::clone(&bank), &Config::default());
            let program = Install::Program(Box::new(director));
            real.queue(n * 1_000, Command::Install(program));
            real.run(n * 1_000 + 500, 128);
            Arc::downgrade(&bank)
        })
        .collect();
    let left: Vec<bool> = banks.iter().map(|it| it.upgrade().is_some()).collect();
    // Only the newest is there, and what it plays goes on.
    assert_eq!(left, [[false; 19].as_slice(), &[true]].concat());
    assert!(real.out[19_000..].iter().any(|x| *x != 0.0));
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

/// `a` and `long` on the left, all others on the right, the same level throughout.
const LEVELS: Wave = |sound, _| {
    let left = matches!(sound, 0 | 3);
    vec![
        f32::from(u8::from(left)) * 0.5,
        f32::from(u8::from(!left)) * 0.5,
    ]
};

/// An event that plays a sound on a bus.
fn plays(name: &str, sound: &str, bus: &str) -> crate::source::Event {
    let action = Action {
        bus: Some(bus.into()),
        ..play(sound)
    };
    event(name, vec![action])
}

/// What is heard of the music while `b` is spoken from frame 1,003 to 10,603, in decibels against before.
fn ducked(ducks: Vec<Duck>, block: usize) -> Vec<f32> {
    let source = Interactive {
        events: vec![plays("music", "long", "music"), plays("say", "b", "vo")],
        ducks,
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(0, "music");
    stage.post(1_003, "say");
    let mut real = Real::with_waves(120.0, VoicePolicy::new(RATE), &source, LEVELS);
    real.calls(&stage.take_calls());
    real.run(24_000, block);
    let said = |frame: usize| real.right[frame] != 0.0;
    assert!(!said(1_002) && said(1_004) && said(10_601) && !said(10_603));
    let before = real.out[1_000];
    let decibels = real.out.iter().map(|x| 20.0 * (x / before).log10());
    decibels.collect()
}

/// The level of a source is known behind every 10 ms: with it the duck is there, all of it at once.
#[test]
fn a_duck_by_level_without_attack_is_heard_in_full_from_its_frame() {
    let rule = |name: &str, depth_db| Duck {
        name: name.into(),
        source: DuckSource::Bus("vo".into()),
        target_bus: "music".into(),
        depth_db,
        attack_ms: 0.0,
        hold_ms: 0.0,
        release_ms: 100.0,
        trigger: DuckTrigger::default(),
        threshold_lin: 0.01,
        curve: Shape::Linear,
    };
    let two = vec![rule("one", -6.0), rule("two", -6.0)];
    let uneven = vec![rule("one", -6.0), rule("two", -9.0)];
    for (rules, depth) in [
        (vec![rule("one", -6.0)], -6.0),
        (two, -12.0),
        (uneven, -15.0),
    ] {
        let heard = ducked(rules.clone(), 512);
        let (first, spoken) = (1_440, 10_603);
        assert!(heard[1_000..first].iter().all(|db| db.abs() < 1e-4));
        for (n, db) in heard[first..spoken].iter().enumerate() {
            assert!((db - depth).abs() < 1e-4, "{depth}: {db} at {}", first + n);
        }
        // The tick that finds silence is at 11,520 at the latest; the release takes 4,800 frames.
        assert!(heard[11_560] > depth && heard[13_000] < -0.1);
        assert!(heard[16_321..].iter().all(|db| db.abs() < 1e-4));
        for block in [64, 31] {
            assert_eq!(ducked(rules.clone(), block), heard, "block {block}");
        }
    }
}

/// What is heard of `long` on the music bus, in decibels against the beginning, while states are set.
fn moods(group: StateGroup, states: &[(u64, &str)]) -> Vec<f32> {
    let source = Interactive {
        states: vec![group],
        events: vec![plays("music", "long", "music")],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    stage.post(0, "music");
    for (at, value) in states {
        let value = NameId::of(value);
        let group = NameId::of("mood");
        stage.at(*at, GameCall::SetState { group, value });
    }
    let mut real = Real::with_waves(120.0, VoicePolicy::new(RATE), &source, LEVELS);
    real.calls(&stage.take_calls());
    real.run(48_000, 512);
    let decibels = real
        .out
        .iter()
        .map(|x| 20.0 * (x / real.out[1_000]).log10());
    decibels.collect()
}

/// First and last frame at which what is heard differs from the frame before it.
fn moves(heard: &[f32], from: usize, until: usize) -> (usize, usize) {
    let moves = |n: &usize| (heard[*n] - heard[*n - 1]).abs() > 1e-5;
    let first = (from..until).find(moves).unwrap();
    (first, (from..until).rfind(moves).unwrap())
}

/// Changes begin with the next step of the control grid and take the time of their own pair of values; one in the middle of another goes on from where that is.
#[test]
fn a_change_of_state_is_heard_for_exactly_its_time() {
    let quantum = 32;
    for target in [
        StateTarget::Bus("music".into()),
        StateTarget::Object("long".into()),
    ] {
        let calm = StateValue {
            name: "calm".into(),
            changes: vec![StateChange {
                target,
                volume_db: -20.0,
                pitch_st: 0.0,
                lpf_hz: None,
                hpf_hz: None,
            }],
        };
        let way = |from: &str, to: &str, ms| (from.into(), to.into(), ms);
        let group = StateGroup {
            name: "mood".into(),
            values: vec![calm],
            default_transition_ms: 1.0,
            transition_ms: vec![way("none", "calm", 200.0), way("calm", "none", 50.0)],
        };
        let heard = moods(group.clone(), &[(2_400, "calm"), (24_000, "none")]);
        for (asked, until, frames) in [(2_400, 24_000, 9_600), (24_000, 48_000, 2_400)] {
            let (first, last) = moves(&heard, asked, until);
            assert!((asked..=asked + quantum + 1).contains(&first), "{first}");
            let took = last - asked;
            assert!(took.abs_diff(frames) <= 2 * quantum, "{took} of {frames}");
        }
        assert!((heard[20_000] + 20.0).abs() < 1e-3 && heard[40_000].abs() < 1e-3);
        assert!((heard[7_200] + 10.0).abs() < 0.1, "{}", heard[7_200]);
        // Half-way it turns, and needs the time of the way back for what is left of it.
        let heard = moods(group, &[(2_400, "calm"), (7_200, "none")]);
        let (_, last) = moves(&heard, 7_200, 24_000);
        assert!((last - 7_200).abs_diff(2_400) <= 2 * quantum, "{last}");
        let steps = heard[2_000..24_000].windows(2);
        let largest = steps
            .map(|pair| (pair[1] - pair[0]).abs())
            .fold(0.0, f32::max);
        assert!(largest < 0.02, "a jump of {largest} dB");
        let least = heard[2_000..24_000].iter().copied().fold(0.0, f32::min);
        assert!((least + 10.0).abs() < 0.1, "{least}");
    }
}
