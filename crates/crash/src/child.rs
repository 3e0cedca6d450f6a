use crate::{Result, model};
use pleiad::{BuildParams, Collection, Durability};
use pleiad_vectors::Seed;
use std::io::Write;
use std::path::Path;

/// One batch in this many is followed by a flush, one in so many more by a new writer.
const FLUSH_EVERY: u64 = 12;
const REOPEN_EVERY: u64 = 60;

/// Applies batch after batch until it is killed; a batch is acknowledged by its number on a line of standard output,
/// after the engine did.
pub(crate) fn run(folder: &Path, seed: u64, first_batch: u64, durability: Durability) -> Result<()> {
    let collection = Collection::open(folder)?;
    let mut writer = collection.writer_with(BuildParams { durability, ..Default::default() })?;
    let mut random = Seed(seed).derive(!first_batch).generator();
    say("ready")?;
    for number in first_batch.. {
        writer.apply(model::batch(model::tenant_of(number), number, &model::changes(seed, number))?)?;
        say(&number.to_string())?;
        if random.below(FLUSH_EVERY) == 0 {
            writer.flush()?;
        }
        if random.below(REOPEN_EVERY) == 0 {
            writer.close()?;
            writer = collection.writer_with(BuildParams { durability, ..Default::default() })?;
        }
    }
    Ok(())
}

/// One line in one write: it arrives whole or not at all.
fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    Ok(out.flush()?)
}
