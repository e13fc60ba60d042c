//! Bookkeeping of KV memory: which block of which group holds which positions of which sequence, and what is worth keeping.
//!
//! Knows block numbers and token ids, no tensors: the memory belongs to the runner.
//!
//! Two groups of layers share the sequence's positions: full attention keeps every block, sliding attention gives a block back once
//! it has left the window. A prefix-cache hit needs both: all blocks of the full group, and of the sliding group those that the
//! first uncached position sees. Most sliding blocks of a finished sequence are therefore worthless, and those at the places where
//! the next request will branch off are worth the whole prefix; [`SequenceKv`] marks these, and the pool reuses them last.

mod block_pool;
mod group;
mod hash;
mod integrity;
mod manager;
#[cfg(test)]
mod tests;

pub(crate) use manager::{KvCache, Prefix, Room, SequenceKv};
