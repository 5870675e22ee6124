//! `game`: what a game's calls cost. The peers have no counterpart.
//!
//! | row | meaning |
//! |---|---|
//! | `post to first sample` | frames from the frame of a post to the first sample that is heard |
//! | `post and its block` | a post, and the block of 128 frames in which it is heard, over a block without one |
//! | `post` | one post of an event that plays a sound, as the director carries it out |
//! | `container decision` | what a post costs more when a random container of 16 chooses the sound |
//! | `adaptive tick` | 256 signals, each with a new value, and 200 rules |
//! | `adaptive tick p99`, `.. flood p99` | the dearest of a hundred, with one update of each signal before it, and with a million updates a second |
//! | `10000 instances` | a block while the director plays as many, 256 of them real |
//! | `director`, `director share` | its part of a block with 64 buses and 256 voices whose pitch and level follow an RTPC that moves |

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cpu_time::ThreadTime;
use segue_dsp::simd::SimdLevel;
use segue_middleware::adaptive::load::Load;
use segue_middleware::source::{
    Action, ActionKind, Binding, BindingTarget, Container, ContainerKind, Curve, CurvePoint, Event,
    Group, GroupChild, GroupMode, Interactive, Interp, Props, Random, RandomChild, Rtpc,
};
use segue_middleware::{Config, Director, World, WorldSound, compile};
use segue_rt::game::{Desk, GameCall, NameId, ObjectId, PlayingId, Program};
use segue_rt::ids::{BusId, InsertId, SendId, SoundId, VoiceId};
use segue_rt::keymap::NoteEvent;
use segue_rt::limits::Limits;
use segue_rt::tempo::Grid;
use segue_rt::transport::GridPoint;
use segue_rt::voices::{LoopSpec, VoiceCommand, VoiceEvent, VoiceParams, VoiceReport};

use crate::clock::{Plan, median, nanos, overhead};
use crate::report::Report;
use crate::subject::{BLOCK, Contender, RATE, Result};
use crate::subjects::segue::{Engine, failed};
use crate::workload::Workload;

/// Frames of a tick.
const TICK: u64 = RATE as u64 / 100;

/// Runs everything for the row `segue`, where it takes part.
pub(crate) fn game(contenders: &[Contender], plan: Plan, report: &mut Report) -> Result<()> {
    let Some(segue) = contenders.iter().find(|c| c.name == "segue") else {
        return Ok(());
    };
    let mut row = |name, unit, value| report.value("game", name, segue, unit, value);
    let [frames, spent] = first_sample(plan)?;
    row("post to first sample", "frames", frames);
    row("post and its block", "ns", spent);
    let [plain, decision] = posts(plan)?;
    row("post", "ns", plain);
    row("container decision", "ns", decision);
    let [tick, worst] = adaptive_tick(plan, 1)?;
    row("adaptive tick", "ns", tick);
    row("adaptive tick p99", "ns", worst);
    row(
        "adaptive tick flood p99",
        "ns",
        adaptive_tick(plan, FLOOD)?[1],
    );
    row("10000 instances", "us/block", stress(plan)?);
    let [director, share] = share(plan)?;
    row("director", "us/block", director);
    row("director share", "% of block", share);
    Ok(())
}

fn action(kind: ActionKind) -> Action {
    Action {
        kind,
        priority: 50,
        gain_lin: 1.0,
        loop_count: 1,
        probability: 1.0,
        ..Action::default()
    }
}

fn event(name: &str, target: &str) -> Event {
    Event {
        name: name.to_owned(),
        actions: vec![action(ActionKind::Play(target.to_owned()))],
        ..Event::default()
    }
}

fn container(name: &str, kind: ContainerKind, bindings: Vec<Binding>) -> Container {
    Container {
        name: name.to_owned(),
        props: Props {
            bindings,
            ..Props::default()
        },
        kind,
    }
}

