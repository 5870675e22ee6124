//! What is in a folder, read on a thread of its own: a folder may lie on a network that is slow.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use segue_engine::project::{CONTAINER_EXTENSION, PROJECT_FILE};

/// Entries of one folder that are shown at most.
pub(super) const MOST: usize = 10_000;

/// What an entry is to Segue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A folder to look into.
    Folder,
    /// A folder that is a project.
    Project,
    /// A project in one file.
    Container,
    /// Any other file.
    File,
}

/// One thing in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
}

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// The folder, absolute.
    pub(super) folder: PathBuf,
    /// Folders first, then by name.
    pub(super) entries: Vec<Entry>,
    /// There are more than [`MOST`].
    pub(super) is_cut: bool,
    /// Why there is nothing.
    pub(super) error: Option<String>,
}

/// Folders that a user goes to at once: name and path.
pub(super) type Places = Vec<(String, PathBuf)>;

/// Reads a folder. What starts with a dot is hidden.
fn list(folder: &Path) -> Listing {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let found = match fs::read_dir(&folder) {
        Ok(found) => found,
        Err(error) => {
            return Listing {
                error: Some(error.to_string()),
                folder,
                ..Listing::default()
            };
        }
    };
    let mut entries: Vec<Entry> = found.flatten().filter_map(entry).take(MOST + 1).collect();
    let is_cut = entries.len() > MOST;
    entries.truncate(MOST);
    entries.sort_by_cached_key(|entry| {
        let is_file = matches!(entry.kind, Kind::Container | Kind::File);
        (is_file, entry.name.to_lowercase(), entry.name.clone())
    });
    Listing {
        folder,
        entries,
        is_cut,
        error: None,
    }
}

fn entry(found: fs::DirEntry) -> Option<Entry> {
    let name = found.file_name().to_string_lossy().into_owned();
    let path = found.path();
    let kind = kind_of(&path)?;
    (!name.starts_with('.')).then_some(Entry { name, path, kind })
}

/// What a path is; `None` if there is nothing.
fn kind_of(path: &Path) -> Option<Kind> {
    let is_folder = fs::metadata(path).ok()?.is_dir();
    let is_container = path
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case(CONTAINER_EXTENSION));
    Some(match (is_folder, is_container) {
        (true, _) if path.join(PROJECT_FILE).is_file() => Kind::Project,
        (true, _) => Kind::Folder,
        (false, true) => Kind::Container,
        (false, false) => Kind::File,
    })
}

/// The user's own folders that are there, and where the file systems begin.
fn places(home: Option<&Path>) -> Places {
    let mut places = Vec::new();
    if let Some(home) = home.filter(|home| home.is_dir()) {
        places.push(("Home".to_owned(), home.to_owned()));
        let usual = ["Desktop", "Documents", "Downloads", "Music"];
        let usual = usual.map(|name| (name.to_owned(), home.join(name)));
        places.extend(usual.into_iter().filter(|(_, path)| path.is_dir()));
    }
    if cfg!(windows) {
        let drives = ('A'..='Z').map(|letter| format!("{letter}:\\"));
        let drives = drives.map(|drive| (drive.clone(), PathBuf::from(drive)));
        places.extend(drives.filter(|(_, path)| path.is_dir()));
    } else {
        places.push(("Computer".to_owned(), PathBuf::from("/")));
    }
    places
}

/// The user's folder, as the system names it.
pub(super) fn home() -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let home = std::env::var_os(name).map(PathBuf::from);
    home.filter(|home| home.is_absolute())
}

/// Something to look up.
pub(super) enum Order {
    /// What is in a folder.
    List(PathBuf),
    /// What a path is.
    Look(PathBuf),
    /// Where to go from this home.
    Places(Option<PathBuf>),
}

/// What was found.
pub(super) enum Found {
    Listing(Listing),
    Kind(PathBuf, Option<Kind>),
    Places(Places),
}

/// The thread that reads folders. Dropping it waits for the folder that it reads.
pub(super) struct Reader {
    orders: Option<Sender<Order>>,
    found: Receiver<Found>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// Starts the thread, which wakes `ctx` when it has found something.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub(super) fn start(ctx: &egui::Context) -> std::io::Result<Self> {
        let (orders, incoming) = channel();
        let (outgoing, found) = channel();
        let ctx = ctx.clone();
        let work = move || {
            for order in incoming {
                let result = match order {
                    Order::List(folder) => Found::Listing(list(&folder)),
                    Order::Look(path) => {
                        let kind = kind_of(&path);
                        Found::Kind(path, kind)
                    }
                    Order::Places(home) => Found::Places(places(home.as_deref())),
                };
                if outgoing.send(result).is_err() {
                    return;
                }
                ctx.request_repaint();
            }
        };
        let thread = std::thread::Builder::new()
            .name("segue-folders".to_owned())
            .spawn(work)?;
        Ok(Self {
            orders: Some(orders),
            found,
            thread: Some(thread),
        })
    }

    pub(super) fn ask(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread only ends with this value.
            _ = orders.send(order);
        }
    }

    pub(super) fn next(&self) -> Option<Found> {
        self.found.try_recv().ok()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic in it has been reported by the panic hook.
            _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_projects_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["b.wav", "a.SEGUE", ".hidden", "game/project.json"] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"x").unwrap();
        }
        fs::create_dir(root.join("Zoo")).unwrap();
        let listing = list(root);
        let found: Vec<_> = listing
            .entries
            .iter()
            .map(|it| (it.name.as_str(), it.kind))
            .collect();
        let expected = [
            ("game", Kind::Project),
            ("Zoo", Kind::Folder),
            ("a.SEGUE", Kind::Container),
            ("b.wav", Kind::File),
        ];
        assert_eq!(found, expected);
        assert!(list(&root.join("gone")).error.is_some());
        let places = places(Some(&root.join("game")));
        assert_eq!(places[0].0, "Home");
    }
}
