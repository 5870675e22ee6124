use super::*;
use crate::clock::Due;
use crate::session::Hello;
use crate::trace::TraceHeader;
use crate::trace::tests::whole::{self, Trace};
use std::path::Path;
use std::sync::Arc;

const RATE: u32 = 48_000;

/// An engine that writes down what it is asked for.
#[derive(Default)]
struct Written {
    calls: Vec<(u64, Effect)>,
    /// Whose each of them is.
    games: Vec<String>,
    /// Commands that do not fit any more.
    is_full: bool,
}

impl Sink for Written {
    fn room(&self) -> usize {
        if self.is_full { 0 } else { 4096 }
    }

    fn carry_out(&mut self, at: u64, game: &str, effect: &Effect) -> Result<Carried, Refusal> {
        if matches!(effect, Effect::Rtpc { name, .. } if name == "nowhere") {
            return Err(Refusal {
                code: "unknown",
                text: "there is no RTPC \"nowhere\"".to_owned(),
            });
        }
        self.calls.push((at, effect.clone()));
        self.games.push(game.to_owned());
        Ok(Carried::default())
    }
}

struct Rig {
    live: Live,
    hub: Hub,
    sink: Written,
    frame: u64,
    seq: u64,
}

const GAME: Peer = Peer {
    connector: 0,
    number: 1,
};
const OSC: Peer = Peer {
    connector: 1,
    number: 1,
};

impl Rig {
    fn new(adapter: Adapter, trace: Option<TraceWriter>) -> Self {
        let names: Arc<_> = adapter.names().into();
        let sort = move |message: &Message| effect::classify(message, false, Some(&names));
        Self {
            live: Live::new(LiveConfig {
                sample_rate: RATE,
                adapter,
                connectors: vec![("web".to_owned(), false), ("osc".to_owned(), true)],
                trace,
                clock: || 0,
            }),
            hub: Hub::new(Box::new(sort)),
            sink: Written::default(),
            frame: 0,
            seq: 0,
        }
    }

    fn native() -> Self {
        let mut rig = Self::new(Adapter::native(), None);
        rig.open(GAME);
        rig
    }

    fn open(&mut self, peer: Peer) {
        let hello = Hello::default();
        self.hub.tell(Notice::Opened { peer, hello });
        self.pump();
    }

    fn say(&mut self, peer: Peer, kind: FrameKind, data: Value, at_us: Option<i64>) {
        self.seq += 1;
        let message = Message {
            kind,
            seq: self.seq,
            t_us: 0,
            received_us: self.now_us(),
            data: data.as_object().unwrap().clone(),
        };
        let due = Due { at_us, late_us: 0 };
        self.hub.deliver(Delivery { peer, due, message });
    }

    fn stage(&mut self, data: Value) {
        self.say(GAME, FrameKind::StageEvent, data, None);
    }

    fn now_us(&self) -> u64 {
        self.frame * 1_000_000 / u64::from(RATE)
    }

    fn place(&self) -> Place {
        Place {
            now_us: self.now_us(),
            next_frame: self.frame,
            ahead: 480,
        }
    }

    fn pump(&mut self) {
        let place = self.place();
        self.live.pump(&self.hub, &mut self.sink, place).unwrap();
    }

    /// Lets blocks of 10 ms go by.
    fn run(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.pump();
            self.frame += 480;
        }
        self.pump();
    }

    fn heard(&self) -> Vec<(u64, &'static str)> {
        let name = |(at, effect): &(u64, Effect)| match effect {
            Effect::Stage(event) => (*at, event.stage.info().name),
            other => (*at, other.kind()),
        };
        self.sink.calls.iter().map(name).collect()
    }

    fn rows(&mut self, kind: &str) -> Vec<Value> {
        let rows = std::iter::from_fn(|| self.live.next_row());
        let rows = rows.filter(|row| row.kind == kind);
        rows.map(|row| row.value).collect()
    }
}

#[test]
fn a_stage_is_carried_out_at_the_first_frame_that_is_left() {
    let mut rig = Rig::native();
    rig.run(3);
    rig.stage(json!({"stage": "ui_spin_press"}));
    rig.stage(json!({"stage": "reel_stop", "reel": 1, "symbols": []}));
    rig.run(1);
    assert_eq!(rig.heard(), [(1440, "ui_spin_press"), (1440, "reel_stop")]);
    let rows = rig.rows("stage");
    assert_eq!(rows[1]["fields"]["reel"], 1);
    assert_eq!(rows[1]["src"], "web/1");
}

