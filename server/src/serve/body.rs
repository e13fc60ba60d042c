//! Request bodies that may not pause for long, and response bodies that keep their connection busy.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{body::Body, body::Bytes, http::Request};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep};

use super::connections::Busy;

/// A request body that fails once no byte came for `limit`.
pub(super) struct TimedBody {
    incoming: Incoming,
    limit: Duration,
    deadline: Pin<Box<Sleep>>,
    pause: Pause,
}

/// Says whether the body of a request paused too long.
#[derive(Clone, Default)]
pub(super) struct Pause(Arc<AtomicBool>);

impl Pause {
    pub(super) fn exceeded(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl TimedBody {
    /// The request with its body under watch. A body that is complete already is left alone.
    pub(super) fn wrap(request: Request<Incoming>, limit: Duration) -> (Request<Body>, Pause) {
        let pause = Pause::default();
        let watched = request.map(|incoming| {
            if incoming.is_end_stream() {
                return Body::empty();
            }
            let deadline = Box::pin(sleep(limit));
            Body::new(Self { incoming, limit, deadline, pause: pause.clone() })
        });
        (watched, pause)
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) {
            let next = Instant::now() + self.limit;
            self.deadline.as_mut().reset(next);
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        ready!(self.deadline.as_mut().poll(cx));
        self.pause.0.store(true, Ordering::Release);
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::TimedOut)))))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// A response body during which its connection counts as busy.
pub(super) struct GuardedBody {
    body: Body,
    _busy: Busy,
}

impl GuardedBody {
    pub(super) fn new(body: Body, busy: Busy) -> Self {
        Self { body, _busy: busy }
    }
}

impl HttpBody for GuardedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
