//! States of a game: what lies between them is in order, and every loop is ended.

use super::*;
use segue_middleware::stage::loops::Loops;
use segue_middleware::stage::timing::TimingProfile;

/// The layers and paths of the specification's example, with the rest of the paths.
const STATES: &str = r#"
schema = 1
adapter_id = "states"
layers = ["direct_event", "snapshot_diff", "rule_based"]
money = { exponent = 2, source = "decimal_string" }
bigwin_thresholds = [10, 15, 25, 50, 100]
[snapshot_paths]
reels = "/state/reels"
win = "/state/win"
bet = "/state/bet"
balance = "/state/balance"
feature_active = "/state/free"
total_win = "/state/total"
step = "/state/step"
"#;

/// A game that says its whole state each 100 ms.
struct Game {
    adapter: Adapter,
    state: Map<String, Json>,
    now_ms: f64,
    loops: Loops,
    violations: usize,
    /// What the ends of spins say.
    ends: Vec<(Option<i64>, Option<i64>, Option<FeatureType>)>,
}

impl Game {
    fn new(text: &str) -> Self {
        let mut game = Self {
            adapter: Adapter::read(text).unwrap(),
            state: Map::new(),
            now_ms: 0.0,
            loops: Loops::new(),
            violations: 0,
            ends: Vec::new(),
        };
        game.say(
            &json!({"reels": [[1], [2], [3]], "win": "0.00", "bet": "1.00",
            "balance": "100.00", "free": false}),
        );
        game
    }

    /// What changed in the state; the stages that are made of it.
    fn say(&mut self, changes: &Json) -> Vec<Stage> {
        self.state.extend(changes.as_object().unwrap().clone());
        self.now_ms += 100.0;
        let answer = self
            .adapter
            .take(&json!({"state": self.state}), self.now_ms);
        let is_violation = |report: &&Report| matches!(report, Report::Violation { .. });
        self.violations += answer.reports.iter().filter(is_violation).count();
        let ends = answer.stages.iter();
        let ends = ends.filter(|it| it.stage == (Stage::SpinEnd {}));
        self.ends
            .extend(ends.map(|it| (it.payload.win, it.payload.bet, it.payload.feature)));
        let stages: Vec<Stage> = answer.stages.into_iter().map(|it| it.stage).collect();
        for stage in &stages {
            self.loops.take(stage);
        }
        stages
    }

    fn names(&mut self, changes: &Json) -> Vec<&'static str> {
        let stages = self.say(changes);
        stages.iter().map(|stage| stage.id().name()).collect()
    }

    /// A spin whose win counts up, as `reels` are told.
    fn spin(&mut self, reels: [Json; 4]) -> Vec<&'static str> {
        let [all, none, one, rest] = reels;
        self.state["reels"] = all;
        let mut names = self.names(&json!({"balance": "99.00", "win": "0.00", "reels": none}));
        for changes in [
            json!({"reels": one}),
            json!({"reels": rest}),
            json!({"win": "1.00"}),
            json!({"win": "5.00"}),
            json!({"win": "12.00"}),
            json!({"balance": "111.00"}),
        ] {
            names.extend(self.names(&changes));
        }
        names
    }
}

fn places() -> [Json; 4] {
    [
        json!([[1], [2], [3]]),
        json!([null, null, null]),
        json!([[1], null, null]),
        json!([[1], [2], [3]]),
    ]
}

const SPIN: [&str; 18] = [
    "ui_spin_press",
    "reel_spinning_start",
    "reel_spinning_start",
    "reel_spinning_start",
    "reel_spinning_stop",
    "reel_stop",
    "reel_spinning_stop",
    "reel_stop",
    "reel_spinning_stop",
    "reel_stop",
    "evaluate_wins",
    "win_present",
    "rollup_start",
    "rollup_tick",
    "rollup_tick",
    "big_win_tier",
    "rollup_end",
    "spin_end",
];

