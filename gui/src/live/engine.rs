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
    /// How long each sound is.
    sounds: Arc<HashMap<String, Length>>,
    /// Mean and worst load: the bits of two `f32`.
    load: Arc<AtomicU64>,
    ear: Ear,
}

/// How long a sound is, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Length {
    /// Its file, once.
    pub(super) once: f64,
    /// With its own loop in it; `None` where that does not end.
    pub(super) whole: Option<f64>,
    /// It has a loop of its own.
    pub(super) has_loop: bool,
}

impl LiveEngine {
    /// Makes an engine known once its project is loaded, begins to measure its load and to listen to
    /// its game. To be called on the thread of `control`.
    pub fn new(control: &mut Control) -> Self {
        control.set_profiling(true);
        control.listen(true);
        Self {
            shared: control.shared().clone(),
            buses: buses(control),
            sounds: lengths(control),
            load: Arc::default(),
            ear: Ear::new(control),
        }
    }

    /// The same engine after it has taken over another state of its project: what was heard and measured
    /// goes on. To be called on the thread of `control`, which is that of this engine.
    pub fn renewed(&self, control: &Control) -> Self {
        self.ear.miss();
        Self {
            buses: buses(control),
            sounds: lengths(control),
            ..self.clone()
        }
    }

    /// Instead of [`LiveEngine::update`] while nobody looks: what happens is not written down, and
    /// the next look shows what holds then.
    pub fn skip(&self, control: &mut Control) {
        while control.next_row().is_some() {
            self.ear.miss();
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

    /// Whether both know the same of their sounds.
    pub(super) fn has_same_sounds(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.sounds, &other.sounds)
    }

    /// How long a sound is.
    pub(super) fn length(&self, sound: &str) -> Option<Length> {
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

fn buses(control: &Control) -> Arc<[(String, BusId)]> {
    let buses = control.buses();
    buses.map(|(name, id)| (name.to_owned(), id)).collect()
}

fn lengths(control: &Control) -> Arc<HashMap<String, Length>> {
    let rate = f64::from(control.config().sample_rate);
    let length = |sound: PooledSound<'_>| {
        let seconds = |frames: u64| frames as f64 / sound.params.pitch / rate;
        let looping = sound.params.looping;
        let whole = looping.unrolled(sound.frames);
        let length = Length {
            once: seconds(sound.frames),
            whole: (whole < u64::MAX).then(|| seconds(whole)),
            has_loop: looping.is_in(sound.frames),
        };
        (sound.name.to_owned(), length)
    };
    Arc::new(control.sounds().into_iter().map(length).collect())
}

impl std::fmt::Debug for LiveEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveEngine")
            .field("buses", &self.buses)
            .finish_non_exhaustive()
    }
}
