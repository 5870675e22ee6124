//! The jobs, who does them, and what their results are worth.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Place;
use crate::own::BANDS;
use crate::{Result, files, signal};

type Commands = Box<dyn Fn(&Place, &Path, &Path) -> Result<Vec<Command>>>;
type Judge = fn(&Place, &Path, &Contender) -> Result<String>;

/// One program doing the job.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Name of its result.
    pub(crate) file: &'static str,
    /// What Segue wants to be faster by.
    pub(crate) goal: &'static str,
    /// How it makes sure of the result, if it does.
    pub(crate) checks: &'static str,
    /// May be missing from a build of Segue.
    pub(crate) is_optional: bool,
    pub(crate) commands: Commands,
}

/// One job.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) input: PathBuf,
    /// Of the results.
    pub(crate) extension: &'static str,
    pub(crate) contenders: Vec<Contender>,
    pub(crate) judge: Judge,
}

/// What `segue` does unless it is told otherwise: it compares what lies on the disk with what it
/// wrote, and decodes what an encoder made.
const READS_BACK: &str = "reads back";
/// The same by a second program.
const DECODES_AGAIN: &str = "decodes again";

/// All jobs, in the order in which they run.
pub(crate) fn all(place: &Place) -> Result<Vec<Work>> {
    let work = |name, extension, judge: Judge, contenders| Work {
        name,
        input: place.input.clone(),
        extension,
        contenders,
        judge,
    };
    let mut works = vec![
        work(
            "measure, -23 LUFS, WAV 24",
            "wav",
            normalised,
            loudness(place)?,
        ),
        work("peak to -1 dBFS, WAV 24", "wav", levels, peak()),
        work("copy, WAV 24", "wav", levels, copy()),
        work(
            "8 EQ + compressor + limiter, WAV 24",
            "wav",
            levels,
            strip(place)?,
        ),
        Work {
            input: place.input_44.clone(),
            ..work("44.1 to 48 kHz, WAV 24", "wav", conversion, rates())
        },
        Work {
            input: place.input_44.clone(),
            ..work("44.1 to 48 kHz, f64, WAV 24", "wav", conversion, best())
        },
    ];
    works.extend([
        work("FLAC -5", "flac", size, flac("5")),
        work("FLAC -8", "flac", size, flac("8")),
        work(
            "Ogg Vorbis, quality 6",
            "ogg",
            size,
            lossy(
                "--quality 6",
                "oggenc -Q -q 6 -o OUT IN",
                ("oggenc, oggdec", "oggdec -Q -o /dev/null OUT"),
                "1.2x",
            ),
        ),
        work(
            "Ogg Opus, 128 kbit/s",
            "opus",
            size,
            lossy(
                "--bitrate 128",
                "opusenc --quiet --bitrate 128 IN OUT",
                ("opusenc, opusdec", "opusdec --quiet OUT /dev/null"),
                "1x",
            ),
        ),
        work(
            "MP3, 320 kbit/s",
            "mp3",
            size,
            lossy(
                "--bitrate 320",
                "lame --quiet -b 320 IN OUT",
                ("lame, lame --decode", "lame --quiet --decode OUT /dev/null"),
                "1x",
            ),
        ),
        work(
            "MP3, V2",
            "mp3",
            size,
            lossy(
                "--quality 2",
                "lame --quiet -V 2 IN OUT",
                ("lame, lame --decode", "lame --quiet --decode OUT /dev/null"),
                "1x",
            ),
        ),
        work(
            "AAC-LC, 256 kbit/s",
            "m4a",
            size,
            lossy(
                "--bitrate 256",
                "ffmpeg -v error -nostdin -threads 1 -i IN -c:a aac -b:a 256k OUT",
                (
                    "ffmpeg, ffmpeg -f null",
                    "ffmpeg -v error -nostdin -threads 1 -i OUT -f null -",
                ),
                "",
            ),
        ),
    ]);
    Ok(works)
}

/// A program with its words, where IN and OUT stand for the files.
fn words(
    name: &'static str,
    file: &'static str,
    goal: &'static str,
    line: &'static str,
) -> Contender {
    let commands = move |_: &Place, input: &Path, output: &Path| {
        let mut words = line.split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        for word in words {
            match word {
                "IN" => command.arg(input),
                "OUT" => command.arg(output),
                word => command.arg(word),
            };
        }
        Ok(vec![command])
    };
    Contender {
        name,
        file,
        goal,
        checks: "",
        is_optional: true,
        commands: Box::new(commands),
    }
}

