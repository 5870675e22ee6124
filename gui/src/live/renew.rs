//! A project that was saved by somebody else while it is held here.
//!
//! Three states meet: as it was when it was opened or saved last, as the user has it, and as it is
//! on the disk now. What the user changed stays; everything else follows the disk.

use segue_engine::format::project::Bus;
use segue_engine::project::Project;

use super::calls::{self, Call};
use super::place::song_range;
use super::{LivePicture, strips};

/// The project `disk` with what `mine` changed since `base` in faders, pans, mutes, solos, macros
/// and the loop: all that an editor can change. `[thread-safe]`
pub fn merge(base: &Project, mine: &Project, disk: &Project) -> Project {
    let mut merged = disk.clone();
    for bus in &mine.buses {
        let before = find(base, &bus.id);
        let Some(place) = merged.buses.iter().position(|it| it.id == bus.id) else {
            // Only the master may be there without being listed.
            if bus.id == segue_engine::project::MASTER && !same(&before, bus) {
                let mut master = Bus::new(bus.id.clone());
                carry_over(&mut master, &before, bus);
                merged.buses.insert(0, master);
            }
            continue;
        };
        carry_over(&mut merged.buses[place], &before, bus);
    }
    for entry in &mut merged.macros {
        let of = |project: &Project| {
            let mut macros = project.macros.iter();
            macros.find(|it| it.id == entry.id).map(|it| it.value)
        };
        if let Some(value) = of(mine).filter(|value| of(base) != Some(*value)) {
            entry.value = value;
        }
    }
    let enabled = |project: &Project| project.loop_region.as_ref().map(|it| it.enabled);
    if let (Some(region), Some(mine)) = (&mut merged.loop_region, enabled(mine))
        && enabled(base) != Some(mine)
    {
        region.enabled = mine;
    }
    merged
}

/// Brings the mixer of an engine that plays an earlier state of this project to what it says.
/// `[thread-safe]`
pub fn mixer(project: &Project) -> Call {
    let master = project.master();
    let all = strips::others(project).chain(std::iter::once(&master));
    calls::one_by_one(all.map(calls::strip).collect())
}

fn find(project: &Project, id: &str) -> Bus {
    project.bus(id).cloned().unwrap_or_else(|| Bus::new(id))
}

/// Whether both have the same strips with the same inserts.
fn is_same_mixer(a: &Project, b: &Project) -> bool {
    let parts = |project: &Project| -> Vec<(String, Vec<(String, String)>)> {
        let inserts = |bus: &Bus| {
            let inserts = bus.inserts.iter();
            inserts.map(|it| (it.id.clone(), it.kind.clone())).collect()
        };
        let master = project.master();
        let all = strips::others(project).chain(std::iter::once(&master));
        all.map(|bus| (bus.id.clone(), inserts(bus))).collect()
    };
    parts(a) == parts(b)
}

fn same(a: &Bus, b: &Bus) -> bool {
    (a.gain_db, a.pan, a.mute, a.solo) == (b.gain_db, b.pan, b.mute, b.solo)
}

fn carry_over(to: &mut Bus, before: &Bus, mine: &Bus) {
    if mine.gain_db != before.gain_db {
        to.gain_db = mine.gain_db;
    }
    if mine.pan != before.pan {
        to.pan = mine.pan;
    }
    if mine.mute != before.mute {
        to.mute = mine.mute;
    }
    if mine.solo != before.solo {
        to.solo = mine.solo;
    }
}

impl LivePicture {
    /// The project as it is on the disk now, with what the user changed since it was opened or
    /// saved last; the same as `disk` while nothing is held. Nothing is shown of it yet.
    pub fn renewed(&self, disk: &Project) -> Project {
        match (&self.saved, &self.project) {
            (Some(saved), Some(mine)) => merge(saved, mine, disk),
            _ => disk.clone(),
        }
    }

