//! Events → the response.
//!
//! There is one way to an answer: the events. A stream sends them; an answer in one piece, and what is stored, is what they add up
//! to here. The emitter itself keeps its text in a [`Fold`], so that no text is gathered twice.

use futures_util::{Stream, StreamExt, pin_mut};

use crate::wire::event::{Event, EventKind};
use crate::wire::response::{OutputItem, Part, Response, TokenLogprob};

/// The response as far as its events tell.
#[derive(Clone, Debug)]
pub struct Fold {
    response: Response,
}

impl Fold {
    /// From the response as it begins, which `response.created` carries.
    pub fn new(response: Response) -> Self {
        Self { response }
    }

    /// The response now.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// For the fields that no event but a snapshot carries.
    pub fn response_mut(&mut self) -> &mut Response {
        &mut self.response
    }

    /// Takes the next event.
    pub fn on(&mut self, event: &EventKind) {
        match event {
            EventKind::OutputItemAdded(added) => self.response.output.push(added.item.clone()),
            EventKind::OutputItemDone(done) => {
                if let Some(item) = self.response.output.get_mut(done.output_index) {
                    item.clone_from(&done.item);
                }
            }
            EventKind::ContentPartAdded(added) => {
                if let Some(content) = self.content(added.output_index) {
                    content.push(added.part.clone());
                }
            }
            EventKind::ReasoningTextDelta(delta) => {
                self.append(delta.output_index, &delta.delta, &[]);
            }
            EventKind::OutputTextDelta(delta) => {
                self.append(delta.output_index, &delta.delta, &delta.logprobs);
            }
            EventKind::FunctionCallArgumentsDelta(delta)
            | EventKind::CustomToolCallInputDelta(delta) => {
                self.append(delta.output_index, &delta.delta, &[]);
            }
            EventKind::Completed(last) | EventKind::Incomplete(last) | EventKind::Failed(last) => {
                self.response.clone_from(&last.response);
            }
            // They repeat what is known.
            EventKind::Created(_)
            | EventKind::InProgress(_)
            | EventKind::ContentPartDone(_)
            | EventKind::ReasoningTextDone(_)
            | EventKind::OutputTextDone(_)
            | EventKind::FunctionCallArgumentsDone(_)
            | EventKind::CustomToolCallInputDone(_)
            | EventKind::Error(_) => {}
        }
    }

    fn content(&mut self, output_index: usize) -> Option<&mut Vec<Part>> {
        match self.response.output.get_mut(output_index)? {
            OutputItem::Reasoning(item) => Some(&mut item.content),
            OutputItem::Message(item) => Some(&mut item.content),
            OutputItem::FunctionCall(_) | OutputItem::CustomToolCall(_) => None,
        }
    }

    fn append(&mut self, output_index: usize, delta: &str, more: &[TokenLogprob]) {
        let Some(item) = self.response.output.get_mut(output_index) else { return };
        match item {
            OutputItem::FunctionCall(call) => call.arguments.push_str(delta),
            OutputItem::CustomToolCall(call) => call.input.push_str(delta),
            OutputItem::Reasoning(_) | OutputItem::Message(_) => {
                match self.content(output_index).and_then(|content| content.last_mut()) {
                    Some(Part::ReasoningText { text }) => text.push_str(delta),
                    Some(Part::OutputText { text, logprobs, .. }) => {
                        text.push_str(delta);
                        logprobs.extend_from_slice(more);
                    }
                    None => {}
                }
            }
        }
    }
}

/// Reads a stream to its end. `None` when it ended without a terminal event, which no stream of this server does.
pub async fn fold(events: impl Stream<Item = Event>) -> Option<Response> {
    pin_mut!(events);
    let mut fold: Option<Fold> = None;
    let mut complete = false;
    while let Some(event) = events.next().await {
        complete = event.kind.is_terminal();
        match (&mut fold, event.kind) {
            (None, EventKind::Created(first)) => fold = Some(Fold::new(*first.response)),
            (Some(fold), kind) => fold.on(&kind),
            (None, _) => return None,
        }
    }
    fold.filter(|_| complete).map(|fold| fold.response)
}
