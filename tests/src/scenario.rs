//! Scenario folders: what a client sends, what the model says, and what must come out.
//!
//! ```text
//! tests-data/scenarios/NNN_name/
//!   request.json      what the client sends, without `stream`
//!   completion.txt    what the model says: Harmony with special tokens written out
//!   prompt.txt        the Harmony text that the model must have seen
//!   events.sse        the stream
//!   response.json     the folded answer, or the error
//! ```
//! A conversation has `request.2.json`, `completion.2.txt` and so on; `{{1/output/0/call_id}}` in a request is a value of the first
//! answer. `recording.jsonl` takes the place of the completions where a scenario needs more than they can say (ids, failures). A
//! scenario that is rejected before the model speaks has only `request.json` and `response.json`.
//!
//! `UPDATE=1` rewrites prompts, streams and answers. Ids and times are normalised ([`crate::normalise`]).

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use gpt_oss_server::Reuse;
use serde_json::{Value, json};

use crate::{
    normalise::{self, Normaliser},
    repository, rules,
    scripted::Scripted,
    sse::{self, Transcript},
};

/// One scenario folder.
pub struct Scenario {
    folder: PathBuf,
    /// Requests, in order.
    pub requests: Vec<Value>,
    /// What the scripted engine says.
    pub recording: String,
}

/// How answers are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Streamed,
    Folded,
}

/// What one request brought.
struct Answer {
    status: u16,
    body: Value,
    transcript: Option<Transcript>,
}

/// All scenario folders, in order.
pub fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository().join("tests-data/scenarios")).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

impl Scenario {
    /// Reads a folder.
    pub fn read(folder: &Path) -> Self {
        let rounds =
            (1..).take_while(|&round| folder.join(file("request", round, "json")).exists());
        let rounds: Vec<usize> = rounds.collect();
        assert!(!rounds.is_empty(), "{}: no request.json", folder.display());
        let requests = rounds.iter().map(|&round| {
            let text = read(&folder.join(file("request", round, "json")));
            serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        });
        let recording = folder.join("recording.jsonl");
        let recording = if recording.exists() {
            read(&recording)
        } else {
            let completions =
                rounds.iter().map(|&round| folder.join(file("completion", round, "txt")));
            completions.filter(|path| path.exists()).fold(String::new(), |mut lines, path| {
                // The end of the file is not part of what the model says.
                let text = read(&path);
                let text = text.strip_suffix('\n').unwrap_or(&text);
                writeln!(lines, "{}", json!({"completion": text})).unwrap();
                lines
            })
        };
        Self { folder: folder.to_owned(), requests: requests.collect(), recording }
    }

    /// The folder's name.
    pub fn name(&self) -> &str {
        self.folder.file_name().unwrap().to_str().unwrap()
    }

    /// Every round has its answer, and its prompt and stream unless it is rejected; no file is there that nobody reads.
    pub fn assert_complete(&self) {
        let mut expected = vec!["recording.jsonl".to_owned()];
        for round in 1..=self.requests.len() {
            let answer = file("response", round, "json");
            expected.extend([
                file("request", round, "json"),
                file("completion", round, "txt"),
                answer.clone(),
            ]);
            let answer: Value = serde_json::from_str(&read(&self.folder.join(&answer))).unwrap();
            if answer["object"] == "response" {
                let needed = [file("prompt", round, "txt"), file("events", round, "sse")];
                let missing = needed.iter().find(|name| !self.folder.join(name).exists());
                assert_eq!(missing, None, "{}", self.name());
                expected.extend(needed);
            }
        }
        for entry in std::fs::read_dir(&self.folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(expected.contains(&name), "{}: nobody reads {name}", self.name());
        }
    }

