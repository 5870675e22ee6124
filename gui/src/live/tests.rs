//! A picture of a real engine that is rendered here.

use segue_engine::format::project::{Bus, Insert, LoopRegion, Macro, MacroTarget};
use segue_engine::project::open_in;
use segue_engine::rt::renderer::{BusInput, BusOutput};
use segue_engine::{Control as EngineControl, EngineConfig, Renderer, create};
use std::ops::ControlFlow;
use std::path::Path;

use super::*;

mod game;
mod measures;
mod song;
use crate::model::snapshot::Position;

const RATE: u32 = 48_000;
const BLOCK: usize = 480;
/// Decibels of a factor of two.
const HALF: f32 = -6.0206;

fn project() -> Project {
    let mut project = Project::new("Live");
    let mut drums = Bus::new("drums");
    drums.name = Some("Drums".to_owned());
    drums.inserts = vec![Insert::new("trim", "gain")];
    project.buses = vec![drums, Bus::new("voice")];
    project.length_beats = Some(32.0);
    project.loop_region = Some(LoopRegion {
        start_beats: 4.0,
        end_beats: 12.0,
        enabled: false,
        extra: Default::default(),
    });
    project.macros = vec![Macro {
        id: "m".to_owned(),
        name: "Trim".to_owned(),
        value: 1.0,
        targets: vec![MacroTarget {
            bus: "drums".to_owned(),
            insert: "trim".to_owned(),
            param: "gain".to_owned(),
            min: f64::from(HALF),
            max: 0.0,
            ..MacroTarget::default()
        }],
        ..Macro::default()
    }];
    project
}

/// An engine whose drums hear a constant 0.5, and a picture of it.
struct Rig {
    control: EngineControl,
    renderer: Renderer,
    engine: LiveEngine,
    picture: LivePicture,
    /// Frames of what was played by hand.
    at: u64,
}

fn engine(project: &Project) -> (EngineControl, Renderer, LiveEngine) {
    let (mut control, renderer, _) =
        create(EngineConfig::for_project(project, Some(RATE))).unwrap();
    let open = open_in(Path::new(""), project.clone());
    control
        .load_project(&open, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    let live = LiveEngine::new(&mut control);
    (control, renderer, live)
}

impl Rig {
    fn new() -> Self {
        Self::of(project())
    }

    fn of(project: Project) -> Self {
        let (control, renderer, engine) = engine(&project);
        let mut picture = LivePicture::new();
        picture.hold(project, Some(PathBuf::from("live")));
        picture.set_loading(None);
        let mut rig = Self {
            control,
            renderer,
            engine,
            picture,
            at: 0,
        };
        rig.run(0.1);
        rig
    }

    fn act(&mut self, action: Action) {
        if let Some(call) = self.picture.act(&action) {
            call(&mut self.control).unwrap();
        }
    }

    /// Renders, and then looks.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few seconds"
    )]
    fn run(&mut self, seconds: f64) {
        let drums = self.control.bus("drums").unwrap();
        let input = [0.5; BLOCK];
        let inputs = [BusInput {
            bus: drums,
            sides: [&input, &input],
        }];
        let blocks = (seconds * f64::from(RATE)) as usize / BLOCK;
        for _ in 0..blocks {
            let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
            let sides = [&mut left[..], &mut right[..]];
            let mut outputs = [BusOutput { bus: None, sides }];
            self.renderer.process_buses(BLOCK, &inputs, &mut outputs);
            self.control.update().unwrap();
        }
        self.engine.update(&mut self.control);
        self.look();
    }

    fn look(&mut self) {
        if let Some(call) = self.picture.refresh(Some(&self.engine)) {
            call(&mut self.control).unwrap();
        }
    }

    /// The master's level once everything has settled.
    fn level(&mut self) -> f32 {
        self.run(0.2);
        self.run(0.1);
        self.picture.snapshot().master.as_ref().unwrap().levels.peak[0]
    }

    fn bus(&self, name: &str) -> crate::Bus {
        let snapshot = self.picture.snapshot();
        let mut buses = snapshot.buses.iter().chain(&snapshot.master);
        buses.find(|bus| bus.name == name).unwrap().clone()
    }

    fn saved(&self) -> &Project {
        self.picture.project().unwrap()
    }
}

