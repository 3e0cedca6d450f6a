use crate::support::{collection, scratch};
use pleiad::{Batch, DocKey, Schema, Snapshot};
use std::collections::BTreeSet;

fn keys(snapshot: &Snapshot, num: usize) -> Vec<String> {
    let sample = snapshot.sample(num).unwrap();
    sample.iter().map(|document| document.key.as_str().to_owned()).collect()
}

#[test]
fn a_sample_is_spread_over_all_documents_and_holds_none_twice() {
    let (_folder, path) = scratch();
    let collection = collection(&path, 500, &Schema::new(4));
    let snapshot = collection.snapshot().unwrap();
    for num in [0, 1, 7, 100, 499, 500, 501, 10_000] {
        let found = keys(&snapshot, num);
        assert_eq!(found.len(), num.min(500), "{num}");
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "{num}");
        assert_eq!(keys(&snapshot, num), found);
    }
    // Added in order: every fifth document, from the middle of the first five on.
    let every_fifth: BTreeSet<String> = (0..100).map(|at| format!("d{}", 5 * at + 2)).collect();
    assert_eq!(keys(&snapshot, 100).into_iter().collect::<BTreeSet<_>>(), every_fifth);
}

#[test]
fn deleted_documents_are_in_no_sample() {
    let (_folder, path) = scratch();
    let collection = collection(&path, 500, &Schema::new(4));
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    for at in 0..450 {
        batch.delete(DocKey::new(format!("d{at}")).unwrap());
    }
    writer.apply(batch).unwrap();
    let snapshot = collection.snapshot().unwrap();
    let found = keys(&snapshot, 1000);
    assert_eq!(found.len(), 50);
    assert!(found.iter().all(|key| key[1..].parse::<u32>().unwrap() >= 450), "{found:?}");
    let few = keys(&snapshot, 20);
    assert!(
        !few.is_empty() && few.len() <= 20 && few.iter().collect::<BTreeSet<_>>().len() == few.len(),
        "{few:?}"
    );
}
