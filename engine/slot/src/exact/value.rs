//! Numbers that are exact as long as they fit.

use std::iter::Sum;
use std::ops::{Add, Mul};

/// A fraction in lowest terms; the denominator is above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// Above the line.
    pub numerator: i128,
    /// Below the line.
    pub denominator: i128,
}

/// A number, as a fraction as long as that fits into 128 bits, and always as a float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// The fraction.
    pub exact: Option<Ratio>,
    /// Its value.
    pub float: f64,
}

impl Ratio {
    /// `None` if the denominator is 0. `[thread-safe]`
    pub fn new(numerator: i128, denominator: i128) -> Option<Ratio> {
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).ok().filter(|_| denominator != 0)?;
        let sign = denominator.signum();
        Some(Ratio {
            numerator: sign * (numerator / divisor),
            denominator: sign * (denominator / divisor),
        })
    }

    fn plus(self, other: Ratio) -> Option<Ratio> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        let denominator = self.denominator.checked_mul(other.denominator)?;
        Ratio::new(left.checked_add(right)?, denominator)
    }

    fn times(self, other: Ratio) -> Option<Ratio> {
        // Reduced crosswise first, so that it fits more often.
        let left = Ratio::new(self.numerator, other.denominator)?;
        let right = Ratio::new(other.numerator, self.denominator)?;
        Some(Ratio {
            numerator: left.numerator.checked_mul(right.numerator)?,
            denominator: left.denominator.checked_mul(right.denominator)?,
        })
    }
}

impl Value {
    /// Nothing.
    pub const ZERO: Value = Value {
        exact: Some(Ratio {
            numerator: 0,
            denominator: 1,
        }),
        float: 0.0,
    };

    /// A whole number. `[thread-safe]`
    pub fn whole(value: i128) -> Value {
        Value::ratio(value, 1)
    }

    /// A quotient of counts; the divisor is not 0. `[thread-safe]`
    pub fn ratio(numerator: i128, denominator: i128) -> Value {
        Value {
            exact: Ratio::new(numerator, denominator),
            float: numerator as f64 / denominator as f64,
        }
    }

    /// A quotient of counts of which the first may not fit into a fraction. `[thread-safe]`
    pub fn of_counts(numerator: u128, denominator: u128) -> Value {
        let exact = i128::try_from(numerator)
            .ok()
            .zip(i128::try_from(denominator).ok());
        Value {
            exact: exact.and_then(|(above, below)| Ratio::new(above, below)),
            float: numerator as f64 / denominator as f64,
        }
    }

    /// A number that is no fraction, or none that fits. `[thread-safe]`
    pub fn float(float: f64) -> Value {
        Value { exact: None, float }
    }

    /// The float follows from the fraction, so that no error adds up as long as it is exact.
    fn known(exact: Option<Ratio>, float: f64) -> Value {
        let of = |ratio: Ratio| ratio.numerator as f64 / ratio.denominator as f64;
        Value {
            exact,
            float: exact.map_or(float, of),
        }
    }

    /// 1 divided by it. `[thread-safe]`
    pub fn inverse(self) -> Value {
        Value {
            exact: self
                .exact
                .and_then(|ratio| Ratio::new(ratio.denominator, ratio.numerator)),
            float: self.float.recip(),
        }
    }
}

impl Add for Value {
    type Output = Value;

    fn add(self, other: Value) -> Value {
        let exact = self.exact.zip(other.exact);
        let sum = exact.and_then(|(left, right)| left.plus(right));
        Value::known(sum, self.float + other.float)
    }
}

impl Mul for Value {
    type Output = Value;

    fn mul(self, other: Value) -> Value {
        let exact = self.exact.zip(other.exact);
        let product = exact.and_then(|(left, right)| left.times(right));
        Value::known(product, self.float * other.float)
    }
}

impl Sum for Value {
    fn sum<I: Iterator<Item = Value>>(values: I) -> Value {
        values.fold(Value::ZERO, Add::add)
    }
}

fn gcd(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_stay_in_lowest_terms_and_give_way_to_floats() {
        let third = Value::ratio(2, 6);
        let sum = third + Value::ratio(1, 6);
        assert_eq!(sum.exact, Ratio::new(1, 2));
        assert_eq!((sum * sum.inverse()).exact, Ratio::new(1, 1));
        assert_eq!(Ratio::new(1, -2), Ratio::new(-1, 2));
        assert_eq!(Ratio::new(1, 0), None);
        let huge = Value::whole(i128::MAX);
        let product = huge * huge;
        assert_eq!(product.exact, None);
        assert!(product.float > 1e70);
        assert_eq!((huge * huge.inverse()).exact, Ratio::new(1, 1));
    }
}