    /// Runs the conversation streamed and not streamed and compares both with the folder.
    ///
    /// # Errors
    /// Every difference, as one text.
    pub async fn check(&self) -> Result<(), String> {
        let mut differences = String::new();
        let mut note = |what: &str, result: Result<(), String>| {
            if let Err(difference) = result {
                writeln!(differences, "{}: {what}: {difference}", self.name()).unwrap();
            }
        };
        let (streamed, prompts) = self.run(Form::Streamed).await?;
        let (plain, plain_prompts) = self.run(Form::Folded).await?;
        note("prompts of both ways", same(&prompts, &plain_prompts));
        let mut names = Normaliser::default();
        let mut plain_names = Normaliser::default();
        let mut prompts = prompts.iter();
        for (index, (streamed, plain)) in streamed.iter().zip(&plain).enumerate() {
            let round = index + 1;
            if let Some(transcript) = &streamed.transcript {
                let text = self.written(transcript, &mut names);
                note("events", self.golden(&file("events", round, "sse"), &text));
                let prompt = prompts.next().map(|prompt| names.text(&normalise::prompt(prompt)));
                let prompt = prompt.unwrap_or_default();
                note("prompt", self.golden(&file("prompt", round, "txt"), &prompt));
            }
            let folded = names.value(&streamed.body);
            let body = plain_names.value(&plain.body);
            note("streamed and folded", same(&folded, &body));
            note("status", same(&streamed.status, &plain.status));
            let pretty = serde_json::to_string_pretty(&body).unwrap() + "\n";
            note("response", self.golden(&file("response", round, "json"), &pretty));
        }
        if differences.is_empty() { Ok(()) } else { Err(differences) }
    }

    /// Every request in turn against a fresh server; the answers and the prompts that the model saw.
    async fn run(&self, form: Form) -> Result<(Vec<Answer>, Vec<String>), String> {
        let server = Scripted::start(&self.recording, Reuse::Never).await;
        let mut answers: Vec<Answer> = Vec::new();
        for request in &self.requests {
            let mut request = fill(request, &answers);
            request["stream"] = (form == Form::Streamed).into();
            let answer = ask(&server, &request).await;
            answers.push(answer.map_err(|error| format!("{}: {error}", self.name()))?);
        }
        Ok((answers, server.prompts()))
    }

    /// Asks again with `max_output_tokens` at every length shorter than the whole answer: the rules hold wherever it is cut, and what
    /// was said before the cut is the beginning of what is said without it.
    ///
    /// # Errors
    /// The length and the broken rule.
    pub async fn check_cuts(&self) -> Result<(), String> {
        let [request] = self.requests.as_slice() else { return Ok(()) };
        let server = Scripted::start(&self.recording, Reuse::Always).await;
        let mut request = request.clone();
        request["stream"] = true.into();
        let whole = ask(&server, &request).await?;
        let Some(length) = whole.body["usage"]["output_tokens"].as_u64() else { return Ok(()) };
        for limit in 1..length {
            request["max_output_tokens"] = limit.into();
            let cut = ask(&server, &request).await;
            let cut = cut.map_err(|error| format!("{}: cut at {limit}: {error}", self.name()))?;
            check_cut(&whole.body, &cut.body, limit)
                .map_err(|error| format!("{}: cut at {limit} of {length}: {error}", self.name()))?;
        }
        Ok(())
    }

    fn written(&self, transcript: &Transcript, names: &mut Normaliser) -> String {
        let mut text = String::new();
        for event in &transcript.events {
            let data = names.value(&event.data);
            write!(text, "event: {}\ndata: {data}\n\n", event.name).unwrap();
        }
        text.push_str("data: [DONE]\n");
        text
    }

    /// Compares with a file of the folder, or writes it with `UPDATE=1`.
    fn golden(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.folder.join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, text).unwrap();
            return Ok(());
        }
        let expected = std::fs::read_to_string(&path)
            .map_err(|error| format!("{name}: {error}; UPDATE=1 writes it"))?;
        first_difference(&expected, text).map_or(Ok(()), |line| {
            Err(format!("{name}, {line}\n(UPDATE=1 rewrites the files; then read the diff)"))
        })
    }
}

/// `request.json`, `request.2.json`, …
fn file(stem: &str, round: usize, extension: &str) -> String {
    if round == 1 { format!("{stem}.{extension}") } else { format!("{stem}.{round}.{extension}") }
}

