//! A request that is known to be sound: defaults filled in, every field dealt with by its verdict.

use gpt_oss_engine::SamplingParams;
use gpt_oss_harmony::{Effort, ResponseFormat};
use serde_json::{Value, json};

use crate::app::ApiSettings;
use crate::error::ApiError;
use crate::id;
use crate::wire::request::{CreateResponse, Format, InputItem};
use crate::wire::response::{Reasoning, Response, ResponseStatus, Text};
use crate::wire::tool::{Tool, ToolChoice};

/// What the turn needs to know.
#[derive(Clone, Debug)]
pub struct Request {
    /// Empty only beside a previous response.
    pub input: Vec<InputItem>,
    /// For the developer message of this response alone.
    pub instructions: Option<String>,
    /// As declared, hosted ones included.
    pub tools: Vec<Tool>,
    /// Which of them are offered.
    pub tool_choice: ToolChoice,
    /// For the system message.
    pub effort: Effort,
    /// For the developer message.
    pub format: Option<ResponseFormat>,
    /// With a seed, drawn when none was given.
    pub sampling: SamplingParams,
    /// Texts at which the answer ends.
    pub stops: Vec<String>,
    /// Tokens to generate at most, reasoning included.
    pub max_output_tokens: Option<usize>,
    /// Continue this response.
    pub previous_response_id: Option<String>,
    /// What to do with a prompt that is too long.
    pub overflow: Overflow,
    /// The response as it begins: an id, the time, and everything that it repeats of the request.
    pub response: Response,
}

/// `truncation`: what to do with a prompt that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// `disabled`: 400.
    Refuse,
    /// `auto`: the oldest items make room, developer messages stay.
    DropOldest,
}

impl Request {
    /// Checks what single fields cannot know.
    ///
    /// # Errors
    /// 400 or 404 at the field that is wrong or not offered.
    pub fn new(mut wire: CreateResponse, settings: &ApiSettings) -> Result<Self, ApiError> {
        refuse(&wire)?;
        wire.sampling.temperature.get_or_insert(settings.temperature);
        let model = settings.resolve_model(wire.model.as_deref())?;
        let response = begin(&wire, model, id::mint("resp_"));
        let tool_choice = wire.tool_choice.map(|(choice, _)| choice).unwrap_or_default();
        let tools: Vec<_> = wire.tools.into_iter().map(|(tool, _)| tool).collect();
        let sampling = sampling(&wire.sampling, &wire.include);
        Ok(Self {
            input: wire.input.unwrap_or_default(),
            instructions: wire.instructions,
            tools,
            tool_choice,
            effort: effort(wire.reasoning.0),
            format: wire.format.map(response_format),
            sampling,
            stops: wire.sampling.stop,
            max_output_tokens: wire
                .max_output_tokens
                .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            previous_response_id: wire.previous_response_id,
            overflow: match wire.truncation {
                Some("auto") => Overflow::DropOldest,
                _ => Overflow::Refuse,
            },
            response,
        })
    }
}

/// What is legal in the API and not offered by this server yet, and what contradicts itself.
fn refuse(wire: &CreateResponse) -> Result<(), ApiError> {
    if wire.model.is_none() {
        let message = "Missing required parameter: 'model'. GET /v1/models lists what is served.";
        return Err(ApiError::at("model", "missing_required_parameter", message));
    }
    if wire.mode.background {
        let message =
            "Background responses are not offered by this server; stream the response instead.";
        return Err(ApiError::unsupported("background", message));
    }
    if wire.mode.conversation {
        let message = "Conversations are not offered by this server; use 'previous_response_id'.";
        return Err(ApiError::unsupported("conversation", message));
    }
    if wire.input.is_none() && wire.previous_response_id.is_none() {
        let message = "Missing required parameter: 'input'.";
        return Err(ApiError::at("input", "missing_required_parameter", message));
    }
    match &wire.tool_choice {
        Some((choice, _)) => refuse_tool_choice(choice, &wire.tools),
        None => Ok(()),
    }
}

fn refuse_tool_choice(choice: &ToolChoice, tools: &[(Tool, Value)]) -> Result<(), ApiError> {
    let known = |name: &String| tools.iter().any(|(tool, _)| tool.declares(name));
    let unknown = |name: &String| {
        let message =
            format!("Tool choice '{}' is not among 'tools'.", crate::wire::node::clip(name));
        ApiError::invalid_value("tool_choice", message)
    };
    match choice {
        ToolChoice::Auto | ToolChoice::None => Ok(()),
        ToolChoice::Named(name) if !known(name) => Err(unknown(name)),
        ToolChoice::Allowed { names, .. } if names.iter().any(|name| !known(name)) => Err(names
            .iter()
            .find(|name| !known(name))
            .map_or_else(|| unknown(&String::new()), unknown)),
        ToolChoice::Allowed { required: false, .. } => Ok(()),
        ToolChoice::Named(_)
        | ToolChoice::Required
        | ToolChoice::Allowed { required: true, .. } => {
            let message = "A call cannot be forced by this server yet; 'auto', 'none' and allowed_tools with mode 'auto' are honoured.";
            Err(ApiError::unsupported("tool_choice", message))
        }
    }
}

