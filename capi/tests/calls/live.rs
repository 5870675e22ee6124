//! Live games over sockets of this machine, adapters, and what must not be shown.

use crate::common::*;
use segue::SEGUE_ABI;
use segue::engine::audio::segue_engine_process_interleaved;
use segue::engine::load::segue_engine_load;
use segue::engine::{segue_engine, segue_engine_create, segue_engine_destroy, segue_engine_update};
use segue::library::{segue_counters, segue_get_counters};
use segue::live::read::{segue_adapter_check, segue_adapter_propose};
use segue::live::{
    segue_live, segue_live_command, segue_live_destroy, segue_live_finish, segue_live_get_report,
    segue_live_set_adapter, segue_live_start, segue_live_take_notices,
};
use segue::project::segue_project_destroy;
use segue::status::segue_status;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::ptr::null_mut;
use std::time::{Duration, Instant};

/// An engine that plays the slot game of the presets.
pub(crate) fn engine() -> *mut segue_engine {
    let project = open(&repository("presets/lantern"));
    let engine =
        made(|out| unsafe { segue_engine_create(SEGUE_ABI, std::ptr::null(), project, out) });
    job(|out| unsafe { segue_engine_load(engine, project, out) }).unwrap();
    ok(unsafe { segue_project_destroy(project) });
    engine
}

pub(crate) fn try_start(
    engine: *mut segue_engine,
    options: &str,
    live: *mut *mut segue_live,
) -> segue_status {
    let (text, length) = c(options);
    unsafe { segue_live_start(engine, text, length, live) }
}

pub(crate) fn start(engine: *mut segue_engine, options: &str) -> *mut segue_live {
    made(|out| try_start(engine, options, out))
}

pub(crate) fn lines(token: Option<&str>, more: Value) -> String {
    let mut options = json!({
        "connectors": [{"name": "tcp", "kind": "line_server", "bind": "127.0.0.1:0", "token": token}],
    });
    options
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    options.to_string()
}

fn notices(live: *mut segue_live) -> Vec<Value> {
    let told = json(|out| unsafe { segue_live_take_notices(live, out) });
    told["notices"].as_array().unwrap().clone()
}

fn report(live: *mut segue_live) -> Value {
    json(|out| unsafe { segue_live_get_report(live, out) })
}

/// Renders and updates until something is told of this type, at most 20 s.
#[track_caller]
pub(crate) fn until(
    engine: *mut segue_engine,
    live: *mut segue_live,
    kind: &str,
    seen: &mut Vec<Value>,
) -> Value {
    let began = Instant::now();
    loop {
        let mut block = [0.0_f32; 2 * 64];
        ok(unsafe { segue_engine_process_interleaved(engine, block.as_mut_ptr(), 2, 64) });
        ok(unsafe { segue_engine_update(engine) });
        seen.extend(notices(live));
        if let Some(found) = seen.iter().find(|it| it["type"] == kind) {
            return found.clone();
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "no {kind} in {seen:?}"
        );
        std::thread::yield_now();
    }
}

/// A game that speaks lines of JSON.
pub(crate) struct Game {
    stream: TcpStream,
    seq: u64,
}

impl Game {
    pub(crate) fn connect(address: &str, token: Option<&str>) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        let mut game = Self { stream, seq: 0 };
        if let Some(token) = token {
            game.say("auth", &json!({"token": token}));
        }
        game.say(
            "hello",
            &json!({"protocol": "segue", "version": 1, "game_id": "acme"}),
        );
        game
    }

    pub(crate) fn say(&mut self, kind: &str, data: &Value) {
        self.seq += 1;
        let frame = json!({"type": kind, "seq": self.seq, "t_us": self.seq * 1_000, "data": data});
        writeln!(self.stream, "{frame}").unwrap();
    }

    /// The next line, if the other side has not gone.
    pub(crate) fn hear(&self) -> String {
        let mut line = String::new();
        self.stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        BufReader::new(&self.stream)
            .read_line(&mut line)
            .unwrap_or(0);
        line
    }
}

pub(crate) fn address(engine: *mut segue_engine, live: *mut segue_live) -> String {
    let told = until(engine, live, "listening", &mut Vec::new());
    told["address"].as_str().unwrap().to_owned()
}

fn counters() -> segue_counters {
    let mut counters: segue_counters = unsafe { std::mem::zeroed() };
    counters.struct_size = size_of::<segue_counters>() as u32;
    ok(unsafe { segue_get_counters(&mut counters) });
    counters
}

