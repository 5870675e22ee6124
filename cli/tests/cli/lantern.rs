//! The slot game that ships with Segue, played from its strips to its sound.

use crate::support::Space;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../presets/lantern");
const GAME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../presets/lantern/game.json");
const SHOWCASE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../presets/lantern/scenes/showcase.json"
);

/// Everything that the game can do, once.
fn showcase(more: &[&'static str]) -> Vec<&'static str> {
    let all = ["--scenario", SHOWCASE, "--gamble", "2", "--seed", "7"];
    [&all[..], more].concat()
}

fn rows(space: &Space, file: &str) -> Vec<Value> {
    let text = String::from_utf8(space.read(file)).unwrap();
    let rows = text.lines().map(|row| serde_json::from_str(row).unwrap());
    rows.collect()
}

#[test]
fn every_stage_of_the_played_game_is_heard_and_ends() {
    let space = Space::new();
    let report = [
        &["stages", "report", PROJECT, "--game", GAME, "--json"][..],
        &showcase(&["--spins", "40", "--profile", "festival"])[..],
    ];
    let report = space.segue(&report.concat()).ok().json();
    assert_eq!(report["clean"], true);
    assert_eq!(report["unbound"], json!([]));
    assert_eq!(report["open_loops"], json!([]));
    assert_eq!(report["violations"], json!([]));
    assert_eq!(report["without_asset"], json!({}));
    assert_eq!(report["stuck_ducks"], json!([]));
    let stages = report["stages"].as_array().unwrap();
    let seen: BTreeSet<&str> = stages
        .iter()
        .map(|row| row["stage"].as_str().unwrap())
        .collect();
    for stage in [
        "anticipation_tension_layer",
        "win_line_show",
        "rollup_tick",
        "big_win_tier",
        "feature_step",
        "feature_retrigger",
        "fs_summary",
        "cascade_step",
        "bonus_reveal",
        "gamble_result",
        "near_miss",
        "jackpot_celebration",
    ] {
        assert!(seen.contains(stage), "{stage} never came");
    }
    for row in stages {
        assert_eq!(row["seen"], row["bound"], "{row}");
        assert!(row["played"].as_u64().unwrap() > 0, "{row}");
    }
    // What the game does not do is all that waits for a cue.
    let silent = report["never_triggered"].as_array().unwrap();
    let silent: Vec<&str> = silent.iter().map(|name| name.as_str().unwrap()).collect();
    let expected = [
        "FEATURE_ENTER",
        "UI_SKIP_PRESS",
        "IDLE_START",
        "IDLE_LOOP",
        "MENU_OPEN",
        "MENU_CLOSE",
        "AUTOPLAY_START",
        "AUTOPLAY_STOP",
        "SYMBOL_TRANSFORM",
        "WILD_EXPAND",
        "MULTIPLIER_CHANGE",
        "SYMBOL_UPGRADE",
        "MYSTERY_REVEAL",
        "MULTIPLIER_APPLY",
        "CUSTOM",
    ];
    let unexpected: Vec<_> = silent.iter().filter(|it| !expected.contains(it)).collect();
    assert_eq!(unexpected, [] as [&&str; 0]);
}

#[test]
fn music_follows_what_the_game_wins() {
    let space = Space::new();
    let run = [
        &[
            "run", PROJECT, "--slot", GAME, "--events", "a.jsonl", "--json",
        ][..],
        &["-o", "a.wav", "--bits", "16", "--profile", "festival"],
        &showcase(&["--spins", "10"])[..],
    ];
    let report = space.segue(&run.concat()).ok().json();
    let rows = rows(&space, "a.jsonl");
    let of = |kind: &str| {
        let kind = kind.to_owned();
        rows.iter().filter(move |row| row["type"] == *kind)
    };
    let entered: BTreeSet<&str> = of("context").filter_map(|row| row["to"].as_str()).collect();
    let all = ["BASE", "FREESPINS", "HOLDWIN", "JACKPOT", "PICKEM"];
    assert_eq!(
        entered,
        BTreeSet::from(all),
        "every context is entered and left"
    );
    let granted = |up: bool, context: &str| {
        let moves = of("level").filter(|row| row["refusal"].is_null());
        let mut moves = moves.filter(|row| row["context"] == context);
        moves.any(|row| (row["to"].as_u64() > row["from"].as_u64()) == up)
    };
    assert!(granted(true, "BASE") && granted(false, "BASE"));
    assert!(granted(true, "FREESPINS"), "a feature rises");
    let rules: BTreeSet<&str> = of("level")
        .filter(|row| row["refusal"].is_null())
        .filter_map(|row| row["rule"].as_str())
        .collect();
    for rule in ["win", "great_win", "deep", "half", "awaited"] {
        assert!(
            rules.contains(rule),
            "{rule} never moved the music: {rules:?}"
        );
    }
    let ducked: BTreeSet<&str> = of("duck").filter_map(|row| row["rule"].as_str()).collect();
    assert!(ducked.len() >= 5, "{ducked:?}");
    check_sound(&space, &report);
}

/// Loud enough, never too loud, and never silent before the end.
fn check_sound(space: &Space, report: &Value) {
    let loudness = report["loudness_lufs"].as_f64().unwrap();
    assert!((-21.5..-18.5).contains(&loudness), "{loudness} LUFS");
    let peak = report["true_peak_dbtp"].as_f64().unwrap();
    assert!(peak < -1.0, "{peak} dBTP");
    let wav = space.read("a.wav");
    let data = wav.windows(4).position(|word| word == b"data").unwrap() + 8;
    let samples: Vec<f64> = wav[data..]
        .chunks_exact(2)
        .map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])))
        .collect();
    // 400 ms of two channels; the last 6 s are what rings on.
    let part = 48_000 * 2 * 2 / 5;
    let parts = samples.len() / part - 15;
    for (number, part) in samples.chunks_exact(part).take(parts).enumerate().skip(2) {
        let power = part.iter().map(|x| x * x).sum::<f64>() / part.len() as f64;
        let level = 10.0 * (power.max(1e-9) / 32_768.0_f64.powi(2)).log10();
        assert!(
            level > -60.0,
            "{level:.0} dB at {:.1} s",
            number as f64 * 0.4
        );
    }
}

