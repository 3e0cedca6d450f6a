//! The system refuses to open, read or map a file, whose bytes may be sound: nothing is taken for damaged or absent.

use crate::common::upsert;
use crate::damage::{Files, collection};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{
    Backend, Event, FileBytes, FileWriter, LockGuard, Options, Store, StoreError, StoreWriter, repair,
    take_back, upgrade, verify,
};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// ENOMEM, EACCES, EMFILE, EIO, EISDIR, ENFILE, ESTALE.
const REFUSALS: [i32; 7] = [12, 13, 24, 5, 21, 23, 116];

/// Refuses one of the accesses to files, counted from 0.
#[derive(Clone)]
struct Refusing {
    memory: MemoryBackend,
    num_accesses: Arc<AtomicUsize>,
    refused: usize,
    code: i32,
}

impl Refusing {
    fn new(memory: &MemoryBackend, refused: usize, code: i32) -> Self {
        Self { memory: memory.clone(), num_accesses: Arc::default(), refused, code }
    }

    fn access(&self) -> io::Result<()> {
        match self.num_accesses.fetch_add(1, Ordering::Relaxed) {
            at if at == self.refused => Err(io::Error::from_raw_os_error(self.code)),
            _ => Ok(()),
        }
    }

    fn was_refused(&self) -> bool {
        self.num_accesses.load(Ordering::Relaxed) > self.refused
    }
}

impl Backend for Refusing {
    fn describe(&self) -> String {
        self.memory.describe()
    }
    fn create_folder(&self) -> io::Result<()> {
        self.memory.create_folder()
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.access()?;
        self.memory.list()
    }
    fn create(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        self.memory.create(file)
    }
    fn append(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        self.access()?;
        self.memory.append(file)
    }
    fn sync_folder(&self) -> io::Result<()> {
        self.memory.sync_folder()
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.memory.rename(from, to)
    }
    fn remove(&self, file: &str) -> io::Result<()> {
        self.memory.remove(file)
    }
    fn length(&self, file: &str) -> io::Result<u64> {
        self.access()?;
        self.memory.length(file)
    }
    fn read(&self, file: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.access()?;
        self.memory.read(file, offset, buffer)
    }
    fn read_all(&self, file: &str) -> io::Result<Vec<u8>> {
        self.access()?;
        self.memory.read_all(file)
    }
    fn map(&self, file: &str) -> io::Result<FileBytes> {
        self.access()?;
        self.memory.map(file)
    }
    fn lock(&self, file: &str) -> io::Result<Option<Box<dyn LockGuard>>> {
        self.access()?;
        self.memory.lock(file)
    }
}

/// Sound, damaged in each way that a repair works on, and with a named snapshot.
fn collections() -> Vec<(&'static str, Files)> {
    let (sound, _) = collection(600, true);
    let name =
        |files: &Files, prefix: &str| files.keys().find(|name| name.starts_with(prefix)).unwrap().clone();
    let folder = MemoryBackend::with_files(sound.clone());
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    writer.name_snapshot("kept").unwrap();
    writer.commit(&[upsert("key-1", 9, 10)]).unwrap();
    writer.merge().unwrap();
    writer.close().unwrap();
    let mut named = folder.files();
    named.remove("LOCK");
    let mut all = vec![("sound", sound.clone()), ("with a snapshot", named)];
    for prefix in ["segment", "log", "asset", "attachment"] {
        let file = name(&sound, prefix);
        let mut flipped = sound.clone();
        flipped.get_mut(&file).unwrap()[70] ^= 1;
        let mut wrecked = sound.clone();
        wrecked.get_mut(&file).unwrap()[60..].fill(0xa5);
        let mut missing = sound.clone();
        missing.remove(&file);
        all.extend([("with a flipped bit", flipped), ("wrecked", wrecked), ("with a missing file", missing)]);
    }
    all
}

fn is_refusal(error: &StoreError, code: i32) -> bool {
    matches!(error, StoreError::Io { source, .. } if source.raw_os_error() == Some(code))
}

