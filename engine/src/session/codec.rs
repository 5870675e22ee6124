//! Commands and edits as bytes: a number for the kind, then its fields, little-endian. The numbers
//! are part of the session log's format and are never reused.

mod game;

use segue_dsp::voice::Quality;
use segue_rt::command::{MixerCommand, Plain, TransportCommand};
use segue_rt::graph::SendTap;
use segue_rt::ids::{Id, VoiceId};
use segue_rt::keymap::{NoteEvent, NoteKind};
use segue_rt::tempo::TimeSignature;
use segue_rt::transport::{HostTransport, LoopRange};
use segue_rt::voices::{LoopSpec, OUTER, Owner, VoiceCommand, VoiceGroup, VoiceParams};

use crate::control::Edit;

/// Longest text in an edit, in bytes.
const MAX_TEXT: usize = 1_024;
/// Most parameters in an edit.
const MAX_PARAMS: usize = 1_024;

pub(crate) fn encode_plain(plain: &Plain) -> Vec<u8> {
    let mut out = Out::default();
    match *plain {
        Plain::Voice(command) => out.voice(&command),
        Plain::Mixer(command) => out.mixer(command),
        Plain::Transport(command) => out.transport(command),
        Plain::Note(note) => out.note(&note),
        Plain::Host(host) => out.host(&host),
        Plain::ReleaseHost => _ = out.u8(61),
        Plain::RemoveSound(sound) => _ = out.u8(62).id(sound),
        Plain::Game(call) => out.game(&call),
    }
    out.0
}

/// The command, or `None` for bytes that are none.
pub(crate) fn decode_plain(bytes: &[u8]) -> Option<Plain> {
    let mut input = In(bytes);
    let kind = input.u8()?;
    let plain = match kind {
        1..=18 => Plain::Voice(input.voice(kind)?),
        21..=28 => Plain::Mixer(input.mixer(kind)?),
        41..=44 => Plain::Transport(input.transport(kind)?),
        51 => Plain::Note(input.note()?),
        60 => Plain::Host(input.host(0.0)?),
        61 => Plain::ReleaseHost,
        62 => Plain::RemoveSound(input.id()?),
        63 => {
            let bpm_per_frame = input.f64()?;
            Plain::Host(input.host(bpm_per_frame)?)
        }
        71..=89 => Plain::Game(input.game(kind)?),
        _ => return None,
    };
    input.0.is_empty().then_some(plain)
}

pub(crate) fn encode_edit(edit: &Edit) -> Vec<u8> {
    let mut out = Out::default();
    match edit {
        Edit::AddBus { name, output } => _ = out.u8(1).text(name).id(*output),
        Edit::RemoveBus { bus } => _ = out.u8(2).id(*bus),
        Edit::SetOutput { bus, output } => _ = out.u8(3).id(*bus).id(*output),
        Edit::AddSend {
            from,
            to,
            gain,
            tap,
        } => {
            out.u8(4)
                .id(*from)
                .id(*to)
                .f32(*gain)
                .flag(*tap == SendTap::PreFader);
        }
        Edit::RemoveSend { send } => _ = out.u8(5).id(*send),
        Edit::AddInsert {
            bus,
            position,
            kind,
            params,
            key,
        } => {
            out.u8(6)
                .id(*bus)
                .u64(*position as u64)
                .text(kind)
                .option(*key, |out, key| {
                    out.id(key);
                });
            out.u32(u32::try_from(params.len()).unwrap_or(u32::MAX));
            for (name, value) in params {
                out.text(name).f64(*value);
            }
        }
        Edit::RemoveInsert { insert } => _ = out.u8(7).id(*insert),
        Edit::MoveInsert { insert, position } => _ = out.u8(8).id(*insert).u64(*position as u64),
        Edit::SetKey { insert, key } => {
            out.u8(9).id(*insert).option(*key, |out, key| {
                out.id(key);
            });
        }
        Edit::Commit => _ = out.u8(10),
        Edit::SetMaxLatency { bus, frames } => {
            out.u8(11).id(*bus).option(*frames, |out, frames| {
                out.u32(frames);
            });
        }
    }
    out.0
}

