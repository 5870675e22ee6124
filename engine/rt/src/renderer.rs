//! The audio thread's side of an engine: one clock, everything in the order of its frames.

mod catch_up;
mod game;
mod inputs;

use std::sync::Arc;

use inputs::Inputs;
use rtrb::{Consumer, Producer, RingBuffer};
use segue_dsp::denormals::FlushGuard;
use segue_dsp::processor::{Resource, Tail};
use segue_dsp::simd::SimdLevel;
use segue_dsp::voice::VoiceKernels;

use crate::command::{Command, Install, Plain, Reason, SoundBatch, Timed};
use crate::game::Program;
use crate::ids::{BusId, VoiceId};
use crate::keymap::{ANY, KeyMap, NoteEvent, NoteKind};
use crate::limits::{Limits, MAX_SPAN};
use crate::line::{Receiver, Sender, line};
use crate::meters::MeterBoard;
use crate::mixer::{GraphUpdate, Mixer, MixerSetup};
use crate::profiler::{self, ProfileReader, Profiler, Stage, ThreadKind};
use crate::queue::Queue;
use crate::snapshot::{EngineSnapshot, SnapshotReader, SnapshotWriter, snapshot};
use crate::sound::Sound;
use crate::stream::StreamError;
use crate::tap::Tap;
use crate::tempo::TempoMap;
use crate::timeline::{Clip, Part, Timeline};
use crate::transport::{Transport, TransportSink};
use crate::voices::lanes::{LaneWriter, lanes};
use crate::voices::{
    GAME_VOICES, Owner, VoiceCommand, VoiceParams, VoicePolicy, VoiceReport, Voices,
};

/// Ids of voices that the audio thread starts itself have this bit; the control side's do not.
pub const OWN_VOICES: u64 = 1 << 63;

/// What an engine is made for. `[main-thread]`
#[derive(Clone, Debug)]
pub struct RendererSetup {
    /// Frames a second, 8,000..=384,000.
    pub sample_rate: u32,
    /// How many of everything.
    pub limits: Limits,
    /// The rules of its voices.
    pub policy: VoicePolicy,
    /// Which kernels render voices.
    pub simd: SimdLevel,
    /// Streamed voices at a time, and the frames each may be ahead.
    pub lanes: (usize, usize),
    /// True when every row of the session log is wanted.
    pub record: bool,
    /// Nanoseconds from any origin, for the profiler.
    pub clock: fn() -> u64,
}

/// The audio thread's end of an engine: `Send`, and everything through `&mut self`.
///
/// What comes out is a function of what was queued and of the absolute frames it was queued for:
/// the same bits for any sizes of block. [`Renderer::process`] never allocates, frees, locks or
/// waits.
pub struct Renderer {
    now: u64,
    /// Frame of the next 10 ms tick, and its number.
    tick: (u64, u64),
    sample_rate: u64,
    incoming: Receiver<Timed>,
    queue: Queue,
    retire: Producer<Retired>,
    /// Let go of while the retire queue was full.
    backlog: Vec<Retired>,
    transport: Transport<Part>,
    keymap: Box<KeyMap<VoiceParams>>,
    voices: Voices,
    mixer: Mixer,
    program: Option<Box<dyn Program>>,
    own_voices: u64,
    game_voices: u64,
    /// Frames by which the command in hand is late.
    call_late: u64,
    log: Option<Producer<LogRow>>,
    profiler: Profiler,
    state: EngineSnapshot,
    published: SnapshotWriter,
}

/// The control side's ends of an engine's queues, and what anyone may read.
pub struct Link {
    /// Commands to the renderer. Holds `limits.commands`; when it is full, a command is handed
    /// back and nothing is lost.
    pub commands: Sender<Timed>,
    /// What the renderer has let go of, to be dropped. Larger than the command queue.
    pub retired: Consumer<Retired>,
    /// What happened to voices; when it is full, rows are counted and lost.
    pub reports: Consumer<VoiceReport>,
    /// What reached the renderer, when recording; when it is full, rows are counted and lost.
    pub log: Option<Consumer<LogRow>>,
    /// The engine's state.
    pub snapshots: SnapshotReader,
    /// The meters of all buses.
    pub meters: Arc<MeterBoard>,
    /// How long blocks take.
    pub profile: ProfileReader,
    /// The I/O thread's ends of the lanes.
    pub lanes: Vec<LaneWriter>,
}

