//! Lucky Larry's Lobstermania, as its PAR sheets print it.
//!
//! K. Harrigan & M. Dixon, *PAR Sheets, probabilities, and slot machine play*, Journal of Gambling
//! Issues 23 (2009) 81-110, doi 10.4309/jgi.2009.23.5, Tables 1, 3, 4, 7 and 8. The sheets give
//! symbols per reel and not their order; no figure of them depends on it as long as two scatters
//! of a reel are never in view together. The lines and two or three prizes a buoy, each as likely,
//! are ours too.

use super::{lines, symbol};
use crate::game::{
    Feature, FeatureRules, Game, Mode, Pick, Place, Prize, PrizeKind, SymbolKind, Trigger,
    reels_from_counts,
};

/// The two sheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payback {
    /// 85.0 %.
    Low,
    /// 96.2 %.
    High,
}

/// Prize and weight of a buoy, Table 7.
const PRIZES: [(i64, u32); 24] = [
    (10, 10),
    (5, 5),
    (6, 5),
    (7, 5),
    (8, 5),
    (10, 10),
    (12, 10),
    (15, 10),
    (20, 20),
    (22, 20),
    (25, 20),
    (27, 20),
    (30, 19),
    (35, 22),
    (45, 24),
    (50, 19),
    (55, 15),
    (60, 15),
    (65, 15),
    (70, 15),
    (75, 15),
    (100, 10),
    (150, 8),
    (250, 5),
];

/// The game with this many of its 15 lines, each at one credit. `[thread-safe]`
pub fn lobstermania(payback: Payback, line_count: usize) -> Game {
    let line_count = line_count.clamp(1, 15);
    let (id, percent, counts) = match payback {
        Payback::High => ("lobstermania-96", "96.2 %", HIGH),
        Payback::Low => ("lobstermania-85", "85.0 %", LOW),
    };
    let counts: Vec<Vec<u32>> = counts.iter().map(|row| row.to_vec()).collect();
    Game {
        id: id.to_owned(),
        name: format!("Lucky Larry's Lobstermania, {percent}"),
        currency_exponent: 2,
        bet_credits: line_count as i64,
        rows: vec![3; 5],
        symbols: symbols(),
        strips: reels_from_counts(&counts),
        mode: Mode::Lines(lines(line_count)),
        features: vec![buoys()],
        ..Game::default()
    }
}

fn symbols() -> Vec<crate::game::Symbol> {
    use SymbolKind::{Bonus, Regular, Scatter, Wild};
    vec![
        symbol("WS", Wild, [5, 100, 500, 10_000]),
        symbol("LM", Regular, [2, 40, 200, 1000]),
        symbol("BU", Regular, [0, 25, 100, 500]),
        symbol("BO", Regular, [0, 25, 100, 500]),
        symbol("LH", Regular, [0, 10, 50, 500]),
        symbol("TU", Regular, [0, 10, 50, 250]),
        symbol("CL", Regular, [0, 5, 30, 200]),
        symbol("SG", Regular, [0, 5, 30, 200]),
        symbol("SF", Regular, [0, 5, 30, 150]),
        symbol("LO", Bonus, [0, 0, 0, 0]),
        symbol("LT", Scatter, [0, 5, 25, 200]),
    ]
}

const HIGH: [[u32; 5]; 11] = [
    [2, 2, 1, 4, 2],
    [4, 4, 3, 4, 4],
    [4, 4, 5, 4, 5],
    [6, 4, 4, 4, 4],
    [5, 4, 6, 6, 7],
    [6, 4, 5, 6, 7],
    [6, 6, 5, 6, 6],
    [5, 6, 5, 6, 6],
    [5, 5, 6, 8, 7],
    [2, 5, 6, 0, 0],
    [2, 2, 2, 2, 2],
];

const LOW: [[u32; 5]; 11] = [
    [2, 2, 1, 4, 2],
    [4, 3, 3, 3, 4],
    [3, 4, 3, 8, 5],
    [4, 3, 4, 3, 4],
    [3, 4, 6, 3, 7],
    [4, 3, 6, 6, 6],
    [10, 8, 3, 4, 7],
    [3, 9, 4, 10, 5],
    [10, 3, 10, 7, 8],
    [2, 5, 6, 0, 0],
    [2, 2, 2, 2, 2],
];

