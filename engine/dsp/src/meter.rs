//! Peak, RMS and correlation of a stereo bus.
//!
//! Definitions (spec "Meters"): peak is max|x| since the last [`BusMeter::take`]; RMS is a
//! rectangular window of 300 ms, made of 30 bins of 10 ms on the absolute clock; correlation is
//! Σlr/√(Σl²·Σr²) over the same window. Who publishes when, and to how many subscribers, is not
//! decided here.

#[cfg(target_arch = "x86_64")]
mod avx2;

use crate::grid::TenMillis;
use crate::math;

/// Sums run in this many lanes, lane = absolute frame mod 16, so that their bits do not depend on
/// how time was split into calls.
const LANES: usize = 16;
/// Bins in the 300 ms window.
const WINDOW: usize = 30;
/// Level from which a sample counts as clipped.
const CLIP: f32 = 1.0;

/// What a [`BusMeter`] reads.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeterReading {
    /// Largest |x| of left and right since the last `take`; NaN samples are ignored.
    pub peak: [f32; 2],
    /// Root of the mean square of left and right over the last 30 complete bins.
    pub rms: [f32; 2],
    /// -1 to 1 over the same bins; 0 if a channel is silent.
    pub correlation: f32,
    /// Samples with |x| ≥ 1 on either channel since the last `take`; saturates.
    pub clips: u32,
    /// Absolute frame of the first of them.
    pub first_clip: Option<u64>,
}

impl MeterReading {
    /// `rms` with 3.01 dB on top: a sine reads its peak (AES17).
    #[must_use]
    pub fn rms_aes17(&self) -> [f32; 2] {
        self.rms.map(|rms| rms * core::f32::consts::SQRT_2)
    }

    /// Joins a later reading to this one: maxima and counts add up, the window is the later one.
    /// A publisher that serves several readers keeps one joined reading for each.
    /// `[audio-thread]`
    pub fn join(&mut self, later: &Self) {
        *self = Self {
            peak: [
                larger(self.peak[0], later.peak[0]),
                larger(self.peak[1], later.peak[1]),
            ],
            clips: self.clips.saturating_add(later.clips),
            first_clip: self.first_clip.or(later.first_clip),
            ..*later
        };
    }
}

/// Sums of one bin or of the window: Σl², Σr², Σlr.
type Sums = [f64; 3];

/// The meter of one stereo bus.
#[derive(Clone, Debug)]
pub struct BusMeter {
    grid: TenMillis,
    /// Frame that the next call is expected to start at.
    next: u64,
    /// Frames in the 300 ms window.
    window_frames: f64,
    lanes: [[f32; LANES]; 3],
    bins: [Sums; WINDOW],
    /// Σl² + Σr² of the last complete bin.
    power: f64,
    reading: MeterReading,
}

impl BusMeter {
    /// A meter for `sample_rate` frames per second. `[main-thread]`
    #[must_use]
    pub fn new(sample_rate: f64) -> Self {
        Self {
            grid: TenMillis::new(sample_rate),
            next: 0,
            window_frames: sample_rate * 0.3,
            lanes: [[0.0; LANES]; 3],
            bins: [[0.0; 3]; WINDOW],
            power: 0.0,
            reading: MeterReading::default(),
        }
    }

    /// Measures the frames from the absolute frame `at` on; `left` and `right` are of the same
    /// length (the longer one is cut). A jump in time empties the window. `[audio-thread]`
    pub fn process(&mut self, at: u64, left: &[f32], right: &[f32]) {
        let frames = left.len().min(right.len());
        let (mut left, mut right) = (&left[..frames], &right[..frames]);
        let mut at = at;
        if at != self.next {
            self.jump(at);
        }
        while !left.is_empty() {
            let room = self.grid.room(at, left.len());
            self.measure(at, &left[..room], &right[..room]);
            (left, right) = (&left[room..], &right[room..]);
            at += room as u64;
            if at == self.grid.end() {
                self.close_bin();
            }
        }
        self.next = at;
    }

