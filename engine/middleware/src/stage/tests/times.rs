//! Profiles, tiers and the resolver: times to the sample, classes to the cent.

use super::super::resolve::ResolverProfile;
use super::super::tiers::{Ratio, WinClass, WinTiers};
use super::super::timing::{PROFILES, Scaling, TIMING_FIELDS, TimingProfile};
use super::super::{Stage, StageTrace};
use super::at;

#[test]
fn profiles_are_those_of_the_table() {
    let profile = |name| TimingProfile::built_in(name).unwrap();
    assert_eq!(profile("normal").stop_interval_ms, 300.0);
    assert_eq!(profile("turbo").rollup_credits_per_s, 200.0);
    assert_eq!(profile("mobile").audio_latency_comp_ms, 8.0);
    assert_eq!(profile("studio").anticipation_ms, 500.0);
    assert!(profile("instant").is_instant() && !profile("turbo").is_instant());
    assert_eq!(TimingProfile::built_in("slow"), None);
    for name in PROFILES {
        assert_eq!(profile(name).problems(), [""; 0], "{name}");
    }
    let mut wrong = TimingProfile::normal();
    wrong.cascade_step_ms = f64::NAN;
    assert_eq!(
        wrong.problems(),
        ["cascade_step_ms: NaN is not in 0..=600000"]
    );
}

/// The table of the specification, row by row: normal, turbo, mobile, studio.
const PUBLISHED: [(&str, [f64; 4]); 14] = [
    ("first_stop_ms", [800.0, 400.0, 600.0, 1000.0]),
    ("stop_interval_ms", [300.0, 100.0, 200.0, 370.0]),
    ("anticipation_ms", [1500.0, 800.0, 1000.0, 500.0]),
    ("win_reveal_delay_ms", [200.0, 100.0, 150.0, 100.0]),
    ("win_line_ms", [500.0, 200.0, 350.0, 200.0]),
    ("rollup_credits_per_s", [50.0, 200.0, 100.0, 500.0]),
    ("big_win_base_ms", [3000.0, 1500.0, 2000.0, 1000.0]),
    ("feature_enter_ms", [2000.0, 1000.0, 1500.0, 500.0]),
    ("cascade_step_ms", [600.0, 300.0, 450.0, 300.0]),
    ("min_event_interval_ms", [50.0, 25.0, 30.0, 50.0]),
    ("audio_latency_comp_ms", [5.0, 3.0, 8.0, 3.0]),
    ("visual_audio_sync_offset_ms", [0.0; 4]),
    ("anticipation_pre_trigger_ms", [50.0, 30.0, 40.0, 30.0]),
    ("reel_stop_pre_trigger_ms", [20.0, 10.0, 15.0, 15.0]),
];

#[test]
fn every_number_of_every_profile_is_the_published_one() {
    for (column, name) in PROFILES.iter().take(4).enumerate() {
        let mut rows = PUBLISHED.iter();
        let profile = TimingProfile::built_in(name).unwrap();
        profile.each_field(&mut |field, value| {
            let (known, values) = rows.next().unwrap();
            assert_eq!((field.name, value), (*known, values[column]), "{name}");
        });
        assert_eq!(rows.next(), None);
    }
}

#[test]
fn scaling_leaves_the_machine_alone() {
    let normal = TimingProfile::normal();
    let slow = normal.scaled(2.0);
    assert_eq!(
        (slow.first_stop_ms, slow.rollup_credits_per_s),
        (1600.0, 25.0)
    );
    assert_eq!(
        slow.reel_stop_pre_trigger_ms,
        normal.reel_stop_pre_trigger_ms
    );
    let fixed = TIMING_FIELDS
        .iter()
        .filter(|it| it.scaling == Scaling::Fixed);
    assert_eq!(fixed.count(), 4);
    assert_eq!(&normal.scaled(1.0), &normal);
}

