//! Levels, loudness, needles and spectra of buses, and how busy the audio thread is.

use std::collections::BTreeMap;

use facade::rt::ids::{BusId, kind};
use facade::rt::meters::BusLevels;
use facade::rt::profiler::{Cost, LoadReport, Stage, ThreadKind};
use facade::{BusAnalyser, SpectrumOptions};

use crate::boundary::{OK, boundary_glance, boundary_on};
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::{Handle, lock};
use crate::ids;
use crate::memory::{
    Record, config, flag, is_known, needed, needed_record, put, put_record, put_records, put_sized,
    put_values,
};
use crate::status::{Answer, Failure, SEGUE_STATUS_NOTHING, segue_status};

/// Levels of a bus.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_levels {
    /// `sizeof(segue_levels)`.
    pub struct_size: u32,
    /// Samples of full scale or more since the last look.
    pub clips: u32,
    /// Largest absolute sample since the last look, left and right; 1 is full scale.
    pub peak: [f32; 2],
    /// Root of the mean square over the last 300 ms, left and right.
    pub rms: [f32; 2],
    /// -1 to 1 over the same time; 0 if a side is silent.
    pub correlation: f32,
    /// Cells of 32 frames that were muted because of NaN or infinity since the last look; 0: sound.
    pub bad_cells: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_levels {
    const NAME: &'static str = "segue_levels";
}

/// Reads the levels of a bus, of which every engine handle has one reader: peaks and clips are those since
/// its last look. Takes no lock. `[thread-safe]`
///
/// Ownership: `out_levels` is the caller's, with its `struct_size` set.
/// Errors: `STALE_ID`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_levels` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_bus_take_levels(
    engine: *mut segue_engine,
    bus: u64,
    out_levels: *mut segue_levels,
) -> segue_status {
    boundary_glance(
        "segue_bus_take_levels",
        &ENGINES,
        engine as Handle,
        // SAFETY: the caller's promise; written when it is a whole record.
        |engine| unsafe { is_known(out_levels) && take_levels(engine, bus, out_levels) },
        move |engine| {
            // SAFETY: the caller's promise.
            let size = unsafe { needed_record("out_levels", out_levels) }?;
            let id = bus;
            let bus = ids::taken::<kind::Bus>("bus", bus)?;
            let Some(read) = engine.meters.take(bus) else {
                return Err(Failure::unheard("bus", id));
            };
            // SAFETY: checked above, the caller's promise.
            unsafe { put_sized(out_levels, size, || levels(&read)) };
            OK
        },
    )
}

/// Writes the levels, if the bus is there.
///
/// # Safety
/// The whole struct is there, and nobody else uses it meanwhile.
#[inline(always)]
unsafe fn take_levels(engine: &Engine, bus: u64, out: *mut segue_levels) -> bool {
    let Some(read) = engine.meters.take(ids::glanced(bus)) else {
        return false;
    };
    // SAFETY: the caller's promise. Its size is right, and stays as it is.
    unsafe { put_levels(out, &read) };
    true
}

/// Writes all but the size.
///
/// # Safety
/// As [`take_levels`].
#[inline(always)]
unsafe fn put_levels(out: *mut segue_levels, read: &BusLevels) {
    let meter = &read.meter;
    // SAFETY: the caller's promise.
    unsafe {
        (*out).clips = meter.clips;
        (*out).peak = meter.peak;
        (*out).rms = meter.rms;
        (*out).correlation = meter.correlation;
        (*out).bad_cells = read.bad_cells;
    }
}

fn levels(read: &BusLevels) -> segue_levels {
    // SAFETY: numbers, of which 0 is one.
    let mut levels: segue_levels = unsafe { std::mem::zeroed() };
    // SAFETY: it is here.
    unsafe { put_levels(&raw mut levels, read) };
    levels
}

/// Analysers of an engine by their id.
#[derive(Default)]
pub(crate) struct Analysers {
    next: u64,
    rows: BTreeMap<u64, BusAnalyser>,
}

/// How a spectrum is made. All 0 is 4,096 frames, level, as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_spectrum_options {
    /// `sizeof(segue_spectrum_options)`.
    pub struct_size: u32,
    /// Frames of the window: 1,024, 2,048, 4,096 or 8,192.
    pub size: u32,
    /// dB per octave that are added, 0 dB at 1 kHz; 3 makes pink noise level.
    pub tilt: f32,
    /// Averages over 1/n of an octave, 3..=24; 0: not at all.
    pub smoothing: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_spectrum_options {
    const NAME: &'static str = "segue_spectrum_options";
}

