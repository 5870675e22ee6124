use super::*;

/// A repeatable stream of numbers in 0..1.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let index = crate::math::to_count((self.unit() * list.len() as f64).floor());
        list[index]
    }

    /// Equal probability per octave.
    fn log(&mut self, min: f64, max: f64) -> f64 {
        min * (max / min).powf(self.unit())
    }

    fn signed(&mut self, min: f64, max: f64) -> f64 {
        let x = min + (max - min) * self.unit();
        if self.unit() < 0.5 { -x } else { x }
    }
}

/// Level of the analogue prototype in dB; `r` is the frequency over the band's.
fn prototype_db(band: &Band, r: f64) -> f64 {
    let a = 10_f64.powf(band.gain_db.abs() / 40.0);
    let (r2, q) = (r * r, band.q);
    let order = i32::try_from(band.order).unwrap();
    let square = |real: f64, imaginary: f64| real * real + imaginary * imaginary;
    let pole_pair = square(1.0 - r2, r / q);
    let shelf = square(a - r2, a.sqrt() * r / q) / square(1.0 - a * r2, a.sqrt() * r / q) / (a * a);
    let sign = band.gain_db.signum();
    let power = match band.kind {
        BandKind::Bell => (square(1.0 - r2, r * a / q) / square(1.0 - r2, r / (a * q))).powf(sign),
        BandKind::LowShelf => (shelf * a.powi(4)).powf(sign),
        BandKind::HighShelf => shelf.powf(-sign),
        BandKind::Tilt => (1.0 / (shelf * a * a)).powf(sign),
        BandKind::LowPass if band.order != 2 => 1.0 / (1.0 + r2.powi(order)),
        BandKind::HighPass if band.order != 2 => 1.0 / (1.0 + r2.powi(-order)),
        BandKind::LowPass => 1.0 / pole_pair,
        BandKind::HighPass => r2 * r2 / pole_pair,
        BandKind::BandPass => square(0.0, r / q) / pole_pair,
        BandKind::Notch => square(1.0 - r2, 0.0) / pole_pair,
        BandKind::AllPass => 1.0,
    };
    10.0 * power.log10()
}

/// Largest deviation from the prototype over 20 Hz to 0.45 fs, where its level is above `floor`.
fn worst_error_db(band: &Band, fs: f64, floor: f64) -> f64 {
    let sections = band.design(fs);
    let steps = 120;
    (0..=steps)
        .map(|i| 20.0 * (0.45 * fs / 20.0).powf(f64::from(i) / f64::from(steps)))
        .filter_map(|f| {
            let ideal = prototype_db(band, f / band.freq);
            (ideal > floor).then(|| (sections.level_db(f, fs) - ideal).abs())
        })
        .fold(0.0, f64::max)
}

/// Which column of the table of bounds `freq` is in.
fn column(freq: f64, fs: f64) -> usize {
    let limits = [1000.0, 0.11 * fs, 0.23 * fs, 0.36 * fs];
    limits.iter().position(|limit| freq <= *limit).unwrap_or(4)
}

/// Scans random bands and compares them with the bounds per column: in dB, or in dB per dB of
/// gain where the flag is set.
fn check_scan(kinds: &[BandKind], q: (f64, f64), floor: f64, bounds: &[(f64, bool)]) {
    let mut random = Random(7);
    let mut worst = [0.0_f64; 5];
    for _ in 0..6000 {
        let fs = random.pick(&[44_100.0, 48_000.0, 96_000.0, 192_000.0]);
        let band = Band {
            kind: random.pick(kinds),
            freq: random.log(20.0, 0.45 * fs),
            gain_db: random.signed(0.5, 30.0),
            q: random.log(q.0, q.1),
            order: 2,
        };
        let column = column(band.freq, fs);
        let Some(&(bound, per_gain)) = bounds.get(column) else {
            continue;
        };
        let unit = if per_gain { band.gain_db.abs() } else { 1.0 };
        let error = worst_error_db(&band, fs, floor) / unit;
        worst[column] = worst[column].max(error);
        assert!(error <= bound, "{band:?} at {fs}: {error} > {bound}");
    }
    println!("{kinds:?}: worst per column {worst:?}");
}

#[test]
fn bells_follow_the_prototype() {
    let bounds = [
        (0.15, false),
        (0.07, true),
        (0.12, true),
        (0.12, true),
        (0.13, true),
    ];
    check_scan(&[BandKind::Bell], (0.5, 40.0), -200.0, &bounds);
}

#[test]
fn bells_meet_their_gain_at_their_centre() {
    let mut random = Random(3);
    for _ in 0..4000 {
        let fs = 192_000.0;
        let band = Band {
            kind: BandKind::Bell,
            freq: random.log(10.0, 0.45 * fs),
            gain_db: random.signed(0.5, 30.0),
            q: random.log(0.5, 40.0),
            order: 2,
        };
        let level = band.design(fs).level_db(band.freq, fs);
        assert!((level - band.gain_db).abs() < 0.01, "{band:?}: {level}");
    }
}

