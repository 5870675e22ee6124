//! Games from texts: `run`, `check`, and what `new` reads out of names.

use crate::support::Space;
use serde_json::Value;
use std::collections::BTreeSet;

/// A block of this language in the documentation.
fn example(language: &str) -> String {
    let page = include_str!("../../../docs/interactive.md");
    let fence = format!("```{language}\n");
    let block = page.split(&fence).nth(1).unwrap();
    block.split("```").next().unwrap().to_owned()
}

/// The documentation's project and scene, as `hero` and `hero.txt`.
fn hero() -> Space {
    let space = Space::new();
    space.write("hero/project.json", example("json").as_bytes());
    for name in [
        "step_a",
        "step_b",
        "stone",
        "engine_low",
        "engine_high",
        "theme",
        "hello",
    ] {
        space.wav(&format!("hero/assets/{name}.wav"), 4_000);
    }
    space.write("hero.txt", example("scene").as_bytes());
    space
}

fn rows(space: &Space, file: &str) -> Vec<Value> {
    let text = String::from_utf8(space.read(file)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Rows of a type, without what a run takes.
fn of_type<'a>(rows: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    rows.iter().filter(move |row| row["type"] == kind)
}

#[test]
fn the_example_of_the_documentation_plays() {
    let space = hero();
    let run = [
        "run", "hero", "--scene", "hero.txt", "-o", "a.wav", "--events", "a.jsonl", "--json",
    ];
    let report = space.segue(&run).ok().json();
    assert_eq!(
        (&report["calls"], &report["seconds"]),
        (&14.into(), &7.0.into())
    );
    assert!(report["loudness_lufs"].as_f64().unwrap() > -60.0);
    let rows = rows(&space, "a.jsonl");
    let posted: Vec<_> = of_type(&rows, "posted").collect();
    let steps: Vec<_> = posted
        .iter()
        .filter(|row| row["event"] == "Play_Step")
        .collect();
    let at: Vec<_> = steps
        .iter()
        .map(|row| row["t_smp"].as_u64().unwrap())
        .collect();
    assert_eq!(at, [24_000, 38_400, 52_800, 67_200, 76_800]);
    assert!(steps.iter().all(|row| row["object"] == "hero"));
    // On grass one of two, never the same twice; on stone the one of stone.
    let chosen = of_type(&rows, "decision").filter(|row| row["reason"] == "selected");
    let chosen: Vec<_> = chosen.map(|row| row["child"].as_str().unwrap()).collect();
    let steps: Vec<_> = chosen
        .iter()
        .filter(|child| child.starts_with("step_"))
        .collect();
    assert!(
        steps.len() == 4 && steps.windows(2).all(|pair| pair[0] != pair[1]),
        "{chosen:?}"
    );
    assert!(chosen.contains(&"stone"), "{chosen:?}");
    for kind in [
        "seed", "voice", "state", "switch", "rtpc", "duck", "finished",
    ] {
        assert!(
            of_type(&rows, kind).next().is_some(),
            "there is no row {kind}"
        );
    }
    let theme = of_type(&rows, "voice").find(|row| row["event"] == "Play_Theme");
    assert_eq!(theme.unwrap()["bus"], "music");
    // No number is beyond what a script reads exactly; what events post counts downwards.
    let fight = posted.iter().rposition(|row| row["event"] == "Play_Engine");
    assert_eq!(posted[fight.unwrap()]["playing"], -1);
    for key in ["voice", "playing"] {
        let numbers = rows.iter().filter_map(|row| row[key].as_i64());
        assert!(
            numbers.map(i64::abs).all(|number| number < 1 << 53),
            "{key}"
        );
    }
    let state = of_type(&rows, "state").next().unwrap();
    assert_eq!(
        (&state["from"], &state["to"]),
        (&"none".into(), &"on".into())
    );
}

#[test]
fn a_report_counts_refusals_by_their_reason() {
    let space = hero();
    let objects: String = (0..4_098).map(|n| format!("0 register o{n}\n")).collect();
    space.write("many.txt", (objects + "0.2 end\n").as_bytes());
    let run = [
        "run", "hero", "--scene", "many.txt", "-o", "a.wav", "--json",
    ];
    let game = &space.segue(&run).ok().json()["game"];
    assert_eq!(game["ignored"], 2, "{game}");
    // There is room for 4,096.
    let expected = serde_json::json!({"limit_game_objects": 2});
    assert_eq!(game["refusals"], expected);
}

#[test]
fn a_scene_has_the_same_bits_for_all_blocks_and_when_it_is_replayed() {
    let space = hero();
    let run = |out: &str, more: &[&str]| {
        let first = [
            "run", "hero", "--scene", "hero.txt", "-o", out, "--bits", "32f",
        ];
        space.segue(&[&first, more].concat()).ok();
        space.read(out)
    };
    let first = run("a.wav", &["--events", "a.jsonl"]);
    assert_eq!(
        run("b.wav", &["--block", "1000", "--events", "b.jsonl"]),
        first
    );
    assert_eq!(
        run("c.wav", &["--block", "random", "--log", "c.seglog"]),
        first
    );
    assert_ne!(
        run("d.wav", &["--seed", "7"]),
        first,
        "another seed, other choices"
    );
    let stripped = |file: &str| {
        let mut rows = rows(&space, file);
        for row in &mut rows {
            row.as_object_mut().unwrap().shift_remove("cost_ns");
        }
        rows
    };
    assert_eq!(stripped("a.jsonl"), stripped("b.jsonl"));
    space
        .segue(&["replay", "c.seglog", "-o", "e.wav", "--bits", "32f"])
        .ok();
    assert_eq!(space.read("e.wav"), first);
}

#[test]
fn a_scene_is_refused_with_its_line_before_anything_is_written() {
    let space = hero();
    for (scene, words) in [
        (
            "0 spin\n1 post Play_Stpe",
            "bad.txt, line 2: there is no event called \"Play_Stpe\"; did you mean \"Play_Step\"?",
        ),
        (
            "0 psot Play_Step",
            "bad.txt, line 1: there is no command \"psot\"; did you mean \"post\"?",
        ),
        (
            "0 post Play_Step object=hreo\n",
            "line 1: there is no game object called \"hreo\"; there is none",
        ),
        (
            "0 register hero\n1 post Play_Step object=hreo",
            "did you mean \"hero\"?",
        ),
        (
            "0 state Combat off",
            "line 1: there is no value called \"off\"",
        ),
        ("0 state Combta on", "did you mean \"Combat\"?"),
        ("0 stop step", "line 1: there is no post called \"step\""),
        ("0 rtpc sped 1", "did you mean \"speed\"?"),
    ] {
        space.write("bad.txt", scene.as_bytes());
        let run = space
            .segue(&["run", "hero", "--scene", "bad.txt", "-o", "bad.wav"])
            .fails(1);
        run.says(words);
        assert!(!space.path("bad.wav").exists());
    }
    space
        .segue(&["run", "hero", "--scene", "none.txt"])
        .fails(1)
        .says("none.txt: cannot open");
    space.segue(&["run", "hero"]).fails(2);
    let same = [
        "run", "hero", "--scene", "hero.txt", "-o", "x", "--events", "x",
    ];
    space.segue(&same).fails(2).says("name the same file");
    let over = [
        "run",
        "hero",
        "--scene",
        "hero.txt",
        "-o",
        "hero/project.json",
    ];
    space.segue(&over).fails(1);
}

#[test]
fn a_project_that_does_not_compile_says_where() {
    let space = hero();
    let bad = example("json").replace("\"target\": \"step\"", "\"target\": \"stpe\"");
    space.write("hero/project.json", bad.as_bytes());
    let line = bad.lines().position(|line| line.contains("stpe")).unwrap() + 1;
    let run = space
        .segue(&["run", "hero", "--scene", "hero.txt"])
        .fails(1);
    run.says(&format!(
        "interactive.events[0].actions[0].target (line {line}, column "
    ));
    run.says("did you mean \"step\"?");
    let check = space.segue(&["check", "hero", "--json"]).fails(1).json();
    // That nothing plays "step" now follows from it.
    let findings = check["findings"].as_array().unwrap();
    let kinds: Vec<_> = findings.iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["invalid"], "{check}");
    assert_eq!(
        findings[0]["path"],
        "interactive.events[0].actions[0].target"
    );
    assert_eq!(findings[0]["file"], "project.json");
    assert_eq!(findings[0]["line"], line);
    // What is no project any more is told by findings too.
    space.write("hero/project.json", b"{");
    let broken = space.segue(&["check", "hero", "--json"]).fails(1).json();
    assert_eq!(broken["findings"][0]["kind"], "invalid", "{broken}");
}

