//! What goes on for ever, and whether anything stops it.

use std::collections::{BTreeMap, BTreeSet};

use segue_format::Project;
use segue_middleware::source::{
    Action, ActionKind, Container, ContainerKind, Interactive, Scope, SequenceEnd,
};
use segue_middleware::stage::names::{Qualified, stage_of};

use super::reach::children;
use super::{Findings, Kind};

pub(super) fn check(project: &Project, source: &Interactive, findings: &mut Findings) {
    let looping = Looping {
        sounds: project
            .sounds
            .iter()
            .filter(|it| is_endless(it))
            .map(|it| it.id.as_str())
            .collect(),
        containers: source
            .containers
            .iter()
            .map(|it| (it.name.as_str(), it))
            .collect(),
    };
    let actions = || source.events.iter().flat_map(|event| &event.actions);
    let staged = ended_by_stages(source);
    for (n, event) in source.events.iter().enumerate() {
        if staged.contains(event.name.as_str()) {
            continue;
        }
        for (m, action) in event.actions.iter().enumerate() {
            let (ActionKind::Play(target) | ActionKind::PlayAndContinue(target)) = &action.kind
            else {
                continue;
            };
            let endless = match action.loop_count {
                0 => true,
                1 => looping.is_endless(target, 0),
                _ => looping.outlasts_a_count(target, 0),
            };
            let reaching = actions().filter(|stop| reaches(stop));
            let stopped: BTreeSet<&str> = reaching.filter_map(stops).collect();
            // An empty target means everything in the scope.
            let is_stopped = stopped.contains("") || looping.is_stopped(target, &stopped);
            if endless && !is_stopped {
                let path = format!("interactive.events[{n}].actions[{m}]");
                let message = format!(
                    "{target:?} plays for ever and no event stops it; add a stop, a break or a \
                     fade with stop"
                );
                findings.add(Kind::LoopWithoutStop, path, message);
            }
        }
    }
}

/// Events of stages that go on: another stage ends what they play.
fn ended_by_stages(source: &Interactive) -> BTreeSet<&str> {
    let loops = |name: &str| match Qualified::parse(name) {
        Ok(Some(qualified)) => qualified.stage.loops,
        _ => stage_of(name).is_some_and(|stage| stage.loops),
    };
    let bindings = source.stages.bindings.iter();
    let bindings = bindings.filter(|it| !it.each && loops(&it.stage));
    bindings.map(|it| it.event.as_str()).collect()
}

/// Whether a stop is carried out at all, and on the objects of what `play` starts. Whoever plays
/// without an object of its own is not reached through one.
pub(super) fn reaches(stop: &Action) -> bool {
    let is_single = matches!(stop.scope, Scope::FirstOnly | Scope::Random);
    let is_everything = stops(stop) == Some("");
    stop.probability > 0.0 && !(is_single && is_everything)
}

/// What an action ends; `""` is everything.
pub(super) fn stops(action: &Action) -> Option<&str> {
    match &action.kind {
        ActionKind::Stop(target) | ActionKind::Break(target) => Some(target),
        ActionKind::FadeTo(target, _, true) => Some(target),
        ActionKind::StopAll => Some(""),
        _ => None,
    }
}

pub(super) fn is_endless(sound: &segue_format::project::Sound) -> bool {
    sound
        .loop_points
        .as_ref()
        .is_some_and(|points| points.count == 0)
}

struct Looping<'a> {
    sounds: BTreeSet<&'a str>,
    containers: BTreeMap<&'a str, &'a Container>,
}

/// Containers may contain each other in a mistake that the compiler names.
const DEPTH: usize = 16;

impl Looping<'_> {
    /// Whether a sound or something below a container goes on for ever.
    fn is_endless(&self, name: &str, depth: usize) -> bool {
        let Some(container) = self.containers.get(name).filter(|_| depth < DEPTH) else {
            return self.sounds.contains(name);
        };
        let by_itself = match &container.kind {
            ContainerKind::Sequence(it) => {
                matches!(it.end, SequenceEnd::Loop | SequenceEnd::PingPong)
            }
            _ => false,
        };
        let below = children(container);
        by_itself
            || below
                .iter()
                .any(|(_, child)| self.is_endless(child, depth + 1))
    }

    /// The same where the action says how often it plays: that holds for sounds and sequences, but not
    /// for the steps of those.
    fn outlasts_a_count(&self, name: &str, depth: usize) -> bool {
        let Some(container) = self.containers.get(name).filter(|_| depth < DEPTH) else {
            return false;
        };
        let is_sequence = matches!(container.kind, ContainerKind::Sequence(_));
        children(container)
            .iter()
            .any(|(_, child)| match is_sequence {
                true => self.is_endless(child, depth + 1),
                false => self.outlasts_a_count(child, depth + 1),
            })
    }

    /// Whether what was played, or everything endless below it, is stopped by name.
    fn is_stopped(&self, name: &str, stopped: &BTreeSet<&str>) -> bool {
        self.stopped_below(name, stopped, 0)
    }

    fn stopped_below(&self, name: &str, stopped: &BTreeSet<&str>, depth: usize) -> bool {
        if stopped.contains(name) {
            return true;
        }
        let Some(container) = self.containers.get(name).filter(|_| depth < DEPTH) else {
            return false;
        };
        let endless = children(container);
        let mut endless = endless
            .iter()
            .filter(|(_, child)| self.is_endless(child, depth + 1));
        let first = endless.next();
        first.is_some_and(|(_, child)| self.stopped_below(child, stopped, depth + 1))
            && endless.all(|(_, child)| self.stopped_below(child, stopped, depth + 1))
    }
}
