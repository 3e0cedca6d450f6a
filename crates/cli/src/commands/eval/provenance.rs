use crate::exit::Result;
use pleiad::{Snapshot, StoredDocument};
use serde_json::{Value, json};
use std::env;
use std::path::Path;

/// Version, command and inputs: enough to repeat the figures, and to see that they are of the same collection.
///
/// # Errors
/// When a document cannot be read.
pub(crate) fn of_collection(folder: &Path, snapshot: &Snapshot) -> Result<Value> {
    let mut sum = 0u64;
    for document in snapshot.documents() {
        // A sum does not depend on the order, and so not on the segments.
        sum = sum.wrapping_add(digest(&document?));
    }
    let mut value = of_command();
    value["collection"] = json!({
        "folder": folder.display().to_string(),
        "num_documents": snapshot.num_documents(),
        "encoder": snapshot.schema().encoder,
        "checksum": format!("{sum:016x}"),
    });
    Ok(value)
}

/// Version and command alone.
pub(crate) fn of_command() -> Value {
    let command: Vec<String> = env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    json!({ "version": env!("CARGO_PKG_VERSION"), "command": command })
}

/// A number of key, text, attributes and token vectors as they are kept.
fn digest(document: &StoredDocument) -> u64 {
    let attributes = Value::from(document.attributes.clone()).to_string();
    let texts = [document.key.as_str(), document.text.as_deref().unwrap_or_default(), &attributes];
    let mut digest = Fnv::default();
    for text in texts {
        digest.push(text.len() as u64);
        text.bytes().for_each(|byte| digest.push(u64::from(byte)));
    }
    document.vectors.data().iter().for_each(|value| digest.push(u64::from(value.to_bits())));
    digest.0
}

/// FNV-1a with 64 bits (Fowler, Noll and Vo), a word at a time.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn push(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x100_0000_01b3);
    }
}
