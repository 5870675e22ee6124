//! Actions that the budget of a tick puts off: they come late, and nothing else is different.

use segue_rt::game::{GameCall, ObjectId, PlayingId};
use segue_rt::voices::VoiceCommand;

use super::desk::Told;
use super::stage::{SOUNDS, Stage, action, event, play};
use crate::containers::rng::mix64;
use crate::source::{Action, ActionKind, Event, Interactive, Interp, Scope};
use crate::telemetry::What;

fn global(kind: ActionKind) -> Action {
    Action {
        scope: Scope::Global,
        ..action(kind)
    }
}

fn later(action: Action) -> Action {
    Action {
        delay_ms: 100.0,
        ..action
    }
}

fn posting(name: &str) -> Action {
    action(ActionKind::PostEvent(name.into()))
}

fn source(mut events: Vec<Event>) -> Interactive {
    // Takes the budget and does nothing.
    events.push(event("fill", vec![action(ActionKind::None); 64]));
    Interactive {
        events,
        ..Interactive::default()
    }
}

/// The starts in their order, and what of it is not stopped; with so many actions in a tick.
fn heard(stage: &mut Stage, budget: usize, until: u64) -> [Vec<&'static str>; 2] {
    let state = &mut stage.director.state;
    (state.budget, state.tick_actions) = (budget, budget);
    stage.run(until);
    let mut plays = Vec::new();
    for (_, told) in &stage.desk.told {
        match told {
            Told::Start(id, params) => plays.push((*id, SOUNDS[params.sound.index()].0, true)),
            Told::Voice(VoiceCommand::Stop { voice, .. }) => {
                let stopped = plays.iter_mut().filter(|it| it.0 == *voice);
                stopped.for_each(|it| it.2 = false);
            }
            _ => {}
        }
    }
    let left = plays.iter().filter(|it| it.2);
    let left = left.map(|it| it.1).collect();
    [plays.iter().map(|it| it.1).collect(), left]
}

const UNLIMITED: usize = usize::MAX;

#[test]
fn events_post_each_other_with_delays_as_deep_as_they_may() {
    let one = |n: u32| {
        let next = later(posting(&format!("e{}", n + 1)));
        // What waits behind a stop is not what the stop stands before.
        let rest = later(play("b"));
        let stop = action(ActionKind::Stop("b".into()));
        event(&format!("e{n}"), vec![play("a"), rest, stop, next])
    };
    let mut events: Vec<Event> = (0..7).map(one).collect();
    events.push(event("e7", vec![play("a")]));
    let mut stage = Stage::new(&source(events));
    stage.post(0, "e0");
    let [plays, _] = heard(&mut stage, UNLIMITED, 10 * 4_800);
    assert_eq!(plays.len(), 8);
    assert!(plays.iter().all(|it| *it == "a"), "{plays:?}");
}

#[test]
fn what_is_only_late_is_not_stopped_or_held_by_what_comes_before_it() {
    for first in [ActionKind::StopAll, ActionKind::PauseAll] {
        let go = vec![global(first), play("long"), later(play("loop"))];
        let wait = vec![later(play("b"))];
        let source = source(vec![event("go", go), event("wait", wait)]);
        let mut stage = Stage::new(&source);
        stage.post(100, "wait");
        for _ in 0..16 {
            stage.post(100, "fill");
        }
        stage.post(100, "go");
        stage.run(9_600);
        let starts: Vec<_> = stage.starts().iter().map(|it| (it.0, it.1)).collect();
        // What really waited, for 4,800 frames, waits no more.
        assert_eq!(starts, [(480, "long"), (4_900, "loop")]);
    }
}