/// Refuses each access in turn. `work` reads only until it has judged everything.
#[track_caller]
fn refuses_everywhere(
    files: &Files,
    work: impl Fn(&Refusing) -> Result<(), StoreError>,
    what: &str,
) -> usize {
    let mut num_refused = 0;
    for refused in 0.. {
        let memory = MemoryBackend::with_files(files.clone());
        let code = REFUSALS[refused % REFUSALS.len()];
        let folder = Refusing::new(&memory, refused, code);
        let outcome = work(&folder);
        if !folder.was_refused() {
            return num_refused;
        }
        num_refused += 1;
        let error = outcome.expect_err(what);
        assert!(is_refusal(&error, code), "{what}: access {refused} refused with {code}: {error}");
    }
    num_refused
}

#[test]
fn a_repair_ends_before_anything_is_changed() {
    for (what, files) in collections() {
        // Accesses until everything is judged: those of a repair whose first change fails.
        let mut num_refused = 0;
        for refused in 0.. {
            let memory = MemoryBackend::with_files(files.clone());
            let folder = Refusing::new(&memory, refused, REFUSALS[refused % REFUSALS.len()]);
            let outcome = repair(&folder, Duration::ZERO, &mut |_| {});
            if !folder.was_refused() {
                break;
            }
            num_refused += 1;
            let error = outcome.expect_err(what);
            assert!(is_refusal(&error, folder.code), "{what}, access {refused}: {error}");
            // Whatever was begun, a repair without refusals comes to the same end.
            let mut lost = Vec::new();
            let again = repair(&memory, Duration::ZERO, &mut |event| lost.push(event)).unwrap();
            let fresh = MemoryBackend::with_files(files.clone());
            let expected = repair(&fresh, Duration::ZERO, &mut |_| {}).unwrap();
            assert_eq!(again.num_documents, expected.num_documents, "{what}, access {refused}: {lost:?}");
        }
        assert!(num_refused > 5, "{what}: {num_refused}");
    }
}

#[test]
fn a_sound_collection_stays_as_it_is_whatever_is_refused() {
    for (what, files) in collections().into_iter().take(2) {
        let unchanged = |folder: &Refusing| {
            let outcome = repair(folder, Duration::ZERO, &mut |event| panic!("{what}: {event}")).map(drop);
            let mut now = folder.memory.files();
            now.remove("LOCK");
            assert_eq!(now, files, "{what}");
            outcome
        };
        assert!(refuses_everywhere(&files, unchanged, what) > 10);
    }
}

#[test]
fn writers_and_readers_keep_the_kind_of_every_error() {
    for (what, files) in collections().into_iter().take(2) {
        let write =
            |folder: &Refusing| StoreWriter::open(Arc::new(folder.clone()), Options::default()).map(drop);
        let read = |folder: &Refusing| Store::open(Arc::new(folder.clone()))?.view().map(drop);
        let check = |folder: &Refusing| {
            verify(folder, &mut |event| {
                assert!(!matches!(event, Event::Found(_)), "{what}: {event:?}");
            })
            .map(drop)
        };
        let upgraded = |folder: &Refusing| upgrade(folder, Duration::ZERO).map(drop);
        let taken = |folder: &Refusing| take_back(folder, Duration::ZERO, &mut |_| {}).map(drop);
        assert!(refuses_everywhere(&files, write, what) > 10);
        assert!(refuses_everywhere(&files, read, what) > 5);
        assert!(refuses_everywhere(&files, check, what) > 10);
        assert!(refuses_everywhere(&files, upgraded, what) > 2);
        assert!(refuses_everywhere(&files, taken, what) > 2);
    }
    let (_, named) = collections().swap_remove(1);
    let view = |folder: &Refusing| Store::open(Arc::new(folder.clone()))?.named_view("kept").map(drop);
    assert!(refuses_everywhere(&named, view, "a named snapshot") > 5);
}
