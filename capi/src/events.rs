//! What happens, as rows that the caller pulls: nothing is ever called from the audio thread or a
//! worker.

use std::collections::VecDeque;
use std::ffi::c_void;

use facade::game::telemetry::{Row, What};
use facade::rt::game::{NameId, ObjectId, PlayingId};
use facade::rt::voices::{VoiceEvent, VoiceReport};

use crate::boundary::{OK, boundary_on};
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::{Handle, InCallback, lock};
use crate::memory::{Record, flag, needed, put};
use crate::status::{Answer, segue_status};

/// What an event tells.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum segue_event_kind {
    /// A voice sounds: `subject` the voice.
    SEGUE_EVENT_VOICE_STARTED = 1,
    /// A voice was not started: `subject` the voice, `reason`.
    SEGUE_EVENT_VOICE_REFUSED = 2,
    /// A voice is kept track of but not rendered: `subject` the voice, `reason`, `number` its age in frames.
    SEGUE_EVENT_VOICE_VIRTUAL = 3,
    /// A voice sounds again: `subject` the voice, `number` its age in frames.
    SEGUE_EVENT_VOICE_REAL = 4,
    /// A voice is over: `subject` the voice, `reason`, `number` its age in frames.
    SEGUE_EVENT_VOICE_ENDED = 5,

    /// A post plays: `subject` the event, `object`, `playing`.
    SEGUE_EVENT_POSTED = 10,
    /// A post was not carried out: `subject` the event, `object`, `playing`, `reason`.
    SEGUE_EVENT_REFUSED = 11,
    /// Nothing of a post plays any more: `subject` the event, `object`, `playing`.
    SEGUE_EVENT_FINISHED = 12,
    /// An action was carried out, or not: `subject` the event, `object`, `playing`, `code` its number, `reason` its
    /// outcome (0 done, 1 condition, 2 chance, 3 nothing matched, 4 full, 5 missing, 6 too deep), `number` frames
    /// it came late.
    SEGUE_EVENT_ACTION = 13,
    /// A child of a container was taken or left: `subject` the container, `other` the child, `object`, `playing`,
    /// `reason` why (`SEGUE_CHOICE_...`), `value` its weight or gain, `number` nanoseconds of the decision.
    SEGUE_EVENT_DECISION = 14,
    /// A random choice, to be heard again: `subject` the container, `object`, `other` the key of its stream,
    /// `number` which play this was, `code` the child (255 none), `value` semitones, `value2` decibels.
    SEGUE_EVENT_SEED = 15,
    /// What happened to a voice of the game: `subject` what it plays, `other` the voice, `object`, `event` what
    /// started it, `code` 1..=5 as `SEGUE_EVENT_VOICE_...`, `reason`, `number` its age in frames, `value` how loud it
    /// is in dB, `value2` its priority.
    SEGUE_EVENT_GAME_VOICE = 16,
    /// An RTPC was set: `subject` the RTPC, `object`, `playing`, `value`, `reason` as for actions.
    SEGUE_EVENT_RTPC = 17,
    /// A state group has another value: `subject` the group, `other` the new value, `number` the one before.
    SEGUE_EVENT_STATE = 18,
    /// A switch has another value: `subject` the group, `object`, `other` the new value.
    SEGUE_EVENT_SWITCH = 19,
    /// The adaptive level changed, or a request was refused: `subject` the context, `other` the rule, `number` the
    /// level before, `code` the level after or refused, `reason` `SEGUE_REFUSAL_...`.
    SEGUE_EVENT_LEVEL = 20,
    /// Another adaptive context began: `subject` the new one, `other` the one before, `code` its level.
    SEGUE_EVENT_CONTEXT = 21,
    /// A change of the music found its place: `number` frame of the change, `other` frame of the request, `code`
    /// the grid that was granted, `reason` the one that was asked for (0 at once, 1 beat, 2 bar, 3 phrase, 4 downbeat,
    /// 5 grid, 6 marker, 7 exit cue), `value` frames beside the grid point.
    SEGUE_EVENT_SYNC = 22,
    /// A rule of ducking moves: `subject` the rule, `value` its envelope 0..=1, `value2` its gain in dB.
    SEGUE_EVENT_DUCK = 23,
    /// A rule of ducking is active for two minutes with a silent source: `subject` the rule.
    SEGUE_EVENT_DUCK_STUCK = 24,
    /// A call named something that is not there, or had no room: `subject` the name, `object`, `reason`.
    SEGUE_EVENT_IGNORED = 25,
    /// Events, signals or actions were lost or put off since the last such row: `number`, `code`, `reason` counts,
    /// and `other` times at which the program wanted to be woken.
    SEGUE_EVENT_DROPPED = 26,
    /// The volume of an adaptive layer moves: `subject` what it plays, `other` its context, `value` its linear gain,
    /// `value2` that of its level. Where another context begins, those of the one before are told to be silent first.
    SEGUE_EVENT_LAYER = 27,
    /// A value of an RTPC was taken back: `subject` the RTPC, `object`, `playing`.
    SEGUE_EVENT_RTPC_RESET = 28,
    /// A game object is gone, with the values that were set on it: `object`.
    SEGUE_EVENT_OBJECT_REMOVED = 29,
    /// The window of a bus with a high dynamic range opens above its threshold, or is back there: `other` the bus,
    /// `code` 1 open or 0 closed, `value` where its top is in dB, `value2` what the bus makes of it in dB.
    SEGUE_EVENT_HDR = 30,
    /// Everything random hangs on another seed from here on: `number` the new one.
    SEGUE_EVENT_RESEED = 31,
}

