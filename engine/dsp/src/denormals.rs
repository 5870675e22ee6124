//! Subnormal numbers as zero: the one place that touches the floating-point control register.
//!
//! A decaying filter ends in subnormal numbers, on which x86 is up to a hundred times slower.
//! Every callback and every offline render holds one [`FlushGuard`], so that real-time and
//! offline bits agree; so does every loudness meter while it measures, whatever thread it is on.

use core::marker::PhantomData;

/// While it lives, its thread treats subnormal operands as zero and rounds subnormal results to
/// zero; dropping it restores what was before. Guards nest. `[audio-thread]`
///
/// Other targets than x86-64 and AArch64 are left as they are.
#[derive(Debug)]
#[must_use = "the mode ends when the guard is dropped"]
pub struct FlushGuard {
    before: register::Word,
    /// The register belongs to a thread, so the guard may not leave it.
    _not_send: PhantomData<*mut ()>,
}

impl FlushGuard {
    /// Switches the mode on for the calling thread. `[audio-thread]`
    pub fn new() -> Self {
        let before = register::read();
        register::write(before | register::FLUSH);
        Self {
            before,
            _not_send: PhantomData,
        }
    }
}

impl Default for FlushGuard {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for FlushGuard {
    fn drop(&mut self) {
        register::write(self.before);
    }
}

/// MXCSR (Intel SDM vol. 1, 10.2.3).
#[cfg(target_arch = "x86_64")]
mod register {
    use core::arch::asm;

    pub(super) type Word = u32;
    /// FTZ (bit 15) and DAZ (bit 6).
    pub(super) const FLUSH: Word = 1 << 15 | 1 << 6;

    pub(super) fn read() -> Word {
        let mut word = 0_u32;
        // SAFETY: stores the 32-bit register into a live, aligned u32 and changes nothing else.
        unsafe {
            asm!("stmxcsr [{}]", in(reg) &raw mut word, options(nostack, preserves_flags));
        }
        word
    }

    pub(super) fn write(word: Word) {
        // SAFETY: `word` is a value read from this register with at most the two flush bits
        // added, so no reserved bit is set and no exception gets unmasked. The compiler assumes
        // IEEE subnormals only when it folds constants; no memory safety depends on them.
        unsafe {
            asm!("ldmxcsr [{}]", in(reg) &raw const word, options(nostack, preserves_flags));
        }
    }
}

/// FPCR (Arm ARM, C5.2.8).
#[cfg(target_arch = "aarch64")]
mod register {
    use core::arch::asm;

    pub(super) type Word = u64;
    /// FZ (bit 24), for operands and results.
    pub(super) const FLUSH: Word = 1 << 24;

    pub(super) fn read() -> Word {
        let word: u64;
        // SAFETY: reads a register that every exception level may read.
        unsafe {
            asm!("mrs {}, fpcr", out(reg) word, options(nomem, nostack, preserves_flags));
        }
        word
    }

    pub(super) fn write(word: Word) {
        // SAFETY: `word` is a value read from this register with at most FZ added. The compiler
        // assumes IEEE subnormals only when it folds constants; no memory safety depends on them.
        unsafe {
            asm!("msr fpcr, {}", in(reg) word, options(nostack, preserves_flags));
        }
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod register {
    pub(super) type Word = u32;
    pub(super) const FLUSH: Word = 0;

    pub(super) fn read() -> Word {
        0
    }

    pub(super) fn write(_: Word) {}
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use core::hint::black_box;

    use super::*;

    /// What is left of a subnormal result, and of a subnormal operand.
    fn leftovers() -> (f32, f32) {
        let result = black_box(f32::MIN_POSITIVE) * black_box(0.5);
        let operand = black_box(f32::from_bits(1)) * black_box(1e30);
        (black_box(result), black_box(operand))
    }

    #[test]
    fn flushes_while_it_lives_and_restores() {
        let before = leftovers();
        assert!(before.0 > 0.0 && before.1 > 0.0);
        {
            let _outer = FlushGuard::new();
            assert_eq!(leftovers(), (0.0, 0.0));
            drop(FlushGuard::new());
            assert_eq!(
                leftovers(),
                (0.0, 0.0),
                "an inner guard must not end the outer one"
            );
        }
        assert_eq!(leftovers(), before);
    }
}
