//! Game calls as bytes.

use segue_rt::game::{GameCall, NameId, ObjectId, PlayingId};

use super::{In, Out};

impl Out {
    pub(super) fn game(&mut self, call: &GameCall) {
        use GameCall as G;
        match *call {
            G::Register {
                object,
                pan,
                width,
                stop_on_unregister,
            } => {
                self.u8(71).u64(object.0).f32(pan).f32(width);
                self.flag(stop_on_unregister);
            }
            G::Place {
                object,
                emitter,
                pan,
                width,
            } => _ = self.u8(72).u64(object.0).u8(emitter).f32(pan).f32(width),
            G::Unregister { object } => _ = self.u8(73).u64(object.0),
            G::Post {
                event,
                object,
                emitter,
                gain,
                playing,
            } => {
                self.u8(74).u64(event.0).u64(object.0);
                self.u8(emitter).f32(gain).u64(playing.0);
            }
            G::StopPlaying { playing, fade } => _ = self.u8(75).u64(playing.0).u32(fade),
            G::PausePlaying { playing, on, fade } => {
                self.u8(76).u64(playing.0).flag(on).u32(fade);
            }
            G::StopAll { object, fade } => _ = self.u8(77).u64(object.0).u32(fade),
            G::SetRtpc {
                rtpc,
                object,
                playing,
                value,
                ramp,
            } => {
                self.u8(78).u64(rtpc.0).u64(object.0).u64(playing.0);
                self.f32(value).u32(ramp);
            }
            G::ResetRtpc {
                rtpc,
                object,
                playing,
            } => _ = self.u8(79).u64(rtpc.0).u64(object.0).u64(playing.0),
            G::SetState { group, value } => _ = self.u8(80).u64(group.0).u64(value.0),
            G::SetSwitch {
                group,
                object,
                value,
            } => _ = self.u8(81).u64(group.0).u64(object.0).u64(value.0),
            G::Signal { signal, value } => _ = self.u8(82).u64(signal.0).f32(value),
            G::EnterContext { context, strength } => _ = self.u8(83).u64(context.0).f32(strength),
            G::LeaveContext { summary } => _ = self.u8(84).u8(summary),
            G::SetLevel { level } => _ = self.u8(85).u8(level),
            G::NewSpin => _ = self.u8(86),
            G::Stinger { stinger } => _ = self.u8(87).u64(stinger.0),
            G::SetPlayCount {
                container,
                object,
                play_n,
            } => _ = self.u8(88).u64(container.0).u64(object.0).u64(play_n),
            G::Reseed { seed } => _ = self.u8(89).u64(seed),
        }
    }
}

impl In<'_> {
    pub(super) fn game(&mut self, kind: u8) -> Option<GameCall> {
        use GameCall as G;
        Some(match kind {
            71 => G::Register {
                object: self.object()?,
                pan: self.f32()?,
                width: self.f32()?,
                stop_on_unregister: self.flag()?,
            },
            72 => G::Place {
                object: self.object()?,
                emitter: self.u8()?,
                pan: self.f32()?,
                width: self.f32()?,
            },
            73 => G::Unregister {
                object: self.object()?,
            },
            74 => G::Post {
                event: self.name()?,
                object: self.object()?,
                emitter: self.u8()?,
                gain: self.f32()?,
                playing: self.playing()?,
            },
            75 => G::StopPlaying {
                playing: self.playing()?,
                fade: self.u32()?,
            },
            76 => G::PausePlaying {
                playing: self.playing()?,
                on: self.flag()?,
                fade: self.u32()?,
            },
            77 => G::StopAll {
                object: self.object()?,
                fade: self.u32()?,
            },
            78..=81 => self.sync(kind)?,
            82 => G::Signal {
                signal: self.name()?,
                value: self.f32()?,
            },
            83 => G::EnterContext {
                context: self.name()?,
                strength: self.f32()?,
            },
            84 => G::LeaveContext {
                summary: self.u8()?,
            },
            85 => G::SetLevel { level: self.u8()? },
            86 => G::NewSpin,
            87 => G::Stinger {
                stinger: self.name()?,
            },
            88 => G::SetPlayCount {
                container: self.name()?,
                object: self.object()?,
                play_n: self.u64()?,
            },
            89 => G::Reseed { seed: self.u64()? },
            _ => return None,
        })
    }

    fn sync(&mut self, kind: u8) -> Option<GameCall> {
        use GameCall as G;
        Some(match kind {
            78 => G::SetRtpc {
                rtpc: self.name()?,
                object: self.object()?,
                playing: self.playing()?,
                value: self.f32()?,
                ramp: self.u32()?,
            },
            79 => G::ResetRtpc {
                rtpc: self.name()?,
                object: self.object()?,
                playing: self.playing()?,
            },
            80 => G::SetState {
                group: self.name()?,
                value: self.name()?,
            },
            81 => G::SetSwitch {
                group: self.name()?,
                object: self.object()?,
                value: self.name()?,
            },
            _ => return None,
        })
    }

    fn name(&mut self) -> Option<NameId> {
        self.u64().map(NameId)
    }

    fn object(&mut self) -> Option<ObjectId> {
        self.u64().map(ObjectId)
    }

    fn playing(&mut self) -> Option<PlayingId> {
        self.u64().map(PlayingId)
    }
}
