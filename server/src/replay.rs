//! An engine that says recorded completions: for tests of everything above the engine.
//!
//! The recording is JSON lines. The first unused line whose `prompt_contains` occurs in the prompt (decoded, with special tokens
//! written out) speaks; a line without it fits every prompt. With [`Reuse::Always`], lines are used again and again.
//!
//! ```json
//! {"prompt_contains": "weather", "completion": "<|channel|>final<|message|>Sunny.<|return|>"}
//! {"tokens": [200005, 17196, 200008, 12194, 200002]}
//! ```
//!
//! Nothing about a completion is repaired here: it may lack its end token or break the format, so that tests see what the layers
//! above make of it. `line.rs` lists what else a line may say.

mod line;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use gpt_oss_engine::{
    Engine, EngineInfo, EngineStats, Finish, FinishReason, Job, Logprob, Sampled, SubmitError,
    TokenEvent, TokenSender, TokenStream,
};
use gpt_oss_harmony::{Tokenizer, token};
use tokio::runtime::Handle;

pub use line::RecordingError;
use line::{Entry, Refusal};

/// Prompt and completion together, as for gpt-oss.
const MAX_TOKENS: usize = 131_072;
/// Events that wait in the stream of a paced line.
const PACED_CAPACITY: usize = 64;

/// How often a line may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Once.
    Never,
    /// Whenever it is the first that fits.
    Always,
}

/// Says recorded completions.
pub struct ReplayEngine {
    tokenizer: Tokenizer,
    lines: Vec<Entry>,
    /// By line: already spoken. `None` when lines are reused.
    used: Option<Mutex<Vec<bool>>>,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    running: AtomicUsize,
    generated: AtomicU64,
}

impl ReplayEngine {
    /// Reads the recording at `path`.
    ///
    /// # Errors
    /// The file cannot be read or a line is not as described; the message names file and line.
    pub fn open(path: &Path, reuse: Reuse, tokenizer: Tokenizer) -> Result<Self, RecordingError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| RecordingError(format!("cannot read {}: {error}", path.display())))?;
        Self::parse(&text, reuse, tokenizer)
            .map_err(|error| RecordingError(format!("{}, {error}", path.display())))
    }

    /// The recording in `text`.
    ///
    /// # Errors
    /// A line is not as described; the message names it.
    pub fn parse(text: &str, reuse: Reuse, tokenizer: Tokenizer) -> Result<Self, RecordingError> {
        let mut lines = Vec::new();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let entry = Entry::parse(line, &tokenizer)
                .map_err(|reason| RecordingError(format!("line {}: {reason}", index + 1)))?;
            lines.push(entry);
        }
        let used = (reuse == Reuse::Never).then(|| Mutex::new(vec![false; lines.len()]));
        Ok(Self { tokenizer, lines, used, counters: Arc::default() })
    }

    /// The first unused line for `prompt`, marked as used.
    fn take(&self, prompt: &[u32]) -> Option<&Entry> {
        let text = self.written_out(prompt);
        let fits = |entry: &Entry| match &entry.prompt_contains {
            Some(wanted) => text.contains(wanted.as_str()),
            None => true,
        };
        let Some(used) = &self.used else {
            return self.lines.iter().find(|entry| fits(entry));
        };
        // A panic cannot leave the flags half-written.
        let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
        let index =
            (0..self.lines.len()).find(|&index| !used[index] && fits(&self.lines[index]))?;
        used[index] = true;
        Some(&self.lines[index])
    }

    fn written_out(&self, prompt: &[u32]) -> String {
        String::from_utf8_lossy(&self.tokenizer.decode(prompt)).into_owned()
    }
}

impl Engine for ReplayEngine {
    fn info(&self) -> EngineInfo {
        EngineInfo {
            vocabulary: token::VOCABULARY as usize,
            max_tokens: MAX_TOKENS,
            device: "replay".into(),
        }
    }

