//! The engine's end of a job: its reader, and what to do when the reader is slow or gone.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Instant,
};

use super::door::Place;
use crate::stream::{Finish, FinishReason, Sampled, TokenEvent, TokenSender};

/// Whoever waits for a job. Dropping it unfinished tells the reader that the engine has stopped, so every stream ends in exactly one
/// finish, whatever happens to the engine.
pub(super) struct Client {
    sender: TokenSender,
    place: Place,
    pace: Pace,
    /// What a finish that the scheduler did not make would say.
    prompt_tokens: usize,
    completion_tokens: usize,
    finished: bool,
}

/// Whether the reader keeps up.
enum Pace {
    Fast,
    Slow {
        since: Instant,
        /// Ready when half of the channel is free, at least a token and the finish, or when the reader is gone.
        room: Pin<Box<dyn Future<Output = ()> + Send>>,
    },
}

impl Client {
    pub(super) fn new(sender: TokenSender, place: Place, prompt_tokens: usize) -> Self {
        Self {
            sender,
            place,
            pace: Pace::Fast,
            prompt_tokens,
            completion_tokens: 0,
            finished: false,
        }
    }

    /// The reader dropped its stream.
    pub(super) fn is_gone(&self) -> bool {
        self.sender.is_closed()
    }

    /// The job takes part in steps.
    pub(super) fn started(&mut self) {
        self.place.leave_queue();
    }

    /// Sends a token. The scheduler runs only sequences whose channel has room for a token and the finish.
    pub(super) fn token(&mut self, sampled: Sampled) {
        self.completion_tokens += 1;
        // The reader may have left; the next sweep sees it.
        let _sent = self.sender.try_send(TokenEvent::Token(sampled));
    }

    /// Ends the stream.
    pub(super) fn finish(mut self, finish: Finish) {
        self.send_finish(finish);
    }

    /// Ends the stream of a job that failed.
    pub(super) fn fail(mut self, why: &str) {
        self.send_failure(why);
    }

    /// Whether another token would take the place of the finish. From then on, [`Self::poll_room`] tells when it is over.
    pub(super) fn fell_behind(&mut self) -> bool {
        if self.sender.capacity() > 1 {
            return false;
        }
        let sender = self.sender.clone();
        let half = (sender.max_capacity() / 2).max(2);
        let room = Box::pin(async move {
            // Either way there is something to do: go on, or see that the reader has left.
            let _room = sender.reserve_many(half).await.map(drop);
        });
        self.pace = Pace::Slow { since: Instant::now(), room };
        true
    }

    /// Whether a slow reader has made room. Otherwise `waker` is woken when it does.
    pub(super) fn poll_room(&mut self, waker: &Waker) -> bool {
        let Pace::Slow { room, .. } = &mut self.pace else { return true };
        match room.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(()) => {
                self.pace = Pace::Fast;
                true
            }
            Poll::Pending => false,
        }
    }

    /// Since when the reader has been behind.
    pub(super) fn slow_since(&self) -> Option<Instant> {
        match self.pace {
            Pace::Fast => None,
            Pace::Slow { since, .. } => Some(since),
        }
    }

    fn send_failure(&mut self, why: &str) {
        self.send_finish(Finish {
            reason: FinishReason::Failed(why.to_owned()),
            prompt_tokens: self.prompt_tokens,
            cached_tokens: 0,
            completion_tokens: self.completion_tokens,
        });
    }

    fn send_finish(&mut self, finish: Finish) {
        // A pending reservation may hold the place that is kept for this.
        self.pace = Pace::Fast;
        self.finished = true;
        let _sent = self.sender.try_send(TokenEvent::Finish(finish));
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if !self.finished {
            self.send_failure("the engine has stopped");
        }
    }
}
