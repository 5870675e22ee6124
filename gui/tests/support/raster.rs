//! Paints egui's triangles with the CPU, so that pictures need no graphics card and are the same
//! everywhere: premultiplied alpha, blended in gamma space as egui's own painters do.

use std::collections::HashMap;

use egui::epaint::{ImageData, Primitive, Vertex};
use egui::{Color32, Rect, TextureId, TexturesDelta, pos2};
use egui_kittest::TestRenderer;
use image::RgbaImage;

#[derive(Default)]
pub(crate) struct Raster {
    textures: HashMap<TextureId, Texture>,
}

#[derive(Default)]
struct Texture {
    size: [usize; 2],
    pixels: Vec<Color32>,
}

impl TestRenderer for Raster {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, images) in delta.set.drain() {
            let texture = self.textures.entry(id).or_default();
            for image in images {
                let ImageData::Color(pixels) = &image.image;
                texture.take(pixels.size, &pixels.pixels, image.pos);
            }
        }
        delta
            .free
            .drain()
            .for_each(|id| drop(self.textures.remove(&id)));
    }

    fn render(
        &mut self,
        ctx: &egui::Context,
        output: &egui::FullOutput,
    ) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let mut canvas = Canvas::new(size.x.round() as usize, size.y.round() as usize);
        for primitive in ctx.tessellate(output.shapes.clone(), scale) {
            let Primitive::Mesh(mesh) = primitive.primitive else {
                continue;
            };
            let texture = self
                .textures
                .get(&mesh.texture_id)
                .ok_or("an unknown texture")?;
            let clip = primitive.clip_rect * scale;
            for corners in mesh.indices.chunks_exact(3) {
                let corner = |at: usize| {
                    let vertex = mesh.vertices[corners[at] as usize];
                    Vertex {
                        pos: vertex.pos * scale,
                        ..vertex
                    }
                };
                canvas.triangle([corner(0), corner(1), corner(2)], clip, texture);
            }
        }
        Ok(canvas.finish())
    }
}

impl Texture {
    fn take(&mut self, size: [usize; 2], pixels: &[Color32], place: Option<[usize; 2]>) {
        let Some([left, top]) = place else {
            *self = Self {
                size,
                pixels: pixels.to_vec(),
            };
            return;
        };
        for (row, line) in pixels.chunks_exact(size[0]).enumerate() {
            let start = (top + row) * self.size[0] + left;
            self.pixels[start..start + size[0]].copy_from_slice(line);
        }
    }

    /// Bilinear, clamped at the edges.
    fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        let at = |x: f32, y: f32| {
            let column = x.clamp(0.0, self.size[0] as f32 - 1.0) as usize;
            let row = y.clamp(0.0, self.size[1] as f32 - 1.0) as usize;
            floats(self.pixels[row * self.size[0] + column])
        };
        let (x, y) = (u * self.size[0] as f32 - 0.5, v * self.size[1] as f32 - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right, bottom) = (x - left, y - top);
        let above = mix(at(left, top), at(left + 1.0, top), right);
        let below = mix(at(left, top + 1.0), at(left + 1.0, top + 1.0), right);
        mix(above, below, bottom)
    }
}

struct Canvas {
    size: [usize; 2],
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self {
            size: [width, height],
            pixels: vec![[0.0, 0.0, 0.0, 1.0]; width * height],
        }
    }

    fn triangle(&mut self, corners: [Vertex; 3], clip: Rect, texture: &Texture) {
        let [a, b, c] = corners.map(|corner| corner.pos);
        let area = (b - a).x * (c - a).y - (b - a).y * (c - a).x;
        if area == 0.0 {
            return;
        }
        let bounds = Rect::from_points(&[a, b, c]).intersect(clip);
        let range = |from: f32, to: f32, end: usize| {
            let pixel = |edge: f32| (edge - 0.5).ceil().clamp(0.0, end as f32) as usize;
            pixel(from)..pixel(to)
        };
        for y in range(bounds.top(), bounds.bottom(), self.size[1]) {
            for x in range(bounds.left(), bounds.right(), self.size[0]) {
                let point = pos2(x as f32 + 0.5, y as f32 + 0.5);
                let edge = |from: egui::Pos2, to: egui::Pos2| {
                    ((to - from).x * (point - from).y - (to - from).y * (point - from).x) / area
                };
                let weights = [edge(b, c), edge(c, a), edge(a, b)];
                // A point on an edge belongs to the triangle on one side of it only.
                let owns = |weight: f32, from: egui::Pos2, to: egui::Pos2| {
                    let side = (to - from) * area.signum();
                    weight > 0.0 || weight == 0.0 && (side.y < 0.0 || side.y == 0.0 && side.x > 0.0)
                };
                if owns(weights[0], b, c) && owns(weights[1], c, a) && owns(weights[2], a, b) {
                    let color = shade(&corners, weights, texture);
                    self.blend(y * self.size[0] + x, color);
                }
            }
        }
    }

    fn blend(&mut self, at: usize, color: [f32; 4]) {
        let below = &mut self.pixels[at];
        for (below, color_part) in below.iter_mut().zip(color) {
            *below = color_part + *below * (1.0 - color[3]);
        }
    }

    fn finish(self) -> RgbaImage {
        let bytes = self
            .pixels
            .iter()
            .flatten()
            .map(|part| (part * 255.0).round() as u8);
        let [width, height] = self.size.map(|side| side as u32);
        RgbaImage::from_raw(width, height, bytes.collect()).expect("as many bytes as pixels")
    }
}

fn shade(corners: &[Vertex; 3], weights: [f32; 3], texture: &Texture) -> [f32; 4] {
    let mut color = [0.0; 4];
    let (mut u, mut v) = (0.0, 0.0);
    for (corner, weight) in corners.iter().zip(weights) {
        u += corner.uv.x * weight;
        v += corner.uv.y * weight;
        for (sum, part) in color.iter_mut().zip(floats(corner.color)) {
            *sum += part * weight;
        }
    }
    let texel = texture.sample(u, v);
    std::array::from_fn(|part| color[part] * texel[part])
}

fn floats(color: Color32) -> [f32; 4] {
    color.to_array().map(|part| f32::from(part) / 255.0)
}

fn mix(from: [f32; 4], to: [f32; 4], part: f32) -> [f32; 4] {
    std::array::from_fn(|at| from[at] + (to[at] - from[at]) * part)
}
