//! Stingers: one at a time, over the music that makes way for it.

mod waits;

use segue_rt::command::Reason;

use super::{Line, Music, next_play};
use crate::adaptive::lookup::frames;
use crate::ids::StingerIx;
use crate::music::command::{Command, Commands, DuckSlot, PlayNo, Role, StartPlay, SyncRow};
use crate::music::course::{Course, DuckCourse};
use crate::music::form::{MusicForm, SegmentForm, StingerForm};
use crate::music::grid::{Granted, Outer, Point, grant};
use crate::music::place::Place;
use crate::source::{Shape, Sync};
pub(super) use waits::Waits;

/// A stinger that is interrupted fades in this time, ms.
const INTERRUPTED_MS: f32 = 10.0;

/// The stinger that sounds, those that wait, and their duck.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stings {
    pub(super) sounds: Option<Sting>,
    pub(super) waits: Waits,
    duck: DuckCourse,
    /// Of the duck that holds.
    release: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Sting {
    pub(super) stinger: StingerIx,
    play: PlayNo,
    /// What was told of it last.
    told: SyncRow,
    /// The frame at which it was asked for, later by all pauses since.
    asked: u64,
    start: u64,
    /// Where it ends, when that is known.
    end: u64,
    priority: u8,
}

impl Default for Stings {
    fn default() -> Self {
        Self {
            sounds: None,
            waits: Waits::default(),
            duck: DuckCourse::OFF,
            release: 0,
        }
    }
}

impl Music {
    /// Asks for a stinger on the music's grid, or on the transport's when none plays. Returns the
    /// frame at which its anchor will be. Those that wait for a later frame give way
    /// ([`Command::GaveWay`]); those that begin before it are heard until then. Errors: another one sounds or waits that it may not
    /// interrupt ([`Reason::PriorityLost`]); it is unknown ([`Reason::StaleId`]).
    pub fn stinger(
        &mut self,
        form: &MusicForm,
        at: u64,
        stinger: StingerIx,
        transport: Option<&Outer<'_>>,
        out: &mut Commands,
    ) -> Result<u64, Reason> {
        let it = form.stingers.get(stinger.at()).ok_or(Reason::StaleId)?;
        let at = self.time(at);
        let stings = self.stings;
        let mut others = stings.sounds.into_iter().chain(stings.waits.iter());
        if others.any(|other| !it.can_interrupt || it.priority < other.priority) {
            return Err(Reason::PriorityLost);
        }
        let granted = self.grid_point(form, [at, at], it, transport);
        let told = SyncRow::new(at, it.sync, &granted);
        out.push(Command::Sync(told));
        let lands = granted.point.frame;
        let new = Sting {
            stinger,
            play: PlayNo::default(),
            told,
            asked: at,
            start: lands - it.anchor.min(lands),
            end: u64::MAX,
            priority: it.priority,
        };
        self.stings.waits.push(new, out);
        if !self.is_held(at) {
            self.stings.run(form, at, &mut self.plays, out);
        }
        Ok(lands)
    }

