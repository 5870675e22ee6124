//! What in a project deserves a look before it ships: missing and unused things, what cannot be
//! heard, loops nobody stops, values nobody sets, levels that stick out.
//!
//! [`check`] is pure: it looks at the project as it was written and at what is known of its sounds.

mod adaptive;
mod conditions;
mod ducks;
mod geometry;
mod loops;
mod music;
mod music_loops;
mod places;
mod reach;
mod sounds;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use segue_format::Project;
use segue_middleware::source::{ContainerKind, Interactive};
use segue_middleware::stage::StageEvent;
use segue_middleware::stage::signals::SignalTracker;
use segue_rt::game::NameId;

pub(crate) use loops::endless_events;
pub(crate) use reach::children;
pub use sounds::SoundFacts;

use crate::config::EngineConfig;
use crate::error::{Error, Result};
use crate::load::{self, LoadProgress};
use crate::project::{OpenProject, PROJECT_FILE};

/// Something that deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What kind of thing.
    pub kind: Kind,
    /// Where: the path in `file`. Empty for the whole of it.
    pub path: String,
    /// What is the matter, and what could be done.
    pub message: String,
    /// The file in the project folder: `project.json`, or that of the adaptive profile.
    pub file: String,
    /// Line in that file, from 1; 0 where it has no place there.
    pub line: usize,
    /// Column in bytes, from 1; 0 where it has no place there.
    pub column: usize,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.file)?,
            path if self.file == PROJECT_FILE => f.write_str(path)?,
            path => write!(f, "{}: {path}", self.file)?,
        }
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        write!(f, " ({}): {}", self.kind.name(), self.message)
    }
}

