//! Which voices a sounding note has.

use super::{ANY, CHANNELS, KEYS, NoteEvent, NoteKind};
use crate::ids::VoiceId;

/// No entry.
const NONE: u32 = u32::MAX;
/// The list of unused entries; those of the notes, channel by channel, come before it.
const FREE: usize = CHANNELS * KEYS;

/// Where a voice stands in a [`NoteTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoteSlot(u32);

/// The voices of sounding notes, so that a note's end finds them. `[audio-thread]`
///
/// Made for as many entries as there can be voices, and told of every voice that ends, it is never
/// full. A key may have several notes and a note several voices. Nothing allocates after
/// [`NoteTable::new`]; a call takes as long as its key has voices, one for every key as long as the
/// table is.
#[derive(Debug)]
pub struct NoteTable {
    entries: Box<[Entry]>,
    /// First entry of every list.
    first: Box<[u32]>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    voice: VoiceId,
    note_id: i32,
    list: usize,
    before: u32,
    after: u32,
}

impl NoteTable {
    /// A table for `voices` voices, brought into 1..=131,072. `[main-thread]`
    pub fn new(voices: usize) -> Self {
        let voices = u32::try_from(voices.clamp(1, 131_072)).unwrap_or(1);
        let unused = Entry {
            voice: VoiceId(0),
            note_id: -1,
            list: FREE,
            before: NONE,
            after: NONE,
        };
        let mut table = Self {
            entries: (0..voices).map(|_| unused).collect(),
            first: (0..=FREE).map(|_| NONE).collect(),
        };
        for slot in (0..voices).rev() {
            table.link(FREE, slot);
        }
        table
    }

    /// Notes that `voice` plays `note`. None, and nothing noted, when the table is full or the note
    /// is no start of a single key: its end would not find the voice.
    pub fn press(&mut self, note: &NoteEvent, voice: VoiceId) -> Option<NoteSlot> {
        let list = list_of(note.channel, note.key).filter(|_| note.kind == NoteKind::On)?;
        let slot = self.first[FREE];
        let entry = self.entries.get_mut(slot as usize)?;
        entry.voice = voice;
        entry.note_id = note.note_id;
        self.unlink(slot);
        self.link(list, slot);
        Some(NoteSlot(slot))
    }

    /// Calls `each` for every voice of the notes that end, the youngest first, and forgets them.
    ///
    /// A note id of -1 means every note of the key; [`ANY`] every key or channel. A note that was
    /// started without an id ends by its key whatever id the end has.
    pub fn release(&mut self, note: &NoteEvent, mut each: impl FnMut(VoiceId)) {
        if note.kind == NoteKind::On {
            return;
        }
        if let Some(list) = list_of(note.channel, note.key) {
            return self.release_list(list, note.note_id, &mut each);
        }
        for list in 0..FREE {
            let (channel, key) = (list / KEYS, list % KEYS);
            let any = |wanted: u8, is: usize| wanted == ANY || usize::from(wanted) == is;
            if any(note.channel, channel) && any(note.key, key) {
                self.release_list(list, note.note_id, &mut each);
            }
        }
    }

    /// Forgets a voice that ended. Of no effect when its note ended before.
    pub fn forget(&mut self, slot: NoteSlot, voice: VoiceId) {
        let entry = self.entries.get(slot.0 as usize);
        if entry.is_some_and(|entry| entry.voice == voice && entry.list != FREE) {
            self.unlink(slot.0);
            self.link(FREE, slot.0);
        }
    }

    fn release_list(&mut self, list: usize, note_id: i32, each: &mut dyn FnMut(VoiceId)) {
        let mut slot = self.first[list];
        while slot != NONE {
            let entry = self.entries[slot as usize];
            if note_id < 0 || entry.note_id < 0 || entry.note_id == note_id {
                self.unlink(slot);
                self.link(FREE, slot);
                each(entry.voice);
            }
            slot = entry.after;
        }
    }

    fn link(&mut self, list: usize, slot: u32) {
        let after = std::mem::replace(&mut self.first[list], slot);
        if let Some(entry) = self.entries.get_mut(after as usize) {
            entry.before = slot;
        }
        let entry = &mut self.entries[slot as usize];
        (entry.list, entry.before, entry.after) = (list, NONE, after);
    }

    fn unlink(&mut self, slot: u32) {
        let Entry {
            list,
            before,
            after,
            ..
        } = self.entries[slot as usize];
        match self.entries.get_mut(before as usize) {
            Some(entry) => entry.after = after,
            None => self.first[list] = after,
        }
        if let Some(entry) = self.entries.get_mut(after as usize) {
            entry.before = before;
        }
    }
}

