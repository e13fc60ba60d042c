//! Names of blocks: a chained, keyed hash of all tokens from the start of the sequence to the end of the block.
//!
//! The key is random per process, so that nobody outside can construct two prefixes with one hash; the salt separates the
//! domains of the prefix cache (one API key each).

use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

/// Stands for a block's tokens and every token before them, within one salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BlockHash(u128);

/// Makes [`BlockHash`]es under one key.
#[derive(Clone, Debug)]
pub(crate) struct BlockHasher {
    key: [u8; 16],
}

impl BlockHasher {
    pub(crate) fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// The parent of a sequence's first block.
    pub(crate) fn root(&self, salt: u64) -> BlockHash {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(&salt.to_le_bytes());
        BlockHash(hasher.finish128().as_u128())
    }

    /// The block with `tokens` after the blocks that `parent` stands for.
    pub(crate) fn next(&self, parent: BlockHash, tokens: &[u32]) -> BlockHash {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(&parent.0.to_le_bytes());
        hasher.write(bytemuck::cast_slice(tokens));
        BlockHash(hasher.finish128().as_u128())
    }
}
