//! What a file is chosen for.

use std::path::{Path, PathBuf};

use segue_engine::project::CONTAINER_EXTENSION;

use super::listing::{Entry, Kind};

/// What the user is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Purpose {
    /// At the top of the dialog: "Open project".
    pub title: String,
    /// On its button: "Open".
    pub verb: String,
    /// What may be chosen.
    pub pick: Pick,
}

/// What may be chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    /// A project: a folder or a container.
    Project,
    /// A file with one of these extensions, in lower case; none: any file.
    File(Vec<&'static str>),
    /// A folder.
    Folder,
    /// A place for a new project called `name`: a folder or a container, as the user likes.
    NewProject {
        /// Its name, which becomes that of the folder or file.
        name: String,
    },
    /// A place for a new file.
    NewFile {
        /// What it is called at first, without the extension.
        name: String,
        /// Its extension, without the dot.
        extension: &'static str,
    },
}

impl Pick {
    /// Whether something new is written.
    pub(super) fn is_new(&self) -> bool {
        matches!(self, Self::NewProject { .. } | Self::NewFile { .. })
    }

    /// Whether an entry is listed.
    pub(super) fn shows(&self, entry: &Entry) -> bool {
        let extension = Path::new(&entry.name).extension();
        let extension = extension.map(|it| it.to_string_lossy().to_lowercase());
        match (self, entry.kind) {
            (_, Kind::Folder | Kind::Project) => true,
            (Self::Project | Self::NewProject { .. }, kind) => kind == Kind::Container,
            (Self::File(wanted), _) => {
                wanted.is_empty() || extension.is_some_and(|it| wanted.contains(&it.as_str()))
            }
            (Self::Folder, _) => false,
            (Self::NewFile { extension: own, .. }, _) => extension.as_deref() == Some(own),
        }
    }

    /// Whether something that is there can be chosen as it is.
    pub(super) fn takes(&self, kind: Kind) -> bool {
        match self {
            Self::Project => matches!(kind, Kind::Project | Kind::Container),
            Self::File(_) => matches!(kind, Kind::File | Kind::Container),
            Self::Folder => matches!(kind, Kind::Folder | Kind::Project),
            Self::NewProject { .. } | Self::NewFile { .. } => false,
        }
    }

    /// Why nothing new may be written over something of this kind.
    pub(super) fn refuses(&self, kind: Kind) -> Option<&'static str> {
        match (self, kind) {
            (Self::NewProject { .. }, Kind::Folder) => Some("There is a folder with this name."),
            (Self::NewProject { .. }, Kind::File) => Some("There is a file with this name."),
            (Self::NewFile { .. }, Kind::Folder | Kind::Project) => {
                Some("There is a folder with this name.")
            }
            _ => None,
        }
    }

    /// The name at first, without an extension.
    pub(super) fn first_name(&self) -> &str {
        match self {
            Self::NewProject { name } | Self::NewFile { name, .. } => name,
            _ => "",
        }
    }

    /// The path of what is called `name` in `folder`.
    pub(super) fn path(&self, folder: &Path, name: &str, is_packed: bool) -> PathBuf {
        let extension = match self {
            Self::NewProject { .. } if is_packed => CONTAINER_EXTENSION,
            Self::NewFile { extension, .. } => extension,
            _ => return folder.join(name),
        };
        let has_it = Path::new(name)
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case(extension));
        let path = folder.join(name);
        if has_it {
            return path;
        }
        let mut text = path.into_os_string();
        text.push(".");
        text.push(extension);
        text.into()
    }
}

/// A name that every system takes for a file.
pub(super) fn safe_name(name: &str) -> String {
    let is_bad = |letter: char| letter.is_control() || r#"/\:*?"<>|"#.contains(letter);
    let name: String = name
        .chars()
        .map(|letter| if is_bad(letter) { '-' } else { letter })
        .collect();
    name.trim_matches(|letter: char| letter == '.' || letter.is_whitespace())
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_the_extension_they_lack() {
        let project = Pick::NewProject {
            name: "game".to_owned(),
        };
        let folder = Path::new("at");
        assert_eq!(project.path(folder, "v1.2", false), folder.join("v1.2"));
        assert_eq!(
            project.path(folder, "v1.2", true),
            folder.join("v1.2.segue")
        );
        assert_eq!(
            project.path(folder, "a.Segue", true),
            folder.join("a.Segue")
        );
        let wav = Pick::NewFile {
            name: String::new(),
            extension: "wav",
        };
        assert_eq!(wav.path(folder, "take", false), folder.join("take.wav"));
        assert_eq!(safe_name(" a/b: c? ."), "a-b- c-");
    }

    #[test]
    fn nothing_but_projects_is_replaced_by_a_project() {
        let pick = Pick::NewProject {
            name: String::new(),
        };
        assert!(pick.refuses(Kind::Folder).is_some() && pick.refuses(Kind::File).is_some());
        assert!(pick.refuses(Kind::Project).is_none() && pick.refuses(Kind::Container).is_none());
    }
}
