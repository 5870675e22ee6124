//! The slots of a mixer, and how one bus is processed.

use segue_dsp::CELL;
use segue_dsp::processor::Clock;

use super::bus::{BusState, InsertState, SendState, Span, Times, active_frames};
use super::edge::{Cell, EdgeState, Piece};
use super::glide::{Gains, Glide};
use crate::ids::{BusId, InsertId, SendId};
use crate::limits::MAX_SPAN;
use crate::schedule::{BusStep, EdgeKind, EdgeStep, InsertStep, Layout, Schedule};

/// Frames `at..at + frames` of absolute time that start at `offset` of the span.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    pub(super) at: u64,
    pub(super) offset: usize,
    pub(super) frames: usize,
}

impl Segment {
    /// Its parts, cut at absolute multiples of a cell.
    #[allow(clippy::cast_possible_truncation, reason = "less than a cell")]
    fn pieces(self) -> impl Iterator<Item = Piece> {
        let mut done = 0;
        let mut bit = 1;
        std::iter::from_fn(move || {
            let at = self.at + done as u64;
            let room = CELL - (at % CELL as u64) as usize;
            let piece = Piece {
                at,
                offset: self.offset + done,
                len: room.min(self.frames - done),
                bit,
            };
            done += piece.len;
            bit <<= 1;
            (piece.len > 0).then_some(piece)
        })
    }
}

/// Most cells that a span touches.
const CELLS: usize = MAX_SPAN / CELL + 1;

/// Everything that outlives a schedule, by slot.
pub(super) struct Desk {
    pub(super) layout: Layout,
    pub(super) times: Times,
    pub(super) buses: Box<[BusState]>,
    pub(super) sends: Box<[SendState]>,
    pub(super) inserts: Box<[Option<Box<InsertState>>]>,
    pub(super) edges: Box<[EdgeState]>,
    /// Direct input of a bus, then its signal before the fader.
    pub(super) pre: Box<[Span]>,
    /// Signal of a bus after its fader.
    pub(super) post: Box<[Span]>,
    /// Number of the current span.
    span: u64,
    /// Its length.
    frames: usize,
    /// Where the song is in the span's cells, and the number of the first of them.
    clocks: [Clock; CELLS],
    first_cell: u64,
    /// False switches the sleep of idle buses off, for tests.
    pub(super) may_sleep: bool,
    /// Where nanoseconds are read while the profiler is on.
    pub(super) stopwatch: Option<fn() -> u64>,
    /// What inserts took since somebody asked, in nanoseconds.
    pub(super) inserts_ns: u64,
}

impl Desk {
    pub(super) fn new(layout: Layout, sample_rate: f64) -> Self {
        let spans = || vec![[[0.0; MAX_SPAN]; 2]; layout.buses].into_boxed_slice();
        Self {
            layout,
            times: Times::new(sample_rate),
            buses: (0..layout.buses)
                .map(|_| BusState::new(sample_rate))
                .collect(),
            sends: vec![SendState::none(); layout.sends].into_boxed_slice(),
            inserts: (0..layout.inserts).map(|_| None).collect(),
            edges: (0..layout.edges()).map(|_| EdgeState::default()).collect(),
            pre: spans(),
            post: spans(),
            span: 1,
            frames: 0,
            clocks: [Clock::STOPPED; CELLS],
            first_cell: 0,
            may_sleep: true,
            stopwatch: None,
            inserts_ns: 0,
        }
    }

    /// Starts a span.
    pub(super) fn begin(&mut self, frames: usize) {
        self.span += 1;
        self.frames = frames;
    }

    /// Asks where the song is at the cell boundaries of the span that begins at `at`.
    pub(super) fn keep_time(&mut self, at: u64, song: impl Fn(u64) -> Clock) {
        let cell = at / CELL as u64;
        if !at.is_multiple_of(CELL as u64) {
            // The span before has begun this cell.
            self.clocks[0] = self.clock(cell);
        }
        self.first_cell = cell;
        let end = at + self.frames as u64;
        for (clock, number) in self.clocks.iter_mut().zip(cell..) {
            let begin = number * CELL as u64;
            if begin >= end {
                break;
            }
            if begin >= at {
                *clock = song(begin);
            }
        }
    }

    /// Where the song is in a cell; in one that was never asked about, as in the last.
    fn clock(&self, cell: u64) -> Clock {
        let index = usize::try_from(cell.saturating_sub(self.first_cell)).unwrap_or(CELLS);
        self.clocks[index.min(CELLS - 1)]
    }

    /// The live bus of this id.
    pub(super) fn bus(&mut self, id: BusId) -> Option<&mut BusState> {
        self.buses.get_mut(id.index()).filter(|bus| bus.id == id)
    }

    /// The live send of this id.
    pub(super) fn send(&mut self, id: SendId) -> Option<&mut SendState> {
        self.sends.get_mut(id.index()).filter(|send| send.id == id)
    }

