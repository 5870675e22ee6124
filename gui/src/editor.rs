//! The editor: all views together, and the life of a frame.

pub(crate) mod asking;
pub(crate) mod keys;

use std::time::Instant;

use asking::Asking;
use egui::Ui;

use crate::files::FileDialog;
use crate::gesture::{Ask, Requests};
use crate::model::Model;
use crate::model::snapshot::{ProjectState, Snapshot};
use crate::repaint::{Fingerprint, Repaint};
use crate::theme;
use crate::views::layout::Areas;
use crate::views::missing::MissingView;
use crate::views::mixer::MixerView;
use crate::views::side::SideView;
use crate::views::status::StatusView;
use crate::views::{errors, header, start};

/// The editor of one window. Holds only what belongs to looking at it. `[main-thread]`
#[derive(Debug, Default)]
pub struct Editor {
    requests: Requests,
    mixer: MixerView,
    side: SideView,
    status: StatusView,
    missing: MissingView,
    asking: Asking,
    repaint: Repaint,
    /// When the last frame was, in egui's time.
    then: Option<f64>,
}

impl Editor {
    /// An editor that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// An editor whose file dialog is this one.
    pub fn with_files(files: FileDialog) -> Self {
        Self {
            asking: Asking::new(files),
            ..Self::default()
        }
    }

    /// What the VU meter calls 0, dBFS: the owner keeps it with its other settings.
    pub fn vu_zero_dbfs(&self) -> f32 {
        self.side.loudness().vu_zero_dbfs()
    }

    /// Sets what the VU meter calls 0, to the nearest of what the user can choose: -20 to -12 dBFS.
    /// What is no number becomes the usual -18.
    pub fn set_vu_zero_dbfs(&mut self, dbfs: f32) {
        self.side.loudness_mut().set_vu_zero_dbfs(dbfs);
    }

    /// Lets the user choose where to save the project, as its menu does.
    pub fn save_as(&mut self) {
        self.requests.ask(Ask::SaveAs);
    }

    /// True while the user chooses a file, or is about to.
    pub fn is_choosing(&self) -> bool {
        self.asking.is_open() || self.requests.is_asking()
    }

    /// Draws a frame over all of `ui`, hands what the user did to the model and says when the next
    /// frame is due.
    pub fn show(&mut self, ui: &mut Ui, model: &mut dyn Model) {
        let started = Instant::now();
        model.refresh();
        let snapshot = model.snapshot();
        self.take_in(ui, snapshot);
        if !self.asking.is_open() {
            keys::handle(ui, snapshot, &mut self.requests);
        }
        self.draw(ui, snapshot);
        self.requests.end_frame();
        if self.requests.is_holding() {
            self.repaint.keep_moving();
        }
        for action in self.requests.drain() {
            // The model's answer is in its next snapshot.
            self.repaint.keep_moving();
            model.act(action);
        }
        ui.ctx()
            .request_repaint_after(self.repaint.delay(started.elapsed()));
    }

    /// Lets go of what is held. Call it when the window closes.
    pub fn close(&mut self, model: &mut dyn Model) {
        self.requests.release();
        for action in self.requests.drain() {
            model.act(action);
        }
        self.then = None;
    }

    /// Lets time pass in what moves by itself.
    fn take_in(&mut self, ui: &Ui, snapshot: &Snapshot) {
        let now = ui.input(|input| input.time);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "seconds since the last frame"
        )]
        let seconds = self.then.map_or(0.0, |then| (now - then).max(0.0) as f32);
        self.then = Some(now);
        self.repaint.begin(fingerprint(snapshot));
        if self.mixer.update(snapshot, seconds) {
            self.repaint.keep_moving();
        }
        if self.side.update(snapshot, seconds, &mut self.requests) {
            self.repaint.keep_moving();
        }
        self.status.update(&snapshot.performance, now);
        self.missing.update(&snapshot.missing);
    }

    fn draw(&mut self, ui: &mut Ui, snapshot: &Snapshot) {
        let window = ui.max_rect();
        let areas = Areas::new(window, snapshot.errors.len());
        ui.painter().rect_filled(window, 0.0, theme::WINDOW);
        let requests = &mut self.requests;
        header::show(ui, areas.header, snapshot, requests);
        if has_project(snapshot) {
            self.mixer.show(ui, areas.mixer, snapshot, requests);
            self.side.show(ui, &areas, snapshot, requests);
        } else {
            start::show(ui, areas.body, snapshot, requests);
        }
        errors::show(ui, areas.errors, &snapshot.errors, requests);
        if self.status.show(ui, areas.status, snapshot) {
            self.missing.open();
        }
        if !self.asking.is_open() {
            self.missing.show(ui, &snapshot.missing, requests);
        }
        self.asking.show(ui, snapshot, requests);
    }
}

/// A project that plays, be it while the next one is loading.
fn has_project(snapshot: &Snapshot) -> bool {
    snapshot.master.is_some() && snapshot.project.state != ProjectState::Empty
}

/// What moves when a frame would look different, but for meters and for how the engine is doing.
fn fingerprint(snapshot: &Snapshot) -> u64 {
    let mut print = Fingerprint::new();
    let project = &snapshot.project;
    print.add_text(&project.name);
    print.add(u64::from(project.is_dirty));
    match &project.state {
        ProjectState::Empty => print.add(0),
        ProjectState::Loading { fraction, step } => {
            print.add_f32(*fraction);
            print.add_text(step);
        }
        ProjectState::Ready => print.add(1),
    }
    let transport = &snapshot.transport;
    print.add(u64::from(transport.is_playing) << 1 | u64::from(transport.is_hosted));
    print.add(transport.position.beat.to_bits());
    print.add(transport.seconds.to_bits());
    print.add(transport.tempo.to_bits());
    print.add(transport.range.is_some_and(|range| range.is_on).into());
    for bus in snapshot.buses.iter().chain(&snapshot.master) {
        print.add(bus.id.0);
        print.add_f32(bus.gain_db);
        print.add_f32(bus.pan);
        let flags = [
            bus.is_muted,
            bus.is_soloed,
            bus.is_silenced,
            bus.levels.clips > 0,
        ];
        print.add(
            flags
                .into_iter()
                .fold(0, |bits, flag| bits << 1 | u64::from(flag)),
        );
        print.add_text(&bus.name);
    }
    for used in snapshot.macros.iter().filter_map(|slot| slot.used.as_ref()) {
        print.add_f32(used.value);
        print.add_text(&used.name);
    }
    for rtpc in &snapshot.game.rtpcs {
        print.add_f32(rtpc.value);
    }
    let playing = snapshot.game.events.iter().map(|event| event.playing);
    playing.for_each(|count| print.add(count as u64));
    let log = snapshot.game.log.last();
    log.into_iter().for_each(|line| print.add_text(line));
    snapshot
        .menu
        .iter()
        .for_each(|item| print.add_text(&item.name));
    snapshot.errors.iter().for_each(|error| print.add(error.id));
    snapshot
        .missing
        .iter()
        .for_each(|asset| print.add(asset.id));
    print.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_there_without_a_project() {
        assert!(!has_project(&Snapshot::default()));
    }

    #[test]
    fn an_error_moves_the_fingerprint_and_a_load_does_not() {
        let still = fingerprint(&Snapshot::default());
        let mut snapshot = Snapshot::default();
        snapshot.performance.load = 0.5;
        assert_eq!(fingerprint(&snapshot), still);
        snapshot.errors.push(crate::ErrorReport::default());
        assert_ne!(fingerprint(&snapshot), still);
    }
}
