//! Whether all bookkeeping agrees: what tests ask after every step, and an idle engine now and then.

use super::{
    KvCache, SequenceKv,
    group::{Group, Table},
};
use crate::batch::NO_BLOCK;
#[cfg(test)]
use crate::{batch::BlockId, config::LayerKind};

impl KvCache {
    /// Whether the pools agree with the tables of all sequences, given with the number of tokens that each has computed.
    ///
    /// # Errors
    /// The first disagreement, in words.
    pub(crate) fn check_integrity<'a>(
        &self,
        sequences: impl Iterator<Item = (&'a SequenceKv, usize)>,
    ) -> Result<(), String> {
        let mut full = vec![0; self.full.as_ref().map_or(0, |group| group.pool.len())];
        let mut sliding = vec![0; self.sliding.as_ref().map_or(0, |group| group.pool.len())];
        for (kv, computed) in sequences {
            count(&kv.full, &mut full)?;
            count(&kv.sliding, &mut sliding)?;
            self.tables(kv)
                .try_for_each(|(group, table)| self.check_table(group, table, computed))?;
        }
        let full = self.full.iter().zip([full]).map(|(group, refs)| ("full", group, refs));
        let sliding =
            self.sliding.iter().zip([sliding]).map(|(group, refs)| ("sliding", group, refs));
        full.chain(sliding).try_for_each(|(name, group, refs)| {
            group.pool.check_integrity(&refs).map_err(|error| format!("{name} group: {error}"))
        })
    }

    fn check_table(&self, group: &Group, table: &Table, computed: usize) -> Result<(), String> {
        let held = !table.held().is_empty();
        if held && table.blocks.len() != computed.div_ceil(self.block_tokens) {
            return Err(format!("a table has {} blocks for {computed} tokens", table.blocks.len()));
        }
        // Only the block after the last complete one will be written to, and it is nobody else's.
        match table.blocks.get(computed / self.block_tokens) {
            Some(&id) if group.pool.refs(id) != 1 || group.pool.key(id).is_some() => {
                Err(format!("block {id} is shared or known, and will be written to"))
            }
            _ => Ok(()),
        }
    }

    /// Every block with known contents: its group, its id, its tokens.
    #[cfg(test)]
    pub(crate) fn known_blocks(&self) -> impl Iterator<Item = (LayerKind, BlockId, &[u32])> {
        let full = self.full.iter().flat_map(|group| group.pool.known());
        let sliding = self.sliding.iter().flat_map(|group| group.pool.known());
        let full = full.map(|(id, tokens)| (LayerKind::Full, id, tokens));
        full.chain(sliding.map(|(id, tokens)| (LayerKind::Sliding, id, tokens)))
    }

    /// Whether all known blocks that a sequence holds are of its salt.
    #[cfg(test)]
    pub(crate) fn has_one_salt(&self, kv: &SequenceKv) -> bool {
        let own = |group: &Group, id| group.pool.key(id).is_none_or(|key| key.salt == kv.salt);
        self.tables(kv).all(|(group, table)| table.held().iter().all(|&id| own(group, id)))
    }
}

/// Adds a table's entries to the references of its group's blocks.
fn count(table: &Table, refs: &mut [u32]) -> Result<(), String> {
    table.held().iter().for_each(|&id| refs[id as usize] += 1);
    match table.blocks[..table.first].iter().all(|&id| id == NO_BLOCK) {
        true => Ok(()),
        false => Err("a block before the window is still in a table".into()),
    }
}
