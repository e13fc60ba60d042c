//! Messages in JSON: as people write them (`{"role", "content", …}`), or as the parser prints them (`{"author", "content", …}`).

use gpt_oss_harmony::{
    Author, Channel, Content, ContentType, DeveloperContent, Message, Role, SystemContent,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The messages in a JSON array. The error says which one is wrong and why.
pub(super) fn read(text: &str) -> Result<Vec<Message>, String> {
    let values: Vec<Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let numbered = values.into_iter().enumerate();
    numbered
        .map(|(index, value)| one(value).map_err(|why| format!("message {index}: {why}")))
        .collect()
}

fn one(value: Value) -> Result<Message, String> {
    if value.get("author").is_some() {
        return serde_json::from_value(value).map_err(|error| error.to_string());
    }
    let short: Short = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let content = content(short.role, short.content)?;
    Ok(Message {
        author: Author { role: short.role, name: short.name },
        recipient: short.recipient,
        channel: short.channel,
        content_type: short.content_type.map(|name| match name.strip_prefix("<|constrain|>") {
            Some(name) => ContentType { name: name.to_owned(), constrained: true },
            None => ContentType { name, constrained: false },
        }),
        content,
        tokens: None,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Short {
    role: Role,
    name: Option<String>,
    channel: Option<Channel>,
    recipient: Option<String>,
    content_type: Option<String>,
    content: Value,
}

fn content(role: Role, value: Value) -> Result<Content, String> {
    match (role, value) {
        (_, Value::String(text)) => Ok(Content::Text(text)),
        (Role::System, Value::Object(given)) => {
            Ok(Content::System(over_default::<SystemContent>(given)?))
        }
        (Role::Developer, Value::Object(given)) => {
            Ok(Content::Developer(over_default::<DeveloperContent>(given)?))
        }
        _ => Err("`content` must be text; for system and developer also an object".into()),
    }
}

/// `T`'s default with the keys of `given` in place of its own.
fn over_default<T: Default + Serialize + DeserializeOwned>(
    given: Map<String, Value>,
) -> Result<T, String> {
    let mut value = serde_json::to_value(T::default()).map_err(|error| error.to_string())?;
    for (key, given) in given {
        match value.get_mut(&key) {
            Some(slot) => *slot = given,
            None => return Err(format!("`content` has no key `{key}`")),
        }
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_full_forms_are_read() {
        let messages = read(
            r#"[
              {"role": "system", "content": {"current_date": "2026-11-22", "effort": "high"}},
              {"role": "developer", "content": {"instructions": "Be brief."}},
              {"role": "user", "content": "Hi"},
              {"role": "assistant", "channel": "commentary", "recipient": "functions.f", "content_type": "<|constrain|>json", "content": "{}"},
              {"role": "tool", "name": "functions.f", "recipient": "assistant", "channel": "commentary", "content": "1"},
              {"author": {"role": "user"}, "content": {"text": "again"}}
            ]"#,
        )
        .expect("well-formed");
        let Content::System(system) = &messages[0].content else { panic!("sections") };
        assert_eq!(system.identity, SystemContent::default().identity);
        assert_eq!(system.current_date.as_deref(), Some("2026-11-22"));
        assert_eq!(messages[2], Message::text(Role::User, "Hi"));
        let json = ContentType { name: "json".into(), constrained: true };
        assert_eq!(messages[3].content_type, Some(json));
        assert_eq!(messages[4].author, Author::tool("functions.f"));
        assert_eq!(messages[5], Message::text(Role::User, "again"));
    }

    #[test]
    fn mistakes_are_named() {
        let errors = [
            r#"{"role": "user"}"#,
            r#"[{"role": "user", "content": "a"}, {"role": "usr", "content": "b"}]"#,
            r#"[{"role": "user", "content": "a", "chanel": "final"}]"#,
            r#"[{"role": "system", "content": {"efort": "low"}}]"#,
            r#"[{"role": "user", "content": {"text": "a"}}]"#,
        ]
        .map(|text| read(text).expect_err(text));
        insta::assert_snapshot!(errors.join("\n"), @r"
        invalid type: map, expected a sequence at line 1 column 0
        message 1: unknown variant `usr`, expected one of `system`, `developer`, `user`, `assistant`, `tool`
        message 0: unknown field `chanel`, expected one of `role`, `name`, `channel`, `recipient`, `content_type`, `content`
        message 0: `content` has no key `efort`
        message 0: `content` must be text; for system and developer also an object
        ");
    }
}
