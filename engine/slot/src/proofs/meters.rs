//! What the meters of jackpots stand at, spin by spin, and how often they are paid.

use super::agree::odds;
use super::small;
use crate::game::{Game, Jackpot, JackpotTrigger, Tier};
use crate::{Machine, Meters, Rng};

const PARTS: i128 = 1_000_000;

fn jackpot(tier: Tier, trigger: JackpotTrigger) -> Jackpot {
    Jackpot {
        tier,
        seed_bets: 10,
        contribution_ppm: 333_333,
        cap_seeds: Some(2),
        trigger,
    }
}

fn with(jackpots: Vec<Jackpot>) -> Machine {
    let game = Game {
        jackpots,
        ..small()
    };
    Machine::new(game).unwrap()
}

/// Two scatters in view.
fn by_symbols(game: &Game) -> JackpotTrigger {
    let symbol = game.symbol("S").unwrap();
    JackpotTrigger::Symbols { symbol, count: 2 }
}

#[test]
fn a_meter_begins_at_its_seed_and_grows_to_its_cap() {
    let never = JackpotTrigger::Features;
    let machine = with(vec![jackpot(Tier::Mini, never)]);
    for coin in [1_i64, 3] {
        let bet = i128::from(coin);
        let mut meters = Meters::new(&machine, coin).unwrap();
        let mut rng = Rng::new(1, 0);
        assert_eq!(meters.parts(), [10 * bet * PARTS]);
        for spin in 1..=40 {
            machine.spin(&mut rng, &mut meters, coin).unwrap();
            // A third of a bet each, without its fraction of a millionth; 20 bets are the most.
            let grown = (10 * PARTS + spin * 333_333) * bet;
            let stands = grown.min(20 * bet * PARTS);
            assert_eq!(meters.parts(), [stands], "{spin}");
            let amount = meters.amount(machine.game(), Tier::Mini);
            assert_eq!(i128::from(amount), stands / PARTS);
            assert_eq!(meters.amount(machine.game(), Tier::Grand), 0);
        }
    }
}

#[test]
fn a_jackpot_pays_its_meter_and_begins_anew_with_the_part_that_is_left() {
    let machine = with(vec![
        jackpot(Tier::Mini, by_symbols(&small())),
        jackpot(Tier::Major, JackpotTrigger::Features),
    ]);
    let (mut rng, mut meters) = (Rng::new(7, 0), Meters::new(&machine, 1).unwrap());
    let mut paid = 0;
    for _ in 0..2_000 {
        let before = meters.parts().to_vec();
        let result = machine.spin(&mut rng, &mut meters, 1).unwrap();
        // A paid spin adds first; what it pays is whole, and the part stays.
        let grown: Vec<i128> = before
            .iter()
            .map(|at| (at + 333_333).min(20 * PARTS).max(*at))
            .collect();
        let won = result.jackpots.first().map(|win| win.amount);
        let expected = match won {
            Some(amount) => {
                assert_eq!(i128::from(amount), grown[0] / PARTS);
                paid += 1;
                grown[0] % PARTS + 10 * PARTS
            }
            None => grown[0],
        };
        assert_eq!(meters.parts(), [expected, grown[1]]);
        let jackpots: i64 = result.jackpots.iter().map(|win| win.amount).sum();
        assert_eq!(result.total_win, result.base_win + jackpots);
    }
    assert!((50..500).contains(&paid), "{paid}");
}

#[test]
fn a_jackpot_of_symbols_has_the_odds_that_every_stop_gives() {
    let machine = with(vec![
        jackpot(Tier::Mini, by_symbols(&small())),
        jackpot(Tier::Minor, JackpotTrigger::Random { one_in: 77 }),
        jackpot(Tier::Major, JackpotTrigger::Features),
    ]);
    let strips = machine.game().strips.clone();
    let is_scatter = |reel: usize, stop: usize| usize::from(strips[reel][stop] == 4);
    let mut shown = 0;
    for first in 0..6 {
        for second in 0..5 {
            for third in 0..7 {
                let count = is_scatter(0, first) + is_scatter(1, second) + is_scatter(2, third);
                shown += u128::from(count >= 2);
            }
        }
    }
    let odds = odds(&machine);
    let counts: Vec<_> = odds.jackpots.iter().map(|it| it.counts).collect();
    assert_eq!(counts, [Some((shown, 210)), Some((1, 77)), Some((0, 210))]);
    for (jackpot, counts) in odds.jackpots.iter().zip(&counts) {
        let (outcomes, all) = counts.unwrap();
        assert!((jackpot.chance - outcomes as f64 / all as f64).abs() < 1e-15);
    }
}
