//! Bouncing to a file, beside playback: the same bits as `segue render`.

use crate::failure::Failure;
use segue_engine::project::{OpenProject, Project};
use segue_engine::render::{RenderOptions, RenderProgress, RenderReport, WavFormat, render};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread::JoinHandle;

/// What to write where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Job {
    pub(super) path: PathBuf,
    pub(super) format: WavFormat,
    /// Length in seconds; `None`: the arrangement's.
    pub(super) seconds: Option<f64>,
    /// Hertz; `None`: the project's.
    pub(super) rate: Option<u32>,
}

/// A bounce under way. Dropping it breaks it off and waits; nothing is left behind.
pub(super) struct Bounce {
    pub(super) path: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<RenderReport, segue_engine::Error>>>,
}

#[derive(Default)]
struct Shared {
    cancel: AtomicBool,
    /// Bits of the part that is done.
    done: AtomicU32,
}

impl Bounce {
    /// Starts one. `wake` is called when there is something new to show.
    pub(super) fn start(
        open: Arc<OpenProject>,
        project: Project,
        job: Job,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Bounce, Failure> {
        open.refuse_as_output(&job.path)?;
        let shared = Arc::new(Shared::default());
        let (theirs, path) = (Arc::clone(&shared), job.path.clone());
        let work = move || {
            let now = open.holding(project)?;
            let options = RenderOptions {
                seconds: job.seconds,
                rate: job.rate,
                format: job.format,
                ..RenderOptions::default()
            };
            let report = render(&now, &options, &job.path, &mut |step| {
                theirs.done.store(part(step).to_bits(), Relaxed);
                if theirs.cancel.load(Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            // The audio files are needed until here.
            drop(open);
            wake();
            report
        };
        let thread = std::thread::Builder::new()
            .name("segue-bounce".to_owned())
            .spawn(work)
            .map_err(|error| Failure::new(format!("cannot start a thread: {error}")))?;
        Ok(Bounce {
            path,
            shared,
            thread: Some(thread),
        })
    }

    /// The part that is done, 0..=1.
    pub(super) fn done(&self) -> f32 {
        f32::from_bits(self.shared.done.load(Relaxed))
    }

    pub(super) fn cancel(&self) {
        self.shared.cancel.store(true, Relaxed);
    }

    /// How it went, once it is over. Does not wait.
    pub(super) fn result(&mut self) -> Option<Result<RenderReport, Failure>> {
        if !self.thread.as_ref()?.is_finished() {
            return None;
        }
        let joined = self.thread.take()?.join();
        Some(match joined {
            Ok(result) => result.map_err(Failure::from),
            Err(_) => Err(Failure::new("the bounce ended by a fault of Segue's own")),
        })
    }
}

impl Drop for Bounce {
    fn drop(&mut self) {
        self.cancel();
        if let Some(thread) = self.thread.take() {
            // Nobody is left to be told.
            _ = thread.join();
        }
    }
}

/// Decoding is a tenth of the way, rendering the rest.
fn part(step: RenderProgress<'_>) -> f32 {
    match step {
        RenderProgress::Loading(loading) => {
            0.1 * (loading.done as f32 + loading.share) / loading.total.max(1) as f32
        }
        RenderProgress::Rendering { done, total } => 0.1 + 0.9 * done as f32 / total.max(1) as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segue_engine::project::open;
    use std::path::Path;

    fn factory() -> Arc<OpenProject> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/factory");
        Arc::new(open(&path).unwrap())
    }

    fn job(path: PathBuf) -> Job {
        Job {
            path,
            format: WavFormat::F32,
            seconds: Some(0.5),
            rate: None,
        }
    }

    fn wait(bounce: &mut Bounce) -> Result<RenderReport, Failure> {
        loop {
            if let Some(result) = bounce.result() {
                return result;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_bounce_has_the_bits_of_a_render() {
        let folder = tempfile::tempdir().unwrap();
        let project = factory();
        let path = folder.path().join("bounce.wav");
        let held = project.project.clone();
        let mut bounce =
            Bounce::start(Arc::clone(&project), held, job(path.clone()), || ()).unwrap();
        let report = wait(&mut bounce).unwrap();
        assert_eq!((report.frames, bounce.done()), (24_000, 1.0));
        let other = folder.path().join("render.wav");
        let options = RenderOptions {
            seconds: Some(0.5),
            format: WavFormat::F32,
            ..RenderOptions::default()
        };
        render(&project, &options, &other, &mut |_| {
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(std::fs::read(path).unwrap(), std::fs::read(other).unwrap());
    }

    #[test]
    fn what_is_broken_off_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bounce.wav");
        let project = factory();
        let long = Job {
            seconds: Some(3_600.0),
            ..job(path)
        };
        let mut bounce =
            Bounce::start(Arc::clone(&project), project.project.clone(), long, || ()).unwrap();
        bounce.cancel();
        assert!(wait(&mut bounce).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let own = job(project.root.join("project.json"));
        assert!(Bounce::start(Arc::clone(&project), project.project.clone(), own, || ()).is_err());
    }
}
