use crate::console::Console;
use crate::exit::{Exit, Failure, Result};
use crate::output::counted;
use pleiad_encode::Distiller;
use pleiad_text::ingest::searchable_text;
use pleiad_text::input::{Content, Input, Record};
use pleiad_text::{Error, Monitor, wait_for};

/// Words that the model reads at a time.
const BATCH_ENTRIES: usize = 1024;

/// Texts that it reads at a time.
const BATCH_TEXTS: usize = 128;

/// Learns every word alone.
pub(super) fn entries(distiller: &mut Distiller<'_>, console: &Console) -> Result<()> {
    let num_entries = distiller.num_entries();
    for begin in (0..num_entries).step_by(BATCH_ENTRIES) {
        check(console)?;
        console.line().set_bytes(begin as u64, num_entries as u64);
        distiller.learn_entries(begin..num_entries.min(begin + BATCH_ENTRIES))?;
    }
    Ok(())
}

/// Learns from texts, and says in words how many there were.
pub(super) fn texts(distiller: &mut Distiller<'_>, input: Input, console: &Console) -> Result<String> {
    let (num_bytes, consumed) = (input.num_bytes().unwrap_or(0), input.consumed());
    let mut records = input.into_records();
    let (mut num_texts, mut num_tokens) = (0, 0);
    loop {
        let (batch, rest) = wait_for(console, move || {
            (records.by_ref().take(BATCH_TEXTS).collect::<pleiad_text::Result<Vec<_>>>(), records)
        })?;
        records = rest;
        let batch = batch?;
        if batch.is_empty() {
            consumed.tell_left_out(console);
            break;
        }
        check(console)?;
        let texts = batch.iter().map(text_of).collect::<pleiad_text::Result<Vec<String>>>()?;
        num_tokens += distiller.learn_texts(&texts.iter().map(String::as_str).collect::<Vec<_>>())?;
        num_texts += batch.len() as u64;
        console.line().set_bytes(consumed.num_bytes(), num_bytes);
    }
    Ok(format!("{} of {}", counted(num_texts, "text"), counted(num_tokens, "token")))
}

fn text_of(record: &Record) -> pleiad_text::Result<String> {
    match &record.content {
        Content::Text { title, text } => Ok(searchable_text(title.as_deref(), text).into_owned()),
        Content::Vectors { .. } => {
            Err(Error::invalid("brings its own vectors: there is no text to learn from")
                .within(&record.place))
        }
    }
}

fn check(console: &Console) -> Result<()> {
    if console.is_cancelled() {
        return Err(Failure::new(Exit::Interrupted, "interrupted: nothing was written"));
    }
    Ok(())
}
