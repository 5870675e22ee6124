//! Every call with a time is carried out at its very frame.

use std::ptr::{null, null_mut};

use super::engine::{find, render};
use super::support::{destroy, loaded, ok, text};
use crate::engine::segue_engine;
use crate::mixer::inserts::*;
use crate::mixer::*;
use crate::status::segue_status;
use crate::transport::*;
use crate::voices::*;

/// Frames that are rendered, and the frame of the calls: on no grid of the engine.
const FRAMES: usize = 72_000;
const AT: u64 = 30_011;
const AT_FRAME: usize = 30_011;

/// The engine, and a voice of it that plays.
struct Playing {
    engine: *mut segue_engine,
    voice: u64,
}

/// What is heard of the factory project, with one more voice, when `call` is made before the first block.
fn heard(call: impl FnOnce(&Playing) -> segue_status) -> [Vec<f32>; 2] {
    heard_in(480, call)
}

/// The same in blocks of so many frames.
fn heard_in(block: usize, call: impl FnOnce(&Playing) -> segue_status) -> [Vec<f32>; 2] {
    let (engine, project) = loaded();
    let sound = find(engine, "riser", segue_sound_find);
    let mut voice = 0;
    // SAFETY: a handle and places.
    unsafe {
        ok(segue_transport_play(engine, 0));
        // Where drums play, which send.
        ok(segue_transport_seek(engine, 16.0, 0));
        ok(segue_voice_play(engine, sound, null(), 0, &raw mut voice));
    }
    ok(call(&Playing { engine, voice }));
    let sides = render(engine, FRAMES, block);
    destroy(engine, project);
    sides
}

/// The first frame in which two sounds differ.
fn parting(one: &[Vec<f32>; 2], other: &[Vec<f32>; 2]) -> Option<usize> {
    (0..FRAMES).find(|n| one[0][*n] != other[0][*n] || one[1][*n] != other[1][*n])
}

type Call = Box<dyn Fn(&Playing) -> segue_status>;

/// Everything that takes a frame and changes what is heard.
fn calls(at: u64) -> Vec<(&'static str, Call)> {
    let insert = |engine, name: &str| {
        let (bus, bus_length) = text("music");
        let (start, length) = text(name);
        let mut id = 0;
        // SAFETY: handles and places.
        ok(unsafe { segue_insert_find(engine, bus, bus_length, start, length, &raw mut id) });
        id
    };
    let bus = |it: &Playing| find(it.engine, "music", segue_bus_find);
    let send = |it: &Playing| {
        let (from, from_length) = text("drums");
        let (to, to_length) = text("squash");
        let mut id = 0;
        // SAFETY: handles and places.
        ok(unsafe { segue_send_find(it.engine, from, from_length, to, to_length, &raw mut id) });
        id
    };
    let preset = text("telephone");
    // SAFETY: handles and ids, of each call below.
    unsafe {
        let calls: Vec<(&'static str, Call)> = vec![
            (
                "voice_set",
                Box::new(move |it| segue_voice_set(it.engine, it.voice, 1, -30.0, 0.0, at)),
            ),
            (
                "voice_set_filter",
                Box::new(move |it| segue_voice_set_filter(it.engine, it.voice, 200.0, 0.0, at)),
            ),
            (
                "voice_stop",
                Box::new(move |it| segue_voice_stop(it.engine, it.voice, 0.0, at)),
            ),
            (
                "voice_pause",
                Box::new(move |it| segue_voice_pause(it.engine, it.voice, 1, 0.0, at)),
            ),
            (
                "voice_seek",
                Box::new(move |it| segue_voice_seek(it.engine, it.voice, 1_000, at)),
            ),
            (
                "voice_stop_all",
                Box::new(move |it| segue_voice_stop_all(it.engine, 0.0, at)),
            ),
            (
                "note_send",
                Box::new(move |it| segue_note_send(it.engine, 0, KEY, 1.0, at)),
            ),
            (
                "transport_stop",
                Box::new(move |it| segue_transport_stop(it.engine, at)),
            ),
            (
                "transport_seek",
                Box::new(move |it| segue_transport_seek(it.engine, 48.0, at)),
            ),
            (
                "bus_set",
                Box::new(move |it| segue_bus_set(it.engine, bus(it), 1, -20.0, 0.0, at)),
            ),
            (
                "send_set_gain",
                Box::new(move |it| segue_send_set_gain(it.engine, send(it), 12.0, at)),
            ),
            (
                "insert_set_param",
                Box::new(move |it| {
                    segue_insert_set_param(it.engine, insert(it.engine, "glue"), 0, -50.0, at)
                }),
            ),
            (
                "insert_set_mix",
                Box::new(move |it| {
                    segue_insert_set_mix(it.engine, insert(it.engine, "tone"), 0.0, at)
                }),
            ),
            (
                "insert_set_bypass",
                Box::new(move |it| {
                    segue_insert_set_bypass(it.engine, insert(it.engine, "tone"), 1, at)
                }),
            ),
            (
                "insert_apply_preset",
                Box::new(move |it| {
                    let tone = insert(it.engine, "tone");
                    segue_insert_apply_preset(it.engine, tone, preset.0, preset.1, at)
                }),
            ),
        ];
        calls
    }
}

/// A key of the factory project.
const KEY: u32 = 25;

#[test]
fn a_call_is_heard_from_its_frame_on() {
    let plain = heard(|_| segue_status::SEGUE_STATUS_OK);
    for (name, call) in calls(AT) {
        let changed = heard(|it| call(it));
        let from = parting(&plain, &changed).unwrap_or(0) as u64;
        // Filters and fades begin with what was there, and inserts lag.
        assert!((AT..AT + 2_000).contains(&from), "{name}: {from}");
        // One that is carried out where a block ends is somewhere else in other blocks.
        let other = heard_in(64, |it| call(it));
        assert_eq!(parting(&changed, &other), None, "{name} in other blocks");
    }
    for (name, call) in calls(0) {
        let changed = heard(|it| call(it));
        let from = parting(&plain, &changed).unwrap_or(FRAMES);
        // The transport plays, and drums come, a little later.
        assert!(from < AT_FRAME, "{name} at once: {from}");
    }
}

/// The same sound, so many frames later, to the bit.
#[test]
fn a_sound_that_is_started_at_a_frame_is_heard_there() {
    let heard = |at: u64| {
        let (engine, project) = loaded();
        let sound = find(engine, "bell", segue_sound_find);
        // SAFETY: a handle.
        ok(unsafe { segue_voice_play(engine, sound, null(), at, null_mut()) });
        let sides = render(engine, FRAMES, 480);
        destroy(engine, project);
        sides
    };
    let first = |side: &[f32]| side.iter().position(|x| *x != 0.0).unwrap();
    let at_once = first(&heard(0)[0]);
    for (at, later) in [(1, 1), (31, 31), (480, 480), (AT, AT_FRAME)] {
        assert_eq!(first(&heard(at)[0]), at_once + later, "at {at}");
    }
}

/// Of two calls the later frame counts, whichever was made first.
#[test]
fn calls_are_carried_out_in_the_order_of_their_frames() {
    let set = |it: &Playing, gain, at| {
        let bus = find(it.engine, "master", segue_bus_find);
        // SAFETY: a handle.
        unsafe { segue_bus_set(it.engine, bus, 1, gain, 0.0, at) }
    };
    let late = heard(|it| {
        ok(set(it, -96.0, AT));
        set(it, 0.0, AT - 10_000)
    });
    let tail = &late[0][AT_FRAME + 10_000..];
    assert!(tail.iter().all(|x| *x == 0.0));
}
