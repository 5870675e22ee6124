//! Every size of a document is accepted, and one more is refused with the limit's number.

use super::{problems, random, with};
use crate::director::tests::music::{segment, transition};
use crate::director::tests::stage::{action, event, play};
use crate::limits::LIMITS;
use crate::source::{
    Action, ActionKind, Adaptive, Binding, BindingTarget, Blend, BlendChild, Compare, Condition,
    Container, ContainerKind, Context, Curve, CurvePoint, Duck, DuckSource, DuckTrigger, Event,
    GlobalTarget, Group, GroupChild, Interactive, Interp, Layer, LevelTransition, Marker,
    NoteEvent, Playlist, Random, Rtpc, RtpcTarget, Rule, RuleAction, RuleCondition, Sequence,
    SequenceEnd, Shape, Signal, StageBinding, StateGroup, StateValue, Step, Stinger, SwitchGroup,
    Sync,
};

/// Makes something with so many of what a limit bounds.
type Make = fn(usize) -> Interactive;

/// Limits of documents, by their names.
const CASES: &[(&str, Make)] = &[
    ("interactive_name_bytes", |n| {
        with(vec![event(&"n".repeat(n), Vec::new())])
    }),
    ("events", |n| with(each(n, |n| event(&name(n), Vec::new())))),
    ("actions_per_event", |n| {
        with(vec![event("go", vec![play("a"); n])])
    }),
    ("tags_per_event", |n| {
        with(vec![Event {
            tags: each(n, name),
            ..event("go", vec![play("a")])
        }])
    }),
    ("conditions", |n| Interactive {
        rtpcs: vec![rtpc("x")],
        ..with(vec![event("go", vec![conditional(n)])])
    }),
    ("post_depth", |n| with(each(n, |at| posting(at, n)))),
    ("containers", |n| {
        containers(each(n, |n| random(&name(n), "a")))
    }),
    ("container_depth", |n| {
        containers(each(n, |at| holding(at, n)))
    }),
    ("blend_children", |n| Interactive {
        rtpcs: vec![rtpc("x")],
        ..one(ContainerKind::Blend(blend(n)))
    }),
    ("random_children", |n| {
        let ContainerKind::Random(it) = random("box", "a").kind else {
            return Interactive::default();
        };
        one(ContainerKind::Random(Random {
            children: vec![it.children[0].clone(); n],
            ..it
        }))
    }),
    ("group_children", |n| {
        let child = GroupChild {
            child: "a".into(),
            weight: 1,
            ..GroupChild::default()
        };
        one(ContainerKind::Group(Group {
            children: vec![child; n],
            ..Group::default()
        }))
    }),
    ("sequence_steps", |n| {
        one(ContainerKind::Sequence(sequence(n)))
    }),
    ("rtpcs", |n| Interactive {
        rtpcs: each(n, |n| rtpc(&name(n))),
        ..Interactive::default()
    }),
    // The last of so many parameters.
    ("host_params", |n| Interactive {
        rtpcs: vec![Rtpc {
            host_param: u8::try_from(n - 1).ok(),
            ..rtpc("x")
        }],
        ..Interactive::default()
    }),
    ("state_groups", |n| {
        states(each(n, |n| state_group(&name(n), 1)))
    }),
    ("group_values", |n| states(vec![state_group("mood", n)])),
    ("group_values", |n| {
        switches(vec![switch_group("ground", n)])
    }),
    ("switch_groups", |n| {
        switches(each(n, |n| switch_group(&name(n), 1)))
    }),
    ("curve_points", |n| targets(1, n)),
    ("rtpc_targets", |n| targets(n, 2)),
    ("bindings", |n| {
        let mut it = random("box", "a");
        it.props.bindings = vec![
            Binding {
                rtpc: "x".into(),
                target: BindingTarget::Volume,
                curve: curve(2),
            };
            n
        ];
        Interactive {
            rtpcs: vec![rtpc("x")],
            ..containers(vec![it])
        }
    }),
    ("ducks", |n| Interactive {
        ducks: each(n, |n| duck(&name(n))),
        ..Interactive::default()
    }),
    ("segments", |n| segments(n)),
    ("markers", |n| {
        let mut source = segments(1);
        source.music.segments[0].markers = each(n, |n| Marker {
            pos_smp: n as u64,
            name: name(n),
            ..Marker::default()
        });
        source
    }),
    ("playlists", |n| {
        let mut source = segments(1);
        source.music.playlists = each(n, |n| playlist(&format!("p{n}"), 1));
        source
    }),
    ("playlist_entries", |n| {
        let mut source = segments(1);
        source.music.playlists = vec![playlist("p", n)];
        source
    }),
    ("transitions", |n| {
        let mut source = segments(40);
        source.music.transitions = each(n, |n| crate::source::Transition {
            from: name(n / 40),
            to: name(n % 40),
            ..transition(Sync::Bar)
        });
        source
    }),
    ("stingers", |n| {
        let mut source = segments(1);
        source.music.stingers = each(n, |n| stinger(&format!("s{n}")));
        source
    }),
    ("stage_bindings", |n| {
        let mut source = with(vec![event("go", vec![play("a")])]);
        source.stages.bindings = each(n, |n| StageBinding {
            stage: format!("CUSTOM_L{n}"),
            event: "go".into(),
            ..StageBinding::default()
        });
        source
    }),
    ("note_events", |n| {
        let note = NoteEvent {
            keys: [0, 127],
            on: Some("go".into()),
            ..NoteEvent::default()
        };
        Interactive {
            notes: vec![note; n],
            ..with(vec![event("go", vec![play("a")])])
        }
    }),
    ("signals", |n| {
        adaptive(|it| {
            it.signals = each(n - BUILT_IN, |n| Signal {
                name: name(n),
                ..Signal::default()
            });
        })
    }),
    ("rules", |n| {
        adaptive(|it| it.rules = each(n, |n| rule(&name(n), RuleCondition::Always)))
    }),
    ("rule_depth", |n| {
        let inside = |_| above(0.0);
        let not = |inner, _| RuleCondition::Not(Box::new(inner));
        let nested = (1..n).fold(inside(0), not);
        adaptive(|it| it.rules = vec![rule("r", nested)])
    }),
    ("rule_list", |n| {
        let list = each(n, |n| above(n as f32));
        adaptive(|it| it.rules = vec![rule("r", RuleCondition::And(list))])
    }),
    ("rule_list", |n| {
        let list = each(n, |n| above(n as f32));
        adaptive(|it| it.rules = vec![rule("r", RuleCondition::Sequence(list, 100.0))])
    }),
    ("adaptive_transitions", |n| {
        adaptive(|it| {
            it.transitions = each(n, |n| LevelTransition {
                name: name(n),
                ..LevelTransition::default()
            });
        })
    }),
    ("contexts", |n| {
        adaptive(|it| it.contexts.extend(each(n - 1, |n| context(&name(n), 1, 1))))
    }),
    ("levels", |n| {
        adaptive(|it| it.contexts = vec![context("BASE", n, 1)])
    }),
    ("layers", |n| {
        adaptive(|it| it.contexts = vec![context("BASE", 1, n)])
    }),
];

