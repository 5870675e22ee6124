//! What a game's calls do, as events and ears tell it.

use std::mem::zeroed;
use std::ptr::{null, null_mut};

use super::engine::{find, name, peak, render, size};
use super::support::{destroy, error, events, loaded, ok, run, text};
use crate::engine::{segue_engine, segue_engine_get_state, segue_engine_state};
use crate::events::*;
use crate::game::music::*;
use crate::game::now::*;
use crate::game::values::*;
use crate::game::*;
use crate::mixer::*;
use crate::status::segue_status::*;
use crate::transport::*;
use crate::voices::pool::{segue_engine_get_sounds, segue_sound_get_name, segue_sound_info};
use crate::voices::*;

use segue_event_kind as kind;
use segue_name_kind as named;

/// An engine that listens, with the project behind it.
fn listening() -> (*mut segue_engine, *mut crate::project::segue_project) {
    let (engine, project) = loaded();
    // SAFETY: a handle.
    ok(unsafe { segue_engine_listen(engine, 1) });
    (engine, project)
}

fn object(engine: *mut segue_engine, name: &str) -> u64 {
    let (start, length) = text(name);
    let mut id = 0;
    // SAFETY: a handle and places.
    ok(unsafe { segue_object_add(engine, start, length, null(), 0, &raw mut id) });
    id
}

/// Posts an event and gives the id of what it plays.
fn post(engine: *mut segue_engine, event: &str, on: u64) -> u64 {
    let event = name(engine, named::SEGUE_NAME_EVENT, event);
    let mut playing = 0;
    // SAFETY: a handle and a place.
    ok(unsafe { segue_event_post(engine, event, on, null(), 0, &raw mut playing) });
    playing
}

fn of_kind(events: &[segue_event], kind: kind) -> Vec<segue_event> {
    let is = |event: &&segue_event| event.kind == kind as i32;
    events.iter().filter(is).copied().collect()
}

/// The sounds of the pool, by their names.
pub(super) fn sounds(engine: *mut segue_engine) -> Vec<(String, segue_sound_info)> {
    let mut length = 0;
    let mut name = [0_u8; 64];
    // SAFETY: all 0 is a value of a record; a handle and places.
    unsafe {
        let mut rows: [segue_sound_info; 64] = zeroed();
        rows[0].struct_size = size::<segue_sound_info>();
        let place = &raw mut length;
        ok(segue_engine_get_sounds(
            engine,
            rows.as_mut_ptr(),
            64,
            place,
        ));
        let named = |row: &segue_sound_info| {
            let mut length = 0;
            let start = name.as_mut_ptr().cast();
            ok(segue_sound_get_name(
                engine,
                row.sound,
                start,
                64,
                &raw mut length,
            ));
            let name = String::from_utf8(name[..length].to_vec()).unwrap();
            (name, *row)
        };
        rows[..length].iter().map(named).collect()
    }
}

fn asset(engine: *mut segue_engine, wanted: &str) -> u64 {
    let all = sounds(engine);
    all.iter().find(|(name, _)| name == wanted).unwrap().1.asset
}

#[test]
fn the_pool_tells_its_sounds() {
    let (engine, project) = loaded();
    let all = sounds(engine);
    assert!(all.is_sorted_by_key(|(name, _)| name.clone()));
    let open = facade::project::open(&super::support::factory()).unwrap();
    assert_eq!(all.len(), open.project.sounds.len());
    let (_, bell) = all.iter().find(|(name, _)| name == "bell").unwrap();
    assert_eq!(bell.sound, find(engine, "bell", segue_sound_find));
    assert_eq!(bell.bus, find(engine, "sfx", segue_bus_find));
    assert!((bell.gain_db + 6.0).abs() < 1e-4, "{bell:?}");
    // It lasts as long as its voice lives.
    let voice = {
        let mut voice = 0;
        // SAFETY: a handle and a place.
        ok(unsafe { segue_voice_play(engine, bell.sound, null(), 0, &raw mut voice) });
        voice
    };
    let told = run(engine, usize::try_from(bell.frames).unwrap() + 4_800);
    let ended = of_kind(&told, kind::SEGUE_EVENT_VOICE_ENDED);
    let ended = ended.iter().find(|event| event.subject == voice).unwrap();
    assert!(
        ended.number.abs_diff(bell.frames) <= 64,
        "{ended:?} {bell:?}"
    );
    let mut length = 0;
    // SAFETY: a handle and a place.
    let stale = unsafe { segue_sound_get_name(engine, 12_345, null_mut(), 0, &raw mut length) };
    assert_eq!(stale, SEGUE_STATUS_STALE_ID);
    destroy(engine, project);
}

