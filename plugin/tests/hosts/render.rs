//! Sound: what is heard, and on which frame.

use crate::host::{Event, Host, Stereo};
use crate::projects::{FRAMES, project, rich_state, state};
use clack_extensions::audio_ports_config::PluginAudioPortsConfig;
use clack_extensions::render::{PluginRender, RenderMode};
use clack_host::events::event_types::{ParamValueEvent, TransportEvent, TransportFlags};
use clack_host::events::io::EventBuffer;
use clack_host::events::{EventFlags, EventHeader};
use clack_host::utils::{BeatTime, ClapId, SecondsTime};
use segue_plugin::{Kind, Param};

fn noise(frames: usize, mut seed: u32) -> Vec<f32> {
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 33_554_432.0 - 0.25
    };
    (0..frames).map(|_| next()).collect()
}

fn stereo(frames: usize, seed: u32) -> Stereo {
    [noise(frames, seed), noise(frames, seed + 1)]
}

/// The first frame that is not silent.
fn onset(signal: &[f32]) -> Option<usize> {
    signal.iter().position(|x| *x != 0.0)
}

#[test]
fn a_note_starts_on_its_frame() {
    for time in [0, 1, 31, 63, 64, 777, 4_095] {
        let mut host = Host::playing(Kind::Instrument, &state());
        let events = [(time, Event::On(60, 1.0))];
        let out = host.render(12_000, &[], &events, &[64, 100, 1]);
        assert_eq!(onset(&out[0]), Some(time));
        let end = out[0].iter().rposition(|x| *x != 0.0).unwrap();
        assert_eq!(end + 1 - time, FRAMES, "it lasts as long as its file");
    }
}

#[test]
fn latency_is_told_and_true() {
    let mut host = Host::playing(Kind::Instrument, &rich_state());
    let latency = host.latency() as usize;
    assert!(latency > 0);
    let out = host.render(8_000, &[], &[(100, Event::On(60, 1.0))], &[512]);
    let onset = onset(&out[0]).unwrap();
    // The oversampled limiter rings before a step.
    assert!((100..=100 + latency).contains(&onset), "{onset} {latency}");
    let half = out[0].iter().position(|x| *x > 0.2).unwrap();
    assert!(half.abs_diff(100 + latency) <= 2, "{half} {latency}");
}

#[test]
fn midi_notes_and_controllers_do_the_same() {
    let mut host = Host::playing(Kind::Instrument, &rich_state());
    let events = [
        (0, Event::On(60, 1.0)),
        (500, Event::Value(Param::Macro(0), 1.0)),
    ];
    let clap = host.render(3_000, &[], &events, &[128]);
    let mut host = Host::playing(Kind::Instrument, &rich_state());
    let events = [
        (0, Event::Midi([0x90, 60, 127])),
        (500, Event::Midi([0xb0, 1, 127])),
    ];
    let midi = host.render(3_000, &[], &events, &[128]);
    assert!(clap == midi);
    assert_eq!(host.value(Param::Macro(0)), 1.0);
    let mut buffer = EventBuffer::new();
    Event::Midi([0xb0, 1, 0]).push(3, &mut buffer);
    let (_, out) = host.block(64, &[], &buffer, None);
    let values: Vec<_> = out
        .iter()
        .filter_map(|event| {
            let value = event.as_event::<ParamValueEvent>()?.value();
            Some((event.header().time(), value))
        })
        .collect();
    assert_eq!(values, [(3, 0.0)], "the host hears of the macro");
}

#[test]
fn automation_begins_on_its_frame_for_any_blocks() {
    let input = [stereo(6_000, 7)];
    let events = [
        (1_234, Event::Value(Param::MasterGain, -96.0)),
        (3_001, Event::Value(Param::MasterGain, 0.0)),
    ];
    let run = |sizes: &[usize]| {
        let mut host = Host::playing(Kind::Effect, &state());
        host.render(6_000, &input, &events, sizes)
    };
    let out = run(&[6_000]);
    for side in 0..2 {
        assert!(out[side][..1_234] == input[0][side][..1_234]);
        assert_ne!(out[side][1_234], input[0][side][1_234]);
        assert!(out[side][1_234 + 480..3_001].iter().all(|x| *x == 0.0));
        assert_ne!(out[side][3_001], 0.0);
        assert!(out[side][3_001 + 480..] == input[0][side][3_001 + 480..]);
    }
    for sizes in [&[1, 17, 256][..], &[64], &[1_000]] {
        assert!(run(sizes) == out, "{sizes:?}");
    }
}