use segue_event_kind as kind;

/// Why a child of a container was taken or left.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum segue_choice {
    /// It plays.
    SEGUE_CHOICE_SELECTED = 0,
    /// It was played lately.
    SEGUE_CHOICE_HISTORY = 1,
    /// Its weight is 0.
    SEGUE_CHOICE_WEIGHT_ZERO = 2,
    /// Its condition does not hold, or another value of the switch does.
    SEGUE_CHOICE_CONDITION = 3,
    /// Its gain is 0 where the RTPC is.
    SEGUE_CHOICE_GAIN_ZERO = 4,
    /// A limit of voices.
    SEGUE_CHOICE_LIMIT = 5,
    /// No child may play.
    SEGUE_CHOICE_EMPTY = 6,
    /// It could have played, but another was drawn or comes before it.
    SEGUE_CHOICE_NOT_DRAWN = 7,
}

/// Why a request for an adaptive level was refused.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum segue_refusal {
    /// It was granted.
    SEGUE_REFUSAL_NONE = 0,
    /// The level is at the bounds of the rule, the phase or the context.
    SEGUE_REFUSAL_BOUNDS = 1,
    /// The context's time between two changes.
    SEGUE_REFUSAL_CONTEXT_COOLDOWN = 2,
    /// The context's changes in one spin.
    SEGUE_REFUSAL_CHANGES_PER_SPIN = 3,
    /// A hold.
    SEGUE_REFUSAL_HOLD = 4,
    /// The time between two changes.
    SEGUE_REFUSAL_COOLDOWN = 5,
    /// The rule's own time.
    SEGUE_REFUSAL_RULE_COOLDOWN = 6,
    /// Not strong enough for the level it is at.
    SEGUE_REFUSAL_INERTIA = 7,
    /// Against the direction of the last requests.
    SEGUE_REFUSAL_MOMENTUM = 8,
}

/// Something that happened. Which fields a kind uses, [`segue_event_kind`] says; the others are 0. Reasons
/// are `SEGUE_REASON_...` where nothing else is said.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_event {
    /// `sizeof(segue_event)` of the library.
    pub struct_size: u32,
    /// `SEGUE_EVENT_...`; skip what you do not know.
    pub kind: i32,
    /// Absolute frame.
    pub frame: u64,
    /// What it is about.
    pub subject: u64,
    /// On which game object; 0 the global one.
    pub object: u64,
    /// Of which post.
    pub playing: u64,
    /// A second thing.
    pub other: u64,
    /// The event that is behind it, where a kind says so.
    pub event: u64,
    /// A count, a frame or an id.
    pub number: u64,
    /// A value.
    pub value: f32,
    /// A second value.
    pub value2: f32,
    /// A small number.
    pub code: u32,
    /// Why.
    pub reason: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_event {
    const NAME: &'static str = "segue_event";
}

