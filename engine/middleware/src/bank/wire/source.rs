//! The author's plain description, field by field.

use super::{Reader, Wire};
use crate::bank::file::BankError;
use crate::source::*;
use crate::stage::tiers::{BigTier, Ratio, Tier, WinTiers};
use crate::stage::timing::TimingProfile;

macro_rules! structs {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.put(out);)*
            }

            fn get(bytes: &mut Reader<'_>) -> Result<Self, BankError> {
                Ok(Self { $($field: Wire::get(bytes)?),* })
            }
        }
    )*};
}

macro_rules! enums {
    ($($name:ident { $(
        $tag:literal $variant:ident $(( $($x:ident),* ))? $({ $($field:ident),* })?;
    )* })*) => {$(
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {$(
                    Self::$variant $(( $($x),* ))? $({ $($field),* })? => {
                        out.push($tag);
                        $($($x.put(out);)*)?
                        $($($field.put(out);)*)?
                    }
                )*}
            }

            fn get(from: &mut Reader<'_>) -> Result<Self, BankError> {
                from.below(|from| Ok(match u8::get(from)? {
                    $($tag => {
                        $($(let $x = Wire::get(from)?;)*)?
                        $($(let $field = Wire::get(from)?;)*)?
                        Self::$variant $(( $($x),* ))? $({ $($field),* })?
                    })*
                    tag => return Err(from.bad(stringify!($name), tag.into())),
                }))
            }
        }
    )*};
}

