//! `segue slot gamble`: a win is risked, side by side.

use super::super::Output;
use super::money;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::{count, seed};
use clap::Args;
use segue_engine::slot::gamble::GambleGame;
use segue_engine::slot::result::{GambleOutcome, GamblePlay};
use segue_engine::slot::{Rng, open_game};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// Risk a win on the sides that you choose, and collect what is left
///
/// Where the game ends before the last round, the rest is not played, and the answer says so.
#[derive(Debug, Args)]
pub(crate) struct Gamble {
    /// The game: a file or a built-in one
    game: PathBuf,
    /// What is at stake, in minor units of the currency
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=1_000_000_000_000))]
    stake: i64,
    /// The side of each round, from 0: colours and coins have 2, suits 4, a ladder 1
    #[arg(value_delimiter = ',', required = true)]
    choices: Vec<u8>,
    /// Seed of the random numbers
    #[arg(long, default_value = "1", value_parser = seed)]
    seed: u64,
    /// Stream of the seed
    #[arg(long, default_value = "0")]
    stream: u64,
    #[command(flatten)]
    pub(super) output: Output,
}

impl Gamble {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        let machine = open_game(&self.game)?;
        let game = machine.game();
        let failed =
            |error: segue_engine::slot::SlotError| Failure::from(segue_engine::Error::from(error));
        let rules = game.gamble.as_ref().ok_or_else(|| {
            Failure::new(format!("{:?} has no gamble", game.id))
                .hint("give the game a \"gamble\", as docs/slot.md says")
        })?;
        let mut rng = Rng::new(self.seed, self.stream);
        let mut going = GambleGame::new(rules, self.stake).map_err(failed)?;
        for choice in &self.choices {
            going.check(*choice).map_err(failed)?;
        }
        let mut left = self.choices.len();
        for choice in &self.choices {
            if going.is_over() {
                break;
            }
            going.choose(*choice, &mut rng).map_err(failed)?;
            left -= 1;
        }
        let is_over = going.is_over();
        let play = going.collect();
        console.answer(
            || {
                let mut text = text(&play, game.currency_exponent);
                if is_over {
                    text += &ended(left);
                }
                text
            },
            || {
                let rounds = play.rounds.iter().map(|round| {
                    json!({"choice": round.choice, "result": word(round.outcome), "amount": round.amount})
                });
                json!({
                    "game": game.id,
                    "stake": play.stake,
                    "rounds": rounds.collect::<Vec<_>>(),
                    "collected": play.collected,
                    "over": is_over,
                    "not_played": left,
                    "counter_after": rng.counter(),
                })
            },
        )
    }
}

fn text(play: &GamblePlay, exponent: u8) -> String {
    let mut text = format!("stake {}\n", money(play.stake, exponent));
    for (number, round) in (1..).zip(&play.rounds) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "round {number}: side {}, {}, {}",
            round.choice,
            word(round.outcome),
            money(round.amount, exponent)
        );
    }
    let _ = writeln!(text, "collected {}", money(play.collected, exponent));
    text
}

/// That no further round is possible, and how many of those that were asked for that leaves out.
fn ended(left: usize) -> String {
    match left {
        0 => "the game is over\n".to_owned(),
        left => format!("the game is over; {} not played\n", count(left, "round")),
    }
}

fn word(outcome: GambleOutcome) -> &'static str {
    match outcome {
        GambleOutcome::Win => "win",
        GambleOutcome::Lose => "lose",
        GambleOutcome::Draw => "draw",
    }
}
