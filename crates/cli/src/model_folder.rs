//! Where the checkpoint of a model lies.

use crate::exit::{Exit, Failure, Result};
#[cfg(feature = "hub")]
use crate::hub::{Hub, Token};
use crate::interrupt::Interrupt;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
#[cfg(feature = "hub")]
use std::time::Duration;

/// The folder of a model: the path itself, or what a name of the hub has in `PLEIAD_MODELS` or in the hub's cache; what
/// is nowhere is fetched.
///
/// # Errors
/// When it cannot be had; the message says what to fetch and where to put it.
pub(crate) fn find(model: &str, interrupt: &Interrupt) -> Result<PathBuf> {
    let path = Path::new(model);
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    let places = Places::from_environment();
    match places.find(model) {
        Some(folder) => Ok(folder),
        None if !is_name(model) => {
            let message =
                format!("there is no folder {model}: give the folder of a checkpoint, or its name, org/name");
            Err(Failure::new(Exit::NotFound, message))
        }
        None => places.fetch(model, interrupt),
    }
}

/// Whether it is `org/name`, and no path.
fn is_name(model: &str) -> bool {
    let is_part = |part: &str| {
        let is_known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && part.chars().all(is_known) && !part.starts_with('.')
    };
    model.split_once('/').is_some_and(|(org, name)| is_part(org) && is_part(name))
}

/// How long the hub may keep us waiting for a connection or for the next bytes, if nothing else is asked for.
#[cfg(feature = "hub")]
const PATIENCE: Duration = Duration::from_secs(30);

/// Where models are looked for by name.
struct Places {
    models: Option<PathBuf>,
    hub: Option<PathBuf>,
    /// Where the hub's own client keeps what is ours.
    #[cfg(feature = "hub")]
    home: Option<PathBuf>,
    /// Nothing is fetched.
    #[cfg(feature = "hub")]
    is_offline: bool,
    #[cfg(feature = "hub")]
    endpoint: String,
}

impl Places {
    fn from_environment() -> Self {
        let folder = |name: &str| env::var_os(name).map(PathBuf::from);
        let home = || folder("HF_HOME").or_else(|| Some(folder("HOME")?.join(".cache/huggingface")));
        let hub = folder("HF_HUB_CACHE").or_else(|| Some(home()?.join("hub")));
        Self {
            models: folder("PLEIAD_MODELS"),
            hub,
            #[cfg(feature = "hub")]
            home: home(),
            #[cfg(feature = "hub")]
            is_offline: env::var_os("HF_HUB_OFFLINE").is_some_and(|asked| !asked.is_empty() && asked != "0"),
            #[cfg(feature = "hub")]
            endpoint: env::var("HF_ENDPOINT").unwrap_or_else(|_| "https://huggingface.co".to_owned()),
        }
    }

    fn find(&self, model: &str) -> Option<PathBuf> {
        let last = model.rsplit('/').next().unwrap_or(model);
        let own = self.models.iter().flat_map(|models| [models.join(model), models.join(last)]);
        own.chain(self.hub.iter().filter_map(|hub| cached(hub, model))).find(|folder| folder.is_dir())
    }

    /// Fetches a model from the hub into its cache.
    #[cfg(feature = "hub")]
    fn fetch(&self, model: &str, interrupt: &Interrupt) -> Result<PathBuf> {
        match &self.hub {
            Some(cache) if !self.is_offline => {
                let hub = Hub {
                    endpoint: self.endpoint.clone(),
                    cache: cache.clone(),
                    token: Token::find(self.home.clone())?,
                    patience: patience()?,
                };
                let help = |failure: Failure| match failure.exit() {
                    Exit::Interrupted => failure,
                    _ => failure.with_note(self.advice(model)),
                };
                hub.fetch(model, interrupt).map_err(help)
            }
            Some(_) => Err(self.missing(model, "is not here, and HF_HUB_OFFLINE is set")),
            None => Err(self.missing(model, "is not here, and there is no HOME to keep it in")),
        }
    }

    #[cfg(not(feature = "hub"))]
    fn fetch(&self, model: &str, _: &Interrupt) -> Result<PathBuf> {
        Err(self.missing(model, "is not here, and this program was built without the feature `hub`"))
    }

    fn missing(&self, model: &str, why: &str) -> Failure {
        Failure::new(Exit::NotFound, format!("model {model} {why}: {}", self.advice(model)))
    }

    /// What to do where nothing can be fetched.
    fn advice(&self, model: &str) -> String {
        let target = match &self.models {
            Some(models) => models.join(model).display().to_string(),
            None => format!("FOLDER/{model} and set PLEIAD_MODELS=FOLDER"),
        };
        format!(
            "put config.json, tokenizer.json, tokenizer_config.json, model.safetensors and, \
             where there are some, modules.json, config_sentence_transformers.json, sentence_bert_config.json, \
             artifact.metadata and the numbered folders of https://huggingface.co/{model} into {target}"
        )
    }
}

/// How long the hub may keep us waiting: what its own client calls the time-out of a download.
#[cfg(feature = "hub")]
fn patience() -> Result<Duration> {
    let Some(asked) = env::var_os("HF_HUB_DOWNLOAD_TIMEOUT") else { return Ok(PATIENCE) };
    let asked = asked.to_string_lossy();
    let seconds = asked.parse().ok().filter(|&seconds| seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Failure::invalid(format!(
            "HF_HUB_DOWNLOAD_TIMEOUT is {asked:?}, expected a number of seconds from 1 on"
        ))
    })
}

/// What the hub's own client keeps: `models--org--name/snapshots/REVISION`, the revision of `refs/main`.
fn cached(hub: &Path, model: &str) -> Option<PathBuf> {
    let root = cache_root(hub, model);
    let revision = fs::read_to_string(root.join("refs/main")).unwrap_or_default();
    let revision = revision.trim();
    (!revision.is_empty()).then(|| root.join("snapshots").join(revision))
}

/// The folder of a model in the hub's cache.
pub(crate) fn cache_root(hub: &Path, model: &str) -> PathBuf {
    hub.join(format!("models--{}", model.replace('/', "--")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_may_lie() {
        let folder = tempfile::tempdir().unwrap();
        let (models, hub) = (folder.path().join("models"), folder.path().join("hub"));
        let places =
            Places { models: Some(models.clone()), hub: Some(hub.clone()), ..Places::from_environment() };
        let message = places.missing("org/name", "is not here").message().to_owned();
        assert!(message.contains("https://huggingface.co/org/name into"), "{message}");
        assert!(is_name("org/name-v1.5") && !is_name("./nowhere") && !is_name("a/b/c") && !is_name("name"));
        assert_eq!(places.find("org/name"), None);

        let snapshot = hub.join("models--org--name/snapshots/0a1b");
        fs::create_dir_all(&snapshot).unwrap();
        assert_eq!(places.find("org/name"), None, "a cache without refs");
        fs::create_dir_all(hub.join("models--org--name/refs")).unwrap();
        fs::write(hub.join("models--org--name/refs/main"), "0a1b\n").unwrap();
        assert_eq!(places.find("org/name"), Some(snapshot));

        fs::create_dir_all(models.join("name")).unwrap();
        assert_eq!(places.find("org/name"), Some(models.join("name")));
    }
}
