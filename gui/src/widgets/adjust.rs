//! How a hand, the keyboard and a screen reader change a value.

use egui::accesskit::{Action as Request, ActionData};
use egui::{EventFilter, Id, Key, Modifiers, Response, Ui, WidgetInfo};

use super::paint::scroll_to_focus;
use crate::gesture::Adjust;
use crate::scale::{SCALE_BOTTOM_DB, SCALE_TOP_DB, db_from_travel, travel_from_db};

/// A drag with shift held moves this much slower.
const FINE: f32 = 0.1;

/// How a value lies along the way of its control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Law {
    /// From 0 to 1, evenly.
    Unit { default: f32 },
    /// From -1 to 1, evenly, with its default in the middle.
    Sided,
    /// Decibels on the scale of faders and meters.
    Gain,
}

impl Law {
    pub(crate) fn default(self) -> f32 {
        match self {
            Self::Unit { default } => default,
            Self::Sided | Self::Gain => 0.0,
        }
    }

    /// The place of a value on its way, in 0..=1.
    pub(crate) fn travel(self, value: f32) -> f32 {
        match self {
            Self::Unit { .. } => value.clamp(0.0, 1.0),
            Self::Sided => (value.clamp(-1.0, 1.0) + 1.0) / 2.0,
            Self::Gain => travel_from_db(value),
        }
    }

    /// The value at a place, in steps that its text can show.
    fn value(self, travel: f32) -> f32 {
        match self {
            Self::Unit { .. } => travel.clamp(0.0, 1.0),
            Self::Sided => ((travel.clamp(0.0, 1.0) * 2.0 - 1.0) * 100.0).round() / 100.0,
            Self::Gain => (db_from_travel(travel) * 10.0).round() / 10.0,
        }
    }

    fn step(self) -> f32 {
        match self {
            Self::Unit { .. } => 0.01,
            Self::Sided => 0.05,
            Self::Gain => 1.0,
        }
    }

    fn ends(self) -> [f32; 2] {
        match self {
            Self::Unit { .. } => [0.0, 1.0],
            Self::Sided => [-1.0, 1.0],
            Self::Gain => [f32::NEG_INFINITY, SCALE_TOP_DB],
        }
    }

    fn clamped(self, value: f32) -> f32 {
        let [low, high] = self.ends();
        value.clamp(low, high)
    }

    /// `steps` further on.
    fn stepped(self, value: f32, steps: f32) -> f32 {
        let from = if self == Self::Gain {
            value.max(SCALE_BOTTOM_DB)
        } else {
            value
        };
        let to = self.clamped(from + steps * self.step());
        // Sums of steps stay on what is written.
        let tidy = (to * 1_000.0).round() / 1_000.0;
        if self == Self::Gain && tidy <= SCALE_BOTTOM_DB {
            f32::NEG_INFINITY
        } else {
            tidy
        }
    }

    /// A value for a screen reader: silence is the bottom of the scale there.
    fn spoken(self, value: f32) -> f64 {
        let value = if self == Self::Gain {
            value.max(SCALE_BOTTOM_DB)
        } else {
            value
        };
        f64::from(value)
    }
}

/// A control as its widget describes it.
pub(crate) struct Handle<'a> {
    pub(crate) response: &'a Response,
    pub(crate) law: Law,
    /// What the model says.
    pub(crate) value: f32,
    /// Points of pointer movement from one end to the other; positive: to the right, negative: up.
    pub(crate) way: f32,
}

/// What the editor says a control does, and what is shown while a hand is on it.
pub(crate) struct Adjusted {
    pub(crate) adjust: Adjust,
    pub(crate) shown: f32,
    /// The user wants to type: a click with the other button, or Enter with the focus.
    pub(crate) wants_entry: bool,
}

/// What the user did to a control since the last frame.
pub(crate) fn adjusted(ui: &Ui, handle: &Handle<'_>) -> Adjusted {
    let is_focused = handle.response.has_focus();
    scroll_to_focus(handle.response);
    if is_focused {
        keep_arrows(ui, handle.response.id);
    }
    let adjust = dragged(ui, handle)
        .or_else(|| reset(handle))
        .or_else(|| requested(ui, handle))
        .or_else(|| is_focused.then(|| keyed(ui, handle)).flatten())
        .unwrap_or_default();
    let held = if adjust.is_held {
        travel(ui, handle.response.id)
    } else {
        None
    };
    let shown = adjust.value.or(held.map(|travel| handle.law.value(travel)));
    Adjusted {
        adjust,
        shown: shown.unwrap_or(handle.value),
        wants_entry: handle.response.secondary_clicked()
            || is_focused && ui.input(|input| input.key_pressed(Key::Enter)),
    }
}

/// Where a dragged control stands. The model's answer may come frames later.
fn travel(ui: &Ui, id: Id) -> Option<f32> {
    ui.data(|data| data.get_temp(id))
}

