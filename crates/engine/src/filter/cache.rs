use crate::error::Result;
use pleiad_store::PartId;
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of rows and predicates that are kept.
const MAX_BYTES: usize = 64 << 20;

/// Bytes of an entry beside its rows and its predicate, generously.
const ENTRY_BYTES: usize = 256;

/// Longest predicate that is remembered.
const MAX_PRINTED: usize = 1 << 20;

/// A part, and the normal form of a predicate as it prints.
type Key = (PartId, Arc<str>);

/// Rows for which predicates hold. Rows of a part never change, so that what was found once is true for as long as the part
/// exists; what was asked for longest ago goes first.
#[derive(Default)]
pub(crate) struct FilterCache {
    entries: Mutex<Entries>,
    #[cfg(test)]
    matches_all_rows: std::sync::atomic::AtomicBool,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<Key, Entry>,
    /// Keys by the time at which they were last asked for.
    by_age: BTreeMap<u64, Key>,
    now: u64,
    num_bytes: usize,
}

struct Entry {
    rows: Arc<RoaringBitmap>,
    asked_at: u64,
    num_bytes: usize,
}

/// Rows that were found.
pub(crate) struct Found {
    pub(crate) rows: RoaringBitmap,
    /// False where rows that are deleted by now could not be read: a view that still has them must look again.
    pub(crate) is_complete: bool,
}

impl FilterCache {
    /// The rows of a part for which a predicate holds. Two threads may look for them at once; both find the same.
    pub(crate) fn rows(
        &self,
        part: PartId,
        printed: &Arc<str>,
        make: impl FnOnce() -> Result<Found>,
    ) -> Result<Arc<RoaringBitmap>> {
        let key = (part, Arc::clone(printed));
        if let Some(rows) = self.held(|entries| entries.get(&key)) {
            return Ok(rows);
        }
        let Found { rows, is_complete } = make()?;
        #[cfg(test)]
        let rows = self.forced(printed, rows);
        let rows = Arc::new(rows);
        if is_complete && printed.len() <= MAX_PRINTED {
            self.held(|entries| entries.insert(key, Arc::clone(&rows), MAX_BYTES));
        }
        Ok(rows)
    }

    /// Makes every predicate hold for all rows, so that tests see what does not rely on filters.
    #[cfg(test)]
    pub(crate) fn match_all_rows(&self) {
        self.matches_all_rows.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    #[cfg(test)]
    fn forced(&self, printed: &str, rows: RoaringBitmap) -> RoaringBitmap {
        // Rows that are no predicate's are what they are.
        match self.matches_all_rows.load(std::sync::atomic::Ordering::Relaxed) && !printed.starts_with('\0') {
            true => RoaringBitmap::from_iter(0..1 << 16),
            false => rows,
        }
    }

    fn held<T>(&self, work: impl FnOnce(&mut Entries) -> T) -> T {
        work(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Entries {
    fn get(&mut self, key: &Key) -> Option<Arc<RoaringBitmap>> {
        let entry = self.by_key.get_mut(key)?;
        self.now += 1;
        if let Some(key) = self.by_age.remove(&entry.asked_at) {
            self.by_age.insert(self.now, key);
        }
        entry.asked_at = self.now;
        Some(Arc::clone(&entry.rows))
    }

    fn insert(&mut self, key: Key, rows: Arc<RoaringBitmap>, max_bytes: usize) {
        self.remove(&key);
        let num_bytes = rows.serialized_size() + key.1.len() + ENTRY_BYTES;
        self.now += 1;
        self.num_bytes += num_bytes;
        self.by_age.insert(self.now, key.clone());
        self.by_key.insert(key, Entry { rows, asked_at: self.now, num_bytes });
        while self.num_bytes > max_bytes
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.by_key.remove(key) {
            self.num_bytes -= entry.num_bytes;
            self.by_age.remove(&entry.asked_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_longest_ago_goes_first() {
        let mut entries = Entries::default();
        let key = |number: u64| (PartId::Batch(number), Arc::from("a = 1"));
        let rows = || Arc::new(RoaringBitmap::from([1, 5]));
        let one = rows().serialized_size() + 5 + ENTRY_BYTES;
        for number in 0..3 {
            entries.insert(key(number), rows(), 3 * one);
        }
        assert!(entries.get(&key(0)).is_some());
        entries.insert(key(3), rows(), 3 * one);
        entries.insert(key(3), rows(), 3 * one);
        assert!(entries.get(&key(1)).is_none());
        assert!([0, 2, 3].iter().all(|&number| entries.get(&key(number)).is_some()));
        assert_eq!((entries.num_bytes, entries.by_age.len(), entries.by_key.len()), (3 * one, 3, 3));
        entries.insert(key(9), rows(), one / 2);
        assert_eq!((entries.num_bytes, entries.by_age.len(), entries.by_key.len()), (0, 0, 0));
    }
}
