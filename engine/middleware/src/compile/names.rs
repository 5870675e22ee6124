//! The names of a project: unique, short enough, and found again.

use std::collections::BTreeSet;

use segue_rt::game::NameId;
use segue_rt::ids::BusId;

use super::World;
use super::nearest::nearest;
use crate::adaptive::{AdaptiveForm, RuleIx};
use crate::bank::NameTable;
use crate::ids::{ContextIx, NodeIx, RtpcIx, SignalIx, StateIx, SwitchIx, TagIx};
use crate::limits;
use crate::source::Interactive;
use crate::values::check::{Checks, Resolve};

/// The name of the first value of every state group.
pub(crate) const NONE: &str = "none";

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
    pub(crate) bus_ids: Box<[BusId]>,
    pub(crate) ducks: NameTable,
    /// Segments, then playlists.
    pub(crate) music: NameTable,
    pub(crate) stingers: NameTable,
    /// Adaptive contexts and rules, in the order in which they are compiled.
    pub(crate) contexts: NameTable,
    pub(crate) rules: NameTable,
    pub(crate) signals: NameTable,
}

impl Names {
    pub(crate) fn build(source: &Interactive, world: &World, checks: &mut Checks) -> Self {
        let music = &source.music;
        let containers = source.containers.iter().map(|it| &it.name);
        let segments = music.segments.iter().map(|it| &it.name);
        let tags: BTreeSet<&str> = all_tags(source).map(|(_, _, tag)| tag).collect();
        let tags: Vec<&str> = tags.into_iter().collect();
        let mut list = |at: &dyn Fn(usize) -> String, names: Vec<&str>| table(at, &names, checks);
        let state_values = source.states.iter().enumerate().map(|(n, group)| {
            let values = group.values.iter().map(|value| value.name.as_str());
            // The first one is in every group, and nobody wrote it.
            let at = |m: usize| match m.checked_sub(1) {
                Some(m) => format!("states[{n}].values[{m}].name"),
                None => format!("states[{n}].values"),
            };
            list(&at, std::iter::once(NONE).chain(values).collect())
        });
        let state_values = state_values.collect();
        let switch_values = source.switches.iter().enumerate().map(|(n, group)| {
            let at = |m: usize| format!("switches[{n}].values[{m}]");
            list(&at, texts(&group.values))
        });
        let switch_values = switch_values.collect();
        let name = |list: &'static str| move |n: usize| format!("{list}[{n}].name");
        let (own, played) = (source.containers.len(), music.segments.len());
        Self {
            nodes: list(
                &|n| behind(n, own, "containers", "sounds", ["name", "id"]),
                texts(containers.chain(world.sounds.iter().map(|it| &it.name))),
            ),
            events: list(
                &name("events"),
                texts(source.events.iter().map(|it| &it.name)),
            ),
            tags: list(&|n| tag_place(source, tags[n]), tags.clone()),
            rtpcs: list(
                &name("rtpcs"),
                texts(source.rtpcs.iter().map(|it| &it.name)),
            ),
            states: list(
                &name("states"),
                texts(source.states.iter().map(|it| &it.name)),
            ),
            state_values,
            switches: list(
                &name("switches"),
                texts(source.switches.iter().map(|it| &it.name)),
            ),
            switch_values,
            buses: list(&name("buses"), texts(world.buses.iter().map(|it| &it.0))),
            bus_ids: world.buses.iter().map(|it| it.1).collect(),
            ducks: list(
                &name("ducks"),
                texts(source.ducks.iter().map(|it| &it.name)),
            ),
            music: list(
                &|n| behind(n, played, "music.segments", "music.playlists", ["name"; 2]),
                texts(segments.chain(music.playlists.iter().map(|it| &it.name))),
            ),
            stingers: list(
                &name("music.stingers"),
                texts(music.stingers.iter().map(|it| &it.name)),
            ),
            contexts: NameTable::default(),
            rules: NameTable::default(),
            signals: NameTable::default(),
        }
    }
}

/// Every tag with the places of its event and in that event.
fn all_tags(source: &Interactive) -> impl Iterator<Item = (usize, usize, &str)> {
    source.events.iter().enumerate().flat_map(|(n, event)| {
        let tags = event.tags.iter().enumerate();
        tags.map(move |(m, tag)| (n, m, tag.as_str()))
    })
}

fn tag_place(source: &Interactive, name: &str) -> String {
    let place = all_tags(source).find(|(_, _, tag)| *tag == name);
    place.map_or_else(String::new, |(n, m, _)| format!("events[{n}].tags[{m}]"))
}

/// A place in two lists that share one space of names.
fn behind(n: usize, first: usize, a: &str, b: &str, keys: [&str; 2]) -> String {
    match n.checked_sub(first) {
        None => format!("{a}[{n}].{}", keys[0]),
        Some(n) => format!("{b}[{n}].{}", keys[1]),
    }
}

