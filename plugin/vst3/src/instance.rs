//! One plug-in between a VST3 host and its CLAP side: what both faces and the view share.
//!
//! Life of an instance:
//! 1. `new`: nothing of CLAP exists yet.
//! 2. `initialize` makes the plug-in and reads its ports and parameters.
//! 3. `set_active(true)` sizes and activates; the audio thread starts the plug-in with its first
//!    block.
//! 4. `set_active(false)` stops and deactivates. 3 and 4 may repeat.
//! 5. `terminate` destroys the plug-in. 2 to 5 may repeat; dropping the instance does the same.
//!
//! No lock is held while the host or the plug-in is called.

mod pump;

use std::ffi::CString;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use rtrb::{Consumer, RingBuffer};
use vst3::ComPtr;
use vst3::Steinberg::FUnknown;
use vst3::Steinberg::Vst::{IComponentHandler, IHostApplication, IHostApplicationTrait};
use vst3::Steinberg::Vst::{
    ProcessData, ProcessModes_::kOffline, ProcessSetup, SpeakerArrangement,
};
use vst3::Steinberg::{kInternalError, kInvalidArgument, kResultFalse, kResultOk, tresult};

use crate::Options;
use crate::gate::Gate;
use crate::guard::{Role, as_role, lock, swap};
use crate::host::{Host, pending};
use crate::layout::{self, Layout};
use crate::library::Library;
use crate::midi::Controller;
use crate::output::{self, Blocks, Edit};
use crate::params::{Params, Sheet, Target};
use crate::plugin::Plugin;
use crate::ports::silence_all;
use crate::process::{Active, Processor};
use crate::run_loop::RunLoop;
use crate::view::Window;
use pump::{Staged, Stall};

/// What the host promises; a longer block is split.
const LONGEST_BLOCK: i32 = 1 << 16;

#[derive(Clone, Copy)]
struct Setup {
    rate: f64,
    max_frames: i32,
    is_offline: bool,
}

pub(crate) struct Instance {
    library: Arc<Library>,
    id: CString,
    options: Options,
    this: Weak<Self>,
    plugin: Mutex<Option<Arc<Plugin>>>,
    params: Mutex<Arc<Params>>,
    sheet: Mutex<Arc<Sheet>>,
    layout: Mutex<Arc<Layout>>,
    handler: Mutex<Option<ComPtr<IComponentHandler>>>,
    setup: Mutex<Setup>,
    is_active: AtomicBool,
    /// Whether the host has ever activated a bus.
    knows_activation: AtomicBool,
    /// Output busses whose memory is not to be touched, for blocks that find the processor busy too.
    inactive_outputs: AtomicU64,
    latency: AtomicU32,
    /// The latency that the host last read.
    told_latency: AtomicU32,
    audio: Gate<Processor>,
    blocks: Blocks,
    edits: Mutex<Consumer<Edit>>,
    staged: Mutex<Staged>,
    stall: Mutex<Stall>,
    is_pumping: AtomicBool,
    pub(crate) run_loop: RunLoop,
    pub(crate) window: Mutex<Option<Window>>,
}

impl Instance {
    /// `[main-thread]`
    pub(crate) fn new(library: Arc<Library>, id: CString, options: Options) -> Arc<Self> {
        let (producer, consumer) = RingBuffer::new(output::CAPACITY);
        Arc::new_cyclic(|this| Self {
            library,
            id,
            options,
            this: Weak::clone(this),
            plugin: Mutex::default(),
            params: Mutex::default(),
            sheet: Mutex::default(),
            layout: Mutex::default(),
            handler: Mutex::default(),
            setup: Mutex::new(Setup {
                rate: 48_000.0,
                max_frames: 1_024,
                is_offline: false,
            }),
            is_active: AtomicBool::new(false),
            knows_activation: AtomicBool::new(false),
            inactive_outputs: AtomicU64::new(0),
            latency: AtomicU32::new(0),
            told_latency: AtomicU32::new(0),
            audio: Gate::new(Processor::new(producer)),
            blocks: Blocks::default(),
            edits: Mutex::new(consumer),
            staged: Mutex::default(),
            stall: Mutex::default(),
            is_pumping: AtomicBool::new(false),
            run_loop: RunLoop::default(),
            window: Mutex::default(),
        })
    }

