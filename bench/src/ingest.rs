//! `ingest`: what live games cost. The peers have no counterpart.
//!
//! | row | meaning |
//! |---|---|
//! | `frame` | reading one frame of JSON |
//! | `event to stage` | a message of a game's own through an adapter of 50 names, to a stage |
//! | `snapshot to stages` | a snapshot in which a reel has landed |
//! | `stage to sound` | a stage to the event that is bound to it, among 100 bindings |
//! | `messages` | frames, adapter and schedule together, a second on one core |
//! | `socket to queue` | from the writing of a line to its stage in the engine's queue, wall time |
//! | `queue to first sample` | frames from the first that is left to render to the one the stage is heard at |
//! | `message to first sample` | from the writing of a line to the end of the block of 512 frames in which it is heard, wall time, a whole engine and blocks without a pause |
//! | `message to first sample, frames` | the same, frames up to that sample |
//! | `block p99`, `.. under flood` | the dearest of a hundred blocks of 512 frames at the pace of an output, while a loop plays; and while a game sends ten thousand messages a second |

mod heard;

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use segue_ingest::adapter::Adapter;
use segue_ingest::clock::Due;
use segue_ingest::connect::{ConnectorConfig, Endpoint, Service};
use segue_ingest::effect::{Effect, classify};
use segue_ingest::frame::Frame;
use segue_ingest::hub::{Delivery, Hub, Notice, Peer};
use segue_ingest::live::{Carried, Live, LiveConfig, Place, Refusal, Sink};
use segue_ingest::session::Message;
use segue_middleware::stage::bind::{Bound, StageTable};
use segue_middleware::stage::{Stage, StageEvent};
use serde_json::{Value, json};

use crate::clock::{Plan, median, nanos, overhead};
use crate::report::Report;
use crate::subject::{BLOCK, Contender, RATE, Result};
use crate::subjects::segue::failed;

/// Calls of one reading.
const BATCH: usize = 1000;
/// What a socket may take before the bench gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs everything for the row `segue`, where it takes part.
pub(crate) fn ingest(contenders: &[Contender], plan: Plan, report: &mut Report) -> Result<()> {
    let Some(segue) = contenders.iter().find(|c| c.name == "segue") else {
        return Ok(());
    };
    let mut row = |name, unit, value| report.value("ingest", name, segue, unit, value);
    let readings = plan.rounds * plan.batches;
    let text = frame_text();
    row(
        "frame",
        "ns",
        each(readings, || {
            std::hint::black_box(Frame::read(text.as_bytes())).is_ok()
        })?,
    );
    let mut adapter = direct()?;
    let event = json!({"type": "event 7", "r": 2, "ts": 120});
    row(
        "event to stage",
        "ns",
        each(readings, || {
            !std::hint::black_box(adapter.take(&event, 0.0))
                .stages
                .is_empty()
        })?,
    );
    let mut adapter = snapshots()?;
    let states = [
        json!({"reels": [0], "win": 0}),
        json!({"reels": [0, 1], "win": 0}),
    ];
    // A difference needs something before.
    adapter.take(&states[0], 0.0);
    let mut turn = 0;
    row(
        "snapshot to stages",
        "ns",
        each(readings, || {
            turn = 1 - turn;
            !std::hint::black_box(adapter.take(&states[turn], 0.0))
                .stages
                .is_empty()
        })?,
    );
    let table = table();
    let stage = stop();
    row(
        "stage to sound",
        "ns",
        each(readings, || {
            std::hint::black_box(table.find(&stage)).is_some()
        })?,
    );
    row("messages", "1/s", throughput(readings)?);
    let [waited, frames] = socket(if plan.quick { 20 } else { 500 })?;
    row("socket to queue", "us", waited);
    row("queue to first sample", "frames", frames);
    let [waited, frames] = heard::first_sample(if plan.quick { 20 } else { 500 })?;
    row("message to first sample", "us", waited);
    row("message to first sample, frames", "frames", frames);
    let blocks = if plan.quick { 100 } else { 1000 };
    row("block p99", "ns", heard::block_p99(blocks, false)?);
    row(
        "block p99 under flood",
        "ns",
        heard::block_p99(blocks, true)?,
    );
    Ok(())
}

/// Median nanoseconds of one call that answers true.
fn each(readings: usize, mut call: impl FnMut() -> bool) -> Result<f64> {
    let overhead = overhead();
    let mut all = Vec::with_capacity(readings);
    for _ in 0..readings.max(3) {
        let (spent, right) = nanos(overhead, || (0..BATCH).all(|_| call()));
        if !right {
            return Err(failed("a message was not taken"));
        }
        all.push(spent / BATCH as f64);
    }
    Ok(median(&mut all))
}

fn frame_text() -> String {
    let data = json!({"type": "event 7", "r": 2, "ts": 120, "extra": [1, 2, 3], "name": "x"});
    json!({"type": "custom", "seq": 7, "t_us": 123_456, "data": data}).to_string()
}