#[test]
fn a_game_of_states_is_in_order_and_every_loop_ends() {
    let mut game = Game::new(STATES);
    assert_eq!(game.spin(places()), SPIN[..17]);
    assert_eq!(game.loops.open(), []);
    for _ in 0..3 {
        // The spin before ends where the next begins.
        let names = game.spin(places());
        assert_eq!(names[0], "spin_end");
        assert_eq!(names[1..], SPIN[..17]);
    }
    assert_eq!((game.loops.open(), game.violations), (&[][..], 0));
}

#[test]
fn strict_takes_a_game_of_states_whole() {
    let strict = format!("{STATES}[validation]\nstrict_fsm = true\n");
    let counts = [json!(3), json!(0), json!(1), json!(3)];
    let numbers = [json!([0, 1, 2]), json!([]), json!([2]), json!([0, 1, 2])];
    for reels in [places(), counts, numbers] {
        let mut game = Game::new(&strict);
        // The way in which it tells its reels holds from its beginning.
        game.adapter = Adapter::read(&strict).unwrap();
        game.say(&json!({"reels": reels[0]}));
        let names = game.spin(reels);
        let place = |name: &str| names.iter().position(|it| *it == name).unwrap();
        assert!(place("reel_stop") < place("evaluate_wins"), "{names:?}");
        assert!(place("evaluate_wins") < place("win_present"), "{names:?}");
        assert_eq!((game.loops.open(), game.violations), (&[][..], 0));
    }
}

/// A list of whole numbers may be symbols at the places of the reels, whichever they are.
#[test]
fn symbols_that_are_numbers_are_no_numbers_of_reels() {
    for symbols in [[4, 7, 7], [4, 7, 2], [12, 1, 0], [0, 1, 2], [2, 0, 1]] {
        let all = json!(symbols);
        let [first, second, _] = symbols;
        let mut game = Game::new(STATES);
        game.adapter = Adapter::read(STATES).unwrap();
        game.say(&json!({"reels": all}));
        for spin in 0..3 {
            let none = json!([null, null, null]);
            let mut heard = game.say(&json!({"balance": "99.00", "reels": none}));
            for reels in [
                json!([first, null, null]),
                json!([first, second, null]),
                all.clone(),
            ] {
                heard.extend(game.say(&json!({"reels": reels})));
            }
            let ids: Vec<&str> = heard.iter().map(|it| it.id().name()).collect();
            let begins = usize::from(spin > 0);
            assert_eq!(ids[begins..], SPIN[..11], "{symbols:?}");
            let stops = heard.iter().filter_map(|stage| match stage {
                Stage::ReelStop { reel, .. } => Some(*reel),
                _ => None,
            });
            assert_eq!(stops.collect::<Vec<_>>(), [0, 1, 2], "{symbols:?}");
            game.say(&json!({"balance": "100.00"}));
        }
        assert_eq!((game.loops.open(), game.violations), (&[][..], 0));
    }
}

/// Where the number of reels is known, what is beyond it is no reel.
#[test]
fn a_number_beyond_the_last_reel_is_a_symbol() {
    let known = format!("reel_count = 3\n{STATES}");
    let mut game = Game::new(&known);
    game.adapter = Adapter::read(&known).unwrap();
    game.say(&json!({"reels": [4, 1, 2], "balance": "100.00"}));
    game.say(&json!({"balance": "99.00"}));
    let stops = game.names(&json!({"reels": [3, 1, 0]}));
    assert_eq!(stops, [""; 0], "all of them stand as before");
    assert_eq!(
        game.names(&json!({"reels": [null, 1, 0]}))[0],
        "reel_spinning_start"
    );
}

