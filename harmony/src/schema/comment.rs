//! Comments of the notation: descriptions, titles, examples, defaults.

use serde_json::Value;

/// `// …` for each line of `text`, so that no line of a description is taken for code.
pub(super) fn lines(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        out.push_str(&format!("{indent}// {line}\n"));
    }
}

/// Title, description and examples above a property.
pub(super) fn above(out: &mut String, indent: &str, schema: &Value, description: Option<&str>) {
    if let Some(title) = schema.get("title").and_then(Value::as_str) {
        lines(out, indent, title);
        out.push_str(&format!("{indent}//\n"));
    }
    if let Some(description) = description {
        lines(out, indent, description);
    }
    let examples =
        schema.get("examples").and_then(Value::as_array).filter(|examples| !examples.is_empty());
    if let Some(examples) = examples {
        out.push_str(&format!("{indent}// Examples:\n"));
        for example in examples {
            out.push_str(&format!("{indent}// - {example}\n"));
        }
    }
}

/// `default: …`. The trained form writes the default of an enumeration without quotes.
pub(super) fn default(schema: &Value) -> Option<String> {
    let default = schema.get("default")?;
    let listed =
        schema.get("enum").and_then(Value::as_array).is_some_and(|values| !values.is_empty());
    Some(match default.as_str() {
        Some(text) if listed && !text.contains(['\n', '\r']) => format!("default: {text}"),
        _ => format!("default: {default}"),
    })
}

/// Text of several lines on one.
pub(super) fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// ` /* … */`, for places where the line goes on.
pub(super) fn inline(text: &str) -> String {
    format!(" /* {} */", one_line(text).replace("*/", "* /"))
}
