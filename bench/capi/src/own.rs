//! An engine behind the C ABI, playing the factory project, and the calls that a game makes.

use std::cell::Cell;
use std::ffi::c_char;
use std::path::Path;
use std::ptr::{null, null_mut};

use segue::SEGUE_ABI;
use segue::engine::{segue_engine_config, segue_engine_state};
use segue::memory::buffer::segue_buffer;
use segue::meters::segue_levels;
use segue::mixer::segue_bus_info;
use segue::transport::segue_host_transport;

use crate::library::{Library, Root, Status};
use crate::{BLOCK, Result, Song};

/// Numbers of segue.h.
const NAME_EVENT: i32 = 1;
const NAME_RTPC: i32 = 2;
const NAME_STATE_GROUP: i32 = 3;
const NAME_SWITCH_GROUP: i32 = 4;
const NAME_VALUE: i32 = 5;
const NAME_SIGNAL: i32 = 6;
const GAIN_DB: i32 = 1;
const PAN: i32 = 2;
const MUTE: i32 = 3;
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
    insert: u64,
    send: u64,
    /// State group and value.
    state: [u64; 2],
    /// Switch group and value.
    switch: [u64; 2],
    signal: u64,
    playing: Cell<u64>,
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
            insert: 0,
            send: 0,
            state: [0; 2],
            switch: [0; 2],
            signal: 0,
            playing: Cell::new(0),
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
        let (mut bus, mut sound, mut insert, mut send) = (0, 0, 0, 0);
        let [master, first] = ["master", &song.sound].map(c);
        let [on, name] = song.insert.each_ref().map(|text| c(text));
        let [from, to] = song.send.each_ref().map(|text| c(text));
        // SAFETY: as above.
        unsafe {
            self.check((lib.segue_bus_find)(engine, master.0, master.1, &mut bus))?;
            self.check((lib.segue_sound_find)(engine, first.0, first.1, &mut sound))?;
            self.check((lib.segue_insert_find)(
                engine,
                on.0,
                on.1,
                name.0,
                name.1,
                &mut insert,
            ))?;
            self.check((lib.segue_send_find)(
                engine, from.0, from.1, to.0, to.1, &mut send,
            ))?;
        }
        (self.bus, self.sound, self.insert, self.send) = (bus, sound, insert, send);
        self.rtpc = self.name(NAME_RTPC, &song.rtpc)?;
        self.event = self.name(NAME_EVENT, &song.event)?;
        self.signal = self.name(NAME_SIGNAL, &song.signal)?;
        let [group, value] = &song.state;
        self.state = [
            self.name(NAME_STATE_GROUP, group)?,
            self.name(NAME_VALUE, value)?,
        ];
        let [group, value] = &song.switch;
        self.switch = [
            self.name(NAME_SWITCH_GROUP, group)?,
            self.name(NAME_VALUE, value)?,
        ];
        Ok(())
    }

    fn name(&self, kind: i32, text: &str) -> Result<u64> {
        let mut id = 0;
        let (start, length) = c(text);
        // SAFETY: as above.
        self.check(unsafe {
            (self.library.segue_name_find)(self.engine, kind, start, length, &mut id)
        })?;
        Ok(id)
    }

    /// Sets what the getters then tell; it changes what is heard.
    pub(crate) fn tell(&mut self) -> Result<()> {
        // SAFETY: as above.
        self.check(unsafe { (self.library.segue_engine_listen)(self.engine, 1) })?;
        for call in [RTPC, STATE_SET, SWITCH_SET, SIGNAL_SET] {
            self.check(call(self, 1))?;
        }
        self.block()?;
        // SAFETY: no sink, and no count is wanted.
        self.check(unsafe {
            (self.library.segue_engine_dispatch)(self.engine, null(), null_mut(), 0, null_mut())
        })
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

/// A text as libsegue takes it.
fn c(text: &str) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len())
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

/// Makes a [`Repeat`] of a call that writes a value.
macro_rules! repeat_get {
    (|$own:ident, $out:ident| $call:expr) => {
        |$own: &Own, times: usize| {
            let (mut value, mut all) = (Default::default(), 0);
            for _ in 0..times {
                let $out = &mut value;
                // SAFETY: handles, and pointers to what lives here.
                all |= unsafe { $call };
            }
            all
        }
    };
}

pub(crate) const FRAME: Repeat =
    repeat_get!(|own, out| (own.library.segue_engine_get_frame)(own.engine, out));
pub(crate) const RTPC_GET: Repeat =
    repeat_get!(|own, out| (own.library.segue_rtpc_get)(own.engine, own.rtpc, 0, out));
pub(crate) const STATE_GET: Repeat =
    repeat_get!(|own, out| (own.library.segue_state_get)(own.engine, own.state[0], out));
pub(crate) const SWITCH_GET: Repeat =
    repeat_get!(|own, out| (own.library.segue_switch_get)(own.engine, own.switch[0], 0, out));
