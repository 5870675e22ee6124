//! A game on a whole engine: until it is heard, and what blocks take while it talks without end.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use segue_engine::{Control, EngineConfig, Renderer, create, project};
use segue_ingest::adapter::Adapter;
use segue_ingest::connect::{ConnectorConfig, Endpoint, Service};
use segue_ingest::hub::Notice;
use segue_ingest::live::{Live, Place};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PATIENCE, hub, live};
use crate::clock::{median, nanos, overhead};
use crate::subject::{RATE, Result};
use crate::subjects::segue::failed;

/// Frames of a block.
const FRAMES: usize = 512;
/// Frames of the sound of a stop.
const HIT: u16 = 480;
/// Messages of a flood, sent together, and how often.
const TOGETHER: u64 = 100;
const EVERY: Duration = Duration::from_millis(10);
/// Between the heartbeats of a game that says nothing else.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// A loop that turns, and stops with a sound of a hundredth of a second.
const SLOTS: &str = r#"{
  "format": "segue.project", "version": 1, "name": "Bench", "seed": "00000000000000ab",
  "sample_rate": 48000,
  "buses": [{"id": "master"}],
  "assets": [{"id": "hit", "file": "hit.wav"}],
  "sounds": [{"id": "hit", "asset": "hit"}, {"id": "turn", "asset": "hit", "loop": {}}],
  "interactive": {
    "events": [
      {"name": "Reels", "actions": [{"do": "play", "target": "turn"}]},
      {"name": "Stop", "max_voices": 8, "actions": [{"do": "play", "target": "hit"}]}
    ],
    "stages": {"bindings": [
      {"stage": "REEL_SPIN_LOOP", "event": "Reels"},
      {"stage": "REEL_STOP", "event": "Stop"}
    ]}
  }
}"#;

/// Mono, 16 bits, loud from its first sample on.
fn hit() -> Vec<u8> {
    let bytes = 2 * u32::from(HIT);
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(RATE.to_le_bytes());
    wav.extend((2 * RATE).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(bytes.to_le_bytes());
    wav.extend((0..HIT).flat_map(|_| 0x4000_i16.to_le_bytes()));
    wav
}

/// An engine that plays [`SLOTS`].
fn engine(folder: &Path) -> Result<(Control, Renderer)> {
    fs::write(folder.join("project.json"), SLOTS).map_err(failed)?;
    fs::write(folder.join("hit.wav"), hit()).map_err(failed)?;
    let open = project::open(folder).map_err(failed)?;
    let mut config = EngineConfig::for_project(&open.project, Some(RATE));
    config.cache = Some(folder.join("cache"));
    let (mut control, renderer, _) = create(config).map_err(failed)?;
    let mut go_on = |_: segue_engine::LoadProgress<'_>| ControlFlow::Continue(());
    control.load_project(&open, &mut go_on).map_err(failed)?;
    Ok((control, renderer))
}

/// The control side of an engine, and a game that may talk to it.
struct Host {
    control: Control,
    service: Service,
    live: Live,
    address: SocketAddr,
    _folder: TempDir,
}

impl Host {
    fn new() -> Result<(Self, Renderer)> {
        let folder = tempfile::tempdir().map_err(failed)?;
        let (control, renderer) = engine(folder.path())?;
        let bind = ([127, 0, 0, 1], 0).into();
        let mut config = ConnectorConfig::new("bench", Endpoint::LineServer { bind });
        config.rate = (20_000, 20_000);
        let service = Service::start(vec![config], hub(), None).map_err(failed)?;
        let Some(Notice::Listening { address, .. }) = service.hub().notice() else {
            return Err(failed("nobody listens"));
        };
        let host = Self {
            control,
            service,
            live: live(Adapter::native()),
            address,
            _folder: folder,
        };
        Ok((host, renderer))
    }

    /// What games said until now goes to the renderer, whose next block begins at `next_frame`.
    fn pump(&mut self, next_frame: u64) -> Result<()> {
        let place = Place {
            now_us: self.service.now_us(),
            next_frame,
            ahead: FRAMES as u32,
        };
        let hub = self.service.hub();
        let pumped = self.live.pump(hub, &mut self.control, place);
        pumped.map_err(failed)?;
        while self.live.next_row().is_some() {}
        self.control.update().map_err(failed)
    }
}

/// A game.
struct Game {
    stream: TcpStream,
    seq: u64,
}

impl Game {
    fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let mut game = Self { stream, seq: 0 };
        let hello = game.frame("hello", json!({"protocol": "segue", "version": 1}));
        game.send(&hello)?;
        Ok(game)
    }

    fn send(&mut self, lines: &str) -> Result<()> {
        self.stream.write_all(lines.as_bytes()).map_err(failed)
    }

    fn frame(&mut self, kind: &str, data: Value) -> String {
        self.seq += 1;
        let frame = json!({"type": kind, "seq": self.seq, "t_us": self.seq, "data": data});
        format!("{frame}\n")
    }

    fn stop(&mut self) -> String {
        self.frame(
            "stage_event",
            json!({"stage": "reel_stop", "reel": 1, "symbols": []}),
        )
    }
}

