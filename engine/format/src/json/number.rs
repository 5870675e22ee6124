//! How numbers are written.

use serde::Serializer;
use serde_json::Value;

/// Writes whole numbers without a fraction, as people do: `-6`, not `-6.0`. `[thread-safe]`
pub(crate) fn write<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match whole(*value) {
        Some(whole) => serializer.serialize_i64(whole),
        None => serializer.serialize_f64(*value),
    }
}

/// The same as a JSON value. `[thread-safe]`
pub(crate) fn value(value: f64) -> Value {
    whole(value).map_or_else(|| value.into(), Value::from)
}

fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if value.fract() != 0.0 || value.abs() > EXACT || negative_zero {
        return None;
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a whole number of at most 53 bits"
    )]
    Some(value as i64)
}

/// [`write`] for keys that may be absent; an absent one is skipped before. `[thread-safe]`
pub(crate) fn write_some<S: Serializer>(
    value: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => write(value, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_reads_back_to_the_same_bits() {
        for (value, text) in [
            (-6.0, "-6"),
            (0.1, "0.1"),
            (-0.0, "-0.0"),
            (1e300, "1e+300"),
            (9_007_199_254_740_992.0, "9007199254740992"),
        ] {
            let mut bytes = Vec::new();
            write(&value, &mut serde_json::Serializer::new(&mut bytes)).unwrap();
            assert_eq!(String::from_utf8(bytes.clone()).unwrap(), text);
            let back: f64 = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(back.to_bits(), value.to_bits());
        }
    }
}
