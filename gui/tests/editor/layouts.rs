//! Nothing overlaps and nothing is cut off, at any size and scale.

use egui::epaint::Shape;
use segue_gui::EditorSize;

use crate::model::playing;
use crate::stage::{parts, stage_of};

const SIZES: [[f32; 2]; 3] = [EditorSize::MIN, [1080.0, 680.0], [1920.0, 1080.0]];

#[test]
fn parts_are_inside_and_apart() {
    for size in SIZES {
        for scale in [1.0, 2.0] {
            // As much as fits the smallest editor without scrolling.
            let mut snapshot = playing(4);
            snapshot.macros.truncate(8);
            let stage = stage_of(snapshot, size, scale);
            let parts = parts(&stage);
            assert!(parts.len() > 60, "{}", parts.len());
            let window = egui::Rect::from_min_size(egui::Pos2::ZERO, size.into());
            for (at, (name, rect)) in parts.iter().enumerate() {
                assert!(
                    window.contains_rect(*rect),
                    "{name} at {rect:?} in {size:?}"
                );
                for (other_name, other) in &parts[at + 1..] {
                    let shared = rect.shrink(0.5).intersects(other.shrink(0.5));
                    assert!(
                        !shared,
                        "{name} {rect:?} and {other_name} {other:?} in {size:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_value_is_cut_off() {
    for scale in [0.75, 1.0, 1.5, 2.0] {
        let mut snapshot = playing(4);
        for (bus, db) in snapshot
            .buses
            .iter_mut()
            .zip([-69.9, -12.0, 12.0, f32::NEG_INFINITY])
        {
            bus.gain_db = db;
            bus.pan = -1.0;
        }
        let stage = stage_of(snapshot, [1080.0, 680.0], scale);
        for clipped in &stage.output().shapes {
            if let Shape::Text(text) = &clipped.shape {
                assert!(!text.galley.elided, "{} at {scale}", text.galley.text());
            }
        }
    }
}

/// What can be pressed is at least as large as WCAG 2.2, 2.5.8 asks for, in one direction or both.
#[test]
fn targets_can_be_hit() {
    let stage = stage_of(playing(4), EditorSize::MIN, 1.0);
    for (name, rect) in parts(&stage) {
        let is_control = ["Gain", "Mute", "Solo", "Pan", "Play", "Stop"];
        if is_control.iter().any(|word| name.starts_with(word)) {
            assert!(rect.width().min(rect.height()) >= 24.0, "{name}: {rect:?}");
        }
    }
}
