//! Headers as models write them: the table `headers.txt`, in which each turn stands above the messages it means.

use std::fmt::Write;

use gpt_oss_harmony::{Parser, Repair};

use crate::support::{data, ids, path, tokenizer, turn};

/// A turn of the table with its answers filled in.
fn answered(input: &str, tools: Option<&str>) -> String {
    let mut parser = Parser::new(tokenizer());
    if let Some(tools) = tools {
        parser = parser.with_tools(tools.split(", "));
    }
    let turn = turn(parser, &ids(&input.replace("\\n", "\n")));
    let mut block = format!("> {input}\n");
    for line in turn.lines() {
        writeln!(block, "  {}", line.replace('\n', "\\n")).expect("a String takes all");
    }
    if !turn.repairs.is_empty() {
        let names: Vec<String> = turn.repairs.iter().map(name).collect();
        writeln!(block, "  mended: {}", names.join(", ")).expect("a String takes all");
    }
    block
}

fn name(repair: &Repair) -> String {
    let name = serde_json::to_value(repair).expect("JSON");
    name.as_str().expect("a name").to_owned()
}

/// The whole table with its answers computed anew.
fn recomputed(table: &str) -> String {
    let mut out = String::new();
    let mut tools = None;
    for line in table.lines() {
        if let Some(input) = line.strip_prefix("> ") {
            out.push_str(&answered(input, tools));
            continue;
        }
        if line.starts_with("  ") {
            continue;
        }
        if line.starts_with("== ") {
            tools = None;
        }
        tools = line.strip_prefix("tools: ").or(tools);
        writeln!(out, "{line}").expect("a String takes all");
    }
    out
}

#[test]
fn every_header_of_the_table_means_what_it_says() {
    let table = String::from_utf8(data("headers.txt")).expect("UTF-8");
    let computed = recomputed(&table);
    assert!(computed.lines().filter(|line| line.starts_with("> ")).count() > 90);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path("headers.txt"), &computed).expect("written");
    }
    for (at, (expected, found)) in table.lines().zip(computed.lines()).enumerate() {
        assert_eq!(found, expected, "headers.txt, line {}", at + 1);
    }
    assert_eq!(computed, table);
}

/// A control token written in letters is not the control token.
#[test]
fn markers_in_letters_pollute_a_recipient() {
    let letters = tokenizer().encode("<|channel|>commentary");
    let parts =
        [ids("<|channel|>commentary to=functions.f"), letters, ids("<|message|>{}<|call|>")];
    let turn = turn(Parser::new(tokenizer()), &parts.concat());
    assert_eq!(turn.lines(), ["assistant@commentary>functions.f: {} (call)"]);
    assert_eq!(turn.repairs, [Repair::PollutedRecipient]);
}
