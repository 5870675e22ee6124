//! The deck that plays, and the one it replaces.

use rtrb::{Consumer, Producer};

use crate::deck::{Block, Deck, Pair, Parcel};

/// A new deck takes over within 20 ms.
const FADES_PER_SECOND: usize = 50;

/// Plays decks one after the other with short cross-fades. `[audio-thread]`
///
/// Decks arrive through a queue and leave through another one; while that is full, none is taken.
pub(crate) struct Player {
    incoming: Consumer<Parcel>,
    outgoing: Producer<Parcel>,
    deck: Option<Box<Deck>>,
    old: Option<Box<Deck>>,
    /// Frames of the cross-fade that are left, and its length.
    left: usize,
    fade: usize,
    block: Box<Block>,
    old_block: Box<Block>,
}

impl Player {
    /// Silent until a deck arrives. `[main-thread]`
    pub(crate) fn new(
        incoming: Consumer<Parcel>,
        outgoing: Producer<Parcel>,
        sample_rate: u32,
    ) -> Self {
        Self {
            incoming,
            outgoing,
            deck: None,
            old: None,
            left: 0,
            fade: sample_rate as usize / FADES_PER_SECOND,
            block: Block::silent(),
            old_block: Block::silent(),
        }
    }

    /// Takes the next deck or routes, unless a deck is being taken over; true when there are new ones.
    pub(crate) fn take(&mut self) -> bool {
        if self.old.is_some() || self.outgoing.is_full() {
            return false;
        }
        match self.incoming.pop() {
            Ok(Parcel::Deck(deck)) => {
                self.old = self.deck.replace(deck);
                self.left = if self.old.is_some() { self.fade } else { 0 };
            }
            Ok(Parcel::Routes(mut routes)) => {
                if let Some(deck) = &mut self.deck {
                    deck.exchange(&mut routes);
                }
                // There is room: nobody else puts anything there.
                _ = self.outgoing.push(Parcel::Routes(routes));
            }
            Err(_) => return false,
        }
        true
    }

    /// The deck that plays.
    pub(crate) fn deck(&mut self) -> Option<&mut Deck> {
        self.deck.as_deref_mut()
    }

    pub(crate) fn playing(&self) -> Option<&Deck> {
        self.deck.as_deref()
    }

    pub(crate) fn set_offline(&mut self, offline: bool) {
        for deck in self.deck.iter_mut().chain(&mut self.old) {
            deck.set_offline(offline);
        }
    }

    /// Renders one chunk: see [`Deck::render`].
    pub(crate) fn render(
        &mut self,
        frames: usize,
        inputs: Option<&[Pair; 2]>,
        wanted: u32,
    ) -> &mut Block {
        match &mut self.deck {
            Some(deck) => deck.render(frames, inputs, wanted, &mut self.block),
            None => {
                let outs = self.block.outs.iter_mut().flatten();
                outs.for_each(|side| side[..frames].fill(0.0));
                if let Some([main, _]) = inputs {
                    self.block.dry = *main;
                }
            }
        }
        if let Some(old) = &mut self.old {
            old.render(frames, inputs, wanted, &mut self.old_block);
            self.cross_fade(frames);
        }
        if self.left == 0
            && let Some(old) = self.old.take()
            && let Err(rtrb::PushError::Full(Parcel::Deck(old))) =
                self.outgoing.push(Parcel::Deck(old))
        {
            self.old = Some(old);
        }
        &mut self.block
    }

    fn cross_fade(&mut self, frames: usize) {
        let done = self.fade - self.left;
        let share = |frame: usize| ((done + frame + 1) as f32 / self.fade as f32).min(1.0);
        let (new, old) = (&mut *self.block, &*self.old_block);
        let pairs = new.outs.iter_mut().chain(std::iter::once(&mut new.dry));
        let olds = old.outs.iter().chain(std::iter::once(&old.dry));
        for (pair, old) in pairs.zip(olds) {
            for (side, old) in pair.iter_mut().zip(old) {
                let both = side[..frames].iter_mut().zip(&old[..frames]);
                for (frame, (x, y)) in both.enumerate() {
                    *x = y + (*x - y) * share(frame);
                }
            }
        }
        self.left = self.left.saturating_sub(frames);
    }

    /// Ends everything that sounds, a cross-fade included.
    pub(crate) fn reset(&mut self) {
        self.deck.iter_mut().for_each(|deck| deck.reset());
        self.left = 0;
    }
}
