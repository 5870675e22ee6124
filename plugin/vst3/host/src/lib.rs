//! A VST3 host in the same process, which calls the interfaces as a DAW does, well or badly. For
//! tests and benchmarks: what cannot be is a panic. Its lists never allocate while a block runs.

#![allow(
    non_snake_case,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the interfaces count in i32, and a host for tests stops at what cannot be"
)]
#![allow(
    clippy::missing_safety_doc,
    reason = "methods of interfaces, whose rules VST3 states"
)]

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard, PoisonError};

use assert_no_alloc::assert_no_alloc;
use vst3::Steinberg::Linux::{IRunLoop, IRunLoopTrait, ITimerHandler, ITimerHandlerTrait};
use vst3::Steinberg::Vst::*;
use vst3::Steinberg::*;
use vst3::{Class, ComPtr, ComRef, ComWrapper};

/// Sample rate of [`Rig::activate`], in hertz.
pub const RATE: f64 = 48_000.0;
/// Longest block that [`Rig::activate`] promises, in frames.
pub const MAX: usize = 256;

/// Everything that the plug-in says to its host.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A gesture of the parameter with this id begins.
    Begin(u32),
    /// Its value, 0..=1.
    Perform(u32, f64),
    /// The gesture ends.
    End(u32),
    /// Flags of `restartComponent`.
    Restart(i32),
    /// There is something new to save.
    Dirty,
    /// A view wants this width and height.
    Resize(i32, i32),
}

/// Application, run loop, component handler and frame in one.
#[derive(Default)]
pub struct Ear {
    said: Mutex<Vec<Said>>,
    timers: Mutex<Vec<ComPtr<ITimerHandler>>>,
}

impl Class for Ear {
    type Interfaces = (
        IHostApplication,
        IRunLoop,
        IComponentHandler,
        IComponentHandler2,
        IPlugFrame,
    );
}

impl Ear {
    fn hear(&self, said: Said) -> tresult {
        lock(&self.said).push(said);
        kResultOk
    }

    /// What was said since the last time.
    pub fn heard(&self) -> Vec<Said> {
        std::mem::take(&mut lock(&self.said))
    }

    /// One turn of the run loop.
    pub fn turn(&self) {
        let timers = lock(&self.timers).clone();
        for timer in timers {
            // SAFETY: registered and alive.
            unsafe { timer.onTimer() };
        }
    }

    /// Timers of the run loop.
    pub fn timer_count(&self) -> usize {
        lock(&self.timers).len()
    }
}

impl IHostApplicationTrait for Ear {
    unsafe fn getName(&self, name: *mut String128) -> tresult {
        // SAFETY: the plug-in passes a place.
        unsafe { name.write(wide("Test host")) };
        kResultOk
    }

    unsafe fn createInstance(&self, _: *mut TUID, _: *mut TUID, _: *mut *mut c_void) -> tresult {
        kNotImplemented
    }
}

impl IRunLoopTrait for Ear {
    unsafe fn registerEventHandler(&self, _: *mut Linux::IEventHandler, _fd: i32) -> tresult {
        kNotImplemented
    }

    unsafe fn unregisterEventHandler(&self, _: *mut Linux::IEventHandler) -> tresult {
        kNotImplemented
    }

    unsafe fn registerTimer(&self, timer: *mut ITimerHandler, _milliseconds: u64) -> tresult {
        // SAFETY: the plug-in passes a handler.
        lock(&self.timers).push(unsafe { ComRef::from_raw(timer).unwrap().to_com_ptr() });
        kResultOk
    }

    unsafe fn unregisterTimer(&self, timer: *mut ITimerHandler) -> tresult {
        let mut timers = lock(&self.timers);
        let place = timers.iter().position(|other| other.as_ptr() == timer);
        let gone = place.map(|place| timers.remove(place));
        drop(timers);
        if gone.is_some() {
            kResultOk
        } else {
            kResultFalse
        }
    }
}

impl IComponentHandlerTrait for Ear {
    unsafe fn beginEdit(&self, id: u32) -> tresult {
        self.hear(Said::Begin(id))
    }

    unsafe fn performEdit(&self, id: u32, value: f64) -> tresult {
        self.hear(Said::Perform(id, value))
    }

