//! From floats to integer samples: rounding, dither, clip count.

use segue_dsp::dither;

use crate::sample::Sample;

/// Samples that are rounded together.
const CHUNK: usize = 512;

/// Noise added before rounding to integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dither {
    /// None: whole numbers pass unchanged.
    #[default]
    None,
    /// Rectangular, one step wide.
    Rectangular {
        /// Start of the noise sequence.
        seed: u64,
    },
    /// Triangular, and the error is fed back so that its spectrum follows the ear's threshold
    /// (three taps after Lipshitz, Vanderkooy and Wannamaker 1991, for 44.1 and 48 kHz).
    Shaped {
        /// Start of the noise sequence.
        seed: u64,
    },
    /// Triangular, two uniforms of one half step each way; the same seed gives the same file.
    Tpdf {
        /// Start of the noise sequence.
        seed: u64,
    },
}

/// Rounds samples to `bits`-bit integers: x * 2^(bits-1), plus dither, halves to even, clamped.
#[derive(Clone, Debug)]
pub struct Quantizer {
    scale: f64,
    noise: Noise,
    clips: u64,
}

#[derive(Clone, Debug)]
enum Noise {
    None,
    Rectangular(SplitMix),
    Triangular(SplitMix),
    Shaped(SplitMix, Shaper),
}

impl Quantizer {
    /// `bits` is 2 to 32; other values are moved into that range. For one channel, or for several
    /// whose dither is not shaped.
    pub fn new(bits: u32, dither: Dither) -> Self {
        Self::interleaved(bits, dither, 1)
    }

    /// The same for samples of `channels` channels in turn.
    pub fn interleaved(bits: u32, dither: Dither, channels: usize) -> Self {
        let noise = match dither {
            Dither::None => Noise::None,
            Dither::Rectangular { seed } => Noise::Rectangular(SplitMix(seed)),
            Dither::Tpdf { seed } => Noise::Triangular(SplitMix(seed)),
            Dither::Shaped { seed } => Noise::Shaped(SplitMix(seed), Shaper::new(channels)),
        };
        Self {
            scale: f64::from(1u32 << (bits.clamp(2, 32) - 1)),
            noise,
            clips: 0,
        }
    }

    /// One sample, full scale = 1. NaN becomes 0.
    pub fn quantize<T: Sample>(&mut self, x: T) -> i32 {
        let x = x.widen();
        let wanted = x * self.scale;
        let rounded = match &mut self.noise {
            Noise::None => round(wanted),
            Noise::Rectangular(random) => round(wanted + random.uniform()),
            Noise::Triangular(random) => round(wanted + random.triangular()),
            Noise::Shaped(random, shaper) => shaper.round(wanted, random.triangular()),
        };
        let (whole, clipped) = fit(x, rounded, self.scale);
        self.clips += u64::from(clipped);
        whole
    }

    /// Samples one after the other; `out` becomes as long as they are. The same as one by one, and
    /// faster.
    pub fn quantize_all<T: Sample>(&mut self, samples: &[T], out: &mut Vec<i32>) {
        out.resize(samples.len(), 0);
        let mut wide = [0.0; CHUNK];
        for (part, whole) in samples.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
            let wide = &mut wide[..part.len()];
            wide.iter_mut().zip(part).for_each(|(w, x)| *w = x.widen());
            self.clips += match &mut self.noise {
                Noise::None => dither::round(wide, self.scale, whole),
                Noise::Triangular(random) => {
                    let clips = dither::round_triangular(wide, self.scale, random.0, whole);
                    random.skip(part.len() as u64);
                    clips
                }
                Noise::Rectangular(_) | Noise::Shaped(..) => {
                    let pairs = part.iter().zip(whole);
                    pairs.for_each(|(x, y)| *y = self.quantize(*x));
                    0
                }
            };
        }
    }

    /// Samples so far that were beyond full scale.
    pub fn clips(&self) -> u64 {
        self.clips
    }
}

/// Added to a number of less than 2^51 it leaves no bits for fractions, so that the sum is rounded,
/// halves to even, and its low bits are the whole number. Without a call of the C library, which
/// `round_ties_even` is on processors before SSE 4.1, and in a form that compilers vectorise.
const WHOLE: f64 = 6_755_399_441_055_744.0;

