//! Limits of voices of all kinds, on the real renderer: who has to go, and why.

use segue_rt::command::{Command, Plain, Reason};
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};
use segue_rt::ids::BusId;
use segue_rt::voices::{OnLimit, StealMode, VoiceCommand, VoiceEvent, VoicePolicy};

use super::containers::{container, ground, rtpc, switch_group};
use super::real::Real;
use super::stage::{RATE, Stage, action, event, play};
use crate::source::{
    Action, ActionKind, Condition, ContainerKind, Event, GameObjects, Group, GroupChild,
    Interactive, Interp, LimitRule, Switch,
};
use crate::telemetry::What;

/// Loud and quiet plays of different priority; each event may have `max_voices`, an object as many.
fn source(event_voices: u16, object_voices: u16) -> Interactive {
    let how = |name: &str, gain_lin: f32, priority: u8| Event {
        max_voices: event_voices,
        ..event(
            name,
            vec![Action {
                gain_lin,
                priority,
                ..play("long")
            }],
        )
    };
    let mixed = Event {
        max_voices: event_voices,
        ..event(
            "mixed",
            [(0.5, 50), (0.2, 60), (0.9, 40)]
                .map(|(gain_lin, priority)| Action {
                    gain_lin,
                    priority,
                    ..play("long")
                })
                .to_vec(),
        )
    };
    // The second one is above the first in every order.
    let rise = Event {
        max_voices: event_voices,
        ..event(
            "rise",
            [(0.2, 10), (0.9, 90)]
                .map(|(gain_lin, priority)| Action {
                    gain_lin,
                    priority,
                    ..play("long")
                })
                .to_vec(),
        )
    };
    Interactive {
        events: vec![
            how("loud", 0.95, 50),
            how("low", 0.95, 10),
            how("high", 0.95, 90),
            mixed,
            rise,
        ],
        game_objects: GameObjects {
            max_voices: object_voices,
        },
        ..Interactive::default()
    }
}

fn policy(steal_mode: StealMode, on_limit: OnLimit) -> VoicePolicy {
    VoicePolicy {
        steal_mode,
        on_limit,
        ..VoicePolicy::new(RATE)
    }
}

fn post(event: &str, object: u64, playing: u64) -> GameCall {
    GameCall::Post {
        event: NameId::of(event),
        object: ObjectId(object),
        emitter: 0,
        gain: 1.0,
        playing: PlayingId(playing),
    }
}

fn register(object: u64) -> GameCall {
    GameCall::Register {
        object: ObjectId(object),
        pan: 0.0,
        width: 1.0,
        stop_on_unregister: true,
    }
}

/// Number of a voice in the order of the starts, what became of it, and why.
type Fate = (usize, VoiceEvent, Reason);

/// What became of voices, other than that they started.
fn fates(real: &mut Real) -> Vec<Fate> {
    let mut voices = Vec::new();
    let mut fates = Vec::new();
    for row in real.rows() {
        let What::Voice {
            voice,
            event_kind,
            reason,
            ..
        } = row.what
        else {
            continue;
        };
        let known = voices.iter().position(|it| *it == voice);
        let number = known.unwrap_or_else(|| {
            voices.push(voice);
            voices.len() - 1
        });
        if event_kind != VoiceEvent::Started {
            fates.push((number, event_kind, reason));
        }
    }
    fates
}

/// Everything plays through one container, of which so many voices may sound.
fn boxed(voices: u16) -> Interactive {
    let mut source = source(0, 0);
    let child = GroupChild {
        child: "long".into(),
        ..GroupChild::default()
    };
    let mut all = container(
        "box",
        ContainerKind::Group(Group {
            children: vec![child],
            ..Group::default()
        }),
    );
    all.props.max_voices = voices;
    source.containers = vec![all];
    for event in &mut source.events {
        for action in &mut event.actions {
            action.kind = ActionKind::Play("box".into());
        }
    }
    source
}

/// Three voices of one event, and the same event once more: what becomes of whom. A bus may have
/// so many voices; 0 is no limit.
fn one_more(source: &Interactive, policy: VoicePolicy, object: u64, bus: u16) -> Vec<Fate> {
    let posts = [
        (0, post("mixed", object, 1)),
        (960, post("mixed", object, 2)),
    ];
    after(source, policy, &posts, bus)
}

