//! The blocks of one group: who refers to them, what they hold, and in which order free ones are reused.
//!
//! A free block keeps its hash until it is reused, so the free lists are the prefix cache's eviction order. There are two: blocks
//! that nobody is likely to ask for again (`Cold`: no hash, or in the middle of a sequence) go before those at the boundaries of
//! conversations (`Warm`). Within a list the one that was freed first goes first. Every operation is O(1), lists are linked
//! through the blocks.

use rustc_hash::FxHashMap;

use super::hash::BlockHash;
use crate::batch::{BlockId, NO_BLOCK};

/// How much a freed block is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keep {
    /// Reuse soon.
    Cold,
    /// The next turn of a conversation will probably ask for it.
    Warm,
}

/// What a block holds, as far as the prefix cache is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockKey {
    pub(crate) hash: BlockHash,
    pub(crate) salt: u64,
}

#[derive(Debug)]
struct Block {
    /// Table entries that name this block. 0 is free.
    refs: u32,
    /// Known contents: the block is complete and may be shared.
    key: Option<BlockKey>,
    /// Highest worth that any of its users gave it since it got its contents.
    keep: Keep,
    /// Neighbours in a free list; [`NO_BLOCK`] at the ends and while in use.
    prev: BlockId,
    next: BlockId,
}

/// A doubly linked list of free blocks, next to be reused first.
#[derive(Debug)]
struct List {
    head: BlockId,
    tail: BlockId,
}

#[derive(Debug)]
pub(crate) struct BlockPool {
    block_tokens: usize,
    blocks: Vec<Block>,
    /// \[blocks, block_tokens\] ids in the blocks that have a key: compared on a hit, so that a hash alone never decides.
    tokens: Vec<u32>,
    cached: FxHashMap<BlockHash, BlockId>,
    cold: List,
    warm: List,
    free: usize,
}

impl BlockPool {
    pub(crate) fn new(blocks: usize, block_tokens: usize) -> Self {
        let block =
            || Block { refs: 0, key: None, keep: Keep::Cold, prev: NO_BLOCK, next: NO_BLOCK };
        let mut pool = Self {
            block_tokens,
            blocks: (0..blocks).map(|_| block()).collect(),
            tokens: vec![0; blocks * block_tokens],
            cached: FxHashMap::default(),
            cold: List { head: NO_BLOCK, tail: NO_BLOCK },
            warm: List { head: NO_BLOCK, tail: NO_BLOCK },
            free: 0,
        };
        for id in 0..blocks as BlockId {
            pool.push_back(id);
        }
        pool
    }

    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Blocks that nobody refers to, cached or not.
    pub(crate) fn free(&self) -> usize {
        self.free
    }

    pub(crate) fn refs(&self, id: BlockId) -> u32 {
        self.blocks[id as usize].refs
    }

    pub(crate) fn key(&self, id: BlockId) -> Option<BlockKey> {
        self.blocks[id as usize].key
    }

    /// A block for new contents; what it held is forgotten. `None` when all are in use.
    pub(crate) fn allocate(&mut self) -> Option<BlockId> {
        let id = [self.cold.head, self.warm.head].into_iter().find(|&head| head != NO_BLOCK)?;
        self.unlink(id);
        self.forget(id);
        self.blocks[id as usize].refs = 1;
        Some(id)
    }

    /// The block with these contents, free or in use.
    pub(crate) fn lookup(&self, key: BlockKey, tokens: &[u32]) -> Option<BlockId> {
        let id = *self.cached.get(&key.hash)?;
        (self.key(id) == Some(key) && self.tokens_of(id) == tokens).then_some(id)
    }

    /// One more table entry for a block that [`Self::lookup`] found.
    pub(crate) fn acquire(&mut self, id: BlockId) {
        if self.blocks[id as usize].refs == 0 {
            self.unlink(id);
        }
        self.blocks[id as usize].refs += 1;
    }

    /// One table entry less.
    pub(crate) fn release(&mut self, id: BlockId, keep: Keep) {
        let block = &mut self.blocks[id as usize];
        assert!(block.refs > 0, "block {id} was released twice");
        block.refs -= 1;
        if block.key.is_some() {
            block.keep = block.keep.max(keep);
        }
        match (block.refs, block.key) {
            (0, Some(_)) => self.push_back(id),
            (0, None) => self.push_front(id),
            _ => {}
        }
    }

