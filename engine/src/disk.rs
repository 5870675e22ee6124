//! The I/O thread: keeps the lanes of streamed voices filled ahead of them.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use segue_offline::pcm_cache::PcmFile;
use segue_rt::ids::SoundId;
use segue_rt::profiler::{ProfileReader, Profiler, ThreadKind, profiler};
use segue_rt::voices::lanes::{LANE_CHANNELS, LaneJob, LaneWriter};

use crate::control::nanoseconds;

/// Frames that are read at a time.
const READ_FRAMES: usize = 4_096;
/// How long the thread rests when every lane is full.
const REST: Duration = Duration::from_millis(2);

/// Where a streamed sound comes from: interleaved frames at the engine's rate, by position.
pub(crate) trait FrameSource: Send {
    /// Channels, 1 or 2.
    fn channels(&self) -> usize;
    /// Length in frames.
    fn frames(&self) -> u64;
    /// Fills `out` with interleaved frames from `start` on; returns how many frames there were.
    ///
    /// # Errors
    /// What was asked for is silent and counted; what follows is asked for as ever.
    fn read(&mut self, start: u64, out: &mut [f32]) -> io::Result<usize>;
}

/// The I/O thread of one engine. Dropping it stops and joins the thread. `[main-thread]`
pub(crate) struct Disk {
    sources: Sender<(SoundId, Box<dyn FrameSource>)>,
    stop: Arc<AtomicBool>,
    unread: Arc<AtomicU64>,
    /// What the thread spends its time on: a block is one piece of one sound, and lasts as long as that plays.
    pub(crate) profile: ProfileReader,
    thread: Option<JoinHandle<()>>,
}

impl Disk {
    /// Starts the thread for these lanes of an engine at `rate` frames a second.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub(crate) fn start(lanes: Vec<LaneWriter>, rate: u32) -> io::Result<Self> {
        let (sources, incoming) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let unread = Arc::new(AtomicU64::new(0));
        let mut buffer = Buffer::new(Arc::clone(&unread));
        let (mut profiler, profile) = profiler(ThreadKind::Disk, rate, nanoseconds);
        let thread = thread::Builder::new()
            .name("segue-disk".into())
            .spawn(move || run(&stopped, &incoming, lanes, &mut buffer, &mut profiler))?;
        Ok(Self {
            sources,
            stop,
            unread,
            profile,
            thread: Some(thread),
        })
    }

    /// Makes `source` known as the rest of `sound`. Call it before the sound is installed.
    pub(crate) fn add(&self, sound: SoundId, source: Box<dyn FrameSource>) {
        // The thread lives as long as this.
        _ = self.sources.send((sound, source));
    }

    /// Frames that could not be read so far.
    pub(crate) fn unread_frames(&self) -> u64 {
        self.unread.load(Ordering::Relaxed)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic there was reported by the panic hook; there is nothing left to do here.
            _ = thread.join();
        }
    }
}

type Sources = HashMap<SoundId, Box<dyn FrameSource>>;

fn run(
    stop: &AtomicBool,
    incoming: &Receiver<(SoundId, Box<dyn FrameSource>)>,
    lanes: Vec<LaneWriter>,
    buffer: &mut Buffer,
    profiler: &mut Profiler,
) {
    let mut sources = Sources::new();
    let mut feeders: Vec<Feeder> = lanes.into_iter().map(Feeder::new).collect();
    while !stop.load(Ordering::Acquire) {
        while let Ok((sound, source)) = incoming.try_recv() {
            sources.insert(sound, source);
        }
        let mut worked = false;
        for feeder in &mut feeders {
            profiler.begin(1);
            let fed = feeder.feed(&mut sources, buffer);
            profiler.resize(fed.unwrap_or(0));
            profiler.end();
            worked |= fed.is_some();
        }
        if !worked {
            thread::park_timeout(REST);
        }
    }
}

/// Room for one read, and for the same in two channels.
struct Buffer {
    read: Vec<f32>,
    stereo: Vec<f32>,
    /// Counts what could not be read.
    unread: Arc<AtomicU64>,
}

impl Buffer {
    fn new(unread: Arc<AtomicU64>) -> Self {
        let samples = READ_FRAMES * LANE_CHANNELS;
        Self {
            read: vec![0.0; samples],
            stereo: vec![0.0; samples],
            unread,
        }
    }
}

/// One lane and what it is asked for.
struct Feeder {
    lane: LaneWriter,
    job: Option<LaneJob>,
}

impl Feeder {
    fn new(lane: LaneWriter) -> Self {
        Self { lane, job: None }
    }

    /// Writes one piece, of so many frames; `None` when there was nothing to do.
    fn feed(&mut self, sources: &mut Sources, buffer: &mut Buffer) -> Option<u32> {
        if let Some(job) = self.lane.take_job() {
            self.job = Some(job);
        }
        let job = self.job?;
        let room = self.lane.room().min(READ_FRAMES);
        let source = sources.get_mut(&job.sound).filter(|_| room > 0)?;
        let position = self.lane.position();
        let length = job.looping.unrolled(source.frames());
        if position >= length {
            self.lane.set_end(length);
            self.job = None;
            return Some(0);
        }
        let (frame, run) = job.looping.locate(position, source.frames());
        let left = run
            .min(length - position)
            .min(source.frames().saturating_sub(frame));
        let count = usize::try_from(left).unwrap_or(room).min(room);
        self.lane
            .write(read_stereo(source.as_mut(), frame, count, buffer));
        Some(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

/// `count` frames from `frame` on as stereo; what cannot be read is silent.
fn read_stereo<'a>(
    source: &mut dyn FrameSource,
    frame: u64,
    count: usize,
    buffer: &'a mut Buffer,
) -> &'a [f32] {
    let channels = source.channels();
    let wanted = &mut buffer.read[..count * channels];
    let got = source.read(frame, wanted).unwrap_or(0).min(count);
    wanted[got * channels..].fill(0.0);
    buffer
        .unread
        .fetch_add((count - got) as u64, Ordering::Relaxed);
    if channels == LANE_CHANNELS {
        return &buffer.read[..count * LANE_CHANNELS];
    }
    let stereo = &mut buffer.stereo[..count * LANE_CHANNELS];
    for (out, sample) in stereo.chunks_exact_mut(LANE_CHANNELS).zip(wanted.iter()) {
        out.fill(*sample);
    }
    stereo
}

impl FrameSource for PcmFile {
    fn channels(&self) -> usize {
        usize::from(self.header().channels)
    }

    fn frames(&self) -> u64 {
        self.header().frames
    }

    fn read(&mut self, start: u64, out: &mut [f32]) -> io::Result<usize> {
        self.read_f32(start, out).map_err(io::Error::other)
    }
}
