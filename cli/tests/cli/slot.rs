//! `segue slot`.

use super::support::Space;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
#[cfg(unix)]
use std::process::{Command, Stdio};

/// What no number of lines changes: of 259,440,000 stops, on one line for one credit.
fn check_published(odds: &Value, [rtp, variance]: [[&str; 2]; 2], squares: u64, line: &Value) {
    let fraction = |value: &Value, [numerator, denominator]: [&str; 2]| {
        assert_eq!(value["numerator"], numerator, "{value}");
        assert_eq!(value["denominator"], denominator, "{value}");
    };
    fraction(&odds["rtp"], rtp);
    fraction(&odds["one_line"]["variance"], variance);
    assert_eq!(odds["one_line"]["sum_squares"], squares);
    assert_eq!(&odds["one_line"]["histogram"], line);
    assert_eq!(odds["states"], 259_440_000);
    let seen = json!([
        133_351_680,
        94_936_512,
        27_025_344,
        3_845_232,
        273_456,
        7_776
    ]);
    assert_eq!(odds["scatters"][0]["by_count"], seen);
}

/// Of the sheet of 96.2 %.
fn check_high(odds: &Value) {
    let histogram = json!({
        "2": 3_520_000, "5": 2_148_100, "10": 1_148_000, "25": 940_800, "30": 465_828,
        "40": 294_000, "50": 235_340, "100": 163_088, "150": 36_900, "200": 107_328,
        "250": 25_776, "500": 50_428, "1000": 6_880, "10000": 32,
    });
    let fractions = [
        ["1148123", "1193424"],
        ["21524569564154831", "168272784000000"],
    ];
    check_published(odds, fractions, 33_300_827_700, &histogram);
}

/// Of the sheet of 85 %.
fn check_low(odds: &Value) {
    let histogram = json!({
        "2": 2_860_000, "5": 2_846_600, "10": 854_900, "25": 534_300, "30": 607_910,
        "40": 249_400, "50": 145_642, "100": 112_124, "150": 72_440, "200": 97_510,
        "250": 16_672, "500": 29_962, "1000": 5_008, "10000": 32,
    });
    let fractions = [["42272949", "49726000"], ["72427177486319", "747879040000"]];
    check_published(odds, fractions, 25_204_336_500, &histogram);
}

