//! Elementary functions from additions, multiplications, divisions and bit moves only.
//!
//! The signal path may not call libm: its last bits differ between platforms, and its calls keep
//! loops from being vectorised. These functions give the same bits on every CPU and in every SIMD
//! width. They have no branches that depend on the data, so a loop over a slice vectorises.
//!
//! The f32 functions are for signals (relative error below 3e-7), the f64 functions for designing
//! filters and for meters (below 1e-15, relative to 1 where the result passes through zero).
//! All are `[audio-thread]` safe: no allocation, no panic, any input allowed.
//!
//! Method: exact argument reduction in the manner of Cody and Waite (Software Manual for the
//! Elementary Functions, 1980), then a polynomial. Polynomials written as decimal coefficients
//! are minimax fits of the reduced function; the others are Taylor series.

use core::f64::consts::{FRAC_2_PI, LN_2, LOG2_E, LOG10_2};

/// Adding it rounds an f32 below 2^22 to an integer, which lands in the low bits.
const ROUND_F32: f32 = 12_582_912.0;
/// Adding it rounds an f64 below 2^51 to an integer, which lands in the low bits.
const ROUND_F64: f64 = 6_755_399_441_055_744.0;
/// Bits of the f32 `√½`: mantissas are taken from `√½..√2`, so that the logarithm of a number
/// near 1 suffers no cancellation.
const SQRT_HALF_F32: u32 = 0x3f35_04f3;
/// Bits of the f64 `√½`.
const SQRT_HALF_F64: u64 = 0x3fe6_a09e_667f_3bcd;

/// 2 to the power of `x`. Below -126 exactly 0 (no subnormal results), from 128 infinity;
/// integers give exact powers.
#[inline]
#[must_use]
pub fn exp2(x: f32) -> f32 {
    let c = clamp_f32(x, -127.0, 129.0);
    let t = c + ROUND_F32;
    let y = scaled_exp2_f32(t, c - (t - ROUND_F32));
    if x < -126.0 { 0.0 } else { y }
}

/// Base-2 logarithm. Zero, subnormal and negative numbers give minus infinity; powers of two are
/// exact.
#[inline(always)]
#[must_use]
pub fn log2(x: f32) -> f32 {
    let bits = x.to_bits();
    let exponent = bits.wrapping_sub(SQRT_HALF_F32).cast_signed() >> 23;
    let m = f32::from_bits(bits.wrapping_sub((exponent << 23).cast_unsigned()));
    let s = (m - 1.0) / (m + 1.0);
    let u = s * s;
    let p = 0.431_779_66 * u + 0.576_712_8;
    let p = (p * u + 0.961_798_9) * u + 2.885_39;
    let y = exponent as f32 + s * p;
    let y = if x < f32::MIN_POSITIVE {
        f32::NEG_INFINITY
    } else {
        y
    };
    // Infinity and NaN stay what they are.
    if x <= f32::MAX { y } else { x }
}

/// Hyperbolic tangent, odd to the bit.
#[inline]
#[must_use]
pub fn tanh(x: f32) -> f32 {
    let a = x.abs();
    let u = x * x;
    let p = -0.005_895_150_3 * u + 0.020_795_964;
    let p = (p * u - 0.053_783_83) * u + 0.133_319_24;
    let small = a + a * (u * (p * u - 0.333_333));
    let large = 1.0 - 2.0 / (exp2(a * (2.0 * core::f32::consts::LOG2_E)) + 1.0);
    let y = if a < 0.6 { small } else { large };
    y.copysign(x)
}

/// Sine of `x` in radians, odd to the bit. Accurate to 6e-8 for `|x|` up to 1e5; beyond, the error
/// grows with `|x|`.
#[inline]
#[must_use]
pub fn sin(x: f32) -> f32 {
    to_f32(sin_cos(f64::from(x)).0)
}