#[test]
fn every_profile_is_heard_at_its_sample() {
    let trace = StageTrace {
        events: vec![
            at(0.0, Stage::UiSpinPress {}),
            at(
                1000.0,
                Stage::AnticipationOn {
                    reel: 2,
                    reason: None,
                },
            ),
            at(1000.0, Stage::EvaluateWins {}),
            at(
                1000.0,
                Stage::ReelStop {
                    reel: 1,
                    symbols: vec![],
                },
            ),
        ],
        ..StageTrace::default()
    };
    for name in PROFILES {
        let profile = TimingProfile::built_in(name).unwrap();
        let comp = profile.audio_latency_comp_ms;
        for rate in [44_100_u32, 48_000, 96_000] {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a second of frames"
            )]
            let heard = |ms: f64| (ms * f64::from(rate) / 1000.0).round() as u64;
            let list = profile.schedule(&trace, f64::from(rate));
            let of = |index| list.iter().find(|it| it.index == index).unwrap();
            assert_eq!(of(0).audio_smp, 0, "not before the start");
            let ahead = comp + profile.anticipation_pre_trigger_ms;
            assert_eq!(of(1).audio_smp, heard(1000.0 - ahead), "{name} {rate}");
            assert_eq!(of(2).audio_smp, heard(1000.0 - comp), "{name} {rate}");
            let ahead = comp + profile.reel_stop_pre_trigger_ms;
            assert_eq!(of(3).audio_smp, heard(1000.0 - ahead), "{name} {rate}");
            assert_eq!(of(2).visual_smp, u64::from(rate));
            assert!(list.is_sorted_by_key(|it| it.audio_smp));
        }
    }
}

#[test]
fn classes_change_exactly_at_their_bounds() {
    let tiers = WinTiers::default();
    let starts = tiers.tiers.iter().map(|it| it.from).skip(1);
    let starts = starts.chain(tiers.big.iter().map(|it| it.from));
    let mut place = 1;
    for from in starts {
        for bet in [20_i64, 333, 1 << 40] {
            let bound = bet * i64::from(from.num) / i64::from(from.den);
            let class = tiers.class(bound, bet);
            let expected = match place < tiers.tiers.len() {
                true => WinClass::Tier(place),
                false => WinClass::Big(place - tiers.tiers.len()),
            };
            assert_eq!(class, expected, "{bound}/{bet}");
            assert_eq!(tiers.class(bound + 1, bet), expected);
            assert!(tiers.class(bound - 1, bet) < expected, "{bound}-1/{bet}");
        }
        place += 1;
    }
    assert_eq!(place, 11);
}

#[test]
fn the_bounds_and_counts_of_wins_are_the_published_ones() {
    let tiers = WinTiers::default();
    let starts = tiers.tiers.iter().map(|it| it.from);
    let starts = starts.chain(tiers.big.iter().map(|it| it.from));
    let published = [1, 2, 3, 5, 8, 12, 20, 50, 100, 250, 500].map(Ratio::whole);
    assert!(starts.eq(published));
    let counts: Vec<(f64, f64)> = (0..6)
        .filter_map(|tier| tiers.rollup(WinClass::Tier(tier)))
        .collect();
    let published = [
        (800.0, 18.0),
        (1000.0, 16.0),
        (1200.0, 15.0),
        (1500.0, 14.0),
        (2000.0, 12.0),
        (2500.0, 10.0),
    ];
    assert_eq!(counts, published);
    assert_eq!(tiers.rollup(WinClass::Equal), Some((500.0, 20.0)));
    for (tier, rate) in [12.0, 10.0, 8.0, 6.0, 4.0].into_iter().enumerate() {
        let length = 500.0 + 4000.0 * f64::from(u32::try_from(tier).unwrap() + 1);
        assert_eq!(tiers.rollup(WinClass::Big(tier)), Some((length, rate)));
    }
}

#[test]
fn the_bet_itself_is_a_class_of_its_own() {
    let tiers = WinTiers::default();
    for bet in [1_i64, 100, i64::MAX / 2] {
        assert_eq!(tiers.class(0, bet), WinClass::None);
        assert_eq!(tiers.class(bet, bet), WinClass::Equal);
        assert_eq!(
            tiers.class(bet + 1, bet),
            WinClass::Tier(usize::from(bet == 1))
        );
        if bet > 1 {
            assert_eq!(tiers.class(bet - 1, bet), WinClass::Low);
        }
    }
    // Products beyond 64 bits are no matter.
    assert_eq!(tiers.class(i64::MAX, i64::MAX / 600), WinClass::Big(4));
    assert_eq!(tiers.rollup(WinClass::Low), None);
    assert_eq!(tiers.rollup(WinClass::Big(1)), Some((8500.0, 10.0)));
}

#[test]
fn fractions_are_exact() {
    let mut tiers = WinTiers::default();
    tiers.tiers[0].to = Some(Ratio { num: 7, den: 3 });
    tiers.tiers[1].from = Ratio { num: 14, den: 6 };
    assert_eq!(tiers.problems(), []);
    assert_eq!(tiers.class(700, 300), WinClass::Tier(1));
    assert_eq!(tiers.class(699, 300), WinClass::Tier(0));
}