#[test]
fn events_inside_one_that_is_late_come_before_what_is_behind_it() {
    let source = source(vec![
        event("outer", vec![posting("inner"), global(ActionKind::StopAll)]),
        event("inner", vec![play("long"), play("loop"), play("c")]),
    ]);
    let run = |budget| {
        let mut stage = Stage::new(&source);
        stage.post(100, "fill");
        stage.post(100, "outer");
        heard(&mut stage, budget, 96_000)
    };
    // The event inside begins with the last action of a tick.
    for budget in [UNLIMITED, 64, 32, 2, 1] {
        assert_eq!(run(budget), [vec!["long", "loop", "c"], vec![]], "{budget}");
    }
}

#[test]
fn a_delayed_stop_that_is_late_concerns_what_was_called_before_its_frame() {
    let source = source(vec![
        event("stop", vec![later(global(ActionKind::StopAll))]),
        event("a", vec![later(play("long"))]),
        event("b", vec![later(play("loop"))]),
        event("c", vec![play("c")]),
    ]);
    let run = |budget| {
        let mut stage = Stage::new(&source);
        stage.post(100, "stop");
        // Its frame is 4,900: one delayed play and one play are known by then.
        stage.post(4_900, "fill");
        stage.post(4_900, "a");
        stage.post(4_900, "c");
        stage.post(4_901, "b");
        heard(&mut stage, budget, 96_000)
    };
    for budget in [UNLIMITED, 32, 8, 3] {
        assert_eq!(run(budget), [vec!["c", "loop"], vec!["loop"]], "{budget}");
    }
}

/// Some events at random, of which the later ones post the earlier ones.
fn some_events(seed: u64) -> Vec<Event> {
    let mut drawn = seed;
    let mut draw = |n: u64| {
        drawn = mix64(drawn.wrapping_add(0x9E37_79B9_7F4A_7C15));
        drawn % n
    };
    let events = (0..6_u64).map(|number| {
        let actions = (0..=draw(4)).map(|_| {
            let action = match draw(if number > 1 { 8 } else { 5 }) {
                0 => global(ActionKind::StopAll),
                1 => global(ActionKind::Stop("loop".into())),
                2 | 3 => play("loop"),
                4 => play("long"),
                _ => posting(&format!("e{}", draw(number))),
            };
            match draw(4) {
                0 => later(action),
                _ => action,
            }
        });
        event(&format!("e{number}"), actions.collect())
    });
    events.collect()
}

#[test]
fn any_events_start_and_stop_the_same_with_any_budget() {
    for seed in 0..200 {
        let source = source(some_events(seed));
        let run = |budget| {
            let mut stage = Stage::new(&source);
            for n in 0..12_u64 {
                let event = mix64(seed ^ mix64(n)) % 6;
                // In two crowds, the second of which meets what the first one delayed.
                stage.post(100 + n / 6 * 2_400, &format!("e{event}"));
            }
            heard(&mut stage, budget, 144_000)
        };
        let expected = run(UNLIMITED);
        for budget in [3, 7] {
            assert_eq!(run(budget), expected, "seed {seed}, {budget} in a tick");
        }
    }
}

/// A thousand delayed plays, and on each of some frames a hundred pauses and resumes of them.
#[test]
fn pauses_of_one_frame_time_what_waits_once() {
    let pause = |name: &str, kind| event(name, vec![action(kind)]);
    let source = source(vec![
        event("wait", vec![later(play("c"))]),
        pause("hold", ActionKind::PauseAll),
        pause("go", ActionKind::ResumeAll),
        event(
            "both",
            vec![
                later(action(ActionKind::PauseAll)),
                later(action(ActionKind::ResumeAll)),
            ],
        ),
    ]);
    let mut stage = Stage::new(&source);
    for object in 1..=100 {
        stage.register(0, object);
        for _ in 0..5 {
            stage.post_on(100, "wait", object);
        }
        stage.post_on(1_000, "hold", object);
        stage.post_on(2_000, "go", object);
        stage.post_on(2_000, "both", object);
    }
    let mut playing = Vec::new();
    for object in 1..=20 {
        playing.push(stage.post_on(2_500, "wait", object));
    }
    for on in [true, false] {
        let fade = 0;
        for playing in playing.iter().copied() {
            let at = if on { 3_000 } else { 4_000 };
            stage.at(at, GameCall::PausePlaying { playing, on, fade });
        }
    }
    stage.run(4_800);
    // On the frames 1,000, 2,000, 3,000 and 4,000.
    assert_eq!(stage.director.state.agenda.walks, 4);
    stage.run(9_600);
    let starts: Vec<u64> = stage.starts().iter().map(|it| it.0).collect();
    assert_eq!(starts, [vec![5_900; 500], vec![8_300; 20]].concat());
    assert!(stage.director.state.agenda.walks <= 6);
}

