//! One bus is measured for the editor.

use std::sync::{Arc, Mutex, PoisonError};

use segue_engine::format::project::Bus;
use segue_engine::rt::ids::InsertId;
use segue_engine::{BusAnalyser, Control, Result, Shared, SpectrumOptions};

use super::LivePicture;
use super::calls::Call;
use crate::model::analysis::{Analysis, InsertReading};
use crate::model::snapshot::BusId;
use crate::scale::db_from_magnitude;

/// Frames of the spectrum's window: 12 Hz at 48 kHz.
const WINDOW: usize = 4096;
/// The insert that shows a correlation.
const STEREO: &str = "stereo";

/// What the control thread answers with.
type Answer = Arc<Mutex<Option<Result<Made>>>>;

/// An analyser, and the inserts of its bus in the engine.
struct Made {
    analyser: BusAnalyser,
    inserts: Vec<Option<InsertId>>,
}

/// The bus that the user looks at, by its name: it is looked for in every engine that plays it.
pub(super) struct Probe {
    bus: String,
    made: Option<Made>,
    /// A new one for each question, so that late answers are nobody's.
    answer: Answer,
    is_paused: bool,
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe")
            .field("bus", &self.bus)
            .field("is_paused", &self.is_paused)
            .finish_non_exhaustive()
    }
}

impl Probe {
    fn new(bus: &str) -> Self {
        Self {
            bus: bus.to_owned(),
            made: None,
            answer: Answer::default(),
            is_paused: false,
        }
    }

    /// Asks the engine for an analyser. The one before ends.
    fn ask(&mut self, inserts: Vec<String>) -> Call {
        self.made = None;
        self.answer = Answer::default();
        let (answer, bus) = (Arc::clone(&self.answer), self.bus.clone());
        Box::new(move |control| {
            let made = make(control, &bus, &inserts);
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
            Ok(())
        })
    }

    /// Takes the answer, if there is one.
    fn take(&mut self) -> Result<()> {
        let answer = self
            .answer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(made) = answer.transpose()? else {
            return Ok(());
        };
        self.made = Some(made);
        self.pause(self.is_paused);
        Ok(())
    }

    fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
        match &mut self.made {
            Some(made) if is_paused => made.analyser.pause(),
            Some(made) => made.analyser.resume(),
            None => {}
        }
    }

    /// Measures what has arrived, and shows it.
    fn draw(&mut self, shared: &Shared, shown: &mut Analysis) {
        shown.is_paused = self.is_paused;
        self.made.take_if(|made| made.analyser.is_over());
        let Some(made) = &mut self.made else {
            return;
        };
        if made.analyser.update() || shown.spectrum.is_empty() {
            let spectrum = made.analyser.spectrum();
            shown.spectrum.clear();
            shown.spectrum.extend_from_slice(spectrum.levels());
            shown.hertz_per_level = segue_engine::to_f32(spectrum.frequency(1));
        }
        let now = made.analyser.reading();
        let loudness = &now.loudness;
        shown.momentary = loudness.momentary.0;
        shown.short_term = loudness.short_term.0;
        shown.max_momentary = loudness.max_momentary.0;
        shown.max_short_term = loudness.max_short_term.0;
        shown.integrated = loudness.integrated.0;
        shown.range = loudness.range;
        shown.range_is_stable = loudness.range_is_stable;
        shown.true_peak_db = db_from_magnitude(loudness.true_peak);
        shown.plr = now.plr;
        shown.needles = now.needles.map(|sides| sides.map(db_from_magnitude));
        shown.has_gaps = now.lost_frames > 0;
        for (insert, shown) in made.inserts.iter().zip(&mut shown.inserts) {
            shown.value = insert.and_then(|insert| shared.insert_reading(insert));
        }
    }
}

fn make(control: &mut Control, bus: &str, inserts: &[String]) -> Result<Made> {
    let options = SpectrumOptions {
        size: WINDOW,
        ..SpectrumOptions::default()
    };
    let id = control.bus(bus)?;
    let inserts = inserts.iter().map(|name| control.insert(bus, name));
    let inserts = inserts.collect();
    let analyser = control.analyse(id, options)?;
    Ok(Made { analyser, inserts })
}

/// What is known of the inserts before they are heard.
fn readings(bus: &Bus) -> Vec<InsertReading> {
    let name = |id: &str, kind: &str| {
        let info = segue_engine::inserts::insert(kind);
        let name = info.map_or(kind, |info| info.name);
        if id == kind {
            name.to_owned()
        } else {
            format!("{name} {id}")
        }
    };
    bus.inserts
        .iter()
        .map(|insert| InsertReading {
            name: name(&insert.id, &insert.kind),
            value: None,
            unit: if insert.kind == STEREO { "" } else { "dB" },
        })
        .collect()
}

impl LivePicture {
    /// Measures this bus from now on.
    pub(super) fn measure(&mut self, id: BusId) -> Option<Call> {
        self.probe = Some(Probe::new(self.bus_name(id)?));
        self.ask_probe()
    }

    pub(super) fn reset_measures(&mut self) {
        if let Some(made) = self.probe.as_mut().and_then(|it| it.made.as_mut()) {
            made.analyser.reset();
        }
    }

    pub(super) fn pause_measures(&mut self, is_paused: bool) {
        if let Some(probe) = &mut self.probe {
            probe.pause(is_paused);
        }
    }

    /// Asks for the measures of the bus that the user looks at.
    pub(super) fn ask_probe(&mut self) -> Option<Call> {
        let bus = self.probe_bus()?;
        let inserts = bus.inserts.iter().map(|insert| insert.id.clone()).collect();
        self.show_probe();
        Some(self.probe.as_mut()?.ask(inserts))
    }

    /// After another project is held: the same bus, if it has one of that name.
    pub(super) fn show_probe(&mut self) {
        let Some(bus) = self.probe_bus() else {
            self.probe = None;
            self.snapshot.analysis = None;
            return;
        };
        let place = self.probe_place().unwrap_or(0);
        let mut shown = Analysis::of(self.bus_id(place));
        shown.inserts = readings(&bus);
        self.snapshot.analysis = Some(shown);
    }

    /// What was measured since the last look.
    pub(super) fn draw_probe(&mut self) {
        let Some(probe) = &mut self.probe else {
            return;
        };
        if let Err(error) = probe.take() {
            self.probe = None;
            self.snapshot.analysis = None;
            return self.report_error("The bus cannot be measured", &error);
        }
        if let (Some(seen), Some(shown)) = (&self.engine, &mut self.snapshot.analysis) {
            probe.draw(seen.engine.shared(), shown);
        }
    }

    fn probe_bus(&self) -> Option<Bus> {
        let (probe, project) = (self.probe.as_ref()?, self.project.as_ref()?);
        if probe.bus == super::MASTER {
            return Some(project.master());
        }
        project.bus(&probe.bus).cloned()
    }

    /// The place of its strip.
    fn probe_place(&self) -> Option<usize> {
        let (probe, project) = (self.probe.as_ref()?, self.project.as_ref()?);
        let place = super::strips::others(project).position(|bus| bus.id == probe.bus)?;
        Some(place + 1)
    }
}
