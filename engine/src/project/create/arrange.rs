//! Roles, buses and the time line of a new project.

use super::{GroupKind, Naming, NewGroup, NewSound, Role, names};
use segue_format::project::{
    Asset, Bus, Clip, Insert, LoopPoints, LoopRegion, MASTER, NoteMap, Project, Sound, TempoPoint,
};
use segue_offline::decode::SampleLoop;
use std::path::PathBuf;

/// A file that was copied into the new project.
pub(super) struct Material {
    pub(super) id: String,
    pub(super) source: PathBuf,
    pub(super) file: String,
    pub(super) role: Role,
    pub(super) seconds: f64,
    pub(super) frames: u64,
    pub(super) sample_rate: u32,
    pub(super) loops: Vec<SampleLoop>,
}

/// Words in a file name that tell ambience from music.
const AMBIENCE: &[&str] = &[
    "amb",
    "ambience",
    "ambiance",
    "atmo",
    "atmos",
    "atmosphere",
    "rain",
    "roomtone",
    "wind",
];

/// Words of what is heard once, however long it is.
const ONCE: &[&str] = &[
    "vo", "vox", "voice", "dlg", "dialog", "dialogue", "stinger", "stg",
];

/// The first key of the one-shots, and the last key there is.
const KEYS: std::ops::RangeInclusive<u32> = 36..=127;

/// Fade of a loop that is stopped.
const LOOP_FADE_MS: f64 = 10.0;

/// What a file is used for. A short file with a loop of its own is a bed, such as an engine's hum.
pub(super) fn role(stem: &str, is_long: bool, has_loop: bool) -> Role {
    let stem = stem.to_lowercase();
    let mut words = stem.split(|c: char| !c.is_alphanumeric());
    match (is_long, has_loop) {
        (false, false) => Role::OneShot,
        (false, true) => Role::Ambience,
        (true, false) if words.clone().any(|word| ONCE.contains(&word)) => Role::OneShot,
        (true, _) if words.any(|word| AMBIENCE.contains(&word)) => Role::Ambience,
        (true, _) => Role::Music,
    }
}

/// The project, its sounds as reported, and the length of its time line in seconds.
pub(super) fn project(
    name: &str,
    materials: Vec<Material>,
    bpm: f64,
    naming: &Naming,
) -> (Project, Vec<NewSound>, f64) {
    let placed = place(&materials, bpm / 60.0);
    let mut project = Project::new(name);
    project.tempo = vec![TempoPoint::new(0.0, bpm)];
    let own = |it: &Material| naming.bus(&names::stem(&it.source));
    let buses_of: Vec<_> = materials.iter().map(own).collect();
    project.buses = buses(&materials, &buses_of);
    project.loop_region = Some(loop_region(placed.end));
    let (mut sounds, mut keys) = (Vec::new(), KEYS);
    let places = placed.clips.into_iter().zip(buses_of);
    for (material, (clip, bus)) in materials.into_iter().zip(places) {
        let bus = bus.unwrap_or_else(|| material.role.bus().to_owned());
        let key = (material.role == Role::OneShot)
            .then(|| keys.next())
            .flatten();
        if let Some(key) = key {
            project
                .notes
                .push(NoteMap::new(&material.id, key, key, key));
        }
        project
            .assets
            .push(Asset::new(&material.id, &material.file));
        project.sounds.push(sound(&material, &bus));
        sounds.push(report(material, bus, key, clip.at_beats));
        project.clips.push(clip);
    }
    (project, sounds, placed.end * 60.0 / bpm)
}

fn report(material: Material, bus: String, key: Option<u32>, at_beats: f64) -> NewSound {
    let Material {
        id,
        source,
        file,
        role,
        seconds,
        ..
    } = material;
    NewSound {
        id,
        source,
        file,
        role,
        bus,
        seconds,
        key,
        at_beats,
    }
}

/// The time line: one clip for each material, and where it ends in beats.
struct Placed {
    clips: Vec<Clip>,
    end: f64,
}