/// The nearest whole number, halves to even; far beyond full scale it is held at 2^40.
fn round(x: f64) -> f64 {
    const FAR: f64 = 1_099_511_627_776.0;
    (x.clamp(-FAR, FAR) + WHOLE) - WHOLE
}

/// Brings what `x` was rounded to into the range of the integers, and tells whether it clips.
#[allow(clippy::cast_possible_truncation, reason = "takes the low half")]
fn fit(x: f64, rounded: f64, scale: f64) -> (i32, bool) {
    let rounded = if rounded.is_nan() { 0.0 } else { rounded };
    let clamped = rounded.clamp(-scale, scale - 1.0);
    // Dither may push full scale over the edge by itself: only the signal clips.
    let clipped = (rounded != clamped) & !(-1.0..1.0).contains(&x);
    ((clamped + WHOLE).to_bits() as i32, clipped)
}

/// 2^52: one more is the next number.
const TWO_52: f64 = 4_503_599_627_370_496.0;

/// SplitMix64 (Steele, Lea, Flood 2014): one state word, any seed is good.
#[derive(Clone, Debug)]
struct SplitMix(u64);

/// The last three rounding errors of each channel.
#[derive(Clone, Debug)]
struct Shaper {
    errors: Vec<[f64; 3]>,
    channel: usize,
}

impl Shaper {
    const TAPS: [f64; 3] = [1.623, -0.982, 0.109];

    fn new(channels: usize) -> Self {
        Self {
            errors: vec![[0.0; 3]; channels.max(1)],
            channel: 0,
        }
    }

    /// Rounds the next sample of the next channel.
    fn round(&mut self, wanted: f64, noise: f64) -> f64 {
        let errors = &mut self.errors[self.channel];
        let fed: f64 = errors.iter().zip(Self::TAPS).map(|(e, tap)| e * tap).sum();
        let target = wanted - fed;
        let y = round(target + noise);
        *errors = [y - target, errors[0], errors[1]];
        self.channel = (self.channel + 1) % self.errors.len();
        y
    }
}

