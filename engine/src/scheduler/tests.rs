//! Decisions step by step, as text: `id[from..to)` for what a step computes, then queues and free blocks.

use std::fmt::Write as _;

use super::Scheduler;
use crate::{
    FakeRunner, Finish, FinishReason, Job, SamplingParams,
    limits::EngineLimits,
    runner::{Runner, RunnerSpec, SampleError},
    sequence::Status,
};

const SPEC: RunnerSpec = RunnerSpec {
    vocabulary: 20,
    max_tokens: 200,
    block_tokens: 4,
    full_blocks: 12,
    sliding_blocks: 12,
    window: 6,
};

struct Bench {
    scheduler: Scheduler,
    runner: FakeRunner,
    log: String,
    ends: Vec<(u64, Finish)>,
}

fn limits(max_batch_tokens: usize, max_seqs: usize) -> EngineLimits {
    EngineLimits { max_batch_tokens, max_seqs, ..EngineLimits::default() }
}

fn job(prompt: usize, max_tokens: usize, salt: u64) -> Job {
    let tokens = (0..prompt as u32).map(|i| (i * 3 + salt as u32) % 20).collect();
    Job {
        prompt: tokens,
        max_tokens,
        stop_tokens: vec![],
        sampling: SamplingParams::default(),
        salt,
    }
}

impl Bench {
    fn new(spec: RunnerSpec, limits: &EngineLimits) -> Self {
        let scheduler = Scheduler::new(&spec, limits, Some([3; 16]));
        Self { scheduler, runner: FakeRunner::new(spec), log: String::new(), ends: vec![] }
    }

    fn submit(&mut self, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            self.scheduler.submit(job);
        }
    }

    fn steps(&mut self, n: usize) -> &mut Self {
        for _ in 0..n {
            let plan = self.scheduler.schedule();
            let results =
                self.runner.step(&self.scheduler.batch(&plan)).expect("the tables are right");
            let outputs =
                self.scheduler.update(&plan, results).expect("as many results as asked for");
            let computed: Vec<String> = plan
                .seqs
                .iter()
                .map(|part| format!("{}[{}..{})", part.id, part.span.start, part.span.end))
                .collect();
            let ids = |queue: &super::Queue| {
                queue.values().map(u64::to_string).collect::<Vec<_>>().join(" ")
            };
            let s = &self.scheduler;
            let free = s.kv.free();
            let _infallible = writeln!(
                self.log,
                "{:<32} | running {} | waiting {} | stalled {} | free {}+{}",
                computed.join(" "),
                ids(&s.running),
                ids(&s.waiting),
                ids(&s.stalled),
                free.full,
                free.sliding
            );
            s.check_integrity().expect("all books agree");
            self.ends.extend(
                outputs
                    .into_iter()
                    .filter_map(|output| output.finish.map(|finish| (output.id, finish))),
            );
        }
        self
    }

    fn log(&mut self) -> String {
        std::mem::take(&mut self.log)
    }
}

