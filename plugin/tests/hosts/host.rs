//! A host in the same process, which counts what the plug-in asks of it.

use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use clack_extensions::audio_ports::{AudioPortRescanFlags, HostAudioPorts, HostAudioPortsImpl};
use clack_extensions::audio_ports_config::PluginAudioPortsConfig;
use clack_extensions::gui::{GuiSize, HostGui, HostGuiImpl};
use clack_extensions::latency::{HostLatency, HostLatencyImpl, PluginLatency};
use clack_extensions::log::{HostLog, HostLogImpl, LogSeverity};
use clack_extensions::params::*;
use clack_extensions::render::{PluginRender, RenderMode};
use clack_extensions::state::{HostState, HostStateImpl, PluginState};
use clack_host::events::event_types::TransportEvent;
use clack_host::prelude::*;
use segue_plugin::{Kind, Param, SegueEntry};

/// Frames of both sides of one port.
pub(crate) type Stereo = [Vec<f32>; 2];

/// What the plug-in asked for.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) restart: AtomicUsize,
    pub(crate) callback: AtomicUsize,
    pub(crate) dirty: AtomicUsize,
    pub(crate) latency: AtomicUsize,
    pub(crate) rescan: AtomicUsize,
    pub(crate) ports: AtomicUsize,
    pub(crate) closed: AtomicUsize,
    /// The last size the editor asked for: width and height in one number.
    pub(crate) size: AtomicU64,
    /// Errors that the plug-in has logged.
    pub(crate) errors: Mutex<Vec<String>>,
}

pub(crate) struct Shared(Arc<Asked>);
pub(crate) struct Main(Arc<Asked>);
pub(crate) struct Handlers;

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.0.restart.fetch_add(1, Relaxed);
    }
    fn request_process(&self) {}
    fn request_callback(&self) {
        self.0.callback.fetch_add(1, Relaxed);
    }
}

impl MainThreadHandler<'_> for Main {}

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = Main;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _: &Shared) {
        builder
            .register::<HostState>()
            .register::<HostLog>()
            .register::<HostLatency>()
            .register::<HostAudioPorts>()
            .register::<HostGui>()
            .register::<HostParams>();
    }
}

impl HostStateImpl for Main {
    fn mark_dirty(&self) {
        self.0.dirty.fetch_add(1, Relaxed);
    }
}

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        assert_eq!(severity, LogSeverity::Error);
        self.0.errors.lock().unwrap().push(message.to_owned());
    }
}

impl HostLatencyImpl for Main {
    fn changed(&self) {
        self.0.latency.fetch_add(1, Relaxed);
    }
}

impl HostAudioPortsImpl for Main {
    fn is_rescan_flag_supported(&self, _: AudioPortRescanFlags) -> bool {
        true
    }
    fn rescan(&self, _: AudioPortRescanFlags) {
        self.0.ports.fetch_add(1, Relaxed);
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {}
}

impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}
    fn request_resize(&self, size: GuiSize) -> Result<(), HostError> {
        self.0.size.store(size.pack_to_u64(), Relaxed);
        Ok(())
    }
    fn request_show(&self) -> Result<(), HostError> {
        Err(HostError::Message("the host shows it"))
    }
    fn request_hide(&self) -> Result<(), HostError> {
        Err(HostError::Message("the host hides it"))
    }
    fn closed(&self, _: bool) {
        self.0.closed.fetch_add(1, Relaxed);
    }
}

impl HostParamsImplMainThread for Main {
    fn rescan(&self, _: ParamRescanFlags) {
        self.0.rescan.fetch_add(1, Relaxed);
    }
    fn clear(&self, _: ClapId, _: ParamClearFlags) {}
}

/// One instance in its host.
pub(crate) struct Host {
    pub(crate) instance: PluginInstance<Handlers>,
    pub(crate) asked: Arc<Asked>,
    running: Option<StartedPluginAudioProcessor<Handlers>>,
    inputs: usize,
    pub(crate) outputs: usize,
}

impl Host {
    /// An instance out of the entry in this process.
    pub(crate) fn new(kind: Kind) -> Self {
        let entry = PluginEntry::load_from_clack::<SegueEntry>(c"").unwrap();
        Self::of(&entry, kind)
    }

