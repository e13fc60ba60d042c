//! One group of layers that see the same positions: its pool, and the rule by which blocks become invisible.

use super::block_pool::{BlockKey, BlockPool, Keep};
use crate::batch::{BlockId, NO_BLOCK};

/// What the layers of a group see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// Every position up to the query's.
    Full,
    /// The query's position and `window - 1` before it.
    Sliding {
        /// At least 1.
        window: usize,
    },
}

/// The blocks of one sequence in one group, by index in the sequence: block j holds positions `j * block_tokens ..`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// `[..first]` are [`NO_BLOCK`]: they left the window; the rest is held.
    pub(crate) blocks: Vec<BlockId>,
    pub(crate) first: usize,
}

impl Table {
    /// Blocks that the sequence refers to.
    pub(crate) fn held(&self) -> &[BlockId] {
        &self.blocks[self.first..]
    }
}

/// A sequence's complete blocks, as the prefix cache knows them.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// One per complete block.
    pub(crate) keys: &'a [BlockKey],
    /// At least the tokens of these blocks.
    pub(crate) tokens: &'a [u32],
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) span: Span,
    pub(crate) pool: BlockPool,
    block_tokens: usize,
}

impl Group {
    pub(crate) fn new(span: Span, blocks: usize, block_tokens: usize) -> Self {
        Self { span, pool: BlockPool::new(blocks, block_tokens), block_tokens }
    }

    /// The first block that the query at `position` sees; `position` itself need not be computed.
    pub(crate) fn first_visible(&self, position: usize) -> usize {
        match self.span {
            Span::Full => 0,
            Span::Sliding { window } => (position + 1).saturating_sub(window) / self.block_tokens,
        }
    }

    /// Blocks held at once, at most, by a sequence that computes `tokens` tokens one a step.
    pub(crate) fn peak(&self, tokens: usize) -> usize {
        let all = tokens.div_ceil(self.block_tokens);
        match self.span {
            Span::Full => all,
            // `window` consecutive positions touch one block more when they do not begin with one.
            Span::Sliding { window } => all.min((window - 1).div_ceil(self.block_tokens) + 1),
        }
    }

    /// Tokens that a sequence can compute with the whole pool to itself.
    pub(crate) fn capacity(&self) -> usize {
        match self.span {
            Span::Sliding { .. } if self.peak(usize::MAX) <= self.pool.len() => usize::MAX,
            _ => self.pool.len() * self.block_tokens,
        }
    }

    fn lookup(&self, known: Known<'_>, j: usize) -> Option<BlockId> {
        let at = j * self.block_tokens;
        self.pool.lookup(known.keys[j], &known.tokens[at..at + self.block_tokens])
    }

    /// The most blocks n ≤ `limit` such that a sequence could go on after n blocks with what is cached here.
    pub(crate) fn longest_prefix(&self, known: Known<'_>, limit: usize) -> usize {
        if self.span == Span::Full {
            return (0..limit).find(|&j| self.lookup(known, j).is_none()).unwrap_or(limit);
        }
        // From the longest down: a missing block j rules out every n > j whose window holds it, which is all of them down to j + 1.
        let mut n = limit;
        let mut j = limit;
        while j > self.first_visible(n * self.block_tokens) {
            j -= 1;
            if self.lookup(known, j).is_none() {
                n = j;
            }
        }
        n
    }

    /// Of the first `n` blocks, those that a hit would take out of the free list.
    pub(crate) fn unused_hits(&self, known: Known<'_>, n: usize) -> usize {
        let first = self.first_visible(n * self.block_tokens);
        (first..n)
            .filter(|&j| self.lookup(known, j).is_some_and(|id| self.pool.refs(id) == 0))
            .count()
    }

    /// Fills the empty `table` with the first `n` cached blocks. `n` is at most what [`Self::longest_prefix`] gave.
    pub(crate) fn attach(&mut self, table: &mut Table, known: Known<'_>, n: usize) {
        debug_assert!(table.blocks.is_empty());
        table.first = self.first_visible(n * self.block_tokens);
        table.blocks.resize(table.first, NO_BLOCK);
        for j in table.first..n {
            let id = self.lookup(known, j).expect("a block of the prefix that was just found");
            self.pool.acquire(id);
            table.blocks.push(id);
        }
    }

    /// Blocks to allocate so that positions before `end` have one.
    pub(crate) fn missing(&self, table: &Table, end: usize) -> usize {
        end.div_ceil(self.block_tokens).saturating_sub(table.blocks.len())
    }

    /// Allocates what is [missing](Self::missing); the caller knows that it is there.
    pub(crate) fn extend(&mut self, table: &mut Table, end: usize) {
        for _ in 0..self.missing(table, end) {
            table.blocks.push(self.pool.allocate().expect("the scheduler counted the free blocks"));
        }
    }

    /// Gives back what the query at `position` and later ones do not see.
    pub(crate) fn release_invisible(
        &mut self,
        table: &mut Table,
        position: usize,
        keep: impl Fn(usize) -> Keep,
    ) {
        let first = self.first_visible(position).min(table.blocks.len());
        for j in table.first..first {
            let id = std::mem::replace(&mut table.blocks[j], NO_BLOCK);
            self.pool.release(id, keep(j));
        }
        table.first = table.first.max(first);
    }

    /// Gives back everything, the end first: without its end a prefix is still of use, without its beginning it is not.
    pub(crate) fn release_all(&mut self, table: &mut Table) {
        for id in table.blocks.drain(table.first..).rev() {
            self.pool.release(id, Keep::Warm);
        }
        *table = Table::default();
    }

    /// Makes block `j` of `table`, which is complete, known to the prefix cache.
    pub(crate) fn register(&mut self, table: &Table, known: Known<'_>, j: usize) {
        let id = table.blocks[j];
        if id != NO_BLOCK && self.pool.key(id).is_none() {
            let at = j * self.block_tokens;
            self.pool.register(id, known.keys[j], &known.tokens[at..at + self.block_tokens]);
        }
    }
}
