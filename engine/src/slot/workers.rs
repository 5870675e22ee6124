//! Many spins, and all stop vectors, on many threads.

use crate::error::{Error, Result};
use segue_slot::Machine;
use segue_slot::exact::{JointTally, Odds, Space};
use segue_slot::sim::{CHUNK, Interval, Plan, Statistics};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

/// Most threads.
const MAX_WORKERS: usize = 256;

/// Most points of a curve; beyond it every second one goes.
const POINTS: usize = 400;

/// Points of a curve for which chunks are told in parts, where there are fewer chunks.
const LEAST_POINTS: u64 = 200;

/// Vectors that a worker counts at a time.
const PART: u64 = 1 << 22;

/// What a simulation is asked for.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// Paid spins.
    pub spins: u64,
    /// Seed.
    pub seed: u64,
    /// Value of a credit in minor units.
    pub coin: i64,
    /// Threads; `None` is one for each core.
    pub workers: Option<usize>,
    /// Sessions of which the balance is kept, and the spins of each.
    pub sessions: (u64, u64),
}

/// How a simulation stands.
#[derive(Clone, Copy, Debug)]
pub struct SimProgress {
    /// Spins that were played.
    pub done: u64,
    /// Spins in all.
    pub total: u64,
    /// The return so far; `None` while the odds are counted.
    pub rtp: Option<Interval>,
}

/// What a simulation gave.
#[derive(Clone, Debug)]
pub struct SimReport {
    /// The counted odds.
    pub odds: Odds,
    /// The sums.
    pub statistics: Statistics,
    /// The return as spins were added.
    pub convergence: Vec<Convergence>,
    /// Balances in minor units, one list per session.
    pub sessions: Vec<Vec<i64>>,
}

/// A point of the curve of the return.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// Spins so far.
    pub spins: u64,
    /// The return so far.
    pub rtp: Interval,
}

/// Plays spins; the same options give the same report, whatever the number of threads.
/// `[main-thread]`
///
/// # Errors
/// [`Error::Cancelled`] if `progress` breaks; [`Error::Argument`] for a number of threads out of
/// range; [`Error::Slot`] for a credit that cannot be.
pub fn simulate(
    machine: &Machine,
    options: &SimOptions,
    progress: &mut dyn FnMut(SimProgress) -> ControlFlow<()>,
) -> Result<SimReport> {
    let total = options.spins;
    let mut counting = |_, _| {
        progress(SimProgress {
            done: 0,
            total,
            rtp: None,
        })
    };
    let odds = machine.odds(&mut counting)?;
    let plan = Plan::new(machine, &odds, options.seed, options.coin)?;
    let chunks = total.div_ceil(CHUNK);
    let mut curve = Curve::default();
    let step = step(total);
    let play = |chunk: u64| {
        let spins = CHUNK.min(total - chunk * CHUNK);
        Ok(machine.simulate_in_parts(&plan, chunk, spins, step)?)
    };
    in_order(
        workers(options.workers)?,
        chunks,
        &play,
        &mut |parts: Vec<Statistics>| {
            parts.iter().for_each(|part| curve.add(part));
            progress(SimProgress {
                done: curve.sums.spins,
                total,
                rtp: Some(curve.sums.rtp()),
            })
        },
    )?;
    let (count, spins) = options.sessions;
    let rtp = Some(curve.sums.rtp());
    let done = SimProgress {
        done: total,
        total,
        rtp,
    };
    let sessions = (0..count).map(|number| match progress(done) {
        ControlFlow::Continue(()) => Ok(machine.session(&plan, number, spins)?),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    });
    let sessions = sessions.collect::<Result<_>>()?;
    Ok(SimReport {
        odds,
        statistics: curve.sums,
        convergence: curve.points,
        sessions,
    })
}

