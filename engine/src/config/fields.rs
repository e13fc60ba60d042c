//! Reads typed values from a JSON object and says precisely what is wrong with one.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::ConfigError;

/// One object of a configuration file. A field that is `null` counts as absent.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    file: &'a str,
    /// Name of the enclosing field with a dot, or empty.
    prefix: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The top object of `file`.
    pub(super) fn top(file: &'a str, value: &'a Value) -> Result<Self, ConfigError> {
        let map = value
            .as_object()
            .ok_or_else(|| ConfigError::new(file, "(whole file)", "a JSON object", value))?;
        Ok(Self { file, prefix: "", map })
    }

    /// A nested object; `prefix` is its name with a dot.
    pub(super) fn object(&self, name: &str, prefix: &'a str) -> Result<Option<Self>, ConfigError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { file: self.file, prefix, map })),
            Some(other) => Err(self.fail(name, "an object", other)),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|v| !v.is_null())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A whole number within `range`.
    pub(super) fn count(
        &self,
        name: &str,
        range: RangeInclusive<usize>,
    ) -> Result<usize, ConfigError> {
        self.count_if_any(name, range.clone())?.ok_or_else(|| {
            self.missing(name, &format!("a whole number from {} to {}", range.start(), range.end()))
        })
    }

    /// A whole number within `range`, or `default` when absent.
    pub(super) fn count_or(
        &self,
        name: &str,
        default: usize,
        range: RangeInclusive<usize>,
    ) -> Result<usize, ConfigError> {
        Ok(self.count_if_any(name, range)?.unwrap_or(default))
    }

    fn count_if_any(
        &self,
        name: &str,
        range: RangeInclusive<usize>,
    ) -> Result<Option<usize>, ConfigError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| range.contains(n)) {
            Some(n) => Ok(Some(n)),
            None => Err(self.fail(
                name,
                &format!("a whole number from {} to {}", range.start(), range.end()),
                value,
            )),
        }
    }

    /// A number within `range`, or `default` when absent.
    pub(super) fn number_or(
        &self,
        name: &str,
        default: f64,
        range: RangeInclusive<f64>,
    ) -> Result<f64, ConfigError> {
        let Some(value) = self.get(name) else { return Ok(default) };
        value.as_f64().filter(|n| range.contains(n)).ok_or_else(|| {
            self.fail(name, &format!("a number from {} to {}", range.start(), range.end()), value)
        })
    }

    /// A truth value, if there is one.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, ConfigError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            Some(other) => Err(self.fail(name, "true or false", other)),
        }
    }

    /// Refuses a field that is present with any value but `only`: the model does not implement the others.
    pub(super) fn only(&self, name: &str, only: &Value) -> Result<(), ConfigError> {
        match self.get(name) {
            None => Ok(()),
            Some(value)
                if value == only
                    || (value.as_f64().is_some() && value.as_f64() == only.as_f64()) =>
            {
                Ok(())
            }
            Some(value) => Err(self.fail(name, &only.to_string(), value)),
        }
    }

    /// Refuses a field that is present at all.
    pub(super) fn absent(&self, name: &str) -> Result<(), ConfigError> {
        self.get(name)
            .map_or(Ok(()), |value| Err(self.fail(name, "nothing (not supported)", value)))
    }

    pub(super) fn missing(&self, name: &str, expected: &str) -> ConfigError {
        ConfigError {
            file: self.file.into(),
            field: format!("{}{name}", self.prefix),
            expected: expected.into(),
            found: "nothing".into(),
        }
    }

    pub(super) fn fail(&self, name: &str, expected: &str, found: &Value) -> ConfigError {
        ConfigError::new(self.file, &format!("{}{name}", self.prefix), expected, found)
    }
}