fn direct() -> Result<Adapter> {
    let mut text = "schema = 1\nadapter_id = \"bench\"\n[payload_paths]\nevent_name = \"/type\"\n\
                    timestamp = \"/ts\"\n[event_mapping]\n"
        .to_owned();
    for n in 0..50 {
        text += &format!(
            "\"event {n}\" = {{ stage = \"reel_stop\", params = {{ reel = \"$r\", symbols = [] }} }}\n"
        );
    }
    Adapter::read(&text).map_err(failed)
}

fn snapshots() -> Result<Adapter> {
    let text = "schema = 1\nadapter_id = \"bench\"\nlayers = [\"snapshot_diff\"]\n[snapshot_paths]\n\
                reels = \"/reels\"\nwin = \"/win\"\n";
    Adapter::read(text).map_err(failed)
}

fn stop() -> StageEvent {
    let stage = Stage::ReelStop {
        reel: 2,
        symbols: vec![1, 5, 7],
    };
    let mut event = StageEvent::new(stage, 0.0);
    event.payload.symbol = Some("cherry".to_owned());
    event
}

fn table() -> StageTable {
    let bound = (0..100).map(|n| Bound {
        stage: match n {
            0 => "REEL_STOP".to_owned(),
            n => format!("CUSTOM_{n}"),
        },
        event: format!("Play {n}"),
        each: false,
        fade_s: 0.05,
        rtpcs: Vec::new(),
        celebration: None,
    });
    StageTable::new(bound.collect(), None, Vec::new())
}

/// Takes everything and remembers where the last was.
#[derive(Default)]
struct Last {
    count: usize,
    at: u64,
}

impl Sink for Last {
    fn room(&self) -> usize {
        usize::MAX
    }

    fn carry_out(&mut self, at: u64, _: &str, _: &Effect) -> std::result::Result<Carried, Refusal> {
        self.count += 1;
        self.at = at;
        Ok(Carried::default())
    }
}

fn live(adapter: Adapter) -> Live {
    Live::new(LiveConfig {
        sample_rate: RATE,
        adapter,
        connectors: vec![("bench".to_owned(), false)],
        trace: None,
        clock: || 0,
    })
}

fn hub() -> Arc<Hub> {
    Arc::new(Hub::new(Box::new(|message| classify(message, false, None))))
}

/// Messages a second: read, adapted, scheduled and carried out.
fn throughput(readings: usize) -> Result<f64> {
    let (mut live, hub, mut sink) = (live(direct()?), hub(), Last::default());
    let text = frame_text();
    let peer = Peer {
        connector: 0,
        number: 1,
    };
    let mut frame = 0;
    let spent = each(readings, || {
        let Ok(read) = Frame::read(text.as_bytes()) else {
            return false;
        };
        let message = Message {
            kind: read.kind,
            seq: read.seq,
            t_us: read.t_us,
            received_us: 0,
            data: read.data,
        };
        let due = Due {
            at_us: None,
            late_us: 0,
        };
        hub.deliver(Delivery { peer, due, message });
        let place = Place {
            now_us: frame * 1_000_000 / u64::from(RATE),
            next_frame: frame,
            ahead: BLOCK as u32,
        };
        frame += BLOCK as u64;
        let pumped = live.pump(&hub, &mut sink, place).is_ok();
        while live.next_row().is_some() {}
        pumped
    })?;
    if sink.count == 0 {
        return Err(failed("no stage was carried out"));
    }
    Ok(1e9 / spent)
}

/// Microseconds from the writing of a line to its stage in the queue, and frames from there on.
fn socket(count: usize) -> Result<[f64; 2]> {
    let bind = ([127, 0, 0, 1], 0).into();
    let config = ConnectorConfig::new("bench", Endpoint::LineServer { bind });
    let service = Service::start(vec![config], hub(), None).map_err(failed)?;
    let Some(Notice::Listening { address, .. }) = service.hub().notice() else {
        return Err(failed("nobody listens"));
    };
    let mut stream = TcpStream::connect(address).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    let mut seq = 0;
    let mut say = |kind: &str, data: Value| {
        seq += 1;
        let line = json!({"type": kind, "seq": seq, "t_us": seq, "data": data});
        writeln!(stream, "{line}").map_err(failed)
    };
    say("hello", json!({"protocol": "segue", "version": 1}))?;
    let (mut live, mut sink) = (live(Adapter::native()), Last::default());
    let (mut waits, mut frames) = (Vec::new(), Vec::new());
    for n in 0..count {
        let before = sink.count;
        let start = Instant::now();
        say(
            "stage_event",
            json!({"stage": "reel_stop", "reel": n % 5, "symbols": []}),
        )?;
        let next_frame = (n * BLOCK) as u64;
        while sink.count == before {
            service.hub().wait(Duration::from_millis(1));
            let place = Place {
                now_us: service.now_us(),
                next_frame,
                ahead: BLOCK as u32,
            };
            live.pump(service.hub(), &mut sink, place).map_err(failed)?;
            if start.elapsed() > PATIENCE {
                return Err(failed("a message did not arrive within 10 s"));
            }
        }
        waits.push(start.elapsed().as_secs_f64() * 1e6);
        frames.push((sink.at - next_frame) as f64);
        while live.next_row().is_some() {}
    }
    Ok([median(&mut waits), median(&mut frames)])
}