/// Why a voice ended or a call was refused.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum segue_reason {
    /// Nothing to report.
    SEGUE_REASON_NONE = 0,
    /// The sound came to its end.
    SEGUE_REASON_NATURAL_END = 1,
    /// Asked to stop.
    SEGUE_REASON_STOP_ACTION = 2,
    /// The limit on real or virtual voices.
    SEGUE_REASON_LIMIT_GLOBAL = 3,
    /// The limit of its bus.
    SEGUE_REASON_LIMIT_BUS = 4,
    /// The limit of its event.
    SEGUE_REASON_LIMIT_EVENT = 5,
    /// The limit of its container.
    SEGUE_REASON_LIMIT_CONTAINER = 6,
    /// The limit of its game object.
    SEGUE_REASON_LIMIT_OBJECT = 7,
    /// Lost to a voice of higher priority.
    SEGUE_REASON_PRIORITY_LOST = 8,
    /// Too quiet to be heard.
    SEGUE_REASON_INAUDIBLE = 9,
    /// Its cool-down has not passed.
    SEGUE_REASON_COOLDOWN = 10,
    /// Its game object is gone.
    SEGUE_REASON_OBJECT_GONE = 11,
    /// The project was loaded again without it.
    SEGUE_REASON_BANK_SWAP = 12,
    /// Its sound is missing or was removed.
    SEGUE_REASON_ASSET_MISSING = 13,
    /// A queue was full.
    SEGUE_REASON_QUEUE_FULL = 14,
    /// It produced no valid signal.
    SEGUE_REASON_RENDER_ERROR = 15,
    /// The id it names is stale or unknown.
    SEGUE_REASON_STALE_ID = 16,
    /// The limit of posts that play at a time.
    SEGUE_REASON_LIMIT_POSTS = 17,
    /// It follows an RTPC and takes no other value.
    SEGUE_REASON_FOLLOWS_RTPC = 18,
    /// The limit of its sound.
    SEGUE_REASON_LIMIT_SOUND = 19,
    /// The limit of game objects that there are at a time.
    SEGUE_REASON_LIMIT_GAME_OBJECTS = 20,
    /// The limit of values that game objects have for themselves.
    SEGUE_REASON_LIMIT_OWN_VALUES = 21,
}

/// Takes an event. It may call any function of the library but those that destroy this engine. The
/// event is only there during the call. An exception that leaves it ends the process.
pub type segue_event_sink =
    Option<unsafe extern "C-unwind" fn(user_data: *mut c_void, event: *const segue_event)>;

/// Begins (`on` 1) or ends (0) to listen to what the game does: posts, decisions, voices, levels,
/// transitions, ducking. Events of voices are told always. While nobody listens it costs nothing.
/// `[thread-safe]`
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value of `engine` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_listen(engine: *mut segue_engine, on: u32) -> segue_status {
    boundary_on(
        "segue_engine_listen",
        &ENGINES,
        engine as Handle,
        |engine| {
            engine.with(|control| {
                control.listen(flag("on", on)?);
                Ok(())
            })?;
            OK
        },
    )
}

/// Does what `segue_engine_update` does, and gives what has happened to `sink`, in the order of frames, at most
/// `max_events` (0: all there are, at most 65,536). `sink` may be NULL: that drops them. Called on the
/// caller's thread, without a lock. An event is given out once none before it can come any more: when 10 ms
/// behind it were rendered. What was not taken within some seconds is lost and counted. `[main-thread]`
///
/// Ownership: `user_data` stays the caller's and is only passed on. `out_count`, which may be NULL, gets how
/// many were given out, also where the call fails after that.
/// Errors: as `segue_engine_update`, after the events were given out. Since 0.1.
///
/// # Safety
/// `sink` is NULL or a function that takes `user_data`; `out_count` is NULL or a `uint32_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_dispatch(
    engine: *mut segue_engine,
    sink: segue_event_sink,
    user_data: *mut c_void,
    max_events: u32,
    out_count: *mut u32,
) -> segue_status {
    let handle = engine as Handle;
    boundary_on("segue_engine_dispatch", &ENGINES, handle, |engine| {
        let most = match max_events {
            0 => MAX_EVENTS,
            some => some.min(MAX_EVENTS),
        };
        let updated = engine.with(|control| Ok(control.update()?));
        let first = updated.and(crate::live::pump(engine));
        // Of the whole call: events that are lost meanwhile are told by the next one.
        let lost = engine.shared.snapshot().voices.lost_reports;
        gather(engine, lost)?;
        let mut count = 0;
        while count < most {
            let Some(event) = lock(&engine.extra).waiting.next() else {
                break;
            };
            count += 1;
            if let Some(sink) = sink {
                let _inside = InCallback::enter(handle);
                // SAFETY: the caller's promise; the event lives until it returns.
                unsafe { sink(user_data, &raw const event) };
            }
        }
        if needed("out_count", out_count).is_ok() {
            // SAFETY: not NULL, the caller's promise.
            unsafe { put("out_count", out_count, count) }?;
        }
        first?;
        OK
    })
}

