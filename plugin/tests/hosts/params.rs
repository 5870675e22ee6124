//! Every parameter: text both ways, automation and modulation on the frame, in both formats.

use crate::host::{Event, Host};
use crate::projects::rich_state;
use crate::unit::FORMATS;
use crate::vst3::Vst;
use clack_extensions::params::{ParamInfoBuffer, ParamInfoFlags, PluginParams};
use clack_host::utils::ClapId;
use segue_engine::format::container::Package;
use segue_engine::project::Project;
use segue_plugin::{Kind, PARAM_COUNT, Param};
use std::ffi::CString;
use vst3::Steinberg::Vst::IEditControllerTrait;
use vst3::Steinberg::kResultOk;

#[test]
fn every_text_of_clap_reads_back() {
    let mut host = Host::new(Kind::Instrument);
    host.load(&rich_state()).unwrap();
    let handle = host.instance.plugin_handle();
    let params: PluginParams = handle.get_extension().unwrap();
    assert_eq!(params.count(&handle) as usize, PARAM_COUNT);
    for param in Param::all() {
        let id = ClapId::new(param.number());
        let (min, max, _) = param.range();
        for step in 0..=20 {
            let value = min + (max - min) * f64::from(step) / 20.0;
            let mut space = [0; 64];
            let text = params
                .value_to_text(&handle, id, value, &mut space)
                .unwrap();
            let text = CString::new(text).unwrap();
            let back = params.text_to_value(&handle, id, &text).unwrap();
            let mut space = [0; 64];
            let again = params.value_to_text(&handle, id, back, &mut space).unwrap();
            assert_eq!(text.as_bytes(), again, "{param:?}");
        }
        assert_eq!(params.text_to_value(&handle, id, c"no value"), None);
    }
}

#[test]
fn every_text_of_vst3_reads_back() {
    let vst = Vst::new(Kind::Instrument);
    let text_of = |id, value| {
        let mut text = [0; 128];
        // SAFETY: the place is on the stack.
        let result = unsafe {
            vst.rig
                .controller
                .getParamStringByValue(id, value, &raw mut text)
        };
        assert_eq!(result, kResultOk);
        text
    };
    for param in Param::all() {
        let id = param.number();
        for step in 0..=20 {
            let mut text = text_of(id, f64::from(step) / 20.0);
            let mut back = -1.0;
            // SAFETY: both places are on the stack.
            let result = unsafe {
                let pointer = text.as_mut_ptr();
                vst.rig
                    .controller
                    .getParamValueByString(id, pointer, &raw mut back)
            };
            assert_eq!(result, kResultOk);
            assert_eq!(text, text_of(id, back), "{param:?}");
        }
    }
}

#[test]
fn all_but_bypass_can_be_automated_and_modulated() {
    let mut host = Host::new(Kind::Effect);
    let handle = host.instance.plugin_handle();
    let params: PluginParams = handle.get_extension().unwrap();
    for (index, param) in Param::all().enumerate() {
        let mut buffer = ParamInfoBuffer::new();
        let info = params
            .get_info(&handle, u32::try_from(index).unwrap(), &mut buffer)
            .unwrap();
        assert_eq!(info.id.get(), param.number());
        let has = |flag| info.flags.contains(flag);
        assert!(has(ParamInfoFlags::IS_AUTOMATABLE));
        let is_bypass = param == Param::Bypass;
        assert_eq!(has(ParamInfoFlags::IS_MODULATABLE), !is_bypass);
        assert_eq!(has(ParamInfoFlags::IS_BYPASS), is_bypass);
        assert!(!has(ParamInfoFlags::IS_MODULATABLE_PER_NOTE_ID));
    }
}

