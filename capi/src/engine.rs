//! An engine: made, loaded, rendered, looked at, ended.
//!
//! ```text
//! segue_engine_create -> segue_engine_load (a job) -> [main thread: calls, segue_engine_dispatch]
//!                                                     [audio thread: segue_engine_process]
//!                     -> segue_engine_destroy
//! ```
//!
//! Calls that are not for the audio thread take a lock of the engine and can be made from any other
//! thread. Most hold it for some microseconds; updating writes what is recorded, and starting a live game
//! opens its sockets.

pub mod audio;
pub mod load;
pub mod record;

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use facade::project::OpenProject;
use facade::rt::meters::MeterReader;
use facade::rt::snapshot::STATE_WORDS;
use facade::{Control, EngineConfig, LoadReport, Renderer, Shared};

use crate::boundary::{OK, boundary, boundary_glance, boundary_on};
use crate::handle::{Handle, PATIENCE, Table, lock};
use crate::job::Progress;
use crate::library::check_abi;
use crate::memory::{Record, flag, is_known, needed, needed_record, put, put_sized};
use crate::project::{PROJECTS, segue_project};
use crate::status::{Answer, Failure, SEGUE_STATUS_BUSY, segue_status};

/// Most engines that live at a time.
pub const MAX_ENGINES: usize = 64;
/// Most channels that are rendered into; those after the second are silent.
pub const MAX_CHANNELS: usize = 16;

pub(crate) static ENGINES: Table<Arc<Engine>, 1, MAX_ENGINES> = Table::new("engine");

/// An engine. Opaque.
#[repr(C)]
pub struct segue_engine {
    private: [u8; 0],
}

/// What an engine is made for. 0 everywhere means the default; with a project its rate, seed and
/// sizes are the defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_engine_config {
    /// `sizeof(segue_engine_config)`.
    pub struct_size: u32,
    /// Frames a second, 8,000..=384,000; by default the project's, else 48,000.
    pub sample_rate: u32,
    /// Frames of the largest block that is expected; recorded only, any block works.
    pub max_block: u32,
    /// 1: everything that reaches the audio thread can be recorded ([`segue_engine_record`](record::segue_engine_record)).
    pub record: u32,
    /// Seed of everything random; by default the project's.
    pub seed: u64,
    /// Buses.
    pub buses: u32,
    /// Inserts.
    pub inserts: u32,
    /// Sends.
    pub sends: u32,
    /// Sounds.
    pub sounds: u32,
    /// Voices that sound at a time.
    pub real_voices: u32,
    /// Voices that are kept track of besides.
    pub virtual_voices: u32,
    /// Commands that wait for the audio thread.
    pub commands: u32,
    /// Streamed sounds that play at a time.
    pub streams: u32,
    /// 1: rendering waits until streamed sounds are read, so that none is ever missing. For rendering into
    /// files, not for an audio thread.
    pub offline: u32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_engine_config {
    const NAME: &'static str = "segue_engine_config";
    const RESERVED: Option<usize> = Some(std::mem::offset_of!(segue_engine_config, reserved));
}

/// What the handle stands for.
pub(crate) struct Engine {
    control: parking_lot::Mutex<Control>,
    renderer: AudioSide,
    pub(crate) shared: Shared,
    pub(crate) meters: MeterReader,
    /// What the calls of this ABI keep besides.
    pub(crate) extra: Mutex<Extra>,
    jobs: Mutex<Jobs>,
}

// Locks are taken in this order: `control`, `extra`, `jobs`. Nothing else is called while
// `extra` is held, and while `jobs` is only a job is started.

/// Jobs that work for an engine: they end before it.
#[derive(Default)]
struct Jobs {
    started: Vec<Weak<Progress>>,
    /// Calls that destroy the engine: meanwhile no job begins.
    closers: usize,
}

/// What the calls of this ABI keep besides the engine's own.
#[derive(Default)]
pub(crate) struct Extra {
    /// What was loaded, for recording.
    pub(crate) loaded: Option<(Arc<OpenProject>, LoadReport)>,
    pub(crate) waiting: crate::events::Waiting,
    pub(crate) voices: crate::voices::list::Voices,
    pub(crate) analysers: crate::meters::Analysers,
    /// Live games that this engine plays.
    pub(crate) lives: Vec<Weak<crate::live::State>>,
}

/// The renderer, for one thread at a time.
struct AudioSide {
    is_used: AtomicBool,
    /// Frames that were rendered, and those of the last block, for other threads.
    frames: AtomicU64,
    block: AtomicU32,
    renderer: UnsafeCell<Renderer>,
}

