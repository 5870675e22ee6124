//! Midpoints of many frames at a time: the operations of [`midpoints`](super::midpoints) in the same
//! order, with as many sums in registers as it takes for none to wait.

use core::arch::x86_64::*;

use super::{BLOCK, GROUP, Tap};

/// Fills `frames` frames of a row, and at most 15 more.
type Fill = unsafe fn(taps: &[Tap], old: &[f32], new: &mut [f32], frames: usize);

/// The widest that this machine has; `None`: it has to be plain Rust.
#[inline(always)]
pub(super) fn fill() -> Option<Fill> {
    if std::is_x86_feature_detected!("avx512f") {
        Some(avx512::fill)
    } else if std::is_x86_feature_detected!("avx2") {
        Some(avx2::fill)
    } else {
        None
    }
}

/// One module for each kind of vectors.
macro_rules! tier {
    (
        $tier:ident, $feature:literal, $lanes:literal, $vector:ident,
        $load:ident, $store:ident, $splat:ident, $zero:ident, $add:ident, $mul:ident
    ) => {
        pub(super) mod $tier {
            use super::*;

            /// Fills `frames` frames and at most 15 more.
            #[target_feature(enable = $feature)]
            pub(in super::super) fn fill(
                taps: &[Tap],
                old: &[f32],
                new: &mut [f32],
                frames: usize,
            ) {
                let mut at = 0;
                while at < frames {
                    at += match frames - at {
                        49.. => pass::<{ 64 / $lanes }>(taps, old, new, at),
                        17.. => pass::<{ 32 / $lanes }>(taps, old, new, at),
                        _ => pass::<1>(taps, old, new, at),
                    };
                }
            }

            /// `N` vectors of midpoints; returns their number of frames.
            #[inline]
            #[target_feature(enable = $feature)]
            fn pass<const N: usize>(
                taps: &[Tap],
                old: &[f32],
                new: &mut [f32],
                at: usize,
            ) -> usize {
                let mut sums = [$zero(); N];
                for tap in taps {
                    let gain = $splat(tap.gain);
                    let (a, b) = (&old[tap.a + at..], &old[tap.b + at..]);
                    let (a, b) = (&a[..N * $lanes], &b[..N * $lanes]);
                    let (a, b) = (a.as_chunks::<$lanes>().0, b.as_chunks::<$lanes>().0);
                    for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                        *sum = $add(*sum, $mul(gain, $add(load(a), load(b))));
                    }
                }
                let new = new[at..at + N * $lanes].as_chunks_mut::<$lanes>().0;
                for (new, sum) in new.iter_mut().zip(sums) {
                    #[allow(unsafe_code, reason = "vector instructions that are there")]
                    // SAFETY: writes the numbers of the array.
                    unsafe {
                        $store(new.as_mut_ptr(), sum);
                    }
                }
                N * $lanes
            }

            #[inline]
            #[target_feature(enable = $feature)]
            fn load(x: &[f32; $lanes]) -> $vector {
                #[allow(unsafe_code, reason = "vector instructions that are there")]
                // SAFETY: reads the numbers of the array.
                unsafe {
                    $load(x.as_ptr())
                }
            }
        }
    };
}

tier!(
    avx2,
    "avx2",
    8,
    __m256,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_set1_ps,
    _mm256_setzero_ps,
    _mm256_add_ps,
    _mm256_mul_ps
);
tier!(
    avx512,
    "avx512f",
    16,
    __m512,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_set1_ps,
    _mm512_setzero_ps,
    _mm512_add_ps,
    _mm512_mul_ps
);

#[target_feature(enable = "avx2")]
pub(super) fn loud_blocks(points: [&[f32]; 2], count: usize, norm: f32, floor: f32) -> u32 {
    let (norm, floor) = (_mm256_set1_ps(norm), _mm256_set1_ps(floor));
    let (a, b) = (
        points[0].as_chunks::<BLOCK>().0,
        points[1].as_chunks::<BLOCK>().0,
    );
    let mut loud = 0;
    for (number, (a, b)) in a.iter().zip(b).take(count).enumerate() {
        let (a, b) = (
            _mm256_mul_ps(magnitudes(a), norm),
            _mm256_mul_ps(magnitudes(b), norm),
        );
        let above = _mm256_or_ps(
            _mm256_cmp_ps::<_CMP_GT_OQ>(a, floor),
            _mm256_cmp_ps::<_CMP_GT_OQ>(b, floor),
        );
        loud |= u32::from(_mm256_movemask_ps(above) != 0) << number;
    }
    loud
}

#[target_feature(enable = "avx2")]
pub(super) fn largest_of(rows: &[f32], width: usize, first: usize, peaks: &mut [f32]) {
    let (groups, tail) = peaks.as_chunks_mut::<GROUP>();
    let mut at = first;
    for group in groups {
        let (mut low, mut high) = (_mm256_setzero_ps(), _mm256_setzero_ps());
        let mut row = at;
        while row < rows.len() {
            let (x, _) = rows[row..row + GROUP].as_chunks::<BLOCK>();
            // A NaN in the row is passed over.
            low = _mm256_max_ps(magnitudes(&x[0]), low);
            high = _mm256_max_ps(magnitudes(&x[1]), high);
            row += width;
        }
        let (halves, _) = group.as_chunks_mut::<BLOCK>();
        store(&mut halves[0], low);
        store(&mut halves[1], high);
        at += GROUP;
    }
    super::largest_of_plain(rows, width, at, tail);
}

/// |x| of eight points.
#[inline]
#[target_feature(enable = "avx2")]
fn magnitudes(x: &[f32; BLOCK]) -> __m256 {
    let x = _mm256_setr_ps(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]);
    _mm256_andnot_ps(_mm256_set1_ps(-0.0), x)
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(place: &mut [f32; BLOCK], x: __m256) {
    #[allow(unsafe_code, reason = "vector instructions that are there")]
    // SAFETY: writes the numbers of the array.
    unsafe {
        _mm256_storeu_ps(place.as_mut_ptr(), x);
    }
}
