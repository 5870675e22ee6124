//! Segue's own kernels, and the crate `ebur128`, in this process.

use cpu_time::ThreadTime;
use segue_dsp::convolution::{Latency, Response};
use segue_dsp::denormals::FlushGuard;
use segue_dsp::loudness::LoudnessMeter;
use segue_dsp::processor::{Processor, ProcessorKind, Setup, build, info};
use segue_dsp::true_peak::TruePeakMeter;
use segue_offline::resample::{Tier, resample};

use crate::Result;
use crate::dsp::{Named, Subject};
use crate::signal::{BLOCK, RATE, bell, fit, loudness, sine};

/// Frames of a turn.
const TURN: usize = 400 * BLOCK;
/// The bands of every equaliser here: Hz and dB, Q 1.
pub(crate) const BANDS: [(f32, f32); 8] = [
    (60.0, 4.0),
    (150.0, -3.0),
    (400.0, 3.0),
    (1_000.0, -4.0),
    (2_500.0, 3.5),
    (5_000.0, -3.0),
    (8_000.0, 4.0),
    (12_000.0, -5.0),
];
/// Where the limiters stop, dBTP.
pub(crate) const CEILING: f64 = -6.0;

/// Levels of the tones by which compressors are judged, dBFS: both are far above their threshold.
pub(crate) const LEVELS: [f64; 2] = [-18.0, -6.0];

type Sides = [Vec<f32>; 2];

/// What takes part in `work` in this process.
pub(crate) fn subjects(work: &str, programme: &Sides) -> Result<Vec<Named>> {
    let frames = programme[0].len().min(TURN);
    let part = [
        programme[0][..frames].to_vec(),
        programme[1][..frames].to_vec(),
    ];
    let one = |name: &str, subject: Box<dyn Subject>| (name.to_owned(), subject);
    let chain = |kinds: &[ProcessorKind]| Chain::new(kinds, part.clone());
    use ProcessorKind::{Compressor, Convolution, Eq, Limiter, Reverb};
    Ok(match work {
        "eq" => vec![one("segue", Box::new(chain(&[Eq])?))],
        "compressor" => vec![one("segue", Box::new(chain(&[Compressor])?))],
        "limiter" => vec![one("segue", Box::new(chain(&[Limiter])?))],
        "strip" => vec![one("segue", Box::new(chain(&[Eq, Compressor, Limiter])?))],
        "reverb" => vec![one("segue", Box::new(chain(&[Reverb])?))],
        "convolution" => vec![one("segue", Box::new(chain(&[Convolution])?))],
        "loudness" | "k_weighting" | "true_peak" => vec![
            one(
                "segue",
                Box::new(Meter {
                    work: name_of(work),
                    part: part.clone(),
                }),
            ),
            one(
                "ebur128",
                Box::new(Ebur128 {
                    work: name_of(work),
                    part,
                }),
            ),
        ],
        "import" => vec![one(
            "segue import",
            Box::new(Converter {
                tier: Tier::Import,
                part,
            }),
        )],
        "offline" => vec![one(
            "segue offline",
            Box::new(Converter {
                tier: Tier::Offline,
                part,
            }),
        )],
        _ => Vec::new(),
    })
}

fn name_of(work: &str) -> Measured {
    match work {
        "loudness" => Measured::All,
        "true_peak" => Measured::TruePeak,
        _ => Measured::Loudness,
    }
}

/// Processors in a row.
struct Chain {
    kinds: Vec<ProcessorKind>,
    processors: Vec<Box<dyn Processor>>,
    part: Sides,
    at: u64,
}

impl Chain {
    fn new(kinds: &[ProcessorKind], part: Sides) -> Result<Self> {
        let setup = Setup::new(f64::from(RATE), 2)?;
        let processor = |kind: &ProcessorKind| processor(*kind, setup);
        let processors = kinds.iter().map(processor).collect::<Result<_>>()?;
        Ok(Self {
            kinds: kinds.to_vec(),
            processors,
            part,
            at: 0,
        })
    }

