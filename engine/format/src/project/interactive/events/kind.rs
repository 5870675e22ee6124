//! What actions do.

use super::super::lower::Lower;
use segue_middleware::source::{self, SeekTo};

variants! {
    /// What an action does. A target is a container or sound; where it may be empty that means
    /// everything in the scope.
    pub enum ActionKind by "do" {
        /// Starts it.
        "play" Play {
            /// What.
            target: String = String::new(),
        }
        /// Starts it where it was stopped last.
        "play_and_continue" PlayAndContinue {
            /// What.
            target: String = String::new(),
        }
        /// Fades out and ends.
        "stop" Stop {
            /// What.
            target: String = String::new(),
        }
        /// The same for everything in the scope.
        "stop_all" StopAll {}
        /// Fades out and keeps the place.
        "pause" Pause {
            /// What.
            target: String = String::new(),
        }
        /// The same for everything in the scope.
        "pause_all" PauseAll {}
        /// Goes on.
        "resume" Resume {
            /// What.
            target: String = String::new(),
        }
        /// The same for everything in the scope.
        "resume_all" ResumeAll {}
        /// Leaves loops at their end; a sequence ends after its step.
        "break" Break {
            /// What.
            target: String = String::new(),
        }
        /// Silent, but running.
        "mute" Mute {
            /// What.
            target: String = String::new(),
        }
        /// Heard again.
        "unmute" Unmute {
            /// What.
            target: String = String::new(),
        }
        /// Level.
        "set_volume" SetVolume {
            /// What.
            target: String = String::new(),
            /// dB.
            value: f64 = f64::NAN,
        }
        /// Pitch.
        "set_pitch" SetPitch {
            /// What.
            target: String = String::new(),
            /// Semitones.
            value: f64 = f64::NAN,
        }
        /// Low-pass.
        "set_lpf" SetLpf {
            /// What.
            target: String = String::new(),
            /// Hz; 0 opens it.
            value: f64 = f64::NAN,
        }
        /// High-pass.
        "set_hpf" SetHpf {
            /// What.
            target: String = String::new(),
            /// Hz; 0 opens it.
            value: f64 = f64::NAN,
        }
        /// Takes back what `mute` and `set_` actions set.
        "reset" Reset {
            /// What.
            target: String = String::new(),
        }
        /// Level of a bus over its fader.
        "set_bus_volume" SetBusVolume {
            /// The bus.
            target: String = String::new(),
            /// dB.
            value: f64 = f64::NAN,
        }
        /// A value of a state group.
        "set_state" SetState {
            /// The group.
            group: String = String::new(),
            /// The value, or `none`.
            value: String = String::new(),
        }
        /// A value of a switch group.
        "set_switch" SetSwitch {
            /// The group.
            group: String = String::new(),
            /// The value.
            value: String = String::new(),
        }
        /// The value of an RTPC, reached over the fade.
        "set_rtpc" SetRtpc {
            /// The RTPC.
            rtpc: String = String::new(),
            /// In its unit; absent: 0, which `segue check` tells.
            value: Option<f64> = None,
        }
        /// An RTPC back to its default.
        "reset_rtpc" ResetRtpc {
            /// The RTPC.
            rtpc: String = String::new(),
        }
        /// A place in the target; one of the three says which.
        "seek" Seek {
            /// What.
            target: String = String::new(),
            /// Seconds.
            seconds: Option<f64> = None,
            /// Frames of the asset.
            smp: Option<u64> = None,
            /// 0 to 1 of its length.
            fraction: Option<f64> = None,
        }
        /// A stinger.
        "trigger" Trigger {
            /// The stinger.
            stinger: String = String::new(),
        }
        /// Another event.
        "post_event" PostEvent {
            /// The event.
            event: String = String::new(),
        }
        /// To a linear gain (`gain_lin`), and then, if `stop` is set, the end.
        "fade" Fade {
            /// What.
            target: String = String::new(),
            /// Ends it afterwards.
            stop: bool = false,
        }
        /// Music, by the transition rules.
        "play_music" PlayMusic {
            /// A segment or playlist.
            music: String = String::new(),
        }
        /// The music ends with the fade.
        "stop_music" StopMusic {}
        /// An adaptive context.
        "enter_context" EnterContext {
            /// The context.
            context: String = String::new(),
        }
        /// Back from the context as its exit says.
        "leave_context" LeaveContext {}
        /// A signal of the adaptive layers.
        "set_signal" SetSignal {
            /// The signal.
            signal: String = String::new(),
            /// Raw value; absent: 0, which `segue check` tells.
            value: Option<f64> = None,
        }
    }
}

impl ActionKind {
    /// Whether it starts something of its own.
    pub(super) fn plays(&self) -> bool {
        matches!(self, Self::Play { .. } | Self::PlayAndContinue { .. })
    }

    /// Whether its fade leads in.
    pub(super) fn begins(&self) -> bool {
        let resumes = matches!(
            self,
            Self::Resume { .. } | Self::ResumeAll {} | Self::Unmute { .. }
        );
        self.plays() || resumes
    }

