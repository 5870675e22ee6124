//! The project that comes with Segue, built in.

use segue_engine::format::container::{Meta, Package};
use segue_engine::project::Project;

use crate::document::Document;
use crate::error::{Error, Result};

/// The load key of the factory project.
pub(crate) const NIGHT_CHASE: &str = "factory/night-chase";

/// The factory preset with this load key. `[main-thread]`
pub(crate) fn document(key: &str) -> Result<Document> {
    Document::from_package(package(key)?)
}

/// What the preset says about itself.
pub(crate) fn meta(key: &str) -> Result<Meta> {
    let (project, _) = package(key)?.project()?;
    Ok(meta_of(project))
}

/// The metadata of a preset that has none of its own.
pub(crate) fn meta_of(project: Project) -> Meta {
    Meta {
        name: project.name,
        author: project.author.unwrap_or_default(),
        description: project.description.unwrap_or_default(),
        licence: project.licence.unwrap_or_default(),
        ..Meta::default()
    }
}

fn package(key: &str) -> Result<Package<'static>> {
    if key != NIGHT_CHASE {
        return Err(Error::UnknownPreset(key.to_owned()));
    }
    let (json, assets) = segue_presets::NIGHT_CHASE
        .split_first()
        .ok_or(Error::BadPath)?;
    let mut package = Package::new(json.1)?;
    for (path, bytes) in assets {
        package.add_asset(path, bytes)?;
    }
    Ok(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factory_project_is_whole() {
        let document = document(NIGHT_CHASE).unwrap();
        let project = document.project().clone();
        let open = document.unpack(project).unwrap();
        assert!(open.missing.is_empty() && !open.assets.is_empty());
        assert_eq!(meta(NIGHT_CHASE).unwrap().name, document.project().name);
        assert!(matches!(meta("other"), Err(Error::UnknownPreset(_))));
    }
}
