//! Music and adaptive layers: their machines say what starts when, and here it starts.

use segue_rt::command::Reason;
use segue_rt::game::{GameCall, NameId, ObjectId};

use super::plays::Source;
use super::post::Request;
use super::state::{Cx, State};
use crate::adaptive::{Adaptive, AdaptiveForm, Cause, Effect, Effects, RuleIx};
use crate::bank::Bank;
use crate::containers::rng::mix64;
use crate::ids::{ContextIx, MusicIx, NodeIx, StingerIx};
use crate::music::command::{Commands, DuckSlot, PlayNo};
use crate::music::course::DuckCourse;
use crate::music::grid::Outer;
use crate::music::{Layers, Music};
use crate::telemetry::{Outcome, What};
use crate::values::sparse::{Sparse, SparseKey};

/// Most ends that wait to be told to the machines.
const ENDS: usize = 256;

/// Who asked for a play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Machine {
    Music,
    Layers,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(pub(super) Machine, pub(super) PlayNo);

impl SparseKey for Key {
    fn hash(self) -> u64 {
        mix64(self.1.0 ^ u64::from(self.0 == Machine::Layers) << 63)
    }
}

/// The music, the layers, and what they play.
pub(super) struct Score {
    pub(super) music: Music,
    pub(super) adaptive: Option<(Adaptive, Layers)>,
    pub(super) commands: Commands,
    effects: Effects,
    /// Plays of both machines.
    pub(super) plays: Sparse<Key, u32>,
    pub(super) ducks: [DuckCourse; 3],
    /// What the ducks of stingers are told as.
    pub(super) stings: StingDucks,
    ends: Vec<(Machine, PlayNo)>,
    told_dropped: u64,
}

/// The ducks of stingers, of the music and of the layers.
const STING_SLOTS: [DuckSlot; 2] = [DuckSlot::MusicStinger, DuckSlot::AdaptiveStinger];

/// What is told of the ducks of stingers.
#[derive(Clone, Copy, Default)]
pub(super) struct StingDucks {
    /// The stinger that ducks: its name, or that of what it plays.
    pub(super) names: [NameId; 2],
    /// What it asks for, dB.
    depths: [f32; 2],
    /// What was told, dB.
    told: [f32; 2],
}

impl StingDucks {
    /// A duck has another way.
    pub(super) fn set(&mut self, slot: usize, course: &DuckCourse) {
        let slots = STING_SLOTS.map(|slot| slot as usize);
        let depths = slots.iter().zip(&mut self.depths);
        for (_, depth) in depths.filter(|(it, _)| **it == slot) {
            if course.to_db() < 0.0 {
                *depth = course.to_db();
            }
        }
    }
}

impl Score {
    pub(super) fn new(bank: &Bank) -> Self {
        let adaptive = bank.adaptive.as_ref();
        Self {
            music: Music::new(&bank.music, bank.seed),
            adaptive: adaptive.map(|form| (Adaptive::new(form), Layers::new())),
            commands: Commands::default(),
            effects: Effects::default(),
            plays: Sparse::new(1024),
            ducks: [DuckCourse::OFF; 3],
            stings: StingDucks::default(),
            ends: Vec::with_capacity(ENDS),
            told_dropped: 0,
        }
    }

    /// Linear gain of all ducks of the music at frame `t`.
    pub(super) fn duck_gain(&self, t: u64) -> f32 {
        let adaptive = self.adaptive.as_ref();
        let layers = adaptive.map_or(t, |(_, layers)| layers.time(t));
        let [stinger, transition, adaptive] = &self.ducks;
        let db = stinger.db(self.music.time(t)) + transition.db(layers) + adaptive.db(layers);
        if db == 0.0 {
            1.0
        } else {
            10_f32.powf(db / 20.0)
        }
    }

    pub(super) fn duck_moves(&self, at: u64) -> bool {
        self.ducks.iter().any(|duck| !duck.is_over(at))
    }

    /// No layer plays any more, until the game enters a context.
    pub(super) fn end_layers(&mut self) {
        if let Some((engine, layers)) = &mut self.adaptive {
            engine.end();
            layers.end();
        }
    }

    /// The fade of the pause of a machine: its first frame, and that from which on it stands still.
    pub(super) fn pausing(&self, machine: Machine) -> Option<[u64; 2]> {
        match machine {
            Machine::Music => self.music.pausing(),
            Machine::Layers => self.adaptive.as_ref()?.1.pausing(),
        }
    }

