//! A live game on an engine whose every block is watched for allocations: floods, and traces that
//! replay to the same bits.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use assert_no_alloc::assert_no_alloc;
use integration_tests::rig::{Rig, check_same, peak};
use integration_tests::scene::{Scene, signal};
use integration_tests::{seeded, wav};
use proptest::prelude::*;
use segue_engine::Renderer;
use segue_engine::ingest::{
    Adapted, Adapter, ConnectorConfig, Delivery, Due, Endpoint, FrameKind, Hub, Live, LiveConfig,
    Message, Notice, Peer, Place, Service, TraceCalls, TraceHeader, TraceReader, TraceSurvey,
    TraceWriter, classify, diff,
};
use segue_engine::render::{BlockSize, RenderOptions, WavFormat, render_trace};

/// Reels that turn, and stops that sound differently each time.
const SLOTS: &str = r#"{
  "format": "segue.project", "version": 1, "name": "Slots", "seed": "00000000000000ab",
  "sample_rate": 48000,
  "buses": [{"id": "master"}],
  "assets": [{"id": "hum", "file": "assets/hum.wav"}, {"id": "hit", "file": "assets/hit.wav"}],
  "sounds": [{"id": "hum", "asset": "hum", "loop": {}}, {"id": "hit", "asset": "hit"}],
  "interactive": {
    "rtpcs": [{"name": "Level", "min": 0, "max": 1, "default": 1,
      "targets": [{"target": "bus_volume", "bus": "master",
                   "curve": [{"x": 0, "y": -12}, {"x": 1, "y": 0}]}]}],
    "containers": [{"name": "Stops", "type": "random",
      "children": [{"child": "hit"}],
      "random_pitch_st": [-4, 4], "random_volume_db": [-6, 0]}],
    "events": [
      {"name": "Reels", "actions": [{"do": "play", "target": "hum", "gain_lin": 0.3}]},
      {"name": "Stop", "max_voices": 8, "actions": [{"do": "play", "target": "Stops"}]}
    ],
    "stages": {"bindings": [
      {"stage": "REEL_SPIN_LOOP", "event": "Reels"},
      {"stage": "REEL_STOP", "event": "Stop"}
    ]}
  }
}"#;

const GAME: Peer = Peer {
    connector: 0,
    number: 1,
};
/// A second one at a time.
const OTHER: Peer = Peer {
    connector: 0,
    number: 2,
};
const OSC: Peer = Peer {
    connector: 1,
    number: 1,
};

fn slots() -> Scene {
    let scene = Scene::new();
    scene.write_json(SLOTS);
    let at = |name: &str| scene.path(&format!("project/assets/{name}.wav"));
    std::fs::create_dir_all(scene.path("project/assets")).unwrap();
    wav::write_f32(&at("hum"), 2, 48_000, &signal(8_000, 1));
    wav::write_f32(&at("hit"), 2, 48_000, &signal(3_000, 2));
    scene
}

/// A game without a socket, and an engine that plays it.
struct Player {
    rig: Rig,
    live: Live,
    hub: Hub,
    seq: u64,
}

impl Player {
    /// `trace` is a file and the bytes of its parts.
    fn new(scene: &Scene, trace: Option<(&str, u64)>) -> Self {
        let rig = Rig::new(scene);
        let header = TraceHeader {
            sample_rate_hz: 48_000,
            seed: rig.control.config().seed,
            ..TraceHeader::default()
        };
        let trace = trace.map(|(name, part_max)| {
            let writer = TraceWriter::create(&scene.path(name), header).unwrap();
            writer.with_part_max(part_max)
        });
        let hub = Hub::new(Box::new(|message| {
            classify(message, message.data.contains_key("address"), None)
        }));
        let hello = Default::default();
        hub.tell(Notice::Opened { peer: GAME, hello });
        Self {
            rig,
            live: Live::new(LiveConfig {
                sample_rate: 48_000,
                adapter: Adapter::native(),
                connectors: vec![("web".to_owned(), false), ("osc".to_owned(), true)],
                trace,
                clock: || 0,
            }),
            hub,
            seq: 0,
        }
    }

