//! What must not be shown: tokens, and what stands behind the `?` of a URL.

use crate::common::*;
use crate::live::{Game, address, engine, lines, start, try_start, until};
use segue::SEGUE_ABI;
use segue::engine::segue_engine_destroy;
use segue::live::read::{segue_adapter_check, segue_adapter_propose};
use segue::live::{segue_live_destroy, segue_live_set_adapter};
use segue::project::segue_project_open;
use serde_json::{Value, json};
use std::ptr::null_mut;
use std::sync::Mutex;

const SECRET: &str = "s3cret-t0ken-7";

/// Everything that any library logs, at the finest level.
struct Captured(Mutex<String>);

static LOG: Captured = Captured(Mutex::new(String::new()));

impl log::Log for Captured {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut text = self.0.lock().unwrap();
        text.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

#[test]
fn no_secret_is_in_an_error_a_notice_or_a_log() {
    log::set_logger(&LOG).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    log::trace!("the log is captured");
    let engine = engine();
    let mut texts = Vec::new();
    let mut none = null_mut();
    let connector = |fields: Value| {
        let mut all = json!({"name": "a", "kind": "line_server", "bind": "127.0.0.1:0"});
        all.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        json!({"connectors": [all]}).to_string()
    };
    let url = format!("http://user:{SECRET}@127.0.0.1/?token={SECRET}");
    // Wherever somebody may put it.
    for options in [
        format!("{{\"token\": \"{SECRET}\"}}"),
        format!("{{\"{SECRET}\": 1}}"),
        format!("{{\"connectors\": \"{SECRET}\"}}"),
        format!("{{\"connectors\": [{{\"name\": \"a\", \"token\": \"{SECRET}"),
        format!("token = \"{SECRET}\"\n"),
        format!("[[connector]]\nname = \"a\"\nkind = 3 # {SECRET}\ntoken = \"{SECRET}\"\n"),
        format!("[[connector]]\n{SECRET}\n"),
        connector(json!({"token": SECRET, "bind": "0.0.0.0:0", "latency_ms": 900.0})),
        connector(json!({"token": SECRET, "kind": "osc_server"})),
        connector(json!({"token": SECRET, "token_file": "none"})),
        connector(json!({"token": [SECRET]})),
        connector(json!({"bind": SECRET})),
        connector(json!({"token": SECRET.repeat(100)})),
        connector(json!({"kind": "web_socket_client", "connect": url})),
        connector(json!({"kind": "line_client", "connect": format!("host?{SECRET}")})),
        json!({"adapter": format!("schema = 1\nadapter_id = \"x\"\ntoken = \"{SECRET}\"")})
            .to_string(),
        json!({"adapter": format!("schema = \"{SECRET}\"")}).to_string(),
        json!({"adapter": format!("schema = {SECRET}")}).to_string(),
    ] {
        let status = try_start(engine, &options, &mut none);
        assert!(status as i32 > 1, "{options} was taken");
        texts.push(last_error());
    }
    of_documents_and_paths(&mut texts);
    // A game that says another token, one that says it, and one whose messages cannot be.
    let live = start(engine, &lines(Some(SECRET), json!({})));
    let (adapter, length) = (SECRET.as_ptr().cast(), SECRET.len());
    let status = unsafe { segue_live_set_adapter(live, adapter, length) };
    texts.push(fails(status, SEGUE_STATUS_INVALID_DOCUMENT));
    let listens = address(engine, live);
    let mut seen = Vec::new();
    let wrong = Game::connect(&listens, Some(&format!("x{SECRET}")));
    texts.push(wrong.hear());
    until(engine, live, "closed", &mut seen);
    seen.clear();
    let mut right = Game::connect(&listens, Some(SECRET));
    until(engine, live, "opened", &mut seen);
    right.say("stage_event", &json!({"stage": SECRET}));
    until(engine, live, "refused", &mut seen);
    texts.push(last_error());
    ok(unsafe { segue_live_destroy(live) });

    // A client whose server does not answer.
    let client = connector(json!({
        "kind": "web_socket_client", "bind": null, "token": SECRET,
        "connect": format!("ws://127.0.0.1:1/path?token={SECRET}"),
        "reconnect": {"max_retries": 0},
    }));
    let live = start(engine, &client);
    let mut told = Vec::new();
    until(engine, live, "connection", &mut told);
    texts.extend(told.iter().map(ToString::to_string));
    ok(unsafe { segue_live_destroy(live) });
    ok(unsafe { segue_engine_destroy(engine) });

    for text in &texts {
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert!(texts.len() > 20);
    let log = LOG.0.lock().unwrap();
    assert!(log.contains("the log is captured"));
    assert!(!log.contains("s3cret"), "{log}");
}

/// What adapters and paths hold: both are of people.
fn of_documents_and_paths(texts: &mut Vec<String>) {
    let mut document = EMPTY;
    for adapter in [
        format!("schema = 1\nadapter_id = \"x\"\ntoken = \"{SECRET}\""),
        format!("schema = \"{SECRET}\""),
        SECRET.to_owned(),
    ] {
        let (text, length) = c(&adapter);
        let status = unsafe { segue_adapter_check(text, length, &mut document) };
        texts.push(fails(status, SEGUE_STATUS_INVALID_DOCUMENT));
        let samples = "{\"a\": 1}";
        let options = json!({"current": adapter}).to_string();
        let (options, options_length) = c(&options);
        let (samples, samples_length) = c(samples);
        let proposed = job(|out| unsafe {
            segue_adapter_propose(
                SEGUE_ABI,
                samples,
                samples_length,
                options,
                options_length,
                out,
            )
        });
        texts.push(proposed.unwrap_err().1);
    }
    // Somebody gives a URL where a path is meant.
    for path in [
        format!("https://example.org/game.segue?token={SECRET}"),
        format!("https://me:{SECRET}@example.org/game.segue"),
    ] {
        let (text, length) = c(&path);
        let mut project = null_mut();
        let status = unsafe { segue_project_open(SEGUE_ABI, text, length, &mut project) };
        let said = fails(status, SEGUE_STATUS_NOT_FOUND);
        assert!(said.contains("example.org/game.segue"), "{said}");
        texts.push(said);
    }
}
