//! Spins that were asked for.

use super::small;
use crate::force::{MAX_TRIALS, Outcome};
use crate::game::{
    Cascade, Feature, FeatureKind, FeatureRules, Game, Height, Jackpot, JackpotTrigger, Mode, Pick,
    Prize, PrizeKind, Removal, Tier, Trigger,
};
use crate::log::Recorder;
use crate::presets::{Payback, Volatility, demo, lobstermania};
use crate::result::{FeaturePlay, SpinResult};
use crate::{Error, Machine, Meters, Rng};
use std::collections::BTreeMap;

/// Stops and heights.
type Place = (Vec<u16>, Vec<u8>);

/// The outcomes that match, with how many there are of each, by a look at every stop; what they lead to
/// does not decide it.
fn matching(machine: &Machine, outcome: Outcome) -> BTreeMap<Place, u64> {
    let space = machine.every_stop();
    let all = (0..space.len().unwrap()).map(|number| space.weighted_stops(machine, number));
    let (mut rng, meters) = (Rng::new(1, 1), Meters::new(machine, 1).unwrap());
    let matches = all.filter_map(|(stops, outcomes)| {
        let result = machine
            .play(stops, &mut rng, &mut meters.clone(), 1)
            .unwrap();
        let place = (stops.at().to_vec(), stops.rows().to_vec());
        outcome.matches(&result).then_some((place, outcomes as u64))
    });
    matches.collect()
}

/// Forces an outcome again and again and asks whether all that match come equally often. `trials` of 0
/// leaves it to the search through all stops.
fn is_uniform(machine: &Machine, outcome: Outcome, trials: u64) {
    let matches = matching(machine, outcome);
    assert!(matches.len() > 10, "{outcome}: {}", matches.len());
    let all: u64 = matches.values().sum();
    // A search looks at every stop each time.
    let each = if trials == 0 { 100 } else { 400 };
    let draws = each * matches.len() as u64;
    let (mut rng, start) = (Rng::new(3, 0), Meters::new(machine, 1).unwrap());
    let mut found = BTreeMap::<Place, u64>::new();
    for _ in 0..draws {
        let mut meters = start.clone();
        let forced = machine
            .force_within(trials, &|| true, outcome, &mut rng, &mut meters, 1)
            .unwrap();
        assert!(outcome.matches(&forced.result));
        assert_eq!(forced.given, trials == 0);
        // The same spin again, alone.
        let (mut again, mut meters) = (Rng::at(3, 0, forced.counter), start.clone());
        let again = match forced.given {
            true => machine.play(forced.stops, &mut again, &mut meters, 1),
            false => machine.spin(&mut again, &mut meters, 1),
        };
        assert_eq!(again.unwrap(), forced.result);
        let place = (forced.stops.at().to_vec(), forced.stops.rows().to_vec());
        *found.entry(place).or_default() += 1;
    }
    assert_eq!(found.len(), matches.len(), "{outcome}: each is found");
    let chi = matches.iter().map(|(place, outcomes)| {
        let expected = draws as f64 * *outcomes as f64 / all as f64;
        (found[place] as f64 - expected).powi(2) / expected
    });
    let (chi, freedom): (f64, f64) = (chi.sum(), matches.len() as f64 - 1.0);
    assert!(
        chi < freedom + 4.0 * (2.0 * freedom).sqrt(),
        "{outcome}: {chi} of {freedom}"
    );
}

/// The small game with a pick and a jackpot for two scatters.
fn awarding() -> Game {
    let mut game = small();
    let symbol = game.symbol("S").unwrap();
    let prize = |what| Prize { what, weight: 1 };
    game.features = vec![Feature {
        name: "P".to_owned(),
        trigger: Trigger {
            symbol,
            count: 2,
            reels: Vec::new(),
            place: crate::game::Place::Window,
        },
        in_free_spins: false,
        rules: FeatureRules::Pick(Pick {
            picks: 2,
            min_prizes: 1,
            max_prizes: 2,
            replacement: true,
            prizes: vec![prize(PrizeKind::Coins(3)), prize(PrizeKind::EndGame)],
        }),
    }];
    game.jackpots = vec![Jackpot {
        tier: Tier::Mini,
        seed_bets: 10,
        contribution_ppm: 0,
        cap_seeds: None,
        trigger: JackpotTrigger::Symbols { symbol, count: 2 },
    }];
    game
}

