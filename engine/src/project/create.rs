//! A playable project out of audio files.

mod arrange;
mod collect;
mod game;
mod names;
mod naming;
mod value;

pub use naming::{GroupKind, Naming, NamingRule};

use super::save;
use super::staging::{Staging, copy_new};
use crate::error::{Error, Result};
use crate::info;
use arrange::Material;
use names::{Folders, Names};
use segue_format::limits::{ASSETS, NAME_BYTES};
use segue_offline::decode::{Container, SampleLoop};
use segue_rt::tempo::{MAX_BPM, MIN_BPM};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// How to make a project.
#[derive(Clone, Debug)]
pub struct NewOptions {
    /// The name people see; `None`: the name of the folder.
    pub name: Option<String>,
    /// Quarter notes a minute, 1 to 999.
    pub tempo_bpm: f64,
    /// Files of at least this many seconds become looping music or ambience, unless their names say
    /// voice or stinger; shorter ones one-shots.
    pub long_seconds: f64,
    /// What the names of files say; `None`: the usual rules.
    pub naming: Option<Naming>,
}

impl Default for NewOptions {
    /// Named like the folder, 120 bpm, long from 8 s on.
    fn default() -> NewOptions {
        NewOptions {
            name: None,
            tempo_bpm: 120.0,
            long_seconds: 8.0,
            naming: None,
        }
    }
}

/// What a file is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Long: plays on the bus `music`.
    Music,
    /// Loops under everything on the bus `ambience`.
    Ambience,
    /// Short: plays once on the bus `sfx`.
    OneShot,
}

impl Role {
    /// The id of its bus. `[thread-safe]`
    pub fn bus(self) -> &'static str {
        match self {
            Role::Music => "music",
            Role::Ambience => "ambience",
            Role::OneShot => "sfx",
        }
    }
}

/// What was made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewReport {
    /// The project folder, absolute.
    pub path: PathBuf,
    /// The project's name.
    pub name: String,
    /// The sounds, in the order in which the files were given.
    pub sounds: Vec<NewSound>,
    /// Containers for what belongs together by name.
    pub groups: Vec<NewGroup>,
    /// Events that play and stop them.
    pub events: usize,
    /// The files that are not in it.
    pub skipped: Vec<Skipped>,
    /// Length of the time line in seconds.
    pub seconds: f64,
}

/// A sound of a new project.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSound {
    /// Its id, which is that of its asset as well.
    pub id: String,
    /// The file it came from.
    pub source: PathBuf,
    /// The copy, as a path in the project folder.
    pub file: String,
    /// What it is used for.
    pub role: Role,
    /// Its bus.
    pub bus: String,
    /// Its length.
    pub seconds: f64,
    /// The key that plays it: one-shots from 36 on, as long as there are keys.
    pub key: Option<u32>,
    /// Where it starts on the time line, in quarter notes.
    pub at_beats: f64,
}

/// Sounds that belong together by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGroup {
    /// The container.
    pub name: String,
    /// What it is.
    pub kind: GroupKind,
    /// The sounds in it, in their order.
    pub sounds: Vec<String>,
    /// The RTPC of layers: 0 is the first one, 1 the second.
    pub rtpc: Option<String>,
}

/// A file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub reason: String,
}

/// Where [`new_from_files`] is: called again and again while it works on a file.
#[derive(Clone, Copy, Debug)]
pub struct NewProgress<'a> {
    /// The file.
    pub path: &'a Path,
    /// How many files are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
}