    unsafe fn endEdit(&self, id: u32) -> tresult {
        self.hear(Said::End(id))
    }

    unsafe fn restartComponent(&self, flags: i32) -> tresult {
        self.hear(Said::Restart(flags))
    }
}

impl IComponentHandler2Trait for Ear {
    unsafe fn setDirty(&self, _state: TBool) -> tresult {
        self.hear(Said::Dirty)
    }

    unsafe fn requestOpenEditor(&self, _name: FIDString) -> tresult {
        kNotImplemented
    }

    unsafe fn startGroupEdit(&self) -> tresult {
        kNotImplemented
    }

    unsafe fn finishGroupEdit(&self) -> tresult {
        kNotImplemented
    }
}

impl IPlugFrameTrait for Ear {
    unsafe fn resizeView(&self, view: *mut IPlugView, size: *mut ViewRect) -> tresult {
        // SAFETY: the plug-in passes its view and a rectangle.
        unsafe {
            self.hear(Said::Resize((*size).right, (*size).bottom));
            ComRef::from_raw(view).unwrap().onSize(size)
        }
    }
}

const MOST: usize = 512;

/// Parameter points of one block: `(id, offset, value)` in queues by id.
#[derive(Default)]
pub struct Changes {
    queues: Mutex<Vec<ComWrapper<Points>>>,
}

/// Points of one parameter.
pub struct Points {
    id: u32,
    points: Mutex<Vec<(i32, f64)>>,
}

impl Class for Changes {
    type Interfaces = (IParameterChanges,);
}

impl Class for Points {
    type Interfaces = (IParamValueQueue,);
}

impl Changes {
    /// Queues for `ids`, empty but with room.
    fn new(ids: &[u32]) -> ComWrapper<Self> {
        let queue = |id: &u32| {
            ComWrapper::new(Points {
                id: *id,
                points: Mutex::new(Vec::with_capacity(MOST)),
            })
        };
        ComWrapper::new(Self {
            queues: Mutex::new(ids.iter().map(queue).collect()),
        })
    }

    fn of(list: &[(u32, i32, f64)]) -> ComWrapper<Self> {
        let mut ids: Vec<u32> = list.iter().map(|(id, ..)| *id).collect();
        ids.dedup();
        let changes = Self::new(&ids);
        for queue in lock(&changes.queues).iter() {
            let points = list.iter().filter(|(id, ..)| *id == queue.id);
            lock(&queue.points).extend(points.map(|(_, offset, value)| (*offset, *value)));
        }
        changes
    }

    fn list(&self) -> Vec<(u32, i32, f64)> {
        let queues = lock(&self.queues);
        let of = |queue: &ComWrapper<Points>| -> Vec<_> {
            let points = lock(&queue.points);
            points
                .iter()
                .map(|(offset, value)| (queue.id, *offset, *value))
                .collect()
        };
        queues.iter().flat_map(of).collect()
    }
}

impl IParameterChangesTrait for Changes {
    unsafe fn getParameterCount(&self) -> i32 {
        lock(&self.queues).len() as i32
    }

    unsafe fn getParameterData(&self, index: i32) -> *mut IParamValueQueue {
        let queues = lock(&self.queues);
        let queue = queues.get(index as usize);
        queue.map_or(null_mut(), |queue| queue.as_com_ref().unwrap().as_ptr())
    }

    unsafe fn addParameterData(&self, id: *const u32, index: *mut i32) -> *mut IParamValueQueue {
        // SAFETY: the plug-in passes an id and a place.
        unsafe {
            let queues = lock(&self.queues);
            let Some(place) = queues.iter().position(|queue| queue.id == *id) else {
                return null_mut();
            };
            *index = place as i32;
            queues[place].as_com_ref().unwrap().as_ptr()
        }
    }
}

impl IParamValueQueueTrait for Points {
    unsafe fn getParameterId(&self) -> u32 {
        self.id
    }

    unsafe fn getPointCount(&self) -> i32 {
        lock(&self.points).len() as i32
    }

    unsafe fn getPoint(&self, index: i32, offset: *mut i32, value: *mut f64) -> tresult {
        let points = lock(&self.points);
        let Some(point) = points.get(index as usize) else {
            return kInvalidArgument;
        };
        // SAFETY: the plug-in passes two places.
        unsafe { (*offset, *value) = *point };
        kResultOk
    }

