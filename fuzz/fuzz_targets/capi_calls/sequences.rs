//! Bytes as calls, one after another: things are made, used, ended, and used again, with the handles and ids of one
//! another.

use std::ptr::{null, null_mut};

use segue::SEGUE_ABI;
use segue::engine::audio::segue_engine_process_interleaved;
use segue::engine::load::{segue_engine_load, segue_engine_reload};
use segue::engine::{segue_engine, segue_engine_destroy, segue_engine_update};
use segue::events::segue_engine_dispatch;
use segue::game::values::{segue_rtpc_set, segue_switch_set};
use segue::game::{segue_event_post, segue_object_add, segue_object_remove, segue_playing_stop};
use segue::job::{segue_job, segue_job_cancel, segue_job_destroy, segue_job_wait};
use segue::meters::{segue_analyser_add, segue_analyser_get_spectrum, segue_analyser_remove};
use segue::mixer::inserts::{
    segue_insert_add, segue_insert_move, segue_insert_remove, segue_insert_set_key,
    segue_insert_set_param,
};
use segue::mixer::{
    segue_bus_add, segue_bus_find, segue_bus_remove, segue_bus_set, segue_bus_set_output,
    segue_mixer_commit, segue_send_add, segue_send_remove, segue_send_set_gain,
};
use segue::project::{segue_project, segue_project_destroy};
use segue::slot::gamble::segue_slot_gamble;
use segue::slot::scenario::{
    segue_slot_get_step, segue_slot_play_scenario, segue_slot_set_scenario_builtin, segue_slot_step,
};
use segue::slot::spin::{segue_slot_begin, segue_slot_get_result, segue_slot_take_log};
use segue::slot::{segue_slot, segue_slot_destroy, segue_slot_open_builtin};
use segue::status::segue_status::SEGUE_STATUS_OK;
use segue::transport::{segue_transport_play, segue_transport_seek};
use segue::voices::{
    segue_sound_find, segue_voice_pause, segue_voice_play, segue_voice_set, segue_voice_stop,
};

use super::ground::{EMPTY, c, engine, expect, finish, project};

/// Most calls of one input.
const MOST: usize = 64;
/// Places for handles of each kind.
const PLACES: usize = 3;
const KINDS: [&[u8]; 6] = [b"gain", b"eq", b"limiter", b"delay", b"reverb", b"nothing"];
const NAMES: [&[u8]; 6] = [b"master", b"music", b"drums", b"hit", b"new", b""];

/// Runs the calls, then ends what is left.
pub fn run(data: &[u8]) {
    let mut run = Run {
        bytes: data.iter(),
        engines: [null_mut(); PLACES],
        projects: [null_mut(); PLACES],
        jobs: [null_mut(); PLACES],
        slots: [null_mut(); PLACES],
        ids: [0; 16],
        next: 0,
    };
    for _ in 0..MOST {
        let Some(&call) = run.bytes.next() else { break };
        run.call(call);
    }
    run.end();
}

struct Run<'a> {
    bytes: std::slice::Iter<'a, u8>,
    engines: [*mut segue_engine; PLACES],
    projects: [*mut segue_project; PLACES],
    jobs: [*mut segue_job; PLACES],
    slots: [*mut segue_slot; PLACES],
    /// The last ids that came out, of whatever.
    ids: [u64; 16],
    next: usize,
}

