//! From f32 to integer samples: rounding, dither, clip count.

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
    pub fn quantize(&mut self, x: f32) -> i32 {
        let wanted = f64::from(x) * self.scale;
        let y = match &mut self.noise {
            Noise::None => wanted.round_ties_even(),
            Noise::Rectangular(random) => (wanted + random.uniform()).round_ties_even(),
            Noise::Triangular(random) => (wanted + random.triangular()).round_ties_even(),
            Noise::Shaped(random, shaper) => shaper.round(wanted, random.triangular()),
        };
        let clamped = y.clamp(-self.scale, self.scale - 1.0);
        // Dither may push full scale over the edge by itself: only the signal clips.
        let clipped = y != clamped && !(-1.0..1.0).contains(&x);
        self.clips += u64::from(clipped);
        to_i32(clamped)
    }

    /// Samples so far that were beyond full scale.
    pub fn clips(&self) -> u64 {
        self.clips
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a whole number within i32; NaN becomes 0"
)]
fn to_i32(x: f64) -> i32 {
    x as i32
}

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
        let y = (target + noise).round_ties_even();
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
        let (a, b) = (z >> 32, z & 0xFFFF_FFFF);
        // Both halves are below 2^32: exact in f64.
        (a as f64 + b as f64) * STEP - 1.0
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
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
