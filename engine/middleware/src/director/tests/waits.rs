//! What waits: delayed plays that a stop cancels, and posts of other events on their scope.

use segue_rt::game::NameId;

use super::stage::{Stage, action, event, play};
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
