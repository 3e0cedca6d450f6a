use crate::args::{Cli, ServeArgs};
use crate::exit::{Failure, Result};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use serde_json::{Deserializer, Value};
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;
use std::{env, fs};

/// Settings of a server from flags, environment and file, in this order.
pub(super) struct Settings {
    args: ServeArgs,
    /// The arguments as they were read in the end.
    matches: ArgMatches,
    /// Names that the file says.
    of_file: HashSet<String>,
}

/// Flags that are no settings.
const NO_SETTINGS: [&str; 5] = ["data", "config", "print_config", "help", "color"];

impl Settings {
    /// Reads the file that the arguments name, and gives what it says to whatever was said nowhere else.
    ///
    /// # Errors
    /// For a file that cannot be read, or a line that is no setting; its number is named.
    pub(super) fn read(typed: &ServeArgs) -> Result<Self> {
        let mut line: Vec<OsString> = env::args_os().collect();
        let mut of_file = HashSet::new();
        if let Some(path) = &typed.config {
            let matches = parsed(&line)?;
            for (name, flags) in settings_of(path)? {
                let source = matches.value_source(&name);
                if !matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
                    line.extend(flags.into_iter().map(OsString::from));
                    of_file.insert(name);
                }
            }
        }
        let matches = parsed(&line)?;
        let args = ServeArgs::from_arg_matches(&matches).map_err(|error| usage(&error))?;
        Ok(Self { args, matches, of_file })
    }

    pub(super) fn args(&self) -> &ServeArgs {
        &self.args
    }

    /// All of them as a file, each with where it comes from.
    pub(super) fn printed(&self) -> String {
        let command = Cli::command();
        let Some(serve) = command.find_subcommand("serve") else { return String::new() };
        let mut text =
            String::from("# flag, then environment, then file: the first one that says a setting counts\n");
        for arg in serve.get_arguments().filter(|arg| !NO_SETTINGS.contains(&arg.get_id().as_str())) {
            let id = arg.get_id().as_str();
            let origin = match self.matches.value_source(id) {
                Some(ValueSource::CommandLine) if self.of_file.contains(id) => "file",
                Some(ValueSource::CommandLine) => "flag",
                Some(ValueSource::EnvVariable) => "environment",
                _ => "default",
            };
            let raw = self.matches.get_raw(id).into_iter().flatten();
            let values: Vec<String> = raw.map(|value| value.to_string_lossy().into_owned()).collect();
            let is_many = matches!(arg.get_action(), clap::ArgAction::Append);
            let value = match values.as_slice() {
                [only] if !is_many => written(only),
                [] if !is_many => {
                    text.push_str(&format!("# {} is not set\n", name_of(id)));
                    continue;
                }
                _ => Value::from(values.clone()).to_string(),
            };
            text.push_str(&format!("{} = {value}  # {origin}\n", name_of(id)));
        }
        text
    }
}

/// A value as a file has it: numbers and truth values as they are, everything else in quotes.
fn written(value: &str) -> String {
    match serde_json::from_str(value) {
        Ok(Value::Number(_) | Value::Bool(_)) => value.to_owned(),
        _ => Value::from(value).to_string(),
    }
}

/// The name of a setting as flags and files have it.
fn name_of(id: &str) -> String {
    id.replace('_', "-")
}

fn parsed(line: &[OsString]) -> Result<ArgMatches> {
    let matches = Cli::command().try_get_matches_from(line).map_err(|error| usage(&error))?;
    let of_serve = matches.subcommand_matches("serve").cloned();
    of_serve.ok_or_else(|| Failure::invalid("these are no arguments of `pleiad serve`"))
}

fn usage(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    Failure::invalid(text.trim().trim_start_matches("error: ").to_owned())
}

/// The settings of a file, each by its id and as flags.
fn settings_of(path: &Path) -> Result<Vec<(String, Vec<String>)>> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::io(format_args!("cannot read {}", path.display()), &error))?;
    let command = Cli::command();
    let known: HashSet<String> = command
        .find_subcommand("serve")
        .into_iter()
        .flat_map(clap::Command::get_arguments)
        .map(|arg| arg.get_id().to_string())
        .filter(|id| !NO_SETTINGS.contains(&id.as_str()))
        .collect();
    let mut settings: Vec<(String, Vec<String>)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = |why: String| Failure::invalid(format!("{}:{number}: {why}", path.display()));
        let Some((name, flags)) = setting(line).map_err(wrong)? else { continue };
        let id = name.replace('-', "_");
        if !known.contains(&id) {
            return Err(wrong(format!(
                "there is no setting {name:?}: `pleiad serve DATA --print-config` lists them"
            )));
        }
        if settings.iter().any(|(other, _)| *other == id) {
            return Err(wrong(format!("{name} stands twice")));
        }
        settings.push((id, flags));
    }
    Ok(settings)
}

/// One line `name = value`, where the value is a JSON text, number, truth value or array of texts; nothing for one that is
/// empty or begins with `#`.
fn setting(line: &str) -> std::result::Result<Option<(&str, Vec<String>)>, String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (name, value) = line.split_once('=').ok_or("expected `name = value`")?;
    let name = name.trim();
    let mut values = Deserializer::from_str(value).into_iter::<Value>();
    let quotes = "a value is a text in quotes, a number, true, false, or [\"texts\"]";
    let parsed = values.next().ok_or(quotes)?.map_err(|error| format!("{quotes}: {error}"))?;
    let rest = value[values.byte_offset()..].trim();
    if !rest.is_empty() && !rest.starts_with('#') {
        return Err(format!("expected the end of the line or a # behind the value, found {rest:?}"));
    }
    let flag = |value: &str| format!("--{name}={value}");
    let flags = match &parsed {
        Value::Bool(true) => vec![format!("--{name}")],
        Value::Bool(false) => Vec::new(),
        Value::String(text) => vec![flag(text)],
        Value::Number(number) => vec![flag(&number.to_string())],
        Value::Array(values) => values
            .iter()
            .map(|value| value.as_str().map(flag).ok_or(quotes))
            .collect::<std::result::Result<_, _>>()?,
        Value::Null | Value::Object(_) => return Err(quotes.to_owned()),
    };
    Ok(Some((name, flags)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_a_value() {
        let flags = |line| setting(line).unwrap().map(|(_, flags)| flags);
        assert_eq!(
            flags("listen = \"127.0.0.1:80\"  # here"),
            Some(vec!["--listen=127.0.0.1:80".to_owned()])
        );
        assert_eq!(flags("max-waiting=7"), Some(vec!["--max-waiting=7".to_owned()]));
        assert_eq!(flags("read-only = true"), Some(vec!["--read-only".to_owned()]));
        assert_eq!(flags("read-only = false"), Some(vec![]));
        assert_eq!(
            flags("host = [\"a#b\", \"c\"]#x"),
            Some(vec!["--host=a#b".to_owned(), "--host=c".to_owned()])
        );
        assert_eq!((flags(""), flags("  # x = 1")), (None, None));
        for line in
            ["listen", "listen =", "listen = here", "listen = \"a\" b", "host = [1]", "x = {}", "x = null"]
        {
            assert!(setting(line).is_err(), "{line}");
        }
    }
}