#[test]
fn a_choice_of_the_seed_log_is_heard_again() {
    let draws = |skip: u64, times: u64| {
        let (engine, project) = listening();
        let pass = name(engine, named::SEGUE_NAME_CONTAINER, "pass");
        if skip > 0 {
            // SAFETY: a handle.
            ok(unsafe { segue_container_set_play_count(engine, pass, 0, skip, 0) });
        }
        let event = name(engine, named::SEGUE_NAME_EVENT, "Pass");
        for play in 0..times {
            // It has a cool-down of 250 ms.
            let at = play * 14_400;
            // SAFETY: a handle.
            ok(unsafe { segue_event_post(engine, event, 0, null(), at, null_mut()) });
        }
        let frames = usize::try_from(times * 14_400).unwrap();
        let seeds = of_kind(&run(engine, frames), kind::SEGUE_EVENT_SEED);
        destroy(engine, project);
        let drawn = |event: &segue_event| {
            (
                event.number,
                event.other,
                event.value.to_bits(),
                event.value2.to_bits(),
            )
        };
        seeds.iter().map(drawn).collect::<Vec<_>>()
    };
    let all = draws(0, 6);
    let numbers: Vec<_> = all.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
    assert_eq!(draws(4, 1), all[4..5]);
    assert_ne!(all[4].2, all[0].2, "the draws differ");
}

#[test]
fn another_seed_makes_the_choices_of_another_start() {
    const SEED: u64 = 0xFEDC_BA98_7654_3210;
    let draws = |at: Option<u64>| {
        let (engine, project) = listening();
        if let Some(at) = at {
            // SAFETY: a handle.
            ok(unsafe { segue_seed_set(engine, SEED, at) });
        }
        let event = name(engine, named::SEGUE_NAME_EVENT, "Pass");
        for play in 0..6 {
            // SAFETY: a handle.
            ok(unsafe { segue_event_post(engine, event, 0, null(), play * 14_400, null_mut()) });
        }
        let told = run(engine, 6 * 14_400);
        destroy(engine, project);
        let reseeds = of_kind(&told, kind::SEGUE_EVENT_RESEED);
        let reseeds: Vec<_> = reseeds.iter().map(|it| (it.frame, it.number)).collect();
        assert_eq!(reseeds, at.map(|at| (at, SEED)).as_slice());
        let drawn = |event: &segue_event| (event.number, event.other, event.value.to_bits());
        let seeds = of_kind(&told, kind::SEGUE_EVENT_SEED);
        seeds.iter().map(drawn).collect::<Vec<_>>()
    };
    let (own, other, both) = (draws(None), draws(Some(0)), draws(Some(43_000)));
    assert_eq!((own.len(), other.len()), (6, 6));
    assert!(own.iter().zip(&other).all(|(a, b)| a.2 != b.2));
    assert_eq!(both, [&own[..3], &other[3..]].concat());
}

