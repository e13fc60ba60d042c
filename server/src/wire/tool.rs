//! `tools` and `tool_choice`.

use serde_json::{Value, json};

use super::node::{Node, clip};
use crate::error::ApiError;

/// Tools of a request at most, counting those inside namespaces.
pub const MAX_TOOLS: usize = 128;
/// Letters of a tool's name at most.
const MAX_NAME: usize = 64;

/// One entry of `tools`.
#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    /// `function`
    Function(Function),
    /// `custom`: free text instead of JSON arguments.
    Custom(Function),
    /// `namespace`: tools that are called by a bare name plus the namespace.
    Namespace {
        /// Repeated in every call of its tools.
        name: String,
        /// Functions and custom tools.
        tools: Vec<Tool>,
    },
    /// Executed by the provider: none is offered here yet.
    Hosted(String),
}

/// A tool that the client executes.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Matches `^[a-zA-Z0-9_.-]{1,64}$`.
    pub name: String,
    /// For the model.
    pub description: Option<String>,
    /// JSON Schema of the arguments. `None` for no arguments.
    pub parameters: Option<Value>,
}

impl Tool {
    /// Reads one entry. A type of which this server knows nothing is [`Tool::Hosted`]: clients send new ones before servers know them.
    ///
    /// # Errors
    /// 400 at what is wrong.
    pub fn parse(node: &Node<'_>) -> Result<Self, ApiError> {
        node.object()?;
        let kind = node.require("type")?;
        match kind.str()? {
            "function" => {
                let parameters = node
                    .get("parameters")
                    .map(|schema| schema.object().map(|_| schema.value.clone()));
                let parameters = parameters.transpose()?;
                Ok(Tool::Function(Function { parameters, ..Function::parse(node)? }))
            }
            "custom" => Ok(Tool::Custom(Function::parse(node)?)),
            "namespace" => {
                let tools = node.require("tools")?.elements(MAX_TOOLS)?;
                let tools = tools.map(|tool| Tool::parse(&tool)).collect::<Result<_, _>>()?;
                Ok(Tool::Namespace { name: parse_name(node)?, tools })
            }
            other => Ok(Tool::Hosted(clip(other))),
        }
    }

    /// The entry as the response repeats it: with the keys that its type must have, otherwise unchanged.
    pub fn echo(node: &Node<'_>) -> Value {
        let mut value = node.value.clone();
        let Value::Object(object) = &mut value else { return value };
        match object.get("type").and_then(Value::as_str) {
            Some("function") => {
                for key in ["description", "parameters", "strict"] {
                    object.entry(key).or_insert(Value::Null);
                }
            }
            Some("custom") => {
                object.entry("format").or_insert_with(|| json!({"type": "text"}));
            }
            _ => {}
        }
        value
    }

    /// Whether a client can call it, or one of its tools, by `name`.
    pub fn declares(&self, name: &str) -> bool {
        match self {
            Tool::Function(function) | Tool::Custom(function) => function.name == name,
            Tool::Namespace { tools, .. } => tools.iter().any(|tool| tool.declares(name)),
            Tool::Hosted(_) => false,
        }
    }

    /// Client-executed tools in it.
    pub fn count(&self) -> usize {
        match self {
            Tool::Namespace { tools, .. } => tools.iter().map(Tool::count).sum(),
            Tool::Function(_) | Tool::Custom(_) | Tool::Hosted(_) => 1,
        }
    }
}

impl Function {
    fn parse(node: &Node<'_>) -> Result<Self, ApiError> {
        Ok(Self {
            name: parse_name(node)?,
            description: node.opt_str("description")?,
            parameters: None,
        })
    }

    /// The schema under which a custom tool's free text is offered to the model.
    pub fn custom_parameters() -> Value {
        json!({
            "type": "object",
            "properties": {"input": {"type": "string", "description": "The whole input as free text."}},
            "required": ["input"]
        })
    }
}

fn parse_name(node: &Node<'_>) -> Result<String, ApiError> {
    let name = node.require("name")?;
    let text = name.str()?;
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if (1..=MAX_NAME).contains(&text.len()) && text.chars().all(legal) {
        return Ok(text.to_owned());
    }
    let rule = "a name has 1 to 64 letters a-z, A-Z, digits, underscores, dots and dashes";
    Err(name.invalid(format!("'{}'; {rule}", clip(text))))
}

/// `tool_choice`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// No tool is offered.
    None,
    /// Some tool must be called.
    Required,
    /// This tool must be called.
    Named(String),
    /// Only these may be called.
    Allowed {
        /// By name.
        names: Vec<String>,
        /// One of them must be.
        required: bool,
    },
}

impl ToolChoice {
    /// Reads the field.
    ///
    /// # Errors
    /// 400 for words and types that do not exist, `unsupported_value` for hosted tools.
    pub fn parse(node: &Node<'_>) -> Result<Self, ApiError> {
        if node.value.is_string() {
            return Ok(match node.one_of(&["auto", "none", "required"])? {
                "auto" => Self::Auto,
                "none" => Self::None,
                _ => Self::Required,
            });
        }
        if !node.value.is_object() {
            return Err(node.wrong_type("a string or an object"));
        }
        let kind = node.require("type")?;
        match kind.str()? {
            "function" | "custom" => Ok(Self::Named(node.require("name")?.str()?.to_owned())),
            "allowed_tools" => {
                let required = match node.get("mode") {
                    Some(mode) => mode.one_of(&["auto", "required"])? == "required",
                    None => false,
                };
                let tools = node.require("tools")?.elements(MAX_TOOLS)?;
                // Hosted tools have no name and are offered by nobody here.
                let names = tools.filter_map(|tool| tool.opt_str("name").transpose());
                Ok(Self::Allowed { names: names.collect::<Result<_, _>>()?, required })
            }
            other => {
                Err(kind.unsupported(format!("the tool '{}' is not offered here", clip(other))))
            }
        }
    }
}
