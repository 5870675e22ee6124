//! What a contender must offer, and the plain data the harness hands to it.
//!
//! A contender lives through these steps, always on one thread:
//! 1. [`Contender::create`] builds the engine for a [`Setup`]: the assets are loaded, room for every slot is made, nothing sounds.
//! 2. [`Subject::start`] starts the voice of a slot. The harness restarts a slot only after its one-shot has ended.
//! 3. [`Subject::retarget`] moves gain, pan and pitch of a running voice to new values within about 10 ms.
//! 4. [`Subject::commit`] closes a group of `start` and `retarget` calls; engines that batch their messages send them here.
//! 5. [`Subject::render_block`] renders the next [`BLOCK`] frames.
//!
//! Steps 2 to 5 repeat. The time of all of them counts: what a control thread would do is work too.

use std::sync::Arc;

use crate::asset::Asset;

/// Sample rate of every asset and of every engine, in Hz.
pub(crate) const RATE: u32 = 48_000;
/// Frames of one block.
pub(crate) const BLOCK: usize = 128;
/// Length of a parameter change, in seconds.
pub(crate) const RAMP_SECONDS: f64 = 0.010;
/// The same in frames.
pub(crate) const RAMP_FRAMES: usize = 480;

/// Why a run stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The engine itself refused something.
    #[error("{subject}: {what}")]
    Engine { subject: &'static str, what: String },
    /// The engine runs but does not play what it was told to play.
    #[error("{subject}, {workload}: {what}")]
    WrongSound {
        subject: &'static str,
        workload: String,
        what: String,
    },
    /// The command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// The report could not be written.
    #[error("cannot write the report: {0}")]
    Write(#[from] std::io::Error),
    /// A row could not be turned into JSON.
    #[error("cannot encode the report: {0}")]
    Encode(#[from] serde_json::Error),
}

/// Shorthand for this crate's results.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// How one voice sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mix {
    /// Linear amplitude, 0..=1.
    pub(crate) gain: f32,
    /// -1 left, 0 centre, 1 right.
    pub(crate) pan: f32,
    /// Source frames per output frame.
    pub(crate) ratio: f64,
}

/// A place for one voice. Its asset and its looping never change, so an engine may build the voice ahead and only trigger it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// Index into [`Setup::assets`].
    pub(crate) asset: usize,
    /// Loops over the whole asset, or plays once.
    pub(crate) looping: bool,
}

/// Everything an engine is told before it starts.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The sounds.
    pub(crate) assets: Vec<Arc<Asset>>,
    /// The voices; the index is the slot number.
    pub(crate) slots: Vec<Slot>,
    /// How many of the slots may sound at once. Fewer than `slots.len()` asks for virtual voices,
    /// except for one-shots, where the harness never has more than this many under way.
    pub(crate) audible: usize,
    /// More voices than `audible` will be started: the engine must pick the loudest.
    pub(crate) needs_virtual: bool,
    /// [`Subject::retarget`] will be called: the engine should smooth parameter changes.
    pub(crate) retargets: bool,
}

/// One running engine.
pub(crate) trait Subject {
    /// Starts the voice of `slot` from its first frame.
    fn start(&mut self, slot: usize, mix: Mix) -> Result<()>;

    /// Moves the running voice of `slot` to `mix`, without a click where the engine can.
    fn retarget(&mut self, slot: usize, mix: Mix) -> Result<()>;

    /// Sends what was collected since the last call. Called once after each group of calls, never without one.
    fn commit(&mut self) -> Result<()> {
        Ok(())
    }

    /// Fills `out` ([`BLOCK`] interleaved stereo frames) with the next block. Overwrites what is there.
    fn render_block(&mut self, out: &mut [f32]) -> Result<()>;
}

/// Whether a contender is what we compare with or what we built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// An engine others made.
    Peer,
    /// Segue.
    Own,
}

/// Where a contender takes its memory from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heap {
    /// The Rust global allocator, counted exactly.
    Rust,
    /// `malloc` called from C or C++, read from the C library where it tells.
    C,
}

/// Left and right amplitude of a voice of gain 1 at a pan position.
pub(crate) type PanLaw = fn(f32) -> [f32; 2];

/// One line-up entry.
#[derive(Clone, Copy)]
pub(crate) struct Contender {
    /// Short name, also the `subject` of every row.
    pub(crate) name: &'static str,
    /// The interpolation it uses in this run.
    pub(crate) quality: &'static str,
    pub(crate) role: Role,
    pub(crate) heap: Heap,
    /// The engine's own laws for mono and for stereo assets, checked before timing.
    pub(crate) pan_gains: [PanLaw; 2],
    /// `Err(reason)` when the engine cannot do this work; it is then reported as not supported.
    pub(crate) supports: fn(&Setup) -> std::result::Result<(), &'static str>,
    /// Builds the engine.
    pub(crate) create: fn(&Setup) -> Result<Box<dyn Subject>>,
}

/// A sine/cosine law: constant power, -3 dB in the centre.
pub(crate) fn constant_power(pan: f32) -> [f32; 2] {
    let angle = (pan + 1.0) * std::f32::consts::FRAC_PI_4;
    [angle.cos(), angle.sin()]
}

/// A balance: 0 dB in the centre, the far side fades linearly.
pub(crate) fn balance(pan: f32) -> [f32; 2] {
    [1.0 - pan.max(0.0), 1.0 + pan.min(0.0)]
}

/// `supports` of an engine that plays any number of voices but knows no virtual ones.
pub(crate) fn real_voices_only(setup: &Setup) -> std::result::Result<(), &'static str> {
    if setup.needs_virtual {
        Err("no virtual voices")
    } else {
        Ok(())
    }
}

/// A count as C wants it. No count here comes near the limit.
pub(crate) fn count32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Linear amplitude in decibels.
pub(crate) fn decibels(amplitude: f32) -> f32 {
    20.0 * amplitude.log10()
}