    /// What was read since the last call; peaks, clip count and first position start anew.
    /// `[audio-thread]`
    pub fn take(&mut self) -> MeterReading {
        let reading = self.reading;
        self.reading = MeterReading {
            rms: reading.rms,
            correlation: reading.correlation,
            ..<_>::default()
        };
        reading
    }

    /// Mean square of both sides over the 10 ms of the absolute clock that end at frame `at`; 0 when
    /// they were not measured. `[audio-thread]`
    pub fn power(&self, at: u64) -> f32 {
        if at == self.next {
            math::to_f32(self.power / (self.window_frames / WINDOW as f64 * 2.0))
        } else {
            0.0
        }
    }

    /// Forgets everything. `[audio-thread]`
    pub fn reset(&mut self) {
        self.jump(self.next);
        self.reading = MeterReading::default();
    }

    fn jump(&mut self, at: u64) {
        self.grid.seek(at);
        self.next = at;
        self.lanes = [[0.0; LANES]; 3];
        self.bins = [[0.0; 3]; WINDOW];
        self.power = 0.0;
    }

    /// Adds frames of one bin.
    fn measure(&mut self, at: u64, left: &[f32], right: &[f32]) {
        let first = math::slot(at, LANES);
        let [squares_left, squares_right, products] = &mut self.lanes;
        fold(squares_left, first, left, left, |sum, x, y| sum + x * y);
        fold(squares_right, first, right, right, |sum, x, y| sum + x * y);
        fold(products, first, left, right, |sum, x, y| sum + x * y);
        let peak = [peak_of(left), peak_of(right)];
        if larger(peak[0], peak[1]) >= CLIP {
            self.count_clips(at, left, right);
        }
        self.reading.peak = [
            larger(self.reading.peak[0], peak[0]),
            larger(self.reading.peak[1], peak[1]),
        ];
    }

    /// Only reached when there is a clipped sample.
    #[cold]
    fn count_clips(&mut self, at: u64, left: &[f32], right: &[f32]) {
        for (frame, (l, r)) in (at..).zip(left.iter().zip(right)) {
            let clips = u32::from(l.abs() >= CLIP) + u32::from(r.abs() >= CLIP);
            if clips > 0 {
                self.reading.clips = self.reading.clips.saturating_add(clips);
                self.reading.first_clip.get_or_insert(frame);
            }
        }
    }

    /// Moves the lanes into the ring and reads the window.
    fn close_bin(&mut self) {
        let slot = math::slot(self.grid.bin(), WINDOW);
        self.bins[slot] = self.lanes.map(|lanes| f64::from(tree_sum(&lanes)));
        self.power = self.bins[slot][0] + self.bins[slot][1];
        self.lanes = [[0.0; LANES]; 3];
        self.grid.advance();
        // Summed anew each time: nothing drifts, and an infinity leaves with its bin.
        let add = |a: Sums, b: &Sums| [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
        let [l, r, product] = self.bins.iter().fold([0.0; 3], add);
        self.reading.rms = [l, r].map(|sum| math::to_f32((sum / self.window_frames).sqrt()));
        let power = (l * r).sqrt();
        self.reading.correlation = if power > 0.0 {
            math::to_f32((product / power).clamp(-1.0, 1.0))
        } else {
            0.0
        };
    }
}

/// Adds the samples to the lanes of their frames; sample 0 belongs to lane `first`.
#[inline]
fn fold(
    lanes: &mut [f32; LANES],
    first: usize,
    x: &[f32],
    y: &[f32],
    op: impl Fn(f32, f32, f32) -> f32,
) {
    let head = ((LANES - first) % LANES).min(x.len());
    for i in 0..head {
        lanes[first + i] = op(lanes[first + i], x[i], y[i]);
    }
    let mut sums = *lanes;
    let (x, x_tail) = x[head..].as_chunks::<LANES>();
    let (y, y_tail) = y[head..].as_chunks::<LANES>();
    for (x, y) in x.iter().zip(y) {
        for lane in 0..LANES {
            sums[lane] = op(sums[lane], x[lane], y[lane]);
        }
    }
    for (sum, (x, y)) in sums.iter_mut().zip(x_tail.iter().zip(y_tail)) {
        *sum = op(*sum, *x, *y);
    }
    *lanes = sums;
}

/// Largest |x|; any order gives the same bits.
#[inline]
pub(crate) fn peak_of(x: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code, reason = "vector instructions that are there")]
        // SAFETY: this machine has what the function is compiled for.
        return unsafe { avx2::peak_of(x) };
    }
    peak_of_plain(x)
}

