//! A small project, a director, and the clock of a renderer.

use std::sync::Arc;

use assert_no_alloc::assert_no_alloc;
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId, Program};
use segue_rt::ids::{BusId, SoundId, VoiceId};
use segue_rt::voices::{LoopSpec, VoiceCommand, VoiceParams};

use super::desk::{Recorder, Told};
use crate::bank::Bank;
use crate::compile::{World, WorldSound, compile};
use crate::director::{Config, Director};
use crate::source::{Action, ActionKind, Event, Interactive};
use crate::telemetry::{Listener, Row};

pub(super) const RATE: f64 = 48_000.0;
const TICK: u64 = 480;

/// Names and lengths of the sounds there are; `loop` never ends, `gone` has no asset.
pub(super) const SOUNDS: [(&str, u64); 6] = [
    ("a", 4_800),
    ("b", 9_600),
    ("c", 2_400),
    ("long", 480_000),
    ("loop", 4_800),
    ("gone", 0),
];

pub(crate) fn world() -> World {
    let bus = |n| BusId::new(n, 1);
    let sounds = SOUNDS.iter().zip(0..).map(|((name, frames), n)| {
        let mut voice = VoiceParams::new(SoundId::new(n, 1), bus(1));
        if *name == "loop" {
            voice.looping = LoopSpec {
                start: 0,
                end: *frames,
                count: 0,
            };
        }
        WorldSound {
            name: (*name).to_owned(),
            voice: (*name != "gone").then_some(voice),
            frames: *frames,
            loudness_db: -20.0,
            asset_rate: RATE,
        }
    });
    World {
        sample_rate: RATE,
        seed: 7,
        session: 1,
        sounds: sounds.collect(),
        buses: ["master", "sfx", "music", "vo"]
            .iter()
            .zip(0..)
            .map(|(name, n)| ((*name).to_owned(), bus(n)))
            .collect(),
        macros: vec![("m1".to_owned(), 0.0)],
        ..World::default()
    }
}

/// An action as an author would leave it.
pub(crate) fn action(kind: ActionKind) -> Action {
    Action {
        kind,
        priority: 50,
        gain_lin: 1.0,
        loop_count: 1,
        probability: 1.0,
        ..Action::default()
    }
}

pub(crate) fn play(target: &str) -> Action {
    action(ActionKind::Play(target.to_owned()))
}

pub(crate) fn event(name: &str, actions: Vec<Action>) -> Event {
    Event {
        name: name.to_owned(),
        actions,
        ..Event::default()
    }
}

pub(super) fn bank(source: &Interactive) -> Arc<Bank> {
    match compile(source, &world()) {
        Ok(bank) => Arc::new(bank),
        Err(problems) => panic!("{problems:#?}"),
    }
}

/// A director at work.
pub(super) struct Stage {
    pub(super) director: Box<Director>,
    pub(super) listener: Listener,
    pub(super) desk: Recorder,
    pub(super) now: u64,
    calls: Vec<(u64, GameCall)>,
    posts: u64,
}

impl Stage {
    pub(super) fn new(source: &Interactive) -> Self {
        Self::of(bank(source))
    }

    pub(super) fn of(bank: Arc<Bank>) -> Self {
        Self::with(bank, &Config::default())
    }

    pub(super) fn with(bank: Arc<Bank>, config: &Config) -> Self {
        let (director, listener) = Director::new(bank, config);
        listener.listen(true);
        Self {
            director: Box::new(director),
            listener,
            desk: Recorder::new(SOUNDS.iter().map(|it| it.1).collect()),
            now: 0,
            calls: Vec::new(),
            posts: 0,
        }
    }

    pub(super) fn at(&mut self, at: u64, call: GameCall) -> &mut Self {
        self.calls.push((at, call));
        self
    }

    /// What was called so far, in its order.
    pub(super) fn take_calls(&mut self) -> Vec<(u64, GameCall)> {
        self.calls.sort_by_key(|(at, _)| *at);
        std::mem::take(&mut self.calls)
    }

    /// Posts an event on the global object.
    pub(super) fn post(&mut self, at: u64, event: &str) -> PlayingId {
        self.post_on(at, event, 0)
    }

    pub(super) fn post_on(&mut self, at: u64, event: &str, object: u64) -> PlayingId {
        self.posts += 1;
        let playing = PlayingId(self.posts);
        self.at(
            at,
            GameCall::Post {
                event: NameId::of(event),
                object: ObjectId(object),
                emitter: 0,
                gain: 1.0,
                playing,
            },
        );
        playing
    }

    pub(super) fn register(&mut self, at: u64, object: u64) -> &mut Self {
        self.at(
            at,
            GameCall::Register {
                object: ObjectId(object),
                pan: 0.0,
                width: 1.0,
                stop_on_unregister: true,
            },
        )
    }

