use std::time::{Duration, Instant};

use super::LocalEngine;
use crate::{
    Engine, EngineLimits, EngineStats, FakeRunner, FinishReason, Job, SamplingParams, ScriptedRunner, SubmitError, TokenEvent,
    TokenStream,
    batch::{Batch, SampleRequest},
    runner::{Runner, RunnerError, RunnerSpec, SampleError, SampleResult},
};

const SPEC: RunnerSpec =
    RunnerSpec { vocabulary: 50, max_tokens: 400, block_tokens: 4, full_blocks: 400, sliding_blocks: 300, window: 6 };

fn engine(limits: EngineLimits) -> LocalEngine {
    LocalEngine::start(Box::new(FakeRunner::new(SPEC)), limits)
}

fn job(prompt: &[u32], max_tokens: usize, seed: u64) -> Job {
    let sampling = SamplingParams { seed, ..SamplingParams::default() };
    Job { prompt: prompt.to_vec(), max_tokens, stop_tokens: vec![], sampling, salt: 0 }
}

/// What the job's tokens must be, computed without an engine.
fn expected(job: &Job) -> Vec<u32> {
    let mut history = job.prompt.clone();
    while history.len() < job.prompt.len() + job.max_tokens {
        let request = SampleRequest { params: &job.sampling, history: &history, prompt_len: job.prompt.len() };
        let token = FakeRunner::next_token(SPEC.vocabulary, &request).expect("finite logits").token;
        history.push(token);
        if job.stop_tokens.contains(&token) {
            break;
        }
    }
    history.split_off(job.prompt.len())
}

/// All tokens and the finish; panics unless there is exactly one finish, at the end.
fn collect(mut stream: TokenStream) -> (Vec<u32>, FinishReason) {
    let mut tokens = Vec::new();
    loop {
        match stream.next_blocking().expect("a finish before the end") {
            TokenEvent::Token(sampled) => tokens.push(sampled.token),
            TokenEvent::Finish(finish) => {
                assert_eq!(finish.completion_tokens, tokens.len());
                assert!(stream.next_blocking().is_none(), "nothing comes after the finish");
                return (tokens, finish.reason);
            }
        }
    }
}

/// Waits until `done` holds of the stats.
#[track_caller]
fn eventually(engine: &LocalEngine, done: impl Fn(&EngineStats) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done(&engine.stats()) {
        assert!(Instant::now() < deadline, "never came true: {:?}", engine.stats());
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn idle(stats: &EngineStats) -> bool {
    stats.running + stats.waiting + stats.stalled + stats.blocks_used == 0
}

#[test]
fn sixty_four_at_once_get_the_tokens_they_get_alone() {
    let engine = engine(EngineLimits { max_batch_tokens: 96, max_seqs: 24, ..EngineLimits::default() });
    let jobs: Vec<Job> = (0..64).map(|i| job(&[i % 7, i % 50, 3, 4, 5, 6, 7, 8, 9], 40, u64::from(i))).collect();
    let streams: Vec<_> = jobs.iter().map(|job| engine.submit(job.clone()).expect("room in the queue")).collect();
    for (job, stream) in jobs.iter().zip(streams) {
        assert_eq!(collect(stream), (expected(job), FinishReason::Length));
    }
    engine.check_integrity().expect("all books agree");
    eventually(&engine, idle);
}