    pub(crate) fn of(entry: &PluginEntry, kind: Kind) -> Self {
        let asked = Arc::new(Asked::default());
        let info = HostInfo::new("Segue's tests", "Segue", "", "1").unwrap();
        let (shared, main) = (Arc::clone(&asked), Arc::clone(&asked));
        let instance = PluginInstance::new(
            move |_| Shared(shared),
            move |_| Main(main),
            entry,
            kind.id(),
            &info,
        );
        Self {
            instance: instance.unwrap(),
            asked,
            running: None,
            inputs: if kind == Kind::Effect { 2 } else { 0 },
            outputs: 1,
        }
    }

    /// An instance that runs this state at 48 kHz.
    pub(crate) fn playing(kind: Kind, state: &[u8]) -> Self {
        let mut host = Self::new(kind);
        host.load(state).unwrap();
        host.start(48_000.0, 4_096);
        host
    }

    pub(crate) fn start(&mut self, sample_rate: f64, max_frames_count: u32) {
        let config = PluginAudioConfiguration {
            sample_rate,
            min_frames_count: 1,
            max_frames_count,
        };
        let stopped = self.instance.activate(|_, _| (), config).unwrap();
        self.running = Some(
            stopped
                .start_processing()
                .unwrap_or_else(|_| panic!("it starts")),
        );
    }

    pub(crate) fn stop(&mut self) {
        let running = self.running.take().unwrap();
        self.instance.deactivate(running.stop_processing());
    }

    /// Takes the audio side away, to another thread, say; [`Host::give_audio`] brings it back.
    pub(crate) fn take_audio(&mut self) -> StartedPluginAudioProcessor<Handlers> {
        self.running.take().unwrap()
    }

    pub(crate) fn give_audio(&mut self, audio: StartedPluginAudioProcessor<Handlers>) {
        self.running = Some(audio);
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    pub(crate) fn reset(&mut self) {
        self.running.as_mut().unwrap().reset();
    }

    /// Chooses the outputs: one for each bus, or the main one alone.
    pub(crate) fn select(&mut self, is_multi: bool) {
        let config: PluginAudioPortsConfig = self.extension();
        let id = ClapId::new(u32::from(is_multi));
        config.select(&self.instance.plugin_handle(), id).unwrap();
        self.outputs = if is_multi { 17 } else { 1 };
    }

    pub(crate) fn set_offline(&mut self, is_offline: bool) {
        let render: PluginRender = self.extension();
        let mode = if is_offline {
            RenderMode::Offline
        } else {
            RenderMode::Realtime
        };
        render.set(&self.instance.plugin_handle(), mode).unwrap();
    }

    /// The last error that was logged.
    pub(crate) fn error(&self) -> Option<String> {
        self.asked.errors.lock().unwrap().pop()
    }

    pub(crate) fn extension<
        E: clack_host::extensions::Extension<
                ExtensionSide = clack_host::extensions::PluginExtensionSide,
            >,
    >(
        &mut self,
    ) -> E {
        self.instance.plugin_handle().get_extension().unwrap()
    }

    pub(crate) fn load(&mut self, state: &[u8]) -> Result<(), String> {
        let extension: PluginState = self.extension();
        let mut reader = state;
        extension
            .load(&self.instance.plugin_handle(), &mut reader)
            .map_err(|error| error.to_string())
    }

    pub(crate) fn save(&mut self) -> Vec<u8> {
        let extension: PluginState = self.extension();
        let mut bytes = Vec::new();
        extension
            .save(&self.instance.plugin_handle(), &mut bytes)
            .unwrap();
        bytes
    }

    pub(crate) fn value(&mut self, param: Param) -> f64 {
        let params: PluginParams = self.extension();
        params
            .get_value(&self.instance.plugin_handle(), ClapId::new(param.number()))
            .unwrap()
    }

    pub(crate) fn latency(&mut self) -> u32 {
        let latency: PluginLatency = self.extension();
        latency.get(&self.instance.plugin_handle())
    }

    /// Carries out callbacks that were asked for.
    pub(crate) fn idle(&mut self) {
        if self.asked.callback.swap(0, Relaxed) > 0 {
            self.instance.call_on_main_thread_callback();
        }
    }

    /// Runs one block; returns its outputs and the events that came out.
    pub(crate) fn block(
        &mut self,
        frames: usize,
        inputs: &[Stereo],
        events: &EventBuffer,
        transport: Option<&TransportEvent>,
    ) -> (Vec<Stereo>, EventBuffer) {
        self.block_in(frames, inputs, events, transport, &mut |run| run())
    }

    /// The same; `around` calls what it is given to process the block, as often as it likes.
    pub(crate) fn block_in(
        &mut self,
        frames: usize,
        inputs: &[Stereo],
        events: &EventBuffer,
        transport: Option<&TransportEvent>,
        around: &mut dyn FnMut(&mut dyn FnMut()),
    ) -> (Vec<Stereo>, EventBuffer) {
        let silence = || [vec![0.0; frames], vec![0.0; frames]];
        let mut given: Vec<Stereo> = (0..self.inputs)
            .map(|port| inputs.get(port).cloned().unwrap_or_else(silence))
            .collect();
        let mut made: Vec<Stereo> = (0..self.outputs)
            .map(|_| [vec![9.0; frames], vec![9.0; frames]])
            .collect();
        let mut out_events = EventBuffer::with_capacity(8_192);
        let mut in_ports = AudioPorts::with_capacity(2 * self.inputs, self.inputs);
        let mut out_ports = AudioPorts::with_capacity(2 * self.outputs, self.outputs);
        let inputs = in_ports.with_input_buffers(given.iter_mut().map(|pair| AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_input_only(
                pair.iter_mut().map(InputChannel::variable),
            ),
        }));
        let mut outputs =
            out_ports.with_output_buffers(made.iter_mut().map(|pair| AudioPortBuffer {
                latency: 0,
                channels: AudioPortBufferType::f32_output_only(
                    pair.iter_mut().map(|side| side.as_mut_slice()),
                ),
            }));
        let running = self.running.as_mut().unwrap();
        around(&mut || {
            // A buffer that would have to grow cannot take events within a block.
            out_events.clear();
            let result = assert_no_alloc::assert_no_alloc(|| {
                running.process(
                    &inputs,
                    &mut outputs,
                    &events.as_input(),
                    &mut out_events.as_output(),
                    None,
                    transport,
                )
            });
            result.unwrap();
        });
        (made, out_events)
    }