/// Most events of one call.
pub const MAX_EVENTS: u32 = 65_536;

/// Events that were taken from the engine and not given out, in the order of their frames.
#[derive(Default)]
pub(crate) struct Waiting {
    events: VecDeque<segue_event>,
    /// None comes any more with a frame before this one.
    settled: u64,
}

impl Waiting {
    fn next(&mut self) -> Option<segue_event> {
        let first = self.events.front()?.frame;
        (first < self.settled).then(|| self.events.pop_front())?
    }

    /// None comes any more that is older than `tick` before what was `rendered`, or before the newest of those that
    /// were `cut` off for want of room.
    fn settle(&mut self, rendered: u64, cut: [Option<u64>; 2], tick: u64) {
        let newest = cut.into_iter().flatten().fold(rendered, u64::min);
        self.settled = self.settled.max(newest.saturating_sub(tick));
        // Full of what could still have something before it: rather in a wrong order than never.
        let is_full = self.events.len() >= MAX_EVENTS as usize;
        let ends = self.events.front().zip(self.events.back());
        if let Some((first, last)) = ends
            && is_full
            && first.frame >= self.settled
        {
            self.settled = last.frame.saturating_add(1);
        }
    }

    /// Equal frames stay in the order in which they came.
    fn put(&mut self, new: &[segue_event]) {
        self.events.extend(new);
        let in_order = self.events.make_contiguous();
        in_order.sort_by_key(|event| event.frame);
    }
}

/// Takes everything that was told so far. Of voices the game hears every 10 ms, so one event can come that much
/// behind later ones. So many events of voices were `lost` in all.
fn gather(engine: &Engine, lost: u64) -> Answer {
    let tick = u64::from(engine.shared.sample_rate()).div_ceil(100);
    // Read before the events are: those of the frames before were told.
    let rendered = engine.rendered().0;
    engine.with(|control| {
        let mut extra = lock(&engine.extra);
        let extra = &mut *extra;
        let room = (MAX_EVENTS as usize).saturating_sub(extra.waiting.events.len());
        // Rows tell of voices whose reports were there before them: taken first, they are never ahead of those.
        let most = room.div_ceil(2);
        let rows = std::iter::from_fn(|| control.next_row()).map(|row| of_game(&row));
        let rows: Vec<segue_event> = rows.take(most).collect();
        let rest = room - rows.len();
        let reports = std::iter::from_fn(|| control.next_report()).map(|it| of_voice(&it));
        let mut new: Vec<segue_event> = reports.take(rest).collect();
        let cut = [
            (rows.len() == most).then(|| newest(&rows)),
            (new.len() == rest).then(|| newest(&new)),
        ];
        // Those of voices first, where frames are equal.
        new.extend(rows);
        new.sort_by_key(|event| event.frame);
        for event in &new {
            extra.voices.note(event, lost, control);
        }
        extra.waiting.put(&new);
        extra.waiting.settle(rendered, cut, tick);
        Ok(())
    })
}

/// 0 if there are none.
fn newest(events: &[segue_event]) -> u64 {
    events.iter().map(|event| event.frame).max().unwrap_or(0)
}

fn blank(kind: kind, frame: u64) -> segue_event {
    segue_event {
        struct_size: u32::try_from(size_of::<segue_event>()).unwrap_or(0),
        kind: kind as i32,
        frame,
        subject: 0,
        object: 0,
        playing: 0,
        other: 0,
        event: 0,
        number: 0,
        value: 0.0,
        value2: 0.0,
        code: 0,
        reason: 0,
    }
}

fn kind_of(event: VoiceEvent) -> kind {
    match event {
        VoiceEvent::Started => kind::SEGUE_EVENT_VOICE_STARTED,
        VoiceEvent::Refused => kind::SEGUE_EVENT_VOICE_REFUSED,
        VoiceEvent::Virtual => kind::SEGUE_EVENT_VOICE_VIRTUAL,
        VoiceEvent::Real => kind::SEGUE_EVENT_VOICE_REAL,
        VoiceEvent::Ended => kind::SEGUE_EVENT_VOICE_ENDED,
    }
}

fn of_voice(report: &VoiceReport) -> segue_event {
    segue_event {
        subject: report.voice.0,
        number: report.age,
        reason: report.reason as u32,
        ..blank(kind_of(report.event), report.at)
    }
}

