//! How large the editor is: plain data that the owner keeps with its other settings.

/// Size of the editor and how much the user enlarged it.
///
/// All sizes are logical points. A window has `width × scale` by `height × scale` of the points
/// that its display has, and the display's own factor makes pixels of those:
/// [`EditorSize::pixels`]. The scale reaches egui as its zoom factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EditorSize {
    /// Points across, before the scale.
    pub width: f32,
    /// Points down, before the scale.
    pub height: f32,
    /// How much the user enlarged everything; 1.0 is the size of other programs.
    pub scale: f32,
}

impl EditorSize {
    /// Nothing overlaps and nothing is cut off from here on.
    pub const MIN: [f32; 2] = [720.0, 480.0];
    /// Larger windows are more than any display has.
    pub const MAX: [f32; 2] = [7680.0, 4320.0];
    /// The scales that a user may choose.
    pub const SCALES: [f32; 6] = [0.75, 1.0, 1.25, 1.5, 2.0, 3.0];

    /// The nearest size that the editor can have. What is no number becomes the default.
    pub fn fitted(self) -> Self {
        let default = Self::default();
        let fit = |value: f32, min: f32, max: f32, default: f32| {
            if value.is_finite() {
                value.clamp(min, max)
            } else {
                default
            }
        };
        let [least, most] = [Self::SCALES[0], Self::SCALES[Self::SCALES.len() - 1]];
        Self {
            width: fit(self.width, Self::MIN[0], Self::MAX[0], default.width).round(),
            height: fit(self.height, Self::MIN[1], Self::MAX[1], default.height).round(),
            scale: fit(self.scale, least, most, default.scale),
        }
    }

    /// Pixels of the window on a display with `display_factor` pixels a point.
    pub fn pixels(self, display_factor: f32) -> [u32; 2] {
        let factor = self.scale * display_factor;
        [
            to_pixels(self.width * factor),
            to_pixels(self.height * factor),
        ]
    }

    /// The size of a window that somebody made `pixels` large, with this one's scale.
    pub fn resized(self, pixels: [u32; 2], display_factor: f32) -> Self {
        let factor = self.scale * display_factor;
        let [width, height] = pixels.map(|side| side as f32 / factor);
        Self {
            width,
            height,
            ..self
        }
        .fitted()
    }
}

impl Default for EditorSize {
    fn default() -> Self {
        Self {
            width: 1080.0,
            height: 680.0,
            scale: 1.0,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what fits before"
)]
fn to_pixels(side: f32) -> u32 {
    side.round().clamp(1.0, 65_535.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_size_becomes_one_that_works() {
        let odd = EditorSize {
            width: 1.0,
            height: f32::NAN,
            scale: 1e9,
        };
        let fitted = odd.fitted();
        assert_eq!(
            (fitted.width, fitted.height, fitted.scale),
            (720.0, 680.0, 3.0)
        );
        assert_eq!(EditorSize::default().fitted(), EditorSize::default());
    }

    #[test]
    fn a_window_keeps_its_size_over_being_closed_and_opened() {
        for factor in [1.0, 1.25, 1.5, 2.0] {
            for scale in EditorSize::SCALES {
                let size = EditorSize {
                    width: 913.0,
                    height: 577.0,
                    scale,
                };
                assert_eq!(size.resized(size.pixels(factor), factor), size);
            }
        }
    }
}