    /// `[main-thread]` Makes the plug-in.
    pub(crate) fn initialize(&self, context: Option<ComPtr<FUnknown>>) -> tresult {
        if self.plugin().is_some() {
            return kResultFalse;
        }
        let name = context.as_ref().and_then(host_name).unwrap_or_default();
        let host = Host::new(&name, Weak::clone(&self.this), self.options.log);
        let Some(plugin) = Plugin::create(&self.library, host, &self.id) else {
            return kInternalError;
        };
        layout::select_widest(&plugin);
        drop(swap(&self.layout, Arc::new(Layout::read(&plugin))));
        self.knows_activation.store(false, Ordering::Relaxed);
        self.inactive_outputs.store(0, Ordering::Relaxed);
        drop(swap(&self.plugin, Some(plugin)));
        self.read_params();
        self.run_loop.start(&self.this, context);
        kResultOk
    }

    /// `[main-thread]` Destroys the plug-in and lets go of everything that is the host's.
    pub(crate) fn terminate(&self) -> tresult {
        self.set_active(false);
        self.close_window(None);
        self.run_loop.stop();
        drop(swap(&self.handler, None));
        let plugin = swap(&self.plugin, None);
        let existed = plugin.is_some();
        drop(plugin);
        if existed { kResultOk } else { kResultFalse }
    }

    pub(crate) fn plugin(&self) -> Option<Arc<Plugin>> {
        lock(&self.plugin).clone()
    }

    pub(crate) fn params(&self) -> Arc<Params> {
        Arc::clone(&lock(&self.params))
    }

    pub(crate) fn sheet(&self) -> Arc<Sheet> {
        Arc::clone(&lock(&self.sheet))
    }

    pub(crate) fn layout(&self) -> Arc<Layout> {
        Arc::clone(&lock(&self.layout))
    }

    pub(crate) fn this(&self) -> &Weak<Self> {
        &self.this
    }

    fn handler(&self) -> Option<ComPtr<IComponentHandler>> {
        lock(&self.handler).clone()
    }

    /// `[main-thread]`
    pub(crate) fn set_handler(&self, handler: Option<ComPtr<IComponentHandler>>) {
        drop(swap(&self.handler, handler));
    }

    /// `[main-thread & !active]` Reads the parameters anew.
    fn read_params(&self) {
        let Some(plugin) = self.plugin() else {
            return;
        };
        let controllers = self.controllers();
        let (params, sheet) = Params::read(&plugin, &controllers);
        let params = Arc::new(params);
        if let Some(mut processor) = self.audio.enter() {
            drop(processor.set_params(Arc::clone(&params)));
        }
        drop(swap(&self.params, params));
        drop(swap(&self.sheet, Arc::new(sheet)));
    }

    /// The controllers that get a proxy: none for a plug-in that would not hear them.
    fn controllers(&self) -> Vec<Controller> {
        let layout = self.layout();
        let hears = layout
            .note_inputs
            .first()
            .is_some_and(|bus| bus.speaks_midi);
        let numbers = self.options.controllers.iter().copied();
        let valid = numbers.filter(|number| hears && *number <= crate::PITCH_BEND);
        valid.map(Controller).collect()
    }
}

/// The bus side.
impl Instance {
    /// `[main-thread & !active]`
    pub(crate) fn set_up(&self, setup: &ProcessSetup) -> tresult {
        let is_valid =
            setup.sampleRate.is_finite() && setup.sampleRate > 0.0 && setup.maxSamplesPerBlock > 0;
        if !is_valid {
            return kInvalidArgument;
        }
        if self.is_active.load(Ordering::Relaxed) {
            return kResultFalse;
        }
        *lock(&self.setup) = Setup {
            rate: setup.sampleRate,
            max_frames: setup.maxSamplesPerBlock.min(LONGEST_BLOCK),
            is_offline: setup.processMode == kOffline as i32,
        };
        kResultOk
    }

