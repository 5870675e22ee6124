//! Music that goes on for ever, and whether anything ends it.

use std::collections::BTreeSet;

use segue_format::Project;
use segue_middleware::source::{Action, ActionKind, Interactive, Segment};

use super::loops::{is_endless, reaches, stops};
use super::{Findings, Kind};

pub(super) fn check(project: &Project, source: &Interactive, findings: &mut Findings) {
    let actions = || source.events.iter().flat_map(|event| &event.actions);
    let reaching = || actions().filter(|it| reaches(it));
    let ended: BTreeSet<&str> = reaching().filter_map(stops).collect();
    let breaks = |it: &&Action| matches!(it.kind, ActionKind::Break(_));
    let stopped: BTreeSet<&str> = reaching()
        .filter(|it| !breaks(it))
        .filter_map(stops)
        .collect();
    let is_silenced = actions()
        .any(|it| matches!(it.kind, ActionKind::StopMusic) && it.probability > 0.0)
        || stopped.contains("");
    if is_silenced {
        return;
    }
    for (n, event) in source.events.iter().enumerate() {
        for (m, action) in event.actions.iter().enumerate() {
            let ActionKind::PlayMusic(name) = &action.kind else {
                continue;
            };
            let Some(why) = endless(project, source, name) else {
                continue;
            };
            // A list goes on behind a segment whose loop was left.
            let ends = match repeats(source, name) {
                true => &stopped,
                false => &ended,
            };
            let mut sources = segments(source, name).into_iter().map(|it| &it.source);
            let is_left = sources.any(|it| ends.contains(it.as_str()))
                || !repeats(source, name) && ends.contains("")
                || actions().any(|other| leaves(&other.kind, name) && other.probability > 0.0);
            if !is_left {
                let path = format!("interactive.events[{n}].actions[{m}]");
                let message = format!(
                    "{name:?} plays for ever ({why}) and no event ends it; add a stop_music, or a \
                     play_music of something else"
                );
                findings.add(Kind::LoopWithoutStop, path, message);
            }
        }
    }
}

/// Whether an action lets other music take over.
fn leaves(kind: &ActionKind, name: &str) -> bool {
    matches!(kind, ActionKind::PlayMusic(other) if other != name)
}

/// Why a segment or playlist comes to no end.
fn endless(project: &Project, source: &Interactive, name: &str) -> Option<String> {
    if repeats(source, name) {
        return Some("the playlist has `loop`".to_owned());
    }
    let segments = segments(source, name);
    // A segment in its loop never comes to the exit cue at which a playlist goes on.
    if let Some(segment) = segments.iter().find(|it| it.loop_end_smp > 0) {
        return Some(format!("the segment {:?} has a loop", segment.name));
    }
    let loops = |name: &str| {
        let mut sounds = project.sounds.iter();
        sounds.any(|it| it.id == name && is_endless(it))
    };
    let segment = segments.iter().find(|it| loops(&it.source))?;
    Some(format!("the sound {:?} has a loop", segment.source))
}

/// Whether this is a playlist that begins anew.
fn repeats(source: &Interactive, name: &str) -> bool {
    let mut lists = source.music.playlists.iter();
    lists.any(|list| list.name == name && list.looped)
}

/// What a segment or playlist plays.
fn segments<'a>(source: &'a Interactive, name: &str) -> Vec<&'a Segment> {
    let music = &source.music;
    let list = music.playlists.iter().find(|list| list.name == name);
    let is_in = |segment: &&Segment| match list {
        Some(list) => list.entries.iter().any(|(entry, _)| *entry == segment.name),
        None => segment.name == name,
    };
    music.segments.iter().filter(is_in).collect()
}
