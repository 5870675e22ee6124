//! Which events belong into one frame.

use egui::Event;

/// How many of these events are for one frame; the others are for the next one, which is due at once.
/// egui only knows where the pointer is at the end of a frame, so a frame ends when a button goes
/// down, and before one goes up after the pointer moved: else a slow frame would take a quick hand
/// for one that pressed where it came to rest, and would lose what it dragged last.
pub fn frame_end(events: &[Event]) -> usize {
    let mut has_moved = false;
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::PointerMoved(_) => has_moved = true,
            Event::PointerButton { pressed: false, .. } if has_moved => return at,
            Event::PointerButton { .. } => return at + 1,
            _ => {}
        }
    }
    events.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Modifiers, PointerButton, Pos2};

    fn button(pressed: bool) -> Event {
        Event::PointerButton {
            pos: Pos2::ZERO,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        }
    }

    #[test]
    fn a_quick_drag_takes_three_frames() {
        let moved = || Event::PointerMoved(Pos2::ZERO);
        let mut rest = vec![
            moved(),
            button(true),
            moved(),
            moved(),
            button(false),
            moved(),
        ];
        let mut frames = Vec::new();
        while !rest.is_empty() {
            let end = frame_end(&rest);
            frames.push(end);
            rest.drain(..end);
        }
        assert_eq!(frames, [2, 2, 1, 1]);
        assert_eq!(frame_end(&[]), 0);
    }
}
