//! Settings of models from the environment.

use pleiad_text::{HubAccess, ModelPlaces, Models};
use std::env;
use std::path::PathBuf;
#[cfg(feature = "hub")]
use {
    pleiad_text::{Error, Hub, Result, Token},
    std::time::Duration,
};

/// Time that the hub may take for a connection or for the next bytes, unless set otherwise.
#[cfg(feature = "hub")]
const PATIENCE: Duration = Duration::from_secs(30);

/// Models in `PLEIAD_MODELS`, in the cache of the hub's own client, and on the hub.
pub(crate) fn models() -> Models {
    Models::new(ModelPlaces { hub: hub_access(), ..model_places() })
}

/// The same but for the hub: nothing is fetched.
pub(crate) fn model_places() -> ModelPlaces {
    ModelPlaces {
        folder: path("PLEIAD_MODELS"),
        cache: path("HF_HUB_CACHE").or_else(|| Some(hub_home()?.join("hub"))),
        onnx_library: path("PLEIAD_ONNX_RUNTIME"),
        ..ModelPlaces::default()
    }
}

/// The model of `PLEIAD_MODEL`, which a new collection of texts gets, and one is asked with whose own is not found.
pub(crate) fn default_model() -> Option<String> {
    env::var("PLEIAD_MODEL").ok().filter(|model| !model.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from)
}

/// Folder of the hub's own client.
fn hub_home() -> Option<PathBuf> {
    path("HF_HOME").or_else(|| Some(path("HOME")?.join(".cache/huggingface")))
}

#[cfg(feature = "hub")]
fn hub_access() -> HubAccess {
    if env::var_os("HF_HUB_OFFLINE").is_some_and(|asked| !asked.is_empty() && asked != "0") {
        return HubAccess::Never("HF_HUB_OFFLINE is set".to_owned());
    }
    HubAccess::At(Box::new(|| {
        let endpoint = env::var("HF_ENDPOINT").unwrap_or_else(|_| "https://huggingface.co".to_owned());
        Ok(Hub { endpoint, token: token()?, patience: patience()? })
    }))
}

#[cfg(not(feature = "hub"))]
fn hub_access() -> HubAccess {
    HubAccess::Never("this program was built without the feature `hub`".to_owned())
}

/// The token of `HF_TOKEN`, or of the file where the hub's own client keeps it.
#[cfg(feature = "hub")]
fn token() -> Result<Option<Token>> {
    if let Some(token) = env::var_os("HF_TOKEN").filter(|token| !token.is_empty()) {
        return Token::read(&token.to_string_lossy(), "HF_TOKEN");
    }
    let file = path("HF_TOKEN_PATH").or_else(|| Some(hub_home()?.join("token")));
    file.map_or(Ok(None), |file| Token::open(&file))
}

/// Reads the time-out of a download, as the hub's own client names it.
#[cfg(feature = "hub")]
fn patience() -> Result<Duration> {
    let Some(asked) = env::var_os("HF_HUB_DOWNLOAD_TIMEOUT") else { return Ok(PATIENCE) };
    let asked = asked.to_string_lossy();
    let seconds = asked.parse().ok().filter(|&seconds| seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Error::invalid(format!(
            "HF_HUB_DOWNLOAD_TIMEOUT is {asked:?}, expected a number of seconds from 1 on"
        ))
    })
}
