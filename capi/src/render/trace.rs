//! The recording of a live game, rendered again.

use std::path::Path;

use facade::ingest::{
    Adapted, Adapter, Heard, TraceCalls, TraceError, TraceReader, TraceSurvey, project_hash,
};
use facade::project::OpenProject;
use facade::render::{BlockSize, Progress, RenderOptions, SceneReport, render_trace};
use serde_json::Value;

use crate::live::read::failure;
use crate::render::{Block, Wanted};
use crate::status::Answer;

/// Renders `wanted.trace`, and makes its document.
pub(super) fn render(
    project: &OpenProject,
    wanted: &Wanted,
    how: RenderOptions,
    out: &Path,
    progress: Progress<'_>,
) -> Answer<Value> {
    let path = wanted.trace.as_deref().unwrap_or(Path::new(""));
    let survey = TraceSurvey::of(path).map_err(facade::Error::from)?;
    let header = &survey.header;
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53 frames")]
    let recorded = survey
        .state
        .end
        .map(|end| end as f64 / f64::from(header.sample_rate_hz));
    let how = RenderOptions {
        seconds: how.seconds.or(recorded.filter(|seconds| *seconds > 0.0)),
        seed: Some(header.seed),
        rate: Some(header.sample_rate_hz),
        block: match wanted.block {
            Some(Block::Random) => BlockSize::Random(header.seed),
            _ => how.block,
        },
        ..how
    };
    let report = match &wanted.adapter {
        None => {
            let calls = || -> facade::Result<_> { Ok(TraceCalls::heard(TraceReader::open(path)?)) };
            carry_out(project, &calls, (&how, out), progress)?
        }
        Some(text) => {
            // It begins anew with the trace each time.
            let adapter = Adapter::read_for(text, &project.stage_table());
            let adapter = adapter.map_err(|error| failure(error.into()))?;
            let calls = || -> facade::Result<_> {
                let reader = TraceReader::open(path)?;
                let header = reader.header().clone();
                Ok(TraceCalls::heard(Adapted::new(
                    &header,
                    reader,
                    adapter.clone(),
                )))
            };
            carry_out(project, &calls, (&how, out), progress)?
        }
    };
    let state = &survey.state;
    let is_known = header.project_hash.is_empty() || header.project_hash == project_hash(project)?;
    let mut value = report.render.value();
    value["calls"] = report.calls.into();
    value["cut_short"] = (state.end.is_none() || state.missing.is_some()).into();
    value["skipped_lines"] = state.skipped_count.into();
    value["other_project"] = (!is_known).into();
    Ok(value)
}

fn carry_out<C>(
    project: &OpenProject,
    calls: &dyn Fn() -> facade::Result<C>,
    (how, out): (&RenderOptions, &Path),
    progress: Progress<'_>,
) -> Answer<SceneReport>
where
    C: Iterator<Item = Result<Heard, TraceError>>,
{
    Ok(render_trace(
        project,
        calls,
        how,
        Some(out),
        None,
        progress,
    )?)
}
