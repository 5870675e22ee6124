//! What a frame of the editor costs: `cargo run --release -p segue-gui --example frame_cost`.
//!
//! Prints the CPU time of this thread for a frame of the real views over the picture of an engine
//! that plays: medians, for a few numbers of buses, in a window of the usual size. The transport runs
//! and every meter moves. *views* is the look at the engine and the building of all views, *shapes*
//! is making triangles of them; what a graphics card does with those is not in it.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use cpu_time::ThreadTime;
use egui::{Pos2, RawInput, Rect};
use segue_engine::format::project::{Bus, Macro};
use segue_engine::project::{Project, open_in};
use segue_engine::rt::ids::BusId;
use segue_engine::rt::renderer::{BusInput, BusOutput};
use segue_engine::{Control, EngineConfig, Error, Renderer, create};
use segue_gui::{Action, Editor, EditorSize, LiveEngine, LivePicture, Model, Snapshot, theme};

const RATE: u32 = 48_000;
/// Frames of sound between two frames of the editor.
const BLOCK: usize = 800;
const WARM_UP: usize = 100;
const FRAMES: usize = 1_000;

fn main() -> Result<(), Error> {
    println!("{:>6} {:>10} {:>13}", "buses", "views (µs)", "shapes (µs)");
    for buses in [9, 32, 128] {
        let [views, shapes] = cost(buses)?.map(|time| time.as_secs_f64() * 1e6);
        println!("{buses:>6} {views:>10.0} {shapes:>13.0}");
    }
    Ok(())
}

/// An engine that plays, its picture, and the editor that shows it.
struct Stage {
    control: Control,
    renderer: Renderer,
    buses: Vec<BusId>,
    model: Live,
    editor: Editor,
}

struct Live {
    engine: LiveEngine,
    picture: LivePicture,
}

impl Model for Live {
    fn refresh(&mut self) {
        // Nobody changes anything, so there is nothing to bring to the engine.
        _ = self.picture.refresh(Some(&self.engine));
    }

    fn snapshot(&self) -> &Snapshot {
        self.picture.snapshot()
    }

    fn act(&mut self, action: Action) {
        _ = self.picture.act(&action);
    }
}

/// So many buses, and all macros that there is room for.
fn project(buses: usize) -> Project {
    let mut project = Project::new("Frame cost");
    project.buses = (0..buses)
        .map(|bus| Bus::new(format!("bus {bus}")))
        .collect();
    let entry = |number: usize| Macro {
        id: format!("m{number}"),
        name: format!("Macro {number}"),
        value: number as f64 / 32.0,
        ..Macro::default()
    };
    project.macros = (0..32).map(entry).collect();
    project
}

impl Stage {
    fn new(buses: usize) -> Result<Self, Error> {
        let project = project(buses);
        let config = EngineConfig::for_project(&project, Some(RATE));
        let (mut control, renderer, _) = create(config)?;
        let open = open_in(Path::new(""), project.clone());
        control.load_project(&open, &mut |_| ControlFlow::Continue(()))?;
        control.play()?;
        let ids = project.buses.iter().map(|bus| control.bus(&bus.id));
        let mut picture = LivePicture::new();
        let (buses, engine) = (
            ids.collect::<Result<_, _>>()?,
            LiveEngine::new(&mut control),
        );
        picture.hold(project, None);
        picture.set_loading(None);
        Ok(Self {
            control,
            renderer,
            buses,
            model: Live { engine, picture },
            editor: Editor::new(),
        })
    }

    /// Plays up to the next frame, each bus at a level of its own that goes up and down.
    fn play(&mut self, frame: usize) -> Result<(), Error> {
        let levels: Vec<[f32; BLOCK]> = (0..self.buses.len())
            .map(|bus| [((frame + bus * 7) % 60) as f32 / 240.0; BLOCK])
            .collect();
        let inputs = self.buses.iter().zip(&levels);
        let inputs: Vec<BusInput<'_>> = inputs
            .map(|(bus, level)| BusInput {
                bus: *bus,
                sides: [level, level],
            })
            .collect();
        let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
        let sides = [&mut left[..], &mut right[..]];
        let mut outputs = [BusOutput { bus: None, sides }];
        self.renderer.process_buses(BLOCK, &inputs, &mut outputs);
        self.control.update()?;
        self.model.engine.update(&mut self.control);
        Ok(())
    }
}

/// Median times of a frame: views, and triangles.
fn cost(buses: usize) -> Result<[Duration; 2], Error> {
    let ctx = egui::Context::default();
    theme::install(&ctx);
    let mut stage = Stage::new(buses)?;
    let mut times = [Vec::new(), Vec::new()];
    for frame in 0..WARM_UP + FRAMES {
        stage.play(frame)?;
        let spent = draw(&ctx, &mut stage, frame);
        if frame >= WARM_UP {
            times
                .iter_mut()
                .zip(spent)
                .for_each(|(all, one)| all.push(one));
        }
    }
    Ok(times.map(|mut all| {
        all.sort();
        all[all.len() / 2]
    }))
}

fn draw(ctx: &egui::Context, stage: &mut Stage, frame: usize) -> [Duration; 2] {
    let size = EditorSize::default();
    let input = RawInput {
        screen_rect: Some(Rect::from_min_size(
            Pos2::ZERO,
            [size.width, size.height].into(),
        )),
        time: Some(frame as f64 / 60.0),
        ..RawInput::default()
    };
    let start = ThreadTime::now();
    let output = ctx.run_ui(input, |ui| {
        let window = ui.ctx().content_rect();
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(window));
        child.set_clip_rect(window);
        stage.editor.show(&mut child, &mut stage.model);
    });
    let views = start.elapsed();
    let start = ThreadTime::now();
    let triangles = ctx.tessellate(output.shapes.clone(), ctx.pixels_per_point());
    let shapes = start.elapsed();
    assert!(!triangles.is_empty());
    output.drop_without_applying_deltas();
    [views, shapes]
}