/// Amplitude factor of a level in dB: 10^(`db`/20). 0 dB is exactly 1; minus infinity (and
/// everything below -758 dB) exactly 0.
#[inline(always)]
#[must_use]
pub fn db_to_gain(db: f32) -> f32 {
    let (t, r) = octaves(clamp_f32(db, -760.0, 776.0));
    let y = scaled_exp2_f32(t, r);
    if db < -758.0 { 0.0 } else { y }
}

/// Octaves of amplitude in `db`: the nearest whole number plus [`ROUND_F32`], and the rest.
#[inline(always)]
fn octaves(db: f32) -> (f32, f32) {
    /// Octaves of amplitude per dB.
    const OCTAVES: f32 = 0.166_096_4;
    /// dB per octave of amplitude, 20·log10(2), in two parts; the first has 15 bits, so that its
    /// product with the octave number is exact.
    const DB_HIGH: f32 = 6.020_508;
    const DB_LOW: f32 = 9.210_078e-5;
    let t = db * OCTAVES + ROUND_F32;
    let n = t - ROUND_F32;
    let r = (db - n * DB_HIGH) - n * DB_LOW;
    (t, r * OCTAVES)
}

/// [`db_to_gain`] in fewer steps, to the same bits, for a `db` of -600 to 600.
#[inline(always)]
#[must_use]
pub fn near_db_to_gain(db: f32) -> f32 {
    let (t, r) = octaves(db);
    // The power of two is a normal number.
    exp2_series_f32(r) * power_of_two_f32(rounded(t))
}

/// Level in dB of an amplitude factor: 20·log10(`gain`). 1 is exactly 0 dB; 0 gives minus
/// infinity, as do negative numbers.
#[inline(always)]
#[must_use]
pub fn gain_to_db(gain: f32) -> f32 {
    log2(gain) * 6.020_6
}

/// 2 to the power of `x` in double precision. Below -1022 exactly 0, from 1024 infinity;
/// integers give exact powers.
#[inline]
#[must_use]
pub fn exp2_f64(x: f64) -> f64 {
    const TAYLOR: [f64; 13] = exp2_series();
    let c = clamp_f64(x, -1023.0, 1025.0);
    let t = c + ROUND_F64;
    let r = c - (t - ROUND_F64);
    let n = t.to_bits().wrapping_sub(ROUND_F64.to_bits()).cast_signed();
    let half = n >> 1;
    let y = polynomial(&TAYLOR, r) * power_of_two_f64(half) * power_of_two_f64(n - half);
    if x < -1022.0 { 0.0 } else { y }
}

/// Base-2 logarithm in double precision. Zero, subnormal and negative numbers give minus
/// infinity; powers of two are exact.
#[inline]
#[must_use]
pub fn log2_f64(x: f64) -> f64 {
    const SERIES: [f64; 12] = log2_series();
    let bits = x.to_bits();
    let exponent = bits.wrapping_sub(SQRT_HALF_F64).cast_signed() >> 52;
    let m = f64::from_bits(bits.wrapping_sub((exponent << 52).cast_unsigned()));
    let s = (m - 1.0) / (m + 1.0);
    let y = exponent as f64 + s * polynomial(&SERIES, s * s);
    let y = if x < f64::MIN_POSITIVE {
        f64::NEG_INFINITY
    } else {
        y
    };
    if x <= f64::MAX { y } else { x }
}

/// e to the power of `x` in double precision. Its relative error grows with `|x|`·1e-16.
#[inline]
#[must_use]
pub fn exp_f64(x: f64) -> f64 {
    exp2_f64(x * LOG2_E)
}

/// Natural logarithm in double precision.
#[inline]
#[must_use]
pub fn ln_f64(x: f64) -> f64 {
    log2_f64(x) * LN_2
}

/// Base-10 logarithm in double precision.
#[inline]
#[must_use]
pub fn log10_f64(x: f64) -> f64 {
    log2_f64(x) * LOG10_2
}

