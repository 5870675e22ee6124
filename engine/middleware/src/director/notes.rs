//! Notes that post events.

use segue_rt::command::Reason;
use segue_rt::game::{NameId, ObjectId, PlayingId};
use segue_rt::keymap::{ANY, NoteEvent, NoteKind};

use super::calls::linear;
use super::pool::{Leaf, Run};
use super::post::Request;
use super::state::{Cx, State};
use crate::bank::Note;
use crate::ids::EventIx;
use crate::limits::HELD_NOTES;
use crate::values::rtpc::Who;

/// Time in which a loop fades when its key is let go, in seconds.
const RELEASE_SECONDS: f64 = 0.020;

/// A note that is held, and what it plays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    /// Number of its mapping.
    note: u32,
    channel: u8,
    key: u8,
    playing: PlayingId,
}

/// The notes that are held, in the order in which they came.
#[derive(Debug)]
pub(super) struct Held(Vec<Hold>);

impl Held {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(HELD_NOTES))
    }

    /// Takes over what is held under another bank. A mapping that is gone has no event for the end.
    pub(super) fn take_over(&mut self, old: &mut Self, (new, was): (&[Note], &[Note])) {
        std::mem::swap(self, old);
        for hold in &mut self.0 {
            let before = was.get(hold.note as usize);
            let same = |note: &Note| {
                before.is_some_and(|it| it.keys == note.keys && it.channel == note.channel)
            };
            let place = new.iter().position(same);
            hold.note = place
                .and_then(|place| u32::try_from(place).ok())
                .unwrap_or(u32::MAX);
        }
    }
}

impl State {
    /// True when a mapping took the note.
    pub(super) fn note(&mut self, cx: &mut Cx<'_>, note: &NoteEvent) -> bool {
        match note.kind {
            NoteKind::On => self.note_on(cx, note),
            NoteKind::Off | NoteKind::Choke => self.note_off(cx, note),
        }
    }

    fn note_on(&mut self, cx: &mut Cx<'_>, note: &NoteEvent) -> bool {
        let mut taken = false;
        for (n, mapping) in (0..).zip(&cx.bank.notes) {
            if !mapping.matches(note) {
                continue;
            }
            taken = true;
            self.note_values(cx, mapping, note);
            let playing = self.own_id();
            if self.notes.0.len() < HELD_NOTES {
                self.notes.0.push(Hold {
                    note: n,
                    channel: note.channel,
                    key: note.key,
                    playing,
                });
            }
            if let Some(event) = mapping.on {
                self.post_note(cx, event, playing);
            }
        }
        taken
    }

    fn note_values(&mut self, cx: &Cx<'_>, mapping: &Note, note: &NoteEvent) {
        let rtpcs = &cx.bank.values.rtpcs;
        if let Some(rtpc) = mapping.velocity {
            let range = rtpcs.at(rtpc);
            let value = range.min + (range.max - range.min) * note.velocity;
            self.set_rtpc(cx, rtpc, Who::GLOBAL, value, 0);
        }
        if let Some(rtpc) = mapping.key {
            self.set_rtpc(cx, rtpc, Who::GLOBAL, f32::from(note.key), 0);
        }
    }

    fn post_note(&mut self, cx: &mut Cx<'_>, event: EventIx, playing: PlayingId) {
        let request = Request::of_game(NameId::NONE, ObjectId::GLOBAL, 0, playing);
        self.post(cx, event, request);
    }

    fn note_off(&mut self, cx: &mut Cx<'_>, note: &NoteEvent) -> bool {
        let mut taken = false;
        let mut n = 0;
        while n < self.notes.0.len() {
            let hold = self.notes.0[n];
            let same = |own: u8, other: u8| other == ANY || own == other;
            if !same(hold.channel, note.channel) || !same(hold.key, note.key) {
                n += 1;
                continue;
            }
            self.notes.0.remove(n);
            taken = true;
            self.let_go(cx, hold, note.kind == NoteKind::Choke);
        }
        taken
    }

    fn let_go(&mut self, cx: &mut Cx<'_>, hold: Hold, choke: bool) {
        let play = self.plays.find(hold.playing);
        let off = cx
            .bank
            .notes
            .get(hold.note as usize)
            .and_then(|note| note.off);
        match (play, off) {
            (Some(play), _) if choke => {
                let fade = linear(cx.bank.declick());
                self.stop_whole(cx, play, fade, Reason::StopAction);
            }
            (Some(play), None) => {
                self.stop_loops(cx, play);
                let mut next = self.plays.next_part(play, None);
                while let Some(part) = next {
                    next = self.plays.next_part(play, Some(part));
                    self.stop_loops(cx, part);
                }
            }
            _ => {}
        }
        if let Some(off) = off {
            let playing = self.own_id();
            self.post_note(cx, off, playing);
        }
    }

    /// Fades endless loops of a play out, and lets sequences end; what ends by itself rings out.
    fn stop_loops(&mut self, cx: &mut Cx<'_>, play: u32) {
        let fade = linear(cx.bank.frames(RELEASE_SECONDS));
        let mut top = self.pool.top(play);
        while let Some(root) = top {
            top = self.pool.next_sibling(root);
            let mut next = Some(root);
            while let Some(at) = next {
                next = self.pool.after(root, at);
                match &mut self.pool.get_mut(at).run {
                    Run::Leaf(Leaf {
                        length: u64::MAX, ..
                    }) => {
                        self.pool.get_mut(at).forget_pause(cx.at);
                        self.stop_inst(cx, at, fade, Reason::StopAction);
                    }
                    Run::Sequence(sequence) => {
                        sequence.leave();
                        self.look_again(cx, at);
                    }
                    _ => {}
                }
            }
        }
    }
}

impl Note {
    fn matches(&self, note: &NoteEvent) -> bool {
        let [low, high] = self.keys;
        (low..=high).contains(&note.key) && self.channel.is_none_or(|it| it == note.channel)
    }
}
