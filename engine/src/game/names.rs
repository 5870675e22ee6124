//! What a project knows by name.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;

use super::Call;
use super::by_id::{IdSet, Kinds};
use segue_format::Project;
use segue_middleware::adaptive::signals::BUILT_IN;
use segue_middleware::limits::EMITTERS;
use segue_middleware::source::{Container, ContainerKind, GroupMode, Interactive};
use segue_rt::game::{FNV_BASIS, NameId, ObjectId, PlayingId, fnv1a};

/// The names of the interactive part of a project, and the ranges of its values.
#[derive(Clone, Debug, Default)]
pub struct GameNames {
    /// Events, in the project's order.
    pub events: Vec<String>,
    /// RTPCs with their least and largest value.
    pub rtpcs: Vec<(String, [f32; 2])>,
    /// State groups with their values, `none` first.
    pub states: Vec<(String, Vec<String>)>,
    /// Switch groups with their values.
    pub switches: Vec<(String, Vec<String>)>,
    /// Adaptive signals, the built-in ones included; none without adaptive layers.
    pub signals: Vec<String>,
    /// Adaptive contexts.
    pub contexts: Vec<String>,
    /// Stingers of the music.
    pub stingers: Vec<String>,
    /// Containers.
    pub containers: Vec<String>,
    /// Those of them that choose by chance, and can be set to a play of the seed log.
    pub chance: Vec<String>,
    /// Macros of the project.
    pub macros: Vec<String>,
    /// By macro: an RTPC and its values at 0 and 1.
    macro_rtpcs: Vec<Vec<(NameId, [f32; 2])>>,
    texts: HashMap<NameId, String>,
    /// Those of banks before, for the rows that still tell of them.
    former: Gone<NameId>,
    /// What each name is the name of.
    pub(super) kinds: Kinds,
}

/// The id of an object's name; `""` is the global object. `[thread-safe]`
pub fn object_id(name: &str) -> ObjectId {
    match name {
        "" => ObjectId::GLOBAL,
        name => ObjectId(fnv1a(name.as_bytes(), FNV_BASIS).max(1)),
    }
}

impl GameNames {
    pub(crate) fn new(project: &Project, source: &Interactive) -> Self {
        let adaptive = source.adaptive.as_ref();
        let own = adaptive.into_iter().flat_map(|it| &it.signals);
        let built_in = adaptive.map_or(&[][..], |_| &BUILT_IN[..]);
        let mut signals: Vec<String> = built_in
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect();
        signals.extend(own.map(|signal| signal.name.clone()));
        let mut names = Self {
            events: source.events.iter().map(|it| it.name.clone()).collect(),
            rtpcs: source
                .rtpcs
                .iter()
                .map(|it| (it.name.clone(), [it.min, it.max]))
                .collect(),
            states: source.states.iter().map(state).collect(),
            switches: source
                .switches
                .iter()
                .map(|it| (it.name.clone(), it.values.clone()))
                .collect(),
            signals,
            contexts: adaptive
                .into_iter()
                .flat_map(|it| it.contexts.iter().map(|it| it.name.clone()))
                .collect(),
            stingers: source
                .music
                .stingers
                .iter()
                .map(|it| it.name.clone())
                .collect(),
            containers: source.containers.iter().map(|it| it.name.clone()).collect(),
            chance: source
                .containers
                .iter()
                .filter(by_chance)
                .map(|it| it.name.clone())
                .collect(),
            macros: project.macros.iter().map(|it| it.id.clone()).collect(),
            macro_rtpcs: Vec::new(),
            texts: HashMap::new(),
            former: Gone::default(),
            kinds: Kinds::default(),
        };
        names.macro_rtpcs = names
            .macros
            .iter()
            .map(|id| names.targets(source, id))
            .collect();
        names.texts = names.all_texts(project, source);
        names.kinds = Kinds::new(&names);
        names
    }

    /// The text of a name, for telemetry; `None` for one that the project does not have. Of those that it had
    /// before it was loaded again, the latest 4,096 are known. `[thread-safe]`
    pub fn text(&self, name: NameId) -> Option<&str> {
        let text = self.texts.get(&name).map(String::as_str);
        text.or_else(|| self.former.get(name))
    }