    unsafe fn addPoint(&self, offset: i32, value: f64, _index: *mut i32) -> tresult {
        let mut points = lock(&self.points);
        if points.len() == points.capacity() {
            return kResultFalse;
        }
        points.push((offset, value));
        kResultOk
    }
}

/// Events of one block.
pub struct Events(Mutex<Vec<Event>>);

impl Class for Events {
    type Interfaces = (IEventList,);
}

impl Events {
    fn of(list: &[Event]) -> ComWrapper<Self> {
        let mut events = Vec::with_capacity(MOST);
        events.extend_from_slice(list);
        ComWrapper::new(Self(Mutex::new(events)))
    }
}

impl IEventListTrait for Events {
    unsafe fn getEventCount(&self) -> i32 {
        lock(&self.0).len() as i32
    }

    unsafe fn getEvent(&self, index: i32, event: *mut Event) -> tresult {
        let events = lock(&self.0);
        let Some(found) = events.get(index as usize) else {
            return kInvalidArgument;
        };
        // SAFETY: the plug-in passes a place.
        unsafe { event.write(*found) };
        kResultOk
    }

    unsafe fn addEvent(&self, event: *mut Event) -> tresult {
        let mut events = lock(&self.0);
        if events.len() == events.capacity() {
            return kResultFalse;
        }
        // SAFETY: the plug-in passes an event.
        events.push(unsafe { *event });
        kResultOk
    }
}

/// A stream in memory that reads and writes at most `part` bytes at once.
pub struct Stream {
    bytes: Mutex<(Vec<u8>, usize)>,
    part: usize,
    /// Reads never end.
    is_endless: bool,
}

impl Class for Stream {
    type Interfaces = (IBStream,);
}

impl Stream {
    /// A stream of these bytes.
    pub fn of(bytes: &[u8], part: usize) -> ComWrapper<Self> {
        ComWrapper::new(Self {
            bytes: Mutex::new((bytes.to_vec(), 0)),
            part,
            is_endless: false,
        })
    }

    /// A stream that never ends.
    pub fn endless() -> ComWrapper<Self> {
        ComWrapper::new(Self {
            bytes: Mutex::default(),
            part: usize::MAX,
            is_endless: true,
        })
    }

    /// All that was written.
    pub fn bytes(&self) -> Vec<u8> {
        lock(&self.bytes).0.clone()
    }
}

impl IBStreamTrait for Stream {
    unsafe fn read(&self, buffer: *mut c_void, size: i32, count: *mut i32) -> tresult {
        let mut bytes = lock(&self.bytes);
        let (data, at) = &mut *bytes;
        let rest = if self.is_endless {
            usize::MAX
        } else {
            data.len() - *at
        };
        let length = rest.min(size as usize).min(self.part);
        // SAFETY: the plug-in passes `size` bytes and a place.
        unsafe {
            if !self.is_endless {
                buffer.cast::<u8>().copy_from(data[*at..].as_ptr(), length);
                *at += length;
            }
            *count = length as i32;
        }
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, size: i32, count: *mut i32) -> tresult {
        let length = (size as usize).min(self.part);
        // SAFETY: the plug-in passes `size` bytes and a place.
        unsafe {
            let from = std::slice::from_raw_parts(buffer.cast::<u8>(), length);
            lock(&self.bytes).0.extend_from_slice(from);
            *count = length as i32;
        }
        kResultOk
    }

    unsafe fn seek(&self, _: i64, _: i32, _: *mut i64) -> tresult {
        kNotImplemented
    }

    unsafe fn tell(&self, _: *mut i64) -> tresult {
        kNotImplemented
    }
}

/// What one block gets and gives. Busses hold channels; an absent channel is a null pointer.
#[derive(Default)]
pub struct Block {
    /// Its length.
    pub frames: usize,
    /// Input busses.
    pub inputs: Vec<Vec<Option<Vec<f32>>>>,
    /// Output busses.
    pub outputs: Vec<Vec<Option<Vec<f32>>>>,
    /// Points of parameters: id, offset, value 0..=1.
    pub changes: Vec<(u32, i32, f64)>,
    /// Notes and what belongs to them.
    pub events: Vec<Event>,
    /// The transport.
    pub context: Option<ProcessContext>,
    /// Passes the main input's buffers as the main output.
    pub is_in_place: bool,
    /// Passes no lists at all.
    pub is_bare: bool,
    /// Points that came out.
    pub said_changes: Vec<(u32, i32, f64)>,
    /// Events that came out.
    pub said_events: Vec<Event>,
    /// Silence flags of the output busses.
    pub silence: Vec<u64>,
}

