//! What calls into libsegue cost, measured on the library that games load.
//!
//! ```text
//! segue-bench-capi [--json] [--quick] LIBRARY FACTORY
//! ```
//!
//! LIBRARY is the built shared library, FACTORY the folder of the factory project, which it plays.
//!
//! | row | meaning |
//! |---|---|
//! | `… (getter)`, `… (control)` | a call that succeeds: CPU time, and instructions as callgrind counts them, with the goal: 60 and 150 |
//! | `… (record)` | the same of a call that writes a struct, which no game makes in each block: without a goal |
//! | `… (failing)` | a call that is refused |
//! | `a block` | 512 frames of the factory project through the C ABI (`libsegue`) and without it (`segue-engine`): instructions, and CPU time |
//! | `more than the engine` | the difference |
//! | `functions`, `file` | the size of the ABI and of the library |
//!
//! miniaudio's calls stand beside those that mean the same. They write into objects on the calling thread and check no
//! handle; libsegue's are checked, may come from any thread, and take effect at a frame. All values are medians;
//! contenders take turns; time is CPU time of the thread. Nothing here fails on a time.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "small constants, and counts far below 2^53"
)]

mod bare;
mod count;
mod library;
mod own;
mod peer;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use cpu_time::ThreadTime;

use bare::Bare;
use count::Counts;
use own::Own;
use peer::Peer;

/// Anything that can go wrong ends the run.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Frames of a block.
const BLOCK: usize = 512;
/// Frames a second.
const RATE: u32 = 48_000;
/// Calls between two blocks.
const BATCH: usize = 500;
/// Blocks of a turn, and those of them that do not count: they find what others have left in the caches.
const TURN: usize = 32;
const UNCOUNTED: usize = 8;
/// How long the disk's thread gets for a turn, which is 0.34 s of sound.
const REST: Duration = Duration::from_millis(60);
/// Blocks that callgrind counts.
const COUNTED_BLOCKS: usize = 100;

/// A call, and the same of the peer where it has one.
struct Row {
    workload: &'static str,
    symbol: &'static str,
    own: own::Repeat,
    peer: Option<(&'static str, peer::Repeat)>,
    fails: bool,
}

impl Row {
    const fn new(workload: &'static str, symbol: &'static str, own: own::Repeat) -> Self {
        Self {
            workload,
            symbol,
            own,
            peer: None,
            fails: false,
        }
    }

    const fn beside(mut self, symbol: &'static str, peer: peer::Repeat) -> Self {
        self.peer = Some((symbol, peer));
        self
    }

    /// Most instructions of a call that looks, and of one that asks the audio thread for something; a record is not
    /// asked for in each block.
    fn goal(&self) -> Option<u32> {
        match self.workload.rsplit_once(' ') {
            Some((_, "(getter)")) => Some(60),
            Some((_, "(control)")) => Some(150),
            _ => None,
        }
    }

