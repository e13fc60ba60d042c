//! The router: routes, and the layers around them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use gpt_oss_engine::Engine;
use gpt_oss_harmony::Tokenizer;
use sha2::{Digest, Sha256};

use crate::error::ApiError;
use crate::http::{health, middleware, models, openapi, responses};
use crate::store::{MemoryStore, Store, StoreLimits};

/// How the API behaves; everything has a sensible default.
#[derive(Clone)]
pub struct ApiSettings {
    /// The id of the model that is served.
    pub model: String,
    /// Other names under which clients may ask for it.
    pub aliases: Vec<String>,
    /// Answer to any model's name.
    pub any_model: bool,
    /// Sampling temperature of requests that name none; the family's default is 1.
    pub temperature: f64,
    /// Bearer tokens that are accepted. Empty: no authentication.
    pub api_keys: Vec<String>,
    /// Host names that this server answers to, besides `localhost` and IP addresses.
    pub allowed_hosts: Vec<String>,
    /// Origins of web pages that may read answers; `*` is all. Empty: no CORS.
    pub cors_origins: Vec<String>,
    /// Bytes of a request body at most.
    pub body_limit: usize,
    /// How long a request body may pause.
    pub body_idle: Duration,
    /// After so long a silence a stream sends a sign of life.
    pub heartbeat: Duration,
    /// The date in the system message, `2026-11-22`; `None` is today, where this server stands.
    pub date: Option<String>,
    /// What to do with images and files.
    pub unsupported_input: UnsupportedInput,
    /// Of the store in memory.
    pub store: StoreLimits,
}

/// What to do with images and files, which the models cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsupportedInput {
    /// 400.
    Reject,
    /// The model is told that something was left out.
    Placeholder,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            model: "gpt-oss-20b".into(),
            aliases: Vec::new(),
            any_model: false,
            temperature: 1.0,
            api_keys: Vec::new(),
            allowed_hosts: Vec::new(),
            cors_origins: Vec::new(),
            body_limit: 32 << 20,
            body_idle: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            date: None,
            unsupported_input: UnsupportedInput::Reject,
            store: StoreLimits::default(),
        }
    }
}

impl ApiSettings {
    /// The served model's id when `asked` names it.
    ///
    /// # Errors
    /// 404 `model_not_found`.
    pub fn resolve_model(&self, asked: Option<&str>) -> Result<String, ApiError> {
        let Some(asked) = asked else { return Ok(self.model.clone()) };
        let bare = asked.strip_prefix("openai/").unwrap_or(asked);
        let named = [asked, bare]
            .iter()
            .any(|name| self.model == *name || self.aliases.iter().any(|alias| alias == name));
        if named || self.any_model {
            return Ok(self.model.clone());
        }
        Err(ApiError::model_not_found(&crate::wire::node::clip(asked), &self.model))
    }

    /// The date for a new conversation's system message.
    pub fn today(&self) -> String {
        let today = || jiff::Zoned::now().date().to_string();
        self.date.clone().unwrap_or_else(today)
    }
}

/// What every handler shares; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    engine: Arc<dyn Engine>,
    tokenizer: Tokenizer,
    store: Arc<dyn Store>,
    settings: ApiSettings,
    /// Digests of the keys: all of equal length, so that comparing tells nothing of the keys.
    keys: Vec<[u8; 32]>,
    /// Unix seconds of the start, which `/v1/models` calls the model's creation.
    started: i64,
}

impl AppState {
    /// With the bounded store in memory.
    pub fn new(engine: Arc<dyn Engine>, tokenizer: Tokenizer, settings: ApiSettings) -> Self {
        let store = Arc::new(MemoryStore::new(settings.store));
        Self::with_store(engine, tokenizer, settings, store)
    }

    /// With another store.
    pub fn with_store(
        engine: Arc<dyn Engine>,
        tokenizer: Tokenizer,
        settings: ApiSettings,
        store: Arc<dyn Store>,
    ) -> Self {
        let digest = |key: &String| Sha256::digest(key.as_bytes()).into();
        let keys = settings.api_keys.iter().map(digest).collect();
        let started = jiff::Timestamp::now().as_second();
        Self(Arc::new(Shared { engine, tokenizer, store, settings, keys, started }))
    }

    /// What turns prompts into tokens.
    pub fn engine(&self) -> &dyn Engine {
        &*self.0.engine
    }

    /// The checkpoint's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.0.tokenizer
    }

    /// Where responses are kept.
    pub fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// How the API behaves.
    pub fn settings(&self) -> &ApiSettings {
        &self.0.settings
    }

    /// SHA-256 of the accepted keys.
    pub fn keys(&self) -> &[[u8; 32]] {
        &self.0.keys
    }

    /// Unix seconds of the start.
    pub fn started(&self) -> i64 {
        self.0.started
    }
}

/// The whole API. The caller owns the listener, its header limits and time-outs, and the shutdown.
pub fn app(state: AppState) -> Router {
    // A layer wraps those above it: the last one sees a request first.
    let guarded = Router::new()
        .merge(routes())
        .nest("/v1", routes())
        .fallback(middleware::unknown_route)
        .method_not_allowed_fallback(middleware::wrong_method)
        // Nothing but /health is answered without a key.
        .layer(from_fn_with_state(state.clone(), middleware::authenticate))
        // A web page that points its own name at this machine is refused (DNS rebinding).
        .layer(from_fn_with_state(state.clone(), middleware::check_host));
    // A preflight carries no key.
    let opened = match middleware::cors(&state.settings().cors_origins) {
        Some(cors) => guarded.layer(cors),
        None => guarded,
    };
    opened
        .layer(middleware::catch_panics())
        // Every answer, those of the layers included, has an id and a line in the log.
        .layer(from_fn(middleware::identify))
        .with_state(state)
}

fn routes() -> Router<AppState> {
    Router::new()
        .route("/responses", post(responses::create))
        .route("/responses/", post(responses::create))
        .route("/models", get(models::list))
        .route("/models/", get(models::list))
        // An id may hold slashes: `openai/gpt-oss-20b`.
        .route("/models/{*id}", get(models::retrieve))
        .route("/health", get(health::health))
        .route("/health/", get(health::health))
        .route("/openapi.json", get(openapi::document))
}
