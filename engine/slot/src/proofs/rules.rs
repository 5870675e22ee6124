//! Rules, by example.

use super::agree::odds;
use super::small;
use crate::game::{
    Award, Cascade, CoinPrize, CoinValue, Feature, FeatureRules, FreeSpins, Game, HoldAndWin, Mode,
    Pay, Pick, Place, Removal, Strip, Trigger,
};
use crate::presets::{Payback, lobstermania};
use crate::result::{Cell, FeaturePlay, FreeSpinsPlay, HoldPlay};
use crate::{Machine, Meters, Rng};
use std::ops::ControlFlow;

/// Symbol and credits of the line that these symbols make.
fn line(symbols: [&str; 3]) -> Option<(String, u8, i64)> {
    let mut game = small();
    game.strips = symbols
        .map(|name| vec![game.symbol(name).unwrap()])
        .to_vec();
    let machine = Machine::new(game).unwrap();
    let stops = machine.stops(&[0, 0, 0], None).unwrap();
    let result = machine.evaluate(&stops, 1).unwrap();
    let win = result.line_wins.first()?;
    let name = machine.game().symbols[usize::from(win.symbol)].name.clone();
    Some((name, win.count, win.amount))
}

fn won(symbol: &str, count: u8, amount: i64) -> Option<(String, u8, i64)> {
    Some((symbol.to_owned(), count, amount))
}

#[test]
fn a_line_pays_the_higher_of_the_wild_run_and_the_symbol_run() {
    assert_eq!(line(["W", "W", "W"]), won("W", 3, 50));
    assert_eq!(line(["A", "A", "A"]), won("A", 3, 9));
    assert_eq!(line(["W", "A", "A"]), won("A", 3, 9));
    assert_eq!(line(["A", "W", "B"]), won("A", 2, 2));
    // Two wilds pay 7, three of a B only 4, and two of an A only 2.
    assert_eq!(line(["W", "W", "B"]), won("W", 2, 7));
    assert_eq!(line(["W", "W", "A"]), won("A", 3, 9));
    assert_eq!(line(["W", "W", "S"]), won("W", 2, 7));
    // The wild does not stand for an X, and nothing stands for a scatter.
    assert_eq!(line(["W", "X", "X"]), None);
    assert_eq!(line(["X", "X", "X"]), won("X", 3, 6));
    assert_eq!(line(["S", "W", "W"]), None);
    assert_eq!(line(["B", "A", "A"]), None);
}

/// Two symbols on three reels of two rows, with what falls from above.
fn falling(removal: Removal) -> crate::result::SpinResult {
    let mut game = small();
    game.rows = vec![2; 3];
    game.mode = Mode::Lines(vec![vec![1; 3]]);
    // Row 1 shows A A A; from above come B, then the end of the strip.
    game.strips = vec![vec![2, 1, 3, 2], vec![2, 1, 3, 2], vec![2, 1, 2, 2]];
    game.cascade = Some(Cascade {
        max_steps: 8,
        multipliers: vec![1, 2, 3],
        removal,
    });
    let machine = Machine::new(game).unwrap();
    let stops = machine.stops(&[0, 0, 0], None).unwrap();
    machine.evaluate(&stops, 10).unwrap()
}

#[test]
fn a_cascade_draws_from_the_strip_above_the_stop() {
    let result = falling(Removal::WinningOnly);
    assert_eq!(result.window, [[2, 1], [2, 1], [2, 1]]);
    assert_eq!(result.line_wins[0].amount, 90);
    // B falls into row 1; strip[stop - 1] is B on every reel. Then B B B wins 4 times 2, and
    // strip[stop - 2] comes down: X, X, B.
    let steps = &result.cascade;
    let bottom = |reel| Cell { reel, row: 1 };
    assert_eq!(steps[0].removed, [bottom(0), bottom(1), bottom(2)]);
    assert_eq!(steps[0].window, [[2, 2], [2, 2], [2, 2]]);
    assert_eq!((steps[0].multiplier, steps[0].win), (2, 80));
    assert_eq!(steps[1].window, [[3, 2], [3, 2], [2, 2]]);
    assert_eq!((steps[1].multiplier, steps[1].win), (3, 120));
    // X X B ends it; the third reel went on to its A.
    assert_eq!(steps[2].window, [[1, 3], [1, 3], [1, 2]]);
    assert_eq!((steps.len(), steps[2].win), (3, 0));
    assert_eq!(result.total_win, 290);
}

