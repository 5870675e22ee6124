mod game;
mod hostile;

use super::*;
use crate::adapter::{self, Report};
use game::{Format, Stream, events, lines, play, snapshot};
use segue_middleware::stage::{Stage, StageEvent};
use serde_json::json;
use std::io::BufReader;

fn samples(lines: &[String]) -> Samples {
    let mut samples = Samples::new(1);
    samples
        .read("game.jsonl", lines.join("\n").as_bytes())
        .unwrap();
    assert_eq!(samples.refused(), []);
    samples
}

fn proposal(format: Format) -> Proposal {
    let lines = lines(format, play(7, 300));
    propose(&samples(&lines), "test", None).unwrap()
}

const DECOYS: [&str; 6] = ["build", "uid", "session", "sent", "node", "token"];

/// Every purpose stands where it does, for sure; nothing else is thought to be anything.
#[track_caller]
fn check_fields(proposal: &Proposal, expected: &[(Purpose, &str)]) {
    for (purpose, path) in expected {
        let found = proposal
            .fields
            .iter()
            .find(|it| it.guess.purpose == *purpose);
        let found = found.unwrap_or_else(|| panic!("no {purpose:?}: {:#?}", proposal.fields));
        assert_eq!(found.guess.path, *path, "{purpose:?}");
        assert!(found.guess.confidence >= 0.8, "{found:?}");
    }
    for found in &proposal.fields {
        let is_decoy = DECOYS.iter().any(|name| found.guess.path.ends_with(name));
        assert!(!is_decoy || found.guess.confidence <= 0.5, "{found:?}");
        assert!(!is_decoy || !found.is_proposed, "{found:?}");
    }
}

#[track_caller]
fn check_events(proposal: &Proposal, expected: &[(&str, Option<&str>)]) {
    let events: Vec<(&str, Option<&str>)> = proposal
        .events
        .iter()
        .map(|event| (event.name.as_str(), event.stage))
        .collect();
    assert_eq!(events, expected, "{}", proposal.toml);
    for event in &proposal.events {
        assert!(event.confidence >= 0.8, "{event:?}");
        assert!(event.count > 0);
    }
}

#[test]
fn an_event_log_is_found() {
    let proposal = proposal(Format::Events);
    check_fields(
        &proposal,
        &[
            (Purpose::EventType, "/type"),
            (Purpose::Time, "/ts"),
            (Purpose::SpinNumber, "/spin"),
            (Purpose::Balance, "/d/balance"),
            (Purpose::Bet, "/d/bet"),
            (Purpose::Win, "/d/win"),
            (Purpose::Reel, "/d/reel"),
            (Purpose::Symbols, "/d/syms"),
        ],
    );
    check_events(
        &proposal,
        &[
            ("big_win", Some("big_win_tier")),
            ("debug.fps", None),
            ("reel.land", Some("reel_stop")),
            ("show_win", Some("win_present")),
            ("spin_start", Some("ui_spin_press")),
        ],
    );
    assert_eq!(proposal.list, None);
    let file = File::read(&proposal.toml).unwrap();
    assert_eq!(file.money.source, MoneySource::Integer);
    assert_eq!(
        (file.timing.unit, file.timing.clock),
        (adapter::Unit::Ms, adapter::Clock::Game)
    );
    // By hand: every spin has its press, 5 stops; wins and big ones are counted from the game.
    let states: Vec<game::State> = play(7, 300).collect();
    let count = |is: &dyn Fn(&game::Moment) -> bool| {
        states.iter().filter(|state| is(&state.moment)).count() as u64
    };
    let wins = count(&|it| matches!(it, game::Moment::Win { .. }));
    let big = count(&|it| matches!(it, game::Moment::Win { tier: 1.. }));
    let coverage = &proposal.coverage;
    let known = [
        ("big_win", big),
        ("debug.fps", 300),
        ("reel.land", 1500),
        ("show_win", wins),
    ];
    for (name, count) in known {
        assert_eq!(coverage.known()[name].count, count, "{name}");
    }
    assert_eq!(coverage.unknown()["credit.moved"].count, wins);
    assert_eq!(coverage.unknown_events(), wins);
    assert_eq!(coverage.never_seen().count(), 0);
    // Presses, stops, wins and frame rates, which are ignored; not the credits.
    let mapped = 300 + 1500 + wins + big + 300;
    assert_eq!(coverage.messages(), mapped + wins);
    assert_eq!(coverage.share(), mapped as f64 / coverage.messages() as f64);
}