#[test]
fn macros_move_inserts_and_modulation_adds() {
    let run = |events: &[(usize, Event)], sizes: &[usize]| {
        let mut host = Host::playing(Kind::Instrument, &rich_state());
        let events: Vec<_> = [(0, Event::On(60, 1.0))]
            .iter()
            .chain(events)
            .copied()
            .collect();
        (
            host.render(4_000, &[], &events, sizes),
            host.value(Param::Macro(0)),
        )
    };
    let still = run(&[], &[500]);
    let value = run(&[(1_000, Event::Value(Param::Macro(0), 1.0))], &[500]);
    let modulated = run(&[(1_000, Event::Mod(Param::Macro(0), 0.5))], &[500]);
    assert!(still.0[0][..1_000] == value.0[0][..1_000]);
    assert!(still.0 != value.0 && value.0 == modulated.0);
    assert_eq!((value.1, modulated.1), (1.0, 0.5), "modulation is no value");
    for sizes in [&[1, 31][..], &[256], &[4_000]] {
        let again = run(&[(1_000, Event::Value(Param::Macro(0), 1.0))], sizes);
        assert!(again.0 == value.0, "{sizes:?}");
    }
}

#[test]
fn bypass_passes_the_input_as_late_as_the_engine_without_a_click() {
    let mut host = Host::playing(Kind::Effect, &rich_state());
    let latency = host.latency() as usize;
    let sine = |n: usize| (n as f32 * 0.02).sin() * 0.25;
    let frames = 12_000;
    let wave: Vec<f32> = (0..frames).map(sine).collect();
    let input = [[wave.clone(), wave.clone()]];
    let events = [
        (4_000, Event::Value(Param::Bypass, 1.0)),
        (8_000, Event::Value(Param::Bypass, 0.0)),
    ];
    let out = host.render(frames, &input, &events, &[333]);
    for n in 4_600..8_000 {
        assert_eq!(out[0][n], wave[n - latency]);
    }
    // A step is no larger than the wave's own, give or take the fade.
    let largest = |signal: &[f32]| {
        let steps = signal.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        steps.fold(0.0, f32::max)
    };
    assert!(largest(&out[0][2_000..]) < 1.5 * largest(&wave));
}

#[test]
fn the_side_chain_is_a_key_and_not_heard() {
    let json = r#"{"format": "segue.project", "version": 1, "name": "Duck", "buses": [
        {"id": "master", "pan_law": "balance"}, {"id": "sidechain", "mute": true},
        {"id": "input", "pan_law": "balance", "inserts": [{"id": "duck", "kind": "compressor", "key": "sidechain",
            "params": {"threshold": -40, "ratio": 10, "attack": 1}}]}]}"#;
    let project = segue_engine::project::Project::from_json(json.as_bytes())
        .unwrap()
        .0;
    let package = segue_engine::format::container::Package::new(project.to_json().unwrap());
    let state = package.unwrap().to_bytes().unwrap();
    let run = |key: Stereo| {
        let mut host = Host::playing(Kind::Effect, &state);
        let ones = [vec![0.1; 9_600], vec![0.1; 9_600]];
        host.render(9_600, &[ones, key], &[], &[480])[0][9_000]
    };
    let quiet = run([vec![0.0; 9_600], vec![0.0; 9_600]]);
    let loud = run([vec![0.9; 9_600], vec![0.9; 9_600]]);
    assert!((quiet - 0.1).abs() < 0.01, "{quiet}");
    assert!(loud < 0.03 && loud > 0.0, "{loud}");
}