/// Sine and cosine of `x` in radians. Accurate to 2e-16 for `|x|` up to 1e5; beyond, the error
/// grows with `|x|`. Not finite in, NaN out.
#[inline]
#[must_use]
pub fn sin_cos(x: f64) -> (f64, f64) {
    /// π/2 in three parts of 33, 33 and 53 bits: products with small integers are exact.
    const HIGH: f64 = 1.570_796_326_734_125_6;
    const MIDDLE: f64 = 6.077_100_506_303_966e-11;
    const LOW: f64 = 2.022_266_248_795_950_6e-21;
    const SINE: [f64; 8] = alternating_series(3);
    const COSINE: [f64; 8] = alternating_series(4);
    let t = x * FRAC_2_PI + ROUND_F64;
    let n = t - ROUND_F64;
    let quadrant = t.to_bits();
    let r = ((x - n * HIGH) - n * MIDDLE) - n * LOW;
    let u = r * r;
    let s = r + r * (u * polynomial(&SINE, u));
    let c = (1.0 - 0.5 * u) + u * u * polynomial(&COSINE, u);
    let (a, b) = if quadrant & 1 == 0 { (s, c) } else { (c, s) };
    let sine = if quadrant & 2 == 0 { a } else { -a };
    let cosine = if quadrant.wrapping_add(1) & 2 == 0 {
        b
    } else {
        -b
    };
    (sine, cosine)
}

/// Tangent of `x` in radians, for filter design.
#[inline]
#[must_use]
pub fn tan(x: f64) -> f64 {
    let (s, c) = sin_cos(x);
    s / c
}

/// Rounds to single precision: the one place that says so to the linter.
#[inline]
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    reason = "rounding to single precision is the purpose"
)]
pub fn to_f32(x: f64) -> f32 {
    x as f32
}

/// Nearest whole number of a count that is not negative; NaN and negative give 0.
#[inline]
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates"
)]
pub fn to_count(x: f64) -> usize {
    x.round() as usize
}

/// `position` modulo `len`: the slot of a position on the absolute clock in a ring.
#[inline]
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    reason = "the remainder is below a usize"
)]
pub fn slot(position: u64, len: usize) -> usize {
    (position % len as u64) as usize
}

/// 2^(n + r) where `t` is n + [`ROUND_F32`] and |r| ≤ ½, in two factors so that n = 128 works.
#[inline(always)]
fn scaled_exp2_f32(t: f32, r: f32) -> f32 {
    let n = rounded(t);
    let half = n >> 1;
    exp2_series_f32(r) * power_of_two_f32(half) * power_of_two_f32(n.wrapping_sub(half))
}

/// The whole number that `t` is more than [`ROUND_F32`].
#[inline(always)]
fn rounded(t: f32) -> i32 {
    t.to_bits().wrapping_sub(ROUND_F32.to_bits()).cast_signed()
}

/// 2 to the power of `r` within half an octave.
#[inline(always)]
fn exp2_series_f32(r: f32) -> f32 {
    let p = 0.000_153_533_6 * r + 0.001_339_887_5;
    let p = (p * r + 0.009_618_437) * r + 0.055_503_324;
    let p = (p * r + 0.240_226_48) * r + core::f32::consts::LN_2;
    1.0 + r * p
}

#[inline(always)]
fn power_of_two_f32(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23).cast_unsigned())
}

#[inline]
fn power_of_two_f64(n: i64) -> f64 {
    f64::from_bits((n.wrapping_add(1023) << 52).cast_unsigned())
}

/// Like `clamp`, but compiled to two selects that keep NaN.
#[inline(always)]
fn clamp_f32(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// Like `clamp`, but compiled to two selects that keep NaN.
#[inline]
fn clamp_f64(x: f64, low: f64, high: f64) -> f64 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// Horner's rule; `coefficients` from the constant term up.
#[inline]
fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let mut y = 0.0;
    let mut i = N;
    while i > 0 {
        i -= 1;
        y = y * x + coefficients[i];
    }
    y
}

