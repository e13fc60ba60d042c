//! A progress bar on stderr for work that takes seconds; nothing when stderr is not a terminal.

use std::{
    io::IsTerminal,
    sync::{Mutex, PoisonError},
};

use gpt_oss_engine::weights::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// Draws what a load reports.
#[derive(Debug)]
pub(crate) struct Bar {
    terminal: bool,
    open: Mutex<Option<ProgressBar>>,
}

impl Bar {
    pub(crate) fn stderr() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), open: Mutex::new(None) }
    }

    fn replace(&self, bar: Option<ProgressBar>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = std::mem::replace(&mut *open, bar) {
            done.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, bytes: u64) {
        if self.terminal {
            self.replace(Some(bytes_bar(what, bytes)));
        }
    }

    fn advance(&self, bytes: u64) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = &*open {
            bar.inc(bytes);
        }
    }

    fn end(&self) {
        self.replace(None);
    }
}

fn bytes_bar(what: &str, bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes).with_message(what.to_owned());
    match ProgressStyle::with_template("{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {eta}")
    {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A bar that counts steps of a loop.
pub(crate) fn steps(what: &str, count: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count).with_message(what.to_owned());
    match ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
