//! The collections of a server: found by name, opened when they are asked for, closed when nobody asks.

mod entry;
mod name;
mod writing;

pub(crate) use entry::Entry;
pub(crate) use name::CollectionName;

use crate::failure::{Result, invalid, problem};
use crate::limits::Limits;
use pleiad::{BuildParams, Collection, Schema};
use pleiad_wire::{Kind, Problem};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The file that every collection has.
const MANIFEST: &str = "MANIFEST";

/// The beginning of the name of a folder that is on its way out: no collection has such a name.
const LEAVING: &str = ".removed-";

/// Time without a request after which a collection is closed.
const IDLE: Duration = Duration::from_secs(600);

/// Collections in a folder, or a single one.
pub(crate) struct Catalog {
    root: PathBuf,
    /// The name of the only collection, where `root` is that.
    only: Option<CollectionName>,
    params: BuildParams,
    max_open: usize,
    slots: Mutex<HashMap<CollectionName, Arc<Slot>>>,
}

/// A collection that may be open. Its lock is held while it is opened, made or removed: others wait, those of other
/// collections do not.
#[derive(Default)]
struct Slot(Mutex<Option<Arc<Entry>>>);

impl Slot {
    fn held(&self) -> MutexGuard<'_, Option<Arc<Entry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Catalog {
    /// Looks at what a path is: a collection, or a folder of some.
    ///
    /// # Errors
    /// `NotFound` where there is no folder, `InvalidArgument` for a collection whose folder has no name for an address.
    pub(crate) fn open(root: &Path, params: BuildParams, limits: &Limits) -> Result<Self> {
        let root =
            root.canonicalize().map_err(|error| io_problem(&error, format_args!("{}", root.display())))?;
        if !root.is_dir() {
            return Err(Problem::new(Kind::NotFound, format!("{} is no folder", root.display())));
        }
        let only = match root.join(MANIFEST).is_file() {
            false => None,
            true => {
                let name = root.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                Some(CollectionName::parse(name)?)
            }
        };
        Ok(Self { root, only, params, max_open: limits.max_open.max(1), slots: Mutex::default() })
    }

    /// The folder that is served.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns whether a single collection is served.
    pub(crate) fn is_single(&self) -> bool {
        self.only.is_some()
    }

    fn path(&self, name: &CollectionName) -> Option<PathBuf> {
        match &self.only {
            None => Some(self.root.join(name.as_str())),
            Some(only) => (only == name).then(|| self.root.clone()),
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<CollectionName, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, name: &CollectionName) -> Arc<Slot> {
        self.slots().entry(name.clone()).or_default().clone()
    }

    /// Names of collections, ascending, behind `after` where one is given. Cost: the folder is listed.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn names(&self, after: Option<&CollectionName>) -> Result<Vec<CollectionName>> {
        let mut names = match &self.only {
            Some(only) => vec![only.clone()],
            None => {
                let failed = |error: io::Error| io_problem(&error, "cannot list the collections");
                let mut names = Vec::new();
                for entry in fs::read_dir(&self.root).map_err(failed)? {
                    let entry = entry.map_err(failed)?;
                    let name = entry.file_name();
                    let Some(Ok(name)) = name.to_str().map(CollectionName::parse) else { continue };
                    if entry.path().join(MANIFEST).is_file() {
                        names.push(name);
                    }
                }
                names
            }
        };
        names.retain(|name| after.is_none_or(|after| name > after));
        names.sort_unstable();
        Ok(names)
    }

    /// A collection, which is opened if it has to be.
    ///
    /// # Errors
    /// `NotFound` where there is none of this name; as [`Collection::open`].
    pub(crate) fn get(&self, name: &CollectionName) -> Result<Arc<Entry>> {
        let path =
            self.path(name).filter(|path| path.join(MANIFEST).is_file()).ok_or_else(|| missing(name))?;
        let slot = self.slot(name);
        let mut held = slot.held();
        if let Some(entry) = &*held {
            entry.touch();
            return Ok(entry.clone());
        }
        let collection = Collection::open(path).map_err(problem)?;
        let entry = held.insert(Arc::new(Entry::new(name.clone(), collection, self.params))).clone();
        drop(held);
        self.close_some();
        Ok(entry)
    }

