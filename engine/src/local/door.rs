//! What the callers of an engine and its thread share: who may come in, and the load.

use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::sync::watch;

use crate::{
    job::{EngineStats, SubmitError},
    limits::EngineLimits,
};

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) door: Door,
    /// Published by the thread after every step.
    pub(super) stats: watch::Sender<EngineStats>,
    stopping: AtomicBool,
}

impl Shared {
    pub(super) fn new(door: Door) -> Self {
        Self { door, stats: watch::Sender::default(), stopping: AtomicBool::new(false) }
    }

    /// Ends the thread before its next step.
    pub(super) fn stop(&self) {
        self.door.close();
        self.stopping.store(true, Ordering::Release);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}

/// Admits jobs to the queue, bounded by their number and by the tokens of their prompts.
#[derive(Debug)]
pub(super) struct Door {
    max_waiting: usize,
    max_waiting_tokens: usize,
    closed: AtomicBool,
    /// Jobs that were accepted and have not ended.
    jobs: AtomicUsize,
    queue: Mutex<Queued>,
}

/// Jobs that were accepted and did not start.
#[derive(Debug, Default)]
struct Queued {
    jobs: usize,
    tokens: usize,
}

impl Door {
    pub(super) fn new(limits: &EngineLimits) -> Self {
        Self {
            max_waiting: limits.max_waiting,
            max_waiting_tokens: limits.max_waiting_tokens,
            closed: AtomicBool::new(false),
            jobs: AtomicUsize::new(0),
            queue: Mutex::default(),
        }
    }

    /// Refuses jobs from now on.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Jobs that were accepted and have not ended.
    pub(super) fn jobs(&self) -> usize {
        self.jobs.load(Ordering::Acquire)
    }

    /// Jobs that were accepted and did not start.
    pub(super) fn waiting(&self) -> usize {
        self.queue().jobs
    }

    /// Takes a place in the queue for a prompt of `tokens` tokens.
    pub(super) fn enter(shared: &Arc<Shared>, tokens: usize) -> Result<Place, SubmitError> {
        let door = &shared.door;
        let mut queue = door.queue();
        let full = queue.jobs >= door.max_waiting
            || queue.tokens.saturating_add(tokens) > door.max_waiting_tokens;
        if full && queue.jobs > 0 {
            return Err(SubmitError::QueueFull { waiting: queue.jobs });
        }
        queue.jobs += 1;
        queue.tokens += tokens;
        door.jobs.fetch_add(1, Ordering::AcqRel);
        Ok(Place { shared: shared.clone(), queued: Some(tokens) })
    }

    fn queue(&self) -> MutexGuard<'_, Queued> {
        // The counters are valid after every statement, so a panic elsewhere does not spoil them.
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A job's place: in the queue until it starts, in the engine until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    shared: Arc<Shared>,
    /// Tokens that it holds of the queue's bound.
    queued: Option<usize>,
}

impl Place {
    /// The job has started: its place in the queue is free.
    pub(super) fn leave_queue(&mut self) {
        if let Some(tokens) = self.queued.take() {
            let mut queue = self.shared.door.queue();
            queue.jobs -= 1;
            queue.tokens -= tokens;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave_queue();
        let door = &self.shared.door;
        if door.jobs.fetch_sub(1, Ordering::AcqRel) == 1 && door.is_closed() {
            // Somebody may wait for the last job to end.
            self.shared.stats.send_modify(|_| ());
        }
    }
}
