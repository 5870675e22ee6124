//! Calls by ids instead of names: for programs that call often. Nothing is allocated.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};

use super::names::{GameNames, Session};
use crate::control::Control;
use crate::error::{Error, Result};

/// What a name of a project can be the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum NameKind {
    /// An event.
    Event = 1,
    /// An RTPC.
    Rtpc = 2,
    /// A state group.
    StateGroup = 4,
    /// A switch group.
    SwitchGroup = 8,
    /// A value of a state or switch group.
    Value = 16,
    /// An adaptive signal.
    Signal = 32,
    /// An adaptive context.
    Context = 64,
    /// A stinger.
    Stinger = 128,
    /// A container.
    Container = 256,
}

/// The bit of a container that chooses by chance.
const CHANCE: u16 = 512;

impl NameKind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Rtpc => "RTPC",
            Self::StateGroup => "state group",
            Self::SwitchGroup => "switch group",
            Self::Value => "value",
            Self::Signal => "signal",
            Self::Context => "context",
            Self::Stinger => "stinger",
            Self::Container => "container",
        }
    }
}

/// Ids are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Same(u64);

impl Hasher for Same {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = segue_rt::game::fnv1a(bytes, self.0);
    }

    #[inline]
    fn write_u64(&mut self, id: u64) {
        self.0 = id;
    }
}

pub(super) type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<Same>>;
pub(super) type IdSet<T> = HashSet<T, BuildHasherDefault<Same>>;

/// What each name is the name of.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    of: HashMap<NameId, u16, BuildHasherDefault<Same>>,
    /// Values of groups, as [`pair`] puts them together.
    values: HashSet<u64, BuildHasherDefault<Same>>,
}

/// A group and a value of it in one number.
fn pair(group: NameId, value: NameId) -> u64 {
    group.0.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ value.0
}

impl Kinds {
    pub(super) fn new(names: &GameNames) -> Self {
        let mut kinds = Self::default();
        let plain = [
            (NameKind::Event, &names.events),
            (NameKind::Signal, &names.signals),
            (NameKind::Context, &names.contexts),
            (NameKind::Stinger, &names.stingers),
            (NameKind::Container, &names.containers),
        ];
        for (kind, texts) in plain {
            texts.iter().for_each(|text| kinds.add(kind, text));
        }
        names
            .chance
            .iter()
            .for_each(|text| kinds.mark(CHANCE, text));
        for (text, _) in &names.rtpcs {
            kinds.add(NameKind::Rtpc, text);
        }
        let groups = [
            (NameKind::StateGroup, &names.states),
            (NameKind::SwitchGroup, &names.switches),
        ];
        for (kind, groups) in groups {
            for (group, values) in groups {
                kinds.add(kind, group);
                for value in values {
                    kinds.add(NameKind::Value, value);
                    let none = kind == NameKind::StateGroup && value == "none";
                    let id = if none {
                        NameId::NONE
                    } else {
                        NameId::of(value)
                    };
                    kinds.values.insert(pair(NameId::of(group), id));
                }
            }
        }
        kinds
    }

    fn add(&mut self, kind: NameKind, text: &str) {
        self.mark(kind as u16, text);
    }

    fn mark(&mut self, bit: u16, text: &str) {
        *self.of.entry(NameId::of(text)).or_default() |= bit;
    }

    /// Whether a container has plays by number.
    fn check_chance(&self, id: NameId) -> Result<()> {
        self.check(NameKind::Container, id)?;
        match self.of.get(&id) {
            Some(kinds) if kinds & CHANCE != 0 => Ok(()),
            _ => Err(Error::Argument {
                what: "container",
                value: format!("{:016x}", id.0),
                allowed: super::resolve::CHANCE,
            }),
        }
    }

    #[inline(always)]
    fn check(&self, kind: NameKind, id: NameId) -> Result<()> {
        match self.of.get(&id) {
            Some(kinds) if kinds & kind as u16 != 0 => Ok(()),
            _ => Err(Error::stale(kind.name(), id.0)),
        }
    }

    #[inline]
    fn check_value(&self, group: NameId, value: NameId) -> Result<()> {
        match self.values.contains(&pair(group, value)) {
            true => Ok(()),
            false => Err(Error::stale("value", value.0)),
        }
    }
}

impl Session {
    /// Whether this object is there.
    #[inline]
    fn check_id(&self, object: ObjectId) -> Result<()> {
        match object == ObjectId::GLOBAL || self.ids.contains(&object) {
            true => Ok(()),
            false => Err(Error::stale("game object", object.0)),
        }
    }

    /// Whether there ever was such a post; 0 stands for all.
    #[inline]
    fn check_playing(&self, playing: PlayingId) -> Result<()> {
        match playing.0 < self.next_playing {
            true => Ok(()),
            false => Err(Error::stale("post", playing.0)),
        }
    }