/// Limits of a game that runs or of a bank as a file, which no document exceeds, and `rule_steps`: what a
/// condition compiles to is nothing that an author counts.
const ELSEWHERE: &[&str] = &[
    "game_objects",
    "emitters",
    "playing",
    "instances",
    "set_targets",
    "scheduled",
    "tick_actions",
    "telemetry_rows",
    "bank_bytes",
    "bank_chunks",
    "held_notes",
    "rule_steps",
];

/// Signals that are always there.
const BUILT_IN: usize = 20;

fn each<T>(n: usize, make: impl Fn(usize) -> T) -> Vec<T> {
    (0..n).map(make).collect()
}

fn name(n: usize) -> String {
    format!("n{n}")
}

fn rtpc(name: &str) -> Rtpc {
    Rtpc {
        name: name.into(),
        unit: String::new(),
        min: 0.0,
        max: 1.0,
        default: 0.0,
        interp: Interp::None,
        host_param: None,
        targets: Vec::new(),
    }
}

fn conditional(n: usize) -> Action {
    let condition = Condition::Rtpc {
        rtpc: "x".into(),
        min: 0.0,
        max: 1.0,
    };
    Action {
        conditions: vec![condition; n],
        ..play("a")
    }
}

/// Event `at` of `n` that post one another; the last one plays.
fn posting(at: usize, n: usize) -> Event {
    let next = at + 1;
    let what = match next < n {
        true => action(ActionKind::PostEvent(name(next))),
        false => play("a"),
    };
    event(&name(at), vec![what])
}

/// Container `at` of `n` inside one another.
fn holding(at: usize, n: usize) -> Container {
    let next = at + 1;
    match next < n {
        true => random(&name(at), &name(next)),
        false => random(&name(at), "a"),
    }
}

fn containers(containers: Vec<Container>) -> Interactive {
    Interactive {
        containers,
        ..Interactive::default()
    }
}

fn one(kind: ContainerKind) -> Interactive {
    containers(vec![Container {
        kind,
        ..random("box", "a")
    }])
}

/// Ranges one after the other.
fn blend(n: usize) -> Blend {
    let child = |at: usize| BlendChild {
        child: "a".into(),
        x_lo: at as f32 / n as f32,
        x_hi: (at as f32 + 0.5) / n as f32,
        gain_db: 0.0,
    };
    Blend {
        rtpc: "x".into(),
        children: each(n, child),
        ..Blend::default()
    }
}

fn sequence(n: usize) -> Sequence {
    let step = |at: usize| Step {
        child: "a".into(),
        start_ms: at as f64 * 10.0,
        loop_count: 1,
        ..Step::default()
    };
    Sequence {
        steps: each(n, step),
        speed: 1.0,
        end: SequenceEnd::Stop,
    }
}

