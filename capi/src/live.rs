//! Live games: what a game says over a socket is heard.
//!
//! ```text
//! segue_live_start (options) -> [main thread: segue_engine_update / dispatch] -> segue_live_finish -> destroy
//! ```
//!
//! The sockets have a thread of their own, which ends with the live game. What games say is carried out by
//! `segue_engine_update` and `segue_engine_dispatch` of its engine: call one of them every 20 ms or so.
//! No error text holds a token, what stands behind the `?` of a URL, or what a game has said.

mod options;
pub mod read;
pub mod trace;

use std::collections::BTreeSet;
use std::ffi::c_char;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use facade::ingest::{
    CAPABILITIES, CommandError, Ending, LiveGame, LiveOptions, coverage_value, object, project_hash,
};
use facade::middleware::stage::StageId;
use serde_json::{Value, json};

use crate::boundary::{OK, boundary, boundary_on};
use crate::engine::load::document;
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::{Handle, PATIENCE, Table, lock};
use crate::memory::buffer::{give, segue_buffer};
use crate::memory::{MAX_DOCUMENT, needed, put, take_name, take_text};
use crate::status::{
    Answer, Failure, SEGUE_STATUS_BUSY, SEGUE_STATUS_INVALID_DOCUMENT, SEGUE_STATUS_NOTHING,
    SEGUE_STATUS_QUEUE_FULL, SEGUE_STATUS_UNKNOWN_NAME, SEGUE_STATUS_WRONG_ORDER, segue_status,
};

/// Most live games at a time.
pub const MAX_LIVES: usize = 16;
/// Longest arguments of a command to games, in bytes: what fits into a frame of 65,536 with what stands around them.
pub const MAX_ARGS: usize = 65_000;
/// How far ahead of the audio thread messages are carried out, in milliseconds: what is due before
/// the next update but one.
const AHEAD_MS: u32 = 60;

pub(crate) static LIVES: Table<Live, 5, MAX_LIVES> = Table::new("live");

/// A live game. Opaque.
#[repr(C)]
pub struct segue_live {
    private: [u8; 0],
}

pub(crate) struct Live(Arc<State>);

/// What the live game and its engine share.
pub(crate) struct State {
    /// `None` after it was finished.
    game: Mutex<Option<LiveGame>>,
    /// That of its thread.
    ending: Ending,
    /// Why destroying it has failed, until its thread is gone and that can be told.
    failed: Mutex<Option<Failure>>,
    engine: Handle,
    /// Frames that were rendered when it was last looked after.
    frames: AtomicU64,
    /// The adapter's name.
    adapter: Mutex<String>,
}

impl State {
    fn with<T>(&self, body: impl FnOnce(&mut LiveGame) -> Answer<T>) -> Answer<T> {
        match lock(&self.game).as_mut() {
            Some(game) => body(game),
            None => Err(Failure::plain(
                SEGUE_STATUS_WRONG_ORDER,
                "the live game is finished; start another one",
            )),
        }
    }

    /// Ends sockets, thread and trace.
    fn finish(&self) -> Answer<Option<Value>> {
        let Some(game) = lock(&self.game).take() else {
            return Ok(None);
        };
        let coverage = coverage_value(game.coverage(), &self.bound());
        let connectors = game.connectors().to_vec();
        let frames = self.frames.load(Ordering::Relaxed);
        let summary = game.finish(frames).map_err(read::failure)?;
        Ok(Some(json!({
            "frames": frames,
            "game": summary.write(&connectors),
            "coverage": coverage,
        })))
    }

    /// Stages to which the engine's project binds a sound; none without the engine. It takes the
    /// engine's lock, under which that of the game is taken: never call it while holding the latter.
    fn bound(&self) -> BTreeSet<StageId> {
        let engine = ENGINES.enter(self.engine);
        let bound = engine.and_then(|it| it.with(|control| Ok(control.bound_stages())));
        bound.unwrap_or_default()
    }
}

/// Destroys a live game, whose thread ends before `deadline`, or it lives on.
pub(crate) fn destroy_by(live: Handle, deadline: Instant) -> Answer {
    let state = Arc::clone(&LIVES.enter_even_poisoned(live)?.0);
    if let Err(failure) = state.finish() {
        *lock(&state.failed) = Some(failure);
    }
    if !state.ending.wait(deadline) {
        let text = "a name is still looked up after 10 s, which cannot be called off; try again";
        return Err(Failure::plain(SEGUE_STATUS_BUSY, text));
    }
    drop(LIVES.remove_by(live, deadline)?);
    let failed = lock(&state.failed).take();
    failed.map_or(Ok(()), Err)
}