    /// The live insert of this id.
    pub(super) fn insert(&mut self, id: InsertId) -> Option<&mut InsertState> {
        let slot = self.inserts.get_mut(id.index())?.as_deref_mut();
        slot.filter(|insert| insert.id == id)
    }

    /// Brings the tails of a bus up to date and keeps it awake for as long as they last.
    pub(super) fn refresh_tails(&mut self, schedule: &Schedule, step: &BusStep, at: u64) {
        let states = &self.inserts;
        let inserts = schedule.inserts_of(step).iter();
        let inserts = inserts.filter_map(|insert| states.get(insert.id.index())?.as_ref());
        let tails = inserts.map(|state| state.insert.tail());
        if let Some(bus) = self.buses.get_mut(step.id.index()) {
            bus.set_tails(tails, &self.times);
            bus.stir(at);
        }
    }

    /// Silence everywhere, all fades finished.
    pub(super) fn reset(&mut self) {
        self.buses.iter_mut().for_each(BusState::reset);
        self.edges.iter_mut().for_each(EdgeState::reset);
        for send in &mut self.sends {
            send.gain = Glide::rest(send.gain.target());
            send.trim = Glide::rest(send.trim.target());
        }
        for state in self.inserts.iter_mut().flatten() {
            state.insert.reset();
        }
        self.pre
            .iter_mut()
            .chain(&mut self.post)
            .flatten()
            .for_each(|c| c.fill(0.0));
    }

    /// Where voices add their signal for `bus`; silent when it is the first of this span.
    pub(super) fn input(&mut self, id: BusId) -> Option<[&mut [f32]; 2]> {
        let bus = self.buses.get_mut(id.index()).filter(|bus| bus.id == id)?;
        let [left, right] = self.pre.get_mut(id.index())?;
        if bus.fed != self.span {
            bus.fed = self.span;
            left.fill(0.0);
            right.fill(0.0);
        }
        Some([&mut left[..self.frames], &mut right[..self.frames]])
    }

    /// Processes one bus. `[audio-thread]`
    pub(super) fn run(&mut self, schedule: &Schedule, step: &BusStep, segment: Segment) {
        let watch = self.stopwatch.map(|clock| (clock, clock()));
        self.run_bus(schedule, step, segment);
        if let Some((clock, began)) = watch {
            self.buses[step.id.index()].spent_ns += clock().saturating_sub(began);
        }
    }

    fn run_bus(&mut self, schedule: &Schedule, step: &BusStep, segment: Segment) {
        let slot = step.id.index();
        let bus = &mut self.buses[slot];
        (bus.live_pre, bus.live_post) = (0, 0);
        if self.is_idle(schedule, step, segment.at) {
            let whole = Piece {
                at: segment.at,
                offset: segment.offset,
                len: segment.frames,
                bit: 0,
            };
            self.buses[slot].silence(whole, &mut self.post[slot]);
        } else {
            for piece in segment.pieces() {
                self.run_piece(schedule, step, piece);
            }
        }
        let Segment { at, offset, frames } = segment;
        self.buses[slot].measure(at, offset, frames, &self.post[slot], &self.times);
    }

    /// True when it sleeps and nothing can wake it in this segment.
    fn is_idle(&self, schedule: &Schedule, step: &BusStep, at: u64) -> bool {
        let bus = &self.buses[step.id.index()];
        let quiet = |edge: &EdgeStep| {
            let source = &self.buses[edge.source.index()];
            let live = match edge.kind {
                EdgeKind::Output | EdgeKind::PostSend(_) => source.live_post,
                EdgeKind::PreSend(_) | EdgeKind::Key(_) => source.live_pre,
            };
            live == 0 && self.edges[self.layout.edge(edge)].is_drained(at)
        };
        let keys = schedule.inserts_of(step).iter();
        self.may_sleep
            && bus.fed != self.span
            && !bus.is_awake(at)
            && self.edges[self.layout.input(step.id)].is_drained(at)
            && schedule.edges_of(step).iter().all(quiet)
            && keys.filter_map(|insert| insert.key.as_ref()).all(quiet)
    }

    /// Largest gain of an edge, the fader of its source included, now or where it heads for.
    pub(super) fn loudest(&self, edge: &EdgeStep, at: u64) -> f32 {
        let [through, cut] = self.buses[edge.source.index()].loudest(at);
        let send = |id: SendId| {
            let send = &self.sends[id.index()];
            send.gain.most(at) * send.trim.most(at)
        };
        match edge.kind {
            EdgeKind::Output => through,
            EdgeKind::PostSend(id) => through * send(id),
            EdgeKind::PreSend(id) => cut * send(id),
            EdgeKind::Key(_) => 0.0,
        }
    }