/// `go` plays a short sound, `choose` one of 16, `crowd` five loops, `follow` a loop that follows
/// the RTPC `x`.
fn source() -> Interactive {
    let random = Random {
        children: (0..16)
            .map(|n| RandomChild {
                child: "short".to_owned(),
                weight: n + 1,
                pitch_st: [-1.0, 1.0],
                volume_db: [-3.0, 0.0],
            })
            .collect(),
        avoid_last: 3,
        ..Random::default()
    };
    let all = |child: &str, count| {
        ContainerKind::Group(Group {
            mode: GroupMode::All,
            children: vec![
                GroupChild {
                    child: child.to_owned(),
                    conditions: Vec::new(),
                    priority: 0,
                    weight: 1,
                };
                count
            ],
        })
    };
    let bind = |target, low, high| Binding {
        rtpc: "x".to_owned(),
        target,
        curve: Curve {
            points: [(0.0, low), (1.0, high)]
                .map(|(x, y)| CurvePoint {
                    x,
                    y,
                    ..CurvePoint::default()
                })
                .to_vec(),
        },
    };
    let bindings = vec![
        bind(BindingTarget::Volume, -12.0, 0.0),
        bind(BindingTarget::Pitch, -2.0, 2.0),
    ];
    Interactive {
        rtpcs: vec![Rtpc {
            name: "x".to_owned(),
            unit: String::new(),
            min: 0.0,
            max: 1.0,
            default: 0.0,
            interp: Interp::Linear {
                up_ms: 100.0,
                down_ms: 100.0,
            },
            host_param: None,
            targets: Vec::new(),
        }],
        containers: vec![
            container("choice", ContainerKind::Random(random), Vec::new()),
            container("crowd", all("long", 5), Vec::new()),
            container("follower", all("long", 1), bindings),
        ],
        events: vec![
            event("go", "short"),
            event("choose", "choice"),
            event("crowd", "crowd"),
            event("follow", "follower"),
        ],
        ..Interactive::default()
    }
}

/// A director of the project; what it plays is spread over `buses`.
fn director(buses: &[BusId], frames: u64) -> Result<Director> {
    let sound = |name: &str, number: u32, looping: bool| {
        let mut voice = VoiceParams::new(SoundId::new(number, 1), buses[0]);
        voice.gain = 0.01;
        if looping {
            voice.looping = LoopSpec {
                start: 0,
                end: frames,
                count: 0,
            };
        }
        WorldSound {
            name: name.to_owned(),
            voice: Some(voice),
            frames,
            loudness_db: -20.0,
            asset_rate: f64::from(RATE),
        }
    };
    let mut source = source();
    // One event for each bus.
    for n in 0..buses.len() {
        let follow = Action {
            bus: Some(format!("b{n}")),
            ..action(ActionKind::Play("follower".to_owned()))
        };
        source.events.push(Event {
            name: format!("follow {n}"),
            actions: vec![follow],
            ..Event::default()
        });
    }
    let world = World {
        sample_rate: f64::from(RATE),
        seed: 1,
        sounds: vec![sound("short", 0, false), sound("long", 1, true)],
        buses: (0..)
            .zip(buses)
            .map(|(n, bus): (u32, _)| (format!("b{n}"), *bus))
            .collect(),
        ..World::default()
    };
    let bank = compile(&source, &world).map_err(|problems| failed(format!("{problems:?}")))?;
    Ok(Director::new(Arc::new(bank), &Config::default()).0)
}

fn call(event: &str, playing: u64) -> GameCall {
    GameCall::Post {
        event: NameId::of(event),
        object: ObjectId::GLOBAL,
        emitter: 0,
        gain: 1.0,
        playing: PlayingId(playing),
    }
}

/// An engine with a director, and somewhere to put its blocks.
struct Studio {
    engine: Engine,
    spent: Arc<AtomicU64>,
    posts: u64,
    out: [[f32; BLOCK]; 2],
}

impl Studio {
    fn new(limits: Limits, buses: usize) -> Result<Self> {
        let setup = Workload::statics(64).setup;
        let mut engine = Engine::new(limits, SimdLevel::detect())?;
        let mut all = vec![engine.graph.master()];
        for n in 1..buses {
            let bus = engine.graph.add_bus(&format!("bus {n}"), all[(n - 1) / 2]);
            all.push(bus.map_err(failed)?);
        }
        engine.commit_graph(&mut vec![])?;
        engine.install(&setup)?;
        let spent = Arc::new(AtomicU64::new(0));
        engine.program(Box::new(Watched {
            inner: director(&all, setup.assets[1].frames as u64)?,
            spent: Arc::clone(&spent),
            overhead: overhead(),
        }))?;
        let mut studio = Self {
            engine,
            spent,
            posts: 0,
            out: [[0.0; BLOCK]; 2],
        };
        studio.block();
        Ok(studio)
    }

    fn post(&mut self, event: &str) -> Result<()> {
        self.posts += 1;
        let at = self.engine.now();
        self.engine.game(at, call(event, self.posts))
    }

    fn rtpc(&mut self, value: f32) -> Result<()> {
        let at = self.engine.now();
        self.engine.game(
            at,
            GameCall::SetRtpc {
                rtpc: NameId::of("x"),
                object: ObjectId::GLOBAL,
                playing: PlayingId(0),
                value,
                ramp: 0,
            },
        )
    }

