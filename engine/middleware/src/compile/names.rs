//! The names of a project: unique, short enough, and found again.

use super::problem::{Problems, nearest};
use crate::bank::NameTable;
use crate::limits;
use crate::source::Interactive;
use crate::compile::World;

/// Every kind of name that others refer to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Containers, then sounds.
    pub(crate) nodes: NameTable,
    pub(crate) events: NameTable,
    pub(crate) tags: NameTable,
    pub(crate) rtpcs: NameTable,
    pub(crate) states: NameTable,
    /// Values of each state group; the first is `none`.
    pub(crate) state_values: Box<[NameTable]>,
    pub(crate) switches: NameTable,
    /// Values of each switch group.
    pub(crate) switch_values: Box<[NameTable]>,
    pub(crate) buses: NameTable,
    pub(crate) ducks: NameTable,
    /// Segments, then playlists.
    pub(crate) music: NameTable,
    pub(crate) stingers: NameTable,
}

/// The name of the first value of every state group.
pub(crate) const NONE: &str = "none";

impl Names {
    pub(crate) fn build(source: &Interactive, world: &World, problems: &mut Problems) -> Self {
        let mut unique = |path: &str, names: Vec<&str>| table(path, &names, problems);
        let containers = source.containers.iter().map(|it| it.name.as_str());
        let sounds = world.sounds.iter().map(|it| it.name.as_str());
        let music = &source.music;
        let segments = music.segments.iter().map(|it| it.name.as_str());
        let playlists = music.playlists.iter().map(|it| it.name.as_str());
        let state_values = source.states.iter().zip(0..).map(|(group, n): (_, usize)| {
            let named = group.values.iter().map(|value| value.name.as_str());
            let values = std::iter::once(NONE).chain(named).collect();
            unique(&format!("states[{n}].values"), values)
        });
        let state_values = state_values.collect();
        let switch_values = source.switches.iter().zip(0..).map(|(group, n): (_, usize)| {
            let values = group.values.iter().map(String::as_str).collect();
            unique(&format!("switches[{n}].values"), values)
        });
        let switch_values = switch_values.collect();
        let mut tags: Vec<&str> = source.events.iter().flat_map(|it| &it.tags).map(|it| it.as_str()).collect();
        tags.sort_unstable();
        tags.dedup();
        Self {
            nodes: unique("containers", containers.chain(sounds).collect()),
            events: unique("events", named(&source.events, |it| &it.name)),
            tags: unique("events.tags", tags),
            rtpcs: unique("rtpcs", named(&source.rtpcs, |it| &it.name)),
            states: unique("states", named(&source.states, |it| &it.name)),
            state_values,
            switches: unique("switches", named(&source.switches, |it| &it.name)),
            switch_values,
            buses: unique("buses", named(&world.buses, |it| &it.0)),
            ducks: unique("ducks", named(&source.ducks, |it| &it.name)),
            music: unique("music.segments", segments.chain(playlists).collect()),
            stingers: unique("music.stingers", named(&music.stingers, |it| &it.name)),
        }
    }
}

/// The place of `name`; a problem with the nearest match where there is none.
pub(crate) fn resolve(
    problems: &mut Problems,
    table: &NameTable,
    what: &str,
    path: &str,
    name: &str,
) -> Option<u32> {
    let found = table.find(segue_rt::game::NameId::of(name));
    if found.is_none() {
        problems.add(path, unknown(what, name, table.texts()));
    }
    found
}

/// "there is no ..", with the nearest match.
pub(crate) fn unknown<'a>(
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> String {
    match nearest(name, known) {
        Some(other) => format!("there is no {what} {name:?}; did you mean {other:?}?"),
        None => format!("there is no {what} {name:?}"),
    }
}

fn named<'a, T>(list: &'a [T], name: impl Fn(&'a T) -> &'a String) -> Vec<&'a str> {
    list.iter().map(|it| name(it).as_str()).collect()
}

/// A table of `names`, each checked.
fn table(path: &str, names: &[&str], problems: &mut Problems) -> NameTable {
    let table = NameTable::new(names.iter().copied());
    for (n, name) in names.iter().enumerate() {
        let place = format!("{path}[{n}]");
        if name.is_empty() || name.len() > limits::NAME_BYTES {
            let most = limits::NAME_BYTES;
            let bytes = name.len();
            problems.add(&place, format!("a name has 1..={most} bytes, this one {bytes}"));
        }
    }
    let mut seen: Vec<(&str, usize)> = names.iter().copied().zip(0..).collect();
    seen.sort_unstable();
    for pair in seen.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        let ((name, first), (_, second)) = (pair[0], pair[1]);
        let message = format!("{name:?} is taken by {path}[{first}]; give one another name");
        problems.add(format!("{path}[{second}]"), message);
    }
    if let Some((first, second)) = table.collision() {
        let (a, b) = (names[first as usize], names[second as usize]);
        let message = format!("{a:?} and {b:?} have the same hash; give one another name");
        problems.add(format!("{path}[{second}]"), message);
    }
    table
}
