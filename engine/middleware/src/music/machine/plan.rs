//! From what plays to what was asked for.

use super::{Line, Music, fade_out, next_play, plain};
use crate::ids::{MusicIx, SegmentIx};
use crate::music::command::{Command, Commands, PlayNo, Role, StartPlay, SyncRow};
use crate::music::course::Course;
use crate::music::form::{Goal, MusicForm, RuleForm, SegmentForm};
use crate::music::grid::{Granted, Outer, grant};
use crate::music::place::Place;
use crate::source::{FillerMode, MarkerKind, Shape, Sync};

/// A segment that begins at a known frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) segment: SegmentIx,
    pub(super) music: MusicIx,
    /// The frame at which it takes over.
    pub(super) at: u64,
    /// The frame at which its sound starts: before `at` when it has a pick-up.
    start: u64,
    /// Where in its sound, at `start`.
    offset: u64,
    /// Of what it takes over from; `None` lets that ring out.
    fade_out: Option<(u32, Shape)>,
    fade_in: (u32, Shape),
    /// Sounds with it.
    filler: Option<SegmentIx>,
    then: Then,
    begun: Option<(PlayNo, Course)>,
    /// What was told of it, if it was asked for.
    pub(super) told: Option<SyncRow>,
    /// Most frames that it may wait.
    max_wait: u64,
}

/// What comes after the segment of a plan.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// What its playlist has.
    SamePlaylist,
    /// What the playlist has that was asked for.
    NextPlaylist,
    /// It is a filler: this, at that place of its sound.
    Goal {
        segment: SegmentIx,
        music: MusicIx,
        position: u64,
        pick_up: bool,
        fade_in: (u32, Shape),
        /// It is in the playlist that plays.
        inside: bool,
    },
}

impl Then {
    /// The same within one playlist.
    fn inside(mut self) -> Self {
        match &mut self {
            Self::Goal { inside, .. } => *inside = true,
            then => *then = Self::SamePlaylist,
        }
        self
    }
}

impl Plan {
    /// The next frame at which something has to be done.
    pub(super) fn due(&self) -> u64 {
        if self.begun.is_some() {
            self.at
        } else {
            self.start
        }
    }

    /// Where its segment is, once its sound has begun.
    pub(super) fn place(&self, form: &MusicForm) -> Place {
        let mut place = Place::new(form.segment(self.segment), self.start, self.offset);
        if matches!(self.then, Then::Goal { .. }) {
            place.jumps = 0;
        }
        place
    }

    /// Nothing happened for `by` frames from frame `since` on.
    pub(super) fn wait(&mut self, since: u64, by: u64) {
        self.at = self.at.saturating_add(by);
        self.start = self.start.saturating_add(by);
        self.told = self.told.map(|told| told.later(by));
        if let Some((_, course)) = &mut self.begun {
            course.wait(since, by);
        }
    }

    /// Its play, once its sound has begun.
    pub(super) fn begun_play(&self) -> Option<PlayNo> {
        self.begun.map(|(play, _)| play)
    }

    /// A segment that is at `position` of its sound at frame `at`; with its pick-up, as far as
    /// there is time from `now` on.
    fn new(segment: SegmentIx, music: MusicIx, [now, at]: [u64; 2], position: u64) -> Self {
        let start = at.saturating_sub(position).max(now).min(at);
        Self {
            segment,
            music,
            at,
            start,
            offset: position - (at - start),
            fade_out: None,
            fade_in: (0, Shape::Linear),
            filler: None,
            then: Then::SamePlaylist,
            begun: None,
            told: None,
            max_wait: u64::MAX,
        }
    }

    /// The same at another frame, with as much of its pick-up as there is time for from `now` on.
    fn moved(mut self, now: u64, at: u64) -> Self {
        let pick_up = self.at - self.start;
        self.start = at.saturating_sub(pick_up).max(now).min(at);
        self.offset += pick_up - (at - self.start);
        self.at = at;
        self
    }

    /// The same without a pick-up.
    fn late(mut self) -> Self {
        self.offset += self.at - self.start;
        self.start = self.at;
        self
    }

    /// Comes in over some frames, which leaves no room for a pick-up.
    fn fade_in(mut self, fade: (u32, Shape), pick_up: bool) -> Self {
        self.fade_in = fade;
        if fade.0 > 0 || !pick_up {
            return self.late();
        }
        self
    }

    fn course(&self) -> Course {
        match self.fade_in {
            (0, _) => Course::fixed(1.0),
            (frames, shape) => Course::enter(0.0, 1.0, self.at, frames, shape),
        }
    }
}

