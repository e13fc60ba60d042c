//! The real binary: `gpt-oss serve --port 0` and its other commands.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, OnceLock, mpsc},
    time::Duration,
};

use serde_json::Value;

use crate::repository;

/// Time for the server to print its address: a busy machine reads the demo model slowly.
const START: Duration = Duration::from_secs(60);

/// The binary under test: `GPT_OSS_BIN`, or the one beside this test, brought up to date first.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("GPT_OSS_BIN") {
        return path.into();
    }
    // target/release/deps/it-…
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(|deps| deps.parent()).unwrap().to_owned();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--workspace", "--quiet"])
        .current_dir(repository())
        .status()
        .unwrap();
    assert!(status.success(), "the binary does not build");
    folder.join("gpt-oss")
}

/// Runs a command of the binary to its end, with `input` on its standard input.
pub fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(binary())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // The command may answer before it has read everything, or end without reading.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    output
}

/// The help text of a command; `None` when there is no such command.
pub fn help(arguments: &[&str]) -> Option<String> {
    let output = run(arguments, b"");
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// A server process; killed when dropped.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub base: String,
    model: OnceLock<String>,
    /// Everything that it wrote to standard error.
    pub log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts `gpt-oss serve --port 0 ARGUMENTS` and waits for its address.
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .args(["serve", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (found, address) = mpsc::channel();
        let log = Arc::new(Mutex::new(String::new()));
        watch(child.stdout.take().unwrap(), found.clone(), Arc::clone(&log));
        watch(child.stderr.take().unwrap(), found, Arc::clone(&log));
        let Ok(base) = address.recv_timeout(START) else {
            let _ = child.kill();
            panic!("the server printed no address:\n{}", log.lock().unwrap());
        };
        Self { child, base, model: OnceLock::new(), log }
    }

    /// As [`Self::start`] with the scripted engine over the lines of `recording`.
    pub fn scripted(recording: &str, arguments: &[&str]) -> (Self, tempfile::NamedTempFile) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(recording.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        let mut all = vec!["--engine", "replay", "--recording", &path];
        all.extend(arguments);
        (Self::start(&all), file)
    }

    /// The process's id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The id of the model that it serves.
    pub fn model(&self) -> &str {
        self.model.get_or_init(|| {
            let url = format!("{}/health", self.base);
            // A blocking request may not run on a thread of the test's runtime.
            let health = std::thread::spawn(move || blocking_get(&url)).join().unwrap();
            health["model"].as_str().unwrap().to_owned()
        })
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for the process to end by itself; its exit code.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Bytes of memory that the process holds (Linux; `None` elsewhere).
    pub fn resident_bytes(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib * 1024)
    }

    /// `GET /health`.
    pub async fn health(&self) -> Value {
        let response = reqwest::get(format!("{}/health", self.base)).await.unwrap();
        response.json().await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn blocking_get(url: &str) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { reqwest::get(url).await.unwrap().json().await.unwrap() })
}

/// Keeps what `stream` says and reports the first address in it. Goes on reading, so that the process never blocks on a full pipe.
fn watch(
    stream: impl std::io::Read + Send + 'static,
    found: mpsc::Sender<String>,
    log: Arc<Mutex<String>>,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(address) = address(&line) {
                // Nobody listens after the first one.
                let _ = found.send(address);
            }
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
}

/// The first `http://127.0.0.1:PORT` in a line.
fn address(line: &str) -> Option<String> {
    let start = line.find("http://127.0.0.1:")?;
    let port: String = line[start + "http://127.0.0.1:".len()..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    (!port.is_empty()).then(|| format!("http://127.0.0.1:{port}"))
}
