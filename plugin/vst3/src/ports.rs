//! The buffers of one block: the host's where it gives any, our own where it does not.
//!
//! A host may pass fewer busses than there are, busses with fewer channels or with none, channels
//! that are null, and the same buffer twice. The plug-in always sees all of its ports, each channel
//! with memory of its own (but for an input that CLAP allows to share the buffer of its output).

use clap_sys::audio_buffer::clap_audio_buffer;
use vst3::Steinberg::Vst::{AudioBusBuffers, ProcessData, SymbolicSampleSizes_::kSample64};

use crate::layout::{Bus, Layout};
use crate::plugin::NO_BUFFER;

/// Where the samples of a channel are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// At the host's.
    Host(*mut f32),
    /// At the host's, but another channel writes there: copied first.
    Copy(*mut f32),
    /// Silent input, or output that nobody hears.
    Own,
    /// Output of a bus that the plug-in knows to be inactive: one stretch for all of them.
    Idle,
}

/// The ports of one direction. Everything is sized at activation.
pub(crate) struct Ports {
    /// What the plug-in gets.
    pub(crate) buffers: Vec<clap_audio_buffer>,
    /// The channels that `buffers` point to, port by port.
    pointers: Vec<*mut f32>,
    places: Vec<Place>,
    /// The host's silence flags, port by port.
    silence: Vec<u64>,
    /// One stretch of `max_frames` for each channel, and one for all that are idle.
    own: Vec<f32>,
    max_frames: usize,
}

// SAFETY: the pointers are into `own` or are set anew in each block before they are used.
unsafe impl Send for Ports {}

impl Ports {
    pub(crate) fn new(busses: &[Bus], max_frames: usize) -> Self {
        let channels: usize = busses.iter().map(|bus| bus.channels as usize).sum();
        let mut ports = Self {
            buffers: vec![NO_BUFFER; busses.len()],
            pointers: vec![std::ptr::null_mut(); channels],
            places: vec![Place::Own; channels],
            silence: vec![0; busses.len()],
            own: vec![0.0; (channels + 1) * max_frames],
            max_frames,
        };
        let mut rest = ports.pointers.as_mut_ptr();
        for (buffer, bus) in ports.buffers.iter_mut().zip(busses) {
            buffer.channel_count = bus.channels;
            buffer.data32 = rest;
            // SAFETY: the pointers have room for the channels of all busses.
            rest = unsafe { rest.add(bus.channels as usize) };
        }
        ports
    }

    /// `[audio-thread]` Finds the host's output buffers.
    ///
    /// # Safety
    /// `host` describes buffers that are valid for the block.
    pub(crate) unsafe fn find_outputs(&mut self, busses: &[Bus], host: &[AudioBusBuffers]) {
        let mut at = 0;
        for (index, bus) in busses.iter().enumerate() {
            // Behind an inactive bus some hosts have pointers to nowhere.
            let host = if bus.is_active() { host } else { &[] };
            for channel in 0..bus.channels as usize {
                // SAFETY: the caller vouches for the buffers.
                let place = match unsafe { channel_of(host, index, channel) } {
                    Some(pointer) if !self.writes_to(pointer, at) => Place::Host(pointer),
                    None if !bus.is_active() => Place::Idle,
                    _ => Place::Own,
                };
                self.places[at] = place;
                at += 1;
            }
        }
    }

    /// Whether one of the first `count` channels is at `pointer`.
    fn writes_to(&self, pointer: *mut f32, count: usize) -> bool {
        self.places[..count].contains(&Place::Host(pointer))
    }

