//! The slot around a processor: wet/dry mix and bypass, aligned to the frame.

use crate::planar::{self, Lag, MAX_CHANNELS};
use crate::processor::{Clock, Processor, Resource, Setup, Shows, Tail};
use crate::shown::Shown;
use crate::smooth::Ramp;

/// A [`Processor`] in a slot of a bus.
///
/// Output `y[n] = dry + w·(wet[n] − dry)`, dry = `x[n − D]`, with D the processor's latency and w the mix, or
/// 0 when bypassed. Mix and bypass move linearly over 10 ms from the exact frame of the request;
/// w = 0 gives exactly `x[n − D]` and w = 1 exactly `wet[n]`. The latency never changes.
///
/// Life of the bypass:
/// 1. `set_bypass(true)` fades to the delayed input; then the processor rests and costs nothing.
/// 2. `set_bypass(false)` resets the processor, runs it unheard for D frames, then fades it in.
///
/// A slot that was built bypassed can therefore be put into a running bus without a click, and
/// one that is [`fully bypassed`](Self::is_fully_bypassed) can be taken out.
pub struct Insert {
    processor: Box<dyn Processor>,
    lag: Lag,
    dry: Vec<f32>,
    max_block: usize,
    mix: Ramp,
    bypass: Ramp,
    state: State,
    shown: Shown,
}

/// What the processor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Heard, at least partly.
    Running,
    /// Runs unheard until its output has caught up with the delayed input: frames left.
    Warming(usize),
    /// Does not run.
    Resting,
}

impl Insert {
    /// A slot that is not bypassed, at 100 % wet, for a bus of `setup`. `max_block` is the number
    /// of frames it works on at a time; calls may be longer. Allocates. `[main-thread]`
    #[must_use]
    pub fn new(processor: Box<dyn Processor>, setup: Setup, max_block: usize) -> Self {
        let max_block = max_block.max(1);
        let latency = processor.latency() as usize;
        let shown = Shown::new(processor.shows(), setup.sample_rate);
        Self {
            processor,
            lag: Lag::new(latency, setup.channels),
            dry: vec![0.0; max_block * setup.channels],
            max_block,
            mix: Ramp::new(1.0, setup.sample_rate),
            bypass: Ramp::new(1.0, setup.sample_rate),
            state: State::Running,
            shown,
        }
    }

    /// The same slot, bypassed from the first frame on. `[main-thread]`
    #[must_use]
    pub fn bypassed(mut self) -> Self {
        self.bypass.snap(0.0);
        self.state = State::Resting;
        self
    }

    /// The same slot, at `mix` (0 dry to 1 wet) from the first frame on. `[main-thread]`
    #[must_use]
    pub fn with_mix(mut self, mix: f32) -> Self {
        self.mix.snap(mix);
        self
    }

    /// Moves to `mix`, 0 (dry) to 1 (wet). `[audio-thread]`
    pub fn set_mix(&mut self, mix: f32) {
        self.mix.set(mix);
    }

    /// Takes the processor out of the signal, or in. `[audio-thread]`
    pub fn set_bypass(&mut self, bypass: bool) {
        match (bypass, self.state) {
            (false, State::Resting) => {
                self.processor.reset();
                self.shown.reset();
                self.state = State::Warming(self.processor.latency() as usize);
            }
            (true, State::Warming(_)) => self.state = State::Resting,
            (false, State::Warming(_)) | (true, State::Resting) => {}
            (_, State::Running) => self.bypass.set(if bypass { 0.0 } else { 1.0 }),
        }
    }

    /// True when the output is exactly the delayed input and the processor rests.
    #[must_use]
    pub fn is_fully_bypassed(&self) -> bool {
        self.state == State::Resting
    }

    /// Sets a parameter of the processor; see [`Processor::set_param`]. `[audio-thread]`
    pub fn set_param(&mut self, param: u16, value: f32) {
        self.processor.set_param(param, value);
    }

    /// Says where the song is; see [`Processor::set_clock`]. `[audio-thread]`
    pub fn set_clock(&mut self, clock: Clock) {
        self.processor.set_clock(clock);
    }

    /// Hands the processor a resource; see [`Processor::exchange`]. `[audio-thread]`
    pub fn exchange(&mut self, resource: Resource) -> Option<Resource> {
        self.processor.exchange(resource)
    }

    /// A resource that the processor has let go of; see [`Processor::take_spent`].
    /// `[audio-thread]`
    pub fn take_spent(&mut self) -> Option<Resource> {
        self.processor.take_spent()
    }

    /// Frames by which the output lags the input, bypassed or not. `[thread-safe]`
    #[must_use]
    pub fn latency(&self) -> u32 {
        self.processor.latency()
    }

