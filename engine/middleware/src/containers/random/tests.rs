use proptest::prelude::*;
use segue_rt::game::{NameId, ObjectId};

use super::*;
use crate::source::{Random, RandomChild};

fn random(mode: RandomMode, avoid_last: u8, weights: &[u32]) -> Random {
    let children = weights.iter().map(|&weight| RandomChild {
        child: "a".into(),
        weight,
        pitch_st: [-1.0, 1.0],
        volume_db: [-3.0, 0.0],
    });
    Random {
        children: children.collect(),
        mode,
        avoid_last,
        pitch_st: [-2.0, 2.0],
        volume_db: [0.0, 0.0],
    }
}

fn plan(mode: RandomMode, avoid_last: u8, weights: &[u32]) -> RandomPlan {
    RandomPlan::compile(&random(mode, avoid_last, weights)).unwrap()
}

fn plays(plan: &RandomPlan, key: u64, count: usize) -> Vec<Choice> {
    let mut state = RandomState::new(key);
    (0..count).map(|_| state.next(plan, |_| {})).collect()
}

/// Wilson and Hilferty 1931: a χ² over its degrees of freedom, cube root, is nearly normal.
pub(crate) fn chi_square_deviation(counts: &[u64], weights: &[u32]) -> f64 {
    let total: u64 = counts.iter().sum();
    let sum: u32 = weights.iter().sum();
    let expected = |weight: u32| total as f64 * f64::from(weight) / f64::from(sum);
    let pairs = counts
        .iter()
        .zip(weights)
        .filter(|(_, weight)| **weight > 0);
    let terms: Vec<f64> = pairs
        .map(|(&count, &weight)| (count as f64 - expected(weight)).powi(2) / expected(weight))
        .collect();
    let freedom = (terms.len() - 1) as f64;
    let spread = 2.0 / (9.0 * freedom);
    ((terms.iter().sum::<f64>() / freedom).cbrt() - (1.0 - spread)) / spread.sqrt()
}

fn count(plan: &RandomPlan, plays: usize) -> Vec<u64> {
    let mut counts = vec![0; plan.len()];
    let mut state = RandomState::new(0x5E6E);
    for _ in 0..plays {
        let child = state.next(plan, |_| {}).child.unwrap();
        counts[usize::from(child)] += 1;
    }
    counts
}

#[test]
fn a_million_plays_follow_their_weights() {
    let weights = [1, 2, 3, 0, 10, 4];
    let counts = count(&plan(RandomMode::Weighted, 0, &weights), 1_000_000);
    assert_eq!(counts[3], 0);
    // p > 10⁻³ is a deviation below 3.09.
    let deviation = chi_square_deviation(&counts, &weights);
    assert!(deviation < 3.09, "{counts:?}: {deviation}");
    let off = [2, 2, 3, 0, 10, 4];
    assert!(
        chi_square_deviation(&counts, &off) > 3.09,
        "other weights are told apart"
    );
}

#[test]
fn decks_are_fair_at_every_place() {
    let plan = plan(RandomMode::Shuffle, 0, &[1; 6]);
    let mut state = RandomState::new(3);
    let mut counts = [[0u64; 6]; 6];
    for n in 0..600_000usize {
        let child = state.next(&plan, |_| {}).child.unwrap();
        counts[n % 6][usize::from(child)] += 1;
    }
    for place in counts {
        assert!(chi_square_deviation(&place, &[1; 6]) < 3.09, "{place:?}");
    }
}

#[test]
fn round_robin_goes_in_order_past_weights_of_zero() {
    let plays = plays(&plan(RandomMode::RoundRobin, 0, &[1, 0, 1, 1]), 1, 7);
    let children: Vec<_> = plays.iter().filter_map(|play| play.child).collect();
    assert_eq!(children, [0, 2, 3, 0, 2, 3, 0]);
}

#[test]
fn without_weight_nothing_plays_and_says_so() {
    let plan = plan(RandomMode::Weighted, 0, &[0, 0]);
    let mut state = RandomState::new(1);
    let mut reasons = Vec::new();
    let choice = state.next(&plan, |row| reasons.push((row.child, row.reason)));
    assert_eq!((choice.child, state.play_count()), (None, 1));
    let expect = [
        (0, Reason::WeightZero),
        (1, Reason::WeightZero),
        (255, Reason::Empty),
    ];
    assert_eq!(reasons, expect);
}

#[test]
fn every_child_has_a_reason() {
    let plan = plan(RandomMode::Weighted, 1, &[1, 1, 0]);
    let mut state = RandomState::new(1);
    let first = state.next(&plan, |_| {}).child.unwrap();
    let mut reasons = Vec::new();
    let second = state
        .next(&plan, |row| reasons.push(row.reason))
        .child
        .unwrap();
    assert_ne!(first, second);
    assert_eq!(reasons[usize::from(first)], Reason::History);
    assert_eq!(reasons[usize::from(second)], Reason::Selected);
    assert_eq!(reasons[2], Reason::WeightZero);
}

#[test]
fn draws_depend_on_nothing_but_key_and_number() {
    let plan = plan(RandomMode::Weighted, 0, &[1, 2, 3]);
    let all = plays(&plan, 77, 100);
    for n in [99, 3, 50, 0] {
        let mut alone = RandomState::new(77);
        alone.set_play_count(&plan, n);
        let choice = alone.next(&plan, |_| {});
        assert_eq!(choice, all[usize::try_from(n).unwrap()]);
        let pitch = between(draw(77, n, 1), [-2.0, 2.0]) + between(draw(77, n, 2), [-1.0, 1.0]);
        assert_eq!((choice.pitch_st, choice.play_n), (pitch, n));
        assert_eq!(choice.volume_db, between(draw(77, n, 4), [-3.0, 0.0]));
    }
}

