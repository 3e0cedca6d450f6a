use crate::exit::{Exit, Failure, Result};
use crate::ingest::searchable_text;
use crate::input::{Content, Input, Record};
use crate::interrupt::Interrupt;
use crate::output::counted;
use crate::progress::Progress;
use pleiad_encode::Distiller;

/// Words that the model reads at a time.
const BATCH_ENTRIES: usize = 1024;

/// Texts that it reads at a time.
const BATCH_TEXTS: usize = 128;

/// Learns every word alone.
pub(super) fn entries(
    distiller: &mut Distiller<'_>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<()> {
    let num_entries = distiller.num_entries();
    for begin in (0..num_entries).step_by(BATCH_ENTRIES) {
        check(interrupt)?;
        progress.set_bytes(begin as u64, num_entries as u64);
        distiller.learn_entries(begin..num_entries.min(begin + BATCH_ENTRIES))?;
    }
    Ok(())
}

/// Learns from texts, and says in words how many there were.
pub(super) fn texts(
    distiller: &mut Distiller<'_>,
    input: Input,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<String> {
    let (num_bytes, consumed) = (input.num_bytes().unwrap_or(0), input.consumed());
    let mut records = input.into_records();
    let (mut num_texts, mut num_tokens) = (0, 0);
    loop {
        let batch = records.by_ref().take(BATCH_TEXTS).collect::<Result<Vec<_>>>()?;
        if batch.is_empty() {
            break;
        }
        check(interrupt)?;
        let texts = batch.iter().map(text_of).collect::<Result<Vec<String>>>()?;
        num_tokens += distiller.learn_texts(&texts.iter().map(String::as_str).collect::<Vec<_>>())?;
        num_texts += batch.len() as u64;
        progress.set_bytes(consumed.num_bytes(), num_bytes);
    }
    Ok(format!("{} of {}", counted(num_texts, "text"), counted(num_tokens, "token")))
}

fn text_of(record: &Record) -> Result<String> {
    match &record.content {
        Content::Text { title, text } => Ok(searchable_text(title.as_deref(), text).into_owned()),
        Content::Vectors { .. } => {
            Err(Failure::invalid("brings its own vectors: there is no text to learn from")
                .within(&record.place))
        }
    }
}

fn check(interrupt: &Interrupt) -> Result<()> {
    if interrupt.is_asked() {
        return Err(Failure::new(Exit::Interrupted, "interrupted: nothing was written"));
    }
    Ok(())
}
