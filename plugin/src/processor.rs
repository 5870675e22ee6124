//! The audio thread.

use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use clack_extensions::params::PluginAudioProcessorParams;
use clack_extensions::tail::{HostTail, PluginTailImpl, TailLength};
use clack_plugin::events::io::{InputEvents, OutputEvents};
use clack_plugin::prelude::*;
use clack_plugin::process::ConstantMask;
use rtrb::Consumer;
use segue_engine::rt::command::Plain;
use segue_engine::{FlushGuard, Tail};

use crate::deck::{AUX, CHUNK, Pair};
use crate::edits::{self, Edit};
use crate::kind::Kind;
use crate::main_thread::MainThread;
use crate::params::{self, COUNT, MACROS, Param, RTPCS};
use crate::ramp::Ramp;
use crate::shared::{Shared, in_block};
use crate::swap::Player;
use crate::transport;

/// Gains reach a new value within 1/100 s.
const RAMPS_PER_SECOND: u32 = 100;
/// How long an offline render waits for a load before it goes on without it.
const LOAD_WAIT: Duration = Duration::from_secs(120);

/// Renders the project in spans that end where an event is due: what comes out does not depend on
/// the host's blocks. `[audio-thread]`
pub(crate) struct Processor<'a> {
    pub(crate) shared: &'a Shared<'a>,
    host: HostAudioProcessorHandle<'a>,
    tail: Option<HostTail>,
    pub(crate) player: Player,
    edits: Consumer<Edit>,
    pub(crate) values: [f64; COUNT],
    pub(crate) mods: [f64; COUNT],
    generation: u64,
    gain: Ramp,
    /// 1 lets the engine be heard, 0 the input.
    wet: Ramp,
    inputs: Box<[Pair; 2]>,
    hosted: bool,
    last_tail: TailLength,
}

impl<'a> PluginAudioProcessor<'a, Shared<'a>, MainThread<'a>> for Processor<'a> {
    fn activate(
        host: HostAudioProcessorHandle<'a>,
        main_thread: &MainThread<'a>,
        shared: &'a Shared<'a>,
        audio_config: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        let (player, edits, rate) = main_thread.activate(audio_config.sample_rate)?;
        let generation = shared.core.values.generation();
        let values = shared.core.values.all();
        let ramp = |value| Ramp::new(value, rate / RAMPS_PER_SECOND);
        Ok(Self {
            shared,
            tail: host.get_extension(),
            host,
            player,
            edits,
            gain: ramp(params::gain(values[Param::MasterGain.index()])),
            wet: ramp(if values[Param::Bypass.index()] < 0.5 {
                1.0
            } else {
                0.0
            }),
            values,
            mods: [0.0; COUNT],
            generation,
            inputs: Box::new([[[0.0; CHUNK]; 2]; 2]),
            hosted: false,
            last_tail: TailLength::default(),
        })
    }

    fn process(
        &mut self,
        process: Process,
        mut audio: Audio,
        events: Events,
    ) -> Result<ProcessStatus, PluginError> {
        if self.shared.core.is_offline() {
            self.wait_for_load();
        }
        in_block(|| self.render(process, &mut audio, events));
        // Clips start by themselves, so it never sleeps.
        Ok(ProcessStatus::Continue)
    }

    fn deactivate(self, main_thread: &MainThread<'a>) {
        main_thread.deactivate(self.edits);
    }

    fn reset(&mut self) {
        self.player.reset();
        self.mods = [0.0; COUNT];
        self.apply_all();
    }
}

impl PluginAudioProcessorParams for Processor<'_> {
    fn flush(&mut self, input: &InputEvents, output: &mut OutputEvents) {
        self.catch_up();
        edits::send(&mut self.edits, output);
        for event in input {
            self.handle(event, 0, output);
        }
    }
}

impl PluginTailImpl for Processor<'_> {
    fn get(&self) -> TailLength {
        self.tail_length()
    }
}

