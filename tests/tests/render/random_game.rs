//! Over a minute of a game at random, on the factory project: the same bits and the same rows for
//! every size of blocks, and the same bits from its log.

use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::Path;

use segue_engine::game::telemetry::{Row, What};
use segue_engine::project;
use segue_engine::render::{
    BlockSize, RenderOptions, RenderProgress, WavFormat, render_scene, replay_with,
};
use segue_engine::scene::Scene;

use super::factory;

const SECONDS: f64 = 62.0;

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % most as u64).unwrap()
    }

    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len())]
    }

    fn share(&mut self) -> f64 {
        self.below(1_001) as f64 / 1_000.0
    }
}

const EVENTS: [&str; 20] = [
    "Begin",
    "Step",
    "Pass",
    "Coins",
    "Hit",
    "Say",
    "Say_Clear",
    "Walk",
    "Run",
    "Sprint",
    "Escape",
    "To_Metal",
    "To_Street",
    "Wound",
    "Heal",
    "Hide",
    "Leave_Hideout",
    "Showdown",
    "Win",
    "Alarm",
];

/// Lines in the order of their times; objects and posts are named only while there are any.
struct Author {
    chance: Chance,
    registered: [bool; 3],
    posts: usize,
}

impl Author {
    fn object(&mut self) -> String {
        let n = self.chance.below(4);
        match self.registered.get(n) {
            Some(true) => format!(" object=o{n}"),
            _ => String::new(),
        }
    }

    fn call(&mut self) -> String {
        let (object, share) = (self.object(), self.chance.share());
        let n = self.chance.below(3);
        match self.chance.below(22) {
            0 => {
                self.registered[n] = true;
                let detach = self.chance.one_of(&["", " detach=yes"]);
                format!("register o{n} pan={}{detach}", share - 0.5)
            }
            1 if self.registered[n] => {
                self.registered[n] = false;
                format!("unregister o{n}")
            }
            1 => "spin".to_owned(),
            2 if self.registered[n] => format!("place o{n} emitter=3 pan={} width=1.5", -share),
            2..=4 => format!("signal danger {}", share * 100.0),
            5 => format!("signal hits {}", self.chance.below(2)),
            6 => format!("rtpc speed {}{object} ramp={share}", share * 10.0),
            7 => format!("rtpc health {} ramp={}", share * 100.0, 1.0 - share),
            8 => format!("resetrtpc speed{object}"),
            9 => {
                let value = self.chance.one_of(&["none", "hidden", "close"]);
                format!("state Pursuit {value}")
            }
            10 => {
                let floor = self.chance.one_of(&["street", "metal"]);
                format!("switch Floor {floor}{object}")
            }
            11 => {
                let context = self.chance.one_of(&["BASE", "HIDEOUT", "SHOWDOWN"]);
                format!("context {context} strength={share}")
            }
            12 => format!(
                "leave {}",
                self.chance.one_of(&["", "small", "big", "mega"])
            ),
            13 => format!("level {}", self.chance.below(5)),
            14 => format!("stinger {}", self.chance.one_of(&["alarm", "victory"])),
            15 => {
                let number = self.chance.below(400);
                match n {
                    0 => format!("seed {number}"),
                    _ => format!("replay boots {number}{object}"),
                }
            }
            16 => format!("macro {} {share}", self.chance.one_of(&["speed", "health"])),
            17 => format!("note {} velocity={share}", self.chance.below(24)),
            18 if self.posts > 0 => {
                let what = self.chance.one_of(&["stop", "pause", "resume"]);
                let post = self.chance.below(self.posts);
                format!("{what} p{post} fade={}", share / 4.0)
            }
            19 if share < 0.2 => {
                let what = self.chance.one_of(&["play", "stop", "seek 16"]);
                format!("transport {what}")
            }
            _ => {
                self.posts += 1;
                let event = self.chance.one_of(&EVENTS);
                format!("post {event}{object} as=p{}", self.posts - 1)
            }
        }
    }
}

fn scene(seed: u64) -> Scene {
    scene_of(seed, SECONDS)
}

