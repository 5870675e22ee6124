//! Signal processing kernels of Segue: filters, dynamics, voice interpolation, meters.
//!
//! Everything here is a function of its input and the absolute frame position: the output is
//! bit-identical for any partition of time into calls, and for every SIMD level. Nothing in a
//! `process` function allocates, locks or panics.

#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "sets the flush-to-zero mode of the CPU")]
pub mod denormals;

pub mod ballistics;
pub mod compressor;
pub mod convolution;
pub mod deesser;
pub mod delay;
pub mod dither;
mod dynamics;
pub mod eq;
pub mod error;
pub mod gain;
pub mod gate;
mod grid;
pub mod insert;
pub mod limiter;
mod line;
pub mod loudness;
pub mod math;
pub mod meter;
pub mod modulation;
mod oversample;
pub mod pan;
mod planar;
pub mod processor;
pub mod reverb;
pub mod saturator;
mod shown;
pub mod simd;
mod sliding;
pub mod smooth;
pub mod spectrum;
pub mod stereo;
mod svf;
#[cfg(test)]
mod testing;
mod tpt;
pub mod true_peak;
pub mod units;
#[allow(unsafe_code, reason = "vector instructions behind a safe face")]
pub mod voice;

/// Length of one control-rate cell in frames, aligned to the engine's absolute sample clock.
pub const CELL: usize = 32;
