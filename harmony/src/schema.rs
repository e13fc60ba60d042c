//! JSON Schema → the TypeScript-like notation in which gpt-oss was shown its tools.
//!
//! Ordinary schemas give exactly the text of `openai-harmony`, because that is what the model was trained on. Where that library
//! loses information (`anyOf`, `allOf`, `$ref`, `const`, values without a type, unions in arrays, maps, comments of several lines) the
//! text keeps it, in TypeScript that reads the same way. Nothing here can fail: what has no notation is `any`.

mod comment;
mod object;
mod reference;
mod union;

use serde_json::Value;

use reference::References;

/// Nesting at which a type is cut to `any`; a schema of references can be deeper than its own text.
const MAX_DEPTH: usize = 48;

/// The type of a function's argument, as it stands after `_: `.
pub(crate) fn to_typescript(schema: &Value) -> String {
    let mut writer = Writer { references: References::new(schema), depth: 0 };
    if let Some(variants) = union::variants(schema).filter(|_| schema.get("properties").is_none()) {
        return format!("\n{}", writer.variant_lines(variants, "", None));
    }
    let text = writer.typed(schema, Indent::top()).text;
    let mut comment = String::new();
    if let Some(description) = schema.get("description").and_then(Value::as_str) {
        comment::lines(&mut comment, "", description);
    }
    comment + &text
}

/// A piece of TypeScript.
struct Type {
    text: String,
    /// Needs parentheses before `[]` or inside `&`: a union or an intersection stands at its top.
    loose: bool,
}

impl Type {
    fn atom(text: impl Into<String>) -> Self {
        Self { text: text.into(), loose: false }
    }

    fn any() -> Self {
        Self::atom("any")
    }

    fn is_any(&self) -> bool {
        self.text == "any"
    }

    /// `null` is among the values already.
    fn allows_null(&self) -> bool {
        self.is_any() || self.text.split(" | ").any(|variant| variant == "null")
    }

    /// The text where something binds tighter than `|`.
    fn tight(self) -> String {
        if self.loose { format!("({})", self.text) } else { self.text }
    }
}

/// Where an object's members and its closing brace stand.
#[derive(Clone, Copy)]
struct Indent<'a> {
    members: &'a str,
    close: &'a str,
}

impl Indent<'static> {
    /// The argument itself: members are not indented.
    fn top() -> Self {
        Self { members: "", close: "" }
    }
}

struct Writer<'a> {
    references: References<'a>,
    depth: usize,
}

impl<'a> Writer<'a> {
    /// The type of any schema, without its description.
    fn typed(&mut self, schema: &'a Value, indent: Indent) -> Type {
        if self.depth == MAX_DEPTH {
            return Type::any();
        }
        self.depth += 1;
        let mut found = self.unguarded(schema, indent);
        self.depth -= 1;
        let nullable = schema.get("nullable") == Some(&Value::Bool(true));
        if nullable && !found.allows_null() {
            found = Type { text: format!("{} | null", found.text), loose: true };
        }
        found
    }

    fn unguarded(&mut self, schema: &'a Value, indent: Indent) -> Type {
        match schema {
            Value::Bool(false) => return Type::atom("never"),
            Value::Object(_) => {}
            _ => return Type::any(),
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            return self.reference(target, indent);
        }
        if let Some(value) = schema.get("const") {
            return Type::atom(literal(value));
        }
        if let Some(values) =
            schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty())
        {
            return union::join(values.iter().map(|value| Type::atom(literal(value))));
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.all_of(schema, parts, indent);
        }
        if let Some(variants) = union::variants(schema) {
            return self.any_of(schema, variants, indent);
        }
        self.plain(schema, indent)
    }

    /// A schema by its `type`, or by what its keywords imply.
    fn plain(&mut self, schema: &'a Value, indent: Indent) -> Type {
        match schema.get("type") {
            Some(Value::String(name)) => self.named(name, schema, indent),
            Some(Value::Array(names)) if !names.is_empty() => {
                let mut types = Vec::with_capacity(names.len());
                for name in names.iter().filter_map(Value::as_str) {
                    types.push(self.named(name, schema, indent));
                }
                union::join(types.into_iter())
            }
            _ if object::has_members(schema) => self.object(schema, indent),
            _ if schema.get("items").is_some() || schema.get("prefixItems").is_some() => {
                self.array(schema, indent)
            }
            _ => Type::any(),
        }
    }

    fn named(&mut self, name: &str, schema: &'a Value, indent: Indent) -> Type {
        match name {
            "string" | "number" | "boolean" | "null" => Type::atom(name),
            "integer" => Type::atom("number"),
            "array" => self.array(schema, indent),
            // The argument itself is always written out; deeper, `{}` would forbid what the schema allows.
            "object" if self.depth > 1 && object::is_opaque(schema) => Type::atom("object"),
            "object" => self.object(schema, indent),
            _ => Type::any(),
        }
    }

    fn array(&mut self, schema: &'a Value, indent: Indent) -> Type {
        let items = schema.get("items");
        if let Some(Value::Array(tuple)) = schema.get("prefixItems").or(items) {
            let types: Vec<String> =
                tuple.iter().map(|item| self.typed(item, indent).text).collect();
            return Type::atom(format!("[{}]", types.join(", ")));
        }
        match items {
            Some(items) => Type::atom(format!("{}[]", self.typed(items, indent).tight())),
            None => Type::atom("Array<any>"),
        }
    }
}

/// A value as TypeScript writes it, which is JSON.
fn literal(value: &Value) -> String {
    value.to_string()
}
