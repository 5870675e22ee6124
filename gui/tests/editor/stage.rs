//! Puts an editor on a stage and plays the user.

use egui::accesskit::Role;
use egui::{Event, Modifiers, PointerButton, Pos2, Rect, Vec2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use segue_gui::{Action, EditorSize, Snapshot, theme};

use crate::model::Stage;
use crate::raster::Raster;

/// A stage of a size and a scale, at 60 frames a second.
pub(crate) fn stage_of<'a>(snapshot: Snapshot, size: [f32; 2], scale: f32) -> Harness<'a, Stage> {
    let mut harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_step_dt(1.0 / 60.0)
        .with_render_cursor(false)
        .with_max_steps(16)
        .renderer(Raster::default())
        .with_context_setup(theme::install)
        .build_ui_state(|ui, stage: &mut Stage| stage.show(ui), Stage::new(snapshot));
    harness.run();
    harness.state_mut().model.take();
    harness
}

/// A stage of the usual size.
pub(crate) fn stage<'a>(snapshot: Snapshot) -> Harness<'a, Stage> {
    let size = EditorSize::default();
    stage_of(snapshot, [size.width, size.height], 1.0)
}

/// The user's side of a stage.
pub(crate) trait User {
    /// A fader, a pan or a knob by its name.
    fn slider<'s>(&'s self, label: &'s str) -> Node<'s>;
    /// What was asked for since the last call.
    fn take(&mut self) -> Vec<Action>;
    fn click(&mut self, label: &str);
    fn right_click(&mut self, label: &str);
    fn double_click(&mut self, label: &str);
    /// Presses on the middle of a slider, moves by each of these and lets go.
    fn drag(&mut self, label: &str, moves: &[Vec2], modifiers: Modifiers);
    fn focus(&mut self, label: &str);
    fn press(&mut self, modifiers: Modifiers, key: egui::Key);
    /// Replaces what is in the open field and presses Enter.
    fn enter(&mut self, text: &str);
    fn send(&mut self, event: Event);
}

impl User for Harness<'_, Stage> {
    fn slider<'s>(&'s self, label: &'s str) -> Node<'s> {
        self.get_by_role_and_label(Role::Slider, label)
    }

    fn take(&mut self) -> Vec<Action> {
        self.state_mut().model.take()
    }

    fn click(&mut self, label: &str) {
        self.get_by_role_and_label(Role::Button, label).click();
        self.run();
    }

    fn right_click(&mut self, label: &str) {
        self.slider(label).click_secondary();
        self.run();
    }

    fn double_click(&mut self, label: &str) {
        let place = self.slider(label).rect().center();
        self.hover_at(place);
        // So long that the clicks before these do not count.
        self.run_steps(60);
        for pressed in [true, false, true, false] {
            self.send(button(place, pressed, Modifiers::NONE));
        }
        self.run();
    }

    fn drag(&mut self, label: &str, moves: &[Vec2], modifiers: Modifiers) {
        let mut place = self.slider(label).rect().center();
        self.hover_at(place);
        self.run();
        self.send(Event::ModifiersChanged(modifiers));
        self.send(button(place, true, modifiers));
        for by in moves {
            place += *by;
            self.send(Event::PointerMoved(place));
        }
        self.send(button(place, false, modifiers));
        self.send(Event::ModifiersChanged(Modifiers::NONE));
        self.run();
    }

    fn focus(&mut self, label: &str) {
        self.slider(label).focus();
        self.run();
    }

    fn press(&mut self, modifiers: Modifiers, key: egui::Key) {
        self.key_press_modifiers(modifiers, key);
        self.run();
    }

    fn enter(&mut self, text: &str) {
        self.send(Event::Text(text.to_owned()));
        self.press(Modifiers::NONE, egui::Key::Enter);
    }

    fn send(&mut self, event: Event) {
        self.event(event);
        self.step();
    }
}

fn button(pos: Pos2, pressed: bool, modifiers: Modifiers) -> Event {
    Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers,
    }
}

/// Up by this much: the way faders and knobs grow.
pub(crate) fn up(points: f32) -> Vec2 {
    vec2(0.0, -points)
}

/// The visible widgets that a user can point at or read.
pub(crate) fn parts(harness: &Harness<'_, Stage>) -> Vec<(String, Rect)> {
    let roles = [Role::Button, Role::Slider, Role::Meter, Role::Label];
    let nodes = harness.root().children_recursive();
    nodes
        .filter(|node| roles.contains(&node.accesskit_node().role()))
        .map(|node| {
            let name = node.accesskit_node().label().or_else(|| node.value());
            (name.unwrap_or_default(), node.rect())
        })
        .collect()
}
