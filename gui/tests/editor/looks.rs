//! Pictures of the editor, painted by the CPU and compared with those in `tests/looks`.
//!
//! `BLESS=1` writes them anew. What differs is left beside them as `*.new.png`.

use std::path::Path;

use image::RgbaImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use segue_gui::{EditorSize, Snapshot};

use crate::model::{empty, failing, loading, missing, playing};
use crate::stage::{User as _, stage_of};

/// A step of a colour that nobody sees: processors round differently.
const STEP: u8 = 3;
/// Pixels in a million that may differ by more.
const MILLIONTHS: usize = 200;

#[test]
fn it_looks_as_it_did() {
    let small = EditorSize::MIN;
    let usual = [EditorSize::default().width, EditorSize::default().height];
    check_look("playing", playing(9), usual, 1.0);
    check_look("playing-2x", playing(3), small, 2.0);
    check_look("empty", empty(), small, 1.0);
    check_look("loading", loading(), small, 1.0);
    check_look("errors", failing(2), small, 1.0);
    check_look("missing", missing(6), small, 1.0);
}

/// What is only there in a hand: an open menu, a field, the focus.
#[test]
fn it_looks_as_it_did_in_use() {
    let mut stage = stage_of(playing(4), EditorSize::MIN, 1.0);
    stage.click("Type gain of Drums");
    stage.send(egui::Event::Text("loud".to_owned()));
    check_image("typing", &stage.render().expect("a picture"));
    stage.press(egui::Modifiers::NONE, egui::Key::Escape);
    stage.focus("Tension");
    check_image("focus", &stage.render().expect("a picture"));
    stage.click("Menu");
    check_image("menu", &stage.render().expect("a picture"));
}

fn check_look(name: &str, snapshot: Snapshot, size: [f32; 2], scale: f32) {
    let image = stage_of(snapshot, size, scale).render().expect("a picture");
    check_image(name, &image);
}

pub(crate) fn check_image(name: &str, image: &RgbaImage) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/looks");
    let (path, new) = (
        folder.join(format!("{name}.png")),
        folder.join(format!("{name}.new.png")),
    );
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(&folder).expect("a folder");
        save(image, &path);
        return;
    }
    let before = image::open(&path).map(|image| image.to_rgba8());
    let count = before.map_or(usize::MAX, |before| differing(&before, image));
    let allowed = image.len() / 4 * MILLIONTHS / 1_000_000;
    if count > allowed {
        save(image, &new);
        panic!(
            "{name}: {count} pixels differ, {allowed} may; see {}",
            new.display()
        );
    }
}

/// Small: without the opacity, which is full everywhere, and packed as well as PNG can.
fn save(image: &RgbaImage, path: &Path) {
    let file = std::fs::File::create(path).expect("a file");
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive);
    let opaque = image::DynamicImage::ImageRgba8(image.clone()).into_rgb8();
    opaque.write_with_encoder(encoder).expect("written");
}

fn differing(before: &RgbaImage, now: &RgbaImage) -> usize {
    if before.dimensions() != now.dimensions() {
        return usize::MAX;
    }
    let is_other = |(one, other): &(&image::Rgba<u8>, &image::Rgba<u8>)| {
        one.0
            .iter()
            .zip(other.0)
            .any(|(one, other)| one.abs_diff(other) > STEP)
    };
    before.pixels().zip(now.pixels()).filter(is_other).count()
}
