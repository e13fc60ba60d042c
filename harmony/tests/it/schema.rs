//! JSON Schema → TypeScript: the trained text for ordinary schemas, nothing lost for the others.

use std::time::{Duration, Instant};

use gpt_oss_harmony::{DeveloperContent, FunctionTool, Message, ToolNamespace, render};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{decode, rows, tokenizer};

fn typescript(schema: &Value) -> String {
    let function = FunctionTool {
        name: "f".into(),
        description: String::new(),
        parameters: Some(schema.clone()),
    };
    let tools = vec![ToolNamespace {
        name: "functions".into(),
        description: None,
        functions: vec![function],
    }];
    let text = decode(&render(
        &tokenizer(),
        &[Message::developer(DeveloperContent { tools, ..Default::default() })],
    ));
    let text = text.split_once("type f = (_: ").expect("the function").1;
    text.rsplit_once(") => any;\n\n} // namespace functions<|end|>").expect("the end").0.to_owned()
}

#[derive(Deserialize)]
struct Row {
    name: String,
    schema: Value,
    typescript: String,
}

#[test]
fn ordinary_schemas_read_as_in_openai_harmony() {
    let rows: Vec<Row> = rows("schema.json");
    assert!(rows.len() > 20);
    for row in rows {
        assert_eq!(typescript(&row.schema), row.typescript, "{}", row.name);
    }
}

/// The type of one property.
#[track_caller]
fn check(schema: Value, expected: &str) {
    let text =
        typescript(&json!({"type": "object", "properties": {"p": schema}, "required": ["p"]}));
    let text =
        text.strip_prefix("{\n").and_then(|text| text.strip_suffix("\n}")).expect("an object");
    assert_eq!(text, expected);
}

#[test]
fn values() {
    check(json!({"const": "x"}), r#"p: "x","#);
    check(json!({"const": 3}), "p: 3,");
    check(json!({"enum": ["a", 1, null, true]}), r#"p: "a" | 1 | null | true,"#);
    check(json!({"type": "integer", "enum": [1, 2], "default": 1}), "p: 1 | 2, // default: 1");
    check(
        json!({"type": "string", "enum": ["say \"hi\"", "a\nb"]}),
        r#"p: "say \"hi\"" | "a\nb","#,
    );
    check(json!({"type": "null"}), "p: null,");
    check(
        json!({"type": "string", "default": "two\nlines"}),
        r#"p: string, // default: "two\nlines""#,
    );
    check(json!(true), "p: any,");
    check(json!(false), "p: never,");
    check(json!({"type": "unheard of"}), "p: any,");
    check(json!("not a schema"), "p: any,");
}

#[test]
fn unions() {
    check(json!({"anyOf": [{"type": "string"}, {"type": "null"}]}), "p: string | null,");
    check(json!({"anyOf": [{"type": "integer"}, {"type": "number"}]}), "p: number,");
    check(json!({"anyOf": [{"type": "string"}, {}]}), "p: any,");
    check(
        json!({"type": "string", "anyOf": [{"format": "date"}, {"format": "time"}]}),
        "p: string,",
    );
    check(
        json!({"anyOf": [{"type": "string", "description": "a\nname"}, {"type": "number", "default": 0}]}),
        "p:\n | string // a name\n | number // default: 0\n,",
    );
    check(json!({"type": ["array", "null"], "items": {"type": "string"}}), "p: string[] | null,");
    check(json!({"type": ["object", "string"]}), "p: object | string,");
    check(json!({"anyOf": [{"type": "string"}], "nullable": true}), "p: string | null,");
}

#[test]
fn nullable() {
    check(json!({"type": "string", "nullable": true}), "p: string | null,");
    check(json!({"type": "null", "nullable": true}), "p: null,");
    check(json!({"enum": ["null"], "nullable": true}), r#"p: "null" | null,"#);
    check(
        json!({"type": "object", "properties": {"nullify": {"type": "boolean"}}, "nullable": true}),
        "p: {\n    nullify?: boolean,\n} | null,",
    );
}

#[test]
fn arrays() {
    check(
        json!({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}),
        r#"p: ("a" | "b")[],"#,
    );
    check(json!({"type": "array", "items": {"type": ["string", "null"]}}), "p: (string | null)[],");
    check(
        json!({"type": "array", "items": {"oneOf": [{"type": "string", "description": "s */"}, {"type": "number"}]}}),
        "p: (string /* s * / */ | number)[],",
    );
    check(
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]}),
        "p: [string, number],",
    );
    check(json!({"items": {"type": "string"}}), "p: string[],");
    check(
        json!({"type": "array", "description": "All.", "items": {"type": "string", "description": "One."}}),
        "// All.\n// Items: One.\np: string[],",
    );
}

#[test]
fn nested_objects() {
    let inner = json!({"type": "object", "description": "Where.", "properties": {
        "x": {"type": "number", "description": "Across.\nIn metres."},
        "tags": {"type": "array", "items": {"type": "object", "properties": {"k": {"type": "string"}}}},
    }, "required": ["x"]});
    check(
        inner,
        "// Where.\np: {\n    // Across.\n    // In metres.\n    x: number,\n    tags?: {\n        k?: string,\n    }[],\n},",
    );
    check(json!({"type": "object"}), "p: object,");
    check(json!({"type": "object", "additionalProperties": false}), "p: {\n},");
    check(json!({"properties": {"a": {"type": "string"}}}), "p: {\n    a?: string,\n},");
}

