//! What a frame of the editor costs: `cargo run --release -p segue-gui --example frame_cost`.
//!
//! Prints the time of building the views and of making triangles of them, for a few numbers of
//! buses, in a window of the usual size with all meters and the song position moving.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

#[path = "../tests/support/model.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod model;

use std::time::{Duration, Instant};

use egui::{Pos2, RawInput, Rect};
use segue_gui::{EditorSize, theme};

use model::{Stage, playing};

const WARM_UP: usize = 100;
const FRAMES: usize = 1_000;

fn main() {
    println!("{:>6} {:>10} {:>13}", "buses", "views (µs)", "shapes (µs)");
    for buses in [9, 32, 128] {
        let [views, shapes] = cost(buses).map(|time| time.as_secs_f64() * 1e6 / FRAMES as f64);
        println!("{buses:>6} {views:>10.0} {shapes:>13.0}");
    }
}

/// Time of all frames: views, and triangles.
fn cost(buses: usize) -> [Duration; 2] {
    let ctx = egui::Context::default();
    theme::install(&ctx);
    let mut stage = Stage::new(playing(buses));
    let mut times = [Duration::ZERO; 2];
    for frame in 0..WARM_UP + FRAMES {
        let spent = draw(&ctx, &mut stage, frame);
        if frame >= WARM_UP {
            times = std::array::from_fn(|at| times[at] + spent[at]);
        }
        stage.model.actions.clear();
    }
    times
}

fn draw(ctx: &egui::Context, stage: &mut Stage, frame: usize) -> [Duration; 2] {
    let size = EditorSize::default();
    let snapshot = &mut stage.model.snapshot;
    snapshot.transport.seconds = frame as f64 / 60.0;
    for (at, bus) in snapshot.buses.iter_mut().enumerate() {
        bus.levels.peak = [((frame + at * 7) % 60) as f32 / 60.0; 2];
    }
    let input = RawInput {
        screen_rect: Some(Rect::from_min_size(
            Pos2::ZERO,
            [size.width, size.height].into(),
        )),
        time: Some(frame as f64 / 60.0),
        ..RawInput::default()
    };
    let start = Instant::now();
    let output = ctx.run_ui(input, |ui| stage.show(ui));
    let views = start.elapsed();
    let start = Instant::now();
    let triangles = ctx.tessellate(output.shapes.clone(), ctx.pixels_per_point());
    let shapes = start.elapsed();
    assert!(!triangles.is_empty());
    output.drop_without_applying_deltas();
    [views, shapes]
}
