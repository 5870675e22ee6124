//! Choosing files in the editor itself: the same in a plug-in's window, in the app and under a
//! display without a desktop, and never in the way of the host's own dialogs.

mod listing;
mod purpose;
mod view;

use std::path::{Path, PathBuf};

use egui::Ui;

pub use purpose::{Pick, Purpose};

use listing::{Entry, Found, Kind, Listing, Order, Places, Reader};
use purpose::safe_name;

/// A dialog for choosing a file or folder. `[main-thread]`
///
/// Folders are read on a thread of its own, which starts with the first [`FileDialog::open`].
#[derive(Default)]
pub struct FileDialog {
    home: Option<PathBuf>,
    /// Where it was last; the next one begins there.
    last: Option<PathBuf>,
    reader: Option<Reader>,
    places: Places,
    state: Option<State>,
}

/// An open dialog.
struct State {
    purpose: Purpose,
    listing: Option<Listing>,
    /// The folder that is being read.
    wanted: PathBuf,
    path_text: String,
    name: String,
    is_packed: bool,
    /// Index among the entries that are shown.
    selected: Option<usize>,
    /// Brings the selected entry into view.
    follows: bool,
    note: Option<String>,
    /// What the user may replace by pressing the button once more.
    agreed: Option<PathBuf>,
    is_fresh: bool,
    chosen: Option<PathBuf>,
}

/// What the user did in a frame.
enum Deed {
    /// Look at a path: go into it, or take it.
    Visit(PathBuf),
    /// Press the button.
    Confirm,
    /// Leave.
    Cancel,
}

impl FileDialog {
    /// A dialog that begins in the user's home.
    pub fn new() -> Self {
        Self {
            home: listing::home(),
            ..Self::default()
        }
    }

    /// A dialog that begins in another folder than the user's home.
    pub fn in_home(home: PathBuf) -> Self {
        Self {
            home: Some(home),
            ..Self::default()
        }
    }

    /// Opens it, at the folder of `near` if there is one, else where it was last.
    pub fn open(&mut self, purpose: Purpose, near: Option<&Path>) {
        let near = near.and_then(Path::parent).map(Path::to_owned);
        let near = near.filter(|folder| !folder.as_os_str().is_empty());
        let start = near.or(self.last.clone()).or(self.home.clone());
        let start = start.unwrap_or_else(|| PathBuf::from(std::path::MAIN_SEPARATOR_STR));
        let name = safe_name(purpose.pick.first_name());
        self.state = Some(State {
            listing: None,
            path_text: start.to_string_lossy().into_owned(),
            wanted: start,
            name,
            is_packed: false,
            selected: None,
            follows: false,
            note: None,
            agreed: None,
            is_fresh: true,
            chosen: None,
            purpose,
        });
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.state.is_some()
    }

    /// Closes it.
    pub fn close(&mut self) {
        self.state = None;
    }

    /// Draws it above everything else, if it is open. Returns what the user chose, once.
    pub fn show(&mut self, ui: &Ui) -> Option<PathBuf> {
        self.begin(ui.ctx());
        self.take_found();
        let state = self.state.as_mut()?;
        let deed = view::show(ui, state, &self.places);
        match deed {
            Some(Deed::Cancel) => self.state = None,
            Some(Deed::Visit(path)) => self.ask(Order::Look(path)),
            Some(Deed::Confirm) => {
                let order = state.confirm();
                order.into_iter().for_each(|order| self.ask(order));
            }
            None => {}
        }
        let chosen = self.state.as_mut()?.chosen.take()?;
        self.last = self.state.take().map(|state| state.wanted);
        Some(chosen)
    }

    /// Reads the first folder.
    fn begin(&mut self, ctx: &egui::Context) {
        let Some(state) = &mut self.state else {
            return;
        };
        if !state.is_fresh || state.listing.is_some() {
            return;
        }
        if self.reader.is_none() {
            match Reader::start(ctx) {
                Ok(reader) => self.reader = Some(reader),
                Err(error) => state.note = Some(error.to_string()),
            }
            self.ask(Order::Places(self.home.clone()));
        }
        let Some(state) = &mut self.state else {
            return;
        };
        state.is_fresh = false;
        let order = Order::List(state.wanted.clone());
        self.ask(order);
    }