#[test]
fn snapshots_are_found() {
    let proposal = proposal(Format::RichSnapshots);
    check_fields(
        &proposal,
        &[
            (Purpose::SpinNumber, "/state/round"),
            (Purpose::Balance, "/state/balance"),
            (Purpose::Bet, "/state/bet"),
            (Purpose::Win, "/state/win"),
            (Purpose::Symbols, "/state/reels"),
            (Purpose::Feature, "/state/free"),
            (Purpose::Multiplier, "/state/multiplier"),
            (Purpose::Phase, "/state/phase"),
        ],
    );
    assert!(proposal.events.is_empty());
    let file = File::read(&proposal.toml).unwrap();
    assert_eq!(file.snapshot_paths["reels"], "/state/reels");
    let rules: Vec<&str> = file.rule.iter().map(|rule| rule.emit.as_str()).collect();
    assert_eq!(
        rules,
        ["bonus_enter", "idle_start", "reel_spin_loop"],
        "{}",
        proposal.toml
    );
    let made = proposal.coverage.stages();
    let id = |name| table::named(name).unwrap().id;
    assert_eq!(
        (made[&id("ui_spin_press")], made[&id("reel_stop")]),
        (299, 1500)
    );
}

#[test]
fn batches_of_decimal_amounts_and_seconds_are_found() {
    let proposal = proposal(Format::Batches);
    check_fields(
        &proposal,
        &[
            (Purpose::EventType, "/eventName"),
            (Purpose::Time, "/time"),
            (Purpose::SpinNumber, "/roundId"),
            (Purpose::Balance, "/balance"),
            (Purpose::Bet, "/stake"),
            (Purpose::Win, "/winAmount"),
            (Purpose::Reel, "/reelIndex"),
            (Purpose::Symbols, "/symbols"),
        ],
    );
    check_events(
        &proposal,
        &[
            ("BigWin", Some("big_win_tier")),
            ("ReelStopped", Some("reel_stop")),
            ("SpinBegin", Some("ui_spin_press")),
            ("WinShown", Some("win_present")),
        ],
    );
    assert_eq!(proposal.list.as_deref(), Some("/data/events"));
    let file = File::read(&proposal.toml).unwrap();
    assert_eq!(
        (file.money.source, file.money.exponent),
        (MoneySource::DecimalString, 2)
    );
    assert_eq!(
        (file.timing.unit, file.timing.clock),
        (adapter::Unit::S, adapter::Clock::Game)
    );
    assert_eq!(proposal.coverage.share(), 1.0);
}

/// What is heard of a game: spin, milliseconds in it to the microsecond, stage.
type Heard = Vec<(u64, String, Stage)>;

/// The stages of one message of a spin at `ms`; times that the game gave go before.
fn hear(adapter: &mut Adapter, line: &str, spin: u64, ms: u64, heard: &mut Heard) {
    let message = crate::json::parse(line).unwrap();
    let answer = adapter.take(&message, (spin * 10_000 + ms) as f64);
    for report in &answer.reports {
        assert!(
            matches!(report, Report::Violation { .. } | Report::Unknown { .. }),
            "{report:?}"
        );
    }
    for StageEvent {
        stage,
        timestamp_ms,
        source_event,
        ..
    } in answer.stages
    {
        let from = if source_event.is_some() {
            0.0
        } else {
            ms as f64
        };
        let time = format!("{:.3}", from + timestamp_ms);
        heard.push((spin, time, stage));
    }
}

/// Stages that lie between two states, and that this game's events do not say.
fn is_between(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::ReelSpinningStart { .. }
            | Stage::ReelSpinningStop { .. }
            | Stage::EvaluateWins {}
            | Stage::SpinEnd {}
    )
}

/// All states of a game through an adapter, its spins from the second on: a difference needs
/// something before.
fn heard(toml: &str, format: Format) -> Heard {
    let mut adapter = Adapter::read(toml).unwrap();
    let mut heard = Vec::new();
    let mut spin: Vec<game::State> = Vec::new();
    for state in play(3, 200) {
        match format {
            Format::Events => {
                for line in events(&state) {
                    hear(&mut adapter, &line, state.spin, state.ms, &mut heard);
                }
            }
            Format::Batches => {
                if spin.first().is_some_and(|first| first.spin != state.spin) {
                    let line = game::batch(&spin);
                    hear(&mut adapter, &line, spin[0].spin, 0, &mut heard);
                    spin.clear();
                }
                spin.push(state);
            }
            _ => {
                let line = snapshot(&state, "");
                hear(&mut adapter, &line, state.spin, state.ms, &mut heard);
            }
        }
    }
    heard.retain(|(spin, _, stage)| (1..199).contains(spin) && !is_between(stage));
    heard
}