/// A bus of two channels that hold `value`.
pub fn stereo(frames: usize, value: f32) -> Vec<Option<Vec<f32>>> {
    vec![Some(vec![value; frames]); 2]
}

impl Block {
    /// All busses; ones on the main input, silence elsewhere, rubbish in the outputs.
    pub fn new(frames: usize) -> Self {
        Self {
            frames,
            inputs: vec![stereo(frames, 1.0), stereo(frames, 0.0)],
            outputs: vec![stereo(frames, 9.0), stereo(frames, 9.0)],
            ..Self::default()
        }
    }

    /// What came out of a channel.
    pub fn out(&self, bus: usize, channel: usize) -> &[f32] {
        self.outputs[bus][channel].as_ref().unwrap()
    }
}

fn pointers(busses: &mut [Vec<Option<Vec<f32>>>]) -> Vec<Vec<*mut f32>> {
    let of =
        |channel: &mut Option<Vec<f32>>| channel.as_mut().map_or(null_mut(), |it| it.as_mut_ptr());
    // A read behind the last channel finds a pointer that crashes.
    let poison = std::iter::once(std::ptr::dangling_mut());
    busses
        .iter_mut()
        .map(|bus| bus.iter_mut().map(of).chain(poison.clone()).collect())
        .collect()
}

fn bus_buffers(channels: &mut [Vec<*mut f32>]) -> Vec<AudioBusBuffers> {
    let bus = |count: usize, channels| AudioBusBuffers {
        numChannels: count as i32,
        silenceFlags: 0,
        __field0: AudioBusBuffers__type0 {
            channelBuffers32: channels,
        },
    };
    let of = |channels: &mut Vec<*mut f32>| match channels.len() - 1 {
        0 => bus(0, null_mut()),
        count => bus(count, channels.as_mut_ptr()),
    };
    // The same behind the last bus.
    let poison = std::iter::once(bus(2, std::ptr::dangling_mut()));
    channels.iter_mut().map(of).chain(poison).collect()
}

/// One plug-in in the host.
pub struct Rig {
    /// The processor's face.
    pub component: ComPtr<IComponent>,
    /// The same.
    pub processor: ComPtr<IAudioProcessor>,
    /// The controller's face.
    pub controller: ComPtr<IEditController>,
    /// What hears the plug-in.
    pub ear: ComWrapper<Ear>,
    /// Some hosts only let go.
    pub forgets_to_terminate: bool,
    /// The host's process mode: 0 is real time, 2 is offline.
    pub mode: i32,
    beats: Mutex<Option<f64>>,
    /// Bytes of a state that are read or written at once.
    pub part: usize,
}

impl Rig {
    /// The class `id` of `factory`, created and not initialised.
    pub fn created(factory: &ComPtr<IPluginFactory>, id: &TUID) -> Self {
        let mut object = null_mut();
        let iid = IComponent_iid;
        // SAFETY: the factory is alive, and the ids and the place are.
        let component = unsafe {
            let result = factory.createInstance(id.as_ptr(), iid.as_ptr(), &raw mut object);
            assert_eq!(result, kResultOk);
            ComPtr::<IComponent>::from_raw(object.cast()).unwrap()
        };
        Self {
            processor: component.cast().unwrap(),
            controller: component.cast().unwrap(),
            component,
            ear: ComWrapper::new(Ear::default()),
            forgets_to_terminate: false,
            mode: 0,
            beats: Mutex::new(None),
            part: 3,
        }
    }

    /// Initialised, with a handler.
    pub fn new(factory: &ComPtr<IPluginFactory>, id: &TUID) -> Self {
        let rig = Self::created(factory, id);
        rig.initialize();
        rig
    }

