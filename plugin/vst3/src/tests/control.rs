//! The main thread: factory, parameters, state, what the plug-in tells its host, the view.

use vst3::ComPtr;
use vst3::Steinberg::Vst::RestartFlags_::*;
use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;

use super::clap::{self, command};
use super::host::*;
use crate::text::{from_array, from_wide};

fn text(units: &[u16]) -> String {
    // SAFETY: the adapter ends its texts with zero.
    unsafe { from_wide(units.as_ptr()) }
}

#[test]
fn the_factory_says_what_the_descriptor_says() {
    let factory = factory();
    // SAFETY: plain numbers, for which zero is valid; all places are on the stack.
    unsafe {
        assert_eq!(factory.countClasses(), 1);
        let mut info: PClassInfoW = std::mem::zeroed();
        assert_eq!(factory.getClassInfoUnicode(0, &raw mut info), kResultOk);
        assert_eq!(text(&info.name), "Test Gain");
        assert_eq!(text(&info.version), "1.2.3");
        assert_eq!(from_array(&info.subCategories), "Instrument|Fx|Stereo");
        assert_eq!(info.cid, crate::class::tuid("org.example.test-gain"));
        assert_eq!(
            factory.getClassInfoUnicode(1, &raw mut info),
            kInvalidArgument
        );
        assert_eq!(
            factory.getClassInfoUnicode(-1, &raw mut info),
            kInvalidArgument
        );
        let mut object = std::ptr::null_mut();
        let wrong = [0; 16];
        let iid = IComponent_iid.as_ptr();
        let result = factory.createInstance(wrong.as_ptr(), iid, &raw mut object);
        assert_eq!((result, object), (kInvalidArgument, std::ptr::null_mut()));
    }
}

#[test]
fn parameters_are_listed_with_units_and_steps() {
    let rig = Rig::new();
    let gain = rig.info(0);
    assert_eq!(
        (text(&gain.title).as_str(), gain.stepCount, gain.unitId),
        ("Gain", 0, 1)
    );
    assert_eq!((gain.id, gain.defaultNormalizedValue), (1, 0.5));
    let mode = rig.info(1);
    // The id 1 is taken by the first, which lost its top bit.
    assert_eq!((mode.id, mode.stepCount, mode.unitId), (2, 2, 2));
    assert_ne!(mode.flags & ParameterInfo_::ParameterFlags_::kIsList, 0);
    assert_ne!(
        rig.info(2).flags & ParameterInfo_::ParameterFlags_::kIsBypass,
        0
    );
    assert_eq!(
        rig.info(3).flags,
        ParameterInfo_::ParameterFlags_::kIsReadOnly
    );
    let units = rig.component.cast::<IUnitInfo>().unwrap();
    // SAFETY: plain numbers, for which zero is valid; the place is on the stack.
    unsafe {
        assert_eq!(units.getUnitCount(), 4);
        let mut unit: UnitInfo = std::mem::zeroed();
        assert_eq!(units.getUnitInfo(2, &raw mut unit), kResultOk);
        assert_eq!((text(&unit.name).as_str(), unit.parentUnitId), ("Deep", 1));
        let count = rig.controller.getParameterCount();
        assert_eq!(count as usize, 5 + crate::USUAL_CONTROLLERS.len());
    }
}

#[test]
fn texts_go_both_ways() {
    let rig = Rig::new();
    let gain = rig.id(0);
    let mut words = [0; 128];
    // SAFETY: all places are on the stack.
    unsafe {
        let result = rig
            .controller
            .getParamStringByValue(gain, 0.75, &raw mut words);
        assert_eq!((result, text(&words).as_str()), (kResultOk, "1.500 x"));
        let mut value = 0.0;
        let pointer = words.as_mut_ptr();
        let result = rig
            .controller
            .getParamValueByString(gain, pointer, &raw mut value);
        assert_eq!((result, value), (kResultOk, 0.75));
        let mut rubbish = crate::text::wide::<8>("loud");
        let pointer = rubbish.as_mut_ptr();
        assert_eq!(
            rig.controller
                .getParamValueByString(gain, pointer, &raw mut value),
            kResultFalse
        );
        assert_eq!(
            rig.controller
                .getParamStringByValue(999, 0.0, &raw mut words),
            kInvalidArgument
        );
        assert_eq!(rig.controller.normalizedParamToPlain(gain, 0.25), 0.5);
        assert_eq!(rig.controller.plainParamToNormalized(gain, 0.5), 0.25);
    }
}