/// Looks at every stop vector, nothing taken together. `progress` gets what is done of how much.
/// `[main-thread]`
///
/// # Errors
/// [`Error::Cancelled`] if `progress` breaks; [`Error::Argument`] for a number of threads out of
/// range; [`Error::TooLarge`]-like [`Error::Slot`] if 64 bits cannot count the vectors.
pub fn count_all(
    machine: &Machine,
    threads: Option<usize>,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<JointTally> {
    let space: Space = machine.every_stop();
    let len = space.len().ok_or(segue_slot::Error::Overflow {
        what: "the number of stop vectors",
    })?;
    let count = |part: u64| {
        let range = part * PART..len.min((part + 1) * PART);
        let mut go_on = |_| ControlFlow::Continue(());
        Ok(machine.count_part(&space, range, &mut go_on)?)
    };
    let mut sum = JointTally::default();
    let mut failed = None;
    let mut parts = 0;
    in_order(
        workers(threads)?,
        len.div_ceil(PART),
        &count,
        &mut |part: JointTally| {
            if let Err(error) = sum.merge(&part) {
                failed = Some(error);
                return ControlFlow::Break(());
            }
            parts += 1;
            progress(len.min(parts * PART), len)
        },
    )
    .map_err(|error| failed.take().map_or(error, Error::from))?;
    Ok(sum)
}

/// Spins between points of the curve of so many spins.
fn step(total: u64) -> u64 {
    let parts = LEAST_POINTS.div_ceil(total.div_ceil(CHUNK).max(1));
    CHUNK.min(total).div_ceil(parts).max(1)
}

fn workers(asked: Option<usize>) -> Result<usize> {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    match asked.unwrap_or_else(cores) {
        0 => Err(Error::Argument {
            what: "the number of threads",
            value: "0".to_owned(),
            allowed: "1..=256",
        }),
        some => Ok(some.min(MAX_WORKERS)),
    }
}

/// Does jobs `0..count` on threads and hands what they give to `take`, in the order of the jobs.
fn in_order<T: Send>(
    threads: usize,
    count: u64,
    job: &(dyn Fn(u64) -> Result<T> + Sync),
    take: &mut dyn FnMut(T) -> ControlFlow<()>,
) -> Result<()> {
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    // Bounded, so that workers cannot run far ahead of a job that takes long.
    let (sender, receiver) = mpsc::sync_channel(2 * threads);
    thread::scope(|scope| {
        for number in 0..threads {
            let sender = sender.clone();
            let (next, stop) = (&next, &stop);
            let work = move || {
                while !stop.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count || sender.send((at, job(at))).is_err() {
                        break;
                    }
                }
            };
            let thread = thread::Builder::new().name(format!("slot {number}"));
            thread
                .spawn_scoped(scope, work)
                .map_err(|error| Error::Io {
                    path: "a thread".into(),
                    action: "start",
                    source: error,
                })?;
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut expected = 0;
        while let Ok((at, given)) = receiver.recv() {
            early.insert(at, given);
            while let Some(given) = early.remove(&expected) {
                expected += 1;
                let flow = given.map(&mut *take);
                if !matches!(flow, Ok(ControlFlow::Continue(()))) {
                    stop.store(true, Ordering::Relaxed);
                    // Workers that wait to send are let go.
                    drop(receiver);
                    return flow.and(Err(Error::Cancelled));
                }
            }
        }
        Ok(())
    })
}

/// The sums so far, and the curve of the return.
#[derive(Default)]
struct Curve {
    sums: Statistics,
    points: Vec<Convergence>,
    parts: usize,
    stride: usize,
}

impl Curve {
    fn add(&mut self, statistics: &Statistics) {
        self.sums.merge(statistics);
        self.stride = self.stride.max(1);
        self.parts += 1;
        if !self.parts.is_multiple_of(self.stride) {
            return;
        }
        self.points.push(Convergence {
            spins: self.sums.spins,
            rtp: self.sums.rtp(),
        });
        if self.points.len() > POINTS {
            self.stride *= 2;
            let mut number = 0;
            self.points.retain(|_| {
                number += 1;
                number % 2 == 0
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_slot::presets::{Payback, Volatility, demo, lobstermania};

    fn run(workers: usize) -> SimReport {
        run_of(3 * CHUNK / 2, workers)
    }

    fn run_of(spins: u64, workers: usize) -> SimReport {
        let machine = Machine::new(demo(Volatility::Studio)).unwrap();
        let options = SimOptions {
            spins,
            seed: 4,
            coin: 1,
            workers: Some(workers),
            sessions: (2, 50),
        };
        simulate(&machine, &options, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let (one, three) = (run(1), run(3));
        assert_eq!(one.statistics, three.statistics);
        assert_eq!(one.convergence, three.convergence);
        assert_eq!(one.sessions, three.sessions);
        assert_eq!(one.statistics.spins, 375_000);
        assert!(one.sessions[0] != one.sessions[1] && one.sessions[0].len() == 50);
    }

    #[test]
    fn a_run_of_any_length_has_a_curve() {
        for (spins, points) in [
            (1, 1),
            (100, 100),
            (20_000, 200),
            (CHUNK, 200),
            (CHUNK + 7, 101),
        ] {
            let report = run_of(spins, 2);
            assert_eq!(report.convergence.len(), points, "{spins}");
            let last = report.convergence.last().unwrap();
            let whole = (report.statistics.spins, report.statistics.rtp());
            assert_eq!((last.spins, last.rtp), whole, "{spins}");
            let mut steps = report.convergence.windows(2);
            assert!(steps.all(|pair| pair[0].spins < pair[1].spins));
        }
        // As many spins as 400 chunks and more have a point for each of them.
        assert_eq!((step(200 * CHUNK), step(4_000 * CHUNK)), (CHUNK, CHUNK));
    }

    #[test]
    fn it_can_be_stopped() {
        let machine = Machine::new(lobstermania(Payback::High, 15)).unwrap();
        let mut calls = 0;
        let stopped = count_all(&machine, Some(2), &mut |_, total| {
            calls += 1;
            assert_eq!(total, 259_440_000);
            ControlFlow::Break(())
        });
        assert!(matches!(stopped, Err(Error::Cancelled)));
        assert_eq!(calls, 1);
        assert!(count_all(&machine, Some(0), &mut |_, _| ControlFlow::Continue(())).is_err());
    }
}
