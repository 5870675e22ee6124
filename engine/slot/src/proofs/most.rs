//! What the highest win is, and that nothing beyond it is ever counted with.

use super::small;
use crate::gamble::GambleGame;
use crate::game::{
    Award, CoinPrize, CoinValue, Feature, FeatureRules, FreeSpins, Gamble, GambleKind, Game,
    Height, HoldAndWin, Jackpot, JackpotTrigger, Mode, Pick, Place, Prize, PrizeKind, Tier,
    Trigger,
};
use crate::machine::most_of;
use crate::{Error, Machine, Meters, Rng};

/// Three scatters, always: they pay nothing but what they award.
fn with(rules: FeatureRules) -> Game {
    let mut game = small();
    let scatter = game.symbol("S").unwrap();
    game.symbols[usize::from(scatter)].pays.clear();
    game.strips = vec![vec![scatter]; 3];
    game.features = vec![Feature {
        name: "F".to_owned(),
        trigger: Trigger {
            symbol: scatter,
            count: 3,
            reels: Vec::new(),
            place: Place::Window,
        },
        in_free_spins: false,
        rules,
    }];
    for symbol in &mut game.symbols {
        symbol.pays.clear();
    }
    game
}

fn pick(picks: u32, replacement: bool, prizes: &[(PrizeKind, u32)]) -> Pick {
    let prize = |&(what, weight): &(PrizeKind, u32)| Prize { what, weight };
    Pick {
        picks,
        min_prizes: 1,
        max_prizes: 1,
        replacement,
        prizes: prizes.iter().map(prize).collect(),
    }
}

/// What `Machine::bet` allows tells the highest win.
fn max_coin(machine: &Machine) -> i64 {
    let (mut least, mut most) = (1, 1_000_001);
    while most - least > 1 {
        let middle = (least + most) / 2;
        match machine.bet(middle) {
            Ok(_) => least = middle,
            Err(_) => most = middle,
        }
    }
    least
}

/// Why a game is refused.
fn refused(game: Game) -> String {
    Machine::new(game).unwrap_err().to_string()
}

#[test]
fn multipliers_that_leave_64_bits_are_refused() {
    let (coins, by) = (PrizeKind::Coins(100), PrizeKind::Multiplier(1000));
    let rules = pick(30, true, &[(coins, 1), (by, 5)]);
    let text = refused(with(FeatureRules::Pick(rules.clone())));
    assert_eq!(
        text,
        "game: the highest win is above 10^38, but must be at most 9223372036854775807 credits; make \
         pays, multipliers or numbers of spins smaller"
    );
    assert_eq!(refused(with(FeatureRules::Wheel(rules))), text);
    // Five factors and one coin fit, six and one do not.
    let wins = |picks| {
        with(FeatureRules::Pick(pick(
            picks,
            true,
            &[(coins, 1), (by, 5)],
        )))
    };
    assert!(Machine::new(wins(6)).is_ok());
    assert!(refused(wins(7)).contains("the highest win is 100000000000000000000, "));
}

/// By hand: the best order of what there is.
#[test]
fn the_highest_win_of_a_pick_is_the_best_that_can_be_revealed() {
    use PrizeKind::{Coins, EndGame, ExtraPicks, Multiplier};
    let cases = [
        // 10 x 3 x 3.
        (pick(3, true, &[(Coins(10), 1), (Multiplier(3), 1)]), 90),
        // Without replacement there is one factor: (10 + 10) x 3, then (10 + 7) x 3.
        (pick(3, false, &[(Coins(10), 2), (Multiplier(3), 1)]), 60),
        (
            pick(
                3,
                false,
                &[(Coins(10), 1), (Coins(7), 4), (Multiplier(3), 1)],
            ),
            51,
        ),
        // All of it is uncovered before the picks are.
        (pick(9, false, &[(Coins(10), 1), (Multiplier(3), 2)]), 90),
        // A further pick takes one and gives two.
        (
            pick(
                1,
                false,
                &[(Coins(10), 9), (ExtraPicks(2), 1), (EndGame, 1)],
            ),
            20,
        ),
        // One that takes one and gives one changes nothing.
        (pick(1, true, &[(Coins(10), 1), (ExtraPicks(1), 1)]), 10),
        (
            pick(
                1,
                true,
                &[(Coins(10), 1), (ExtraPicks(1), 1), (Multiplier(9), 1)],
            ),
            10,
        ),
    ];
    for (rules, most) in cases {
        let game = with(FeatureRules::Pick(rules.clone()));
        let machine = Machine::new(game).unwrap();
        let mut rng = Rng::new(8, 0);
        let mut meters = Meters::new(&machine, 1).unwrap();
        let wins = (0..20_000).map(|_| machine.spin(&mut rng, &mut meters, 1).unwrap().total_win);
        assert_eq!(wins.max(), Some(most), "{rules:?}");
        assert_eq!(
            most_of(machine.game()).credits,
            i128::from(most),
            "{rules:?}"
        );
    }
}

