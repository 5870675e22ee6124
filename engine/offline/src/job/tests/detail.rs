//! What a job leaves out when nobody asks for its report, and what it checks all the same.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::ops::ControlFlow;

use super::super::run::Ticker;
use super::super::verify::{Checked, Wanted, verify};
use super::super::*;
use super::support::*;
use crate::channels::Layout;
use crate::error::Error;
use crate::quantize::Dither;
use crate::sink::Encoding;
use crate::wav::{WavFormat, WavSpec, WavWriter};

const NEEDED: RunOptions = RunOptions {
    memory: 1 << 20,
    detail: Detail::Needed,
};

fn normalised(mode: LoudnessMode, target: f64, change: impl Fn(&mut Normalise)) -> Settings {
    let mut normalise = Normalise::new(mode, target);
    change(&mut normalise);
    Settings {
        normalise: Some(normalise),
        ..wav(WavFormat::I16)
    }
}

#[test]
fn a_job_without_report_writes_the_same_bytes() {
    let space = Space::new();
    let x = programme(48_000, 4, 2, 0.9);
    let input = space.wav("in.wav", 48_000, 2, WavFormat::I24, &x);
    let free = |n: &mut Normalise| n.ceiling = None;
    let mut rate = wav(WavFormat::I16);
    rate.rate = Some(44_100);
    let mut bext = wav(WavFormat::I24);
    bext.metadata.bext = true;
    let rows = [
        ("copy", wav(WavFormat::I24), ""),
        ("rate", rate, ""),
        ("bext", bext, ""),
        ("aiff", Settings::new(Encoding::Aiff { bits: 16 }), ""),
        ("i", normalised(LoudnessMode::Lufs, -20.0, |_| ()), "i"),
        (
            "m",
            normalised(LoudnessMode::MaxMomentary, -20.0, free),
            "max_m",
        ),
        ("rms", normalised(LoudnessMode::Rms, -20.0, free), "rms"),
        ("peak", normalised(LoudnessMode::Peak, -3.0, free), "peak"),
        (
            "tp",
            normalised(LoudnessMode::TruePeak, -3.0, |_| ()),
            "true_peak",
        ),
        (
            "limit",
            normalised(LoudnessMode::Lufs, -3.0, |n| n.over = OverCeiling::Limit),
            "i",
        ),
    ];
    for (name, settings, measure) in rows {
        let full = space.job(&input, &format!("{name}-full"), settings.clone());
        let bare = space.job(&input, &format!("{name}-bare"), settings);
        let full = go(&full).unwrap();
        let bare = run_with(&bare, NEEDED, &mut |_| ControlFlow::Continue(())).unwrap();
        let bytes = |report: &Report| fs::read(&report.output).unwrap();
        assert!(bytes(&full) == bytes(&bare), "{name}");
        assert!(
            bare.input_hash.is_empty() && bare.output_hash.is_empty(),
            "{name}"
        );
        let hash = blake3::hash(&bytes(&full)).to_hex().to_string();
        assert_eq!(full.output_hash, hash, "{name}");
        assert_eq!(full.gain_db, bare.gain_db, "{name}");
        assert!(bare.measured.dynamic_range.is_none(), "{name}");
        if !measure.is_empty() {
            assert_eq!((bare.measure, bare.rule), (measure, full.rule), "{name}");
            assert_eq!(bare.result_level, full.result_level, "{name}");
        }
    }
}

#[test]
fn reading_back_sees_every_byte() {
    let space = Space::new();
    let spec = WavSpec {
        layout: Layout::usual(2),
        sample_rate: 48_000,
        format: WavFormat::I24,
        dither: Dither::None,
    };
    let encoding = Encoding::Wav(WavFormat::I24);
    let x = programme(48_000, 1, 2, 0.9);
    let wanted = |frames| Wanted {
        rate: 48_000,
        layout: Layout::usual(2),
        frames,
        true_peak: false,
        hash: true,
        levels: None,
        history: false,
    };
    let check = |damaged: Option<u64>, frames: u64| -> crate::error::Result<Checked> {
        let mut writer = WavWriter::create(&space.path("a.wav"), spec).unwrap();
        writer.write(&x).unwrap();
        let (file, _) = writer.complete().unwrap();
        if let Some(at) = damaged {
            let mut other = fs::File::options()
                .write(true)
                .open(file.temporary())
                .unwrap();
            other.seek(SeekFrom::End(-(at as i64))).unwrap();
            other.write_all(&[0x55]).unwrap();
        }
        let mut monitor = |_: &JobProgress| ControlFlow::Continue(());
        let mut ticker = Ticker::new(&mut monitor, NEEDED);
        verify(&file, &encoding, &wanted(frames), &mut ticker)
    };
    let whole = check(None, 48_000).unwrap();
    assert_eq!(whole.hash.map(|hash| hash.len()), Some(64));
    for (damaged, frames) in [(Some(1), 48_000), (Some(200_000), 48_000), (None, 47_999)] {
        let error = check(damaged, frames).unwrap_err();
        assert!(matches!(error, Error::Verify { .. }), "{error}");
    }
    assert!(space.names().is_empty());
}
