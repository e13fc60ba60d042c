//! The tools that the client executes, under the names that the model sees.
//!
//! Harmony knows functions in one flat namespace. A tool `close` of the API's namespace `agents` is offered as `agents__close`, and a
//! call of it is reported with the bare name and the namespace apart, as clients demand.

use gpt_oss_harmony::{FunctionTool, ToolNamespace};

use crate::wire::input::CallForm;
use crate::wire::tool::{Function, Tool, ToolChoice};

/// Harmony's namespace of client-executed tools.
const NAMESPACE: &str = "functions";

/// One tool on offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Callable {
    /// Unique; what stands behind `functions.`.
    pub prompt_name: String,
    /// As the client calls it.
    pub name: String,
    /// As the client calls it.
    pub namespace: Option<String>,
    /// JSON arguments, or free text.
    pub form: CallForm,
    tool: FunctionTool,
}

/// All tools on offer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Callables(Vec<Callable>);

impl Callables {
    /// What `choice` leaves of `tools`. Hosted tools, which nobody here executes, are left out with a warning.
    pub fn new<'a>(tools: impl IntoIterator<Item = &'a Tool>, choice: &ToolChoice) -> Self {
        let mut callables = Self::default();
        if *choice != ToolChoice::None {
            tools.into_iter().for_each(|tool| callables.add(tool, None));
        }
        if let ToolChoice::Allowed { names, .. } = choice {
            callables.0.retain(|callable| names.contains(&callable.name));
        }
        callables
    }

    fn add(&mut self, tool: &Tool, namespace: Option<&str>) {
        match tool {
            Tool::Function(function) => self.offer(function, namespace, CallForm::Function),
            Tool::Custom(function) => self.offer(function, namespace, CallForm::Custom),
            Tool::Namespace { name, tools } => {
                tools.iter().for_each(|tool| self.add(tool, Some(name)));
            }
            Tool::Hosted(kind) => {
                tracing::warn!(kind, "a tool of this type is not offered here and was left out");
            }
        }
    }

    fn offer(&mut self, function: &Function, namespace: Option<&str>, form: CallForm) {
        let name = function.name.clone();
        let mut prompt_name = flat(&name, namespace);
        if self.find(&name, namespace).is_some() {
            tracing::warn!(tool = prompt_name, "a second tool of this name was left out");
            return;
        }
        while self.0.iter().any(|callable| callable.prompt_name == prompt_name) {
            prompt_name.push('_');
        }
        let parameters = match form {
            CallForm::Function => function.parameters.clone(),
            CallForm::Custom => Some(Function::custom_parameters()),
        };
        let description = function.description.clone().unwrap_or_default();
        let tool = FunctionTool { name: prompt_name.clone(), description, parameters };
        let namespace = namespace.map(str::to_owned);
        self.0.push(Callable { prompt_name, name, namespace, form, tool });
    }

    fn find(&self, name: &str, namespace: Option<&str>) -> Option<&Callable> {
        self.0.iter().find(|tool| tool.name == name && tool.namespace.as_deref() == namespace)
    }

    /// The tool that the model means by `recipient`: `functions.f`, or `f` alone, which models write too.
    pub fn resolve(&self, recipient: &str) -> Option<&Callable> {
        let bare = recipient.strip_prefix("functions.").unwrap_or(recipient);
        let by_name = |tool: &&Callable| tool.prompt_name == bare;
        // `namespace.tool` and a bare `tool` of a namespace are near misses with one meaning each.
        let apart = |tool: &&Callable| {
            let (namespace, name) = bare.rsplit_once('.').unwrap_or(("", bare));
            tool.name == name
                && tool
                    .namespace
                    .as_deref()
                    .is_some_and(|own| namespace.is_empty() || own == namespace)
        };
        self.0.iter().find(by_name).or_else(|| self.0.iter().find(apart))
    }

    /// The recipient under which history shows a call of `name`, also of tools that are no longer on offer.
    pub fn recipient(&self, name: &str, namespace: Option<&str>) -> String {
        match self.find(name, namespace) {
            Some(tool) => format!("{NAMESPACE}.{}", tool.prompt_name),
            None => format!("{NAMESPACE}.{}", flat(name, namespace)),
        }
    }

    /// For the developer message; `None` without tools.
    pub fn namespace(&self) -> Option<ToolNamespace> {
        let functions: Vec<_> = self.0.iter().map(|callable| callable.tool.clone()).collect();
        let filled = !functions.is_empty();
        filled.then(|| ToolNamespace { name: NAMESPACE.into(), description: None, functions })
    }

    /// The recipients that the model may address.
    pub fn recipients(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|tool| format!("{NAMESPACE}.{}", tool.prompt_name))
    }

    /// Whether nothing is on offer.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn flat(name: &str, namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("{namespace}__{name}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str) -> Tool {
        Tool::Function(Function { name: name.into(), description: None, parameters: None })
    }

    fn offered() -> Vec<Tool> {
        let tools = vec![function("close"), function("open")];
        let inside = Tool::Namespace { name: "agents".into(), tools };
        vec![
            function("agents__close"),
            function("weather"),
            inside,
            Tool::Hosted("web_search".into()),
        ]
    }

    #[test]
    fn names_of_namespaces_are_flat_and_unique_for_the_model_and_apart_for_the_client() {
        let callables = Callables::new(&offered(), &ToolChoice::Auto);
        let names: Vec<_> = callables.0.iter().map(|tool| tool.prompt_name.as_str()).collect();
        assert_eq!(names, ["agents__close", "weather", "agents__close_", "agents__open"]);
        let close = callables.resolve("functions.agents__close_").unwrap();
        assert_eq!((close.name.as_str(), close.namespace.as_deref()), ("close", Some("agents")));
        assert_eq!(callables.recipient("close", Some("agents")), "functions.agents__close_");
        assert_eq!(callables.recipient("gone", Some("agents")), "functions.agents__gone");
    }

    #[test]
    fn near_misses_of_a_name_resolve() {
        let callables = Callables::new(&offered(), &ToolChoice::Auto);
        for recipient in ["functions.agents.open", "agents.open", "functions.open", "open"] {
            assert_eq!(callables.resolve(recipient).unwrap().prompt_name, "agents__open");
        }
        assert_eq!(callables.resolve("weather").unwrap().name, "weather");
        for recipient in ["browser.search", "python", "functions.nothing", "other.open", ""] {
            assert_eq!(callables.resolve(recipient), None, "{recipient}");
        }
    }

    #[test]
    fn tool_choice_decides_what_is_offered() {
        assert!(Callables::new(&offered(), &ToolChoice::None).is_empty());
        let choice = ToolChoice::Allowed { names: vec!["weather".into()], required: false };
        let callables = Callables::new(&offered(), &choice);
        assert!(callables.resolve("weather").is_some() && callables.resolve("open").is_none());
    }
}
