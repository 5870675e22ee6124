//! What a game does: heard by the control thread, shown by the window.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use segue_engine::format::project::interactive::{Context, Interactive, ProfileSource};
use segue_engine::game::Call as GameCall;
use segue_engine::game::telemetry::{Choice, Row, What};
use segue_engine::project::Project;
use segue_engine::rt::game::{NameId, ObjectId};
use segue_engine::rt::voices::VoiceEvent;
use segue_engine::{Control, NOW};

use super::LivePicture;
use super::calls::Call;
use super::strips::tidy;
use crate::model::game::{Game, GameEvent, GameState};
use crate::model::snapshot::Macro;
use crate::scale::db_from_magnitude;

/// Lines of the log.
const LINES: usize = 50;
/// Rows that are read at a time: what comes faster waits for the next time.
const ROWS: usize = 2_000;
/// The value of a state group that nobody has set.
const NONE: &str = "none";

/// What was heard of a game; clone it as you like. `[thread-safe]`
#[derive(Clone, Debug, Default)]
pub(super) struct Ear(Arc<Mutex<Heard>>);

/// What was heard, as of the last row.
#[derive(Debug, Default)]
struct Heard {
    /// Posts that play, by event.
    playing: BTreeMap<NameId, usize>,
    /// On no object.
    rtpcs: BTreeMap<NameId, f32>,
    states: BTreeMap<NameId, NameId>,
    level: Option<(String, u8)>,
    /// In dB.
    layers: Vec<(String, f32)>,
    /// In dB.
    ducks: Vec<(String, f32)>,
    lines: VecDeque<String>,
    /// Counts what changes.
    version: u64,
    /// Something happened that was not written down.
    is_stale: bool,
}

impl Ear {
    /// Begins with what holds now. `[control-thread]`
    pub(super) fn new(control: &Control) -> Self {
        let mut heard = Heard {
            version: 1,
            ..Heard::default()
        };
        heard.take(control);
        Self(Arc::new(Mutex::new(heard)))
    }

    /// Something happened that is not written down.
    pub(super) fn miss(&self) {
        self.lock().is_stale = true;
    }

    /// Reads what happened since the last time. `[control-thread]`
    pub(super) fn hear(&self, control: &mut Control) {
        let mut lines = Vec::new();
        let mut is_new = false;
        for _ in 0..ROWS {
            let Some(row) = control.next_row() else {
                break;
            };
            is_new = true;
            lines.extend(line(control, &row));
        }
        let mut heard = self.lock();
        let was_stale = std::mem::take(&mut heard.is_stale);
        if !is_new && !was_stale {
            return;
        }
        heard.take(control);
        heard.lines.extend(lines);
        let old = heard.lines.len().saturating_sub(LINES);
        heard.lines.drain(..old);
        heard.version += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn take(&mut self, control: &Control) {
        let now = control.activity();
        let text = |name: NameId| control.game_names().text(name).unwrap_or(NONE).to_owned();
        self.playing.clear();
        for (event, ..) in now.playing.values() {
            *self.playing.entry(*event).or_default() += 1;
        }
        let everybody = |((rtpc, object), value): (&(NameId, ObjectId), &f32)| {
            (*object == ObjectId::GLOBAL).then_some((*rtpc, *value))
        };
        self.rtpcs = now.rtpcs.iter().filter_map(everybody).collect();
        self.states.clone_from(&now.states);
        self.level = now.level.map(|(context, level)| (text(context), level));
        let gain =
            |(layer, [gain, _]): (&NameId, &[f32; 2])| (text(*layer), db_from_magnitude(*gain));
        self.layers = now.layers.iter().map(gain).collect();
        self.ducks = now
            .ducks
            .iter()
            .map(|(duck, db)| (text(*duck), *db))
            .collect();
    }
}

/// A row for people; `None` for what would only fill the page.
fn line(control: &Control, row: &Row) -> Option<String> {
    let name = |name: NameId| control.game_names().text(name).unwrap_or(NONE).to_owned();
    let on = |object: ObjectId| match control.object_text(object) {
        Some(object) if !object.is_empty() => format!(" on {object}"),
        _ => String::new(),
    };
    let text = match row.what {
        What::Posted { event, object, .. } => format!("{}{}", name(event), on(object)),
        What::Refused {
            event,
            object,
            reason,
            ..
        } => format!("{}{} refused: {reason:?}", name(event), on(object)),
        What::Ignored {
            name: what, reason, ..
        } => format!("{} ignored: {reason:?}", name(what)),
        // Every child has a row; only what is heard fills the page.
        What::Decision {
            container,
            child,
            reason: Choice::Selected,
            ..
        } => format!("{}: {}", name(container), name(child)),
        What::Decision {
            container,
            child,
            reason: Choice::Limit,
            ..
        } => format!("{}: no room for {}", name(container), name(child)),
        What::Voice {
            asset,
            event_kind: kind @ (VoiceEvent::Refused | VoiceEvent::Virtual),
            reason,
            ..
        } => format!("{} {kind:?}: {reason:?}", name(asset)),
        What::State { group, to, .. } => format!("{} = {}", name(group), name(to)),
        What::Switch { group, object, to } => {
            format!("{}{} = {}", name(group), on(object), name(to))
        }
        What::Reseed { seed } => format!("seed {seed:016x}"),
        What::Level {
            context,
            from,
            to,
            refusal: 0,
            ..
        } => format!("{} level {from} to {to}", name(context)),
        What::Context { from, to, .. } => format!("context {} to {}", name(from), name(to)),
        What::DuckStuck { duck } => format!("{} does not let go", name(duck)),
        _ => return None,
    };
    let seconds = row.at as f64 / f64::from(control.config().sample_rate);
    Some(format!("{seconds:.2}  {text}"))
}

impl LivePicture {
    /// What the project that is held can call.
    pub(super) fn draw_game(&mut self) {
        self.game_version = 0;
        self.snapshot.game = self.project.as_ref().map(game).unwrap_or_default();
    }

