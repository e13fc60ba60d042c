//! Many clients at once, some of which leave; and memory over many requests.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use gpt_oss_tests::{
    normalise::Normaliser, process::Server, random::Random, repository, rules, sse,
};
use reqwest::Client;
use serde_json::{Value, json};

const STREAMS: u64 = 64;
/// Requests of the memory test, and how many of them run at once.
const REQUESTS: usize = 10_000;
const AT_ONCE: usize = 32;
/// What the process may grow by between the first fifth and the end: allocator slack, not a leak of a request (a leak of 1 KiB a
/// request would be 8 MiB).
const GROWTH: u64 = 8 << 20;

/// Random weights: what the model says is noise, which is the harder case for everything above it.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_with_leavers_on_a_random_model() {
    let config = repository().join("tests-data/models/tiny.json");
    crowd(&Server::start(&["--model", &format!("random:{}", config.display())]), 96).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_with_leavers_on_the_demo_model() {
    crowd(&Server::start(&[]), 32).await;
}

/// Asks every question alone, then all at once while a third of the clients leave at random; the others must be told the same as alone,
/// and nothing may stay behind.
async fn crowd(server: &Server, max_output_tokens: u64) {
    let mut alone = Vec::new();
    for index in 0..STREAMS {
        alone.push(ask(server, &question(server, index, max_output_tokens)).await);
    }
    let asked = (0..STREAMS).map(|index| {
        let mut random = Random::new(index);
        let leaves = (random.below(3) == 0).then(|| random.below(20));
        let question = question(server, index, max_output_tokens);
        async move {
            match leaves {
                None => Some(ask(server, &question).await),
                Some(events) => {
                    leave_after(server, &question, events).await;
                    None
                }
            }
        }
    });
    let crowded = futures_util::future::join_all(asked).await;
    let stayed = crowded.iter().flatten().count();
    assert!((20..60).contains(&stayed), "{stayed} stayed: the test is not about leaving");
    for (index, (alone, crowded)) in alone.iter().zip(&crowded).enumerate() {
        if let Some(crowded) = crowded {
            assert_eq!(alone, crowded, "question {index} was answered otherwise in the crowd");
        }
    }
    nothing_is_left(server).await;
}

/// Questions of several lengths, so that some need many blocks and some share a prefix.
fn question(server: &Server, index: u64, max_output_tokens: u64) -> Value {
    let filler = "The quick brown fox jumps over the lazy dog. ".repeat((index % 7) as usize * 3);
    json!({
        "model": server.model(), "input": format!("{filler}What is {index} plus {}?", index * 3),
        "seed": index, "temperature": if index.is_multiple_of(2) { 1.0 } else { 0.0 },
        "max_output_tokens": max_output_tokens, "stream": true,
    })
}

async fn post(server: &Server, request: &Value) -> reqwest::Response {
    let url = format!("{}/v1/responses", server.base);
    let response = Client::new().post(url).json(request).send().await.unwrap();
    assert_eq!(response.status(), 200, "{request}");
    response
}

/// The whole answer, without what differs between equal runs.
async fn ask(server: &Server, request: &Value) -> Value {
    let transcript = sse::read(post(server, request).await).await.unwrap();
    let mut response = rules::check_stream(&transcript).unwrap();
    // The prefix cache may know more the second time.
    response["usage"]["input_tokens_details"]["cached_tokens"] = 0.into();
    Normaliser::default().value(&response)
}

async fn leave_after(server: &Server, request: &Value, events: u64) {
    let mut body = post(server, request).await.bytes_stream();
    for _ in 0..events {
        if body.next().await.is_none() {
            return;
        }
    }
}

async fn nothing_is_left(server: &Server) {
    let begun = Instant::now();
    loop {
        let engine = server.health().await["engine"].clone();
        let idle = ["running", "waiting", "blocks_used"].iter().all(|key| engine[key] == 0);
        if idle {
            assert!(engine["generated"].as_u64().unwrap() > 0);
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "left behind: {engine}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_flat() {
    let line = r#"{"completion":"<|channel|>analysis<|message|>Think about the greeting.<|end|><|start|>assistant<|channel|>final<|message|>Hello there, and welcome!<|return|>"}"#;
    let (server, _file) = Server::scripted(line, &["--cycle", "--log", "warn"]);
    let Some(_) = server.resident_bytes() else {
        eprintln!("skipped: resident memory is read from /proc");
        return;
    };
    let client = Client::new();
    send(&server, &client, REQUESTS / 5).await;
    let early = server.resident_bytes().unwrap();
    send(&server, &client, REQUESTS * 4 / 5).await;
    let late = server.resident_bytes().unwrap();
    assert!(late < early + GROWTH, "{early} bytes after a fifth of the requests, {late} after all");
    nothing_is_left(&server).await;
}

/// Streamed and not streamed by turns, none of them stored: what is stored is bounded by the store, not by this test.
async fn send(server: &Server, client: &Client, count: usize) {
    let url = format!("{}/v1/responses", server.base);
    let requests = (0..count).map(|index| {
        let request = json!({
            "model": server.model(), "input": format!("Request {index}"), "store": false, "stream": index.is_multiple_of(2),
        });
        let request = client.post(&url).json(&request);
        async move {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 200);
            response.bytes().await.unwrap()
        }
    });
    futures_util::stream::iter(requests).buffer_unordered(AT_ONCE).for_each(|_| async {}).await;
}
