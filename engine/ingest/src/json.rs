//! JSON from strangers: checked for depth and doubled keys while it is read.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Deepest nesting of arrays and objects.
pub const DEPTH_MAX: usize = 32;
/// The largest whole number that every JSON reader keeps exactly, 2⁵³.
pub const EXACT_MAX: i64 = 1 << 53;

/// What is wrong with a text.
#[derive(Debug, thiserror::Error)]
#[error("not JSON that is taken: {0}")]
pub struct JsonError(#[from] serde_json::Error);

/// Reads one value. Refuses what is nested deeper than [`DEPTH_MAX`], keys that come twice in one
/// object, and anything after the value. `[thread-safe]`
///
/// # Errors
/// [`JsonError`] with line and column.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    parse_below(text, 0)
}

/// The same where the value stands so many levels deep in another, as frames do in a trace.
pub(crate) fn parse_below(text: &str, levels: usize) -> Result<Value, JsonError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Level(DEPTH_MAX + levels).deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Reads one object, as [`parse`] reads values. `[thread-safe]`
///
/// # Errors
/// What is wrong with it.
pub fn object(text: &str) -> Result<Map<String, Value>, String> {
    match parse(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("an object is expected".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A whole number that was sent as one or, when it is beyond 2⁵³, as text of digits.
#[must_use]
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => {
            let number = number.as_i64()?;
            (-EXACT_MAX..=EXACT_MAX).contains(&number).then_some(number)
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// How many levels may still be opened.
struct Level(usize);

impl Level {
    fn below<E: de::Error>(&self) -> Result<Self, E> {
        let left = self.0.checked_sub(1);
        left.map(Level)
            .ok_or_else(|| E::custom(format!("nested deeper than {DEPTH_MAX}")))
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value);
        number
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.below()?)? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                // Not which one: what nobody has let in yet stands in no log, a token neither.
                return Err(de::Error::custom("a key comes twice"));
            }
            let value = entries.next_value_seed(self.below()?)?;
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_what_serde_json_reads() {
        for text in [
            "null",
            "true",
            "-3",
            "18446744073709551615",
            "2.5e3",
            r#""a\u00e9""#,
            r#"[1, {"a": [], "b": {}}, "x"]"#,
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(parse(text).unwrap(), expected);
        }
    }

    #[test]
    fn nesting_is_taken_to_32_and_no_deeper() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        parse(&nested(DEPTH_MAX)).unwrap();
        let error = parse(&nested(DEPTH_MAX + 1)).unwrap_err().to_string();
        assert!(error.contains("nested deeper than 32"), "{error}");
        parse(&"[".repeat(60_000)).unwrap_err();
    }

    #[test]
    fn doubled_keys_and_rests_are_refused() {
        for text in [
            r#"{"a":1,"a":2}"#,
            "1 2",
            "",
            "NaN",
            "1e999",
            "{\"a\":NaN}",
            "[1,]",
        ] {
            parse(text).unwrap_err();
        }
    }

    #[test]
    fn whole_numbers_beyond_2_to_53_come_as_text() {
        assert_eq!(integer(&json!(9_007_199_254_740_992_i64)), Some(EXACT_MAX));
        assert_eq!(integer(&json!(9_007_199_254_740_993_i64)), None);
        assert_eq!(integer(&json!("9007199254740993")), Some(EXACT_MAX + 1));
        assert_eq!(integer(&json!(1.5)), None);
        assert_eq!(integer(&json!("1.0")), None);
    }
}
