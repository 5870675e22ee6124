mod clips;

use super::super::tests::{Rig, usual};
use super::*;
use crate::error::Error;
use crate::game::telemetry::What;
use crate::scene::{Line, Scene};
use segue_middleware::stage::StagePayload;
use segue_rt::game::NameId;
use serde_json::{Value, json};

fn rig(bindings: Value) -> Rig {
    let mut project = usual();
    project["stages"] = json!({"bindings": bindings});
    Rig::new(&project)
}

fn stop(reel: u8) -> Stage {
    Stage::ReelStop {
        reel,
        symbols: vec![],
    }
}

fn post(rig: &mut Rig, stage: Stage, at: u64) -> StagePost {
    let event = StageEvent::new(stage, 0.0);
    rig.control.post_stage(&event, "", at).unwrap()
}

/// Frames and names of what was posted.
fn posted(rig: &mut Rig) -> Vec<(u64, NameId)> {
    let rows = std::iter::from_fn(|| rig.control.next_row());
    rows.filter_map(|row| match row.what {
        What::Posted { event, .. } => Some((row.at, event)),
        _ => None,
    })
    .collect()
}

#[test]
fn a_stage_posts_its_event_at_its_sample() {
    let mut rig = rig(json!([
        {"stage": "REEL_STOP", "event": "Play_Hit"},
        {"stage": "reel_stop:reel=3", "event": "Play_Hum"},
    ]));
    let first = post(&mut rig, stop(0), 4_801);
    assert!(first.violation.is_some(), "it lands and never turned");
    let other = post(&mut rig, stop(3), 7_003);
    assert_eq!((other.bound, other.violation), (Some(1), None));
    let unbound = post(&mut rig, Stage::EvaluateWins {}, 7_500);
    assert_eq!((unbound.bound, unbound.playing), (None, None));
    assert_eq!(rig.peak(4_801), 0.0, "nothing before");
    assert!(rig.peak(400) > 0.0);
    rig.peak(4_800);
    assert_eq!(
        posted(&mut rig),
        [
            (4_801, NameId::of("Play_Hit")),
            (7_003, NameId::of("Play_Hum"))
        ]
    );
}

#[test]
fn a_loop_plays_until_the_last_reel_has_landed() {
    let mut rig = rig(json!([
        {"stage": "REEL_SPIN_LOOP", "event": "Play_Hum", "fade_ms": 10},
    ]));
    post(&mut rig, Stage::UiSpinPress {}, 0);
    post(&mut rig, Stage::ReelSpinLoop {}, 0);
    let again = post(&mut rig, Stage::ReelSpinLoop {}, 100);
    assert_eq!(again.playing, None, "it goes on already");
    for reel in 0..2 {
        post(&mut rig, Stage::ReelSpinningStart { reel }, 200);
    }
    post(&mut rig, stop(0), 4_800);
    rig.peak(9_600);
    assert!(rig.peak(4_800) > 0.0, "one reel still turns");
    let now = rig.renderer.now();
    post(&mut rig, stop(1), now);
    rig.peak(4_800);
    assert_eq!(rig.peak(4_800), 0.0);
    assert_eq!(posted(&mut rig).len(), 1);
}

#[test]
fn a_game_that_is_gone_leaves_no_loop() {
    let mut rig = rig(json!([{"stage": "idle_loop", "event": "Play_Hum"}]));
    post(&mut rig, Stage::IdleLoop {}, 0);
    assert!(rig.peak(9_600) > 0.0);
    let now = rig.renderer.now();
    rig.control.end_stages(now).unwrap();
    rig.peak(9_600);
    assert_eq!(rig.peak(4_800), 0.0);
}

/// The project with `more` events, and these bindings.
fn rig_of(more: Value, bindings: Value) -> Rig {
    let mut project = usual();
    let events = project["events"].as_array_mut().unwrap();
    events.extend(more.as_array().unwrap().iter().cloned());
    project["stages"] = json!({"bindings": bindings});
    Rig::new(&project)
}

