//! The sections of the system and the developer message, separated by blank lines.

use crate::message::{
    Channel, DeveloperContent, FunctionTool, ResponseFormat, SystemContent, ToolNamespace,
};
use crate::schema;

/// Whether a conversation offers functions to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Functions {
    Offered,
    Absent,
}

/// The system message's text.
pub(super) fn system(content: &SystemContent, functions: Functions) -> String {
    let mut sections = Vec::new();
    let cutoff = content.knowledge_cutoff.as_ref().map(|date| format!("Knowledge cutoff: {date}"));
    let today = content.current_date.as_ref().map(|date| format!("Current date: {date}"));
    let identity = Some(content.identity.clone()).filter(|identity| !identity.is_empty());
    let top: Vec<String> = [identity, cutoff, today].into_iter().flatten().collect();
    if !top.is_empty() {
        sections.push(top.join("\n"));
    }
    if let Some(effort) = content.effort {
        sections.push(format!("Reasoning: {}", effort.as_str()));
    }
    if !content.tools.is_empty() {
        sections.push(tools(&content.tools));
    }
    if !content.channels.is_empty() {
        let mut line = channels(&content.channels);
        if content.function_tools || functions == Functions::Offered {
            line.push_str("\nCalls to these tools must go to the commentary channel: 'functions'.");
        }
        sections.push(line);
    }
    sections.join("\n\n")
}

/// The developer message's text.
pub(super) fn developer(content: &DeveloperContent) -> String {
    let mut sections = Vec::new();
    if let Some(instructions) = &content.instructions {
        sections.push(format!("# Instructions\n\n{instructions}"));
    }
    if !content.tools.is_empty() {
        sections.push(tools(&content.tools));
    }
    if !content.response_formats.is_empty() {
        sections.push("# Response Formats".to_owned());
        sections.extend(content.response_formats.iter().map(response_format));
    }
    sections.join("\n\n")
}

fn channels(channels: &[Channel]) -> String {
    let names: Vec<&str> = channels.iter().map(|channel| channel.as_str()).collect();
    format!("# Valid channels: {}. Channel must be included for every message.", names.join(", "))
}

/// `# Tools`, with the namespaces in the order of their names: the same tools always give the same prompt.
fn tools(namespaces: &[ToolNamespace]) -> String {
    let mut sorted: Vec<&ToolNamespace> = namespaces.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut sections = vec!["# Tools".to_owned()];
    sections.extend(sorted.into_iter().map(namespace));
    sections.join("\n\n")
}

fn namespace(namespace: &ToolNamespace) -> String {
    let mut lines = vec![format!("## {}\n", namespace.name)];
    let comment = if namespace.functions.is_empty() { "" } else { "// " };
    let description = namespace.description.iter().flat_map(|text| text.lines());
    lines.extend(description.map(|line| format!("{comment}{line}")));
    if !namespace.functions.is_empty() {
        lines.push(format!("namespace {} {{\n", namespace.name));
        lines.extend(namespace.functions.iter().map(function));
        lines.push(format!("}} // namespace {}", namespace.name));
    }
    lines.join("\n")
}

fn function(function: &FunctionTool) -> String {
    let mut text = String::new();
    for line in function.description.lines() {
        text.push_str(&format!("// {line}\n"));
    }
    match &function.parameters {
        Some(parameters) => {
            text.push_str(&format!(
                "type {} = (_: {}) => any;\n",
                function.name,
                schema::to_typescript(parameters)
            ));
        }
        None => text.push_str(&format!("type {} = () => any;\n", function.name)),
    }
    text
}

fn response_format(format: &ResponseFormat) -> String {
    let mut text = format!("## {}\n\n", format.name);
    for line in format.description.iter().flat_map(|text| text.lines()) {
        text.push_str(&format!("// {line}\n"));
    }
    text.push_str(&format.schema.to_string());
    text
}
