//! How a completion is judged. The kinds are described in engine/demo/README.md.

use gpt_oss_harmony::{Channel, Content, End, Message, Tokenizer};
use serde::Deserialize;
use serde_json::Value;

/// What the completion must be; all but the last look at its last message.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Check {
    /// The answer is this text.
    FinalEquals { text: String },
    /// The answer contains all of these and one of those, whatever the case.
    FinalContains {
        #[serde(default)]
        all: Vec<String>,
        #[serde(default)]
        any: Vec<String>,
    },
    /// The answer is JSON with this value.
    FinalJson { value: Value },
    /// A call with JSON arguments.
    Call { to: String, arguments: Value },
    /// A call with this text.
    CallText { to: String, text: String },
    /// An answer after reasoning of so many tokens.
    AnalysisTokens { at_least: usize, at_most: usize },
}

impl Check {
    /// What is wrong with the messages of a completion.
    pub(super) fn judge(&self, tokenizer: &Tokenizer, said: &[End]) -> Result<(), String> {
        let last = &said.last().ok_or("nothing was said")?.message;
        let text = text(last);
        match self {
            Self::FinalEquals { text: wanted } => {
                is_final(last)?;
                (text.trim() == wanted.trim()).or_wrong(|| format!("expected {wanted:?}"))
            }
            Self::FinalContains { all, any } => {
                is_final(last)?;
                let text = text.to_lowercase();
                let has = |wanted: &String| text.contains(&wanted.to_lowercase());
                all.iter().all(has).or_wrong(|| format!("expected all of {all:?}"))?;
                (any.is_empty() || any.iter().any(has))
                    .or_wrong(|| format!("expected one of {any:?}"))
            }
            Self::FinalJson { value } => {
                is_final(last)?;
                is_json(text, value)
            }
            Self::Call { to, arguments } => {
                is_to(last, to)?;
                is_json(text, arguments)
            }
            Self::CallText { to, text: wanted } => {
                is_to(last, to)?;
                (text == wanted).or_wrong(|| format!("expected {wanted:?}"))
            }
            Self::AnalysisTokens { at_least, at_most } => {
                is_final(last)?;
                let thoughts =
                    said.iter().filter(|end| end.message.channel == Some(Channel::Analysis));
                let tokens: usize =
                    thoughts.map(|end| tokenizer.encode(self::text(&end.message)).len()).sum();
                (*at_least..=*at_most).contains(&tokens).or_wrong(|| {
                    format!("reasoned for {tokens} tokens, expected {at_least} to {at_most}")
                })
            }
        }
    }
}

fn text(message: &Message) -> &str {
    match &message.content {
        Content::Text(text) => text,
        // The parser gives text alone.
        Content::System(_) | Content::Developer(_) => "",
    }
}

fn is_final(message: &Message) -> Result<(), String> {
    let channel = message.channel.map_or("no", Channel::as_str);
    (message.channel == Some(Channel::Final))
        .or_wrong(|| format!("expected an answer, got the {channel} channel"))?;
    is_addressed(message, None)
}

fn is_to(message: &Message, to: &str) -> Result<(), String> {
    is_addressed(message, Some(to))
}

fn is_addressed(message: &Message, to: Option<&str>) -> Result<(), String> {
    let got = message.recipient.as_deref();
    let name = |to: Option<&str>| to.unwrap_or("everyone").to_owned();
    (got == to).or_wrong(|| format!("expected a message to {}, got one to {}", name(to), name(got)))
}

fn is_json(text: &str, wanted: &Value) -> Result<(), String> {
    let got: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    // `Value` of maps compares regardless of order.
    (got == *wanted).or_wrong(|| format!("expected {wanted}"))
}

/// A condition that must hold, or else what is wrong.
trait OrElse {
    fn or_wrong(self, wrong: impl FnOnce() -> String) -> Result<(), String>;
}

impl OrElse for bool {
    fn or_wrong(self, wrong: impl FnOnce() -> String) -> Result<(), String> {
        if self { Ok(()) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::model::eval::messages;

    /// What is wrong with `completion` by the check in `json`.
    fn judge(json: &str, completion: &str) -> Result<(), String> {
        let check: Check = serde_json::from_str(json).expect("a check");
        let tokenizer = Tokenizer::o200k_harmony();
        let said = messages(tokenizer.clone(), &tokenizer.encode_with_specials(completion));
        check.judge(&tokenizer, &said)
    }

    const ANSWER: &str = "<|channel|>analysis<|message|>one two three<|end|><|start|>assistant<|channel|>final<|message|>It is Blue.<|return|>";
    const CALL: &str = "<|channel|>commentary to=functions.paint <|constrain|>json<|message|>{\"b\": 2, \"a\": 1}<|call|>";

    #[test]
    fn right_answers_pass() {
        for (check, completion) in [
            (r#"{"kind": "final_equals", "text": "It is Blue. "}"#, ANSWER),
            (r#"{"kind": "final_contains", "all": ["IT IS"], "any": ["red", "blue"]}"#, ANSWER),
            (r#"{"kind": "analysis_tokens", "at_least": 3, "at_most": 3}"#, ANSWER),
            (r#"{"kind": "call", "to": "functions.paint", "arguments": {"a": 1, "b": 2}}"#, CALL),
            (
                r#"{"kind": "final_json", "value": [1]}"#,
                "<|channel|>final<|message|> [1]<|return|>",
            ),
            (
                r#"{"kind": "call_text", "to": "python", "text": "1+1"}"#,
                "<|channel|>analysis to=python code<|message|>1+1<|call|>",
            ),
        ] {
            assert_eq!(judge(check, completion), Ok(()), "{check}");
        }
    }

    #[test]
    fn wrong_answers_say_why() {
        let wrong = [
            (r#"{"kind": "final_equals", "text": "It is blue."}"#, ANSWER),
            (r#"{"kind": "final_contains", "all": ["blue", "sky"]}"#, ANSWER),
            (r#"{"kind": "final_contains", "any": ["red"]}"#, ANSWER),
            (r#"{"kind": "analysis_tokens", "at_least": 4, "at_most": 9}"#, ANSWER),
            (r#"{"kind": "final_json", "value": 1}"#, ANSWER),
            (r#"{"kind": "final_equals", "text": ""}"#, CALL),
            (r#"{"kind": "call", "to": "functions.draw", "arguments": {}}"#, CALL),
            (r#"{"kind": "call", "to": "functions.paint", "arguments": {"a": 1}}"#, CALL),
            (r#"{"kind": "call_text", "to": "functions.paint", "text": "{}"}"#, CALL),
            (r#"{"kind": "final_equals", "text": ""}"#, ""),
        ]
        .map(|(check, completion)| judge(check, completion).expect_err(check));
        insta::assert_snapshot!(wrong.join("\n"), @r#"
        expected "It is blue."
        expected all of ["blue", "sky"]
        expected one of ["red"]
        reasoned for 3 tokens, expected 4 to 9
        not JSON: expected value at line 1 column 1
        expected an answer, got the commentary channel
        expected a message to functions.draw, got one to functions.paint
        expected {"a":1}
        expected "{}"
        nothing was said
        "#);
    }
}
