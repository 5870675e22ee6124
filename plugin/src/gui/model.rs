//! What the window shows and does: a picture of what all threads share.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use segue_engine::project::Project;
use segue_gui::{Action, Control, LivePicture, Loading, MenuItem, Model, Snapshot};

use super::bridge::{Bridge, Request, Seen};
use crate::edits::Edit;
use crate::params::Param;
use crate::worker::Message;

/// What the menu offers, in percent.
const ZOOMS: [u32; 6] = [75, 100, 125, 150, 200, 300];

/// The window's side of an instance. `[window]`
pub(super) struct WindowModel {
    bridge: Arc<Bridge>,
    picture: LivePicture,
    seen: Seen,
    /// The macro or game value in the user's hand: what else moves it waits until it is let go.
    held: Option<Param>,
    /// What has been told of input that is no number, and of events that came too fast.
    told: [bool; 2],
}

impl WindowModel {
    pub(super) fn new(bridge: &Arc<Bridge>) -> Self {
        let mut model = Self {
            bridge: Arc::clone(bridge),
            picture: LivePicture::new(),
            seen: bridge.seen(),
            held: None,
            told: [false; 2],
        };
        model.picture.snapshot_mut().has_factory = true;
        model.hold();
        model
    }

    pub(super) fn bridge(&self) -> &Arc<Bridge> {
        &self.bridge
    }

    /// Shows the project that is held.
    fn hold(&mut self) {
        if self.seen.is_blank {
            self.picture.let_go();
        } else {
            let project = self.seen.document.project().clone();
            self.picture.hold(project, None);
        }
    }

    fn take_in(&mut self, seen: Seen) {
        let before = std::mem::replace(&mut self.seen, seen);
        if !self.seen.document.is_same_project(&before.document) {
            self.hold();
        }
        if let Some((count, error)) = &self.seen.error
            && before.error.as_ref().is_none_or(|it| it.0 != *count)
        {
            self.picture.report(error, "", "");
        }
    }

    /// What the audio thread has found wrong with what comes in. Told once an editor.
    fn take_in_faults(&mut self) {
        let core = &self.bridge.core;
        let faults = [
            (
                core.bad_input.load(Ordering::Relaxed),
                "The input is no number in places",
                "There it is heard as silence. Look at the plug-in before this one.",
            ),
            (
                core.lost_events.load(Ordering::Relaxed),
                "Events came faster than they can be queued",
                "Send fewer at a time: they were not heard.",
            ),
        ];
        for ((count, what, hint), told) in faults.into_iter().zip(&mut self.told) {
            if count > 0 && !std::mem::replace(told, true) {
                self.picture.report(what, &format!("{count} so far"), hint);
            }
        }
    }

    /// Macros as host, controllers and sessions have set them.
    fn follow_values(&mut self) {
        let macros = self.picture.project().map_or(0, |it| it.macros.len());
        for number in 0..macros {
            let param = Param::Macro(number);
            if param.is_known() && self.held != Some(param) {
                self.picture
                    .set_macro(number, self.bridge.core.values.get(param));
            }
        }
    }

    /// Lets the engine do something. Without one nothing sounds, and the next one is made from what
    /// is kept.
    fn call(&self, call: Option<segue_gui::Call>) {
        if let Some(call) = call {
            self.bridge.send(Message::Call(call));
        }
    }

    /// A hand on a macro: the host hears of it on the main thread, the engine at once.
    fn turn(&mut self, edit: Edit) {
        let values = &self.bridge.core.values;
        match edit {
            Edit::Begin(param) => {
                self.held = Some(param);
                values.hold(param, true);
            }
            Edit::Set(param, value) => values.set(param, value),
            Edit::End(param) => {
                self.held = None;
                values.hold(param, false);
            }
        }
        self.bridge.ask(Request::Edit(edit));
    }

    /// Keeps what the user changed in the project.
    fn keep(&self) {
        if let Some(project) = self.picture.project() {
            let of = Arc::clone(&self.seen.document);
            self.bridge
                .ask(Request::Keep(of, Box::new(project.clone())));
        }
    }

