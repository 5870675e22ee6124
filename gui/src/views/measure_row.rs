//! A line of a panel: a name, a bar if there is one, a number.

use egui::{Align2, Color32, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::theme;
use crate::widgets::FitText;

/// Room for names of lines with a bar, and for their numbers.
const NAME: f32 = 32.0;
const NUMBER: f32 = 68.0;

/// A bar; places are 0 at the left and 1 at the right.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bar {
    pub(crate) from: f32,
    pub(crate) to: f32,
    /// The highest so far.
    pub(crate) mark: Option<f32>,
    /// Where it should be.
    pub(crate) tick: Option<f32>,
}

/// A line.
pub(crate) struct Row<'a> {
    name: &'a str,
    text: &'a str,
    bar: Option<Bar>,
    is_strong: bool,
    is_alarm: bool,
    /// The name has more room than the bar.
    is_wide: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn new(name: &'a str, text: &'a str) -> Self {
        Self {
            name,
            text,
            bar: None,
            is_strong: false,
            is_alarm: false,
            is_wide: false,
        }
    }

    pub(crate) fn bar(mut self, bar: Bar) -> Self {
        self.bar = Some(bar);
        self
    }

    /// The number that counts most.
    pub(crate) fn strong(mut self) -> Self {
        self.is_strong = true;
        self
    }

    /// A name of many letters before a bar.
    pub(crate) fn wide_name(mut self) -> Self {
        self.is_wide = true;
        self
    }

    pub(crate) fn alarm(mut self, is_alarm: bool) -> Self {
        self.is_alarm = is_alarm;
        self
    }

    pub(crate) fn show(self, ui: &Ui, rect: Rect) {
        let id = Id::unique(("measure", self.name));
        let response = ui.interact(rect, id, Sense::hover());
        let label = || [self.name, self.text].join(" ");
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label()));
        if !ui.is_rect_visible(rect) {
            return;
        }
        let (font, color) = match (self.is_alarm, self.is_strong) {
            (true, _) => (theme::SMALL_STRONG, theme::ALARM),
            (_, true) => (theme::SMALL_STRONG, theme::TEXT),
            _ => (theme::SMALL, theme::TEXT_SOFT),
        };
        let left = match (self.bar.is_some(), self.is_wide) {
            (true, false) => NAME,
            (true, true) => (rect.width() - NUMBER) * 0.6,
            (false, _) => rect.width() - NUMBER,
        };
        let name = FitText {
            text: self.name,
            font: theme::SMALL,
            color: theme::TEXT_FAINT,
        };
        let room = rect.with_max_x(rect.left() + left);
        name.paint(ui.painter(), room, Align2::LEFT_CENTER);
        let number = FitText {
            text: self.text,
            font,
            color,
        };
        let room = rect.with_min_x(rect.right() - NUMBER);
        number.paint(ui.painter(), room, Align2::RIGHT_CENTER);
        if let Some(bar) = self.bar {
            let center = rect.center().y;
            let well = Rect::from_min_max(
                pos2(rect.left() + left + 4.0, center - 4.0),
                pos2(rect.right() - NUMBER - 4.0, center + 4.0),
            );
            let color = if self.is_alarm {
                theme::ALARM
            } else {
                theme::ACCENT
            };
            paint(ui, well, bar, color);
        }
    }
}

fn paint(ui: &Ui, well: Rect, bar: Bar, color: Color32) {
    let painter = ui.painter();
    painter.rect_filled(well, 2.0, theme::WELL);
    let x = |place: f32| well.left() + well.width() * place;
    let (low, high) = (bar.from.min(bar.to), bar.from.max(bar.to));
    let filled = Rect::from_x_y_ranges(x(low)..=x(high), well.shrink2(vec2(0.0, 1.0)).y_range());
    painter.rect_filled(filled, 2.0, color);
    if let Some(tick) = bar.tick {
        let stroke = Stroke::new(1.0, theme::TEXT_FAINT);
        painter.vline(x(tick), well.expand2(vec2(0.0, 1.0)).y_range(), stroke);
    }
    if let Some(mark) = bar.mark {
        painter.vline(x(mark), well.y_range(), Stroke::new(1.5, theme::TEXT));
    }
}
