//! What happened, as rows of 64 bytes from the audio thread to whoever looks.
//!
//! Rows carry hashes; [`Bank::name`](crate::Bank::name) gives the texts. While nobody looks, a row
//! costs one relaxed load. The queue holds
//! [`TELEMETRY`](crate::limits::TELEMETRY) rows; when it is full, rows are dropped and counted, and
//! a [`What::Dropped`] row says how many once there is room.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub use crate::containers::decision::Reason as Choice;
use crate::director::Counts;
use rtrb::{Consumer, Producer, RingBuffer};
use segue_rt::command::Reason;
use segue_rt::game::{NameId, ObjectId, PlayingId};
use segue_rt::ids::{BusId, VoiceId};
use segue_rt::voices::VoiceEvent;

/// One thing that happened. `[thread-safe]`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Absolute frame.
    pub at: u64,
    /// What.
    pub what: What,
}

const _: () = assert!(size_of::<Row>() <= 64, "telemetry rows are 64 bytes");

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// An event was posted and plays.
    Posted {
        /// The event.
        event: NameId,
        /// On whom.
        object: ObjectId,
        /// What it plays.
        playing: PlayingId,
    },
    /// An event was not carried out.
    Refused {
        /// The event.
        event: NameId,
        /// On whom.
        object: ObjectId,
        /// What it would have played.
        playing: PlayingId,
        /// Why.
        reason: Reason,
    },
    /// Nothing of a post plays any more, and no action of it waits.
    Finished {
        /// The event.
        event: NameId,
        /// On whom.
        object: ObjectId,
        /// What it played.
        playing: PlayingId,
    },
    /// An action was carried out, or not.
    Action {
        /// The event.
        event: NameId,
        /// On whom.
        object: ObjectId,
        /// Of which post.
        playing: PlayingId,
        /// Number of the action in its event.
        action: u8,
        /// Frames it came too late.
        late_smp: u32,
        /// What became of it.
        result: Outcome,
    },
    /// A child of a container was taken or left.
    Decision {
        /// The container.
        container: NameId,
        /// The child.
        child: NameId,
        /// On whom.
        object: ObjectId,
        /// Of which post.
        playing: PlayingId,
        /// Why.
        reason: Choice,
        /// Its weight or linear gain.
        weight_or_gain: f32,
        /// Nanoseconds of the whole decision; 0 without a clock.
        cost_ns: u32,
    },
    /// A random choice, so that it can be heard again.
    Seed {
        /// The container.
        container: NameId,
        /// On whom.
        object: ObjectId,
        /// Which play of it this was.
        play_n: u64,
        /// Key of its random stream.
        key: u64,
        /// Number of the child, 255 for none.
        child: u8,
        /// Drawn pitch, semitones.
        pitch_st: f32,
        /// Drawn level, dB.
        volume_db: f32,
    },
    /// Something happened to a voice.
    Voice {
        /// Which.
        voice: VoiceId,
        /// What it plays.
        asset: NameId,
        /// Which event started it.
        event: NameId,
        /// On whom.
        object: ObjectId,
        /// Frames since it started.
        age_smp: u64,
        /// How loud it is at the master's output, dB: its file's loudness with its own gain and that
        /// of its buses, ducks included.
        aud_db: f32,
        /// Slot of its bus.
        bus: u16,
        /// 0..=100.
        priority: u8,
        /// What happened.
        event_kind: VoiceEvent,
        /// Why.
        reason: Reason,
    },
    /// An RTPC was set.
    Rtpc {
        /// Which.
        rtpc: NameId,
        /// On whom.
        object: ObjectId,
        /// For which post; 0 for all.
        playing: PlayingId,
        /// To what, in its unit.
        value: f32,
        /// Whether it was taken.
        result: Outcome,
    },
    /// A value of an RTPC was taken back.
    RtpcReset {
        /// Which.
        rtpc: NameId,
        /// On whom.
        object: ObjectId,
        /// For which post; 0 for all.
        playing: PlayingId,
    },
    /// A game object is gone, with the values that were set on it.
    Unregistered {
        /// Which.
        object: ObjectId,
    },
    /// A state group has another value.
    State {
        /// Which.
        group: NameId,
        /// The one before.
        from: NameId,
        /// The new one.
        to: NameId,
    },
    /// A switch has another value.
    Switch {
        /// Which.
        group: NameId,
        /// On whom.
        object: ObjectId,
        /// The new one.
        to: NameId,
    },
    /// Everything random hangs on another seed.
    Reseed {
        /// The new one.
        seed: u64,
    },
    /// The adaptive level changed, or a request for it was refused.
    Level {
        /// The context.
        context: NameId,
        /// Who asked.
        rule: NameId,
        /// Level before.
        from: u8,
        /// Level after, or the one that was refused.
        to: u8,
        /// Code of the refusal, as in [`Refusal`](crate::adaptive::Refusal); 0 when it was granted.
        refusal: u8,
    },
    /// Another adaptive context began.
    Context {
        /// The one before; none at the very beginning.
        from: NameId,
        /// The new one.
        to: NameId,
        /// The level it begins with.
        level: u8,
    },
    /// An adaptive layer has another gain: told every 10 ms while it moves. Where another context begins,
    /// those of the one before are told to be silent first, however long they fade.
    Layer {
        /// The context.
        context: NameId,
        /// What it plays.
        layer: NameId,
        /// Linear gain as it is heard: with the duck of a transition or a stinger.
        gain: f32,
        /// Linear gain that its level wants of it.
        target: f32,
    },
    /// A change of the music found its place in time.
    Sync {
        /// Frame of the request.
        asked_at: u64,
        /// The grid that was asked for.
        requested: GridKind,
        /// The grid that holds.
        granted: GridKind,
        /// Frame of the change.
        granted_at: u64,
        /// How far that is from the grid point, frames.
        error_smp: f32,
    },
    /// A rule of ducking moves.
    Duck {
        /// Which.
        duck: NameId,
        /// Its envelope, 0..=1.
        envelope: f32,
        /// What it does, dB.
        gain_db: f32,
    },
    /// The window of a bus with a high dynamic range opens above its threshold, or is back there.
    Hdr {
        /// The bus.
        bus: BusId,
        /// Whether it is open.
        is_open: bool,
        /// Where its top is, dB: the level of the loudest voice, or the threshold.
        top_db: f32,
        /// What the bus makes of it, dB.
        gain_db: f32,
    },
    /// A rule of ducking is active for two minutes with a silent source.
    DuckStuck {
        /// Which.
        duck: NameId,
    },
    /// A call named something the bank does not have, or had no room.
    Ignored {
        /// What it named.
        name: NameId,
        /// On whom.
        object: ObjectId,
        /// Why.
        reason: Reason,
    },
    /// Rows, signals or actions that were lost or put off since the last such row.
    Dropped {
        /// Rows of telemetry.
        rows: u32,
        /// Updates of signals.
        signals: u32,
        /// Actions put off to the next tick.
        late_actions: u32,
        /// Steps and fades for which too much waited.
        wakes: u32,
    },
}