// SAFETY: the renderer is only reached through `with`, which lets one thread in at a time, and it
// may be used from any (`Renderer: Send`).
unsafe impl Sync for AudioSide {}

impl AudioSide {
    /// Uses the renderer for one call of C, unless another thread does. `[audio-thread]`
    fn with<T>(&self, body: impl FnOnce(&mut Renderer) -> T) -> Option<T> {
        struct Used<'a>(&'a AtomicBool);
        impl Drop for Used<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        if self.is_used.swap(true, Ordering::Acquire) {
            return None;
        }
        let _used = Used(&self.is_used);
        // SAFETY: `is_used` was false, so nobody else is between here and the drop of `_used`.
        let renderer = unsafe { &mut *self.renderer.get() };
        let before = renderer.now();
        let made = body(renderer);
        let block = u32::try_from(renderer.now() - before).unwrap_or(u32::MAX);
        self.block.store(block, Ordering::Relaxed);
        self.frames.store(renderer.now(), Ordering::Release);
        Some(made)
    }
}

impl Engine {
    /// Uses the control side. `[thread-safe]`
    #[inline(always)]
    pub(crate) fn with<T>(&self, body: impl FnOnce(&mut Control) -> Answer<T>) -> Answer<T> {
        body(&mut self.control())
    }

    /// The control side, for one call of it. `[thread-safe]`
    #[inline(always)]
    pub(crate) fn control(&self) -> parking_lot::MutexGuard<'_, Control> {
        self.control.lock()
    }

    /// Frames that were rendered, and those of the last block. `[thread-safe]`
    #[inline]
    pub(crate) fn rendered(&self) -> (u64, u32) {
        let frames = self.renderer.frames.load(Ordering::Acquire);
        (frames, self.renderer.block.load(Ordering::Relaxed))
    }

    /// Starts a job that ends with this engine.
    pub(crate) fn employ(&self, start: impl FnOnce() -> Answer<Arc<Progress>>) -> Answer {
        let mut jobs = lock(&self.jobs);
        if jobs.closers > 0 {
            let text = "the engine is being destroyed on another thread; start no job for it";
            return Err(Failure::plain(SEGUE_STATUS_BUSY, text));
        }
        let job = start()?;
        jobs.started.retain(|job| job.strong_count() > 0);
        jobs.started.push(Arc::downgrade(&job));
        Ok(())
    }

    /// Cancels its jobs and waits for their end, all of them until `deadline`.
    fn end_jobs(&self, deadline: Instant) -> Answer {
        let started = lock(&self.jobs).started.clone();
        let jobs: Vec<_> = started.iter().filter_map(Weak::upgrade).collect();
        jobs.iter().for_each(|job| job.cancel());
        let left = || deadline.saturating_duration_since(Instant::now());
        match jobs.iter().all(|job| job.wait(left())) {
            true => Ok(()),
            false => {
                let text = "a job of the engine has not ended within 10 s; try again";
                Err(Failure::plain(SEGUE_STATUS_BUSY, text))
            }
        }
    }
}

/// An engine for which no job begins while this lives.
struct Closed(Arc<Engine>);

impl Closed {
    fn new(engine: Arc<Engine>) -> Self {
        lock(&engine.jobs).closers += 1;
        Self(engine)
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        lock(&self.0.jobs).closers -= 1;
    }
}

