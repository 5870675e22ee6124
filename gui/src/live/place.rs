//! Positions as musicians count and as the engine does.

use segue_engine::project::Project;
use segue_engine::rt::tempo::{BarsBeats, TempoMap};

use crate::model::snapshot::Position;

/// A position that converts.
pub(super) struct Place(pub(super) Position);

impl Place {
    /// Quarter notes from the start; what lies before it becomes the start.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at least 0, and no bar has that many beats"
    )]
    pub(super) fn beats(&self, tempo: &TempoMap) -> f64 {
        let Position { bar, beat } = self.0;
        let beat = (beat - 1.0).max(0.0);
        tempo
            .beats_of(BarsBeats {
                bar: i64::from(bar) - 1,
                beat: beat as u32,
                fraction: beat.fract(),
            })
            .max(0.0)
    }
}

impl From<BarsBeats> for Place {
    fn from(place: BarsBeats) -> Self {
        let bar = i32::try_from(place.bar.saturating_add(1)).unwrap_or(i32::MAX);
        Self(Position {
            bar,
            beat: f64::from(place.beat) + 1.0 + place.fraction,
        })
    }
}

/// What can be repeated: the project's loop, or all of it.
pub(super) fn song_range(project: &Project) -> Option<(f64, f64)> {
    let region = project.loop_region.as_ref();
    region
        .map(|region| (region.start_beats, region.end_beats))
        .or(project.length_beats.map(|end| (0.0, end)))
}
