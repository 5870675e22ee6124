//! Grids: the frames at which music may change.

use segue_rt::game::Desk;
use segue_rt::tempo;

use crate::source::Sync;

/// Beats in time: beat k is at frame floor(t0 + k·beat + ½). Nothing is accumulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Frame of beat 0, which begins a bar and a phrase; may lie before frame 0.
    pub t0: f64,
    /// Frames of a beat, above 0.
    pub beat: f64,
    /// Beats in a bar, at least 1.
    pub per_bar: u8,
}

/// A point of a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Its frame.
    pub frame: u64,
    /// Where it would be if frames had parts.
    pub exact: f64,
}

impl Point {
    /// The frame itself.
    pub fn at(frame: u64) -> Self {
        Self {
            frame,
            exact: frame as f64,
        }
    }
}

/// Beats of a phrase, in bars.
const PHRASE_BARS: u32 = 4;

impl Grid {
    /// The first point of `sync` at or after frame `earliest`; `None` for those that are no
    /// multiple of a beat. `[audio-thread]`
    pub fn next(&self, sync: Sync, earliest: u64) -> Option<Point> {
        let beats = match sync {
            Sync::Beat => 1.0,
            Sync::Bar | Sync::NextDownbeat => f64::from(self.per_bar),
            Sync::Phrase => f64::from(self.per_bar) * f64::from(PHRASE_BARS),
            Sync::Grid(beats) => beats,
            Sync::Immediate | Sync::Marker | Sync::SegmentEnd => return None,
        };
        Some(self.multiple(beats * self.beat, earliest))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative: at or after `earliest`"
    )]
    fn multiple(&self, period: f64, earliest: u64) -> Point {
        let exact = |k: f64| self.t0 + k * period;
        let frame = |k: f64| (exact(k) + 0.5).floor();
        let earliest = earliest as f64;
        let mut k = ((earliest - self.t0) / period).floor();
        if frame(k - 1.0) >= earliest {
            k -= 1.0;
        }
        while frame(k) < earliest {
            k += 1.0;
        }
        Point {
            frame: frame(k) as u64,
            exact: exact(k),
        }
    }
}

/// The grid that holds where it is not one's own.
#[derive(Clone, Copy)]
pub enum Outer<'a> {
    /// Of something with one tempo: music, layers.
    Even(Grid),
    /// Of the transport, whose tempo and signature may change on the way.
    Transport(&'a dyn Desk),
}

impl Outer<'_> {
    /// As [`Grid::next`]. `[audio-thread]`
    pub fn next(&self, sync: Sync, earliest: u64) -> Option<Point> {
        let desk = match self {
            Self::Even(grid) => return grid.next(sync, earliest),
            Self::Transport(desk) => desk,
        };
        let grid = match sync {
            Sync::Beat => tempo::Grid::Beat,
            Sync::Bar | Sync::NextDownbeat => tempo::Grid::Bar,
            Sync::Phrase => tempo::Grid::Bars(PHRASE_BARS),
            Sync::Grid(beats) => tempo::Grid::Beats(beats),
            Sync::Immediate | Sync::Marker | Sync::SegmentEnd => return None,
        };
        let point = desk.grid_point(grid, earliest)?;
        Some(Point {
            frame: point.frame,
            exact: point.exact,
        })
    }
}

/// What was granted to a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Granted {
    /// The grid.
    pub sync: Sync,
    /// Its point.
    pub point: Point,
}

impl Granted {
    /// Frame `at`, whatever was asked for.
    pub(crate) fn at_once(at: u64) -> Self {
        Self {
            sync: Sync::Immediate,
            point: Point::at(at),
        }
    }
}

/// The point for a request at frame `now` that may not be before `earliest`. When the wait is over
/// `max_wait` frames, or a grid has no point, the next finer grid holds; at last it is `earliest`
/// itself. A wait is never cut short. `next` gives the first point of a grid. `[audio-thread]`
pub fn grant(
    sync: Sync,
    now: u64,
    earliest: u64,
    max_wait: u64,
    next: impl Fn(Sync) -> Option<Point>,
) -> Granted {
    let mut asked = Some(sync);
    while let Some(sync) = asked.filter(|sync| *sync != Sync::Immediate) {
        let fits = |point: &Point| point.frame.saturating_sub(now) <= max_wait;
        if let Some(point) = next(sync).filter(fits) {
            return Granted { sync, point };
        }
        asked = finer(sync);
    }
    Granted::at_once(earliest)
}

/// The next finer grid; `None` is at once.
fn finer(sync: Sync) -> Option<Sync> {
    match sync {
        Sync::SegmentEnd | Sync::Marker => Some(Sync::Phrase),
        Sync::Phrase => Some(Sync::Bar),
        Sync::Bar | Sync::NextDownbeat | Sync::Grid(_) => Some(Sync::Beat),
        Sync::Beat | Sync::Immediate => None,
    }
}