#[test]
fn tables_with_gaps_overlaps_or_an_end_are_refused() {
    assert_eq!(WinTiers::default().problems(), []);
    let wrong = |change: fn(&mut WinTiers)| {
        let mut tiers = WinTiers::default();
        change(&mut tiers);
        let problems = tiers.problems();
        assert!(!problems.is_empty());
        problems[0].0.clone()
    };
    assert_eq!(
        wrong(|it| it.tiers[0].from = Ratio::whole(2)),
        "tiers[0].from"
    );
    assert_eq!(
        wrong(|it| it.tiers[1].to = Some(Ratio::whole(4))),
        "tiers[2].from"
    );
    assert_eq!(wrong(|it| it.tiers[1].to = None), "tiers[1].to");
    assert_eq!(
        wrong(|it| it.big[4].to = Some(Ratio::whole(900))),
        "big[4].to"
    );
    assert_eq!(wrong(|it| it.big.clear()), "big");
    assert_eq!(
        wrong(|it| it.big[0].ticks_per_s = 0.0),
        "big[0].ticks_per_s"
    );
}

#[test]
fn a_trace_without_times_gets_some_that_never_go_back() {
    let stop = |reel| Stage::ReelStop {
        reel,
        symbols: vec![],
    };
    let stages = [
        Stage::UiSpinPress {},
        Stage::ReelSpinningStart { reel: 0 },
        Stage::ReelSpinningStart { reel: 1 },
        stop(0),
        Stage::AnticipationOn {
            reel: 1,
            reason: None,
        },
        Stage::AnticipationOff { reel: 1 },
        stop(1),
        Stage::EvaluateWins {},
        Stage::WinPresent {
            win_amount: 200,
            line_count: 1,
        },
        Stage::WinLineShow {
            line: 0,
            amount: 200,
        },
        Stage::RollupStart {
            target: 200,
            start: 0,
        },
        Stage::RollupTick {
            current: 100,
            progress: 0.5,
        },
        Stage::RollupTick {
            current: 200,
            progress: 1.0,
        },
        Stage::RollupEnd { total: 200 },
        Stage::SpinEnd {},
    ];
    let mut trace = StageTrace {
        events: stages.into_iter().map(|stage| at(0.0, stage)).collect(),
        ..StageTrace::default()
    };
    ResolverProfile::built_in("normal").resolve(&mut trace);
    let times: Vec<f64> = trace.events.iter().map(|it| it.timestamp_ms).collect();
    assert_eq!(
        times,
        [
            0.0, 100.0, 100.0, 900.0, 900.0, 2400.0, 2550.0, 2650.0, 2850.0, 2850.0, 3250.0,
            4250.0, 5250.0, 5250.0, 5450.0
        ]
    );
    assert_eq!(trace.first_disorder(), None);
    assert_eq!(trace.timing_profile.as_deref(), Some("normal"));
    ResolverProfile::built_in("instant").resolve(&mut trace);
    assert!(trace.events.iter().all(|it| it.timestamp_ms == 0.0));
    trace.events[3].timestamp_ms = 5.0;
    assert_eq!(trace.first_disorder(), Some(4));
}

/// The columns of a resolver: how long things take, the delays against those of `normal`, and the tiers.
#[test]
fn every_column_of_the_resolver_is_the_written_one() {
    for (name, times, delays, tiers) in [
        (
            "normal",
            [800.0, 150.0, 300.0, 100.0, 1000.0, 500.0, 400.0, 1500.0],
            1.0,
            1.0,
        ),
        (
            "turbo",
            [300.0, 50.0, 100.0, 500.0, 400.0, 200.0, 150.0, 500.0],
            0.4,
            0.5,
        ),
        (
            "mobile",
            [600.0, 120.0, 300.0, 150.0, 1000.0, 500.0, 400.0, 1500.0],
            0.8,
            1.0,
        ),
    ] {
        let it = ResolverProfile::built_in(name);
        let found = [
            it.first_stop_ms,
            it.stop_interval_ms,
            it.win_line_ms,
            it.rollup_credits_per_s,
            it.feature_enter_ms,
            it.feature_step_ms,
            it.cascade_ms,
            it.anticipation_min_ms,
        ];
        assert_eq!(found, times, "{name}");
        let found = [
            it.reel_spinning_delay_ms,
            it.evaluate_delay_ms,
            it.win_present_delay_ms,
            it.rollup_start_delay_ms,
            it.big_win_delay_ms,
            it.spin_end_delay_ms,
            it.idle_delay_ms,
        ];
        let written = [100.0, 100.0, 200.0, 100.0, 500.0, 200.0, 1000.0];
        assert_eq!(found, written.map(|ms| ms * delays), "{name}");
        let written = [3000.0, 5000.0, 8000.0, 12_000.0, 15_000.0];
        assert_eq!(it.big_win_tier_ms, written.map(|ms| ms * tiers), "{name}");
    }
}

