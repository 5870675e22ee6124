//! One block: everything between the host's `process` and the plug-in's.

use std::sync::Arc;

use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process};
use rtrb::Producer;
use vst3::ComRef;
use vst3::Steinberg::Vst::{Event, IEventListTrait, SymbolicSampleSizes_::kSample32};
use vst3::Steinberg::Vst::{IParamValueQueue, IParamValueQueueTrait, IParameterChangesTrait};
use vst3::Steinberg::Vst::{ProcessContext, ProcessData};
use vst3::Steinberg::{kInternalError, kInvalidArgument, kNotInitialized, kResultOk, tresult};

use crate::events::{AnyEvent, Queue};
use crate::guard::{Role, as_role};
use crate::layout::Layout;
use crate::notes::{self, NoteBook};
use crate::output::{Edit, Output, release_all};
use crate::params::{Params, Target};
use crate::plugin::Plugin;
use crate::ports::{Ports, host_busses, is_in, silence_all, silence_from};
use crate::ticks::Ticks;
use crate::transport::transport;

/// What the audio thread owns while it runs. Behind the [`Gate`](crate::gate::Gate) of the instance.
pub(crate) struct Processor {
    pub(crate) params: Arc<Params>,
    held: Vec<bool>,
    edits: Producer<Edit>,
    queue: Queue,
    active: Option<Active>,
}

/// What exists between `activate` and `deactivate`.
pub(crate) struct Active {
    pub(crate) plugin: Arc<Plugin>,
    layout: Arc<Layout>,
    rate: f64,
    max_frames: usize,
    is_started: bool,
    steady_time: i64,
    inputs: Ports,
    outputs: Ports,
    notes: NoteBook,
    ticks: Ticks,
}

impl Active {
    /// `[main-thread]` Allocates everything for blocks of up to `max_frames`.
    pub(crate) fn new(plugin: Arc<Plugin>, layout: Arc<Layout>, rate: f64, max: usize) -> Self {
        Self {
            plugin,
            rate,
            max_frames: max,
            is_started: false,
            steady_time: 0,
            inputs: Ports::new(&layout.inputs, max),
            outputs: Ports::new(&layout.outputs, max),
            notes: NoteBook::new(),
            ticks: Ticks::default(),
            layout,
        }
    }

    fn start(&mut self) -> bool {
        if !self.is_started {
            self.is_started = self.plugin.start_processing();
        }
        self.is_started
    }

    /// `[audio-thread]`, which any thread is while nothing is processed.
    pub(crate) fn stop(&mut self) {
        if std::mem::take(&mut self.is_started) {
            as_role(Role::Audio, || self.plugin.stop_processing());
        }
    }
}

impl Processor {
    pub(crate) fn new(edits: Producer<Edit>) -> Self {
        Self {
            params: Arc::default(),
            held: Vec::new(),
            edits,
            queue: Queue::new(),
            active: None,
        }
    }

    /// `[main-thread & !active]` Replaces the parameters; returns the former ones.
    pub(crate) fn set_params(&mut self, params: Arc<Params>) -> Arc<Params> {
        release_all(&self.params, &mut self.held, &mut self.edits);
        self.held = vec![false; params.len()];
        std::mem::replace(&mut self.params, params)
    }

    /// `[main-thread]` Lets the audio thread process.
    pub(crate) fn activate(&mut self, active: Active) {
        self.active = Some(active);
    }

    /// `[main-thread]` Ends what [`activate`](Self::activate) began; the caller deactivates the
    /// plug-in and drops what comes back.
    pub(crate) fn deactivate(&mut self) -> Option<Active> {
        let mut active = self.active.take()?;
        active.stop();
        release_all(&self.params, &mut self.held, &mut self.edits);
        self.queue.truncate(0);
        Some(active)
    }

    /// Stops without deactivating.
    pub(crate) fn stop(&mut self) {
        if let Some(active) = &mut self.active {
            active.stop();
        }
    }

    /// Whether the plug-in has been started, so that the host's blocks bring its parameter changes.
    pub(crate) fn is_running(&self) -> bool {
        self.active.as_ref().is_some_and(|active| active.is_started)
    }

    /// `[main-thread]`, while no block runs: gives the plug-in values between 0 and 1 by parameter
    /// index, and takes what it has to say.
    pub(crate) fn flush(&mut self, plugin: &Plugin, values: &[(usize, f64)]) {
        let carried = self.queue.len();
        for (index, value) in values {
            if let Some(event) = event_of(&self.params, *index, *value) {
                self.queue.push(0, event);
            }
        }
        let role = if self.active.is_some() {
            Role::Audio
        } else {
            Role::Main
        };
        as_role(role, || self.flush_behind(carried, plugin, None));
    }

