//! Playing sounds, notes and the transport, and moving the mixer's controls.

use std::fmt::Display;

use segue_dsp::processor;
use segue_rt::command::{MixerCommand, Plain, Timed, TransportCommand};
use segue_rt::game::GameCall;
use segue_rt::graph::MAX_GAIN;
use segue_rt::ids::{BusId, InsertId, SendId, SoundId, VoiceId};
use segue_rt::keymap::{NoteEvent, NoteKind};
use segue_rt::line::Sender;
use segue_rt::profiler::Cost;
use segue_rt::voices::{MAX_PLACE, PITCH_RANGE, RAMP_SECONDS, VoiceCommand, VoiceParams};

use super::Control;
use crate::error::{Error, Result};

/// How a sound of the project is started, on top of what the project says about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayOptions {
    /// Absolute frame, or [`NOW`](super::NOW).
    pub at: u64,
    /// Linear gain, 0..=16, times the project's.
    pub gain: f32,
    /// -1..=1, added to the project's and clamped.
    pub pan: f32,
    /// Playback rate times the project's; the product is within 0.125..=8.
    pub pitch: f64,
    /// Frame of the sound it starts at.
    pub start: u64,
    /// Frames of fade-in; the longer of this and the project's is used.
    pub fade_in: u32,
    /// 0 (first to go) to 100, instead of the project's.
    pub priority: Option<u8>,
}

/// A sound of the audio pool.
#[derive(Clone, Debug, PartialEq)]
pub struct PooledSound<'a> {
    /// What the project calls it.
    pub name: &'a str,
    /// The id of its asset.
    pub asset: &'a str,
    /// Its length at the engine's rate.
    pub frames: u64,
    /// True when it is read from the disk while it plays.
    pub streamed: bool,
    /// How the project plays it.
    pub params: VoiceParams,
}

impl Default for PlayOptions {
    fn default() -> Self {
        Self {
            at: super::NOW,
            gain: 1.0,
            pan: 0.0,
            pitch: 1.0,
            start: 0,
            fade_in: 0,
            priority: None,
        }
    }
}

/// The voices that were started by hand last, with what they play: for those who list voices, which are told
/// little more than ids.
#[derive(Debug)]
pub(super) struct Started(Box<[(VoiceId, SoundId, u8); STARTED]>);

impl Default for Started {
    fn default() -> Self {
        let none = (VoiceId(0), SoundId::from_bits(0), 0);
        Self(Box::new([none; STARTED]))
    }
}

/// Voices of which is known what they play, a power of two: more than start before somebody looks.
const STARTED: usize = 4_096;

impl Started {
    /// Ids are given out in turn.
    #[inline]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "wrapped to the places there are"
    )]
    const fn place(voice: VoiceId) -> usize {
        voice.0 as usize % STARTED
    }

    #[inline]
    fn note(&mut self, voice: VoiceId, sound: SoundId, priority: u8) {
        self.0[Self::place(voice)] = (voice, sound, priority);
    }
}

impl Control {
    /// Runs the transport from where it is. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::QueueFull`]. So for all calls here that name no other one.
    pub fn play(&mut self) -> Result<()> {
        self.send(super::NOW, Plain::Transport(TransportCommand::Play))
    }

    /// Stops the transport; clips fade out and the position stays. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::QueueFull`].
    pub fn stop(&mut self) -> Result<()> {
        self.send(super::NOW, Plain::Transport(TransportCommand::Stop))
    }

    /// Jumps to `beats` quarter notes from the start. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Argument`] below 0; [`Error::QueueFull`].
    pub fn seek(&mut self, beats: f64) -> Result<()> {
        self.send(
            super::NOW,
            Plain::Transport(TransportCommand::Seek { beats }),
        )
    }

    /// Loops from one beat to another, or not. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Argument`] unless 0 <= start < end; [`Error::QueueFull`].
    pub fn set_loop(&mut self, enabled: bool, start_beats: f64, end_beats: f64) -> Result<()> {
        let command = TransportCommand::Loop {
            enabled,
            start_beats,
            end_beats,
        };
        self.send(super::NOW, Plain::Transport(command))
    }

    /// Starts a sound of the project. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Unknown`] for the sound; [`Error::Argument`]; [`Error::QueueFull`].
    pub fn play_sound(&mut self, sound: &str, options: &PlayOptions) -> Result<VoiceId> {
        let found = self.names.sounds.get(sound).copied();
        let project = found.ok_or_else(|| self.no_sound(sound))?;
        self.play_id(project.sound, options)
    }

