//! Rules, by example.

use super::small;
use crate::game::{Cascade, Feature, FeatureRules, Game, Mode, Pay, Pick, Place, Removal, Trigger};
use crate::presets::{Payback, lobstermania};
use crate::result::Cell;
use crate::{Machine, Meters, Rng};

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