fn states(states: Vec<StateGroup>) -> Interactive {
    Interactive {
        states,
        ..Interactive::default()
    }
}

fn state_group(group: &str, values: usize) -> StateGroup {
    let value = |n| StateValue {
        name: name(n),
        changes: Vec::new(),
    };
    StateGroup {
        name: group.into(),
        values: each(values, value),
        ..StateGroup::default()
    }
}

fn switches(switches: Vec<SwitchGroup>) -> Interactive {
    Interactive {
        switches,
        ..Interactive::default()
    }
}

fn switch_group(group: &str, values: usize) -> SwitchGroup {
    SwitchGroup {
        name: group.into(),
        values: each(values, name),
        ..SwitchGroup::default()
    }
}

fn curve(points: usize) -> Curve {
    let point = |n: usize| CurvePoint {
        x: n as f32 / points as f32,
        y: 0.0,
        shape: Shape::Linear,
    };
    Curve {
        points: each(points, point),
    }
}

/// An RTPC that moves so many things by curves of so many points.
fn targets(count: usize, points: usize) -> Interactive {
    let target = RtpcTarget {
        target: GlobalTarget::BusVolume("sfx".into()),
        curve: curve(points),
    };
    Interactive {
        rtpcs: vec![Rtpc {
            targets: vec![target; count],
            ..rtpc("x")
        }],
        ..Interactive::default()
    }
}

fn duck(name: &str) -> Duck {
    Duck {
        name: name.into(),
        source: DuckSource::Bus("vo".into()),
        target_bus: "music".into(),
        depth_db: -6.0,
        attack_ms: 50.0,
        hold_ms: 0.0,
        release_ms: 500.0,
        trigger: DuckTrigger::Level,
        threshold_lin: 0.01,
        curve: Shape::Linear,
    }
}

fn segments(n: usize) -> Interactive {
    let mut source = Interactive::default();
    source.music.segments = each(n, |n| segment(&name(n), "long"));
    source
}

fn playlist(list: &str, entries: usize) -> Playlist {
    Playlist {
        name: list.into(),
        entries: vec![(name(0), 1); entries],
        ..Playlist::default()
    }
}

fn stinger(name: &str) -> Stinger {
    Stinger {
        name: name.into(),
        source: "a".into(),
        sync: Sync::Bar,
        anchor_ms: 0.0,
        duck_db: 0.0,
        attack_ms: 0.0,
        release_ms: 0.0,
        priority: 50,
        can_interrupt: false,
        look_ahead_ms: 50.0,
    }
}

fn adaptive(change: impl FnOnce(&mut Adaptive)) -> Interactive {
    let mut it = Adaptive {
        contexts: vec![context("BASE", 1, 1)],
        ..Adaptive::default()
    };
    change(&mut it);
    Interactive {
        adaptive: Some(it),
        ..Interactive::default()
    }
}

pub(super) fn context(name: &str, levels: usize, layers: usize) -> Context {
    // With loops of their own they are different ones.
    let layer = |n: usize| Layer {
        asset: "loop".into(),
        loop_end_smp: 500 * (n as u64 + 1),
        ..Layer::default()
    };
    let mut context = Context {
        name: name.into(),
        bpm: 120.0,
        signature: [4, 4],
        levels: vec![each(layers, layer); levels],
        ..Context::default()
    };
    context.constraints.max = u8::try_from(levels - 1).unwrap_or(u8::MAX).min(4);
    context
}

fn rule(id: &str, condition: RuleCondition) -> Rule {
    Rule {
        id: id.into(),
        enabled: true,
        condition,
        action: RuleAction::SetLevel(0),
        ..Rule::default()
    }
}

fn above(value: f32) -> RuleCondition {
    RuleCondition::Compare {
        signal: "win_tier".into(),
        raw: true,
        op: Compare::Gt,
        value,
        high: 0.0,
    }
}

#[test]
fn as_many_as_the_limit_are_accepted_and_one_more_is_refused_by_number() {
    for (name, make) in CASES {
        let limit = LIMITS.iter().find(|limit| limit.0 == *name).expect(name);
        let most = usize::try_from(limit.1).unwrap();
        assert_eq!(problems(&make(most)), [""; 0], "{name}: {most}");
        let found = problems(&make(most + 1));
        let number = most.to_string();
        let names_it = |text: &String| {
            let message = text.split_once(": ").map_or("", |it| it.1);
            let mut numbers = message.split(|c: char| !c.is_ascii_digit());
            numbers.any(|it| it == number)
        };
        assert!(found.iter().any(names_it), "{name}: {found:?}");
    }
}

#[test]
fn every_limit_is_tested_here_or_cannot_be() {
    let here = |name: &str| CASES.iter().any(|case| case.0 == name);
    let missing = LIMITS.iter().map(|limit| limit.0);
    let missing = missing.filter(|name| here(name) == ELSEWHERE.contains(name));
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0]);
}
