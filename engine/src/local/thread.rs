//! The engine thread: the loop and what it owns.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    task::{Wake, Waker},
    time::{Duration, Instant},
};

use rustc_hash::FxHashMap;

use super::{Command, client::Client, door::Shared};
use crate::{
    batch::SeqId,
    limits::EngineLimits,
    runner::Runner,
    scheduler::{Output, Scheduler},
};

/// An idle engine checks its bookkeeping at most this often.
const INTEGRITY_INTERVAL: Duration = Duration::from_secs(1);

/// All of the engine's state.
pub(super) struct EngineThread {
    runner: Box<dyn Runner>,
    scheduler: Scheduler,
    clients: FxHashMap<SeqId, Client>,
    /// Sequences that did not start yet, oldest first; their places in the queue are given back when they do.
    queued: Vec<SeqId>,
    commands: Receiver<Command>,
    /// Woken by slow readers that made room.
    waker: Waker,
    slow_reader_timeout: Duration,
    max_stalled: usize,
    /// Declared last: what waits for the thread's end sees the clients gone.
    shared: Arc<Shared>,
}

/// Wakes a sleeping engine thread. A full queue needs no waking.
struct Alarm(SyncSender<Command>);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        let _woken = self.0.try_send(Command::Wake);
    }
}

/// The thread goes on, or ends.
enum Flow {
    Continue,
    Stop,
}

impl EngineThread {
    pub(super) fn new(
        runner: Box<dyn Runner>,
        limits: &EngineLimits,
        commands: Receiver<Command>,
        alarm: SyncSender<Command>,
        shared: Arc<Shared>,
    ) -> Self {
        let key = limits.prefix_cache.then(random_key).flatten();
        Self {
            scheduler: Scheduler::new(&runner.spec(), limits, key),
            runner,
            clients: FxHashMap::default(),
            queued: Vec::new(),
            commands,
            waker: Arc::new(Alarm(alarm)).into(),
            slow_reader_timeout: limits.slow_reader_timeout,
            max_stalled: limits.max_stalled,
            shared,
        }
    }

    /// Serves until the engine is dropped or fails; then every job that is left fails.
    pub(super) fn run(mut self) {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.serve()));
        // From here on `submit` answers `Stopped`; what slipped into the queue fails with the rest.
        self.shared.stop();
        let why = match outcome {
            Ok(Ok(())) => "the engine has stopped".to_owned(),
            Ok(Err(error)) => error,
            Err(panic) => format!("the engine panicked: {}", message(&*panic)),
        };
        if !self.clients.is_empty() {
            tracing::error!(error = %why, jobs = self.clients.len(), "the engine stops with unfinished jobs");
        }
        self.clients.drain().for_each(|(_, client)| client.fail(&why));
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Submit(_, client) = command {
                client.fail(&why);
            }
        }
        self.shared.stats.send_replace(Default::default());
    }

    fn serve(&mut self) -> Result<(), String> {
        let mut checked = Instant::now();
        loop {
            if self.scheduler.is_empty() && checked.elapsed() > INTEGRITY_INTERVAL {
                self.scheduler.check_integrity()?;
                checked = Instant::now();
            }
            // Before sleeping: the sweep asks slow readers to wake this thread.
            self.sweep();
            self.publish();
            if let Flow::Stop = self.take_commands() {
                return Ok(());
            }
            if self.scheduler.has_work() {
                self.step()?;
            }
        }
    }

    /// Schedule, run, deliver.
    fn step(&mut self) -> Result<(), String> {
        let plan = self.scheduler.schedule();
        self.queued.retain(|&id| match self.scheduler.has_started(id) {
            true => {
                self.clients.get_mut(&id).into_iter().for_each(Client::started);
                false
            }
            false => true,
        });
        let batch = self.scheduler.batch(&plan);
        let runner = &mut self.runner;
        let results = catch_unwind(AssertUnwindSafe(|| runner.step(&batch)))
            .map_err(|panic| format!("the runner panicked: {}", message(&*panic)))?
            .map_err(|error| format!("the runner failed: {error}"))?;
        for output in self.scheduler.update(&plan, results)? {
            self.deliver(output);
        }
        Ok(())
    }

    fn deliver(&mut self, Output { id, token, finish }: Output) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if let Some(sampled) = token {
            client.token(sampled);
        }
        match finish {
            Some(finish) => {
                self.runner.forget(id);
                self.clients
                    .remove(&id)
                    .into_iter()
                    .for_each(|client| client.finish(finish.clone()));
            }
            None if client.fell_behind() => self.scheduler.stall(id),
            None => {}
        }
    }

    /// Applies what callers want. Sleeps until they want something when there is nothing to compute.
    fn take_commands(&mut self) -> Flow {
        let mut next = match self.scheduler.has_work() {
            true => self.commands.try_recv().ok(),
            false => self.sleep(),
        };
        while let Some(command) = next {
            match command {
                Command::Submit(job, client) => {
                    let id = self.scheduler.submit(job);
                    self.clients.insert(id, client);
                    self.queued.push(id);
                }
                Command::Check(reply) => {
                    // The caller may have given up.
                    let _sent = reply.try_send(self.scheduler.check_integrity());
                }
                Command::Wake => {}
            }
            next = self.commands.try_recv().ok();
        }
        match self.shared.is_stopping() {
            true => Flow::Stop,
            false => Flow::Continue,
        }
    }

    /// Waits for a command, or until the first slow reader's time is over.
    fn sleep(&self) -> Option<Command> {
        let slowest = self.clients.values().filter_map(Client::slow_since).min();
        let received = match slowest {
            None => self.commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(since) => {
                let deadline = since + self.slow_reader_timeout;
                self.commands.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            }
        };
        received.ok()
    }

    /// Readers that left, came back, or took too long.
    fn sweep(&mut self) {
        let mut gone = Vec::new();
        let mut stalled = Vec::new();
        for (&id, client) in &mut self.clients {
            if client.is_gone() {
                gone.push(id);
            } else if let Some(since) = client.slow_since() {
                match client.poll_room(&self.waker) {
                    true => self.scheduler.resume(id),
                    false => stalled.push((since, id)),
                }
            }
        }
        for id in gone {
            self.end(id, None);
        }
        // Longest first.
        stalled.sort_unstable();
        let excess = stalled.len().saturating_sub(self.max_stalled);
        for (index, (since, id)) in stalled.into_iter().enumerate() {
            if index < excess || since.elapsed() >= self.slow_reader_timeout {
                self.end(id, Some("the reader of this job was too slow"));
            }
        }
    }

    /// Ends a job before its time.
    fn end(&mut self, id: SeqId, why: Option<&str>) {
        self.scheduler.abort(id);
        self.runner.forget(id);
        self.queued.retain(|&queued| queued != id);
        if let Some(client) = self.clients.remove(&id) {
            client.fail(why.unwrap_or("the reader has left"));
        }
    }

    fn publish(&self) {
        let mut stats = self.scheduler.stats();
        // Those that did not start are counted at the door.
        stats.waiting -= self.queued.len();
        self.shared.stats.send_replace(stats);
    }
}

/// A key that nobody outside can know; none when the system has no random numbers, and then no prefix cache either.
fn random_key() -> Option<[u8; 16]> {
    let mut key = [0; 16];
    getrandom::fill(&mut key)
        .inspect_err(|error| tracing::warn!(%error, "no prefix cache without random numbers"))
        .ok()?;
    Some(key)
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
