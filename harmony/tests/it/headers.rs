//! Headers as models write them: each of the 39 on which openai-harmony's parser was tried, and more. Most of them are errors there.

use gpt_oss_harmony::{Parser, Repair, Repair::*};

use crate::support::{ids, tokenizer, turn};

/// What follows the prompt's `<|start|>assistant`, the messages it means, and what was repaired.
type Row = (&'static str, &'static [&'static str], &'static [Repair]);

#[track_caller]
fn check(rows: &[Row], tools: Option<&[&str]>) {
    for (text, messages, repairs) in rows {
        let mut parser = Parser::new(tokenizer());
        if let Some(tools) = tools {
            parser = parser.with_tools(tools.iter().copied());
        }
        let turn = turn(parser, &ids(text));
        assert_eq!(turn.lines(), *messages, "{text}");
        assert_eq!(turn.repairs, *repairs, "{text}");
    }
}

#[test]
fn calls() {
    check(
        &[
            (
                "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[!json]: {} (call)"],
                &[],
            ),
            (
                "<|channel|>commentary to=functions.f<|constrain|>json<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[!json]: {} (call)"],
                &[ConstrainSpacing],
            ),
            (
                "<|channel|>commentary to=functions.f  <|constrain|>json<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[!json]: {} (call)"],
                &[ConstrainSpacing],
            ),
            (
                "<|channel|>commentary to=functions.f <|constrain|> json<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[!json]: {} (call)"],
                &[ConstrainSpacing],
            ),
            (
                "<|channel|>commentary to=functions.f json<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[json]: {} (call)"],
                &[],
            ),
            (
                "<|channel|>commentary to=functions.f code<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[code]: {} (call)"],
                &[],
            ),
            (
                "<|channel|>commentary to=functions.f JSON<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[JSON]: {} (call)"],
                &[],
            ),
            (
                "<|channel|>commentary to=functions.f yaml<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[yaml]: {} (call)"],
                &[],
            ),
            (
                "<|channel|>commentary to=functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[],
            ),
            (
                " to=functions.f<|channel|>commentary json<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[json]: {} (call)"],
                &[],
            ),
            (
                " to=functions.f<|channel|>commentary <|constrain|>json<|message|>{}<|call|>",
                &["assistant@commentary>functions.f[!json]: {} (call)"],
                &[],
            ),
            (
                "<|channel|>analysis to=python code<|message|>1<|call|>",
                &["assistant@analysis>python[code]: 1 (call)"],
                &[],
            ),
            (
                "<|channel|>analysis to=functions.f<|message|>{}<|call|>",
                &["assistant@analysis>functions.f: {} (call)"],
                &[CallOnAnalysis],
            ),
            (
                "<|channel|>final to=functions.f<|message|>{}<|call|>",
                &["assistant@final>functions.f: {} (call)"],
                &[CallOnFinal],
            ),
            (
                "<|channel|>commentary to=functions.web-browsing<|message|>{}<|call|>",
                &["assistant@commentary>functions.web-browsing: {} (call)"],
                &[],
            ),
            (
                "<|channel|>commentary to=functions.a.b.c<|message|>{}<|call|>",
                &["assistant@commentary>functions.a.b.c: {} (call)"],
                &[],
            ),
            (
                " to=functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[MissingChannel],
            ),
            (
                "<|channel|>commentary to=container.exec<|message|>{}<|call|>",
                &["assistant@commentary>container.exec: {} (call)"],
                &[],
            ),
        ],
        None,
    );
}

#[test]
fn recipients() {
    check(
        &[
            (
                "<|channel|>commentary functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[LoneRecipient],
            ),
            (
                "<|channel|>commentary to=functions.f to=functions.g<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[RepeatedRecipient],
            ),
            (
                " to=functions.f<|channel|>commentary to=functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[RepeatedRecipient],
            ),
            (
                "<|channel|>commentary to= functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[RecipientSpacing],
            ),
            (
                "<|channel|>commentary to = functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[RecipientSpacing],
            ),
            (
                "<|channel|>commentary to=assistant<|message|>x<|end|>",
                &["assistant@commentary: x (end)"],
                &[SelfRecipient],
            ),
            (
                "<|channel|>final to=user<|message|>x<|return|>",
                &["assistant@final: x (return)"],
                &[SelfRecipient],
            ),
            (
                "<|channel|>commentary to=all<|message|>x<|end|>",
                &["assistant@commentary: x (end)"],
                &[],
            ),
            (
                "<|channel|>commentary to=<|message|>x<|end|>",
                &["assistant@commentary: x (end)"],
                &[],
            ),
            (
                " to=functions.create_event<|channel|>analysis<|message|>{}<|call|>",
                &["assistant@analysis>functions.create_event: {} (call)"],
                &[CallOnAnalysis],
            ),
            (
                " to=functions.f<|channel|>commentary<|channel|>commentary<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[RepeatedChannel],
            ),
        ],
        None,
    );
    // A control token written in letters, as ordinary tokens.
    let letters = [
        ids("<|channel|>commentary to=functions.f"),
        tokenizer().encode("<|channel|>commentary"),
        ids("<|message|>{}<|call|>"),
    ];
    let turn = turn(Parser::new(tokenizer()), &letters.concat());
    assert_eq!(turn.lines(), ["assistant@commentary>functions.f: {} (call)"]);
    assert_eq!(turn.repairs, [PollutedRecipient]);
}

