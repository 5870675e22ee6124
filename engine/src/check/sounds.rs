//! Files and levels.

use std::collections::BTreeMap;

use segue_format::Project;
use segue_format::project::MASTER;

use super::{Findings, Kind};
use crate::load::AssetLength;

/// Decibels from the median of its bus at which a sound sticks out.
const OUTLIER_DB: f32 = 12.0;

/// Sounds of a bus from which on a median means something.
const FEWEST: usize = 3;

/// What is known of a sound.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundFacts {
    /// Loudness in dB of its asset; `None` for silence.
    pub loudness_db: Option<f32>,
    /// Bytes of its file.
    pub bytes: u64,
    /// How long its asset is; `None` where nobody has read it.
    pub length: Option<AssetLength>,
    /// Why it does not play.
    pub unplayable: Option<String>,
}

pub(super) fn check(
    project: &Project,
    facts: &BTreeMap<String, SoundFacts>,
    findings: &mut Findings,
) {
    levels(project, facts, findings);
    budget(project, facts, findings);
}

/// Sounds that are far from the median of their bus, with their own gain.
fn levels(project: &Project, facts: &BTreeMap<String, SoundFacts>, findings: &mut Findings) {
    let mut buses: BTreeMap<&str, Vec<(usize, f32)>> = BTreeMap::new();
    for (n, sound) in project.sounds.iter().enumerate() {
        let Some(found) = facts.get(&sound.id).filter(|it| it.unplayable.is_none()) else {
            continue;
        };
        match found.loudness_db {
            Some(loudness) => {
                let bus = sound.bus.as_deref().unwrap_or(MASTER);
                let level = loudness + segue_dsp::math::to_f32(sound.gain_db);
                buses.entry(bus).or_default().push((n, level));
            }
            None => {
                let message = format!("{:?} is silent", sound.id);
                findings.add(Kind::LevelOutlier, format!("sounds[{n}]"), message);
            }
        }
    }
    for (bus, levels) in buses.iter().filter(|(_, levels)| levels.len() >= FEWEST) {
        let median = median(levels.iter().map(|(_, level)| *level).collect());
        for (n, level) in levels
            .iter()
            .filter(|(_, level)| (level - median).abs() > OUTLIER_DB)
        {
            let id = &project.sounds[*n].id;
            let far = level - median;
            let than = if far > 0.0 { "louder" } else { "quieter" };
            let message = format!(
                "{id:?} is {:.1} dB {than} than the usual sound on {bus} ({level:.1} against \
                 {median:.1} dB)",
                far.abs()
            );
            findings.add(Kind::LevelOutlier, format!("sounds[{n}].gain_db"), message);
        }
    }
}

fn median(mut levels: Vec<f32>) -> f32 {
    levels.sort_by(f32::total_cmp);
    levels.get(levels.len() / 2).copied().unwrap_or(0.0)
}

/// The files against the budget of the adaptive profile.
fn budget(project: &Project, facts: &BTreeMap<String, SoundFacts>, findings: &mut Findings) {
    use segue_format::project::interactive::ProfileSource;
    let Some(ProfileSource::Inline(profile)) = &project.interactive.adaptive else {
        return;
    };
    let mut files: BTreeMap<&str, u64> = BTreeMap::new();
    for sound in &project.sounds {
        if let Some(found) = facts.get(&sound.id) {
            files.insert(&sound.asset, found.bytes);
        }
    }
    // Files are below 2^53 bytes: the conversion is exact.
    let megabytes = files.values().sum::<u64>() as f64 / 1e6;
    let most = profile.metadata.audio_budget_mb;
    if megabytes > most {
        let path = "interactive.adaptive.metadata.audio_budget_mb".to_owned();
        let message = format!("the audio files take {megabytes:.1} MB, the budget is {most} MB");
        findings.add(Kind::OverBudget, path, message);
    }
}
