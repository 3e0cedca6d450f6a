use crate::args::EncodeArgs;
use crate::commands::add::describe_languages;
use crate::console::Console;
use crate::environment;
use crate::exit::{Exit, Failure, Result};
use crate::output::{self, counted, thousands};
use pleiad_encode::Encoder;
use pleiad_text::ingest::{Detected, Languages, searchable_text};
use pleiad_text::input::{Content, Input, InputOptions, Record, Records};
use pleiad_text::{Error, Monitor, VectorFolderWriter, wait_for};
use std::io::Write;
use std::panic;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

/// Documents that are encoded and written at a time: what an interruption can lose.
const BATCH_DOCUMENTS: usize = 128;

/// Batches that may wait for the encoder.
const NUM_WAITING: usize = 1;

/// Interval between checks for Ctrl-C while an input is awaited.
const PATIENCE: Duration = Duration::from_millis(100);

pub(crate) fn run(args: &EncodeArgs) -> Result<()> {
    let console = Console::listen()?;
    let (models, options) = (environment::models(), args.model.options());
    let out = &args.out;
    let input = Input::open(&args.inputs, InputOptions::default())?;
    models.prepare(&options, &console)?;
    let console = console.start(input.num_bytes());
    let progress = console.line();
    let consumed = input.consumed();
    let encoder = models.open(&options, &console)?;
    let writer = VectorFolderWriter::open(out, encoder.id(), encoder.dim())?;
    let num_before = writer.num_documents();
    let mut records = input.into_records();
    let (mut writer, records, skipped) = wait_for(&console, move || {
        let skipped = writer.skip(&mut records.by_ref().map(|record| record.map(|record| record.key)));
        (writer, records, skipped)
    })
    .map_err(|error| error.with_note("what is in the folder stays: the same command goes on from there"))?;
    skipped?;
    if num_before > 0 {
        progress.set_passed_over(consumed.num_bytes());
    }
    let (mut languages, mut detected) = (args.languages.languages(), Detected::new());
    let mut num_tokens = 0;
    let (sender, receiver) = mpsc::sync_channel(NUM_WAITING);
    let reader = thread::Builder::new()
        .spawn(move || read_ahead(records, &sender))
        .map_err(|error| Failure::io("the system gives no thread", &error))?;
    loop {
        if console.is_cancelled() {
            return Err(interrupted(&writer, args));
        }
        match receiver.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
            Ok(batch) => {
                let languages = languages.as_mut().map(|languages| (languages, &mut detected));
                num_tokens += write_batch(&mut writer, &*encoder, languages, &batch?)?;
                progress.set_documents(consumed.num_bytes(), writer.num_documents() - num_before, num_tokens);
            }
        }
    }
    // An input that ended in a defect is no whole one.
    if let Err(defect) = reader.join() {
        panic::resume_unwind(defect);
    }
    consumed.tell_left_out(&console);
    let num_documents = writer.finish()?;
    let seconds = progress.seconds();
    progress.clear();
    let before = match num_before {
        0 => String::new(),
        number => format!(", {} of them before", thousands(number)),
    };
    let rate = thousands((num_tokens as f64 / seconds.max(1e-9)) as u64);
    let documents = counted(num_documents, "document");
    let place = out.display();
    Ok(writeln!(
        output::stdout(),
        "encoded {documents}{before} into {place} in {seconds:.1} s: {rate} tokens/s{}",
        describe_languages(&detected)
    )?)
}

/// Reads batches on a thread of its own: an input that keeps us waiting must not keep Ctrl-C waiting.
fn read_ahead(mut records: Records, sender: &SyncSender<pleiad_text::Result<Vec<Record>>>) {
    while let Some(batch) = take(&mut records).transpose() {
        let is_last = batch.is_err();
        // Nobody listens any more after an interrupt or a failed write.
        if sender.send(batch).is_err() || is_last {
            return;
        }
    }
}

fn take(records: &mut Records) -> pleiad_text::Result<Option<Vec<Record>>> {
    let batch = records.take(BATCH_DOCUMENTS).collect::<pleiad_text::Result<Vec<_>>>()?;
    Ok((!batch.is_empty()).then_some(batch))
}

/// Encodes some documents and makes them durable.
fn write_batch(
    writer: &mut VectorFolderWriter,
    encoder: &dyn Encoder,
    languages: Option<(&mut Languages, &mut Detected)>,
    batch: &[Record],
) -> Result<u64> {
    let text_of = |record: &Record| match &record.content {
        Content::Text { title, text } => Ok(searchable_text(title.as_deref(), text).into_owned()),
        Content::Vectors { .. } => {
            Err(Error::invalid("brings its own vectors: there is nothing to encode").within(&record.place))
        }
    };
    let texts = batch.iter().map(text_of).collect::<pleiad_text::Result<Vec<String>>>()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let encoded = match languages {
        Some((languages, detected)) => {
            languages.encode(encoder, &batch.iter().zip(texts).collect::<Vec<_>>(), detected)?
        }
        None => encoder.encode_documents(&texts)?,
    };
    let mut num_tokens = 0;
    for (record, encoded) in batch.iter().zip(encoded) {
        num_tokens += encoded.vectors.num_tokens() as u64;
        writer.push(record, &encoded.vectors)?;
    }
    writer.sync()?;
    Ok(num_tokens)
}

fn interrupted(writer: &VectorFolderWriter, args: &EncodeArgs) -> Failure {
    let folder = args.out.display();
    let stored = counted(writer.num_documents(), "document");
    Failure::new(
        Exit::Interrupted,
        format!("interrupted: {stored} are in {folder}. The same command goes on from there"),
    )
}