/// Whether anything is heard once game `a` is gone, well behind every fade.
fn goes_on_without(rig: &mut Rig) -> bool {
    assert!(rig.peak(4_800) > 0.0, "it is heard before");
    let now = rig.renderer.now();
    rig.control.end_stages_of("a", now).unwrap();
    rig.peak(9_600);
    rig.peak(48_000) > 0.0
}

#[test]
fn a_game_that_is_gone_leaves_no_loop_of_other_stages_and_events() {
    let wrap = || json!([{"name": "Wrap", "actions": [{"do": "post_event", "event": "Play_Hum"}]}]);
    for event in ["Play_Hum", "Wrap"] {
        // A stage that does not go on itself.
        let bindings = json!([
            {"stage": "UI_SPIN_PRESS", "event": event},
            {"stage": "SPIN_END", "event": "Stop_Hum"},
        ]);
        let mut rig = rig_of(wrap(), bindings);
        post_of(&mut rig, "a", Stage::UiSpinPress {}, 0);
        assert!(!goes_on_without(&mut rig), "{event} of a stage");
        // One that goes on, and posts each time it comes.
        let bindings = json!([{"stage": "ROLLUP_TICK", "event": event, "each": true}]);
        let mut rig = rig_of(wrap(), bindings);
        for current in 1..=5 {
            let progress = 0.1;
            post_of(&mut rig, "a", Stage::RollupTick { current, progress }, 0);
        }
        assert!(!goes_on_without(&mut rig), "{event} of every tick");
        // What the game posts itself, as a trace of it has it.
        let mut rig = rig_of(wrap(), json!([]));
        let call = Call::PostOf {
            game: "a".to_owned(),
            event: event.to_owned(),
            object: String::new(),
        };
        let playing = rig.control.call(&call, 0).unwrap();
        assert_eq!(playing, Some(PlayingId(1)));
        assert!(!goes_on_without(&mut rig), "{event} of the game");
        // That of others goes on.
        let mut rig = rig_of(wrap(), json!([]));
        rig.control.post_of("b", event, "", 0).unwrap();
        rig.control.post(event, "", 0).unwrap();
        assert!(goes_on_without(&mut rig), "{event} of another game");
    }
}

/// The file of `hit` takes 12,000 frames.
#[test]
fn what_ends_by_itself_rings_out_without_its_game() {
    let bindings = json!([{"stage": "REEL_STOP", "event": "Play_Hit", "fade_ms": 0}]);
    let mut rig = rig(bindings);
    post_of(&mut rig, "a", stop(0), 0);
    rig.control.post_of("a", "Play_Hit", "", 0).unwrap();
    rig.peak(480);
    rig.control.end_stages_of("a", 480).unwrap();
    rig.peak(9_600);
    assert!(rig.peak(960) > 0.0);
}

#[test]
fn more_loops_than_are_kept_end_but_for_the_oldest_of_them() {
    let mut rig = rig_of(json!([]), json!([]));
    for _ in 0..super::super::lasting::KEPT {
        rig.control.post_of("a", "Play_Hum", "", 0).unwrap();
    }
    assert!(!goes_on_without(&mut rig));
    let now = rig.renderer.now();
    for _ in 0..=super::super::lasting::KEPT {
        rig.control.post_of("a", "Play_Hum", "", now).unwrap();
    }
    assert!(goes_on_without(&mut rig));
}

