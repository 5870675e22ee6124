//! Posts of events: whether they may play, and their actions.

use segue_rt::command::Reason;
use segue_rt::game::{NameId, ObjectId, PlayingId};

use super::calls::linear;
use super::cancel::{HELD, ends_with_post};
use super::moment::Moment;
use super::plays::{Play, Source};
use super::state::{Cx, Due, State};
use crate::bank::event::{Action, Do, Event};
use crate::containers::rng::{container_key, draw, mix64};
use crate::ids::EventIx;
use crate::source::LimitRule;
use crate::telemetry::{Outcome, What};
use crate::values::rtpc::Who;

/// Time in which a play that gives way fades, in seconds.
const YIELD_SECONDS: f64 = 0.005;
/// Set in ids of what nobody outside posted.
const OWN: u64 = 1 << 63;

/// A wish to post an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) event: NameId,
    pub(super) object: ObjectId,
    pub(super) emitter: u8,
    /// Of all that it plays; 1 is as it is.
    pub(super) gain: f32,
    pub(super) id: PlayingId,
    /// The post of the game behind it; 0 for itself.
    pub(super) root: PlayingId,
    /// How many events posted each other up to this one.
    pub(super) depth: usize,
    /// What posts it was stopped, and it comes late: what it would start is stopped as well.
    pub(super) stopped: bool,
}

impl Request {
    pub(super) fn of_game(event: NameId, object: ObjectId, emitter: u8, id: PlayingId) -> Self {
        Self {
            event,
            object,
            emitter,
            gain: 1.0,
            id,
            root: PlayingId(0),
            depth: 0,
            stopped: false,
        }
    }
}

impl State {
    /// An id that no caller gives.
    pub(super) fn own_id(&mut self) -> PlayingId {
        self.own_ids += 1;
        PlayingId(OWN | self.own_ids)
    }

    pub(super) fn post_by_name(&mut self, cx: &mut Cx<'_>, request: Request) {
        match cx.bank.names.events.find(request.event) {
            Some(event) => self.post(cx, EventIx(event), request),
            None => self.refuse(cx, request, Reason::StaleId),
        }
    }

    /// Posts an event: all its actions that have no delay are carried out before it returns.
    pub(super) fn post(&mut self, cx: &mut Cx<'_>, at: EventIx, request: Request) {
        let request = Request {
            event: cx.bank.names.events.id(at.0),
            ..request
        };
        let Some(slot) = self.objects.find(request.object) else {
            return self.refuse(cx, request, Reason::ObjectGone);
        };
        let event = &cx.bank.events[at.at()];
        let root = match request.root {
            PlayingId(0) => request.id,
            root => root,
        };
        let who = Who {
            object: request.object,
            playing: root,
        };
        let priority = self.priority_of(cx, at, who);
        if let Err(reason) = self.admit(cx, at, &request, priority) {
            return self.refuse(cx, request, reason);
        }
        let posted = self.moment_of(cx, slot);
        let play = self.plays.take(Play {
            id: request.id,
            root,
            source: Source::Event(at.0),
            slot,
            object: request.object,
            holder: request.object,
            emitter: request.emitter,
            gain: request.gain,
            priority,
            posted,
            pending: 1,
            stopping: request.stopped,
            ..Play::EMPTY
        });
        let Some(play) = play else {
            return self.refuse(cx, request, Reason::LimitPosts);
        };
        let posts = &mut self.posts[at.at()];
        posts.last = Some(cx.at);
        let n = posts.count;
        posts.count += 1;
        self.counts.posts += 1;
        self.teller.tell(
            cx.at,
            What::Posted {
                event: request.event,
                object: request.object,
                playing: request.id,
            },
        );
        let generation = self.plays.get(play).generation;
        for number in 0..event.actions.len() {
            if self.plays.is(play, generation) {
                self.consider(cx, play, event, number, n, request.depth);
            }
        }
        self.unpend(cx, play, generation);
    }

