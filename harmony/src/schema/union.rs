//! Unions and intersections: `oneOf`, `anyOf`, `allOf`, several types.

use serde_json::Value;

use super::{Indent, Type, Writer, comment};

/// The variants of a `oneOf` or `anyOf`.
pub(super) fn variants(schema: &Value) -> Option<&Vec<Value>> {
    let found =
        |key| schema.get(key).and_then(Value::as_array).filter(|variants| !variants.is_empty());
    found("oneOf").or_else(|| found("anyOf"))
}

/// The variants of a property that has a line for each: `oneOf` (the trained form), and `anyOf` whose variants need comments.
pub(super) fn listed(schema: &Value) -> Option<&Vec<Value>> {
    let commented =
        |variant: &Value| variant.get("description").is_some() || variant.get("default").is_some();
    let listed = schema.get("oneOf").is_some() || variants(schema)?.iter().any(commented);
    variants(schema).filter(|_| listed && schema.get("properties").is_none())
}

/// `A | B`, each type once.
pub(super) fn join(types: impl Iterator<Item = Type>) -> Type {
    let mut texts: Vec<String> = Vec::new();
    for found in types {
        if !texts.contains(&found.text) {
            texts.push(found.text);
        }
    }
    match texts.len() {
        0 => Type::any(),
        1 => Type::atom(texts.remove(0)),
        _ => Type { text: texts.join(" | "), loose: true },
    }
}

impl<'a> Writer<'a> {
    /// One ` | variant` a line, with its description and default behind it. `above` is the description that stands above already.
    pub(super) fn variant_lines(
        &mut self,
        variants: &'a [Value],
        indent: &str,
        above: Option<&str>,
    ) -> String {
        let deeper = format!("{indent}   ");
        let mut out = String::new();
        for variant in variants {
            let found = self.typed(variant, Indent { members: &deeper, close: &deeper });
            out.push_str(&format!("{indent} | {}", found.text));
            let description = self
                .description(variant)
                .filter(|text| Some(*text) != above)
                .map(comment::one_line);
            let notes: Vec<String> =
                description.into_iter().chain(comment::default(variant)).collect();
            if !notes.is_empty() {
                out.push_str(&format!(" // {}", notes.join(" ")));
            }
            out.push('\n');
        }
        out
    }

    /// A union inside a line. Beside properties of its own, the variants restrict further; beside a type, variants without one add
    /// nothing.
    pub(super) fn any_of(
        &mut self,
        schema: &'a Value,
        variants: &'a [Value],
        indent: Indent,
    ) -> Type {
        let mut types = Vec::with_capacity(variants.len());
        for variant in variants {
            let mut found = self.typed(variant, indent);
            if found.is_any() {
                return self.plain(schema, indent);
            }
            if let Some(description) = self.description(variant) {
                found.text.push_str(&comment::inline(description));
            }
            types.push(found);
        }
        let union = join(types.into_iter());
        if schema.get("properties").is_none() {
            return union;
        }
        let own = self.plain(schema, indent);
        Type { text: format!("{} & {}", own.tight(), union.tight()), loose: true }
    }

    /// `A & B`; a part that says nothing about the type is left out.
    pub(super) fn all_of(&mut self, schema: &'a Value, parts: &'a [Value], indent: Indent) -> Type {
        let mut types = vec![match variants(schema) {
            Some(variants) => self.any_of(schema, variants, indent),
            None => self.plain(schema, indent),
        }];
        for part in parts {
            types.push(self.typed(part, indent));
        }
        // `type: object` beside parts that list the members says nothing new.
        types.retain(|found| !found.is_any());
        if types.len() > 1 {
            types.retain(|found| found.text != "object");
        }
        match types.len() {
            0 => Type::any(),
            1 => types.remove(0),
            _ => {
                let texts: Vec<String> = types.into_iter().map(Type::tight).collect();
                Type { text: texts.join(" & "), loose: true }
            }
        }
    }

    fn description(&self, schema: &'a Value) -> Option<&'a str> {
        let own = schema
            .get("description")
            .or_else(|| self.references.resolve(schema).get("description"));
        own.and_then(Value::as_str)
    }
}
