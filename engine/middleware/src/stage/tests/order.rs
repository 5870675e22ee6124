//! The order of stages, open loops, awaited reels.

use proptest::prelude::*;

use super::super::Stage;
use super::super::anticipation::{AnticipationRule, Tension};
use super::super::field::Reason;
use super::super::fsm::{FEATURE_DEPTH, Fsm, State, Why, violations};
use super::super::loops::{Loop, Loops};
use super::super::table::StageId;
use super::free_spins;

fn spin() -> Vec<Stage> {
    vec![
        Stage::UiSpinPress {},
        Stage::ReelSpinLoop {},
        Stage::ReelSpinningStart { reel: 0 },
        Stage::ReelSpinningStart { reel: 1 },
        Stage::ReelSpinningStop { reel: 0 },
        Stage::ReelStop {
            reel: 0,
            symbols: vec![],
        },
        Stage::ReelSpinningStop { reel: 1 },
        Stage::ReelStop {
            reel: 1,
            symbols: vec![],
        },
        Stage::EvaluateWins {},
        Stage::SpinEnd {},
    ]
}

#[test]
fn a_spin_and_one_within_a_feature_are_in_order() {
    assert_eq!(violations(&spin()), []);
    let mut nested = spin();
    nested.pop();
    nested.push(free_spins());
    nested.extend(spin());
    nested.push(Stage::FeatureExit { total_win: 0 });
    nested.push(Stage::SpinEnd {});
    assert_eq!(violations(&nested), []);
    let mut fsm = Fsm::new(true);
    nested.iter().for_each(|stage| fsm.take(stage).unwrap());
    assert_eq!((fsm.state(), fsm.features()), (State::Idle, 0));
}

#[test]
fn a_wrong_stage_is_a_row_with_its_place() {
    let mut stages = spin();
    stages.remove(2);
    stages.remove(2);
    let wrong = violations(&stages);
    assert_eq!(wrong.len(), 1);
    assert_eq!((wrong[0].index, wrong[0].stage.name()), (3, "reel_stop"));
    assert_eq!(
        (wrong[0].state, wrong[0].why),
        (State::SpinActive, Why::Order)
    );
    assert!(
        wrong[0]
            .to_string()
            .starts_with("event 3: reel_stop may not come in SpinActive")
    );
}

#[test]
fn a_strict_follower_has_not_taken_what_it_refuses() {
    let mut fsm = Fsm::new(true);
    assert!(fsm.take(&Stage::EvaluateWins {}).is_err());
    assert_eq!(fsm.state(), State::Idle);
    fsm.take(&Stage::UiSpinPress {}).unwrap();
    let mut lenient = Fsm::new(false);
    assert!(lenient.take(&Stage::EvaluateWins {}).is_err());
    assert_eq!(lenient.state(), State::WinEvaluation);
}

#[test]
fn features_are_counted_and_bounded() {
    let mut fsm = Fsm::new(true);
    let exit = Stage::FeatureExit { total_win: 0 };
    assert_eq!(fsm.take(&exit).unwrap_err().why, Why::NoFeature);
    for depth in 0..=FEATURE_DEPTH {
        for stage in &spin()[..9] {
            fsm.take(stage).unwrap();
        }
        let entered = fsm.take(&free_spins());
        assert_eq!(entered.is_ok(), depth < FEATURE_DEPTH, "{depth}");
    }
    assert_eq!(fsm.features(), FEATURE_DEPTH);
}

#[test]
fn every_loop_has_its_end() {
    let mut loops = Loops::new();
    let mut ended = Vec::new();
    for stage in &spin() {
        let change = loops.take(stage);
        assert_eq!(change.cut, []);
        ended.extend(change.ended);
    }
    let reel = |reel| Loop {
        stage: StageId(0x0104),
        reel: Some(reel),
    };
    let all = Loop {
        stage: StageId(0x0102),
        reel: None,
    };
    assert_eq!(ended, [reel(0), reel(1), all]);
    assert_eq!(loops.open(), []);
}

#[test]
fn a_loop_that_goes_on_does_not_begin_again() {
    let mut loops = Loops::new();
    let tick = |progress| Stage::RollupTick {
        current: 0,
        progress,
    };
    assert!(loops.take(&tick(0.1)).begun.is_some());
    let again = loops.take(&tick(0.2));
    assert!(again.goes_on && again.begun.is_none());
    assert_eq!(loops.open().len(), 1);
    let cut = loops.take(&Stage::SpinEnd {}).cut;
    assert_eq!(cut.len(), 1, "its own end never came");
    assert!(loops.take(&tick(0.3)).begun.is_some());
    assert_eq!(loops.end_all().len(), 1);
}