/// Makes an engine. `[thread-safe]`
///
/// `abi` is `SEGUE_ABI` of the header. `config` may be NULL: all defaults. `project` may be NULL;
/// with it the engine takes over the project's rate, seed, sizes and rules for voices, so that it
/// can load it ([`segue_engine_load`](load::segue_engine_load)).
///
/// Ownership: `out_engine` becomes the caller's; `segue_engine_destroy` ends it. The project stays
/// the caller's and is only read here.
/// Errors: `ABI_MISMATCH`, `NULL_POINTER`, `STRUCT_SIZE`, `INVALID_ARGUMENT` for the rate or a switch that is not 0 or 1,
/// `LIMIT_EXCEEDED` for a size over its limit (`segue_get_limits`) before memory is taken, and above 64 engines, `STALE_HANDLE`, `POISONED` of the project, `SYSTEM`. Since 0.1.
///
/// # Safety
/// `config` is NULL or a struct of `struct_size` bytes; `out_engine` is NULL or a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_create(
    abi: u32,
    config: *const segue_engine_config,
    project: *mut segue_project,
    out_engine: *mut *mut segue_engine,
) -> segue_status {
    boundary("segue_engine_create", || {
        check_abi(abi)?;
        needed("out_engine", out_engine)?;
        // SAFETY: the caller's promise.
        let wanted = unsafe { crate::memory::config(config) }?;
        let waits = flag("offline", wanted.offline)?;
        let records = flag("record", wanted.record)?;
        let settings = match project.is_null() {
            true => settings(&wanted, EngineConfig::new(rate(&wanted).unwrap_or(48_000))),
            false => {
                let project = PROJECTS.enter(project as Handle)?;
                let project = lock(&project.open);
                let base = EngineConfig::for_project(&project.project, rate(&wanted));
                settings(&wanted, base)
            }
        };
        let settings = EngineConfig {
            record: records,
            ..settings
        };
        let (control, mut renderer, shared) = facade::create(settings)?;
        if waits {
            renderer.set_wait(Some(std::thread::yield_now));
        }
        let meters = shared.meters()?;
        let engine = Arc::new(Engine {
            control: parking_lot::Mutex::new(control),
            renderer: AudioSide {
                is_used: AtomicBool::new(false),
                frames: AtomicU64::new(0),
                block: AtomicU32::new(0),
                renderer: UnsafeCell::new(renderer),
            },
            shared,
            meters,
            extra: Mutex::new(Extra::default()),
            jobs: Mutex::new(Jobs::default()),
        });
        let handle = ENGINES.insert(engine)?;
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_engine", out_engine, handle as *mut segue_engine) }?;
        OK
    })
}

fn rate(wanted: &segue_engine_config) -> Option<u32> {
    (wanted.sample_rate != 0).then_some(wanted.sample_rate)
}

/// The defaults, where nothing else was wanted.
fn settings(wanted: &segue_engine_config, base: EngineConfig) -> EngineConfig {
    let mut settings = base;
    let or = |wanted: u32, place: &mut usize| {
        if wanted != 0 {
            *place = wanted as usize;
        }
    };
    or(wanted.buses, &mut settings.limits.buses);
    or(wanted.inserts, &mut settings.limits.inserts);
    or(wanted.sends, &mut settings.limits.sends);
    or(wanted.sounds, &mut settings.limits.sounds);
    or(wanted.real_voices, &mut settings.limits.real_voices);
    or(wanted.virtual_voices, &mut settings.limits.virtual_voices);
    or(wanted.commands, &mut settings.limits.commands);
    or(wanted.streams, &mut settings.streams);
    settings.policy.max_real = settings.limits.real_voices;
    settings.policy.max_virtual = settings.limits.virtual_voices;
    if wanted.seed != 0 {
        settings.seed = wanted.seed;
    }
    if wanted.max_block != 0 {
        settings.max_block = wanted.max_block;
    }
    settings
}

/// Ends an engine: cancels its jobs and takes no new ones, waits until they are over and calls on other threads have
/// left (10 s at most, all together), and frees everything, also its threads. `[thread-safe]`, not the audio thread
///
/// Ownership: the handle is stale afterwards. NULL is allowed and does nothing. The order in which
/// engines, projects and jobs are destroyed does not matter.
/// Errors: `BUSY` when jobs or calls do not end in time: the engine lives on, its jobs are cancelled; `IN_CALLBACK` inside of
/// its own `segue_engine_dispatch`; `STALE_HANDLE`. Since 0.1.
///
/// # Safety
/// Any value of `engine` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_destroy(engine: *mut segue_engine) -> segue_status {
    boundary("segue_engine_destroy", || {
        if engine.is_null() {
            return OK;
        }
        destroy_by(engine as Handle, Instant::now() + PATIENCE)?;
        OK
    })
}

/// Ends an engine before `deadline`, or leaves it as it is but for its jobs, which are cancelled.
pub(crate) fn destroy_by(handle: Handle, deadline: Instant) -> Answer {
    ENGINES.check_callback(handle)?;
    let engine = Arc::clone(&*ENGINES.enter_even_poisoned(handle)?);
    let closed = Closed::new(engine);
    closed.0.end_jobs(deadline)?;
    drop(ENGINES.remove_by(handle, deadline)?);
    Ok(())
}

