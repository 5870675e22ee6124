//! All children once in a random order, then anew.

use super::super::rng::{GOLDEN, mix64, pick};
use super::MAX_RANDOM_CHILDREN;

/// Sets the key of decks apart from that of plays.
pub(super) const DECKS: u64 = 0x6465_636B_7300_0001;
/// Draws of one deck.
const DRAWS: u64 = 64;

/// The deck that is being dealt.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Deck {
    /// Number of the deck plus 1; 0 is none yet.
    number: u64,
    len: u8,
    cards: [u8; MAX_RANDOM_CHILDREN],
}

impl Deck {
    /// The card of play `n` out of decks of `live`. `recent` is what must not come again so soon
    /// after the last deck, the latest first.
    pub(super) fn card(&mut self, key: u64, n: u64, live: &[u8], recent: &[u8]) -> Option<u8> {
        let len = live.len() as u64;
        if len == 0 {
            return None;
        }
        let number = n / len;
        if self.number != number + 1 || u64::from(self.len) != len {
            self.deal(key, number, live, recent);
        }
        let place = usize::try_from(n % len).unwrap_or(0);
        Some(self.cards[place])
    }

    /// Whether all its cards are of `live`.
    pub(super) fn is_of(&self, live: &[u8]) -> bool {
        let cards = &self.cards[..usize::from(self.len)];
        cards.iter().all(|card| live.contains(card))
    }

    /// Fisher-Yates; then a card at the head that was played lately changes places with a drawn one
    /// behind it that was not. A card that is moved there is looked at when its turn comes. As
    /// `recent` is shorter than the deck, there always is one.
    fn deal(&mut self, key: u64, number: u64, live: &[u8], recent: &[u8]) {
        let len = live.len();
        let drawn = |k: usize| {
            let count = number.wrapping_mul(DRAWS).wrapping_add(k as u64);
            mix64(key.wrapping_add(count.wrapping_mul(GOLDEN)))
        };
        let below = |r: u64, total: usize| usize::try_from(pick(r, total as u64)).unwrap_or(0);
        self.number = number + 1;
        self.len = u8::try_from(len).unwrap_or(0);
        self.cards[..len].copy_from_slice(live);
        for last in (1..len).rev() {
            self.cards.swap(last, below(drawn(last), last + 1));
        }
        for head in 0..recent.len().min(len) {
            let late = &recent[..recent.len() - head];
            if !late.contains(&self.cards[head]) {
                continue;
            }
            let allowed = |place: &usize| !late.contains(&self.cards[*place]);
            let count = (head + 1..len).filter(allowed).count();
            let which = below(drawn(MAX_RANDOM_CHILDREN + head), count);
            if let Some(place) = (head + 1..len).filter(allowed).nth(which) {
                self.cards.swap(head, place);
            }
        }
    }
}
