//! The same engine without the C ABI around it.

use std::ops::ControlFlow;
use std::path::Path;

use segue_engine::format::container::Package;
use segue_engine::{Control, EngineConfig, Renderer, create, project};

use crate::{BLOCK, RATE, Result, Song};

pub(crate) struct Bare {
    control: Control,
    renderer: Renderer,
    out: [Vec<f32>; 2],
}

impl Bare {
    pub(crate) fn new(song: &Song) -> Result<Self> {
        let package = Package::from_bytes(&song.bytes)?.into_owned();
        let open = project::open_package(Path::new("the factory project"), &package)?;
        let config = EngineConfig::for_project(&open.project, Some(RATE));
        let (mut control, renderer, _) = create(config)?;
        control.load_project(&open, &mut |_| ControlFlow::Continue(()))?;
        Ok(Self {
            control,
            renderer,
            out: [vec![0.0; BLOCK], vec![0.0; BLOCK]],
        })
    }

    /// Starts the song.
    pub(crate) fn play(&mut self) -> Result<()> {
        Ok(self.control.play()?)
    }

    /// Renders the next block.
    pub(crate) fn render(&mut self) {
        let [left, right] = &mut self.out;
        self.renderer.process(&mut [left, right]);
    }

    pub(crate) fn update(&mut self) -> Result<()> {
        Ok(self.control.update()?)
    }

    /// The last block.
    pub(crate) fn heard(&self) -> &[Vec<f32>; 2] {
        &self.out
    }
}
