//! Which vector instructions this machine has, found once at run time.

/// Defines a function that is compiled twice, for plain and for 256-bit vectors, and runs as what
/// this machine has. Both do the same operations in the same order and fuse none, so they give the
/// same bits. What the body calls has to be `#[inline(always)]` to be compiled with it.
macro_rules! wide {
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block
    ) => {
        $(#[$meta])*
        #[inline]
        $vis fn $name($($arg: $type),*) $(-> $out)? {
            #[inline(always)]
            fn plain($($arg: $type),*) $(-> $out)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($arg: $type),*) $(-> $out)? {
                    plain($($arg),*)
                }

                if std::is_x86_feature_detected!("avx2") {
                    #[allow(unsafe_code, reason = "vector instructions that are there")]
                    // SAFETY: this machine has what the function is compiled for.
                    return unsafe { avx2($($arg),*) };
                }
            }
            plain($($arg),*)
        }
    };
}

pub(crate) use wide;

/// Work that [`widest`] compiles more than once. `run`, and what it calls, have to be
/// `#[inline(always)]`.
pub trait Wide {
    /// What it answers with.
    type Out;

    /// The work itself, in plain Rust.
    fn run(self) -> Self::Out;
}

/// Does the work with the widest vectors that this machine has: those outside of this crate that
/// hold no unsafe code can have them, too. The bits are the same everywhere, as nothing is fused.
/// `[audio-thread]`
#[inline]
pub fn widest<W: Wide>(work: W) -> W::Out {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn avx2<W: Wide>(work: W) -> W::Out {
            work.run()
        }

        if std::is_x86_feature_detected!("avx2") {
            #[allow(unsafe_code, reason = "vector instructions that are there")]
            // SAFETY: this machine has what the function is compiled for.
            return unsafe { avx2(work) };
        }
    }
    work.run()
}

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
