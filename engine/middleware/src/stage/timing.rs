//! Timing profiles: how long a game takes for what it shows, and how much earlier it is heard.

use super::event::StageTrace;
use super::table::Stage;

/// Longest time of a profile, in milliseconds.
pub const LONGEST_MS: f64 = 600_000.0;

/// A row of the table of a profile's fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimingField {
    /// Its name, with its unit.
    pub name: &'static str,
    /// What [`TimingProfile::scaled`] does with it.
    pub scaling: Scaling,
    /// For people.
    pub about: &'static str,
}

/// What scaling does with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaling {
    /// A time: becomes k times as long.
    Time,
    /// A speed: what it takes becomes k times as long.
    Speed,
    /// A property of the machine: stays.
    Fixed,
}

macro_rules! timing {
    ($($field:ident $scaling:ident [$($value:literal)*] $about:literal;)*) => {
        /// How long a game takes for what it shows. Fields ending in `_ms` are milliseconds.
        #[derive(Clone, Debug, PartialEq)]
        pub struct TimingProfile {
            /// What it is called.
            pub name: String,
            $(
                #[doc = $about]
                pub $field: f64,
            )*
        }

        /// The fields of a profile, in their order.
        pub const TIMING_FIELDS: &[TimingField] = &[$(TimingField {
            name: stringify!($field),
            scaling: Scaling::$scaling,
            about: $about,
        }),*];

        const BUILT_IN: &[&[f64]] = &[$(&[$($value),*]),*];

        impl TimingProfile {
            /// A profile with all fields 0: everything at once, for tests.
            pub fn zero(name: &str) -> Self {
                Self { name: name.to_owned(), $($field: 0.0,)* }
            }

            /// Hands every field to `each`, in the order of [`TIMING_FIELDS`].
            pub fn each_field(&self, each: &mut dyn FnMut(&'static TimingField, f64)) {
                let mut fields = TIMING_FIELDS.iter();
                $(if let Some(field) = fields.next() {
                    each(field, self.$field);
                })*
            }

            /// A field by its name, to be set.
            pub fn field_mut(&mut self, name: &str) -> Option<&mut f64> {
                match name {
                    $(stringify!($field) => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

timing! {
    first_stop_ms Time [800.0 400.0 600.0 1000.0] "The first reel lands.";
    stop_interval_ms Time [300.0 100.0 200.0 370.0] "From one reel to the next.";
    anticipation_ms Time [1500.0 800.0 1000.0 500.0] "A reel is awaited so long.";
    win_reveal_delay_ms Time [200.0 100.0 150.0 100.0] "From the count of the wins to the first that is shown.";
    win_line_ms Time [500.0 200.0 350.0 200.0] "One line is shown so long.";
    rollup_credits_per_s Speed [50.0 200.0 100.0 500.0] "Credits that count up in a second, without win tiers.";
    big_win_base_ms Time [3000.0 1500.0 2000.0 1000.0] "The smallest big win, without win tiers.";
    feature_enter_ms Time [2000.0 1000.0 1500.0 500.0] "A feature opens so long.";
    cascade_step_ms Time [600.0 300.0 450.0 300.0] "From one fall to the next.";
    min_event_interval_ms Time [50.0 25.0 30.0 50.0] "Between what follows at once.";
    audio_latency_comp_ms Fixed [5.0 3.0 8.0 3.0] "Sounds begin so much earlier, for the way to the ear.";
    visual_audio_sync_offset_ms Fixed [0.0 0.0 0.0 0.0] "And so much more, to taste.";
    anticipation_pre_trigger_ms Fixed [50.0 30.0 40.0 30.0] "And so much more where a reel is awaited.";
    reel_stop_pre_trigger_ms Fixed [20.0 10.0 15.0 15.0] "And so much more where a reel lands.";
}

/// The names of the profiles that are always there.
pub const PROFILES: [&str; 5] = ["normal", "turbo", "mobile", "studio", "instant"];

impl TimingProfile {
    /// One of [`PROFILES`].
    pub fn built_in(name: &str) -> Option<Self> {
        let column = PROFILES.iter().position(|known| *known == name)?;
        let mut profile = Self::zero(name);
        for (field, values) in TIMING_FIELDS.iter().zip(BUILT_IN) {
            let value = values.get(column).copied().unwrap_or(0.0);
            if let Some(place) = profile.field_mut(field.name) {
                *place = value;
            }
        }
        Some(profile)
    }

    /// The profile `normal`.
    pub fn normal() -> Self {
        Self::built_in(PROFILES[0]).unwrap_or_else(|| Self::zero(PROFILES[0]))
    }

    /// The same game `k` times as slow; what belongs to the machine stays. `k` is above 0.
    #[must_use]
    pub fn scaled(&self, k: f64) -> Self {
        let mut scaled = self.clone();
        self.each_field(&mut |field, value| {
            let value = match field.scaling {
                Scaling::Time => value * k,
                Scaling::Speed => value / k,
                Scaling::Fixed => value,
            };
            if let Some(place) = scaled.field_mut(field.name) {
                *place = value;
            }
        });
        scaled
    }

    /// Everything that is wrong with it.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.each_field(&mut |field, value| {
            let most = match field.scaling {
                Scaling::Speed => 1e9,
                _ => LONGEST_MS,
            };
            let least = match field.name {
                "visual_audio_sync_offset_ms" => -LONGEST_MS,
                _ => 0.0,
            };
            if !(least..=most).contains(&value) {
                problems.push(format!(
                    "{}: {value} is not in {least}..={most}",
                    field.name
                ));
            }
        });
        problems
    }

    /// Nothing takes time.
    pub fn is_instant(&self) -> bool {
        let mut instant = true;
        self.each_field(&mut |_, value| instant &= value == 0.0);
        instant
    }

    /// When a stage that is seen at `visual_ms` has to be heard, in milliseconds.
    pub fn audio_ms(&self, stage: &Stage, visual_ms: f64) -> f64 {
        let pre_trigger = match stage {
            Stage::AnticipationOn { .. } => self.anticipation_pre_trigger_ms,
            Stage::ReelStop { .. } => self.reel_stop_pre_trigger_ms,
            _ => 0.0,
        };
        let ahead = self.audio_latency_comp_ms + self.visual_audio_sync_offset_ms;
        (visual_ms - ahead - pre_trigger).max(0.0)
    }

    /// The events of a trace at the frames at which they are heard, in that order; those of one
    /// frame in the order of the trace. Milliseconds become frames here and nowhere else.
    pub fn schedule(&self, trace: &StageTrace, sample_rate: f64) -> Vec<Scheduled> {
        let heard = |(index, event): (usize, &super::StageEvent)| Scheduled {
            index,
            visual_smp: frames(event.timestamp_ms, sample_rate),
            audio_smp: frames(self.audio_ms(&event.stage, event.timestamp_ms), sample_rate),
        };
        let mut list: Vec<_> = trace.events.iter().enumerate().map(heard).collect();
        list.sort_by_key(|it| it.audio_smp);
        list
    }
}

/// An event of a trace and its frames from the start of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// Its place in the trace.
    pub index: usize,
    /// When it is seen.
    pub visual_smp: u64,
    /// When it is heard.
    pub audio_smp: u64,
}

/// Milliseconds in frames, rounded to the nearest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
pub fn frames(ms: f64, sample_rate: f64) -> u64 {
    (ms * sample_rate / 1000.0).round() as u64
}
