//! What a mixer that plays cannot take over.

use segue_dsp::processor;
use segue_format::project::Bus;
use segue_format::{Extra, Project};

use super::buses;
use crate::load;
use crate::project::{OpenProject, PROJECT_FILE};

/// The first of what a running mixer cannot take over: its path in the project, and what it is.
pub(super) fn change(before: &Project, after: &Project) -> Option<(String, String)> {
    let found = |path: &str, what: &str| Some((path.to_owned(), what.to_owned()));
    if before.voices != after.voices {
        return found("voices", "the limits of voices changed");
    }
    let (old, new) = (buses(before), buses(after));
    let is_in = |list: &[Bus], bus: &Bus| list.iter().any(|it| it.id == bus.id);
    if let Some(bus) = new.iter().find(|bus| !is_in(&old, bus)) {
        let what = format!("the bus {:?} was added", bus.id);
        return found(&path_of(after, bus), &what);
    }
    if let Some(bus) = old.iter().find(|bus| !is_in(&new, bus)) {
        return found("buses", &format!("the bus {:?} was removed", bus.id));
    }
    let mut pairs = old.iter().zip(&new);
    if let Some((_, bus)) = pairs.clone().find(|(old, new)| old.id != new.id) {
        let what = format!("the bus {:?} stands at another place", bus.id);
        return found(&path_of(after, bus), &what);
    }
    pairs.find_map(|(old, new)| {
        let (key, words) = part(&shape(old), &shape(new))?;
        let path = format!("{}.{key}", path_of(after, new));
        let what = format!("the {words} of the bus {:?} changed", new.id);
        Some((path, what))
    })
}

/// The same as people read it, with its line in the text that was saved.
pub(super) fn at(open: &OpenProject, path: &str, what: &str) -> String {
    let place = Project::locate(&open.text(), open.profile_text(), path);
    match place.line {
        0 => format!("{PROJECT_FILE}: {path}: {what}"),
        line => format!(
            "{PROJECT_FILE}: {path} (line {line}, column {}): {what}",
            place.column
        ),
    }
}

/// Where a bus is written; a master bus need not be.
fn path_of(project: &Project, bus: &Bus) -> String {
    let mut listed = project.buses.iter();
    let place = listed.position(|it| it.id == bus.id);
    place.map_or_else(|| "buses".to_owned(), |n| format!("buses[{n}]"))
}

/// The key under which two shapes differ, and what people call it.
fn part(old: &Bus, new: &Bus) -> Option<(&'static str, &'static str)> {
    let parts = [
        ("output", "output", old.output == new.output),
        ("pan_law", "pan law", old.pan_law == new.pan_law),
        ("sends", "sends", old.sends == new.sends),
        ("inserts", "inserts", old.inserts == new.inserts),
    ];
    let differs = parts.into_iter().find(|(_, _, is_same)| !is_same);
    differs.map(|(key, words, _)| (key, words))
}

/// A bus without the values that can be moved while it runs.
fn shape(bus: &Bus) -> Bus {
    let mut shape = Bus {
        name: None,
        gain_db: 0.0,
        pan: 0.0,
        mute: false,
        solo: false,
        max_voices: 0,
        extra: Extra::new(),
        ..bus.clone()
    };
    shape.sends.iter_mut().for_each(|send| send.gain_db = 0.0);
    for insert in &mut shape.inserts {
        (insert.mix, insert.bypass) = (1.0, false);
        insert.ir = None;
        let kind = processor::kind_from_id(&insert.kind).map(processor::info);
        let rows = kind.map_or(&[][..], |info| info.params);
        let fixed = |id: &str| rows.iter().any(|row| row.id == id && row.structural);
        insert.params.retain(|id, _| fixed(id));
        // A preset counts as what it says about those. An unknown one is refused elsewhere.
        for (id, value) in load::preset_values(insert).unwrap_or_default() {
            if fixed(id) {
                let value = f64::from(*value);
                insert.params.entry((*id).to_owned()).or_insert(value);
            }
        }
        insert.preset = None;
    }
    shape
}