#[test]
fn values_set_while_nothing_runs_are_saved() {
    let rig = Rig::new();
    let gain = rig.id(0);
    let value_of = |state: &[u8]| f64::from_le_bytes(state[4..12].try_into().unwrap());
    assert_eq!(rig.set(gain, 0.25), kResultOk);
    assert_eq!(value_of(&rig.save()), 0.5);
    rig.activate();
    rig.set(gain, 0.75);
    assert_eq!(value_of(&rig.save()), 1.5);
    // The host has processed but did not process since.
    rig.process(&mut Block::new(16));
    rig.set(gain, 1.0);
    assert_eq!(value_of(&rig.save()), 2.0);
    // The host had its chance to send the value with a block.
    rig.set(gain, 0.0);
    rig.process(&mut Block::new(16));
    assert_eq!(value_of(&rig.save()), 2.0);
    assert_eq!(rig.set(rig.id(3), 1.0), kResultFalse);
    assert_eq!(rig.set(gain, f64::NAN), kInvalidArgument);
    assert_eq!(rig.set(999, 0.5), kInvalidArgument);
}

#[test]
fn state_survives_a_round_trip() {
    let first = Rig::new();
    first.set(first.id(0), 0.375);
    first.set(first.id(1), 1.0);
    let state = first.save();
    let second = Rig::new();
    assert_eq!(second.load(&state), kResultOk);
    assert_eq!(second.save(), state);
    assert_eq!(
        (second.value(second.id(0)), second.value(second.id(1))),
        (0.375, 1.0)
    );
    // Never from inside of a call of the host.
    assert_eq!(second.ear.heard(), []);
    second.ear.turn();
    assert_eq!(second.ear.heard(), [Said::Restart(kParamValuesChanged)]);
}

#[test]
fn bad_states_are_refused_and_change_nothing() {
    let rig = Rig::active();
    rig.set(rig.id(0), 0.375);
    let state = rig.save();
    for length in 0..state.len() {
        assert_eq!(rig.load(&state[..length]), kResultFalse, "{length} bytes");
    }
    let longer = [state.as_slice(), &[0]].concat();
    let mut corrupt = state.clone();
    corrupt[0] ^= 1;
    for bad in [longer, corrupt, vec![0xa5; 1 << 20]] {
        assert_eq!(rig.load(&bad), kResultFalse);
    }
    assert_eq!(rig.load_from(&Stream::endless()), kResultFalse);
    // SAFETY: null is what is tested.
    unsafe {
        assert_eq!(rig.component.setState(std::ptr::null_mut()), kResultFalse);
        assert_eq!(rig.component.getState(std::ptr::null_mut()), kResultFalse);
    }
    assert_eq!(rig.save(), state);
    assert_eq!(rig.process(&mut Block::new(16)), kResultOk);
}

#[test]
fn gestures_reach_the_handler_and_the_block() {
    let rig = Rig::active();
    let gain = rig.id(0);
    let block = rig.command(command::GESTURE);
    assert_eq!(block.said_changes, [(gain, 0, 0.25)]);
    let gesture = [
        Said::Begin(gain),
        Said::Perform(gain, 0.25),
        Said::End(gain),
    ];
    assert_eq!(rig.ear.heard(), gesture);
    // Without a gesture the host's processor hears of it only.
    let block = rig.command(command::LONE);
    assert_eq!(block.said_changes, [(gain, 0, 0.75)]);
    assert_eq!(rig.ear.heard(), []);
    assert_eq!(rig.value(gain), 0.75);
}

#[test]
fn what_the_user_holds_ignores_echoes_until_let_go() {
    let rig = Rig::active();
    let gain = rig.id(0);
    rig.command(command::HOLD);
    assert_eq!(
        rig.ear.heard(),
        [Said::Begin(gain), Said::Perform(gain, 0.25)]
    );
    let mut block = Block::new(16);
    block.changes = vec![(gain, 0, 1.0)];
    rig.process(&mut block);
    assert_eq!((block.out(0, 0)[15], rig.value(gain)), (0.5, 0.25));
    rig.deactivate();
    rig.ear.turn();
    assert_eq!(rig.ear.heard(), [Said::End(gain)]);
    rig.activate();
    let mut block = Block::new(16);
    block.changes = vec![(gain, 0, 1.0)];
    rig.process(&mut block);
    assert_eq!(block.out(0, 0)[15], 2.0);
}

#[test]
fn the_host_is_never_called_from_inside_of_its_calls() {
    let rig = Rig::active();
    rig.process(&mut Block {
        changes: vec![(rig.id(4), 0, command::LATENCY / 16.0)],
        ..Block::new(16)
    });
    rig.set(rig.id(0), 0.5);
    rig.load(&rig.save());
    rig.deactivate();
    rig.activate();
    let handler = rig.ear.as_com_ref::<IComponentHandler>().unwrap();
    // SAFETY: the handler is alive.
    unsafe { rig.controller.setComponentHandler(handler.as_ptr()) };
    assert_eq!(rig.ear.heard(), []);
}