impl Music {
    /// Plans the way to a segment by the rule for it.
    pub(super) fn plan(
        &mut self,
        form: &MusicForm,
        at: u64,
        to: (SegmentIx, MusicIx),
        transport: Option<&Outer<'_>>,
        out: &mut Commands,
    ) {
        let line = self.line;
        let rule = form.rule(line.map(|it| (it.segment, it.music)), to);
        let sync = rule.map_or(Sync::Immediate, |rule| rule.sync);
        let max_wait = rule.map_or(u64::MAX, |rule| rule.max_wait);
        let granted = grant(sync, at, at, max_wait, |sync| match &line {
            Some(line) => line.place.next(form.segment(line.segment), sync, at),
            None => transport.and_then(|grid| grid.next(sync, at)),
        });
        let told = SyncRow::new(at, sync, &granted);
        out.push(Command::Sync(told));
        let mut plan = first(form, line.as_ref(), rule, to, [at, granted.point.frame]);
        plan.fade_out = line.and_then(|line| leave(form, &line, rule, &granted));
        plan.told = Some(told);
        plan.max_wait = max_wait;
        self.asked = Some(plan);
    }

    /// What was asked for, and is not heard yet, waits for another point of the transport.
    pub(super) fn move_plan(&mut self, at: u64, transport: &Outer<'_>, out: &mut Commands) {
        let waits = |plan: &Plan| plan.begun.is_none() && plan.at > at;
        let Some(plan) = self.asked.filter(waits) else {
            return;
        };
        let Some(told) = plan.told else { return };
        let granted = grant(told.asked, told.asked_at, at, plan.max_wait, |sync| {
            transport.next(sync, at)
        });
        if granted.point.frame == plan.at {
            return;
        }
        let told = SyncRow::new(told.asked_at, told.asked, &granted);
        out.push(Command::Sync(told));
        self.asked = Some(Plan {
            told: Some(told),
            ..plan.moved(at, granted.point.frame)
        });
    }

    /// Plans what follows by itself.
    pub(super) fn plan_follow(&mut self, form: &MusicForm, at: u64) {
        let exit = self.exit(form);
        self.follow = self.line.zip(exit).and_then(|(line, exit)| {
            let next = line.next?;
            let times = [at, exit.max(at)];
            let Some(rule) = form.rule_inside(line.segment, next) else {
                let entry = form.segment(next).entry;
                return Some(Plan::new(next, line.music, times, entry));
            };
            let mut plan = first(form, Some(&line), Some(rule), (next, line.music), times);
            plan.then = plan.then.inside();
            let frames = rule.fade_out.length(form.segment(line.segment).beat);
            // Without a fade it rings out.
            plan.fade_out = (frames > 0).then_some((frames, rule.fade_out.shape));
            Some(plan)
        });
    }

    /// Forgets what was planned; what of it sounds already fades.
    pub(super) fn withdraw(&mut self, form: &MusicForm, at: u64, out: &mut Commands) {
        let plans = [self.asked.take(), self.follow.take()];
        for (play, course) in plans.into_iter().flatten().filter_map(|plan| plan.begun) {
            out.push(fade_out(play, &course, at, (plain(form), Shape::Linear)));
        }
    }

    /// Starts the sounds of plans whose frame has come.
    pub(super) fn begin_planned(&mut self, form: &MusicForm, at: u64, out: &mut Commands) {
        for plan in [&mut self.asked, &mut self.follow].into_iter().flatten() {
            if plan.begun.is_none() && plan.start <= at {
                let segment = form.segment(plan.segment);
                let play = next_play(&mut self.plays);
                let looping = match plan.then {
                    Then::Goal { .. } => None,
                    _ => segment.looping,
                };
                let course = plan.course();
                out.push(start(
                    play,
                    Role::Segment,
                    segment,
                    plan.offset,
                    looping,
                    course,
                ));
                plan.begun = Some((play, course));
            }
        }
    }

    /// The segment of a plan takes over.
    pub(super) fn commit(&mut self, form: &MusicForm, plan: &Plan, out: &mut Commands) {
        let Some((play, course)) = plan.begun else {
            return;
        };
        let at = plan.at;
        if let Some(fade) = plan.fade_out {
            self.fade_filler(at, fade, out);
        }
        if let (Some(line), Some(fade)) = (self.line, plan.fade_out) {
            out.push(fade_out(line.play, &line.course, at, fade));
        }
        if let Some(filler) = plan.filler {
            self.start_filler(form, filler, out);
        }
        let place = plan.place(form);
        let next = self.next_of(form, plan);
        self.line = Some(Line {
            play,
            segment: plan.segment,
            music: plan.music,
            place,
            course,
            next,
        });
        self.follow = None;
        self.after(form, plan);
    }

    /// What the playlist has after the segment of `plan`.
    fn next_of(&mut self, form: &MusicForm, plan: &Plan) -> Option<SegmentIx> {
        match plan.then {
            Then::Goal { .. } => return None,
            Then::NextPlaylist => std::mem::swap(&mut self.run, &mut self.next_run),
            Then::SamePlaylist => {}
        }
        self.run.next(form, &mut self.decks)
    }

