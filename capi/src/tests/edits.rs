//! Inserts that move and are kept, switches of calls, and what voices play.

use std::mem::zeroed;
use std::ptr::{null, null_mut};

use super::engine::{find, render, size};
use super::support::{destroy, error, events, loaded, ok, taken, text};
use crate::engine::{segue_engine, segue_engine_config, segue_engine_create, segue_engine_destroy};
use crate::events::segue_engine_listen;
use crate::game::{segue_object_add, segue_object_options, segue_playing_pause};
use crate::meters::segue_profiler_enable;
use crate::mixer::inserts::*;
use crate::mixer::presets::*;
use crate::mixer::*;
use crate::project::profile::*;
use crate::project::segue_project_destroy;
use crate::status::segue_status::*;
use crate::transport::*;
use crate::voices::list::*;
use crate::voices::*;

fn inserts(engine: *mut segue_engine, bus: u64) -> Vec<segue_insert_info> {
    // SAFETY: all 0 is a value of a record; a handle and places.
    unsafe {
        let mut rows: [segue_insert_info; 8] = zeroed();
        rows[0].struct_size = size::<segue_insert_info>();
        let mut length = 0;
        ok(segue_bus_get_inserts(
            engine,
            bus,
            rows.as_mut_ptr(),
            8,
            &raw mut length,
        ));
        rows[..length].to_vec()
    }
}

fn insert_name(engine: *mut segue_engine, insert: u64) -> String {
    let (mut name, mut length) = ([0_u8; 64], 0);
    // SAFETY: a handle and places.
    unsafe {
        let start = name.as_mut_ptr().cast();
        ok(segue_insert_get_name(
            engine,
            insert,
            start,
            64,
            &raw mut length,
        ));
    }
    String::from_utf8(name[..length].to_vec()).unwrap()
}

#[test]
fn a_bus_may_have_so_much_latency_and_no_more() {
    let engine = super::support::engine(null_mut());
    let master = find(engine, "master", segue_bus_find);
    let (kind, length) = text("limiter");
    let mut insert = 0;
    let set = |enabled, frames| {
        // SAFETY: a handle.
        unsafe { segue_bus_set_max_latency(engine, master, enabled, frames) }
    };
    // SAFETY: a handle, a text and a place.
    unsafe {
        let added = segue_insert_add(engine, master, 0, kind, length, null(), 0, &raw mut insert);
        assert_eq!(added, SEGUE_STATUS_DEFERRED);
        assert_eq!(set(1, 0), SEGUE_STATUS_DEFERRED);
        assert_eq!(segue_mixer_commit(engine), SEGUE_STATUS_INVALID_DOCUMENT);
        assert!(
            error().contains("99 frames of latency, over its 0"),
            "{}",
            error()
        );
        assert_eq!(set(0, 0), SEGUE_STATUS_DEFERRED);
        ok(segue_mixer_commit(engine));
        assert_eq!(set(2, 0), SEGUE_STATUS_INVALID_ARGUMENT);
        let stale = segue_bus_set_max_latency(engine, master + 1, 1, 0);
        assert_eq!(stale, SEGUE_STATUS_STALE_ID);
        ok(segue_engine_destroy(engine));
    }
}

/// What is heard of the song once `edit` was committed.
fn heard(edit: impl FnOnce(*mut segue_engine)) -> [Vec<f32>; 2] {
    let (engine, project) = loaded();
    edit(engine);
    // SAFETY: a handle.
    unsafe {
        ok(segue_mixer_commit(engine));
        ok(segue_transport_play(engine, 0));
        ok(segue_transport_seek(engine, 16.0, 0));
    }
    let sides = render(engine, 96_000, 480);
    destroy(engine, project);
    sides
}

#[test]
fn an_insert_moves_in_its_chain() {
    let plain = heard(|_| ());
    let moved = heard(|engine| {
        let music = find(engine, "music", segue_bus_find);
        let names = || {
            let inserts = inserts(engine, music);
            let names = inserts.iter().map(|it| insert_name(engine, it.insert));
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(), ["tone", "glue"]);
        let tone = inserts(engine, music)[0].insert;
        // SAFETY: a handle.
        let status = unsafe { segue_insert_move(engine, tone, 1) };
        assert_eq!(status, SEGUE_STATUS_DEFERRED);
        assert_eq!(names(), ["glue", "tone"]);
        // SAFETY: a handle.
        let wrong = unsafe { segue_insert_move(engine, tone, 2) };
        assert_eq!(wrong, SEGUE_STATUS_INVALID_ARGUMENT);
    });
    assert!(plain != moved, "nothing is heard of it");
}

