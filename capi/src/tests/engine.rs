//! Engines through the C ABI.

use std::ffi::c_void;
use std::mem::zeroed;
use std::ops::ControlFlow;
use std::ptr::{null, null_mut};

use super::support::{destroy, engine, error, factory, loaded, ok, text};
use crate::engine::audio::{segue_engine_process, segue_engine_process_interleaved};
use crate::engine::*;
use crate::events::{segue_engine_dispatch, segue_engine_listen, segue_event, segue_event_kind};
use crate::game::music::*;
use crate::game::now::*;
use crate::game::values::*;
use crate::game::*;
use crate::meters::*;
use crate::mixer::inserts::*;
use crate::mixer::*;
use crate::project::segue_project_destroy;
use crate::status::segue_status;
use crate::status::segue_status::*;
use crate::transport::*;
use crate::voices::list::{segue_engine_get_voices, segue_voice_info};
use crate::voices::*;
use facade::project;

/// Renders `frames` stereo frames, in blocks of `block`.
pub(super) fn render(engine: *mut segue_engine, frames: usize, block: usize) -> [Vec<f32>; 2] {
    let mut sides = [vec![9.0; frames], vec![9.0; frames]];
    let mut at = 0;
    while at < frames {
        let count = block.min(frames - at);
        let planes = sides.each_mut().map(|side| side[at..].as_mut_ptr());
        // SAFETY: both planes hold `count` floats from here.
        ok(unsafe {
            segue_engine_process(engine, planes.as_ptr(), 2, u32::try_from(count).unwrap())
        });
        at += count;
    }
    sides
}

/// What a record says in its `struct_size`.
pub(super) fn size<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap()
}