    /// A collection of this schema, which is made where there is none; true where it was.
    ///
    /// # Errors
    /// `Conflict` where there is one of another schema, `Forbidden` where a single collection is served; when the disk refuses.
    pub(crate) fn create(&self, name: &CollectionName, schema: &Schema) -> Result<(Arc<Entry>, bool)> {
        self.check_folder("made")?;
        let slot = self.slot(name);
        let mut held = slot.held();
        let path = self.root.join(name.as_str());
        if path.join(MANIFEST).is_file() {
            drop(held);
            let entry = self.get(name)?;
            return match entry.collection().schema() == schema {
                true => Ok((entry, false)),
                false => Err(Problem::new(
                    Kind::Conflict,
                    format!(
                        "there is a collection {name} with other settings: choose another name, or remove it first"
                    ),
                )),
            };
        }
        let collection = Collection::create(&path, schema).map_err(problem)?;
        let entry = held.insert(Arc::new(Entry::new(name.clone(), collection, self.params))).clone();
        Ok((entry, true))
    }

    /// Removes a collection. Requests that have it open end as if it were there.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` while another program writes to it, `Forbidden` where a single collection is served; when the
    /// disk refuses.
    pub(crate) fn remove(&self, name: &CollectionName) -> Result<()> {
        self.check_folder("removed")?;
        let entry = self.get(name)?;
        let slot = self.slot(name);
        let mut held = slot.held();
        entry.retire()?;
        let path = self.root.join(name.as_str());
        let leaving = self.root.join(format!("{LEAVING}{name}"));
        let failed = |error: io::Error| io_problem(&error, format_args!("cannot remove {name}"));
        if leaving.exists() {
            fs::remove_dir_all(&leaving).map_err(failed)?;
        }
        // Gone as a whole, and then bit by bit.
        fs::rename(&path, &leaving).map_err(failed)?;
        *held = None;
        fs::remove_dir_all(&leaving).map_err(failed)
    }

    fn check_folder(&self, what: &str) -> Result<()> {
        match self.is_single() {
            false => Ok(()),
            true => Err(Problem::new(
                Kind::Forbidden,
                format!(
                    "a single collection is served: start the server with the folder above it to have some {what}"
                ),
            )),
        }
    }

    /// The collections that are open.
    pub(crate) fn opened(&self) -> Vec<Arc<Entry>> {
        // One that is being opened is not waited for.
        let slots: Vec<Arc<Slot>> = self.slots().values().cloned().collect();
        slots.iter().filter_map(|slot| slot.0.try_lock().map_or(None, |held| held.clone())).collect()
    }

    /// Gives back the locks of collections that nobody writes to, and closes those that nobody asks.
    pub(crate) fn rest(&self, rest: Duration) {
        let now = Instant::now();
        for entry in self.opened() {
            entry.rest(rest);
        }
        self.close_where(|entry| now.saturating_duration_since(entry.used_at()) > IDLE);
    }

    /// Gives back the locks of all collections: nothing is written any more.
    pub(crate) fn end(&self) {
        self.opened().iter().for_each(|entry| entry.end());
    }

    /// Closes those that were asked for longest ago, where more are open than may be.
    fn close_some(&self) {
        let mut opened = self.opened();
        let Some(num_excess) = opened.len().checked_sub(self.max_open).filter(|&num| num > 0) else { return };
        opened.sort_by_key(|entry| entry.used_at());
        let names: Vec<CollectionName> =
            opened.iter().take(num_excess).map(|entry| entry.name().clone()).collect();
        drop(opened);
        self.close_where(|entry| names.contains(entry.name()));
    }

    fn close_where(&self, is_over: impl Fn(&Entry) -> bool) {
        self.slots().retain(|_, slot| {
            let Ok(held) = slot.0.try_lock() else { return true };
            let Some(entry) = &*held else { return Arc::strong_count(slot) > 1 };
            // What somebody works with, or writes to, stays.
            let is_busy = Arc::strong_count(entry) > 1 || entry.is_writing();
            is_busy || !is_over(entry)
        });
    }
}

