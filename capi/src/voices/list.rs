//! Which voices there are, as of the last dispatch.

use std::collections::BTreeMap;

use facade::Control;
use facade::rt::game::NameId;
use facade::rt::ids::VoiceId;

use crate::boundary::{OK, boundary_on};
use crate::engine::{ENGINES, segue_engine};
use crate::events::{segue_event, segue_event_kind as kind};
use crate::handle::{Handle, lock};
use crate::memory::{Record, put_records};
use crate::status::segue_status;

/// Voices that are kept in the list at most.
const MAX_VOICES: usize = 65_536;

/// One voice.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_voice_info {
    /// `sizeof(segue_voice_info)`.
    pub struct_size: u32,
    /// 1 while it is only kept track of.
    pub is_virtual: u32,
    /// Its id.
    pub voice: u64,
    /// What it plays, as a name's id. Of what events start it is told while `segue_engine_listen` is on, of what
    /// [`segue_voice_play`](super::segue_voice_play) starts always, of the timeline's and of notes never: then it is 0.
    pub asset: u64,
    /// The event that started it; 0 where none did, or nobody listens.
    pub event: u64,
    /// On which game object; 0 as for `event`.
    pub object: u64,
    /// Frames since it started, at the frame of `segue_engine_get_frame`.
    pub age: u64,
    /// 0 (first to go) to 100, as it was started; 0 where `asset` is 0.
    pub priority: u32,
    /// Why it is virtual: `SEGUE_REASON_...`.
    pub reason: u32,
    /// How loud it was on its bus when it was last told, dB; 0 as for `event`.
    pub level_db: f32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_voice_info {
    const NAME: &'static str = "segue_voice_info";
}

/// The voices that live, put together from events.
#[derive(Default)]
pub(crate) struct Voices {
    rows: BTreeMap<u64, Kept>,
    /// Events of voices that were lost when the list began.
    lost: u64,
}

struct Kept {
    info: segue_voice_info,
    /// The frame it started at.
    began: u64,
}

impl Voices {
    /// Takes an event in. After events of voices were lost (`lost` in all) the list begins anew: who has
    /// ended is not known.
    pub(crate) fn note(&mut self, event: &segue_event, lost: u64, control: &Control) {
        if lost != self.lost {
            self.lost = lost;
            self.rows.clear();
        }
        let is = |known: kind| event.kind == known as i32;
        if is(kind::SEGUE_EVENT_VOICE_ENDED) || is(kind::SEGUE_EVENT_VOICE_REFUSED) {
            self.rows.remove(&event.subject);
        } else if is(kind::SEGUE_EVENT_VOICE_STARTED)
            || is(kind::SEGUE_EVENT_VOICE_VIRTUAL)
            || is(kind::SEGUE_EVENT_VOICE_REAL)
        {
            if let Some(kept) = self.row(event.subject, event.frame - event.number.min(event.frame))
            {
                kept.info.is_virtual = u32::from(is(kind::SEGUE_EVENT_VOICE_VIRTUAL));
                kept.info.reason = event.reason;
                if kept.info.asset == 0
                    && let Some((sound, priority)) = control.started(VoiceId(event.subject))
                {
                    kept.info.asset = NameId::of(sound).0;
                    kept.info.priority = u32::from(priority);
                }
            }
        } else if is(kind::SEGUE_EVENT_GAME_VOICE) {
            self.of_game(event);
        }
    }

    fn of_game(&mut self, event: &segue_event) {
        let is = |known: kind| event.code == known as u32;
        if is(kind::SEGUE_EVENT_VOICE_ENDED) || is(kind::SEGUE_EVENT_VOICE_REFUSED) {
            self.rows.remove(&event.other);
            return;
        }
        // It only adds to what is known: a late row brings no voice back.
        if let Some(kept) = self.rows.get_mut(&event.other) {
            let info = &mut kept.info;
            info.asset = event.subject;
            info.event = event.event;
            info.object = event.object;
            info.level_db = event.value;
            info.reason = event.reason;
            info.is_virtual = u32::from(is(kind::SEGUE_EVENT_VOICE_VIRTUAL));
            let is = |priority: &u8| f32::from(*priority) >= event.value2;
            info.priority = u32::from((0..=100).find(is).unwrap_or(100));
        }
    }

    fn row(&mut self, voice: u64, began: u64) -> Option<&mut Kept> {
        if self.rows.len() >= MAX_VOICES && !self.rows.contains_key(&voice) {
            return None;
        }
        let new = || Kept {
            info: segue_voice_info {
                struct_size: 0,
                is_virtual: 0,
                voice,
                asset: 0,
                event: 0,
                object: 0,
                age: 0,
                priority: 0,
                reason: 0,
                level_db: 0.0,
                reserved: 0,
            },
            began,
        };
        Some(self.rows.entry(voice).or_insert_with(new))
    }

    fn list(&self, now: u64) -> Vec<segue_voice_info> {
        let row = |kept: &Kept| segue_voice_info {
            age: now.saturating_sub(kept.began),
            ..kept.info
        };
        self.rows.values().map(row).collect()
    }
}

/// The voices that live, as of the last `segue_engine_dispatch`, the oldest id first. When `lost_events` of
/// `segue_engine_get_state` grows, those that were known are forgotten: dispatch more often. `[thread-safe]`
///
/// Ownership: `voices` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
/// asks for the length only.
/// Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `voices` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_get_voices(
    engine: *mut segue_engine,
    voices: *mut segue_voice_info,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_engine_get_voices",
        &ENGINES,
        engine as Handle,
        |engine| {
            let rows = lock(&engine.extra).voices.list(engine.rendered().0);
            // SAFETY: the caller's promise.
            unsafe { put_records("voices", voices, capacity, length, &rows) }?;
            OK
        },
    )
}
