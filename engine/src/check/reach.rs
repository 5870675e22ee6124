//! What can be played at all, and what uses it.

use std::collections::{BTreeMap, BTreeSet};

use segue_format::Project;
use segue_middleware::source::{
    ActionKind, Blend, Container, ContainerKind, Event, Group, GroupMode, Interactive, Random,
    Switch,
};

use super::{Findings, Kind};

pub(super) fn check(project: &Project, source: &Interactive, findings: &mut Findings) {
    let played = played(project, source);
    let inside = inside(source);
    for (n, event) in source.events.iter().enumerate() {
        empty(n, event, findings);
    }
    for (n, container) in source.containers.iter().enumerate() {
        let path = format!("interactive.containers[{n}]");
        let name = container.name.as_str();
        if !played.contains(name) && !inside.contains(name) {
            let name = &container.name;
            let message = format!("no event, music or layer plays {name:?}; play it or remove it");
            findings.add(Kind::UnreachableContainer, path.clone(), message);
        }
        children_of(&path, container, source, findings);
    }
    let used = &played | &inside;
    unused(project, &used, findings);
}

/// What containers contain. Where none of them plays, the outermost is the cause.
fn inside(source: &Interactive) -> BTreeSet<&str> {
    let all = source.containers.iter().flat_map(|container| {
        let own = container.name.as_str();
        let children = children(container).into_iter().map(|(_, child)| child);
        children.filter(move |child| *child != own)
    });
    all.collect()
}

/// The children of a container, with their place below it.
pub(crate) fn children(container: &Container) -> Vec<(String, &str)> {
    fn place(list: &'static str) -> impl Fn(usize) -> String {
        move |n| format!("{list}[{n}]")
    }
    let at = place("children");
    match &container.kind {
        ContainerKind::Blend(it) => it
            .children
            .iter()
            .enumerate()
            .map(|(n, it)| (at(n), it.child.as_str()))
            .collect(),
        ContainerKind::Random(it) => it
            .children
            .iter()
            .enumerate()
            .map(|(n, it)| (at(n), it.child.as_str()))
            .collect(),
        ContainerKind::Group(it) => it
            .children
            .iter()
            .enumerate()
            .map(|(n, it)| (at(n), it.child.as_str()))
            .collect(),
        ContainerKind::Sequence(it) => {
            let at = place("steps");
            it.steps
                .iter()
                .enumerate()
                .map(|(n, it)| (at(n), it.child.as_str()))
                .collect()
        }
        ContainerKind::Switch(it) => {
            let of_value = |(value, children): &'_ (String, Vec<String>)| {
                let value = value.clone();
                (0..children.len())
                    .map(move |n| format!("values{}[{n}]", entry(&value)))
                    .collect::<Vec<_>>()
            };
            let places = it.values.iter().flat_map(of_value);
            let values = it.values.iter().flat_map(|(_, children)| children);
            let at = place("default");
            let default = it
                .default
                .iter()
                .enumerate()
                .map(|(n, child)| (at(n), child.as_str()));
            places
                .zip(values.map(String::as_str))
                .chain(default)
                .collect()
        }
    }
}

/// A name as a key of a path.
pub(super) fn entry(name: &str) -> String {
    let is_word = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match is_word(name) && !name.is_empty() {
        true => format!(".{name}"),
        false => format!("[{name:?}]"),
    }
}

/// The names of what an event, the music or a layer plays, and of everything below it; and the
/// sounds of clips and keys.
fn played<'a>(project: &'a Project, source: &'a Interactive) -> BTreeSet<&'a str> {
    let containers: BTreeMap<_, _> = source
        .containers
        .iter()
        .map(|it| (it.name.as_str(), it))
        .collect();
    let mut played = BTreeSet::new();
    let mut open: Vec<&str> = roots(source);
    open.extend(project.clips.iter().map(|clip| clip.sound.as_str()));
    open.extend(project.notes.iter().map(|note| note.sound.as_str()));
    while let Some(name) = open.pop() {
        if played.insert(name)
            && let Some(container) = containers.get(name)
        {
            open.extend(children(container).into_iter().map(|(_, child)| child));
        }
    }
    played
}

