//! The place where a collection's model was found, kept with the collection, so that nobody has to name it again.

use crate::error::{Error, ErrorKind, Result};
use pleiad::{Snapshot, Writer};
use pleiad_encode::Sentence;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The note that keeps it.
const NOTE: &str = "model";

/// The newest version of the JSON below: a newer one counts as none, as a model may always be named.
const VERSION: u32 = 1;

/// A folder, by its whole path, or a name on the hub. Which model it has to be is said by the collection's encoder, whose id
/// holds checksums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelPlace {
    version: u32,
    model: String,
    /// The choice of [`Sentence`], where it is not the one of the model's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sentence: Option<Sentence>,
}

impl ModelPlace {
    /// The place of a model that is named, with the choice of vectors of whole texts; nothing where none is.
    ///
    /// # Errors
    /// When a folder's whole path cannot be found out.
    pub fn named(model: Option<&str>, sentence: Option<Sentence>) -> Result<Option<Self>> {
        let Some(model) = model else { return Ok(None) };
        let path = Path::new(model);
        if !path.is_dir() {
            return Ok(Some(Self { version: VERSION, model: model.to_owned(), sentence }));
        }
        let whole = path.canonicalize().map_err(|error| Error::io(format!("cannot find {model}"), &error))?;
        // A path that is no text is not kept: a model may always be named.
        Ok(whole.to_str().map(|model| Self { version: VERSION, model: model.to_owned(), sentence }))
    }

    /// The place that a collection remembers.
    ///
    /// # Errors
    /// When the collection cannot be read.
    pub fn of(snapshot: &Snapshot) -> Result<Option<Self>> {
        let Some(bytes) = snapshot.note(NOTE)? else { return Ok(None) };
        Ok(serde_json::from_slice(&bytes).ok().filter(|place: &Self| place.version <= VERSION))
    }

    /// Has a collection remember this place. Cost: none where it does already, else a small file is written and synced.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, writer: &Writer) -> Result<()> {
        if Self::of(&writer.snapshot())?.as_ref() == Some(self) {
            return Ok(());
        }
        let bytes =
            serde_json::to_vec(self).map_err(|error| Error::from_error(ErrorKind::Internal, error))?;
        Ok(writer.set_note(NOTE, Some(&bytes))?)
    }

    /// The choice of vectors of whole texts; nothing where the model's folder says it.
    pub fn sentence(&self) -> Option<Sentence> {
        self.sentence
    }

    /// The folder or the name.
    pub fn model(&self) -> &str {
        &self.model
    }
}
