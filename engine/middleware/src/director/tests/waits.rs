//! What waits: delayed plays that a stop cancels, and posts of other events on their scope.

use segue_rt::game::{NameId, ObjectId};

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
