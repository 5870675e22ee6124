//! What plays, what is planned, and what has to be done when.

mod carry;
mod pause;
mod plan;
mod sting;

use super::command::{Command, Commands, PlayNo, SyncRow};
use super::course::Course;
use super::form::MusicForm;
use super::grid::{Granted, Grid, Outer};
use super::place::Place;
use super::playlist::{Decks, Run};
use crate::adaptive::lookup::frames;
use crate::ids::{MusicIx, SegmentIx, StingerIx};
use crate::source::{Shape, Sync};
use plan::Plan;
use sting::Stings;

/// Where no rule and no action says how, music gives way to other music, and goes, in this time, ms.
const PLAIN_FADE_MS: f32 = 20.0;

/// The music of a project while it plays. Made on the control thread, everything else is
/// `[audio-thread]`: bounded and without allocation.
///
/// 1. A call ([`Music::play`], [`Music::stop`], [`Music::stinger`], ..) at its frame.
/// 2. [`Music::run`] at the frame that [`Music::next_boundary`] names, never after it.
/// 3. [`Music::ended`] when a play came to its end by itself.
#[derive(Clone, Debug)]
pub struct Music {
    line: Option<Line>,
    /// What was asked for.
    asked: Option<Plan>,
    /// What follows by itself.
    follow: Option<Plan>,
    run: Run,
    next_run: Run,
    decks: Decks,
    filler: Option<(PlayNo, Course)>,
    stings: Stings,
    plays: u64,
    /// It is paused: from this frame on, the end of the fade of its pause, it stands still.
    paused: Option<u64>,
    /// The frame at which that fade began.
    pauses_at: u64,
}

/// The segment that counts.
#[derive(Clone, Copy, Debug)]
struct Line {
    play: PlayNo,
    segment: SegmentIx,
    music: MusicIx,
    place: Place,
    course: Course,
    /// What follows it in its playlist.
    next: Option<SegmentIx>,
}

impl Music {
    /// Silence. Shuffled playlists hang on `seed`, the project's. Allocates. `[main-thread]`
    pub fn new(form: &MusicForm, seed: u64) -> Self {
        Self {
            line: None,
            asked: None,
            follow: None,
            run: Run::new(form),
            next_run: Run::new(form),
            decks: Decks {
                seed,
                dealt: vec![0; form.playlists.len()].into_boxed_slice(),
            },
            filler: None,
            stings: Stings::default(),
            plays: 0,
            paused: None,
            pauses_at: 0,
        }
    }

    /// Orders of shuffled playlists to come are those of another seed. The one that plays goes on
    /// to its end.
    pub fn reseed(&mut self, seed: u64) {
        self.decks.seed = seed;
    }

    /// The segment or playlist that plays, and the segment that sounds.
    pub fn playing(&self) -> Option<(MusicIx, SegmentIx)> {
        self.line.map(|line| (line.music, line.segment))
    }

    /// Whether a play is that of the segment that counts, or of one that is about to.
    pub fn has(&self, play: PlayNo) -> bool {
        let plans = [self.asked, self.follow].into_iter().flatten();
        let begun = plans.filter_map(|plan| plan.begun_play());
        let line = self.line.map(|line| line.play);
        line.into_iter().chain(begun).any(|it| it == play)
    }

    /// What was asked for and is waited for, and the frame at which it comes.
    pub fn waiting(&self) -> Option<(MusicIx, u64)> {
        self.asked.map(|plan| (plan.music, plan.at))
    }

    /// The stinger that sounds.
    pub fn stings(&self) -> Option<StingerIx> {
        self.stings.sounds.map(|sting| sting.stinger)
    }

    /// The grid of the segment that plays. While it is paused, the next point is as far away as if
    /// the pause ended at frame `at`.
    pub fn grid(&self, form: &MusicForm, at: u64) -> Option<Grid> {
        let line = self.line?;
        let now = self.time(at);
        let mut grid = line.place.grid(form.segment(line.segment), now);
        grid.t0 += (at - now) as f64;
        Some(grid)
    }

    /// The next frame at which [`Music::run`] has something to do; `u64::MAX` for never.
    pub fn next_boundary(&self, form: &MusicForm) -> u64 {
        let plans = [self.asked, self.follow];
        let plans = plans.into_iter().flatten().map(|plan| plan.due());
        let waits = self.asked.is_none() && self.follow.is_none();
        let exit = self.exit(form).filter(|_| waits);
        let due = plans.chain(exit).chain([self.stings.due()]);
        let due = due.min().unwrap_or(u64::MAX);
        if self.is_held(due) { u64::MAX } else { due }
    }

    /// Asks for a segment or playlist by the rules. What plays already goes on, and what was
    /// planned instead is forgotten. `transport` is its grid, for when no music plays. False when
    /// it plays already, or is planned: nothing changes.
    pub fn play(
        &mut self,
        form: &MusicForm,
        at: u64,
        music: MusicIx,
        transport: Option<&Outer<'_>>,
        out: &mut Commands,
    ) -> bool {
        if music.at() >= form.segments.len() + form.playlists.len() {
            return false;
        }
        let at = self.time(at);
        let planned = self.asked.map(|plan| plan.music);
        let plays = self.line.is_some_and(|line| line.music == music);
        if planned == Some(music) {
            return false;
        }
        self.withdraw(form, at, out);
        if plays {
            self.plan_follow(form, at);
            self.move_sting(form, at, transport, out);
            return planned.is_some();
        }
        let segment = self.next_run.begin(form, music, &mut self.decks);
        self.plan(form, at, (segment, music), transport, out);
        self.move_sting(form, at, transport, out);
        self.run(form, at, out);
        true
    }

