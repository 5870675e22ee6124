//! Values of the mixer that a project that was saved again moves.

use std::collections::BTreeMap;

use segue_dsp::math::to_f32;
use segue_dsp::processor;
use segue_format::Project;
use segue_format::project::interactive::GlobalTarget;
use segue_format::project::{Bus, Insert};
use segue_rt::command::{MixerCommand, Plain};
use segue_rt::ids::{BusId, InsertId};
use segue_rt::voices::{RAMP_SECONDS, VoiceCommand};

use super::Control;
use crate::error::{Error, Result};
use crate::load::{self, Names, goes_on};

/// Parameters that RTPCs of a game hold, before and after a reload.
pub(super) struct Held {
    pub(super) before: Vec<(InsertId, u16)>,
    pub(super) after: Vec<(InsertId, u16)>,
}

/// The parameters that RTPCs of a project hold.
pub(super) fn held(names: &Names, project: &Project) -> Vec<(InsertId, u16)> {
    let rtpcs = project.interactive.rtpcs.iter();
    let params = rtpcs.flat_map(|rtpc| &rtpc.targets).filter_map(|it| {
        let GlobalTarget::InsertParam { bus, insert, param } = &it.target else {
            return None;
        };
        let id = *names.inserts.get(&(bus.clone(), insert.clone()))?;
        let info = processor::info(*names.kinds.get(&id)?);
        Some((id, info.param(param)?))
    });
    params.collect()
}

impl Control {
    /// The commands that bring the values of what stays from one state of a project to another. What is
    /// new comes with its own. Parameters that RTPCs of the game hold are theirs; those that none of them holds any more go back
    /// to the project's value.
    pub(super) fn moves(
        &self,
        names: &Names,
        (before, after): (&[Bus], &[Bus]),
        held: &Held,
    ) -> Result<Vec<Plain>> {
        let mut moves = Vec::new();
        for new in after {
            let Some(old) = before.iter().find(|old| old.id == new.id) else {
                continue;
            };
            let id = names.buses.get(&new.id).copied();
            let id = id.ok_or_else(|| Error::Unknown {
                what: "bus",
                name: new.id.clone(),
                known: names.buses.keys().cloned().collect(),
            })?;
            strip(id, old, new, self.frames(RAMP_SECONDS), &mut moves);
            for send in &new.sends {
                let was = old.sends.iter().find(|was| was.to == send.to);
                let place = (new.id.clone(), send.to.clone());
                if was.is_some_and(|was| was.gain_db != send.gain_db)
                    && let Some(id) = names.sends.get(&place)
                {
                    let (send, gain) = (*id, load::gain(send.gain_db));
                    moves.push(Plain::Mixer(MixerCommand::SendGain { send, gain }));
                }
            }
            for insert in &new.inserts {
                let was = old.inserts.iter().find(|was| goes_on(was, insert));
                let place = (new.id.clone(), insert.id.clone());
                if let Some(was) = was {
                    let id = names.inserts.get(&place).ok_or(Error::StaleInsert)?;
                    insert_moves(names, *id, (was, insert), held, &mut moves)?;
                }
            }
        }
        Ok(moves)
    }
}

fn insert_moves(
    names: &Names,
    insert: InsertId,
    (old, new): (&Insert, &Insert),
    held: &Held,
    moves: &mut Vec<Plain>,
) -> Result<()> {
    let kind = *names.kinds.get(&insert).ok_or(Error::StaleInsert)?;
    if old.mix != new.mix {
        let mix = to_f32(new.mix);
        moves.push(Plain::Mixer(MixerCommand::InsertMix { insert, mix }));
    }
    if old.bypass != new.bypass {
        let on = new.bypass;
        moves.push(Plain::Mixer(MixerCommand::InsertBypass { insert, on }));
    }
    let (before, after) = (values(old)?, values(new)?);
    for (param, row) in (0..).zip(processor::info(kind).params) {
        let value = |of: &BTreeMap<&str, f64>| {
            let value = of.get(row.id).copied();
            value.unwrap_or(row.default.into())
        };
        let place = (insert, param);
        let is_freed = held.before.contains(&place);
        let is_other = value(&before) != value(&after) && !row.structural;
        if (is_other || is_freed) && !held.after.contains(&place) {
            let value = to_f32(value(&after));
            moves.push(Plain::Mixer(MixerCommand::InsertParam {
                insert,
                param,
                value,
            }));
        }
    }
    Ok(())
}

/// What an insert sets its parameters to: its preset's values, then its own.
pub(in crate::control) fn values(insert: &Insert) -> Result<BTreeMap<&str, f64>> {
    let preset = load::preset_values(insert)?.iter();
    let preset = preset.map(|(id, value)| (*id, f64::from(*value)));
    let own = insert.params.iter();
    Ok(preset
        .chain(own.map(|(id, value)| (id.as_str(), *value)))
        .collect())
}

fn strip(id: BusId, old: &Bus, new: &Bus, ramp: u32, moves: &mut Vec<Plain>) {
    let mut push = |command| moves.push(Plain::Mixer(command));
    if old.gain_db != new.gain_db {
        let gain = load::gain(new.gain_db);
        push(MixerCommand::BusGain {
            bus: id,
            gain,
            ramp,
        });
    }
    if old.pan != new.pan {
        let pan = to_f32(new.pan);
        push(MixerCommand::BusPan { bus: id, pan });
    }
    if old.mute != new.mute {
        push(MixerCommand::BusMute {
            bus: id,
            on: new.mute,
        });
    }
    if old.solo != new.solo {
        push(MixerCommand::BusSolo {
            bus: id,
            on: new.solo,
        });
    }
    if old.max_voices != new.max_voices {
        moves.push(Plain::Voice(VoiceCommand::BusLimit {
            bus: id,
            limit: new.max_voices.into(),
        }));
    }
}