#[test]
fn a_spin_of_a_feature_begins_as_its_reels_turn() {
    let mut game = Game::new(STATES);
    game.spin(places());
    let entered = json!({"free": true, "win": "0.00", "total": "0.00", "step": 0});
    assert_eq!(game.names(&entered), ["feature_enter"]);
    let [_, none, one, rest] = places();
    for step in 1..4 {
        let begins = game.names(&json!({"reels": none, "win": "0.00", "step": step}));
        let press = begins.iter().position(|name| *name == "ui_spin_press");
        // In the feature the one before is over first, from the second on.
        assert_eq!(
            (press, begins[0] == "spin_end"),
            (Some(usize::from(step > 1)), step > 1)
        );
        game.say(&json!({"reels": one}));
        game.say(&json!({"reels": rest}));
        assert_eq!(game.names(&json!({"win": "3.00"})), ["win_present"]);
    }
    let exit = game.say(&json!({"free": false, "total": "55.00"}));
    let expected = [Stage::SpinEnd {}, Stage::FeatureExit { total_win: 5500 }];
    assert_eq!(exit, expected);
    assert_eq!(game.spin(places())[..2], ["spin_end", "ui_spin_press"]);
    assert_eq!((game.loops.open(), game.violations), (&[][..], 0));
}

#[test]
fn a_feature_without_a_total_ends_with_the_win() {
    let text = STATES.replace("total_win = \"/state/total\"\n", "");
    let mut game = Game::new(&text);
    game.spin(places());
    game.say(&json!({"free": true}));
    let exit = game.say(&json!({"free": false}));
    assert_eq!(exit, [Stage::FeatureExit { total_win: 1200 }]);
}

/// States may come faster than a win grows: its end is not said between two steps.
#[test]
fn a_win_that_stands_still_has_counted_up() {
    let mut game = Game::new(STATES);
    let [_, none, one, rest] = places();
    game.say(&json!({"balance": "99.00", "reels": none}));
    for reels in [one, rest] {
        game.say(&json!({"reels": reels}));
    }
    game.say(&json!({"win": "1.00"}));
    game.say(&json!({"win": "2.00"}));
    let still = json!({});
    assert_eq!(game.names(&still), [""; 0]);
    assert_eq!(game.names(&json!({"win": "3.00"})), ["rollup_tick"]);
    let heard: Vec<_> = (0..5).flat_map(|_| game.say(&still)).collect();
    assert_eq!(heard, [Stage::RollupEnd { total: 300 }]);
    assert_eq!(game.loops.open(), []);
}

#[test]
fn what_lands_late_keeps_the_win_behind_it() {
    let mut game = Game::new(STATES);
    let [_, none, _, rest] = places();
    game.say(&json!({"balance": "99.00", "reels": none}));
    game.state.insert("reels".to_owned(), rest);
    game.state.insert("win".to_owned(), "2.00".into());
    let answer = game.adapter.take(&json!({"state": game.state}), 200.0);
    let last = answer.times.last();
    assert_eq!(last, Some(&When::Behind(300.0)), "{:?}", answer.stages);
    let ms: Vec<f64> = answer.stages.iter().map(|it| it.timestamp_ms).collect();
    assert!(ms.is_sorted(), "{ms:?}");
}

/// Another adapter takes over while reels turn and a win counts up.
#[test]
fn an_adapter_that_takes_over_ends_what_the_one_before_began() {
    let mut game = Game::new(STATES);
    let [_, none, one, rest] = places();
    game.say(&json!({"balance": "99.00", "reels": none}));
    let mut next = Adapter::read(STATES).unwrap();
    next.follow_up(&game.adapter);
    game.adapter = next;
    game.say(&json!({}));
    for reels in [one, rest] {
        game.say(&json!({"reels": reels}));
    }
    game.say(&json!({"win": "1.00"}));
    assert_eq!((game.loops.open(), game.violations), (&[][..], 0));
}

