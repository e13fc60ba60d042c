//! How fast text becomes ids, and ids become events: `cargo run --release -p gpt-oss-harmony --example speed`.
//!
//! One thread; each figure is the best of several runs, so that another process on the machine disturbs it less.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use gpt_oss_harmony::{Message, Parser, Role, Tokenizer, render};

const RUNS: usize = 7;

fn main() {
    let begin = Instant::now();
    let tokenizer = Tokenizer::o200k_harmony();
    black_box(tokenizer.encode("The first use builds the splitter."));
    println!("load          {:>9.1} ms", begin.elapsed().as_secs_f64() * 1e3);

    let english = include_str!("../../LICENSE").repeat(40);
    let code = include_str!("../src/parser.rs").repeat(40);
    let languages = "日本語の文章です。Русский текст, עברית, العربية و한국어 👍🏽. ".repeat(3000);
    let texts = [
        ("English", english),
        ("Rust", code),
        ("languages", languages),
        ("a × 100,000", "a".repeat(100_000)),
        ("space × 100k", " ".repeat(100_000)),
    ];
    for (name, text) in &texts {
        let took = best(|| black_box(tokenizer.encode(black_box(text))).len());
        let bytes = text.len() as f64;
        println!("encode {name:<13} {:>7.1} MB/s", bytes / took.as_secs_f64() / 1e6);
    }
    parse(&tokenizer, &texts[0].1);
    header(&tokenizer);
}

/// Content, token by token, as a server reads it.
fn parse(tokenizer: &Tokenizer, text: &str) {
    let mut ids = tokenizer.encode_with_specials("<|channel|>final<|message|>");
    ids.extend(tokenizer.encode(text));
    let took = best(|| {
        let mut parser = Parser::new(tokenizer.clone());
        ids.iter().map(|&id| black_box(parser.push(id)).len()).sum::<usize>()
    });
    println!("parse content {:>9.2} M tokens/s", ids.len() as f64 / took.as_secs_f64() / 1e6);
}

/// Calls with little content: nearly only headers.
fn header(tokenizer: &Tokenizer) {
    let call = Message::text(Role::Assistant, "{}")
        .on(gpt_oss_harmony::Channel::Commentary)
        .to("functions.get_current_weather");
    let ids = render(tokenizer, &vec![call; 1000]);
    let took = best(|| {
        let mut parser = Parser::transcript(tokenizer.clone());
        ids.iter().map(|&id| black_box(parser.push(id)).len()).sum::<usize>()
    });
    println!("parse headers {:>9.2} M tokens/s", ids.len() as f64 / took.as_secs_f64() / 1e6);
}

fn best(mut run: impl FnMut() -> usize) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let begin = Instant::now();
        black_box(run());
        best = best.min(begin.elapsed());
    }
    best
}