    /// Flushes what was queued behind the first `carried` events.
    fn flush_behind(&mut self, carried: usize, plugin: &Plugin, data: Option<&ProcessData>) {
        self.queue.show_behind(carried);
        // SAFETY: the host passes null or a list for the time of the call.
        let changes =
            data.and_then(|data| unsafe { ComRef::from_raw(data.outputParameterChanges) });
        let mut output = Output {
            params: &self.params,
            held: &mut self.held,
            edits: &mut self.edits,
            changes,
            events: None,
            start: 0,
            frames: 1,
        };
        plugin.flush(&self.queue.as_clap(), &output.as_clap());
        self.queue.truncate(carried);
    }

    /// `[audio-thread]` One block of the host, of any length. `inactive` has a bit for each output bus
    /// whose memory is not to be touched.
    ///
    /// # Safety
    /// Everything that `data` points to is valid for the call, but for inactive busses.
    pub(crate) unsafe fn process(&mut self, data: &ProcessData, inactive: u64) -> tresult {
        let is_narrow = data.symbolicSampleSize == kSample32 as i32;
        let Ok(frames) = u32::try_from(data.numSamples) else {
            return kInvalidArgument;
        };
        let is_ready = is_narrow && self.active.as_mut().is_some_and(Active::start);
        // SAFETY: the caller vouches for the data.
        unsafe {
            if !is_ready {
                silence_all(data, inactive);
                return if is_narrow {
                    kNotInitialized
                } else {
                    kInvalidArgument
                };
            }
            if frames == 0 {
                self.process_nothing(data);
                return kResultOk;
            }
            self.collect_params(data, frames);
            self.collect_notes(data, frames);
            self.queue.sort();
            let result = self.process_parts(data, frames, inactive);
            self.queue.truncate(0);
            result
        }
    }

    /// A block without frames: parameters at once, notes with the next block.
    ///
    /// # Safety
    /// As for `process`.
    unsafe fn process_nothing(&mut self, data: &ProcessData) {
        let carried = self.queue.len();
        // SAFETY: the caller vouches for the data.
        unsafe { self.collect_params(data, 0) };
        if let Some(active) = &self.active {
            let plugin = Arc::clone(&active.plugin);
            self.flush_behind(carried, &plugin, Some(data));
        }
        // SAFETY: the caller vouches for the data.
        unsafe { self.collect_notes(data, 0) };
    }

    /// Queues every point of every parameter.
    ///
    /// # Safety
    /// As for `process`.
    unsafe fn collect_params(&mut self, data: &ProcessData, frames: u32) {
        // SAFETY: the host passes null or a list for the time of the call, and so are its queues.
        unsafe {
            let Some(changes) = ComRef::from_raw(data.inputParameterChanges) else {
                return;
            };
            for index in 0..changes.getParameterCount() {
                if let Some(points) = ComRef::from_raw(changes.getParameterData(index)) {
                    self.collect_points(points, frames);
                }
            }
        }
    }

    /// # Safety
    /// `points` is the host's.
    unsafe fn collect_points(&mut self, points: ComRef<'_, IParamValueQueue>, frames: u32) {
        // SAFETY: the caller vouches for the queue.
        let (id, count) = unsafe { (points.getParameterId(), points.getPointCount()) };
        let Some(index) = self.params.find(id) else {
            return;
        };
        // What the user holds follows the user; the host only repeats what it was told.
        let is_held = self.held.get(index).copied().unwrap_or(false);
        let Some(param) = self.params.get(index).filter(|param| param.is_writable()) else {
            return;
        };
        if is_held {
            return;
        }
        for point in 0..count {
            let is_last = point + 1 == count;
            if self.queue.is_crowded() && !is_last {
                continue;
            }
            let (mut offset, mut value) = (0, 0.0);
            // SAFETY: both are places on the stack.
            let result = unsafe { points.getPoint(point, &raw mut offset, &raw mut value) };
            if result != kResultOk || value.is_nan() {
                continue;
            }
            param.set_value(value);
            if let Some(event) = event_of(&self.params, index, value) {
                self.queue.push(inside(offset, frames), event);
            }
        }
    }

    /// # Safety
    /// As for `process`.
    unsafe fn collect_notes(&mut self, data: &ProcessData, frames: u32) {
        // SAFETY: the host passes null or a list for the time of the call.
        let (Some(events), Some(active)) = (
            unsafe { ComRef::from_raw(data.inputEvents) },
            &mut self.active,
        ) else {
            return;
        };
        // SAFETY: as above.
        for index in 0..unsafe { events.getEventCount() } {
            let mut event = EMPTY_EVENT;
            // SAFETY: the event is a place on the stack.
            if unsafe { events.getEvent(index, &raw mut event) } != kResultOk {
                continue;
            }
            let is_data = event.r#type == DATA_EVENT;
            if frames == 0 && is_data {
                continue;
            }
            let time = inside(event.sampleOffset, frames);
            let busses = &active.layout.note_inputs;
            // SAFETY: the host's events are what their types say, for the time of the call; data,
            // which would be gone, is not carried to another block.
            unsafe { notes::queue(&event, time, busses, &mut active.notes, &mut self.queue) };
        }
    }

