//! Whole engines: projects rendered, recorded and replayed.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "these are tests, helpers and all")]

mod clips;
mod live;
mod logs;
mod random_game;
mod realtime;
mod refused;
mod refused_calls;
mod splits;
mod streams;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use segue_engine::project;
use segue_engine::render::{
    BlockSize, RenderOptions, RenderReport, WavFormat, render, replay_with,
};

fn factory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../presets/factory")
}

fn options(folder: &Path, block: BlockSize) -> RenderOptions {
    RenderOptions {
        seconds: Some(40.0),
        block,
        format: WavFormat::F32,
        cache: Some(folder.join("cache")),
        ..RenderOptions::default()
    }
}

fn render_factory(options: &RenderOptions, out: &Path) -> RenderReport {
    let open = project::open(&factory()).unwrap();
    render(&open, options, out, &mut |_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn the_factory_project_renders_alike_in_any_blocks_and_from_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let plain = options(folder.path(), BlockSize::Fixed(512));
    let report = render_factory(&plain, &at("a.wav"));
    assert!(report.missing.is_empty());
    assert!((-30.0..-10.0).contains(&report.loudness_lufs), "{report:?}");
    assert!(report.true_peak_dbtp < 0.0);

    let mut random = options(folder.path(), BlockSize::Random(7));
    random.log = Some(at("session.log"));
    render_factory(&random, &at("b.wav"));
    let format = WavFormat::F32;
    let cache = Some(at("cache"));
    replay_with(&at("session.log"), &at("c.wav"), format, cache, &mut |_| {
        ControlFlow::Continue(())
    })
    .unwrap();
    let bytes = |name: &str| std::fs::read(at(name)).unwrap();
    assert!(
        bytes("a.wav") == bytes("b.wav"),
        "random blocks change the output"
    );
    assert!(bytes("a.wav") == bytes("c.wav"), "the replay differs");
}
