//! A plug-in in a CLAP host.

use std::ffi::CStr;
use std::path::Path;
use std::time::Duration;

use cpu_time::ThreadTime;

use clack_extensions::state::PluginState;
use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::{EventFlags, EventHeader};
use clack_host::prelude::*;
use clack_host::utils::{BeatTime, SecondsTime};

use crate::song::{BPM, Song, peak};
use crate::{BLOCK, RATE, Result, Subject};

struct Shared;
struct Handlers;

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();
}

pub(crate) struct Plugin {
    running: Option<StartedPluginAudioProcessor<Handlers>>,
    instance: PluginInstance<Handlers>,
    _entry: PluginEntry,
    song: Song,
    input: [Vec<f32>; 2],
    out: [Vec<f32>; 2],
    ports: [AudioPorts; 2],
    has_input: bool,
    peak: f32,
}

impl Plugin {
    /// Segue, with this state.
    pub(crate) fn segue(library: &Path, state: Option<&[u8]>) -> Result<Self> {
        Self::new(library, c"audio.segue.segue", false, state)
    }

    /// The peer.
    pub(crate) fn nice(library: &Path) -> Result<Self> {
        Self::new(library, c"audio.segue.bench.gain", true, None)
    }

    fn new(library: &Path, id: &CStr, has_input: bool, state: Option<&[u8]>) -> Result<Self> {
        // SAFETY: both libraries are built by this benchmark's caller.
        let entry = unsafe { PluginEntry::load(library) }?;
        let info = HostInfo::new("segue-bench", "Segue", "", "1")?;
        let mut instance = PluginInstance::new(|_| Shared, |_| (), &entry, id, &info)?;
        if let Some(mut state) = state {
            let handle = instance.plugin_handle();
            let extension: PluginState =
                handle.get_extension().ok_or("the plug-in has no state")?;
            extension.load(&handle, &mut state)?;
        }
        let config = PluginAudioConfiguration {
            sample_rate: RATE,
            min_frames_count: 1,
            max_frames_count: BLOCK as u32,
        };
        let stopped = instance.activate(|_, _| (), config)?;
        let running = stopped
            .start_processing()
            .map_err(|_| "it does not start")?;
        let silence = || [vec![0.0; BLOCK], vec![0.0; BLOCK]];
        Ok(Self {
            running: Some(running),
            instance,
            _entry: entry,
            song: Song::default(),
            input: silence(),
            out: silence(),
            ports: [
                AudioPorts::with_capacity(2, 1),
                AudioPorts::with_capacity(2, 1),
            ],
            has_input,
            peak: 0.0,
        })
    }
}

impl Subject for Plugin {
    fn blocks(&mut self, times: &mut [Duration]) -> Result<()> {
        for time in times {
            *time = self.block()?;
        }
        Ok(())
    }

    fn peak(&self) -> f32 {
        self.peak
    }
}

impl Plugin {
    fn block(&mut self) -> Result<Duration> {
        let [ins, outs] = &mut self.ports;
        let input = self.has_input.then(|| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(
                self.input.iter_mut().map(InputChannel::variable),
            ),
        });
        let inputs = ins.with_input_buffers(input);
        let mut outputs = outs.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(
                self.out.iter_mut().map(|side| side.as_mut_slice()),
            ),
        }]);
        let song = transport(self.song.next());
        let running = self.running.as_mut().ok_or("it has ended")?;
        let start = ThreadTime::now();
        running.process(
            &inputs,
            &mut outputs,
            &InputEvents::empty(),
            &mut OutputEvents::void(),
            None,
            Some(&song),
        )?;
        let spent = start.elapsed();
        self.peak = self.peak.max(peak(self.out.iter().flatten()));
        Ok(spent)
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.instance.deactivate(running.stop_processing());
        }
    }
}

fn transport(beats: f64) -> TransportEvent {
    TransportEvent {
        header: EventHeader::new_core(0, EventFlags::empty()),
        flags: TransportFlags::HAS_BEATS_TIMELINE
            | TransportFlags::HAS_TEMPO
            | TransportFlags::HAS_TIME_SIGNATURE
            | TransportFlags::IS_PLAYING,
        song_pos_beats: BeatTime::from_float(beats),
        song_pos_seconds: SecondsTime::from_float(0.0),
        tempo: BPM,
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