#[test]
fn a_game_that_is_gone_leaves_the_contexts_that_it_entered() {
    let bindings = json!([{"stage": "feature_enter", "event": "Enter"}]);
    let project = || {
        let mut project = usual();
        let events = project["events"].as_array_mut().unwrap();
        events.push(json!({"name": "Enter", "actions": [
            {"do": "enter_context", "context": "FREESPINS"}]}));
        project["stages"] = json!({"bindings": bindings});
        let levels = json!({"levels": [[{"asset": "hum"}]]});
        project["adaptive"] = json!({"contexts": {"BASE": levels, "FREESPINS": levels}});
        Rig::new(&project)
    };
    let enter = || Stage::FeatureEnter {
        feature: segue_middleware::stage::field::FeatureType::FreeSpins,
        total_steps: Some(8),
        multiplier: 1.0,
    };
    let context = |rig: &mut Rig| {
        rig.peak(4_800);
        rig.rows();
        let (id, _) = rig.control.activity().level.unwrap();
        rig.control.game_names().text(id).unwrap().to_owned()
    };
    let mut rig = project();
    assert_eq!(context(&mut rig), "BASE");
    post_of(&mut rig, "a", enter(), 4_800);
    assert_eq!(context(&mut rig), "FREESPINS");
    rig.control.end_stages_of("a", 9_600).unwrap();
    assert_eq!(context(&mut rig), "BASE");
    // Two that are in it share it: the last one leaves.
    for game in ["a", "b"] {
        post_of(&mut rig, game, enter(), 14_400);
    }
    assert_eq!(context(&mut rig), "FREESPINS");
    rig.control.end_stages_of("b", 19_200).unwrap();
    assert_eq!(context(&mut rig), "FREESPINS");
    rig.control.end_stages(24_000).unwrap();
    assert_eq!(context(&mut rig), "BASE");
    // What the host entered stays.
    let context_of = Call::Context {
        context: "FREESPINS".into(),
        strength: 1.0,
    };
    post_of(&mut rig, "a", Stage::UiSpinPress {}, 28_800);
    rig.control.call(&context_of, 28_800).unwrap();
    rig.control.end_stages_of("a", 28_800).unwrap();
    assert_eq!(context(&mut rig), "FREESPINS");
}

fn post_of(rig: &mut Rig, game: &str, stage: Stage, at: u64) -> StagePost {
    let event = StageEvent::new(stage, 0.0);
    rig.control.post_stage_of(game, &event, "", at).unwrap()
}

/// How many posts have ended since this was asked last.
fn finished(rig: &mut Rig) -> usize {
    let rows = std::iter::from_fn(|| rig.control.next_row());
    rows.filter(|row| matches!(row.what, What::Finished { .. }))
        .count()
}

#[test]
fn a_paused_game_is_silent_until_it_goes_on_and_others_are_not() {
    let mut rig = rig(json!([
        {"stage": "REEL_SPIN_LOOP", "event": "Play_Hum"},
        {"stage": "REEL_STOP", "event": "Play_Hit"},
    ]));
    let pause = |rig: &mut Rig, on| {
        let now = rig.renderer.now();
        rig.control.pause_stages_of("a", on, now).unwrap();
    };
    post_of(&mut rig, "a", stop(0), 0);
    rig.peak(9_600);
    let now = rig.renderer.now();
    post_of(&mut rig, "a", Stage::ReelSpinLoop {}, now);
    post_of(&mut rig, "a", stop(1), now);
    assert!(rig.peak(1_000) > 0.0);
    pause(&mut rig, true);
    pause(&mut rig, true);
    rig.peak(4_800);
    assert_eq!(rig.peak(9_600), 0.0);
    assert_eq!(finished(&mut rig), 1, "what sounds stands still");
    // What it says meanwhile begins paused.
    let now = rig.renderer.now();
    post_of(&mut rig, "a", stop(2), now);
    rig.control.post_of("a", "Play_Hit", "", now).unwrap();
    // Its first 5 ms are the fade that keeps it from a click.
    rig.peak(480);
    assert_eq!(rig.peak(9_600), 0.0);
    let now = rig.renderer.now();
    post_of(&mut rig, "b", stop(0), now);
    assert!(rig.peak(19_200) > 0.0, "another game is heard");
    assert_eq!(finished(&mut rig), 1);
    pause(&mut rig, false);
    assert!(rig.peak(19_200) > 0.0);
    assert_eq!(finished(&mut rig), 3, "each goes on to its end");
    // The end of a game that is paused ends what stands still.
    let now = rig.renderer.now();
    post_of(&mut rig, "a", stop(3), now);
    rig.peak(1_000);
    pause(&mut rig, true);
    rig.peak(4_800);
    let now = rig.renderer.now();
    rig.control.end_stages_of("a", now).unwrap();
    rig.peak(9_600);
    assert_eq!(finished(&mut rig), 2);
    // It begins anew, and is not paused.
    let now = rig.renderer.now();
    post_of(&mut rig, "a", stop(0), now);
    assert!(rig.peak(9_600) > 0.0);
}

