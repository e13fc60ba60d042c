//! `gpt-oss serve`: engine → router → listener → drain.

mod settings;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::{Args, ValueEnum, builder::BoolishValueParser};
use gpt_oss_engine::Engine;
use gpt_oss_harmony::Tokenizer;
use tokio::net::TcpListener;

use super::{
    failure::{Failure, chain},
    load::{self, ModelArgs},
};
use crate::{
    AppState, app,
    config::{ByteSize, positive},
    replay::{ReplayEngine, Reuse},
    serve::{Ended, Limits, serve, watch_signals},
};

/// Options of `serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    access: AccessArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Debug, Args)]
struct ListenArgs {
    /// Address to listen on. 127.0.0.1 is this machine alone, 0.0.0.0 everyone who can reach it (then use --api-key).
    #[arg(long, env = "GPT_OSS_HOST", default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 lets the system choose a free one.
    #[arg(long, env = "GPT_OSS_PORT", default_value_t = 8000)]
    port: u16,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Answers")]
struct EngineArgs {
    /// What answers: the model, or a recording (for tests).
    #[arg(long, env = "GPT_OSS_ENGINE", value_enum, default_value = "local")]
    engine: EngineKind,
    /// Recording for `--engine replay`: JSON lines {"prompt_contains"?: text, "completion": Harmony text}.
    #[arg(
        long,
        env = "GPT_OSS_RECORDING",
        value_name = "FILE",
        required_if_eq("engine", "replay")
    )]
    recording: Option<PathBuf>,
    /// Use the lines of the recording again and again.
    #[arg(long, env = "GPT_OSS_CYCLE", value_parser = BoolishValueParser::new())]
    cycle: bool,
    /// Name of the model in the API [default: after --model]. Further names are accepted as well.
    #[arg(long, env = "GPT_OSS_MODEL_NAME", value_name = "NAME", value_delimiter = ',')]
    model_name: Vec<String>,
    /// Answer whatever model a client asks for.
    #[arg(long, env = "GPT_OSS_ANY_MODEL", value_parser = BoolishValueParser::new())]
    any_model: bool,
    /// What to do with images and files, which these models cannot read.
    #[arg(long, env = "GPT_OSS_UNSUPPORTED_INPUT", value_enum, default_value = "reject")]
    unsupported_input: Unreadable,
    /// Date that the model is told, as 2026-11-22 [default: today]. A fixed one makes answers repeatable.
    #[arg(long, env = "GPT_OSS_DATE", value_name = "DATE")]
    date: Option<jiff::civil::Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EngineKind {
    /// The model on this machine.
    Local,
    /// The completions of --recording.
    Replay,
}

/// As [`crate::UnsupportedInput`], for the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Unreadable {
    /// Refuse the request.
    Reject,
    /// Tell the model that something was left out.
    Placeholder,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
struct AccessArgs {
    /// Key that clients must send as `Authorization: Bearer KEY`; may be given several times. Without any, everyone who can
    /// reach the port may use the server.
    #[arg(
        long,
        env = "GPT_OSS_API_KEY",
        value_name = "KEY",
        hide_env_values = true,
        value_delimiter = ','
    )]
    api_key: Vec<String>,
    /// File with one key a line: unlike --api-key it is not seen in the list of processes.
    #[arg(long, env = "GPT_OSS_API_KEY_FILE", value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// Name under which clients may reach this server (the Host header), besides localhost and IP addresses.
    #[arg(long, env = "GPT_OSS_ALLOW_HOST", value_name = "NAME", value_delimiter = ',')]
    allow_host: Vec<String>,
    /// Web page that may call this server, such as http://localhost:3000. None may unless named.
    #[arg(long, env = "GPT_OSS_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    cors_origin: Vec<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct LimitArgs {
    /// Largest body of a request.
    #[arg(long, env = "GPT_OSS_MAX_BODY", value_name = "BYTES", default_value = "32MiB")]
    max_body: ByteSize,
    /// Open connections at most.
    #[arg(long, env = "GPT_OSS_MAX_CONNECTIONS", value_name = "N", default_value_t = 4096, value_parser = positive)]
    max_connections: usize,
    /// Longest pause in seconds while a client sends its request.
    #[arg(long, env = "GPT_OSS_READ_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    read_timeout: Duration,
    /// Seconds that running answers have to finish once the server is told to stop.
    #[arg(long, env = "GPT_OSS_DRAIN_TIMEOUT", value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    drain_timeout: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "write a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "write a number of seconds".into())
}

