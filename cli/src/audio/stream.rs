//! Playing through an output.

use super::{Output, default_outputs, find};
use crate::failure::Failure;
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{
    BufferSize, ErrorKind, FromSample, Sample, SampleFormat, SizedSample, Stream, StreamConfig,
    SupportedBufferSize, SupportedStreamConfig,
};
use segue_engine::Renderer;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Frames that are rendered at a time at most; a longer device buffer is filled in pieces.
const PIECE: usize = 4_096;

/// How long a thread that told of a loss may take to return.
const LEAVE: Duration = Duration::from_millis(200);

/// What the user asked for; `None` is what fits best.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) device: Option<String>,
    pub(crate) rate: Option<u32>,
    /// The project's rate, used if the output can.
    pub(crate) preferred_rate: Option<u32>,
    pub(crate) buffer: Option<u32>,
}

/// What wakes the playing command up.
#[derive(Debug)]
pub(crate) enum Event {
    /// Ctrl-C.
    Stop,
    /// The output cannot go on.
    Lost(cpal::Error),
    /// The project was saved.
    Changed,
    /// A line of standard input.
    Line(String),
    /// A line that is longer than a line may be: how it begins.
    LongLine(String),
    /// Standard input has ended.
    InputEnd,
}

/// An output that was opened, before there is an engine for its rate.
pub(crate) struct Opened {
    output: Output,
    config: StreamConfig,
    format: SampleFormat,
}

/// An output that plays. It stops when dropped.
pub(crate) struct Playing {
    /// `None` once stopped.
    stream: Option<Stream>,
    counters: Arc<Counters>,
}

/// What the audio thread counts.
#[derive(Debug, Default)]
struct Counters {
    frames: AtomicU64,
    dropouts: AtomicU64,
    block: AtomicU64,
    /// The thread that told of the loss, among those of Linux.
    teller: OnceLock<PathBuf>,
}

impl Counters {
    /// Remembers the thread that this is called on.
    fn keep_teller(&self) {
        if let Ok(thread) = fs::read_link("/proc/thread-self") {
            // Only the first loss is of interest.
            _ = self.teller.set(Path::new("/proc").join(thread));
        }
    }

    /// Waits until the thread that told of the loss is gone, or has had time to return.
    fn let_teller_go(&self) {
        let end = Instant::now() + LEAVE;
        let is_there = || self.teller.get().is_some_and(|thread| thread.exists());
        while is_there() && Instant::now() < end {
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
}

/// What plays through an output. `[audio-thread]`
pub(crate) trait Sound: Send + 'static {
    /// Renders the next frames; both sides are equally long. Never allocates.
    fn render(&mut self, left: &mut [f32], right: &mut [f32]);
}

impl Sound for Renderer {
    fn render(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.process(&mut [left, right]);
    }
}

/// Chooses an output and its format.
///
/// Without a device in the request, the first default output that can be used is taken.
pub(crate) fn open(request: &Request) -> Result<Opened, Failure> {
    if let Some(wanted) = &request.device {
        return configure(find(wanted)?, request);
    }
    let mut first = None;
    for output in default_outputs() {
        match configure(output, request) {
            Ok(opened) => return Ok(opened),
            Err(failure) => first = first.or(Some(failure)),
        }
    }
    Err(first.unwrap_or_else(|| {
        Failure::new("this machine has no audio output")
            .hint("plug one in or start its server; `segue render` needs none")
    }))
}

impl Opened {
    /// Frames a second.
    pub(crate) fn sample_rate(&self) -> u32 {
        self.config.sample_rate
    }

    /// What a person calls it.
    pub(crate) fn name(&self) -> &str {
        &self.output.name
    }

    /// What `--device` calls it; it begins with the name of its audio system.
    pub(crate) fn id(&self) -> &str {
        &self.output.id
    }

    /// Why it failed.
    pub(crate) fn failure(&self, error: &cpal::Error) -> Failure {
        self.output.failure(error)
    }

    /// Plays a sound. What goes wrong later is sent to `events`.
    pub(crate) fn play(
        &self,
        sound: impl Sound,
        events: &Sender<Event>,
    ) -> Result<Playing, Failure> {
        let counters = Arc::new(Counters::default());
        let source = Source::new(sound, self.config.channels, Arc::clone(&counters));
        let on_error = on_error(events.clone(), Arc::clone(&counters));
        let stream = self
            .build(source, on_error)
            .map_err(|error| self.failure(&error))?;
        stream.play().map_err(|error| self.failure(&error))?;
        Ok(Playing {
            stream: Some(stream),
            counters,
        })
    }