    /// What a machine asked for is over.
    pub(super) fn over(&mut self, source: Source) {
        let (machine, play) = match source {
            Source::Music(play) | Source::MusicStinger(play) => (Machine::Music, play),
            Source::Layer(play) | Source::LayerStinger(play) => (Machine::Layers, play),
            Source::Event(_) | Source::Gone => return,
        };
        self.plays.remove(Key(machine, play));
        if self.ends.len() < ENDS {
            self.ends.push((machine, play));
        }
    }

    pub(super) fn next_boundary(&self, bank: &Bank) -> u64 {
        let music = self.music.next_boundary(&bank.music);
        let layers = self
            .adaptive
            .as_ref()
            .map_or(u64::MAX, |(_, layers)| layers.next_boundary());
        music.min(layers)
    }

    /// Updates of signals that were dropped since it was last asked.
    pub(super) fn take_dropped(&mut self) -> u32 {
        let dropped = self
            .adaptive
            .as_ref()
            .map_or(0, |(engine, _)| engine.counts().dropped);
        let new = dropped.saturating_sub(self.told_dropped);
        self.told_dropped = dropped;
        u32::try_from(new).unwrap_or(u32::MAX)
    }
}

impl State {
    pub(super) fn begin_score(&mut self, cx: &mut Cx<'_>) {
        self.with_engine(cx, |engine, form, at, effects| {
            engine.begin(form, at, effects)
        });
    }

    /// Calls on music and adaptive layers.
    pub(super) fn score_call(&mut self, cx: &mut Cx<'_>, call: &GameCall) {
        match *call {
            GameCall::Signal { signal, value } => _ = self.set_signal(cx, signal, value),
            GameCall::EnterContext { context, strength } => {
                self.enter_context(cx, context, strength);
            }
            GameCall::LeaveContext { summary } => _ = self.leave_context(cx, summary),
            GameCall::SetLevel { level } => {
                self.with_engine(cx, |engine, form, at, effects| {
                    engine.set_level(form, at, level, effects);
                });
            }
            GameCall::NewSpin => {
                if let Some((engine, _)) = &mut self.score.adaptive {
                    engine.new_spin();
                }
            }
            GameCall::Stinger { stinger } => match cx.bank.music.stinger(stinger) {
                Some(stinger) => {
                    self.trigger(cx, stinger);
                }
                None => self.ignore(cx.at, stinger, ObjectId::GLOBAL, Reason::StaleId),
            },
            _ => {}
        }
    }

    pub(super) fn set_signal(&mut self, cx: &Cx<'_>, signal: NameId, value: f32) -> Outcome {
        let engine = self.score.adaptive.as_mut().zip(cx.bank.adaptive.as_ref());
        let taken = engine.is_some_and(|((engine, _), form)| engine.signal(form, signal, value));
        if taken {
            return Outcome::Done;
        }
        self.ignore(cx.at, signal, ObjectId::GLOBAL, Reason::StaleId);
        Outcome::Nothing
    }

    pub(super) fn enter_context(
        &mut self,
        cx: &mut Cx<'_>,
        context: NameId,
        strength: f32,
    ) -> Outcome {
        let form = cx.bank.adaptive.as_ref();
        let Some(known) = form.and_then(|form| form.context(context)) else {
            self.ignore(cx.at, context, ObjectId::GLOBAL, Reason::StaleId);
            return Outcome::Nothing;
        };
        let changed = self.with_engine(cx, |engine, form, at, effects| {
            engine.enter(form, at, known, strength, effects);
        });
        self.so_already(cx, changed, context)
    }

    pub(super) fn leave_context(&mut self, cx: &mut Cx<'_>, summary: u8) -> Outcome {
        let context = self.score.adaptive.as_ref();
        let context = context.filter(|(engine, _)| engine.begun());
        let name = context.map(|(engine, _)| cx.bank.names.contexts.id(engine.context().0));
        let changed = self.with_engine(cx, |engine, form, at, effects| {
            engine.leave(form, at, summary, effects);
        });
        self.so_already(cx, changed, name.unwrap_or_default())
    }

    /// A call that found everything as it wanted it meant nothing.
    fn so_already(&mut self, cx: &Cx<'_>, changed: bool, name: NameId) -> Outcome {
        if changed {
            return Outcome::Done;
        }
        self.ignore(cx.at, name, ObjectId::GLOBAL, Reason::None);
        Outcome::Nothing
    }

