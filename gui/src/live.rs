//! The snapshot of an editor that shows a real engine.
//!
//! Plug-in and app own the engine each in their own way; what both need lies here: [`LiveEngine`]
//! is what the thread of the engine's control side makes known, [`LivePicture`] is what the thread
//! of the window makes of it. Between them travel only clones of the one and [`Call`]s.

mod calls;
mod engine;
mod game;
mod heard;
mod place;
mod probe;
mod renew;
mod song;
mod strips;

use std::path::PathBuf;

use segue_engine::project::{MASTER, Project};
use segue_engine::rt::meters::MeterReader;
use segue_engine::rt::tempo::TempoMap;
use segue_engine::rt::transport::LoopRange;
use segue_engine::{Error, Unplayable};

pub use calls::Call;
pub use engine::LiveEngine;
pub use renew::{merge, mixer};

use crate::model::snapshot::{
    BusId, ErrorReport, MissingAsset, Performance, ProjectState, Snapshot, Transport,
};
use crate::model::{Action, Control};
use place::{Place, song_range};
use probe::Probe;

/// Errors that are kept until they are dismissed; the oldest go first.
const ERRORS: usize = 20;
/// The rate that a song position is worked out with while no engine runs.
const IDLE_RATE: u32 = 48_000;

/// How far a load is.
#[derive(Clone, Debug, PartialEq)]
pub struct Loading {
    /// What is done, in 0..=1.
    pub fraction: f32,
    /// What is being worked on: the name of an asset, say.
    pub step: String,
}

/// What the editor shows of an engine and of the project that is held. `[main-thread]`
///
/// It keeps the project with everything the user changed in it, so an engine that is made anew from
/// [`LivePicture::project`] sounds as the one before. Its life:
/// 1. [`LivePicture::hold`] whenever another project is held;
/// 2. [`LivePicture::refresh`] once a frame, with the engine that plays, if one does;
/// 3. [`LivePicture::act`] for each action of the editor. Both may return a [`Call`] for the
///    engine's control thread.
#[derive(Debug, Default)]
pub struct LivePicture {
    project: Option<Project>,
    /// As it was last saved or opened.
    saved: Option<Project>,
    /// Counts the projects, so that buses of different ones have different ids.
    number: u64,
    /// Buses that were changed since the project is held.
    touched: Vec<String>,
    /// The loop is on; a project without a loop of its own repeats its whole length.
    repeats: bool,
    tempo: Option<TempoMap>,
    engine: Option<Seen>,
    unplayable: Vec<Unplayable>,
    /// The bus that is measured.
    probe: Option<Probe>,
    /// What of the game is shown.
    game_version: u64,
    /// The game value in the user's hand: what is heard of it waits.
    held_rtpc: Option<usize>,
    next_error: u64,
    snapshot: Snapshot,
}

/// An engine that was looked at.
#[derive(Debug)]
struct Seen {
    engine: LiveEngine,
    /// `None` when as many readers look as may.
    meters: Option<MeterReader>,
}

impl LivePicture {
    /// A picture without a project.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the editor shows.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// What the picture itself does not know and the owner may fill in: recent projects, whether
    /// there is a factory project, the owner's part of the menu. Everything else is written over.
    pub fn snapshot_mut(&mut self) -> &mut Snapshot {
        &mut self.snapshot
    }

    /// The project that is held, with what the user changed.
    pub fn project(&self) -> Option<&Project> {
        self.project.as_ref()
    }

    /// Whether the project differs from what was held or saved last.
    pub fn is_edited(&self) -> bool {
        self.project != self.saved
    }