    /// An action or the post itself no longer waits. A play that was stopped meanwhile has another
    /// generation.
    pub(super) fn unpend(&mut self, cx: &Cx<'_>, play: u32, generation: u32) {
        if self.plays.is(play, generation) {
            self.plays.get_mut(play).pending -= 1;
            self.finish_if_idle(cx, play);
        }
    }

    /// Whether an event may be posted now. Makes room by its rule.
    fn admit(
        &mut self,
        cx: &mut Cx<'_>,
        at: EventIx,
        request: &Request,
        priority: u8,
    ) -> Result<(), Reason> {
        let event = &cx.bank.events[at.at()];
        let last = self.posts[at.at()].last;
        if last.is_some_and(|last| cx.at < last.saturating_add(event.cooldown)) {
            return Err(Reason::Cooldown);
        }
        if event.max_instances == 0 || self.plays.count(at.0) < event.max_instances {
            return Ok(());
        }
        let victim = match event.limit_rule {
            LimitRule::DiscardNewest => return Err(Reason::LimitEvent),
            LimitRule::Ignore => {
                self.ignore(cx.at, request.event, request.object, Reason::LimitEvent);
                return Ok(());
            }
            LimitRule::DiscardOldest => self.oldest(at, u8::MAX),
            LimitRule::DiscardLowestPriority => self.oldest(at, priority),
        };
        let victim = victim.ok_or(Reason::PriorityLost)?;
        let fade = linear(cx.bank.frames(YIELD_SECONDS));
        self.stop_whole(cx, victim, fade, Reason::LimitEvent);
        Ok(())
    }

    /// The highest priority of what a post would play now.
    fn priority_of(&self, cx: &Cx<'_>, at: EventIx, who: Who) -> u8 {
        let (event, n) = (&cx.bank.events[at.at()], self.posts[at.at()].count);
        let plays = event.actions.iter().enumerate().filter(|(number, action)| {
            matches!(action.what, Do::Play(_) | Do::Continue(_))
                && self.chance(cx, at, who.object, action, *number, n)
                && (action.eval_at_fire || self.holds(cx, who, action))
        });
        plays.map(|it| it.1.play.priority).max().unwrap_or(0)
    }

    /// Of the posts of an event that do not stop already and are not above `most`, the first of
    /// the lowest priority. With `most` 255, the first whatever its priority.
    fn oldest(&self, event: EventIx, most: u8) -> Option<u32> {
        let posts = self.plays.of_event(event.0);
        let counts = |play: &Play| !play.stopping && play.host.is_none();
        let mut posts = posts.filter(|play| counts(self.plays.get(*play)));
        if most == u8::MAX {
            return posts.next();
        }
        let priority = |play: &u32| self.plays.get(*play).priority;
        posts
            .min_by_key(priority)
            .filter(|play| priority(play) <= most)
    }

    fn refuse(&mut self, cx: &Cx<'_>, request: Request, reason: Reason) {
        self.counts.refused += 1;
        self.counts.refuse(reason);
        self.teller.tell(
            cx.at,
            What::Refused {
                event: request.event,
                object: request.object,
                playing: request.id,
                reason,
            },
        );
    }

    /// Carries an action of a post out, or puts it on the agenda.
    fn consider(
        &mut self,
        cx: &mut Cx<'_>,
        play: u32,
        event: &Event,
        number: usize,
        n: u64,
        depth: usize,
    ) {
        let action = &event.actions[number];
        let index = u8::try_from(number).unwrap_or(u8::MAX);
        let it = self.plays.get(play);
        let (who, at) = (it.who(), EventIx(it.event().unwrap_or_default()));
        if it.stopping && ends_with_post(action) {
            // One of its own actions made it give way, or what posted it was stopped.
            return;
        }
        if !self.chance(cx, at, who.object, action, number, n) {
            return self.tell_action(cx, play, index, 0, Outcome::Chance);
        }
        if !action.eval_at_fire && !self.holds(cx, who, action) {
            return self.tell_action(cx, play, index, 0, Outcome::Condition);
        }
        let moment = it.posted.action(index);
        if action.delay == 0 && self.budget > 0 {
            return self.fire(cx, moment, play, action, index, depth);
        }
        let due = Due::Fire {
            play,
            generation: it.generation,
            action: index,
        };
        self.put_off += u32::from(action.delay == 0);
        if self.agenda.put_off(moment.delayed(action.delay), due) {
            let it = self.plays.get_mut(play);
            it.pending += 1;
            it.waits |= 1 << index;
        } else {
            self.tell_action(cx, play, index, 0, Outcome::Full);
        }
    }