    fn run_piece(&mut self, schedule: &Schedule, step: &BusStep, piece: Piece) {
        let slot = step.id.index();
        let inserts = schedule.inserts_of(step);
        let mut io = [[0.0; CELL]; 2];
        self.sum(schedule, step, piece, &mut io);
        let mut active = active_frames(&io, piece.len);
        for insert in inserts {
            let key = self.take_key(insert, piece);
            active = join(active, key);
        }
        let bus = &mut self.buses[slot];
        let from = bus.wake(piece, active);
        let Some(from) = from.or((!self.may_sleep).then_some(0)) else {
            return bus.silence(piece, &mut self.post[slot]);
        };
        let watch = self.stopwatch.filter(|_| !inserts.is_empty());
        let watch = watch.map(|clock| (clock, clock()));
        self.run_inserts(inserts, slot, piece, from, &mut io);
        if let Some((clock, began)) = watch {
            self.inserts_ns += clock().saturating_sub(began);
        }
        let bus = &mut self.buses[slot];
        if !bus.dip.is_settled(piece.at) || bus.dip.target() == 0.0 {
            let gains = Gains::of(piece.at, &[&bus.dip]);
            io.iter_mut()
                .for_each(|signal| gains.apply(&mut signal[..piece.len]));
        }
        if step.pre_read {
            bus.live_pre |= piece.bit;
            let frames = piece.offset..piece.offset + piece.len;
            for (pre, signal) in self.pre[slot].iter_mut().zip(&io) {
                pre[frames.clone()].copy_from_slice(&signal[..piece.len]);
            }
        }
        bus.fade(piece, &io, &mut self.post[slot]);
    }

    /// Adds up the direct input and the edges of a bus, in this order.
    fn sum(&mut self, schedule: &Schedule, step: &BusStep, piece: Piece, io: &mut Cell) {
        let slot = step.id.index();
        let fed = self.buses[slot].fed == self.span;
        let input = fed.then(|| part(&self.pre[slot], piece));
        let edge = &mut self.edges[self.layout.input(step.id)];
        edge.pass(piece, input, &Gains::Steady(1.0), io);
        for edge in schedule.edges_of(step) {
            self.pass(edge, piece, io);
        }
    }

    /// Adds one piece of an edge to `out`.
    fn pass(&mut self, step: &EdgeStep, piece: Piece, out: &mut Cell) {
        let source = step.source.index();
        let bus = &self.buses[source];
        let edge = &mut self.edges[self.layout.edge(step)];
        let (live, signal) = match step.kind {
            EdgeKind::Output | EdgeKind::PostSend(_) => (bus.live_post, &self.post[source]),
            EdgeKind::PreSend(_) | EdgeKind::Key(_) => (bus.live_pre, &self.pre[source]),
        };
        if live & piece.bit == 0 && edge.is_drained(piece.at) {
            return;
        }
        let gains = match step.kind {
            EdgeKind::Output | EdgeKind::Key(_) => Gains::of(piece.at, &[edge.fade()]),
            EdgeKind::PostSend(id) => {
                let send = &self.sends[id.index()];
                Gains::of(piece.at, &[edge.fade(), &send.gain, &send.trim])
            }
            EdgeKind::PreSend(id) => {
                let send = &self.sends[id.index()];
                Gains::of(piece.at, &[edge.fade(), &send.gain, &send.trim, &bus.cut])
            }
        };
        let signal = (live & piece.bit != 0).then(|| part(signal, piece));
        edge.pass(piece, signal, &gains, out);
    }

    /// Fetches the key of an insert; its first and last frame that are not zero.
    fn take_key(&mut self, step: &InsertStep, piece: Piece) -> Option<(usize, usize)> {
        let edge = step.key.as_ref()?;
        let mut key = [[0.0; CELL]; 2];
        self.pass(edge, piece, &mut key);
        self.inserts[step.id.index()].as_mut()?.key = key;
        active_frames(&key, piece.len)
    }

    /// Runs the inserts from frame `from` of the piece on and guards what comes out.
    fn run_inserts(
        &mut self,
        steps: &[InsertStep],
        bus: usize,
        piece: Piece,
        from: usize,
        io: &mut Cell,
    ) {
        if self.buses[bus].is_bad(piece.at) {
            io.iter_mut().for_each(|signal| signal.fill(0.0));
            return;
        }
        let clock = self.clock(piece.at / CELL as u64);
        for step in steps {
            if let Some(insert) = &mut self.inserts[step.id.index()] {
                insert.insert.set_clock(clock);
                insert.process(piece, from, io, step.key.is_some());
            }
        }
        if self.buses[bus].guard(piece, io) {
            for step in steps {
                if let Some(insert) = &mut self.inserts[step.id.index()] {
                    insert.insert.reset();
                }
            }
        }
    }
}

fn part(span: &Span, piece: Piece) -> [&[f32]; 2] {
    let frames = piece.offset..piece.offset + piece.len;
    [&span[0][frames.clone()], &span[1][frames]]
}

/// The range that holds both ranges.
fn join(a: Option<(usize, usize)>, b: Option<(usize, usize)>) -> Option<(usize, usize)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}