fn missing(name: &CollectionName) -> Problem {
    Problem::new(Kind::NotFound, format!("there is no collection {name}"))
}

/// A refusal of the system. Its message names no folder of this machine.
fn io_problem(error: &io::Error, what: impl std::fmt::Display) -> Problem {
    let kind = if error.kind() == io::ErrorKind::NotFound { Kind::NotFound } else { Kind::Unavailable };
    Problem::new(kind, format!("{what}: {error}"))
}

/// The name of a collection in an address.
///
/// # Errors
/// `InvalidArgument` where it is none.
pub(crate) fn named(text: &str) -> Result<CollectionName> {
    CollectionName::parse(text).map_err(|problem| invalid(problem.detail).of_field("collection"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(folder: &Path, max_open: usize) -> Catalog {
        Catalog::open(folder, BuildParams::default(), &Limits { max_open, ..Limits::default() }).unwrap()
    }

    fn name(text: &str) -> CollectionName {
        CollectionName::parse(text).unwrap()
    }

    #[test]
    fn collections_are_made_found_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = catalog(folder.path(), 8);
        let (first, second) = (Schema::new(2), Schema::new(3));
        assert!(catalog.create(&name("a"), &first).unwrap().1);
        assert!(!catalog.create(&name("a"), &first).unwrap().1);
        assert_eq!(catalog.create(&name("a"), &second).err().unwrap().kind, Kind::Conflict);
        assert!(catalog.create(&name("b"), &second).unwrap().1);
        fs::create_dir(folder.path().join("no-collection")).unwrap();
        assert_eq!(catalog.names(None).unwrap(), [name("a"), name("b")]);
        assert_eq!(catalog.names(Some(&name("a"))).unwrap(), [name("b")]);
        catalog.remove(&name("a")).unwrap();
        assert_eq!(catalog.get(&name("a")).err().unwrap().kind, Kind::NotFound);
        assert_eq!(catalog.remove(&name("a")).err().unwrap().kind, Kind::NotFound);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_collection_that_another_program_writes_to_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let other = Collection::create(folder.path().join("a"), &Schema::new(2)).unwrap();
        let writer = other.writer().unwrap();
        let catalog = catalog(folder.path(), 8);
        assert_eq!(catalog.remove(&name("a")).unwrap_err().kind, Kind::Conflict);
        drop(writer);
        catalog.remove(&name("a")).unwrap();
    }

    #[test]
    fn no_more_collections_are_open_than_may_be() {
        let folder = tempfile::tempdir().unwrap();
        for at in 0..5 {
            Collection::create(folder.path().join(format!("c{at}")), &Schema::new(2)).unwrap();
        }
        let catalog = catalog(folder.path(), 2);
        let held = catalog.get(&name("c0")).unwrap();
        for at in 1..5 {
            catalog.get(&name(&format!("c{at}"))).unwrap();
        }
        let mut opened: Vec<String> = catalog.opened().iter().map(|entry| entry.name().to_string()).collect();
        opened.sort_unstable();
        // The one that somebody has stays.
        assert!(opened.contains(&"c0".to_owned()) && opened.contains(&"c4".to_owned()), "{opened:?}");
        assert!(opened.len() <= 3, "{opened:?}");
        drop(held);
    }

    #[test]
    fn a_single_collection_is_served_under_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        Collection::create(folder.path().join("notes"), &Schema::new(2)).unwrap();
        let catalog = catalog(&folder.path().join("notes"), 8);
        assert_eq!(catalog.names(None).unwrap(), [name("notes")]);
        assert!(catalog.get(&name("notes")).is_ok());
        assert_eq!(catalog.get(&name("other")).err().unwrap().kind, Kind::NotFound);
        for refused in [catalog.remove(&name("notes")), catalog.create(&name("x"), &Schema::new(2)).map(drop)]
        {
            assert_eq!(refused.unwrap_err().kind, Kind::Forbidden);
        }
    }
}
