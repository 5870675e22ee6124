//! Following a host's transport.

use super::clock::{Pace, Ramp};
use super::{LoopRange, Transport};
use crate::tempo::{Bars, MAX_BEATS, MAX_BPM, MIN_BPM, Span, TimeSignature, nearest};

/// Seconds by which a host's position may be off before that is a jump.
const JUMP_SECONDS: f64 = 0.001;
/// Frames by which a host's position may be off before the clock is set by it. Less is the host's
/// rounding: not to follow it is what makes clips independent of the host's blocks.
const HOLD_FRAMES: f64 = 0.25;
/// Share by which a ramp's tempo may be off: the host's rounding.
const HOLD_TEMPO: f64 = 1e-6;

/// What a host says about its transport at the first frame of a block. None is what it does not
/// say; values that make no sense count as not said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HostTransport {
    /// True while it plays.
    pub playing: bool,
    /// Position in quarter-note beats at that frame.
    pub beats: Option<f64>,
    /// Tempo in quarter notes a minute, brought into 1..=999.
    pub bpm: Option<f64>,
    /// What each frame adds to the tempo, until the host speaks again; 0 for a steady one.
    pub bpm_per_frame: f64,
    /// Time signature.
    pub signature: Option<TimeSignature>,
    /// Quarter-note beat at which the present bar began.
    pub bar_start_beats: Option<f64>,
    /// Number of the present bar, 0 the first.
    pub bar: Option<i64>,
    /// The loop, while it is on.
    pub range: Option<LoopRange>,
}

/// What is remembered of a host between its blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct HostState {
    /// Frame at which it last spoke.
    at: u64,
    span: Option<[Span; 1]>,
}

impl HostState {
    pub(super) fn bars(&self) -> Option<Bars<'_>> {
        self.span.as_ref().map(|span| Bars(span))
    }
}

impl<P: Copy> Transport<P> {
    /// Follows a host that says at frame `at`, the first of a block, where it is. `[audio-thread]`
    ///
    /// A position within a quarter of a frame of the expected one changes nothing. One within 1 ms,
    /// or what a change of tempo since the last block explains, sets the clock and lets clips sound
    /// on; clips that were passed over by that start late but whole. Anything else is a jump: clips fade out and those at the new place start. The host's loop
    /// is wrapped inside of a block, too. A tempo that changes with every frame is followed exactly. A host that gives no position leaves it to this clock, at
    /// the host's tempo or, without that, at the tempo map's. While a host drives the transport,
    /// commands are refused.
    pub fn host(&mut self, at: u64, host: &HostTransport) {
        self.catch_up(at);
        let expected = self.clock.beats(&self.tempo, at);
        let old = self.clock.frames_per_beat(&self.tempo, expected);
        let target = self.target(host, expected, old);
        let since = self
            .host
            .as_ref()
            .map_or(0, |state| at.saturating_sub(state.at));
        let speed = 1.0 / target.frames_per_beat;
        let slack = JUMP_SECONDS * f64::from(self.tempo.sample_rate()) * speed
            + since as f64 * (speed - 1.0 / old).abs();
        let beats = self.same_lap(target.beats, expected, slack);
        let error = (beats - expected).abs();

        let started = target.playing != self.clock.running();
        self.moved |= started || (error > slack && target.playing);
        let held = error <= HOLD_FRAMES * speed && target.keeps(self.clock.pace(), old);
        if started || !held || target.range != self.clock.range() {
            self.clock.follow(&self.tempo, at, beats, &target);
            self.turned = true;
        }
        let span = span(host, beats);
        let before = self.host.as_ref().map(|state| state.span);
        self.turned |= before != Some(span);
        self.host = Some(HostState { at, span });
        self.refresh();
    }