fn segue(line: &'static str) -> Contender {
    let commands = move |place: &Place, input: &Path, output: &Path| {
        let mut command = place.segue(line);
        command.arg(input).arg("-o").arg(output);
        Ok(vec![command])
    };
    Contender {
        name: "segue",
        file: "segue",
        goal: "",
        checks: if line.contains("--no-verify") {
            ""
        } else {
            READS_BACK
        },
        is_optional: false,
        commands: Box::new(commands),
    }
}

/// A Python program with IN and OUT as its arguments.
fn python(
    name: &'static str,
    file: &'static str,
    goal: &'static str,
    code: &'static str,
) -> Contender {
    let commands = move |place: &Place, input: &Path, output: &Path| {
        let mut command = place.python(code);
        command.arg(input).arg(output);
        Ok(vec![command])
    };
    Contender {
        name,
        file,
        goal,
        checks: "",
        is_optional: true,
        commands: Box::new(commands),
    }
}

const PYLOUDNORM: &str = "\
import sys, soundfile, pyloudnorm
x, rate = soundfile.read(sys.argv[1])
x = pyloudnorm.normalize.loudness(x, pyloudnorm.Meter(rate).integrated_loudness(x), -23.0)
soundfile.write(sys.argv[2], x, rate, 'PCM_24')
";
const NORMALIZE: &str = "\
import sys
sys.argv = ['ffmpeg-normalize', sys.argv[1], '-o', sys.argv[2], '-t', '-23', '-tp', '-1', '-ar', '48000', '-c:a', 'pcm_s24le', '-q']
from ffmpeg_normalize.__main__ import main
main()
";

fn loudness(place: &Place) -> Result<Vec<Contender>> {
    Ok(vec![
        segue("normalize --target -23 --ceiling -1 --bits 24"),
        two_pass(place)?,
        ebur128(place)?,
        python("ffmpeg-normalize", "normalize", ">= 20x", NORMALIZE),
        python("pyloudnorm", "pyloudnorm", ">= 15x", PYLOUDNORM),
    ])
}

/// ffmpeg with `filter`; `pass` is what a first pass has printed.
fn ffmpeg(input: &Path, filter: &str) -> Command {
    let mut command = Command::new("ffmpeg");
    command
        .args(["-v", "info", "-nostdin", "-threads", "1", "-i"])
        .arg(input);
    command.args(["-af", filter]);
    command
}

fn first_pass(place: &Place, filter: &str) -> Result<String> {
    let output = ffmpeg(&place.input, filter)
        .args(["-f", "null", "-"])
        .output();
    Ok(output.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stderr).into_owned()
    }))
}

fn two_pass(place: &Place) -> Result<Contender> {
    let first = "loudnorm=I=-23:TP=-1:LRA=50:print_format=json";
    let text = first_pass(place, first)?;
    let json = text.rfind('{').map_or("{}", |at| &text[at..]);
    let json = json.split_inclusive('}').next().unwrap_or("{}");
    let found: serde_json::Value = serde_json::from_str(json)?;
    let value = |name: &str| found[name].as_str().unwrap_or("0").to_owned();
    let second = format!(
        "loudnorm=I=-23:TP=-1:LRA=50:linear=true:measured_I={}:measured_TP={}:measured_LRA={}:measured_thresh={}:offset={}",
        value("input_i"),
        value("input_tp"),
        value("input_lra"),
        value("input_thresh"),
        value("target_offset")
    );
    let commands = move |_: &Place, input: &Path, output: &Path| {
        let mut measure = ffmpeg(input, first);
        measure.args(["-f", "null", "-"]);
        let mut write = ffmpeg(input, &second);
        write
            .args(["-ar", "48000", "-c:a", "pcm_s24le"])
            .arg(output);
        Ok(vec![measure, write])
    };
    let (name, file, goal) = ("ffmpeg loudnorm, two passes", "loudnorm", ">= 15x");
    Ok(Contender {
        name,
        file,
        goal,
        checks: "",
        is_optional: true,
        commands: Box::new(commands),
    })
}

fn ebur128(place: &Place) -> Result<Contender> {
    let first = "ebur128=peak=true:framelog=verbose";
    let text = first_pass(place, first)?;
    let line = text
        .lines()
        .rev()
        .find(|line| line.trim_start().starts_with("I:"));
    let level = line
        .and_then(|line| line.split_whitespace().nth(1))
        .unwrap_or("0");
    let second = format!("volume={}dB", -23.0 - level.parse::<f64>()?);
    let commands = move |_: &Place, input: &Path, output: &Path| {
        let mut measure = ffmpeg(input, first);
        measure.args(["-f", "null", "-"]);
        let mut write = ffmpeg(input, &second);
        write.args(["-c:a", "pcm_s24le"]).arg(output);
        Ok(vec![measure, write])
    };
    let (name, file, goal) = ("ffmpeg ebur128=peak=true, volume", "ebur128", ">= 5x");
    Ok(Contender {
        name,
        file,
        goal,
        checks: "",
        is_optional: true,
        commands: Box::new(commands),
    })
}