/// From the writing of a line on until a block is rendered in which it is heard: microseconds, and
/// frames up to its first sample. Blocks are rendered one after the other, without a pause.
pub(super) fn first_sample(count: usize) -> Result<[f64; 2]> {
    let (mut host, mut renderer) = Host::new()?;
    let mut game = Game::connect(host.address)?;
    let (mut waits, mut frames) = (Vec::new(), Vec::new());
    let mut block = [[0.0_f32; FRAMES]; 2];
    let mut next = |host: &mut Host| -> Result<(u64, Option<usize>)> {
        let begin = renderer.now();
        host.pump(begin)?;
        let [left, right] = &mut block;
        renderer.process(&mut [left, right]);
        Ok((begin, block[0].iter().position(|sample| *sample != 0.0)))
    };
    for _ in 0..count {
        // What was heard before has ended.
        let (mut first, mut heard) = next(&mut host)?;
        while heard.is_some() {
            (first, heard) = next(&mut host)?;
        }
        first += FRAMES as u64;
        let line = game.stop();
        let start = Instant::now();
        game.send(&line)?;
        let at = loop {
            if let (begin, Some(at)) = next(&mut host)? {
                break begin + at as u64;
            }
            if start.elapsed() > PATIENCE {
                return Err(failed("a message was not heard within 10 s"));
            }
        };
        waits.push(start.elapsed().as_secs_f64() * 1e6);
        frames.push((at - first) as f64);
    }
    Ok([median(&mut waits), median(&mut frames)])
}

/// Nanoseconds of the one block in a hundred that is dearest, while a loop plays, at the pace of an
/// output; and while a game sends ten thousand messages a second, each tenth of which is heard.
pub(super) fn block_p99(count: usize, is_flooded: bool) -> Result<f64> {
    let (mut host, renderer) = Host::new()?;
    let mut game = Game::connect(host.address)?;
    let begin = game.frame("stage_event", json!({"stage": "reel_spin_loop"}));
    game.send(&begin)?;
    let at = Arc::new(AtomicU64::new(0));
    let (over, is_over) = channel();
    let talking = thread::spawn(move || match is_flooded {
        true => talk(game, &is_over, EVERY, flood),
        false => talk(game, &is_over, HEARTBEAT, heartbeat),
    });
    let now = Arc::clone(&at);
    let audio = thread::spawn(move || paced(renderer, count, &now));
    while !audio.is_finished() {
        host.service.hub().wait(Duration::from_millis(1));
        host.pump(at.load(Ordering::Acquire))?;
    }
    drop(over);
    let joined = |_| failed("a thread panicked");
    let mut each = audio.join().map_err(joined)?;
    talking.join().map_err(joined)??;
    let (taken, drops) = host.service.hub().counts();
    if (taken > TOGETHER) != is_flooded || !drops.is_empty() {
        return Err(failed(format!("{taken} messages were taken, {drops:?}")));
    }
    each.sort_by(f64::total_cmp);
    let dearest = each.get(each.len() * 99 / 100);
    dearest.copied().ok_or_else(|| failed("no blocks"))
}

/// Says `lines` again and again until the other end of `is_over` is gone.
fn talk(
    mut game: Game,
    is_over: &Receiver<()>,
    every: Duration,
    lines: fn(&mut Game) -> String,
) -> Result<()> {
    let mut due = Instant::now();
    loop {
        let lines = lines(&mut game);
        game.send(&lines)?;
        due += every;
        match is_over.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return Ok(()),
        }
    }
}

fn flood(game: &mut Game) -> String {
    let tick = |n| json!({"stage": "rollup_tick", "current": n, "progress": 0.5});
    let lines = (0..TOGETHER).map(|n| match n % 10 {
        0 => game.stop(),
        _ => game.frame("stage_event", tick(n)),
    });
    lines.collect()
}

/// A game that is silent for three seconds counts as gone.
fn heartbeat(game: &mut Game) -> String {
    game.frame("heartbeat", json!({"seq_last": 0, "t0_us": 0}))
}

/// Renders so many blocks when their time has come; what each took in nanoseconds.
fn paced(mut renderer: Renderer, count: usize, at: &AtomicU64) -> Vec<f64> {
    let overhead = overhead();
    let mut each = Vec::with_capacity(count);
    let mut block = [[0.0_f32; FRAMES]; 2];
    let start = Instant::now();
    while each.len() < count {
        let due = Duration::from_secs_f64(renderer.now() as f64 / f64::from(RATE));
        if let Some(early) = due.checked_sub(start.elapsed()) {
            thread::park_timeout(early);
            continue;
        }
        let [left, right] = &mut block;
        let (spent, ()) = nanos(overhead, || renderer.process(&mut [left, right]));
        each.push(spent);
        at.store(renderer.now(), Ordering::Release);
    }
    each
}
