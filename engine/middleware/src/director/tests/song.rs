//! Everything that waits for the transport lands on it, whatever its tempo, its signatures and its user do.

use segue_rt::command::{Command, Install, Plain, TransportCommand};
use segue_rt::game::{GameCall, NameId};
use segue_rt::tempo::{SignatureChange, TempoCurve, TempoMap, TempoPoint, TimeSignature};
use segue_rt::transport::HostTransport;
use segue_rt::voices::VoicePolicy;

use super::music::{adaptive, hit, segment, transition};
use super::real::Real;
use super::stage::{RATE, Stage, action, event};
use super::switches;
use crate::source::{
    ActionKind, FadeLength, Interactive, LevelTransition, Music, MusicFade, OnChange, Shape, Sync,
};
use crate::telemetry::{GridKind, What};

/// The frame at which the transport begins to run.
const BEGINS: u64 = 1_000;
/// Frames of a beat of 240 bpm.
const BEAT: u64 = 12_000;

/// What waits for a bar.
#[derive(Clone, Copy, Debug)]
enum Waiter {
    Music,
    Stinger,
    Switch,
    Level,
}

const ALL: [Waiter; 4] = [
    Waiter::Music,
    Waiter::Stinger,
    Waiter::Switch,
    Waiter::Level,
];

/// What happens to a transport that has begun at [`BEGINS`].
struct Case {
    name: &'static str,
    tempo: TempoMap,
    deeds: Vec<(u64, Command)>,
    /// The frame of the request.
    asked: u64,
    /// The frame at which it is due.
    lands: f64,
}

fn map(points: &[(f64, f64, TempoCurve)], signatures: &[(f64, u8)]) -> TempoMap {
    let points = points.iter().map(|(beats, bpm, curve)| TempoPoint {
        beats: *beats,
        bpm: *bpm,
        curve: *curve,
    });
    let signatures = signatures
        .iter()
        .map(|(beats, beats_per_bar)| SignatureChange {
            beats: *beats,
            signature: TimeSignature::new(*beats_per_bar, 4).unwrap(),
        });
    let (points, signatures): (Vec<_>, Vec<_>) = (points.collect(), signatures.collect());
    TempoMap::new(48_000, &points, &signatures).unwrap()
}

fn steady(signatures: &[(f64, u8)]) -> TempoMap {
    map(&[(0.0, 240.0, TempoCurve::Step)], signatures)
}

fn transport(command: TransportCommand) -> Command {
    Command::Plain(Plain::Transport(command))
}

fn looped(end_beats: f64) -> Command {
    transport(TransportCommand::Loop {
        enabled: true,
        start_beats: 0.0,
        end_beats,
    })
}

fn at_beat(beats: f64) -> f64 {
    BEGINS as f64 + beats * BEAT as f64
}

fn cases() -> Vec<Case> {
    let case = |name, tempo, deeds, asked: f64, lands| Case {
        name,
        tempo,
        deeds,
        asked: at_beat(asked) as u64,
        lands,
    };
    let on_the_map = |name, tempo: TempoMap, asked, bar| {
        let lands = BEGINS as f64 + tempo.frames(bar);
        case(name, tempo, Vec::new(), asked, lands)
    };
    let four = &[(0.0, 4)];
    let seek = transport(TransportCommand::Seek { beats: 2.0 });
    let stop = transport(TransportCommand::Stop);
    let faster = map(&[(0.0, 480.0, TempoCurve::Step)], four);
    let faster = Command::Install(Install::Tempo(Box::new(faster)));
    let beat = BEGINS + BEAT;
    let step = TempoCurve::Step;
    let (jump, ramp) = (
        [(0.0, 240.0, step), (3.0, 480.0, step)],
        [(0.0, 240.0, TempoCurve::Linear), (4.0, 731.0, step)],
    );
    vec![
        on_the_map("another tempo on the way", map(&jump, four), 0.5, 4.0),
        on_the_map("a tempo that climbs", map(&ramp, four), 0.5, 4.0),
        on_the_map(
            "longer bars from here on",
            steady(&[(0.0, 3), (9.0, 4)]),
            9.5,
            13.0,
        ),
        on_the_map(
            "shorter bars from here on",
            steady(&[(0.0, 4), (4.0, 3)]),
            5.0,
            7.0,
        ),
        case(
            "a jump",
            steady(four),
            vec![(beat, seek)],
            0.5,
            at_beat(3.0),
        ),
        case(
            "a loop",
            steady(four),
            vec![(0, looped(3.0))],
            0.5,
            at_beat(3.0),
        ),
        case(
            "a later loop",
            steady(four),
            vec![(beat, looped(3.0))],
            0.5,
            at_beat(3.0),
        ),
        // Where nothing moves, nothing is nearer: it stays where it was told to be.
        case(
            "a stop",
            steady(four),
            vec![(beat, stop)],
            0.5,
            at_beat(4.0),
        ),
        case(
            "another map",
            steady(four),
            vec![(beat, faster)],
            0.5,
            at_beat(2.5),
        ),
    ]
}

impl Waiter {
    fn source(self) -> Interactive {
        let mut bar = transition(Sync::Bar);
        bar.max_wait_ms = 60_000.0;
        let mut source = switches::source("long", OnChange::Sync(Sync::Bar));
        source.events.push(event(
            "calm",
            vec![action(ActionKind::PlayMusic("calm".into()))],
        ));
        source.music = Music {
            segments: vec![segment("calm", "long")],
            transitions: vec![bar],
            stingers: vec![crate::source::Stinger {
                sync: Sync::Bar,
                ..hit()
            }],
            ..Music::default()
        };
        if matches!(self, Self::Level) {
            let fade = MusicFade {
                length: FadeLength::Ms(10.0),
                shape: Shape::Linear,
            };
            let mut adaptive = adaptive();
            adaptive.transitions = vec![LevelTransition {
                name: "upshift_energetic".into(),
                sync: Sync::Bar,
                max_wait_ms: 60_000.0,
                fade_in: fade,
                fade_out: fade,
                ..LevelTransition::default()
            }];
            source.adaptive = Some(adaptive);
        }
        source
    }

