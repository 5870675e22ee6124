//! Live games: what a game says over a socket is heard.
//!
//! | job | function |
//! |---|---|
//! | listen, and play what games say | [`LiveGame::start`], [`LiveGame::pump`] |
//! | the same without an output, at the pace of a clock | [`crate::render::render_live`] |
//! | what a trace did, rendered to the same bits | [`crate::render::render_trace`] |
//!
//! Everything here runs on the control thread. The audio thread hears of a game only through the
//! queue of plain commands, each with its frame.

mod words;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::game::Call;
use crate::project::OpenProject;
use segue_format::project::interactive::StageClip;
use segue_middleware::stage::StageEvent;
use segue_middleware::stage::bind::StageTable;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

pub use segue_ingest::adapter::{Adapter, ConfigError, Coverage, EventNames};
pub use segue_ingest::clock::{Due, Timing};
pub use segue_ingest::connect::{
    ConnectorConfig, Ending, Endpoint, OrderError, Service, StartError, default_port,
};
pub use segue_ingest::effect::{Effect, classify};
pub use segue_ingest::frame::{FrameKind, schema as frame_schema};
pub use segue_ingest::hub::{Delivery, Hub, Notice, Peer};
pub use segue_ingest::json::{DEPTH_MAX, object};
pub use segue_ingest::live::{
    Adapted, CALLS_OF_A_STAGE, CAPABILITIES, Carried, Live, LiveConfig, LiveRow, Nobody, Place,
    Refusal, Sink, Summary, coverage_value, covered,
};
pub use segue_ingest::reconnect::{JitterSeed, ReconnectPolicy};
pub use segue_ingest::session::{Hello, Message, Token};
pub use segue_ingest::stage_json;
pub use segue_ingest::trace::{
    Difference, Heard, Skipped, TraceCalls, TraceError, TraceHeader, TraceReader, TraceRow,
    TraceState, TraceSurvey, TraceWriter, diff, hash,
};
pub use segue_ingest::wizard;
pub use words::{ConnectorWords, KINDS, latency, local_servers, proposal_value};

/// How a live game is played.
pub struct LiveOptions<'a> {
    /// Connectors, at least one.
    pub connectors: Vec<ConnectorConfig>,
    /// What messages mean; `None` for Segue's own words.
    pub adapter: Option<&'a str>,
    /// Where everything is recorded.
    pub trace: Option<&'a Path>,
    /// What becomes of a file that is there already.
    pub trace_exists: TraceExists,
    /// Hash of the project: see [`project_hash`].
    pub project_hash: String,
}

/// When the file of a trace is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TraceExists {
    /// It stays, and the live game does not start.
    #[default]
    Fail,
    /// The trace takes its place.
    Overwrite,
}

/// A connector has 64 orders that wait. Trying again a moment later may succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the games of the connector {connector} were not asked, as 64 orders wait for it already: send less at a \
     time, and wait for the row `ack` of each command"
)]
pub struct CommandError {
    /// Its name.
    pub connector: String,
}

/// Connectors at work, and the game that they bring. `[main-thread]`
pub struct LiveGame {
    service: Service,
    live: Live,
    connectors: Vec<(String, bool)>,
    names: Arc<RwLock<EventNames>>,
    /// What the project says of stages.
    table: Arc<StageTable>,
    trace: PathBuf,
}

