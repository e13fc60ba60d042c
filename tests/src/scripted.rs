//! The API in this process over the scripted engine, spoken to by real HTTP, which also shows the prompts that the model saw.

use std::sync::{Arc, Mutex};

use gpt_oss_engine::{Engine, EngineInfo, EngineStats, Job, SubmitError, TokenStream};
use gpt_oss_harmony::Tokenizer;
use gpt_oss_server::{ApiSettings, AppState, ReplayEngine, Reuse, app};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// A server on a port of its own; ends when dropped.
pub struct Scripted {
    /// `http://127.0.0.1:PORT`
    pub base: String,
    client: reqwest::Client,
    engine: Arc<Listening>,
    task: JoinHandle<()>,
}

/// The scripted engine, which remembers what it was asked.
struct Listening {
    engine: ReplayEngine,
    tokenizer: Tokenizer,
    prompts: Mutex<Vec<Vec<u32>>>,
}

impl Engine for Listening {
    fn info(&self) -> EngineInfo {
        self.engine.info()
    }

    fn submit(&self, job: Job) -> Result<TokenStream, SubmitError> {
        self.prompts.lock().unwrap().push(job.prompt.clone());
        self.engine.submit(job)
    }

    fn stats(&self) -> EngineStats {
        self.engine.stats()
    }
}

impl Scripted {
    /// Serves the lines of `recording` under the model name `scripted`; each line once, or again and again.
    pub async fn start(recording: &str, reuse: Reuse) -> Self {
        let tokenizer = Tokenizer::o200k_harmony();
        let engine = ReplayEngine::parse(recording, reuse, tokenizer.clone()).unwrap();
        let prompts = Mutex::default();
        let engine = Arc::new(Listening { engine, tokenizer: tokenizer.clone(), prompts });
        let settings = ApiSettings { model: "scripted".into(), ..ApiSettings::default() };
        let state = AppState::new(Arc::clone(&engine) as Arc<dyn Engine>, tokenizer, settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app(state)).await.unwrap() });
        Self { base, client: reqwest::Client::new(), engine, task }
    }

    /// `POST /v1/responses`.
    pub async fn post(&self, request: &Value) -> reqwest::Response {
        let url = format!("{}/v1/responses", self.base);
        self.client.post(url).json(request).send().await.unwrap()
    }

    /// The prompts so far, with special tokens written out.
    pub fn prompts(&self) -> Vec<String> {
        let prompts = self.engine.prompts.lock().unwrap();
        let text =
            |prompt: &Vec<u32>| String::from_utf8(self.engine.tokenizer.decode(prompt)).unwrap();
        prompts.iter().map(text).collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}
