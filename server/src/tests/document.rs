//! The description of the API says what the API does.

use serde_json::{Value, json};

use super::Server;
use super::script::Line;

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

fn sorted(value: &Value) -> Vec<String> {
    let mut words: Vec<String> = serde_json::from_value(value.clone()).unwrap();
    words.sort();
    words
}

#[tokio::test]
async fn every_path_is_served_and_every_reference_leads_somewhere() {
    let server = Server::new([]);
    let document = server.get("/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(
        keys(&document["paths"]),
        ["/health", "/openapi.json", "/v1/models", "/v1/models/{id}", "/v1/responses"]
    );
    for (path, methods) in document["paths"].as_object().unwrap() {
        let answer = server.get(&path.replace("{id}", "gpt-oss-20b")).await;
        assert_eq!(
            answer.status.as_u16(),
            if methods.get("get").is_some() { 200 } else { 405 },
            "{path}"
        );
    }
    let mut references = Vec::new();
    gather(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
    }
}

fn gather(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| gather(value, references)),
        Value::Object(object) => {
            references.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| gather(value, references));
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_schemas_name_the_keys_that_are_written() {
    let server = Server::new([Line::says(
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>",
    )]);
    let document = server.get("/openapi.json").await.json();
    let schemas = &document["components"]["schemas"];
    let events = server.stream(json!({"input": "x"})).await;
    let response = &events.last().unwrap()["response"];
    assert_eq!(keys(response), keys(&schemas["Response"]["properties"]));
    assert_eq!(keys(response), sorted(&schemas["Response"]["required"]));
    for (place, item) in response["output"].as_array().unwrap().iter().enumerate() {
        assert_eq!(keys(item), sorted(&schemas["OutputItem"]["oneOf"][place]["required"]));
        assert_eq!(
            keys(&item["content"][0]),
            sorted(&schemas["OutputPart"]["oneOf"][place]["required"])
        );
    }
    let known = keys(&schemas["StreamEvent"]["properties"]);
    let kinds = sorted(&schemas["StreamEvent"]["properties"]["type"]["enum"]);
    for event in &events {
        assert!(keys(event).iter().all(|key| known.contains(key)), "{event}");
        assert!(kinds.iter().any(|kind| event["type"] == kind.as_str()));
    }
    assert_eq!(
        keys(&server.get("/health").await.json()),
        sorted(&schemas["Health"]["required"]).into_iter().collect::<Vec<_>>()
    );
}
