//! The engine of this process: one OS thread owns scheduler, KV bookkeeping and runner.
//!
//! ```text
//! LocalEngine::submit ──Command (bounded)──▶ engine thread: sweep → commands → schedule → Runner::step → update → deliver
//!        │                                                                                                      │
//!        └──────────────────────────── TokenStream ◀── bounded, one a job ──────────────────────────────────────┘
//! ```

mod client;
mod door;
#[cfg(test)]
mod tests;
mod thread;

use std::{
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use crate::{
    job::{Engine, EngineInfo, EngineStats, Job, SubmitError},
    limits::EngineLimits,
    runner::{Runner, RunnerSpec},
    stream::{Finish, FinishReason, TokenEvent, TokenStream},
};
use client::Client;
use door::{Door, Shared};
use thread::EngineThread;

/// What the engine thread is told.
enum Command {
    /// A job that was checked at the door.
    Submit(Job, Client),
    /// Answer whether all bookkeeping agrees.
    Check(mpsc::SyncSender<Result<(), String>>),
    /// Look around: a reader came back, or the engine is stopping.
    Wake,
}

/// Commands that wait for the engine thread, which empties the queue before every step. Jobs are bounded by
/// [`EngineLimits::max_waiting`] already; a full queue refuses them too.
const COMMAND_QUEUE: usize = 1024;

/// An engine on a thread of its own. Dropping it fails the jobs that are left and joins the thread.
#[derive(Debug)]
pub struct LocalEngine {
    shared: Arc<Shared>,
    commands: mpsc::SyncSender<Command>,
    thread: Option<JoinHandle<()>>,
    spec: RunnerSpec,
    device: String,
    /// Prompt and generation together.
    max_len: usize,
    stream_capacity: usize,
}

impl LocalEngine {
    /// Starts the engine thread. When the system gives no thread, the engine answers every job with [`SubmitError::Stopped`].
    pub fn start(runner: Box<dyn Runner>, limits: EngineLimits) -> Self {
        let limits = limits.normalised();
        let (commands, receiver) = mpsc::sync_channel(COMMAND_QUEUE);
        let spec = runner.spec();
        let device = runner.device();
        let shared = Arc::new(Shared::new(Door::new(&limits)));
        let stream_capacity = limits.stream_capacity;
        let engine = EngineThread::new(runner, &limits, receiver, commands.clone(), shared.clone());
        let thread = std::thread::Builder::new().name("engine".into()).spawn(move || engine.run());
        let thread = match thread {
            Ok(thread) => Some(thread),
            Err(error) => {
                tracing::error!(%error, "no thread for the engine");
                shared.door.close();
                None
            }
        };
        let max_len = crate::scheduler::max_len(&spec);
        Self { shared, commands, thread, spec, device, max_len, stream_capacity }
    }

    /// Refuses new jobs from now on and waits until those that were accepted have ended.
    pub async fn drain(&self) {
        self.shared.door.close();
        let mut stats = self.shared.stats.subscribe();
        // An error means that the thread has ended, and all jobs with it.
        let _ended = stats.wait_for(|_| self.shared.door.jobs() == 0).await;
    }

    /// Asks the engine thread whether queues, block tables and pools agree. Blocks for up to one step.
    ///
    /// # Errors
    /// The first disagreement, in words, or that the engine has stopped.
    pub fn check_integrity(&self) -> Result<(), String> {
        let stopped = || "the engine has stopped".to_owned();
        let (reply, answer) = mpsc::sync_channel(1);
        self.commands.send(Command::Check(reply)).map_err(|_| stopped())?;
        answer.recv().map_err(|_| stopped())?
    }

    fn check(&self, job: &Job) -> Result<(), SubmitError> {
        let limit = self.max_len.saturating_sub(1);
        if job.prompt.is_empty() {
            return Err(SubmitError::Invalid("the prompt is empty".into()));
        }
        if job.prompt.len() > limit {
            return Err(SubmitError::TooLong { prompt: job.prompt.len(), limit });
        }
        if let Some(id) = job.prompt.iter().find(|&&id| id as usize >= self.spec.vocabulary) {
            return Err(SubmitError::Invalid(format!(
                "token {id} is outside the vocabulary of {}",
                self.spec.vocabulary
            )));
        }
        match crate::sampler::invalid(&job.sampling, self.spec.vocabulary) {
            Some(reason) => Err(SubmitError::Invalid(reason)),
            None => Ok(()),
        }
    }
}

impl Engine for LocalEngine {
    fn info(&self) -> EngineInfo {
        EngineInfo {
            vocabulary: self.spec.vocabulary,
            max_tokens: self.max_len,
            device: self.device.clone(),
        }
    }

    fn submit(&self, job: Job) -> Result<TokenStream, SubmitError> {
        self.check(&job)?;
        if self.shared.door.is_closed() {
            return Err(SubmitError::Stopped);
        }
        // One place more than the reader may be behind: the finish always fits.
        let (sender, stream) = TokenStream::channel(self.stream_capacity + 1);
        if job.max_tokens == 0 {
            let prompt_tokens = job.prompt.len();
            let finish = Finish {
                reason: FinishReason::Length,
                prompt_tokens,
                cached_tokens: 0,
                completion_tokens: 0,
            };
            // The channel is new and has room.
            let _sent = sender.try_send(TokenEvent::Finish(finish));
            return Ok(stream);
        }
        let place = Door::enter(&self.shared, job.prompt.len())?;
        let client = Client::new(sender, place, job.prompt.len());
        match self.commands.try_send(Command::Submit(job, client)) {
            Ok(()) => Ok(stream),
            Err(mpsc::TrySendError::Full(_)) => {
                Err(SubmitError::QueueFull { waiting: self.shared.door.waiting() })
            }
            Err(mpsc::TrySendError::Disconnected(_)) => Err(SubmitError::Stopped),
        }
    }

    fn stats(&self) -> EngineStats {
        let mut stats = self.shared.stats.borrow().clone();
        stats.waiting += self.shared.door.waiting();
        stats
    }
}

impl Drop for LocalEngine {
    fn drop(&mut self) {
        self.shared.stop();
        // A full queue wakes the thread as well.
        let _woken = self.commands.try_send(Command::Wake);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the engine thread panicked");
        }
    }
}