#[test]
fn every_spin_that_matches_is_as_likely_as_the_other() {
    is_uniform(&Machine::new(small()).unwrap(), Outcome::Medium, MAX_TRIALS);
    let awarding = Machine::new(awarding()).unwrap();
    is_uniform(&awarding, Outcome::Feature(FeatureKind::Pick), MAX_TRIALS);
    is_uniform(&awarding, Outcome::Jackpot(Tier::Mini), MAX_TRIALS);
    let mut falling = small();
    falling.cascade = Some(Cascade {
        max_steps: 3,
        multipliers: vec![1, 2],
        removal: Removal::WinningOnly,
    });
    let falling = Machine::new(falling).unwrap();
    is_uniform(&falling, Outcome::Cascade, MAX_TRIALS);
    let mut high = small();
    high.rows = vec![2; 3];
    let height = |rows, weight| Height { rows, weight };
    high.mode = Mode::Megaways {
        heights: vec![vec![height(1, 3), height(2, 1)]; 3],
    };
    is_uniform(&Machine::new(high).unwrap(), Outcome::Medium, MAX_TRIALS);
}

/// What drawing does not find is looked for among all stops: no other distribution, and each spin another.
#[test]
fn a_search_through_all_stops_is_as_fair() {
    is_uniform(&Machine::new(small()).unwrap(), Outcome::Medium, 0);
    let awarding = Machine::new(awarding()).unwrap();
    is_uniform(&awarding, Outcome::Feature(FeatureKind::Pick), 0);
    is_uniform(&awarding, Outcome::Jackpot(Tier::Mini), 0);
    let mut high = small();
    high.rows = vec![2; 3];
    let height = |rows, weight| Height { rows, weight };
    high.strips.iter_mut().for_each(|strip| strip.truncate(4));
    high.mode = Mode::Megaways {
        heights: vec![vec![height(1, 3), height(2, 1)]; 3],
    };
    is_uniform(&Machine::new(high).unwrap(), Outcome::Small, 0);
}

/// What a searched spin leads to is drawn anew, whatever stops were chosen: half of all picks end at once.
#[test]
fn what_a_search_finds_is_played_fairly() {
    let machine = Machine::new(awarding()).unwrap();
    let (mut rng, start) = (Rng::new(9, 0), Meters::new(&machine, 1).unwrap());
    let outcome = Outcome::Feature(FeatureKind::Pick);
    let mut by_stops = BTreeMap::<Vec<u16>, [u32; 2]>::new();
    for _ in 0..5_000 {
        let (rng, meters) = (&mut rng, &mut start.clone());
        let forced = machine
            .force_within(0, &|| true, outcome, rng, meters, 1)
            .unwrap();
        let FeaturePlay::Pick(play) = &forced.result.features[0].play else {
            panic!("a pick");
        };
        let ended = play.reveals[0].terminal;
        by_stops.entry(forced.result.stops).or_default()[usize::from(ended)] += 1;
    }
    let chi: f64 = by_stops
        .values()
        .map(|&[more, ended]| f64::from(more.abs_diff(ended)).powi(2) / f64::from(more + ended))
        .sum();
    let freedom = by_stops.len() as f64;
    assert!(
        chi < freedom + 4.0 * (2.0 * freedom).sqrt(),
        "{chi} of {freedom}"
    );
}