/// What becomes of the voices of posts.
fn after(
    source: &Interactive,
    policy: VoicePolicy,
    posts: &[(u64, GameCall)],
    bus: u16,
) -> Vec<Fate> {
    let mut real = Real::under(policy, source);
    let limit = VoiceCommand::BusLimit {
        bus: BusId::new(1, 1),
        limit: bus.into(),
    };
    real.queue(0, Command::Plain(Plain::Voice(limit)));
    real.calls(&[(0, register(1))]);
    real.calls(posts);
    real.run(1_440, 128);
    fates(&mut real)
}

#[test]
fn only_where_priorities_decide_does_a_victim_lose_by_its_priority() {
    let limits = [
        (source(1, 0), 0, 0, 256, Reason::LimitEvent),
        (source(0, 1), 1, 0, 256, Reason::LimitObject),
        (boxed(1), 0, 0, 256, Reason::LimitContainer),
        (source(0, 0), 0, 1, 256, Reason::LimitBus),
        (source(0, 0), 0, 0, 1, Reason::LimitGlobal),
    ];
    for (source, object, bus, max_real, limit) in limits {
        for (mode, reason) in [
            (StealMode::Oldest, limit),
            (StealMode::Quietest, limit),
            (StealMode::LowestPriority, Reason::PriorityLost),
        ] {
            for (on_limit, what) in [
                (OnLimit::Reject, VoiceEvent::Ended),
                (OnLimit::Virtual, VoiceEvent::Virtual),
            ] {
                let policy = VoicePolicy {
                    max_real,
                    ..policy(mode, on_limit)
                };
                let found = after(&source, policy, &[(0, post("rise", object, 1))], bus);
                assert_eq!(found, [(0, what, reason)], "{mode:?} {limit:?}");
            }
        }
    }
}

#[test]
fn every_steal_mode_has_its_victims_by_every_limit() {
    use VoiceEvent::{Ended, Refused, Virtual};
    // The second post starts voices of 0.5 at 50, 0.2 at 60, 0.9 at 40, after 0, 1 and 2: voice 3
    // is the first of them.
    let limits = [
        (source(3, 0), 0, 0, 256, Reason::LimitEvent),
        (source(0, 3), 1, 0, 256, Reason::LimitObject),
        (boxed(3), 0, 0, 256, Reason::LimitContainer),
        (source(0, 0), 0, 3, 256, Reason::LimitBus),
        (source(0, 0), 0, 0, 3, Reason::LimitGlobal),
    ];
    for (source, object, bus, max_real, limit) in limits {
        let policy = |mode, on_limit| VoicePolicy {
            max_real,
            ..policy(mode, on_limit)
        };
        let lost = Reason::PriorityLost;
        let cases: [(StealMode, Vec<Fate>); 4] = [
            (
                StealMode::None,
                vec![
                    (3, Refused, limit),
                    (4, Refused, limit),
                    (5, Refused, limit),
                ],
            ),
            (
                StealMode::Oldest,
                // 0 goes for 3 of its priority, 1 for 4 likewise, 2 for 5.
                vec![(0, Ended, limit), (1, Ended, limit), (2, Ended, limit)],
            ),
            (
                StealMode::Quietest,
                // 1 is the quietest, but outranks 3; 4 is as quiet as nobody that is left.
                vec![(1, Ended, limit), (4, Refused, limit), (0, Ended, limit)],
            ),
            (
                StealMode::LowestPriority,
                // 2 is below 3; of 50, 60 and 50 the first goes for 60; 40 finds nobody below.
                vec![(2, Ended, lost), (0, Ended, lost), (5, Refused, lost)],
            ),
        ];
        for (mode, expected) in cases {
            let found = one_more(&source, policy(mode, OnLimit::Reject), object, bus);
            assert_eq!(found, expected, "{mode:?} {limit:?}");
            let kept = one_more(&source, policy(mode, OnLimit::Virtual), object, bus);
            let expected: Vec<_> = expected.iter().map(|it| (it.0, Virtual, it.2)).collect();
            assert_eq!(kept, expected, "{mode:?} {limit:?}, virtual");
        }
    }
}

