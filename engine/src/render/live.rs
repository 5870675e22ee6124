//! Rendering a live game to a file, at the pace of a clock and without an output.

use std::path::Path;
use std::time::Duration;

use super::{
    Bounce, MAX_SECONDS, Progress, RenderOptions, RenderProgress, RenderReport, check, load,
};
use crate::config::EngineConfig;
use crate::control::{Control, create};
use crate::error::{Error, Result};
use crate::ingest::{LiveGame, LiveOptions, LiveRow, Summary, project_hash};
use crate::project::OpenProject;
use segue_middleware::telemetry::Row;

/// Frames of a block at most: what a game says at once is heard with the next one.
const BLOCK: usize = 4_096;

/// What became of a live game.
#[derive(Clone, Debug)]
pub struct LiveReport {
    /// What was rendered.
    pub render: RenderReport,
    /// What the game did.
    pub summary: Summary,
    /// What the adapter saw and made, as one JSON object.
    pub coverage: String,
}

/// What a live render tells as it goes on.
#[derive(Debug)]
pub enum LiveEvent<'a> {
    /// Of connections and messages.
    Live(&'a LiveRow),
    /// Of the engine.
    Engine(&'a Row),
}

/// What whoever drives a live render wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To go on.
    GoOn,
    /// Another adapter; what is wrong with it is handed to `told`.
    Adapter(String),
    /// The end, now.
    End,
}

/// Called with the game before every block: tells and asks.
pub trait Driver {
    /// Something happened.
    fn row(&mut self, control: &Control, event: LiveEvent<'_>);

    /// What is to be done next; `game` says how things stand.
    fn wish(&mut self, game: &LiveGame, frame: u64) -> Wish;

    /// An adapter was not taken.
    fn refused(&mut self, error: &Error);

    /// The trace cannot be written any more: it ended there, and the game goes on.
    fn lost(&mut self, error: &Error);
}

/// Plays what games say and renders it, a second for each second of the clock, until the driver
/// ends it, or for the length of the options. `out` is a stereo WAV file that appears when it is
/// complete; `None` is for what happens only. Blocks. `[main-thread]`
///
/// # Errors
/// As [`render`](super::render) and [`LiveGame::start`].
pub fn render_live(
    project: &OpenProject,
    mut live: LiveOptions<'_>,
    options: &RenderOptions,
    out: Option<&Path>,
    driver: &mut dyn Driver,
    progress: Progress<'_>,
) -> Result<LiveReport> {
    check(options)?;
    let mut config = EngineConfig::for_project(&project.project, options.rate);
    config.seed = options.seed.unwrap_or(config.seed);
    config.record = options.log.is_some();
    config.cache.clone_from(&options.cache);
    let (mut control, renderer, _) = create(config)?;
    let loaded = load(&mut control, project, progress)?;
    if let Some(log) = &options.log {
        control.record_to(log, project, &loaded)?;
    }
    control.listen(true);
    live.project_hash = project_hash(project)?;
    for connector in &mut live.connectors {
        connector.hello.project_hash.clone_from(&live.project_hash);
    }
    let game = LiveGame::start(live, Some(&mut control))?;
    let rate = f64::from(control.config().sample_rate);
    let bounce = Bounce::new(control, renderer, options.block, out, options.format)?;
    let seconds = options.seconds.unwrap_or(MAX_SECONDS);
    let mut run = Run {
        start_us: game.now_us(),
        game,
        bounce,
        rate,
        end: rounded(seconds * rate),
    };
    run.play(driver, progress)?;
    run.finish(loaded.unplayable)
}

struct Run {
    game: LiveGame,
    bounce: Bounce,
    rate: f64,
    start_us: u64,
    /// Frame at which it ends at the latest.
    end: u64,
}

impl Run {
    fn play(&mut self, driver: &mut dyn Driver, progress: Progress<'_>) -> Result<()> {
        while self.bounce.renderer.now() < self.end {
            match driver.wish(&self.game, self.bounce.renderer.now()) {
                Wish::End => break,
                Wish::GoOn => {}
                Wish::Adapter(text) => {
                    if let Err(error) = self.game.set_adapter(&text) {
                        driver.refused(&error);
                    }
                }
            }
            let now = self.bounce.renderer.now();
            let left = usize::try_from(self.end - now).unwrap_or(usize::MAX);
            let size = self.bounce.blocks.next().min(BLOCK).min(left);
            self.wait_for(now + size as u64);
            self.block(size, driver)?;
            let (done, total) = (self.bounce.renderer.now(), self.end);
            if progress(RenderProgress::Rendering { done, total }).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Until the clock is at this frame.
    fn wait_for(&self, frame: u64) {
        #[expect(clippy::cast_precision_loss, reason = "at most a day of frames")]
        let due_us = rounded(frame as f64 / self.rate * 1e6);
        loop {
            let now_us = self.game.now_us() - self.start_us;
            let Some(left) = due_us.checked_sub(now_us).filter(|left| *left > 0) else {
                return;
            };
            std::thread::park_timeout(Duration::from_micros(left));
        }
    }

    fn block(&mut self, size: usize, driver: &mut dyn Driver) -> Result<()> {
        let ahead = u32::try_from(size).unwrap_or(u32::MAX);
        let now = self.bounce.renderer.now();
        if let Err(error) = self.game.pump(&mut self.bounce.control, now, ahead) {
            driver.lost(&error);
        }
        self.bounce.block(size)?;
        self.bounce.control.update()?;
        while let Some(row) = self.game.next_row() {
            driver.row(&self.bounce.control, LiveEvent::Live(&row));
        }
        while let Some(row) = self.bounce.control.next_row() {
            driver.row(&self.bounce.control, LiveEvent::Engine(&row));
        }
        Ok(())
    }

    fn finish(mut self, missing: Vec<crate::load::Unplayable>) -> Result<LiveReport> {
        let end = self.bounce.renderer.now();
        // What is on its way through the inserts still comes.
        let skip = self.bounce.skip;
        let bound = self.bounce.control.bound_stages();
        let coverage = crate::ingest::coverage_value(self.game.coverage(), &bound).to_string();
        let mut nothing = |_: RenderProgress<'_>| std::ops::ControlFlow::Continue(());
        self.bounce.run_to(end + skip, end + skip, &mut nothing)?;
        // What was heard is there even when its trace is not.
        let render = self.bounce.finish(end, missing)?;
        Ok(LiveReport {
            render,
            summary: self.game.finish(end)?,
            coverage,
        })
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most a day of frames or microseconds, and not negative"
)]
fn rounded(number: f64) -> u64 {
    number.round() as u64
}
