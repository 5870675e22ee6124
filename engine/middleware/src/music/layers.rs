//! Adaptive layers: all sounds of a context start together and stay in step; a level says which of
//! them are heard.

mod fades;
mod pause;
mod stings;

use super::command::{Command, Commands, DuckSlot, PlayNo, Role, StartPlay, SyncRow};
use super::course::{Course, DuckCourse};
use super::grid::{Granted, Grid, Outer, grant};
use super::machine::sync_row;
use crate::adaptive::TransitionIx;
use crate::adaptive::lookup::frames;
use crate::adaptive::{Adaptive, AdaptiveForm, ContextForm, DuckForm, Effect, LayerAt};
use crate::ids::{ContextIx, NodeIx};
use fades::{Fades, Layer, arrive};
use stings::Stings;

/// What is under way changes its gain in no less time, ms.
const SHORTEST_MS: f32 = 5.0;
/// Most different sounds of a context.
const LAYERS: usize = 40;
/// Numbers of plays from here on are those of layers, below are those of [`Music`](super::Music).
const FIRST_PLAY: u64 = 1 << 63;

/// What plays of the adaptive layers. Made on the control thread, everything else is
/// `[audio-thread]`: bounded and without allocation.
///
/// 1. [`Layers::apply`] with every [`Effect`] at the frame at which it came out.
/// 2. [`Layers::run`] at the frame that [`Layers::next_boundary`] names, never after it.
/// 3. [`Layers::ended`] when a play came to its end by itself.
#[derive(Clone, Debug)]
pub struct Layers {
    plays: u64,
    context: Option<ContextIx>,
    /// The level that is heard, or on its way.
    level: u8,
    /// The frame at which the layers of the context started.
    since: u64,
    layers: [Layer; LAYERS],
    change: Option<Change>,
    duck: DuckCourse,
    /// The duck of a change is let go at this frame, over so many frames.
    release: Option<(u64, u32)>,
    stings: Stings,
    /// They are paused: from this frame on, the end of the fade of their pause, they stand still.
    paused: Option<u64>,
    /// The frame at which that fade began.
    pauses_at: u64,
    /// What was told of their gains, and of which context.
    told: Option<(ContextIx, [f32; LAYERS])>,
}

/// How loud a layer is, and will be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LayerGain {
    pub(crate) context: ContextIx,
    /// What it plays.
    pub(crate) node: NodeIx,
    /// Linear gain now, with what ducks the music.
    pub(crate) gain: f32,
    /// Linear gain of its level.
    pub(crate) target: f32,
}

/// A change that waits for its frame.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: u64,
    /// Another context begins, else only the level changes.
    context: Option<ContextIx>,
    level: u8,
    transition: TransitionIx,
    fade: Option<(u32, u32)>,
    /// What was told of it.
    told: Option<SyncRow>,
}

impl Layers {
    /// Silence. `[main-thread]`
    pub fn new() -> Self {
        let silent = Layer {
            play: PlayNo::default(),
            course: Course::fixed(0.0),
            at: None,
        };
        Self {
            plays: FIRST_PLAY,
            context: None,
            level: 0,
            since: 0,
            layers: [silent; LAYERS],
            change: None,
            duck: DuckCourse::OFF,
            release: None,
            stings: Stings::default(),
            paused: None,
            pauses_at: 0,
            told: None,
        }
    }

    /// The next frame at which [`Layers::run`] has something to do; `u64::MAX` for never.
    pub fn next_boundary(&self) -> u64 {
        let change = self.change.map_or(u64::MAX, |change| change.at);
        let release = self.release.map_or(u64::MAX, |release| release.0);
        let due = change.min(release);
        if self.is_held(due) { u64::MAX } else { due }
    }

    /// Carries out what the adaptive engine said at frame `at`. `transport` is the grid of the
    /// transport; without one, the context's own grid holds. Events and refusals are not its
    /// business.
    pub fn apply(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        effect: &Effect,
        transport: Option<&Outer<'_>>,
        out: &mut Commands,
    ) {
        let at = self.time(at);
        match *effect {
            Effect::Level { to, transition, .. } => {
                // A context that has not begun yet begins with the newest level.
                if let Some(change) = self.change.as_mut().filter(|it| it.context.is_some()) {
                    change.level = to;
                } else {
                    self.plan(form, at, (None, to, transition, None), transport, out);
                }
            }
            Effect::Context {
                to,
                level,
                transition,
                fade,
                ..
            } => {
                let to = Some(to).filter(|_| !self.goes_back(to));
                if to.is_some() {
                    self.plan(form, at, (to, level, transition, fade), transport, out);
                } else {
                    self.stay(form, at, (level, transition), transport, out);
                }
            }
            Effect::Stinger {
                node,
                gain,
                duck_db,
            } => {
                let play = self.next_play();
                self.stings
                    .start(form.sample_rate, at, (play, node, gain, duck_db), out);
            }
            Effect::Event(_) | Effect::Refused { .. } => {}
        }
        self.run(form, at, out);
    }

