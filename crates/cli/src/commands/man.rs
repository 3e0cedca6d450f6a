use crate::args::{Cli, ManArgs};
use crate::exit::{Failure, Result};
use crate::output::{self, counted};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::fs;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(args: &ManArgs) -> Result<()> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &args.out else {
        return Ok(std::io::stdout().write_all(&page(&command)?)?);
    };
    fs::create_dir_all(folder)
        .map_err(|error| Failure::io(format!("cannot create {}", folder.display()), &error))?;
    let mut num_pages = 1;
    write(folder, &command)?;
    for inner in command.get_subcommands() {
        write(folder, inner)?;
        num_pages += 1;
    }
    Ok(writeln!(output::stdout(), "{} in {}", counted(num_pages, "page"), folder.display())?)
}

fn page(command: &Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}

/// `pleiad.1`, `pleiad-add.1`: a command that was built knows its full name.
fn write(folder: &Path, command: &Command) -> Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let path = folder.join(format!("{name}.1"));
    fs::write(&path, page(command)?)
        .map_err(|error| Failure::io(format!("cannot write {}", path.display()), &error))
}