/// A game with everything in it, at the highest coin it takes: in a debug build every sum is checked.
#[test]
fn no_spin_at_the_highest_coin_leaves_64_bits() {
    let mut loaded = 0;
    for seed in 0..60 {
        let mut rng = Rng::new(seed, 3);
        let game = rich(&mut rng);
        let Ok(machine) = Machine::new(game) else {
            continue;
        };
        loaded += 1;
        let coin = max_coin(&machine);
        let mut meters = Meters::new(&machine, coin).unwrap();
        for _ in 0..200 {
            let result = machine.spin(&mut rng, &mut meters, coin).unwrap();
            let gamble = machine.game().gamble.clone().unwrap();
            if result.total_win < 1 {
                continue;
            }
            let mut game = GambleGame::new(&gamble, result.total_win).unwrap();
            while !game.is_over() {
                game.choose(0, &mut rng).unwrap();
            }
        }
    }
    assert!(loaded > 20, "{loaded}");
}

fn rich(rng: &mut Rng) -> Game {
    let mut number = |below: u64| 1 + rng.below(below) as i64;
    let prizes = [
        (PrizeKind::Coins(number(1_000_000_000)), 3),
        (PrizeKind::Multiplier(number(20)), 2),
        (PrizeKind::ExtraPicks(number(3) as u32), 1),
        (PrizeKind::Jackpot(Tier::Grand), 1),
    ];
    let picks = number(4) as u32;
    let mut game = with(FeatureRules::Pick(pick(picks, number(2) == 1, &prizes)));
    let mut add = |rules| {
        let mut feature = game.features[0].clone();
        (feature.rules, feature.in_free_spins) = (rules, true);
        game.features.push(feature);
    };
    let coin = |what| CoinPrize { what, weight: 1 };
    add(FeatureRules::HoldAndWin(HoldAndWin {
        respins: 1,
        blank_weight: 1,
        coins: vec![
            coin(CoinValue::Credits(number(1_000_000_000))),
            coin(CoinValue::Jackpot(Tier::Grand)),
        ],
        full: Some(Tier::Mini),
    }));
    let award = Award { count: 3, spins: 5 };
    add(FeatureRules::FreeSpins(FreeSpins {
        awards: vec![award],
        multiplier: number(1000),
        retrigger: vec![award],
        strips: None,
        max_spins: 20,
        mercy: None,
    }));
    let jackpot = |tier, seed_bets, cap_seeds, trigger| Jackpot {
        tier,
        seed_bets,
        contribution_ppm: 500_000,
        cap_seeds,
        trigger,
    };
    let random = JackpotTrigger::Random { one_in: 3 };
    game.jackpots = vec![
        jackpot(
            Tier::Mini,
            number(1_000_000),
            Some(number(1_000_000)),
            random,
        ),
        jackpot(
            Tier::Grand,
            number(1_000_000),
            None,
            JackpotTrigger::Features,
        ),
    ];
    game.gamble = Some(Gamble {
        kind: match number(3) {
            1 => GambleKind::Coin,
            2 => GambleKind::Suit,
            _ => GambleKind::Ladder(vec![0, 1, 1_000_000]),
        },
        max_rounds: 5,
    });
    game
}

