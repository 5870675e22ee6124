//! The rows of a processor's parameter table, and the values checked against them.

use crate::error::DspError;

/// How a parameter's range is laid out on a control, and what its numbers mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Equal steps are equal distances.
    Linear,
    /// Equal ratios are equal distances; `min` is above 0.
    Log,
    /// Whole numbers from 0: the index into these names.
    Choice(&'static [&'static str]),
    /// Off below 0.5, on from there.
    Toggle,
}

/// One parameter of a processor: a row of its table. The row's index is the parameter's number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamInfo {
    /// Stable identifier for files and automation, unique in its table.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Smallest value, in `unit`.
    pub min: f32,
    /// Largest value, in `unit`.
    pub max: f32,
    /// Value when none was given, in `unit`.
    pub default: f32,
    /// Unit of the numbers: "dB", "Hz", "ms", "%", "beats", "deg" or empty.
    pub unit: &'static str,
    /// Layout of the range.
    pub scale: Scale,
    /// Takes effect only at construction, because it changes the latency.
    pub structural: bool,
}

impl ParamInfo {
    /// A number on a linear scale.
    #[must_use]
    pub const fn linear(
        id: &'static str,
        name: &'static str,
        (min, max, default): (f32, f32, f32),
        unit: &'static str,
    ) -> Self {
        Self {
            id,
            name,
            min,
            max,
            default,
            unit,
            scale: Scale::Linear,
            structural: false,
        }
    }

    /// A number on a logarithmic scale.
    #[must_use]
    pub const fn log(
        id: &'static str,
        name: &'static str,
        range: (f32, f32, f32),
        unit: &'static str,
    ) -> Self {
        let mut row = Self::linear(id, name, range, unit);
        row.scale = Scale::Log;
        row
    }

    /// One of several named alternatives; `default` is the index of one.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        reason = "a choice has a handful of alternatives"
    )]
    pub const fn choice(
        id: &'static str,
        name: &'static str,
        choices: &'static [&'static str],
        default: usize,
    ) -> Self {
        let last = (choices.len() - 1) as f32;
        let mut row = Self::linear(id, name, (0.0, last, default as f32), "");
        row.scale = Scale::Choice(choices);
        row
    }

    /// A switch.
    #[must_use]
    pub const fn toggle(id: &'static str, name: &'static str, default: bool) -> Self {
        let default = if default { 1.0 } else { 0.0 };
        let mut row = Self::linear(id, name, (0.0, 1.0, default), "");
        row.scale = Scale::Toggle;
        row
    }

    /// The same row, taking effect only at construction.
    #[must_use]
    pub const fn structural(mut self) -> Self {
        self.structural = true;
        self
    }

    /// `Ok` when `value` may be given to this parameter. `[thread-safe]`
    ///
    /// # Errors
    /// [`DspError::OutOfRange`] when it is not a number in `min..=max`.
    pub fn check(&self, value: f32) -> Result<(), DspError> {
        DspError::check(
            self.id,
            f64::from(value),
            f64::from(self.min),
            f64::from(self.max),
        )
    }
}

/// What every processor needs to know about where it will run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Frames per second, 8000 to 384000.
    pub sample_rate: f64,
    /// Channels of the bus, 1 to 8.
    pub channels: usize,
}

impl Setup {
    /// Lowest sample rate, Hz.
    pub const MIN_SAMPLE_RATE: f64 = 8_000.0;
    /// Highest sample rate, Hz.
    pub const MAX_SAMPLE_RATE: f64 = 384_000.0;
    /// Most channels of a bus.
    pub const MAX_CHANNELS: usize = 8;

    /// A checked setup. `[thread-safe]`
    ///
    /// # Errors
    /// [`DspError::OutOfRange`] naming the sample rate or the channel count.
    pub fn new(sample_rate: f64, channels: usize) -> Result<Self, DspError> {
        let setup = Self {
            sample_rate,
            channels,
        };
        setup.check().map(|()| setup)
    }

    /// `Ok` when both numbers are in range. `[thread-safe]`
    ///
    /// # Errors
    /// [`DspError::OutOfRange`] naming the sample rate or the channel count.
    pub fn check(&self) -> Result<(), DspError> {
        DspError::check(
            "sample_rate",
            self.sample_rate,
            Self::MIN_SAMPLE_RATE,
            Self::MAX_SAMPLE_RATE,
        )?;
        DspError::check(
            "channels",
            self.channels as f64,
            1.0,
            Self::MAX_CHANNELS as f64,
        )
    }

    /// Whole frames nearest to `ms` milliseconds.
    #[must_use]
    pub fn frames(&self, ms: f64) -> usize {
        crate::math::to_count(ms * 0.001 * self.sample_rate)
    }
}

/// One value per row of `params`: the defaults, replaced by `values` (row, value).
/// `processor` names the table in errors. `[main-thread]`
///
/// # Errors
/// [`DspError`] naming the row that does not exist or the value that is out of range.
pub fn resolve(
    processor: &'static str,
    params: &[ParamInfo],
    values: &[(u16, f32)],
) -> Result<Vec<f32>, DspError> {
    let mut resolved: Vec<f32> = params.iter().map(|p| p.default).collect();
    for &(param, value) in values {
        let row = usize::from(param);
        let (Some(info), Some(slot)) = (params.get(row), resolved.get_mut(row)) else {
            return Err(DspError::UnknownParam {
                processor,
                param,
                count: params.len(),
            });
        };
        info.check(value)?;
        *slot = value;
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[ParamInfo] = &[
        ParamInfo::linear("gain", "Gain", (-12.0, 12.0, 0.0), "dB"),
        ParamInfo::choice("mode", "Mode", &["a", "b", "c"], 1),
        ParamInfo::toggle("on", "On", true).structural(),
    ];

    #[test]
    fn values_replace_defaults() {
        assert_eq!(
            resolve("test", TABLE, &[(0, 3.0), (0, -2.0)]),
            Ok(vec![-2.0, 1.0, 1.0])
        );
    }

    #[test]
    fn wrong_values_are_named() {
        let text = |values: &[(u16, f32)]| resolve("test", TABLE, values).unwrap_err().to_string();
        assert_eq!(text(&[(1, 3.0)]), "mode 3 is not in 0..=2");
        assert_eq!(text(&[(9, 0.0)]), "parameter 9 of test is not in 0..=2");
        assert_eq!(text(&[(0, f32::NAN)]), "gain NaN is not in -12..=12");
    }

    #[test]
    fn setups_are_checked() {
        assert!(Setup::new(48_000.0, 8).is_ok());
        assert!(Setup::new(7_999.0, 2).is_err());
        assert!(Setup::new(f64::NAN, 2).is_err());
        let error = Setup::new(48_000.0, 9).unwrap_err();
        assert_eq!(error.to_string(), "channels 9 is not in 1..=8");
    }
}