fn close(a: f32, b: f32) -> bool {
    (a - b).abs() < 1e-3
}

#[test]
fn strips_show_and_move_the_engine_and_the_project() {
    let mut rig = Rig::new();
    assert!(close(rig.level(), 0.5));
    assert!(close(rig.bus("Drums").levels.peak[1], 0.5));
    assert_eq!(rig.bus("voice").levels.peak, [0.0; 2]);
    assert!(!rig.picture.is_edited());

    let (drums, voice) = (rig.bus("Drums").id, rig.bus("voice").id);
    let master = rig.bus("Master").id;
    rig.act(Action::Set(Control::Gain(drums), HALF));
    assert!(close(rig.level(), 0.25));
    assert_eq!(rig.bus("Drums").gain_db, -6.02);
    assert_eq!(rig.saved().buses[0].gain_db, -6.02);
    rig.act(Action::Set(Control::Gain(drums), f32::NEG_INFINITY));
    assert_eq!(rig.level(), 0.0);
    assert_eq!(rig.bus("Drums").gain_db, f32::NEG_INFINITY);
    rig.act(Action::Set(Control::Gain(drums), 0.0));
    rig.act(Action::Set(Control::Pan(drums), 1.0));
    assert!(rig.level() < 1e-3);
    rig.act(Action::Set(Control::Pan(drums), 0.0));
    rig.act(Action::SetMute(master, true));
    assert_eq!(rig.level(), 0.0);
    assert!(
        rig.saved().bus(MASTER).unwrap().mute,
        "it was not listed before"
    );
    rig.act(Action::SetMute(master, false));
    rig.act(Action::SetSolo(voice, true));
    assert_eq!(rig.level(), 0.0);
    assert!(rig.bus("Drums").is_silenced && rig.bus("voice").is_soloed);
    rig.act(Action::SetSolo(voice, false));
    assert!(close(rig.level(), 0.5));
}

#[test]
fn the_transport_plays_seeks_and_repeats() {
    let mut rig = Rig::new();
    let transport = |rig: &Rig| rig.picture.snapshot().transport;
    let range = transport(&rig).range.unwrap();
    assert_eq!((range.is_on, range.start.bar, range.end.bar), (false, 2, 4));
    rig.act(Action::Seek(Position { bar: 3, beat: 2.5 }));
    rig.act(Action::Play);
    rig.run(0.25);
    let now = transport(&rig);
    assert!(now.is_playing && !now.is_hosted);
    assert_eq!(now.position.bar, 3);
    assert!((now.position.beat - 3.0).abs() < 0.05, "{now:?}");
    assert!((now.seconds - 5.0).abs() < 0.02, "{now:?}");
    rig.act(Action::SetLoop(true));
    rig.run(4.0);
    assert!(transport(&rig).range.unwrap().is_on);
    assert!((2..4).contains(&transport(&rig).position.bar));
    assert!(rig.saved().loop_region.as_ref().unwrap().enabled);
    rig.act(Action::SetLoop(false));
    rig.act(Action::Panic);
    rig.run(0.1);
    assert!(!transport(&rig).is_playing && !transport(&rig).range.unwrap().is_on);
}

#[test]
fn macros_are_turned_here_and_elsewhere() {
    let mut rig = Rig::new();
    let shown = |rig: &Rig| rig.picture.snapshot().macros[0].used.clone().unwrap();
    assert_eq!(
        (shown(&rig).name.as_str(), shown(&rig).value),
        ("Trim", 1.0)
    );
    assert!(rig.picture.snapshot().macros[1].used.is_none());
    rig.act(Action::Set(Control::Macro(0), 0.0));
    assert!(close(rig.level(), 0.25));
    assert_eq!((shown(&rig).value, shown(&rig).default), (0.0, 1.0));
    assert_eq!(rig.saved().macros[0].value, 0.0);
    rig.picture.set_macro(0, 0.75);
    assert_eq!(
        (shown(&rig).value, rig.saved().macros[0].value),
        (0.75, 0.75)
    );
    rig.picture.set_macro(9, 0.5);
}

