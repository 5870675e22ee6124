//! The editor in a window, with an invented project that plays by itself:
//! `cargo run -p segue-gui --features demo --example demo`.
//!
//! An argument chooses what to see: `playing` (the default), `empty`, `loading`, `errors`,
//! `missing`, or a number of buses.
#![forbid(unsafe_code)]
#![expect(clippy::cast_possible_truncation, reason = "invented values are small")]

#[path = "../tests/support/model.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod model;

use eframe::egui;
use segue_gui::{EditorSize, ProjectState, Snapshot, theme};

use model::{Stage, empty, failing, loading, missing, playing};

struct Demo {
    stage: Stage,
    is_still: bool,
}

impl eframe::App for Demo {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let (now, seconds) = ui.input(|input| (input.time, input.unstable_dt));
        if !self.is_still {
            play(&mut self.stage.model.snapshot, now, seconds.min(0.1));
        }
        self.stage.show(ui);
    }
}

/// Moves what an engine would move.
fn play(snapshot: &mut Snapshot, now: f64, seconds: f32) {
    if let ProjectState::Loading { fraction, .. } = &mut snapshot.project.state {
        *fraction = (*fraction + 0.05 * seconds).min(1.0);
    }
    let transport = &mut snapshot.transport;
    let is_playing = transport.is_playing;
    if is_playing {
        transport.seconds += f64::from(seconds);
        let beats = transport.seconds * transport.tempo / 60.0;
        transport.position.bar = (beats / 4.0).floor() as i32 + 1;
        transport.position.beat = beats.rem_euclid(4.0) + 1.0;
    }
    for (at, bus) in snapshot
        .buses
        .iter_mut()
        .chain(&mut snapshot.master)
        .enumerate()
    {
        let phase = now * (1.0 + at as f64 * 0.13) * 4.0;
        let beat = (1.0 - phase.fract() as f32).powi(3) * 0.8;
        let is_heard = is_playing && !bus.is_muted;
        let peak = if is_heard {
            beat * 10_f32.powf(bus.gain_db / 20.0)
        } else {
            0.0
        };
        bus.levels.peak = [peak, peak * 0.9];
        bus.levels.rms = [peak * 0.5, peak * 0.45];
        bus.levels.clips = u32::from(peak > 1.0);
    }
}

fn main() -> eframe::Result {
    let choice = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "playing".to_owned());
    let snapshot = match choice.as_str() {
        "empty" => empty(),
        "loading" => loading(),
        "errors" => failing(3),
        "missing" => missing(6),
        buses => playing(buses.parse().unwrap_or(9)),
    };
    let size = EditorSize::default();
    let viewport = egui::ViewportBuilder::default()
        .with_title("Segue")
        .with_inner_size([size.width, size.height])
        .with_min_inner_size(EditorSize::MIN);
    let options = eframe::NativeOptions {
        viewport,
        ..Default::default()
    };
    let is_still = matches!(choice.as_str(), "empty" | "errors" | "missing");
    let demo = Demo {
        stage: Stage::new(snapshot),
        is_still,
    };
    eframe::run_native(
        "segue-demo",
        options,
        Box::new(|creation| {
            theme::install(&creation.egui_ctx);
            Ok(Box::new(demo))
        }),
    )
}
