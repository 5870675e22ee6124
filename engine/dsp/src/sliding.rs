//! The largest of the last values.

#[cfg(target_arch = "x86_64")]
mod avx2;

use crate::meter::larger;

/// Maximum over a window of values that are 0 or more, in constant time per value (M. van Herk, "A
/// fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels",
/// 1992). A maximum has the same bits in any order, so the vectors of a machine make no difference.
#[derive(Clone, Debug)]
pub(crate) struct SlidingMax {
    /// The values of this round, then suffix maxima of the round before. One more element stays 0:
    /// at the end of a round nothing older is left.
    window: Vec<f32>,
    position: usize,
    /// Maximum of this round.
    newest: f32,
}

impl SlidingMax {
    /// A window of `frames` zeros. Allocates. `[main-thread]`
    pub(crate) fn new(frames: usize) -> Self {
        Self {
            window: vec![0.0; frames.max(1) + 1],
            position: 0,
            newest: 0.0,
        }
    }

    /// Values in the window.
    pub(crate) fn frames(&self) -> usize {
        self.window.len() - 1
    }

    /// Forgets all values. `[audio-thread]`
    pub(crate) fn clear(&mut self) {
        self.window.fill(0.0);
        (self.position, self.newest) = (0, 0.0);
    }

    /// Takes the state of another one of the same length. `[audio-thread]`
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.window.copy_from_slice(&other.window);
        (self.position, self.newest) = (other.position, other.newest);
    }

    /// Raises every value to that of another one of the same length that stands at the same place, and takes over
    /// nothing from one that does not. `[audio-thread]`
    pub(crate) fn join(&mut self, other: &Self) {
        if other.position != self.position {
            return;
        }
        for (value, other) in self.window.iter_mut().zip(&other.window) {
            *value = larger(*value, *other);
        }
        self.newest = larger(self.newest, other.newest);
    }

    /// The largest of the window that ends with the last value. `[audio-thread]`
    pub(crate) fn largest(&self) -> f32 {
        larger(self.newest, self.window[self.position])
    }

    /// Replaces every value by the largest of the window that ends with it. `[audio-thread]`
    pub(crate) fn process(&mut self, values: &mut [f32]) {
        let mut rest = values;
        while !rest.is_empty() {
            let room = self.frames() - self.position;
            let (part, tail) = rest.split_at_mut(rest.len().min(room));
            let end = self.position + part.len();
            raise(
                &mut self.window[self.position..=end],
                &mut self.newest,
                part,
            );
            self.position = end;
            if end == self.frames() {
                gather_back(&mut self.window);
                (self.position, self.newest) = (0, 0.0);
            }
            rest = tail;
        }
    }
}

/// Puts the values into the window, and the maxima in their place. `window` has one element more.
fn raise(window: &mut [f32], newest: &mut f32, values: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code, reason = "vector instructions that are there")]
        // SAFETY: this machine has what the function is compiled for.
        return unsafe { avx2::raise(window, newest, values) };
    }
    raise_plain(window, newest, values);
}

#[inline(always)]
fn raise_plain(window: &mut [f32], newest: &mut f32, values: &mut [f32]) {
    for (i, value) in values.iter_mut().enumerate() {
        let older = window[i + 1];
        window[i] = *value;
        *newest = larger(*newest, *value);
        *value = larger(older, *newest);
    }
}

/// Replaces every value by the largest from there on.
fn gather_back(window: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code, reason = "vector instructions that are there")]
        // SAFETY: this machine has what the function is compiled for.
        return unsafe { avx2::gather_back(window) };
    }
    gather_back_plain(window, 0.0);
}

#[inline(always)]
fn gather_back_plain(window: &mut [f32], mut largest: f32) {
    for value in window.iter_mut().rev() {
        largest = larger(largest, *value);
        *value = largest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    #[test]
    fn it_is_the_maximum_in_any_cut() {
        let values: Vec<f32> = noise(5).map(f32::abs).take(700).collect();
        for frames in [1, 2, 7, 8, 75, 240] {
            for cut in [1, 5, 8, 13, 32, 700] {
                let mut sliding = SlidingMax::new(frames);
                let mut got = values.clone();
                got.chunks_mut(cut).for_each(|part| sliding.process(part));
                for (i, got) in got.iter().enumerate() {
                    let window = &values[(i + 1).saturating_sub(frames)..=i];
                    let expected = window.iter().copied().fold(0.0, f32::max);
                    assert_eq!(*got, expected, "{frames} {cut} {i}");
                }
            }
        }
    }

    #[test]
    fn plain_and_wide_agree() {
        let values: Vec<f32> = noise(9).map(f32::abs).take(64).collect();
        for frames in [1, 7, 8, 9, 31, 63] {
            let mut window: Vec<f32> = noise(3).map(f32::abs).take(frames + 1).collect();
            let mut plain = window.clone();
            gather_back(&mut window);
            gather_back_plain(&mut plain, 0.0);
            assert_eq!(window, plain);
            let mut got = values[..frames].to_vec();
            let mut expected = got.clone();
            let (mut newest, mut other) = (0.25, 0.25);
            raise(&mut window, &mut newest, &mut got);
            raise_plain(&mut plain, &mut other, &mut expected);
            assert_eq!((window, newest, got), (plain, other, expected));
        }
    }
}