#[test]
fn a_context_is_left_for_the_one_before() {
    let (engine, project) = listening();
    post(engine, "Begin", 0);
    run(engine, 48_000);
    post(engine, "Showdown", 0);
    let contexts = |told: &[segue_event]| {
        let told = of_kind(told, kind::SEGUE_EVENT_CONTEXT);
        told.last().map(|event| event.subject)
    };
    let [base, showdown] =
        ["BASE", "SHOWDOWN"].map(|context| name(engine, named::SEGUE_NAME_CONTEXT, context));
    assert_eq!(contexts(&run(engine, 480_000)), Some(showdown));
    // SAFETY: a handle.
    ok(unsafe { segue_context_leave(engine, 0, 0) });
    assert_eq!(contexts(&run(engine, 480_000)), Some(base));
    destroy(engine, project);
}

fn ducks(engine: *mut segue_engine) -> Vec<(String, f32)> {
    // SAFETY: all 0 is a value of a record; a handle and places.
    unsafe {
        let mut rows: [segue_duck_info; 8] = zeroed();
        rows[0].struct_size = size::<segue_duck_info>();
        let mut length = 0;
        ok(segue_engine_get_ducks(
            engine,
            rows.as_mut_ptr(),
            8,
            &raw mut length,
        ));
        let named = |row: &segue_duck_info| {
            let (mut name, mut length) = ([0_u8; 64], 0);
            let start = name.as_mut_ptr().cast();
            ok(segue_name_get_text(
                engine,
                row.duck,
                start,
                64,
                &raw mut length,
            ));
            (
                String::from_utf8(name[..length].to_vec()).unwrap(),
                row.gain_db,
            )
        };
        rows[..length].iter().map(named).collect()
    }
}

#[test]
fn ducking_is_told_by_its_name_while_it_lasts() {
    let (engine, project) = listening();
    run(engine, 4_800);
    assert_eq!(ducks(engine), []);
    post(engine, "Say", 0);
    run(engine, 24_000);
    let now = ducks(engine);
    let music = now.iter().find(|(name, _)| name == "speech over music");
    assert!((music.unwrap().1 + 9.0).abs() < 0.1, "{now:?}");
    assert!(
        now.iter().any(|(name, _)| name == "speech over effects"),
        "{now:?}"
    );
    run(engine, 480_000);
    assert_eq!(ducks(engine), []);
    destroy(engine, project);
}

#[test]
fn the_names_of_a_project_are_told() {
    let (engine, project) = loaded();
    let names = super::support::taken(|out| {
        // SAFETY: a handle and a place.
        unsafe { segue_engine_get_names(engine, out) }
    });
    let has = |list: &str, name: &str| {
        let list = names[list].as_array().unwrap();
        list.iter().any(|it| it == name || it["name"] == name)
    };
    for (list, name) in [
        ("events", "Begin"),
        ("rtpcs", "health"),
        ("states", "Pursuit"),
        ("switches", "Floor"),
        ("signals", "danger"),
        ("contexts", "BASE"),
        ("stingers", "alarm"),
        ("containers", "pass"),
        ("macros", "speed"),
    ] {
        assert!(has(list, name), "{list} {name}: {names}");
    }
    assert_eq!(names["rtpcs"][0]["max"], 10.0);
    destroy(engine, project);
}

#[test]
fn a_macro_moves_its_rtpc() {
    let (engine, project) = listening();
    let health = name(engine, named::SEGUE_NAME_RTPC, "health");
    let mut value = 0.0;
    // SAFETY: a handle and a place.
    unsafe {
        // The second one, from 100 down to 0.
        ok(segue_macro_set(engine, 1, 0.25, 0));
        run(engine, 4_800);
        ok(segue_rtpc_get(engine, health, 0, &raw mut value));
        assert_eq!(value, 75.0);
        let none = segue_macro_set(engine, 2, 0.25, 0);
        assert_eq!(none, SEGUE_STATUS_INVALID_ARGUMENT);
    }
    destroy(engine, project);
}

