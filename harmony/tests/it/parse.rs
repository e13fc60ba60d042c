//! Well-formed turns against openai-harmony's strict parser, streaming, and what a message's ids are.

use gpt_oss_harmony::{Content, Event, Message, Parser, Repair, Role, Stop, render, token};
use serde::Deserialize;

use crate::support::{check_grammar, decode, events, ids, rows, text, tokenizer, turn};

#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<u32>,
    messages: Vec<Golden>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Golden {
    author: String,
    name: Option<String>,
    recipient: Option<String>,
    channel: Option<String>,
    content_type: Option<String>,
    text: String,
}

fn golden(message: &Message) -> Golden {
    let content_type = message.content_type.as_ref();
    Golden {
        author: format!("{:?}", message.author.role).to_lowercase(),
        name: message.author.name.clone(),
        recipient: message.recipient.clone(),
        channel: message.channel.map(|channel| channel.as_str().to_owned()),
        content_type: content_type.map(|kind| {
            format!("{}{}", if kind.constrained { "<|constrain|>" } else { "" }, kind.name)
        }),
        text: text(message).to_owned(),
    }
}

#[test]
fn well_formed_turns_parse_as_in_openai_harmony() {
    let rows: Vec<Row> = rows("parse.json");
    assert!(rows.len() > 15);
    for row in rows {
        assert_eq!(ids(&row.text), row.ids, "{}", row.text);
        let turn = turn(Parser::new(tokenizer()), &row.ids);
        let messages: Vec<Golden> = turn.messages.iter().map(golden).collect();
        assert_eq!(messages, row.messages, "{}", row.text);
        // Whoever follows `<|constrain|>` closely, a call that `<|end|>` closes, other speakers: that library takes them as they come.
        let known = [Repair::ConstrainSpacing, Repair::InventedSpeaker];
        let repairs: Vec<Repair> =
            turn.repairs.into_iter().filter(|repair| !known.contains(repair)).collect();
        assert_eq!(repairs, [], "{}", row.text);
    }
}

#[test]
fn a_message_carries_its_ids() {
    let tail = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hi<|return|>";
    let turn = turn(Parser::new(tokenizer()), &ids(tail));
    let all: Vec<u32> =
        turn.messages.iter().flat_map(|message| message.tokens.clone().expect("ids")).collect();
    assert_eq!(decode(&all), format!("<|start|>assistant{tail}"));
    let history = decode(&render(&tokenizer(), &turn.messages));
    assert_eq!(history, format!("<|start|>assistant{}", tail.replace("<|return|>", "<|end|>")));
}

#[test]
fn content_streams_token_by_token() {
    let mut parser = Parser::new(tokenizer());
    let header = ids("<|channel|>final<|message|>");
    let started: Vec<Event> = header.iter().flat_map(|&id| parser.push(id)).collect();
    assert!(matches!(started.as_slice(), [Event::Start(_)]), "{started:?}");
    for id in tokenizer().encode("Hello there, world") {
        let bytes = tokenizer().token_bytes(id).expect("bytes").to_vec();
        assert_eq!(
            parser.push(id),
            [Event::Delta { text: String::from_utf8(bytes).expect("UTF-8") }]
        );
    }
    assert!(
        matches!(parser.push(token::RETURN).as_slice(), [Event::End(end)] if end.stop == Stop::Return)
    );
}

#[test]
fn a_character_of_several_tokens_comes_whole() {
    let family = "👩‍👩‍👧‍👦 日本 𓀀";
    let turn_ids =
        [ids("<|channel|>final<|message|>"), tokenizer().encode(family), ids("<|return|>")]
            .concat();
    let events = events(Parser::new(tokenizer()), &turn_ids);
    check_grammar(&events);
    assert!(!events.iter().any(|event| matches!(event, Event::Repair { .. })), "{events:?}");
    let split = tokenizer()
        .encode(family)
        .iter()
        .any(|id| std::str::from_utf8(tokenizer().token_bytes(*id).expect("bytes")).is_err());
    assert!(split, "the text must have a character that is split over tokens");
}

#[test]
fn an_incomplete_character_at_the_end_is_replaced_and_reported() {
    let first = tokenizer().encode("𓀀")[0];
    let turn = turn(
        Parser::new(tokenizer()),
        &[ids("<|channel|>final<|message|>x"), vec![first], ids("<|return|>")].concat(),
    );
    assert_eq!(turn.lines(), ["assistant@final: x\u{FFFD} (return)"]);
    assert_eq!(turn.repairs, [Repair::InvalidUtf8]);
}

#[test]
fn a_transcript_has_all_speakers_without_repairs() {
    let mut messages = vec![
        Message::text(Role::System, "s"),
        Message::text(Role::User, "q"),
        Message::text(Role::Assistant, "a").on(gpt_oss_harmony::Channel::Final),
    ];
    messages[1].author.name = Some("bob".into());
    let turn = turn(Parser::transcript(tokenizer()), &render(&tokenizer(), &messages));
    assert_eq!(turn.lines(), ["system: s (end)", "user:bob: q (end)", "assistant@final: a (end)"]);
    assert_eq!(turn.repairs, []);
}

#[test]
fn control_tokens_in_letters_are_content() {
    let quoted = "use <|start|> and <|end|>, then <|return|>";
    let turn_ids =
        [ids("<|channel|>final<|message|>"), tokenizer().encode(quoted), ids("<|return|>")]
            .concat();
    let turn = turn(Parser::new(tokenizer()), &turn_ids);
    assert_eq!(turn.messages[0].content, Content::Text(quoted.into()));
    assert_eq!(turn.repairs, []);
}
