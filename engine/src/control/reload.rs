//! Loading a project again while it plays.

mod moves;
mod structure;

use std::ops::ControlFlow;

use segue_format::Project;
use segue_format::project::Macro;
use segue_rt::command::{Install, MixerCommand, Plain, SoundBatch};
use segue_rt::graph::CommitError;
use segue_rt::ids::{IdPool, InsertId, SoundId, kind};
use segue_rt::tempo::TempoMap;
use segue_rt::timeline::{Part, Timeline};

use super::{Control, NOW, Song};
use crate::config::EngineConfig;
use crate::error::{Error, Result};
use crate::load::{
    self, LoadProgress, LoadReport, Loaded, MacroTarget, Names, Renewed, Running, buses,
};
use crate::project::OpenProject;
pub(super) use moves::values;
use moves::{Held, held};

/// Installs that a reload takes at most, besides responses.
const INSTALLS: usize = 7;

/// What a reload changed.
#[derive(Clone, Debug, Default)]
pub struct ReloadReport {
    /// Sounds that were loaded anew, because they or their files changed.
    pub sounds: usize,
    /// The project as it is now: what is missing, what plays on as it was before.
    pub load: LoadReport,
    /// Faders, pans, mutes, sends and parameters that were moved.
    pub mixer: usize,
    /// Buses, sends or inserts came, went, moved or lead elsewhere.
    pub is_rewired: bool,
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
    state: State,
}

/// A project that was decoded and built for an engine that plays an earlier state of it, and waits
/// to be taken over: see [`Control::finish_reload`].
pub struct PreparedReload {
    ids: IdPool<kind::Sound>,
    loaded: Loaded,
    state: State,
}

/// How often something was loaded and the mixer was edited, when a plan was made.
#[derive(Clone, Copy)]
struct State {
    loads: u64,
    edits: u64,
}

/// What a reload does on the audio thread, besides what it installs.
struct Steps {
    /// Values of the mixer that the project moves.
    moves: Vec<Plain>,
    /// Parameters that macros hold.
    turns: Vec<Plain>,
    /// What macros were turned to.
    turned: Vec<Option<f64>>,
    changed: Vec<&'static str>,
    /// Places that it all takes in the queue.
    room: usize,
    is_rewired: bool,
    /// The mixer is rewired, or its buses have other names.
    is_another: bool,
}

impl PreparedReload {
    /// Frames from a voice to the output once it is taken over. `[thread-safe]`
    pub fn latency(&self) -> u32 {
        let renewed = self.loaded.renewed.as_ref();
        renewed.map_or(0, |renewed| renewed.latency)
    }
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
        let loaded = load::load_with(open, &self.config, &mut ids, self.names, progress)?;
        Ok(PreparedReload {
            ids,
            loaded,
            state: self.state,
        })
    }
}