#[test]
fn a_buffered_message_keeps_the_distances_of_the_game() {
    let mut rig = Rig::native();
    rig.run(200);
    let start = 3_000_000;
    for n in 0..20 {
        let at = Some(start + n * 12_345);
        let data = json!({"stage": "reel_stop", "reel": 0, "symbols": []});
        rig.say(GAME, FrameKind::StageEvent, data, at);
    }
    rig.run(200);
    let frames: Vec<u64> = rig.sink.calls.iter().map(|(at, _)| *at).collect();
    assert_eq!(frames.len(), 20);
    for (n, frame) in (0_u32..).zip(&frames) {
        let exact = frames[0] as f64 + f64::from(n) * 12_345.0 * 0.048;
        assert!((*frame as f64 - exact).abs() <= 1.0, "{n}: {frame} {exact}");
    }
}

#[test]
fn times_within_the_spin_are_the_games() {
    let mut rig = Rig::native();
    let stage = |name: &str, ms: u64| json!({"stage": name, "timestamp_ms": ms});
    rig.stage(stage("ui_spin_press", 0));
    rig.run(9);
    rig.stage(stage("evaluate_wins", 100));
    rig.run(12);
    rig.stage(stage("spin_end", 200));
    rig.run(5);
    // The second came early and waits; the third came late and is at once.
    assert_eq!(
        rig.heard(),
        [
            (0, "ui_spin_press"),
            (4800, "evaluate_wins"),
            (10_080, "spin_end")
        ]
    );
}

#[test]
fn a_game_that_is_gone_leaves_nothing_behind() {
    let mut rig = Rig::native();
    rig.stage(json!({"stage": "reel_spin_loop"}));
    rig.stage(json!({"stage": "anticipation_on", "reel": 4}));
    rig.run(2);
    // What it planned is not heard any more.
    let late = json!({"stage": "reel_stop", "reel": 0, "symbols": []});
    rig.say(GAME, FrameKind::StageEvent, late, Some(20_000_000));
    // Its last words are.
    rig.stage(json!({"stage": "reel_spinning_start", "reel": 1}));
    rig.hub.tell(Notice::Closed {
        peer: GAME,
        reason: "silent",
        text: "no frame for 3 s".to_owned(),
    });
    rig.run(10);
    let names: Vec<&str> = rig.heard().iter().map(|(_, name)| *name).collect();
    let expected = [
        "reel_spin_loop",
        "anticipation_on",
        "reel_spinning_start",
        "end_stages",
    ];
    assert_eq!(names, expected);
    assert_eq!(rig.live.waiting(), 0);
    let summary = rig.live.finish(&rig.hub, rig.frame).unwrap();
    assert_eq!((summary.loops_cut, summary.open_loops.len()), (3, 0));
    assert_eq!(summary.closed["silent"], 1);
}

#[test]
fn another_game_that_plays_keeps_its_loops() {
    let other = Peer {
        connector: 0,
        number: 2,
    };
    let mut rig = Rig::native();
    rig.open(other);
    rig.stage(json!({"stage": "reel_spin_loop"}));
    rig.say(
        other,
        FrameKind::StageEvent,
        json!({"stage": "idle_start"}),
        None,
    );
    rig.run(1);
    rig.hub.tell(Notice::Closed {
        peer: other,
        reason: "gone",
        text: String::new(),
    });
    rig.run(2);
    let open = rig.live.games.open();
    assert_eq!(open.len(), 1, "{open:?}");
}

#[test]
fn what_only_moves_values_keeps_no_loops() {
    let mut rig = Rig::native();
    rig.stage(json!({"stage": "reel_spin_loop"}));
    let data = json!({"address": "/rtpc/Speed", "args": [0.5]});
    rig.say(OSC, FrameKind::Custom, data, None);
    rig.run(1);
    rig.hub.tell(Notice::Closed {
        peer: GAME,
        reason: "gone",
        text: String::new(),
    });
    rig.run(2);
    assert!(rig.heard().iter().any(|(_, name)| *name == "end_stages"));
}

