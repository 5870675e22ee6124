//! The project that comes with Segue.

use segue_engine::format::container::Package;
use segue_engine::project::{OpenProject, open_package};
use segue_engine::{Error, Result};
use std::path::Path;

/// What errors call it.
const LABEL: &str = "factory project";

/// Opens it.
pub(super) fn open() -> Result<OpenProject> {
    let label = Path::new(LABEL);
    let format = |error| Error::Format {
        path: label.to_owned(),
        source: Box::new(error),
    };
    let mut files = segue_presets::NIGHT_CHASE.iter();
    let json = files.next().map_or(&[][..], |(_, bytes)| bytes);
    let mut package = Package::new(json).map_err(format)?;
    for (path, bytes) in files {
        package.add_asset(path, bytes).map_err(format)?;
    }
    open_package(label, &package)
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_whole() {
        let open = super::open().unwrap();
        assert!(open.missing.is_empty() && open.assets.len() > 10);
        assert_eq!(open.project.name, "Night chase");
    }
}