    /// The transport goes another way from frame `at` on: a change that waits for it waits for the point that
    /// is the next one now.
    pub fn transport_turned(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        transport: &Outer<'_>,
        out: &mut Commands,
    ) {
        let waits = |change: &&mut Change| change.at > at;
        let Some(change) = self.change.as_mut().filter(waits) else {
            return;
        };
        let Some(told) = change.told.filter(|_| self.paused.is_none()) else {
            return;
        };
        let how = &form.transitions[usize::from(change.transition.0)];
        let granted = grant(how.sync, told.asked_at, at, how.max_wait, |sync| {
            transport.next(sync, at)
        });
        if granted.point.frame != change.at {
            let told = SyncRow::new(told.asked_at, how.sync, &granted);
            out.push(Command::Sync(told));
            (change.at, change.told) = (granted.point.frame, Some(told));
        }
    }

    /// Does everything that is due at frame `at`; nothing while they stand still.
    pub fn run(&mut self, form: &AdaptiveForm, at: u64, out: &mut Commands) {
        if self.is_held(at) {
            return;
        }
        if let Some(change) = self.change.take_if(|change| change.at <= at) {
            self.commit(form, &change, out);
        }
        if let Some((_, frames)) = self.release.take_if(|release| release.0 <= at) {
            self.duck = DuckCourse::new(self.duck.db(at), 0.0, at, frames);
            out.push(Command::Duck(DuckSlot::Transition, self.duck));
        }
    }

    /// Everything was stopped from outside: the next context begins anew. A duck is let go.
    pub fn end(&mut self) {
        self.context = None;
        self.change = None;
        self.paused = None;
        for layer in &mut self.layers {
            layer.play = PlayNo::default();
        }
    }

    /// A play is over, or did not start.
    pub fn ended(&mut self, at: u64, play: PlayNo, out: &mut Commands) {
        self.stings.ended(self.time(at), play, out);
    }

    /// Takes over what plays; `node` gives the new place of an old node. Where the context's sounds
    /// are the same in the new bank, they go on, and so does a change that waits; else the context
    /// of `engine` begins anew. `self` is new.
    pub fn carry_over(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        (old, old_form): (&Self, &AdaptiveForm),
        engine: &Adaptive,
        node: &dyn Fn(NodeIx) -> Option<NodeIx>,
        out: &mut Commands,
    ) {
        *self = old.clone();
        self.told = None;
        let at = self.time(at);
        let waits = old.change.and_then(|it| carried(&it, form, old_form));
        let heard = old.context.and_then(|context| {
            let was = &old_form.contexts[context.at()];
            let context = form.context(was.id)?;
            same_sounds(was, &form.contexts[context.at()], node).then_some(context)
        });
        let wanted = (engine.context(), engine.level());
        let now = |context, level| Change {
            at,
            context,
            level,
            transition: form.plain_transition(),
            fade: None,
            told: None,
        };
        self.change = waits.filter(|change| {
            let leads_to = change.context.or(heard);
            leads_to == Some(wanted.0) && (heard.is_some() || old.context.is_none())
        });
        if let Some(change) = &mut self.change {
            change.level = wanted.1;
        }
        match (heard, self.change) {
            (Some(context), waits) => {
                self.context = Some(context);
                // Its layers may have other gains now; those that do not are not told anything.
                let level = if waits.is_some() {
                    self.level
                } else {
                    wanted.1
                };
                let begins = waits.is_none() && context != wanted.0;
                let change = now(begins.then_some(wanted.0), level);
                self.commit(form, &change, out);
            }
            (None, Some(_)) => self.context = None,
            (None, None) => self.commit(form, &now(Some(wanted.0), wanted.1), out),
        }
    }

