//! Logs, on stderr: for people or as JSON lines. Prompts and answers are never logged; the request's id comes with its span.

use clap::ValueEnum;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// Starts logging to stderr. `filter` is a level, or directives such as `warn,gpt_oss_server=debug`.
///
/// # Errors
/// `filter` is not understood, or logging was started before.
pub fn init(format: LogFormat, filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        format!("`--log {filter}` is not understood ({error}); try `info` or `debug`")
    })?;
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Human => Box::new(
            fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(is_terminal()),
        ),
        LogFormat::Json => {
            Box::new(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr))
        }
    };
    tracing_subscriber::registry()
        .with(layer.with_filter(filter))
        .try_init()
        .map_err(|error| format!("logging cannot start: {error}"))
}

fn is_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal()
}
