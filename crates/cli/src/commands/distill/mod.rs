mod compare;
mod learn;

use crate::args::DistillArgs;
use crate::console::Console;
use crate::environment;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, bytes, thousands};
use pleiad_encode::{Distiller, StaticTable};
use pleiad_text::input::{self, Input, InputOptions};
use std::io::{self, Write};
use std::path::Path;
use std::{env, fs};

pub(crate) fn run(args: &DistillArgs) -> Result<()> {
    let console = Console::listen()?;
    check_free(&args.out)?;
    let (models, options) = (environment::models(), args.model.options());
    models.prepare(&options, &console)?;
    let Some(model) = models.open_model(&options, &console)? else {
        return Err(Failure::invalid("name the model to make a table of: --model MODEL"));
    };
    let words = match &args.vocab {
        Some(path) => input::query_texts(path)?.into_iter().map(|(_, word)| word).collect(),
        None => Vec::new(),
    };
    let input = Input::open(&args.corpus, InputOptions::default())?;
    let line = console.start(Some(0));
    let mut distiller = Distiller::new(&model, &words);
    learn::entries(&mut distiller, &line)?;
    let learned = learn::texts(&mut distiller, input, &line)?;
    let table = distiller.finish(args.dim)?;
    write(&table, &args.out)?;
    let seconds = line.line().seconds();
    drop(line);
    let mut out = output::stdout();
    writeln!(
        out,
        "made {} of {} stems and pieces, {} values each, {}, from {} words alone and {learned} in {seconds:.1} s",
        args.out.display(),
        thousands(table.num_rows as u64),
        args.dim,
        bytes((table.table.len() + table.params.len()) as u64),
        thousands(table.num_entries as u64),
    )?;
    if args.eval.is_empty() {
        return Ok(());
    }
    Ok(write!(out, "\n{}", compare::compare(args, &models, &console)?)?)
}

/// Refuses a folder that exists.
fn check_free(folder: &Path) -> Result<()> {
    let refused = |error: io::Error| Failure::io(format!("cannot use {}", folder.display()), &error);
    if folder.exists() && folder.read_dir().map_err(refused)?.next().is_some() {
        let message = format!("{} is there and not empty: name a new folder", folder.display());
        return Err(Failure::new(Exit::Conflict, message));
    }
    Ok(())
}

/// Writes both files beside the folder first, so that it is there whole or not at all.
fn write(table: &StaticTable, folder: &Path) -> Result<()> {
    let refused = |error: io::Error| Failure::io(format!("cannot write {}", folder.display()), &error);
    let parent = match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => parent.to_owned(),
        None => env::current_dir().map_err(refused)?,
    };
    fs::create_dir_all(&parent).map_err(refused)?;
    let begun = tempfile::Builder::new().prefix(".distill").tempdir_in(&parent).map_err(refused)?;
    let files = begun.path().join("files");
    fs::create_dir(&files).map_err(refused)?;
    fs::write(files.join("table.safetensors"), &table.table).map_err(refused)?;
    fs::write(files.join("static.json"), &table.params).map_err(refused)?;
    if folder.exists() {
        fs::remove_dir(folder).map_err(refused)?;
    }
    fs::rename(&files, folder).map_err(refused)
}
