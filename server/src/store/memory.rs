//! Rows in memory, bounded by count and by bytes; the least recently used go first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, ready};

use super::{Owner, Store, StoreError, StoredItem, StoredResponse};

/// Bytes that a row costs beyond its texts and ids: map entries, counters.
const ROW_OVERHEAD: usize = 512;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLimits {
    /// Rows at most.
    pub responses: usize,
    /// Bytes of all rows at most.
    pub bytes: usize,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self { responses: 10_000, bytes: 256 << 20 }
    }
}

/// See the module.
#[derive(Debug)]
pub struct MemoryStore {
    limits: StoreLimits,
    rows: Mutex<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    by_id: HashMap<String, Kept>,
    /// Output item → (row, place).
    items: HashMap<String, (String, usize)>,
    /// Last use → row; the first is the oldest.
    ages: BTreeMap<u64, String>,
    clock: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    row: Arc<StoredResponse>,
    age: u64,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(limits: StoreLimits) -> Self {
        Self { limits, rows: Mutex::default() }
    }

    /// Rows and their bytes now.
    pub fn usage(&self) -> (usize, usize) {
        let rows = self.lock();
        (rows.by_id.len(), rows.bytes)
    }

    /// Every change below is complete before the next panic could happen, so a poisoned lock guards sound data.
    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    /// The row, now the youngest.
    fn touch(&mut self, owner: Owner, id: &str) -> Option<Arc<StoredResponse>> {
        let kept = self.by_id.get_mut(id).filter(|kept| kept.row.owner == owner)?;
        self.clock += 1;
        self.ages.remove(&kept.age);
        kept.age = self.clock;
        self.ages.insert(self.clock, id.to_owned());
        Some(Arc::clone(&kept.row))
    }

    fn insert(&mut self, row: StoredResponse) {
        self.remove(&row.id);
        self.clock += 1;
        self.bytes += cost(&row);
        for (place, item) in item_ids(&row).into_iter().enumerate() {
            self.items.insert(item, (row.id.clone(), place));
        }
        self.ages.insert(self.clock, row.id.clone());
        self.by_id.insert(row.id.clone(), Kept { row: Arc::new(row), age: self.clock });
    }

    fn remove(&mut self, id: &str) {
        let Some(Kept { row, age }) = self.by_id.remove(id) else { return };
        self.ages.remove(&age);
        self.bytes -= cost(&row);
        for item in item_ids(&row) {
            self.items.remove(&item);
        }
    }

    fn shrink(&mut self, limits: StoreLimits) {
        while self.by_id.len() > limits.responses || self.bytes > limits.bytes {
            let Some(oldest) = self.ages.values().next().cloned() else { return };
            self.remove(&oldest);
        }
    }
}

fn cost(row: &StoredResponse) -> usize {
    let tokens: usize = row.tokens.iter().flatten().map(|ids| size_of_val(ids.as_slice())).sum();
    ROW_OVERHEAD + row.response.len() + row.input.len() + tokens
}

fn item_ids(row: &StoredResponse) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Item {
        id: String,
    }
    #[derive(serde::Deserialize)]
    struct Response {
        output: Vec<Item>,
    }
    let response = serde_json::from_str::<Response>(&row.response);
    response.into_iter().flat_map(|response| response.output).map(|item| item.id).collect()
}

impl Store for MemoryStore {
    fn put(&self, row: StoredResponse) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut rows = self.lock();
        rows.insert(row);
        rows.shrink(self.limits);
        ready(Ok(())).boxed()
    }

    fn get<'a>(
        &'a self,
        owner: Owner,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<StoredResponse>>, StoreError>> {
        ready(Ok(self.lock().touch(owner, id))).boxed()
    }

    fn find_item<'a>(
        &'a self,
        owner: Owner,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Option<StoredItem>, StoreError>> {
        let mut rows = self.lock();
        let found = rows.items.get(id).cloned();
        let found = found.and_then(|(row, place)| Some((rows.touch(owner, &row)?, place)));
        ready(Ok(found)).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Chain;
    use super::*;

    fn row(id: &str, previous: Option<&str>, size: usize) -> StoredResponse {
        StoredResponse {
            id: id.into(),
            owner: Owner::of(None),
            previous: previous.map(str::to_owned),
            date: "2026-01-01".into(),
            response: format!(r#"{{"output":[{{"id":"msg_{id}"}}]}}"#),
            input: "x".repeat(size),
            tokens: vec![Some(vec![1, 2, 3])],
        }
    }

    fn get(store: &MemoryStore, id: &str) -> Option<Arc<StoredResponse>> {
        store.get(Owner::of(None), id).now_or_never().unwrap().unwrap()
    }

    fn put(store: &MemoryStore, row: StoredResponse) {
        store.put(row).now_or_never().unwrap().unwrap();
    }

    #[test]
    fn the_least_recently_used_row_goes_first() {
        let store = MemoryStore::new(StoreLimits { responses: 2, bytes: usize::MAX });
        put(&store, row("a", None, 0));
        put(&store, row("b", None, 0));
        assert!(get(&store, "a").is_some());
        put(&store, row("c", None, 0));
        assert!(get(&store, "b").is_none());
        assert!(get(&store, "a").is_some() && get(&store, "c").is_some());
    }

    #[test]
    fn bytes_are_bounded_and_all_given_back() {
        let store = MemoryStore::new(StoreLimits { responses: 100, bytes: 5_000 });
        for number in 0..50 {
            put(&store, row(&number.to_string(), None, 1_000));
            assert!(store.usage().1 <= 5_000);
        }
        put(&store, row("49", None, 2_000));
        put(&store, row("huge", None, 6_000));
        assert_eq!(store.usage(), (0, 0));
        let rows = store.lock();
        assert!(rows.items.is_empty() && rows.ages.is_empty());
    }

    #[test]
    fn a_key_sees_only_its_own_rows() {
        let store = MemoryStore::new(StoreLimits::default());
        put(&store, StoredResponse { owner: Owner::of(Some("a")), ..row("a", None, 0) });
        let look = |key| {
            let owner = Owner::of(key);
            let row = store.get(owner, "a").now_or_never().unwrap().unwrap();
            let item = store.find_item(owner, "msg_a").now_or_never().unwrap().unwrap();
            assert_eq!(row.is_some(), item.is_some());
            row.is_some()
        };
        assert!(look(Some("a")) && !look(Some("b")) && !look(None));
    }

    #[test]
    fn a_chain_is_told_from_the_beginning_or_not_at_all() {
        let store = MemoryStore::new(StoreLimits::default());
        put(&store, row("a", None, 0));
        put(&store, row("b", Some("a"), 0));
        put(&store, row("d", Some("c"), 0));
        let chain = |id| store.chain(Owner::of(None), id).now_or_never().unwrap().unwrap();
        let Chain::Rows(rows) = chain("b") else { panic!("b's chain is complete") };
        assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(chain("d"), Chain::Missing("c".into()));
    }
}
