//! Blocks of planar samples.

/// Frames of a block.
pub(crate) const BLOCK_FRAMES: usize = 4096;

/// One vector of equal length per channel.
pub(crate) type Planes = Vec<Vec<f32>>;

pub(crate) fn frames(planes: &Planes) -> usize {
    planes.first().map_or(0, Vec::len)
}

pub(crate) fn clear(planes: &mut Planes) {
    planes.iter_mut().for_each(Vec::clear);
}

pub(crate) fn slices(planes: &Planes) -> Vec<&[f32]> {
    planes.iter().map(Vec::as_slice).collect()
}

/// Replaces `out` by the samples in turn.
pub(crate) fn interleave(planes: &Planes, out: &mut Vec<f32>) {
    out.clear();
    match planes.as_slice() {
        [one] => out.extend_from_slice(one),
        [left, right] => {
            out.resize(2 * left.len().min(right.len()), 0.0);
            let (pairs, _) = out.as_chunks_mut::<2>();
            for ((pair, l), r) in pairs.iter_mut().zip(left).zip(right) {
                *pair = [*l, *r];
            }
        }
        _ => {
            let channels = planes.len();
            out.resize(frames(planes) * channels, 0.0);
            for (c, plane) in planes.iter().enumerate() {
                let slots = out.iter_mut().skip(c).step_by(channels);
                slots.zip(plane).for_each(|(slot, x)| *slot = *x);
            }
        }
    }
}

/// Appends interleaved samples to the channels.
pub(crate) fn split(interleaved: &[f32], planes: &mut Planes) {
    let channels = planes.len().max(1);
    match planes.as_mut_slice() {
        [one] => one.extend_from_slice(interleaved),
        [left, right] => {
            let (pairs, _) = interleaved.as_chunks::<2>();
            let at = left.len();
            left.resize(at + pairs.len(), 0.0);
            right.resize(at + pairs.len(), 0.0);
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