/// A disk that is full is said once, and nothing is heard of it.
#[cfg(target_os = "linux")]
#[test]
fn a_trace_that_cannot_be_written_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let mut trace = TraceWriter::create(&path, header()).unwrap();
    trace.go_on_in(std::fs::File::create("/dev/full").unwrap());
    let mut rig = Rig::new(Adapter::native(), Some(trace));
    rig.open(GAME);
    let mut failures = 0;
    for n in 0..300 {
        if n % 10 == 0 {
            rig.stage(json!({"stage": "reel_stop", "reel": 0, "symbols": []}));
        }
        let place = rig.place();
        failures += usize::from(rig.live.pump(&rig.hub, &mut rig.sink, place).is_err());
        rig.frame += 480;
    }
    assert_eq!((failures, rig.heard().len()), (1, 30));
    assert_eq!(rig.rows("trace_lost").len(), 1);
}

/// What is written to a file that nobody finds again is lost, and said once.
#[cfg(unix)]
#[test]
fn a_trace_that_somebody_takes_away_stops_nothing() {
    let remove = |path: &Path| std::fs::remove_file(path).unwrap();
    let exchange = |path: &Path| {
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, "something else").unwrap();
    };
    let takes: [(fn(&Path), _); 2] = [(remove, "No such file"), (exchange, "has 14 bytes")];
    for (take, expected) in takes {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.trace.jsonl");
        let trace = TraceWriter::create(&path, header()).unwrap();
        let mut rig = Rig::new(Adapter::native(), Some(trace));
        rig.open(GAME);
        let mut errors = Vec::new();
        for n in 0..500 {
            if n == 150 {
                take(&path);
            }
            rig.stage(json!({"stage": "reel_stop", "reel": 0, "symbols": []}));
            let place = rig.place();
            errors.extend(rig.live.pump(&rig.hub, &mut rig.sink, place).err());
            rig.frame += 480;
        }
        assert_eq!((errors.len(), rig.heard().len()), (1, 500));
        assert!(errors[0].to_string().contains(expected), "{}", errors[0]);
        let rows = rig.rows("trace_lost");
        assert_eq!(rows[0]["text"], errors[0].to_string());
        rig.live.finish(&rig.hub, rig.frame).unwrap();
    }
}

#[test]
fn osc_moves_values_and_says_stages() {
    let mut rig = Rig::native();
    for (address, args) in [
        ("/rtpc/Speed", json!([0.5])),
        ("/state/Mood", json!(["Calm"])),
        ("/stage/reel_stop", json!([2, 1, 1])),
        ("/rtpc/nowhere", json!([1])),
        ("/seed", json!([7])),
        ("/seed", json!([0.5])),
    ] {
        let data = json!({"address": address, "args": args});
        rig.say(OSC, FrameKind::Custom, data, None);
    }
    rig.run(1);
    let names: Vec<&str> = rig.heard().iter().map(|(_, name)| *name).collect();
    assert_eq!(names, ["rtpc", "state", "reel_stop", "reseed"]);
    let codes: Vec<Value> = rig
        .rows("refused")
        .iter()
        .map(|row| row["code"].clone())
        .collect();
    assert_eq!(codes, ["osc", "unknown"]);
}

#[test]
fn wrong_stages_are_refused_and_covered() {
    let mut rig = Rig::native();
    rig.stage(json!({"stage": "spin_end"}));
    rig.stage(json!({"stage": "reel_stpo", "reel": 1}));
    rig.stage(json!({"stage": "reel_stop", "reel": 10, "symbols": []}));
    let data = json!({"address": "/stage/reel_stpo", "args": []});
    rig.say(OSC, FrameKind::Custom, data, None);
    rig.run(1);
    let refused = &rig.live.summary().refused;
    let expected = [("stage".to_owned(), 1), ("unknown".to_owned(), 2)];
    assert_eq!(refused.clone().into_iter().collect::<Vec<_>>(), expected);
    let coverage = rig.live.adapter().coverage();
    assert_eq!((coverage.messages(), coverage.share()), (4, 0.25));
    assert_eq!(coverage.unknown()["reel_stpo"].count, 2);
    assert_eq!(coverage.mismatches()["reel_stop: reel"], 1);
}

