//! An engine that says what it is told.

use std::collections::VecDeque;
use std::sync::Mutex;

use gpt_oss_engine::{
    Engine, EngineInfo, EngineStats, Finish, FinishReason, Job, Logprob, Sampled, SubmitError,
    TokenEvent, TokenStream,
};
use gpt_oss_harmony::{Tokenizer, token};

/// One generation.
pub(super) struct Line {
    text: String,
    ending: Ending,
}

enum Ending {
    /// At a stop token, or at the job's limit.
    Natural,
    Fails(&'static str),
    /// The engine goes away without a word.
    Vanishes,
    /// Nothing more comes.
    Hangs,
    /// The job is not accepted.
    Refuses(fn() -> SubmitError),
}

impl Line {
    /// Harmony text behind `<|start|>assistant`.
    pub(super) fn says(text: &str) -> Self {
        Self { text: text.into(), ending: Ending::Natural }
    }

    pub(super) fn fails(text: &str, message: &'static str) -> Self {
        Self { ending: Ending::Fails(message), ..Self::says(text) }
    }

    pub(super) fn vanishes(text: &str) -> Self {
        Self { ending: Ending::Vanishes, ..Self::says(text) }
    }

    pub(super) fn hangs(text: &str) -> Self {
        Self { ending: Ending::Hangs, ..Self::says(text) }
    }

    pub(super) fn refuses(error: fn() -> SubmitError) -> Self {
        Self { ending: Ending::Refuses(error), ..Self::says("") }
    }
}

pub(super) struct ScriptedEngine {
    tokenizer: Tokenizer,
    lines: Mutex<VecDeque<Line>>,
    jobs: Mutex<Vec<Job>>,
    /// Kept so that hanging streams stay open; closed tells that the stream was dropped.
    hanging: Mutex<Vec<gpt_oss_engine::TokenSender>>,
}

impl ScriptedEngine {
    pub(super) const MAX_TOKENS: usize = 2_000;

    pub(super) fn new(tokenizer: Tokenizer, lines: impl IntoIterator<Item = Line>) -> Self {
        let (jobs, hanging) = (Mutex::default(), Mutex::default());
        Self { tokenizer, lines: Mutex::new(lines.into_iter().collect()), jobs, hanging }
    }

    /// The jobs so far.
    pub(super) fn jobs(&self) -> Vec<Job> {
        self.jobs.lock().unwrap().clone()
    }

    /// The prompts so far, as text.
    pub(super) fn prompts(&self) -> Vec<String> {
        let text = |job: Job| String::from_utf8(self.tokenizer.decode(&job.prompt)).unwrap();
        self.jobs().into_iter().map(text).collect()
    }

    /// Whether all streams that hang were given up.
    pub(super) fn is_abandoned(&self) -> bool {
        self.hanging.lock().unwrap().iter().all(tokio::sync::mpsc::Sender::is_closed)
    }
}

impl Engine for ScriptedEngine {
    fn info(&self) -> EngineInfo {
        let vocabulary = token::VOCABULARY as usize;
        EngineInfo { vocabulary, max_tokens: Self::MAX_TOKENS, device: "script".into() }
    }

    fn submit(&self, job: Job) -> Result<TokenStream, SubmitError> {
        self.jobs.lock().unwrap().push(job.clone());
        let line = self.lines.lock().unwrap().pop_front().ok_or(SubmitError::RecordingExhausted)?;
        if let Ending::Refuses(error) = line.ending {
            return Err(error());
        }
        let mut ids = self.tokenizer.encode_with_specials(&line.text);
        let cut = ids.len() > job.max_tokens;
        ids.truncate(job.max_tokens);
        let (sender, stream) = TokenStream::channel(ids.len() + 1);
        let logprob = |token| Logprob { chosen: -0.5, top: vec![(token, -0.5)] };
        for token in &ids {
            let logprob = job.sampling.logprobs.map(|_| logprob(*token));
            sender.try_send(TokenEvent::Token(Sampled { token: *token, logprob })).unwrap();
        }
        let reason = match (line.ending, ids.last()) {
            (Ending::Natural, Some(last)) if !cut && job.stop_tokens.contains(last) => {
                FinishReason::Stop(*last)
            }
            (Ending::Fails(message), _) => FinishReason::Failed(message.into()),
            (Ending::Vanishes, _) => return Ok(stream),
            (Ending::Hangs, _) => {
                self.hanging.lock().unwrap().push(sender);
                return Ok(stream);
            }
            (Ending::Natural | Ending::Refuses(_), _) => FinishReason::Length,
        };
        let (prompt_tokens, completion_tokens) = (job.prompt.len(), ids.len());
        let finish = Finish { reason, prompt_tokens, cached_tokens: 7, completion_tokens };
        sender.try_send(TokenEvent::Finish(finish)).unwrap();
        Ok(stream)
    }

    fn stats(&self) -> EngineStats {
        EngineStats::default()
    }
}