/// A pause is a call like others: a trace renders the same whatever the blocks are.
#[test]
fn a_pause_is_a_call_with_a_frame() {
    let heard = [64, 480, 4_800].map(|block| {
        let mut rig = rig(json!([{"stage": "REEL_SPIN_LOOP", "event": "Play_Hum"}]));
        for (at, on) in [(5_000, true), (20_000, false)] {
            post_of(&mut rig, "a", Stage::ReelSpinLoop {}, 0);
            let game = "a".to_owned();
            let call = Call::PauseStages { game, on };
            assert!(rig.control.commands_of(&call) <= 1);
            rig.control.call(&call, at).unwrap();
        }
        let peaks = (0..48_000 / block).map(|_| rig.peak(block));
        let peaks: Vec<f32> = peaks.collect();
        let silent = peaks.iter().filter(|peak| **peak == 0.0).count() * block;
        (peaks[0] > 0.0, (4_800..16_000).contains(&silent))
    });
    assert_eq!(heard, [(true, true); 3]);
}

#[test]
fn of_several_games_each_ends_its_own_loops() {
    let mut rig = rig(json!([{"stage": "REEL_SPIN_LOOP", "event": "Play_Hum"}]));
    for game in ["a", "b"] {
        for stage in [
            Stage::UiSpinPress {},
            Stage::ReelSpinLoop {},
            Stage::ReelSpinningStart { reel: 0 },
        ] {
            let posted = post_of(&mut rig, game, stage, 0);
            assert_eq!(posted.violation, None, "{game}");
        }
    }
    rig.peak(4_800);
    let both = posted(&mut rig).len();
    assert_eq!(both, 2, "each has a loop of its own");
    // The last reel of one of them lands.
    let now = rig.renderer.now();
    assert_eq!(post_of(&mut rig, "a", stop(0), now).violation, None);
    rig.peak(9_600);
    assert!(rig.peak(4_800) > 0.0, "the other one's goes on");
    let now = rig.renderer.now();
    rig.control.end_stages_of("a", now).unwrap();
    rig.peak(9_600);
    assert!(rig.peak(4_800) > 0.0);
    let now = rig.renderer.now();
    let game = Some("b".to_owned());
    rig.control.call(&Call::EndStages { game }, now).unwrap();
    rig.peak(9_600);
    assert_eq!(rig.peak(4_800), 0.0);
    assert!(rig.control.game().stages.games.is_empty());
    // It begins anew.
    let press = post_of(&mut rig, "b", Stage::UiSpinPress {}, now + 19_200);
    assert_eq!(press.violation, None);
}

#[test]
fn the_end_of_all_games_ends_every_loop() {
    let mut rig = rig(json!([{"stage": "idle_loop", "event": "Play_Hum"}]));
    for game in ["", "a", "b"] {
        post_of(&mut rig, game, Stage::IdleLoop {}, 0);
    }
    assert!(rig.peak(9_600) > 0.0);
    let now = rig.renderer.now();
    rig.control.end_stages(now).unwrap();
    rig.peak(9_600);
    assert_eq!(rig.peak(4_800), 0.0);
}