#[test]
fn a_late_play_is_heard_again_alone() {
    let modes = [
        RandomMode::Weighted,
        RandomMode::Shuffle,
        RandomMode::ShuffleHistory,
    ];
    for mode in modes {
        for (len, avoid) in (2..=8u8).flat_map(|len| (0..len).map(move |avoid| (len, avoid))) {
            let weights: Vec<u32> = (1..=u32::from(len)).collect();
            let plan = plan(mode, avoid, &weights);
            let key = u64::from(len) << 8 | u64::from(avoid);
            let all = plays(&plan, key, 5_010);
            for n in [2_048, 2_049, 3_000, 5_003, 5_004] {
                let mut alone = RandomState::new(key);
                alone.set_play_count(&plan, n as u64);
                for choice in &all[n..n + 6] {
                    let found = alone.next(&plan, |_| {});
                    assert_eq!(found, *choice, "{mode:?} {avoid} of {len}, play {n}");
                }
            }
        }
    }
}

#[test]
fn bad_containers_are_named() {
    let bad = |random: Random| RandomPlan::compile(&random).unwrap_err()[0].path.clone();
    let good = random(RandomMode::Weighted, 0, &[1, 2]);
    assert_eq!(bad(random(RandomMode::Weighted, 0, &[])), "children");
    assert_eq!(bad(random(RandomMode::Weighted, 0, &[1; 17])), "children");
    assert_eq!(bad(random(RandomMode::Weighted, 1, &[1, 0])), "avoid_last");
    let pitch_st = [3.0, f32::NAN];
    assert_eq!(
        bad(Random {
            pitch_st,
            ..good.clone()
        }),
        "random_pitch_st[1]"
    );
    let mut child = good;
    child.children[1].volume_db = [1.0, 0.0];
    assert_eq!(bad(child), "children[1].volume_db");
}

#[test]
fn objects_have_their_own_chance_and_other_banks_go_on() {
    let plan = plan(RandomMode::ShuffleHistory, 1, &[1; 4]);
    let names = [NameId::of("steps"), NameId::of("hits")];
    let mut states = RandomStates::new(1, 0, &names, 0);
    let mut run = |container, object| -> Vec<_> {
        let state = states.state(container, ObjectId(object));
        (0..16).map(|_| state.next(&plan, |_| {}).child).collect()
    };
    let runs = [run(0, 0), run(0, 7), run(0, 8), run(1, 7)];
    for (n, one) in runs.iter().enumerate() {
        assert!(!runs[..n].contains(one));
    }
    let mut new = RandomStates::new(1, 0, &[names[1], names[0]], 2);
    new.carry_over(&states, &|_| Some(&plan), &|place| Some(1 - place));
    let object = ObjectId(7);
    for _ in 0..16 {
        let next =
            |states: &mut RandomStates, place| states.state(place, object).next(&plan, |_| {});
        assert_eq!(next(&mut new, 1), next(&mut states, 0));
    }
    let mut strange = RandomStates::new(1, 0, &names, 2);
    strange.carry_over(&states, &|_| Some(&plan), &|_| None);
    assert_eq!(strange.state(0, object).play_count(), 0);
    states.forget_object(object);
    assert_eq!(states.state(0, object).play_count(), 0);
    assert_eq!(states.state(0, ObjectId(8)).play_count(), 16);
}

fn any_mode() -> impl Strategy<Value = RandomMode> {
    prop_oneof![
        Just(RandomMode::Weighted),
        Just(RandomMode::Shuffle),
        Just(RandomMode::ShuffleHistory),
        Just(RandomMode::RoundRobin),
    ]
}

proptest! {
    #[test]
    fn nothing_comes_again_too_soon(
        mode in any_mode(),
        key: u64,
        weights in proptest::collection::vec(1u32..5, 1..=16),
        avoid: u8,
    ) {
        let avoid = avoid % u8::try_from(weights.len()).unwrap();
        let children: Vec<_> = plays(&plan(mode, avoid, &weights), key, 300)
            .iter()
            .map(|choice| choice.child.unwrap())
            .collect();
        let history = mode == RandomMode::ShuffleHistory && weights.len() > 1;
        let avoid = avoid.max(u8::from(history));
        for (n, child) in children.iter().enumerate() {
            let lately = &children[n.saturating_sub(usize::from(avoid))..n];
            prop_assert!(!lately.contains(child), "{child} after {lately:?} at {n}");
        }
    }

    #[test]
    fn a_deck_holds_every_child_once(key: u64, len in 1usize..=16, avoid: u8, history: bool) {
        let avoid = avoid % u8::try_from(len).unwrap();
        let mode = if history { RandomMode::ShuffleHistory } else { RandomMode::Shuffle };
        let children = plays(&plan(mode, avoid, &vec![1; len]), key, 10 * len);
        for deck in children.chunks(len) {
            let mut deck: Vec<_> = deck.iter().filter_map(|choice| choice.child).collect();
            deck.sort_unstable();
            prop_assert!(deck.iter().copied().eq(0..u8::try_from(len).unwrap()));
        }
    }

    #[test]
    fn a_play_is_heard_again_alone(
        mode in any_mode(),
        key: u64,
        weights in proptest::collection::vec(1u32..5, 1..=16),
        avoid: u8,
        n in 0usize..400,
    ) {
        let avoid = avoid % u8::try_from(weights.len()).unwrap();
        let plan = plan(mode, avoid, &weights);
        let all = plays(&plan, key, n + 5);
        let mut alone = RandomState::new(key);
        alone.set_play_count(&plan, n as u64);
        for choice in &all[n..] {
            prop_assert_eq!(&alone.next(&plan, |_| {}), choice);
        }
    }
}