    /// What was heard since the last look.
    pub(super) fn follow_game(&mut self) {
        let Some(seen) = &self.engine else {
            return;
        };
        let heard = seen.engine.ear().lock();
        if heard.version == self.game_version {
            return;
        }
        self.game_version = heard.version;
        follow(&mut self.snapshot.game, &heard, self.held_rtpc);
    }

    pub(super) fn post(&self, number: usize) -> Option<Call> {
        let event = self.snapshot.game.events.get(number)?.name.clone();
        Some(Box::new(move |control| {
            control.post(&event, "", NOW).map(|_| ())
        }))
    }

    pub(super) fn stop_posts(&self) -> Call {
        const FADE: f64 = 0.1;
        call(GameCall::StopAll {
            object: String::new(),
            fade: FADE,
        })
    }

    pub(super) fn set_state(&mut self, group: usize, value: usize) -> Option<Call> {
        let group = self.snapshot.game.states.get_mut(group)?;
        let name = group.values.get(value)?.clone();
        group.current = value;
        Some(call(GameCall::State {
            group: group.name.clone(),
            value: name,
        }))
    }

    pub(super) fn set_rtpc(&mut self, number: usize, value: f32) -> Option<Call> {
        let rtpc = self.snapshot.game.rtpcs.get_mut(number)?;
        rtpc.value = value.clamp(0.0, 1.0);
        let [low, high] = rtpc.range;
        Some(call(GameCall::Rtpc {
            rtpc: rtpc.name.clone(),
            value: low + (high - low) * rtpc.value,
            object: String::new(),
            label: None,
            ramp: 0.0,
        }))
    }
}

fn call(call: GameCall) -> Call {
    Box::new(move |control| control.call(&call, NOW).map(|_| ()))
}

/// The names of a project's interactive part, nothing being heard.
fn game(project: &Project) -> Game {
    let interactive = &project.interactive;
    let event = |name: &str| GameEvent {
        name: name.to_owned(),
        playing: 0,
    };
    Game {
        events: interactive
            .events
            .iter()
            .map(|it| event(&it.name))
            .collect(),
        rtpcs: interactive
            .rtpcs
            .iter()
            .map(|it| {
                let range = [it.min, it.max].map(segue_engine::to_f32);
                let value = share(range, segue_engine::to_f32(project.first_rtpc(it)));
                Macro {
                    name: it.name.clone(),
                    value,
                    default: value,
                    range,
                    unit: it.unit.clone(),
                    decimals: decimals(range),
                }
            })
            .collect(),
        states: interactive
            .states
            .iter()
            .map(|it| GameState {
                name: it.name.clone(),
                values: std::iter::once(NONE.to_owned())
                    .chain(it.values.iter().map(|value| value.name.clone()))
                    .collect(),
                current: 0,
            })
            .collect(),
        rows: rows(interactive),
        ..Game::default()
    }
}

/// Rows that level, layers and some ducks will need.
fn rows(interactive: &Interactive) -> usize {
    /// Layers of a level at most, where a file of its own has them.
    const LAYERS: usize = 8;
    /// So many are rarely active at once.
    const DUCKS: usize = 2;
    let layers = |context: &Context| {
        let layers = context.levels.iter().flatten();
        let names: BTreeSet<&str> = layers.map(|layer| &*layer.asset).collect();
        names.len()
    };
    let adaptive = match &interactive.adaptive {
        Some(ProfileSource::Inline(profile)) => {
            1 + profile
                .contexts
                .0
                .iter()
                .map(|(_, it)| layers(it))
                .max()
                .unwrap_or(0)
        }
        Some(ProfileSource::File(_)) => 1 + LAYERS,
        None => 0,
    };
    adaptive + interactive.ducks.len().min(DUCKS)
}

/// So many that a hundredth of the range can be told.
fn decimals([low, high]: [f32; 2]) -> usize {
    match (high - low).abs() {
        span if span >= 100.0 => 0,
        span if span >= 10.0 => 1,
        _ => 2,
    }
}

/// Where a value lies in its range.
fn share([low, high]: [f32; 2], value: f32) -> f32 {
    let share = (value - low) / (high - low);
    if share.is_finite() {
        segue_engine::to_f32(tidy(f64::from(share.clamp(0.0, 1.0)), 1e6))
    } else {
        0.0
    }
}

fn follow(game: &mut Game, heard: &Heard, held: Option<usize>) {
    for event in &mut game.events {
        let count = heard.playing.get(&NameId::of(&event.name));
        event.playing = count.copied().unwrap_or(0);
    }
    for (number, rtpc) in game.rtpcs.iter_mut().enumerate() {
        if held == Some(number) {
            continue;
        }
        let value = heard.rtpcs.get(&NameId::of(&rtpc.name));
        rtpc.value = value.map_or(rtpc.default, |value| share(rtpc.range, *value));
    }
    for state in &mut game.states {
        let value = heard.states.get(&NameId::of(&state.name));
        let mut values = state.values.iter();
        let place = value.and_then(|value| values.position(|name| NameId::of(name) == *value));
        state.current = place.unwrap_or(0);
    }
    game.level.clone_from(&heard.level);
    game.layers.clone_from(&heard.layers);
    game.ducks.clone_from(&heard.ducks);
    game.rows = game.rows.max(game.rows_now());
    game.log.clear();
    game.log.extend(heard.lines.iter().cloned());
}
