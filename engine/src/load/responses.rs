//! Impulse responses: the assets that inserts convolve with.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use segue_dsp::convolution::{Latency, MAX_SECONDS, Preparation, Response, prepare};
use segue_format::Project;
use segue_format::project::{self, MASTER};
use segue_offline::pcm_cache::PcmFile;
use segue_rt::graph::NewProcessor;
use segue_rt::ids::InsertId;

use super::sounds::{Material, Unplayable, planes};
use super::{LoadReport, Names};
use crate::config::EngineConfig;
use crate::error::Result;

/// What one insert convolves with.
pub(crate) struct Loaded {
    pub(crate) insert: InsertId,
    /// The samples in the cache, which change their name with their content; `None`: the asset is
    /// missing or cannot be a response, and the insert passes its input.
    pub(crate) path: Option<PathBuf>,
    pub(crate) response: Response,
}

/// Makes the responses of all inserts that name an asset or could. What cannot be one is listed in the
/// report.
pub(super) fn build(
    project: &Project,
    config: &EngineConfig,
    names: &Names,
    materials: &HashMap<String, Material>,
    report: &mut LoadReport,
) -> Vec<Loaded> {
    let mut all = Vec::new();
    for (bus, insert) in inserts(project) {
        let key = (bus.to_owned(), insert.id.clone());
        let Some(id) = names.inserts.get(&key) else {
            continue;
        };
        if insert.ir.is_none() && insert.kind != "convolution" {
            continue;
        }
        let latency = latency(insert);
        let named = insert.ir.as_ref();
        let found = named.and_then(|asset| Some((asset, materials.get(asset)?)));
        let path = found.map(|(_, material)| material.path.clone());
        let response = match found.map(|(asset, material)| (asset, make(material, config, latency)))
        {
            Some((_, Ok(response))) => response,
            Some((asset, Err(reason))) => {
                report.unplayable.push(unplayable(project, asset, &reason));
                Response::none(latency)
            }
            None => Response::none(latency),
        };
        all.push(Loaded {
            insert: *id,
            path,
            response,
        });
    }
    all
}

/// What an insert says of its latency, or its preset, which the response is cut for.
fn latency(insert: &project::Insert) -> Latency {
    let own = insert.params.get("latency").copied();
    let own = own.map(super::mixer::narrow);
    // One that is unknown was refused with its insert.
    let preset = super::mixer::preset_values(insert).unwrap_or_default();
    let preset = preset.iter().find(|(id, _)| *id == "latency");
    Latency::from_value(own.or(preset.map(|it| it.1)).unwrap_or(0.0))
}

/// Hands the responses to the new processors that they are for, and gives back the others. What has no use
/// for one is listed.
pub(super) fn attach(
    project: &Project,
    names: &mut Names,
    responses: Vec<Loaded>,
    mut processors: Vec<&mut NewProcessor>,
    report: &mut LoadReport,
) -> Vec<Loaded> {
    let mut others = Vec::new();
    for loaded in responses {
        let is_it = |new: &&mut &mut NewProcessor| new.0 == loaded.insert;
        let Some((_, processor)) = processors.iter_mut().find(is_it) else {
            others.push(loaded);
            continue;
        };
        names.responses.insert(loaded.insert, loaded.path);
        if processor.exchange(Box::new(loaded.response)).is_some() {
            refuse(project, names, loaded.insert, report);
        }
    }
    others
}

fn refuse(project: &Project, names: &Names, id: InsertId, report: &mut LoadReport) {
    let of = |bus: &str, insert: &project::Insert| {
        names.inserts.get(&(bus.to_owned(), insert.id.clone())) == Some(&id)
    };
    let found = inserts(project).find(|(bus, insert)| of(bus, insert));
    if let Some((bus, insert)) = found
        && let Some(asset) = &insert.ir
    {
        let reason = format!(
            "the insert {:?} of the bus {bus:?} is of the kind {:?}, which works without an \
             impulse response; remove its \"ir\" or make it a \"convolution\"",
            insert.id, insert.kind
        );
        report.unplayable.push(unplayable(project, asset, &reason));
    }
}

fn inserts(project: &Project) -> impl Iterator<Item = (&str, &project::Insert)> {
    let buses = project.buses.iter();
    buses.flat_map(|bus| {
        let id = if bus.id == MASTER { MASTER } else { &bus.id };
        bus.inserts.iter().map(move |insert| (id, insert))
    })
}

