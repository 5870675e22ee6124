//! `control`: the queue between the control side and the audio thread, next to the library that Segue's other queues are of.
//!
//! | row | meaning |
//! |---|---|
//! | `queued` | a command put into the queue, with its frame and its number |
//! | `taken` | the same taken out again |

use segue_rt::command::{Command, Plain, Timed, TransportCommand};
use segue_rt::line::line;
use std::hint::black_box;

use crate::clock::{Plan, median, nanos, overhead};
use crate::report::Report;
use crate::subject::{Contender, Role};

/// Commands of a batch, and the room for them.
const COMMANDS: u32 = 4_096;

/// Both queues in turns, where `segue` takes part.
pub(crate) fn queue(contenders: &[Contender], plan: Plan, report: &mut Report) {
    let Some(segue) = contenders.iter().find(|c| c.name == "segue") else {
        return;
    };
    let rtrb = Contender {
        name: "rtrb",
        role: Role::Peer,
        ..*segue
    };
    let mut times: [[Vec<f64>; 2]; 2] = Default::default();
    let (mut ours, mut theirs) = (own(), library());
    for _ in 0..plan.rounds * plan.batches * 4 {
        for (queue, times) in [&mut ours, &mut theirs].into_iter().zip(&mut times) {
            for (spent, times) in queue().into_iter().zip(times) {
                times.push(spent / f64::from(COMMANDS));
            }
        }
    }
    let rows = [segue, &rtrb].into_iter().zip(&mut times);
    for (contender, [queued, taken]) in rows {
        let mut row =
            |name, times| report.value("control", name, contender, "ns/command", median(times));
        row("queued", queued);
        row("taken", taken);
    }
}

type Batch = Box<dyn FnMut() -> [f64; 2]>;

fn seek(beat: u32) -> Plain {
    let beats = f64::from(black_box(beat));
    Plain::Transport(TransportCommand::Seek { beats })
}

/// Nanoseconds of a batch that is put in, and taken out.
fn own() -> Batch {
    let (mut sender, mut receiver) = line::<Timed>(COMMANDS as usize);
    let overhead = overhead();
    Box::new(move || {
        let put = || {
            for beat in 0..COMMANDS {
                black_box(sender.push_plain(0, || seek(beat)));
            }
        };
        let (queued, ()) = nanos(overhead, put);
        let take = || {
            while let Some(command) = receiver.take() {
                black_box(&command);
            }
        };
        [queued, nanos(overhead, take).0]
    })
}

/// The same.
fn library() -> Batch {
    let (mut sender, mut receiver) = rtrb::RingBuffer::<Timed>::new(COMMANDS as usize);
    let (overhead, mut number) = (overhead(), 0);
    Box::new(move || {
        let put = || {
            for beat in 0..COMMANDS {
                let command = Command::Plain(seek(beat));
                let timed = Timed {
                    at: 0,
                    number,
                    command,
                };
                number += u64::from(black_box(sender.push(timed).is_ok()));
            }
        };
        let (queued, ()) = nanos(overhead, put);
        let take = || {
            while let Ok(command) = receiver.pop() {
                black_box(&command);
            }
        };
        [queued, nanos(overhead, take).0]
    })
}