    /// Puts `input` through in blocks.
    fn process(&mut self, input: &Sides) -> Sides {
        let _flush = FlushGuard::new();
        let mut output = [
            Vec::with_capacity(input[0].len()),
            Vec::with_capacity(input[0].len()),
        ];
        for (left, right) in input[0].chunks(BLOCK).zip(input[1].chunks(BLOCK)) {
            let start = output[0].len();
            output[0].extend_from_slice(left);
            output[1].extend_from_slice(right);
            let [out_left, out_right] = &mut output;
            let io = &mut [&mut out_left[start..], &mut out_right[start..]];
            for processor in &mut self.processors {
                processor.process(self.at, io, None);
            }
            self.at += left.len() as u64;
        }
        output
    }
}

fn processor(kind: ProcessorKind, setup: Setup) -> Result<Box<dyn Processor>> {
    let mut rows: Vec<(String, f32)> = Vec::new();
    match kind {
        ProcessorKind::Eq => {
            for (band, (hertz, gain)) in BANDS.iter().enumerate() {
                let row = |what: &str, value: f32| (format!("band{}_{what}", band + 1), value);
                rows.extend([
                    row("on", 1.0),
                    row("freq", *hertz),
                    row("gain", *gain),
                    row("q", 1.0),
                ]);
            }
        }
        ProcessorKind::Compressor => rows.push(("threshold".to_owned(), -24.0)),
        ProcessorKind::Limiter => rows.extend([
            ("ceiling".to_owned(), CEILING as f32),
            ("input".to_owned(), 6.0),
        ]),
        ProcessorKind::Reverb => rows.push(("decay".to_owned(), 2.0)),
        _ => {}
    }
    let row = |(id, value): &(String, f32)| {
        let number = info(kind)
            .param(id)
            .ok_or_else(|| format!("no parameter {id}"))?;
        Ok::<_, String>((number, *value))
    };
    let values = rows
        .iter()
        .map(row)
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let mut processor = build(kind, setup, &values)?;
    if kind == ProcessorKind::Convolution {
        let response = Response::new(&response(), 2, setup.sample_rate, Latency::Zero)?;
        processor.exchange(Box::new(response));
    }
    Ok(processor)
}

/// Two seconds of decaying noise for each side.
fn response() -> Vec<Vec<f32>> {
    let frames = 2 * RATE as usize;
    let noise = crate::signal::programme(RATE, frames);
    let decay = |n: usize| (-6.9 * n as f32 / frames as f32).exp() * 0.05;
    noise
        .iter()
        .map(|side| side.iter().enumerate().map(|(n, x)| x * decay(n)).collect())
        .collect()
}

impl Subject for Chain {
    fn turn(&mut self) -> Result<f64> {
        let part = std::mem::take(&mut self.part);
        let start = ThreadTime::now();
        let output = self.process(&part);
        let spent = start.elapsed().as_secs_f64() * 1e9;
        std::hint::black_box(&output);
        let frames = part[0].len() as f64;
        self.part = part;
        Ok(spent / frames)
    }

    fn quality(&mut self) -> Result<String> {
        match self.kinds[..] {
            [ProcessorKind::Eq] => eq_quality(),
            [ProcessorKind::Compressor] => compressor_quality(),
            [.., ProcessorKind::Limiter] => {
                let part = self.part.clone();
                let output = self.process(&part);
                overshoot(&output)
            }
            [ProcessorKind::Reverb] => {
                Ok("16 lines, 8 early reflections a side, modulated".to_owned())
            }
            [ProcessorKind::Convolution] => Ok("no latency".to_owned()),
            _ => Ok(String::new()),
        }
    }
}

/// How far the output's true peak is above the ceiling.
pub(crate) fn overshoot(output: &Sides) -> Result<String> {
    let [_, _, peak] = loudness(output, RATE)?;
    Ok(format!(
        "true peak {:+.2} dB from the ceiling",
        peak - CEILING
    ))
}

fn compressor_quality() -> Result<String> {
    let answer = |level: f64| -> Result<Vec<f32>> {
        let amplitude = 10_f64.powf(level / 20.0);
        let tone: Vec<f32> = sine(997.0, RATE, 4 * RATE as usize)
            .iter()
            .map(|x| (amplitude * x) as f32)
            .collect();
        let mut chain = Chain::new(&[ProcessorKind::Compressor], [Vec::new(), Vec::new()])?;
        let [left, _] = chain.process(&[tone.clone(), tone]);
        Ok(left)
    };
    let [soft, loud] = LEVELS;
    Ok(compression(&answer(soft)?, &answer(loud)?))
}