    /// `[main-thread & !active]`
    pub(crate) fn arrange(
        &self,
        inputs: &[SpeakerArrangement],
        outputs: &[SpeakerArrangement],
    ) -> tresult {
        let Some(plugin) = self.plugin() else {
            return kResultFalse;
        };
        let former = self.layout();
        let is_active = self.is_active.load(Ordering::Relaxed);
        if is_active || !layout::arrange(&plugin, &former, inputs, outputs) {
            return kResultFalse;
        }
        self.read_layout(&plugin);
        kResultOk
    }

    /// `[main-thread & !active]` Reads the busses anew and keeps what the host said about them. A
    /// state may have chosen fewer of them, which no host expects: all are there again then. True
    /// when there are others than before.
    fn read_layout(&self, plugin: &Plugin) -> bool {
        layout::select_widest(plugin);
        let layout = Layout::read(plugin);
        let is_other = !layout.is_like(&self.layout());
        if self.knows_activation.load(Ordering::Relaxed) {
            layout.expect_activation();
        }
        layout.inherit(&self.layout());
        self.note_inactive(&layout);
        drop(swap(&self.layout, Arc::new(layout)));
        is_other
    }

    /// `[main-thread]`
    pub(crate) fn activate_bus(&self, is_input: bool, index: usize, is_active: bool) -> tresult {
        let layout = self.layout();
        let Some(bus) = layout.busses(is_input).get(index) else {
            return kInvalidArgument;
        };
        if !self.knows_activation.swap(true, Ordering::Relaxed) {
            layout.expect_activation();
        }
        bus.set_active(is_active);
        self.note_inactive(&layout);
        kResultOk
    }

    fn note_inactive(&self, layout: &Layout) {
        if self.knows_activation.load(Ordering::Relaxed) {
            let inactive = layout.inactive_outputs();
            self.inactive_outputs.store(inactive, Ordering::Relaxed);
        }
    }

    /// `[main-thread]`
    pub(crate) fn set_active(&self, is_active: bool) -> tresult {
        if self.is_active.load(Ordering::Relaxed) == is_active {
            return kResultOk;
        }
        let result = if is_active {
            self.activate()
        } else {
            self.deactivate()
        };
        if result == kResultOk {
            self.is_active.store(is_active, Ordering::Relaxed);
        }
        result
    }

    fn activate(&self) -> tresult {
        let Some(plugin) = self.plugin() else {
            return kResultFalse;
        };
        if plugin.host.take(pending::STALE_LIST) != 0 {
            self.read_params();
            plugin.host.set(pending::PARAM_LIST);
        }
        if plugin.host.has(pending::PORTS) {
            self.read_layout(&plugin);
        }
        let setup = *lock(&self.setup);
        let layout = self.layout();
        for is_input in [true, false] {
            for (index, bus) in (0..).zip(layout.busses(is_input)) {
                plugin.activate_port(is_input, index, bus.is_active());
            }
        }
        plugin.set_offline(setup.is_offline);
        if !plugin.activate(setup.rate, setup.max_frames as u32) {
            return kResultFalse;
        }
        self.latency.store(plugin.latency(), Ordering::Relaxed);
        let max = setup.max_frames as usize;
        let active = Active::new(Arc::clone(&plugin), layout, setup.rate, max);
        if let Some(mut processor) = self.audio.enter() {
            processor.activate(active);
            return kResultOk;
        }
        plugin.deactivate();
        kResultFalse
    }

    fn deactivate(&self) -> tresult {
        let Some(mut processor) = self.audio.enter() else {
            return kResultFalse;
        };
        let active = processor.deactivate();
        drop(processor);
        if let Some(active) = active {
            active.plugin.deactivate();
        }
        kResultOk
    }

