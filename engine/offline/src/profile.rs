//! Loudness profiles: a target, a ceiling, and what is measured.

use crate::job::{LoudnessMode, Normalise};

/// A row of the table of profiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// What it is called.
    pub id: &'static str,
    /// For people.
    pub name: &'static str,
    /// What is measured.
    pub mode: LoudnessMode,
    /// Target, LUFS.
    pub target: f64,
    /// How far off still passes, LU; 0: not said.
    pub tolerance: f64,
    /// Ceiling, dBTP.
    pub ceiling: f64,
}

const fn row(
    id: &'static str,
    name: &'static str,
    mode: LoudnessMode,
    target: f64,
    tolerance: f64,
    ceiling: f64,
) -> Profile {
    Profile {
        id,
        name,
        mode,
        target,
        tolerance,
        ceiling,
    }
}

use LoudnessMode::{Lufs, MaxMomentary};

/// All profiles. They are starting points: every number can be replaced in a job.
pub const PROFILES: &[Profile] = &[
    row("ebu-r128", "EBU R 128", Lufs, -23.0, 0.5, -1.0),
    row("atsc-a85", "ATSC A/85", Lufs, -24.0, 2.0, -2.0),
    row("stream", "Streaming services", Lufs, -14.0, 0.0, -1.0),
    row("podcast", "Podcast", Lufs, -16.0, 0.0, -1.0),
    row("game-home", "Game at home", Lufs, -24.0, 2.0, -1.0),
    row(
        "game-portable",
        "Game on a portable device",
        Lufs,
        -18.0,
        2.0,
        -1.0,
    ),
    row("music", "Game music", Lufs, -18.0, 1.5, -1.0),
    row("voice", "Game voices", Lufs, -19.0, 1.5, -1.0),
    row("ambience", "Game ambiences", Lufs, -26.0, 1.5, -1.0),
    row("sfx", "Game sound effects", MaxMomentary, -19.0, 1.5, -1.0),
    row(
        "ui",
        "User-interface sounds",
        MaxMomentary,
        -23.0,
        1.5,
        -1.0,
    ),
];

/// The profile of this id. `[thread-safe]`
pub fn find(id: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.id == id)
}

impl Profile {
    /// The target as part of a job.
    pub fn normalise(&self) -> Normalise {
        Normalise {
            ceiling: Some(self.ceiling),
            ..Normalise::new(self.mode, self.target)
        }
    }
}
