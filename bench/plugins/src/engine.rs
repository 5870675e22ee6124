//! The renderer alone.

use std::path::Path;

use segue_engine::format::Project;
use segue_engine::format::container::Package;
use segue_engine::rt::command::Plain;
use segue_engine::rt::renderer::{BusOutput, Renderer};
use segue_engine::rt::tempo::TimeSignature;
use segue_engine::rt::transport::HostTransport;
use segue_engine::{Control, EngineConfig, FlushGuard, create, project};
use std::ops::ControlFlow;
use std::time::Duration;

use cpu_time::ThreadTime;

use crate::song::{BPM, Song, peak};
use crate::{BLOCK, RATE, Result, Subject};

pub(crate) struct Bare {
    /// Keeps the streams alive.
    control: Control,
    renderer: Renderer,
    song: Song,
    out: [Vec<f32>; 2],
    peak: f32,
}

impl Bare {
    /// With a project out of a state, or with an empty one.
    pub(crate) fn new(state: Option<&[u8]>) -> Result<Self> {
        let package = match state {
            Some(state) => Package::from_bytes(state)?.into_owned(),
            None => Package::new(Project::new("Untitled").to_json()?)?,
        };
        let open = project::open_package(Path::new("the state"), &package)?;
        let mut config = EngineConfig::for_project(&open.project, Some(RATE as u32));
        config.streams = 16;
        let (mut control, renderer, _) = create(config)?;
        control.load_project(&open, &mut |_| ControlFlow::Continue(()))?;
        Ok(Self {
            control,
            renderer,
            song: Song::default(),
            out: [vec![0.0; BLOCK], vec![0.0; BLOCK]],
            peak: 0.0,
        })
    }
}

impl Subject for Bare {
    fn blocks(&mut self, times: &mut [Duration]) -> Result<()> {
        for time in times {
            *time = self.block()?;
        }
        Ok(())
    }

    fn peak(&self) -> f32 {
        self.peak
    }
}

impl Bare {
    fn block(&mut self) -> Result<Duration> {
        let beats = self.song.next();
        let start = ThreadTime::now();
        {
            let _flush = FlushGuard::new();
            let host = HostTransport {
                playing: true,
                beats: Some(beats),
                bpm: Some(BPM),
                signature: Some(TimeSignature::FOUR_FOUR),
                ..HostTransport::default()
            };
            self.renderer
                .schedule(self.renderer.now(), Plain::Host(host));
            let [left, right] = &mut self.out;
            let mut outputs = [BusOutput {
                bus: None,
                sides: [left, right],
            }];
            self.renderer.process_buses(BLOCK, &[], &mut outputs);
        }
        let spent = start.elapsed();
        self.peak = self.peak.max(peak(self.out.iter().flatten()));
        self.control.update()?;
        Ok(spent)
    }
}
