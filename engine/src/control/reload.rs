//! Loading a project again while it plays.

mod structure;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use segue_dsp::math::to_f32;
use segue_dsp::processor;
use segue_format::Project;
use segue_format::project::{Bus, Insert, MASTER, Macro};
use segue_rt::command::{Install, MixerCommand, Plain, SoundBatch};
use segue_rt::ids::{BusId, IdPool, InsertId, SoundId, kind};
use segue_rt::tempo::TempoMap;
use segue_rt::timeline::{Part, Timeline};
use segue_rt::voices::{RAMP_SECONDS, VoiceCommand};

use super::{Control, NOW, Song};
use crate::config::EngineConfig;
use crate::error::{Error, Result};
use crate::load::{self, LoadProgress, LoadReport, Loaded, MacroTarget, Names};
use crate::project::OpenProject;

/// Installs that a reload takes at most.
const INSTALLS: usize = 5;

/// What a reload changed.
#[derive(Clone, Debug, Default)]
pub struct ReloadReport {
    /// Sounds that were loaded anew, because they or their files changed.
    pub sounds: usize,
    /// The project as it is now: what is missing, what plays on as it was before.
    pub load: LoadReport,
    /// Faders, pans, mutes, sends and parameters that were moved.
    pub mixer: usize,
    /// Inserts whose impulse response was exchanged.
    pub responses: usize,
    /// Keys of `project.json` and of its interactive part under which something changed.
    pub changed: Vec<&'static str>,
}

/// What a reload builds on: see [`Control::plan_reload`].
pub struct ReloadPlan {
    ids: IdPool<kind::Sound>,
    names: load::Names,
    config: EngineConfig,
    /// What was loaded when it was made.
    loads: u64,
}

/// A project that was decoded and built for an engine that plays an earlier state of it, and waits
/// to be taken over: see [`Control::finish_reload`].
pub struct PreparedReload {
    ids: IdPool<kind::Sound>,
    loaded: Loaded,
    loads: u64,
}

impl ReloadPlan {
    /// Decodes what is new and builds everything, away from the engine, which goes on meanwhile.
    /// Blocks while it decodes. `[thread-safe]`
    ///
    /// # Errors
    /// What the project says that cannot be built; [`Error::Cancelled`] when `progress` breaks.
    pub fn prepare(
        self,
        open: &OpenProject,
        progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
    ) -> Result<PreparedReload> {
        let mut ids = self.ids;
        // The graph is built to check it; the one that plays stays.
        let loaded = load::load_with(open, &self.config, &mut ids, self.names, progress)?;
        Ok(PreparedReload {
            ids,
            loaded,
            loads: self.loads,
        })
    }
}

impl Control {
    /// Loads a project again that has changed on the disk, while it plays: new and changed sounds,
    /// clips, keys, tempo, everything interactive, and the values of the mixer. Voices that sound go
    /// on with the samples they have. Blocks while it decodes; [`Control::plan_reload`],
    /// [`ReloadPlan::prepare`] and [`Control::finish_reload`] are the same in three steps, of which only the
    /// second one takes long. `[main-thread]`
    ///
    /// # Errors
    /// What the project says that cannot be built, with its place; [`Error::Restart`] when buses,
    /// inserts, sends or the voices' limits are others than before, or the session is recorded;
    /// [`Error::Cancelled`];
    /// [`Error::QueueFull`]. What plays goes on unchanged then.
    pub fn reload(
        &mut self,
        open: &OpenProject,
        progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
    ) -> Result<ReloadReport> {
        if self.project.is_none() {
            return self
                .load_project(open, progress)
                .map(|report| ReloadReport {
                    sounds: report.sounds,
                    load: report,
                    ..ReloadReport::default()
                });
        }
        let prepared = self.plan_reload(open)?.prepare(open, progress)?;
        self.finish_reload(prepared, open)
    }

    /// Checks whether a project can be taken over, and gives what [`ReloadPlan::prepare`] needs.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Restart`] as for [`Control::reload`], and when nothing was loaded before.
    pub fn plan_reload(&self, open: &OpenProject) -> Result<ReloadPlan> {
        self.check_reload(open)?;
        Ok(ReloadPlan {
            ids: self.sound_ids.clone(),
            names: self.names.again(self.game.is_begun()),
            config: self.config.clone(),
            loads: self.loads,
        })
    }

    fn check_reload(&self, open: &OpenProject) -> Result<&Project> {
        let refused = |what: String| Err(Error::Restart { what });
        if self.recorder.is_some() {
            return refused(
                "the session is recorded, and a recording holds one project".to_owned(),
            );
        }
        let Some(before) = &self.project else {
            return refused("nothing was loaded before".to_owned());
        };
        match structure::change(before, &open.project) {
            Some((path, what)) => refused(structure::at(open, &path, &what)),
            None => Ok(before),
        }
    }

