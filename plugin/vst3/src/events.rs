//! The events of one block on their way to the plug-in.

use std::ffi::c_void;

use clap_sys::events::*;

use crate::guard::catch;

/// Events in one block. What comes after a full queue is lost, but for the last point of each
/// parameter, for which [`SPARE`] slots are kept.
pub(crate) const CAPACITY: usize = 4_096;
/// Slots that only events of importance may take.
pub(crate) const SPARE: usize = 1_024;

/// Any event that the adapter makes.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union AnyEvent {
    header: clap_event_header,
    note: clap_event_note,
    expression: clap_event_note_expression,
    param: clap_event_param_value,
    midi: clap_event_midi,
    sysex: clap_event_midi_sysex,
}

/// The header of an event of the core space.
fn header<T>(kind: clap_event_type) -> clap_event_header {
    clap_event_header {
        size: size_of::<T>() as u32,
        time: 0,
        space_id: CLAP_CORE_EVENT_SPACE_ID,
        type_: kind,
        flags: 0,
    }
}

/// Which notes an event is for; -1 stands for any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) id: i32,
    pub(crate) port: i16,
    pub(crate) channel: i16,
    pub(crate) key: i16,
}

impl AnyEvent {
    /// `kind` is one of CLAP's four note events.
    pub(crate) fn note(kind: clap_event_type, to: Address, velocity: f64) -> Self {
        Self {
            note: clap_event_note {
                header: header::<clap_event_note>(kind),
                note_id: to.id,
                port_index: to.port,
                channel: to.channel,
                key: to.key,
                velocity,
            },
        }
    }

    pub(crate) fn expression(id: clap_note_expression, to: Address, value: f64) -> Self {
        Self {
            expression: clap_event_note_expression {
                header: header::<clap_event_note_expression>(CLAP_EVENT_NOTE_EXPRESSION),
                expression_id: id,
                note_id: to.id,
                port_index: to.port,
                channel: to.channel,
                key: to.key,
                value,
            },
        }
    }

    pub(crate) fn param(id: u32, cookie: *mut c_void, value: f64) -> Self {
        Self {
            param: clap_event_param_value {
                header: header::<clap_event_param_value>(CLAP_EVENT_PARAM_VALUE),
                param_id: id,
                cookie,
                note_id: -1,
                port_index: -1,
                channel: -1,
                key: -1,
                value,
            },
        }
    }

    pub(crate) fn midi(port_index: u16, data: [u8; 3]) -> Self {
        Self {
            midi: clap_event_midi {
                header: header::<clap_event_midi>(CLAP_EVENT_MIDI),
                port_index,
                data,
            },
        }
    }

    /// The bytes must stay where they are until the queue is cleared.
    pub(crate) fn sysex(port_index: u16, buffer: *const u8, size: u32) -> Self {
        Self {
            sysex: clap_event_midi_sysex {
                header: header::<clap_event_midi_sysex>(CLAP_EVENT_MIDI_SYSEX),
                port_index,
                buffer,
                size,
            },
        }
    }

    fn header_mut(&mut self) -> &mut clap_event_header {
        // SAFETY: every variant starts with a header.
        unsafe { &mut self.header }
    }
}

struct Slot {
    time: u32,
    /// Keeps events of one time in the order of their arrival.
    order: u32,
    event: AnyEvent,
}

/// Events with their times in the host's block. Nothing in it allocates after `new`.
pub(crate) struct Queue {
    slots: Vec<Slot>,
    /// What the plug-in sees: the slots from `start` to before `end`.
    start: usize,
    end: usize,
}

