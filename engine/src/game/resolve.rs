//! From names to what the audio thread takes.

use segue_dsp::math::db_to_gain;
use segue_rt::command::{Plain, TransportCommand};
use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};
use segue_rt::keymap::{NoteEvent, NoteKind};

use super::names::{GameNames, Session, object_id};
use super::{Call, Summary};
use crate::control::NOW;
use crate::error::{Error, Result};

/// Longest fade or ramp, in seconds.
const MAX_SECONDS: f64 = 3_600.0;

/// The containers that have plays by number.
pub(super) const CHANCE: &str =
    "those that choose by chance: of the type random, or groups of the mode random";

/// What a call becomes.
#[derive(Clone, Debug)]
pub(super) enum Resolved {
    Game(GameCall),
    Plain(Plain),
    Macro { index: usize, value: f64 },
}

impl Session {
    /// Checks every name and value of a call.
    pub(super) fn resolve(&self, names: &GameNames, call: &Call, rate: f64) -> Result<Resolved> {
        if let Some(resolved) = plain(names, call)? {
            return Ok(resolved);
        }
        let objects = self.of_objects(names, call, rate)?;
        let found = objects.map_or_else(|| self.of_values(names, call, rate), |it| Ok(Some(it)))?;
        match found {
            Some(game) => Ok(Resolved::Game(game)),
            None => of_music(names, call).map(Resolved::Game),
        }
    }

    /// Calls about objects and what is posted on them.
    fn of_objects(&self, names: &GameNames, call: &Call, rate: f64) -> Result<Option<GameCall>> {
        let fade = |seconds| frames("fade", seconds, rate);
        Ok(Some(match call {
            Call::Register {
                object,
                pan,
                width,
                detach,
            } => {
                let was = self.registered.get(object).copied().unwrap_or_default();
                GameCall::Register {
                    object: new_object(object)?,
                    pan: within("pan", pan.unwrap_or(was.pan), -1.0, 1.0, "-1..=1")?,
                    width: within("width", width.unwrap_or(was.width), 0.0, 2.0, "0..=2")?,
                    stop_on_unregister: !detach.unwrap_or(was.detach),
                }
            }
            Call::Place {
                object,
                emitter,
                pan,
                width,
            } => {
                let id = self.own_object(object)?;
                let emitter = small("emitter", *emitter, 8, "0..=7")?;
                let was = self.spot(object, emitter);
                GameCall::Place {
                    object: id,
                    emitter,
                    pan: within("pan", pan.unwrap_or(was.pan), -1.0, 1.0, "-1..=1")?,
                    width: within("width", width.unwrap_or(was.width), 0.0, 2.0, "0..=2")?,
                }
            }
            Call::Unregister { object } => GameCall::Unregister {
                object: self.own_object(object)?,
            },
            Call::Post {
                event,
                object,
                emitter,
                gain_db,
                ..
            } => GameCall::Post {
                event: known("event", event, names.events.iter())?,
                object: self.object(object)?,
                emitter: small("emitter", *emitter, 8, "0..=7")?,
                gain: db_to_gain(within("gain_db", *gain_db, -96.0, 24.0, "-96..=24")?),
                playing: PlayingId(self.next_playing),
            },
            Call::PostOf { event, object, .. } => GameCall::Post {
                event: known("event", event, names.events.iter())?,
                object: self.object(object)?,
                emitter: 0,
                gain: 1.0,
                playing: PlayingId(self.next_playing),
            },
            Call::StopPost { label, fade: time } => GameCall::StopPlaying {
                playing: self.labelled(label)?,
                fade: fade(*time)?,
            },
            Call::PausePost {
                label,
                on,
                fade: time,
            } => GameCall::PausePlaying {
                playing: self.labelled(label)?,
                on: *on,
                fade: fade(*time)?,
            },
            Call::StopAll { object, fade: time } => GameCall::StopAll {
                object: self.object(object)?,
                fade: fade(*time)?,
            },
            Call::PlayCount {
                container,
                play_n,
                object,
            } => GameCall::SetPlayCount {
                container: by_chance(names, container)?,
                object: self.object(object)?,
                play_n: *play_n,
            },
            _ => return Ok(None),
        }))
    }

