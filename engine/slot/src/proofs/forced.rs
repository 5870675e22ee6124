//! Spins that were asked for.

use super::small;
use crate::force::Outcome;
use crate::game::FeatureKind;
use crate::presets::{Payback, lobstermania};
use crate::{Error, Machine, Meters, Rng};
use std::collections::BTreeMap;

#[test]
fn every_spin_that_matches_is_as_likely_as_the_other() {
    let machine = Machine::new(small()).unwrap();
    let outcome = Outcome::Medium;
    let space = machine.every_stop();
    let all = (0..space.len().unwrap()).map(|number| space.stops(&machine, number));
    let results = all.map(|stops| machine.evaluate(&stops, 1).unwrap());
    let matches = results.filter(|result| outcome.matches(result)).count();
    assert!(matches > 10, "{matches}");
    let (mut rng, mut meters) = (Rng::new(3, 0), Meters::new(&machine, 1).unwrap());
    let mut found = BTreeMap::<Vec<u16>, u32>::new();
    let draws = 400 * matches;
    for _ in 0..draws {
        let forced = machine.force(outcome, &mut rng, &mut meters, 1).unwrap();
        assert!(outcome.matches(&forced.result));
        let again = machine.evaluate(&forced.stops, 1).unwrap();
        assert_eq!(again, forced.result);
        *found.entry(forced.result.stops).or_default() += 1;
    }
    assert_eq!(found.len(), matches, "each is found");
    let chi: f64 = found
        .values()
        .map(|&count| (f64::from(count) - 400.0).powi(2) / 400.0)
        .sum();
    let freedom = matches as f64 - 1.0;
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
    let refused = force(Outcome::Ultra).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no spin of \"small\" gives ultra: all 210 stops were looked at; ask for another outcome, \
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
        from: 100_000_000,
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
