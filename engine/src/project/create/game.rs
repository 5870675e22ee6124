//! The interactive part of a new project: groups of files as containers, and events for all.

use std::collections::{BTreeMap, BTreeSet};

use segue_format::project::Project;
use segue_format::project::interactive::{
    Action, ActionKind, BlendChild, Container, ContainerKind, Event, RandomChild, RandomMode, Rtpc,
};

use super::NewGroup;
use super::names::in_folder;
use super::naming::{GroupKind, Naming};

/// The largest groups; more files make further groups.
const VARIANTS: usize = 16;
const LAYERS: usize = 8;

/// How far a layer is heard beyond the middle between it and its neighbour, in layers: half of a
/// cross-fade. Below ½, so that never three are heard at once.
const OVERLAP: f64 = 0.25;

/// Fade of an event that stops something, in ms.
const STOP_FADE_MS: f64 = 100.0;

/// A sound, and where its file lay.
#[derive(Clone, Debug)]
pub(super) struct Stem {
    pub(super) id: String,
    /// The name of its file without the extension.
    pub(super) name: String,
    /// That of its folder; empty for the one that all have in common.
    pub(super) folder: String,
}

/// Adds containers for what belongs together by name, and events that play and stop everything.
pub(super) fn add(project: &mut Project, stems: &[Stem], naming: &Naming) -> Vec<NewGroup> {
    let groups = groups(stems, naming);
    let mut taken: BTreeSet<String> = stems.iter().map(|stem| stem.id.clone()).collect();
    let mut made = Vec::new();
    for (kind, base, children) in groups {
        let name = free(&base, &mut taken);
        let (container, rtpc) = match kind {
            GroupKind::Variants => (random(&name, &children), None),
            GroupKind::Layers => {
                let rtpc = format!("{name}_layer");
                (blend(&name, &rtpc, &children), Some(rtpc))
            }
        };
        if let Some(rtpc) = &rtpc {
            project.interactive.rtpcs.push(Rtpc {
                name: rtpc.clone(),
                max: place(children.len() - 1),
                ..Rtpc::default()
            });
        }
        project.interactive.containers.push(container);
        made.push(NewGroup {
            name,
            kind,
            sounds: children,
            rtpc,
        });
    }
    let grouped: BTreeSet<&String> = made.iter().flat_map(|group| &group.sounds).collect();
    let alone = stems
        .iter()
        .map(|stem| &stem.id)
        .filter(|id| !grouped.contains(id));
    let targets = made.iter().map(|group| &group.name).chain(alone);
    let events: Vec<Event> = targets.flat_map(|name| [play(name), stop(name)]).collect();
    project.interactive.events = events;
    made
}

/// Groups of at least two in one folder, in the order of their names: kind, name, sounds. Where
/// groups of several folders would have the same name, it tells the folder.
fn groups(stems: &[Stem], naming: &Naming) -> Vec<(GroupKind, String, Vec<String>)> {
    // Case does not tell things apart: some file systems lose it.
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for stem in stems {
        if let Some(member) = naming.member(&stem.name) {
            let key = (member.kind, member.base.to_lowercase(), &stem.folder);
            let group = found.entry(key).or_default();
            group.push((member.index, stem.id.clone(), member.base));
        }
    }
    found.retain(|_, members| members.len() > 1);
    let mut homes = BTreeMap::<_, BTreeSet<_>>::new();
    for (_, base, folder) in found.keys() {
        homes.entry(base.clone()).or_default().insert(*folder);
    }
    let mut groups = Vec::new();
    for ((kind, base, folder), mut members) in found {
        members.sort();
        let name = match homes[&base].len() {
            1 => members[0].2.clone(),
            _ => in_folder(folder, &members[0].2),
        };
        let most = match kind {
            GroupKind::Variants => VARIANTS,
            GroupKind::Layers => LAYERS,
        };
        for part in members.chunks(most) {
            let sounds = part.iter().map(|(_, id, _)| id.clone()).collect();
            groups.push((kind, name.clone(), sounds));
        }
    }
    groups
}

/// `base`, or with a number if a sound or another group has that name.
fn free(base: &str, taken: &mut BTreeSet<String>) -> String {
    let base = super::names::cut(base, LONGEST);
    let numbered = (2_u32..).map(|number| format!("{base}_group{number}"));
    let names = [base.to_owned(), format!("{base}_group")]
        .into_iter()
        .chain(numbered);
    let mut free = names.filter(|name| !taken.contains(name));
    let name = free.next().unwrap_or_default();
    taken.insert(name.clone());
    name
}

/// Bytes of a group's name, so that the names of its events and RTPC fit as well.
const LONGEST: usize = 100;

fn random(name: &str, sounds: &[String]) -> Container {
    let children = sounds.iter().map(|sound| RandomChild {
        child: sound.clone(),
        ..RandomChild::default()
    });
    Container {
        name: name.to_owned(),
        kind: ContainerKind::Random {
            children: children.collect(),
            mode: RandomMode::ShuffleHistory,
            avoid_last: 1,
            random_pitch_st: [0.0; 2],
            random_volume_db: [0.0; 2],
        },
        ..Container::default()
    }
}