#[test]
fn multi_out_gives_every_bus_and_the_same_main() {
    let mut host = Host::playing(Kind::Instrument, &rich_state());
    let events = [(10, Event::On(60, 1.0))];
    let stereo = host.render(4_000, &[], &events, &[400]);

    let mut host = Host::new(Kind::Instrument);
    host.load(&rich_state()).unwrap();
    let config = host
        .instance
        .plugin_handle()
        .get_extension::<PluginAudioPortsConfig>();
    let handle = host.instance.plugin_handle();
    config.unwrap().select(&handle, ClapId::new(1)).unwrap();
    host.outputs = 17;
    host.start(48_000.0, 4_000);
    let mut buffer = EventBuffer::new();
    events[0].1.push(10, &mut buffer);
    let (outs, _) = host.block(4_000, &[], &buffer, None);
    assert!(outs[0] == stereo);
    let buses = project(&rich_state()).buses;
    let tone = buses
        .iter()
        .filter(|bus| bus.id != "master")
        .position(|bus| bus.id == "tone");
    let tone = &outs[1 + tone.unwrap()];
    // As late as the main output: the latency of the master's limiter is made up for.
    assert_eq!(onset(&tone[0]), Some(10 + host.latency() as usize));
    assert!(outs[4..].iter().flatten().flatten().all(|x| *x == 0.0));
    let saved = host.save();
    let mut again = Host::new(Kind::Instrument);
    again.load(&saved).unwrap();
    assert_eq!(again.save(), saved, "the layout is part of the session");

    // A host that gives fewer ports than there are still hears the main one.
    host.stop();
    host.outputs = 1;
    host.start(48_000.0, 4_000);
    let (outs, _) = host.block(4_000, &[], &buffer, None);
    assert!(outs[0] == stereo);
}

fn transport(playing: bool, beats: f64) -> TransportEvent {
    let mut flags = TransportFlags::HAS_BEATS_TIMELINE | TransportFlags::HAS_TEMPO;
    flags.set(TransportFlags::IS_PLAYING, playing);
    TransportEvent {
        header: EventHeader::new_core(0, EventFlags::empty()),
        flags,
        song_pos_beats: BeatTime::from_float(beats),
        song_pos_seconds: SecondsTime::from_float(0.0),
        tempo: 150.0,
        tempo_inc: 0.0,
        loop_start_beats: BeatTime::from_float(0.0),
        loop_end_beats: BeatTime::from_float(0.0),
        loop_start_seconds: SecondsTime::from_float(0.0),
        loop_end_seconds: SecondsTime::from_float(0.0),
        bar_start: BeatTime::from_float(0.0),
        bar_number: 0,
        time_signature_numerator: 4,
        time_signature_denominator: 4,
    }
}

#[test]
fn the_hosts_transport_drives_the_clips() {
    // The clip is at beat 4; a beat is 19,200 frames at 150 bpm.
    let mut host = Host::playing(Kind::Instrument, &state());
    let none = EventBuffer::new();
    let (outs, _) = host.block(1_000, &[], &none, Some(&transport(false, 3.99)));
    assert_eq!(onset(&outs[0][0]), None, "a stopped host plays nothing");
    let (outs, _) = host.block(
        1_000,
        &[],
        &none,
        Some(&transport(true, 4.0 - 500.0 / 19_200.0)),
    );
    assert_eq!(onset(&outs[0][0]), Some(500));
    // A seek away ends it within the fade, a seek back into it starts it in its middle.
    host.block(1_000, &[], &none, Some(&transport(true, 10.0)));
    let (outs, _) = host.block(
        1_000,
        &[],
        &none,
        Some(&transport(true, 10.0 + 1_000.0 / 19_200.0)),
    );
    assert_eq!(onset(&outs[0][0]), None);
    let (outs, _) = host.block(
        1_000,
        &[],
        &none,
        Some(&transport(true, 4.0 + 1_000.0 / 19_200.0)),
    );
    assert!(outs[0][0][900] > 0.2);
}

#[test]
fn an_offline_bounce_has_the_bits_of_real_time() {
    let run = |mode: RenderMode, sizes: &[usize]| {
        let mut host = Host::new(Kind::Instrument);
        host.load(&rich_state()).unwrap();
        let render = host
            .instance
            .plugin_handle()
            .get_extension::<PluginRender>();
        render
            .unwrap()
            .set(&host.instance.plugin_handle(), mode)
            .unwrap();
        host.start(44_100.0, 8_192);
        let events = [
            (77, Event::On(60, 0.8)),
            (900, Event::Value(Param::Macro(0), 0.1)),
        ];
        host.render(20_000, &[], &events, sizes)
    };
    let real = run(RenderMode::Realtime, &[64]);
    assert!(run(RenderMode::Offline, &[8_192]) == real);
    assert!(run(RenderMode::Offline, &[64, 63, 1_000]) == real);
}