    fn menu(&self) -> Vec<MenuItem> {
        let now = self.bridge.zoom();
        let item = |percent: u32| MenuItem {
            id: percent,
            name: format!("Zoom {percent} %"),
            shortcut: String::new(),
            is_enabled: (percent as f32 / 100.0 - now).abs() > 1e-3,
        };
        ZOOMS.map(item).into()
    }
}

impl Model for WindowModel {
    fn refresh(&mut self) {
        let seen = self.bridge.seen();
        self.take_in(seen);
        self.take_in_faults();
        self.follow_values();
        self.picture.set_unplayable(&self.seen.unplayable);
        let (progress, engine) = {
            let status = self.bridge.core.status();
            (status.progress, status.engine.clone())
        };
        let name = self.seen.document.project().name.clone();
        let loading = progress.map(|fraction| Loading {
            fraction,
            step: String::new(),
        });
        self.picture
            .set_loading(loading.map(|loading| (name.as_str(), loading)));
        let call = self.picture.refresh(engine.as_ref());
        self.call(call);
        let menu = self.menu();
        let snapshot = self.picture.snapshot_mut();
        snapshot.menu = menu;
        // The host's session keeps it, and the host knows.
        snapshot.project.is_dirty = false;
        snapshot.project.is_in_session = !self.seen.is_blank;
    }

    fn snapshot(&self) -> &Snapshot {
        self.picture.snapshot()
    }

    fn act(&mut self, action: Action) {
        if let Some(edit) = edit_of(&action, self.picture.project()) {
            // The engine's macros and game values follow the parameters.
            _ = self.picture.act(&action);
            return self.turn(edit);
        }
        let call = self.picture.act(&action);
        self.call(call);
        match action {
            // A game value is not kept: it is the game's.
            Action::End(Control::Rtpc(_)) => {}
            Action::End(_) | Action::SetMute(..) | Action::SetSolo(..) | Action::SetLoop(_) => {
                self.keep()
            }
            Action::Chosen(percent) => {
                self.bridge.set_zoom(percent as f32 / 100.0);
                self.bridge.ask(Request::Zoom);
            }
            Action::OpenPath(_)
            | Action::OpenFactory
            | Action::SavePath(_)
            | Action::RelocateTo(..)
            | Action::RelocateAllIn(_) => self.bridge.ask(Request::Act(action)),
            _ => {}
        }
    }
}

/// What was meant by a value of the editor: 37 % are 0.37 in the host's list.
fn in_full(value: f32) -> f64 {
    const STEPS: f64 = 1e6;
    (f64::from(value) * STEPS).round() / STEPS
}

/// What an action does to a parameter. Game values that hosts do not know are the engine's alone.
fn edit_of(action: &Action, project: Option<&Project>) -> Option<Edit> {
    let param = |control: Control| {
        let param = match control {
            Control::Macro(number) => Param::Macro(number),
            Control::Rtpc(number) => {
                let rtpc = project?.interactive.rtpcs.get(number)?;
                Param::Rtpc(usize::from(rtpc.host_param?))
            }
            Control::Gain(_) | Control::Pan(_) => return None,
        };
        Some(param).filter(|it| it.is_known())
    };
    match *action {
        Action::Begin(control) => Some(Edit::Begin(param(control)?)),
        Action::Set(control, value) => Some(Edit::Set(param(control)?, in_full(value))),
        Action::End(control) => Some(Edit::End(param(control)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_stay_percents() {
        for percent in 0..=100_u8 {
            let value = f32::from(percent) / 100.0;
            assert_eq!(in_full(value), f64::from(percent) / 100.0);
        }
    }

    #[test]
    fn only_macros_that_hosts_know_are_edits() {
        let known = Control::Macro(31);
        assert_eq!(
            edit_of(&Action::Set(known, 0.5), None),
            Some(Edit::Set(Param::Macro(31), 0.5))
        );
        assert_eq!(edit_of(&Action::Begin(Control::Macro(32)), None), None);
        assert_eq!(edit_of(&Action::Play, None), None);
    }
}