    fn submit(&self, job: Job) -> Result<TokenStream, SubmitError> {
        check(&job)?;
        let entry = self.take(&job.prompt).ok_or(SubmitError::RecordingExhausted)?;
        match entry.refuse {
            Some(Refusal::QueueFull) => return Err(SubmitError::QueueFull { waiting: 0 }),
            Some(Refusal::Stopped) => return Err(SubmitError::Stopped),
            None => {}
        }
        let events = script(entry, &job);
        let running = Running::new(&self.counters);
        let Some(interval) = entry.interval else {
            return Ok(say_at_once(events, &running));
        };
        let runtime = Handle::try_current()
            .map_err(|_| SubmitError::Invalid("a paced line needs a tokio runtime".into()))?;
        let (sender, stream) = TokenStream::channel(PACED_CAPACITY);
        runtime.spawn(say_paced(events, interval, sender, running));
        Ok(stream)
    }

    fn stats(&self) -> EngineStats {
        EngineStats {
            running: self.counters.running.load(Ordering::Relaxed),
            generated: self.counters.generated.load(Ordering::Relaxed),
            ..EngineStats::default()
        }
    }
}

/// What every engine refuses at the door.
fn check(job: &Job) -> Result<(), SubmitError> {
    if job.prompt.is_empty() {
        return Err(SubmitError::Invalid("the prompt is empty".into()));
    }
    if let Some(id) = job.prompt.iter().find(|&&id| id >= token::VOCABULARY) {
        return Err(SubmitError::Invalid(format!("token {id} is outside the vocabulary")));
    }
    if job.prompt.len() >= MAX_TOKENS {
        return Err(SubmitError::TooLong { prompt: job.prompt.len(), limit: MAX_TOKENS - 1 });
    }
    Ok(())
}

/// The events that `entry` gives for `job`: tokens up to the first stop token or the job's limit, then the finish.
fn script(entry: &Entry, job: &Job) -> Vec<TokenEvent> {
    let limit = job.max_tokens.min(MAX_TOKENS - job.prompt.len());
    let stop = entry.tokens.iter().position(|id| job.stop_tokens.contains(id));
    let spoken = stop.map_or(entry.tokens.len(), |stop| stop + 1);
    let (said, reason) = match stop {
        _ if spoken > limit => (limit, FinishReason::Length),
        Some(stop) => (spoken, FinishReason::Stop(entry.tokens[stop])),
        None => match &entry.fail {
            Some(message) => (spoken, FinishReason::Failed(message.clone())),
            None => (spoken, FinishReason::Length),
        },
    };
    let finish = Finish {
        reason,
        prompt_tokens: job.prompt.len(),
        cached_tokens: 0,
        completion_tokens: said,
    };
    let tokens = entry.tokens[..said].iter().map(|&id| TokenEvent::Token(sampled(id, job)));
    tokens.chain([TokenEvent::Finish(finish)]).collect()
}

/// A recording is certain of each token, so its log-probability is 0.
fn sampled(token: u32, job: &Job) -> Sampled {
    let logprob = job.sampling.logprobs.map(|top| Logprob {
        chosen: 0.0,
        top: (top > 0).then_some((token, 0.0)).into_iter().collect(),
    });
    Sampled { token, logprob }
}

/// A stream that holds all events already; the recording bounds their number.
fn say_at_once(events: Vec<TokenEvent>, running: &Running) -> TokenStream {
    let (sender, stream) = TokenStream::channel(events.len());
    for event in events {
        running.count(&event);
        if sender.try_send(event).is_err() {
            unreachable!("the channel has room for every event and its receiver is held here");
        }
    }
    stream
}

/// Sends one event each `interval` until the receiver is dropped.
async fn say_paced(
    events: Vec<TokenEvent>,
    interval: Duration,
    sender: TokenSender,
    running: Running,
) {
    for event in events {
        tokio::select! {
            () = sender.closed() => return,
            () = tokio::time::sleep(interval) => {}
        }
        running.count(&event);
        if sender.send(event).await.is_err() {
            return;
        }
    }
}

/// A job in work, for [`EngineStats`].
struct Running(Arc<Counters>);

impl Running {
    fn new(counters: &Arc<Counters>) -> Self {
        counters.running.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(counters))
    }

    fn count(&self, event: &TokenEvent) {
        if matches!(event, TokenEvent::Token(_)) {
            self.0.generated.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
