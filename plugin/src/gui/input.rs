//! What the window system tells, in egui's words.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use baseview::dpi::PhysicalPosition;
use baseview::{DropData, MouseButton, MouseEvent, ScrollDelta, WindowEvent};
use egui::{Event, Modifiers, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect, Vec2};
use keyboard_types::{Key, KeyState, KeyboardEvent, Modifiers as Held};

use segue_gui::frame_end;

use super::clipboard::Clipboard;

/// Collects what happens between two frames.
#[derive(Default)]
pub(super) struct Input {
    raw: RawInput,
    modifiers: Modifiers,
    pointer: Option<Pos2>,
    pixels_per_point: f32,
}

/// A window when its frame begins.
#[derive(Clone, Copy)]
pub(super) struct View {
    /// Width and height in pixels.
    pub(super) size: [u32; 2],
    /// Pixels per point of the display, before the user's zoom.
    pub(super) factor: f32,
    /// The user's zoom.
    pub(super) zoom: f32,
    /// Seconds since the window was opened.
    pub(super) time: f64,
}

impl Input {
    pub(super) fn new(max_texture_side: usize) -> Self {
        let raw = RawInput {
            max_texture_side: Some(max_texture_side),
            ..RawInput::default()
        };
        Self {
            raw,
            pixels_per_point: 1.0,
            ..Self::default()
        }
    }

    /// True if the last frame has not got everything.
    pub(super) fn has_more(&self) -> bool {
        !self.raw.events.is_empty()
    }

    /// Hands what has happened to the frame that begins, as far as [`frame_end`] lets it.
    pub(super) fn take(&mut self, view: View) -> RawInput {
        self.pixels_per_point = view.factor * view.zoom;
        let [width, height] = view.size.map(|side| side as f32 / self.pixels_per_point);
        let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(width, height));
        self.raw.time = Some(view.time);
        self.raw.screen_rect = Some(rect);
        let info = self
            .raw
            .viewports
            .entry(egui::ViewportId::ROOT)
            .or_default();
        info.native_pixels_per_point = Some(view.factor);
        info.inner_rect = Some(rect);
        info.focused = Some(self.raw.focused);
        let end = frame_end(&self.raw.events);
        let later = self.raw.events.split_off(end);
        let taken = self.raw.take();
        self.raw.events = later;
        taken
    }

    /// The pointer did something.
    pub(super) fn mouse(&mut self, event: MouseEvent) {
        match event {
            MouseEvent::CursorMoved {
                position,
                modifiers,
            } => {
                self.hold(modifiers);
                self.move_to(position);
            }
            MouseEvent::ButtonPressed { button, modifiers } => {
                self.hold(modifiers);
                self.press(button, true);
            }
            MouseEvent::ButtonReleased { button, modifiers } => {
                self.hold(modifiers);
                self.press(button, false);
            }
            MouseEvent::WheelScrolled { delta, modifiers } => {
                self.hold(modifiers);
                self.scroll(delta);
            }
            MouseEvent::CursorLeft => {
                self.pointer = None;
                self.raw.events.push(Event::PointerGone);
            }
            MouseEvent::DragEntered { position, data, .. }
            | MouseEvent::DragMoved { position, data, .. } => {
                self.move_to(position);
                self.raw.hovered_files = hovered(data);
            }
            MouseEvent::DragLeft => self.raw.hovered_files.clear(),
            MouseEvent::DragDropped { position, data, .. } => {
                self.move_to(position);
                self.raw.hovered_files.clear();
                self.raw.dropped_files.extend(dropped(data));
            }
            _ => {}
        }
    }

    /// A key went down or up.
    pub(super) fn key(&mut self, event: &KeyboardEvent, clipboard: &mut Clipboard) {
        self.hold(event.modifiers);
        let pressed = event.state == KeyState::Down;
        let modifiers = self.modifiers;
        let name = match &event.key {
            Key::Named(named) => named.to_string(),
            Key::Character(text) => text.clone(),
        };
        let key = egui::Key::from_name(&name);
        let edit = match key.filter(|_| pressed && modifiers.command) {
            Some(egui::Key::X) => Some(Event::Cut),
            Some(egui::Key::C) => Some(Event::Copy),
            Some(egui::Key::V) => clipboard.text().map(Event::Paste),
            _ => None,
        };
        if let Some(edit) = edit {
            self.raw.events.push(edit);
            return;
        }
        if let Some(key) = key {
            self.raw.events.push(Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: event.repeat,
                modifiers,
            });
        }
        if let Key::Character(text) = &event.key
            && pressed
            && !modifiers.ctrl
            && !modifiers.command
            && !text.chars().any(char::is_control)
        {
            self.raw.events.push(Event::Text(text.clone()));
        }
    }

    /// The window got or lost the keyboard.
    pub(super) fn window(&mut self, event: &WindowEvent) {
        let focused = match event {
            WindowEvent::Focused => true,
            WindowEvent::Unfocused => false,
            _ => return,
        };
        self.raw.focused = focused;
        self.raw.events.push(Event::WindowFocused(focused));
    }

    fn hold(&mut self, held: Held) {
        let is_mac = cfg!(target_os = "macos");
        let modifiers = Modifiers {
            alt: held.alt(),
            ctrl: held.ctrl(),
            shift: held.shift(),
            mac_cmd: is_mac && held.meta(),
            command: if is_mac { held.meta() } else { held.ctrl() },
        };
        if modifiers != self.modifiers {
            self.modifiers = modifiers;
            self.raw.events.push(Event::ModifiersChanged(modifiers));
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "places on a screen")]
    fn move_to(&mut self, position: PhysicalPosition<f64>) {
        let place = Vec2::new(position.x as f32, position.y as f32) / self.pixels_per_point;
        self.pointer = Some(place.to_pos2());
        self.raw.events.push(Event::PointerMoved(place.to_pos2()));
    }

    fn press(&mut self, button: MouseButton, pressed: bool) {
        let button = match button {
            MouseButton::Left => PointerButton::Primary,
            MouseButton::Right => PointerButton::Secondary,
            MouseButton::Middle => PointerButton::Middle,
            _ => return,
        };
        let Some(pos) = self.pointer else {
            return;
        };
        self.raw.events.push(Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers: self.modifiers,
        });
    }

    fn scroll(&mut self, delta: ScrollDelta) {
        let (unit, delta) = match delta {
            ScrollDelta::Lines { x, y } => (MouseWheelUnit::Line, Vec2::new(x, y)),
            ScrollDelta::Pixels { x, y } => {
                let pixels = Vec2::new(x, y);
                (MouseWheelUnit::Point, pixels / self.pixels_per_point)
            }
        };
        self.raw.events.push(Event::MouseWheel {
            unit,
            delta,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: self.modifiers,
        });
    }
}