/// Carries out what the live games of an engine have said. `[thread-safe]`
pub(crate) fn pump(engine: &Engine) -> Answer {
    let lives: Vec<Arc<State>> = {
        let mut extra = lock(&engine.extra);
        extra.lives.retain(|live| live.strong_count() > 0);
        extra
            .lives
            .iter()
            .filter_map(std::sync::Weak::upgrade)
            .collect()
    };
    if lives.is_empty() {
        return Ok(());
    }
    let (rendered, block) = engine.rendered();
    let ahead = engine.shared.sample_rate() / 1_000 * AHEAD_MS + block;
    let mut ended = Ok(());
    engine.with(|control| {
        for live in &lives {
            live.frames.store(rendered, Ordering::Relaxed);
            if let Some(game) = lock(&live.game).as_mut() {
                // The block that is being rendered is too late.
                let next = rendered + u64::from(block);
                let pumped = game.pump(control, next, ahead);
                ended = std::mem::replace(&mut ended, Ok(())).and(pumped.map_err(read::failure));
            }
        }
        Ok(())
    })?;
    ended
}

/// Opens the sockets of a live game, which an engine plays from then on. `[thread-safe]`
///
/// `options` is a document of at most 64 MiB of UTF-8: a JSON object, or TOML when it does not begin with
/// `{`; NULL and 0 are all defaults. Its keys:
/// - `connectors` (in TOML `[[connector]]`): a list of objects with `name` (1 to 128 characters), `kind`
///   (`web_socket_server`, `web_socket_client`, `line_server`, `line_client`, `osc_server`), `bind` (servers:
///   `"127.0.0.1:39470"`; port 0 takes a free one), `connect` (clients: `"ws://host:port/path"` or
///   `"host:port"`), `origins` (pages that may connect besides those of this machine), `osc_allow` (machines
///   that may send OSC), `token` (the secret, 1 to 256 bytes; servers that other machines can reach need
///   one) or `token_file` (its first line), `latency_ms` (0..=500; default: heard at once), `rate_max_per_s`
///   (1 or more; 1000), `reconnect` (of clients: `base_ms`, `factor`, `cap_ms`, `jitter`, `max_retries`,
///   `reset_after_stable_ms`; docs/ingest.md). At most 64. Default: a WebSocket server `ws` on
///   127.0.0.1:39470, a server of JSON lines `tcp` on 39471 and OSC `osc` on 39472.
/// - `adapter`: what messages mean, the text of an adapter (TOML, docs/ingest.md); default: Segue's own
///   words.
/// - `trace`: file that records everything; default: none.
/// - `trace_exists`: when that file is there already: `fail` (the default: it stays) or `overwrite`.
/// - `game_id`: what the connectors say of themselves, at most 128 characters; default `segue`.
///
/// Ownership: the document stays the caller's. `out_live` becomes the caller's; `segue_live_destroy` ends
/// it. The engine stays the caller's and may be destroyed before.
/// Errors: `INVALID_DOCUMENT` for the options or the adapter, with line and column; `INVALID_ARGUMENT` for a
/// connector that cannot be, which is named; `SYSTEM` when a socket cannot be opened or the trace cannot be
/// written; `NOT_FOUND` for a `token_file` that is not there; `EXISTS` for a trace that is there already, a file
/// of the project, a device or pipe; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Then nothing is
/// open. Since 0.1.
///
/// # Safety
/// `options` is NULL or `options_length` bytes; `out_live` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_live_start(
    engine: *mut segue_engine,
    options: *const c_char,
    options_length: usize,
    out_live: *mut *mut segue_live,
) -> segue_status {
    let handle = engine as Handle;
    boundary_on("segue_live_start", &ENGINES, handle, |engine| {
        needed("out_live", out_live)?;
        // SAFETY: the caller's promise.
        let text = unsafe { take_text("options", options, options_length, MAX_DOCUMENT) }?;
        let wanted = options::read(text)?;
        let project = lock(&engine.extra)
            .loaded
            .as_ref()
            .map(|(it, _)| Arc::clone(it));
        let mut hash = String::new();
        if let Some(project) = &project {
            hash = project_hash(project)?;
            if let Some(trace) = &wanted.trace {
                project.refuse_as_output(trace)?;
            }
        }
        let game = engine.with(|control| {
            let options = LiveOptions {
                connectors: wanted.connectors(control.config().seed, &hash)?,
                adapter: wanted.adapter.as_deref(),
                trace: wanted.trace.as_deref(),
                trace_exists: wanted.trace_exists.into(),
                project_hash: hash,
            };
            LiveGame::start(options, Some(control)).map_err(read::failure)
        })?;
        let state = Arc::new(State {
            ending: game.ending(),
            failed: Mutex::default(),
            game: Mutex::new(Some(game)),
            engine: handle,
            frames: AtomicU64::new(engine.rendered().0),
            adapter: Mutex::new(read::name_of(wanted.adapter.as_deref())),
        });
        let live = LIVES.insert(Live(Arc::clone(&state)))?;
        lock(&engine.extra).lives.push(Arc::downgrade(&state));
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_live", out_live, live as *mut segue_live) }?;
        OK
    })
}

