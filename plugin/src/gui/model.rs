//! What the window shows: a picture of what all threads share.

use std::sync::Arc;

use segue_gui::{Action, Control, Macro, MacroSlot, Model, Snapshot};

use super::bridge::{Bridge, Request};
use crate::params::{MACROS, Param};

/// The window's side of an instance. `[window]`
pub(super) struct WindowModel {
    bridge: Arc<Bridge>,
    snapshot: Snapshot,
}

impl WindowModel {
    pub(super) fn new(bridge: &Arc<Bridge>) -> Self {
        Self {
            bridge: Arc::clone(bridge),
            snapshot: Snapshot::default(),
        }
    }

    pub(super) fn bridge(&self) -> &Arc<Bridge> {
        &self.bridge
    }
}

impl Model for WindowModel {
    fn refresh(&mut self) {
        let seen = self.bridge.seen();
        let project = seen.document.project();
        self.snapshot.project.name = project.name.clone();
        self.snapshot.project.state = segue_gui::ProjectState::Ready;
        self.snapshot.master = Some(segue_gui::Bus { name: "Master".into(), ..Default::default() });
        self.snapshot.macros = (0..MACROS)
            .map(|number| MacroSlot {
                used: project.macros.get(number).map(|entry| Macro {
                    name: entry.name.clone(),
                    value: self.bridge.core.values.get(Param::Macro(number)) as f32,
                    default: entry.value as f32,
                    range: [0.0, 100.0],
                    unit: "%".into(),
                    decimals: 0,
                }),
            })
            .collect();
    }

    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn act(&mut self, action: Action) {
        if let Action::Set(Control::Macro(number), value) = action {
            self.bridge.core.values.set(Param::Macro(number), value.into());
        }
        self.bridge.ask(Request::Act(action));
    }
}
