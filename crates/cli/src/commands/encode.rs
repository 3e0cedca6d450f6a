use crate::args::EncodeArgs;
use crate::commands::add::describe_languages;
use crate::console::Console;
use crate::environment;
use crate::exit::Result;
use crate::output::{self, counted, thousands};
use pleiad_text::ingest::encode_folder;
use pleiad_text::input::{Input, InputOptions};
use std::io::Write;

pub(crate) fn run(args: &EncodeArgs) -> Result<()> {
    let console = Console::listen()?;
    let (models, options) = (environment::models(), args.model.options());
    let input = Input::open(&args.inputs, InputOptions::default())?;
    models.prepare(&options, &console)?;
    let console = console.start(input.num_bytes());
    let encoder = models.open(&options, &console)?;
    let encoded = encode_folder(&args.out, &*encoder, input, args.languages.languages(), &console)?;
    let progress = console.line();
    let seconds = progress.seconds();
    progress.clear();
    let before = match encoded.num_before {
        0 => String::new(),
        number => format!(", {} of them before", thousands(number)),
    };
    let rate = thousands((encoded.num_tokens as f64 / seconds.max(1e-9)) as u64);
    let (documents, place) = (counted(encoded.num_documents, "document"), args.out.display());
    Ok(writeln!(
        output::stdout(),
        "encoded {documents}{before} into {place} in {seconds:.1} s: {rate} tokens/s{}",
        describe_languages(&encoded.detected)
    )?)
}