#[test]
fn commands_through_the_controller_reach_the_handler() {
    let rig = Rig::new();
    rig.set(rig.id(4), command::LONE / 16.0);
    rig.ear.turn();
    let gain = rig.id(0);
    let edit = [
        Said::Begin(gain),
        Said::Perform(gain, 0.75),
        Said::End(gain),
    ];
    assert_eq!(rig.ear.heard(), edit);
}

#[test]
fn news_reach_the_host_once() {
    let rig = Rig::active();
    rig.command(command::DIRTY);
    assert_eq!(rig.ear.heard(), [Said::Dirty]);
    rig.command(command::VALUES);
    assert_eq!(rig.ear.heard(), [Said::Restart(kParamValuesChanged)]);
    assert_eq!(rig.value(rig.id(0)), 0.125);
    rig.command(command::RENAME);
    let renamed = kParamTitlesChanged | kParamValuesChanged;
    assert_eq!(rig.ear.heard(), [Said::Restart(renamed)]);
    assert_eq!(text(&rig.info(0).title), "Louder");
    rig.ear.turn();
    assert_eq!(rig.ear.heard(), []);
}

#[test]
fn latency_changes_are_told_and_read() {
    let rig = Rig::active();
    // SAFETY: no pointers.
    let latency = || unsafe { rig.processor.getLatencySamples() };
    assert_eq!(latency(), 0);
    rig.command(command::LATENCY);
    assert_eq!(rig.ear.heard(), [Said::Restart(kLatencyChanged)]);
    assert_eq!(latency(), 64);
    // A host that reads it anyway needs no telling.
    rig.deactivate();
    rig.activate();
    assert_eq!(latency(), 64);
    rig.ear.turn();
    assert_eq!(rig.ear.heard(), []);
    // SAFETY: no pointers.
    assert_eq!(unsafe { rig.processor.getTailSamples() }, kInfiniteTail);
}

#[test]
fn arrangements_are_what_the_plugin_has() {
    let rig = Rig::new();
    let mut stereo = [SpeakerArr::kStereo; 3];
    let mut mono = [SpeakerArr::kMono; 2];
    let mut empty = [SpeakerArr::kStereo, SpeakerArr::kEmpty];
    let arrange = |inputs: &mut [u64], outputs: &mut [u64]| {
        let (count, other) = (inputs.len() as i32, outputs.len() as i32);
        let (inputs, outputs) = (inputs.as_mut_ptr(), outputs.as_mut_ptr());
        // SAFETY: both are on the stack.
        unsafe {
            rig.processor
                .setBusArrangements(inputs, count, outputs, other)
        }
    };
    assert_eq!(
        arrange(&mut [SpeakerArr::kStereo; 2], &mut stereo[..1]),
        kResultOk
    );
    assert_eq!(arrange(&mut empty.clone(), &mut empty), kResultOk);
    assert_eq!(arrange(&mut mono.clone(), &mut mono), kResultFalse);
    assert_eq!(arrange(&mut stereo.clone(), &mut stereo), kResultFalse);
    let mut arrangement = 0;
    // SAFETY: the place is on the stack.
    unsafe {
        assert_eq!(
            rig.processor.getBusArrangement(0, 1, &raw mut arrangement),
            kResultOk
        );
        assert_eq!(
            rig.processor.getBusArrangement(0, 2, &raw mut arrangement),
            kInvalidArgument
        );
        let mut bus: BusInfo = std::mem::zeroed();
        assert_eq!(rig.component.getBusInfo(0, 1, 1, &raw mut bus), kResultOk);
        assert_eq!(
            (text(&bus.name).as_str(), bus.busType, bus.flags),
            ("Aux", 1, 0)
        );
        assert_eq!(rig.component.getBusCount(1, 0), 1);
    }
    assert_eq!(arrangement, SpeakerArr::kStereo);
}

#[test]
fn set_ups_out_of_range_are_refused() {
    let rig = Rig::new();
    for (rate, max) in [
        (0.0, 64),
        (f64::NAN, 64),
        (-1.0, 64),
        (48_000.0, 0),
        (48_000.0, -1),
    ] {
        let mut setup = ProcessSetup {
            processMode: 0,
            symbolicSampleSize: 0,
            maxSamplesPerBlock: max,
            sampleRate: rate,
        };
        // SAFETY: the set-up is on the stack.
        let result = unsafe { rig.processor.setupProcessing(&raw mut setup) };
        assert_eq!(result, kInvalidArgument);
    }
}

fn view_of(rig: &Rig) -> ComPtr<IPlugView> {
    // SAFETY: the name is a constant, and a view comes with one reference.
    unsafe { ComPtr::from_raw(rig.controller.createView(c"editor".as_ptr())).unwrap() }
}

