//! What a game asks Segue for.

use super::*;
use crate::trace::tests::whole::{Trace, adapt, diff_planned};

struct Asking {
    rig: Rig,
    path: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Asking {
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

    fn tell(&mut self, name: &str, args: Value) {
        self.rig.hub.tell(Notice::Command {
            peer: GAME,
            id: "1".to_owned(),
            name: name.to_owned(),
            args,
        });
    }

    fn ask(&mut self, name: &str, args: Value) -> Result<Value, String> {
        self.tell(name, args);
        self.rig.pump();
        let mut acks = self.rig.live.take_acks();
        let (_, ack) = acks.pop().unwrap();
        assert!(acks.is_empty());
        assert_eq!(ack.success, ack.error.is_none());
        ack.error.map_or(Ok(ack.data), Err)
    }

    fn done(&mut self, name: &str, args: Value) -> Value {
        self.ask(name, args).unwrap()
    }

    /// A spin of 100 ms: its press, a stop 50 ms later, its end.
    fn spin(&mut self, reel: u8) {
        let rig = &mut self.rig;
        rig.stage(json!({"stage": "ui_spin_press"}));
        rig.run(5);
        rig.stage(json!({"stage": "reel_stop", "reel": reel, "symbols": []}));
        rig.run(5);
        rig.stage(json!({"stage": "spin_end"}));
        rig.run(1);
    }

    /// What was heard from this call on, in frames behind frame `since`.
    fn since(&self, call: usize, since: u64) -> Vec<(u64, &'static str)> {
        let heard = self.rig.heard().into_iter().skip(call);
        heard.map(|(at, name)| (at - since, name)).collect()
    }

    /// The trace has exactly what was heard, and an adapter that makes the same finds nothing else.
    fn check_recorded(self) {
        let Self { rig, path, _folder } = self;
        // When a stage is heard is said by its frame alone.
        let written = |calls: &[(u64, Effect)]| {
            let call = |(at, effect): &(u64, Effect)| (*at, effect.write());
            calls.iter().map(call).collect::<Vec<_>>()
        };
        let heard = written(&rig.sink.calls);
        rig.live.finish(&rig.hub, rig.frame).unwrap();
        let trace = Trace::read(&path).unwrap();
        assert_eq!(written(&trace.calls()), heard);
        let again = adapt(&trace, Adapter::native());
        assert_eq!(written(&again.calls()), heard);
        assert_eq!(diff_planned(&trace, &again), []);
    }
}

const ALL: [&str; 13] = [
    "play_spin",
    "pause",
    "resume",
    "stop",
    "seek",
    "set_speed",
    "set_timing_profile",
    "get_state",
    "get_spin_list",
    "get_capabilities",
    "trigger_event",
    "set_parameter",
    "custom",
];

#[test]
fn every_command_is_known_and_says_so() {
    let mut game = Asking::native();
    assert_eq!(game.done("get_capabilities", json!({})), json!(ALL));
    for name in ALL {
        if let Err(error) = game.ask(name, json!({})) {
            assert!(error.starts_with("args: "), "{name}: {error}");
        }
    }
    let error = game.ask("fly", Value::Null).unwrap_err();
    assert!(error.starts_with("unknown: "), "{error}");
}

#[test]
fn a_pause_is_one_and_ends_with_resume_or_the_game() {
    let mut game = Asking::native();
    let paused = |game: &mut Asking| game.done("get_state", json!({}))["paused"] == true;
    game.rig.stage(json!({"stage": "reel_spin_loop"}));
    game.rig.run(1);
    for _ in 0..2 {
        assert_eq!(game.done("pause", json!({})), json!({"paused": true}));
        assert!(paused(&mut game));
        game.rig.run(1);
    }
    for _ in 0..2 {
        assert_eq!(game.done("resume", json!({})), json!({"paused": false}));
        game.rig.run(1);
    }
    // Of one round the order counts.
    game.tell("pause", json!({}));
    game.tell("resume", json!({}));
    game.tell("pause", json!({}));
    game.rig.run(1);
    game.rig.live.take_acks();
    assert!(paused(&mut game));
    game.done("stop", json!({}));
    assert!(!paused(&mut game));
    game.done("pause", json!({}));
    game.rig.hub.tell(Notice::Closed {
        peer: GAME,
        reason: "gone",
        text: String::new(),
    });
    game.rig.run(1);
    let names: Vec<&str> = game.since(0, 0).iter().map(|it| it.1).collect();
    let expected = [
        "reel_spin_loop",
        "pause",
        "resume",
        "pause",
        "resume",
        "pause",
        "end_stages",
        "pause",
        "end_stages",
    ];
    assert_eq!(names, expected);
    game.check_recorded();
}

#[test]
fn spins_are_listed_and_played_again_to_the_sample() {
    let mut game = Asking::native();
    game.spin(0);
    game.spin(1);
    let list = game.done("get_spin_list", json!({}));
    let first =
        json!({"spin_id": 1, "first_smp": 0, "stages": 3, "length_ms": 100.0, "kept": true});
    assert_eq!((&list["shown"], &list["spins"][0]), (&json!(2), &first));
    let (calls, start) = (game.rig.sink.calls.len(), game.rig.frame);
    let playing = game.done("play_spin", json!({"spin_id": 2}));
    assert_eq!(
        playing,
        json!({"spin_id": 2, "ms": 0.0, "length_ms": 100.0})
    );
    game.rig.run(12);
    let expected = [
        (0, "end_stages"),
        (0, "ui_spin_press"),
        (2400, "reel_stop"),
        (4800, "spin_end"),
    ];
    assert_eq!(game.since(calls, start), expected);
    let reel = |rig: &mut Rig| rig.rows("stage").pop().unwrap()["stage"].clone();
    assert_eq!(reel(&mut game.rig), "spin_end");
    // It is no spin of the game's own.
    assert_eq!(game.done("get_spin_list", json!({}))["shown"], 2);
    game.check_recorded();
}

/// Its calls are more than a line of a trace holds.
#[test]
fn a_spin_of_many_stages_is_played_again_and_recorded() {
    let mut game = Asking::native();
    game.rig.stage(json!({"stage": "ui_spin_press"}));
    for n in 1..1024 {
        let symbols = vec![n; 64];
        game.rig
            .stage(json!({"stage": "reel_stop", "reel": 0, "symbols": symbols}));
        game.rig.run(1);
    }
    let calls = game.rig.sink.calls.len();
    game.done("set_speed", json!({"speed": 10}));
    game.done("play_spin", json!({"spin_id": 1}));
    game.rig.run(50);
    game.done("pause", json!({}));
    game.rig.run(5);
    game.done("resume", json!({}));
    game.rig.run(60);
    let count = |name| {
        game.since(calls, 0)
            .iter()
            .filter(|it| it.1 == name)
            .count()
    };
    assert_eq!((count("ui_spin_press"), count("reel_stop")), (1, 1023));
    game.check_recorded();
}

#[test]
fn a_spin_that_plays_again_pauses_seeks_and_hurries() {
    let mut game = Asking::native();
    game.spin(0);
    game.done("set_speed", json!({"speed": 2}));
    let (calls, start) = (game.rig.sink.calls.len(), game.rig.frame);
    game.done("play_spin", json!({"spin_id": 1}));
    // 20 ms are 40 ms of the spin; what is queued already cannot be called back.
    game.rig.run(2);
    game.done("pause", json!({}));
    game.rig.run(100);
    let state = game.done("get_state", json!({}));
    assert_eq!(
        (&state["spin"]["ms"], &state["speed"]),
        (&json!(40.0), &json!(2.0))
    );
    let resumed = game.rig.frame - start;
    game.done("resume", json!({}));
    game.rig.run(1);
    game.done("set_speed", json!({"speed": 0.5}));
    game.rig.run(10);
    let mut expected = vec![
        (0, "end_stages"),
        (0, "ui_spin_press"),
        // It was queued in the round before the pause.
        (1200, "reel_stop"),
        (1200, "pause"),
        (resumed, "resume"),
        // At 60 ms of 100 the speed is another: 40 ms take 80.
        (resumed + 480 + 3840, "spin_end"),
    ];
    assert_eq!(game.since(calls, start), expected);
    // Behind its end it can be sought in still; what is paused stays so.
    game.done("pause", json!({}));
    let error = game.ask("seek", json!({"ms": 100.1})).unwrap_err();
    assert_eq!(error, "args: ms: 100.1 is not in 0..=100");
    game.done("seek", json!({"ms": 50}));
    game.rig.run(3);
    let at = game.rig.frame - start;
    game.done("resume", json!({}));
    game.rig.run(20);
    expected = game.since(calls, start).split_off(6);
    let names: Vec<&str> = expected.iter().map(|it| it.1).collect();
    assert_eq!(
        names,
        [
            "pause",
            "end_stages",
            "pause",
            "resume",
            "reel_stop",
            "spin_end"
        ]
    );
    assert_eq!((expected[4].0, expected[5].0), (at, at + 4800));
    game.check_recorded();
}

#[test]
fn a_stop_ends_what_plays_again_and_what_is_not_there_is_said() {
    let mut game = Asking::native();
    for (name, args, text) in [
        (
            "play_spin",
            json!({"spin_id": 1}),
            "get_spin_list has none yet",
        ),
        ("play_spin", json!({"spin_id": "x"}), "needs spin_id"),
        ("seek", json!({"ms": 0}), "none is played"),
        ("seek", json!({"ms": "x"}), "needs ms, a number"),
        (
            "set_speed",
            json!({"speed": 0.09}),
            "0.09 is not in 0.1..=10",
        ),
        (
            "set_speed",
            json!({"speed": 10.1}),
            "10.1 is not in 0.1..=10",
        ),
        ("set_speed", json!({}), "needs speed, a number"),
        ("set_timing_profile", json!({}), "needs profile, a name"),
    ] {
        let error = game.ask(name, args).unwrap_err();
        assert!(
            error.starts_with("args: ") && error.contains(text),
            "{error}"
        );
    }
    for speed in [0.1, 10.0] {
        game.done("set_speed", json!({"speed": speed}));
    }
    game.done("set_speed", json!({"speed": 1}));
    game.spin(0);
    game.done("play_spin", json!({"spin_id": 1}));
    game.rig.run(1);
    game.done("stop", json!({}));
    assert_eq!(game.rig.live.waiting(), 0);
    assert_eq!(game.done("get_state", json!({}))["spin"], Value::Null);
    let calls = game.rig.sink.calls.len();
    game.rig.run(20);
    assert_eq!(game.rig.sink.calls.len(), calls);
    game.check_recorded();
}

/// Reels that land in one state come as far apart as the profile says.
#[test]
fn a_timing_profile_spaces_what_follows() {
    const STATES: &str = "schema = 1\nadapter_id = \"x\"\nlayers = [\"snapshot_diff\"]\n\
        [snapshot_paths]\nbalance = \"/balance\"\nreels = \"/reels\"\n";
    let states = || Adapter::read(STATES).unwrap();
    let mut game = Asking::new(states());
    let apart = |game: &mut Asking| {
        for (balance, reels) in [(1000, 3), (900, 0), (900, 3)] {
            let data = json!({"balance": balance, "reels": reels});
            game.rig.say(GAME, FrameKind::StateUpdate, data, None);
            game.rig.run(100);
        }
        let heard = game.rig.heard().into_iter();
        let stops = heard.filter(|it| it.1 == "reel_stop").map(|it| it.0);
        let stops: Vec<u64> = stops.collect();
        stops[stops.len() - 1] - stops[stops.len() - 2]
    };
    let normal = apart(&mut game);
    assert_eq!(
        game.done("get_state", json!({}))["timing_profile"],
        Value::Null
    );
    game.done("set_timing_profile", json!({"profile": "turbo"}));
    assert_eq!((normal, apart(&mut game)), (7200, 2400));
    // It is the conversation's: neither a stop nor another adapter takes it.
    game.done("stop", json!({}));
    game.rig.live.set_adapter(states());
    assert_eq!(apart(&mut game), 2400);
    let error = game.ask("set_timing_profile", json!({"profile": "tubro"}));
    let error = error.unwrap_err();
    assert!(
        error.contains("there is no timing profile \"tubro\"; there are "),
        "{error}"
    );
    assert!(error.contains("mobile, normal, studio, turbo"), "{error}");
    assert_eq!(apart(&mut game), 2400);
    let Asking { rig, path, _folder } = game;
    rig.live.finish(&rig.hub, rig.frame).unwrap();
    let trace = Trace::read(&path).unwrap();
    assert_eq!(diff_planned(&trace, &adapt(&trace, states())), []);
}

#[test]
fn a_command_of_the_games_own_is_told_and_recorded() {
    let mut game = Asking::native();
    let args = json!({"anything": [1, {"profile": "none"}], "profile": "none"});
    assert_eq!(game.done("custom", args.clone()), Value::Null);
    let rows = game.rig.rows("custom");
    assert_eq!((rows.len(), &rows[0]["args"]), (1, &args));
    assert_eq!(rows[0]["src"], "web/1");
    let path = game.path.clone();
    game.rig.live.finish(&game.rig.hub, 10).unwrap();
    let trace = Trace::read(&path).unwrap();
    let data = &trace.messages[0].message.data;
    assert_eq!((&data["command"], &data["args"]), (&json!("custom"), &args));
    assert_eq!(trace.calls(), []);
}

/// While the schedule is full a spin is not begun by halves.
#[test]
fn a_spin_that_does_not_fit_is_busy() {
    let mut game = Asking::native();
    game.spin(0);
    for _ in 0..SCHEDULE_MAX_FOR_SPINS + 1 {
        let data = json!({"stage": "win_line_show", "line": 0, "amount": 1});
        game.rig
            .say(GAME, FrameKind::StageEvent, data, Some(60_000_000));
        game.rig.pump();
    }
    assert_eq!(
        game.ask("play_spin", json!({"spin_id": 1})).unwrap_err(),
        "busy"
    );
    assert_eq!(game.rig.live.waiting(), SCHEDULE_MAX_FOR_SPINS + 1);
}

/// So many effects may wait where a spin is to begin.
const SCHEDULE_MAX_FOR_SPINS: usize = 4096 - 1024 - 2;