fn place(materials: &[Material], beats_per_second: f64) -> Placed {
    let beats = |material: &Material| material.seconds * beats_per_second;
    let mut music = Sequence::default();
    let mut one_shots = 0.0;
    let mut end: f64 = 0.0;
    let mut clips: Vec<Clip> = Vec::new();
    for material in materials {
        let at = match material.role {
            Role::Music => music.start(material, beats(material)),
            Role::Ambience => 0.0,
            Role::OneShot => {
                let at = one_shots;
                one_shots += beats(material).ceil().max(1.0);
                at
            }
        };
        end = end.max(at + beats(material));
        clips.push(Clip::new(&material.id, at));
    }
    for (clip, material) in clips.iter_mut().zip(materials) {
        clip.length_beats = match material.role {
            Role::OneShot => None,
            // Music that is alone repeats under the rest; else it makes room for the next.
            Role::Music if music.groups.len() > 1 => Some(beats(material)),
            Role::Music | Role::Ambience => Some(end),
        };
        clip.looped = clip.length_beats.is_some();
    }
    Placed { clips, end }
}

/// Music: files of equal length are stems and start together, others follow on the next bar.
#[derive(Default)]
struct Sequence {
    /// Frames, rate and start in beats.
    groups: Vec<(u64, u32, f64)>,
    next: f64,
}

impl Sequence {
    fn start(&mut self, material: &Material, beats: f64) -> f64 {
        let format = (material.frames, material.sample_rate);
        let same = self
            .groups
            .iter()
            .find(|(frames, rate, _)| (*frames, *rate) == format);
        if let Some((_, _, start)) = same {
            return *start;
        }
        let start = self.next;
        self.groups.push((format.0, format.1, start));
        self.next = next_bar(start + beats);
        start
    }
}

/// The bar line of 4/4 at or after a position; a hair behind one counts as on it.
fn next_bar(beats: f64) -> f64 {
    ((beats - 1e-6) / 4.0).ceil() * 4.0
}

/// The usual buses, and those that names say.
fn buses(materials: &[Material], own: &[Option<String>]) -> Vec<Bus> {
    let mut master = Bus::new(MASTER);
    master.inserts = vec![Insert::new("limiter", "limiter")];
    let has_ambience = materials
        .iter()
        .any(|material| material.role == Role::Ambience);
    let roles = [Role::Music, Role::OneShot]
        .into_iter()
        .chain(has_ambience.then_some(Role::Ambience));
    let mut ids: Vec<&str> = roles.map(Role::bus).collect();
    for bus in own.iter().flatten().map(String::as_str) {
        if bus != MASTER && !ids.contains(&bus) {
            ids.push(bus);
        }
    }
    std::iter::once(master)
        .chain(ids.into_iter().map(Bus::new))
        .collect()
}

fn sound(material: &Material, bus: &str) -> Sound {
    let mut sound = Sound::new(&material.id, &material.id);
    sound.bus = Some(bus.to_owned());
    sound.loop_points = material.loops.first().map(|points| LoopPoints {
        start_smp: points.start,
        end_smp: Some(points.end),
        count: points.count,
        extra: Default::default(),
    });
    if material.role != Role::OneShot {
        make_loop(&mut sound);
    }
    sound
}

/// Lets a sound go on until it is stopped, by the loop of its file if there is one.
fn make_loop(sound: &mut Sound) {
    sound.loop_points.get_or_insert_with(|| LoopPoints {
        start_smp: 0,
        end_smp: None,
        count: 0,
        extra: Default::default(),
    });
    sound.fade_out_ms = LOOP_FADE_MS;
}

