use super::{Detected, Languages};
use crate::error::{Error, ErrorKind, Result};
use crate::input::{Content, Input, Record, Records};
use crate::monitor::{Monitor, Progress};
use crate::numbers::counted;
use crate::patience::{PATIENCE, wait_for};
use crate::row_words::searchable_text;
use crate::vector_folder::VectorFolderWriter;
use pleiad_encode::Encoder;
use std::panic;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;

/// Documents that are encoded and written at a time: what an interruption can lose.
const BATCH_DOCUMENTS: usize = 128;

/// Batches that may wait for the encoder.
const NUM_WAITING: usize = 1;

/// Outcome of [`encode_folder`].
#[derive(Debug, Clone)]
pub struct EncodedFolder {
    /// Documents of the folder.
    pub num_documents: u64,
    /// Documents of those that an interrupted run had left there.
    pub num_before: u64,
    /// Token vectors of the documents encoded now.
    pub num_tokens: u64,
    /// Languages that were detected.
    pub detected: Detected,
}

/// Encodes texts into a folder of token vectors, which [`VectorFolderWriter`] describes. The documents that a run before
/// left there are passed over. Memory: two batches of texts, and the vectors of one.
///
/// # Errors
/// The first record that cannot be read or brings vectors of its own; `Cancelled` with the number of documents that are
/// in the folder: the same call goes on from there; `Unavailable` when the disk refuses.
pub fn encode_folder(
    folder: &Path,
    encoder: &dyn Encoder,
    input: Input,
    mut languages: Option<Languages>,
    monitor: &dyn Monitor,
) -> Result<EncodedFolder> {
    let writer = VectorFolderWriter::open(folder, encoder.id(), encoder.dim())?;
    let (consumed, num_before) = (input.consumed(), writer.num_documents());
    let (mut writer, records) = pass_over(writer, input.into_records(), monitor)?;
    if num_before > 0 {
        monitor.report(Progress::PassedOver { consumed_bytes: consumed.num_bytes() });
    }
    let (mut num_tokens, mut detected) = (0, Detected::new());
    let (sender, receiver) = mpsc::sync_channel(NUM_WAITING);
    let reader = thread::Builder::new()
        .spawn(move || read_ahead(records, &sender))
        .map_err(|error| Error::io("the system gives no thread", &error))?;
    loop {
        if monitor.is_cancelled() {
            return Err(interrupted(&writer, folder));
        }
        match receiver.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
            Ok(batch) => {
                let languages = languages.as_mut().map(|languages| (languages, &mut detected));
                num_tokens += write_batch(&mut writer, encoder, languages, &batch?)?;
                let (consumed_bytes, num_documents) =
                    (consumed.num_bytes(), writer.num_documents() - num_before);
                monitor.report(Progress::Stored { consumed_bytes, num_documents, num_tokens });
            }
        }
    }
    // An input that ended in a defect is no whole one.
    if let Err(defect) = reader.join() {
        panic::resume_unwind(defect);
    }
    consumed.tell_left_out(monitor);
    Ok(EncodedFolder { num_documents: writer.finish()?, num_before, num_tokens, detected })
}

/// Reads past the documents that the folder has, on a thread of its own: standard input may keep it waiting.
fn pass_over(
    writer: VectorFolderWriter,
    mut records: Records,
    monitor: &dyn Monitor,
) -> Result<(VectorFolderWriter, Records)> {
    let (writer, records, skipped) = wait_for(monitor, move || {
        let skipped = writer.skip(&mut records.by_ref().map(|record| record.map(|record| record.key)));
        (writer, records, skipped)
    })
    .map_err(|error| error.with_note("what is in the folder stays: the same command goes on from there"))?;
    skipped?;
    Ok((writer, records))
}

/// Reads batches on a thread of its own: an input that keeps us waiting must not keep a cancellation waiting.
fn read_ahead(mut records: Records, sender: &SyncSender<Result<Vec<Record>>>) {
    while let Some(batch) = take(&mut records).transpose() {
        let is_last = batch.is_err();
        // Nobody listens any more after a cancellation or a failed write.
        if sender.send(batch).is_err() || is_last {
            return;
        }
    }
}

fn take(records: &mut Records) -> Result<Option<Vec<Record>>> {
    let batch = records.take(BATCH_DOCUMENTS).collect::<Result<Vec<_>>>()?;
    Ok((!batch.is_empty()).then_some(batch))
}

/// Encodes some documents and makes them durable; the number of their token vectors.
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
    let texts = batch.iter().map(text_of).collect::<Result<Vec<String>>>()?;
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

fn interrupted(writer: &VectorFolderWriter, folder: &Path) -> Error {
    let (stored, folder) = (counted(writer.num_documents(), "document"), folder.display());
    let message = format!("interrupted: {stored} are in {folder}. The same command goes on from there");
    Error::new(ErrorKind::Cancelled, message)
}
