//! The server without a model: an engine that says recorded tokens at once, then everything that a real answer goes through.

use std::{
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, http::Request};
use futures_util::StreamExt;
use gpt_oss_harmony::Tokenizer;
use serde::Serialize;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    sync::watch,
};
use tower::ServiceExt;

use super::{machine, median};
use crate::{
    ApiSettings, AppState, ReplayEngine, Reuse, app,
    cli::failure::Failure,
    serve::{Limits, Stop, serve},
};

/// Answers per measurement of throughput.
const ANSWERS: usize = 10;
/// Streams that wait for their next token, for the memory of one.
const IDLE_STREAMS: u64 = 1000;
/// Of which so many come first and are not counted: the process grows once, whatever the number of streams.
const FIRST_STREAMS: u64 = 200;
/// A sentence of common words, repeated to make an answer.
const SENTENCE: &str =
    "The server reads one token after another and sends each as an event of its own. ";
/// Times that the reasoning and the answer say it.
const SENTENCES: (usize, usize) = (60, 180);

/// What was measured of the server.
#[derive(Debug, Serialize)]
pub(super) struct ServerBench {
    /// Tokens a second from engine to SSE text, streaming, on one thread.
    pub(super) streamed_tokens_per_second: f64,
    /// The same for answers that are not streamed.
    pub(super) folded_tokens_per_second: f64,
    /// Tokens of one of these answers.
    pub(super) tokens: usize,
    /// Bytes that a streaming connection holds while it waits for its next token, the client's end included; `None` where the
    /// system does not tell.
    pub(super) bytes_per_idle_stream: Option<u64>,
}

pub(super) fn measure(runs: u8) -> Result<ServerBench, Failure> {
    // One thread: the figure is per core.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (app, tokens) = talker()?;
    let rate = |form: Form| {
        median(runs, || {
            runtime.block_on(answers(&app, form)).map(|seconds| (ANSWERS * tokens) as f64 / seconds)
        })
    };
    let streamed_tokens_per_second = rate(Form::Streamed)?;
    let folded_tokens_per_second = rate(Form::Folded)?;
    let bytes_per_idle_stream = idle_stream(&runtime)?;
    Ok(ServerBench {
        streamed_tokens_per_second,
        folded_tokens_per_second,
        tokens,
        bytes_per_idle_stream,
    })
}

/// The API over an engine that always says the same long answer, and that answer's tokens.
fn talker() -> Result<(Router, usize), Failure> {
    let completion = format!(
        "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>",
        SENTENCE.repeat(SENTENCES.0),
        SENTENCE.repeat(SENTENCES.1),
    );
    let tokens = Tokenizer::o200k_harmony().encode_with_specials(&completion).len();
    Ok((api(&json!({ "completion": completion }).to_string())?, tokens))
}

/// The API over a recording that is used again and again.
fn api(recording: &str) -> Result<Router, Failure> {
    let tokenizer = Tokenizer::o200k_harmony();
    let engine = ReplayEngine::parse(recording, Reuse::Always, tokenizer.clone())
        .map_err(|error| Failure::failed(format!("the benchmark's recording: {error}")))?;
    Ok(app(AppState::new(Arc::new(engine), tokenizer, ApiSettings::default())))
}

/// How an answer is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Streamed,
    Folded,
}

fn request(form: Form) -> String {
    let streamed = form == Form::Streamed;
    let model = ApiSettings::default().model;
    json!({ "model": model, "input": "Talk.", "stream": streamed, "store": false }).to_string()
}

/// Seconds for [`ANSWERS`] answers, one after the other.
async fn answers(app: &Router, form: Form) -> Result<f64, Failure> {
    let began = Instant::now();
    for _ in 0..ANSWERS {
        let request = Request::post("/v1/responses")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Body::from(request(form)))
            .map_err(|error| Failure::failed(error.to_string()))?;
        let response = match app.clone().oneshot(request).await {
            Ok(response) => response,
            Err(impossible) => match impossible {},
        };
        let status = response.status();
        let mut body = response.into_body().into_data_stream();
        let mut tail = Vec::new();
        while let Some(chunk) = body.next().await {
            tail = chunk
                .map_err(|error| Failure::failed(format!("an answer broke off: {error}")))?
                .to_vec();
        }
        if !status.is_success() || tail.is_empty() {
            return Err(Failure::failed(format!("the server answered {status}")));
        }
    }
    Ok(began.elapsed().as_secs_f64())
}

/// Bytes that one more idle stream takes, over real connections within this process.
fn idle_stream(runtime: &Runtime) -> Result<Option<u64>, Failure> {
    let recording =
        json!({ "completion": "<|channel|>final<|message|>Wait", "interval_ms": 3_600_000 });
    let app = api(&recording.to_string())?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let (order, stop) = watch::channel(Stop::Run);
        let server = tokio::spawn(serve(listener, app, Limits::default(), stop));
        let mut clients = Vec::new();
        for _ in 0..FIRST_STREAMS {
            clients.push(idle_client(port).await?);
        }
        let before = machine::memory();
        for _ in 0..IDLE_STREAMS {
            clients.push(idle_client(port).await?);
        }
        let after = machine::memory();
        order.send_replace(Stop::Now);
        drop(clients);
        // It was told to end at once; a panic in it would be ours to report.
        server.await.map_err(|error| Failure::failed(format!("the server failed: {error}")))?;
        Ok(before.zip(after).map(|(before, after)| after.saturating_sub(before) / IDLE_STREAMS))
    })
}

/// A connection whose stream has begun.
async fn idle_client(port: u16) -> Result<TcpStream, Failure> {
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let body = request(Form::Streamed);
    let head = format!(
        "POST /v1/responses HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(body.as_bytes()).await?;
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    let begun = b"response.in_progress";
    while !seen.windows(begun.len()).any(|window| window == begun) {
        let read = tokio::time::timeout(Duration::from_secs(10), socket.read(&mut buffer)).await;
        match read {
            Ok(Ok(n)) if n > 0 => seen.extend_from_slice(&buffer[..n]),
            _ => return Err(Failure::failed("the server did not begin an idle stream")),
        }
    }
    Ok(socket)
}