    /// Lets the adaptive engine do something, and makes what comes out of it heard; false for
    /// nothing.
    fn with_engine(
        &mut self,
        cx: &mut Cx<'_>,
        act: impl FnOnce(&mut Adaptive, &AdaptiveForm, u64, &mut Effects),
    ) -> bool {
        let (Some(form), Some((engine, _))) = (&cx.bank.adaptive, &mut self.score.adaptive) else {
            return false;
        };
        let mut effects = std::mem::take(&mut self.score.effects);
        effects.clear();
        act(engine, form, cx.at, &mut effects);
        for effect in effects.iter() {
            self.hear(cx, effect);
        }
        let some = effects.iter().next().is_some();
        self.score.effects = effects;
        some
    }

    fn hear(&mut self, cx: &mut Cx<'_>, effect: &Effect) {
        self.tell_effect(cx, effect);
        match *effect {
            Effect::Event(event) => {
                let request = Request::of_game(NameId::NONE, ObjectId::GLOBAL, 0, self.own_id());
                self.post(cx, event, request);
            }
            Effect::Refused { .. } => {}
            _ => {
                let adaptive = self.score.adaptive.as_ref();
                let at = adaptive.map_or(cx.at, |(_, layers)| layers.time(cx.at));
                let grid = self.outer_grid(cx, at);
                let (Some(form), Some((_, layers))) = (&cx.bank.adaptive, &mut self.score.adaptive)
                else {
                    return;
                };
                layers.apply(form, cx.at, effect, grid.as_ref(), &mut self.score.commands);
                self.perform(cx, Machine::Layers);
            }
        }
    }

    fn tell_effect(&mut self, cx: &Cx<'_>, effect: &Effect) {
        if !self.teller.wanted() {
            return;
        }
        let names = &cx.bank.names;
        let name = |context: ContextIx| names.contexts.id(context.0);
        let rule_name = |rule: RuleIx| names.rules.id(u32::from(rule.0));
        let what = match *effect {
            Effect::Level {
                context,
                from,
                to,
                cause,
                ..
            } => {
                let rule = match cause {
                    Cause::Rule(rule) | Cause::PulseEnd(rule) => rule_name(rule),
                    _ => NameId::NONE,
                };
                What::Level {
                    context: name(context),
                    rule,
                    from,
                    to,
                    refusal: 0,
                }
            }
            Effect::Refused {
                context,
                from,
                to,
                rule,
                refusal,
            } => What::Level {
                context: name(context),
                rule: rule_name(rule),
                from,
                to,
                refusal: refusal as u8,
            },
            Effect::Context {
                from, to, level, ..
            } => What::Context {
                from: from.map(name).unwrap_or_default(),
                to: name(to),
                level,
            },
            _ => return,
        };
        self.teller.tell(cx.at, what);
    }

    /// The grid that holds: of the music, else of the transport, else of the adaptive layers.
    pub(super) fn grid<'a>(&self, cx: &'a Cx<'_>) -> Option<Outer<'a>> {
        let music = self.score.music.grid(&cx.bank.music, cx.at);
        let music = music.map(Outer::Even);
        music.or_else(|| self.grid_without_music(cx))
    }

    /// The grid of what goes on without the music: the transport, else the adaptive layers.
    fn grid_without_music<'a>(&self, cx: &'a Cx<'_>) -> Option<Outer<'a>> {
        let adaptive = || {
            let (_, layers) = self.score.adaptive.as_ref()?;
            let mut grid = layers.grid(cx.bank.adaptive.as_ref()?)?;
            grid.t0 += (cx.at - layers.time(cx.at)) as f64;
            Some(Outer::Even(grid))
        };
        Self::transport_grid(cx).or_else(adaptive)
    }

    /// The grid that holds for adaptive layers, if it is not their own, as of frame `at` of theirs.
    pub(super) fn outer_grid<'a>(&self, cx: &'a Cx<'_>, at: u64) -> Option<Outer<'a>> {
        let music = self.score.music.grid(&cx.bank.music, at);
        let music = music.map(Outer::Even);
        music.or_else(|| Self::transport_grid(cx))
    }

    pub(super) fn transport_grid<'a>(cx: &'a Cx<'_>) -> Option<Outer<'a>> {
        let rolls = cx.desk.is_rolling();
        rolls.then_some(Outer::Transport(&*cx.desk))
    }