    /// Shows another project as one that is saved at `path`; `None`: nowhere yet.
    pub fn hold(&mut self, project: Project, path: Option<PathBuf>) {
        self.number += 1;
        self.touched.clear();
        self.repeats = project.loop_region.as_ref().is_some_and(|it| it.enabled);
        self.unplayable.clear();
        self.snapshot.missing.clear();
        self.snapshot.project.name.clone_from(&project.name);
        self.snapshot.project.path = path;
        self.saved = Some(project.clone());
        self.project = Some(project);
        self.work_out_tempo();
        self.draw_strips();
        self.draw_macros(true);
        self.show_probe();
        self.draw_game();
        self.draw_song();
    }

    /// Shows no project.
    pub fn let_go(&mut self) {
        let (recent, has_factory) = (
            std::mem::take(&mut self.snapshot.recent),
            self.snapshot.has_factory,
        );
        let (errors, menu) = (
            std::mem::take(&mut self.snapshot.errors),
            std::mem::take(&mut self.snapshot.menu),
        );
        *self = Self {
            number: self.number,
            next_error: self.next_error,
            ..Self::default()
        };
        self.snapshot = Snapshot {
            recent,
            has_factory,
            errors,
            menu,
            ..Snapshot::default()
        };
    }

    /// What is shown now is what is saved, at `path`.
    pub fn mark_saved(&mut self, saved: Project, path: Option<PathBuf>) {
        self.saved = Some(saved);
        self.snapshot.project.path = path;
        self.snapshot.project.is_dirty = self.is_edited();
    }

    /// How far the load of a project called `name` is; `None`: nothing is being loaded.
    pub fn set_loading(&mut self, loading: Option<(&str, Loading)>) {
        let project = &mut self.snapshot.project;
        project.state = match (loading, &self.project) {
            (Some((name, Loading { fraction, step })), _) => {
                name.clone_into(&mut project.name);
                ProjectState::Loading { fraction, step }
            }
            (None, Some(held)) => {
                project.name.clone_from(&held.name);
                ProjectState::Ready
            }
            (None, None) => {
                project.name.clear();
                ProjectState::Empty
            }
        };
    }

    /// The audio files that do not play.
    pub fn set_unplayable(&mut self, unplayable: &[Unplayable]) {
        if self.unplayable == unplayable {
            return;
        }
        self.unplayable = unplayable.to_vec();
        let asset = |(id, it): (u64, &Unplayable)| MissingAsset {
            id,
            name: it.id.clone(),
            path: [it.file.as_str(), it.reason.as_str()].join(": "),
        };
        self.snapshot.missing = (0..).zip(&self.unplayable).map(asset).collect();
    }

    /// The audio file that [`Action::RelocateTo`] names.
    pub fn unplayable(&self, id: u64) -> Option<&Unplayable> {
        self.unplayable.get(usize::try_from(id).ok()?)
    }

    /// Tells the user that something went wrong: what, with which value or file, and the way out.
    pub fn report(&mut self, what: &str, value: &str, hint: &str) {
        let errors = &mut self.snapshot.errors;
        let is_same = |it: &ErrorReport| (&*it.what, &*it.value, &*it.hint) == (what, value, hint);
        // What is wrong again and again is one error.
        errors.retain(|it| !is_same(it));
        if errors.len() == ERRORS {
            errors.remove(0);
        }
        self.next_error += 1;
        errors.push(ErrorReport {
            id: self.next_error,
            what: what.to_owned(),
            value: value.to_owned(),
            hint: hint.to_owned(),
        });
    }

    /// Tells the user of an error of the engine.
    pub fn report_error(&mut self, what: &str, error: &Error) {
        self.report(what, &error.to_string(), error.hint().unwrap_or_default());
    }

    /// A macro was moved by something else than the editor, to 0..=1; others are brought there.
    pub fn set_macro(&mut self, number: usize, value: f64) {
        let Some(entry) = self.macro_mut(number) else {
            return;
        };
        entry.value = strips::tidy(value.clamp(0.0, 1.0), 1e4);
        self.draw_macros(false);
    }

