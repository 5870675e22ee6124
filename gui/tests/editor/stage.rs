//! Puts an editor on a stage and plays the user.

use egui::{Event, Modifiers, PointerButton, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use segue_gui::{Action, EditorSize, Snapshot, theme};

use crate::model::Stage;
use crate::raster::Raster;

/// A stage of a size and a scale, at 60 frames a second.
pub fn stage_of<'a>(snapshot: Snapshot, size: [f32; 2], scale: f32) -> Harness<'a, Stage> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_step_dt(1.0 / 60.0)
        .with_render_cursor(false)
        .renderer(Raster::default())
        .with_context_setup(theme::install)
        .build_ui_state(|ui, stage: &mut Stage| stage.show(ui), Stage::new(snapshot));
    harness.state_mut().model.take();
    harness
}

/// A stage of the usual size.
pub fn stage<'a>(snapshot: Snapshot) -> Harness<'a, Stage> {
    let size = EditorSize::default();
    stage_of(snapshot, [size.width, size.height], 1.0)
}
