//! What is wrong with a project is said with its path.

mod sizes;

use super::compile;
use crate::director::tests::music::{segment, transition};
use crate::director::tests::stage;
use crate::source::{
    Action, ActionKind, Container, ContainerKind, Destination, Event, Interactive, MacroRtpc,
    Marker, Music, NoteEvent, Random, RandomChild, Rtpc, RtpcTarget, Scope, SeekTo, Segment,
    StateGroup, StateValue, Sync, Transition,
};

fn problems(source: &Interactive) -> Vec<String> {
    let found = compile(source, &stage::world()).err().unwrap_or_default();
    found
        .into_iter()
        .map(|it| format!("{}: {}", it.path, it.message))
        .collect()
}

fn random(name: &str, child: &str) -> Container {
    Container {
        name: name.to_owned(),
        props: crate::source::Props::default(),
        kind: ContainerKind::Random(Random {
            children: vec![RandomChild {
                child: child.to_owned(),
                weight: 1,
                pitch_st: [0.0; 2],
                volume_db: [0.0; 2],
            }],
            ..Random::default()
        }),
    }
}

fn with(events: Vec<Event>) -> Interactive {
    Interactive {
        events,
        ..Interactive::default()
    }
}

#[test]
fn an_empty_project_compiles() {
    assert_eq!(problems(&Interactive::default()), [""; 0]);
}

#[test]
fn a_name_that_is_missing_is_no_other_one() {
    let play = stage::action(ActionKind::Play(String::new()));
    let set = stage::action(ActionKind::SetLpf(String::new(), 0.0));
    assert_eq!(
        problems(&with(vec![stage::event("go", vec![play, set])])),
        [
            "events[0].actions[0].target: the name of the container or sound is missing; write it \
             here"
        ]
    );
}

#[test]
fn circles_are_shown_with_their_way() {
    let source = Interactive {
        containers: vec![random("x", "y"), random("y", "z"), random("z", "x")],
        ..Interactive::default()
    };
    assert_eq!(
        problems(&source),
        ["containers[0]: containers hold each other in a circle: x → y → z → x"]
    );
    let post = |name: &str, other: &str| {
        stage::event(
            name,
            vec![stage::action(ActionKind::PostEvent(other.to_owned()))],
        )
    };
    assert_eq!(
        problems(&with(vec![post("a", "b"), post("b", "a")])),
        ["events[0]: events post each other in a circle: a → b → a"]
    );
}

#[test]
fn too_deep_is_refused() {
    let names: Vec<String> = (0..10).map(|n| format!("n{n}")).collect();
    let mut containers: Vec<_> = names
        .windows(2)
        .map(|pair| random(&pair[0], &pair[1]))
        .collect();
    containers.push(random("n9", "a"));
    let source = Interactive {
        containers,
        ..Interactive::default()
    };
    assert_eq!(
        problems(&source),
        [
            "containers[0]: containers hold each other 10 deep, the limit is 8",
            "containers[1]: containers hold each other 9 deep, the limit is 8"
        ]
    );
}

#[test]
fn duplicates_are_refused_also_across_kinds() {
    let source = Interactive {
        containers: vec![random("twice", "a"), random("twice", "a"), random("a", "b")],
        ..Interactive::default()
    };
    let found = problems(&source);
    assert_eq!(
        found[..2],
        [
            "containers[2].name: \"a\" is taken by sounds[0].id; give one another name",
            "containers[1].name: \"twice\" is taken by containers[0].name; give one another name"
        ]
    );
}

/// Two names with the same 64 bits of FNV-1a.
const SAME_HASH: [&str; 2] = ["8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ"];

#[test]
fn names_of_the_same_hash_are_refused() {
    use segue_rt::game::NameId;
    let [a, b] = SAME_HASH;
    assert_eq!(NameId::of(a), NameId::of(b));
    let message =
        |path: &str| format!("{path}: {a:?} and {b:?} have the same hash; give one another name");
    let events = SAME_HASH.map(|name| stage::event(name, Vec::new()));
    assert_eq!(
        problems(&with(events.to_vec())),
        [message("events[1].name")]
    );
    let containers = SAME_HASH.map(|name| random(name, "a"));
    let source = Interactive {
        containers: containers.to_vec(),
        ..Interactive::default()
    };
    assert_eq!(problems(&source), [message("containers[1].name")]);
    let value = |name: &str| StateValue {
        name: name.into(),
        changes: Vec::new(),
    };
    let source = Interactive {
        states: vec![StateGroup {
            name: "mood".into(),
            values: SAME_HASH.map(value).to_vec(),
            ..StateGroup::default()
        }],
        ..Interactive::default()
    };
    assert_eq!(problems(&source).len(), 1);
    // One of the two alone is a name like any other.
    assert_eq!(problems(&with(events[..1].to_vec())), [""; 0]);
}

