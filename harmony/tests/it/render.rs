//! Rendering against openai-harmony's ids, and the rules in which we differ.

use gpt_oss_harmony::{
    Author, Channel, Content, ContentType, DeveloperContent, Message, ResponseFormat, Role, render,
    render_prompt,
};
use serde::Deserialize;
use serde_json::json;

use crate::support::{decode, ids, rows, tokenizer};

#[derive(Deserialize)]
struct Row {
    name: String,
    messages: Vec<Message>,
    ids: Vec<u32>,
    prompt: Option<Vec<u32>>,
}

#[test]
fn conversations_render_as_in_openai_harmony() {
    let tokenizer = tokenizer();
    let rows: Vec<Row> = rows("render.json");
    assert!(rows.len() > 25);
    for Row { name, messages, ids, prompt } in rows {
        let rendered = render(&tokenizer, &messages);
        assert_eq!(decode(&rendered), decode(&ids), "{name}");
        assert_eq!(rendered, ids, "{name}: same text, other ids");
        if let Some(prompt) = prompt {
            let rendered = render_prompt(&tokenizer, &messages);
            assert_eq!(decode(&rendered), decode(&prompt), "{name}: prompt");
            assert_eq!(rendered, prompt, "{name}: prompt");
        }
    }
}

fn says(channel: Channel, text: &str) -> Message {
    Message::text(Role::Assistant, text).on(channel)
}

fn output(tool: &str, channel: Channel, text: &str) -> Message {
    Message { author: Author::tool(tool), ..Message::text(Role::Tool, text) }
        .on(channel)
        .to("assistant")
}