/// With one line their windows are few.
#[test]
fn both_published_sheets_are_enumerated_to_the_fraction() {
    let space = Space::new();
    type Sheet = (&'static str, u64, fn(&Value));
    let sheets: [Sheet; 2] = [
        ("lobstermania-96", 9_142_500, check_high),
        ("lobstermania-85", 8_432_500, check_low),
    ];
    for (name, hits, check) in sheets {
        let presets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/slots");
        let text = fs::read(presets.join(format!("{name}.json"))).unwrap();
        let mut game: Value = serde_json::from_slice(&text).unwrap();
        game["mode"]["lines"] = json!([[1, 1, 1, 1, 1]]);
        game["bet_credits"] = 1.into();
        space.write("one.json", game.to_string().as_bytes());
        let odds = space.segue(&["slot", "enumerate", "one.json", "--json"]);
        let odds = odds.ok().json();
        check(&odds);
        // The bonus is no win of the window: it counts where awards do.
        assert_eq!(odds["one_line"]["hits"], hits);
        assert_eq!(odds["features"][0]["awards"], 150_000);
        let count = |value: &Value| value.as_u64().unwrap();
        let (wins, all) = (
            &odds["spin"]["wins"]["hits"],
            &odds["spin"]["wins_or_awards"],
        );
        assert!(count(wins) < count(all), "{wins} {all}");
        assert!(count(all) <= count(wins) + 150_000, "{wins} {all}");
    }
}

#[test]
fn the_published_sheet_is_enumerated_to_the_integer() {
    let space = Space::new();
    let odds = space
        .segue(&["slot", "enumerate", "lobstermania-96", "--json"])
        .ok()
        .json();
    check_high(&odds);
    assert_eq!(odds["one_line"]["hits"], 9_142_500);
    assert_eq!(odds["one_line"]["sum_credits"], 172_449_740);
    assert_eq!(odds["scatters"][0]["wins"]["sum_credits"], 27_617_760);
    assert_eq!(odds["features"][0]["awards"], 15 * 150_000);
    assert_eq!(odds["rtp_exact"], true);
}

#[test]
fn looking_at_every_stop_counts_the_same_integers() {
    const TINY: &str = r#"{
      "format": "segue.slot", "version": 1, "id": "tiny", "name": "Tiny",
      "bet_credits": 1, "rows": [2, 1, 2],
      "symbols": [
        {"name": "W", "kind": "wild", "excludes": ["S"], "pays": {"3": 50}},
        {"name": "A", "pays": {"2": 2, "3": 9}},
        {"name": "S", "kind": "scatter", "pays": {"3": 10}}
      ],
      "strips": ["W A A S A", "A W A S", "A A W S A A"],
      "mode": {"type": "lines", "lines": [[0, 0, 0], [1, 0, 1]]},
      "jackpots": [
        {"tier": "mini", "seed_bets": 10, "contribution_ppm": 5000, "cap_seeds": 10,
         "trigger": {"type": "symbols", "symbol": "S", "count": 3}},
        {"tier": "major", "seed_bets": 100, "contribution_ppm": 5000, "cap_seeds": 10,
         "trigger": {"type": "random", "one_in": 250}}
      ]
    }"#;
    let space = Space::new();
    space.write("tiny.json", TINY.as_bytes());
    let odds = |more: &[&str]| {
        let first = ["slot", "enumerate", "tiny.json"];
        space.segue(&[&first[..], more].concat()).ok()
    };
    let mut counted = odds(&["--json"]).json();
    assert_eq!(counted["states"], 120);
    for brute in ["--brute", "--brute-force"] {
        for jobs in ["1", "3"] {
            let mut looked = odds(&[brute, "--jobs", jobs, "--json"]).json();
            assert_eq!(looked["brute_force"].take(), true);
            counted["brute_force"].take();
            assert_eq!(looked, counted, "{brute} {jobs}");
        }
    }
    // 2 of 5 stops show a scatter on the first reel, 1 of 4 and 2 of 6 on the others.
    let jackpots = &counted["jackpots"];
    assert_eq!(
        (&jackpots[0]["outcomes"], &jackpots[0]["of"]),
        (&4.into(), &120.into())
    );
    assert_eq!(
        (&jackpots[1]["outcomes"], &jackpots[1]["of"]),
        (&1.into(), &250.into())
    );
    let text = odds(&["--brute"]).stdout;
    assert_eq!(text, odds(&[]).stdout);
    for stated in [
        "1 in 30.0 spins (4 of 120), ",
        "1 in 250.0 spins (1 of 250), ",
    ] {
        assert!(text.contains(stated), "{text}");
    }
}

#[test]
fn spins_are_logged_and_replayed_and_changes_are_found() {
    let space = Space::new();
    let spin = [
        "slot",
        "spin",
        "demo-studio",
        "--count",
        "200",
        "--log",
        "log.jsonl",
        "--json",
    ];
    let first = space.segue(&spin).ok().json();
    assert_eq!(first["spins"].as_array().unwrap().len(), 200);
    let replay = ["slot", "replay", "demo-studio", "log.jsonl"];
    assert!(
        space
            .segue(&replay)
            .ok()
            .stdout
            .contains("200 spins played again")
    );
    let forced = [
        "slot",
        "force",
        "demo-studio",
        "free_spins",
        "--count",
        "3",
        "--json",
    ];
    for spin in space.segue(&forced).ok().json()["spins"]
        .as_array()
        .unwrap()
    {
        let features = spin["result"]["features"].as_array().unwrap();
        assert!(
            features
                .iter()
                .any(|feature| feature["type"] == "free_spins")
        );
    }
    let text = String::from_utf8(space.read("log.jsonl")).unwrap();
    let changed = text.replacen("\"win\":0", "\"win\":1", 1);
    assert_ne!(changed, text, "one of 200 spins wins nothing");
    space.write("log.jsonl", changed.as_bytes());
    space
        .segue(&replay)
        .fails(1)
        .says("the win is 1 in the log, but 0 here");
    let rows: Vec<&str> = text.lines().take(2).chain(["{\"spin\":"]).collect();
    space.write("log.jsonl", rows.join("\n").as_bytes());
    space
        .segue(&replay)
        .fails(1)
        .says("log.jsonl: row of a spin log, spin (line 3");
}