structs! {
    Interactive {
        rtpcs, states, switches, containers, events, game_objects, ducks, hdr, music, adaptive,
        notes, macros, stages,
    }
    Stages {
        bindings, tiers, profiles,
    }
    StageBinding {
        stage, event, each, fade_ms, rtpcs,
    }
    WinTiers {
        equal_rollup_ms, equal_ticks_per_s, tiers, big, intro_ms, end_ms, fade_out_ms,
    }
    Tier {
        label, from, to, rollup_ms, ticks_per_s,
    }
    BigTier {
        label, from, to, duration_ms, ticks_per_s, visual, audio_intensity,
    }
    Ratio {
        num, den,
    }
    TimingProfile {
        name, first_stop_ms, stop_interval_ms, anticipation_ms, win_reveal_delay_ms, win_line_ms,
        rollup_credits_per_s, big_win_base_ms, feature_enter_ms, cascade_step_ms,
        min_event_interval_ms, audio_latency_comp_ms, visual_audio_sync_offset_ms,
        anticipation_pre_trigger_ms, reel_stop_pre_trigger_ms,
    }
    NoteEvent {
        keys, channel, on, off, velocity, key,
    }
    MacroRtpc {
        macro_id, rtpc, range,
    }
    Adaptive {
        signals, contexts, rules, transitions, stability, stingers,
    }
    Signal {
        name, normalise, default,
    }
    Rule {
        id, name, enabled, priority, contexts, condition, action, transition, strength_signal,
        cooldown_ms, hold_ms, requires_hold_expired, side_effects,
    }
    SideEffects {
        stinger, volume_lin, emit_event, momentum_delta,
    }
    Context {
        name, key, bpm, signature, levels, entry, entry_stinger, entry_stinger_duck_db, exit,
        constraints, arc,
    }
    Layer {
        asset, gain_db, pan, loop_start_smp, loop_end_smp,
    }
    ContextExit {
        return_to, level, wind_down, fade_ms, overlap_ms, summary_stingers,
    }
    Constraints {
        min, max, cooldown_ms, max_changes_per_spin,
    }
    Arc {
        form, phases,
    }
    ArcPhase {
        bias, min, max,
    }
    Stability {
        hold_ms, cooldown_ms, inertia, momentum, decay_after_ms, decay_per_s, baseline,
        prediction,
    }
    LevelTransition {
        name, sync, max_wait_ms, fade_in, fade_out, overlap_ms, duck_db, attack_ms, release_ms,
    }
    AdaptiveStinger {
        name, asset,
    }
    Container {
        name, props, kind,
    }
    Props {
        gain_db, pitch_st, pan, bus, bindings, max_voices,
    }
    Binding {
        rtpc, target, curve,
    }
    Blend {
        rtpc, smooth_ms, children, law, warp,
    }
    BlendChild {
        child, x_lo, x_hi, gain_db,
    }
    Random {
        children, mode, avoid_last, pitch_st, volume_db,
    }
    RandomChild {
        child, weight, pitch_st, volume_db,
    }
    Sequence {
        steps, speed, end,
    }
    Step {
        child, start_ms, duration_ms, fade_in_ms, fade_out_ms, loop_count, gain_db,
    }
    Switch {
        group, values, default, fade_in_ms, fade_out_ms, continue_position, on_change,
    }
    Group {
        mode, children,
    }
    GroupChild {
        child, conditions, priority, weight,
    }
    Fade {
        ms, shape,
    }
    Event {
        name, category, actions, max_instances, limit_rule, max_voices, cooldown_ms,
        tags,
    }
    GameObjects {
        max_voices,
    }
    Action {
        kind, scope, priority, gain_lin, pan, pitch_st, lpf_hz, hpf_hz, bus, delay_ms, fade,
        fade_out, loop_count, trim_start_smp, trim_end_smp, probability, conditions,
        eval_at_fire,
    }
    Music {
        segments, playlists, transitions, stingers,
    }
    Segment {
        name, source, tempo_bpm, beats_per_bar, beat_unit, bars, entry_cue_bars, exit_cue_bars,
        loop_start_smp, loop_end_smp, markers,
    }
    Marker {
        pos_smp, kind, name,
    }
    Playlist {
        name, entries, shuffle, looped,
    }
    Transition {
        from, to, sync, max_wait_ms, fade_out, fade_in, overlap_ms, destination, filler,
        filler_mode,
    }
    MusicFade {
        length, shape,
    }
    Stinger {
        name, source, sync, anchor_ms, duck_db, attack_ms, release_ms, priority, can_interrupt,
        look_ahead_ms,
    }
    Rtpc {
        name, unit, min, max, default, interp, host_param, targets,
    }
    RtpcTarget {
        target, curve,
    }
    Curve {
        points,
    }
    CurvePoint {
        x, y, shape,
    }
    StateGroup {
        name, values, default_transition_ms, transition_ms,
    }
    StateValue {
        name, changes,
    }
    StateChange {
        target, volume_db, pitch_st, lpf_hz, hpf_hz,
    }
    SwitchGroup {
        name, values, default, follow,
    }
    SwitchFollow {
        rtpc, thresholds, hysteresis,
    }
    Duck {
        name, source, target_bus, depth_db, attack_ms, hold_ms, release_ms, trigger,
        threshold_lin, curve,
    }
    Hdr {
        bus, threshold_db, ratio, release_ms, range_db,
    }
}

