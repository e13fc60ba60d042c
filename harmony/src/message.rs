//! Typed Harmony messages: what the renderer takes and what the parser's events add up to.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Identity, date, effort, built-in tools, channels.
    System,
    /// Instructions, function tools, response formats.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The output of a tool; the author's name is the tool's (`functions.f`, `python`, `browser.search`).
    Tool,
}

/// Role and optional name. A tool's name takes the place of its role in the header.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Author {
    /// Who speaks.
    pub role: Role,
    /// `role:name` for named authors; the tool's full name for [`Role::Tool`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Where a message of the assistant is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Chain of thought; dropped from the history once a final answer stands.
    Analysis,
    /// Function calls, and preambles that the user may see.
    Commentary,
    /// The answer.
    Final,
}

/// The word before `<|message|>`, such as `json`; `constrained` when `<|constrain|>` stands before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContentType {
    /// `json`, `code`, …
    pub name: String,
    /// Written as `<|constrain|>json` instead of ` json`.
    pub constrained: bool,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub author: Author,
    /// To whom (`functions.f`, `assistant`); `None` is everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Only the assistant's messages and tools' outputs have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Of the content, when the header names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<ContentType>,
    /// What is said.
    pub content: Content,
    /// The ids that the model generated for this whole message (from `<|start|>` to its end token). Rendered as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Vec<u32>>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Ordinary text; can never become a special token.
    Text(String),
    /// The system message's sections.
    System(SystemContent),
    /// The developer message's sections.
    Developer(DeveloperContent),
}

/// How long the model should think. The system message says `Reasoning: low|medium|high`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Short.
    Low,
    /// The default.
    #[default]
    Medium,
    /// Long.
    High,
}

/// Sections of the system message, in the order in which they are rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemContent {
    /// First line. Trained: `You are ChatGPT, a large language model trained by OpenAI.`
    pub identity: String,
    /// `Knowledge cutoff: 2024-06`.
    pub knowledge_cutoff: Option<String>,
    /// `Current date: 2026-11-22`.
    pub current_date: Option<String>,
    /// `Reasoning: medium`.
    pub effort: Option<Effort>,
    /// Built-in tools (`browser`, `python`) under `# Tools`.
    #[serde(default)]
    pub tools: Vec<ToolNamespace>,
    /// The `# Valid channels` line names these; empty leaves it out.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// Adds the line that calls to `functions` go to the commentary channel.
    #[serde(default)]
    pub function_tools: bool,
}

/// Sections of the developer message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeveloperContent {
    /// Under `# Instructions`.
    pub instructions: Option<String>,
    /// Under `# Tools`, normally one namespace `functions`.
    #[serde(default)]
    pub tools: Vec<ToolNamespace>,
    /// Under `# Response Formats`.
    #[serde(default)]
    pub response_formats: Vec<ResponseFormat>,
}

/// Tools under one name, rendered as a TypeScript namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolNamespace {
    /// `functions`, `browser`, `python`.
    pub name: String,
    /// Comment above the functions.
    #[serde(default)]
    pub description: Option<String>,
    /// Empty for tools that take free text, such as `python`.
    #[serde(default)]
    pub functions: Vec<FunctionTool>,
}

/// One function of a namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionTool {
    /// Without its namespace.
    pub name: String,
    /// Comment above the type.
    #[serde(default)]
    pub description: String,
    /// JSON Schema of the arguments; `None` renders `() => any`.
    #[serde(default)]
    pub parameters: Option<Value>,
}

/// One entry under `# Response Formats`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseFormat {
    /// `## name`.
    pub name: String,
    /// `// description`.
    #[serde(default)]
    pub description: Option<String>,
    /// The JSON Schema, rendered as JSON.
    pub schema: Value,
}

impl Author {
    /// An author without a name.
    pub fn role(role: Role) -> Self {
        Self { role, name: None }
    }

    /// A tool by its full name, such as `functions.get_weather`.
    pub fn tool(name: impl Into<String>) -> Self {
        Self { role: Role::Tool, name: Some(name.into()) }
    }
}

impl Message {
    /// A message of ordinary text to everyone.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self {
            author: Author::role(role),
            recipient: None,
            channel: None,
            content_type: None,
            content: Content::Text(text.into()),
            tokens: None,
        }
    }

    /// The system message.
    pub fn system(content: SystemContent) -> Self {
        Self { content: Content::System(content), ..Self::text(Role::System, "") }
    }

    /// The developer message.
    pub fn developer(content: DeveloperContent) -> Self {
        Self { content: Content::Developer(content), ..Self::text(Role::Developer, "") }
    }

    /// The same message on `channel`.
    #[must_use]
    pub fn on(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// The same message to `recipient`.
    #[must_use]
    pub fn to(mut self, recipient: impl Into<String>) -> Self {
        self.recipient = Some(recipient.into());
        self
    }
}

impl Default for SystemContent {
    fn default() -> Self {
        Self {
            identity: "You are ChatGPT, a large language model trained by OpenAI.".into(),
            knowledge_cutoff: Some("2024-06".into()),
            current_date: None,
            effort: Some(Effort::default()),
            tools: Vec::new(),
            channels: vec![Channel::Analysis, Channel::Commentary, Channel::Final],
            function_tools: false,
        }
    }
}

impl Channel {
    /// As written in a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Commentary => "commentary",
            Self::Final => "final",
        }
    }
}

impl Effort {
    /// As written in the system message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