/// The edit, or `None` for bytes that are none.
pub(crate) fn decode_edit(bytes: &[u8]) -> Option<Edit> {
    let mut input = In(bytes);
    let edit = match input.u8()? {
        1 => Edit::AddBus {
            name: input.text()?,
            output: input.id()?,
        },
        2 => Edit::RemoveBus { bus: input.id()? },
        3 => Edit::SetOutput {
            bus: input.id()?,
            output: input.id()?,
        },
        4 => Edit::AddSend {
            from: input.id()?,
            to: input.id()?,
            gain: input.f32()?,
            tap: if input.flag()? {
                SendTap::PreFader
            } else {
                SendTap::PostFader
            },
        },
        5 => Edit::RemoveSend { send: input.id()? },
        6 => input.add_insert()?,
        7 => Edit::RemoveInsert {
            insert: input.id()?,
        },
        8 => Edit::MoveInsert {
            insert: input.id()?,
            position: input.size()?,
        },
        9 => Edit::SetKey {
            insert: input.id()?,
            key: input.option(In::id)?,
        },
        10 => Edit::Commit,
        11 => Edit::SetMaxLatency {
            bus: input.id()?,
            frames: input.option(In::u32)?,
        },
        _ => return None,
    };
    input.0.is_empty().then_some(edit)
}

/// Whether the first encoding of a start says everything.
fn is_plain(params: &VoiceParams) -> bool {
    params.width.to_bits() == 1.0_f32.to_bits()
        && params.groups == [VoiceGroup::default(); 3]
        && params.outer == [VoiceGroup::default(); OUTER]
        && params.end == u64::MAX
}

/// Bytes being written.
#[derive(Default)]
struct Out(Vec<u8>);