enums! {
    Shape {
        0 Linear;
        1 Constant;
        2 Sine;
        3 Log4;
        4 Log2;
        5 Exp1;
        6 Exp3;
        7 S2;
        8 S3;
        9 InvS;
        10 QuadIn;
        11 QuadOut;
        12 QuadInOut;
        13 CubicIn;
        14 CubicOut;
        15 CubicInOut;
        16 ExpoIn;
        17 ExpoOut;
        18 SineS;
    }
    Normalise {
        0 None;
        1 Linear { a, b };
        2 Sigmoid { k, m };
        3 Asymptotic { k };
    }
    RuleCondition {
        0 Always;
        1 Compare { signal, raw, op, value, high };
        2 And(a);
        3 Or(a);
        4 Not(a);
        5 HeldFor(a, b);
        6 Sequence(a, b);
    }
    Compare {
        0 Gt;
        1 Gte;
        2 Lt;
        3 Lte;
        4 Eq;
        5 Neq;
        6 Changed;
        7 Increased;
        8 Decreased;
        9 InRange;
        10 OutOfRange;
        11 CrossedUp;
        12 CrossedDown;
        13 IsTrue;
        14 IsFalse;
    }
    RuleAction {
        0 StepUp { n, min, max };
        1 StepDown { n, min, max };
        2 SetLevel(a);
        3 Hold(a);
        4 Release;
        5 Pulse { level, ms, back };
    }
    ContextEntry {
        0 Fixed(a);
        1 TriggerStrength(a);
        2 Inherit;
        3 MomentumInherit;
    }
    ArcForm {
        0 DataDriven;
        1 BuildToClimax;
        2 FrontLoaded;
        3 Sustained;
    }
    BindingTarget {
        0 Volume;
        1 Pitch;
        2 Lpf;
        3 Hpf;
        4 Pan;
        5 Width;
        6 PlaybackRate;
    }
    ContainerKind {
        0 Blend(a);
        1 Random(a);
        2 Sequence(a);
        3 Switch(a);
        4 Group(a);
    }
    BlendLaw {
        0 Power;
        1 Amplitude;
    }
    BlendWarp {
        0 Linear;
        1 Smooth;
        2 Log;
        3 Exp;
    }
    RandomMode {
        0 Weighted;
        1 Shuffle;
        2 ShuffleHistory;
        3 RoundRobin;
    }
    SequenceEnd {
        0 Stop;
        1 Loop;
        2 HoldLast;
        3 PingPong;
    }
    OnChange {
        0 Immediate;
        1 Sync(a);
        2 AfterEnd;
    }
    GroupMode {
        0 All;
        1 FirstMatch;
        2 Priority;
        3 Random;
    }
    LimitRule {
        0 DiscardNewest;
        1 DiscardOldest;
        2 DiscardLowestPriority;
        3 Ignore;
    }
    ActionKind {
        0 None;
        1 Play(a);
        2 PlayAndContinue(a);
        3 Stop(a);
        4 StopAll;
        5 Pause(a);
        6 PauseAll;
        7 Resume(a);
        8 ResumeAll;
        9 Break(a);
        10 Mute(a);
        11 Unmute(a);
        12 SetVolume(a, b);
        13 SetPitch(a, b);
        14 SetLpf(a, b);
        15 SetHpf(a, b);
        16 SetBusVolume(a, b);
        17 SetState(a, b);
        18 SetSwitch(a, b);
        19 SetRtpc(a, b);
        20 ResetRtpc(a);
        21 Seek(a, b);
        22 Trigger(a);
        23 PostEvent(a);
        24 FadeTo(a, b, c);
        25 PlayMusic(a);
        26 StopMusic;
        27 EnterContext(a);
        28 LeaveContext;
        29 SetSignal(a, b);
        30 Reset(a);
    }
    SeekTo {
        0 Seconds(a);
        1 Samples(a);
        2 Fraction(a);
    }
    Scope {
        0 Global;
        1 GameObject;
        2 Emitter;
        3 All;
        4 FirstOnly;
        5 Random;
    }
    Condition {
        0 State { group, value, not };
        1 Switch { group, value };
        2 Rtpc { rtpc, min, max };
    }
    MarkerKind {
        0 Generic;
        1 Entry;
        2 Exit;
        3 Sync;
    }
    FadeLength {
        0 Ms(a);
        1 Beats(a);
    }
    Sync {
        0 Immediate;
        1 Beat;
        2 Bar;
        3 Phrase;
        4 NextDownbeat;
        5 Grid(a);
        6 Marker;
        7 SegmentEnd;
    }
    Destination {
        0 Entry;
        1 Marker(a);
        2 SameTime;
        3 SameBeat;
        4 SameRatio;
    }
    FillerMode {
        0 Before;
        1 Concurrent;
    }
    Interp {
        0 None;
        1 Linear { up_ms, down_ms };
        2 Exponential { up_ms, down_ms };
        3 Slew { per_s };
        4 Critical { t90_ms };
    }
    GlobalTarget {
        0 BusVolume(a);
        1 Send(a, b);
        2 InsertParam(a, b, c);
    }
    StateTarget {
        0 Object(a);
        1 Bus(a);
    }
    DuckSource {
        0 Bus(a);
        1 Tag(a);
    }
    DuckTrigger {
        0 Level;
        1 Activity;
    }
}
