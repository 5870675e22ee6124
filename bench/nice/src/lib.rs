//! The least plug-in that nice-plug can be: a stereo gain, to compare with.

use nice_plug::prelude::*;
use std::sync::Arc;

#[derive(Params)]
struct GainParams {
    #[id = "gain"]
    gain: FloatParam,
}

/// The plug-in.
pub struct Gain {
    params: Arc<GainParams>,
}

impl Default for Gain {
    fn default() -> Self {
        let range = FloatRange::Linear { min: 0.0, max: 2.0 };
        let gain = FloatParam::new("Gain", 1.0, range).with_smoother(SmoothingStyle::Linear(10.0));
        Self {
            params: Arc::new(GainParams { gain }),
        }
    }
}

impl Plugin for Gain {
    const NAME: &'static str = "Gain";
    const VENDOR: &'static str = "Segue's benchmarks";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = "0.1.0";
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[AudioIOLayout {
        main_input_channels: NonZeroU32::new(2),
        main_output_channels: NonZeroU32::new(2),
        aux_input_ports: &[],
        aux_output_ports: &[],
        names: PortNames::const_default(),
    }];

    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.params) as Arc<dyn Params>
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        _context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        for frame in buffer.iter_samples() {
            let gain = self.params.gain.smoothed.next();
            for sample in frame {
                *sample *= gain;
            }
        }
        ProcessStatus::Normal
    }
}

impl ClapPlugin for Gain {
    const CLAP_ID: &'static str = "audio.segue.bench.gain";
    const CLAP_DESCRIPTION: Option<&'static str> = None;
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[ClapFeature::AudioEffect, ClapFeature::Stereo];
}

nice_export_clap!(Gain);