fn roots(source: &Interactive) -> Vec<&str> {
    let actions = source.events.iter().flat_map(|event| &event.actions);
    let plays = actions.filter_map(|action| match &action.kind {
        ActionKind::Play(target) | ActionKind::PlayAndContinue(target) => Some(target.as_str()),
        _ => None,
    });
    let adaptive = source.adaptive.iter();
    let levels = adaptive
        .clone()
        .flat_map(|it| it.contexts.iter().flat_map(|it| &it.levels));
    plays
        .chain(source.music.segments.iter().map(|it| it.source.as_str()))
        .chain(source.music.stingers.iter().map(|it| it.source.as_str()))
        .chain(levels.flatten().map(|layer| layer.asset.as_str()))
        .chain(adaptive.flat_map(|it| it.stingers.iter().map(|it| it.asset.as_str())))
        .collect()
}

fn empty(n: usize, event: &Event, findings: &mut Findings) {
    let does = |kind: &ActionKind| *kind != ActionKind::None;
    if !event.actions.iter().any(|action| does(&action.kind)) {
        let message = format!(
            "the event {:?} has no actions; add one or remove it",
            event.name
        );
        findings.add(
            Kind::EmptyEvent,
            format!("interactive.events[{n}]"),
            message,
        );
    }
    for (m, action) in event.actions.iter().enumerate() {
        if action.probability == 0.0 {
            let path = format!("interactive.events[{n}].actions[{m}].probability");
            let message = "its probability is 0, so it is never carried out".to_owned();
            findings.add(Kind::EmptyEvent, path, message);
        }
    }
}

fn children_of(path: &str, it: &Container, source: &Interactive, findings: &mut Findings) {
    match &it.kind {
        ContainerKind::Blend(blend) => {
            blend_children(path, blend, source, findings);
            blend_gaps(path, blend, source, findings);
        }
        ContainerKind::Random(random) => random_children(path, random, findings),
        ContainerKind::Switch(switch) => switch_values(path, switch, source, findings),
        ContainerKind::Group(group) => group_children(path, group, findings),
        ContainerKind::Sequence(_) => {}
    }
    if children(it).is_empty() {
        let message = format!("{:?} has no children and plays nothing", it.name);
        findings.add(Kind::UnreachableChild, path.to_owned(), message);
    }
}

fn blend_children(path: &str, blend: &Blend, source: &Interactive, findings: &mut Findings) {
    let Some(rtpc) = source.rtpcs.iter().find(|rtpc| rtpc.name == blend.rtpc) else {
        return;
    };
    for (n, child) in blend.children.iter().enumerate() {
        if child.x_hi < rtpc.min || child.x_lo > rtpc.max {
            let (lo, hi) = (child.x_lo, child.x_hi);
            let message = format!(
                "{:?} is heard in {lo}..={hi}, but {} is in {}..={}",
                child.child, rtpc.name, rtpc.min, rtpc.max
            );
            findings.add(
                Kind::UnreachableChild,
                format!("{path}.children[{n}]"),
                message,
            );
        }
    }
}

/// Stretches between two children in which neither is heard.
fn blend_gaps(path: &str, blend: &Blend, source: &Interactive, findings: &mut Findings) {
    let Some(rtpc) = source.rtpcs.iter().find(|rtpc| rtpc.name == blend.rtpc) else {
        return;
    };
    let mut ranges: Vec<_> = blend.children.iter().map(|it| (it.x_lo, it.x_hi)).collect();
    ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut end = f32::INFINITY;
    for (lo, hi) in ranges {
        if lo > end && lo > rtpc.min && end < rtpc.max {
            let message = format!(
                "nothing is heard while {} is between {end} and {lo}; let the ranges meet",
                rtpc.name
            );
            findings.add(Kind::SilentGap, format!("{path}.children"), message);
        }
        end = if end.is_finite() { end.max(hi) } else { hi };
    }
}

