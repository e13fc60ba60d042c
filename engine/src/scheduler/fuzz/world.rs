//! Plays a trace: readers, scheduler and fake runner, with the invariants checked after every step.
//!
//! The numbers in the comments are those of the list of invariants in the module's tests:
//! 1 counts agree, 2 nothing writable is shared, 3 tables cover what is computed, 4 tokens do not depend on the schedule, 5 every job
//! ends once, 6 nothing is left, 7 the oldest advances, 8 the budget holds, 9 an abort frees at once, 10 known blocks hold their
//! tokens' KV, 11 salts do not meet, 12 the sliding group reads no freed block.

use std::collections::VecDeque;

use super::case::{Case, Event};
use crate::{
    FakeRunner, FinishReason, Job,
    batch::{SampleRequest, SeqId},
    limits::EngineLimits,
    runner::Runner,
    scheduler::{Output, Plan, Scheduler},
    sequence::Status,
};

/// More steps than any trace needs when everybody advances.
const MAX_STEPS: usize = 4_000;

/// Steps for which a reader that does nothing is waited for.
const PATIENCE: usize = 30;

/// How often the things happened that make traces interesting.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) preemptions: u64,
    pub(super) cached_jobs: u64,
    pub(super) chunked: u64,
    pub(super) stalls: u64,
    pub(super) aborts: u64,
    pub(super) stopped: u64,
    /// Steps with three sequences or more.
    pub(super) crowded: u64,
    /// Steps in which a sliding table had given blocks back.
    pub(super) slid: u64,
}

impl Summary {
    pub(super) fn add(&mut self, other: &Self) {
        self.preemptions += other.preemptions;
        self.cached_jobs += other.cached_jobs;
        self.chunked += other.chunked;
        self.stalls += other.stalls;
        self.aborts += other.aborts;
        self.stopped += other.stopped;
        self.crowded += other.crowded;
        self.slid += other.slid;
    }
}

/// A job from its reader's side.
struct Reader {
    id: SeqId,
    job: Job,
    pace: usize,
    tokens: Vec<u32>,
    unread: usize,
    stalled_for: usize,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Open,
    Dropped,
    Ended,
}

struct World<'a> {
    case: &'a Case,
    limits: EngineLimits,
    scheduler: Scheduler,
    runner: FakeRunner,
    readers: Vec<Reader>,
    summary: Summary,
}

pub(super) fn run(case: &Case) -> Result<Summary, String> {
    let limits = case.limits.clone().normalised();
    let mut world = World {
        scheduler: Scheduler::new(&case.spec, &limits, limits.prefix_cache.then_some([9; 16])),
        runner: FakeRunner::new(case.spec),
        readers: Vec::new(),
        summary: Summary::default(),
        limits,
        case,
    };
    let mut events: VecDeque<_> = case.events.iter().collect();
    for step in 0..MAX_STEPS {
        while let Some((_, event)) = events.pop_front_if(|(at, _)| *at <= step) {
            world.apply(event);
        }
        world.read()?;
        if world.scheduler.has_work() {
            world.step().map_err(|error| format!("step {step}: {error}"))?;
        }
        if events.is_empty() && world.scheduler.is_empty() {
            return world.end();
        }
    }
    Err("the trace does not end".into())
}