const RULES: &str = r#"
schema = 1
adapter_id = "rules"
layers = ["rule_based"]
[[rule]]
id = "press"
priority = 10
when = { path = "/state/balance", decreased = true }
emit = "ui_spin_press"
[[rule]]
id = "win"
priority = 9
when = { path = "/state/win", increased = true }
emit = "win_present"
params = { win_amount = "$/state/win", line_count = 0 }
continue = true
[[rule]]
id = "big"
priority = 8
when = { path = "/state/big", increased = true }
emit = "big_win_tier"
params = { tier = "$/state/big", amount = "$/state/win" }
"#;

fn rules() -> String {
    let stop = |reel: u8| {
        format!(
            "[[rule]]\nid = \"stop-{reel}\"\n\
             when = {{ all = [{{ path = \"/state/reels/{reel}\", present = true }}, \
             {{ path = \"/state/reels/{reel}\", changed = true }}] }}\n\
             emit = \"reel_stop\"\nparams = {{ reel = {reel}, symbols = \"$/state/reels/{reel}\" }}\n"
        )
    };
    let stops: String = (0..game::REELS).map(stop).collect();
    format!("{RULES}{stops}")
}

#[test]
fn one_game_in_three_formats_and_by_rules_is_heard_alike() {
    let by_events = heard(&proposal(Format::Events).toml, Format::Events);
    assert!(by_events.len() > 1200);
    let others = [
        (proposal(Format::Snapshots).toml, Format::Snapshots),
        (proposal(Format::Batches).toml, Format::Batches),
        (rules(), Format::Snapshots),
    ];
    for (toml, format) in others {
        let other = heard(&toml, format);
        for (left, right) in by_events.iter().zip(&other) {
            assert_eq!(left, right, "{format:?}\n{toml}");
        }
        assert_eq!(by_events.len(), other.len(), "{format:?}");
    }
}

#[test]
fn a_million_messages_give_one_proposal_for_one_seed() {
    let lines = || {
        let states = play(7, u64::MAX / 1000).flat_map(|state| events(&state));
        BufReader::with_capacity(1 << 16, Stream::new(states.take(1_000_000)))
    };
    let read = |seed| {
        let mut samples = Samples::new(seed);
        samples.read("game", lines()).unwrap();
        assert_eq!(samples.total(), 1_000_000);
        assert!((9_000..=SAMPLES_MAX).contains(&samples.kept()));
        samples
    };
    let samples = read(1);
    let first = propose(&samples, "test", None).unwrap();
    let again = propose(&read(1), "test", None).unwrap();
    assert_eq!(first.toml, again.toml);
    assert_eq!(first.fields, again.fields);
    assert_eq!(first.coverage, again.coverage);
    let sure = |purpose| {
        let found = first.fields.iter().find(|it| it.guess.purpose == purpose);
        found.is_some_and(|found| found.guess.confidence >= 0.8)
    };
    for purpose in [
        Purpose::EventType,
        Purpose::Time,
        Purpose::Balance,
        Purpose::Bet,
        Purpose::Win,
        Purpose::Reel,
        Purpose::Symbols,
        Purpose::SpinNumber,
    ] {
        assert!(sure(purpose), "{purpose:?} {:#?}", first.fields);
    }
    let other = read(2);
    let text = |samples: &Samples| samples.messages().map(|it| it.message).collect::<Vec<_>>();
    assert_ne!(text(&samples)[0], text(&other)[0]);
}

/// No key of `event` or `type`: what happened is the `msg`.
#[test]
fn messages_that_call_their_event_msg_are_read() {
    let mut lines = Vec::new();
    for spin in 0..12 {
        let press = json!({"msg": "SPIN_PRESSED", "payload": {"stake": 100, "round": spin}});
        let lands = (0..5).map(|reel| json!({"msg": "REEL_LANDED", "payload": {"col": reel}}));
        let result = json!({"msg": "ROUND_RESULT", "payload": {"won": spin % 3 * 150}});
        lines.push(press.to_string());
        lines.extend(lands.map(|land| land.to_string()));
        lines.push(result.to_string());
    }
    let proposal = propose(&samples(&lines), "test", None).unwrap();
    check_fields(&proposal, &[(Purpose::EventType, "/msg")]);
    let made = proposal.coverage.stages();
    let id = |name| table::named(name).unwrap().id;
    assert_eq!(made[&id("ui_spin_press")], 12);
    assert_eq!(made[&id("reel_stop")], 60);
}

