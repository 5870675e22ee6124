//! Ids as C sees them: of what, their four highest bits say, so that the id of a bus is never taken for that of a sound.
//!
//! Names, game objects, posts and analysers need no such bits: their ids are looked up. Voices have none of these kinds.

use facade::rt::ids::{Id, VoiceId, kind};

use crate::status::{Answer, Failure};

const SHIFT: u32 = 60;
const BITS: u64 = (1 << SHIFT) - 1;

/// What an id can be the id of.
pub(crate) trait Kind {
    /// 1..=7: those of voices that the library starts itself have the highest bit.
    const TAG: u64;
    /// What errors call it.
    const NAME: &'static str;
}

impl Kind for kind::Bus {
    const TAG: u64 = 1;
    const NAME: &'static str = "bus";
}

impl Kind for kind::Send {
    const TAG: u64 = 2;
    const NAME: &'static str = "send";
}

impl Kind for kind::Insert {
    const TAG: u64 = 3;
    const NAME: &'static str = "insert";
}

impl Kind for kind::Sound {
    const TAG: u64 = 4;
    const NAME: &'static str = "sound";
}

/// The tags with their names.
const NAMES: [(u64, &str); 4] = [
    (kind::Bus::TAG, kind::Bus::NAME),
    (kind::Send::TAG, kind::Send::NAME),
    (kind::Insert::TAG, kind::Insert::NAME),
    (kind::Sound::TAG, kind::Sound::NAME),
];

/// What C gets.
#[inline(always)]
pub(crate) fn given<K: Kind>(id: Id<K>) -> u64 {
    id.to_bits() | K::TAG << SHIFT
}

/// What C gives as its argument `name`.
#[inline(always)]
pub(crate) fn taken<K: Kind>(name: &'static str, id: u64) -> Answer<Id<K>> {
    match id >> SHIFT == K::TAG {
        true => Ok(Id::from_bits(id & BITS)),
        false => Err(Failure::another(name, K::NAME, id)),
    }
}

/// The same for those who look the id up and ask [`taken`] what is wrong with it: one of another kind becomes an id
/// that nothing has.
#[inline(always)]
pub(crate) fn glanced<K: Kind>(id: u64) -> Id<K> {
    Id::from_bits(id ^ K::TAG << SHIFT)
}

/// A voice as C gives it. Whether it still sounds, only the audio thread knows.
#[inline]
pub(crate) fn voice(id: u64) -> Answer<VoiceId> {
    match id != 0 && of(id).is_none() {
        true => Ok(VoiceId(id)),
        false => Err(Failure::another("voice", "voice", id)),
    }
}

/// What an id says that it is the id of.
pub(crate) fn of(id: u64) -> Option<&'static str> {
    let known = NAMES.iter().find(|(tag, _)| *tag == id >> SHIFT);
    known.map(|(_, name)| *name)
}

/// An id of the engine's own errors as C knows it.
pub(crate) fn shown(what: &str, id: u64) -> u64 {
    let known = NAMES.iter().find(|(_, name)| *name == what);
    known.map_or(id, |(tag, _)| id & BITS | tag << SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use facade::rt::ids::{BusId, GENERATIONS, SoundId};
    use facade::rt::renderer::OWN_VOICES;

    #[test]
    fn an_id_is_only_taken_for_what_it_is() {
        for id in [BusId::new(0, 1), BusId::new(u32::MAX, GENERATIONS - 1)] {
            let bits = given(id);
            assert_eq!(taken::<kind::Bus>("bus", bits).unwrap(), id);
            assert_eq!((of(bits), shown("bus", id.to_bits())), (Some("bus"), bits));
            let text = taken::<kind::Sound>("sound", bits).unwrap_err().to_string();
            assert!(
                text.contains("is the id of a bus, not of a sound")
                    && text.contains("segue_sound_find"),
                "{text}"
            );
            assert!(voice(bits).is_err());
        }
        for none in [0, 7, 5 << SHIFT, u64::MAX] {
            assert!(taken::<kind::Sound>("sound", none).is_err(), "{none:#x}");
        }
        for (id, is_voice) in [(0, false), (1, true), (OWN_VOICES + 1, true)] {
            assert_eq!(voice(id).is_ok(), is_voice, "{id:#x}");
        }
        let sound = given(SoundId::new(3, 1));
        assert_eq!(sound, 0x4000_0001_0000_0003);
    }
}
