//! What a trace says of a live game, and what of it is made again.

use super::*;
use crate::trace::tests::whole::{Trace, adapt, diff, diff_planned};
use crate::trace::{TraceRow, Via};
use std::path::PathBuf;

struct Recording {
    rig: Rig,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Recording {
    fn new(adapter: Adapter) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.trace.jsonl");
        let trace = TraceWriter::create(&path, header()).unwrap();
        let mut rig = Rig::new(adapter, Some(trace));
        rig.open(GAME);
        Self {
            rig,
            path,
            _folder: folder,
        }
    }

    fn native() -> Self {
        Self::new(Adapter::native())
    }

    fn close(&mut self, peer: Peer) {
        self.rig.hub.tell(Notice::Closed {
            peer,
            reason: "gone",
            text: String::new(),
        });
        self.rig.run(1);
    }

    fn read(self) -> Trace {
        let frames = self.rig.frame;
        self.rig.live.finish(&self.rig.hub, frames).unwrap();
        Trace::read(&self.path).unwrap()
    }
}

const SECOND: Peer = Peer {
    connector: 0,
    number: 2,
};

#[test]
fn the_next_game_begins_anew() {
    let mut recording = Recording::native();
    let rig = &mut recording.rig;
    rig.stage(json!({"stage": "ui_spin_press", "timestamp_ms": 0}));
    rig.stage(json!({"stage": "reel_spinning_start", "reel": 0, "timestamp_ms": 30}));
    rig.run(4);
    recording.close(GAME);
    let rig = &mut recording.rig;
    rig.open(SECOND);
    let start = rig.frame;
    for stage in [
        json!({"stage": "win_line_show", "line": 0, "amount": 1, "timestamp_ms": 20}),
        json!({"stage": "ui_spin_press"}),
    ] {
        rig.say(SECOND, FrameKind::StageEvent, stage, None);
    }
    rig.run(1);
    let heard = rig.heard();
    let expected = [(start, "win_line_show"), (start, "ui_spin_press")];
    assert_eq!(heard[heard.len() - 2..], expected);
    assert_eq!(rig.live.summary().violations, 0);
    assert_eq!(rig.rows("time_backwards"), Vec::<Value>::new());
    let trace = recording.read();
    let again = adapt(&trace, Adapter::native());
    assert_eq!(diff_planned(&trace, &again), []);
}

#[test]
fn a_stop_lets_the_game_begin_anew() {
    let mut rig = Rig::native();
    rig.stage(json!({"stage": "ui_spin_press"}));
    rig.run(1);
    rig.hub.tell(Notice::Command {
        peer: GAME,
        id: "1".to_owned(),
        name: "stop".to_owned(),
        args: json!({}),
    });
    rig.run(1);
    rig.stage(json!({"stage": "ui_spin_press"}));
    rig.run(1);
    assert_eq!(rig.live.summary().violations, 0);
}

/// What a stop leaves planned would begin what nothing ends.
#[test]
fn a_stop_leaves_nothing_that_is_planned() {
    let mut recording = Recording::native();
    let rig = &mut recording.rig;
    rig.stage(json!({"stage": "ui_spin_press", "timestamp_ms": 0}));
    let later = json!({"stage": "reel_spin_loop", "timestamp_ms": 500});
    rig.stage(later);
    rig.run(2);
    assert_eq!(rig.live.waiting(), 1);
    // What it said just before comes first.
    rig.stage(json!({"stage": "menu_open"}));
    rig.hub.tell(Notice::Command {
        peer: GAME,
        id: "1".to_owned(),
        name: "stop".to_owned(),
        args: json!({}),
    });
    rig.run(100);
    let names = |rig: &Rig| rig.heard().iter().map(|it| it.1).collect::<Vec<_>>();
    assert_eq!(names(rig), ["ui_spin_press", "menu_open", "end_stages"]);
    assert_eq!(rig.live.games.open(), []);
    rig.stage(json!({"stage": "idle_loop"}));
    rig.run(1);
    let calls = rig.sink.calls.clone();
    let trace = recording.read();
    assert_eq!(trace.calls(), calls);
    let again = adapt(&trace, Adapter::native());
    assert_eq!(again.calls(), calls);
}

/// A trace may name any number of games and end none.
#[test]
fn of_too_many_games_the_oldest_is_forgotten() {
    let mut recording = Recording::native();
    recording.rig.stage(json!({"stage": "idle_loop"}));
    recording.rig.run(1);
    let trace = recording.read();
    let said = trace.messages[0].clone();
    let of_game = |n: u64| {
        let mut message = said.clone();
        (message.n, message.source) = (n, format!("web/{n}"));
        Ok(TraceRow::Message(Box::new(message)))
    };
    // A row of Segue's own begins no game.
    let mut settled = said.clone();
    settled.source = "nobody".to_owned();
    settled.via = Via::Segue;
    settled.message.data = json!({"settled": true}).as_object().unwrap().clone();
    let rows = std::iter::once(Ok(TraceRow::Message(Box::new(settled))));
    let rows = rows.chain((1..=2000).map(of_game));
    let mut all = Adapted::new(&trace.header, rows, Adapter::native());
    assert_eq!(all.by_ref().count(), 2001);
    assert_eq!(all.known(), (1024, Some("web/977")));
}