impl Run<'_> {
    /// 0 after the end.
    fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or(0)
    }

    fn place(&mut self) -> usize {
        usize::from(self.byte()) % PLACES
    }

    fn engine(&mut self) -> *mut segue_engine {
        let place = self.place();
        self.engines[place]
    }

    /// Mostly one that came out, also of something else or of another engine; now and then any number.
    fn id(&mut self) -> u64 {
        match self.byte() {
            byte @ 0..=239 => self.ids[usize::from(byte) % self.ids.len()],
            byte => u64::from(byte) << 56 | u64::from(self.byte()),
        }
    }

    fn keep(&mut self, id: u64) {
        if id != 0 {
            self.ids[self.next % 16] = id;
            self.next += 1;
        }
    }

    fn value(&mut self) -> f32 {
        match self.byte() {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => f32::NEG_INFINITY,
            3 => f32::MAX,
            byte => (f32::from(byte) - 128.0) / 8.0,
        }
    }

    fn call(&mut self, call: u8) {
        match call % 8 {
            0 => self.life(call / 8),
            1 | 2 => self.mixer(call / 8),
            3 => self.inserts(call / 8),
            4 => self.voices(call / 8),
            5 => self.game(call / 8),
            6 => self.time(),
            _ => self.slot(call / 8),
        }
    }

    /// Makes and ends handles: what was in the place may be gone, and is ended first.
    fn life(&mut self, call: u8) {
        let place = self.place();
        // SAFETY: handles of any kind of life, and places.
        unsafe {
            match call % 8 {
                0 => {
                    segue_engine_destroy(self.engines[place]);
                    let project = match self.byte() % 2 {
                        0 => null_mut(),
                        _ => self.projects[place],
                    };
                    // A project that is gone makes no engine.
                    self.engines[place] = match project.is_null() {
                        true => engine(null_mut()),
                        false => engine(project),
                    };
                }
                // It stays in its place: a handle that is gone is used on purpose.
                1 => expect(segue_engine_destroy(self.engines[place])),
                2 => {
                    segue_project_destroy(self.projects[place]);
                    self.projects[place] = project();
                }
                3 => {
                    expect(segue_project_destroy(self.projects[place]));
                    self.projects[place] = null_mut();
                }
                4 | 5 => {
                    finish(std::mem::replace(&mut self.jobs[place], null_mut()));
                    let (engine, project) = (self.engine(), self.projects[place]);
                    let job = &mut self.jobs[place];
                    expect(match call % 8 {
                        4 => segue_engine_load(engine, project, job),
                        _ => segue_engine_reload(engine, project, job),
                    });
                }
                6 => expect(segue_job_cancel(self.jobs[place])),
                _ => {
                    expect(segue_job_wait(
                        self.jobs[place],
                        u32::from(self.byte() % 20),
                    ));
                    expect(segue_job_destroy(self.jobs[place]));
                    self.jobs[place] = null_mut();
                }
            }
        }
    }

    fn mixer(&mut self, call: u8) {
        let engine = self.engine();
        let (one, other) = (self.id(), self.id());
        let name = NAMES[usize::from(self.byte()) % NAMES.len()];
        let (text, length) = c(name);
        let (value, at) = (self.value(), u64::from(self.byte()) * 16);
        let mut id = 0;
        // SAFETY: a handle, a text, places.
        unsafe {
            expect(match call % 10 {
                0 | 1 => segue_bus_find(engine, text, length, &mut id),
                2 => segue_bus_add(engine, text, length, one, &mut id),
                3 => segue_bus_remove(engine, one),
                4 => segue_bus_set_output(engine, one, other),
                5 => segue_bus_set(engine, one, i32::from(self.byte() % 6), value, 0.01, at),
                6 => segue_send_add(engine, one, other, value, u32::from(call % 3), &mut id),
                7 => segue_send_remove(engine, one),
                8 => segue_send_set_gain(engine, one, value, at),
                _ => segue_mixer_commit(engine),
            });
        }
        self.keep(id);
    }

    fn inserts(&mut self, call: u8) {
        let engine = self.engine();
        let (one, other) = (self.id(), self.id());
        let (kind, length) = c(KINDS[usize::from(self.byte()) % KINDS.len()]);
        let (position, value) = (u32::from(self.byte() % 5), self.value());
        let mut id = 0;
        // SAFETY: a handle, texts, places.
        unsafe {
            expect(match call % 8 {
                0 | 1 => segue_insert_add(engine, one, position, kind, length, null(), 0, &mut id),
                2 => segue_insert_remove(engine, one),
                3 => segue_insert_move(engine, one, position),
                4 => segue_insert_set_key(engine, one, other),
                5 => segue_insert_set_param(engine, one, position, value, 0),
                6 => segue_analyser_add(engine, one, null(), &mut id),
                _ => {
                    let (mut bins, mut length) = ([0.0; 64], 0);
                    let bins = bins.as_mut_ptr();
                    expect(segue_analyser_get_spectrum(
                        engine,
                        one,
                        bins,
                        64,
                        &mut length,
                    ));
                    segue_analyser_remove(engine, one)
                }
            });
        }
        self.keep(id);
    }

    fn voices(&mut self, call: u8) {
        let engine = self.engine();
        let (one, value) = (self.id(), self.value());
        let at = u64::from(self.byte()) * 16;
        let (text, length) = c(b"hit");
        let mut id = 0;
        // SAFETY: a handle, a text, places.
        unsafe {
            expect(match call % 5 {
                0 => segue_sound_find(engine, text, length, &mut id),
                1 => segue_voice_play(engine, one, null(), at, &mut id),
                2 => segue_voice_set(engine, one, i32::from(self.byte() % 7), value, 0.0, at),
                3 => segue_voice_stop(engine, one, f64::from(value), at),
                _ => segue_voice_pause(engine, one, u32::from(self.byte() % 3), 0.0, at),
            });
        }
        self.keep(id);
    }

    fn game(&mut self, call: u8) {
        let engine = self.engine();
        let (one, other, value) = (self.id(), self.id(), self.value());
        let (text, length) = c(NAMES[usize::from(self.byte()) % NAMES.len()]);
        let mut id = 0;
        // SAFETY: a handle, a text, places.
        unsafe {
            expect(match call % 6 {
                0 => segue_object_add(engine, text, length, null(), 0, &mut id),
                1 => segue_object_remove(engine, one, 0),
                2 => segue_event_post(engine, one, other, null(), 0, &mut id),
                3 => segue_playing_stop(engine, one, 0.0, 0),
                4 => segue_rtpc_set(engine, one, other, 0, value, 0.0, 0),
                _ => segue_switch_set(engine, one, other, self.id(), 0),
            });
        }
        self.keep(id);
    }

    /// Audio, events and the transport.
    fn time(&mut self) {
        let engine = self.engine();
        let mut samples = [0.0; 512];
        let frames = u32::from(self.byte());
        // SAFETY: a handle and room for two channels of at most 255 frames.
        unsafe {
            match self.byte() % 6 {
                0..=2 => {
                    let samples = samples.as_mut_ptr();
                    expect(segue_engine_process_interleaved(engine, samples, 2, frames));
                }
                3 => {
                    expect(segue_engine_dispatch(
                        engine,
                        None,
                        null_mut(),
                        0,
                        null_mut(),
                    ));
                    expect(segue_engine_update(engine));
                }
                4 => expect(segue_transport_play(engine, u64::from(frames))),
                _ => expect(segue_transport_seek(engine, f64::from(self.value()), 0)),
            }
        }
    }

    fn slot(&mut self, call: u8) {
        let place = self.place();
        let slot = self.slots[place];
        let mut out = EMPTY;
        // SAFETY: a handle, a text, places; the buffer is what the library has put there, or nothing.
        unsafe {
            match call % 9 {
                0 => {
                    segue_slot_destroy(slot);
                    let (name, length) = c(b"demo-low");
                    let place = &mut self.slots[place];
                    let status = segue_slot_open_builtin(SEGUE_ABI, name, length, place);
                    assert_eq!(status, SEGUE_STATUS_OK);
                }
                1 => expect(segue_slot_destroy(slot)),
                2 => {
                    let coin = i64::from(self.byte()) - 8;
                    expect(segue_slot_begin(slot, u64::from(self.byte()), coin, 3));
                }
                3 => expect(segue_slot_get_result(slot, &mut out)),
                5 => {
                    let (name, length) = c(b"near_miss");
                    expect(segue_slot_set_scenario_builtin(slot, name, length));
                }
                6 => {
                    let mut step: segue_slot_step = std::mem::zeroed();
                    step.struct_size = std::mem::size_of::<segue_slot_step>() as u32;
                    expect(segue_slot_get_step(slot, &mut step));
                }
                7 => {
                    let other = self.place();
                    finish(std::mem::replace(&mut self.jobs[other], null_mut()));
                    let steps = u32::from(self.byte() % 4);
                    expect(segue_slot_play_scenario(slot, steps, &mut self.jobs[other]));
                }
                8 => {
                    let choices = [u32::from(self.byte() % 3), 0];
                    let count = usize::from(self.byte() % 3);
                    expect(segue_slot_gamble(slot, choices.as_ptr(), count, &mut out));
                }
                _ => expect(segue_slot_take_log(slot, &mut out)),
            }
            segue::memory::buffer::segue_buffer_free(&mut out);
        }
    }

    /// Ends what is left, in whatever order.
    fn end(&mut self) {
        // SAFETY: handles of any kind of life.
        unsafe {
            for place in 0..PLACES {
                segue_engine_destroy(self.engines[place]);
                segue_project_destroy(self.projects[place]);
                segue_slot_destroy(self.slots[place]);
                finish(self.jobs[place]);
            }
        }
    }
}