#[test]
fn maps() {
    check(
        json!({"type": "object", "additionalProperties": {"type": "number"}}),
        "p: {\n    [key: string]: number,\n},",
    );
    check(
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true}),
        "p: {\n    a?: string,\n    [key: string]: any,\n},",
    );
    check(
        json!({"type": "object", "patternProperties": {"^x-": {"type": "string", "description": "Extra."}}}),
        "p: {\n    // keys that match ^x-\n    // Extra.\n    [key: string]: string,\n},",
    );
}

#[test]
fn odd_keys_are_quoted() {
    let schema = json!({"type": "object", "properties": {"two words": {"type": "string"}, "a?: b": {"type": "string"}, "": {}, "l\n// x": {}}, "required": ["two words"]});
    assert_eq!(
        typescript(&schema),
        "{\n\"two words\": string,\n\"a?: b\"?: string,\n\"\"?: any,\n\"l\\n// x\"?: any,\n}"
    );
}

#[test]
fn no_line_of_a_comment_becomes_code() {
    let schema = json!({"type": "object", "description": "one\ntwo", "properties": {
        "a": {"title": "t\nu", "description": "d\n\ne", "examples": ["x\ny", 2], "type": "string"},
    }});
    let expected = "// one\n// two\n{\n// t\n// u\n//\n// d\n// \n// e\n// Examples:\n// - \"x\\ny\"\n// - 2\na?: string,\n}";
    assert_eq!(typescript(&schema), expected);
}

#[test]
fn references() {
    let defs = json!({"Unit": {"type": "string", "enum": ["c", "f"], "description": "A unit."}, "Alias": {"$ref": "#/$defs/Unit"}});
    let argument = |properties: Value| {
        typescript(&json!({"type": "object", "properties": properties, "$defs": defs}))
    };
    assert_eq!(
        argument(json!({"u": {"$ref": "#/$defs/Unit"}})),
        "{\n// A unit.\nu?: \"c\" | \"f\",\n}"
    );
    assert_eq!(
        argument(json!({"u": {"$ref": "#/$defs/Unit", "description": "Mine.", "default": "c"}})),
        "{\n// Mine.\nu?: \"c\" | \"f\", // default: \"c\"\n}"
    );
    assert_eq!(
        argument(json!({"u": {"type": "array", "items": {"$ref": "#/$defs/Alias"}}})),
        "{\n// Items: A unit.\nu?: (\"c\" | \"f\")[],\n}"
    );
    assert_eq!(
        argument(json!({"u": {"allOf": [{"$ref": "#/$defs/Unit"}], "description": "All."}})),
        "{\n// All.\nu?: \"c\" | \"f\",\n}"
    );
    assert_eq!(
        argument(json!({"u": {"$ref": "#/$defs/Missing"}, "v": {"$ref": "http://example.com/x"}})),
        "{\nu?: any,\nv?: any,\n}"
    );
}

#[test]
fn a_type_that_contains_itself_is_named() {
    let schema = json!({"type": "object", "properties": {"tree": {"$ref": "#/$defs/Node"}}, "$defs": {
        "Node": {"type": "object", "properties": {"value": {"type": "number"}, "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}},
    }});
    let expected = "{\ntree?: /* Node */ {\n    value?: number,\n    children?: Node[],\n},\n}";
    assert_eq!(typescript(&schema), expected);
    let endless = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}});
    assert_eq!(typescript(&endless), "{\na?: /* A */ A,\n}");
    let itself = json!({"type": "object", "properties": {"again": {"$ref": "#"}}});
    assert_eq!(typescript(&itself), "{\nagain?: /* Argument */ {\n    again?: Argument,\n},\n}");
}

#[test]
fn intersections() {
    check(
        json!({"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "object", "properties": {"b": {"type": "string"}}}]}),
        "p: {\n    a?: string,\n} & {\n    b?: string,\n},",
    );
    check(
        json!({"type": "object", "allOf": [{"properties": {"a": {"type": "string"}}}, {"required": ["a"]}]}),
        "p: {\n    a?: string,\n},",
    );
    check(
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
        "p: {\n    a?: string,\n},",
    );
    check(
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"type": "null"}, {"type": "string"}]}),
        "p: {\n    a?: string,\n} & (null | string),",
    );
}

/// A schema whose references double at each level would be 2³⁰ long, and one of 10,000 levels would exhaust the stack.
#[test]
fn hostile_schemas_stay_small() {
    let begin = Instant::now();
    let mut defs = serde_json::Map::new();
    for level in 0..30 {
        let next = json!({"$ref": format!("#/$defs/L{}", level + 1)});
        defs.insert(
            format!("L{level}"),
            json!({"type": "object", "properties": {"a": next, "b": next}}),
        );
    }
    let bomb =
        json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/L0"}}, "$defs": defs});
    assert!(typescript(&bomb).len() < 1 << 20);
    let mut defs = serde_json::Map::new();
    for level in 0..10_000 {
        let next = json!({"$ref": format!("#/$defs/L{}", level + 1)});
        defs.insert(format!("L{level}"), json!({"type": "object", "properties": {"a": next}}));
    }
    let tower =
        json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/L0"}}, "$defs": defs});
    assert!(typescript(&tower).len() < 1 << 20);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}