fn peak() -> Vec<Contender> {
    vec![
        segue("normalize --mode peak --target -1 --no-ceiling --bits 24"),
        words("sox gain -n", "sox", ">= 1x", "sox IN -b 24 OUT gain -n -1"),
    ]
}

fn copy() -> Vec<Contender> {
    vec![
        segue("convert --bits 24"),
        words(
            "ffmpeg",
            "ffmpeg",
            ">= 1.5x",
            "ffmpeg -v error -nostdin -i IN -c:a pcm_s24le OUT",
        ),
    ]
}

fn rates() -> Vec<Contender> {
    let soxr = "ffmpeg -v error -nostdin -threads 1 -i IN -af aresample=48000:resampler=soxr:precision=28 -c:a pcm_s24le OUT";
    vec![
        segue("convert --rate 48000 --bits 24"),
        words(
            "sox rate -v",
            "sox",
            ">= 1.5x",
            "sox IN -b 24 OUT rate -v 48000",
        ),
        words("ffmpeg soxr, 28 bits", "soxr", "", soxr),
        words(
            "sndfile-resample, best",
            "sndfile",
            ">= 15x",
            "sndfile-resample -to 48000 -c 0 IN OUT",
        ),
    ]
}

/// In f64 from file to file, and with the filter of drifting clocks.
fn best() -> Vec<Contender> {
    let mut stream = segue("convert --rate 48000 --bits 24 --resampler stream");
    (stream.name, stream.file) = ("segue, stream", "stream");
    vec![
        segue("convert --rate 48000 --bits 24 --precision best"),
        stream,
    ]
}

/// `flac -V` does what `segue` does: it decodes what it made, and compares. The others only encode.
fn flac(level: &'static str) -> Vec<Contender> {
    let (own, trusting, same, less, goal) = match level {
        "5" => (
            "convert --quality 5",
            "convert --quality 5 --no-verify",
            "flac --silent -V -5 -o OUT IN",
            "flac --silent -5 -o OUT IN",
            ">= 1.2x",
        ),
        _ => (
            "convert --quality 8",
            "convert --quality 8 --no-verify",
            "flac --silent -V -8 -o OUT IN",
            "flac --silent -8 -o OUT IN",
            ">= 1x",
        ),
    };
    let mut trusting = segue(trusting);
    (trusting.name, trusting.file) = ("segue, not decoded again", "trusting");
    let mut same = words("flac -V", "flac-v", goal, same);
    same.checks = DECODES_AGAIN;
    vec![segue(own), same, trusting, words("flac", "flac", "", less)]
}

/// The format follows from the name of the result. Two pairs of equal work: `segue` as it is next to
/// the reference and a decoder behind it (`again`: their names, and the decoder's words), and both of
/// them without decoding.
fn lossy(
    options: &'static str,
    reference: &'static str,
    again: (&'static str, &'static str),
    goal: &'static str,
) -> Vec<Contender> {
    let name = reference.split(' ').next().unwrap_or_default();
    let is_optional = ["lame", "ffmpeg"].contains(&name);
    let own = |name, file, more: &'static str| {
        let mut own = segue("convert");
        (own.name, own.file, own.is_optional) = (name, file, is_optional);
        own.checks = if more.is_empty() { READS_BACK } else { "" };
        own.commands = Box::new(move |place, input, output| {
            let mut command = place.segue("convert");
            command.args(options.split(' '));
            command.args(more.split_whitespace());
            command.arg(input).arg("-o").arg(output);
            Ok(vec![command])
        });
        own
    };
    let mut both = words(again.0, "again", goal, reference);
    both.checks = DECODES_AGAIN;
    let (encode, decode) = (both.commands, words("", "", "", again.1).commands);
    both.commands = Box::new(move |place, input, output| {
        let mut commands = encode(place, input, output)?;
        commands.extend(decode(place, input, output)?);
        Ok(commands)
    });
    vec![
        own("segue", "segue", ""),
        both,
        own("segue, not decoded again", "trusting", "--no-verify"),
        words(name, name, goal, reference),
    ]
}

const PEDALBOARD: &str = "\
import sys, pedalboard as p
from pedalboard.io import AudioFile
BANDS = [(60, 4), (150, -3), (400, 3), (1000, -4), (2500, 3.5), (5000, -3), (8000, 4), (12000, -5)]
board = p.Pedalboard([p.PeakFilter(f, g, 1.0) for f, g in BANDS] + [p.Compressor(-24, 4, 10, 100), p.Limiter(-6, 100)])
with AudioFile(sys.argv[1]) as source, AudioFile(sys.argv[2], 'w', source.samplerate, 2, 24) as target:
    while source.tell() < source.frames:
        target.write(board(source.read(65536), source.samplerate, buffer_size=8192, reset=False))