/// How far a ratio of 4 is off, by what a compressor makes of tones of 997 Hz with [`LEVELS`], and its
/// distortion and noise at the louder one. Neither make-up nor the kind of detector has a part in it.
pub(crate) fn compression(soft: &[f32], loud: &[f32]) -> String {
    let of = |output: &[f32]| {
        let output: Vec<f64> = output.iter().map(|x| f64::from(*x)).collect();
        let (amplitude, rest) = fit(&output, 997.0, RATE);
        (20.0 * amplitude.log10(), rest)
    };
    let ((soft, _), (loud, rest)) = (of(soft), of(loud));
    let law = (LEVELS[1] - LEVELS[0]) / 4.0;
    let error = loud - soft - law;
    format!("gain reduction {error:+.2} dB off over 12 dB, THD+N {rest:.0} dB")
}

/// What a bell of +12 dB, 10 kHz, Q 1 is away from the analogue one at 16 kHz.
fn eq_quality() -> Result<String> {
    let setup = Setup::new(f64::from(RATE), 2)?;
    let param = |id: &str| info(ProcessorKind::Eq).param(id).ok_or("no such parameter");
    let values = [
        (param("band1_on")?, 1.0),
        (param("band1_freq")?, 10_000.0),
        (param("band1_gain")?, 12.0),
        (param("band1_q")?, 1.0),
    ];
    let processors = vec![build(ProcessorKind::Eq, setup, &values)?];
    let part = [Vec::new(), Vec::new()];
    let mut chain = Chain {
        kinds: vec![ProcessorKind::Eq],
        processors,
        part,
        at: 0,
    };
    let tone: Vec<f32> = sine(16_000.0, RATE, 2 * RATE as usize)
        .iter()
        .map(|x| 0.1 * *x as f32)
        .collect();
    let output = chain.process(&[tone.clone(), tone]);
    Ok(bell_error(&output[0]))
}

/// The same of any equaliser's answer to that tone at an amplitude of 0.1.
pub(crate) fn bell_error(output: &[f32]) -> String {
    let output: Vec<f64> = output.iter().map(|x| f64::from(*x)).collect();
    let (amplitude, _) = fit(&output, 16_000.0, RATE);
    let error = 20.0 * (amplitude / 0.1).log10() - bell(16_000.0, 10_000.0, 12.0, 1.0);
    format!("bell +12 dB at 10 kHz is {error:+.2} dB off at 16 kHz")
}

/// What of the meters runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measured {
    All,
    Loudness,
    TruePeak,
}

struct Meter {
    work: Measured,
    part: Sides,
}

impl Meter {
    fn all(&self) -> LoudnessMeter {
        let mut meter = LoudnessMeter::new(f64::from(RATE), &[1.0; 2]);
        for (left, right) in self.part[0].chunks(BLOCK).zip(self.part[1].chunks(BLOCK)) {
            meter.process(&[left, right]);
        }
        meter
    }

    fn true_peak(&self) -> f32 {
        let peak = |side: &Vec<f32>| {
            let mut meter = TruePeakMeter::new(f64::from(RATE));
            side.chunks(BLOCK).for_each(|block| meter.process(block));
            meter.finish();
            meter.peak()
        };
        peak(&self.part[0]).max(peak(&self.part[1]))
    }
}

/// CPU time of `work` in nanoseconds a frame.
fn timed<T>(frames: usize, work: impl FnOnce() -> T) -> f64 {
    let start = ThreadTime::now();
    std::hint::black_box(work());
    start.elapsed().as_secs_f64() * 1e9 / frames as f64
}

impl Subject for Meter {
    fn turn(&mut self) -> Result<f64> {
        let frames = self.part[0].len();
        let all = || timed(frames, || self.all());
        let peak = || timed(frames, || self.true_peak());
        Ok(match self.work {
            Measured::All => all(),
            Measured::TruePeak => peak(),
            // The meter does both; what is left is everything but the true peak.
            Measured::Loudness => all() - peak(),
        })
    }