// SAFETY: the pointers in events are only passed on, within the block in which they are valid.
unsafe impl Send for Queue {}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::with_capacity(CAPACITY),
            start: 0,
            end: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether what is left is kept for events of importance.
    pub(crate) fn is_crowded(&self) -> bool {
        self.slots.len() >= CAPACITY - SPARE
    }

    /// Adds an event; a full queue drops it.
    pub(crate) fn push(&mut self, time: u32, event: AnyEvent) {
        if self.slots.len() < CAPACITY {
            let order = self.slots.len() as u32;
            self.slots.push(Slot { time, order, event });
        }
    }

    /// Puts the events into the order of their times.
    pub(crate) fn sort(&mut self) {
        self.slots
            .sort_unstable_by_key(|slot| (slot.time, slot.order));
        (self.start, self.end) = (0, 0);
    }

    /// Shows the plug-in the events before `end` that it has not seen yet, with times that count
    /// from `start`. The queue must be sorted.
    pub(crate) fn show(&mut self, start: u32, end: u32) {
        self.start = self.end;
        let rest = &mut self.slots[self.start..];
        let count = rest.partition_point(|slot| slot.time < end);
        for slot in &mut rest[..count] {
            slot.event.header_mut().time = slot.time.saturating_sub(start);
        }
        self.end = self.start + count;
    }

    /// Shows the plug-in what was added behind the first `count` events, all at time zero.
    pub(crate) fn show_behind(&mut self, count: usize) {
        (self.start, self.end) = (count, self.slots.len());
    }

    /// Forgets everything behind the first `count` events.
    pub(crate) fn truncate(&mut self, count: usize) {
        self.slots.truncate(count);
        (self.start, self.end) = (0, 0);
    }

    /// The shown events as the plug-in reads them, valid for as long as the queue is not touched.
    pub(crate) fn as_clap(&self) -> clap_input_events {
        clap_input_events {
            ctx: (&raw const *self).cast_mut().cast(),
            size: Some(size),
            get: Some(get),
        }
    }
}

unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
    // SAFETY: the plug-in passes the list of `as_clap`, whose queue is alive and borrowed.
    let queue = unsafe { &*(*list).ctx.cast::<Queue>() };
    (queue.end - queue.start) as u32
}

unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    catch(std::ptr::null(), || {
        // SAFETY: the plug-in passes the list of `as_clap`, whose queue is alive and borrowed.
        let queue = unsafe { &*(*list).ctx.cast::<Queue>() };
        let shown = queue.slots[queue.start..queue.end].get(index as usize);
        shown.map_or(std::ptr::null(), |slot| (&raw const slot.event).cast())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(id: u32) -> AnyEvent {
        AnyEvent::param(id, std::ptr::null_mut(), 0.0)
    }

    /// `(id, time)` of everything that the plug-in sees.
    fn shown(queue: &Queue) -> Vec<(u32, u32)> {
        let list = queue.as_clap();
        // SAFETY: the list is the queue's own; all events are parameters.
        unsafe {
            assert!(get(&list, size(&list)).is_null());
            let event = |index| &*get(&list, index).cast::<clap_event_param_value>();
            let pair = |event: &clap_event_param_value| (event.param_id, event.header.time);
            (0..size(&list)).map(|index| pair(event(index))).collect()
        }
    }

    #[test]
    fn events_are_sorted_and_split() {
        let mut queue = Queue::new();
        for (id, time) in [(1, 70), (2, 0), (3, 64), (4, 63), (5, 64)] {
            queue.push(time, param(id));
        }
        queue.sort();
        queue.show(0, 64);
        assert_eq!(shown(&queue), [(2, 0), (4, 63)]);
        queue.show(64, 128);
        assert_eq!(shown(&queue), [(3, 0), (5, 0), (1, 6)]);
        queue.show(128, 192);
        assert_eq!(shown(&queue), []);
    }

    #[test]
    fn a_full_queue_drops_and_never_grows() {
        let mut queue = Queue::new();
        for id in 0..CAPACITY as u32 + 10 {
            assert_eq!(queue.is_crowded(), queue.len() >= CAPACITY - SPARE);
            queue.push(0, param(id));
        }
        assert_eq!((queue.len(), queue.slots.capacity()), (CAPACITY, CAPACITY));
    }

    #[test]
    fn what_was_carried_stays() {
        let mut queue = Queue::new();
        queue.push(0, param(1));
        queue.push(0, param(2));
        queue.show_behind(1);
        assert_eq!(shown(&queue), [(2, 0)]);
        queue.truncate(1);
        assert_eq!((queue.len(), shown(&queue).len()), (1, 0));
    }
}