/// Drops what the audio thread has let go of, writes what is recorded, and carries out what live games have said. Call it, or
/// [`segue_engine_dispatch`](crate::events::segue_engine_dispatch) which does the same, every 20 ms or so. `[main-thread]`
///
/// Ownership: none.
/// Errors: `SYSTEM` when the session log or the trace of a live game cannot be written: recording ends, the
/// engine goes on;
/// `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value of `engine` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_update(engine: *mut segue_engine) -> segue_status {
    boundary_on(
        "segue_engine_update",
        &ENGINES,
        engine as Handle,
        |engine| {
            let updated = engine.with(|control| Ok(control.update()?));
            updated.and(crate::live::pump(engine))?;
            OK
        },
    )
}

/// What an engine was doing at one frame.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_engine_state {
    /// `sizeof(segue_engine_state)`.
    pub struct_size: u32,
    /// Frames a second.
    pub sample_rate: u32,
    /// The frame it holds for: the next one to be rendered.
    pub frame: u64,
    /// Position of the song in quarter-note beats.
    pub beats: f64,
    /// Tempo, quarter notes a minute.
    pub bpm: f64,
    /// Bar, 0 the first; below 0 before the song.
    pub bar: i64,
    /// Beat within the bar, 0 the first.
    pub beat: u32,
    /// 1 while the position moves.
    pub is_playing: u32,
    /// 1 while a host says where it is.
    pub is_hosted: u32,
    /// 1 while the transport loops.
    pub is_looping: u32,
    /// First beat of the loop.
    pub loop_start_beats: f64,
    /// Beat at which it wraps.
    pub loop_end_beats: f64,
    /// Beats in a bar.
    pub numerator: u32,
    /// Note value of one of them.
    pub denominator: u32,
    /// Voices that sound.
    pub real_voices: u32,
    /// Voices that are only kept track of.
    pub virtual_voices: u32,
    /// Voices that fade out.
    pub ending_voices: u32,
    /// Frames from a voice to the output.
    pub latency: u32,
    /// Commands that wait for their frame.
    pub waiting: u32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
    /// Commands that came after their frame and were carried out at once.
    pub late: u64,
    /// Commands whose object did not exist any more.
    pub stale: u64,
    /// Frames of streamed sounds that were not there in time.
    pub missing_frames: u64,
    /// Events of voices that were lost because nobody dispatched.
    pub lost_events: u64,
    /// Rows of the session log that were lost because nobody updated: what was recorded has gaps.
    pub lost_log_rows: u64,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_engine_state {
    const NAME: &'static str = "segue_engine_state";
}

/// The engine's state, published every 10 ms of its clock. Takes no lock. `[thread-safe]`
///
/// Ownership: `out_state` is the caller's, with its `struct_size` set.
/// Errors: `NULL_POINTER`, `STRUCT_SIZE`, `STALE_HANDLE`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_state` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_get_state(
    engine: *mut segue_engine,
    out_state: *mut segue_engine_state,
) -> segue_status {
    boundary_glance(
        "segue_engine_get_state",
        &ENGINES,
        engine as Handle,
        // SAFETY: the caller's promise; written when it is a whole record.
        |engine| unsafe { is_known(out_state) && put_words(out_state, &engine.shared) },
        move |engine| {
            // SAFETY: the caller's promise.
            let size = unsafe { needed_record("out_state", out_state) }?;
            // SAFETY: checked, the caller's promise.
            unsafe { put_sized(out_state, size, || state(&engine.shared)) };
            OK
        },
    )
}

// Behind its first two fields a state is what the words of a snapshot are.
const _: () = {
    use std::mem::offset_of;
    type State = segue_engine_state;
    const fn word(at: usize) -> usize {
        8 + 8 * at
    }
    assert!(offset_of!(State, sample_rate) == 4 && offset_of!(State, frame) == word(0));
    assert!(offset_of!(State, beats) == word(1) && offset_of!(State, bpm) == word(2));
    assert!(offset_of!(State, bar) == word(3) && offset_of!(State, beat) == word(4));
    assert!(
        offset_of!(State, is_playing) == word(4) + 4 && offset_of!(State, is_hosted) == word(5)
    );
    assert!(offset_of!(State, is_looping) == word(5) + 4);
    assert!(offset_of!(State, loop_start_beats) == word(6));
    assert!(
        offset_of!(State, loop_end_beats) == word(7) && offset_of!(State, numerator) == word(8)
    );
    assert!(
        offset_of!(State, denominator) == word(8) + 4 && offset_of!(State, real_voices) == word(9)
    );
    assert!(offset_of!(State, virtual_voices) == word(9) + 4);
    assert!(
        offset_of!(State, ending_voices) == word(10) && offset_of!(State, latency) == word(10) + 4
    );
    assert!(offset_of!(State, waiting) == word(11) && offset_of!(State, reserved) == word(11) + 4);
    assert!(offset_of!(State, late) == word(12) && offset_of!(State, stale) == word(13));
    assert!(offset_of!(State, missing_frames) == word(14));
    assert!(
        offset_of!(State, lost_events) == word(15) && offset_of!(State, lost_log_rows) == word(16)
    );
    assert!(size_of::<State>() == word(STATE_WORDS));
};

