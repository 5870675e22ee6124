//! Many instances in one process.

use std::path::Path;

use vst3::ComPtr;
use vst3::Steinberg::Vst::*;

use crate::Result;
use crate::left;
use crate::vst3::{Instance, Vst3, accepted};

const RATE: f64 = 48_000.0;
const FRAMES: usize = 256;
const BLOCKS: usize = 20;

/// Makes, runs and unmakes `count` instances of all classes in turn.
pub(crate) fn crowd(library: &Path, count: usize) -> Result<String> {
    let before = left::count();
    let module = Vst3::load(library)?;
    let classes = module.classes()?.len();
    let mut crowd = (0..count)
        .map(|number| Running::start(module.instance(number % classes)?))
        .collect::<Result<Vec<_>>>()?;
    for _ in 0..BLOCKS {
        for running in &mut crowd {
            running.process()?;
        }
    }
    drop(crowd);
    drop(module);
    left::nothing_new(before)?;
    Ok(format!(
        "{count} instances processed {BLOCKS} blocks each, no thread or file left"
    ))
}

/// An active instance with its buffers.
struct Running {
    processor: ComPtr<IAudioProcessor>,
    inputs: Vec<Bus>,
    outputs: Vec<Bus>,
    /// Last, so that it is terminated after it has been deactivated.
    instance: Instance,
}

/// The channels of one bus.
struct Bus(Vec<Vec<f32>>);

impl Running {
    fn start(instance: Instance) -> Result<Self> {
        let processor: ComPtr<IAudioProcessor> = instance.cast()?;
        let mut setup = ProcessSetup {
            processMode: ProcessModes_::kRealtime as i32,
            symbolicSampleSize: SymbolicSampleSizes_::kSample32 as i32,
            maxSamplesPerBlock: FRAMES as i32,
            sampleRate: RATE,
        };
        let [inputs, outputs] = [BusDirections_::kInput, BusDirections_::kOutput]
            .map(|direction| buses(&instance, direction as i32));
        // SAFETY: the calls come in the order that VST3 asks for, and the setup is complete.
        unsafe {
            accepted(processor.setupProcessing(&raw mut setup), "a setup")?;
            accepted(instance.component().setActive(1), "an activation")?;
            processor.setProcessing(1);
        }
        Ok(Self {
            processor,
            inputs,
            outputs,
            instance,
        })
    }

    fn process(&mut self) -> Result<()> {
        let mut ins: Vec<_> = self.inputs.iter_mut().map(Bus::pointers).collect();
        let mut outs: Vec<_> = self.outputs.iter_mut().map(Bus::pointers).collect();
        let mut ins: Vec<_> = ins.iter_mut().map(|bus| buffers(bus)).collect();
        let mut outs: Vec<_> = outs.iter_mut().map(|bus| buffers(bus)).collect();
        // SAFETY: zeros are a process data without events and parameters.
        let mut data: ProcessData = unsafe { std::mem::zeroed() };
        data.processMode = ProcessModes_::kRealtime as i32;
        data.symbolicSampleSize = SymbolicSampleSizes_::kSample32 as i32;
        data.numSamples = FRAMES as i32;
        data.numInputs = ins.len() as i32;
        data.numOutputs = outs.len() as i32;
        data.inputs = ins.as_mut_ptr();
        data.outputs = outs.as_mut_ptr();
        // SAFETY: all buffers have that many frames and live until the call returns.
        let result = unsafe { self.processor.process(&raw mut data) };
        let is_finite = |bus: &Bus| bus.0.iter().flatten().all(|sample| sample.is_finite());
        accepted(result, "a block")?;
        if self.outputs.iter().all(is_finite) {
            return Ok(());
        }
        Err("an output is not finite".to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // SAFETY: the instance is active.
        unsafe {
            self.processor.setProcessing(0);
            self.instance.component().setActive(0);
        }
    }
}

fn buses(instance: &Instance, direction: i32) -> Vec<Bus> {
    let component = instance.component();
    let audio = MediaTypes_::kAudio as i32;
    // SAFETY: the component is initialised, the indices are below the count, the place is valid.
    unsafe {
        (0..component.getBusCount(audio, direction))
            .map(|index| {
                let mut info: BusInfo = std::mem::zeroed();
                component.getBusInfo(audio, direction, index, &raw mut info);
                component.activateBus(audio, direction, index, 1);
                Bus(vec![vec![0.0; FRAMES]; info.channelCount.max(0) as usize])
            })
            .collect()
    }
}

impl Bus {
    fn pointers(&mut self) -> Vec<*mut f32> {
        self.0.iter_mut().map(Vec::as_mut_ptr).collect()
    }
}

fn buffers(channels: &mut [*mut f32]) -> AudioBusBuffers {
    AudioBusBuffers {
        numChannels: channels.len() as i32,
        silenceFlags: 0,
        __field0: AudioBusBuffers__type0 {
            channelBuffers32: channels.as_mut_ptr(),
        },
    }
}