/// Another adapter takes over (its text, TOML, at most 64 MiB). `[thread-safe]`
///
/// Ownership: the text stays the caller's.
/// Errors: `INVALID_DOCUMENT` with line and column: the one before goes on; `WRONG_ORDER` after
/// [`segue_live_finish`]; `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// `adapter` is NULL or `adapter_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_live_set_adapter(
    live: *mut segue_live,
    adapter: *const c_char,
    adapter_length: usize,
) -> segue_status {
    boundary_on("segue_live_set_adapter", &LIVES, live as Handle, |live| {
        // SAFETY: the caller's promise.
        let text = unsafe { take_text("adapter", adapter, adapter_length, MAX_DOCUMENT) }?;
        live.0
            .with(|game| game.set_adapter(text).map_err(read::failure))?;
        *lock(&live.0.adapter) = read::name_of(Some(text));
        OK
    })
}

/// Asks every game that is connected, but not over OSC, for something: `name` is one of the commands of docs/ingest.md
/// (`pause`, `resume`, `play_spin`, `get_state`, `custom` and others), `args` their arguments, a JSON object; `(NULL, 0)`
/// is none. Each game that is asked is a notice `command` (`src`, `command_id`, `name`), and within 5 s its answer a notice
/// `ack` (the same with `success`, `error` and `data`), whose `error` is `timeout` where it did not answer:
/// [`segue_live_take_notices`] gives them. `[thread-safe]`
///
/// Sizes: `name` at most 1,024 bytes, `args` at most 65,000 bytes, also as they are sent.
/// Ownership: the texts stay the caller's.
/// Errors: `UNKNOWN_NAME` for a command that there is not; `INVALID_DOCUMENT` for `args` that are no object; `NOTHING` while
/// no game is connected; `QUEUE_FULL` when a connector has 64 that wait: the others were asked; `WRONG_ORDER` after
/// [`segue_live_finish`]; `INVALID_ARGUMENT` for an empty name, `LIMIT_EXCEEDED`, `INVALID_UTF8`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Each text is NULL or as many bytes as its length says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_live_command(
    live: *mut segue_live,
    name: *const c_char,
    name_length: usize,
    args: *const c_char,
    args_length: usize,
) -> segue_status {
    boundary_on("segue_live_command", &LIVES, live as Handle, |live| {
        // SAFETY: the caller's promise.
        let name = unsafe { take_name("name", name, name_length) }?;
        // SAFETY: the caller's promise.
        let args = unsafe { take_text("args", args, args_length, MAX_ARGS) }?;
        let args = arguments(args)?;
        if !CAPABILITIES.contains(&name) {
            let known = CAPABILITIES.join(", ");
            let text = format!("there is no command {name:?}; there are {known}");
            return Err(Failure::text(SEGUE_STATUS_UNKNOWN_NAME, text));
        }
        live.0.with(|game| {
            if !game.has_games() {
                let text = "no game is connected; a notice `opened` tells of one";
                return Err(Failure::plain(SEGUE_STATUS_NOTHING, text));
            }
            let full = |error: CommandError| {
                Failure::text(SEGUE_STATUS_QUEUE_FULL, format!("{name}: {error}"))
            };
            game.command(name, &args).map_err(full)
        })?;
        OK
    })
}

/// The arguments of a command; nothing of what they hold is told of what is wrong with them.
fn arguments(text: &str) -> Answer<Value> {
    if text.is_empty() {
        return Ok(json!({}));
    }
    let args = object(text).map_err(|_| {
        let problem = "is no JSON object, at most 32 deep and with each key once";
        Failure::argument(SEGUE_STATUS_INVALID_DOCUMENT, "args", problem)
    })?;
    let args = Value::Object(args);
    // Numbers may be longer as they are sent.
    let length = args.to_string().len();
    match length > MAX_ARGS {
        true => Err(Failure::limit("args", length, MAX_ARGS)),
        false => Ok(args),
    }
}

