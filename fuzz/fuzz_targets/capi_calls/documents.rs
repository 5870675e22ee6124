//! Bytes as one document of one function.

use std::ptr::null_mut;

use segue::SEGUE_ABI;
use segue::engine::load::segue_engine_load;
use segue::engine::{segue_engine_destroy, segue_engine_update};
use segue::game::segue_call_line;
use segue::live::read::{segue_adapter_check, segue_adapter_propose};
use segue::live::{segue_live_destroy, segue_live_start};
use segue::memory::buffer::segue_buffer_free;
use segue::mixer::inserts::segue_insert_add;
use segue::mixer::presets::segue_insert_set_preset;
use segue::mixer::{segue_bus_find, segue_mixer_commit};
use segue::offline::batch::segue_batch;
use segue::offline::convert::{segue_convert, segue_normalize};
use segue::project::document::segue_project_set_json;
use segue::project::make::segue_project_make;
use segue::project::profile::segue_project_set_profile;
use segue::project::{segue_project_destroy, segue_project_open_memory};
use segue::render::segue_render;
use segue::slot::jobs::segue_slot_simulate;
use segue::slot::scenario::{
    segue_slot_get_scenario, segue_slot_play_scenario, segue_slot_set_scenario,
};
use segue::slot::session::segue_slot_make_trace;
use segue::slot::{
    segue_slot_destroy, segue_slot_get_json, segue_slot_open_builtin, segue_slot_open_memory,
};
use segue::stages::names::{segue_stages_lookup, segue_stages_resolve};
use segue::stages::report::segue_stages_report;
use segue::stages::segue_stages_validate;

use super::ground::{EMPTY, c, engine, expect, finish, is_tame, project};

/// Which function takes it, the first byte of the input said.
pub fn run(which: u8, data: &[u8]) {
    match which {
        0..=4 => read(which, data),
        5..=8 | 11 | 12 | 14 | 18..=20 if !is_tame(data) => {}
        5..=7 | 11 | 12 | 14 | 18..=20 => work(which, data),
        16 | 17 => names(which, data),
        21 => scenario(data),
        8 => live(data),
        9 | 10 => edit(which, data),
        _ => preset(data),
    }
}

/// What is only read.
fn read(which: u8, data: &[u8]) {
    let (text, length) = c(data);
    let mut out = EMPTY;
    // SAFETY: every pointer lives here, and lengths are those of what they point to.
    unsafe {
        expect(match which {
            0 => {
                let mut slot = null_mut();
                let status = segue_slot_open_memory(SEGUE_ABI, text, length, &mut slot);
                segue_slot_get_json(slot, &mut out);
                segue_slot_destroy(slot);
                status
            }
            1 => {
                let mut project = null_mut();
                let bytes = data.as_ptr();
                let status = segue_project_open_memory(SEGUE_ABI, bytes, length, &mut project);
                segue_project_destroy(project);
                status
            }
            2 => segue_stages_validate(text, length, &mut out),
            3 => segue_adapter_check(text, length, &mut out),
            _ => {
                let engine = engine(null_mut());
                let status = segue_call_line(engine, text, length, 0);
                segue_engine_update(engine);
                segue_engine_destroy(engine);
                status
            }
        });
        segue_buffer_free(&mut out);
    }
}

