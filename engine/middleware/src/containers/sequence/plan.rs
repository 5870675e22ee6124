//! Sequences as the bank holds them.

use crate::source::{self, SequenceEnd};
use crate::values::check::{Checks, Found, frames, short_frames};

/// Most steps of a sequence.
pub const MAX_STEPS: usize = 32;
/// Latest start and longest duration of a step, ms: an hour and a half.
pub const MAX_STEP_MS: f64 = 5_400_000.0;
/// Most frames that a child counts with.
pub(super) const MAX_FRAMES: u64 = 1 << 31;
/// Least length of what repeats, ms: it bounds how many steps begin within a block.
pub const MIN_LOOP_MS: f64 = 10.0;

/// A checked sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct SequencePlan {
    /// By their starts.
    pub(super) steps: Box<[StepPlan]>,
    /// Frames of position for each frame, 32.32. Exact: a speed has 24 bits and is at least 2⁻⁴.
    pub(super) speed: u64,
    pub(super) end: SequenceEnd,
    /// Least length of a pass if there are several, 32.32.
    pub(super) least_length: u64,
}

/// A checked step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepPlan {
    /// Its place as written.
    pub place: u8,
    /// 32.32 frames at speed 1.
    pub(super) start: u64,
    /// The same; 0 is the child's own.
    pub(super) duration: u64,
    /// Frames at its start.
    pub fade_in: u32,
    /// Frames before its end.
    pub fade_out: u32,
    /// How often the child plays; 0 is until the step ends or begins anew.
    pub loop_count: u32,
    /// Added, dB.
    pub gain_db: f32,
}

impl SequencePlan {
    /// Checks a sequence; names are not looked at. `[main-thread]`
    ///
    /// # Errors
    /// What is wrong, by `steps[n].start_ms` and the like.
    pub fn compile(source: &source::Sequence, sample_rate: f64) -> Found<Self> {
        let mut checks = Checks::new();
        let count = source.steps.len();
        if !(1..=MAX_STEPS).contains(&count) {
            checks.say(
                "steps",
                format!("{count} steps; a sequence has 1..={MAX_STEPS}"),
            );
        }
        checks.within("speed", source.speed, 0.1..=10.0);
        let mut steps = Vec::new();
        for (place, step) in (0u8..).zip(&source.steps) {
            check_step(&mut checks, &format!("steps[{place}]."), step);
            steps.push(StepPlan {
                place,
                start: fixed(step.start_ms, sample_rate),
                duration: fixed(step.duration_ms, sample_rate),
                fade_in: short_frames(step.fade_in_ms, sample_rate),
                fade_out: short_frames(step.fade_out_ms, sample_rate),
                loop_count: step.loop_count,
                gain_db: step.gain_db,
            });
        }
        steps.sort_by_key(|step| step.start);
        check_loop(&mut checks, source);
        checks.finish(Some(Self {
            steps: steps.into(),
            speed: fixed(f64::from(source.speed), 1000.0),
            end: source.end,
            least_length: fixed(MIN_LOOP_MS, sample_rate),
        }))
    }

    /// The steps by their starts.
    pub fn steps(&self) -> &[StepPlan] {
        &self.steps
    }

    /// Frames of one pass at its speed. `natural` is the length of a step's child when it plays once.
    pub fn pass_length(&self, natural: impl Fn(u8) -> u64) -> u64 {
        let ends = self.steps.iter().map(|step| step.end(natural(step.place)));
        ends.max().unwrap_or(0).div_ceil(self.speed.max(1))
    }

    /// Frames at speed 1 of a pass, where that repeats and is too short. Nobody knows where a child is missing or
    /// of no known length.
    pub(crate) fn too_short(&self, natural: impl Fn(u8) -> u64) -> Option<f64> {
        let repeats = matches!(self.end, SequenceEnd::Loop | SequenceEnd::PingPong);
        let known = |step: &StepPlan| step.duration > 0 || natural(step.place) > 0;
        if !repeats || !self.steps.iter().all(known) {
            return None;
        }
        let ends = self.steps.iter().map(|step| step.end(natural(step.place)));
        let length = ends.max()?;
        (length < self.least_length).then(|| length as f64 / super::ONE as f64)
    }

    /// The step that was written at `place`.
    pub fn step(&self, place: u8) -> Option<&StepPlan> {
        self.steps.iter().find(|step| step.place == place)
    }
}

impl StepPlan {
    /// Where it ends, 32.32 frames at speed 1, with a child that takes `natural` frames.
    pub(super) fn end(&self, natural: u64) -> u64 {
        let passes = u64::from(self.loop_count.max(1));
        let length = match self.duration {
            0 => natural.saturating_mul(passes).min(MAX_FRAMES) << 32,
            duration => duration,
        };
        self.start + length
    }

    /// Its child goes on until the step begins anew, or for ever.
    pub(crate) fn is_endless(&self) -> bool {
        self.duration == 0 && self.loop_count == 0
    }

    /// Its child plays once even if that loops by itself. A written duration is filled.
    pub(crate) fn is_once(&self) -> bool {
        self.duration == 0 && self.loop_count == 1
    }
}

fn check_step(checks: &mut Checks, path: &str, step: &source::Step) {
    checks.within(format!("{path}start_ms"), step.start_ms, 0.0..=MAX_STEP_MS);
    checks.within(
        format!("{path}duration_ms"),
        step.duration_ms,
        0.0..=MAX_STEP_MS,
    );
    checks.within(format!("{path}fade_in_ms"), step.fade_in_ms, 0.0..=60_000.0);
    checks.within(
        format!("{path}fade_out_ms"),
        step.fade_out_ms,
        0.0..=60_000.0,
    );
    checks.within(format!("{path}gain_db"), step.gain_db, -96.0..=24.0);
}

/// A loop whose lengths are all written must not be too short.
fn check_loop(checks: &mut Checks, source: &source::Sequence) {
    let repeats = matches!(source.end, SequenceEnd::Loop | SequenceEnd::PingPong);
    let written = source.steps.iter().all(|step| step.duration_ms > 0.0);
    let ends = source
        .steps
        .iter()
        .map(|step| step.start_ms + step.duration_ms);
    let length = ends.fold(0.0, f64::max);
    if repeats && written && length < MIN_LOOP_MS {
        let message = format!("{length} ms repeat; at least {MIN_LOOP_MS} ms are needed");
        checks.say("steps", message);
    }
}

/// Milliseconds in 32.32 frames.
fn fixed(ms: f64, sample_rate: f64) -> u64 {
    frames(ms * super::ONE as f64, sample_rate)
}
