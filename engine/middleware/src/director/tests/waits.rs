//! What waits: delayed plays that a stop cancels, and posts of other events on their scope.

use segue_rt::game::{GameCall, NameId, ObjectId};

use super::stage::{Stage, action, event, play, world};
use crate::compile::compile;
use crate::source::{Action, ActionKind, Interactive, Scope};
use crate::telemetry::What;

fn late(target: &str) -> Action {
    Action {
        delay_ms: 2_000.0,
        ..play(target)
    }
}

fn scoped(kind: ActionKind, scope: Scope) -> Action {
    Action {
        scope,
        ..action(kind)
    }
}

fn stops() -> Interactive {
    let stop = |name: &str, kind, scope| event(name, vec![scoped(kind, scope)]);
    let inner = Action {
        delay_ms: 1_500.0,
        ..action(ActionKind::PostEvent("now".into()))
    };
    let end = ActionKind::FadeTo("a".into(), 0.0, true);
    Interactive {
        events: vec![
            event("late", vec![late("a"), late("b")]),
            event("now", vec![play("c")]),
            event("chain", vec![inner]),
            stop("all_here", ActionKind::StopAll, Scope::GameObject),
            stop("all", ActionKind::StopAll, Scope::Global),
            stop("a_here", ActionKind::Stop("a".into()), Scope::GameObject),
            stop("a_fades", end, Scope::All),
            stop("one", ActionKind::StopAll, Scope::FirstOnly),
        ],
        ..Interactive::default()
    }
}

/// What of the global object and of object 1 still plays after a stop at 1 s.
fn left(stop: &str) -> Vec<(u64, &'static str)> {
    let mut stage = Stage::new(&stops());
    stage.register(0, 1);
    stage.post(0, "late");
    stage.post_on(480, "late", 1);
    stage.post(960, "chain");
    stage.post(48_000, stop);
    stage.run(120_000);
    let starts = stage.starts().into_iter();
    starts.map(|(at, name, _)| (at, name)).collect()
}

#[test]
fn a_stop_cancels_the_plays_that_wait_in_its_scope() {
    let [a, b] = [(96_000, "a"), (96_000, "b")];
    let [other_a, other_b] = [(96_480, "a"), (96_480, "b")];
    let chain = (72_960, "c");
    assert_eq!(left("all_here"), [other_a, other_b]);
    assert_eq!(left("all"), []);
    assert_eq!(left("a_here"), [chain, b, other_a, other_b]);
    assert_eq!(left("a_fades"), [chain, b, other_b]);
    assert_eq!(left("one"), [chain, a, b, other_a, other_b]);
}

#[test]
fn a_post_of_which_everything_was_cancelled_is_over() {
    let mut stage = Stage::new(&stops());
    stage.post(0, "late");
    stage.post(48_000, "a_here");
    stage.post(49_000, "all_here");
    stage.run(120_000);
    let finished = stage.rows().into_iter().find_map(|row| match row.what {
        What::Finished { event, .. } if event == NameId::of("late") => Some(row.at),
        _ => None,
    });
    assert_eq!(finished, Some(49_000));
}

fn pauses() -> Interactive {
    let mut source = stops();
    let does = |name: &str, kind, scope| event(name, vec![scoped(kind, scope)]);
    let a = || "a".to_owned();
    source.events.extend([
        does("hold_here", ActionKind::PauseAll, Scope::GameObject),
        does("go_here", ActionKind::ResumeAll, Scope::GameObject),
        does("hold_all", ActionKind::PauseAll, Scope::Global),
        does("go_all", ActionKind::ResumeAll, Scope::Global),
        does("hold_a", ActionKind::Pause(a()), Scope::All),
        does("go_a", ActionKind::Resume(a()), Scope::All),
        does("hold_one", ActionKind::PauseAll, Scope::FirstOnly),
    ]);
    source
}

/// When everything starts with a pause at 1 s and a resume at 3 s, in blocks of so many frames.
fn started(hold: &str, go: &str, block: u64) -> Vec<(u64, &'static str)> {
    let mut stage = Stage::new(&pauses());
    stage.register(0, 1);
    stage.post(0, "late");
    stage.post_on(480, "late", 1);
    stage.post_on(48_000, hold, 1);
    stage.post_on(144_000, go, 1);
    stage.run_in(240_000, block);
    let starts = stage.starts().into_iter();
    starts.map(|(at, name, _)| (at, name)).collect()
}