    /// Asks at frame `at`, and for what it has to play before that at frame 0.
    fn ask(self, stage: &mut Stage, at: u64) {
        match self {
            Self::Music => _ = stage.post(at, "calm"),
            Self::Stinger => {
                let stinger = NameId::of("hit");
                stage.at(at, GameCall::Stinger { stinger });
            }
            Self::Switch => {
                stage.post(0, "go");
                stage.at(at, switches::ground("stone"));
            }
            Self::Level => {
                let signal = NameId::of("danger");
                stage.at(at, GameCall::Signal { signal, value: 1.0 });
            }
        }
    }
}

/// Frames at which points were granted to requests after frame 0, with the errors, and how they were told.
fn granted(real: &mut Real) -> Vec<(u64, f32, GridKind)> {
    let rows = real.rows();
    let rows = rows.iter().filter_map(|row| match row.what {
        What::Sync {
            granted,
            granted_at,
            error_smp,
            asked_at,
            ..
        } if asked_at > BEGINS => Some((granted_at, error_smp, granted)),
        _ => None,
    });
    rows.collect()
}

#[test]
fn what_waits_for_a_bar_comes_on_that_of_the_transport() {
    for case in cases() {
        for waiter in ALL {
            let takes = [480, 77].map(|block| {
                let source = waiter.source();
                let policy = VoicePolicy::new(RATE);
                let mut real = Real::with_map(case.tempo.clone(), policy, &source);
                let mut stage = Stage::new(&source);
                waiter.ask(&mut stage, case.asked);
                let calls = stage.take_calls();
                let plain =
                    |(at, call): &(u64, GameCall)| (*at, Command::Plain(Plain::Game(*call)));
                let mut all: Vec<(u64, Command)> = calls.iter().map(plain).collect();
                all.push((BEGINS, transport(TransportCommand::Play)));
                all.extend(
                    cases()
                        .into_iter()
                        .find(|it| it.name == case.name)
                        .unwrap()
                        .deeds,
                );
                all.sort_by_key(|(at, _)| *at);
                for (at, command) in all {
                    real.queue(at, command);
                }
                let bits = real.run(case.lands as u64 + 4_000, block);
                (granted(&mut real), bits, real.out)
            });
            let told = format!("{}, {waiter:?}: {:?}", case.name, takes[0].0);
            let (at, error, kind) = *takes[0].0.last().expect(&told);
            assert!(
                (at as f64 - case.lands).abs() <= 0.5,
                "{told} for {}",
                case.lands
            );
            assert!(error.abs() <= 0.5 && kind == GridKind::Bar, "{told}");
            assert!(
                (&takes[0].0, &takes[0].1) == (&takes[1].0, &takes[1].1),
                "{told}"
            );
            // It is heard from there on, and not a frame before.
            if matches!(waiter, Waiter::Music | Waiter::Stinger) {
                let first = takes[0].2.iter().position(|x| *x != 0.0).unwrap() as u64;
                assert!((at..at + 3).contains(&first), "{first}: {told}");
            }
        }
    }
}

/// A host's bars are where it says, and so is its tempo, block by block.
#[test]
fn what_waits_for_a_bar_comes_on_that_of_the_host() {
    const BLOCK: u64 = 480;
    // 240 bpm, and twice that from frame 24,000 on; the first bar begins at beat 1.
    let beats = |at: u64| match at {
        0..24_000 => at as f64 / 12_000.0,
        _ => 2.0 + (at - 24_000) as f64 / 6_000.0,
    };
    for waiter in ALL {
        let source = waiter.source();
        let policy = VoicePolicy::new(RATE);
        let mut real = Real::with_map(steady(&[(0.0, 4)]), policy, &source);
        let mut stage = Stage::new(&source);
        waiter.ask(&mut stage, 18_000);
        let mut calls = stage.take_calls().into_iter().peekable();
        for at in (0..60_000).step_by(BLOCK as usize) {
            let now = beats(at);
            let bar = ((now - 1.0) / 4.0).floor();
            let host = HostTransport {
                playing: true,
                beats: Some(now),
                bpm: Some(if at < 24_000 { 240.0 } else { 480.0 }),
                signature: Some(TimeSignature::FOUR_FOUR),
                bar_start_beats: Some(1.0 + 4.0 * bar),
                bar: Some(bar as i64 + 1),
                ..HostTransport::default()
            };
            real.queue(at, Command::Plain(Plain::Host(host)));
            while let Some((at, call)) = calls.next_if(|(frame, _)| *frame < at + BLOCK) {
                real.queue(at, Command::Plain(Plain::Game(call)));
            }
            real.run(at + BLOCK, BLOCK as usize);
        }
        let rows = granted(&mut real);
        // Beat 5 at 240 bpm is frame 60,000; at the new tempo it is 3 beats behind frame 24,000.
        assert_eq!(
            rows.first().map(|row| row.0),
            Some(60_000),
            "{waiter:?}: {rows:?}"
        );
        assert_eq!(
            rows.last().map(|row| row.0),
            Some(42_000),
            "{waiter:?}: {rows:?}"
        );
        assert_eq!(rows.len(), 2, "{waiter:?}: {rows:?}");
    }
}