#[test]
fn an_emitter_has_a_place_of_its_own() {
    let (engine, project) = loaded();
    let hero = object(engine, "hero");
    let say = name(engine, named::SEGUE_NAME_EVENT, "Say");
    // SAFETY: all 0 is a value of a record; handles.
    let sides = unsafe {
        ok(segue_object_place(engine, hero, 3, -1.0, 1.0, 0));
        let mut options: segue_post_options = zeroed();
        options.struct_size = size::<segue_post_options>();
        options.emitter = 3;
        let options = &raw const options;
        ok(segue_event_post(engine, say, hero, options, 0, null_mut()));
        let wrong = segue_object_place(engine, hero, 8, 0.0, 1.0, 0);
        assert_eq!(wrong, SEGUE_STATUS_INVALID_ARGUMENT);
        render(engine, 48_000, 480)
    };
    let [left, right] = sides.map(|side| peak(&side));
    assert!(left > 0.05 && right < left * 1e-3, "{left} {right}");
    destroy(engine, project);
}

#[test]
fn an_object_stops_and_the_others_go_on() {
    let (engine, project) = listening();
    let (hero, other) = (object(engine, "hero"), object(engine, "other"));
    let (mine, its) = (post(engine, "Hit", hero), post(engine, "Pass", other));
    run(engine, 960);
    // SAFETY: a handle.
    ok(unsafe { segue_object_stop_all(engine, hero, 0.0, 0) });
    let finished = of_kind(&run(engine, 4_800), kind::SEGUE_EVENT_FINISHED);
    let finished: Vec<_> = finished.iter().map(|event| event.playing).collect();
    // `Hit` waits for its last action, which sets a signal.
    let later = of_kind(&run(engine, 24_000), kind::SEGUE_EVENT_FINISHED);
    let later: Vec<_> = later.iter().map(|event| event.playing).collect();
    assert!(
        finished
            .iter()
            .chain(&later)
            .any(|playing| *playing == mine)
    );
    assert!(!finished.contains(&its), "{finished:?}");
    destroy(engine, project);
}

#[test]
fn a_post_is_paused_and_goes_on() {
    let (engine, project) = loaded();
    let say = post(engine, "Say", 0);
    let heard = |frames| peak(&render(engine, frames, 480)[0]);
    assert!(heard(9_600) > 0.01);
    // SAFETY: a handle.
    unsafe {
        ok(segue_playing_pause(engine, say, 1, 0.0, 0));
        heard(9_600);
        assert!(heard(48_000) < 1e-4);
        ok(segue_playing_pause(engine, say, 0, 0.0, 0));
        assert!(heard(9_600) > 0.01);
        let all = segue_playing_pause(engine, 0, 1, 0.0, 0);
        assert_eq!(all, SEGUE_STATUS_STALE_ID);
    }
    destroy(engine, project);
}

#[test]
fn a_new_spin_allows_new_changes_of_the_level() {
    let (engine, project) = listening();
    post(engine, "Begin", 0);
    let danger = name(engine, named::SEGUE_NAME_SIGNAL, "danger");
    let mut value = 0.0;
    // SAFETY: handles and a place.
    unsafe {
        let early = segue_signal_get(engine, danger, &raw mut value);
        assert_eq!(early, SEGUE_STATUS_NOTHING);
        ok(segue_spin_begin(engine, 0));
        ok(segue_signal_set(engine, danger, 80.0, 0));
        ok(segue_signal_get(engine, danger, &raw mut value));
        assert_eq!(value, 80.0);
        let stale = segue_signal_get(engine, danger + 1, &raw mut value);
        assert_eq!(stale, SEGUE_STATUS_STALE_ID);
    }
    let levels = |seconds: usize| of_kind(&run(engine, seconds * 48_000), kind::SEGUE_EVENT_LEVEL);
    let refused = |reason: segue_refusal, told: &[segue_event]| {
        told.iter().filter(|it| it.reason == reason as u32).count()
    };
    let told = levels(12);
    assert_eq!(
        refused(segue_refusal::SEGUE_REFUSAL_NONE, &told),
        2,
        "{told:?}"
    );
    let per_spin = segue_refusal::SEGUE_REFUSAL_CHANGES_PER_SPIN;
    assert!(refused(per_spin, &told) > 0, "{told:?}");
    // SAFETY: a handle.
    ok(unsafe { segue_spin_begin(engine, 0) });
    let told = levels(4);
    assert!(
        refused(segue_refusal::SEGUE_REFUSAL_NONE, &told) > 0,
        "{told:?}"
    );
    destroy(engine, project);
}

