use super::WaitArgs;
use crate::places::local;
use clap::{Args, Subcommand};
use std::path::PathBuf;

const REPAIR_EXAMPLES: &str = "\
Examples:
  pleiad repair notes
  pleiad repair notes --discard      remove the files that repairs kept aside
  pleiad repair notes --take-back    use those again that turn out to be sound

Two wrong bits of a file are put back, and more where checksums tell which they were; what else cannot be read is left out, and \
named. The exit code is 0 when nothing was lost and 5 when something was. Restore a backup where you have one.

A file that the system refuses to open or read is not damaged: the repair ends with exit code 6, and nothing is \
changed. Taking back replaces nothing: documents return whose keys are not in use.";

const SNAPSHOT_EXAMPLES: &str = "\
Examples:
  pleiad snapshot create notes before-the-move
  pleiad snapshot list notes
  pleiad search notes \"trip to the mountains\" --snapshot before-the-move
  pleiad snapshot drop notes before-the-move";

const NAMED_EXAMPLES: &str = "\
Examples:
  pleiad snapshot create notes before-the-move
  pleiad snapshot drop notes before-the-move";

const LIST_EXAMPLES: &str = "\
Examples:
  pleiad snapshot list notes
  pleiad snapshot list notes --json";

const BACKUP_EXAMPLES: &str = "\
Examples:
  pleiad backup notes /mnt/backups/notes
  pleiad backup notes /mnt/backups/notes --keep 7    keep only the last seven
  pleiad backup notes s3://bucket/notes              with the feature `objects`

  pleiad backup notes /mnt/backups/notes --verify    check all that is there

The collection may be written meanwhile. Only what is not there yet is copied; of what is there an eighth is read and \
compared each time, and what is damaged is copied anew.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  pleiad restore /mnt/backups/notes notes
  pleiad restore /mnt/backups/notes notes --number 3 --replace
  pleiad restore /mnt/backups/notes --list

Every byte is checked before the collection takes its place. One that it replaces is renamed, not removed.";

/// Collection to repair, and options.
#[derive(Debug, Args)]
#[command(after_help = REPAIR_EXAMPLES)]
pub(crate) struct RepairArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Remove the damaged files that earlier repairs kept, and do nothing else.
    #[arg(long)]
    pub(crate) discard: bool,

    /// Take back what earlier repairs set aside and what is sound, and do nothing else.
    #[arg(long, conflicts_with = "discard")]
    pub(crate) take_back: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Subcommands of named snapshots.
#[derive(Debug, Args)]
#[command(after_help = SNAPSHOT_EXAMPLES)]
pub(crate) struct SnapshotArgs {
    #[command(subcommand)]
    pub(crate) action: SnapshotAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SnapshotAction {
    /// Keeps the present state under a name.
    Create(NamedArgs),
    /// Lists the snapshots.
    List(ListArgs),
    /// Gives up a snapshot and the space that it alone takes.
    Drop(NamedArgs),
}

impl SnapshotAction {
    pub(crate) fn collection(&self) -> &PathBuf {
        match self {
            Self::Create(args) | Self::Drop(args) => &args.collection,
            Self::List(args) => &args.collection,
        }
    }
}

/// Snapshot of a collection.
#[derive(Debug, Args)]
#[command(after_help = NAMED_EXAMPLES)]
pub(crate) struct NamedArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Name of the snapshot: letters, digits, `.`, `-` and `_`.
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// Collection, and the form of the output.
#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Print one JSON object per snapshot.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Collection to copy, and its destination.
#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(crate) struct BackupArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Folder of the backups, or the address of a bucket.
    #[arg(value_name = "PLACE")]
    pub(crate) place: String,

    /// Read everything back that earlier backups copied and this one shares, not only a part of it.
    #[arg(long)]
    pub(crate) verify: bool,

    /// Give up all backups but the last N afterwards.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep: Option<u32>,
}

/// Backup to restore, and its destination.
#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(crate) struct RestoreArgs {
    /// Folder of the backups, or the address of a bucket.
    #[arg(value_name = "PLACE")]
    pub(crate) place: String,

    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR", required_unless_present = "list")]
    pub(crate) collection: Option<PathBuf>,

    /// Number of the backup [default: the last].
    #[arg(long, value_name = "N")]
    pub(crate) number: Option<u64>,

    /// Replace what is there: it is renamed, not removed.
    #[arg(long)]
    pub(crate) replace: bool,

    /// List the backups, and restore none.
    #[arg(long, conflicts_with_all = ["collection", "number", "replace"])]
    pub(crate) list: bool,
}