    /// A context is asked for that plays still: the change away from it waits.
    fn goes_back(&self, to: ContextIx) -> bool {
        self.context == Some(to) && self.change.is_some_and(|it| it.context.is_some())
    }

    /// The context that plays goes on; at most its level changes.
    fn stay(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        (level, transition): (u8, TransitionIx),
        transport: Option<&Outer<'_>>,
        out: &mut Commands,
    ) {
        self.change = None;
        if level != self.level {
            return self.plan(form, at, (None, level, transition, None), transport, out);
        }
        let asked = form.transitions[usize::from(transition.0)].sync;
        out.push(sync_row(at, asked, &Granted::at_once(at)));
    }

    fn plan(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        (context, level, transition, fade): (
            Option<ContextIx>,
            u8,
            TransitionIx,
            Option<(u32, u32)>,
        ),
        transport: Option<&Outer<'_>>,
        out: &mut Commands,
    ) {
        let how = &form.transitions[usize::from(transition.0)];
        let own = self.grid(form).map(Outer::Even);
        let grid = transport.copied().or(own);
        let granted = grant(how.sync, at, at, how.max_wait, |sync| {
            grid.as_ref().and_then(|grid| grid.next(sync, at))
        });
        let told = SyncRow::new(at, how.sync, &granted);
        out.push(Command::Sync(told));
        self.change = Some(Change {
            told: Some(told),
            at: granted.point.frame,
            context,
            level,
            transition,
            fade,
        });
    }

    /// Nobody looks: who looks next is told everything.
    pub fn forget_told(&mut self) {
        self.told = None;
    }

    /// Tells the layers whose gains are others than they were told, as of frame `at`, where all of
    /// them are ducked by the linear gain `duck`; what `tell` could not pass on comes again the next
    /// time.
    pub(crate) fn tell(
        &mut self,
        form: &AdaptiveForm,
        at: u64,
        duck: f32,
        tell: &mut dyn FnMut(LayerGain) -> bool,
    ) {
        let at = self.time(at);
        let context = self.context.filter(|_| self.count() > 0);
        if let Some((before, gains)) = self.told.as_mut().filter(|told| Some(told.0) != context) {
            let layers = form.contexts.get(before.at());
            let layers = layers.map_or(&[][..], |context| &context.layers);
            // What has gone: its fade is over, or goes on without being told.
            let heard = layers.iter().zip(gains).filter(|(_, gain)| **gain > 0.0);
            for (layer, gain) in heard {
                let gone = LayerGain {
                    context: *before,
                    node: layer.node,
                    gain: 0.0,
                    target: 0.0,
                };
                if !tell(gone) {
                    return;
                }
                *gain = 0.0;
            }
            self.told = None;
        }
        let Some(context) = context else { return };
        let Some(layers) = form.contexts.get(context.at()) else {
            return;
        };
        let (_, told) = self.told.get_or_insert((context, [f32::NAN; LAYERS]));
        for ((layer, form), told) in self.layers.iter().zip(&layers.layers).zip(told) {
            let gain = layer.course.gain(at) * duck;
            if *told == gain {
                continue;
            }
            let now = LayerGain {
                context,
                node: form.node,
                gain,
                target: layer.at.map_or(0.0, |at| at.gain),
            };
            if tell(now) {
                *told = gain;
            }
        }
    }

    /// The grid of the context whose layers play: from where they began; `None` before the first.
    pub fn grid(&self, form: &AdaptiveForm) -> Option<Grid> {
        let context = &form.contexts[self.context?.at()];
        Some(Grid {
            t0: self.since as f64,
            beat: context.beat,
            per_bar: context.per_bar,
        })
    }

    fn commit(&mut self, form: &AdaptiveForm, change: &Change, out: &mut Commands) {
        if self.is_held(change.at) && change.context.is_some() {
            // Nothing starts while they stand still.
            self.change = Some(*change);
            return;
        }
        let how = &form.transitions[usize::from(change.transition.0)];
        self.level = change.level;
        let context = change.context.or(self.context);
        let Some(context) = context.and_then(|it| form.contexts.get(it.at())) else {
            return;
        };
        let old = self.context.and_then(|it| form.contexts.get(it.at()));
        let beats = [old.unwrap_or(context).beat, context.beat];
        let mut fades = Fades::new(how, change.at, change.fade, beats);
        let least = frames(SHORTEST_MS, form.sample_rate).max(1);
        if old.is_none() {
            // Nothing goes that it would have to wait for.
            fades.in_at = fades.out_at;
        }
        if change.context.is_some() {
            // What begins may do so at once, what is under way may not jump.
            self.end_context(&fades.at_least(least), out);
            self.context = change.context;
            self.since = change.at;
            self.start_context(context, change.level, &fades, out);
        } else {
            fades = fades.at_least(least);
            self.change_level(context, change.level, &fades, out);
        }
        if let Some(duck) = how.duck {
            self.start_duck(&fades, &duck, out);
        }
    }

