//! Blocks of planar samples.

use crate::sample::Sample;

/// Frames of a block.
pub(crate) const BLOCK_FRAMES: usize = 4096;

/// One vector of equal length per channel.
pub(crate) type Planes<T = f32> = Vec<Vec<T>>;

pub(crate) fn frames<T>(planes: &Planes<T>) -> usize {
    planes.first().map_or(0, Vec::len)
}

pub(crate) fn clear<T>(planes: &mut Planes<T>) {
    planes.iter_mut().for_each(Vec::clear);
}

pub(crate) fn slices<T>(planes: &Planes<T>) -> Vec<&[T]> {
    planes.iter().map(Vec::as_slice).collect()
}

/// Replaces `out` by the same samples of the other kind.
pub(crate) fn convert<A: Sample, B: Sample>(from: &Planes<A>, out: &mut Planes<B>) {
    out.resize_with(from.len(), Vec::new);
    for (plane, from) in out.iter_mut().zip(from) {
        plane.clear();
        plane.extend(from.iter().map(|x| B::from_f64(x.widen())));
    }
}

/// Replaces `out` by the samples in turn.
pub(crate) fn interleave<T: Sample>(planes: &Planes<T>, out: &mut Vec<T>) {
    out.clear();
    match planes.as_slice() {
        [one] => out.extend_from_slice(one),
        [left, right] => {
            out.resize(2 * left.len().min(right.len()), T::default());
            let (pairs, _) = out.as_chunks_mut::<2>();
            for ((pair, l), r) in pairs.iter_mut().zip(left).zip(right) {
                *pair = [*l, *r];
            }
        }
        _ => {
            let channels = planes.len();
            out.resize(frames(planes) * channels, T::default());
            for (c, plane) in planes.iter().enumerate() {
                let slots = out.iter_mut().skip(c).step_by(channels);
                slots.zip(plane).for_each(|(slot, x)| *slot = *x);
            }
        }
    }
}

/// Appends interleaved samples to the channels.
pub(crate) fn split<T: Sample>(interleaved: &[T], planes: &mut Planes<T>) {
    let channels = planes.len().max(1);
    match planes.as_mut_slice() {
        [one] => one.extend_from_slice(interleaved),
        [left, right] => {
            let (pairs, _) = interleaved.as_chunks::<2>();
            let at = left.len();
            left.resize(at + pairs.len(), T::default());
            right.resize(at + pairs.len(), T::default());
            let sides = left[at..].iter_mut().zip(&mut right[at..]);
            for ((l, r), pair) in sides.zip(pairs) {
                [*l, *r] = *pair;
            }
        }
        planes => {
            for (c, plane) in planes.iter_mut().enumerate() {
                plane.extend(interleaved.iter().skip(c).step_by(channels));
            }
        }
    }
}