    /// The sound of this name, for [`Control::play_id`]. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Unknown`].
    pub fn find_sound(&self, name: &str) -> Result<SoundId> {
        let found = self.names.sounds.get(name);
        found
            .map(|params| params.sound)
            .ok_or_else(|| self.no_sound(name))
    }

    /// Starts the sound of this id, without a name and without allocating. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleId`] for a sound that is gone or was loaded anew; [`Error::Argument`];
    /// [`Error::QueueFull`].
    #[inline(always)]
    pub fn play_id(&mut self, sound: SoundId, options: &PlayOptions) -> Result<VoiceId> {
        let voice = VoiceId(self.next_voice);
        let params = match self.names.places.get(sound.index()) {
            Some(Some(params)) if params.sound == sound => started(params, options),
            _ => return Err(Error::stale("sound", sound.to_bits())),
        };
        let priority = params.priority;
        self.send_voice(options.at, VoiceCommand::Start { voice, params })?;
        self.started.note(voice, sound, priority);
        self.next_voice = voice.0 + 1;
        Ok(voice)
    }

    /// [`Control::play_id`] without options, in fewer steps and without a panic; `None` when anything is not as it
    /// should be, which that tells. `[main-thread]`
    #[inline(always)]
    pub fn glance_play(&mut self, sound: SoundId, at: u64) -> Option<VoiceId> {
        let voice = VoiceId(self.next_voice);
        let params = self.names.places.get(sound.index())?.as_ref()?;
        // The others were checked when they were loaded; the pitch also depends on the file's rate.
        if params.sound != sound || check_pitch(params.pitch).is_err() {
            return None;
        }
        if !push_start(&mut self.commands, at, voice, params) {
            return None;
        }
        self.started.note(voice, sound, params.priority);
        self.next_voice = voice.0 + 1;
        Some(voice)
    }

    /// Whether a voice was ever started here, or may be one that the renderer started for the game, whose ids are
    /// negative when they are read with a sign. Whether it still sounds, only the renderer knows. `[main-thread]`
    #[inline(always)]
    #[must_use]
    pub fn is_made(&self, voice: VoiceId) -> bool {
        voice.0 != 0 && voice.0.cast_signed() < self.next_voice.cast_signed()
    }

    /// What a voice that was started here plays and its priority, while that is remembered: it is for the last
    /// 4,096 of them. `[main-thread]`
    pub fn started(&self, voice: VoiceId) -> Option<(&str, u8)> {
        let (known, sound, priority) = self.started.0[Started::place(voice)];
        if known != voice || voice == VoiceId(0) {
            return None;
        }
        Some((self.sound_name(sound)?, priority))
    }

    /// The name of a sound of the pool; `None` for one that is gone. Allocates nothing. `[main-thread]`
    pub fn sound_name(&self, sound: SoundId) -> Option<&str> {
        let params = self.names.places.get(sound.index())?.as_ref()?;
        let name = self.names.labels.get(sound.index())?;
        (params.sound == sound).then_some(name.as_str())
    }