    /// Initialises, and gives it a handler.
    pub fn initialize(&self) {
        let context = self.ear.as_com_ref::<IHostApplication>().unwrap();
        let handler = self.ear.as_com_ref::<IComponentHandler>().unwrap();
        // SAFETY: all objects are alive.
        unsafe {
            assert_eq!(
                self.component.initialize(context.as_ptr().cast()),
                kResultOk
            );
            assert_eq!(
                self.controller.setComponentHandler(handler.as_ptr()),
                kResultOk
            );
        }
    }

    /// Switches an audio bus on or off.
    pub fn activate_bus(&self, is_input: bool, index: i32, is_active: bool) {
        let direction = if is_input {
            BusDirections_::kInput
        } else {
            BusDirections_::kOutput
        };
        let audio = MediaTypes_::kAudio as i32;
        let state = TBool::from(is_active);
        // SAFETY: no pointers.
        let result = unsafe {
            self.component
                .activateBus(audio, direction as i32, index, state)
        };
        assert_eq!(result, kResultOk);
    }

    /// Sets up without activating; what the plug-in answers is not looked at.
    pub fn set_up(&self, rate: f64, max: usize) {
        let mut setup = ProcessSetup {
            processMode: self.mode,
            symbolicSampleSize: 0,
            maxSamplesPerBlock: max as i32,
            sampleRate: rate,
        };
        // SAFETY: the set-up is on the stack.
        unsafe { self.processor.setupProcessing(&raw mut setup) };
    }

    /// Sets up for [`RATE`] and [`MAX`], activates and lets it process.
    pub fn activate(&self) {
        self.start(RATE, MAX);
    }

    /// Sets up, activates and lets it process.
    pub fn start(&self, rate: f64, max: usize) {
        self.set_up(rate, max);
        // SAFETY: no pointers.
        unsafe {
            assert_eq!(self.component.setActive(1), kResultOk);
            assert_eq!(self.processor.setProcessing(1), kResultOk);
        }
    }

    /// Ends what [`Rig::start`] began.
    pub fn deactivate(&self) {
        // SAFETY: no pointers.
        unsafe {
            self.processor.setProcessing(0);
            assert_eq!(self.component.setActive(0), kResultOk);
        }
    }

    /// Processes, and fails on any allocation where assert_no_alloc's allocator is the global one.
    pub fn process(&self, block: &mut Block) -> tresult {
        self.process_in(block, &mut |run| run())
    }

    /// Says where the song of a block's context is at the next call, in quarter notes.
    pub fn set_beats(&self, beats: f64) {
        *lock(&self.beats) = Some(beats);
    }

    /// As [`Rig::process`]; `around` calls what it is given to process the block, as often as it
    /// likes. What comes out is that of the last time.
    pub fn process_in(
        &self,
        block: &mut Block,
        around: &mut dyn FnMut(&mut dyn FnMut()),
    ) -> tresult {
        let mut inputs = pointers(&mut block.inputs);
        let mut outputs = pointers(&mut block.outputs);
        if block.is_in_place {
            outputs[0] = inputs[0].clone();
        }
        let mut input_busses = bus_buffers(&mut inputs);
        let mut output_busses = bus_buffers(&mut outputs);
        let changes = Changes::of(&block.changes);
        let events = Events::of(&block.events);
        // SAFETY: no pointers.
        let count = unsafe { self.controller.getParameterCount() };
        let ids: Vec<u32> = (0..count).map(|index| self.id(index)).collect();
        let said_changes = Changes::new(&ids);
        let said_events = Events::of(&[]);
        let is_bare = block.is_bare;
        let mut data = ProcessData {
            processMode: self.mode,
            symbolicSampleSize: 0,
            numSamples: block.frames as i32,
            numInputs: block.inputs.len() as i32,
            numOutputs: block.outputs.len() as i32,
            inputs: input_busses.as_mut_ptr(),
            outputs: output_busses.as_mut_ptr(),
            inputParameterChanges: pointer(&changes, is_bare),
            outputParameterChanges: pointer(&said_changes, is_bare),
            inputEvents: pointer(&events, is_bare),
            outputEvents: pointer(&said_events, is_bare),
            processContext: block.context.as_mut().map_or(null_mut(), |it| &raw mut *it),
        };
        let mut result = kResultOk;
        around(&mut || {
            // SAFETY: null, or the block's context on this stack.
            if let (Some(beats), Some(context)) = (lock(&self.beats).take(), unsafe {
                data.processContext.as_mut()
            }) {
                context.projectTimeMusic = beats;
            }
            // SAFETY: everything lives on this stack.
            result = assert_no_alloc(|| unsafe { self.processor.process(&raw mut data) });
        });
        block.said_changes = said_changes.list();
        block.said_events = lock(&said_events.0).clone();
        output_busses.pop();
        block.silence = output_busses.iter().map(|bus| bus.silenceFlags).collect();
        result
    }

