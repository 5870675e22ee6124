//! The samples of a pass: from memory if they were kept, else from the file again.

use super::super::Job;
use super::super::chain::Chain;
use super::super::planes::Planes;
use super::prepare::Prepared;
use crate::decode::Warning;
use crate::error::Result;

/// Blocks kept from the first pass; `None` once there were too many.
pub(crate) struct Kept {
    blocks: Option<Vec<Planes>>,
    bytes: usize,
    most: usize,
}

impl Kept {
    /// Keeps at most this many bytes of samples.
    pub(crate) fn at_most(most: usize) -> Self {
        Self {
            blocks: Some(Vec::new()),
            bytes: 0,
            most,
        }
    }

    pub(crate) fn nothing() -> Self {
        Self {
            blocks: None,
            bytes: 0,
            most: 0,
        }
    }

    pub(crate) fn add(&mut self, block: &Planes) {
        self.bytes += block.iter().map(|plane| plane.len() * 4).sum::<usize>();
        if self.bytes > self.most {
            self.blocks = None;
        }
        if let Some(blocks) = &mut self.blocks {
            blocks.push(block.clone());
        }
    }
}

/// Yields the blocks of a pass.
pub(crate) enum Feed<'a> {
    Kept(std::slice::Iter<'a, Planes>),
    Chain(Box<Chain>),
}

impl<'a> Feed<'a> {
    pub(crate) fn open(job: &Job, prepared: &Prepared, kept: &'a Kept) -> Result<Self> {
        Ok(match &kept.blocks {
            Some(blocks) => Self::Kept(blocks.iter()),
            None => Self::Chain(Box::new(Chain::open(
                &job.input,
                &job.settings,
                &prepared.plan,
            )?)),
        })
    }

    /// Replaces `out` by the next block; `false` at the end.
    pub(crate) fn next(&mut self, out: &mut Planes) -> Result<bool> {
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