#[test]
fn an_adapter_forgets_what_the_game_before_showed() {
    let text = "schema = 1\nadapter_id = \"x\"\nlayers = [\"snapshot_diff\", \"rule_based\"]\n\
        [snapshot_paths]\nbalance = \"/balance\"\n[[rule]]\nid = \"a\"\n\
        when = { path = \"/phase\", equals = \"IDLE\" }\nemit = \"idle_start\"\n";
    let mut recording = Recording::new(Adapter::read(text).unwrap());
    let rig = &mut recording.rig;
    let state = |balance: u32| json!({"balance": balance, "phase": "IDLE"});
    rig.say(GAME, FrameKind::StateUpdate, state(1000), None);
    rig.run(1);
    recording.close(GAME);
    let rig = &mut recording.rig;
    rig.open(SECOND);
    rig.say(SECOND, FrameKind::StateUpdate, state(10), None);
    rig.run(1);
    let heard: Vec<&str> = rig.heard().iter().map(|(_, name)| *name).collect();
    assert_eq!(heard, ["idle_start", "end_stages", "idle_start"]);
}

/// What was not heard, or later, is no difference of adapters.
#[test]
fn an_adapter_that_makes_the_same_has_no_differences() {
    let mut recording = Recording::native();
    let rig = &mut recording.rig;
    rig.sink.is_full = true;
    rig.stage(json!({"stage": "reel_spin_loop"}));
    rig.run(10);
    rig.sink.is_full = false;
    let data = json!({"address": "/rtpc/nowhere", "args": [1]});
    rig.say(OSC, FrameKind::Custom, data, None);
    rig.run(1);
    // Planned, and never heard as its game is gone before.
    let later = json!({"stage": "reel_stop", "reel": 0, "symbols": []});
    rig.say(GAME, FrameKind::StageEvent, later, Some(20_000_000));
    rig.run(1);
    recording.close(GAME);
    let trace = recording.read();
    let again = adapt(&trace, Adapter::native());
    assert_eq!(diff_planned(&trace, &again), []);
    assert_ne!(diff(&trace, &again), []);
    assert_eq!(trace.planned().len(), 4);
    // Played again, it is not heard either.
    let heard = |trace: &Trace| trace.calls().len();
    assert_eq!((heard(&trace), heard(&again)), (2, 3));
}

#[test]
fn a_buffered_stage_that_comes_before_its_message_is_due_is_made_again() {
    let mut recording = Recording::native();
    let rig = &mut recording.rig;
    rig.run(10);
    let stage = |name: &str, ms: u64| json!({"stage": name, "timestamp_ms": ms});
    rig.say(
        GAME,
        FrameKind::StageEvent,
        stage("ui_spin_press", 0),
        Some(200_000),
    );
    // 5 ms before it is due itself, as its message took that much longer.
    rig.say(
        GAME,
        FrameKind::StageEvent,
        stage("evaluate_wins", 10),
        Some(215_000),
    );
    rig.run(20);
    let heard = rig.heard();
    assert_eq!(heard[1].0 - heard[0].0, 480);
    let trace = recording.read();
    let again = adapt(&trace, Adapter::native());
    assert_eq!(diff_planned(&trace, &again), []);
}

#[test]
fn messages_that_took_too_long_are_left_when_they_are_made_again() {
    let text = "schema = 1\nadapter_id = \"x\"\n[event_mapping]\nspin = \"ui_spin_press\"\n";
    let adapter = || Adapter::read(text).unwrap();
    let mut recording = Recording::new(adapter());
    let rig = &mut recording.rig;
    rig.live.clock = || {
        use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
        static NOW: AtomicU64 = AtomicU64::new(0);
        NOW.fetch_add(200_000_000, Relaxed)
    };
    rig.say(GAME, FrameKind::Custom, json!({"event": "spin"}), None);
    rig.run(1);
    assert_eq!(rig.live.summary().refused["budget"], 1);
    let trace = recording.read();
    let again = adapt(&trace, adapter());
    assert_eq!(diff_planned(&trace, &again), []);
}

/// Without an output nothing is late, so what is planned for later moves nothing.
#[test]
fn what_is_only_written_down_keeps_its_frames() {
    let mut recording = Recording::native();
    let rig = &mut recording.rig;
    rig.stage(json!({"stage": "ui_spin_press", "timestamp_ms": 0}));
    rig.stage(json!({"stage": "spin_end", "timestamp_ms": 25}));
    let pump = |rig: &mut Rig, frame: u64| {
        rig.frame = frame;
        let place = Place {
            ahead: 1,
            ..rig.place()
        };
        rig.live.pump(&rig.hub, &mut Nobody, place).unwrap();
    };
    pump(rig, 100);
    rig.stage(json!({"stage": "idle_start"}));
    pump(rig, 700);
    rig.stage(json!({"stage": "menu_open"}));
    pump(rig, 1500);
    let trace = recording.read();
    let calls: Vec<u64> = trace.calls().iter().map(|(at, _)| *at).collect();
    assert_eq!(calls, [100, 700, 1300, 1500]);
    let planned: Vec<u64> = trace.planned().iter().map(|(at, _)| *at).collect();
    assert_eq!(calls, planned);
    assert!(
        trace
            .messages
            .iter()
            .all(|message| message.via == Via::Game)
    );
}
