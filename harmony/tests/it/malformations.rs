//! The 21 malformations that users of other servers report (`reference` numbers in the names), cut at every token and read to the end:
//! what was said is never lost, and the order of events always holds.

use gpt_oss_harmony::{Event, Parser, Repair, Stop, Tokenizer};

use crate::support::{check_grammar, events, ids, text, tokenizer, turn};

/// Malformed turns, and the texts that must come out of them, in order, as messages. `¬` in a text stands for a broken character.
const TURNS: [(&str, &str, &[&str]); 40] = [
    (
        "01 recipient in the role",
        " to=functions.f<|channel|>commentary json<|message|>{\"a\":1}<|call|>",
        &["{\"a\":1}"],
    ),
    (
        "01 recipient in the channel",
        "<|channel|>commentary to=functions.f json<|message|>{\"a\":1}<|call|>",
        &["{\"a\":1}"],
    ),
    (
        "02 no space",
        "<|channel|>commentary to=functions.f<|constrain|>json<|message|>{}<|call|>",
        &["{}"],
    ),
    (
        "02 two spaces",
        "<|channel|>commentary to=functions.f  <|constrain|>json<|message|>{}<|call|>",
        &["{}"],
    ),
    (
        "02 a space behind",
        "<|channel|>commentary to=functions.f <|constrain|> json<|message|>{}<|call|>",
        &["{}"],
    ),
    (
        "03 glued to the recipient",
        " to=functions.f<|constrain|>json<|channel|>commentary<|message|>{}<|call|>",
        &["{}"],
    ),
    (
        "04 channel in the recipient",
        "<|channel|>commentary to=functions.f<|channel|>commentary<|message|>{}<|call|>",
        &["{}"],
    ),
    (
        "05 bare recipient",
        "<|channel|>commentary to=f <|constrain|>json<|message|>{}<|call|>",
        &["{}"],
    ),
    ("05 lone recipient", "<|channel|>commentary functions.f<|message|>{}<|call|>", &["{}"]),
    (
        "06 hyphens and dots",
        "<|channel|>commentary to=functions.a-b.c <|constrain|>json<|message|>{}<|call|>",
        &["{}"],
    ),
    (
        "07 unknown tool",
        "<|channel|>commentary to=functions.nothing <|constrain|>json<|message|>{}<|call|>",
        &["{}"],
    ),
    (
        "07 built-in tool",
        "<|channel|>analysis to=container.exec code<|message|>{\"cmd\":[\"ls\"]}<|call|>",
        &["{\"cmd\":[\"ls\"]}"],
    ),
    (
        "08 call in analysis",
        "<|channel|>analysis to=functions.f <|constrain|>json<|message|>{}<|call|>",
        &["{}"],
    ),
    (
        "08 call in final",
        "<|channel|>final to=functions.f <|constrain|>json<|message|>{}<|call|>",
        &["{}"],
    ),
    (
        "09 final with a recipient",
        "<|channel|>final to=user<|message|>Hello.<|return|>",
        &["Hello."],
    ),
    ("10 no message marker", "<|channel|>final Hello.<|return|>", &["Hello."]),
    (
        "10 no message marker, long",
        "<|channel|>analysisWe need to look at this from several sides before we can say what it is, I think.<|end|>",
        &["We need to look at this from several sides before we can say what it is, I think."],
    ),
    (
        "10 no message marker in a call",
        "<|channel|>commentary to=functions.f <|constrain|>json{\"a\":1}<|call|>",
        &["{\"a\":1}"],
    ),
    (
        "10 no header",
        "Hello, how can I help you today? There is much to see here, and some of it is even true.<|return|>",
        &[
            "Hello, how can I help you today? There is much to see here, and some of it is even true.",
        ],
    ),
    (
        "11 no start",
        "<|channel|>analysis<|message|>Hm.<|end|><|channel|>final<|message|>Hello.<|return|>",
        &["Hm.", "Hello."],
    ),
    (
        "11 no start but a role",
        "<|channel|>analysis<|message|>Hm.<|end|>assistant<|channel|>final<|message|>Hello.<|return|>",
        &["Hm.", "Hello."],
    ),
    (
        "11 no end",
        "<|channel|>analysis<|message|>Hm.<|start|>assistant<|channel|>final<|message|>Hello.<|return|>",
        &["Hm.", "Hello."],
    ),
    (
        "11 no end, no start",
        "<|channel|>analysis<|message|>Hm.<|channel|>final<|message|>Hello.<|return|>",
        &["Hm.", "Hello."],
    ),
    (
        "12 header words after the end",
        "<|channel|>analysis<|message|>Hm.<|end|>commentary to=functions.f json<|message|>{}<|call|>",
        &["Hm.", "{}"],
    ),
    (
        "12 an answer after the end",
        "<|channel|>analysis<|message|>Hm.<|end|>Hello.<|return|>",
        &["Hm.", "Hello."],
    ),
    (
        "12 a stray token after the end",
        "<|channel|>analysis<|message|>Hm.<|end|>\n<|start|>assistant<|channel|>final<|message|>Hello.<|return|>",
        &["Hm.", "Hello."],
    ),
    (
        "12 text after the return",
        "<|channel|>final<|message|>Hello.<|return|> user asks<|end|>",
        &["Hello."],
    ),
    ("13 unknown channel", "<|channel|>thoughts<|message|>Hello.<|return|>", &["Hello."]),
    ("13 odd channel", "<|channel|>commentary??<|message|>Hello.<|end|>", &["Hello."]),
    (
        "14 return closes a call",
        "<|channel|>commentary to=functions.f<|message|>{}<|return|>",
        &["{}"],
    ),
    ("14 call closes a final", "<|channel|>final<|message|>Hello.<|call|>", &["Hello."]),
    ("15 end, then the stream ends", "<|channel|>final<|message|>Hello.<|end|>", &["Hello."]),
    (
        "15 end, then endoftext",
        "<|channel|>final<|message|>Hello.<|end|><|endoftext|>",
        &["Hello."],
    ),
    (
        "16 a call that is cut",
        "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"location\": \"San",
        &["{\"location\": \"San"],
    ),
    (
        "17 channel twice",
        "<|channel|>analysis<|channel|>commentary to=functions.f<|message|>{}<|call|>",
        &["{}"],
    ),
    ("18 only analysis", "<|channel|>analysis<|message|>Hm.<|end|>", &["Hm."]),
    ("19 broken characters", "<|channel|>final<|message|>a¬b<|return|>", &["a\u{FFFD}b"]),
    (
        "20 text behind the arguments",
        "<|channel|>commentary to=functions.f json<|message|>{\"a\":1} and more<|call|>",
        &["{\"a\":1} and more"],
    ),
    ("20 no arguments", "<|channel|>commentary to=functions.f json<|message|><|call|>", &[""]),
    (
        "21 markers twice",
        "<|start|>assistant<|channel|>final<|message|>Hello<|message|>.<|return|>",
        &["Hello."],
    ),
];