fn list_of(channel: u8, key: u8) -> Option<usize> {
    let (channel, key) = (usize::from(channel), usize::from(key));
    (channel < CHANNELS && key < KEYS).then_some(channel * KEYS + key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use assert_no_alloc::assert_no_alloc;
    use proptest::prelude::*;

    fn note(kind: NoteKind, channel: u8, key: u8, note_id: i32) -> NoteEvent {
        NoteEvent {
            kind,
            channel,
            key,
            velocity: 1.0,
            note_id,
            at: 0,
        }
    }

    fn ended(table: &mut NoteTable, channel: u8, key: u8, note_id: i32) -> Vec<u64> {
        let mut voices = Vec::new();
        table.release(&note(NoteKind::Off, channel, key, note_id), |voice| {
            voices.push(voice.0)
        });
        voices
    }

    #[test]
    fn an_end_finds_the_voices_of_its_note() {
        let mut table = NoteTable::new(8);
        for (voice, (channel, key, id)) in
            (1..).zip([(0, 60, 5), (0, 60, 5), (0, 60, 6), (0, 61, -1), (1, 60, 7)])
        {
            assert!(
                table
                    .press(&note(NoteKind::On, channel, key, id), VoiceId(voice))
                    .is_some()
            );
        }
        assert_eq!(ended(&mut table, 0, 60, 5), [2, 1]);
        assert_eq!(ended(&mut table, 0, 60, 5), []);
        assert_eq!(ended(&mut table, 0, 60, -1), [3]);
        assert_eq!(ended(&mut table, 0, 61, 99), [4]);
        assert_eq!(ended(&mut table, ANY, ANY, 7), [5]);
        assert_eq!(ended(&mut table, 200, 200, -1), []);
    }

    #[test]
    fn a_full_table_says_so_and_a_stale_slot_does_nothing() {
        let mut table = NoteTable::new(1);
        let on = note(NoteKind::On, 0, 1, -1);
        let slot = table.press(&on, VoiceId(1)).unwrap();
        assert_eq!(table.press(&on, VoiceId(2)), None);
        table.forget(slot, VoiceId(1));
        table.forget(slot, VoiceId(1));
        assert_eq!(table.press(&on, VoiceId(3)), Some(slot));
        table.forget(slot, VoiceId(1));
        assert_eq!(ended(&mut table, 0, 1, -1), [3]);
        assert_eq!(
            table.press(&note(NoteKind::On, ANY, 1, -1), VoiceId(4)),
            None
        );
    }

    proptest! {
        #[test]
        fn it_is_a_list_of_voices(
            steps in prop::collection::vec((0..4_u8, 0..2_u8, 0..3_u8, -1..3_i32), 0..200),
        ) {
            let mut table = NoteTable::new(6);
            let mut model: Vec<(u8, u8, i32, VoiceId, NoteSlot)> = Vec::new();
            for (voice, (step, channel, key, id)) in (1..).map(VoiceId).zip(steps) {
                match step {
                    0 | 1 => {
                        let on = note(NoteKind::On, channel, key, id);
                        let slot = assert_no_alloc(|| table.press(&on, voice));
                        prop_assert_eq!(slot.is_none(), model.len() == 6);
                        model.extend(slot.map(|slot| (channel, key, id, voice, slot)));
                    }
                    2 => {
                        let channel = if key == 2 { ANY } else { channel };
                        let mut found = Vec::with_capacity(8);
                        let off = note(NoteKind::Choke, channel, key, id);
                        assert_no_alloc(|| table.release(&off, |voice| found.push(voice)));
                        let hit = |it: &(u8, u8, i32, VoiceId, NoteSlot)| {
                            (channel == ANY || it.0 == channel)
                                && it.1 == key
                                && (id < 0 || it.2 < 0 || it.2 == id)
                        };
                        let mut expect: Vec<_> =
                            model.iter().filter(|it| hit(it)).map(|it| it.3).collect();
                        model.retain(|it| !hit(it));
                        found.sort();
                        expect.sort();
                        prop_assert_eq!(found, expect);
                    }
                    _ => {
                        if !model.is_empty() {
                            let (.., voice, slot) = model.remove(usize::from(key) % model.len());
                            table.forget(slot, voice);
                        }
                    }
                }
            }
        }
    }
}