/// Layers are heard as long as the thing that they belong to. `beats` are the lengths of the sounds;
/// on the time line each is heard once still.
pub(super) fn loop_layers(project: &mut Project, groups: &[NewGroup], beats: &[f64]) {
    let layers = groups.iter().filter(|it| it.kind == GroupKind::Layers);
    let layers: Vec<&String> = layers.flat_map(|it| &it.sounds).collect();
    let sounds = project.sounds.iter_mut().zip(&mut project.clips);
    for ((sound, clip), beats) in sounds.zip(beats) {
        if layers.contains(&&sound.id) {
            make_loop(sound);
            clip.length_beats.get_or_insert(*beats);
        }
    }
}

/// Off until somebody wants it: then the whole time line repeats.
fn loop_region(end_beats: f64) -> LoopRegion {
    LoopRegion {
        start_beats: 0.0,
        end_beats,
        enabled: false,
        extra: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few seconds of frames"
    )]
    fn material(id: &str, role: Role, seconds: f64) -> Material {
        Material {
            id: id.to_owned(),
            source: id.into(),
            file: format!("assets/{id}.wav"),
            role,
            seconds,
            frames: (seconds * 48_000.0) as u64,
            sample_rate: 48_000,
            loops: Vec::new(),
        }
    }

    #[test]
    fn length_loops_and_names_decide() {
        for (stem, is_long, has_loop, expect) in [
            ("hit", false, false, Role::OneShot),
            ("engine", false, true, Role::Ambience),
            ("theme", true, true, Role::Music),
            ("amb_forest", true, false, Role::Ambience),
            ("Heavy Rain 2", true, false, Role::Ambience),
            ("chamber music", true, false, Role::Music),
            ("rain", false, false, Role::OneShot),
            ("vo_intro", true, false, Role::OneShot),
            ("Stinger-Big", true, false, Role::OneShot),
        ] {
            assert_eq!(role(stem, is_long, has_loop), expect, "{stem}");
        }
    }

    #[test]
    fn stems_together_songs_in_turn_ambience_throughout() {
        let materials = vec![
            material("bass", Role::Music, 10.0),
            material("drums", Role::Music, 10.0),
            material("song", Role::Music, 9.5),
            material("rain", Role::Ambience, 8.0),
            material("hit", Role::OneShot, 0.2),
            material("boom", Role::OneShot, 0.7),
            material("end", Role::OneShot, 1.0),
        ];
        let (project, sounds, seconds) =
            project("Game", materials, 120.0, &Naming::usual().unwrap());
        let starts: Vec<f64> = sounds.iter().map(|sound| sound.at_beats).collect();
        assert_eq!(starts, [0.0, 0.0, 20.0, 0.0, 0.0, 1.0, 3.0]);
        let lengths: Vec<_> = project.clips.iter().map(|clip| clip.length_beats).collect();
        assert_eq!(
            lengths,
            [
                Some(20.0),
                Some(20.0),
                Some(19.0),
                Some(39.0),
                None,
                None,
                None
            ]
        );
        assert_eq!(seconds, 19.5);
        let keys: Vec<_> = project
            .notes
            .iter()
            .map(|note| (note.root, &*note.sound))
            .collect();
        assert_eq!(keys, [(36, "hit"), (37, "boom"), (38, "end")]);
        project.validate().unwrap();
    }

    #[test]
    fn music_alone_repeats_under_many_one_shots() {
        let mut materials = vec![material("loop", Role::Music, 8.0)];
        materials.extend((0..100).map(|n| material(&format!("hit{n}"), Role::OneShot, 0.5)));
        let (project, sounds, _) = project("Game", materials, 120.0, &Naming::usual().unwrap());
        assert_eq!(project.clips[0].length_beats, Some(100.0));
        assert!(project.clips[0].looped);
        assert_eq!(project.notes.last().unwrap().root, 127);
        assert_eq!(sounds.last().unwrap().key, None, "there are no more keys");
        project.validate().unwrap();
    }

    #[test]
    fn bars() {
        assert_eq!(next_bar(0.1), 4.0);
        assert_eq!(next_bar(16.0), 16.0);
        assert_eq!(next_bar(16.000_000_1), 16.0);
    }
}
