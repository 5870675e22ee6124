//! What an error says: the argument that the caller passed, its value, what is allowed, and a way out.

use std::ptr::{null, null_mut};

use super::support::{destroy, engine_with, error, events, loaded, open, text};
use crate::engine::load::segue_engine_load;
use crate::engine::{segue_engine, segue_engine_config, segue_engine_destroy};
use crate::game::segue_name_kind::{SEGUE_NAME_EVENT, SEGUE_NAME_RTPC, SEGUE_NAME_SWITCH_GROUP};
use crate::game::values::{segue_macro_set, segue_rtpc_set, segue_switch_set};
use crate::game::{
    segue_event_post, segue_name_find, segue_object_add, segue_object_options, segue_playing_stop,
};
use crate::job::{segue_job_destroy, segue_job_get_result, segue_job_wait};
use crate::memory::buffer::segue_buffer;
use crate::meters::{segue_analyser_remove, segue_bus_take_levels, segue_levels};
use crate::mixer::inserts::{
    segue_insert_find, segue_insert_get_reading, segue_insert_set_mix, segue_insert_set_param,
};
use crate::mixer::{
    segue_bus_add, segue_bus_find, segue_bus_remove, segue_bus_set, segue_bus_set_output,
    segue_send_set_gain,
};
use crate::project::segue_project_destroy;
use crate::status::segue_status;
use crate::status::segue_status::*;
use crate::voices::pool::segue_sound_get_name;
use crate::voices::{segue_sound_find, segue_voice_play, segue_voice_set_filter, segue_voice_stop};

type Find = unsafe extern "C" fn(
    *mut segue_engine,
    *const std::ffi::c_char,
    usize,
    *mut u64,
) -> segue_status;

fn find(engine: *mut segue_engine, name: &str, how: Find) -> u64 {
    let (name, length) = text(name);
    let mut id = 0;
    // SAFETY: a handle, a text and a place.
    super::support::ok(unsafe { how(engine, name, length, &raw mut id) });
    id
}

fn named(engine: *mut segue_engine, kind: i32, name: &str) -> u64 {
    let (name, length) = text(name);
    let mut id = 0;
    // SAFETY: a handle, a text and a place.
    super::support::ok(unsafe { segue_name_find(engine, kind, name, length, &raw mut id) });
    id
}

/// Fails as expected, and its text holds all these words.
#[track_caller]
fn says(status: segue_status, wanted: segue_status, words: &[&str]) {
    let text = error();
    assert_eq!(status, wanted, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text:?}");
    }
}

const STALE: segue_status = SEGUE_STATUS_STALE_ID;
const WRONG: segue_status = SEGUE_STATUS_INVALID_ARGUMENT;

#[test]
fn an_id_is_never_taken_for_that_of_something_else() {
    let (engine, project) = loaded();
    let bus = find(engine, "master", segue_bus_find);
    let sound = find(engine, "coin", segue_sound_find);
    let mut insert = 0;
    let ((on, on_length), (name, length)) = (text("master"), text("ceiling"));
    // SAFETY: a handle, texts and places; what is wrong is refused.
    unsafe {
        super::support::ok(segue_insert_find(
            engine,
            on,
            on_length,
            name,
            length,
            &raw mut insert,
        ));
        let played = segue_voice_play(engine, bus, null(), 0, null_mut());
        says(
            played,
            STALE,
            &["is the id of a bus, not of a sound", "segue_sound_find"],
        );
        let set = segue_bus_set(engine, sound, 1, 0.0, 0.0, 0);
        says(
            set,
            STALE,
            &["is the id of a sound, not of a bus", "segue_bus_find"],
        );
        let set = segue_insert_set_mix(engine, bus, 1.0, 0);
        says(set, STALE, &["is the id of a bus, not of an insert"]);
        let set = segue_send_set_gain(engine, insert, 0.0, 0);
        says(set, STALE, &["is the id of an insert, not of a send"]);
        let stopped = segue_voice_stop(engine, sound, 0.0, 0);
        says(stopped, STALE, &["is the id of a sound, not of a voice"]);
        let mut length = 0;
        let named = segue_sound_get_name(engine, insert, null_mut(), 0, &raw mut length);
        says(named, STALE, &["is the id of an insert, not of a sound"]);
        let posted = segue_event_post(engine, bus, 0, null(), 0, null_mut());
        says(posted, STALE, &["event id 0x1", "segue_name_find"]);
    }
    // What was refused is not heard of.
    assert!(events(engine).is_empty());
    destroy(engine, project);
}