/// An effect with 32 macros, each of which moves the gain of the bus "input".
fn all_macros() -> Vec<u8> {
    let macros: Vec<String> = (0..32)
        .map(|n| {
            format!(
                r#"{{"id": "m{n}", "name": "M{n}", "value": 0.0, "targets": [
                {{"bus": "input", "insert": "g{n}", "param": "gain", "min": 0, "max": -60}}]}}"#
            )
        })
        .collect();
    let bus = |number: usize, next: &str| {
        let inserts: Vec<String> = (number * 16..number * 16 + 16)
            .map(|n| format!(r#"{{"id": "g{n}", "kind": "gain"}}"#))
            .collect();
        let id = ["input", "second"][number];
        format!(
            r#"{{"id": "{id}", "pan_law": "balance"{next}, "inserts": [{}]}}"#,
            inserts.join(",")
        )
    };
    let json = format!(
        r#"{{"format": "segue.project", "version": 1, "name": "All", "buses": [
        {{"id": "master", "pan_law": "balance"}}, {}, {}], "macros": [{}]}}"#,
        bus(1, ""),
        bus(0, r#", "output": "second""#),
        macros.join(",")
    );
    // The second half of the macros moves the inserts of the second bus.
    let json = (16..32).fold(json, |json, n| {
        let here = format!(r#""bus": "input", "insert": "g{n}""#);
        json.replace(&here, &format!(r#""bus": "second", "insert": "g{n}""#))
    });
    let (project, _) = Project::from_json(json.as_bytes()).unwrap();
    let package = Package::new(project.to_json().unwrap()).unwrap();
    package.to_bytes().unwrap()
}

#[test]
fn every_macro_takes_effect_on_its_frame_in_both_formats() {
    let state = all_macros();
    let input = [[vec![0.5; 1_600], vec![0.5; 1_600]]];
    for number in 0..32 {
        let param = Param::Macro(number);
        let outs = FORMATS.map(|make| {
            let mut unit = make(Kind::Effect);
            assert!(unit.load(&state));
            unit.start(48_000.0, 256);
            let out = unit.play(
                1_600,
                &input,
                &[(777, Event::Value(param, 1.0))],
                &[256, 31],
                &|_| None,
            );
            assert_eq!(unit.value(param), 1.0);
            assert!(out[0][..777].iter().all(|x| *x == out[0][776]));
            let first = out[0].iter().position(|x| *x != out[0][0]);
            // The glide starts there: with the old value, and moves from the next frame on.
            assert_eq!(first, Some(778), "{number}");
            assert!(out[0][1_500] < 0.01, "{number}: {}", out[0][1_500]);
            out
        });
        assert!(outs[0] == outs[1], "{number}");
        let mut host = Host::playing(Kind::Effect, &state);
        let events = [(777, Event::Mod(param, 1.0))];
        let modulated = host.render(1_600, &input, &events, &[256, 31]);
        assert!(modulated == outs[0], "{number}");
        assert_eq!(host.value(param), 0.0);
    }
}

/// An effect whose bus "input" is moved by RTPCs that a host automates: the first and the last
/// parameter.
fn two_rtpcs() -> Vec<u8> {
    let rtpc = |name: &str, number: u32| {
        format!(
            r#"{{"name": "{name}", "min": -10, "max": 10, "default": 0, "host_param": {number},
            "targets": [{{"target": "bus_volume", "bus": "input",
                "curve": [{{"x": -10, "y": -20}}, {{"x": 0, "y": 0}}, {{"x": 10, "y": -60}}]}}]}}"#
        )
    };
    let json = format!(
        r#"{{"format": "segue.project", "version": 1, "name": "Two",
        "buses": [{{"id": "master", "pan_law": "balance"}}, {{"id": "input", "pan_law": "balance"}}],
        "interactive": {{"rtpcs": [{}, {}]}}}}"#,
        rtpc("Speed", 0),
        rtpc("Height", 63)
    );
    let (project, _) = Project::from_json(json.as_bytes()).unwrap();
    let package = Package::new(project.to_json().unwrap()).unwrap();
    package.to_bytes().unwrap()
}

#[test]
fn an_rtpc_is_a_parameter_with_its_name_and_its_default() {
    let mut host = Host::new(Kind::Effect);
    host.load(&two_rtpcs()).unwrap();
    let handle = host.instance.plugin_handle();
    let params: PluginParams = handle.get_extension().unwrap();
    let name = |param: Param| {
        let mut buffer = ParamInfoBuffer::new();
        let index = u32::try_from(param.index()).unwrap();
        let info = params.get_info(&handle, index, &mut buffer).unwrap();
        String::from_utf8_lossy(info.name).into_owned()
    };
    let names = [0, 1, 63].map(|number| name(Param::Rtpc(number)));
    assert_eq!(names, ["Speed", "RTPC 2", "Height"]);
    assert_eq!(host.value(Param::Rtpc(0)), 0.5, "0 of -10 to 10");
    assert_eq!(host.value(Param::Rtpc(1)), 0.0);
}

#[test]
fn an_rtpc_is_automated_in_both_formats_and_stays_in_the_session() {
    let state = two_rtpcs();
    let input = [[vec![0.5; 3_000], vec![0.5; 3_000]]];
    for (number, value, gain) in [(0, 0.0, 0.1), (63, 1.0, 0.001)] {
        let param = Param::Rtpc(number);
        let outs = FORMATS.map(|make| {
            let mut unit = make(Kind::Effect);
            assert!(unit.load(&state));
            unit.start(48_000.0, 256);
            let events = [(777, Event::Value(param, value))];
            let out = unit.play(3_000, &input, &events, &[256, 31], &|_| None);
            assert_eq!(unit.value(param), value);
            out
        });
        assert!(outs[0] == outs[1], "{number}");
        let out = &outs[0][0];
        // The value is there on its frame; a bus goes there from the next quantum on.
        let first = out.iter().position(|x| *x != out[0]).unwrap();
        assert!((777..=777 + 33).contains(&first), "{first}");
        let heard = out[2_999] / out[0];
        assert!((heard / gain - 1.0).abs() < 1e-3, "{number}: {heard}");
        let mut host = Host::playing(Kind::Effect, &state);
        let events = [(777, Event::Value(param, value))];
        let whole = host.render(3_000, &input, &events, &[97]);
        assert!(whole == outs[0], "{number}: blocks");
        let mut later = Host::playing(Kind::Effect, &host.save());
        assert_eq!(later.value(param), value);
        let kept = later.render(3_000, &input, &[], &[256]);
        let heard = kept[0][2_999] / out[0];
        assert!((heard / gain - 1.0).abs() < 1e-3, "{number} kept: {heard}");
    }
}
