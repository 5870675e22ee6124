//! Plain data: one picture of the engine, taken once a frame.

use std::path::PathBuf;

use super::analysis::Analysis;
use super::game::Game;
use super::song::Song;

/// Everything the editor shows. An empty one is an editor without a project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The open project, or the one that is on its way.
    pub project: Project,
    /// Projects that were open before, the latest first. May stay empty.
    pub recent: Vec<PathBuf>,
    /// True if [`Action::OpenFactory`](crate::Action::OpenFactory) leads somewhere.
    pub has_factory: bool,
    /// The song position.
    pub transport: Transport,
    /// Mixer strips from left to right, without the master.
    pub buses: Vec<Bus>,
    /// The strip at the far right.
    pub master: Option<Bus>,
    /// Macros in the order of their numbers.
    pub macros: Vec<MacroSlot>,
    /// What stands on the time line.
    pub song: Song,
    /// What a game can call and what it does.
    pub game: Game,
    /// What is measured of one bus, once it was asked for.
    pub analysis: Option<Analysis>,
    /// How the engine is doing.
    pub performance: Performance,
    /// Assets that a project names and nobody found.
    pub missing: Vec<MissingAsset>,
    /// What went wrong and was not dismissed yet, the oldest first.
    pub errors: Vec<ErrorReport>,
    /// What the owner adds to the end of the menu.
    pub menu: Vec<MenuItem>,
}

/// An item that the owner of an editor adds to its menu.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MenuItem {
    /// Names it in [`Action::Chosen`](crate::Action::Chosen).
    pub id: u32,
    /// What it says.
    pub name: String,
    /// The keys that do the same, as the owner handles them; may be empty.
    pub shortcut: String,
    /// False while it cannot be chosen.
    pub is_enabled: bool,
}

/// The head of a project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// What it is called.
    pub name: String,
    /// Where it is saved; `None`: nowhere yet, so the user is asked when it is to be saved.
    pub path: Option<PathBuf>,
    /// True if a host keeps it in its session, with every change, and no file of its own is needed.
    pub is_in_session: bool,
    /// True if it differs from what was saved.
    pub is_dirty: bool,
    /// Whether it is there.
    pub state: ProjectState,
}

/// How far a project is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ProjectState {
    /// There is none.
    #[default]
    Empty,
    /// It is being loaded. A project that was there before keeps playing and stays in the snapshot.
    Loading {
        /// What is done, in 0..=1.
        fraction: f32,
        /// What is being worked on: the name of an asset, say.
        step: String,
    },
    /// It is there.
    Ready,
}

/// A place in a song, as musicians count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Bar, from 1; 0 and below lie before the start.
    pub bar: i32,
    /// Beat in the bar, from 1.0, with its fraction.
    pub beat: f64,
}

impl Position {
    /// The first beat of the first bar.
    pub const START: Self = Self { bar: 1, beat: 1.0 };
}

/// A stretch that repeats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loop {
    /// True while it repeats.
    pub is_on: bool,
    /// Its first beat.
    pub start: Position,
    /// The beat at which it starts again.
    pub end: Position,
}

/// The song position and what moves it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transport {
    /// True while the position moves.
    pub is_playing: bool,
    /// True while a host moves it; the editor then only shows it.
    pub is_hosted: bool,
    /// Where it is, musically.
    pub position: Position,
    /// Where it is, in seconds from the start.
    pub seconds: f64,
    /// Quarter notes a minute.
    pub tempo: f64,
    /// Beats in a bar, and the note that is one beat.
    pub signature: (u8, u8),
    /// The loop, if the project or the host has one.
    pub range: Option<Loop>,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            is_playing: false,
            is_hosted: false,
            position: Position::START,
            seconds: 0.0,
            tempo: 120.0,
            signature: (4, 4),
            range: None,
        }
    }
}

/// Names a bus from frame to frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusId(pub u64);

/// One mixer strip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bus {
    /// The same bus as long as it has the same id.
    pub id: BusId,
    /// What it is called.
    pub name: String,
    /// Fader in decibels; negative infinity is silence.
    pub gain_db: f32,
    /// -1 left, 0 centre, 1 right.
    pub pan: f32,
    /// True if it is muted by hand.
    pub is_muted: bool,
    /// True if it is soloed by hand.
    pub is_soloed: bool,
    /// True if it cannot be heard because another bus is soloed.
    pub is_silenced: bool,
    /// What its meter shows.
    pub levels: Levels,
}

/// What a stereo bus did since the last [`refresh`](crate::Model::refresh).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    /// Largest magnitude of a sample, left and right; 1.0 is full scale.
    pub peak: [f32; 2],
    /// The latest root mean square, left and right; 1.0 is a square wave at full scale.
    pub rms: [f32; 2],
    /// Samples beyond full scale.
    pub clips: u32,
}

/// A place for a macro: the project may have given it a use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MacroSlot {
    /// What the project uses it for; `None`: nothing, and it cannot be turned.
    pub used: Option<Macro>,
}

/// A macro that a project uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Macro {
    /// What the project calls it.
    pub name: String,
    /// In 0..=1.
    pub value: f32,
    /// In 0..=1; where a double click puts it.
    pub default: f32,
    /// What is shown at 0 and at 1, in `unit`.
    pub range: [f32; 2],
    /// Written behind the number: `Hz`, `%`; may be empty.
    pub unit: String,
    /// Digits after the point, at most 3.
    pub decimals: usize,
}

/// How the engine is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Performance {
    /// Voices that are rendered.
    pub real_voices: u32,
    /// Voices that are only kept track of.
    pub virtual_voices: u32,
    /// Part of the time that the audio thread needs, 1.0 being all of it.
    pub load: f32,
    /// The largest load of a single block lately.
    pub worst_load: f32,
    /// In hertz; 0: the engine is not running.
    pub sample_rate: u32,
    /// From in to out, in frames.
    pub latency: u32,
}

/// An asset that is not where the project says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MissingAsset {
    /// Names it in [`Action::Relocate`](crate::Action::Relocate).
    pub id: u64,
    /// What the project calls it.
    pub name: String,
    /// Where it should be.
    pub path: String,
}

/// Something that went wrong, told so that the user knows what to do next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorReport {
    /// Names it in [`Action::DismissError`](crate::Action::DismissError).
    pub id: u64,
    /// What failed, in a few words.
    pub what: String,
    /// The value or the file that made it fail; may be empty.
    pub value: String,
    /// The way out; may be empty.
    pub hint: String,
}