#[cfg(target_os = "linux")]
#[test]
fn the_view_embeds_resizes_and_scales() {
    let rig = Rig::active();
    let view = view_of(&rig);
    let frame = rig.ear.as_com_ref::<IPlugFrame>().unwrap();
    let mut size = ViewRect {
        left: 0,
        top: 0,
        right: 0,
        bottom: 0,
    };
    let sides = |size: ViewRect| (size.right, size.bottom);
    // SAFETY: all objects are alive and all places on the stack.
    unsafe {
        assert_eq!(
            view.isPlatformTypeSupported(kPlatformTypeX11EmbedWindowID),
            kResultOk
        );
        assert_eq!(
            view.isPlatformTypeSupported(kPlatformTypeHWND),
            kResultFalse
        );
        assert_eq!(view.setFrame(frame.as_ptr()), kResultOk);
        assert_eq!(view.getSize(&raw mut size), kResultOk);
        assert_eq!(sides(size), (400, 300));
        let scale = view.cast::<IPlugViewContentScaleSupport>().unwrap();
        assert_eq!(scale.setContentScaleFactor(2.0), kResultOk);
        assert_eq!(scale.setContentScaleFactor(f32::NAN), kInvalidArgument);
        let window = 77_usize as *mut std::ffi::c_void;
        assert_eq!(
            view.attached(window, kPlatformTypeX11EmbedWindowID),
            kResultOk
        );
        assert_eq!(view.getSize(&raw mut size), kResultOk);
        assert_eq!(sides(size), (800, 600));
        (size.right, size.bottom) = (333, 277);
        assert_eq!(view.checkSizeConstraint(&raw mut size), kResultOk);
        assert_eq!(sides(size), (300, 250));
        assert_eq!(view.onSize(&raw mut size), kResultOk);
        rig.command(command::RESIZE);
        assert_eq!(rig.ear.heard(), [Said::Resize(500, 350)]);
        // A second view stays without a window.
        assert_eq!(view_of(&rig).getSize(&raw mut size), kResultFalse);
        assert_eq!(view.removed(), kResultOk);
        assert_eq!(
            view.attached(window, kPlatformTypeX11EmbedWindowID),
            kResultOk
        );
        // Terminated below an open view.
        assert_eq!(rig.component.setActive(0), kResultOk);
        assert_eq!(rig.component.terminate(), kResultOk);
        assert_eq!(view.getSize(&raw mut size), kResultFalse);
        assert_eq!(view.removed(), kResultOk);
    }
}

#[test]
fn objects_may_go_in_any_order() {
    for order in 0..6 {
        let mut rig = Rig::active();
        rig.forgets_to_terminate = order > 1;
        rig.process(&mut Block::new(16));
        let view = view_of(&rig);
        let mut size = ViewRect {
            left: 0,
            top: 0,
            right: 0,
            bottom: 0,
        };
        // SAFETY: the place is on the stack.
        unsafe { view.getSize(&raw mut size) };
        let (component, processor) = (rig.component.clone(), rig.processor.clone());
        let mut objects: Vec<Box<dyn FnOnce()>> = vec![
            Box::new(move || drop(view)),
            Box::new(move || drop(component)),
            Box::new(move || drop(processor)),
        ];
        objects.rotate_left(order % 3);
        if order > 2 {
            objects.swap(0, 1);
        }
        let ear = rig.ear.clone();
        let rig = (order % 2 != 0).then_some(rig);
        for object in objects {
            object();
        }
        assert_eq!(clap::ALIVE.get(), u32::from(rig.is_some()));
        drop(rig);
        assert_eq!((clap::ALIVE.get(), ear.timer_count()), (0, 0), "{order}");
    }
}

#[test]
fn thirty_two_instances_live_side_by_side() {
    let rigs: Vec<Rig> = (0..32).map(|_| Rig::active()).collect();
    std::thread::scope(|scope| {
        for (index, rig) in rigs.iter().enumerate() {
            scope.spawn(move || {
                for _ in 0..20 {
                    let mut block = Block::new(64);
                    block.changes = vec![(rig.id(0), 0, index as f64 / 32.0)];
                    assert_eq!(rig.process(&mut block), kResultOk);
                    assert_eq!(block.out(0, 0)[63], index as f32 / 16.0);
                }
            });
        }
    });
}

#[test]
fn an_instance_can_be_terminated_and_initialised_again() {
    let rig = Rig::created();
    for _ in 0..3 {
        rig.initialize();
        // SAFETY: no pointers but null.
        unsafe { assert_eq!(rig.component.initialize(std::ptr::null_mut()), kResultFalse) };
        rig.activate();
        assert_eq!(rig.process(&mut Block::new(16)), kResultOk);
        // SAFETY: no pointers.
        unsafe { assert_eq!(rig.component.terminate(), kResultOk) };
        assert_ne!(rig.process(&mut Block::new(16)), kResultOk);
    }
}