impl Processor<'_> {
    fn render(&mut self, process: Process<'_>, audio: &mut Audio<'_>, events: Events<'_>) {
        let _flush = FlushGuard::new();
        let frames = audio.frames_count() as usize;
        self.begin(&process);
        edits::send(&mut self.edits, events.output);
        let heard = self.shared.core.heard();
        silence_unheard(audio, heard, frames);
        let (mut at, mut next) = (0, 0);
        loop {
            let due = self.handle_due(events.input, &mut next, (at, frames), events.output);
            if at >= frames {
                return;
            }
            let until = frames.min(at + CHUNK).min(due);
            self.span(audio, heard, at, until - at);
            at = until;
        }
    }

    /// Handles the events up to frame `at` of the block, at its end all that are left, and returns
    /// the frame of the next one.
    fn handle_due(
        &mut self,
        input: &InputEvents<'_>,
        next: &mut u32,
        (at, frames): (usize, usize),
        output: &mut OutputEvents<'_>,
    ) -> usize {
        while let Some(event) = (*next < input.len()).then(|| input.get(*next)).flatten() {
            let time = event.header().time();
            if time as usize > at && at < frames {
                return time as usize;
            }
            // What comes late or behind the end takes effect, and is told, where the block is.
            let now = at.min(frames.saturating_sub(1));
            self.handle(event, u32::try_from(now).unwrap_or(u32::MAX), output);
            *next += 1;
        }
        usize::MAX
    }

    /// What happens at the first frame of a block.
    fn begin(&mut self, process: &Process<'_>) {
        if self.player.take() {
            self.apply_all();
        }
        self.player.set_offline(self.shared.core.is_offline());
        self.catch_up();
        self.announce_tail();
        match process.transport {
            Some(event) => {
                self.hosted = true;
                self.schedule(Plain::Host(transport::read(event)));
            }
            None if self.hosted => {
                self.hosted = false;
                self.schedule(Plain::ReleaseHost);
            }
            None => {}
        }
    }

    /// Takes over values that the main thread has set.
    fn catch_up(&mut self) {
        let generation = self.shared.core.values.generation();
        if generation != self.generation {
            self.generation = generation;
            self.values = self.shared.core.values.all();
            self.apply_all();
        }
    }

    pub(crate) fn apply_all(&mut self) {
        for number in 0..MACROS {
            self.apply(Param::Macro(number));
        }
        for number in 0..RTPCS {
            self.apply(Param::Rtpc(number));
        }
        self.apply(Param::MasterGain);
        self.apply(Param::Bypass);
    }

    /// Lets the value of a parameter, modulation included, take effect from the next frame on.
    pub(crate) fn apply(&mut self, param: Param) {
        let index = param.index();
        let value = param.clamp(self.values[index] + self.mods[index]);
        match param {
            Param::MasterGain => self.gain.aim(params::gain(value)),
            Param::Bypass => self.wet.aim(if value < 0.5 { 1.0 } else { 0.0 }),
            Param::Macro(number) => {
                let deck = self.player.deck();
                let done = deck.is_none_or(|deck| deck.set_macro(number, value));
                self.count_lost(done);
            }
            Param::Rtpc(number) => {
                let deck = self.player.deck();
                let done = deck.is_none_or(|deck| deck.set_rtpc(number, value));
                self.count_lost(done);
            }
        }
    }

    /// Does something at the next frame.
    pub(crate) fn schedule(&mut self, plain: Plain) {
        let deck = self.player.deck();
        let done = deck.is_none_or(|deck| deck.schedule(plain));
        self.count_lost(done);
    }

    fn count_lost(&self, done: bool) {
        if !done {
            self.shared.core.lost_events.fetch_add(1, Relaxed);
        }
    }

    /// Renders frames `at..at + frames` of the host's block, at most a chunk, into the ports that are
    /// `heard`.
    fn span(&mut self, audio: &mut Audio<'_>, heard: u32, at: usize, frames: usize) {
        let kind = self.shared.kind;
        let inputs = if kind == Kind::Effect { 2 } else { 0 };
        for (port, pair) in self.inputs.iter_mut().take(inputs).enumerate() {
            let mut into = pair.each_mut().map(|side| &mut side[..frames]);
            let bad = read_port(audio, port, at, &mut into);
            if bad > 0 {
                self.shared.core.bad_input.fetch_add(bad, Relaxed);
            }
        }
        let wanted = if audio.output_port_count() > 1 {
            heard
        } else {
            0
        };
        let given = (kind == Kind::Effect).then_some(&*self.inputs);
        let block = self.player.render(frames, given, wanted);
        let ([left, right], [dry_left, dry_right]) = (&mut block.outs[0], &block.dry);
        if !(self.gain.rests_at(1.0) && self.wet.rests_at(1.0)) {
            for frame in 0..frames {
                let wet = self.wet.next();
                let gain = self.gain.next() * wet;
                let dry = if kind == Kind::Effect { 1.0 - wet } else { 0.0 };
                left[frame] = left[frame] * gain + dry_left[frame] * dry;
                right[frame] = right[frame] * gain + dry_right[frame] * dry;
            }
        }
        for port in (0..audio.output_port_count()).filter(|port| is_heard(heard, *port)) {
            write_port(audio, port, at, frames, &block.outs[port]);
        }
    }

    fn tail_length(&self) -> TailLength {
        if self.shared.kind == Kind::Instrument {
            return TailLength::Infinite;
        }
        match self.player.playing().map(|deck| deck.tail()) {
            Some(Tail::Frames(frames)) => {
                TailLength::from_raw(u32::try_from(frames).unwrap_or(u32::MAX))
            }
            Some(Tail::Infinite) => TailLength::Infinite,
            None => TailLength::default(),
        }
    }

    fn announce_tail(&mut self) {
        let tail = self.tail_length();
        if tail != self.last_tail {
            self.last_tail = tail;
            if let Some(host_tail) = self.tail {
                host_tail.changed(&mut self.host);
            }
        }
    }

    /// In an offline render everything is there from the first frame on.
    fn wait_for_load(&self) {
        let until = Instant::now() + LOAD_WAIT;
        while self.shared.core.is_loading() && Instant::now() < until {
            std::thread::yield_now();
        }
    }
}

