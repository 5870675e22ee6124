//! A program with SDL2's audio callback plays a project; what its device got is what `segue render` writes.

use std::fs;
use std::path::Path;

use super::Outcome;
use super::kit::Kit;
use crate::dist;
use crate::shell::{Result, fail};

const SOURCE: &str = "capi/examples/sdl/play.c";
/// SDL's disk driver takes as long as a device would.
const SECONDS: usize = 6;
const RATE: usize = 48_000;

pub(super) fn sdl(kit: &Kit<'_>) -> Result<Outcome> {
    let mut ask = kit.shell.command("pkg-config");
    let Ok(words) = kit.shell.output(ask.args(["--cflags", "--libs", "sdl2"])) else {
        return Ok(Outcome::NotRun("libsdl2-dev is not installed"));
    };
    let program = kit.out.join("sdl");
    let mut compiler = kit.compiler(SOURCE);
    compiler.arg(SOURCE).arg("-o").arg(&program);
    dist::name_for_programs(&kit.built)?;
    compiler.arg("-L").arg(&kit.built).arg("-lsegue");
    compiler.arg(format!("-Wl,-rpath,{}", kit.built.display()));
    kit.shell.output(compiler.args(words.split_whitespace()))?;
    let (raw, wav) = (kit.out.join("sdl.raw"), kit.out.join("render.wav"));
    let project = kit.projects.join("factory");
    let mut play = kit.shell.command(program);
    play.env("SDL_AUDIODRIVER", "disk")
        .env("SDL_DISKAUDIOFILE", &raw);
    let said = kit
        .shell
        .report(play.arg(&project).arg(SECONDS.to_string()))?;
    let mut render = kit.shell.command(kit.built.join("segue"));
    render.arg("render").arg(&project).arg("-o").arg(&wav);
    render.args(["--bits", "32f", "--seconds", &SECONDS.to_string()]);
    kit.shell.report(&mut render)?;
    let latency = said
        .trim()
        .rsplit(' ')
        .next()
        .and_then(|word| word.parse().ok());
    let Some(latency) = latency else {
        return fail(format!("the program has not said its latency: {said}"));
    };
    compare(&raw, &wav, latency)
}

/// A file has no latency: its first frame is the one that the device got `latency` frames late.
fn compare(raw: &Path, wav: &Path, latency: usize) -> Result<Outcome> {
    let played = floats(&read(raw)?);
    let rendered = data(&read(wav)?).map(floats);
    let Some(rendered) = rendered.filter(|samples| samples.len() == 2 * SECONDS * RATE) else {
        return fail("`segue render` has not written the length it was asked for");
    };
    let played = &played[(2 * latency).min(played.len())..];
    let pairs = played.iter().zip(&rendered);
    let count = pairs.len();
    if count < 2 * (SECONDS * RATE - latency) {
        return fail(format!("the device got {} frames only", count / 2));
    }
    let different = pairs
        .clone()
        .filter(|(left, right)| left.to_bits() != right.to_bits())
        .count();
    if different > 0 {
        return fail(format!(
            "{different} of {count} samples are others than those of `segue render`"
        ));
    }
    if pairs.clone().all(|(sample, _)| *sample == 0.0) {
        return fail("silence");
    }
    Ok(Outcome::Done(format!(
        "{count} samples of SDL's callback are those of `segue render`"
    )))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) => fail(format!("cannot read {}: {error}", path.display())),
    }
}

fn floats(bytes: impl AsRef<[u8]>) -> Vec<f32> {
    let whole = bytes.as_ref().chunks_exact(4);
    whole
        .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        .collect()
}

/// The samples of a WAV file.
fn data(wav: &[u8]) -> Option<&[u8]> {
    let mut rest = wav.get(12..)?;
    loop {
        let (head, after) = rest.split_at_checked(8)?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if &head[..4] == b"data" {
            return after.get(..length);
        }
        rest = after.get(length + length % 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_found_behind_other_chunks() {
        let mut wav = b"RIFF\0\0\0\0WAVEodd \x03\0\0\0abc\0data\x04\0\0\0".to_vec();
        wav.extend(1.0_f32.to_le_bytes());
        assert_eq!(data(&wav).map(floats), Some(vec![1.0]));
        assert_eq!(data(&wav[..wav.len() - 1]), None);
    }
}
