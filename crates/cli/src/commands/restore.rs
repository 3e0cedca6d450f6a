use crate::args::RestoreArgs;
use crate::exit::Result;
use crate::output::{self, bytes, counted};
use crate::places;
use crate::progress::Progress;
use pleiad::Collection;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(args: &RestoreArgs) -> Result<()> {
    let place = places::destination(&args.place)?;
    match &args.collection {
        Some(collection) if !args.list => restore(args, &*place, collection),
        _ => list(&*place),
    }
}

fn restore(args: &RestoreArgs, place: &dyn pleiad_backup::Destination, collection: &Path) -> Result<()> {
    let progress = Progress::start(Some(0));
    let tell = &mut |done, total| progress.set_bytes(done, total);
    let restored = pleiad_backup::restore(place, args.number, collection, args.replace, tell)?;
    progress.clear();
    // What the store finds sound must be what this release can search.
    let num_documents = Collection::open(collection)?.snapshot()?.num_documents();
    let mut out = output::stdout();
    let documents = counted(num_documents, "document");
    writeln!(out, "restored backup {}: {documents}", restored.backup.number)?;
    if let Some(replaced) = restored.replaced {
        writeln!(out, "what was there is now {}", replaced.display())?;
    }
    Ok(())
}

fn list(place: &dyn pleiad_backup::Destination) -> Result<()> {
    let mut out = output::stdout();
    for backup in pleiad_backup::backups(place)? {
        let documents = counted(backup.num_documents, "document");
        writeln!(out, "{}  {documents}, {}", backup.number, bytes(backup.num_bytes()))?;
    }
    Ok(())
}
