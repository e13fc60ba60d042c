//! Every folder of `tests-data/scenarios/`, over real HTTP, streamed and not.

use gpt_oss_tests::scenario::{Scenario, folders};

/// Scenarios at a time: each has a server of its own.
const AT_ONCE: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn folders_say_what_happens() {
    each(|scenario| async move { scenario.check().await }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_at_every_token() {
    each(|scenario| async move { scenario.check_cuts().await }).await;
}

/// Runs `check` on every scenario and shows every failure.
async fn each<F>(check: impl Fn(Scenario) -> F)
where
    F: Future<Output = Result<(), String>> + Send + 'static,
{
    let folders = folders();
    assert!(!folders.is_empty());
    let mut failures = Vec::new();
    for some in folders.chunks(AT_ONCE) {
        let mut running = tokio::task::JoinSet::new();
        for folder in some {
            running.spawn(check(Scenario::read(folder)));
        }
        failures.extend(running.join_all().await.into_iter().filter_map(Result::err));
    }
    failures.sort();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