    /// Ends the music over `fade` frames; 0 takes a short time so as not to click. Stingers go on,
    /// and a pause is over. A stinger that waits for a segment which now does not come lands on the
    /// grid of the segment that fades, as long as it is heard, else on `others`, the grid of what
    /// goes on without the music, and where there is none at once.
    pub fn stop(
        &mut self,
        form: &MusicForm,
        at: u64,
        fade: u32,
        others: Option<&Outer<'_>>,
        out: &mut Commands,
    ) {
        let was_paused = self.paused.is_some();
        self.go_on(at, out);
        let lost = self.stings_of_plan(form);
        self.withdraw(form, at, out);
        let fade = if fade == 0 { plain(form) } else { fade };
        let line = self.line.take();
        if let Some(line) = &line {
            out.push(fade_out(line.play, &line.course, at, (fade, Shape::Linear)));
        }
        self.fade_filler(at, (fade, Shape::Linear), out);
        if was_paused && lost.is_empty() {
            let waited = line.is_some();
            self.stings_behind_pause(form, at, (waited, others), out);
            self.stings.run(form, at, &mut self.plays, out);
        }
        if !lost.is_empty() {
            let fading = line.map(|line| (line, at.saturating_add(fade.into())));
            self.land_without_plan(form, at, &lost, (fading, others), out);
        }
    }

    /// The transport goes another way from frame `at` on: what waits for it, and not for music, waits for the
    /// point that is the next one now.
    pub fn transport_turned(
        &mut self,
        form: &MusicForm,
        at: u64,
        transport: &Outer<'_>,
        out: &mut Commands,
    ) {
        if self.line.is_some() || self.paused.is_some() {
            return;
        }
        self.move_plan(at, transport, out);
        self.move_sting(form, at, Some(transport), out);
    }

    /// The stingers that wait.
    pub fn waiting_stingers(&self) -> impl Iterator<Item = StingerIx> + use<> {
        self.stings.waits.stingers()
    }

    /// Stingers that wait do not come any more; which ones.
    pub fn forget_stingers(&mut self) -> impl Iterator<Item = StingerIx> + use<> {
        std::mem::take(&mut self.stings.waits).stingers()
    }

    /// The loop of the segment that plays ends with its pass, so that it comes to its exit cue.
    pub fn leave_loop(&mut self, form: &MusicForm, at: u64, out: &mut Commands) {
        let at = self.time(at);
        let Some(line) = &mut self.line else {
            return;
        };
        let segment = form.segment(line.segment);
        if segment.looping.is_none() || line.place.jumps != u64::MAX {
            return;
        }
        line.place.leave_loop(segment, at);
        out.push(Command::LeaveLoop(line.play));
        if self.asked.is_none() {
            self.plan_follow(form, at);
            self.move_sting(form, at, None, out);
        }
    }

    /// A play is over, or did not start. What it counts for in time goes on: a segment without a
    /// sound still comes to its exit cue.
    pub fn ended(&mut self, at: u64, play: PlayNo, out: &mut Commands) {
        if self.filler.is_some_and(|(filler, _)| filler == play) {
            self.filler = None;
        }
        self.stings.ended(self.time(at), play, out);
    }

    /// Does everything that is due at frame `at`; nothing while it stands still.
    pub fn run(&mut self, form: &MusicForm, at: u64, out: &mut Commands) {
        if self.is_held(at) {
            return;
        }
        let before = self.line.map(|line| line.play);
        // Each pass takes the line on by at least a beat's fraction: a few are always enough.
        for _ in 0..4 {
            self.begin_planned(form, at, out);
            if let Some(plan) = self.asked.take_if(|plan| plan.at <= at) {
                self.commit(form, &plan, out);
            } else if let Some(plan) = self.follow.take_if(|plan| plan.at <= at) {
                self.commit(form, &plan, out);
            } else {
                break;
            }
        }
        let waits = self.asked.is_none() && self.follow.is_none();
        if waits && self.exit(form).is_some_and(|exit| exit <= at) {
            self.line = None;
        }
        if self.line.map(|line| line.play) != before {
            self.move_sting(form, at, None, out);
        }
        self.stings.run(form, at, &mut self.plays, out);
    }

    /// The frame at which what plays comes to its exit cue.
    fn exit(&self, form: &MusicForm) -> Option<u64> {
        let line = self.line?;
        line.place.exit(form.segment(line.segment))
    }

    fn fade_filler(&mut self, at: u64, fade: (u32, Shape), out: &mut Commands) {
        if let Some((play, course)) = self.filler.take() {
            out.push(fade_out(play, &course, at, fade));
        }
    }
}

/// The end of a play of full gain, from the gain it has.
fn fade_out(play: PlayNo, course: &Course, at: u64, (frames, shape): (u32, Shape)) -> Command {
    Command::Fade {
        play,
        course: Course::leave(course.exact(at), 1.0, at, frames, shape),
        stop: true,
    }
}

/// Number of the next play.
fn next_play(plays: &mut u64) -> PlayNo {
    *plays += 1;
    PlayNo(*plays)
}

fn plain(form: &MusicForm) -> u32 {
    frames(PLAIN_FADE_MS, form.sample_rate)
}

/// The telemetry of a grant.
pub(super) fn sync_row(at: u64, asked: Sync, granted: &Granted) -> Command {
    Command::Sync(SyncRow::new(at, asked, granted))
}
