//! JSON in which a number is never longer than the one that was read: `1e9` stays so, where
//! `1000000000.0` could make a line of many too long to be read again.

use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};
use std::io;

/// The text of a value.
///
/// # Errors
/// None that a value can have.
pub(super) fn text(value: &Value) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Short);
    serde::Serialize::serialize(value, &mut serializer)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

struct Short;

impl Formatter for Short {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(number(value).as_bytes())
    }
}

/// The shorter of `12000.0` and `12e3`; both are read to the same number.
fn number(value: f64) -> String {
    if value == 0.0 && value.is_sign_negative() {
        return "-0".to_owned();
    }
    let plain = format!("{value:?}");
    let power = power(value).filter(|power| power.len() < plain.len());
    power.unwrap_or(plain)
}

/// All digits before the power: `12e3`.
fn power(value: f64) -> Option<String> {
    let text = format!("{value:e}");
    let (digits, power) = text.split_once('e')?;
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
    let power = power.parse::<i32>().ok()? - i32::try_from(places).ok()?;
    Some(format!("{}e{power}", digits.replace('.', "")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use proptest::prelude::*;

    #[test]
    fn the_shorter_way_is_taken() {
        for (read, written) in [
            ("1e15", "1e15"),
            ("12000.0", "12e3"),
            ("0.5", "0.5"),
            ("1.0", "1.0"),
            ("-0", "-0"),
            ("1E-7", "1e-7"),
            ("18446744073709551616", "18446744073709552e3"),
            ("12", "12"),
        ] {
            let value = json::parse(read).unwrap();
            assert_eq!(text(&value).unwrap(), written);
        }
    }

    proptest! {
        #[test]
        fn numbers_do_not_grow_and_stay_what_they_are(
            token in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?"
        ) {
            let value = json::parse(&token).unwrap();
            let written = text(&value).unwrap();
            prop_assert_eq!(json::parse(&written).unwrap(), value);
            prop_assert!(written.len() <= token.len(), "{} became {}", token, written);
        }
    }
}
