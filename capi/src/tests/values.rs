//! What was set is read again.

use std::mem::zeroed;
use std::ptr::{null, null_mut};

use super::engine::{find, name, render, size};
use super::support::{destroy, error, loaded, ok, text};
use crate::engine::{segue_engine, segue_engine_config, segue_engine_create};
use crate::events::{segue_engine_dispatch, segue_engine_listen};
use crate::game::music::{segue_context_enter, segue_signal_get, segue_signal_set};
use crate::game::now::*;
use crate::game::values::*;
use crate::game::{segue_event_post, segue_name_kind, segue_post_options};
use crate::meters::*;
use crate::mixer::inserts::*;
use crate::mixer::*;
use crate::status::segue_status::*;
use crate::voices::{segue_sound_find, segue_voice_play};

fn info(engine: *mut segue_engine, bus: u64) -> segue_bus_info {
    // SAFETY: all 0 is a value of a record; a handle and a place.
    unsafe {
        let mut info: segue_bus_info = zeroed();
        info.struct_size = size::<segue_bus_info>();
        ok(segue_bus_get_info(engine, bus, &raw mut info));
        info
    }
}

fn params(engine: *mut segue_engine, insert: u64) -> Vec<f32> {
    let mut values = vec![f32::NAN; 512];
    let mut length = 0;
    // SAFETY: a handle and places.
    ok(unsafe {
        segue_insert_get_params(engine, insert, values.as_mut_ptr(), 512, &raw mut length)
    });
    values.truncate(length);
    values
}

fn insert(engine: *mut segue_engine, bus: &str, insert: &str) -> u64 {
    let (bus, bus_length) = text(bus);
    let (start, length) = text(insert);
    let mut id = 0;
    // SAFETY: handles and places.
    ok(unsafe { segue_insert_find(engine, bus, bus_length, start, length, &raw mut id) });
    id
}

fn number(kind: &str, param: &str) -> usize {
    let kind = facade::inserts::insert(kind).unwrap();
    kind.params.iter().position(|row| row.id == param).unwrap()
}

#[test]
fn the_mixer_tells_what_the_project_and_the_game_have_set() {
    let (engine, project) = loaded();
    let music = find(engine, "music", segue_bus_find);
    // The project's.
    let crush = insert(engine, "squash", "crush");
    let before = params(engine, crush);
    assert_eq!(before[number("compressor", "threshold")], -36.0);
    assert_eq!(before[number("compressor", "ratio")], 8.0);
    assert!((info(engine, music).gain_db + 4.5).abs() < 1e-4);
    // SAFETY: handles and places.
    unsafe {
        ok(segue_bus_set(engine, music, 1, -7.5, 2.0, 0));
        ok(segue_bus_set(engine, music, 2, 0.25, 0.0, 96_000));
        ok(segue_bus_set(engine, music, 3, 1.0, 0.0, 0));
        ok(segue_bus_set(engine, music, 4, 1.0, 0.0, 0));
        let refused = segue_bus_set(engine, music, 1, 25.0, 0.0, 0);
        assert_eq!(refused, SEGUE_STATUS_INVALID_ARGUMENT);
        let now = info(engine, music);
        assert!((now.gain_db + 7.5).abs() < 1e-4, "{now:?}");
        assert_eq!((now.pan, now.is_muted, now.is_soloed), (0.25, 1, 1));
        ok(segue_bus_set(engine, music, 1, f32::NEG_INFINITY, 0.0, 0));
        assert_eq!(info(engine, music).gain_db, f32::NEG_INFINITY);

        let drums = find(engine, "drums", segue_bus_find);
        let mut sends: [segue_send_info; 1] = zeroed();
        sends[0].struct_size = size::<segue_send_info>();
        let mut length = 0;
        let place = &raw mut length;
        ok(segue_bus_get_sends(
            engine,
            drums,
            sends.as_mut_ptr(),
            1,
            place,
        ));
        assert!((sends[0].gain_db + 8.0).abs() < 1e-4, "{sends:?}");
        ok(segue_send_set_gain(engine, sends[0].send, 3.0, 0));
        ok(segue_bus_get_sends(
            engine,
            drums,
            sends.as_mut_ptr(),
            1,
            place,
        ));
        assert!((sends[0].gain_db - 3.0).abs() < 1e-4, "{sends:?}");

        let threshold = number("compressor", "threshold");
        ok(segue_insert_set_param(
            engine,
            crush,
            u32::try_from(threshold).unwrap(),
            -12.0,
            0,
        ));
        ok(segue_insert_set_mix(engine, crush, 0.5, 0));
        ok(segue_insert_set_bypass(engine, crush, 1, 0));
        let mut expected = before.clone();
        expected[threshold] = -12.0;
        assert_eq!(params(engine, crush), expected);
        let squash = find(engine, "squash", segue_bus_find);
        let mut rows: [segue_insert_info; 1] = zeroed();
        rows[0].struct_size = size::<segue_insert_info>();
        ok(segue_bus_get_inserts(
            engine,
            squash,
            rows.as_mut_ptr(),
            1,
            place,
        ));
        assert_eq!((rows[0].mix, rows[0].is_bypassed), (0.5, 1));
        assert_eq!(rows[0].params as usize, before.len());
    }
    destroy(engine, project);
}

