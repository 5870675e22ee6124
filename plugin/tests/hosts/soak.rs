//! A host that does anything at any time, in both formats, from fixed seeds. `SEGUE_SOAK_MINUTES`
//! lets it go on for so long.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use segue_plugin::{Kind, Param};

use crate::host::{Event, Host, Stereo};
use crate::memory::live;
use crate::projects::{rich_state, state};
use crate::unit::{FORMATS, Song, Unit};

/// Seeds of the usual run, and steps of each.
const SEEDS: u64 = 12;
const STEPS: usize = 150;
/// 256 voices at 0.5 with 12 dB of an equaliser and 12 dB of the master stay below.
const LOUDEST: f32 = 2_048.0;
/// What a process may keep: tables that have grown, names of threads.
const KEPT: usize = 128 << 10;

/// xorshift64: the same behaviour on every run.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    fn share(&mut self) -> f64 {
        self.below(1_001) as f64 / 1_000.0
    }
}

/// One instance and what its host has.
struct Session {
    random: Random,
    make: fn(Kind) -> Box<dyn Unit>,
    kind: Kind,
    unit: Box<dyn Unit>,
    states: Vec<Vec<u8>>,
    /// A copy of the track.
    copy: Option<Box<dyn Unit>>,
    beats: f64,
    rate: f64,
    max: usize,
}

impl Session {
    fn new(seed: u64, make: fn(Kind) -> Box<dyn Unit>) -> Self {
        let mut random = Random::new(seed);
        let kind = Kind::ALL[random.below(2)];
        Self {
            unit: make(kind),
            random,
            make,
            kind,
            states: vec![state(), rich_state(), Host::new(Kind::Effect).save()],
            copy: None,
            beats: 0.0,
            rate: 48_000.0,
            max: 512,
        }
    }

    fn step(&mut self) {
        match self.random.below(24) {
            0 | 1 => self.switch(),
            2 => self.load_good(),
            3 => self.load_bad(),
            4 => self.save(),
            5 => self.unit.idle(),
            6 if self.unit.is_running() => self.unit.reset(),
            7 => self.reopen(),
            8 => self.duplicate(),
            9 => self.lay_out(),
            _ if self.unit.is_running() => self.block(),
            _ => self.start(),
        }
    }

    fn start(&mut self) {
        let rates = [8_000.0, 44_100.0, 48_000.0, 96_000.0];
        if self.random.below(3) == 0 {
            self.rate = rates[self.random.below(4)];
            self.max = 1 << self.random.below(12);
        }
        self.unit.start(self.rate, self.max);
    }

    /// Suspends, or resumes.
    fn switch(&mut self) {
        if self.unit.is_running() {
            self.unit.stop();
        } else {
            self.start();
        }
    }

    fn load_good(&mut self) {
        let state = &self.states[self.random.below(self.states.len())];
        assert!(self.unit.load(state));
    }

    fn load_bad(&mut self) {
        let mut state = self.states[self.random.below(self.states.len())].clone();
        let at = self.random.below(state.len());
        let what = self.random.below(4);
        match what {
            0 => state.truncate(at),
            1 => state[at] ^= 1 << self.random.below(8),
            2 => state.push(0),
            _ => state.fill_with(|| self.random.below(256) as u8),
        }
        let before = self.unit.save();
        assert!(!self.unit.load(&state), "{what} at {at}");
        assert!(self.unit.save() == before);
    }

    fn save(&mut self) {
        let saved = self.unit.save();
        let place = 3 + self.random.below(3);
        self.states.truncate(place);
        self.states.push(saved);
    }

    fn reopen(&mut self) {
        let saved = self.unit.save();
        self.unit = (self.make)(self.kind);
        assert!(self.unit.load(&saved));
    }

    /// A copy of the track comes while it plays, and goes.
    fn duplicate(&mut self) {
        let saved = self.unit.save();
        let mut copy = (self.make)(self.kind);
        assert!(copy.load(&saved));
        copy.start(self.rate, self.max);
        copy.run(64, &[], &[(0, Event::On(60, 1.0))], None);
        self.copy = (self.random.below(2) == 0).then_some(copy);
    }

    fn lay_out(&mut self) {
        if self.unit.is_running() {
            self.unit.stop();
        }
        self.unit.select(self.random.below(2) == 0);
        self.unit.set_offline(self.random.below(4) == 0);
    }

    fn block(&mut self) {
        // Now and then longer than was promised.
        let frames = match self.random.below(8) {
            0 => 0,
            1 => self.max * 3 + 1,
            _ => self.random.below(1_500),
        };
        let mut times: Vec<usize> = (0..self.random.below(12))
            .map(|_| self.random.below(frames + 1))
            .collect();
        times.sort_unstable();
        let events: Vec<_> = times.into_iter().map(|time| (time, self.event())).collect();
        let input = [self.input(frames), self.input(frames)];
        let song = self.song(frames);
        let outs = self.unit.run(frames, &input, &events, song);
        let all = outs.iter().flatten().flatten();
        for x in all {
            assert!(x.is_finite() && x.abs() < LOUDEST, "{x}");
        }
    }