impl SplitMix {
    /// A uniform in -0.5..0.5, in steps of 2^-32.
    fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / 4_294_967_296.0;
        (self.next() >> 32) as f64 * STEP - 0.5
    }

    /// Sum of two uniforms in -0.5..0.5, in steps of 2^-32.
    fn triangular(&mut self) -> f64 {
        const STEP: f64 = 1.0 / 4_294_967_296.0;
        let z = self.next();
        // Below 2^33: put behind the point of 2^52 it is exact, and no conversion.
        let sum = (z >> 32) + (z & 0xFFFF_FFFF);
        let sum = f64::from_bits(TWO_52.to_bits() | sum) - TWO_52;
        sum * STEP - 1.0
    }

    /// As if so many numbers had been drawn.
    fn skip(&mut self, numbers: u64) {
        self.0 = self.0.wrapping_add(dither::STEP.wrapping_mul(numbers));
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(dither::STEP);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_half_to_even_and_counts_clips() {
        let mut q = Quantizer::new(16, Dither::None);
        let lsb = 1.0 / 32_768.0;
        let rows = [
            (0.5, 0),
            (1.5, 2),
            (2.5, 2),
            (-0.5, 0),
            (-1.5, -2),
            (32_767.0, 32_767),
        ];
        for (x, y) in rows {
            assert_eq!(q.quantize(x * lsb), y, "{x}");
        }
        assert_eq!((q.quantize(-1.0), q.clips()), (-32_768, 0));
        assert_eq!((q.quantize(1.0), q.clips()), (32_767, 1));
        assert_eq!((q.quantize(-1.1), q.clips()), (-32_768, 2));
        assert_eq!((q.quantize(f32::INFINITY), q.clips()), (32_767, 3));
        assert_eq!(q.quantize(f32::NAN), 0);
        assert_eq!(Quantizer::new(32, Dither::None).quantize(-1.0), i32::MIN);
        assert_eq!(Quantizer::new(24, Dither::None).quantize(0.5), 1 << 22);
    }

    #[test]
    fn all_at_once_is_one_by_one() {
        let samples: Vec<f32> = (0..5_000)
            .map(|n| (n as f32 * 0.37).sin() * 1.3)
            .chain([
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                1e30,
                -1e30,
                1.0,
                -1.0,
            ])
            .collect();
        let seed = 5;
        for dither in [
            Dither::None,
            Dither::Rectangular { seed },
            Dither::Tpdf { seed },
            Dither::Shaped { seed },
        ] {
            for bits in [8, 16, 24, 32] {
                let mut single = Quantizer::interleaved(bits, dither, 2);
                let mut whole = single.clone();
                let expected: Vec<i32> = samples.iter().map(|x| single.quantize(*x)).collect();
                let (mut out, mut all) = (Vec::new(), Vec::<i32>::new());
                for part in samples.chunks(1_111) {
                    whole.quantize_all(part, &mut out);
                    all.extend(&out);
                }
                assert!(all == expected, "{dither:?} {bits}");
                assert_eq!(whole.clips(), single.clips());
                assert!(single.clips() > 1_000);
            }
        }
    }

    #[test]
    fn every_i16_survives() {
        let mut q = Quantizer::new(16, Dither::None);
        for x in i16::MIN..=i16::MAX {
            assert_eq!(q.quantize(f32::from(x) / 32_768.0), i32::from(x));
        }
    }

    #[test]
    fn tpdf_floor_and_no_harmonics() {
        let mut q = Quantizer::new(16, Dither::Tpdf { seed: 1 });
        let n = 48_000 * 4;
        let full = 32_768.0;
        let power = (0..n)
            .map(|_| (f64::from(q.quantize(0.0)) / full).powi(2))
            .sum::<f64>();
        let floor = 10.0 * (power / f64::from(n)).log10();
        assert!((floor + 96.33).abs() < 0.1, "{floor} dBFS");
        // A tone of -100 dBFS is below one step: it survives, its third harmonic is only noise.
        let w = std::f64::consts::TAU * 1000.0 / 48_000.0;
        let mut sums = [[0.0; 2]; 4];
        for i in 0..n {
            let t = w * f64::from(i);
            let y = f64::from(q.quantize((1e-5 * t.sin()) as f32)) / full;
            for (k, s) in sums.iter_mut().enumerate() {
                let (sin, cos) = (t * k as f64).sin_cos();
                s[0] += y * cos * 2.0 / f64::from(n);
                s[1] += y * sin * 2.0 / f64::from(n);
            }
        }
        let level = |k: usize| 20.0 * f64::hypot(sums[k][0], sums[k][1]).log10();
        assert!((level(1) + 100.0).abs() < 0.5, "{}", level(1));
        assert!(
            level(2) < -125.0 && level(3) < -125.0,
            "{} {}",
            level(2),
            level(3)
        );
    }

    /// Power below 4 kHz and in all, in steps².
    fn noise_powers(dither: Dither) -> [f64; 2] {
        let mut q = Quantizer::interleaved(16, dither, 2);
        let y: Vec<f64> = (0..2 * 48_000)
            .map(|_| f64::from(q.quantize(0.0)))
            .step_by(2)
            .collect();
        let mean = |y: &[f64]| y.iter().map(|y| y * y).sum::<f64>() / y.len() as f64;
        // A running mean of 12 frames is a low-pass at 4 kHz.
        let low: Vec<f64> = y
            .windows(12)
            .map(|w| w.iter().sum::<f64>() / 12.0)
            .collect();
        [mean(&low), mean(&y)]
    }

    #[test]
    fn rectangular_is_half_as_strong_and_shaped_is_quiet_below() {
        let [low, all] = noise_powers(Dither::Tpdf { seed: 3 });
        let [_, rectangular] = noise_powers(Dither::Rectangular { seed: 3 });
        let [shaped_low, shaped] = noise_powers(Dither::Shaped { seed: 3 });
        assert!((all - 0.25).abs() < 0.01, "{all}");
        assert!(rectangular < 0.13, "{rectangular}");
        assert!(
            shaped > all && shaped_low < low / 3.0,
            "{shaped} {shaped_low} {low}"
        );
    }

    #[test]
    fn the_seed_decides() {
        let run = |seed| {
            let mut q = Quantizer::new(16, Dither::Tpdf { seed });
            (0..100).map(|_| q.quantize(0.1)).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }
}