pub(crate) const SIGNAL_GET: Repeat =
    repeat_get!(|own, out| (own.library.segue_signal_get)(own.engine, own.signal, out));
pub(crate) const READING: Repeat =
    repeat_get!(|own, out| (own.library.segue_insert_get_reading)(own.engine, own.insert, out));
pub(crate) const BUS_INFO: Repeat = |own, times| {
    // SAFETY: numbers only.
    let mut info: segue_bus_info = unsafe { std::mem::zeroed() };
    info.struct_size = size32::<segue_bus_info>();
    let mut all = 0;
    for _ in 0..times {
        // SAFETY: a handle and a record.
        all |= unsafe { (own.library.segue_bus_get_info)(own.engine, own.bus, &mut info) };
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
pub(crate) const EVENT: Repeat = |own, times| {
    let mut playing = 0;
    let mut all = 0;
    for _ in 0..times {
        // SAFETY: a handle and a number.
        all |= unsafe {
            (own.library.segue_event_post)(own.engine, own.event, 0, null(), 0, &mut playing)
        };
    }
    own.playing.set(playing);
    all
};
pub(crate) const BUS_PAN: Repeat =
    repeat!(|own| (own.library.segue_bus_set)(own.engine, own.bus, PAN, 0.1, 0.0, 0));
pub(crate) const BUS_MUTE: Repeat =
    repeat!(|own| (own.library.segue_bus_set)(own.engine, own.bus, MUTE, 0.0, 0.0, 0));
pub(crate) const SEND_GAIN: Repeat =
    repeat!(|own| (own.library.segue_send_set_gain)(own.engine, own.send, -8.0, 0));
pub(crate) const PARAM: Repeat =
    repeat!(|own| (own.library.segue_insert_set_param)(own.engine, own.insert, 0, 0.0, 0));
pub(crate) const MIX: Repeat =
    repeat!(|own| (own.library.segue_insert_set_mix)(own.engine, own.insert, 1.0, 0));
pub(crate) const BYPASS: Repeat =
    repeat!(|own| (own.library.segue_insert_set_bypass)(own.engine, own.insert, 0, 0));
pub(crate) const VOICE_PAN: Repeat =
    repeat!(|own| (own.library.segue_voice_set)(own.engine, own.voice.get(), PAN, 0.1, 0.0, 0));
pub(crate) const VOICE_FILTER: Repeat =
    repeat!(|own| (own.library.segue_voice_set_filter)(own.engine, own.voice.get(), 900.0, 0.0, 0));
pub(crate) const VOICE_PAUSE: Repeat =
    repeat!(|own| (own.library.segue_voice_pause)(own.engine, own.voice.get(), 0, 0.0, 0));
pub(crate) const VOICE_SEEK: Repeat =
    repeat!(|own| (own.library.segue_voice_seek)(own.engine, own.voice.get(), 0, 0));
/// A key that is let go: it starts nothing.
pub(crate) const NOTE: Repeat =
    repeat!(|own| (own.library.segue_note_send)(own.engine, 0, 60, 0.0, 0));
pub(crate) const RTPC_RESET: Repeat =
    repeat!(|own| (own.library.segue_rtpc_reset)(own.engine, own.rtpc, 0, 0, 0));
pub(crate) const STATE_SET: Repeat =
    repeat!(|own| (own.library.segue_state_set)(own.engine, own.state[0], own.state[1], 0));
pub(crate) const SWITCH_SET: Repeat =
    repeat!(|own| (own.library.segue_switch_set)(own.engine, own.switch[0], 0, own.switch[1], 0));
pub(crate) const SIGNAL_SET: Repeat =
    repeat!(|own| (own.library.segue_signal_set)(own.engine, own.signal, 0.5, 0));
pub(crate) const MACRO: Repeat =
    repeat!(|own| (own.library.segue_macro_set)(own.engine, 0, 0.5, 0));
pub(crate) const LEVEL: Repeat = repeat!(|own| (own.library.segue_level_set)(own.engine, 1, 0));
pub(crate) const PLAYING: Repeat =
    repeat!(|own| (own.library.segue_playing_stop)(own.engine, own.playing.get(), 0.0, 0));
pub(crate) const OBJECT: Repeat =
    repeat!(|own| (own.library.segue_object_place)(own.engine, 0, 0, 0.0, 1.0, 0));
pub(crate) const SPIN: Repeat = repeat!(|own| (own.library.segue_spin_begin)(own.engine, 0));
/// The host stands still, so that the blocks after it are as they were.
pub(crate) const HOST: Repeat = |own, times| {
    // SAFETY: numbers only.
    let mut host: segue_host_transport = unsafe { std::mem::zeroed() };
    host.struct_size = size32::<segue_host_transport>();
    let mut all = 0;
    for _ in 0..times {
        // SAFETY: a handle and a record.
        all |= unsafe { (own.library.segue_transport_follow_host)(own.engine, &host, 0) };
    }
    all
};
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
