//! Rendering a scene: a project whose game is a text.

use std::path::Path;

use segue_middleware::telemetry::Row;

use super::{
    Bounce, MAX_SECONDS, Progress, RenderOptions, RenderProgress, RenderReport, check, length, load,
};
use crate::config::EngineConfig;
use crate::control::{Control, create};
use crate::error::{Error, Result};
use crate::game::{Counts, RowOrder};
use crate::load::{LoadReport, tempo};
use crate::project::OpenProject;
use crate::scene::{Scene, Timed};

/// Seconds after the last call, where a scene does not say when it ends.
const TAIL_SECONDS: f64 = 5.0;

/// What became of a scene.
#[derive(Clone, Debug)]
pub struct SceneReport {
    /// What was rendered.
    pub render: RenderReport,
    /// Calls that were carried out.
    pub calls: usize,
    /// What the game did.
    pub counts: Counts,
}

/// Called with everything that happens, in the order of its frames.
pub type OnRow<'a> = &'a mut dyn FnMut(&Control, &Row);

/// Carries out a scene and renders what is heard from its start, the transport standing until the
/// scene runs it. `out` is a stereo WAV file that appears when it is complete; `None` is for what
/// happens only. Everything that happens is handed to `rows`, if there is one. The same scene gives
/// the same bits and rows for every size of blocks. Blocks. `[main-thread]`
///
/// # Errors
/// As [`render`](super::render); [`Error::Scene`] with the line for a name, value or time that
/// cannot be, before anything is rendered.
pub fn render_scene(
    project: &OpenProject,
    scene: &Scene,
    options: &RenderOptions,
    out: Option<&Path>,
    mut rows: Option<OnRow<'_>>,
    progress: Progress<'_>,
) -> Result<SceneReport> {
    check(options)?;
    let mut config = EngineConfig::for_project(&project.project, options.rate);
    config.seed = options.seed.unwrap_or(config.seed);
    config.record = options.log.is_some();
    config.cache.clone_from(&options.cache);
    let tempo = tempo(&project.project, config.sample_rate)?;
    let timed = scene.timed(&tempo)?;
    let (mut control, renderer, _) = create(config)?;
    let loaded = load(&mut control, project, progress)?;
    control.check_scene(scene, &timed)?;
    control.listen(rows.is_some());
    if let Some(log) = &options.log {
        control.record_to(log, project, &loaded)?;
    }
    let frames = frames(options, &loaded, &timed, control.config().sample_rate);
    let order = RowOrder::new(control.config().sample_rate);
    let mut run = Run {
        bounce: Bounce::new(control, renderer, options.block, out, options.format)?,
        end: frames,
        order,
    };
    run.end += run.bounce.skip;
    let calls = run.play(scene, timed, frames, &mut rows, progress)?;
    run.tell(u64::MAX, &mut rows);
    let counts = run.bounce.control.game_counts();
    let render = run.bounce.finish(frames, loaded.unplayable)?;
    Ok(SceneReport {
        render,
        calls,
        counts,
    })
}

struct Run {
    bounce: Bounce,
    /// Frame at which it ends.
    end: u64,
    order: RowOrder,
}

type Rows<'a, 'b> = Option<&'a mut (dyn FnMut(&Control, &Row) + 'b)>;

impl Run {
    fn play(
        &mut self,
        scene: &Scene,
        timed: Vec<Timed>,
        frames: u64,
        rows: &mut Rows<'_, '_>,
        progress: Progress<'_>,
    ) -> Result<usize> {
        let mut calls = 0;
        for Timed { at, line, call } in timed {
            // What comes after the end is not carried out.
            let Some(call) = call.filter(|_| at < frames) else {
                continue;
            };
            self.run_to(at, rows, progress)?;
            let carried = self.bounce.control.call(&call, at);
            carried.map_err(|error| Error::Scene {
                name: scene.name.clone(),
                line,
                reason: error.to_string(),
            })?;
            calls += 1;
        }
        self.run_to(self.end, rows, progress)?;
        Ok(calls)
    }

    fn run_to(&mut self, end: u64, rows: &mut Rows<'_, '_>, progress: Progress<'_>) -> Result<()> {
        while self.bounce.renderer.now() < end {
            let left = usize::try_from(end - self.bounce.renderer.now()).unwrap_or(usize::MAX);
            let frames = self.bounce.blocks.next().min(left);
            self.bounce.block(frames)?;
            self.bounce.control.update()?;
            while let Some(row) = self.bounce.control.next_row() {
                self.order.put(row);
            }
            self.tell(self.bounce.renderer.now(), rows);
            let (done, total) = (self.bounce.renderer.now(), self.end);
            if progress(RenderProgress::Rendering { done, total }).is_break() {
                return Err(Error::Cancelled);
            }
        }
        Ok(())
    }

    /// Hands over what cannot be preceded by anything any more.
    fn tell(&mut self, now: u64, rows: &mut Rows<'_, '_>) {
        while let Some(row) = self.order.next(now) {
            if let Some(rows) = rows {
                rows(&self.bounce.control, &row);
            }
        }
    }
}

/// The length: as asked for, else to the scene's `end`, else some time after its last call.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most a day of frames"
)]
fn frames(options: &RenderOptions, loaded: &LoadReport, timed: &[Timed], rate: u32) -> u64 {
    if options.seconds.is_some() {
        return length(options.seconds, loaded, rate);
    }
    let end = timed
        .iter()
        .find(|timed| timed.call.is_none())
        .map(|timed| timed.at);
    let tail = (TAIL_SECONDS * f64::from(rate)) as u64;
    let last = timed.last().map_or(0, |timed| timed.at);
    let most = (MAX_SECONDS * f64::from(rate)) as u64;
    end.unwrap_or(last + tail).min(most)
}
