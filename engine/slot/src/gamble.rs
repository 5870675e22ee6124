//! Double or nothing.

use crate::game::{Gamble, GambleKind};
use crate::machine::most_of_gamble;
use crate::result::{GambleOutcome, GamblePlay, GambleRound};
use crate::rng::Rng;
use crate::{Error, Result};

/// A gamble that is going on: the player chooses, round by round, and may stop in between.
#[derive(Clone, Debug)]
pub struct GambleGame<'a> {
    rules: &'a Gamble,
    play: GamblePlay,
    rung: usize,
}

impl<'a> GambleGame<'a> {
    /// Risks a win.
    ///
    /// # Errors
    /// [`Error::Invalid`] if nothing was won, or so much that what it could become has more than 64 bits.
    /// `[thread-safe]`
    pub fn new(rules: &'a Gamble, stake: i64) -> Result<GambleGame<'a>> {
        let most = (i128::from(i64::MAX) / most_of_gamble(rules).max(1)) as i64;
        if !(1..=most).contains(&stake) {
            let allowed = format!("1..={most}");
            let way_out = "gamble a win of the game";
            return Err(Error::invalid(
                "gamble",
                "the stake",
                stake,
                allowed,
                way_out,
            ));
        }
        let rung = match &rules.kind {
            GambleKind::Ladder(rungs) => rungs.iter().position(|&rung| rung == 1).unwrap_or(0),
            _ => 0,
        };
        let play = GamblePlay {
            stake,
            rounds: Vec::new(),
            collected: stake,
        };
        Ok(GambleGame { rules, play, rung })
    }

    /// Choices of a round: colours, sides or suits; a ladder has one. `[thread-safe]`
    pub fn choices(&self) -> u8 {
        match self.rules.kind {
            GambleKind::Colour | GambleKind::Coin => 2,
            GambleKind::Suit => 4,
            GambleKind::Ladder(_) => 1,
        }
    }

    /// Nothing is left, the rounds are used up, or the ladder ends. `[thread-safe]`
    pub fn is_over(&self) -> bool {
        let at_top = match &self.rules.kind {
            GambleKind::Ladder(rungs) => self.rung + 1 == rungs.len(),
            _ => false,
        };
        let rounds = self.play.rounds.len() as u32;
        at_top || self.play.collected == 0 || rounds >= self.rules.max_rounds
    }

    /// Whether there is such a choice.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is none. `[thread-safe]`
    pub fn check(&self, choice: u8) -> Result<()> {
        if choice >= self.choices() {
            let allowed = format!("0..={}", self.choices() - 1);
            let way_out = "choose one of the sides";
            return Err(Error::invalid(
                "gamble",
                "the choice",
                choice,
                allowed,
                way_out,
            ));
        }
        Ok(())
    }

    /// Plays a round.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is over, or there is no such choice. `[thread-safe]`
    pub fn choose(&mut self, choice: u8, rng: &mut Rng) -> Result<GambleRound> {
        if self.is_over() {
            let rounds = self.play.rounds.len();
            let way_out = "collect what there is";
            return Err(Error::invalid(
                "gamble",
                "the round",
                rounds + 1,
                "none",
                way_out,
            ));
        }
        self.check(choice)?;
        let before = self.play.collected;
        let amount = match &self.rules.kind {
            GambleKind::Ladder(rungs) => {
                self.rung = climb(rungs, self.rung, rng);
                self.play.stake * rungs[self.rung]
            }
            _ => {
                let sides = u64::from(self.choices());
                let won = rng.below(sides) == u64::from(choice);
                if won { before * sides as i64 } else { 0 }
            }
        };
        let round = GambleRound {
            choice,
            outcome: match amount.cmp(&before) {
                std::cmp::Ordering::Greater => GambleOutcome::Win,
                std::cmp::Ordering::Less => GambleOutcome::Lose,
                std::cmp::Ordering::Equal => GambleOutcome::Draw,
            },
            amount,
        };
        self.play.collected = amount;
        self.play.rounds.push(round);
        Ok(round)
    }

    /// Ends it with what there is. `[thread-safe]`
    pub fn collect(self) -> GamblePlay {
        self.play
    }
}

/// One rung up or down, with the odds that keep the average where it is.
fn climb(rungs: &[i64], rung: usize, rng: &mut Rng) -> usize {
    let (below, here, above) = (rungs[rung - 1], rungs[rung], rungs[rung + 1]);
    let drawn = rng.below((above - below) as u64) as i64;
    if drawn < here - below {
        rung + 1
    } else {
        rung - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The average of what is collected after all rounds, in stakes.
    fn average(kind: GambleKind) -> f64 {
        let rules = Gamble {
            kind,
            max_rounds: 3,
        };
        let mut rng = Rng::new(5, 0);
        let games = 200_000;
        let mut sum = 0;
        for _ in 0..games {
            let mut game = GambleGame::new(&rules, 10).unwrap();
            while !game.is_over() {
                game.choose(0, &mut rng).unwrap();
            }
            sum += game.collect().collected;
        }
        sum as f64 / f64::from(games) / 10.0
    }

    #[test]
    fn every_gamble_is_fair() {
        // Standard errors: sqrt(7 / n) = 0.006 for doubling, sqrt(63 / n) = 0.018 for suits.
        assert!((average(GambleKind::Coin) - 1.0).abs() < 0.024);
        assert!((average(GambleKind::Colour) - 1.0).abs() < 0.024);
        assert!((average(GambleKind::Suit) - 1.0).abs() < 0.072);
        assert!((average(GambleKind::Ladder(vec![0, 1, 2, 5, 20])) - 1.0).abs() < 0.03);
    }

    #[test]
    fn it_ends_and_says_so() {
        let rules = Gamble {
            kind: GambleKind::Suit,
            max_rounds: 1,
        };
        let mut rng = Rng::new(5, 0);
        assert!(GambleGame::new(&rules, 0).is_err());
        let mut game = GambleGame::new(&rules, 7).unwrap();
        let refused = game.choose(4, &mut rng).unwrap_err().to_string();
        assert_eq!(game.check(3), Ok(()));
        assert_eq!(
            refused,
            "gamble: the choice is 4, but must be 0..=3; choose one of the sides"
        );
        let round = game.choose(3, &mut rng).unwrap();
        assert!(game.is_over() && game.choose(0, &mut rng).is_err());
        assert_eq!(game.collect().collected, round.amount);
    }
}