#[test]
fn what_no_stop_gives_is_impossible() {
    let machine = Machine::new(small()).unwrap();
    let force = |outcome| {
        let (mut rng, mut meters) = (Rng::new(3, 0), Meters::new(&machine, 1).unwrap());
        machine
            .force_within(20_000, &|| true, outcome, &mut rng, &mut meters, 1)
            .map(|forced| forced.result)
    };
    let refused = force(Outcome::Ultra).unwrap_err().to_string();
    assert!(
        refused.contains("a spin wins no more than 60 bets"),
        "{refused}"
    );
    let band = Outcome::Between {
        from: 1_100,
        to: None,
    };
    let below_the_line_of_wilds = Outcome::Between {
        from: 1_100,
        to: Some(5_000),
    };
    assert!(force(band).is_ok());
    let refused = force(below_the_line_of_wilds).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no spin of \"small\" gives between:1100..5000: all 210 stops were looked at; ask for another outcome, \
         or change the game"
    );
    // Refused at sight: nothing was looked at, and the message does not say so.
    let refused = force(Outcome::Cascade).unwrap_err().to_string();
    assert!(refused.contains("its rules have no cascade"), "{refused}");
    let refused = force(Outcome::Feature(FeatureKind::FreeSpins)).unwrap_err();
    assert!(
        refused.to_string().contains("its rules have no free spins"),
        "{refused}"
    );
    assert!(matches!(
        force(Outcome::Shows {
            symbol: 0,
            count: 4
        }),
        Err(Error::Impossible { .. })
    ));
    let epic = force(Outcome::Epic).unwrap();
    assert_eq!((epic.total_win, epic.line_wins[0].symbol), (50, 0));
}

#[test]
fn what_is_too_rare_to_find_is_said() {
    let machine = Machine::new(lobstermania(Payback::High, 15)).unwrap();
    let (mut rng, mut meters) = (Rng::new(3, 0), Meters::new(&machine, 1).unwrap());
    let outcome = Outcome::Between {
        from: 1_200_000,
        to: None,
    };
    let refused = machine
        .force_within(20_000, &|| true, outcome, &mut rng, &mut meters, 1)
        .unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Budget {
                states: 259_440_000,
                ..
            }
        ),
        "{refused}"
    );
}

/// What a pick draws decides it: all stops are looked at, and that is what is said.
#[test]
fn a_search_says_what_it_did() {
    let mut game = small();
    game.features = vec![Feature {
        name: "Pick".to_owned(),
        trigger: Trigger {
            symbol: 4,
            count: 3,
            reels: Vec::new(),
            place: crate::game::Place::Window,
        },
        in_free_spins: false,
        rules: FeatureRules::Pick(Pick {
            picks: 1,
            min_prizes: 1,
            max_prizes: 1,
            replacement: true,
            prizes: vec![
                Prize {
                    what: PrizeKind::Coins(1),
                    weight: 1_000_000,
                },
                Prize {
                    what: PrizeKind::Coins(5_000),
                    weight: 1,
                },
            ],
        }),
    }];
    let machine = Machine::new(game).unwrap();
    let force = |from| {
        let outcome = Outcome::Between { from, to: None };
        let (mut rng, mut meters) = (Rng::new(3, 0), Meters::new(&machine, 1).unwrap());
        let forced = machine.force_within(2_000, &|| true, outcome, &mut rng, &mut meters, 1);
        forced.unwrap_err().to_string()
    };
    let text = force(500_000);
    assert_eq!(
        text,
        "2000 spins of \"small\" gave no between:500000.., and neither did a look at all its 210 stops: \
         what features or jackpots draw decides it at 1 of them; ask for a likelier outcome, or search \
         from another seed"
    );
    // 50 of a line, 10 of the scatters, 5000 of the pick.
    let text = force(506_100);
    assert!(
        text.contains("a spin wins no more than 5060 bets"),
        "{text}"
    );
}

/// Nothing is drawn for what a look at the stops excludes.
#[test]
fn few_stops_are_looked_at_before_spins_are_drawn() {
    let machine = Machine::new(small()).unwrap();
    let (mut rng, mut meters) = (Rng::new(3, 0), Meters::new(&machine, 1).unwrap());
    let asked = std::cell::Cell::new(0);
    let goes_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 3
    };
    let outcome = Outcome::Between {
        from: 1_100,
        to: Some(1_200),
    };
    let refused = machine.force_within(MAX_TRIALS, &goes_on, outcome, &mut rng, &mut meters, 1);
    assert!(
        matches!(refused, Err(Error::Impossible { .. })),
        "{refused:?}"
    );
}

