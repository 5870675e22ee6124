mod mapped;
mod snapshots;

use super::*;
use serde_json::json;

const FILE: &str = r#"
schema = 1
adapter_id = "acme-web"
money = { exponent = 2, source = "decimal_string" }

[event_mapping]
"reel.land" = "reel_stop"
"spin" = "ui_spin_press"
"tease" = { stage = "anticipation_on", params = { reel = "$r", reason = "$why" } }
"debug.tick" = "ignore"
"pay" = { stage = "win_present", params = { line_count = 1 } }

[payload_paths]
events = "/events"
event_name = "/type"
timestamp = "/ts"
win = "/d/win"

[snapshot_paths]
reels = "/state/reels"
win = "/state/win"
balance = "/state/balance"
bet = "/state/bet"
feature_active = "/state/free"

[[rule]]
id = "r1"
priority = 100
when = { all = [ { path = "/state/phase", changed = true }, { path = "/state/phase", equals = "BONUS" } ] }
emit = "bonus_enter"
params = { bonus_type = "pick_bonus" }
"#;

fn adapter() -> Adapter {
    Adapter::read(FILE).unwrap()
}

fn names(answer: &Answer) -> Vec<&'static str> {
    answer
        .stages
        .iter()
        .map(|event| event.stage.id().name())
        .collect()
}

#[test]
fn events_become_stages_with_their_fields() {
    let mut adapter = adapter();
    let message = json!({"events": [
        {"type": "spin", "ts": 0},
        {"type": "reel.land", "ts": 812.5, "reel": 0, "symbols": [1, 2, 3]},
        {"type": "debug.tick"},
        {"type": "tease", "ts": 900, "r": 1, "why": "scatter"},
        {"type": "pay", "ts": 950, "d": {"win": "12.50"}},
        {"type": "new.thing"},
    ]});
    let answer = adapter.take(&message, 0.0);
    let expected = [
        Stage::UiSpinPress {},
        Stage::ReelStop {
            reel: 0,
            symbols: vec![1, 2, 3],
        },
        Stage::AnticipationOn {
            reel: 1,
            reason: Some(segue_middleware::stage::field::Reason::Scatter),
        },
        Stage::WinPresent {
            win_amount: 1250,
            line_count: 1,
        },
    ];
    let stages: Vec<&Stage> = answer.stages.iter().map(|event| &event.stage).collect();
    assert_eq!(stages, expected.iter().collect::<Vec<_>>());
    assert_eq!(answer.stages[1].timestamp_ms, 812.5);
    assert_eq!(answer.stages[1].source_event.as_deref(), Some("reel.land"));
    let coverage = adapter.coverage();
    assert_eq!(coverage.unknown()["new.thing"].count, 1);
    assert_eq!(coverage.known()["debug.tick"].count, 1);
}

#[test]
fn a_missing_field_refuses_the_event_alone() {
    let message = json!({"events": [{"type": "reel.land"}, {"type": "spin"}]});
    let answer = adapter().take(&message, 0.0);
    assert_eq!(names(&answer), ["ui_spin_press"]);
    let Report::Refused { text } = &answer.reports[0] else {
        panic!("{:?}", answer.reports);
    };
    assert!(
        text.starts_with("reel_stop needs reel: a whole number in 0..=9"),
        "{text}"
    );
}

#[test]
fn amounts_that_are_no_amounts_are_refused() {
    for win in [
        json!("1.234"),
        json!(-1),
        json!("10000000000.01"),
        json!(0.5),
    ] {
        let message = json!({"type": "pay", "d": {"win": win}});
        let answer = adapter().take(&message, 0.0);
        assert!(answer.stages.is_empty(), "{answer:?}");
        assert!(
            matches!(&answer.reports[0], Report::Refused { text } if text.starts_with("win_present: win_amount"))
        );
    }
}