impl Out {
    fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }
    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }
    fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }
    fn f32(&mut self, value: f32) -> &mut Self {
        self.u32(value.to_bits())
    }
    fn f64(&mut self, value: f64) -> &mut Self {
        self.u64(value.to_bits())
    }
    fn flag(&mut self, value: bool) -> &mut Self {
        self.u8(u8::from(value))
    }
    fn id<K>(&mut self, id: Id<K>) -> &mut Self {
        self.u64(id.to_bits())
    }
    fn text(&mut self, text: &str) -> &mut Self {
        self.u32(u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.0.extend(text.as_bytes());
        self
    }
    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) -> &mut Self {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
        self
    }

    fn voice(&mut self, command: &VoiceCommand) {
        use VoiceCommand as V;
        match *command {
            V::Start { voice, params } if is_plain(&params) => {
                self.u8(1).u64(voice.0).params(&params);
            }
            V::Start { voice, params } => {
                let has_outer = params.outer != [VoiceGroup::default(); OUTER];
                let has_end = params.end != u64::MAX || has_outer;
                let kind = match (has_outer, has_end) {
                    (true, _) => 17,
                    (false, true) => 16,
                    (false, false) => 15,
                };
                self.u8(kind).u64(voice.0).params(&params);
                self.f32(params.width);
                for group in params.groups {
                    self.u32(group.key).u32(group.limit.into());
                }
                if has_end {
                    self.u64(params.end);
                }
                for group in params.outer.iter().filter(|_| has_outer) {
                    self.u32(group.key).u32(group.limit.into());
                }
            }
            V::Stop { voice, fade } => _ = self.u8(2).u64(voice.0).u32(fade),
            V::Pause { voice, fade } => _ = self.u8(3).u64(voice.0).u32(fade),
            V::Resume { voice, fade } => _ = self.u8(4).u64(voice.0).u32(fade),
            V::Gain { voice, gain, ramp } => _ = self.u8(5).u64(voice.0).f32(gain).u32(ramp),
            V::Pan { voice, pan, ramp } => _ = self.u8(6).u64(voice.0).f32(pan).u32(ramp),
            V::Width { voice, width, ramp } => _ = self.u8(14).u64(voice.0).f32(width).u32(ramp),
            V::Pitch { voice, ratio, ramp } => _ = self.u8(7).u64(voice.0).f64(ratio).u32(ramp),
            V::Filter {
                voice,
                lpf_hz,
                hpf_hz,
            } => {
                self.u8(8).u64(voice.0).f32(lpf_hz).f32(hpf_hz);
            }
            V::Priority { voice, priority } => _ = self.u8(9).u64(voice.0).u8(priority),
            V::Seek { voice, frame } => _ = self.u8(10).u64(voice.0).u64(frame),
            V::LeaveLoop { voice } => _ = self.u8(11).u64(voice.0),
            V::Leave { voice } => _ = self.u8(18).u64(voice.0),
            V::StopAll { fade } => _ = self.u8(12).u32(fade),
            V::BusLimit { bus, limit } => _ = self.u8(13).id(bus).u32(limit),
        }
    }

    fn params(&mut self, p: &VoiceParams) {
        self.id(p.sound)
            .id(p.bus)
            .f32(p.gain)
            .f32(p.pan)
            .f64(p.pitch);
        self.f32(p.lpf_hz)
            .f32(p.hpf_hz)
            .u8(p.quality as u8)
            .u8(p.priority);
        match p.owner {
            Owner::Call => _ = self.u8(0),
            Owner::Clip(index) => _ = self.u8(1).u32(index),
            Owner::Note {
                channel,
                key,
                note_id,
            } => {
                self.u8(2).u8(channel).u8(key).u32(note_id.cast_unsigned());
            }
            Owner::Game => _ = self.u8(3),
        }
        self.u32(p.fade_in)
            .u32(p.fade_out)
            .u64(p.start)
            .u64(p.length);
        self.u64(p.looping.start)
            .u64(p.looping.end)
            .u32(p.looping.count);
    }

    fn mixer(&mut self, command: MixerCommand) {
        use MixerCommand as M;
        match command {
            M::BusGain { bus, gain, ramp } => self.u8(21).id(bus).f32(gain).u32(ramp),
            M::BusPan { bus, pan } => self.u8(22).id(bus).f32(pan),
            M::BusMute { bus, on } => self.u8(23).id(bus).flag(on),
            M::BusSolo { bus, on } => self.u8(24).id(bus).flag(on),
            M::SendGain { send, gain } => self.u8(25).id(send).f32(gain),
            M::InsertParam {
                insert,
                param,
                value,
            } => self.u8(26).id(insert).u32(u32::from(param)).f32(value),
            M::InsertMix { insert, mix } => self.u8(27).id(insert).f32(mix),
            M::InsertBypass { insert, on } => self.u8(28).id(insert).flag(on),
        };
    }

    fn transport(&mut self, command: TransportCommand) {
        use TransportCommand as T;
        match command {
            T::Play => self.u8(41),
            T::Stop => self.u8(42),
            T::Seek { beats } => self.u8(43).f64(beats),
            T::Loop {
                enabled,
                start_beats,
                end_beats,
            } => self.u8(44).flag(enabled).f64(start_beats).f64(end_beats),
        };
    }

    fn note(&mut self, note: &NoteEvent) {
        let kind = match note.kind {
            NoteKind::On => 0,
            NoteKind::Off => 1,
            NoteKind::Choke => 2,
        };
        self.u8(51)
            .u8(kind)
            .u8(note.channel)
            .u8(note.key)
            .f32(note.velocity);
        self.u32(note.note_id.cast_unsigned()).u64(note.at);
    }

    fn host(&mut self, host: &HostTransport) {
        if host.bpm_per_frame == 0.0 {
            self.u8(60);
        } else {
            self.u8(63).f64(host.bpm_per_frame);
        }
        self.flag(host.playing);
        for value in [host.beats, host.bpm, host.bar_start_beats] {
            self.option(value, |out, value| _ = out.f64(value));
        }
        self.option(host.signature, |out, s| {
            _ = out.u8(s.numerator()).u8(s.denominator())
        });
        self.option(host.bar, |out, bar| _ = out.u64(bar.cast_unsigned()));
        self.option(host.range, |out, r| {
            _ = out.f64(r.start_beats).f64(r.end_beats)
        });
    }
}

