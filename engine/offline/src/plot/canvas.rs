//! Pixels, lines and small letters.

use std::path::Path;

use super::Size;
use crate::error::{Error, Result};

pub(super) type Colour = [u8; 3];

/// Three columns of five bits, from the left, top bit first.
const LETTERS: &[(char, [u8; 3])] = &[
    ('0', [0b11111, 0b10001, 0b11111]),
    ('1', [0b01001, 0b11111, 0b00001]),
    ('2', [0b10111, 0b10101, 0b11101]),
    ('3', [0b10101, 0b10101, 0b11111]),
    ('4', [0b11100, 0b00100, 0b11111]),
    ('5', [0b11101, 0b10101, 0b10111]),
    ('6', [0b11111, 0b10101, 0b10111]),
    ('7', [0b10000, 0b10000, 0b11111]),
    ('8', [0b11111, 0b10101, 0b11111]),
    ('9', [0b11101, 0b10101, 0b11111]),
    ('-', [0b00100, 0b00100, 0b00100]),
    ('.', [0b00000, 0b00001, 0b00000]),
    (':', [0b00000, 0b01010, 0b00000]),
    ('I', [0b10001, 0b11111, 0b10001]),
    ('L', [0b11111, 0b00001, 0b00001]),
    ('U', [0b11111, 0b00001, 0b11111]),
    ('F', [0b11111, 0b10100, 0b10000]),
    ('M', [0b11111, 0b01100, 0b11111]),
    ('S', [0b11101, 0b10101, 0b10111]),
];

pub(super) struct Canvas {
    size: Size,
    pixels: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(size: Size, paper: Colour) -> Self {
        let count = size.width as usize * size.height as usize;
        Self {
            size,
            pixels: paper.repeat(count),
        }
    }

    fn set(&mut self, x: u32, y: u32, colour: Colour) {
        if x < self.size.width && y < self.size.height {
            let at = (y as usize * self.size.width as usize + x as usize) * 3;
            self.pixels[at..at + 3].copy_from_slice(&colour);
        }
    }

    /// A line between two pixels, both included (Bresenham 1965).
    pub(super) fn line(&mut self, from: (u32, u32), to: (u32, u32), colour: Colour) {
        let signed = |n: u32| i64::from(n);
        let (mut x, mut y) = (signed(from.0), signed(from.1));
        let (x1, y1) = (signed(to.0), signed(to.1));
        let (dx, dy) = ((x1 - x).abs(), -(y1 - y).abs());
        let (step_x, step_y) = ((x1 - x).signum(), (y1 - y).signum());
        let mut error = dx + dy;
        loop {
            self.set(
                u32::try_from(x).unwrap_or(0),
                u32::try_from(y).unwrap_or(0),
                colour,
            );
            if (x, y) == (x1, y1) {
                return;
            }
            let twice = 2 * error;
            if twice >= dy {
                error += dy;
                x += step_x;
            }
            if twice <= dx {
                error += dx;
                y += step_y;
            }
        }
    }

    /// Letters of 6 by 10 pixels; characters without a shape are spaces.
    pub(super) fn text(&mut self, x: u32, y: u32, text: &str, colour: Colour) {
        for (n, letter) in (0..).zip(text.chars()) {
            let columns = LETTERS.iter().find(|row| row.0 == letter).map(|row| row.1);
            for (column, bits) in (0..).zip(columns.unwrap_or_default()) {
                for row in 0..5 {
                    if bits >> (4 - row) & 1 == 1 {
                        let (px, py) = (x + n * 7 + column * 2, y + row * 2);
                        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                            self.set(px + dx, py + dy, colour);
                        }
                    }
                }
            }
        }
    }

    pub(super) fn png(&self, target: &Path) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.size.width, self.size.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder
            .write_header()
            .and_then(|mut writer| {
                writer.write_image_data(&self.pixels)?;
                writer.finish()
            })
            .map_err(|e| Error::Encode {
                path: target.to_owned(),
                codec: "PNG",
                reason: e.to_string(),
            })?;
        Ok(bytes)
    }
}