#[test]
fn what_does_not_fit_into_the_queue_comes_later_and_is_recorded_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let trace = TraceWriter::create(&path, header()).unwrap();
    let mut rig = Rig::new(Adapter::native(), Some(trace));
    rig.open(GAME);
    rig.sink.is_full = true;
    rig.stage(json!({"stage": "reel_spin_loop"}));
    rig.run(10);
    assert_eq!((rig.heard().len(), rig.rows("queue_full").len()), (0, 1));
    rig.sink.is_full = false;
    rig.run(1);
    let heard = rig.sink.calls.clone();
    assert_eq!(heard[0].0, 4800);
    rig.live.finish(&rig.hub, 5000).unwrap();
    let trace = Trace::read(&path).unwrap();
    assert_eq!(trace.calls(), heard);
}

#[test]
fn more_than_the_schedule_holds_is_refused_and_counted() {
    let mut rig = Rig::native();
    for _ in 0..=crate::schedule::SCHEDULE_MAX {
        let data = json!({"stage": "win_line_show", "line": 1, "amount": 5});
        rig.say(GAME, FrameKind::StageEvent, data, Some(100_000_000));
        rig.pump();
    }
    assert_eq!(rig.live.waiting(), crate::schedule::SCHEDULE_MAX);
    assert_eq!(rig.live.summary().refused["schedule_full"], 1);
}

#[test]
fn what_ends_a_loop_has_places_of_its_own() {
    let mut rig = Rig::native();
    let mut say = |stage: Value| {
        rig.say(GAME, FrameKind::StageEvent, stage, Some(100_000_000));
        rig.pump();
        rig.live.summary().refused.get("schedule_full").copied()
    };
    for _ in 0..crate::schedule::SCHEDULE_MAX {
        say(json!({"stage": "win_line_show", "line": 1, "amount": 5}));
    }
    for _ in 0..crate::schedule::RESERVED {
        assert_eq!(say(json!({"stage": "rollup_end", "final": 5})), None);
    }
    assert_eq!(say(json!({"stage": "rollup_end", "final": 5})), Some(1));
}

#[test]
fn a_slow_adapter_is_abandoned() {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    /// Each reading is later than the one before by `STEP`.
    static STEP: AtomicU64 = AtomicU64::new(0);
    static NOW: AtomicU64 = AtomicU64::new(0);
    for (spent, refused) in [(100_000_000, 0), (100_000_001, 1)] {
        STEP.store(spent, Relaxed);
        let mut rig = Rig::native();
        rig.live.clock = || NOW.fetch_add(STEP.load(Relaxed), Relaxed);
        rig.stage(json!({"other": 1}));
        rig.run(1);
        let found = rig.live.summary().refused.get("budget").copied();
        assert_eq!(found.unwrap_or(0), refused, "{spent}");
    }
}

#[test]
fn commands_of_a_game_are_carried_out_and_answered() {
    let mut rig = Rig::native();
    let ask = |rig: &mut Rig, name: &str, args: Value| {
        rig.hub.tell(Notice::Command {
            peer: GAME,
            id: name.to_owned(),
            name: name.to_owned(),
            args,
        });
        rig.pump();
        let mut acks = rig.live.take_acks();
        assert_eq!(acks.len(), 1);
        acks.pop().unwrap().1
    };
    let done = ask(&mut rig, "trigger_event", json!({"event": "Play_Door"}));
    assert!(done.success);
    assert!(
        ask(
            &mut rig,
            "set_parameter",
            json!({"name": "Speed", "value": 2})
        )
        .success
    );
    let wrong = ask(
        &mut rig,
        "set_parameter",
        json!({"name": "nowhere", "value": 2}),
    );
    let told = wrong.error.unwrap();
    assert_eq!(told, "args: there is no RTPC \"nowhere\"");
    let unknown = ask(&mut rig, "fly", json!({})).error.unwrap();
    let told = "unknown: there is no command \"fly\"; there are play_spin, ";
    assert!(unknown.starts_with(told), "{unknown}");
    let args = ask(&mut rig, "trigger_event", json!({})).error.unwrap();
    assert!(
        args.starts_with("args: trigger_event needs event, a name;"),
        "{args}"
    );
    assert!(ask(&mut rig, "get_state", json!({})).success);
    assert_eq!(rig.heard().len(), 2);
}

