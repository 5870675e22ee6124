use super::*;
use segue_slot::game::{
    Award, CoinPrize, CoinValue, Feature, FeatureRules, FreeSpins, Gamble, GambleKind, Height,
    JackpotTrigger, Mercy, Mode, Pick, Place, Prize, PrizeKind, Tier, Trigger,
};
use segue_slot::presets::{Payback, Volatility, demo, lobstermania};

fn round_trip(game: &Game) {
    let text = game_to_json(game).unwrap();
    assert_eq!(game_from_json(&text).unwrap(), *game);
}

#[test]
fn games_survive_a_round_trip() {
    round_trip(&lobstermania(Payback::High, 15));
    let mut game = demo(Volatility::Studio);
    round_trip(&game);
    game.mode = Mode::Megaways {
        heights: vec![vec![Height { rows: 2, weight: 3 }, Height { rows: 3, weight: 1 }]; 5],
    };
    game.gamble = Some(Gamble {
        kind: GambleKind::Ladder(vec![0, 1, 3, 7]),
        max_rounds: 4,
    });
    game.jackpots[0].trigger = JackpotTrigger::Symbols {
        symbol: 10,
        count: 9,
    };
    game.jackpots[1].trigger = JackpotTrigger::Features;
    game.features = vec![every_free_spin_key(&game), every_prize(), every_coin()];
    round_trip(&game);
    for mode in [
        Mode::Ways,
        Mode::Cluster { min: 5 },
        Mode::AllPays { min: 8 },
    ] {
        round_trip(&Game {
            mode,
            ..game.clone()
        });
    }
}

fn feature(rules: FeatureRules) -> Feature {
    Feature {
        name: "f".to_owned(),
        trigger: Trigger {
            symbol: 9,
            count: 3,
            reels: vec![0, 2, 4],
            place: Place::Window,
        },
        in_free_spins: false,
        rules,
    }
}

fn every_free_spin_key(game: &Game) -> Feature {
    feature(FeatureRules::FreeSpins(FreeSpins {
        awards: vec![Award { count: 3, spins: 9 }],
        multiplier: 3,
        retrigger: vec![Award { count: 2, spins: 1 }],
        strips: Some(game.strips.clone()),
        max_spins: 77,
        mercy: Some(Mercy {
            after: 10,
            symbol: 8,
            reel: 2,
            row: 1,
        }),
    }))
}

fn every_prize() -> Feature {
    let kinds = [
        PrizeKind::Coins(5),
        PrizeKind::Multiplier(2),
        PrizeKind::ExtraPicks(1),
        PrizeKind::Jackpot(Tier::Minor),
        PrizeKind::EndGame,
        PrizeKind::Collect,
    ];
    feature(FeatureRules::Pick(Pick {
        picks: 4,
        min_prizes: 1,
        max_prizes: 2,
        replacement: false,
        prizes: kinds.map(|what| Prize { what, weight: 2 }).to_vec(),
    }))
}

fn every_coin() -> Feature {
    let coin = |what| CoinPrize { what, weight: 1 };
    feature(FeatureRules::HoldAndWin(game::HoldAndWin {
        respins: 3,
        blank_weight: 9,
        coins: vec![
            coin(CoinValue::Credits(1)),
            coin(CoinValue::Jackpot(Tier::Mini)),
        ],
        full: Some(Tier::Grand),
    }))
}

fn refused(change: impl FnOnce(&mut serde_json::Value)) -> String {
    let text = game_to_json(&lobstermania(Payback::Low, 15)).unwrap();
    let mut value = serde_json::from_slice(&text).unwrap();
    change(&mut value);
    let text = serde_json::to_vec(&value).unwrap();
    game_from_json(&text).unwrap_err().to_string()
}

#[test]
fn mistakes_are_named_with_a_way_out() {
    let text = refused(|value| value["strips"][1] = "WS LM LQ".into());
    assert_eq!(
        text,
        "strips[1]: there is no symbol \"LQ\"; the game has WS, LM, BU, BO, LH, TU, CL, SG, \
         SF, LO, LT; did you mean \"LM\"?"
    );
    let text = refused(|value| value["rows"][1] = 9.into());
    assert!(text.contains("rows[1]") && text.contains("1..=8"), "{text}");
    let text = refused(|value| value["mode"]["line"] = 1.into());
    assert!(text.contains("unknown field `line`"), "{text}");
    let text = refused(|value| value["version"] = 2.into());
    assert!(text.contains("open it with a newer Segue"), "{text}");
    let text = refused(|value| value["format"] = "segue.adaptive".into());
    assert!(text.contains("not a segue.slot"), "{text}");
}

#[test]
fn a_ladder_without_rungs_is_told_how_they_are_written() {
    let text = String::from_utf8(game_to_json(&demo(Volatility::Studio)).unwrap()).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let read = |kind: serde_json::Value| {
        let mut file = file.clone();
        file["gamble"] = serde_json::json!({"kind": kind, "max_rounds": 3});
        game_from_json(file.to_string().as_bytes())
    };
    for kind in ["ladder".into(), "card".into(), 3.into()] {
        let text = read(kind).unwrap_err().to_string();
        assert!(text.contains("{\"ladder\": [0, 1, 2, 5]}"), "{text}");
    }
    let rungs = serde_json::json!({"ladder": [0, 1, 2, 5]});
    let game = read(rungs).unwrap();
    let again = game_from_json(&game_to_json(&game).unwrap()).unwrap();
    assert_eq!(game, again);
}

#[test]
fn a_wheel_draws_from_all_its_prizes_and_says_so_by_itself() {
    let mut game = demo(Volatility::Studio);
    let rules = |replacement: &str| {
        let text = format!(
            r#"{{"name": "Wheel", "trigger": {{"symbol": "Star", "count": 5}}, "rules": {{"type": "wheel",
            "picks": 1{replacement}, "prizes": [{{"what": {{"coins": 5}}, "weight": 1}}]}}}}"#
        );
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    game.features.truncate(1);
    let text = game_to_json(&game).unwrap();
    let read = |replacement| {
        let mut file: serde_json::Value = serde_json::from_slice(&text).unwrap();
        file["features"] = serde_json::json!([rules(replacement)]);
        game_from_json(file.to_string().as_bytes()).map(|game| game.features)
    };
    assert_eq!(read("").unwrap(), read(r#", "replacement": true"#).unwrap());
    for (wrong, expected) in [
        (r#", "replacement": false"#, "features[0].rules.replacement"),
        (r#", "replacemnt": false"#, "replacemnt"),
    ] {
        let text = read(wrong).unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    }
}