/// Something the audio thread has let go of. Dropping it is the receiver's business.
pub enum Retired {
    /// A graph update that is done; give it to
    /// [`GraphCommit::retire`](crate::graph::GraphCommit::retire).
    Graph(Box<GraphUpdate>),
    /// A tempo map.
    Tempo(Box<TempoMap>),
    /// A time line.
    Timeline(Box<Timeline<Part>>),
    /// A key map.
    KeyMap(Box<KeyMap<VoiceParams>>),
    /// A sound that was removed.
    Sound(Box<Sound>),
    /// What is left of a batch of sounds.
    Sounds(SoundBatch),
    /// A tap nobody listens to any more, or one too many.
    Tap(Box<Tap>),
    /// A resource that an insert has let go of, or had no use for.
    Resource(Resource),
    /// A program that was replaced.
    Program(Box<dyn Program>),
}

/// One thing that reached the renderer, at the frame where it was carried out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogRow {
    /// Absolute frame.
    pub at: u64,
    /// What it was.
    pub what: Logged,
}

/// Audio from outside for one bus; see [`Renderer::process_buses`].
#[derive(Clone, Copy, Debug)]
pub struct BusInput<'a> {
    /// Which bus.
    pub bus: BusId,
    /// Left and right.
    pub sides: [&'a [f32]; 2],
}

/// Where the signal of one bus goes; see [`Renderer::process_buses`].
#[derive(Debug)]
pub struct BusOutput<'a> {
    /// Which bus, after its fader; `None` is the master.
    pub bus: Option<BusId>,
    /// Left and right.
    pub sides: [&'a mut [f32]; 2],
}

/// What a [`LogRow`] records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Logged {
    /// A plain command, whole.
    Plain(Plain),
    /// The install command of this number; its sender knows what it was.
    Install(u64),
}

/// An engine: its renderer, and the link to it. `[main-thread]`
///
/// # Errors
/// [`StreamError`] when the lanes are larger than a stream may be.
pub fn renderer(setup: &RendererSetup, tempo: TempoMap) -> Result<(Renderer, Link), StreamError> {
    let limits = &setup.limits;
    let rate = f64::from(setup.sample_rate);
    let (commands, incoming) = line(limits.commands);
    let (retire, retired) = RingBuffer::new(limits.commands * 2);
    let (report, reports) = RingBuffer::new(limits.commands * 2);
    let (log_in, log_out) = RingBuffer::new(if setup.record { limits.commands * 4 } else { 1 });
    let (lanes, lane_writers) = lanes(setup.lanes.0, setup.lanes.1)?;
    let (published, snapshots) = snapshot();
    let (profiler, profile) = profiler::profiler(ThreadKind::Audio, setup.sample_rate, setup.clock);
    let kernels = VoiceKernels::for_level(setup.simd);
    let mixer = Mixer::new(&MixerSetup {
        sample_rate: rate,
        limits: limits.clone(),
    });
    let link = Link {
        commands,
        retired,
        reports,
        log: setup.record.then_some(log_out),
        snapshots,
        meters: mixer.board(),
        profile,
        lanes: lane_writers,
    };
    let renderer = Renderer {
        now: 0,
        tick: (0, 0),
        sample_rate: u64::from(setup.sample_rate),
        incoming,
        queue: Queue::new(limits.commands),
        retire,
        backlog: Vec::with_capacity(limits.commands),
        transport: Transport::new(Box::new(tempo), Box::new(Timeline::empty())),
        keymap: Box::new(KeyMap::empty()),
        voices: Voices::new(rate, limits, setup.policy, kernels, lanes, report),
        mixer,
        program: None,
        own_voices: OWN_VOICES,
        game_voices: GAME_VOICES,
        call_late: 0,
        log: setup.record.then_some(log_in),
        profiler,
        state: EngineSnapshot::default(),
        published,
    };
    Ok((renderer, link))
}

impl Renderer {
    /// Renders the next frames into `out`: planar channels of one length, any number of frames.
    /// The first two channels are the master's left and right; one channel alone gets their mean,
    /// further ones are silent. `[audio-thread]`
    pub fn process(&mut self, out: &mut [&mut [f32]]) {
        let frames = out.iter().map(|channel| channel.len()).min().unwrap_or(0);
        self.run(frames, &[], |at, span, mixer| {
            let [left, right] = mixer.output();
            write_span(out, at, &left[..span], &right[..span]);
        });
    }

