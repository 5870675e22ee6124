//! Containers: which children play, when, and how they change.

use segue_rt::game::{NameId, ObjectId};

use super::calls::linear;
use super::mix::watch;
use super::pool::{Base, Run};
use super::start::Start;
use super::state::{Cx, State};
use crate::bank::Bank;
use crate::bank::event::Fade;
use crate::bank::node::Kind;
use crate::containers::blend::{BlendPlan, BlendState, MAX_BLEND_CHILDREN};
use crate::containers::decision::ChildRow;
use crate::containers::group::GroupPlan;
use crate::containers::random::{Choice, RandomPlan};
use crate::containers::sequence::{SequencePlan, SequenceState, StepPlan, StepStart};
use crate::ids::{NodeIx, RtpcIx};
use crate::telemetry::{Outcome, What};
use crate::values::check::db_to_gain;
use segue_rt::command::Reason;
use segue_rt::voices::LoopSpec;

impl State {
    /// Lets a container choose, and starts what it chose. `at` is its instance.
    pub(super) fn start_container(&mut self, cx: &mut Cx<'_>, at: u32, start: &Start) -> Outcome {
        let node = &cx.bank.nodes[start.node.at()];
        match &node.kind {
            Kind::Sound(_) => Outcome::Nothing,
            Kind::Random(plan) => self.start_random(cx, at, start, plan),
            Kind::Group(plan) => self.start_group(cx, at, start, plan),
            Kind::Blend { rtpc, plan } => self.start_blend(cx, at, start, (*rtpc, plan)),
            Kind::Switch(plan) => self.start_switch(cx, at, start, plan),
            Kind::Sequence(plan) => self.start_sequence(cx, at, start, plan),
        }
    }

    pub(super) fn object_of(&self, at: u32) -> ObjectId {
        self.plays.get(self.pool.get(at).play).holder
    }

    fn start_random(
        &mut self,
        cx: &mut Cx<'_>,
        at: u32,
        start: &Start,
        plan: &RandomPlan,
    ) -> Outcome {
        let object = self.object_of(at);
        let began = self.begin_decision();
        let rows = &mut self.rows;
        let wanted = self.teller.wanted();
        let state = self.randoms.state(start.node.at(), object);
        let choice = state.next(plan, |row| note(rows, wanted, row));
        let children = &cx.bank.nodes[start.node.at()].children;
        self.tell_decision(cx, at, began, children);
        self.tell_seed(cx, start, &choice);
        let Some(child) = choice.child else {
            return Outcome::Nothing;
        };
        let base = Base {
            gain: db_to_gain(f64::from(choice.volume_db)),
            pitch_st: choice.pitch_st,
            ..Base::PLAIN
        };
        let node = children[usize::from(child)];
        let below = start.below(at, child, node);
        self.start(cx, Start { base, ..below })
    }

    fn start_group(
        &mut self,
        cx: &mut Cx<'_>,
        at: u32,
        start: &Start,
        plan: &GroupPlan,
    ) -> Outcome {
        let who = self.plays.get(start.play).who();
        let began = self.begin_decision();
        let draws = match plan.draws() {
            true => self.randoms.state(start.node.at(), who.object).take(),
            false => (0, 0),
        };
        let mut rows = std::mem::take(&mut self.rows);
        let wanted = self.teller.wanted();
        let values = self.game_values(cx.bank);
        let holds = |of: &crate::values::condition::Conditions| of.hold(&values, cx.at, who);
        let chosen = plan.choose(draws, holds, |row| note(&mut rows, wanted, row));
        self.rows = rows;
        let children = &cx.bank.nodes[start.node.at()].children;
        self.tell_decision(cx, at, began, children);
        if plan.draws() {
            let (key, play_n) = draws;
            let choice = Choice {
                child: (0_u8..64).find(|child| chosen >> child & 1 == 1),
                pitch_st: 0.0,
                volume_db: 0.0,
                play_n,
                key,
            };
            self.tell_seed(cx, start, &choice);
        }
        let mut result = Outcome::Nothing;
        for (child, node) in (0_u8..).zip(children) {
            if chosen >> child & 1 == 1 {
                let outcome = self.start(cx, start.below(at, child, *node));
                result = better(result, outcome);
            }
        }
        result
    }