fn peak_of_plain(x: &[f32]) -> f32 {
    let mut lanes = [0.0; 2 * LANES];
    let (groups, tail) = x.as_chunks::<{ 2 * LANES }>();
    for group in groups {
        for (lane, x) in lanes.iter_mut().zip(group) {
            *lane = larger(*lane, x.abs());
        }
    }
    for (lane, x) in lanes.iter_mut().zip(tail) {
        *lane = larger(*lane, x.abs());
    }
    let mut half = LANES;
    while half > 0 {
        for i in 0..half {
            lanes[i] = larger(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// Sum in the fixed order of a binary tree.
fn tree_sum(lanes: &[f32; LANES]) -> f32 {
    let mut sums = *lanes;
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

/// One instruction, unlike `f32::max`; `a` if `b` is NaN.
#[inline(always)]
pub(crate) fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

#[cfg(test)]
mod tests {
    use core::f64::consts::TAU;

    use proptest::prelude::*;

    use super::*;

    fn sine(rate: f64, frames: usize, hz: f64, level_db: f64, degrees: f64) -> Vec<f32> {
        let amplitude = 10f64.powf(level_db / 20.0);
        let phase = |i: usize| TAU * (hz * i as f64 / rate + degrees / 360.0);
        (0..frames)
            .map(|i| math::to_f32(amplitude * phase(i).sin()))
            .collect()
    }

    fn read(rate: f64, left: &[f32], right: &[f32]) -> MeterReading {
        let mut meter = BusMeter::new(rate);
        meter.process(0, left, right);
        meter.take()
    }

    #[test]
    fn power_is_the_mean_square_of_the_last_ten_milliseconds() {
        let mut meter = BusMeter::new(48_000.0);
        meter.process(0, &[0.5; 480], &[0.25; 480]);
        let wanted = (0.25 + 0.0625) / 2.0;
        assert!((meter.power(480) - wanted).abs() < 1e-6);
        meter.process(480, &[0.0; 480], &[0.0; 480]);
        assert_eq!(meter.power(960), 0.0);
        meter.process(960, &[1.0; 480], &[1.0; 480]);
        assert_eq!(meter.power(1_920), 0.0, "nobody measured the last ones");
    }

    #[test]
    fn a_pulse_is_seen_once() {
        let mut meter = BusMeter::new(48_000.0);
        let mut left = [0.0; 512];
        left[100] = -0.7;
        meter.process(0, &left, &[0.0; 512]);
        meter.process(512, &[0.0; 512], &[0.1; 512]);
        assert_eq!(meter.take().peak, [0.7, 0.1]);
        meter.process(1024, &[0.0; 512], &[0.0; 512]);
        assert_eq!(meter.take().peak, [0.0, 0.0]);
    }

    #[test]
    fn the_largest_is_found_at_every_place() {
        let mut x = [0.0; 90];
        for frames in 0..x.len() {
            for place in 0..frames {
                x[place] = -0.5;
                assert_eq!(peak_of(&x[..frames]), 0.5, "{frames} {place}");
                x[(place + 1) % frames] = f32::NAN;
                let found = if frames > 1 { 0.5 } else { 0.0 };
                assert_eq!(peak_of(&x[..frames]), found, "{frames} {place}");
                x = [0.0; 90];
            }
            assert_eq!(peak_of(&x[..frames]), 0.0);
        }
    }

    #[test]
    fn sine_at_minus_20_reads_minus_23() {
        for rate in [11_025.0, 44_100.0, 48e3, 96e3, 192e3] {
            let x = sine(rate, math::to_count(rate), 1000.0, -20.0, 0.0);
            let y = sine(rate, math::to_count(rate), 1000.0, -40.0, 0.0);
            let rms = read(rate, &x, &y).rms.map(math::gain_to_db);
            assert!((rms[0] + 23.01).abs() < 0.02, "{rate}: {rms:?}");
            assert!((rms[1] + 43.01).abs() < 0.02, "{rate}: {rms:?}");
            let aes17 = read(rate, &x, &y).rms_aes17().map(math::gain_to_db);
            assert!((aes17[0] + 20.0).abs() < 0.02, "{rate}: {aes17:?}");
        }
    }

    #[test]
    fn window_is_300_ms() {
        let mut meter = BusMeter::new(48_000.0);
        meter.process(0, &[0.5; 48_000], &[0.5; 48_000]);
        let silence = [0.0; 14_400];
        meter.process(48_000, &silence[..7200], &silence[..7200]);
        assert!((meter.take().rms[0] - 0.5 * 0.5f32.sqrt()).abs() < 1e-6);
        meter.process(55_200, &silence[..7200], &silence[..7200]);
        assert_eq!(meter.take().rms, [0.0, 0.0]);
    }

    #[test]
    fn correlation_of_phases() {
        let x = sine(48e3, 48_000, 1000.0, -6.0, 0.0);
        for (degrees, expected) in [(0.0, 1.0), (180.0, -1.0), (90.0, 0.0), (60.0, 0.5)] {
            let y = sine(48e3, 48_000, 1000.0, -16.0, degrees);
            let correlation = read(48e3, &x, &y).correlation;
            assert!(
                (correlation - expected).abs() < 0.01,
                "{degrees}: {correlation}"
            );
        }
        assert_eq!(read(48e3, &x, &[0.0; 48_000]).correlation, 0.0);
    }

    #[test]
    fn clips_are_counted_and_located() {
        let mut meter = BusMeter::new(48_000.0);
        let (mut left, mut right) = ([0.99_f32; 1000], [0.0; 1000]);
        (left[700], right[613], right[700]) = (1.0, -1.5, 2.0);
        meter.process(5_000, &left, &right);
        let first = meter.take();
        assert_eq!((first.clips, first.first_clip), (3, Some(5_613)));
        meter.process(6_000, &[0.0; 10], &[0.0; 10]);
        let mut second = meter.take();
        assert_eq!((second.clips, second.first_clip), (0, None));
        second.join(&first);
        assert_eq!(
            (second.clips, second.peak, second.rms),
            (3, [1.0, 2.0], first.rms)
        );
    }

    #[test]
    fn a_jump_empties_the_window_and_nan_passes() {
        let mut meter = BusMeter::new(48_000.0);
        meter.process(0, &[f32::INFINITY; 20_000], &[f32::NAN; 20_000]);
        meter.process(100_000, &[0.5; 20_000], &[0.5; 20_000]);
        meter.take();
        meter.process(120_000, &[0.5; 480], &[0.5; 480]);
        let reading = meter.take();
        assert_eq!((reading.peak, reading.rms), ([0.5; 2], [0.5; 2]));
    }

    proptest! {
        #[test]
        fn splits_give_the_same_bits(
            start in 0_u64..100_000,
            splits in prop::collection::vec(0_usize..700, 1..40),
            seed in any::<u32>(),
        ) {
            let noise = |i: u64, salt: u32| {
                let hash = (i ^ u64::from(salt)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                math::to_f32((hash >> 11) as f64 * 2f64.powi(-52) * 1.6 - 1.6)
            };
            let total: usize = splits.iter().sum();
            let frames = start..start + total as u64;
            let left: Vec<_> = frames.clone().map(|i| noise(i, seed)).collect();
            let right: Vec<_> = frames.map(|i| noise(i, !seed)).collect();
            let mut whole = BusMeter::new(44_100.0);
            whole.process(start, &left, &right);
            let mut split = BusMeter::new(44_100.0);
            let mut done = 0;
            for frames in splits {
                let end = done + frames;
                split.process(start + done as u64, &left[done..end], &right[done..end]);
                done = end;
            }
            prop_assert_eq!(split.take(), whole.take());
        }
    }
}
