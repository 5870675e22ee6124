//! Small painting helpers.

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Response, Stroke, StrokeKind};

use crate::theme;

/// One line of text that ends in an ellipsis where its room ends.
pub(crate) struct FitText<'a> {
    pub(crate) text: &'a str,
    pub(crate) font: FontId,
    pub(crate) color: Color32,
}

impl FitText<'_> {
    /// Paints into `rect` and returns true if something did not fit.
    pub(crate) fn paint(self, painter: &Painter, rect: Rect, align: Align2) -> bool {
        let format = TextFormat::simple(self.font, self.color);
        let mut job = LayoutJob::single_section(self.text.to_owned(), format);
        job.wrap = TextWrapping::truncate_at_width(rect.width());
        let galley = painter.layout_job(job);
        let place = align.align_size_within_rect(galley.size(), rect);
        let is_cut = galley.elided;
        painter.galley(place.min, galley, self.color);
        is_cut
    }
}

/// A ring around what has the focus.
pub(crate) fn focus_ring(painter: &Painter, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, theme::ACCENT);
        painter.rect_stroke(rect, theme::ROUND, stroke, StrokeKind::Inside);
    }
}

/// Brings into view what Tab has just come to.
pub(crate) fn scroll_to_focus(response: &Response) {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
}

/// The part of a horizontal way between its middle, or its start, and a place on it.
pub(crate) fn sided(rect: Rect, from: f32, to: f32) -> Rect {
    let x = |travel: f32| rect.left() + rect.width() * travel;
    let [left, right] = [from.min(to), from.max(to)].map(x);
    Rect::from_min_max(Pos2::new(left, rect.top()), Pos2::new(right, rect.bottom()))
}