/// Also on the short way, which asks no more than it has to.
#[test]
fn a_parameter_is_set_as_its_row_says_or_refused() {
    let (engine, project) = loaded();
    let master = find(engine, "master", segue_bus_find);
    let ceiling = insert(engine, "master", "ceiling");
    let own = params(engine, ceiling);
    let row = |id| u32::try_from(number("limiter", id)).unwrap();
    // SAFETY: a handle and numbers.
    let set = |insert, param, value| unsafe {
        let status = segue_insert_set_param(engine, insert, param, value, 0);
        (status == SEGUE_STATUS_OK).then_some(()).ok_or(status)
    };
    assert_eq!(set(ceiling, row("ceiling"), -3.0), Ok(()));
    let now = params(engine, ceiling);
    assert_eq!(now[number("limiter", "ceiling")], -3.0);
    for (param, value) in [
        (row("ceiling"), 0.5),
        (row("ceiling"), -25.0),
        (row("ceiling"), f32::NAN),
        // It sets the latency.
        (row("look_ahead"), 2.0),
        (u32::try_from(own.len()).unwrap(), 0.0),
        (65_536 + row("ceiling"), -6.0),
    ] {
        let refused = set(ceiling, param, value);
        assert_eq!(refused, Err(SEGUE_STATUS_INVALID_ARGUMENT), "{param}");
    }
    assert_eq!(params(engine, ceiling), now);
    // Of another kind, and one that is gone: its values are not forgotten, but nobody hears them.
    assert_eq!(set(master, 0, -3.0), Err(SEGUE_STATUS_STALE_ID));
    // SAFETY: a handle and an id.
    unsafe {
        let removed = segue_insert_remove(engine, ceiling);
        assert_eq!(removed, SEGUE_STATUS_DEFERRED);
        ok(segue_mixer_commit(engine));
    }
    assert_eq!(set(ceiling, 0, -3.0), Err(SEGUE_STATUS_STALE_ID));
    destroy(engine, project);
}

/// The same for signals.
#[test]
fn a_signal_is_told_as_it_was_set() {
    let (engine, project) = loaded();
    let danger = name(engine, segue_name_kind::SEGUE_NAME_SIGNAL, "danger");
    let speed = name(engine, segue_name_kind::SEGUE_NAME_RTPC, "speed");
    let get = |signal| {
        let mut value = -1.0;
        // SAFETY: a handle and a place.
        let status = unsafe { segue_signal_get(engine, signal, &raw mut value) };
        (status, value)
    };
    // SAFETY: a handle and numbers.
    let set = |signal, value| unsafe { segue_signal_set(engine, signal, value, 0) };
    assert_eq!(get(danger), (SEGUE_STATUS_NOTHING, -1.0));
    ok(set(danger, 12.5));
    assert_eq!(get(danger), (SEGUE_STATUS_OK, 12.5));
    for value in [f32::NAN, f32::INFINITY] {
        assert_eq!(set(danger, value), SEGUE_STATUS_INVALID_ARGUMENT);
    }
    assert_eq!(set(speed, 1.0), SEGUE_STATUS_STALE_ID);
    assert_eq!(get(danger), (SEGUE_STATUS_OK, 12.5));
    assert_eq!(get(speed), (SEGUE_STATUS_STALE_ID, -1.0));
    // SAFETY: a handle; no place is given.
    let nowhere = unsafe { segue_signal_get(engine, danger, null_mut()) };
    assert_eq!(nowhere, SEGUE_STATUS_NULL_POINTER);
    destroy(engine, project);
}

