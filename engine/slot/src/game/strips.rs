//! Strips out of counts.

use super::{Strip, SymbolId};

/// A strip with this many of each symbol, each spread as evenly as the others allow: two of the
/// same symbol stand about `length / count` stops apart. The same counts give the same strip.
/// `[thread-safe]`
pub fn strip_from_counts(counts: &[u32]) -> Strip {
    let mut places: Vec<(u64, SymbolId)> = Vec::new();
    for (symbol, &count) in (0..=SymbolId::MAX).zip(counts) {
        let place = |nth: u32| ((2 * u64::from(nth) + 1) << 32) / u64::from(count);
        places.extend((0..count).map(|nth| (place(nth), symbol)));
    }
    places.sort_unstable();
    places.into_iter().map(|(_, symbol)| symbol).collect()
}

/// One strip per reel out of a table of symbols by reels, as PAR sheets print it. `[thread-safe]`
pub fn reels_from_counts(counts: &[Vec<u32>]) -> Vec<Strip> {
    let reels = counts.iter().map(Vec::len).max().unwrap_or(0);
    let column = |reel: usize| -> Vec<u32> {
        let count = |row: &Vec<u32>| row.get(reel).copied().unwrap_or(0);
        counts.iter().map(count).collect()
    };
    (0..reels)
        .map(|reel| strip_from_counts(&column(reel)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_holds_its_counts_and_keeps_equals_apart() {
        let counts = [2, 4, 3, 4, 6, 5, 5, 4, 6, 6, 2];
        let strip = strip_from_counts(&counts);
        assert_eq!(strip.len(), 47);
        for (symbol, &count) in (0u8..).zip(&counts) {
            let at: Vec<usize> = (0..47).filter(|&at| strip[at] == symbol).collect();
            assert_eq!(at.len(), count as usize);
            let gap = |nth: usize| (at[(nth + 1) % at.len()] + 47 - at[nth]) % 47;
            assert!((0..at.len()).all(|nth| gap(nth) >= 3), "{symbol}: {at:?}");
        }
        assert!(strip_from_counts(&[0, 0]).is_empty());
    }

    #[test]
    fn reels_are_the_columns_of_the_table() {
        let reels = reels_from_counts(&[vec![1, 0], vec![0, 2]]);
        assert_eq!(reels, [vec![0], vec![1, 1]]);
    }
}