    /// The sounds that can be played, by their names. `[main-thread]`
    pub fn sounds(&self) -> Vec<PooledSound<'_>> {
        let row = |(name, params): (&'_ String, &VoiceParams)| {
            let known = self.names.known.get(name)?;
            Some(PooledSound {
                name: self.names.known.get_key_value(name)?.0,
                asset: &known.sound.asset,
                frames: known.frames,
                streamed: known.streamed,
                params: *params,
            })
        };
        let mut sounds: Vec<_> = self.names.sounds.iter().filter_map(row).collect();
        sounds.sort_unstable_by_key(|sound| sound.name);
        sounds
    }

    fn no_sound(&self, name: &str) -> Error {
        Error::Unknown {
            what: "sound",
            name: name.to_owned(),
            known: sorted(self.names.sounds.keys()),
        }
    }

    /// How the project plays a sound, for building commands of one's own. `[main-thread]`
    pub fn sound(&self, name: &str) -> Option<VoiceParams> {
        self.names.sounds.get(name).copied()
    }

    /// Fades a voice out over `seconds` and ends it. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Argument`] unless it is 0..=3,600; [`Error::QueueFull`]. A voice that is over is no
    /// error.
    pub fn stop_voice(&mut self, voice: VoiceId, seconds: f64) -> Result<()> {
        if !(0.0..=MAX_FADE_SECONDS).contains(&seconds) {
            return bad("seconds", seconds.to_string(), "0..=3600");
        }
        let fade = self.frames(seconds);
        self.send(super::NOW, Plain::Voice(VoiceCommand::Stop { voice, fade }))
    }

    /// Starts or ends a note of the project's key map. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Argument`] unless key < 128, channel < 16 and velocity is in 0..=1.
    pub fn note(&mut self, kind: NoteKind, channel: u8, key: u8, velocity: f32) -> Result<()> {
        let note = NoteEvent {
            kind,
            channel,
            key,
            velocity,
            note_id: -1,
            at: super::NOW,
        };
        self.send(super::NOW, Plain::Note(note))
    }

    /// The bus of this name. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Unknown`] lists the names there are.
    pub fn bus(&self, name: &str) -> Result<BusId> {
        self.names
            .buses
            .get(name)
            .copied()
            .ok_or_else(|| Error::Unknown {
                what: "bus",
                name: name.to_owned(),
                known: sorted(self.names.buses.keys()),
            })
    }

    /// Every bus, in the order they were added, the master first. `[main-thread]`
    pub fn buses(&self) -> impl Iterator<Item = (&str, BusId)> {
        self.graph
            .buses()
            .iter()
            .map(|bus| (bus.name.as_str(), bus.id))
    }

    /// Every bus and how long it takes in a block, see [`MeterBoard::cost`]; 0 for one that is not heard yet.
    /// `[main-thread]`
    pub fn bus_costs(&self) -> Vec<(BusId, Cost)> {
        let cost = |bus| self.shared.bus_cost(bus).unwrap_or_default();
        self.buses().map(|(_, bus)| (bus, cost(bus))).collect()
    }

    /// The insert `name` of the bus `bus` in the project. `[main-thread]`
    pub fn insert(&self, bus: &str, name: &str) -> Option<InsertId> {
        self.names
            .inserts
            .get(&(bus.to_owned(), name.to_owned()))
            .copied()
    }

    /// The name of an insert of the project on its bus; `None` for one that was added since. `[main-thread]`
    pub fn insert_name(&self, insert: InsertId) -> Option<&str> {
        let mut known = self.names.inserts.iter();
        let ((_, name), _) = known.find(|(_, id)| **id == insert)?;
        Some(name)
    }

    /// The send from one bus of the project to another. `[main-thread]`
    pub fn send_of(&self, from: &str, to: &str) -> Option<SendId> {
        self.names
            .sends
            .get(&(from.to_owned(), to.to_owned()))
            .copied()
    }

    /// Moves the fader of a bus to a linear gain of 0..=16 within 10 ms. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::Argument`]; [`Error::QueueFull`].
    pub fn set_bus_gain(&mut self, bus: BusId, gain: f32) -> Result<()> {
        let ramp = self.frames(RAMP_SECONDS);
        self.send(
            super::NOW,
            Plain::Mixer(MixerCommand::BusGain { bus, gain, ramp }),
        )
    }

    /// Sets a parameter of an insert, in its unit. `[main-thread]`
    ///
    /// # Errors
    /// [`Error::StaleInsert`]; [`Error::Unknown`] for the parameter; [`Error::Dsp`] for the value;
    /// [`Error::Argument`] for one that is only read when the insert is made.
    pub fn set_insert(&mut self, insert: InsertId, param: &str, value: f32) -> Result<()> {
        let kind = *self.names.kinds.get(&insert).ok_or(Error::StaleInsert)?;
        let info = processor::info(kind);
        let number = info.param(param).ok_or_else(|| Error::Unknown {
            what: "parameter",
            name: param.to_owned(),
            known: info.params.iter().map(|row| row.id.to_owned()).collect(),
        })?;
        let command = MixerCommand::InsertParam {
            insert,
            param: number,
            value,
        };
        self.send(super::NOW, Plain::Mixer(command))
    }

    /// Checks the value of an insert's parameter against its row.
    pub(super) fn check_param(&self, insert: InsertId, param: u16, value: f32) -> Result<()> {
        let rows = match self.values.rows(insert) {
            Some(rows) if self.graph.has_insert(insert) => rows,
            _ => processor::info(*self.names.kinds.get(&insert).ok_or(Error::StaleInsert)?).params,
        };
        let Some(row) = rows.get(usize::from(param)) else {
            return bad("param", param.to_string(), "the rows of its processor");
        };
        row.check(value)?;
        if row.structural {
            let allowed = "what it was made with, since it sets the latency; add a new insert";
            return bad(row.id, value.to_string(), allowed);
        }
        Ok(())
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped"
    )]
    pub(super) fn frames(&self, seconds: f64) -> u32 {
        let frames = seconds * f64::from(self.config.sample_rate);
        frames.round().clamp(0.0, f64::from(u32::MAX)) as u32
    }
}