#[test]
fn a_stinger_plays_its_sound() {
    let (engine, project) = listening();
    post(engine, "Begin", 0);
    run(engine, 48_000);
    let alarm = name(engine, named::SEGUE_NAME_STINGER, "alarm");
    let bell = asset(engine, "bell");
    // SAFETY: a handle.
    ok(unsafe { segue_stinger_play(engine, alarm, 0) });
    let voices = of_kind(&run(engine, 96_000), kind::SEGUE_EVENT_GAME_VOICE);
    let is_bell = |event: &&segue_event| event.subject == bell;
    assert!(voices.iter().any(|event| is_bell(&event)), "{voices:?}");
    destroy(engine, project);
}

#[test]
fn a_host_drives_the_transport() {
    let (engine, project) = loaded();
    let state = || {
        // SAFETY: all 0 is a value of a record; a handle and a place.
        unsafe {
            let mut state: segue_engine_state = zeroed();
            state.struct_size = size::<segue_engine_state>();
            ok(segue_engine_get_state(engine, &raw mut state));
            state
        }
    };
    // SAFETY: all 0 is a value of a record; a handle.
    unsafe {
        let mut said: segue_host_transport = zeroed();
        said.struct_size = size::<segue_host_transport>();
        said.flags = SEGUE_HOST_PLAYING | SEGUE_HOST_BEATS | SEGUE_HOST_TEMPO;
        (said.beats, said.bpm) = (32.0, 90.0);
        ok(segue_transport_follow_host(engine, &raw const said, 0));
        // Two seconds are three beats.
        render(engine, 96_001, 480);
        let now = state();
        assert_eq!((now.is_hosted, now.is_playing, now.bpm), (1, 1, 90.0));
        assert!((now.beats - 35.0).abs() < 0.02, "{now:?}");
        ok(segue_transport_follow_host(engine, null(), 0));
        render(engine, 961, 480);
        assert_eq!(state().is_hosted, 0);
        // No number, in each place that a flag says is given; where none does, what stands there does not count.
        let sound = segue_host_transport {
            flags: SEGUE_HOST_BEATS | SEGUE_HOST_TEMPO | SEGUE_HOST_LOOP,
            loop_end_beats: 4.0,
            ..said
        };
        let places: [fn(&mut segue_host_transport) -> &mut f64; 5] = [
            |it| &mut it.beats,
            |it| &mut it.bpm,
            |it| &mut it.bpm_per_frame,
            |it| &mut it.loop_start_beats,
            |it| &mut it.loop_end_beats,
        ];
        for place in places {
            for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut wrong = sound;
                *place(&mut wrong) = value;
                let status = segue_transport_follow_host(engine, &raw const wrong, 0);
                assert_eq!(status, SEGUE_STATUS_INVALID_ARGUMENT);
                assert!(
                    error().contains("is not in the finite numbers"),
                    "{}",
                    error()
                );
                wrong.flags = SEGUE_HOST_PLAYING;
                ok(segue_transport_follow_host(engine, &raw const wrong, 0));
            }
        }
        ok(segue_transport_follow_host(engine, &raw const sound, 0));
        said.flags = 32;
        let wrong = segue_transport_follow_host(engine, &raw const said, 0);
        assert_eq!(wrong, SEGUE_STATUS_INVALID_ARGUMENT);
    }
    destroy(engine, project);
}

