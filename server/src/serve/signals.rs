//! From the system's signals to [`Stop`].

use std::io;

use tokio::sync::watch;

use super::Stop;

/// SIGTERM or SIGINT drains, a second one ends at once. Must be called within a runtime.
///
/// # Errors
/// The system does not let this process listen to signals.
pub fn watch_signals() -> io::Result<watch::Receiver<Stop>> {
    let mut signals = Signals::new()?;
    let (order, stop) = watch::channel(Stop::Run);
    tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping: running answers may finish; a second signal ends at once");
        order.send_replace(Stop::Drain);
        signals.next().await;
        order.send_replace(Stop::Now);
        // Keeps the channel open: a closed one would say nothing.
        order.closed().await;
    });
    Ok(stop)
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