fn scene_of(seed: u64, seconds: f64) -> Scene {
    let mut author = Author {
        chance: Chance(seed),
        registered: [false; 3],
        posts: 0,
    };
    let mut text = "0 post Begin\n".to_owned();
    let mut at = 0.0;
    while at < seconds - 1.0 {
        at += author.chance.share() * 0.2;
        // Some at one frame with the one before, and some on a tick.
        at = if author.chance.below(4) == 0 {
            (at * 100.0_f64).floor() / 100.0
        } else {
            at
        };
        writeln!(text, "{at:.5} {}", author.call()).unwrap();
    }
    writeln!(text, "{seconds} end").unwrap();
    Scene::parse("random", &text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The rows of a scene, whose sound is at `out` then.
fn played(scene: &Scene, options: &RenderOptions, out: &Path) -> Vec<String> {
    let project = project::open(&factory()).unwrap();
    let mut rows = Vec::new();
    let mut on_row = |_: &_, row: &Row| {
        let mut row = *row;
        // The one measured value.
        if let What::Decision { cost_ns, .. } = &mut row.what {
            *cost_ns = 0;
        }
        rows.push(format!("{row:?}"));
    };
    let go_on = &mut |_: RenderProgress<'_>| ControlFlow::Continue(());
    render_scene(
        &project,
        scene,
        options,
        Some(out),
        Some(&mut on_row),
        go_on,
    )
    .unwrap();
    rows
}

#[test]
fn a_random_minute_has_the_same_bits_and_rows_for_all_blocks_and_from_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let options = |block| RenderOptions {
        block,
        format: WavFormat::F32,
        cache: Some(at("cache")),
        ..RenderOptions::default()
    };
    let scene = scene(4);
    let first = played(&scene, &options(BlockSize::Fixed(512)), &at("first.wav"));
    let sound = std::fs::read(at("first.wav")).unwrap();
    let silent = sound.iter().filter(|byte| **byte == 0).count();
    assert!(
        silent < sound.len() / 2,
        "{silent} of {} bytes",
        sound.len()
    );
    for kind in [
        "Posted", "Refused", "Finished", "Action", "Decision", "Seed", "Reseed", "Voice", "Rtpc",
        "State", "Switch", "Level", "Context", "Sync", "Duck",
    ] {
        let told = first.iter().any(|row| row.contains(kind));
        assert!(told, "nothing of the kind {kind} happens");
    }
    let mut blocks = [16, 31, 64, 128, 1_000, 2_048]
        .map(BlockSize::Fixed)
        .to_vec();
    blocks.push(BlockSize::Random(9));
    for block in blocks {
        let mut options = options(block);
        if let BlockSize::Random(_) = block {
            options.log = Some(at("session.log"));
        }
        let rows = played(&scene, &options, &at("other.wav"));
        let differs = first.iter().zip(&rows).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{block:?}");
        assert_eq!(first.len(), rows.len(), "{block:?}");
        let other = std::fs::read(at("other.wav")).unwrap();
        assert!(other == sound, "{block:?} has other bits");
    }
    let log = at("session.log");
    let cache = Some(at("cache"));
    replay_with(&log, &at("replay.wav"), WavFormat::F32, cache, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let replayed = std::fs::read(at("replay.wav")).unwrap();
    assert!(replayed == sound, "the replay differs");
}

/// As many engines at a time as threads, all with the same game.
#[test]
fn one_to_four_threads_at_a_time_give_the_same_bits_and_rows() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let options = RenderOptions {
        block: BlockSize::Fixed(512),
        format: WavFormat::F32,
        cache: Some(at("cache")),
        ..RenderOptions::default()
    };
    let scene = scene_of(11, 8.0);
    let rows = played(&scene, &options, &at("alone.wav"));
    let sound = std::fs::read(at("alone.wav")).unwrap();
    assert!(rows.len() > 100 && sound.iter().any(|byte| *byte != 0));
    for threads in 1..=4 {
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let (scene, options) = (&scene, &options);
                let out = at(&format!("{thread} of {threads}.wav"));
                let (rows, sound) = (&rows, &sound);
                scope.spawn(move || {
                    let told = played(scene, options, &out);
                    assert!(told == *rows, "{thread} of {threads} tells something else");
                    let other = std::fs::read(&out).unwrap();
                    assert!(other == *sound, "{thread} of {threads} has other bits");
                });
            }
        });
    }
}
