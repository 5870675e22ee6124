//! Names as hashes on the audio thread, and as texts for people.

use segue_rt::game::NameId;

/// The names of one kind of thing: place by hash, hash by place, and the texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameTable {
    sorted: Box<[(NameId, u32)]>,
    ids: Box<[NameId]>,
    texts: Box<[Box<str>]>,
}

impl NameTable {
    /// A table of names in the order of their places.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let texts: Box<[Box<str>]> = names.map(Into::into).collect();
        let ids: Box<[NameId]> = texts.iter().map(|text| NameId::of(text)).collect();
        let mut sorted: Vec<(NameId, u32)> = ids.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        Self {
            sorted: sorted.into_boxed_slice(),
            ids,
            texts,
        }
    }

    /// The place of a name.
    pub(crate) fn find(&self, name: NameId) -> Option<u32> {
        let at = self.sorted.partition_point(|(other, _)| *other < name);
        let (other, place) = self.sorted.get(at)?;
        (*other == name).then_some(*place)
    }

    /// The name at a place; none beyond the end.
    pub(crate) fn id(&self, place: u32) -> NameId {
        self.ids.get(place as usize).copied().unwrap_or_default()
    }

    /// The text at a place; `[main-thread]` business.
    pub(crate) fn text(&self, place: u32) -> Option<&str> {
        self.texts.get(place as usize).map(|text| &**text)
    }

    /// The text of a name.
    pub(crate) fn text_of(&self, name: NameId) -> Option<&str> {
        self.text(self.find(name)?)
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }

    /// The names in the order of their places.
    pub(crate) fn ids(&self) -> &[NameId] {
        &self.ids
    }

    /// Two different names with one hash.
    pub(crate) fn collision(&self) -> Option<(u32, u32)> {
        let pair = self.sorted.windows(2).find(|pair| {
            pair[0].0 == pair[1].0
                && self.texts[pair[0].1 as usize] != self.texts[pair[1].1 as usize]
        })?;
        Some((pair[0].1, pair[1].1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_hash() {
        let table = NameTable::new(["b", "a", "c"].into_iter());
        for (name, place) in [("a", Some(1)), ("b", Some(0)), ("c", Some(2)), ("d", None)] {
            assert_eq!(table.find(NameId::of(name)), place, "{name}");
        }
        assert_eq!(table.text_of(NameId::of("c")), Some("c"));
        assert_eq!(table.id(7), NameId::NONE);
    }
}
