//! Music that nobody plays.

use std::collections::BTreeSet;

use segue_middleware::source::{ActionKind, Interactive};

use super::{Findings, Kind};

pub(super) fn check(source: &Interactive, findings: &mut Findings) {
    let music = &source.music;
    let actions = source.events.iter().flat_map(|event| &event.actions);
    let mut played = BTreeSet::new();
    let mut triggered = BTreeSet::new();
    for action in actions {
        match &action.kind {
            ActionKind::PlayMusic(name) => _ = played.insert(name.as_str()),
            ActionKind::Trigger(name) => _ = triggered.insert(name.as_str()),
            _ => {}
        }
    }
    let fillers = music
        .transitions
        .iter()
        .filter_map(|it| it.filler.as_deref());
    // A segment of a list that nobody plays is not told: the list is.
    let listed = music.playlists.iter().flat_map(|list| &list.entries);
    let used: BTreeSet<&str> = played
        .iter()
        .copied()
        .chain(fillers)
        .chain(listed.map(|(segment, _)| segment.as_str()))
        .collect();
    let mut tell = |list: &str, n: usize, what: &str, name: &str| {
        let message = format!("no event plays the {what} {name:?}; only a call of the game could");
        findings.add(
            Kind::UnusedMusic,
            format!("interactive.music.{list}[{n}]"),
            message,
        );
    };
    for (n, it) in music.segments.iter().enumerate() {
        if !used.contains(it.name.as_str()) {
            tell("segments", n, "segment", &it.name);
        }
    }
    for (n, it) in music.playlists.iter().enumerate() {
        if !played.contains(it.name.as_str()) {
            tell("playlists", n, "playlist", &it.name);
        }
    }
    for (n, it) in music.stingers.iter().enumerate() {
        if !triggered.contains(it.name.as_str()) {
            tell("stingers", n, "stinger", &it.name);
        }
    }
}