    fn build(
        &self,
        source: Source<impl Sound>,
        on_error: impl FnMut(cpal::Error) + Send + 'static,
    ) -> Result<Stream, cpal::Error> {
        match self.format {
            SampleFormat::F32 => self.build_as::<f32>(source, on_error),
            SampleFormat::F64 => self.build_as::<f64>(source, on_error),
            SampleFormat::I32 => self.build_as::<i32>(source, on_error),
            SampleFormat::I24 => self.build_as::<cpal::I24>(source, on_error),
            SampleFormat::I16 => self.build_as::<i16>(source, on_error),
            SampleFormat::U16 => self.build_as::<u16>(source, on_error),
            SampleFormat::U8 => self.build_as::<u8>(source, on_error),
            other => Err(cpal::Error::with_message(
                ErrorKind::UnsupportedConfig,
                format!("its sample format {other} is not supported"),
            )),
        }
    }

    fn build_as<T: SizedSample + FromSample<f32>>(
        &self,
        mut source: Source<impl Sound>,
        on_error: impl FnMut(cpal::Error) + Send + 'static,
    ) -> Result<Stream, cpal::Error> {
        let fill = move |data: &mut [T], _: &cpal::OutputCallbackInfo| source.fill(data);
        self.output
            .device
            .build_output_stream(self.config, fill, on_error, None)
    }
}

impl Playing {
    /// Frames that the output has asked for.
    pub(crate) fn frames(&self) -> u64 {
        self.counters.frames.load(Ordering::Relaxed)
    }

    /// Frames that the output asks for at a time; 0 before the first time.
    pub(crate) fn block(&self) -> u64 {
        self.counters.block.load(Ordering::Relaxed)
    }

    /// Stops, and returns how many frames there were in all.
    pub(crate) fn stop(&mut self) -> u64 {
        // Closing a client of JACK ends its threads wherever they are. The one that tells that the
        // server is gone would be in the middle of it, and abort the program.
        self.counters.let_teller_go();
        self.stream = None;
        self.frames()
    }