/// Measures what a bus puts out from now on, away from the audio thread: loudness, true peak, needles, a
/// spectrum. `options` may be NULL. `[thread-safe]`
///
/// Ownership: `out_analyser` is the caller's; [`segue_analyser_remove`] ends it, at the latest the engine's end.
/// Errors: `STALE_ID`, `LIMIT_EXCEEDED` while 256 buses are analysed, `INVALID_ARGUMENT` for
/// the options, `STRUCT_SIZE`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `options` is NULL or a struct of `struct_size` bytes; `out_analyser` is NULL or a `uint64_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_analyser_add(
    engine: *mut segue_engine,
    bus: u64,
    options: *const segue_spectrum_options,
    out_analyser: *mut u64,
) -> segue_status {
    boundary_on("segue_analyser_add", &ENGINES, engine as Handle, |engine| {
        needed("out_analyser", out_analyser)?;
        // SAFETY: the caller's promise.
        let said = unsafe { config(options) }?;
        let smoothing = u8::try_from(said.smoothing);
        let options = SpectrumOptions {
            size: if said.size == 0 {
                4_096
            } else {
                said.size as usize
            },
            tilt: said.tilt,
            smoothing: smoothing
                .map_err(|_| Failure::range("smoothing", said.smoothing, "0 or 3..=24"))?,
        };
        let bus = ids::taken::<kind::Bus>("bus", bus)?;
        let analyser = engine.with(|control| {
            control.check_bus(bus)?;
            Ok(control.analyse(bus, options)?)
        })?;
        let mut extra = lock(&engine.extra);
        extra.analysers.next += 1;
        let id = extra.analysers.next;
        extra.analysers.rows.insert(id, analyser);
        // SAFETY: checked above, the caller's promise.
        unsafe { put("out_analyser", out_analyser, id) }?;
        OK
    })
}

/// What an analyser has measured. Loudness in LUFS, peaks in dB of full scale; -infinity is silence.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_analysis {
    /// `sizeof(segue_analysis)`.
    pub struct_size: u32,
    /// 1 when `range` rests on at least one minute.
    pub range_is_stable: u32,
    /// M: the last 400 ms.
    pub momentary: f32,
    /// S: the last 3 s.
    pub short_term: f32,
    /// Largest M since the last reset.
    pub max_momentary: f32,
    /// Largest S since the last reset.
    pub max_short_term: f32,
    /// I: gated, since the last reset.
    pub integrated: f32,
    /// LRA in LU.
    pub range: f32,
    /// True peak in dBTP since the last reset.
    pub true_peak: f32,
    /// Sample peak in dBFS since the last reset.
    pub sample_peak: f32,
    /// True peak over integrated loudness, LU; NaN while there is nothing to compare.
    pub plr: f32,
    /// Needles of left and right after PPM type I, PPM type II, digital PPM and VU: the amplitude of a steady
    /// sine that would bring them there.
    pub needles: [[f32; 2]; 4],
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
    /// Frames that were measured.
    pub frames: u64,
    /// Frames that were lost because nobody looked for two seconds.
    pub lost_frames: u64,
}

const _: () = assert!(facade::Ballistics::ALL.len() == 4);

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_analysis {
    const NAME: &'static str = "segue_analysis";
}

/// Measures what has arrived and reads it. Call it at least every two seconds. `[thread-safe]`
///
/// Ownership: `out_analysis` is the caller's, with its `struct_size` set.
/// Errors: `STALE_ID`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `out_analysis` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_analyser_get_analysis(
    engine: *mut segue_engine,
    analyser: u64,
    out_analysis: *mut segue_analysis,
) -> segue_status {
    boundary_on(
        "segue_analyser_get_analysis",
        &ENGINES,
        engine as Handle,
        |engine| {
            needed("out_analysis", out_analysis)?;
            let mut extra = lock(&engine.extra);
            let found = one(&mut extra.analysers, analyser)?;
            found.update();
            // SAFETY: the caller's promise.
            unsafe { put_record("out_analysis", out_analysis, &analysis(found)) }?;
            OK
        },
    )
}

fn analysis(analyser: &BusAnalyser) -> segue_analysis {
    let reading = analyser.reading();
    let loudness = reading.loudness;
    let db = |gain: f32| 20.0 * gain.log10();
    segue_analysis {
        struct_size: 0,
        range_is_stable: u32::from(loudness.range_is_stable),
        momentary: loudness.momentary.0,
        short_term: loudness.short_term.0,
        max_momentary: loudness.max_momentary.0,
        max_short_term: loudness.max_short_term.0,
        integrated: loudness.integrated.0,
        range: loudness.range,
        true_peak: db(loudness.true_peak),
        sample_peak: db(loudness.sample_peak),
        plr: reading.plr.unwrap_or(f32::NAN),
        needles: reading.needles,
        reserved: 0,
        frames: reading.frames,
        lost_frames: reading.lost_frames,
    }
}

