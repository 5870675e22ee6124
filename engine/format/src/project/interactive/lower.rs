//! From what an author wrote to what the compiler takes.

use segue_middleware::source;

/// Gives the value another form without judging it: what is out of range stays so, for the compiler
/// to name.
pub(super) trait Lower<T> {
    fn lower(&self) -> T;
}

macro_rules! same {
    ($($type:ty),* $(,)?) => {$(
        impl Lower<$type> for $type {
            fn lower(&self) -> $type {
                self.clone()
            }
        }
    )*};
}

same!(
    String,
    bool,
    f64,
    u8,
    u16,
    u32,
    u64,
    i32,
    source::Shape,
    source::BindingTarget,
    source::BlendLaw,
    source::BlendWarp,
    source::RandomMode,
    source::SequenceEnd,
    source::GroupMode,
    source::LimitRule,
    source::Scope,
    source::DuckTrigger,
    source::Sync,
    source::MarkerKind,
    source::FillerMode,
    source::ArcForm,
);

impl Lower<f32> for f64 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a value of the engine's precision; the format bounds its size"
    )]
    fn lower(&self) -> f32 {
        *self as f32
    }
}

impl<A: Lower<B>, B> Lower<Option<B>> for Option<A> {
    fn lower(&self) -> Option<B> {
        self.as_ref().map(A::lower)
    }
}

impl<A: Lower<B>, B> Lower<Vec<B>> for Vec<A> {
    fn lower(&self) -> Vec<B> {
        self.iter().map(A::lower).collect()
    }
}

impl<A: Lower<B>, B, const N: usize> Lower<[B; N]> for [A; N] {
    fn lower(&self) -> [B; N] {
        self.each_ref().map(|value| value.lower())
    }
}