    /// The transport goes another way: what waits for a point of it waits for the one that is next now. When it
    /// stops, that stays where it was.
    pub(super) fn transport_turned(&mut self, cx: &mut Cx<'_>) {
        // Music that plays has a grid of its own, which holds for everything.
        let is_theirs = self.score.music.playing().is_none();
        let Some(transport) = Self::transport_grid(cx).filter(|_| is_theirs) else {
            return;
        };
        let out = &mut self.score.commands;
        let music = &mut self.score.music;
        music.transport_turned(&cx.bank.music, cx.at, &transport, out);
        self.perform(cx, Machine::Music);
        self.turn_layers(cx);
        self.move_switches(cx);
    }

    fn turn_layers(&mut self, cx: &mut Cx<'_>) {
        let transport = Self::transport_grid(cx);
        if let (Some(form), Some((_, layers)), Some(transport)) =
            (&cx.bank.adaptive, &mut self.score.adaptive, transport)
        {
            layers.transport_turned(form, cx.at, &transport, &mut self.score.commands);
        }
        self.perform(cx, Machine::Layers);
    }

    /// Takes over what the machines of another bank play.
    pub(super) fn take_score(&mut self, cx: &mut Cx<'_>, old_bank: &Bank, old: &mut Score) {
        std::mem::swap(&mut self.score.plays, &mut old.plays);
        std::mem::swap(&mut self.score.ends, &mut old.ends);
        self.score.ducks = old.ducks;
        self.score.stings = old.stings;
        self.score.told_dropped = old.told_dropped;
        let grid = Self::transport_grid(cx);
        self.score.music.carry_over(
            &cx.bank.music,
            cx.at,
            (&old.music, &old_bank.music),
            grid.as_ref(),
            &mut self.score.commands,
        );
        self.perform(cx, Machine::Music);
        let waited = old.music.waiting_stingers();
        let names = waited.map(|it| old_bank.music.stinger_id(it));
        for name in names.filter(|it| cx.bank.music.stinger(*it).is_none()) {
            self.ignore(cx.at, name, ObjectId::GLOBAL, Reason::BankSwap);
        }
        match (&cx.bank.adaptive, &old_bank.adaptive) {
            (Some(_), Some(old_form)) => self.take_layers(cx, old_bank, old_form, old),
            (Some(_), None) => self.begin_score(cx),
            (None, _) => self.stop_layers(cx),
        }
    }

    fn take_layers(
        &mut self,
        cx: &mut Cx<'_>,
        old_bank: &Bank,
        old_form: &AdaptiveForm,
        old: &Score,
    ) {
        let (Some(form), Some((engine, layers)), Some((old_engine, old_layers))) =
            (&cx.bank.adaptive, &mut self.score.adaptive, &old.adaptive)
        else {
            return;
        };
        let node = |node: NodeIx| cx.bank.node_of(old_bank, node);
        let mut effects = std::mem::take(&mut self.score.effects);
        effects.clear();
        engine.carry_over(form, cx.at, (old_engine, old_form), &mut effects);
        if engine.begun() {
            let out = &mut self.score.commands;
            layers.carry_over(form, cx.at, (old_layers, old_form), engine, &node, out);
        }
        for effect in effects.iter() {
            self.tell_effect(cx, effect);
        }
        self.score.effects = effects;
        self.perform(cx, Machine::Layers);
    }

    fn stop_layers(&mut self, cx: &mut Cx<'_>) {
        let fade = super::calls::linear(cx.bank.frames(super::swap::GONE_SECONDS));
        for n in 0..u32::try_from(self.plays.capacity()).unwrap_or(u32::MAX) {
            let it = self.plays.get(n);
            if it.live && matches!(it.source, Source::Layer(_)) {
                self.stop_play(cx, n, fade, Reason::BankSwap);
            }
        }
    }

    pub(super) fn play_music(&mut self, cx: &mut Cx<'_>, music: u32) -> Outcome {
        let grid = Self::transport_grid(cx);
        let out = &mut self.score.commands;
        let machine = &mut self.score.music;
        let changed = machine.play(&cx.bank.music, cx.at, MusicIx(music), grid.as_ref(), out);
        self.perform(cx, Machine::Music);
        self.so_already(cx, changed, cx.bank.music.music_id(MusicIx(music)))
    }

    pub(super) fn stop_music(&mut self, cx: &mut Cx<'_>, fade: u32) {
        let others = self.grid_without_music(cx);
        let (score, form) = (&mut self.score, &cx.bank.music);
        let out = &mut score.commands;
        score.music.stop(form, cx.at, fade, others.as_ref(), out);
        self.perform(cx, Machine::Music);
    }

