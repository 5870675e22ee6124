//! What the plug-in says: parameter changes with their gestures, and notes.

use std::ffi::c_void;
use std::sync::atomic::Ordering;

use clap_sys::events::*;
use rtrb::Producer;
use vst3::ComRef;
use vst3::Steinberg::Vst::{IEventList, IEventListTrait, IParamValueQueueTrait};
use vst3::Steinberg::Vst::{IParameterChanges, IParameterChangesTrait};

use crate::guard::catch;
use crate::notes;
use crate::params::Params;

/// Edits on their way to the main thread, in order. When it is full, values are lost (the host still
/// reads them from the output changes of the block); the last [`SPARE`] slots are for the borders of
/// gestures.
pub(crate) const CAPACITY: usize = 4_096;
const SPARE: usize = 512;

/// What the main thread tells the host's component handler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Edit {
    Begin(u32),
    /// The value between 0 and 1 inside of a gesture.
    Value(u32, f64),
    End(u32),
    /// A value outside of any gesture and any block.
    Lone(u32, f64),
}

/// Where the events of one call go.
pub(crate) struct Output<'a> {
    pub(crate) params: &'a Params,
    /// Which parameters the user holds, by index.
    pub(crate) held: &'a mut [bool],
    pub(crate) edits: &'a mut Producer<Edit>,
    /// The host's lists; absent when parameters are flushed on the main thread.
    pub(crate) changes: Option<ComRef<'a, IParameterChanges>>,
    pub(crate) events: Option<ComRef<'a, IEventList>>,
    /// Where the call starts in the host's block, and how many frames it has.
    pub(crate) start: u32,
    pub(crate) frames: u32,
}

impl Output<'_> {
    /// The list that the plug-in pushes into, valid for as long as `self` is borrowed.
    pub(crate) fn as_clap(&mut self) -> clap_output_events {
        clap_output_events {
            ctx: (&raw mut *self).cast::<c_void>(),
            try_push: Some(try_push),
        }
    }

    /// `[audio-thread]`, and `[main-thread]` while nothing is processed.
    ///
    /// # Safety
    /// `header` belongs to a whole event of its type.
    unsafe fn push(&mut self, header: &clap_event_header) -> bool {
        if header.space_id != CLAP_CORE_EVENT_SPACE_ID {
            return false;
        }
        let whole = &raw const *header;
        let is = |kind, size| header.type_ == kind && header.size as usize >= size;
        let is_gesture = |kind| is(kind, size_of::<clap_event_param_gesture>());
        if is(CLAP_EVENT_PARAM_VALUE, size_of::<clap_event_param_value>()) {
            // SAFETY: the type and the size are those of a value.
            let event = unsafe { &*whole.cast::<clap_event_param_value>() };
            return self.value(event);
        }
        if is_gesture(CLAP_EVENT_PARAM_GESTURE_BEGIN) || is_gesture(CLAP_EVENT_PARAM_GESTURE_END) {
            // SAFETY: the type and the size are those of a gesture.
            let event = unsafe { &*whole.cast::<clap_event_param_gesture>() };
            return self.gesture(
                event.param_id,
                header.type_ == CLAP_EVENT_PARAM_GESTURE_BEGIN,
            );
        }
        // SAFETY: the caller vouches for the event.
        let note = unsafe { notes::from_clap(header) };
        match (note, self.events) {
            (Some(mut note), Some(events)) => {
                note.sampleOffset = self.place(header.time);
                // SAFETY: the list is the host's and the event is on the stack.
                unsafe { events.addEvent(&raw mut note) == vst3::Steinberg::kResultOk }
            }
            _ => false,
        }
    }

    fn value(&mut self, event: &clap_event_param_value) -> bool {
        let is_for_all = event.note_id == -1 && event.key == -1 && event.channel == -1;
        let Some(index) = self.params.find_clap(event.param_id).filter(|_| is_for_all) else {
            return false;
        };
        let Some(param) = self.params.get(index) else {
            return false;
        };
        let value = param.normalized(event.value);
        let is_new = param.value() != value;
        param.set_value(value);
        let is_held = self.held.get(index).copied().unwrap_or(false);
        if is_held {
            self.edit(Edit::Value(param.id, value));
        } else if is_new && self.changes.is_none() {
            self.edit(Edit::Lone(param.id, value));
        }
        self.change(param.id, self.place(event.header.time), value);
        true
    }

    /// Tells the host's processor side.
    fn change(&self, id: u32, offset: i32, value: f64) {
        let Some(changes) = self.changes else {
            return;
        };
        let mut index = 0;
        // SAFETY: the list is the host's, and what it returns is null or one of its queues.
        unsafe {
            let queue = changes.addParameterData(&raw const id, &raw mut index);
            if let Some(queue) = ComRef::from_raw(queue) {
                queue.addPoint(offset, value, &raw mut index);
            }
        }
    }

    fn gesture(&mut self, clap_id: u32, is_begin: bool) -> bool {
        let Some(index) = self.params.find_clap(clap_id) else {
            return false;
        };
        let (Some(param), Some(held)) = (self.params.get(index), self.held.get_mut(index)) else {
            return false;
        };
        // A border that repeats the last one would leave the host with a gesture that never ends.
        if std::mem::replace(held, is_begin) != is_begin {
            let id = param.id;
            self.edit(if is_begin {
                Edit::Begin(id)
            } else {
                Edit::End(id)
            });
        }
        true
    }

    fn edit(&mut self, edit: Edit) {
        push_edit(self.edits, edit);
    }

    /// A time of the call as a time of the host's block.
    fn place(&self, time: u32) -> i32 {
        let inside = time.min(self.frames.saturating_sub(1));
        i32::try_from(self.start + inside).unwrap_or(i32::MAX)
    }
}

/// Ends every gesture: the plug-in that held them is gone.
pub(crate) fn release_all(params: &Params, held: &mut [bool], edits: &mut Producer<Edit>) {
    for (param, held) in params.iter().zip(held) {
        if std::mem::take(held) {
            push_edit(edits, Edit::End(param.id));
        }
    }
}

fn push_edit(edits: &mut Producer<Edit>, edit: Edit) {
    let is_border = matches!(edit, Edit::Begin(_) | Edit::End(_));
    if is_border || edits.slots() > SPARE {
        // A full queue loses the edit, as `CAPACITY` says.
        let _ = edits.push(edit);
    }
}

unsafe extern "C" fn try_push(
    list: *const clap_output_events,
    event: *const clap_event_header,
) -> bool {
    catch(false, || {
        // SAFETY: the plug-in passes the list of `as_clap` during the call that it was made for.
        let output = unsafe { &mut *(*list).ctx.cast::<Output<'_>>() };
        // SAFETY: the plug-in passes null or an event, which is as large as its header says.
        unsafe { event.as_ref().is_some_and(|header| output.push(header)) }
    })
}

/// Counts what the audio thread has done, so that the main thread can tell whether it still runs.
#[derive(Debug, Default)]
pub(crate) struct Blocks(std::sync::atomic::AtomicU64);

impl Blocks {
    /// `[audio-thread]`
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// `[thread-safe]`
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