fn dragged(ui: &Ui, handle: &Handle<'_>) -> Option<Adjust> {
    let response = handle.response;
    if response.drag_stopped() {
        ui.data_mut(|data| data.remove::<f32>(response.id));
        return Some(Adjust {
            is_held: true,
            is_released: true,
            value: None,
        });
    }
    if !response.dragged_by(egui::PointerButton::Primary) {
        return None;
    }
    let start = handle.law.travel(handle.value);
    let from = if response.drag_started() {
        start
    } else {
        travel(ui, response.id)?
    };
    let fine = if ui.input(|input| input.modifiers.shift) {
        FINE
    } else {
        1.0
    };
    let delta = response.drag_delta();
    let moved = if handle.way < 0.0 { delta.y } else { delta.x };
    let to = (from + moved / handle.way * fine).clamp(0.0, 1.0);
    ui.data_mut(|data| data.insert_temp(response.id, to));
    let [before, after] = [from, to].map(|travel| handle.law.value(travel));
    let value = (after != before).then_some(after);
    Some(Adjust {
        is_held: true,
        is_released: false,
        value,
    })
}

fn reset(handle: &Handle<'_>) -> Option<Adjust> {
    handle
        .response
        .double_clicked()
        .then(|| Adjust::once(handle.law.default()))
}

/// What a screen reader or a test asks for.
fn requested(ui: &Ui, handle: &Handle<'_>) -> Option<Adjust> {
    let id = handle.response.id;
    let (set, steps) = ui.input(|input| {
        let set = input.accesskit_action_requests(id, Request::SetValue);
        let set = set.filter_map(|request| match request.data {
            Some(ActionData::NumericValue(value)) => Some(value),
            _ => None,
        });
        let count = |request| input.num_accesskit_action_requests(id, request) as f32;
        (
            set.last(),
            count(Request::Increment) - count(Request::Decrement),
        )
    });
    if let Some(value) = set.filter(|value| value.is_finite()) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a value of a control is an f32"
        )]
        return Some(Adjust::once(handle.law.stepped(value as f32, 0.0)));
    }
    (steps != 0.0).then(|| Adjust::once(handle.law.stepped(handle.value, steps)))
}

/// Arrows: a step, with shift a tenth of it; page keys: ten; Home and End: the ends; Delete: default.
fn keyed(ui: &Ui, handle: &Handle<'_>) -> Option<Adjust> {
    let law = handle.law;
    let (steps, end, is_reset) = ui.input(|input| {
        let count = |keys: [Key; 2]| {
            keys.map(|key| input.num_presses(key) as f32)
                .iter()
                .sum::<f32>()
        };
        let arrows =
            count([Key::ArrowUp, Key::ArrowRight]) - count([Key::ArrowDown, Key::ArrowLeft]);
        let pages = input.num_presses(Key::PageUp) as f32 - input.num_presses(Key::PageDown) as f32;
        let fine = if input.modifiers.contains(Modifiers::SHIFT) {
            FINE
        } else {
            1.0
        };
        let end = [Key::Home, Key::End]
            .iter()
            .position(|key| input.key_pressed(*key));
        let is_reset = input.key_pressed(Key::Delete) || input.key_pressed(Key::Backspace);
        (arrows * fine + pages * 10.0, end, is_reset)
    });
    if is_reset {
        return Some(Adjust::once(law.default()));
    }
    if let Some(end) = end {
        return Some(Adjust::once(law.ends()[end]));
    }
    (steps != 0.0).then(|| Adjust::once(law.stepped(handle.value, steps)))
}

/// Arrow keys change the value and do not walk to the next control; Tab does.
fn keep_arrows(ui: &Ui, id: Id) {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..Default::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
}

/// Tells a screen reader what a control is.
pub(crate) fn describe(ui: &Ui, handle: &Handle<'_>, shown: f32, label: &str, text: &str) {
    let law = handle.law;
    let is_enabled = handle.response.enabled();
    handle
        .response
        .widget_info(|| WidgetInfo::slider(is_enabled, law.spoken(shown), label));
    let [low, high] = law.ends();
    ui.ctx().accesskit_node_builder(handle.response.id, |node| {
        node.set_min_numeric_value(law.spoken(low));
        node.set_max_numeric_value(law.spoken(high));
        node.set_numeric_value_step(f64::from(law.step()));
        node.set_value(text);
        if is_enabled {
            node.add_action(Request::SetValue);
            node.add_action(Request::Increment);
            node.add_action(Request::Decrement);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAWS: [Law; 3] = [Law::Unit { default: 0.25 }, Law::Sided, Law::Gain];

    #[test]
    fn values_and_travels_are_each_others_inverse() {
        for law in LAWS {
            for step in 0..=200 {
                let value = law.value(step as f32 / 200.0);
                let back = law.value(law.travel(value));
                assert!(
                    back == value || (back - value).abs() < 1e-4,
                    "{law:?} {value}: {back}"
                );
            }
            assert_eq!(law.value(law.travel(law.default())), law.default());
        }
    }

    #[test]
    fn steps_end_at_the_ends() {
        for law in LAWS {
            let [low, high] = law.ends();
            assert_eq!(law.stepped(low, -1.0), low);
            assert_eq!(law.stepped(high, 1.0), high);
            assert_eq!(law.stepped(low, 1e9), high);
            assert_eq!(law.stepped(high, -1e9), low);
        }
        assert_eq!(
            Law::Gain.stepped(f32::NEG_INFINITY, 1.0),
            SCALE_BOTTOM_DB + 1.0
        );
        assert_eq!(Law::Gain.stepped(-6.0, 0.1), -5.9);
    }
}
