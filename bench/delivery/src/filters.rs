//! Peers that are filters of ffmpeg, and LV2 plug-ins in its filter `lv2`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::dsp::{Named, Subject};
use crate::own::{BANDS, CEILING, LEVELS, bell_error, compression, overshoot};
use crate::signal::{RATE, read_raw, sine, write_raw};
use crate::{process, signal::fit, signal};

/// One filter graph doing one piece of work.
struct Filter {
    work: String,
    graph: String,
    raw: PathBuf,
    /// Seconds of the long and of the short run.
    lengths: [usize; 2],
}

const X42: &str = r"lv2=p=http\\://gareus.org/oss/lv2/";
const LSP: &str = r"lv2=p=http\\://lsp-plug.in/plugins/lv2/";

/// What can take part in `work`, and what cannot and why.
pub(crate) fn subjects(
    work: &str,
    raw: &Path,
    seconds: usize,
) -> Result<(Vec<Named>, Vec<(String, String)>)> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (name, graph) in graphs(work) {
        if !process::is_there("ffmpeg") {
            missing.push((name.to_owned(), "ffmpeg is not installed".to_owned()));
            continue;
        }
        let lengths = [seconds, seconds.div_ceil(6)];
        let (work, raw) = (work.to_owned(), raw.to_owned());
        let filter = Filter {
            work,
            graph,
            raw,
            lengths,
        };
        match filter.run(&filter.graph, 1) {
            Ok(_) => found.push((name.to_owned(), Box::new(filter) as Box<dyn Subject>)),
            Err(_) => missing.push((name.to_owned(), "not installed".to_owned())),
        }
    }
    Ok((found, missing))
}

fn graphs(work: &str) -> Vec<(&'static str, String)> {
    match work {
        "strip" => strips(),
        _ => parts(work),
    }
}

/// Each maker's equaliser, compressor and limiter in a row.
fn strips() -> Vec<(&'static str, String)> {
    let names = ["ffmpeg's own filters", "x42 fil4, darc, dpl (LV2)", "LSP x16, compressor, limiter (LV2)"];
    let chain = |maker: usize| {
        let stages = ["eq", "compressor", "limiter"].map(|stage| parts(stage)[maker].1.clone());
        stages.join(",")
    };
    names.into_iter().enumerate().map(|(maker, name)| (name, chain(maker))).collect()
}

/// In the same order of makers for each piece of work.
fn parts(work: &str) -> Vec<(&'static str, String)> {
    let ceiling = 10_f64.powf(CEILING / 20.0);
    match work {
        "eq" => vec![
            ("ffmpeg equalizer, 8 of them", equalizers(&BANDS)),
            ("x42 fil4 (LV2)", format!("{X42}fil4#stereo:c={}", fil4())),
            (
                "LSP x16 with 8 bells (LV2)",
                format!("{LSP}para_equalizer_x16_stereo:c={}", lsp_bells()),
            ),
        ],
        "compressor" => vec![
            (
                "ffmpeg acompressor",
                "acompressor=threshold=-24dB:ratio=4:attack=10:release=100".into(),
            ),
            (
                "x42 darc (LV2)",
                format!("{X42}darc#stereo:c=threshold=-24|Ratio=0.75"),
            ),
            (
                "LSP compressor (LV2)",
                format!("{LSP}compressor_stereo:c=al=0.063"),
            ),
        ],
        "limiter" => vec![
            (
                "ffmpeg alimiter",
                format!("alimiter=level_in=2:limit={ceiling}:level=false"),
            ),
            (
                "x42 dpl (LV2)",
                format!("{X42}dpl#stereo:c=gain=6|threshold=-6|truepeak=1"),
            ),
            (
                "LSP limiter (LV2)",
                format!("{LSP}limiter_stereo:c=g_in=2|th={ceiling}|boost=0"),
            ),
        ],
        "loudness" => vec![("ffmpeg ebur128=peak=true", "ebur128=peak=true".into())],
        _ => Vec::new(),
    }
}

fn equalizers(bands: &[(f32, f32)]) -> String {
    let one = |(hertz, gain): &(f32, f32)| format!("equalizer=f={hertz}:t=q:w=1:g={gain}");
    bands.iter().map(one).collect::<Vec<_>>().join(",")
}

/// High-pass, low-pass, two shelves, four bells.
fn fil4() -> String {
    let mut words = vec!["HighPass=1".to_owned(), "LowPass=1".to_owned()];
    for shelf in ["LS", "HS"] {
        words.extend([format!("{shelf}sec=1"), format!("{shelf}gain=3")]);
    }
    for (band, (hertz, gain)) in BANDS[1..5].iter().enumerate() {
        let n = band + 1;
        words.extend([
            format!("sec{n}=1"),
            format!("freq{n}={hertz}"),
            format!("gain{n}={gain}"),
        ]);
    }
    words.join("|")
}

