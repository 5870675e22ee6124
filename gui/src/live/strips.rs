//! Mixer strips and macros: what they show of the project, and how the user changes it.

use segue_engine::format::project::{Bus, Macro as ProjectMacro};
use segue_engine::project::{MASTER, Project};

use super::calls::{self, Call, SILENT_DB};
use super::{LivePicture, heard};
use crate::model::snapshot::{Bus as Strip, BusId, Levels, Macro, MacroSlot};

/// Macros that the editor has places for.
const MACROS: usize = 32;

/// The buses beside the master, in the order of the strips.
pub(super) fn others(project: &Project) -> impl Iterator<Item = &Bus> {
    project.buses.iter().filter(|bus| bus.id != MASTER)
}

/// Rounds to so many steps a unit, so that a project keeps the number that was shown.
pub(super) fn tidy(value: f64, steps: f64) -> f64 {
    // Never a negative zero.
    (value * steps).round() / steps + 0.0
}

impl LivePicture {
    pub(super) fn set_gain(&mut self, id: BusId, db: f32) -> Option<Call> {
        let db = if db.is_nan() {
            return None;
        } else {
            f64::from(db)
        };
        let db = tidy(db.clamp(SILENT_DB, 24.0), 100.0);
        let name = self.change(id, |bus| bus.gain_db = db)?;
        Some(calls::gain(&name, db))
    }

    pub(super) fn set_pan(&mut self, id: BusId, pan: f32) -> Option<Call> {
        let pan = if pan.is_nan() {
            return None;
        } else {
            f64::from(pan)
        };
        let pan = tidy(pan.clamp(-1.0, 1.0), 1000.0);
        let name = self.change(id, |bus| bus.pan = pan)?;
        Some(calls::pan(&name, pan))
    }

    pub(super) fn set_mute(&mut self, id: BusId, is_on: bool) -> Option<Call> {
        let name = self.change(id, |bus| bus.mute = is_on)?;
        Some(calls::mute(&name, is_on))
    }

    pub(super) fn set_solo(&mut self, id: BusId, is_on: bool) -> Option<Call> {
        let name = self.change(id, |bus| bus.solo = is_on)?;
        Some(calls::solo(&name, is_on))
    }

    /// Changes a bus of the project and returns its name.
    fn change(&mut self, id: BusId, change: impl FnOnce(&mut Bus)) -> Option<String> {
        let name = self.bus_name(id)?.to_owned();
        let buses = &mut self.project.as_mut()?.buses;
        let place = buses.iter().position(|bus| bus.id == name);
        let place = place.unwrap_or_else(|| {
            // Only the master may be there without being listed.
            buses.insert(0, Bus::new(name.clone()));
            0
        });
        change(buses.get_mut(place)?);
        if !self.touched.contains(&name) {
            self.touched.push(name.clone());
        }
        self.draw_strips();
        Some(name)
    }

    pub(super) fn macro_mut(&mut self, number: usize) -> Option<&mut ProjectMacro> {
        self.project.as_mut()?.macros.get_mut(number)
    }

    /// All strips anew, but for their levels.
    pub(super) fn draw_strips(&mut self) {
        let Some(project) = &self.project else {
            return;
        };
        let silenced = heard::silenced(project);
        let draw = |place: usize, bus: &Bus| Strip {
            id: self.bus_id(place),
            name: name_of(bus),
            gain_db: shown_gain(bus.gain_db),
            pan: segue_engine::to_f32(bus.pan),
            is_muted: bus.mute,
            is_soloed: bus.solo,
            is_silenced: silenced.contains(&bus.id.as_str()),
            levels: Levels::default(),
        };
        let strips = (1..)
            .zip(others(project))
            .map(|(place, bus)| draw(place, bus));
        let (mut strips, mut master): (Vec<Strip>, _) =
            (strips.collect(), draw(0, &project.master()));
        // Meters go on while a fader moves.
        let levels = |id: BusId| {
            let all = self.snapshot.buses.iter().chain(&self.snapshot.master);
            all.filter(|bus| bus.id == id).map(|bus| bus.levels).next()
        };
        for strip in strips.iter_mut().chain(std::iter::once(&mut master)) {
            strip.levels = levels(strip.id).unwrap_or_default();
        }
        self.snapshot.buses = strips;
        self.snapshot.master = Some(master);
    }

    /// What the meters saw since the last look.
    pub(super) fn draw_levels(&mut self) {
        let Some(project) = &self.project else {
            return;
        };
        let names = others(project).map(|bus| bus.id.as_str());
        let names = names.chain(std::iter::once(MASTER));
        let strips = self
            .snapshot
            .buses
            .iter_mut()
            .chain(&mut self.snapshot.master);
        for (strip, name) in strips.zip(names) {
            let levels = self.engine.as_mut().and_then(|seen| {
                let bus = seen.engine.bus(name)?;
                seen.meters.as_mut()?.read(bus)
            });
            let meter = levels.unwrap_or_default().meter;
            if let Some(shown) = self
                .snapshot
                .analysis
                .as_mut()
                .filter(|it| it.bus == strip.id)
            {
                shown.correlation = meter.correlation;
            }
            strip.levels = Levels {
                peak: meter.peak,
                rms: meter.rms,
                clips: meter.clips,
            };
        }
    }

    /// All macros anew; with `fresh`, what they are now is what they go back to.
    pub(super) fn draw_macros(&mut self, fresh: bool) {
        let Some(project) = &self.project else {
            return;
        };
        let before = std::mem::take(&mut self.snapshot.macros);
        let default = |number: usize, value: f32| {
            let slot: Option<&MacroSlot> = before.get(number).filter(|_| !fresh);
            slot.and_then(|slot| Some(slot.used.as_ref()?.default))
                .unwrap_or(value)
        };
        let used = project.macros.iter().enumerate().map(|(number, entry)| {
            let value = segue_engine::to_f32(entry.value);
            MacroSlot {
                used: Some(Macro {
                    name: entry.name.clone(),
                    value,
                    default: default(number, value),
                    range: [0.0, 100.0],
                    unit: "%".to_owned(),
                    decimals: 0,
                }),
            }
        });
        let free = std::iter::repeat_with(MacroSlot::default);
        self.snapshot.macros = used
            .chain(free)
            .take(MACROS.max(project.macros.len()))
            .collect();
    }
}

pub(super) fn name_of(bus: &Bus) -> String {
    match &bus.name {
        Some(name) => name.clone(),
        None if bus.id == MASTER => "Master".to_owned(),
        None => bus.id.clone(),
    }
}

fn shown_gain(db: f64) -> f32 {
    if db <= SILENT_DB {
        f32::NEG_INFINITY
    } else {
        segue_engine::to_f32(db)
    }
}
