//! What holds for any ids and any messages.

use gpt_oss_harmony::{
    Author, Channel, Content, ContentType, Event, Message, Parser, Repair, Role, Stop, Tokenizer,
    render, render_prompt, token,
};
use proptest::prelude::*;

use crate::support::{check_grammar, decode, events, text, tokenizer};

/// Ids that stress the parser: control tokens and header words more often than their share.
fn id() -> impl Strategy<Value = u32> {
    let words = tokenizer().encode("assistant user commentary analysis final to=functions.f json code python{}\n \u{1F469}\u{200D}\u{1F467}");
    prop_oneof![
        6 => proptest::sample::select(vec![token::START, token::CHANNEL, token::CONSTRAIN, token::MESSAGE, token::END, token::CALL, token::RETURN, token::END_OF_TEXT]),
        6 => proptest::sample::select(words),
        3 => 0u32..200_000,
        1 => 199_990u32..201_100,
        1 => any::<u32>(),
    ]
}

/// The text of the ordinary tokens among `ids`.
fn ordinary(ids: &[u32]) -> String {
    let ordinary: Vec<u32> = ids.iter().copied().filter(|id| *id < token::ORDINARY).collect();
    String::from_utf8_lossy(&tokenizer().decode(&ordinary)).into_owned()
}

/// Whether `part` is what remains of `whole` after leaving ids out.
fn is_subsequence(part: &[u32], whole: &[u32]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|id| rest.any(|other| other == id))
}

