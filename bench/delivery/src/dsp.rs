//! `dsp`: what processors, meters and sample-rate conversion cost in one thread, in nanoseconds a
//! stereo frame of 48 kHz (conversion: a frame of the result).
//!
//! Peers in this process and in Python's measure their calls; ffmpeg's filters and, through them,
//! LV2 plug-ins are the difference of a long and a short run without what ffmpeg itself takes.

use std::path::Path;

use crate::python::{Package, Python};
use crate::report::{Report, Row};
use crate::{Options, Result, filters, median, own, signal};

/// Someone at work.
pub(crate) trait Subject {
    /// Nanoseconds a frame, once.
    fn turn(&mut self) -> Result<f64>;

    /// What the result is worth.
    fn quality(&mut self) -> Result<String>;
}

/// A subject and its name.
pub(crate) type Named = (String, Box<dyn Subject>);

/// One piece of work: Segue's rows, Python's names and ffmpeg's filters come to it by this name.
pub(crate) struct Work {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) goal: &'static str,
}

/// In the order in which they run.
const WORKS: &[Work] = &[
    Work {
        id: "eq",
        name: "8-band EQ",
        goal: "5, >= 5x JUCE",
    },
    Work {
        id: "compressor",
        name: "compressor",
        goal: "6, >= 2x JUCE",
    },
    Work {
        id: "limiter",
        name: "true-peak limiter",
        goal: "10, >= 2x JUCE",
    },
    Work {
        id: "strip",
        name: "8 EQ + compressor + limiter",
        goal: "20, >= 3.5x",
    },
    Work {
        id: "reverb",
        name: "reverb, 2 s",
        goal: "20, >= 1.8x",
    },
    Work {
        id: "convolution",
        name: "convolution, 2 s stereo",
        goal: "",
    },
    Work {
        id: "loudness",
        name: "M, S, I, LRA, TP",
        goal: "8, >= 3x",
    },
    Work {
        id: "k_weighting",
        name: "M, S, I, LRA (K-weighting) alone",
        goal: "",
    },
    Work {
        id: "true_peak",
        name: "true peak alone",
        goal: "",
    },
    Work {
        id: "import",
        name: "44.1 to 48 kHz, f32",
        goal: "15, >= 0.9x HQ",
    },
    Work {
        id: "offline",
        name: "44.1 to 48 kHz, f64",
        goal: "",
    },
];

pub(crate) fn run(options: &Options, folder: &Path, report: &mut Report) -> Result<()> {
    let seconds = if options.quick { 4 } else { 60 };
    let programme = signal::programme(signal::RATE, seconds * signal::RATE as usize);
    let raw = folder.join("signal.f32");
    signal::write_raw(&raw, &programme)?;
    let python = Python::start(&options.python, folder, &raw)?;
    let rounds = if options.quick { 1 } else { 7 };
    for work in WORKS.iter().filter(|work| options.wants_work(work.name)) {
        let mut subjects = own::subjects(work.id, &programme)?;
        for name in python.borrow_mut().names(work.id)? {
            let python = std::rc::Rc::clone(&python);
            let package = Package {
                python,
                work: work.id,
                name: name.clone(),
            };
            subjects.push((name, Box::new(package)));
        }
        let (found, missing) = filters::subjects(work.id, &raw, seconds)?;
        subjects.extend(found);
        compare(work, &mut subjects, rounds, report)?;
        for (subject, why) in missing {
            report.push(row(work, subject, None, why));
        }
    }
    Ok(())
}

fn compare(work: &Work, subjects: &mut [Named], rounds: usize, report: &mut Report) -> Result<()> {
    let mut times = vec![Vec::new(); subjects.len()];
    // The first turn fills the caches.
    for round in 0..=rounds {
        for ((_, subject), times) in subjects.iter_mut().zip(&mut times) {
            let time = subject.turn()?;
            if round > 0 {
                times.push(time);
            }
        }
    }
    for ((name, subject), times) in subjects.iter_mut().zip(&mut times) {
        let quality = subject.quality()?;
        report.push(row(work, name.clone(), Some(median(times)), quality));
    }
    Ok(())
}

fn row(work: &Work, subject: String, value: Option<f64>, quality: String) -> Row {
    let goal = if subject.starts_with("segue") {
        work.goal
    } else {
        ""
    };
    let (bench, unit) = ("dsp", "ns/frame");
    Row {
        bench,
        work: work.name,
        subject,
        value,
        unit,
        quality,
        goal: goal.to_owned(),
    }
}
