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
    let open = rig.live.games.open().into_iter();
    open.map(|(stage, reel)| (stage.name(), reel)).collect()
}

/// What the sink was asked for, and by whom.
fn of(rig: &Rig, game: &str) -> Vec<&'static str> {
    let heard = rig.heard();
    let of = heard.iter().zip(&rig.sink.games);
    let of = of.filter(|(_, its)| *its == game);
    of.map(|((_, name), _)| *name).collect()
}

/// A whole spin, as a game of two reels says it.
fn spin() -> Vec<Value> {
    [
        json!({"stage": "ui_spin_press"}),
        json!({"stage": "reel_spin_loop"}),
        json!({"stage": "reel_spinning_start", "reel": 0}),
        json!({"stage": "reel_spinning_start", "reel": 1}),
        json!({"stage": "reel_stop", "reel": 0, "symbols": [], "timestamp_ms": 100}),
        json!({"stage": "reel_stop", "reel": 1, "symbols": [], "timestamp_ms": 200}),
        json!({"stage": "reel_spinning_stop", "reel": 0}),
        json!({"stage": "reel_spinning_stop", "reel": 1}),
        json!({"stage": "evaluate_wins"}),
        json!({"stage": "spin_end"}),
    ]
    .to_vec()
}

/// Two games say right spins at once, the second some stages behind the first.
fn interleaved(rig: &mut Rig, behind: usize) {
    let spin = spin();
    for at in 0..spin.len() + behind {
        for (peer, place) in [(GAME, Some(at)), (OTHER, at.checked_sub(behind))] {
            if let Some(stage) = place.and_then(|at| spin.get(at)) {
                rig.say(peer, FrameKind::StageEvent, stage.clone(), None);
            }
        }
        rig.run(1);
    }
    rig.run(30);
}

#[test]
fn games_that_play_at_once_are_in_order_each_for_itself() {
    let strict = "schema = 1\nadapter_id = \"x\"\nlayers = []\n[validation]\nstrict_fsm = true\n";
    for behind in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.trace.jsonl");
        let trace = TraceWriter::create(&path, header()).unwrap();
        let adapter = || Adapter::read(strict).unwrap();
        let mut rig = Rig::new(adapter(), Some(trace));
        rig.open(GAME);
        rig.open(OTHER);
        interleaved(&mut rig, behind);
        let (violations, refused) = (rig.live.summary().violations, rig.rows("refused"));
        assert_eq!((violations, refused), (0, Vec::new()), "{behind} behind");
        assert_eq!(rig.rows("time_backwards"), Vec::<Value>::new());
        for game in ["web/1", "web/2"] {
            assert_eq!(of(&rig, game).len(), 10, "{game}, {behind} behind");
        }
        assert_eq!(open(&rig), []);
        rig.live.finish(&rig.hub, rig.frame).unwrap();
        let trace = Trace::read(&path).unwrap();
        let again = adapt(&trace, adapter());
        assert_eq!(diff_planned(&trace, &again), [], "{behind} behind");
    }
}

#[test]
fn the_last_reel_of_one_game_leaves_the_loops_of_the_other() {
    let mut rig = two_games(None);
    let its = json!({"stage": "reel_spin_loop"});
    rig.say(OTHER, FrameKind::StageEvent, its, None);
    let stop = json!({"stage": "reel_stop", "reel": 9, "symbols": []});
    rig.say(GAME, FrameKind::StageEvent, stop, None);
    rig.run(1);
    let expected = [("reel_spinning_start", Some(9)), ("reel_spin_loop", None)];
    assert_eq!(open(&rig), expected);
}

#[test]
fn states_of_two_games_are_compared_with_their_own() {
    let text = "schema = 1\nadapter_id = \"x\"\nlayers = [\"snapshot_diff\", \"rule_based\"]\n\
        [snapshot_paths]\nbalance = \"/balance\"\n[[rule]]\nid = \"a\"\n\
        when = { path = \"/phase\", changed = true }\nemit = \"idle_start\"\n";
    let mut rig = Rig::new(Adapter::read(text).unwrap(), None);
    rig.open(GAME);
    rig.open(OTHER);
    for _ in 0..4 {
        for (peer, balance, phase) in [(GAME, 1000, "A"), (OTHER, 10, "B")] {
            let state = json!({"balance": balance, "phase": phase});
            rig.say(peer, FrameKind::StateUpdate, state, None);
            rig.run(1);
        }
    }
    assert_eq!(rig.heard(), []);
    let state = json!({"balance": 9, "phase": "B"});
    rig.say(OTHER, FrameKind::StateUpdate, state, None);
    rig.run(1);
    assert_eq!(of(&rig, "web/2"), ["ui_spin_press"]);
}

#[test]
fn a_stop_ends_what_its_own_game_began() {
    let mut rig = two_games(None);
    let its = json!({"stage": "idle_loop"});
    rig.say(OTHER, FrameKind::StageEvent, its, None);
    rig.run(1);
    rig.hub.tell(Notice::Command {
        peer: OTHER,
        id: "1".to_owned(),
        name: "stop".to_owned(),
        args: json!({}),
    });
    rig.run(1);
    let expected = [("reel_spin_loop", None), ("reel_spinning_start", Some(9))];
    assert_eq!(open(&rig), expected);
    assert_eq!(of(&rig, "web/2").last(), Some(&"end_stages"));
}

/// What is known of a game goes with it.
#[test]
fn a_thousand_games_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let trace = TraceWriter::create(&path, header()).unwrap();
    let mut rig = Rig::new(Adapter::native(), Some(trace));
    let mut most = 0;
    for number in 1..=1000 {
        let peer = Peer {
            connector: 0,
            number,
        };
        rig.open(peer);
        // One of three says no stage.
        let data = match number % 3 {
            0 => json!({"event": "what"}),
            _ => json!({"stage": "reel_spin_loop"}),
        };
        rig.say(peer, FrameKind::StageEvent, data, None);
        rig.run(1);
        if number > 4 {
            let gone = Peer {
                number: number - 4,
                ..peer
            };
            close(&mut rig, gone);
        }
        most = most.max(rig.live.games.len());
        while rig.live.next_row().is_some() {}
    }
    assert_eq!((most, rig.live.games.len()), (4, 4));
    for number in 997..=1000 {
        let peer = Peer {
            connector: 0,
            number,
        };
        close(&mut rig, peer);
    }
    assert_eq!((rig.live.games.len(), rig.live.peers.len()), (0, 0));
    let summary = rig.live.finish(&rig.hub, rig.frame).unwrap();
    assert_eq!((summary.loops_cut, summary.open_loops.len()), (667, 0));
    let trace = Trace::read(&path).unwrap();
    assert_eq!(diff_planned(&trace, &adapt(&trace, Adapter::native())), []);
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
    let ended = rig.rows("end_stages");
    assert_eq!((ended.len(), &ended[0]["src"]), (1, &Value::from("web/1")));
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
fn a_loop_of_two_games_is_there_for_each_of_them() {
    let mut rig = two_games(None);
    let its = json!({"stage": "reel_spin_loop"});
    rig.say(OTHER, FrameKind::StageEvent, its, None);
    rig.run(1);
    close(&mut rig, GAME);
    assert_eq!(open(&rig), [("reel_spin_loop", None)]);
    close(&mut rig, OTHER);
    assert_eq!(open(&rig), []);
    assert_eq!(of(&rig, "web/2").last(), Some(&"end_stages"));
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