#[test]
fn an_engine_made_from_an_older_project_catches_up() {
    let mut rig = Rig::new();
    let drums = rig.bus("Drums").id;
    rig.act(Action::Set(Control::Gain(drums), HALF));
    rig.act(Action::SetLoop(true));
    (rig.control, rig.renderer, rig.engine) = engine(&project());
    rig.run(0.1);
    assert!(close(rig.level(), 0.25));
    assert!(rig.picture.snapshot().transport.range.unwrap().is_on);
    (rig.control, rig.renderer, rig.engine) = engine(rig.picture.project().unwrap());
    assert!(close(rig.level(), 0.25), "and one that is not older stays");
}

#[test]
fn another_project_has_other_buses_and_nothing_to_save() {
    let mut rig = Rig::new();
    let drums = rig.bus("Drums").id;
    rig.act(Action::SetMute(drums, true));
    assert!(rig.picture.is_edited());
    let now = rig.saved().clone();
    rig.picture.mark_saved(now, None);
    assert!(!rig.picture.is_edited());
    rig.picture.hold(project(), None);
    assert_ne!(rig.bus("Drums").id, drums);
    assert!(rig.picture.act(&Action::SetMute(drums, true)).is_none());
    assert!(!rig.picture.is_edited() && !rig.bus("Drums").is_muted);
    rig.picture.let_go();
    rig.picture.set_loading(None);
    assert!(rig.picture.refresh(None).is_none());
    assert_eq!(*rig.picture.snapshot(), Snapshot::default());
}

#[test]
fn what_runs_without_an_engine_is_the_project() {
    let mut picture = LivePicture::new();
    picture.hold(project(), None);
    picture.set_loading(Some((
        "Next",
        Loading {
            fraction: 0.5,
            step: "a".to_owned(),
        },
    )));
    assert!(picture.refresh(None).is_none());
    let snapshot = picture.snapshot();
    assert_eq!(snapshot.project.name, "Next");
    assert_eq!(
        (snapshot.performance.sample_rate, snapshot.transport.tempo),
        (0, 120.0)
    );
    assert_eq!(snapshot.buses.len(), 2);
    picture.set_loading(None);
    assert_eq!(picture.snapshot().project.name, "Live");
    assert_eq!(picture.snapshot().project.state, ProjectState::Ready);
}

#[test]
fn before_its_first_block_an_engine_has_the_projects_tempo() {
    let mut slow = project();
    slow.tempo[0].bpm = 93.0;
    let (_control, _renderer, live) = engine(&slow);
    let mut picture = LivePicture::new();
    picture.hold(slow, None);
    picture.refresh(Some(&live));
    let transport = picture.snapshot().transport;
    assert_eq!((transport.tempo, transport.signature), (93.0, (4, 4)));
    assert!(transport.range.is_some() && !transport.is_playing);
}

#[test]
fn errors_stay_until_they_are_dismissed_and_are_told_once() {
    let mut picture = LivePicture::new();
    for round in 0..2 * ERRORS {
        picture.report("It failed", &round.to_string(), "Try again.");
        picture.report("The disk is full", "", "");
    }
    assert_eq!(picture.snapshot().errors.len(), ERRORS);
    let last = picture.snapshot().errors.last().unwrap().clone();
    assert_eq!(last.what, "The disk is full");
    let same = |picture: &LivePicture| {
        let errors = &picture.snapshot().errors;
        errors.iter().filter(|it| it.what == last.what).count()
    };
    assert_eq!(same(&picture), 1);
    picture.act(&Action::DismissError(last.id));
    assert_eq!(same(&picture), 0);
    let missing = [Unplayable {
        id: "kick".to_owned(),
        file: "assets/kick.wav".to_owned(),
        reason: "there is no such file".to_owned(),
    }];
    picture.set_unplayable(&missing);
    let shown = &picture.snapshot().missing[0];
    assert_eq!(shown.path, "assets/kick.wav: there is no such file");
    assert_eq!(picture.unplayable(shown.id), Some(&missing[0]));
}

#[test]
fn the_load_is_measured() {
    let mut rig = Rig::new();
    rig.run(0.1);
    let performance = rig.picture.snapshot().performance;
    assert_eq!(performance.sample_rate, RATE);
    assert!(performance.load > 0.0 && performance.worst_load >= performance.load);
}
