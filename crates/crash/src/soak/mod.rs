//! Writers, searches and merges at once, for as long as is asked, against a model of what must be there.

mod report;
mod times;

use crate::Result;
use crate::model::{self, Change, Id, State};
use pleiad::{
    BuildParams, Collection, DocKey, Durability, MultiVector, Predicate, Query, SearchParams, Snapshot,
    Writer,
};
use pleiad_vectors::{Generator, Seed};
use report::{Report, Seen};
use std::fs;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use times::timed;

const NUM_WRITERS: u64 = model::NUM_TENANTS;
const NUM_SEARCHERS: u64 = 2;

/// One batch in this many is followed by a flush, so that there is much to merge; one in so many more by a look at all
/// documents of the writer.
const FLUSH_EVERY: u64 = 16;
const CHECK_EVERY: u64 = 32;

/// The interval at which memory is looked at.
const SAMPLE_EVERY: Duration = Duration::from_millis(500);

/// Searching begins once there are so many documents: times of an empty collection say nothing.
const MIN_DOCUMENTS: u64 = 300;

/// Steps of the control, about as much work as a search.
const CONTROL_STEPS: u64 = 100_000;

#[derive(Default)]
struct Tally {
    is_over: AtomicBool,
    num_batches: AtomicU64,
    num_changes: AtomicU64,
}

/// Runs for some minutes on a collection in a temporary folder and prints what was seen; an error at the first answer that
/// is not the model's.
pub(crate) fn run(minutes: f64, seed: u64, durability: Durability) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let collection = Collection::create(folder.path().join("collection"), &model::schema())?;
    let writer = collection.writer_with(BuildParams { durability, ..Default::default() })?;
    let tally = Tally::default();
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let (seen, memory) = thread::scope(|scope| {
        let (writer, tally) = (&writer, &tally);
        let writers: Vec<_> = (0..NUM_WRITERS)
            .map(|at| scope.spawn(move || over(tally, write(writer, tally, seed, at))))
            .collect();
        let searchers: Vec<_> = (0..NUM_SEARCHERS)
            .map(|at| scope.spawn(move || over(tally, search(writer, tally, !seed ^ at))))
            .collect();
        let memory = sample_memory(tally, end)?;
        tally.is_over.store(true, Ordering::Relaxed);
        for thread in writers {
            thread.join().map_err(|_| "a writer panicked")??;
        }
        let mut seen = Seen::default();
        for thread in searchers {
            seen.add(&thread.join().map_err(|_| "a searcher panicked")??);
        }
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((seen, memory))
    })
    .map_err(|error| error as Box<dyn std::error::Error>)?;
    writer.close()?;
    let verification = collection.verify(&mut |_, _| {})?;
    let (num_batches, num_changes) = (tally.num_batches.into_inner(), tally.num_changes.into_inner());
    let report = Report { num_batches, num_changes, seen, memory, info: collection.snapshot()?.info()? };
    print!("{report}");
    Ok(verification.is_clean() && report.is_memory_flat())
}

type Shared<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A thread that fails ends the others.
fn over<T>(tally: &Tally, outcome: Result<T>) -> Shared<T> {
    outcome.map_err(|error| {
        tally.is_over.store(true, Ordering::Relaxed);
        error.to_string().into()
    })
}

fn sample_memory(tally: &Tally, end: Instant) -> Shared<Vec<u64>> {
    let mut samples = Vec::new();
    while Instant::now() < end && !tally.is_over.load(Ordering::Relaxed) {
        thread::sleep(SAMPLE_EVERY);
        let status = fs::read_to_string("/proc/self/status")?;
        // What is mapped from files is the system's to take back.
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no memory in /proc")?;
        samples.push(kib.parse::<u64>()?);
    }
    Ok(samples)
}

/// Writes to a tenant that is this thread's own, and looks whether its documents are what it wrote.
fn write(writer: &Writer, tally: &Tally, seed: u64, at: u64) -> Result<()> {
    let mut state = State::new();
    for number in 1.. {
        if tally.is_over.load(Ordering::Relaxed) {
            break;
        }
        let mut changes = model::changes(seed ^ at << 32, number);
        // Searches need documents.
        changes.retain(|(_, change)| !matches!(change, Change::Drop));
        writer.apply(model::batch(at, number, &changes)?)?;
        model::apply(&mut state, at, number, &changes);
        tally.num_batches.fetch_add(1, Ordering::Relaxed);
        tally.num_changes.fetch_add(changes.len() as u64, Ordering::Relaxed);
        let snapshot = model::narrow(&writer.snapshot(), at)?;
        changes.iter().try_for_each(|(key, _)| check(&snapshot, (at, *key), &state))?;
        if number % FLUSH_EVERY == at {
            writer.flush()?;
        }
        if number % CHECK_EVERY == 0 {
            (0..model::NUM_KEYS).try_for_each(|key| check(&snapshot, (at, key), &state))?;
            check_counts(&snapshot, at, &state)?;
        }
    }
    Ok(())
}

