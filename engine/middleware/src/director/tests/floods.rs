//! More than fits, and what is left of it afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use segue_rt::command::{Command, Install};
use segue_rt::game::{Desk, GameCall, NameId, Program};
use segue_rt::keymap::NoteEvent;

use super::containers::{container, switch_group};
use super::real::Real;
use super::stage::{Stage, bank, event, play};
use crate::director::{Config, Director};
use crate::source::{ActionKind, ContainerKind, Group, GroupChild, GroupMode, Interactive, Switch};
use crate::telemetry::What;

/// Tells how many instances and voices its director keeps.
struct Gauge {
    director: Director,
    kept: Arc<[AtomicUsize; 2]>,
}

impl Program for Gauge {
    fn call(&mut self, at: u64, call: &GameCall, desk: &mut dyn Desk) {
        self.director.call(at, call, desk);
    }

    fn note(&mut self, at: u64, note: &NoteEvent, desk: &mut dyn Desk) -> bool {
        self.director.note(at, note, desk)
    }

    fn next_boundary(&self, at: u64) -> u64 {
        self.director.next_boundary(at)
    }

    fn run(&mut self, at: u64, desk: &mut dyn Desk) {
        self.director.run(at, desk);
    }

    fn tick(&mut self, at: u64, desk: &mut dyn Desk) {
        self.director.tick(at, desk);
        let state = &self.director.state;
        let all = u32::try_from(self.director.sizes[0]).unwrap_or(u32::MAX);
        let live = (0..all).filter(|at| state.pool.get(*at).live).count();
        self.kept[0].store(live, Ordering::Relaxed);
        self.kept[1].store(state.voices.len(), Ordering::Relaxed);
    }

    fn take_over(&mut self, _: u64, _: &mut dyn Program, _: &mut dyn Desk) {}

    fn as_any(&mut self) -> &mut dyn std::any::Any {
        self
    }
}

/// An event that plays so many sounds of 50 ms at once.
fn crowd(children: usize) -> Interactive {
    let child = GroupChild {
        child: "c".into(),
        weight: 1,
        ..GroupChild::default()
    };
    let group = ContainerKind::Group(Group {
        mode: GroupMode::All,
        children: vec![child; children],
    });
    Interactive {
        containers: vec![container("crowd", group)],
        events: vec![event("go", vec![play("crowd")])],
        ..Interactive::default()
    }
}

/// Instances and voices that are kept, in the flood and behind it.
fn kept(children: usize, instances: usize) -> [[usize; 2]; 2] {
    let source = crowd(children);
    let mut real = Real::new(&source);
    let config = Config {
        instances,
        ..Config::default()
    };
    let kept = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let (director, _listener) = Director::new(bank(&source), &config);
    let gauge = Gauge {
        director,
        kept: Arc::clone(&kept),
    };
    real.queue(0, Command::Install(Install::Program(Box::new(gauge))));
    let mut stage = Stage::new(&source);
    for _ in 0..1_000 {
        stage.post(481, "go");
    }
    real.calls(&stage.take_calls());
    let mut read = |until| {
        real.run(until, 480);
        [0, 1].map(|n: usize| kept[n].load(Ordering::Relaxed))
    };
    [read(1_440), read(24_000)]
}

#[test]
fn nothing_is_kept_of_a_flood() {
    let [during, after] = kept(8, 8_192);
    assert!(during[0] > 1_000, "{during:?}");
    assert_eq!(after, [0, 0]);
}

/// Here more happens to voices within 10 ms than is listed.
#[test]
fn nothing_is_kept_of_a_flood_that_is_not_listed() {
    let [during, after] = kept(16, 16_384);
    assert!(during[0] > 1_000, "{during:?}");
    assert_eq!(after, [0, 0]);
}

