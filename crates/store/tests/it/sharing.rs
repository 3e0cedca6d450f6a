//! One writer, many readers, several processes, real files.

use crate::common::{Model, check, delete, layout, upsert};
use pleiad_store::{FolderBackend, Options, Store, StoreError, StoreWriter, verify};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The variable that tells the process that a test starts where its collection is.
const CHILD_FOLDER: &str = "PLEIAD_STORE_TEST_FOLDER";

fn open(path: &Path) -> pleiad_store::Result<StoreWriter> {
    let options = Options { flush_bytes: 20_000, flush_batches: 7, ..Options::default() };
    StoreWriter::open(Arc::new(FolderBackend::new(path)), options)
}

/// Starts this test program again, as the part of `test` that runs in another process.
fn child(test: &str, folder: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD_FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

fn batch(round: u64) -> Vec<pleiad_store::Operation> {
    let version = round as u32;
    let documents = (0..3).map(|i| upsert(&format!("key-{}", (round + i) % 10), version, 500));
    documents.chain([delete(&format!("key-{}", (round + 5) % 10))]).collect()
}

/// Commits for ever, and says so after each acknowledgement.
fn commit_until_killed(folder: &Path) -> ! {
    let mut writer = open(folder).unwrap();
    let mut stdout = std::io::stdout();
    loop {
        let done = writer.commit(&batch(writer.view().sequence())).unwrap();
        writeln!(stdout, "\nacknowledged {}", done.sequence).unwrap();
        stdout.flush().unwrap();
    }
}

fn acknowledged(line: &str) -> Option<u64> {
    line.strip_prefix("acknowledged ")?.trim().parse().ok()
}

#[test]
fn a_killed_process_loses_nothing_acknowledged_and_its_lock_goes_with_it() {
    if let Some(folder) = std::env::var_os(CHILD_FOLDER) {
        commit_until_killed(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    Store::create(&FolderBackend::new(folder.path()), layout()).unwrap();
    let mut models = vec![Model::default()];
    for kill_after in [3, 17, 40] {
        let name = "sharing::a_killed_process_loses_nothing_acknowledged_and_its_lock_goes_with_it";
        let (mut child, stdout) = child(name, folder.path());
        let lines = stdout.lines().map(Result::unwrap);
        let last = lines.filter_map(|line| acknowledged(&line)).nth(kill_after).expect("the child commits");
        let refused = open(folder.path()).err().expect("the child holds the lock");
        assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
        child.kill().unwrap();
        child.wait().unwrap();
        let writer = open(folder.path()).unwrap();
        let sequence = writer.view().sequence();
        assert!(sequence >= last, "batch {last} was acknowledged, {sequence} is the last");
        while models.len() as u64 <= sequence {
            let mut model = models.last().unwrap().clone();
            model.commit(&batch(models.len() as u64 - 1));
            models.push(model);
        }
        check(&writer.view(), &models[sequence as usize]);
        writer.close().unwrap();
        let report = verify(&FolderBackend::new(folder.path()), &mut |event| drop(event)).unwrap();
        assert_eq!((report.num_findings, report.num_orphans), (0, 0));
    }
}

#[test]
fn a_second_writer_is_refused_and_told_why() {
    let folder = tempfile::tempdir().unwrap();
    Store::create(&FolderBackend::new(folder.path()), layout()).unwrap();
    let first = open(folder.path()).unwrap();
    let refused = open(folder.path()).err().expect("one writer only");
    assert!(matches!(refused, StoreError::Locked { .. }) && refused.to_string().contains("another writer"));
    let again = Store::create(&FolderBackend::new(folder.path()), layout()).unwrap_err();
    assert!(matches!(again, StoreError::Exists { .. }), "{again}");
    drop(first);
    open(folder.path()).unwrap();
}

#[test]
fn readers_beside_a_writer_see_whole_batches_only() {
    let folder = tempfile::tempdir().unwrap();
    Store::create(&FolderBackend::new(folder.path()), layout()).unwrap();
    let mut writer = open(folder.path()).unwrap();
    let mut models = vec![Model::default()];
    for round in 0..80 {
        let mut model = models.last().unwrap().clone();
        model.commit(&batch(round));
        models.push(model);
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let store = Store::open(Arc::new(FolderBackend::new(folder.path()))).unwrap();
            let mut num_seen = 0u64;
            let mut before = 0;
            while !done.load(Ordering::Acquire) {
                let view = store.view().unwrap();
                check(&view, &models[view.sequence() as usize]);
                assert!(view.sequence() >= before, "time went backwards");
                num_seen += u64::from(view.sequence() > before);
                before = view.sequence();
                let fresh = Store::open(Arc::new(FolderBackend::new(folder.path()))).unwrap().view().unwrap();
                check(&fresh, &models[fresh.sequence() as usize]);
            }
            num_seen
        });
        for round in 0..80 {
            writer.commit(&batch(round)).unwrap();
            if round % 20 == 19 {
                writer.merge().unwrap();
            }
        }
        done.store(true, Ordering::Release);
        assert!(reader.join().unwrap() > 0, "the reader saw no batch");
    });
}

