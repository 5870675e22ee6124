//! A win that counts up ends by itself, where the game says nothing further.

use super::*;
use crate::trace::tests::whole::{adapt, diff_planned};

const STATES: &str = "schema = 1\nadapter_id = \"x\"\nlayers = [\"snapshot_diff\"]\n\
    [snapshot_paths]\nbalance = \"/balance\"\nwin = \"/win\"\nreels = \"/reels\"\n";

/// A quarter of a second.
const HOLD: u64 = 12_000;

fn states() -> Adapter {
    Adapter::read(STATES).unwrap()
}

fn state(rig: &mut Rig, peer: Peer, win: u32, at_us: Option<i64>) {
    let data = json!({"balance": 900, "win": win, "reels": 2});
    rig.say(peer, FrameKind::StateUpdate, data, at_us);
}

/// The states of a spin until its win begins to grow.
fn until_the_win(rig: &mut Rig, peer: Peer) {
    for (balance, reels) in [(1000, 2), (900, 0), (900, 2)] {
        let data = json!({"balance": balance, "win": 0, "reels": reels});
        rig.say(peer, FrameKind::StateUpdate, data, None);
        rig.run(50);
    }
    state(rig, peer, 100, None);
    rig.run(50);
}

/// Frames of the stages of this name.
fn frames(rig: &Rig, name: &str) -> Vec<u64> {
    let heard = rig.heard().into_iter();
    heard.filter(|it| it.1 == name).map(|it| it.0).collect()
}

/// Calls as traces have them: when a stage is heard is said by its frame alone.
fn written(calls: &[(u64, Effect)]) -> Vec<(u64, Value)> {
    let call = |(at, effect): &(u64, Effect)| (*at, effect.write());
    calls.iter().map(call).collect()
}

fn recorded(adapter: Adapter) -> (Rig, std::path::PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let trace = TraceWriter::create(&path, header()).unwrap();
    let mut rig = Rig::new(adapter, Some(trace));
    rig.open(GAME);
    (rig, path, folder)
}

#[test]
fn a_win_counts_up_no_more_though_no_state_says_so() {
    // Whatever the blocks are.
    for ahead in [1, 480, 4800] {
        let (mut rig, path, _folder) = recorded(states());
        until_the_win(&mut rig, GAME);
        state(&mut rig, GAME, 300, None);
        // Half a second.
        for _ in 0..24_000 / ahead {
            let place = Place {
                ahead,
                ..rig.place()
            };
            rig.live.pump(&rig.hub, &mut rig.sink, place).unwrap();
            rig.frame += u64::from(ahead);
        }
        let tick = frames(&rig, "rollup_tick");
        assert_eq!(tick.len(), 1, "{ahead}");
        let heard = rig.heard();
        let expected = (tick[0] + HOLD, "rollup_end");
        assert_eq!(heard.last(), Some(&expected), "{ahead}");
        assert_eq!(rig.live.games.open(), [], "{ahead}");
        let Some((_, Effect::Stage(end))) = rig.sink.calls.last() else {
            panic!("no stage");
        };
        assert_eq!(
            (end.stage.clone(), end.payload.win),
            (Stage::RollupEnd { total: 300 }, Some(300))
        );
        let calls = written(&rig.sink.calls);
        rig.live.finish(&rig.hub, rig.frame).unwrap();
        let trace = Trace::read(&path).unwrap();
        assert_eq!(written(&trace.calls()), calls);
        let again = adapt(&trace, states());
        assert_eq!(
            (written(&again.calls()), diff_planned(&trace, &again)),
            (calls, vec![])
        );
    }
}

#[test]
fn a_win_that_grows_on_ends_behind_its_last_step() {
    let (mut rig, path, _folder) = recorded(states());
    until_the_win(&mut rig, GAME);
    for win in [200, 300, 400] {
        state(&mut rig, GAME, win, None);
        rig.run(20);
    }
    rig.run(100);
    let (ticks, ends) = (frames(&rig, "rollup_tick"), frames(&rig, "rollup_end"));
    assert_eq!((ticks.len(), ends), (3, vec![ticks[2] + HOLD]));
    rig.live.finish(&rig.hub, rig.frame).unwrap();
    let trace = Trace::read(&path).unwrap();
    assert_eq!(diff_planned(&trace, &adapt(&trace, states())), []);
}

