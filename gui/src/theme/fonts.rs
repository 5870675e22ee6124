//! The type that Segue is set in: Roboto in two weights, with figures of equal width.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

/// Apache-2.0; see assets/README.md.
const REGULAR: &[u8] = include_bytes!("../../assets/Roboto-Regular.ttf");
const MEDIUM: &[u8] = include_bytes!("../../assets/Roboto-Medium.ttf");

/// egui names two families without allocating. The second one is our medium weight: Roboto's
/// figures are all equally wide, which is what anyone would want a monospaced family for here.
pub(super) fn definitions() -> FontDefinitions {
    let fonts = [("Roboto", REGULAR), ("Roboto Medium", MEDIUM)];
    let data = fonts.map(|(name, bytes)| (name.to_owned(), Arc::new(FontData::from_static(bytes))));
    let families = [
        (FontFamily::Proportional, vec!["Roboto".to_owned()]),
        (FontFamily::Monospace, vec!["Roboto Medium".to_owned()]),
    ];
    FontDefinitions {
        font_data: BTreeMap::from(data),
        families: BTreeMap::from(families),
    }
}