#[test]
fn two_hundred_spins_and_every_feature_are_the_same_bits_for_any_block() {
    let space = Space::new();
    for (wav, log, spins, block) in [
        ("a.wav", "a.jsonl", "a.spins", "512"),
        ("b.wav", "b.jsonl", "b.spins", "77"),
    ] {
        let run = [
            &["run", PROJECT, "--slot", GAME, "--profile", "turbo"][..],
            &["-o", wav, "--events", log, "--block", block, "--bits", "16"],
            &["--spin-log", spins],
            &showcase(&["--spins", "200", "--pause", "100"])[..],
        ];
        space.segue(&run.concat()).ok();
    }
    assert!(
        space.read("a.wav") == space.read("b.wav"),
        "the audio differs"
    );
    let told = |file: &str| {
        let mut rows = rows(&space, file);
        for row in &mut rows {
            // The one measured value.
            row.as_object_mut().unwrap().remove("cost_ns");
        }
        rows
    };
    assert!(told("a.jsonl") == told("b.jsonl"), "the rows differ");
    assert!(
        space.read("a.spins") == space.read("b.spins"),
        "the logs of spins differ"
    );
    // The scenario has 21 steps.
    let replayed = space.segue(&["slot", "replay", GAME, "a.spins"]).ok();
    assert!(
        replayed.stdout.contains("221 spins played again"),
        "{}",
        replayed.stdout
    );
}