#[test]
fn presets_are_applied_by_name() {
    let (engine, project) = loaded();
    let glue = insert(engine, "music", "glue");
    let kind = facade::inserts::insert("compressor").unwrap();
    let own = params(engine, glue);
    for preset in facade::inserts::presets("compressor") {
        let structural = preset.values.iter().any(|(id, value)| {
            let row = number("compressor", id);
            kind.params[row].structural && own[row] != *value
        });
        let (start, length) = text(preset.name);
        // SAFETY: a handle and a text.
        let applied = unsafe { segue_insert_apply_preset(engine, glue, start, length, 0) };
        if structural {
            assert_eq!(applied, SEGUE_STATUS_INVALID_ARGUMENT, "{}", preset.name);
            continue;
        }
        ok(applied);
        let now = params(engine, glue);
        for (row, value) in kind.params.iter().zip(now) {
            let said = preset.values.iter().find(|(id, _)| *id == row.id);
            let said = said.map_or(row.default, |(_, value)| *value);
            assert_eq!(value, said, "{}: {}", preset.name, row.id);
        }
        render(engine, 480, 480);
    }
    // SAFETY: handles, texts and places.
    unsafe {
        let (wrong, length) = text("no_such_preset");
        let status = segue_insert_apply_preset(engine, glue, wrong, length, 0);
        assert_eq!(status, SEGUE_STATUS_UNKNOWN_NAME);
        assert!(error().contains("no_such_preset"), "{}", error());

        // An insert is made with one, too.
        let music = find(engine, "music", segue_bus_find);
        let preset = &facade::inserts::presets("compressor")[0];
        let (kind, kind_length) = text("compressor");
        let (start, length) = text(preset.name);
        let mut made = 0;
        let place = &raw mut made;
        let added = segue_insert_add(engine, music, 0, kind, kind_length, start, length, place);
        assert_eq!(added, SEGUE_STATUS_DEFERRED);
        for (id, value) in preset.values {
            assert_eq!(params(engine, made)[number("compressor", id)], *value);
        }
        let added = segue_insert_add(engine, music, 0, kind, kind_length, wrong, 4, place);
        assert_eq!(added, SEGUE_STATUS_UNKNOWN_NAME);
    }
    destroy(engine, project);
}

fn dispatch(engine: *mut segue_engine) {
    // SAFETY: a handle.
    ok(unsafe { segue_engine_dispatch(engine, None, null_mut(), 0, null_mut()) });
}

fn layers(engine: *mut segue_engine) -> Vec<segue_layer_info> {
    // SAFETY: all 0 is a value of a record; a handle and places.
    unsafe {
        let mut rows: [segue_layer_info; 40] = zeroed();
        rows[0].struct_size = size::<segue_layer_info>();
        let mut length = 0;
        ok(segue_engine_get_layers(
            engine,
            rows.as_mut_ptr(),
            40,
            &raw mut length,
        ));
        rows[..length].to_vec()
    }
}

#[test]
fn values_of_the_game_and_volumes_of_layers_are_told() {
    let (engine, project) = loaded();
    // SAFETY: handles and places.
    unsafe {
        let speed = name(engine, segue_name_kind::SEGUE_NAME_RTPC, "speed");
        let mut value = 0.0;
        let early = segue_rtpc_get(engine, speed, 0, &raw mut value);
        assert_eq!(early, SEGUE_STATUS_NOTHING);
        assert!(layers(engine).is_empty());
        ok(segue_engine_listen(engine, 1));
        let group = name(engine, segue_name_kind::SEGUE_NAME_STATE_GROUP, "Pursuit");
        let close = name(engine, segue_name_kind::SEGUE_NAME_VALUE, "close");
        let floor = name(engine, segue_name_kind::SEGUE_NAME_SWITCH_GROUP, "Floor");
        let metal = name(engine, segue_name_kind::SEGUE_NAME_VALUE, "metal");
        ok(segue_rtpc_set(engine, speed, 0, 0, 7.0, 0.0, 0));
        ok(segue_state_set(engine, group, close, 0));
        ok(segue_switch_set(engine, floor, 0, metal, 0));
        let context = name(engine, segue_name_kind::SEGUE_NAME_CONTEXT, "BASE");
        let begin = name(engine, segue_name_kind::SEGUE_NAME_EVENT, "Begin");
        ok(segue_event_post(engine, begin, 0, null(), 0, null_mut()));
        ok(segue_context_enter(engine, context, 0.5, 0));
        let mut steps = Vec::new();
        for _ in 0..400 {
            render(engine, 480, 480);
            dispatch(engine);
            steps.push(layers(engine));
        }
        ok(segue_rtpc_get(engine, speed, 0, &raw mut value));
        let (mut state, mut switch) = (0, 0);
        ok(segue_state_get(engine, group, &raw mut state));
        ok(segue_switch_get(engine, floor, 0, &raw mut switch));
        assert_eq!((value, state, switch), (7.0, close, metal));
        let last = steps.last().unwrap();
        assert!(!last.is_empty() && last.iter().all(|row| row.context == context));
        // What its level wants is reached, by steps in between.
        let loud = last.iter().find(|row| row.target > 0.0).unwrap();
        assert!((loud.gain - loud.target).abs() < 1e-4, "{last:?}");
        let between = steps.iter().flatten().filter(|row| row.layer == loud.layer);
        let between = between.filter(|row| row.gain > 0.0 && row.gain < row.target * 0.9);
        assert!(between.count() > 3, "{last:?}");
        let silent = last.iter().filter(|row| row.target == 0.0);
        assert!(silent.into_iter().all(|row| row.gain < 1e-4), "{last:?}");
    }
    destroy(engine, project);
}

