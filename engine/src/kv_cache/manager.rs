//! The two groups together: prefix lookup, growth and release.

use std::ops::Range;

use super::{
    block_pool::{BlockKey, Keep},
    group::{Group, Known, Span, Table},
    hash::BlockHasher,
};
use crate::runner::RunnerSpec;

/// KV bookkeeping of all sequences.
#[derive(Debug)]
pub(crate) struct KvCache {
    pub(super) block_tokens: usize,
    /// Absent when the model has no such layer.
    pub(super) full: Option<Group>,
    pub(super) sliding: Option<Group>,
    /// Absent when the prefix cache is off.
    hasher: Option<BlockHasher>,
}

/// What a sequence holds.
#[derive(Debug, Default)]
pub(crate) struct SequenceKv {
    pub(crate) full: Table,
    pub(crate) sliding: Table,
    pub(super) salt: u64,
    /// One per complete block of the tokens known so far; grows, never changes.
    keys: Vec<BlockKey>,
    /// Complete blocks that were registered.
    registered: usize,
    /// Ranges of blocks whose sliding KV is kept warm when it leaves the window: see [`KvCache::attach`].
    boundaries: Vec<Range<usize>>,
}

impl SequenceKv {
    pub(crate) fn new(salt: u64) -> Self {
        Self { salt, ..Self::default() }
    }
}

/// How much of a sequence the cache has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    /// Blocks that both groups can provide.
    pub(crate) blocks: usize,
    /// Blocks that the full group has: where an earlier sequence and this one part.
    pub(crate) branch: usize,
}

/// A number of blocks in each group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) full: usize,
    pub(crate) sliding: usize,
}

impl Room {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { full: self.full + other.full, sliding: self.sliding + other.sliding }
    }

    /// What is left after `other`, at least nothing.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            full: self.full.saturating_sub(other.full),
            sliding: self.sliding.saturating_sub(other.sliding),
        }
    }

    pub(crate) fn covers(self, other: Self) -> bool {
        self.full >= other.full && self.sliding >= other.sliding
    }
}

impl KvCache {
    /// `key` turns the prefix cache on.
    pub(crate) fn new(spec: &RunnerSpec, key: Option<[u8; 16]>) -> Self {
        let group =
            |span, blocks| (blocks > 0).then(|| Group::new(span, blocks, spec.block_tokens));
        Self {
            block_tokens: spec.block_tokens,
            full: group(Span::Full, spec.full_blocks),
            sliding: group(Span::Sliding { window: spec.window.max(1) }, spec.sliding_blocks),
            hasher: key.map(BlockHasher::new),
        }
    }

    fn groups(&self) -> impl Iterator<Item = &Group> {
        self.full.iter().chain(&self.sliding)
    }