impl Control {
    /// Loads a project again that has changed on the disk, while it plays: new and changed sounds,
    /// clips, keys, tempo, everything interactive, and the mixer. Voices that sound go
    /// on with the samples they have; those on a bus that is gone fade out with it within 10 ms. A bus that only has
    /// another name stays what it is. Blocks while it decodes; [`Control::plan_reload`],
    /// [`ReloadPlan::prepare`] and [`Control::finish_reload`] are the same in three steps, of which only the
    /// second one takes long. `[main-thread]`
    ///
    /// # Errors
    /// What the project says that cannot be built, with its place; [`Error::Restart`] when the voices' limits are
    /// others than before, the engine was made for fewer buses, inserts or sends, edits of the mixer wait for
    /// [`Control::commit`], or the session is recorded; [`Error::Cancelled`];
    /// [`Error::QueueFull`], and [`Error::Commit`] while an earlier change of the mixer is under way: try again
    /// after [`Control::update`]. What plays goes on unchanged then.
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
        let before = self.check_reload(open)?;
        let running = Running {
            graph: self.graph.clone(),
            buses: buses(before),
        };
        Ok(ReloadPlan {
            ids: self.sound_ids.clone(),
            names: self.names.again(running, self.game.is_begun()),
            config: self.config.clone(),
            state: State {
                loads: self.loads,
                edits: self.edits,
            },
        })
    }

    fn check_reload(&self, open: &OpenProject) -> Result<&Project> {
        if self.recorder.is_some() {
            return refused("the session is recorded, and a recording holds one project");
        }
        let Some(before) = &self.project else {
            return refused("nothing was loaded before");
        };
        let limits = &self.config.limits;
        match structure::change(before, &open.project, &self.graph, limits) {
            Some((path, what)) => refused(&structure::at(open, &path, &what)),
            None => Ok(before),
        }
    }

    /// Whether [`Control::finish_reload`] would find room in the queue now, and no earlier change of the mixer
    /// under way. True also for what it would refuse for good. `[main-thread]`
    pub fn has_room_for_reload(&self, prepared: &PreparedReload, open: &OpenProject) -> bool {
        let Ok(steps) = self.steps(prepared, open) else {
            return true;
        };
        let is_free =
            self.commands.room() >= steps.room || steps.room > self.config.limits.commands;
        is_free && (!steps.is_rewired || self.commit.is_idle())
    }

    /// Takes over what was prepared, made of the same `open`. Fast: nothing is decoded. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Restart`] as for [`Control::reload`], and when another project was loaded or the mixer was edited
    /// meanwhile; [`Error::QueueFull`], and [`Error::Commit`] while an earlier change of the mixer is under way, see
    /// [`Control::has_room_for_reload`]. What plays goes on unchanged then.
    pub fn finish_reload(
        &mut self,
        prepared: PreparedReload,
        open: &OpenProject,
    ) -> Result<ReloadReport> {
        let steps = self.steps(&prepared, open)?;
        if self.held.is_none() && self.commands.room() < steps.room {
            return Err(self.queue_full());
        }
        if steps.is_rewired && !self.commit.is_idle() {
            return Err(CommitError::Busy.into());
        }
        let PreparedReload {
            ids, mut loaded, ..
        } = prepared;
        let known = &self.names.responses;
        let is_new = |new: &load::LoadedResponse| known.get(&new.insert) != Some(&new.path);
        loaded.responses.retain(is_new);
        let renewed = loaded.renewed.take().filter(|_| steps.is_another);
        let report = ReloadReport {
            sounds: loaded.sounds.len(),
            load: loaded.report.clone(),
            mixer: steps.moves.len(),
            is_rewired: steps.is_rewired,
            responses: loaded.responses.len(),
            changed: steps.changed,
        };
        let is_kept = renewed.is_none();
        if let Some(renewed) = renewed {
            self.rewire(renewed)?;
        }
        self.sound_ids = ids;
        self.loads += 1;
        for plain in steps.moves {
            self.send(NOW, plain)?;
        }
        if is_kept {
            loaded.names.keep_mixer(&mut self.names);
        }
        self.swap(loaded)?;
        self.values.learn(&self.graph, &self.names, &open.project)?;
        for plain in steps.turns {
            self.send(NOW, plain)?;
        }
        self.game.turned = steps.turned;
        self.project = Some(Box::new(open.whole()));
        Ok(report)
    }

    /// What a reload does, and whether it may.
    fn steps(&self, prepared: &PreparedReload, open: &OpenProject) -> Result<Steps> {
        let (loaded, state) = (&prepared.loaded, prepared.state);
        let before = self.check_reload(open)?;
        if state.loads != self.loads {
            return refused("another project was loaded meanwhile");
        }
        let renewed = loaded.renewed.as_ref();
        let is_rewired = renewed.is_some_and(Renewed::is_rewired);
        let is_another = renewed.is_some_and(Renewed::is_needed);
        if is_another && state.edits != self.edits {
            return refused("the mixer was edited meanwhile");
        }
        if is_another && self.committed != self.edits {
            return refused("edits of the mixer wait for a commit");
        }
        let names = match is_another {
            true => &loaded.names,
            false => &self.names,
        };
        let old = renewed.map_or(&[][..], |renewed| &renewed.before);
        let held = Held {
            before: held(&self.names, before),
            after: held(names, &open.project),
        };
        let moves = self.moves(names, (old, &buses(&open.project)), &held)?;
        let turns = self.turns(before, &open.project, &moves, &loaded.macros);
        let stale = self.stale_sounds.len() + self.gone(&loaded.names).len();
        let removals = stale.saturating_sub(STALE_SOUNDS);
        let installs = INSTALLS + loaded.responses.len() + removals;
        Ok(Steps {
            room: installs + moves.len() + turns.len(),
            moves,
            turns,
            turned: self.turned(before, &open.project),
            changed: changed(before, &open.whole()),
            is_rewired,
            is_another,
        })
    }

    /// Brings another mixer to the audio thread: it has to be there before what names its buses.
    fn rewire(&mut self, renewed: Renewed) -> Result<()> {
        let last = renewed.is_other.then_some(renewed.last.processors);
        if let Some(mut first) = renewed.first {
            let update = self.commit.commit(&first.graph, &mut first.processors)?;
            self.install(Install::Graph(update))?;
        }
        self.graph = renewed.last.graph;
        if let Some(mut processors) = last {
            let update = self.commit.commit(&self.graph, &mut processors)?;
            self.install(Install::Graph(update))?;
        }
        Ok(())
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
    fn swap(&mut self, loaded: Loaded) -> Result<()> {
        for (sound, source) in loaded.streams {
            self.disk.add(sound, source);
        }
        let gone = self.gone(&loaded.names);
        self.stale_sounds.extend(gone);
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
}

/// What an engine that plays cannot take over.
fn refused<T>(what: &str) -> Result<T> {
    Err(Error::Restart {
        what: what.to_owned(),
    })
}

/// The parameter that a command sets.
fn param_of(plain: &Plain) -> Option<(InsertId, u16)> {
    match *plain {
        Plain::Mixer(MixerCommand::InsertParam { insert, param, .. }) => Some((insert, param)),
        _ => None,
    }
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
