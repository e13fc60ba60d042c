//! `gpt-oss harmony render|parse`: messages to tokens, tokens to events.

use std::{
    io::{self, Read, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use gpt_oss_harmony::{Parser, Tokenizer, render, render_prompt, token};

use super::{failure::Failure, messages};

#[derive(Debug, Subcommand)]
pub(super) enum HarmonyCommand {
    /// Turn messages (a JSON array on stdin) into the ids that a model reads.
    ///
    /// A message is {"role": "user", "content": "Hello"}, with "name", "channel", "recipient", "content_type" where Harmony has
    /// them. The content of role "system" and "developer" may be an object: {"identity", "knowledge_cutoff", "current_date",
    /// "effort", "tools", "channels"} and {"instructions", "tools", "response_formats"}. The form that `harmony parse` prints is
    /// accepted too.
    Render(RenderArgs),
    /// Turn ids that a model generated (a JSON array on stdin) into events, one JSON object a line.
    ///
    /// The ids begin after `<|start|>assistant`, as a model generates them. Any ids of the vocabulary are accepted: what breaks
    /// the format is mended, and a `repair` event says how.
    Parse(ParseArgs),
}

#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    /// Print the text with special tokens written out, not ids.
    #[arg(long)]
    text: bool,
    /// Render the conversation as it is: keep old reasoning and do not ask for an answer at the end.
    #[arg(long)]
    whole: bool,
    #[command(flatten)]
    tokenizer: TokenizerArgs,
}

#[derive(Debug, Args)]
pub(super) struct ParseArgs {
    /// stdin is Harmony text with special tokens written out, not ids.
    #[arg(long)]
    text: bool,
    #[command(flatten)]
    tokenizer: TokenizerArgs,
}

#[derive(Debug, Args)]
struct TokenizerArgs {
    /// A checkpoint's tokenizer.json [default: o200k_harmony].
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,
}

pub(super) fn run(command: HarmonyCommand) -> Result<(), Failure> {
    match command {
        HarmonyCommand::Render(args) => run_render(&args),
        HarmonyCommand::Parse(args) => run_parse(&args),
    }
}

fn run_render(args: &RenderArgs) -> Result<(), Failure> {
    let tokenizer = args.tokenizer.open()?;
    let messages = messages::read(&stdin()?).map_err(|error| {
        let example = r#"echo '[{"role":"user","content":"Hi"}]' | gpt-oss harmony render"#;
        Failure::failed(format!("stdin is not a JSON array of messages ({error}); try: {example}"))
    })?;
    let ids = match args.whole {
        true => render(&tokenizer, &messages),
        false => render_prompt(&tokenizer, &messages),
    };
    let mut out = io::stdout().lock();
    if args.text {
        out.write_all(&tokenizer.decode(&ids))?;
        writeln!(out)?;
    } else {
        writeln!(out, "{}", serde_json::json!(ids))?;
    }
    Ok(())
}

fn run_parse(args: &ParseArgs) -> Result<(), Failure> {
    let tokenizer = args.tokenizer.open()?;
    let input = stdin()?;
    let ids = if args.text {
        tokenizer.encode_with_specials(input.trim_end_matches('\n'))
    } else {
        read_ids(&input)?
    };
    let mut parser = Parser::new(tokenizer);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for id in ids {
        for event in parser.push(id) {
            print_line(&mut out, &event)?;
        }
    }
    for event in parser.finish() {
        print_line(&mut out, &event)?;
    }
    Ok(out.flush()?)
}

fn print_line(out: &mut impl Write, event: &impl serde::Serialize) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, event).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

/// The ids in a JSON array, all within the vocabulary.
fn read_ids(text: &str) -> Result<Vec<u32>, Failure> {
    let ids: Vec<u32> = serde_json::from_str(text).map_err(|error| {
        Failure::failed(format!(
            "stdin is not a JSON array of token ids ({error}); try: echo '[200008, 12194, 200002]' | gpt-oss harmony parse"
        ))
    })?;
    match ids.iter().find(|&&id| id >= token::VOCABULARY) {
        Some(id) => Err(Failure::failed(format!(
            "token {id} is outside the vocabulary; ids are 0 to {}",
            token::VOCABULARY - 1
        ))),
        None => Ok(ids),
    }
}

fn stdin() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .lock()
        .read_to_string(&mut text)
        .map_err(|error| Failure::failed(format!("cannot read stdin: {error}")))?;
    Ok(text)
}

impl TokenizerArgs {
    fn open(&self) -> Result<Tokenizer, Failure> {
        let Some(path) = &self.tokenizer else { return Ok(Tokenizer::o200k_harmony()) };
        let file = std::fs::read(path)
            .map_err(|error| Failure::failed(format!("cannot read {}: {error}", path.display())))?;
        Tokenizer::from_json(&file)
            .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))
    }
}