#[test]
fn a_voice_leaves_its_loop_and_ends() {
    let (engine, project) = loaded();
    let wind = find(engine, "wind", segue_sound_find);
    let all = sounds(engine);
    let (_, info) = all.iter().find(|(name, _)| name == "wind").unwrap();
    let length = usize::try_from(info.frames).unwrap();
    let mut voice = 0;
    // SAFETY: a handle and a place.
    ok(unsafe { segue_voice_play(engine, wind, null(), 0, &raw mut voice) });
    let ended = |told: &[segue_event]| {
        let ended = of_kind(told, kind::SEGUE_EVENT_VOICE_ENDED);
        ended
            .iter()
            .find(|it| it.subject == voice)
            .map(|it| it.reason)
    };
    assert_eq!(ended(&run(engine, length + 48_000)), None);
    // SAFETY: a handle.
    ok(unsafe { segue_voice_leave_loop(engine, voice, 0) });
    let natural = segue_reason::SEGUE_REASON_NATURAL_END as u32;
    assert_eq!(ended(&run(engine, length + 48_000)), Some(natural));
    destroy(engine, project);
}

#[test]
fn values_that_were_taken_back_are_told_no_more() {
    let (engine, project) = listening();
    let hero = object(engine, "hero");
    let speed = name(engine, named::SEGUE_NAME_RTPC, "speed");
    let floor = name(engine, named::SEGUE_NAME_SWITCH_GROUP, "Floor");
    let metal = name(engine, named::SEGUE_NAME_VALUE, "metal");
    let (mut value, mut switch) = (0.0, 0);
    // SAFETY: handles and places.
    unsafe {
        for on in [0, hero] {
            ok(segue_rtpc_set(engine, speed, on, 0, 5.0, 0.0, 0));
            ok(segue_switch_set(engine, floor, on, metal, 0));
        }
        run(engine, 4_800);
        for on in [0, hero] {
            ok(segue_rtpc_get(engine, speed, on, &raw mut value));
            ok(segue_switch_get(engine, floor, on, &raw mut switch));
            assert_eq!((value, switch), (5.0, metal));
        }
        ok(segue_rtpc_reset(engine, speed, 0, 0, 0));
        let told = run(engine, 4_800);
        let reset = of_kind(&told, kind::SEGUE_EVENT_RTPC_RESET);
        assert_eq!((reset.len(), reset[0].subject), (1, speed));
        let none = segue_rtpc_get(engine, speed, 0, &raw mut value);
        assert_eq!(none, SEGUE_STATUS_NOTHING);
        ok(segue_rtpc_get(engine, speed, hero, &raw mut value));

        ok(segue_object_remove(engine, hero, 0));
        let told = run(engine, 4_800);
        let gone = of_kind(&told, kind::SEGUE_EVENT_OBJECT_REMOVED);
        assert_eq!((gone.len(), gone[0].object), (1, hero));
        // One that is made anew under the name has none of it.
        assert_eq!(object(engine, "hero"), hero);
        run(engine, 4_800);
        let none = segue_rtpc_get(engine, speed, hero, &raw mut value);
        assert_eq!(none, SEGUE_STATUS_NOTHING);
        let none = segue_switch_get(engine, floor, hero, &raw mut switch);
        assert_eq!(none, SEGUE_STATUS_NOTHING);
        ok(segue_switch_get(engine, floor, 0, &raw mut switch));
    }
    destroy(engine, project);
}

#[test]
fn events_come_in_the_order_of_their_frames() {
    let (engine, project) = listening();
    post(engine, "Begin", 0);
    let hero = object(engine, "hero");
    let mut all = Vec::new();
    for step in 0..200_u64 {
        let event = ["Step", "Hit", "Coins", "Pass"][usize::try_from(step % 4).unwrap()];
        let event = name(engine, named::SEGUE_NAME_EVENT, event);
        // SAFETY: a handle.
        ok(unsafe { segue_event_post(engine, event, hero, null(), step * 333, null_mut()) });
        render(engine, 357, 357);
        all.extend(events(engine));
    }
    let frames: Vec<_> = all.iter().map(|event| event.frame).collect();
    assert!(all.len() > 500 && frames.is_sorted(), "{frames:?}");
    assert!(!of_kind(&all, kind::SEGUE_EVENT_GAME_VOICE).is_empty());
    destroy(engine, project);
}
