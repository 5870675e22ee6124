//! A small slot game that says what it does in three ways.

use segue_middleware::containers::rng::mix64;
use std::io::{self, Read};

/// Reels of the game.
pub(super) const REELS: u8 = 5;
const BET: i64 = 100;

/// A moment of a spin.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Moment {
    Press,
    Stop { reel: u8, symbols: [u16; 3] },
    Win { tier: u8 },
    Paid,
}

/// What is so after a moment.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) spin: u64,
    pub(super) ms: u64,
    pub(super) moment: Moment,
    balance: i64,
    win: i64,
    tier: u8,
    reels: [Option<[u16; 3]>; 5],
    /// A number that says nothing.
    noise: u64,
}

/// How the game talks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Format {
    /// An event a message, in minor units and milliseconds.
    Events,
    /// The whole state, each time that it changes.
    Snapshots,
    /// As that, and with what else a game may have in it.
    RichSnapshots,
    /// All events of a spin in one message, amounts as texts, seconds.
    Batches,
}

/// All moments of so many spins.
pub(super) fn play(seed: u64, spins: u64) -> impl Iterator<Item = State> {
    let mut balance = 1_000_000_i64;
    (0..spins).flat_map(move |spin| {
        let states = one_spin(seed, spin, balance);
        balance = states.last().map_or(balance, |state| state.balance);
        states
    })
}

fn one_spin(seed: u64, spin: u64, balance: i64) -> Vec<State> {
    let draw = |n: u64| mix64(mix64(seed) ^ (spin * 100 + n));
    let mut now = State {
        spin,
        ms: 0,
        moment: Moment::Press,
        balance: balance - BET,
        win: 0,
        tier: 0,
        reels: [None; 5],
        noise: draw(0) % 1_000_000,
    };
    let mut states = vec![now.clone()];
    for reel in 0..REELS {
        let symbol = |row| u16::try_from(draw(u64::from(reel) * 8 + row) % 9).unwrap_or(0);
        let symbols = [1, 2, 3].map(symbol);
        now.ms = 800 + 150 * u64::from(reel);
        now.reels[usize::from(reel)] = Some(symbols);
        now.moment = Moment::Stop { reel, symbols };
        states.push(now.clone());
    }
    (now.win, now.tier) = match draw(99) % 10 {
        0..6 => (0, 0),
        6..8 => (5 * BET, 0),
        8 => (30 * BET, 1),
        _ => (60 * BET, 2),
    };
    if now.win > 0 {
        now.ms += 200;
        now.moment = Moment::Win { tier: now.tier };
        states.push(now.clone());
        now.ms += 1000;
        now.balance += now.win;
        now.moment = Moment::Paid;
        states.push(now.clone());
    }
    states
}

/// What the game says of all this.
pub(super) fn lines(format: Format, states: impl Iterator<Item = State>) -> Vec<String> {
    match format {
        Format::Events => states.flat_map(|state| events(&state)).collect(),
        Format::Snapshots => states.map(|state| snapshot(&state, "")).collect(),
        Format::RichSnapshots => states
            .map(|state| snapshot(&state, &extras(&state)))
            .collect(),
        Format::Batches => batches(states),
    }
}

/// Decoys: nothing of this says anything.
fn decoys(state: &State) -> String {
    let (spin, ms, noise) = (state.spin, state.ms, state.noise);
    let backwards = 9_000_000_000_000 - spin * 10_000 - ms;
    format!(
        "\"build\":7,\"uid\":{noise},\"session\":\"48213377\",\"sent\":{backwards},\"node\":\"eu-3\""
    )
}

