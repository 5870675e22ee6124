//! `segue slot`: slot games, their odds and their spins.

mod enumerate;
mod gamble;
mod import;
mod rng;
mod sim;
mod spins;

use super::Output;
use crate::console::Console;
use crate::failure::Failure;
use crate::values::many;
use clap::{Args, Subcommand};
use segue_engine::jobs::AtomicFile;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  segue slot enumerate lobstermania-96
  segue slot spin demo-high --count 5 --log spins.jsonl
  segue slot force demo-high free_spins
  segue slot gamble demo-high 0,1,0 --stake 500
  segue slot rng --below 47 --count 1e6 -o stops.txt
  segue slot sim presets/slots/lobstermania-96.json --spins 1e8 --report report.html

A GAME is a file, or one of lobstermania-96, lobstermania-85, demo-low, demo-medium, demo-high and
demo-studio. The generator is PCG64 with the seed you give; it is not certified for games for money.";

/// Spin, count, simulate and check slot games
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Slot {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Spin(spins::Spin),
    Force(spins::Force),
    Scenario(spins::Play),
    Replay(spins::Replay),
    Sim(sim::Sim),
    Enumerate(enumerate::Enumerate),
    Import(import::Import),
    Gamble(gamble::Gamble),
    Rng(rng::Dump),
}

impl Slot {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        match &self.command {
            Command::Spin(command) => command.run(console),
            Command::Force(command) => command.run(console),
            Command::Scenario(command) => command.run(console),
            Command::Replay(command) => command.run(console),
            Command::Sim(command) => command.run(console),
            Command::Enumerate(command) => command.run(console),
            Command::Import(command) => command.run(console),
            Command::Gamble(command) => command.run(console),
            Command::Rng(command) => command.run(console),
        }
    }

    pub(super) fn output(&self) -> Output {
        match &self.command {
            Command::Spin(command) => command.output,
            Command::Force(command) => command.output,
            Command::Scenario(command) => command.output,
            Command::Replay(command) => command.output,
            Command::Sim(command) => command.output,
            Command::Enumerate(command) => command.output,
            Command::Import(command) => command.output,
            Command::Gamble(command) => command.output,
            Command::Rng(command) => command.output,
        }
    }
}

/// Minor units of a currency as a number with its decimal places.
fn money(amount: i64, exponent: u8) -> String {
    let scale = 10_u64.pow(u32::from(exponent.min(8)));
    match exponent {
        0 => amount.to_string(),
        places => format!(
            "{}{}.{:0width$}",
            if amount < 0 { "-" } else { "" },
            amount.unsigned_abs() / scale,
            amount.unsigned_abs() % scale,
            width = usize::from(places)
        ),
    }
}

/// A number of spins: digits, or `1e8`.
fn spins(text: &str) -> Result<u64, String> {
    let spins = many(text);
    spins.ok_or_else(|| "a number of spins is 1..=1e12, such as 250000 or 1e8".to_owned())
}

/// How many numbers: digits, or `1e8`.
fn numbers(text: &str) -> Result<u64, String> {
    let numbers = many(text);
    numbers.ok_or_else(|| "a count of numbers is 1..=1e12, such as 1000 or 1e8".to_owned())
}

/// What a command of these writes must not take the place of what it reads, nor of another result.
fn check_outputs(input: &Path, outputs: &[(&str, Option<&Path>)]) -> Result<(), Failure> {
    let given = outputs.iter();
    let given: Vec<_> = given
        .filter_map(|(name, path)| path.map(|path| (*name, path)))
        .collect();
    for (n, (name, path)) in given.iter().enumerate() {
        let is_input = matches!((input.canonicalize(), path.canonicalize()), (Ok(one), Ok(other)) if one == other);
        if is_input {
            let text = format!(
                "{name} {} would take the place of what is read",
                path.display()
            );
            return Err(Failure::usage(text).hint("name another file"));
        }
        let same = |(_, other): &&(&str, &Path)| {
            std::path::absolute(other).ok() == std::path::absolute(path).ok()
        };
        if let Some((other, _)) = given[n + 1..].iter().find(same) {
            return Err(Failure::usage(format!(
                "{name} and {other} name the same file"
            )));
        }
        // Whether it can be written is known before hours of spins.
        drop(AtomicFile::create(path).map_err(segue_engine::Error::from)?);
    }
    Ok(())
}

/// The value of a credit, as the engine takes it.
fn coin(text: &str) -> Result<i64, String> {
    let coin = text
        .parse::<i64>()
        .ok()
        .filter(|coin| (1..=1_000_000).contains(coin));
    coin.ok_or_else(|| "a credit is 1..=1000000 minor units of the currency".to_owned())
}

/// A stop of a strip; which a game has, it says itself.
fn stop(text: &str) -> Result<u16, String> {
    let example = "a stop is a whole number from 0 on, one per reel: 3,1,4,1,5";
    text.trim().parse().map_err(|_| example.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_spins_and_money_read_well() {
        assert_eq!(spins("1e8"), Ok(100_000_000));
        assert_eq!(spins("250_000"), Ok(250_000));
        assert_eq!((spins("2.5e5"), spins("2.50e1")), (Ok(250_000), Ok(25)));
        for bad in ["0", "1e13", "1.5", "1.25e1", "-1", "e8", "1e", "1e-1", "."] {
            assert!(spins(bad).unwrap_err().contains("1..=1e12"), "{bad}");
        }
        assert_eq!(money(12_345, 2), "123.45");
        assert_eq!(money(5, 2), "0.05");
        assert_eq!(money(7, 0), "7");
        assert_eq!(money(-5, 2), "-0.05");
        assert_eq!((coin("1"), coin("1000000")), (Ok(1), Ok(1_000_000)));
        for bad in ["0", "-5", "1000001", "1.5"] {
            assert!(coin(bad).unwrap_err().contains("1..=1000000"), "{bad}");
        }
        assert_eq!(stop(" 7"), Ok(7));
        assert!(stop("a").unwrap_err().contains("one per reel"));
    }
}
