//! The instruments' parts: oscillators, envelopes, filters, delay and reverb.
//!
//! All in double precision and made of operations that give the same bits everywhere.

mod echo;
mod envelope;
mod filter;
mod osc;
mod reverb;

pub(crate) use echo::Echo;
pub(crate) use envelope::{Fall, edges, rise, swell};
pub(crate) use filter::{HighPass, Svf};
pub(crate) use osc::{Osc, lfo, sine};
pub(crate) use reverb::Reverb;

use segue_dsp::math;

/// Frequency in Hz of a MIDI key, which may lie between two keys.
pub(crate) fn key_hz(key: f64) -> f64 {
    440.0 * math::exp2_f64((key - 69.0) / 12.0)
}

/// Amplitude factor of a level in dB.
pub(crate) fn gain(db: f64) -> f64 {
    math::exp2_f64(db * (core::f64::consts::LOG2_10 / 20.0))
}

/// Soft saturation, unity for small signals.
pub(crate) fn drive(x: f64) -> f64 {
    f64::from(math::tanh(math::to_f32(x)))
}
