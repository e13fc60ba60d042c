//! What is kept of a response, so that another can continue it.
//!
//! A row holds only its own input and output; the conversation is the chain of rows behind `previous`. Every row belongs to one
//! API key and is invisible to all others.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use sha2::{Digest, Sha256};

mod memory;

pub use memory::{MemoryStore, StoreLimits};

/// Rows of one conversation at most.
const MAX_CHAIN: usize = 10_000;

/// To whom a row belongs: a digest of the API key, so that the key itself is kept nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner([u8; 16]);

impl Owner {
    /// The holder of `key`; `None` is everyone, where no keys are set.
    pub fn of(key: Option<&str>) -> Self {
        let mut owner = [0; 16];
        if let Some(key) = key {
            owner.copy_from_slice(&Sha256::digest(key.as_bytes())[..16]);
        }
        Self(owner)
    }

    /// The prefix-cache domain of this owner.
    pub fn salt(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredResponse {
    /// `resp_…`
    pub id: String,
    /// Who may see it.
    pub owner: Owner,
    /// The row before it in the conversation.
    pub previous: Option<String>,
    /// The date that the conversation's system message says.
    pub date: String,
    /// The response object with its output, as JSON.
    pub response: String,
    /// The input items, as a JSON array; each has an id.
    pub input: String,
    /// Per output item, the ids that the model generated for it.
    pub tokens: Vec<Option<Vec<u32>>>,
}

/// A row, and the place of one item in its output.
pub type StoredItem = (Arc<StoredResponse>, usize);

/// The store failed; the request may be retried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The conversation has too many rows.
    #[error("the conversation has more than {MAX_CHAIN} responses")]
    ChainTooLong,
    /// What the backend says.
    #[error("{0}")]
    Backend(String),
}

/// Where responses are kept.
pub trait Store: Send + Sync {
    /// Keeps `row`. May forget old rows, and refuses silently what is larger than the whole store.
    fn put(&self, row: StoredResponse) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The row `id`, if `owner` may see it.
    fn get<'a>(
        &'a self,
        owner: Owner,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<StoredResponse>>, StoreError>>;

    /// The row that holds the output item `id`, and the item's place in its output.
    fn find_item<'a>(
        &'a self,
        owner: Owner,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<StoredItem>, StoreError>>;

    /// The conversation that ends in `id`, oldest row first.
    fn chain<'a>(&'a self, owner: Owner, id: &'a str) -> BoxFuture<'a, Result<Chain, StoreError>> {
        walk(self, owner, id).boxed()
    }
}

async fn walk<S: Store + ?Sized>(store: &S, owner: Owner, id: &str) -> Result<Chain, StoreError> {
    let mut rows = Vec::new();
    let mut next = Some(id.to_owned());
    while let Some(id) = next {
        if rows.len() == MAX_CHAIN {
            return Err(StoreError::ChainTooLong);
        }
        let Some(row) = store.get(owner, &id).await? else { return Ok(Chain::Missing(id)) };
        next = row.previous.clone();
        rows.push(row);
    }
    rows.reverse();
    Ok(Chain::Rows(rows))
}

/// A conversation, or the id of the row without which it cannot be told.
#[derive(Clone, Debug, PartialEq)]
pub enum Chain {
    /// Oldest first.
    Rows(Vec<Arc<StoredResponse>>),
    /// Unknown, forgotten, or another key's.
    Missing(String),
}
