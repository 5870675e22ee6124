//! One face for both formats, so that a test can treat them alike.

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::io::EventBuffer;
use clack_host::events::{EventFlags, EventHeader};
use clack_host::utils::{BeatTime, SecondsTime};
use segue_plugin::{Kind, Param};

use crate::host::{Event, Host, Stereo};
use crate::vst3::Vst;

/// Where a host's song is at the first frame of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Song {
    pub(crate) playing: bool,
    pub(crate) beats: f64,
    pub(crate) bpm: f64,
    /// CLAP only: what each frame adds to the tempo.
    pub(crate) ramp: f64,
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) signature: (u16, u16),
}

impl Song {
    pub(crate) fn at(beats: f64) -> Self {
        Self {
            playing: true,
            beats,
            bpm: 150.0,
            ramp: 0.0,
            range: None,
            signature: (4, 4),
        }
    }

    pub(crate) fn event(self, time: u32) -> TransportEvent {
        let mut flags = TransportFlags::HAS_BEATS_TIMELINE
            | TransportFlags::HAS_TEMPO
            | TransportFlags::HAS_TIME_SIGNATURE;
        flags.set(TransportFlags::IS_PLAYING, self.playing);
        flags.set(TransportFlags::IS_LOOP_ACTIVE, self.range.is_some());
        let (start, end) = self.range.unwrap_or_default();
        TransportEvent {
            header: EventHeader::new_core(time, EventFlags::empty()),
            flags,
            song_pos_beats: BeatTime::from_float(self.beats),
            song_pos_seconds: SecondsTime::from_float(0.0),
            tempo: self.bpm,
            tempo_inc: self.ramp,
            loop_start_beats: BeatTime::from_float(start),
            loop_end_beats: BeatTime::from_float(end),
            loop_start_seconds: SecondsTime::from_float(0.0),
            loop_end_seconds: SecondsTime::from_float(0.0),
            bar_start: BeatTime::from_float(0.0),
            bar_number: 0,
            time_signature_numerator: self.signature.0,
            time_signature_denominator: self.signature.1,
        }
    }
}

/// A plug-in in a host of either format.
pub(crate) trait Unit {
    fn start(&mut self, rate: f64, max: usize);
    fn stop(&mut self);
    fn is_running(&self) -> bool;
    fn load(&mut self, state: &[u8]) -> bool;
    fn save(&mut self) -> Vec<u8>;
    /// A parameter's plain value.
    fn value(&mut self, param: Param) -> f64;
    fn latency(&mut self) -> u32;
    /// A visit of the host's run loop.
    fn idle(&mut self);
    /// Silence at once; a format without it does what comes nearest.
    fn reset(&mut self);
    /// Before it starts.
    fn set_offline(&mut self, is_offline: bool);
    /// Before it starts: the main output, or one for each bus too.
    fn select(&mut self, is_multi: bool);
    /// One block, which may not allocate; events have times inside of it, in order.
    fn run(
        &mut self,
        frames: usize,
        inputs: &[Stereo],
        events: &[(usize, Event)],
        song: Option<Song>,
    ) -> Vec<Stereo>;

    /// Runs `frames` frames in blocks of these sizes, with absolute times, and returns the main
    /// output. `song` says where the song is at a frame.
    fn play(
        &mut self,
        frames: usize,
        inputs: &[Stereo],
        events: &[(usize, Event)],
        sizes: &[usize],
        song: &dyn Fn(usize) -> Option<Song>,
    ) -> Stereo {
        let mut all = [Vec::new(), Vec::new()];
        let (mut at, mut sizes) = (0, sizes.iter().cycle());
        while at < frames {
            let end = frames.min(at + sizes.next().unwrap());
            let due = events.iter().filter(|(time, _)| (at..end).contains(time));
            let due: Vec<_> = due.map(|(time, event)| (time - at, *event)).collect();
            let part: Vec<Stereo> = inputs
                .iter()
                .map(|pair| pair.each_ref().map(|side| side[at..end].to_vec()))
                .collect();
            let outs = self.run(end - at, &part, &due, song(at));
            for (all, side) in all.iter_mut().zip(&outs[0]) {
                all.extend_from_slice(side);
            }
            at = end;
        }
        all
    }
}

/// A new instance in each format.
pub(crate) const FORMATS: [fn(Kind) -> Box<dyn Unit>; 2] = [
    |kind| Box::new(Host::new(kind)),
    |kind| Box::new(Vst::new(kind)),
];

/// The same, with a state, running at 48 kHz.
pub(crate) fn playing(kind: Kind, state: &[u8]) -> [Box<dyn Unit>; 2] {
    FORMATS.map(|make| {
        let mut unit = make(kind);
        assert!(unit.load(state));
        unit.start(48_000.0, 4_096);
        unit
    })
}

impl Unit for Host {
    fn start(&mut self, rate: f64, max: usize) {
        Host::start(self, rate, u32::try_from(max).unwrap());
    }
    fn stop(&mut self) {
        Host::stop(self);
    }
    fn is_running(&self) -> bool {
        Host::is_running(self)
    }
    fn load(&mut self, state: &[u8]) -> bool {
        Host::load(self, state).is_ok()
    }
    fn save(&mut self) -> Vec<u8> {
        Host::save(self)
    }
    fn value(&mut self, param: Param) -> f64 {
        Host::value(self, param)
    }
    fn latency(&mut self) -> u32 {
        Host::latency(self)
    }
    fn idle(&mut self) {
        Host::idle(self);
    }
    fn reset(&mut self) {
        Host::reset(self);
    }
    fn set_offline(&mut self, is_offline: bool) {
        Host::set_offline(self, is_offline);
    }
    fn select(&mut self, is_multi: bool) {
        Host::select(self, is_multi);
    }
    fn run(
        &mut self,
        frames: usize,
        inputs: &[Stereo],
        events: &[(usize, Event)],
        song: Option<Song>,
    ) -> Vec<Stereo> {
        let mut buffer = EventBuffer::new();
        for (time, event) in events {
            event.push(u32::try_from(*time).unwrap(), &mut buffer);
        }
        let song = song.map(|song| song.event(0));
        self.block(frames, inputs, &buffer, song.as_ref()).0
    }
}