/// Serves until a signal ends it.
pub(super) fn run(args: ServeArgs) -> Result<(), Failure> {
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve_until_signal(args));
    // A blocking task that hangs must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

async fn serve_until_signal(args: ServeArgs) -> Result<(), Failure> {
    let listener = bind(&args.listen).await?;
    let address = listener.local_addr()?;
    let stop = watch_signals()?;
    let limits = Limits {
        connections: args.limits.max_connections,
        head_timeout: args.limits.read_timeout,
        body_pause: args.limits.read_timeout,
        drain: args.limits.drain_timeout,
        ..Limits::default()
    };
    // Clients that connect during the load wait in the listener's queue.
    let state = tokio::task::spawn_blocking(move || state(&args))
        .await
        .map_err(|panic| Failure::failed(format!("the model could not be loaded: {panic}")))??;
    greet(address, &state.settings().model);
    match serve(listener, app(state), limits, stop).await {
        Ended::Drained => tracing::info!("stopped, every answer was finished"),
        Ended::Cut(connections) => tracing::warn!(connections, "stopped, answers were cut off"),
    }
    Ok(())
}

async fn bind(args: &ListenArgs) -> Result<TcpListener, Failure> {
    let (host, port) = (args.host.trim_matches(['[', ']']), args.port);
    TcpListener::bind((host, port)).await.map_err(|error| {
        let advice = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program uses it; choose another --port",
            std::io::ErrorKind::PermissionDenied => "choose a --port above 1023",
            _ => "check --host",
        };
        Failure::failed(format!("cannot listen on {host}:{port}: {} ({advice})", chain(&error)))
    })
}

/// Loads what answers.
fn state(args: &ServeArgs) -> Result<AppState, Failure> {
    let mut settings = settings::api(args)?;
    let (engine, tokenizer): (Arc<dyn Engine>, Tokenizer) = match args.engine.engine {
        EngineKind::Local => {
            let loaded = load::load(&args.model)?;
            settings.temperature = loaded.temperature.map_or(settings.temperature, f64::from);
            (Arc::new(loaded.engine), loaded.tokenizer)
        }
        EngineKind::Replay => {
            let tokenizer = Tokenizer::o200k_harmony();
            let reuse = if args.engine.cycle { Reuse::Always } else { Reuse::Never };
            let path = args.engine.recording.as_deref().unwrap_or_else(|| Path::new(""));
            let engine = ReplayEngine::open(path, reuse, tokenizer.clone())
                .map_err(|error| Failure::failed(error.to_string()))?;
            (Arc::new(engine), tokenizer)
        }
    };
    Ok(AppState::new(engine, tokenizer, settings))
}

/// One line for people on stderr, and a request to try.
fn greet(address: SocketAddr, model: &str) {
    let reachable = match address.ip().is_unspecified() {
        true => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        false => address,
    };
    tracing::info!(%address, model, "serving");
    eprintln!("gpt-oss serves {model} on http://{reachable}/v1 (Ctrl-C stops). Try:");
    eprintln!(
        "  curl http://{reachable}/v1/responses -H 'Content-Type: application/json' -d '{{\"model\": \"{model}\", \"input\": \"Hello!\"}}'"
    );
}

/// Every connection is a file; many systems allow 1024 unless asked.
#[cfg(unix)]
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

#[cfg(not(unix))]
fn raise_file_limit() {}
