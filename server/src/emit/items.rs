//! How each type of item is opened and closed.

use serde_json::Value;

use super::{Emitter, Open};
use crate::callable::Callable;
use crate::id;
use crate::stop::StopMatcher;
use crate::wire::event::{
    ArgumentsDone, Done, EventKind, InputDelta, InputDone, ItemEvent, PartEvent, TextDone,
};
use crate::wire::input::CallForm;
use crate::wire::response::{
    CustomToolCallItem, FunctionCallItem, ItemStatus, MessageItem, OutputItem, Part, Phase,
    ReasoningItem,
};

impl Emitter {
    pub(super) fn open_call(&mut self, callable: &Callable) {
        let (name, namespace) = (callable.name.clone(), callable.namespace.clone());
        let (call_id, status) = (id::mint("call_"), ItemStatus::InProgress);
        match callable.form {
            CallForm::Function => {
                let id = id::mint("fc_");
                self.open = Open::Call { id: id.clone() };
                let arguments = String::new();
                let item = FunctionCallItem { id, call_id, name, namespace, arguments, status };
                self.add(OutputItem::FunctionCall(item));
            }
            CallForm::Custom => {
                let id = id::mint("ctc_");
                self.open = Open::Custom { id: id.clone(), arguments: String::new() };
                let input = String::new();
                let item = CustomToolCallItem { id, call_id, name, namespace, input, status };
                self.add(OutputItem::CustomToolCall(item));
            }
        }
    }

    pub(super) fn open_message(&mut self, phase: Phase, closing: &'static str) {
        let id = id::mint("msg_");
        let stops = StopMatcher::new(self.stops.clone());
        self.open = Open::Message { id: id.clone(), stops, closing };
        self.logprobs.clear();
        let (status, content) = (ItemStatus::InProgress, Vec::new());
        let item = MessageItem { id: id.clone(), status, role: "assistant", phase, content };
        self.add(OutputItem::Message(item));
        let part = Part::output_text(String::new(), Vec::new());
        self.send(EventKind::ContentPartAdded(self.part(id, part)));
    }

    pub(super) fn open_reasoning(&mut self) {
        let id = id::mint("rs_");
        self.open = Open::Reasoning { id: id.clone() };
        let (status, content) = (ItemStatus::InProgress, Vec::new());
        let item = ReasoningItem { id: id.clone(), summary: [], content, status };
        self.add(OutputItem::Reasoning(item));
        let part = Part::ReasoningText { text: String::new() };
        self.send(EventKind::ContentPartAdded(self.part(id, part)));
    }

    /// Completes the open item.
    pub(super) fn close(&mut self, status: ItemStatus) {
        self.say_rest(status);
        let open = std::mem::replace(&mut self.open, Open::None);
        let output_index = self.index();
        let Some(mut item) = self.fold.response().output.get(output_index).cloned() else { return };
        match (open, &mut item) {
            (Open::Reasoning { id }, OutputItem::Reasoning(item)) => {
                item.status = status;
                self.close_reasoning(id, item);
            }
            (Open::Message { id, .. }, OutputItem::Message(item)) => {
                item.status = status;
                self.close_message(id, item);
            }
            (Open::Call { id: item_id }, OutputItem::FunctionCall(item)) => {
                item.status = status;
                let (name, arguments) = (item.name.clone(), item.arguments.clone());
                let done = ArgumentsDone { item_id, output_index, name, arguments };
                self.send(EventKind::FunctionCallArgumentsDone(done));
            }
            (Open::Custom { id, arguments }, OutputItem::CustomToolCall(item)) => {
                item.status = status;
                item.input = unwrap_input(arguments);
                self.close_custom(id, item.input.clone());
            }
            _ => return,
        }
        self.send(EventKind::OutputItemDone(ItemEvent { output_index, item }));
    }

    /// Sends what was held back of the open message.
    fn say_rest(&mut self, status: ItemStatus) {
        let Open::Message { stops, closing, .. } = &mut self.open else { return };
        // A stop string took the rest with it.
        if self.stopped {
            return;
        }
        let mut rest = stops.flush();
        if status == ItemStatus::Completed {
            rest.push_str(closing);
        }
        self.say(rest);
    }

    fn close_reasoning(&mut self, item_id: String, item: &ReasoningItem) {
        let Some(part) = item.content.first().cloned() else { return };
        let (output_index, text) = (self.index(), part.text().to_owned());
        let done = Done { item_id: item_id.clone(), output_index, content_index: 0, text };
        self.send(EventKind::ReasoningTextDone(done));
        self.send(EventKind::ContentPartDone(self.part(item_id, part)));
    }

    fn close_message(&mut self, id: String, item: &MessageItem) {
        let Some(part) = item.content.first().cloned() else { return };
        let (item_id, output_index) = (id.clone(), self.index());
        let (text, logprobs) = (part.text().to_owned(), part.logprobs().to_vec());
        let done = TextDone { item_id, output_index, content_index: 0, text, logprobs };
        self.send(EventKind::OutputTextDone(done));
        self.send(EventKind::ContentPartDone(self.part(id, part)));
    }

    fn close_custom(&mut self, item_id: String, input: String) {
        let output_index = self.index();
        if !input.is_empty() {
            let (item_id, delta) = (item_id.clone(), input.clone());
            let delta = InputDelta { item_id, output_index, delta };
            self.send(EventKind::CustomToolCallInputDelta(delta));
        }
        let done = InputDone { item_id, output_index, input };
        self.send(EventKind::CustomToolCallInputDone(done));
    }

    fn part(&self, item_id: String, part: Part) -> PartEvent {
        PartEvent { item_id, output_index: self.index(), content_index: 0, part }
    }
}

/// The free text in `{"input": …}`, or everything when the model did not wrap it.
fn unwrap_input(arguments: String) -> String {
    match serde_json::from_str::<Value>(&arguments) {
        Ok(Value::Object(mut object)) => match object.remove("input") {
            Some(Value::String(input)) => input,
            _ => arguments,
        },
        Ok(Value::String(input)) => input,
        _ => arguments,
    }
}
