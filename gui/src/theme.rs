//! Colours, sizes and type: the look of Segue in one place.
//!
//! Dark, neutral, one accent. Every distance is a multiple of [`GRID`]; text on any surface has a
//! contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3), which a test computes.

mod fonts;

use egui::style::{ScrollStyle, Selection, WidgetVisuals, Widgets};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2};

/// The unit of all distances, in points.
pub const GRID: f32 = 4.0;
/// Corners of everything that can be pressed.
pub const ROUND: CornerRadius = CornerRadius::same(4);
/// Corners of what holds other things.
pub const ROUND_LARGE: CornerRadius = CornerRadius::same(6);

const fn rgb(code: u32) -> Color32 {
    let [_, red, green, blue] = code.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

/// Behind everything.
pub const WINDOW: Color32 = rgb(0x0F1114);
/// Bars at the edges.
pub const BAR: Color32 = rgb(0x171A1E);
/// Strips and cards.
pub const CARD: Color32 = rgb(0x1B1F24);
/// What lies above the rest: menus, dialogs, tool tips.
pub const RAISED: Color32 = rgb(0x23282F);
/// Buttons at rest.
pub const CONTROL: Color32 = rgb(0x2A3038);
/// Buttons under the pointer.
pub const CONTROL_HOT: Color32 = rgb(0x363D47);
/// Wells: what values lie in.
pub const WELL: Color32 = rgb(0x0C0E11);
/// Hairlines.
pub const LINE: Color32 = rgb(0x2B3139);
/// Lines that must be seen, such as the track of a knob.
pub const LINE_STRONG: Color32 = rgb(0x434C57);

/// Text that is read first.
pub const TEXT: Color32 = rgb(0xECEFF2);
/// Text that is read second.
pub const TEXT_SOFT: Color32 = rgb(0xABB4BF);
/// Text that is read when looked for. The faintest that may be small.
pub const TEXT_FAINT: Color32 = rgb(0x8D97A4);

/// The one accent: what is on, what has the focus, what a value is made of.
pub const ACCENT: Color32 = rgb(0x4FD6BE);
/// The accent where it lies under text or beside itself.
pub const ACCENT_DEEP: Color32 = rgb(0x1C7569);
/// Text on the accent.
pub const ON_ACCENT: Color32 = rgb(0x06201C);
/// Near the limit; muted.
pub const WARN: Color32 = rgb(0xF2B84B);
/// Over the limit; wrong.
pub const ALARM: Color32 = rgb(0xFF6B63);
/// Text on the warning colour and on the alarm colour.
pub const ON_SIGNAL: Color32 = rgb(0x221204);
/// Behind an error.
pub const ALARM_CARD: Color32 = rgb(0x2B1B1D);

/// Notes beside things: 11 points.
pub const SMALL: FontId = FontId {
    size: 11.0,
    family: FontFamily::Proportional,
};
/// Numbers and words beside things that are looked at: 11 points, medium.
pub const SMALL_STRONG: FontId = FontId {
    size: 11.0,
    family: FontFamily::Monospace,
};
/// Running text: 13 points.
pub const BODY: FontId = FontId {
    size: 13.0,
    family: FontFamily::Proportional,
};
/// Names and buttons: 13 points, medium.
pub const BODY_STRONG: FontId = FontId {
    size: 13.0,
    family: FontFamily::Monospace,
};
/// Titles: 16 points, medium.
pub const TITLE: FontId = FontId {
    size: 16.0,
    family: FontFamily::Monospace,
};
/// The position of the transport: 18 points, medium.
pub const DISPLAY: FontId = FontId {
    size: 18.0,
    family: FontFamily::Monospace,
};

/// Gives a context Segue's type and colours. Once is enough; it costs a font atlas.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts::definitions());
    ctx.set_theme(egui::Theme::Dark);
    ctx.all_styles_mut(apply);
}

fn apply(style: &mut egui::Style) {
    style.text_styles = [
        (TextStyle::Small, SMALL),
        (TextStyle::Body, BODY),
        (TextStyle::Button, BODY),
        (TextStyle::Monospace, BODY_STRONG),
        (TextStyle::Heading, TITLE),
    ]
    .into();
    style.animation_time = 0.08;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.6;
    style.url_in_tooltip = false;
    spacing(&mut style.spacing);
    visuals(&mut style.visuals);
}

