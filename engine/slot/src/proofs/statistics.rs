//! A great many spins against exact odds.

use super::agree::odds;
use crate::exact::SpinOdds;
use crate::presets::{Payback, lobstermania};
use crate::sim::{CHUNK, Plan, Statistics};
use crate::{Error, Machine};

/// What `SEGUE_SPINS` does not change: a run that is worth its time among all other tests.
const SPINS: u64 = 10_000_000;

/// At least [`SPINS`], or as many as `SEGUE_SPINS` asks for. The full proof takes 10^8:
/// `SEGUE_SPINS=100000000 cargo nextest run -p segue-slot --release statistics`.
fn chunks() -> u64 {
    let asked = std::env::var("SEGUE_SPINS").ok();
    let asked = asked.map(|spins| spins.parse().expect("SEGUE_SPINS is a whole number"));
    asked.unwrap_or(SPINS).max(SPINS).div_ceil(CHUNK)
}

fn play(machine: &Machine, plan: &Plan) -> Statistics {
    let mut sums = Statistics::default();
    let chunks = chunks();
    for chunk in 0..chunks {
        sums.merge(&machine.simulate(plan, chunk, CHUNK).unwrap());
    }
    assert_eq!(sums.spins, chunks * CHUNK);
    sums
}

#[test]
fn a_great_many_spins_pay_what_was_counted() {
    for payback in [Payback::High, Payback::Low] {
        let machine = Machine::new(lobstermania(payback, 1)).unwrap();
        let odds = odds(&machine);
        let plan = Plan::new(&machine, &odds, 2009, 1).unwrap();
        let rtp = play(&machine, &plan).rtp();
        let apart = (rtp.value - odds.rtp.float).abs();
        assert!(apart < 4.0 * rtp.sigma, "{} {rtp:?}", odds.rtp.float);
    }
}

#[test]
fn pays_come_as_often_as_was_counted() {
    let mut game = lobstermania(Payback::High, 1);
    game.features.clear();
    let machine = Machine::new(game).unwrap();
    let odds = odds(&machine);
    let SpinOdds::Exact(joint) = &odds.spin else {
        panic!("one line is few enough");
    };
    let plan = Plan::new(&machine, &odds, 81, 1).unwrap();
    let sums = play(&machine, &plan);
    let (states, spins) = (joint.wins.states as f64, sums.spins as f64);
    // Rare pays are one cell; what wins nothing is another.
    let (mut chi, mut cells, mut rest) = (0.0, 0.0, (0.0, 0.0));
    let losses = (joint.wins.states - joint.wins.hits, sums.spins - sums.hits);
    let wins = joint
        .wins
        .histogram
        .iter()
        .map(|(win, &times)| (times, sums.histogram.get(win).copied().unwrap_or(0)));
    for (counted, played) in wins.chain([losses]) {
        let (expected, played) = (counted as f64 / states * spins, played as f64);
        if expected < 10.0 {
            rest = (rest.0 + expected, rest.1 + played);
        } else {
            chi += (played - expected).powi(2) / expected;
            cells += 1.0;
        }
    }
    if rest.0 > 0.0 {
        chi += (rest.1 - rest.0).powi(2) / rest.0;
        cells += 1.0;
    }
    let unknown = sums
        .histogram
        .keys()
        .find(|win| !joint.wins.histogram.contains_key(win));
    assert_eq!(unknown, None, "a pay that was not counted");
    let freedom: f64 = cells - 1.0;
    assert!(freedom > 20.0);
    assert!(
        chi < freedom + 4.0 * (2.0 * freedom).sqrt(),
        "{chi} of {freedom}"
    );
    assert!(
        chi > freedom - 4.0 * (2.0 * freedom).sqrt(),
        "{chi} of {freedom}: too even"
    );
}

#[test]
fn counting_can_be_stopped() {
    let machine = Machine::new(lobstermania(Payback::High, 15)).unwrap();
    let stopped = machine.odds(&mut |_, _| std::ops::ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Cancelled)));
}
