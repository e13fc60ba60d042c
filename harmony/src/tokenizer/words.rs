//! Pieces of text that are one token, found without running the encoder: most of prose.

use std::hash::Hasher;

use bpe_openai::byte_pair_encoding::BytePairEncoding;
use rustc_hash::FxHasher;

/// No id.
const FREE: u32 = u32::MAX;

/// A hash table from a token's bytes to its id. It holds ids only, the bytes are those of the encoding: a quarter of the memory and
/// half of the time of a map with its own keys.
pub(super) struct Words {
    /// Open addressing with linear probing, at most half full; a power of two long.
    slots: Box<[u32]>,
    /// Bytes of the longest token.
    longest: usize,
}

impl Words {
    pub(super) fn new(ranks: &BytePairEncoding) -> Self {
        let count = ranks.num_tokens();
        let mut words =
            Self { slots: vec![FREE; (count * 2).next_power_of_two()].into(), longest: 0 };
        for id in 0..count as u32 {
            let bytes = ranks.token_bytes(id);
            words.longest = words.longest.max(bytes.len());
            let free = words.probe(bytes).find(|&at| words.slots[at] == FREE);
            if let Some(at) = free {
                words.slots[at] = id;
            }
        }
        words
    }

    /// The id whose bytes are `piece`. Encoding such a piece gives this one id, because every token encodes to itself.
    pub(super) fn find(&self, ranks: &BytePairEncoding, piece: &[u8]) -> Option<u32> {
        if piece.len() > self.longest {
            return None;
        }
        self.probe(piece)
            .map(|at| self.slots[at])
            .take_while(|&id| id != FREE)
            .find(|&id| ranks.token_bytes(id) == piece)
    }

    /// The slots where `bytes` may be, in order. There is always a free one among them.
    fn probe(&self, bytes: &[u8]) -> impl Iterator<Item = usize> + use<> {
        let mut hasher = FxHasher::default();
        hasher.write(bytes);
        let (first, mask) = (hasher.finish() as usize, self.slots.len() - 1);
        (0..=mask).map(move |step| first.wrapping_add(step) & mask)
    }
}