    /// Whether its fade leads out.
    pub(super) fn ends(&self) -> bool {
        matches!(
            self,
            Self::Stop { .. }
                | Self::StopAll {}
                | Self::Pause { .. }
                | Self::PauseAll {}
                | Self::Mute { .. }
                | Self::StopMusic {}
        )
    }

    /// Whether its fade means something.
    pub(super) fn fades(&self) -> bool {
        !matches!(
            self,
            Self::Break { .. }
                | Self::SetState { .. }
                | Self::SetSwitch { .. }
                | Self::ResetRtpc { .. }
                | Self::Seek { .. }
                | Self::Trigger { .. }
                | Self::PostEvent { .. }
                | Self::PlayMusic { .. }
                | Self::EnterContext { .. }
                | Self::LeaveContext {}
                | Self::SetSignal { .. }
        )
    }

    /// Whether its fade has a shape: game values and music go in a straight line.
    pub(super) fn curves(&self) -> bool {
        self.fades() && !matches!(self, Self::SetRtpc { .. } | Self::StopMusic {})
    }

    /// Whether it is about some objects and not about others.
    pub(super) fn has_scope(&self) -> bool {
        !matches!(
            self,
            Self::SetState { .. }
                | Self::SetBusVolume { .. }
                | Self::Trigger { .. }
                | Self::PlayMusic { .. }
                | Self::StopMusic {}
                | Self::EnterContext { .. }
                | Self::LeaveContext {}
                | Self::SetSignal { .. }
        )
    }

    /// Why it takes no fade of its own, and where the way of what it does is said.
    pub(super) fn no_fade(&self) -> &'static str {
        match self {
            Self::PlayMusic { .. } => {
                "the way to music is a transition: write its fade_in or fade_out in music.transitions \
                 (such as {\"from\": \"*\", \"to\": ..., \"fade_in\": {\"ms\": 500}}), and remove this"
            }
            Self::EnterContext { .. } | Self::LeaveContext {} => {
                "the way between contexts is that of the transitions feature_enter and feature_exit \
                 and of the context's exit; remove this"
            }
            Self::SetState { .. } => {
                "the time of a change of state is its transition_ms in states; remove this"
            }
            _ => "it has nothing that fades; remove this",
        }
    }

    /// What the compiler takes; `gain` is that of a fade.
    pub(super) fn lower(&self, gain: f32) -> source::ActionKind {
        use source::ActionKind as To;
        match self {
            Self::Play { target } => To::Play(target.clone()),
            Self::PlayAndContinue { target } => To::PlayAndContinue(target.clone()),
            Self::Stop { target } => To::Stop(target.clone()),
            Self::StopAll {} => To::StopAll,
            Self::Pause { target } => To::Pause(target.clone()),
            Self::PauseAll {} => To::PauseAll,
            Self::Resume { target } => To::Resume(target.clone()),
            Self::ResumeAll {} => To::ResumeAll,
            Self::Break { target } => To::Break(target.clone()),
            Self::Mute { target } => To::Mute(target.clone()),
            Self::Unmute { target } => To::Unmute(target.clone()),
            Self::SetVolume { target, value } => To::SetVolume(target.clone(), value.lower()),
            Self::SetPitch { target, value } => To::SetPitch(target.clone(), value.lower()),
            Self::SetLpf { target, value } => To::SetLpf(target.clone(), value.lower()),
            Self::SetHpf { target, value } => To::SetHpf(target.clone(), value.lower()),
            Self::Reset { target } => To::Reset(target.clone()),
            Self::SetBusVolume { target, value } => To::SetBusVolume(target.clone(), value.lower()),
            Self::SetState { group, value } => To::SetState(group.clone(), value.clone()),
            Self::SetSwitch { group, value } => To::SetSwitch(group.clone(), value.clone()),
            Self::SetRtpc { rtpc, value } => {
                To::SetRtpc(rtpc.clone(), value.unwrap_or(0.0).lower())
            }
            Self::ResetRtpc { rtpc } => To::ResetRtpc(rtpc.clone()),
            Self::Seek {
                target,
                seconds,
                smp,
                fraction,
            } => To::Seek(target.clone(), place(*seconds, *smp, *fraction)),
            Self::Trigger { stinger } => To::Trigger(stinger.clone()),
            Self::PostEvent { event } => To::PostEvent(event.clone()),
            Self::Fade { target, stop } => To::FadeTo(target.clone(), gain, *stop),
            Self::PlayMusic { music } => To::PlayMusic(music.clone()),
            Self::StopMusic {} => To::StopMusic,
            Self::EnterContext { context } => To::EnterContext(context.clone()),
            Self::LeaveContext {} => To::LeaveContext,
            Self::SetSignal { signal, value } => {
                To::SetSignal(signal.clone(), value.unwrap_or(0.0).lower())
            }
        }
    }
}

/// The start, unless one of the three says something else.
fn place(seconds: Option<f64>, smp: Option<u64>, fraction: Option<f64>) -> SeekTo {
    match (seconds, smp, fraction) {
        (_, Some(smp), _) => SeekTo::Samples(smp),
        (_, _, Some(fraction)) => SeekTo::Fraction(fraction),
        (seconds, ..) => SeekTo::Seconds(seconds.unwrap_or(0.0)),
    }
}
