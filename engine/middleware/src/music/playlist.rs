//! Which segment of a playlist comes next.

use super::form::{MusicForm, PlaylistForm};
use crate::containers::rng::{draw, pick};
use crate::ids::{MusicIx, SegmentIx};

/// What shuffled orders hang on.
#[derive(Clone, Debug)]
pub(super) struct Decks {
    /// The seed of the orders to come.
    pub(super) seed: u64,
    /// Orders dealt of each playlist.
    pub(super) dealt: Box<[u64]>,
}

/// The way through one playlist, or a segment by itself.
#[derive(Clone, Debug)]
pub(super) struct Run {
    music: MusicIx,
    /// Places in the playlist in the order in which they play.
    order: Box<[u16]>,
    /// Place in `order`.
    at: usize,
    /// Times the segment plays again.
    again: u32,
}

impl Run {
    /// Room for every playlist. Allocates. `[main-thread]`
    pub(super) fn new(form: &MusicForm) -> Self {
        Self {
            music: MusicIx::default(),
            order: vec![0; form.longest()].into_boxed_slice(),
            at: 0,
            again: 0,
        }
    }

    /// Takes over the way of another bank's playlist, when this one knows it by name.
    pub(super) fn carry_over(&mut self, form: &MusicForm, old: &Self, old_form: &MusicForm) {
        let Some(music) = form.music(old_form.music_id(old.music)) else {
            return;
        };
        let entries = |form: &MusicForm, music| form.playlist(music).map(|it| it.entries.len());
        let count = entries(form, music);
        if count.is_some() && count == entries(old_form, old.music) {
            let count = count.unwrap_or(0);
            self.order[..count].copy_from_slice(&old.order[..count]);
            self.at = old.at;
            self.again = old.again;
        } else if let Some(count) = count {
            for (place, entry) in self.order[..count].iter_mut().zip(0..) {
                *place = entry;
            }
        }
        self.music = music;
    }

    /// Begins a playlist or a segment; its first segment.
    pub(super) fn begin(
        &mut self,
        form: &MusicForm,
        music: MusicIx,
        decks: &mut Decks,
    ) -> SegmentIx {
        self.music = music;
        self.at = 0;
        self.again = 0;
        match form.playlist(music) {
            None => SegmentIx(music.0),
            Some(list) => {
                self.deal(form, list, None, decks);
                self.take(list)
            }
        }
    }

    /// The next segment; `None` when this is the last.
    pub(super) fn next(&mut self, form: &MusicForm, decks: &mut Decks) -> Option<SegmentIx> {
        let list = form.playlist(self.music)?;
        if self.again > 0 {
            self.again -= 1;
            return Some(list.entries[usize::from(self.order[self.at])].0);
        }
        self.at += 1;
        if self.at == list.entries.len() {
            if !list.looped {
                self.at -= 1;
                return None;
            }
            let last = self.order[self.at - 1];
            self.at = 0;
            self.deal(form, list, Some(last), decks);
        }
        Some(self.take(list))
    }

    fn take(&mut self, list: &PlaylistForm) -> SegmentIx {
        let (segment, times) = list.entries[usize::from(self.order[self.at])];
        self.again = times - 1;
        segment
    }

    /// The order of the next pass. A shuffled one (Fisher-Yates) does not begin with what the
    /// former ended with.
    #[expect(clippy::cast_possible_truncation, reason = "at most 256 entries")]
    fn deal(
        &mut self,
        form: &MusicForm,
        list: &PlaylistForm,
        last: Option<u16>,
        decks: &mut Decks,
    ) {
        let n = list.entries.len();
        for (place, entry) in self.order[..n].iter_mut().zip(0..) {
            *place = entry;
        }
        if !list.shuffle || n < 2 {
            return;
        }
        let key = list.key(decks.seed);
        let deck = &mut decks.dealt[self.music.at() - form.segments.len()];
        // 512 draws of each deck are more than it has places.
        let base = deck.wrapping_mul(512);
        let draw = |k: usize, below: usize| {
            let number = base.wrapping_add(k as u64);
            pick(draw(key, number / 8, number % 8), below as u64) as usize
        };
        for k in (1..n).rev() {
            self.order.swap(k, draw(k, k + 1));
        }
        if Some(self.order[0]) == last {
            self.order.swap(0, 1 + draw(n, n - 1));
        }
        *deck += 1;
    }
}