    /// The block is complete and holds `tokens`: from now on it can be found. When another block with these contents is in use,
    /// that one stays the known one.
    pub(crate) fn register(&mut self, id: BlockId, key: BlockKey, tokens: &[u32]) {
        debug_assert_eq!(tokens.len(), self.block_tokens);
        debug_assert!(self.blocks[id as usize].key.is_none() && self.refs(id) > 0);
        if let Some(&other) = self.cached.get(&key.hash) {
            if self.refs(other) > 0 {
                return;
            }
            // The copy in use will outlive the free one.
            self.blocks[id as usize].keep = self.blocks[other as usize].keep;
            self.unlink(other);
            self.forget(other);
            self.push_front(other);
        }
        self.cached.insert(key.hash, id);
        self.blocks[id as usize].key = Some(key);
        let at = id as usize * self.block_tokens;
        self.tokens[at..at + self.block_tokens].copy_from_slice(tokens);
    }

    fn tokens_of(&self, id: BlockId) -> &[u32] {
        &self.tokens[id as usize * self.block_tokens..][..self.block_tokens]
    }

    fn forget(&mut self, id: BlockId) {
        let block = &mut self.blocks[id as usize];
        block.keep = Keep::Cold;
        if let Some(key) = block.key.take() {
            self.cached.remove(&key.hash);
        }
    }

    fn list(&mut self, keep: Keep) -> &mut List {
        match keep {
            Keep::Cold => &mut self.cold,
            Keep::Warm => &mut self.warm,
        }
    }

    fn push_back(&mut self, id: BlockId) {
        let keep = self.blocks[id as usize].keep;
        let list = self.list(keep);
        let tail = std::mem::replace(&mut list.tail, id);
        match tail {
            NO_BLOCK => list.head = id,
            tail => self.blocks[tail as usize].next = id,
        }
        self.blocks[id as usize].prev = tail;
        self.free += 1;
    }

    fn push_front(&mut self, id: BlockId) {
        let keep = self.blocks[id as usize].keep;
        let list = self.list(keep);
        let head = std::mem::replace(&mut list.head, id);
        match head {
            NO_BLOCK => list.tail = id,
            head => self.blocks[head as usize].prev = id,
        }
        self.blocks[id as usize].next = head;
        self.free += 1;
    }

    fn unlink(&mut self, id: BlockId) {
        let Block { keep, prev, next, .. } = self.blocks[id as usize];
        match prev {
            NO_BLOCK => self.list(keep).head = next,
            prev => self.blocks[prev as usize].next = next,
        }
        match next {
            NO_BLOCK => self.list(keep).tail = prev,
            next => self.blocks[next as usize].prev = prev,
        }
        let block = &mut self.blocks[id as usize];
        (block.prev, block.next) = (NO_BLOCK, NO_BLOCK);
        self.free -= 1;
    }

    /// The free blocks in the order in which they will be reused.
    pub(crate) fn free_list(&self) -> Vec<BlockId> {
        let mut order = Vec::new();
        for list in [&self.cold, &self.warm] {
            let mut id = list.head;
            // A list that became a ring ends at the number of blocks and fails the check of its length.
            while id != NO_BLOCK && order.len() <= self.blocks.len() {
                order.push(id);
                id = self.blocks[id as usize].next;
            }
        }
        order
    }

    /// Whether lists, counts and hashes agree with each other and with `refs`: how many table entries name each block.
    ///
    /// # Errors
    /// The first disagreement, in words.
    pub(crate) fn check_integrity(&self, refs: &[u32]) -> Result<(), String> {
        for (id, block) in self.blocks.iter().enumerate() {
            if block.refs != refs[id] {
                return Err(format!(
                    "block {id} counts {} references, tables have {}",
                    block.refs, refs[id]
                ));
            }
        }
        let listed = self.free_list();
        let mut free = vec![false; self.blocks.len()];
        for &id in &listed {
            if std::mem::replace(&mut free[id as usize], true) {
                return Err(format!("block {id} is twice in the free lists"));
            }
            if self.refs(id) != 0 {
                return Err(format!("block {id} is free and in use"));
            }
        }
        let unused = self.blocks.iter().filter(|block| block.refs == 0).count();
        if listed.len() != unused || self.free != unused {
            return Err(format!(
                "{unused} blocks are unused, {} listed, {} counted",
                listed.len(),
                self.free
            ));
        }
        let keyed = self.blocks.iter().filter(|block| block.key.is_some()).count();
        let found =
            |(hash, &id): (&BlockHash, &BlockId)| self.key(id).is_some_and(|key| key.hash == *hash);
        if keyed != self.cached.len() || !self.cached.iter().all(found) {
            return Err(format!(
                "{keyed} blocks have a hash, {} hashes lead to blocks",
                self.cached.len()
            ));
        }
        Ok(())
    }

    /// Blocks with known contents.
    #[cfg(test)]
    pub(crate) fn known(&self) -> impl Iterator<Item = (BlockId, &[u32])> {
        let ids = 0..self.blocks.len() as BlockId;
        ids.filter(|&id| self.key(id).is_some()).map(|id| (id, self.tokens_of(id)))
    }
}