/// The ids of a turn; `¬` is a byte that continues nothing.
fn turn_ids(turn: &str) -> Vec<u32> {
    let tokenizer = tokenizer();
    let broken = (0..256)
        .find(|id| tokenizer.token_bytes(*id) == Some(&[0xFF]))
        .expect("a token of that byte");
    let parts: Vec<Vec<u32>> = turn.split('¬').map(ids).collect();
    parts.join(&broken)
}

#[test]
fn nothing_that_was_said_is_lost() {
    for (name, malformed, expected) in TURNS {
        let turn = turn(Parser::new(tokenizer()), &turn_ids(malformed));
        let texts: Vec<&str> = turn.messages.iter().map(text).collect();
        assert_eq!(texts, expected, "{name}: {turn:?}");
    }
}

#[test]
fn calls_stay_calls() {
    for (name, malformed, _) in TURNS {
        let turn = turn(Parser::new(tokenizer()), &turn_ids(malformed));
        let recipients: Vec<&str> =
            turn.messages.iter().filter_map(|message| message.recipient.as_deref()).collect();
        let call = malformed.contains("functions.")
            || malformed.contains("container.")
            || malformed.contains("to=f");
        assert_eq!(recipients.len(), usize::from(call), "{name}: {turn:?}");
    }
}