/// Sends a request and holds what comes back against the rules.
async fn ask(server: &Scripted, request: &Value) -> Result<Answer, String> {
    let response = server.post(request).await;
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    if kind.starts_with("text/event-stream") {
        let transcript = sse::read(response).await?;
        let body = rules::check_stream(&transcript)?;
        return Ok(Answer { status, body, transcript: Some(transcript) });
    }
    let body: Value = response.json().await.map_err(|error| error.to_string())?;
    if body["object"] == "response" {
        rules::check_response(&body)?;
    } else {
        check_error(status, &body)?;
    }
    Ok(Answer { status, body, transcript: None })
}

/// An error answer has OpenAI's shape: four keys, and a status that says who is to blame.
pub fn check_error(status: u16, body: &Value) -> Result<(), String> {
    let error = body["error"].as_object().ok_or_else(|| format!("no error in {body}"))?;
    let mut keys: Vec<&str> = error.keys().map(String::as_str).collect();
    keys.sort_unstable();
    if keys != ["code", "message", "param", "type"] || !(400..600).contains(&status) {
        return Err(format!("{status} with {body}"));
    }
    Ok(())
}

fn check_cut(whole: &Value, cut: &Value, limit: u64) -> Result<(), String> {
    if cut["status"] != "incomplete" {
        return Err(format!("status {}", cut["status"]));
    }
    if cut["incomplete_details"]["reason"] != "max_output_tokens" {
        return Err(format!("reason {}", cut["incomplete_details"]));
    }
    if cut["usage"]["output_tokens"] != limit {
        return Err(format!("usage {}", cut["usage"]));
    }
    let (whole, cut) = (said(whole), said(cut));
    // A character that was cut in two ends as one replacement character, and a call of a tool that is not on offer, which is shown
    // as text, with its parenthesis.
    let sound = cut.trim_end_matches([char::REPLACEMENT_CHARACTER, ')']);
    if whole.starts_with(sound) { Ok(()) } else { Err(format!("{cut:?} does not begin {whole:?}")) }
}

/// Everything that a response says, in order.
pub fn said(response: &Value) -> String {
    let mut text = String::new();
    for item in response["output"].as_array().into_iter().flatten() {
        for part in item["content"].as_array().into_iter().flatten() {
            text.push_str(part["text"].as_str().unwrap_or_default());
        }
        text.push_str(item["arguments"].as_str().unwrap_or_default());
        // The input of a custom tool is read from the whole arguments; what came before a cut is only their beginning.
        if item["status"] == "completed" {
            text.push_str(item["input"].as_str().unwrap_or_default());
        }
    }
    text
}

/// Replaces `{{ROUND/POINTER}}` in every string by that value of an earlier answer.
fn fill(request: &Value, answers: &[Answer]) -> Value {
    match request {
        Value::String(text) => match text
            .strip_prefix("{{")
            .and_then(|rest| rest.strip_suffix("}}"))
        {
            Some(place) => {
                let (round, pointer) = place.split_once('/').unwrap();
                let answer = &answers[round.parse::<usize>().unwrap() - 1].body;
                answer.pointer(&format!("/{pointer}")).unwrap_or_else(|| panic!("{place}")).clone()
            }
            None => request.clone(),
        },
        Value::Array(items) => items.iter().map(|item| fill(item, answers)).collect(),
        Value::Object(entries) => {
            entries.iter().map(|(key, value)| (key.clone(), fill(value, answers))).collect()
        }
        other => other.clone(),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(left: &T, right: &T) -> Result<(), String> {
    if left == right { Ok(()) } else { Err(format!("{left:?}\nis not\n{right:?}")) }
}

fn first_difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let lines = expected.lines().zip(found.lines());
    let number = lines.take_while(|(expected, found)| expected == found).count();
    let line = |text: &str| text.lines().nth(number).unwrap_or("(nothing)").to_owned();
    Some(format!("line {}:\nexpected {}\nfound    {}", number + 1, line(expected), line(found)))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
