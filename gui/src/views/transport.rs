//! The transport: buttons, and where the song is.

use egui::{Id, Rect, Ui, Vec2, pos2, vec2};

use super::lcd;
use crate::gesture::Requests;
use crate::model::Action;
use crate::model::snapshot::{Position, Transport};
use crate::text::write_position;
use crate::widgets::IconButton;
use crate::widgets::icon::Icon;

const BUTTON: f32 = 36.0;
const GAP: f32 = 4.0;
const HEIGHT: f32 = 40.0;
/// Narrower windows do without the clock time.
const WIDE: f32 = 900.0;

/// The room that the transport takes in a window of this width.
pub(crate) fn size(window_width: f32) -> Vec2 {
    vec2(
        4.0 * (BUTTON + GAP) + 8.0 + lcd::width(window_width >= WIDE),
        HEIGHT,
    )
}

pub(crate) fn show(
    ui: &mut Ui,
    rect: Rect,
    transport: &Transport,
    is_ready: bool,
    requests: &mut Requests,
) {
    let is_enabled = is_ready && !transport.is_hosted;
    let mut left = rect.left();
    let mut button = |ui: &Ui, icon, label: &str, is_on, is_enabled| {
        let place = pos2(left, rect.center().y - BUTTON / 2.0);
        left += BUTTON + GAP;
        let button = IconButton {
            icon,
            label,
            is_on,
            is_enabled,
        };
        let id = Id::unique(("transport", icon as u8));
        button
            .show(ui, Rect::from_min_size(place, Vec2::splat(BUTTON)), id)
            .clicked()
    };
    if button(ui, Icon::ToStart, "Go to start", false, is_enabled) {
        requests.push(Action::Seek(Position::START));
    }
    if button(ui, Icon::Stop, "Stop", false, is_enabled) {
        requests.push(stop(transport));
    }
    if button(ui, Icon::Play, "Play", transport.is_playing, is_enabled) {
        requests.push(Action::Play);
    }
    let has_loop = transport.range.is_some_and(|range| range.is_on);
    let label = loop_label(transport);
    let can_loop = is_enabled && transport.range.is_some();
    if button(ui, Icon::Loop, &label, has_loop, can_loop) {
        requests.push(Action::SetLoop(!has_loop));
    }
    let display = rect.with_min_x(left + 8.0);
    lcd::show(ui, display, transport, is_enabled, requests);
}

/// A second stop goes to the start.
fn stop(transport: &Transport) -> Action {
    if transport.is_playing {
        Action::Stop
    } else {
        Action::Seek(Position::START)
    }
}

fn loop_label(transport: &Transport) -> String {
    let mut label = String::from("Loop");
    if let Some(range) = transport.range {
        label.push(' ');
        write_position(&mut label, range.start);
        label.push_str(" – ");
        write_position(&mut label, range.end);
    }
    label
}
