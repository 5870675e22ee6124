use super::*;
use crate::game::Summary;
use segue_rt::tempo::{SignatureChange, TempoCurve, TempoPoint, TimeSignature};

/// 120 bpm, 4/4, from beat 16 on 3/4.
fn tempo() -> TempoMap {
    let point = TempoPoint {
        beats: 0.0,
        bpm: 120.0,
        curve: TempoCurve::Step,
    };
    let change = |beats, numerator| SignatureChange {
        beats,
        signature: TimeSignature::new(numerator, 4).unwrap(),
    };
    TempoMap::new(48_000, &[point], &[change(0.0, 4), change(16.0, 3)]).unwrap()
}

fn frames(text: &str) -> Vec<u64> {
    let scene = Scene::parse("s", text).unwrap();
    scene
        .timed(&tempo())
        .unwrap()
        .iter()
        .map(|timed| timed.at)
        .collect()
}

fn refused(text: &str) -> String {
    let scene = Scene::parse("s", text);
    match scene.and_then(|scene| scene.timed(&tempo())) {
        Err(error) => error.to_string(),
        Ok(timed) => panic!("{text}: {timed:?}"),
    }
}

#[test]
fn times_are_written_in_every_unit() {
    for (time, frame) in [
        ("0", 0),
        ("1.5", 72_000),
        ("1.5s", 72_000),
        ("20ms", 960),
        ("0:01.500", 72_000),
        ("2:00", 5_760_000),
        ("48000smp", 48_000),
        ("b16.5", 396_000),
        ("1.1.000", 0),
        ("4.1.000", 288_000),
        ("1.2.500", 36_000),
        ("5.1.0", 384_000),
        ("6.1.000", 456_000),
    ] {
        assert_eq!(frames(&format!("{time} spin")), [frame], "{time}");
    }
}

#[test]
fn later_lines_count_from_the_one_before() {
    let text = "1 spin\n+0.25 spin\nspin\n+b2 spin\n+10smp spin\n0.5 spin";
    assert_eq!(
        frames(text),
        [24_000, 48_000, 60_000, 60_000, 108_000, 108_010]
    );
}

#[test]
fn equal_times_keep_the_order_of_the_lines() {
    let scene = Scene::parse("s", "1 level 1\n0 level 2\n1 level 3").unwrap();
    let lines: Vec<_> = scene
        .timed(&tempo())
        .unwrap()
        .iter()
        .map(|timed| timed.line)
        .collect();
    assert_eq!(lines, [2, 1, 3]);
}

#[test]
fn a_call_after_the_end_is_refused_with_its_line() {
    let timed = |text: &str| Scene::parse("s", text).unwrap().timed(&tempo());
    let error = timed("0 level 1\n1 end\n2 level 3\n1.5 level 2").unwrap_err();
    let error = error.to_string();
    assert!(error.contains("after the scene's end in line 2"), "{error}");
    assert!(error.contains('3') && error.contains('4'), "{error}");
    // At the end, and what is repeated beyond it.
    timed("1 end\n1 level 1\n0 repeat 100 every 0.1 level 2").unwrap();
}

#[test]
fn repetitions_do_not_add_up_rounded_times() {
    let at = frames("1 repeat 4 every 0.0000104 spin");
    assert_eq!(at, [48_000, 48_000, 48_001, 48_001]);
    assert_eq!(frames("0 repeat 3 every b1.5 spin"), [0, 36_000, 72_000]);
}

#[test]
#[rustfmt::skip] // One case a line.
fn every_command_is_read() {
    let call = |text: &str| Line::parse(text).unwrap().unwrap().call.unwrap();
    let text = String::from;
    for (line, expected) in [
        ("register hero pan=-0.5 width=0 detach=yes", Call::Register { object: text("hero"), pan: Some(-0.5), width: Some(0.0), detach: Some(true) }),
        ("register hero", Call::Register { object: text("hero"), pan: None, width: None, detach: None }),
        ("place hero emitter=3 pan=1", Call::Place { object: text("hero"), emitter: 3, pan: Some(1.0), width: None }),
        ("unregister hero", Call::Unregister { object: text("hero") }),
        ("post \"Play Step\" object=hero as=a # why", Call::Post { event: text("Play Step"), object: text("hero"), emitter: 0, gain_db: 0.0, label: Some(text("a")) }),
        ("post E gain_db=-6", Call::Post { event: text("E"), object: text(""), emitter: 0, gain_db: -6.0, label: None }),
        ("post E emitter=2", Call::Post { event: text("E"), object: text(""), emitter: 2, gain_db: 0.0, label: None }),
        ("stop a fade=0.5", Call::StopPost { label: text("a"), fade: 0.5 }),
        ("stop all object=hero", Call::StopAll { object: text("hero"), fade: 0.0 }),
        ("pause a", Call::PausePost { label: text("a"), on: true, fade: 0.0 }),
        ("resume a fade=1", Call::PausePost { label: text("a"), on: false, fade: 1.0 }),
        ("rtpc speed 4.5 object=hero ramp=2", Call::Rtpc { rtpc: text("speed"), value: 4.5, object: text("hero"), label: None, ramp: 2.0 }),
        ("rtpc speed -1 post=a", Call::Rtpc { rtpc: text("speed"), value: -1.0, object: text(""), label: Some(text("a")), ramp: 0.0 }),
        ("resetrtpc speed", Call::ResetRtpc { rtpc: text("speed"), object: text(""), label: None }),
        ("state Combat on", Call::State { group: text("Combat"), value: text("on") }),
        ("switch Surface grass object=hero", Call::Switch { group: text("Surface"), value: text("grass"), object: text("hero") }),
        ("signal win_tier 3", Call::Signal { signal: text("win_tier"), value: 3.0 }),
        ("context FREE strength=0.5", Call::Context { context: text("FREE"), strength: 0.5 }),
        ("leave mega", Call::Leave { summary: Summary::Mega }),
        ("leave", Call::Leave { summary: Summary::None }),
        ("level 3", Call::Level { level: 3 }),
        ("spin", Call::Spin),
        ("stinger hit", Call::Stinger { stinger: text("hit") }),
        ("replay steps 7 object=hero", Call::PlayCount { container: text("steps"), play_n: 7, object: text("hero") }),
        ("seed 77", Call::Reseed { seed: 77 }),
        ("seed 0xFF", Call::Reseed { seed: 255 }),
        ("seed 00000000000004d2", Call::Reseed { seed: 1_234 }),
        ("macro energy 0.5", Call::Macro { id: text("energy"), value: 0.5 }),
        ("note 60 velocity=1 channel=9", Call::Note { key: 60, velocity: 1.0, channel: 9 }),
        ("noteoff 60", Call::Note { key: 60, velocity: 0.0, channel: 0 }),
        ("transport play", Call::TransportPlay),
        ("transport stop", Call::TransportStop),
        ("transport seek 16", Call::TransportSeek { beats: 16.0 }),
    ] {
        assert_eq!(call(line), expected, "{line}");
    }
    for nothing in ["", "   ", "# only a comment"] {
        assert_eq!(Line::parse(nothing), Ok(None));
    }
    assert_eq!(Line::parse("5 end").unwrap().unwrap().call, None);
}