/// Rounds that came too late end it as soon as they can.
#[test]
fn a_round_that_came_late_is_made_again() {
    for pause in [300, 20_000, 40_000] {
        let (mut rig, path, _folder) = recorded(states());
        until_the_win(&mut rig, GAME);
        state(&mut rig, GAME, 300, None);
        rig.run(1);
        rig.frame += pause;
        state(&mut rig, GAME, 300, None);
        rig.run(60);
        let tick = frames(&rig, "rollup_tick")[0];
        let end = (tick + HOLD).max(tick + 480 + pause * u64::from(pause > HOLD));
        assert_eq!(frames(&rig, "rollup_end"), [end], "{pause}");
        rig.live.finish(&rig.hub, rig.frame).unwrap();
        let trace = Trace::read(&path).unwrap();
        assert_eq!(diff_planned(&trace, &adapt(&trace, states())), []);
    }
}

/// A message that is heard later ends later.
#[test]
fn a_win_of_a_buffered_message_ends_as_long_behind_it() {
    let (mut rig, path, _folder) = recorded(states());
    until_the_win(&mut rig, GAME);
    let at_us = i64::try_from(rig.now_us()).unwrap() + 400_000;
    state(&mut rig, GAME, 300, Some(at_us));
    rig.run(200);
    let tick = frames(&rig, "rollup_tick")[0];
    assert_eq!(frames(&rig, "rollup_end"), [tick + HOLD]);
    rig.live.finish(&rig.hub, rig.frame).unwrap();
    let trace = Trace::read(&path).unwrap();
    assert_eq!(diff_planned(&trace, &adapt(&trace, states())), []);
}

/// The trace was recorded with an adapter that knew nothing of wins.
#[test]
fn another_adapter_ends_wins_that_the_trace_does_not_say() {
    let (mut rig, path, _folder) = recorded(Adapter::native());
    let other = Peer {
        connector: 0,
        number: 2,
    };
    rig.open(other);
    until_the_win(&mut rig, other);
    until_the_win(&mut rig, GAME);
    state(&mut rig, GAME, 300, None);
    rig.run(2);
    state(&mut rig, other, 500, None);
    // The one says nothing more, the other one says more behind its end.
    rig.run(200);
    rig.stage(json!({"stage": "menu_open"}));
    rig.run(1);
    assert_eq!(frames(&rig, "rollup_end"), Vec::<u64>::new());
    rig.live.finish(&rig.hub, rig.frame).unwrap();
    let trace = Trace::read(&path).unwrap();
    let again = adapt(&trace, states());
    let name = |(at, effect): (u64, Effect)| match effect {
        Effect::Stage(event) => (event.stage.id().name(), at),
        other => (other.kind(), at),
    };
    let calls: Vec<_> = again.calls().into_iter().map(name).collect();
    let of = |name| {
        let of = calls.iter().filter(|it| it.0 == name);
        of.map(|it| it.1).collect::<Vec<u64>>()
    };
    let ends: Vec<u64> = of("rollup_tick").iter().map(|at| at + HOLD).collect();
    assert_eq!((of("rollup_end"), ends.len()), (ends, 2));
    // At the end of a recording nothing is left either.
    let mut rows = trace.rows.clone();
    let is_menu = |row: &crate::trace::TraceRow| match row {
        crate::trace::TraceRow::Message(it) => it.message.data.get("stage").is_some(),
        _ => false,
    };
    rows.retain(|row| !is_menu(row));
    let short = Trace {
        rows,
        ..trace.clone()
    };
    let again = adapt(&short, states());
    let last = again.calls().into_iter().map(name).next_back();
    assert_eq!(last.map(|it| it.0), Some("rollup_end"));
}

