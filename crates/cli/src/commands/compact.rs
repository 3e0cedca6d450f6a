use crate::args::CompactArgs;
use crate::console::once_free;
use crate::exit::Result;
use crate::output::{self, bytes};
use pleiad::Collection;
use std::io::Write;

pub(crate) fn run(args: &CompactArgs) -> Result<()> {
    let collection = Collection::open(&args.collection)?;
    let before = collection.snapshot()?.info()?.total_bytes;
    let params = args.memory.params_without_wait();
    let writer = once_free(args.memory.wait, || collection.writer_with(params))?;
    writer.compact()?;
    writer.close()?;
    let after = collection.snapshot()?.info()?.total_bytes;
    Ok(writeln!(output::stdout(), "compacted from {} to {}", bytes(before), bytes(after))?)
}