#[test]
fn signals_of_the_same_hash_are_refused() {
    let signal = |name: &str| crate::source::Signal {
        name: name.into(),
        ..crate::source::Signal::default()
    };
    let source = Interactive {
        adaptive: Some(crate::source::Adaptive {
            signals: SAME_HASH.map(signal).to_vec(),
            contexts: vec![sizes::context("BASE", 1, 1)],
            ..crate::source::Adaptive::default()
        }),
        ..Interactive::default()
    };
    let found = problems(&source);
    assert!(
        matches!(&found[..], [one] if one.contains("signals[1]") && one.contains("same hash")),
        "{found:?}"
    );
}

#[test]
fn unknown_names_get_the_nearest() {
    let source = Interactive {
        containers: vec![random("steps", "lnog")],
        events: vec![
            stage::event("go", vec![stage::play("step")]),
            stage::event(
                "on",
                vec![stage::action(ActionKind::PostEvent("og".into()))],
            ),
        ],
        ..Interactive::default()
    };
    assert_eq!(
        problems(&source),
        [
            "containers[0].children[0].child: there is no container or sound \"lnog\"; did you mean \"long\"?",
            "events[0].actions[0].target: there is no container or sound \"step\"; did you mean \"steps\"?",
            "events[1].actions[0].event: there is no event \"og\"; did you mean \"go\"?",
        ]
    );
}

#[test]
fn every_range_of_an_action_is_checked() {
    let good = stage::play("a");
    let check = |change: fn(&mut Action), path: &str| {
        let mut action = good.clone();
        change(&mut action);
        let found = problems(&with(vec![stage::event("go", vec![action])]));
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert!(
            found[0].starts_with(&format!("events[0].actions[0].{path}: ")),
            "{found:?}"
        );
    };
    check(|it| it.priority = 101, "priority");
    check(|it| it.gain_lin = 2.5, "gain_lin");
    check(|it| it.pan = f32::NAN, "pan");
    check(|it| it.pitch_st = -25.0, "pitch_st");
    check(|it| it.lpf_hz = Some(5.0), "lpf_hz");
    check(|it| it.hpf_hz = Some(30_000.0), "hpf_hz");
    check(|it| it.delay_ms = 60_001.0, "delay_ms");
    check(|it| it.fade.ms = -1.0, "fade_ms");
    check(|it| it.fade_out.ms = f32::INFINITY, "fade_out_ms");
    check(|it| it.probability = 1.5, "probability");
    check(|it| it.bus = Some("musik".into()), "bus");
    check(|it| it.trim_end_smp = 1 << 40, "trim_end_smp");
    check(|it| it.trim_start_smp = 1 << 40, "trim_start_smp");
    // The last frame of 4,800 is the last one that can be the first.
    check(|it| it.trim_start_smp = 4_800, "trim_start_smp");
    let last = Action {
        trim_start_smp: 4_799,
        ..good.clone()
    };
    let end = stage::action(ActionKind::Seek("a".into(), SeekTo::Samples(4_800)));
    let list = ActionKind::Seek(String::new(), SeekTo::Samples(1 << 40));
    let fine = vec![last, end, stage::action(list)];
    assert!(compile(&with(vec![stage::event("go", fine)]), &stage::world()).is_ok());
    check(
        |it| it.kind = ActionKind::SetVolume("a".into(), 99.0),
        "value",
    );
    check(
        |it| it.kind = ActionKind::SetBusVolume("nowhere".into(), 0.0),
        "target",
    );
    check(|it| it.scope = Scope::FirstOnly, "scope");
    check(|it| it.scope = Scope::Random, "scope");
    let state = |value: &str| ActionKind::SetState("mood".into(), value.into());
    let named: [(ActionKind, &str); 20] = [
        (ActionKind::SetLpf("a".into(), 5.0), "value"),
        (ActionKind::SetHpf("a".into(), 20_001.0), "value"),
        (ActionKind::Seek("a".into(), SeekTo::Samples(4_801)), "smp"),
        (
            ActionKind::Seek("a".into(), SeekTo::Seconds(0.11)),
            "seconds",
        ),
        (ActionKind::Stop("nope".into()), "target"),
        (ActionKind::Reset("nope".into()), "target"),
        (ActionKind::PlayAndContinue("nope".into()), "target"),
        (ActionKind::FadeTo("a".into(), 3.0, false), "gain_lin"),
        (
            ActionKind::Seek("a".into(), SeekTo::Seconds(-1.0)),
            "seconds",
        ),
        (
            ActionKind::Seek("a".into(), SeekTo::Fraction(2.0)),
            "fraction",
        ),
        (ActionKind::PostEvent("nope".into()), "event"),
        (ActionKind::SetState("nope".into(), "on".into()), "group"),
        (state("nope"), "value"),
        (ActionKind::SetSwitch("nope".into(), "on".into()), "group"),
        (ActionKind::SetRtpc("nope".into(), 0.0), "rtpc"),
        (ActionKind::ResetRtpc("nope".into()), "rtpc"),
        (ActionKind::Trigger("nope".into()), "stinger"),
        (ActionKind::PlayMusic("nope".into()), "music"),
        (ActionKind::EnterContext("nope".into()), "context"),
        (ActionKind::SetSignal("nope".into(), 0.0), "signal"),
    ];
    for (kind, key) in named {
        let source = Interactive {
            states: vec![StateGroup {
                name: "mood".into(),
                values: vec![StateValue {
                    name: "on".into(),
                    changes: Vec::new(),
                }],
                ..StateGroup::default()
            }],
            ..with(vec![stage::event("go", vec![stage::action(kind.clone())])])
        };
        let found = problems(&source);
        let path = format!("events[0].actions[0].{key}: ");
        assert!(
            found.len() == 1 && found[0].starts_with(&path),
            "{kind:?}: {found:?}"
        );
    }
}