    fn event(&mut self) -> Event {
        let random = &mut self.random;
        let param = Param::from_index(random.below(segue_plugin::PARAM_COUNT)).unwrap();
        let (min, max, _) = param.range();
        let seven = |random: &mut Random| random.below(128) as u8;
        match random.below(9) {
            0 | 1 => Event::On(60, random.share()),
            2 => Event::Off(60),
            3 => Event::Choke(60),
            4 | 5 => Event::Value(param, min + random.share() * (max - min)),
            6 => Event::Mod(param, (random.share() - 0.5) * (max - min)),
            7 => Event::Midi([0x90 | seven(random) & 31, seven(random), seven(random)]),
            _ => Event::Midi([0xb0, [1, 7, 64, 120, 123][random.below(5)], seven(random)]),
        }
    }

    fn input(&mut self, frames: usize) -> Stereo {
        let level = segue_engine::to_f32(self.random.share() - 0.5);
        let mut pair = [vec![level; frames], vec![-level; frames]];
        if frames > 0 && self.random.below(16) == 0 {
            let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-40];
            pair[0][self.random.below(frames)] = bad[self.random.below(4)];
        }
        pair
    }

    /// The song plays on, jumps, stands still or is not told.
    fn song(&mut self, frames: usize) -> Option<Song> {
        let bpm = 60.0 + self.random.below(200) as f64;
        match self.random.below(12) {
            0 => return None,
            1 => self.beats = self.random.share() * 64.0,
            _ => {}
        }
        let song = Song {
            playing: self.random.below(6) != 0,
            bpm,
            ramp: if self.random.below(4) == 0 {
                0.001
            } else {
                0.0
            },
            range: (self.random.below(4) == 0).then_some((4.0, 4.5)),
            ..Song::at(self.beats)
        };
        self.beats += frames as f64 / self.rate * bpm / 60.0;
        Some(song)
    }
}

fn session(seed: u64, make: fn(Kind) -> Box<dyn Unit>) {
    let mut session = Session::new(seed, make);
    for _ in 0..STEPS {
        session.step();
    }
}

/// Bytes, threads and open files of this process.
fn held() -> (usize, usize, usize) {
    let count = |folder: &str| std::fs::read_dir(folder).map_or(0, Iterator::count);
    (live(), count("/proc/self/task"), count("/proc/self/fd"))
}

fn soak(name: &str, make: fn(Kind) -> Box<dyn Unit>) {
    alone(name, || {
        let minutes = std::env::var("SEGUE_SOAK_MINUTES").ok();
        let minutes: u64 = minutes.map_or(0, |text| text.parse().unwrap());
        let until = Instant::now() + Duration::from_secs(60 * minutes);
        // Everything that is made once in a process has been made after the first round.
        let round = |first: u64| (first..first + SEEDS).for_each(|seed| session(seed, make));
        round(1);
        let before = held();
        let mut rounds = 1;
        loop {
            round(1 + rounds * SEEDS);
            rounds += 1;
            let now = held();
            assert!(now.0 <= before.0 + KEPT, "{before:?} and then {now:?}");
            assert_eq!((now.1, now.2), (before.1, before.2), "threads and files");
            if Instant::now() >= until {
                break;
            }
        }
        eprintln!(
            "{} sessions of {STEPS} steps; {before:?} and then {:?}",
            rounds * SEEDS,
            held()
        );
    });
}

#[test]
fn random_behaviour_of_a_clap_host_breaks_nothing() {
    soak(
        "soak::random_behaviour_of_a_clap_host_breaks_nothing",
        FORMATS[0],
    );
}

#[test]
fn random_behaviour_of_a_vst3_host_breaks_nothing() {
    soak(
        "soak::random_behaviour_of_a_vst3_host_breaks_nothing",
        FORMATS[1],
    );
}

/// Names the test that runs in a process of its own.
const CHILD: &str = "SEGUE_TEST_CHILD";

/// Runs the body of the test `name` in a process of its own, where nobody else allocates.
pub(crate) fn alone(name: &str, body: impl FnOnce()) {
    if let Some(output) = in_child(name, body) {
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{text}"
        );
    }
}

/// The same; what the child has said, `None` in the child itself.
pub(crate) fn in_child(name: &str, body: impl FnOnce()) -> Option<Output> {
    if std::env::var(CHILD).is_ok_and(|it| it == name) {
        body();
        return None;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture", "--test-threads=1"]);
    let output = command.env(CHILD, name).output().unwrap();
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    Some(output)
}
