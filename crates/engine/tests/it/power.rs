//! State after a power cut, at each level of durability: as many of the last batches go as was said, and no part of
//! one.

use crate::support::document;
use pleiad::{Batch, BuildParams, Collection, DocKey, Durability, Schema};
use pleiad_store::testing::{FaultyBackend, Loss};
use pleiad_vectors::Seed;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

const DIM: usize = 4;
const NUM_BATCHES: u64 = 36;
const NUM_KEYS: u64 = 20;

/// One batch in this many is followed by a flush.
const FLUSH_EVERY: u64 = 9;

/// Version of each key that is there.
type State = BTreeMap<String, u64>;

/// History of one level of durability with a power supply that can be cut anywhere afterwards.
struct History {
    folder: FaultyBackend,
    /// The state before the first batch, and after each.
    states: Vec<State>,
    /// Changes of the folder before the first batch, and when each was acknowledged.
    acknowledged: Vec<usize>,
    /// Changes of the folder when a flush had returned, and the batches before it.
    flushed: Vec<(usize, usize)>,
}

/// Upserts and deletes of batch `number`, also in the state.
fn batch(number: u64, state: &mut State) -> Batch {
    let mut random = Seed(7).derive(number).generator();
    let mut batch = Batch::new();
    for _ in 0..1 + random.below(4) {
        let key = format!("d{}", random.below(NUM_KEYS));
        if random.below(4) == 0 {
            batch.delete(DocKey::new(key.as_str()).unwrap());
            state.remove(&key);
        } else {
            batch.upsert(document(&key, number, DIM));
            state.insert(key, number);
        }
    }
    batch
}

fn write(durability: Durability) -> History {
    let folder = FaultyBackend::new();
    let collection = Collection::create_on(Arc::new(folder.clone()), &Schema::new(DIM)).unwrap();
    let writer = collection.writer_with(BuildParams { durability, ..Default::default() }).unwrap();
    let (mut states, mut flushed) = (vec![State::new()], Vec::new());
    let mut acknowledged = vec![folder.num_events()];
    for number in 1..=NUM_BATCHES {
        let mut state = states.last().unwrap().clone();
        writer.apply(batch(number, &mut state)).unwrap();
        states.push(state);
        acknowledged.push(folder.num_events());
        if number % FLUSH_EVERY == 0 {
            writer.flush().unwrap();
            flushed.push((folder.num_events(), states.len() - 1));
        }
    }
    let history = History { folder, states, acknowledged, flushed };
    if let Durability::Group(_) = durability {
        history.wait_for_sync();
    }
    history
}

impl History {
    /// Batches that a cut after `num_events` changes must not take, and those that it may have seen.
    fn bounds(&self, num_events: usize, durability: Durability) -> (usize, usize) {
        let num_acknowledged = self.acknowledged.iter().filter(|&&at| at <= num_events).count() - 1;
        let flushed = self.flushed.iter().filter(|(at, _)| *at <= num_events).map(|(_, batches)| *batches);
        let least = match durability {
            Durability::Sync => num_acknowledged,
            Durability::Group(_) | Durability::None => flushed.max().unwrap_or(0),
        };
        (least, (num_acknowledged + 1).min(self.states.len() - 1))
    }

    fn after_a_cut(&self, num_events: usize, loss: Loss) -> State {
        let image = self.folder.image(num_events, loss);
        let snapshot = Collection::open_on(Arc::new(image)).unwrap().snapshot().unwrap();
        let stored = snapshot.documents().map(|stored| {
            let stored = stored.unwrap();
            let (key, version) = (stored.key.as_str(), stored.attributes["version"].as_u64().unwrap());
            assert_eq!(stored.attributes["key"], key);
            assert_eq!(stored.text, Some(format!("text of {key} at {version}")));
            (key.to_owned(), version)
        });
        stored.collect()
    }

    /// The sync of a group comes by itself; how soon beyond its delay is the machine's affair.
    fn wait_for_sync(&self) {
        let start = Instant::now();
        while self.after_a_cut(self.folder.num_events(), Loss::Everything) != *self.states.last().unwrap() {
            assert!(start.elapsed() < Duration::from_secs(60), "no sync came");
            sleep(Duration::from_millis(1));
        }
    }

    /// Cuts the power after every change; most batches that a cut took.
    fn cut_everywhere(&self, durability: Durability) -> usize {
        let mut most_lost = 0;
        for cut in self.acknowledged[0]..=self.folder.num_events() {
            let (least, most) = self.bounds(cut, durability);
            for loss in [Loss::Everything, Loss::Torn(cut as u64), Loss::Nothing] {
                let least = if loss == Loss::Nothing { most.saturating_sub(1) } else { least };
                let found = self.after_a_cut(cut, loss);
                let at = (least..=most).rev().find(|&at| self.states[at] == found);
                let at = at.unwrap_or_else(|| {
                    panic!("{durability}, {cut}, {loss:?}: not after batch {least} to {most}: {found:?}")
                });
                most_lost = most_lost.max(most.saturating_sub(at + 1));
            }
        }
        most_lost
    }
}

#[test]
fn each_level_loses_what_it_says() {
    assert_eq!(write(Durability::Sync).cut_everywhere(Durability::Sync), 0);
    let group = Durability::Group(1);
    write(group).cut_everywhere(group);
    // Without a sync between flushes all of them are there to be lost: otherwise the cuts would prove nothing.
    assert_eq!(write(Durability::None).cut_everywhere(Durability::None), FLUSH_EVERY as usize);
}