#[test]
fn names_of_outcomes_are_read_again() {
    for outcome in Outcome::named() {
        assert_eq!(Outcome::parse(&outcome.to_string()), Some(outcome));
    }
    let between = Outcome::Between {
        from: 150,
        to: Some(200),
    };
    assert_eq!(Outcome::parse("between:150..200"), Some(between));
    assert_eq!(Outcome::parse("between:200..150"), None);
    assert_eq!(Outcome::parse("huge"), None);
}

/// Of the classes of wins, those that a win of this bet is.
fn classes(bet: i64, total_win: i64) -> Vec<Outcome> {
    let result = SpinResult {
        bet,
        total_win,
        ..SpinResult::default()
    };
    let all = [
        Outcome::Lose,
        Outcome::Small,
        Outcome::Medium,
        Outcome::Big,
        Outcome::Mega,
        Outcome::Epic,
        Outcome::Ultra,
    ];
    let those = all.into_iter().filter(|it| it.matches(&result));
    those.collect()
}

#[test]
fn a_win_is_of_its_class_to_the_minor_unit() {
    for (win, class) in [
        (0, Some(Outcome::Lose)),
        (1, None),
        (99, None),
        (100, Some(Outcome::Small)),
        (499, Some(Outcome::Small)),
        (500, Some(Outcome::Medium)),
        (1_499, Some(Outcome::Medium)),
        (1_500, Some(Outcome::Big)),
        (2_499, Some(Outcome::Big)),
        (2_500, Some(Outcome::Mega)),
        (4_999, Some(Outcome::Mega)),
        (5_000, Some(Outcome::Epic)),
        (9_999, Some(Outcome::Epic)),
        (10_000, Some(Outcome::Ultra)),
        (i64::MAX, Some(Outcome::Ultra)),
    ] {
        assert_eq!(classes(100, win), Vec::from_iter(class), "{win}");
    }
    // Less than a hundredth of the bet is a win all the same.
    assert_eq!(classes(20_000, 1), []);
    assert_eq!(classes(20_000, 0), [Outcome::Lose]);
}

/// What the name of an outcome promises, by the list of outcomes; wins in bets.
fn keeps(outcome: Outcome, result: &SpinResult) -> bool {
    let bets = |from: i64, below: i64| {
        from * result.bet <= result.total_win && result.total_win < below * result.bet
    };
    match outcome {
        Outcome::Lose => result.total_win == 0,
        Outcome::Small => bets(1, 5),
        Outcome::Medium => bets(5, 15),
        Outcome::Big => bets(15, 25),
        Outcome::Mega => bets(25, 50),
        Outcome::Epic => bets(50, 100),
        Outcome::Ultra => result.total_win >= 100 * result.bet,
        Outcome::NearMiss => result.near_miss.is_some(),
        Outcome::Cascade => result.cascade.iter().any(|step| !step.removed.is_empty()),
        Outcome::Feature(kind) => result.features.iter().any(|it| it.kind == kind),
        Outcome::Jackpot(tier) => result.all_jackpots().iter().any(|it| it.tier == tier),
        Outcome::Between { .. } | Outcome::Shows { .. } => false,
    }
}

/// A jackpot of one in a million spins and all.
#[test]
fn every_named_outcome_of_the_demos_is_kept_and_played_again() {
    for volatility in [
        Volatility::Low,
        Volatility::Medium,
        Volatility::High,
        Volatility::Studio,
    ] {
        let machine = Machine::new(demo(volatility)).unwrap();
        let mut recorder = Recorder::new(&machine, 3, 0, 5).unwrap();
        for outcome in Outcome::named() {
            // Demos have neither picks nor wheels.
            let absent = [FeatureKind::Pick, FeatureKind::Wheel].map(Outcome::Feature);
            match recorder.force(outcome) {
                Ok((row, result)) => {
                    assert!(keeps(outcome, &result), "{volatility:?} {outcome}");
                    assert!(!absent.contains(&outcome), "{volatility:?} {outcome}");
                    assert_eq!(machine.replay(&row).unwrap(), result, "{outcome}");
                }
                Err(Error::Impossible { .. }) => {
                    assert!(absent.contains(&outcome), "{volatility:?} {outcome}");
                }
                Err(error) => panic!("{volatility:?} {outcome}: {error}"),
            }
        }
    }
}