";

fn strip(place: &Place) -> Result<Vec<Contender>> {
    let mut bands = serde_json::Map::new();
    for (band, (hertz, gain)) in BANDS.iter().enumerate() {
        for (what, value) in [("on", 1.0), ("freq", *hertz), ("gain", *gain), ("q", 1.0)] {
            bands.insert(format!("band{}_{what}", band + 1), value.into());
        }
    }
    let chain = serde_json::json!({"inserts": [
        {"kind": "eq", "params": bands},
        {"kind": "compressor", "params": {"threshold": -24}},
        {"kind": "limiter", "params": {"ceiling": -6}},
    ]});
    std::fs::write(place.folder.join("chain.json"), chain.to_string())?;
    let mut own = segue("convert");
    own.commands = Box::new(|place, input, output| {
        let mut command = place.segue("convert --bits 24");
        command.arg("--chain");
        command
            .arg(place.folder.join("chain.json"))
            .arg(input)
            .arg("-o")
            .arg(output);
        Ok(vec![command])
    });
    Ok(vec![
        own,
        python("juce (pedalboard)", "pedalboard", ">= 3x", PEDALBOARD),
    ])
}

/// Loudness, range and true peak by the crate `ebur128`.
fn levels(_: &Place, output: &Path, _: &Contender) -> Result<String> {
    let [i, range, peak] = signal::loudness(&files::read(output)?, signal::RATE)?;
    Ok(format!("I {i:.2} LUFS, LRA {range:.1}, TP {peak:.2} dBTP"))
}

/// The same, with what it misses the target of -23 LUFS by.
fn normalised(place: &Place, output: &Path, contender: &Contender) -> Result<String> {
    let [i, ..] = signal::loudness(&files::read(output)?, signal::RATE)?;
    let levels = levels(place, output, contender)?;
    Ok(format!("{levels}, {:+.2} LU off", i + 23.0))
}

fn size(place: &Place, output: &Path, _: &Contender) -> Result<String> {
    let bytes = std::fs::metadata(output)?.len() as f64;
    let rate = bytes * 8.0 / 1e3 / place.seconds as f64;
    Ok(format!("{:.3} MB, {rate:.1} kbit/s", bytes / 1e6))
}

/// Distortion and noise, image, and the alias the other way round: the same program with tones.
fn conversion(place: &Place, _: &Path, contender: &Contender) -> Result<String> {
    let convert = |hertz: f64, from: u32, to: u32| -> Result<Vec<f64>> {
        let tone: Vec<f32> = signal::sine(hertz, from, 4 * from as usize)
            .iter()
            .map(|x| 0.9 * *x as f32)
            .collect();
        let (input, output) = (
            place.folder.join("tone.wav"),
            place.folder.join("toned.wav"),
        );
        files::write(&input, from, &[tone.clone(), tone])?;
        _ = std::fs::remove_file(&output);
        for command in (contender.commands)(place, &input, &output)? {
            crate::process::usage(&mut to_rate(&command, to))?;
        }
        Ok(files::read(&output)?[0]
            .iter()
            .map(|x| f64::from(*x))
            .collect())
    };
    let measure = |hertz: f64| -> Result<(f64, f64)> {
        let left = convert(hertz, 44_100, 48_000)?;
        let (amplitude, rest) = signal::fit(&left, hertz, 48_000);
        Ok((20.0 * (amplitude / 0.9).log10(), rest))
    };
    let (droop, low, high, image) = (
        measure(20_000.0)?.0,
        measure(997.0)?.1,
        measure(19_001.0)?.1,
        measure(21_000.0)?.1,
    );
    let down = convert(23_500.0, 48_000, 44_100)?;
    let alias = signal::fit(&down, 44_100.0 - 23_500.0, 44_100).0;
    let alias = 20.0 * (alias / 0.9).max(1e-15).log10();
    Ok(format!(
        "20 kHz {droop:+.4} dB, THD+N {low:.0}/{high:.0}, image {image:.0}, alias {alias:.0} dB (24 bits)"
    ))
}

/// The command with this rate of the result in place of 48,000.
fn to_rate(command: &Command, rate: u32) -> Command {
    let mut other = Command::new(command.get_program());
    other.args(command.get_args().map(|word| match word.to_str() {
        Some(word) if word.contains("48000") => word.replace("48000", &rate.to_string()).into(),
        _ => word.to_owned(),
    }));
    other
}
