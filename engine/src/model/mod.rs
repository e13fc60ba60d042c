//! The network on candle tensors: CPU now, Metal through candle.

mod embedding;
pub mod gpt_oss;
mod kv_cache;
mod load;
mod step;
#[cfg(test)]
pub(crate) mod testing;

pub use embedding::{Embedding, Vocabulary};
pub use gpt_oss::GptOss;
pub use kv_cache::{KvCache, KvSizes, Room};
pub use load::LoadError;
pub use step::Step;