fn message() -> impl Strategy<Value = Message> {
    let words =
        prop_oneof!["\\PC{0,30}", Just("<|end|><|start|>".to_owned()), Just(" \n".to_owned())];
    let channel =
        proptest::sample::select(vec![Channel::Analysis, Channel::Commentary, Channel::Final]);
    let kind = proptest::option::of(
        ("[a-z]{1,8}", any::<bool>())
            .prop_map(|(name, constrained)| ContentType { name, constrained }),
    );
    let tool = "[a-z]{1,6}\\.[a-z_-]{1,9}";
    prop_oneof![
        words.clone().prop_map(|text| Message::text(Role::User, text)),
        ("[a-z]{1,9}", words.clone()).prop_map(|(name, text)| Message {
            author: Author { role: Role::User, name: Some(name) },
            ..Message::text(Role::User, text)
        }),
        words.clone().prop_map(|text| Message::text(Role::Developer, text)),
        (words.clone(), channel.clone()).prop_map(|(text, channel)| Message::text(
            Role::Assistant,
            text
        )
        .on(channel)),
        (words.clone(), channel, tool, kind).prop_map(|(text, channel, tool, content_type)| {
            Message { content_type, ..Message::text(Role::Assistant, text).on(channel).to(tool) }
        }),
        (words, tool).prop_map(|(text, tool)| Message {
            author: Author::tool(tool),
            ..Message::text(Role::Tool, text)
        }
        .on(Channel::Commentary)
        .to("assistant")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_ids_are_a_turn(ids in proptest::collection::vec(id(), 0..60), tools in proptest::option::of(Just(vec!["functions.f", "python"]))) {
        let mut parser = Parser::new(tokenizer());
        if let Some(tools) = tools {
            parser = parser.with_tools(tools);
        }
        let events = events(parser, &ids);
        check_grammar(&events);
        let input = [tokenizer().encode_with_specials("<|start|>assistant"), ids.clone()].concat();
        for event in &events {
            let Event::End(end) = event else { continue };
            let tokens = end.message.tokens.as_ref().expect("ids");
            prop_assert_eq!(tokens[0], token::START);
            prop_assert!(tokens.iter().all(|id| *id < token::VOCABULARY));
            // What the message says is what its ordinary tokens say, apart from broken characters at its edges.
            let said = text(&end.message).trim_matches(['\u{FFFD}', ' ']);
            prop_assert!(ordinary(tokens).contains(said) || tokens.iter().any(|id| *id >= token::ORDINARY) , "{:?} is not in {:?}", said, ordinary(tokens));
        }
        // The ids of the messages, without the `<|start|>assistant` that the parser supplies, are ids of the turn in order.
        let opening = tokenizer().encode_with_specials("<|start|>assistant");
        let bodies: Vec<u32> = events.iter().filter_map(|event| match event {
            Event::End(end) => Some(end.message.tokens.clone().expect("ids")),
            _ => None,
        }).flat_map(|tokens| tokens.strip_prefix(&opening[..]).map(<[u32]>::to_vec).unwrap_or(tokens[1..].to_vec())).collect();
        prop_assert!(is_subsequence(&bodies, &input), "{:?} of {:?}", bodies, input);
        if !events.iter().any(|event| matches!(event, Event::Repair { .. })) {
            check_partition(&events, &ids)?;
        }
    }

    #[test]
    fn well_formed_turns_are_partitioned(messages in proptest::collection::vec(message(), 1..5), cut in 0usize..40) {
        let mut ids = render(&tokenizer(), &messages);
        ids.truncate(ids.len().saturating_sub(cut));
        let events = events(Parser::transcript(tokenizer()), &ids);
        let lost = events.iter().any(|event| matches!(event, Event::Repair { repair: Repair::CutHeader | Repair::StrayText }));
        check_grammar(&events);
        let all: Vec<u32> = events.iter().filter_map(|event| match event {
            Event::End(end) => end.message.tokens.clone(),
            _ => None,
        }).flatten().collect();
        prop_assert!(ids.starts_with(&all));
        let rest = &ids[all.len()..];
        prop_assert!(rest.is_empty() || lost || rest == [token::START], "{:?}", rest);
    }

    #[test]
    fn what_is_rendered_parses_back(messages in proptest::collection::vec(message(), 0..5)) {
        let ids = render(&tokenizer(), &messages);
        let events = events(Parser::transcript(tokenizer()), &ids);
        let parsed: Vec<Message> = events.into_iter().filter_map(|event| match event {
            Event::End(end) => Some(Message { tokens: None, ..end.message }),
            _ => None,
        }).collect();
        prop_assert_eq!(&parsed, &messages);
    }

    #[test]
    fn repaired_messages_render_whole(ids in proptest::collection::vec(id(), 0..60)) {
        let events = events(Parser::new(tokenizer()), &ids);
        let messages: Vec<Message> = events.into_iter().filter_map(|event| match event {
            Event::End(end) => Some(end.message),
            _ => None,
        }).collect();
        let prompt = render_prompt(&tokenizer(), &messages);
        prop_assert!(prompt.ends_with(&tokenizer().encode_with_specials("<|start|>assistant")));
        for message in messages {
            let ids = render(&tokenizer(), &[message]);
            prop_assert_eq!(ids[0], token::START);
            prop_assert!(ids.contains(&token::MESSAGE), "{}", decode(&ids));
            prop_assert!([token::END, token::CALL].contains(&ids[ids.len() - 1]), "{}", decode(&ids));
        }
    }

    #[test]
    fn events_survive_as_json(ids in proptest::collection::vec(id(), 0..40)) {
        for event in events(Parser::new(tokenizer()), &ids) {
            let line = serde_json::to_string(&event).expect("JSON");
            prop_assert!(!line.contains('\n'));
            if let Event::End(end) = &event {
                let value: serde_json::Value = serde_json::from_str(&line).expect("JSON");
                let message: Message = serde_json::from_value(value["message"].clone()).expect("a message");
                prop_assert_eq!(&message, &end.message);
            }
        }
    }
}

/// With no repair, every id of the turn is in exactly one message.
fn check_partition(events: &[Event], ids: &[u32]) -> Result<(), TestCaseError> {
    let all: Vec<u32> = events
        .iter()
        .filter_map(|event| match event {
            Event::End(end) => end.message.tokens.clone(),
            _ => None,
        })
        .flatten()
        .collect();
    let whole = [tokenizer().encode_with_specials("<|start|>assistant"), ids.to_vec()].concat();
    prop_assert!(
        whole.starts_with(&all)
            && (all.len() == whole.len()
                || events.is_empty()
                || whole[all.len()..] == [token::START]),
        "{:?} of {:?}",
        all,
        whole
    );
    Ok(())
}

#[test]
fn the_cut_tokenizer_parses_its_own_rendering() {
    let cut =
        Tokenizer::from_json(&crate::support::data("tokenizer_1024.json")).expect("a tokenizer");
    let messages = [
        Message::text(Role::Assistant, "Ich denke — 日本 👍🏽").on(Channel::Analysis),
        Message::text(Role::Assistant, "{\"a\": 1}")
            .on(Channel::Commentary)
            .to("functions.get_current_weather"),
    ];
    let mut parser = Parser::transcript(cut.clone());
    let events: Vec<Event> =
        render(&cut, &messages).into_iter().flat_map(|id| parser.push(id)).collect();
    check_grammar(&events);
    let parsed: Vec<Content> = events
        .iter()
        .filter_map(|event| match event {
            Event::End(end) => Some(end.message.content.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(parsed, messages.map(|message| message.content));
    assert!(!events.iter().any(|event| matches!(event, Event::Repair { .. })));
    assert!(matches!(events.last(), Some(Event::End(end)) if end.stop == Stop::Call));
}