    /// Calls about game values.
    fn of_values(&self, names: &GameNames, call: &Call, rate: f64) -> Result<Option<GameCall>> {
        Ok(Some(match call {
            Call::Rtpc {
                rtpc,
                value,
                object,
                label,
                ramp,
            } => GameCall::SetRtpc {
                rtpc: known("RTPC", rtpc, names.rtpcs.iter().map(|(name, _)| name))?,
                object: self.object(object)?,
                playing: self.maybe_labelled(label.as_deref())?,
                value: finite("value", *value)?,
                ramp: frames("ramp", *ramp, rate)?,
            },
            Call::ResetRtpc {
                rtpc,
                object,
                label,
            } => GameCall::ResetRtpc {
                rtpc: known("RTPC", rtpc, names.rtpcs.iter().map(|(name, _)| name))?,
                object: self.object(object)?,
                playing: self.maybe_labelled(label.as_deref())?,
            },
            Call::State { group, value } => {
                let (group, value) = value_of("state group", &names.states, group, value)?;
                let none = NameId::of("none");
                let value = if value == none { NameId::NONE } else { value };
                GameCall::SetState { group, value }
            }
            Call::Switch {
                group,
                value,
                object,
            } => {
                let (group, value) = value_of("switch group", &names.switches, group, value)?;
                GameCall::SetSwitch {
                    group,
                    object: self.object(object)?,
                    value,
                }
            }
            Call::Signal { signal, value } => GameCall::Signal {
                signal: known("signal", signal, names.signals.iter())?,
                value: finite("value", *value)?,
            },
            Call::Reseed { seed } => GameCall::Reseed { seed: *seed },
            _ => return Ok(None),
        }))
    }

    /// An object that is there, or the global one.
    fn object(&self, name: &str) -> Result<ObjectId> {
        match object_id(name) {
            ObjectId::GLOBAL => Ok(ObjectId::GLOBAL),
            _ => self.own_object(name),
        }
    }

    fn own_object(&self, name: &str) -> Result<ObjectId> {
        let found = self.objects.get(name).copied();
        found.ok_or_else(|| Error::unknown("game object", name, self.objects.keys()))
    }

    fn labelled(&self, label: &str) -> Result<PlayingId> {
        let found = self.labels.get(label).copied();
        found.ok_or_else(|| Error::unknown("post", label, self.labels.keys()))
    }

    fn maybe_labelled(&self, label: Option<&str>) -> Result<PlayingId> {
        label.map_or(Ok(PlayingId::default()), |label| self.labelled(label))
    }
}

/// Calls that are no business of the game's program.
fn plain(names: &GameNames, call: &Call) -> Result<Option<Resolved>> {
    Ok(Some(match call {
        Call::Macro { id, value } => macro_call(names, id, *value)?,
        Call::Note {
            key,
            velocity,
            channel,
        } => Resolved::Plain(note(*key, *velocity, *channel)?),
        Call::TransportPlay => transport(TransportCommand::Play),
        Call::TransportStop => transport(TransportCommand::Stop),
        Call::TransportSeek { beats } => transport(TransportCommand::Seek { beats: *beats }),
        _ => return Ok(None),
    }))
}