/// The lines of one moment as events.
pub(super) fn events(state: &State) -> Vec<String> {
    let (spin, ts, balance, win) = (state.spin, state.ms, state.balance, state.win);
    let decoys = decoys(state);
    let event = |name: &str, data: String| {
        format!(r#"{{"type":"{name}","ts":{ts},"spin":{spin},{decoys},"d":{{{data}}}}}"#)
    };
    match &state.moment {
        Moment::Press => vec![
            event("debug.fps", "\"fps\":60".to_owned()),
            event("spin_start", format!(r#""bet":{BET},"balance":{balance}"#)),
        ],
        Moment::Stop { reel, symbols } => {
            vec![event(
                "reel.land",
                format!(r#""reel":{reel},"syms":{symbols:?}"#),
            )]
        }
        Moment::Win { tier } => {
            let shown = event("show_win", format!(r#""win":{win}"#));
            let big = event("big_win", format!(r#""win":{win},"tier":{tier}"#));
            let is_big = *tier > 0;
            std::iter::once(shown)
                .chain(is_big.then_some(big))
                .collect()
        }
        Moment::Paid => vec![event("credit.moved", format!(r#""balance":{balance}"#))],
    }
}

/// A snapshot after one moment.
pub(super) fn snapshot(state: &State, extras: &str) -> String {
    let column = |symbols: &Option<[u16; 3]>| match symbols {
        Some(symbols) => format!("{symbols:?}"),
        None => "null".to_owned(),
    };
    let reels: Vec<String> = state.reels.iter().map(column).collect();
    let (spin, balance, win, tier) = (state.spin, state.balance, state.win, state.tier);
    format!(
        r#"{{"state":{{"round":{spin},"balance":{balance},"bet":{BET},"win":{win},"big":{tier},"reels":[{}]{extras}}},{}}}"#,
        reels.join(","),
        decoys(state)
    )
}

fn extras(state: &State) -> String {
    let spin = state.spin;
    let is_free = spin % 20 >= 15;
    let times = if is_free { 1 + spin % 3 } else { 1 };
    let phase = match (&state.moment, spin % 20) {
        (_, 19) => "BONUS",
        (Moment::Press | Moment::Stop { .. }, _) => "SPINNING_REELS",
        _ => "IDLE",
    };
    format!(r#","free":{is_free},"multiplier":{times},"phase":"{phase}""#)
}

fn batches(states: impl Iterator<Item = State>) -> Vec<String> {
    let mut spins: Vec<Vec<State>> = Vec::new();
    for state in states {
        match spins.last_mut() {
            Some(spin) if spin[0].spin == state.spin => spin.push(state),
            _ => spins.push(vec![state]),
        }
    }
    spins.iter().map(|spin| batch(spin)).collect()
}

/// One message of a whole spin.
pub(super) fn batch(spin: &[State]) -> String {
    let events: Vec<String> = spin.iter().flat_map(batch_events).collect();
    let events = events.join(",");
    format!(r#"{{"status":200,"data":{{"token":"0451","events":[{events}]}}}}"#)
}

fn batch_events(state: &State) -> Vec<String> {
    let money = |amount: i64| format!("\"{}.{:02}\"", amount / 100, amount % 100);
    let seconds = format!("{}.{:03}", state.ms / 1000, state.ms % 1000);
    let (spin, decoys) = (state.spin, decoys(state));
    let event = |name: &str, data: String| {
        format!(r#"{{"eventName":"{name}","time":{seconds},"roundId":{spin},{decoys},{data}}}"#)
    };
    let balance = money(state.balance);
    match &state.moment {
        Moment::Press => {
            let data = format!(r#""stake":{},"balance":{balance}"#, money(BET));
            vec![event("SpinBegin", data)]
        }
        Moment::Stop { reel, symbols } => {
            vec![event(
                "ReelStopped",
                format!(r#""reelIndex":{reel},"symbols":{symbols:?}"#),
            )]
        }
        Moment::Win { tier } => {
            let win = money(state.win);
            let shown = event("WinShown", format!(r#""winAmount":{win}"#));
            let big = event("BigWin", format!(r#""winAmount":{win},"tier":{tier}"#));
            let is_big = *tier > 0;
            std::iter::once(shown)
                .chain(is_big.then_some(big))
                .collect()
        }
        Moment::Paid => vec![event("WalletUpdate", format!(r#""balance":{balance}"#))],
    }
}

/// Lines as a file that is made while it is read.
pub(super) struct Stream<I> {
    lines: I,
    line: Vec<u8>,
    at: usize,
}

impl<I: Iterator<Item = String>> Stream<I> {
    pub(super) const fn new(lines: I) -> Self {
        Self {
            lines,
            line: Vec::new(),
            at: 0,
        }
    }
}

impl<I: Iterator<Item = String>> Read for Stream<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            let Some(line) = self.lines.next() else {
                return Ok(0);
            };
            self.line = line.into_bytes();
            self.line.push(b'\n');
            self.at = 0;
        }
        let rest = &self.line[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}