#[test]
fn a_simulation_reports_what_it_played() {
    let space = Space::new();
    let sim = [
        "slot",
        "sim",
        "lobstermania-85",
        "--spins",
        "1e5",
        "--report",
        "r.html",
        "--png",
        "r.png",
        "--json",
    ];
    let played = space.segue(&sim).ok().json();
    let (rtp, sigma) = (&played["rtp"], &played["rtp_sigma"]);
    let apart = rtp.as_f64().unwrap() - played["rtp_counted"].as_f64().unwrap();
    assert!(apart.abs() < 4.0 * sigma.as_f64().unwrap());
    let page = String::from_utf8(space.read("r.html")).unwrap();
    assert!(page.contains("100000 spins") && page.contains("<svg"));
    assert!(space.read("r.png").starts_with(b"\x89PNG"));
    let few = ["slot", "sim", "demo-low", "--spins", "1e3"];
    space
        .segue(&few)
        .ok()
        .says("the interval does not know it yet");
    // Said before anything is spun.
    let nowhere = [
        "slot",
        "sim",
        "demo-low",
        "--spins",
        "1e12",
        "--report",
        "no/r.html",
    ];
    space.segue(&nowhere).fails(1).says("no/r.html");
}

#[test]
fn a_sheet_is_imported_and_its_figures_compared() {
    let space = Space::new();
    let sheet = "name,Tiny\nrows,1,1,1\nlength,4,4,4\n\
                 symbol,W,wild,1,1,1,3:50\nsymbol,A,regular,2,2,2,3:9\nsymbol,S,blank,1,1,1\n";
    // 1 way to W W W, and 27 - 1 to three of A with wilds.
    space.write(
        "a.csv",
        format!("{sheet}stated,line_hits,27\nstated,rtp,443.75\n").as_bytes(),
    );
    let import = space
        .segue(&["slot", "import", "a.csv", "-o", "a.json", "--json"])
        .ok()
        .json();
    assert_eq!(import["figures"][0]["verdict"], "equal");
    assert_eq!(import["path"], "a.json");
    let odds = space
        .segue(&["slot", "enumerate", "a.json", "--json"])
        .ok()
        .json();
    assert_eq!(odds["one_line"]["sum_credits"], 50 + 26 * 9);
    space.write("b.csv", format!("{sheet}stated,line_hits,28\n").as_bytes());
    let found = space.segue(&["slot", "import", "b.csv"]).fails(1);
    assert!(found.stdout.contains("differs"), "{}", found.stdout);
    space.write("c.csv", sheet.replace("length,4", "length,5").as_bytes());
    space
        .segue(&["slot", "import", "c.csv"])
        .fails(1)
        .says("c.csv: line 3, column 2, reel 1: the sum of weights is 4");
    space.write("d.csv", b"name,Tiny\n");
    space
        .segue(&["slot", "import", "d.csv"])
        .fails(1)
        .says("d.csv: rows: the number of reels is 0");
}

#[test]
fn a_sheet_in_json_is_imported_as_one_in_csv_is() {
    let space = Space::new();
    let sheet = json!({
        "format": "segue.par", "version": 1, "name": "Tiny",
        "rows": [1, 1, 1], "lengths": [4, 4, 4],
        "symbols": [
            {"name": "W", "kind": "wild", "weights": [1, 1, 1], "pays": {"3": 50}},
            {"name": "A", "weights": [2, 2, 2], "pays": {"3": 9}},
            {"name": "S", "kind": "blank", "weights": [1, 1, 1]},
        ],
        "stated": {"line_hits": 27, "rtp": 443.75},
    });
    let import = |file: &str, sheet: &str| {
        space.write(file, sheet.as_bytes());
        space.segue(&[
            "slot",
            "import",
            file,
            "-o",
            &format!("{file}.game"),
            "--json",
        ])
    };
    let found = import("a.json", &sheet.to_string()).ok().json();
    let csv = "name,Tiny\nrows,1,1,1\nlength,4,4,4\n\
               symbol,W,wild,1,1,1,3:50\nsymbol,A,regular,2,2,2,3:9\nsymbol,S,blank,1,1,1\n\
               stated,line_hits,27\nstated,rtp,443.75\n";
    let known = import("a.csv", csv).ok().json();
    assert_eq!(found["figures"], known["figures"]);
    assert_eq!(found["figures"][0]["verdict"], "equal");
    assert_eq!(space.read("a.json.game"), space.read("a.csv.game"));
    let refused = |from: &str, to: &str, words: &str| {
        let text = sheet.to_string();
        assert!(text.contains(from), "{from}: {text}");
        import("b.json", &text.replacen(from, to, 1))
            .fails(1)
            .says(words);
    };
    refused(
        "\"line_hits\":27",
        "\"line_hits\":27,\"line_hits\":28",
        "b.json: PAR sheet, stated.line_hits (line 1, column",
    );
    refused("\"rows\"", "\"rowz\"", "unknown field `rowz`");
    refused("segue.par", "segue.slot", "this is not a segue.par");
    refused(
        "[4,4,4]",
        "[5,4,4]",
        "b.json: reel 1: the sum of weights is 4, but must be 5",
    );
    let found = import("c.json", &sheet.to_string().replace("27", "28"))
        .fails(1)
        .json();
    let verdict = |name: &str| {
        let rows = found["figures"].as_array().unwrap();
        let row = rows.iter().find(|row| row["figure"] == name).unwrap();
        row["verdict"].clone()
    };
    assert_eq!(
        (verdict("line_hits"), verdict("rtp")),
        ("differs".into(), "equal".into())
    );
}