fn random_children(path: &str, random: &Random, findings: &mut Findings) {
    use segue_middleware::source::RandomMode::RoundRobin;
    for (n, child) in random.children.iter().enumerate() {
        if child.weight == 0 && random.mode != RoundRobin {
            let message = format!("{:?} has the weight 0 and is never chosen", child.child);
            findings.add(
                Kind::UnreachableChild,
                format!("{path}.children[{n}].weight"),
                message,
            );
        }
    }
}

fn switch_values(path: &str, switch: &Switch, source: &Interactive, findings: &mut Findings) {
    let Some(known) = group_values(&switch.group, source) else {
        return;
    };
    let mut is_named = true;
    for (value, _) in &switch.values {
        if !known.iter().any(|known| known == value) {
            let group = &switch.group;
            is_named = false;
            let message = format!("the group {group:?} has no value {value:?}");
            findings.add(
                Kind::UnreachableChild,
                format!("{path}.values{}", entry(value)),
                message,
            );
        }
    }
    let missing = known
        .iter()
        .filter(|known| !switch.values.iter().any(|(it, _)| it == *known));
    let missing: Vec<_> = missing.map(String::as_str).collect();
    // Before anybody sets a state it is `none`, where silence is usual.
    let silent = missing.iter().copied().filter(|it| *it != "none");
    let silent: Vec<_> = silent.collect();
    // A value that is not there may be meant for one that is.
    if is_named && !silent.is_empty() && switch.default.is_empty() {
        let message = format!(
            "nothing plays for {}; give it children or a default, or an empty list if it is meant \
             to be silent",
            silent.join(", ")
        );
        findings.add(Kind::SilentGap, format!("{path}.values"), message);
    }
    if missing.is_empty() && !switch.default.is_empty() {
        let message = "every value has children, so these are never heard".to_owned();
        findings.add(Kind::UnreachableChild, format!("{path}.default"), message);
    }
}

/// The values of a switch or state group; `none` belongs to those of states.
fn group_values(name: &str, source: &Interactive) -> Option<Vec<String>> {
    let switch = source.switches.iter().find(|group| group.name == name);
    if let Some(group) = switch {
        return Some(group.values.clone());
    }
    let state = source.states.iter().find(|group| group.name == name)?;
    let values = state.values.iter().map(|value| value.name.clone());
    Some(std::iter::once("none".to_owned()).chain(values).collect())
}

fn group_children(path: &str, group: &Group, findings: &mut Findings) {
    let first = group
        .children
        .iter()
        .position(|child| child.conditions.is_empty());
    for (n, child) in group.children.iter().enumerate() {
        let hidden = group.mode == GroupMode::FirstMatch && first.is_some_and(|first| n > first);
        let weightless = group.mode == GroupMode::Random && child.weight == 0;
        let reason = match (hidden, weightless) {
            (true, _) => "comes after one without conditions, which always plays",
            (_, true) => "has the weight 0 and is never chosen",
            _ => continue,
        };
        let message = format!("{:?} {reason}", child.child);
        findings.add(
            Kind::UnreachableChild,
            format!("{path}.children[{n}]"),
            message,
        );
    }
}

/// The assets that inserts convolve with.
fn responses(project: &Project) -> impl Iterator<Item = &str> {
    let inserts = project.buses.iter().flat_map(|bus| &bus.inserts);
    inserts.filter_map(|insert| insert.ir.as_deref())
}

fn unused(project: &Project, played: &BTreeSet<&str>, findings: &mut Findings) {
    for (n, sound) in project.sounds.iter().enumerate() {
        if !played.contains(sound.id.as_str()) {
            let message = format!(
                "nothing plays the sound {:?}; play it or remove it",
                sound.id
            );
            findings.add(Kind::UnusedSound, format!("sounds[{n}]"), message);
        }
    }
    let used: BTreeSet<_> = project
        .sounds
        .iter()
        .map(|sound| sound.asset.as_str())
        .chain(responses(project))
        .collect();
    for (n, asset) in project.assets.iter().enumerate() {
        if !used.contains(asset.id.as_str()) {
            let message = format!("nothing uses {}; use it or remove it", asset.file);
            findings.add(Kind::UnusedAsset, format!("assets[{n}]"), message);
        }
    }
}
