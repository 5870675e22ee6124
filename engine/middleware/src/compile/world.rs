//! What a project has loaded and a compiler has to know of it.

use segue_rt::ids::{BusId, InsertId, SendId};
use segue_rt::voices::VoiceParams;

/// The loaded part of a project: what names stand for on the audio thread. `[main-thread]`
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Frames a second of the engine.
    pub sample_rate: f64,
    /// The project's seed: everything random hangs on it.
    pub seed: u64,
    /// Number of the session; another number gives other random choices.
    pub session: u64,
    /// What events and containers may play.
    pub sounds: Vec<WorldSound>,
    /// Buses by name.
    pub buses: Vec<(String, BusId)>,
    /// Which bus goes into which, by their ids.
    pub outputs: Vec<(BusId, BusId)>,
    /// Sends by the names of both buses: from, to.
    pub sends: Vec<(String, String, SendId)>,
    /// Parameters of inserts that RTPCs may move.
    pub inserts: Vec<WorldParam>,
    /// Ids of the project's macros, and where they stand: 0 to 1.
    pub macros: Vec<(String, f64)>,
}

/// A sound of the project.
#[derive(Clone, Debug)]
pub struct WorldSound {
    /// Its name.
    pub name: String,
    /// How it plays by itself; `None` when its asset is missing: plays are refused.
    pub voice: Option<VoiceParams>,
    /// Length in frames of the engine.
    pub frames: u64,
    /// Loudness in dB; 0 is full scale.
    pub loudness_db: f32,
    /// Frames a second of its asset: the unit of places the author gives in frames.
    pub asset_rate: f64,
}

/// A parameter of an insert.
#[derive(Clone, Debug)]
pub struct WorldParam {
    /// Name of its bus.
    pub bus: String,
    /// Name of the insert on that bus.
    pub insert: String,
    /// Name of the parameter.
    pub param: String,
    /// The insert.
    pub id: InsertId,
    /// Row in the processor's parameter table.
    pub row: u16,
    /// Least and largest value in its unit.
    pub range: [f32; 2],
}