/// The seven words for the three efforts that the models know.
fn effort(word: Option<&str>) -> Effort {
    match word {
        Some("none" | "minimal" | "low") => Effort::Low,
        Some("high" | "xhigh" | "max") => Effort::High,
        _ => Effort::Medium,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "sampling works in f32")]
fn sampling(wire: &crate::wire::request::Sampling, include: &[&'static str]) -> SamplingParams {
    let defaults = SamplingParams::default();
    let number = |value: Option<f64>, default: f32| value.map_or(default, |value| value as f32);
    let logprobs = include.contains(&"message.output_text.logprobs")
        || wire.top_logprobs.is_some_and(|top| top > 0);
    SamplingParams {
        temperature: number(wire.temperature, defaults.temperature),
        top_p: number(wire.top_p, defaults.top_p),
        top_k: wire.top_k.and_then(|k| u32::try_from(k).ok()).unwrap_or(0),
        min_p: number(wire.min_p, defaults.min_p),
        presence_penalty: number(wire.presence_penalty, defaults.presence_penalty),
        frequency_penalty: number(wire.frequency_penalty, defaults.frequency_penalty),
        repetition_penalty: number(wire.repetition_penalty, defaults.repetition_penalty),
        logit_bias: Vec::new(),
        seed: wire.seed.unwrap_or_else(id::seed),
        logprobs: logprobs
            .then(|| wire.top_logprobs.and_then(|top| u8::try_from(top).ok()).unwrap_or(0)),
    }
}

/// How the model is told. The answer is not forced into the format; that is the turn grammar's work.
fn response_format(format: Format) -> ResponseFormat {
    match format {
        Format::JsonObject => ResponseFormat {
            name: "json_object".into(),
            description: Some("Answer with one JSON object and nothing else.".into()),
            schema: json!({"type": "object"}),
        },
        Format::JsonSchema { name, description, schema, .. } => {
            ResponseFormat { name, description, schema }
        }
    }
}

/// The response as it begins.
fn begin(wire: &CreateResponse, model: String, id: String) -> Response {
    let format = match &wire.format {
        None => json!({"type": "text"}),
        Some(Format::JsonObject) => json!({"type": "json_object"}),
        Some(Format::JsonSchema { name, description, schema, strict }) => json!({
            "type": "json_schema", "name": name, "description": description, "schema": schema, "strict": strict
        }),
    };
    let auto = || Value::from("auto");
    Response {
        id,
        object: "response",
        created_at: jiff::Timestamp::now().as_second(),
        completed_at: None,
        status: ResponseStatus::InProgress,
        background: false,
        error: None,
        incomplete_details: None,
        instructions: wire.instructions.clone(),
        max_output_tokens: wire.max_output_tokens,
        max_tool_calls: wire.max_tool_calls,
        model,
        output: Vec::new(),
        parallel_tool_calls: wire.mode.parallel_tool_calls.unwrap_or(true),
        previous_response_id: wire.previous_response_id.clone(),
        prompt_cache_key: wire.labels.prompt_cache_key.clone(),
        reasoning: Reasoning {
            effort: effort(wire.reasoning.0).as_str(),
            summary: wire.reasoning.1,
        },
        safety_identifier: wire.labels.safety_identifier.clone(),
        service_tier: "default",
        store: wire.mode.store.unwrap_or(true),
        temperature: wire.sampling.temperature.unwrap_or(1.0),
        text: Text { format, verbosity: wire.verbosity.unwrap_or("medium") },
        tool_choice: wire.tool_choice.as_ref().map_or_else(auto, |(_, echo)| echo.clone()),
        tools: wire.tools.iter().map(|(_, echo)| echo.clone()).collect(),
        top_logprobs: wire.sampling.top_logprobs.unwrap_or(0),
        top_p: wire.sampling.top_p.unwrap_or(1.0),
        presence_penalty: wire.sampling.presence_penalty.unwrap_or(0.0),
        frequency_penalty: wire.sampling.frequency_penalty.unwrap_or(0.0),
        truncation: wire.truncation.unwrap_or("disabled"),
        usage: None,
        user: wire.labels.user.clone(),
        metadata: wire.metadata.clone(),
    }
}
