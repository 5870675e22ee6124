//! The interactive part of a project, compiled for what was loaded.

use std::collections::BTreeMap;
use std::sync::Arc;

use segue_dsp::processor;
use segue_format::Project;
use segue_middleware::source::Interactive;
use segue_middleware::{Bank, Problem, World, WorldParam, WorldSound, compile};
use segue_rt::ids::BusId;

use super::{LoadReport, MacroTarget, Names};
use crate::check::SoundFacts;
use crate::config::EngineConfig;
use crate::error::{Error, Result};
use crate::game::GameNames;
use crate::game::lasting::{self, Lasting};
use crate::project::OpenProject;

/// What carries out the calls of a game.
pub(crate) struct LoadedGame {
    pub(crate) names: GameNames,
    pub(crate) bank: Arc<Bank>,
    /// What its events leave behind that does not end by itself.
    pub(crate) lasting: Lasting,
}

/// Compiles what is interactive; `None` where nothing is and was, so that what is taken out of a project is no
/// more there when it is loaded again.
pub(super) fn load(
    open: &OpenProject,
    config: &EngineConfig,
    names: &Names,
    sounds: Vec<WorldSound>,
) -> Result<Option<LoadedGame>> {
    let source = open.interactive();
    let has_game = names.before.as_ref().is_some_and(|it| it.has_game);
    if source == Interactive::default() && !has_game {
        return Ok(None);
    }
    let world = world(&open.project, config, names, sounds);
    let bank = compile(&source, &world).map_err(|problems| refuse(open, &problems))?;
    Ok(Some(LoadedGame {
        names: GameNames::new(&open.project, &source),
        bank: Arc::new(bank),
        lasting: lasting::of(&open.project, &source),
    }))
}

/// Adds the RTPCs that each macro moves to its targets.
pub(super) fn add_rtpcs(macros: &mut [Vec<MacroTarget>], game: Option<&LoadedGame>) {
    let Some(game) = game else { return };
    for (index, targets) in macros.iter_mut().enumerate() {
        let rtpcs = game.names.macro_rtpcs(index).iter();
        targets.extend(rtpcs.map(|(rtpc, range)| MacroTarget::rtpc(*rtpc, *range)));
    }
}

/// The RTPCs that a host automates.
pub(super) fn host_params(game: Option<&LoadedGame>) -> Vec<(u8, MacroTarget)> {
    let params = game.into_iter().flat_map(|game| game.bank.host_params());
    params
        .map(|it| (it.number, MacroTarget::rtpc(it.rtpc, it.range)))
        .collect()
}

/// What names stand for on the audio thread.
fn world(
    project: &Project,
    config: &EngineConfig,
    names: &Names,
    sounds: Vec<WorldSound>,
) -> World {
    let buses = names.buses.iter().map(|(name, id)| (name.clone(), *id));
    let sends = names
        .sends
        .iter()
        .map(|((from, to), id)| (from.clone(), to.clone(), *id));
    let mut world = World {
        sample_rate: f64::from(config.sample_rate),
        seed: config.seed,
        session: 0,
        sounds,
        buses: buses.collect(),
        outputs: outputs(project, names),
        sends: sends.collect(),
        inserts: params(names),
        macros: {
            let macros = project.macros.iter();
            macros.map(|it| (it.id.clone(), it.value)).collect()
        },
    };
    // The maps have no order of their own; a bank must not depend on it.
    world.buses.sort_by(|a, b| a.0.cmp(&b.0));
    world.sends.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    world
        .inserts
        .sort_by(|a, b| (&a.bus, &a.insert, a.row).cmp(&(&b.bus, &b.insert, b.row)));
    world
}

/// Which bus goes into which.
fn outputs(project: &Project, names: &Names) -> Vec<(BusId, BusId)> {
    let id = |name: &str| names.buses.get(name).copied();
    let pairs = project
        .buses
        .iter()
        .filter_map(|bus| Some((id(&bus.id)?, id(bus.output_id()?)?)));
    pairs.collect()
}

/// The parameters that may move while it runs.
fn params(names: &Names) -> Vec<WorldParam> {
    let mut params = Vec::new();
    for ((bus, insert), id) in &names.inserts {
        let rows = names
            .kinds
            .get(id)
            .map_or(&[][..], |kind| processor::info(*kind).params);
        for (row, info) in (0..).zip(rows).filter(|(_, info)| !info.structural) {
            params.push(WorldParam {
                bus: bus.clone(),
                insert: insert.clone(),
                param: info.id.to_owned(),
                id: *id,
                row,
                range: [info.min, info.max],
            });
        }
    }
    params
}

/// The compiler's problems with line and column of the project's text.
fn refuse(open: &OpenProject, problems: &[Problem]) -> Error {
    let ducks = open.project.interactive.ducks.len();
    let rows = problems
        .iter()
        .map(|it| (written_path(&it.path, ducks), it.message.as_str()));
    let problems = Project::place_problems(&open.text(), open.profile_text(), rows);
    Error::format(&open.source, segue_format::Error::Invalid(problems))
}

/// Where a problem is in what was written: behind the ducks stand those of the matrix.
fn written_path(path: &str, ducks: usize) -> &str {
    let duck = path
        .strip_prefix("ducks[")
        .and_then(|it| it.split_once(']'));
    match duck.map(|it| it.0.parse::<usize>()) {
        Some(Ok(number)) if number >= ducks => "duck_matrix",
        _ => path,
    }
}

/// What is known of the sounds, for a check.
pub(crate) fn facts(open: &OpenProject, report: &LoadReport) -> BTreeMap<String, SoundFacts> {
    let facts = |sound: &segue_format::project::Sound| {
        let asset = open.assets.iter().find(|asset| asset.id == sound.asset);
        let gone = report.unplayable.iter().find(|it| it.id == sound.asset);
        let loudness = report.loudness.get(&sound.asset).copied();
        let facts = SoundFacts {
            loudness_db: loudness.filter(|db| db.is_finite() && *db > SILENT_DB),
            bytes: asset.and_then(|asset| asset.bytes).unwrap_or(0),
            length: report.lengths.get(&sound.asset).copied(),
            unplayable: gone.map(|it| it.reason.clone()),
        };
        (sound.id.clone(), facts)
    };
    open.project.sounds.iter().map(facts).collect()
}

/// Below this a sound is silence.
const SILENT_DB: f32 = -100.0;
