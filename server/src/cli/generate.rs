//! `gpt-oss generate`: one answer in the terminal.

mod printer;

use std::{io::Read, time::Instant};

use clap::{Args, ValueEnum};
use gpt_oss_engine::{Engine, Finish, FinishReason, Job, SamplingParams, SubmitError, TokenEvent};
use gpt_oss_harmony::{
    DeveloperContent, Effort, Message, Role, SystemContent, Tokenizer, render_prompt, token,
};

use super::{
    failure::Failure,
    load::{self, ModelArgs},
};
use printer::Printer;

/// Options of `generate`.
#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// What to say to the model; `-` reads it from stdin.
    #[arg(short, long, value_name = "TEXT")]
    prompt: String,
    /// Instructions for the model, before the prompt.
    #[arg(short, long, value_name = "TEXT", conflicts_with = "raw")]
    instructions: Option<String>,
    /// How long the model should think.
    #[arg(short, long, value_enum, default_value = "medium")]
    effort: EffortArg,
    /// Date that the model is told [default: today].
    #[arg(long, value_name = "DATE")]
    date: Option<jiff::civil::Date>,
    /// Take the prompt as raw Harmony text (special tokens written out), continue it and print all that comes.
    #[arg(long)]
    raw: bool,
    /// Print one line a token: id, text, log-probability, and this many likely alternatives.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "0", value_parser = clap::value_parser!(u8).range(0..=20))]
    logprobs: Option<u8>,
    #[command(flatten)]
    sampling: SamplingArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Sampling")]
struct SamplingArgs {
    /// Randomness: 0 always takes the likeliest token. Default: the checkpoint's own, which is 0 for the demo, else 1.
    #[arg(short, long, value_parser = non_negative, allow_negative_numbers = true)]
    temperature: Option<f32>,
    /// Choose among the likeliest tokens that together have this probability.
    #[arg(long, default_value_t = 1.0, value_name = "P", value_parser = fraction)]
    top_p: f32,
    /// Choose among this many likeliest tokens; 0 is no limit.
    #[arg(long, default_value_t = 0, value_name = "K")]
    top_k: u32,
    /// Choose among tokens at least this fraction as likely as the best.
    #[arg(long, default_value_t = 0.0, value_name = "P", value_parser = fraction)]
    min_p: f32,
    /// Same seed, same answer [default: a new one each time].
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Tokens to generate at most.
    #[arg(short, long, default_value_t = 4096, value_name = "TOKENS")]
    limit: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EffortArg {
    /// Short.
    Low,
    /// The usual.
    Medium,
    /// Long.
    High,
}

pub(super) fn run(args: GenerateArgs) -> Result<(), Failure> {
    let text = prompt_text(&args.prompt)?;
    let loaded = load::load(&args.model)?;
    let prompt = match args.raw {
        true => loaded.tokenizer.encode_with_specials(&text),
        false => chat_prompt(&args, &text, &loaded.tokenizer),
    };
    let job = Job {
        prompt,
        max_tokens: args.sampling.limit,
        stop_tokens: token::STOPS.to_vec(),
        sampling: sampling(&args, loaded.temperature)?,
        salt: 0,
    };
    let began = Instant::now();
    let mut stream = loaded.engine.submit(job).map_err(refused)?;
    let mut printer = Printer::new(&args, loaded.tokenizer.clone());
    let mut first = None;
    while let Some(event) = stream.next_blocking() {
        match event {
            TokenEvent::Token(sampled) => {
                first.get_or_insert_with(|| began.elapsed());
                printer.token(&sampled)?;
            }
            TokenEvent::Finish(finish) => {
                printer.end()?;
                let decoding = began.elapsed() - first.unwrap_or_default();
                return conclude(
                    &finish,
                    first.unwrap_or_default().as_secs_f64(),
                    decoding.as_secs_f64(),
                );
            }
        }
    }
    Err(Failure::failed("the engine stopped before the answer was complete; its log says why"))
}

fn prompt_text(prompt: &str) -> Result<String, Failure> {
    if prompt != "-" {
        return Ok(prompt.to_owned());
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text)?;
    Ok(text.trim_end_matches('\n').to_owned())
}

fn chat_prompt(args: &GenerateArgs, text: &str, tokenizer: &Tokenizer) -> Vec<u32> {
    let date = args.date.unwrap_or_else(|| jiff::Zoned::now().date());
    let effort = match args.effort {
        EffortArg::Low => Effort::Low,
        EffortArg::Medium => Effort::Medium,
        EffortArg::High => Effort::High,
    };
    let system = SystemContent {
        current_date: Some(date.to_string()),
        effort: Some(effort),
        ..SystemContent::default()
    };
    let instructions = args.instructions.clone().map(|instructions| {
        let content = DeveloperContent { instructions: Some(instructions), ..Default::default() };
        Message::developer(content)
    });
    let mut messages = vec![Message::system(system)];
    messages.extend(instructions);
    messages.push(Message::text(Role::User, text));
    render_prompt(tokenizer, &messages)
}

fn sampling(args: &GenerateArgs, default: Option<f32>) -> Result<SamplingParams, Failure> {
    let seed = match args.sampling.seed {
        Some(seed) => seed,
        None => getrandom::u64().map_err(|error| {
            Failure::failed(format!("the system gives no random seed: {error}"))
        })?,
    };
    Ok(SamplingParams {
        temperature: args.sampling.temperature.or(default).unwrap_or(1.0),
        top_p: args.sampling.top_p,
        top_k: args.sampling.top_k,
        min_p: args.sampling.min_p,
        seed,
        logprobs: args.logprobs,
        ..SamplingParams::default()
    })
}

fn refused(error: SubmitError) -> Failure {
    let advice = match error {
        SubmitError::TooLong { .. } => "; shorten it, or give more --kv-memory",
        _ => "",
    };
    Failure::failed(format!("{error}{advice}"))
}

/// Says on stderr how it went. `first` and `decoding` are seconds to the first token and from it to the last.
fn conclude(finish: &Finish, first: f64, decoding: f64) -> Result<(), Failure> {
    let ended = match &finish.reason {
        FinishReason::Stop(_) => "complete",
        FinishReason::Length => "cut at the limit",
        FinishReason::Failed(message) => {
            return Err(Failure::failed(format!("the generation failed: {message}")));
        }
    };
    let later = finish.completion_tokens.saturating_sub(1) as f64;
    let speed = if decoding > 0.0 { later / decoding } else { 0.0 };
    eprintln!(
        "[{ended}: {} tokens after a prompt of {}; first token after {first:.2} s, then {speed:.1} tokens/s]",
        finish.completion_tokens, finish.prompt_tokens,
    );
    Ok(())
}

fn non_negative(text: &str) -> Result<f32, String> {
    let number: Option<f32> = text.parse().ok();
    number.filter(|n| n.is_finite() && *n >= 0.0).ok_or_else(|| "write a number from 0".into())
}

fn fraction(text: &str) -> Result<f32, String> {
    let number: Option<f32> = text.parse().ok();
    number.filter(|n| (0.0..=1.0).contains(n)).ok_or_else(|| "write a number from 0 to 1".into())
}