    /// What was drawn, by which the play can be made again.
    fn tell_seed(&mut self, cx: &Cx<'_>, start: &Start, choice: &Choice) {
        let what = What::Seed {
            container: cx.bank.names.nodes.id(start.node.0),
            object: self.plays.get(start.play).object,
            play_n: choice.play_n,
            key: choice.key,
            child: choice.child.unwrap_or(ChildRow::NONE),
            pitch_st: choice.pitch_st,
            volume_db: choice.volume_db,
        };
        self.teller.tell(cx.at, what);
    }

    fn start_blend(
        &mut self,
        cx: &mut Cx<'_>,
        at: u32,
        start: &Start,
        (rtpc, plan): (RtpcIx, &BlendPlan),
    ) -> Outcome {
        let who = self.plays.get(start.play).who();
        let x = self
            .values
            .rtpcs
            .get(&cx.bank.values.rtpcs, cx.at, rtpc, who);
        let began = self.begin_decision();
        let mut gains = [0.0; MAX_BLEND_CHILDREN];
        let wanted = self.teller.wanted();
        plan.gains(x, &mut gains, |row| note(&mut self.rows, wanted, row));
        let children = &cx.bank.nodes[start.node.at()].children;
        self.tell_decision(cx, at, began, children);
        self.pool.get_mut(at).run = Run::Blend(BlendState::new(x));
        watch(&mut self.blends, &self.pool, at);
        let mut result = Outcome::Nothing;
        for (child, node) in (0_u8..).zip(children) {
            let outcome = self.start(cx, start.below(at, child, *node));
            result = better(result, outcome);
        }
        result
    }

    /// Blends look where their RTPCs are; true when one was news.
    pub(super) fn aim_blends(&mut self, cx: &Cx<'_>) -> bool {
        let mut news = false;
        for n in 0..self.blends.len() {
            let (at, generation) = self.blends[n];
            if !self.pool.is(at, generation) {
                // Its node may be that of an older bank.
                continue;
            }
            let inst = self.pool.get(at);
            let Kind::Blend { rtpc, plan } = &cx.bank.nodes[inst.node.at()].kind else {
                continue;
            };
            let who = self.plays.get(inst.play).who();
            let x = self
                .values
                .rtpcs
                .get(&cx.bank.values.rtpcs, cx.at, *rtpc, who);
            if let Run::Blend(state) = &mut self.pool.get_mut(at).run {
                news |= state.target() != x;
                state.input(plan, cx.at, x);
            }
        }
        news
    }

    pub(super) fn blends_move(&self, cx: &Cx<'_>) -> bool {
        self.blends.iter().any(|&(at, generation)| {
            let moves = matches!(&self.pool.get(at).run, Run::Blend(state) if state.moving(cx.at));
            moves && self.pool.is(at, generation)
        })
    }

    fn start_sequence(
        &mut self,
        cx: &mut Cx<'_>,
        at: u32,
        start: &Start,
        plan: &SequencePlan,
    ) -> Outcome {
        let kept = start.goes_on.then(|| self.going_on.take(start.node));
        let begin = cx.at.saturating_sub(kept.flatten().unwrap_or(0));
        let mut state = SequenceState::resume(plan, begin, cx.at, |step| {
            step_length(cx.bank, start.node, step)
        });
        // A part of a sound is for sounds.
        if let Some(LoopSpec {
            end: u64::MAX,
            count,
            ..
        }) = start.looping
        {
            state.repeat(plan, count, cx.at);
        }
        self.pool.get_mut(at).run = Run::Sequence(state);
        self.run_sequence(cx, at, cx.at, plan);
        // Steps may come later, so that nothing plays now is no failure.
        match self.is_spent(cx, at) {
            true => Outcome::Nothing,
            false => Outcome::Done,
        }
    }

    fn run_sequence(&mut self, cx: &mut Cx<'_>, at: u32, own: u64, plan: &SequencePlan) {
        let generation = self.pool.get(at).generation;
        while self.pool.is(at, generation) {
            let Run::Sequence(state) = &mut self.pool.get_mut(at).run else {
                return;
            };
            match state.take_due(plan, own) {
                Some(step) => self.start_step(cx, at, plan, (&step, own)),
                None => {
                    let next = state.next_due(plan);
                    self.wake(at, next);
                    return self.look_again(cx, at);
                }
            }
        }
    }

