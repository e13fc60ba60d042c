//! The command line: one file a command.

mod bench;
mod failure;
mod generate;
mod harmony;
mod load;
mod logits;
mod messages;
mod model;
mod selftest;
mod serve;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    config,
    telemetry::{self, LogFormat},
};
use failure::Failure;

/// Serves OpenAI's gpt-oss models through the OpenAI Responses API.
///
/// Without a command it serves the small built-in demo model on http://127.0.0.1:8000.
#[derive(Debug, Parser)]
#[command(name = "gpt-oss", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
}

const AFTER_HELP: &str = "\
Examples:
  gpt-oss                                   serve the demo model
  gpt-oss serve --model ./gpt-oss-20b       serve a checkpoint folder
  gpt-oss generate -p 'What are you?'       one answer in the terminal

Every option can also be set in a settings file (gpt-oss.toml: its name
without dashes) and most by an environment variable (shown as [env: …]).
The command line wins over the environment, the environment over the file.";

/// Options of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Common options")]
struct Common {
    /// Settings file in TOML [default: ./gpt-oss.toml if there is one].
    #[arg(long, global = true, env = "GPT_OSS_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Which log lines to write to stderr: error, warn, info, debug, trace, or directives like `warn,gpt_oss_server=debug`
    /// [default: info for serve, else warn].
    #[arg(long, global = true, env = "GPT_OSS_LOG", value_name = "LEVEL")]
    log: Option<String>,
    /// How log lines look.
    #[arg(long, global = true, env = "GPT_OSS_LOG_FORMAT", value_enum, default_value = "human")]
    log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a model on http://HOST:PORT/v1.
    Serve(Box<serve::ServeArgs>),
    /// Print one answer in the terminal.
    Generate(Box<generate::GenerateArgs>),
    /// Look into checkpoints, write them, test what a model can do.
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Harmony, the conversation format of gpt-oss: messages to token ids, and ids to events.
    #[command(subcommand)]
    Harmony(harmony::HarmonyCommand),
    /// Write the logits of given tokens, for comparison with other implementations.
    Logits(logits::LogitsArgs),
    /// Measure this machine, a model on it, and the server.
    Bench(Box<bench::BenchArgs>),
    /// Check that this program computes rightly on this machine.
    Selftest(Box<selftest::SelftestArgs>),
}

/// Runs the command that `args` (program name first) ask for. Exit code 0 is success, 1 a failure, 2 a mistake in the command
/// line, the environment or the settings file.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let cli = match parse(&mut args) {
        Ok(cli) => cli,
        Err(failure) => return failure.report(),
    };
    let usual = match cli.command {
        Some(Command::Serve(_)) => "info",
        _ => "warn",
    };
    let log = cli.common.log.as_deref().unwrap_or(usual);
    let result = telemetry::init(cli.common.log_format, log)
        .map_err(Failure::usage)
        .and_then(|()| cli.command.map_or(Ok(()), dispatch));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => serve::run(*args),
        Command::Model(command) => model::run(command),
        Command::Harmony(command) => harmony::run(command),
        Command::Generate(args) => generate::run(*args),
        Command::Logits(args) => logits::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Selftest(args) => selftest::run(&args),
    }
}

/// Reads command line, environment and settings file. Without a command, `serve` is meant.
fn parse(args: &mut Vec<OsString>) -> Result<Cli, Failure> {
    let command = config::with_settings_file(Cli::command(), args)
        .map_err(|error| Failure::usage(error.to_string()))?;
    let read = |args: &[OsString]| {
        let matches = command.clone().try_get_matches_from(args)?;
        Cli::from_arg_matches(&matches)
    };
    let cli = read(args)?;
    if cli.command.is_some() {
        return Ok(cli);
    }
    args.insert(args.len().min(1), "serve".into());
    Ok(read(args)?)
}

#[cfg(test)]
mod tests;