    /// Renders `frames` frames with audio from outside on some buses, into outputs of any buses:
    /// for hosts. All sides hold at least `frames` frames, or fewer are rendered. An input is heard
    /// like a voice on its bus, with the same latency; one for a stale id is not heard. An output of
    /// a stale id is silent. `[audio-thread]`
    pub fn process_buses(
        &mut self,
        frames: usize,
        inputs: &[BusInput<'_>],
        outputs: &mut [BusOutput<'_>],
    ) {
        let given = inputs.iter().flat_map(|input| input.sides.iter());
        let wanted = outputs.iter().flat_map(|output| output.sides.iter());
        let given = given.map(|side| side.len()).min().unwrap_or(frames);
        let wanted = wanted.map(|side| side.len()).min().unwrap_or(frames);
        let frames = frames.min(given).min(wanted);
        self.run(frames, inputs, |at, span, mixer| {
            for output in outputs.iter_mut() {
                output.write(at, span, mixer);
            }
        });
    }

    /// Renders `frames` frames and calls `finished` after each span, with its place and length.
    fn run(
        &mut self,
        frames: usize,
        inputs: &[BusInput<'_>],
        mut finished: impl FnMut(usize, usize, &Mixer),
    ) {
        let _flush = FlushGuard::new();
        self.profiler
            .begin(u32::try_from(frames).unwrap_or(u32::MAX));
        self.drain();
        let begin = self.now;
        let end = begin + frames as u64;
        while self.now < end {
            let span = self.begin_span(end);
            let place = usize::try_from(self.now - begin).unwrap_or(usize::MAX);
            self.render_span(place, span, inputs);
            finished(place, span, &self.mixer);
            self.now += span as u64;
            self.profiler.lap(Stage::Output);
        }
        self.give_back();
        if self.profiler.clock().is_some() {
            self.mixer.end_block();
        }
        self.profiler.end();
    }

    /// The frame that is rendered next. `[audio-thread]`
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Queues a command from the audio thread itself, such as a note of a plug-in's host. Frames
    /// that have passed mean at once. Returns false when the queue is full. `[audio-thread]`
    pub fn schedule(&mut self, at: u64, plain: Plain) -> bool {
        let command = Command::Plain(plain);
        self.queue
            .push(Timed {
                at,
                number: u64::MAX,
                command,
            })
            .is_none()
    }

    /// Frames from a voice to the output. `[audio-thread]`
    pub fn latency(&self) -> u32 {
        self.mixer.latency()
    }

    /// For rendering without real time: called again and again while the I/O thread is behind, so
    /// that streamed sounds never miss a frame. `None`, the default, waits for nobody.
    pub fn set_wait(&mut self, wait: Option<fn()>) {
        self.voices.set_wait(wait);
    }

    /// How long the mixer sounds after everything that feeds it fell silent, its latency included.
    /// `[audio-thread]`
    pub fn tail(&self) -> Tail {
        self.mixer.tail()
    }

    /// Frames by which the output of a bus is ahead of the master's; 0 for a stale id.
    /// `[audio-thread]`
    pub fn bus_lead(&self, bus: BusId) -> u32 {
        self.mixer.lead(bus)
    }

    /// Ends every voice and silences the mixer at once, parameters and position kept: for hosts that
    /// ask for it between two blocks. `[audio-thread]`
    pub fn reset(&mut self) {
        let _flush = FlushGuard::new();
        self.voices.silence(self.now);
        self.mixer.reset(self.now);
    }

    /// Takes what is queued, as long as it fits and the control side collects what is let go of:
    /// so everything that the waiting commands replace has a place in the backlog.
    fn drain(&mut self) {
        while self.queue.room() > 0 && self.backlog.is_empty() {
            let Some(command) = self.incoming.take() else {
                break;
            };
            // There was room.
            _ = self.queue.push(command);
        }
        self.profiler.lap(Stage::Drain);
    }

    /// Does everything that is due now and returns how many frames may be rendered at once.
    fn begin_span(&mut self, end: u64) -> usize {
        self.carry_out_due();
        self.profiler.lap(Stage::Drain);
        self.run_transport();
        if self.now >= self.tick.0 {
            self.tick();
        }
        self.run_program();
        self.profiler.lap(Stage::Transport);
        let program = self.program.as_ref();
        let program = program.map_or(u64::MAX, |program| program.next_boundary(self.now + 1));
        let next = self
            .queue
            .next_frame()
            .min(program)
            .min(self.transport.next_boundary(self.now))
            .min(self.mixer.next_boundary(self.now))
            .min(self.tick.0)
            .min(end);
        usize::try_from(next.saturating_sub(self.now))
            .unwrap_or(MAX_SPAN)
            .clamp(1, MAX_SPAN)
    }

    fn render_span(&mut self, place: usize, frames: usize, from_outside: &[BusInput<'_>]) {
        self.mixer.begin(frames);
        let transport = &self.transport;
        self.mixer.keep_time(self.now, |at| transport.song(at));
        for input in from_outside {
            input.add(place, frames, &mut self.mixer);
        }
        let mut inputs = Inputs {
            mixer: &mut self.mixer,
            frames,
        };
        self.voices.render(self.now, frames, &mut inputs);
        self.profiler.lap(Stage::Voices);
        self.mixer.watch(self.profiler.clock());
        self.mixer.process(self.now, frames);
        self.profiler.lap(Stage::Mixer);
        let inserts = self.mixer.take_inserts_ns();
        self.profiler.shift(Stage::Mixer, Stage::Inserts, inserts);
    }

    /// Carries out what is due; how much that was.
    fn carry_out_due(&mut self) -> usize {
        let mut count = 0;
        while let Some(timed) = self.queue.pop_due(self.now) {
            // Frame 0 is whenever it comes.
            let late = match timed.at {
                0 => 0,
                at => self.now.saturating_sub(at),
            };
            self.state.late += u64::from(late > 0);
            self.call_late = late;
            self.carry_out(timed);
            count += 1;
        }
        self.call_late = 0;
        count
    }

    fn carry_out(&mut self, timed: Timed) {
        match timed.command {
            Command::Plain(plain) => {
                if self.defer(timed.number, &plain) {
                    return;
                }
                self.record(Logged::Plain(plain));
                self.plain(plain);
            }
            Command::Install(install) => {
                self.record(Logged::Install(timed.number));
                self.install(install);
            }
        }
    }

    /// A voice for a bus that is about to appear waits for that frame.
    fn defer(&mut self, number: u64, plain: &Plain) -> bool {
        let Plain::Voice(VoiceCommand::Start { params, .. }) = plain else {
            return false;
        };
        let at = self.mixer.next_boundary(self.now);
        if at == u64::MAX || !self.mixer.is_coming(params.bus) {
            return false;
        }
        let command = Command::Plain(*plain);
        self.queue
            .push(Timed {
                at,
                number,
                command,
            })
            .is_none()
    }

    fn plain(&mut self, plain: Plain) {
        let at = self.now;
        match plain {
            Plain::Voice(command) => {
                self.mixer.update_path_gains(at);
                let inputs = Inputs {
                    mixer: &mut self.mixer,
                    frames: 0,
                };
                self.voices.apply(at, &command, &inputs);
            }
            Plain::Mixer(command) => {
                let stale = self.mixer.apply(at, &command) == Err(Reason::StaleId);
                self.state.stale += u64::from(stale);
            }
            Plain::Transport(command) => _ = self.transport.command(at, command),
            Plain::Note(note) => self.note(&note),
            Plain::Host(host) => self.transport.host(at, &host),
            Plain::ReleaseHost => self.transport.release_host(at),
            Plain::RemoveSound(sound) => self.voices.remove_sound(at, sound),
            Plain::Game(call) => self.game(&call),
        }
    }

    fn install(&mut self, install: Install) {
        let at = self.now;
        match install {
            Install::Graph(update) => {
                for step in &update.schedule.buses {
                    self.voices.meet_bus(step.id, step.max_voices);
                }
                // `GraphCommit` makes no more updates than the mixer takes.
                if let Some(update) = self.mixer.install(at, update) {
                    self.let_go(Retired::Graph(update));
                }
            }
            Install::Tempo(tempo) => {
                let old = self.transport.install_tempo(at, tempo);
                self.let_go(Retired::Tempo(old));
            }
            Install::Timeline(timeline) => {
                // The new one does not know what the old one has begun.
                self.cue(true, None);
                let old = self.transport.install_timeline(at, timeline);
                self.let_go(Retired::Timeline(old));
            }
            Install::KeyMap(keymap) => {
                let old = std::mem::replace(&mut self.keymap, keymap);
                self.let_go(Retired::KeyMap(old));
            }
            Install::Sounds(mut batch) => {
                for place in &mut batch {
                    let Some((id, sound)) = place.take() else {
                        continue;
                    };
                    *place = self
                        .voices
                        .install_sound(id, sound)
                        .map(|sound| (id, sound));
                }
                self.let_go(Retired::Sounds(batch));
            }
            Install::Tap(tap) => {
                if let Some(tap) = self.mixer.add_tap(tap) {
                    self.let_go(Retired::Tap(tap));
                }
            }
            Install::Resource(insert, resource) => {
                if let Some(back) = self.mixer.give(at, insert, resource) {
                    self.let_go(Retired::Resource(back));
                }
            }
            Install::Program(mut program) => {
                if let Some(mut old) = self.program.take() {
                    program.take_over(at, old.as_mut(), &mut self.desk());
                    self.let_go(Retired::Program(old));
                }
                self.program = Some(program);
            }
        }
    }

    /// Starts or ends what the key map has for a note. Sounds that do not loop ring out by
    /// themselves when the key is let go.
    fn note(&mut self, note: &NoteEvent) {
        let at = self.now;
        let taken = self.with_program(|program, desk| program.note(at, note, desk));
        if taken == Some(true) {
            return;
        }
        if note.kind == NoteKind::On {
            self.mixer.update_path_gains(at);
            for found in self.keymap.matches(note) {
                let mut params = found.payload;
                params.gain *= found.gain;
                params.pitch *= found.ratio;
                params.owner = Owner::Note {
                    channel: note.channel,
                    key: note.key,
                    note_id: note.note_id,
                };
                self.own_voices += 1;
                let command = VoiceCommand::Start {
                    voice: VoiceId(self.own_voices),
                    params,
                };
                let inputs = Inputs {
                    mixer: &mut self.mixer,
                    frames: 0,
                };
                self.voices.apply(at, &command, &inputs);
            }
            return;
        }
        let choke = note.kind == NoteKind::Choke;
        let fade = self.voices.return_frames();
        self.voices.release(at, |params| {
            let looping = params.looping.end > params.looping.start;
            let fade = if choke {
                fade
            } else {
                params.fade_out.max(fade)
            };
            (is_ended_by(params.owner, note) && (choke || looping)).then_some(fade)
        });
    }

    fn run_transport(&mut self) {
        let at = self.now;
        if self.transport.next_boundary(at) > at {
            return;
        }
        self.mixer.update_path_gains(at);
        let fade_in = self.voices.return_frames();
        let mut sink = Clips {
            voices: &mut self.voices,
            inputs: Inputs {
                mixer: &mut self.mixer,
                frames: 0,
            },
            own_voices: &mut self.own_voices,
            fade_in,
            are_ended: false,
            cues: None,
        };
        self.transport.run(at, &mut sink);
        let (are_ended, cues) = (sink.are_ended, sink.cues);
        self.cue(are_ended, cues);
    }

    /// Every 10 ms of the absolute clock: at round(k·rate/100).
    fn tick(&mut self) {
        let at = self.now;
        self.mixer.update_path_gains(at);
        let has_lost_buses = self.mixer.take_lost_buses();
        let inputs = Inputs {
            mixer: &mut self.mixer,
            frames: 0,
        };
        if has_lost_buses {
            self.voices.drop_homeless(at, &inputs);
        }
        self.voices.tick(at, &inputs);
        self.voices.sort_news();
        if self
            .with_program(|program, desk| program.tick(at, desk))
            .is_none()
        {
            self.voices.forget_news();
        }
        while self.retire.slots() > 0 {
            let Some(sound) = self.voices.take_retired() else {
                break;
            };
            self.let_go(Retired::Sound(sound));
        }
        while self.retire.slots() > 0 {
            let Some(tap) = self.mixer.take_dead_tap() else {
                break;
            };
            self.let_go(Retired::Tap(tap));
        }
        while self.retire.slots() > 0 {
            let Some(resource) = self.mixer.take_spent() else {
                break;
            };
            self.let_go(Retired::Resource(resource));
        }
        let number = self.tick.1 + 1;
        self.tick = ((number * self.sample_rate + 50) / 100, number);
        self.state = EngineSnapshot {
            frame: at,
            transport: self.transport.snapshot(at),
            voices: self.voices.counts(),
            latency: self.mixer.latency(),
            waiting: u32::try_from(self.queue.len()).unwrap_or(u32::MAX),
            ..self.state
        };
        self.published.write(&self.state);
    }

    fn record(&mut self, what: Logged) {
        if let Some(log) = &mut self.log {
            let lost = log.push(LogRow { at: self.now, what }).is_err();
            self.state.lost_log_rows += u64::from(lost);
        }
    }

    fn let_go(&mut self, what: Retired) {
        if let Err(rtrb::PushError::Full(what)) = self.retire.push(what) {
            self.backlog.push(what);
        }
    }

    /// Hands over what could not be handed over before, and finished graph updates.
    fn give_back(&mut self) {
        while let Some(what) = self.backlog.pop() {
            if let Err(rtrb::PushError::Full(what)) = self.retire.push(what) {
                self.backlog.push(what);
                return;
            }
        }
        while self.retire.slots() > 0 {
            let Some(update) = self.mixer.take_retired() else {
                break;
            };
            self.let_go(Retired::Graph(update));
        }
        self.profiler.lap(Stage::Meters);
    }
}

impl BusOutput<'_> {
    /// Copies a span of its bus to `place`.
    fn write(&mut self, place: usize, frames: usize, mixer: &Mixer) {
        let signal = match self.bus {
            Some(bus) => mixer.bus_output(bus),
            None => Some(mixer.output()),
        };
        for (side, out) in self.sides.iter_mut().enumerate() {
            let out = &mut out[place..place + frames];
            match signal {
                Some(signal) => out.copy_from_slice(&signal[side][..frames]),
                None => out.fill(0.0),
            }
        }
    }
}

/// Copies a span into its place in the caller's channels.
fn write_span(out: &mut [&mut [f32]], at: usize, left: &[f32], right: &[f32]) {
    let frames = left.len();
    match out {
        [] => {}
        [mono] => {
            let pairs = left.iter().zip(right);
            for (out, (l, r)) in mono[at..at + frames].iter_mut().zip(pairs) {
                *out = 0.5 * (l + r);
            }
        }
        [l, r, more @ ..] => {
            l[at..at + frames].copy_from_slice(left);
            r[at..at + frames].copy_from_slice(right);
            more.iter_mut()
                .for_each(|channel| channel[at..at + frames].fill(0.0));
        }
    }
}

fn is_ended_by(owner: Owner, note: &NoteEvent) -> bool {
    let Owner::Note {
        channel,
        key,
        note_id,
    } = owner
    else {
        return false;
    };
    (note.channel == ANY || note.channel == channel)
        && (note.key == ANY || note.key == key)
        && (note.note_id < 0 || note.note_id == note_id)
}

/// Plays the clips of the transport with voices.
struct Clips<'a> {
    voices: &'a mut Voices,
    inputs: Inputs<'a>,
    own_voices: &'a mut u64,
    fade_in: u32,
    /// What cues have begun is over.
    are_ended: bool,
    /// The first and last of the calls that are due.
    cues: Option<(u32, u32)>,
}

impl TransportSink<Part> for Clips<'_> {
    fn start_clip(&mut self, at: u64, clip: &Clip<Part>, offset_frames: u64) {
        let mut params = match clip.payload {
            Part::Sound(params) => params,
            Part::Call(place) => {
                let first = self.cues.map_or(place, |(first, _)| first);
                self.cues = Some((first, place));
                return;
            }
        };
        params.owner = Owner::Clip(clip.index);
        if offset_frames > 0 {
            params.start += to_frames(offset_frames as f64 * params.pitch);
            params.fade_in = params.fade_in.max(self.fade_in);
        }
        *self.own_voices += 1;
        let command = VoiceCommand::Start {
            voice: VoiceId(*self.own_voices),
            params,
        };
        self.voices.apply(at, &command, &self.inputs);
    }

    fn stop_clip(&mut self, at: u64, clip: &Clip<Part>, fade_frames: u32) {
        let Part::Sound(params) = clip.payload else {
            return;
        };
        let fade = fade_frames.max(params.fade_out);
        self.voices.release(at, |params| {
            (params.owner == Owner::Clip(clip.index)).then_some(fade)
        });
    }

    fn stop_clips(&mut self, at: u64, fade_frames: u32) {
        self.are_ended = true;
        let clip = |params: &VoiceParams| matches!(params.owner, Owner::Clip(_));
        self.voices
            .release(at, |params| clip(params).then_some(fade_frames));
    }
}

/// A count of frames, not below 0, rounded down.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates"
)]
fn to_frames(frames: f64) -> u64 {
    frames as u64
}

#[cfg(test)]
mod tests;