/// What became of an action or a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// Carried out.
    Done,
    /// A condition did not hold.
    Condition,
    /// Chance was against it.
    Chance,
    /// Nothing in its scope matched.
    Nothing,
    /// A limit was reached.
    Full,
    /// Its sound is missing.
    Missing,
    /// Events post each other too deeply.
    Depth,
}

/// A grid of music.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GridKind {
    /// At once.
    Immediate,
    /// The next beat.
    Beat,
    /// The next bar.
    Bar,
    /// The next of every four bars.
    Phrase,
    /// The next first beat of a bar.
    NextDownbeat,
    /// The next multiple of some beats.
    Grid,
    /// The next marker.
    Marker,
    /// The exit cue.
    SegmentEnd,
}

/// The audio thread's end.
#[derive(Debug)]
pub(crate) struct Teller {
    rows: Producer<Row>,
    wanted: Arc<AtomicBool>,
    counts: Arc<Board>,
    dropped: u32,
}

/// [`Counts`] for whoever looks.
type Board = [AtomicU64; Counts::LEN];

/// Reads what happened. `[any one thread]`
#[derive(Debug)]
pub struct Listener {
    rows: Consumer<Row>,
    wanted: Arc<AtomicBool>,
    counts: Arc<Board>,
}

/// Both ends of a queue of `capacity` rows, at first with nobody looking.
pub(crate) fn channel(capacity: usize) -> (Teller, Listener) {
    let (producer, consumer) = RingBuffer::new(capacity.max(1));
    let wanted = Arc::new(AtomicBool::new(false));
    let counts = Arc::new(Board::default());
    let teller = Teller {
        rows: producer,
        wanted: Arc::clone(&wanted),
        counts: Arc::clone(&counts),
        dropped: 0,
    };
    let listener = Listener {
        rows: consumer,
        wanted,
        counts,
    };
    (teller, listener)
}

impl Teller {
    /// True while somebody looks. `[audio-thread]`
    pub(crate) fn wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Tells, if somebody looks. False for a row that found no room: it is counted. `[audio-thread]`
    pub(crate) fn tell(&mut self, at: u64, what: What) -> bool {
        let is_lost = self.wanted() && self.rows.push(Row { at, what }).is_err();
        self.dropped = self.dropped.saturating_add(is_lost.into());
        !is_lost
    }

    /// Shows what a director did so far. `[audio-thread]`
    pub(crate) fn show(&self, counts: &Counts) {
        for (place, count) in self.counts.iter().zip(counts.to_array()) {
            place.store(count, Ordering::Relaxed);
        }
    }

    /// Rows lost since it was last asked, once there is room to say so. `[audio-thread]`
    pub(crate) fn take_dropped(&mut self) -> u32 {
        match self.rows.slots() {
            0 => 0,
            _ => std::mem::take(&mut self.dropped),
        }
    }
}

impl Listener {
    /// Begins or ends to look.
    pub fn listen(&self, on: bool) {
        self.wanted.store(on, Ordering::Relaxed);
    }

    /// What the director did so far, whether or not anybody looks at rows.
    pub fn counts(&self) -> Counts {
        Counts::from_array(std::array::from_fn(|n| {
            self.counts[n].load(Ordering::Relaxed)
        }))
    }

    /// The next row.
    pub fn next_row(&mut self) -> Option<Row> {
        self.rows.pop().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(teller: &mut Teller, at: u64) {
        let duck = NameId::of("vo");
        teller.tell(at, What::DuckStuck { duck });
    }

    #[test]
    fn nothing_is_told_while_nobody_looks() {
        let (mut teller, mut listener) = channel(4);
        row(&mut teller, 1);
        assert_eq!(listener.next_row(), None);
        listener.listen(true);
        row(&mut teller, 2);
        assert_eq!(listener.next_row().map(|row| row.at), Some(2));
    }

    #[test]
    fn lost_rows_are_counted_once_there_is_room() {
        let (mut teller, mut listener) = channel(2);
        listener.listen(true);
        (0..5).for_each(|at| row(&mut teller, at));
        assert_eq!(teller.take_dropped(), 0);
        assert_eq!(listener.next_row().map(|row| row.at), Some(0));
        assert_eq!(teller.take_dropped(), 3);
        assert_eq!(teller.take_dropped(), 0);
    }
}