#[test]
fn lists_and_names_are_looked_for_where_games_have_them() {
    let text = "schema = 1\nadapter_id = \"a\"\n[event_mapping]\n\"go\" = \"ui_spin_press\"\n";
    for message in [
        json!([{"eventName": "go"}]),
        json!({"event_log": [{"cmd": "go"}]}),
        json!({"result": {"events": [{"event": "go"}]}}),
        json!({"name": "go"}),
    ] {
        let answer = Adapter::read(text).unwrap().take(&message, 0.0);
        assert_eq!(names(&answer), ["ui_spin_press"], "{message}");
    }
}

fn state(reels: &Json, win: &str, balance: &str, free: bool) -> Json {
    json!({"state": {"reels": reels, "win": win, "balance": balance, "bet": "1", "free": free}})
}

#[test]
fn snapshots_tell_what_differs() {
    let mut adapter = adapter();
    let mut take = |message: &Json| names(&adapter.take(message, 0.0));
    assert_eq!(take(&state(&json!(3), "0", "100", false)), [""; 0]);
    let turn = "reel_spinning_start";
    assert_eq!(
        take(&state(&json!(0), "0", "99", false)),
        ["ui_spin_press", turn, turn, turn]
    );
    let lands = ["reel_spinning_stop", "reel_stop"];
    assert_eq!(take(&state(&json!(1), "0", "99", false)), lands);
    assert_eq!(
        take(&state(&json!(3), "0", "99", false)),
        [&lands[..], &lands[..], &["evaluate_wins"]].concat()
    );
    assert_eq!(take(&state(&json!(3), "5", "99", false)), ["win_present"]);
    assert_eq!(
        take(&state(&json!(3), "25", "99", false)),
        ["rollup_start", "rollup_tick", "big_win_tier"]
    );
    assert_eq!(
        take(&state(&json!(3), "25", "124", true)),
        ["rollup_end", "feature_enter"]
    );
    assert_eq!(
        take(&state(&json!(3), "25", "124", false)),
        ["feature_exit"]
    );
    assert_eq!(
        take(&state(&json!(0), "0", "123", false)),
        ["spin_end", "ui_spin_press", turn, turn, turn]
    );
}

#[test]
fn several_reels_of_one_snapshot_are_spread_by_the_profile() {
    let mut adapter = adapter();
    adapter.take(&state(&json!([]), "0", "100", false), 0.0);
    let answer = adapter.take(&state(&json!([0, 1, 2]), "0", "99", false), 0.0);
    let times: Vec<f64> = answer
        .stages
        .iter()
        .map(|event| event.timestamp_ms)
        .collect();
    assert_eq!(
        names(&answer),
        [
            &["ui_spin_press"][..],
            &["reel_spinning_start"; 3],
            &["reel_spinning_stop", "reel_stop"].repeat(3),
        ]
        .concat()
    );
    assert_eq!(times[..4], [0.0; 4]);
    assert_eq!(times[4..], [0.0, 0.0, 150.0, 150.0, 300.0, 300.0]);
}

#[test]
fn five_equal_snapshots_in_a_spin_are_told_once() {
    let mut adapter = adapter();
    adapter.take(&state(&json!(3), "0", "100", false), 0.0);
    let mut stuck = Vec::new();
    for n in 0..20 {
        let answer = adapter.take(&state(&json!(1), "0", "99", false), 0.0);
        if answer.reports.contains(&Report::Stuck { snapshots: 5 }) {
            stuck.push(n);
        }
    }
    assert_eq!(stuck, [4]);
}

fn phase(phase: &str) -> Json {
    json!({"state": {"phase": phase}})
}

#[test]
fn a_rule_fires_when_it_becomes_true() {
    let mut adapter = adapter();
    let mut take = |text| names(&adapter.take(&phase(text), 0.0));
    assert_eq!(take("BONUS"), [""; 0], "nothing was before");
    assert_eq!(take("BASE"), [""; 0]);
    assert_eq!(take("BONUS"), ["bonus_enter"]);
    assert_eq!(take("BONUS"), [""; 0]);
}

