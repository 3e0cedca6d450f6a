use crate::exit::{Failure, Result};
use pleiad::Answer;
use pleiad_evaluate::{Run, RunEntry};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// The name of the system in a TREC run file.
const TAG: &str = "pleiad";

/// One answer in the words of a run.
pub(crate) fn entries(answer: &Answer) -> Vec<RunEntry> {
    let entry = |hit: &pleiad::Hit| RunEntry { document: hit.key.to_string(), score: hit.score.get() };
    answer.hits.iter().map(entry).collect()
}

/// Writes a run in TREC's format.
///
/// # Errors
/// When the file cannot be written or a key holds white space, which the format cannot express.
pub(crate) fn write(run: &Run, path: &Path) -> Result<()> {
    let refused = |error: std::io::Error| Failure::io(format!("cannot write {}", path.display()), &error);
    let file = File::create(path).map_err(refused)?;
    run.write_to(BufWriter::new(file), TAG).map_err(refused)
}
