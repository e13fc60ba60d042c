//! From the options of `serve` to the API's settings.

use std::path::Path;

use super::{ServeArgs, Unreadable};
use crate::{ApiSettings, UnsupportedInput, cli::failure::Failure};

/// What the API needs to know.
pub(super) fn api(args: &ServeArgs) -> Result<ApiSettings, Failure> {
    let mut names = args.engine.model_name.clone();
    if names.is_empty() {
        names = default_names(&args.model.model);
    }
    let model = names.remove(0);
    Ok(ApiSettings {
        model,
        aliases: names,
        any_model: args.engine.any_model,
        api_keys: keys(args)?,
        allowed_hosts: args.access.allow_host.clone(),
        cors_origins: args.access.cors_origin.clone(),
        body_limit: usize::try_from(args.limits.max_body.0).unwrap_or(usize::MAX),
        body_idle: args.limits.read_timeout,
        date: args.engine.date.map(|date| date.to_string()),
        unsupported_input: match args.engine.unsupported_input {
            Unreadable::Reject => UnsupportedInput::Reject,
            Unreadable::Placeholder => UnsupportedInput::Placeholder,
        },
        ..ApiSettings::default()
    })
}

/// Names after `--model`; never empty. The demo answers to both of its names.
fn default_names(model: &str) -> Vec<String> {
    if model == "demo" {
        return vec!["gpt-oss-demo".into(), "demo".into()];
    }
    if let Some(random) = model.strip_prefix("random:") {
        let shape = Path::new(random).file_stem().unwrap_or_default().to_string_lossy();
        return vec![format!("random-{shape}")];
    }
    let path = Path::new(model);
    // `.` and `..` have a name only once resolved.
    let folder = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = folder.file_name().unwrap_or(path.as_os_str());
    vec![name.to_string_lossy().into_owned()]
}

/// The keys of the command line and of the file.
fn keys(args: &ServeArgs) -> Result<Vec<String>, Failure> {
    let mut keys = args.access.api_key.clone();
    if let Some(path) = &args.access.api_key_file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::failed(format!("cannot read the keys in {}: {error}", path.display()))
        })?;
        let lines = text.lines().map(str::trim);
        keys.extend(
            lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned),
        );
        if keys.is_empty() {
            // An empty file must not mean that no key is needed.
            return Err(Failure::failed(format!(
                "{} holds no key; write one a line",
                path.display()
            )));
        }
    }
    match keys.iter().any(|key| key.trim().is_empty()) {
        true => Err(Failure::usage("an API key is empty; leave --api-key out to need none")),
        false => Ok(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_model() {
        assert_eq!(default_names("demo"), ["gpt-oss-demo", "demo"]);
        assert_eq!(default_names("/models/gpt-oss-20b/"), ["gpt-oss-20b"]);
        assert_eq!(default_names("random:120b"), ["random-120b"]);
        assert_eq!(default_names("random:shapes/small.json"), ["random-small"]);
    }
}