#[test]
fn recipients_when_the_tools_are_known() {
    let call: &[&str] = &["assistant@commentary>functions.get_weather: {} (call)"];
    check(
        &[
            ("<|channel|>commentary to=functions.get_weather<|message|>{}<|call|>", call, &[]),
            ("<|channel|>commentary to=get_weather<|message|>{}<|call|>", call, &[BareRecipient]),
            (
                "<|channel|>commentary to=function.get_weather<|message|>{}<|call|>",
                call,
                &[BareRecipient],
            ),
            (
                "<|channel|>commentary to=functions.functions.get_weather<|message|>{}<|call|>",
                call,
                &[BareRecipient],
            ),
            (
                "<|channel|>commentary to=tools/get_weather<|message|>{}<|call|>",
                call,
                &[BareRecipient],
            ),
            (
                "<|channel|>commentary get_weather<|message|>{}<|call|>",
                call,
                &[LoneRecipient, BareRecipient],
            ),
            (
                "<|channel|>commentary to=functions.get_weather.<|message|>{}<|call|>",
                call,
                &[PollutedRecipient],
            ),
            (
                "<|channel|>commentary to=functions.get_weathercommentary<|message|>{}<|call|>",
                call,
                &[GluedContentType],
            ),
            (
                "<|channel|>commentary to=functions.get_weatherjson<|message|>{}<|call|>",
                &["assistant@commentary>functions.get_weather[json]: {} (call)"],
                &[GluedContentType],
            ),
            (
                "<|channel|>commentary to=functions.shelljson<|message|>{}<|call|>",
                &["assistant@commentary>functions.shelljson: {} (call)"],
                &[UnknownRecipient],
            ),
            (
                "<|channel|>analysis to=browser.search<|message|>{}<|call|>",
                &["assistant@analysis>browser.search: {} (call)"],
                &[UnknownRecipient],
            ),
            (
                "<|channel|>analysis to=python<|message|>1<|call|>",
                &["assistant@analysis>python: 1 (call)"],
                &[],
            ),
            (
                "<|channel|>final json<|message|>{}<|return|>",
                &["assistant@final[json]: {} (return)"],
                &[],
            ),
        ],
        Some(&["functions.get_weather", "python"]),
    );
}

#[test]
fn answers() {
    check(
        &[
            (
                "<|channel|>final <|constrain|>json<|message|>{}<|return|>",
                &["assistant@final[!json]: {} (return)"],
                &[],
            ),
            (
                "<|channel|>final json<|message|>{}<|return|>",
                &["assistant@final[json]: {} (return)"],
                &[],
            ),
            (
                "<|channel|>final yaml<|message|>a: 1<|return|>",
                &["assistant@final[yaml]: a: 1 (return)"],
                &[],
            ),
            (
                "<|channel|>commentary<|constrain|>json<|message|>{}<|end|>",
                &["assistant@commentary[!json]: {} (end)"],
                &[ConstrainSpacing],
            ),
            ("<|channel|>final<|return|>", &["assistant@final:  (return)"], &[MissingMessage]),
            ("<|message|>x<|return|>", &["assistant@final: x (return)"], &[MissingChannel]),
            (
                "<|channel|><|message|>x<|return|>",
                &["assistant@final: x (return)"],
                &[MissingChannel],
            ),
            ("<|channel|> final<|message|>x<|return|>", &["assistant@final: x (return)"], &[]),
            ("<|channel|>Final<|message|>x<|return|>", &["assistant@final: x (return)"], &[]),
        ],
        None,
    );
}

