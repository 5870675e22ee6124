//! Several games at a time, and what each is told.

use super::*;
use crate::trace::tests::whole::{adapt, diff_planned};

const OTHER: Peer = Peer {
    connector: 0,
    number: 2,
};

/// Two games that play; `GAME` is in a spin.
fn two_games(trace: Option<TraceWriter>) -> Rig {
    let mut rig = Rig::new(Adapter::native(), trace);
    rig.open(GAME);
    rig.open(OTHER);
    let menu = json!({"stage": "menu_open"});
    rig.say(OTHER, FrameKind::StageEvent, menu, None);
    rig.stage(json!({"stage": "ui_spin_press"}));
    rig.stage(json!({"stage": "reel_spin_loop"}));
    rig.stage(json!({"stage": "reel_spinning_start", "reel": 9}));
    rig.run(1);
    rig
}

fn close(rig: &mut Rig, peer: Peer) {
    rig.hub.tell(Notice::Closed {
        peer,
        reason: "silent",
        text: String::new(),
    });
    rig.run(2);
}

fn open(rig: &Rig) -> Vec<(&'static str, Option<u8>)> {
    let open = rig.live.owners.open();
    open.map(|it| (it.stage.name(), it.reel)).collect()
}

#[test]
fn a_game_that_is_gone_takes_its_loops_along_while_another_plays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let mut rig = two_games(Some(TraceWriter::create(&path, header()).unwrap()));
    let tension = json!({"stage": "anticipation_on", "reel": 4});
    rig.say(OTHER, FrameKind::StageEvent, tension, None);
    rig.run(1);
    close(&mut rig, GAME);
    assert_eq!(open(&rig), [("anticipation_on", Some(4))]);
    let ended = rig.rows("end_loops");
    let expected = json!([{"stage": "reel_spin_loop", "reel": null},
        {"stage": "reel_spinning_start", "reel": 9}]);
    assert_eq!((ended.len(), &ended[0]["end_loops"]), (1, &expected));
    assert_eq!(ended[0]["src"], "web/1");
    // The next spin is no violation: the one before is over with its game.
    let press = json!({"stage": "ui_spin_press"});
    rig.say(OTHER, FrameKind::StageEvent, press, None);
    rig.run(1);
    assert_eq!(rig.live.summary().violations, 0);
    close(&mut rig, OTHER);
    assert_eq!(open(&rig), []);
    assert!(rig.heard().iter().any(|(_, name)| *name == "end_stages"));
    let summary = rig.live.finish(&rig.hub, rig.frame).unwrap();
    assert_eq!((summary.loops_cut, summary.open_loops.len()), (3, 0));
    let trace = Trace::read(&path).unwrap();
    let again = adapt(&trace, Adapter::native());
    assert_eq!(diff_planned(&trace, &again), []);
}

#[test]
fn a_loop_of_two_games_ends_with_the_last() {
    let mut rig = two_games(None);
    let its = json!({"stage": "reel_spin_loop"});
    rig.say(OTHER, FrameKind::StageEvent, its, None);
    rig.run(1);
    close(&mut rig, GAME);
    assert_eq!(open(&rig), [("reel_spin_loop", None)]);
    close(&mut rig, OTHER);
    assert_eq!(open(&rig), []);
}

/// What the other one planned is as good as said.
#[test]
fn a_loop_that_another_game_is_about_to_begin_goes_on() {
    let mut rig = two_games(None);
    let its = json!({"stage": "reel_spin_loop"});
    rig.say(OTHER, FrameKind::StageEvent, its, Some(20_000_000));
    rig.run(1);
    close(&mut rig, GAME);
    assert_eq!(open(&rig), [("reel_spin_loop", None)]);
    let ended = rig.rows("end_loops");
    let expected = json!([{"stage": "reel_spinning_start", "reel": 9}]);
    assert_eq!((ended.len(), &ended[0]["end_loops"]), (1, &expected));
    close(&mut rig, OTHER);
    assert_eq!(open(&rig), []);
}

#[test]
fn a_game_is_told_what_was_not_taken() {
    let mut rig = Rig::native();
    rig.stage(json!({"stage": "nosuch"}));
    rig.stage(json!({"stage": "win_present", "win_amount": -1, "line_count": 0}));
    rig.stage(json!({"stage": "reel_stop", "reel": 10, "symbols": []}));
    let data = json!({"address": "/rtpc/nowhere", "args": [1]});
    rig.say(OSC, FrameKind::Custom, data, None);
    rig.run(1);
    let told = rig.live.take_refused();
    let told: Vec<_> = told
        .iter()
        .map(|(peer, it)| (*peer, it.code, it.seq))
        .collect();
    // OSC has no way back.
    let expected = [(GAME, "unknown", 1), (GAME, "stage", 2), (GAME, "stage", 3)];
    assert_eq!(told, expected);
    // A game that says much that is wrong is told as much as is reported.
    for _ in 0..100 {
        rig.stage(json!({"stage": "nosuch"}));
    }
    rig.run(1);
    assert!(rig.live.take_refused().len() <= 10);
}

#[test]
fn another_project_is_flagged_in_the_coverage() {
    let mut rig = Rig::native();
    let covered = |rig: &Rig| {
        let coverage = rig.live.adapter().coverage();
        coverage_value(coverage, &std::collections::BTreeSet::new())["other_project"].clone()
    };
    assert_eq!(covered(&rig), Value::Null);
    let theirs = "abc".to_owned();
    let row = crate::session::Row::OtherProject { theirs };
    rig.hub.tell(Notice::Row { peer: GAME, row });
    rig.run(1);
    assert_eq!(covered(&rig), "abc");
    // It stays, also with another adapter.
    rig.live.set_adapter(Adapter::native());
    assert_eq!(covered(&rig), "abc");
}