/// Writes all but the size, as it is published; `false` if it was being published meanwhile.
///
/// # Safety
/// The whole struct is there, and nobody else uses it meanwhile.
#[inline(always)]
unsafe fn put_words(out: *mut segue_engine_state, shared: &Shared) -> bool {
    // SAFETY: within the struct, as checked above.
    unsafe {
        out.cast::<u32>().add(1).write(shared.sample_rate());
        shared.snapshot_words(|words| copy(words, out.cast::<u64>().add(1)))
    }
}

/// Two words at once, in half the instructions.
///
/// # Safety
/// [`STATE_WORDS`] words can be written at `to`.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline(always)]
unsafe fn copy(words: &[AtomicU64; STATE_WORDS], to: *mut u64) {
    const { assert!(STATE_WORDS == 17) };
    // SAFETY: within the words, and the caller's promise. The processor reads each half of 16 bytes that is aligned to
    // 8 at once, so this is what relaxed loads of the words are.
    unsafe {
        std::arch::asm!(
            "movups {a}, [{from}]",
            "movups {b}, [{from} + 16]",
            "movups {c}, [{from} + 32]",
            "movups {d}, [{from} + 48]",
            "movups [{to}], {a}",
            "movups [{to} + 16], {b}",
            "movups [{to} + 32], {c}",
            "movups [{to} + 48], {d}",
            "movups {a}, [{from} + 64]",
            "movups {b}, [{from} + 80]",
            "movups {c}, [{from} + 96]",
            "movups {d}, [{from} + 112]",
            "movups [{to} + 64], {a}",
            "movups [{to} + 80], {b}",
            "movups [{to} + 96], {c}",
            "movups [{to} + 112], {d}",
            "mov {last}, [{from} + 128]",
            "mov [{to} + 128], {last}",
            from = in(reg) words.as_ptr(),
            to = in(reg) to,
            last = out(reg) _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            options(nostack, preserves_flags),
        );
    }
}

/// # Safety
/// [`STATE_WORDS`] words can be written at `to`.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline(always)]
unsafe fn copy(words: &[AtomicU64; STATE_WORDS], to: *mut u64) {
    for (at, word) in words.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { to.add(at).write_unaligned(word.load(Ordering::Relaxed)) };
    }
}

#[inline]
fn state(shared: &Shared) -> segue_engine_state {
    let now = shared.snapshot();
    let song = now.transport;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    segue_engine_state {
        struct_size: 0,
        sample_rate: shared.sample_rate(),
        frame: now.frame,
        beats: song.beats,
        bpm: song.bpm,
        bar: song.position.bar,
        beat: song.position.beat,
        is_playing: u32::from(song.playing),
        is_hosted: u32::from(song.hosted),
        is_looping: u32::from(song.range.is_some()),
        loop_start_beats: song.range.map_or(0.0, |range| range.start_beats),
        loop_end_beats: song.range.map_or(0.0, |range| range.end_beats),
        numerator: u32::from(song.signature.numerator()),
        denominator: u32::from(song.signature.denominator()),
        real_voices: count(now.voices.real),
        virtual_voices: count(now.voices.virtual_voices),
        ending_voices: count(now.voices.tails),
        latency: now.latency,
        waiting: now.waiting,
        reserved: 0,
        late: now.late,
        stale: now.stale,
        missing_frames: now.voices.missing_frames,
        lost_events: now.voices.lost_reports,
        lost_log_rows: now.lost_log_rows,
    }
}

/// The frame that is rendered next, as of the last call that rendered. Takes no lock. `[thread-safe]`
///
/// Ownership: `out_frame` is the caller's.
/// Errors: `NULL_POINTER`, `STALE_HANDLE`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_frame` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_engine_get_frame(
    engine: *mut segue_engine,
    out_frame: *mut u64,
) -> segue_status {
    boundary_on(
        "segue_engine_get_frame",
        &ENGINES,
        engine as Handle,
        |engine| {
            let frame = engine.renderer.frames.load(Ordering::Acquire);
            // SAFETY: the caller's promise.
            unsafe { put("out_frame", out_frame, frame) }?;
            OK
        },
    )
}