#[test]
fn an_insert_listens_to_another_bus() {
    let key = |key: &'static str| {
        heard(move |engine| {
            let music = find(engine, "music", segue_bus_find);
            let glue = inserts(engine, music)[1].insert;
            let bus = match key {
                "" => 0,
                key => find(engine, key, segue_bus_find),
            };
            // SAFETY: a handle.
            let status = unsafe { segue_insert_set_key(engine, glue, bus) };
            assert_eq!(status, SEGUE_STATUS_DEFERRED);
            assert_eq!(inserts(engine, music)[1].key, bus);
            // SAFETY: a handle.
            unsafe {
                let round =
                    segue_insert_set_key(engine, glue, find(engine, "master", segue_bus_find));
                assert_eq!(round, SEGUE_STATUS_INVALID_ARGUMENT, "{}", error());
                // So that it has something to do.
                ok(segue_insert_set_param(engine, glue, 0, -50.0, 0));
            }
        })
    };
    let (own, silent) = (key(""), key("voice"));
    assert!(own != silent, "nothing is heard of it");
}

#[test]
fn the_values_of_an_insert_are_kept_and_set_again() {
    let (engine, project) = loaded();
    let music = find(engine, "music", segue_bus_find);
    let glue = inserts(engine, music)[1].insert;
    // SAFETY: handles and places.
    let preset = || taken(|out| unsafe { segue_insert_get_preset(engine, glue, out) });
    let before = preset();
    assert_eq!(before["kind"], "compressor");
    let set = |json: &serde_json::Value| {
        let json = json.to_string();
        let (start, length) = text(&json);
        // SAFETY: a handle and a text.
        unsafe { segue_insert_set_preset(engine, glue, start, length, 0) }
    };
    let mut other = before.clone();
    other["params"]["threshold"] = (-33.0).into();
    other["name"] = "mine".into();
    ok(set(&other));
    assert_eq!(preset()["params"], other["params"]);
    // What it does not name has its default.
    let few = serde_json::json!({"kind": "compressor", "params": {"threshold": -33.0}});
    ok(set(&few));
    assert_ne!(preset()["params"], other["params"]);
    ok(set(&before));
    assert_eq!(preset(), before);
    for (wrong, status, word) in [
        (
            serde_json::json!({"kind": "eq", "params": {}}),
            SEGUE_STATUS_INVALID_DOCUMENT,
            "eq",
        ),
        (
            serde_json::json!({"params": {}}),
            SEGUE_STATUS_INVALID_DOCUMENT,
            "kind",
        ),
        (
            serde_json::json!({"kind": "compressor", "params": {"treshold": 1.0}}),
            SEGUE_STATUS_UNKNOWN_NAME,
            "threshold",
        ),
        (
            serde_json::json!({"kind": "compressor", "params": {"ratio": 2.0, "threshold": 999.0}}),
            SEGUE_STATUS_INVALID_ARGUMENT,
            "999",
        ),
    ] {
        assert_eq!(set(&wrong), status, "{wrong}");
        assert!(error().contains(word), "{}", error());
        assert_eq!(preset(), before, "nothing has changed");
    }
    // SAFETY: a handle; no text is an empty one.
    let empty = unsafe { segue_insert_set_preset(engine, glue, null(), 0, 0) };
    assert_eq!(empty, SEGUE_STATUS_INVALID_DOCUMENT);
    assert!(error().contains("it is empty"), "{}", error());
    let mut length = 0;
    // SAFETY: a handle and a place.
    let stale = unsafe { segue_insert_get_name(engine, 77, null_mut(), 0, &raw mut length) };
    assert_eq!(stale, SEGUE_STATUS_STALE_ID);
    destroy(engine, project);
}

#[test]
fn an_adaptive_profile_is_taken_out_and_put_in() {
    let project = super::support::open(&super::support::factory());
    // SAFETY: handles, texts and places.
    unsafe {
        let get = || taken(|out| segue_project_get_profile(project, out));
        let set = |json: &str| {
            let (start, length) = text(json);
            segue_project_set_profile(project, start, length)
        };
        let mut profile = get();
        assert_eq!(profile["format"], "segue.adaptive");
        assert_eq!(profile["signals"][0]["name"], "danger");
        profile["signals"][0]["name"] = "fear".into();
        let wrong = set(&profile.to_string().replace("0.7", "\"much\""));
        assert_eq!(wrong, SEGUE_STATUS_INVALID_DOCUMENT);
        assert!(error().contains("line"), "{}", error());
        assert_eq!(get()["signals"][0]["name"], "danger");
        ok(set(&profile.to_string()));
        assert_eq!(get()["signals"][0]["name"], "fear");
        ok(segue_project_set_profile(project, null(), 0));
        let mut none = crate::memory::buffer::segue_buffer {
            data: null_mut(),
            length: 0,
            capacity: 0,
        };
        let answer = segue_project_get_profile(project, &raw mut none);
        assert_eq!(answer, SEGUE_STATUS_NOTHING);
        ok(segue_project_destroy(project));
    }
}