#[test]
fn equal_voices_name_the_limit_and_the_first_one_goes() {
    let loud = |source: &Interactive, object| {
        let mut real = Real::under(policy(StealMode::LowestPriority, OnLimit::Reject), source);
        real.calls(&[(0, register(1)), (0, register(2))]);
        for n in 0..3 {
            real.calls(&[(n * 480 + 10, post("loud", object, n + 1))]);
        }
        real.calls(&[(1_450, post("loud", 2, 9))]);
        real.run(2_400, 128);
        fates(&mut real)
    };
    let ended = |n, reason| (n, VoiceEvent::Ended, reason);
    // The one of object 2 counts for the event, but not for object 1.
    let event = Reason::LimitEvent;
    assert_eq!(loud(&source(2, 0), 1), [ended(0, event), ended(1, event)]);
    assert_eq!(loud(&source(0, 2), 1), [ended(0, Reason::LimitObject)]);
    assert_eq!(loud(&source(0, 2), 0), [], "the global object has no limit");
}

#[test]
fn a_lower_priority_loses_and_a_higher_one_wins() {
    let against = |last: &str| {
        let mut real = Real::under(
            policy(StealMode::LowestPriority, OnLimit::Reject),
            &source(0, 1),
        );
        real.calls(&[
            (0, register(1)),
            (0, post("loud", 1, 1)),
            (480, post(last, 1, 2)),
        ]);
        real.run(1_440, 128);
        fates(&mut real)
    };
    let lost = Reason::PriorityLost;
    assert_eq!(against("low"), [(1, VoiceEvent::Refused, lost)]);
    assert_eq!(against("high"), [(0, VoiceEvent::Ended, lost)]);
}

/// Two posts of an event that may play once, of these priorities: which ones end or are refused.
fn two_posts(limit_rule: LimitRule, priorities: [u8; 2]) -> Vec<(u64, Reason)> {
    let [first, last] = priorities;
    let of = |priority, min, max| Action {
        priority,
        conditions: vec![Condition::Rtpc {
            rtpc: "x".into(),
            min,
            max,
        }],
        ..play("long")
    };
    let source = Interactive {
        rtpcs: vec![rtpc("x", Interp::None)],
        events: vec![Event {
            max_instances: 1,
            limit_rule,
            ..event("go", vec![of(first, 0.0, 0.4), of(last, 0.6, 1.0)])
        }],
        ..Interactive::default()
    };
    let mut stage = Stage::new(&source);
    let playing = [stage.post(0, "go"), {
        stage.rtpc(480, "x", 1.0);
        stage.post(960, "go")
    }];
    assert_eq!(playing, [PlayingId(1), PlayingId(2)]);
    stage.run(2_400);
    let rows = stage.rows().into_iter();
    rows.filter_map(|row| match row.what {
        What::Refused {
            playing, reason, ..
        } => Some((playing.0, reason)),
        What::Ignored { reason, .. } => Some((0, reason)),
        What::Voice {
            event_kind: VoiceEvent::Ended,
            voice,
            reason,
            ..
        } => Some((voice.0, reason)),
        _ => None,
    })
    .collect()
}

#[test]
fn every_rule_of_an_event_at_its_limit() {
    let limit = Reason::LimitEvent;
    for priorities in [[50, 50], [10, 90], [90, 10]] {
        let newest = two_posts(LimitRule::DiscardNewest, priorities);
        assert_eq!(newest, [(2, limit)], "{priorities:?}");
        let oldest = two_posts(LimitRule::DiscardOldest, priorities);
        assert_eq!(oldest, [(1, limit)], "{priorities:?}");
        let ignore = two_posts(LimitRule::Ignore, priorities);
        assert_eq!(ignore, [(0, limit)], "{priorities:?}: only a warning");
        let lowest = two_posts(LimitRule::DiscardLowestPriority, priorities);
        let expected = match priorities {
            [90, 10] => (2, Reason::PriorityLost),
            _ => (1, limit),
        };
        assert_eq!(lowest, [expected], "{priorities:?}");
    }
}