    pub(super) fn rtpc(&mut self, at: u64, rtpc: &str, value: f32) -> &mut Self {
        self.at(
            at,
            GameCall::SetRtpc {
                rtpc: NameId::of(rtpc),
                object: ObjectId::GLOBAL,
                playing: PlayingId(0),
                value,
                ramp: 0,
            },
        )
    }

    /// Runs up to `until` in blocks of `block` frames, as a renderer would. Nothing may allocate.
    pub(super) fn run_in(&mut self, until: u64, block: u64) -> &mut Self {
        let calls = self.take_calls();
        let mut next = 0;
        let Self {
            director,
            desk,
            now,
            ..
        } = self;
        assert_no_alloc(|| {
            while *now < until {
                let block_end = (*now + block).min(until);
                while *now < block_end {
                    next = step(director, desk, *now, &calls, next);
                    let call = calls.get(next).map_or(u64::MAX, |(at, _)| *at);
                    let boundary = director.next_boundary(*now + 1);
                    let tick = (*now / TICK + 1) * TICK;
                    *now = block_end.min(call).min(boundary).min(tick);
                }
            }
        });
        assert_eq!(next, calls.len(), "a call behind the end");
        self
    }

    pub(super) fn run(&mut self, until: u64) -> &mut Self {
        self.run_in(until, 512)
    }

    pub(super) fn rows(&mut self) -> Vec<Row> {
        std::iter::from_fn(|| self.listener.next_row()).collect()
    }

    /// What voices were told, as text: `frame voice what`.
    pub(super) fn voices(&self) -> Vec<String> {
        let told = self.desk.told.iter();
        told.filter_map(|(at, told)| voice_line(*at, told))
            .collect()
    }

    /// Starts: frame, sound and gain.
    pub(super) fn starts(&self) -> Vec<(u64, &'static str, f32)> {
        let told = self.desk.told.iter();
        let starts = told.filter_map(|(at, told)| match told {
            Told::Start(_, params) => Some((*at, SOUNDS[params.sound.index()].0, params.gain)),
            _ => None,
        });
        starts.collect()
    }

    /// Gain of a voice over time, by the straight lines that it was told.
    pub(super) fn gain_at(&self, voice: VoiceId, t: u64) -> f32 {
        let mut line = (0, 0.0, 0.0, 0_u32);
        let value = |line: (u64, f32, f32, u32), t: u64| {
            let (at, from, to, ramp) = line;
            if t >= at + u64::from(ramp) {
                return to;
            }
            from + (to - from) * (t - at) as f32 / ramp as f32
        };
        for (at, told) in self.desk.told.iter().filter(|(at, _)| *at <= t) {
            match told {
                Told::Start(id, params) if *id == voice => {
                    line = (*at, params.gain, params.gain, 0)
                }
                Told::Voice(VoiceCommand::Gain {
                    voice: id,
                    gain,
                    ramp,
                }) if *id == voice => {
                    line = (*at, value(line, *at), *gain, *ramp);
                }
                _ => {}
            }
        }
        value(line, t)
    }
}

fn step(
    director: &mut Director,
    desk: &mut Recorder,
    now: u64,
    calls: &[(u64, GameCall)],
    mut next: usize,
) -> usize {
    desk.now = now;
    while let Some((_, call)) = calls.get(next).filter(|(at, _)| *at == now) {
        director.call(now, call, desk);
        next += 1;
    }
    if director.next_boundary(now) <= now {
        director.run(now, desk);
    }
    if now.is_multiple_of(TICK) {
        desk.settle();
        director.tick(now, desk);
    }
    next
}

fn voice_line(at: u64, told: &Told) -> Option<String> {
    Some(match told {
        Told::Start(id, params) => {
            format!("{at} {} start {}", id.0, SOUNDS[params.sound.index()].0)
        }
        Told::Voice(command) => match *command {
            VoiceCommand::Stop { voice, fade } => format!("{at} {} stop {fade}", voice.0),
            VoiceCommand::Pause { voice, fade } => format!("{at} {} pause {fade}", voice.0),
            VoiceCommand::Resume { voice, fade } => format!("{at} {} resume {fade}", voice.0),
            VoiceCommand::Gain { voice, gain, ramp } => {
                format!("{at} {} gain {gain:.4} {ramp}", voice.0)
            }
            VoiceCommand::Pan { voice, pan, ramp } => {
                format!("{at} {} pan {pan:.3} {ramp}", voice.0)
            }
            VoiceCommand::Pitch { voice, ratio, ramp } => {
                format!("{at} {} pitch {ratio:.4} {ramp}", voice.0)
            }
            VoiceCommand::Filter {
                voice,
                lpf_hz,
                hpf_hz,
            } => {
                format!("{at} {} filter {lpf_hz:.0} {hpf_hz:.0}", voice.0)
            }
            VoiceCommand::Seek { voice, frame } => format!("{at} {} seek {frame}", voice.0),
            VoiceCommand::LeaveLoop { voice } => format!("{at} {} leave", voice.0),
            _ => return None,
        },
        _ => return None,
    })
}
