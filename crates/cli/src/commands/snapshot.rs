use crate::args::{NamedArgs, SnapshotAction};
use crate::exit::Result;
use crate::output::{bytes, counted, json_line};
use pleiad::Collection;
use serde_json::json;
use std::io::Write;

pub(crate) fn run(action: &SnapshotAction) -> Result<()> {
    match action {
        SnapshotAction::Create(NamedArgs { collection, name }) => {
            let writer = Collection::open(collection)?.writer()?;
            writer.name_snapshot(name)?;
            let documents = counted(writer.snapshot().num_documents(), "document");
            writer.close()?;
            Ok(writeln!(anstream::stdout(), "snapshot {name:?} keeps {documents}")?)
        }
        SnapshotAction::Drop(NamedArgs { collection, name }) => {
            let writer = Collection::open(collection)?.writer()?;
            writer.drop_snapshot(name)?;
            Ok(writer.close()?)
        }
        SnapshotAction::List(args) => {
            let mut out = anstream::stdout().lock();
            for one in Collection::open(&args.collection)?.named_snapshots()? {
                if args.json {
                    let value = json!({
                        "name": one.name,
                        "sequence": one.sequence,
                        "num_documents": one.num_documents,
                        "file_bytes": one.file_bytes,
                    });
                    json_line(&mut out, &value)?;
                } else {
                    let documents = counted(one.num_documents, "document");
                    writeln!(out, "{}  {documents}, {}", one.name, bytes(one.file_bytes))?;
                }
            }
            Ok(())
        }
    }
}