    fn end_context(&mut self, fades: &Fades, out: &mut Commands) {
        let count = self.count();
        for layer in &mut self.layers[..count] {
            let now = layer.course.exact(fades.out_at);
            let full = layer.at.map_or(0.0, |at| at.gain);
            let (frames, shape) = fades.out;
            out.push(Command::Fade {
                play: layer.play,
                course: Course::leave(now, full, fades.out_at, frames, shape),
                stop: true,
            });
            layer.play = PlayNo::default();
        }
    }

    fn start_context(
        &mut self,
        context: &ContextForm,
        level: u8,
        fades: &Fades,
        out: &mut Commands,
    ) {
        let wanted = level_of(context, level);
        for (n, form) in context.layers.iter().enumerate() {
            let play = self.next_play();
            let at = wanted.get(n).copied().flatten();
            let course = match at {
                Some(at) => arrive(0.0, at.gain, fades),
                None => Course::fixed(0.0),
            };
            out.push(Command::Start(StartPlay {
                play,
                role: Role::Layer,
                node: form.node,
                offset: 0,
                looping: form.looping,
                pan: at.map_or(0.0, |at| at.pan),
                course,
            }));
            self.layers[n] = Layer { play, course, at };
        }
    }

    fn change_level(
        &mut self,
        context: &ContextForm,
        level: u8,
        fades: &Fades,
        out: &mut Commands,
    ) {
        let wanted = level_of(context, level);
        let count = self.count();
        for (n, layer) in self.layers[..count].iter_mut().enumerate() {
            let at = wanted.get(n).copied().flatten();
            if at == layer.at {
                continue;
            }
            layer.fade(at, fades);
            out.push(Command::Fade {
                play: layer.play,
                course: layer.course,
                stop: false,
            });
            if let Some(pan) = layer.moved(at, fades) {
                out.push(pan);
            }
            layer.at = at;
        }
    }

    /// The music makes way for a change, until it is complete.
    fn start_duck(&mut self, fades: &Fades, duck: &DuckForm, out: &mut Commands) {
        let at = fades.out_at;
        self.duck = DuckCourse::new(self.duck.db(at), duck.db, at, duck.attack);
        out.push(Command::Duck(DuckSlot::Transition, self.duck));
        let complete = fades.end().max(self.duck.end());
        self.release = Some((complete, duck.release));
    }

    /// How many layers play.
    fn count(&self) -> usize {
        let playing = |layer: &&Layer| layer.play != PlayNo::default();
        self.layers.iter().take_while(playing).count()
    }

    fn next_play(&mut self) -> PlayNo {
        self.plays += 1;
        PlayNo(self.plays)
    }
}

impl Default for Layers {
    fn default() -> Self {
        Self::new()
    }
}

/// A change that waits, by the places of another bank; `None` where that has not all of it.
fn carried(change: &Change, form: &AdaptiveForm, old_form: &AdaptiveForm) -> Option<Change> {
    let context = match change.context {
        None => None,
        Some(context) => Some(form.context(old_form.contexts[context.at()].id)?),
    };
    let id = old_form.transitions[usize::from(change.transition.0)].id;
    let place = form.transitions.iter().position(|it| it.id == id)?;
    Some(Change {
        context,
        transition: TransitionIx(place.try_into().ok()?),
        ..*change
    })
}

/// Whether the sounds of a context are the same in another bank.
fn same_sounds(
    old: &ContextForm,
    new: &ContextForm,
    node: &dyn Fn(NodeIx) -> Option<NodeIx>,
) -> bool {
    let mut pairs = old.layers.iter().zip(&new.layers);
    old.layers.len() == new.layers.len()
        && pairs.all(|(old, new)| node(old.node) == Some(new.node) && old.looping == new.looping)
}

fn level_of(context: &ContextForm, level: u8) -> &[Option<LayerAt>] {
    context
        .levels
        .get(usize::from(level))
        .map_or(&[], |level| level)
}
