//! The `gpt-oss` command as a person meets it: exit codes, messages, settings, a server that starts and stops.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A command with no setting but those that a test gives.
fn gpt_oss(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpt-oss"));
    command.args(args).env_clear().current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A file of its own for each name.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

fn say(mut command: Command, stdin: &str) -> Said {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // A command that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(args: &[&str]) -> Said {
    say(gpt_oss(args), "")
}

/// A small model of the real architecture, with random weights.
fn tiny() -> String {
    let config = serde_json::json!({
        "architectures": ["GptOssForCausalLM"], "model_type": "gpt_oss",
        "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
        "num_local_experts": 4, "num_experts_per_tok": 2, "intermediate_size": 64, "vocab_size": 201_088,
        "sliding_window": 16, "layer_types": ["sliding_attention", "full_attention"], "rms_norm_eps": 1e-5,
        "rope_theta": 150_000.0, "max_position_embeddings": 4096, "swiglu_limit": 7.0, "tie_word_embeddings": true,
        "rope_scaling": {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0,
            "original_max_position_embeddings": 128, "truncate": false},
    });
    // One file a test thread: another test must not read it half-written.
    let path = file(&format!("tiny-{:?}.json", std::thread::current().id()), &config.to_string());
    format!("random:{}", path.display())
}

#[test]
fn help_names_the_commands_and_goes_to_stdout() {
    let said = run(&["--help"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for command in ["serve", "generate", "harmony", "model", "logits", "bench", "selftest"] {
        assert!(said.out.contains(&format!("\n  {command} ")), "{command} in\n{}", said.out);
        assert_eq!(run(&[command, "--help"]).code, 0, "{command} --help");
    }
    assert_eq!(run(&["--version"]).out, format!("gpt-oss {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn mistakes_in_the_command_line_are_2_and_failures_1() {
    for (args, code, sentence) in [
        (&["sevre"][..], 2, "unrecognized subcommand 'sevre'"),
        (&["serve", "--port", "many"], 2, "invalid value 'many' for '--port <PORT>'"),
        (&["serve", "--engine", "replay"], 2, "--recording <FILE>"),
        (&["serve", "--max-seqs", "0"], 2, "write a number above 0"),
        (&["generate"], 2, "--prompt <TEXT>"),
        (&["generate", "-p", "a", "-t", "-1"], 2, "write a number from 0"),
        (
            &["generate", "-p", "a", "--device", "cuda", "--model", "random:educational"],
            1,
            "cannot use NVIDIA GPUs yet",
        ),
        (&["generate", "-p", "a", "--model", "no/such/folder"], 1, "no/such/folder"),
        (
            &["serve", "--engine", "replay", "--recording", "none.jsonl"],
            1,
            "cannot read none.jsonl",
        ),
        (&["serve", "--host", "no such host"], 1, "check --host"),
        (&["logits", "--tokens", "none.json", "--out", "x"], 1, "cannot read none.json"),
        (&["model", "inspect", "random:none.json"], 1, "none.json"),
        (&["serve", "--log", "==="], 2, "`--log ===` is not understood"),
        (&["serve", "--config", "none.toml"], 2, "cannot read the settings file none.toml"),
    ] {
        let said = run(args);
        assert_eq!(said.code, code, "{args:?}: {}", said.err);
        assert!(said.err.starts_with("error: "), "{args:?}: {}", said.err);
        assert!(said.err.contains(sentence), "{args:?}: {}", said.err);
        assert_eq!(said.out, "", "{args:?}");
        if code == 1 {
            assert_eq!(said.err.lines().count(), 1, "one sentence: {}", said.err);
        }
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let recording = file("precedence.jsonl", "");
    let listening = |file_port: bool, env_port: bool, flag_port: bool| {
        let [taken_by_file, taken_by_env, taken_by_flag] = [0, 0, 0].map(|_| {
            // A port that is taken: the error names the port that was chosen.
            std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap()
        });
        let port = |listener: &std::net::TcpListener| listener.local_addr().unwrap().port();
        let text =
            if file_port { format!("port = {}", port(&taken_by_file)) } else { String::new() };
        let settings = file(&format!("precedence-{file_port}-{env_port}-{flag_port}.toml"), &text);
        let mut command = gpt_oss(&["serve", "--engine", "replay"]);
        command.arg("--recording").arg(&recording).arg("--config").arg(settings);
        if env_port {
            command.env("GPT_OSS_PORT", port(&taken_by_env).to_string());
        }
        if flag_port {
            command.args(["--port", &port(&taken_by_flag).to_string()]);
        }
        let said = say(command, "");
        let ports = [("file", &taken_by_file), ("env", &taken_by_env), ("flag", &taken_by_flag)];
        let chosen =
            ports.iter().find(|(_, listener)| said.err.contains(&format!(":{}: ", port(listener))));
        assert!(said.err.contains("choose another --port"), "{}", said.err);
        chosen.map(|(name, _)| *name)
    };
    assert_eq!(listening(true, false, false), Some("file"));
    assert_eq!(listening(true, true, false), Some("env"));
    assert_eq!(listening(true, true, true), Some("flag"));
}

#[test]
fn a_settings_file_in_the_working_directory_is_read() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("working-directory");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("gpt-oss.toml"), "[serve]\nprot = 1\n").unwrap();
    let mut command = gpt_oss(&["harmony", "parse"]);
    command.current_dir(&folder);
    let said = say(command, "[]");
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert_eq!(
        said.err,
        "error: gpt-oss.toml: unknown setting `prot`; `gpt-oss serve --help` lists the names\n"
    );
    fs::write(folder.join("gpt-oss.toml"), "[serve]\nport = 1\n").unwrap();
    let mut command = gpt_oss(&["harmony", "parse"]);
    command.current_dir(&folder);
    assert_eq!(say(command, "[]").code, 0);
}

#[test]
fn harmony_render_and_parse_are_each_others_inverse() {
    let messages = r#"[{"role": "user", "content": "Hi <|end|>"}, {"role": "assistant", "channel": "final", "content": "Hello"}]"#;
    let rendered = say(gpt_oss(&["harmony", "render", "--whole"]), messages);
    assert_eq!(rendered.code, 0, "{}", rendered.err);
    let ids: Vec<u32> = serde_json::from_str(&rendered.out).unwrap();
    let text = say(gpt_oss(&["harmony", "render", "--whole", "--text"]), messages);
    assert!(text.out.starts_with("<|start|>user<|message|>Hi <|end|><|end|><|start|>assistant<|channel|>final<|message|>Hello"));

    let answer = ids.iter().rposition(|id| *id == 200_006).unwrap() + 2;
    let parsed = say(gpt_oss(&["harmony", "parse"]), &serde_json::json!(ids[answer..]).to_string());
    assert_eq!(parsed.code, 0, "{}", parsed.err);
    let events: Vec<serde_json::Value> =
        parsed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["start", "delta", "end"]);
    assert_eq!(events[2]["message"]["content"]["text"], "Hello");
}

#[test]
fn any_ids_of_the_vocabulary_parse_and_others_are_refused() {
    let mut state = 7u64;
    for _ in 0..20 {
        let ids: Vec<u64> = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // Half of them around the special tokens.
            if state >> 63 == 0 { (state >> 33) % 201_088 } else { 199_998 + (state >> 33) % 20 }
        })
        .take(300)
        .collect();
        let said = say(gpt_oss(&["harmony", "parse"]), &serde_json::json!(ids).to_string());
        assert_eq!(said.code, 0, "{ids:?}: {}", said.err);
        assert!(said.out.lines().count() > 1);
    }
    for (input, sentence) in [
        ("[201088]", "ids are 0 to 201087"),
        ("[-1]", "not a JSON array of token ids"),
        ("", "try: echo"),
    ] {
        let said = say(gpt_oss(&["harmony", "parse"]), input);
        assert_eq!((said.code, said.err.contains(sentence)), (1, true), "{input}: {}", said.err);
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let mut command = gpt_oss(&["harmony", "parse"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ids = vec![13225; 200_000];
    let _ = child.stdin.take().unwrap().write_all(serde_json::json!(ids).to_string().as_bytes());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn generate_prints_the_same_for_the_same_seed_and_logprobs_as_lines() {
    let model = tiny();
    let generate = |more: &[&str]| {
        let said = run(&[
            &["generate", "--model", &model, "-p", "Hi", "-l", "12", "--date", "2026-11-22"],
            more,
        ]
        .concat());
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.err.contains("cut at the limit: 12 tokens"), "{}", said.err);
        said.out
    };
    assert_eq!(generate(&["--seed", "5", "--raw"]), generate(&["--seed", "5", "--raw"]));
    assert_ne!(generate(&["--seed", "5", "--raw"]), generate(&["--seed", "6", "--raw"]));
    let lines = generate(&["-t", "0", "--logprobs", "2"]);
    assert_eq!(lines.lines().count(), 12);
    for line in lines.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        assert_eq!(fields.len(), 5, "{line}");
        let chosen: f32 = fields[2].parse().unwrap();
        assert!(chosen <= 0.0, "{line}");
        // Greedy: the chosen token is the likeliest.
        assert_eq!(fields[3], format!("{} {}", fields[1], fields[2]));
    }
}

#[test]
fn logits_are_written_as_a_tensor() {
    let tokens = file("tokens.json", "[13225, 11, 2375, 0]");
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("logits.safetensors");
    let mut command = gpt_oss(&["logits", "--model", &tiny()]);
    command.arg("--tokens").arg(&tokens).arg("--out").arg(&out);
    let said = say(command, "");
    assert_eq!(said.code, 0, "{}", said.err);
    let bytes = fs::read(&out).unwrap();
    let header = usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header]).unwrap();
    assert_eq!(header["logits"]["dtype"], "F32");
    assert_eq!(header["logits"]["shape"], serde_json::json!([4, 201_088]));
}

#[test]
fn an_exported_model_is_the_same_model() {
    let model = tiny();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("exported");
    let _ = fs::remove_dir_all(&folder);
    for layout in ["hugging-face", "original"] {
        let folder = folder.join(layout);
        let folder = folder.to_str().unwrap();
        let said = run(&["model", "export", &model, folder, "--layout", layout]);
        assert_eq!(said.code, 0, "{}", said.err);
        let answer = |model: &str| {
            run(&["generate", "--model", model, "-p", "Hi", "-t", "0", "-l", "8", "--raw"]).out
        };
        assert_eq!(answer(&model), answer(folder), "{layout}");
        let again = run(&["model", "export", &model, folder]);
        assert_eq!((again.code, again.err.contains("not empty")), (1, true), "{}", again.err);
    }
    let report =
        run(&["model", "inspect", folder.join("hugging-face").to_str().unwrap(), "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report.out).unwrap();
    assert!(report["parameters"].as_u64().unwrap() > 201_088 * 64);
}

/// A running server; killed when dropped.
struct Server {
    child: Child,
    port: u16,
    /// What it wrote to stderr until it was ready.
    greeting: String,
}

impl Server {
    fn start(recording: &str, more: &[&str]) -> Self {
        // Tests are processes of their own under nextest, threads of one process otherwise.
        let (process, thread) = (std::process::id(), std::thread::current().id());
        let name = format!("recording-{process}-{thread:?}.jsonl");
        let mut command = gpt_oss(&["serve", "--engine", "replay", "--cycle", "--port", "0"]);
        command.arg("--recording").arg(file(&name, recording)).args(more);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.as_mut().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("curl http://127.0.0.1:") {
            assert_ne!(lines.read_line(&mut greeting).unwrap(), 0, "it ended: {greeting}");
        }
        let address = greeting.split("http://127.0.0.1:").nth(1).unwrap();
        let port = address.split('/').next().unwrap().parse().unwrap();
        Self { child, port, greeting }
    }

    /// A request for an answer; the connection stays open.
    fn ask(&self, form: &str, more: &str) -> TcpStream {
        let body = format!(r#"{{"model": "gpt-oss-demo", "input": "Hi", "stream": {form}}}"#);
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let length = body.len();
        write!(socket, "POST /v1/responses HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{more}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        socket
    }

    #[cfg(unix)]
    fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    fn wait(&mut self) -> i32 {
        let began = Instant::now();
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => return status.code().unwrap(),
                None => assert!(began.elapsed() < Duration::from_secs(20), "it does not end"),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(mut socket: TcpStream) -> String {
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

const QUICK: &str = r#"{"completion": "<|channel|>final<|message|>Hello!<|return|>"}"#;
/// Takes about a second.
const SLOW: &str = r#"{"completion": "<|channel|>final<|message|>one two three four five six seven<|return|>", "interval_ms": 90}"#;

#[test]
fn serve_greets_with_a_request_to_try_and_answers_it() {
    let server = Server::start(QUICK, &[]);
    assert!(
        server.greeting.contains(r#"-d '{"model": "gpt-oss-demo", "input": "Hello!"}'"#),
        "{}",
        server.greeting
    );
    let answer = read(server.ask("false", ""));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains(r#""text":"Hello!""#), "{answer}");
}

#[test]
fn keys_are_required_once_there_is_one() {
    let keys = file("keys", "# for the team\n\nfrom-file\n");
    let server = Server::start(
        QUICK,
        &["--api-key", "one", "--api-key", "two", "--api-key-file", keys.to_str().unwrap()],
    );
    assert!(read(server.ask("false", "")).starts_with("HTTP/1.1 401 "));
    assert!(
        read(server.ask("false", "authorization: Bearer three\r\n")).starts_with("HTTP/1.1 401 ")
    );
    for key in ["one", "two", "from-file"] {
        let answer = read(server.ask("false", &format!("authorization: Bearer {key}\r\n")));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{key}: {answer}");
    }
    assert!(!server.greeting.contains("two"), "keys are not shown");
    let empty = file("no-keys", "# nothing\n");
    let said = run(&["serve", "--api-key-file", empty.to_str().unwrap()]);
    assert_eq!((said.code, said.err.contains("holds no key")), (1, true), "{}", said.err);
}

#[cfg(unix)]
#[test]
fn a_running_answer_is_finished_before_the_end() {
    let mut server = Server::start(SLOW, &["--log-format", "json"]);
    let stream = server.ask("true", "");
    std::thread::sleep(Duration::from_millis(200));
    server.terminate();
    let answer = read(stream);
    assert!(answer.contains("response.completed"), "{answer}");
    assert!(answer.contains("one two three four five six seven"), "{answer}");
    assert_eq!(server.wait(), 0);
    let mut log = String::new();
    server.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(
        log.lines().any(|line| line.starts_with('{') && line.contains("every answer was finished")),
        "{log}"
    );
    assert!(!log.contains("one two"), "answers are not logged");
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_at_once() {
    let mut server = Server::start(&SLOW.replace("90", "60000"), &[]);
    let _stream = server.ask("true", "");
    std::thread::sleep(Duration::from_millis(200));
    server.terminate();
    std::thread::sleep(Duration::from_millis(200));
    assert!(server.child.try_wait().unwrap().is_none(), "it drains");
    server.terminate();
    assert_eq!(server.wait(), 0);
}