    /// Processes the block in parts that are no longer than the host has promised.
    ///
    /// # Safety
    /// As for `process`; the samples are of 32 bits.
    unsafe fn process_parts(&mut self, data: &ProcessData, frames: u32, inactive: u64) -> tresult {
        let Some(active) = &mut self.active else {
            return kNotInitialized;
        };
        // SAFETY: the caller vouches for the data; inputs and outputs are separate lists.
        let (inputs, outputs) = unsafe {
            (
                host_busses(data.inputs, data.numInputs),
                host_busses(data.outputs, data.numOutputs),
            )
        };
        // SAFETY: the same.
        unsafe {
            active.outputs.find_outputs(&active.layout.outputs, outputs);
            active
                .inputs
                .find_inputs(&active.layout, inputs, &active.outputs);
        }
        let mut output = Output {
            params: &self.params,
            held: &mut self.held,
            edits: &mut self.edits,
            // SAFETY: the host passes null or a list for the time of the call.
            changes: unsafe { ComRef::from_raw(data.outputParameterChanges) },
            // SAFETY: the same.
            events: unsafe { ComRef::from_raw(data.outputEvents) },
            start: 0,
            frames: 0,
        };
        for bus in outputs.iter_mut() {
            bus.silenceFlags = u64::MAX;
        }
        let mut start = 0;
        while start < frames {
            let part = (frames - start).min(active.max_frames as u32);
            (output.start, output.frames) = (start, part);
            self.queue.show(start, start + part);
            // SAFETY: the part lies inside of the block.
            let status = unsafe { active.process_part(data, &self.queue, &mut output) };
            if status == CLAP_PROCESS_ERROR {
                // SAFETY: the caller vouches for the data.
                unsafe { silence_all(data, inactive) };
                return kInternalError;
            }
            for (port, bus) in outputs.iter_mut().enumerate() {
                // SAFETY: the part was just processed.
                bus.silenceFlags &= unsafe { active.outputs.silence_of(port, part as usize) };
            }
            start += part;
        }
        for (index, bus) in outputs.iter_mut().enumerate() {
            if is_in(inactive, index) {
                continue;
            }
            let known = active
                .layout
                .outputs
                .get(index)
                .map_or(0, |bus| bus.channels);
            // SAFETY: the bus belongs to the data.
            unsafe { silence_from(bus, known, data) };
        }
        kResultOk
    }
}

impl Active {
    /// # Safety
    /// The part of the block that `output` names lies inside of the buffers that were found.
    unsafe fn process_part(
        &mut self,
        data: &ProcessData,
        queue: &Queue,
        output: &mut Output,
    ) -> i32 {
        let (start, frames) = (output.start, output.frames);
        // SAFETY: the host passes null or a context for the time of the call.
        let context: Option<&ProcessContext> = unsafe { data.processContext.as_ref() };
        let context = context.map(|context| self.ticks.exact(context, self.rate));
        let transport = context.map(|context| transport(&context, start, self.rate));
        // SAFETY: the caller vouches for the part.
        unsafe {
            self.inputs.aim_inputs(start as usize, frames as usize);
            self.outputs.aim_outputs(start as usize);
        }
        let (in_events, out_events) = (queue.as_clap(), output.as_clap());
        let block = clap_process {
            steady_time: self.steady_time,
            frames_count: frames,
            transport: transport
                .as_ref()
                .map_or(std::ptr::null(), |it| &raw const *it),
            audio_inputs: self.inputs.buffers.as_ptr(),
            audio_outputs: self.outputs.buffers.as_mut_ptr(),
            audio_inputs_count: self.inputs.buffers.len() as u32,
            audio_outputs_count: self.outputs.buffers.len() as u32,
            in_events: &raw const in_events,
            out_events: &raw const out_events,
        };
        self.steady_time = self.steady_time.saturating_add(i64::from(frames));
        // SAFETY: all of it lives on this stack or in `self`.
        unsafe { self.plugin.process(&block) }
    }
}

const DATA_EVENT: u16 = vst3::Steinberg::Vst::Event_::EventTypes_::kDataEvent as u16;

const EMPTY_EVENT: Event = Event {
    busIndex: 0,
    sampleOffset: 0,
    ppqPosition: 0.0,
    flags: 0,
    r#type: u16::MAX,
    __field0: vst3::Steinberg::Vst::Event__type0 {
        noteOff: vst3::Steinberg::Vst::NoteOffEvent {
            channel: 0,
            pitch: 0,
            velocity: 0.0,
            noteId: -1,
            tuning: 0.0,
        },
    },
};

/// The host's offset as a time inside of the block.
fn inside(offset: i32, frames: u32) -> u32 {
    u32::try_from(offset)
        .unwrap_or(0)
        .min(frames.saturating_sub(1))
}

/// The event that gives the plug-in a value between 0 and 1.
fn event_of(params: &Params, index: usize, value: f64) -> Option<AnyEvent> {
    let param = params.get(index)?;
    Some(match param.target {
        Target::Param { id, cookie } => AnyEvent::param(id, cookie, param.plain(value)),
        Target::Midi(controller) => AnyEvent::midi(0, controller.message(value)),
    })
}
