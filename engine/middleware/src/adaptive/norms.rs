//! Normalisations of eight signals at once.

use super::signals::{LANES, Lanes, exp};
use crate::source::Normalise;

/// All forms are (c + d·x + f·e) / (g + h·e) between `low` and `high`, with e = exp(k·(x - m)). Where
/// a form has no part, its factor is 0 or 1, which leaves every bit as [`Normalise::value`] has it.
#[derive(Clone, Debug)]
pub(super) struct Norms {
    k: Lanes,
    m: Lanes,
    c: Lanes,
    d: Lanes,
    f: Lanes,
    g: Lanes,
    h: Lanes,
    low: Lanes,
    high: Lanes,
}

impl Norms {
    /// Those of all signals, eight by eight. `[main-thread]`
    pub(super) fn all(list: &[Normalise]) -> Box<[Self]> {
        list.chunks(LANES).map(Self::new).collect()
    }

    fn new(list: &[Normalise]) -> Self {
        let none = [0.0; LANES];
        let one = [1.0; LANES];
        let mut it = Self {
            k: none,
            m: none,
            c: none,
            d: one,
            f: none,
            g: one,
            h: none,
            low: [f32::NEG_INFINITY; LANES],
            high: [f32::INFINITY; LANES],
        };
        for (n, normalise) in list.iter().enumerate() {
            it.lane(n, *normalise);
        }
        it
    }

    fn lane(&mut self, n: usize, normalise: Normalise) {
        match normalise {
            Normalise::None => return,
            Normalise::Linear { a, b } => (self.c[n], self.g[n]) = (-a, b - a),
            Normalise::Sigmoid { k, m } => {
                (self.k[n], self.m[n]) = (-k, m);
                (self.c[n], self.d[n], self.h[n]) = (1.0, 0.0, 1.0);
            }
            Normalise::Asymptotic { k } => {
                self.k[n] = -k;
                (self.c[n], self.d[n], self.f[n]) = (1.0, 0.0, -1.0);
            }
        }
        (self.low[n], self.high[n]) = (0.0, 1.0);
    }

    /// The normalised values of `x`. `[audio-thread]`
    #[inline(always)]
    pub(super) fn values(&self, x: &Lanes) -> Lanes {
        std::array::from_fn(|n| {
            let e = exp(self.k[n] * (x[n] - self.m[n]));
            let above = self.d[n] * x[n] + self.c[n] + self.f[n] * e;
            let value = above / (self.g[n] + self.h[n] * e);
            // Two looks, as NaN is none of both; a clamp is a branch.
            let value = if value < self.low[n] {
                self.low[n]
            } else {
                value
            };
            if value > self.high[n] {
                self.high[n]
            } else {
                value
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_form() -> impl Strategy<Value = Normalise> {
        prop_oneof![
            Just(Normalise::None),
            (-1e9f32..1e9, 1e-3f32..1e9, any::<bool>()).prop_map(|(a, length, up)| {
                let b = if up { a + length } else { a - length };
                Normalise::Linear {
                    a,
                    b: if a == b { a + 1e6 } else { b },
                }
            }),
            (-1000.0f32..1000.0, -1e9f32..1e9).prop_map(|(k, m)| Normalise::Sigmoid { k, m }),
            (-10.0f32..10.0, -2.0f32..2.0).prop_map(|(k, m)| Normalise::Sigmoid { k, m }),
            (0.0f32..1000.0).prop_map(|k| Normalise::Asymptotic { k }),
            (0.0f32..1.0).prop_map(|k| Normalise::Asymptotic { k }),
        ]
    }

    fn any_value() -> impl Strategy<Value = f32> {
        prop_oneof![-1e12f32..1e12, -10.0f32..10.0, Just(0.0), Just(-0.0)]
    }

    proptest! {
        #[test]
        fn eight_at_once_are_each_alone(
            list in prop::collection::vec((any_form(), any_value()), 1..=20),
        ) {
            let forms: Vec<Normalise> = list.iter().map(|it| it.0).collect();
            for (norms, some) in Norms::all(&forms).iter().zip(list.chunks(LANES)) {
                let mut x = [0.5; LANES];
                for (x, it) in x.iter_mut().zip(some) {
                    *x = it.1;
                }
                for (found, (form, x)) in norms.values(&x).iter().zip(some) {
                    // 0 has two signs.
                    let (found, alone) = (found + 0.0, form.value(*x) + 0.0);
                    prop_assert_eq!(found.to_bits(), alone.to_bits(), "{:?} {}", form, x);
                }
            }
        }
    }
}
