//! The content of a disk after a power loss, rebuilt from the record of all changes.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

const SECTOR_BYTES: usize = 512;

/// One change of a folder.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Create {
        file: String,
        inode: usize,
    },
    Write {
        inode: usize,
        bytes: Vec<u8>,
    },
    Sync {
        inode: usize,
    },
    /// The sync failed: the system forgets that these bytes are not on the disk, and shows them all the same.
    FailedSync {
        inode: usize,
    },
    Rename {
        from: String,
        to: String,
    },
    Remove {
        file: String,
    },
    SyncFolder,
}

/// The fate of changes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All reached the disk: a killed process.
    Nothing,
    /// None reached it.
    Everything,
    /// Each name independently is as before or as after; each file ends anywhere in what was not synced, and any
    /// sectors of that are zeros. The number picks which.
    Torn(u64),
}

#[derive(Default, Clone)]
struct Content {
    bytes: Vec<u8>,
    synced: usize,
    /// Bytes that no later sync brings to the disk.
    forgotten: Vec<Range<usize>>,
}

impl Content {
    /// The bytes, with zeros where the disk never got any.
    fn on_disk(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        self.forgotten.iter().for_each(|range| bytes[range.clone()].fill(0));
        bytes
    }
}

#[derive(Default)]
struct Disk {
    contents: Vec<Content>,
    names: BTreeMap<String, usize>,
    synced_names: BTreeMap<String, usize>,
}

impl Disk {
    fn replay(events: &[Event]) -> Self {
        let mut disk = Self::default();
        for event in events {
            disk.apply(event);
        }
        disk
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Create { file, inode } => {
                self.contents.resize(self.contents.len().max(inode + 1), Content::default());
                self.names.insert(file.clone(), *inode);
            }
            Event::Write { inode, bytes } => self.contents[*inode].bytes.extend_from_slice(bytes),
            Event::Sync { inode } => self.contents[*inode].synced = self.contents[*inode].bytes.len(),
            Event::FailedSync { inode } => {
                let content = &mut self.contents[*inode];
                let dirty = content.synced..content.bytes.len();
                content.forgotten.push(dirty);
            }
            Event::Rename { from, to } => {
                if let Some(inode) = self.names.remove(from) {
                    self.names.insert(to.clone(), inode);
                }
            }
            Event::Remove { file } => {
                self.names.remove(file);
            }
            Event::SyncFolder => self.synced_names = self.names.clone(),
        }
    }
}

/// The file that has a name after these changes.
pub(super) fn inode_of(events: &[Event], file: &str) -> io::Result<usize> {
    Disk::replay(events).names.get(file).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// All files after a power loss.
pub(super) fn image(events: &[Event], loss: Loss) -> BTreeMap<String, Vec<u8>> {
    let disk = Disk::replay(events);
    let mut dice = Dice(match loss {
        Loss::Torn(seed) => seed,
        Loss::Nothing | Loss::Everything => 0,
    });
    let mut names = match loss {
        Loss::Nothing => disk.names.clone(),
        Loss::Everything => disk.synced_names.clone(),
        Loss::Torn(_) => torn_names(&disk, &mut dice),
    };
    let contents = std::mem::take(&mut names).into_iter().map(|(name, inode)| {
        let content = &disk.contents[inode];
        let bytes = match loss {
            Loss::Nothing => content.bytes.clone(),
            Loss::Everything => content.on_disk()[..content.synced].to_vec(),
            Loss::Torn(_) => torn_bytes(content, &mut dice),
        };
        (name, bytes)
    });
    contents.collect()
}

fn torn_names(disk: &Disk, dice: &mut Dice) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for name in disk.names.keys().chain(disk.synced_names.keys()) {
        if names.contains_key(name) {
            continue;
        }
        let side = if dice.below(2) == 0 { &disk.names } else { &disk.synced_names };
        if let Some(&inode) = side.get(name) {
            names.insert(name.clone(), inode);
        }
    }
    names
}

fn torn_bytes(content: &Content, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = content.on_disk();
    if dice.below(2) == 0 {
        bytes.truncate(content.synced + dice.below(bytes.len() - content.synced + 1));
    }
    let first = content.synced / SECTOR_BYTES;
    for sector in first..bytes.len().div_ceil(SECTOR_BYTES) {
        if dice.below(4) == 0 {
            let start = (sector * SECTOR_BYTES).max(content.synced);
            let end = ((sector + 1) * SECTOR_BYTES).min(bytes.len());
            bytes[start.min(end)..end].fill(0);
        }
    }
    bytes
}

/// SplitMix64: any stream will do, it only has to be the same one each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Vec<Event> {
        let file = || "a".to_owned();
        vec![
            Event::Create { file: file(), inode: 0 },
            Event::Write { inode: 0, bytes: vec![7; 600] },
            Event::Sync { inode: 0 },
            Event::SyncFolder,
            Event::Write { inode: 0, bytes: vec![8; 2000] },
            Event::Rename { from: file(), to: "b".into() },
        ]
    }

    #[test]
    fn only_synced_names_and_bytes_are_certain() {
        assert!(image(&events()[..3], Loss::Everything).is_empty());
        assert_eq!(image(&events()[..3], Loss::Nothing)["a"], vec![7; 600]);
        assert_eq!(image(&events(), Loss::Everything), BTreeMap::from([("a".into(), vec![7; 600])]));
        assert_eq!(image(&events(), Loss::Nothing)["b"].len(), 2600);
    }

    #[test]
    fn a_later_sync_does_not_help_after_a_failed_one() {
        let mut events = events();
        events.extend([Event::FailedSync { inode: 0 }, Event::Write { inode: 0, bytes: vec![9; 10] }]);
        events.extend([Event::Sync { inode: 0 }, Event::SyncFolder]);
        let file = &image(&events, Loss::Everything)["b"];
        assert_eq!((&file[..600], &file[600..2600]), (&[7; 600][..], &[0; 2000][..]));
        assert_eq!(file[2600..], [9; 10]);
        assert_eq!(image(&events, Loss::Nothing)["b"][600..2600], [8; 2000]);
    }

    #[test]
    fn torn_images_differ_and_keep_what_was_synced() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let files = image(&events(), Loss::Torn(seed));
            assert!(files.values().all(|bytes| bytes.len() >= 600 && bytes[..600] == [7; 600]));
            assert!(files.values().all(|bytes| bytes[600..].iter().all(|byte| [0, 8].contains(byte))));
            seen.insert(files);
        }
        assert!(seen.len() > 20);
        assert_eq!(inode_of(&events(), "b").unwrap(), 0);
        assert!(inode_of(&events(), "a").is_err());
    }
}