#[test]
fn a_game_is_heard_counted_and_traced() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("a.trace.jsonl");
    let engine = engine();
    let live = start(
        engine,
        &lines(None, json!({"trace": trace, "game_id": "host"})),
    );
    assert_eq!(counters().live_games, 1);
    let mut game = Game::connect(&address(engine, live), None);
    assert!(game.hear().contains("host"));
    game.say("stage_event", &json!({"stage": "ui_spin_press"}));
    let mut seen = Vec::new();
    let stage = until(engine, live, "stage", &mut seen);
    assert_eq!(
        (&stage["stage"], &stage["event"]),
        (&json!("ui_spin_press"), &json!("Spin_Press"))
    );
    assert!(
        seen.iter()
            .any(|it| it["type"] == "opened" && it["game_id"] == "acme")
    );
    let told = report(live);
    assert_eq!(
        told["connectors"],
        json!([{"name": "tcp", "is_osc": false}])
    );
    assert_eq!(
        (&told["game"]["messages"], &told["is_left"]),
        (&json!(1), &json!(false)),
        "{told}"
    );
    assert!(
        told["coverage"]["bound_never_produced"]
            .as_array()
            .unwrap()
            .len()
            > 3,
        "{told}"
    );

    // Another adapter takes over, and one that is none does not.
    let set = |text: &str| {
        let (text, length) = c(text);
        unsafe { segue_live_set_adapter(live, text, length) }
    };
    let wrong = set("schema = 1\nadapter_id = \"x\"\nlayer = []\n");
    let error = fails(wrong, SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(error.contains("line 3, column 1"), "{error}");
    ok(set("schema = 1\nadapter_id = \"acme\"\n"));
    assert_eq!(report(live)["adapter"], "acme");

    drop(game);
    until(engine, live, "closed", &mut Vec::new());
    assert_eq!(report(live)["is_left"], true);
    let told = json(|out| unsafe { segue_live_finish(live, out) });
    assert_eq!(told["game"]["opened"], 1);
    assert!(told["frames"].as_u64().unwrap() > 0);
    let mut none = EMPTY;
    let again = unsafe { segue_live_finish(live, &mut none) };
    fails(again, SEGUE_STATUS_WRONG_ORDER);
    let trace = std::fs::read_to_string(trace).unwrap();
    assert!(trace.contains("ui_spin_press"), "{trace}");
    ok(unsafe { segue_live_destroy(live) });
    fails(
        unsafe { segue_live_destroy(live) },
        SEGUE_STATUS_STALE_HANDLE,
    );
    ok(unsafe { segue_engine_destroy(engine) });
    assert_eq!((counters().live_games, counters().engines), (0, 0));
}

