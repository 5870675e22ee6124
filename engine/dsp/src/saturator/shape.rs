//! The static curves.

use crate::math::{sin, tanh};

/// A curve through 0 with slope 1 there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Hyperbolic tangent.
    Tanh,
    /// x − 4/27·x³ up to 1.5, then ±1.
    Cubic,
    /// tanh x above 0, ½·tanh 2x below: the lower half saturates at half the level.
    Asymmetric,
    /// Clips at ±1.
    Hard,
    /// sin x: what is too loud folds back.
    Fold,
}

impl Shape {
    /// All shapes in the order of the parameter's choices, after `off`.
    pub const ALL: [Self; 5] = [
        Self::Tanh,
        Self::Cubic,
        Self::Asymmetric,
        Self::Hard,
        Self::Fold,
    ];

    /// Whether it treats both signs alike.
    #[must_use]
    pub fn is_odd(self) -> bool {
        self != Self::Asymmetric
    }

    /// The curve at `x`. `[audio-thread]`
    #[inline]
    #[must_use]
    pub fn at(self, x: f32) -> f32 {
        match self {
            Self::Tanh => tanh(x),
            Self::Cubic => cubic(x),
            Self::Asymmetric => asymmetric(x),
            Self::Hard => clip(x, 1.0),
            Self::Fold => sin(x),
        }
    }

    /// Replaces every `x` by the curve at `x + bias` less the curve at `bias`; one bias per
    /// `bias.len()`-th part of `signal`. `[audio-thread]`
    pub(super) fn apply(self, signal: &mut [f32], bias: &[f32]) {
        match self {
            Self::Tanh => bend(signal, bias, tanh),
            Self::Cubic => bend(signal, bias, cubic),
            Self::Asymmetric => bend(signal, bias, asymmetric),
            Self::Hard => bend(signal, bias, |x| clip(x, 1.0)),
            Self::Fold => bend(signal, bias, sin),
        }
    }
}

#[inline(always)]
fn bend(signal: &mut [f32], bias: &[f32], curve: impl Fn(f32) -> f32) {
    let ratio = signal.len() / bias.len().max(1);
    for (frames, bias) in signal.chunks_exact_mut(ratio.max(1)).zip(bias) {
        let rest = curve(*bias);
        for x in frames {
            *x = curve(*x + bias) - rest;
        }
    }
}

/// Like `clamp`, but compiled to two selects that keep NaN.
#[inline(always)]
fn clip(x: f32, limit: f32) -> f32 {
    let x = if x < -limit { -limit } else { x };
    if x > limit { limit } else { x }
}

#[inline(always)]
fn cubic(x: f32) -> f32 {
    let x = clip(x, 1.5);
    x - x * x * x * (4.0 / 27.0)
}

#[inline(always)]
fn asymmetric(x: f32) -> f32 {
    let up = x > 0.0;
    let y = tanh(if up { x } else { x + x });
    if up { y } else { 0.5 * y }
}