    /// How long it sounds after its input fell silent. `[audio-thread]`
    #[must_use]
    pub fn tail(&self) -> Tail {
        let latency = u64::from(self.processor.latency());
        match (self.state, self.processor.tail()) {
            (State::Resting, _) => Tail::Frames(latency),
            (_, Tail::Frames(frames)) => Tail::Frames(frames.max(latency)),
            (_, Tail::Infinite) => Tail::Infinite,
        }
    }

    /// What is shown beside it; see [`Processor::shows`]. 0 when bypassed.
    /// `[audio-thread]`
    #[must_use]
    pub fn reading(&self) -> f32 {
        match self.state {
            State::Running => match self.processor.shows() {
                Shows::GainChange => self.processor.reading(),
                Shows::LevelChange | Shows::Correlation => self.shown.value(),
            },
            State::Warming(_) | State::Resting => 0.0,
        }
    }

    /// Clears all signal memory and finishes every fade; parameters are kept. `[audio-thread]`
    pub fn reset(&mut self) {
        self.processor.reset();
        self.shown.reset();
        self.lag.reset();
        self.mix.finish();
        let heard = match self.state {
            State::Running => self.bypass.target() > 0.0,
            State::Warming(_) => true,
            State::Resting => false,
        };
        self.bypass.snap(if heard { 1.0 } else { 0.0 });
        self.state = if heard {
            State::Running
        } else {
            State::Resting
        };
    }

    /// Processes `io` in place, from absolute frame `at`; see [`Processor::process`].
    /// `[audio-thread]`
    pub fn process(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>) {
        let channels = io.len();
        let frames = planar::len(io);
        let mut start = 0;
        while start < frames {
            let piece = start..frames.min(start + self.piece(frames - start));
            let mut part = planar::frames(io, &piece);
            let key_part = key.map(|k| (planar::frames_of(k, &piece), k.len()));
            let key = key_part.as_ref().map(|(parts, n)| &parts[..*n]);
            self.process_piece(at + start as u64, &mut part[..channels], key);
            start = piece.end;
        }
    }

    /// Frames up to the next change of state, at most `frames` and the block size.
    fn piece(&self, frames: usize) -> usize {
        let until = |ramp: &Ramp| match ramp.remaining() {
            0 => frames,
            left => left,
        };
        let fades = until(&self.mix).min(until(&self.bypass));
        let warming = match self.state {
            State::Warming(left) => left.max(1),
            State::Running | State::Resting => frames,
        };
        frames.min(self.max_block).min(fades).min(warming)
    }

    fn process_piece(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>) {
        self.finish_warming();
        if self.state == State::Resting {
            self.lag.process(io);
        } else {
            self.delay_dry(io);
            self.processor.process(at, io, key);
            self.blend(io);
            let before = self.dry.chunks_exact(self.max_block);
            self.shown.add(before, io, planar::len(io));
        }
        let frames = planar::len(io);
        self.mix.advance(frames);
        self.advance_state(frames);
    }

    /// The fade-in starts with the first frame after the warm-up.
    fn finish_warming(&mut self) {
        if self.state == State::Warming(0) {
            self.state = State::Running;
            self.bypass.set(1.0);
        }
    }

    fn advance_state(&mut self, frames: usize) {
        match self.state {
            State::Running => {
                self.bypass.advance(frames);
                if self.bypass.is_steady() && self.bypass.target() == 0.0 {
                    self.state = State::Resting;
                }
            }
            State::Warming(left) => self.state = State::Warming(left.saturating_sub(frames)),
            State::Resting => {}
        }
    }

    /// Copies the input, delayed by the latency, to `dry`.
    fn delay_dry(&mut self, io: &[&mut [f32]]) {
        let rows = self.dry.chunks_exact_mut(self.max_block);
        let mut count = 0;
        let mut rows = rows.zip(io).map(|(row, channel)| {
            let row = &mut row[..channel.len()];
            row.copy_from_slice(channel);
            count += 1;
            row
        });
        let mut dry: [&mut [f32]; MAX_CHANNELS] =
            core::array::from_fn(|_| rows.next().unwrap_or_default());
        drop(rows);
        self.lag.process(&mut dry[..count]);
    }

    /// Mixes `dry` into the processor's output.
    fn blend(&self, io: &mut [&mut [f32]]) {
        let heard = if self.state == State::Running {
            self.bypass
        } else {
            let mut silent = self.bypass;
            silent.snap(0.0);
            silent
        };
        let steady = self.mix.is_steady() && heard.is_steady();
        let weight = self.mix.target() * heard.target();
        for (wet, dry) in io.iter_mut().zip(self.dry.chunks_exact(self.max_block)) {
            if steady && weight == 1.0 {
                continue;
            }
            if steady && weight == 0.0 {
                wet.copy_from_slice(&dry[..wet.len()]);
                continue;
            }
            for (i, (y, x)) in wet.iter_mut().zip(dry).enumerate() {
                let w = self.mix.at(i) * heard.at(i);
                *y = *x + w * (*y - *x);
            }
        }
    }
}