    /// Takes over what was prepared, made of the same `open`. Fast: nothing is decoded. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Restart`] as for [`Control::reload`], and when another project was loaded meanwhile;
    /// [`Error::QueueFull`]. What plays goes on unchanged then.
    pub fn finish_reload(
        &mut self,
        prepared: PreparedReload,
        open: &OpenProject,
    ) -> Result<ReloadReport> {
        let PreparedReload {
            ids,
            mut loaded,
            loads,
        } = prepared;
        let before = self.check_reload(open)?;
        if loads != self.loads {
            let what = "another project was loaded meanwhile".to_owned();
            return Err(Error::Restart { what });
        }
        let moves = self.moves(before, &open.project)?;
        let turned = self.turned(before, &open.project);
        let turns = self.turns(before, &open.project, &moves, &loaded.macros);
        let changed = changed(before, &open.whole());
        let known = &self.names.responses;
        let is_new = |new: &load::LoadedResponse| known.get(&new.insert) != Some(&new.path);
        loaded.responses.retain(is_new);
        let stale = self.stale_sounds.len() + self.gone(&loaded.names).len();
        let removals = stale.saturating_sub(STALE_SOUNDS);
        let installs = INSTALLS + loaded.responses.len() + removals;
        if self.held.is_none() && self.commands.room() < installs + moves.len() + turns.len() {
            return Err(self.queue_full());
        }
        self.sound_ids = ids;
        self.loads += 1;
        let report = ReloadReport {
            sounds: loaded.sounds.len(),
            load: loaded.report.clone(),
            mixer: moves.len(),
            responses: loaded.responses.len(),
            changed,
        };
        for plain in moves {
            self.send(NOW, plain)?;
        }
        self.swap(loaded)?;
        for plain in turns {
            self.send(NOW, plain)?;
        }
        self.game.turned = turned;
        self.project = Some(Box::new(open.whole()));
        Ok(report)
    }

    /// What macros were turned to while they play, by their places in `after`: it holds until the project says
    /// something else than before.
    fn turned(&self, before: &Project, after: &Project) -> Vec<Option<f64>> {
        let turned = |entry: &Macro| {
            let mut known = before.macros.iter().zip(&self.game.turned);
            let (old, turned) = known.find(|(old, _)| old.id == entry.id)?;
            turned.filter(|_| old.value == entry.value)
        };
        after.macros.iter().map(turned).collect()
    }

    /// What macros set parameters to, where a reload changed the macro or the parameter. Of several
    /// macros for one parameter the last one counts, as when a project is loaded.
    fn turns(
        &self,
        before: &Project,
        after: &Project,
        moves: &[Plain],
        macros: &[Vec<MacroTarget>],
    ) -> Vec<Plain> {
        let is_same = |entry: &Macro, targets: &Vec<MacroTarget>| {
            let mut known = before.macros.iter().zip(&self.macros);
            known.any(|(old, aims)| {
                (&old.id, old.value) == (&entry.id, entry.value) && aims == targets
            })
        };
        let mut moved: Vec<_> = moves.iter().filter_map(param_of).collect();
        let mut commands = Vec::new();
        let turned = self.turned(before, after);
        let now = after.macros.iter().zip(turned).zip(macros);
        for ((entry, turned), targets) in now {
            let value = turned.unwrap_or(entry.value);
            let from = commands.len();
            commands.extend(targets.iter().map(|target| target.command(value)));
            if !is_same(entry, targets) {
                moved.extend(commands[from..].iter().filter_map(param_of));
            }
        }
        let is_moved = |plain: &Plain| param_of(plain).is_some_and(|it| moved.contains(&it));
        commands.retain(is_moved);
        commands
    }

    /// The sounds that are known now and not there.
    fn gone(&self, after: &Names) -> Vec<SoundId> {
        let kept = |id: &SoundId| after.known.values().any(|known| known.id == *id);
        let known = self.names.known.values().map(|known| known.id);
        known.filter(|id| !kept(id)).collect()
    }

    /// Brings everything but the mixer to the audio thread.
    fn swap(&mut self, mut loaded: Loaded) -> Result<()> {
        for (sound, source) in loaded.streams {
            self.disk.add(sound, source);
        }
        let gone = self.gone(&loaded.names);
        self.stale_sounds.extend(gone);
        loaded.names.keep_mixer(&mut self.names);
        self.names = loaded.names;
        for new in loaded.responses {
            self.names.responses.insert(new.insert, new.path);
            self.install(Install::Resource(new.insert, Box::new(new.response)))?;
        }
        self.macros = loaded.macros;
        self.host_params = loaded.host_params;
        let batch: SoundBatch = loaded.sounds;
        if !batch.is_empty() {
            self.install(Install::Sounds(batch))?;
        }
        self.install(Install::KeyMap(Box::new(loaded.keymap)))?;
        self.swap_song(loaded.tempo, loaded.timeline)?;
        self.install_game(loaded.game)?;
        while self.stale_sounds.len() > STALE_SOUNDS {
            if let Some(sound) = self.stale_sounds.pop_front() {
                self.send(NOW, Plain::RemoveSound(sound))?;
            }
        }
        Ok(())
    }