/// Whoever has the library asks its games, as `segue ingest run --commands` does.
#[test]
fn games_are_asked_and_answer() {
    let engine = engine();
    let live = start(engine, &lines(None, json!({})));
    let ask = |name: &str, args: &str| {
        let ((name, name_length), (args, args_length)) = (c(name), c(args));
        unsafe { segue_live_command(live, name, name_length, args, args_length) }
    };
    let address = address(engine, live);
    fails(ask("pause", ""), SEGUE_STATUS_NOTHING);
    let mut game = Game::connect(&address, None);
    let mut frames = BufReader::new(game.stream.try_clone().unwrap())
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    until(engine, live, "opened", &mut Vec::new());
    let error = fails(ask("fly", ""), SEGUE_STATUS_UNKNOWN_NAME);
    assert!(error.contains("there are play_spin, pause, "), "{error}");
    for wrong in ["[1]", "{", r#"{"a": 1, "a": 2}"#] {
        let error = fails(ask("custom", wrong), SEGUE_STATUS_INVALID_DOCUMENT);
        assert!(error.contains("args is no JSON object"), "{error}");
    }
    // At the limit and over it, as they are given and as they are sent.
    let long = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
    fails(ask("custom", &long(65_001)), SEGUE_STATUS_LIMIT_EXCEEDED);
    let grown = format!(r#"{{"a":[{}1e15]}}"#, "1e15,".repeat(10_000));
    fails(ask("custom", &grown), SEGUE_STATUS_LIMIT_EXCEEDED);
    for (name, args) in [
        ("custom", long(65_000)),
        ("play_spin", r#"{"spin_id":7}"#.to_owned()),
        ("pause", String::new()),
    ] {
        ok(ask(name, &args));
        let asked = frames.find(|frame| frame["type"] == "command").unwrap();
        let data = &asked["data"];
        let sent = if args.is_empty() { "{}" } else { &args };
        assert_eq!(
            (&data["name"], data["args"].to_string().as_str()),
            (&json!(name), sent)
        );
        game.say(
            "command_ack",
            &json!({"command_id": data["id"], "success": true, "data": {"n": name}}),
        );
        let mut seen = Vec::new();
        let ack = until(engine, live, "ack", &mut seen);
        assert_eq!(
            (&ack["name"], &ack["success"], &ack["data"]),
            (&json!(name), &json!(true), &json!({"n": name}))
        );
        let is_told = |it: &Value| it["type"] == "command" && it["command_id"] == data["id"];
        assert!(seen.iter().any(is_told), "{seen:?}");
    }
    json(|out| unsafe { segue_live_finish(live, out) });
    fails(ask("pause", ""), SEGUE_STATUS_WRONG_ORDER);
    ok(unsafe { segue_live_destroy(live) });
    ok(unsafe { segue_engine_destroy(engine) });
}

/// A recording is kept, unless its place is to be taken.
#[test]
fn a_trace_that_exists_stays() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("a.trace.jsonl");
    std::fs::write(&trace, "hours of play\n").unwrap();
    let engine = engine();
    for more in [
        json!({"trace": trace}),
        json!({"trace": trace, "trace_exists": "fail"}),
    ] {
        let mut live = null_mut();
        let status = try_start(engine, &lines(None, more), &mut live);
        let error = fails(status, SEGUE_STATUS_EXISTS);
        assert!(
            error.contains("it is there already; name another file"),
            "{error}"
        );
        assert!(live.is_null());
    }
    assert_eq!(std::fs::read_to_string(&trace).unwrap(), "hours of play\n");
    assert_eq!(counters().live_games, 0);
    let unknown = lines(None, json!({"trace": trace, "trace_exists": "append"}));
    fails(
        try_start(engine, &unknown, &mut null_mut()),
        SEGUE_STATUS_INVALID_DOCUMENT,
    );
    let live = start(
        engine,
        &lines(None, json!({"trace": trace, "trace_exists": "overwrite"})),
    );
    ok(unsafe { segue_live_destroy(live) });
    let text = std::fs::read_to_string(&trace).unwrap();
    assert!(text.starts_with('{') && !text.contains("hours"), "{text}");
    ok(unsafe { segue_engine_destroy(engine) });
}

#[test]
fn nothing_is_left_of_many_games_in_any_order_of_destruction() {
    let open_files = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    let folder = tempfile::tempdir().unwrap();
    let project = open(&game(folder.path()));
    let mut before = (0, 0);
    for n in 0..50 {
        let engine =
            made(|out| unsafe { segue_engine_create(SEGUE_ABI, std::ptr::null(), project, out) });
        let live = start(engine, &lines(None, json!({})));
        let _game = Game::connect(&address(engine, live), None);
        match n % 2 {
            0 => {
                ok(unsafe { segue_live_destroy(live) });
                ok(unsafe { segue_engine_destroy(engine) });
            }
            _ => {
                ok(unsafe { segue_engine_destroy(engine) });
                // What is left of it can still be asked and finished.
                assert_eq!(report(live)["connectors"][0]["name"], "tcp");
                ok(unsafe { segue_live_destroy(live) });
            }
        }
        if n == 4 {
            before = (open_files(), threads());
        }
    }
    // The caller's own end of the last socket is not ours.
    assert!(
        open_files() <= before.0 + 1,
        "{} {}",
        open_files(),
        before.0
    );
    assert_eq!(threads(), before.1);
    ok(unsafe { segue_project_destroy(project) });
}

#[test]
fn options_may_be_toml_and_are_checked() {
    let engine =
        made(|out| unsafe { segue_engine_create(SEGUE_ABI, std::ptr::null(), null_mut(), out) });
    let toml = "[[connector]]\nname = \"a\"\nkind = \"line_server\"\nbind = \"127.0.0.1:0\"\n\
                latency_ms = 20.0\nreconnect = { max_retries = 999 }\n";
    let live = start(engine, toml);
    assert_eq!(report(live)["connectors"][0]["name"], "a");
    ok(unsafe { segue_live_destroy(live) });
    let mut none = null_mut();
    for (options, expected, status) in [
        ("{", "line 1", SEGUE_STATUS_INVALID_DOCUMENT),
        (
            r#"{"connectors": []}"#,
            "is empty",
            SEGUE_STATUS_INVALID_ARGUMENT,
        ),
        (
            r#"{"conectors": []}"#,
            "a key is not known, expected",
            SEGUE_STATUS_INVALID_DOCUMENT,
        ),
        (
            "[[connector]]\nnam = 1\n",
            "line 2, column 1",
            SEGUE_STATUS_INVALID_DOCUMENT,
        ),
        (
            r#"{"connectors": [{"name": "a", "kind": "line_client", "connect": "localhost:1", "reconnect": {"forever": true}}]}"#,
            "give max_retries",
            SEGUE_STATUS_INVALID_ARGUMENT,
        ),
        (
            r#"{"connectors": [{"name": "a", "kind": "line_server"}]}"#,
            "connector a: bind",
            SEGUE_STATUS_INVALID_ARGUMENT,
        ),
        (
            r#"{"connectors": [{"name": "a", "kind": "line_server", "bind": "0.0.0.0:0"}]}"#,
            "set a token",
            SEGUE_STATUS_INVALID_ARGUMENT,
        ),
        (
            r#"{"adapter": "schema = 2"}"#,
            "adapter",
            SEGUE_STATUS_INVALID_DOCUMENT,
        ),
    ] {
        let error = fails(try_start(engine, options, &mut none), status);
        assert!(error.contains(expected), "{error}");
    }
    assert!(none.is_null() && counters().live_games == 0);
    ok(unsafe { segue_engine_destroy(engine) });
}

#[test]
fn live_games_have_a_limit() {
    let engine =
        made(|out| unsafe { segue_engine_create(SEGUE_ABI, std::ptr::null(), null_mut(), out) });
    let all: Vec<_> = (0..segue::live::MAX_LIVES)
        .map(|_| start(engine, &lines(None, json!({}))))
        .collect();
    let mut none = null_mut();
    let one_more = try_start(engine, &lines(None, json!({})), &mut none);
    fails(one_more, SEGUE_STATUS_LIMIT_EXCEEDED);
    assert!(none.is_null());
    ok(unsafe { segue_engine_update(engine) });
    for live in all {
        ok(unsafe { segue_live_destroy(live) });
    }
    ok(unsafe { segue_engine_destroy(engine) });
}

#[test]
fn an_adapter_is_proposed_and_checked() {
    let check = |text: &str, out| {
        let (text, length) = c(text);
        unsafe { segue_adapter_check(text, length, out) }
    };
    let mut samples = String::new();
    for spin in 0..40 {
        let id = format!("r{spin}");
        let mut add = |event: Value| samples += &format!("{event}\n");
        add(json!({"event": "spin_start", "round": id, "bet": 100}));
        for reel in 0..5 {
            add(
                json!({"event": "reel_stop", "round": id, "reelIndex": reel, "symbols": [1, 2, 3]}),
            );
        }
        add(json!({"event": "spin_end", "round": id, "win": 0}));
    }
    let propose = |samples: &str, options: &str| {
        let (options, length) = c(options);
        job(|out| unsafe {
            segue_adapter_propose(
                SEGUE_ABI,
                samples.as_ptr().cast(),
                samples.len(),
                options,
                length,
                out,
            )
        })
    };
    let told = propose(&samples, r#"{"adapter_id": "acme"}"#).unwrap();
    assert_eq!(
        (&told["messages"], &told["diff"]),
        (&json!(280), &Value::Null)
    );
    let events = told["events"].as_array().unwrap();
    let is_stop = |it: &&Value| it["name"] == "reel_stop" && it["stage"] == "reel_stop";
    assert!(
        events.iter().find(is_stop).unwrap()["confidence"]
            .as_f64()
            .unwrap()
            > 0.5
    );
    let toml = told["toml"].as_str().unwrap();
    assert_eq!(json(|out| check(toml, out))["adapter_id"], "acme");
    let again = propose(&samples, &json!({"current": toml}).to_string()).unwrap();
    assert!(again["diff"].is_string());

    assert_eq!(
        propose("\n", "").unwrap_err().0,
        SEGUE_STATUS_INVALID_DOCUMENT
    );
    let nothing = propose("{\"zzqq\": []}\n", "").unwrap_err();
    assert!(nothing.1.contains("looks like"), "{}", nothing.1);
    let mut none = EMPTY;
    let error = fails(
        check("schema = 1\nfoo = 1", &mut none),
        SEGUE_STATUS_INVALID_DOCUMENT,
    );
    assert!(error.contains("line 2, column 1"), "{error}");
}