    /// Shows the project as it is on the disk now: see [`LivePicture::renewed`]. Strips keep their
    /// names, so a hand on a fader goes on, while the buses are the same. What it returns brings an
    /// engine that plays it already what the user changed meanwhile.
    pub fn renew(&mut self, disk: Project) -> Call {
        let mine = self.renewed(&disk);
        let before = self.project.replace(disk.clone());
        let is_other = before
            .as_ref()
            .is_none_or(|before| !is_same_mixer(before, &mine));
        self.number += u64::from(is_other);
        self.draw_macros(true);
        self.snapshot.project.name.clone_from(&mine.name);
        self.touched.retain(|id| mine.bus(id).is_some());
        let range = song_range(&mine);
        let moved = before.as_ref().and_then(song_range) != range;
        let was_on = self.repeats;
        if let Some(region) = &mine.loop_region {
            self.repeats = region.enabled;
        }
        let moved = moved || was_on != self.repeats;
        self.project = Some(mine);
        self.saved = Some(disk);
        self.work_out_tempo();
        self.draw_strips();
        self.draw_macros(false);
        self.draw_game();
        self.draw_song();
        if is_other {
            self.show_probe();
        }
        self.snapshot.project.is_dirty = self.is_edited();
        let mut all: Vec<Call> = self.project.iter().map(mixer).collect();
        if is_other {
            // Its inserts may be others.
            all.extend(self.ask_probe());
        }
        if let Some(range) = range.filter(|_| moved) {
            all.push(calls::repeat(self.repeats, range));
        }
        calls::one_by_one(all)
    }

    /// Takes back what [`LivePicture::report`] told under this heading: it is so no more.
    pub fn withdraw(&mut self, what: &str) {
        self.snapshot.errors.retain(|error| error.what != what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Control};
    use segue_engine::format::project::Macro;

    fn project() -> Project {
        let mut project = Project::new("P");
        project.buses = vec![Bus::new("a"), Bus::new("b")];
        project.macros = vec![Macro {
            id: "m".to_owned(),
            name: "M".to_owned(),
            value: 0.0,
            midi: None,
            targets: Vec::new(),
            extra: Default::default(),
        }];
        project
    }

    #[test]
    fn what_the_user_changed_stays_and_everything_else_follows_the_disk() {
        let base = project();
        let (mut mine, mut disk) = (base.clone(), base.clone());
        mine.buses[0].gain_db = -6.0;
        mine.buses[1].mute = true;
        mine.macros[0].value = 0.25;
        disk.buses[0].gain_db = -20.0;
        disk.buses[0].pan = 0.5;
        disk.buses[1].solo = true;
        disk.buses.push(Bus::new("c"));
        disk.name = "Q".to_owned();
        let merged = merge(&base, &mine, &disk);
        let mut expected = disk.clone();
        expected.buses[0].gain_db = -6.0;
        expected.buses[1].mute = true;
        expected.macros[0].value = 0.25;
        assert_eq!(merged, expected);
        assert_eq!(merge(&base, &base, &disk), disk);
        assert_eq!(merge(&base, &mine, &base), mine);
    }

    #[test]
    fn a_master_that_only_the_user_has_stays() {
        let (base, disk) = (project(), project());
        let mut mine = base.clone();
        let mut master = Bus::new("master");
        master.gain_db = -3.0;
        mine.buses.insert(0, master);
        assert_eq!(merge(&base, &mine, &disk), mine);
    }

    #[test]
    fn a_hand_on_a_fader_goes_on_and_the_change_is_unsaved() {
        let mut picture = LivePicture::new();
        picture.hold(project(), None);
        let id = picture.snapshot().buses[0].id;
        picture.act(&Action::Set(Control::Gain(id), -6.0));
        let mut disk = project();
        disk.name = "Q".to_owned();
        disk.buses[1].gain_db = -12.0;
        disk.macros[0].value = 0.5;
        drop(picture.renew(disk.clone()));
        let snapshot = picture.snapshot();
        assert_eq!(snapshot.project.name, "Q");
        assert!(snapshot.project.is_dirty);
        let gains: Vec<f32> = snapshot.buses.iter().map(|bus| bus.gain_db).collect();
        assert_eq!(gains, [-6.0, -12.0]);
        assert_eq!(snapshot.buses[0].id, id);
        assert_eq!(snapshot.macros[0].used.as_ref().unwrap().default, 0.5);
        disk.buses.push(Bus::new("c"));
        drop(picture.renew(disk));
        assert_ne!(picture.snapshot().buses[0].id, id, "the strips are others");
        assert_eq!(picture.snapshot().buses[0].gain_db, -6.0);
    }
}