fn rule(when: &str, more: &str) -> Result<Adapter, ConfigError> {
    Adapter::read(&format!(
        "schema = 1\nadapter_id = \"a\"\n[[rule]]\nid = \"r\"\nwhen = {when}\nemit = \"idle_start\"\n{more}\n"
    ))
}

/// Which of the values of `x` make the rule fire; messages are 100 ms apart.
fn fires(when: &str, more: &str, values: &[Json]) -> Vec<usize> {
    let mut adapter = rule(when, more).unwrap();
    let mut fired = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let message = json!({"x": value});
        if !adapter.take(&message, at as f64 * 100.0).stages.is_empty() {
            fired.push(at);
        }
    }
    fired
}

#[test]
fn every_condition_does_what_it_says() {
    let numbers = [
        json!(1),
        json!(1),
        json!(2),
        json!(1),
        json!("ab"),
        json!(null),
        json!(2.0),
    ];
    for (when, expected) in [
        ("{ path = '/x', equals = 2 }", vec![2, 6]),
        ("{ path = '/x', changed = true }", vec![2, 3, 4, 5, 6]),
        ("{ path = '/x', increased = true }", vec![2]),
        ("{ path = '/x', decreased = true }", vec![3]),
        ("{ path = '/x', matches = '^a' }", vec![4]),
        ("{ path = '/x', absent = true }", vec![5]),
        ("{ path = '/x', present = false }", vec![5]),
        ("{ not = { path = '/x', equals = 1 } }", vec![2, 4, 5, 6]),
        (
            "{ any = [ { path = '/x', equals = 2 }, { path = '/x', matches = 'b' } ] }",
            vec![2, 4, 6],
        ),
        (
            "{ sequence = [ { path = '/x', equals = 2 }, { path = '/x', equals = 1 } ], within_ms = 100 }",
            vec![3],
        ),
        (
            "{ sequence = [ { path = '/x', equals = 2 }, { path = '/x', matches = 'b' } ], within_ms = 199 }",
            vec![],
        ),
        ("{ time_elapsed_ms = 300 }", vec![3, 6]),
    ] {
        let level = "once = \"level\"";
        assert_eq!(fires(when, level, &numbers), expected, "{when}");
    }
}

#[test]
fn a_cooldown_keeps_a_rule_silent() {
    let values = vec![json!(1); 8];
    let fired = fires(
        "{ path = '/x', equals = 1 }",
        "once = \"level\"\ncooldown_ms = 300",
        &values,
    );
    assert_eq!(fired, [0, 3, 6]);
}

#[test]
fn the_first_layer_that_finds_something_ends_the_chain_unless_it_goes_on() {
    let file = |more: &str| {
        format!(
            "schema = 1\nadapter_id = \"a\"\n[event_mapping]\n\"go\" = {{ stage = \"ui_spin_press\"{more} }}\n\
             [[rule]]\nid = \"r\"\nwhen = {{ path = '/name', present = true }}\nemit = \"idle_start\"\n"
        )
    };
    let take = |more| {
        names(
            &Adapter::read(&file(more))
                .unwrap()
                .take(&json!({"name": "go"}), 0.0),
        )
    };
    assert_eq!(take(""), ["ui_spin_press"]);
    assert_eq!(take(", continue = true"), ["ui_spin_press", "idle_start"]);
}

#[test]
fn stages_that_may_not_come_are_told_and_refused_when_strict() {
    let message = json!({"type": "pay", "d": {"win": "1"}});
    let answer = adapter().take(&message, 0.0);
    assert_eq!(names(&answer), ["win_present"]);
    assert!(matches!(
        answer.reports[0],
        Report::Violation {
            is_refused: false,
            ..
        }
    ));
    let strict = format!("{FILE}\n[validation]\nstrict_fsm = true\n");
    let answer = Adapter::read(&strict).unwrap().take(&message, 0.0);
    assert!(answer.stages.is_empty());
    assert!(matches!(
        answer.reports[0],
        Report::Violation {
            is_refused: true,
            ..
        }
    ));
}