impl LiveGame {
    /// Opens every connector. The trace begins with the engine's frame 0.
    ///
    /// # Errors
    /// [`Error::Adapter`] with line and column, [`Error::Connector`] naming what is wrong,
    /// [`Error::Io`] for the trace, also where it is there already and is to stay.
    pub fn start(mut options: LiveOptions<'_>, control: Option<&mut Control>) -> Result<Self> {
        let rate = control
            .as_deref()
            .map_or(48_000, |control| control.config().sample_rate);
        let seed = control
            .as_deref()
            .map_or(0, |control| control.config().seed);
        let table = control
            .as_deref()
            .map(|control| Arc::clone(control.stage_table()));
        let table = table.unwrap_or_default();
        let adapter = match options.adapter {
            Some(text) => Adapter::read_for(text, &table)?,
            None => Adapter::native_for(&table),
        };
        let names = Arc::new(RwLock::new(adapter.names()));
        let connectors: Vec<(String, bool)> = options.connectors.iter().map(name_of).collect();
        for connector in &mut options.connectors {
            if connector.hello.capabilities.is_empty() {
                connector.hello.capabilities = CAPABILITIES.map(str::to_owned).to_vec();
            }
        }
        let hub = hub(Arc::clone(&names));
        let watch = control.map(Control::watch_net);
        let service = Service::start(options.connectors, hub, watch)?;
        let header = TraceHeader {
            project_hash: options.project_hash,
            adapter_hash: options
                .adapter
                .map_or(String::new(), |text| hash(text.as_bytes())),
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            sample_rate_hz: rate,
            seed,
        };
        let trace = options.trace.map(|path| {
            let writer = match options.trace_exists {
                TraceExists::Fail => TraceWriter::create_new(path, header),
                TraceExists::Overwrite => TraceWriter::create(path, header),
            };
            writer.map_err(|error| Error::io(path, "create", error))
        });
        let live = Live::new(LiveConfig {
            sample_rate: rate,
            adapter,
            connectors: connectors.clone(),
            trace: trace.transpose()?,
            clock: crate::control::nanoseconds,
        });
        Ok(Self {
            service,
            live,
            connectors,
            names,
            table,
            trace: options.trace.unwrap_or(Path::new("trace")).to_owned(),
        })
    }

    /// Takes what games said and carries out what is due, and answers them. To be called every few
    /// milliseconds; never blocks. `next_frame` is the first that is certainly still to be rendered,
    /// and at most `ahead` from there on are before the next call.
    ///
    /// # Errors
    /// [`Error::Io`] once when the trace cannot be written; it ends there and the game goes on.
    pub fn pump(&mut self, sink: &mut dyn Sink, next_frame: u64, ahead: u32) -> Result<()> {
        let place = Place {
            now_us: self.service.now_us(),
            next_frame,
            ahead,
        };
        let pumped = self.live.pump(self.service.hub(), sink, place);
        for (peer, ack) in self.live.take_acks() {
            // A game that asks for more than 64 things at a time hears of a timeout.
            let _ = self.service.acknowledge(peer, ack);
        }
        for (peer, refused) in self.live.take_refused() {
            // One that is gone, or does not listen, hears nothing.
            let _ = self.service.refuse(peer, refused);
        }
        pumped.map_err(|error| Error::io(&self.trace, "write", error))
    }

    /// Waits until a game says something, or for `most`.
    pub fn wait(&self, most: std::time::Duration) {
        self.service.hub().wait(most);
    }

    /// Microseconds of the clock of connectors.
    pub fn now_us(&self) -> u64 {
        self.service.now_us()
    }

    /// Another adapter takes over.
    ///
    /// # Errors
    /// [`Error::Adapter`] with line and column; the one before goes on.
    pub fn set_adapter(&mut self, text: &str) -> Result<()> {
        let adapter = Adapter::read_for(text, &self.table)?;
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = adapter.names();
        self.live.set_adapter(adapter);
        Ok(())
    }

    /// Asks every game that is connected for something, by one of [`CAPABILITIES`]: a row `command` for each that is
    /// asked, and within 5 s a row `ack` with its answer or `timeout`.
    ///
    /// # Errors
    /// [`CommandError`] for the first connector that takes no more now; the others were asked.
    pub fn command(
        &self,
        name: &str,
        args: &serde_json::Value,
    ) -> std::result::Result<(), CommandError> {
        let mut result = Ok(());
        for (connector, (its, is_osc)) in (0..).zip(&self.connectors) {
            // OSC has no answers.
            if !is_osc {
                let sent = self.service.command(connector, None, name, args.clone());
                let connector = its.clone();
                result = result.and(sent.map_err(|_| CommandError { connector }));
            }
        }
        result
    }

