use crate::args::BackupArgs;
use crate::exit::Result;
use crate::output::{self, bytes, counted, warn};
use crate::places;
use crate::progress::Progress;
use pleiad_backup::Check;
use std::io::Write;

pub(crate) fn run(args: &BackupArgs) -> Result<()> {
    let place = places::destination(&args.place)?;
    let progress = Progress::start(Some(0));
    let check = if args.verify { Check::All } else { Check::Share };
    let tell = &mut |done, total| progress.set_bytes(done, total);
    let done = pleiad_backup::backup(&args.collection, &*place, check, tell)?;
    progress.clear();
    for object in &done.replaced {
        warn(&format!("{object} of earlier backups was damaged: it was copied anew"));
    }
    for file in &done.made_again {
        warn(&format!(
            "{file} is damaged in the collection, and whole in the backup, since another file holds the same: \
             `pleiad repair` makes it again"
        ));
    }
    let mut out = output::stdout();
    let documents = counted(done.backup.num_documents, "document");
    let new = counted(done.num_new_files, "new file");
    let (copied, whole) = (bytes(done.new_bytes), bytes(done.backup.num_bytes()));
    writeln!(out, "backup {}: {documents}, {whole}; copied {new}, {copied}", done.backup.number)?;
    if args.verify {
        writeln!(out, "compared {} of earlier backups", counted(done.num_checked, "file"))?;
    }
    if let Some(keep) = args.keep {
        let removed = pleiad_backup::keep_last(&*place, keep as usize)?;
        let backups = counted(removed.num_backups, "older backup");
        writeln!(out, "gave up {backups}, {}", bytes(removed.num_bytes))?;
    }
    Ok(())
}
