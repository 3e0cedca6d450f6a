use crate::Result;
use crate::check::{self, check};
use crate::engine::Engine;
use crate::model::{self, Dice, State};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Longest life of a child after its first acknowledgement, in milliseconds.
const MAX_LIFE_MS: u64 = 1500;

/// Sum over all rounds of an engine. Findings are rounds in which something was found.
pub(crate) struct Row {
    name: &'static str,
    num_kills: u64,
    num_acknowledged: u64,
    found: BTreeMap<&'static str, u64>,
}

/// Runs all rounds; after one that left something wrong, the next begins with a new collection.
pub(crate) fn run(engine: &Engine, num_rounds: u64) -> Result<Row> {
    let folder = std::env::temp_dir().join(format!("pleiad-peers-{}", std::process::id()));
    let mut row = Row { name: engine.name, num_kills: 0, num_acknowledged: 0, found: BTreeMap::new() };
    let mut dice = Dice(1);
    control(engine, &folder.join(format!("{}-control", engine.name)))?;
    let (mut path, mut state): (Option<PathBuf>, State) = (None, State::new());
    let mut next_batch = 1;
    for round in 0..num_rounds {
        let here = match &path {
            Some(path) => path.clone(),
            None => {
                state = State::new();
                create(engine, &folder.join(format!("{}-{round}", engine.name)), &mut state)?
            }
        };
        let life = Duration::from_millis(dice.below(MAX_LIFE_MS));
        let num_acknowledged = live_and_die(engine, &here, next_batch, life)?;
        for _ in 0..num_acknowledged {
            model::apply(&mut state, &model::changes(next_batch));
            next_batch += 1;
        }
        let mut pending = state.clone();
        model::apply(&mut pending, &model::changes(next_batch));
        next_batch += 1;
        let (found, is_pending_there) = check(engine, &here, &state, &pending)?;
        eprintln!("{} round {round}: {num_acknowledged} acknowledged, {found:?}", engine.name);
        if is_pending_there {
            state = pending;
        }
        row.num_kills += 1;
        row.num_acknowledged += num_acknowledged;
        check::add(&mut row.found, found);
        path = found.is_clean().then_some(here);
    }
    fs::remove_dir_all(&folder)?;
    Ok(row)
}

/// Batches that are written.
const NUM_CONTROL: u64 = 12;

/// Without a kill everything must be there: what is found later is the kill's.
fn control(engine: &Engine, path: &Path) -> Result<()> {
    let mut state = State::new();
    create(engine, path, &mut state)?;
    let mut child = engine.command("write", path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    for number in 1..=NUM_CONTROL {
        writeln!(stdin, "{}", model::as_json(number, &model::changes(number)))?;
        model::apply(&mut state, &model::changes(number));
    }
    drop(stdin);
    let status = child.wait_with_output()?.status;
    let (found, _) = check(engine, path, &state, &state)?;
    if !status.success() || !found.is_clean() {
        return Err(format!("{} fails without a kill ({status}): {found:?}", engine.name).into());
    }
    Ok(())
}

/// A new collection with every document in version 0, made without a kill.
fn create(engine: &Engine, path: &Path, state: &mut State) -> Result<PathBuf> {
    fs::create_dir_all(path)?;
    let mut child = engine.command("create", path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    writeln!(stdin, "{}", model::as_json(0, &model::first()))?;
    drop(stdin);
    let output = child.wait_with_output()?;
    if !output.status.success() || String::from_utf8_lossy(&output.stdout).trim() != "0" {
        return Err(format!("{} could not create a collection", engine.name).into());
    }
    model::apply(state, &model::first());
    Ok(path.to_owned())
}

/// Feeds a child until it is killed; returns how many batches it acknowledged.
fn live_and_die(engine: &Engine, path: &Path, first_batch: u64, life: Duration) -> Result<u64> {
    let mut child = engine.command("write", path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (mut stdin, stdout) =
        (child.stdin.take().ok_or("no standard input")?, child.stdout.take().ok_or("no standard output")?);
    let feeder = thread::spawn(move || {
        for number in first_batch.. {
            // A broken pipe: it was killed.
            if writeln!(stdin, "{}", model::as_json(number, &model::changes(number))).is_err() {
                return;
            }
        }
    });
    let (ready, is_ready) = mpsc::channel();
    let reader = thread::spawn(move || acknowledged(stdout, first_batch, &ready));
    // The clock starts with the first acknowledgement: opening is not what is tested.
    let has_begun = is_ready.recv_timeout(Duration::from_secs(120)).is_ok();
    thread::sleep(life);
    kill(&mut child)?;
    feeder.join().map_err(|_| "the feeder failed")?;
    let num_acknowledged = reader.join().map_err(|_| "the reader failed")??;
    if has_begun { Ok(num_acknowledged) } else { Err("the child acknowledged nothing in two minutes".into()) }
}

fn kill(child: &mut Child) -> Result<()> {
    child.kill()?;
    let status = child.wait()?;
    match status.code() {
        Some(code) => Err(format!("the child ended by itself with code {code}").into()),
        None => Ok(()),
    }
}

/// Whole lines until the pipe ends: the numbers of batches in order.
fn acknowledged(
    stdout: ChildStdout,
    first_batch: u64,
    ready: &mpsc::Sender<()>,
) -> std::result::Result<u64, String> {
    let mut num_acknowledged = 0;
    let mut lines = BufReader::new(stdout);
    let mut line = String::new();
    while lines.read_line(&mut line).map_err(|error| error.to_string())? > 0 {
        if line.ends_with('\n') {
            if line.trim() != (first_batch + num_acknowledged).to_string() {
                return Err(format!("an acknowledgement out of order: {line:?}"));
            }
            num_acknowledged += 1;
            // A failure says that nobody listens: the first was enough.
            ready.send(()).unwrap_or_default();
        }
        line.clear();
    }
    Ok(num_acknowledged)
}

/// All rows as Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let columns = ["clean", "lost", "mixed", "torn", "unreadable"];
    let mut text = String::from("| engine | kills | acknowledged batches |");
    columns.iter().for_each(|column| text.push_str(&format!(" {column} |")));
    text.push_str("\n|---|---|---|---|---|---|---|---|\n");
    for row in rows {
        text.push_str(&format!("| {} | {} | {} |", row.name, row.num_kills, row.num_acknowledged));
        columns
            .iter()
            .for_each(|column| text.push_str(&format!(" {} |", row.found.get(column).unwrap_or(&0))));
        text.push('\n');
    }
    text
}