/// A game that posts events and says no stage has an end all the same: what they started may go on.
#[test]
fn a_game_that_only_posts_events_is_ended_as_it_goes() {
    let mut rig = Rig::native();
    rig.hub.tell(Notice::Command {
        peer: GAME,
        id: "a".to_owned(),
        name: "trigger_event".to_owned(),
        args: json!({"event": "Music"}),
    });
    rig.pump();
    rig.hub.tell(Notice::Closed {
        peer: GAME,
        reason: "gone",
        text: String::new(),
    });
    rig.run(2);
    let effects: Vec<&str> = rig.sink.calls.iter().map(|it| it.1.kind()).collect();
    assert_eq!(effects, ["event", "end_stages"]);
    assert_eq!(rig.sink.games, ["web/1", "web/1"]);
}

fn header() -> TraceHeader {
    TraceHeader {
        sample_rate_hz: RATE,
        ..TraceHeader::default()
    }
}

/// One spin of a game, in three ways of saying it.
mod one_game {
    use super::*;

    fn names(adapter: &str, kind: FrameKind, messages: &[Value]) -> Vec<String> {
        let mut rig = Rig::new(Adapter::read(adapter).unwrap(), None);
        rig.open(GAME);
        for message in messages {
            rig.say(GAME, kind, message.clone(), None);
            rig.run(100);
        }
        let call = |(_, effect): &(u64, Effect)| {
            let mut value = effect.write();
            value.as_object_mut().unwrap().remove("source_event");
            value.as_object_mut().unwrap().remove("payload");
            value.to_string()
        };
        assert!(
            rig.live.summary().refused.is_empty(),
            "{:?}",
            rig.rows("refused")
        );
        rig.sink.calls.iter().map(call).collect()
    }

    #[test]
    fn events_snapshots_and_rules_say_the_same() {
        let head =
            "schema = 1\nadapter_id = \"x\"\nmoney = { exponent = 2, source = \"integer\" }\n";
        let direct = format!(
            "{head}layers = [\"direct_event\"]\n[event_mapping]\nspin = \"ui_spin_press\"\n\
             turn = {{ stage = \"reel_spinning_start\", params = {{ reel = \"$r\" }} }}\n\
             still = {{ stage = \"reel_spinning_stop\", params = {{ reel = \"$r\" }} }}\n\
             count = \"evaluate_wins\"\n\
             stop = {{ stage = \"reel_stop\", params = {{ reel = \"$r\", symbols = [] }} }}\n\
             win = {{ stage = \"win_present\", params = {{ win_amount = \"$w\", line_count = 0 }} }}\n"
        );
        let events = [
            json!({"event": "spin"}),
            json!({"event": "turn", "r": 0}),
            json!({"event": "turn", "r": 1}),
            json!({"event": "still", "r": 0}),
            json!({"event": "stop", "r": 0}),
            json!({"event": "still", "r": 1}),
            json!({"event": "stop", "r": 1}),
            json!({"event": "count"}),
            json!({"event": "win", "w": 500}),
        ];
        let snapshot = format!(
            "{head}layers = [\"snapshot_diff\"]\n[snapshot_paths]\nreels = \"/reels\"\n\
             win = \"/win\"\nbalance = \"/balance\"\n"
        );
        let state = |reels: &[u8], win: u32, balance: u32| json!({"reels": reels, "win": win, "balance": balance});
        let states = [
            state(&[0, 1], 0, 1000),
            state(&[], 0, 900),
            state(&[0], 0, 900),
            state(&[0, 1], 0, 900),
            state(&[0, 1], 500, 900),
        ];
        let rule = |id: &str, path: &str, equals: &str, emit: &str, params: &str| {
            format!(
                "[[rule]]\nid = \"{id}\"\nwhen = {{ path = \"{path}\", equals = {equals} }}\n\
                 emit = \"{emit}\"\nparams = {params}\ncontinue = true\n"
            )
        };
        let turn = |id, reel: u8| {
            let params = format!("{{ reel = {reel} }}");
            rule(id, "/phase", "\"SPIN\"", "reel_spinning_start", &params)
        };
        let stop = |id: &str, count: &str, reel: u8| {
            let still = format!("{{ reel = {reel} }}");
            let lands = format!("{{ reel = {reel}, symbols = [] }}");
            rule(id, "/stopped", count, "reel_spinning_stop", &still)
                + &rule(&format!("{id}-2"), "/stopped", count, "reel_stop", &lands)
        };
        let win = "{ win_amount = \"$win\", line_count = 0 }";
        let rules = [
            format!("{head}layers = [\"rule_based\"]\n"),
            rule("a", "/phase", "\"SPIN\"", "ui_spin_press", "{}"),
            turn("b", 0),
            turn("c", 1),
            stop("d", "1", 0),
            stop("e", "2", 1),
            rule("f", "/stopped", "2", "evaluate_wins", "{}"),
            rule("g", "/phase", "\"WIN\"", "win_present", win),
        ]
        .concat();
        let phases = [
            json!({"phase": "SPIN", "stopped": 0}),
            json!({"phase": "SPIN", "stopped": 1}),
            json!({"phase": "SPIN", "stopped": 2}),
            json!({"phase": "WIN", "stopped": 2, "win": 500}),
        ];
        let said = names(&direct, FrameKind::Custom, &events);
        assert_eq!(said.len(), 9);
        assert_eq!(names(&snapshot, FrameKind::StateUpdate, &states), said);
        assert_eq!(names(&rules, FrameKind::StateUpdate, &phases), said);
    }
}