#[test]
fn mistakes_are_answered_with_a_way_out() {
    let space = Space::new();
    let refused = |arguments: &[&str], code, words: &str| {
        space
            .segue(&[&["slot"], arguments].concat())
            .fails(code)
            .says(words);
    };
    refused(&["spin", "demo-lo"], 1, "did you mean \"demo-low\"?");
    refused(&["force", "demo-low", "hughe"], 2, "none of lose, small");
    refused(
        &["force", "lobstermania-96", "cascade"],
        1,
        "no spin of \"lobstermania-96\" gives",
    );
    refused(
        &["spin", "demo-low", "--stops", "1,2,3"],
        1,
        "name every reel",
    );
    refused(&["sim", "demo-low", "--spins", "1e99"], 2, "1..=1e12");
    refused(
        &["spin", "demo-low", "--coin", "-5"],
        2,
        "a credit is 1..=1000000 minor units",
    );
    refused(&["sim", "demo-low", "--coin", "0"], 2, "minor units");
    refused(
        &["spin", "demo-low", "--stops", "1,a"],
        2,
        "a stop is a whole number",
    );
    refused(
        &["force", "demo-low", "between:200..100"],
        2,
        "the second larger than the first",
    );
    refused(
        &["force", "demo-low", "shows:Coinx99"],
        1,
        "gives shows:Coinx99: its strips show at most",
    );
    space.write("g.json", br#"{"format": "segue.slot"}"#);
    refused(&["spin", "g.json"], 1, "missing field");
    let short = br#"{"format": "segue.scenario", "version": 1, "steps": [{}, {"stops": [1]}]}"#;
    space.write("s.json", short);
    let wrong = "s.json: steps[1].stops: the number of stops is 1, but must be 5";
    refused(&["scenario", "demo-low", "s.json"], 1, wrong);
    let wheel =
        br#"{"format": "segue.scenario", "version": 1, "steps": [{}, {"outcome": "wheel"}]}"#;
    space.write("w.json", wheel);
    let wrong = "w.json: steps[1]: no spin of \"lobstermania-96\" gives wheel: its rules have";
    refused(&["scenario", "lobstermania-96", "w.json"], 1, wrong);
    let wrong = "its rules have no jackpots";
    refused(&["scenario", "lobstermania-96", "jackpot"], 1, wrong);
    refused(
        &["rng", "--count", "0"],
        2,
        "a count of numbers is 1..=1e12",
    );
    let _: Value = space
        .segue(&["slot", "scenario", "demo-low", "cascade", "--json"])
        .ok()
        .json();
}

#[test]
fn numbers_of_the_generator_are_dumped_raw_and_scaled() {
    let space = Space::new();
    let raw = ["slot", "rng", "--seed", "9", "--count", "40"];
    let lines = space.segue(&raw).ok().stdout;
    let lines: Vec<u64> = lines.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(lines.len(), 40);
    let more = ["--format", "binary", "-o", "raw.bin"];
    space.segue(&[&raw[..], &more].concat()).ok();
    let bytes = space.read("raw.bin");
    let read = bytes.chunks_exact(8);
    let read = read.map(|word| u64::from_le_bytes(word.try_into().unwrap()));
    assert!(read.eq(lines.iter().copied()));
    // A stop is a scaled number, and the stream goes on where it is told to.
    let scaled = ["--below", "47", "--skip", "10", "--json"];
    let object = space.segue(&[&raw[..], &scaled].concat()).ok().json();
    let first: u64 = object["numbers"][0].as_str().unwrap().parse().unwrap();
    assert_eq!(u128::from(first), (u128::from(lines[10]) * 47) >> 64);
    assert_eq!(object["counter_before"], 10);
    space
        .segue(&["slot", "rng", "--below", "0"])
        .fails(2)
        .says("--below");
}

#[test]
fn a_win_is_risked_and_collected() {
    let space = Space::new();
    let play = |choices: &str, seed: &str| {
        let words = [
            "slot", "gamble", "demo-low", choices, "--stake", "500", "--seed", seed,
        ];
        space.segue(&[&words[..], &["--json"]].concat()).ok().json()
    };
    let outcomes: Vec<Value> = (1..=16)
        .map(|seed| play("1", &seed.to_string())["collected"].clone())
        .collect();
    assert!(outcomes.contains(&0.into()) && outcomes.contains(&1000.into()));
    assert_eq!(play("0", "3"), play("0", "3"));
    space
        .segue(&["slot", "gamble", "demo-low", "2", "--stake", "500"])
        .fails(1)
        .says("the choice is 2, but must be 0..=1");
    space
        .segue(&["slot", "gamble", "lobstermania-96", "0", "--stake", "5"])
        .fails(1)
        .says("has no gamble");
}

/// The example of the help: what was played is shown where the game ends before the last choice.
#[test]
fn a_gamble_that_ends_early_says_so() {
    let space = Space::new();
    let play = |seed: u32| {
        let seed = seed.to_string();
        let words = ["slot", "gamble", "demo-high", "0,1,0", "--stake", "500"];
        space
            .segue(&[&words[..], &["--seed", &seed, "--json"]].concat())
            .ok()
            .json()
    };
    let lost = (1..=16)
        .map(play)
        .find(|it| it["rounds"].as_array().unwrap().len() == 1);
    let lost = lost.unwrap();
    assert_eq!(
        (&lost["over"], &lost["not_played"]),
        (&true.into(), &2.into())
    );
    assert_eq!(lost["collected"], 0);
    let text = space
        .segue(&["slot", "gamble", "demo-high", "0,1,0", "--stake", "500"])
        .ok();
    assert!(text.stdout.contains("round 1: side 0"), "{}", text.stdout);
    space
        .segue(&["slot", "gamble", "demo-high", "0,7", "--stake", "500"])
        .fails(1)
        .says("the choice is 7, but must be 0..=1");
}

#[test]
fn a_scenario_that_ends_is_played_to_its_end() {
    let space = Space::new();
    let spins = |repeat: &str, more: &[&str]| {
        let steps = vec!["{}"; 150].join(",");
        let text = format!(
            r#"{{"format": "segue.scenario", "version": 1, "repeat": {repeat}, "steps": [{steps}]}}"#
        );
        space.write("s.json", text.as_bytes());
        let words = ["slot", "scenario", "demo-low", "s.json", "--json"];
        let run = space.segue(&[&words[..], more].concat()).ok().json();
        run["spins"].as_array().unwrap().len()
    };
    assert_eq!(spins(r#""once""#, &[]), 150);
    assert_eq!(spins(r#"{"count": 2}"#, &[]), 300);
    assert_eq!(spins(r#""forever""#, &[]), 100);
    assert_eq!(spins(r#""ping_pong""#, &["--steps", "120"]), 120);
    let none =
        r#"{"format": "segue.scenario", "version": 1, "repeat": {"count": 0}, "steps": [{}]}"#;
    space.write("none.json", none.as_bytes());
    space
        .segue(&["slot", "scenario", "demo-low", "none.json"])
        .fails(1)
        .says("how often it is played is 0, but must be 1..=100000");
}

#[test]
fn what_the_rules_do_not_have_is_said_so() {
    let space = Space::new();
    let run = space
        .segue(&["slot", "force", "lobstermania-96", "free_spins"])
        .fails(1);
    run.says("its rules have no free spins");
    let near = ["slot", "force", "lobstermania-96", "near_miss", "--json"];
    let near = space.segue(&near).ok().json();
    assert!(
        near["spins"][0]["result"]["near_miss"].is_object(),
        "{near}"
    );
}

#[test]
fn a_row_of_a_log_has_its_stages_where_they_are_asked_for() {
    let space = Space::new();
    let rows = |more: &[&str]| -> Vec<Value> {
        let words = [
            "slot", "spin", "demo-low", "--count", "3", "--log", "l.jsonl",
        ];
        space.segue(&[&words[..], more].concat()).ok();
        let text = String::from_utf8(space.read("l.jsonl")).unwrap();
        text.lines()
            .map(|row| serde_json::from_str(row).unwrap())
            .collect()
    };
    for row in rows(&["--stages"]) {
        let stages = row["stages"].as_array().unwrap();
        assert_eq!(
            (&stages[0], stages.last().unwrap()),
            (&"ui_spin_press".into(), &"spin_end".into())
        );
    }
    for row in rows(&[]) {
        for key in ["stages", "audio_decisions", "project_hash"] {
            assert!(row.get(key).is_none(), "{row}");
        }
    }
}

/// Three reels of three rows on which six coins or more are always in view.
const COINS: &str = r#"{
  "format": "segue.slot", "version": 1, "id": "coins", "name": "Coins",
  "bet_credits": 1, "rows": [3, 3, 3],
  "symbols": [{"name": "A", "pays": {"3": 1}}, {"name": "O", "kind": "bonus"}],
  "strips": ["A O O", "A O O", "A O O"],
  "mode": {"type": "lines", "lines": [[0, 0, 0]]},
  "features": [{"name": "HW", "trigger": {"symbol": "O", "count": 6}, "rules": {"type": "hold_and_win",
    "respins": 3, "blank_weight": 10, "coins": [{"credits": 1, "weight": 1}PRIZE]}}]JACKPOTS}"#;

/// What stands behind a return is said, and a jackpot that comes several times a spin has one.
#[test]
fn a_return_says_what_it_is_and_is_a_number() {
    let space = Space::new();
    let plain = COINS.replace("PRIZE", "").replace("JACKPOTS", "");
    let jackpot = r#", "jackpots": [{"tier": "mini", "seed_bets": 5, "contribution_ppm": 5000,
        "cap_seeds": 10, "trigger": {"type": "features"}}]"#;
    let prize = r#", {"jackpot": "mini", "weight": 1}"#;
    let paid = COINS.replace("PRIZE", prize).replace("JACKPOTS", jackpot);
    space.write("plain.json", plain.as_bytes());
    space.write("paid.json", paid.as_bytes());
    let lines = plain.split(",\n  \"features\"").next().unwrap();
    space.write("lines.json", format!("{lines}}}").as_bytes());
    for (game, basis) in [
        ("lines.json", "exact"),
        ("plain.json", "counted"),
        ("paid.json", "estimated"),
    ] {
        let text = space.segue(&["slot", "enumerate", game]).ok().stdout;
        assert!(text.contains(&format!(" % ({basis})")), "{text}");
        assert!(!text.contains("NaN"), "{text}");
        let odds = space
            .segue(&["slot", "enumerate", game, "--json"])
            .ok()
            .json();
        assert_eq!(odds["rtp_basis"], basis);
        assert_eq!(odds["rtp_exact"], basis == "exact");
        assert_eq!(odds["rtp"]["numerator"].is_string(), basis == "exact");
        assert!(odds["rtp"]["value"].as_f64().unwrap() > 0.01, "{odds}");
        let reasons = odds["reasons"].as_array().unwrap();
        assert_eq!(reasons.is_empty(), basis == "exact", "{odds}");
    }
    let text = space.segue(&["slot", "enumerate", "paid.json"]).ok().stdout;
    assert!(text.contains(" times a spin, 5.00"), "{text}");
    let sim = |game: &str| {
        let words = ["slot", "sim", game, "--spins", "2e4", "--report", "r.html"];
        space.segue(&words).ok().stdout
    };
    for (game, word) in [("plain.json", "  counted "), ("paid.json", "  estimated ")] {
        let text = sim(game);
        assert!(text.contains(word) && !text.contains("NaN"), "{text}");
        let page = String::from_utf8(space.read("r.html")).unwrap();
        assert!(!page.contains("NaN"), "{game}");
    }
}

/// Nothing to measure by is not told as 10^300 standard errors.
#[test]
fn spins_that_all_win_the_same_are_no_standard_errors_apart() {
    let space = Space::new();
    let plain = COINS.replace("PRIZE", "").replace("JACKPOTS", "");
    space.write("plain.json", plain.as_bytes());
    let words = ["slot", "sim", "plain.json", "--spins", "1"];
    let text = space.segue(&words).ok().stdout;
    assert!(
        text.contains("  counted ") && !text.contains("apart"),
        "{text}"
    );
}

#[test]
fn numbers_of_spins_read_the_same_everywhere() {
    let space = Space::new();
    for command in [
        &["spin", "demo-low", "--count", "2e1"][..],
        &["force", "demo-low", "lose", "--count", "2e1"],
    ] {
        let run = space.segue(&[&["slot"], command, &["--json"]].concat());
        assert_eq!(run.ok().json()["spins"].as_array().unwrap().len(), 20);
    }
    let scenario = [
        "slot",
        "scenario",
        "demo-low",
        "win_showcase",
        "--steps",
        "1_0",
    ];
    space.segue(&scenario).ok();
    for (command, most) in [("spin", "1..=1000000"), ("force", "1..=100000")] {
        let words = ["slot", command, "demo-low", "lose", "--count", "1e7"];
        let words = words
            .iter()
            .filter(|word| command == "force" || **word != "lose");
        let words: Vec<&str> = words.copied().collect();
        space.segue(&words).fails(2).says(most);
    }
}

/// A file that is there is replaced, but never the one that is read.
#[test]
fn results_take_the_place_of_nothing_that_is_read() {
    let space = Space::new();
    let plain = COINS.replace("PRIZE", "").replace("JACKPOTS", "");
    space.write("game.json", plain.as_bytes());
    for words in [
        &["spin", "game.json", "--log", "./game.json"][..],
        &["force", "game.json", "lose", "--log", "game.json"],
        &["sim", "game.json", "--report", "game.json"],
        &["import", "game.json", "-o", "game.json"],
    ] {
        let run = space.segue(&[&["slot"], words].concat());
        assert!(!run.stderr.is_empty(), "{words:?}");
        assert_eq!(space.read("game.json"), plain.as_bytes(), "{words:?}");
    }
    space
        .segue(&["slot", "spin", "game.json", "--log", "game.json"])
        .fails(2)
        .says("would take the place of what is read");
    space
        .segue(&["slot", "sim", "game.json", "--report", "a", "--png", "./a"])
        .fails(2)
        .says("--report and --png name the same file");
    let log = [
        "slot",
        "spin",
        "game.json",
        "--count",
        "2",
        "--log",
        "l.jsonl",
    ];
    for _ in 0..2 {
        space.segue(&log).ok();
    }
    let rows = String::from_utf8(space.read("l.jsonl")).unwrap();
    assert_eq!(rows.lines().count(), 2);
}

/// Every option that docs/slot.md gives a command is one of it.
#[test]
fn the_page_of_slot_games_names_options_that_there_are() {
    let space = Space::new();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/slot.md");
    let page = fs::read_to_string(page).unwrap();
    let lines = page.lines().filter(|line| line.starts_with("segue "));
    let spans = page.split('`').filter(|span| span.starts_with("segue "));
    let mut helps = std::collections::BTreeMap::new();
    let mut seen = 0;
    for command in lines.chain(spans) {
        let command = command.split(['#', '\n']).next().unwrap_or(command);
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        let group = usize::from(matches!(words[0], "slot" | "stages"));
        let path: Vec<&str> = words.iter().take(1 + group).copied().collect();
        for option in words.iter().filter(|word| word.starts_with("--")) {
            let help = helps.entry(path.clone()).or_insert_with(|| {
                let words = [&path[..], &["--help"]].concat();
                space.segue(&words).ok().stdout
            });
            assert!(
                help.contains(&format!("{option} ")) || help.contains(&format!("{option}\n")),
                "{path:?} has no {option}"
            );
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_search_that_is_interrupted_says_so() {
    let space = Space::new();
    let child = space
        .command(&["slot", "force", "demo-low", "mega", "--count", "100000"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Before it listens, a signal ends it without a word.
    let status = format!("/proc/{}/status", child.id());
    let caught = |text: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        u64::from_str_radix(line.unwrap().trim(), 16).unwrap()
    };
    const INTERRUPT: u64 = 1 << 1;
    while caught(&std::fs::read_to_string(&status).unwrap()) & INTERRUPT == 0 {
        std::thread::yield_now();
    }
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), said.lines().last()),
        (Some(130), Some("error: cancelled"))
    );
}