#[test]
fn a_cascade_removes_what_its_rule_says() {
    let whole = falling(Removal::WholeReel);
    assert_eq!(whole.cascade[0].removed.len(), 6);
    assert_eq!(whole.cascade[0].window, [[3, 2], [3, 2], [2, 2]]);
    // Three rows, of which the lowest wins: A A A.
    let rows = |removal| {
        let mut game = small();
        game.rows = vec![3; 3];
        game.mode = Mode::Lines(vec![vec![2; 3]]);
        game.strips = vec![vec![3, 2, 1, 2, 3]; 3];
        game.cascade = Some(Cascade {
            max_steps: 1,
            multipliers: vec![1],
            removal,
        });
        let machine = Machine::new(game).unwrap();
        let stops = machine.stops(&[0, 0, 0], None).unwrap();
        let result = machine.evaluate(&stops, 1).unwrap();
        let removed = result.cascade[0].removed.iter();
        let mut rows: Vec<u8> = removed.map(|cell| cell.row).collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(rows(Removal::WinningOnly), [2; 3]);
    assert_eq!(rows(Removal::WithAdjacent), [1, 1, 1, 2, 2, 2]);
    assert_eq!(rows(Removal::WholeReel), [0, 0, 0, 1, 1, 1, 2, 2, 2]);
}

#[test]
fn ways_clusters_and_counts_pay_what_they_show() {
    let amounts = |mode: Mode, strips: [[u8; 2]; 3]| {
        let mut game = small();
        game.rows = vec![2; 3];
        game.mode = mode;
        game.strips = strips.map(|strip| strip.to_vec()).to_vec();
        let machine = Machine::new(game).unwrap();
        let stops = machine.stops(&[0, 0, 0], None).unwrap();
        let result = machine.evaluate(&stops, 1).unwrap();
        let wins = result.line_wins.iter();
        wins.map(|win| (win.symbol, win.count, win.ways, win.amount))
            .collect::<Vec<_>>()
    };
    // A: 2 * 2 * 1 ways of which none is of wilds only; the wild's own run is 0 long.
    assert_eq!(
        amounts(Mode::Ways, [[1, 1], [1, 0], [1, 2]]),
        [(1, 3, 4, 36)]
    );
    // The way of three wilds pays for the wild only, the other three for the A.
    assert_eq!(
        amounts(Mode::Ways, [[0, 2], [0, 1], [0, 1]]),
        [(1, 3, 3, 27), (2, 3, 1, 4), (0, 3, 1, 50)]
    );
    // Five cells touch; those of the other corner do not.
    let cluster = Mode::Cluster { min: 3 };
    assert_eq!(
        amounts(cluster.clone(), [[1, 2], [1, 3], [0, 1]]),
        [(1, 4, 1, 9)]
    );
    assert_eq!(amounts(cluster, [[1, 2], [3, 1], [1, 2]]), []);
    assert_eq!(
        amounts(Mode::AllPays { min: 3 }, [[1, 2], [3, 1], [0, 2]]),
        [(1, 3, 1, 9), (2, 3, 1, 4)]
    );
}

/// One wild joins every symbol that it stands for, and wins as itself besides.
#[test]
fn wilds_of_clusters_and_counts_pay_on_top_of_what_they_join() {
    let won = |mode: Mode, strips: [[u8; 2]; 3]| {
        let mut game = small();
        game.rows = vec![2; 3];
        game.mode = mode;
        game.strips = strips.map(|strip| strip.to_vec()).to_vec();
        let machine = Machine::new(game).unwrap();
        let stops = machine.stops(&[0, 0, 0], None).unwrap();
        let wins = machine.evaluate(&stops, 1).unwrap().line_wins;
        wins.into_iter()
            .map(|win| (win.symbol, win.count, win.amount))
            .collect::<Vec<_>>()
    };
    // Three wilds in the upper row; below them an A, a B and an X that they do not stand for.
    let window = [[0, 1], [0, 2], [0, 3]];
    let wins = [(1, 4, 9), (2, 4, 4), (0, 3, 50)];
    assert_eq!(won(Mode::AllPays { min: 3 }, window), wins);
    assert_eq!(won(Mode::Cluster { min: 3 }, window), wins);
    // Without a symbol that is no wild only the wild wins.
    let window = [[0, 3], [0, 3], [0, 4]];
    assert_eq!(won(Mode::AllPays { min: 3 }, window), [(0, 3, 50)]);
    assert_eq!(won(Mode::Cluster { min: 3 }, window), [(0, 3, 50)]);
}

#[test]
fn a_near_miss_is_a_trigger_just_outside() {
    let mut game = small();
    game.features = vec![Feature {
        name: "f".to_owned(),
        trigger: Trigger {
            symbol: 4,
            count: 3,
            reels: Vec::new(),
            place: Place::Window,
        },
        in_free_spins: false,
        rules: FeatureRules::Wheel(Pick {
            picks: 1,
            min_prizes: 1,
            max_prizes: 1,
            replacement: true,
            prizes: vec![crate::game::Prize {
                what: crate::game::PrizeKind::Coins(25),
                weight: 1,
            }],
        }),
    }];
    // One row and one line: both are the same.
    for place in [Place::Window, Place::Line] {
        game.features[0].trigger.place = place;
        let machine = Machine::new(game.clone()).unwrap();
        let near = |at: [u16; 3]| {
            let stops = machine.stops(&at, None).unwrap();
            machine.evaluate(&stops, 1).unwrap().near_miss
        };
        // S is at stops 4, 4 and 5.
        let missed = near([4, 4, 4]).unwrap();
        assert_eq!((missed.reel, missed.rows, missed.above), (2, 1, false));
        assert!((missed.proximity() - 0.5).abs() < 1e-12);
        let missed = near([4, 4, 0]).unwrap();
        assert_eq!((missed.reel, missed.rows, missed.above), (2, 2, true));
        assert_eq!(near([4, 4, 2]), None);
        assert_eq!(near([4, 4, 5]), None, "three are a hit");
        let stops = machine.stops(&[4, 4, 5], None).unwrap();
        let (mut rng, mut meters) = (Rng::new(1, 0), Meters::new(&machine, 2).unwrap());
        let result = machine.play(stops, &mut rng, &mut meters, 2).unwrap();
        assert_eq!((result.base_win, result.total_win), (20, 20 + 50));
    }
}

#[test]
fn a_near_miss_on_lines_is_one_short_on_a_line() {
    let game = lobstermania(Payback::High, 15);
    let machine = Machine::new(game.clone()).unwrap();
    let Mode::Lines(lines) = &game.mode else {
        panic!("it has lines");
    };
    let buoy = game.symbol("LO").unwrap();
    let (mut rng, mut found) = (Rng::new(8, 0), 0);
    for _ in 0..20_000 {
        let stops = machine.draw(0, &mut rng);
        let result = machine.evaluate(&stops, 1).unwrap();
        let on = |line: &Vec<u8>| {
            let shows = |reel: &usize| result.window[*reel][usize::from(line[*reel])] == buoy;
            (0..3).filter(shows).count()
        };
        let most = lines.iter().map(on).max().unwrap();
        let outside = (0..3_usize).any(|reel| {
            let (strip, stop) = (&game.strips[reel], usize::from(stops.at[reel]));
            let at = |place: usize| strip[place % strip.len()] == buoy;
            let missing = |line: &Vec<u8>| {
                on(line) == 2 && result.window[reel][usize::from(line[reel])] != buoy
            };
            lines.iter().any(missing)
                && [3, 4, strip.len() - 1, strip.len() - 2]
                    .iter()
                    .any(|to| at(stop + to))
        });
        assert_eq!(
            result.near_miss.is_some(),
            most == 2 && outside,
            "{stops:?}"
        );
        found += u32::from(result.near_miss.is_some());
    }
    assert!(found > 10, "{found}");
}

#[test]
fn a_pay_for_more_symbols_than_can_win_is_refused() {
    let refused = |mode: Mode, symbol: usize, count: u8| {
        let mut game = small();
        game.rows = vec![2; 3];
        game.mode = mode;
        game.symbols[symbol].pays = vec![Pay { count, credits: 1 }];
        Machine::new(game).err().map(|error| error.to_string())
    };
    let lines = || Mode::Lines(vec![vec![0; 3]]);
    assert_eq!(
        refused(lines(), 1, 9).as_deref(),
        Some(
            "symbols[1].pays[0]: the count is 9, but must be 1..=3, one per reel of the game; \
             correct the game's file"
        )
    );
    for (mode, symbol, most) in [
        (lines(), 0, 3),
        (Mode::Ways, 1, 3),
        // Scatters count wherever they are.
        (lines(), 4, 6),
        (Mode::AllPays { min: 2 }, 1, 6),
        (Mode::Cluster { min: 2 }, 1, 6),
    ] {
        assert_eq!(refused(mode.clone(), symbol, most), None, "{mode:?}");
        assert!(
            refused(mode.clone(), symbol, most + 1).is_some(),
            "{mode:?}"
        );
    }
}

/// What can never happen, or says nothing, is a mistake of who wrote it.
#[test]
fn what_no_window_can_show_is_named_at_its_place() {
    let refused = |change: fn(&mut Game)| {
        let mut game = small();
        change(&mut game);
        game.check().unwrap_err().to_string()
    };
    let feature = |count| Feature {
        name: "Pick".to_owned(),
        trigger: Trigger {
            symbol: 4,
            count,
            reels: vec![0, 2],
            place: Place::Window,
        },
        in_free_spins: false,
        rules: FeatureRules::Pick(Pick {
            picks: 101,
            min_prizes: 1,
            max_prizes: 1,
            replacement: true,
            prizes: Vec::new(),
        }),
    };
    let with = |count| {
        let mut game = small();
        game.features = vec![feature(count)];
        game.check().unwrap_err().to_string()
    };
    for (text, expected) in [
        (
            with(3),
            "features[0].trigger.count: the count is 3, but must be 1..=2, one per cell of the reels",
        ),
        (
            with(2),
            "features[0].rules.picks: the number of picks is 101, but must be 1..=100",
        ),
        (
            refused(|game| game.symbols[1].excludes = vec![2]),
            "symbols[1].excludes: the number of symbols that it does not stand for is 1",
        ),
        (
            refused(|game| game.mode = Mode::Lines(vec![vec![0; 3], vec![0; 3]])),
            "mode.lines[1]: the line is [0, 0, 0], but must be another than mode.lines[0]",
        ),
    ] {
        assert!(text.starts_with(expected), "{text}");
    }
}

/// Five reels of three rows that stop on six coins, S, each worth 5 credits; a cell of a respin stays empty
/// `blank` times for each coin.
fn coins(blank: u32) -> Machine {
    let mut game = small();
    game.rows = vec![3; 5];
    game.mode = Mode::Lines(vec![vec![0; 5]]);
    let (coins, none) = (vec![4; 3], vec![1, 2, 3]);
    game.strips = [&coins, &coins, &none, &none, &none]
        .map(Strip::clone)
        .into();
    game.symbols[4].pays.clear();
    game.features = vec![Feature {
        name: "Hold".to_owned(),
        trigger: Trigger {
            symbol: 4,
            count: 6,
            reels: Vec::new(),
            place: Place::Window,
        },
        in_free_spins: false,
        rules: FeatureRules::HoldAndWin(HoldAndWin {
            respins: 3,
            blank_weight: blank,
            coins: vec![CoinPrize {
                what: CoinValue::Credits(5),
                weight: 1,
            }],
            full: None,
        }),
    }];
    Machine::new(game).unwrap()
}

/// The first play whose respins land so many coins, one after the other.
fn held(machine: &Machine, landed: &[usize]) -> (HoldPlay, i64) {
    let stops = machine.stops(&[0; 5], None).unwrap();
    let meters = Meters::new(machine, 1).unwrap();
    let plays = (0..100_000).map(|seed| {
        let mut rng = Rng::new(seed, 0);
        let result = machine.play(stops, &mut rng, &mut meters.clone(), 1);
        let mut result = result.unwrap();
        let feature = result.features.remove(0);
        match feature.play {
            FeaturePlay::HoldAndWin(play) => (play, feature.total_win),
            other => panic!("coins, not {other:?}"),
        }
    });
    let is_it = |play: &HoldPlay| {
        let rounds = play.rounds.iter().map(|round| round.landed.len());
        rounds.eq(landed.iter().copied())
    };
    let mut plays = plays.filter(|(play, _)| is_it(play));
    plays.next().unwrap()
}

#[test]
fn a_coin_gives_all_respins_again_and_three_empty_ones_end_it() {
    let rounds = |play: &HoldPlay| -> Vec<(u32, u32)> {
        let rounds = play.rounds.iter();
        rounds.map(|it| (it.respins_left, it.filled)).collect()
    };
    let rare = coins(10);
    let (play, won) = held(&rare, &[0, 0, 0]);
    assert_eq!(rounds(&play), [(2, 6), (1, 6), (0, 6)]);
    assert_eq!((play.start.len(), play.full, won), (6, false, 30));
    let (play, won) = held(&rare, &[0, 0, 1, 0, 2, 0, 0, 0]);
    let expected = [
        (2, 6),
        (1, 6),
        (3, 7),
        (2, 7),
        (3, 9),
        (2, 9),
        (1, 9),
        (0, 9),
    ];
    assert_eq!(rounds(&play), expected);
    assert_eq!((play.full, won), (false, 45));
    // The fifteenth coin ends it, whatever is left.
    let (play, won) = held(&coins(1), &[4, 0, 2, 3]);
    assert_eq!(rounds(&play), [(3, 10), (2, 10), (3, 12), (3, 15)]);
    assert_eq!((play.full, won), (true, 75));
    let mut cells: Vec<Cell> = play.start.iter().map(|coin| coin.cell).collect();
    let landed = play.rounds.iter().flat_map(|round| &round.landed);
    cells.extend(landed.map(|coin| coin.cell));
    cells.sort_unstable();
    cells.dedup();
    assert_eq!(cells.len(), 15, "each cell holds one coin");
}

/// Two scatters award 8 free spins, in which three award 5 more: their strips show the third `shown` times
/// in `of`.
fn retriggering(shown: usize, of: usize, max_spins: u32) -> Machine {
    let mut game = small();
    let mut third = vec![4; shown];
    third.resize(of, 1);
    game.features = vec![Feature {
        name: "Free".to_owned(),
        trigger: Trigger {
            symbol: 4,
            count: 2,
            reels: Vec::new(),
            place: Place::Window,
        },
        in_free_spins: false,
        rules: FeatureRules::FreeSpins(FreeSpins {
            awards: vec![Award { count: 2, spins: 8 }],
            multiplier: 2,
            retrigger: vec![Award { count: 3, spins: 5 }],
            strips: Some(vec![vec![4], vec![4], third]),
            max_spins,
            mercy: None,
        }),
    }];
    Machine::new(game).unwrap()
}

fn freely_spun(machine: &Machine, seed: u64) -> FreeSpinsPlay {
    // S S of three reels.
    let stops = machine.stops(&[4, 4, 0], None).unwrap();
    let (mut rng, mut meters) = (Rng::new(seed, 0), Meters::new(machine, 1).unwrap());
    let mut result = machine.play(stops, &mut rng, &mut meters, 1).unwrap();
    match result.features.remove(0).play {
        FeaturePlay::FreeSpins(play) => play,
        other => panic!("free spins, not {other:?}"),
    }
}

#[test]
fn three_scatters_add_five_free_spins_up_to_the_most() {
    let machine = retriggering(1, 10, 10_000);
    let mut added = 0;
    for seed in 0..200 {
        let play = freely_spun(&machine, seed);
        let spins = (0..).zip(&play.spins);
        let hits = spins.filter(|(_, spin)| spin.window == [[4], [4], [4]]);
        let hits: Vec<u32> = hits.map(|(at, _)| at).collect();
        let told = play.retriggers.iter();
        assert!(told.clone().map(|it| it.spin).eq(hits.iter().copied()));
        assert!(told.clone().all(|it| it.additional == 5));
        assert!(
            told.map(|it| it.new_total)
                .eq((13..).step_by(5).take(hits.len()))
        );
        assert_eq!((play.awarded, play.spins.len()), (8, 8 + 5 * hits.len()));
        // Three scatters pay 10 and two of them 1, all of it doubled.
        for spin in &play.spins {
            let won = if spin.window[2] == [4] { 20 } else { 2 };
            assert_eq!((spin.multiplier, spin.base_win), (2, won));
        }
        added += hits.len();
    }
    // 8 / (1 - 0.1 * 5) spins each, a tenth of which add.
    assert!((200..440).contains(&added), "{added}");
    // Every one of them adds, until there are as many as there may be.
    let play = freely_spun(&retriggering(1, 1, 20), 1);
    let totals: Vec<_> = play.retriggers.iter().map(|it| it.new_total).collect();
    assert_eq!((totals, play.spins.len()), (vec![13, 18, 20], 20));
    assert_eq!(play.retriggers[2].additional, 2);
}

/// One in five that adds five goes on for ever.
#[test]
fn free_spins_that_give_as_many_as_they_take_have_no_odds() {
    let counted = |shown, of| {
        let machine = retriggering(shown, of, 10_000);
        machine.odds(&mut |_, _| ControlFlow::Continue(()))
    };
    for (shown, of, more) in [(1, 5, "1"), (2, 5, "2"), (1, 1, "5")] {
        let refused = counted(shown, of).unwrap_err().to_string();
        let expected = format!(
            "Free: the spins that a free spin gives on average is {more}, but must be below 1; let \
             retriggers give fewer spins, or make them rarer"
        );
        assert_eq!(refused, expected);
    }
    // 8 / (1 - 5 / 6)
    let odds = odds(&retriggering(1, 6, 10_000));
    let spins = odds.features[0].spins.unwrap().float;
    assert!((spins - 48.0).abs() < 1e-9, "{spins}");
}
