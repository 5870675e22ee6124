//! What bindings can be heard at all, before anything plays.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::children;
use crate::project::OpenProject;
use segue_middleware::source::{ActionKind, Container, Event, Interactive};

/// What is known of the events of a project without playing them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Assets {
    /// Events that start sounds of their own.
    pub(super) sounding: BTreeSet<String>,
    /// Of those the ones with a sound that is missing, and those that do nothing at all.
    pub(super) missing: BTreeSet<String>,
}

impl Assets {
    /// Looks through the events of a project.
    pub(super) fn of(project: &OpenProject) -> Self {
        let gone: BTreeSet<&str> = project.missing.iter().map(|it| it.id.as_str()).collect();
        let sounds = project.project.sounds.iter();
        let sounds: BTreeMap<&str, &str> = sounds
            .map(|sound| (sound.id.as_str(), sound.asset.as_str()))
            .collect();
        let source = project.interactive();
        let mut found = Self::default();
        for event in &source.events {
            let played = played(&source, event);
            if !played.is_empty() {
                found.sounding.insert(event.name.clone());
            }
            let assets = played.iter().filter_map(|name| sounds.get(name));
            let does = |it: &ActionKind| *it != ActionKind::None;
            let empty = !event.actions.iter().any(|action| does(&action.kind));
            if empty || assets.into_iter().any(|asset| gone.contains(asset)) {
                found.missing.insert(event.name.clone());
            }
        }
        found
    }
}

/// The names of what the actions of an event start, and of everything below it.
fn played<'a>(source: &'a Interactive, event: &'a Event) -> BTreeSet<&'a str> {
    let containers = source.containers.iter();
    let containers: BTreeMap<&str, &Container> =
        containers.map(|it| (it.name.as_str(), it)).collect();
    let targets = event
        .actions
        .iter()
        .filter_map(|action| match &action.kind {
            ActionKind::Play(target) | ActionKind::PlayAndContinue(target) => Some(target.as_str()),
            _ => None,
        });
    let mut open: Vec<&str> = targets.collect();
    let mut played = BTreeSet::new();
    while let Some(name) = open.pop() {
        if played.insert(name)
            && let Some(container) = containers.get(name)
        {
            open.extend(children(container).into_iter().map(|(_, child)| child));
        }
    }
    played
}
