//! Voices that are kept track of but not rendered: where they are is arithmetic.

use super::real::{Place, Ramp, Voice};
use super::{MAX_PLACE, VirtualMode, VoiceParams};
use crate::command::Reason;
use crate::ids::VoiceId;

/// One virtual voice. Its place at any frame is exact and costs the same at any distance.
#[derive(Clone, Copy)]
pub(super) struct Virtual {
    pub(super) id: VoiceId,
    pub(super) params: VoiceParams,
    pub(super) started: u64,
    pub(super) stop_at: u64,
    pub(super) ending: Reason,
    /// Length of its unrolled sound, frames.
    length: u64,
    step: u64,
    since: u64,
    place: Place,
    /// The fade of its pause, as a real one would have it: from its end on it stands still.
    pub(super) pause: Option<Ramp>,
    frozen: bool,
}

impl Virtual {
    /// A voice that leaves the mix at frame `at`. Ramps on their way count as finished.
    pub(super) fn of(voice: &Voice, frames: u64, mode: VirtualMode, at: u64) -> Self {
        let place = match mode {
            VirtualMode::Restart => Place {
                frame: voice.params.start,
                fraction: 0,
            },
            _ => voice.place,
        };
        let frozen = voice.is_frozen(at);
        let stood = if frozen { at - voice.fade.end() } else { 0 };
        Self {
            id: voice.id,
            params: voice.params,
            started: voice.started,
            stop_at: voice.stop_at.saturating_add(stood),
            ending: voice.ending,
            length: voice.params.unrolled(frames),
            step: voice.pitch.to,
            since: at,
            place,
            pause: voice.paused.then_some(voice.fade),
            frozen: mode != VirtualMode::Elapsed,
        }
    }

    /// Where it is at frame `at`.
    pub(super) fn place(&self, at: u64) -> Place {
        if self.frozen {
            return self.place;
        }
        let run = at.min(self.still_from()).saturating_sub(self.since);
        self.place.plus(u128::from(run) * u128::from(self.step))
    }

    /// Keeps the present place and goes on from there under new terms.
    pub(super) fn anchor(&mut self, at: u64) {
        self.place = self.place(at);
        self.count_pause(at);
        self.since = at;
    }

    /// While it stands still, its set length does not run.
    fn count_pause(&mut self, at: u64) {
        let stood = at.saturating_sub(self.still_from().max(self.since));
        self.stop_at = self.stop_at.saturating_add(stood);
    }

    fn still_from(&self) -> u64 {
        self.pause.map_or(u64::MAX, |fade| fade.end())
    }

    /// True from the frame on at which its pause would have faded out.
    pub(super) fn stands_still(&self, at: u64) -> bool {
        at >= self.still_from()
    }

    pub(super) fn set_step(&mut self, at: u64, step: u64) {
        self.anchor(at);
        self.step = step;
    }

    pub(super) fn set_place(&mut self, at: u64, frame: u64) {
        self.place = Place {
            frame: frame.min(MAX_PLACE),
            fraction: 0,
        };
        self.count_pause(at);
        self.since = at;
    }

    /// Stands still once it would have faded over `len` frames.
    pub(super) fn pause(&mut self, at: u64, len: u32) {
        self.pause = self.pause.or(Some(Ramp::new(1.0, 0.0, at, len)));
    }

    /// Goes on; a set length is counted on from there.
    pub(super) fn resume(&mut self, at: u64) {
        self.anchor(at);
        self.pause = None;
    }

    pub(super) fn set_length(&mut self, frames: u64) {
        self.length = self.params.unrolled(frames);
    }

    /// The frame at which it is over, and why; `None` while that is ahead of `at`.
    pub(super) fn over(&self, at: u64) -> Option<(u64, Reason)> {
        let end = self.end();
        let reason = if end == self.stop_at {
            self.ending
        } else {
            Reason::NaturalEnd
        };
        (end <= at).then_some((end, reason))
    }

    /// The first frame at which [`Virtual::over`] will not be `None`, if nothing changes.
    pub(super) fn end(&self) -> u64 {
        let end = self.stop_at.min(self.natural_end());
        if end < self.still_from() {
            end
        } else {
            u64::MAX
        }
    }

    fn natural_end(&self) -> u64 {
        if self.frozen || self.length == u64::MAX {
            return u64::MAX;
        }
        let here = (u128::from(self.place.frame) << 32) | u128::from(self.place.fraction);
        let left = (u128::from(self.length) << 32).saturating_sub(here);
        let frames = left.div_ceil(u128::from(self.step.max(1)));
        self.since
            .saturating_add(u64::try_from(frames).unwrap_or(u64::MAX))
    }
}
