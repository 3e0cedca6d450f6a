use crate::args::UpgradeArgs;
use crate::console::once_free;
use crate::exit::Result;
use crate::output;
use pleiad::Collection;
use std::io::Write;
use std::time::Duration;

pub(crate) fn run(args: &UpgradeArgs) -> Result<()> {
    let done = once_free(args.wait, || Collection::upgrade(&args.collection, Duration::ZERO))?;
    let mut out = output::stdout();
    if done.from == done.to {
        writeln!(out, "nothing to do: it has format version {}", done.to)?;
    } else {
        writeln!(out, "upgraded from format version {} to {}", done.from, done.to)?;
    }
    Ok(())
}
