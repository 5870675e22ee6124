//! From the game's clock through a network that hurries and lags to the sample, on one virtual clock.

use super::*;
use crate::clock::Timing;
use crate::session::{Config, Output, Role, Session};

/// The longest that the network makes something wait, in microseconds.
const JITTER_US: u64 = 15_000;
/// Between two stages, in microseconds.
const SPACING_US: u64 = 100_000;
/// From here on the offset of the clocks has settled, in microseconds.
const SETTLED_US: u64 = 60_000_000;
const END_US: u64 = 120_000_000;
/// The game's clock less ours.
const OFFSET_US: u64 = 7_654_321;

/// A side of the conversation.
fn side(role: Role, now_us: u64) -> Session {
    let hello = Hello::default();
    let token = None;
    Session::new(Config { role, token, hello }, now_us)
}

/// What is on its way: when it arrives, and what.
#[derive(Default)]
struct Way {
    texts: VecDeque<(u64, String)>,
    last: u64,
}

impl Way {
    /// Nothing overtakes: it is TCP.
    fn send(&mut self, now: u64, wait: u64, text: String) {
        self.last = self.last.max(now + wait);
        self.texts.push_back((self.last, text));
    }

    fn arrived(&mut self, now: u64) -> Option<String> {
        self.texts.front().filter(|(at, _)| *at <= now)?;
        self.texts.pop_front().map(|(_, text)| text)
    }
}

/// A game, what lies between, and Segue.
struct Network {
    rig: Rig,
    here: Session,
    there: Session,
    /// To Segue, and to the game.
    ways: [Way; 2],
    /// Numbers of a small generator.
    chance: u64,
    now: u64,
}

impl Network {
    fn new(seed: u64) -> Self {
        Self {
            rig: Rig::native(),
            here: side(Role::Server, 0),
            there: side(Role::Client, OFFSET_US),
            ways: Default::default(),
            chance: seed,
            now: 0,
        }
    }

    fn wait(&mut self) -> u64 {
        let next = self.chance.wrapping_mul(6_364_136_223_846_793_005);
        self.chance = next.wrapping_add(1);
        (self.chance >> 33) % (JITTER_US + 1)
    }

    /// The game says a stage at its time.
    fn say(&mut self, seq_of: &mut u64) {
        *seq_of += 1;
        let data = json!({"stage": "reel_stop", "reel": 0, "symbols": []});
        let t_us = self.now + OFFSET_US;
        let text = json!({"type": "stage_event", "seq": *seq_of, "t_us": t_us, "data": data});
        let wait = self.wait();
        self.ways[0].send(self.now, wait, text.to_string());
    }

    /// A millisecond goes by.
    fn step(&mut self, seq_of: &mut u64) {
        let (now, theirs) = (self.now, self.now + OFFSET_US);
        while let Some(text) = self.ways[0].arrived(now) {
            self.here.receive(text.as_bytes(), now);
        }
        while let Some(text) = self.ways[1].arrived(now) {
            self.there.receive(text.as_bytes(), theirs);
        }
        self.here.tick(now);
        self.there.tick(theirs);
        while let Some(output) = self.there.poll() {
            if let Output::Send(text) = output {
                // Its frames have one row of numbers with the stages.
                let mut frame: Value = serde_json::from_str(&text).unwrap();
                *seq_of += 1;
                frame["seq"] = (*seq_of).into();
                let wait = self.wait();
                self.ways[0].send(now, wait, frame.to_string());
            }
        }
        while let Some(output) = self.here.poll() {
            match output {
                Output::Send(text) => {
                    let wait = self.wait();
                    self.ways[1].send(now, wait, text);
                }
                Output::Message(message) => self.deliver(message),
                Output::Close(close) => panic!("{close:?}"),
                _ => {}
            }
        }
        self.now += 1000;
    }

    /// As a connector does it, with a buffer of 20 ms.
    fn deliver(&mut self, message: Message) {
        let timing = Timing::JitterBuffer { latency_us: 20_000 };
        let received = i64::try_from(message.received_us).unwrap();
        let due = timing
            .due(self.here.clock(), message.t_us, received)
            .unwrap();
        let peer = GAME;
        self.rig.hub.deliver(Delivery { peer, due, message });
    }
}

#[test]
fn stages_keep_the_distances_of_the_game() {
    for seed in 1..=8 {
        let (mut network, mut seq, mut late) = (Network::new(seed), 0, 0);
        while network.now < END_US {
            if network.here.is_open() && network.now.is_multiple_of(SPACING_US) {
                network.say(&mut seq);
            }
            network.step(&mut seq);
            // A block of 10 ms is asked for.
            if network.now.is_multiple_of(10_000) {
                network.rig.pump();
                network.rig.frame += 480;
                while network.rig.live.next_row().is_some() {}
            }
            if network.now == SETTLED_US {
                late = network.rig.live.summary().late;
            }
        }
        let calls = network.rig.sink.calls.iter().map(|(at, _)| *at);
        let settled = SETTLED_US / 1000 * 48;
        let frames: Vec<u64> = calls.filter(|at| *at > settled).collect();
        assert!(frames.len() > 590, "{seed}: {}", frames.len());
        let exact = SPACING_US / 1000 * 48;
        for pair in frames.windows(2) {
            let apart = pair[1] - pair[0];
            assert!(apart.abs_diff(exact) <= 1, "{seed}: {apart}");
        }
        assert_eq!(network.rig.live.summary().late, late, "{seed}");
    }
}