fn spacing(spacing: &mut egui::style::Spacing) {
    spacing.item_spacing = Vec2::new(2.0 * GRID, GRID);
    spacing.button_padding = Vec2::new(3.0 * GRID, 1.5 * GRID);
    spacing.interact_size = Vec2::new(8.0 * GRID, 7.0 * GRID);
    spacing.menu_margin = Margin::same(4);
    spacing.window_margin = Margin::same(16);
    spacing.menu_spacing = GRID;
    spacing.tooltip_width = 320.0;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        floating_allocated_width: 0.0,
        dormant_handle_opacity: 0.35,
        ..ScrollStyle::floating()
    };
}

fn visuals(visuals: &mut egui::Visuals) {
    *visuals = egui::Visuals {
        override_text_color: None,
        widgets: widgets(),
        selection: Selection {
            bg_fill: ACCENT_DEEP,
            stroke: Stroke::new(1.0, TEXT),
        },
        hyperlink_color: ACCENT,
        faint_bg_color: CARD,
        extreme_bg_color: WELL,
        warn_fg_color: WARN,
        error_fg_color: ALARM,
        window_corner_radius: CornerRadius::same(8),
        window_fill: RAISED,
        window_stroke: Stroke::new(1.0, LINE_STRONG),
        window_shadow: shadow(24),
        menu_corner_radius: ROUND_LARGE,
        popup_shadow: shadow(12),
        panel_fill: WINDOW,
        weak_text_color: Some(TEXT_FAINT),
        disabled_alpha: 0.4,
        ..egui::Visuals::dark()
    };
    visuals.text_cursor.stroke = Stroke::new(1.5, ACCENT);
}

const fn shadow(blur: u8) -> Shadow {
    let offset = [0, 4];
    Shadow {
        offset,
        blur,
        spread: 0,
        color: Color32::from_black_alpha(120),
    }
}

fn widgets() -> Widgets {
    let visuals = |fill: Color32, stroke: Stroke, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: stroke,
        corner_radius: ROUND,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: visuals(BAR, Stroke::new(1.0, LINE), TEXT_SOFT),
        inactive: visuals(CONTROL, Stroke::NONE, TEXT),
        hovered: visuals(CONTROL_HOT, Stroke::NONE, TEXT),
        active: visuals(LINE_STRONG, Stroke::new(1.0, ACCENT), TEXT),
        open: visuals(CONTROL_HOT, Stroke::NONE, TEXT),
    }
}

/// A colour with a part of its opacity.
pub(crate) fn faded(color: Color32, opacity: f32) -> Color32 {
    color.gamma_multiply(opacity)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(color: Color32) -> f32 {
        let linear = |byte: u8| {
            let c = f32::from(byte) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(one: Color32, other: Color32) -> f32 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast(Color32::WHITE, Color32::BLACK) - 21.0).abs() < 1e-3);
        assert!((contrast(rgb(0x777777), Color32::WHITE) - 4.48).abs() < 0.01);
    }

    #[test]
    fn all_text_can_be_read_on_all_surfaces() {
        for surface in [WINDOW, BAR, CARD, RAISED, WELL, ALARM_CARD] {
            for text in [TEXT, TEXT_SOFT, TEXT_FAINT, ACCENT, WARN, ALARM] {
                let contrast = contrast(text, surface);
                assert!(contrast >= 4.5, "{text:?} on {surface:?}: {contrast}");
            }
        }
        for (text, surface) in [
            (TEXT, CONTROL),
            (TEXT, CONTROL_HOT),
            (TEXT_SOFT, CONTROL),
            (ON_ACCENT, ACCENT),
            (ON_SIGNAL, WARN),
            (ON_SIGNAL, ALARM),
            (TEXT, ACCENT_DEEP),
        ] {
            let contrast = contrast(text, surface);
            assert!(contrast >= 4.5, "{text:?} on {surface:?}: {contrast}");
        }
    }
}
