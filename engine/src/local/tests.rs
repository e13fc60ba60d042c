use std::{
    collections::HashMap,
    sync::mpsc,
    time::{Duration, Instant},
};

use super::LocalEngine;
use crate::{
    Engine, EngineLimits, EngineStats, FakeRunner, FinishReason, Job, SamplingParams,
    ScriptedRunner, SubmitError, TokenEvent, TokenStream,
    batch::{Batch, SampleRequest},
    runner::{Runner, RunnerError, RunnerSpec, SampleError, SampleResult},
};

const SPEC: RunnerSpec = RunnerSpec {
    vocabulary: 50,
    max_tokens: 400,
    block_tokens: 4,
    full_blocks: 400,
    sliding_blocks: 300,
    window: 6,
};

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
        let request = SampleRequest {
            params: &job.sampling,
            history: &history,
            prompt_len: job.prompt.len(),
        };
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
    let engine =
        engine(EngineLimits { max_batch_tokens: 96, max_seqs: 24, ..EngineLimits::default() });
    let jobs: Vec<Job> =
        (0..64).map(|i| job(&[i % 7, i % 50, 3, 4, 5, 6, 7, 8, 9], 40, u64::from(i))).collect();
    let streams: Vec<_> =
        jobs.iter().map(|job| engine.submit(job.clone()).expect("room in the queue")).collect();
    for (job, stream) in jobs.iter().zip(streams) {
        assert_eq!(collect(stream), (expected(job), FinishReason::Length));
    }
    engine.check_integrity().expect("all books agree");
    eventually(&engine, idle);
}

/// A fake runner that takes a step only when the test says so. Dropping the sender opens it for good.
struct Gated {
    inner: FakeRunner,
    gate: mpsc::Receiver<()>,
}

impl Runner for Gated {
    fn spec(&self) -> RunnerSpec {
        self.inner.spec()
    }

    fn step(&mut self, batch: &Batch<'_>) -> Result<Vec<SampleResult>, RunnerError> {
        let _open = self.gate.recv();
        self.inner.step(batch)
    }
}

fn gated(spec: RunnerSpec, limits: EngineLimits) -> (LocalEngine, mpsc::Sender<()>) {
    let (open, gate) = mpsc::channel();
    (LocalEngine::start(Box::new(Gated { inner: FakeRunner::new(spec), gate }), limits), open)
}

#[test]
fn dropping_a_stream_frees_its_blocks_within_one_step() {
    let (engine, open) = gated(SPEC, EngineLimits { max_seqs: 1, ..EngineLimits::default() });
    let running = engine.submit(job(&[1, 2, 3], 300, 0)).expect("room");
    let waiting = engine.submit(job(&[4, 5, 6], 300, 0)).expect("room");
    open.send(()).expect("the engine runs");
    eventually(&engine, |stats| (stats.running, stats.waiting) == (1, 1));
    drop(running);
    drop(waiting);
    // The step that had begun, and no other.
    open.send(()).expect("the engine runs");
    eventually(&engine, idle);
    engine.check_integrity().expect("all books agree");
}

#[test]
fn a_slow_reader_stalls_alone_and_loses_nothing() {
    let engine = engine(EngineLimits { stream_capacity: 5, ..EngineLimits::default() });
    let slow = job(&[9, 8, 7], 60, 1);
    let quick = job(&[1, 2, 3], 60, 2);
    let slow_stream = engine.submit(slow.clone()).expect("room");
    eventually(&engine, |stats| stats.stalled == 1);
    assert_eq!(collect(engine.submit(quick.clone()).expect("room")).0, expected(&quick));
    assert_eq!(engine.stats().stalled, 1);
    assert_eq!(collect(slow_stream), (expected(&slow), FinishReason::Length));
    eventually(&engine, idle);
}

#[test]
fn the_shortest_channel_works() {
    let engine = engine(EngineLimits { stream_capacity: 1, ..EngineLimits::default() });
    let job = job(&[9, 8, 7], 20, 1);
    let mut stream = engine.submit(job.clone()).expect("room");
    let mut tokens = Vec::new();
    while let Some(event) = stream.next_blocking() {
        std::thread::sleep(Duration::from_millis(2));
        if let TokenEvent::Token(sampled) = event {
            tokens.push(sampled.token);
        }
    }
    assert_eq!(tokens, expected(&job));
}