    /// `own` is the time of the sequence, at or behind the begin of the step.
    fn start_step(
        &mut self,
        cx: &mut Cx<'_>,
        at: u32,
        plan: &SequencePlan,
        (step, own): (&StepStart, u64),
    ) {
        let (node, play) = {
            let inst = self.pool.get(at);
            (&cx.bank.nodes[inst.node.at()], inst.play)
        };
        let (Some(child), Some(about)) = (
            node.children.get(usize::from(step.step)),
            plan.step(step.step),
        ) else {
            return;
        };
        let generation = self.pool.get(at).generation;
        self.end_earlier(cx, at, about);
        if !self.pool.is(at, generation) {
            return;
        }
        let late = own.saturating_sub(step.at);
        let it = &cx.bank.nodes[child.at()];
        let length = if about.is_once() { it.once } else { it.length };
        let over = length.filter(|_| step.loop_count == 1);
        let over = over.unwrap_or(u64::MAX);
        if late > 0 && (step.end <= own || over <= late) {
            return;
        }
        let fade_in = match late {
            0 => straight(about.fade_in),
            _ => linear(cx.bank.declick()),
        };
        let fade_out = straight(about.fade_out);
        // Once means what a child that never ends would not do by itself.
        let as_is = step.loop_count == 1 && !(about.is_once() && it.length.is_none());
        let looping = (!as_is).then_some(LoopSpec {
            start: 0,
            end: u64::MAX,
            count: step.loop_count,
        });
        let base = Base {
            gain: db_to_gain(f64::from(about.gain_db)),
            ..Base::PLAIN
        };
        let start = Start {
            parent: at,
            child: step.step,
            base,
            fade_in,
            fade_out,
            looping,
            length: match step.end {
                u64::MAX => u64::MAX,
                end => end.saturating_sub(own.max(step.at)),
            },
            offset: late,
            ..Start::at_top(*child, play)
        };
        self.start(cx, start);
    }

    /// A step that begins anew ends what it began before, where that would go on for ever.
    fn end_earlier(&mut self, cx: &mut Cx<'_>, at: u32, about: &StepPlan) {
        let fade = straight(about.fade_out);
        let mut next = self.pool.first_child(at);
        while let Some(child) = next {
            next = self.pool.next_sibling(child);
            let it = self.pool.get(child);
            if it.child == about.place && !it.stopping && self.never_ends(child) {
                self.stop_inst(cx, child, fade, Reason::NaturalEnd);
            }
        }
    }

    /// Something below an instance has no end of its own.
    fn never_ends(&self, root: u32) -> bool {
        let mut next = Some(root);
        while let Some(at) = next {
            next = self.pool.after(root, at);
            let endless = match &self.pool.get(at).run {
                Run::Leaf(leaf) => leaf.length == u64::MAX,
                Run::Sequence(state) => state.passes() == u64::MAX,
                // It waits for its next value.
                Run::Switch(_) => self.pool.first_child(at).is_none(),
                Run::Chosen | Run::Blend(_) => false,
            };
            if endless {
                return true;
            }
        }
        false
    }

    /// Which frame of its sound the first voice below an instance is at.
    pub(super) fn place_below(&self, cx: &Cx<'_>, root: u32) -> Option<u64> {
        let mut next = Some(root);
        while let Some(at) = next {
            if let Run::Leaf(leaf) = &self.pool.get(at).run {
                let place = cx.desk.voice_place(leaf.voice)?;
                return Some(leaf.looping.locate(place, leaf.frames).0);
            }
            next = self.pool.after(root, at);
        }
        None
    }

    /// Something of a container is due.
    pub(super) fn run_container(&mut self, cx: &mut Cx<'_>, at: u32, own: u64) {
        match &cx.bank.nodes[self.pool.get(at).node.at()].kind {
            Kind::Sequence(plan) => {
                let generation = self.pool.get(at).generation;
                if self.turn_above(cx, at) {
                    return;
                }
                self.run_sequence(cx, at, own, plan);
                // Its last step may have had nothing to play.
                if self.pool.is(at, generation) && self.is_spent(cx, at) {
                    self.end(cx, at, Reason::NaturalEnd);
                }
            }
            Kind::Switch(plan) => self.turn_switch(cx, at, plan),
            _ => {}
        }
    }