    /// Plans what comes after what has just taken over.
    fn after(&mut self, form: &MusicForm, plan: &Plan) {
        let Then::Goal {
            segment,
            music,
            position,
            pick_up,
            fade_in,
            inside,
        } = plan.then
        else {
            self.plan_follow(form, plan.at);
            return;
        };
        let exit = self.exit(form).unwrap_or(plan.at).max(plan.at);
        let goal = Plan::new(segment, music, [plan.at, exit], position);
        self.asked = Some(Plan {
            then: if inside {
                Then::SamePlaylist
            } else {
                Then::NextPlaylist
            },
            ..goal.fade_in(fade_in, pick_up)
        });
    }

    fn start_filler(&mut self, form: &MusicForm, filler: SegmentIx, out: &mut Commands) {
        let segment = form.segment(filler);
        let play = next_play(&mut self.plays);
        let course = Course::fixed(1.0);
        out.push(start(
            play,
            Role::Filler,
            segment,
            segment.entry,
            None,
            course,
        ));
        self.filler = Some((play, course));
    }
}

fn start(
    play: PlayNo,
    role: Role,
    segment: &SegmentForm,
    offset: u64,
    looping: Option<[u64; 2]>,
    course: Course,
) -> Command {
    Command::Start(StartPlay {
        play,
        role,
        node: segment.node,
        offset,
        looping,
        pan: 0.0,
        course,
    })
}

/// The first segment on the way to `to`: itself, or a filler before it.
fn first(
    form: &MusicForm,
    line: Option<&Line>,
    rule: Option<&RuleForm>,
    (segment, music): (SegmentIx, MusicIx),
    [now, at]: [u64; 2],
) -> Plan {
    let goal = rule.map_or(Goal::Entry, |rule| rule.destination);
    let position = position(form, line, goal, segment, at);
    let beat = form.segment(segment).beat;
    // Out of silence its first frame is whole.
    let unruled = if line.is_some() { plain(form) } else { 0 };
    let fade_in = rule.map_or((unruled, Shape::Linear), |rule| {
        (rule.fade_in.length(beat), rule.fade_in.shape)
    });
    let pick_up = goal == Goal::Entry;
    let filler = rule.and_then(|rule| rule.filler.map(|filler| (filler, rule.filler_mode)));
    if let Some((filler, FillerMode::Before)) = filler {
        let entry = form.segment(filler).entry;
        let plan = Plan::new(filler, MusicIx(filler.0), [now, at], entry);
        return Plan {
            // What was asked for is what counts for a later request.
            music,
            then: Then::Goal {
                segment,
                music,
                position,
                pick_up,
                fade_in,
                inside: false,
            },
            ..plan
        };
    }
    let plan = Plan::new(segment, music, [now, at], position).fade_in(fade_in, pick_up);
    Plan {
        filler: filler.map(|(filler, _)| filler),
        then: Then::NextPlaylist,
        ..plan
    }
}

/// How what plays is left; `None` lets it ring out: without a fade, at a place made for it.
fn leave(
    form: &MusicForm,
    line: &Line,
    rule: Option<&RuleForm>,
    granted: &Granted,
) -> Option<(u32, Shape)> {
    let segment = form.segment(line.segment);
    let fade = rule.map_or((plain(form), Shape::Linear), |rule| {
        (rule.fade_out.length(segment.beat), rule.fade_out.shape)
    });
    let at = granted.point.frame;
    let place = line.place.position(segment, at);
    let exits = segment
        .markers
        .iter()
        .filter(|it| it.kind == MarkerKind::Exit);
    let mut exits = exits.map(|it| it.pos.cast_signed());
    let ends = line.place.jumps != u64::MAX;
    let rings = ends && (line.place.exit(segment) == Some(at) || exits.any(|pos| pos == place));
    (fade.0 > 0 || !rings).then_some(fade)
}

/// Frame of the sound of `segment` at which it takes over at frame `at`.
fn position(form: &MusicForm, line: Option<&Line>, goal: Goal, segment: SegmentIx, at: u64) -> u64 {
    let to = form.segment(segment);
    let from = line.map(|line| {
        let from = form.segment(line.segment);
        (from, line.place.beats(from, at))
    });
    let beats = match (goal, from) {
        (Goal::Marker(name), _) => {
            let marker = to.markers.iter().find(|marker| marker.name == name);
            return marker.map_or(to.entry, |marker| marker.pos);
        }
        (Goal::Entry, _) | (_, None) => return to.entry,
        (Goal::SameTime, Some((from, beats))) => beats * from.beat / to.beat,
        (Goal::SameBeat, Some((_, beats))) => beats,
        (Goal::SameRatio, Some((from, beats))) => beats * to.beats / from.beats,
    };
    rounded(to.entry as f64 + beats.rem_euclid(to.beats) * to.beat)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a sound is not negative"
)]
fn rounded(frames: f64) -> u64 {
    (frames + 0.5).floor() as u64
}