#[test]
fn folders_that_hold_no_collection_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| match Store::open(Arc::new(FolderBackend::new(path))) {
        Ok(_) => panic!("opened"),
        Err(error) => {
            assert!(matches!(error, StoreError::NotACollection { .. }), "{error}");
            assert_eq!(open(path).err().unwrap().to_string(), error.to_string());
            error.to_string()
        }
    };
    assert!(message(&folder.path().join("absent")).contains("no such folder"));
    assert!(message(folder.path()).contains("no file MANIFEST"));
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "a refused writer left a file");
    std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let error = Store::create(&FolderBackend::new(folder.path()), layout()).unwrap_err();
    assert!(matches!(&error, StoreError::NotEmpty { file, .. } if file == "notes.txt"), "{error}");
    std::fs::write(
        folder.path().join("MANIFEST"),
        "name: something else entirely, and long enough to be a header..",
    )
    .unwrap();
    assert!(message(folder.path()).contains("magic"));
}

/// Reads a snapshot before and after the writer merged what it consists of, and says so; then waits to be killed.
fn hold_a_snapshot(folder: &Path) -> ! {
    let view = Store::open(Arc::new(FolderBackend::new(folder))).unwrap().view().unwrap();
    let mut model = Model::default();
    for round in 0..view.sequence() {
        model.commit(&batch(round));
    }
    let (mut stdout, mut line) = (std::io::stdout(), String::new());
    loop {
        writeln!(stdout, "\nopened {}", view.sequence()).unwrap();
        stdout.flush().unwrap();
        std::io::stdin().read_line(&mut line).unwrap();
        check(&view, &model);
    }
}

/// Files of the folder that a process has mapped although they have no name any more.
fn held_files(process_id: u32, folder: &Path) -> usize {
    let maps = std::fs::read_to_string(format!("/proc/{process_id}/maps")).unwrap();
    let folder = folder.to_str().unwrap();
    maps.lines().filter(|line| line.contains(folder) && line.ends_with("(deleted)")).count()
}

#[test]
#[cfg(target_os = "linux")]
fn a_reader_keeps_its_snapshot_through_a_merge_and_its_death_frees_the_files() {
    if let Some(folder) = std::env::var_os(CHILD_FOLDER) {
        hold_a_snapshot(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    Store::create(&FolderBackend::new(folder.path()), layout()).unwrap();
    let mut writer = open(folder.path()).unwrap();
    for round in 0..12 {
        writer.commit(&batch(round)).unwrap();
    }
    writer.flush().unwrap();
    let name = "sharing::a_reader_keeps_its_snapshot_through_a_merge_and_its_death_frees_the_files";
    let (mut child, stdout) = child(name, folder.path());
    let mut opened = stdout.lines().map(Result::unwrap).filter(|line| line.starts_with("opened"));
    assert_eq!(opened.next().unwrap(), "opened 12");
    for round in 12..20 {
        writer.commit(&batch(round)).unwrap();
    }
    writer.merge().unwrap();
    assert!(held_files(child.id(), folder.path()) > 0, "the reader maps what was merged");
    // It reads all of its snapshot again, though the names are gone.
    child.stdin.as_mut().unwrap().write_all(b"read\n").unwrap();
    assert_eq!(opened.next().unwrap(), "opened 12");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(writer);
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name.starts_with("segment"));
    assert_eq!(names.len(), 1, "what only the reader held is left: {names:?}");
}