#[test]
fn a_reader_that_is_too_slow_gets_its_tokens_and_a_failure() {
    let timeout = Duration::from_millis(50);
    let engine = engine(EngineLimits {
        stream_capacity: 5,
        slow_reader_timeout: timeout,
        ..EngineLimits::default()
    });
    let job = job(&[9, 8, 7], 60, 1);
    let stream = engine.submit(job.clone()).expect("room");
    eventually(&engine, |stats| stats.stalled == 1);
    eventually(&engine, idle);
    let (tokens, reason) = collect(stream);
    assert_eq!(tokens, expected(&job)[..5]);
    assert!(matches!(reason, FinishReason::Failed(why) if why.contains("slow")));
}

#[test]
fn too_many_slow_readers_cost_the_slowest_its_job() {
    let engine =
        engine(EngineLimits { stream_capacity: 2, max_stalled: 1, ..EngineLimits::default() });
    let first = engine.submit(job(&[1], 60, 1)).expect("room");
    eventually(&engine, |stats| stats.stalled == 1);
    let second = engine.submit(job(&[2], 60, 1)).expect("room");
    eventually(&engine, |stats| stats.generated == 4 && stats.stalled == 1);
    assert!(matches!(collect(first).1, FinishReason::Failed(_)));
    assert_eq!(collect(second).1, FinishReason::Length);
}

#[test]
fn an_idle_engine_sleeps_and_so_does_one_that_waits_for_readers() {
    let engine = engine(EngineLimits { stream_capacity: 5, ..EngineLimits::default() });
    let quiet = |what| {
        // Every turn of the loop publishes; wait until the last one is over.
        std::thread::sleep(Duration::from_millis(50));
        let mut turns = engine.shared.stats.subscribe();
        turns.mark_unchanged();
        std::thread::sleep(Duration::from_millis(100));
        assert!(!turns.has_changed().expect("the engine runs"), "{what}");
    };
    quiet("without jobs");
    let mut slow = engine.submit(job(&[9, 8, 7], 60, 1)).expect("room");
    eventually(&engine, |stats| stats.stalled == 1);
    quiet("with a stalled job");
    // Reading wakes the thread; so does leaving.
    for _ in 0..5 {
        slow.next_blocking().expect("a token");
    }
    eventually(&engine, |stats| stats.generated > 5);
    eventually(&engine, |stats| stats.stalled == 1);
    drop(slow);
    eventually(&engine, idle);
}

/// Fails or panics at the third step; until then it fails the sampling of every first sequence of a batch.
struct Faulty {
    inner: FakeRunner,
    steps: usize,
    end: fn() -> RunnerError,
}

impl Runner for Faulty {
    fn spec(&self) -> RunnerSpec {
        self.inner.spec()
    }

    fn step(&mut self, batch: &Batch<'_>) -> Result<Vec<SampleResult>, RunnerError> {
        self.steps += 1;
        if self.steps == 3 {
            return Err((self.end)());
        }
        self.inner.step(batch)
    }
}

#[test]
fn when_the_runner_fails_every_job_ends_and_later_ones_are_refused() {
    let fail: fn() -> RunnerError = || RunnerError("the device fell off".into());
    let panic: fn() -> RunnerError = || panic!("a bug in a kernel");
    let ends = [(fail, "fell off"), (panic, "a bug in a kernel")];
    for (end, words) in ends {
        let runner = Faulty { inner: FakeRunner::new(SPEC), steps: 0, end };
        let engine = LocalEngine::start(
            Box::new(runner),
            EngineLimits { max_seqs: 1, ..EngineLimits::default() },
        );
        let streams = [1, 2].map(|token| engine.submit(job(&[token], 300, 0)).expect("room"));
        for stream in streams {
            let (_, reason) = collect(stream);
            assert!(
                matches!(&reason, FinishReason::Failed(why) if why.contains(words)),
                "{reason:?}"
            );
        }
        assert_eq!(engine.submit(job(&[1], 1, 0)).err(), Some(SubmitError::Stopped));
        assert!(engine.check_integrity().is_err());
        eventually(&engine, idle);
    }
}