#[test]
fn what_is_wrong_has_its_line_its_word_and_a_way_out() {
    for (text, words) in [
        (
            "spin\n\n0:01 psot X",
            "s, line 3: there is no command \"psot\"; did you mean \"post\"?",
        ),
        (
            "leave mgea",
            "\"mgea\" is not one of small, big, mega; did you mean \"mega\"?",
        ),
        ("0 frobnicate", "commands are register, place"),
        ("1.2.3.4 spin", "\"1.2.3.4\" is no time; a time is seconds"),
        ("0:61 spin", "\"0:61\" is no time"),
        ("-1 spin", "\"-1\" is no time"),
        ("99999999 spin", "is no time"),
        ("+b spin", "is no time"),
        ("1.5.000 spin", "bar 1 has 4 beats; there is no beat 5"),
        ("0.1.000 spin", "is no time"),
        ("3", "a time without a command"),
        ("post", "post needs an event"),
        (
            "post E objct=hero",
            "post has no option objct=; did you mean object=?",
        ),
        ("spin x", "spin does not take \"x\""),
        ("spin x=1", "spin has no options"),
        ("seed", "seed needs a seed"),
        ("seed 4d2", "\"4d2\" is no seed: that is a number in 0..="),
        ("seed -1", "is no seed"),
        ("level 5", "a level: \"5\" is not a number in 0..=4"),
        ("rtpc speed fast", "a value: \"fast\" is not a number"),
        ("rtpc speed NaN", "is not a number"),
        ("register a pan=2", "pan: \"2\" is not a number in -1..=1"),
        ("register a pan=0 pan=1", "pan= is there twice"),
        ("stop a object=b", "object= goes with `stop all`"),
        ("leave huge", "\"huge\" is not one of small, big, mega"),
        ("transport go", "\"go\" is not one of play, stop, seek"),
        ("repeat 4 spin", "repeat is written as"),
        ("repeat 4 each 1 spin", "\"each\" is not \"every\""),
        ("repeat 0 every 1 spin", "not in 1..=100000"),
        ("repeat 4 every now spin", "\"now\" is no time"),
        (
            "repeat 2 every 1 repeat 2 every 1 spin",
            "repeat cannot stand here",
        ),
        ("post \"E", "close the quotes"),
    ] {
        let said = refused(text);
        assert!(said.contains(words), "{text}: {said}");
    }
    let many = "repeat 100000 every 1ms spin\n".repeat(11);
    assert!(refused(&many).contains("more than 1048576 calls"));
}

#[test]
fn the_examples_of_the_documentation_are_read() {
    for (page, lines) in [
        (include_str!("../../../docs/interactive.md"), 12),
        (include_str!("../../../docs/scene.md"), 6),
    ] {
        let scene = page
            .split("```scene")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap();
        let scene = Scene::parse("docs", scene).unwrap();
        assert_eq!(scene.lines.len(), lines);
        scene.timed(&tempo()).unwrap();
    }
}

#[test]
fn all_lines_that_are_wrong_are_told_at_once() {
    let text = "0 spin\n0 spni\n1 level 9\n2 spin";
    let told = refused(text);
    assert!(
        told.starts_with("s, line 2: ") && told.contains("\ns, line 3: "),
        "{told}"
    );
    assert_eq!(told.lines().count(), 2, "{told}");
    let told = refused(&"spni\n".repeat(23));
    assert_eq!(told.lines().count(), 21, "{told}");
    assert!(told.ends_with("\nand 3 more lines"), "{told}");
}

#[test]
fn a_word_of_any_length_is_not_repeated_whole() {
    let told = refused(&"x".repeat(60_000));
    assert!(told.len() < 200 && told.contains("60000 bytes"), "{told}");
}