    /// True while a game is connected.
    pub fn has_games(&self) -> bool {
        let summary = self.live.summary();
        summary.opened > summary.gone
    }

    /// What happened next, oldest first.
    pub fn next_row(&mut self) -> Option<LiveRow> {
        self.live.next_row()
    }

    /// What the adapter has seen and made.
    pub fn coverage(&self) -> &Coverage {
        self.live.adapter().coverage()
    }

    /// What happened so far.
    pub fn summary(&self) -> &Summary {
        self.live.summary()
    }

    /// Names of the connectors, and whether each speaks OSC.
    pub fn connectors(&self) -> &[(String, bool)] {
        &self.connectors
    }

    /// True when games were there and all have gone, and nothing of them waits.
    pub fn is_left(&self) -> bool {
        let summary = self.live.summary();
        summary.opened > 0 && summary.gone >= summary.opened && self.live.waiting() == 0
    }

    /// The end of the connectors' thread, to wait for after [`LiveGame::finish`].
    pub fn ending(&self) -> Ending {
        self.service.ending()
    }

    /// Closes every connector, and the trace after `frames` frames. A name that is still looked up holds it for 200 ms and
    /// the connectors' thread for longer: see [`LiveGame::ending`].
    ///
    /// # Errors
    /// [`Error::Io`] when the trace cannot be written.
    pub fn finish(mut self, frames: u64) -> Result<Summary> {
        self.service.close();
        let finished = self.live.finish(self.service.hub(), frames);
        finished.map_err(|error| Error::io(&self.trace, "write", error))
    }
}

impl Sink for Control {
    fn room(&self) -> usize {
        let free = self.free_commands();
        // A queue that holds less than a call may need has room for it while nothing waits there.
        match free >= self.config().limits.commands {
            true => free.max(CALLS_OF_A_STAGE),
            false => free,
        }
    }

    fn carry_out(
        &mut self,
        at: u64,
        game: &str,
        effect: &Effect,
    ) -> std::result::Result<Carried, Refusal> {
        let refused = |error: Error| Refusal {
            code: match error {
                Error::QueueFull { .. } => "queue_full",
                Error::Unknown { .. } => "unknown",
                _ => "argument",
            },
            text: error.to_string(),
        };
        match effect {
            Effect::Stage(event) => {
                let post = self.post_stage_of(game, event, "", at).map_err(refused)?;
                let bound = post.bound.and_then(|at| self.stage_table().bound().get(at));
                Ok(Carried {
                    event: bound.map(|bound| bound.event.clone()),
                    playing: post.playing.map(|playing| playing.0),
                })
            }
            Effect::EndStages => {
                self.end_stages_of(game, at).map_err(refused)?;
                Ok(Carried::default())
            }
            other => {
                let playing = self
                    .call(&call_of(game, other.clone()), at)
                    .map_err(refused)?;
                Ok(Carried {
                    event: None,
                    playing: playing.map(|playing| playing.0),
                })
            }
        }
    }
}

/// Stages of a clip at most; a project holds them all.
pub const CLIP_STAGES: usize = 10_000;

/// A clip of the stages of a trace, and how many calls it leaves out because they are none.
/// `from_s` of the trace is left out, and what comes `length_s` later. `[thread-safe]`
///
/// # Errors
/// [`Error::Trace`]; [`Error::Argument`] for no stage there, or more than [`CLIP_STAGES`].
pub fn clip_of(
    trace: TraceReader,
    name: &str,
    at_beats: f64,
    from_s: f64,
    length_s: Option<f64>,
) -> Result<(StageClip, u64)> {
    let rate = f64::from(trace.header().sample_rate_hz);
    let length = length_s.unwrap_or(f64::INFINITY);
    let (mut stages, mut others) = (Vec::new(), 0);
    for call in TraceCalls::heard(trace) {
        let Heard { at, effect, .. } = call?;
        #[expect(clippy::cast_precision_loss, reason = "frames far below 2^53")]
        let seconds = at as f64 / rate - from_s;
        if !(0.0..length).contains(&seconds) {
            continue;
        }
        let Effect::Stage(event) = effect else {
            others += u64::from(!matches!(effect, Effect::EndStages | Effect::Pause { .. }));
            continue;
        };
        if stages.len() == CLIP_STAGES {
            return Err(out_of_clip("more than that"));
        }
        stages.push(StageEvent {
            timestamp_ms: seconds * 1000.0,
            ..*event
        });
    }
    if stages.is_empty() {
        return Err(out_of_clip("none"));
    }
    let clip = StageClip {
        // At least the shortest that a project may have.
        length_ms: length_s.map(|length| (length * 1000.0).max(1.0)),
        ..StageClip::new(name, at_beats, &stages)
    };
    Ok((clip, others))
}

