//! What can be wrong with the construction of a processor.

use std::fmt;

/// Why a processor could not be built. Nothing was allocated; correct the argument and retry.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum DspError {
    /// A number is outside the range its consumer supports.
    OutOfRange {
        /// Name of the argument or id of the parameter.
        what: &'static str,
        /// The number given.
        value: f64,
        /// Smallest number allowed.
        min: f64,
        /// Largest number allowed.
        max: f64,
    },
    /// The processor has no parameter of this row.
    UnknownParam {
        /// Id of the processor.
        processor: &'static str,
        /// The row asked for.
        param: u16,
        /// How many rows there are.
        count: usize,
    },
}

impl DspError {
    /// `Ok` when `value` is a number in `min..=max`, otherwise the error that says so.
    pub(crate) fn check(what: &'static str, value: f64, min: f64, max: f64) -> Result<(), Self> {
        if (min..=max).contains(&value) {
            return Ok(());
        }
        Err(Self::OutOfRange {
            what,
            value,
            min,
            max,
        })
    }
}

impl fmt::Display for DspError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange {
                what,
                value,
                min,
                max,
            } => {
                let [value, min, max] = [value, min, max].map(|x| Written(*x));
                write!(f, "{what} {value} is not in {min}..={max}")
            }
            Self::UnknownParam {
                processor,
                param,
                count,
            } => write!(
                f,
                "parameter {param} of {processor} is not in 0..={}",
                count.saturating_sub(1)
            ),
        }
    }
}

impl std::error::Error for DspError {}

/// A number as someone wrote it: parameters are single precision, and 0.01 in it is not 0.01 in
/// double precision.
struct Written(f64);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let single = crate::math::to_f32(self.0);
        if f64::from(single).to_bits() == self.0.to_bits() {
            single.fmt(f)
        } else {
            self.0.fmt(f)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_names_value_and_range() {
        let error = DspError::check("sample_rate", 1.0, 8000.0, 384_000.0).unwrap_err();
        assert_eq!(error.to_string(), "sample_rate 1 is not in 8000..=384000");
        let error = DspError::check("decay", 0.01_f32.into(), 0.1_f32.into(), 1.0 / 3.0);
        let text = error.unwrap_err().to_string();
        assert_eq!(text, "decay 0.01 is not in 0.1..=0.3333333333333333");
        let error = DspError::UnknownParam {
            processor: "eq",
            param: 500,
            count: 130,
        };
        assert_eq!(error.to_string(), "parameter 500 of eq is not in 0..=129");
        assert!(DspError::check("gain", f64::NAN, -1.0, 1.0).is_err());
    }
}
