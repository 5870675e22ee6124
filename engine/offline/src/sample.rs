//! The two kinds of numbers that a sound is computed in: f32, and f64 for jobs whose precision is
//! best.

use std::ops::{Add, Mul, Sub};

use symphonia::core::audio::conv::ConvertibleSample;

use crate::error::Result;
use crate::job::{Kept, Planes, planes};
use crate::sink::Sink;

/// Full scale of a 32-bit integer.
const FULL: f64 = 2_147_483_648.0;

/// f32 or f64; nothing else implements it.
pub trait Sample:
    Copy
    + Default
    + Send
    + PartialEq
    + std::fmt::Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + ConvertibleSample
    + 'static
{
    /// The same number.
    fn from_f32(x: f32) -> Self;

    /// The nearest number.
    fn from_f64(x: f64) -> Self;

    /// The nearest number; full scale of the integer becomes 1.
    fn from_i32(x: i32) -> Self;

    /// The nearest f32.
    fn narrow(self) -> f32;

    /// The same number.
    fn widen(self) -> f64;

    /// Index of the first number that is NaN, infinite, or too large for an f32.
    fn first_non_finite(samples: &[Self]) -> Option<usize>;
}

impl Sample for f32 {
    fn from_f32(x: f32) -> Self {
        x
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "the nearest f32 is what is wanted"
    )]
    fn from_f64(x: f64) -> Self {
        x as Self
    }

    fn from_i32(x: i32) -> Self {
        const FULL: f32 = 2_147_483_648.0;
        x as Self / FULL
    }

    fn narrow(self) -> f32 {
        self
    }

    fn widen(self) -> f64 {
        f64::from(self)
    }

    fn first_non_finite(samples: &[Self]) -> Option<usize> {
        // Many at a time: with all bits of the exponent set, one more of its lowest bit carries into
        // the sign's place.
        let carries = |bits: u32, x: &f32| bits | ((x.to_bits() & 0x7FFF_FFFF) + 0x0080_0000);
        let (chunks, rest) = samples.as_chunks::<16>();
        let mut lanes = [0u32; 16];
        for chunk in chunks {
            for (lane, x) in lanes.iter_mut().zip(chunk) {
                *lane = carries(*lane, x);
            }
        }
        let bits = lanes
            .iter()
            .fold(rest.iter().fold(0, carries), |a, b| a | b);
        if bits >> 31 == 0 {
            return None;
        }
        samples.iter().position(|x| !x.is_finite())
    }
}

impl Sample for f64 {
    fn from_f32(x: f32) -> Self {
        Self::from(x)
    }

    fn from_f64(x: f64) -> Self {
        x
    }

    fn from_i32(x: i32) -> Self {
        Self::from(x) / FULL
    }

    fn narrow(self) -> f32 {
        f32::from_f64(self)
    }

    fn widen(self) -> f64 {
        self
    }

    fn first_non_finite(samples: &[Self]) -> Option<usize> {
        samples.iter().position(|x| !x.narrow().is_finite())
    }
}

/// What differs between the two on their way through a job.
pub(crate) trait Flow: Sample {
    /// The samples as f32: themselves, or `scratch`.
    fn narrowed<'a>(from: &'a Planes<Self>, scratch: &'a mut Planes<f32>) -> Vec<&'a [f32]>;

    /// Runs what computes in f32 over the samples; it may change their number.
    fn through(
        io: &mut Planes<Self>,
        scratch: &mut Planes<f32>,
        process: impl FnOnce(&mut Planes<f32>),
    );

    /// Hands interleaved samples to an encoder.
    fn encode(sink: &mut dyn Sink, interleaved: &[Self]) -> Result<()>;

    /// What was kept of this kind.
    fn kept(kept: &Kept) -> &[Planes<Self>];

    /// The same, to add to.
    fn kept_mut(kept: &mut Kept) -> &mut Vec<Planes<Self>>;
}

impl Flow for f32 {
    fn narrowed<'a>(from: &'a Planes<Self>, _scratch: &'a mut Planes<f32>) -> Vec<&'a [f32]> {
        planes::slices(from)
    }

    fn through(
        io: &mut Planes<Self>,
        _scratch: &mut Planes<f32>,
        process: impl FnOnce(&mut Planes<f32>),
    ) {
        process(io);
    }

    fn encode(sink: &mut dyn Sink, interleaved: &[Self]) -> Result<()> {
        sink.write(interleaved)
    }

    fn kept(kept: &Kept) -> &[Planes<Self>] {
        &kept.single
    }

    fn kept_mut(kept: &mut Kept) -> &mut Vec<Planes<Self>> {
        &mut kept.single
    }
}

impl Flow for f64 {
    fn narrowed<'a>(from: &'a Planes<Self>, scratch: &'a mut Planes<f32>) -> Vec<&'a [f32]> {
        planes::convert(from, scratch);
        planes::slices(scratch)
    }

    fn through(
        io: &mut Planes<Self>,
        scratch: &mut Planes<f32>,
        process: impl FnOnce(&mut Planes<f32>),
    ) {
        planes::convert(io, scratch);
        process(scratch);
        planes::convert(scratch, io);
    }

    fn encode(sink: &mut dyn Sink, interleaved: &[Self]) -> Result<()> {
        sink.write_wide(interleaved)
    }

    fn kept(kept: &Kept) -> &[Planes<Self>] {
        &kept.double
    }

    fn kept_mut(kept: &mut Kept) -> &mut Vec<Planes<Self>> {
        &mut kept.double
    }
}
