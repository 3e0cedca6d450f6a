//! Where the checkpoint of a model lies.

use crate::exit::{Exit, Failure, Result};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of a model: the path itself, or what a name of the hub has in `PLEIAD_MODELS` or in the hub's cache.
///
/// # Errors
/// When there is none; the message says what to fetch and where to put it.
pub(crate) fn find(model: &str) -> Result<PathBuf> {
    let path = Path::new(model);
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    let places = Places::from_environment();
    places.find(model).ok_or_else(|| places.missing(model))
}

/// Where models are looked for by name.
struct Places {
    models: Option<PathBuf>,
    hub: Option<PathBuf>,
}

impl Places {
    fn from_environment() -> Self {
        let folder = |name: &str| env::var_os(name).map(PathBuf::from);
        let home = || folder("HF_HOME").or_else(|| Some(folder("HOME")?.join(".cache/huggingface")));
        let hub = folder("HF_HUB_CACHE").or_else(|| Some(home()?.join("hub")));
        Self { models: folder("PLEIAD_MODELS"), hub }
    }

    fn find(&self, model: &str) -> Option<PathBuf> {
        let last = model.rsplit('/').next().unwrap_or(model);
        let own = self.models.iter().flat_map(|models| [models.join(model), models.join(last)]);
        own.chain(self.hub.iter().filter_map(|hub| cached(hub, model))).find(|folder| folder.is_dir())
    }

    fn missing(&self, model: &str) -> Failure {
        let is_name =
            model.split('/').filter(|part| !part.is_empty()).count() == 2 && !model.starts_with(['/', '.']);
        if !is_name {
            let message =
                format!("there is no folder {model}: give the folder of a checkpoint, or its name, org/name");
            return Failure::new(Exit::NotFound, message);
        }
        let target = match &self.models {
            Some(models) => models.join(model).display().to_string(),
            None => format!("FOLDER/{model} and set PLEIAD_MODELS=FOLDER"),
        };
        let message = format!(
            "model {model} is not here: put config.json, tokenizer.json, tokenizer_config.json, model.safetensors and, \
             where there are some, modules.json, config_sentence_transformers.json, sentence_bert_config.json, \
             artifact.metadata and the numbered folders of https://huggingface.co/{model} into {target}"
        );
        Failure::new(Exit::NotFound, message)
    }
}

/// What the hub's own client keeps: `models--org--name/snapshots/REVISION`, the revision of `refs/main`.
fn cached(hub: &Path, model: &str) -> Option<PathBuf> {
    let root = hub.join(format!("models--{}", model.replace('/', "--")));
    let revision = fs::read_to_string(root.join("refs/main")).unwrap_or_default();
    let revision = revision.trim();
    (!revision.is_empty()).then(|| root.join("snapshots").join(revision))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_may_lie() {
        let folder = tempfile::tempdir().unwrap();
        let (models, hub) = (folder.path().join("models"), folder.path().join("hub"));
        let places = Places { models: Some(models.clone()), hub: Some(hub.clone()) };
        let message = places.missing("org/name").message().to_owned();
        assert!(message.contains("https://huggingface.co/org/name into"), "{message}");
        assert!(places.missing("./nowhere").message().contains("no folder ./nowhere"));
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