impl Names {
    /// Takes the names of adaptive layers in.
    pub(crate) fn take_adaptive(&mut self, form: &AdaptiveForm) {
        let contexts = (0..).map_while(|n| Some(form.context_text(ContextIx(n))?.0));
        self.contexts = NameTable::new(contexts);
        let rules = (0..).map_while(|n| Some(form.rule_text(RuleIx(n))?.0));
        self.rules = NameTable::new(rules);
        let signals = (0..).map_while(|n| form.signal_name(SignalIx(n)));
        self.signals = NameTable::new(signals);
    }

    /// The text of a name, whatever it names.
    pub(crate) fn text_of(&self, id: NameId) -> Option<&str> {
        let tables = [
            &self.nodes,
            &self.events,
            &self.rtpcs,
            &self.states,
            &self.switches,
            &self.buses,
            &self.ducks,
            &self.music,
            &self.stingers,
            &self.contexts,
            &self.rules,
            &self.signals,
            &self.tags,
        ];
        let values = self.state_values.iter().chain(&self.switch_values);
        tables
            .into_iter()
            .chain(values)
            .find_map(|table| table.text_of(id))
    }
}

/// The place of `name`; else a message with the nearest match.
pub(crate) fn place(table: &NameTable, what: &str, name: &str) -> Result<u32, String> {
    table
        .find(NameId::of(name))
        .ok_or_else(|| unknown(what, name, table.texts()))
}

/// "there is no ..", with the nearest match.
pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    if name.is_empty() {
        let what = what.trim_end_matches(" called");
        return format!("the name of the {what} is missing; write it here");
    }
    match nearest(name, known) {
        Some(other) => format!("there is no {what} {name:?}; did you mean {other:?}?"),
        None => format!("there is no {what} {name:?}"),
    }
}

impl Resolve for Names {
    fn rtpc(&self, name: &str) -> Result<RtpcIx, String> {
        place(&self.rtpcs, "RTPC", name).map(RtpcIx)
    }

    fn state_group(&self, name: &str) -> Result<StateIx, String> {
        place(&self.states, "state group", name).map(StateIx)
    }

    fn state_value(&self, group: StateIx, value: &str) -> Result<u8, String> {
        value_of(self.state_values.get(group.at()), "state", value)
    }

    fn switch_group(&self, name: &str) -> Result<SwitchIx, String> {
        place(&self.switches, "switch group", name).map(SwitchIx)
    }

    fn switch_value(&self, group: SwitchIx, value: &str) -> Result<u8, String> {
        value_of(self.switch_values.get(group.at()), "switch value", value)
    }

    fn node(&self, name: &str) -> Result<NodeIx, String> {
        place(&self.nodes, "container or sound", name).map(NodeIx)
    }

    fn bus(&self, name: &str) -> Result<BusId, String> {
        place(&self.buses, "bus", name).map(|at| self.bus_ids[at as usize])
    }

    fn tag(&self, name: &str) -> Result<TagIx, String> {
        place(&self.tags, "tag of an event", name).map(TagIx)
    }
}

fn value_of(table: Option<&NameTable>, what: &str, value: &str) -> Result<u8, String> {
    let at = table
        .ok_or_else(String::new)
        .and_then(|table| place(table, what, value))?;
    u8::try_from(at).map_err(|_| format!("{what} {value:?} is over the limit of 255"))
}

fn texts<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    names.into_iter().map(String::as_str).collect()
}

/// A table of `names`, each checked. `at` is where the author wrote each of them.
fn table(at: &dyn Fn(usize) -> String, names: &[&str], checks: &mut Checks) -> NameTable {
    let table = NameTable::new(names.iter().copied());
    for (n, name) in names.iter().enumerate() {
        let (bytes, most) = (name.len(), limits::NAME_BYTES);
        if bytes == 0 || bytes > most {
            let message = format!("a name has 1..={most} bytes, this one has {bytes}");
            checks.say(at(n), message);
        }
    }
    let mut seen: Vec<(&str, usize)> = names.iter().copied().zip(0..).collect();
    seen.sort_unstable();
    for pair in seen.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        let ((name, first), (_, second)) = (pair[0], pair[1]);
        let (place, other) = interactive_first(at(second), at(first));
        let message = format!("{name:?} is taken by {other}; give one another name");
        checks.say(place, message);
    }
    if let Some((first, second)) = table.collision() {
        let (a, b) = (names[first as usize], names[second as usize]);
        let message = format!("{a:?} and {b:?} have the same hash; give one another name");
        let (place, _) = interactive_first(at(second as usize), at(first as usize));
        checks.say(place, message);
    }
    table
}

/// Sounds lie outside of what is interactive: the problem is told where it lies inside.
fn interactive_first(place: String, other: String) -> (String, String) {
    match place.starts_with("sounds") {
        true => (other, place),
        false => (place, other),
    }
}