    /// Goes on from frame `at` without a host, at the tempo map's pace and without a loop.
    /// `[audio-thread]`
    pub fn release_host(&mut self, at: u64) {
        if self.host.take().is_none() {
            return;
        }
        self.catch_up(at);
        let target = Target {
            playing: self.clock.running(),
            beats: self.clock.beats(&self.tempo, at),
            frames_per_beat: 1.0,
            slope: 0.0,
            rate: 1.0,
            steady: false,
            range: None,
        };
        self.clock.follow(&self.tempo, at, target.beats, &target);
        self.turned = true;
        self.refresh();
    }

    fn target(&self, host: &HostTransport, expected: f64, old: f64) -> Target {
        let rate = 60.0 * f64::from(self.tempo.sample_rate());
        let bpm = host.bpm.filter(|bpm| bpm.is_finite() && *bpm > 0.0);
        let given = host.beats.filter(|beats| beats.is_finite());
        let steady = bpm.is_some() || given.is_some();
        let slope = host.bpm_per_frame / rate;
        Target {
            playing: host.playing,
            beats: given.unwrap_or(expected).clamp(-MAX_BEATS, MAX_BEATS),
            frames_per_beat: bpm.map_or(old, |bpm| rate / bpm.clamp(MIN_BPM, MAX_BPM)),
            slope: if bpm.is_some() && slope.is_finite() {
                slope
            } else {
                0.0
            },
            rate,
            steady,
            range: host.range.filter(|range| {
                range.start_beats.abs() <= MAX_BEATS
                    && range.end_beats.abs() <= MAX_BEATS
                    && range.start_beats < range.end_beats
            }),
        }
    }

    /// `beats`, less a lap when the host is about to wrap and this clock just did.
    fn same_lap(&self, beats: f64, expected: f64, slack: f64) -> f64 {
        let lap = self
            .clock
            .range()
            .map_or(0.0, |range| range.end_beats - range.start_beats);
        let one_back = beats - lap;
        let near = (beats - expected).abs() > slack && (one_back - expected).abs() <= slack;
        if near { one_back } else { beats }
    }
}

/// Where a host wants the clock.
pub(super) struct Target {
    pub(super) playing: bool,
    pub(super) beats: f64,
    pub(super) frames_per_beat: f64,
    /// Beats a frame that each frame adds.
    slope: f64,
    /// Frames a minute.
    rate: f64,
    /// False when the host gives neither position nor tempo.
    pub(super) steady: bool,
    pub(super) range: Option<LoopRange>,
}

impl Target {
    /// Whether `pace`, at which a beat now lasts `now` frames, is what the host wants.
    fn keeps(&self, pace: Pace, now: f64) -> bool {
        match pace {
            Pace::Map => !self.steady,
            Pace::Steady {
                frames_per_beat, ..
            } => self.steady && self.slope == 0.0 && frames_per_beat == self.frames_per_beat,
            Pace::Ramp(ramp) => {
                let off = (now / self.frames_per_beat - 1.0).abs();
                ramp.slope == self.slope && off <= HOLD_TEMPO
            }
        }
    }

    pub(super) fn pace(&self, beats: f64) -> Pace {
        if !self.steady {
            return Pace::Map;
        }
        let speed = 1.0 / self.frames_per_beat;
        if self.slope == 0.0 {
            return Pace::Steady {
                beats,
                frames_per_beat: self.frames_per_beat,
            };
        }
        let bpm = if self.slope > 0.0 { MAX_BPM } else { MIN_BPM };
        Pace::Ramp(Ramp {
            beats,
            speed,
            slope: self.slope,
            length: ((bpm / self.rate - speed) / self.slope).max(0.0),
        })
    }
}

fn span(host: &HostTransport, beats: f64) -> Option<[Span; 1]> {
    let signature = host.signature?;
    let length = signature.bar_length();
    let given = host
        .bar_start_beats
        .filter(|start| start.abs() <= MAX_BEATS);
    let start = given.unwrap_or_else(|| (beats / length).floor() * length);
    let bar = host.bar.unwrap_or_else(|| nearest(start / length));
    Some([Span {
        beats: start,
        bar,
        signature,
    }])
}