fn sorted<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = names.cloned().collect();
    names.sort_unstable();
    names
}

/// A sound as the project plays it, with what was asked for on top.
#[inline]
fn started(project: &VoiceParams, options: &PlayOptions) -> VoiceParams {
    VoiceParams {
        gain: project.gain * options.gain,
        pan: (project.pan + options.pan).clamp(-1.0, 1.0),
        pitch: project.pitch * options.pitch,
        start: options.start,
        fade_in: project.fade_in.max(options.fade_in),
        priority: options.priority.unwrap_or(project.priority),
        ..*project
    }
}

/// Queues the start of a voice as the project says. Apart, because then it is known that nothing changes what is
/// copied meanwhile.
#[inline(never)]
fn push_start(commands: &mut Sender<Timed>, at: u64, voice: VoiceId, params: &VoiceParams) -> bool {
    commands.push_plain(at, || {
        let params = *params;
        Plain::Voice(VoiceCommand::Start { voice, params })
    })
}

/// Checks every value of a command before it is queued.
pub(super) fn check(plain: &Plain) -> Result<()> {
    match plain {
        Plain::Voice(command) => check_voice(command),
        Plain::Mixer(command) => check_mixer(command),
        Plain::Transport(command) => check_transport(command),
        Plain::Note(note) => check_note(note),
        Plain::Game(call) => check_game(call),
        Plain::Host(_) | Plain::ReleaseHost | Plain::RemoveSound(_) => Ok(()),
    }
}

// What is known about a command where it is made is known here too, once it is inlined there: then little of
// the checks is left. What is refused is told elsewhere.

#[inline(always)]
pub(super) fn check_game(call: &GameCall) -> Result<()> {
    match *call {
        GameCall::Register { pan, width, .. } => {
            check_pan(pan)?;
            check_width(width)
        }
        GameCall::Place {
            emitter,
            pan,
            width,
            ..
        } => {
            check_emitter(emitter)?;
            check_pan(pan)?;
            check_width(width)
        }
        GameCall::Post { emitter, gain, .. } => {
            check_emitter(emitter)?;
            within("gain", gain, 0.0, 16.0, "0..=16")
        }
        GameCall::SetRtpc { value, .. } | GameCall::Signal { value, .. } => {
            within("value", value, f32::MIN, f32::MAX, "finite numbers")
        }
        GameCall::EnterContext { strength, .. } => within("strength", strength, 0.0, 1.0, "0..=1"),
        GameCall::LeaveContext { summary } if summary > 3 => out_of("summary", summary, "0..=3"),
        GameCall::SetLevel { level } if level > 4 => out_of("level", level, "0..=4"),
        _ => Ok(()),
    }
}

#[inline(always)]
fn check_width(width: f32) -> Result<()> {
    within("width", width, 0.0, 2.0, "0..=2")
}

#[inline(always)]
fn check_emitter(emitter: u8) -> Result<()> {
    if emitter < 8 {
        Ok(())
    } else {
        out_of("emitter", emitter, "0..=7")
    }
}

#[inline(always)]
pub(super) fn check_voice(command: &VoiceCommand) -> Result<()> {
    match *command {
        VoiceCommand::Start { ref params, .. } => {
            check_gain(params.gain)?;
            check_pan(params.pan)?;
            check_width(params.width)?;
            check_pitch(params.pitch)?;
            check_priority(params.priority)?;
            check_place("start", params.start)?;
            check_filter(params.lpf_hz, params.hpf_hz)
        }
        VoiceCommand::Gain { gain, .. } => check_gain(gain),
        VoiceCommand::Pan { pan, .. } => check_pan(pan),
        VoiceCommand::Width { width, .. } => check_width(width),
        VoiceCommand::Pitch { ratio, .. } => check_pitch(ratio),
        VoiceCommand::Filter { lpf_hz, hpf_hz, .. } => check_filter(lpf_hz, hpf_hz),
        VoiceCommand::Priority { priority, .. } => check_priority(priority),
        VoiceCommand::Seek { frame, .. } => check_place("frame", frame),
        _ => Ok(()),
    }
}

