//! Firewheel 0.14: a `SamplerNode` and a `VolumePanNode` per slot, all connected to the graph's output.
//!
//! The context is activated without a backend and its processor is called by hand. The sampler's own volume stays at unity (it
//! is not smoothed); the pan node does gain and pan. One-shots reuse the nodes of their slot, the way Firewheel's sampler pool
//! does. The context is told of blocks of twice the length, because the sampler reads its source in pieces of at most that
//! length: so a voice above its original pitch needs one piece instead of two, and has no seam. `update` runs only when there are events to send, which is less often than an application would call it.

use std::num::NonZeroU32;
use std::time::Duration;

use audioadapter_buffers::direct::InterleavedSlice;
use firewheel::backend::BackendProcessInfo;
use firewheel::collector::ArcGc;
use firewheel::core::sample_resource::SampleResource;
use firewheel::diff::Memo;
use firewheel::node::{NodeID, StreamStatus};
use firewheel::nodes::sampler::{RepeatMode, SamplerNode};
use firewheel::nodes::volume_pan::VolumePanNode;
use firewheel::processor::FirewheelProcessor;
use firewheel::{ActivateInfo, FirewheelConfig, FirewheelContext, Volume};

use crate::asset::Asset;
use crate::subject::{
    BLOCK, Contender, Error, Heap, Mix, RATE, Result, Role, Setup, Slot, Subject, constant_power,
    count32, decibels, real_voices_only,
};

/// The rows of this engine.
pub(crate) fn contenders() -> Vec<Contender> {
    vec![Contender {
        name: "firewheel",
        quality: "linear",
        role: Role::Peer,
        heap: Heap::Rust,
        pan_gains: [constant_power; 2],
        supports: real_voices_only,
        create: |setup| Ok(Box::new(Firewheel::new(setup)?)),
    }]
}

/// The processor drops first: the context waits seconds for it otherwise.
struct Firewheel {
    processor: FirewheelProcessor,
    context: FirewheelContext,
    voices: Vec<Voice>,
}

struct Voice {
    sampler_id: NodeID,
    sampler: Memo<SamplerNode>,
    pan_id: NodeID,
    pan: Memo<VolumePanNode>,
}

type Shared = ArcGc<dyn SampleResource + Send + Sync>;

impl Firewheel {
    fn new(setup: &Setup) -> Result<Self> {
        let count = count32(setup.slots.len());
        let events = setup.slots.len() * 8;
        let mut context = FirewheelContext::new(FirewheelConfig {
            initial_node_capacity: count * 2 + 2,
            initial_edge_capacity: count * 4,
            initial_event_group_capacity: count * 8,
            event_queue_capacity: events,
            immediate_event_capacity: events,
            ..FirewheelConfig::default()
        });
        let assets: Vec<Shared> = setup.assets.iter().map(|asset| resource(asset)).collect();
        let voices = setup
            .slots
            .iter()
            .map(|slot| Voice::new(&mut context, &assets, *slot))
            .collect::<Result<_>>()?;
        let processor = context.activate(stream()?).map_err(failed)?;
        let mut this = Self {
            context,
            processor,
            voices,
        };
        this.commit()?;
        Ok(this)
    }
}

impl Voice {
    fn new(context: &mut FirewheelContext, assets: &[Shared], slot: Slot) -> Result<Self> {
        let repeat_mode = if slot.looping {
            RepeatMode::RepeatEndlessly
        } else {
            RepeatMode::PlayOnce
        };
        let sampler = SamplerNode {
            repeat_mode,
            ..SamplerNode::default()
        };
        let pan = VolumePanNode {
            smooth_seconds: 0.010,
            ..VolumePanNode::default()
        };
        let sampler_id = context.add_node(sampler, None).map_err(failed)?;
        let pan_id = context.add_node(pan, None).map_err(failed)?;
        let out = context.graph_out_node_id();
        let sides = [(0, 0), (1, 1)];
        context
            .connect(sampler_id, pan_id, &sides, false)
            .map_err(failed)?;
        context
            .connect(pan_id, out, &sides, false)
            .map_err(failed)?;
        let sample = SamplerNode::set_dyn_sample_event(assets[slot.asset].clone());
        context.queue_event_for(sampler_id, sample);
        Ok(Self {
            sampler_id,
            sampler: Memo::new(sampler),
            pan_id,
            pan: Memo::new(pan),
        })
    }

    fn send(&mut self, context: &mut FirewheelContext, mix: Mix) {
        self.sampler.speed = mix.ratio;
        self.sampler
            .update_memo(&mut context.event_queue(self.sampler_id));
        self.pan.volume = Volume::Decibels(decibels(mix.gain));
        self.pan.pan = mix.pan;
        self.pan.update_memo(&mut context.event_queue(self.pan_id));
    }
}

impl Subject for Firewheel {
    fn start(&mut self, slot: usize, mix: Mix) -> Result<()> {
        let voice = &mut self.voices[slot];
        voice.sampler.start_or_restart();
        voice.send(&mut self.context, mix);
        Ok(())
    }

    fn retarget(&mut self, slot: usize, mix: Mix) -> Result<()> {
        self.voices[slot].send(&mut self.context, mix);
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.context.update().map_err(failed)
    }

    fn render_block(&mut self, out: &mut [f32]) -> Result<()> {
        let frames = out.len() / 2;
        let input = InterleavedSlice::new(&[0.0f32; 0], 0, 0).map_err(failed)?;
        let mut output = InterleavedSlice::new_mut(out, 2, frames).map_err(failed)?;
        self.processor.process(&input, &mut output, now(frames));
        Ok(())
    }
}

/// One vector per channel: the fastest kind (a copy), and the one that plays mono right. 0.14.0 reads an interleaved mono resource
/// from twice the position.
fn resource(asset: &Asset) -> Shared {
    asset.planar().into()
}

fn stream() -> Result<ActivateInfo> {
    Ok(ActivateInfo {
        sample_rate: NonZeroU32::new(RATE).ok_or_else(|| failed("no sample rate"))?,
        max_block_frames: NonZeroU32::new(count32(2 * BLOCK)).ok_or_else(|| failed("no block"))?,
        num_stream_in_channels: 0,
        num_stream_out_channels: 2,
        input_to_output_latency_seconds: 0.0,
    })
}

fn now(frames: usize) -> BackendProcessInfo {
    BackendProcessInfo {
        frames,
        process_timestamp: None,
        duration_since_stream_start: Duration::ZERO,
        input_stream_status: StreamStatus::empty(),
        output_stream_status: StreamStatus::empty(),
        dropped_frames: 0,
        process_to_playback_delay: None,
    }
}

fn failed(what: impl std::fmt::Display) -> Error {
    Error::Engine {
        subject: "firewheel",
        what: what.to_string(),
    }
}