#[test]
fn a_check_finds_what_was_forgotten() {
    let space = hero();
    let clean = space.segue(&["check", "hero"]).ok();
    assert_eq!(clean.stdout, "nothing was found\n");
    let mut project: Value = serde_json::from_str(&example("json")).unwrap();
    project["interactive"]["events"]
        .as_array_mut()
        .unwrap()
        .pop();
    project["assets"][6]["file"] = "assets/gone.wav".into();
    space.write("hero/project.json", project.to_string().as_bytes());
    let found = space.segue(&["check", "hero", "--json"]).fails(1).json();
    assert_eq!(found["clean"], false);
    let kinds: BTreeSet<_> = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        BTreeSet::from(["loop_without_stop", "missing_asset"])
    );
    let allowed = [
        "check",
        "hero",
        "--allow",
        "loop_without_stop,missing_asset",
    ];
    space.segue(&allowed).ok();
    let text = space.segue(&["check", "hero"]).fails(1);
    assert!(
        text.stdout.contains("assets[6] (line 1, column "),
        "{}",
        text.stdout
    );
    let file = ") (missing_asset): assets/gone.wav does not play";
    assert!(text.stdout.contains(file), "{}", text.stdout);
    assert!(text.stderr.is_empty(), "{}", text.stderr);
    space
        .segue(&["check", "hero", "--allow", "unused_asets"])
        .fails(2)
        .says("did you mean unused_asset?");
    space.segue(&["check", "nowhere"]).fails(1);
}

