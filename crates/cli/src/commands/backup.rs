use crate::args::BackupArgs;
use crate::exit::Result;
use crate::output::{bytes, counted};
use crate::place;
use crate::progress::Progress;
use std::io::Write;

pub(crate) fn run(args: &BackupArgs) -> Result<()> {
    let place = place::open(&args.place)?;
    let progress = Progress::start(Some(0));
    let done =
        pleiad_backup::backup(&args.collection, &*place, &mut |done, total| progress.set_bytes(done, total))?;
    progress.clear();
    let mut out = anstream::stdout().lock();
    let documents = counted(done.backup.num_documents, "document");
    let new = counted(done.num_new_files, "new file");
    let (copied, whole) = (bytes(done.new_bytes), bytes(done.backup.num_bytes()));
    writeln!(out, "backup {}: {documents}, {whole}; copied {new}, {copied}", done.backup.number)?;
    if let Some(keep) = args.keep {
        let removed = pleiad_backup::keep_last(&*place, keep as usize)?;
        let backups = counted(removed.num_backups, "older backup");
        writeln!(out, "gave up {backups}, {}", bytes(removed.num_bytes))?;
    }
    Ok(())
}
