//! An engine behind the C ABI, playing the factory project, and the calls that a game makes.

use std::cell::Cell;
use std::ffi::c_char;
use std::path::Path;
use std::ptr::{null, null_mut};

use segue::SEGUE_ABI;
use segue::engine::{segue_engine_config, segue_engine_state};
use segue::memory::buffer::segue_buffer;
use segue::meters::segue_levels;

use crate::library::{Library, Root, Status};
use crate::{BLOCK, Result, Song};

/// Numbers of segue.h.
const NAME_EVENT: i32 = 1;
const NAME_RTPC: i32 = 2;
const GAIN_DB: i32 = 1;
/// No bus has it.
const STALE: u64 = 12_345;
/// Room for a batch of calls between two blocks.
const COMMANDS: u32 = 65_536;
/// Longest wait for the project, in milliseconds.
const PATIENCE: u32 = 120_000;

pub(crate) struct Own {
    library: Library,
    project: Root,
    engine: Root,
    bus: u64,
    sound: u64,
    voice: Cell<u64>,
    rtpc: u64,
    event: u64,
    out: [Vec<f32>; 2],
}

impl Own {
    pub(crate) fn new(library: &Path, song: &Song) -> Result<Self> {
        let mut own = Self {
            library: Library::open(library)?,
            project: null_mut(),
            engine: null_mut(),
            bus: 0,
            sound: 0,
            voice: Cell::new(0),
            rtpc: 0,
            event: 0,
            out: [vec![0.0; BLOCK], vec![0.0; BLOCK]],
        };
        own.start(song)?;
        Ok(own)
    }

    fn start(&mut self, song: &Song) -> Result<()> {
        let (bytes, length) = (song.bytes.as_ptr(), song.bytes.len());
        // SAFETY: zeros are the defaults of every field.
        let mut config: segue_engine_config = unsafe { std::mem::zeroed() };
        config.struct_size = size32::<segue_engine_config>();
        config.commands = COMMANDS;
        let mut job = null_mut();
        let mut report = segue_buffer {
            data: null_mut(),
            length: 0,
            capacity: 0,
        };
        let (mut project, mut engine) = (null_mut(), null_mut());
        let lib = &self.library;
        // SAFETY: every pointer lives here, and lengths are those of what they point to.
        unsafe {
            let opened = (lib.segue_project_open_memory)(SEGUE_ABI, bytes, length, &mut project);
            self.check(opened)?;
            let created = (lib.segue_engine_create)(SEGUE_ABI, &config, project, &mut engine);
            self.check(created)?;
            self.check((lib.segue_engine_load)(engine, project, &mut job))?;
            self.check((lib.segue_job_wait)(job, PATIENCE))?;
            self.check((lib.segue_job_get_result)(job, &mut report))?;
            self.check((lib.segue_buffer_free)(&mut report))?;
            self.check((lib.segue_job_destroy)(job))?;
        }
        (self.project, self.engine) = (project, engine);
        self.block()?;
        self.find(song)
    }

    /// The ids of what the calls are about.
    fn find(&mut self, song: &Song) -> Result<()> {
        let (engine, lib) = (self.engine, &self.library);
        let (mut bus, mut sound, mut rtpc, mut event) = (0, 0, 0, 0);
        let [master, first, slider, post] =
            ["master", &song.sound, &song.rtpc, &song.event].map(|text| {
                let start: *const c_char = text.as_ptr().cast();
                (start, text.len())
            });
        // SAFETY: as above.
        unsafe {
            self.check((lib.segue_bus_find)(engine, master.0, master.1, &mut bus))?;
            self.check((lib.segue_sound_find)(engine, first.0, first.1, &mut sound))?;
            self.check((lib.segue_name_find)(
                engine, NAME_RTPC, slider.0, slider.1, &mut rtpc,
            ))?;
            self.check((lib.segue_name_find)(
                engine, NAME_EVENT, post.0, post.1, &mut event,
            ))?;
        }
        (self.bus, self.sound, self.rtpc, self.event) = (bus, sound, rtpc, event);
        Ok(())
    }

    /// Starts the song.
    pub(crate) fn play(&self) -> Result<()> {
        // SAFETY: a handle.
        self.check(unsafe { (self.library.segue_transport_play)(self.engine, 0) })
    }

    /// Renders the next block.
    pub(crate) fn render(&mut self) -> Status {
        let planes = self.out.each_mut().map(|plane| plane.as_mut_ptr());
        // SAFETY: two planes of `BLOCK` floats.
        unsafe {
            (self.library.segue_engine_process)(self.engine, planes.as_ptr(), 2, BLOCK as u32)
        }
    }

