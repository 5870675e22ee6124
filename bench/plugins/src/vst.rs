//! Segue in a VST3 host.

use std::ffi::c_void;
use std::path::Path;
use std::time::Duration;

use cpu_time::ThreadTime;

use libloading::{Library, Symbol};
use segue_vst3_host::{Block, Rig, factory};
use vst3::ComPtr;
use vst3::Steinberg::Vst::ProcessContext;
use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_::*;
use vst3::Steinberg::{IPluginFactory, IPluginFactoryTrait, PClassInfo, kResultOk};

use crate::song::{BPM, Song, peak};
use crate::{BLOCK, RATE, Result, Subject};

pub(crate) struct Plugin {
    rig: Rig,
    block: Block,
    song: Song,
    peak: f32,
    _factory: ComPtr<IPluginFactory>,
    /// Outlives everything that came out of it.
    _library: Library,
}

impl Plugin {
    pub(crate) fn new(library: &Path, state: Option<&[u8]>) -> Result<Self> {
        // SAFETY: the library is Segue's, and its functions have the types that VST3 says.
        let (library, factory) = unsafe {
            let library = Library::new(library)?;
            let make: Symbol<extern "system" fn() -> *mut c_void> =
                library.get(b"GetPluginFactory\0")?;
            let factory = factory(make());
            (library, factory)
        };
        // SAFETY: plain numbers, for which zero is valid; the place is on the stack.
        let class = unsafe {
            let mut info: PClassInfo = std::mem::zeroed();
            if factory.getClassInfo(0, &raw mut info) != kResultOk {
                return Err("the factory is empty".into());
            }
            info.cid
        };
        let mut rig = Rig::new(&factory, &class);
        rig.part = 1 << 16;
        if let Some(state) = state
            && rig.load(state) != kResultOk
        {
            return Err("the state is refused".into());
        }
        // What every host does: only the main output.
        rig.activate_bus(false, 0, true);
        rig.start(RATE, BLOCK);
        let block = Block {
            frames: BLOCK,
            outputs: vec![segue_vst3_host::stereo(BLOCK, 0.0)],
            ..Block::default()
        };
        Ok(Self {
            rig,
            block,
            song: Song::default(),
            peak: 0.0,
            _factory: factory,
            _library: library,
        })
    }
}

impl Subject for Plugin {
    fn blocks(&mut self, times: &mut [Duration]) -> Result<()> {
        self.block.context = Some(context(0.0));
        let (rig, song) = (&self.rig, &mut self.song);
        let result = rig.process_in(&mut self.block, &mut |run| {
            for time in &mut *times {
                rig.set_beats(song.next());
                let start = ThreadTime::now();
                run();
                *time = start.elapsed();
            }
        });
        if result != kResultOk {
            return Err("a block failed".into());
        }
        let out = self.block.outputs[0].iter().flatten().flatten();
        self.peak = self.peak.max(peak(out));
        Ok(())
    }

    fn peak(&self) -> f32 {
        self.peak
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.rig.deactivate();
    }
}

fn context(beats: f64) -> ProcessContext {
    // SAFETY: plain numbers, for which zero is valid.
    let mut context: ProcessContext = unsafe { std::mem::zeroed() };
    context.state = (kPlaying | kTempoValid | kProjectTimeMusicValid | kTimeSigValid) as u32;
    context.sampleRate = RATE;
    context.tempo = BPM;
    context.projectTimeMusic = beats;
    context.timeSigNumerator = 4;
    context.timeSigDenominator = 4;
    context
}