/// Every beginning of every turn is a turn as well. Its texts are beginnings of the whole turn's texts: cutting never changes what
/// was streamed before.
#[test]
fn every_cut_of_every_malformation() {
    for (name, malformed, _) in TURNS {
        let ids = turn_ids(malformed);
        let streamed = |ids: &[u32]| {
            let mut parser = Parser::new(tokenizer());
            ids.iter().flat_map(|&id| parser.push(id)).collect::<Vec<Event>>()
        };
        let whole = streamed(&ids);
        for cut in 0..=ids.len() {
            let before = streamed(&ids[..cut]);
            assert_eq!(before, whole[..before.len()], "{name}, cut at {cut}");
            let all = events(Parser::new(tokenizer()), &ids[..cut]);
            check_grammar(&all);
            assert_eq!(before, all[..before.len()], "{name}, cut at {cut}");
            if let Some(Event::End(end)) = all[before.len()..].last() {
                assert_eq!(end.stop, Stop::Cut, "{name}, cut at {cut}");
            }
        }
    }
}

/// Each malformed turn followed by each other: the second is read as if it stood alone, once a `<|start|>` begins it.
#[test]
fn a_malformed_turn_does_not_disturb_the_next() {
    for (name, malformed, expected) in TURNS.iter().filter(|(_, turn, _)| !turn.ends_with("San")) {
        for (next, other, also) in
            TURNS.iter().filter(|(_, turn, _)| !turn.starts_with("<|start|>"))
        {
            let ids = [turn_ids(malformed), ids("<|start|>assistant"), turn_ids(other)].concat();
            let turn = turn(Parser::new(tokenizer()), &ids);
            let texts: Vec<&str> = turn.messages.iter().map(text).collect();
            assert_eq!(texts, [*expected, *also].concat(), "{name}, then {next}: {turn:?}");
        }
    }
}

#[test]
fn ids_outside_of_the_vocabulary_are_reported_and_forgotten() {
    let with = |odd: u32| {
        let ids = [
            ids("<|channel|>final"),
            vec![odd],
            ids("<|message|>a"),
            vec![odd],
            ids("b<|return|>"),
            vec![odd],
        ]
        .concat();
        turn(Parser::new(tokenizer()), &ids)
    };
    for odd in [201_088, 250_000, u32::MAX] {
        let turn = with(odd);
        assert_eq!(turn.lines(), ["assistant@final: ab (return)"]);
        assert_eq!(turn.repairs, [Repair::UnknownToken; 3]);
        assert!(
            !turn.messages[0].tokens.as_ref().expect("ids").contains(&odd),
            "must not come back in a prompt"
        );
    }
    assert_eq!(with(200_013).repairs, [Repair::ReservedToken; 3]);
    let cut =
        Tokenizer::from_json(&crate::support::data("tokenizer_1024.json")).expect("a tokenizer");
    let ids = [
        cut.encode_with_specials("<|channel|>final<|message|>a"),
        vec![1024],
        cut.encode_with_specials("b<|return|>"),
    ]
    .concat();
    let turn = turn(Parser::new(cut), &ids);
    assert_eq!(turn.lines(), ["assistant@final: ab (return)"]);
    assert_eq!(turn.repairs, [Repair::UnknownToken]);
}

#[test]
fn a_header_without_end_becomes_content() {
    let long = format!("<|channel|>commentary to=functions.{}", "x".repeat(5000));
    let turn = turn(Parser::new(tokenizer()), &ids(&long));
    assert_eq!(turn.messages.len(), 1);
    assert_eq!(turn.repairs, [Repair::MissingMessage]);
    let markers: Vec<u32> = ids("<|channel|>x<|constrain|>").repeat(2000);
    crate::support::turn(Parser::new(tokenizer()), &markers);
}