fn hovered(data: DropData) -> Vec<egui::HoveredFile> {
    let file = |path| egui::HoveredFile {
        path: Some(path),
        ..egui::HoveredFile::default()
    };
    files(data).into_iter().map(file).collect()
}

fn dropped(data: DropData) -> impl Iterator<Item = egui::DroppedFileHandle> {
    let file = |path| -> egui::DroppedFileHandle { Arc::new(Dropped(path)) };
    files(data).into_iter().map(file)
}

fn files(data: DropData) -> Vec<PathBuf> {
    match data {
        DropData::Files(paths) => paths,
        _ => Vec::new(),
    }
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// The pointer that baseview shows for one of egui's.
pub(super) fn cursor(icon: egui::CursorIcon) -> baseview::MouseCursor {
    use baseview::MouseCursor as To;
    use egui::CursorIcon as From;
    match icon {
        From::None => To::Hidden,
        From::Help => To::Help,
        From::ContextMenu | From::PointingHand | From::Grab => To::Hand,
        From::Grabbing => To::HandGrabbing,
        From::Progress => To::PtrWorking,
        From::Wait => To::Working,
        From::Cell => To::Cell,
        From::Crosshair => To::Crosshair,
        From::Text => To::Text,
        From::VerticalText => To::VerticalText,
        From::Alias => To::Alias,
        From::Copy => To::Copy,
        From::Move => To::Move,
        From::NoDrop | From::NotAllowed => To::NotAllowed,
        From::AllScroll => To::AllScroll,
        From::ResizeHorizontal => To::EwResize,
        From::ResizeVertical => To::NsResize,
        From::ResizeNeSw => To::NeswResize,
        From::ResizeNwSe => To::NwseResize,
        From::ResizeColumn => To::ColResize,
        From::ResizeRow => To::RowResize,
        From::ZoomIn => To::ZoomIn,
        From::ZoomOut => To::ZoomOut,
        _ => To::Default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyboard_types::NamedKey;

    fn view(factor: f32, zoom: f32) -> View {
        View {
            size: [1600, 900],
            factor,
            zoom,
            time: 0.0,
        }
    }

    fn typed(input: &mut Input, key: Key, modifiers: Held) -> Vec<Event> {
        let event = KeyboardEvent {
            key,
            modifiers,
            state: KeyState::Down,
            ..KeyboardEvent::default()
        };
        input.key(&event, &mut Clipboard::default());
        input.take(view(1.0, 1.0)).events
    }

    #[test]
    fn places_follow_display_and_zoom() {
        let mut input = Input::new(4096);
        let raw = input.take(view(2.0, 1.25));
        assert_eq!(raw.screen_rect.unwrap().size(), Vec2::new(640.0, 360.0));
        input.mouse(MouseEvent::CursorMoved {
            position: PhysicalPosition::new(250.0, 500.0),
            modifiers: Held::empty(),
        });
        input.mouse(MouseEvent::ButtonPressed {
            button: MouseButton::Left,
            modifiers: Held::empty(),
        });
        let raw = input.take(view(2.0, 1.25));
        let at = Pos2::new(100.0, 200.0);
        assert_eq!(raw.events[0], Event::PointerMoved(at));
        assert!(
            matches!(raw.events[1], Event::PointerButton { pos, pressed: true, .. } if pos == at)
        );
        assert_eq!(raw.events.len(), 2);
    }

    #[test]
    fn letters_are_text_and_keys_and_shortcuts_are_not_text() {
        let mut input = Input::new(4096);
        let letter = || Key::Character("7".to_owned());
        let events = typed(&mut input, letter(), Held::empty());
        assert!(matches!(
            events[0],
            Event::Key {
                key: egui::Key::Num7,
                pressed: true,
                ..
            }
        ));
        assert_eq!(events[1], Event::Text("7".to_owned()));
        let events = typed(&mut input, letter(), Held::CONTROL);
        assert!(
            !events.iter().any(|it| matches!(it, Event::Text(_))),
            "{events:?}"
        );
        let copy = Key::Character("c".to_owned());
        let held = if cfg!(target_os = "macos") {
            Held::META
        } else {
            Held::CONTROL
        };
        assert!(typed(&mut input, copy, held).contains(&Event::Copy));
        let events = typed(&mut input, Key::Named(NamedKey::Escape), Held::empty());
        assert!(events.iter().any(|it| matches!(
            it,
            Event::Key {
                key: egui::Key::Escape,
                ..
            }
        )));
        assert!(!events.iter().any(|it| matches!(it, Event::Text(_))));
    }

    #[test]
    fn files_are_hovered_until_they_are_dropped() {
        let mut input = Input::new(4096);
        let data = || DropData::Files(vec![PathBuf::from("/a/b.segue")]);
        let position = PhysicalPosition::new(1.0, 1.0);
        let modifiers = Held::empty();
        input.mouse(MouseEvent::DragEntered {
            position,
            modifiers,
            data: data(),
        });
        assert_eq!(input.take(view(1.0, 1.0)).hovered_files.len(), 1);
        input.mouse(MouseEvent::DragDropped {
            position,
            modifiers,
            data: data(),
        });
        let raw = input.take(view(1.0, 1.0));
        assert!(raw.hovered_files.is_empty());
        assert_eq!(raw.dropped_files[0].path(), Path::new("/a/b.segue"));
        assert!(input.take(view(1.0, 1.0)).dropped_files.is_empty());
    }

    #[test]
    fn a_quick_hand_presses_drags_and_lets_go_where_it_was() {
        let mut input = Input::new(4096);
        let (modifiers, button) = (Held::empty(), MouseButton::Left);
        let go = |input: &mut Input, x: f64| {
            let position = PhysicalPosition::new(x, 0.0);
            input.mouse(MouseEvent::CursorMoved {
                position,
                modifiers,
            });
        };
        for _ in 0..2 {
            go(&mut input, 10.0);
            input.mouse(MouseEvent::ButtonPressed { button, modifiers });
            go(&mut input, 50.0);
            go(&mut input, 90.0);
            input.mouse(MouseEvent::ButtonReleased { button, modifiers });
        }
        let mut frames = Vec::new();
        while input.has_more() {
            let events = input.take(view(1.0, 1.0)).events;
            let name = |event: &Event| match event {
                Event::PointerMoved(at) => at.x.to_string(),
                Event::PointerButton { pressed, .. } => pressed.to_string(),
                other => format!("{other:?}"),
            };
            frames.push(events.iter().map(name).collect::<Vec<_>>().join(" "));
        }
        let expected = ["10 true", "50 90", "false", "10 true", "50 90", "false"];
        assert_eq!(frames, expected);
    }

    #[test]
    fn every_pointer_has_one() {
        assert_eq!(
            cursor(egui::CursorIcon::Default),
            baseview::MouseCursor::Default
        );
        assert_eq!(
            cursor(egui::CursorIcon::ResizeVertical),
            baseview::MouseCursor::NsResize
        );
    }
}