#[test]
fn channels() {
    check(
        &[
            (
                "<|channel|>commentaryto=functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[GluedChannel],
            ),
            (
                "<|channel|>finalx<|message|>y<|return|>",
                &["assistant@final: y (return)"],
                &[GluedChannel, HeaderJunk],
            ),
            (
                "<|channel|>commentary??<|message|>y<|end|>",
                &["assistant@commentary: y (end)"],
                &[GluedChannel, HeaderJunk],
            ),
            (
                "<|channel|>comment<|message|>y<|end|>",
                &["assistant@commentary: y (end)"],
                &[UnknownChannel],
            ),
            (
                "<|channel|>thoughts<|message|>y<|end|>",
                &["assistant@final: y (end)"],
                &[HeaderJunk, UnknownChannel],
            ),
            (
                "<|channel|>?? to=functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[HeaderJunk, UnknownChannel],
            ),
            (
                "<|channel|>analysis we look at it<|message|>y<|end|>",
                &["assistant@analysis: y (end)"],
                &[HeaderJunk],
            ),
            (
                "<|channel|>analysis<|channel|>commentary to=functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[RepeatedChannel],
            ),
            (
                "<|channel|><|channel|>final<|message|>y<|return|>",
                &["assistant@final: y (return)"],
                &[RepeatedChannel],
            ),
            ("final<|message|>y<|return|>", &["assistant@final: y (return)"], &[UnmarkedChannel]),
            ("analysis<|message|>y<|end|>", &["assistant@analysis: y (end)"], &[UnmarkedChannel]),
            (
                " commentary to=functions.f<|message|>{}<|call|>",
                &["assistant@commentary>functions.f: {} (call)"],
                &[UnmarkedChannel],
            ),
        ],
        None,
    );
}

#[test]
fn headers_that_end_early() {
    check(
        &[
            (
                "Hello there.<|return|>",
                &["assistant@final: Hello there. (return)"],
                &[MissingHeader],
            ),
            ("Hello there.", &["assistant@final: Hello there. (cut)"], &[MissingHeader]),
            (
                "final answer: 4<|return|>",
                &["assistant@final: final answer: 4 (return)"],
                &[MissingHeader],
            ),
            (
                "to be or not<|return|>",
                &["assistant@final: to be or not (return)"],
                &[MissingHeader],
            ),
            (
                "final<|return|>",
                &["assistant@final:  (return)"],
                &[UnmarkedChannel, MissingMessage],
            ),
            (
                "analysisWe look.<|end|><|start|>assistantfinalHello<|return|>",
                &["assistant@analysis: We look. (end)", "assistant@final: Hello (return)"],
                &[UnmarkedChannel, MissingMessage, UnmarkedChannel, MissingMessage],
            ),
            (
                "<|channel|>finalHello there<|return|>",
                &["assistant@final: Hello there (return)"],
                &[GluedChannel, MissingMessage],
            ),
            (
                "<|channel|>final Hello there<|return|>",
                &["assistant@final: Hello there (return)"],
                &[MissingMessage],
            ),
            (
                "<|channel|>Hello there<|return|>",
                &["assistant@final: Hello there (return)"],
                &[MissingMessage, UnknownChannel],
            ),
            (
                "<|channel|>commentary to=functions.f <|constrain|>json{\"a\": 1}<|call|>",
                &["assistant@commentary>functions.f[!json]: {\"a\": 1} (call)"],
                &[MissingMessage],
            ),
            (
                "<|channel|>commentary to=functions.f{\"a\": 1}<|call|>",
                &["assistant@commentary>functions.f: {\"a\": 1} (call)"],
                &[MissingMessage],
            ),
            ("<|return|>", &[], &[EmptyMessage]),
            ("", &[], &[]),
            ("<|channel|>fin", &[], &[CutHeader]),
            (
                "<|channel|>final<|start|>assistant<|channel|>final<|message|>y<|return|>",
                &["assistant@final: y (return)"],
                &[AbandonedHeader],
            ),
            (
                "Hello.<|start|>assistant<|channel|>final<|message|>y<|return|>",
                &["assistant@final: Hello. (next)", "assistant@final: y (return)"],
                &[MissingHeader],
            ),
        ],
        None,
    );
}