/// The same spin, as `turbo` and `mobile` have it, by hand.
#[test]
fn a_spin_without_times_is_as_long_as_its_profile_says() {
    let stop = |reel| Stage::ReelStop {
        reel,
        symbols: Vec::new(),
    };
    let stages = [
        Stage::UiSpinPress {},
        Stage::ReelSpinningStart { reel: 0 },
        stop(0),
        stop(1),
        Stage::EvaluateWins {},
        Stage::WinPresent {
            win_amount: 300,
            line_count: 1,
        },
        Stage::WinLineShow {
            line: 0,
            amount: 300,
        },
        Stage::RollupStart {
            target: 300,
            start: 0,
        },
        Stage::RollupEnd { total: 300 },
        Stage::SpinEnd {},
    ];
    for (name, expected) in [
        // 300 credits at 500 a second are 600 ms.
        (
            "turbo",
            [
                0.0, 40.0, 340.0, 390.0, 430.0, 510.0, 510.0, 650.0, 1250.0, 1330.0,
            ],
        ),
        // At 150 a second 2 s.
        (
            "mobile",
            [
                0.0, 80.0, 680.0, 800.0, 880.0, 1040.0, 1040.0, 1420.0, 3420.0, 3580.0,
            ],
        ),
    ] {
        let mut trace = StageTrace {
            events: stages.iter().map(|stage| at(0.0, stage.clone())).collect(),
            ..StageTrace::default()
        };
        ResolverProfile::built_in(name).resolve(&mut trace);
        let times: Vec<f64> = trace.events.iter().map(|it| it.timestamp_ms).collect();
        assert_eq!(times, expected, "{name}");
    }
}

#[test]
fn what_has_no_times_gets_those_of_the_chosen_profile() {
    let trace = |times: [f64; 2]| StageTrace {
        events: vec![
            at(times[0], Stage::UiSpinPress {}),
            at(times[1], Stage::EvaluateWins {}),
        ],
        ..StageTrace::default()
    };
    assert!(trace([0.0, 0.0]).is_untimed());
    assert!(!trace([0.0, 1.0]).is_untimed());
    let mut instant = trace([0.0, 0.0]);
    instant.timing_profile = Some("instant".to_owned());
    assert!(!instant.is_untimed(), "its profile puts everything at 0");
    let of = |profile: &TimingProfile| ResolverProfile::of(profile);
    let turbo = TimingProfile::built_in("turbo").unwrap();
    assert_eq!(of(&turbo), ResolverProfile::built_in("turbo"));
    let slower = |k: f64| {
        let name = format!("turbo@{k}");
        let mut it = of(&TimingProfile {
            name: name.clone(),
            ..turbo.scaled(k)
        });
        assert_eq!(std::mem::replace(&mut it.name, "turbo".to_owned()), name);
        it
    };
    assert_eq!(slower(1.0), of(&turbo));
    let (once, twice) = (of(&turbo), slower(2.0));
    assert_eq!(twice.first_stop_ms, 2.0 * once.first_stop_ms);
    assert_eq!(twice.evaluate_delay_ms, 2.0 * once.evaluate_delay_ms);
    assert_eq!(2.0 * twice.rollup_credits_per_s, once.rollup_credits_per_s);
    let mine = TimingProfile {
        name: "mine".to_owned(),
        first_stop_ms: 700.0,
        ..turbo
    };
    let own = of(&mine);
    assert_eq!((own.first_stop_ms, own.stop_interval_ms), (700.0, 100.0));
    assert_eq!(own.evaluate_delay_ms, 100.0);
    let mut resolved = trace([0.0, 0.0]);
    own.resolve(&mut resolved);
    assert_eq!(resolved.events[1].timestamp_ms, 100.0);
    assert_eq!(resolved.timing_profile.as_deref(), Some("mine"));
    assert!(!resolved.is_untimed());
}