#[test]
fn of_too_many_games_the_oldest_is_ended() {
    let mut rig = rig(json!([{"stage": "idle_loop", "event": "Play_Hum"}]));
    post_of(&mut rig, "", Stage::IdleStart {}, 0);
    post_of(&mut rig, "first", Stage::IdleLoop {}, 0);
    rig.peak(4_800);
    let now = rig.renderer.now();
    // One less than there is room for.
    for game in 0..GAMES_MAX - 2 {
        post_of(&mut rig, &game.to_string(), Stage::IdleStart {}, now);
        if game % 64 == 0 {
            // The queue is taken on.
            rig.peak(64);
        }
    }
    post_of(&mut rig, "first", Stage::IdleStart {}, now);
    rig.peak(9_600);
    assert!(rig.peak(4_800) > 0.0, "there is room for all of them");
    let now = rig.renderer.now();
    post_of(&mut rig, "last", Stage::IdleStart {}, now);
    rig.peak(9_600);
    assert_eq!(rig.peak(4_800), 0.0, "what it began ends with it");
    let games = &rig.control.game().stages.games;
    assert_eq!(games.len(), GAMES_MAX);
    assert!(games.contains_key("") && !games.contains_key("first"));
}

/// What does not fit into the queue comes again, the end of a game too.
#[test]
fn the_end_of_a_game_is_fed_once_there_is_room() {
    let trace = StageTrace {
        events: vec![StageEvent::new(Stage::IdleLoop {}, 0.0)],
        ..StageTrace::default()
    };
    let mut rig = rig(json!([{"stage": "idle_loop", "event": "Play_Hum"}]));
    let mut feed = StageFeed::new(trace, &TimingProfile::normal(), 48_000, 0);
    let end = Fed {
        at: 4_800,
        game: "".into(),
        stage: None,
    };
    feed.items.push(end);
    feed.feed(&mut rig.control, 4_800).unwrap();
    rig.peak(4_800);
    while rig.control.free_commands() > 0 {
        rig.control.send(0, Plain::Game(GameCall::NewSpin)).unwrap();
    }
    let error = feed.feed(&mut rig.control, 9_600).unwrap_err();
    assert!(matches!(error, Error::QueueFull { .. }), "{error}");
    rig.peak(64);
    feed.feed(&mut rig.control, 9_600).unwrap();
    rig.peak(9_600);
    assert_eq!(rig.peak(4_800), 0.0);
}

#[test]
fn fields_move_rtpcs_before_the_post() {
    let mut rig = rig(json!([{
        "stage": "rollup_tick", "event": "Play_Hit", "each": true, "rtpcs": {"progress": "speed"},
    }]));
    for (at, progress) in [(0, 0.25), (480, 1.0)] {
        let tick = Stage::RollupTick {
            current: 1,
            progress,
        };
        post(&mut rig, tick, at);
    }
    rig.peak(960);
    let rows = rig.rows();
    let values: Vec<f32> = rows
        .iter()
        .filter_map(|what| match what {
            What::Rtpc { value, .. } => Some(*value),
            _ => None,
        })
        .collect();
    assert_eq!(values, [0.25, 1.0]);
    let posts = rows
        .iter()
        .filter(|what| matches!(what, What::Posted { .. }));
    assert_eq!(posts.count(), 2, "each tick posts");
}

#[test]
fn a_trace_is_heard_at_its_frames_in_any_steps() {
    let trace = StageTrace {
        events: vec![
            StageEvent::new(Stage::UiSpinPress {}, 0.0),
            StageEvent::new(stop(0), 100.0),
            StageEvent::new(stop(1), 150.5),
        ],
        ..StageTrace::default()
    };
    let profile = TimingProfile::normal();
    for step in [64, 999, 48_000] {
        let mut rig = rig(json!([{"stage": "REEL_STOP", "event": "Play_Hit"}]));
        let mut feed = StageFeed::new(trace.clone(), &profile, 48_000, 1_000);
        let mut until = 0;
        while until < 12_000 {
            until += step;
            feed.feed(&mut rig.control, until).unwrap();
            rig.peak(usize::try_from(step).unwrap());
        }
        // 5 ms for the way to the ear, 20 ms before a reel lands.
        let heard = [1_000 + 75 * 48, 1_000 + 125 * 48 + 24];
        let frames: Vec<u64> = posted(&mut rig).iter().map(|it| it.0).collect();
        assert_eq!(frames, heard, "in steps of {step}");
        assert_eq!(feed.end(), heard[1]);
    }
}

