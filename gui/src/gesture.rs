//! What the user asked for in a frame, with every gesture opened and closed exactly once.

use crate::model::{Action, Control};

/// What a hand did to one control in one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Adjust {
    /// The hand is on the control, in this frame or until it.
    pub(crate) is_held: bool,
    /// The hand let go.
    pub(crate) is_released: bool,
    /// The new value while it is held, or one that came at once: typed, a key, a reset.
    pub(crate) value: Option<f32>,
}

impl Adjust {
    /// A value that came at once.
    pub(crate) fn once(value: f32) -> Self {
        Self {
            value: Some(value),
            ..Self::default()
        }
    }
}

/// What the user wants and first has to choose a file for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// A project to open.
    Open,
    /// Where to save the project.
    SaveAs,
    /// The file that a missing asset is.
    Relocate(u64),
    /// The folder that missing assets are in.
    RelocateAll,
}

/// Actions of one frame, and the control that is held from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    actions: Vec<Action>,
    asked: Option<Ask>,
    held: Option<Control>,
    is_seen: bool,
}

impl Requests {
    pub(crate) fn push(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// Asks for a file first.
    pub(crate) fn ask(&mut self, ask: Ask) {
        self.asked = Some(ask);
    }

    /// What was asked for since the last call.
    pub(crate) fn take_asked(&mut self) -> Option<Ask> {
        self.asked.take()
    }

    pub(crate) fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    /// Saves the project, or asks where.
    pub(crate) fn save(&mut self, has_path: bool) {
        if has_path {
            self.push(Action::Save);
        } else {
            self.ask(Ask::SaveAs);
        }
    }

    /// Translates what happened to a control. A hand holds one control at a time.
    pub(crate) fn adjust(&mut self, control: Control, adjust: Adjust) {
        let was_held = self.held == Some(control);
        if adjust.is_held && !was_held {
            self.release();
            self.push(Action::Begin(control));
            self.held = Some(control);
        }
        let is_held = self.held == Some(control);
        self.is_seen |= is_held;
        match adjust.value {
            Some(value) if is_held => self.push(Action::Set(control, value)),
            Some(value) => {
                let actions = [
                    Action::Begin(control),
                    Action::Set(control, value),
                    Action::End(control),
                ];
                self.actions.extend(actions);
            }
            None => {}
        }
        if is_held && (adjust.is_released || !adjust.is_held) {
            self.release();
        }
    }

    /// Lets go of what is held.
    pub(crate) fn release(&mut self) {
        if let Some(control) = self.held.take() {
            self.push(Action::End(control));
        }
    }

    /// Closes the gesture of a control that was not drawn: its bus is gone, say.
    pub(crate) fn end_frame(&mut self) {
        if !self.is_seen {
            self.release();
        }
        self.is_seen = false;
    }

    pub(crate) fn is_holding(&self) -> bool {
        self.held.is_some()
    }

    /// The actions so far, in order; the room for them stays.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Action> + '_ {
        self.actions.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::{Begin, End, Set};

    const KNOB: Control = Control::Macro(3);
    const HELD: Adjust = Adjust {
        is_held: true,
        is_released: false,
        value: None,
    };
    const RELEASED: Adjust = Adjust {
        is_held: true,
        is_released: true,
        value: None,
    };

    fn actions(requests: &mut Requests) -> Vec<Action> {
        requests.drain().collect()
    }

    #[test]
    fn a_drag_begins_and_ends_once() {
        let mut requests = Requests::default();
        for value in [0.1, 0.2] {
            requests.adjust(
                KNOB,
                Adjust {
                    value: Some(value),
                    ..HELD
                },
            );
            requests.end_frame();
        }
        requests.adjust(KNOB, HELD);
        requests.end_frame();
        requests.adjust(KNOB, RELEASED);
        requests.end_frame();
        requests.adjust(KNOB, Adjust::default());
        requests.end_frame();
        assert_eq!(
            actions(&mut requests),
            [Begin(KNOB), Set(KNOB, 0.1), Set(KNOB, 0.2), End(KNOB)]
        );
    }

    #[test]
    fn a_value_at_once_is_a_whole_gesture() {
        let mut requests = Requests::default();
        requests.adjust(KNOB, Adjust::once(0.5));
        assert_eq!(
            actions(&mut requests),
            [Begin(KNOB), Set(KNOB, 0.5), End(KNOB)]
        );
    }

    #[test]
    fn what_disappears_under_the_hand_is_let_go() {
        let mut requests = Requests::default();
        requests.adjust(KNOB, HELD);
        requests.end_frame();
        assert_eq!(actions(&mut requests), [Begin(KNOB)]);
        requests.end_frame();
        assert_eq!(actions(&mut requests), [End(KNOB)]);
        requests.end_frame();
        assert!(actions(&mut requests).is_empty());
    }

    #[test]
    fn a_second_hand_takes_over() {
        let mut requests = Requests::default();
        requests.adjust(KNOB, HELD);
        requests.adjust(Control::Macro(4), HELD);
        let expected = [Begin(KNOB), End(KNOB), Begin(Control::Macro(4))];
        assert_eq!(actions(&mut requests), expected);
    }
}