/// (ln 2)^k / k!
const fn exp2_series<const N: usize>() -> [f64; N] {
    let mut series = [1.0; N];
    let mut k = 1;
    while k < N {
        series[k] = series[k - 1] * LN_2 / k as f64;
        k += 1;
    }
    series
}

/// log2((1+s)/(1-s)) = s·Σ c_k·s^(2k) with c_k = 2/((2k+1)·ln 2)
const fn log2_series<const N: usize>() -> [f64; N] {
    let mut series = [0.0; N];
    let mut k = 0;
    while k < N {
        series[k] = 2.0 / ((2 * k + 1) as f64 * LN_2);
        k += 1;
    }
    series
}

/// ±1/n!, 1/(n+2)!, … for n = `first`; the sign starts negative for 3! and positive for 4!.
const fn alternating_series<const N: usize>(first: usize) -> [f64; N] {
    let mut series = [0.0; N];
    let mut term = if first == 3 { -1.0 / 6.0 } else { 1.0 / 24.0 };
    let mut k = 0;
    while k < N {
        series[k] = term;
        let n = first + 2 * k;
        term = -term / ((n + 1) * (n + 2)) as f64;
        k += 1;
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error of `f` against `oracle` on `n` points of `from..to`, relative where the
    /// result is above `floor` and relative to `floor` below.
    fn worst(
        (from, to, n): (f64, f64, u32),
        floor: f64,
        f: impl Fn(f64) -> f64,
        oracle: impl Fn(f64) -> f64,
    ) -> f64 {
        let error = |i: u32| {
            let x = from + (to - from) * f64::from(i) / f64::from(n);
            let (y, o) = (f(x), oracle(x));
            (y - o).abs() / o.abs().max(floor)
        };
        (0..=n)
            .map(error)
            .fold(0.0, |a, e| if e > a || e.is_nan() { e } else { a })
    }

    /// Runs an f32 function on the f64 scan; the oracle sees the rounded argument too.
    fn worst_f32(
        scan: (f64, f64, u32),
        floor: f64,
        f: impl Fn(f32) -> f32,
        oracle: impl Fn(f64) -> f64,
    ) -> f64 {
        worst(
            scan,
            floor,
            |x| f64::from(f(to_f32(x))),
            |x| oracle(f64::from(to_f32(x))),
        )
    }

    #[test]
    fn f32_functions_follow_std() {
        let n = 1_000_003;
        let e = worst_f32((-125.9, 127.9, n), 0.0, exp2, f64::exp2);
        assert!(e < 2e-7, "exp2 {e:e}");
        let e = worst_f32((0.4, 2.5, n), 1e-9, log2, f64::log2);
        assert!(e < 2.5e-7, "log2 near 1 {e:e}");
        let e = worst_f32((-126.0, 127.9, n), 1.0, |x| log2(exp2(x)), |x| x);
        assert!(e < 3e-7, "log2 over its range {e:e}");
        let e = worst_f32((-12.0, 12.0, n), 1e-6, tanh, f64::tanh);
        assert!(e < 3e-7, "tanh {e:e}");
        let e = worst_f32((-1e4, 1e4, n), 1.0, sin, f64::sin);
        assert!(e < 6e-8, "sin {e:e}");
        let e = worst_f32((-700.0, 700.0, n), 0.0, db_to_gain, |x| {
            10f64.powf(x / 20.0)
        });
        assert!(e < 3e-7, "db_to_gain {e:e}");
        let e = worst_f32((1e-6, 8.0, n), 1e-3, gain_to_db, |x| 20.0 * x.log10());
        assert!(e < 4e-7, "gain_to_db {e:e}");
    }

    #[test]
    fn f64_functions_follow_std() {
        let n = 1_000_003;
        let e = worst((-1021.9, 1023.9, n), 0.0, exp2_f64, f64::exp2);
        assert!(e < 1e-15, "exp2 {e:e}");
        let e = worst((1e-3, 40.0, n), 1.0, log2_f64, f64::log2);
        assert!(e < 1e-15, "log2 {e:e}");
        let e = worst((0.999, 1.001, n), 1e-30, log2_f64, f64::log2);
        assert!(e < 1e-14, "log2 near 1 {e:e}");
        let e = worst((-20.0, 20.0, n), 0.0, exp_f64, f64::exp);
        assert!(e < 1e-14, "exp {e:e}");
        let e = worst((-1e5, 1e5, n), 1.0, |x| sin_cos(x).0, f64::sin);
        assert!(e < 4e-16, "sin {e:e}");
        let e = worst((-7.0, 7.0, n), 1.0, |x| sin_cos(x).1, f64::cos);
        assert!(e < 4e-16, "cos {e:e}");
        let e = worst((-1.57, 1.57, n), 1e-30, tan, f64::tan);
        assert!(e < 1e-15, "tan {e:e}");
        assert_eq!(ln_f64(8.0).to_bits(), (3.0 * LN_2).to_bits());
        assert!((log10_f64(1000.0) - 3.0).abs() < 1e-15);
    }

    #[test]
    fn powers_of_two_are_exact() {
        for n in -126..=127_i16 {
            let power = f64::from(n).exp2();
            assert_eq!(f64::from(exp2(f32::from(n))), power, "{n}");
            assert_eq!(log2(to_f32(power)), f32::from(n));
        }
        for n in -1022..=1023_i16 {
            assert_eq!(exp2_f64(f64::from(n)), f64::from(n).exp2(), "{n}");
            assert_eq!(log2_f64(f64::from(n).exp2()), f64::from(n));
        }
        assert_eq!(
            (db_to_gain(0.0), gain_to_db(1.0), tanh(0.0)),
            (1.0, 0.0, 0.0)
        );
        assert_eq!(sin_cos(0.0), (0.0, 1.0));
    }

    #[test]
    fn near_levels_have_the_same_bits() {
        for n in -60_000..=60_000_i32 {
            let db = n as f32 * 0.01;
            assert_eq!(
                near_db_to_gain(db).to_bits(),
                db_to_gain(db).to_bits(),
                "{db} dB"
            );
        }
    }

    #[test]
    fn ends_of_the_range() {
        for (x, y) in [
            (-126.5, 0.0),
            (f32::NEG_INFINITY, 0.0),
            (128.0, f32::INFINITY),
        ] {
            assert_eq!(exp2(x), y);
            assert_eq!(exp2(x * 2.0), y);
            assert_eq!(exp2_f64(f64::from(x) * 9.0), f64::from(y));
        }
        assert_eq!(
            (log2(0.0), log2(-1.0)),
            (f32::NEG_INFINITY, f32::NEG_INFINITY)
        );
        assert_eq!(
            (log2(f32::INFINITY), log2_f64(0.0)),
            (f32::INFINITY, f64::NEG_INFINITY)
        );
        assert_eq!(
            (db_to_gain(f32::NEG_INFINITY), db_to_gain(800.0)),
            (0.0, f32::INFINITY)
        );
        assert_eq!(gain_to_db(0.0), f32::NEG_INFINITY);
        assert_eq!((tanh(f32::INFINITY), tanh(-99.0)), (1.0, -1.0));
        for f in [exp2, log2, tanh, db_to_gain, gain_to_db] {
            assert!(f(f32::NAN).is_nan());
        }
        assert!(exp2_f64(f64::NAN).is_nan() && log2_f64(f64::NAN).is_nan());
        assert!(sin_cos(f64::INFINITY).0.is_nan());
    }

    #[test]
    fn odd_functions_are_odd() {
        for i in 0..4000_u16 {
            let x = f32::from(i) / 500.0;
            assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits());
            assert_eq!(sin_cos(f64::from(-x)).0, -sin_cos(f64::from(x)).0);
        }
    }
}