#[test]
fn the_projects_that_come_with_segue_are_clean() {
    let space = Space::new();
    let presets = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets");
    for name in ["factory", "lantern"] {
        let project = presets.join(name);
        let clean = space.segue(&["check", project.to_str().unwrap()]).ok();
        assert_eq!(clean.stdout, "nothing was found\n", "{name}");
    }
}

/// The minute that the factory project ships with shows all that its page says.
#[test]
fn the_chase_has_all_levels_contexts_stingers_and_its_duck_on_the_grid() {
    let space = Space::new();
    let factory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/factory");
    let scene = factory.join("scenes/chase.txt");
    let [project, scene] = [&factory, &scene].map(|path| path.to_str().unwrap());
    let run = [
        "run",
        project,
        "--scene",
        scene,
        "--events",
        "chase.jsonl",
        "-q",
    ];
    space.segue(&run).ok();
    let rows = rows(&space, "chase.jsonl");

    let contexts: Vec<_> = of_type(&rows, "context").map(|row| &row["to"]).collect();
    let expected = [
        "MENU", "BASE", "HIDEOUT", "BASE", "SHOWDOWN", "BASE", "MENU",
    ];
    assert_eq!(contexts, expected);

    // Those that contexts begin with, and those that rules got.
    let begins = of_type(&rows, "context").filter(|row| row["to"] == "BASE");
    let begins = begins.map(|row| &row["level"]);
    let granted = of_type(&rows, "level").filter(|row| row["context"] == "BASE");
    let granted = granted.filter(|row| row["refusal"].is_null());
    let levels = begins.chain(granted.map(|row| &row["to"]));
    let levels: BTreeSet<_> = levels.map(|level| level.as_u64().unwrap()).collect();
    assert_eq!(levels, BTreeSet::from([0, 1, 2, 3, 4]));

    // A beat is 24,000 frames.
    for (asset, sync, grid) in [
        ("bell", "beat", 24_000),
        ("stinger", "next_downbeat", 96_000),
    ] {
        let mut begins = of_type(&rows, "voice").filter(|row| {
            row["asset"] == asset && row["what"] == "started" && row["event"].is_null()
        });
        let at = begins.next().unwrap()["t_smp"].as_u64().unwrap();
        assert!(begins.next().is_none(), "{asset} once");
        assert_eq!(at % grid, 0, "{asset} at {at}");
        let lands = |row: &Value| row["granted_at_smp"] == at && row["granted"] == sync;
        assert!(of_type(&rows, "sync").any(lands), "{asset} at {at}");
    }

    let duck: Vec<_> = of_type(&rows, "duck")
        .filter(|row| row["rule"] == "speech over music")
        .map(|row| row["gain_db"].as_f64().unwrap())
        .collect();
    assert!(duck.contains(&-9.0), "{duck:?}");
    assert_eq!(duck.last(), Some(&0.0));

    let errors: Vec<_> = of_type(&rows, "sync")
        .map(|row| row["error_smp"].as_f64().unwrap())
        .collect();
    assert!(errors.len() > 10, "{errors:?}");
    assert!(errors.iter().all(|error| error.abs() <= 1.0), "{errors:?}");
}