    /// Runs `inputs` and `events` (absolute frames, ascending) through blocks of these sizes, and
    /// returns the main output.
    pub(crate) fn render(
        &mut self,
        frames: usize,
        inputs: &[Stereo],
        events: &[(usize, Event)],
        sizes: &[usize],
    ) -> Stereo {
        let mut all = [Vec::new(), Vec::new()];
        let (mut at, mut sizes) = (0, sizes.iter().cycle());
        while at < frames {
            let end = frames.min(at + sizes.next().unwrap());
            let mut buffer = EventBuffer::new();
            for (time, event) in events.iter().filter(|(time, _)| (at..end).contains(time)) {
                event.push(u32::try_from(time - at).unwrap(), &mut buffer);
            }
            let part: Vec<Stereo> = inputs
                .iter()
                .map(|pair| pair.each_ref().map(|side| side[at..end].to_vec()))
                .collect();
            let (outs, _) = self.block(end - at, &part, &buffer, None);
            for (all, side) in all.iter_mut().zip(&outs[0]) {
                all.extend_from_slice(side);
            }
            at = end;
        }
        all
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if self.is_running() {
            self.stop();
        }
    }
}

/// An event without its time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    On(u8, f64),
    Off(u8),
    Value(Param, f64),
    Mod(Param, f64),
    Choke(u8),
    Midi([u8; 3]),
}

impl Event {
    pub(crate) fn push(self, time: u32, buffer: &mut EventBuffer) {
        use clack_host::events::event_types::*;
        let note = |key: u8| Pckn::new(0_u16, 0_u16, u16::from(key), u32::from(key));
        let id = |param: Param| ClapId::new(param.number());
        match self {
            Event::On(key, velocity) => buffer.push(&NoteOnEvent::new(time, note(key), velocity)),
            Event::Choke(key) => buffer.push(&NoteChokeEvent::new(time, note(key))),
            Event::Off(key) => buffer.push(&NoteOffEvent::new(time, note(key), 0.0)),
            Event::Value(param, value) => buffer.push(&ParamValueEvent::new(
                time,
                id(param),
                Pckn::match_all(),
                value,
            )),
            Event::Mod(param, amount) => buffer.push(&ParamModEvent::new(
                time,
                id(param),
                Pckn::match_all(),
                amount,
            )),
            Event::Midi(data) => buffer.push(&MidiEvent::new(time, 0, data)),
        }
    }
}

/// Loads the library that hosts load, if it lies where cargo puts it.
pub(crate) fn built_library() -> Option<PluginEntry> {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent()?;
    let name = format!(
        "{}segue_plugin{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let path = folder.join(name);
    // SAFETY: it is the library of this package, built with this test.
    path.exists()
        .then(|| unsafe { PluginEntry::load(&path) }.unwrap())
}

pub(crate) fn text(text: &CStr) -> String {
    text.to_string_lossy().into_owned()
}
