use super::image::{Event, Loss, image};
use super::memory::MemoryBackend;
use crate::backend::{Backend, FileBytes, FileWriter, LockGuard};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The way in which an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The disk is full: of a write, a part reaches the file.
    NoSpace,
    /// The device reports an error: of a write, nothing reaches the file.
    Device,
}

/// A folder in memory that records every change, so that what a power loss would have left after any of them can
/// be rebuilt, and that can be told to fail. Clones are the same folder.
#[derive(Clone, Default)]
pub struct FaultyBackend {
    memory: MemoryBackend,
    journal: Arc<Mutex<Journal>>,
}

#[derive(Default)]
struct Journal {
    events: Vec<Event>,
    num_files: usize,
    /// The event that fails instead of happening, and all after it.
    fail_from: Option<(usize, Fault)>,
    num_attempts: usize,
}

fn held(journal: &Mutex<Journal>) -> MutexGuard<'_, Journal> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal {
    /// Counts one change that is about to happen; an error if it is told to fail.
    fn attempt(&mut self) -> Result<(), (Fault, io::Error)> {
        let at = self.num_attempts;
        self.num_attempts += 1;
        match self.fail_from {
            Some((from, fault)) if at >= from => Err((fault, error_of(fault))),
            _ => Ok(()),
        }
    }
}

fn error_of(fault: Fault) -> io::Error {
    match fault {
        Fault::NoSpace => {
            io::Error::new(io::ErrorKind::StorageFull, "no space left on the device (injected)")
        }
        Fault::Device => io::Error::other("input/output error (injected)"),
    }
}

impl FaultyBackend {
    /// An empty folder without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// A folder in which these files are, durably.
    pub fn over(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let files: Vec<_> = files.into_iter().collect();
        let mut journal = Journal { num_files: files.len(), ..Journal::default() };
        for (inode, (file, bytes)) in files.iter().cloned().enumerate() {
            let written =
                [Event::Create { file, inode }, Event::Write { inode, bytes }, Event::Sync { inode }];
            journal.events.extend(written);
        }
        journal.events.push(Event::SyncFolder);
        Self { memory: MemoryBackend::with_files(files), journal: Arc::new(Mutex::new(journal)) }
    }

    /// Changes that were recorded: each is a place where the power can go.
    pub fn num_events(&self) -> usize {
        held(&self.journal).events.len()
    }

    /// Changes that were attempted, failed ones included.
    pub fn num_attempts(&self) -> usize {
        held(&self.journal).num_attempts
    }

    /// Lets the change at `attempt` (counted from 0) fail, and all after it: a full or broken disk stays so.
    pub fn fail_from(&self, attempt: usize, fault: Fault) {
        held(&self.journal).fail_from = Some((attempt, fault));
    }

    /// Ends the failing.
    pub fn repair(&self) {
        held(&self.journal).fail_from = None;
    }

    /// The content of the disk when the power goes after the first `num_events` changes.
    pub fn image(&self, num_events: usize, loss: Loss) -> MemoryBackend {
        MemoryBackend::with_files(image(&held(&self.journal).events[..num_events], loss))
    }

    /// The folder as it is, without loss.
    pub fn memory(&self) -> &MemoryBackend {
        &self.memory
    }

    fn change(&self, event: Event, change: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut journal = held(&self.journal);
        journal.attempt().map_err(|(_, error)| error)?;
        change()?;
        journal.events.push(event);
        Ok(())
    }
}

struct Appender {
    file: Box<dyn FileWriter>,
    inode: usize,
    journal: Arc<Mutex<Journal>>,
}

impl Appender {
    fn append(&mut self, journal: &mut Journal, bytes: &[u8]) -> io::Result<()> {
        self.file.write(bytes)?;
        journal.events.push(Event::Write { inode: self.inode, bytes: bytes.to_vec() });
        Ok(())
    }
}

impl FileWriter for Appender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let journal = Arc::clone(&self.journal);
        let mut journal = held(&journal);
        match journal.attempt() {
            Ok(()) => self.append(&mut journal, bytes),
            Err((Fault::NoSpace, error)) => {
                self.append(&mut journal, &bytes[..bytes.len() / 2])?;
                Err(error)
            }
            Err((Fault::Device, error)) => Err(error),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut journal = held(&self.journal);
        if let Err((_, error)) = journal.attempt() {
            journal.events.push(Event::FailedSync { inode: self.inode });
            return Err(error);
        }
        self.file.sync()?;
        journal.events.push(Event::Sync { inode: self.inode });
        Ok(())
    }
}

impl Backend for FaultyBackend {
    fn describe(&self) -> String {
        "the faulty folder in memory".into()
    }

    fn create_folder(&self) -> io::Result<()> {
        self.memory.create_folder()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.memory.list()
    }

    fn create(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        let mut journal = held(&self.journal);
        journal.attempt().map_err(|(_, error)| error)?;
        let created = self.memory.create(file)?;
        let inode = journal.num_files;
        journal.num_files += 1;
        journal.events.push(Event::Create { file: file.to_owned(), inode });
        Ok(Box::new(Appender { file: created, inode, journal: Arc::clone(&self.journal) }))
    }

    fn append(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        let opened = self.memory.append(file)?;
        let inode = super::image::inode_of(&held(&self.journal).events, file)?;
        Ok(Box::new(Appender { file: opened, inode, journal: Arc::clone(&self.journal) }))
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.change(Event::SyncFolder, || self.memory.sync_folder())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let event = Event::Rename { from: from.to_owned(), to: to.to_owned() };
        self.change(event, || self.memory.rename(from, to))
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        self.change(Event::Remove { file: file.to_owned() }, || self.memory.remove(file))
    }

    fn length(&self, file: &str) -> io::Result<u64> {
        self.memory.length(file)
    }

    fn read(&self, file: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.memory.read(file, offset, buffer)
    }

    fn read_all(&self, file: &str) -> io::Result<Vec<u8>> {
        self.memory.read_all(file)
    }

    fn map(&self, file: &str) -> io::Result<FileBytes> {
        self.memory.map(file)
    }

    fn lock(&self, file: &str) -> io::Result<Option<Box<dyn LockGuard>>> {
        self.memory.lock(file)
    }
}