    fn block(&mut self) {
        let [left, right] = &mut self.out;
        self.engine.render(left, right);
        self.engine.collect();
    }
}

fn first_sample(plan: Plan) -> Result<[f64; 2]> {
    let mut studio = Studio::new(Limits::default(), 1)?;
    let cost = overhead();
    let (mut frames, mut spent) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds * plan.blocks {
        let (empty, ()) = nanos(cost, || studio.block());
        let (full, done) = nanos(cost, || {
            let done = studio.post("go");
            studio.block();
            done
        });
        done?;
        let [left, right] = &studio.out;
        let heard = left
            .iter()
            .zip(right)
            .position(|(l, r)| *l != 0.0 || *r != 0.0);
        let Some(heard) = heard else {
            return Err(failed("a post is not heard in its block"));
        };
        frames.push(heard as f64);
        spent.push(full - empty);
        let at = studio.engine.now();
        let object = ObjectId::GLOBAL;
        studio
            .engine
            .game(at, GameCall::StopAll { object, fade: 0 })?;
        for _ in 0..20 {
            studio.block();
        }
    }
    Ok([median(&mut frames), median(&mut spent)])
}

/// Nanoseconds of a post on a desk that does nothing, and what one costs more that chooses. Both
/// take turns, so that a machine that is slower for a while is so for both.
fn posts(plan: Plan) -> Result<[f64; 2]> {
    let mut plain = Poster::new("go")?;
    let mut choosing = Poster::new("choose")?;
    let (mut each, mut more) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds * plan.blocks {
        let [plain, chosen] = [plain.round(), choosing.round()];
        each.push(plain);
        more.push(chosen - plain);
    }
    plain.check()?;
    choosing.check()?;
    Ok([median(&mut each), median(&mut more)])
}

/// Posts one event again and again.
struct Poster {
    event: &'static str,
    director: Director,
    desk: Silence,
    cost: f64,
    at: u64,
    playing: u64,
}

impl Poster {
    const CALLS: u64 = 500;

    fn new(event: &'static str) -> Result<Self> {
        Ok(Self {
            event,
            director: director(&[BusId::new(0, 1)], 480)?,
            desk: Silence::default(),
            cost: overhead(),
            at: 0,
            playing: 0,
        })
    }

    /// Nanoseconds of a post, the mean of a tick full of them.
    fn round(&mut self) -> f64 {
        self.director.tick(self.at, &mut self.desk);
        let (spent, ()) = nanos(self.cost, || {
            for _ in 0..Self::CALLS {
                self.playing += 1;
                let call = call(self.event, self.playing);
                self.director.call(self.at, &call, &mut self.desk);
            }
        });
        self.at += TICK;
        self.desk.end_all(self.at);
        spent / Self::CALLS as f64
    }

    /// Nothing that was posted may be lost.
    fn check(&self) -> Result<()> {
        let counts = self.director.counts();
        if counts.refused > 0 || self.desk.ids != self.playing {
            let event = self.event;
            return Err(failed(format!("posts of {event} were lost: {counts:?}")));
        }
        Ok(())
    }
}

/// Updates of each of 236 signals before a tick that make a million a second.
const FLOOD: usize = 43;

/// Median nanoseconds of a tick, and those that one of a hundred takes at least.
fn adaptive_tick(plan: Plan, updates: usize) -> Result<[f64; 2]> {
    // With those that are always there, 256 signals.
    let always = 20;
    let load = Load::new(256 - always, 200);
    let mut load = load.map_err(|found| failed(format!("{found:?}")))?;
    let cost = overhead();
    let mut each = Vec::new();
    for _ in 0..plan.rounds * plan.blocks * 10 {
        (0..updates).for_each(|_| load.update());
        each.push(nanos(cost, || load.tick()).0);
    }
    let middle = median(&mut each);
    // It is sorted now.
    let worst = each.get(each.len() * 99 / 100).copied().unwrap_or(middle);
    Ok([middle, worst])
}

/// Median microseconds of a block with 10,000 playing sounds.
fn stress(plan: Plan) -> Result<f64> {
    let limits = Limits {
        virtual_voices: 16_384,
        ..Limits::default()
    };
    let mut studio = Studio::new(limits, 1)?;
    for _ in 0..2_000 {
        studio.post("crowd")?;
        if studio.posts.is_multiple_of(50) {
            // No more actions than a tick carries out.
            (0..4).for_each(|_| studio.block());
        }
    }
    let cost = overhead();
    let times = (0..plan.rounds * plan.blocks).map(|_| nanos(cost, || studio.block()).0 / 1e3);
    Ok(median(&mut times.collect::<Vec<_>>()))
}