    /// The id of the parameter at an index.
    pub fn id(&self, index: i32) -> u32 {
        self.info(index).id
    }

    /// What is said about the parameter at an index.
    pub fn info(&self, index: i32) -> ParameterInfo {
        // SAFETY: plain numbers, for which zero is valid.
        let mut info: ParameterInfo = unsafe { std::mem::zeroed() };
        // SAFETY: the place is on the stack.
        let result = unsafe { self.controller.getParameterInfo(index, &raw mut info) };
        assert_eq!(result, kResultOk);
        info
    }

    /// The value, 0..=1, that the controller shows.
    pub fn value(&self, id: u32) -> f64 {
        // SAFETY: no pointers.
        unsafe { self.controller.getParamNormalized(id) }
    }

    /// Sets a value, 0..=1, at the controller.
    pub fn set(&self, id: u32, value: f64) -> tresult {
        // SAFETY: no pointers.
        unsafe { self.controller.setParamNormalized(id, value) }
    }

    /// The state, written in small parts.
    pub fn save(&self) -> Vec<u8> {
        let stream = Stream::of(&[], self.part);
        let pointer = stream.as_com_ref::<IBStream>().unwrap().as_ptr();
        // SAFETY: the stream is alive.
        assert_eq!(unsafe { self.component.getState(pointer) }, kResultOk);
        stream.bytes()
    }

    /// Loads a state, read in small parts.
    pub fn load(&self, bytes: &[u8]) -> tresult {
        self.load_from(&Stream::of(bytes, self.part))
    }

    /// Loads a state out of a stream.
    pub fn load_from(&self, stream: &ComWrapper<Stream>) -> tresult {
        let pointer = stream.as_com_ref::<IBStream>().unwrap().as_ptr();
        // SAFETY: the stream is alive.
        unsafe { self.component.setState(pointer) }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if self.forgets_to_terminate {
            return;
        }
        // SAFETY: no pointers.
        unsafe { self.component.terminate() };
        let is_unwinding = std::thread::panicking();
        assert!(
            is_unwinding || self.ear.timer_count() == 0,
            "a timer outlives its plug-in"
        );
    }
}

/// A plug-in's factory.
///
/// # Safety
/// `factory` is an `IPluginFactory*` with one reference that becomes the caller's.
pub unsafe fn factory(factory: *mut c_void) -> ComPtr<IPluginFactory> {
    // SAFETY: the caller vouches for it.
    unsafe { ComPtr::from_raw(factory.cast()) }.unwrap()
}

/// UTF-16 with a terminating zero, cut where there is no more room.
fn wide(text: &str) -> String128 {
    let mut units = [0; 128];
    let room = units.len() - 1;
    for (unit, from) in units[..room].iter_mut().zip(text.encode_utf16()) {
        *unit = from;
    }
    units
}

/// A panic elsewhere leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pointer<C, I>(object: &ComWrapper<C>, is_bare: bool) -> *mut I
where
    C: Class,
    I: vst3::Interface,
{
    let pointer = object.as_com_ref::<I>().unwrap().as_ptr();
    if is_bare { null_mut() } else { pointer }
}

/// A note at an offset.
pub fn note(offset: i32, pitch: i16, velocity: f32, id: i32) -> Event {
    Event {
        busIndex: 0,
        sampleOffset: offset,
        ppqPosition: 0.0,
        flags: 0,
        r#type: Event_::EventTypes_::kNoteOnEvent as u16,
        __field0: Event__type0 {
            noteOn: NoteOnEvent {
                channel: 0,
                pitch,
                tuning: 0.0,
                velocity,
                length: 0,
                noteId: id,
            },
        },
    }
}