    /// Music that the machine plays ends with everything else, and stingers that wait with it.
    pub(super) fn stop_score(&mut self, cx: &mut Cx<'_>, fade: u32) {
        self.forget_stingers(cx);
        self.stop_music(cx, fade);
        self.score.end_layers();
    }

    /// Stingers that wait do not come any more, which is told.
    pub(super) fn forget_stingers(&mut self, cx: &Cx<'_>) {
        for stinger in self.score.music.forget_stingers() {
            let name = cx.bank.music.stinger_id(stinger);
            self.ignore(cx.at, name, ObjectId::GLOBAL, Reason::StopAction);
        }
    }

    pub(super) fn trigger(&mut self, cx: &mut Cx<'_>, stinger: StingerIx) -> Outcome {
        let grid = self.grid(cx);
        let out = &mut self.score.commands;
        let machine = &mut self.score.music;
        let result = machine.stinger(&cx.bank.music, cx.at, stinger, grid.as_ref(), out);
        self.perform(cx, Machine::Music);
        match result {
            Ok(_) => Outcome::Done,
            Err(reason) => {
                let name = cx.bank.music.stinger_id(stinger);
                self.ignore(cx.at, name, ObjectId::GLOBAL, reason);
                Outcome::Full
            }
        }
    }

    /// Does what the machines have for this frame.
    pub(super) fn run_score(&mut self, cx: &mut Cx<'_>) {
        if self.score.music.next_boundary(&cx.bank.music) <= cx.at {
            let out = &mut self.score.commands;
            self.score.music.run(&cx.bank.music, cx.at, out);
            self.perform(cx, Machine::Music);
        }
        if let (Some(form), Some((_, layers))) = (&cx.bank.adaptive, &mut self.score.adaptive)
            && layers.next_boundary() <= cx.at
        {
            layers.run(form, cx.at, &mut self.score.commands);
            self.perform(cx, Machine::Layers);
        }
    }

    pub(super) fn tick_score(&mut self, cx: &mut Cx<'_>) {
        self.tell_ends(cx);
        self.with_engine(cx, |engine, form, at, effects| {
            engine.tick(form, at, effects)
        });
        self.tell_layers(cx);
        self.tell_stings(cx);
    }

    /// The ducks of stingers, while they move.
    fn tell_stings(&mut self, cx: &Cx<'_>) {
        if !self.teller.wanted() {
            self.score.stings.told = [0.0; 2];
            return;
        }
        let layers = self.score.adaptive.as_ref();
        let layers = layers.map_or(cx.at, |(_, layers)| layers.time(cx.at));
        let times = [self.score.music.time(cx.at), layers];
        for (n, slot) in STING_SLOTS.into_iter().enumerate() {
            let db = self.score.ducks[slot as usize].db(times[n]);
            let stings = &mut self.score.stings;
            if db == stings.told[n] {
                continue;
            }
            let what = What::Duck {
                duck: stings.names[n],
                envelope: (db / stings.depths[n].min(-f32::MIN_POSITIVE))
                    .abs()
                    .min(1.0),
                gain_db: db,
            };
            if self.teller.tell(cx.at, what) {
                stings.told[n] = db;
            }
        }
    }

    fn tell_layers(&mut self, cx: &Cx<'_>) {
        let duck = self.score.duck_gain(cx.at);
        let (Some(form), Some((_, layers))) = (&cx.bank.adaptive, &mut self.score.adaptive) else {
            return;
        };
        if !self.teller.wanted() {
            return layers.forget_told();
        }
        let names = &cx.bank.names;
        let teller = &mut self.teller;
        layers.tell(form, cx.at, duck, &mut |it| {
            let what = What::Layer {
                context: names.contexts.id(it.context.0),
                layer: names.nodes.id(it.node.0),
                gain: it.gain,
                target: it.target,
            };
            teller.tell(cx.at, what)
        });
    }

    fn tell_ends(&mut self, cx: &mut Cx<'_>) {
        for n in 0..self.score.ends.len() {
            let (machine, play) = self.score.ends[n];
            let out = &mut self.score.commands;
            match (machine, &cx.bank.adaptive, &mut self.score.adaptive) {
                (Machine::Music, ..) => self.score.music.ended(cx.at, play, out),
                (Machine::Layers, Some(_), Some((_, layers))) => {
                    layers.ended(cx.at, play, out);
                }
                _ => {}
            }
            self.perform(cx, machine);
        }
        self.score.ends.clear();
    }
}
