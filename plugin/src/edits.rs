//! Parameters moved by the editor, on their way to the host.

use clack_plugin::events::Pckn;
use clack_plugin::events::event_types::{
    ParamGestureBeginEvent, ParamGestureEndEvent, ParamValueEvent,
};
use clack_plugin::events::io::OutputEvents;
use clack_plugin::utils::ClapId;
use rtrb::Consumer;

use crate::params::Param;

/// Edits that may wait for the audio thread; more are refused, and tried again by the editor.
pub(crate) const WAITING: usize = 1_024;

/// One thing a hand did to a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Edit {
    /// It took hold of it.
    Begin(Param),
    /// It moved it.
    Set(Param, f64),
    /// It let go.
    End(Param),
}

/// Tells the host of every waiting edit, in order. `[audio-thread]`, or `[main-thread]` while
/// nothing is active.
pub(crate) fn send(edits: &mut Consumer<Edit>, out: &mut OutputEvents<'_>) {
    while let Ok(edit) = edits.pop() {
        let id = |param: Param| ClapId::new(param.number());
        // A host that takes no events hears of the value when it asks for it.
        _ = match edit {
            Edit::Begin(param) => out.try_push(ParamGestureBeginEvent::new(0, id(param))),
            Edit::End(param) => out.try_push(ParamGestureEndEvent::new(0, id(param))),
            Edit::Set(param, value) => out.try_push(value_event(0, param, value)),
        };
    }
}

/// The event that tells a host of a value.
pub(crate) fn value_event(time: u32, param: Param, value: f64) -> ParamValueEvent {
    ParamValueEvent::new(time, ClapId::new(param.number()), Pckn::match_all(), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clack_plugin::events::io::EventBuffer;
    use clack_plugin::events::spaces::CoreEventSpace;

    #[test]
    fn the_host_hears_of_a_gesture_in_order() {
        let (mut edits, mut waiting) = rtrb::RingBuffer::new(WAITING);
        let param = Param::Macro(4);
        for edit in [Edit::Begin(param), Edit::Set(param, 0.5), Edit::End(param)] {
            edits.push(edit).unwrap();
        }
        let mut buffer = EventBuffer::new();
        send(&mut waiting, &mut buffer.as_output());
        let heard: Vec<_> = buffer.iter().filter_map(|it| it.as_core_event()).collect();
        let [
            CoreEventSpace::ParamGestureBegin(begin),
            CoreEventSpace::ParamValue(value),
            CoreEventSpace::ParamGestureEnd(end),
        ] = heard[..]
        else {
            panic!("three events");
        };
        let id = Some(ClapId::new(param.number()));
        assert_eq!((begin.param_id(), end.param_id()), (id, id));
        assert_eq!((value.param_id(), value.value()), (id, 0.5));
    }
}