    /// Keeps the texts that only the names before these have: what they began goes on.
    pub(super) fn come_after(&mut self, before: Self) {
        self.former = before.former;
        for (id, text) in &before.texts {
            if !self.texts.contains_key(id) {
                self.former.add(*id, text);
            }
        }
    }

    /// The RTPCs that a macro of the project moves, with their values at 0 and 1.
    pub(crate) fn macro_rtpcs(&self, index: usize) -> &[(NameId, [f32; 2])] {
        self.macro_rtpcs.get(index).map_or(&[], Vec::as_slice)
    }

    fn targets(&self, source: &Interactive, id: &str) -> Vec<(NameId, [f32; 2])> {
        let mine = source.macros.iter().filter(|row| row.macro_id == id);
        let target = |row: &segue_middleware::source::MacroRtpc| {
            let (name, range) = self.rtpcs.iter().find(|(name, _)| *name == row.rtpc)?;
            Some((NameId::of(name), row.range.unwrap_or(*range)))
        };
        mine.filter_map(target).collect()
    }

    fn all_texts(&self, project: &Project, source: &Interactive) -> HashMap<NameId, String> {
        let groups = self.states.iter().chain(&self.switches);
        let values = groups.flat_map(|(name, values)| std::iter::once(name).chain(values));
        let children = source.containers.iter().filter_map(|it| match &it.kind {
            ContainerKind::Switch(_) | ContainerKind::Group(_) => Some(&it.name),
            _ => None,
        });
        let music = &source.music;
        let parts = music.segments.iter().map(|it| &it.name);
        let adaptive = source.adaptive.iter();
        let rules = adaptive
            .clone()
            .flat_map(|it| it.rules.iter().map(|rule| &rule.id));
        let stingers = adaptive.flat_map(|it| it.stingers.iter().map(|it| &it.name));
        self.events
            .iter()
            .chain(self.rtpcs.iter().map(|(name, _)| name))
            .chain(values)
            .chain(children)
            .chain(parts)
            .chain(music.playlists.iter().map(|it| &it.name))
            .chain(rules)
            .chain(stingers)
            .chain(source.ducks.iter().map(|it| &it.name))
            .chain(
                [
                    &self.signals,
                    &self.contexts,
                    &self.stingers,
                    &self.containers,
                ]
                .into_iter()
                .flatten(),
            )
            .chain(project.sounds.iter().map(|it| &it.id))
            .chain(project.buses.iter().map(|it| &it.id))
            .map(|name| (NameId::of(name), name.clone()))
            .collect()
    }
}

fn by_chance(container: &&Container) -> bool {
    match &container.kind {
        ContainerKind::Random(_) => true,
        ContainerKind::Group(group) => group.mode == GroupMode::Random,
        _ => false,
    }
}

fn state(group: &segue_middleware::source::StateGroup) -> (String, Vec<String>) {
    let values = group.values.iter().map(|value| value.name.clone());
    (
        group.name.clone(),
        std::iter::once("none".to_owned()).chain(values).collect(),
    )
}

/// How many names of objects that are gone are known: as many as there can be objects.
const GONE_NAMES: usize = segue_middleware::limits::OBJECTS;

/// Names of what is gone, for the rows that still tell of it: the latest ones.
#[derive(Clone, Debug)]
pub(super) struct Gone<K> {
    names: HashMap<K, (String, u64)>,
    /// In the order in which they went, each with its number.
    order: VecDeque<(K, u64)>,
    count: u64,
}

impl<K> Default for Gone<K> {
    fn default() -> Self {
        Self {
            names: HashMap::new(),
            order: VecDeque::new(),
            count: 0,
        }
    }
}

impl<K: Copy + Eq + Hash> Gone<K> {
    fn add(&mut self, id: K, name: &str) {
        self.count += 1;
        self.names.insert(id, (name.to_owned(), self.count));
        self.order.push_back((id, self.count));
        if self.order.len() > GONE_NAMES
            && let Some((oldest, number)) = self.order.pop_front()
            && self.names.get(&oldest).is_some_and(|it| it.1 == number)
        {
            self.names.remove(&oldest);
        }
    }

