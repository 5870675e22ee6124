//! The table of all processors. A new one is one file and one row here.

use core::fmt;

use super::Processor;
use super::params::{ParamInfo, Setup};
use crate::compressor::Compressor;
use crate::convolution::Convolution;
use crate::deesser::Deesser;
use crate::delay::Delay;
use crate::eq::Eq;
use crate::error::DspError;
use crate::gain::Gain;
use crate::gate::Gate;
use crate::limiter::Limiter;
use crate::modulation::{Chorus, Flanger, Phaser};
use crate::reverb::Reverb;
use crate::saturator::Saturator;
use crate::stereo::Stereo;

/// A type of processor. Its number is its row in [`PROCESSORS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcessorKind {
    /// See [`Gain`].
    Gain,
    /// See [`Eq`].
    Eq,
    /// See [`Compressor`].
    Compressor,
    /// See [`Limiter`].
    Limiter,
    /// See [`Gate`].
    Gate,
    /// See [`Deesser`].
    Deesser,
    /// See [`Saturator`].
    Saturator,
    /// See [`Delay`].
    Delay,
    /// See [`Stereo`].
    Stereo,
    /// See [`Chorus`].
    Chorus,
    /// See [`Flanger`].
    Flanger,
    /// See [`Phaser`].
    Phaser,
    /// See [`Reverb`].
    Reverb,
    /// See [`Convolution`].
    Convolution,
}

/// One type of processor: a row of [`PROCESSORS`].
#[derive(Clone, Copy)]
pub struct ProcessorInfo {
    /// The type.
    pub kind: ProcessorKind,
    /// Stable identifier for files.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Its parameters; the index of a row is the parameter's number.
    pub params: &'static [ParamInfo],
    build: Build,
}

type Build = fn(Setup, &[(u16, f32)]) -> Result<Box<dyn Processor>, DspError>;

/// All processors, in the order of [`ProcessorKind`].
pub const PROCESSORS: &[ProcessorInfo] = &[
    ProcessorInfo {
        kind: ProcessorKind::Gain,
        id: "gain",
        name: "Gain",
        params: Gain::PARAMS,
        build: |setup, values| Ok(Box::new(Gain::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Eq,
        id: "eq",
        name: "Equaliser",
        params: Eq::PARAMS,
        build: |setup, values| Ok(Box::new(Eq::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Compressor,
        id: "compressor",
        name: "Compressor",
        params: Compressor::PARAMS,
        build: |setup, values| Ok(Box::new(Compressor::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Limiter,
        id: "limiter",
        name: "Limiter",
        params: Limiter::PARAMS,
        build: |setup, values| Ok(Box::new(Limiter::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Gate,
        id: "gate",
        name: "Gate",
        params: Gate::PARAMS,
        build: |setup, values| Ok(Box::new(Gate::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Deesser,
        id: "deesser",
        name: "De-esser",
        params: Deesser::PARAMS,
        build: |setup, values| Ok(Box::new(Deesser::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Saturator,
        id: "saturator",
        name: "Saturator",
        params: Saturator::PARAMS,
        build: |setup, values| Ok(Box::new(Saturator::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Delay,
        id: "delay",
        name: "Delay",
        params: Delay::PARAMS,
        build: |setup, values| Ok(Box::new(Delay::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Stereo,
        id: "stereo",
        name: "Stereo Tools",
        params: Stereo::PARAMS,
        build: |setup, values| Ok(Box::new(Stereo::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Chorus,
        id: "chorus",
        name: "Chorus",
        params: Chorus::PARAMS,
        build: |setup, values| Ok(Box::new(Chorus::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Flanger,
        id: "flanger",
        name: "Flanger",
        params: Flanger::PARAMS,
        build: |setup, values| Ok(Box::new(Flanger::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Phaser,
        id: "phaser",
        name: "Phaser",
        params: Phaser::PARAMS,
        build: |setup, values| Ok(Box::new(Phaser::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Reverb,
        id: "reverb",
        name: "Reverb",
        params: Reverb::PARAMS,
        build: |setup, values| Ok(Box::new(Reverb::new(setup, values)?)),
    },
    ProcessorInfo {
        kind: ProcessorKind::Convolution,
        id: "convolution",
        name: "Convolution",
        params: Convolution::PARAMS,
        build: |setup, values| Ok(Box::new(Convolution::new(setup, values)?)),
    },
];

/// Builds a processor for `setup`, with `values` (row, value in the row's unit) in place of the
/// defaults. Allocates. `[main-thread]`
///
/// # Errors
/// [`DspError`] naming what is out of range.
pub fn build(
    kind: ProcessorKind,
    setup: Setup,
    values: &[(u16, f32)],
) -> Result<Box<dyn Processor>, DspError> {
    (info(kind).build)(setup, values)
}

/// The row of `kind`. `[thread-safe]`
#[must_use]
pub fn info(kind: ProcessorKind) -> &'static ProcessorInfo {
    &PROCESSORS[kind as usize]
}

/// The processor called `id`, `None` when there is none. `[thread-safe]`
#[must_use]
pub fn kind_from_id(id: &str) -> Option<ProcessorKind> {
    PROCESSORS
        .iter()
        .find(|row| row.id == id)
        .map(|row| row.kind)
}

impl ProcessorInfo {
    /// The number of the parameter called `id`, `None` when there is none. `[thread-safe]`
    #[must_use]
    pub fn param(&self, id: &str) -> Option<u16> {
        (0..)
            .zip(self.params)
            .find(|(_, row)| row.id == id)
            .map(|(number, _)| number)
    }
}

impl fmt::Debug for ProcessorInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessorInfo")
            .field("id", &self.id)
            .field("params", &self.params.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::Scale;
    use std::collections::HashSet;

    #[test]
    fn rows_are_where_their_kinds_point() {
        for (index, row) in PROCESSORS.iter().enumerate() {
            assert_eq!(row.kind as usize, index);
            assert_eq!(kind_from_id(row.id), Some(row.kind));
        }
        assert_eq!(kind_from_id("vocoder"), None);
        assert_eq!(info(ProcessorKind::Eq).param("band2_on"), Some(8));
    }

    #[test]
    fn parameters_are_well_formed() {
        for processor in PROCESSORS {
            let ids: HashSet<_> = processor.params.iter().map(|p| p.id).collect();
            assert_eq!(ids.len(), processor.params.len(), "{}", processor.id);
            for row in processor.params {
                assert!(row.min < row.max, "{}", row.id);
                assert!(row.check(row.default).is_ok(), "{}", row.id);
                match row.scale {
                    Scale::Log => assert!(row.min > 0.0, "{}", row.id),
                    Scale::Choice(names) => assert_eq!(row.max + 1.0, names.len() as f32),
                    Scale::Linear | Scale::Toggle => {}
                }
                let of_ids = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                assert!(row.id.chars().all(of_ids), "{}", row.id);
            }
        }
    }

    #[test]
    fn wrong_arguments_are_refused() {
        for row in PROCESSORS {
            let good = Setup::new(48_000.0, 2).unwrap();
            let bad = Setup {
                sample_rate: 1.0,
                channels: 2,
            };
            let error = build(row.kind, bad, &[]).err().unwrap();
            assert_eq!(error.to_string(), "sample_rate 1 is not in 8000..=384000");
            assert!(build(row.kind, good, &[(60_000, 0.0)]).is_err());
            assert!(build(row.kind, good, &[(0, f32::NAN)]).is_err());
            assert!(build(row.kind, good, &[(0, 1e9)]).is_err());
        }
    }
}