/// The newest spectrum of an analyser, in dB, bin by bin from 0 Hz to half the sample rate: size / 2 + 1 bins.
/// `[thread-safe]`
///
/// Ownership: `bins` holds `capacity` floats of the caller; NULL with 0 asks for the length only.
/// Errors: `NOTHING` before the first window is full, `STALE_ID`, `BUFFER_TOO_SMALL`, `STALE_HANDLE`,
/// `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `bins` is NULL or `capacity` floats; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_analyser_get_spectrum(
    engine: *mut segue_engine,
    analyser: u64,
    bins: *mut f32,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_analyser_get_spectrum",
        &ENGINES,
        engine as Handle,
        |engine| {
            needed("length", length)?;
            let mut extra = lock(&engine.extra);
            let found = one(&mut extra.analysers, analyser)?;
            found.update();
            let levels = found.spectrum().levels();
            if levels.is_empty() {
                return Err(Failure::plain(
                    SEGUE_STATUS_NOTHING,
                    "no window is full yet",
                ));
            }
            // SAFETY: the caller's promise.
            unsafe { put_values("bins", bins, capacity, length, levels) }?;
            OK
        },
    )
}

/// Forgets what an analyser has measured: a new programme begins. `[thread-safe]`
///
/// Ownership: none.
/// Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_analyser_reset(
    engine: *mut segue_engine,
    analyser: u64,
) -> segue_status {
    boundary_on(
        "segue_analyser_reset",
        &ENGINES,
        engine as Handle,
        |engine| {
            one(&mut lock(&engine.extra).analysers, analyser)?.reset();
            OK
        },
    )
}

/// Leaves what is rendered from now on out of integrated loudness and loudness range (`on` 1), or goes on with it (0);
/// everything else is measured meanwhile. `[thread-safe]`
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_analyser_pause(
    engine: *mut segue_engine,
    analyser: u64,
    on: u32,
) -> segue_status {
    boundary_on(
        "segue_analyser_pause",
        &ENGINES,
        engine as Handle,
        |engine| {
            let on = flag("on", on)?;
            let mut extra = lock(&engine.extra);
            let found = one(&mut extra.analysers, analyser)?;
            // What was rendered before is not left out, and what was while it paused is.
            found.update();
            match on {
                true => found.pause(),
                false => found.resume(),
            }
            OK
        },
    )
}

/// Ends an analyser. `[thread-safe]`
///
/// Ownership: the id is stale afterwards.
/// Errors: `STALE_ID`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_analyser_remove(
    engine: *mut segue_engine,
    analyser: u64,
) -> segue_status {
    boundary_on(
        "segue_analyser_remove",
        &ENGINES,
        engine as Handle,
        |engine| {
            let mut extra = lock(&engine.extra);
            one(&mut extra.analysers, analyser)?;
            extra.analysers.rows.remove(&analyser);
            OK
        },
    )
}

fn one(analysers: &mut Analysers, id: u64) -> Answer<&mut BusAnalyser> {
    let found = analysers.rows.get_mut(&id);
    found.ok_or_else(|| Failure::id("analyser", id))
}

/// What a thread spends its time on, over its last 1,000 blocks: of the audio thread, what is rendered at a
/// time; of control, an update, which lasts as long as what was rendered since the one before; of the disk,
/// one piece of one streamed sound, which lasts as long as it plays; of a live game, what its thread does between two
/// sleeps, which lasts until it wakes up again.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_profile_row {
    /// `sizeof(segue_profile_row)`.
    pub struct_size: u32,
    /// `SEGUE_THREAD_...`.
    pub thread: i32,
    /// `SEGUE_STAGE_...`.
    pub stage: i32,
    /// Nanoseconds of the longest block.
    pub worst_ns: u32,
    /// Nanoseconds of the mean block.
    pub mean_ns: f32,
    /// Largest share of a block's own time, 1 for all of it; only in the row of `SEGUE_STAGE_TOTAL`.
    pub worst_load: f32,
    /// Share of the time that was spent; only in the row of `SEGUE_STAGE_TOTAL`.
    pub mean_load: f32,
    /// 0; so that the size is a multiple of 8.
    pub reserved: u32,
    /// Blocks that were measured.
    pub blocks: u64,
    /// Blocks that took longer than they last; 0 in rows of `SEGUE_STAGE_BUS`.
    pub overloads: u64,
    /// The bus, in rows of `SEGUE_STAGE_BUS`; else 0.
    pub bus: u64,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_profile_row {
    const NAME: &'static str = "segue_profile_row";
}

