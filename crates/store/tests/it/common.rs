//! Histories, and the map that they are compared with.

use pleiad_store::{Column, Commit, Layout, Operation, PartView, View};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// A document as the model knows it: its id and its columns.
pub(crate) type Document = (u64, Vec<Vec<u8>>);

/// What a collection holds after some batches.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) documents: BTreeMap<String, Document>,
    pub(crate) next_id: u64,
    pub(crate) sequence: u64,
}

/// One thing that a user of the writer does.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Commit(Vec<Operation>),
    Flush,
    Merge,
    Close,
    /// The writer is dropped without being closed.
    Abandon,
}

pub(crate) fn layout() -> Layout {
    let column = |name: &str, width| Column { name: name.into(), width };
    Layout::new(
        vec![column("codes", Some(5)), column("text", None), column("fde", Some(16))],
        b"schema".to_vec(),
    )
    .unwrap()
}

/// A document of which every column tells the key and the version: mixed columns cannot match.
pub(crate) fn upsert(key: &str, version: u32, text_bytes: usize) -> Operation {
    let stamp = crc(key, version);
    let text = stamp.to_le_bytes().into_iter().cycle().take(text_bytes).collect();
    let codes = [&stamp.to_be_bytes()[..], &[version as u8]].concat();
    let fde = stamp.to_le_bytes().repeat(4);
    Operation::Upsert { key: key.into(), columns: vec![codes, text, fde] }
}

pub(crate) fn delete(key: &str) -> Operation {
    Operation::Delete { key: key.into() }
}

fn crc(key: &str, version: u32) -> u32 {
    key.bytes().fold(version.wrapping_mul(0x9E37_79B9), |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193).rotate_left(7)
    })
}

impl Model {
    /// The obvious way: forget all but the last operation on each key, then go through them.
    pub(crate) fn commit(&mut self, operations: &[Operation]) -> Commit {
        let last: HashMap<&str, usize> =
            operations.iter().enumerate().map(|(at, op)| (op.key(), at)).collect();
        let mut done = Commit::default();
        for (at, operation) in operations.iter().enumerate() {
            if last[operation.key()] != at {
                continue;
            }
            match operation {
                Operation::Delete { key } => match self.documents.remove(key) {
                    Some(_) => done.num_deleted += 1,
                    None => done.num_unknown += 1,
                },
                Operation::Upsert { key, columns } => {
                    done.num_upserted += 1;
                    let known = self.documents.get(key).map(|document| document.0);
                    done.num_replaced += u64::from(known.is_some());
                    let id = known.unwrap_or(self.next_id);
                    self.next_id += u64::from(known.is_none());
                    self.documents.insert(key.clone(), (id, columns.clone()));
                }
            }
        }
        self.sequence += u64::from(done.num_upserted + done.num_deleted > 0);
        done.sequence = self.sequence;
        done
    }
}

/// Everything that a view holds, read row by row.
pub(crate) fn read_all(view: &View) -> pleiad_store::Result<BTreeMap<String, Document>> {
    let mut documents = BTreeMap::new();
    for part in view.parts() {
        for row in (0..part.num_rows()).filter(|&row| !part.is_deleted(row)) {
            let columns =
                (0..view.layout().columns().len()).map(|column| Ok(part.column(column, row)?.to_vec()));
            let columns = columns.collect::<pleiad_store::Result<_>>()?;
            let earlier = documents.insert(part.key(row)?.to_owned(), (part.id(row)?, columns));
            assert!(earlier.is_none(), "two live documents with one key");
        }
    }
    Ok(documents)
}

/// Compares a view with the model in every way in which it can be read.
pub(crate) fn check(view: &View, model: &Model) {
    assert_eq!(read_all(view).unwrap(), model.documents);
    assert_eq!((view.num_documents(), view.sequence()), (model.documents.len() as u64, model.sequence));
    for (key, (id, columns)) in &model.documents {
        let (part, row) = view.find(key).unwrap().unwrap_or_else(|| panic!("{key} is not found"));
        let part = &view.parts()[part];
        assert_eq!((part.key(row).unwrap(), part.id(row).unwrap()), (key.as_str(), *id));
        assert_eq!(part.fixed_rows(0, row..row + 1).unwrap(), columns[0]);
        assert_eq!(part.column(1, row).unwrap(), columns[1]);
    }
    assert_eq!(view.find("never there").unwrap(), None);
    for part in view.parts() {
        check_dense(part);
    }
    let deleted: u64 = view.parts().iter().map(|part| part.deleted().len()).sum();
    assert_eq!(view.stats().num_deleted_rows, deleted);
}

/// A fixed-width column read at once is its rows one after another, and starts where vector instructions like it.
fn check_dense(part: &PartView) {
    for (column, width) in [(0, 5), (2, 16)] {
        let dense = part.fixed_rows(column, 0..part.num_rows()).unwrap();
        assert_eq!(dense.as_ptr() as usize % 64, 0);
        assert_eq!(dense.len(), part.num_rows() as usize * width);
        for (row, bytes) in dense.chunks(width).enumerate() {
            assert_eq!(part.column(column, row as u32).unwrap(), bytes);
        }
    }
}

fn operation() -> impl Strategy<Value = Operation> {
    let key = (0u32..12).prop_map(|number| format!("key-{number}"));
    prop_oneof![
        4 => (key.clone(), any::<u32>(), prop_oneof![3 => 0usize..60, 1 => 0usize..3000])
            .prop_map(|(key, version, text_bytes)| upsert(&key, version, text_bytes)),
        1 => key.prop_map(|key| delete(&key)),
    ]
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => prop::collection::vec(operation(), 0..6).prop_map(Step::Commit),
        2 => Just(Step::Flush),
        1 => Just(Step::Merge),
        1 => Just(Step::Close),
        1 => Just(Step::Abandon),
    ]
}