#[test]
fn ten_reels_are_seen_and_no_more() {
    let mut game = Game::new(STATES);
    let all: Vec<Json> = (0..12).map(|_| json!([1])).collect();
    game.say(&json!({"reels": all}));
    game.say(&json!({"balance": "99.00", "reels": vec![Json::Null; 12]}));
    let stops = game.say(&json!({"reels": all}));
    let reels: Vec<u8> = stops
        .iter()
        .filter_map(|stage| match stage {
            Stage::ReelStop { reel, .. } => Some(*reel),
            _ => None,
        })
        .collect();
    assert_eq!(reels, (0..10).collect::<Vec<_>>());
    assert_eq!(game.loops.open(), []);
}

#[test]
fn an_unknown_profile_is_refused_and_the_projects_are_known() {
    let text = |name: &str| format!("{STATES}[timing]\nprofile = \"{name}\"\n");
    let error = Adapter::read(&text("trubo")).unwrap_err().to_string();
    assert_eq!(
        error,
        "timing.profile: \"trubo\" is not one of normal, turbo, mobile, studio, instant; \
         did you mean \"turbo\"?"
    );
    assert!(Adapter::read(&text("turbo")).is_ok());
    let mut own = TimingProfile::zero("slow");
    own.stop_interval_ms = 700.0;
    let table = StageTable::new(Vec::new(), None, vec![own]);
    assert!(Adapter::read(&text("slow")).is_err());
    let state = |reels: Json| json!({"state": {"reels": reels}});
    for (name, second) in [
        ("slow", 700.0),
        ("slow@2", 1400.0),
        ("turbo", 50.0),
        ("turbo@1", 50.0),
        ("turbo@3", 150.0),
    ] {
        let mut adapter = Adapter::read_for(&text(name), &table).unwrap();
        adapter.take(&state(json!(0)), 0.0);
        let answer = adapter.take(&state(json!(2)), 0.0);
        let ms: Vec<f64> = answer.stages.iter().map(|it| it.timestamp_ms).collect();
        assert_eq!(ms, [0.0, second], "{name}");
    }
}

/// A feature with six reels, and the five of the game behind it.
#[test]
fn reels_that_are_no_more_do_not_turn() {
    let mut game = Game::new(STATES);
    game.spin(places());
    let six = json!([[1], [2], [3], [4], [5], [6]]);
    let entered = json!({"free": true, "win": "0.00", "reels": six});
    assert_eq!(game.names(&entered), ["feature_enter"]);
    let turn = game.names(&json!({"reels": vec![Json::Null; 6]}));
    assert_eq!(turn[0], "ui_spin_press");
    assert_eq!(turn[1..], ["reel_spinning_start"; 6]);
    let land = game.names(&json!({"reels": six}));
    assert_eq!((land.len(), land.last()), (13, Some(&"evaluate_wins")));
    let left = json!({"free": false, "total": "0.00", "reels": places()[0]});
    assert_eq!(game.names(&left), ["spin_end", "feature_exit"]);
    for _ in 0..2 {
        let names = game.spin(places());
        assert_eq!(names[0], "spin_end");
        assert_eq!(names[1..], SPIN[..17]);
    }
    assert_eq!((game.loops.open(), game.violations), (&[][..], 0));
}

#[test]
fn a_part_of_a_state_leaves_the_rest_as_it_was() {
    let mut adapter = Adapter::read(STATES).unwrap();
    let mut take = |state: Json| names(&adapter.take(&json!({"state": state}), 0.0));
    let [all, none, ..] = places();
    // Of the reels nothing is known yet: they do not land where they are first told.
    assert_eq!(take(json!({"balance": "100.00"})), [""; 0]);
    let whole = |reels: &Json, win: &str| {
        json!({"reels": reels, "win": win, "bet": "1.00", "balance": "99.00",
            "free": false})
    };
    let mut first = whole(&all, "0.00");
    first["balance"] = "100.00".into();
    assert_eq!(take(first), [""; 0]);
    assert_eq!(take(json!({"balance": "100.00"})), [""; 0]);
    assert_eq!(take(json!({"win": "0.00"})), [""; 0]);
    assert_eq!(take(json!({"balance": "99.00"})), ["ui_spin_press"]);
    assert_eq!(take(whole(&none, "0.00")), ["reel_spinning_start"; 3]);
    assert_eq!(take(json!({"bet": "1.00"})), [""; 0]);
    assert_eq!(take(whole(&all, "0.00")).last(), Some(&"evaluate_wins"));
    assert_eq!(take(whole(&all, "2.00")), ["win_present"]);
    // The win that is shown stays.
    assert_eq!(take(json!({"balance": "99.00"})), [""; 0]);
    assert_eq!(take(whole(&all, "2.00")), [""; 0]);
}

