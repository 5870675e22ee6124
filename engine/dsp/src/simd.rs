//! Which vector instructions this machine has, found once at run time.

/// A family of kernels. All of them give the same bits: they use the same operations in the same
/// order, and none of them fuses a multiplication with an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SimdLevel {
    /// Plain Rust for any machine.
    Scalar,
    /// Arm Advanced SIMD: part of every 64-bit Arm, so the plain kernels are compiled to it.
    Neon,
    /// 256-bit vectors (x86-64 AVX2).
    Avx2,
    /// 512-bit vectors (x86-64 AVX-512 F, BW, DQ, VL).
    Avx512,
}

impl SimdLevel {
    /// The widest level this machine runs. `[thread-safe]`
    pub fn detect() -> Self {
        Self::available().last().copied().unwrap_or(Self::Scalar)
    }

    /// Every level this machine runs, narrowest first. `[thread-safe]`
    pub fn available() -> &'static [Self] {
        #[cfg(target_arch = "x86_64")]
        {
            let avx512 = std::is_x86_feature_detected!("avx512f")
                && std::is_x86_feature_detected!("avx512bw")
                && std::is_x86_feature_detected!("avx512dq")
                && std::is_x86_feature_detected!("avx512vl");
            match (std::is_x86_feature_detected!("avx2"), avx512) {
                (true, true) => &[Self::Scalar, Self::Avx2, Self::Avx512],
                (true, false) => &[Self::Scalar, Self::Avx2],
                _ => &[Self::Scalar],
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            &[Self::Neon]
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        {
            &[Self::Scalar]
        }
    }

    /// The name used in session logs and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Neon => "neon",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}