#[test]
fn what_is_wrong_in_a_file_is_named() {
    let base = "schema = 1\nadapter_id = \"a\"\n";
    for (text, expected) in [
        (format!("{base}colour = 1\n"), "line 3, column 1"),
        (
            "schema = 2\nadapter_id = \"a\"\n".to_owned(),
            "schema: 2 is not known here, only 1",
        ),
        (
            format!("{base}[event_mapping]\nx = \"reel_stopp\"\n"),
            "did you mean \"reel_stop\"",
        ),
        (
            format!(
                "{base}[event_mapping]\nx = {{ stage = \"reel_stop\", params = {{ rel = 1 }} }}\n"
            ),
            "reel_stop has no rel",
        ),
        (
            format!("{base}[payload_paths]\nwins = \"/a\"\n"),
            "payload_paths.wins: is not known",
        ),
        (
            format!("{base}[snapshot_paths]\nwin = \"a\"\n"),
            "snapshot_paths.win: \"a\" is no path",
        ),
        (
            format!("{base}money = {{ exponent = 7, source = \"integer\" }}\n"),
            "money.exponent: 7",
        ),
        (
            format!("{base}bigwin_thresholds = [10, 10]\n"),
            "bigwin_thresholds: are to ascend",
        ),
        (format!("{base}stuck_snapshots = 1\n"), "stuck_snapshots: 1"),
    ] {
        let error = Adapter::read(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}\n{error}");
    }
}

#[test]
fn what_is_wrong_in_a_rule_is_named() {
    let nested = |depth| {
        format!(
            "{}{{ path = '/x', present = true }}{}",
            "{ not = ".repeat(depth),
            " }".repeat(depth)
        )
    };
    rule(&nested(7), "").unwrap();
    for (when, expected) in [
        (nested(8), "conditions nested deeper than 8"),
        (
            "{ path = '/x' }".to_owned(),
            "rule[0].when: a path has exactly one test",
        ),
        (
            "{ equals = 1 }".to_owned(),
            "rule[0].when: this test needs a path",
        ),
        ("{ }".to_owned(), "exactly one condition"),
        (
            "{ path = '/x', matches = '(' }".to_owned(),
            "rule[0].when.matches",
        ),
        (
            format!("{{ path = '/x', matches = '{}' }}", "a".repeat(257)),
            "more than 256 characters",
        ),
        (
            "{ sequence = [] }".to_owned(),
            "rule[0].when.within_ms: is missing",
        ),
        (
            "{ all = [ { path = 'x', present = true } ] }".to_owned(),
            "rule[0].when.all[0].path",
        ),
    ] {
        let error = rule(&when, "").unwrap_err().to_string();
        assert!(error.contains(expected), "{when}\n{error}");
    }
}

#[test]
fn coverage_counts_what_a_hand_counts() {
    let mut adapter = adapter();
    for message in [
        json!({"type": "spin"}),
        json!({"type": "spin"}),
        json!({"type": "other"}),
        json!({"type": "debug.tick"}),
    ] {
        adapter.take(&message, 0.0);
    }
    let coverage = adapter.coverage();
    // All but `other`: what is ignored is known.
    assert_eq!((coverage.messages(), coverage.share()), (4, 0.75));
    let never: Vec<&str> = coverage.never_seen().collect();
    assert_eq!(never, ["pay", "reel.land", "tease"]);
    let id = |name| segue_middleware::stage::named(name).unwrap().id;
    let bound = [id("spin_end")].into();
    assert_eq!(
        coverage.against(&bound),
        (vec![id("spin_end")], vec![id("ui_spin_press")])
    );
}

