use crate::args::UpgradeArgs;
use crate::exit::Result;
use crate::output;
use pleiad::Collection;
use std::io::Write;

pub(crate) fn run(args: &UpgradeArgs) -> Result<()> {
    let done = Collection::upgrade(&args.collection, args.wait.duration())?;
    let mut out = output::stdout();
    if done.from == done.to {
        writeln!(out, "nothing to do: it has format version {}", done.to)?;
    } else {
        writeln!(out, "upgraded from format version {} to {}", done.from, done.to)?;
    }
    Ok(())
}
