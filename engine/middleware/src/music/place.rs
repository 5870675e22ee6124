//! Where a segment is in its sound, and when it comes to a point of it.

use super::form::SegmentForm;
use super::grid::{Grid, Point};
use crate::source::{MarkerKind, Sync};

/// A running segment in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// The frame at which frame 0 of its sound is; may lie before frame 0.
    pub(super) t0: i64,
    /// Times it jumps back to the start of its loop; `u64::MAX` is without end.
    pub(super) jumps: u64,
}

impl Place {
    /// A segment whose sound is at `offset` at frame `at`.
    pub(super) fn new(form: &SegmentForm, at: u64, offset: u64) -> Self {
        Self {
            t0: at.cast_signed() - offset.cast_signed(),
            jumps: if form.looping.is_some() { u64::MAX } else { 0 },
        }
    }

    /// Frames of its loop it has jumped back over at frame `t`, as a number of jumps.
    fn jumped(&self, form: &SegmentForm, t: u64) -> u64 {
        let at = t.cast_signed() - self.t0;
        match form.looping {
            Some([start, end]) if at >= end.cast_signed() => {
                let passed = at.cast_unsigned() - start;
                (passed / (end - start)).min(self.jumps)
            }
            _ => 0,
        }
    }

    /// Frame of its sound at frame `t`; before 0 it has not begun.
    pub(super) fn position(&self, form: &SegmentForm, t: u64) -> i64 {
        let jumps = self.jumped(form, t);
        t.cast_signed() - self.t0 - back(form, jumps)
    }

    /// Beats after the entry cue at frame `t`.
    pub(super) fn beats(&self, form: &SegmentForm, t: u64) -> f64 {
        (self.position(form, t) - form.entry.cast_signed()) as f64 / form.beat
    }

    /// The loop ends with the pass it is in.
    pub(super) fn leave_loop(&mut self, form: &SegmentForm, t: u64) {
        self.jumps = self.jumped(form, t);
    }

    /// The frame of its exit cue; `None` while it repeats without end.
    pub(super) fn exit(&self, form: &SegmentForm) -> Option<u64> {
        (self.jumps != u64::MAX).then(|| self.frame(form, self.jumps, form.exit))
    }

    /// Its grid in the pass it is in at frame `t`.
    pub(super) fn grid(&self, form: &SegmentForm, t: u64) -> Grid {
        self.grid_of(form, self.jumped(form, t))
    }

    /// Its first point of `sync` at or after frame `earliest`. Its exit cue ends every grid: it is the
    /// last point, and behind it there is none.
    pub(super) fn next(&self, form: &SegmentForm, sync: Sync, earliest: u64) -> Option<Point> {
        let first = self.jumped(form, earliest);
        // A pass without a point is like the next one; then only what follows the loop is left.
        let passes = [first, first.saturating_add(1).min(self.jumps), self.jumps];
        let point = passes
            .into_iter()
            .filter(|pass| *pass != u64::MAX)
            .find_map(|pass| self.next_in(form, sync, earliest, pass));
        match self.exit(form) {
            Some(exit) if sync != Sync::Marker => {
                let exit = Some(Point::at(exit)).filter(|it| it.frame >= earliest)?;
                Some(point.filter(|it| it.frame < exit.frame).unwrap_or(exit))
            }
            Some(exit) => point.filter(|it| it.frame <= exit),
            None => point,
        }
    }

    /// The same within one pass of its loop.
    fn next_in(&self, form: &SegmentForm, sync: Sync, earliest: u64, pass: u64) -> Option<Point> {
        let starts = match form.looping {
            Some([start, _]) if pass > 0 => self.frame(form, pass, start),
            _ => 0,
        };
        let ends = match form.looping {
            Some([_, end]) if pass < self.jumps => self.frame(form, pass, end),
            _ => u64::MAX,
        };
        let earliest = earliest.max(starts);
        let point = match sync {
            Sync::Marker => self.marker(form, earliest, pass)?,
            Sync::SegmentEnd => return self.segment_end(form, earliest, pass),
            _ => self.grid_of(form, pass).next(sync, earliest)?,
        };
        (point.frame < ends).then_some(point)
    }

    fn marker(&self, form: &SegmentForm, earliest: u64, pass: u64) -> Option<Point> {
        let leaves = |kind| matches!(kind, MarkerKind::Sync | MarkerKind::Exit);
        let markers = form.markers.iter().filter(|it| leaves(it.kind));
        let frames = markers.map(|it| self.frame(form, pass, it.pos));
        frames
            .filter(|frame| *frame >= earliest)
            .min()
            .map(Point::at)
    }

    /// The exit cue, or the loop's end where the loop does not let it come to that.
    fn segment_end(&self, form: &SegmentForm, earliest: u64, pass: u64) -> Option<Point> {
        let leave = match form.looping {
            Some([start, end]) if pass < self.jumps && !(start..=end).contains(&form.exit) => end,
            _ => form.exit,
        };
        let frame = self.frame(form, pass, leave);
        (frame >= earliest).then(|| Point::at(frame))
    }

    fn grid_of(&self, form: &SegmentForm, pass: u64) -> Grid {
        let entry = self.t0 + back(form, pass) + form.entry.cast_signed();
        Grid {
            t0: entry as f64,
            beat: form.beat,
            per_bar: form.per_bar,
        }
    }

    /// When frame `position` of its sound comes in pass `pass`; 0 for what was before frame 0.
    fn frame(&self, form: &SegmentForm, pass: u64, position: u64) -> u64 {
        let frame = self.t0 + back(form, pass) + position.cast_signed();
        frame.max(0).cast_unsigned()
    }
}

/// Frames that `jumps` jumps go back.
fn back(form: &SegmentForm, jumps: u64) -> i64 {
    let length = form.looping.map_or(0, |[start, end]| end - start);
    jumps.saturating_mul(length).cast_signed()
}
