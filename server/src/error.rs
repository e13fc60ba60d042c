//! Every refusal of the API as one value, and its one conversion into an HTTP answer.
//!
//! The body is always OpenAI's: `{"error":{"message","type","param","code"}}`, all four keys present. Nothing is logged here; the
//! middleware of [`crate::http::middleware`] logs each answer once.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gpt_oss_engine::SubmitError;
use serde::Serialize;

use crate::store::StoreError;

/// Seconds after which a client that met a full queue may try again.
const RETRY_AFTER_SECONDS: u64 = 2;

/// A refusal: status, and what OpenAI's error object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// `invalid_request_error`, `server_error`, …
    pub kind: &'static str,
    /// For programs: `missing_required_parameter`, `invalid_value`, ….
    pub code: Option<&'static str>,
    /// The place in the request, such as `input[2].content[0].type`.
    pub param: Option<String>,
    /// For people: what is wrong and what would be right.
    pub message: String,
}

/// The body of an error answer, and the `error` of an `error` event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    message: String,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<String>,
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct Envelope {
    error: ErrorBody,
}

impl ApiError {
    /// 400 without a place, for what concerns the request as a whole.
    pub fn bad_request(code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", code, message)
    }

    /// 400 at `param`.
    pub fn at(param: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..Self::bad_request(Some(code), message) }
    }

    /// 400 `invalid_value` at `param`.
    pub fn invalid_value(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::at(param, "invalid_value", message)
    }

    /// 400 `unsupported_value` at `param`: legal in the API, not offered by this server.
    pub fn unsupported(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::at(param, "unsupported_value", message)
    }

    /// 404 for a path that no route serves.
    pub fn unknown_url(method: &str, path: &str) -> Self {
        let message = format!(
            "Unknown request URL: {method} {path}. GET /openapi.json lists what this server offers."
        );
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", Some("unknown_url"), message)
    }

    /// 405 for a path that is served for other methods.
    pub fn method_not_allowed(method: &str, path: &str) -> Self {
        let message =
            format!("Not allowed to {method} {path}. GET /openapi.json lists the methods.");
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "invalid_request_error", Some("method_not_allowed"), message)
    }

    /// 404 for a model that is not served.
    pub fn model_not_found(model: &str, served: &str) -> Self {
        let message = format!("The model '{model}' does not exist; this server serves '{served}'.");
        let status = StatusCode::NOT_FOUND;
        Self {
            param: Some("model".into()),
            ..Self::new(status, "invalid_request_error", Some("model_not_found"), message)
        }
    }

    /// 401; says nothing about which keys exist.
    pub fn invalid_api_key() -> Self {
        let message = "Incorrect API key provided. Send it as 'Authorization: Bearer KEY'.";
        let status = StatusCode::UNAUTHORIZED;
        Self::new(status, "invalid_request_error", Some("invalid_api_key"), message)
    }

    /// 403 for a Host header that this server does not answer to.
    pub fn host_not_allowed(host: &str) -> Self {
        let message = format!(
            "The host '{host}' is not allowed. Use localhost or an IP address, or start the server with this host name allowed."
        );
        Self::new(StatusCode::FORBIDDEN, "invalid_request_error", Some("host_not_allowed"), message)
    }

    /// 413.
    pub fn too_large(limit: usize) -> Self {
        let message = format!("The request body is larger than the limit of {limit} bytes.");
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        Self::new(status, "invalid_request_error", Some("request_too_large"), message)
    }

    /// 415.
    pub fn unsupported_media(message: impl Into<String>) -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "invalid_request_error", Some("unsupported_media_type"), message)
    }

    /// 408: the body stopped coming.
    pub fn body_timeout() -> Self {
        let message = "The request body stopped coming.";
        let status = StatusCode::REQUEST_TIMEOUT;
        Self::new(status, "invalid_request_error", Some("request_timeout"), message)
    }

    /// 400 for a prompt that does not fit.
    pub fn context_length_exceeded(prompt: usize, limit: usize) -> Self {
        let message = format!(
            "This model's maximum context length is {limit} tokens, and the input alone has {prompt}. Shorten it, or set truncation to 'auto'."
        );
        Self::at("input", "context_length_exceeded", message)
    }

    /// 500 that a retry will not cure.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", Some("server_error"), message)
    }

    /// The JSON object under `error`.
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            message: self.message.clone(),
            kind: self.kind,
            param: self.param.clone(),
            code: self.code,
        }
    }

    fn new(
        status: StatusCode,
        kind: &'static str,
        code: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, kind, code, param: None, message: message.into() }
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        let unavailable = |message: String| {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Self::new(status, "server_error", Some("server_is_overloaded"), message)
        };
        match error {
            SubmitError::QueueFull { .. } => {
                unavailable(format!("The server is overloaded: {error}. Try again soon."))
            }
            SubmitError::Stopped => unavailable("The server is shutting down.".into()),
            SubmitError::TooLong { prompt, limit } => Self::context_length_exceeded(prompt, limit),
            SubmitError::Invalid(message) => Self::bad_request(Some("invalid_value"), message),
            SubmitError::RecordingExhausted => Self {
                code: Some("recording_exhausted"),
                ..Self::internal("No recorded completion is left for this prompt.")
            },
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::internal(format!("The store of responses failed: {error}."))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut answer = (self.status, Json(Envelope { error: self.body() })).into_response();
        let headers = answer.headers_mut();
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
            }
            // The SDKs retry every 5xx twice unless told not to.
            StatusCode::INTERNAL_SERVER_ERROR => {
                headers.insert("x-should-retry", HeaderValue::from_static("false"));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        answer
    }
}
