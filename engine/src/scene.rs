//! Scenes: timed calls of a game as plain text, one a line.
//!
//! ```text
//! # what the hero does
//! 0        register hero pan=-0.2
//! 0:01.500 post Play_Footstep object=hero as=step
//! +0.25    rtpc speed 4.5 object=hero ramp=0.5
//! 5.1.000  state Combat on
//! b32      repeat 4 every b1 post Play_Hit
//! ```
//!
//! docs/scene.md is the reference. Parsing knows no project: names are checked by
//! [`Control::check_scene`], so that a whole scene is refused before its first call.

mod parse;
mod stage;
mod time;
mod words;

pub use time::{Span, When};

use std::collections::{BTreeMap, BTreeSet};

use crate::control::Control;
use crate::error::{Error, Result};
use crate::game::{Call, CheckedCalls, StageFeed};
use segue_rt::tempo::TempoMap;

/// Bytes of a scene at most.
pub const SCENE_BYTES: usize = 16 << 20;

/// Calls of a scene at most, repetitions included.
pub const SCENE_CALLS: usize = 1 << 20;

/// A line of a scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// When; `None`: with the line before it, or now.
    pub when: Option<When>,
    /// What; `None` for `end`, which only says how long the scene is.
    pub call: Option<Call>,
    /// How often, and after which time again.
    pub repeat: Option<(u32, Span)>,
}

/// A whole scene.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// What errors call it.
    pub name: String,
    /// Lines with their numbers from 1, in their order.
    pub lines: Vec<(usize, Line)>,
}

/// A call at its frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// Absolute frame.
    pub at: u64,
    /// Number of its line.
    pub line: usize,
    /// What; `None` for the end of the scene.
    pub call: Option<Call>,
}

impl Line {
    /// Reads one line; `None` for an empty one or a comment. `[thread-safe]`
    ///
    /// # Errors
    /// What is wrong with it: the word, what is allowed, and the nearest.
    pub fn parse(text: &str) -> Result<Option<Line>, String> {
        parse::line(text)
    }
}

impl Scene {
    /// Reads a scene; `name` is what errors call it. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Scene`] with the first line that is wrong, and the others in its text.
    pub fn parse(name: &str, text: &str) -> Result<Scene> {
        let (mut lines, mut wrong) = (Vec::new(), Vec::new());
        for (number, text) in (1..).zip(text.lines()) {
            match Line::parse(text) {
                Ok(read) => lines.extend(read.map(|line| (number, line))),
                Err(reason) => wrong.push((number, reason)),
            }
        }
        refuse(name, wrong)?;
        let name = name.to_owned();
        Ok(Scene { name, lines })
    }

    /// The stages of a trace at the frames at which they are heard. `[thread-safe]`
    pub fn of_stages(name: &str, feed: &StageFeed) -> Scene {
        let line = |(at, call): (u64, Call)| Line {
            when: Some(When::At(Span::Frames(at))),
            call: Some(call),
            repeat: None,
        };
        Scene {
            name: name.to_owned(),
            lines: (1..).zip(feed.calls().map(line)).collect(),
        }
    }

    /// The calls at their frames, sorted by time; equal ones in the order of the lines. Beats and
    /// bars follow `tempo`. `[thread-safe]`
    ///
    /// # Errors
    /// [`Error::Scene`] for a time that cannot be, more than [`SCENE_CALLS`] calls, or lines whose
    /// calls all come after the scene's `end`.
    pub fn timed(&self, tempo: &TempoMap) -> Result<Vec<Timed>> {
        let mut timed = Vec::new();
        let mut last = 0;
        for (number, line) in &self.lines {
            let error = |reason: String| scene_error(&self.name, *number, reason);
            last = line
                .when
                .map_or(Ok(last), |when| when.frame(last, tempo))
                .map_err(error)?;
            let (count, span) = line.repeat.map_or((1, None), |(n, span)| (n, Some(span)));
            if timed.len() + count as usize > SCENE_CALLS {
                let reason = format!("the scene has more than {SCENE_CALLS} calls; shorten it");
                return Err(error(reason));
            }
            for n in 0..count {
                let at = span.map_or(last, |span| span.times(n, last, tempo));
                timed.push(Timed {
                    at,
                    line: *number,
                    call: line.call.clone(),
                });
            }
        }
        timed.sort_by_key(|timed| timed.at);
        self.check_end(&timed)?;
        Ok(timed)
    }

