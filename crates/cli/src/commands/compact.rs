use crate::args::CompactArgs;
use crate::exit::Result;
use crate::output::{self, bytes};
use pleiad::Collection;
use std::io::Write;

pub(crate) fn run(args: &CompactArgs) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    let before = collection.snapshot()?.info()?.total_bytes;
    let writer = collection.writer_with(args.memory.params())?;
    writer.compact()?;
    writer.close()?;
    let after = collection.snapshot()?.info()?.total_bytes;
    Ok(writeln!(output::stdout(), "compacted from {} to {}", bytes(before), bytes(after))?)
}