#[test]
fn a_game_that_is_gone_needs_no_end_of_its_win() {
    let (mut rig, _, _folder) = recorded(states());
    until_the_win(&mut rig, GAME);
    state(&mut rig, GAME, 300, None);
    rig.run(2);
    rig.hub.tell(Notice::Closed {
        peer: GAME,
        reason: "gone",
        text: String::new(),
    });
    rig.run(100);
    assert_eq!(rig.heard().last().map(|it| it.1), Some("end_stages"));
    assert_eq!(frames(&rig, "rollup_end"), Vec::<u64>::new());
}

/// It would have ended in the very block in which its game is gone.
#[test]
fn a_win_does_not_bring_back_a_game_that_is_gone() {
    let (mut rig, path, _folder) = recorded(states());
    until_the_win(&mut rig, GAME);
    state(&mut rig, GAME, 300, None);
    rig.run(HOLD / 480 - 1);
    rig.frame += 480;
    gone(&mut rig);
    assert_eq!(frames(&rig, "rollup_end"), Vec::<u64>::new());
    assert_eq!(rig.live.games.len(), 0);
    rig.live.finish(&rig.hub, rig.frame).unwrap();
    let trace = Trace::read(&path).unwrap();
    let last = trace.messages.last().unwrap();
    assert!(last.message.data.contains_key("closed"), "{last:?}");
}

fn gone(rig: &mut Rig) {
    rig.hub.tell(Notice::Closed {
        peer: GAME,
        reason: "gone",
        text: String::new(),
    });
    rig.run(100);
}

/// The end was planned, as a message for later said that the win stands, and the game was gone before.
#[test]
fn the_planned_end_of_a_win_of_a_game_that_is_gone_is_not_made_again() {
    let (mut rig, path, _folder) = recorded(states());
    until_the_win(&mut rig, GAME);
    state(&mut rig, GAME, 300, None);
    rig.run(1);
    let at_us = i64::try_from(rig.now_us()).unwrap() + 600_000;
    state(&mut rig, GAME, 300, Some(at_us));
    rig.run(2);
    gone(&mut rig);
    assert_eq!(frames(&rig, "rollup_end"), Vec::<u64>::new());
    let calls = rig.sink.calls.clone();
    rig.live.finish(&rig.hub, rig.frame).unwrap();
    let trace = Trace::read(&path).unwrap();
    let is_settled = |it: &crate::trace::TraceMessage| it.message.data.contains_key("settled");
    assert!(trace.messages.iter().any(is_settled));
    assert_eq!(adapt(&trace, states()).calls(), calls);
}

/// Both steps of the win came in one packet.
#[test]
fn a_win_that_grows_twice_at_a_time_ends_behind_its_last_step() {
    let (mut rig, _, _folder) = recorded(states());
    until_the_win(&mut rig, GAME);
    let now_us = i64::try_from(rig.now_us()).unwrap();
    state(&mut rig, GAME, 300, Some(now_us));
    state(&mut rig, GAME, 400, Some(now_us + 100_000));
    rig.run(100);
    let (ticks, ends) = (frames(&rig, "rollup_tick"), frames(&rig, "rollup_end"));
    assert_eq!((ticks.len(), ends), (2, vec![ticks[1] + HOLD]));
}

/// By its receipt a win may have stood for long enough, while what is heard of it is not over.
#[test]
fn a_state_that_comes_late_does_not_end_a_win_early() {
    let (mut rig, _, _folder) = recorded(states());
    until_the_win(&mut rig, GAME);
    let at_us = i64::try_from(rig.now_us()).unwrap() + 400_000;
    state(&mut rig, GAME, 300, Some(at_us));
    rig.run(26);
    state(&mut rig, GAME, 300, Some(at_us + 10_000));
    rig.run(200);
    let tick = frames(&rig, "rollup_tick")[0];
    assert_eq!(frames(&rig, "rollup_end"), [tick + HOLD]);
}