impl World<'_> {
    fn apply(&mut self, event: &Event) {
        match event {
            Event::Submit { job, pace } => {
                let id = self.scheduler.submit(job.clone());
                let (job, pace) = (job.clone(), *pace);
                self.readers.push(Reader {
                    id,
                    job,
                    pace,
                    tokens: vec![],
                    unread: 0,
                    stalled_for: 0,
                    state: State::Open,
                });
            }
            Event::Drop(n) => self.abort(*n),
            Event::Read(n) => {
                self.readers.get_mut(*n).into_iter().for_each(|reader| reader.unread = 0)
            }
        }
    }

    fn abort(&mut self, n: usize) {
        let Some(reader) = self.readers.get_mut(n).filter(|reader| reader.state == State::Open)
        else {
            return;
        };
        reader.state = State::Dropped;
        self.scheduler.abort(reader.id);
        self.summary.aborts += 1;
    }

    /// Readers take their tokens; those that were behind resume, those that stay behind are dropped.
    fn read(&mut self) -> Result<(), String> {
        for n in 0..self.readers.len() {
            let reader = &mut self.readers[n];
            reader.unread -= reader.pace.min(reader.unread);
            let stalled = self
                .scheduler
                .sequences
                .get(&reader.id)
                .is_some_and(|sequence| sequence.status == Status::Stalled);
            if !stalled {
                continue;
            }
            reader.stalled_for += 1;
            if reader.unread <= self.limits.stream_capacity / 2 {
                reader.stalled_for = 0;
                let id = reader.id;
                self.scheduler.resume(id);
            } else if reader.stalled_for > PATIENCE {
                self.abort(n);
            }
        }
        // 9: whatever was aborted holds nothing any more.
        self.scheduler.check_integrity()
    }

    fn step(&mut self) -> Result<(), String> {
        let oldest =
            self.scheduler.running.iter().chain(&self.scheduler.waiting).min().map(|(_, &id)| id);
        let preemptions = self.scheduler.preemptions;
        let plan = self.scheduler.schedule();
        self.summary.preemptions += self.scheduler.preemptions - preemptions;
        self.check_plan(&plan, oldest)?;
        // 10, 12: the runner fails when it reads anything but the prefix.
        let results =
            self.runner.step(&self.scheduler.batch(&plan)).map_err(|error| error.to_string())?;
        for output in self.scheduler.update(&plan, results)? {
            self.deliver(output)?;
        }
        // 1, 2, 3.
        self.scheduler.check_integrity()?;
        self.check_contents()
    }

    fn check_plan(&mut self, plan: &Plan, oldest: Option<SeqId>) -> Result<(), String> {
        // 8.
        let tokens: usize = plan.seqs.iter().map(|part| part.span.len()).sum();
        if tokens > self.limits.max_batch_tokens || plan.seqs.len() > self.limits.max_seqs {
            return Err(format!("{tokens} tokens of {} sequences in a step", plan.seqs.len()));
        }
        // 7, with k = 1.
        if !oldest
            .is_some_and(|id| plan.seqs.iter().any(|part| part.id == id && !part.span.is_empty()))
        {
            return Err(format!("the oldest sequence {oldest:?} does not advance in {plan:?}"));
        }
        let chunk = |part: &&super::super::schedule::Planned| {
            part.span.end < self.scheduler.sequence(part.id).tokens.len()
        };
        self.summary.chunked += plan.seqs.iter().filter(chunk).count() as u64;
        self.summary.crowded += u64::from(plan.seqs.len() >= 3);
        let slid =
            plan.seqs.iter().any(|part| self.scheduler.sequence(part.id).kv.sliding.first > 0);
        self.summary.slid += u64::from(slid);
        Ok(())
    }

    fn deliver(&mut self, output: Output) -> Result<(), String> {
        let reader = self
            .readers
            .iter_mut()
            .find(|reader| reader.id == output.id)
            .ok_or("an unknown sequence speaks")?;
        if reader.state != State::Open {
            return Err("a sequence speaks after its end".into());
        }
        let token = output.token.ok_or("sampling failed")?.token;
        reader.tokens.push(token);
        reader.unread += 1;
        if reader.unread > self.limits.stream_capacity {
            return Err("a token did not fit into the stream".into());
        }
        match output.finish {
            Some(finish) => {
                // 5.
                reader.state = State::Ended;
                if finish.completion_tokens != reader.tokens.len()
                    || finish.cached_tokens >= finish.prompt_tokens
                {
                    return Err(format!("{finish:?} after {} tokens", reader.tokens.len()));
                }
                if finish.cached_tokens > 0 && !self.limits.prefix_cache {
                    return Err("the prefix cache is off and was hit".into());
                }
                self.summary.cached_jobs += u64::from(finish.cached_tokens > 0);
                self.summary.stopped += u64::from(matches!(finish.reason, FinishReason::Stop(_)));
            }
            None if reader.unread == self.limits.stream_capacity => {
                self.summary.stalls += 1;
                self.scheduler.stall(output.id);
            }
            None => {}
        }
        Ok(())
    }

    /// 10 and 11.
    fn check_contents(&self) -> Result<(), String> {
        let kv = &self.scheduler.kv;
        for (group, id, tokens) in kv.known_blocks() {
            if !self.runner.holds(group, id, tokens) {
                return Err(format!(
                    "block {id} of the group {group:?} is known for tokens that it does not hold"
                ));
            }
        }
        let foreign = |sequence: &&crate::sequence::Sequence| !kv.has_one_salt(&sequence.kv);
        match self.scheduler.sequences.values().find(foreign) {
            Some(sequence) => Err(format!("sequence {} uses a block of another salt", sequence.id)),
            None => Ok(()),
        }
    }

    /// 4, 5 and 6.
    fn end(self) -> Result<Summary, String> {
        if self.scheduler.stats().blocks_used != 0 {
            return Err("blocks are left".into());
        }
        for reader in &self.readers {
            let expected = alone(self.case, &reader.job);
            let whole = reader.state == State::Dropped || expected.len() == reader.tokens.len();
            if reader.state == State::Open || !whole || !expected.starts_with(&reader.tokens) {
                return Err(format!(
                    "sequence {} said {:?} instead of {expected:?}",
                    reader.id, reader.tokens
                ));
            }
        }
        Ok(self.summary)
    }
}

/// What a job must say, computed without any schedule.
fn alone(case: &Case, job: &Job) -> Vec<u32> {
    let limit = crate::scheduler::max_len(&case.spec).min(job.prompt.len() + job.max_tokens);
    let mut history = job.prompt.clone();
    while history.len() < limit {
        let request = SampleRequest {
            params: &job.sampling,
            history: &history,
            prompt_len: job.prompt.len(),
        };
        let token =
            FakeRunner::next_token(case.spec.vocabulary, &request).expect("finite logits").token;
        history.push(token);
        if job.stop_tokens.contains(&token) {
            break;
        }
    }
    history.split_off(job.prompt.len())
}