    /// Takes a new look at the engine that plays: position, meters, counts. An engine that was not
    /// seen before may have been made from an older state of the project: the call it then returns
    /// brings it what the user changed meanwhile.
    pub fn refresh(&mut self, engine: Option<&LiveEngine>) -> Option<Call> {
        let is_known = match (&self.engine, engine) {
            (Some(seen), Some(engine)) => seen.engine.is_same(engine),
            (None, None) => true,
            _ => false,
        };
        if !is_known {
            self.engine = engine.map(|engine| Seen {
                engine: engine.clone(),
                meters: engine.shared().meters().ok(),
            });
            self.work_out_tempo();
            self.draw_game();
            self.draw_song();
        }
        if let (Some(seen), Some(engine)) = (&mut self.engine, engine)
            && !seen.engine.has_same_sounds(engine)
        {
            // It has taken over another state of its project.
            seen.engine = engine.clone();
            self.draw_song();
        }
        self.snapshot.project.is_dirty = self.is_edited();
        self.draw_levels();
        self.draw_probe();
        self.follow_game();
        self.draw_engine();
        (!is_known && engine.is_some()).then(|| self.catch_up())
    }

    /// Does what the user asked for, as far as it concerns buses, macros, transport and errors.
    /// Returns what is to be done to the engine; everything else is the owner's.
    pub fn act(&mut self, action: &Action) -> Option<Call> {
        match *action {
            Action::Play => Some(calls::transport(segue_engine::Control::play)),
            Action::Stop => Some(calls::transport(segue_engine::Control::stop)),
            Action::Panic => Some(calls::panic(self.snapshot.transport.is_hosted)),
            Action::Seek(position) => {
                let beats = Place(position).beats(self.tempo.as_ref()?);
                Some(calls::transport(move |control| control.seek(beats)))
            }
            Action::SeekTo(beats) => Some(calls::transport(move |control| control.seek(beats))),
            Action::SetLoop(is_on) => self.set_loop(is_on),
            Action::Set(Control::Gain(bus), value) => self.set_gain(bus, value),
            Action::Set(Control::Pan(bus), value) => self.set_pan(bus, value),
            Action::Set(Control::Macro(number), value) => {
                self.set_macro(number, f64::from(value));
                Some(calls::turn(number, f64::from(value)))
            }
            Action::SetMute(bus, is_on) => self.set_mute(bus, is_on),
            Action::SetSolo(bus, is_on) => self.set_solo(bus, is_on),
            Action::Set(Control::Rtpc(number), value) => self.set_rtpc(number, value),
            Action::Begin(Control::Rtpc(number)) => {
                self.held_rtpc = Some(number);
                None
            }
            Action::End(Control::Rtpc(_)) => {
                self.held_rtpc = None;
                None
            }
            Action::Post(event) => self.post(event),
            Action::StopPosts => Some(self.stop_posts()),
            Action::SetState(group, value) => self.set_state(group, value),
            Action::Analyse(bus) => self.measure(bus),
            Action::ResetAnalysis => {
                self.reset_measures();
                None
            }
            Action::PauseAnalysis(is_paused) => {
                self.pause_measures(is_paused);
                None
            }
            Action::DismissError(id) => {
                self.snapshot.errors.retain(|error| error.id != id);
                None
            }
            _ => None,
        }
    }

    fn set_loop(&mut self, is_on: bool) -> Option<Call> {
        let project = self.project.as_mut()?;
        let range = song_range(project)?;
        self.repeats = is_on;
        if let Some(region) = &mut project.loop_region {
            region.enabled = is_on;
        }
        Some(calls::repeat(is_on, range))
    }

    fn work_out_tempo(&mut self) {
        let rate = self
            .engine
            .as_ref()
            .map_or(IDLE_RATE, |seen| seen.engine.shared().sample_rate());
        let map = |project| segue_engine::project::tempo_map(project, rate).ok();
        self.tempo = self.project.as_ref().and_then(map);
    }

