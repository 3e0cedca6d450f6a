use crate::args::{KeyAction, KeyFileArgs};
use crate::exit::Result;
use crate::output::{self, FAINT, json_line, stderr_line};
use pleiad_server::{KeyFile, NewKey};
use std::io::Write;

pub(crate) fn run(action: &KeyAction) -> Result<()> {
    match action {
        KeyAction::Create(args) => {
            let new = NewKey {
                role: args.role.clone(),
                collections: args.collection.clone(),
                tenants: args.tenant.clone(),
                filter: args.filter.clone(),
                valid_seconds: args.expires,
                per_second: args.per_second,
                note: args.note.clone(),
            };
            let key = file(&args.file).create(new)?;
            stderr_line(&format!("{FAINT}This is the only time that the key is shown:{FAINT:#}"));
            Ok(writeln!(output::stdout(), "{key}")?)
        }
        KeyAction::List(args) => {
            let mut out = output::stdout();
            file(args).list()?.iter().try_for_each(|key| json_line(&mut out, key))
        }
        KeyAction::Revoke { file: args, id } => Ok(file(args).revoke(id)?),
    }
}

fn file(args: &KeyFileArgs) -> KeyFile {
    KeyFile::at(args.keys.clone().unwrap_or_else(|| args.data.join("keys.json")))
}