    /// Whether everything that a call names is there. Inlined, so that only what is asked of the call at hand
    /// is left where it is made.
    #[inline(always)]
    fn check_ids(&self, kinds: &Kinds, call: &GameCall) -> Result<()> {
        match *call {
            GameCall::Register { .. } | GameCall::NewSpin | GameCall::Reseed { .. } => Ok(()),
            GameCall::LeaveContext { .. } | GameCall::SetLevel { .. } => Ok(()),
            GameCall::Place { object, .. }
            | GameCall::Unregister { object }
            | GameCall::StopAll { object, .. } => self.check_id(object),
            GameCall::Post { event, object, .. } => {
                kinds.check(NameKind::Event, event)?;
                self.check_id(object)
            }
            GameCall::StopPlaying { playing, .. } | GameCall::PausePlaying { playing, .. } => {
                self.check_playing(playing)
            }
            GameCall::SetRtpc {
                rtpc,
                object,
                playing,
                ..
            }
            | GameCall::ResetRtpc {
                rtpc,
                object,
                playing,
            } => {
                kinds.check(NameKind::Rtpc, rtpc)?;
                self.check_id(object)?;
                self.check_playing(playing)
            }
            GameCall::SetState { group, value } => {
                kinds.check(NameKind::StateGroup, group)?;
                kinds.check_value(group, value)
            }
            GameCall::SetSwitch {
                group,
                object,
                value,
            } => {
                kinds.check(NameKind::SwitchGroup, group)?;
                self.check_id(object)?;
                kinds.check_value(group, value)
            }
            GameCall::Signal { signal, .. } => kinds.check(NameKind::Signal, signal),
            GameCall::EnterContext { context, .. } => kinds.check(NameKind::Context, context),
            GameCall::Stinger { stinger } => kinds.check(NameKind::Stinger, stinger),
            GameCall::SetPlayCount {
                container, object, ..
            } => {
                kinds.check_chance(container)?;
                self.check_id(object)
            }
        }
    }
}

impl Control {
    /// The id of a name of the project, for [`Control::game_call`]. It stays the same when
    /// the project is loaded again. The value `none` of a group is [`NameId::NONE`].
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Unknown`] when the project has no such thing of this name.
    pub fn find_name(&self, kind: NameKind, name: &str) -> Result<NameId> {
        let names = &self.game().names;
        let id = NameId::of(name);
        if names.kinds.check(kind, id).is_ok() {
            return Ok(match kind == NameKind::Value && name == "none" {
                true => NameId::NONE,
                false => id,
            });
        }
        let known: Vec<&String> = match kind {
            NameKind::Event => names.events.iter().collect(),
            NameKind::Rtpc => names.rtpcs.iter().map(|(name, _)| name).collect(),
            NameKind::StateGroup => names.states.iter().map(|(name, _)| name).collect(),
            NameKind::SwitchGroup => names.switches.iter().map(|(name, _)| name).collect(),
            NameKind::Value => {
                let groups = names.states.iter().chain(&names.switches);
                groups.flat_map(|(_, values)| values).collect()
            }
            NameKind::Signal => names.signals.iter().collect(),
            NameKind::Context => names.contexts.iter().collect(),
            NameKind::Stinger => names.stingers.iter().collect(),
            NameKind::Container => names.containers.iter().collect(),
        };
        Err(Error::unknown(kind.name(), name, known.into_iter()))
    }

    /// Carries out a call at the absolute frame `at`, or [`NOW`](crate::NOW), without a name in it
    /// and without allocating. Objects are made and ended by name ([`Control::call`]); a post
    /// has an id of its own ([`Control::post_id`]). `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`] for an id that names nothing; [`Error::Argument`] for a value, and for the
    /// calls that need a name; [`Error::QueueFull`]. Nothing has changed then.
    #[inline(always)]
    pub fn game_call(&mut self, call: &GameCall, at: u64) -> Result<()> {
        if let GameCall::Register { .. } | GameCall::Unregister { .. } | GameCall::Post { .. } =
            call
        {
            return no_call();
        }
        let mut call = *call;
        if let GameCall::SetSwitch { value, .. } = &mut call
            && *value == NameId::NONE
        {
            *value = NameId::of("none");
        }
        let game = self.game();
        game.session.check_ids(&game.names.kinds, &call)?;
        self.send_game(at, call)
    }

    /// Ends a game object. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`] for one that is not there, or the global one; [`Error::QueueFull`].
    pub fn unregister_id(&mut self, object: ObjectId, at: u64) -> Result<()> {
        let found = self.object_name(object).map(str::to_owned);
        let object = found.ok_or_else(|| Error::stale("game object", object.0))?;
        self.call(&super::Call::Unregister { object }, at)
            .map(|_| ())
    }

    /// Posts an event from the emitter `emitter` (0..8) of an object with a linear gain of 0..=16;
    /// what it plays is called by the returned id. `[main-thread]`
    ///
    /// # Errors
    /// As [`Control::game_call`].
    #[inline(always)]
    pub fn post_id(
        &mut self,
        event: NameId,
        object: ObjectId,
        emitter: u8,
        gain: f32,
        at: u64,
    ) -> Result<PlayingId> {
        let game = self.game();
        let playing = PlayingId(game.session.next_playing);
        let call = GameCall::Post {
            event,
            object,
            emitter,
            gain,
            playing,
        };
        game.session.check_ids(&game.names.kinds, &call)?;
        self.send_game(at, call)?;
        self.game_mut().session.next_playing += 1;
        Ok(playing)
    }
}

#[cold]
#[inline(never)]
fn no_call() -> Result<()> {
    Err(Error::Argument {
        what: "call",
        value: "register, unregister or post".to_owned(),
        allowed: "calls about what is there; these have functions of their own",
    })
}