/// A thread of the engine.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum segue_thread {
    /// The one that renders.
    SEGUE_THREAD_AUDIO = 1,
    /// The one that calls `segue_engine_update` or `segue_engine_dispatch`.
    SEGUE_THREAD_CONTROL = 2,
    /// The one that reads streams.
    SEGUE_THREAD_DISK = 3,
    /// The one that talks to a live game; a row for each of them.
    SEGUE_THREAD_NET = 4,
}

/// A part of a block of the audio thread.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum segue_stage {
    /// The whole block.
    SEGUE_STAGE_TOTAL = 0,
    /// Commands and events out of the queues.
    SEGUE_STAGE_DRAIN = 1,
    /// Song position and clips.
    SEGUE_STAGE_TRANSPORT = 2,
    /// Voices.
    SEGUE_STAGE_VOICES = 3,
    /// Buses, without their inserts.
    SEGUE_STAGE_MIXER = 4,
    /// Meters and snapshots.
    SEGUE_STAGE_METERS = 5,
    /// Conversion to the output.
    SEGUE_STAGE_OUTPUT = 6,
    /// Inserts.
    SEGUE_STAGE_INSERTS = 7,
    /// One bus with its inserts, over the last 1,000 to 2,000 blocks; in no sum.
    SEGUE_STAGE_BUS = 8,
}

/// Switches the profiler on (`on` 1) or off (0). `[thread-safe]`
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value of `engine` is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_profiler_enable(engine: *mut segue_engine, on: u32) -> segue_status {
    boundary_on(
        "segue_profiler_enable",
        &ENGINES,
        engine as Handle,
        |engine| {
            engine.with(|control| {
                control.set_profiling(flag("on", on)?);
                Ok(())
            })?;
            OK
        },
    )
}

/// How long blocks take: a row for the whole block of each thread (`SEGUE_STAGE_TOTAL`), and one for each
/// stage of the audio thread and each bus (`SEGUE_STAGE_BUS`); all 0 before the profiler was on. `[thread-safe]`
///
/// Ownership: `rows` holds `capacity` structs of the caller, the first with its `struct_size` set; NULL with 0
/// asks for the length only.
/// Errors: `BUFFER_TOO_SMALL`, `STRUCT_SIZE`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `rows` is NULL or `capacity` structs of `struct_size` bytes; `length` is NULL or a `size_t`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_profiler_get_rows(
    engine: *mut segue_engine,
    rows: *mut segue_profile_row,
    capacity: usize,
    length: *mut usize,
) -> segue_status {
    boundary_on(
        "segue_profiler_get_rows",
        &ENGINES,
        engine as Handle,
        |engine| {
            let (loads, buses) =
                engine.with(|control| Ok((control.loads(), control.bus_costs())))?;
            let all = profile(&loads, &buses);
            // SAFETY: the caller's promise.
            unsafe { put_records("rows", rows, capacity, length, &all) }?;
            OK
        },
    )
}

/// The total of each thread, and the stages of the audio thread and its buses behind its own.
fn profile(loads: &[LoadReport], buses: &[(BusId, Cost)]) -> Vec<segue_profile_row> {
    let row = |load: &LoadReport, stage: i32, cost: Cost| segue_profile_row {
        struct_size: 0,
        thread: thread_of(load.thread) as i32,
        stage,
        worst_ns: cost.worst_ns,
        mean_ns: cost.mean_ns,
        worst_load: 0.0,
        mean_load: 0.0,
        reserved: 0,
        blocks: load.blocks,
        overloads: load.overloads,
        bus: 0,
    };
    let mut rows = Vec::new();
    for load in loads {
        rows.push(segue_profile_row {
            worst_load: load.worst_load,
            mean_load: load.mean_load,
            ..row(load, segue_stage::SEGUE_STAGE_TOTAL as i32, load.total)
        });
        if load.thread == ThreadKind::Audio {
            let stages = (1..).zip(Stage::ALL);
            rows.extend(stages.map(|(at, stage)| row(load, at, load.stages[stage as usize])));
            rows.extend(buses.iter().map(|&(bus, cost)| segue_profile_row {
                overloads: 0,
                bus: ids::given(bus),
                ..row(load, segue_stage::SEGUE_STAGE_BUS as i32, cost)
            }));
        }
    }
    rows
}

fn thread_of(thread: ThreadKind) -> segue_thread {
    match thread {
        ThreadKind::Audio => segue_thread::SEGUE_THREAD_AUDIO,
        ThreadKind::Control => segue_thread::SEGUE_THREAD_CONTROL,
        ThreadKind::Disk => segue_thread::SEGUE_THREAD_DISK,
        ThreadKind::Net => segue_thread::SEGUE_THREAD_NET,
    }
}