/// Ten thousand messages a second for a minute, on a virtual clock.
#[test]
fn a_flood_loses_only_what_may_be_lost_and_counts_it() {
    let mut rig = Rig::native();
    let (mut ends, mut ticks) = (0_u64, 0_u64);
    for _ in 0..6000 {
        // A block of 10 ms brings a hundred messages, all of a kind but one.
        for n in 0..100 {
            let data = match n {
                50 => json!({"stage": "reel_stop", "reel": 3, "symbols": []}),
                _ => json!({"stage": "rollup_tick", "current": n, "progress": 0.5}),
            };
            ends += u64::from(n == 50);
            ticks += u64::from(n != 50);
            rig.stage(data);
        }
        // Every fourth block the game is looked after: 400 messages wait, 256 have room.
        if ends % 4 == 0 {
            rig.pump();
        }
        rig.frame += 480;
    }
    rig.run(20);
    let heard = |name| rig.heard().iter().filter(|(_, it)| *it == name).count() as u64;
    assert_eq!(heard("reel_stop"), ends);
    let (taken, drops) = rig.hub.counts();
    let key = (0, "superseded", "rollup_tick".to_owned());
    assert_eq!(drops[&key], 1500 * (400 - 256));
    assert_eq!((drops.len(), taken), (1, 600_000));
    assert_eq!(heard("rollup_tick"), ticks - drops[&key]);
    assert_eq!(rig.live.waiting(), 0);
    assert!(rig.live.rows.len() <= ROWS_MAX);
}

#[test]
fn a_recorded_adapter_makes_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.trace.jsonl");
    let trace = TraceWriter::create(&path, header()).unwrap();
    let text = "schema = 1\nadapter_id = \"x\"\n[event_mapping]\nspin = \"ui_spin_press\"\n";
    let mut rig = Rig::new(Adapter::read(text).unwrap(), Some(trace));
    rig.open(GAME);
    for event in ["spin", "what", "spin"] {
        rig.say(GAME, FrameKind::Custom, json!({"event": event}), None);
        rig.run(10);
    }
    let heard = rig.sink.calls.clone();
    rig.live.finish(&rig.hub, rig.frame).unwrap();
    let trace = Trace::read(&path).unwrap();
    // A message of which nothing came is there too, for other adapters.
    assert_eq!(
        (trace.messages.len(), trace.state.end),
        (3, Some(rig.frame))
    );
    let again = whole::adapt(&trace, Adapter::read(text).unwrap());
    assert_eq!(whole::diff(&trace, &again), []);
    assert_eq!(whole::diff_planned(&trace, &again), []);
    assert_eq!(again.calls().len(), heard.len());
    let other = text.replace("spin =", "what =");
    let again = whole::adapt(&trace, Adapter::read(&other).unwrap());
    assert_eq!(whole::diff(&trace, &again).len(), 3);
}

mod commands;
mod games;
mod holds;
mod jitter;
mod osc;
mod traces;