    /// Does what a game does once a frame.
    pub(crate) fn update(&self) -> Result<()> {
        // SAFETY: a handle.
        self.check(unsafe { (self.library.segue_engine_update)(self.engine) })
    }

    /// Both: takes what was sent off the queue.
    pub(crate) fn block(&mut self) -> Result<()> {
        let status = self.render();
        self.check(status)?;
        self.update()
    }

    /// The last block.
    pub(crate) fn heard(&self) -> &[Vec<f32>; 2] {
        &self.out
    }

    fn check(&self, status: Status) -> Result<()> {
        if status == 0 || status == 1 {
            return Ok(());
        }
        let mut text = [0_u8; 512];
        let mut length = 0;
        // SAFETY: as long as it says.
        unsafe {
            (self.library.segue_error_get_text)(text.as_mut_ptr().cast(), text.len(), &mut length);
        }
        let text = String::from_utf8_lossy(&text[..length.min(text.len())]).into_owned();
        Err(format!("libsegue answers {status}: {text}").into())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // SAFETY: handles, or NULL.
        unsafe {
            (self.library.segue_engine_destroy)(self.engine);
            (self.library.segue_project_destroy)(self.project);
        }
    }
}

/// `struct_size` of a record.
fn size32<T>() -> u32 {
    size_of::<T>() as u32
}

/// One of them `times` times; the statuses of all, or'ed.
pub(crate) type Repeat = fn(&Own, usize) -> Status;

/// Makes a [`Repeat`] of one call.
macro_rules! repeat {
    (|$own:ident| $call:expr) => {
        |$own: &Own, times: usize| {
            let mut all = 0;
            for _ in 0..times {
                // SAFETY: handles, and pointers to what lives here.
                all |= unsafe { $call };
            }
            all
        }
    };
}

pub(crate) const FRAME: Repeat = |own, times| {
    let mut frame = 0;
    let mut all = 0;
    for _ in 0..times {
        // SAFETY: a handle and a number.
        all |= unsafe { (own.library.segue_engine_get_frame)(own.engine, &mut frame) };
    }
    all
};
pub(crate) const STATE: Repeat = |own, times| {
    // SAFETY: numbers only.
    let mut state: segue_engine_state = unsafe { std::mem::zeroed() };
    state.struct_size = size32::<segue_engine_state>();
    let mut all = 0;
    for _ in 0..times {
        // SAFETY: a handle and a record.
        all |= unsafe { (own.library.segue_engine_get_state)(own.engine, &mut state) };
    }
    all
};
pub(crate) const LEVELS: Repeat = |own, times| {
    // SAFETY: numbers only.
    let mut levels: segue_levels = unsafe { std::mem::zeroed() };
    levels.struct_size = size32::<segue_levels>();
    let mut all = 0;
    for _ in 0..times {
        // SAFETY: a handle and a record.
        all |= unsafe { (own.library.segue_bus_take_levels)(own.engine, own.bus, &mut levels) };
    }
    all
};
pub(crate) const BUS: Repeat =
    repeat!(|own| (own.library.segue_bus_set)(own.engine, own.bus, GAIN_DB, -1.0, 0.0, 0));
pub(crate) const PLAY: Repeat = |own, times| {
    let mut voice = 0;
    let mut all = 0;
    for _ in 0..times {
        // SAFETY: a handle and a number.
        all |=
            unsafe { (own.library.segue_voice_play)(own.engine, own.sound, null(), 0, &mut voice) };
    }
    own.voice.set(voice);
    all
};
pub(crate) const VOICE: Repeat = repeat!(|own| (own.library.segue_voice_set)(
    own.engine,
    own.voice.get(),
    GAIN_DB,
    -1.0,
    0.0,
    0
));
pub(crate) const STOP: Repeat =
    repeat!(|own| (own.library.segue_voice_stop)(own.engine, own.voice.get(), 0.0, 0));
pub(crate) const RTPC: Repeat =
    repeat!(|own| (own.library.segue_rtpc_set)(own.engine, own.rtpc, 0, 0, 0.5, 0.0, 0));
pub(crate) const EVENT: Repeat =
    repeat!(|own| (own.library.segue_event_post)(own.engine, own.event, 0, null(), 0, null_mut()));
pub(crate) const SEEK: Repeat =
    repeat!(|own| (own.library.segue_transport_seek)(own.engine, 1.0, 0));
pub(crate) const STALE_ID: Repeat =
    repeat!(|own| (own.library.segue_bus_set)(own.engine, STALE, GAIN_DB, -1.0, 0.0, 0));
pub(crate) const RANGE: Repeat =
    repeat!(|own| (own.library.segue_transport_seek)(own.engine, -1.0, 0));
pub(crate) const NO_ENGINE: Repeat = repeat!(|own| (own.library.segue_engine_update)({
    let _ = own;
    null_mut()
}));
