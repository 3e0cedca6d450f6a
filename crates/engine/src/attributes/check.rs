use super::attachment::bytes_of;
use super::gather;
use crate::Snapshot;
use crate::error::Result;
use pleiad_store::PartView;
use rayon::prelude::*;

/// Segments whose index of attributes is not that of their rows, in words. Cost: all of them are made anew.
pub(crate) fn verify_encodings(snapshot: &Snapshot) -> Vec<String> {
    let differs = |part: &PartView| -> Result<bool> {
        let Some(bytes) = bytes_of(part)? else { return Ok(false) };
        Ok(gather::build(part)? != bytes)
    };
    let told = |part: &PartView| match differs(part) {
        Ok(false) => None,
        Ok(true) => Some(format!("{}: its attributes are not those of its documents", part.name())),
        Err(error) => Some(error.to_string()),
    };
    snapshot.view.parts().par_iter().filter_map(told).collect()
}
