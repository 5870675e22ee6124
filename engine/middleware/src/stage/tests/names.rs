//! Names of sounds: the chain, qualified names, numbers for RTPCs.

use super::super::field::{JackpotTier, Reason};
use super::super::names::{NameContext, Qualified, chain, exact, number_of, stage_of};
use super::super::{Stage, StageEvent};
use super::free_spins;

#[test]
fn chains_lose_number_word_and_both() {
    for (name, names) in [
        (
            "REEL_STOP_CHERRY_2",
            "REEL_STOP_CHERRY_2 REEL_STOP_CHERRY REEL_STOP_2 REEL_STOP",
        ),
        ("reel_stop_2", "REEL_STOP_2 REEL_STOP"),
        (
            "ANTICIPATION_TENSION_R3_L2",
            "ANTICIPATION_TENSION_R3_L2 ANTICIPATION_TENSION_R3 ANTICIPATION_TENSION \
             ANTICIPATION_ON",
        ),
        (
            "ANTICIPATION_TENSION",
            "ANTICIPATION_TENSION ANTICIPATION_ON",
        ),
        ("ANTICIPATION_ON_4", "ANTICIPATION_ON_4 ANTICIPATION_ON"),
        ("WIN_PRESENT_3", "WIN_PRESENT_3 WIN_3 WIN_PRESENT"),
        ("WIN_EQUAL", "WIN_EQUAL WIN_PRESENT"),
        ("ROLLUP_START_LOW", "ROLLUP_START_LOW ROLLUP_START"),
        ("BIG_WIN_TIER_3", "BIG_WIN_TIER_3 BIG_WIN_TIER"),
        // A press has no number, so 2 is a word of its name.
        ("UI_SPIN_PRESS_2", "UI_SPIN_PRESS_2 UI_SPIN_PRESS"),
        (
            "FEATURE_ENTER_FREE_SPINS",
            "FEATURE_ENTER_FREE_SPINS FEATURE_ENTER",
        ),
        ("LAMP_2", "LAMP_2"),
        // A qualified one loses its conditions before it becomes a plain one.
        (
            "JACKPOT_PRESENT.grand",
            "jackpot_present.grand JACKPOT_PRESENT_GRAND JACKPOT_PRESENT",
        ),
        (
            "anticipation_on.scatter:reel=4",
            "anticipation_on.scatter:reel=4 anticipation_on.scatter anticipation_on:reel=4 \
             ANTICIPATION_ON_4 ANTICIPATION_ON",
        ),
        (
            "feature_enter:multiplier=3",
            "feature_enter:multiplier=3 FEATURE_ENTER",
        ),
        (
            "anticipation_tension_layer:reel=3,tension=2",
            "anticipation_tension_layer:reel=3,tension=2 anticipation_tension_layer:reel=3 \
             anticipation_tension_layer:tension=2 ANTICIPATION_TENSION_R3_L2 \
             ANTICIPATION_TENSION_R3 ANTICIPATION_TENSION ANTICIPATION_ON",
        ),
        ("custom:name=lamp", "custom:name=lamp CUSTOM_LAMP CUSTOM"),
    ] {
        assert_eq!(chain(name).join(" "), names, "{name}");
    }
}

#[test]
fn names_say_all_that_is_special() {
    let stop = Stage::ReelStop {
        reel: 2,
        symbols: vec![1],
    };
    let symbol = NameContext {
        symbol: Some("Cherry"),
        win: Some("3"),
    };
    assert_eq!(exact(&stop, symbol), "REEL_STOP_CHERRY_2");
    assert_eq!(exact(&free_spins(), symbol), "FEATURE_ENTER_FREE_SPINS");
    let win = Stage::WinPresent {
        win_amount: 3,
        line_count: 1,
    };
    let tier = NameContext {
        symbol: None,
        win: Some("EQUAL"),
    };
    assert_eq!(exact(&win, tier), "WIN_PRESENT_EQUAL");
    let grand = Stage::JackpotTrigger {
        tier: JackpotTier::Grand,
    };
    assert_eq!(exact(&grand, tier), "JACKPOT_TRIGGER_GRAND");
}

#[test]
fn qualified_names_mean_what_they_say() {
    let read = |text: &str| Qualified::parse(text).unwrap().unwrap();
    let free = read("feature_enter.free_spins:multiplier=2");
    assert!(free.matches(&free_spins()));
    assert!(!read("feature_enter.respin").matches(&free_spins()));
    assert!(!read("feature_enter:multiplier=3").matches(&free_spins()));
    assert!(
        read("anticipation_on.scatter:reel=3").matches(&Stage::AnticipationOn {
            reel: 3,
            reason: Some(Reason::Scatter),
        })
    );
    assert_eq!(Qualified::parse("REEL_STOP_2"), Ok(None));
    for (text, error) in [
        ("reel_stpo:reel=1", "did you mean \"reel_stop\"?"),
        ("reel_stop:rel=1", "did you mean \"reel\"?"),
        ("reel_stop:reel=10", "\"10\" is not a whole number in 0..=9"),
        ("reel_stop.wild", "nothing stands behind a dot"),
        ("jackpot_present.huge", "\"huge\" is not one of mini"),
        ("reel_stop:reel", "is not key=value"),
    ] {
        let said = Qualified::parse(text).unwrap_err();
        assert!(said.contains(error), "{text}: {said}");
    }
}

#[test]
fn numbers_for_rtpcs() {
    let mut event = StageEvent::new(
        Stage::JackpotReveal {
            amount: 5_000,
            tier: JackpotTier::Major,
        },
        0.0,
    );
    event.payload.ratio = Some(2.5);
    assert_eq!(number_of(&event, "amount"), Some(5_000.0));
    assert_eq!(number_of(&event, "tier"), Some(2.0));
    assert_eq!(number_of(&event, "ratio"), Some(2.5));
    assert_eq!(number_of(&event, "win"), None);
}

#[test]
fn a_plain_name_is_about_one_stage() {
    for (name, stage) in [
        ("REEL_STOP_CHERRY_2", "reel_stop"),
        ("WIN_3", "win_present"),
        ("anticipation_on", "anticipation_on"),
        ("ANTICIPATION_TENSION", "anticipation_tension_layer"),
        ("ANTICIPATION_TENSION_R2_L3", "anticipation_tension_layer"),
    ] {
        assert_eq!(stage_of(name).map(|it| it.name), Some(stage), "{name}");
    }
    assert_eq!(stage_of("REEL_STPO"), None);
}
