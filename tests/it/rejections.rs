//! Every way to get a request wrong: `tests-data/rejections.jsonl`, one a line, with the place and the code of the answer.

use gpt_oss_server::Reuse;
use gpt_oss_tests::{repository, scenario::check_error, scripted::Scripted};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rejection {
    /// What the error names.
    param: String,
    code: String,
    #[serde(default = "bad_request")]
    status: u16,
    /// Fields of the request.
    request: Map<String, Value>,
    /// Fields of a good request that are left out.
    #[serde(default)]
    without: Vec<String>,
}

fn bad_request() -> u16 {
    400
}

impl Rejection {
    /// A good request with this line's mistake.
    fn request(&self) -> Value {
        let mut request = json!({"model": "scripted", "input": "Hi."});
        let fields = request.as_object_mut().unwrap();
        fields.retain(|name, _| !self.without.contains(name));
        fields.extend(self.request.clone());
        request
    }

    /// The same, asked for as a stream, unless that is the mistake.
    fn streamed(&self) -> Value {
        let mut request = self.request();
        if self.param != "stream" {
            request["stream"] = true.into();
        }
        request
    }

    async fn check(&self, server: &Scripted, request: &Value) -> Result<(), String> {
        let response = server.post(request).await;
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let body: Value = response.json().await.map_err(|error| format!("{kind}: {error}"))?;
        check_error(status, &body)?;
        let found = (status, body["error"]["param"].as_str(), body["error"]["code"].as_str());
        let expected = (self.status, Some(&*self.param), Some(&*self.code));
        if found == expected { Ok(()) } else { Err(format!("expected {expected:?}, found {body}")) }
    }
}

#[tokio::test]
async fn every_mistake_is_named() {
    let server = Scripted::start(
        r#"{"completion":"<|channel|>final<|message|>Hi.<|return|>"}"#,
        Reuse::Always,
    )
    .await;
    let file = std::fs::read_to_string(repository().join("tests-data/rejections.jsonl")).unwrap();
    let mut wrong = Vec::new();
    for (number, line) in file.lines().enumerate() {
        let rejection: Rejection = serde_json::from_str(line).unwrap();
        // A stream is refused in the same way, before its first byte.
        for request in [rejection.request(), rejection.streamed()] {
            let checked = rejection.check(&server, &request).await;
            wrong.extend(checked.err().map(|error| format!("line {}: {error}", number + 1)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(server.prompts(), Vec::<String>::new(), "the model was asked");
    let good = server.post(&json!({"model": "scripted", "input": "Hi."})).await;
    assert_eq!(good.status(), 200, "the request that the mistakes are made in is itself good");
}
