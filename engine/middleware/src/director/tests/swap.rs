//! Another bank while things play.

use segue_rt::command::Reason;
use segue_rt::game::{NameId, Program};
use segue_rt::ids::VoiceId;

use super::containers::{container, random, rtpc, step};
use super::stage::{Stage, action, bank, event, play};
use crate::director::{Config, Director};
use crate::source::{
    Action, ActionKind, ContainerKind, Interactive, Interp, Sequence, SequenceEnd,
};
use crate::telemetry::{Row, What};

impl Stage {
    /// Lets another bank take over now.
    pub(super) fn swap(&mut self, source: &Interactive) {
        let (director, listener) = Director::new(bank(source), &Config::default());
        listener.listen(true);
        let mut old = std::mem::replace(&mut self.director, Box::new(director));
        self.listener = listener;
        self.desk.now = self.now;
        let (director, desk, now) = (&mut self.director, &mut self.desk, self.now);
        assert_no_alloc::assert_no_alloc(|| director.take_over(now, &mut *old, desk));
    }
}

fn project(extra: bool) -> Interactive {
    let sequence = ContainerKind::Sequence(Sequence {
        steps: vec![step("c", 0.0, 0.0), step("c", 100.0, 100.0)],
        speed: 1.0,
        end: SequenceEnd::Loop,
    });
    let mut containers = vec![
        container("s", sequence),
        container("r", random(&[("long", 1)])),
    ];
    let mut events = vec![
        event("go", vec![play("long")]),
        event("steps", vec![play("s")]),
        event("chance", vec![play("r")]),
    ];
    if extra {
        // Every place of the old bank moves.
        containers.insert(0, container("new", random(&[("a", 1)])));
        containers.remove(2);
        events.reverse();
    }
    Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        containers,
        events,
        ..Interactive::default()
    }
}

#[test]
fn what_is_still_there_goes_on_and_the_rest_fades() {
    let mut stage = Stage::new(&project(false));
    stage.post(0, "go");
    stage.post(0, "chance");
    let steps = stage.post(0, "steps");
    stage.rtpc(0, "x", 0.5);
    stage.run(10_000);
    let before = stage.desk.told.len();
    stage.swap(&Interactive {
        events: project(true)
            .events
            .into_iter()
            .filter(|it| it.name != "chance")
            .collect(),
        ..project(true)
    });
    stage.run(30_000);
    let lines: Vec<_> = stage.voices();
    let after: Vec<_> = stage.desk.told[before..].iter().collect();
    assert!(!after.is_empty());
    // Voice 1 plays on untouched; voice 2 was below a container that is gone.
    assert!(
        !lines.iter().any(|line| line.contains(" 1 stop")),
        "{lines:?}"
    );
    assert!(lines.contains(&"10000 2 stop 960".to_owned()), "{lines:?}");
    let starts: Vec<u64> = stage
        .starts()
        .iter()
        .map(|it| it.0)
        .filter(|at| *at > 0)
        .collect();
    assert_eq!(starts, [4_800, 9_600, 14_400, 19_200, 24_000, 28_800]);
    let gone = stage.rows().into_iter().find_map(|row| match row.what {
        What::Voice {
            voice: VoiceId(2),
            reason,
            ..
        } => Some(reason),
        _ => None,
    });
    assert_eq!(gone, Some(Reason::BankSwap));
    stage.at(
        30_000,
        segue_rt::game::GameCall::StopPlaying {
            playing: steps,
            fade: 480,
        },
    );
    stage.run(60_000);
    assert!(
        stage.starts().iter().all(|it| it.0 < 30_480),
        "the post is still known"
    );
}

#[test]
fn a_changed_gain_takes_a_ramp() {
    let with = |gain_db| {
        let mut source = project(false);
        source.containers[1].props.gain_db = gain_db;
        source
    };
    let mut stage = Stage::new(&with(0.0));
    stage.post(0, "chance");
    stage.run(4_800);
    stage.swap(&with(-20.0));
    stage.run(9_600);
    let lines = stage.voices();
    assert_eq!(lines, ["0 1 start long", "4832 1 gain 0.1000 480"]);
}

#[test]
fn other_sizes_fade_everything_out() {
    let mut stage = Stage::new(&project(false));
    stage.post(0, "go");
    stage.run(480);
    let small = Config {
        playing: 8,
        ..Config::default()
    };
    let (mut director, _listener) = Director::new(bank(&project(false)), &small);
    let mut old = std::mem::replace(&mut stage.director, {
        director.take_over(
            480,
            &mut *Box::new(Director::new(bank(&project(false)), &small).0),
            &mut stage.desk,
        );
        Box::new(director)
    });
    stage.desk.now = 480;
    stage.director.take_over(480, &mut *old, &mut stage.desk);
    assert_eq!(stage.voices().last().unwrap(), "480 1 stop 960");
}

/// Starts and the names of refusals by a swap, when `go` is posted with actions that wait and others
/// take their place.
fn swapped(
    before: Vec<Action>,
    after: Vec<Action>,
    stop: bool,
) -> (Vec<(u64, &'static str)>, usize) {
    let source = |actions| Interactive {
        events: vec![
            event("go", actions),
            event("halt", vec![action(ActionKind::Stop("a".to_owned()))]),
        ],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source(before));
    stage.post(0, "go");
    stage.run(1_000);
    stage.swap(&source(after));
    if stop {
        stage.post(1_000, "halt");
    }
    stage.run(20_000);
    let starts = stage.starts().iter().map(|it| (it.0, it.1)).collect();
    let rows = stage.rows();
    let dropped = |row: &&Row| {
        matches!(row.what, What::Ignored { name, reason: Reason::BankSwap, .. }
            if name == NameId::of("go"))
    };
    let lost = rows.iter().filter(dropped).count();
    let over =
        |row: &Row| matches!(row.what, What::Finished { event, .. } if event == NameId::of("go"));
    assert!(rows.iter().any(over), "{rows:?}");
    (starts, lost)
}

fn later(target: &str, delay_ms: f32) -> Action {
    Action {
        delay_ms,
        ..play(target)
    }
}

#[test]
fn an_action_that_waits_stays_the_same_action() {
    let moved = vec![play("b"), later("c", 50.0), later("a", 100.0)];
    let before = || vec![later("a", 100.0), later("c", 50.0)];
    let (starts, lost) = swapped(before(), moved.clone(), false);
    assert_eq!((starts, lost), (vec![(2_400, "c"), (4_800, "a")], 0));
    let (starts, lost) = swapped(before(), moved, true);
    assert_eq!((starts, lost), (vec![(2_400, "c")], 0));
    let louder = vec![
        later("c", 50.0),
        Action {
            gain_lin: 0.5,
            ..later("a", 100.0)
        },
    ];
    let (starts, lost) = swapped(before(), louder, false);
    assert_eq!((starts, lost), (vec![(2_400, "c"), (4_800, "a")], 0));
}

#[test]
fn an_action_that_waits_and_is_gone_is_dropped_and_told() {
    let before = vec![later("a", 100.0), later("c", 50.0), later("a", 100.0)];
    let after = vec![later("b", 100.0), later("a", 100.0)];
    let (starts, lost) = swapped(before, after, false);
    assert_eq!((starts, lost), (vec![(4_800, "a")], 2));
}
