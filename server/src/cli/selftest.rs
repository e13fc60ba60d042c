//! `gpt-oss selftest`: is this program right on this machine?
//!
//! Kernels may be compiled for instructions that the developers' machines do not have, so the checks are part of the program.

mod checks;

use std::io::{self, Write};

use clap::Args;

use super::{failure::Failure, load::ModelArgs};

/// Options of `selftest`.
#[derive(Debug, Args)]
pub(super) struct SelftestArgs {
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelArgs,
}

/// The outcome of one check: what was seen, or what is wrong.
type Outcome = Result<String, String>;

pub(super) fn run(args: &SelftestArgs) -> Result<(), Failure> {
    let mut report = Report { json: args.json, lines: Vec::new(), failed: 0 };
    report.add("tokenizer: text survives", checks::tokenizer_round_trips())?;
    report.add("tokenizer: text is never a special token", checks::text_is_never_special())?;
    report.add("harmony: a turn is rendered and parsed", checks::harmony_turn())?;
    for (name, outcome) in checks::kernels() {
        report.add(&name, outcome)?;
    }
    report.add("server: an answer over the API", checks::api_answer())?;
    report.add(
        &format!("model {}: the same answer again and in a crowd", args.model.model),
        checks::model_answer(&args.model),
    )?;
    report.finish()
}

/// Lines as they come, or all at the end as JSON.
struct Report {
    json: bool,
    lines: Vec<serde_json::Value>,
    failed: usize,
}

impl Report {
    fn add(&mut self, name: &str, outcome: Outcome) -> io::Result<()> {
        let (verdict, detail) = match &outcome {
            Ok(detail) => ("PASS", detail),
            Err(detail) => ("FAIL", detail),
        };
        self.failed += usize::from(outcome.is_err());
        if self.json {
            let line =
                serde_json::json!({ "check": name, "passed": outcome.is_ok(), "detail": detail });
            self.lines.push(line);
            return Ok(());
        }
        writeln!(io::stdout(), "{verdict}  {name}: {detail}")
    }

    fn finish(self) -> Result<(), Failure> {
        if self.json {
            writeln!(io::stdout(), "{:#}", serde_json::Value::from(self.lines))?;
        }
        match self.failed {
            0 => Ok(()),
            1 => Err(Failure::failed("a check failed: this program is not right on this machine")),
            n => Err(Failure::failed(format!(
                "{n} checks failed: this program is not right on this machine"
            ))),
        }
    }
}
