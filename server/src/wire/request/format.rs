//! `text.format`

use serde_json::Value;

use crate::error::ApiError;
use crate::wire::node::Node;

/// `text.format` other than `text`.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// `json_object`, also for a `json_schema` without a schema.
    JsonObject,
    /// `json_schema`
    JsonSchema {
        /// For the model.
        name: String,
        /// For the model.
        description: Option<String>,
        /// An object or a boolean.
        schema: Value,
        /// Repeated only, until the grammar enforces it.
        strict: bool,
    },
}

impl Format {
    pub(super) fn parse(node: &Node<'_>) -> Result<Option<Self>, ApiError> {
        node.object()?;
        match node.require("type")?.one_of(&["text", "json_schema", "json_object"])? {
            "text" => Ok(None),
            "json_object" => Ok(Some(Self::JsonObject)),
            // Some clients ask for JSON in general by a json_schema without a schema.
            _ if node.get("schema").is_none() => Ok(Some(Self::JsonObject)),
            _ => {
                let schema = node.require("schema")?;
                if !schema.value.is_object() {
                    return Err(schema.wrong_type("an object"));
                }
                Ok(Some(Self::JsonSchema {
                    name: node.require("name")?.str()?.to_owned(),
                    description: node.opt_str("description")?,
                    schema: schema.value.clone(),
                    strict: node.opt_bool("strict")?.unwrap_or(false),
                }))
            }
        }
    }
}