/// A reel that turns once more in the game itself was not paid for.
#[test]
fn a_respin_is_no_press() {
    let mut game = Game::new(STATES);
    game.spin(places());
    assert_eq!(
        game.names(&json!({"reels": [null, [2], [3]]})),
        [""; 0],
        "the others stand"
    );
    let land = game.names(&json!({"reels": [[7], [2], [3]]}));
    assert_eq!(land, ["reel_stop", "evaluate_wins"]);
    assert_eq!(game.spin(places())[..2], ["spin_end", "ui_spin_press"]);
    assert_eq!(game.loops.open(), []);
}

#[test]
fn the_end_of_a_spin_says_what_it_won_and_cost() {
    let mut game = Game::new(STATES);
    let [all, none, ..] = places();
    game.say(&json!({"balance": "99.00", "reels": none}));
    game.say(&json!({"reels": all}));
    // The next one costs more, and wins.
    game.say(&json!({"balance": "97.00", "bet": "2.00", "reels": none}));
    assert_eq!(game.ends, [(Some(0), Some(100), None)]);
    game.say(&json!({"reels": all}));
    game.say(&json!({"win": "5.00"}));
    game.say(&json!({"win": "12.00"}));
    // The win stays in the state until the reels of the next one land.
    game.say(&json!({"balance": "96.00", "bet": "1.00", "reels": none}));
    assert_eq!(game.ends[1..], [(Some(1200), Some(200), None)]);
    game.say(&json!({"reels": all, "win": "0.00"}));
    game.say(&json!({"balance": "95.00", "reels": none}));
    assert_eq!(game.ends[2..], [(Some(0), Some(100), None)]);
}

/// The win is that of all free spins together, and never 0 between them.
#[test]
fn a_win_that_grows_over_free_spins_is_shown_in_each() {
    let mut game = Game::new(STATES);
    game.spin(places());
    game.say(&json!({"free": true, "win": "0.00"}));
    let [all, none, ..] = places();
    game.say(&json!({"reels": none}));
    game.say(&json!({"reels": all}));
    assert_eq!(game.names(&json!({"win": "3.00"})), ["win_present"]);
    game.say(&json!({"reels": none}));
    game.say(&json!({"reels": all}));
    let grown = game.say(&json!({"win": "12.00"}));
    let expected = [
        Stage::WinPresent {
            win_amount: 900,
            line_count: 0,
        },
        Stage::RollupStart {
            target: 1200,
            start: 300,
        },
    ];
    assert_eq!(grown[..2], expected);
    assert!(matches!(grown[3], Stage::BigWinTier { tier: 1, .. }));
    let left = game.names(&json!({"free": false, "total": "12.00"}));
    assert_eq!(left, ["rollup_end", "spin_end", "feature_exit"]);
    game.say(&json!({"balance": "98.00", "reels": none}));
    let free = Some(FeatureType::FreeSpins);
    let expected = [
        (Some(300), Some(100), free),
        (Some(900), Some(100), free),
        (Some(2400), Some(100), None),
    ];
    assert_eq!(game.ends, expected);
    assert_eq!(game.violations, 0);
}

