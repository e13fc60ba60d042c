//! Settings: command line before environment before settings file before defaults.
//!
//! Every setting is defined once, as a command-line option (`cli/`). clap reads the environment; what the settings file says is
//! made the option's default before the command line is read. So a file has the options' names without dashes:
//!
//! ```toml
//! model = "demo"            # for every command that has --model
//! [serve]                   # for one command alone
//! port = 9000
//! api-key = ["one", "two"]
//! ```

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{ArgAction, Command, error::ErrorKind};
use toml::{Table, Value};

/// Read when it is there and no other file is named.
const DEFAULT_FILE: &str = "gpt-oss.toml";

/// The settings file cannot be used; the message names file and key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(String);

/// `command` with the settings file's values as defaults. The file is the one that `args` or the environment names, or
/// `gpt-oss.toml` in the working directory if there is one.
pub(crate) fn with_settings_file(
    command: Command,
    args: &[OsString],
) -> Result<Command, ConfigError> {
    let Some(path) = settings_path(&command, args) else { return Ok(command) };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        ConfigError(format!("cannot read the settings file {}: {error}", path.display()))
    })?;
    let table = text.parse::<Table>().map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        ConfigError(format!("{}, line {line}: {}", path.display(), error.message()))
    })?;
    apply(command, &table, &path)
}

/// Looks for `--config` alone; every other mistake is reported by the real parse.
fn settings_path(command: &Command, args: &[OsString]) -> Option<PathBuf> {
    let named = command
        .clone()
        .ignore_errors(true)
        .disable_help_flag(true)
        .try_get_matches_from(args)
        .ok()
        .and_then(|matches| matches.try_get_one::<PathBuf>("config").ok().flatten().cloned());
    named.or_else(|| Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists()))
}

/// Applies every key of `table`, or says which one is wrong.
fn apply(mut command: Command, table: &Table, file: &Path) -> Result<Command, ConfigError> {
    // Sections after plain keys, so that a section wins.
    let (sections, keys): (Vec<_>, Vec<_>) = table.iter().partition(|(_, value)| value.is_table());
    for (key, value) in keys.into_iter().chain(sections) {
        let wrong = |reason: String| ConfigError(format!("{}: {reason}", file.display()));
        if let Value::Table(inner) = value {
            let Some(sub) = command.find_subcommand(key).cloned() else {
                return Err(wrong(format!("there is no command `{key}`; see `gpt-oss --help`")));
            };
            let sub = apply(sub, inner, file)?;
            command = command.mut_subcommand(key, |_| sub);
            continue;
        }
        let texts = texts(value).ok_or_else(|| {
            wrong(format!("`{key}` must be text, a number, true or false, or a list of these"))
        })?;
        let mut known = false;
        command = apply_key(command, key, &texts, &mut known).map_err(wrong)?;
        if !known {
            return Err(wrong(unknown(&command, key)));
        }
    }
    Ok(command)
}

fn unknown(command: &Command, key: &str) -> String {
    let name = command.get_name();
    let help = if name == "gpt-oss" { "serve" } else { name };
    format!("unknown setting `{key}`; `gpt-oss {help} --help` lists the names")
}

/// Makes `texts` the default of option `--key` of `command` and of its subcommands.
fn apply_key(
    mut command: Command,
    key: &str,
    texts: &[String],
    known: &mut bool,
) -> Result<Command, String> {
    let option = command.get_arguments().find(|arg| arg.get_long() == Some(key)).cloned();
    if let Some(option) = option.filter(|option| option.get_long() != Some("config")) {
        *known = true;
        check(&command, &option, key, texts)?;
        command = command.mut_arg(option.get_id(), |arg| arg.default_values(texts.iter().cloned()));
    }
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let sub = command.find_subcommand(&name).cloned().unwrap_or_default();
        let sub = apply_key(sub, key, texts, known)?;
        command = command.mut_subcommand(name, |_| sub);
    }
    Ok(command)
}

/// Tries the values as if they had been given on the command line, where clap explains what is wrong.
fn check(command: &Command, option: &clap::Arg, key: &str, texts: &[String]) -> Result<(), String> {
    if texts.len() > 1 && !matches!(option.get_action(), ArgAction::Append) {
        return Err(format!("`{key}` takes one value"));
    }
    if matches!(option.get_action(), ArgAction::SetTrue) {
        let flag = texts.iter().all(|text| text == "true" || text == "false");
        return if flag { Ok(()) } else { Err(format!("`{key}` must be true or false")) };
    }
    // Only this option: others may be required, or have a bad value in the environment, which is not the file's fault.
    let alone = option.clone().required(false).env(clap::builder::Resettable::Reset).global(false);
    let probe = Command::new(command.get_name().to_owned()).arg(alone);
    let args = texts.iter().map(|text| format!("--{key}={text}"));
    match probe.try_get_matches_from(std::iter::once(String::from("gpt-oss")).chain(args)) {
        Err(error)
            if matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) =>
        {
            let text = error.to_string();
            let sentence = text.lines().next().unwrap_or_default();
            Err(sentence.trim_start_matches("error: ").to_owned())
        }
        _ => Ok(()),
    }
}

/// A value as it would be written on the command line.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Integer(number) => Some(vec![number.to_string()]),
        Value::Float(number) => Some(vec![number.to_string()]),
        Value::Boolean(flag) => Some(vec![flag.to_string()]),
        Value::Array(values) => {
            let lists: Option<Vec<_>> = values.iter().map(texts).collect();
            Some(lists?.concat())
        }
        Value::Datetime(date) => Some(vec![date.to_string()]),
        Value::Table(_) => None,
    }
}

/// Reads a count that cannot be 0.
pub(crate) fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n > 0).ok_or_else(|| "write a number above 0".into())
}

/// A number of bytes, written as `33554432`, `32MiB`, `32M` or `1.5GiB` (powers of 1024).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSize(
    /// Bytes.
    pub(crate) u64,
);

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let shift = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 0,
            "k" | "kb" | "kib" => 10,
            "m" | "mb" | "mib" => 20,
            "g" | "gb" | "gib" => 30,
            "t" | "tb" | "tib" => 40,
            _ => return Err(format!("unknown unit `{unit}`; write for example 512MiB or 4GiB")),
        };
        let number: f64 =
            number.parse().map_err(|_| String::from("write for example 512MiB or 4GiB"))?;
        let bytes = number * f64::from(1u32 << 10).powi(shift / 10);
        // 2^53: beyond it f64 no longer counts bytes, and no machine has as many.
        if bytes > 9.0e15 {
            return Err("too large".into());
        }
        Ok(Self(bytes as u64))
    }
}

impl std::fmt::Display for ByteSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        match units.iter().find(|(shift, _)| self.0 >= 1 << shift) {
            Some((shift, unit)) if self.0.is_multiple_of(1 << shift) => {
                write!(f, "{}{unit}", self.0 >> shift)
            }
            Some((shift, unit)) => {
                write!(f, "{:.1}{unit}", self.0 as f64 / (1u64 << shift) as f64)
            }
            None => write!(f, "{}B", self.0),
        }
    }
}

#[cfg(test)]
mod tests;