fn buoys() -> Feature {
    let prize = |&(credits, weight): &(i64, u32)| Prize {
        what: PrizeKind::Coins(credits),
        weight,
    };
    Feature {
        name: "Buoy bonus".to_owned(),
        trigger: Trigger {
            symbol: 9,
            count: 3,
            reels: vec![0, 1, 2],
            place: Place::Line,
        },
        in_free_spins: false,
        rules: FeatureRules::Pick(Pick {
            picks: 3,
            min_prizes: 2,
            max_prizes: 3,
            replacement: true,
            prizes: PRIZES.iter().map(prize).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine;
    use crate::exact::{Basis, Odds, Ratio, SpinOdds, Value};
    use std::ops::ControlFlow;

    const STOPS: u128 = 259_440_000;

    /// One line, one credit.
    fn odds(payback: Payback) -> Odds {
        let machine = Machine::new(lobstermania(payback, 1)).unwrap();
        machine.odds(&mut |_, _| ControlFlow::Continue(())).unwrap()
    }

    /// Rounded to the printed number of places.
    fn percent(count: u128, places: i32) -> f64 {
        let scale = 10_f64.powi(places);
        (count as f64 / STOPS as f64 * 100.0 * scale).round() / scale
    }

    #[test]
    fn the_sheet_of_96_percent_is_met_to_the_last_integer() {
        let odds = odds(Payback::High);
        let line = odds.line.as_ref().unwrap();
        assert_eq!(odds.states, STOPS);
        assert_eq!((line.hits, line.sum), (9_142_500, 172_449_740));
        assert_eq!(line.squares, 33_300_827_700);
        let histogram: Vec<(i64, u128)> = line.histogram.iter().map(|(&w, &n)| (w, n)).collect();
        let printed = [
            (2, 3_520_000),
            (5, 2_148_100),
            (10, 1_148_000),
            (25, 940_800),
            (30, 465_828),
            (40, 294_000),
            (50, 235_340),
            (100, 163_088),
            (150, 36_900),
            (200, 107_328),
            (250, 25_776),
            (500, 50_428),
            (1000, 6_880),
            (10_000, 32),
        ];
        assert_eq!(histogram, printed);
        assert_eq!(format!("{:.4}", line.variance().float.sqrt()), "11.3099");
        check_common(&odds, 13_418_964, 5.1723, 96.2039);
    }

    #[test]
    fn the_sheet_of_85_percent_is_met_to_the_last_integer() {
        let odds = odds(Payback::Low);
        let line = odds.line.as_ref().unwrap();
        assert_eq!((line.hits, line.sum), (8_432_500, 143_412_300));
        assert_eq!(line.squares, 25_204_336_500);
        let histogram: Vec<(i64, u128)> = line.histogram.iter().map(|(&w, &n)| (w, n)).collect();
        let computed = [
            (2, 2_860_000),
            (5, 2_846_600),
            (10, 854_900),
            (25, 534_300),
            (30, 607_910),
            (40, 249_400),
            (50, 145_642),
            (100, 112_124),
            (150, 72_440),
            (200, 97_510),
            (250, 16_672),
            (500, 29_962),
            (1000, 5_008),
            (10_000, 32),
        ];
        assert_eq!(histogram, computed);
        assert_eq!(format!("{:.4}", line.variance().float.sqrt()), "9.8409");
        check_common(&odds, 12_708_964, 4.8986, 85.0116);
    }

    /// Scatters, bonus, and everything together.
    fn check_common(odds: &Odds, all_hits: u128, hit_percent: f64, payback: f64) {
        let line = odds.line.as_ref().unwrap();
        let scatter = &odds.scatters[0];
        assert_eq!(
            (scatter.tally.hits, scatter.tally.sum),
            (4_126_464, 27_617_760)
        );
        assert_eq!(scatter.by_count[3..], [3_845_232, 273_456, 7_776]);
        let bonus = &odds.features[0];
        assert_eq!(bonus.awards, 150_000);
        let events = line.hits + scatter.tally.hits + bonus.awards;
        assert_eq!(events, all_hits);
        assert_eq!(percent(events, 4), hit_percent);
        // With the printed mean of the bonus.
        let hundredths = 100 * (line.sum + scatter.tally.sum) + 150_000 * 33_016;
        let printed = hundredths as f64 / STOPS as f64;
        assert_eq!(format!("{printed:.4}"), format!("{payback}"));
        // With the exact one: 14175 / 322 * 3 buoys * 2.5 prizes.
        assert_eq!(
            bonus.average.unwrap().exact,
            Ratio::new(14_175 * 15, 322 * 2)
        );
        let exact = (line.sum + scatter.tally.sum) as i128;
        let rtp = Value::ratio(exact, STOPS as i128)
            + Value::ratio(150_000, STOPS as i128) * Value::ratio(14_175 * 15, 322 * 2);
        assert_eq!(odds.rtp.exact, rtp.exact);
        assert_eq!(odds.basis, Basis::Exact, "{:?}", odds.reasons);
        // Every stop vector, windows with the same line symbol and scatters taken together, sums
        // to the same.
        let SpinOdds::Exact(joint) = &odds.spin else {
            panic!("one line is few enough");
        };
        assert_eq!(joint.wins.states, STOPS);
        assert_eq!(joint.wins.sum, line.sum + scatter.tally.sum);
    }

    #[test]
    fn the_prizes_are_those_of_table_7() {
        let weight: u32 = PRIZES.iter().map(|(_, weight)| weight).sum();
        let sum: i64 = PRIZES
            .iter()
            .map(|&(prize, weight)| prize * i64::from(weight))
            .sum();
        assert_eq!((weight, sum), (322, 14_175));
    }
}
