//! `gpt-oss harmony`: any ids parse, and messages go to tokens and back.

use gpt_oss_tests::{process::run, random::Random};
use serde_json::{Value, json};

/// Every id is below this.
const VOCABULARY: u64 = 201_088;
/// The special tokens that carry structure, so that random streams have headers, calls and ends in all wrong places.
const SPECIALS: [u64; 9] =
    [199_998, 199_999, 200_002, 200_003, 200_005, 200_006, 200_007, 200_008, 200_012];
const STREAMS: u64 = 300;

#[test]
fn random_ids_always_parse() {
    let workers = std::thread::available_parallelism().map_or(2, |count| count.get() as u64);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            scope.spawn(move || (worker..STREAMS).step_by(workers as usize).for_each(parse_random));
        }
    });
}

fn parse_random(seed: u64) {
    let mut random = Random::new(seed);
    // One in so many tokens is special: from nearly all of them to nearly none.
    let rarity = 1 + random.below(12);
    let length = random.below(400);
    let ids: Vec<u64> = (0..length)
        .map(|_| match random.below(rarity) {
            0 => SPECIALS[random.below(SPECIALS.len() as u64) as usize],
            _ => random.below(VOCABULARY),
        })
        .collect();
    let output = run(&["harmony", "parse"], json!(ids).to_string().as_bytes());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "seed {seed}: {errors}\n{ids:?}");
    check_events(&String::from_utf8(output.stdout).unwrap())
        .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{ids:?}"));
}

/// One start, deltas and one end a message; the deltas joined are the message.
fn check_events(lines: &str) -> Result<(), String> {
    let mut open: Option<String> = None;
    for line in lines.lines() {
        let event: Value =
            serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
        match (event["event"].as_str(), &mut open) {
            (Some("start"), None) => open = Some(String::new()),
            (Some("delta"), Some(text)) => {
                let delta = event["text"].as_str().filter(|delta| !delta.is_empty());
                text.push_str(delta.ok_or_else(|| format!("an empty delta: {line}"))?);
            }
            (Some("end"), Some(text)) => {
                if event["message"]["content"]["text"] != text.as_str() {
                    return Err(format!("the deltas are {text:?}: {line}"));
                }
                open = None;
            }
            (Some("repair"), _) => {}
            _ => return Err(format!("out of place: {line}")),
        }
    }
    if open.is_some() { Err("a message is not closed".into()) } else { Ok(()) }
}

#[test]
fn what_is_not_an_array_of_ids_is_refused_in_one_sentence() {
    for input in ["", "{}", "[-1]", "[1.5]", "[\"a\"]", "[201088]", "[1,"] {
        let output = run(&["harmony", "parse"], input.as_bytes());
        assert!(!output.status.success(), "{input:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!errors.is_empty() && !errors.contains("panicked"), "{input:?}: {errors}");
    }
}