/// Free spins that could award themselves would never end.
#[test]
fn free_spins_give_more_of_them_only_by_their_retrigger() {
    let award = Award { count: 3, spins: 4 };
    let mut game = with(FeatureRules::FreeSpins(FreeSpins {
        awards: vec![award],
        multiplier: 1,
        retrigger: Vec::new(),
        strips: None,
        max_spins: 10,
        mercy: None,
    }));
    game.features[0].in_free_spins = true;
    let machine = Machine::new(game).unwrap();
    let mut meters = Meters::new(&machine, 1).unwrap();
    let result = machine.spin(&mut Rng::new(1, 0), &mut meters, 1).unwrap();
    let free = &result.features[0].play;
    let crate::result::FeaturePlay::FreeSpins(free) = free else {
        panic!("{free:?}");
    };
    assert_eq!(free.spins.len(), 4);
    assert!(free.spins.iter().all(|spin| spin.features.is_empty()));
}

/// Leading wilds pay once for themselves and once more as part of a longer way.
#[test]
fn ways_of_wilds_count_twice_in_the_highest_win() {
    let mut game = small();
    let [wild, a] = ["W", "A"].map(|name| game.symbol(name).unwrap());
    for symbol in &mut game.symbols {
        for pay in &mut symbol.pays {
            pay.credits = 1_000_000_000;
        }
        symbol.pays.retain(|pay| pay.count >= 2);
    }
    game.mode = Mode::Ways;
    game.rows = vec![8; 3];
    game.bet_credits = 1;
    game.strips = vec![vec![wild; 8], vec![wild; 8], vec![a; 8]];
    let machine = Machine::new(game).unwrap();
    let coin = max_coin(&machine);
    let stops = machine.stops(&[0, 0, 0], None).unwrap();
    let result = machine.evaluate(&stops, coin).unwrap();
    assert_eq!(result.base_win, (64 + 512) * 1_000_000_000 * coin);
    assert!(most_of(machine.game()).credits >= 576_000_000_000);
}

#[test]
fn more_outcomes_than_can_be_counted_are_refused() {
    let mut game = small();
    let heights = |rows| {
        (1..=rows)
            .map(|rows| Height {
                rows,
                weight: 1_000_000,
            })
            .collect()
    };
    game.rows = vec![8; 8];
    game.strips = vec![vec![1; 1024]; 8];
    game.mode = Mode::Megaways {
        heights: (0..8).map(|_| heights(8)).collect(),
    };
    let text = refused(game);
    assert!(
        text.starts_with("strips: the number of outcomes is ") && text.contains("heights smaller"),
        "{text}"
    );
}

#[test]
fn a_stake_that_could_leave_64_bits_is_refused() {
    let rules = Gamble {
        kind: GambleKind::Suit,
        max_rounds: 5,
    };
    assert!(GambleGame::new(&rules, i64::MAX / 1024).is_ok());
    let error = GambleGame::new(&rules, i64::MAX / 1024 + 1).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("must be 1..=9007199254740991; "), "{text}");
}

#[test]
fn a_meter_beyond_its_cap_is_refused() {
    let mut game = small();
    let jackpot = |tier, cap_seeds| Jackpot {
        tier,
        seed_bets: 10,
        contribution_ppm: 500_000,
        cap_seeds,
        trigger: JackpotTrigger::Features,
    };
    game.jackpots = vec![jackpot(Tier::Mini, Some(3)), jackpot(Tier::Grand, None)];
    let machine = Machine::new(game).unwrap();
    let million = 1_000_000_i128;
    let most = [
        30 * million + 999_999,
        1_000_000_000_000 * million + 999_999,
    ];
    assert!(Meters::from_parts(&machine, 1, &most).is_ok());
    for at in 0..2 {
        let mut over = most;
        over[at] += 1;
        let error = Meters::from_parts(&machine, 1, &over).unwrap_err();
        assert!(
            matches!(&error, Error::Invalid { place, .. } if *place == format!("meters[{at}]"))
        );
    }
    // What stands at its cap stays there.
    let mut meters = Meters::from_parts(&machine, 1, &most).unwrap();
    machine.spin(&mut Rng::new(1, 0), &mut meters, 1).unwrap();
    assert_eq!(meters.parts(), most);
}