/// What plays into the master of the factory project, each alone and all of it without the limiter.
#[test]
fn song_and_game_of_the_factory_project_fit_in_together() {
    let space = Space::new();
    let factory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/factory");
    for file in std::fs::read_dir(factory.join("assets")).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        space.write(
            &format!("p/assets/{name}"),
            &std::fs::read(file.path()).unwrap(),
        );
    }
    let project = std::fs::read(factory.join("project.json")).unwrap();
    let project: Value = serde_json::from_slice(&project).unwrap();
    let chase = std::fs::read(factory.join("scenes/chase.txt")).unwrap();
    space.write("chase.txt", &chase);
    let both = "0 transport play\n0 post Begin\n0.5 level 4\n0.6 post Sprint\n60 end\n";
    space.write("both.txt", both.as_bytes());
    let groups = ["music", "ambience", "sfx", "ui", "voice"];
    for heard in groups.iter().map(|it| Some(*it)).chain([None]) {
        let mut project = project.clone();
        for bus in project["buses"].as_array_mut().unwrap() {
            let id = bus["id"].as_str().unwrap().to_owned();
            if id == "master" {
                bus["inserts"] = Value::Array(Vec::new());
            }
            let is_other = heard.is_some_and(|heard| heard != id);
            bus["mute"] = (is_other && groups.contains(&id.as_str())).into();
        }
        space.write("p/project.json", project.to_string().as_bytes());
        for scene in ["chase.txt", "both.txt"] {
            let run = [
                "run", "p", "--scene", scene, "-o", "a.wav", "--bits", "32f", "--json", "-q",
            ];
            let report = space.segue(&run).ok().json();
            let peak = report["true_peak_dbtp"].as_f64().unwrap_or(-96.0);
            assert!(peak < -0.5, "{heard:?} in {scene}: {peak} dBTP");
        }
    }
}

#[test]
fn names_of_files_say_what_belongs_together() {
    let space = Space::new();
    for name in [
        "step_a",
        "step_b",
        "amb_wind",
        "boom (1)",
        "boom (2)",
        "hum_layer1",
        "hum_layer2",
        "ui_click",
    ] {
        space.wav(&format!("mine/{name}.wav"), 4_000);
    }
    let made = space
        .segue(&["new", "game", "--from", "mine", "--json"])
        .ok()
        .json();
    let groups = made["groups"].as_array().unwrap();
    let names: Vec<_> = groups
        .iter()
        .map(|group| (&group["name"], &group["kind"]))
        .collect();
    assert_eq!(
        names,
        [
            (&"boom".into(), &"variants".into()),
            (&"step".into(), &"variants".into()),
            (&"hum".into(), &"layers".into())
        ]
    );
    assert_eq!(made["events"], 10);
    let bus = |id: &str| {
        let sounds = made["sounds"].as_array().unwrap();
        sounds.iter().find(|sound| sound["id"] == id).unwrap()["bus"].clone()
    };
    assert_eq!(
        (bus("amb_wind"), bus("ui_click"), bus("step_a")),
        ("ambience".into(), "ui".into(), "sfx".into())
    );
    space.write("s.txt", b"0 repeat 3 every 0.2 post Play_step\n0.1 post Play_hum\n0.1 rtpc hum_layer 0.5\n1 post Stop_hum\n2 end");
    space
        .segue(&["run", "game", "--scene", "s.txt", "--events", "e.jsonl"])
        .ok();
    assert_eq!(of_type(&rows(&space, "e.jsonl"), "posted").count(), 5);

    space.write("rules.toml", b"[[rule]]\nmatch = '^step'\nbus = 'feet'\n");
    let own = [
        "new",
        "own",
        "--from",
        "mine",
        "--rules",
        "rules.toml",
        "--json",
    ];
    let made = space.segue(&own).ok().json();
    assert_eq!(
        (&made["groups"], &made["sounds"][5]["bus"]),
        (&Value::Array(vec![]), &"feet".into())
    );
    space.write("rules.toml", b"[[rule]]\nmatch = '('\nbus = 'feet'\n");
    let bad = ["new", "bad", "--from", "mine", "--rules", "rules.toml"];
    space.segue(&bad).fails(1).says("rules.toml: naming rule 1");
    assert!(!space.path("bad").exists());
}
