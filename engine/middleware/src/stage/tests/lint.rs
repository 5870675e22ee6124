//! The rules object to what they say and to nothing else.

use super::super::field::{FeatureType, GambleOutcome, JackpotTier, Reason};
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
fn quick_spins_are_one_finding() {
    let mut trace = StageTrace::default();
    for (n, cycle) in [2600.0, 900.0, 800.4, 2499.0].into_iter().enumerate() {
        let mut events = spin(0, cycle).events;
        for event in &mut events {
            event.timestamp_ms += n as f64 * 5000.0;
        }
        trace.events.extend(events);
    }
    let findings = LintProfile::uk().check(&trace, &|_| None);
    let [finding] = &findings[..] else {
        panic!("{findings:?}");
    };
    assert_eq!(finding.event, Some(8));
    assert_eq!(
        finding.message,
        "3 of 4 spins are over in less than 2500 ms, from the press to the spin's end or the next press; the \
         shortest takes 800 ms"
    );
    let findings = LintProfile::uk().check(&spin(0, 1000.0), &|_| None);
    assert!(
        findings[0]
            .message
            .starts_with("the spin is over in less than 2500 ms")
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

/// One of two spins, against the limit of the profile and against one that allows it.
#[test]
fn near_misses_are_counted_by_spins() {
    let near = Stage::NearMiss {
        reel: Some(4),
        reason: Reason::Scatter,
        proximity: 0.5,
    };
    let mut trace = spin(0, 3000.0);
    trace.events.extend(spin(0, 3000.0).events);
    // Twice in one spin is one spin.
    trace.events.insert(1, at(900.0, near.clone()));
    trace.events.insert(2, at(900.0, near));
    assert_eq!(found(&trace), [], "it is off");
    let mut profile = LintProfile::uk();
    for rule in &mut profile.rules {
        rule.on = rule.rule == RuleKind::NearMissRate;
    }
    let found = profile.check(&trace, &|_| None);
    let told: Vec<_> = found
        .iter()
        .map(|it| (it.rule, it.message.as_str()))
        .collect();
    let message = "50.0 % of the spins are near misses, more than 30.0 %";
    assert_eq!(told, [(RuleKind::NearMissRate, message)]);
    for rule in &mut profile.rules {
        rule.limit = 0.5;
    }
    assert_eq!(profile.check(&trace, &|_| None), []);
}

/// A spin of a bet of 100 in a game that sends no `win`; each stage a second after the one before.
fn shown(stages: &[Stage]) -> StageTrace {
    let whole = [&[Stage::UiSpinPress {}], stages, &[Stage::SpinEnd {}]].concat();
    let events = whole.into_iter().enumerate().map(|(place, stage)| {
        let mut event = at(place as f64 * 1000.0, stage);
        event.payload.bet = Some(100);
        event
    });
    StageTrace {
        events: events.collect(),
        ..StageTrace::default()
    }
}

fn present(win_amount: i64) -> Stage {
    Stage::WinPresent {
        win_amount,
        line_count: 1,
    }
}

fn enter() -> Stage {
    Stage::FeatureEnter {
        feature: FeatureType::FreeSpins,
        total_steps: None,
        multiplier: 1.0,
    }
}

fn exit(total_win: i64) -> Stage {
    Stage::FeatureExit { total_win }
}

fn summary(total_win: i64) -> Stage {
    Stage::FsSummary {
        total_win,
        spins_played: 1,
        retriggers: 0,
        feature: FeatureType::FreeSpins,
    }
}

fn jackpot(amount: i64) -> Stage {
    Stage::JackpotPresent {
        amount,
        tier: JackpotTier::Mini,
    }
}

fn roll(start: i64, target: i64) -> [Stage; 2] {
    [
        Stage::RollupStart { target, start },
        Stage::RollupEnd { total: target },
    ]
}

/// Most games in Segue's own words send no win beside their stages: it is what they show.
#[test]
fn a_win_that_is_only_shown_counts() {
    let [from, to] = roll(0, 50);
    for (stages, win) in [
        (vec![present(50)], 50),
        (vec![present(50), from.clone(), to.clone()], 50),
        (vec![from, to], 50),
        (vec![present(100)], 100),
        (vec![present(101)], 101),
        // Snapshots: first shown, then grown.
        ([&[present(50)], &roll(50, 100)[..]].concat(), 100),
    ] {
        let trace = shown(&stages);
        assert_eq!(spins(&trace)[0].win, Some(win), "{stages:?}");
        let celebrates = |event: &StageEvent| {
            let is_win = matches!(
                event.stage,
                Stage::WinPresent { .. } | Stage::RollupStart { .. }
            );
            is_win.then(|| "Fanfare".to_owned())
        };
        let found = LintProfile::uk().check(&trace, &celebrates);
        let is_found = found.iter().any(|it| it.rule == RuleKind::Ldw);
        assert_eq!(is_found, win <= 100, "{stages:?} {found:?}");
    }
}

/// Each amount counts once: what a total contains, and what is shown again, is not added.
fn won(cases: Vec<(Vec<Stage>, i64)>) {
    for (stages, win) in cases {
        let found = spins(&shown(&stages))[0].win;
        assert_eq!(found, Some(win), "{stages:?}");
    }
}

#[test]
fn shown_wins_of_features_are_added_up_and_none_twice() {
    let press = Stage::UiSpinPress {};
    let count = Stage::EvaluateWins {};
    won(vec![
        // A window and a feature: 110, which is more than the bet.
        (vec![present(60), enter(), exit(50)], 110),
        // The total of the feature contains what it showed, and is shown once more.
        (
            vec![present(60), enter(), present(50), exit(50), summary(50)],
            110,
        ),
        // A game that does not say the total.
        (
            vec![
                enter(),
                press.clone(),
                present(20),
                press.clone(),
                present(30),
                exit(0),
            ],
            50,
        ),
        (
            vec![
                enter(),
                count.clone(),
                present(20),
                count.clone(),
                present(30),
                exit(0),
            ],
            50,
        ),
        (vec![enter(), present(20), exit(0), summary(50)], 50),
        // Behind a feature the sum of all is shown.
        (vec![present(60), enter(), exit(30), present(90)], 90),
        (vec![present(60), enter(), exit(30), present(95)], 95),
        // Free spins whose win counts on from the spins before.
        (
            [
                &[enter(), press.clone(), present(40)],
                &roll(0, 40)[..],
                &[press.clone(), present(10)],
                &roll(40, 50),
                &[exit(0)],
            ]
            .concat(),
            50,
        ),
    ]);
}

#[test]
fn shown_wins_of_cascades_bonuses_and_jackpots_are_added_up_and_none_twice() {
    let fall = Stage::CascadeStart {};
    let fallen = |total_win| Stage::CascadeEnd {
        steps: 1,
        total_win,
    };
    let step = Stage::CascadeStep {
        index: 0,
        multiplier: 1.0,
    };
    let bonus = FeatureType::PickBonus;
    let open = Stage::BonusEnter { bonus };
    let complete = |total| Stage::BonusComplete {
        total,
        picks_used: 1,
    };
    let left = |total_win| Stage::BonusExit { total_win };
    let count = Stage::EvaluateWins {};
    won(vec![
        // Cascades are the window's, which is presented behind them.
        (
            vec![
                fall.clone(),
                step.clone(),
                fallen(70),
                count.clone(),
                present(80),
            ],
            80,
        ),
        (
            vec![
                fall.clone(),
                step.clone(),
                present(30),
                step,
                present(40),
                fallen(0),
            ],
            70,
        ),
        // A bonus game and its total, and a jackpot that it paid.
        (
            vec![
                present(20),
                open.clone(),
                complete(70),
                left(70),
                jackpot(70),
            ],
            90,
        ),
        (vec![present(20), open.clone(), complete(70)], 90),
        (vec![open, complete(70), left(70), jackpot(5000)], 5070),
        (vec![present(40), jackpot(50)], 90),
        (vec![jackpot(50), jackpot(40)], 90),
    ]);
}

/// Each event would look at all that are open.
#[test]
fn a_game_that_ends_none_of_its_cascades_is_counted_all_the_same() {
    let mut stages = vec![enter()];
    for _ in 0..100_000 {
        stages.extend([Stage::CascadeStart {}, present(5)]);
    }
    stages.push(exit(0));
    assert_eq!(spins(&shown(&stages))[0].win, Some(500_000));
}

#[test]
fn what_the_end_of_a_spin_says_goes_before_what_is_shown() {
    let mut trace = shown(&[present(60), enter(), exit(60)]);
    assert_eq!(spins(&trace)[0].win, Some(120));
    trace.events[4].payload.win = Some(60);
    assert_eq!(spins(&trace)[0].win, Some(60));
    // A win beside another stage counts where nothing else says one.
    let mut beside = shown(&[Stage::EvaluateWins {}]);
    beside.events[0].payload.win = Some(50);
    assert_eq!(spins(&beside)[0].win, Some(50));
}

#[test]
fn what_was_gambled_away_was_won() {
    let start = Stage::GambleStart { stake: 50 };
    let result = |new_amount| Stage::GambleResult {
        result: GambleOutcome::Lose,
        new_amount,
    };
    let mut trace = shown(&[present(50), start, result(0)]);
    assert_eq!(spins(&trace)[0].win, Some(50));
    trace.events[4].payload.win = Some(0);
    assert_eq!(spins(&trace)[0].win, Some(50));
    trace.events[3] = at(3000.0, result(200));
    assert_eq!(spins(&trace)[0].win, Some(200));
}

/// What nobody says is not taken for nothing, unless the game tells its wins.
#[test]
fn a_bet_or_win_that_is_not_known_is_said() {
    let silent = shown(&[]);
    assert_eq!(
        (spins(&silent)[0].win, spins(&silent)[0].loss_as_win()),
        (None, None)
    );
    let mut both = shown(&[present(50)]);
    both.events.extend(silent.events);
    assert_eq!(
        spins(&both)[1].loss_as_win(),
        Some(false),
        "it tells its wins"
    );
    for event in &mut both.events {
        event.payload.bet = None;
    }
    let without = spins(&both);
    assert_eq!((without[0].bet, without[0].loss_as_win()), (None, None));
    assert_eq!(without[1].loss_as_win(), Some(false), "nothing was won");
    // The share is one of the spins of which it is known.
    let mut profile = LintProfile::uk();
    for rule in &mut profile.rules {
        rule.on = rule.rule == RuleKind::LdwRate;
    }
    both.events.truncate(3);
    both.events.extend(shown(&[present(50)]).events);
    let found = profile.check(&both, &|_| None);
    assert!(found[0].message.starts_with("100.0 %"), "{found:?}");
}
