//! The words of a header: roles, channels, content types, tools.

use crate::event::Repair;
use crate::message::{Channel, Role};

/// Speakers that are not tools.
pub(super) const ROLES: [(&str, Role); 4] = [
    ("assistant", Role::Assistant),
    ("user", Role::User),
    ("system", Role::System),
    ("developer", Role::Developer),
];

const CHANNELS: [Channel; 3] = [Channel::Analysis, Channel::Commentary, Channel::Final];
/// Content types that models write without `<|constrain|>`.
const CONTENT_TYPES: [&str; 3] = ["json", "code", "text"];
/// Tools that the models were trained with, whether they are offered or not.
const TRAINED: [&str; 6] =
    ["python", "browser.search", "browser.open", "browser.find", "container.exec", "apply_patch"];
/// How the namespace of functions is written, rightly or nearly.
const NAMESPACES: [&str; 4] = ["functions", "function", "tools", "tool"];
/// Letters of a channel's name that must have been written to know it.
const BEGUN: usize = 3;

/// Bytes of the word at the beginning of `text`: letters, digits and what stands inside a media type.
pub(super) fn word_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || "_.-/+".contains(c))).unwrap_or(text.len())
}

/// Bytes of the recipient at the beginning of `text`: up to a blank, the beginning of a control token in letters, or of JSON.
pub(super) fn recipient_length(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || "<>{}[]()\"'`=,;".contains(c)).unwrap_or(text.len())
}

/// The channel whose name `text` begins with, and the rest.
pub(super) fn channel_prefix(text: &str) -> Option<(Channel, &str)> {
    CHANNELS.into_iter().find_map(|channel| {
        let name = channel.as_str();
        let head = text.get(..name.len())?;
        head.eq_ignore_ascii_case(name).then(|| (channel, &text[name.len()..]))
    })
}

/// The channel whose name was broken off: `comment`.
pub(super) fn begun_channel(word: &str) -> Option<Channel> {
    let begun = |channel: &Channel| word.len() >= BEGUN && channel.as_str().starts_with(word);
    CHANNELS.into_iter().find(begun)
}

/// Whether a name can end before `rest`, because what follows would not continue it: `assistantHello`.
pub(super) fn ends_word(rest: &str) -> bool {
    rest.chars()
        .next()
        .is_none_or(|next| !(next.is_lowercase() || next.is_numeric() || "_-.".contains(next)))
}

/// Whether `text` can follow a role without a blank and still be a header.
pub(super) fn starts_header(text: &str) -> bool {
    text.starts_with("to=") || channel_prefix(text).is_some()
}

pub(super) fn is_content_type(word: &str) -> bool {
    CONTENT_TYPES.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether `text` is the beginning of a word that means something in a header.
pub(super) fn begins_header_word(text: &str, tools: Option<&[String]>) -> bool {
    let channels = CHANNELS.map(Channel::as_str);
    let roles = ROLES.map(|(role, _)| role);
    let fixed = ["to=", "functions."].into_iter().chain(channels).chain(roles);
    let begun = |word: &str| word.starts_with(text);
    fixed.chain(CONTENT_TYPES).chain(TRAINED).any(begun)
        || tools
            .into_iter()
            .flatten()
            .any(|tool| begun(tool) || tool.strip_prefix("functions.").is_some_and(begun))
}

/// Whether a word alone names a tool: by its form, or because it is declared.
pub(super) fn is_tool(word: &str, tools: Option<&[String]>) -> bool {
    let function = word.strip_prefix("functions.").is_some_and(|name| !name.is_empty());
    function
        || TRAINED.contains(&word)
        || tools.is_some_and(|tools| declared(word, tools).is_some())
}

/// The declared tool that a name means: itself, or the function behind a missing or wrong namespace.
fn declared<'t>(name: &str, tools: &'t [String]) -> Option<&'t String> {
    if let Some(exact) = tools.iter().find(|tool| *tool == name) {
        return Some(exact);
    }
    let mut bare = name;
    while let Some(rest) =
        NAMESPACES.iter().find_map(|space| bare.strip_prefix(space)?.strip_prefix(['.', ':', '/']))
    {
        bare = rest;
    }
    tools.iter().find(|tool| tool.strip_prefix("functions.") == Some(bare))
}

/// A recipient after repairs.
#[derive(Debug)]
pub(super) struct Recipient {
    pub(super) name: String,
    pub(super) repair: Option<Repair>,
    /// Was glued to the name.
    pub(super) content_type: Option<&'static str>,
}

impl Recipient {
    /// The name as written, or as declared if the tools are known.
    pub(super) fn of(written: &str, tools: Option<&[String]>) -> Self {
        let plain = |name: &str, repair| Self { name: name.to_owned(), repair, content_type: None };
        let trimmed = written.trim_end_matches(['.', ':', '!', '?']);
        let name = if trimmed.is_empty() { written } else { trimmed };
        let polluted = (name.len() != written.len()).then_some(Repair::PollutedRecipient);
        let to_speaker = name == "all" || ROLES.iter().any(|(role, _)| *role == name);
        let Some(tools) = tools.filter(|_| !to_speaker) else { return plain(name, polluted) };
        if let Some(tool) = declared(name, tools) {
            return plain(tool, if tool == name { polluted } else { Some(Repair::BareRecipient) });
        }
        let glued = CONTENT_TYPES.into_iter().chain(CHANNELS.map(Channel::as_str));
        for suffix in glued {
            if let Some(tool) = name.strip_suffix(suffix).and_then(|name| declared(name, tools)) {
                let content_type = CONTENT_TYPES.contains(&suffix).then_some(suffix);
                return Self {
                    name: tool.clone(),
                    repair: Some(Repair::GluedContentType),
                    content_type,
                };
            }
        }
        plain(name, Some(Repair::UnknownRecipient))
    }
}
