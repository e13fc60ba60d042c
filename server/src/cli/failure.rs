//! How a command fails: one clear sentence, and the right exit code.

use std::{error::Error, io, process::ExitCode};

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line as clap explains it; `--help` and `--version` come this way too.
    Clap(clap::Error),
    /// A mistake in what the person asked for. Exit code 2.
    Usage(String),
    /// It went wrong. Exit code 1.
    Failed(String),
    /// The reader of our output has left (`| head`). Not worth a word.
    ClosedPipe,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// Says on stderr what went wrong.
    pub(crate) fn report(self) -> ExitCode {
        let (message, code) = match self {
            Self::Clap(error) => {
                // A closed stderr leaves nobody to tell.
                let _ = error.print();
                return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
            }
            Self::ClosedPipe => return ExitCode::SUCCESS,
            Self::Usage(message) => (message, 2),
            Self::Failed(message) => (message, 1),
        };
        eprintln!("error: {message}");
        ExitCode::from(code)
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Failed(chain(&error)),
        }
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
