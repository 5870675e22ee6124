//! The rules object to what they say and to nothing else.

use super::super::field::JackpotTier;
use super::super::lint::{Award, LintProfile, RuleKind, spins};
use super::super::{Stage, StageEvent, StageTrace};
use super::at;

/// A spin of a bet of 100 that takes `cycle` milliseconds.
fn spin(win: i64, cycle: f64) -> StageTrace {
    let mut events = vec![
        at(0.0, Stage::UiSpinPress {}),
        at(1000.0, Stage::EvaluateWins {}),
        at(
            1200.0,
            Stage::WinPresent {
                win_amount: win,
                line_count: 1,
            },
        ),
        at(cycle, Stage::SpinEnd {}),
    ];
    for event in &mut events {
        event.payload.bet = Some(100);
    }
    events[3].payload.win = Some(win);
    StageTrace {
        events,
        ..StageTrace::default()
    }
}

fn celebrates(event: &StageEvent) -> Option<String> {
    matches!(event.stage, Stage::WinPresent { .. }).then(|| "Fanfare".to_owned())
}

fn found(trace: &StageTrace) -> Vec<RuleKind> {
    let findings = LintProfile::uk().check(trace, &celebrates);
    findings.iter().map(|it| it.rule).collect()
}

#[test]
fn a_loss_disguised_as_a_win_is_found() {
    for (win, is_ldw) in [(0, false), (1, true), (100, true), (101, false)] {
        let trace = spin(win, 3000.0);
        let expected = if is_ldw { vec![RuleKind::Ldw] } else { vec![] };
        assert_eq!(found(&trace), expected, "{win}");
        assert_eq!(spins(&trace)[0].is_ldw(), is_ldw);
        let silent = LintProfile::uk().check(&trace, &|_| None);
        assert_eq!(silent, []);
    }
    let findings = LintProfile::uk().check(&spin(50, 3000.0), &celebrates);
    assert_eq!(findings[0].event, Some(2));
    assert_eq!(
        findings[0].message,
        "win_present posts Fanfare, tagged celebration, for a win of 50 on a bet of 100"
    );
    assert!(findings[0].source.contains("RTS 14F"));
}

/// A jackpot that is gambled away at once was a win all the same.
#[test]
fn what_a_jackpot_brought_counts_whatever_becomes_of_it() {
    let mut trace = spin(15, 3000.0);
    let jackpot = |amount| Stage::JackpotPresent {
        amount,
        tier: JackpotTier::Mini,
    };
    trace.events.insert(3, at(2000.0, jackpot(5000)));
    assert_eq!(found(&trace), []);
    trace.events[3] = at(2000.0, jackpot(90));
    assert_eq!(found(&trace), [RuleKind::Ldw]);
}

#[test]
fn a_spin_takes_its_time() {
    assert_eq!(found(&spin(0, 2499.0)), [RuleKind::MinCycle]);
    assert_eq!(found(&spin(0, 2500.0)), []);
    let mut quick = spin(0, 3000.0);
    quick.events.truncate(3);
    quick.events.push(at(2000.0, Stage::UiSpinPress {}));
    assert_eq!(
        found(&quick),
        [RuleKind::MinCycle],
        "pressed again too soon"
    );
}

#[test]
fn turbo_slam_stop_and_autoplay_are_found() {
    let mut trace = spin(0, 3000.0);
    trace.timing_profile = Some("turbo".to_owned());
    let skip = Stage::UiSkipPress {
        win_tier: None,
        was_big_win: false,
    };
    trace.events.insert(1, at(500.0, skip.clone()));
    trace
        .events
        .insert(0, at(0.0, Stage::AutoplayStart { spins: None }));
    assert_eq!(
        found(&trace),
        [RuleKind::Turbo, RuleKind::SlamStop, RuleKind::Autoplay]
    );
    let mut late = spin(0, 3000.0);
    late.events.insert(3, at(1500.0, skip));
    assert_eq!(found(&late), [], "a win may be skipped");
}

#[test]
fn rare_awards_need_their_odds() {
    let award = |one_in, stated| Award {
        name: "Grand".to_owned(),
        one_in,
        stated,
    };
    let uk = LintProfile::uk();
    let awards = [award(1e8, false), award(2e8, true), award(2e8, false)];
    let findings = uk.check_awards(&awards);
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0]
            .message
            .starts_with("Grand falls once in 200000000 games")
    );
}

#[test]
fn limits_of_ones_own_are_off_until_they_are_on() {
    let mut profile = LintProfile::uk();
    let trace = spin(50, 3000.0);
    assert_eq!(profile.check(&trace, &|_| None), []);
    for rule in &mut profile.rules {
        rule.on = rule.rule == RuleKind::LdwRate;
    }
    let findings = profile.check(&trace, &|_| None);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].message.contains("100.0 %"));
}