    /// A call that the scene does not live to see is a mistake; a repetition may be cut short.
    fn check_end(&self, timed: &[Timed]) -> Result<()> {
        let Some(end) = timed.iter().position(|timed| timed.call.is_none()) else {
            return Ok(());
        };
        let (line, at) = (timed[end].line, timed[end].at);
        let (before, after) = timed.split_at(timed.partition_point(|timed| timed.at <= at));
        let heard: BTreeSet<usize> = before.iter().map(|timed| timed.line).collect();
        let lost = after.iter().map(|timed| timed.line);
        let lost: BTreeSet<usize> = lost.filter(|line| !heard.contains(line)).collect();
        let reason = format!("it comes after the scene's end in line {line}");
        refuse(
            &self.name,
            lost.into_iter().map(|line| (line, reason.clone())),
        )
    }
}

impl Control {
    /// Checks every name and value of a scene, in the order of its times. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Scene`] with the first line that is wrong, and the others in its text.
    pub fn check_scene(&self, scene: &Scene, timed: &[Timed]) -> Result<()> {
        let mut known = CheckedCalls::default();
        let mut wrong = BTreeMap::new();
        for timed in timed {
            if let Some(call) = &timed.call
                && let Err(error) = self.check_call(call, &mut known)
            {
                // A line that is repeated is wrong once.
                wrong.entry(timed.line).or_insert_with(|| error.to_string());
            }
        }
        refuse(&scene.name, wrong)
    }

    pub(crate) fn check_timed(
        &self,
        name: &str,
        timed: &Timed,
        known: &mut CheckedCalls,
    ) -> Result<()> {
        let Some(call) = &timed.call else {
            return Ok(());
        };
        let checked = self.check_call(call, known);
        checked.map_err(|error| scene_error(name, timed.line, error.to_string()))
    }
}

/// Carries out lines of a scene as they come, while the engine plays.
#[derive(Debug)]
pub struct Live {
    tempo: TempoMap,
    last: u64,
    line: usize,
}

impl Live {
    /// For the project that `control` plays. `[main-thread]`
    ///
    /// # Errors
    /// A tempo map that cannot be; a project that was loaded has none.
    pub fn new(project: &segue_format::Project, control: &Control) -> Result<Live> {
        Ok(Live {
            tempo: crate::load::tempo(project, control.config().sample_rate)?,
            last: 0,
            line: 0,
        })
    }

    /// The frame of the last line that was carried out.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Carries out one line. `now` is the engine's frame: a line without a time is for now, a time
    /// counts from the engine's start, and one that has passed means at once. True for `end`.
    /// `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Scene`] with the number of the line; nothing has changed then.
    pub fn line(&mut self, control: &mut Control, text: &str, now: u64) -> Result<bool> {
        self.line += 1;
        let number = self.line;
        let error = |reason: String| scene_error("input", number, reason);
        let Some(line) = Line::parse(text).map_err(error)? else {
            return Ok(false);
        };
        let Some(call) = line.call else {
            return Ok(true);
        };
        let at = match line.when {
            Some(when) => when.frame(self.last, &self.tempo).map_err(error)?,
            None => now,
        };
        let (count, span) = line.repeat.map_or((1, None), |(n, span)| (n, Some(span)));
        // The queue only empties meanwhile.
        let (needed, free) = (
            control.commands_of(&call).saturating_mul(count as usize),
            control.free_commands(),
        );
        if needed > free {
            return Err(error(format!(
                "the line makes up to {needed} commands, and the queue has room for {free}; nothing was \
                 sent: repeat it less often, or try again in a moment"
            )));
        }
        for n in 0..count {
            let at = span.map_or(at, |span| span.times(n, at, &self.tempo));
            control
                .call(&call, at)
                .map_err(|failed| error(failed.to_string()))?;
        }
        self.last = at;
        Ok(false)
    }
}

/// Lines that are described before the rest is only counted.
const LINES_SHOWN: usize = 20;

/// One error of all lines that are wrong, in their order.
fn refuse(name: &str, wrong: impl IntoIterator<Item = (usize, String)>) -> Result<()> {
    let mut wrong = wrong.into_iter();
    let Some((line, mut reason)) = wrong.next() else {
        return Ok(());
    };
    for (line, other) in wrong.by_ref().take(LINES_SHOWN - 1) {
        reason.push_str(&format!("\n{name}, line {line}: {other}"));
    }
    match wrong.count() {
        0 => {}
        1 => reason.push_str("\nand 1 more line"),
        more => reason.push_str(&format!("\nand {more} more lines")),
    }
    Err(scene_error(name, line, reason))
}

fn scene_error(name: &str, line: usize, reason: String) -> Error {
    Error::Scene {
        name: name.to_owned(),
        line,
        reason,
    }
}

#[cfg(test)]
mod tests;