#[test]
fn shelves_follow_the_prototype() {
    let bounds = [
        (0.1, false),
        (0.04, true),
        (0.05, true),
        (0.10, true),
        (0.36, true),
    ];
    let kinds = [BandKind::LowShelf, BandKind::HighShelf, BandKind::Tilt];
    check_scan(&kinds, (0.5, 1.2), -200.0, &bounds);
}

#[test]
fn high_passes_follow_the_prototype() {
    let bounds = [(0.05, false), (0.3, false), (0.9, false), (1.7, false)];
    check_scan(&[BandKind::HighPass], (0.5, 4.0), -40.0, &bounds);
}

#[test]
fn low_and_band_passes_follow_the_prototype() {
    let bounds = [(1.0, false), (1.1, false), (1.3, false), (2.6, false)];
    let kinds = [BandKind::LowPass, BandKind::BandPass];
    check_scan(&kinds, (0.5, 40.0), -20.0, &bounds);
}

#[test]
fn steep_passes_are_butterworth() {
    for kind in [BandKind::LowPass, BandKind::HighPass] {
        for order in [1, 3, 4, 5, 6, 7, 8] {
            for freq in [30.0, 1000.0, 4000.0] {
                let band = Band {
                    kind,
                    freq,
                    gain_db: 0.0,
                    q: 3.0,
                    order,
                };
                let error = worst_error_db(&band, 48_000.0, -20.0);
                let bound = if freq > 1000.0 { 1.1 } else { 0.6 };
                assert!(error < bound, "{band:?}: {error}");
                let corner = band.design(48_000.0).level_db(freq, 48_000.0);
                assert!((corner + 3.0103).abs() < 0.1, "{band:?}: {corner}");
            }
        }
    }
}

#[test]
fn notches_reject_and_all_passes_pass() {
    for freq in [50.0, 5000.0, 20_000.0] {
        let band = |kind| Band {
            kind,
            freq,
            gain_db: 0.0,
            q: 2.0,
            order: 2,
        };
        let notch = band(BandKind::Notch).design(48_000.0);
        assert!(notch.level_db(freq, 48_000.0) < -200.0);
        assert!(notch.level_db(10.0, 48_000.0).abs() < 0.5);
        let all = band(BandKind::AllPass).design(48_000.0);
        for f in [20.0, freq, 21_000.0] {
            assert!(all.level_db(f, 48_000.0).abs() < 1e-9);
        }
    }
}

/// Largest magnitude of the roots of c0 + c1·z⁻¹ + c2·z⁻².
fn largest_root(sums: &Sums) -> f64 {
    let mean = 0.5 * (sums.dc + sums.nyquist);
    let (c0, c2) = (0.5 * (mean + sums.odd), 0.5 * (mean - sums.odd));
    let c1 = 0.5 * (sums.dc - sums.nyquist);
    let discriminant = c1 * c1 - 4.0 * c0 * c2;
    if discriminant < 0.0 {
        return (c2 / c0).sqrt();
    }
    (c1.abs() + discriminant.sqrt()) / (2.0 * c0.abs())
}

#[test]
fn poles_and_zeros_stay_inside_the_unit_circle() {
    let mut random = Random(11);
    for _ in 0..40_000 {
        let fs = random.pick(&[8000.0, 48_000.0, 384_000.0]);
        let band = Band {
            kind: random.pick(&BandKind::ALL),
            freq: random.log(10.0, 0.45 * fs),
            gain_db: random.signed(0.0, 30.0),
            q: random.log(0.1, 40.0),
            order: random.pick(&[1, 2, 3, 4, 5, 6, 7, 8]),
        };
        for section in band.design(fs).as_slice() {
            assert!(largest_root(&section.poles) < 1.0, "{band:?} {section:?}");
            if band.kind.has_gain() {
                assert!(largest_root(&section.zeros) < 1.0, "{band:?} {section:?}");
            }
            let (coefs, radius) = crate::svf::SvfCoefs::new(section);
            assert!(radius < 1.0 && coefs.c0.is_finite(), "{band:?} {coefs:?}");
        }
    }
}

#[test]
fn a_cut_is_the_inverse_of_the_boost() {
    for kind in [BandKind::Bell, BandKind::LowShelf, BandKind::HighShelf] {
        let band = |gain_db| Band {
            kind,
            freq: 9000.0,
            gain_db,
            q: 0.9,
            order: 2,
        };
        let boost = band(17.0).design(48_000.0).as_slice()[0];
        let cut = band(-17.0).design(48_000.0).as_slice()[0];
        assert_eq!(cut.zeros, boost.poles);
        let gain = cut.poles.dc / boost.zeros.dc;
        assert!((cut.poles.odd / boost.zeros.odd - gain).abs() < 1e-12);
    }
}
