//! A scene, rendered faster than real time.

use super::Run;
use super::events::Events;
use super::spin_log::SpinLog;
use crate::cancel::Cancel;
use crate::commands::render::{Stages, text, warn};
use crate::commands::stages::make::Played;
use crate::commands::stages::{profile_of, told};
use crate::console::Console;
use crate::failure::Failure;
use crate::telemetry::snake;
use crate::values::count;
use segue_engine::Control;
use segue_engine::game::telemetry::Row;
use segue_engine::game::{Counts, StageFeed};
use segue_engine::ingest::project_hash;
use segue_engine::middleware::stage::StageTrace;
use segue_engine::project::{OpenProject, open};
use segue_engine::render::{SceneReport, render_scene};
use segue_engine::rt::command::Reason;
use segue_engine::scene::{SCENE_BYTES, Scene};
use segue_engine::slot::log::LogRow;
use segue_engine::stage_report::Games;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::Read;
use std::path::Path;

impl Run {
    pub(super) fn offline(&self, console: &Console) -> Result<(), Failure> {
        let cancel = Cancel::listen(|| ())?;
        let project = open(&self.project)?;
        self.check_outputs(&project)?;
        for warning in &project.warnings {
            console.warn(&warning.to_string());
        }
        let (scene, mut spins) = self.input(&project)?;
        let mut events = self.events.as_deref().map(Events::create).transpose()?;
        let mut progress = Stages::new(console, &cancel);
        let is_told = events.is_some() || spins.is_some();
        let mut write = |control: &Control, row: &Row| {
            if let Some(events) = &mut events {
                events.row(control, row);
            }
            if let Some(spins) = &mut spins {
                spins.row(control, row);
            }
        };
        let report = render_scene(
            &project,
            &scene,
            &self.how.options(&project, self.seconds),
            self.out.as_deref(),
            is_told.then_some(&mut write as &mut dyn FnMut(&Control, &Row)),
            &mut |step| progress.at(step),
        )?;
        drop(progress);
        if let Some(mut events) = events {
            events.flush()?;
        }
        if let Some(spins) = spins {
            spins.write()?;
        }
        self.answer(console, &report)
    }

    /// Results must not take the place of the project's own files, of the scene, nor of one another.
    fn check_outputs(&self, project: &OpenProject) -> Result<(), Failure> {
        let events = self
            .events
            .as_deref()
            .filter(|path| path.as_os_str() != "-");
        let outputs = [
            ("--output", self.out.as_deref()),
            ("--events", events),
            ("--log", self.how.log.as_deref()),
            ("--spin-log", self.spin_log.as_deref()),
            ("--scene", self.scene.as_deref()),
            ("--trace", self.trace.as_deref()),
            ("--slot", self.slot.as_deref()),
        ];
        let given = outputs
            .iter()
            .filter_map(|(name, path)| path.map(|path| (*name, path)));
        let given: Vec<_> = given.collect();
        for (n, (name, path)) in given.iter().enumerate() {
            if matches!(*name, "--output" | "--events" | "--log" | "--spin-log") {
                project.refuse_as_output(path)?;
            }
            let same = |(_, other): &&(&str, &Path)| {
                std::path::absolute(other).ok() == std::path::absolute(path).ok()
            };
            if let Some((other, _)) = given[n + 1..].iter().find(same) {
                let text = format!("{name} and {other} name the same file");
                return Err(Failure::usage(text));
            }
        }
        Ok(())
    }

    /// What is played: a text, a trace, or spins, with their log.
    fn input(&self, project: &OpenProject) -> Result<(Scene, Option<SpinLog>), Failure> {
        let name = self.profile.as_deref();
        let table = project.stage_table();
        let (path, trace, games, profile, rows) = match (&self.scene, &self.trace, &self.slot) {
            (Some(path), ..) => return Ok((read(path)?, None)),
            (None, Some(path), _) => {
                let told = told(&table, path, name)?;
                (path, told.trace, told.games, told.profile, Vec::new())
            }
            (None, None, Some(game)) => {
                let (trace, rows) = self.spin(project, game)?;
                let profile = profile_of(&table, name, &trace)?;
                let games = Games::one(&trace);
                (game, trace, games, profile, rows)
            }
            (None, None, None) => {
                return Err(Failure::usage("there is nothing to play")
                    .hint("name a --scene, a --trace or a --slot game"));
            }
        };
        let rate = self
            .how
            .rate
            .or(project.project.sample_rate)
            .unwrap_or(48_000);
        let log = match &self.spin_log {
            Some(path) => {
                let hash = project_hash(project)?;
                Some(SpinLog::new(path, rows, (&trace, &profile, rate), &hash))
            }
            None => None,
        };
        let feed = StageFeed::new(trace, &profile, rate, 0).of_games(&games);
        Ok((Scene::of_stages(&path.display().to_string(), &feed), log))
    }

    /// The stages of a session of a slot game, with the project's tiers and profiles, and a row of a
    /// log for each spin.
    fn spin(
        &self,
        project: &OpenProject,
        game: &Path,
    ) -> Result<(StageTrace, Vec<LogRow>), Failure> {
        let played = Played {
            game,
            spins: self.spins,
            seed: self.how.seed.unwrap_or(project.project.seed.0),
            session: &self.session,
            profile: self.profile.as_deref().unwrap_or("normal"),
        };
        played.logged(&project.stage_table())
    }

    fn answer(&self, console: &Console, report: &SceneReport) -> Result<(), Failure> {
        warn(console, &report.render);
        // Rows on standard output are the answer.
        if self
            .events
            .as_deref()
            .is_some_and(|path| path.as_os_str() == "-")
        {
            return Ok(());
        }
        let calls = count(report.calls, "call");
        console.answer(
            || match &self.out {
                Some(_) => format!("{}\ncalls       {}", text(&report.render), report.calls),
                None => format!("{calls} carried out"),
            },
            || {
                let mut object = report.render.value();
                object["calls"] = report.calls.into();
                object["game"] = counts(&report.counts);
                if self.out.is_none() {
                    object["path"] = Value::Null;
                }
                object
            },
        )
    }
}

fn counts(counts: &Counts) -> Value {
    let Counts {
        posts,
        refused,
        actions,
        missing,
        ignored,
        lost_wakes,
        refusals,
    } = counts;
    let reasons = Reason::ALL.iter().zip(refusals);
    let refusals: Map<String, Value> = reasons
        .filter(|(_, count)| **count > 0)
        .map(|(reason, count)| (snake(reason), (*count).into()))
        .collect();
    json!({"posts": posts, "refused": refused, "actions": actions, "missing": missing,
        "ignored": ignored, "lost_wakes": lost_wakes, "refusals": refusals})
}

fn read(path: &Path) -> Result<Scene, Failure> {
    let failed = |error| Failure::io(path, "read", &error);
    let file = File::open(path).map_err(|error| Failure::io(path, "open", &error))?;
    let mut text = String::new();
    file.take(SCENE_BYTES as u64 + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() > SCENE_BYTES {
        let text = format!(
            "{}: a scene has at most {SCENE_BYTES} bytes",
            path.display()
        );
        return Err(Failure::new(text).hint("split it"));
    }
    Ok(Scene::parse(&path.display().to_string(), &text)?)
}
