//! Who is connected, and who leaves when the house is full.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::sync::Notify;

/// The open connections, at most `cap`.
#[derive(Debug)]
pub(super) struct Connections {
    cap: usize,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    next_id: u64,
    open: HashMap<u64, Arc<State>>,
}

/// One connection as the table sees it.
#[derive(Debug)]
struct State {
    /// Requests whose response has not ended. HTTP/1 pipelining can make it more than one.
    in_flight: AtomicUsize,
    /// When it was opened, or when its last response ended.
    idle_since: Mutex<Instant>,
    evict: Notify,
}

/// A place in the table; dropping it frees the place.
#[derive(Debug)]
pub(super) struct Slot {
    id: u64,
    state: Arc<State>,
    connections: Arc<Connections>,
}

/// A request in work; lives as long as its response body.
#[derive(Debug)]
pub(super) struct Busy(Arc<State>);

impl Connections {
    pub(super) fn new(cap: usize) -> Arc<Self> {
        Arc::new(Self { cap, table: Mutex::default() })
    }

    /// A place, taken from the idlest connection when none is free; `None` when all are busy.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Slot> {
        let mut table = lock(&self.table);
        if table.open.len() >= self.cap && !table.evict_idlest() {
            return None;
        }
        let id = table.next_id;
        table.next_id += 1;
        let state = Arc::new(State {
            in_flight: AtomicUsize::new(0),
            idle_since: Mutex::new(Instant::now()),
            evict: Notify::new(),
        });
        table.open.insert(id, Arc::clone(&state));
        Some(Slot { id, state, connections: Arc::clone(self) })
    }

    /// Closes the connection that has been idle longest. False when all are busy.
    pub(super) fn evict_idlest(&self) -> bool {
        lock(&self.table).evict_idlest()
    }
}

impl Table {
    fn evict_idlest(&mut self) -> bool {
        let idle =
            self.open.iter().filter(|(_, state)| state.in_flight.load(Ordering::Acquire) == 0);
        let Some(id) = idle.min_by_key(|(_, state)| *lock(&state.idle_since)).map(|(id, _)| *id)
        else {
            return false;
        };
        if let Some(state) = self.open.remove(&id) {
            state.evict.notify_one();
        }
        true
    }
}

impl Slot {
    /// Completes when this connection must leave.
    pub(super) async fn evicted(&self) {
        self.state.evict.notified().await;
    }

    /// Marks a request as in work until the returned value is dropped.
    pub(super) fn begin(&self) -> Busy {
        self.state.in_flight.fetch_add(1, Ordering::AcqRel);
        Busy(Arc::clone(&self.state))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        lock(&self.connections.table).open.remove(&self.id);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        *lock(&self.0.idle_since) = Instant::now();
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The data under these locks is valid after every statement, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_idlest_leaves_and_a_busy_one_stays() {
        let connections = Connections::new(2);
        let first = connections.enter().expect("room");
        let second = connections.enter().expect("room");
        let busy = first.begin();
        let third = connections.enter().expect("second was idle");
        assert_eq!(second.state.evict.notified_now(), Some(()));
        let _busy_third = third.begin();
        assert!(connections.enter().is_none(), "both are busy");
        drop(busy);
        assert!(connections.enter().is_some(), "first is idle again");
    }

    trait NotifiedNow {
        fn notified_now(&self) -> Option<()>;
    }

    impl NotifiedNow for Notify {
        fn notified_now(&self) -> Option<()> {
            use futures_util::FutureExt;
            self.notified().now_or_never()
        }
    }
}
