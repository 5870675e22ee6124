//! Second-order sections whose response follows the analogue prototype up to fs/2.
//!
//! Source: M. Vicanek, "Matched Second Order Digital Filters" (2016): poles by impulse invariance,
//! numerator from three magnitudes. A polynomial c0 + c1·z⁻¹ + c2·z⁻² is held as the three sums in
//! [`Sums`], in which poles at a few Hz lose no digits and the inverse filter is a swap.

use core::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::math::{exp_f64, exp2_f64, log2_f64, log10_f64, sin_cos};

/// Most sections of one band.
pub const MAX_SECTIONS: usize = 4;

/// Octaves of amplitude per dB, log2(10)/20.
const OCTAVES_PER_DB: f64 = core::f64::consts::LOG2_10 / 20.0;

/// Quality factors of the Butterworth sections of order 1 to 8; odd orders have one first-order
/// section besides. Section k of order n: 1/(2·sin((2k − 1)·π/(2n))).
const BUTTERWORTH: [&[f64]; 8] = [
    &[],
    &[FRAC_1_SQRT_2],
    &[1.0],
    &[1.306_562_964_876_376_5, 0.541_196_100_146_197],
    &[1.618_033_988_749_895, 0.618_033_988_749_894_8],
    &[
        1.931_851_652_578_136_6,
        FRAC_1_SQRT_2,
        0.517_638_090_205_041_5,
    ],
    &[
        2.246_979_603_717_467,
        0.801_937_735_804_838_2,
        0.554_958_132_087_371_2,
    ],
    &[
        2.562_915_447_741_506,
        0.899_976_223_136_415_6,
        0.601_344_886_935_045_3,
        0.509_795_579_104_159_2,
    ],
];

/// What a band does to the spectrum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BandKind {
    /// Boost or cut around a frequency.
    #[default]
    Bell,
    /// Boost or cut below a frequency.
    LowShelf,
    /// Boost or cut above a frequency.
    HighShelf,
    /// Half the gain up above the frequency, half of it down below.
    Tilt,
    /// Removes what is above the frequency.
    LowPass,
    /// Removes what is below the frequency.
    HighPass,
    /// Keeps what is around the frequency.
    BandPass,
    /// Removes the frequency.
    Notch,
    /// Turns the phase only.
    AllPass,
}

impl BandKind {
    /// All kinds in the order of the parameter's choices.
    pub const ALL: [Self; 9] = [
        Self::Bell,
        Self::LowShelf,
        Self::HighShelf,
        Self::Tilt,
        Self::LowPass,
        Self::HighPass,
        Self::BandPass,
        Self::Notch,
        Self::AllPass,
    ];

    /// True for the kinds that do nothing at a gain of 0 dB.
    #[must_use]
    pub fn has_gain(self) -> bool {
        matches!(
            self,
            Self::Bell | Self::LowShelf | Self::HighShelf | Self::Tilt
        )
    }

    /// True for the kinds with a choice of slope.
    #[must_use]
    pub fn has_slope(self) -> bool {
        matches!(self, Self::LowPass | Self::HighPass)
    }
}

/// The numbers of one band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// What it does.
    pub kind: BandKind,
    /// Centre or corner frequency, Hz; brought into 10 Hz to 0.45 fs.
    pub freq: f64,
    /// Gain, dB, -30 to 30.
    pub gain_db: f64,
    /// Quality factor, 0.1 to 40; brought into 0.3 to 1.2 for shelves and tilt, unused by passes
    /// of an order other than 2.
    pub q: f64,
    /// Order of low- and high-passes, 1 to 8: 6 dB/octave each.
    pub order: usize,
}

/// A polynomial c0 + c1·z⁻¹ + c2·z⁻², up to a common factor with its partner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sums {
    /// c0 + c1 + c2, its value at 0 Hz.
    pub dc: f64,
    /// c0 − c1 + c2, its value at fs/2.
    pub nyquist: f64,
    /// c0 − c2.
    pub odd: f64,
}

/// A second-order transfer function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Section {
    /// Numerator.
    pub zeros: Sums,
    /// Denominator; its roots are inside the unit circle.
    pub poles: Sums,
}

/// The sections of one band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sections {
    list: [Section; MAX_SECTIONS],
    count: usize,
}