/// The director's microseconds of a block, and percent.
fn share(plan: Plan) -> Result<[f64; 2]> {
    const BUSES: usize = 64;
    let mut studio = Studio::new(Limits::default(), BUSES)?;
    for n in 0..256 {
        studio.post(&format!("follow {}", n % BUSES))?;
    }
    let cost = overhead();
    let (mut own, mut shares) = (Vec::new(), Vec::new());
    for n in 0..plan.rounds * plan.blocks {
        // It is on its way all the time.
        studio.rtpc(if n % 2 == 0 { 1.0 } else { 0.0 })?;
        studio.spent.store(0, Ordering::Relaxed);
        let (whole, ()) = nanos(cost, || studio.block());
        let spent = studio.spent.load(Ordering::Relaxed) as f64;
        own.push(spent / 1e3);
        shares.push(100.0 * spent / whole.max(1.0));
    }
    Ok([median(&mut own), median(&mut shares)])
}

/// A director, and the nanoseconds that it takes.
struct Watched {
    inner: Director,
    spent: Arc<AtomicU64>,
    overhead: f64,
}

impl Watched {
    fn watch<T>(&mut self, work: impl FnOnce(&mut Director) -> T) -> T {
        let start = ThreadTime::now();
        let value = work(&mut self.inner);
        let spent = (start.elapsed().as_secs_f64() * 1e9 - self.overhead).max(0.0);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "nanoseconds of a call"
        )]
        self.spent.fetch_add(spent as u64, Ordering::Relaxed);
        value
    }
}

impl Program for Watched {
    fn call(&mut self, at: u64, call: &GameCall, desk: &mut dyn Desk) {
        self.watch(|it| it.call(at, call, desk));
    }

    fn note(&mut self, at: u64, note: &NoteEvent, desk: &mut dyn Desk) -> bool {
        self.watch(|it| it.note(at, note, desk))
    }

    fn next_boundary(&self, at: u64) -> u64 {
        self.inner.next_boundary(at)
    }

    fn run(&mut self, at: u64, desk: &mut dyn Desk) {
        self.watch(|it| it.run(at, desk));
    }

    fn transport_turned(&mut self, at: u64, desk: &mut dyn Desk) {
        self.watch(|it| it.transport_turned(at, desk));
    }

    fn tick(&mut self, at: u64, desk: &mut dyn Desk) {
        self.watch(|it| it.tick(at, desk));
    }

    fn take_over(&mut self, at: u64, old: &mut dyn Program, desk: &mut dyn Desk) {
        self.watch(|it| it.take_over(at, old, desk));
    }

    fn as_any(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

/// A desk that plays nothing.
#[derive(Default)]
struct Silence {
    ids: u64,
    ended: u64,
    reports: std::collections::VecDeque<VoiceReport>,
}

impl Silence {
    /// Everything that was started is over.
    fn end_all(&mut self, at: u64) {
        while self.ended < self.ids {
            self.ended += 1;
            self.reports.push_back(VoiceReport {
                at,
                voice: VoiceId(self.ended),
                event: VoiceEvent::Ended,
                reason: segue_rt::command::Reason::NaturalEnd,
                age: TICK,
            });
        }
    }
}

impl Desk for Silence {
    fn start(&mut self, _: &VoiceParams) -> VoiceId {
        self.ids += 1;
        VoiceId(self.ids)
    }
    fn voice(&mut self, _: &VoiceCommand) {}
    fn bus_trim(&mut self, _: BusId, _: f32, _: u32) {}
    fn send_trim(&mut self, _: SendId, _: f32, _: u32) {}
    fn insert_param(&mut self, _: InsertId, _: u16, _: f32) {}
    fn bus_power(&self, _: BusId) -> f32 {
        0.0
    }
    fn path_gain(&self, _: BusId) -> f32 {
        1.0
    }
    fn sound_frames(&self, _: SoundId) -> Option<u64> {
        None
    }
    fn voice_place(&self, _: VoiceId) -> Option<u64> {
        None
    }
    fn next_report(&mut self) -> Option<VoiceReport> {
        self.reports.pop_front()
    }
    fn is_rolling(&self) -> bool {
        false
    }
    fn grid_point(&self, _: Grid, _: u64) -> Option<GridPoint> {
        None
    }
}
