//! `gpt-oss bench`: how fast this machine runs a model, and how fast the server is without one.
//!
//! Every figure is the median of several runs after one that does not count. A run that is measured uses prompts of its own, so that
//! the prefix cache does not flatter it.

mod machine;
mod model;
mod server;
mod table;

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{failure::Failure, load::ModelArgs};
use crate::progress;

/// Options of `bench`.
#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Runs of which the median is taken.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    runs: u8,
    /// What to measure.
    #[arg(long, value_enum, default_value = "all")]
    only: Part,
    /// Answers at the same time, for decoding.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64], value_name = "N")]
    streams: Vec<usize>,
    /// Tokens that each of these answers has.
    #[arg(long, default_value_t = 64, value_name = "TOKENS", value_parser = clap::value_parser!(u16).range(2..))]
    decode: u16,
    /// Lengths of prompts, for the time to the first token.
    #[arg(long, value_delimiter = ',', default_values_t = [128, 512, 2048], value_name = "TOKENS")]
    prompts: Vec<usize>,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Everything.
    All,
    /// The model on this machine.
    Model,
    /// The server with an engine that says recorded tokens.
    Server,
}

/// All that was measured.
#[derive(Debug, Serialize)]
struct Bench {
    /// Of this program.
    version: &'static str,
    /// When, in UTC.
    date: String,
    /// Runs of which each figure is the median.
    runs: u8,
    machine: machine::Machine,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<model::ModelBench>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<server::ServerBench>,
}

pub(super) fn run(args: &BenchArgs) -> Result<(), Failure> {
    let bar = progress::steps("measuring", 3);
    let model = match args.only {
        Part::Server => None,
        _ => Some(model::measure(args)?),
    };
    bar.inc(1);
    // After the model, whose peak of memory must not contain the buffer that is read here.
    let machine = machine::Machine::measure(args.model.threads)?;
    bar.inc(1);
    let server = match args.only {
        Part::Model => None,
        _ => Some(server::measure(args.runs)?),
    };
    bar.finish_and_clear();
    let bench = Bench {
        version: env!("CARGO_PKG_VERSION"),
        date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        runs: args.runs,
        machine,
        model,
        server,
    };
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &bench).map_err(io::Error::from)?;
        Ok(writeln!(out)?)
    } else {
        Ok(table::print(&mut out, &bench)?)
    }
}

/// The median of `runs` measurements after one that warms up.
fn median<E>(runs: u8, mut measure: impl FnMut() -> Result<f64, E>) -> Result<f64, E> {
    measure()?;
    let mut values = (0..runs).map(|_| measure()).collect::<Result<Vec<_>, E>>()?;
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    Ok(match values.len() % 2 {
        0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_leaves_the_warm_up_out() {
        let measured = |values: &[f64], runs| {
            let mut values = values.iter().copied();
            median(runs, || values.next().ok_or(())).expect("enough values")
        };
        assert_eq!(measured(&[1000.0, 5.0, 1.0, 3.0], 3), 3.0);
        assert_eq!(measured(&[1000.0, 1.0, 2.0], 2), 1.5);
    }
}