/// Copies audio files into a new project folder that plays at once. `[thread-safe]`, blocks.
///
/// Folders among `files` are walked, hidden files left out. Every file is decoded to its end first;
/// one that cannot be is skipped with the reason. Files of equal length start together (stems),
/// other music follows one another, ambience loops throughout, and one-shots sound one after the
/// other and on the keys from 36 on. Names say more, by the rules of `options.naming`: the bus, and
/// what in a folder are variants or layers of one thing; where several folders have the same names, those get
/// that of their folder in front. Events play and stop everything. The folder appears whole or not at all.
///
/// # Errors
/// [`Error::Exists`] unless `folder` is new or empty; [`Error::NothingToPlay`];
/// [`Error::TooLarge`]; [`Error::Argument`] for a bad tempo; [`Error::Io`]; [`Error::Cancelled`] when
/// `progress` breaks.
pub fn new_from_files(
    folder: &Path,
    files: &[PathBuf],
    options: &NewOptions,
    progress: &mut dyn FnMut(NewProgress<'_>) -> ControlFlow<()>,
) -> Result<NewReport> {
    check(options)?;
    let (found, mut skipped) = collect::collect(files);
    check_count(folder, found.len())?;
    let naming = options.naming.clone().map_or_else(Naming::usual, Ok)?;
    let staging = Staging::beside(folder, false)?;
    let assets = staging.path().join(ASSET_FOLDER);
    fs::create_dir(&assets).map_err(|error| Error::io(&assets, "create", error))?;
    let (folders, mut names) = (Folders::of(&found), Names::default());
    let mut materials = Vec::new();
    for (done, path) in found.iter().enumerate() {
        let mut report = || {
            progress(NewProgress {
                path,
                done,
                total: found.len(),
            })
        };
        match examine(path, options, &mut report) {
            Ok(examined) => {
                let id = names.unique(&folders.stem(path));
                materials.push(take(path, examined, staging.path(), id)?);
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => {
                let reason = reason(path, &error);
                skipped.push(Skipped {
                    path: path.clone(),
                    reason,
                });
            }
        }
    }
    if materials.is_empty() {
        let reasons = skipped
            .iter()
            .map(|s| format!("{}: {}", s.path.display(), s.reason));
        return Err(Error::NothingToPlay {
            given: skipped.len(),
            reasons: reasons.collect(),
        });
    }
    finish(staging, materials, skipped, (options, &naming, &folders))
}

/// Where the audio files lie in a new project.
const ASSET_FOLDER: &str = "assets";

/// What the decoder says about a file.
struct Examined {
    container: Container,
    seconds: f64,
    frames: u64,
    sample_rate: u32,
    loops: Vec<SampleLoop>,
    role: Role,
}

fn check(options: &NewOptions) -> Result<()> {
    let bpm = options.tempo_bpm;
    if (MIN_BPM..=MAX_BPM).contains(&bpm) {
        return Ok(());
    }
    let (what, value) = ("the tempo", bpm.to_string());
    Err(Error::Argument {
        what,
        value,
        allowed: "1..=999 quarter notes a minute",
    })
}

fn check_count(folder: &Path, count: usize) -> Result<()> {
    if count <= ASSETS {
        return Ok(());
    }
    Err(Error::TooLarge {
        path: folder.to_owned(),
        limit: "assets",
        subject: "the number of audio files",
        value: count as u64,
        max: ASSETS as u64,
    })
}

/// Decodes a file to its end.
fn examine(
    path: &Path,
    options: &NewOptions,
    progress: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Examined> {
    let (format, check) = info::decode_to_end(path, &mut |_, _| progress())?;
    if check.frames == 0 {
        let found = "an audio file without audio (0 frames)".to_owned();
        return Err(segue_offline::Error::NotAudio {
            path: path.to_owned(),
            found,
        }
        .into());
    }
    let sample_rate = format.sample_rate;
    // Lengths are below 2^53 frames: the conversion is exact.
    let seconds = check.frames as f64 / f64::from(sample_rate.max(1));
    let is_long = seconds >= options.long_seconds;
    let role = arrange::role(&names::stem(path), is_long, !format.loops.is_empty());
    let (container, frames, loops) = (format.container, check.frames, format.loops);
    Ok(Examined {
        container,
        seconds,
        frames,
        sample_rate,
        loops,
        role,
    })
}

/// Copies a file into the new project.
fn take(path: &Path, examined: Examined, staging: &Path, id: String) -> Result<Material> {
    let file = format!("{ASSET_FOLDER}/{id}.{}", extension(examined.container));
    copy_new(path, &staging.join(&file))?;
    let Examined {
        seconds,
        frames,
        sample_rate,
        loops,
        role,
        ..
    } = examined;
    let source = path.to_owned();
    Ok(Material {
        id,
        source,
        file,
        role,
        seconds,
        frames,
        sample_rate,
        loops,
    })
}

fn finish(
    staging: Staging,
    materials: Vec<Material>,
    skipped: Vec<Skipped>,
    (options, naming, folders): (&NewOptions, &Naming, &Folders),
) -> Result<NewReport> {
    let name = project_name(staging.target(), options);
    let stem = |it: &Material| game::Stem {
        id: it.id.clone(),
        name: names::stem(&it.source),
        folder: folders.name(&it.source),
    };
    let stems: Vec<_> = materials.iter().map(stem).collect();
    let in_beats = |it: &Material| it.seconds * options.tempo_bpm / 60.0;
    let beats: Vec<f64> = materials.iter().map(in_beats).collect();
    let (mut project, sounds, seconds) =
        arrange::project(&name, materials, options.tempo_bpm, naming);
    let groups = game::add(&mut project, &stems, naming);
    arrange::loop_layers(&mut project, &groups, &beats);
    let events = project.interactive.events.len();
    save(&project, staging.path())?;
    let path = staging.publish()?;
    Ok(NewReport {
        path,
        name,
        sounds,
        groups,
        events,
        skipped,
        seconds,
    })
}

fn project_name(folder: &Path, options: &NewOptions) -> String {
    let folder = || {
        folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let name = options.name.clone().or_else(folder).unwrap_or_default();
    let printable: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = names::cut(printable.trim(), NAME_BYTES);
    if name.is_empty() {
        "Untitled".to_owned()
    } else {
        name.to_owned()
    }
}

/// The usual extension of a container, whatever the file was called.
fn extension(container: Container) -> &'static str {
    match container {
        Container::Wav | Container::Rf64 => "wav",
        Container::Aiff => "aiff",
        Container::Flac => "flac",
        Container::Mp3 => "mp3",
        Container::Ogg => "ogg",
        Container::Mp4 => "m4a",
        Container::Adts => "aac",
        Container::Caf => "caf",
        _ => "audio",
    }
}

/// The text of an error without the path, which stands beside it.
fn reason(path: &Path, error: &Error) -> String {
    let text = error.to_string();
    let path = format!("{}: ", path.display());
    text.strip_prefix(&path).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests;