/// Calls about the music and its levels.
fn of_music(names: &GameNames, call: &Call) -> Result<GameCall> {
    Ok(match call {
        Call::Context { context, strength } => GameCall::EnterContext {
            context: known("context", context, names.contexts.iter())?,
            strength: within("strength", *strength, 0.0, 1.0, "0..=1")?,
        },
        Call::Leave { summary } => GameCall::LeaveContext {
            summary: match summary {
                Summary::None => 0,
                Summary::Small => 1,
                Summary::Big => 2,
                Summary::Mega => 3,
            },
        },
        Call::Level { level } => GameCall::SetLevel {
            level: small("level", *level, 5, "0..=4")?,
        },
        Call::Stinger { stinger } => GameCall::Stinger {
            stinger: known("stinger", stinger, names.stingers.iter())?,
        },
        // Everything else was resolved before.
        _ => GameCall::NewSpin,
    })
}

fn transport(command: TransportCommand) -> Resolved {
    Resolved::Plain(Plain::Transport(command))
}

fn macro_call(names: &GameNames, id: &str, value: f64) -> Result<Resolved> {
    let found = names.macros.iter().position(|known| known == id);
    let index = found.ok_or_else(|| Error::unknown("macro", id, names.macros.iter()))?;
    if !(0.0..=1.0).contains(&value) {
        return bad("value", value, "0..=1");
    }
    Ok(Resolved::Macro { index, value })
}

fn note(key: u8, velocity: f32, channel: u8) -> Result<Plain> {
    Ok(Plain::Note(NoteEvent {
        kind: if velocity > 0.0 {
            NoteKind::On
        } else {
            NoteKind::Off
        },
        channel: small("channel", channel, 16, "0..=15")?,
        key: small("key", key, 128, "0..=127")?,
        velocity: within("velocity", velocity, 0.0, 1.0, "0..=1")?,
        note_id: -1,
        at: NOW,
    }))
}

fn new_object(name: &str) -> Result<ObjectId> {
    match object_id(name) {
        ObjectId::GLOBAL => bad("object", "\"\"", "names that are not empty"),
        id => Ok(id),
    }
}

fn known<'a>(
    what: &'static str,
    name: &str,
    mut names: impl Iterator<Item = &'a String> + Clone,
) -> Result<NameId> {
    let all = names.clone();
    match names.any(|known| known == name) {
        true => Ok(NameId::of(name)),
        false => Err(Error::unknown(what, name, all)),
    }
}

/// A container that has plays by number.
fn by_chance(names: &GameNames, container: &str) -> Result<NameId> {
    let is_other = |other: &String| other == container && !names.chance.contains(other);
    if names.containers.iter().any(is_other) {
        return bad("container", container, CHANCE);
    }
    known("container", container, names.chance.iter())
}

fn value_of(
    what: &'static str,
    groups: &[(String, Vec<String>)],
    group: &str,
    value: &str,
) -> Result<(NameId, NameId)> {
    let found = groups.iter().find(|(name, _)| name == group);
    let Some((name, values)) = found else {
        return Err(Error::unknown(
            what,
            group,
            groups.iter().map(|(name, _)| name),
        ));
    };
    Ok((NameId::of(name), known("value", value, values.iter())?))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a checked range"
)]
fn frames(what: &'static str, seconds: f64, rate: f64) -> Result<u32> {
    if !(0.0..=MAX_SECONDS).contains(&seconds) {
        return bad(what, seconds, "0..=3600 seconds");
    }
    Ok((seconds * rate).round() as u32)
}

fn within(what: &'static str, x: f32, min: f32, max: f32, allowed: &'static str) -> Result<f32> {
    match (min..=max).contains(&x) {
        true => Ok(x),
        false => bad(what, x, allowed),
    }
}

fn small(what: &'static str, x: u8, end: u8, allowed: &'static str) -> Result<u8> {
    if x < end {
        Ok(x)
    } else {
        bad(what, x, allowed)
    }
}

fn finite(what: &'static str, x: f32) -> Result<f32> {
    if x.is_finite() {
        Ok(x)
    } else {
        bad(what, x, "finite numbers")
    }
}

fn bad<T>(what: &'static str, value: impl ToString, allowed: &'static str) -> Result<T> {
    Err(Error::Argument {
        what,
        value: value.to_string(),
        allowed,
    })
}
