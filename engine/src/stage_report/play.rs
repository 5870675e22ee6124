//! Stages that are played without a sound, to report on them.

use super::{Games, LiveStages, StageReport};
use crate::control::Control;
use crate::error::Result;
use crate::game::StageFeed;
use crate::game::telemetry::Row;
use crate::project::OpenProject;
use crate::render::{Progress, RenderOptions, render_scene};
use crate::scene::Scene;
use segue_middleware::stage::StageTrace;
use segue_middleware::stage::bind::StageTable;
use segue_middleware::stage::lint::{Award, LintProfile};
use segue_middleware::stage::resolve::ResolverProfile;
use segue_middleware::stage::timing::TimingProfile;

/// Frames a second at which a report is played, unless the project says otherwise.
const RATE: u32 = 48_000;

/// Stages, and how they are heard.
#[derive(Clone, Debug)]
pub struct Told {
    /// The stages, with their times.
    pub trace: StageTrace,
    /// Of which games they are.
    pub games: Games,
    /// The timing profile that compensates latency.
    pub profile: TimingProfile,
    /// The trace had no times; the profile gave them.
    pub resolved: bool,
}

impl Told {
    /// A trace of one game. One without times gets those of the profile. `[thread-safe]`
    pub fn timed(mut trace: StageTrace, profile: TimingProfile) -> Self {
        let resolved = trace.is_untimed();
        if resolved {
            ResolverProfile::of(&profile).resolve(&mut trace);
        }
        Self {
            games: Games::one(&trace),
            trace,
            profile,
            resolved,
        }
    }

    /// Simulated spins: their times are those of the profile already, also where all of them are 0.
    /// `[thread-safe]`
    pub fn spun(trace: StageTrace, profile: TimingProfile) -> Self {
        Self {
            games: Games::one(&trace),
            trace,
            profile,
            resolved: false,
        }
    }

    /// The recording of live games, as it was heard. `[thread-safe]`
    pub fn live(live: LiveStages) -> Self {
        Self {
            trace: live.trace,
            games: live.games,
            profile: TimingProfile::zero("live"),
            resolved: false,
        }
    }
}

/// The timing profile that a trace names, else `normal`: a trace may come from where its profile is known
/// and this table does not have it. `[thread-safe]`
pub fn own_profile(table: &StageTable, trace: &StageTrace) -> TimingProfile {
    let named = trace.timing_profile.as_deref();
    let found = named.and_then(|name| table.profile(name));
    found.unwrap_or_else(TimingProfile::normal)
}

/// Plays stages on a project without a sound, and reports what was heard, what was forgotten and what must
/// not be. `awards` are what the game advertises, if that is known. Blocks. `[thread-safe]`
///
/// # Errors
/// As [`render_scene`].
pub fn report(
    project: &OpenProject,
    told: Told,
    lint: &LintProfile,
    awards: &[Award],
    progress: Progress<'_>,
) -> Result<StageReport> {
    let mut report = StageReport::new(project, &told.trace, &told.games, lint);
    report.lint.extend(lint.check_awards(awards));
    let rate = project.project.sample_rate.unwrap_or(RATE);
    let feed = StageFeed::new(told.trace, &told.profile, rate, 0).of_games(&told.games);
    let scene = Scene::of_stages("trace", &feed);
    let options = RenderOptions {
        rate: Some(rate),
        ..RenderOptions::default()
    };
    let mut rows = |control: &Control, row: &Row| report.row(control, row);
    render_scene(project, &scene, &options, None, Some(&mut rows), progress)?;
    report.finish(&project.stage_table());
    Ok(report)
}