#[test]
fn an_id_that_is_gone_is_told_as_c_knows_it() {
    let (engine, project) = loaded();
    let none = 0x1000_0009_0000_0004;
    let mut id = 0;
    let (name, length) = text("nine");
    // SAFETY: all 0 is a value of a record.
    let mut levels: segue_levels = unsafe { std::mem::zeroed() };
    levels.struct_size = u32::try_from(size_of::<segue_levels>()).unwrap();
    // SAFETY: a handle, a text and places; what is wrong is refused.
    unsafe {
        let added = segue_bus_add(engine, name, length, none, &raw mut id);
        says(
            added,
            STALE,
            &["bus id 0x1000000900000004", "segue_bus_find"],
        );
        let added = segue_bus_add(engine, name, length, 4, &raw mut id);
        says(added, STALE, &["output 0x4 is no id of a bus"]);
        says(
            segue_bus_remove(engine, none),
            STALE,
            &["0x1000000900000004"],
        );
        let taken = segue_bus_take_levels(engine, none, &raw mut levels);
        says(
            taken,
            STALE,
            &["0x1000000900000004", "segue_mixer_commit", "segue_bus_find"],
        );
        let insert = 0x3000_0009_0000_0004;
        let mut reading = 0.0;
        let read = segue_insert_get_reading(engine, insert, &raw mut reading);
        says(read, STALE, &["0x3000000900000004", "segue_insert_find"]);
        let removed = segue_analyser_remove(engine, 77);
        says(removed, STALE, &["analyser id 0x4d", "segue_analyser_add"]);
        says(
            segue_playing_stop(engine, 0, 0.0, 0),
            STALE,
            &["playing 0 names no post"],
        );
    }
    destroy(engine, project);
}

#[test]
fn a_value_is_told_by_the_name_that_it_was_passed_by() {
    let (engine, project) = loaded();
    let sound = find(engine, "coin", segue_sound_find);
    let rtpc = named(engine, SEGUE_NAME_RTPC as i32, "speed");
    let floor = named(engine, SEGUE_NAME_SWITCH_GROUP as i32, "Floor");
    let event = named(engine, SEGUE_NAME_EVENT as i32, "Coins");
    let mut id = 0;
    // SAFETY: all 0 is a value of a record.
    let mut options: segue_object_options = unsafe { std::mem::zeroed() };
    options.struct_size = u32::try_from(size_of::<segue_object_options>()).unwrap();
    options.widen = 5.0;
    let (name, length) = text("hero");
    // SAFETY: a handle, texts, structs and places; what is wrong is refused.
    unsafe {
        let added = segue_object_add(engine, name, length, &raw const options, 0, &raw mut id);
        says(added, WRONG, &["widen 5 is not in -1..=1"]);
        let mut voice = 0;
        super::support::ok(segue_voice_play(engine, sound, null(), 0, &raw mut voice));
        let set = segue_voice_set_filter(engine, voice, f32::NAN, 0.0, 0);
        says(set, WRONG, &["low_pass_hz NaN is not in 0..=192000"]);
        let set = segue_voice_set_filter(engine, voice, 0.0, 1e9, 0);
        says(
            set,
            WRONG,
            &["high_pass_hz 1000000000 is not in 0..=192000"],
        );
        let set = segue_rtpc_set(engine, rtpc, 0, 0, f32::NAN, 0.0, 0);
        says(set, WRONG, &["value NaN is not in finite numbers"]);
        let set = segue_switch_set(engine, floor, 0, 0, 0);
        says(
            set,
            STALE,
            &["value 0 is the value `none`", "segue_name_find"],
        );
        let set = segue_switch_set(engine, floor, 0, event, 0);
        says(set, STALE, &["value id 0x"]);
        let set = segue_macro_set(engine, 9, 0.0, 0);
        says(
            set,
            WRONG,
            &["index 9 is not in 0..=", "the macros of the project"],
        );
        let ((on, on_length), (name, length)) = (text("master"), text("ceiling"));
        let mut insert = 0;
        super::support::ok(segue_insert_find(
            engine,
            on,
            on_length,
            name,
            length,
            &raw mut insert,
        ));
        for param in [999, 70_000] {
            let set = segue_insert_set_param(engine, insert, param, 0.0, 0);
            says(set, WRONG, &["is not in 0..=", "parameters of this insert"]);
        }
        // A circle is a wrong argument: there is no document.
        let (bus, deeper) = (
            find(engine, "music", segue_bus_find),
            find(engine, "drums", segue_bus_find),
        );
        says(
            segue_bus_set_output(engine, bus, deeper),
            WRONG,
            &["feed a bus into itself"],
        );
    }
    destroy(engine, project);
}

#[test]
fn what_is_too_small_is_told_with_the_field_to_enlarge() {
    let project = open(&super::support::factory());
    // SAFETY: all 0 is a value of a record.
    let mut config: segue_engine_config = unsafe { std::mem::zeroed() };
    config.struct_size = u32::try_from(size_of::<segue_engine_config>()).unwrap();
    config.buses = 1;
    let engine = engine_with(&raw const config, project);
    let mut job = null_mut();
    let mut out = segue_buffer {
        data: null_mut(),
        length: 0,
        capacity: 0,
    };
    // SAFETY: handles and places.
    unsafe {
        let status = match segue_engine_load(engine, project, &raw mut job) {
            SEGUE_STATUS_OK => {
                super::support::ok(segue_job_wait(job, 120_000));
                segue_job_get_result(job, &raw mut out)
            }
            refused => refused,
        };
        let limit = SEGUE_STATUS_LIMIT_EXCEEDED;
        says(
            status,
            limit,
            &["buses", "over the limit of 1", "segue_engine_config.buses"],
        );
        super::support::ok(segue_job_destroy(job));
        super::support::ok(segue_engine_destroy(engine));
        super::support::ok(segue_project_destroy(project));
    }
}
