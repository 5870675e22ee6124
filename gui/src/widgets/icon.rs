//! Pictures, drawn from lines, so that they are sharp at any scale.

use std::f32::consts::PI;

use egui::epaint::PathShape;
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

/// A picture in a field of 16 by 16 points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Stop,
    ToStart,
    Loop,
    Panic,
    Close,
    Copy,
    Warning,
    Up,
    Folder,
    File,
}

const WIDTH: f32 = 1.5;

impl Icon {
    pub(crate) fn paint(self, painter: &Painter, center: Pos2, color: Color32) {
        let at = |x: f32, y: f32| center + vec2(x, y);
        let stroke = Stroke::new(WIDTH, color);
        let solid = |points: Vec<Pos2>| Shape::convex_polygon(points, color, Stroke::NONE);
        match self {
            Self::Play => {
                painter.add(solid(vec![at(-4.0, -6.0), at(6.5, 0.0), at(-4.0, 6.0)]));
            }
            Self::Stop => {
                let rect = Rect::from_center_size(center, Vec2::splat(10.0));
                painter.rect_filled(rect, 1.0, color);
            }
            Self::ToStart => {
                let bar = Rect::from_min_max(at(-6.0, -5.0), at(-4.0, 5.0));
                painter.rect_filled(bar, 0.0, color);
                painter.add(solid(vec![at(5.5, -5.0), at(5.5, 5.0), at(-3.0, 0.0)]));
            }
            Self::Loop => paint_loop(painter, center, color),
            Self::Panic => {
                painter.circle_stroke(center, 6.0, stroke);
                painter.line_segment([at(-4.2, -4.2), at(4.2, 4.2)], stroke);
            }
            Self::Close => {
                painter.line_segment([at(-4.0, -4.0), at(4.0, 4.0)], stroke);
                painter.line_segment([at(-4.0, 4.0), at(4.0, -4.0)], stroke);
            }
            Self::Copy => {
                let sheet = |x, y| Rect::from_min_size(at(x, y), vec2(7.0, 8.0));
                let line = |points: Vec<Pos2>| Shape::line(points, stroke);
                painter.rect_stroke(sheet(-1.5, -2.5), 1.5, stroke, StrokeKind::Middle);
                let back = [
                    at(-4.0, 2.0),
                    at(-5.0, 2.0),
                    at(-5.0, -6.0),
                    at(2.0, -6.0),
                    at(2.0, -5.0),
                ];
                painter.add(line(back.to_vec()));
            }
            Self::Warning => paint_warning(painter, center, color),
            Self::Up => {
                let head = vec![at(-5.0, -0.5), at(0.0, -5.5), at(5.0, -0.5)];
                painter.add(Shape::line(head, stroke));
                painter.line_segment([at(0.0, -5.0), at(0.0, 6.0)], stroke);
            }
            Self::Folder => {
                let points = [
                    (-6.5, 5.0),
                    (-6.5, -5.0),
                    (-2.0, -5.0),
                    (-0.5, -3.0),
                    (6.5, -3.0),
                ];
                let mut points: Vec<Pos2> = points.map(|(x, y)| at(x, y)).to_vec();
                points.push(at(6.5, 5.0));
                painter.add(Shape::closed_line(points, stroke));
            }
            Self::File => {
                let points = [
                    (-4.5, -6.0),
                    (1.5, -6.0),
                    (4.5, -3.0),
                    (4.5, 6.0),
                    (-4.5, 6.0),
                ];
                let points = points.map(|(x, y)| at(x, y)).to_vec();
                painter.add(Shape::closed_line(points, stroke));
            }
        }
    }
}

/// Two half turns with arrow heads.
fn paint_loop(painter: &Painter, center: Pos2, color: Color32) {
    let stroke = Stroke::new(WIDTH, color);
    for sign in [-1.0, 1.0] {
        let at = |x: f32, y: f32| center + vec2(x, y) * sign;
        let points = vec![
            at(6.5, 0.5),
            at(6.5, -1.0),
            at(5.9, -2.6),
            at(4.4, -3.5),
            at(-3.0, -3.5),
        ];
        painter.add(Shape::line(points, stroke));
        let head = vec![at(-2.6, -6.3), at(-2.6, -0.7), at(-6.0, -3.5)];
        painter.add(Shape::convex_polygon(head, color, Stroke::NONE));
    }
}

fn paint_warning(painter: &Painter, center: Pos2, color: Color32) {
    let at = |x: f32, y: f32| center + vec2(x, y);
    let points = vec![at(0.0, -6.0), at(6.5, 5.5), at(-6.5, 5.5)];
    painter.add(Shape::closed_line(points, Stroke::new(WIDTH, color)));
    painter.line_segment([at(0.0, -2.2), at(0.0, 1.8)], Stroke::new(WIDTH, color));
    painter.circle_filled(at(0.0, 3.6), 0.9, color);
}

/// Segue's mark: two signals that cross, one going and one coming.
pub(crate) fn mark(painter: &Painter, rect: Rect, is_lit: bool) {
    let [radius, width] = [rect.width() * 0.24, (rect.width() / 12.0).max(1.5)];
    let field = theme_field(is_lit);
    painter.rect_filled(rect, radius, field[0]);
    let inner = rect.shrink(rect.width() * 0.22);
    let curve = |rises: bool| -> Vec<Pos2> {
        let points = (0..=24).map(|step| step as f32 / 24.0);
        points
            .map(|x| {
                let height = (1.0 - (PI * x).cos()) / 2.0;
                let y = if rises { 1.0 - height } else { height };
                pos2(
                    inner.left() + x * inner.width(),
                    inner.top() + y * inner.height(),
                )
            })
            .collect()
    };
    let line = |points, color| PathShape::line(points, Stroke::new(width, color));
    painter.add(line(curve(false), field[1]));
    painter.add(line(curve(true), field[2]));
}

fn theme_field(is_lit: bool) -> [Color32; 3] {
    use crate::theme::{ACCENT, ACCENT_DEEP, CONTROL, CONTROL_HOT};
    [
        if is_lit { CONTROL_HOT } else { CONTROL },
        ACCENT_DEEP,
        ACCENT,
    ]
}