#[test]
fn numbers_of_groups_outlive_a_bank() {
    let first = source(1, 0);
    let mut second = source(1, 0);
    second.events.reverse();
    let mut real = Real::under(policy(StealMode::LowestPriority, OnLimit::Reject), &first);
    real.calls(&[(0, post("loud", 0, 1))]);
    real.swap(480, &second);
    real.calls(&[(960, post("loud", 0, 2)), (970, post("high", 0, 3))]);
    real.run(1_440, 128);
    let fates = fates(&mut real);
    assert_eq!(
        fates,
        [(0, VoiceEvent::Ended, Reason::LimitEvent)],
        "its own event only"
    );
}

#[test]
fn a_voice_counts_below_every_container_with_a_limit() {
    let child = |child: &str| GroupChild {
        child: child.into(),
        ..GroupChild::default()
    };
    let group = |name: &str, children: &[&str], voices| {
        let mut it = container(
            name,
            ContainerKind::Group(Group {
                children: children.iter().map(|it| child(it)).collect(),
                ..Group::default()
            }),
        );
        it.props.max_voices = voices;
        it
    };
    let refused = |limits: [u16; 3]| {
        let [outer, middle, inner] = limits;
        let source = Interactive {
            containers: vec![
                group("outer", &["middle", "long"], outer),
                group("middle", &["inner"], middle),
                group("inner", &["long"], inner),
            ],
            events: vec![event("go", vec![play("outer")])],
            ..Interactive::default()
        };
        let mut real = Real::under(policy(StealMode::None, OnLimit::Reject), &source);
        // Two voices each: one in all three containers, one in the outer one alone.
        let posts: Vec<_> = (0..4).map(|n| (100 * n, post("go", 0, n + 1))).collect();
        real.calls(&posts);
        real.run(2_400, 64);
        let fates = fates(&mut real);
        let by_limit = |it: &&Fate| (it.1, it.2) == (VoiceEvent::Refused, Reason::LimitContainer);
        fates.iter().filter(by_limit).count()
    };
    assert_eq!(refused([0, 0, 0]), 0);
    assert_eq!(refused([5, 0, 8]), 3);
    assert_eq!(refused([5, 8, 8]), 3);
    assert_eq!(refused([0, 1, 8]), 3);
    assert_eq!(refused([8, 8, 2]), 2);
}

/// What ends makes room: a change of a switch cross-fades below a limit of one voice, and an event that
/// stops and plays again is heard again.
#[test]
fn a_voice_on_its_way_out_counts_against_no_limit() {
    let change = |bus: u16, max_voices: u16| {
        let mut switch = container(
            "floor",
            ContainerKind::Switch(Switch {
                group: "ground".into(),
                values: vec![
                    ("wood".into(), vec!["long".into()]),
                    ("stone".into(), vec!["loop".into()]),
                ],
                fade_in_ms: 100.0,
                fade_out_ms: 100.0,
                ..Switch::default()
            }),
        );
        switch.props.max_voices = max_voices;
        let source = Interactive {
            switches: vec![switch_group()],
            containers: vec![switch],
            events: vec![event("go", vec![play("floor")])],
            ..Interactive::default()
        };
        let mut real = Real::new(&source);
        let limit = VoiceCommand::BusLimit {
            bus: BusId::new(1, 1),
            limit: bus.into(),
        };
        real.queue(0, Command::Plain(Plain::Voice(limit)));
        real.calls(&[(0, post("go", 0, 1)), (9_610, ground("stone", 0))]);
        real.run(24_000, 128);
        fates(&mut real)
    };
    let again = || {
        let stop = Action {
            fade: crate::source::Fade {
                ms: 100.0,
                ..Default::default()
            },
            ..action(ActionKind::Stop("long".into()))
        };
        let soft = Action {
            fade: crate::source::Fade {
                ms: 100.0,
                ..Default::default()
            },
            ..play("long")
        };
        let restart = Event {
            max_voices: 1,
            ..event("go", vec![stop, soft])
        };
        let mut real = Real::new(&Interactive {
            events: vec![restart],
            ..Interactive::default()
        });
        real.calls(&[(0, post("go", 0, 1)), (9_610, post("go", 0, 2))]);
        real.run(24_000, 128);
        fates(&mut real)
    };
    let gone = (0, VoiceEvent::Ended, Reason::StopAction);
    assert_eq!(change(0, 1), [gone], "container");
    assert_eq!(change(1, 0), [gone], "bus");
    assert_eq!(again(), [gone], "event");
}
