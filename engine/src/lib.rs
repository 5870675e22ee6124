//! Segue: a real-time interactive-audio engine.
//!
//! [`create`] makes an engine in three parts, one for each kind of thread: [`Control`] queues
//! commands, [`Renderer`] renders on the audio thread, [`Shared`] can be looked at from anywhere.
//! [`render::render`] does all of it for a file, [`project`] opens and saves what is played.

#![forbid(unsafe_code)]

mod analyser;
pub mod check;
pub mod config;
pub mod control;
mod disk;
pub mod error;
pub mod files;
pub mod game;
pub mod info;
pub mod ingest;
pub mod inserts;
pub mod jobs;
mod load;
pub mod midi;
pub mod project;
pub mod render;
pub mod scene;
mod session;
pub mod slot;
pub mod stage_report;

pub use analyser::{
    Ballistics, BusAnalyser, BusAnalysis, LoudnessReading, Spectrum, SpectrumOptions,
};
pub use config::EngineConfig;
pub use control::{
    BusValues, Control, Edit, InsertValues, NOW, PlayOptions, PooledSound, PreparedReload,
    ReloadPlan, ReloadReport, Shared, create,
};
pub use error::{Error, ErrorKind, Result};
pub use load::{AssetLength, LoadProgress, LoadReport, MacroTarget, Prepared, Unplayable, prepare};
pub use segue_dsp::denormals::FlushGuard;
pub use segue_dsp::math::{db_to_gain, to_f32};
pub use segue_dsp::processor::Tail;
pub use segue_dsp::simd::SimdLevel;
pub use segue_format as format;
pub use segue_middleware as middleware;
pub use segue_rt as rt;
pub use segue_rt::renderer::Renderer;