    fn ask(&self, order: Order) {
        if let Some(reader) = &self.reader {
            reader.ask(order);
        }
    }

    /// Takes in what the reader found.
    fn take_found(&mut self) {
        while let Some(found) = self.reader.as_ref().and_then(Reader::next) {
            let order = match (found, &mut self.state) {
                (Found::Places(places), _) => {
                    self.places = places;
                    None
                }
                (Found::Listing(listing), Some(state)) => {
                    state.take_listing(listing);
                    None
                }
                (Found::Kind(path, kind), Some(state)) => state.visit(path, kind),
                (_, None) => None,
            };
            if let Some(order) = order {
                self.ask(order);
            }
        }
    }
}

impl std::fmt::Debug for FileDialog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileDialog")
            .field("is_open", &self.is_open())
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

impl State {
    /// The entries that are shown.
    fn shown(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.listing.iter().flat_map(|listing| &listing.entries);
        entries.filter(|entry| self.purpose.pick.shows(entry))
    }

    fn selected(&self) -> Option<&Entry> {
        self.shown().nth(self.selected?)
    }

    fn take_listing(&mut self, listing: Listing) {
        if listing.error.is_some() && self.listing.is_some() {
            let error = listing.error.unwrap_or_default();
            self.note = Some([&*listing.folder.to_string_lossy(), ": ", &error].concat());
            return;
        }
        self.wanted.clone_from(&listing.folder);
        self.path_text = listing.folder.to_string_lossy().into_owned();
        self.selected = None;
        self.note = listing.error.clone();
        self.agreed = None;
        self.listing = Some(listing);
    }

    /// The button was pressed: what is to be looked at before it counts.
    fn confirm(&mut self) -> Option<Order> {
        let selected = self.selected().map(|entry| entry.path.clone());
        let pick = &self.purpose.pick;
        if pick.is_new() {
            let name = self.name.trim();
            if name.is_empty() {
                self.note = Some("Give it a name first.".to_owned());
                return None;
            }
            let path = pick.path(&self.wanted, name, self.is_packed);
            if self.agreed.as_ref() == Some(&path) {
                self.chosen = Some(path);
                return None;
            }
            return Some(Order::Look(path));
        }
        if *pick == Pick::Folder {
            self.chosen = Some(selected.unwrap_or_else(|| self.wanted.clone()));
            return None;
        }
        selected.map(Order::Look)
    }

    /// A path that the user means turned out to be of this kind.
    fn visit(&mut self, path: PathBuf, kind: Option<Kind>) -> Option<Order> {
        let pick = &self.purpose.pick;
        let is_new = pick.is_new();
        match kind {
            None if is_new => self.chosen = Some(path),
            None => {
                let path = path.to_string_lossy();
                self.note = Some([&*path, ": there is nothing."].concat());
            }
            Some(Kind::Folder) if !is_new || !self.is_target(&path) => {
                return Some(Order::List(path));
            }
            Some(kind) if is_new => match pick.refuses(kind) {
                Some(reason) => self.note = Some([reason, " Choose another name."].concat()),
                None => {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    self.note = Some(format!("{name} is there already. Replace it?"));
                    self.agreed = Some(path);
                }
            },
            Some(Kind::Project) if !pick.takes(Kind::Project) || *pick == Pick::Folder => {
                return Some(Order::List(path));
            }
            Some(kind) if pick.takes(kind) => self.chosen = Some(path),
            Some(_) => self.note = Some("This cannot be chosen here.".to_owned()),
        }
        None
    }

    /// Whether a path is what the name field says.
    fn is_target(&self, path: &Path) -> bool {
        let name = self.name.trim();
        let own = self.purpose.pick.path(&self.wanted, name, self.is_packed);
        !name.is_empty() && own == path
    }
}