pub(super) fn peak(side: &[f32]) -> f32 {
    side.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

/// An id by a function that takes a name.
pub(super) fn find(
    engine: *mut segue_engine,
    name: &str,
    how: unsafe extern "C" fn(
        *mut segue_engine,
        *const std::ffi::c_char,
        usize,
        *mut u64,
    ) -> segue_status,
) -> u64 {
    let mut id = 0;
    let (start, length) = text(name);
    // SAFETY: the text and the place are there.
    ok(unsafe { how(engine, start, length, &raw mut id) });
    assert_ne!(id, 0);
    id
}

pub(super) fn name(engine: *mut segue_engine, kind: segue_name_kind, name: &str) -> u64 {
    let mut id = 0;
    let (start, length) = text(name);
    // SAFETY: the text and the place are there.
    ok(unsafe { segue_name_find(engine, kind as i32, start, length, &raw mut id) });
    id
}

fn project_names() -> facade::project::Project {
    project::open(&factory()).unwrap().project
}

#[test]
fn the_bits_are_those_of_the_facade_for_any_blocks() {
    let frames = 48_000;
    let (engine, project) = loaded();
    // SAFETY: a handle.
    ok(unsafe { segue_transport_play(engine, 0) });
    let split = render(engine, frames, 333);
    destroy(engine, project);

    let open = project::open(&factory()).unwrap();
    let config = facade::EngineConfig::for_project(&open.project, None);
    let (mut control, mut renderer, _) = facade::create(config).unwrap();
    let load = control.load_project(&open, &mut |_| ControlFlow::Continue(()));
    load.unwrap();
    renderer.set_wait(Some(std::thread::yield_now));
    control.play().unwrap();
    let mut whole = [vec![0.0; frames], vec![0.0; frames]];
    let [left, right] = &mut whole;
    renderer.process(&mut [left, right]);
    assert!(whole == split, "the C ABI changes the sound");

    let (engine, project) = loaded();
    let mut woven = vec![9.0; frames * 3];
    // SAFETY: a handle; the array is that long.
    unsafe {
        ok(segue_transport_play(engine, 0));
        let out = woven.as_mut_ptr();
        ok(segue_engine_process_interleaved(
            engine,
            out,
            3,
            u32::try_from(frames).unwrap(),
        ));
    }
    for (n, frame) in woven.chunks(3).enumerate() {
        assert_eq!(frame, [whole[0][n], whole[1][n], 0.0]);
    }
    destroy(engine, project);
}

#[test]
fn a_sound_plays_and_its_voice_is_told() {
    let (engine, project) = loaded();
    let sound = &project_names().sounds[0].id;
    let sound = find(engine, sound, segue_sound_find);
    let mut voice = 0;
    // SAFETY: a handle; the place is there.
    ok(unsafe { segue_voice_play(engine, sound, null(), 0, &raw mut voice) });
    let heard = render(engine, 9_600, 480);
    assert!(peak(&heard[0]) > 0.001);
    let mut kinds: Vec<(i32, u64)> = Vec::new();
    extern "C-unwind" fn note(kinds: *mut c_void, event: *const segue_event) {
        // SAFETY: what dispatch was given, and the event it gives.
        unsafe { (*kinds.cast::<Vec<(i32, u64)>>()).push(((*event).kind, (*event).subject)) };
    }
    let mut count = 0;
    // SAFETY: a handle, a function for its data, a place.
    ok(unsafe {
        let data = (&raw mut kinds).cast();
        segue_engine_dispatch(engine, Some(note), data, 0, &raw mut count)
    });
    assert_eq!(count as usize, kinds.len());
    let started = segue_event_kind::SEGUE_EVENT_VOICE_STARTED as i32;
    assert!(kinds.contains(&(started, voice)), "{kinds:?}");

    // SAFETY: all 0 is a value of a record.
    let mut rows: [segue_voice_info; 4] = unsafe { zeroed() };
    rows[0].struct_size = size::<segue_voice_info>();
    let mut length = 9;
    // SAFETY: a handle, an array and a place.
    ok(unsafe { segue_engine_get_voices(engine, rows.as_mut_ptr(), 4, &raw mut length) });
    assert_eq!((length, rows[0].voice, rows[0].is_virtual), (1, voice, 0));
    assert!(rows[0].age >= 9_000, "{}", rows[0].age);

    // SAFETY: a handle.
    unsafe {
        ok(segue_voice_set(engine, voice, 1, -200.0, 0.0, 0));
        ok(segue_voice_stop(engine, voice, 0.0, 0));
        assert_eq!(segue_voice_stop(engine, 0, 0.0, 0), SEGUE_STATUS_STALE_ID);
        assert_eq!(
            segue_voice_set(engine, voice, 99, 0.0, 0.0, 0),
            SEGUE_STATUS_INVALID_ARGUMENT
        );
    }
    assert!(error().contains("control 99"), "{}", error());
    render(engine, 4_800, 480);
    // SAFETY: a handle, an array and a place.
    unsafe {
        ok(segue_engine_dispatch(
            engine,
            None,
            null_mut(),
            0,
            null_mut(),
        ));
        ok(segue_engine_get_voices(
            engine,
            rows.as_mut_ptr(),
            4,
            &raw mut length,
        ));
    }
    assert_eq!(length, 0);
    destroy(engine, project);
}

#[test]
fn the_game_calls_by_id() {
    let (engine, project) = loaded();
    // SAFETY: handles, NULL where it may be.
    unsafe {
        ok(segue_engine_listen(engine, 1));
        let interactive = project_names().interactive;
        let event = interactive.events[0].name.clone();
        let event = name(engine, segue_name_kind::SEGUE_NAME_EVENT, &event);
        let (start, length) = text("hero");
        let mut object = 0;
        ok(segue_object_add(
            engine,
            start,
            length,
            null(),
            0,
            &raw mut object,
        ));
        let mut playing = 0;
        ok(segue_event_post(
            engine,
            event,
            object,
            null(),
            0,
            &raw mut playing,
        ));
        assert_eq!(playing, 1);
        ok(segue_playing_stop(engine, playing, 0.1, 0));
        assert_eq!(
            segue_playing_stop(engine, 77, 0.1, 0),
            SEGUE_STATUS_STALE_ID
        );
        let none = segue_event_post(engine, event + 1, object, null(), 0, null_mut());
        assert_eq!(none, SEGUE_STATUS_STALE_ID);
        assert!(error().contains("event id"), "{}", error());

        let group = &interactive.states[0];
        let id = name(engine, segue_name_kind::SEGUE_NAME_STATE_GROUP, &group.name);
        let value = name(
            engine,
            segue_name_kind::SEGUE_NAME_VALUE,
            &group.values[0].name,
        );
        ok(segue_state_set(engine, id, value, 0));
        ok(segue_state_set(engine, id, 0, 0));
        assert_eq!(segue_state_set(engine, id, event, 0), SEGUE_STATUS_STALE_ID);

        let rtpc = name(
            engine,
            segue_name_kind::SEGUE_NAME_RTPC,
            &interactive.rtpcs[0].name,
        );
        ok(segue_rtpc_set(engine, rtpc, 0, 0, 0.5, 0.0, 0));
        ok(segue_rtpc_reset(engine, rtpc, 0, 0, 0));
        let bad = segue_rtpc_set(engine, rtpc, 0, 0, f32::NAN, 0.0, 0);
        assert_eq!(bad, SEGUE_STATUS_INVALID_ARGUMENT);

        ok(segue_object_remove(engine, object, 0));
        assert_eq!(
            segue_object_remove(engine, object, 0),
            SEGUE_STATUS_STALE_ID
        );
        let gone = segue_event_post(engine, event, object, null(), 0, null_mut());
        assert_eq!(gone, SEGUE_STATUS_STALE_ID);

        let (line, length) = text("state nothing here");
        assert_eq!(
            segue_call_line(engine, line, length, 0),
            SEGUE_STATUS_UNKNOWN_NAME
        );
        render(engine, 4_800, 480);
        let mut count = 0;
        ok(segue_engine_dispatch(
            engine,
            None,
            null_mut(),
            0,
            &raw mut count,
        ));
        assert!(count > 3, "{count} events");
    }
    destroy(engine, project);
}

#[test]
fn the_mixer_is_edited_while_it_runs() {
    let (engine, project) = loaded();
    let master = find(engine, "master", segue_bus_find);
    // SAFETY: handles and places.
    unsafe {
        let (start, length) = text("extra");
        let mut bus = 0;
        let added = segue_bus_add(engine, start, length, master, &raw mut bus);
        assert_eq!(added, SEGUE_STATUS_DEFERRED);
        let (kind, length) = text("eq");
        let mut insert = 0;
        let added = segue_insert_add(engine, bus, 0, kind, length, null(), 0, &raw mut insert);
        assert_eq!(added, SEGUE_STATUS_DEFERRED);
        // What is asked between adding and committing is heard, too.
        ok(segue_insert_set_mix(engine, insert, 0.25, 0));
        let mut inserts: [segue_insert_info; 2] = zeroed();
        inserts[0].struct_size = size::<segue_insert_info>();
        let mut length = 0;
        ok(segue_bus_get_inserts(
            engine,
            bus,
            inserts.as_mut_ptr(),
            2,
            &raw mut length,
        ));
        assert_eq!((length, inserts[0].insert), (1, insert));
        ok(segue_mixer_commit(engine));
        ok(segue_bus_set(
            engine,
            bus,
            segue_bus_control::SEGUE_BUS_GAIN_DB as i32,
            -6.0,
            0.1,
            0,
        ));
        ok(segue_insert_set_mix(engine, insert, 0.5, 0));
        ok(segue_insert_set_bypass(engine, insert, 1, 0));
        let wrong = segue_insert_set_param(engine, insert, 60_000, 1.0, 0);
        assert_eq!(wrong, SEGUE_STATUS_INVALID_ARGUMENT);
        render(engine, 960, 480);
        ok(segue_engine_update(engine));
        // SAFETY: all 0 is a value of a record.
        let mut levels: segue_levels = zeroed();
        levels.struct_size = size::<segue_levels>();
        ok(segue_bus_take_levels(engine, bus, &raw mut levels));
        assert_eq!(levels.peak, [0.0; 2]);

        assert_eq!(segue_bus_remove(engine, bus), SEGUE_STATUS_DEFERRED);
        assert_eq!(segue_bus_remove(engine, bus), SEGUE_STATUS_STALE_ID);
        assert_eq!(
            segue_insert_set_mix(engine, insert, 0.5, 0),
            SEGUE_STATUS_STALE_ID
        );
        let stale = segue_bus_set(engine, bus, 1, 0.0, 0.0, 0);
        assert_eq!(stale, SEGUE_STATUS_STALE_ID);
        ok(segue_mixer_commit(engine));
    }
    destroy(engine, project);
}

#[test]
fn what_is_asked_between_adding_and_committing_is_heard() {
    let (engine, project) = loaded();
    let master = find(engine, "master", segue_bus_find);
    let gain = segue_bus_control::SEGUE_BUS_GAIN_DB as i32;
    // SAFETY: handles, records and places.
    unsafe {
        let mut rows: [segue_bus_info; 64] = zeroed();
        rows[0].struct_size = size::<segue_bus_info>();
        let mut length = 0;
        ok(segue_engine_get_buses(
            engine,
            rows.as_mut_ptr(),
            64,
            &raw mut length,
        ));
        let (start, count) = text("gate");
        let mut bus = 0;
        segue_bus_add(engine, start, count, master, &raw mut bus);
        ok(segue_bus_set(engine, bus, gain, -200.0, 0.0, 0));
        for row in rows[..length].iter().filter(|row| row.output == master) {
            segue_bus_set_output(engine, row.bus, bus);
        }
        ok(segue_mixer_commit(engine));
        ok(segue_transport_play(engine, 0));
        render(engine, 9_600, 480);
        assert_eq!(peak(&render(engine, 48_000, 480)[0]), 0.0);
        ok(segue_bus_set(engine, bus, gain, 0.0, 0.0, 0));
        assert!(peak(&render(engine, 48_000, 480)[0]) > 0.001);
    }
    destroy(engine, project);
}

#[test]
fn a_project_is_loaded_before_the_mixer_is_edited() {
    let project = super::support::open(&factory());
    let engine = engine(project);
    // SAFETY: handles and places.
    unsafe {
        let master = find(engine, "master", segue_bus_find);
        let (start, count) = text("extra");
        let mut bus = 0;
        segue_bus_add(engine, start, count, master, &raw mut bus);
        let mut job = null_mut();
        let load = crate::engine::load::segue_engine_load(engine, project, &raw mut job);
        assert_eq!(load, SEGUE_STATUS_WRONG_ORDER);
        assert!(error().contains("mixer was edited"), "{}", error());
    }
    destroy(engine, project);
}

#[test]
fn dynamics_show_what_they_take() {
    let (engine, project) = loaded();
    let master = find(engine, "master", segue_bus_find);
    // SAFETY: handles and places.
    unsafe {
        let (kind, length) = text("compressor");
        let mut insert = 0;
        segue_insert_add(engine, master, 0, kind, length, null(), 0, &raw mut insert);
        let mut shown = 9.0;
        let early = segue_insert_get_reading(engine, insert, &raw mut shown);
        assert_eq!((early, shown), (SEGUE_STATUS_STALE_ID, 9.0));
        ok(segue_mixer_commit(engine));
        ok(segue_insert_set_param(engine, insert, 0, -40.0, 0));
        ok(segue_transport_play(engine, 0));
        render(engine, 96_000, 480);
        ok(segue_insert_get_reading(engine, insert, &raw mut shown));
        assert!((-60.0..-0.5).contains(&shown), "{shown} dB");
        segue_insert_remove(engine, insert);
        ok(segue_engine_update(engine));
        ok(segue_mixer_commit(engine));
        render(engine, 9_600, 480);
        let late = segue_insert_get_reading(engine, insert, &raw mut shown);
        assert_eq!(late, SEGUE_STATUS_STALE_ID);
    }
    destroy(engine, project);
}

#[test]
fn levels_are_told() {
    let (engine, project) = loaded();
    // SAFETY: handles and places.
    unsafe {
        let mut level = 9;
        let early = segue_level_get(engine, null_mut(), &raw mut level);
        assert_eq!((early, level), (SEGUE_STATUS_NOTHING, 9));
        ok(segue_engine_listen(engine, 1));
        let interactive = project::open(&factory()).unwrap().interactive();
        let contexts = interactive.adaptive.unwrap().contexts;
        let context = contexts.iter().max_by_key(|context| context.levels.len());
        let context = &context.unwrap().name;
        let context = name(engine, segue_name_kind::SEGUE_NAME_CONTEXT, context);
        ok(segue_context_enter(engine, context, 0.5, 0));
        ok(segue_transport_play(engine, 0));
        render(engine, 480_000, 4_800);
        ok(segue_level_set(engine, 2, 0));
        assert_eq!(segue_level_set(engine, 5, 0), SEGUE_STATUS_INVALID_ARGUMENT);
        // The rules of the project may want another level later on.
        let mut now = 0;
        let reached = (0..1_000).any(|_| {
            render(engine, 480, 480);
            ok(segue_engine_dispatch(
                engine,
                None,
                null_mut(),
                0,
                null_mut(),
            ));
            ok(segue_level_get(engine, &raw mut now, &raw mut level));
            level == 2
        });
        assert_eq!((now, reached), (context, true));
    }
    destroy(engine, project);
}

#[test]
fn a_bus_is_analysed() {
    let (engine, project) = loaded();
    let master = find(engine, "master", segue_bus_find);
    // SAFETY: handles, records and places.
    unsafe {
        let mut analyser = 0;
        ok(segue_analyser_add(
            engine,
            master,
            null(),
            &raw mut analyser,
        ));
        ok(segue_transport_play(engine, 0));
        ok(segue_profiler_enable(engine, 1));
        render(engine, 48_000, 480);
        let mut analysis: segue_analysis = zeroed();
        analysis.struct_size = size::<segue_analysis>();
        ok(segue_analyser_get_analysis(
            engine,
            analyser,
            &raw mut analysis,
        ));
        assert_eq!(analysis.frames, 48_000);
        let mut bins = vec![0.0; 2_049];
        let mut length = 0;
        ok(segue_analyser_get_spectrum(
            engine,
            analyser,
            bins.as_mut_ptr(),
            2_049,
            &raw mut length,
        ));
        assert_eq!(length, 2_049);
        // While it pauses, loudness as a whole stays where it is, and the rest goes on.
        let before = analysis;
        ok(segue_analyser_pause(engine, analyser, 1));
        ok(segue_bus_set(
            engine,
            master,
            segue_bus_control::SEGUE_BUS_GAIN_DB as i32,
            -24.0,
            0.0,
            0,
        ));
        let read = |analysis: &mut segue_analysis| {
            // Less at a time than waits for it.
            for _ in 0..4 {
                render(engine, 48_000, 480);
                ok(segue_analyser_get_analysis(engine, analyser, analysis));
            }
        };
        read(&mut analysis);
        assert_eq!(analysis.integrated, before.integrated);
        assert_eq!(analysis.frames, 240_000);
        ok(segue_analyser_pause(engine, analyser, 0));
        ok(segue_bus_set(
            engine,
            master,
            segue_bus_control::SEGUE_BUS_GAIN_DB as i32,
            12.0,
            0.0,
            0,
        ));
        read(&mut analysis);
        assert!(
            analysis.integrated > before.integrated + 1.0,
            "{analysis:?}"
        );
        assert_eq!(
            segue_analyser_pause(engine, analyser, 2),
            SEGUE_STATUS_INVALID_ARGUMENT
        );
        ok(segue_analyser_remove(engine, analyser));
        assert_eq!(
            segue_analyser_reset(engine, analyser),
            SEGUE_STATUS_STALE_ID
        );

        // The audio thread with its seven stages and its buses, and two other threads.
        let mut rows: [segue_profile_row; 64] = zeroed();
        rows[0].struct_size = size::<segue_profile_row>();
        ok(segue_profiler_get_rows(
            engine,
            rows.as_mut_ptr(),
            64,
            &raw mut length,
        ));
        let of_bus = |row: &&segue_profile_row| row.stage == segue_stage::SEGUE_STAGE_BUS as i32;
        let buses = rows[..length].iter().filter(of_bus).count();
        assert_eq!(
            (length, rows[7].stage),
            (10 + buses, segue_stage::SEGUE_STAGE_INSERTS as i32)
        );
        assert!(rows[0].blocks > 0 && buses > 1);
        let all = length;
        let short = segue_profiler_get_rows(engine, rows.as_mut_ptr(), all - 1, &raw mut length);
        assert_eq!((short, length), (SEGUE_STATUS_BUFFER_TOO_SMALL, all));
    }
    destroy(engine, project);
}

#[test]
fn states_and_positions_are_read() {
    let bare = engine(null_mut());
    // SAFETY: handles, records and places.
    unsafe {
        ok(segue_transport_seek(bare, 8.0, 0));
        ok(segue_transport_set_loop(bare, 1, 0.0, 16.0, 0));
        let bad = segue_transport_set_loop(bare, 1, 4.0, 4.0, 0);
        assert_eq!(bad, SEGUE_STATUS_INVALID_ARGUMENT);
        // A frame more than two ticks of 10 ms: the state is that of a tick.
        render(bare, 961, 480);
        let mut state: segue_engine_state = zeroed();
        state.struct_size = size::<segue_engine_state>();
        ok(segue_engine_get_state(bare, &raw mut state));
        assert_eq!(
            (state.frame, state.sample_rate, state.is_looping),
            (960, 48_000, 1)
        );
        assert_eq!(
            (state.beats, state.bpm, state.loop_end_beats),
            (8.0, 120.0, 16.0)
        );
        let mut frame = 0;
        ok(segue_engine_get_frame(bare, &raw mut frame));
        assert_eq!(frame, 961);

        // An older caller, who knows the first three fields only.
        let mut old = [0xffff_ffff_u32; 8];
        old[0] = 16;
        ok(segue_engine_get_state(bare, old.as_mut_ptr().cast()));
        assert_eq!(
            old,
            [16, 48_000, 960, 0, u32::MAX, u32::MAX, u32::MAX, u32::MAX]
        );

        // A newer caller, whose struct is longer, gets the same by another way.
        ok(segue_transport_play(bare, 0));
        ok(segue_transport_seek(bare, 9.5, 500));
        render(bare, 4_800, 480);
        ok(segue_engine_get_state(bare, &raw mut state));
        assert_eq!((state.is_playing, state.late, state.beat), (1, 1, 1));
        let mut new = [[u32::MAX; 36], [u32::MAX; 36]];
        new[0][0] = 150;
        ok(segue_engine_get_state(bare, new.as_mut_ptr().cast()));
        let words = (&raw const state).cast::<[u32; 36]>().read();
        assert_eq!((&new[0][1..], new[0][0]), (&words[1..], 150));
        assert_eq!(&new[1][..3], [0, 0xffff_0000, u32::MAX]);

        ok(segue_engine_destroy(bare));
        assert_eq!(segue_engine_destroy(bare), SEGUE_STATUS_STALE_HANDLE);
        assert_eq!(segue_engine_update(bare), SEGUE_STATUS_STALE_HANDLE);
        ok(segue_engine_destroy(null_mut()));
        assert_eq!(
            segue_project_destroy(bare.cast()),
            SEGUE_STATUS_STALE_HANDLE
        );
    }
}

#[test]
fn a_callback_may_call_but_not_destroy() {
    struct Inside {
        engine: *mut segue_engine,
        answers: Vec<segue_status>,
    }
    extern "C-unwind" fn call(inside: *mut c_void, _: *const segue_event) {
        // SAFETY: what dispatch was given.
        unsafe {
            let inside = &mut *inside.cast::<Inside>();
            let engine = inside.engine;
            inside.answers.push(segue_transport_stop(engine, 0));
            inside.answers.push(segue_engine_dispatch(
                engine,
                None,
                null_mut(),
                1,
                null_mut(),
            ));
            inside.answers.push(segue_engine_destroy(engine));
        }
    }
    let (engine, project) = loaded();
    let sound = find(engine, &project_names().sounds[0].id, segue_sound_find);
    // SAFETY: a handle.
    ok(unsafe { segue_voice_play(engine, sound, null(), 0, null_mut()) });
    render(engine, 960, 480);
    let mut inside = Inside {
        engine,
        answers: Vec::new(),
    };
    // SAFETY: a handle, and a function for its data.
    ok(unsafe {
        segue_engine_dispatch(engine, Some(call), (&raw mut inside).cast(), 1, null_mut())
    });
    let expected = [SEGUE_STATUS_OK, SEGUE_STATUS_OK, SEGUE_STATUS_IN_CALLBACK];
    assert_eq!(inside.answers, expected);
    destroy(engine, project);
}
