//! The architecture, enforced: layering, sizes, where `cfg(feature)` may stand, complete scenario folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gpt_oss_tests::{repository, scenario};

/// Lines of a source file; declared tables and tests may be longer.
const MAX_LINES: usize = 500;

/// Files that are tables: long by nature, without logic that grows.
const TABLES: &[&str] = &[];

/// The workspace crates that each crate may depend on, and outside crates that would bring in what it must not know.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    ("harmony", &[], &["candle-core", "axum", "tokio", "reqwest", "tower-http", "memmap2", "clap"]),
    ("engine", &[], &["axum", "tower-http", "reqwest", "bpe-openai", "clap", "utoipa"]),
    ("tools", &[], &["axum", "candle-core", "bpe-openai"]),
    ("server", &["gpt-oss-engine", "gpt-oss-harmony", "gpt-oss-tools"], &["candle-core"]),
    (
        "tests",
        &["gpt-oss-engine", "gpt-oss-harmony", "gpt-oss-server"],
        &["candle-core", "bpe-openai"],
    ),
];

#[test]
fn dependencies_point_one_way() {
    let mut wrong = Vec::new();
    for (folder, allowed, forbidden) in LAYERS {
        let manifest = repository().join(folder).join("Cargo.toml");
        if !manifest.exists() {
            continue;
        }
        for name in dependencies(&manifest) {
            let ours = name.starts_with("gpt-oss-");
            if (ours && !allowed.contains(&name.as_str())) || forbidden.contains(&name.as_str()) {
                wrong.push(format!("{folder} must not depend on {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_member_has_a_layer() {
    let manifest: toml::Table = read(&repository().join("Cargo.toml")).parse().unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap();
    for member in members {
        let member = member.as_str().unwrap();
        assert!(
            LAYERS.iter().any(|(folder, ..)| *folder == member),
            "{member}: add it to LAYERS with what it must not know"
        );
    }
}

/// Normal dependencies, of every target; development dependencies may be anything.
fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let manifest: toml::Table = read(manifest).parse().unwrap();
    let mut names = BTreeSet::new();
    let mut add = |table: &toml::Table| {
        for section in ["dependencies", "build-dependencies"] {
            if let Some(found) = table.get(section).and_then(toml::Value::as_table) {
                names.extend(found.keys().cloned());
            }
        }
    };
    add(&manifest);
    for target in manifest.get("target").and_then(toml::Value::as_table).into_iter().flatten() {
        add(target.1.as_table().unwrap());
    }
    names
}

#[test]
fn harmony_does_no_io() {
    let mut wrong = Vec::new();
    for file in sources("harmony/src") {
        if is_test(&file) {
            continue;
        }
        for word in ["std::fs", "std::net", "std::env", "std::process", "println!", "eprintln!"] {
            if read(&file).contains(word) {
                wrong.push(format!("{}: {word}", relative(&file)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The names of stream events are the API's JSON: they are written in `server/src/wire/` and nowhere else.
#[test]
fn only_wire_names_the_events() {
    let mut wrong = Vec::new();
    for folder in ["harmony/src", "engine/src", "tools/src", "server/src"] {
        for file in sources(folder) {
            let name = relative(&file);
            // The bench is a client of the server, and reads events from outside.
            let client = name.starts_with("server/src/cli/bench");
            if name.starts_with("server/src/wire/") || client || is_test(&file) {
                continue;
            }
            let text = read(&file);
            let logic = text.split("#[cfg(test)]").next().unwrap_or_default();
            if logic.lines().any(|line| !is_comment(line) && line.contains("\"response.")) {
                wrong.push(name);
            }
        }
    }
    assert!(wrong.is_empty(), "the API's event names outside wire/: {wrong:#?}");
}

#[test]
fn files_stay_small() {
    let mut long = BTreeMap::new();
    for folder in ["harmony", "engine", "tools", "server", "tests"] {
        for file in sources(folder) {
            let name = relative(&file);
            let lines = read(&file).lines().count();
            if lines > MAX_LINES && !is_test(&file) && !TABLES.contains(&name.as_str()) {
                long.insert(name, lines);
            }
        }
    }
    assert!(long.is_empty(), "over {MAX_LINES} lines: {long:#?}");
    for table in TABLES {
        assert!(repository().join(table).exists(), "{table} is listed as a table and gone");
    }
}

/// Features choose a device; the choice stands in the device module, in an op's dispatch, in build scripts and in module lists.
#[test]
fn features_are_asked_where_devices_are_chosen() {
    let mut wrong = Vec::new();
    for folder in ["harmony/src", "engine/src", "tools/src", "server/src"] {
        for file in sources(folder) {
            let stem = file.file_name().unwrap().to_str().unwrap();
            let allowed = ["device.rs", "mod.rs", "lib.rs", "build.rs", "metal.rs"].contains(&stem);
            let text = read(&file);
            let asks = |line: &str| {
                !is_comment(line)
                    && line.contains("feature = \"")
                    && (line.contains("cfg(") || line.contains("cfg!("))
            };
            if !allowed && text.lines().any(asks) {
                wrong.push(relative(&file));
            }
        }
    }
    assert!(wrong.is_empty(), "cfg(feature) inside logic: {wrong:#?}");
}

#[test]
fn nothing_is_left_for_later() {
    // Written in halves, so that this file does not find itself.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("unimple", "mented!")];
    let mut wrong = Vec::new();
    for file in ["harmony", "engine", "tools", "server", "tests"].into_iter().flat_map(sources) {
        let text = read(&file);
        let left = text
            .lines()
            .enumerate()
            .filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        wrong.extend(
            left.map(|(number, line)| format!("{}:{}: {line}", relative(&file), number + 1)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn scenario_folders_are_complete() {
    let mut numbers = BTreeMap::new();
    for folder in scenario::folders() {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let (number, rest) = name.split_once('_').expect("NNN_name");
        assert!(number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()), "{name}");
        assert!(!rest.is_empty(), "{name}");
        if let Some(other) = numbers.insert(number.to_owned(), name.clone()) {
            panic!("{other} and {name} have one number");
        }
        scenario::Scenario::read(&folder).assert_complete();
    }
    assert!(numbers.len() >= 40, "only {} scenarios were found", numbers.len());
}

/// Every flag and subcommand that README.md shows is one that the binary knows.
#[test]
fn readme_commands_exist() {
    let readme = read(&repository().join("README.md"));
    let mut seen = 0;
    let mut place = Place::Prose;
    for line in readme.lines() {
        if line.starts_with("```") {
            place = if place == Place::Prose { Place::Block } else { Place::Prose };
        }
        for command in commands(line, place) {
            check_command(&command);
            seen += 1;
        }
    }
    assert!(seen >= 5, "README shows only {seen} commands");
}

/// Where a line of README.md stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Prose,
    Block,
}

/// The `gpt-oss …` commands of a line: in prose its code spans, in a block the whole line.
fn commands(line: &str, place: Place) -> Vec<Vec<String>> {
    let candidates: Vec<&str> = match place {
        Place::Prose => line.split('`').skip(1).step_by(2).collect(),
        Place::Block => vec![line],
    };
    candidates
        .iter()
        .filter_map(|text| {
            let text = text.split('#').next().unwrap_or_default();
            let mut words = text.split_whitespace().skip_while(|word| {
                *word != "cargo" && (word.contains('=') || !word.ends_with("gpt-oss"))
            });
            match words.next()? {
                "cargo" => {
                    let rest: Vec<String> = words.map(str::to_owned).collect();
                    let split = rest.iter().position(|word| word == "--")?;
                    Some(rest[split + 1..].to_vec())
                }
                _ => Some(words.map(str::to_owned).collect()),
            }
        })
        .filter(|words| !words.is_empty())
        .collect()
}

fn check_command(words: &[String]) {
    let is_word = |word: &&String| {
        word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_')
            && !word.starts_with('-')
    };
    // `model inspect`, `harmony parse`: subcommands are the leading plain words that the binary accepts.
    let subcommands: Vec<&str> = words.iter().take_while(is_word).map(String::as_str).collect();
    let shown = words.join(" ");
    let mut help = None;
    for count in (0..=subcommands.len().min(2)).rev() {
        let mut arguments = subcommands[..count].to_vec();
        arguments.push("--help");
        if let Some(text) = gpt_oss_tests::process::help(&arguments) {
            help = Some((count, text));
            break;
        }
    }
    let (count, help) = help.unwrap_or_else(|| panic!("`gpt-oss {shown}`: no help at all"));
    assert!(count > 0 || subcommands.is_empty(), "`gpt-oss {shown}`: unknown subcommand");
    for word in words.iter().filter(|word| word.starts_with("--")) {
        let flag = word.split(['=', ' ']).next().unwrap();
        assert!(help.contains(flag), "`gpt-oss {shown}`: {flag} is not in its help");
    }
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_test(file: &Path) -> bool {
    let name = relative(file);
    name.ends_with("tests.rs") || name.contains("/tests/") || name.starts_with("tests/")
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn relative(file: &Path) -> String {
    file.strip_prefix(repository()).unwrap().to_str().unwrap().replace('\\', "/")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
