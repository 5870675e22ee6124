//! What every insert is: a [`Processor`], and the table of parameters it comes with.

mod params;
mod table;

use std::any::Any;

pub use params::{ParamInfo, Scale, Setup, resolve};
pub use table::{PROCESSORS, ProcessorInfo, ProcessorKind, build, info, kind_from_id};

/// Something large that a processor works with, such as an impulse response: made and dropped on
/// the control thread.
pub type Resource = Box<dyn Any + Send>;

/// How long a processor sounds after its input fell silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Frames until the output is below -120 dBFS.
    Frames(u64),
    /// Never falls silent by itself.
    Infinite,
}

/// One signal processor on a bus.
///
/// Life cycle:
/// 1. built on the control thread, sized for its rate and channel count (may allocate);
/// 2. `set_param`, `process` and `reading` are called on the audio thread in any order;
/// 3. `reset` brings it back to its state after construction, parameters kept;
/// 4. dropped on the control thread.
pub trait Processor: Send {
    /// Frames by which the output lags the input. Constant for the life of the processor.
    /// `[thread-safe]`
    fn latency(&self) -> u32;

    /// How long it sounds after its input fell silent, for the current parameters.
    /// `[audio-thread]`
    fn tail(&self) -> Tail;

    /// Clears all signal memory and jumps every smoothed parameter to its target. The same input
    /// then gives the same bits as after construction. `[audio-thread]`
    fn reset(&mut self);

    /// Sets the target of parameter `param` (its row in the processor's table) in its unit.
    /// The caller has checked the range; the change is smoothed from here on. `[audio-thread]`
    fn set_param(&mut self, param: u16, value: f32);

    /// Processes `io` in place: planar channels of equal length, 1 to 8, as many as built for.
    /// `at` is the absolute frame of the first one. `key` is the side-chain signal, of the same
    /// length, stereo, or `None` to listen to `io` itself. `[audio-thread]`
    fn process(&mut self, at: u64, io: &mut [&mut [f32]], key: Option<&[&[f32]]>);

    /// What the editor shows beside it: gain change in dB for dynamics, else 0.
    /// `[audio-thread]`
    fn reading(&self) -> f32 {
        0.0
    }

    /// Takes over a resource, at once before the first frame and with a fade afterwards. What comes
    /// back is to be dropped elsewhere: a resource it has no use for, or one that was still
    /// waiting for its turn. `[audio-thread]`
    fn exchange(&mut self, resource: Resource) -> Option<Resource> {
        Some(resource)
    }

    /// A resource that it has let go of, to be dropped elsewhere. `[audio-thread]`
    fn take_spent(&mut self) -> Option<Resource> {
        None
    }
}

#[cfg(test)]
mod suite;
