//! Which messages count as mapped, and which times are those of a spin.

use super::*;

/// The share of these messages that is mapped.
fn share(text: &str, messages: &[Json]) -> f64 {
    let mut adapter = Adapter::read(text).unwrap();
    for (ms, message) in messages.iter().enumerate() {
        adapter.take(message, ms as f64);
    }
    adapter.coverage().share()
}

/// A right adapter of states maps every state, also those in which nothing differs.
#[test]
fn every_state_is_mapped_whether_it_makes_a_stage_or_not() {
    let states = vec![state(&json!(3), "0", "100", false); 20];
    assert_eq!(share(FILE, &states), 1.0);
    let mut with_others = states;
    with_others.extend([json!({"other": 1}), json!({"state": {"phase": "idle"}})]);
    // The last has everything that the rule looks at.
    assert_eq!(share(FILE, &with_others), 21.0 / 22.0);
    // An amount that is none: the state is not taken.
    let wrong = state(&json!(3), "-1", "100", false);
    let share = share(FILE, &[wrong, state(&json!(3), "0", "100", false)]);
    assert_eq!(share, 0.5);
}

#[test]
fn a_known_name_is_mapped_unless_its_event_is_refused() {
    for (message, is_mapped) in [
        (json!({"type": "debug.tick"}), true),
        (json!({"type": "spin"}), true),
        (json!({"type": "reel.land", "reel": 2, "symbols": []}), true),
        (
            json!({"type": "reel.land", "reel": 12, "symbols": []}),
            false,
        ),
        (json!({"type": "reel.land"}), false),
        (json!({"type": "other"}), false),
        (
            json!({"events": [{"type": "other"}, {"type": "debug.tick"}]}),
            true,
        ),
        (
            json!({"events": [{"type": "other"}, {"type": "another"}]}),
            false,
        ),
        (json!({"events": []}), false),
    ] {
        let share = share(FILE, std::slice::from_ref(&message));
        assert_eq!(share, f64::from(u8::from(is_mapped)), "{message}");
    }
    // Not sure enough to be heard, but known.
    let unsure = "schema = 1\nadapter_id = \"a\"\n[event_mapping]\n\
                  \"go\" = { stage = \"spin_end\", confidence = 0.3 }\n\
                  [[heuristics]]\nkeywords = [\"coin\"]\nstage = \"spin_end\"\nconfidence = 0.6\n";
    for (name, expected) in [("go", 1.0), ("coin.drop", 1.0), ("gone", 0.0)] {
        assert_eq!(share(unsure, &[json!({"type": name})]), expected, "{name}");
    }
}

#[test]
fn a_rule_knows_what_it_looks_at() {
    let text = |when: &str| {
        format!(
            "schema = 1\nadapter_id = \"a\"\n[[rule]]\nid = \"r\"\nemit = \"spin_end\"\nwhen = {when}\n"
        )
    };
    let both = text("{ any = [{ path = \"/a\", equals = 1 }, { path = \"/b\", changed = true }] }");
    for (message, expected) in [
        (json!({"a": 0, "b": 0}), 1.0),
        (json!({"a": 0}), 0.0),
        // It fires.
        (json!({"a": 1}), 1.0),
        (json!({"c": 1}), 0.0),
    ] {
        assert_eq!(
            share(&both, std::slice::from_ref(&message)),
            expected,
            "{message}"
        );
    }
    let elapsed = text("{ time_elapsed_ms = 1000 }");
    assert_eq!(share(&elapsed, &[json!({"a": 1}), json!({"b": 1})]), 0.0);
}

/// Up to an hour within a spin, from 10^11 ms on since 1970, and nothing between.
#[test]
fn a_time_is_within_a_spin_or_since_1970() {
    let text = |unit: &str, clock: &str| {
        format!(
            "schema = 1\nadapter_id = \"a\"\n[event_mapping]\n\"go\" = \"spin_end\"\n\
             [timing]\nunit = \"{unit}\"\nclock = \"{clock}\"\n"
        )
    };
    let take = |text: &str, ts: Json| {
        let mut adapter = Adapter::read(text).unwrap();
        adapter.take(&json!({"type": "go", "ts": ts}), 0.0)
    };
    let game = text("ms", "game");
    let spin = |ms| vec![When::Spin { ms, in_list: false }];
    assert_eq!(take(&game, json!(3_600_000)).times, spin(3_600_000.0));
    assert_eq!(
        take(&game, json!(100_000_000_000_u64)).times,
        [When::After(0.0)]
    );
    assert_eq!(
        take(&game, json!(1_790_000_000_000_u64)).times,
        [When::After(0.0)]
    );
    for ts in [
        json!(3_600_001),
        json!(7_200_000),
        json!(99_999_999_999_u64),
        json!(1.79e9),
    ] {
        let answer = take(&game, ts.clone());
        assert_eq!(answer.stages, [], "{ts}");
        let [Report::Refused { text }] = answer.reports.as_slice() else {
            panic!("{ts} {answer:?}");
        };
        assert!(text.contains("timing.clock = \"receive\""), "{text}");
    }
    // Seconds and microseconds, at the limits.
    assert_eq!(
        take(&text("s", "game"), json!(3600)).times,
        spin(3_600_000.0)
    );
    assert_eq!(take(&text("s", "game"), json!(3601)).times, []);
    assert_eq!(
        take(&text("s", "game"), json!(1.79e9)).times,
        [When::After(0.0)]
    );
    assert_eq!(
        take(&text("us", "game"), json!(3_600_000_000_u64)).times,
        spin(3_600_000.0)
    );
    assert_eq!(
        take(&text("us", "game"), json!(3_600_001_000_u64)).times,
        []
    );
    // Where times of the game do not count, none is wrong.
    let received = text("ms", "receive");
    for ts in [json!(3_600_001), json!(-1), json!("now")] {
        assert_eq!(
            take(&received, ts.clone()).times,
            [When::After(0.0)],
            "{ts}"
        );
    }
}