/// Gives NaN to sequences whose prompt begins with 13.
struct Unlucky(FakeRunner);

impl Runner for Unlucky {
    fn spec(&self) -> RunnerSpec {
        self.0.spec()
    }

    fn step(&mut self, batch: &Batch<'_>) -> Result<Vec<SampleResult>, RunnerError> {
        let mut results = self.0.step(batch)?;
        let asked = batch.seqs.iter().filter_map(|seq| seq.sample.as_ref());
        for (result, request) in results.iter_mut().zip(asked) {
            if request.history[0] == 13 {
                *result = Err(SampleError::NotFinite);
            }
        }
        Ok(results)
    }
}

#[test]
fn nan_fails_one_job_and_no_other() {
    let engine =
        LocalEngine::start(Box::new(Unlucky(FakeRunner::new(SPEC))), EngineLimits::default());
    let good = job(&[1, 2], 30, 0);
    let stream = engine.submit(good.clone()).expect("room");
    let unlucky = engine.submit(job(&[13, 2], 30, 0)).expect("room");
    assert!(matches!(collect(unlucky), (tokens, FinishReason::Failed(_)) if tokens.is_empty()));
    assert_eq!(collect(stream), (expected(&good), FinishReason::Length));
}

#[test]
fn dropping_the_engine_fails_what_is_left() {
    let (engine, open) = gated(SPEC, EngineLimits { max_seqs: 1, ..EngineLimits::default() });
    let streams = [1, 2].map(|token| engine.submit(job(&[token], 300, 0)).expect("room"));
    open.send(()).expect("the engine runs");
    drop(open);
    drop(engine);
    for stream in streams {
        let (tokens, reason) = collect(stream);
        assert!(tokens.len() < 300);
        assert_eq!(reason, FinishReason::Failed("the engine has stopped".into()));
    }
}

#[tokio::test]
async fn draining_refuses_new_jobs_and_waits_for_the_old() {
    let (engine, open) = gated(SPEC, EngineLimits::default());
    let old = job(&[1, 2], 8, 0);
    let stream = engine.submit(old.clone()).expect("room");
    let wait = tokio::time::timeout(Duration::from_millis(30), engine.drain());
    assert!(wait.await.is_err(), "a job is left");
    assert_eq!(engine.submit(old.clone()).err(), Some(SubmitError::Stopped));
    drop(open);
    engine.drain().await;
    let (tokens, _) = tokio::task::spawn_blocking(|| collect(stream)).await.expect("no panic");
    assert_eq!(tokens, expected(&old));
    assert!(idle(&engine.stats()));
}

/// An engine that is in the middle of its first job's first step; `max_waiting` 3 jobs and 100 tokens.
fn busy() -> (LocalEngine, mpsc::Sender<()>, TokenStream) {
    let limits = EngineLimits {
        max_seqs: 1,
        max_waiting: 3,
        max_waiting_tokens: 100,
        ..EngineLimits::default()
    };
    let (engine, open) = gated(SPEC, limits);
    let first = engine.submit(job(&[1], 2, 0)).expect("an empty queue");
    eventually(&engine, |stats| stats.waiting == 0);
    (engine, open, first)
}

#[test]
fn the_queue_is_bounded_by_jobs() {
    let (engine, open, first) = busy();
    let rest: Vec<_> = (0..3).map(|_| engine.submit(job(&[1], 2, 0)).expect("room")).collect();
    assert_eq!(engine.submit(job(&[1], 2, 0)).err(), Some(SubmitError::QueueFull { waiting: 3 }));
    drop(open);
    rest.into_iter()
        .chain([first])
        .for_each(|stream| assert_eq!(collect(stream).1, FinishReason::Length));
    assert_eq!(engine.stats().waiting, 0);
}

#[test]
fn the_queue_is_bounded_by_tokens_and_takes_one_job_of_any_length() {
    let (engine, _open, _first) = busy();
    let _long = engine.submit(job(&[1; 200], 2, 0)).expect("an empty queue");
    assert_eq!(engine.submit(job(&[1], 2, 0)).err(), Some(SubmitError::QueueFull { waiting: 1 }));
}