    /// `[audio-thread]` Finds the host's input buffers, once the outputs are found.
    ///
    /// # Safety
    /// `host` describes buffers that are valid for the block.
    pub(crate) unsafe fn find_inputs(
        &mut self,
        layout: &Layout,
        host: &[AudioBusBuffers],
        outputs: &Self,
    ) {
        let mut at = 0;
        for (index, bus) in layout.inputs.iter().enumerate() {
            let is_heard = bus.is_active();
            self.silence[index] = host.get(index).map_or(0, |buffers| buffers.silenceFlags);
            for channel in 0..bus.channels as usize {
                // SAFETY: the caller vouches for the buffers.
                let found = unsafe { channel_of(host, index, channel) }.filter(|_| is_heard);
                self.places[at] = match found {
                    None => Place::Own,
                    Some(pointer) => {
                        let partner = outputs.channel_index(&layout.outputs, bus.pair, channel);
                        outputs.input_at(pointer, partner)
                    }
                };
                at += 1;
            }
        }
    }

    /// The index of a channel among all channels, if its bus has it.
    fn channel_index(&self, busses: &[Bus], bus: Option<usize>, channel: usize) -> Option<usize> {
        let bus = bus?;
        let has_it = channel < busses.get(bus)?.channels as usize;
        let before: usize = busses[..bus].iter().map(|bus| bus.channels as usize).sum();
        has_it.then_some(before + channel)
    }

    /// How an input at `pointer` is read while the outputs `self` are written.
    fn input_at(&self, pointer: *mut f32, partner: Option<usize>) -> Place {
        let writer = self
            .places
            .iter()
            .position(|place| *place == Place::Host(pointer));
        match writer {
            Some(writer) if Some(writer) != partner => Place::Copy(pointer),
            _ => Place::Host(pointer),
        }
    }

    /// `[audio-thread]` Prepares the inputs for `frames` frames from `start` on.
    ///
    /// # Safety
    /// The places found are valid for `start + frames` frames, and `frames` is at most the maximum.
    pub(crate) unsafe fn aim_inputs(&mut self, start: usize, frames: usize) {
        let frames = frames.min(self.max_frames);
        let mut at = 0;
        for (buffer, silence) in self.buffers.iter_mut().zip(&self.silence) {
            buffer.constant_mask = 0;
            for channel in 0..buffer.channel_count {
                let own = &mut self.own[at * self.max_frames..][..frames];
                let is_silent = match self.places[at] {
                    Place::Host(pointer) => {
                        // SAFETY: the caller vouches for the length.
                        self.pointers[at] = unsafe { pointer.add(start) };
                        silence >> channel & 1 != 0
                    }
                    Place::Copy(pointer) => {
                        // SAFETY: as above, and our own memory is elsewhere.
                        unsafe { own.as_mut_ptr().copy_from(pointer.add(start), frames) };
                        self.pointers[at] = own.as_mut_ptr();
                        silence >> channel & 1 != 0
                    }
                    Place::Own | Place::Idle => {
                        own.fill(0.0);
                        self.pointers[at] = own.as_mut_ptr();
                        true
                    }
                };
                buffer.constant_mask |= u64::from(is_silent) << channel;
                at += 1;
            }
        }
    }

    /// `[audio-thread]` Prepares the outputs for the frames from `start` on.
    ///
    /// # Safety
    /// The places found are valid from `start` on.
    pub(crate) unsafe fn aim_outputs(&mut self, start: usize) {
        for (at, place) in self.places.iter().enumerate() {
            self.pointers[at] = match place {
                // SAFETY: the caller vouches for the length.
                Place::Host(pointer) => unsafe { pointer.add(start) },
                Place::Copy(_) | Place::Own => self.own[at * self.max_frames..].as_mut_ptr(),
                Place::Idle => self.own[self.places.len() * self.max_frames..].as_mut_ptr(),
            };
        }
        for buffer in &mut self.buffers {
            buffer.constant_mask = 0;
        }
    }