fn out_of_clip(count: &str) -> Error {
    Error::Argument {
        what: "the number of stages in this part of the trace:",
        value: count.to_owned(),
        allowed: "1..=10000; choose another part by where it begins and how long it is",
    }
}

/// Tells versions of a project apart: by what it says, and the names and sizes of its audio files.
///
/// # Errors
/// [`Error::Format`] for a project that cannot be written.
pub fn project_hash(project: &OpenProject) -> Result<String> {
    let json = project.whole().to_json();
    let mut bytes = json.map_err(|error| Error::format(&project.source, error))?;
    for asset in &project.assets {
        let size = std::fs::metadata(&asset.path).map_or(0, |file| file.len());
        bytes.extend(
            asset
                .path
                .file_name()
                .unwrap_or_default()
                .as_encoded_bytes(),
        );
        bytes.extend(size.to_le_bytes());
    }
    Ok(hash(&bytes))
}

/// The one that sorts by what the adapter knows, also when another one takes over.
fn hub(names: Arc<RwLock<EventNames>>) -> Arc<Hub> {
    Arc::new(Hub::new(Box::new(move |message| {
        let names = names.read().unwrap_or_else(PoisonError::into_inner);
        let is_osc = message.data.contains_key("address") && message.data.contains_key("args");
        classify(message, is_osc, Some(&names))
    })))
}

/// A connector's name, and whether it speaks OSC.
pub fn name_of(config: &ConnectorConfig) -> (String, bool) {
    let is_osc = matches!(config.endpoint, Endpoint::OscServer { .. });
    (config.name.clone(), is_osc)
}

/// The call of an effect of one of several games.
pub(crate) fn call_of(game: &str, effect: Effect) -> Call {
    match effect {
        Effect::Stage(event) => Call::Stage {
            event,
            object: String::new(),
            game: game.to_owned(),
        },
        Effect::Rtpc {
            name,
            value,
            object,
        } => Call::Rtpc {
            rtpc: name,
            value,
            object,
            label: None,
            ramp: 0.0,
        },
        Effect::State { group, value } => Call::State { group, value },
        Effect::Switch {
            object,
            group,
            value,
        } => Call::Switch {
            group,
            value,
            object,
        },
        Effect::Reseed { seed } => Call::Reseed { seed },
        Effect::Event { name, object } => Call::PostOf {
            game: game.to_owned(),
            event: name,
            object,
        },
        Effect::EndStages => Call::EndStages {
            game: Some(game.to_owned()),
        },
        Effect::Pause { on } => Call::PauseStages {
            game: game.to_owned(),
            on,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connector_that_is_asked_too_much_is_named() {
        let bind = "127.0.0.1:0".parse().unwrap();
        let options = LiveOptions {
            connectors: vec![ConnectorConfig::new("floor", Endpoint::LineServer { bind })],
            adapter: None,
            trace: None,
            trace_exists: TraceExists::Fail,
            project_hash: String::new(),
        };
        let game = LiveGame::start(options, None).unwrap();
        // Faster than its thread takes them, sooner or later.
        let args = serde_json::Value::Null;
        let error = (0..10_000_000).find_map(|_| game.command("pause", &args).err());
        let text = error.unwrap().to_string();
        assert!(
            text.starts_with("the games of the connector floor were not asked"),
            "{text}"
        );
        assert!(text.contains("wait for the row `ack`"), "{text}");
    }
}
