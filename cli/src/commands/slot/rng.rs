//! `segue slot rng`: what the generator draws, for tests of randomness.

use super::super::Output;
use super::numbers;
use crate::cancel::Cancel;
use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Bar;
use crate::values::seed;
use clap::{Args, ValueEnum};
use segue_engine::jobs::AtomicFile;
use segue_engine::slot::Rng;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Most numbers that go to standard output as one JSON object.
const JSON_NUMBERS: u64 = 1_000_000;

/// Numbers between two looks at Ctrl-C.
const PART: u64 = 1 << 16;

/// Write the generator's numbers: raw, or scaled as stops are
///
/// Raw numbers have 64 bits; with --below every one is in 0..N, by the same rejection as stops.
/// PractRand, dieharder and TestU01 read `--format binary`: 8 bytes each, the lowest first.
#[derive(Debug, Args)]
pub(crate) struct Dump {
    /// How many: 1000, 1e8
    #[arg(long, default_value = "16", value_parser = numbers)]
    count: u64,
    /// Scaled to 0..N in place of raw
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    below: Option<u64>,
    /// Seed of the random numbers
    #[arg(long, default_value = "1", value_parser = seed)]
    seed: u64,
    /// Stream of the seed
    #[arg(long, default_value = "0")]
    stream: u64,
    /// Numbers of the stream that are left out first
    #[arg(long, default_value = "0", value_name = "N")]
    skip: u64,
    /// A number a line, or 8 bytes each
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
    /// The file to write; without it standard output
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Binary,
}

/// Takes bytes, and how many numbers that makes.
type Sink<'a> = dyn FnMut(&[u8], u64) -> Result<(), Failure> + 'a;

impl Dump {
    pub(super) fn run(&self, console: &Console) -> Result<(), Failure> {
        if self.skip.checked_add(self.count).is_none() {
            let text = format!("--skip {} and --count {}", self.skip, self.count);
            return Err(Failure::usage(format!(
                "{text} go beyond the stream's 2^64 numbers"
            )));
        }
        let cancel = Cancel::listen(|| ())?;
        let mut rng = Rng::at(self.seed, self.stream, self.skip);
        let Some(path) = &self.out else {
            return self.answer(console, &mut rng, &cancel);
        };
        let bar = Bar::new(console, "Drawing");
        let mut file = AtomicFile::create(path).map_err(segue_engine::Error::from)?;
        self.parts(&mut rng, &cancel, &mut |bytes, done| {
            bar.at(done, self.count);
            file.write_all(bytes).map_err(|error| io(path, &error))
        })?;
        file.finish().map_err(segue_engine::Error::from)?;
        drop(bar);
        console.answer(
            || format!("{}: {} numbers", path.display(), self.count),
            || {
                let mut object = self.object(&rng);
                object["path"] = json!(path.display().to_string());
                object
            },
        )
    }

    /// Numbers to standard output.
    fn answer(&self, console: &Console, rng: &mut Rng, cancel: &Cancel) -> Result<(), Failure> {
        if !self.output.json {
            let mut write = |bytes: &[u8], _| console.write(bytes);
            return self.parts(rng, cancel, &mut write);
        }
        if self.count > JSON_NUMBERS {
            let text = format!("--count {} with --json is above {JSON_NUMBERS}", self.count);
            return Err(Failure::usage(text).hint("leave --json out, or write a file with -o"));
        }
        // Numbers above 2^53 are texts.
        let numbers: Vec<String> = (0..self.count)
            .map(|_| self.next(rng).to_string())
            .collect();
        let mut object = self.object(rng);
        object["numbers"] = json!(numbers);
        console.answer(String::new, || object)
    }

    fn parts(&self, rng: &mut Rng, cancel: &Cancel, write: &mut Sink<'_>) -> Result<(), Failure> {
        let mut done = 0;
        while done < self.count {
            let part = PART.min(self.count - done);
            let mut bytes = Vec::new();
            for _ in 0..part {
                let number = self.next(rng);
                match self.format {
                    Form::Text => bytes.extend_from_slice(format!("{number}\n").as_bytes()),
                    Form::Binary => bytes.extend_from_slice(&number.to_le_bytes()),
                }
            }
            done += part;
            write(&bytes, done)?;
            if cancel.flow().is_break() {
                return Err(Failure::from(segue_engine::Error::Cancelled));
            }
        }
        Ok(())
    }

    fn next(&self, rng: &mut Rng) -> u64 {
        match self.below {
            Some(bound) => rng.below(bound),
            None => rng.raw(),
        }
    }

    fn object(&self, rng: &Rng) -> serde_json::Value {
        json!({
            "generator": "PCG64 XSL RR 128/64",
            "seed": self.seed,
            "stream": self.stream,
            "counter_before": self.skip,
            "counter_after": rng.counter(),
            "below": self.below,
            "count": self.count,
        })
    }
}

fn io(path: &Path, error: &std::io::Error) -> Failure {
    Failure::io(path, "write", error)
}
