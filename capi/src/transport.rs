//! The song position.

use facade::rt::command::TransportCommand;
use facade::rt::tempo::{MAX_BEATS, TimeSignature};
use facade::rt::transport::{HostTransport, LoopRange};

use crate::boundary::{OK, boundary_on};
use crate::engine::{ENGINES, Engine, segue_engine};
use crate::handle::Handle;
use crate::memory::{Record, config, flag};
use crate::status::{Answer, Failure, segue_status};

/// Runs the transport from where it is. Nothing happens while a host drives it. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_transport_play(engine: *mut segue_engine, at: u64) -> segue_status {
    boundary_on(
        "segue_transport_play",
        &ENGINES,
        engine as Handle,
        |engine| {
            send(engine, at, TransportCommand::Play)?;
            OK
        },
    )
}

/// Stops the transport; clips fade out and the position stays. Nothing happens while a host drives it. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_transport_stop(engine: *mut segue_engine, at: u64) -> segue_status {
    boundary_on(
        "segue_transport_stop",
        &ENGINES,
        engine as Handle,
        |engine| {
            send(engine, at, TransportCommand::Stop)?;
            OK
        },
    )
}

/// Jumps to a position in quarter-note beats from the start, 0..=1e8. Nothing happens while a host drives it. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_transport_seek(
    engine: *mut segue_engine,
    beats: f64,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_transport_seek",
        &ENGINES,
        engine as Handle,
        |engine| {
            // Here, so that no text is made of it before somebody asks.
            if !(0.0..=MAX_BEATS).contains(&beats) {
                return Err(Failure::range("beats", beats, "0..=1e8"));
            }
            send(engine, at, TransportCommand::Seek { beats })?;
            OK
        },
    )
}

/// Loops from one beat to another (`enabled` 1), or runs through (`enabled` 0; the beats are kept).
/// 0 <= `start_beats` < `end_beats` <= 1e8. `[thread-safe]`
///
/// `at` is an absolute frame; 0, or one that has passed, is at once.
///
/// Ownership: none.
/// Errors: `INVALID_ARGUMENT`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`.
/// Since 0.1.
///
/// # Safety
/// Any value is safe.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_transport_set_loop(
    engine: *mut segue_engine,
    enabled: u32,
    start_beats: f64,
    end_beats: f64,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_transport_set_loop",
        &ENGINES,
        engine as Handle,
        |engine| {
            let range = TransportCommand::Loop {
                enabled: flag("enabled", enabled)?,
                start_beats,
                end_beats,
            };
            send(engine, at, range)?;
            OK
        },
    )
}

#[inline(always)]
fn send(engine: &Engine, at: u64, command: TransportCommand) -> Answer {
    Ok(engine.control().send_transport(at, command)?)
}

/// What a host says about its transport. Which fields it says, `flags` tells.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct segue_host_transport {
    /// `sizeof(segue_host_transport)`.
    pub struct_size: u32,
    /// Sum of `SEGUE_HOST_...`.
    pub flags: u32,
    /// Position in quarter-note beats at `at` (`SEGUE_HOST_BEATS`): finite; below 0 before the song.
    pub beats: f64,
    /// Tempo in quarter notes a minute, finite, brought into 1..=999 (`SEGUE_HOST_TEMPO`).
    pub bpm: f64,
    /// What each frame adds to the tempo: finite (`SEGUE_HOST_TEMPO`).
    pub bpm_per_frame: f64,
    /// First beat of the loop (`SEGUE_HOST_LOOP`).
    pub loop_start_beats: f64,
    /// Beat at which it wraps.
    pub loop_end_beats: f64,
    /// Beats in a bar, 1..=255 (`SEGUE_HOST_SIGNATURE`).
    pub numerator: u32,
    /// Note value of one of them: 1, 2, 4, 8, 16, 32 or 64.
    pub denominator: u32,
}

// SAFETY: repr(C), numbers only, the size first.
unsafe impl Record for segue_host_transport {
    const NAME: &'static str = "segue_host_transport";
}

