//! Rendering a scene: a project whose game is a text, or a trace.

use std::path::Path;

use segue_middleware::telemetry::Row;

use super::{
    Bounce, MAX_SECONDS, Progress, RenderOptions, RenderProgress, RenderReport, check, load,
};
use crate::config::EngineConfig;
use crate::control::{Control, create};
use crate::error::{Error, Result};
use crate::game::{Call, CheckedCalls, Counts, RowOrder};
use crate::ingest::{Heard, TraceError, call_of};
use crate::load::{LoadReport, Unplayable, tempo};
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
    let tempo = tempo(&project.project, config(project, options).sample_rate)?;
    let timed = scene.timed(&tempo)?;
    let measure = |control: &Control| {
        control.check_scene(scene, &timed)?;
        let end = timed.iter().find(|timed| timed.call.is_none());
        Ok(Length {
            end: end.map(|timed| timed.at),
            last: timed.last().map_or(0, |timed| timed.at),
        })
    };
    let mut run = Run::new(project, options, out, rows.is_some(), &measure, progress)?;
    let calls = timed.iter().map(|timed| Ok(timed.clone()));
    run.play(&scene.name, calls, &mut rows, progress)?;
    run.finish()
}

/// Renders what a trace did, each call at its frame, without holding the trace: with the seed and
/// the rate of its header that are the bits that were heard. `calls` begins it anew each time.
/// Otherwise as [`render_scene`]. Blocks. `[main-thread]`
///
/// # Errors
/// As [`render_scene`], with the number of the call in place of the line; [`Error::Trace`].
pub fn render_trace<C>(
    project: &OpenProject,
    calls: &dyn Fn() -> Result<C>,
    options: &RenderOptions,
    out: Option<&Path>,
    mut rows: Option<OnRow<'_>>,
    progress: Progress<'_>,
) -> Result<SceneReport>
where
    C: Iterator<Item = std::result::Result<Heard, TraceError>>,
{
    let timed = |(number, call): (usize, std::result::Result<Heard, TraceError>)| {
        let Heard { at, source, effect } = call?;
        Ok(Timed {
            at,
            line: number,
            call: Some(call_of(&source, effect)),
        })
    };
    let measure = |control: &Control| {
        let mut known = CheckedCalls::default();
        let mut last = 0;
        for call in (1..).zip(calls()?).map(timed) {
            let call = call?;
            control.check_timed(TRACE, &call, &mut known)?;
            last = call.at;
        }
        Ok(Length { end: None, last })
    };
    let mut run = Run::new(project, options, out, rows.is_some(), &measure, progress)?;
    run.play(TRACE, (1..).zip(calls()?).map(timed), &mut rows, progress)?;
    run.finish()
}

/// What errors about calls of a trace call it.
const TRACE: &str = "trace";

fn config(project: &OpenProject, options: &RenderOptions) -> EngineConfig {
    let mut config = EngineConfig::for_project(&project.project, options.rate);
    config.seed = options.seed.unwrap_or(config.seed);
    config.record = options.log.is_some();
    config.cache.clone_from(&options.cache);
    config
}

/// Frames of what is played: until its end, where it says one, and its last call.
#[derive(Clone, Copy)]
struct Length {
    end: Option<u64>,
    last: u64,
}

struct Run {
    bounce: Bounce,
    /// Frames that are heard.
    frames: u64,
    /// Frame at which it ends.
    end: u64,
    order: RowOrder,
    calls: usize,
    unplayable: Vec<Unplayable>,
}

type Rows<'a, 'b> = Option<&'a mut (dyn FnMut(&Control, &Row) + 'b)>;

impl Run {
    /// Loads the project and checks what is to be played, before anything is rendered.
    fn new(
        project: &OpenProject,
        options: &RenderOptions,
        out: Option<&Path>,
        listens: bool,
        measure: &dyn Fn(&Control) -> Result<Length>,
        progress: Progress<'_>,
    ) -> Result<Self> {
        check(options)?;
        let (mut control, renderer, _) = create(config(project, options))?;
        let loaded = load(&mut control, project, progress)?;
        let length = measure(&control)?;
        control.listen(listens);
        if let Some(log) = &options.log {
            control.record_to(log, project, &loaded)?;
        }
        let frames = frames(options, &loaded, length, control.config().sample_rate);
        let order = RowOrder::new(control.config().sample_rate);
        let bounce = Bounce::new(control, renderer, options.block, out, options.format)?;
        Ok(Self {
            end: frames + bounce.skip,
            bounce,
            frames,
            order,
            calls: 0,
            unplayable: loaded.unplayable,
        })
    }