    fn is_spent(&self, cx: &Cx<'_>, at: u32) -> bool {
        self.pool.first_child(at).is_none() && self.next_change(cx, at) == u64::MAX
    }

    /// The frame of its own time at which a container does something by itself.
    pub(super) fn next_change(&self, cx: &Cx<'_>, at: u32) -> u64 {
        let inst = self.pool.get(at);
        match (&inst.run, &cx.bank.nodes[inst.node.at()].kind) {
            (Run::Sequence(state), Kind::Sequence(plan)) => state.next_due(plan),
            (Run::Switch(state), _) => state.next_due(),
            _ => u64::MAX,
        }
    }

    /// Whether a container whose children are all over has more to play.
    pub(super) fn has_more(&mut self, cx: &mut Cx<'_>, at: u32) -> bool {
        let inst = self.pool.get_mut(at);
        if inst.stopping {
            return false;
        }
        let own = inst.own_time(cx.at);
        match (&mut inst.run, &cx.bank.nodes[inst.node.at()].kind) {
            (Run::Sequence(state), Kind::Sequence(plan)) => state.next_due(plan) != u64::MAX,
            (Run::Switch(state), Kind::Switch(plan)) => {
                state.ended(own);
                let waits = state.waits();
                // One that was switched to nothing waits for its next value.
                let silent = plan.children(state.value()).is_empty();
                if waits {
                    self.turn_switch(cx, at, plan);
                }
                waits || silent
            }
            _ => false,
        }
    }

    pub(super) fn set_random_count(
        &mut self,
        bank: &Bank,
        node: NodeIx,
        object: ObjectId,
        n: u64,
    ) -> bool {
        let kind = bank.nodes.get(node.at()).map(|node| &node.kind);
        match kind {
            Some(Kind::Random(plan)) => {
                let state = self.randoms.state(node.at(), object);
                state.set_play_count(plan, n);
            }
            Some(Kind::Group(plan)) if plan.draws() => {
                self.randoms.state(node.at(), object).set_draw_count(n);
            }
            _ => return false,
        }
        true
    }

    pub(super) fn begin_decision(&mut self) -> u64 {
        self.rows.clear();
        match self.clock {
            Some(clock) if self.teller.wanted() => clock(),
            _ => 0,
        }
    }

    pub(super) fn tell_decision(&mut self, cx: &Cx<'_>, at: u32, began: u64, children: &[NodeIx]) {
        if !self.teller.wanted() {
            return;
        }
        let cost = self.clock.map_or(0, |clock| clock().saturating_sub(began));
        let inst = self.pool.get(at);
        let play = self.plays.get(inst.play);
        let names = &cx.bank.names.nodes;
        for row in &self.rows {
            let child = children.get(usize::from(row.child));
            let what = What::Decision {
                container: names.id(inst.node.0),
                child: child.map_or(NameId::NONE, |child| names.id(child.0)),
                object: play.object,
                playing: play.root,
                reason: row.reason,
                weight_or_gain: row.weight_or_gain,
                cost_ns: u32::try_from(cost).unwrap_or(u32::MAX),
            };
            self.teller.tell(cx.at, what);
        }
    }
}

pub(super) fn note(rows: &mut Vec<ChildRow>, wanted: bool, row: ChildRow) {
    if wanted && rows.len() < rows.capacity() {
        rows.push(row);
    }
}

/// Of the outcomes of several children: one that plays is enough.
pub(super) fn better(one: Outcome, other: Outcome) -> Outcome {
    if one == Outcome::Done { one } else { other }
}

fn straight(frames: u32) -> Fade {
    super::calls::linear(frames)
}

/// Frames of the child of a step when it plays once; 0 if nobody knows.
pub(super) fn step_length(bank: &Bank, node: NodeIx, step: u8) -> u64 {
    let child = bank.nodes[node.at()].children.get(usize::from(step));
    let length = child.and_then(|child| bank.nodes[child.at()].once);
    length.unwrap_or(0)
}
