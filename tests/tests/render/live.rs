//! A live game on an engine whose every block is watched for allocations: floods, and traces that
//! replay to the same bits.

use std::ops::ControlFlow;
use std::sync::Arc;

use integration_tests::rig::{Rig, check_same, peak};
use integration_tests::scene::{Scene, signal};
use integration_tests::{seeded, wav};
use proptest::prelude::*;
use segue_engine::ingest::{
    Adapted, Adapter, Delivery, Due, FrameKind, Hub, Live, LiveConfig, Message, Notice, Peer,
    Place, TraceCalls, TraceHeader, TraceReader, TraceSurvey, TraceWriter, classify, diff,
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
