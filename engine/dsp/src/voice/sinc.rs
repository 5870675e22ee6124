//! Windowed-sinc tables: 16 taps, 256 phases, a family of cut-offs, and the half-band filter for
//! whole octaves.

use std::f64::consts::PI;
use std::sync::OnceLock;

/// Taps of one phase.
pub const TAPS: usize = 16;
/// Phases between two source frames.
pub const PHASES: usize = 256;
/// Cut-offs per octave, from 1 down to 1/2 of the source's Nyquist frequency.
pub const CUTOFFS: usize = 12;
/// Taps on either side of the half-band decimator's centre.
pub const HALF_BAND_REACH: usize = 15;
/// Kaiser window parameters: about 90 dB for the sinc, 75 dB for the half-band.
const SINC_BETA: f64 = 8.6;
const HALF_BAND_BETA: f64 = 7.2;

/// The 16 taps of every phase for one cut-off, and once more of the first phase of the next frame.
/// The taps of a phase sum to 1. Between two phases lies a straight line; its slopes are not
/// stored, so that a table leaves room in the cache for what it is used on.
pub struct SincTable {
    cutoff: f64,
    phases: Box<[Phase; PHASES + 1]>,
}

/// What the 16 frames around a position are multiplied with: one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Phase(pub [f32; TAPS]);

/// All tables an engine needs; built once per process.
pub struct SincBank {
    tables: Vec<SincTable>,
    half_band: [f32; HALF_BAND_REACH.div_ceil(2)],
}

/// Which filters a step needs: whole octaves of decimation, then one of the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Band {
    /// Times the source is halved before it is interpolated.
    pub octaves: u8,
    /// Row of the bank.
    pub row: u8,
}

impl SincTable {
    /// The taps of a phase and of the next one.
    #[inline(always)]
    pub fn phase(&self, phase: u8) -> [&[f32; TAPS]; 2] {
        let phase = usize::from(phase);
        [&self.phases[phase].0, &self.phases[phase + 1].0]
    }

    /// True when a position on a whole frame gives that frame exactly.
    pub fn is_exact_at_frames(&self) -> bool {
        self.cutoff >= 1.0
    }

    /// The table for a cut-off of `cutoff` (0..=1) times the source's Nyquist frequency.
    fn new(cutoff: f64) -> Self {
        let mut rows = vec![[0.0_f64; TAPS]; PHASES + 1];
        for (phase, row) in rows.iter_mut().enumerate() {
            #[allow(clippy::cast_precision_loss, reason = "small integers")]
            fill_phase(cutoff, phase as f64 / PHASES as f64, row);
        }
        let phases = Box::new(std::array::from_fn(|n| Phase(rows[n].map(to_f32))));
        Self { cutoff, phases }
    }
}

impl SincBank {
    /// The bank of this process, built on first use (about a millisecond). `[main-thread]`
    pub fn shared() -> &'static Self {
        static BANK: OnceLock<SincBank> = OnceLock::new();
        BANK.get_or_init(Self::new)
    }

    /// The table of `row`; a row past the end gives the last one.
    #[inline(always)]
    pub fn table(&self, row: u8) -> &SincTable {
        &self.tables[usize::from(row).min(CUTOFFS)]
    }

    /// The filters for a step of `step` source frames (32.32) per output frame. The band-limit
    /// follows the step for the sinc; the cheaper qualities only take the octaves.
    #[inline]
    pub fn band(step: u64, sinc: bool) -> Band {
        // At exactly an octave the sinc still has a row; the others are band-limited by halving.
        let most = if sinc {
            super::ONE * 2
        } else {
            super::ONE * 2 - 1
        };
        let mut octaves = 0;
        let mut rest = step;
        while rest > most && octaves < 3 {
            rest = rest.div_ceil(2);
            octaves += 1;
        }
        let row = if sinc { row_for(rest) } else { 0 };
        Band { octaves, row }
    }

    /// Halves the rate of `source`: output `k` is centred on element `2 k + HALF_BAND_REACH`.
    /// Fills as much of `out` as `source` allows and returns how much that is. `[audio-thread]`
    pub fn halve(&self, source: &[f32], out: &mut [f32]) -> usize {
        let reach = HALF_BAND_REACH;
        let count = source
            .len()
            .saturating_sub(2 * reach)
            .div_ceil(2)
            .min(out.len());
        for (k, out) in out[..count].iter_mut().enumerate() {
            let around = &source[2 * k..2 * k + 2 * reach + 1];
            let mut sum = 0.5 * around[reach];
            for (j, tap) in self.half_band.iter().enumerate() {
                let off = 2 * j + 1;
                sum += tap * (around[reach - off] + around[reach + off]);
            }
            *out = sum;
        }
        count
    }

    #[allow(clippy::cast_precision_loss, reason = "small integers")]
    fn new() -> Self {
        let tables =
            (0..=CUTOFFS).map(|row| SincTable::new((-(row as f64) / CUTOFFS as f64).exp2()));
        Self {
            tables: tables.collect(),
            half_band: half_band(),
        }
    }
}

/// The first row whose cut-off is at most 1/step: thresholds are 2^(row/12) in 32.32.
fn row_for(step: u64) -> u8 {
    const THRESHOLDS: [u64; CUTOFFS] = [
        4_294_967_296,
        4_550_359_341,
        4_820_937_788,
        5_107_605_667,
        5_411_319_704,
        5_733_093_519,
        6_074_000_999,
        6_435_179_894,
        6_817_835_603,
        7_223_245_205,
        7_652_761_716,
        8_107_818_609,
    ];
    let mut row = 0;
    for threshold in THRESHOLDS {
        row += u8::from(step > threshold);
    }
    row
}

#[allow(clippy::cast_precision_loss, reason = "small integers")]
fn fill_phase(cutoff: f64, fraction: f64, row: &mut [f64; TAPS]) {
    let centre = super::TAPS_BEFORE as f64 + fraction;
    for (k, tap) in row.iter_mut().enumerate() {
        let x = k as f64 - centre;
        *tap = sinc(cutoff * x) * kaiser(x / (TAPS as f64 / 2.0), SINC_BETA);
    }
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|tap| *tap /= sum);
}

#[allow(clippy::cast_precision_loss, reason = "small integers")]
fn half_band() -> [f32; HALF_BAND_REACH.div_ceil(2)] {
    let taps: [f64; HALF_BAND_REACH.div_ceil(2)] = std::array::from_fn(|j| {
        let x = (2 * j + 1) as f64;
        0.5 * sinc(x / 2.0) * kaiser(x / (HALF_BAND_REACH as f64 + 1.0), HALF_BAND_BETA)
    });
    let sum: f64 = taps.iter().sum::<f64>() * 2.0;
    taps.map(|tap| to_f32(tap * 0.5 / sum))
}

/// sin(pi x) / (pi x), exactly 0 at whole numbers but 0.
fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else if x == x.trunc() {
        0.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Kaiser window on -1..=1 (Kaiser 1974), 0 outside.
fn kaiser(x: f64, beta: f64) -> f64 {
    if x.abs() >= 1.0 {
        0.0
    } else {
        bessel_i0(beta * (1.0 - x * x).sqrt()) / bessel_i0(beta)
    }
}

/// Modified Bessel function of order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..40_u32 {
        term *= quarter / f64::from(k * k);
        sum += term;
    }
    sum
}

#[allow(clippy::cast_possible_truncation, reason = "tables are f32")]
fn to_f32(x: f64) -> f32 {
    x as f32
}