/// Counts the documents of a writer by a filter, which segments answer from their index of attributes, and among them by one
/// about their tenant.
fn check_counts(snapshot: &Snapshot, at: u64, state: &State) -> Result<()> {
    for filter in ["version EXISTS".to_owned(), format!("tenant = {at} AND version EXISTS")] {
        let counted = snapshot.count(&Predicate::parse(&filter)?)?;
        if counted != state.len() as u64 {
            return Err(format!("{filter}: {counted} counted, {} written", state.len()).into());
        }
    }
    Ok(())
}

fn check(snapshot: &Snapshot, id: Id, state: &State) -> Result<()> {
    let name = model::name(id.1);
    let version = match &snapshot.get(&name)? {
        None => None,
        Some(stored) => Some(model::version_of(id, stored).ok_or(format!("{name}: its parts disagree"))?),
    };
    if version == state.get(&id).copied() {
        return Ok(());
    }
    Err(format!("{name}: version {version:?}, not {:?}", state.get(&id)).into())
}

/// Searches one tenant or another, and compares each answer with brute force over the same snapshot. In turns with the
/// searches goes a control that has nothing to do with the collection: what happens to it happens to searches too, whatever writes and merges do.
fn search(writer: &Writer, tally: &Tally, seed: u64) -> Result<Seen> {
    let mut random = Seed(seed).derive(0).generator();
    let mut seen = Seen::default();
    while !tally.is_over.load(Ordering::Relaxed) {
        if writer.snapshot().num_documents() < MIN_DOCUMENTS {
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        let (query, of) = (query(&mut random)?, random.below(model::NUM_TENANTS));
        let params = SearchParams { k: 10, exact: true, ..Default::default() };
        seen.control(timed(|| Ok(black_box(control(seed))))?.1);
        let before = writer.maintenance();
        let ((snapshot, answer), spent) = timed(|| {
            let snapshot = model::narrow(&writer.snapshot(), of)?;
            let answer = snapshot.search(&query, &params)?;
            Ok((snapshot, answer))
        })?;
        let after = writer.maintenance();
        seen.search(spent, before.is_at_work || after.is_at_work || before != after);
        let found: Vec<(DocKey, f32)> =
            answer.hits.into_iter().map(|hit| (hit.key, hit.score.get())).collect();
        compare(&found, &brute_force(&snapshot, &query)?)?;
    }
    Ok(seen)
}

/// Work that needs nothing but a core.
fn control(seed: u64) -> u64 {
    let mut random = Seed(seed).derive(1).generator();
    (0..CONTROL_STEPS).fold(0, |sum, _| sum ^ random.next_u64())
}

fn query(random: &mut Generator) -> Result<Query> {
    let values = (0..4 * model::DIM).map(|_| (random.below(512) as f32 - 256.0) / 256.0).collect();
    Ok(Query::new(MultiVector::new(values, model::DIM)?))
}

/// All documents with their scores, best first.
fn brute_force(snapshot: &Snapshot, query: &Query) -> Result<Vec<(DocKey, f32)>> {
    let mut scored = Vec::new();
    for document in snapshot.documents() {
        let document = document?;
        let best = |token: &[f32]| {
            let dots = document
                .vectors
                .as_ref()
                .rows()
                .map(|row| row.iter().zip(token).map(|(a, b)| a * b).sum::<f32>());
            dots.fold(f32::MIN, f32::max)
        };
        scored.push((document.key, query.vectors().rows().map(best).sum::<f32>()));
    }
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    Ok(scored)
}

/// Scores may differ in the last bits, so that neighbors may change places.
fn compare(found: &[(DocKey, f32)], expected: &[(DocKey, f32)]) -> Result<()> {
    if found.len() != expected.len().min(10) {
        return Err(format!("{} hits of {} documents", found.len(), expected.len()).into());
    }
    for (hit, best) in found.iter().zip(expected) {
        let own = expected.iter().find(|(key, _)| *key == hit.0).ok_or("a hit that is no document")?;
        if (hit.1 - best.1).abs() > 1e-3 || (hit.1 - own.1).abs() > 1e-3 {
            return Err(format!("{:?} has score {}, expected {:?}", hit.0, hit.1, best).into());
        }
    }
    Ok(())
}