    fn say(&mut self, peer: Peer, data: &str, at_us: Option<i64>) {
        self.seq += 1;
        let message = Message {
            kind: FrameKind::StageEvent,
            seq: self.seq,
            t_us: 0,
            received_us: self.now_us(),
            data: segue_engine::ingest::object(data).unwrap(),
        };
        let due = Due { at_us, late_us: 0 };
        self.hub.deliver(Delivery { peer, due, message });
    }

    fn now_us(&self) -> u64 {
        self.rig.renderer.now() * 1_000_000 / 48_000
    }

    fn block(&mut self, frames: usize) {
        let place = Place {
            now_us: self.now_us(),
            next_frame: self.rig.renderer.now(),
            ahead: u32::try_from(frames).unwrap(),
        };
        let pumped = self.live.pump(&self.hub, &mut self.rig.control, place);
        pumped.unwrap();
        while self.live.next_row().is_some() {}
        self.rig.block(frames);
    }
}

#[test]
fn a_flood_leaves_the_audio_thread_alone_and_is_counted() {
    let scene = slots();
    let mut player = Player::new(&scene, None);
    let mut stops = 0;
    // Two tenths of a second of a million messages each; the game is looked after every 40 ms.
    for _ in 0..5 {
        for n in 0..40_000 {
            if n == 200 {
                stops += 1;
                player.say(
                    GAME,
                    r#"{"stage": "reel_stop", "reel": 1, "symbols": []}"#,
                    None,
                );
            } else {
                player.say(OSC, r#"{"address": "/rtpc/Level", "args": [0.5]}"#, None);
            }
        }
        player.block(1920);
    }
    let (taken, drops) = player.hub.counts();
    let key = (1, "superseded", "rtpc".to_owned());
    assert_eq!(
        (taken, drops.len(), drops[&key]),
        (200_000, 1, 5 * (40_000 - 256))
    );
    let summary = player.live.finish(&player.hub, 0).unwrap();
    assert_eq!((summary.stage_count(), summary.refused.len()), (stops, 0));
    assert_eq!(summary.other, 200_000 - drops[&key] - stops);
    assert!(peak(&player.rig.out[0]) > 0.05);
}

/// Messages of a flood over a socket: two seconds of ten thousand each, as fast as it takes them.
const FLOOD: u64 = 20_000;
/// Every so often one that ends something.
const STOP_EACH: u64 = 200;

/// The frames of a flood: a loop begins, ticks and stops without number, and the loop's end.
fn flood(address: SocketAddr) {
    let mut text =
        r#"{"type":"hello","seq":1,"t_us":0,"data":{"protocol":"segue","version":1}}"#.to_owned();
    for n in 1..=FLOOD {
        let data = match n {
            1 => r#"{"stage":"reel_spin_loop"}"#.to_owned(),
            FLOOD => r#"{"stage":"evaluate_wins"}"#.to_owned(),
            _ if n == FLOOD - 1 => r#"{"stage":"rollup_end","final":1}"#.to_owned(),
            _ if n % STOP_EACH == 0 => r#"{"stage":"reel_stop","reel":1,"symbols":[]}"#.to_owned(),
            _ => format!(r#"{{"stage":"rollup_tick","current":{n},"progress":0.5}}"#),
        };
        let seq = n + 1;
        text +=
            &format!("\n{{\"type\":\"stage_event\",\"seq\":{seq},\"t_us\":{seq},\"data\":{data}}}");
    }
    let mut game = TcpStream::connect(address).unwrap();
    game.write_all(text.as_bytes()).unwrap();
    game.write_all(b"\n").unwrap();
    game.shutdown(Shutdown::Write).unwrap();
    // What is left unread at the end would take the rest of the frames with it.
    game.read_to_end(&mut Vec::new()).unwrap();
}

/// Renders blocks until it is over; the loudest sample of all and of the last block.
fn rendered(mut renderer: Renderer, at: &AtomicU64, is_over: &AtomicBool) -> [f32; 2] {
    let mut block = [[0.0; 512]; 2];
    let mut loudest = [0.0_f32; 2];
    while !is_over.load(Ordering::Acquire) {
        let [left, right] = &mut block;
        assert_no_alloc(|| renderer.process(&mut [left, right]));
        let last = peak(&block[0]);
        loudest = [loudest[0].max(last), last];
        at.store(renderer.now(), Ordering::Release);
        thread::yield_now();
    }
    loudest
}

#[test]
fn a_flood_over_a_socket_leaves_the_audio_thread_alone_and_is_counted() {
    let scene = slots();
    let Rig {
        mut control,
        renderer,
        ..
    } = Rig::new(&scene);
    let bind = "127.0.0.1:0".parse().unwrap();
    let mut config = ConnectorConfig::new("lines", Endpoint::LineServer { bind });
    config.rate = (20_000, 2_000);
    let hub = Arc::new(Hub::new(Box::new(|message| classify(message, false, None))));
    let service = Service::start(vec![config], Arc::clone(&hub), None).unwrap();
    let Some(Notice::Listening { address, .. }) = hub.notice() else {
        panic!("nobody listens");
    };
    let (at, is_over) = <(Arc<AtomicU64>, Arc<AtomicBool>)>::default();
    let (now, end) = (Arc::clone(&at), Arc::clone(&is_over));
    let audio = thread::Builder::new()
        .name("audio".to_owned())
        .spawn(move || rendered(renderer, &now, &end))
        .unwrap();
    let game = thread::Builder::new()
        .name("game".to_owned())
        .spawn(move || flood(address))
        .unwrap();

    let mut live = Live::new(LiveConfig {
        sample_rate: 48_000,
        adapter: Adapter::native(),
        connectors: vec![("lines".to_owned(), false)],
        trace: None,
        clock: || 0,
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    // A second more than it needs, in which everything has faded.
    let mut silent_from = u64::MAX;
    while at.load(Ordering::Acquire) < silent_from {
        assert!(Instant::now() < deadline, "not within a minute");
        hub.wait(Duration::from_millis(1));
        let place = Place {
            now_us: service.now_us(),
            next_frame: at.load(Ordering::Acquire),
            ahead: 512,
        };
        live.pump(&hub, &mut control, place).unwrap();
        while live.next_row().is_some() {}
        control.update().unwrap();
        if silent_from == u64::MAX && live.summary().gone == 1 && live.waiting() == 0 {
            silent_from = place.next_frame + 48_000;
        }
    }
    is_over.store(true, Ordering::Release);
    game.join().unwrap();
    let [loudest, last] = audio.join().unwrap();
    let (taken, drops) = hub.counts();
    assert_eq!(taken + drops.values().sum::<u64>(), FLOOD);
    let tick = (0, "rate", "rollup_tick".to_owned());
    assert!(drops.keys().all(|key| *key == tick), "{drops:?}");
    let summary = live.finish(&hub, 0).unwrap();
    let mut stages = summary.stages.iter();
    let stops = stages.find(|(id, _)| id.name() == "reel_stop");
    assert_eq!(
        stops.map(|(_, count)| count.seen),
        Some(FLOOD / STOP_EACH - 1)
    );
    // What ends the loop was not lost, so that nothing had to be cut.
    assert_eq!((summary.loops_cut, summary.open_loops.len()), (0, 0));
    assert!(loudest > 0.05 && last == 0.0, "{loudest}, then {last}");
}

/// What a game says before a block, and the block's length.
#[derive(Clone, Debug)]
enum Act {
    Loop,
    Stop { reel: u8, after_us: Option<i64> },
    Spin { ms: u32 },
    Level(f32),
    Gone,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => Just(Act::Loop),
        5 => (0..5_u8, prop::option::of(0..400_000_i64))
            .prop_map(|(reel, after_us)| Act::Stop { reel, after_us }),
        3 => (0..900_u32).prop_map(|ms| Act::Spin { ms }),
        2 => (0.0..1.0_f32).prop_map(Act::Level),
        1 => Just(Act::Gone),
    ]
}

fn perform(player: &mut Player, game: Peer, act: &Act) {
    match act {
        Act::Loop => player.say(game, r#"{"stage": "reel_spin_loop"}"#, None),
        Act::Stop { reel, after_us } => {
            let now = i64::try_from(player.now_us()).unwrap();
            let data = format!(r#"{{"stage": "reel_stop", "reel": {reel}, "symbols": []}}"#);
            player.say(game, &data, after_us.map(|after| now + after));
        }
        Act::Spin { ms } => {
            let data = format!(
                r#"{{"stage": "reel_stop", "reel": 0, "symbols": [], "timestamp_ms": {ms}}}"#
            );
            player.say(game, &data, None);
        }
        Act::Level(value) => {
            let data = format!(r#"{{"address": "/rtpc/Level", "args": [{value}]}}"#);
            player.say(OSC, &data, None);
        }
        Act::Gone => {
            let (reason, text) = ("silent", String::new());
            player.hub.tell(Notice::Closed {
                peer: game,
                reason,
                text,
            });
        }
    }
}

const TRACE: &str = "a.trace.jsonl";

fn replayed(scene: &Scene, trace: &TraceSurvey, block: BlockSize) -> [Vec<f32>; 2] {
    let out = scene.path("again.wav");
    let options = RenderOptions {
        seconds: Some(trace.state.end.unwrap() as f64 / 48_000.0),
        seed: Some(trace.header.seed),
        rate: Some(48_000),
        block,
        format: WavFormat::F32,
        cache: Some(scene.cache()),
        ..RenderOptions::default()
    };
    let calls = || Ok(TraceCalls::heard(TraceReader::open(&scene.path(TRACE))?));
    let mut go_on = |_: segue_engine::render::RenderProgress<'_>| ControlFlow::Continue(());
    render_trace(
        &scene.open(),
        &calls,
        &options,
        Some(&out),
        None,
        &mut go_on,
    )
    .unwrap();
    wav::read_stereo_f32(&out)
}

#[test]
fn a_trace_replays_to_the_same_bits_in_any_blocks() {
    let scene = Arc::new(slots());
    let game = prop_oneof![3 => Just(GAME), 2 => Just(OTHER)];
    let acts = prop::collection::vec((act(), game, 1..=4_096_usize), 5..60);
    let part_max = prop_oneof![Just(1_500_u64), Just(6_000), Just(100_000_000)];
    proptest!(seeded(12), |(acts in acts, part_max in part_max)| {
        // Parts of the recordings before stay where they are.
        let mut player = Player::new(&scene, Some((TRACE, part_max)));
        for (act, game, frames) in &acts {
            perform(&mut player, *game, act);
            player.block(*frames);
        }
        for _ in 0..20 {
            player.block(1_000);
        }
        let Player { rig, live, hub, .. } = player;
        live.finish(&hub, rig.renderer.now()).unwrap();
        let trace = TraceSurvey::of(&scene.path(TRACE)).unwrap();
        prop_assert_eq!(&trace.state.missing, &None);
        prop_assert_eq!((trace.state.skipped_count, trace.stale), (0, 0));
        let open = || TraceReader::open(&scene.path(TRACE)).unwrap();
        let again = Adapted::new(&trace.header, open(), Adapter::native());
        let mut found = Vec::new();
        let (planned, again) = (TraceCalls::planned(open()), TraceCalls::planned(again));
        diff(planned, again, |difference| found.push(difference)).unwrap();
        prop_assert_eq!(found, []);
        for block in [16, 64, 512, 2_048] {
            let again = replayed(&scene, &trace, BlockSize::Fixed(block));
            check_same(&format!("blocks of {block}"), &rig.out, &again);
        }
        let again = replayed(&scene, &trace, BlockSize::Random(3));
        check_same("random blocks", &rig.out, &again);
    });
}