/// What a post did to the RTPC, whether it is over, and what it started.
fn after_stop(stage: &mut Stage, playing: PlayingId) -> (Vec<f32>, Option<u64>, usize) {
    let mut values = Vec::new();
    let mut finished = None;
    for row in stage.rows() {
        match row.what {
            What::Rtpc { value, .. } => values.push(value),
            What::Finished { playing: id, .. } if id == playing => finished = Some(row.at),
            _ => {}
        }
    }
    (values, finished, stage.starts().len())
}

fn set(value: f32) -> Action {
    global(ActionKind::SetRtpc("x".into(), value))
}

/// A game's stops.
const STOPS: [fn(PlayingId) -> GameCall; 3] = [
    |playing| GameCall::StopPlaying { playing, fade: 0 },
    |_| GameCall::StopAll {
        object: ObjectId(1),
        fade: 0,
    },
    |_| GameCall::Unregister {
        object: ObjectId(1),
    },
];

#[test]
fn a_stopped_post_starts_nothing_more_and_does_the_rest() {
    for stop in STOPS {
        let delayed = [set(0.5), play("long"), posting("other"), set(0.75)];
        let mut actions = vec![play("long")];
        actions.extend(delayed.map(later));
        let other = event("other", vec![set(1.0), play("a")]);
        let mut source = source(vec![event("go", actions), other]);
        source.rtpcs = vec![super::containers::rtpc("x", Interp::None)];
        let mut stage = Stage::new(&source);
        stage.register(0, 1);
        let playing = stage.post_on(0, "go", 1);
        stage.at(960, stop(playing));
        stage.run(9_600);
        let call = stop(playing);
        let done = after_stop(&mut stage, playing);
        assert_eq!(done, (vec![0.5, 0.75], Some(4_800), 1), "{call:?}");
    }
}

/// Behind a flood it is what it would have been without it. The flood takes 64 actions of a tick.
#[test]
fn a_stop_in_a_flood_leaves_what_is_only_late() {
    let run = |budget: usize, stop: GameCall| {
        let other = event("other", vec![set(1.0), play("a"), later(play("a"))]);
        let go = event(
            "go",
            vec![set(0.5), play("long"), posting("other"), set(0.75)],
        );
        let mut source = source(vec![go, other]);
        source.rtpcs = vec![super::containers::rtpc("x", Interp::None)];
        let mut stage = Stage::new(&source);
        stage.register(0, 1);
        stage.post(1, "fill");
        let playing = stage.post_on(1, "go", 1);
        stage.at(1, stop);
        let state = &mut stage.director.state;
        (state.budget, state.tick_actions) = (budget, budget);
        stage.run(9_600);
        let starts = stage.starts();
        assert!(starts.iter().all(|it| it.0 < 4_800), "{starts:?}");
        after_stop(&mut stage, playing).0
    };
    let playing = PlayingId(2);
    for budget in [UNLIMITED, 64, 65, 66, 67] {
        let stop = GameCall::StopPlaying { playing, fade: 0 };
        assert_eq!(run(budget, stop), [0.5, 1.0, 0.75], "{budget}");
    }
    let object = ObjectId(1);
    for budget in [64, 65, 66] {
        let values = run(budget, GameCall::Unregister { object });
        assert_eq!(values, [0.5, 0.75], "{budget}: nothing is posted there");
    }
}
