//! What the control side of an engine makes known to windows.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use segue_engine::rt::ids::BusId;
use segue_engine::{Control, PooledSound, Shared};

use super::game::Ear;

/// An engine as any thread may see it; clone it as you like. `[thread-safe]`
#[derive(Clone)]
pub struct LiveEngine {
    shared: Shared,
    buses: Arc<[(String, BusId)]>,
    /// How long each sound is, in seconds.
    sounds: Arc<HashMap<String, f64>>,
    /// Mean and worst load: the bits of two `f32`.
    load: Arc<AtomicU64>,
    ear: Ear,
}

impl LiveEngine {
    /// Makes an engine known once its project is loaded, begins to measure its load and to listen to
    /// its game. To be called on the thread of `control`.
    pub fn new(control: &mut Control) -> Self {
        control.set_profiling(true);
        control.listen(true);
        let buses = control.buses().map(|(name, id)| (name.to_owned(), id));
        let rate = f64::from(control.config().sample_rate);
        let seconds = |sound: PooledSound<'_>| {
            let frames = sound.frames as f64 / sound.params.pitch;
            (sound.name.to_owned(), frames / rate)
        };
        let sounds = control.sounds().into_iter().map(seconds).collect();
        Self {
            shared: control.shared().clone(),
            sounds: Arc::new(sounds),
            buses: buses.collect(),
            load: Arc::default(),
            ear: Ear::default(),
        }
    }

    /// Makes known how long its blocks take and what its game does. To be called every 20 ms or so, beside
    /// [`Control::update`].
    pub fn update(&self, control: &mut Control) {
        let report = control.load();
        let bits = |load: f32| u64::from(load.to_bits());
        let both = bits(report.mean_load) << 32 | bits(report.worst_load);
        self.load.store(both, Relaxed);
        self.ear.hear(control);
    }

    /// State and meters.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Whether both are the same engine.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.load, &other.load)
    }

    /// The bus of this name in the engine's project.
    pub(super) fn bus(&self, name: &str) -> Option<BusId> {
        let bus = self.buses.iter().find(|(known, _)| known == name);
        bus.map(|(_, id)| *id)
    }

    /// How long a sound is.
    pub(super) fn seconds(&self, sound: &str) -> Option<f64> {
        self.sounds.get(sound).copied()
    }

    pub(super) fn ear(&self) -> &Ear {
        &self.ear
    }

    /// Mean and worst load of the latest blocks, 1.0 being all of the time.
    pub(super) fn load(&self) -> [f32; 2] {
        let both = self.load.load(Relaxed);
        #[expect(clippy::cast_possible_truncation, reason = "takes the halves apart")]
        let bits = [(both >> 32) as u32, both as u32];
        bits.map(f32::from_bits)
    }
}

impl std::fmt::Debug for LiveEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveEngine")
            .field("buses", &self.buses)
            .finish_non_exhaustive()
    }
}
