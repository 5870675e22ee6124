//! The samples of a pass: from memory if they were kept, else from the file again.

use super::super::Job;
use super::super::chain::Chain;
use super::super::planes::Planes;
use super::prepare::Prepared;
use crate::decode::Warning;
use crate::error::Result;
use crate::sample::Flow;

/// Blocks kept from the first pass, of the kind that the job computes in; none once there were too
/// many.
pub(crate) struct Kept {
    pub(crate) single: Vec<Planes>,
    pub(crate) double: Vec<Planes<f64>>,
    is_whole: bool,
    bytes: usize,
    most: usize,
}

impl Kept {
    /// Keeps at most this many bytes of samples.
    pub(crate) fn at_most(most: usize) -> Self {
        Self {
            single: Vec::new(),
            double: Vec::new(),
            is_whole: true,
            bytes: 0,
            most,
        }
    }

    pub(crate) fn nothing() -> Self {
        Self {
            is_whole: false,
            ..Self::at_most(0)
        }
    }

    pub(crate) fn add<T: Flow>(&mut self, block: &Planes<T>) {
        let size = std::mem::size_of::<T>();
        self.bytes += block.iter().map(|plane| plane.len() * size).sum::<usize>();
        if self.bytes > self.most {
            *self = Self::nothing();
        }
        if self.is_whole && block.iter().any(|plane| !plane.is_empty()) {
            T::kept_mut(self).push(block.clone());
        }
    }
}

/// Yields the blocks of a pass.
pub(crate) enum Feed<'a, T> {
    Kept(std::slice::Iter<'a, Planes<T>>),
    Chain(Box<Chain<T>>),
}

impl<'a, T: Flow> Feed<'a, T> {
    pub(crate) fn open(job: &Job, prepared: &Prepared, kept: &'a Kept) -> Result<Self> {
        let blocks = T::kept(kept);
        // Those of the other kind are of no use here.
        if kept.is_whole && (kept.bytes == 0 || !blocks.is_empty()) {
            return Ok(Self::Kept(blocks.iter()));
        }
        let chain = Chain::open(&job.input, &job.settings, &prepared.plan)?;
        Ok(Self::Chain(Box::new(chain)))
    }

    /// Replaces `out` by the next block, which may be empty; `false` at the end.
    pub(crate) fn next(&mut self, out: &mut Planes<T>) -> Result<bool> {
        match self {
            Self::Chain(chain) => chain.next(out),
            Self::Kept(blocks) => Ok(blocks.next().is_some_and(|block| {
                out.clone_from(block);
                true
            })),
        }
    }

    /// What the decoder has to say at the end.
    pub(crate) fn warnings(&self) -> &[Warning] {
        match self {
            Self::Chain(chain) => chain.source().warnings(),
            Self::Kept(_) => &[],
        }
    }
}