#[test]
fn a_pause_holds_the_plays_that_wait_in_its_scope() {
    let [a, b] = [(96_000, "a"), (96_000, "b")];
    let [own_a, own_b] = [(96_480, "a"), (96_480, "b")];
    // The rest of a delay is behind the resume: two seconds later.
    let later = |(at, name): (u64, &'static str)| (at + 96_000, name);
    for block in [512, 31, 2_048] {
        let check = |hold, go, expected: [(u64, &str); 4]| {
            assert_eq!(started(hold, go, block), expected, "{hold}");
        };
        check("hold_here", "go_here", [a, b, later(own_a), later(own_b)]);
        check(
            "hold_all",
            "go_all",
            [later(a), later(b), later(own_a), later(own_b)],
        );
        check("hold_a", "go_a", [b, own_b, later(a), later(own_a)]);
        check("hold_one", "go_here", [a, b, own_a, own_b]);
    }
    // Without a resume nothing begins, and what is paused as one post waits too.
    assert_eq!(started("hold_all", "now", 512), [(144_000, "c")]);
}

#[test]
fn a_paused_post_holds_what_it_has_planned() {
    let mut stage = Stage::new(&pauses());
    let playing = stage.post(0, "late");
    let pause = |on| GameCall::PausePlaying {
        playing,
        on,
        fade: 0,
    };
    stage.at(48_000, pause(true)).at(60_000, pause(true));
    stage.at(144_000, pause(false));
    stage.run(240_000);
    let starts: Vec<u64> = stage.starts().iter().map(|it| it.0).collect();
    assert_eq!(starts, [192_000, 192_000]);
}

#[test]
fn what_is_held_can_be_stopped_and_leaves_nothing() {
    for stop in ["all", "a_here"] {
        let mut stage = Stage::new(&pauses());
        stage.post(0, "late");
        stage.post(48_000, "hold_all");
        stage.post(72_000, stop);
        stage.post(96_000, "go_all");
        stage.run(96_001);
        let left = usize::from(stop != "all");
        let agenda = &stage.director.state.agenda;
        assert_eq!(agenda.len(), left, "{stop}");
        stage.run(240_000);
        assert_eq!(stage.starts().len(), left, "{stop}");
        let finished = |row: &crate::telemetry::Row| matches!(row.what, What::Finished { event, .. } if event == NameId::of("late"));
        assert_eq!(stage.rows().iter().filter(|row| finished(row)).count(), 1);
    }
}

#[test]
fn what_is_held_is_not_kept_when_it_is_stopped() {
    let mut stage = Stage::new(&pauses());
    for n in 0..1_000 {
        stage.post(n * 480, "late");
        stage.post(n * 480 + 1, "hold_all");
        stage.post(n * 480 + 2, "all");
    }
    stage.run(480_481);
    assert_eq!(stage.director.state.agenda.len(), 0);
}

#[test]
fn another_bank_holds_what_was_held() {
    let (source, mut new) = (pauses(), pauses());
    // Its actions have other numbers now.
    new.events[0].actions.reverse();
    let mut stage = Stage::new(&source);
    stage.post(0, "late");
    stage.post(48_000, "hold_all");
    stage.run(60_000);
    stage.swap(&new);
    stage.post(144_000, "go_all");
    stage.run(240_000);
    let mut starts: Vec<_> = stage.starts().iter().map(|it| (it.0, it.1)).collect();
    starts.sort_unstable();
    assert_eq!(starts, [(192_000, "a"), (192_000, "b")]);
}

#[test]
fn events_are_posted_on_whom_the_scope_says() {
    let posted = |scope| {
        let inner = scoped(ActionKind::PostEvent("inner".into()), scope);
        let source = Interactive {
            events: vec![event("outer", vec![inner]), event("inner", vec![play("a")])],
            ..Interactive::default()
        };
        let mut stage = Stage::new(&source);
        for object in 1..=3 {
            stage.register(0, object);
        }
        stage.post_on(0, "outer", 2);
        stage.run(480);
        let rows = stage.rows().into_iter();
        let objects = rows.filter_map(|row| match row.what {
            What::Posted { event, object, .. } if event == NameId::of("inner") => Some(object),
            _ => None,
        });
        objects.collect::<Vec<_>>()
    };
    assert_eq!(posted(Scope::GameObject), [ObjectId(2)]);
    assert_eq!(posted(Scope::Emitter), [ObjectId(2)]);
    assert_eq!(posted(Scope::Global), [ObjectId::GLOBAL]);
    assert_eq!(posted(Scope::All), [1, 2, 3].map(ObjectId));
}

#[test]
fn an_event_cannot_be_posted_on_one_instance() {
    for scope in [Scope::FirstOnly, Scope::Random] {
        let inner = scoped(ActionKind::PostEvent("inner".into()), scope);
        let source = Interactive {
            events: vec![event("outer", vec![inner]), event("inner", vec![play("a")])],
            ..Interactive::default()
        };
        let problems = compile(&source, &world()).unwrap_err();
        let paths: Vec<String> = problems.iter().map(|it| it.path.to_string()).collect();
        assert_eq!(paths, ["events[0].actions[0].scope"], "{scope:?}");
    }
}