/// Bytes being read. Every method is `None` when they end too early.
struct In<'a>(&'a [u8]);

impl In<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }
    fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }
    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
    fn f32(&mut self) -> Option<f32> {
        self.u32().map(f32::from_bits)
    }
    fn f64(&mut self) -> Option<f64> {
        self.u64().map(f64::from_bits)
    }
    fn flag(&mut self) -> Option<bool> {
        self.u8().map(|value| value != 0)
    }
    fn id<K>(&mut self) -> Option<Id<K>> {
        self.u64().map(Id::from_bits)
    }
    fn size(&mut self) -> Option<usize> {
        self.u64().and_then(|value| usize::try_from(value).ok())
    }
    fn text(&mut self) -> Option<String> {
        let len = usize::try_from(self.u32()?)
            .ok()
            .filter(|len| *len <= MAX_TEXT)?;
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).ok()
    }
    /// `Some(None)` is a value that was left out.
    #[allow(
        clippy::option_option,
        reason = "the outer one is the end of the bytes"
    )]
    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? {
            read(self).map(Some)
        } else {
            Some(None)
        }
    }

    fn voice(&mut self, kind: u8) -> Option<VoiceCommand> {
        use VoiceCommand as V;
        if kind == 12 {
            return Some(V::StopAll { fade: self.u32()? });
        }
        if kind == 13 {
            return Some(V::BusLimit {
                bus: self.id()?,
                limit: self.u32()?,
            });
        }
        let voice = VoiceId(self.u64()?);
        Some(match kind {
            1 => V::Start {
                voice,
                params: self.params()?,
            },
            2 => V::Stop {
                voice,
                fade: self.u32()?,
            },
            3 => V::Pause {
                voice,
                fade: self.u32()?,
            },
            4 => V::Resume {
                voice,
                fade: self.u32()?,
            },
            5 => V::Gain {
                voice,
                gain: self.f32()?,
                ramp: self.u32()?,
            },
            6 => V::Pan {
                voice,
                pan: self.f32()?,
                ramp: self.u32()?,
            },
            7 => V::Pitch {
                voice,
                ratio: self.f64()?,
                ramp: self.u32()?,
            },
            8 => V::Filter {
                voice,
                lpf_hz: self.f32()?,
                hpf_hz: self.f32()?,
            },
            9 => V::Priority {
                voice,
                priority: self.u8()?,
            },
            10 => V::Seek {
                voice,
                frame: self.u64()?,
            },
            11 => V::LeaveLoop { voice },
            14 => V::Width {
                voice,
                width: self.f32()?,
                ramp: self.u32()?,
            },
            15 => V::Start {
                voice,
                params: self.grouped_params()?,
            },
            16 => {
                let mut params = self.grouped_params()?;
                params.end = self.u64()?;
                V::Start { voice, params }
            }
            17 => {
                let mut params = self.grouped_params()?;
                params.end = self.u64()?;
                for group in &mut params.outer {
                    *group = self.group()?;
                }
                V::Start { voice, params }
            }
            18 => V::Leave { voice },
            _ => return None,
        })
    }

    fn params(&mut self) -> Option<VoiceParams> {
        let (sound, bus) = (self.id()?, self.id()?);
        let mut p = VoiceParams::new(sound, bus);
        (p.gain, p.pan, p.pitch) = (self.f32()?, self.f32()?, self.f64()?);
        (p.lpf_hz, p.hpf_hz) = (self.f32()?, self.f32()?);
        p.quality = match self.u8()? {
            0 => Quality::Linear,
            1 => Quality::Hermite4,
            2 => Quality::Sinc16,
            _ => return None,
        };
        p.priority = self.u8()?;
        p.owner = match self.u8()? {
            0 => Owner::Call,
            1 => Owner::Clip(self.u32()?),
            2 => {
                let (channel, key) = (self.u8()?, self.u8()?);
                Owner::Note {
                    channel,
                    key,
                    note_id: self.u32()?.cast_signed(),
                }
            }
            3 => Owner::Game,
            _ => return None,
        };
        (p.fade_in, p.fade_out) = (self.u32()?, self.u32()?);
        (p.start, p.length) = (self.u64()?, self.u64()?);
        p.looping = LoopSpec {
            start: self.u64()?,
            end: self.u64()?,
            count: self.u32()?,
        };
        Some(p)
    }

    fn grouped_params(&mut self) -> Option<VoiceParams> {
        let mut p = self.params()?;
        p.width = self.f32()?;
        for group in &mut p.groups {
            *group = self.group()?;
        }
        Some(p)
    }

    fn group(&mut self) -> Option<VoiceGroup> {
        Some(VoiceGroup {
            key: self.u32()?,
            limit: self.u32()?.try_into().ok()?,
        })
    }

    fn mixer(&mut self, kind: u8) -> Option<MixerCommand> {
        use MixerCommand as M;
        Some(match kind {
            21 => M::BusGain {
                bus: self.id()?,
                gain: self.f32()?,
                ramp: self.u32()?,
            },
            22 => M::BusPan {
                bus: self.id()?,
                pan: self.f32()?,
            },
            23 => M::BusMute {
                bus: self.id()?,
                on: self.flag()?,
            },
            24 => M::BusSolo {
                bus: self.id()?,
                on: self.flag()?,
            },
            25 => M::SendGain {
                send: self.id()?,
                gain: self.f32()?,
            },
            26 => M::InsertParam {
                insert: self.id()?,
                param: self.u32()?.try_into().ok()?,
                value: self.f32()?,
            },
            27 => M::InsertMix {
                insert: self.id()?,
                mix: self.f32()?,
            },
            28 => M::InsertBypass {
                insert: self.id()?,
                on: self.flag()?,
            },
            _ => return None,
        })
    }

    fn transport(&mut self, kind: u8) -> Option<TransportCommand> {
        use TransportCommand as T;
        Some(match kind {
            41 => T::Play,
            42 => T::Stop,
            43 => T::Seek { beats: self.f64()? },
            44 => T::Loop {
                enabled: self.flag()?,
                start_beats: self.f64()?,
                end_beats: self.f64()?,
            },
            _ => return None,
        })
    }

    fn note(&mut self) -> Option<NoteEvent> {
        let kind = match self.u8()? {
            0 => NoteKind::On,
            1 => NoteKind::Off,
            2 => NoteKind::Choke,
            _ => return None,
        };
        Some(NoteEvent {
            kind,
            channel: self.u8()?,
            key: self.u8()?,
            velocity: self.f32()?,
            note_id: self.u32()?.cast_signed(),
            at: self.u64()?,
        })
    }

    fn host(&mut self, bpm_per_frame: f64) -> Option<HostTransport> {
        let playing = self.flag()?;
        let [beats, bpm, bar_start_beats] = [
            self.option(Self::f64)?,
            self.option(Self::f64)?,
            self.option(Self::f64)?,
        ];
        let signature = self.option(|input| TimeSignature::new(input.u8()?, input.u8()?).ok())?;
        let bar = self.option(|input| input.u64().map(u64::cast_signed))?;
        let range = self.option(|input| {
            Some(LoopRange {
                start_beats: input.f64()?,
                end_beats: input.f64()?,
            })
        })?;
        Some(HostTransport {
            playing,
            beats,
            bpm,
            bpm_per_frame,
            signature,
            bar_start_beats,
            bar,
            range,
        })
    }

    fn add_insert(&mut self) -> Option<Edit> {
        let (bus, position, kind) = (self.id()?, self.size()?, self.text()?);
        let key = self.option(Self::id)?;
        let count = usize::try_from(self.u32()?)
            .ok()
            .filter(|count| *count <= MAX_PARAMS)?;
        let mut params = Vec::with_capacity(count);
        for _ in 0..count {
            params.push((self.text()?, self.f64()?));
        }
        Some(Edit::AddInsert {
            bus,
            position,
            kind,
            params,
            key,
        })
    }
}

#[cfg(test)]
mod tests;
