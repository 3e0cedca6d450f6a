use super::destination::Destination;
use super::on_conflict::OnConflict;
use super::prepare::{Preparation, Prepared, Seen};
use super::summary::Summary;
use crate::error::{Error, Result};
use crate::input::Records;
use crate::monitor::{Monitor, Progress};
use crate::numbers::counted;
use crate::patience::PATIENCE;
use std::panic;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// Batches that may wait for the writer: one, so that encoding and writing overlap and memory stays small.
const NUM_WAITING: usize = 1;

/// Skipped documents that are named before the rest is only counted.
const MAX_NAMED: u64 = 10;

/// Writes all records, batch by batch, each acknowledged before the next.
///
/// # Errors
/// The first thing that is wrong with a record, with what was stored before it; the batch it is in is not stored.
pub fn ingest(
    mut destination: Destination,
    preparation: Preparation,
    records: Records,
    monitor: &dyn Monitor,
) -> Result<Summary> {
    let start = Instant::now();
    let mut summary = Summary::default();
    let is_repeatable = preparation.on_conflict != OnConflict::Fail;
    let outcome = run_pipeline(&mut destination, preparation, records, &mut summary, monitor);
    let outcome = outcome.and_then(|()| finish(destination, &mut summary, start, monitor));
    outcome.map(|()| summary.clone()).map_err(|failure| failure.with_note(advice(&summary, is_repeatable)))
}

/// The same for a collection that nobody will open again: it is left as the last batch made it, and what went wrong is
/// told without what was stored before.
///
/// # Errors
/// The first thing that is wrong with a record.
pub fn fill(
    destination: &mut Destination,
    preparation: Preparation,
    records: Records,
    monitor: &dyn Monitor,
) -> Result<Summary> {
    let mut summary = Summary::default();
    run_pipeline(destination, preparation, records, &mut summary, monitor)?;
    Ok(summary)
}

fn run_pipeline(
    destination: &mut Destination,
    preparation: Preparation,
    records: Records,
    summary: &mut Summary,
    monitor: &dyn Monitor,
) -> Result<()> {
    let (sender, receiver) = mpsc::sync_channel(NUM_WAITING);
    let consumed = preparation.consumed.clone();
    let producer = thread::Builder::new()
        .spawn(move || produce(preparation, records, &sender))
        .map_err(|error| Error::io("the system gives no thread", &error))?;
    let outcome = write_all(destination, &receiver, summary, monitor);
    drop(receiver);
    summary.num_unread = consumed.tell_left_out(monitor);
    // One that still reads may wait for its input for ever: only a producer that came to its end is looked after.
    if outcome.is_ok() && !summary.is_interrupted {
        finish_producer(producer);
    }
    outcome
}

fn produce(mut preparation: Preparation, mut records: Records, sender: &SyncSender<Result<Prepared>>) {
    let mut seen = Seen::within(preparation.memory_bytes);
    loop {
        let next = preparation.next(&mut records, &mut seen).transpose();
        let Some(next) = next else { return };
        let is_last = next.is_err();
        // Nobody listens any more after an monitor or a failed write.
        if sender.send(next).is_err() || is_last {
            return;
        }
    }
}

/// A defect in the other thread is one in this.
fn finish_producer(producer: JoinHandle<()>) {
    if let Err(defect) = producer.join() {
        panic::resume_unwind(defect);
    }
}

fn write_all(
    destination: &mut Destination,
    receiver: &Receiver<Result<Prepared>>,
    summary: &mut Summary,
    monitor: &dyn Monitor,
) -> Result<()> {
    loop {
        if monitor.is_cancelled() {
            summary.is_interrupted = true;
            return Ok(());
        }
        match receiver.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Ok(prepared) => {
                let prepared = prepared?;
                let consumed_bytes = prepared.consumed_bytes;
                write_batch(destination, prepared, summary, monitor)?;
                if summary.num_documents == 0 && summary.num_unchanged > 0 {
                    monitor.report(Progress::PassedOver { consumed_bytes });
                } else {
                    let Summary { num_documents, num_tokens, .. } = *summary;
                    monitor.report(Progress::Stored { consumed_bytes, num_documents, num_tokens });
                }
            }
        }
    }
}

fn write_batch(
    destination: &mut Destination,
    prepared: Prepared,
    summary: &mut Summary,
    monitor: &dyn Monitor,
) -> Result<()> {
    for message in &prepared.skipped {
        if summary.num_skipped < MAX_NAMED {
            monitor.warn(&format!("{message}: skipped, and removed if it was stored"));
        }
        summary.num_skipped += 1;
    }
    for message in &prepared.without_vectors {
        if summary.num_without_vectors < MAX_NAMED {
            monitor.warn(&format!(
                "{message}: filters and its key find it, and words that it has, but no vectors"
            ));
        }
        summary.num_without_vectors += 1;
    }
    if prepared.has_documents || destination.is_there() && !prepared.batch.is_empty() {
        let receipt = destination.writer(monitor)?.apply(prepared.batch)?;
        summary.num_removed += receipt.num_deleted;
        summary.num_documents += receipt.num_upserted;
        summary.num_replaced += receipt.num_replaced;
        summary.num_kept += receipt.num_skipped;
    }
    summary.num_kept += prepared.num_kept;
    summary.num_duplicates += prepared.num_duplicates;
    summary.num_unchanged += prepared.num_unchanged;
    summary.num_truncated += prepared.num_truncated;
    summary.num_padding += prepared.num_padding;
    summary.num_in_windows += prepared.num_in_windows;
    for (language, num) in prepared.detected {
        *summary.detected_languages.entry(language).or_default() += num;
    }
    summary.num_tokens += prepared.num_tokens;
    Ok(())
}

fn finish(
    destination: Destination,
    summary: &mut Summary,
    start: Instant,
    monitor: &dyn Monitor,
) -> Result<()> {
    if summary.is_interrupted && !destination.is_there() {
        return Ok(());
    }
    let collection = destination.close(summary.num_documents, monitor)?;
    summary.finish(start.elapsed().as_secs_f64(), &collection.snapshot()?.info()?);
    Ok(())
}

/// Describes the state after an input that failed half way.
fn advice(summary: &Summary, is_repeatable: bool) -> String {
    if summary.num_documents == 0 {
        return "nothing of this input was stored".to_owned();
    }
    let next = match is_repeatable {
        true => "Adding all of it again is safe: documents are replaced by key",
        false => "They are in the way when all of it is added again, unless what is stored is skipped",
    };
    format!(
        "{} of this input were stored before that and stay. {next}",
        counted(summary.num_documents, "document")
    )
}