impl Band {
    /// Designs the sections for `sample_rate` Hz. `[audio-thread]`
    #[must_use]
    pub fn design(&self, sample_rate: f64) -> Sections {
        let highest = 0.45 * sample_rate;
        let at = Corner::new(self.freq.clamp(10.0_f64.min(highest), highest), sample_rate);
        let shelf_q = self.q.clamp(0.3, 1.2);
        let mut sections = Sections::new();
        match self.kind {
            BandKind::LowPass => sections.butterworth(self, &at, low_pass, first_low_pass),
            BandKind::HighPass => sections.butterworth(self, &at, high_pass, first_high_pass),
            BandKind::BandPass => sections.push(band_pass(&at, self.q)),
            BandKind::Notch => sections.push(notch(&at, self.q)),
            BandKind::AllPass => sections.push(all_pass(&at, self.q)),
            _ if self.gain_db == 0.0 => sections.push(neutral(&at, self.q)),
            BandKind::Bell => sections.push(bell(&at, self.q, self.gain_db)),
            BandKind::LowShelf => sections.push(low_shelf(&at, shelf_q, self.gain_db)),
            BandKind::HighShelf => sections.push(high_shelf(&at, shelf_q, self.gain_db)),
            BandKind::Tilt => {
                let trim = exp2_f64(-0.5 * self.gain_db * OCTAVES_PER_DB);
                sections.push(high_shelf(&at, shelf_q, self.gain_db).scaled(trim));
            }
        }
        sections
    }
}

impl Section {
    /// Passes everything.
    pub const IDENTITY: Self = Self {
        zeros: Sums::ONE,
        poles: Sums::ONE,
    };

    /// Level in dB at `freq` Hz for `sample_rate` Hz.
    #[must_use]
    pub fn level_db(&self, freq: f64, sample_rate: f64) -> f64 {
        let at = Corner::new(freq, sample_rate);
        10.0 * log10_f64(self.zeros.power(&at) / self.poles.power(&at))
    }

    /// The filter that undoes this one.
    fn inverse(self) -> Self {
        Self {
            zeros: self.poles,
            poles: self.zeros,
        }
    }

    fn scaled(mut self, gain: f64) -> Self {
        self.zeros.dc *= gain;
        self.zeros.nyquist *= gain;
        self.zeros.odd *= gain;
        self
    }
}

impl Sections {
    fn new() -> Self {
        Self {
            list: [Section::IDENTITY; MAX_SECTIONS],
            count: 0,
        }
    }

    /// The sections in the order of the signal.
    #[must_use]
    pub fn as_slice(&self) -> &[Section] {
        &self.list[..self.count]
    }

    /// Level of the band in dB at `freq` Hz for `sample_rate` Hz.
    #[must_use]
    pub fn level_db(&self, freq: f64, sample_rate: f64) -> f64 {
        let levels = self.as_slice().iter();
        levels.map(|s| s.level_db(freq, sample_rate)).sum()
    }

    fn push(&mut self, section: Section) {
        if let Some(slot) = self.list.get_mut(self.count) {
            *slot = section;
            self.count += 1;
        }
    }

    fn butterworth(
        &mut self,
        band: &Band,
        at: &Corner,
        second: fn(&Corner, f64) -> Section,
        first: fn(&Corner) -> Section,
    ) {
        if band.order == 2 {
            return self.push(second(at, band.q));
        }
        let order = band.order.clamp(1, BUTTERWORTH.len());
        for &q in BUTTERWORTH[order - 1] {
            self.push(second(at, q));
        }
        if order % 2 == 1 {
            self.push(first(at));
        }
    }
}

impl Sums {
    const ONE: Self = Self {
        dc: 1.0,
        nyquist: 1.0,
        odd: 1.0,
    };

    /// Squared magnitude, as a sum of squares.
    fn power(&self, at: &Corner) -> f64 {
        let even = self.dc * at.phi0 - self.nyquist * at.phi1;
        even * even + 4.0 * at.phi0 * at.phi1 * self.odd * self.odd
    }

    /// The polynomial with these values at 0 Hz and fs/2 and this squared magnitude at `at`, with
    /// its roots inside the unit circle.
    fn through(dc: f64, nyquist: f64, power: f64, at: &Corner) -> Self {
        let even = dc * at.phi0 - nyquist * at.phi1;
        let odd = ((power - even * even) / (4.0 * at.phi0 * at.phi1)).max(0.0);
        Self {
            dc,
            nyquist,
            odd: odd.sqrt(),
        }
    }
}

/// A frequency, with the two functions of it that all squared magnitudes are polynomials in.
struct Corner {
    /// Radians per frame.
    omega: f64,
    /// Frequency over fs/2.
    fraction: f64,
    /// cos²(ω/2).
    phi0: f64,
    /// sin²(ω/2).
    phi1: f64,
}