#[test]
fn lines_of_a_scene_are_stages() {
    let line = |text: &str| Line::parse(text);
    let read = line("1.5 stage reel_stop reel=2 symbols=1,5 symbol=cherry bet=100 win=250");
    let Some(Call::Stage {
        event,
        object,
        game,
    }) = read.unwrap().unwrap().call
    else {
        panic!("no stage");
    };
    assert_eq!(game, "");
    let ended = line("2 end_stages game=b").unwrap().unwrap().call;
    let game = Some("b".to_owned());
    assert_eq!(ended, Some(Call::EndStages { game }));
    assert_eq!(
        event.stage,
        Stage::ReelStop {
            reel: 2,
            symbols: vec![1, 5]
        }
    );
    let around = StagePayload {
        symbol: Some("cherry".into()),
        bet: Some(100),
        win: Some(250),
        ratio: Some(2.5),
        ..StagePayload::default()
    };
    assert_eq!((event.payload, object.as_str()), (around, ""));
    for (text, error) in [
        ("stage", "needs the name of a stage"),
        ("stage reel_stpo", "did you mean \"reel_stop\"?"),
        ("stage reel_stop rel=1 symbols=", "did you mean \"reel\"?"),
        (
            "stage reel_stop reel=10 symbols=",
            "reel: \"10\" is not a whole number in 0..=9",
        ),
        ("stage reel_stop reel=1", "reel_stop needs symbols"),
        ("stage spin_end now", "does not take \"now\""),
        ("stage spin_end bet=-1", "bet: \"-1\" is no amount"),
        ("stag spin_end", "did you mean \"stage\"?"),
    ] {
        let said = line(text).unwrap_err();
        assert!(said.contains(error), "{text}: {said}");
    }
}

#[test]
fn unknown_objects_and_wrong_bindings_are_refused() {
    let mut rig = rig(json!([]));
    let event = StageEvent::new(Stage::SpinEnd {}, 0.0);
    let error = rig.control.post_stage(&event, "hero", 0).unwrap_err();
    assert!(matches!(error, Error::Unknown { .. }), "{error}");
    let scene = Scene::parse("s", "0 stage spin_end object=hero").unwrap();
    let signature = segue_rt::tempo::TimeSignature::default();
    let tempo = segue_rt::tempo::TempoMap::constant(48_000, 120.0, signature).unwrap();
    let timed = scene.timed(&tempo).unwrap();
    assert!(rig.control.check_scene(&scene, &timed).is_err());
    let mut wrong = usual();
    wrong["stages"] = json!({"bindings": [
        {"stage": "REEL_STPO", "event": "Play_Hit"},
        {"stage": "reel_stop", "event": "Play_Hot"},
        {"stage": "REEL_STOP", "event": "Play_Hit", "rtpcs": {"rel": "speed"}},
    ]});
    let folder = tempfile::tempdir().unwrap();
    let project = super::super::tests::game(folder.path(), &wrong);
    let (mut control, _renderer, _) =
        crate::control::create(crate::EngineConfig::new(48_000)).unwrap();
    let go = &mut |_: crate::LoadProgress<'_>| std::ops::ControlFlow::Continue(());
    let error = control.load_project(&project, go).unwrap_err().to_string();
    for part in [
        "stages.bindings[0].stage",
        "did you mean \"reel_stop\"?",
        "did you mean \"Play_Hit\"?",
        "bindings[1] already",
        "did you mean \"reel\"?",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