fn unplayable(project: &Project, asset: &str, reason: &str) -> Unplayable {
    let found = project.assets.iter().find(|it| it.id == asset);
    Unplayable {
        id: asset.to_owned(),
        file: found.map_or(String::new(), |it| it.file.clone()),
        reason: reason.to_owned(),
    }
}

/// Reads, trims and normalises a response; the error is a reason for people.
fn make(
    material: &Material,
    config: &EngineConfig,
    latency: Latency,
) -> std::result::Result<Response, String> {
    let rate = f64::from(config.sample_rate);
    let mut channels = read(&material.path, rate).map_err(|e| e.to_string())?;
    prepare(&mut channels, rate, Preparation::default());
    Response::new(&channels, 2, rate, latency).map_err(|e| e.to_string())
}

/// The samples from the cache, a little more than a response may have at most: its silence is
/// trimmed afterwards.
fn read(path: &Path, rate: f64) -> Result<Vec<Vec<f32>>> {
    let mut file = PcmFile::open(path)?;
    file.verify()?;
    let header = file.header().clone();
    let longest = segue_dsp::math::to_count((MAX_SECONDS + 10.0) * rate) as u64;
    let frames = usize::try_from(header.frames.min(longest)).unwrap_or(0);
    planes(usize::from(header.channels), frames, |at, out| {
        file.read_f32(at, out)
    })
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::path::Path;

    use serde_json::{Value, json};

    use crate::config::EngineConfig;
    use crate::control::{Control, NOW, PlayOptions, ReloadReport, create};
    use crate::load::LoadProgress;
    use crate::project::{OpenProject, open, testing};
    use segue_rt::renderer::Renderer;

    /// A sound of 12,000 frames at 48 kHz on a bus with this insert.
    fn project(folder: &Path, insert: &Value) -> OpenProject {
        testing::wav(&folder.join("assets/hit.wav"), 2_000);
        let project = json!({"format": "segue.project", "version": 1, "name": "R",
            "assets": [{"id": "hit", "file": "assets/hit.wav"},
                {"id": "room", "file": "assets/room.wav"}],
            "buses": [{"id": "sfx", "inserts": [insert]}],
            "sounds": [{"id": "hit", "asset": "hit", "bus": "sfx"}]});
        std::fs::write(folder.join("project.json"), project.to_string()).unwrap();
        open(folder).unwrap()
    }

    fn go(_: LoadProgress<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    struct Rig {
        control: Control,
        renderer: Renderer,
        folder: tempfile::TempDir,
        _cache: tempfile::TempDir,
    }

    impl Rig {
        /// An engine with the insert, and the reasons why assets do not play.
        fn new(insert: &Value, room: Option<usize>) -> (Self, Vec<String>) {
            let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            if let Some(frames) = room {
                testing::wav(&folder.path().join("assets/room.wav"), frames);
            }
            let project = project(folder.path(), insert);
            let mut config = EngineConfig::for_project(&project.project, Some(48_000));
            config.cache = Some(cache.path().to_owned());
            let (mut control, renderer, _) = create(config).unwrap();
            let report = control.load_project(&project, &mut go).unwrap();
            let reasons = report.unplayable.into_iter().map(|it| it.reason).collect();
            let rig = Self {
                control,
                renderer,
                folder,
                _cache: cache,
            };
            (rig, reasons)
        }

        fn reload(&mut self, insert: &Value) -> ReloadReport {
            let project = project(self.folder.path(), insert);
            self.control.reload(&project, &mut go).unwrap()
        }

        fn peak(&mut self, frames: usize) -> f32 {
            let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
            self.renderer.process(&mut [&mut left, &mut right]);
            self.control.update().unwrap();
            left.iter().chain(&right).fold(0.0, |m, x| m.max(x.abs()))
        }

        /// What is heard of the sound, and after it.
        fn hit(&mut self) -> [f32; 2] {
            self.control
                .play_sound("hit", &PlayOptions::default())
                .unwrap();
            let heard = self.peak(13_000);
            [heard, self.peak(9_000)]
        }
    }

    fn insert() -> Value {
        json!({"id": "c", "kind": "convolution", "ir": "room"})
    }

    #[test]
    fn an_insert_convolves_with_its_asset() {
        let (mut rig, reasons) = Rig::new(&insert(), Some(4_000));
        assert_eq!(reasons, Vec::<String>::new());
        let [heard, after] = rig.hit();
        assert!(heard > 0.01 && after > 0.01, "{heard} {after}");
        let mut without = insert();
        without.as_object_mut().unwrap().remove("ir");
        let (mut rig, _) = Rig::new(&without, Some(4_000));
        assert_eq!(rig.hit()[1], 0.0);
    }

    #[test]
    fn presets_of_the_convolution_convolve() {
        let presets = segue_dsp::processor::presets("convolution");
        assert!(!presets.is_empty());
        for preset in presets {
            let mut insert = insert();
            insert["preset"] = preset.name.into();
            let (mut rig, reasons) = Rig::new(&insert, Some(4_000));
            assert_eq!(reasons, Vec::<String>::new(), "{}", preset.name);
            assert!(rig.hit()[1] > 0.01, "{}", preset.name);
        }
    }

    #[test]
    fn a_missing_response_is_told_and_the_sound_passes() {
        let (mut rig, reasons) = Rig::new(&insert(), None);
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        let [heard, after] = rig.hit();
        assert!(heard > 0.1 && after == 0.0, "{heard} {after}");
        testing::wav(&rig.folder.path().join("assets/room.wav"), 4_000);
        let report = rig.reload(&insert());
        assert_eq!((report.responses, report.load.unplayable.len()), (1, 0));
        rig.peak(9_600);
        assert!(rig.hit()[1] > 0.01, "it is there now");
    }

    #[test]
    fn a_changed_response_is_exchanged_while_it_plays() {
        let (mut rig, _) = Rig::new(&insert(), Some(4_000));
        assert_eq!(rig.reload(&insert()).responses, 0, "nothing changed");
        rig.control
            .play_sound(
                "hit",
                &PlayOptions {
                    at: NOW,
                    ..PlayOptions::default()
                },
            )
            .unwrap();
        rig.peak(4_800);
        testing::wav(&rig.folder.path().join("assets/room.wav"), 20);
        assert_eq!(rig.reload(&insert()).responses, 1);
        rig.peak(48_000);
        assert_eq!(rig.hit()[1], 0.0, "the short one ends with the sound");
        let mut other = insert();
        other["ir"] = "hit".into();
        assert_eq!(rig.reload(&other).responses, 1);
        rig.peak(9_600);
        assert!(rig.hit()[1] > 0.01, "another asset");
        let mut none = insert();
        none.as_object_mut().unwrap().remove("ir");
        assert_eq!(rig.reload(&none).responses, 1);
        rig.peak(48_000);
        assert_eq!(rig.hit()[1], 0.0, "none");
    }

    #[test]
    fn an_insert_that_a_save_adds_convolves_with_its_asset() {
        let plain = json!({"id": "c", "kind": "gain"});
        let (mut rig, _) = Rig::new(&plain, Some(4_000));
        assert_eq!(rig.hit()[1], 0.0);
        let report = rig.reload(&insert());
        assert!(report.is_rewired);
        assert_eq!((report.responses, report.load.unplayable.len()), (0, 0));
        rig.peak(9_600);
        assert!(rig.hit()[1] > 0.01, "it came with its response");
        // The response belongs to the insert from now on.
        assert_eq!(rig.reload(&insert()).responses, 0);
        testing::wav(&rig.folder.path().join("assets/room.wav"), 20);
        assert_eq!(rig.reload(&insert()).responses, 1);
        rig.peak(48_000);
        assert!(!rig.reload(&insert()).is_rewired);
        assert!(rig.reload(&plain).is_rewired);
        rig.peak(9_600);
        assert_eq!(rig.hit()[1], 0.0);
    }

    #[test]
    fn what_cannot_be_a_response_is_told() {
        let wrong = json!({"id": "c", "kind": "gain", "ir": "room"});
        let (mut rig, reasons) = Rig::new(&wrong, Some(4_000));
        let wanted = "the insert \"c\" of the bus \"sfx\" is of the kind \"gain\"";
        assert!(
            reasons.len() == 1 && reasons[0].starts_with(wanted),
            "{reasons:?}"
        );
        assert!(rig.hit()[0] > 0.1);
    }
}