    /// `[thread-safe]` The host says so on either thread. The plug-in starts with the first block,
    /// which is sure to be on the audio thread; it stops here if no block is running.
    pub(crate) fn set_processing(&self, is_processing: bool) -> tresult {
        if !is_processing && let Some(mut processor) = self.audio.try_enter() {
            processor.stop();
        }
        kResultOk
    }

    /// `[audio-thread]`
    ///
    /// # Safety
    /// Everything that `data` points to is valid for the call.
    pub(crate) unsafe fn process(&self, data: &ProcessData) -> tresult {
        self.blocks.add();
        let inactive = self.inactive_outputs.load(Ordering::Relaxed);
        let Some(mut processor) = self.audio.try_enter() else {
            // SAFETY: the caller vouches for the data.
            unsafe { silence_all(data, inactive) };
            return kResultOk;
        };
        // SAFETY: the caller vouches for the data.
        as_role(Role::Audio, || unsafe { processor.process(data, inactive) })
    }

    /// `[main-thread]` The latency now while active, and that of the last activation otherwise: CLAP
    /// allows no question before.
    pub(crate) fn latency(&self) -> u32 {
        if let Some(plugin) = self
            .plugin()
            .filter(|_| self.is_active.load(Ordering::Relaxed))
        {
            self.latency.store(plugin.latency(), Ordering::Relaxed);
        }
        let latency = self.latency.load(Ordering::Relaxed);
        self.told_latency.store(latency, Ordering::Relaxed);
        latency
    }
}

/// Values and state.
impl Instance {
    /// `[main-thread]` A value between 0 and 1 from the host's controller side.
    ///
    /// While the plug-in runs, the host sends the same value with a block, at its exact time; then
    /// this one is only shown. Otherwise the plug-in gets it at once.
    pub(crate) fn set_value(&self, id: u32, value: f64) -> tresult {
        let params = self.params();
        let Some(index) = params.find(id) else {
            return kInvalidArgument;
        };
        let Some(param) = params.get(index).filter(|_| !value.is_nan()) else {
            return kInvalidArgument;
        };
        if !param.is_writable() {
            return kResultFalse;
        }
        param.set_value(value);
        let (Target::Param { .. }, Some(plugin)) = (param.target, self.plugin()) else {
            return kResultOk;
        };
        let blocks = self.blocks.count();
        let processor = self.audio.try_enter();
        match processor {
            Some(mut processor) if !processor.is_running() => {
                processor.flush(&plugin, &[(index, value)]);
            }
            _ => lock(&self.staged).add(blocks, index, value),
        }
        kResultOk
    }

    /// `[main-thread]` Gives the plug-in what the host has set since the last block, before a state
    /// is saved that would lack it. Does nothing while blocks come.
    pub(crate) fn flush_staged(&self) {
        let values = lock(&self.staged).take(self.blocks.count());
        if values.is_empty() {
            return;
        }
        if let (Some(plugin), Some(mut processor)) = (self.plugin(), self.audio.try_enter()) {
            processor.flush(&plugin, &values);
        }
    }

    /// `[main-thread]` What a loaded state may have changed.
    pub(crate) fn refresh_values(&self) {
        let Some(plugin) = self.plugin() else {
            return;
        };
        lock(&self.staged).clear();
        self.params().refresh(&plugin);
        plugin.host.set(pending::PARAM_VALUES);
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        crate::guard::catch((), || {
            as_role(Role::Main, || self.terminate());
        });
    }
}

fn host_name(context: &ComPtr<FUnknown>) -> Option<String> {
    let host: ComPtr<IHostApplication> = context.cast()?;
    let mut name = [0; 128];
    // SAFETY: the name is a place for 128 units on the stack.
    let result = unsafe { host.getName(&raw mut name) };
    // The last unit ends whatever the host wrote.
    name[127] = 0;
    // SAFETY: the array ends with zero.
    (result == kResultOk).then(|| unsafe { crate::text::from_wide(name.as_ptr()) })
}
