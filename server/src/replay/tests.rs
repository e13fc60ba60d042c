use gpt_oss_engine::SamplingParams;

use super::*;

fn engine(recording: &str, reuse: Reuse) -> ReplayEngine {
    ReplayEngine::parse(recording, reuse, Tokenizer::o200k_harmony()).expect("a good recording")
}

fn job(prompt: &str) -> Job {
    Job {
        prompt: Tokenizer::o200k_harmony().encode_with_specials(prompt),
        max_tokens: 100,
        stop_tokens: token::STOPS.to_vec(),
        sampling: SamplingParams::default(),
        salt: 0,
    }
}

/// The tokens of a stream and its finish.
fn drain(mut stream: TokenStream) -> (Vec<u32>, Finish) {
    let mut tokens = Vec::new();
    while let Some(event) = stream.next_blocking() {
        match event {
            TokenEvent::Token(sampled) => tokens.push(sampled.token),
            TokenEvent::Finish(finish) => return (tokens, finish),
        }
    }
    panic!("no finish");
}

fn said(engine: &ReplayEngine, prompt: &str) -> String {
    let (tokens, _) = drain(engine.submit(job(prompt)).expect("a line is left"));
    String::from_utf8(Tokenizer::o200k_harmony().decode(&tokens)).expect("text")
}

const TWO: &str = r#"
{"prompt_contains": "<|message|>weather", "completion": "sunny<|return|>"}
{"completion": "first<|return|>"}
{"completion": "second<|return|>"}
"#;

#[test]
fn the_first_unused_line_that_fits_speaks() {
    let engine = engine(TWO, Reuse::Never);
    assert_eq!(said(&engine, "<|start|>user<|message|>hello"), "first<|return|>");
    assert_eq!(said(&engine, "<|start|>user<|message|>weather?"), "sunny<|return|>");
    assert_eq!(said(&engine, "<|start|>user<|message|>weather?"), "second<|return|>");
    let refused = engine.submit(job("anything")).expect_err("all lines are used");
    assert_eq!(refused, SubmitError::RecordingExhausted);
}

#[test]
fn with_cycle_lines_are_reused() {
    let engine = engine(TWO, Reuse::Always);
    for _ in 0..3 {
        assert_eq!(said(&engine, "hello"), "first<|return|>");
        assert_eq!(said(&engine, "<|message|>weather"), "sunny<|return|>");
    }
}

#[test]
fn a_stop_token_ends_and_the_rest_is_not_said() {
    let engine = engine(r#"{"completion": "a<|call|>b"}"#, Reuse::Never);
    let (tokens, finish) = drain(engine.submit(job("hi")).expect("a line"));
    assert_eq!(tokens.last(), Some(&token::CALL));
    assert_eq!(finish.reason, FinishReason::Stop(token::CALL));
    assert_eq!((finish.prompt_tokens, finish.completion_tokens), (1, 2));
    assert_eq!(engine.stats().generated, 2);
    assert_eq!(engine.stats().running, 0);
}

#[test]
fn limits_and_missing_ends_finish_by_length() {
    let recording = r#"{"completion": "one two three four<|return|>"}"#;
    let (tokens, finish) = drain(
        engine(recording, Reuse::Never).submit(Job { max_tokens: 2, ..job("hi") }).expect("a line"),
    );
    assert_eq!((tokens.len(), finish.reason), (2, FinishReason::Length));
    let (tokens, finish) =
        drain(engine(r#"{"tokens": [1, 2, 3]}"#, Reuse::Never).submit(job("hi")).expect("a line"));
    assert_eq!((tokens, finish.reason), (vec![1, 2, 3], FinishReason::Length));
}

#[test]
fn refusals_and_failures_are_as_recorded() {
    let engine = engine(
        "{\"refuse\": \"queue_full\"}\n{\"completion\": \"a\", \"fail\": \"device lost\"}",
        Reuse::Never,
    );
    assert_eq!(engine.submit(job("hi")).err(), Some(SubmitError::QueueFull { waiting: 0 }));
    let (_, finish) = drain(engine.submit(job("hi")).expect("a line"));
    assert_eq!(finish.reason, FinishReason::Failed("device lost".into()));
}

#[tokio::test]
async fn dropping_a_paced_stream_ends_its_work() {
    let engine = engine(r#"{"completion": "a b c d e f g", "interval_ms": 5}"#, Reuse::Never);
    let mut stream = engine.submit(job("hi")).expect("a line");
    assert!(matches!(stream.next().await, Some(TokenEvent::Token(_))));
    assert_eq!(engine.stats().running, 1);
    drop(stream);
    for _ in 0..200 {
        if engine.stats().running == 0 {
            assert!(engine.stats().generated < 7, "the rest was not said");
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the job still runs");
}

#[test]
fn errors_name_line_and_reason() {
    let error = |text: &str| {
        ReplayEngine::parse(text, Reuse::Never, Tokenizer::o200k_harmony())
            .map(|_| ())
            .expect_err("a bad recording")
            .to_string()
    };
    insta::assert_snapshot!(
        [
            error("{\"completion\": \"a\"}\n\n{\"completion\": 3}"),
            error("{}"),
            error("{\"completions\": \"a\"}"),
            error("{\"tokens\": [201088]}"),
            error("{\"completion\": \"a\""),
        ]
        .join("\n"),
        @r"
    line 3: invalid type: integer `3`, expected a string (column 16)
    line 1: give either `completion` (text) or `tokens` (ids)
    line 1: unknown field `completions`, expected one of `prompt_contains`, `completion`, `tokens`, `interval_ms`, `fail`, `refuse` (column 14)
    line 1: token 201088 is outside the vocabulary of 201088
    line 1: EOF while parsing an object (column 18)
    "
    );
    let missing =
        ReplayEngine::open(Path::new("no/such/file"), Reuse::Never, Tokenizer::o200k_harmony());
    assert!(missing.err().is_some_and(|error| error.to_string().contains("no/such/file")));
}

#[test]
fn impossible_prompts_use_no_line() {
    let engine = engine(r#"{"completion": "a<|return|>"}"#, Reuse::Never);
    let empty = engine.submit(Job { prompt: vec![], ..job("") });
    assert!(matches!(empty, Err(SubmitError::Invalid(_))));
    let outside = engine.submit(Job { prompt: vec![token::VOCABULARY], ..job("") });
    assert!(matches!(outside, Err(SubmitError::Invalid(_))));
    let long = engine.submit(Job { prompt: vec![1; MAX_TOKENS], ..job("") });
    assert!(matches!(long, Err(SubmitError::TooLong { .. })));
    assert_eq!(said(&engine, "hi"), "a<|return|>");
}