fn of_game(row: &Row) -> segue_event {
    let event = of_posts(row).or_else(|| of_choices(row));
    event
        .or_else(|| of_values(row))
        .unwrap_or_else(|| of_music(row))
}

/// About an event, its post, and what became of it.
fn post(kind: kind, at: u64, subject: NameId, object: ObjectId, playing: PlayingId) -> segue_event {
    segue_event {
        subject: subject.0,
        object: object.0,
        playing: playing.0,
        ..blank(kind, at)
    }
}

fn of_posts(row: &Row) -> Option<segue_event> {
    let at = row.at;
    Some(match row.what {
        What::Posted {
            event,
            object,
            playing,
        } => post(kind::SEGUE_EVENT_POSTED, at, event, object, playing),
        What::Refused {
            event,
            object,
            playing,
            reason,
        } => segue_event {
            reason: reason as u32,
            ..post(kind::SEGUE_EVENT_REFUSED, at, event, object, playing)
        },
        What::Finished {
            event,
            object,
            playing,
        } => post(kind::SEGUE_EVENT_FINISHED, at, event, object, playing),
        What::Action {
            event,
            object,
            playing,
            action,
            late_smp,
            result,
        } => segue_event {
            number: u64::from(late_smp),
            code: u32::from(action),
            reason: result as u32,
            ..post(kind::SEGUE_EVENT_ACTION, at, event, object, playing)
        },
        _ => return None,
    })
}

fn of_choices(row: &Row) -> Option<segue_event> {
    let none = PlayingId::default();
    Some(match row.what {
        What::Decision {
            container,
            child,
            object,
            playing,
            reason,
            weight_or_gain,
            cost_ns,
        } => segue_event {
            other: child.0,
            number: u64::from(cost_ns),
            value: weight_or_gain,
            reason: reason as u32,
            ..post(
                kind::SEGUE_EVENT_DECISION,
                row.at,
                container,
                object,
                playing,
            )
        },
        What::Seed {
            container,
            object,
            play_n,
            key,
            child,
            pitch_st,
            volume_db,
        } => segue_event {
            other: key,
            number: play_n,
            code: u32::from(child),
            value: pitch_st,
            value2: volume_db,
            ..post(kind::SEGUE_EVENT_SEED, row.at, container, object, none)
        },
        What::Voice {
            voice,
            asset,
            event,
            object,
            age_smp,
            aud_db,
            priority,
            event_kind,
            reason,
            ..
        } => segue_event {
            other: voice.0,
            event: event.0,
            number: age_smp,
            value: aud_db,
            value2: f32::from(priority),
            code: kind_of(event_kind) as u32,
            reason: reason as u32,
            ..post(kind::SEGUE_EVENT_GAME_VOICE, row.at, asset, object, none)
        },
        _ => return None,
    })
}

fn of_values(row: &Row) -> Option<segue_event> {
    let none = PlayingId::default();
    let all = ObjectId::GLOBAL;
    Some(match row.what {
        What::Rtpc {
            rtpc,
            object,
            playing,
            value,
            result,
        } => segue_event {
            value,
            reason: result as u32,
            ..post(kind::SEGUE_EVENT_RTPC, row.at, rtpc, object, playing)
        },
        What::RtpcReset {
            rtpc,
            object,
            playing,
        } => post(kind::SEGUE_EVENT_RTPC_RESET, row.at, rtpc, object, playing),
        What::Unregistered { object } => segue_event {
            object: object.0,
            ..blank(kind::SEGUE_EVENT_OBJECT_REMOVED, row.at)
        },
        What::State { group, from, to } => segue_event {
            number: from.0,
            other: to.0,
            ..post(kind::SEGUE_EVENT_STATE, row.at, group, all, none)
        },
        What::Switch { group, object, to } => segue_event {
            other: to.0,
            ..post(kind::SEGUE_EVENT_SWITCH, row.at, group, object, none)
        },
        What::Reseed { seed } => segue_event {
            number: seed,
            ..blank(kind::SEGUE_EVENT_RESEED, row.at)
        },
        What::Ignored {
            name,
            object,
            reason,
        } => segue_event {
            reason: reason as u32,
            ..post(kind::SEGUE_EVENT_IGNORED, row.at, name, object, none)
        },
        What::Dropped {
            rows,
            signals,
            late_actions,
            wakes,
        } => segue_event {
            other: u64::from(wakes),
            number: u64::from(rows),
            code: signals,
            reason: late_actions,
            ..blank(kind::SEGUE_EVENT_DROPPED, row.at)
        },
        _ => return None,
    })
}

