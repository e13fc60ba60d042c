//! Accepts connections and hands their requests to the router, within named limits.
//!
//! ```text
//! accept ─ Connections (cap; the idlest leaves for a newcomer) ─ hyper http1 ─ router
//! Stop::Run → Stop::Drain: no new connections, running responses finish → Stop::Now or the deadline: the rest is dropped
//! ```
//! Dropping a connection drops its response body, and with it the work behind it.

mod body;
mod connections;
mod signals;
mod stall;

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, Response, StatusCode, header},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tower::ServiceExt;

use body::{GuardedBody, TimedBody};
use connections::{Connections, Slot};
pub use signals::watch_signals;
use stall::StallGuard;

/// What a client may take of the server before it is told or cut off.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections. When all are taken, the one that has been idle longest is closed; when none is idle, the newcomer gets 503.
    pub connections: usize,
    /// Bytes of a request's head, above which the answer is 431.
    pub head_bytes: usize,
    /// Time for a request's head, and between two requests of a connection.
    pub head_timeout: Duration,
    /// Longest pause within a request's body, after which the answer is 408.
    pub body_pause: Duration,
    /// Longest time in which a client takes nothing of what was sent.
    pub write_pause: Duration,
    /// Time for running responses once the server stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head_bytes: 16 * 1024,
            head_timeout: Duration::from_secs(30),
            body_pause: Duration::from_secs(30),
            write_pause: Duration::from_secs(60),
            drain: Duration::from_secs(30),
        }
    }
}

/// What the server was asked to do, in the order in which it may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Serve.
    Run,
    /// Accept nothing new, finish what runs.
    Drain,
    /// End at once.
    Now,
}

/// How the server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every response was finished.
    Drained,
    /// So many connections were cut off, by the deadline or by [`Stop::Now`].
    Cut(usize),
}

/// Serves `app` on `listener` until `stop` leaves [`Stop::Run`] and the running responses have ended.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    mut stop: watch::Receiver<Stop>,
) -> Ended {
    let drain = limits.drain;
    let shared = Arc::new(Shared {
        app,
        connections: Connections::new(limits.connections),
        limits,
        stop: stop.clone(),
    });
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            () = reached(&mut stop, Stop::Drain) => break,
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => { tasks.spawn(admit(socket, Arc::clone(&shared))); }
                Err(error) => out_of_sockets(&shared, &error).await,
            },
        }
    }
    drop(listener);
    let finished = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        () = finished => return Ended::Drained,
        () = tokio::time::sleep(drain) => {}
        () = reached(&mut stop, Stop::Now) => {}
    }
    let cut = tasks.len();
    tasks.shutdown().await;
    Ended::Cut(cut)
}

/// Completes once the server was asked for `order` or more; never when nobody is left to ask.
async fn reached(stop: &mut watch::Receiver<Stop>, order: Stop) {
    if stop.wait_for(|stop| *stop >= order).await.is_err() {
        std::future::pending().await
    }
}

/// What all connections share.
struct Shared {
    app: Router,
    connections: Arc<Connections>,
    limits: Limits,
    stop: watch::Receiver<Stop>,
}

/// `accept` fails when the process has no file descriptor left: an idle connection makes room. The pause keeps the loop from spinning.
async fn out_of_sockets(shared: &Shared, error: &std::io::Error) {
    tracing::warn!(%error, "cannot accept a connection");
    shared.connections.evict_idlest();
    tokio::time::sleep(Duration::from_millis(20)).await;
}

async fn admit(mut socket: TcpStream, shared: Arc<Shared>) {
    match shared.connections.enter() {
        Some(slot) => connection(socket, slot, &shared).await,
        None => {
            tracing::warn!("every connection is busy, a newcomer was turned away");
            let turned_away = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            // The client may be gone already; there is nobody left to tell.
            let _ = socket.write_all(turned_away.as_bytes()).await;
        }
    }
}

async fn connection(socket: TcpStream, slot: Slot, shared: &Shared) {
    // Without this, a token's event may wait for the acknowledgement of the one before.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let slot = Arc::new(slot);
    let service = service_fn(|request| answer(request, shared, Arc::clone(&slot)));
    let io = TokioIo::new(StallGuard::new(socket, shared.limits.write_pause));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .max_header_size(shared.limits.head_bytes)
        .header_read_timeout(shared.limits.head_timeout);
    let mut connection = std::pin::pin!(builder.serve_connection(io, service));
    let mut stop = shared.stop.clone();
    let mut draining = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "connection ended");
                }
                return;
            }
            () = slot.evicted() => return,
            () = reached(&mut stop, Stop::Drain), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    shared: &Shared,
    slot: Arc<Slot>,
) -> Result<Response<Body>, Infallible> {
    let busy = slot.begin();
    let (request, pause) = TimedBody::wrap(request, shared.limits.body_pause);
    let response = shared.app.clone().oneshot(request).await?;
    let response = if pause.exceeded() { request_timeout() } else { response };
    Ok(response.map(|body| Body::new(GuardedBody::new(body, busy))))
}

/// 408 in the API's error shape. The rest of the body is unknown, so the connection cannot be used again.
fn request_timeout() -> Response<Body> {
    let body = serde_json::json!({"error": {
        "message": "The request's body stopped arriving. Send it without long pauses.",
        "type": "invalid_request_error", "param": null, "code": "request_timeout",
    }});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests;
