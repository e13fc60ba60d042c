//! `gpt-oss model eval`: prompts with known answers, and how many a model gets right, by skill.
//!
//! All prompts are given to the engine together, which batches them; decoding is greedy, so the batch does not change an answer.

mod check;

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use gpt_oss_engine::{
    Engine, Finish, FinishReason, Job, SamplingParams, TokenEvent, weights::demo,
};
use gpt_oss_harmony::{End, Event, Message, Parser, Tokenizer, render_prompt, token};
use serde::{Deserialize, Serialize};

use crate::{
    cli::{
        failure::Failure,
        load::{self, Loaded, ModelArgs},
    },
    progress,
};
use check::Check;

/// Longest completion, in tokens.
const LIMIT: usize = 320;

/// Options of `model eval`.
#[derive(Debug, Args)]
pub(in crate::cli) struct EvalArgs {
    /// Prompts and checks, as described in engine/demo/README.md [default: those of the demo model].
    #[arg(long, value_name = "FILE.jsonl")]
    file: Option<PathBuf>,
    /// Only this skill; may be given several times.
    #[arg(long, value_name = "NAME")]
    skill: Vec<String>,
    /// Show the answers that were wrong.
    #[arg(long)]
    failures: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelArgs,
}

/// One prompt.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    skill: String,
    messages: Vec<Message>,
    check: Check,
}

/// What the model said to one prompt.
#[derive(Debug, Serialize)]
struct Verdict {
    id: String,
    skill: String,
    /// `None` when the answer is right, else what is wrong with it.
    wrong: Option<String>,
    /// The completion with special tokens written out.
    completion: String,
}

/// Right answers of a skill.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Score {
    right: usize,
    prompts: usize,
}

pub(super) fn run(args: &EvalArgs) -> Result<(), Failure> {
    let cases = read(args)?;
    let loaded = load::load(&args.model)?;
    let bar = progress::steps("evaluating", cases.len() as u64);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    // As many at once as the engine computes at once: more would only wait in its queue.
    let verdicts: Vec<Verdict> = runtime.block_on(
        stream::iter(&cases)
            .map(|case| answer(&loaded, case))
            .buffered(args.model.max_seqs)
            .inspect(|_| bar.inc(1))
            .try_collect(),
    )?;
    bar.finish_and_clear();
    let mut skills: BTreeMap<&str, Score> = BTreeMap::new();
    let mut total = Score::default();
    for verdict in &verdicts {
        for score in [skills.entry(&verdict.skill).or_default(), &mut total] {
            score.prompts += 1;
            score.right += usize::from(verdict.wrong.is_none());
        }
    }
    let failures: Vec<&Verdict> =
        verdicts.iter().filter(|verdict| args.failures && verdict.wrong.is_some()).collect();
    let mut out = io::stdout().lock();
    if args.json {
        let report = serde_json::json!({ "skills": skills, "total": total, "failures": failures });
        return Ok(writeln!(out, "{report:#}")?);
    }
    for (skill, score) in &skills {
        line(&mut out, skill, *score)?;
    }
    line(&mut out, "total", total)?;
    for verdict in failures {
        let wrong = verdict.wrong.as_deref().unwrap_or_default();
        writeln!(out, "\n{}: {wrong}\n  {}", verdict.id, verdict.completion)?;
    }
    Ok(())
}

fn line(out: &mut impl Write, name: &str, score: Score) -> io::Result<()> {
    let percent = 100.0 * score.right as f64 / score.prompts.max(1) as f64;
    writeln!(out, "{name:<20}{percent:>7.1} %  {} of {}", score.right, score.prompts)
}

fn read(args: &EvalArgs) -> Result<Vec<Case>, Failure> {
    let (name, text) = match &args.file {
        None => ("the built-in prompts".to_owned(), demo::EVAL.to_owned()),
        Some(path) => {
            let name = path.display().to_string();
            let text = fs::read_to_string(path)
                .map_err(|error| Failure::failed(format!("cannot read {name}: {error}")))?;
            (name, text)
        }
    };
    let mut cases = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let case: Case = serde_json::from_str(line)
            .map_err(|error| Failure::failed(format!("{name}, line {}: {error}", index + 1)))?;
        if args.skill.is_empty() || args.skill.contains(&case.skill) {
            cases.push(case);
        }
    }
    match cases.is_empty() {
        true => Err(Failure::failed(format!("{name} hold no prompt of these skills"))),
        false => Ok(cases),
    }
}

async fn answer(loaded: &Loaded, case: &Case) -> Result<Verdict, Failure> {
    let job = Job {
        prompt: render_prompt(&loaded.tokenizer, &case.messages),
        max_tokens: LIMIT,
        stop_tokens: token::STOPS.to_vec(),
        sampling: SamplingParams { temperature: 0.0, ..SamplingParams::default() },
        salt: 0,
    };
    let failed = |why: String| Failure::failed(format!("prompt {}: {why}", case.id));
    let mut stream = loaded.engine.submit(job).map_err(|error| failed(error.to_string()))?;
    let mut ids = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            TokenEvent::Token(sampled) => ids.push(sampled.token),
            TokenEvent::Finish(Finish { reason: FinishReason::Failed(why), .. }) => {
                return Err(failed(why));
            }
            TokenEvent::Finish(_) => {}
        }
    }
    let said = messages(loaded.tokenizer.clone(), &ids);
    let wrong = case.check.judge(&loaded.tokenizer, &said).err();
    let completion = String::from_utf8_lossy(&loaded.tokenizer.decode(&ids)).into_owned();
    Ok(Verdict { id: case.id.clone(), skill: case.skill.clone(), wrong, completion })
}

/// The messages of a completion.
fn messages(tokenizer: Tokenizer, ids: &[u32]) -> Vec<End> {
    let mut parser = Parser::new(tokenizer);
    let mut events = Vec::new();
    for id in ids {
        events.extend(parser.push(*id));
    }
    events.extend(parser.finish());
    let ends = events.into_iter().filter_map(|event| match event {
        Event::End(end) => Some(end),
        _ => None,
    });
    ends.collect()
}