/// One bell of about +12 dB at `hertz` by the LV2 plug-in of `graph`.
fn one_bell(graph: &str, hertz: f64) -> String {
    if graph.starts_with(X42) {
        let off = "HighPass=0|LowPass=0|LSsec=0|HSsec=0|sec1=0|sec2=0|sec3=0";
        return format!("{X42}fil4#stereo:c={off}|sec4=1|freq4={hertz}|gain4=12");
    }
    format!("{LSP}para_equalizer_x16_stereo:c=ft_0=1|f_0={hertz}|g_0=3.981|q_0=1")
}

fn lsp_bells() -> String {
    let bell = |(n, (hertz, gain)): (usize, &(f32, f32))| {
        format!(
            "ft_{n}=1|f_{n}={hertz}|g_{n}={}|q_{n}=1",
            10_f32.powf(gain / 20.0)
        )
    };
    BANDS
        .iter()
        .enumerate()
        .map(bell)
        .collect::<Vec<_>>()
        .join("|")
}

impl Filter {
    fn command(&self, graph: &str, raw: &Path, seconds: usize) -> Command {
        let mut command = Command::new("ffmpeg");
        command.args([
            "-v",
            "error",
            "-nostdin",
            "-threads",
            "1",
            "-filter_threads",
            "1",
        ]);
        command.args(["-f", "f32le", "-ar", &RATE.to_string(), "-ac", "2"]);
        command.args(["-t", &seconds.to_string(), "-i"]).arg(raw);
        // The same conversions around every filter.
        let graph = format!("aformat=fltp,{graph},aformat=fltp");
        command.args(["-af", &graph]);
        command
    }

    fn run(&self, graph: &str, seconds: usize) -> Result<f64> {
        let mut command = self.command(graph, &self.raw, seconds);
        Ok(process::usage(command.args(["-f", "null", "-"]))?.cpu)
    }

    /// What comes of a sine of `hertz` and this amplitude: four seconds.
    fn answer(&self, graph: &str, hertz: f64, amplitude: f64) -> Result<Vec<f32>> {
        let tone: Vec<f32> = sine(hertz, RATE, 4 * RATE as usize)
            .iter()
            .map(|x| (amplitude * x) as f32)
            .collect();
        let raw = self.raw.with_extension("tone");
        write_raw(&raw, &[tone.clone(), tone])?;
        let [left, _] = self.output(graph, &raw)?;
        Ok(left)
    }

    /// What a bell at 10 kHz is away from the shape that it has at 1 kHz. What they call Q differs.
    fn cramping(&self) -> Result<String> {
        let level = |centre: f64| -> Result<f64> {
            let output = self.answer(&one_bell(&self.graph, centre), 1.6 * centre, 0.1)?;
            let output: Vec<f64> = output.iter().map(|x| f64::from(*x)).collect();
            Ok(20.0 * fit(&output, 1.6 * centre, RATE).0.log10())
        };
        let error = level(10_000.0)? - level(1_000.0)?;
        Ok(format!("bell +12 dB at 10 kHz is {error:+.2} dB off at 16 kHz"))
    }

    fn output(&self, graph: &str, raw: &Path) -> Result<[Vec<f32>; 2]> {
        let mut command = self.command(graph, raw, self.lengths[0]);
        let output = command.args(["-f", "f32le", "-"]).output()?;
        Ok(read_raw(&output.stdout))
    }
}

impl Subject for Filter {
    fn turn(&mut self) -> Result<f64> {
        let [long, short] = self.lengths;
        let of = |graph: &str| {
            Ok::<_, Box<dyn std::error::Error>>(self.run(graph, long)? - self.run(graph, short)?)
        };
        let spent = of(&self.graph)? - of("anull")?;
        Ok(spent * 1e9 / ((long - short) * RATE as usize) as f64)
    }

    fn quality(&mut self) -> Result<String> {
        match self.work.as_str() {
            "limiter" | "strip" => overshoot(&self.output(&self.graph, &self.raw)?),
            "eq" if self.graph.starts_with("equalizer") => {
                let bell = equalizers(&[(10_000.0, 12.0)]);
                Ok(bell_error(&self.answer(&bell, 16_000.0, 0.1)?))
            }
            "eq" => self.cramping(),
            "compressor" => {
                let [soft, loud] = LEVELS.map(|level| 10_f64.powf(level / 20.0));
                let soft = self.answer(&self.graph, 997.0, soft)?;
                let loud = self.answer(&self.graph, 997.0, loud)?;
                Ok(compression(&soft, &loud))
            }
            "loudness" => {
                let sides = read_raw(&std::fs::read(&self.raw)?);
                let [i, range, peak] = signal::loudness(&sides, RATE)?;
                Ok(format!(
                    "(whole signal: I {i:.2} LRA {range:.2} TP {peak:.2})"
                ))
            }
            _ => Ok(String::new()),
        }
    }
}