#[test]
fn what_can_never_fit_is_refused_at_the_door() {
    let small = RunnerSpec { full_blocks: 4, ..SPEC };
    let engine = LocalEngine::start(Box::new(FakeRunner::new(small)), EngineLimits::default());
    let refused = |prompt: &[u32]| engine.submit(job(prompt, 5, 0)).err();
    assert_eq!(refused(&[1; 17]), Some(SubmitError::TooLong { prompt: 17, limit: 16 }));
    assert_eq!(
        collect(engine.submit(job(&[1; 16], 5, 0)).expect("it fits")).0.len(),
        1,
        "the memory ends here"
    );
    assert!(matches!(refused(&[]), Some(SubmitError::Invalid(_))));
    assert!(matches!(refused(&[50]), Some(SubmitError::Invalid(why)) if why.contains("50")));
    let hot = SamplingParams { temperature: f32::NAN, ..SamplingParams::default() };
    let refused = engine.submit(Job { sampling: hot, ..job(&[1], 1, 0) }).err();
    assert!(matches!(refused, Some(SubmitError::Invalid(why)) if why.contains("temperature")));
    assert_eq!(
        collect(engine.submit(job(&[1], 0, 0)).expect("nothing to do")),
        (vec![], FinishReason::Length)
    );
    assert_eq!(engine.info().max_tokens, 17);
}

#[test]
fn a_script_is_said_as_written() {
    let lines = vec![vec![1, 2, 3, 9], vec![4, 9]];
    let engine = LocalEngine::start(
        Box::new(ScriptedRunner::cycle(10, 1000, lines.clone())),
        EngineLimits::default(),
    );
    for line in [&lines[0], &lines[1], &lines[0]] {
        let said = collect(
            engine.submit(Job { stop_tokens: vec![9], ..job(&[5, 6], 50, 0) }).expect("room"),
        );
        assert_eq!(said, (line.clone(), FinishReason::Stop(9)));
    }
    let more = collect(engine.submit(job(&[5, 6], 50, 0)).expect("room"));
    assert_eq!(
        more,
        (lines[1].clone(), FinishReason::Failed("the script has no more tokens".into()))
    );
}

/// Readers of every kind at once, in threads of their own, on too little memory: those that stay get what they get alone.
#[test]
fn a_storm_of_readers_leaves_no_block_behind() {
    let spec = RunnerSpec { full_blocks: 60, sliding_blocks: 60, ..SPEC };
    let limits = EngineLimits {
        max_batch_tokens: 32,
        max_seqs: 12,
        stream_capacity: 6,
        max_waiting: 512,
        ..EngineLimits::default()
    };
    let engine = LocalEngine::start(Box::new(FakeRunner::new(spec)), limits);
    std::thread::scope(|scope| {
        for i in 0..256u32 {
            let prompt: Vec<u32> =
                (0..1 + i % 60).map(|k| if k < 30 { k % 50 } else { (k * i) % 50 }).collect();
            let job = Job {
                salt: u64::from(i % 2),
                stop_tokens: vec![i % 50],
                ..job(&prompt, 1 + i as usize % 50, u64::from(i))
            };
            let mut stream = engine.submit(job.clone()).expect("room");
            scope.spawn(move || match i % 4 {
                0 => drop(stream),
                1 => (0..i % 20).for_each(|_| {
                    stream.next_blocking();
                    std::thread::sleep(Duration::from_micros(u64::from(i) * 10));
                }),
                _ => assert_eq!(collect(stream).0, expected(&job), "job {i}"),
            });
        }
    });
    eventually(&engine, idle);
    engine.check_integrity().expect("all books agree");
}

#[test]
fn a_second_request_finds_the_first_ones_prompt() {
    let engine = engine(EngineLimits::default());
    let prompt: Vec<u32> = (0..41).collect();
    let mut cached = HashMap::new();
    for (name, salt) in [("first", 1), ("second", 1), ("other key", 2)] {
        let mut stream = engine.submit(Job { salt, ..job(&prompt, 1, 0) }).expect("room");
        while let Some(event) = stream.next_blocking() {
            if let TokenEvent::Finish(finish) = event {
                cached.insert(name, finish.cached_tokens);
            }
        }
    }
    assert_eq!(cached, HashMap::from([("first", 0), ("second", 40), ("other key", 0)]));
}