    fn quality(&mut self) -> Result<String> {
        let mut meter = self.all();
        meter.finish();
        let read = meter.reading();
        let peak = 20.0 * f64::from(read.true_peak).log10();
        Ok(match self.work {
            Measured::All => format!(
                "I {:.2} LRA {:.2} TP {peak:.2}",
                read.integrated.0, read.range
            ),
            Measured::Loudness => "everything less the true peak".to_owned(),
            Measured::TruePeak => format!("TP {:.2}", 20.0 * f64::from(self.true_peak()).log10()),
        })
    }
}

struct Ebur128 {
    work: Measured,
    part: Sides,
}

impl Ebur128 {
    fn measure(&self) -> Result<ebur128::EbuR128> {
        use ebur128::Mode;
        let mode = match self.work {
            Measured::All => Mode::M | Mode::S | Mode::I | Mode::LRA | Mode::TRUE_PEAK,
            Measured::Loudness => Mode::M | Mode::S | Mode::I | Mode::LRA,
            Measured::TruePeak => Mode::TRUE_PEAK,
        };
        let mut meter = ebur128::EbuR128::new(2, RATE, mode)?;
        for (left, right) in self.part[0].chunks(BLOCK).zip(self.part[1].chunks(BLOCK)) {
            meter.add_frames_planar_f32(&[left, right])?;
        }
        Ok(meter)
    }
}

impl Subject for Ebur128 {
    fn turn(&mut self) -> Result<f64> {
        let mut done = Ok(());
        let time = timed(self.part[0].len(), || match self.measure() {
            Ok(meter) => Some(meter),
            Err(error) => {
                done = Err(error);
                None
            }
        });
        done.map(|()| time)
    }

    fn quality(&mut self) -> Result<String> {
        let [i, range, peak] = loudness(&self.part, RATE)?;
        Ok(match self.work {
            Measured::All => format!("I {i:.2} LRA {range:.2} TP {peak:.2}"),
            Measured::Loudness => format!("I {i:.2} LRA {range:.2}"),
            Measured::TruePeak => format!("TP {peak:.2}"),
        })
    }
}

struct Converter {
    tier: Tier,
    part: Sides,
}

impl Subject for Converter {
    fn turn(&mut self) -> Result<f64> {
        let start = ThreadTime::now();
        let output = resample(&self.part, 44_100, 48_000, self.tier)?;
        let spent = start.elapsed().as_secs_f64() * 1e9;
        Ok(spent / output[0].len() as f64)
    }

    fn quality(&mut self) -> Result<String> {
        let convert = |from: u32, to: u32, hertz: f64| -> Result<Vec<f64>> {
            let tone = sine(hertz, from, 4 * from as usize);
            if self.tier == Tier::Offline {
                return Ok(resample(&[tone], from, to, Tier::Offline)?.swap_remove(0));
            }
            let narrow = tone.iter().map(|x| *x as f32).collect();
            let output = resample(&[narrow], from, to, self.tier)?;
            Ok(output[0].iter().map(|x| f64::from(*x)).collect())
        };
        conversion_quality(convert)
    }
}

/// Level of 20 kHz, distortion and noise of 997 Hz and 19 kHz, image of 21 kHz, alias of 23.5 kHz.
fn conversion_quality(convert: impl Fn(u32, u32, f64) -> Result<Vec<f64>>) -> Result<String> {
    let up = |hertz: f64| {
        Ok::<_, Box<dyn std::error::Error>>(fit(&convert(44_100, 48_000, hertz)?, hertz, 48_000))
    };
    let (droop, _) = up(20_000.0)?;
    let (low, high, image) = (up(997.0)?.1, up(19_001.0)?.1, up(21_000.0)?.1);
    let down = convert(48_000, 44_100, 23_500.0)?;
    let (_, alias) = (0, fit(&down, 44_100.0 - 23_500.0, 44_100).0);
    Ok(format!(
        "20 kHz {:+.4} dB, THD+N {low:.0}/{high:.0}, image {image:.0}, alias {:.0} dB",
        20.0 * droop.log10(),
        20.0 * alias.max(1e-15).log10()
    ))
}