    pub(super) fn get(&self, id: K) -> Option<&str> {
        self.names.get(&id).map(|(name, _)| name.as_str())
    }
}

/// How an object was registered last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registered {
    pub(super) pan: f32,
    pub(super) width: f32,
    pub(super) detach: bool,
    /// Where its emitters were placed last.
    pub(super) emitters: [Spot; EMITTERS],
}

/// Where an emitter is, seen from its object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) pan: f32,
    pub(super) width: f32,
}

impl Spot {
    /// Where one is that was never placed.
    const CENTRE: Self = Self {
        pan: 0.0,
        width: 1.0,
    };
}

impl Default for Registered {
    fn default() -> Self {
        Self {
            pan: 0.0,
            width: 1.0,
            detach: false,
            emitters: [Spot::CENTRE; EMITTERS],
        }
    }
}

/// What has been made by name while the engine runs.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Objects that are registered, by name.
    pub(super) objects: BTreeMap<String, ObjectId>,
    /// How they were registered.
    pub(super) registered: BTreeMap<String, Registered>,
    /// The ids of the same.
    pub(super) ids: IdSet<ObjectId>,
    /// Those that are gone.
    pub(super) gone: Gone<ObjectId>,
    /// Posts by their label.
    pub(super) labels: BTreeMap<String, PlayingId>,
    pub(super) next_playing: u64,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            registered: BTreeMap::new(),
            ids: IdSet::default(),
            gone: Gone::default(),
            labels: BTreeMap::new(),
            next_playing: 1,
        }
    }
}

impl Session {
    /// Where an emitter of an object was placed last.
    pub(super) fn spot(&self, object: &str, emitter: u8) -> Spot {
        let object = self.registered.get(object);
        let spot = object.and_then(|it| it.emitters.get(usize::from(emitter)));
        spot.copied().unwrap_or(Spot::CENTRE)
    }

    /// Keeps what a call that was accepted has changed.
    pub(super) fn note(&mut self, call: &Call) {
        match call {
            Call::Post { label, .. } => {
                let playing = PlayingId(self.next_playing);
                self.next_playing += 1;
                if let Some(label) = label {
                    self.labels.insert(label.clone(), playing);
                }
            }
            Call::PostOf { .. } => self.next_playing += 1,
            Call::Register {
                object,
                pan,
                width,
                detach,
            } => {
                let it = self.registered.entry(object.clone()).or_default();
                it.pan = pan.unwrap_or(it.pan);
                it.width = width.unwrap_or(it.width);
                it.detach = detach.unwrap_or(it.detach);
                self.objects.insert(object.clone(), object_id(object));
                self.ids.insert(object_id(object));
            }
            Call::Place {
                object,
                emitter,
                pan,
                width,
            } => {
                let it = self.registered.get_mut(object);
                if let Some(spot) = it.and_then(|it| it.emitters.get_mut(usize::from(*emitter))) {
                    spot.pan = pan.unwrap_or(spot.pan);
                    spot.width = width.unwrap_or(spot.width);
                }
            }
            Call::Unregister { object } => {
                self.objects.remove(object);
                self.registered.remove(object);
                self.ids.remove(&object_id(object));
                self.gone.add(object_id(object), object);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_names_of_gone_objects_are_known() {
        let mut gone = Gone::default();
        let id = |n: usize| ObjectId(n as u64 + 1);
        gone.add(id(0), "first");
        for n in 1..GONE_NAMES {
            gone.add(id(n), &format!("object {n}"));
        }
        assert_eq!(gone.get(id(0)), Some("first"));
        // One that went twice is as young as its second end.
        gone.add(id(0), "first");
        assert_eq!(gone.get(id(0)), Some("first"));
        gone.add(id(GONE_NAMES), "one more");
        assert_eq!((gone.get(id(1)), gone.get(id(2))), (None, Some("object 2")));
        for n in 0..10 * GONE_NAMES {
            gone.add(id(n), "again");
        }
        assert_eq!(
            (gone.names.len(), gone.order.len()),
            (GONE_NAMES, GONE_NAMES)
        );
    }
}
