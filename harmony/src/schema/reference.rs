//! `$ref` to another part of the same schema. The target is written out in place; a type that contains itself is named.

use serde_json::Value;

use super::{Indent, Type, Writer};

/// Bytes that written-out references may take together. A schema can refer twice to what refers twice, and so on: without a limit
/// its text would grow exponentially.
const BUDGET: usize = 128 * 1024;
/// The least that one reference counts, so that their number is bounded too.
const LEAST: usize = 32;
/// References to references that are followed.
const CHAIN: usize = 16;

/// The schema's own definitions, and which of them are being written.
pub(super) struct References<'a> {
    root: &'a Value,
    open: Vec<Open<'a>>,
    budget: usize,
}

struct Open<'a> {
    target: &'a str,
    recursive: bool,
}

impl<'a> References<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root, open: Vec::new(), budget: BUDGET }
    }

    fn find(&self, target: &str) -> Option<&'a Value> {
        self.root.pointer(target.strip_prefix('#')?)
    }

    /// What a schema stands for: itself, or the end of its chain of references.
    pub(super) fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut found = schema;
        for _ in 0..CHAIN {
            let target = found.get("$ref").and_then(Value::as_str);
            match target.and_then(|target| self.find(target)) {
                Some(next) => found = next,
                None => break,
            }
        }
        found
    }
}

impl<'a> Writer<'a> {
    /// The type behind a reference. Inside itself it is only named, and the outermost one carries the name in a comment:
    /// `/* Node */ {\nchildren: Node[],\n}`.
    pub(super) fn reference(&mut self, target: &'a str, indent: Indent) -> Type {
        let Some(schema) = self.references.find(target) else { return Type::any() };
        if let Some(open) = self.references.open.iter_mut().find(|open| open.target == target) {
            open.recursive = true;
            return Type::atom(name(target));
        }
        if self.references.budget == 0 {
            return Type::atom(name(target));
        }
        self.references.open.push(Open { target, recursive: false });
        let mut found = self.typed(schema, indent);
        if self.references.open.pop().is_some_and(|open| open.recursive) {
            found.text = format!("/* {} */ {}", name(target), found.text);
        }
        self.references.budget = self.references.budget.saturating_sub(found.text.len().max(LEAST));
        found
    }
}

/// The last word of a reference, as a name: `#/$defs/Node` is `Node`.
fn name(target: &str) -> String {
    let last = target.rsplit(['/', '#']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() { "Argument".to_owned() } else { name }
}