/// The host plays.
pub const SEGUE_HOST_PLAYING: u32 = 1;
/// The host gives its position.
pub const SEGUE_HOST_BEATS: u32 = 2;
/// The host gives its tempo.
pub const SEGUE_HOST_TEMPO: u32 = 4;
/// The host gives its time signature.
pub const SEGUE_HOST_SIGNATURE: u32 = 8;
/// The host loops.
pub const SEGUE_HOST_LOOP: u32 = 16;
const ALL_FLAGS: u32 = 31;

/// Follows a host's transport from the frame `at` on (0: at once); say it again for each block.
/// `transport` may be NULL: no host any more. `[thread-safe]`
///
/// Ownership: `transport` stays the caller's.
/// Errors: `INVALID_ARGUMENT` for unknown flags, a loop or a signature that is none, and for a number that a flag says is
/// given and that is not finite;
/// `STRUCT_SIZE`, `QUEUE_FULL`, `STALE_HANDLE`, `NULL_POINTER`, `POISONED`. Since 0.1.
///
/// # Safety
/// `transport` is NULL or a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segue_transport_follow_host(
    engine: *mut segue_engine,
    transport: *const segue_host_transport,
    at: u64,
) -> segue_status {
    boundary_on(
        "segue_transport_follow_host",
        &ENGINES,
        engine as Handle,
        |engine| {
            let host = match transport.is_null() {
                true => None,
                // SAFETY: the caller's promise.
                false => Some(host(&unsafe { config(transport) }?)?),
            };
            engine.control().send_host(at, host)?;
            OK
        },
    )
}

/// Refuses what a flag says is given and is no finite number.
#[cold]
#[inline(never)]
fn check_finite(said: &segue_host_transport) -> Answer {
    let numbers = [
        (SEGUE_HOST_BEATS, "beats", said.beats),
        (SEGUE_HOST_TEMPO, "bpm", said.bpm),
        (SEGUE_HOST_TEMPO, "bpm_per_frame", said.bpm_per_frame),
        (SEGUE_HOST_LOOP, "loop_start_beats", said.loop_start_beats),
        (SEGUE_HOST_LOOP, "loop_end_beats", said.loop_end_beats),
    ];
    for (flag, name, value) in numbers {
        if said.flags & flag != 0 && !value.is_finite() {
            return Err(Failure::range(name, value, "the finite numbers"));
        }
    }
    Ok(())
}

fn host(said: &segue_host_transport) -> Answer<HostTransport> {
    if said.flags & !ALL_FLAGS != 0 {
        return Err(Failure::range("flags", said.flags, "0..=31"));
    }
    let has = |flag: u32| said.flags & flag != 0;
    let signature = match has(SEGUE_HOST_SIGNATURE) {
        true => Some(signature(said.numerator, said.denominator)?),
        false => None,
    };
    let range = LoopRange {
        start_beats: said.loop_start_beats,
        end_beats: said.loop_end_beats,
    };
    // Zero times any of them is zero, unless it is not finite.
    let zero = [
        said.beats,
        said.bpm,
        said.bpm_per_frame,
        range.start_beats,
        range.end_beats,
    ]
    .iter()
    .fold(0.0, |zero, number| zero + 0.0 * number);
    if zero != 0.0 {
        check_finite(said)?;
    }
    let is_sound = range.start_beats < range.end_beats;
    if has(SEGUE_HOST_LOOP) && !is_sound {
        return Err(Failure::range(
            "loop_end_beats",
            range.end_beats,
            "(loop_start_beats, ..)",
        ));
    }
    Ok(HostTransport {
        playing: has(SEGUE_HOST_PLAYING),
        beats: has(SEGUE_HOST_BEATS).then_some(said.beats),
        bpm: has(SEGUE_HOST_TEMPO).then_some(said.bpm),
        bpm_per_frame: match has(SEGUE_HOST_TEMPO) {
            true => said.bpm_per_frame,
            false => 0.0,
        },
        signature,
        bar_start_beats: None,
        bar: None,
        range: has(SEGUE_HOST_LOOP).then_some(range),
    })
}

fn signature(numerator: u32, denominator: u32) -> Answer<TimeSignature> {
    let narrow =
        |name, value| u8::try_from(value).map_err(|_| Failure::range(name, value, "1..=255"));
    let found = TimeSignature::new(
        narrow("numerator", numerator)?,
        narrow("denominator", denominator)?,
    );
    found.map_err(|error| facade::Error::from(error).into())
}
