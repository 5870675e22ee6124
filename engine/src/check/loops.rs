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
    let looping = Looping::of(project, source);
    let actions = || source.events.iter().flat_map(|event| &event.actions);
    let staged = ended_by_stages(source);
    for (n, event) in source.events.iter().enumerate() {
        if staged.contains(event.name.as_str()) {
            continue;
        }
        for (m, action) in event.actions.iter().enumerate() {
            let Some((target, times)) = looping.goes_on(action) else {
                continue;
            };
            let reaching = actions().filter(|stop| reaches(stop));
            let stopped: BTreeSet<&str> = reaching.filter_map(stops).collect();
            // An empty target means everything in the scope.
            let is_stopped = stopped.contains("") || looping.is_stopped(target, times, &stopped, 0);
            if !is_stopped {
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

/// Events that start something that goes on for ever, by themselves.
pub(crate) fn endless_events<'a>(
    project: &'a Project,
    source: &'a Interactive,
) -> BTreeSet<&'a str> {
    let looping = Looping::of(project, source);
    let goes_on = |action: &Action| looping.goes_on(action).is_some();
    let events = source.events.iter();
    let endless = events.filter(|event| event.actions.iter().any(goes_on));
    endless.map(|event| event.name.as_str()).collect()
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

/// How often something plays.
#[derive(Clone, Copy, PartialEq)]
enum Times {
    /// As often as it says of itself.
    Own,
    Counted,
    ForEver,
}

impl Times {
    fn of(loop_count: u32) -> Self {
        match loop_count {
            0 => Self::ForEver,
            1 => Self::Own,
            _ => Self::Counted,
        }
    }
}

/// Containers may contain each other in a mistake that the compiler names.
const DEPTH: usize = 16;

impl<'a> Looping<'a> {
    fn of(project: &'a Project, source: &'a Interactive) -> Self {
        let sounds = project.sounds.iter().filter(|it| is_endless(it));
        let containers = source.containers.iter();
        Self {
            sounds: sounds.map(|it| it.id.as_str()).collect(),
            containers: containers.map(|it| (it.name.as_str(), it)).collect(),
        }
    }

    /// What an action starts that goes on for ever, and how often it plays.
    fn goes_on<'b>(&self, action: &'b Action) -> Option<(&'b str, Times)> {
        let (ActionKind::Play(target) | ActionKind::PlayAndContinue(target)) = &action.kind else {
            return None;
        };
        let times = Times::of(action.loop_count);
        let endless = self.is_endless(target, times, 0);
        endless.then_some((target.as_str(), times))
    }

    /// Whether a sound, or a container or something below it, goes on for ever.
    fn is_endless(&self, name: &str, times: Times, depth: usize) -> bool {
        let Some(container) = self.containers.get(name).filter(|_| depth < DEPTH) else {
            let by_itself = times == Times::Own && self.sounds.contains(name);
            return by_itself || times == Times::ForEver;
        };
        repeats(container, times)
            || left_alone(container, times)
                .iter()
                .any(|(child, times)| self.is_endless(child, *times, depth + 1))
    }

    /// Whether what was played, or everything endless below it, is stopped by name. A sequence that
    /// repeats begins anew with what is stopped below it.
    fn is_stopped(&self, name: &str, times: Times, stopped: &BTreeSet<&str>, depth: usize) -> bool {
        if stopped.contains(name) {
            return true;
        }
        let container = self.containers.get(name).filter(|_| depth < DEPTH);
        let Some(container) = container.filter(|it| !repeats(it, times)) else {
            return false;
        };
        let mut endless = left_alone(container, times);
        endless.retain(|(child, times)| self.is_endless(child, *times, depth + 1));
        !endless.is_empty()
            && endless
                .iter()
                .all(|(child, times)| self.is_stopped(child, *times, stopped, depth + 1))
    }
}

/// Whether a sequence begins anew for ever.
fn repeats(container: &Container, times: Times) -> bool {
    let ContainerKind::Sequence(it) = &container.kind else {
        return false;
    };
    let by_itself = matches!(it.end, SequenceEnd::Loop | SequenceEnd::PingPong);
    times == Times::ForEver || times == Times::Own && by_itself
}

/// What of a container ends by itself or not at all, and how often it plays. Steps with a duration
/// end with it, and others play what loops by itself once; one that repeats for ever ends with the pass
/// that follows. The last one that is held repeats.
fn left_alone(container: &Container, times: Times) -> Vec<(&str, Times)> {
    let ContainerKind::Sequence(it) = &container.kind else {
        let children = children(container).into_iter();
        return children.map(|(_, child)| (child, times)).collect();
    };
    let steps = it.steps.iter().enumerate();
    let last = steps.max_by(|(_, a), (_, b)| a.start_ms.total_cmp(&b.start_ms));
    let held = last.filter(|_| it.end == SequenceEnd::HoldLast);
    let steps = it.steps.iter().enumerate().filter_map(|(n, step)| {
        let times = match Times::of(step.loop_count) {
            _ if held.is_some_and(|(last, _)| last == n) => Times::ForEver,
            _ if step.duration_ms > 0.0 => return None,
            // A pass that follows ends it, or the last of those that were asked for.
            Times::ForEver if times != Times::Own || repeats(container, times) => return None,
            Times::ForEver => Times::ForEver,
            // Once, also what loops by itself.
            Times::Own | Times::Counted => Times::Counted,
        };
        Some((step.child.as_str(), times))
    });
    steps.collect()
}