    /// `[audio-thread]` The silence flags of one output port after the plug-in has written `frames`
    /// frames: the channels that it calls constant and that start with zero.
    ///
    /// # Safety
    /// The pointers were aimed at this part of the block.
    pub(crate) unsafe fn silence_of(&self, port: usize, frames: usize) -> u64 {
        let Some(buffer) = self.buffers.get(port).filter(|_| frames > 0) else {
            return 0;
        };
        let constant = (0..buffer.channel_count).filter(|at| buffer.constant_mask >> at & 1 != 0);
        let is_zero = |channel: &u32| {
            // SAFETY: the port has that many channels of at least one frame.
            unsafe { **buffer.data32.add(*channel as usize) == 0.0 }
        };
        constant
            .filter(is_zero)
            .fold(0, |flags, channel| flags | 1 << channel)
    }
}

/// The host's memory for a channel, if it gave any.
///
/// # Safety
/// `host` describes buffers that are valid.
unsafe fn channel_of(host: &[AudioBusBuffers], bus: usize, channel: usize) -> Option<*mut f32> {
    let bus = host.get(bus)?;
    let has_it = usize::try_from(bus.numChannels).is_ok_and(|count| channel < count);
    // SAFETY: the samples of the block are of 32 bits.
    let channels = unsafe { bus.__field0.channelBuffers32 };
    if !has_it || channels.is_null() {
        return None;
    }
    // SAFETY: the bus has more channels than `channel`.
    let pointer = unsafe { *channels.add(channel) };
    (!pointer.is_null()).then_some(pointer)
}

/// The host's busses; empty where it gives none.
///
/// # Safety
/// `busses` is null or points to `count` busses that nobody else uses during `'a`.
pub(crate) unsafe fn host_busses<'a>(
    busses: *mut AudioBusBuffers,
    count: i32,
) -> &'a mut [AudioBusBuffers] {
    match usize::try_from(count) {
        // SAFETY: the caller vouches for it.
        Ok(count) if !busses.is_null() => unsafe { std::slice::from_raw_parts_mut(busses, count) },
        _ => &mut [],
    }
}

/// `[audio-thread]` Silences all outputs of the block but the `inactive` ones, a bit for each.
///
/// # Safety
/// `data` describes buffers that are valid, where they are not inactive.
pub(crate) unsafe fn silence_all(data: &ProcessData, inactive: u64) {
    // SAFETY: the caller vouches for the busses.
    let busses = unsafe { host_busses(data.outputs, data.numOutputs) };
    for (index, bus) in busses.iter_mut().enumerate() {
        if !is_in(inactive, index) {
            // SAFETY: the same.
            unsafe { silence_from(bus, 0, data) };
        }
    }
}

/// Whether bus `index` has its bit in `set`.
pub(crate) fn is_in(set: u64, index: usize) -> bool {
    u32::try_from(index).is_ok_and(|index| set.checked_shr(index).unwrap_or(0) & 1 != 0)
}

/// `[audio-thread]` Silences the channels of an output bus from `first` on and flags them.
///
/// # Safety
/// `bus` belongs to `data`, whose buffers are valid.
pub(crate) unsafe fn silence_from(bus: &mut AudioBusBuffers, first: u32, data: &ProcessData) {
    let frames = usize::try_from(data.numSamples).unwrap_or(0);
    let is_wide = data.symbolicSampleSize == kSample64 as i32;
    let size = if is_wide {
        size_of::<f64>()
    } else {
        size_of::<f32>()
    };
    let count = u32::try_from(bus.numChannels).unwrap_or(0);
    // SAFETY: both variants are pointers to pointers.
    let channels = unsafe { bus.__field0.channelBuffers32 };
    if channels.is_null() {
        return;
    }
    for channel in first..count {
        // SAFETY: the bus has `count` channels, each null or as long as the block. Zero bytes are
        // zero in both sizes.
        unsafe {
            let samples = *channels.add(channel as usize);
            if !samples.is_null() {
                samples.cast::<u8>().write_bytes(0, frames * size);
            }
        }
        bus.silenceFlags |= 1_u64.checked_shl(channel).unwrap_or(0);
    }
}