#[test]
fn every_thread_of_the_engine_has_its_row() {
    let (engine, project) = loaded();
    // SAFETY: handles and places.
    unsafe {
        ok(segue_profiler_enable(engine, 1));
        let pad = find(engine, "pad", segue_sound_find);
        ok(segue_voice_play(engine, pad, null(), 0, null_mut()));
        for _ in 0..50 {
            render(engine, 480, 480);
            dispatch(engine);
        }
        let mut rows: [segue_profile_row; 64] = zeroed();
        rows[0].struct_size = size::<segue_profile_row>();
        let mut length = 0;
        ok(segue_profiler_get_rows(
            engine,
            rows.as_mut_ptr(),
            64,
            &raw mut length,
        ));
        let total = |thread: segue_thread| {
            let is = |row: &&segue_profile_row| row.thread == thread as i32 && row.stage == 0;
            *rows[..length].iter().find(is).unwrap()
        };
        let master = find(engine, "master", segue_bus_find);
        let of_bus = |row: &&segue_profile_row| row.stage == segue_stage::SEGUE_STAGE_BUS as i32;
        let buses = rows[..length].iter().filter(of_bus).count();
        assert_eq!(length, 10 + buses);
        let master = rows[..length]
            .iter()
            .filter(of_bus)
            .find(|row| row.bus == master);
        assert!(master.is_some_and(|row| row.worst_ns > 0 && row.blocks == 50));
        assert_eq!(total(segue_thread::SEGUE_THREAD_AUDIO).blocks, 50);
        let control = total(segue_thread::SEGUE_THREAD_CONTROL);
        assert!(control.blocks > 10 && control.mean_ns > 0.0, "{control:?}");
        // The factory project streams nothing; its thread has a row all the same.
        total(segue_thread::SEGUE_THREAD_DISK);
    }
    destroy(engine, project);
}

#[test]
fn what_is_reserved_must_be_0() {
    let (engine, project) = loaded();
    let begin = name(engine, segue_name_kind::SEGUE_NAME_EVENT, "Begin");
    // SAFETY: all 0 is a value of a record; handles and places.
    unsafe {
        let mut post: segue_post_options = zeroed();
        post.struct_size = size::<segue_post_options>();
        let mut config: segue_engine_config = zeroed();
        config.struct_size = size::<segue_engine_config>();
        let mut made = null_mut();
        for reserved in [0, 1, u32::MAX] {
            (post.reserved, config.reserved) = (reserved, reserved);
            let statuses = [
                segue_event_post(engine, begin, 0, &raw const post, 0, null_mut()),
                segue_engine_create(
                    crate::SEGUE_ABI,
                    &raw const config,
                    null_mut(),
                    &raw mut made,
                ),
            ];
            let expected = match reserved {
                0 => SEGUE_STATUS_OK,
                _ => SEGUE_STATUS_STRUCT_SIZE,
            };
            assert_eq!(statuses, [expected; 2], "{reserved}");
        }
        ok(crate::engine::segue_engine_destroy(made));
        // A caller who is older has none of it.
        config.struct_size = 16;
        ok(segue_engine_create(
            crate::SEGUE_ABI,
            &raw const config,
            null_mut(),
            &raw mut made,
        ));
        ok(crate::engine::segue_engine_destroy(made));
    }
    destroy(engine, project);
}
