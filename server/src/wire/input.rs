//! Input items: everything a client may send back as history, by `type`.

use super::node::{Node, clip};
use super::tool::{MAX_TOOLS, Tool};
use crate::error::ApiError;

/// Parts of one message at most.
const MAX_PARTS: usize = 1_000;

/// One input item, reduced to what the conversation needs of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `message`, or an object with a role and no type.
    Message(Message),
    /// `reasoning`; `None` when neither content nor anything readable came with it.
    Reasoning(Option<String>),
    /// A call that the client (or a client's tool) answers.
    Call(Call),
    /// The answer to a [`Call`].
    CallOutput(CallOutput),
    /// `item_reference`: an item that this server has stored.
    Reference {
        /// Of the stored item.
        id: String,
        /// For the rejection when it is unknown.
        path: String,
    },
    /// `additional_tools`: offered as if they stood in `tools`.
    AdditionalTools(Vec<Tool>),
    /// Accepted in a transcript, but nothing that the model should see: receipts of hosted tools and the like.
    Dropped(&'static str),
}

/// Who speaks in a `message` item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The person.
    User,
    /// The model, earlier.
    Assistant,
    /// Rendered like [`Role::Developer`].
    System,
    /// The application.
    Developer,
}

/// A `message` item.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub parts: Vec<Part>,
    /// Said before a tool call (`phase: "commentary"`), not as the answer.
    pub preamble: bool,
}

/// A content part.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Any kind of text.
    Text(String),
    /// Something that a text-only model cannot read.
    Unreadable {
        /// `image` or `file`.
        what: &'static str,
        /// Of the part's type, for the rejection.
        path: String,
    },
}

/// How a call was offered to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallForm {
    /// The arguments are what the model wrote.
    Function,
    /// The model wrote `{"input": …}`, the item holds the inner text.
    Custom,
}

/// `function_call`, `custom_tool_call`, and the calls of client-executed tools (`shell_call`, …).
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Pairs it with its output.
    pub call_id: String,
    /// Of the tool, without its namespace.
    pub name: String,
    /// Of a tool inside a `namespace` tool.
    pub namespace: Option<String>,
    /// As written in the item.
    pub arguments: String,
    /// How to write the arguments for the model.
    pub form: CallForm,
}

/// `function_call_output` and its relatives.
#[derive(Clone, Debug, PartialEq)]
pub struct CallOutput {
    /// Of the call that this answers.
    pub call_id: String,
    /// What came out.
    pub parts: Vec<Part>,
    /// Of the item, for the rejection when no call matches.
    pub path: String,
}

/// Types that are accepted and not shown to the model: receipts of hosted tools, approvals, hints.
const DROPPED: [&str; 17] = [
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "computer_call",
    "computer_call_output",
    "mcp_list_tools",
    "mcp_call",
    "mcp_approval_request",
    "mcp_approval_response",
    "tool_search_call",
    "tool_search_output",
    "program",
    "program_output",
    "configuration_update",
    "compaction",
    "context_compaction",
];

/// Types that the model sees, for the message of a rejection.
const READ: &str = "message, reasoning, function_call, function_call_output, custom_tool_call, custom_tool_call_output, \
    local_shell_call, local_shell_call_output, shell_call, shell_call_output, apply_patch_call, apply_patch_call_output, \
    item_reference, additional_tools";

impl Item {
    /// Reads one item.
    ///
    /// # Errors
    /// 400 at the item's part that is wrong.
    pub fn parse(node: &Node<'_>) -> Result<Self, ApiError> {
        node.object()?;
        let Some(kind) = node.get("type") else { return Self::parse_untyped(node) };
        match kind.str()? {
            "message" => Message::parse(node).map(Item::Message),
            "reasoning" => parse_reasoning(node),
            "function_call" => Call::parse(node, CallForm::Function, "arguments").map(Item::Call),
            "custom_tool_call" => Call::parse(node, CallForm::Custom, "input").map(Item::Call),
            "local_shell_call" => Call::parse_shell(node, "local_shell", "action").map(Item::Call),
            "shell_call" => Call::parse_shell(node, "shell", "action").map(Item::Call),
            "apply_patch_call" => {
                Call::parse_shell(node, "apply_patch", "operation").map(Item::Call)
            }
            "function_call_output"
            | "custom_tool_call_output"
            | "local_shell_call_output"
            | "shell_call_output"
            | "apply_patch_call_output" => CallOutput::parse(node).map(Item::CallOutput),
            "item_reference" => parse_reference(node),
            "additional_tools" => {
                let tools = node.require("tools")?.elements(MAX_TOOLS)?;
                let tools = tools.map(|tool| Tool::parse(&tool)).collect::<Result<_, _>>()?;
                Ok(Item::AdditionalTools(tools))
            }
            "compaction_trigger" => {
                Err(kind.unsupported("compaction is not offered by this server"))
            }
            other => match DROPPED.iter().find(|dropped| **dropped == other) {
                Some(dropped) => Ok(Item::Dropped(dropped)),
                None => Err(kind.invalid(format!(
                    "'{}'; accepted types are {READ}, and of hosted tools {}",
                    clip(other),
                    DROPPED.join(", ")
                ))),
            },
        }
    }

