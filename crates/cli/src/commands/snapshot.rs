use crate::args::{NamedArgs, SnapshotAction};
use crate::console::once_free;
use crate::exit::Result;
use crate::output::{self, bytes, counted, json_line};
use pleiad::{Collection, Writer};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(action: &SnapshotAction) -> Result<()> {
    match action {
        SnapshotAction::Create(args) => {
            let (writer, name) = (writer(args)?, &args.name);
            writer.name_snapshot(name)?;
            let documents = counted(writer.snapshot().num_documents(), "document");
            writer.close()?;
            Ok(writeln!(output::stdout(), "snapshot {name:?} keeps {documents}")?)
        }
        SnapshotAction::Drop(args) => {
            let writer = writer(args)?;
            writer.drop_snapshot(&args.name)?;
            Ok(writer.close()?)
        }
        SnapshotAction::List(args) => {
            let mut out = output::stdout();
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

fn writer(args: &NamedArgs) -> Result<Writer> {
    let collection = Collection::open(&args.collection)?;
    once_free(args.wait, || collection.writer())
}