    const fn failing(mut self) -> Self {
        self.fails = true;
        self
    }
}

/// A voice is started before it is changed, and changed before it is stopped.
const ROWS: &[Row] = &[
    Row::new("frame (getter)", "segue_engine_get_frame", own::FRAME)
        .beside("ma_engine_get_time_in_pcm_frames", peer::FRAME),
    Row::new("state (getter)", "segue_engine_get_state", own::STATE),
    Row::new("levels (getter)", "segue_bus_take_levels", own::LEVELS),
    Row::new("RTPC's value (getter)", "segue_rtpc_get", own::RTPC_GET),
    Row::new("state's value (getter)", "segue_state_get", own::STATE_GET),
    Row::new(
        "switch's value (getter)",
        "segue_switch_get",
        own::SWITCH_GET,
    ),
    Row::new(
        "signal's value (getter)",
        "segue_signal_get",
        own::SIGNAL_GET,
    ),
    Row::new(
        "insert's reading (getter)",
        "segue_insert_get_reading",
        own::READING,
    ),
    Row::new("a bus (record)", "segue_bus_get_info", own::BUS_INFO),
    Row::new("bus gain (control)", "segue_bus_set", own::BUS)
        .beside("ma_sound_group_set_volume", peer::BUS),
    Row::new("play (control)", "segue_voice_play", own::PLAY).beside("ma_sound_start", peer::PLAY),
    Row::new("voice gain (control)", "segue_voice_set", own::VOICE)
        .beside("ma_sound_set_volume", peer::VOICE),
    Row::new("stop (control)", "segue_voice_stop", own::STOP).beside("ma_sound_stop", peer::STOP),
    Row::new("RTPC (control)", "segue_rtpc_set", own::RTPC),
    Row::new("event (control)", "segue_event_post", own::EVENT),
    Row::new("seek (control)", "segue_transport_seek", own::SEEK)
        .beside("ma_engine_set_time_in_pcm_frames", peer::SEEK),
    Row::new("bus pan (control)", "segue_bus_set", own::BUS_PAN),
    Row::new("bus mute (control)", "segue_bus_set", own::BUS_MUTE),
    Row::new("send gain (control)", "segue_send_set_gain", own::SEND_GAIN),
    Row::new("parameter (control)", "segue_insert_set_param", own::PARAM),
    Row::new("wet share (control)", "segue_insert_set_mix", own::MIX),
    Row::new("bypass (control)", "segue_insert_set_bypass", own::BYPASS),
    Row::new("voice pan (control)", "segue_voice_set", own::VOICE_PAN),
    Row::new(
        "voice filter (control)",
        "segue_voice_set_filter",
        own::VOICE_FILTER,
    ),
    Row::new(
        "voice pause (control)",
        "segue_voice_pause",
        own::VOICE_PAUSE,
    ),
    Row::new("voice seek (control)", "segue_voice_seek", own::VOICE_SEEK),
    Row::new("note (control)", "segue_note_send", own::NOTE),
    Row::new("RTPC back (control)", "segue_rtpc_reset", own::RTPC_RESET),
    Row::new("state (control)", "segue_state_set", own::STATE_SET),
    Row::new("switch (control)", "segue_switch_set", own::SWITCH_SET),
    Row::new("signal (control)", "segue_signal_set", own::SIGNAL_SET),
    Row::new("macro (control)", "segue_macro_set", own::MACRO),
    Row::new("level (control)", "segue_level_set", own::LEVEL),
    Row::new(
        "stop of a post (control)",
        "segue_playing_stop",
        own::PLAYING,
    ),
    Row::new("emitter (control)", "segue_object_place", own::OBJECT),
    Row::new("spin (control)", "segue_spin_begin", own::SPIN),
    Row::new("host (control)", "segue_transport_follow_host", own::HOST),
    Row::new("stale id (failing)", "segue_bus_set", own::STALE_ID).failing(),
    Row::new("out of range (failing)", "segue_transport_seek", own::RANGE).failing(),
    Row::new("NULL (failing)", "segue_engine_update", own::NO_ENGINE)
        .beside("ma_engine_set_volume", peer::NO_ENGINE)
        .failing(),
];

/// The factory project as a document, and names in it.
struct Song {
    bytes: Vec<u8>,
    sound: String,
    rtpc: String,
    event: String,
    /// Bus and name of an insert.
    insert: [String; 2],
    /// The buses of a send.
    send: [String; 2],
    /// Group and value.
    state: [String; 2],
    switch: [String; 2],
    signal: String,
}

impl Song {
    fn read(factory: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("factory.segue");
        segue_engine::project::pack(factory, &file, &Default::default())?;
        let text = std::fs::read(factory.join("project.json"))?;
        let project: serde_json::Value = serde_json::from_slice(&text)?;
        let first = |path: &str| match project.pointer(path) {
            Some(serde_json::Value::String(name)) => Ok(name.clone()),
            _ => Err(format!("the factory project has no {path}")),
        };
        Ok(Self {
            bytes: std::fs::read(&file)?,
            sound: first("/sounds/0/id")?,
            rtpc: first("/interactive/rtpcs/0/name")?,
            event: first("/interactive/events/0/name")?,
            insert: [first("/buses/0/id")?, first("/buses/0/inserts/0/id")?],
            send: [first("/buses/2/id")?, first("/buses/2/sends/0/to")?],
            state: [
                first("/interactive/states/0/name")?,
                first("/interactive/states/0/values/0/name")?,
            ],
            switch: [
                first("/interactive/switches/0/name")?,
                first("/interactive/switches/0/values/0")?,
            ],
            signal: first("/interactive/adaptive/signals/0/name")?,
        })
    }
}

struct Options {
    json: bool,
    /// Batches of each call, and blocks.
    batches: usize,
    blocks: usize,
    library: PathBuf,
    factory: PathBuf,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match words.split_first() {
        Some((first, [pass, library, factory])) if first == count::CHILD => {
            counted(pass, Path::new(library), Path::new(factory))
        }
        _ => options(&words).and_then(|options| run(&options)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is no other place to say it.
            _ = writeln!(std::io::stderr(), "segue-bench-capi: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options(words: &[String]) -> Result<Options> {
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let paths: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let [library, factory] = paths[..] else {
        return Err("usage: segue-bench-capi [--json] [--quick] LIBRARY FACTORY".into());
    };
    let is_quick = has("--quick");
    Ok(Options {
        json: has("--json"),
        batches: if is_quick { 5 } else { 101 },
        blocks: if is_quick { 100 } else { 4_000 },
        library: library.into(),
        factory: factory.into(),
    })
}

fn run(options: &Options) -> Result<()> {
    let song = Song::read(&options.factory)?;
    let mut print = Print {
        json: options.json,
        goal: None,
        out: std::io::stdout().lock(),
    };
    sizes(options, &mut print)?;
    times(options, &song, &mut print)?;
    let mut all = Vec::new();
    let counted = ROWS.iter().enumerate().filter(|(_, row)| !row.fails);
    for pass in 0..=counted.map(|(at, _)| pass(at)).max().unwrap_or(0) {
        match Counts::take(pass, &options.library, &options.factory)? {
            Some(counts) => all.push(counts),
            None => break,
        }
    }
    match all.is_empty() {
        false => instructions(&all, &mut print)?,
        true => writeln!(
            std::io::stderr(),
            "left out: instructions: valgrind is not installed"
        )?,
    }
    blocks(options, &song, &mut print)
}

fn sizes(options: &Options, print: &mut Print<'_>) -> Result<()> {
    let bytes = std::fs::metadata(&options.library)?.len();
    print.row("file", "libsegue", bytes as f64 / 1e6, "MB", None)?;
    let functions = include_str!("../../../capi/abi/symbols.txt").lines();
    let count = functions.filter(|line| line.starts_with("segue_")).count();
    print.row("ABI", "libsegue", count as f64, "functions", None)
}

/// Nanoseconds a call.
fn times(options: &Options, song: &Song, print: &mut Print<'_>) -> Result<()> {
    let (mut own, peer) = (Own::new(&options.library, song)?, Peer::new()?);
    own.tell()?;
    for row in ROWS {
        let (mut ours, mut theirs) = (vec![], vec![]);
        for _ in 0..options.batches {
            ours.push(nanos(|| (row.own)(&own, BATCH), row.fails, row.symbol)?);
            own.block()?;
            if let Some((symbol, call)) = row.peer {
                theirs.push(nanos(|| call(&peer, BATCH), row.fails, symbol)?);
            }
        }
        let (ours, theirs) = (median(&mut ours), row.peer.map(|_| median(&mut theirs)));
        print.both(row.workload, ours, theirs, "ns")?;
    }
    Ok(())
}

/// Nanoseconds of each of a batch of calls, which all succeed or all fail.
fn nanos(calls: impl FnOnce() -> library::Status, fails: bool, symbol: &str) -> Result<f64> {
    let start = ThreadTime::now();
    let status = calls();
    let spent = start.elapsed();
    // `DEFERRED` is success.
    match (status & !1 != 0) == fails {
        true => Ok(spent.as_secs_f64() * 1e9 / BATCH as f64),
        false => Err(format!("{symbol} answers {status}").into()),
    }
}

/// In which run callgrind counts a row: it tells functions apart and not calls, so that two rows of one function
/// take two.
fn pass(at: usize) -> usize {
    let before = ROWS.iter().take(at);
    let same = before.filter(|row| !row.fails && row.symbol == ROWS[at].symbol);
    same.count()
}

/// What callgrind looks at in one run: a batch of each call that succeeds, and in the first one some blocks.
fn counted(run: &str, library: &Path, factory: &Path) -> Result<()> {
    let run: usize = run.parse()?;
    let song = Song::read(factory)?;
    let (mut own, peer) = (Own::new(library, &song)?, Peer::new()?);
    own.tell()?;
    if run > 0 {
        // Whose row was counted in the first run.
        own::PLAY(&own, 1);
    }
    let rows = ROWS.iter().enumerate();
    for (_, row) in rows.filter(|(at, row)| !row.fails && pass(*at) == run) {
        nanos(|| (row.own)(&own, BATCH), false, row.symbol)?;
        if let Some((symbol, call)) = row.peer {
            nanos(|| call(&peer, BATCH), false, symbol)?;
        }
    }
    drop(own);
    match run {
        0 => counted_blocks(library, &song),
        _ => Ok(()),
    }
}

fn counted_blocks(library: &Path, song: &Song) -> Result<()> {
    let mut bare = Bare::new(song)?;
    let mut own = Own::new(library, song)?;
    // `Own` has rendered a block to see its project.
    bare.render();
    bare.update()?;
    own.play()?;
    bare.play()?;
    for _ in 0..COUNTED_BLOCKS {
        segue_bench_library_block(&mut own);
        segue_bench_facade_block(&mut bare);
        own.update()?;
        bare.update()?;
    }
    Ok(())
}

/// A name that callgrind finds, of the blocks that count.
#[inline(never)]
#[unsafe(no_mangle)]
fn segue_bench_library_block(own: &mut Own) {
    own.render();
}

/// The same.
#[inline(never)]
#[unsafe(no_mangle)]
fn segue_bench_facade_block(bare: &mut Bare) {
    bare.render();
}

/// Instructions a call, and a block, from the counts of each run.
fn instructions(all: &[Counts], print: &mut Print<'_>) -> Result<()> {
    for (at, row) in ROWS.iter().enumerate().filter(|(_, row)| !row.fails) {
        let counts = &all[pass(at)];
        let a_call =
            |symbol| Ok::<f64, Box<dyn std::error::Error>>(counts.of(symbol)? / BATCH as f64);
        let theirs = row.peer.map(|(symbol, _)| a_call(symbol)).transpose()?;
        print.goal = row.goal();
        print.both(row.workload, a_call(row.symbol)?, theirs, "instructions")?;
    }
    let a_block =
        |symbol| Ok::<f64, Box<dyn std::error::Error>>(all[0].of(symbol)? / COUNTED_BLOCKS as f64);
    let [ours, theirs] = ["segue_bench_library_block", "segue_bench_facade_block"].map(a_block);
    print.row("a block", "segue-engine", theirs?, "instructions", None)?;
    print.row("a block", "libsegue", ours?, "instructions", None)
}

/// Microseconds of a block, through the ABI and without it.
fn blocks(options: &Options, song: &Song, print: &mut Print<'_>) -> Result<()> {
    let (mut own, mut bare) = (Own::new(&options.library, song)?, Bare::new(song)?);
    // `Own` has rendered a block to see its project.
    bare.render();
    bare.update()?;
    own.play()?;
    bare.play()?;
    let (mut ours, mut theirs) = (vec![], vec![]);
    let mut is_heard = false;
    for _ in 0..options.blocks.div_ceil(TURN - UNCOUNTED) {
        // The streams are filled before a turn, so that none of them falls silent in it.
        std::thread::park_timeout(REST);
        for at in 0..TURN {
            let start = ThreadTime::now();
            own.render();
            let spent = start.elapsed();
            own.update()?;
            keep(&mut ours, at, spent);
        }
        for at in 0..TURN {
            let start = ThreadTime::now();
            bare.render();
            let spent = start.elapsed();
            bare.update()?;
            keep(&mut theirs, at, spent);
        }
        if own.heard() != bare.heard() {
            return Err("libsegue and the engine play different blocks".into());
        }
        is_heard |= own
            .heard()
            .iter()
            .flatten()
            .any(|sample| sample.abs() > 1e-3);
    }
    if !is_heard {
        return Err("the factory project is silent".into());
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    print.row("a block", "segue-engine", theirs, "us", None)?;
    print.row("a block", "libsegue", ours, "us", None)?;
    let more = (ours / theirs - 1.0) * 100.0;
    print.row("more than the engine", "libsegue", more, "%", None)
}

fn keep(times: &mut Vec<f64>, at: usize, spent: Duration) {
    if at >= UNCOUNTED {
        times.push(spent.as_secs_f64() * 1e6);
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Rows, as people or scripts read them.
struct Print<'a> {
    json: bool,
    /// What the next value of libsegue should be at most.
    goal: Option<u32>,
    out: std::io::StdoutLock<'a>,
}

impl Print<'_> {
    /// Ours, and the peer's where there is one.
    fn both(&mut self, workload: &str, own: f64, peer: Option<f64>, unit: &str) -> Result<()> {
        self.row(workload, "libsegue", own, unit, peer.map(|peer| peer / own))?;
        match peer {
            Some(peer) => self.row(workload, "miniaudio", peer, unit, None),
            None => Ok(()),
        }
    }

    fn row(
        &mut self,
        workload: &str,
        subject: &str,
        value: f64,
        unit: &str,
        ratio: Option<f64>,
    ) -> Result<()> {
        let goal = self.goal.take();
        if self.json {
            let ratio = ratio.map_or("null".to_owned(), |ratio| ratio.to_string());
            let goal = goal.map_or("null".to_owned(), |goal| goal.to_string());
            writeln!(
                self.out,
                "{{\"bench\":\"capi\",\"workload\":\"{workload}\",\"subject\":\"{subject}\",\
                 \"value\":{value},\"unit\":\"{unit}\",\"ratio_to_best_peer\":{ratio},\"goal\":{goal}}}"
            )?;
        } else {
            let ratio = ratio.map_or(String::new(), |ratio| format!("  {ratio:.2}x"));
            let goal = goal.map_or(String::new(), |goal| format!("  goal {goal}"));
            writeln!(
                self.out,
                "capi       {workload:<26} {subject:<14} {value:>10.2} {unit}{ratio}{goal}"
            )?;
        }
        Ok(())
    }
}
