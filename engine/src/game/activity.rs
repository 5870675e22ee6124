//! What a game does right now, put together from the rows of telemetry: for views, which ask when
//! they want and need not have heard everything.

use std::collections::{BTreeMap, VecDeque};
use std::mem::Discriminant;

use segue_middleware::telemetry::{Row, What};
use segue_rt::game::{NameId, ObjectId, PlayingId};
use segue_rt::ids::VoiceId;
use segue_rt::voices::VoiceEvent;

/// Rows of each kind that are kept.
const ROWS: usize = 64;
/// Most posts, values and ducks that are kept.
const VALUES: usize = 4_096;

/// A picture of what a game does: bounded, a plain value. It is as new as the last row that was
/// read ([`Control::next_row`](crate::Control::next_row)). `[thread-safe]`
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// The last rows of each kind, the oldest first; more than that are forgotten.
    rows: Vec<(Discriminant<What>, VecDeque<Row>)>,
    /// Posts that play: the event, its object, and since which frame.
    pub playing: BTreeMap<PlayingId, (NameId, ObjectId, u64)>,
    /// Voices, and whether each is real.
    pub voices: BTreeMap<VoiceId, bool>,
    /// State groups that were set.
    pub states: BTreeMap<NameId, NameId>,
    /// Switches that were set, by group and object.
    pub switches: BTreeMap<(NameId, ObjectId), NameId>,
    /// RTPCs that were set for everybody or an object: where they go.
    pub rtpcs: BTreeMap<(NameId, ObjectId), f32>,
    /// The adaptive context and its level.
    pub level: Option<(NameId, u8)>,
    /// Adaptive layers of the context that is heard, by what they play: linear gain, and that of their level.
    pub layers: BTreeMap<NameId, [f32; 2]>,
    /// That context.
    pub layers_of: NameId,
    /// Ducks that are active: their gain in dB.
    pub ducks: BTreeMap<NameId, f32>,
    /// Rows, updates of signals and actions that were lost or put off.
    pub dropped: [u64; 3],
}

impl Activity {
    /// The last rows of all kinds, in no order among kinds; the oldest of a kind first.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flat_map(|(_, rows)| rows)
    }

    /// Takes a row in.
    pub(crate) fn note(&mut self, row: &Row) {
        self.keep(row);
        self.follow(row);
    }

    fn keep(&mut self, row: &Row) {
        let kind = std::mem::discriminant(&row.what);
        let known = self.rows.iter().position(|(known, _)| *known == kind);
        let place = known.unwrap_or_else(|| {
            self.rows.push((kind, VecDeque::with_capacity(ROWS)));
            self.rows.len() - 1
        });
        let rows = &mut self.rows[place].1;
        if rows.len() == ROWS {
            rows.pop_front();
        }
        rows.push_back(*row);
    }

    fn follow(&mut self, row: &Row) {
        match row.what {
            What::Posted {
                event,
                object,
                playing,
            } => put(&mut self.playing, playing, (event, object, row.at)),
            What::Finished { playing, .. } => _ = self.playing.remove(&playing),
            What::Voice {
                voice, event_kind, ..
            } => match event_kind {
                VoiceEvent::Started | VoiceEvent::Real => put(&mut self.voices, voice, true),
                VoiceEvent::Virtual => put(&mut self.voices, voice, false),
                VoiceEvent::Ended | VoiceEvent::Refused => _ = self.voices.remove(&voice),
            },
            What::State { group, to, .. } => put(&mut self.states, group, to),
            What::Switch { group, object, to } => put(&mut self.switches, (group, object), to),
            What::Rtpc {
                rtpc,
                object,
                playing: PlayingId(0),
                value,
                ..
            } => put(&mut self.rtpcs, (rtpc, object), value),
            What::RtpcReset {
                rtpc,
                object,
                playing: PlayingId(0),
            } => _ = self.rtpcs.remove(&(rtpc, object)),
            What::Unregistered { object } => {
                self.rtpcs.retain(|(_, on), _| *on != object);
                self.switches.retain(|(_, on), _| *on != object);
            }
            What::Level {
                context,
                to,
                refusal: 0,
                ..
            } => self.level = Some((context, to)),
            What::Context { to, level, .. } => self.level = Some((to, level)),
            What::Layer {
                context,
                layer,
                gain,
                target,
            } => self.layer(context, layer, [gain, target]),
            What::Duck {
                duck,
                envelope: 0.0,
                ..
            } => _ = self.ducks.remove(&duck),
            What::Duck { duck, gain_db, .. } => put(&mut self.ducks, duck, gain_db),
            What::Dropped {
                rows,
                signals,
                late_actions,
                ..
            } => {
                let new = [rows, signals, late_actions];
                for (sum, new) in self.dropped.iter_mut().zip(new) {
                    *sum = sum.saturating_add(new.into());
                }
            }
            _ => {}
        }
    }

    /// Layers of another context take the place of all there were.
    fn layer(&mut self, context: NameId, layer: NameId, gains: [f32; 2]) {
        if self.layers_of != context {
            self.layers.clear();
            self.layers_of = context;
        }
        put(&mut self.layers, layer, gains);
    }
}

/// Sets a value, while there is room.
fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: V) {
    if map.len() < VALUES || map.contains_key(&key) {
        map.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Rig, usual};
    use super::*;
    use crate::control::NOW;
    use crate::game::Call;

    #[test]
    fn it_is_what_the_rows_say() {
        let mut rig = Rig::new(&usual());
        let hum = rig.control.post("Play_Hum", "", NOW).unwrap();
        let hit = rig.control.post("Play_Hit", "", NOW).unwrap();
        let state = Call::State {
            group: "Combat".into(),
            value: "on".into(),
        };
        rig.control.call(&state, NOW).unwrap();
        for n in 0..100_u8 {
            let speed = Call::Rtpc {
                rtpc: "speed".into(),
                value: f32::from(n) / 10.0,
                object: String::new(),
                label: None,
                ramp: 0.0,
            };
            rig.control.call(&speed, NOW).unwrap();
        }
        rig.peak(960);
        let told = rig.rows();
        let now = rig.control.activity().clone();
        assert_eq!(now.playing.keys().copied().collect::<Vec<_>>(), [hum, hit]);
        assert_eq!(now.playing[&hum].0, NameId::of("Play_Hum"));
        assert_eq!(now.voices.len(), 2);
        assert_eq!(now.states[&NameId::of("Combat")], NameId::of("on"));
        let speed = (NameId::of("speed"), ObjectId::GLOBAL);
        assert_eq!(now.rtpcs[&speed], 9.9);
        let rtpcs = |what: &&What| matches!(what, What::Rtpc { .. });
        let kept: Vec<What> = now.rows().map(|row| row.what).collect();
        let all: Vec<_> = told.iter().filter(rtpcs).collect();
        let last: Vec<_> = kept.iter().filter(rtpcs).collect();
        assert_eq!((all.len(), last.len()), (100, ROWS));
        assert_eq!(last, all[100 - ROWS..]);
        let posts = |what: &&What| matches!(what, What::Posted { .. });
        assert_eq!(kept.iter().filter(posts).count(), 2);

        rig.control.post("Stop_Hum", "", NOW).unwrap();
        rig.peak(48_000);
        rig.rows();
        let now = rig.control.activity();
        assert!(now.playing.is_empty() && now.voices.is_empty(), "{now:?}");
    }
}