#[inline(always)]
pub(super) fn check_note(note: &NoteEvent) -> Result<()> {
    within("velocity", note.velocity, 0.0, 1.0, "0..=1")?;
    let ends = note.kind != NoteKind::On;
    match ends || (note.key < 128 && note.channel < 16) {
        true => Ok(()),
        false => no_note(*note),
    }
}

#[cold]
#[inline(never)]
fn no_note(note: NoteEvent) -> Result<()> {
    bad("note", format!("{note:?}"), "keys 0..=127 on 0..=15")
}

#[inline(always)]
fn check_place(what: &'static str, frame: u64) -> Result<()> {
    let fits = frame <= MAX_PLACE;
    if fits {
        Ok(())
    } else {
        out_of(what, frame, "0..=2^48 frames")
    }
}

#[inline(always)]
pub(super) fn check_mixer(command: &MixerCommand) -> Result<()> {
    match *command {
        MixerCommand::BusGain { gain, .. } | MixerCommand::SendGain { gain, .. } => {
            check_gain(gain)
        }
        MixerCommand::BusPan { pan, .. } => check_pan(pan),
        MixerCommand::InsertMix { mix, .. } => within("mix", mix, 0.0, 1.0, "0..=1"),
        _ => Ok(()),
    }
}

#[inline(always)]
pub(super) fn check_transport(command: &TransportCommand) -> Result<()> {
    match *command {
        TransportCommand::Seek { beats } if !(0.0..=MAX_BEATS).contains(&beats) => {
            out_of("beats", beats, "0..=1e8")
        }
        TransportCommand::Loop {
            start_beats,
            end_beats,
            ..
        } if !(start_beats >= 0.0 && end_beats > start_beats && end_beats <= MAX_BEATS) => bad(
            "loop",
            format!("{start_beats}..{end_beats}"),
            "0 <= start < end <= 1e8 beats",
        ),
        _ => Ok(()),
    }
}

/// Longest fade, in seconds.
const MAX_FADE_SECONDS: f64 = 3_600.0;
const MAX_BEATS: f64 = segue_rt::tempo::MAX_BEATS;

#[inline(always)]
fn check_gain(gain: f32) -> Result<()> {
    within("gain", gain, 0.0, MAX_GAIN, "0..=16")
}

#[inline(always)]
fn check_pan(pan: f32) -> Result<()> {
    within("pan", pan, -1.0, 1.0, "-1..=1")
}

#[inline(always)]
fn check_pitch(ratio: f64) -> Result<()> {
    let fits = (PITCH_RANGE.0..=PITCH_RANGE.1).contains(&ratio);
    if fits {
        Ok(())
    } else {
        out_of("pitch", ratio, "0.125..=8")
    }
}

#[inline(always)]
fn check_priority(priority: u8) -> Result<()> {
    if priority <= 100 {
        Ok(())
    } else {
        out_of("priority", priority, "0..=100")
    }
}

#[inline(always)]
fn check_filter(lpf_hz: f32, hpf_hz: f32) -> Result<()> {
    within("lpf_hz", lpf_hz, 0.0, 192_000.0, "0..=192000")?;
    within("hpf_hz", hpf_hz, 0.0, 192_000.0, "0..=192000")
}

#[inline(always)]
fn within(what: &'static str, x: f32, min: f32, max: f32, allowed: &'static str) -> Result<()> {
    if (min..=max).contains(&x) {
        Ok(())
    } else {
        out_of(what, x, allowed)
    }
}

/// A value that is not allowed, as a text: away from those that are. It comes as a copy: a command of which somebody has the
/// address is kept in memory, and asked again what it is.
#[cold]
#[inline(never)]
fn out_of<T: Display>(what: &'static str, value: T, allowed: &'static str) -> Result<()> {
    bad(what, value.to_string(), allowed)
}

#[cold]
fn bad(what: &'static str, value: String, allowed: &'static str) -> Result<()> {
    Err(Error::Argument {
        what,
        value,
        allowed,
    })
}