#[test]
fn every_limit_holds_at_its_value_and_one_above() {
    let mut adapter = adapter();
    let mut refused = |message: Json| !adapter.take(&message, 0.0).reports.is_empty();
    let name = |length: usize| json!({"type": "x".repeat(length)});
    assert!(!refused(name(128)) && refused(name(129)));
    let list = |count: usize| json!({"events": vec![json!({"type": "debug.tick"}); count]});
    assert!(!refused(list(1000)) && refused(list(1001)));

    let path = |steps: usize| {
        let path = "/a".repeat(steps);
        Adapter::read(&format!(
            "schema = 1\nadapter_id = \"x\"\n[payload_paths]\nwin = \"{path}\"\n"
        ))
    };
    assert!(path(10).is_ok() && path(11).is_err());
    let nested = |depth: usize| {
        let open = "{ not = ".repeat(depth - 1);
        let when = format!(
            "{open}{{ path = \"/a\", present = true }}{}",
            " }".repeat(depth - 1)
        );
        rule(&when, "")
    };
    assert!(nested(8).is_ok() && nested(9).is_err());
    let matches = |length: usize| {
        let when = format!("{{ path = \"/a\", matches = \"{}\" }}", "x".repeat(length));
        rule(&when, "")
    };
    assert!(matches(256).is_ok() && matches(257).is_err());
    let id = |length: usize| {
        Adapter::read(&format!(
            "schema = 1\nadapter_id = \"{}\"\n",
            "x".repeat(length)
        ))
    };
    assert!(id(128).is_ok() && id(129).is_err());
    let long = " ".repeat(FILE_MAX_BYTES + 1);
    assert!(matches!(
        Adapter::read(&long),
        Err(ConfigError::TooLarge { .. })
    ));
}

#[test]
fn the_native_adapter_is_right() {
    assert_eq!(Adapter::native().id(), "segue");
}