/// Every outcome that has a name, one after the other, each as the list of outcomes says, and from their log
/// again.
#[test]
fn every_named_outcome_of_the_game_is_kept_and_played_again() {
    let space = Space::new();
    let bands = [
        ("small", 1, 5),
        ("medium", 5, 15),
        ("big", 15, 25),
        ("mega", 25, 50),
        ("epic", 50, 100),
        ("ultra", 100, 1_000_000),
    ];
    let features = ["free_spins", "hold_and_win", "pick"];
    let jackpots = ["mini", "minor", "major", "grand"];
    let mut names = vec!["lose", "near_miss", "cascade"];
    names.extend(bands.map(|(name, ..)| name));
    names.extend(features);
    let tiers = jackpots.map(|tier| format!("jackpot:{tier}"));
    names.extend(tiers.iter().map(String::as_str));
    let steps: Vec<Value> = names.iter().map(|name| json!({"outcome": name})).collect();
    let scenario = json!({"format": "segue.scenario", "version": 1, "steps": steps});
    space.write("all.json", scenario.to_string().as_bytes());
    let play = ["slot", "scenario", GAME, "all.json", "--seed", "3"];
    let play = [&play[..], &["--log", "all.jsonl", "--json"]].concat();
    let report = space.segue(&play).ok().json();
    let spins = report["spins"].as_array().unwrap();
    assert_eq!(spins.len(), names.len());
    let amount = |result: &Value, key: &str| result[key].as_i64().unwrap();
    for (name, spin) in names.iter().zip(spins) {
        let result = &spin["result"];
        let (win, bet) = (amount(result, "total_win"), amount(result, "bet"));
        let paid = result["features"].as_array().unwrap();
        let is_kept = match *name {
            "lose" => win == 0,
            "near_miss" => result["near_miss"].is_object(),
            "cascade" => !result["cascade"].as_array().unwrap().is_empty(),
            feature if features.contains(&feature) => paid.iter().any(|it| it["type"] == feature),
            name => match name.strip_prefix("jackpot:") {
                // At random, or inside of a feature.
                Some(tier) => result.to_string().contains(&format!("\"tier\":\"{tier}\"")),
                None => {
                    let band = bands.iter().find(|(known, ..)| *known == name);
                    band.is_some_and(|(_, from, below)| from * bet <= win && win < below * bet)
                }
            },
        };
        assert!(is_kept, "{name}: {win} of {bet}");
    }
    let replayed = space.segue(&["slot", "replay", GAME, "all.jsonl"]).ok();
    assert!(
        replayed.stdout.contains("16 spins played again"),
        "{}",
        replayed.stdout
    );
    space
        .segue(&["slot", "force", GAME, "wheel"])
        .fails(1)
        .says("its rules have no wheel");
}

/// A return of 96 %, which `slot enumerate` counts in a minute: so many spins come near enough.
#[test]
fn the_game_gives_back_what_a_slot_game_does() {
    let space = Space::new();
    let spins = 200_000_u32;
    let text = space.segue(&["slot", "spin", GAME, "--count", &spins.to_string()]);
    let text = text.ok().stdout;
    let amount = |line: &str, name: &str| {
        let (_, rest) = line.split_once(name)?;
        rest.split(',').next()?.trim().parse::<f64>().ok()
    };
    let lines = text.lines().filter(|line| line.starts_with("Spin "));
    let sums = lines.fold((0.0, 0.0), |(bet, win), line| {
        let (more, won) = (amount(line, " bet "), amount(line, " win "));
        (bet + more.unwrap(), win + won.unwrap())
    });
    assert!((sums.0 - f64::from(spins) * 0.2).abs() < 1e-3);
    // One standard deviation is 0.05.
    let back = sums.1 / sums.0;
    assert!((0.8..1.12).contains(&back), "{back}");
}

/// The big wins of the showcase are those that its notes name.
#[test]
fn the_big_wins_of_the_showcase_have_their_tiers() {
    let space = Space::new();
    let play = ["slot", "scenario", GAME, SHOWCASE, "--json"];
    let report = space.segue(&play).ok().json();
    let spins = report["spins"].as_array().unwrap();
    let bets: Vec<f64> = spins[12..15]
        .iter()
        .map(|spin| &spin["result"])
        .map(|it| it["total_win"].as_f64().unwrap() / it["bet"].as_f64().unwrap())
        .collect();
    for (bets, tier) in bets.iter().zip([100.0..250.0, 250.0..500.0, 500.0..1e9]) {
        assert!(tier.contains(bets), "{bets} bets, not {tier:?}");
    }
}

#[test]
fn what_belongs_to_a_slot_game_is_refused_without_one() {
    let space = Space::new();
    let refused = |more: &[&str], words: &str| {
        space
            .segue(&[&["run", PROJECT], more].concat())
            .fails(2)
            .says(words);
    };
    refused(&["--scene", "a.txt", "--scenario", "cascade"], "--slot");
    refused(&["--scenario", "stress"], "name it with --slot");
    refused(&["--spins", "3"], "--slot");
    for scene in ["--scene", "--trace"] {
        let log = ["--spin-log", "q.jsonl"];
        refused(
            &[&[scene, "a.txt"], &log[..]].concat(),
            "name it with --slot",
        );
        let device = ["--device", "x"];
        refused(&[&[scene, "a.txt"], &device[..]].concat(), "use --live");
    }
    assert!(!space.path("q.jsonl").exists());
    refused(&["--slot", GAME, "--profile", "festivla"], "\"festival\"");
}
