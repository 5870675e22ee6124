//! A model without an engine: an invented project, and a list of what was asked for.

use segue_gui::{
    Action, Analysis, Bus, BusId, Control, Editor, ErrorReport, Game, GameEvent, GameState,
    InsertReading, Lane, Levels, Loop, Macro, MacroSlot, MissingAsset, Model, Performance, Piece,
    Position, Project, ProjectState, Snapshot, Song, Transport,
};

/// Bus names of an imaginary game.
const BUSES: [&str; 9] = [
    "Music",
    "Drums",
    "Bass",
    "Pads",
    "Ambience",
    "Effects",
    "Interface",
    "Voice",
    "Reverb",
];

/// `(name, from, to, unit, decimals, value)`
const MACROS: [(&str, f32, f32, &str, usize, f32); 12] = [
    ("Intensity", 0.0, 100.0, "%", 0, 0.64),
    ("Tension", 0.0, 100.0, "%", 0, 0.35),
    ("Distance", 0.0, 250.0, "m", 0, 0.12),
    ("Cutoff", 20.0, 20_000.0, "Hz", 0, 0.72),
    ("Reverb", 0.0, 100.0, "%", 0, 0.28),
    ("Speed", 0.5, 2.0, "×", 2, 0.33),
    ("Health", 0.0, 100.0, "", 0, 1.0),
    ("Crowd", 0.0, 100.0, "%", 0, 0.0),
    ("Wind", 0.0, 40.0, "m/s", 1, 0.41),
    ("Tune", -12.0, 12.0, "st", 1, 0.5),
    ("Width", 0.0, 200.0, "%", 0, 0.5),
    ("Time of day", 0.0, 24.0, "h", 1, 0.77),
];

/// Keeps a snapshot, records every action, and does what a working engine would.
#[derive(Default)]
pub(crate) struct FakeModel {
    pub(crate) snapshot: Snapshot,
    pub(crate) actions: Vec<Action>,
    pub(crate) refreshes: usize,
    /// Measures nothing.
    pub(crate) is_deaf: bool,
}

/// A model with the editor that shows it.
#[derive(Default)]
pub(crate) struct Stage {
    pub(crate) model: FakeModel,
    pub(crate) editor: Editor,
}

impl Stage {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        let model = FakeModel {
            snapshot,
            ..FakeModel::default()
        };
        Self {
            model,
            editor: Editor::new(),
        }
    }

    /// Fills the window, as its owners do.
    pub(crate) fn show(&mut self, ui: &mut egui::Ui) {
        let window = ui.ctx().content_rect();
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(window));
        child.set_clip_rect(window);
        self.editor.show(&mut child, &mut self.model);
    }
}

impl Model for FakeModel {
    fn refresh(&mut self) {
        self.refreshes += 1;
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn act(&mut self, action: Action) {
        let snapshot = &mut self.snapshot;
        let transport = &mut snapshot.transport;
        match &action {
            Action::Play => transport.is_playing = true,
            Action::Stop => transport.is_playing = false,
            Action::Seek(position) => transport.position = *position,
            Action::SetLoop(is_on) => {
                transport
                    .range
                    .iter_mut()
                    .for_each(|range| range.is_on = *is_on);
            }
            Action::Set(Control::Macro(at), value) => {
                let used = &mut snapshot.macros[*at].used;
                used.iter_mut().for_each(|used| used.value = *value);
            }
            Action::Set(Control::Rtpc(at), value) => snapshot.game.rtpcs[*at].value = *value,
            Action::Post(at) => snapshot.game.events[*at].playing += 1,
            Action::StopPosts => {
                let events = snapshot.game.events.iter_mut();
                events.for_each(|event| event.playing = 0);
            }
            Action::SetState(group, value) => snapshot.game.states[*group].current = *value,
            Action::Set(Control::Gain(id), db) => self.change(*id, |bus| bus.gain_db = *db),
            Action::Set(Control::Pan(id), pan) => self.change(*id, |bus| bus.pan = *pan),
            Action::SetMute(id, is_on) => self.change(*id, |bus| bus.is_muted = *is_on),
            Action::SetSolo(id, is_on) => self.change(*id, |bus| bus.is_soloed = *is_on),
            Action::Analyse(bus) if !self.is_deaf => snapshot.analysis = Some(Analysis::of(*bus)),
            Action::PauseAnalysis(is_paused) => {
                let measured = snapshot.analysis.iter_mut();
                measured.for_each(|it| it.is_paused = *is_paused);
            }
            Action::DismissError(id) => snapshot.errors.retain(|error| error.id != *id),
            Action::RelocateTo(id, _) => snapshot.missing.retain(|asset| asset.id != *id),
            Action::RelocateAllIn(_) => snapshot.missing.clear(),
            _ => {}
        }
        self.actions.push(action);
    }
}

impl FakeModel {
    /// Changes the bus with this id, if there is one.
    fn change(&mut self, id: BusId, change: impl Fn(&mut Bus)) {
        let buses = self
            .snapshot
            .buses
            .iter_mut()
            .chain(&mut self.snapshot.master);
        buses.filter(|bus| bus.id == id).for_each(change);
    }