impl Corner {
    fn new(freq: f64, sample_rate: f64) -> Self {
        let omega = 2.0 * PI * freq / sample_rate;
        let (s, c) = sin_cos(0.5 * omega);
        Self {
            omega,
            fraction: 2.0 * freq / sample_rate,
            phi0: c * c,
            phi1: s * s,
        }
    }

    /// Poles by impulse invariance of s² + (ω/q)·s + ω², ω = `scale` times this frequency.
    fn poles(&self, scale: f64, q: f64) -> Sums {
        let omega = self.omega * scale;
        let zeta = 0.5 / q;
        if zeta < 1.0 {
            let radius = exp_f64(-zeta * omega);
            let shrink = one_minus_exp(zeta * omega);
            let (s, c) = sin_cos(0.5 * omega * (1.0 - zeta * zeta).sqrt());
            let square = shrink * shrink;
            return Sums {
                dc: square + 4.0 * radius * s * s,
                nyquist: square + 4.0 * radius * c * c,
                odd: one_minus_exp(2.0 * zeta * omega),
            };
        }
        let fast = zeta + (zeta * zeta - 1.0).sqrt();
        let (a, b) = (fast * omega, omega / fast);
        Sums {
            dc: one_minus_exp(a) * one_minus_exp(b),
            nyquist: (1.0 + exp_f64(-a)) * (1.0 + exp_f64(-b)),
            odd: one_minus_exp(a + b),
        }
    }

    /// The pole of a first-order section, by impulse invariance.
    fn pole(&self) -> Sums {
        Sums {
            dc: one_minus_exp(self.omega),
            nyquist: 1.0 + exp_f64(-self.omega),
            odd: 1.0,
        }
    }

    /// fs/2 over this frequency, squared.
    fn nyquist_ratio_squared(&self) -> f64 {
        1.0 / (self.fraction * self.fraction)
    }
}

/// A = 10^(|g|/40) for a gain in dB.
fn half_gain(gain_db: f64) -> f64 {
    exp2_f64(0.5 * gain_db.abs() * OCTAVES_PER_DB)
}

/// Equal to the prototype at 0 Hz and at the centre. The remaining freedom is the level at fs/2:
/// a zero slope at the centre asks for one value, the prototype's level there for another. Their
/// errors at the skirts have opposite signs, so the geometric mean serves low centres best; it
/// gives way to the slope for high ones, where the shape of the peak matters.
fn bell(at: &Corner, q: f64, gain_db: f64) -> Section {
    let a = half_gain(gain_db);
    let gain = a * a * a * a;
    let poles = at.poles(1.0, q * a);
    let flat = flat_nyquist(at, &poles, gain);
    let r2 = at.nyquist_ratio_squared();
    let (even, width) = ((1.0 - r2) * (1.0 - r2), r2 / (q * q));
    let edge = (even + width * a * a) / (even + width / (a * a));
    let level = poles.nyquist * poles.nyquist * edge;
    // Fourth power of f0 over 0.3 fs.
    let high = (at.fraction / 0.6) * (at.fraction / 0.6);
    let share = 0.5 * exp_f64(-high * high);
    let nyquist = flat * exp2_f64(share * log2_f64(level / flat));
    let zeros = Sums::through(poles.dc, nyquist.sqrt(), gain * poles.power(at), at);
    signed(Section { zeros, poles }, gain_db)
}

/// Squared level of the zeros at fs/2 that makes the squared level `gain` at the centre a maximum.
/// The source's equations, with the sums in place of the coefficients.
fn flat_nyquist(at: &Corner, poles: &Sums, gain: f64) -> f64 {
    let even = poles.dc * at.phi0 - poles.nyquist * at.phi1;
    let mean = 0.5 * (poles.dc + poles.nyquist);
    let odd_square = poles.odd * poles.odd;
    let slope = gain * 4.0 * (odd_square * (at.phi0 - at.phi1) - even * mean);
    let edge = poles.dc / (2.0 * at.phi1);
    let curve = (gain - 1.0) * edge * edge + gain * (odd_square - mean * mean);
    let nyquist = slope + poles.dc * poles.dc + 4.0 * (at.phi1 - at.phi0) * curve;
    // A boost is nowhere below 1; this keeps the inverse stable.
    nyquist.max(poles.nyquist * poles.nyquist)
}

fn low_shelf(at: &Corner, q: f64, gain_db: f64) -> Section {
    let a = half_gain(gain_db);
    signed(shelf(at, q, a).scaled(a * a), gain_db)
}