/// The texts that a prompt still contains, of messages whose texts are one word each.
#[track_caller]
fn check_kept(messages: &[Message], kept: &str) {
    let prompt = decode(&render_prompt(&tokenizer(), messages));
    let found: Vec<&str> = messages
        .iter()
        .filter_map(|message| match &message.content {
            Content::Text(text) if prompt.contains(&format!("<|message|>{text}<|")) => {
                Some(text.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(found.join(" "), kept);
    assert!(prompt.ends_with("<|start|>assistant"), "{prompt}");
}

#[test]
fn thoughts_of_every_finished_turn_are_dropped() {
    let user = |text: &str| Message::text(Role::User, text);
    let (think, answer) = (|t: &str| says(Channel::Analysis, t), |t: &str| says(Channel::Final, t));
    check_kept(&[user("u1"), think("t1"), answer("f1")], "u1 f1");
    check_kept(&[user("u1"), think("t1")], "u1 t1");
    check_kept(
        &[user("u1"), think("t1"), answer("f1"), user("u2"), think("t2"), answer("f2"), user("u3")],
        "u1 f1 u2 f2 u3",
    );
    // openai-harmony keeps t2 there, and all of t1 and t2 in the next, where a tool loop runs.
    let call = says(Channel::Commentary, "c3").to("functions.f");
    let result = output("functions.f", Channel::Commentary, "r3");
    check_kept(
        &[
            user("u1"),
            think("t1"),
            answer("f1"),
            user("u2"),
            think("t2"),
            answer("f2"),
            user("u3"),
            think("t3"),
            call,
            result,
        ],
        "u1 f1 u2 f2 u3 t3 c3 r3",
    );
}

#[test]
fn built_in_calls_go_with_the_thoughts_but_the_clients_calls_stay() {
    let mut messages = vec![
        says(Channel::Analysis, "t1"),
        says(Channel::Analysis, "p1").to("python"),
        output("python", Channel::Analysis, "o1"),
        says(Channel::Commentary, "preamble"),
        says(Channel::Analysis, "c1").to("functions.f"),
        output("functions.f", Channel::Analysis, "r1"),
    ];
    check_kept(&messages, "t1 p1 o1 preamble c1 r1");
    messages.push(says(Channel::Final, "f1"));
    check_kept(&messages, "preamble c1 r1 f1");
}

#[test]
fn a_call_on_the_final_channel_is_no_answer() {
    let call = says(Channel::Final, "c1").to("functions.f");
    check_kept(
        &[says(Channel::Analysis, "t1"), call, output("functions.f", Channel::Final, "r1")],
        "t1 c1 r1",
    );
}

fn generated(text: &str, message: Message) -> String {
    let message = Message { tokens: Some(ids(text)), ..message };
    decode(&render(&tokenizer(), &[message]))
}

#[test]
fn generated_ids_are_repeated_exactly() {
    let call = says(Channel::Commentary, "{}").to("functions.f");
    // The model's own order and spelling, which rendering the fields would not give.
    let text = "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>";
    assert_eq!(generated(text, call.clone()), text);
    // An unusual segmentation stays too.
    let tokenizer = tokenizer();
    let mut odd = ids("<|start|>assistant<|channel|>final<|message|>");
    odd.extend(tokenizer.encode("He"));
    odd.extend(tokenizer.encode("llo"));
    odd.extend(ids("<|end|>"));
    let message = Message { tokens: Some(odd.clone()), ..says(Channel::Final, "Hello") };
    assert_eq!(render(&tokenizer, &[message]), odd);
}

#[test]
fn a_generated_message_is_closed_for_the_history() {
    let answer = says(Channel::Final, "Hi");
    let open = "<|start|>assistant<|channel|>final<|message|>Hi";
    for end in ["<|return|>", "<|endoftext|>", "<|end|>", ""] {
        assert_eq!(
            generated(&format!("{open}{end}"), answer.clone()),
            format!("{open}<|end|>"),
            "{end}"
        );
    }
    let call = says(Channel::Commentary, "{").to("functions.f");
    let open = "<|start|>assistant to=functions.f<|channel|>commentary<|message|>{";
    assert_eq!(generated(open, call), format!("{open}<|call|>"));
}

#[test]
fn ids_without_a_message_are_rendered_anew() {
    let whole = "<|start|>assistant<|channel|>final<|message|>Hi<|end|>";
    for text in
        ["", "<|start|>assistant<|channel|>fin", "Hi<|return|>", "<|start|>assistantHi<|return|>"]
    {
        assert_eq!(generated(text, says(Channel::Final, "Hi")), whole, "{text}");
    }
}

#[test]
fn to_all_is_to_everyone() {
    let message = says(Channel::Final, "Hi").to("all");
    assert_eq!(
        decode(&render(&tokenizer(), &[message])),
        "<|start|>assistant<|channel|>final<|message|>Hi<|end|>"
    );
}

#[test]
fn content_types_without_a_channel() {
    let content_type = Some(ContentType { name: "json".into(), constrained: false });
    let message = Message { content_type, ..Message::text(Role::User, "{}") };
    assert_eq!(decode(&render(&tokenizer(), &[message])), "<|start|>user json<|message|>{}<|end|>");
}

#[test]
fn response_formats_follow_instructions_and_tools() {
    let formats = vec![
        ResponseFormat {
            name: "shopping_list".into(),
            description: Some("What to buy.\nNothing else.".into()),
            schema: json!({"properties": {"items": {"type": "array"}}, "type": "object"}),
        },
        ResponseFormat {
            name: "other".into(),
            description: None,
            schema: json!({"type": "string"}),
        },
    ];
    let content = DeveloperContent {
        instructions: Some("Help.".into()),
        response_formats: formats,
        ..Default::default()
    };
    let expected = concat!(
        "<|start|>developer<|message|># Instructions\n\nHelp.\n\n# Response Formats\n\n",
        "## shopping_list\n\n// What to buy.\n// Nothing else.\n",
        r#"{"properties":{"items":{"type":"array"}},"type":"object"}"#,
        "\n\n## other\n\n",
        r#"{"type":"string"}<|end|>"#
    );
    assert_eq!(decode(&render(&tokenizer(), &[Message::developer(content)])), expected);
}
