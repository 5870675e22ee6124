//! Where everything is: a pure function of the window's size.

use egui::{Rect, pos2};

use crate::theme::GRID;

pub(crate) const HEADER: f32 = 14.0 * GRID;
pub(crate) const STATUS: f32 = 6.0 * GRID;
/// Height of one error and of the room around all of them.
pub(crate) const ERROR_ROW: f32 = 12.0 * GRID;
/// Lower windows show one error at a time.
const TALL: f32 = 600.0;
/// Room around the parts of the body.
pub(crate) const MARGIN: f32 = 2.0 * GRID;
/// Height of a part's title.
pub(crate) const TITLE: f32 = 6.0 * GRID;
/// Below the strips, for their scroll bar.
pub(crate) const SCROLL_ROOM: f32 = 3.0 * GRID;

pub(crate) const MACRO_WIDTH: f32 = 18.0 * GRID;
const NARROW: f32 = 900.0;

/// The parts of the editor. They never overlap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Areas {
    pub(crate) header: Rect,
    pub(crate) body: Rect,
    pub(crate) mixer: Rect,
    pub(crate) side: Rect,
    pub(crate) macro_columns: usize,
    pub(crate) errors: Rect,
    pub(crate) status: Rect,
}

impl Areas {
    pub(crate) fn new(window: Rect, errors: usize) -> Self {
        let (header, rest) = window.split_top_bottom_at_y(window.top() + HEADER);
        let (rest, status) = rest.split_top_bottom_at_y(rest.bottom() - STATUS);
        let rows = errors.min(if window.height() < TALL { 1 } else { 2 }) as f32;
        let height = if errors == 0 {
            0.0
        } else {
            rows * (ERROR_ROW + GRID) + GRID
        };
        let (body, errors) = rest.split_top_bottom_at_y(rest.bottom() - height);
        let macro_columns = if window.width() < NARROW { 2 } else { 4 };
        let width = macro_columns as f32 * MACRO_WIDTH + 2.0 * MARGIN;
        let inner = body.shrink(MARGIN);
        let side = Rect::from_min_max(pos2(inner.right() - width, inner.top()), inner.max);
        let mixer = Rect::from_min_max(inner.min, pos2(side.left() - MARGIN, inner.bottom()));
        Self {
            header,
            body,
            mixer,
            side,
            macro_columns,
            errors,
            status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::EditorSize;
    use egui::{Pos2, vec2};

    #[test]
    fn parts_fill_the_window_and_never_overlap() {
        let smallest = EditorSize::MIN;
        for (size, errors) in [
            (smallest, 0),
            (smallest, 9),
            ([1080.0, 680.0], 1),
            ([4000.0; 2], 0),
        ] {
            let window = Rect::from_min_size(Pos2::ZERO, vec2(size[0], size[1]));
            let areas = Areas::new(window, errors);
            let parts = [
                areas.header,
                areas.mixer,
                areas.side,
                areas.errors,
                areas.status,
            ];
            for (at, part) in parts.iter().enumerate() {
                assert!(
                    window.contains_rect(*part) && part.width() >= 0.0,
                    "{size:?} {at}"
                );
                for other in &parts[at + 1..] {
                    assert!(!part.shrink(0.01).intersects(*other), "{size:?} {at}");
                }
            }
            assert!(
                areas.mixer.width() > 380.0 && areas.mixer.height() > 220.0,
                "{size:?}"
            );
            let sum = areas.header.height() + areas.body.height() + areas.errors.height();
            assert_eq!(sum + areas.status.height(), size[1]);
        }
    }
}