/// Copies a part of an input port; silence where there is none, and for what is no number or too
/// small to matter. Returns how many samples were no numbers.
fn read_port(audio: &Audio<'_>, port: usize, at: usize, into: &mut [&mut [f32]; 2]) -> u64 {
    let mut bad = 0;
    let port = audio.input_port(port);
    let channels = port.and_then(|port| port.channels().ok()?.into_f32());
    for (side, into) in (0..).zip(into.iter_mut()) {
        let from = channels.as_ref().and_then(|channels| {
            // A mono port is heard on both sides.
            let channel = side.min(channels.channel_count().saturating_sub(1));
            let data = channels.raw_data().get(channel as usize)?;
            (!data.is_null())
                .then(|| channels.channel(channel))
                .flatten()
        });
        match from.and_then(|from| from.get(at..at + into.len())) {
            Some(from) => {
                for (to, x) in into.iter_mut().zip(from) {
                    *to = if x.is_normal() { *x } else { 0.0 };
                    bad += u64::from(!x.is_finite());
                }
            }
            None => into.fill(0.0),
        }
    }
    bad
}

/// Whether a port has its bit in `heard`; there are none behind the last bus.
fn is_heard(heard: u32, port: usize) -> bool {
    port <= AUX && heard >> port & 1 != 0
}

/// Silences the whole block in all ports but those that are `heard`. Hosts may give all of them one
/// buffer, which is silent after the first.
fn silence_unheard(audio: &mut Audio<'_>, heard: u32, frames: usize) {
    let mut last = std::ptr::null_mut();
    for port in (0..audio.output_port_count()).filter(|port| !is_heard(heard, *port)) {
        for_channels(audio, port, 0..frames, |_, _, out| {
            if out.as_mut_ptr() != last {
                last = out.as_mut_ptr();
                out.fill(0.0);
            }
        });
    }
}

/// Writes a part of an output port; a port with one channel gets the mean.
fn write_port(audio: &mut Audio<'_>, port: usize, at: usize, frames: usize, pair: &Pair) {
    let [left, right] = pair;
    for_channels(
        audio,
        port,
        at..at + frames,
        |channel, count, out| match channel {
            0 if count == 1 => {
                let both = left.iter().zip(right);
                out.iter_mut()
                    .zip(both)
                    .for_each(|(out, (l, r))| *out = 0.5 * (l + r));
            }
            0 | 1 => out.copy_from_slice(&pair[channel][..frames]),
            _ => out.fill(0.0),
        },
    );
}

/// Calls `body` for each channel of an output port that the host gives memory for, with its number,
/// how many there are, and the samples of these frames. Nothing in it is called constant.
fn for_channels(
    audio: &mut Audio<'_>,
    port: usize,
    frames: Range<usize>,
    mut body: impl FnMut(usize, usize, &mut [f32]),
) {
    let Some(mut port) = audio.output_port(port) else {
        return;
    };
    port.set_constant_mask(ConstantMask::from_bits(0));
    let Some(mut channels) = port.channels().ok().and_then(|it| it.into_f32()) else {
        return;
    };
    let count = channels.channel_count();
    for channel in 0..count {
        let data = channels.raw_data().get(channel as usize);
        if data.is_none_or(|data| data.is_null()) {
            continue;
        }
        let out = channels.channel_mut(channel);
        if let Some(out) = out.and_then(|out| out.get_mut(frames.clone())) {
            body(channel as usize, count as usize, out);
        }
    }
}