#[test]
fn limits_are_named() {
    let mut event = stage::event("go", vec![stage::play("a"); 65]);
    event.tags = (0..17).map(|n| format!("t{n}")).collect();
    assert_eq!(
        problems(&with(vec![event])),
        [
            "events[0].actions: 65 actions are over the limit of 64",
            "events[0].tags: 17 tags are over the limit of 16"
        ]
    );
    // One that does nothing yet is for `check`.
    let empty: [String; 0] = [];
    assert_eq!(problems(&with(vec![stage::event("go", Vec::new())])), empty);
}

#[test]
fn notes_macros_and_targets_are_checked() {
    use crate::source::{Curve, CurvePoint, GlobalTarget, Interp};
    let point = |x| CurvePoint {
        x,
        ..CurvePoint::default()
    };
    let source = Interactive {
        rtpcs: vec![Rtpc {
            name: "x".into(),
            unit: String::new(),
            min: 0.0,
            max: 1.0,
            default: 0.0,
            interp: Interp::None,
            host_param: Some(64),
            targets: vec![RtpcTarget {
                target: GlobalTarget::Send("sfx".into(), "music".into()),
                curve: Curve {
                    points: vec![point(0.0), point(1.0)],
                },
            }],
        }],
        notes: vec![NoteEvent {
            keys: [70, 60],
            on: Some("nothing".into()),
            ..NoteEvent::default()
        }],
        macros: vec![MacroRtpc {
            macro_id: "m2".into(),
            rtpc: "x".into(),
            range: Some([0.0, 2.0]),
        }],
        ..Interactive::default()
    };
    assert_eq!(
        problems(&source),
        [
            "notes[0].keys[1]: 60 is not in 70..=127",
            "notes[0].on: there is no event \"nothing\"",
            "rtpcs[0].targets[0].target: bus \"sfx\" has no send to \"music\"; make one in the mixer",
            "macros[0].macro_id: there is no macro \"m2\"; did you mean \"m1\"?",
            "macros[0].range[1]: 2 is not in 0..=1",
            "rtpcs[0].host_param: 64 is not in 0..=63",
        ]
    );
}

#[test]
fn an_unknown_marker_is_told_with_those_there_are() {
    let marker = |name: &str, pos_smp| Marker {
        name: name.to_owned(),
        pos_smp,
        ..Marker::default()
    };
    let told = |markers: &[Marker]| {
        let segment = Segment {
            markers: markers.to_vec(),
            ..segment("a", "long")
        };
        let way = Transition {
            destination: Destination::Marker("chorsu".into()),
            ..transition(Sync::Beat)
        };
        problems(&Interactive {
            music: Music {
                segments: vec![segment],
                transitions: vec![way],
                ..Music::default()
            },
            ..Interactive::default()
        })
    };
    let path = "music.transitions[0].marker: there is no marker \"chorsu\"";
    assert_eq!(
        told(&[marker("verse", 0), marker("chorus", 480)]),
        [format!(
            "{path}; did you mean \"chorus\"?; there are \"verse\", \"chorus\""
        )]
    );
    assert_eq!(
        told(&[]),
        [format!("{path}; where it leads there are no markers")]
    );
    let many: Vec<Marker> = (0..22).map(|n| marker(&format!("m{n}"), n * 10)).collect();
    assert!(told(&many)[0].ends_with("\"m19\" and 2 more"), "{many:?}");
}