/// What begins a loop is heard, so its end is, however unsure what led to it is.
#[test]
fn an_end_is_as_sure_as_its_beginning() {
    let mut game = Game::new(&format!(
        "{STATES}[confidence]\n\"snapshot_paths.win\" = 0.1\n"
    ));
    let [_, none, one, _] = places();
    game.say(&json!({"balance": "99.00", "reels": none}));
    game.say(&json!({"reels": one}));
    let shown = game.names(&json!({"win": "2.00"}));
    assert_eq!(shown, ["reel_spinning_stop"; 2]);
    assert_eq!(game.loops.open(), []);
}

/// The win of the last spin that ended: base 5.00, then a feature with a total of 12.00 and `rises` of the
/// balance behind it.
fn won(rises: &[&str]) -> Option<i64> {
    let mut game = Game::new(STATES);
    let [all, none, ..] = places();
    game.say(&json!({"balance": "99.00", "reels": none}));
    game.say(&json!({"reels": all}));
    game.say(&json!({"win": "5.00"}));
    game.say(&json!({"free": true, "win": "0.00"}));
    game.say(&json!({"reels": none}));
    game.say(&json!({"reels": all}));
    game.say(&json!({"win": "7.00"}));
    game.say(&json!({"free": false, "total": "12.00", "balance": rises[0]}));
    for balance in &rises[1..] {
        game.say(&json!({"balance": balance}));
    }
    game.say(&json!({"balance": "50.00", "reels": none}));
    assert_eq!(game.violations, 0);
    game.ends.last().unwrap().0
}

/// A feature's total is its own or the round's; what is paid out says which.
#[test]
fn the_balance_says_what_a_spin_won() {
    assert_eq!(won(&["111.00"]), Some(1200), "the round's");
    assert_eq!(won(&["116.00"]), Some(1700), "its own");
    assert_eq!(won(&["99.00", "111.00"]), Some(1200), "paid later");
    assert_eq!(won(&["104.00", "111.00"]), Some(1200), "paid in parts");
    // Not paid yet, less than was won, or more: money of somewhere else.
    for rises in [
        &["99.00"][..],
        &["99.50"],
        &["103.00"],
        &["149.00"],
        &["111.00", "211.00"],
    ] {
        assert_eq!(won(rises), Some(1700), "{rises:?}");
    }
}

/// A count tells six reels of which one turns from five that stand, if it is known how many there are.
#[test]
fn the_number_of_reels_may_be_said() {
    let counted = |text: &str| {
        let mut game = Game::new(text);
        let reels = |count: u8, of: u8| json!({"reels": count, "count": of});
        game.say(&reels(6, 6));
        let fewer = game.names(&reels(5, 5));
        let again = game.names(&reels(5, 5));
        let more = game.names(&reels(6, 6));
        (fewer, again, more)
    };
    let none: Vec<&str> = Vec::new();
    let path = format!("{STATES}reel_count = \"/state/count\"\n");
    assert_eq!(counted(&path), (none.clone(), none.clone(), none.clone()));
    // Of six, one turns and lands.
    let six = STATES.replace("[snapshot_paths]", "reel_count = 6\n[snapshot_paths]");
    assert_eq!(counted(&six).2, ["reel_stop", "evaluate_wins"]);
    // A count that begins while reels turn: the others are known to.
    let mut game = Game::new(&six);
    game.say(&json!({"reels": 6}));
    let spin = game.say(&json!({"balance": "99.00", "reels": 1}));
    let turning = spin
        .iter()
        .filter(|it| matches!(it, Stage::ReelSpinningStart { .. }));
    assert_eq!(turning.count(), 6);
    assert!(!game.names(&json!({"reels": 5})).contains(&"evaluate_wins"));
    assert!(game.names(&json!({"reels": 6})).contains(&"evaluate_wins"));
    for (count, is_right) in [(0, false), (1, true), (10, true), (11, false)] {
        let text = STATES.replace(
            "[snapshot_paths]",
            &format!("reel_count = {count}\n[snapshot_paths]"),
        );
        assert_eq!(Adapter::read(&text).is_ok(), is_right, "{count}");
    }
}