    /// What was asked for since the last call.
    pub(crate) fn take(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }
}

/// A project that plays, with as many buses.
pub(crate) fn playing(buses: usize) -> Snapshot {
    let range = Loop {
        is_on: true,
        start: Position { bar: 5, beat: 1.0 },
        end: Position { bar: 13, beat: 1.0 },
    };
    Snapshot {
        project: Project {
            name: "Harbour at Dawn".to_owned(),
            path: Some("projects/Harbour at Dawn".into()),
            is_in_session: false,
            is_dirty: true,
            state: ProjectState::Ready,
        },
        has_factory: true,
        transport: Transport {
            is_playing: true,
            position: Position {
                bar: 12,
                beat: 3.25,
            },
            seconds: 23.125,
            tempo: 118.0,
            range: Some(range),
            ..Transport::default()
        },
        buses: (0..buses).map(bus).collect(),
        master: Some(Bus {
            name: "Master".to_owned(),
            ..bus(buses)
        }),
        macros: macros(),
        performance: Performance {
            real_voices: 24,
            virtual_voices: 102,
            load: 0.12,
            worst_load: 0.31,
            sample_rate: 48_000,
            latency: 256,
        },
        ..Snapshot::default()
    }
}

/// A project with a time line.
pub(crate) fn singing() -> Snapshot {
    let piece = |name: &str, from: f64, to: f64| Piece {
        name: name.to_owned(),
        from,
        to,
    };
    let lane = |name: &str, pieces: Vec<Piece>| Lane {
        name: name.to_owned(),
        pieces,
    };
    Snapshot {
        song: Song {
            lanes: vec![
                lane(
                    "Music",
                    vec![piece("intro", 0.0, 16.0), piece("verse", 16.0, 48.0)],
                ),
                lane(
                    "Drums",
                    (4..12)
                        .map(|bar| piece("beat", f64::from(bar * 4), f64::from(bar * 4 + 3)))
                        .collect(),
                ),
                lane("Voice", vec![piece("line 12", 30.0, 34.5)]),
                lane("Stages", vec![piece("big win", 40.0, 46.0)]),
            ],
            end: 64.0,
            bars: (0..16).map(|bar| f64::from(bar * 4)).collect(),
            place: 46.25,
            range: Some([16.0, 48.0]),
        },
        ..playing(9)
    }
}

/// A project with an interactive part that plays.
pub(crate) fn gaming() -> Snapshot {
    let event = |(at, name): (usize, &&str)| GameEvent {
        name: (*name).to_owned(),
        playing: usize::from(at == 1),
    };
    let state = |name: &str, values: &[&str], current| GameState {
        name: name.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        current,
    };
    let events = [
        "Play_Footstep",
        "Play_Engine",
        "Stop_Engine",
        "Play_Impact_Metal_Heavy",
        "Start_Chase",
    ];
    let log = [
        "12.40  Start_Chase",
        "12.41  chase_layers: chase_drums",
        "13.02  Play_Footstep on hero refused: LimitEvent",
        "14.75  chase level 2 to 3",
    ];
    Snapshot {
        game: Game {
            events: events.iter().enumerate().map(event).collect(),
            rtpcs: macros()
                .into_iter()
                .filter_map(|slot| slot.used)
                .take(3)
                .collect(),
            states: vec![
                state("Combat", &["none", "calm", "fight"], 2),
                state("Place", &["none", "harbour", "cave"], 0),
            ],
            level: Some(("chase".to_owned(), 3)),
            layers: vec![("drums".to_owned(), 0.0), ("strings".to_owned(), -9.5)],
            ducks: vec![("voice over music".to_owned(), -6.0)],
            rows: 4,
            log: log.map(str::to_owned).into(),
        },
        ..playing(9)
    }
}

/// A project whose master is measured: pink noise and a tone at 1 kHz.
pub(crate) fn measured() -> Snapshot {
    let insert = |name: &str, value, unit| InsertReading {
        name: name.to_owned(),
        value,
        unit,
    };
    let pink = |at: usize| -28.0 - 10.0 * (at.max(1) as f32).log10();
    let mut spectrum: Vec<f32> = (0..2_049).map(pink).collect();
    spectrum[85] = -18.0;
    let snapshot = playing(9);
    let master = snapshot.master.as_ref().map_or(BusId(0), |bus| bus.id);
    let analysis = Analysis {
        momentary: -18.4,
        short_term: -19.0,
        max_momentary: -14.2,
        max_short_term: -17.1,
        integrated: -20.2,
        range: 6.3,
        true_peak_db: -0.4,
        plr: Some(19.8),
        correlation: 0.62,
        needles: [
            [-11.0, -12.0],
            [-10.8, -12.0],
            [-9.0, -10.0],
            [-13.0, -14.0],
        ],
        spectrum,
        hertz_per_level: 48_000.0 / 4_096.0,
        inserts: vec![
            insert("Compressor", Some(-3.4), "dB"),
            insert("Stereo tools width", Some(0.6), ""),
            insert("Limiter", None, "dB"),
        ],
        ..Analysis::of(master)
    };
    Snapshot {
        analysis: Some(analysis),
        ..snapshot
    }
}

fn bus(at: usize) -> Bus {
    let name = BUSES[at % BUSES.len()];
    let name = if at < BUSES.len() {
        name.to_owned()
    } else {
        format!("{name} {}", at + 1)
    };
    let gains = [0.0, -3.5, -6.0, -12.0, -9.5, 1.5, -18.0, -2.0, -24.0];
    let pans = [0.0, -0.2, 0.0, 0.35, -0.6, 0.15, 0.0, 0.0, 0.0];
    let wave = |seed: f32| (at as f32 * 1.7 + seed).sin() * 0.5 + 0.5;
    // One of them is too loud, one is muted, as in life.
    let clips = if at == 5 { 3 } else { 0 };
    let loud = if at == 5 { 1.4 } else { 0.6 };
    let peak = [0.08 + loud * wave(0.3), 0.08 + loud * wave(0.5)];
    Bus {
        id: BusId(at as u64 + 1),
        name,
        gain_db: gains[at % gains.len()],
        pan: pans[at % pans.len()],
        levels: Levels {
            peak,
            rms: peak.map(|peak| peak * 0.4),
            clips,
        },
        is_muted: at == 6,
        ..Bus::default()
    }
}

fn macros() -> Vec<MacroSlot> {
    let used = MACROS
        .iter()
        .map(|&(name, from, to, unit, decimals, value)| Macro {
            name: name.to_owned(),
            value,
            default: 0.5,
            range: [from, to],
            unit: unit.to_owned(),
            decimals,
        });
    let free = MacroSlot::default();
    used.map(|used| MacroSlot { used: Some(used) })
        .chain(std::iter::repeat(free))
        .take(32)
        .collect()
}

/// Nothing is open.
pub(crate) fn empty() -> Snapshot {
    let recent = ["Harbour at Dawn", "Slot 7 – Golden Reef", "Night Drive"];
    Snapshot {
        has_factory: true,
        recent: recent
            .iter()
            .map(|name| format!("projects/{name}").into())
            .collect(),
        performance: Performance {
            sample_rate: 44_100,
            latency: 512,
            ..Performance::default()
        },
        ..Snapshot::default()
    }
}

/// The first project is on its way.
pub(crate) fn loading() -> Snapshot {
    let state = ProjectState::Loading {
        fraction: 0.42,
        step: "drums/kick-01.flac".to_owned(),
    };
    let name = "Harbour at Dawn".to_owned();
    Snapshot {
        project: Project {
            name,
            path: None,
            is_in_session: false,
            is_dirty: false,
            state,
        },
        ..empty()
    }
}

/// A project with `count` errors.
pub(crate) fn failing(count: u64) -> Snapshot {
    let error = |id| ErrorReport {
        id,
        what: "The project could not be saved".to_owned(),
        value: format!("projects/harbour-{id}/project.json: no space left on the device"),
        hint: "Free some space and save again, or save it somewhere else.".to_owned(),
    };
    Snapshot {
        errors: (1..=count).map(error).collect(),
        ..playing(9)
    }
}

/// A project whose assets were moved.
pub(crate) fn missing(count: u64) -> Snapshot {
    let asset = |id| MissingAsset {
        id,
        name: format!("Kick {id:02}"),
        path: format!("assets/drums/kick-{id:02}.flac"),
    };
    Snapshot {
        missing: (1..=count).map(asset).collect(),
        ..playing(9)
    }
}