macro_rules! kinds {
    ($($(#[$about:meta])* $kind:ident $name:literal,)*) => {
        /// Kinds of findings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$about])* $kind,)*
        }

        impl Kind {
            /// All kinds, in the order in which they are shown.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];

            /// The stable name, for scripts. `[thread-safe]`
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// The project cannot be read or does not compile.
    Invalid "invalid",
    /// A key that this version does not know.
    UnknownKey "unknown_key",
    /// A key that means nothing where it stands.
    IdleKey "idle_key",
    /// An action that sets something does not say what to.
    MissingValue "missing_value",
    /// Conditions that can never hold together.
    Contradiction "contradiction",
    /// A file is missing or cannot be decoded.
    MissingAsset "missing_asset",
    /// No sound uses an asset.
    UnusedAsset "unused_asset",
    /// Nothing plays a sound.
    UnusedSound "unused_sound",
    /// An event does nothing.
    EmptyEvent "empty_event",
    /// Nothing plays a container.
    UnreachableContainer "unreachable_container",
    /// A child of a container can never be chosen or heard.
    UnreachableChild "unreachable_child",
    /// A value of a switch, or a stretch of a blend, for which nothing plays.
    SilentGap "silent_gap",
    /// A curve, range or threshold lies outside of the range of its RTPC or target.
    RtpcOutOfRange "rtpc_out_of_range",
    /// An RTPC moves nothing.
    UnusedRtpc "unused_rtpc",
    /// Something that goes on for ever is started, and nothing stops it.
    LoopWithoutStop "loop_without_stop",
    /// A duck that makes what it listens to quieter.
    DuckFeedback "duck_feedback",
    /// A loop, cue or marker lies behind the end of its file.
    OutsideOfAsset "outside_of_asset",
    /// Several steps of a sequence begin together at its start.
    StepsAtOnce "steps_at_once",
    /// A profile gives a built-in signal another form.
    RedefinedSignal "redefined_signal",
    /// No action sets a value of a state group.
    StateNeverSet "state_never_set",
    /// No action sets a value of a switch group.
    SwitchNeverSet "switch_never_set",
    /// Nothing plays a segment, playlist or stinger of the music.
    UnusedMusic "unused_music",
    /// Nothing enters a context of the adaptive layers.
    UnusedContext "unused_context",
    /// No rule looks at a signal.
    UnusedSignal "unused_signal",
    /// No rule names a transition of levels.
    UnusedTransition "unused_transition",
    /// No rule or context plays a stinger of the adaptive layers.
    UnusedStinger "unused_stinger",
    /// A level that no context has where it is asked for.
    UnreachableLevel "unreachable_level",
    /// No stage of a clip is bound to anything.
    SilentClip "silent_clip",
    /// A sound is far louder or quieter than the others of its bus.
    LevelOutlier "level_outlier",
    /// The audio files are larger than the profile allows.
    OverBudget "over_budget",
}

impl Kind {
    /// Whether it says that something is not there: a use, a stop, a call. A name with a typing
    /// mistake can be the one that is missed.
    fn is_absence(self) -> bool {
        matches!(
            self,
            Kind::UnusedAsset
                | Kind::UnusedSound
                | Kind::UnreachableContainer
                | Kind::UnusedRtpc
                | Kind::LoopWithoutStop
                | Kind::StateNeverSet
                | Kind::SwitchNeverSet
                | Kind::UnusedMusic
                | Kind::UnusedContext
                | Kind::UnusedSignal
                | Kind::UnusedTransition
                | Kind::UnusedStinger
        )
    }
}

/// Everything that deserves a look, sorted by kind and place. `facts` are the sounds by name.
/// `[thread-safe]`
pub fn check(
    project: &Project,
    source: &Interactive,
    facts: &BTreeMap<String, SoundFacts>,
) -> Vec<Finding> {
    let mut findings = Findings::default();
    reach::check(project, source, &mut findings);
    values::check(source, &mut findings);
    conditions::check(source, &mut findings);
    music::check(source, &mut findings);
    adaptive::check(source, &mut findings);
    loops::check(project, source, &mut findings);
    music_loops::check(project, source, &mut findings);
    ducks::check(project, source, &mut findings);
    geometry::check(project, source, facts, &mut findings);
    sequences(source, &mut findings);
    sounds::check(project, facts, &mut findings);
    findings.0.sort();
    findings.0
}

/// [`check`] with the project's files read and everything interactive compiled; what is missing and
/// what the compiler refuses are findings as well. `cache` is the folder for decoded sounds, `None`
/// the user's. Blocks. `[thread-safe]`
///
/// # Errors
/// What the project says that cannot be built apart from that; [`Error::Cancelled`].
pub fn check_project(
    open: &OpenProject,
    cache: Option<PathBuf>,
    progress: &mut dyn FnMut(LoadProgress<'_>) -> ControlFlow<()>,
) -> Result<Vec<Finding>> {
    let mut config = EngineConfig::for_project(&open.project, None);
    config.cache = cache;
    let (report, refused) = load::survey(open, &config, progress)?;
    let mut findings = Findings::default();
    for (n, asset) in open.project.assets.iter().enumerate() {
        if let Some(gone) = report.unplayable.iter().find(|gone| gone.id == asset.id) {
            let message = format!("{} does not play: {}", gone.file, gone.reason);
            findings.add(Kind::MissingAsset, format!("assets[{n}]"), message);
        }
    }
    if let Some(error) = refused {
        findings.0.extend(places::refused(&open.root, error)?);
    }
    places::keys(open, &mut findings);
    silent_clips(open, &mut findings);
    let facts = load::facts(open, &report);
    findings
        .0
        .extend(check(&open.whole(), &open.interactive(), &facts));
    places::locate(open, &mut findings.0);
    let mut findings = causes(findings.0);
    findings.sort();
    Ok(findings)
}

/// Findings without those that only follow from what the compiler refuses: what it refuses is told
/// once, and what nothing uses is told when every name means something.
fn causes(findings: Vec<Finding>) -> Vec<Finding> {
    let refused: Vec<String> = findings
        .iter()
        .filter(|it| it.kind == Kind::Invalid)
        .map(|it| it.path.clone())
        .collect();
    let same = |path: &str| {
        refused
            .iter()
            .any(|other| is_at(path, other) || is_at(other, path))
    };
    // Nothing fits into a range that is none.
    let has_range = !refused
        .iter()
        .any(|path| path.starts_with("interactive.rtpcs["));
    let of_ranges = |kind: Kind| {
        use Kind::{RtpcOutOfRange, SilentGap, UnreachableChild};
        !has_range && matches!(kind, RtpcOutOfRange | SilentGap | UnreachableChild)
    };
    let follows = |it: &Finding| it.kind.is_absence() || of_ranges(it.kind) || same(&it.path);
    findings
        .into_iter()
        .filter(|it| it.kind == Kind::Invalid || refused.is_empty() || !follows(it))
        .collect()
}

/// Whether a path is another one, or a place in what is there.
fn is_at(path: &str, other: &str) -> bool {
    let rest = path.strip_prefix(other);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Sequences of which several steps say no start.
fn sequences(source: &Interactive, findings: &mut Findings) {
    for (n, container) in source.containers.iter().enumerate() {
        let ContainerKind::Sequence(it) = &container.kind else {
            continue;
        };
        let count = it.steps.iter().filter(|step| step.start_ms == 0.0).count();
        if count > 1 {
            let message = format!(
                "{count} steps of {:?} begin together at its start: start_ms counts from the start of \
                 the sequence, and is 0 where it is not written; say when each step begins",
                container.name
            );
            let path = format!("interactive.containers[{n}].steps");
            findings.add(Kind::StepsAtOnce, path, message);
        }
    }
}

fn silent_clips(open: &OpenProject, findings: &mut Findings) {
    let table = open.stage_table();
    let signals = load::signals(open.interactive().adaptive.as_ref());
    for (n, clip) in open.project.interactive.stages.clips.iter().enumerate() {
        let stages = clip.stages();
        let mut tracker = SignalTracker::new();
        let mut moves = |event: &StageEvent| {
            let mut values = tracker.take(event).into_iter();
            values.any(|(signal, _)| signals.contains(&NameId::of(signal)))
        };
        let is_heard = |event: &StageEvent| table.find(event).is_some() || moves(event);
        if !stages.iter().map(|(_, event)| event).any(is_heard) {
            let (count, name) = (stages.len(), &clip.name);
            let message = format!(
                "none of the {count} stages of {name:?} is bound to an event or moves a signal; add a \
                 binding, or remove the clip"
            );
            findings.add(
                Kind::SilentClip,
                format!("interactive.stages.clips[{n}]"),
                message,
            );
        }
    }
}

/// The findings in a project at `path` that [`open`](crate::project::open) refused with this error:
/// what its files say. Another error, such as that there is no project at all, comes back.
/// `[thread-safe]`
///
/// # Errors
/// The same error.
pub fn check_refused(path: &Path, error: Error) -> Result<Vec<Finding>> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = match path.is_dir() {
        true => path.as_path(),
        false => path.parent().unwrap_or(&path),
    };
    places::refused(folder, error)
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, kind: Kind, path: String, message: String) {
        self.0.push(Finding {
            kind,
            path,
            message,
            file: PROJECT_FILE.to_owned(),
            line: 0,
            column: 0,
        });
    }
}

#[cfg(test)]
mod tests;