    /// What became of stingers that waited through a pause, which is over: they come later by the pause where the grid
    /// that they wait for did (`waited`), else on the next points of `grid`.
    pub(super) fn stings_behind_pause(
        &mut self,
        form: &MusicForm,
        at: u64,
        (waited, grid): (bool, Option<&Outer<'_>>),
        out: &mut Commands,
    ) {
        let mut waits = self.stings.waits;
        for sting in waits.iter_mut() {
            if !waited {
                let it = &form.stingers[sting.stinger.at()];
                let granted = self.grid_point(form, [at, at], it, grid);
                sting.told = SyncRow::new(sting.told.asked_at, it.sync, &granted);
                sting.asked = at;
                sting.start = granted.point.frame - it.anchor.min(granted.point.frame);
            }
            out.push(Command::Sync(sting.told));
        }
        waits.settle(out);
        self.stings.waits = waits;
    }

    /// Where its anchor lands: far enough away for what comes before the anchor, from frame `now` on.
    fn grid_point(
        &self,
        form: &MusicForm,
        [asked, now]: [u64; 2],
        it: &StingerForm,
        transport: Option<&Outer<'_>>,
    ) -> Granted {
        let soonest = now + it.anchor;
        let earliest = soonest.max(asked + it.look_ahead);
        let mut granted = grant(it.sync, asked, soonest, u64::MAX, |sync| {
            self.next_point(form, sync, earliest, transport)
        });
        granted.point.frame = granted.point.frame.max(soonest);
        granted
    }

    /// The first point of a grid at or after frame `earliest`: of the segment that counts by then, as
    /// far as that is known.
    fn next_point(
        &self,
        form: &MusicForm,
        sync: Sync,
        earliest: u64,
        transport: Option<&Outer<'_>>,
    ) -> Option<Point> {
        let in_transport = || transport.and_then(|grid| grid.next(sync, earliest));
        let line = self
            .line
            .map(|line| (line.place, form.segment(line.segment)));
        let here = match &line {
            Some((place, segment)) => place.next(segment, sync, earliest),
            None => in_transport(),
        };
        let plans = [&self.asked, &self.follow].into_iter().flatten();
        let Some(plan) = plans.min_by_key(|plan| plan.at) else {
            // Behind its exit cue its grid is the last that there was.
            let on = |(place, segment): &(Place, &SegmentForm)| {
                place.grid(segment, earliest).next(sync, earliest)
            };
            return here
                .or_else(in_transport)
                .or_else(|| line.as_ref().and_then(on));
        };
        // An end is where the change is; the last beat of a segment is the first of the next one.
        let ends = matches!(sync, Sync::SegmentEnd | Sync::Marker);
        let counts = |point: &Point| point.frame < plan.at || ends && point.frame == plan.at;
        here.filter(counts).or_else(|| {
            let earliest = earliest.max(plan.at);
            let (place, segment) = (plan.place(form), form.segment(plan.segment));
            // What comes behind it is found out when it takes over.
            let on = || place.grid(segment, earliest).next(sync, earliest);
            place.next(segment, sync, earliest).or_else(on)
        })
    }

    /// What counts from now on, or soon, has changed: a stinger that waits lands on the grid of that.
    pub(super) fn move_sting(
        &mut self,
        form: &MusicForm,
        at: u64,
        transport: Option<&Outer<'_>>,
        out: &mut Commands,
    ) {
        let mut waits = self.stings.waits;
        for sting in waits.iter_mut().filter(|it| it.start > at) {
            let it = &form.stingers[sting.stinger.at()];
            let granted = self.grid_point(form, [sting.asked, at], it, transport);
            let lands = granted.point.frame;
            let start = lands - it.anchor.min(lands);
            if granted.sync != Sync::Immediate && start != sting.start {
                sting.told = SyncRow::new(sting.told.asked_at, it.sync, &granted);
                out.push(Command::Sync(sting.told));
                sting.start = start;
            }
        }
        waits.settle(out);
        self.stings.waits = waits;
    }

    /// Whether one waits for a point of what is only planned. Where it lands on the end of the segment that
    /// plays, that is no such point.
    fn waits_for_plan(&self, form: &MusicForm, sting: &Sting) -> bool {
        let plans = [&self.asked, &self.follow].into_iter().flatten();
        let Some(plan) = plans.min_by_key(|plan| plan.at) else {
            return false;
        };
        let it = &form.stingers[sting.stinger.at()];
        let ends = matches!(it.sync, Sync::SegmentEnd | Sync::Marker);
        let lands = sting.start + it.anchor;
        lands > plan.at || !ends && lands == plan.at
    }

    /// The stingers that wait for a point of what is only planned.
    pub(super) fn stings_of_plan(&self, form: &MusicForm) -> Waits {
        self.stings.waits.filter(|it| self.waits_for_plan(form, it))
    }

    /// What the stingers `lost` waited for does not come: they land on the grid of what fades, before the frame
    /// at which that is silent, or on that of others, or at once.
    pub(super) fn land_without_plan(
        &mut self,
        form: &MusicForm,
        at: u64,
        lost: &Waits,
        (fading, others): (Option<(Line, u64)>, Option<&Outer<'_>>),
        out: &mut Commands,
    ) {
        for sting in self.stings.waits.iter_mut() {
            if !lost.has(sting) {
                continue;
            }
            let it = &form.stingers[sting.stinger.at()];
            let soonest = at + it.anchor;
            let earliest = soonest.max(sting.asked + it.look_ahead);
            let granted = grant(it.sync, sting.asked, soonest, u64::MAX, |sync| {
                let heard = fading.and_then(|(line, silent)| {
                    let point = line.place.next(form.segment(line.segment), sync, earliest);
                    point.filter(|point| point.frame < silent)
                });
                heard.or_else(|| others.and_then(|grid| grid.next(sync, earliest)))
            });
            sting.told = SyncRow::new(sting.told.asked_at, it.sync, &granted);
            out.push(Command::Sync(sting.told));
            sting.start = granted.point.frame.max(soonest) - it.anchor;
        }
        self.stings.waits.settle(out);
        self.stings.run(form, at, &mut self.plays, out);
    }
}

impl Stings {
    pub(super) fn due(&self) -> u64 {
        let waits = self.waits.iter().map(|it| it.start).min();
        waits
            .unwrap_or(u64::MAX)
            .min(self.sounds.map_or(u64::MAX, |it| it.end))
    }

    /// Nothing happened for `by` frames from frame `since` on. Returns the duck.
    pub(super) fn wait(&mut self, since: u64, by: u64) -> DuckCourse {
        for it in self.sounds.iter_mut().chain(self.waits.iter_mut()) {
            it.told = it.told.later(by);
            it.asked = it.asked.saturating_add(by);
            it.start = it.start.saturating_add(by);
            it.end = it.end.saturating_add(by);
        }
        self.duck.wait(since, by);
        self.duck
    }

    pub(super) fn run(&mut self, form: &MusicForm, at: u64, plays: &mut u64, out: &mut Commands) {
        while let Some(next) = self.waits.take_due(at) {
            self.start(form, at, next, plays, out);
        }
        if self.sounds.is_some_and(|it| it.end <= at) {
            self.sounds = None;
            self.release(at, out);
        }
    }

    /// It came to its end, or did not start.
    pub(super) fn ended(&mut self, at: u64, play: PlayNo, out: &mut Commands) {
        if self.sounds.take_if(|it| it.play == play).is_some() {
            self.release(at, out);
        }
    }

    /// Those of the program before, as far as they are known by name.
    pub(super) fn carried(&self, old: &MusicForm, form: &MusicForm) -> Self {
        let known = |it: Sting| {
            let stinger = form.stinger(old.stinger_id(it.stinger))?;
            Some(Sting { stinger, ..it })
        };
        Self {
            sounds: self.sounds.and_then(known),
            waits: self.waits.filter_map(known),
            ..*self
        }
    }

    /// Lets go of the music.
    pub(super) fn release(&mut self, at: u64, out: &mut Commands) {
        self.duck = DuckCourse::new(self.duck.db(at), 0.0, at, self.release);
        out.push(Command::Duck(DuckSlot::MusicStinger, self.duck));
    }

    fn start(
        &mut self,
        form: &MusicForm,
        at: u64,
        next: Sting,
        plays: &mut u64,
        out: &mut Commands,
    ) {
        if let Some(old) = self.sounds.take() {
            let fade = frames(INTERRUPTED_MS, form.sample_rate);
            out.push(Command::Fade {
                play: old.play,
                course: Course::leave(1.0, 1.0, at, fade, Shape::Linear),
                stop: true,
            });
        }
        let it = &form.stingers[next.stinger.at()];
        let play = next_play(plays);
        out.push(Command::Start(StartPlay {
            play,
            role: Role::Stinger,
            node: it.node,
            offset: 0,
            looping: None,
            pan: 0.0,
            course: Course::fixed(1.0),
        }));
        self.duck = DuckCourse::new(self.duck.db(at), it.duck_db, at, it.attack);
        self.release = it.release;
        out.push(Command::Duck(DuckSlot::MusicStinger, self.duck));
        let end = it
            .length
            .map_or(u64::MAX, |length| at.saturating_add(length));
        self.sounds = Some(Sting { play, end, ..next });
    }
}