fn high_shelf(at: &Corner, q: f64, gain_db: f64) -> Section {
    signed(shelf(at, q, half_gain(gain_db)), -gain_db)
}

/// Level 1 at 0 Hz, 1/A at the corner, 1/A² far above it:
/// (s² + √A/q·s + A) / (A·(A·s² + √A/q·s + 1)).
fn shelf(at: &Corner, q: f64, a: f64) -> Section {
    let r2 = at.nyquist_ratio_squared();
    let damping = a / (q * q) * r2;
    let above = (a - r2) * (a - r2) + damping;
    let below = (1.0 - a * r2) * (1.0 - a * r2) + damping;
    let poles = at.poles(1.0 / a.sqrt(), q);
    let nyquist = poles.nyquist * (above / below).sqrt() / a;
    let power = poles.power(at) / (a * a);
    Section {
        zeros: Sums::through(poles.dc, nyquist, power, at),
        poles,
    }
}

/// Passes everything, with the poles of a bell about to leave 0 dB.
fn neutral(at: &Corner, q: f64) -> Section {
    let poles = at.poles(1.0, q);
    Section {
        zeros: poles,
        poles,
    }
}

/// The section for a boost, its exact inverse for a cut.
fn signed(boost: Section, gain_db: f64) -> Section {
    if gain_db < 0.0 {
        boost.inverse()
    } else {
        boost
    }
}

fn low_pass(at: &Corner, q: f64) -> Section {
    let poles = at.poles(1.0, q);
    let nyquist = poles.nyquist * resonance(at, q);
    Section {
        zeros: Sums::through(poles.dc, nyquist, poles.power(at) * q * q, at),
        poles,
    }
}

fn band_pass(at: &Corner, q: f64) -> Section {
    let poles = at.poles(1.0, q);
    let edge = at.nyquist_ratio_squared().sqrt() / q;
    let nyquist = poles.nyquist * edge * resonance(at, q);
    Section {
        zeros: Sums::through(0.0, nyquist, poles.power(at), at),
        poles,
    }
}

/// Level of 1/(s² + s/q + 1) at fs/2.
fn resonance(at: &Corner, q: f64) -> f64 {
    let r2 = at.nyquist_ratio_squared();
    1.0 / ((1.0 - r2) * (1.0 - r2) + r2 / (q * q)).sqrt()
}

fn high_pass(at: &Corner, q: f64) -> Section {
    let poles = at.poles(1.0, q);
    let zeros = Sums {
        dc: 0.0,
        nyquist: q * poles.power(at).sqrt() / at.phi1,
        odd: 0.0,
    };
    Section { zeros, poles }
}

fn notch(at: &Corner, q: f64) -> Section {
    let poles = at.poles(1.0, q);
    let zeros = Sums {
        dc: poles.dc,
        nyquist: poles.dc * at.phi0 / at.phi1,
        odd: 0.0,
    };
    Section { zeros, poles }
}

fn all_pass(at: &Corner, q: f64) -> Section {
    let poles = at.poles(1.0, q);
    let zeros = Sums {
        odd: -poles.odd,
        ..poles
    };
    Section { zeros, poles }
}

fn first_low_pass(at: &Corner) -> Section {
    let poles = at.pole();
    let nyquist = poles.nyquist / (1.0 + at.nyquist_ratio_squared()).sqrt();
    let zeros = Sums {
        dc: poles.dc,
        nyquist,
        odd: 0.5 * (poles.dc + nyquist),
    };
    Section { zeros, poles }
}

fn first_high_pass(at: &Corner) -> Section {
    let poles = at.pole();
    // |1 − z⁻¹|² = 4·sin²(ω/2), |1 − p·z⁻¹|² = dc²·φ0 + nyquist²·φ1.
    let power = poles.dc * poles.dc * at.phi0 + poles.nyquist * poles.nyquist * at.phi1;
    let nyquist = FRAC_1_SQRT_2 * (power / at.phi1).sqrt();
    let zeros = Sums {
        dc: 0.0,
        nyquist,
        odd: 0.5 * nyquist,
    };
    Section { zeros, poles }
}

/// 1 − e^(−x) for x ≥ 0 without cancellation.
fn one_minus_exp(x: f64) -> f64 {
    if x > 0.25 {
        return 1.0 - exp_f64(-x);
    }
    // x·(1 − x/2·(1 − x/3·(…))), the remainder below 1e-17.
    let mut sum = 1.0;
    for n in (2..=12_u8).rev() {
        sum = 1.0 - x / f64::from(n) * sum;
    }
    x * sum
}

#[cfg(test)]
mod tests;
