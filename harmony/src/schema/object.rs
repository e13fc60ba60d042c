//! Objects: properties, maps.

use serde_json::Value;

use super::{Indent, Type, Writer, comment, union};

/// Whether a schema says something about an object's members.
pub(super) fn has_members(schema: &Value) -> bool {
    ["properties", "patternProperties", "additionalProperties"]
        .iter()
        .any(|key| schema.get(key).is_some())
}

/// Any object will do: nothing is said about its members.
pub(super) fn is_opaque(schema: &Value) -> bool {
    let named =
        |key| schema.get(key).and_then(Value::as_object).is_some_and(|members| !members.is_empty());
    let rest = schema.get("additionalProperties");
    !named("properties")
        && !named("patternProperties")
        && rest.is_none_or(|rest| rest == &Value::Bool(true))
}

impl<'a> Writer<'a> {
    pub(super) fn object(&mut self, schema: &'a Value, indent: Indent) -> Type {
        let mut out = "{\n".to_owned();
        let required = schema.get("required").and_then(Value::as_array);
        for (key, member) in
            schema.get("properties").and_then(Value::as_object).into_iter().flatten()
        {
            let required =
                required.is_some_and(|names| names.iter().any(|name| name.as_str() == Some(key)));
            let name = property_name(key) + if required { "" } else { "?" };
            self.property(&mut out, indent.members, &name, member);
        }
        for (pattern, member) in
            schema.get("patternProperties").and_then(Value::as_object).into_iter().flatten()
        {
            comment::lines(&mut out, indent.members, &format!("keys that match {pattern}"));
            self.property(&mut out, indent.members, "[key: string]", member);
        }
        // `false` closes the object, which the notation says by itself; `true` on an object with properties says that it is open.
        if let Some(rest) =
            schema.get("additionalProperties").filter(|rest| **rest != Value::Bool(false))
        {
            self.property(&mut out, indent.members, "[key: string]", rest);
        }
        out.push_str(indent.close);
        out.push('}');
        Type::atom(out)
    }

    /// One member with its comments, on one line or several.
    fn property(&mut self, out: &mut String, indent: &str, name: &str, schema: &'a Value) {
        let target = self.references.resolve(schema);
        let text = |schema: &'a Value| schema.get("description").and_then(Value::as_str);
        let description = text(schema).or_else(|| text(target));
        comment::above(out, indent, schema, description);
        let items = target
            .get("items")
            .and_then(|items| text(items).or_else(|| text(self.references.resolve(items))));
        if let Some(items) = items {
            comment::lines(out, indent, &format!("Items: {items}"));
        }
        let default = comment::default(schema);
        if let Some(variants) = union::listed(schema) {
            if let Some(default) = default {
                comment::lines(out, indent, &default);
            }
            let variants = self.variant_lines(variants, indent, description);
            out.push_str(&format!("{indent}{name}:\n{variants}{indent},\n"));
            return;
        }
        let deeper = format!("{indent}    ");
        let found = self.typed(schema, Indent { members: &deeper, close: indent });
        out.push_str(&format!("{indent}{name}: {},", found.text));
        if let Some(default) = default {
            out.push_str(&format!(" // {default}"));
        }
        out.push('\n');
    }
}

/// The key, in quotes if it would not read as one name.
fn property_name(key: &str) -> String {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "\"'`:;,?{}[]()<>|&=\\".contains(c);
    if key.is_empty() || key.contains(odd) { Value::from(key).to_string() } else { key.to_owned() }
}