    /// Brings another time line to the audio thread. One that is the same stays: its clips go on, and
    /// so do the calls of recorded stages.
    fn swap_song(&mut self, tempo: TempoMap, timeline: Timeline<Part>) -> Result<()> {
        let song = Song { tempo, timeline };
        if self.song.as_deref() == Some(&song) {
            return Ok(());
        }
        self.install(Install::Tempo(Box::new(song.tempo.clone())))?;
        self.install(Install::Timeline(Box::new(song.timeline.clone())))?;
        self.song = Some(Box::new(song));
        Ok(())
    }

    /// The commands that bring the mixer's values from one project to another.
    fn moves(&self, before: &Project, after: &Project) -> Result<Vec<Plain>> {
        let mut moves = Vec::new();
        for new in buses(after) {
            let old = bus(before, &new.id);
            let id = self.bus(&new.id)?;
            strip(id, &old, &new, self.frames(RAMP_SECONDS), &mut moves);
            for (old, new_send) in old.sends.iter().zip(&new.sends) {
                if old.gain_db != new_send.gain_db
                    && let Some(send) = self.send_of(&new.id, &new_send.to)
                {
                    let gain = load::gain(new_send.gain_db);
                    moves.push(Plain::Mixer(MixerCommand::SendGain { send, gain }));
                }
            }
            for (old, insert) in old.inserts.iter().zip(&new.inserts) {
                self.insert_moves(&new.id, old, insert, &mut moves)?;
            }
        }
        Ok(moves)
    }

    fn insert_moves(
        &self,
        bus: &str,
        old: &Insert,
        new: &Insert,
        moves: &mut Vec<Plain>,
    ) -> Result<()> {
        let insert = self.insert(bus, &new.id).ok_or(Error::StaleInsert)?;
        let kind = *self.names.kinds.get(&insert).ok_or(Error::StaleInsert)?;
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
            if value(&before) != value(&after) && !row.structural {
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
}

/// The parameter that a command sets.
fn param_of(plain: &Plain) -> Option<(InsertId, u16)> {
    match *plain {
        Plain::Mixer(MixerCommand::InsertParam { insert, param, .. }) => Some((insert, param)),
        _ => None,
    }
}

/// What an insert sets its parameters to: its preset's values, then its own.
pub(super) fn values(insert: &Insert) -> Result<BTreeMap<&str, f64>> {
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

/// All buses, the master first.
pub(super) fn buses(project: &Project) -> Vec<Bus> {
    let others = project.buses.iter().filter(|bus| bus.id != MASTER).cloned();
    std::iter::once(project.master()).chain(others).collect()
}

fn bus(project: &Project, id: &str) -> Bus {
    let found = project.bus(id).cloned();
    found.unwrap_or_else(|| Bus::new(id))
}

/// The keys under which two states of a project are not the same.
fn changed(before: &Project, after: &Project) -> Vec<&'static str> {
    let (a, b) = (&before.interactive, &after.interactive);
    let rows = [
        ("seed", before.seed == after.seed),
        ("tempo", before.tempo == after.tempo),
        (
            "time_signatures",
            before.time_signatures == after.time_signatures,
        ),
        ("loop", before.loop_region == after.loop_region),
        ("assets", before.assets == after.assets),
        ("buses", before.buses == after.buses),
        ("sounds", before.sounds == after.sounds),
        ("clips", before.clips == after.clips),
        ("notes", before.notes == after.notes && a.notes == b.notes),
        (
            "macros",
            before.macros == after.macros && a.macros == b.macros,
        ),
        ("rtpcs", a.rtpcs == b.rtpcs),
        ("states", a.states == b.states),
        ("switches", a.switches == b.switches),
        ("containers", a.containers == b.containers),
        ("events", a.events == b.events),
        ("game_objects", a.game_objects == b.game_objects),
        ("ducks", a.ducks == b.ducks),
        ("duck_matrix", a.duck_matrix == b.duck_matrix),
        ("hdr", a.hdr == b.hdr),
        ("music", a.music == b.music),
        ("adaptive", a.adaptive == b.adaptive),
        ("stages", a.stages == b.stages),
    ];
    let other = rows.into_iter().filter(|(_, same)| !same);
    other.map(|(key, _)| key).collect()
}

/// Sounds that were replaced and stay, because voices may play them.
const STALE_SOUNDS: usize = 64;

#[cfg(test)]
mod tests;
