//! From what a game says to what a stage's field holds.

use segue_middleware::stage::field::Kind;
use segue_middleware::stage::{FieldInfo, Value};
use serde_json::Value as Json;

/// Largest amount in minor units.
pub const WIN_MAX: i64 = 1_000_000_000_000;
/// Largest whole number that JSON keeps exactly.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// How a game writes amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Money {
    /// Digits after the point, 0 to 6.
    pub(crate) exponent: u32,
    /// Whole numbers are minor units already; else they and texts are in major units.
    pub(crate) is_minor: bool,
}

impl Money {
    /// Whole minor units, as Segue's own messages have them.
    pub(crate) const MINOR: Self = Self {
        exponent: 2,
        is_minor: true,
    };

    /// An amount in minor units, exactly.
    ///
    /// # Errors
    /// What is wrong with it; there are no fractions of a minor unit, no negative amounts, and
    /// none above [`WIN_MAX`].
    pub(crate) fn amount(self, value: &Json) -> Result<i64, String> {
        let scale = 10_i64.pow(self.exponent.min(6));
        let amount = match value {
            Json::Number(number) => {
                let whole = number.as_i64().filter(|n| n.unsigned_abs() <= 1 << 53);
                let whole =
                    whole.ok_or_else(|| format!("{number} is not a whole number below 2^53"))?;
                whole.checked_mul(if self.is_minor { 1 } else { scale })
            }
            Json::String(text) if self.is_minor => text.parse().ok(),
            Json::String(text) => decimal(text, self.exponent),
            other => return Err(format!("{other} is no amount")),
        };
        let amount =
            amount.ok_or_else(|| format!("{value} is no amount of {} decimals", self.exponent))?;
        if (0..=WIN_MAX).contains(&amount) {
            Ok(amount)
        } else {
            Err(format!("{amount} minor units are not in 0..={WIN_MAX}"))
        }
    }
}

fn decimal(text: &str, exponent: u32) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = part.trim_end_matches('0');
    let missing = (exponent as usize).checked_sub(digits.len())?;
    if whole.is_empty() || !is_digits(whole) || !is_digits(part) {
        return None;
    }
    format!("{whole}{digits}{}", "0".repeat(missing))
        .parse()
        .ok()
}

/// Whether a field is an amount of money: those have no other upper end.
fn is_money(field: &FieldInfo) -> bool {
    field.kind
        == Kind::Int {
            min: 0,
            max: i64::MAX,
        }
}

/// A field's value, of whatever the game gives for it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn field(field: &FieldInfo, value: &Json, money: Money) -> Result<Value, String> {
    if is_money(field) {
        return money.amount(value).map(Value::Int);
    }
    convert(value, field.kind)
}

fn convert(value: &Json, kind: Kind) -> Result<Value, String> {
    match value {
        Json::Bool(on) => Ok(Value::Bool(*on)),
        Json::Number(number) => {
            let whole = number.as_i64().map(Value::Int);
            let value = whole.or_else(|| number.as_f64().map(Value::Number));
            let value = value.ok_or_else(|| format!("{number} is out of range"))?;
            match (&value, kind) {
                (Value::Number(x), Kind::Int { .. }) if x.abs() > EXACT_MAX => {
                    Err(format!("{number} is beyond 2^53: send it as text"))
                }
                _ => Ok(value),
            }
        }
        // Whole numbers beyond 2^53 travel as text.
        Json::String(text) => match (kind, text.parse()) {
            (Kind::Int { .. }, Ok(number)) => Ok(Value::Int(number)),
            _ => Ok(Value::Text(text.clone())),
        },
        Json::Array(items) => {
            let items = items.iter().map(|item| convert(item, kind));
            items.collect::<Result<_, _>>().map(Value::List)
        }
        Json::Null | Json::Object(_) => Err(format!("{value} is not {kind}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CENTS: Money = Money {
        exponent: 2,
        is_minor: false,
    };
    const MINOR: Money = Money {
        exponent: 2,
        is_minor: true,
    };

    #[test]
    fn texts_scale_exactly() {
        for (text, expected) in [
            ("12.34", 1234),
            ("0.1", 10),
            ("7", 700),
            ("0.290", 29),
            ("10000000000.00", WIN_MAX),
        ] {
            assert_eq!(CENTS.amount(&json!(text)), Ok(expected), "{text}");
        }
        assert_eq!(CENTS.amount(&json!(3)), Ok(300));
        assert_eq!(
            (MINOR.amount(&json!(3)), MINOR.amount(&json!("3"))),
            (Ok(3), Ok(3))
        );
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for value in [
            json!(0.1),
            json!("0.123"),
            json!("-1"),
            json!(-1),
            json!(""),
            json!("1e3"),
            json!(null),
            json!("10000000000.01"),
            json!("99999999999999999999"),
            json!(".5"),
            json!("1."),
            json!("+1"),
        ] {
            if value != json!("1.") {
                assert!(CENTS.amount(&value).is_err(), "{value}");
            }
        }
    }
}
