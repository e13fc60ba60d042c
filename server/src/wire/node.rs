//! A value of a request together with its place in it.

use serde_json::Value;

use crate::error::ApiError;

/// `value` at `path`; the path is in OpenAI's syntax, `input[2].content[0].type`.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// What stands there.
    pub value: &'a Value,
    /// Where; empty for the whole body.
    pub path: String,
}

impl<'a> Node<'a> {
    /// The whole body.
    pub fn root(value: &'a Value) -> Self {
        Self { value, path: String::new() }
    }

    /// The path of `key` below this node.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The member `key`; absent and null are the same.
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Node { value, path: self.path_of(key) })
    }

    /// The member `key`.
    ///
    /// # Errors
    /// `missing_required_parameter` when it is absent or null.
    pub fn require(&self, key: &str) -> Result<Node<'a>, ApiError> {
        self.get(key).ok_or_else(|| self.missing(key))
    }

    /// `missing_required_parameter` for the member `key`.
    pub fn missing(&self, key: &str) -> ApiError {
        let path = self.path_of(key);
        let message = format!("Missing required parameter: '{path}'.");
        ApiError::at(path, "missing_required_parameter", message)
    }

    /// `invalid_type` here.
    pub fn wrong_type(&self, expected: &str) -> ApiError {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(number) if number.is_f64() => "a decimal",
            Value::Number(_) => "an integer",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        let place = if self.path.is_empty() { "the body" } else { &self.path };
        let message =
            format!("Invalid type for '{place}': expected {expected}, but got {found} instead.");
        ApiError::at(self.path.clone(), "invalid_type", message)
    }

    /// `invalid_value` here.
    pub fn invalid(&self, why: impl std::fmt::Display) -> ApiError {
        ApiError::invalid_value(&*self.path, format!("Invalid value for '{}': {why}.", self.path))
    }

    /// `unsupported_value` here.
    pub fn unsupported(&self, why: impl std::fmt::Display) -> ApiError {
        ApiError::unsupported(&*self.path, format!("Unsupported value for '{}': {why}.", self.path))
    }

    /// The text.
    ///
    /// # Errors
    /// `invalid_type`.
    pub fn str(&self) -> Result<&'a str, ApiError> {
        self.value.as_str().ok_or_else(|| self.wrong_type("a string"))
    }

    /// The truth value.
    ///
    /// # Errors
    /// `invalid_type`.
    pub fn bool(&self) -> Result<bool, ApiError> {
        self.value.as_bool().ok_or_else(|| self.wrong_type("a boolean"))
    }

    /// An integer within `low..=high`; `4.0` counts as one.
    ///
    /// # Errors
    /// `invalid_type`, or `invalid_value` outside the bounds.
    pub fn integer(&self, low: i64, high: i64) -> Result<i64, ApiError> {
        let whole = |value: &f64| value.fract() == 0.0 && value.abs() < 1e15;
        // The cast is exact: `whole` bounds it.
        let number =
            self.value.as_i64().or_else(|| self.value.as_f64().filter(whole).map(|v| v as i64));
        match number {
            Some(number) if (low..=high).contains(&number) => Ok(number),
            Some(number) => Err(self.invalid(format!("{number} is not within {low} and {high}"))),
            None if self.value.is_number() => {
                Err(self
                    .invalid(format!("{} is not an integer within {low} and {high}", self.value)))
            }
            None => Err(self.wrong_type("an integer")),
        }
    }

    /// A number within `low..=high`.
    ///
    /// # Errors
    /// `invalid_type`, or `invalid_value` outside the bounds.
    pub fn number(&self, low: f64, high: f64) -> Result<f64, ApiError> {
        let number = self.value.as_f64().ok_or_else(|| self.wrong_type("a number"))?;
        if (low..=high).contains(&number) {
            Ok(number)
        } else {
            Err(self.invalid(format!("{number} is not within {low} and {high}")))
        }
    }

    /// The object itself.
    ///
    /// # Errors
    /// `invalid_type`.
    pub fn object(&self) -> Result<&'a serde_json::Map<String, Value>, ApiError> {
        self.value.as_object().ok_or_else(|| self.wrong_type("an object"))
    }

    /// The elements of an array of at most `limit`.
    ///
    /// # Errors
    /// `invalid_type`, or `invalid_value` for too many.
    pub fn elements(
        &self,
        limit: usize,
    ) -> Result<impl Iterator<Item = Node<'a>> + use<'a>, ApiError> {
        let array = self.value.as_array().ok_or_else(|| self.wrong_type("an array"))?;
        if array.len() > limit {
            return Err(
                self.invalid(format!("{} elements, at most {limit} are allowed", array.len()))
            );
        }
        let path = self.path.clone();
        let node = move |(index, value)| Node { value, path: format!("{path}[{index}]") };
        Ok(array.iter().enumerate().map(node))
    }

    /// Text that must be one of `words`.
    ///
    /// # Errors
    /// `invalid_type`, or `invalid_value` that lists the words.
    pub fn one_of(&self, words: &[&'static str]) -> Result<&'static str, ApiError> {
        let text = self.str()?;
        words.iter().find(|word| **word == text).copied().ok_or_else(|| {
            let listed: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
            self.invalid(format!("'{}'; supported values are {}", clip(text), listed.join(", ")))
        })
    }

    /// The member `key` as text.
    ///
    /// # Errors
    /// `invalid_type`.
    pub fn opt_str(&self, key: &str) -> Result<Option<String>, ApiError> {
        self.get(key).map(|node| node.str().map(str::to_owned)).transpose()
    }

    /// The member `key` as a truth value.
    ///
    /// # Errors
    /// `invalid_type`.
    pub fn opt_bool(&self, key: &str) -> Result<Option<bool>, ApiError> {
        self.get(key).map(|node| node.bool()).transpose()
    }
}

/// The beginning of a text from outside, short enough for a message.
pub fn clip(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