    fn play(
        &mut self,
        name: &str,
        timed: impl Iterator<Item = Result<Timed>>,
        rows: &mut Rows<'_, '_>,
        progress: Progress<'_>,
    ) -> Result<()> {
        for timed in timed {
            let Timed { at, line, call } = timed?;
            // What comes after the end is not carried out.
            let Some(call) = call.filter(|_| at < self.frames) else {
                continue;
            };
            self.run_to(at, rows, progress)?;
            self.make_room(&call)?;
            let carried = self.bounce.control.call(&call, at);
            carried.map_err(|error| Error::Scene {
                name: name.to_owned(),
                line,
                reason: error.to_string(),
            })?;
            self.calls += 1;
        }
        self.run_to(self.end, rows, progress)?;
        self.tell(u64::MAX, rows);
        Ok(())
    }

    /// A scene may have more calls on one frame than the queue holds.
    fn make_room(&mut self, call: &Call) -> Result<()> {
        if self.bounce.control.free_commands() < self.bounce.control.commands_of(call) {
            self.bounce.renderer.catch_up();
            self.collect()?;
        }
        Ok(())
    }

    /// Takes what has happened.
    fn collect(&mut self) -> Result<()> {
        self.bounce.control.update()?;
        while let Some(row) = self.bounce.control.next_row() {
            self.order.put(row);
        }
        Ok(())
    }

    fn finish(self) -> Result<SceneReport> {
        Ok(SceneReport {
            counts: self.bounce.control.game_counts(),
            render: self.bounce.finish(self.frames, self.unplayable)?,
            calls: self.calls,
        })
    }

    fn run_to(&mut self, end: u64, rows: &mut Rows<'_, '_>, progress: Progress<'_>) -> Result<()> {
        while self.bounce.renderer.now() < end {
            let left = usize::try_from(end - self.bounce.renderer.now()).unwrap_or(usize::MAX);
            let frames = self.bounce.blocks.next().min(left);
            self.bounce.block(frames)?;
            self.collect()?;
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
fn frames(options: &RenderOptions, loaded: &LoadReport, length: Length, rate: u32) -> u64 {
    if options.seconds.is_some() {
        return super::length(options.seconds, loaded, rate);
    }
    let tail = (TAIL_SECONDS * f64::from(rate)) as u64;
    let most = (MAX_SECONDS * f64::from(rate)) as u64;
    length.end.unwrap_or(length.last + tail).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::tests::{game, usual};
    use crate::render::BlockSize;
    use std::ops::ControlFlow;

    #[test]
    fn a_frame_may_have_more_calls_than_the_queue_holds() {
        let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let project = game(folder.path(), &usual());
        let mut text: String = (0..10_000)
            .map(|n| format!("1 rtpc speed {}\n", n % 10))
            .collect();
        text.push_str("1 post Play_Hit\n1.5 end\n");
        let scene = Scene::parse("crowd", &text).unwrap();
        let rendered = [64, 1_000].map(|frames| {
            let options = RenderOptions {
                block: BlockSize::Fixed(frames),
                cache: Some(cache.path().to_owned()),
                log: Some(folder.path().join(format!("{frames}.seglog"))),
                ..RenderOptions::default()
            };
            let out = folder.path().join(format!("{frames}.wav"));
            let go = &mut |_: RenderProgress<'_>| ControlFlow::Continue(());
            let report = render_scene(&project, &scene, &options, Some(&out), None, go).unwrap();
            assert_eq!((report.calls, report.counts.posts), (10_001, 1));
            std::fs::read(&out).unwrap()
        });
        assert!(rendered[0] == rendered[1]);
    }
}
