//! Pictures of the editor, painted by the CPU and compared with those in `tests/looks`.
//!
//! `BLESS=1` writes them anew. What differs is left beside them as `*.new.png`.

use image::RgbaImage;
use segue_gui::{EditorSize, Snapshot};

use crate::model::{empty, failing, loading, missing, playing};
use crate::stage::stage_of;

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

fn check_look(name: &str, snapshot: Snapshot, size: [f32; 2], scale: f32) {
    let image = stage_of(snapshot, size, scale).render().expect("a picture");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/looks");
    let (path, new) = (folder.join(format!("{name}.png")), folder.join(format!("{name}.new.png")));
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(&folder).expect("a folder");
        image.save(&path).expect("written");
        return;
    }
    let before = image::open(&path).map(|image| image.to_rgba8());
    let count = before.map_or(usize::MAX, |before| differing(&before, &image));
    let allowed = image.len() / 4 * MILLIONTHS / 1_000_000;
    if count > allowed {
        image.save(&new).expect("written");
        panic!("{name}: {count} pixels differ, {allowed} may; see {}", new.display());
    }
}

fn differing(before: &RgbaImage, now: &RgbaImage) -> usize {
    if before.dimensions() != now.dimensions() {
        return usize::MAX;
    }
    let is_other = |(one, other): &(&image::Rgba<u8>, &image::Rgba<u8>)| {
        one.0.iter().zip(other.0).any(|(one, other)| one.abs_diff(other) > STEP)
    };
    before.pixels().zip(now.pixels()).filter(is_other).count()
}