/// Every line is as likely as any other: over many seeds each tenth of a file has its share.
#[test]
fn samples_are_spread_evenly() {
    let lines: Vec<String> = (0..40_000).map(|n| format!("{{\"n\":{n}}}")).collect();
    let text = lines.join("\n");
    let mut tenths = [0_u32; 10];
    for seed in 0..40 {
        let mut samples = Samples::new(seed);
        samples.read("lines", text.as_bytes()).unwrap();
        for sample in samples.messages() {
            let n = sample.message["n"].as_u64().unwrap();
            tenths[usize::try_from(n / 4000).unwrap()] += 1;
        }
    }
    // 40 × 1000 lines in each; 4σ of 40 × 20 runs of 50.
    for count in tenths {
        assert!((35_000..45_000).contains(&count), "{tenths:?}");
    }
}

#[test]
fn rows_of_a_trace_and_frames_are_taken_apart() {
    let inner = r#"{"type":"spin_start","bet":1}"#;
    let frame = format!(r#"{{"type":"custom","seq":1,"t_us":5000,"data":{inner}}}"#);
    let batch = format!(
        r#"{{"type":"batch","seq":2,"t_us":7000,"data":{{"items":[{{"type":"custom","data":{inner}}},{{"type":"custom","data":{inner}}}]}}}}"#
    );
    let text = [
        r#"{"format":"segue.trace","version":1}"#.to_owned(),
        format!(r#"{{"n":1,"t_rx_us":9000,"frame":{frame}}}"#),
        format!(r#"{{"n":2,"frame":{inner}}}"#),
        r#"{"n":3,"refused":"parse"}"#.to_owned(),
        r#"{"n":2,"calls":[]}"#.to_owned(),
        format!(r#"{{"n":4,"frame":{batch}}}"#),
        r#"{"end_smp":96000}"#.to_owned(),
    ]
    .join("\n");
    let mut samples = Samples::new(1);
    samples.read("a.trace.jsonl", text.as_bytes()).unwrap();
    assert_eq!((samples.total(), samples.kept()), (3, 3));
    let expected: Json = serde_json::from_str(inner).unwrap();
    let taken: Vec<(Option<f64>, Json)> = samples
        .messages()
        .map(|sample| (sample.at_ms, sample.message))
        .collect();
    let times: Vec<Option<f64>> = taken.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [Some(9.0), None, Some(7.0), Some(7.0)]);
    assert!(taken.iter().all(|(_, message)| *message == expected));
}

/// What no adapter sees is no sample, and only the first line says that a file is a trace.
#[test]
fn segues_own_rows_are_no_samples() {
    let row = |n: u32, more: &str, src: &str, seq: u32, data: &str| {
        format!(
            r#"{{"n":{n},"src":"{src}",{more}"frame":{{"type":"custom","seq":{seq},"t_us":5,"data":{data}}}}}"#
        )
    };
    let said = r#"{"type":"spin_start"}"#;
    let head = r#"{"format":"segue.trace","version":1}"#;
    let rows = [
        row(1, r#""via":"game","#, "web/1", 1, said),
        row(2, r#""via":"segue","#, "web/1", 0, r#"{"closed":"gone"}"#),
        row(
            3,
            r#""via":"osc","#,
            "left/1",
            1,
            r#"{"address":"/a","args":[]}"#,
        ),
        row(4, "", "web/1", 0, r#"{"command":"stop","args":{}}"#),
        row(5, "", "osc/1", 1, r#"{"address":"/a","args":[]}"#),
        row(6, "", "web/1", 2, said),
        head.to_owned(),
        said.to_owned(),
    ];
    let kept = |lines: &[String]| {
        let mut samples = Samples::new(1);
        samples
            .read("a.trace.jsonl", lines.join("\n").as_bytes())
            .unwrap();
        assert_eq!(samples.refused(), []);
        assert_eq!(samples.total(), samples.kept() as u64);
        let messages = samples.messages().map(|sample| sample.message.to_string());
        messages.collect::<Vec<_>>()
    };
    let trace = [&[head.to_owned()][..], &rows].concat();
    assert_eq!(kept(&trace), [said, said]);
    assert_eq!(kept(&rows), [said, said, head, said]);
}

#[test]
fn what_a_person_is_hardly_sure_of_is_kept() {
    let current = "schema = 1\nadapter_id = \"mine\"\n[event_mapping]\n\
        \"swoosh\" = { stage = \"idle_start\", confidence = 0.1 }\n";
    let lines = lines(Format::Events, play(7, 100));
    let proposal = propose(&samples(&lines), "test", Some(current)).unwrap();
    let kept = proposal.events.iter().find(|event| event.name == "swoosh");
    assert_eq!(kept.map(|event| event.confidence), Some(0.1));
    assert!(proposal.toml.contains("\"swoosh\""), "{}", proposal.toml);
}

#[test]
fn what_a_person_wrote_is_kept() {
    let current = "schema = 1\nadapter_id = \"mine\"\ncompany_name = \"Acme\"\n\
        [event_mapping]\n\"show_win\" = { stage = \"win_line_show\", params = { line = 3 } }\n\
        \"old\" = \"ignore\"\n\
        [validation]\nmin_confidence = 0.7\n\
        [[heuristics]]\nkeywords = [\"credit\"]\nstage = \"autoplay_stop\"\nconfidence = 0.6\n";
    let lines = lines(Format::Events, play(7, 100));
    let proposal = propose(&samples(&lines), "test", Some(current)).unwrap();
    let file = File::read(&proposal.toml).unwrap();
    assert_eq!(
        (file.adapter_id.as_str(), file.company_name.as_str()),
        ("mine", "Acme")
    );
    assert_eq!(file.validation.min_confidence, 0.7);
    let of = |name: &str| {
        proposal
            .events
            .iter()
            .find(|event| event.name == name)
            .unwrap()
    };
    assert_eq!(
        (of("show_win").stage, of("show_win").confidence),
        (Some("win_line_show"), 1.0)
    );
    assert_eq!((of("old").stage, of("old").count), (None, 0));
    let moved = of("credit.moved");
    assert_eq!(
        (moved.stage, moved.confidence),
        (Some("autoplay_stop"), 0.6)
    );
    let diff = diff(current, &proposal.toml);
    assert!(
        diff.contains("--- current") && diff.contains("+[payload_paths]"),
        "{diff}"
    );
    assert!(!diff.contains("-company_name"), "{diff}");
    assert_eq!(super::diff(current, current), "");
}

/// What a win counts up to is not what it counts from.
#[test]
fn where_a_win_counts_from_is_not_guessed() {
    let spin = |n: u64, start: &str| {
        let win = 100 + n;
        [
            r#"{"msg":"spin_start","stake":100}"#.to_owned(),
            format!(r#"{{"msg":"rollup_start","payout":{win}{start}}}"#),
            format!(r#"{{"msg":"rollup_end","payout":{win}}}"#),
        ]
    };
    let proposal = |start: &str| {
        let lines: Vec<String> = (0..50).flat_map(|n| spin(n, start)).collect();
        propose(&samples(&lines), "test", None).unwrap()
    };
    let without = proposal("");
    assert!(without.toml.contains("\"start\" = 0"), "{}", without.toml);
    let told = "\"rollup_start\": no start was found, 0 stands for it";
    assert!(
        without.warnings.iter().any(|it| it.contains(told)),
        "{:?}",
        without.warnings
    );
    let with = proposal(r#","from":20"#);
    assert!(
        with.toml.contains("\"start\" = \"$/from\""),
        "{}",
        with.toml
    );
}

#[test]
fn fields_that_events_lack_are_told() {
    let line = r#"{"event":"reel_stop","symbols":["CHERRY"]}"#;
    let other = r#"{"event":"spin_start"}"#;
    let proposal = propose(&samples(&[line.into(), other.into()]), "test", None).unwrap();
    let stop = &proposal.events[0];
    // A name that is exact, and never a stage of it.
    assert_eq!((stop.name.as_str(), stop.confidence), ("reel_stop", 0.5));
    let told = |text: &str| proposal.warnings.iter().any(|it| it.contains(text));
    assert!(
        told("reel_stop needs reel: a whole number in 0..=9"),
        "{:?}",
        proposal.warnings
    );
    assert!(
        told("no symbols was found, [] stands for it"),
        "{:?}",
        proposal.warnings
    );
}