/// Levels, contexts, changes of the music, ducking.
fn of_music(row: &Row) -> segue_event {
    let about = |kind, subject: NameId| segue_event {
        subject: subject.0,
        ..blank(kind, row.at)
    };
    match row.what {
        What::Level {
            context,
            rule,
            from,
            to,
            refusal,
        } => segue_event {
            other: rule.0,
            number: u64::from(from),
            code: u32::from(to),
            reason: u32::from(refusal),
            ..about(kind::SEGUE_EVENT_LEVEL, context)
        },
        What::Context { from, to, level } => segue_event {
            other: from.0,
            code: u32::from(level),
            ..about(kind::SEGUE_EVENT_CONTEXT, to)
        },
        What::Layer {
            context,
            layer,
            gain,
            target,
        } => segue_event {
            other: context.0,
            value: gain,
            value2: target,
            ..about(kind::SEGUE_EVENT_LAYER, layer)
        },
        What::Sync {
            asked_at,
            requested,
            granted,
            granted_at,
            error_smp,
        } => segue_event {
            other: asked_at,
            number: granted_at,
            value: error_smp,
            code: granted as u32,
            reason: requested as u32,
            ..blank(kind::SEGUE_EVENT_SYNC, row.at)
        },
        What::Duck {
            duck,
            envelope,
            gain_db,
        } => segue_event {
            value: envelope,
            value2: gain_db,
            ..about(kind::SEGUE_EVENT_DUCK, duck)
        },
        What::Hdr {
            bus,
            is_open,
            top_db,
            gain_db,
        } => segue_event {
            other: crate::ids::given(bus),
            value: top_db,
            value2: gain_db,
            code: is_open.into(),
            ..blank(kind::SEGUE_EVENT_HDR, row.at)
        },
        What::DuckStuck { duck } => about(kind::SEGUE_EVENT_DUCK_STUCK, duck),
        // Every other kind was told before.
        _ => blank(kind::SEGUE_EVENT_DROPPED, row.at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(frame: u64) -> segue_event {
        blank(kind::SEGUE_EVENT_DROPPED, frame)
    }

    #[test]
    fn what_was_cut_off_holds_back_what_is_newer() {
        let mut waiting = Waiting::default();
        waiting.put(&[at(100), at(500), at(900)]);
        waiting.settle(2_000, [None, Some(590)], 100);
        let mut given = || waiting.next().map(|event| event.frame);
        assert_eq!([given(), given()], [Some(100), None]);
        // The rest came.
        waiting.put(&[at(700)]);
        waiting.settle(2_000, [None, None], 100);
        let given = std::iter::from_fn(|| waiting.next().map(|event| event.frame));
        assert_eq!(given.collect::<Vec<_>>(), [500, 700, 900]);
    }

    #[test]
    fn one_call_gives_as_many_events_as_the_limit_says() {
        use crate::tests::support::{engine, ok};
        let engine = engine(std::ptr::null_mut());
        let given = |most: u32| {
            let mut count = 0;
            // SAFETY: a handle and a place.
            ok(unsafe {
                segue_engine_dispatch(engine, None, std::ptr::null_mut(), most, &raw mut count)
            });
            count
        };
        let wait = |count: u32| {
            let entered = ENGINES.enter(engine as Handle).unwrap();
            let mut extra = lock(&entered.extra);
            extra.waiting.settled = 2_000;
            extra.waiting.put(&vec![at(1_000); count as usize]);
        };
        for most in [MAX_EVENTS, MAX_EVENTS + 1, 0] {
            wait(MAX_EVENTS + 1);
            assert_eq!((given(most), given(most)), (MAX_EVENTS, 1), "{most}");
        }
        wait(MAX_EVENTS);
        assert_eq!((given(MAX_EVENTS - 1), given(0)), (MAX_EVENTS - 1, 1));
        // SAFETY: a handle.
        ok(unsafe { crate::engine::segue_engine_destroy(engine) });
    }

    #[test]
    fn a_full_queue_never_stands_still() {
        let mut waiting = Waiting::default();
        waiting.put(&vec![at(1_000); MAX_EVENTS as usize]);
        waiting.settle(1_050, [Some(1_000), None], 100);
        let given = std::iter::from_fn(|| waiting.next());
        assert_eq!(given.count(), MAX_EVENTS as usize);
    }
}