fn blend(name: &str, rtpc: &str, sounds: &[String]) -> Container {
    let last = place(sounds.len() - 1);
    let child = |(n, sound): (usize, &String)| BlendChild {
        child: sound.clone(),
        x_lo: (place(n) - 0.5 - OVERLAP).max(0.0),
        x_hi: (place(n) + 0.5 + OVERLAP).min(last),
        ..BlendChild::default()
    };
    Container {
        name: name.to_owned(),
        kind: ContainerKind::Blend {
            rtpc: rtpc.to_owned(),
            smooth_ms: 100.0,
            children: sounds.iter().enumerate().map(child).collect(),
            law: Default::default(),
            warp: Default::default(),
        },
        ..Container::default()
    }
}

/// A count below 2^53 as a number.
fn place(n: usize) -> f64 {
    n as f64
}

fn play(name: &str) -> Event {
    let target = name.to_owned();
    Event {
        name: format!("Play_{name}"),
        actions: vec![Action::new(ActionKind::Play { target })],
        ..Event::default()
    }
}

fn stop(name: &str) -> Event {
    let target = name.to_owned();
    let stop = Action {
        fade_ms: Some(STOP_FADE_MS),
        ..Action::new(ActionKind::Stop { target })
    };
    Event {
        name: format!("Stop_{name}"),
        actions: vec![stop],
        ..Event::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files by their names, with a folder where one is written.
    fn stems(names: &[&str]) -> Vec<Stem> {
        let stem = |path: &&str| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            Stem {
                id: path.replace('/', "_"),
                name: name.to_owned(),
                folder: folder.to_owned(),
            }
        };
        names.iter().map(stem).collect()
    }

    fn made(names: &[&str]) -> (Project, Vec<NewGroup>) {
        let mut project = Project::new("P");
        let groups = add(&mut project, &stems(names), &Naming::usual().unwrap());
        (project, groups)
    }

    #[test]
    fn variants_and_layers_become_containers_with_events() {
        let names = [
            "step_b",
            "step_a",
            "hum_layer2",
            "hum_layer1",
            "hum_layer10",
            "door",
            "lone_a",
        ];
        let (project, groups) = made(&names);
        let found: Vec<_> = groups
            .iter()
            .map(|it| (it.name.as_str(), it.kind, it.sounds.join(" ")))
            .collect();
        assert_eq!(
            found,
            [
                ("step", GroupKind::Variants, "step_a step_b".to_owned()),
                (
                    "hum",
                    GroupKind::Layers,
                    "hum_layer1 hum_layer2 hum_layer10".to_owned()
                ),
            ]
        );
        let events: Vec<_> = project
            .interactive
            .events
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        let expected = [
            "Play_step",
            "Stop_step",
            "Play_hum",
            "Stop_hum",
            "Play_door",
            "Stop_door",
            "Play_lone_a",
            "Stop_lone_a",
        ];
        assert_eq!(events, expected);
        let rtpc = &project.interactive.rtpcs[0];
        assert_eq!((rtpc.name.as_str(), rtpc.max), ("hum_layer", 2.0));
        let ContainerKind::Blend { children, .. } = &project.interactive.containers[1].kind else {
            panic!("{:?}", project.interactive.containers)
        };
        let ranges: Vec<_> = children.iter().map(|it| (it.x_lo, it.x_hi)).collect();
        assert_eq!(ranges, [(0.0, 0.75), (0.25, 1.75), (1.25, 2.0)]);
        project.validate().unwrap();
    }

    #[test]
    fn upper_and_lower_case_are_the_same_thing() {
        let (_, groups) = made(&["SFX_Step_a", "sfx_step_c", "SFX_Step_b", "boom1", "Boom2"]);
        let found: Vec<_> = groups
            .iter()
            .map(|it| (it.name.as_str(), it.sounds.join(" ")))
            .collect();
        assert_eq!(
            found,
            [
                ("boom", "boom1 Boom2".to_owned()),
                ("SFX_Step", "SFX_Step_a SFX_Step_b sfx_step_c".to_owned()),
            ]
        );
    }

    #[test]
    fn what_lies_in_several_folders_stays_apart() {
        let (project, groups) = made(&[
            "step_b",
            "step_c",
            "sub/step_a",
            "wood/hit_01",
            "wood/hit_02",
            "stone/hit_01",
            "stone/hit_02",
            "en/yes_1",
            "en/yes_2",
        ]);
        let found: Vec<_> = groups
            .iter()
            .map(|it| (it.name.as_str(), it.sounds.join(" ")))
            .collect();
        assert_eq!(
            found,
            [
                ("stone_hit", "stone_hit_01 stone_hit_02".to_owned()),
                ("wood_hit", "wood_hit_01 wood_hit_02".to_owned()),
                ("step", "step_b step_c".to_owned()),
                ("yes", "en_yes_1 en_yes_2".to_owned()),
            ]
        );
        let mut events = project.interactive.events.iter();
        assert!(events.any(|it| it.name == "Play_sub_step_a"));
        project.validate().unwrap();
    }

    #[test]
    fn names_that_are_taken_get_another_one_and_large_groups_are_split() {
        let (_, groups) = made(&["step", "step_1", "step_2"]);
        assert_eq!(groups[0].name, "step_group");
        let many: Vec<String> = (0..20).map(|n| format!("s_{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let (_, groups) = made(&many);
        let sizes: Vec<_> = groups
            .iter()
            .map(|it| (it.name.as_str(), it.sounds.len()))
            .collect();
        assert_eq!(sizes, [("s", 16), ("s_group", 4)]);
    }
}