#[test]
fn a_coverage_report_counts_what_a_hand_counts() {
    let mut adapter = adapter();
    for (ms, message) in [
        json!({"type": "spin"}),
        json!({"type": "odd", "x": 1}),
        json!({"type": "spin"}),
        json!({"type": "reel.land", "r": "many"}),
    ]
    .iter()
    .enumerate()
    {
        adapter.take(message, ms as f64);
    }
    let coverage = adapter.coverage();
    let spin = &coverage.known()["spin"];
    assert_eq!((spin.count, spin.first_ms, spin.last_ms), (2, 0.0, 2.0));
    let odd = &coverage.unknown()["odd"];
    assert_eq!(
        (odd.count, odd.sample.as_str()),
        (1, r#"{"type":"odd","x":1}"#)
    );
    assert_eq!(coverage.mismatches().values().sum::<u64>(), 1);
    let unused: Vec<&str> = coverage.unused_paths().collect();
    assert!(!unused.contains(&"payload_paths.event_name"), "{unused:?}");
}

/// The stages of one event `go` and what is reported, where its mapping is so sure.
fn how_sure(more: &str, confidence: f64) -> Answer {
    let text = format!(
        "schema = 1\nadapter_id = \"a\"\n[event_mapping]\n\
         \"go\" = {{ stage = \"ui_spin_press\", confidence = {confidence:?} }}\n{more}"
    );
    let mut adapter = Adapter::read(&text).unwrap();
    let answer = adapter.take(&json!({"type": "go"}), 0.0);
    let unheard = u64::from(answer.stages.is_empty());
    assert_eq!(adapter.coverage().unsure(), unheard);
    answer
}

#[test]
fn how_sure_a_mapping_is_decides_what_is_heard() {
    for (confidence, gain) in [(1.0, 0.0), (0.8, 0.0), (0.799, -6.0), (0.5, -6.0)] {
        let answer = how_sure("", confidence);
        assert_eq!(names(&answer), ["ui_spin_press"], "{confidence}");
        assert_eq!(answer.stages[0].gain_db, gain, "{confidence}");
        assert_eq!(answer.reports, []);
    }
    for confidence in [0.499, 0.2] {
        let answer = how_sure("", confidence);
        let unsure = Report::Unsure {
            stage: segue_middleware::stage::named("ui_spin_press").unwrap().id,
            source: Some("go".to_owned()),
            confidence,
        };
        assert_eq!((names(&answer), answer.reports), (vec![], vec![unsure]));
    }
    let answer = how_sure("", 0.199);
    assert_eq!((names(&answer), answer.reports), (vec![], vec![]));
}

#[test]
fn the_least_confidence_decides_where_sound_begins() {
    let least = |least: f64| format!("[validation]\nmin_confidence = {least:?}\n");
    assert_eq!(how_sure(&least(0.3), 0.3).stages[0].gain_db, -6.0);
    assert!(how_sure(&least(0.9), 0.85).stages.is_empty());
    assert_eq!(how_sure(&least(0.9), 0.95).stages[0].gain_db, 0.0);
}

#[test]
fn a_stage_is_as_sure_as_the_least_of_its_parts() {
    let file = "schema = 1\nadapter_id = \"a\"\n[event_mapping]\n\"pay\" = \"win_present\"\n\
        \"go\" = \"ui_spin_press\"\n[payload_paths]\nevent_name = \"/type\"\nwin = \"/w\"\n\
        [snapshot_paths]\nbalance = \"/b\"\n\
        [confidence]\n\"payload_paths.win\" = 0.6\n\"snapshot_paths.balance\" = 0.7\n";
    let mut adapter = Adapter::read(file).unwrap();
    let mut gain = |message: Json| adapter.take(&message, 0.0).stages[0].gain_db;
    assert_eq!(gain(json!({"type": "go"})), 0.0);
    assert_eq!(gain(json!({"type": "pay", "w": 5, "line_count": 1})), -6.0);
    adapter.take(&json!({"b": 5}), 0.0);
    assert_eq!(adapter.take(&json!({"b": 4}), 0.0).stages[0].gain_db, -6.0);
}

/// Rules, and params that name a path, are as sure as the paths that they use.
#[test]
fn rules_and_params_are_as_sure_as_their_paths() {
    let gain = |mapping: &str, message: Json| {
        let file = format!(
            "schema = 1\nadapter_id = \"a\"\n[payload_paths]\nwin = \"/w\"\nreel = \"/r\"\n\
             [snapshot_paths]\nmultiplier = \"/phase\"\n[confidence]\n\"payload_paths.win\" = 0.6\n\
             \"snapshot_paths.multiplier\" = 0.7\n{mapping}"
        );
        let answer = Adapter::read(&file).unwrap().take(&message, 0.0);
        answer.stages[0].gain_db
    };
    let rule = |path: &str, emit: &str| {
        let when = format!("when = {{ all = [{{ path = \"{path}\", present = true }}] }}");
        format!("[[rule]]\nid = \"a\"\n{when}\nemit = {emit}\n")
    };
    let message = || json!({"w": 5, "r": 1, "phase": 2, "x": 3, "type": "pay"});
    let whole = "\"win_present\"\nparams = { win_amount = 1, line_count = 1 }";
    assert_eq!(gain(&rule("/x", whole), message()), 0.0);
    // The path of a field, by itself, by its name, and by where it stands.
    for amount in ["", "win_amount = \"$win\", ", "win_amount = \"$/w\", "] {
        let emit = format!("\"win_present\"\nparams = {{ {amount}line_count = 1 }}");
        assert_eq!(gain(&rule("/x", &emit), message()), -6.0, "{amount}");
    }
    // The path of a condition.
    assert_eq!(gain(&rule("/phase", whole), message()), -6.0);
    let event = |amount: &str| {
        format!(
            "[event_mapping]\n\"pay\" = {{ stage = \"win_present\", params = {{ win_amount = {amount}, \
             line_count = 1 }} }}\n"
        )
    };
    assert_eq!(gain(&event("\"$win\""), message()), -6.0);
    assert_eq!(gain(&event("\"$x\""), message()), 0.0);
}

/// What is not heard leaves the message to the next layer.
#[test]
fn an_unsure_mapping_does_not_end_the_chain() {
    let file = |sure: f64| {
        format!(
            "schema = 1\nadapter_id = \"a\"\n[event_mapping]\n\
             \"go\" = {{ stage = \"menu_open\", confidence = {sure:?} }}\n\
             [snapshot_paths]\nbalance = \"/b\"\n[confidence]\n\"snapshot_paths.balance\" = {sure:?}\n\
             [[rule]]\nid = \"a\"\npriority = 2\nwhen = {{ path = \"/c\", equals = 4 }}\n\
             emit = \"menu_close\"\nconfidence = {sure:?}\n\
             [[rule]]\nid = \"b\"\npriority = 1\nwhen = {{ path = \"/c\", equals = 4 }}\n\
             emit = \"idle_start\"\n"
        )
    };
    let second = |sure: f64, last: Json| {
        let mut adapter = Adapter::read(&file(sure)).unwrap();
        adapter.take(&json!({"b": 5}), 0.0);
        names(&adapter.take(&last, 10.0))
    };
    let both = || json!({"type": "go", "b": 4, "c": 4});
    assert_eq!(second(1.0, both()), ["menu_open"]);
    assert_eq!(second(0.1, both()), ["idle_start"]);
    assert_eq!(second(1.0, json!({"b": 4, "c": 4})), ["ui_spin_press"]);
    assert_eq!(second(0.1, json!({"b": 4, "c": 4})), ["idle_start"]);
}

#[test]
fn hints_are_for_names_that_are_not_mapped() {
    let file = "schema = 1\nadapter_id = \"a\"\n[event_mapping]\n\"coin.drop\" = \"ignore\"\n\
        [[heuristics]]\nkeywords = [\"COIN\"]\nstage = \"idle_start\"\nconfidence = 0.6\n";
    let mut adapter = Adapter::read(file).unwrap();
    let answer = adapter.take(&json!({"type": "bigCoin"}), 0.0);
    assert_eq!(
        (names(&answer), answer.stages[0].gain_db),
        (vec!["idle_start"], -6.0)
    );
    assert!(
        adapter
            .take(&json!({"type": "coin.drop"}), 0.0)
            .stages
            .is_empty()
    );
    assert!(
        adapter
            .take(&json!({"type": "other"}), 0.0)
            .stages
            .is_empty()
    );
}

#[test]
fn confidences_that_are_none_are_refused() {
    let base = "schema = 1\nadapter_id = \"a\"\n";
    for (text, expected) in [
        (
            "[confidence]\n\"payload_paths.win\" = 0.5\n",
            "is no path of this file",
        ),
        (
            "[event_mapping]\nx = { stage = \"idle_start\", confidence = 1.5 }\n",
            "event_mapping.\"x\".confidence: 1.5 is not in 0..=1",
        ),
        (
            "[[heuristics]]\nkeywords = [\"\"]\nstage = \"idle_start\"\nconfidence = 0.5\n",
            "heuristics[0].keywords: at most 64 words of 1 to 64 characters",
        ),
        (
            "[[heuristics]]\nkeywords = [\"x\"]\nstage = \"idle_strat\"\nconfidence = 0.5\n",
            "heuristics[0].stage: there is no stage \"idle_strat\"",
        ),
        (
            "[validation]\nmin_confidence = nan\n",
            "validation.min_confidence: NaN is not in 0..=1",
        ),
    ] {
        let error = Adapter::read(&format!("{base}{text}"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{text}\n{error}");
    }
}