/// Options of jobs.
fn work(which: u8, data: &[u8]) {
    let (text, length) = c(data);
    let mut job = null_mut();
    // SAFETY: as in `read`.
    unsafe {
        match which {
            5 => expect(segue_convert(SEGUE_ABI, text, length, &mut job)),
            6 => expect(segue_normalize(SEGUE_ABI, text, length, &mut job)),
            7 => expect(segue_batch(SEGUE_ABI, text, length, &mut job)),
            11 => {
                let project = project();
                let (path, path_length) = c(b"out.wav");
                expect(segue_render(
                    project,
                    path,
                    path_length,
                    text,
                    length,
                    &mut job,
                ));
                segue_project_destroy(project);
            }
            18 => {
                let project = project();
                expect(segue_stages_report(
                    project,
                    null_mut(),
                    text,
                    length,
                    &mut job,
                ));
                segue_project_destroy(project);
            }
            19 => {
                let mut slot = null_mut();
                let (name, name_length) = c(b"demo-low");
                segue_slot_open_builtin(SEGUE_ABI, name, name_length, &mut slot);
                expect(segue_slot_make_trace(
                    slot,
                    null_mut(),
                    text,
                    length,
                    &mut job,
                ));
                segue_slot_destroy(slot);
            }
            20 => expect(segue_project_make(SEGUE_ABI, text, length, &mut job)),
            12 => {
                let mut slot = null_mut();
                let (name, name_length) = c(b"demo-low");
                segue_slot_open_builtin(SEGUE_ABI, name, name_length, &mut slot);
                expect(segue_slot_simulate(slot, text, length, &mut job));
                segue_slot_destroy(slot);
            }
            _ => {
                let (none, zero) = c(b"");
                expect(segue_adapter_propose(
                    SEGUE_ABI, text, length, none, zero, &mut job,
                ));
            }
        }
    }
    finish(job);
}

/// Names of stages, and stages without times.
fn names(which: u8, data: &[u8]) {
    let ((text, length), (none, zero)) = (c(data), c(b""));
    let mut out = EMPTY;
    // SAFETY: as in `read`.
    unsafe {
        expect(match which {
            16 => segue_stages_lookup(null_mut(), text, length, &mut out),
            _ => segue_stages_resolve(null_mut(), text, length, none, zero, &mut out),
        });
        segue_buffer_free(&mut out);
    }
}

/// A scenario, which a game then plays.
fn scenario(data: &[u8]) {
    let ((text, length), (name, name_length)) = (c(data), c(b"demo-low"));
    let (mut slot, mut job, mut out) = (null_mut(), null_mut(), EMPTY);
    // SAFETY: as in `read`.
    unsafe {
        segue_slot_open_builtin(SEGUE_ABI, name, name_length, &mut slot);
        expect(segue_slot_set_scenario(slot, text, length));
        expect(segue_slot_get_scenario(slot, &mut out));
        segue_buffer_free(&mut out);
        expect(segue_slot_play_scenario(slot, 0, &mut job));
        finish(job);
        segue_slot_destroy(slot);
    }
}

/// Options of a live game, whose sockets open on this machine.
fn live(data: &[u8]) {
    let (text, length) = c(data);
    let engine = engine(null_mut());
    let mut live = null_mut();
    // SAFETY: as in `read`.
    unsafe {
        expect(segue_live_start(engine, text, length, &mut live));
        segue_engine_update(engine);
        segue_live_destroy(live);
        segue_engine_destroy(engine);
    }
}

/// Another text of a project, which an engine then loads.
fn edit(which: u8, data: &[u8]) {
    let (text, length) = c(data);
    let project = project();
    let mut job = null_mut();
    // SAFETY: as in `read`.
    unsafe {
        match which {
            9 => expect(segue_project_set_json(project, text, length)),
            _ => expect(segue_project_set_profile(project, text, length)),
        }
        let engine = engine(null_mut());
        expect(segue_engine_load(engine, project, &mut job));
        finish(job);
        segue_engine_destroy(engine);
        segue_project_destroy(project);
    }
}

/// Values of an insert.
fn preset(data: &[u8]) {
    let (text, length) = c(data);
    let engine = engine(null_mut());
    let (mut bus, mut insert) = (0, 0);
    let ((master, master_length), (kind, kind_length)) = (c(b"master"), c(b"compressor"));
    let (none, zero) = c(b"");
    // SAFETY: as in `read`.
    unsafe {
        segue_bus_find(engine, master, master_length, &mut bus);
        segue_insert_add(engine, bus, 0, kind, kind_length, none, zero, &mut insert);
        segue_mixer_commit(engine);
        expect(segue_insert_set_preset(engine, insert, text, length, 0));
        segue_engine_destroy(engine);
    }
}