    fn parse_untyped(node: &Node<'_>) -> Result<Self, ApiError> {
        if node.get("role").is_some() {
            return Message::parse(node).map(Item::Message);
        }
        match node.get("id") {
            Some(_) => parse_reference(node),
            None => Err(node.missing("type")),
        }
    }
}

impl Message {
    fn parse(node: &Node<'_>) -> Result<Self, ApiError> {
        let role =
            match node.require("role")?.one_of(&["user", "assistant", "system", "developer"])? {
                "user" => Role::User,
                "assistant" => Role::Assistant,
                "system" => Role::System,
                _ => Role::Developer,
            };
        let parts = match node.get("content") {
            None if role == Role::Assistant => Vec::new(),
            _ => parse_parts(&node.require("content")?)?,
        };
        // An unknown phase is a later API's word for something that was said to the user.
        let preamble = node.opt_str("phase")?.as_deref() == Some("commentary");
        Ok(Self { role, parts, preamble })
    }
}

impl Call {
    fn parse(node: &Node<'_>, form: CallForm, arguments: &str) -> Result<Self, ApiError> {
        Ok(Self {
            call_id: node.require("call_id")?.str()?.to_owned(),
            name: node.require("name")?.str()?.to_owned(),
            namespace: node.opt_str("namespace")?,
            arguments: node.require(arguments)?.str()?.to_owned(),
            form,
        })
    }

    fn parse_shell(node: &Node<'_>, name: &str, action: &str) -> Result<Self, ApiError> {
        Ok(Self {
            call_id: call_id(node)?,
            name: name.to_owned(),
            namespace: None,
            arguments: node.require(action)?.value.to_string(),
            form: CallForm::Function,
        })
    }
}

impl CallOutput {
    fn parse(node: &Node<'_>) -> Result<Self, ApiError> {
        let parts = match node.get("output") {
            Some(output) if output.value.is_string() => parse_parts(&output)?,
            // Outputs of shells are arrays of objects without a part's type: the model reads their JSON.
            Some(output) => match output.value.get(0).map(|first| first.get("type")) {
                Some(None) => vec![Part::Text(output.value.to_string())],
                _ => parse_parts(&output)?,
            },
            None => Vec::new(),
        };
        Ok(Self { call_id: call_id(node)?, parts, path: node.path.clone() })
    }
}

/// `local_shell_call_output` says `id` where the others say `call_id`.
fn call_id(node: &Node<'_>) -> Result<String, ApiError> {
    match (node.get("call_id"), node.get("id")) {
        (Some(id), _) | (None, Some(id)) => id.str().map(str::to_owned),
        (None, None) => Err(node.missing("call_id")),
    }
}

fn parse_reference(node: &Node<'_>) -> Result<Item, ApiError> {
    let id = node.require("id")?;
    Ok(Item::Reference { id: id.str()?.to_owned(), path: id.path })
}

fn parse_reasoning(node: &Node<'_>) -> Result<Item, ApiError> {
    let Some(content) = node.get("content") else { return Ok(Item::Reasoning(None)) };
    let text = parse_parts(&content)?.into_iter().filter_map(|part| match part {
        Part::Text(text) => Some(text),
        Part::Unreadable { .. } => None,
    });
    let text = text.collect::<Vec<_>>().join("\n");
    Ok(Item::Reasoning(Some(text).filter(|text| !text.is_empty())))
}

/// Content as a string or as an array of parts.
fn parse_parts(content: &Node<'_>) -> Result<Vec<Part>, ApiError> {
    if let Some(text) = content.value.as_str() {
        return Ok(vec![Part::Text(text.to_owned())]);
    }
    if !content.value.is_array() {
        return Err(content.wrong_type("a string or an array of content parts"));
    }
    content.elements(MAX_PARTS)?.map(|part| parse_part(&part)).collect()
}

fn parse_part(part: &Node<'_>) -> Result<Part, ApiError> {
    part.object()?;
    let kind = part.require("type")?;
    let text = |key: &str| part.require(key)?.str().map(|text| Part::Text(text.to_owned()));
    match kind.str()? {
        "input_text" | "output_text" | "text" | "summary_text" | "reasoning_text" => text("text"),
        "refusal" => text("refusal"),
        "input_image" | "image_url" | "computer_screenshot" => {
            Ok(Part::Unreadable { what: "image", path: kind.path })
        }
        "input_file" => Ok(Part::Unreadable { what: "file", path: kind.path }),
        other => Err(kind.invalid(format!(
            "'{}'; accepted types are input_text, output_text, text, refusal, reasoning_text, summary_text, input_image, input_file",
            clip(other)
        ))),
    }
}
