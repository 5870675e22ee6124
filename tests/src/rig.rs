//! Engines in tests.

use std::ops::ControlFlow;
use std::path::Path;
use std::thread;

use assert_no_alloc::assert_no_alloc;
use segue_engine::project::OpenProject;
use segue_engine::render::{RenderReport, WavFormat, replay_with};
use segue_engine::{Control, EngineConfig, LoadReport, Renderer, Result, Shared, create};

use crate::scene::Scene;
use crate::wav;

/// An engine, and everything it has put out.
pub struct Rig {
    /// Its control side.
    pub control: Control,
    /// Its audio side.
    pub renderer: Renderer,
    /// What anyone may look at.
    pub shared: Shared,
    /// What became of the project.
    pub report: LoadReport,
    /// Left and right so far.
    pub out: [Vec<f32>; 2],
    block: [Vec<f32>; 2],
}

impl Rig {
    /// An engine that plays the project of `scene` and waits for its streams.
    pub fn new(scene: &Scene) -> Self {
        Self::with(scene, |_| {})
    }

    /// The same with another configuration.
    pub fn with(scene: &Scene, change: impl FnOnce(&mut EngineConfig)) -> Self {
        let open = scene.open();
        let mut rig = Self::load(&open, scene, change);
        rig.renderer.set_wait(Some(thread::yield_now));
        rig
    }

    /// An engine that records the session to `log` in the scene's folder.
    pub fn recording(scene: &Scene, log: &str) -> Self {
        let open = scene.open();
        let mut rig = Self::load(&open, scene, |config| config.record = true);
        rig.renderer.set_wait(Some(thread::yield_now));
        rig.control
            .record_to(&scene.path(log), &open, &rig.report)
            .unwrap();
        rig
    }

    fn load(open: &OpenProject, scene: &Scene, change: impl FnOnce(&mut EngineConfig)) -> Self {
        let mut config = EngineConfig::for_project(&open.project, None);
        config.cache = Some(scene.cache());
        change(&mut config);
        let (mut control, renderer, shared) = create(config).unwrap();
        let report = control
            .load_project(open, &mut |_| ControlFlow::Continue(()))
            .unwrap();
        let (out, block) = Default::default();
        Self {
            control,
            renderer,
            shared,
            report,
            out,
            block,
        }
    }

    /// Renders one block without an allocation, then lets the control side do its part.
    pub fn block(&mut self, frames: usize) {
        self.block
            .iter_mut()
            .for_each(|side| side.resize(frames, 0.0));
        let [left, right] = &mut self.block;
        // What is not written would be seen.
        left.fill(f32::NAN);
        right.fill(f32::NAN);
        assert_no_alloc(|| self.renderer.process(&mut [left, right]));
        for (out, block) in self.out.iter_mut().zip(&self.block) {
            out.extend_from_slice(block);
        }
        self.control.update().unwrap();
    }

    /// Renders up to the absolute frame `end` in blocks of 512.
    pub fn run_to(&mut self, end: u64) -> &mut Self {
        while self.renderer.now() < end {
            self.block(usize::try_from(end - self.renderer.now()).unwrap().min(512));
        }
        self
    }

    /// Ends the session log.
    pub fn finish_recording(&mut self) {
        self.control.finish_recording(self.renderer.now()).unwrap();
    }
}

/// The largest magnitude.
pub fn peak(side: &[f32]) -> f32 {
    side.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

/// Fails at the first frame at which two outputs differ in a bit, with its number and values.
#[track_caller]
pub fn check_same(what: &str, a: &[Vec<f32>; 2], b: &[Vec<f32>; 2]) {
    if let Some(text) = difference(a, b) {
        panic!("{what}: {text}");
    }
}

/// The first difference of two outputs in words.
pub fn difference(a: &[Vec<f32>; 2], b: &[Vec<f32>; 2]) -> Option<String> {
    if a[0].len() != b[0].len() {
        return Some(format!("{} frames and {}", a[0].len(), b[0].len()));
    }
    let frame = (0..a[0].len())
        .find(|&n| (0..2).any(|side| a[side][n].to_bits() != b[side][n].to_bits()))?;
    let of = |out: &[Vec<f32>; 2]| [out[0][frame], out[1][frame]];
    Some(format!("at frame {frame}: {:?} and {:?}", of(a), of(b)))
}

/// What replaying a log gives: its report and samples, or why it cannot be replayed.
pub fn replayed(scene: &Scene, log: &Path) -> Result<(RenderReport, [Vec<f32>; 2])> {
    let out = scene.path("replayed.wav");
    let mut go_on = |_: segue_engine::render::RenderProgress<'_>| ControlFlow::Continue(());
    let report = replay_with(log, &out, WavFormat::F32, Some(scene.cache()), &mut go_on)?;
    let sides = wav::read_stereo_f32(&out);
    Ok((report, sides))
}

/// Fails unless the log replays to `out`, whose first `latency` frames a file does not have.
#[track_caller]
pub fn check_replay(scene: &Scene, log: &str, latency: usize, out: &[Vec<f32>; 2]) {
    let (report, sides) = replayed(scene, &scene.path(log)).unwrap();
    assert!(!report.truncated);
    let heard = out.each_ref().map(|side| side[latency..].to_vec());
    check_same("replayed", &sides, &heard);
}
