//! Eight sections of a pair of channels for AVX2: the operations of [`Lanes`] in the same order, with
//! half as many vectors.

use core::arch::x86_64::*;
use core::ops::Range;

use super::Lanes;

/// Sections 0, 2, 4, 6 and sections 1, 3, 5, 7, both channels of each: handing a frame on is handing
/// the first vector to the second as it is, and the second to the first one place further.
type Halves = [__m256; 2];

/// Steps `frames`, all of which keep every section at work; what leaves the last section of frame t
/// goes to t − `delay`.
#[target_feature(enable = "avx2")]
pub(super) fn run(
    lanes: &mut Lanes<4>,
    [left, right]: [&mut [f32]; 2],
    frames: Range<usize>,
    delay: usize,
) {
    let coefs = lanes.coefs.each_ref().map(|row| split(row));
    let [e, f, h, c0, c1, c2] = &coefs;
    let (mut s1, mut s2, mut y) = (split(&lanes.s1), split(&lanes.s2), split(&lanes.y));
    for t in frames {
        let last = _mm256_castps_pd(y[1]);
        // Sections 1, 3, 5 to sections 2, 4, 6; the input goes to section 0.
        let onward = _mm256_castpd_ps(_mm256_permute4x64_pd::<0b10_01_00_00>(last));
        let input = _mm_unpacklo_ps(_mm_set_ss(left[t]), _mm_set_ss(right[t]));
        let x = [
            _mm256_blend_ps::<0b11>(onward, _mm256_castps128_ps256(input)),
            y[0],
        ];
        for v in 0..2 {
            let d = _mm256_sub_ps(x[v], s2[v]);
            let states = _mm256_add_ps(_mm256_mul_ps(c1[v], s1[v]), _mm256_mul_ps(c2[v], s2[v]));
            y[v] = _mm256_add_ps(_mm256_mul_ps(c0[v], x[v]), states);
            let first = _mm256_sub_ps(_mm256_mul_ps(e[v], d), _mm256_mul_ps(f[v], s1[v]));
            let second = _mm256_add_ps(_mm256_mul_ps(h[v], d), _mm256_mul_ps(e[v], s1[v]));
            s1[v] = _mm256_add_ps(s1[v], first);
            s2[v] = _mm256_add_ps(s2[v], second);
        }
        let out = _mm256_extractf128_ps::<1>(y[1]);
        left[t - delay] = _mm_cvtss_f32(_mm_movehl_ps(out, out));
        right[t - delay] = _mm_cvtss_f32(_mm_shuffle_ps::<0b11_11_11_11>(out, out));
    }
    join(s1, &mut lanes.s1);
    join(s2, &mut lanes.s2);
    join(y, &mut lanes.y);
}

/// Vector v of [`Lanes`] holds sections v and 4 + v.
#[inline]
#[target_feature(enable = "avx2")]
fn split(vectors: &super::Vectors<4>) -> Halves {
    let v = vectors.map(wide::f32x4::to_array);
    let half =
        |a: [f32; 4], b: [f32; 4]| _mm256_setr_ps(a[0], a[1], b[0], b[1], a[2], a[3], b[2], b[3]);
    [half(v[0], v[2]), half(v[1], v[3])]
}

/// Undoes [`split`].
#[inline]
#[target_feature(enable = "avx2")]
fn join(halves: Halves, vectors: &mut super::Vectors<4>) {
    for (n, half) in halves.into_iter().enumerate() {
        let (low, high) = (
            _mm256_castps256_ps128(half),
            _mm256_extractf128_ps::<1>(half),
        );
        let (a, b) = (_mm_movelh_ps(low, high), _mm_movehl_ps(high, low));
        vectors[n] = wide::f32x4::new(array(a));
        vectors[n + 2] = wide::f32x4::new(array(b));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn array(x: __m128) -> [f32; 4] {
    let bits = _mm_castps_si128(x);
    [
        _mm_extract_epi32::<0>(bits),
        _mm_extract_epi32::<1>(bits),
        _mm_extract_epi32::<2>(bits),
        _mm_extract_epi32::<3>(bits),
    ]
    .map(|x| f32::from_bits(x.cast_unsigned()))
}
