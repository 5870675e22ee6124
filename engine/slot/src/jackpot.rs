//! The meters of progressive jackpots.

use crate::game::{Game, Tier};
use crate::machine::Machine;
use crate::result::JackpotWin;
use crate::{Error, Result};

/// Parts of a minor unit that contributions are counted in.
const PARTS: i128 = 1_000_000;

/// Where a jackpot without a cap stops to grow in minor units, or at [`UNCAPPED_SEEDS`] seeds if that is
/// more, so that nothing it is added to or gambled for leaves 64 bits.
pub(crate) const UNCAPPED_MAX: i64 = 1_000_000_000_000;

/// See [`UNCAPPED_MAX`].
pub(crate) const UNCAPPED_SEEDS: i64 = 1000;

/// What the jackpots of a game stand at, for one bet. It is the only thing that one paid spin
/// hands to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meters {
    bet: i64,
    /// Millionths of a minor unit, in the order of [`Game::jackpots`].
    stands: Vec<i128>,
}

impl Meters {
    /// Every jackpot at its seed.
    ///
    /// # Errors
    /// Those of [`Machine::bet`]. `[thread-safe]`
    pub fn new(machine: &Machine, coin: i64) -> Result<Meters> {
        let bet = machine.bet(coin)?;
        let stands = (0..machine.game().jackpots.len()).map(|at| seed(machine.game(), at, bet));
        Ok(Meters {
            bet,
            stands: stands.collect(),
        })
    }

    /// Jackpots so that what the next spin would pay is `average` bets for each of them.
    pub(crate) fn standing(
        machine: &Machine,
        coin: i64,
        average: impl Fn(usize) -> f64,
    ) -> Result<Meters> {
        let mut meters = Meters::new(machine, coin)?;
        for (at, jackpot) in machine.game().jackpots.iter().enumerate() {
            let added = i128::from(jackpot.contribution_ppm) * i128::from(meters.bet);
            let parts = (average(at) * meters.bet as f64 * PARTS as f64) as i128 - added;
            let most = cap(machine.game(), at, meters.bet);
            meters.stands[at] = parts.min(most).max(meters.stands[at]);
        }
        Ok(meters)
    }

    /// Meters as a log line states them, in millionths of a minor unit.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is not one for each jackpot, or one is negative. `[thread-safe]`
    pub fn from_parts(machine: &Machine, coin: i64, stands: &[i128]) -> Result<Meters> {
        let expected = machine.game().jackpots.len();
        let way_out = "copy the meters of a log line of this game";
        if stands.len() != expected {
            let allowed = format!("{expected}, one for each jackpot");
            let what = "the number of meters";
            return Err(Error::invalid(
                "meters",
                what,
                stands.len(),
                allowed,
                way_out,
            ));
        }
        let bet = machine.bet(coin)?;
        for (at, stand) in stands.iter().enumerate() {
            // A part of a minor unit that an earlier win left is on top.
            let most = cap(machine.game(), at, bet) + PARTS - 1;
            if !(0..=most).contains(stand) {
                let allowed = format!("0..={most}");
                let place = format!("meters[{at}]");
                return Err(Error::invalid(place, "the meter", stand, allowed, way_out));
            }
        }
        Ok(Meters {
            bet,
            stands: stands.to_vec(),
        })
    }

    /// In millionths of a minor unit, in the order of [`Game::jackpots`]. `[thread-safe]`
    pub fn parts(&self) -> &[i128] {
        &self.stands
    }

    /// What a tier would pay now, in minor units; 0 if the game does not have it. `[thread-safe]`
    pub fn amount(&self, game: &Game, tier: Tier) -> i64 {
        let at = game
            .jackpots
            .iter()
            .position(|jackpot| jackpot.tier == tier);
        at.map_or(0, |at| (self.stands[at] / PARTS) as i64)
    }

    /// A paid spin: every jackpot grows up to its cap.
    #[inline]
    pub(crate) fn contribute(&mut self, game: &Game) {
        for (at, jackpot) in game.jackpots.iter().enumerate() {
            let grown =
                self.stands[at] + i128::from(self.bet) * i128::from(jackpot.contribution_ppm);
            let cap = cap(game, at, self.bet);
            self.stands[at] = grown.min(cap).max(self.stands[at]);
        }
    }

    /// Pays a tier and puts it back to its seed; the part of a minor unit stays in it.
    pub(crate) fn pay(&mut self, game: &Game, tier: Tier) -> JackpotWin {
        let amount = self.amount(game, tier);
        if let Some(at) = game
            .jackpots
            .iter()
            .position(|jackpot| jackpot.tier == tier)
        {
            self.stands[at] = self.stands[at] % PARTS + seed(game, at, self.bet);
        }
        JackpotWin { tier, amount }
    }
}

fn seed(game: &Game, at: usize, bet: i64) -> i128 {
    i128::from(game.jackpots[at].seed_bets) * i128::from(bet) * PARTS
}

/// Where a jackpot stops to grow.
fn cap(game: &Game, at: usize, bet: i64) -> i128 {
    let seed = seed(game, at, bet);
    match game.jackpots[at].cap_seeds {
        Some(seeds) => seed * i128::from(seeds),
        None => (seed * i128::from(UNCAPPED_SEEDS)).max(i128::from(UNCAPPED_MAX) * PARTS),
    }
}
