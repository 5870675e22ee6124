//! A stereo meter: peak behind RMS, the highest point held, a lamp for clipping.

use egui::{Color32, Id, Mesh, Rect, Response, Role, Sense, Shape, Ui, WidgetInfo, pos2, vec2};

use super::fader::scale_in;
use super::snapped;
use crate::ballistics::MeterBallistics;
use crate::model::snapshot::Levels;
use crate::scale::{SCALE_BOTTOM_DB, SCALE_TOP_DB, db_from_magnitude, travel_from_db};
use crate::theme;

/// What a strip remembers of its meter between frames.
#[derive(Clone, Debug)]
pub(crate) struct StripMeter {
    peak: [MeterBallistics; 2],
    rms: [MeterBallistics; 2],
    /// The highest peak since the user last looked.
    pub(crate) highest_db: f32,
    /// It clipped since the user last looked.
    pub(crate) has_clipped: bool,
}

impl StripMeter {
    pub(crate) fn new() -> Self {
        let bar = MeterBallistics::new(SCALE_BOTTOM_DB);
        let highest_db = f32::NEG_INFINITY;
        Self {
            peak: [bar; 2],
            rms: [bar; 2],
            highest_db,
            has_clipped: false,
        }
    }

    /// Lets time pass and sees what happened in it. True while something moves.
    pub(crate) fn update(&mut self, levels: &Levels, seconds: f32) -> bool {
        for channel in 0..2 {
            let peak_db = db_from_magnitude(levels.peak[channel]);
            self.peak[channel].update(peak_db, seconds);
            self.rms[channel].update(db_from_magnitude(levels.rms[channel]), seconds);
            self.highest_db = self.highest_db.max(peak_db);
        }
        self.has_clipped |= levels.clips > 0;
        !self
            .peak
            .iter()
            .chain(&self.rms)
            .all(MeterBallistics::is_at_rest)
    }

    pub(crate) fn reset_clip(&mut self) {
        self.highest_db = f32::NEG_INFINITY;
        self.has_clipped = false;
    }
}

/// Colours along the scale; each piece blends from one to the next.
const COLORS: [(f32, Color32); 7] = [
    (SCALE_BOTTOM_DB, theme::ACCENT_DEEP),
    (-30.0, Color32::from_rgb(0x2C, 0xA8, 0x94)),
    (-12.0, theme::ACCENT),
    (-6.0, Color32::from_rgb(0xC9, 0xD0, 0x6A)),
    (-2.0, theme::WARN),
    (0.0, Color32::from_rgb(0xFA, 0x94, 0x57)),
    (SCALE_TOP_DB, theme::ALARM),
];
const LAMP: f32 = 4.0;

/// Draws a meter as high as the fader beside it. A click on it resets the lamp.
pub(crate) fn meter(ui: &Ui, rect: Rect, id: Id, label: &str, state: &StripMeter) -> Response {
    let response = ui.interact(rect, id, Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, label));
    let loudest = state
        .peak
        .iter()
        .map(MeterBallistics::level_db)
        .fold(SCALE_BOTTOM_DB, f32::max);
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_numeric_value(f64::from(loudest));
        node.set_min_numeric_value(f64::from(SCALE_BOTTOM_DB));
        node.set_max_numeric_value(f64::from(SCALE_TOP_DB));
    });
    if ui.is_rect_visible(rect) {
        paint(ui, rect, state);
    }
    response
}

fn paint(ui: &Ui, rect: Rect, state: &StripMeter) {
    let scale = scale_in(rect);
    let lamp_top = scale.top() - LAMP - 4.0;
    let lamp = Rect::from_min_size(pos2(rect.left(), lamp_top), vec2(rect.width(), LAMP));
    let color = if state.has_clipped {
        theme::ALARM
    } else {
        theme::WELL
    };
    ui.painter().rect_filled(snapped(ui, lamp), 1.0, color);
    let width = (rect.width() - 2.0) / 2.0;
    for channel in 0..2 {
        let left = rect.left() + channel as f32 * (width + 2.0);
        let bar = Rect::from_min_size(pos2(left, scale.top()), vec2(width, scale.height()));
        let bar = snapped(ui, bar);
        ui.painter().rect_filled(bar, 1.0, theme::WELL);
        column(ui, bar, state.peak[channel].level_db(), 0.5);
        column(ui, bar, state.rms[channel].level_db(), 1.0);
        held(ui, bar, state.peak[channel].held_db());
    }
}

/// The scale's colours from the bottom up to a level.
fn column(ui: &Ui, bar: Rect, level_db: f32, opacity: f32) {
    if level_db <= SCALE_BOTTOM_DB {
        return;
    }
    let y = |db: f32| bar.bottom() - bar.height() * travel_from_db(db);
    let mut mesh = Mesh::default();
    for pair in COLORS.windows(2) {
        let ((from_db, from), (to_db, to)) = (pair[0], pair[1]);
        if level_db <= from_db {
            break;
        }
        let end_db = level_db.min(to_db);
        let part = (travel_from_db(end_db) - travel_from_db(from_db))
            / (travel_from_db(to_db) - travel_from_db(from_db));
        let [low, high] = [from, from.lerp_to_gamma(to, part)].map(|c| theme::faded(c, opacity));
        let area = Rect::from_x_y_ranges(bar.x_range(), y(end_db)..=y(from_db));
        quad(&mut mesh, area, high, low);
    }
    ui.painter().add(Shape::mesh(mesh));
}

fn quad(mesh: &mut Mesh, area: Rect, above: Color32, below: Color32) {
    let corners = [
        (area.left_top(), above),
        (area.right_top(), above),
        (area.left_bottom(), below),
        (area.right_bottom(), below),
    ];
    let first = u32::try_from(mesh.vertices.len()).unwrap_or(u32::MAX);
    for (place, color) in corners {
        mesh.colored_vertex(place, color);
    }
    mesh.add_triangle(first, first + 1, first + 2);
    mesh.add_triangle(first + 1, first + 2, first + 3);
}

fn held(ui: &Ui, bar: Rect, held_db: f32) {
    if held_db <= SCALE_BOTTOM_DB {
        return;
    }
    let y = bar.bottom() - bar.height() * travel_from_db(held_db);
    let line = Rect::from_min_size(pos2(bar.left(), y - 1.0), vec2(bar.width(), 1.5));
    ui.painter()
        .rect_filled(snapped(ui, line), 0.0, color_at(held_db));
}

fn color_at(db: f32) -> Color32 {
    let piece = COLORS.windows(2).find(|pair| db <= pair[1].0);
    piece.map_or(theme::ALARM, |pair| {
        let part = (db - pair[0].0) / (pair[1].0 - pair[0].0);
        pair[0].1.lerp_to_gamma(pair[1].1, part.clamp(0.0, 1.0))
    })
}