#[test]
fn switches_are_0_or_1() {
    let (engine, project) = loaded();
    let music = find(engine, "music", segue_bus_find);
    let glue = inserts(engine, music)[1].insert;
    let voice = find(engine, "voice", segue_bus_find);
    let (name, length) = text("hero");
    // SAFETY: all 0 is a value of a record; handles and places.
    unsafe {
        let mut object: segue_object_options = zeroed();
        object.struct_size = size::<segue_object_options>();
        let mut config: segue_engine_config = zeroed();
        config.struct_size = size::<segue_engine_config>();
        let mut id = 0;
        let coin = find(engine, "coin", segue_sound_find);
        let mut sounds = 0;
        ok(segue_voice_play(engine, coin, null(), 0, &raw mut sounds));
        for value in [0, 1, 2, u32::MAX] {
            (object.detach, config.record, config.offline) = (value, value, 0);
            let create = |config: &segue_engine_config| {
                let mut made = null_mut();
                let place = &raw mut made;
                let status = segue_engine_create(crate::SEGUE_ABI, config, null_mut(), place);
                ok(segue_engine_destroy(made));
                status
            };
            let record = create(&config);
            (config.record, config.offline) = (0, value);
            let offline = create(&config);
            let statuses = [
                ("record", record),
                ("offline", offline),
                ("on", segue_engine_listen(engine, value)),
                ("on", segue_profiler_enable(engine, value)),
                ("on", segue_voice_pause(engine, sounds, value, 0.0, 0)),
                ("on", segue_insert_set_bypass(engine, glue, value, 0)),
                (
                    "enabled",
                    segue_transport_set_loop(engine, value, 0.0, 4.0, 0),
                ),
                (
                    "detach",
                    segue_object_add(engine, name, length, &raw const object, 0, &raw mut id),
                ),
                (
                    "pre_fader",
                    segue_send_add(engine, music, voice, 0.0, value, &raw mut id),
                ),
            ];
            for (name, status) in statuses {
                let expected = match (value, name) {
                    (0 | 1, "pre_fader") => SEGUE_STATUS_DEFERRED,
                    (0 | 1, _) => SEGUE_STATUS_OK,
                    _ => SEGUE_STATUS_INVALID_ARGUMENT,
                };
                assert_eq!(status, expected, "{name} {value}");
            }
        }
        let begin = super::engine::name(
            engine,
            crate::game::segue_name_kind::SEGUE_NAME_EVENT,
            "Begin",
        );
        let mut playing = 0;
        ok(crate::game::segue_event_post(
            engine,
            begin,
            0,
            null(),
            0,
            &raw mut playing,
        ));
        let wrong = segue_playing_pause(engine, playing, 2, 0.0, 0);
        assert_eq!(wrong, SEGUE_STATUS_INVALID_ARGUMENT);
        assert!(error().contains("on 2 is not in 0 or 1"), "{}", error());
    }
    destroy(engine, project);
}

#[test]
fn the_list_of_voices_says_what_was_started_by_hand() {
    let (engine, project) = loaded();
    let bell = find(engine, "bell", segue_sound_find);
    // SAFETY: all 0 is a value of a record; handles and places.
    unsafe {
        let mut options: segue_play_options = zeroed();
        options.struct_size = size::<segue_play_options>();
        let mut voices = [0; 2];
        for (voice, priority) in voices.iter_mut().zip([0, 77]) {
            options.priority = priority;
            ok(segue_voice_play(engine, bell, &raw const options, 0, voice));
        }
        options.priority = 101;
        let wrong = segue_voice_play(engine, bell, &raw const options, 0, null_mut());
        assert_eq!(wrong, SEGUE_STATUS_INVALID_ARGUMENT);
        render(engine, 960, 480);
        events(engine);
        let mut rows: [segue_voice_info; 4] = zeroed();
        rows[0].struct_size = size::<segue_voice_info>();
        let mut length = 0;
        ok(segue_engine_get_voices(
            engine,
            rows.as_mut_ptr(),
            4,
            &raw mut length,
        ));
        let [first, second] = &rows[..length] else {
            panic!("{length} voices");
        };
        assert_eq!([first.voice, second.voice], voices);
        let all = super::effects::sounds(engine);
        let (_, its) = all.iter().find(|(name, _)| name == "bell").unwrap();
        assert_eq!((first.asset, first.priority), (its.asset, its.priority));
        assert_eq!((second.asset, second.priority), (its.asset, 77));
    }
    destroy(engine, project);
}