fn scatters(most: &[usize]) -> AnticipationRule {
    AnticipationRule::new(Reason::Scatter, 3, most.to_vec())
}

#[test]
fn reels_are_awaited_as_in_the_example() {
    let rule = scatters(&[1; 5]);
    let shows = [1, 1, 0, 1, 0];
    assert_eq!(rule.awaited(&shows), [false, false, true, true, false]);
    let compat = AnticipationRule {
        final_grid: true,
        ..rule.clone()
    };
    assert_eq!(compat.awaited(&shows), [false, false, false, false, true]);
    let on_three = scatters(&[1, 0, 1, 0, 1]);
    let three = [1, 1, 1, 1, 0];
    assert_eq!(on_three.awaited(&three), [false, false, false, false, true]);
    assert_eq!(
        on_three.awaited(&[1, 0, 0, 0, 1]),
        [false; 5],
        "the award cannot come any more"
    );
    let on = AnticipationRule {
        continue_after_award: true,
        ..rule
    };
    let four = [1, 1, 1, 0, 0];
    assert_eq!(on.awaited(&four), [false, false, true, true, true]);
}

#[test]
fn a_reel_is_awaited_only_where_the_award_can_come() {
    let none = [false; 5];
    // The last two reels have no trigger.
    assert_eq!(
        scatters(&[1, 1, 1, 0, 0]).awaited(&[1, 1, 0, 0, 0])[3..],
        none[3..]
    );
    // Six coins: 1, 2 and 3 on the last three reels; the last one has to bring three.
    let coins = AnticipationRule::new(Reason::Bonus, 6, vec![0, 0, 1, 2, 3]);
    assert_eq!(coins.awaited(&[0, 0, 1, 1, 3]), none);
    let last = [false, false, false, false, true];
    assert_eq!(coins.awaited(&[0, 0, 1, 2, 0]), last);
    // A rule that says when is taken at its word, as long as the award can come.
    let early = AnticipationRule {
        min_trigger_count: Some(1),
        ..coins
    };
    assert_eq!(
        early.awaited(&[0, 0, 1, 2, 0]),
        [false, false, false, true, true]
    );
    assert_eq!(early.awaited(&[0, 0, 0, 2, 3]), none);
    let two = AnticipationRule::new(Reason::Scatter, 2, vec![1; 3]);
    assert_eq!(two.awaited(&[1, 0, 0]), [false, true, true]);
    let one = AnticipationRule::new(Reason::Scatter, 1, vec![1; 3]);
    assert_eq!(one.awaited(&[0, 0, 1]), [false; 3]);
}

proptest! {
    #[test]
    fn what_is_awaited_depends_on_nothing_that_has_not_landed(
        shows in prop::collection::vec(0_usize..4, 3..=8),
        other in prop::collection::vec(0_usize..4, 8),
        most in prop::collection::vec(0_usize..4, 8),
        reel in 0_usize..8,
        min_trigger_count in prop::option::of(1_usize..4),
        need in 1_usize..7,
        near_miss_anticipation: bool,
        continue_after_award: bool,
    ) {
        let rule = AnticipationRule {
            min_trigger_count,
            near_miss_anticipation,
            continue_after_award,
            ..AnticipationRule::new(Reason::Bonus, need, most)
        };
        let reel = reel % shows.len();
        let mut changed = shows.clone();
        changed[reel..].copy_from_slice(&other[reel..shows.len()]);
        prop_assert_eq!(rule.awaited(&shows)[reel], rule.awaited(&changed)[reel]);
    }
}

#[test]
fn tension_rises_as_the_table_says() {
    let rows: Vec<_> = (1..=4).map(Tension::of).collect();
    let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
    for (row, (volume, pitch, colour)) in rows.iter().zip([
        (0.6, 1.0, "gold"),
        (0.7, 2.0, "orange"),
        (0.8, 3.0, "tomato"),
        (0.9, 4.0, "red"),
    ]) {
        assert!(close(row.volume_lin, volume) && close(row.pitch_st, pitch));
        assert_eq!(row.colour, colour);
    }
    assert!(close(rows[3].intensity, 0.7 * 1.15 * 1.15 * 1.15));
    assert_eq!(Tension::of(9).level, 4);
}
