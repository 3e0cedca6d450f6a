//! Places of models, and how models get there.

use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "hub")]
use crate::hub::Hub;
use crate::monitor::Monitor;
use pleiad_encode::OnnxRuntime;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Places of models, and their runtime.
#[derive(Debug, Default)]
pub struct ModelPlaces {
    /// A folder with models: `FOLDER/org/name` or `FOLDER/name`.
    pub folder: Option<PathBuf>,
    /// The cache of the hub's own client, where fetched models go.
    pub cache: Option<PathBuf>,
    /// Access to models that are in neither.
    pub hub: HubAccess,
    /// The library of ONNX Runtime for checkpoints, where the options of an encoder name none.
    pub onnx_library: Option<PathBuf>,
}

/// Opens encoders. One value serves a whole program, and threads may share it.
#[derive(Debug, Default)]
pub struct Models {
    places: ModelPlaces,
    /// A process has one.
    onnx: OnceLock<OnnxRuntime>,
}

/// Permission to fetch models.
pub enum HubAccess {
    /// Nothing is fetched, for this reason, such as `the hub is switched off`.
    Never(String),
    /// The settings are asked for when the first model has to be fetched: only then may they be wrong.
    #[cfg(feature = "hub")]
    At(Box<dyn Fn() -> Result<Hub> + Send + Sync>),
}

impl Default for HubAccess {
    fn default() -> Self {
        Self::Never("nothing says where to fetch it from".to_owned())
    }
}

impl fmt::Debug for HubAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never(reason) => f.debug_tuple("Never").field(reason).finish(),
            #[cfg(feature = "hub")]
            Self::At(_) => f.debug_tuple("At").finish_non_exhaustive(),
        }
    }
}

impl Models {
    /// Looks for models in these places.
    pub fn new(places: ModelPlaces) -> Self {
        Self { places, onnx: OnceLock::new() }
    }

    /// The folder of a model: the path itself, or what a name has in [`ModelPlaces::folder`] or in
    /// [`ModelPlaces::cache`]; what is nowhere is fetched into the cache.
    ///
    /// # Errors
    /// When it cannot be had; the message says what to fetch and where to put it.
    pub fn find(&self, model: &str, monitor: &dyn Monitor) -> Result<PathBuf> {
        let path = Path::new(model);
        if path.is_dir() {
            return Ok(path.to_owned());
        }
        match self.look(model) {
            Some(folder) => Ok(folder),
            None if !is_name(model) => {
                let message = format!(
                    "there is no folder {model}: give the folder of a checkpoint, or its name, org/name"
                );
                Err(Error::new(ErrorKind::NotFound, message))
            }
            None => self.fetch(model, monitor),
        }
    }

    fn look(&self, model: &str) -> Option<PathBuf> {
        let last = model.rsplit('/').next().unwrap_or(model);
        let own = self.places.folder.iter().flat_map(|models| [models.join(model), models.join(last)]);
        own.chain(self.places.cache.iter().filter_map(|cache| cached(cache, model)))
            .find(|folder| folder.is_dir())
    }

    /// Fetches a model from the hub into its cache.
    #[cfg(feature = "hub")]
    fn fetch(&self, model: &str, monitor: &dyn Monitor) -> Result<PathBuf> {
        match (&self.places.hub, &self.places.cache) {
            (HubAccess::Never(reason), _) => Err(self.missing(model, reason)),
            (HubAccess::At(_), None) => Err(self.missing(model, "there is no folder to keep it in")),
            (HubAccess::At(hub), Some(cache)) => {
                let root = cache_root(cache, model);
                hub()?.fetch(model, &root, monitor).map_err(|error| match error.kind() {
                    ErrorKind::Cancelled => error,
                    _ => error.with_note(self.advice(model)),
                })
            }
        }
    }

    #[cfg(not(feature = "hub"))]
    fn fetch(&self, model: &str, _: &dyn Monitor) -> Result<PathBuf> {
        let HubAccess::Never(reason) = &self.places.hub;
        Err(self.missing(model, reason))
    }

    fn missing(&self, model: &str, why: &str) -> Error {
        let message = format!("model {model} is not here, and {why}: {}", self.advice(model));
        Error::new(ErrorKind::NotFound, message)
    }

    /// Returns the way out where nothing can be fetched.
    fn advice(&self, model: &str) -> String {
        let target = match &self.places.folder {
            Some(models) => models.join(model).display().to_string(),
            None => "a folder, and give its path in place of the name".to_owned(),
        };
        format!(
            "put config.json, tokenizer.json, tokenizer_config.json, model.safetensors and, \
             where there are some, modules.json, config_sentence_transformers.json, sentence_bert_config.json, \
             artifact.metadata and the numbered folders of https://huggingface.co/{model} into {target}"
        )
    }

    /// ONNX Runtime, where the options or these models name its library.
    pub(crate) fn onnx_runtime(&self, asked: Option<&Path>) -> Option<OnnxRuntime> {
        let library = asked.or(self.places.onnx_library.as_deref())?;
        Some(self.onnx.get_or_init(|| OnnxRuntime::new(library.to_owned())).clone())
    }
}

/// Returns whether it is `org/name`, and no path.
fn is_name(model: &str) -> bool {
    let is_part = |part: &str| {
        let is_known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && part.chars().all(is_known) && !part.starts_with('.')
    };
    model.split_once('/').is_some_and(|(org, name)| is_part(org) && is_part(name))
}

/// Returns a folder of the hub's own client: `models--org--name/snapshots/REVISION`, the revision of `refs/main`.
fn cached(cache: &Path, model: &str) -> Option<PathBuf> {
    let root = cache_root(cache, model);
    let revision = fs::read_to_string(root.join("refs/main")).unwrap_or_default();
    let revision = revision.trim();
    (!revision.is_empty()).then(|| root.join("snapshots").join(revision))
}

/// The folder of a model in the hub's cache.
fn cache_root(cache: &Path, model: &str) -> PathBuf {
    cache.join(format!("models--{}", model.replace('/', "--")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Unattended;

    #[test]
    fn names_are_found_where_they_may_lie() {
        let folder = tempfile::tempdir().unwrap();
        let (models, hub) = (folder.path().join("models"), folder.path().join("hub"));
        let places = Models::new(ModelPlaces {
            folder: Some(models.clone()),
            cache: Some(hub.clone()),
            ..ModelPlaces::default()
        });
        let message = places.find("org/name", &Unattended).unwrap_err().to_string();
        assert!(message.contains("https://huggingface.co/org/name into"), "{message}");
        assert!(is_name("org/name-v1.5") && !is_name("./nowhere") && !is_name("a/b/c") && !is_name("name"));
        assert_eq!(places.look("org/name"), None);

        let snapshot = hub.join("models--org--name/snapshots/0a1b");
        fs::create_dir_all(&snapshot).unwrap();
        assert_eq!(places.look("org/name"), None, "a cache without refs");
        fs::create_dir_all(hub.join("models--org--name/refs")).unwrap();
        fs::write(hub.join("models--org--name/refs/main"), "0a1b\n").unwrap();
        assert_eq!(places.look("org/name"), Some(snapshot));

        fs::create_dir_all(models.join("name")).unwrap();
        assert_eq!(places.look("org/name"), Some(models.join("name")));
    }
}