/// What has happened since the last call, oldest first, as a JSON object: `notices`, a list of objects with
/// `type` (`listening` with its `address`, `opened`, `closed`, `connection`, `stage`, `rtpc`, `refused`, `late`,
/// `gap`, `fsm_violation`, `command` and `ack` of [`segue_live_command`], and others; docs/ingest.md) and `t_smp`, where they have a frame. Take them now and
/// then: 4,096 wait, more are lost and counted. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `WRONG_ORDER` after [`segue_live_finish`], `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_live_take_notices(
    live: *mut segue_live,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_live_take_notices", &LIVES, live as Handle, |live| {
        needed("out_document", out_document)?;
        let rows: Vec<Value> = live.0.with(|game| {
            let rows = std::iter::from_fn(|| game.next_row());
            Ok(rows.map(|row| row.value).collect())
        })?;
        let json = document(&json!({"notices": rows}))?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, json) }?;
        OK
    })
}

/// How a live game stands, as a JSON object: `adapter` (its name), `connectors` (a list of `name` and
/// `is_osc`), `game` (what happened so far: messages, stages, conversations, what was refused, late or lost),
/// `coverage` (what the adapter has seen and made, as in `segue ingest coverage --json`), `is_left` (games
/// were there and have all gone). `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it.
/// Errors: `WRONG_ORDER` after [`segue_live_finish`], `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_live_get_report(
    live: *mut segue_live,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_live_get_report", &LIVES, live as Handle, |live| {
        needed("out_document", out_document)?;
        let state = &live.0;
        let adapter = lock(&state.adapter).clone();
        let bound = state.bound();
        let value = state.with(|game| {
            let connectors = game.connectors();
            let row = |(name, is_osc): &(String, bool)| json!({"name": name, "is_osc": is_osc});
            Ok(json!({
                "adapter": adapter,
                "connectors": connectors.iter().map(row).collect::<Vec<_>>(),
                "game": game.summary().write(connectors),
                "coverage": coverage_value(game.coverage(), &bound),
                "is_left": game.is_left(),
            }))
        })?;
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, document(&value)?) }?;
        OK
    })
}

/// Closes every socket, ends their thread, and completes the trace. What stages have begun goes on:
/// `segue_stages_end` ends it. Where a name is still looked up, that holds it for 200 ms and the thread for longer:
/// [`segue_live_destroy`] waits for it. The document is a JSON object: `frames`, `game`, `coverage`, as
/// [`segue_live_get_report`] has them. `[thread-safe]`
///
/// Ownership: `out_document` becomes the caller's; `segue_buffer_free` frees it. The handle can only be
/// destroyed then.
/// Errors: `SYSTEM` when the trace cannot be written: it is closed all the same; `WRONG_ORDER` the second
/// time; `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_document` is NULL or a `segue_buffer`; one that holds something is lost, not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_live_finish(
    live: *mut segue_live,
    out_document: *mut segue_buffer,
) -> segue_status {
    boundary_on("segue_live_finish", &LIVES, live as Handle, |live| {
        needed("out_document", out_document)?;
        live.0.with(|_| Ok(()))?;
        let value = live.0.finish()?.unwrap_or(Value::Null);
        // SAFETY: not NULL, the caller's promise.
        unsafe { give("out_document", out_document, document(&value)?) }?;
        OK
    })
}

/// Ends a live game, as [`segue_live_finish`] does unless that was done: when it has no socket is open
/// and no thread is left. `[thread-safe]`, not the audio thread
///
/// Ownership: the handle is stale afterwards. NULL is allowed and does nothing.
/// Errors: `SYSTEM` when the trace cannot be written: it is ended all the same; `STALE_HANDLE`, `BUSY` when
/// calls on other threads do not leave within 10 s, or the system is still looking up the name of a host, which cannot be
/// called off: then it is finished, its handle lives on, and it can be destroyed again. Since 0.1.
///
/// # Safety
/// Any value of `live` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_live_destroy(live: *mut segue_live) -> segue_status {
    boundary("segue_live_destroy", || {
        if !live.is_null() {
            destroy_by(live as Handle, Instant::now() + PATIENCE)?;
        }
        OK
    })
}