    /// How often the output ran dry.
    pub(crate) fn dropouts(&self) -> u64 {
        self.counters.dropouts.load(Ordering::Relaxed)
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The audio thread's side: renders stereo and writes it in the output's format.
struct Source<S> {
    sound: S,
    planes: [Vec<f32>; 2],
    channels: usize,
    counters: Arc<Counters>,
}

impl<S: Sound> Source<S> {
    fn new(sound: S, channels: u16, counters: Arc<Counters>) -> Source<S> {
        let planes = [vec![0.0; PIECE], vec![0.0; PIECE]];
        Source {
            sound,
            planes,
            channels: usize::from(channels).max(1),
            counters,
        }
    }

    /// Fills an interleaved buffer of any length. Never allocates.
    fn fill<T: Sample + FromSample<f32>>(&mut self, data: &mut [T]) {
        let block = (data.len() / self.channels) as u64;
        self.counters.block.store(block, Ordering::Relaxed);
        for piece in data.chunks_mut(PIECE * self.channels) {
            let frames = piece.len() / self.channels;
            let [left, right] = &mut self.planes;
            let (left, right) = (&mut left[..frames], &mut right[..frames]);
            self.sound.render(left, right);
            interleave(left, right, self.channels, piece);
            self.counters
                .frames
                .fetch_add(frames as u64, Ordering::Relaxed);
        }
    }
}

/// Stereo into the first two of `channels` channels; one channel gets their mean.
fn interleave<T: Sample + FromSample<f32>>(
    left: &[f32],
    right: &[f32],
    channels: usize,
    out: &mut [T],
) {
    for (frame, (l, r)) in out.chunks_mut(channels).zip(left.iter().zip(right)) {
        match frame {
            [mono] => *mono = T::from_sample((l + r) * 0.5),
            [first, second, others @ ..] => {
                *first = T::from_sample(*l);
                *second = T::from_sample(*r);
                others.fill(T::EQUILIBRIUM);
            }
            [] => {}
        }
    }
}

/// Counts dropouts, passes over what does not end the stream, and reports the rest.
fn on_error(events: Sender<Event>, counters: Arc<Counters>) -> impl FnMut(cpal::Error) + Send {
    move |error| match error.kind() {
        ErrorKind::Xrun => {
            counters.dropouts.fetch_add(1, Ordering::Relaxed);
        }
        ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
        // Nobody listens any more when the command is ending anyway.
        _ => {
            counters.keep_teller();
            drop(events.send(Event::Lost(error)));
        }
    }
}

fn configure(output: Output, request: &Request) -> Result<Opened, Failure> {
    let chosen = choose_config(&output, request)?;
    let buffer_size = match request.buffer {
        Some(frames) => fixed(frames, chosen.buffer_size(), &output)?,
        None => BufferSize::Default,
    };
    let config = StreamConfig {
        buffer_size,
        ..chosen.config()
    };
    Ok(Opened {
        output,
        config,
        format: chosen.sample_format(),
    })
}

fn choose_config(output: &Output, request: &Request) -> Result<SupportedStreamConfig, Failure> {
    let default = output
        .device
        .default_output_config()
        .map_err(|error| output.failure(&error))?;
    let wanted = request
        .rate
        .or(request.preferred_rate)
        .unwrap_or(default.sample_rate());
    if let Some(config) = best(output, wanted) {
        return Ok(config);
    }
    match request.rate {
        Some(rate) => Err(
            Failure::new(format!("{}: it cannot play at {rate} Hz", output.name))
                .hint(format!("its usual rate is {} Hz", default.sample_rate())),
        ),
        None => Ok(best(output, default.sample_rate()).unwrap_or(default)),
    }
}

/// The configuration for this rate that comes closest to stereo f32.
fn best(output: &Output, rate: u32) -> Option<SupportedStreamConfig> {
    let configs = output.device.supported_output_configs().ok()?;
    let fitting = configs.filter_map(|range| range.try_with_sample_rate(rate));
    fitting
        .filter(|config| rank(config.sample_format()).is_some())
        .min_by_key(|config| {
            let channels = match config.channels() {
                2 => 0,
                1 => u16::MAX,
                more => more,
            };
            (channels, rank(config.sample_format()))
        })
}

/// Formats that can be played, the best first.
fn rank(format: SampleFormat) -> Option<usize> {
    use SampleFormat::{F32, F64, I16, I24, I32, U8, U16};
    [F32, I32, F64, I24, I16, U16, U8]
        .iter()
        .position(|known| *known == format)
}

fn fixed(
    frames: u32,
    supported: &SupportedBufferSize,
    output: &Output,
) -> Result<BufferSize, Failure> {
    match supported {
        SupportedBufferSize::Range { min, max } if !(*min..=*max).contains(&frames) => {
            let message = format!(
                "{}: a buffer of {frames} frames is not in {min}..={max}",
                output.name
            );
            Err(Failure::new(message).hint("choose another --buffer, or leave it out"))
        }
        _ => Ok(BufferSize::Fixed(frames)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stereo_fits_any_number_of_channels() {
        let (left, right) = ([0.5, -0.5], [0.25, 0.75]);
        let mut stereo = [9.0_f32; 4];
        interleave(&left, &right, 2, &mut stereo);
        assert_eq!(stereo, [0.5, 0.25, -0.5, 0.75]);
        let mut mono = [9.0_f32; 2];
        interleave(&left, &right, 1, &mut mono);
        assert_eq!(mono, [0.375, 0.125]);
        let mut four = [9_i16; 8];
        interleave(&left, &right, 4, &mut four);
        assert_eq!(four, [16_384, 8_192, 0, 0, -16_384, 24_576, 0, 0]);
        let mut unsigned = [9_u8; 3];
        interleave(&left, &right, 3, &mut unsigned);
        assert_eq!(unsigned, [192, 160, 128]);
    }

    #[test]
    fn only_what_ends_the_stream_is_reported() {
        let (sender, events) = std::sync::mpsc::channel();
        let counters = Arc::new(Counters::default());
        let mut report = on_error(sender, Arc::clone(&counters));
        report(ErrorKind::Xrun.into());
        report(ErrorKind::RealtimeDenied.into());
        assert!(events.try_recv().is_err());
        report(ErrorKind::DeviceNotAvailable.into());
        assert!(matches!(events.try_recv(), Ok(Event::Lost(_))));
        assert_eq!(counters.dropouts.load(Ordering::Relaxed), 1);
    }
}