#[test]
fn long_prompts_are_computed_in_chunks_beside_decoding() {
    let mut bench = Bench::new(SPEC, &limits(8, 4));
    bench.submit([job(3, 9, 0), job(20, 2, 1)]);
    insta::assert_snapshot!(bench.steps(6).log(), @r"
    0[0..3) 1[0..5)                  | running 0 1 | waiting  | stalled  | free 9+9
    0[3..4) 1[5..12)                 | running 0 1 | waiting  | stalled  | free 8+8
    0[4..5) 1[12..19)                | running 0 1 | waiting  | stalled  | free 5+6
    0[5..6) 1[19..20)                | running 0 1 | waiting  | stalled  | free 5+8
    0[6..7) 1[20..21)                | running 0 | waiting  | stalled  | free 10+10
    0[7..8)                          | running 0 | waiting  | stalled  | free 10+10
    ");
}

#[test]
fn the_newest_gives_way_and_comes_back() {
    let spec = RunnerSpec { full_blocks: 6, ..SPEC };
    let mut bench = Bench::new(spec, &limits(16, 4));
    bench.submit([job(7, 12, 0), job(7, 12, 1), job(3, 3, 2)]);
    insta::assert_snapshot!(bench.steps(18).log(), @r"
    0[0..7) 1[0..7)                  | running 0 1 | waiting 2 | stalled  | free 2+8
    0[7..8) 1[7..8)                  | running 0 1 | waiting 2 | stalled  | free 2+8
    0[8..9) 1[8..9)                  | running 0 1 | waiting 2 | stalled  | free 0+6
    0[9..10) 1[9..10)                | running 0 1 | waiting 2 | stalled  | free 0+8
    0[10..11) 1[10..11)              | running 0 1 | waiting 2 | stalled  | free 0+8
    0[11..12) 1[11..12)              | running 0 1 | waiting 2 | stalled  | free 0+8
    0[12..13)                        | running 0 | waiting 1 2 | stalled  | free 2+9
    0[13..14)                        | running 0 | waiting 1 2 | stalled  | free 2+10
    0[14..15)                        | running 0 | waiting 1 2 | stalled  | free 2+10
    0[15..16)                        | running 0 | waiting 1 2 | stalled  | free 2+10
    0[16..17)                        | running 0 | waiting 1 2 | stalled  | free 1+9
    0[17..18)                        | running  | waiting 1 2 | stalled  | free 6+12
    1[4..13) 2[0..3)                 | running 1 2 | waiting  | stalled  | free 1+7
    1[13..14) 2[3..4)                | running 1 2 | waiting  | stalled  | free 1+9
    1[14..15) 2[4..5)                | running 1 | waiting  | stalled  | free 2+10
    1[15..16)                        | running 1 | waiting  | stalled  | free 2+10
    1[16..17)                        | running 1 | waiting  | stalled  | free 1+9
    1[17..18)                        | running  | waiting  | stalled  | free 6+12
    ");
    assert_eq!(bench.ends.len(), 3);
    assert!(bench.scheduler.is_empty());
}

#[test]
fn a_stalled_sequence_keeps_its_blocks_until_somebody_needs_them() {
    let spec = RunnerSpec { full_blocks: 6, ..SPEC };
    let mut bench = Bench::new(spec, &limits(16, 4));
    bench.submit([job(7, 12, 0), job(7, 12, 1)]);
    bench.steps(1);
    bench.scheduler.stall(0);
    bench.steps(2);
    bench.submit([job(7, 2, 2)]);
    bench.steps(1);
    bench.scheduler.resume(0);
    insta::assert_snapshot!(bench.steps(11).log(), @r"
    0[0..7) 1[0..7)                  | running 0 1 | waiting  | stalled  | free 2+8
    1[7..8)                          | running 1 | waiting  | stalled 0 | free 2+8
    1[8..9)                          | running 1 | waiting  | stalled 0 | free 1+7
    1[9..10) 2[0..7)                 | running 1 2 | waiting  | stalled 0 | free 1+8
    1[10..11) 2[7..8)                | running 1 | waiting 0 | stalled  | free 3+10
    1[11..12)                        | running 1 | waiting 0 | stalled  | free 3+10
    1[12..13)                        | running 1 | waiting 0 | stalled  | free 2+9
    1[13..14)                        | running 1 | waiting 0 | stalled  | free 2+10
    1[14..15)                        | running 1 | waiting 0 | stalled  | free 2+10
    1[15..16)                        | running 1 | waiting 0 | stalled  | free 2+10
    1[16..17)                        | running 1 | waiting 0 | stalled  | free 1+9
    1[17..18)                        | running  | waiting 0 | stalled  | free 6+12
    0[0..8)                          | running 0 | waiting  | stalled  | free 4+10
    0[8..9)                          | running 0 | waiting  | stalled  | free 3+9
    0[9..10)                         | running 0 | waiting  | stalled  | free 3+10
    ");
}

#[test]
fn aborting_frees_at_once_wherever_the_sequence_is() {
    let mut bench = Bench::new(SPEC, &limits(8, 2));
    bench.submit([job(20, 9, 0), job(5, 9, 1), job(5, 9, 2)]);
    bench.steps(3);
    bench.scheduler.stall(1);
    let status = |bench: &Bench, id| bench.scheduler.sequences[&id].status;
    assert_eq!(
        [0, 1, 2].map(|id| status(&bench, id)),
        [Status::Running, Status::Stalled, Status::Waiting]
    );
    for id in [0, 1, 2] {
        bench.scheduler.abort(id);
        bench.scheduler.check_integrity().expect("all books agree");
    }
    assert!(bench.scheduler.is_empty());
    assert_eq!(bench.scheduler.stats().blocks_used, 0);
}

#[test]
fn the_length_is_clamped_to_the_memory() {
    let spec = RunnerSpec { full_blocks: 3, ..SPEC };
    let mut bench = Bench::new(spec, &limits(16, 4));
    bench.submit([job(5, 1000, 0)]);
    bench.steps(8);
    let finish = Finish {
        reason: FinishReason::Length,
        prompt_tokens: 5,
        cached_tokens: 0,
        completion_tokens: 8,
    };
    assert_eq!(bench.ends, [(0, finish)], "12 tokens have KV, the 13th needs none");
}

#[test]
fn a_stop_token_is_the_last() {
    let mut bench = Bench::new(SPEC, &limits(16, 4));
    bench.submit([Job { stop_tokens: (0..20).collect(), ..job(5, 9, 0) }]);
    bench.steps(1);
    assert!(matches!(
        bench.ends[..],
        [(0, Finish { reason: FinishReason::Stop(_), completion_tokens: 1, .. })]
    ));
}

#[test]
fn a_failed_sample_ends_its_job_alone() {
    let mut bench = Bench::new(SPEC, &limits(16, 4));
    bench.submit([job(5, 9, 0), job(5, 9, 1)]);
    let plan = bench.scheduler.schedule();
    let mut results =
        bench.runner.step(&bench.scheduler.batch(&plan)).expect("the tables are right");
    results[0] = Err(SampleError::NotFinite);
    let outputs = bench.scheduler.update(&plan, results).expect("two results");
    assert!(matches!(
        outputs[0].finish,
        Some(Finish { reason: FinishReason::Failed(_), completion_tokens: 0, .. })
    ));
    assert!(outputs[1].finish.is_none());
    bench.steps(8);
    assert_eq!(bench.ends.len(), 1);
}

#[test]
fn a_runner_that_miscounts_is_an_error() {
    let mut bench = Bench::new(SPEC, &limits(16, 4));
    bench.submit([job(5, 9, 0)]);
    let plan = bench.scheduler.schedule();
    assert!(bench.scheduler.update(&plan, vec![]).is_err());
}

#[test]
fn a_preempted_job_reports_the_cached_tokens_of_its_first_start() {
    let mut bench = Bench::new(SPEC, &limits(16, 4));
    bench.submit([job(13, 1, 0)]);
    bench.steps(1);
    bench.submit([job(13, 1, 0)]);
    bench.steps(1);
    assert_eq!(bench.ends[1].1.cached_tokens, 12);
}

#[test]
fn jobs_with_one_beginning_compute_it_once() {
    let spec = RunnerSpec { full_blocks: 40, sliding_blocks: 40, ..SPEC };
    let mut bench = Bench::new(spec, &limits(16, 4));
    bench.submit([job(21, 2, 0), job(22, 2, 0), job(9, 2, 1)]);
    insta::assert_snapshot!(bench.steps(4).log(), @r"
    0[0..16)                         | running 0 | waiting 1 2 | stalled  | free 36+36
    0[16..21)                        | running 0 | waiting 1 2 | stalled  | free 34+36
    0[21..22) 1[20..22) 2[0..9)      | running 1 2 | waiting  | stalled  | free 31+34
    1[22..23) 2[9..10)               | running  | waiting  | stalled  | free 40+40
    ");
}

/// Preemptions of one job are bounded although the others grow all the time: each time it comes back it must find twice the room.
#[test]
fn a_newcomer_is_not_preempted_over_and_over() {
    let spec = RunnerSpec { full_blocks: 40, sliding_blocks: 40, ..SPEC };
    let mut bench = Bench::new(spec, &limits(64, 8));
    bench.submit((0..8).map(|salt| job(8, 60, salt)));
    while !bench.scheduler.is_empty() {
        bench.steps(1);
    }
    assert_eq!(bench.ends.len(), 8);
    let preemptions = bench.scheduler.stats().preemptions;
    assert!(preemptions > 0, "the memory was short");
    assert!(preemptions <= 24, "{preemptions} preemptions of 8 jobs");
}
