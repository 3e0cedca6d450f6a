use crate::Result;
use crate::check::{Findings, check};
use crate::model::{self, State};
use crate::reader::Reader;
use pleiad::{Collection, Durability};
use pleiad_vectors::Seed;
use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Longest life of a child after it is ready, in microseconds.
const MAX_LIFE_US: u64 = 80_000;

/// Readers beside the writers.
const NUM_READERS: u64 = 2;

/// One round in this many begins with the death of a reader, whose place another takes.
const KILL_READER_EVERY: u32 = 10;

/// Findings that are printed in words.
const MAX_PRINTED: usize = 20;

/// The sums of all rounds.
#[derive(Debug, Default)]
struct Tally {
    num_kills: u64,
    num_acknowledged: u64,
    num_pending_there: u64,
    num_views: u64,
}

/// Runs all rounds on one collection in a temporary folder and prints a table; false when something was wrong, and
/// then the folder stays.
pub(crate) fn run(num_rounds: u32, seed: u64, durability: Durability) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("collection");
    drop(Collection::create(&path, &model::schema())?);
    let mut random = Seed(seed).derive(0).generator();
    let (mut tally, mut findings) = (Tally::default(), Findings::default());
    let mut state = State::new();
    let mut next_batch = 1;
    let mut readers = (0..NUM_READERS).map(|_| Reader::start(&path)).collect::<Result<Vec<_>>>()?;
    for round in 0..num_rounds {
        if round % KILL_READER_EVERY == KILL_READER_EVERY - 1 {
            readers.push(Reader::start(&path)?);
            let wrong = readers.swap_remove(random.below(NUM_READERS) as usize).kill()?;
            wrong.into_iter().for_each(|message| findings.note(|f| &mut f.num_readers, message));
        }
        let life = Duration::from_micros(random.below(MAX_LIFE_US));
        let num_acknowledged = live_and_die(&path, seed, next_batch, life, durability)?;
        for _ in 0..num_acknowledged {
            apply(&mut state, seed, next_batch);
            next_batch += 1;
        }
        let mut pending = state.clone();
        apply(&mut pending, seed, next_batch);
        let is_pending_there = check(&path, &state, &pending, &mut findings)?;
        if is_pending_there {
            state = pending;
        }
        // A number is never used twice: a later write of it would hide that an earlier one came back.
        next_batch += 1;
        tally.num_kills += 1;
        tally.num_acknowledged += num_acknowledged;
        tally.num_pending_there += u64::from(is_pending_there);
        if !findings.is_clean() {
            break;
        }
    }
    for reader in readers {
        let (num_views, wrong) = reader.finish()?;
        tally.num_views += num_views;
        wrong.into_iter().for_each(|message| findings.note(|f| &mut f.num_readers, message));
    }
    print(&tally, &findings);
    if !findings.is_clean() {
        eprintln!("the collection is kept in {}", folder.keep().display());
        return Ok(false);
    }
    Ok(true)
}

/// Applies a batch to what must be there.
fn apply(state: &mut State, seed: u64, number: u64) {
    model::apply(state, model::tenant_of(number), number, &model::changes(seed, number));
}

/// Starts a child, lets it live, kills it; returns how many batches it acknowledged.
fn live_and_die(
    path: &Path,
    seed: u64,
    first_batch: u64,
    life: Duration,
    durability: Durability,
) -> Result<u64> {
    let mut child = Command::new(env::current_exe()?)
        .arg("child")
        .arg(path)
        .args(["--seed", &seed.to_string(), "--first-batch", &first_batch.to_string()])
        .args(["--durability", &durability.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = wait_until_ready(&mut child)?;
    // Read while it lives: a full pipe would stop it.
    let reader = thread::spawn(move || acknowledged(lines));
    thread::sleep(life);
    child.kill()?;
    let status = child.wait()?;
    let numbers = reader.join().map_err(|_| "the reader of acknowledgements failed")??;
    if status.code().is_some() {
        return Err(format!("the child ended by itself ({status}) instead of being killed").into());
    }
    if !numbers.iter().copied().eq(first_batch..first_batch + numbers.len() as u64) {
        return Err("the child acknowledged batches out of order".into());
    }
    Ok(numbers.len() as u64)
}

fn wait_until_ready(child: &mut Child) -> Result<BufReader<impl Read + Send + use<>>> {
    let pipe = child.stdout.take().ok_or("the child has no standard output")?;
    let mut lines = BufReader::new(pipe);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    if line != "ready\n" {
        return Err(format!("the child could not start: {}", child.wait()?).into());
    }
    Ok(lines)
}

/// Numbers of whole lines until the pipe ends.
fn acknowledged(mut lines: impl BufRead) -> std::result::Result<Vec<u64>, String> {
    let mut numbers = Vec::new();
    let mut line = String::new();
    while lines.read_line(&mut line).map_err(|error| error.to_string())? > 0 {
        if let Some(number) = line.strip_suffix('\n') {
            numbers.push(number.parse().map_err(|error| format!("acknowledgement {number:?}: {error}"))?);
        }
        line.clear();
    }
    Ok(numbers)
}

fn print(tally: &Tally, findings: &Findings) {
    let rows = [
        ("kills", tally.num_kills),
        ("acknowledged batches", tally.num_acknowledged),
        ("unacknowledged batches found whole", tally.num_pending_there),
        ("views of the last readers", tally.num_views),
        ("lost", findings.num_lost),
        ("mixed", findings.num_mixed),
        ("unreadable", findings.num_unreadable),
        ("torn", findings.num_torn),
        ("findings of verify", findings.num_verify),
        ("findings of readers", findings.num_readers),
    ];
    for (name, number) in rows {
        println!("{name:<36}{number:>8}");
    }
    for message in findings.messages.iter().take(MAX_PRINTED) {
        println!("  {message}");
    }
}