#[test]
fn speakers() {
    check(
        &[
            (
                "<|start|>assistant<|channel|>final<|message|>y<|return|>",
                &["assistant@final: y (return)"],
                &[RepeatedStart],
            ),
            (
                "<|channel|>analysis<|message|>x<|end|><|start|><|channel|>final<|message|>y<|return|>",
                &["assistant@analysis: x (end)", "assistant@final: y (return)"],
                &[MissingRole],
            ),
            (
                "<|channel|>analysis<|message|>x<|end|><|start|>final<|message|>y<|return|>",
                &["assistant@analysis: x (end)", "assistant@final: y (return)"],
                &[UnmarkedChannel, MissingRole],
            ),
            (
                "<|channel|>commentary to=functions.f<|message|>{}<|call|><|start|>functions.f to=assistant<|channel|>commentary<|message|>ok<|end|>",
                &[
                    "assistant@commentary>functions.f: {} (call)",
                    "tool:functions.f@commentary>assistant: ok (end)",
                ],
                &[InventedSpeaker],
            ),
            (
                "<|channel|>final<|message|>x<|end|><|start|>user<|message|>more?<|end|>",
                &["assistant@final: x (end)", "user: more? (end)"],
                &[InventedSpeaker],
            ),
        ],
        None,
    );
}

#[test]
fn between_messages() {
    let both: &[&str] = &["assistant@analysis: x (end)", "assistant@final: y (return)"];
    check(
        &[
            (
                "<|channel|>analysis<|message|>x<|end|><|channel|>final<|message|>y<|return|>",
                both,
                &[MissingStart],
            ),
            (
                "<|channel|>analysis<|message|>x<|end|>assistant<|channel|>final<|message|>y<|return|>",
                both,
                &[MissingStart],
            ),
            (
                "<|channel|>analysis<|message|>x<|end|>final<|message|>y<|return|>",
                both,
                &[UnmarkedChannel, MissingStart],
            ),
            (
                "<|channel|>analysis<|message|>x<|end|><|message|>y<|return|>",
                both,
                &[MissingStart, MissingChannel],
            ),
            (
                "<|channel|>analysis<|message|>x<|end|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
                &[
                    "assistant@analysis: x (end)",
                    "assistant@commentary>functions.f[!json]: {} (call)",
                ],
                &[UnmarkedChannel, MissingStart],
            ),
            (
                "<|channel|>analysis<|message|>x<|end|>\n<|start|>assistant<|channel|>final<|message|>y<|return|>",
                both,
                &[StrayText],
            ),
            (
                "<|channel|>analysis<|message|>x<|end|>stray<|start|>assistant<|channel|>final<|message|>y<|return|>",
                both,
                &[StrayText],
            ),
            (
                "<|channel|>analysis<|message|>x<|end|>y<|return|>",
                both,
                &[MissingStart, MissingHeader],
            ),
            (
                "<|channel|>analysis<|message|>x<|start|>assistant<|channel|>final<|message|>y<|return|>",
                &["assistant@analysis: x (next)", "assistant@final: y (return)"],
                &[MissingEnd],
            ),
            (
                "<|channel|>analysis<|message|>x<|channel|>final<|message|>y<|return|>",
                &["assistant@analysis: x (next)", "assistant@final: y (return)"],
                &[MissingEnd, MissingStart],
            ),
            (
                "<|channel|>final<|message|>x<|end|><|return|>",
                &["assistant@final: x (end)"],
                &[StrayEnd],
            ),
            (
                "<|channel|>final<|message|>x<|return|> more <|return|>",
                &["assistant@final: x (return)"],
                &[StrayText, StrayEnd],
            ),
            (
                "<|channel|>final<|message|>x<|message|>y<|return|>",
                &["assistant@final: xy (return)"],
                &[StrayMarker],
            ),
            (
                "<|channel|>final<|message|>x<|constrain|>y<|return|>",
                &["assistant@final: xy (return)"],
                &[StrayMarker],
            ),
            (
                "<|channel|>final<|message|>x<|reserved_200011|>y<|return|>",
                &["assistant@final: xy (return)"],
                &[ReservedToken],
            ),
            (
                "<|channel|>final<|message|>x<|call|>",
                &["assistant@final: x (call)"],
                &[CallWithoutRecipient],
            ),
            (
                "<|channel|>commentary to=functions.f<|message|>{}<|return|>",
                &["assistant@commentary>functions.f: {} (return)"],
                &[ReturnClosesCall],
            ),
            (
                "<|channel|>commentary to=functions.f<|message|>{}<|end|>",
                &["assistant@commentary>functions.f: {} (end)"],
                &[EndClosesCall],
            ),
            (
                "<|channel|>commentary to=functions.f<|message|>{\"a\":",
                &["assistant@commentary>functions.f: {\"a\": (cut)"],
                &[],
            ),
        ],
        None,
    );
}