    /// An action whose frame has come; `moment` is when it should have.
    pub(super) fn fire_due(
        &mut self,
        cx: &mut Cx<'_>,
        moment: Moment,
        play: u32,
        generation: u32,
        number: u8,
    ) {
        let bit = 1 << number;
        if !self.plays.is(play, generation) || self.plays.get(play).waits & bit == 0 {
            return;
        }
        if self.plays.get(play).held & bit != 0 {
            // A pause on this frame came before it.
            let due = Due::Fire {
                play,
                generation,
                action: number,
            };
            return self.agenda.put_back(HELD, moment, due);
        }
        self.plays.get_mut(play).waits &= !bit;
        if let Some(event) = self.plays.get(play).event()
            && let Some(action) = cx.bank.events[event as usize]
                .actions
                .get(usize::from(number))
        {
            // A delay ends the chain of events that post each other within one frame.
            self.fire(cx, moment, play, action, number, 0);
        }
        self.unpend(cx, play, generation);
    }

    fn fire(
        &mut self,
        cx: &mut Cx<'_>,
        moment: Moment,
        play: u32,
        action: &Action,
        number: u8,
        depth: usize,
    ) {
        self.budget = self.budget.saturating_sub(1);
        self.counts.actions += 1;
        let who = self.plays.get(play).who();
        let result = if action.eval_at_fire && !self.holds(cx, who, action) {
            Outcome::Condition
        } else {
            let outer = self.moment.replace(moment);
            let result = self.act(cx, play, action, depth);
            self.moment = outer;
            result
        };
        let late = cx.at.saturating_sub(moment.at).max(cx.desk.late());
        let late = u32::try_from(late).unwrap_or(u32::MAX);
        self.tell_action(cx, play, number, late, result);
    }

    /// When a post on the object of a slot is made: inside the action that makes it.
    fn moment_of(&mut self, cx: &Cx<'_>, slot: u32) -> Moment {
        match self.moment {
            Some(moment) => moment.inner(slot),
            None => self.agenda.call(cx.at),
        }
    }

    fn holds(&self, cx: &Cx<'_>, who: Who, action: &Action) -> bool {
        action
            .conditions
            .hold(&self.game_values(cx.bank), cx.at, who)
    }

    fn tell_action(&mut self, cx: &Cx<'_>, play: u32, action: u8, late: u32, result: Outcome) {
        let it = self.plays.get(play);
        let event = it.event().map(|event| cx.bank.names.events.id(event));
        self.teller.tell(
            cx.at,
            What::Action {
                event: event.unwrap_or_default(),
                object: it.object,
                playing: it.id,
                action,
                late_smp: late,
                result,
            },
        );
    }

    /// Whether chance is for an action: a function of the seed, the event, the object and the number
    /// of the post alone.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn chance(
        &self,
        cx: &Cx<'_>,
        event: EventIx,
        object: ObjectId,
        action: &Action,
        number: usize,
        n: u64,
    ) -> bool {
        if action.probability >= 1.0 {
            return true;
        }
        let bank = cx.bank;
        let name = bank.names.events.id(event.0);
        let key = container_key(self.seed(bank), name, object, bank.session);
        let drawn = draw(mix64(key.wrapping_add(number as u64)), n, 0) >> 11;
        (drawn as f64) < f64::from(action.probability) * (1_u64 << 53) as f64
    }
}