    pub(super) fn tables<'a>(
        &'a self,
        kv: &'a SequenceKv,
    ) -> impl Iterator<Item = (&'a Group, &'a Table)> {
        self.full.iter().zip([&kv.full]).chain(self.sliding.iter().zip([&kv.sliding]))
    }

    fn tables_mut<'a>(
        &'a mut self,
        kv: &'a mut SequenceKv,
    ) -> impl Iterator<Item = (&'a mut Group, &'a mut Table)> {
        self.full
            .iter_mut()
            .zip([&mut kv.full])
            .chain(self.sliding.iter_mut().zip([&mut kv.sliding]))
    }

    fn room(&self, of: impl Fn(&Group) -> usize) -> Room {
        Room {
            full: self.full.as_ref().map_or(0, &of),
            sliding: self.sliding.as_ref().map_or(0, &of),
        }
    }

    pub(crate) fn block_tokens(&self) -> usize {
        self.block_tokens
    }

    /// `blocks` blocks in each group that the model has.
    pub(crate) fn room_of(&self, blocks: usize) -> Room {
        self.room(|_| blocks)
    }

    /// Tokens whose KV one sequence can compute with all memory to itself.
    pub(crate) fn capacity(&self) -> usize {
        self.groups().map(Group::capacity).min().unwrap_or(usize::MAX)
    }

    pub(crate) fn blocks_total(&self) -> usize {
        self.groups().map(|group| group.pool.len()).sum()
    }

    pub(crate) fn blocks_used(&self) -> usize {
        self.groups().map(|group| group.pool.len() - group.pool.free()).sum()
    }

    /// Free blocks.
    pub(crate) fn free(&self) -> Room {
        self.room(|group| group.pool.free())
    }

    /// Blocks that `kv` still takes until `tokens` tokens are computed, one a step.
    pub(crate) fn outstanding(&self, kv: &SequenceKv, tokens: usize) -> Room {
        self.room(|group| group.peak(tokens)).minus(self.held(kv))
    }

    /// Blocks that `kv` refers to.
    pub(crate) fn held(&self, kv: &SequenceKv) -> Room {
        Room { full: kv.full.held().len(), sliding: kv.sliding.held().len() }
    }

    /// Blocks that leave the free lists when a sequence of `tokens` tokens starts from `prefix`, and later until all are computed.
    pub(crate) fn entry(&self, kv: &SequenceKv, tokens: &[u32], prefix: Prefix) -> Room {
        let known = Known { keys: &kv.keys, tokens };
        self.room(|group| {
            let n = prefix.blocks;
            let hits = n - group.first_visible(n * self.block_tokens);
            group.peak(tokens.len()).saturating_sub(hits) + group.unused_hits(known, n)
        })
    }

    /// The longest cached prefix of `tokens` that leaves at least the last token to compute.
    pub(crate) fn longest_prefix(&self, kv: &mut SequenceKv, tokens: &[u32]) -> Prefix {
        self.hash_complete_blocks(kv, tokens);
        let limit = (tokens.len().saturating_sub(1) / self.block_tokens).min(kv.keys.len());
        let known = Known { keys: &kv.keys, tokens };
        let longest = |group: &Option<Group>, n| {
            group.as_ref().map_or(n, |group| group.longest_prefix(known, n))
        };
        match self.groups().next() {
            None => Prefix { blocks: 0, branch: 0 },
            Some(_) => {
                let branch = longest(&self.full, limit);
                Prefix { blocks: longest(&self.sliding, branch), branch }
            }
        }
    }

    /// Whether `other`, of which `computed` tokens are computed, will give the cache the block with index `j` of `kv`.
    pub(crate) fn will_compute(
        &self,
        other: &SequenceKv,
        computed: usize,
        kv: &SequenceKv,
        j: usize,
    ) -> bool {
        kv.keys.get(j).is_some_and(|key| other.keys.get(j) == Some(key))
            && computed < (j + 1) * self.block_tokens
    }

    /// Gives the empty `kv` the blocks of `prefix`, and notes where the window is to be kept: where the sequence leaves what others
    /// computed before it (the next one with this beginning will leave there too), and at the end of its prompt of `prompt` tokens
    /// (the next turn of a conversation repeats the prompt, and a block less when the last tokens are rendered differently).
    pub(crate) fn attach(
        &mut self,
        kv: &mut SequenceKv,
        tokens: &[u32],
        prefix: Prefix,
        prompt: usize,
    ) {
        let keys = std::mem::take(&mut kv.keys);
        let known = Known { keys: &keys, tokens };
        for (group, table) in self.tables_mut(kv) {
            group.attach(table, known, prefix.blocks);
        }
        kv.keys = keys;
        kv.registered = prefix.blocks;
        let Some(sliding) = &self.sliding else { return };
        let window = |end: usize, from: usize| sliding.first_visible(from * self.block_tokens)..end;
        let end = prompt / self.block_tokens;
        kv.boundaries =
            vec![window(prefix.branch, prefix.branch), window(end, end.saturating_sub(1))];
    }

    /// Gives back what the token at `position` does not see.
    pub(crate) fn release_invisible(&mut self, kv: &mut SequenceKv, position: usize) {
        let Some(sliding) = &mut self.sliding else { return };
        let boundaries = &kv.boundaries;
        let keep = |j| match boundaries.iter().any(|range| range.contains(&j)) {
            true => Keep::Warm,
            false => Keep::Cold,
        };
        sliding.release_invisible(&mut kv.sliding, position, keep);
    }

    /// Blocks to allocate so that positions before `end` have one.
    pub(crate) fn missing(&self, kv: &SequenceKv, end: usize) -> Room {
        let missing = |group: &Option<Group>, table| {
            group.as_ref().map_or(0, |group| group.missing(table, end))
        };
        Room { full: missing(&self.full, &kv.full), sliding: missing(&self.sliding, &kv.sliding) }
    }

    /// The largest `end` for which `room` covers what is [missing](Self::missing).
    pub(crate) fn reach(&self, kv: &SequenceKv, room: Room) -> usize {
        let full = self.full.as_ref().map(|_| kv.full.blocks.len() + room.full);
        let sliding = self.sliding.as_ref().map(|_| kv.sliding.blocks.len() + room.sliding);
        full.into_iter()
            .chain(sliding)
            .min()
            .map_or(usize::MAX, |blocks| blocks * self.block_tokens)
    }

    /// Allocates what is [missing](Self::missing), which the caller knows to be free.
    pub(crate) fn extend(&mut self, kv: &mut SequenceKv, end: usize) {
        for (group, table) in self.tables_mut(kv) {
            group.extend(table, end);
        }
    }

    /// The KV of `tokens[..computed]` is written: complete blocks become known to the prefix cache.
    pub(crate) fn commit(&mut self, kv: &mut SequenceKv, tokens: &[u32], computed: usize) {
        let complete = computed / self.block_tokens;
        if self.hasher.is_none() || complete == kv.registered {
            return;
        }
        self.hash_complete_blocks(kv, tokens);
        let from = std::mem::replace(&mut kv.registered, complete);
        let keys = std::mem::take(&mut kv.keys);
        let known = Known { keys: &keys, tokens };
        for (group, table) in self.tables_mut(kv) {
            for j in from..complete {
                group.register(table, known, j);
            }
        }
        kv.keys = keys;
    }

    /// Gives everything back. The blocks keep their contents until they are reused.
    pub(crate) fn release_all(&mut self, kv: &mut SequenceKv) {
        for (group, table) in self.tables_mut(kv) {
            group.release_all(table);
        }
        kv.registered = 0;
    }

    fn hash_complete_blocks(&self, kv: &mut SequenceKv, tokens: &[u32]) {
        let Some(hasher) = &self.hasher else { return };
        let mut parent = kv.keys.last().map_or_else(|| hasher.root(kv.salt), |key| key.hash);
        for block in tokens.chunks_exact(self.block_tokens).skip(kv.keys.len()) {
            parent = hasher.next(parent, block);
            kv.keys.push(BlockKey { hash: parent, salt: kv.salt });
        }
    }
}
