//! Text ↔ ids: `o200k_harmony`, or the same byte-pair encoding cut at a rank as a checkpoint's `tokenizer.json` says.
//!
//! A token's id is its merge rank, so keeping only the merges below some rank `N` gives another valid spelling of any text in ids
//! that all keep their meaning. Ranks, splitting rule and the encoder come from `bpe-openai`, whose encoder is linear in the worst
//! case: a run of one letter costs no more than prose. (`tiktoken` 4 is faster on prose, but falls to 3 MB/s on such a run; what
//! comes from outside decides which text we get. `engine/BENCHMARKS.md` has the comparison.)

mod error;
mod json;
mod special;
mod utf8;
mod words;

use std::sync::Arc;

use bpe_openai::byte_pair_encoding::BytePairEncoding;

pub use error::TokenizerError;
use special::Specials;
pub use utf8::{Decoded, Utf8Decoder};
use words::Words;

use crate::token::{ORDINARY, VOCABULARY};

/// A byte-level byte-pair encoding with the special tokens of Harmony. Cloning shares the tables.
#[derive(Clone)]
pub struct Tokenizer {
    inner: Arc<Inner>,
}

struct Inner {
    ranks: Ranks,
    words: Words,
    specials: Specials,
}

/// The ordinary ids: all of o200k, or those below a cut.
enum Ranks {
    Whole(&'static BytePairEncoding),
    Cut(Box<BytePairEncoding>),
}

impl Ranks {
    fn get(&self) -> &BytePairEncoding {
        match self {
            Self::Whole(ranks) => ranks,
            Self::Cut(ranks) => ranks,
        }
    }
}

impl Tokenizer {
    /// The tokenizer of gpt-oss: 199,998 ordinary ids and the special ones up to [`VOCABULARY`].
    pub fn o200k_harmony() -> Self {
        Self::new(Ranks::Whole(&bpe_openai::o200k_base().bpe), Specials::o200k_harmony())
    }

    /// Reads a Hugging Face `tokenizer.json`, which must be o200k or o200k cut at a rank: byte-level BPE, o200k's split pattern, ids
    /// equal to ranks without a gap, merges in rank order, Harmony's special tokens at their ids.
    ///
    /// # Errors
    /// Says which of these does not hold. Another tokenizer would give ids that the models do not understand.
    pub fn from_json(file: &[u8]) -> Result<Self, TokenizerError> {
        let (count, specials) = json::read(file)?;
        let ranks = if count == ORDINARY as usize {
            Ranks::Whole(&bpe_openai::o200k_base().bpe)
        } else {
            Ranks::Cut(Box::new(cut(count)))
        };
        Ok(Self::new(ranks, specials))
    }

    fn new(ranks: Ranks, specials: Specials) -> Self {
        let words = Words::new(ranks.get());
        Self { inner: Arc::new(Inner { ranks, words, specials }) }
    }

    /// The ids of `text`. None of them is a special token, whatever the text contains. Linear in the length of the text.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::with_capacity(text.len() / 4 + 1);
        self.encode_into(text, &mut ids);
        ids
    }

    /// As [`Self::encode`], appended to `ids`.
    pub fn encode_into(&self, text: &str, ids: &mut Vec<u32>) {
        let ranks = self.inner.ranks.get();
        for piece in bpe_openai::o200k_base().split(text) {
            match self.inner.words.find(ranks, piece.as_bytes()) {
                Some(id) => ids.push(id),
                None => ids.extend(ranks.encode_via_backtracking(piece.as_bytes())),
            }
        }
    }

    /// The ids of text that we wrote ourselves, in which special tokens are spelled out (`<|start|>user<|message|>…`).
    /// Never call this with text that came from outside.
    pub fn encode_with_specials(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::with_capacity(text.len() / 4 + 1);
        let mut rest = text;
        while let Some((before, id, after)) = self.inner.specials.find(rest) {
            self.encode_into(before, &mut ids);
            ids.push(id);
            rest = after;
        }
        self.encode_into(rest, &mut ids);
        ids
    }

    /// The bytes of an id: UTF-8 or a part of it; for a special token its name. `None` when the id has no meaning here.
    pub fn token_bytes(&self, id: u32) -> Option<&[u8]> {
        if id < ORDINARY {
            self.ordinary_bytes(id)
        } else {
            self.inner.specials.name(id).map(str::as_bytes)
        }
    }

    /// The bytes of an ordinary id; `None` for special tokens and ids without a meaning.
    pub(crate) fn ordinary_bytes(&self, id: u32) -> Option<&[u8]> {
        let ranks = self.inner.ranks.get();
        ((id as usize) < ranks.num_tokens()).then(|| ranks.token_bytes(id))
    }

    /// The bytes of all `ids` joined, special tokens by their names. An id without a meaning becomes U+FFFD.
    pub fn decode(&self, ids: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(ids.len() * 4);
        for &id in ids {
            bytes.extend_from_slice(self.token_bytes(id).unwrap_or("\u{FFFD}".as_bytes()));
        }
        bytes
    }

    /// How many ordinary ids there are, counted from 0: 199,998, or where the tokenizer was cut.
    pub fn ordinary_count(&self) -> u32 {
        u32::try_from(self.inner.ranks.get().num_tokens()).unwrap_or(ORDINARY)
    }

    /// The id of a special token by its name, such as `<|start|>`.
    pub fn special(&self, name: &str) -> Option<u32> {
        self.inner.specials.id(name)
    }

    /// Whether `id` is at or above the ordinary ids and below the vocabulary's end.
    pub fn is_special(id: u32) -> bool {
        (ORDINARY..VOCABULARY).contains(&id)
    }
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer")
            .field("ordinary", &self.ordinary_count())
            .finish_non_exhaustive()
    }
}

/// The first `count` ranks of o200k as an encoding of their own. Each token's merge needs only lower ranks, so any prefix is complete.
fn cut(count: usize) -> BytePairEncoding {
    /// Makes the 32-bit hashes of o200k's tokens distinct (`bpe-openai`'s own factor), hence those of any subset.
    const HASH_FACTOR: u64 = 17_846_336_922_010_275_747;
    let whole = &bpe_openai::o200k_base().bpe;
    BytePairEncoding::from_dictionary(
        (0..count as u32).map(|id| whole.token_bytes(id).to_vec()),
        Some(HASH_FACTOR),
    )
}
