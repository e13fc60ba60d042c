//! Random traces against the invariants of a continuous-batching scheduler.
//!
//! `GPT_OSS_TRACES=N` runs N traces, `GPT_OSS_TRACES=@SEED` one. A failing trace is reduced to fewer events and printed with its
//! seed.

mod case;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use case::Case;

/// Traces in an ordinary test run.
const TRACES: u64 = 100_000;

/// The outcome of one trace; a panic counts as a failure.
fn run(case: &Case) -> Result<world::Summary, String> {
    catch_unwind(AssertUnwindSafe(|| world::run(case))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default())
    })
}

/// Leaves out events as long as the trace still fails.
fn reduce(mut case: Case) -> Case {
    let mut at = 0;
    while at < case.events.len() {
        let mut fewer = case.clone();
        fewer.events.remove(at);
        match run(&fewer).is_err() {
            true => case = fewer,
            false => at += 1,
        }
    }
    case
}

#[track_caller]
fn check(seed: u64) -> world::Summary {
    let case = Case::random(seed);
    run(&case).unwrap_or_else(|error| {
        let reduced = reduce(case);
        let last = run(&reduced).err().unwrap_or_default();
        panic!("GPT_OSS_TRACES=@{seed}: {error}\nreduced: {last}\n{reduced:#?}")
    })
}

#[test]
fn random_traces_keep_the_invariants() {
    #[expect(clippy::disallowed_methods, reason = "an argument of this test alone")]
    let wanted = std::env::var("GPT_OSS_TRACES").unwrap_or_default();
    if let Some(seed) = wanted.strip_prefix('@') {
        check(seed.parse().expect("a seed after the @"));
        return;
    }
    let traces = wanted.parse().unwrap_or(TRACES);
    let mut sum = world::Summary::default();
    for seed in 0..traces {
        sum.add(&check(seed));
    }
    // The traces are worth something only if everything that can happen happens often.
    let often = traces / 20;
    let counts = [
        sum.preemptions,
        sum.cached_jobs,
        sum.chunked,
        sum.stalls,
        sum.aborts,
        sum.stopped,
        sum.crowded,
        sum.slid,
    ];
    assert!(counts.iter().all(|&count| count >= often), "{sum:?}");
}