    /// Song position and performance.
    fn draw_engine(&mut self) {
        let Some(seen) = &self.engine else {
            self.snapshot.performance = Performance::default();
            self.snapshot.transport = self.idle_transport();
            return;
        };
        let now = seen.engine.shared().snapshot();
        let rate = seen.engine.shared().sample_rate();
        let [load, worst_load] = seen.engine.load();
        let count = |voices: usize| u32::try_from(voices).unwrap_or(u32::MAX);
        self.snapshot.performance = Performance {
            real_voices: count(now.voices.real),
            virtual_voices: count(now.voices.virtual_voices),
            load,
            worst_load,
            sample_rate: rate,
            latency: now.latency,
        };
        let song = &now.transport;
        self.snapshot.song.place = song.beats;
        let range = song.range.map(|it| [it.start_beats, it.end_beats]);
        self.snapshot.song.range = range;
        if song.bpm == 0.0 {
            // Before its first block an engine has no tempo: the project's is what it begins with.
            self.snapshot.transport = self.idle_transport();
            return;
        }
        self.snapshot.transport = Transport {
            is_playing: song.playing,
            is_hosted: song.hosted,
            position: Place::from(song.position).0,
            seconds: song.frames as f64 / f64::from(rate),
            tempo: song.bpm,
            signature: (song.signature.numerator(), song.signature.denominator()),
            range: self.range(song.hosted, song.range),
        };
    }

    fn idle_transport(&self) -> Transport {
        let mut transport = Transport::default();
        if let Some(tempo) = &self.tempo {
            let signature = tempo.signature(0.0);
            transport.tempo = tempo.bpm(0.0);
            transport.signature = (signature.numerator(), signature.denominator());
        }
        transport.range = self.range(false, None);
        transport
    }

    /// The host's loop, or that of the project.
    fn range(&self, hosted: bool, engine: Option<LoopRange>) -> Option<crate::Loop> {
        let tempo = self.tempo.as_ref()?;
        let place = |beats: f64| Place::from(tempo.bars_beats(beats)).0;
        let (start, end) = match engine {
            Some(range) => (range.start_beats, range.end_beats),
            None if hosted => return None,
            None => song_range(self.project.as_ref()?)?,
        };
        Some(crate::Loop {
            is_on: engine.is_some() || (self.engine.is_none() && self.repeats),
            start: place(start),
            end: place(end),
        })
    }

    /// Brings an engine everything that may have changed since its project was taken.
    fn catch_up(&mut self) -> Call {
        let mut all: Vec<Call> = self.ask_probe().into_iter().collect();
        let Some(project) = &self.project else {
            return calls::one_by_one(all);
        };
        let touched = |id: &str| self.touched.iter().any(|it| it == id);
        for bus in project.buses.iter().filter(|bus| touched(&bus.id)) {
            all.push(calls::strip(bus));
        }
        let saved = self.saved.iter().flat_map(|saved| &saved.macros);
        for (number, (now, before)) in project.macros.iter().zip(saved).enumerate() {
            if now.value != before.value {
                all.push(calls::turn(number, now.value));
            }
        }
        if let Some(range) = song_range(project).filter(|_| self.repeats) {
            all.push(calls::repeat(true, range));
        }
        calls::one_by_one(all)
    }

    /// The bus of the project that an id names.
    fn bus_name(&self, id: BusId) -> Option<&str> {
        if id.0 >> 32 != self.number {
            return None;
        }
        let place = usize::try_from(id.0 & 0xffff_ffff).ok()?;
        match place.checked_sub(1) {
            None => Some(MASTER),
            Some(place) => strips::others(self.project.as_ref()?)
                .nth(place)
                .map(|bus| bus.id.as_str()),
        }
    }

    fn bus_id(&self, place: usize) -> BusId {
        BusId(self.number << 32 | place as u64)
    }
}

#[cfg(test)]
mod tests;
