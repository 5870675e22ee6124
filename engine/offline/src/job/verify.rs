//! Reading back what was written, before it is published.

use segue_dsp::true_peak::{Accuracy, TruePeakDetector};

use super::planes::{self, Planes};
use super::run::Prepared;
use super::run::Ticker;
use crate::atomic::AtomicFile;
use crate::decode::{DecodeOptions, Decoder};
use crate::error::{Error, Result};
use crate::measure::{Measurement, Measurer, decibels};
use crate::sink::Encoding;

/// Doublings of the rate for the true peak of lossy results: eight points a frame.
const DOUBLINGS: usize = 3;
/// Frames looked at together.
const CHUNK: usize = 4096;

/// What reading back found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Checked {
    /// Of a lossy result, dBTP.
    pub(crate) true_peak: Option<f64>,
    /// Of a result whose samples were clamped: its own levels.
    pub(crate) clamped: Option<Measurement>,
}

/// Decodes the file before it is published: it must have the rate, the channels and the length
/// that were written, and no damage (a FLAC file's MD5 is checked by its decoder).
pub(crate) fn verify(
    file: &AtomicFile,
    encoding: &Encoding,
    prepared: &Prepared,
    frames: u64,
    is_clamped: bool,
    ticker: &mut Ticker<'_, '_>,
) -> Result<Checked> {
    let bad = |reason: String| Error::Verify {
        path: file.target().to_owned(),
        reason,
    };
    let options = DecodeOptions::default();
    let mut decoder =
        Decoder::open(file.temporary(), &options).map_err(|e| unnamed(&e, file, bad))?;
    let (rate, channels) = (decoder.info().sample_rate, decoder.channels());
    let expected = (prepared.plan.rate, usize::from(prepared.layout.channels()));
    if (rate, channels) != expected {
        return Err(bad(format!(
            "it has {rate} Hz and {channels} channels instead of {} and {}",
            expected.0, expected.1
        )));
    }
    let mut measurer = is_clamped.then(|| Measurer::new(rate, prepared.layout, false));
    let mut block_planes: Planes = vec![Vec::new(); channels];
    let mut peaks = encoding.is_lossy().then(|| Peaks::new(channels));
    loop {
        let position = decoder.position();
        let block = match decoder.next_block() {
            Ok(Some(block)) => block,
            Ok(None) => break,
            Err(e) => return Err(unnamed(&e, file, bad)),
        };
        if let Some(peaks) = &mut peaks {
            peaks.push(block, channels);
        }
        if let Some(measurer) = &mut measurer {
            planes::clear(&mut block_planes);
            planes::split(block, &mut block_planes);
            measurer.push(&planes::slices(&block_planes));
        }
        ticker.at(position)?;
    }
    let found = decoder.position();
    ticker.at(found)?;
    // ADTS has no place for the encoder's delay and the last packet's padding.
    let has_length = !matches!(encoding, Encoding::Aac { adts: true, .. });
    if has_length && found != frames {
        return Err(bad(format!("it has {found} frames instead of {frames}")));
    }
    Ok(Checked {
        true_peak: peaks.map(Peaks::finish),
        clamped: measurer.map(Measurer::finish),
    })
}

/// The decoder's error without the temporary name.
fn unnamed(error: &Error, file: &AtomicFile, bad: impl Fn(String) -> Error) -> Error {
    let name = file.temporary().display().to_string();
    bad(error.to_string().replace(&format!("{name}: "), ""))
}

struct Peaks {
    detectors: Vec<TruePeakDetector>,
    plane: Vec<f32>,
    peaks: Vec<f32>,
    highest: f32,
}

impl Peaks {
    fn new(channels: usize) -> Self {
        Self {
            detectors: vec![TruePeakDetector::new(Accuracy::Limiter, DOUBLINGS); channels],
            plane: Vec::new(),
            peaks: vec![0.0; CHUNK],
            highest: 0.0,
        }
    }

    fn push(&mut self, interleaved: &[f32], channels: usize) {
        for (c, detector) in self.detectors.iter_mut().enumerate() {
            self.plane.clear();
            self.plane
                .extend(interleaved.iter().skip(c).step_by(channels));
            for part in self.plane.chunks(CHUNK) {
                let peaks = &mut self.peaks[..part.len()];
                detector.process(part, self.highest, peaks);
                self.highest = peaks
                    .iter()
                    .fold(self.highest, |high, peak| high.max(*peak));
            }
        }
    }

    /// Silence follows.
    fn finish(mut self) -> f64 {
        let channels = self.detectors.len();
        let delay = self.detectors.first().map_or(0, TruePeakDetector::delay);
        self.push(&vec![0.0; delay * channels], channels);
        decibels(f64::from(self.highest))
    }
}
