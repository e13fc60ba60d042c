//! `gpt-oss model inspect|export|eval`: checkpoints.

mod eval;
mod inspect;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand, ValueEnum};
use gpt_oss_engine::weights::{ExportLayout, Report, export};

use super::{failure::Failure, load};
use crate::{config::ByteSize, progress::Bar};

#[derive(Debug, Subcommand)]
pub(super) enum ModelCommand {
    /// Show what a model weighs: parameters, bytes by part, KV memory per token.
    Inspect(InspectArgs),
    /// Write a model as an ordinary checkpoint folder, which transformers and this program load.
    ///
    /// For example `gpt-oss model export demo ./demo-checkpoint`.
    Export(ExportArgs),
    /// Ask prompts with known answers and print how many a model gets right, by skill.
    Eval(Box<eval::EvalArgs>),
}

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// As for --model of `serve`: demo, a checkpoint folder, random:20b, …
    #[arg(default_value = "demo")]
    model: String,
    /// List every tensor.
    #[arg(long)]
    tensors: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// As for --model of `serve`: demo, a checkpoint folder, random:20b, …
    model: String,
    /// Folder to create; must be empty if it is there.
    folder: PathBuf,
    /// Names of tensors and configuration.
    #[arg(long, value_enum, default_value = "hugging-face")]
    layout: Layout,
}

/// As [`ExportLayout`], for the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Layout {
    /// As transformers reads it.
    HuggingFace,
    /// As the `original/` folder of the published checkpoints.
    Original,
}

pub(super) fn run(command: ModelCommand) -> Result<(), Failure> {
    match command {
        ModelCommand::Inspect(args) => run_inspect(&args),
        ModelCommand::Export(args) => run_export(&args),
        ModelCommand::Eval(args) => eval::run(&args),
    }
}

fn run_inspect(args: &InspectArgs) -> Result<(), Failure> {
    let source = load::open(&args.model, &Bar::stderr())?;
    let report = Report::new(&*source).map_err(|error| Failure::failed(error.to_string()))?;
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        inspect::print(&mut out, &args.model, source.config(), &report)?;
        if args.tensors {
            inspect::print_tensors(&mut out, &report)?;
        }
    }
    Ok(())
}

fn run_export(args: &ExportArgs) -> Result<(), Failure> {
    let bar = Bar::stderr();
    let source = load::open(&args.model, &bar)?;
    let layout = match args.layout {
        Layout::HuggingFace => ExportLayout::HuggingFace,
        Layout::Original => ExportLayout::Original,
    };
    let exported = export(&*source, &args.folder, layout, &bar)
        .map_err(|error| Failure::failed(error.to_string()))?;
    let size = ByteSize(exported.weight_bytes);
    let mut out = io::stdout().lock();
    Ok(writeln!(
        out,
        "{} files in {}, {size} of weights",
        exported.files.len(),
        args.folder.display()
    )?)
}
