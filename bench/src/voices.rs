//! `voices`: what a voice costs. `control`: what a call costs. `create`: what the engine costs before anything sounds.
//!
//! | row | meaning |
//! |---|---|
//! | `ns/voice-frame` | median over batches of 40 ms of everything the thread did (control calls and rendering), divided by sounding voices × frames |
//! | `ns/voice-frame (min)` | the least of the same batches |
//! | `us worst block` | the dearest single block of a turn with its control calls; median over the turns |
//! | `bytes/voice` | see `memory.rs`; measured once, with W1 voices |
//! | `ns/call` | one `start`, or one `retarget` of gain, pan and pitch together, with its share of `commit` |
//! | `ms` | create an engine for 128 voices with the assets of W1 in memory |
//! | `us idle block` | a block of that engine with nothing started |
//! | `frames to first sample` | between `start` and the first frame that is not silent |
//!
//! The contenders take turns, so that a change in the machine's speed meets all of them.

use crate::clock::{Plan, greatest, least, median, nanos, overhead};
use crate::memory;
use crate::report::Report;
use crate::stage::Stage;
use crate::subject::{BLOCK, Contender, Error, Result, Subject};
use crate::workload::{BATCH, Workload};

/// Runs `workloads`.
pub(crate) fn voices(
    contenders: &[Contender],
    workloads: &[Workload],
    plan: Plan,
    report: &mut Report,
) -> Result<()> {
    for workload in workloads {
        let mut timed = Vec::new();
        for contender in contenders {
            match (contender.supports)(&workload.setup) {
                Ok(()) => timed.push(Timed::new(Stage::open(contender, workload)?)),
                Err(why) => report.refuse("voices", &workload.name, contender, PER_FRAME, why),
            }
        }
        take_turns(&mut timed, plan)?;
        for timed in &mut timed {
            timed.report(workload, report);
        }
    }
    bytes(contenders, report)
}

/// Times single control calls.
pub(crate) fn control(contenders: &[Contender], plan: Plan, report: &mut Report) -> Result<()> {
    let cost = overhead();
    let calls = [
        ("retarget", Workload::retargets(128)),
        ("start", Workload::one_shots()),
    ];
    for (name, workload) in calls {
        for contender in contenders {
            let mut stage = Stage::open(contender, &workload)?;
            let mut each = Vec::new();
            for _ in 0..plan.rounds * plan.blocks {
                let (spent, calls) = nanos(cost, || stage.control());
                let calls = calls?;
                if calls > 0 {
                    each.push(spent / calls as f64);
                }
                stage.render()?;
            }
            report.value("control", name, contender, "ns/call", median(&mut each));
        }
    }
    Ok(())
}

/// Times the birth of an engine.
pub(crate) fn create(contenders: &[Contender], plan: Plan, report: &mut Report) -> Result<()> {
    let workload = Workload::statics(128);
    for contender in contenders {
        let mut births = Vec::new();
        for _ in 0..plan.rounds {
            let (spent, subject) = nanos(0.0, || (contender.create)(&workload.setup));
            drop(subject?);
            births.push(spent / 1e6);
        }
        report.value("create", "128 voices", contender, "ms", median(&mut births));
        let mut subject = (contender.create)(&workload.setup)?;
        let idle = idle_block(subject.as_mut(), plan)?;
        report.value("create", "128 voices", contender, "us idle block", idle);
        let frames = first_sample(contender, subject.as_mut(), &workload)?;
        report.value(
            "create",
            "128 voices",
            contender,
            "frames to first sample",
            frames,
        );
    }
    Ok(())
}

const PER_FRAME: &str = "ns/voice-frame";

/// A stage and its times.
struct Timed<'a> {
    stage: Stage<'a>,
    per_batch: Vec<f64>,
    worst: Vec<f64>,
}

impl<'a> Timed<'a> {
    fn new(stage: Stage<'a>) -> Self {
        Self {
            stage,
            per_batch: Vec::new(),
            worst: Vec::new(),
        }
    }

    /// One untimed batch to warm the caches, then the timed ones, then single blocks.
    fn turn(&mut self, plan: Plan, cost: f64) -> Result<()> {
        self.batch()?;
        for _ in 0..plan.batches {
            let (spent, done) = nanos(cost, || self.batch());
            done?;
            self.per_batch.push(spent);
        }
        let mut blocks = Vec::with_capacity(plan.blocks);
        for _ in 0..plan.blocks {
            let (spent, done) = nanos(cost, || self.stage.step());
            done?;
            blocks.push(spent);
        }
        self.worst.push(greatest(&blocks));
        Ok(())
    }

    fn batch(&mut self) -> Result<()> {
        (0..BATCH).try_for_each(|_| self.stage.step())
    }

    fn report(&mut self, workload: &Workload, report: &mut Report) {
        let contender = self.stage.contender;
        let frames = (workload.sounding * BATCH * BLOCK) as f64;
        let values = [
            (PER_FRAME, median(&mut self.per_batch) / frames),
            ("ns/voice-frame (min)", least(&self.per_batch) / frames),
            ("us worst block", median(&mut self.worst) / 1e3),
        ];
        for (unit, value) in values {
            report.value("voices", &workload.name, contender, unit, value);
        }
    }
}

fn take_turns(timed: &mut [Timed], plan: Plan) -> Result<()> {
    let cost = overhead();
    for _ in 0..plan.rounds {
        for timed in &mut *timed {
            timed.turn(plan, cost)?;
        }
    }
    Ok(())
}

fn bytes(contenders: &[Contender], report: &mut Report) -> Result<()> {
    for contender in contenders {
        match memory::bytes_per_voice(contender)? {
            Some(bytes) => report.value("voices", "memory", contender, "bytes/voice", bytes),
            None => report.refuse("voices", "memory", contender, "bytes/voice", "not measured"),
        }
    }
    Ok(())
}

fn idle_block(subject: &mut dyn Subject, plan: Plan) -> Result<f64> {
    let cost = overhead();
    let mut out = [0.0; 2 * BLOCK];
    let mut blocks = Vec::new();
    for _ in 0..plan.rounds * plan.blocks {
        let (spent, done) = nanos(cost, || subject.render_block(&mut out));
        done?;
        blocks.push(spent / 1e3);
    }
    Ok(median(&mut blocks))
}

fn first_sample(
    contender: &Contender,
    subject: &mut dyn Subject,
    workload: &Workload,
) -> Result<f64> {
    const PATIENCE: usize = 100;
    let mut out = [0.0; 2 * BLOCK];
    subject.start(0, workload.mixes[0])?;
    subject.commit()?;
    for block in 0..PATIENCE {
        subject.render_block(&mut out)?;
        let sound = out
            .chunks_exact(2)
            .position(|frame| frame[0] != 0.0 || frame[1] != 0.0);
        if let Some(frame) = sound {
            return Ok((block * BLOCK + frame) as f64);
        }
    }
    let what = format!("silent for {PATIENCE} blocks after a start");
    Err(Error::WrongSound {
        subject: contender.name,
        workload: "create".into(),
        what,
    })
}
