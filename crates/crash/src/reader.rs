use crate::{Result, model};
use pleiad::{Collection, Snapshot};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, thread};

/// Reads view after view beside the writers, until standard input ends; then says how many it read and what was wrong.
pub(crate) fn run(folder: &Path) -> Result<()> {
    let is_over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&is_over);
    let waiting = thread::spawn(move || {
        let ended = std::io::stdin().lock().read_to_end(&mut Vec::new());
        flag.store(true, Ordering::Relaxed);
        ended.map(drop)
    });
    let collection = Collection::open(folder)?;
    let mut num_views = 0u64;
    while !is_over.load(Ordering::Relaxed) {
        let snapshot = collection.snapshot()?;
        for of in 0..model::NUM_TENANTS {
            for finding in findings(&model::narrow(&snapshot, of)?, of) {
                println!("reader: tenant {of}: {finding}");
            }
        }
        num_views += 1;
    }
    waiting.join().map_err(|_| "the reader could not wait")??;
    println!("{num_views}");
    Ok(())
}

/// A view of a tenant that is what some batches left: each document whole, each there once.
fn findings(snapshot: &Snapshot, of: u64) -> Vec<String> {
    let mut findings = Vec::new();
    let mut num_read = 0;
    for key in 0..model::NUM_KEYS {
        let name = model::name(key);
        match snapshot.get(&name) {
            Ok(None) => {}
            Ok(Some(stored)) if model::version_of((of, key), &stored).is_some() => num_read += 1,
            Ok(Some(_)) => findings.push(format!("{name}: its parts disagree")),
            Err(error) => findings.push(format!("{name}: {error}")),
        }
    }
    if num_read != snapshot.num_documents() {
        findings.push(format!("{num_read} by key, {} counted", snapshot.num_documents()));
    }
    findings
}

/// A reader in a process of its own.
pub(crate) struct Reader {
    child: Child,
}

impl Reader {
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let child = Command::new(env::current_exe()?)
            .arg("reader")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self { child })
    }

    /// Kills it; returns what it had found wrong until then.
    pub(crate) fn kill(mut self) -> Result<Vec<String>> {
        self.child.kill()?;
        let wrong = self.lines()?;
        self.child.wait()?;
        Ok(wrong)
    }

    /// Everything that it prints until it ends.
    fn lines(&mut self) -> Result<Vec<String>> {
        let out = self.child.stdout.take().ok_or("the reader has no standard output")?;
        Ok(BufReader::new(out).lines().collect::<std::result::Result<_, _>>()?)
    }

    /// Lets it end; returns the views that it read and what was wrong with them.
    pub(crate) fn finish(mut self) -> Result<(u64, Vec<String>)> {
        drop(self.child.stdin.take());
        let mut lines = self.lines()?;
        let status = self.child.wait()?;
        let last = lines.pop().unwrap_or_default();
        let num_views = last.parse().map_err(|_| format!("a reader ended with {status}: {last:?}"))?;
        Ok((num_views, lines))
    }
}