/// For a second: a tick takes one value of each signal, and everything else is counted and told.
#[test]
fn a_million_signals_a_second_leave_one_of_each_to_a_tick() {
    let source = Interactive {
        adaptive: Some(super::music::adaptive()),
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    let names = ["danger", "win_tier", "multiplier", "turbo_mode"].map(NameId::of);
    for n in 0..1_000_000_u64 {
        let call = GameCall::Signal {
            signal: names[(n % 4) as usize],
            value: (n % 7) as f32,
        };
        stage.at(n * 48 / 1_000, call);
    }
    stage.run(48_001);
    let lost = stage.rows().into_iter().filter_map(|row| match row.what {
        What::Dropped { rows, signals, .. } => Some([u64::from(rows), u64::from(signals)]),
        _ => None,
    });
    let lost = lost.fold([0, 0], |sum, it| [sum[0] + it[0], sum[1] + it[1]]);
    // Ticks at 0, 480, .. 48,000.
    assert_eq!(lost, [0, 1_000_000 - 4 * 101]);
}

/// A million updates a second are as much work for a tick as the few that are left of them, and what
/// comes out is the same. Counted in steps, since time says little on a busy machine.
#[test]
fn a_million_signals_a_second_are_no_more_work_for_a_tick() {
    let source = Interactive {
        adaptive: Some(super::music::adaptive()),
        ..Interactive::default()
    };
    let names = ["danger", "win_tier", "multiplier", "turbo_mode"].map(NameId::of);
    let flood: Vec<(u64, usize, f32)> = (0..1_000_000_u64)
        .map(|n| (n * 48 / 1_000, (n % 4) as usize, (n / 4 % 7) as f32))
        .collect();
    // The last value of each signal before each tick.
    let mut calm = std::collections::BTreeMap::new();
    for it in &flood {
        calm.insert((it.0.div_ceil(480), it.1), *it);
    }
    let calm: Vec<_> = calm.into_values().collect();
    let work = |updates: &[(u64, usize, f32)]| {
        let mut stage = Stage::new(&source);
        let mut updates = updates.iter().peekable();
        let mut work = Vec::new();
        for tick in 0..=100 {
            while let Some((at, name, value)) = updates.next_if(|it| it.0 <= tick * 480) {
                let (signal, value) = (names[*name], *value);
                stage.at(*at, GameCall::Signal { signal, value });
            }
            stage.run(tick * 480 + 1);
            let adaptive = stage.director.state.score.adaptive.as_ref();
            work.push(adaptive.map(|(engine, _)| engine.work()).unwrap());
        }
        assert!(updates.next().is_none());
        (work, stage.desk.told)
    };
    let (busy, heard) = work(&flood);
    let (idle, expected) = work(&calm);
    assert_eq!(flood.len(), 1_000_000);
    assert_eq!(calm.len(), 4 * 101);
    assert_eq!(busy, idle);
    assert_eq!(heard, expected);
    let all = busy[100];
    assert_eq!(all.signals, 4 * 101);
    assert!(
        all.rules >= 100 && all.steps >= all.rules && all.effects > 0,
        "{all:?}"
    );
}

#[test]
fn lists_of_what_plays_hold_nothing_that_is_over() {
    let switch = ContainerKind::Switch(Switch {
        group: "ground".into(),
        values: vec![("wood".into(), vec!["c".into()])],
        ..Switch::default()
    });
    let mut source = super::splits::everything();
    source.adaptive = None;
    source.switches = vec![switch_group()];
    source.containers.push(container("short", switch));
    let stop = super::stage::action(ActionKind::Stop("m".into()));
    source.events.extend([
        event("short", vec![play("short")]),
        event("off", vec![stop]),
    ]);
    let mut stage = Stage::new(&source);
    for n in 0..400 {
        stage.post(n * 480, "short");
        stage.post(n * 480, "m");
        stage.post(n * 480 + 240, "off");
    }
    stage.run(192_000);
    let state = &stage.director.state;
    let most = state.blends.len().max(state.switchers.len());
    // A fade of 5 ms, a delay of 3.7 ms and a sound of 50 ms: a few of them are alive.
    assert!(most < 20, "{most}");
    stage.run(240_000);
    let state = &stage.director.state;
    let left = [
        state.blends.len(),
        state.switchers.len(),
        state.moving.len(),
    ];
    assert_eq!(left, [0; 3]);
}
